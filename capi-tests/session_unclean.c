/*
 * Unclean ends, each of which is met by each side in each version: what the
 * call says, and what becomes of the session: whether it may still be resumed,
 * is in the cache, and was reported to the remove callback.
 */
#include "harness.h"

#include <errno.h>

struct scene {
    SSL_CTX *cctx;
    SSL_CTX *sctx;
    struct pair pair;
    int version;
    SSL_SESSION *session; /* of the side that is looked at */
    SSL_CTX *ctx;         /* its */
    SSL *ssl;             /* it */
    SSL *peer;
};

static int removals;
static SSL_CTX *removals_of;

static void count_removal(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)session;
    removals += ctx == removals_of;
}

/* Both sides cache; the server's tickets are session ids. */
static void set_up(struct scene *scene, int version, int server)
{
    memset(scene, 0, sizeof(*scene));
    scene->version = version;
    scene->cctx = new_client_ctx(version);
    scene->sctx = new_server_ctx(version);
    scene->ctx = server ? scene->sctx : scene->cctx;
    SSL_CTX_set_session_cache_mode(scene->cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_set_options(scene->sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(scene->sctx, 1);
}

static void watch_removals(struct scene *scene)
{
    removals = 0;
    removals_of = scene->ctx;
    SSL_CTX_sess_set_remove_cb(scene->ctx, count_removal);
}

static void connect_scene(struct scene *scene, int version, int server)
{
    set_up(scene, version, server);
    scene->pair = connected_pair(scene->cctx, scene->sctx);
    drain(scene->pair.client);
    scene->ssl = server ? scene->pair.server : scene->pair.client;
    scene->peer = server ? scene->pair.client : scene->pair.server;
    scene->session = SSL_get1_session(scene->ssl);
    CHECK_INT(SSL_SESSION_is_resumable(scene->session), 1);
    CHECK_INT(SSL_CTX_sess_number(scene->ctx), 1);
    watch_removals(scene);
}

/* "resumable cached removed", before and after SSL_free. */
static void tell(struct scene *scene, char *text, size_t size)
{
    snprintf(text + strlen(text), size - strlen(text), " %c%c%d",
             SSL_SESSION_is_resumable(scene->session) ? 'r' : '-',
             SSL_CTX_sess_number(scene->ctx) > 0 ? 'c' : '-', removals);
}

static void tear_down(struct scene *scene)
{
    SSL_CTX_sess_set_remove_cb(scene->ctx, NULL);
    SSL_SESSION_free(scene->session);
    SSL_CTX_free(scene->cctx);
    SSL_CTX_free(scene->sctx);
}

static void tell_call(struct scene *scene, int ret, char *text, size_t size)
{
    int error = SSL_get_error(scene->ssl, ret);
    int reason = last_reason();

    snprintf(text + strlen(text), size - strlen(text), " %d/%d/%d", ret, error, reason);
}

/* BIOs that misbehave ---------------------------------------------------- */

static int fail_read(BIO *bio, char *data, int len)
{
    (void)data, (void)len;
    BIO_clear_retry_flags(bio);
    errno = ECONNRESET;
    return -1;
}

static int fail_write(BIO *bio, const char *data, int len)
{
    (void)data, (void)len;
    BIO_clear_retry_flags(bio);
    errno = EPIPE;
    return -1;
}

static long no_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO *failing_bio(void)
{
    static BIO_METHOD *method;
    BIO *bio;

    if (method == NULL) {
        method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "failing");
        BIO_meth_set_read(method, fail_read);
        BIO_meth_set_write(method, fail_write);
        BIO_meth_set_ctrl(method, no_ctrl);
    }
    bio = BIO_new(method);
    BIO_set_init(bio, 1);
    return bio;
}

/* What the peer sent, changed as `change` says, then the end of the stream. */
static void pass_changed(SSL *reader, int cut, int flip)
{
    BIO *bio = SSL_get_rbio(reader), *memory = BIO_new(BIO_s_mem());
    unsigned char bytes[20000];
    int len = BIO_read(bio, bytes, sizeof(bytes));

    BIO_set_mem_eof_return(memory, 0);
    if (len > 0) {
        if (flip >= 0)
            bytes[flip < len ? flip : len - 1] ^= 1;
        BIO_write(memory, bytes, len - cut > 0 ? len - cut : 0);
    }
    SSL_set0_rbio(reader, memory);
}

/* Ends of an open connection --------------------------------------------- */

static int read_byte(SSL *ssl)
{
    char byte;

    ERR_clear_error();
    return SSL_read(ssl, &byte, 1);
}

static int just_free(struct scene *scene)
{
    (void)scene;
    return 0;
}

static int bad_mac(struct scene *scene)
{
    CHECK_INT(SSL_write(scene->peer, "x", 1), 1);
    pass_changed(scene->ssl, 0, 20000);
    return read_byte(scene->ssl);
}

static int alert_received(struct scene *scene)
{
    CHECK_INT(SSL_write(scene->ssl, "x", 1), 1);
    pass_changed(scene->peer, 0, 20000);
    CHECK_INT(read_byte(scene->peer), -1);
    return read_byte(scene->ssl);
}

static int end_of_stream(struct scene *scene)
{
    pass_changed(scene->ssl, 0, -1);
    return read_byte(scene->ssl);
}

static int end_ignored(struct scene *scene)
{
    SSL_set_options(scene->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
    return end_of_stream(scene);
}

static int end_in_a_header(struct scene *scene)
{
    BIO *memory = BIO_new(BIO_s_mem());

    BIO_set_mem_eof_return(memory, 0);
    BIO_write(memory, "\x17\x03\x03", 3);
    SSL_set0_rbio(scene->ssl, memory);
    return read_byte(scene->ssl);
}

static int end_in_a_record(struct scene *scene)
{
    CHECK_INT(SSL_write(scene->peer, "x", 1), 1);
    pass_changed(scene->ssl, 3, -1);
    return read_byte(scene->ssl);
}

static int end_in_a_record_ignored(struct scene *scene)
{
    SSL_set_options(scene->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
    return end_in_a_record(scene);
}

static int reset_while_reading(struct scene *scene)
{
    SSL_set0_rbio(scene->ssl, failing_bio());
    return read_byte(scene->ssl);
}

static int reset_while_writing(struct scene *scene)
{
    SSL_set0_wbio(scene->ssl, failing_bio());
    ERR_clear_error();
    return SSL_write(scene->ssl, "x", 1);
}

static int write_after_a_failed_read(struct scene *scene)
{
    reset_while_reading(scene);
    ERR_clear_error();
    return SSL_write(scene->ssl, "x", 1);
}

static int write_after_the_end(struct scene *scene)
{
    end_of_stream(scene);
    ERR_clear_error();
    return SSL_write(scene->ssl, "x", 1);
}

static int read_after_a_bad_mac(struct scene *scene)
{
    bad_mac(scene);
    return read_byte(scene->ssl);
}

static int shutdown_after_a_bad_mac(struct scene *scene)
{
    bad_mac(scene);
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int shutdown_after_a_failed_read(struct scene *scene)
{
    reset_while_reading(scene);
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int shutdown_that_fails(struct scene *scene)
{
    SSL_set0_wbio(scene->ssl, failing_bio());
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int shutdown_then_end_of_stream(struct scene *scene)
{
    CHECK_INT(SSL_shutdown(scene->ssl), 0);
    pass_changed(scene->ssl, 0, -1);
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int shutdown_then_bad_mac(struct scene *scene)
{
    CHECK_INT(SSL_shutdown(scene->ssl), 0);
    return bad_mac(scene);
}

static int closed_by_the_peer(struct scene *scene)
{
    CHECK_INT(SSL_shutdown(scene->peer), 0);
    return read_byte(scene->ssl);
}

static int nonsense(struct scene *scene)
{
    BIO *memory = BIO_new(BIO_s_mem());

    BIO_write(memory, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    SSL_set0_rbio(scene->ssl, memory);
    return read_byte(scene->ssl);
}

static int clear_it(struct scene *scene)
{
    int ret = SSL_clear(scene->ssl);

    CHECK_PTR(SSL_get_session(scene->ssl), NULL);
    return ret;
}

static int clear_after_shutdown(struct scene *scene)
{
    int ret;

    SSL_shutdown(scene->ssl);
    ret = SSL_clear(scene->ssl);
    CHECK_PTR(SSL_get_session(scene->ssl), scene->session);
    return ret;
}

static int clear_after_a_bad_mac(struct scene *scene)
{
    bad_mac(scene);
    ERR_clear_error();
    return SSL_clear(scene->ssl);
}

static int set_another_session(struct scene *scene)
{
    SSL_SESSION *other = SSL_SESSION_new();
    int ret = SSL_set_session(scene->ssl, other);

    CHECK_PTR(SSL_get_session(scene->ssl), other);
    SSL_SESSION_free(other);
    return ret;
}

static int set_the_same_session(struct scene *scene)
{
    return SSL_set_session(scene->ssl, scene->session);
}

static int write_then_bad_mac(struct scene *scene)
{
    CHECK_INT(SSL_write(scene->ssl, "x", 1), 1);
    return bad_mac(scene);
}

static int wrong_record_type(struct scene *scene)
{
    BIO *memory = BIO_new(BIO_s_mem());

    BIO_write(memory, "\x16\x03\x03\x00\x04\x00\x00\x00\x00", 9);
    SSL_set0_rbio(scene->ssl, memory);
    return read_byte(scene->ssl);
}

static int record_too_long(struct scene *scene)
{
    BIO *memory = BIO_new(BIO_s_mem());

    BIO_write(memory, "\x17\x03\x03\xff\xff\x00\x00", 7);
    SSL_set0_rbio(scene->ssl, memory);
    return read_byte(scene->ssl);
}

static int set_connect_state(struct scene *scene)
{
    SSL_set_connect_state(scene->ssl);
    return 0;
}

/* Ends of a handshake that offers a session ------------------------------ */

/* The handshake of the side that is looked at, as far as it comes without help. */
static int go_on(SSL *ssl)
{
    ERR_clear_error();
    return SSL_do_handshake(ssl);
}

/* The client's hello, and the server's first answer; the side's turn is next. */
static void begin(struct scene *scene, int server)
{
    CHECK_INT(go_on(scene->pair.client), -1);
    if (!server)
        CHECK_INT(go_on(scene->pair.server), -1);
}

static int is_server(const struct scene *scene)
{
    return scene->ssl == scene->pair.server;
}

static int left_alone(struct scene *scene)
{
    begin(scene, is_server(scene));
    return go_on(scene->ssl) == 1;
}

static int peer_gone_at_once(struct scene *scene)
{
    if (!is_server(scene))
        CHECK_INT(go_on(scene->ssl), -1);
    pass_changed(scene->ssl, 20000, -1);
    return go_on(scene->ssl);
}

static int peer_gone_later(struct scene *scene)
{
    begin(scene, is_server(scene));
    if (is_server(scene)) {
        CHECK_INT(go_on(scene->ssl), -1);
        pass_changed(scene->ssl, 0, -1);
    } else {
        pass_changed(scene->ssl, 10, -1);
    }
    return go_on(scene->ssl);
}

static int reset_at_once(struct scene *scene)
{
    if (!is_server(scene))
        CHECK_INT(go_on(scene->ssl), -1);
    SSL_set0_rbio(scene->ssl, failing_bio());
    return go_on(scene->ssl);
}

static int write_fails_at_once(struct scene *scene)
{
    if (is_server(scene))
        CHECK_INT(go_on(scene->peer), -1);
    SSL_set0_wbio(scene->ssl, failing_bio());
    return go_on(scene->ssl);
}

static int bad_finished(struct scene *scene)
{
    begin(scene, 0);
    if (is_server(scene))
        go_on(scene->peer);
    pass_changed(scene->ssl, 0, 20000);
    return go_on(scene->ssl);
}

static int alert_instead_of_an_answer(struct scene *scene)
{
    BIO *memory = BIO_new(BIO_s_mem());

    if (!is_server(scene)) {
        CHECK_INT(go_on(scene->ssl), -1);
    } else {
        begin(scene, 0);
    }
    BIO_write(memory, "\x15\x03\x03\x00\x02\x02\x28", 7);
    SSL_set0_rbio(scene->ssl, memory);
    return go_on(scene->ssl);
}

static int nonsense_at_once(struct scene *scene)
{
    if (!is_server(scene))
        CHECK_INT(go_on(scene->ssl), -1);
    nonsense(scene);
    return go_on(scene->ssl);
}

static int nonsense_later(struct scene *scene)
{
    begin(scene, is_server(scene));
    go_on(scene->ssl);
    nonsense(scene);
    return -1;
}

static int certificate_refused(struct scene *scene)
{
    X509_STORE *none = X509_STORE_new();

    /* The session has gone from the server, and the client trusts nobody. */
    if (!is_server(scene))
        SSL_CTX_flush_sessions(scene->sctx, 0);
    SSL_set1_verify_cert_store(scene->pair.client, none);
    X509_STORE_free(none);
    handshake(&scene->pair);
    return -1;
}

static int shut_down_before(struct scene *scene)
{
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int quiet_shutdown_before(struct scene *scene)
{
    SSL_set_quiet_shutdown(scene->ssl, 1);
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static int cleared_under_way(struct scene *scene)
{
    begin(scene, is_server(scene));
    if (is_server(scene))
        go_on(scene->ssl);
    return SSL_clear(scene->ssl);
}

static int other_session_under_way(struct scene *scene)
{
    CHECK_INT(go_on(scene->pair.client), -1);
    return SSL_set_session(scene->ssl, NULL);
}

static int shut_down_under_way(struct scene *scene)
{
    begin(scene, is_server(scene));
    ERR_clear_error();
    return SSL_shutdown(scene->ssl);
}

static const struct row {
    const char *name;
    int (*end)(struct scene *scene);
    int begun; /* the handshake is the row's own affair */
    /* Of a TLS 1.2 client, TLS 1.2 server, TLS 1.3 client, TLS 1.3 server: the call's
     * result, SSL_get_error, reason; then resumable, cached, removals: before SSL_free
     * and after it. */
    const char *expected[4];
} rows[] = {
    { "just free", just_free, 1, { "0/2/0 rc0 --1", "0/5/0 rc0 --1", "0/2/0 rc0 --1", "0/5/0 rc0 --1" } },
    { "bad mac", bad_mac, 1, { "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1" } },
    { "alert received", alert_received, 1,
      { "0/1/1020 --1 --1", "0/1/1020 --1 --1", "0/1/1020 --1 --1", "0/1/1020 --1 --1" } },
    { "end of stream", end_of_stream, 1,
      { "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1" } },
    { "end ignored", end_ignored, 1, { "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1" } },
    { "end in a header", end_in_a_header, 1,
      { "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1" } },
    { "end in a record", end_in_a_record, 1,
      { "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1", "0/1/294 --1 --1" } },
    { "end in a record ignored", end_in_a_record_ignored, 1,
      { "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1" } },
    { "reset while reading", reset_while_reading, 1,
      { "-1/5/0 rc0 --1", "-1/5/0 rc0 --1", "-1/5/0 rc0 --1", "-1/5/0 rc0 --1" } },
    { "reset while writing", reset_while_writing, 1,
      { "-1/5/0 rc0 --1", "-1/5/0 rc0 --1", "-1/5/0 rc0 --1", "-1/5/0 rc0 --1" } },
    { "write after a failed read", write_after_a_failed_read, 1,
      { "1/0/0 rc0 --1", "1/0/0 rc0 --1", "1/0/0 rc0 --1", "1/0/0 rc0 --1" } },
    { "write after the end", write_after_the_end, 1,
      { "-1/5/0 --1 --1", "-1/5/0 --1 --1", "-1/5/0 --1 --1", "-1/5/0 --1 --1" } },
    { "read after a bad mac", read_after_a_bad_mac, 1,
      { "-1/5/0 --1 --1", "-1/5/0 --1 --1", "-1/5/0 --1 --1", "-1/5/0 --1 --1" } },
    { "shutdown after a bad mac", shutdown_after_a_bad_mac, 1,
      { "-1/1/407 --1 --1", "-1/1/407 --1 --1", "-1/1/407 --1 --1", "-1/1/407 --1 --1" } },
    { "shutdown after a failed read", shutdown_after_a_failed_read, 1,
      { "0/5/0 rc0 rc0", "0/5/0 rc0 rc0", "0/5/0 rc0 rc0", "0/5/0 rc0 rc0" } },
    { "shutdown that fails", shutdown_that_fails, 1,
      { "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0" } },
    { "shutdown then end of stream", shutdown_then_end_of_stream, 1,
      { "-1/1/294 rc0 rc0", "-1/1/294 rc0 rc0", "-1/1/294 rc0 rc0", "-1/1/294 rc0 rc0" } },
    { "shutdown then bad mac", shutdown_then_bad_mac, 1,
      { "-1/1/281 rc0 rc0", "-1/1/281 rc0 rc0", "-1/1/281 rc0 rc0", "-1/1/281 rc0 rc0" } },
    { "closed by the peer", closed_by_the_peer, 1,
      { "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1", "0/6/0 rc0 --1" } },
    { "nonsense", nonsense, 1, { "-1/1/267 --1 --1", "-1/1/267 --1 --1", "-1/1/267 --1 --1", "-1/1/267 --1 --1" } },
    { "wrong record type", wrong_record_type, 1,
      { "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/443 --1 --1", "-1/1/443 --1 --1" } },
    { "record too long", record_too_long, 1,
      { "-1/1/198 --1 --1", "-1/1/198 --1 --1", "-1/1/198 --1 --1", "-1/1/198 --1 --1" } },
    { "write then bad mac", write_then_bad_mac, 1,
      { "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1" } },
    { "clear it", clear_it, 1, { "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1" } },
    { "clear after shutdown", clear_after_shutdown, 1,
      { "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0" } },
    { "clear after a bad mac", clear_after_a_bad_mac, 1,
      { "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1" } },
    { "set another session", set_another_session, 1,
      { "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1", "1/0/0 --1 --1" } },
    { "set the same session", set_the_same_session, 1,
      { "1/0/0 --1 --2", "1/0/0 --1 --2", "1/0/0 --1 --2", "1/0/0 --1 --2" } },
    { "set connect state", set_connect_state, 1,
      { "0/2/0 rc0 rc0", "0/5/0 rc0 rc0", "0/2/0 rc0 rc0", "0/5/0 rc0 rc0" } },
    { "left alone", left_alone, 0, { "1/0/0 rc0 --1", "0/2/0 rc0 rc0", "1/0/0 --1 --2", "0/2/0 rc0 rc0" } },
    { "peer gone at once", peer_gone_at_once, 0,
      { "-1/1/294 --1 --1", "-1/1/294 rc0 rc0", "-1/1/294 --1 --1", "-1/1/294 rc0 rc0" } },
    { "peer gone later", peer_gone_later, 0,
      { "-1/1/294 --1 --1", "-1/1/294 --1 --1", "-1/1/294 --1 --1", "-1/1/294 --1 --1" } },
    { "reset at once", reset_at_once, 0,
      { "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0" } },
    { "write fails at once", write_fails_at_once, 0,
      { "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0" } },
    { "bad finished", bad_finished, 0,
      { "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1", "-1/1/281 --1 --1" } },
    { "alert instead of an answer", alert_instead_of_an_answer, 0,
      { "-1/1/1040 --1 --1", "-1/1/1040 --1 --1", "-1/1/1040 --1 --1", "-1/1/1040 --1 --1" } },
    { "cleared under way", cleared_under_way, 0,
      { "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0" } },
    { "other session under way", other_session_under_way, 0,
      { "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0", "1/0/0 rc0 rc0" } },
    { "nonsense at once", nonsense_at_once, 0,
      { "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc0" } },
    { "nonsense later", nonsense_later, 0,
      { "-1/1/267 --1 --1", "-1/1/267 --1 --1", "-1/1/267 --2 --2", "-1/1/267 --1 --1" } },
    { "certificate refused", certificate_refused, 0,
      { "-1/5/0 rc1 rc1", "-1/5/0 rc0 --1", "-1/5/0 rc0 rc0", "-1/5/0 rc0 rc1" } },
    { "shut down before", shut_down_before, 0,
      { "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0" } },
    { "quiet shutdown before", quiet_shutdown_before, 0,
      { "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0" } },
    { "shut down under way", shut_down_under_way, 0,
      { "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0", "-1/1/407 rc0 rc0" } },
};

static void check_row(const struct row *row, int version, int server)
{
    int column = 2 * (version == TLS1_3_VERSION) + server;
    struct scene scene;
    char text[200] = "";
    int ret;

    if (row->begun) {
        connect_scene(&scene, version, server);
    } else {
        SSL_SESSION *offered;

        /* The session that is offered, or the one that the server finds. */
        connect_scene(&scene, version, server);
        offered = SSL_get1_session(scene.pair.client);
        SSL_CTX_sess_set_remove_cb(scene.ctx, NULL);
        finish_pair(&scene.pair);
        scene.pair = new_pair(scene.cctx, scene.sctx);
        scene.ssl = server ? scene.pair.server : scene.pair.client;
        scene.peer = server ? scene.pair.client : scene.pair.server;
        SSL_set_session(scene.pair.client, offered);
        SSL_SESSION_free(offered);
        watch_removals(&scene);
    }
    ret = row->end(&scene);
    tell_call(&scene, ret, text, sizeof(text));
    tell(&scene, text, sizeof(text));
    SSL_free(scene.ssl);
    tell(&scene, text, sizeof(text));
    if (getenv("SHOW_ROWS") != NULL)
        printf("ROW %s %d %s\n", row->name, column, text + 1);
    else if (strcmp(text + 1, row->expected[column]) != 0)
        printf("    %s:\n", row->name);
    CHECK_STR(text + 1, row->expected[column]);
    SSL_free(scene.peer);
    tear_down(&scene);
}

static void check_rows(int version, int server, int begun)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].begun == begun)
            check_row(&rows[i], version, server);
}

TEST_VERSIONS(open_connections_of_a_client)
{
    check_rows(version, 0, 1);
}

TEST_VERSIONS(open_connections_of_a_server)
{
    check_rows(version, 1, 1);
}

TEST_VERSIONS(handshakes_of_a_client)
{
    check_rows(version, 0, 0);
}

TEST_VERSIONS(handshakes_of_a_server)
{
    check_rows(version, 1, 0);
}
