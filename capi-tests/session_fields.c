/*
 * Times, ids and the other fields of a session.
 */
#include "harness.h"

#include <time.h>

TEST(statement_64_set_time)
{
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_INT(SSL_SESSION_set_time(session, 1234567890), 1234567890);
    CHECK_INT(SSL_SESSION_get_time(session), 1234567890);
    CHECK_INT(SSL_SESSION_set_time(session, 0), 0);
    CHECK_INT(SSL_SESSION_get_time(session), 0);
    CHECK_INT(SSL_SESSION_set_time(session, -5), -5);
    CHECK_INT(SSL_SESSION_get_time(session), -5);
    CHECK_INT(SSL_SESSION_set_time(NULL, 7), 0);
    CHECK_INT(SSL_SESSION_get_time(NULL), 0);
    SSL_SESSION_free(session);
}

TEST(statement_65_set_timeout)
{
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_INT(SSL_SESSION_set_timeout(session, 77), 1);
    CHECK_INT(SSL_SESSION_get_timeout(session), 77);
    CHECK_INT(SSL_SESSION_set_timeout(session, 0), 1);
    CHECK_INT(SSL_SESSION_get_timeout(session), 0);
    CHECK_INT(SSL_SESSION_set_timeout(session, -1), 0);
    CHECK_INT(SSL_SESSION_get_timeout(session), 0);
    CHECK_INT(SSL_SESSION_set_timeout(NULL, 7), 0);
    CHECK_INT(SSL_SESSION_get_timeout(NULL), 0);
    SSL_SESSION_free(session);
}

static void check_timeouts(int version, long client_timeout, long server_timeout, long client_expected,
                           long server_expected)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    if (client_timeout >= 0)
        SSL_CTX_set_timeout(cctx, client_timeout);
    if (server_timeout >= 0)
        SSL_CTX_set_timeout(sctx, server_timeout);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(SSL_SESSION_get_timeout(SSL_get_session(pair.client)), client_expected);
    CHECK_INT(SSL_SESSION_get_timeout(SSL_get_session(pair.server)), server_expected);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_66_timeout_of_new_sessions)
{
    check_timeouts(version, -1, -1, 7200, 7200);
    check_timeouts(version, 100, 200, 100, 200);
    check_timeouts(version, 0, 0, 7200, 7200);
}

TEST(statement_66_default_timeouts)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_INT(SSL_CTX_get_timeout(ctx), 7200);
    CHECK_INT(SSL_get_default_timeout(ssl), 7200);
    CHECK_INT(SSL_CTX_set_timeout(ctx, 11), 7200);
    CHECK_INT(SSL_CTX_set_timeout(ctx, 0), 11);
    CHECK_INT(SSL_CTX_get_timeout(ctx), 0);
    CHECK_INT(SSL_get_default_timeout(ssl), 7200);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(statement_67_set1_id)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char id[33];
    const unsigned char *read;
    unsigned int len;

    memset(id, 7, sizeof(id));
    CHECK_INT(SSL_SESSION_set1_id(session, id, 32), 1);
    read = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(read, len, id, 32);
    CHECK_INT(SSL_SESSION_set1_id(session, id, 33), 0);
    CHECK_REASON(SSL_R_SSL_SESSION_ID_TOO_LONG);
    SSL_SESSION_get_id(session, &len);
    CHECK_INT(len, 32);
    CHECK_INT(SSL_SESSION_set1_id(session, id, 5), 1);
    read = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(read, len, id, 5);
    SSL_SESSION_free(session);
}

TEST(statement_67_set1_id_context)
{
    SSL_SESSION *session = SSL_SESSION_new();
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    unsigned char context[33];
    const unsigned char *read;
    unsigned int len = 99;

    memset(context, 9, sizeof(context));
    SSL_SESSION_get0_id_context(session, &len);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_set1_id_context(session, context, 32), 1);
    read = SSL_SESSION_get0_id_context(session, &len);
    CHECK_MEM(read, len, context, 32);
    CHECK_INT(SSL_SESSION_set1_id_context(session, context, 33), 0);
    CHECK_REASON(SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG);
    CHECK_INT(SSL_CTX_set_session_id_context(ctx, context, 32), 1);
    CHECK_INT(SSL_CTX_set_session_id_context(ctx, context, 33), 0);
    CHECK_REASON(SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG);
    CHECK_INT(SSL_set_session_id_context(ssl, context, 32), 1);
    CHECK_INT(SSL_set_session_id_context(ssl, context, 33), 0);
    CHECK_REASON(SSL_R_SSL_SESSION_ID_CONTEXT_TOO_LONG);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    SSL_SESSION_free(session);
}

TEST(statement_68_get_id_without_a_length)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned int len = 99;

    CHECK(SSL_SESSION_get_id(session, NULL) != NULL);
    CHECK(SSL_SESSION_get_id(session, &len) != NULL);
    CHECK_INT(len, 0);
    SSL_SESSION_free(session);
}

TEST_VERSIONS(statement_69_master_key)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    unsigned char key[64], part[64];
    size_t len = SSL_SESSION_get_master_key(session, NULL, 0);
    int is_sha384 = version == TLS1_3_VERSION
        && EVP_MD_get_size(SSL_CIPHER_get_handshake_digest(SSL_SESSION_get0_cipher(session))) == 48;

    /* In TLS 1.3 the key of a ticket is as long as the hash. */
    CHECK_INT(len, version == TLS1_2_VERSION || is_sha384 ? 48 : 32);
    CHECK_INT(SSL_SESSION_get_master_key(session, key, sizeof(key)), len);
    memset(part, 0xee, sizeof(part));
    CHECK_INT(SSL_SESSION_get_master_key(session, part, 10), 10);
    CHECK_MEM(part, 10, key, 10);
    CHECK_INT(part[10], 0xee);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_69_set1_master_key)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char key[513], read[513];

    memset(key, 3, sizeof(key));
    CHECK_INT(SSL_SESSION_get_master_key(session, NULL, 0), 0);
    CHECK_INT(SSL_SESSION_set1_master_key(session, key, 48), 1);
    CHECK_INT(SSL_SESSION_get_master_key(session, read, sizeof(read)), 48);
    CHECK_INT(SSL_SESSION_set1_master_key(session, key, 512), 1);
    CHECK_INT(SSL_SESSION_get_master_key(session, read, sizeof(read)), 512);
    CHECK_INT(SSL_SESSION_set1_master_key(session, key, 513), 0);
    CHECK_INT(SSL_SESSION_get_master_key(session, NULL, 0), 512);
    SSL_SESSION_free(session);
}

static int servername_answer;

static int servername(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return servername_answer;
}

static void check_hostnames(int version, int answer, const char *client_expected, const char *server_expected)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    if (answer >= 0) {
        servername_answer = answer;
        SSL_CTX_set_tlsext_servername_callback(sctx, servername);
    }
    SSL_set_tlsext_host_name(pair.client, "localhost");
    REQUIRE(handshake(&pair));
    drain(pair.client);
    CHECK_STR(SSL_SESSION_get0_hostname(SSL_get_session(pair.client)), client_expected);
    CHECK_STR(SSL_SESSION_get0_hostname(SSL_get_session(pair.server)), server_expected);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_70_hostname_acknowledged)
{
    check_hostnames(version, SSL_TLSEXT_ERR_OK, "localhost", "localhost");
}

TEST_VERSIONS(statement_70_hostname_not_acknowledged)
{
    check_hostnames(version, SSL_TLSEXT_ERR_NOACK, NULL, NULL);
    check_hostnames(version, -1, NULL, NULL);
}

TEST(hostname_is_settable)
{
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_PTR(SSL_SESSION_get0_hostname(session), NULL);
    CHECK_INT(SSL_SESSION_set1_hostname(session, "example.org"), 1);
    CHECK_STR(SSL_SESSION_get0_hostname(session), "example.org");
    CHECK_INT(SSL_SESSION_set1_hostname(session, NULL), 1);
    CHECK_PTR(SSL_SESSION_get0_hostname(session), NULL);
    SSL_SESSION_free(session);
}

TEST(alpn_is_settable)
{
    SSL_SESSION *session = SSL_SESSION_new();
    const unsigned char *alpn = NULL;
    size_t len = 99;

    SSL_SESSION_get0_alpn_selected(session, &alpn, &len);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_set1_alpn_selected(session, (const unsigned char *)"h2", 2), 1);
    SSL_SESSION_get0_alpn_selected(session, &alpn, &len);
    CHECK_MEM(alpn, len, "h2", 2);
    CHECK_INT(SSL_SESSION_set1_alpn_selected(session, NULL, 0), 1);
    SSL_SESSION_get0_alpn_selected(session, &alpn, &len);
    CHECK_INT(len, 0);
    SSL_SESSION_free(session);
}

TEST(version_and_cipher_are_settable)
{
    SSL_SESSION *session = SSL_SESSION_new();
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(ctx), 0);

    CHECK_INT(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION), 1);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), TLS1_3_VERSION);
    CHECK_INT(SSL_SESSION_set_cipher(session, cipher), 1);
    CHECK_PTR(SSL_SESSION_get0_cipher(session), cipher);
    CHECK_INT(SSL_SESSION_set_max_early_data(session, 16384), 1);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 16384);
    SSL_CTX_free(ctx);
    SSL_SESSION_free(session);
}

TEST(ticket_appdata)
{
    SSL_SESSION *session = SSL_SESSION_new();
    void *data = NULL;
    size_t len = 99;

    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(session, "appdata", 7), 1);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_MEM(data, len, "appdata", 7);
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(session, NULL, 0), 1);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_INT(len, 0);
    SSL_SESSION_free(session);
}

TEST_VERSIONS(fields_after_a_handshake)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    X509 *cert = fixture_cert("server-p256");
    const unsigned char *ticket;
    size_t len;
    unsigned int id_len;
    long now = (long)time(NULL);

    CHECK_INT(SSL_SESSION_get_protocol_version(session), version);
    CHECK_STR(SSL_CIPHER_get_name(SSL_SESSION_get0_cipher(session)),
              version == TLS1_3_VERSION ? "TLS_AES_256_GCM_SHA384" : "ECDHE-ECDSA-AES256-GCM-SHA384");
    /* time() may lag a moment behind other clocks. */
    CHECK(SSL_SESSION_get_time(session) <= now + 1 && SSL_SESSION_get_time(session) >= now - 60);
    CHECK_INT(SSL_SESSION_has_ticket(session), 1);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK(ticket != NULL && len > 100);
    /* Without wanting the ticket itself. */
    SSL_SESSION_get0_ticket(session, NULL, &len);
    CHECK(len > 100);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    SSL_SESSION_get_id(session, &id_len);
    CHECK_INT(id_len, 32);
    CHECK_INT(X509_cmp(SSL_SESSION_get0_peer(session), cert), 0);
    X509_free(cert);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What NULL is answered with, where it is. */
TEST(null_arguments)
{
    SSL_SESSION *session = SSL_SESSION_new();
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    BIO *out = BIO_new(BIO_s_mem());
    const unsigned char *bytes = (const unsigned char *)"x";
    size_t size = 99;
    char *text;

    SSL_SESSION_free(NULL);
    CHECK_INT(SSL_SESSION_print(out, NULL), 0);
    CHECK_INT(SSL_SESSION_print_keylog(out, NULL), 0);
    CHECK_INT(SSL_SESSION_print_keylog(out, session), 0);
    CHECK_INT(BIO_get_mem_data(out, &text), 0);
    CHECK_INT(i2d_SSL_SESSION(NULL, NULL), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, NULL), 0);
    CHECK_INT(SSL_SESSION_set_cipher(session, NULL), 1);
    CHECK_PTR(SSL_SESSION_get0_cipher(session), NULL);
    CHECK(SSL_SESSION_get0_id_context(session, NULL) != NULL);
    SSL_SESSION_get0_ticket(session, NULL, &size);
    CHECK_INT(size, 0);
    SSL_SESSION_get0_ticket(session, &bytes, &size);
    CHECK_PTR(bytes, NULL);
    CHECK_INT(SSL_SESSION_set1_alpn_selected(session, NULL, 5), 1);
    CHECK_INT(SSL_SESSION_set1_alpn_selected(session, (const unsigned char *)"x", 0), 1);
    SSL_SESSION_get0_alpn_selected(session, &bytes, &size);
    CHECK_PTR(bytes, NULL);
    CHECK_INT(size, 0);
    CHECK_PTR(SSL_SESSION_get0_peer(session), NULL);
    BIO_free(out);
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

/* Values at their ends, and some that mean nothing. */
TEST(limits_of_the_setters)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char id[32];

    CHECK_INT(SSL_SESSION_set_max_early_data(session, 0xffffffffu), 1);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 0xffffffffu);
    CHECK_INT(SSL_SESSION_set_protocol_version(session, -1), 1);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), -1);
    CHECK_INT(SSL_SESSION_get_max_fragment_length(session), 0);
    CHECK_INT(SSL_SESSION_get_compress_id(session), 0);
    CHECK_INT(SSL_SESSION_set_timeout(session, __LONG_MAX__), 1);
    CHECK_INT(SSL_SESSION_get_timeout(session), __LONG_MAX__);
    CHECK_INT(SSL_SESSION_set_time(session, __LONG_MAX__), __LONG_MAX__);
    CHECK_INT(SSL_SESSION_get_time(session), __LONG_MAX__);
    /* A session's own id and context may be given to it. */
    memset(id, 4, sizeof(id));
    SSL_SESSION_set1_id(session, id, 32);
    CHECK_INT(SSL_SESSION_set1_id(session, SSL_SESSION_get_id(session, NULL), 10), 1);
    CHECK_MEM(SSL_SESSION_get_id(session, NULL), 10, id, 10);
    SSL_SESSION_set1_id_context(session, id, 32);
    CHECK_INT(SSL_SESSION_set1_id_context(session, SSL_SESSION_get0_id_context(session, NULL), 7), 1);
    CHECK_MEM(SSL_SESSION_get0_id_context(session, NULL), 7, id, 7);
    SSL_SESSION_free(session);
}

TEST_TLS12(has_matching_session_id)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    unsigned char id[40];
    const unsigned char *theirs;
    unsigned int len;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    theirs = SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
    memset(id, 0, sizeof(id));
    memcpy(id, theirs, len);
    CHECK_INT(SSL_has_matching_session_id(pair.server, id, 32), 1);
    CHECK_INT(SSL_has_matching_session_id(pair.server, id, 31), 0);
    CHECK_INT(SSL_has_matching_session_id(pair.server, id, 0), 0);
    CHECK_INT(SSL_has_matching_session_id(pair.server, id, 33), 0);
    /* The client's SSL_CTX has not stored it. */
    CHECK_INT(SSL_has_matching_session_id(pair.client, id, 32), 0);
    SSL_CTX_flush_sessions(sctx, 0);
    CHECK_INT(SSL_has_matching_session_id(pair.server, id, 32), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static char app_data;

TEST(app_data_of_a_session)
{
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_PTR(SSL_SESSION_get_app_data(session), NULL);
    CHECK_INT(SSL_SESSION_set_app_data(session, &app_data), 1);
    CHECK_PTR(SSL_SESSION_get_app_data(session), &app_data);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, 0), &app_data);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, 1), NULL);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, -1), NULL);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, 1000), NULL);
    SSL_SESSION_free(session);
}
