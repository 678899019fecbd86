/*
 * DANE: servers verified by TLSA records, as a mail server does it.
 */
#include "harness.h"

enum { PKIX_TA, PKIX_EE, DANE_TA, DANE_EE };
enum { CERT, SPKI };
enum { FULL, SHA2_256, SHA2_512 };

struct record {
    int usage, selector, mtype;
    const char *of; /* the certificate that it describes; NULL: nobody's */
};

/* What a record of `of` says, in *data, which the caller frees. */
static size_t record_data(const struct record *record, unsigned char **data)
{
    X509 *cert = fixture_cert(record->of == NULL ? "other-ca" : record->of);
    unsigned char *der = NULL, digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;
    int len = record->selector == CERT ? i2d_X509(cert, &der) : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

    REQUIRE(len > 0);
    X509_free(cert);
    *data = der;
    if (record->mtype == FULL)
        return len;
    EVP_Digest(der, len, digest, &digest_len, record->mtype == SHA2_256 ? EVP_sha256() : EVP_sha512(), NULL);
    memcpy(der, digest, digest_len);
    return digest_len;
}

static int add_record(SSL *ssl, const struct record *record)
{
    unsigned char *data;
    size_t len = record_data(record, &data);
    int added = SSL_dane_tlsa_add(ssl, record->usage, record->selector, record->mtype, data, len);

    OPENSSL_free(data);
    return added;
}

/* A client that trusts nobody unless told to. */
static SSL_CTX *new_dane_ctx(int version, int trusts)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (version != 0) {
        SSL_CTX_set_min_proto_version(ctx, version);
        SSL_CTX_set_max_proto_version(ctx, version);
    }
    if (trusts)
        SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    CHECK_INT(SSL_CTX_dane_enable(ctx), 1);
    return ctx;
}

static SSL_CTX *new_chained_ctx(int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (version != 0) {
        SSL_CTX_set_min_proto_version(ctx, version);
        SSL_CTX_set_max_proto_version(ctx, version);
    }
    CHECK_INT(SSL_CTX_use_certificate_chain_file(ctx, fixture("chained-chain.pem")), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("chained-key.pem"), SSL_FILETYPE_PEM), 1);
    return ctx;
}

struct scenario {
    const char *what;
    const char *server; /* NULL: leaf and intermediate; otherwise one certificate */
    const char *host;
    int trusts; /* the CA */
    unsigned long flags;
    struct record records[3];
    int count;
    int result; /* X509_V_* */
    int depth;
    const char *matched; /* the certificate; NULL: a bare key, or nothing */
    const char *peername;
};

static const struct scenario scenarios[] = {
    { "3 1 1, no trust", "self-signed", "localhost", 0, 0, { { DANE_EE, SPKI, SHA2_256, "self-signed" } }, 1,
      X509_V_OK, 0, "self-signed", "localhost" },
    { "3 0 1", "self-signed", "localhost", 0, 0, { { DANE_EE, CERT, SHA2_256, "self-signed" } }, 1,
      X509_V_OK, 0, "self-signed", "localhost" },
    { "3 0 2", "untrusted", "localhost", 0, 0, { { DANE_EE, CERT, SHA2_512, "untrusted" } }, 1,
      X509_V_OK, 0, "untrusted", "localhost" },
    { "3 0 0", "untrusted", "localhost", 0, 0, { { DANE_EE, CERT, FULL, "untrusted" } }, 1,
      X509_V_OK, 0, "untrusted", "localhost" },
    { "3 1 0", "untrusted", "localhost", 0, 0, { { DANE_EE, SPKI, FULL, "untrusted" } }, 1,
      X509_V_OK, 0, "untrusted", "localhost" },
    { "3 1 1, expired", "expired", "localhost", 0, 0, { { DANE_EE, SPKI, SHA2_256, "expired" } }, 1,
      X509_V_OK, 0, "expired", "localhost" },
    { "3 1 1 of another", "self-signed", "localhost", 0, 0, { { DANE_EE, SPKI, SHA2_256, NULL } }, 1,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "3 1 1 of another, though trusted", "server-p256", "localhost", 1, 0, { { DANE_EE, SPKI, SHA2_256, NULL } }, 1,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "3 1 1, another name", "wrong-host", "localhost", 0, 0, { { DANE_EE, SPKI, SHA2_256, "wrong-host" } }, 1,
      X509_V_ERR_HOSTNAME_MISMATCH, -1, NULL, NULL },
    { "3 1 1, name not checked", "wrong-host", "localhost", 0, DANE_FLAG_NO_DANE_EE_NAMECHECKS,
      { { DANE_EE, SPKI, SHA2_256, "wrong-host" } }, 1, X509_V_OK, 0, "wrong-host", NULL },
    { "two, of which one matches", "self-signed", "localhost", 0, 0,
      { { DANE_EE, SPKI, SHA2_256, NULL }, { DANE_EE, SPKI, SHA2_256, "self-signed" } }, 2,
      X509_V_OK, 0, "self-signed", "localhost" },
    { "the stronger digest counts alone", "self-signed", "localhost", 0, 0,
      { { DANE_EE, SPKI, SHA2_256, "self-signed" }, { DANE_EE, SPKI, SHA2_512, NULL } }, 2,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "2 0 1 of the intermediate", NULL, "localhost", 0, 0, { { DANE_TA, CERT, SHA2_256, "intermediate" } }, 1,
      X509_V_OK, 1, "intermediate", "localhost" },
    { "2 1 1 of the intermediate", NULL, "localhost", 0, 0, { { DANE_TA, SPKI, SHA2_256, "intermediate" } }, 1,
      X509_V_OK, 1, "intermediate", "localhost" },
    { "2 0 1 of a CA that is not sent", NULL, "localhost", 0, 0, { { DANE_TA, CERT, SHA2_256, "ca" } }, 1,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "2 0 0 of a CA that is not sent", NULL, "localhost", 0, 0, { { DANE_TA, CERT, FULL, "ca" } }, 1,
      X509_V_OK, 2, "ca", "localhost" },
    { "2 1 0 of a CA that is not sent", NULL, "localhost", 0, 0, { { DANE_TA, SPKI, FULL, "ca" } }, 1,
      X509_V_OK, 1, NULL, "localhost" },
    { "2 0 1, another name", NULL, "example.com", 0, 0, { { DANE_TA, CERT, SHA2_256, "intermediate" } }, 1,
      X509_V_ERR_HOSTNAME_MISMATCH, -1, NULL, NULL },
    { "2 0 1, the flag is not for it", NULL, "example.com", 0, DANE_FLAG_NO_DANE_EE_NAMECHECKS,
      { { DANE_TA, CERT, SHA2_256, "intermediate" } }, 1, X509_V_ERR_HOSTNAME_MISMATCH, -1, NULL, NULL },
    { "1 1 1", "server-p256", "localhost", 1, 0, { { PKIX_EE, SPKI, SHA2_256, "server-p256" } }, 1,
      X509_V_OK, 0, "server-p256", "localhost" },
    { "1 1 1, nobody trusted", "server-p256", "localhost", 0, 0, { { PKIX_EE, SPKI, SHA2_256, "server-p256" } }, 1,
      X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, -1, NULL, NULL },
    { "1 1 1 of another", "server-p256", "localhost", 1, 0, { { PKIX_EE, SPKI, SHA2_256, NULL } }, 1,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "0 0 1 of the CA", NULL, "localhost", 1, 0, { { PKIX_TA, CERT, SHA2_256, "ca" } }, 1,
      X509_V_OK, 2, "ca", "localhost" },
    { "0 0 1 of the intermediate", NULL, "localhost", 1, 0, { { PKIX_TA, CERT, SHA2_256, "intermediate" } }, 1,
      X509_V_OK, 1, "intermediate", "localhost" },
    { "0 0 1 of another", NULL, "localhost", 1, 0, { { PKIX_TA, CERT, SHA2_256, NULL } }, 1,
      X509_V_ERR_DANE_NO_MATCH, -1, NULL, NULL },
    { "0 0 0 of the CA, nobody trusted", NULL, "localhost", 0, 0, { { PKIX_TA, CERT, FULL, "ca" } }, 1,
      X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, -1, NULL, NULL },
    { "all kinds, the last matches", NULL, "localhost", 1, 0,
      { { DANE_EE, SPKI, SHA2_256, NULL }, { DANE_TA, CERT, SHA2_256, NULL }, { PKIX_TA, SPKI, SHA2_512, "ca" } }, 3,
      X509_V_OK, 2, "ca", "localhost" },
};

static void check_outcome(SSL *ssl, const struct scenario *scenario)
{
    const struct record *record = scenario->records;
    uint8_t usage = 99, selector = 99, mtype = 99;
    const unsigned char *data = NULL;
    unsigned char *expected_data;
    size_t len = 0, expected_len;
    X509 *cert = NULL, *expected;
    EVP_PKEY *key = NULL;

    CHECK_INT(SSL_get_verify_result(ssl), scenario->result);
    CHECK_INT(SSL_get0_dane_authority(ssl, &cert, &key), scenario->depth);
    CHECK_INT(SSL_get0_dane_authority(ssl, NULL, NULL), scenario->depth);
    CHECK_INT(SSL_get0_dane_tlsa(ssl, &usage, &selector, &mtype, &data, &len), scenario->depth);
    CHECK_INT(SSL_get0_dane_tlsa(ssl, NULL, NULL, NULL, NULL, NULL), scenario->depth);
    CHECK_STR(SSL_get0_peername(ssl), scenario->peername);
    if (scenario->result != X509_V_OK) {
        CHECK_PTR(cert, NULL);
        CHECK_PTR(key, NULL);
        CHECK_INT(usage, 99);
        return;
    }
    record += scenario->count - 1; /* the matching one is the last */
    CHECK_INT(usage, record->usage);
    CHECK_INT(selector, record->selector);
    CHECK_INT(mtype, record->mtype);
    expected_len = record_data(record, &expected_data);
    CHECK_MEM(data, len, expected_data, expected_len);
    OPENSSL_free(expected_data);
    expected = fixture_cert(scenario->matched == NULL ? record->of : scenario->matched);
    if (scenario->matched == NULL) {
        CHECK_PTR(cert, NULL);
        REQUIRE(key != NULL);
        CHECK_INT(EVP_PKEY_eq(key, X509_get0_pubkey(expected)), 1);
    } else {
        REQUIRE(cert != NULL);
        CHECK_INT(X509_cmp(cert, expected), 0);
        CHECK_PTR(key, NULL);
    }
    X509_free(expected);
}

TEST_VERSIONS(usages_and_selectors)
{
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(*scenarios); i++) {
        const struct scenario *scenario = &scenarios[i];
        SSL_CTX *cctx = new_dane_ctx(version, scenario->trusts);
        SSL_CTX *sctx = scenario->server == NULL ? new_chained_ctx(version) : SSL_CTX_new(TLS_server_method());
        int good = scenario->result == X509_V_OK;
        struct pair pair;

        printf("    %s\n", scenario->what);
        if (scenario->server != NULL)
            use_identity(sctx, scenario->server);
        pair = new_pair(cctx, sctx);
        CHECK_INT(SSL_dane_set_flags(pair.client, scenario->flags), 0);
        CHECK_INT(SSL_dane_enable(pair.client, scenario->host), 1);
        for (int n = 0; n < scenario->count; n++)
            CHECK_INT(add_record(pair.client, &scenario->records[n]), 1);
        CHECK_INT(handshake(&pair), good);
        CHECK_STR(SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name), scenario->host);
        check_outcome(pair.client, scenario);
        if (!good) {
            CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
            CHECK_INT(pair.client_end.reason, SSL_R_CERTIFICATE_VERIFY_FAILED);
        } else {
            check_data(&pair);
        }
        free_pair(&pair);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

/* Without SSL_VERIFY_PEER the outcome is there to be asked for: opportunistic DANE. */
TEST_VERSIONS(not_mandatory)
{
    SSL_CTX *cctx = new_dane_ctx(version, 0), *sctx = new_chained_ctx(version);
    struct record other = { DANE_EE, SPKI, SHA2_256, NULL };
    struct pair pair;

    SSL_CTX_set_verify(cctx, SSL_VERIFY_NONE, NULL);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &other), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_ERR_DANE_NO_MATCH);
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), -1);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Enabled and without a usable record: as without DANE. */
TEST_VERSIONS(no_records)
{
    SSL_CTX *cctx = new_dane_ctx(version, 1), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), -1);
    CHECK_STR(SSL_get0_peername(pair.client), "localhost");
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int seen_depth, seen_calls;

static int watch(int ok, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    seen_calls++;
    if (X509_STORE_CTX_get_error_depth(store) == 0)
        seen_depth = SSL_get0_dane_authority(ssl, NULL, NULL);
    return ok;
}

/* The application's callback sees what matched while the peer is verified. */
TEST_VERSIONS(seen_by_the_verify_callback)
{
    SSL_CTX *cctx = new_dane_ctx(version, 0), *sctx = new_chained_ctx(version);
    struct record record = { DANE_TA, CERT, SHA2_256, "intermediate" };
    struct pair pair;

    SSL_CTX_set_verify(cctx, SSL_VERIFY_PEER, watch);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &record), 1);
    seen_depth = -7;
    REQUIRE(handshake(&pair));
    CHECK_INT(seen_calls, 1);
    CHECK_INT(seen_depth, 1);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A resumed session keeps the result, not what matched. */
TEST_VERSIONS(resumed)
{
    SSL_CTX *cctx = new_dane_ctx(version, 0), *sctx = new_chained_ctx(version);
    struct record record = { DANE_EE, SPKI, SHA2_256, "chained" };
    struct pair pair = new_pair(cctx, sctx);
    SSL_SESSION *session;

    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &record), 1);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    session = SSL_get1_session(pair.client);
    finish_pair(&pair);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &record), 1);
    SSL_set_session(pair.client, session);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), -1);
    CHECK_STR(SSL_get0_peername(pair.client), NULL);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A second connection by the same SSL, and by its copy. */
TEST_VERSIONS(cleared_and_duplicated)
{
    SSL_CTX *cctx = new_dane_ctx(version, 0), *sctx = new_chained_ctx(version);
    struct record record = { DANE_TA, CERT, FULL, "ca" };
    struct pair pair = new_pair(cctx, sctx), second;
    SSL *copy;

    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &record), 1);
    copy = SSL_dup(pair.client);
    REQUIRE(copy != NULL);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), 2);
    close_cleanly(&pair);
    SSL_clear(pair.client);
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), -1);
    SSL_set_session(pair.client, NULL);
    SSL_free(pair.server);
    second = new_pair(cctx, sctx);
    SSL_free(second.client);
    second.client = pair.client;
    SSL_set_connect_state(second.client);
    join(second.client, second.server);
    REQUIRE(handshake(&second));
    CHECK_INT(SSL_get0_dane_authority(second.client, NULL, NULL), 2);
    free_pair(&second);
    second = new_pair(cctx, sctx);
    SSL_free(second.client);
    second.client = copy;
    SSL_set_connect_state(copy);
    join(copy, second.server);
    REQUIRE(handshake(&second));
    CHECK_INT(SSL_get0_dane_authority(copy, NULL, NULL), 2);
    free_pair(&second);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int verify_by_hand(X509_STORE_CTX *store, void *arg)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());

    (void)arg;
    CHECK(SSL_get0_dane(ssl) != NULL);
    X509_STORE_CTX_set0_dane(store, SSL_get0_dane(ssl));
    return X509_verify_cert(store);
}

/* Exim's way: the application verifies, with the connection's records. */
TEST_VERSIONS(verified_by_the_application)
{
    SSL_CTX *cctx = new_dane_ctx(version, 0), *sctx = new_chained_ctx(version);
    struct record record = { DANE_EE, SPKI, SHA2_512, "chained" };
    struct pair pair;

    SSL_CTX_set_cert_verify_callback(cctx, verify_by_hand, NULL);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_dane_enable(pair.client, "localhost"), 1);
    CHECK_INT(add_record(pair.client, &record), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get0_dane_authority(pair.client, NULL, NULL), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(answers)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    unsigned char data[64] = { 0 };

    CHECK_INT(SSL_dane_enable(ssl, "localhost"), 0);
    CHECK_REASON(SSL_R_CONTEXT_NOT_DANE_ENABLED);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, 32), -1);
    CHECK_REASON(SSL_R_DANE_NOT_ENABLED);
    CHECK(SSL_get0_dane(ssl) != NULL);
    CHECK_INT(SSL_get0_dane_authority(ssl, NULL, NULL), -1);
    CHECK_INT(SSL_get0_dane_tlsa(ssl, NULL, NULL, NULL, NULL, NULL), -1);
    CHECK_INT(SSL_CTX_dane_enable(ctx), 1);
    CHECK_INT(SSL_CTX_dane_enable(ctx), 1);
    CHECK_INT(SSL_dane_enable(ssl, ""), -1);
    CHECK_REASON(SSL_R_ERROR_SETTING_TLSA_BASE_DOMAIN);
    CHECK_INT(SSL_dane_enable(ssl, "localhost"), 1);
    CHECK_INT(SSL_dane_enable(ssl, "localhost"), 0);
    CHECK_REASON(SSL_R_DANE_ALREADY_ENABLED);
    CHECK_STR(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), "localhost");
    CHECK_INT(SSL_dane_tlsa_add(ssl, 4, 1, 1, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_CERTIFICATE_USAGE);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 2, 1, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_SELECTOR);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 3, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_MATCHING_TYPE);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 255, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_MATCHING_TYPE);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, 31), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_DIGEST_LENGTH);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, NULL, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_NULL_DATA);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, (size_t)1 << 31), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_DATA_LENGTH);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 0, 0, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_CERTIFICATE);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 2, 1, 0, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_PUBLIC_KEY);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 2, data, 64), 1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(flags)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_dane_set_flags(ctx, DANE_FLAG_NO_DANE_EE_NAMECHECKS), 0);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_CTX_dane_clear_flags(ctx, DANE_FLAG_NO_DANE_EE_NAMECHECKS), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    CHECK_INT(SSL_CTX_dane_set_flags(ctx, 0), 0);
    CHECK_INT(SSL_dane_set_flags(ssl, 2), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    CHECK_INT(SSL_dane_clear_flags(ssl, 1), 3);
    CHECK_INT(SSL_dane_clear_flags(ssl, 0), 2);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(matching_types)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    unsigned char data[64] = { 0 };

    /* A type of one's own enables it too. */
    CHECK_INT(SSL_CTX_dane_mtype_set(ctx, EVP_sha384(), 200, 9), 1);
    CHECK_INT(SSL_CTX_dane_mtype_set(ctx, EVP_sha256(), 0, 1), 0);
    CHECK_REASON(SSL_R_DANE_CANNOT_OVERRIDE_MTYPE_FULL);
    CHECK_INT(SSL_CTX_dane_enable(ctx), 1);
    CHECK_INT(SSL_dane_enable(ssl, "localhost"), 1);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 200, data, 48), 1);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_MATCHING_TYPE);
    CHECK_INT(SSL_CTX_dane_mtype_set(ctx, EVP_sha256(), 1, 1), 1);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, 32), 1);
    CHECK_INT(SSL_CTX_dane_mtype_set(ctx, NULL, 1, 1), 1);
    CHECK_INT(SSL_dane_tlsa_add(ssl, 3, 1, 1, data, 32), 0);
    CHECK_REASON(SSL_R_DANE_TLSA_BAD_MATCHING_TYPE);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}
