/*
 * Functions that no other file has a use for: what they answer and what they change,
 * for good arguments and bad ones, the same on both libraries.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <openssl/conf.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define SAME(function, ...)                                                                                            \
    do {                                                                                                               \
        ERR_clear_error();                                                                                             \
        outcome_errors("%s %s: %lld", #function, #__VA_ARGS__, (long long)function(__VA_ARGS__));                      \
    } while (0)

/* How a handshake ended on both sides, and what the client thinks of the server. */
static void tell_ends(const char *what, struct pair *pair)
{
    int done = handshake(pair);

    outcome("%s: %d, client %d %d %d, server %d %d %d, verified %ld", what, done, pair->client_end.ret,
            pair->client_end.error, pair->client_end.reason, pair->server_end.ret, pair->server_end.error,
            pair->server_end.reason, SSL_get_verify_result(pair->client));
}

static void tell_connection(const char *what, SSL_CTX *cctx, SSL_CTX *sctx)
{
    struct pair pair = new_pair(cctx, sctx);

    tell_ends(what, &pair);
    free_pair(&pair);
    ERR_clear_error();
}

/* Purposes, trust and parameters ---------------------------------------------- */

TEST_VERSIONS(purpose_and_trust)
{
    for (int number = -1; number < 12; number++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        char name[40];
        SSL *ssl;

        ERR_clear_error();
        outcome_errors("SSL_CTX_set_purpose %d: %d", number, SSL_CTX_set_purpose(cctx, number));
        snprintf(name, sizeof name, "purpose %d of the context", number);
        tell_connection(name, cctx, sctx);
        SSL_CTX_set_purpose(cctx, X509_PURPOSE_SSL_SERVER);
        outcome_errors("SSL_CTX_set_trust %d: %d", number, SSL_CTX_set_trust(cctx, number));
        snprintf(name, sizeof name, "trust %d of the context", number);
        tell_connection(name, cctx, sctx);
        SSL_CTX_free(cctx);

        cctx = new_client_ctx(version);
        ssl = SSL_new(cctx);
        ERR_clear_error();
        outcome_errors("SSL_set_purpose %d: %d", number, SSL_set_purpose(ssl, number));
        outcome_errors("SSL_set_trust %d: %d", number, SSL_set_trust(ssl, number));
        SSL_free(ssl);
        for (int trust = 0; trust < 2; trust++) {
            struct pair pair = new_pair(cctx, sctx);

            if (trust)
                SSL_set_trust(pair.client, number);
            else
                SSL_set_purpose(pair.client, number);
            snprintf(name, sizeof name, "%s %d of the SSL", trust ? "trust" : "purpose", number);
            ERR_clear_error();
            tell_ends(name, &pair);
            free_pair(&pair);
        }
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

TEST_VERSIONS(parameters_of_a_context)
{
    static const char *const hosts[] = { "localhost", "elsewhere.org" };

    for (int i = 0; i < 2; i++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();

        X509_VERIFY_PARAM_set1_host(param, hosts[i], 0);
        X509_VERIFY_PARAM_set_depth(param, 7);
        SAME(SSL_CTX_set1_param, cctx, param);
        X509_VERIFY_PARAM_free(param);
        outcome("depth %d", SSL_CTX_get_verify_depth(cctx));
        tell_connection(hosts[i], cctx, sctx);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

/* Where roots come from -------------------------------------------------------- */

static SSL_CTX *rootless(int version)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

/* A folder with ca.pem under the name that is looked for. */
static void make_folder(char *folder)
{
    char link[200];
    X509 *ca = fixture_cert("ca");

    REQUIRE(mkdtemp(folder) != NULL);
    snprintf(link, sizeof link, "%s/%08lx.0", folder, X509_subject_name_hash(ca));
    REQUIRE(symlink(fixture("ca.pem"), link) == 0);
    X509_free(ca);
}

static void remove_folder(const char *folder)
{
    char link[200];
    X509 *ca = fixture_cert("ca");

    snprintf(link, sizeof link, "%s/%08lx.0", folder, X509_subject_name_hash(ca));
    unlink(link);
    rmdir(folder);
    X509_free(ca);
}

TEST_VERSIONS(default_places_of_roots)
{
    char folder[] = "/tmp/further.XXXXXX";
    SSL_CTX *sctx = new_server_ctx(version);

    make_folder(folder);
    for (int i = 0; i < 8; i++) {
        SSL_CTX *cctx = rootless(version);

        setenv("SSL_CERT_FILE", i & 1 ? fixture("ca.pem") : "/nowhere/ca.pem", 1);
        setenv("SSL_CERT_DIR", i & 1 ? folder : "/nowhere", 1);
        switch (i / 2) {
        case 0:
            SAME(SSL_CTX_set_default_verify_file, cctx);
            break;
        case 1:
            SAME(SSL_CTX_set_default_verify_dir, cctx);
            break;
        case 2:
            SAME(SSL_CTX_set_default_verify_store, cctx);
            break;
        default:
            SAME(SSL_CTX_set_default_verify_paths, cctx);
        }
        tell_connection("by the defaults", cctx, sctx);
        SSL_CTX_free(cctx);
    }
    remove_folder(folder);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(store_of_roots)
{
    SSL_CTX *cctx = rootless(version), *sctx = new_server_ctx(version);

    SAME(SSL_CTX_load_verify_store, cctx, "/nowhere/at/all");
    tell_connection("nowhere", cctx, sctx);
    ERR_clear_error();
    outcome("SSL_CTX_load_verify_store: %d", SSL_CTX_load_verify_store(cctx, fixture("ca.pem")));
    ERR_clear_error();
    tell_connection("a file", cctx, sctx);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Keys and certificates -------------------------------------------------------- */

TEST_VERSIONS(rsa_keys)
{
    EVP_PKEY *key = fixture_key("server-rsa"), *ec = fixture_key("server-p256");
    RSA *rsa = EVP_PKEY_get1_RSA(key);
    unsigned char *der = NULL, *ec_der = NULL;
    int len = i2d_RSAPrivateKey(rsa, &der), ec_len = i2d_PrivateKey(ec, &ec_der);

    REQUIRE(rsa != NULL && len > 0 && ec_len > 0);
    for (int way = 0; way < 10; way++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
        struct pair pair;

        SSL_CTX_use_certificate_file(sctx, fixture(way < 8 ? "server-rsa.pem" : "server-p256.pem"), SSL_FILETYPE_PEM);
        ERR_clear_error();
        if (way == 0)
            SAME(SSL_CTX_use_RSAPrivateKey, sctx, rsa);
        if (way == 1)
            SAME(SSL_CTX_use_RSAPrivateKey_ASN1, sctx, der, len);
        if (way == 2)
            SAME(SSL_CTX_use_RSAPrivateKey_ASN1, sctx, der, len - 10);
        if (way == 3)
            SAME(SSL_CTX_use_RSAPrivateKey_ASN1, sctx, ec_der, ec_len);
        if (way == 4)
            SAME(SSL_CTX_use_RSAPrivateKey, sctx, NULL);
        if (way == 9)
            SAME(SSL_CTX_use_RSAPrivateKey, sctx, rsa);
        pair = new_pair(cctx, sctx);
        if (way == 2)
            SAME(SSL_use_RSAPrivateKey, pair.server, rsa);
        if (way == 3)
            SAME(SSL_use_RSAPrivateKey_ASN1, pair.server, der, len);
        if (way == 4)
            SAME(SSL_use_RSAPrivateKey, pair.server, NULL);
        if (way == 5) {
            outcome_errors("SSL_use_RSAPrivateKey_file: %d",
                           SSL_use_RSAPrivateKey_file(pair.server, fixture("server-rsa-key.der"), SSL_FILETYPE_ASN1));
            outcome("checked %d", SSL_check_private_key(pair.server));
        }
        if (way == 6) {
            outcome_errors("SSL_use_RSAPrivateKey_file, of no kind: %d",
                           SSL_use_RSAPrivateKey_file(pair.server, fixture("server-rsa-key.der"), 77));
            SAME(SSL_use_RSAPrivateKey_file, pair.server, "/nowhere/key.pem", SSL_FILETYPE_PEM);
        }
        if (way == 7)
            SAME(SSL_use_RSAPrivateKey_ASN1, pair.server, der, 3);
        if (way == 8)
            SAME(SSL_use_RSAPrivateKey, pair.server, rsa);
        ERR_clear_error();
        outcome_errors("check %d: %d", way, SSL_check_private_key(pair.server));
        tell_ends("RSA keys", &pair);
        free_pair(&pair);
        ERR_clear_error();
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
    OPENSSL_free(der);
    OPENSSL_free(ec_der);
    RSA_free(rsa);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ec);
}

TEST_VERSIONS(certificates_of_an_ssl)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
    X509 *leaf = fixture_cert("server-p256"), *other = fixture_cert("server-p384"), *middle = fixture_cert("intermediate");
    EVP_PKEY *key = fixture_key("server-p256");
    STACK_OF(X509) *chain = sk_X509_new_null(), *sent = NULL;
    struct pair pair = new_pair(cctx, sctx);

    sk_X509_push(chain, middle);
    SAME(SSL_use_cert_and_key, pair.server, other, key, NULL, 0);
    SAME(SSL_use_cert_and_key, pair.server, leaf, key, chain, 0);
    SAME(SSL_use_cert_and_key, pair.server, leaf, key, NULL, 0);
    SAME(SSL_use_cert_and_key, pair.server, leaf, key, NULL, 1);
    SAME(SSL_use_cert_and_key, pair.server, leaf, NULL, NULL, 1);
    SSL_get0_chain_certs(pair.server, &sent);
    outcome("chain %d", sk_X509_num(sent));
    SSL_certs_clear(pair.server);
    outcome("cleared %d %d", SSL_get_certificate(pair.server) == NULL, SSL_get_privatekey(pair.server) == NULL);
    SAME(SSL_use_cert_and_key, pair.server, leaf, key, chain, 0);
    tell_ends("certificate and key", &pair);
    outcome("received %d", sk_X509_num(SSL_get_peer_cert_chain(pair.client)));
    free_pair(&pair);

    pair = new_pair(cctx, sctx);
    SAME(SSL_use_certificate_chain_file, pair.server, "/nowhere/chain.pem");
    ERR_clear_error();
    outcome_errors("SSL_use_certificate_chain_file: %d",
                   SSL_use_certificate_chain_file(pair.server, fixture("server-p256-key.pem")));
    outcome_errors("SSL_use_certificate_chain_file: %d",
                   SSL_use_certificate_chain_file(pair.server, fixture("chained-chain.pem")));
    SSL_use_PrivateKey_file(pair.server, fixture("chained-key.pem"), SSL_FILETYPE_PEM);
    SSL_get0_chain_certs(pair.server, &sent);
    outcome("chain %d", sk_X509_num(sent));
    tell_ends("chain", &pair);
    outcome("received %d", sk_X509_num(SSL_get_peer_cert_chain(pair.client)));
    free_pair(&pair);
    sk_X509_pop_free(chain, X509_free);
    X509_free(leaf);
    X509_free(other);
    EVP_PKEY_free(key);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int word(char *buf, int size, int writing, void *data)
{
    (void)size, (void)writing, (void)data;
    memcpy(buf, "secret", 6);
    return 6;
}

TEST(password_callback)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    SSL_CTX_set_default_passwd_cb(ctx, word);
    SSL_CTX_set_default_passwd_cb_userdata(ctx, ctx);
    ssl = SSL_new(ctx);
    CHECK(SSL_get_default_passwd_cb(ssl) == word);
    CHECK_PTR(SSL_get_default_passwd_cb_userdata(ssl), ctx);
    SSL_set_default_passwd_cb(ssl, NULL);
    SSL_set_default_passwd_cb_userdata(ssl, ssl);
    CHECK(SSL_get_default_passwd_cb(ssl) == NULL);
    CHECK_PTR(SSL_get_default_passwd_cb_userdata(ssl), ssl);
    CHECK(SSL_CTX_get_default_passwd_cb(ctx) == word);
    CHECK_PTR(SSL_CTX_get_default_passwd_cb_userdata(ctx), ctx);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Names of authorities ----------------------------------------------------------- */

static void tell_names(const char *what, const STACK_OF(X509_NAME) *names)
{
    outcome("%s: %s %d", what, names == NULL ? "none" : "a list", sk_X509_NAME_num(names));
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        char text[128];

        outcome("%s", X509_NAME_oneline(sk_X509_NAME_value(names, i), text, sizeof text));
    }
}

TEST_VERSIONS(lists_of_authorities)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    X509 *ca = fixture_cert("ca"), *other = fixture_cert("other-ca");
    STACK_OF(X509_NAME) *names, *copy;
    struct pair pair;

    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(sctx, (const unsigned char *)"a", 1);
    pair = new_pair(cctx, sctx);
    tell_names("at first", SSL_get0_CA_list(pair.server));
    SAME(SSL_add1_to_CA_list, pair.server, ca);
    SAME(SSL_add1_to_CA_list, pair.server, NULL);
    tell_names("one", SSL_get0_CA_list(pair.server));
    tell_names("of clients", SSL_get_client_CA_list(pair.server));
    names = SSL_dup_CA_list(SSL_get0_CA_list(pair.server));
    tell_names("copied", names);
    sk_X509_NAME_push(names, X509_NAME_dup(X509_get_subject_name(other)));
    copy = SSL_dup_CA_list(names);
    SSL_set_client_CA_list(pair.server, names);
    tell_names("of clients", SSL_get_client_CA_list(pair.server));
    SAME(SSL_add_client_CA, pair.server, other);
    tell_names("with another", SSL_get_client_CA_list(pair.server));
    tell_names("the SSL's still", SSL_get0_CA_list(pair.server));
    tell_ends("asks", &pair);
    tell_names("the client sees", SSL_get_client_CA_list(pair.client));
    tell_names("the peer's", SSL_get0_peer_CA_list(pair.client));
    tell_names("a client's own", SSL_get0_CA_list(pair.client));
    free_pair(&pair);

    pair = new_pair(cctx, sctx);
    SSL_set0_CA_list(pair.server, copy);
    SSL_set_client_CA_list(pair.server, NULL);
    tell_ends("asks with the other list", &pair);
    tell_names("the client sees", SSL_get_client_CA_list(pair.client));
    free_pair(&pair);
    copy = SSL_dup_CA_list(NULL);
    tell_names("of none", copy);
    sk_X509_NAME_pop_free(copy, X509_NAME_free);
    X509_free(ca);
    X509_free(other);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(names_from_files)
{
    char folder[] = "/tmp/further.XXXXXX";
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null(), *more;

    make_folder(folder);
    ERR_clear_error();
    outcome_errors("file: %d", SSL_add_file_cert_subjects_to_stack(names, fixture("ca.pem")));
    tell_names("file", names);
    outcome_errors("file again: %d", SSL_add_file_cert_subjects_to_stack(names, fixture("ca.pem")));
    tell_names("file again", names);
    outcome_errors("chain: %d", SSL_add_file_cert_subjects_to_stack(names, fixture("chained-chain.pem")));
    tell_names("chain", names);
    outcome_errors("a key: %d", SSL_add_file_cert_subjects_to_stack(names, fixture("server-p256-key.pem")));
    SAME(SSL_add_file_cert_subjects_to_stack, names, "/nowhere/ca.pem");
    tell_names("unchanged", names);
    sk_X509_NAME_pop_free(names, X509_NAME_free);

    names = sk_X509_NAME_new_null();
    outcome_errors("folder: %d", SSL_add_dir_cert_subjects_to_stack(names, folder));
    tell_names("folder", names);
    outcome("no folder: %d", SSL_add_dir_cert_subjects_to_stack(names, "/nowhere/at/all"));
    ERR_clear_error();
    outcome_errors("store: %d", SSL_add_store_cert_subjects_to_stack(names, fixture("other-ca.pem")));
    tell_names("store", names);
    outcome("no store: %d", SSL_add_store_cert_subjects_to_stack(names, "/nowhere/at/all"));
    ERR_clear_error();
    tell_names("unchanged", names);
    sk_X509_NAME_pop_free(names, X509_NAME_free);

    more = SSL_load_client_CA_file_ex(fixture("chained-chain.pem"), NULL, NULL);
    outcome_errors("client CAs");
    tell_names("client CAs", more);
    sk_X509_NAME_pop_free(more, X509_NAME_free);
    more = SSL_load_client_CA_file_ex("/nowhere/ca.pem", NULL, NULL);
    outcome_errors("no file");
    tell_names("no file", more);
    more = SSL_load_client_CA_file_ex(fixture("server-p256-key.pem"), NULL, NULL);
    outcome_errors("a key");
    tell_names("a key", more);
    remove_folder(folder);
}

/* Signature algorithms ------------------------------------------------------------ */

/* Whether the peer's list has it, since rustls offers less than OpenSSL by default. */
static void tell_algorithms(const char *what, SSL *ssl)
{
    int sign = 77, hash = 77, both = 77, number = SSL_get_sigalgs(ssl, -1, &sign, &hash, &both, NULL, NULL);
    unsigned char low = 77, high = 77;

    outcome("%s: peer's %d, untouched %d %d %d", what, number, sign, hash, both);
    for (int i = 0; i < number + 1; i++) {
        int answer = SSL_get_sigalgs(ssl, i, &sign, &hash, &both, &low, &high);

        outcome("%s: peer's %d of %d: %d %d %d %d %d", what, i, answer, sign, hash, both, low, high);
    }
    outcome("%s: without places %d", what, SSL_get_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL));
    number = SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
    outcome("%s: shared %d, %d, %d", what, number, SSL_get_shared_sigalgs(ssl, -1, NULL, NULL, NULL, NULL, NULL),
            SSL_get_shared_sigalgs(ssl, number, NULL, NULL, NULL, NULL, NULL));
    for (int i = 0; i < number; i++) {
        SSL_get_shared_sigalgs(ssl, i, &sign, &hash, &both, &low, &high);
        outcome("%s: shared %d: %d %d %d %d %d", what, i, sign, hash, both, low, high);
    }
    sign = 77, hash = 77;
    number = SSL_get_signature_type_nid(ssl, &sign);
    outcome("%s: signed %d %d", what, number, sign);
    number = SSL_get_peer_signature_type_nid(ssl, &hash);
    outcome("%s: the peer signed %d %d", what, number, hash);
    sign = 77, hash = 77;
    number = (int)SSL_get_signature_nid(ssl, &sign);
    outcome("%s: digest %d %d", what, number, sign);
    number = (int)SSL_get_peer_signature_nid(ssl, &hash);
    outcome("%s: the peer's digest %d %d", what, number, hash);
}

TEST_VERSIONS(signature_algorithms)
{
    static const char *const identities[] = { "server-p256", "server-rsa", "server-p384", "server-ed25519" };

    for (size_t i = 0; i < 4; i++) {
        for (int asks = 0; asks < 4; asks++) {
            SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
            X509_STORE *roots;
            struct pair pair;

            use_identity(sctx, identities[i]);
            SSL_CTX_set1_sigalgs_list(cctx, "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA-PSS+SHA256:ed25519:RSA+SHA256");
            SSL_CTX_set1_sigalgs_list(sctx, "RSA-PSS+SHA256:RSA-PSS+SHA384:ed25519:ECDSA+SHA384:ECDSA+SHA256");
            if (asks) {
                SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
                roots = SSL_CTX_get_cert_store(sctx);
                X509_STORE_load_file(roots, fixture("ca.pem"));
            }
            if (asks >= 2)
                use_identity(cctx, "client-rsa");
            if (asks == 3) {
                SSL_CTX_set1_client_sigalgs_list(sctx, "RSA+SHA512:RSA-PSS+SHA512:RSA-PSS+SHA256:ECDSA+SHA256");
                SSL_CTX_set1_client_sigalgs_list(cctx, "RSA-PSS+SHA512:RSA+SHA512:RSA-PSS+SHA256");
            }
            pair = new_pair(cctx, sctx);
            tell_algorithms("client before", pair.client);
            tell_algorithms("server before", pair.server);
            outcome("%s, %d", identities[i], asks);
            tell_ends("connection", &pair);
            tell_algorithms("client", pair.client);
            tell_algorithms("server", pair.server);
            free_pair(&pair);
            SSL_CTX_free(cctx);
            SSL_CTX_free(sctx);
        }
    }
}

static const char *chain_leaf;

static int try_chains(SSL *ssl, void *arg)
{
    static const char *const names[] = { "server-p256", "server-rsa", "server-p384", "server-p521", "server-ed25519",
                                         "chained", "client", "client-rsa", "expired" };
    X509 *middle = fixture_cert("intermediate"), *root = fixture_cert("ca");
    STACK_OF(X509) *chain = sk_X509_new_null(), *nobody = sk_X509_new_null();

    sk_X509_push(chain, middle);
    sk_X509_push(chain, root);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        X509 *x = fixture_cert(names[i]);
        EVP_PKEY *key = fixture_key(names[i]);

        ERR_clear_error();
        outcome_errors("%s %s: %x %x %x", (char *)arg, names[i], SSL_check_chain(ssl, x, key, NULL),
                       SSL_check_chain(ssl, x, key, nobody), SSL_check_chain(ssl, x, key, chain));
        outcome_errors("%s %s, without key %x", (char *)arg, names[i], SSL_check_chain(ssl, x, NULL, NULL));
        X509_free(x);
        EVP_PKEY_free(key);
    }
    outcome_errors("%s, without any %x", (char *)arg, SSL_check_chain(ssl, NULL, NULL, NULL));
    sk_X509_pop_free(chain, X509_free);
    sk_X509_free(nobody);
    return 1;
}

TEST_VERSIONS(chains_that_would_do)
{
    for (int strict = 0; strict < 2; strict++) {
        for (int lists = 0; lists < 3; lists++) {
            SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
            struct pair pair;

            if (lists == 0)
                SSL_CTX_set1_sigalgs_list(cctx, "ECDSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA256:RSA+SHA256");
            if (lists == 1)
                SSL_CTX_set1_sigalgs_list(cctx, "ECDSA+SHA256");
            if (lists == 2) {
                SSL_CTX_set1_sigalgs_list(cctx, "ECDSA+SHA256:ed25519:RSA-PSS+SHA384:ECDSA+SHA384");
                SSL_CTX_set1_sigalgs_list(sctx, "ed25519:ECDSA+SHA256:RSA+SHA512");
            }
            if (strict)
                SSL_CTX_set_cert_flags(sctx, SSL_CERT_FLAG_TLS_STRICT);
            if (strict)
                SSL_CTX_set_cert_flags(cctx, SSL_CERT_FLAG_TLS_STRICT);
            chain_leaf = strict ? "strict" : "lax";
            SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
            if (lists == 1)
                SSL_CTX_load_verify_file(sctx, fixture("ca.pem"));
            if (lists == 1)
                SSL_CTX_set_client_CA_list(sctx, SSL_load_client_CA_file(fixture("ca.pem")));
            SSL_CTX_set_cert_cb(sctx, try_chains, "server");
            SSL_CTX_set_cert_cb(cctx, try_chains, "client");
            outcome("%s, lists %d", chain_leaf, lists);
            pair = new_pair(cctx, sctx);
            try_chains(pair.server, "server before");
            try_chains(pair.client, "client before");
            tell_ends("connection", &pair);
            free_pair(&pair);
            SSL_CTX_free(cctx);
            SSL_CTX_free(sctx);
        }
    }
}

/* The rest -------------------------------------------------------------------------- */

static int tell_compression(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *methods = NULL;
    size_t len = SSL_client_hello_get0_compression_methods(ssl, &methods);

    (void)alert, (void)arg;
    outcome("compression methods %zu, %d", len, len > 0 ? methods[0] : -1);
    outcome("without a place %zu", SSL_client_hello_get0_compression_methods(ssl, NULL));
    return SSL_CLIENT_HELLO_SUCCESS;
}

TEST_VERSIONS(compression_methods_of_a_hello)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    const unsigned char *methods = NULL;
    struct pair pair;

    SSL_CTX_set_client_hello_cb(sctx, tell_compression, NULL);
    pair = new_pair(cctx, sctx);
    outcome("outside %zu", SSL_client_hello_get0_compression_methods(pair.server, &methods));
    tell_ends("connection", &pair);
    outcome("afterwards %zu", SSL_client_hello_get0_compression_methods(pair.server, &methods));
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int refuses(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    (void)ssl, (void)ctx, (void)bits, (void)nid, (void)other;
    return op != *(int *)ex;
}

/* What an SSL's own judge refuses is its own alone. */
TEST_VERSIONS(security_callback_of_an_ssl)
{
    static const int operations[] = { SSL_SECOP_EE_KEY, SSL_SECOP_VERSION, SSL_SECOP_CIPHER_SHARED,
                                      SSL_SECOP_CURVE_SHARED, SSL_SECOP_CURVE_CHECK, SSL_SECOP_CURVE_SUPPORTED, SSL_SECOP_SIGALG_SHARED,
                                      SSL_SECOP_SIGALG_CHECK, SSL_SECOP_PEER_EE_KEY, SSL_SECOP_TICKET, -1 };

    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
            SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
            struct pair pair = new_pair(cctx, sctx);
            SSL *judge = side ? pair.client : pair.server;
            int operation = operations[i];
            /* Of all its groups, a client is left without a handshake in another way. */
            int otherwise = side ? operation == SSL_SECOP_CURVE_SUPPORTED
                                 : operation == SSL_SECOP_CURVE_CHECK && version == TLS1_2_VERSION;

            SSL_set0_security_ex_data(judge, &operation);
            SSL_set_security_callback(judge, refuses);
            outcome("set %d, the context's is another: %d", SSL_get_security_callback(judge) == refuses,
                    SSL_CTX_get_security_callback(side ? cctx : sctx) != refuses);
            outcome("%s refuses %x", side ? "client" : "server", operation);
            if (!otherwise)
                tell_ends("judged", &pair);
            free_pair(&pair);
            ERR_clear_error();
            SSL_CTX_free(cctx);
            SSL_CTX_free(sctx);
        }
    }
}

static int refuses_x25519(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    (void)ssl, (void)ctx, (void)bits, (void)other;
    return op != *(int *)ex || nid != NID_X25519;
}

/* A server that is not to use the client's first group. */
TEST_VERSIONS(one_group_refused_by_a_server)
{
    static const int operations[] = { SSL_SECOP_CURVE_SHARED, SSL_SECOP_CURVE_CHECK, SSL_SECOP_CURVE_SUPPORTED };

    for (size_t i = 0; i < 3; i++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        int operation = operations[i];
        struct pair pair;

        SSL_CTX_set1_groups_list(cctx, "X25519:P-256:P-384");
        SSL_CTX_set1_groups_list(sctx, "P-384:X25519:P-256");
        pair = new_pair(cctx, sctx);
        SSL_set0_security_ex_data(pair.server, &operation);
        SSL_set_security_callback(pair.server, refuses_x25519);
        outcome("%x of X25519", operation);
        tell_ends("judged", &pair);
        outcome("shared %ld, first %ld, used %ld", SSL_get_shared_group(pair.server, -1),
                SSL_get_shared_group(pair.server, 0), SSL_get_negotiated_group(pair.client));
        free_pair(&pair);
        ERR_clear_error();
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

TEST(methods_of_tls12)
{
    SSL_CTX *cctx = SSL_CTX_new(TLSv1_2_client_method()), *sctx = SSL_CTX_new(TLSv1_2_server_method());
    SSL *client, *server;
    struct pair pair;

    SSL_CTX_load_verify_file(cctx, fixture("ca.pem"));
    use_identity(sctx, "server-p256");
    client = SSL_new(cctx), server = SSL_new(sctx);
    outcome("%s %s %d %d", SSL_get_version(client), SSL_get_version(server), SSL_is_dtls(client), SSL_is_dtls(server));
    outcome("server? %d %d", SSL_is_server(client), SSL_is_server(server));
    ERR_clear_error();
    outcome_errors("a server method connects: %d", SSL_connect(server));
    outcome_errors("a client method accepts: %d", SSL_accept(client));
    SSL_free(client);
    SSL_free(server);
    outcome_errors("maximum %ld", (long)SSL_CTX_set_max_proto_version(cctx, TLS1_3_VERSION));
    pair = new_pair(cctx, sctx);
    SSL_set_debug(pair.client, 1);
    SSL_set_debug(pair.server, 0);
    tell_ends("connection", &pair);
    outcome("%s", SSL_get_version(pair.client));
    outcome("methods %d %d", SSL_get_ssl_method(pair.client) == TLSv1_2_client_method(),
            SSL_get_ssl_method(pair.server) == TLSv1_2_server_method());
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(strings)
{
    SAME(ERR_load_SSL_strings, );
    outcome("%s", ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_NO_SHARED_CIPHER)));
    outcome("%s", ERR_lib_error_string(ERR_PACK(ERR_LIB_SSL, 0, 0)));
    outcome("%s", OSSL_default_cipher_list());
    outcome("%s", OSSL_default_ciphersuites());
    CHECK_PTR(OSSL_default_cipher_list(), OSSL_default_cipher_list());
    outcome("%d", sk_SSL_COMP_num(SSL_COMP_get_compression_methods()));
    if (on_tessera()) {
        CHECK_PTR(SSL_COMP_get0_name(NULL), NULL);
        CHECK_INT(SSL_COMP_get_id(NULL), -1);
    }
}

/* The module that reads the settings of TLS from a file is there, however often it is added. */
TEST(configuration_module)
{
    char path[] = "/tmp/further.XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    fputs("app = init\n[init]\nssl_conf = all\n[all]\nmine = settings\n[settings]\nMaxProtocol = TLSv1.2\n", file);
    fclose(file);
    SSL_add_ssl_module();
    SSL_add_ssl_module();
    ERR_clear_error();
    outcome_errors("loaded %d", CONF_modules_load_file(path, "app", 0));
    outcome_errors("configured %d", SSL_CTX_config(ctx, "mine"));
    outcome_errors("unknown %d", SSL_CTX_config(ctx, "yours"));
    outcome("maximum %lx", (long)SSL_CTX_get_max_proto_version(ctx));
    SSL_CTX_free(ctx);
    unlink(path);
}

TEST_VERSIONS(connecting_bio)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), status, read;
    SSL *ssl = NULL;
    char text[40];
    pid_t child;
    BIO *bio;

    REQUIRE(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        SSL *server = SSL_new(sctx);
        char byte = 0;

        SSL_set_fd(server, accept(listener, NULL, NULL));
        if (SSL_accept(server) != 1 || SSL_read(server, &byte, 1) != 1 || SSL_write(server, &byte, 1) != 1)
            _exit(1);
        SSL_shutdown(server);
        SSL_free(server);
        SSL_CTX_free(sctx);
        SSL_CTX_free(cctx);
        _exit(0);
    }
    bio = BIO_new_ssl_connect(cctx);
    REQUIRE(bio != NULL);
    outcome("%x %x %d", BIO_method_type(bio), BIO_method_type(BIO_next(bio)), BIO_next(BIO_next(bio)) == NULL);
    outcome("%d", (int)BIO_get_ssl(bio, &ssl));
    REQUIRE(ssl != NULL);
    SSL_set_mode(ssl, SSL_MODE_AUTO_RETRY);
    snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(address.sin_port));
    outcome("%d", (int)BIO_set_conn_hostname(bio, text));
    outcome("%s", BIO_get_conn_hostname(bio));
    outcome_errors("connected %d", (int)BIO_do_connect(bio));
    outcome("verified %ld", SSL_get_verify_result(ssl));
    outcome("%d", BIO_write(bio, "x", 1));
    read = BIO_read(bio, text, sizeof text);
    outcome("%d %c", read, text[0]);
    outcome_errors("end %d", BIO_read(bio, text, sizeof text));
    BIO_free_all(bio);
    waitpid(child, &status, 0);
    outcome("server %d", status);
    close(listener);

    /* Nobody listens any more. */
    bio = BIO_new_ssl_connect(cctx);
    snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(address.sin_port));
    BIO_set_conn_hostname(bio, text);
    outcome("refused %d %d", (int)BIO_do_connect(bio), BIO_should_retry(bio));
    ERR_clear_error();
    BIO_free_all(bio);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
