/*
 * Keys that do not leave their keeper: a program's own RSA_METHOD or EC_KEY_METHOD, an
 * engine, a provider. Whoever keeps the key makes each signature of a handshake, as
 * often as on the stock library, and when it can't, the handshake fails.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/engine.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>

#include "harness.h"

/* What the keepers keep, how often they signed, and whether they go on strike. */
static RSA *held_rsa;
static EC_KEY *held_ec;
static int signatures, strike;

/* Methods ---------------------------------------------------------------------- */

static int sign_rsa(int len, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
    (void)rsa;
    signatures++;
    return strike ? -1 : RSA_private_encrypt(len, from, to, held_rsa, padding);
}

static RSA_METHOD *rsa_method(void)
{
    RSA_METHOD *method = RSA_meth_dup(RSA_PKCS1_OpenSSL());

    REQUIRE(method != NULL && RSA_meth_set_priv_enc(method, sign_rsa));
    RSA_meth_set_flags(method, RSA_METHOD_FLAG_NO_CHECK | RSA_FLAG_EXT_PKEY);
    return method;
}

/* An RSA key with nothing but its public half; the rest is held. */
static EVP_PKEY *hollow_rsa(RSA *rsa, const char *name)
{
    EVP_PKEY *whole = fixture_key(name), *key = EVP_PKEY_new();

    held_rsa = EVP_PKEY_get1_RSA(whole);
    REQUIRE(RSA_set0_key(rsa, BN_dup(RSA_get0_n(held_rsa)), BN_dup(RSA_get0_e(held_rsa)), NULL));
    REQUIRE(EVP_PKEY_assign_RSA(key, rsa));
    EVP_PKEY_free(whole);
    return key;
}

static RSA_METHOD *method_in_use;
static ENGINE *engine_in_use;

static EVP_PKEY *key_of_rsa_method(const char *name)
{
    RSA *rsa = RSA_new();

    method_in_use = rsa_method();
    REQUIRE(RSA_set_method(rsa, method_in_use));
    return hollow_rsa(rsa, name);
}

static EVP_PKEY *load_from_engine(ENGINE *engine, const char *id, UI_METHOD *ui, void *data)
{
    (void)ui, (void)data;
    return hollow_rsa(RSA_new_method(engine), id);
}

static EVP_PKEY *key_of_engine(const char *name)
{
    engine_in_use = ENGINE_new();
    method_in_use = rsa_method();
    REQUIRE(ENGINE_set_id(engine_in_use, "keeper") && ENGINE_set_name(engine_in_use, "keeps a key"));
    REQUIRE(ENGINE_set_RSA(engine_in_use, method_in_use));
    REQUIRE(ENGINE_set_load_privkey_function(engine_in_use, load_from_engine));
    REQUIRE(ENGINE_init(engine_in_use));
    return ENGINE_load_private_key(engine_in_use, name, NULL, NULL);
}

static int sign_ec(int type, const unsigned char *digest, int len, unsigned char *signature, unsigned *signature_len,
                   const BIGNUM *inverse, const BIGNUM *r, EC_KEY *key)
{
    (void)inverse, (void)r, (void)key;
    signatures++;
    return strike ? 0 : ECDSA_sign(type, digest, len, signature, signature_len, held_ec);
}

static EC_KEY_METHOD *ec_method_in_use;

static EVP_PKEY *key_of_ec_method(const char *name)
{
    EVP_PKEY *whole = fixture_key(name), *key = EVP_PKEY_new();
    EC_KEY *ec = EC_KEY_new();

    held_ec = EVP_PKEY_get1_EC_KEY(whole);
    ec_method_in_use = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    EC_KEY_METHOD_set_sign(ec_method_in_use, sign_ec, NULL, NULL);
    REQUIRE(EC_KEY_set_group(ec, EC_KEY_get0_group(held_ec)));
    REQUIRE(EC_KEY_set_public_key(ec, EC_KEY_get0_public_key(held_ec)));
    REQUIRE(EC_KEY_set_method(ec, ec_method_in_use));
    REQUIRE(EVP_PKEY_assign_EC_KEY(key, ec));
    EVP_PKEY_free(whole);
    return key;
}

/* A provider ----------------------------------------------------------------------- */

/* Its keys are the default provider's, inside; it hands out their public half alone. */
struct kept {
    EVP_PKEY *key;
};

struct signing {
    EVP_MD_CTX *ctx;
};

static void *kept_new(void *provider)
{
    (void)provider;
    return OPENSSL_zalloc(sizeof(struct kept));
}

static void kept_free(void *of)
{
    struct kept *kept = of;

    if (kept != NULL)
        EVP_PKEY_free(kept->key);
    OPENSSL_free(kept);
}

static int kept_has(const void *of, int selection)
{
    (void)selection;
    return ((const struct kept *)of)->key != NULL;
}

static int kept_match(const void *one, const void *other, int selection)
{
    (void)selection;
    return EVP_PKEY_eq(((const struct kept *)one)->key, ((const struct kept *)other)->key) == 1;
}

static int kept_import(void *of, int selection, const OSSL_PARAM params[])
{
    struct kept *kept = of;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", "provider=default");
    int done = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1
            && EVP_PKEY_fromdata(ctx, &kept->key, selection, (OSSL_PARAM *)params) == 1;

    EVP_PKEY_CTX_free(ctx);
    return done;
}

static int kept_export(void *of, int selection, OSSL_CALLBACK *give, void *arg)
{
    OSSL_PARAM *params = NULL;
    int done;

    if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
        return 0;
    done = EVP_PKEY_todata(((struct kept *)of)->key, selection, &params) == 1 && give(params, arg);
    OSSL_PARAM_free(params);
    return done;
}

static const OSSL_PARAM *kept_types(int selection)
{
    static const OSSL_PARAM types[] = { OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
                                        OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0), OSSL_PARAM_END };

    (void)selection;
    return types;
}

static int kept_get(void *of, OSSL_PARAM params[])
{
    return EVP_PKEY_get_params(((struct kept *)of)->key, params);
}

static const OSSL_PARAM *kept_gettable(void *provider)
{
    static const OSSL_PARAM gettable[] = { OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
                                           OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
                                           OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
                                           OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
                                           OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
                                           OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
                                           OSSL_PARAM_END };

    (void)provider;
    return gettable;
}

static const char *kept_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

static void *signing_new(void *provider, const char *query)
{
    struct signing *signing = OPENSSL_zalloc(sizeof(*signing));

    (void)provider, (void)query;
    signing->ctx = EVP_MD_CTX_new();
    return signing;
}

static void signing_free(void *of)
{
    EVP_MD_CTX_free(((struct signing *)of)->ctx);
    OPENSSL_free(of);
}

static int signing_begin(void *of, const char *digest, void *key, const OSSL_PARAM params[])
{
    return EVP_DigestSignInit_ex(((struct signing *)of)->ctx, NULL, digest, NULL, "provider=default",
                                 ((struct kept *)key)->key, params) == 1;
}

static int signing_sign(void *of, unsigned char *out, size_t *len, size_t room, const unsigned char *data,
                        size_t data_len)
{
    if (out != NULL)
        signatures++;
    *len = room;
    return (out == NULL || !strike) && EVP_DigestSign(((struct signing *)of)->ctx, out, len, data, data_len) == 1;
}

#define FUNCTION(id, function) { id, (void (*)(void))(function) }

static const OSSL_DISPATCH keys[] = {
    FUNCTION(OSSL_FUNC_KEYMGMT_NEW, kept_new),
    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, kept_free),
    FUNCTION(OSSL_FUNC_KEYMGMT_HAS, kept_has),
    FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, kept_match),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, kept_import),
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, kept_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, kept_export),
    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, kept_types),
    FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, kept_get),
    FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, kept_gettable),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, kept_operation),
    { 0, NULL },
};

static const OSSL_DISPATCH signing[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_begin),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    { 0, NULL },
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM of_keys[] = { { "EC", "provider=keeper", keys, NULL }, { NULL, NULL, NULL, NULL } };
    static const OSSL_ALGORITHM of_signing[] = { { "ECDSA", "provider=keeper", signing, NULL }, { NULL, NULL, NULL, NULL } };

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_KEYMGMT ? of_keys : operation == OSSL_OP_SIGNATURE ? of_signing : NULL;
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **provider)
{
    static const OSSL_DISPATCH functions[] = { FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), { 0, NULL } };

    (void)in;
    *out = functions;
    *provider = (void *)handle;
    return 1;
}

static OSSL_PROVIDER *provider_in_use, *default_in_use;

static EVP_PKEY *key_of_provider(const char *name)
{
    EVP_PKEY *whole = fixture_key(name), *key = NULL;
    EVP_PKEY_CTX *ctx;
    OSSL_PARAM *params = NULL;

    default_in_use = OSSL_PROVIDER_load(NULL, "default");
    REQUIRE(EVP_set_default_properties(NULL, "?provider=default"));
    REQUIRE(OSSL_PROVIDER_add_builtin(NULL, "keeper", start));
    provider_in_use = OSSL_PROVIDER_load(NULL, "keeper");
    REQUIRE(provider_in_use != NULL);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", "provider=keeper");
    REQUIRE(ctx != NULL && EVP_PKEY_todata(whole, EVP_PKEY_KEYPAIR, &params) == 1);
    REQUIRE(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
    REQUIRE(strcmp(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)), "keeper") == 0);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(whole);
    return key;
}

/* The tests --------------------------------------------------------------------------- */

/* A connection for whose signature the key is needed; what came of it. */
static void tell(const char *what, SSL_CTX *cctx, SSL_CTX *sctx)
{
    struct pair pair = new_pair(cctx, sctx);
    int done, kind = 0, digest = 0, before = signatures;

    ERR_clear_error();
    done = handshake(&pair);
    outcome("%s: %d, signatures %d, client %d/%d server %d/%d", what, done, signatures - before, pair.client_end.error,
            pair.client_end.reason, pair.server_end.error, pair.server_end.reason);
    if (done) {
        SSL_get_signature_type_nid(pair.server, &kind);
        SSL_get_peer_signature_nid(pair.client, &digest);
        outcome("%s, %s, %d %d", SSL_get_version(pair.client), SSL_get_cipher(pair.client), kind, digest);
        check_data(&pair);
        close_cleanly(&pair);
    }
    free_pair(&pair);
    ERR_clear_error();
}

static void serve_and_show(int version, const char *name, EVP_PKEY *key, const char *const *algorithms)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
    X509 *certificate = fixture_cert(name);

    REQUIRE(key != NULL);
    outcome("certificate %d", SSL_CTX_use_certificate(sctx, certificate));
    outcome("key %d", SSL_CTX_use_PrivateKey(sctx, key));
    outcome("fit %d", SSL_CTX_check_private_key(sctx));
    /* It is for clients. */
    SSL_CTX_set_verify(cctx, SSL_VERIFY_NONE, NULL);
    for (int i = 0; algorithms[i] != NULL; i++) {
        REQUIRE(SSL_CTX_set1_sigalgs_list(cctx, algorithms[i]));
        tell(algorithms[i], cctx, sctx);
    }
    strike = 1;
    tell("on strike", cctx, sctx);
    strike = 0;
    SSL_CTX_free(sctx);
    SSL_CTX_free(cctx);

    /* A client's certificate. */
    cctx = new_client_ctx(version);
    sctx = new_server_ctx(version);
    SSL_CTX_use_certificate(cctx, certificate);
    SSL_CTX_use_PrivateKey(cctx, key);
    SSL_CTX_load_verify_file(sctx, fixture("ca.pem"));
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(sctx, (const unsigned char *)"a", 1);
    tell("client", cctx, sctx);
    strike = 1;
    tell("client on strike", cctx, sctx);
    strike = 0;
    CHECK(signatures > 2);
    SSL_CTX_free(sctx);
    SSL_CTX_free(cctx);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static const char *const of_rsa12[] = { "RSA-PSS+SHA256", "RSA+SHA256", "RSA+SHA512", NULL };
static const char *const of_rsa13[] = { "RSA-PSS+SHA256", "RSA-PSS+SHA512", NULL };
static const char *const of_ec[] = { "ECDSA+SHA256", NULL };

static const char *const *algorithms_of_rsa(int version) { return version == TLS1_3_VERSION ? of_rsa13 : of_rsa12; }

TEST_VERSIONS(method_of_rsa)
{
    serve_and_show(version, "client-rsa", key_of_rsa_method("client-rsa"), algorithms_of_rsa(version));
    RSA_free(held_rsa);
    RSA_meth_free(method_in_use);
}

TEST_VERSIONS(engine)
{
    serve_and_show(version, "client-rsa", key_of_engine("client-rsa"), algorithms_of_rsa(version));
    RSA_free(held_rsa);
    ENGINE_finish(engine_in_use);
    ENGINE_free(engine_in_use);
    RSA_meth_free(method_in_use);
}

TEST_VERSIONS(method_of_ec)
{
    serve_and_show(version, "client", key_of_ec_method("client"), of_ec);
    EC_KEY_free(held_ec);
    EC_KEY_METHOD_free(ec_method_in_use);
}

TEST_VERSIONS(provider)
{
    serve_and_show(version, "client", key_of_provider("client"), of_ec);
    OSSL_PROVIDER_unload(provider_in_use);
    OSSL_PROVIDER_unload(default_in_use);
}
