/*
 * The program calls the connection again when it is shown the alert that the library sends: the
 * connection has failed by then.
 */
#include "harness.h"

enum call { READ, PEEK, WRITE, HANDSHAKE, KEY_UPDATE, SHUTDOWN, CALLS };

static const char *names[] = {"SSL_read", "SSL_peek", "SSL_write", "SSL_do_handshake", "SSL_key_update", "SSL_shutdown"};
static enum call wanted;
static int calls;

static int make(SSL *ssl)
{
    char buf[16] = "";

    switch (wanted) {
    case READ: return SSL_read(ssl, buf, sizeof(buf));
    case PEEK: return SSL_peek(ssl, buf, sizeof(buf));
    case WRITE: return SSL_write(ssl, buf, sizeof(buf));
    case HANDSHAKE: return SSL_do_handshake(ssl);
    case KEY_UPDATE: return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    default: return SSL_shutdown(ssl);
    }
}

static void on_message(int out, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
    (void)version, (void)arg;
    if (!out || type != SSL3_RT_ALERT || len != 2 || calls++)
        return;
    outcome("alert %d: %s gives %d", ((const unsigned char *)bytes)[1], names[wanted], make(ssl));
}

/* A record that no key of the peer's has made. */
static void send_nonsense(SSL *ssl)
{
    static const unsigned char record[5 + 64] = {SSL3_RT_APPLICATION_DATA, 3, 3, 0, 64};

    REQUIRE(BIO_write(SSL_get_wbio(ssl), record, sizeof(record)) == sizeof(record));
}

static void fail_within(SSL *ssl, SSL *peer)
{
    char buf[16];
    int result;

    calls = 0;
    SSL_set_msg_callback(ssl, on_message);
    send_nonsense(peer);
    result = SSL_read(ssl, buf, sizeof(buf));
    CHECK_INT(calls, 1);
    outcome("SSL_read gives %d, error %d", result, SSL_get_error(ssl, result));
    result = SSL_write(ssl, "x", 1);
    outcome("SSL_write gives %d, error %d", result, SSL_get_error(ssl, result));
    ERR_clear_error();
}

TEST_VERSIONS(calls_within_the_alert_of_a_connection_that_was_made)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);

    for (wanted = READ; wanted < CALLS; wanted++) {
        struct pair pair = connected_pair(cctx, sctx);

        if (version == TLS1_3_VERSION)
            drain(pair.client);
        fail_within(pair.server, pair.client);
        free_pair(&pair);
        pair = connected_pair(cctx, sctx);
        if (version == TLS1_3_VERSION)
            drain(pair.client);
        fail_within(pair.client, pair.server);
        free_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A server of TLS 1.3 that has said all, and then gets what it can't read. Stock's SSL_write still
 * sends data there, which Tessera's doesn't. */
TEST(calls_within_the_alert_of_a_handshake)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);

    for (wanted = READ; wanted < CALLS; wanted++) {
        struct pair pair = new_pair(cctx, sctx);
        int result;

        if (wanted == WRITE) {
            free_pair(&pair);
            continue;
        }
        calls = 0;
        SSL_set_msg_callback(pair.server, on_message);
        CHECK_INT(SSL_do_handshake(pair.client), -1);
        CHECK_INT(SSL_do_handshake(pair.server), -1);
        send_nonsense(pair.client);
        result = SSL_do_handshake(pair.server);
        CHECK_INT(calls, 1);
        outcome("SSL_do_handshake gives %d, error %d", result, SSL_get_error(pair.server, result));
        result = SSL_do_handshake(pair.server);
        outcome("and again %d, error %d", result, SSL_get_error(pair.server, result));
        ERR_clear_error();
        free_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int peeks;

static int peek_once(SSL *ssl, SSL_SESSION *session)
{
    char buf[16];

    (void)session;
    if (SSL_is_server(ssl) && peeks-- > 0)
        SSL_peek(ssl, buf, sizeof(buf));
    return 0;
}

/* The callback for a ticket's session has the tickets sent that are due: the call that was at it
 * sends no endless number. */
TEST(peeking_within_the_session_of_a_ticket)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    struct pair pair;
    char buf[16];

    SSL_CTX_set_session_cache_mode(sctx, SSL_SESS_CACHE_SERVER);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    SSL_CTX_sess_set_new_cb(sctx, peek_once);
    peeks = 1;
    CHECK_INT(SSL_new_session_ticket(pair.server), 1);
    CHECK_INT(SSL_read(pair.server, buf, sizeof(buf)), -1);
    CHECK(BIO_ctrl_pending(SSL_get_rbio(pair.client)) < 4096);
    ERR_clear_error();
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
