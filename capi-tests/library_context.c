/*
 * SSL_CTX_new_ex: a library context and a property query of one's own. In most tests
 * the default context has no algorithms at all, so whatever would use it fails.
 */
#include "harness.h"

#include <openssl/provider.h>

NO_WARM_UP

static const char *const queries[] = { NULL, "", "provider=default", "?fips=yes", "fips=no", "fips=yes", "nonsense",
                                       "provider=base" };

#define COUNT(array) (sizeof(array) / sizeof(array[0]))

static void try_context(const char *what, OSSL_LIB_CTX *library, const char *query)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(library, query, TLS_method());

    outcome_errors("%s, \"%s\": %s", what, query == NULL ? "(none)" : query, ctx == NULL ? "NULL" : "a context");
    if (ctx != NULL) {
        outcome_errors("certificate: %d", SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM));
        outcome_errors("key: %d", SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256-key.pem"), SSL_FILETYPE_PEM));
        outcome_errors("authority: %d", SSL_CTX_load_verify_file(ctx, fixture("ca.pem")));
    }
    SSL_CTX_free(ctx);
}

TEST(what_nothing_fits_makes_no_context)
{
    OSSL_LIB_CTX *plain = OSSL_LIB_CTX_new(), *null = OSSL_LIB_CTX_new(), *base = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *none = OSSL_PROVIDER_load(null, "null"), *bases = OSSL_PROVIDER_load(base, "base");
    size_t i;

    REQUIRE(none != NULL && bases != NULL);
    for (i = 0; i < COUNT(queries); i++) {
        try_context("the default library", NULL, queries[i]);
        try_context("a library of its own", plain, queries[i]);
        try_context("a library without algorithms", null, queries[i]);
        try_context("a library that only encodes", base, queries[i]);
    }
    OSSL_PROVIDER_unload(none);
    OSSL_PROVIDER_unload(bases);
    OSSL_LIB_CTX_free(plain);
    OSSL_LIB_CTX_free(null);
    OSSL_LIB_CTX_free(base);
}

/* From now on the default context has no algorithms. */
static OSSL_PROVIDER *empty_default(void)
{
    OSSL_PROVIDER *none = OSSL_PROVIDER_load(NULL, "null");

    REQUIRE(none != NULL);
    return none;
}

static SSL_CTX *context_of(OSSL_LIB_CTX *library, const char *query, int version)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(library, query, TLS_method());

    REQUIRE(ctx != NULL);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    return ctx;
}

TEST(the_default_library_without_algorithms)
{
    OSSL_PROVIDER *none = empty_default();

    CHECK_PTR(SSL_CTX_new(TLS_method()), NULL);
    outcome_errors("SSL_CTX_new");
    OSSL_PROVIDER_unload(none);
}

static void use_files(SSL_CTX *ctx, const char *name)
{
    char cert[64], key[64];

    snprintf(cert, sizeof(cert), "%s.pem", name);
    snprintf(key, sizeof(key), "%s-key.pem", name);
    CHECK_INT(SSL_CTX_use_certificate_chain_file(ctx, fixture(cert)), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture(key), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_check_private_key(ctx), 1);
    CHECK_INT(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL), 1);
}

/* Full and resumed, with certificates of both sides. */
static void connect_in(int version, const char *query, const char *name)
{
    OSSL_PROVIDER *none = empty_default();
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    SSL_CTX *client = context_of(library, query, version), *server = context_of(library, query, version);
    SSL_SESSION *session;
    struct pair pair;

    use_files(client, "server-p256");
    use_files(server, name);
    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"here", 4);
    X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(server), X509_PURPOSE_ANY);
    pair = new_pair(client, server);
    CHECK_INT(handshake(&pair), 1);
    outcome_errors("%s: client %d, server %d, verified %ld and %ld", name, pair.client_end.ret, pair.server_end.ret,
                   SSL_get_verify_result(pair.client), SSL_get_verify_result(pair.server));
    free_pair(&pair);
    session = obtain_session(client, server);
    CHECK_INT(resumes(client, server, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    OSSL_LIB_CTX_free(library);
    OSSL_PROVIDER_unload(none);
}

TEST_VERSIONS(connections_in_a_library_of_their_own) { connect_in(version, NULL, "server-p256"); }
TEST_VERSIONS(connections_with_a_query) { connect_in(version, "provider=default", "server-p256"); }
TEST_VERSIONS(an_rsa_key_in_a_library_of_its_own) { connect_in(version, NULL, "server-rsa"); }

TEST(encodings_are_read_in_the_library)
{
    static const char *const names[] = { "server-p256", "server-rsa" };
    size_t i;

    for (i = 0; i < COUNT(names); i++) {
        X509 *cert = fixture_cert(names[i]);
        char file[64];
        EVP_PKEY *key;
        unsigned char *cert_der = NULL, *key_der = NULL;
        int cert_len, key_len, kind;
        OSSL_LIB_CTX *library = OSSL_LIB_CTX_new(), *null = OSSL_LIB_CTX_new();
        SSL_CTX *ctx = SSL_CTX_new_ex(library, NULL, TLS_method());
        SSL *ssl = SSL_new(ctx);

        snprintf(file, sizeof(file), "%s", names[i]);
        key = fixture_key(file);
        kind = EVP_PKEY_get_base_id(key);
        cert_len = i2d_X509(cert, &cert_der);
        key_len = i2d_PrivateKey(key, &key_der);
        REQUIRE(cert_len > 0 && key_len > 0);
        OSSL_PROVIDER *none = empty_default();
        outcome_errors("certificate: %d", SSL_CTX_use_certificate_ASN1(ctx, cert_len, cert_der));
        outcome_errors("key: %d", SSL_CTX_use_PrivateKey_ASN1(kind, ctx, key_der, key_len));
        outcome_errors("of an SSL, certificate: %d", SSL_use_certificate_ASN1(ssl, cert_der, cert_len));
        outcome_errors("of an SSL, key: %d", SSL_use_PrivateKey_ASN1(kind, ssl, key_der, key_len));
        outcome_errors("they fit: %d %d", SSL_CTX_check_private_key(ctx), SSL_check_private_key(ssl));
        outcome_errors("default paths: %d", SSL_CTX_set_default_verify_paths(ctx));
        OSSL_PROVIDER_unload(none);
        OPENSSL_free(cert_der);
        OPENSSL_free(key_der);
        EVP_PKEY_free(key);
        X509_free(cert);
        SSL_free(ssl);
        SSL_CTX_free(ctx);
        OSSL_LIB_CTX_free(library);
        OSSL_LIB_CTX_free(null);
    }
}
