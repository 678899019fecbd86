/*
 * What must agree between a session and the connection that wants to reuse it.
 */
#define _GNU_SOURCE
#include "harness.h"

static void set_context(SSL_CTX *ctx, const char *context)
{
    REQUIRE(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)context, (unsigned int)strlen(context)) == 1);
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
    (void)ok, (void)store;
    return 1;
}

/* Statement 71, for tickets and for cached sessions. */
static void check_other_context_misses(int version, int stateful)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    if (stateful)
        SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    set_context(sctx, "one");
    session = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    set_context(sctx, "two");
    CHECK_INT(resumes(cctx, sctx, session), 0);
    set_context(sctx, "one");
    /* A miss does not hurt the session of a ticket. */
    if (!stateful)
        CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_71_other_context_is_a_miss)
{
    check_other_context_misses(version, 0);
}

TEST_VERSIONS(statement_71_other_context_is_a_miss_stateful)
{
    check_other_context_misses(version, 1);
}

TEST_VERSIONS(statement_71_context_of_the_ssl)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = new_pair(cctx, sctx);

    SSL_set_session(pair.client, session);
    CHECK_INT(SSL_set_session_id_context(pair.server, (const unsigned char *)"other", 5), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_session_reused(pair.server), 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_72_verifying_server_without_a_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, accept_any);
    pair = new_pair(cctx, sctx);
    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.server_end.reason, SSL_R_SESSION_ID_CONTEXT_UNINITIALIZED);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_72_verifying_server_with_a_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, accept_any);
    set_context(sctx, "context");
    session = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_73_client_in_another_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    set_context(cctx, "client");
    pair = new_pair(cctx, sctx);
    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.client_end.reason, SSL_R_ATTEMPT_TO_REUSE_SESSION_IN_DIFFERENT_CONTEXT);
    CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.server_end.reason, SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The session takes the context of the client's SSL, so equal ones resume. */
TEST_VERSIONS(statement_73_client_in_the_same_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *context;
    unsigned int len;

    set_context(cctx, "client");
    session = obtain_session(cctx, sctx);
    context = SSL_SESSION_get0_id_context(session, &len);
    CHECK_MEM(context, len, "client", 6);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A server of both versions, and a client that has moved to the other one. */
TEST_VERSIONS(statement_74_other_version_is_a_miss)
{
    int other = version == TLS1_3_VERSION ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *cctx = new_client_ctx(version), *other_cctx = new_client_ctx(other), *sctx = new_server_ctx(0);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    CHECK_INT(resumes(other_cctx, sctx, session), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(other_cctx);
    SSL_CTX_free(sctx);
}

/* A TLS 1.2 session on a client that may speak both does not hold it back: the
 * server picks 1.3. */
TEST(statement_74_tls12_session_on_a_client_of_both)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *both = new_client_ctx(0), *sctx = new_server_ctx(0);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = offered_pair(both, sctx, session);

    CHECK_INT(SSL_version(pair.client), TLS1_3_VERSION);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(both);
    SSL_CTX_free(sctx);
}

/* The session without its extended master secret flag (tag 13, value 1). */
static SSL_SESSION *without_ems(SSL_SESSION *session)
{
    static const unsigned char flag[] = { 0xad, 3, 2, 1, 1 };
    unsigned char *der = NULL, *found;
    const unsigned char *at;
    int len = i2d_SSL_SESSION(session, &der);
    SSL_SESSION *changed;

    REQUIRE(len > 0);
    found = memmem(der, (size_t)len, flag, sizeof(flag));
    REQUIRE(found != NULL);
    found[4] = 0;
    at = der;
    changed = d2i_SSL_SESSION(NULL, &at, len);
    REQUIRE(changed != NULL);
    OPENSSL_free(der);
    return changed;
}

TEST_TLS12(statement_74_session_without_extended_master_secret)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session, *changed;
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    changed = without_ems(SSL_get_session(pair.server));
    finish_pair(&pair);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_CTX_add_session(sctx, changed), 1);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    SSL_SESSION_free(changed);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The hello loses the extension on its way, which is as if it never had it. */
TEST_TLS12(statement_74_hello_without_extended_master_secret)
{
    static const unsigned char extension[] = { 0, 23, 0, 0 };
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = new_pair(cctx, sctx);
    BIO *memory = BIO_new(BIO_s_mem());
    unsigned char hello[2000], *found;
    int len;

    SSL_set_session(pair.client, session);
    CHECK_INT(SSL_do_handshake(pair.client), -1);
    len = BIO_read(SSL_get_rbio(pair.server), hello, sizeof(hello));
    REQUIRE(len > 100);
    found = memmem(hello, (size_t)len, extension, sizeof(extension));
    REQUIRE(found != NULL);
    found[0] = 0xfa;
    BIO_write(memory, hello, len);
    SSL_set0_rbio(pair.server, memory);
    ERR_clear_error();
    CHECK_INT(SSL_do_handshake(pair.server), -1);
    CHECK_REASON(SSL_R_INCONSISTENT_EXTMS);
    CHECK_INT(SSL_do_handshake(pair.client), -1);
    CHECK_REASON(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(session_of_another_cipher_is_a_miss)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    REQUIRE(SSL_CTX_set_ciphersuites(cctx, "TLS_AES_128_GCM_SHA256") == 1);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* In TLS 1.3 it is the hash that must agree. */
TEST_TLS13(session_of_another_cipher_with_the_same_hash)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    REQUIRE(SSL_CTX_set_ciphersuites(cctx, "TLS_AES_128_GCM_SHA256") == 1);
    session = obtain_session(cctx, sctx);
    REQUIRE(SSL_CTX_set_ciphersuites(cctx, "TLS_CHACHA20_POLY1305_SHA256") == 1);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_STR(SSL_get_cipher_name(pair.client), "TLS_CHACHA20_POLY1305_SHA256");
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A TLS 1.2 client that offers a session without its cipher is refused. */
TEST_TLS12(session_without_its_cipher_is_refused)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    REQUIRE(SSL_CTX_set_cipher_list(cctx, "ECDHE-ECDSA-AES128-GCM-SHA256") == 1);
    pair = new_pair(cctx, sctx);
    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_REQUIRED_CIPHER_MISSING);
    CHECK_INT(pair.client_end.reason, SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
