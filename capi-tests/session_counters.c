/*
 * The commands of SSL_CTX_ctrl and SSL_ctrl that are about sessions: the
 * cache's settings, the ticket keys, and what is counted.
 */
#include "harness.h"

#include <openssl/lhash.h>
#include <time.h>

DEFINE_LHASH_OF(SSL_SESSION);

static const struct {
    int command;
    const char *name;
} counters[] = {
    { SSL_CTRL_SESS_NUMBER, "number" },
    { SSL_CTRL_SESS_CONNECT, "connect" },
    { SSL_CTRL_SESS_CONNECT_GOOD, "connect_good" },
    { SSL_CTRL_SESS_CONNECT_RENEGOTIATE, "connect_renegotiate" },
    { SSL_CTRL_SESS_ACCEPT, "accept" },
    { SSL_CTRL_SESS_ACCEPT_GOOD, "accept_good" },
    { SSL_CTRL_SESS_ACCEPT_RENEGOTIATE, "accept_renegotiate" },
    { SSL_CTRL_SESS_HIT, "hits" },
    { SSL_CTRL_SESS_CB_HIT, "cb_hits" },
    { SSL_CTRL_SESS_MISSES, "misses" },
    { SSL_CTRL_SESS_TIMEOUTS, "timeouts" },
    { SSL_CTRL_SESS_CACHE_FULL, "cache_full" },
};

enum { COUNTERS = sizeof(counters) / sizeof(counters[0]) };

/* All counters in their order; `what` says after what. */
static void check_counters(const char *what, SSL_CTX *ctx, const char *expected)
{
    char text[200] = "";

    for (int i = 0; i < COUNTERS; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%ld", i > 0 ? " " : "",
                 SSL_CTX_ctrl(ctx, counters[i].command, 0, NULL));
    if (strcmp(text, expected) != 0)
        printf("    %s:\n", what);
    CHECK_STR(text, expected);
}

TEST(counters_of_a_new_context)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    check_counters("new", ctx, "0 0 0 0 0 0 0 0 0 0 0 0");
    /* They have names of their own, too. */
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    CHECK_INT(SSL_CTX_sess_connect(ctx), 0);
    CHECK_INT(SSL_CTX_sess_connect_good(ctx), 0);
    CHECK_INT(SSL_CTX_sess_connect_renegotiate(ctx), 0);
    CHECK_INT(SSL_CTX_sess_accept(ctx), 0);
    CHECK_INT(SSL_CTX_sess_accept_good(ctx), 0);
    CHECK_INT(SSL_CTX_sess_accept_renegotiate(ctx), 0);
    CHECK_INT(SSL_CTX_sess_hits(ctx), 0);
    CHECK_INT(SSL_CTX_sess_cb_hits(ctx), 0);
    CHECK_INT(SSL_CTX_sess_misses(ctx), 0);
    CHECK_INT(SSL_CTX_sess_timeouts(ctx), 0);
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 0);
    SSL_CTX_free(ctx);
}

/* They are the context's: an SSL has none, and NULL has none. */
TEST(counters_of_nothing)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    for (int i = 0; i < COUNTERS; i++) {
        CHECK_INT(SSL_ctrl(ssl, counters[i].command, 0, NULL), 0);
        CHECK_INT(SSL_CTX_ctrl(NULL, counters[i].command, 0, NULL), 0);
    }
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_GET_SESS_CACHE_MODE, 0, NULL), 0);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_SET_SESS_CACHE_MODE, 3, NULL), 0);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_GET_SESS_CACHE_SIZE, 0, NULL), 0);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_SET_SESS_CACHE_SIZE, 3, NULL), 0);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, 0, NULL), 0);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_TICKET_KEYS, 0, NULL), 0);
    CHECK_INT(SSL_CTX_get_session_cache_mode(ctx), SSL_SESS_CACHE_SERVER);
    /* 8 was SSL_CTRL_GET_SESSION_REUSED once. */
    CHECK_INT(SSL_ctrl(ssl, 8, 0, NULL), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(settings_by_number)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    unsigned char keys[80], seen[80];

    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_SESS_CACHE_MODE, 0, NULL), 2);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_MODE, 1, NULL), 2);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_MODE, -1, NULL), 1);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_SESS_CACHE_MODE, 0, NULL), 0xffffffffL);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_SESS_CACHE_SIZE, 0, NULL), 20480);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_SIZE, 1000000000000L, NULL), 20480);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_SESS_CACHE_SIZE, -5, NULL), 0);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_SESS_CACHE_SIZE, 0, NULL), 1000000000000L);
    memset(keys, 5, sizeof(keys));
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_TLSEXT_TICKET_KEYS, 80, keys), 1);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, 80, seen), 1);
    CHECK_MEM(seen, 80, keys, 80);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_TLSEXT_TICKET_KEYS, 48, keys), 0);
    CHECK_REASON(SSL_R_INVALID_TICKET_KEYS_LENGTH);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_SET_TLSEXT_TICKET_KEYS, 0, keys), 0);
    CHECK_REASON(SSL_R_INVALID_TICKET_KEYS_LENGTH);
    CHECK_INT(SSL_CTX_ctrl(ctx, SSL_CTRL_GET_TLSEXT_TICKET_KEYS, 80, NULL), 80);
    CHECK_INT(SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB, NULL), 1);
    CHECK_INT(SSL_CTX_callback_ctrl(ctx, SSL_CTRL_SESS_NUMBER, NULL), 0);
    SSL_CTX_free(ctx);
}

/* The order is: number, connect (good, renegotiated), accept (good, renegotiated),
 * hits, of these by callback, misses, timeouts, cache full. */
TEST_VERSIONS(counters_of_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    check_counters("full, client", cctx, "0 1 1 0 0 0 0 0 0 0 0 0");
    check_counters("full, server", sctx, "0 0 0 0 1 1 0 0 0 0 0 0");
    CHECK_INT(resumes(cctx, sctx, session), 1);
    check_counters("resumed, client", cctx, "0 2 2 0 0 0 0 1 0 0 0 0");
    check_counters("resumed, server", sctx, "0 0 0 0 2 2 0 1 0 0 0 0");
    CHECK_INT(resumes(cctx, other, session), 0);
    check_counters("refused, client", cctx, "0 3 3 0 0 0 0 1 0 1 0 0");
    check_counters("refused, server", other, "0 0 0 0 1 1 0 0 0 0 0 0");
    /* One that is begun, and one that is begun twice. */
    pair = new_pair(cctx, sctx);
    check_counters("not begun, client", cctx, "0 3 3 0 0 0 0 1 0 1 0 0");
    SSL_do_handshake(pair.client);
    SSL_do_handshake(pair.client);
    SSL_do_handshake(pair.server);
    check_counters("begun, client", cctx, "0 4 3 0 0 0 0 1 0 1 0 0");
    check_counters("begun, server", sctx, "0 0 0 0 3 2 0 1 0 0 0 0");
    SSL_clear(pair.client);
    SSL_do_handshake(pair.client);
    check_counters("begun again, client", cctx, "0 5 3 0 0 0 0 1 0 1 0 0");
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other);
}

static SSL_SESSION *answer;

static SSL_SESSION *give_answer(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    (void)ssl, (void)id, (void)len, (void)copy;
    return answer;
}

TEST_VERSIONS(counters_of_a_cache)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session, *theirs;
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    SSL_CTX_sess_set_get_cb(sctx, give_answer);
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_BOTH);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    theirs = SSL_SESSION_dup(SSL_get_session(pair.server));
    finish_pair(&pair);
    check_counters("full, client", cctx, "1 1 1 0 0 0 0 0 0 0 0 0");
    check_counters("full, server", sctx, "1 0 0 0 1 1 0 0 0 0 0 0");
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(sctx, 0);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    check_counters("resumed, server", sctx, "1 0 0 0 2 2 0 1 0 0 0 0");
    SSL_CTX_flush_sessions(sctx, 0);
    /* The callback has it: a miss and two hits. */
    answer = theirs;
    CHECK_INT(resumes(cctx, sctx, session), 1);
    check_counters("by callback, server", sctx, "1 0 0 0 3 3 0 2 1 1 0 0");
    /* It has expired in the cache. */
    answer = NULL;
    SSL_SESSION_set_time(theirs, (long)time(NULL) - 10000);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    /* A TLS 1.2 server has put the new one in its place. */
    check_counters("expired, server", sctx, "1 0 0 0 4 4 0 2 1 1 1 0");
    CHECK_INT(lh_SSL_SESSION_retrieve(SSL_CTX_sessions(sctx), theirs) == theirs, version == TLS1_3_VERSION);
    CHECK_INT(SSL_SESSION_is_resumable(theirs), version == TLS1_3_VERSION);
    check_counters("expired, client", cctx, "1 4 4 0 0 0 0 2 0 1 0 0");
    SSL_SESSION_free(session);
    SSL_SESSION_free(theirs);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Failed handshakes are begun and not done. */
TEST_VERSIONS(counters_of_failed_handshakes)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    X509_STORE *none = X509_STORE_new();
    struct pair pair = new_pair(cctx, sctx);

    SSL_set1_verify_cert_store(pair.client, none);
    CHECK_INT(handshake(&pair), 0);
    check_counters("failed, client", cctx, "0 2 1 0 0 0 0 0 0 0 0 0");
    check_counters("failed, server", sctx, "0 0 0 0 2 1 0 0 0 0 0 0");
    free_pair(&pair);
    /* The client does not accept the resumption. */
    pair = new_pair(cctx, sctx);
    SSL_set_session_id_context(pair.client, (const unsigned char *)"other", 5);
    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    check_counters("not accepted, client", cctx, "0 3 1 0 0 0 0 0 0 0 0 0");
    check_counters("not accepted, server", sctx, "0 0 0 0 3 1 0 1 0 0 0 0");
    free_pair(&pair);
    X509_STORE_free(none);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A second handshake on the same SSL, after SSL_clear, is a connection more. */
TEST_VERSIONS(counters_of_an_ssl_used_twice)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);

    close_cleanly(&pair);
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_INT(SSL_clear(pair.server), 1);
    join(pair.client, pair.server);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    CHECK_INT(SSL_CTX_sess_connect(cctx), 2);
    CHECK_INT(SSL_CTX_sess_connect_good(cctx), 2);
    CHECK_INT(SSL_CTX_sess_connect_renegotiate(cctx), 0);
    CHECK_INT(SSL_CTX_sess_accept(sctx), 2);
    CHECK_INT(SSL_CTX_sess_accept_good(sctx), 2);
    CHECK_INT(SSL_CTX_sess_accept_renegotiate(sctx), 0);
    CHECK_INT(SSL_num_renegotiations(pair.client), 0);
    CHECK_INT(SSL_total_renegotiations(pair.client), 0);
    CHECK_INT(SSL_clear_num_renegotiations(pair.client), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* New keys in TLS 1.3, refused renegotiation in either: no renegotiation is counted. */
TEST_VERSIONS(counters_of_refused_renegotiation)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_options(cctx, SSL_OP_NO_RENEGOTIATION);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(SSL_renegotiate(pair.client), 0);
    CHECK_INT(SSL_renegotiate_pending(pair.client), 0);
    if (version == TLS1_3_VERSION) {
        CHECK_INT(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
        CHECK_INT(SSL_do_handshake(pair.client), 1);
    }
    check_data(&pair);
    CHECK_INT(SSL_CTX_sess_connect(cctx), 1);
    CHECK_INT(SSL_CTX_sess_connect_good(cctx), 1);
    CHECK_INT(SSL_CTX_sess_connect_renegotiate(cctx), 0);
    CHECK_INT(SSL_CTX_sess_accept_renegotiate(sctx), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
