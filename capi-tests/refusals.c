/*
 * What a connection or a call is refused for (abi/checks.tsv), where it takes more than one place
 * of a message that is changed: certificates with other keys, early data, external keys, what
 * the program has set. How both ends then fail is a line that must be the stock library's.
 */
#include "peer.h"
#include "relay.h"

#include <openssl/dsa.h>
#include <sys/stat.h>
#include <unistd.h>

/* The scene ------------------------------------------------------------------- */

struct scene {
    SSL_CTX *ctx[2];
    SSL *ssl[2];
    struct relay *relay;
    int over[2], done[2];
    char alerts[2][100];
    const char *label;
    int no_reasons; /* Tessera sees the same fault, at another moment */
};

static struct scene scene;

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *alert = data;
    char *text = scene.alerts[ssl == scene.ssl[SERVER]];

    (void)version, (void)arg;
    if (type == SSL3_RT_ALERT && len == 2)
        snprintf(text + strlen(text), 100 - strlen(text), " %s %d/%d", sent ? "sent" : "received", alert[0], alert[1]);
}

static void set_up(int version, const struct rule *rules, size_t count, const char *label)
{
    memset(&scene, 0, sizeof(scene));
    scene.label = label;
    scene.relay = new_relay(version, rules, count);
    scene.ctx[CLIENT] = new_client_ctx(version), scene.ctx[SERVER] = new_server_ctx(version);
    for (int i = 0; i < 2; i++) {
        use_relay_ciphers(scene.ctx[i]);
        SSL_CTX_set1_groups_list(scene.ctx[i], "P-256:P-384");
        SSL_CTX_set_keylog_callback(scene.ctx[i], log_secret);
        SSL_CTX_set_options(scene.ctx[i], SSL_OP_NO_RENEGOTIATION);
    }
}

static void start(void)
{
    for (int i = 0; i < 2; i++) {
        SSL_CTX_set_msg_callback(scene.ctx[i], note_alert);
        scene.ssl[i] = SSL_new(scene.ctx[i]);
    }
    attach(scene.relay, scene.ssl[CLIENT], scene.ssl[SERVER]);
    SSL_set_connect_state(scene.ssl[CLIENT]);
    SSL_set_accept_state(scene.ssl[SERVER]);
}

/* What one call came to, unless it only waits. */
static void say(enum side side, int ret)
{
    int error = SSL_get_error(scene.ssl[side], ret);

    if (ret <= 0 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_X509_LOOKUP) {
        scene.over[side] = 1;
        if (scene.no_reasons)
            ERR_clear_error();
        outcome_errors("%s, %x: %s %d/%d%s", scene.label, (unsigned)scene.relay->version,
                       side == CLIENT ? "client" : "server", ret, error, scene.alerts[side]);
    }
    ERR_clear_error();
}

/* Both ends, for as long as both go on; how often each got through. */
static void play(void)
{
    char byte;

    for (int i = 0; i < 14; i++) {
        enum side side = i % 2 == 0 ? CLIENT : SERVER;
        int ret;

        if (scene.over[side])
            continue;
        ERR_clear_error();
        ret = scene.done[side] ? SSL_read(scene.ssl[side], &byte, 1) : SSL_do_handshake(scene.ssl[side]);
        if (ret == 1)
            scene.done[side] = 1;
        relay_from(scene.relay, side);
        say(side, ret);
    }
    outcome("%s, %x: done %d %d", scene.label, (unsigned)scene.relay->version, scene.done[CLIENT], scene.done[SERVER]);
}

static void tear_down(void)
{
    logging = NULL;
    for (int i = 0; i < 2; i++) {
        SSL_free(scene.ssl[i]);
        SSL_CTX_free(scene.ctx[i]);
    }
    free(scene.relay);
}

static int accept_anything(X509_STORE_CTX *store, void *arg)
{
    (void)store, (void)arg;
    return 1;
}

static void ask_client(void)
{
    use_identity(scene.ctx[CLIENT], "client");
    SSL_CTX_set_verify(scene.ctx[SERVER], SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(scene.ctx[SERVER], accept_anything, NULL);
}

/* Certificates with other keys --------------------------------------------------- */

static EVP_PKEY *dsa_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL);
    EVP_PKEY *params = NULL, *key = NULL;

    REQUIRE(EVP_PKEY_paramgen_init(ctx) == 1 && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 1024) == 1);
    REQUIRE(EVP_PKEY_paramgen(ctx, &params) == 1);
    EVP_PKEY_CTX_free(ctx);
    ctx = EVP_PKEY_CTX_new(params, NULL);
    REQUIRE(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_keygen(ctx, &key) == 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    return key;
}

static X509 *certify(EVP_PKEY *key, EVP_PKEY *by, const char *issuer, const char *subject, const char *constraints)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_NAME_new();

    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 4343);
    X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
    X509_gmtime_adj(X509_getm_notAfter(cert), 864000);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)issuer, -1, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_NAME_free(name);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, (const unsigned char *)subject, -1, -1, 0);
    X509_set_pubkey(cert, key);
    if (constraints != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, constraints);

        REQUIRE(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
        X509_EXTENSION_free(extension);
    }
    REQUIRE(X509_sign(cert, by, EVP_sha256()) > 0);
    return cert;
}

static unsigned char *other;
static int other_len;

/* The message with the other certificate alone. */
static size_t show_other(unsigned char *message, size_t len)
{
    int tls13 = scene.relay->version == TLS1_3_VERSION;
    size_t at = tls13 ? 5 : 4;

    (void)len;
    put_number(message + at, (uint64_t)other_len + 3 + (tls13 ? 2 : 0), 3);
    put_number(message + at + 3, (uint64_t)other_len, 3);
    memcpy(message + at + 6, other, (size_t)other_len);
    at += 6 + (size_t)other_len;
    if (tls13)
        put_number(message + at, 0, 2), at += 2;
    put_number(message + 1, at - 4, 3);
    return at;
}

/* The key of the certificate is a point that is not on its curve. */
static void spoil_point(void)
{
    for (int i = 0; i + 5 < other_len; i++)
        if (memcmp(other + i, "\x03\x42\x00\x04", 4) == 0) {
            other[i + 10] ^= 0x55;
            return;
        }
    REQUIRE(0);
}

static void try_key(int version, enum side from, EVP_PKEY *key, int spoiled, const char *label)
{
    struct rule rule = { from, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, EDIT, .edit = show_other };
    EVP_PKEY *ca = fixture_key("ca");
    X509 *cert = certify(key, ca, "any", "odd", NULL);

    other = NULL;
    other_len = i2d_X509(cert, &other);
    REQUIRE(other_len > 0);
    if (spoiled)
        spoil_point();
    set_up(version, &rule, 1, label);
    SSL_CTX_set_verify(scene.ctx[CLIENT], SSL_VERIFY_NONE, NULL);
    if (from == CLIENT)
        ask_client();
    start();
    play();
    CHECK(scene.over[!from]);
    tear_down();
    OPENSSL_free(other);
    X509_free(cert);
    EVP_PKEY_free(ca);
    EVP_PKEY_free(key);
}

TEST_VERSIONS(keys_that_cannot_sign)
{
    try_key(version, SERVER, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), 0, "server's key on X25519");
    try_key(version, CLIENT, EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), 0, "client's key on X25519");
    try_key(version, SERVER, dsa_key(), 0, "server's DSA key");
    try_key(version, CLIENT, dsa_key(), 0, "client's DSA key");
    try_key(version, SERVER, EVP_EC_gen("P-256"), 1, "server's key is no point");
    try_key(version, CLIENT, EVP_EC_gen("P-256"), 1, "client's key is no point");
}

/* Schemes ------------------------------------------------------------------------- */

/* A scheme for keys of RSASSA-PSS, where the key is RSA's. */
TEST_VERSIONS(schemes_of_another_kind_of_key)
{
    int tls13 = version == TLS1_3_VERSION;
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE,
                         tls13 ? SSL3_MT_CERTIFICATE_VERIFY : SSL3_MT_SERVER_KEY_EXCHANGE, PUT, tls13 ? 4 : 4 + 69,
                         BYTES("\x08\x09"), NULL };
    struct rule of_client = { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE_VERIFY, PUT, 4, BYTES("\x08\x09"), NULL };

    set_up(version, &rule, 1, "the server's scheme is for another kind of key");
    use_identity(scene.ctx[SERVER], "server-rsa");
    SSL_CTX_set_cipher_list(scene.ctx[CLIENT], "ECDHE-RSA-AES128-GCM-SHA256");
    SSL_CTX_set1_sigalgs_list(scene.ctx[SERVER], "RSA-PSS+SHA256");
    start();
    play();
    CHECK(scene.over[CLIENT]);
    tear_down();

    set_up(version, &of_client, 1, "the client's scheme is for another kind of key");
    ask_client();
    use_identity(scene.ctx[CLIENT], "client-rsa");
    start();
    play();
    CHECK(scene.over[SERVER]);
    tear_down();
}

/* Suite B has no SHA-1. */
TEST_TLS12(schemes_outside_suite_b)
{
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_SERVER_KEY_EXCHANGE, PUT, 4 + 69, BYTES("\x02\x03"), NULL };

    set_up(version, &rule, 1, "SHA-1 in Suite B");
    REQUIRE(SSL_CTX_set_cipher_list(scene.ctx[CLIENT], "SUITEB128") == 1);
    SSL_CTX_set_cert_verify_callback(scene.ctx[CLIENT], accept_anything, NULL);
    start();
    play();
    CHECK(scene.over[CLIENT]);
    tear_down();
}

static size_t without_schemes(unsigned char *message, size_t len)
{
    size_t at = 39 + message[38];

    at += 2 + ((size_t)message[at] << 8 | message[at + 1]);
    at += 1 + message[at] + 2;
    for (; at + 4 <= len; at += 4 + ((size_t)message[at + 2] << 8 | message[at + 3]))
        if (message[at] == 0 && message[at + 1] == 13)
            message[at] = 0xfa;
    return len;
}

static int raise_level(SSL *ssl, void *arg)
{
    (void)arg;
    SSL_set_security_level(ssl, 2);
    return 1;
}

/* What goes without saying is SHA-1, which the program rules out when the suites are compared already. */
TEST_TLS12(schemes_that_go_without_saying)
{
    for (int level = 0; level < 2; level++) {
        struct rule rule = { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CLIENT_HELLO, EDIT, .edit = without_schemes };

        set_up(version, &rule, 1, level ? "the level is raised" : "the level stays");
        SSL_CTX_set_security_level(scene.ctx[SERVER], 0);
        if (level)
            SSL_CTX_set_cert_cb(scene.ctx[SERVER], raise_level, NULL);
        /* The certificate is held unfit before the suites are compared. */
        scene.no_reasons = level;
        start();
        play();
        tear_down();
    }
}

/* What a client cannot offer ---------------------------------------------------- */

static void connect_alone(SSL_CTX *ctx, const char *label)
{
    SSL *ssl = SSL_new(ctx);
    int ret;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    ERR_clear_error();
    ret = SSL_connect(ssl);
    outcome_errors("%s: %d/%d", label, ret, SSL_get_error(ssl, ret));
    SSL_free(ssl);
}

TEST_VERSIONS(no_group_to_offer)
{
    static const char *const lists[] = { "P-256", "P-384", "P-256:P-384" };

    for (int both = 0; both < 2; both++)
        for (int level = 1; level < 6; level += 4)
            for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
                SSL_CTX *ctx = new_client_ctx(both ? 0 : version);
                char label[80];

                /* Without groups stock offers static RSA. */
                if (!both && version == TLS1_2_VERSION) {
                    SSL_CTX_free(ctx);
                    continue;
                }
                if (both && version == TLS1_2_VERSION)
                    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
                SSL_CTX_set_security_level(ctx, level);
                REQUIRE(SSL_CTX_set1_groups_list(ctx, lists[i]) == 1);
                sprintf(label, "groups %s at level %d, %x, %d", lists[i], level, (unsigned)version, both);
                connect_alone(ctx, label);
                SSL_CTX_free(ctx);
            }
}

TEST_VERSIONS(no_scheme_to_offer)
{
    static const char *const lists[] = { "RSA+SHA256", "ECDSA+SHA256", "ECDSA+SHA384:RSA+SHA512" };

    for (int both = 0; both < 2; both++)
        for (int level = 1; level < 6; level++)
            for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
                SSL_CTX *ctx = new_client_ctx(both ? 0 : version);
                char label[80];

                SSL_CTX_set_security_level(ctx, level);
                REQUIRE(SSL_CTX_set1_sigalgs_list(ctx, lists[i]) == 1);
                sprintf(label, "schemes %s at level %d, %x, %d", lists[i], level, (unsigned)version, both);
                connect_alone(ctx, label);
                SSL_CTX_free(ctx);
            }
}

/* External keys ------------------------------------------------------------------- */

static int use_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    static const unsigned char key[48] = "a key that only the client has, and no server.";

    (void)md;
    *id = (const unsigned char *)"someone";
    *len = 7;
    *session = SSL_SESSION_new();
    REQUIRE(SSL_SESSION_set1_master_key(*session, key, sizeof(key)) == 1);
    REQUIRE(SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, (const unsigned char *)"\x13\x02")) == 1);
    REQUIRE(SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION) == 1);
    return 1;
}

/* The same, where the key is left out if its hash is not the suite's. */
static int use_fitting_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    *session = NULL;
    return md != NULL && EVP_MD_get_type(md) != NID_sha384 ? 1 : use_psk(ssl, md, id, len, session);
}

TEST_TLS13(a_retry_with_another_hash)
{
    static const SSL_psk_use_session_cb_func functions[] = { use_psk, use_fitting_psk };

    for (int i = 0; i < 2; i++) {
        SSL_CTX *ctx = new_client_ctx(version);

        SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
        SSL_CTX_set1_groups_list(ctx, "P-256:P-384");
        SSL_CTX_set_psk_use_session_callback(ctx, functions[i]);
        CHECK_INT(meet_once(i ? "retry with SHA-256, the key is left out" : "key of SHA-384, retry with SHA-256", ctx,
                            "role=server version=13 groups=P-384"), i);
        SSL_CTX_free(ctx);
    }
}

PEER_HOOK(fitting_psk)
{
    SSL_CTX_set_psk_use_session_callback(ctx, use_fitting_psk);
}

/* The client's second hello is without the key of its first. */
TEST_TLS13(a_key_left_out_after_a_retry)
{
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(ctx, "P-384");
    CHECK(meet_once("the client leaves its key out", ctx, "role=client version=13 groups=P-256:P-384 hook=fitting_psk"));
    SSL_CTX_free(ctx);
}

static int use_strange_psk(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, (const unsigned char *)"\xc1\x02");

    REQUIRE(cipher != NULL && use_psk(ssl, md, id, len, session) == 1);
    REQUIRE(SSL_SESSION_set_cipher(*session, cipher) == 1);
    return 1;
}

/* A suite whose hash libcrypto has not. */
TEST_TLS13(a_key_of_no_hash)
{
    SSL_CTX *ctx = new_client_ctx(version);

    SSL_CTX_set_psk_use_session_callback(ctx, use_strange_psk);
    connect_alone(ctx, "external key of a hash that there is not");
    SSL_CTX_free(ctx);
}

/* Early data ----------------------------------------------------------------------- */

static const char *protocol;

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                           unsigned int inlen, void *arg)
{
    (void)ssl, (void)in, (void)inlen, (void)arg;
    if (protocol == NULL)
        return SSL_TLSEXT_ERR_NOACK;
    *out = (const unsigned char *)protocol;
    *outlen = 1;
    return SSL_TLSEXT_ERR_OK;
}

static size_t extend(unsigned char *message, size_t len, const char *extension, size_t size)
{
    memcpy(message + len, extension, size);
    len += size;
    put_number(message + 1, len - 4, 3);
    put_number(message + 4, len - 6, 2);
    return len;
}

static size_t fill_early_data(unsigned char *message, size_t len)
{
    for (size_t at = 6; at < len; at += 4 + ((size_t)message[at + 2] << 8 | message[at + 3]))
        if (message[at] == 0 && message[at + 1] == 42) {
            memmove(message + at, message + at + 4, len - at - 4);
            return extend(message, len - 4, "\x00\x2a\x00\x01\x00", 5);
        }
    return len;
}

static size_t add_protocol(unsigned char *message, size_t len)
{
    return extend(message, len, "\x00\x10\x00\x04\x00\x02\x01x", 8);
}

static SSL_SESSION *early_session(void)
{
    SSL_SESSION *session;

    SSL_CTX_set_max_early_data(scene.ctx[SERVER], 16384);
    SSL_CTX_set_options(scene.ctx[SERVER], SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_alpn_select_cb(scene.ctx[SERVER], choose_protocol, NULL);
    SSL_CTX_set_alpn_protos(scene.ctx[CLIENT], (const unsigned char *)"\x01x", 2);
    logging = NULL;
    session = obtain_session(scene.ctx[CLIENT], scene.ctx[SERVER]);
    logging = scene.relay;
    return session;
}

/* The client's hello and a byte of early data, which the server reads if `reads`. */
static void send_early(SSL_SESSION *session, int reads)
{
    size_t n;
    char byte;

    start();
    REQUIRE(SSL_set_session(scene.ssl[CLIENT], session) == 1);
    ERR_clear_error();
    say(CLIENT, SSL_write_early_data(scene.ssl[CLIENT], "x", 1, &n));
    relay_from(scene.relay, CLIENT);
    if (!scene.over[CLIENT] && reads)
        outcome("%s: early %d", scene.label, SSL_read_early_data(scene.ssl[SERVER], &byte, 1, &n));
    ERR_clear_error();
    SSL_SESSION_free(session);
}

TEST_TLS13(early_data_that_should_not_be_accepted)
{
    static const struct {
        const char *label;
        size_t (*edit)(unsigned char *message, size_t len);
    } edits[] = {
        { "early_data is not empty", fill_early_data },
        { "another protocol than early data's", add_protocol },
    };

    for (int i = 0; i < 2; i++) {
        struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_ENCRYPTED_EXTENSIONS, EDIT, .edit = edits[i].edit };

        protocol = NULL;
        set_up(version, &rule, 1, edits[i].label);
        send_early(early_session(), 1);
        relay_from(scene.relay, SERVER);
        play();
        CHECK(scene.over[CLIENT]);
        tear_down();
    }
}

TEST_TLS13(early_data_for_another_protocol)
{
    SSL_SESSION *session;

    protocol = "x";
    set_up(version, NULL, 0, "early data without the session's protocol");
    session = early_session();
    SSL_CTX_set_alpn_protos(scene.ctx[CLIENT], NULL, 0);
    send_early(session, 0);
    CHECK(scene.over[CLIENT]);
    tear_down();
}

/* The early keys, in the place of the handshake's. */
static void log_early(const SSL *ssl, const char *line)
{
    static const char label[] = "CLIENT_EARLY_TRAFFIC_SECRET ";
    struct wire *wire;

    (void)ssl;
    if (logging == NULL || strncmp(line, label, sizeof(label) - 1) != 0)
        return;
    wire = &logging->wire[CLIENT];
    wire->secret_len[HANDSHAKE] = from_hex(line + sizeof(label) - 1 + 65, wire->secret[HANDSHAKE], 64);
}

TEST_TLS13(ends_of_early_data)
{
    static const struct {
        const char *label, *bytes;
        size_t len;
    } ends[] = {
        { "a byte in EndOfEarlyData", BYTES("\x05\x00\x00\x01\x00") },
        { "bytes behind EndOfEarlyData", BYTES("\x05\x00\x00\x00\x14\x00") },
        { "Finished in the place of EndOfEarlyData", BYTES("\x14\x00\x00\x00") },
    };

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct wire *wire;
        int ret;

        protocol = NULL;
        set_up(version, NULL, 0, ends[i].label);
        SSL_CTX_set_keylog_callback(scene.ctx[SERVER], log_early);
        SSL_CTX_set_keylog_callback(scene.ctx[CLIENT], log_early);
        send_early(early_session(), 1);
        wire = &scene.relay->wire[CLIENT];
        REQUIRE(wire->secret_len[HANDSHAKE] == 32);
        wire->foreign = 0, wire->epoch = HANDSHAKE, wire->sealed = 1;
        send_on(scene.relay, CLIENT, SSL3_RT_HANDSHAKE, ends[i].bytes, ends[i].len, 0);
        ERR_clear_error();
        ret = SSL_do_handshake(scene.ssl[SERVER]);
        say(SERVER, ret);
        if (!scene.over[SERVER])
            say(SERVER, SSL_do_handshake(scene.ssl[SERVER]));
        CHECK(scene.over[SERVER]);
        tear_down();
    }
}

/* Records ------------------------------------------------------------------------------ */

TEST_TLS12(alerts_of_another_version)
{
    static const struct rule rules[] = {
        { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x15\x03\x01\x00\x02\x02\x28"), NULL },
        { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x15\x03\x04\x00\x02\x01\x5a"), NULL },
        { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x15\x02\x01\x00\x02\x02\x28"), NULL },
        { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x16\x03\x01\x00\x02\x02\x28"), NULL },
        { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CLIENT_KEY_EXCHANGE, RAW_BEFORE, 0, BYTES("\x15\x03\x01\x00\x02\x02\x28"), NULL },
        { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CLIENT_KEY_EXCHANGE, RAW_BEFORE, 0, BYTES("\x15\x03\x00\x00\x02\x01\x5a"), NULL },
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        char label[40];

        sprintf(label, "alert of another version, %zu", i);
        set_up(version, &rules[i], 1, label);
        start();
        play();
        CHECK(scene.over[!rules[i].from]);
        tear_down();
    }
}

static int read_meanwhile(X509_STORE_CTX *store, void *arg)
{
    char byte;

    (void)store, (void)arg;
    CHECK_INT(SSL_read(scene.ssl[CLIENT], &byte, 1), -1);
    return 1;
}

/* Data in the clear, which a callback reads; rustls verifies later, and has refused it by then. */
TEST_TLS12(data_read_in_a_callback)
{
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, AFTER, SSL3_RT_APPLICATION_DATA, BYTES("data"), NULL };

    set_up(version, &rule, 1, "data read in a callback");
    scene.no_reasons = 1;
    SSL_CTX_set_cert_verify_callback(scene.ctx[CLIENT], read_meanwhile, NULL);
    start();
    play();
    CHECK(scene.over[CLIENT]);
    tear_down();
}

static void try_changes(int version, enum side from, int times, int retry)
{
    struct rule rule = { from, SSL3_RT_CHANGE_CIPHER_SPEC, ANY, REPEAT, times, NULL, 0, NULL };
    char label[80];

    sprintf(label, "%s's ChangeCipherSpec %d times more%s", from == CLIENT ? "client" : "server", times,
            retry ? ", after a retry" : "");
    set_up(version, &rule, 1, label);
    if (retry)
        SSL_CTX_set1_groups_list(scene.ctx[SERVER], "P-384");
    start();
    play();
    tear_down();
}

/* The same ahead of early data that is accepted, or rejected. */
static void try_changes_and_early_data(int version, int times, int accepted)
{
    struct rule rule = { CLIENT, SSL3_RT_CHANGE_CIPHER_SPEC, ANY, REPEAT, times, NULL, 0, NULL };
    SSL_SESSION *session;
    char label[80];

    sprintf(label, "ChangeCipherSpec %d times more and early data, %d", times, accepted);
    protocol = NULL;
    set_up(version, &rule, 1, label);
    session = early_session();
    if (!accepted)
        SSL_CTX_set_max_early_data(scene.ctx[SERVER], 0);
    send_early(session, 1);
    play();
    tear_down();
}

TEST_TLS13(changes_of_the_cipher_and_early_data)
{
    static const int times[] = { 1, 29, 30, 31, 32, 33, 40, 100 };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        for (int accepted = 0; accepted < 2; accepted++)
            try_changes_and_early_data(version, times[i], accepted);
}

TEST_TLS13(many_changes_of_the_cipher)
{
    static const int times[] = { 1, 20, 29, 30, 31, 32, 33, 40, 100 };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        for (int retry = 0; retry < 2; retry++)
            for (enum side from = CLIENT; from <= SERVER; from++)
                try_changes(version, from, times[i], retry);
}

TEST_VERSIONS(writes_without_a_bio)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    int ret;

    drain(pair.client);
    SSL_set0_wbio(pair.client, NULL);
    ERR_clear_error();
    ret = SSL_write(pair.client, "x", 1);
    outcome_errors("written without a BIO: %d/%d", ret, SSL_get_error(pair.client, ret));
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Sessions ----------------------------------------------------------------------------- */

static SSL_SESSION *newer;

/* A TLS 1.2 server that says that it resumes a session of TLS 1.3. */
static size_t resume_newer(unsigned char *message, size_t len)
{
    unsigned int size;
    const unsigned char *id = SSL_SESSION_get_id(newer, &size);
    size_t rest = len - 39 - message[38];

    memmove(message + 39 + size, message + 39 + message[38], rest);
    message[38] = (unsigned char)size;
    memcpy(message + 39, id, size);
    put_number(message + 1, 35 + size + rest, 3);
    return 39 + size + rest;
}

TEST_TLS12(a_session_of_another_version)
{
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_SERVER_HELLO, EDIT, .edit = resume_newer };
    SSL_CTX *sctx = new_server_ctx(TLS1_3_VERSION);

    set_up(version, &rule, 1, "a session of TLS 1.3 resumed in TLS 1.2");
    SSL_CTX_set_max_proto_version(scene.ctx[CLIENT], TLS1_3_VERSION);
    logging = NULL;
    newer = obtain_session(scene.ctx[CLIENT], sctx);
    logging = scene.relay;
    start();
    REQUIRE(SSL_set_session(scene.ssl[CLIENT], newer) == 1);
    play();
    tear_down();
    SSL_SESSION_free(newer);
    SSL_CTX_free(sctx);
}

/* Certificates of one's own -------------------------------------------------------------- */

static int half_an_identity(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    (void)ssl;
    *cert = fixture_cert("client");
    *key = NULL;
    return 1;
}

static int no_identity(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    (void)ssl;
    *cert = NULL;
    *key = fixture_key("client");
    return 1;
}

TEST_VERSIONS(client_certificates_of_halves)
{
    for (int i = 0; i < 2; i++) {
        set_up(version, NULL, 0, i ? "a key without a certificate" : "a certificate without a key");
        SSL_CTX_set_verify(scene.ctx[SERVER], SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_client_cert_cb(scene.ctx[CLIENT], i ? no_identity : half_an_identity);
        start();
        for (int j = 0; j < 6; j++) {
            enum side side = j % 2 == 0 ? CLIENT : SERVER;

            /* rustls asks for the certificate before the server's is verified, which empties the queue. */
            outcome("%s, %x: %d", scene.label, (unsigned)version, SSL_do_handshake(scene.ssl[side]));
            ERR_clear_error();
            relay_from(scene.relay, side);
        }
        tear_down();
    }
}

TEST_VERSIONS(weak_chains)
{
    X509 *weak = fixture_cert("dual-rsa1024");
    STACK_OF(X509) *chain = sk_X509_new_null();
    SSL *ssl;

    sk_X509_push(chain, weak);
    set_up(version, NULL, 0, "a weak certificate in the chain");
    REQUIRE(SSL_CTX_add_extra_chain_cert(scene.ctx[SERVER], fixture_cert("dual-rsa1024")) == 1);
    start();
    play();
    ssl = scene.ssl[SERVER];
    outcome_errors("set on a context: %ld", SSL_CTX_set1_chain(scene.ctx[SERVER], chain));
    outcome_errors("added on a context: %ld", SSL_CTX_add1_chain_cert(scene.ctx[SERVER], weak));
    outcome_errors("set on a connection: %ld", SSL_set1_chain(ssl, chain));
    SSL_CTX_set_security_level(scene.ctx[SERVER], 1);
    outcome_errors("set at level 1: %ld", SSL_CTX_set1_chain(scene.ctx[SERVER], chain));
    tear_down();
    sk_X509_pop_free(chain, X509_free);
}

/* A chain that libcrypto finds, whose authority is too weak. */
TEST(weak_chains_that_are_built)
{
    EVP_PKEY *weak = EVP_RSA_gen(1024), *key = EVP_EC_gen("P-256");
    X509 *root = certify(weak, weak, "weak root", "weak root", "critical,CA:TRUE");
    X509 *leaf = certify(key, weak, "weak root", "leaf", NULL);

    for (int level = 0; level < 3; level++) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
        SSL *ssl;

        SSL_CTX_set_security_level(ctx, level);
        REQUIRE(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) == 1);
        REQUIRE(SSL_CTX_use_certificate(ctx, leaf) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
        ssl = SSL_new(ctx);
        ERR_clear_error();
        outcome_errors("built at level %d: %ld", level, SSL_CTX_build_cert_chain(ctx, 0));
        outcome_errors("without the root: %ld", SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_NO_ROOT));
        outcome_errors("of a connection: %ld", SSL_build_cert_chain(ssl, 0));
        SSL_free(ssl);
        SSL_CTX_free(ctx);
    }
    X509_free(root);
    X509_free(leaf);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(key);
}

/* Names of authorities from a folder ------------------------------------------------------ */

TEST(folders_with_long_paths)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    char path[1100] = "/tmp/tessera-long-XXXXXX", file[1400];
    size_t ends[6];
    int depth = 0;
    FILE *made;

    REQUIRE(mkdtemp(path) != NULL);
    while (ends[depth] = strlen(path), depth < 5) {
        size_t more = depth < 4 ? 200 : 1010 - strlen(path) - 1;

        path[ends[depth]] = '/';
        memset(path + ends[depth] + 1, 'a', more);
        path[ends[depth] + 1 + more] = '\0';
        REQUIRE(mkdir(path, 0700) == 0);
        depth++;
    }
    snprintf(file, sizeof(file), "%s/a-certificate.pem", path);
    made = fopen(file, "w");
    REQUIRE(made != NULL);
    fclose(made);
    ERR_clear_error();
    outcome_errors("a long path: %d", SSL_add_dir_cert_subjects_to_stack(names, path));
    unlink(file);
    for (; depth >= 0; depth--) {
        path[ends[depth]] = '\0';
        rmdir(path);
    }
    sk_X509_NAME_pop_free(names, X509_NAME_free);
}
