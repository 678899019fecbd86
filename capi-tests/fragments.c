/*
 * Handshake messages that travel in the clear, cut into records of every size: hellos of
 * both sides, first and second ones, and in TLS 1.2 whatever goes before ChangeCipherSpec.
 * How a message is cut changes nothing in a handshake.
 */
#include "harness.h"

/* What is on its way from one side to the other. */
struct pipe {
    BIO *out; /* what the one wrote */
    BIO *in;  /* what the other reads */
    size_t cut;
    int tls13;
    int changed; /* the records are encrypted from now on */
};

static void write_record(struct pipe *pipe, const unsigned char *header, const unsigned char *body, size_t len)
{
    unsigned char record[5] = { header[0], header[1], header[2], (unsigned char)(len >> 8), (unsigned char)len };

    REQUIRE(BIO_write(pipe->in, record, 5) == 5);
    REQUIRE(len == 0 || BIO_write(pipe->in, body, (int)len) == (int)len);
}

/* Lets the reader work after each record. */
typedef void drive(void *arg);

static void pass_on(struct pipe *pipe, drive *after, void *arg)
{
    static unsigned char data[1 << 18];
    int got = BIO_read(pipe->out, data, sizeof(data));
    size_t total = got > 0 ? (size_t)got : 0;

    REQUIRE(total < sizeof(data));
    for (size_t at = 0; at < total;) {
        size_t len = (size_t)data[at + 3] << 8 | data[at + 4];
        int type = data[at];

        REQUIRE(at + 5 + len <= total);
        /* In TLS 1.3 it encrypts nothing: a second hello may follow it. */
        if (type == SSL3_RT_CHANGE_CIPHER_SPEC && !pipe->tls13)
            pipe->changed = 1;
        if (type == SSL3_RT_HANDSHAKE && !pipe->changed) {
            for (size_t done = 0, part; done < len; done += part) {
                part = len - done < pipe->cut ? len - done : pipe->cut;
                write_record(pipe, data + at, data + at + 5 + done, part);
                if (after != NULL)
                    after(arg);
            }
        } else {
            write_record(pipe, data + at, data + at + 5, len);
            if (after != NULL)
                after(arg);
        }
        at += 5 + len;
    }
}

struct scene {
    const char *name;
    int versions[2]; /* of the client: lowest, highest */
    const char *client_groups, *server_groups;
    int sni; /* 1: acknowledged, 2: not, 3: no name of a host */
    int alpn, custom, resumed; /* resumed: 1: by ticket, 2: by an id that is short */
    size_t long_extension;
    long max_fragment;
};

static const struct scene scenes[] = {
    { "plain", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256", "P-256", 0, 0, 0, 0, 0, 0 },
    { "retry", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 0, 0, 0, 0, 0, 0 },
    { "retry, name", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 1, 0, 0, 0, 0, 0 },
    { "retry, name not acknowledged", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 2, 0, 0, 0, 0, 0 },
    { "retry, odd name", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 3, 1, 0, 0, 0, 0 },
    { "retry, all", { TLS1_2_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 2, 1, 1, 0, 0, 1 },
    { "retry, long", { TLS1_2_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 2, 1, 1, 0, 1500, 0 },
    { "retry, resumed", { TLS1_3_VERSION, TLS1_3_VERSION }, "P-256:P-384", "P-384", 2, 1, 0, 1, 0, 0 },
    { "name not acknowledged", { TLS1_2_VERSION, TLS1_3_VERSION }, "P-256", "P-256", 2, 1, 0, 0, 0, 0 },
    { "all", { TLS1_2_VERSION, TLS1_3_VERSION }, "P-256", "P-256", 2, 1, 1, 1, 0, 1 },
    { "1.2", { TLS1_2_VERSION, TLS1_2_VERSION }, "P-256", "P-256", 2, 1, 1, 0, 0, 1 },
    { "1.2, short id", { TLS1_2_VERSION, TLS1_3_VERSION }, "P-256", "P-256", 1, 1, 0, 2, 0, 0 },
    { "1.2, resumed", { TLS1_2_VERSION, TLS1_2_VERSION }, "P-256", "P-256", 2, 1, 0, 1, 0, 0 },
};

static int answer_name(SSL *ssl, int *alert, void *arg)
{
    const struct scene *scene = arg;

    (void)ssl, (void)alert;
    return scene->sni == 2 ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in,
                           unsigned int in_len, void *arg)
{
    (void)ssl, (void)arg, (void)in_len;
    *out = in + 1;
    *len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static unsigned char long_bytes[2000];

static int add_ext(SSL *ssl, unsigned int type, unsigned int context, const unsigned char **out, size_t *len, X509 *x,
                   size_t chain, int *alert, void *arg)
{
    const struct scene *scene = arg;

    (void)ssl, (void)type, (void)context, (void)x, (void)chain, (void)alert;
    *out = long_bytes;
    *len = scene->long_extension ? scene->long_extension : 5;
    return 1;
}

static int parsed;

static int parse_ext(SSL *ssl, unsigned int type, unsigned int context, const unsigned char *in, size_t len, X509 *x,
                     size_t chain, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)in, (void)x, (void)chain, (void)alert, (void)arg;
    parsed += (int)len;
    return 1;
}

static int make_short_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    static unsigned char count;

    (void)ssl;
    memset(id, 7, 10);
    id[3] = count++;
    *len = 10;
    return 1;
}

static void add_extension(SSL_CTX *ctx, const struct scene *scene)
{
    unsigned int context = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS |
                           SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST;

    REQUIRE(SSL_CTX_add_custom_ext(ctx, 1000, context, add_ext, NULL, (void *)scene, parse_ext, NULL) == 1);
}

struct ends {
    SSL *ssl[2];
    int done[2];
};

static void drive_one(void *arg)
{
    struct ends *ends = arg;

    for (int i = 0; i < 2; i++)
        if (ends->done[i] != 1 && (ends->done[i] == 0 || SSL_get_error(ends->ssl[i], ends->done[i]) != SSL_ERROR_SSL))
            ends->done[i] = SSL_do_handshake(ends->ssl[i]);
}

/* One handshake, in which what `cut` says is cut. */
static void connect_cut(struct ends *ends, size_t client_cut, size_t server_cut, int step_by_step)
{
    struct pipe pipes[2];
    BIO *bios[4];

    for (int i = 0; i < 4; i++)
        bios[i] = BIO_new(BIO_s_mem());
    pipes[0] = (struct pipe) { bios[0], bios[1], client_cut, 0, 0 };
    pipes[1] = (struct pipe) { bios[2], bios[3], server_cut, 0, 0 };
    SSL_set_bio(ends->ssl[0], bios[3], bios[0]);
    SSL_set_bio(ends->ssl[1], bios[1], bios[2]);
    SSL_set_connect_state(ends->ssl[0]);
    SSL_set_accept_state(ends->ssl[1]);
    ends->done[0] = ends->done[1] = 0;
    for (int round = 0; round < 8; round++) {
        drive_one(ends);
        for (int i = 0; i < 2; i++) {
            pipes[i].tls13 = SSL_version(ends->ssl[1]) == TLS1_3_VERSION;
            pass_on(&pipes[i], step_by_step ? drive_one : NULL, ends);
        }
    }
}

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = session;
    return 1;
}

static void run(const struct scene *scene, size_t client_cut, size_t server_cut, int step_by_step)
{
    static SSL_CTX *ctx[2];
    static const struct scene *last;
    struct ends ends;
    const unsigned char *protocol = NULL;
    unsigned int protocol_len = 0;
    char got[8] = "";
    const char *name;
    int ret;

    if (last != scene) {
        for (int i = 0; i < 2; i++)
            SSL_CTX_free(ctx[i]);
        SSL_SESSION_free(kept);
        kept = NULL;
        last = scene;
        ctx[0] = new_client_ctx(0), ctx[1] = new_server_ctx(0);
        SSL_CTX_set_min_proto_version(ctx[0], scene->versions[0]);
        SSL_CTX_set_max_proto_version(ctx[0], scene->versions[1]);
        REQUIRE(SSL_CTX_set1_groups_list(ctx[0], scene->client_groups) == 1);
        REQUIRE(SSL_CTX_set1_groups_list(ctx[1], scene->server_groups) == 1);
        SSL_CTX_set_session_cache_mode(ctx[0], SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx[0], keep);
        SSL_CTX_set_session_id_context(ctx[1], (const unsigned char *)"cut", 3);
        if (scene->alpn) {
            SSL_CTX_set_alpn_protos(ctx[0], (const unsigned char *)"\2h2\10http/1.1", 12);
            SSL_CTX_set_alpn_select_cb(ctx[1], choose_protocol, NULL);
        }
        SSL_CTX_set_tlsext_servername_callback(ctx[1], answer_name);
        SSL_CTX_set_tlsext_servername_arg(ctx[1], (void *)scene);
        if (scene->custom)
            for (int i = 0; i < 2; i++)
                add_extension(ctx[i], scene);
        if (scene->resumed == 2) {
            SSL_CTX_set_options(ctx[1], SSL_OP_NO_TICKET | SSL_OP_NO_TLSv1_3);
            SSL_CTX_set_generate_session_id(ctx[1], make_short_id);
        }
        if (scene->max_fragment)
            SSL_CTX_set_tlsext_max_fragment_length(ctx[0], (uint8_t)scene->max_fragment);
    }
    for (int i = 0; i < 2; i++)
        ends.ssl[i] = SSL_new(ctx[i]);
    if (scene->sni)
        SSL_set_tlsext_host_name(ends.ssl[0], (scene->sni == 3 ? "odd_.name:" : "localhost"));
    if (scene->resumed && kept != NULL)
        REQUIRE(SSL_set_session(ends.ssl[0], kept) == 1);
    parsed = 0;
    connect_cut(&ends, client_cut, server_cut, step_by_step);
    SSL_get0_alpn_selected(ends.ssl[0], &protocol, &protocol_len);
    name = SSL_get_servername(ends.ssl[1], TLSEXT_NAMETYPE_host_name);
    outcome_errors("%s, cut %zu %zu, steps %d: %d %d %s alpn %u name %s parsed %d", scene->name, client_cut, server_cut,
                   step_by_step, ends.done[0], ends.done[1], SSL_get_version(ends.ssl[0]), protocol_len,
                   name ? name : "none", parsed);
    CHECK_INT(ends.done[0], 1);
    CHECK_INT(ends.done[1], 1);
    /* The first gets the session. */
    CHECK_INT(SSL_session_reused(ends.ssl[0]), scene->resumed && kept != NULL && client_cut < 20000);
    if (ends.done[0] == 1 && ends.done[1] == 1) {
        CHECK_INT(SSL_write(ends.ssl[1], "answer", 6), 6);
        {
            BIO *from = SSL_get_wbio(ends.ssl[1]), *to = SSL_get_rbio(ends.ssl[0]);
            char data[9000];

            for (int n; (n = BIO_read(from, data, sizeof(data))) > 0;)
                BIO_write(to, data, n);
        }
        ret = SSL_read(ends.ssl[0], got, sizeof(got));
        CHECK_MEM(got, ret > 0 ? ret : 0, "answer", 6);
    }
    for (int i = 0; i < 2; i++) {
        SSL_set_shutdown(ends.ssl[i], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(ends.ssl[i]);
    }
}

static void cut_in_all_sizes(const struct scene *scene, size_t step)
{
    static const size_t more[] = { 255, 256, 257, 511, 512, 513, 1024, 1400, 4096 };

    run(scene, 30000, 30000, 0);
    for (size_t cut = 1; cut <= 200; cut += step) {
        run(scene, cut, 16384, (int)cut % 2);
        if (step > 1 || cut % 3 == 1)
            run(scene, 16384, cut, (int)cut % 2);
    }
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        for (int steps = 0; steps < 2; steps++) {
            run(scene, more[i], 16384, steps);
            run(scene, 16384, more[i], steps);
        }
}

TEST(plain) { cut_in_all_sizes(&scenes[0], 23); }
TEST(retry) { cut_in_all_sizes(&scenes[1], 23); }
TEST(retry_with_name) { cut_in_all_sizes(&scenes[2], 13); }
TEST(retry_with_name_not_acknowledged) { cut_in_all_sizes(&scenes[3], 1); }
TEST(retry_with_odd_name) { cut_in_all_sizes(&scenes[4], 13); }
TEST(retry_with_all) { cut_in_all_sizes(&scenes[5], 3); }
TEST(retry_with_long_hello) { cut_in_all_sizes(&scenes[6], 7); }
TEST(retry_and_resumption) { cut_in_all_sizes(&scenes[7], 3); }
TEST(name_not_acknowledged) { cut_in_all_sizes(&scenes[8], 13); }
TEST(all) { cut_in_all_sizes(&scenes[9], 13); }
TEST(tls12) { cut_in_all_sizes(&scenes[10], 13); }
TEST(tls12_with_short_id) { cut_in_all_sizes(&scenes[11], 7); }
TEST(tls12_resumption) { cut_in_all_sizes(&scenes[12], 13); }
