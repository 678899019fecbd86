/*
 * Certificates and keys: where they come from and which are refused.
 */
#include "harness.h"

static SSL_CTX *new_ctx(void)
{
    return SSL_CTX_new(TLS_method());
}

/* The context can serve a client that verifies. */
static void check_serves(SSL_CTX *server)
{
    SSL_CTX *client = new_client_ctx(0);
    struct pair pair = connected_pair(client, server);

    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(client);
}

TEST(pem_files)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256-key.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_check_private_key(ctx), 1);
    check_serves(ctx);
    SSL_CTX_free(ctx);
}

TEST(der_files)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.der"), SSL_FILETYPE_ASN1), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256-key.der"), SSL_FILETYPE_ASN1), 1);
    check_serves(ctx);
    SSL_CTX_free(ctx);
}

TEST(rsa_files)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-rsa.der"), SSL_FILETYPE_ASN1), 1);
    CHECK_INT(SSL_CTX_use_RSAPrivateKey_file(ctx, fixture("server-rsa-key.der"), SSL_FILETYPE_ASN1), 1);
    check_serves(ctx);
    SSL_CTX_free(ctx);
}

TEST(files_of_the_ssl)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_ctx();
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_use_certificate_file(pair.server, fixture("server-p384.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_use_PrivateKey_file(pair.server, fixture("server-p384-key.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_check_private_key(pair.server), 1);
    CHECK(SSL_get_certificate(pair.server) != NULL);
    CHECK_PTR(SSL_CTX_get0_certificate(sctx), NULL);
    REQUIRE(handshake(&pair));
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(memory)
{
    SSL_CTX *ctx = new_ctx();
    X509 *cert = fixture_cert("server-p256");
    EVP_PKEY *key = fixture_key("server-p256");
    unsigned char *cert_der = NULL, *key_der = NULL;
    int cert_len = i2d_X509(cert, &cert_der), key_len = i2d_PrivateKey(key, &key_der);

    CHECK_INT(SSL_CTX_use_certificate_ASN1(ctx, cert_len, cert_der), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, ctx, key_der, key_len), 1);
    CHECK_INT(X509_cmp(SSL_CTX_get0_certificate(ctx), cert), 0);
    check_serves(ctx);
    OPENSSL_free(cert_der);
    OPENSSL_free(key_der);
    X509_free(cert);
    EVP_PKEY_free(key);
    SSL_CTX_free(ctx);
}

TEST(objects)
{
    SSL_CTX *ctx = new_ctx();
    X509 *cert = fixture_cert("server-p256");
    EVP_PKEY *key = fixture_key("server-p256");
    SSL *ssl;

    CHECK_PTR(SSL_CTX_get0_certificate(ctx), NULL);
    CHECK_PTR(SSL_CTX_get0_privatekey(ctx), NULL);
    CHECK_INT(SSL_CTX_use_certificate(ctx, cert), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey(ctx, key), 1);
    CHECK_PTR(SSL_CTX_get0_certificate(ctx), cert);
    CHECK_PTR(SSL_CTX_get0_privatekey(ctx), key);
    ssl = SSL_new(ctx);
    CHECK_PTR(SSL_get_certificate(ssl), cert);
    CHECK_PTR(SSL_get_privatekey(ssl), key);
    /* The context holds references of its own. */
    X509_free(cert);
    EVP_PKEY_free(key);
    check_serves(ctx);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(cert_and_key_at_once)
{
    SSL_CTX *ctx = new_ctx();
    X509 *cert = fixture_cert("chained"), *intermediate = fixture_cert("intermediate");
    EVP_PKEY *key = fixture_key("chained"), *other = fixture_key("client");
    STACK_OF(X509) *chain = sk_X509_new_null(), *read = NULL;

    sk_X509_push(chain, intermediate);
    CHECK_INT(SSL_CTX_use_cert_and_key(ctx, cert, other, chain, 0), 0);
    CHECK(ERR_peek_error() != 0);
    ERR_clear_error();
    CHECK_INT(SSL_CTX_use_cert_and_key(ctx, cert, key, chain, 0), 1);
    CHECK_INT(SSL_CTX_use_cert_and_key(ctx, cert, key, chain, 0), 0);
    CHECK_REASON(SSL_R_NOT_REPLACING_CERTIFICATE);
    CHECK_INT(SSL_CTX_use_cert_and_key(ctx, cert, key, chain, 1), 1);
    CHECK_INT(SSL_CTX_get0_chain_certs(ctx, &read), 1);
    CHECK_INT(sk_X509_num(read), 1);
    check_serves(ctx);
    sk_X509_free(chain);
    X509_free(cert);
    X509_free(intermediate);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    SSL_CTX_free(ctx);
}

TEST(chain_file)
{
    SSL_CTX *ctx = new_ctx();
    STACK_OF(X509) *chain = NULL;
    X509 *intermediate = fixture_cert("intermediate");

    CHECK_INT(SSL_CTX_use_certificate_chain_file(ctx, fixture("chained-chain.pem")), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("chained-key.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_get0_chain_certs(ctx, &chain), 1);
    REQUIRE(sk_X509_num(chain) == 1);
    CHECK_INT(X509_cmp(sk_X509_value(chain, 0), intermediate), 0);
    check_serves(ctx);
    X509_free(intermediate);
    SSL_CTX_free(ctx);
}

TEST(chain_by_calls)
{
    SSL_CTX *ctx = new_ctx();
    STACK_OF(X509) *chain = NULL;
    X509 *intermediate = fixture_cert("intermediate");

    use_identity(ctx, "chained");
    CHECK_INT(SSL_CTX_add1_chain_cert(ctx, intermediate), 1);
    SSL_CTX_get0_chain_certs(ctx, &chain);
    CHECK_INT(sk_X509_num(chain), 1);
    check_serves(ctx);
    CHECK_INT(SSL_CTX_clear_chain_certs(ctx), 1);
    SSL_CTX_get0_chain_certs(ctx, &chain);
    CHECK_PTR(chain, NULL);
    /* The older way, where the context takes the reference. */
    CHECK_INT(SSL_CTX_add_extra_chain_cert(ctx, intermediate), 1);
    SSL_CTX_get_extra_chain_certs(ctx, &chain);
    CHECK_INT(sk_X509_num(chain), 1);
    check_serves(ctx);
    CHECK_INT(SSL_CTX_clear_extra_chain_certs(ctx), 1);
    SSL_CTX_free(ctx);
}

static int password_calls;

static int password(char *buffer, int size, int writing, void *arg)
{
    password_calls++;
    CHECK_INT(writing, 0);
    snprintf(buffer, (size_t)size, "%s", (const char *)arg);
    return (int)strlen(buffer);
}

TEST(password_callback)
{
    SSL_CTX *ctx = new_ctx();

    SSL_CTX_set_default_passwd_cb(ctx, password);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, "secret");
    CHECK(SSL_CTX_get_default_passwd_cb(ctx) == password);
    CHECK_STR(SSL_CTX_get_default_passwd_cb_userdata(ctx), "secret");
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("encrypted-key.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(password_calls, 1);
    check_serves(ctx);
    SSL_CTX_free(ctx);
}

TEST(password_without_a_callback)
{
    SSL_CTX *ctx = new_ctx();

    SSL_CTX_set_default_passwd_cb_userdata(ctx, "secret");
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("encrypted-key.pem"), SSL_FILETYPE_PEM), 1);
    SSL_CTX_free(ctx);
}

TEST(wrong_password)
{
    SSL_CTX *ctx = new_ctx();
    SSL *ssl = SSL_new(ctx);

    SSL_CTX_set_default_passwd_cb(ctx, password);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, "wrong");
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("encrypted-key.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_INT(ERR_GET_LIB(ERR_peek_last_error()), ERR_LIB_SSL);
    CHECK_REASON(ERR_R_PEM_LIB);
    SSL_set_default_passwd_cb(ssl, password);
    SSL_set_default_passwd_cb_userdata(ssl, "secret");
    CHECK_INT(SSL_use_PrivateKey_file(ssl, fixture("encrypted-key.pem"), SSL_FILETYPE_PEM), 1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Mismatches -------------------------------------------------------------- */

TEST(check_private_key)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_check_private_key(ctx), 0);
    CHECK_REASON(SSL_R_NO_CERTIFICATE_ASSIGNED);
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_check_private_key(ctx), 0);
    CHECK_REASON(SSL_R_NO_PRIVATE_KEY_ASSIGNED);
    CHECK_INT(SSL_CTX_check_private_key(NULL), 0);
    CHECK_REASON(SSL_R_NO_CERTIFICATE_ASSIGNED);
    CHECK_INT(SSL_check_private_key(NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    SSL_CTX_free(ctx);
}

/* A key that is not the certificate's is refused; the other way round the
 * certificate drives the key out. */
TEST(key_mismatch)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("client-key.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_INT(last_reason(), X509_R_KEY_VALUES_MISMATCH);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256-key.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("client.pem"), SSL_FILETYPE_PEM), 1);
    CHECK_INT(SSL_CTX_check_private_key(ctx), 0);
    CHECK_REASON(SSL_R_NO_PRIVATE_KEY_ASSIGNED);
    SSL_CTX_free(ctx);
}

/* Keys of different kinds live beside each other. */
TEST(two_kinds)
{
    SSL_CTX *ctx = new_ctx();

    use_identity(ctx, "server-p256");
    use_identity(ctx, "server-rsa");
    CHECK_INT(EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(ctx)), EVP_PKEY_RSA);
    CHECK_INT(SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_FIRST), 1);
    CHECK_INT(EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(ctx)), EVP_PKEY_RSA);
    CHECK_INT(SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT), 1);
    CHECK_INT(EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(ctx)), EVP_PKEY_EC);
    CHECK_INT(SSL_CTX_set_current_cert(ctx, SSL_CERT_SET_NEXT), 0);
    SSL_CTX_free(ctx);
}

/* Bad files --------------------------------------------------------------- */

TEST(absent_files)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("absent.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(ERR_R_SYS_LIB);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("absent.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(ERR_R_SYS_LIB);
    CHECK_INT(SSL_CTX_use_certificate_chain_file(ctx, fixture("absent.pem")), 0);
    CHECK_REASON(ERR_R_SYS_LIB);
    CHECK_PTR(SSL_load_client_CA_file(fixture("absent.pem")), NULL);
    ERR_clear_error();
    SSL_CTX_free(ctx);
}

TEST(wrong_files)
{
    SSL_CTX *ctx = new_ctx();

    /* A key where a certificate should be, and the reverse. */
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256-key.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(ERR_R_PEM_LIB);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(ERR_R_PEM_LIB);
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_ASN1), 0);
    CHECK_REASON(ERR_R_ASN1_LIB);
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), 99), 0);
    CHECK_REASON(SSL_R_BAD_SSL_FILETYPE);
    CHECK_INT(SSL_CTX_use_PrivateKey_file(ctx, fixture("server-p256-key.pem"), 99), 0);
    CHECK_REASON(SSL_R_BAD_SSL_FILETYPE);
    CHECK_INT(SSL_CTX_use_certificate_chain_file(ctx, fixture("server-p256-key.pem")), 0);
    CHECK_REASON(ERR_R_PEM_LIB);
    SSL_CTX_free(ctx);
}

TEST(bad_bytes)
{
    SSL_CTX *ctx = new_ctx();

    CHECK_INT(SSL_CTX_use_certificate_ASN1(ctx, 7, (const unsigned char *)"garbage"), 0);
    CHECK_REASON(ERR_R_ASN1_LIB);
    CHECK_INT(SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, ctx, (const unsigned char *)"garbage", 7), 0);
    CHECK_REASON(ERR_R_ASN1_LIB);
    SSL_CTX_free(ctx);
}

TEST(null_objects)
{
    SSL_CTX *ctx = new_ctx();
    SSL *ssl = SSL_new(ctx);

    CHECK_INT(SSL_CTX_use_certificate(ctx, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    CHECK_INT(SSL_CTX_use_PrivateKey(ctx, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    CHECK_INT(SSL_use_certificate(ssl, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    CHECK_INT(SSL_use_PrivateKey(ssl, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(server_without_a_certificate)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(handshake(&pair), 0);
    /* Without a certificate the server does not count itself able of TLS 1.3. */
    CHECK_INT(pair.server_end.reason,
              version == TLS1_3_VERSION ? SSL_R_UNSUPPORTED_PROTOCOL : SSL_R_NO_SHARED_CIPHER);
    CHECK_INT(pair.client_end.reason, version == TLS1_3_VERSION ? SSL_R_TLSV1_ALERT_PROTOCOL_VERSION
                                                                : SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(own_certificate_getters)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    X509 *cert = fixture_cert("server-p256");

    CHECK_INT(X509_cmp(SSL_get_certificate(pair.server), cert), 0);
    CHECK(SSL_get_privatekey(pair.server) != NULL);
    CHECK_PTR(SSL_get_certificate(pair.client), NULL);
    CHECK_PTR(SSL_get_privatekey(pair.client), NULL);
    X509_free(cert);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
