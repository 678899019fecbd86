/*
 * External pre-shared keys in TLS 1.3: the callbacks of TLS 1.3, which deal in sessions, and
 * those of TLS 1.2, which deal in keys and serve for TLS 1.3 as well. With certificates and
 * without, where there is a common key and where there is none.
 */
#include "harness.h"

static const unsigned char KEY[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                                       17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 };
static const char IDENTITY[] = "someone";

/* What the callbacks do, and what was asked of them. */
static struct {
    const char *identity;   /* the client's; NULL: it has no key */
    const char *known;      /* the server's */
    size_t client_len, server_len;
    unsigned char first;    /* the first byte of the server's key */
    int client_fails, server_fails;
    const unsigned char *suite;
    int version;
    uint32_t max_early_data;
} plan;

static const unsigned char AES128[2] = { 0x13, 0x01 }, AES256[2] = { 0x13, 0x02 };

static void reset_plan(void)
{
    memset(&plan, 0, sizeof(plan));
    plan.identity = plan.known = IDENTITY;
    plan.client_len = plan.server_len = sizeof(KEY);
    plan.first = KEY[0];
    plan.suite = AES256;
    plan.version = TLS1_3_VERSION;
}

static unsigned client_key(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk,
                           unsigned max_psk)
{
    outcome("client callback: hint %s, %u bytes for the identity, %u for the key, state %d", hint == NULL ? "none" : hint,
            max_identity, max_psk, (int)SSL_get_state(ssl));
    if (plan.identity == NULL)
        return 0;
    strcpy(identity, plan.identity);
    memcpy(psk, KEY, sizeof(KEY));
    return plan.client_fails ? max_psk + 1 : plan.client_len;
}

static unsigned server_key(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk)
{
    outcome("server callback: %s, %u bytes for the key, state %d", identity, max_psk, (int)SSL_get_state(ssl));
    if (plan.known == NULL || strcmp(identity, plan.known) != 0)
        return 0;
    memcpy(psk, KEY, sizeof(KEY));
    psk[0] = plan.first;
    return plan.server_fails ? max_psk + 1 : plan.server_len;
}

static SSL_SESSION *key_session(SSL *ssl, unsigned char first, size_t len)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char key[sizeof(KEY)];

    memcpy(key, KEY, sizeof(KEY));
    key[0] = first;
    REQUIRE(session != NULL && SSL_SESSION_set1_master_key(session, key, len) == 1
            && SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, plan.suite)) == 1
            && SSL_SESSION_set_protocol_version(session, plan.version) == 1
            && SSL_SESSION_set_max_early_data(session, plan.max_early_data) == 1);
    return session;
}

static int use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *idlen, SSL_SESSION **sess)
{
    outcome("use session: %s, state %d", md == NULL ? "any hash" : "one hash", (int)SSL_get_state(ssl));
    if (plan.client_fails)
        return 0;
    if (plan.identity == NULL) {
        *sess = NULL;
        return 1;
    }
    *id = (const unsigned char *)plan.identity;
    *idlen = strlen(plan.identity);
    *sess = key_session(ssl, KEY[0], plan.client_len);
    return 1;
}

static int find_session(SSL *ssl, const unsigned char *identity, size_t identity_len, SSL_SESSION **sess)
{
    outcome("find session: %.*s, state %d", identity_len < 40 ? (int)identity_len : 6,
            identity_len < 40 ? (const char *)identity : "ticket", (int)SSL_get_state(ssl));
    *sess = NULL;
    if (plan.server_fails)
        return 0;
    if (plan.known != NULL && identity_len == strlen(plan.known) && memcmp(identity, plan.known, identity_len) == 0)
        *sess = key_session(ssl, plan.first, plan.server_len);
    return 1;
}

/* Whether the callbacks are those of TLS 1.3, and whether the server has a certificate. */
enum { SESSIONS = 1, CERTIFICATE = 2 };

static SSL_CTX *client_ctx(int choices)
{
    SSL_CTX *ctx = new_client_ctx(TLS1_3_VERSION);

    if (choices & SESSIONS)
        SSL_CTX_set_psk_use_session_callback(ctx, use_session);
    else
        SSL_CTX_set_psk_client_callback(ctx, client_key);
    /* A key of TLS 1.2's callbacks goes with SHA-256, which a server with a certificate
     * does not prefer for its sake. */
    if (choices == CERTIFICATE)
        SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    return ctx;
}

static SSL_CTX *server_ctx(int choices)
{
    SSL_CTX *ctx;

    if (choices & CERTIFICATE) {
        ctx = new_server_ctx(TLS1_3_VERSION);
    } else {
        ctx = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
    }
    if (choices & SESSIONS)
        SSL_CTX_set_psk_find_session_callback(ctx, find_session);
    else
        SSL_CTX_set_psk_server_callback(ctx, server_key);
    return ctx;
}

static void describe(const char *who, SSL *ssl, struct end end)
{
    SSL_SESSION *session = SSL_get_session(ssl);

    outcome("%s: %d, error %d, reason %d, reused %d, cipher %s, verified %ld, peer %s, session %s%d, identity %s", who, end.ret,
                   end.error, end.reason, SSL_session_reused(ssl), SSL_get_cipher(ssl), SSL_get_verify_result(ssl),
                   SSL_get0_peer_certificate(ssl) != NULL ? "shown" : "none", session == NULL ? "none" : "of version ",
                   session == NULL ? 0 : SSL_SESSION_get_protocol_version(session),
                   SSL_get_psk_identity(ssl) == NULL ? "none" : SSL_get_psk_identity(ssl));
}

static struct pair try_pair(SSL_CTX *cctx, SSL_CTX *sctx)
{
    struct pair pair = new_pair(cctx, sctx);
    int done = handshake(&pair);

    describe("client", pair.client, pair.client_end);
    describe("server", pair.server, pair.server_end);
    if (done) {
        check_data(&pair);
        drain(pair.client);
        outcome("hits %ld and %ld, resumable %d", SSL_CTX_sess_hits(cctx), SSL_CTX_sess_hits(sctx),
                SSL_SESSION_is_resumable(SSL_get_session(pair.client)));
    }
    return pair;
}

static void run(int choices)
{
    SSL_CTX *cctx = client_ctx(choices), *sctx = server_ctx(choices);
    struct pair pair = try_pair(cctx, sctx);

    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void run_all(void)
{
    int choices;

    for (choices = 0; choices < 4; choices++) {
        outcome("-- %s, %s", choices & SESSIONS ? "sessions" : "keys", choices & CERTIFICATE ? "a certificate" : "no certificate");
        run(choices);
    }
}

TEST_TLS13(a_common_key)
{
    reset_plan();
    run_all();
}

TEST_TLS13(a_longer_and_a_shorter_key)
{
    reset_plan();
    plan.client_len = plan.server_len = 16;
    run_all();
    plan.client_len = plan.server_len = 1;
    run_all();
}

TEST_TLS13(a_client_without_a_key)
{
    reset_plan();
    plan.identity = NULL;
    run_all();
}

TEST_TLS13(an_identity_that_the_server_does_not_know)
{
    reset_plan();
    plan.known = "another";
    run_all();
}

TEST_TLS13(another_key)
{
    reset_plan();
    plan.first = 99;
    run_all();
}

TEST_TLS13(a_callback_of_the_client_that_fails)
{
    reset_plan();
    plan.client_fails = 1;
    run_all();
}

TEST_TLS13(a_callback_of_the_server_that_fails)
{
    reset_plan();
    plan.server_fails = 1;
    run_all();
}

TEST_TLS13(a_session_with_the_other_hash)
{
    reset_plan();
    plan.suite = AES128;
    run(SESSIONS);
    run(SESSIONS | CERTIFICATE);
}

TEST_TLS13(a_key_where_the_other_hash_is_preferred)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = server_ctx(CERTIFICATE);
    struct pair pair;

    reset_plan();
    SSL_CTX_set_psk_client_callback(cctx, client_key);
    pair = try_pair(cctx, sctx);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(a_session_of_another_version)
{
    reset_plan();
    plan.version = TLS1_2_VERSION;
    run(SESSIONS | CERTIFICATE);
}

TEST_TLS13(both_kinds_of_callbacks)
{
    SSL_CTX *cctx = client_ctx(0), *sctx = server_ctx(0);
    struct pair pair;

    reset_plan();
    SSL_CTX_set_psk_use_session_callback(cctx, use_session);
    SSL_CTX_set_psk_find_session_callback(sctx, find_session);
    pair = try_pair(cctx, sctx);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The session that comes of a key is resumed by its ticket where no key is at hand. */
TEST_TLS13(a_ticket_after_a_key)
{
    SSL_CTX *cctx = client_ctx(SESSIONS), *sctx = server_ctx(SESSIONS);
    struct pair pair;
    SSL_SESSION *session;

    reset_plan();
    pair = try_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    finish_pair(&pair);
    plan.identity = NULL;
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_set_session(pair.client, session), 1);
    handshake(&pair);
    describe("client", pair.client, pair.client_end);
    describe("server", pair.server, pair.server_end);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(callbacks_of_the_connection)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    struct pair pair;

    reset_plan();
    pair = new_pair(cctx, sctx);
    SSL_set_psk_use_session_callback(pair.client, use_session);
    SSL_set_psk_find_session_callback(pair.server, find_session);
    CHECK_INT(handshake(&pair), 1);
    describe("client", pair.client, pair.client_end);
    describe("server", pair.server, pair.server_end);
    finish_pair(&pair);
    pair = new_pair(cctx, sctx);
    SSL_set_psk_client_callback(pair.client, client_key);
    SSL_set_psk_server_callback(pair.server, server_key);
    CHECK_INT(handshake(&pair), 1);
    describe("client", pair.client, pair.client_end);
    describe("server", pair.server, pair.server_end);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A server that wants a certificate is content with a key. */
TEST_TLS13(a_server_that_verifies)
{
    SSL_CTX *cctx = client_ctx(SESSIONS), *sctx = server_ctx(SESSIONS | CERTIFICATE);
    struct pair pair;

    reset_plan();
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    pair = try_pair(cctx, sctx);
    finish_pair(&pair);
    SSL_CTX_set_session_id_context(sctx, (const unsigned char *)"psk", 3);
    pair = try_pair(cctx, sctx);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
