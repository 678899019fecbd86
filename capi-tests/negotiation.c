/*
 * What two sides agree on: versions, ciphers, groups, signature algorithms,
 * server names, application protocols.
 */
#include "harness.h"

struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

static struct contexts new_contexts(int version)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };

    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

/* The handshake fails with these reasons on either side. */
static void check_failure(struct contexts *contexts, int client_reason, int server_reason)
{
    struct pair pair = new_pair(contexts->client, contexts->server);

    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, client_reason);
    CHECK_INT(pair.server_end.reason, server_reason);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
    free_pair(&pair);
}

/* Versions ---------------------------------------------------------------- */

TEST(highest_version_by_default)
{
    struct contexts contexts = new_contexts(0);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_version(pair.client), TLS1_3_VERSION);
    /* The version field of the hello, which stays at TLS 1.2. */
    CHECK_INT(SSL_client_version(pair.server), TLS1_2_VERSION);
    finish_pair(&pair);
    free_contexts(&contexts);
}

static int negotiated(int client_max, int server_max)
{
    struct contexts contexts = new_contexts(0);
    struct pair pair;
    int version;

    if (client_max != 0)
        CHECK_INT(SSL_CTX_set_max_proto_version(contexts.client, client_max), 1);
    if (server_max != 0)
        CHECK_INT(SSL_CTX_set_max_proto_version(contexts.server, server_max), 1);
    pair = connected_pair(contexts.client, contexts.server);
    version = SSL_version(pair.client);
    CHECK_INT(SSL_version(pair.server), version);
    finish_pair(&pair);
    free_contexts(&contexts);
    return version;
}

TEST(lower_of_two_versions)
{
    CHECK_INT(negotiated(TLS1_2_VERSION, 0), TLS1_2_VERSION);
    CHECK_INT(negotiated(0, TLS1_2_VERSION), TLS1_2_VERSION);
    CHECK_INT(negotiated(TLS1_3_VERSION, 0), TLS1_3_VERSION);
}

TEST(no_version_in_common)
{
    struct contexts contexts = { new_client_ctx(TLS1_2_VERSION), new_server_ctx(TLS1_3_VERSION) };

    check_failure(&contexts, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_UNSUPPORTED_PROTOCOL);
    free_contexts(&contexts);
    contexts.client = new_client_ctx(TLS1_3_VERSION);
    contexts.server = new_server_ctx(TLS1_2_VERSION);
    check_failure(&contexts, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_UNSUPPORTED_PROTOCOL);
    free_contexts(&contexts);
}

TEST(version_limits)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION), 1);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), 0);
    CHECK_INT(SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION), 1);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_3_VERSION);
    /* Not in order: refused. */
    CHECK_INT(SSL_CTX_set_min_proto_version(ctx, 0), 1);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), 0);
    CHECK_INT(SSL_CTX_set_max_proto_version(ctx, 12345), 0);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_3_VERSION);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_get_max_proto_version(ssl), TLS1_3_VERSION);
    CHECK_INT(SSL_set_min_proto_version(ssl, TLS1_3_VERSION), 1);
    CHECK_INT(SSL_get_min_proto_version(ssl), TLS1_3_VERSION);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(versions_by_options)
{
    struct contexts contexts = new_contexts(0);
    struct pair pair;

    SSL_CTX_set_options(contexts.client, SSL_OP_NO_TLSv1_3);
    CHECK(SSL_CTX_get_options(contexts.client) & SSL_OP_NO_TLSv1_3);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_version(pair.client), TLS1_2_VERSION);
    CHECK(SSL_get_options(pair.client) & SSL_OP_NO_TLSv1_3);
    finish_pair(&pair);
    CHECK((SSL_CTX_clear_options(contexts.client, SSL_OP_NO_TLSv1_3) & SSL_OP_NO_TLSv1_3) == 0);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_version(pair.client), TLS1_3_VERSION);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST(no_protocols_available)
{
    struct contexts contexts = new_contexts(0);
    SSL *ssl;
    int ret;

    SSL_CTX_set_options(contexts.client, SSL_OP_NO_TLSv1_3 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1);
    ssl = SSL_new(contexts.client);
    SSL_set_connect_state(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_null()), BIO_new(BIO_s_null()));
    ret = SSL_do_handshake(ssl);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_NO_PROTOCOLS_AVAILABLE);
    SSL_free(ssl);
    free_contexts(&contexts);
}

/* Ciphers ----------------------------------------------------------------- */

/* The names of a stack, limited to what both libraries have. */
static void list_names(STACK_OF(SSL_CIPHER) *ciphers, char *text, size_t size)
{
    text[0] = '\0';
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
        snprintf(text + strlen(text), size - strlen(text), "%s%s", i > 0 ? ":" : "",
                 SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
}

static void check_list(const char *rule, const char *expected)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    char names[3000];

    CHECK_INT(SSL_CTX_set_ciphersuites(ctx, ""), 1);
    CHECK_INT(SSL_CTX_set_cipher_list(ctx, rule), 1);
    list_names(SSL_CTX_get_ciphers(ctx), names, sizeof(names));
    CHECK_STR(names, expected);
    SSL_CTX_free(ctx);
}

TEST(cipher_list_order)
{
    check_list("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
               "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
    check_list("ECDHE+AESGCM", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                               "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    check_list("ECDHE+CHACHA20", "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305");
    check_list("ECDHE+AESGCM:!aRSA", "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256");
    check_list("ECDHE+AESGCM:-AES256:+ECDSA", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256");
    check_list("ECDHE+AES128+AESGCM:@STRENGTH", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    check_list("nonsense:ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256");
}

TEST(cipher_list_errors)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "nonsense"), 0);
    CHECK_REASON(SSL_R_NO_CIPHER_MATCH);
    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256:@NONSENSE"), 0);
    CHECK_REASON(SSL_R_INVALID_COMMAND);
    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "@SECLEVEL=9"), 0);
    CHECK_REASON(SSL_R_INVALID_COMMAND);
    CHECK_INT(SSL_CTX_set_ciphersuites(ctx, "TLS_NONSENSE"), 0);
    CHECK_REASON(SSL_R_NO_CIPHER_MATCH);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_set_cipher_list(ssl, "nonsense"), 0);
    CHECK_REASON(SSL_R_NO_CIPHER_MATCH);
    /* Unknown ones beside a known one are left out. */
    CHECK_INT(SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256:TLS_NONSENSE"), 1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(seclevel_in_a_list)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "HIGH:!aNULL:@SECLEVEL=3"), 1);
    CHECK_INT(SSL_CTX_get_security_level(ctx), 3);
    SSL_CTX_set_security_level(ctx, 1);
    CHECK_INT(SSL_CTX_get_security_level(ctx), 1);
    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=2"), 1);
    CHECK_INT(SSL_CTX_get_security_level(ctx), 2);
    SSL_CTX_free(ctx);
}

TEST(usual_cipher_strings)
{
    static const char *const rules[] = {
        "DEFAULT", "HIGH", "ALL", "HIGH:!aNULL:!MD5", "HIGH:!aNULL:!MD5:!3DES", "ECDHE", "kECDHE", "AESGCM",
        "DEFAULT:!DH", "ALL:!COMPLEMENTOFDEFAULT:!eNULL", "EECDH+AESGCM:EDH+AESGCM", "TLSv1.2", "FIPS", "SUITEB128",
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
        "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384", NULL,
    };

    for (int i = 0; rules[i] != NULL; i++) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());

        if (SSL_CTX_set_cipher_list(ctx, rules[i]) != 1)
            check_str(__FILE__, __LINE__, "refused rule", rules[i], "");
        CHECK(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)) > 3);
        SSL_CTX_free(ctx);
    }
}

TEST(tls13_suites_come_first)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;
    char names[3000];

    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256"), 1);
    list_names(SSL_CTX_get_ciphers(ctx), names, sizeof(names));
    CHECK_STR(names, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:"
                     "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_INT(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384"), 1);
    list_names(SSL_CTX_get_ciphers(ctx), names, sizeof(names));
    CHECK_STR(names, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256");
    ssl = SSL_new(ctx);
    CHECK_STR(SSL_get_cipher_list(ssl, 0), "TLS_AES_128_GCM_SHA256");
    CHECK_STR(SSL_get_cipher_list(ssl, 2), "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_PTR(SSL_get_cipher_list(ssl, 3), NULL);
    CHECK_INT(SSL_set_cipher_list(ssl, "ECDHE-RSA-AES256-GCM-SHA384"), 1);
    CHECK_STR(SSL_get_cipher_list(ssl, 2), "ECDHE-RSA-AES256-GCM-SHA384");
    list_names(SSL_CTX_get_ciphers(ctx), names, sizeof(names));
    CHECK_STR(names, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:ECDHE-RSA-AES128-GCM-SHA256");
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static void check_cipher(int version, const char *identity, const char *name, unsigned int id, int bits)
{
    struct contexts contexts = { new_client_ctx(version), NULL };
    struct pair pair;
    const SSL_CIPHER *cipher;
    int alg_bits;
    char text[200];

    contexts.server = SSL_CTX_new(TLS_server_method());
    use_identity(contexts.server, identity);
    if (version == TLS1_3_VERSION)
        REQUIRE(SSL_CTX_set_ciphersuites(contexts.client, name) == 1);
    else
        REQUIRE(SSL_CTX_set_cipher_list(contexts.client, name) == 1);
    pair = connected_pair(contexts.client, contexts.server);
    cipher = SSL_get_current_cipher(pair.client);
    CHECK_STR(SSL_get_cipher(pair.client), name);
    CHECK_STR(SSL_CIPHER_get_name(SSL_get_current_cipher(pair.server)), name);
    CHECK_INT(SSL_CIPHER_get_id(cipher), 0x03000000 | id);
    CHECK_INT(SSL_CIPHER_get_protocol_id(cipher), id);
    CHECK_INT(SSL_CIPHER_get_bits(cipher, &alg_bits), bits);
    CHECK_INT(alg_bits, bits);
    CHECK_INT(SSL_get_cipher_bits(pair.client, NULL), bits);
    CHECK_STR(SSL_CIPHER_get_version(cipher), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    CHECK_STR(SSL_get_cipher_version(pair.client), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    CHECK_INT(SSL_CIPHER_is_aead(cipher), 1);
    CHECK_PTR(SSL_CIPHER_description(cipher, text, sizeof(text)), text);
    CHECK(strncmp(text, name, strlen(name)) == 0);
    CHECK_PTR(SSL_get_pending_cipher(pair.client), cipher);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST(each_cipher)
{
    check_cipher(TLS1_3_VERSION, "server-p256", "TLS_AES_128_GCM_SHA256", 0x1301, 128);
    check_cipher(TLS1_3_VERSION, "server-p256", "TLS_AES_256_GCM_SHA384", 0x1302, 256);
    check_cipher(TLS1_3_VERSION, "server-rsa", "TLS_CHACHA20_POLY1305_SHA256", 0x1303, 256);
    check_cipher(TLS1_2_VERSION, "server-p256", "ECDHE-ECDSA-AES128-GCM-SHA256", 0xc02b, 128);
    check_cipher(TLS1_2_VERSION, "server-p256", "ECDHE-ECDSA-AES256-GCM-SHA384", 0xc02c, 256);
    check_cipher(TLS1_2_VERSION, "server-p256", "ECDHE-ECDSA-CHACHA20-POLY1305", 0xcca9, 256);
    check_cipher(TLS1_2_VERSION, "server-rsa", "ECDHE-RSA-AES128-GCM-SHA256", 0xc02f, 128);
    check_cipher(TLS1_2_VERSION, "server-rsa", "ECDHE-RSA-AES256-GCM-SHA384", 0xc030, 256);
    check_cipher(TLS1_2_VERSION, "server-rsa", "ECDHE-RSA-CHACHA20-POLY1305", 0xcca8, 256);
}

static const char *chosen(int version, unsigned long options)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    const char *name;

    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384");
    SSL_CTX_set_ciphersuites(contexts.client, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_cipher_list(contexts.server, "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(contexts.server, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_options(contexts.server, options);
    pair = connected_pair(contexts.client, contexts.server);
    name = SSL_get_cipher(pair.client);
    finish_pair(&pair);
    free_contexts(&contexts);
    return name;
}

TEST(whose_preference)
{
    CHECK_STR(chosen(TLS1_2_VERSION, 0), "ECDHE-ECDSA-AES128-GCM-SHA256");
    CHECK_STR(chosen(TLS1_2_VERSION, SSL_OP_CIPHER_SERVER_PREFERENCE), "ECDHE-ECDSA-AES256-GCM-SHA384");
    CHECK_STR(chosen(TLS1_3_VERSION, 0), "TLS_AES_128_GCM_SHA256");
    CHECK_STR(chosen(TLS1_3_VERSION, SSL_OP_CIPHER_SERVER_PREFERENCE), "TLS_AES_256_GCM_SHA384");
}

TEST_VERSIONS(no_cipher_in_common)
{
    struct contexts contexts = new_contexts(version);

    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(contexts.client, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_cipher_list(contexts.server, "ECDHE-ECDSA-AES256-GCM-SHA384");
    SSL_CTX_set_ciphersuites(contexts.server, "TLS_AES_256_GCM_SHA384");
    check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SHARED_CIPHER);
    free_contexts(&contexts);
}

/* An RSA cipher and a server with an ECDSA certificate alone. */
TEST_TLS12(no_certificate_for_the_cipher)
{
    struct contexts contexts = new_contexts(version);

    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-RSA-AES128-GCM-SHA256");
    check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SHARED_CIPHER);
    free_contexts(&contexts);
}

TEST(certificate_by_cipher)
{
    struct contexts contexts = new_contexts(TLS1_2_VERSION);
    struct pair pair;

    use_identity(contexts.server, "server-rsa");
    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-RSA-AES128-GCM-SHA256");
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(pair.client))), EVP_PKEY_RSA);
    finish_pair(&pair);
    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-ECDSA-AES128-GCM-SHA256");
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(pair.client))), EVP_PKEY_EC);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(shared_ciphers)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    char text[1000];
    const char *expected = version == TLS1_3_VERSION ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256";

    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(contexts.client, "TLS_AES_128_GCM_SHA256");
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_STR(SSL_get_shared_ciphers(pair.server, text, sizeof(text)), expected);
    CHECK(SSL_get_client_ciphers(pair.server) != NULL);
    CHECK_STR(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(SSL_get_client_ciphers(pair.server), 0)), expected);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST(find_and_standard_names)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, (const unsigned char *)"\xc0\x2f");

    REQUIRE(cipher != NULL);
    CHECK_STR(SSL_CIPHER_get_name(cipher), "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_STR(SSL_CIPHER_standard_name(cipher), "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    CHECK_STR(OPENSSL_cipher_name("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"), "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_INT(SSL_CIPHER_get_cipher_nid(cipher), NID_aes_128_gcm);
    CHECK_INT(SSL_CIPHER_get_kx_nid(cipher), NID_kx_ecdhe);
    CHECK_INT(SSL_CIPHER_get_auth_nid(cipher), NID_auth_rsa);
    CHECK_PTR(SSL_CIPHER_find(ssl, (const unsigned char *)"\xfe\xfe"), NULL);
    CHECK_STR(SSL_CIPHER_get_name(NULL), "(NONE)");
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Groups ------------------------------------------------------------------ */

static void check_group(int version, const char *client, const char *server, int nid)
{
    struct contexts contexts = { new_client_ctx(version), SSL_CTX_new(TLS_server_method()) };
    struct pair pair;
    EVP_PKEY *key = NULL;

    /* In TLS 1.2 an ECDSA certificate's curve would have to be among the groups. */
    use_identity(contexts.server, "server-rsa");
    if (client != NULL)
        CHECK_INT(SSL_CTX_set1_groups_list(contexts.client, client), 1);
    if (server != NULL)
        CHECK_INT(SSL_CTX_set1_groups_list(contexts.server, server), 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_negotiated_group(pair.client), nid);
    CHECK_INT(SSL_get_negotiated_group(pair.server), nid);
    CHECK_INT(SSL_get_peer_tmp_key(pair.client, &key), 1);
    CHECK(key != NULL);
    EVP_PKEY_free(key);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(groups)
{
    check_group(version, "X25519", NULL, EVP_PKEY_X25519);
    check_group(version, "P-256", NULL, NID_X9_62_prime256v1);
    check_group(version, "prime256v1", NULL, NID_X9_62_prime256v1);
    check_group(version, "P-384", NULL, NID_secp384r1);
    check_group(version, "P-521", NULL, NID_secp521r1);
    check_group(version, NULL, "P-384", NID_secp384r1);
    check_group(version, "P-521:P-384", "P-256:P-384", NID_secp384r1);
}

TEST_TLS13(hello_retry_request)
{
    /* The client's key share is for P-256, the server only takes P-384. */
    check_group(version, "P-256:P-384", "P-384", NID_secp384r1);
    check_group(version, "X25519:P-521", "P-521", NID_secp521r1);
}

TEST(group_lists)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    int groups[] = { NID_X9_62_prime256v1, NID_secp384r1 };

    CHECK_INT(SSL_CTX_set1_groups(ctx, groups, 2), 1);
    CHECK_INT(SSL_CTX_set1_groups_list(ctx, "nonsense"), 0);
    CHECK_INT(SSL_CTX_set1_groups_list(ctx, "P-256:nonsense"), 0);
    CHECK_INT(SSL_CTX_set1_groups_list(ctx, "P-256:P-256"), 0);
    ERR_clear_error();
    CHECK_INT(SSL_set1_groups_list(ssl, "P-521:X25519"), 1);
    /* What the peer offered: nothing yet. */
    CHECK_INT(SSL_get1_groups(ssl, NULL), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(groups_of_the_peer)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    int read[10];

    CHECK_INT(SSL_CTX_set1_groups_list(contexts.client, "P-256:X25519"), 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get1_groups(pair.server, NULL), 2);
    CHECK_INT(SSL_get1_groups(pair.server, read), 2);
    CHECK_INT(read[0], NID_X9_62_prime256v1);
    CHECK_INT(read[1], EVP_PKEY_X25519);
    CHECK_INT(SSL_get_shared_group(pair.server, -1), 2);
    CHECK_INT(SSL_get_shared_group(pair.server, 0), NID_X9_62_prime256v1);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(no_group_in_common)
{
    struct contexts contexts = new_contexts(version);

    SSL_CTX_set1_groups_list(contexts.client, "P-384");
    SSL_CTX_set1_groups_list(contexts.server, "X25519");
    if (version == TLS1_3_VERSION)
        check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SUITABLE_KEY_SHARE);
    else
        check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SHARED_CIPHER);
    free_contexts(&contexts);
}

TEST_TLS13(x25519mlkem768)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    if (!on_tessera())
        skip("OpenSSL 3.0 has no ML-KEM");
    CHECK_INT(SSL_CTX_set1_groups_list(contexts.client, "X25519MLKEM768"), 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_STR(SSL_group_to_name(pair.client, (int)SSL_get_negotiated_group(pair.client)), "X25519MLKEM768");
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Signature algorithms ---------------------------------------------------- */

TEST_VERSIONS(signature_algorithms)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    int nid = 0;

    SSL_CTX_free(contexts.server);
    contexts.server = SSL_CTX_new(TLS_server_method());
    use_identity(contexts.server, "server-rsa");
    CHECK_INT(SSL_CTX_set1_sigalgs_list(contexts.client, "rsa_pss_rsae_sha384:ECDSA+SHA256"), 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_peer_signature_nid(pair.client, &nid), 1);
    CHECK_INT(nid, NID_sha384);
    CHECK_INT(SSL_get_peer_signature_type_nid(pair.client, &nid), 1);
    CHECK_INT(nid, EVP_PKEY_RSA_PSS);
    CHECK_INT(SSL_get_signature_nid(pair.server, &nid), 1);
    CHECK_INT(nid, NID_sha384);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST(signature_algorithm_lists)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    CHECK_INT(SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256:RSA+SHA256"), 1);
    CHECK_INT(SSL_CTX_set1_sigalgs_list(ctx, "ed25519:ecdsa_secp256r1_sha256"), 1);
    CHECK_INT(SSL_CTX_set1_sigalgs_list(ctx, "nonsense"), 0);
    CHECK_INT(SSL_CTX_set1_client_sigalgs_list(ctx, "ECDSA+SHA384"), 1);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(no_signature_algorithm_in_common)
{
    struct contexts contexts = new_contexts(version);

    SSL_CTX_set1_sigalgs_list(contexts.client, "RSA-PSS+SHA256");
    if (version == TLS1_3_VERSION)
        check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM);
    else
        check_failure(&contexts, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, SSL_R_NO_SHARED_CIPHER);
    free_contexts(&contexts);
}

/* Server names ------------------------------------------------------------ */

static struct {
    int answer, alert, calls, type;
    char name[100];
    void *arg;
    SSL_CTX *other;
} sni;

static int servername(SSL *ssl, int *alert, void *arg)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    sni.calls++;
    sni.type = SSL_get_servername_type(ssl);
    sni.arg = arg;
    snprintf(sni.name, sizeof(sni.name), "%s", name != NULL ? name : "(none)");
    if (sni.other != NULL)
        CHECK_PTR(SSL_set_SSL_CTX(ssl, sni.other), sni.other);
    if (sni.alert != 0)
        *alert = sni.alert;
    return sni.answer;
}

TEST_VERSIONS(server_name)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_CTX_set_tlsext_servername_callback(contexts.server, servername);
    SSL_CTX_set_tlsext_servername_arg(contexts.server, &sni);
    CHECK_PTR(SSL_get_servername(pair.client, TLSEXT_NAMETYPE_host_name), NULL);
    CHECK_INT(SSL_get_servername_type(pair.client), -1);
    CHECK_INT(SSL_set_tlsext_host_name(pair.client, "localhost"), 1);
    CHECK_STR(SSL_get_servername(pair.client, TLSEXT_NAMETYPE_host_name), "localhost");
    REQUIRE(handshake(&pair));
    CHECK_INT(sni.calls, 1);
    CHECK_STR(sni.name, "localhost");
    CHECK_INT(sni.type, TLSEXT_NAMETYPE_host_name);
    CHECK_PTR(sni.arg, &sni);
    CHECK_STR(SSL_get_servername(pair.client, TLSEXT_NAMETYPE_host_name), "localhost");
    CHECK_STR(SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name), "localhost");
    CHECK_PTR(SSL_get_servername(pair.server, 1), NULL);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The callback also runs without a name. */
TEST_VERSIONS(no_server_name)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_tlsext_servername_callback(contexts.server, servername);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(sni.calls, 1);
    CHECK_STR(sni.name, "(none)");
    CHECK_PTR(SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name), NULL);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(server_name_refused)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_tlsext_servername_callback(contexts.server, servername);
    sni.answer = SSL_TLSEXT_ERR_ALERT_FATAL;
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_tlsext_host_name(pair.client, "nobody.example.org");
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_UNRECOGNIZED_NAME);
    CHECK_INT(pair.server_end.reason, SSL_R_CALLBACK_FAILED);
    free_pair(&pair);

    sni.alert = SSL_AD_ACCESS_DENIED;
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_tlsext_host_name(pair.client, "nobody.example.org");
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_ACCESS_DENIED);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(server_name_not_acknowledged)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_CTX_set_tlsext_servername_callback(contexts.server, servername);
    sni.answer = SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_host_name(pair.client, "localhost");
    REQUIRE(handshake(&pair));
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(another_context_by_server_name)
{
    struct contexts contexts = new_contexts(version);
    SSL_CTX *other = SSL_CTX_new(TLS_server_method());
    struct pair pair;
    X509 *expected = fixture_cert("server-rsa");

    use_identity(other, "server-rsa");
    SSL_CTX_set_tlsext_servername_callback(contexts.server, servername);
    sni.other = other;
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_tlsext_host_name(pair.client, "www.example.org");
    REQUIRE(handshake(&pair));
    CHECK_PTR(SSL_get_SSL_CTX(pair.server), other);
    CHECK_INT(X509_cmp(SSL_get0_peer_certificate(pair.client), expected), 0);
    check_data(&pair);
    SSL_CTX_free(other);
    finish_pair(&pair);
    X509_free(expected);
    free_contexts(&contexts);
}

/* ALPN -------------------------------------------------------------------- */

static struct {
    int answer, calls;
    const char *choice;
    unsigned char offered[100];
    unsigned int offered_len;
} alpn;

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned int in_len, void *arg)
{
    (void)ssl, (void)arg;
    alpn.calls++;
    memcpy(alpn.offered, in, in_len);
    alpn.offered_len = in_len;
    if (alpn.answer == SSL_TLSEXT_ERR_OK)
        return SSL_select_next_proto((unsigned char **)out, out_len, (const unsigned char *)alpn.choice,
                                     (unsigned int)strlen(alpn.choice), in, in_len) == OPENSSL_NPN_NEGOTIATED
            ? SSL_TLSEXT_ERR_OK
            : SSL_TLSEXT_ERR_ALERT_FATAL;
    return alpn.answer;
}

static void check_selected(SSL *ssl, const char *expected)
{
    const unsigned char *data = (const unsigned char *)"untouched";
    unsigned int len = 99;

    SSL_get0_alpn_selected(ssl, &data, &len);
    CHECK_MEM(data, len, expected, strlen(expected));
    if (expected[0] == '\0')
        CHECK_PTR(data, NULL);
}

TEST_VERSIONS(alpn_selected)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    alpn.choice = "\x08http/1.1";
    SSL_CTX_set_alpn_select_cb(contexts.server, select_alpn, NULL);
    /* 0 is success here. */
    CHECK_INT(SSL_CTX_set_alpn_protos(contexts.client, (const unsigned char *)"\x02h2\x08http/1.1", 12), 0);
    pair = new_pair(contexts.client, contexts.server);
    check_selected(pair.client, "");
    REQUIRE(handshake(&pair));
    CHECK_INT(alpn.calls, 1);
    CHECK_MEM(alpn.offered, alpn.offered_len, "\x02h2\x08http/1.1", 12);
    check_selected(pair.client, "http/1.1");
    check_selected(pair.server, "http/1.1");
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(alpn_of_the_ssl)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    alpn.choice = "\x02h2";
    SSL_CTX_set_alpn_select_cb(contexts.server, select_alpn, NULL);
    SSL_CTX_set_alpn_protos(contexts.client, (const unsigned char *)"\x08http/1.1", 9);
    pair = new_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_set_alpn_protos(pair.client, (const unsigned char *)"\x02h2", 3), 0);
    REQUIRE(handshake(&pair));
    check_selected(pair.client, "h2");
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(alpn_not_acknowledged)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_alpn_protos(contexts.client, (const unsigned char *)"\x02h2", 3);
    pair = connected_pair(contexts.client, contexts.server);
    check_selected(pair.client, "");
    check_selected(pair.server, "");
    finish_pair(&pair);
    alpn.answer = SSL_TLSEXT_ERR_NOACK;
    SSL_CTX_set_alpn_select_cb(contexts.server, select_alpn, NULL);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(alpn.calls, 1);
    check_selected(pair.client, "");
    check_selected(pair.server, "");
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(alpn_not_offered)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_alpn_select_cb(contexts.server, select_alpn, NULL);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(alpn.calls, 0);
    check_selected(pair.server, "");
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(alpn_refused)
{
    struct contexts contexts = new_contexts(version);

    alpn.answer = SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_CTX_set_alpn_protos(contexts.client, (const unsigned char *)"\x02h2", 3);
    SSL_CTX_set_alpn_select_cb(contexts.server, select_alpn, NULL);
    check_failure(&contexts, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, SSL_R_NO_APPLICATION_PROTOCOL);
    free_contexts(&contexts);
}

TEST(alpn_malformed_lists)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK(SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x05h2", 3) != 0);
    CHECK(SSL_set_alpn_protos(ssl, (const unsigned char *)"\x00h2", 3) != 0);
    CHECK_INT(SSL_CTX_set_alpn_protos(ctx, NULL, 0), 0);
    CHECK_INT(SSL_set_alpn_protos(ssl, NULL, 0), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(select_next_proto)
{
    unsigned char *out = NULL, len = 0;
    const unsigned char *server = (const unsigned char *)"\x02h2\x08http/1.1";

    CHECK_INT(SSL_select_next_proto(&out, &len, server, 12, (const unsigned char *)"\x08http/1.1\x02h2", 12),
              OPENSSL_NPN_NEGOTIATED);
    CHECK_MEM(out, len, "h2", 2);
    CHECK_INT(SSL_select_next_proto(&out, &len, server, 12, (const unsigned char *)"\x04spdy", 5),
              OPENSSL_NPN_NO_OVERLAP);
    CHECK_MEM(out, len, "spdy", 4);
    /* Empty lists, in a buffer of no bytes or of others, and what is no name. */
    for (int i = 0; i < 5; i++) {
        static const struct {
            const char *server, *client;
            unsigned server_len, client_len;
        } lists[] = { { "\x02h2", "\x08http/1.1", 3, 0 }, { "\x02h2", "", 3, 0 }, { "\x02h2", "\x00\x02h2", 3, 4 },
                      { "\x02h2", "\x09http/1.1", 3, 9 }, { "", "\x02h2", 0, 3 } };
        unsigned char *client = malloc(lists[i].client_len);

        memcpy(client, lists[i].client, lists[i].client_len);
        out = NULL;
        len = 99;
        outcome("lists %d: %d", i, SSL_select_next_proto(&out, &len, (const unsigned char *)lists[i].server,
                                                         lists[i].server_len, client, lists[i].client_len));
        outcome("lists %d: %d bytes at %d", i, len, out == NULL ? -1 : (int)(out - client));
        free(client);
    }
}

/* The client-hello callback ----------------------------------------------- */

static int hello_calls, hello_answer = SSL_CLIENT_HELLO_SUCCESS;

static int client_hello(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *data;
    int *present;
    size_t len, count;

    hello_calls++;
    CHECK_PTR(arg, &hello_calls);
    CHECK_INT(SSL_client_hello_isv2(ssl), 0);
    CHECK_INT(SSL_client_hello_get0_legacy_version(ssl), TLS1_2_VERSION);
    CHECK_INT(SSL_client_hello_get0_random(ssl, &data), 32);
    len = SSL_client_hello_get0_ciphers(ssl, &data);
    CHECK(len > 0 && len % 2 == 0);
    CHECK_INT(SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &len), 1);
    CHECK_INT(len, 5 + 9);
    CHECK_INT(SSL_client_hello_get0_ext(ssl, 0x7777, &data, &len), 0);
    CHECK_INT(SSL_client_hello_get1_extensions_present(ssl, &present, &count), 1);
    CHECK(count > 3);
    OPENSSL_free(present);
    if (hello_answer == SSL_CLIENT_HELLO_ERROR)
        *alert = SSL_AD_ACCESS_DENIED;
    return hello_answer;
}

TEST_VERSIONS(client_hello_callback)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    int ret;

    SSL_CTX_set_client_hello_cb(contexts.server, client_hello, &hello_calls);
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_tlsext_host_name(pair.client, "localhost");
    SSL_do_handshake(pair.client);
    hello_answer = SSL_CLIENT_HELLO_RETRY;
    ret = SSL_do_handshake(pair.server);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_WANT_CLIENT_HELLO_CB);
    CHECK_INT(hello_calls, 1);
    hello_answer = SSL_CLIENT_HELLO_SUCCESS;
    REQUIRE(handshake(&pair));
    CHECK_INT(hello_calls, 2);
    check_data(&pair);
    finish_pair(&pair);

    hello_answer = SSL_CLIENT_HELLO_ERROR;
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_tlsext_host_name(pair.client, "localhost");
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_CALLBACK_FAILED);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_ACCESS_DENIED);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* A resumed TLS 1.2 handshake exchanges no keys: the session's group counts. */
TEST_VERSIONS(group_of_a_resumed_session)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session;
    struct pair pair;

    CHECK_INT(SSL_CTX_set1_groups_list(contexts.client, "P-256"), 1);
    session = obtain_session(contexts.client, contexts.server);
    pair = offered_pair(contexts.client, contexts.server, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_get_negotiated_group(pair.client), NID_X9_62_prime256v1);
    CHECK_INT(SSL_get_negotiated_group(pair.server), NID_X9_62_prime256v1);
    SSL_SESSION_free(session);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* A TLS 1.3 client without a usable key share is asked for the first of the server's groups
 * that it knows, not for the first of its own. */
TEST_TLS13(group_of_a_retry)
{
    check_group(version, "X25519:P-256:P-384", "P-384:P-256", NID_secp384r1);
    check_group(version, "X25519:P-256:P-384", "P-521:P-256:P-384", NID_X9_62_prime256v1);
}

/* Default groups where an end has both versions and the other one alone: what is of TLS 1.3
 * only stays out of TLS 1.2, also for a server that insists on its own order. */
TEST(versions_with_default_groups)
{
    static const int versions[] = { 0, TLS1_2_VERSION, TLS1_3_VERSION };
    int i, j, insists;

    for (insists = 0; insists < 2; insists++)
        for (i = 0; i < 3; i++)
            for (j = 0; j < 3; j++) {
                SSL_CTX *cctx = new_client_ctx(versions[i]), *sctx = new_server_ctx(versions[j]);
                struct pair pair;

                if (insists)
                    SSL_CTX_set_options(sctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
                pair = new_pair(cctx, sctx);
                handshake(&pair);
                outcome("client %x, server %x, insists %d: %d and %d, %s", versions[i], versions[j], insists,
                        pair.client_end.ret, pair.server_end.ret, SSL_get_cipher(pair.client));
                finish_pair(&pair);
                SSL_CTX_free(cctx);
                SSL_CTX_free(sctx);
            }
}
