/*
 * What a peer was offered binds it: schemes of signatures, curves of certificates, key usages,
 * secure renegotiation. The peers here are stock libraries that were told of another offer.
 */
#include "peer.h"

enum { ALLOW_ALL = 100, STRICT = 200 };

static int allow_all(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *arg)
{
    (void)ssl, (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)arg;
    return 1;
}

/* `level` is a security level, or one of the above plus a level. */
static void set_level(SSL_CTX *ctx, int level)
{
    SSL_CTX_set_security_level(ctx, level % 100);
    if (level / 100 * 100 == ALLOW_ALL)
        SSL_CTX_set_security_callback(ctx, allow_all);
    if (level / 100 * 100 == STRICT)
        SSL_CTX_set_cert_flags(ctx, SSL_CERT_FLAG_TLS_STRICT);
}

static SSL_CTX *our_client(int version, const char *sigalgs, int level)
{
    SSL_CTX *ctx = new_client_ctx(version);

    if (sigalgs != NULL)
        REQUIRE(SSL_CTX_set1_sigalgs_list(ctx, sigalgs) == 1);
    set_level(ctx, level);
    return ctx;
}

static SSL_CTX *our_server(int version, const char *sigalgs, const char *client_sigalgs, int level)
{
    SSL_CTX *ctx = new_server_ctx(version);

    if (sigalgs != NULL)
        REQUIRE(SSL_CTX_set1_sigalgs_list(ctx, sigalgs) == 1);
    if (client_sigalgs != NULL)
        REQUIRE(SSL_CTX_set1_client_sigalgs_list(ctx, client_sigalgs) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    REQUIRE(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL) == 1);
    set_level(ctx, level);
    return ctx;
}

static int accept_anything(X509_STORE_CTX *store, void *arg)
{
    (void)store, (void)arg;
    return 1;
}

static int number_of(int version)
{
    return version == TLS1_2_VERSION ? 12 : 13;
}

/* Schemes ------------------------------------------------------------------ */

/* What we accept, and what the peer is told that we do. */
struct scheme_case {
    const char *sigalgs;
    const char *told;
    const char *identity; /* without the role's beginning */
};

static const struct scheme_case tls12_schemes[] = {
    { NULL, "", "p256" },
    { NULL, "0203", "p256" },
    { NULL, "0303", "p256" },
    { NULL, "0603", "p256" },
    { NULL, "0201", "rsa" },
    { NULL, "0301", "rsa" },
    { NULL, "0804", "rsa" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "", "p256" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0403", "p256" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0203", "p256" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0603", "p256" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0804", "rsa" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0805", "rsa" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0401", "rsa" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0201", "rsa" },
    { "ECDSA+SHA384:RSA+SHA256", "0401", "rsa" },
    { "ECDSA+SHA384:RSA+SHA256", "0804", "rsa" },
    { "ECDSA+SHA384:RSA+SHA256", "0501", "rsa" },
    { "ECDSA+SHA256", "0503", "p256" },
    { "ECDSA+SHA256:ECDSA+SHA1", "0203", "p256" },
};

static const struct scheme_case tls13_schemes[] = {
    { NULL, "", "p256" },
    { "ECDSA+SHA384:RSA-PSS+SHA256", "0403", "p256" },
    { "ECDSA+SHA256:RSA-PSS+SHA256", "0805", "rsa" },
    { "ECDSA+SHA256:RSA-PSS+SHA256", "0804", "rsa" },
    { "ECDSA+SHA256:RSA-PSS+SHA384", "0806", "rsa" },
    { "RSA-PSS+SHA256", "0403", "p256" },
    { "ECDSA+SHA256:RSA+SHA256", "0804", "rsa" },
};

static const int levels[] = { 0, 1, 3, ALLOW_ALL + 2, STRICT + 0 };

#define ALL_SCHEMES                                                                                                    \
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:"       \
    "ECDSA+SHA224:RSA+SHA224:ECDSA+SHA1:RSA+SHA1"

static void try_scheme(int version, const struct scheme_case *c, int level, int server)
{
    SSL_CTX *ctx = server ? our_server(version, NULL, c->sigalgs, level) : our_client(version, c->sigalgs, level);
    char words[600], label[200];

    snprintf(label, sizeof(label), "%s of TLS 1.%d at %d accepts %s, gets %s with %s", server ? "server" : "client",
             number_of(version) - 10, level, c->sigalgs != NULL ? c->sigalgs : "all", c->told, c->identity);
    snprintf(words, sizeof(words),
             "role=%s version=%d level=0 identity=%s%s%s%s sigalgs=" ALL_SCHEMES " client-sigalgs=" ALL_SCHEMES
             " ciphers=ECDHE+AESGCM",
             server ? "client" : "server", number_of(version), server ? "client" : "server-",
             server ? (strcmp(c->identity, "rsa") == 0 ? "-rsa" : "") : c->identity,
             c->told[0] != 0 ? " told-sigalgs=" : "", c->told);
    meet_once(label, ctx, words);
    SSL_CTX_free(ctx);
}

static void try_schemes(int version, int server)
{
    const struct scheme_case *cases = version == TLS1_2_VERSION ? tls12_schemes : tls13_schemes;
    size_t count = version == TLS1_2_VERSION ? sizeof(tls12_schemes) / sizeof(tls12_schemes[0])
                                             : sizeof(tls13_schemes) / sizeof(tls13_schemes[0]);

    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sizeof(levels) / sizeof(levels[0]); j++)
            /* rustls knows no server that signs with SHA-224. */
            if (server || (strcmp(cases[i].told, "0303") != 0 && strcmp(cases[i].told, "0301") != 0))
                try_scheme(version, &cases[i], levels[j], server);
}

TEST_VERSIONS(schemes_of_servers)
{
    try_schemes(version, 0);
}

TEST_VERSIONS(schemes_of_clients)
{
    try_schemes(version, 1);
}

/* Certificates ------------------------------------------------------------- */

static EVP_PKEY *key_of_kind(const char *kind)
{
    if (strcmp(kind, "rsa") == 0)
        return fixture_key("server-rsa");
    if (strcmp(kind, "ed25519") == 0 || strcmp(kind, "ed448") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, strcmp(kind, "ed448") == 0 ? "ED448" : "ED25519");
    return EVP_EC_gen(kind);
}

/* A certificate by the fixtures' CA for this key, with this key usage if there is one. */
static X509 *certify(EVP_PKEY *key, const char *usage)
{
    X509 *cert = X509_new(), *ca = fixture_cert("ca");
    EVP_PKEY *ca_key = fixture_key("ca");

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 4242);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 864000);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)"odd", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(ca));
    X509_set_pubkey(cert, key);
    if (usage != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, usage);

        REQUIRE(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    REQUIRE(X509_sign(cert, ca_key, EVP_sha256()) > 0);
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    return cert;
}

/* kind= and usage=: an identity that no fixture has. */
PEER_HOOK(odd_identity)
{
    char kind[50], usage[50];
    EVP_PKEY *key = key_of_kind(peer_value(words, "kind", kind, sizeof(kind)));
    X509 *cert = certify(key, peer_value(words, "usage", usage, sizeof(usage)));

    REQUIRE(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static const char *const curves[] = { "secp256k1", "P-224", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1",
                                      "prime192v1", "P-256", "P-384", "P-521" };
/* Their numbers; what a client offers first is another. */
static const char *const curve_codes[] = { "0016", "0015", "001a", "001b", "001c", "0013", "0017", "0018", "0019" };

static void try_curve(int version, int i, const char *groups, int verify, int server)
{
    SSL_CTX *ctx = server ? our_server(version, NULL, NULL, 1) : our_client(version, NULL, 1);
    char words[300], label[200];

    REQUIRE(SSL_CTX_set1_groups_list(ctx, groups) == 1);
    if (!server)
        SSL_CTX_set_verify(ctx, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    snprintf(label, sizeof(label), "%s of TLS 1.%d with %s, verifying %d, gets a key on %s", server ? "server" : "client",
             number_of(version) - 10, groups, verify, curves[i]);
    snprintf(words, sizeof(words),
             "role=%s version=%d level=0 hook=odd_identity kind=%s groups=X25519:P-256:%s ciphers=%s%s%s%s",
             server ? "client" : "server", number_of(version), curves[i],
             i >= 6 ? (i == 6 ? "X448" : curves[i]) : curves[i],
             server ? "ECDHE+AESGCM" : "ECDHE-ECDSA-AES128-GCM-SHA256", server ? "" : " told-groups=001d,",
             server ? "" : curve_codes[i], "");
    meet_once(label, ctx, words);
    SSL_CTX_free(ctx);
}

static void try_curves(int version, int server)
{
    for (int i = 0; i < 9; i++) {
        try_curve(version, i, "X25519:P-256", 1, server);
        if (!server)
            try_curve(version, i, "X25519:P-256", 0, server);
        try_curve(version, i, "X25519", 1, server);
    }
}

TEST_VERSIONS(curves_of_servers)
{
    try_curves(version, 0);
}

TEST_VERSIONS(curves_of_clients)
{
    try_curves(version, 1);
}

/* Groups ------------------------------------------------------------------- */

/* The server is told of other groups than its client has. */
TEST_VERSIONS(groups_never_offered)
{
    static const char *const offers[] = { "X25519", "P-256", "P-256:X25519", "P-384:P-521" };
    static const char *const told[] = { "0017", "0018", "0019", "001d", "0018,001d", "001e" };

    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 6; j++) {
            SSL_CTX *ctx = our_client(version, NULL, 1);
            char words[200], label[200];

            REQUIRE(SSL_CTX_set1_groups_list(ctx, offers[i]) == 1);
            snprintf(label, sizeof(label), "client of TLS 1.%d offers %s, the server uses %s", number_of(version) - 10,
                     offers[i], told[j]);
            snprintf(words, sizeof(words), "role=server version=%d identity=server-rsa told-groups=%s",
                     number_of(version), told[j]);
            meet_once(label, ctx, words);
            SSL_CTX_free(ctx);
        }
}

/* Suite B binds suites, curves and schemes to each other. */
static void try_suite_b(int version, const char *suite_b, const char *kind, const char *told, const char *suite, int server)
{
    SSL_CTX *ctx = server ? our_server(version, NULL, NULL, 1) : our_client(version, NULL, 1);
    char words[300], label[200], list[50];

    if (server)
        use_identity(ctx, "server-p384");
    snprintf(list, sizeof(list), "%s", suite_b);
    REQUIRE(SSL_CTX_set_cipher_list(ctx, list) == 1);
    SSL_CTX_set_cert_verify_callback(ctx, accept_anything, NULL);
    snprintf(label, sizeof(label), "%s of TLS 1.%d with %s gets %s with %s in %s", server ? "server" : "client",
             number_of(version) - 10, suite_b, kind, told, suite);
    snprintf(words, sizeof(words), "role=%s version=%d level=0 hook=odd_identity kind=%s ciphers=%s told-sigalgs=%s",
             server ? "client" : "server", number_of(version), kind, suite, told);
    meet_once(label, ctx, words);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(suite_b)
{
    static const char *const levels_of_it[] = { "SUITEB128", "SUITEB128ONLY", "SUITEB192" };
    static const char *const its_kinds[] = { "P-256", "P-384", "P-521", "rsa", "ed25519" };
    static const char *const schemes[] = { "0403", "0503", "0804,0807" };
    static const char *const suites[] = { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384" };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 5; j++)
            for (int k = 0; k < 3; k++)
                for (int server = 0; server < 2; server++)
                    try_suite_b(version, levels_of_it[i], its_kinds[j], schemes[k], suites[(i + k) % 2], server);
}

/* The server goes on with its own suite, whose certificates are of another kind. */
TEST_TLS12(certificates_of_another_kind)
{
    static const char *const its_kinds[] = { "P-256", "rsa", "ed25519" };
    static const char *const suites[] = { "c02b", "c02f" };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++) {
            SSL_CTX *ctx = our_client(TLS1_2_VERSION, NULL, 1);
            char words[200], label[100];

            REQUIRE(SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256") == 1);
            REQUIRE(SSL_CTX_add_custom_ext(ctx, 0xfafb, SSL_EXT_CLIENT_HELLO, NULL, NULL, NULL, NULL, NULL) == 1);
            snprintf(label, sizeof(label), "%s in a suite that is said to be %s", its_kinds[i], suites[j]);
            snprintf(words, sizeof(words), "role=server version=12 hook=odd_identity kind=%s says-suite=%s", its_kinds[i],
                     suites[j]);
            meet_once(label, ctx, words);
            SSL_CTX_free(ctx);
        }
}

/* Key usages --------------------------------------------------------------- */

static X509 *swapped;

/* The suite is chosen by now; the certificate is not sent. */
static int swap_certificate(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                            unsigned int inlen, void *arg)
{
    (void)out, (void)outlen, (void)in, (void)inlen, (void)arg;
    REQUIRE(SSL_use_certificate(ssl, swapped) == 1);
    return SSL_TLSEXT_ERR_NOACK;
}

/* An identity that may sign; what is shown is one with usage= for the same key. */
PEER_HOOK(swapped_identity)
{
    char kind[50], usage[50];
    EVP_PKEY *key = key_of_kind(peer_value(words, "kind", kind, sizeof(kind)));
    X509 *cert = certify(key, NULL);

    swapped = certify(key, peer_value(words, "usage", usage, sizeof(usage)));
    REQUIRE(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    SSL_CTX_set_alpn_select_cb(ctx, swap_certificate, NULL);
    X509_free(cert);
    EVP_PKEY_free(key);
}

enum verification { NONE, PEER, OVERRIDDEN, ANY_PURPOSE, VERIFICATIONS };

static void set_verification(SSL_CTX *ctx, enum verification how)
{
    if (how == NONE)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
    if (how == OVERRIDDEN)
        SSL_CTX_set_cert_verify_callback(ctx, accept_anything, NULL);
    if (how == ANY_PURPOSE)
        REQUIRE(X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(ctx), X509_PURPOSE_ANY) == 1);
}

static const char *const kinds[] = { "P-256", "ed25519", "ed448", "rsa" };
static const char *const usages[] = { "digitalSignature", "keyAgreement", "keyCertSign", "digitalSignature,keyAgreement" };

static void try_usage(int version, const char *kind, const char *usage, enum verification how, int server)
{
    SSL_CTX *ctx = server ? our_server(version, NULL, NULL, 2) : our_client(version, NULL, 2);
    char words[300], label[200];

    if (!server || how != NONE)
        set_verification(ctx, how);
    if (!server)
        SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x01x", 2);
    snprintf(label, sizeof(label), "%s of TLS 1.%d verifying %d gets %s for %s", server ? "server" : "client",
             number_of(version) - 10, how, kind, usage);
    snprintf(words, sizeof(words), "role=%s version=%d hook=%s kind=%s usage=%s", server ? "client" : "server",
             number_of(version), server ? "odd_identity" : "swapped_identity", kind, usage);
    meet_once(label, ctx, words);
    SSL_CTX_free(ctx);
}

static void try_usages(int version, int server)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t j = 0; j < sizeof(usages) / sizeof(usages[0]); j++)
            for (int how = NONE; how < VERIFICATIONS; how++)
                try_usage(version, kinds[i], usages[j], how, server);
}

TEST_VERSIONS(key_usages_of_servers)
{
    try_usages(version, 0);
}

TEST_VERSIONS(key_usages_of_clients)
{
    try_usages(version, 1);
}

/* Our own certificate, which a stock client would be content with. */
TEST_VERSIONS(our_own_key_usage)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (size_t j = 0; j < sizeof(usages) / sizeof(usages[0]); j++) {
            SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
            EVP_PKEY *key = key_of_kind(kinds[i]);
            X509 *cert = certify(key, usages[j]);
            char words[100], label[100];

            REQUIRE(SSL_CTX_set_max_proto_version(ctx, version) == 1);
            REQUIRE(SSL_CTX_use_certificate(ctx, cert) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
            snprintf(label, sizeof(label), "our %s for %s", kinds[i], usages[j]);
            snprintf(words, sizeof(words), "role=client version=%d verify=0", number_of(version));
            meet_once(label, ctx, words);
            X509_free(cert);
            EVP_PKEY_free(key);
            SSL_CTX_free(ctx);
        }
}

/* Secure renegotiation ----------------------------------------------------- */

static void try_legacy_server(int version, unsigned long options, const char *without, int connections)
{
    SSL_CTX *ctx = new_client_ctx(version);
    SSL_SESSION *session = NULL;
    struct peer peer;
    char words[200], label[200];

    SSL_CTX_set_options(ctx, options);
    snprintf(words, sizeof(words), "role=server version=%d connections=%d told-without=%s", number_of(version), connections,
             without);
    peer = start_peer(words);
    for (int i = 0; i < connections; i++) {
        SSL *ssl = SSL_new(ctx);
        struct met met;

        SSL_set_connect_state(ssl);
        if (session != NULL)
            REQUIRE(SSL_set_session(ssl, session) == 1);
        /* The second connection is refused what the first was allowed. */
        if (i == 2)
            SSL_clear_options(ssl, options);
        met = meet(&peer, ssl);
        snprintf(label, sizeof(label), "client of TLS 1.%d with options %lx, %d, server without %s",
                 number_of(version) - 10, options, i, without);
        note_met(label, &met);
        SSL_SESSION_free(session);
        session = met.ours.ret == 1 ? SSL_get1_session(ssl) : NULL;
        SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        outcome("cleared: %d", SSL_clear(ssl));
        outcome("secure %ld", SSL_get_secure_renegotiation_support(ssl));
        SSL_free(ssl);
    }
    SSL_SESSION_free(session);
    end_peer(&peer);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(servers_without_secure_renegotiation)
{
    static const unsigned long options[] = { 0, SSL_OP_LEGACY_SERVER_CONNECT, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION,
                                             SSL_OP_NO_RENEGOTIATION,
                                             SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION };

    /* Binders are made over what is sent, the SCSV with it. */
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        try_legacy_server(version, options[i], "fafa", 3);
        try_legacy_server(version, options[i], "00ff,ff01", version == TLS1_2_VERSION ? 3 : 1);
    }
}

static void try_legacy_client(int version, unsigned long options, const char *without)
{
    SSL_CTX *ctx = new_server_ctx(version);
    struct peer peer;
    char words[200], label[200];

    SSL_CTX_set_options(ctx, options);
    snprintf(words, sizeof(words), "role=client version=%d connections=2 says-without=%s%s", number_of(version), without,
             options & SSL_OP_LEGACY_SERVER_CONNECT ? " hook=legacy_client" : "");
    peer = start_peer(words);
    for (int i = 0; i < 2; i++) {
        SSL *ssl = SSL_new(ctx);
        struct met met;

        SSL_set_accept_state(ssl);
        met = meet(&peer, ssl);
        snprintf(label, sizeof(label), "server of TLS 1.%d with options %lx, %d, client without %s",
                 number_of(version) - 10, options, i, without);
        note_met(label, &met);
        SSL_free(ssl);
    }
    end_peer(&peer);
    SSL_CTX_free(ctx);
}

PEER_HOOK(legacy_client)
{
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
}

TEST_VERSIONS(clients_without_secure_renegotiation)
{
    static const unsigned long options[] = { 0, SSL_OP_LEGACY_SERVER_CONNECT, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        try_legacy_client(version, options[i], "fafa");
        try_legacy_client(version, options[i], "00ff");
    }
}

/* Hellos without signature_algorithms -------------------------------------- */

static const unsigned char psk[48] = "a key that both ends have known before they met";
static const unsigned char psk_suite[2] = { 0x13, 0x02 };

static SSL_SESSION *psk_session(SSL *ssl)
{
    SSL_SESSION *session = SSL_SESSION_new();

    REQUIRE(SSL_SESSION_set1_master_key(session, psk, sizeof(psk)) == 1);
    REQUIRE(SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, psk_suite)) == 1);
    REQUIRE(SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1);
    return session;
}

static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    (void)md;
    peer_edit_outgoing();
    *id = (const unsigned char *)"someone";
    *len = 7;
    *session = psk_session(ssl);
    return 1;
}

static int find_psk(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
    *session = len == 7 && memcmp(id, "someone", 7) == 0 ? psk_session(ssl) : NULL;
    return 1;
}

/* A hello of several records. */
static void send_in_pieces(SSL_CTX *ctx, const char *words)
{
    static unsigned char protocols[1500];

    if (peer_number(words, "small", 0) == 0)
        return;
    memset(protocols, 2, sizeof(protocols));
    REQUIRE(SSL_CTX_set_alpn_protos(ctx, protocols, sizeof(protocols)) == 0);
    REQUIRE(SSL_CTX_set_max_send_fragment(ctx, 512) == 1);
}

PEER_HOOK(external_psk)
{
    send_in_pieces(ctx, words);
    SSL_CTX_set_psk_use_session_callback(ctx, use_psk);
}

static void try_hello(const char *without, int version, int level, int known, const char *more)
{
    SSL_CTX *ctx = new_server_ctx(version);
    struct peer peer;
    char words[200], label[200];

    SSL_CTX_set_security_level(ctx, level);
    if (known)
        SSL_CTX_set_psk_find_session_callback(ctx, find_psk);
    snprintf(words, sizeof(words), "role=client level=0 connections=3 says-without=%s%s", without, more);
    peer = start_peer(words);
    for (int i = 0; i < 3; i++) {
        SSL *ssl = SSL_new(ctx);
        struct met met;

        /* A second hello, too. */
        if (i == 2)
            REQUIRE(SSL_set1_groups_list(ssl, "P-384") == 1);
        SSL_set_accept_state(ssl);
        met = meet(&peer, ssl);
        snprintf(label, sizeof(label), "hello without %s to TLS 1.%d at %d, known %d%s, %d", without,
                 number_of(version) - 10, level, known, more, i);
        note_met(label, &met);
        SSL_free(ssl);
    }
    end_peer(&peer);
    SSL_CTX_free(ctx);
}

/* The first connection of a client resumes nothing, so it is sent whole, and the others resume. */
static int connections_made;

static int use_nothing_at_first(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    (void)ssl, (void)md, (void)id, (void)len;
    if (connections_made++ > 0)
        peer_edit_outgoing();
    *session = NULL;
    return 1;
}

PEER_HOOK(whole_at_first)
{
    send_in_pieces(ctx, words);
    SSL_CTX_set_psk_use_session_callback(ctx, use_nothing_at_first);
}

TEST_VERSIONS(hellos_without_signature_algorithms)
{
    static const char *const more[] = { "", " groups=P-384:X25519", " groups=P-384 small=1" };

    for (int level = 0; level < 3; level += 2)
        for (int i = 0; i < 3; i++) {
            char words[100];

            snprintf(words, sizeof(words), "%s hook=external_psk", more[i]);
            try_hello("fafa", version, level, 1, words);
            try_hello("000d", version, level, 1, words);
            try_hello("000d", version, level, 0, words);
            try_hello("000d", version, level, 0, more[i]);
            snprintf(words, sizeof(words), "%s hook=whole_at_first", more[i]);
            try_hello("000d", version, level, 0, words);
            try_hello("000d", version, level, 1, words);
        }
}
