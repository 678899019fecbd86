/*
 * SSL_CTX and SSL by SSL_CTX_ctrl and SSL_ctrl: what is set is read again, and
 * wrong values are refused.
 */
#include "harness.h"

#include <openssl/dh.h>
#include <openssl/ec.h>

TEST(a_context_has_references)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    CHECK_INT(SSL_CTX_up_ref(ctx), 1);
    SSL_CTX_free(ctx);
    CHECK_INT(SSL_CTX_get_options(ctx), SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_free(ctx);
    SSL_CTX_free(NULL);
    CHECK_PTR(SSL_CTX_new(NULL), NULL);
    CHECK_REASON(SSL_R_NULL_SSL_METHOD_PASSED);
}

TEST(options)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    uint64_t defaults = SSL_CTX_get_options(ctx);

    CHECK_INT(SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET), defaults | SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CTX_clear_options(ctx, SSL_OP_NO_COMPRESSION), (defaults | SSL_OP_NO_TICKET) & ~SSL_OP_NO_COMPRESSION);
    CHECK_INT(SSL_CTX_get_options(ctx), (defaults | SSL_OP_NO_TICKET) & ~SSL_OP_NO_COMPRESSION);
    SSL_CTX_free(ctx);
}

TEST(defaults)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    CHECK_INT(SSL_CTX_get_mode(ctx), SSL_MODE_AUTO_RETRY);
    CHECK_INT(SSL_CTX_get_max_cert_list(ctx), 1024 * 100);
    CHECK_INT(SSL_CTX_get_read_ahead(ctx), 0);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), 0);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), 0);
    CHECK_INT(SSL_CTX_get_verify_mode(ctx), SSL_VERIFY_NONE);
    CHECK_INT(SSL_CTX_get_quiet_shutdown(ctx), 0);
    CHECK_INT(SSL_CTX_sess_get_cache_size(ctx), SSL_SESSION_CACHE_MAX_SIZE_DEFAULT);
    CHECK_INT(SSL_CTX_get_session_cache_mode(ctx), SSL_SESS_CACHE_SERVER);
    CHECK_INT(SSL_CTX_get_max_early_data(ctx), 0);
    CHECK_INT(SSL_CTX_get_recv_max_early_data(ctx), 16384);
    SSL_CTX_free(ctx);
}

TEST(modes_and_sizes)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE), SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE);
    CHECK_INT(SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY), SSL_MODE_ENABLE_PARTIAL_WRITE);
    CHECK_INT(SSL_CTX_set_max_cert_list(ctx, 5000), 1024 * 100);
    CHECK_INT(SSL_CTX_set_max_cert_list(ctx, -1), 0);
    CHECK_INT(SSL_CTX_set_max_send_fragment(ctx, 511), 0);
    CHECK_INT(SSL_CTX_set_max_send_fragment(ctx, 16385), 0);
    CHECK_INT(SSL_CTX_set_max_send_fragment(ctx, 1000), 1);
    CHECK_INT(SSL_CTX_set_split_send_fragment(ctx, 1001), 0);
    CHECK_INT(SSL_CTX_set_split_send_fragment(ctx, 0), 0);
    CHECK_INT(SSL_CTX_set_split_send_fragment(ctx, 1000), 1);
    CHECK_INT(SSL_CTX_set_max_pipelines(ctx, 0), 0);
    CHECK_INT(SSL_CTX_set_max_pipelines(ctx, 33), 0);
    CHECK_INT(SSL_CTX_set_max_pipelines(ctx, 1), 1);
    CHECK_INT(SSL_CTX_set_read_ahead(ctx, 1), 0);
    CHECK_INT(SSL_CTX_set_cert_flags(ctx, SSL_CERT_FLAG_TLS_STRICT), SSL_CERT_FLAG_TLS_STRICT);
    CHECK_INT(SSL_CTX_clear_cert_flags(ctx, SSL_CERT_FLAG_TLS_STRICT), 0);
    CHECK_INT(SSL_CTX_ctrl(ctx, 12345, 0, NULL), 0);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_get_mode(ssl), SSL_MODE_ENABLE_PARTIAL_WRITE);
    CHECK_INT(SSL_get_max_cert_list(ssl), 5000);
    CHECK_INT(SSL_get_read_ahead(ssl), 1);
    CHECK_INT(SSL_ctrl(ssl, 12345, 0, NULL), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(version_bounds)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method()), *fixed = SSL_CTX_new(TLSv1_2_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION), 1);
    CHECK_INT(SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION), 1);
    CHECK_INT(SSL_CTX_set_min_proto_version(ctx, 0x0305), 0);
    CHECK_INT(SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION), 0);
    CHECK_INT(SSL_CTX_set_max_proto_version(ctx, -1), 0);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_get_min_proto_version(ssl), TLS1_2_VERSION);
    CHECK_INT(SSL_get_max_proto_version(ssl), TLS1_3_VERSION);
    CHECK_INT(SSL_set_min_proto_version(ssl, 0), 1);
    CHECK_INT(SSL_get_min_proto_version(ssl), 0);
    SSL_free(ssl);
    CHECK_INT(SSL_CTX_set_min_proto_version(fixed, TLS1_3_VERSION), 1);
    CHECK_INT(SSL_CTX_get_min_proto_version(fixed), 0);
    SSL_CTX_free(fixed);
    SSL_CTX_free(ctx);
}

/* Programs set these as a matter of course, whatever the suites. */
TEST(ephemeral_keys)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    EC_KEY *curve = EC_KEY_new_by_curve_name(NID_secp384r1);
    DH *dh = DH_get_2048_256();

    CHECK_INT(SSL_CTX_set_ecdh_auto(ctx, 1), 1);
    CHECK_INT(SSL_CTX_set_dh_auto(ctx, 1), 1);
    CHECK_INT(SSL_CTX_set_tmp_ecdh(ctx, curve), 1);
    CHECK_INT(SSL_CTX_set_tmp_ecdh(ctx, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    CHECK_INT(SSL_CTX_set_tmp_dh(ctx, dh), 1);
    CHECK_INT(SSL_CTX_set_tmp_dh(ctx, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    EC_KEY_free(curve);
    DH_free(dh);
    SSL_CTX_free(ctx);
}

TEST(host_names)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(ctx);
    char longest[257];

    memset(longest, 'a', sizeof(longest));
    longest[256] = 0;
    CHECK_PTR(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), NULL);
    CHECK_INT(SSL_get_servername_type(ssl), -1);
    CHECK_INT(SSL_set_tlsext_host_name(ssl, "example.org"), 1);
    CHECK_STR(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), "example.org");
    CHECK_INT(SSL_get_servername_type(ssl), TLSEXT_NAMETYPE_host_name);
    CHECK_PTR(SSL_get_servername(ssl, 1), NULL);
    CHECK_INT(SSL_set_tlsext_host_name(ssl, longest), 0);
    CHECK_REASON(SSL_R_SSL3_EXT_INVALID_SERVERNAME);
    CHECK_PTR(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), NULL);
    CHECK_INT(SSL_set_tlsext_host_name(ssl, ""), 0);
    CHECK_REASON(SSL_R_SSL3_EXT_INVALID_SERVERNAME);
    CHECK_INT(SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, 1, "a"), 0);
    CHECK_REASON(SSL_R_SSL3_EXT_INVALID_SERVERNAME_TYPE);
    CHECK_INT(SSL_set_tlsext_host_name(ssl, "example.org"), 1);
    CHECK_INT(SSL_set_tlsext_host_name(ssl, NULL), 1);
    CHECK_PTR(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(extra_chain)
{
    SSL_CTX *ctx = new_server_ctx(0);
    X509 *ca = fixture_cert("ca");
    STACK_OF(X509) *chain = NULL;

    CHECK_INT(SSL_CTX_get_extra_chain_certs_only(ctx, &chain), 1);
    CHECK_PTR(chain, NULL);
    CHECK_INT(SSL_CTX_add_extra_chain_cert(ctx, ca), 1);
    CHECK_INT(SSL_CTX_get_extra_chain_certs(ctx, &chain), 1);
    CHECK_INT(sk_X509_num(chain), 1);
    CHECK_PTR(sk_X509_value(chain, 0), ca);
    CHECK_INT(SSL_CTX_clear_extra_chain_certs(ctx), 1);
    CHECK_INT(SSL_CTX_get_extra_chain_certs_only(ctx, &chain), 1);
    CHECK_PTR(chain, NULL);
    SSL_CTX_free(ctx);
}

TEST(build_cert_chain)
{
    SSL_CTX *ctx = new_server_ctx(0), *empty = SSL_CTX_new(TLS_server_method());
    X509 *ca = fixture_cert("ca");
    STACK_OF(X509) *chain = NULL;

    CHECK_INT(SSL_CTX_build_cert_chain(empty, 0), 0);
    CHECK_REASON(SSL_R_NO_CERTIFICATE_SET);
    CHECK_INT(SSL_CTX_build_cert_chain(ctx, 0), 0);
    CHECK_REASON(SSL_R_CERTIFICATE_VERIFY_FAILED);
    CHECK_INT(SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR), 2);
    CHECK_INT(ERR_peek_error(), 0);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), ca);
    CHECK_INT(SSL_CTX_build_cert_chain(ctx, 0), 1);
    CHECK_INT(SSL_CTX_get0_chain_certs(ctx, &chain), 1);
    CHECK_INT(sk_X509_num(chain), 1);
    CHECK_INT(X509_cmp(sk_X509_value(chain, 0), ca), 0);
    CHECK_INT(SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_NO_ROOT), 1);
    CHECK_INT(SSL_CTX_get0_chain_certs(ctx, &chain), 1);
    CHECK_INT(sk_X509_num(chain), 0);
    X509_free(ca);
    SSL_CTX_free(empty);
    SSL_CTX_free(ctx);
}

TEST(stores)
{
    SSL_CTX *ctx = new_server_ctx(0);
    X509_STORE *store = X509_STORE_new(), *found = NULL;

    CHECK_INT(SSL_CTX_get0_verify_cert_store(ctx, &found), 1);
    CHECK_PTR(found, NULL);
    CHECK_INT(SSL_CTX_set1_verify_cert_store(ctx, store), 1);
    CHECK_INT(SSL_CTX_set0_chain_cert_store(ctx, store), 1);
    CHECK_INT(SSL_CTX_get0_verify_cert_store(ctx, &found), 1);
    CHECK_PTR(found, store);
    CHECK_INT(SSL_CTX_get0_chain_cert_store(ctx, &found), 1);
    CHECK_PTR(found, store);
    SSL_CTX_free(ctx);
}

/* The peer's ephemeral key; a server of TLS 1.2 does not keep it. */
TEST_VERSIONS(peer_tmp_key)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    static const struct { const char *group; int type, bits; } groups[] = {
        { "X25519", EVP_PKEY_X25519, 253 },
        { "P-256", EVP_PKEY_EC, 256 },
        { "P-384", EVP_PKEY_EC, 384 },
        { "P-521", EVP_PKEY_EC, 521 },
    };

    use_identity(sctx, "server-rsa");
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
        struct pair pair;
        EVP_PKEY *key = NULL;

        REQUIRE(SSL_CTX_set1_groups_list(cctx, groups[i].group));
        REQUIRE(SSL_CTX_set1_groups_list(sctx, groups[i].group));
        pair = connected_pair(cctx, sctx);
        REQUIRE(SSL_get_peer_tmp_key(pair.client, &key) == 1);
        CHECK_INT(EVP_PKEY_get_base_id(key), groups[i].type);
        CHECK_INT(EVP_PKEY_get_bits(key), groups[i].bits);
        EVP_PKEY_free(key);
        key = NULL;
        CHECK_INT(SSL_get_peer_tmp_key(pair.server, &key), version == TLS1_3_VERSION);
        if (key != NULL)
            CHECK_INT(EVP_PKEY_get_bits(key), groups[i].bits);
        EVP_PKEY_free(key);
        finish_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What rustls does not have is refused with a reason, never half done. */
TEST(refusals)
{
    static const SSL_METHOD *(*const methods[])(void) = { DTLS_method, DTLS_client_method, DTLSv1_2_server_method };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    if (!on_tessera())
        skip("the stock library has these");
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        CHECK_PTR(SSL_CTX_new(methods[i]()), NULL);
        CHECK_REASON(SSL_R_UNSUPPORTED_PROTOCOL);
    }
    SSL_CTX_free(ctx);
}
