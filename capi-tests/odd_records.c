/*
 * Records that a handshake or a connection does not have: content types of zero, records
 * between the parts of a message, records that nobody can open, more rejected early data
 * than a server bears. Why it fails, and the alert that the peer is sent.
 */
#include "relay.h"

struct scene {
    SSL_CTX *ctx[2];
    SSL *ssl[2];
    struct relay *relay;
    int failed[2];
    char alerts[2][40];
    char label[120];
};

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    struct scene *scene = arg;
    const unsigned char *alert = data;

    (void)version;
    if (sent && type == SSL3_RT_ALERT && len == 2)
        snprintf(scene->alerts[ssl == scene->ssl[SERVER]], sizeof(scene->alerts[0]), " sent %d/%d", alert[0], alert[1]);
}

static void set_up(struct scene *scene, int version, const struct rule *rules, size_t count)
{
    memset(scene, 0, sizeof(*scene));
    scene->ctx[CLIENT] = new_client_ctx(version), scene->ctx[SERVER] = new_server_ctx(version);
    scene->relay = new_relay(version, rules, count);
    SSL_CTX_set_session_id_context(scene->ctx[SERVER], (const unsigned char *)"odd", 3);
    for (int i = 0; i < 2; i++) {
        use_relay_ciphers(scene->ctx[i]);
        SSL_CTX_set_keylog_callback(scene->ctx[i], log_secret);
        SSL_CTX_set_options(scene->ctx[i], SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set1_groups_list(scene->ctx[i], "P-256:P-384");
        SSL_CTX_set_msg_callback(scene->ctx[i], note_alert);
        SSL_CTX_set_msg_callback_arg(scene->ctx[i], scene);
    }
}

static void start(struct scene *scene)
{
    for (int i = 0; i < 2; i++)
        scene->ssl[i] = SSL_new(scene->ctx[i]);
    attach(scene->relay, scene->ssl[CLIENT], scene->ssl[SERVER]);
    SSL_set_connect_state(scene->ssl[CLIENT]);
    SSL_set_accept_state(scene->ssl[SERVER]);
}

static void tear_down(struct scene *scene)
{
    logging = NULL;
    for (int i = 0; i < 2; i++) {
        SSL_free(scene->ssl[i]);
        SSL_CTX_free(scene->ctx[i]);
    }
    free(scene->relay);
}

/* What a call came to, if it is the last that matters. */
static void say(struct scene *scene, enum side side, const char *what, int ret)
{
    int error = SSL_get_error(scene->ssl[side], ret);

    if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN) {
        scene->failed[side] = 1;
        outcome_errors("%s: %s %s: %d/%d%s want %d", scene->label, side == CLIENT ? "client" : "server", what, ret,
                       error, scene->alerts[side], strcmp(what, "handshake") ? 0 : SSL_want(scene->ssl[side]));
    }
    ERR_clear_error();
}

static void shake_hands(struct scene *scene)
{
    int done[2] = { 0, 0 };
    char byte;

    for (int round = 0; round < 8; round++)
        for (enum side side = CLIENT; side <= SERVER; side++) {
            if (done[side] != 1 && !scene->failed[side]) {
                done[side] = SSL_do_handshake(scene->ssl[side]);
                say(scene, side, "handshake", done[side]);
            }
            relay_from(scene->relay, side);
        }
    for (enum side side = CLIENT; side <= SERVER; side++)
        if (done[side] == 1) {
            say(scene, side, "read", SSL_read(scene->ssl[side], &byte, 1));
            relay_from(scene->relay, side);
        }
    outcome("%s: done %d %d", scene->label, done[CLIENT] == 1 && !scene->failed[CLIENT],
            done[SERVER] == 1 && !scene->failed[SERVER]);
}

static void play(struct rule rule, int version, const char *what, int number)
{
    struct scene scene;

    set_up(&scene, version, &rule, 1);
    snprintf(scene.label, sizeof(scene.label), "%x %s, %d, from %s's %d", (unsigned)version, what, number,
             rule.from == CLIENT ? "client" : "server", rule.message);
    start(&scene);
    shake_hands(&scene);
    tear_down(&scene);
}

static const struct {
    enum side from;
    int message;
    int version;
} messages[] = {
    { CLIENT, SSL3_MT_CLIENT_HELLO, 0 },
    { SERVER, SSL3_MT_SERVER_HELLO, 0 },
    { SERVER, SSL3_MT_ENCRYPTED_EXTENSIONS, TLS1_3_VERSION },
    { SERVER, SSL3_MT_CERTIFICATE, 0 },
    { SERVER, SSL3_MT_CERTIFICATE_VERIFY, TLS1_3_VERSION },
    { SERVER, SSL3_MT_SERVER_KEY_EXCHANGE, TLS1_2_VERSION },
    { SERVER, SSL3_MT_SERVER_DONE, TLS1_2_VERSION },
    { CLIENT, SSL3_MT_CLIENT_KEY_EXCHANGE, TLS1_2_VERSION },
    { SERVER, SSL3_MT_NEWSESSION_TICKET, 0 },
    { CLIENT, SSL3_MT_FINISHED, 0 },
    { SERVER, SSL3_MT_FINISHED, 0 },
};

/* A record between the parts of a message, in the clear. */
TEST_VERSIONS(records_inside_messages)
{
    static const struct {
        const char *name, *bytes;
        size_t len;
    } between[] = {
        { "ChangeCipherSpec", BYTES("\x14\3\3\0\1\1") },
        { "two ChangeCipherSpecs", BYTES("\x14\3\3\0\1\1\x14\3\3\0\1\1") },
        { "bad ChangeCipherSpec", BYTES("\x14\3\3\0\1\2") },
        { "long ChangeCipherSpec", BYTES("\x14\3\3\0\2\1\1") },
        { "empty ChangeCipherSpec", BYTES("\x14\3\3\0\0") },
        { "warning", BYTES("\x15\3\3\0\2\1\x5a") },
        { "alert", BYTES("\x15\3\3\0\2\2\x28") },
        { "empty message", BYTES("\x16\3\3\0\0") },
        { "data", BYTES("\x17\3\3\0\4some") },
        { "empty data", BYTES("\x17\3\3\0\0") },
        { "heartbeat", BYTES("\x18\3\3\0\4some") },
        { "nothing", BYTES("") },
    };
    static const int places[] = { 1, 3, 4, -1 };

    for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
        for (size_t j = 0; j < sizeof(between) / sizeof(between[0]); j++)
            for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
                struct rule rule = { messages[i].from, SSL3_RT_HANDSHAKE, messages[i].message, SPLIT, places[k],
                                     between[j].bytes, between[j].len, NULL };

                if (messages[i].version != 0 && messages[i].version != version)
                    continue;
                /* SERVER_DONE has no byte behind its header. */
                if (messages[i].message == SSL3_MT_SERVER_DONE && places[k] == 4)
                    continue;
                play(rule, version, between[j].name, places[k]);
            }
}

/* Sealed records of content types that there are none of, zero among them: it is padding alone. */
TEST_VERSIONS(content_types)
{
    static const int types[] = { 0, 1, 19, 24, 25, 127, 255 };
    static const size_t lengths[] = { 0, 1, 100, 16384 };
    static char zeros[16384];

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
            char what[40];

            sprintf(what, "type %d", types[i]);
            for (size_t k = 1; k < sizeof(messages) / sizeof(messages[0]); k++) {
                struct rule rule = { messages[k].from, SSL3_RT_HANDSHAKE, messages[k].message, BEFORE, types[i],
                                     zeros, lengths[j], NULL };

                if (messages[k].version != 0 && messages[k].version != version)
                    continue;
                play(rule, version, what, (int)lengths[j]);
            }
            for (enum side from = CLIENT; from <= SERVER; from++)
                for (int part = 0; part < 2; part++) {
                    struct scene scene;
                    char got[10];

                    set_up(&scene, version, NULL, 0);
                    start(&scene);
                    snprintf(scene.label, sizeof(scene.label), "%x %s of %zu, late, from %d, %d", (unsigned)version,
                             what, lengths[j], from, part);
                    shake_hands(&scene);
                    /* Half of a KeyUpdate. */
                    if (part)
                        send_on(scene.relay, from, SSL3_RT_HANDSHAKE, "\x18\0\0", 3, 0);
                    send_on(scene.relay, from, types[i], zeros, lengths[j], 0);
                    for (int round = 0; round < 2; round++)
                        say(&scene, !from, "read", SSL_read(scene.ssl[!from], got, sizeof(got)));
                    relay_from(scene.relay, !from);
                    say(&scene, from, "read", SSL_read(scene.ssl[from], got, sizeof(got)));
                    tear_down(&scene);
                }
        }
}

/* Rejected early data -------------------------------------------------------- */

struct skipped {
    int retry;         /* a HelloRetryRequest goes first */
    int reads_early;   /* the server asks for early data */
    uint32_t limit;    /* of what is borne */
    int type;          /* of the records */
    size_t len, count; /* in place of early data: of each, and how many */
    int late;          /* they come behind the second hello */
    int half;          /* 1: in the middle of the client's Finished */
};

static SSL_SESSION *early_session(struct scene *scene)
{
    SSL_CTX_set_max_early_data(scene->ctx[SERVER], 16384);
    SSL_CTX_set_options(scene->ctx[SERVER], SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_keylog_callback(scene->ctx[CLIENT], NULL);
    return obtain_session(scene->ctx[CLIENT], scene->ctx[SERVER]);
}

static void deliver_garbage(struct scene *scene, const struct skipped *skipped)
{
    static char record[1 << 15];

    record[0] = (char)skipped->type;
    memcpy(record + 1, "\3\3", 2);
    put_number((unsigned char *)record + 3, skipped->len, 2);
    for (size_t i = 0; i < skipped->count; i++) {
        REQUIRE(skipped->len + 5 <= sizeof(record));
        deliver(scene->relay, CLIENT, record, 5 + skipped->len);
    }
}

static void skip_early_data(const struct skipped *skipped)
{
    struct rule rule = { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_FINISHED, SPLIT, 5, NULL, 0, NULL };
    struct scene scene;
    SSL_SESSION *session;
    size_t n;
    char byte;
    int ret;
    static unsigned char record[1 << 15];

    record[0] = (unsigned char)skipped->type;
    memcpy(record + 1, "\3\3", 2);
    put_number(record + 3, skipped->len, 2);
    rule.bytes = (char *)record, rule.len = skipped->len + 5;
    set_up(&scene, TLS1_3_VERSION, &rule, (size_t)skipped->half);
    session = early_session(&scene);
    if (skipped->retry)
        SSL_CTX_set1_groups_list(scene.ctx[SERVER], "P-384");
    SSL_CTX_set_recv_max_early_data(scene.ctx[SERVER], skipped->limit);
    SSL_CTX_set_keylog_callback(scene.ctx[CLIENT], log_secret);
    start(&scene);
    REQUIRE(SSL_set_session(scene.ssl[CLIENT], session) == 1);
    snprintf(scene.label, sizeof(scene.label), "retry %d, reads %d, limit %u, %zu of type %d and %zu, late %d, half %d",
             skipped->retry, skipped->reads_early, skipped->limit, skipped->count, skipped->type, skipped->len,
             skipped->late, skipped->half);
    /* An announcement, and nothing of it: the records below are what comes. */
    ret = SSL_write_early_data(scene.ssl[CLIENT], "x", 1, &n);
    {
        struct bytes *out = &scene.relay->wire[CLIENT].out;
        size_t hello = 5 + ((size_t)out->data[3] << 8 | out->data[4]);

        out->len = hello;
    }
    relay_from(scene.relay, CLIENT);
    if (!skipped->late)
        deliver_garbage(&scene, skipped);
    if (skipped->reads_early) {
        ret = SSL_read_early_data(scene.ssl[SERVER], &byte, 1, &n);
        outcome("%s: early %d", scene.label, ret);
        if (ret == SSL_READ_EARLY_DATA_ERROR)
            say(&scene, SERVER, "early", -1);
    }
    if (skipped->late) {
        for (int round = 0; round < 2 && !scene.failed[SERVER]; round++) {
            ret = SSL_do_handshake(scene.ssl[SERVER]);
            say(&scene, SERVER, "handshake", ret);
            relay_from(scene.relay, SERVER);
            if (round > 0 || !skipped->retry)
                break;
            ret = SSL_do_handshake(scene.ssl[CLIENT]);
            relay_from(scene.relay, CLIENT);
        }
        deliver_garbage(&scene, skipped);
    }
    shake_hands(&scene);
    SSL_SESSION_free(session);
    tear_down(&scene);
}

TEST_TLS13(rejected_early_data_has_a_limit)
{
    static const uint32_t limits[] = { 0, 1, 1000 };

    for (int way = 0; way < 8; way++)
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
            for (size_t len = 1; len < 20; len += 18)
                for (int more = -20; more <= 20; more++) {
                    /* So many bytes of ciphertext are allowed for besides. */
                    size_t total = limits[i] + 108 + (size_t)(20 + more) - 20;
                    struct skipped one = { way & 1, way >> 1 & 1, limits[i], SSL3_RT_APPLICATION_DATA, total, 1,
                                           way >> 2 & 1, 0 };
                    struct skipped more_than_one = one;

                    if (((way & 1) == 0 && (way >> 2 & 1) == 1) || (abs(more) > 2 && abs(more) % 10 != 0))
                        continue;
                    if (len == 1) {
                        skip_early_data(&one);
                    } else if (more % 10 == 0) {
                        more_than_one.len = 17 + (size_t)(more + 20) / 10;
                        for (size_t count = 1; count <= 1200; count = count * 3 + 1) {
                            more_than_one.count = count;
                            skip_early_data(&more_than_one);
                        }
                    }
                }
}

TEST_TLS13(records_in_place_of_rejected_early_data)
{
    static const size_t lengths[] = { 0, 1, 2, 16, 17, 100, 16384, 16385, 16640, 16641 };

    for (int way = 0; way < 6; way++)
        for (int type = SSL3_RT_CHANGE_CIPHER_SPEC; type <= SSL3_RT_APPLICATION_DATA + 1; type++)
            for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
                for (int half = 0; half < 2; half++) {
                    struct skipped skipped = { way & 1, way >> 1 & 1, 50000, type, lengths[i], !half, way >> 2, half };

                    if (half && (way >> 2 || way & 1))
                        continue;
                    /* Ahead of a hello in clear they would make one message of it, and what comes
                     * next would begin anywhere. */
                    if (skipped.retry && type == SSL3_RT_HANDSHAKE && lengths[i] == 2)
                        continue;
                    skip_early_data(&skipped);
                }
}

/* Many records without content, or hardly any. */
TEST_TLS13(many_records_in_place_of_rejected_early_data)
{
    for (int retry = 0; retry < 2; retry++)
        for (size_t len = 0; len < 20; len += len < 2 ? 1 : 5)
            for (size_t count = 31; count < 35; count++) {
                struct skipped skipped = { retry, 0, 50000, SSL3_RT_APPLICATION_DATA, len, count, 0, 0 };

                skip_early_data(&skipped);
            }
}
