/*
 * Every way in which a connection fails, and all that can be seen of it at both
 * ends: the call's value, SSL_get_error, the whole error queue, the alerts sent
 * and received, the state, the results that programs ask for, and what calls that
 * follow say. Each is a line that must be the stock library's.
 */
#include "relay.h"

/* What a row of a table leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { TLS12 = 1, TLS13 = 2, BOTH = 3 };

struct scene {
    const struct situation *situation;
    int version;
    enum side faulty; /* the side that the situation is about */
    SSL_CTX *ctx[2];
    SSL *ssl[2];
    struct relay *relay;
    char alerts[2][2][100]; /* [side][sent], as text */
    int alerts_unseen; /* see below */
    int over[2];
    int failed;
};

struct situation {
    const char *name;
    int versions;
    void (*contexts)(struct scene *scene, const char *argument);
    const char *argument;
    void (*connections)(struct scene *scene);
    struct rule rules[2];
    /* Runs instead of the exchange of data once the handshake is over. */
    void (*then)(struct scene *scene);
    /* What is not compared; why is said below. */
    enum { ALIKE, PEER, ALL } differs;
    /* One version, where only that one differs; or 0. */
    int differs_in;
};

/*
 * Why Tessera differs:
 *
 * - rustls verifies a server once its flight is complete, in TLS 1.3 with its
 *   CertificateVerify, and asks for a client's certificate before: PEER.
 * - rustls makes TLS 1.2's last flight in one piece, so a ticket that can't be made
 *   is noticed too late.
 * - rustls's server does not select an ALPN protocol that was not offered.
 * - rustls refuses a ServerHello's legacy version other than TLS 1.2's, records of
 *   types it does not know, sealed ones too, data between the parts of a message, and a
 *   late ClientHello that it can't parse.
 * - Without its ChangeCipherSpec an encrypted Finished is read as if it were clear:
 *   as which message depends on chance.
 * - After a TLS 1.3 ticket that does not parse OpenSSL's session is the ticket's,
 *   which it does not spoil.
 * - While a TLS 1.3 ServerHello that does not parse is the last that came, OpenSSL shows the
 *   suite and the certificate of the session that was to be resumed.
 * - The message callback sees our alerts before they are written.
 * - A TLS 1.3 server's tickets go out in one write, OpenSSL's in one each.
 */

static const char *const side_names[] = { "client", "server" };

/* What is seen ------------------------------------------------------------ */

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    struct scene *scene = arg;
    const unsigned char *alert = data;
    char *text = scene->alerts[ssl == scene->ssl[SERVER]][sent];

    (void)version;
    if (type == SSL3_RT_ALERT && len == 2)
        snprintf(text + strlen(text), 100 - strlen(text), "%d/%d ", alert[0], alert[1]);
}

/* The scene in which data has passed before anything goes wrong, or NULL. */
static struct scene *after_data;

/* As note_alert: a message callback would have Tessera take another path. */
static void note_alert_of(const SSL *ssl, int what, int value)
{
    char *text = after_data->alerts[ssl == after_data->ssl[SERVER]][(what & SSL_CB_WRITE) != 0];

    if (what & SSL_CB_ALERT)
        snprintf(text + strlen(text), 100 - strlen(text), "%d/%d ", value >> 8, value & 0xff);
}

static int chain_len(SSL *ssl)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);

    return chain != NULL ? sk_X509_num(chain) : -1;
}

static void tell_more(SSL *ssl, const char *label)
{
    char byte;
    int ret = SSL_do_handshake(ssl), error = SSL_get_error(ssl, ret);

    outcome_errors("%s: handshake again %d/%d", label, ret, error);
    ret = SSL_read(ssl, &byte, 1);
    error = SSL_get_error(ssl, ret);
    outcome_errors("%s: read again %d/%d", label, ret, error);
    ret = SSL_write(ssl, "x", 1);
    error = SSL_get_error(ssl, ret);
    outcome_errors("%s: write again %d/%d", label, ret, error);
    ret = SSL_shutdown(ssl);
    error = SSL_get_error(ssl, ret);
    outcome_errors("%s: shutdown %d/%d now %d", label, ret, error, SSL_get_shutdown(ssl));
}

/* A side's last call ended like this. */
static void tell(struct scene *scene, enum side side, const char *call, int ret, int error)
{
    SSL *ssl = scene->ssl[side];
    SSL_SESSION *session = SSL_get_session(ssl);
    const char *situation = scene->situation->name;
    int differs = scene->situation->differs_in == 0 || scene->situation->differs_in == scene->version
                      ? (int)scene->situation->differs : ALIKE;
    char label[100];

    snprintf(label, sizeof(label), "%s%s 1.%d %s fault, %s", situation, after_data == scene ? " after data" : "",
             scene->version == TLS1_3_VERSION ? 3 : 2, side_names[scene->faulty], side_names[side]);
    scene->over[side] = 1;
    scene->failed |= ret <= 0;
    if (differs == ALL) {
        ERR_clear_error();
        return;
    }
    outcome("%s: state %d %s init %d want %d shutdown %d verify %ld session %d cipher %s", label,
            differs == PEER ? 0 : (int)SSL_get_state(ssl), SSL_state_string(ssl), SSL_in_init(ssl), SSL_want(ssl),
            SSL_get_shutdown(ssl), SSL_get_verify_result(ssl),
            session != NULL ? SSL_SESSION_is_resumable(session) : -1, SSL_get_cipher(ssl));
    if (differs != PEER)
        outcome("%s: peer %d chain %d", label, SSL_get0_peer_certificate(ssl) != NULL, chain_len(ssl));
    outcome_errors("%s: %s %d/%d sent %sreceived %s", label, call, ret, error,
                   scene->alerts_unseen ? "" : scene->alerts[side][1], scene->alerts[side][0]);
    if (ret <= 0)
        tell_more(ssl, label);
}

static int is_final(int error)
{
    return error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN;
}

/* One call of one side, of which is told when it ends the matter. */
static int call(struct scene *scene, enum side side, const char *name)
{
    SSL *ssl = scene->ssl[side];
    char buffer[100];
    int ret, error;

    if (scene->over[side])
        return 0;
    ERR_clear_error();
    if (strcmp(name, "handshake") == 0)
        ret = SSL_do_handshake(ssl);
    else if (strcmp(name, "read") == 0)
        ret = SSL_read(ssl, buffer, sizeof(buffer));
    else
        ret = SSL_write(ssl, "some data", 9);
    error = SSL_get_error(ssl, ret);
    if (is_final(error))
        tell(scene, side, name, ret, error);
    relay_from(scene->relay, side);
    ERR_clear_error();
    return ret;
}

/* Some data each way, to which the rules do nothing. */
static void exchange_data(struct scene *scene)
{
    size_t rules = scene->relay->rule_count;

    scene->relay->rule_count = 0;
    for (enum side side = CLIENT; side <= SERVER; side++) {
        SSL_set_msg_callback(scene->ssl[side], NULL);
        SSL_set_info_callback(scene->ssl[side], note_alert_of);
    }
    for (int round = 0; round < 3; round++)
        for (enum side side = CLIENT; side <= SERVER; side++) {
            CHECK_INT(call(scene, side, "write"), 9);
            CHECK_INT(call(scene, !side, "read"), 9);
        }
    scene->relay->rule_count = rules;
}

static void exchange(struct scene *scene)
{
    int done[2] = { 0, 0 };

    for (int round = 0; round < 12 && !(done[CLIENT] == 1 && done[SERVER] == 1); round++)
        for (enum side side = CLIENT; side <= SERVER; side++)
            if (done[side] != 1)
                done[side] = call(scene, side, "handshake");
    if (after_data != NULL && done[CLIENT] == 1 && done[SERVER] == 1)
        exchange_data(scene);
    if (done[CLIENT] == 1 && done[SERVER] == 1 && scene->situation->then != NULL) {
        scene->situation->then(scene);
    } else {
        /* A side that finished alone learns of the failure when it reads. */
        for (int round = 0; round < 2; round++)
            for (enum side side = CLIENT; side <= SERVER; side++)
                if (done[side] == 1 && done[!side] == 1) {
                    call(scene, side, "write");
                    call(scene, !side, "read");
                } else if (done[side] == 1) {
                    call(scene, side, "read");
                }
    }
    for (enum side side = CLIENT; side <= SERVER; side++)
        if (!scene->over[side])
            tell(scene, side, "goes on", 1, 0);
}

static int with_data_first;

static void play(const struct situation *situation, int version, enum side faulty)
{
    struct scene scene = { .situation = situation, .version = version, .faulty = faulty };
    const struct rule *rules = situation->rules;
    size_t count = rules[0].action == PASS ? 0 : rules[1].action == PASS ? 1 : 2;

    scene.ctx[CLIENT] = new_client_ctx(version);
    scene.ctx[SERVER] = new_server_ctx(version);
    SSL_CTX_set_session_id_context(scene.ctx[SERVER], (const unsigned char *)"failures", 8);
    scene.relay = new_relay(version, rules, count);
    for (int i = 0; i < 2; i++) {
        use_relay_ciphers(scene.ctx[i]);
        SSL_CTX_set1_groups_list(scene.ctx[i], "P-256:P-384");
        SSL_CTX_set_keylog_callback(scene.ctx[i], log_secret);
        /* Tessera never does. */
        SSL_CTX_set_options(scene.ctx[i], SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_msg_callback(scene.ctx[i], note_alert);
        SSL_CTX_set_msg_callback_arg(scene.ctx[i], &scene);
    }
    after_data = with_data_first ? &scene : NULL;
    if (situation->contexts != NULL)
        situation->contexts(&scene, situation->argument);
    scene.ssl[CLIENT] = SSL_new(scene.ctx[CLIENT]);
    scene.ssl[SERVER] = SSL_new(scene.ctx[SERVER]);
    attach(scene.relay, scene.ssl[CLIENT], scene.ssl[SERVER]);
    SSL_set_connect_state(scene.ssl[CLIENT]);
    SSL_set_accept_state(scene.ssl[SERVER]);
    if (situation->connections != NULL)
        situation->connections(&scene);
    ERR_clear_error();
    exchange(&scene);
    ERR_clear_error();
    if (on_tessera() && situation->differs == ALL && (situation->differs_in == 0 || situation->differs_in == version))
        CHECK(scene.failed);
    for (int i = 0; i < 2; i++) {
        SSL_free(scene.ssl[i]);
        SSL_CTX_free(scene.ctx[i]);
    }
    logging = NULL;
    free(scene.relay);
}

static void play_all(const struct situation *situations, size_t count, int version, int sides)
{
    const char *only = getenv("ONLY");

    for (size_t i = 0; i < count; i++) {
        if (!(situations[i].versions & (version == TLS1_3_VERSION ? TLS13 : TLS12)))
            continue;
        if (only != NULL && strcmp(only, situations[i].name) != 0)
            continue;
        for (enum side side = CLIENT; side <= SERVER; side++)
            if (sides >> side & 1)
                play(&situations[i], version, side);
    }
}

#define PLAY(situations, sides) play_all(situations, sizeof(situations) / sizeof((situations)[0]), version, sides)

/* Certificates ------------------------------------------------------------- */

static void ask_client(struct scene *scene)
{
    SSL_CTX_set_verify(scene->ctx[SERVER], SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    REQUIRE(SSL_CTX_load_verify_locations(scene->ctx[SERVER], fixture("ca.pem"), NULL) == 1);
}

/* The faulty side has this certificate, and the other verifies it. */
static void has_identity(struct scene *scene, const char *name)
{
    SSL_CTX_set_security_level(scene->ctx[scene->faulty], 0);
    if (scene->faulty == CLIENT)
        ask_client(scene);
    if (name != NULL)
        use_identity(scene->ctx[scene->faulty], name);
}

static void add_issuer(struct scene *scene, const char *name)
{
    X509 *issuer = fixture_cert(name);

    REQUIRE(SSL_CTX_add1_chain_cert(scene->ctx[scene->faulty], issuer) == 1);
    X509_free(issuer);
}

static void has_unpermitted(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    add_issuer(scene, "constrained");
}

static void has_deep(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    add_issuer(scene, "deep");
    add_issuer(scene, "short");
}

static void has_long_chain(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    add_issuer(scene, "intermediate");
    SSL_CTX_set_verify_depth(scene->ctx[!scene->faulty], 0);
}

static void wants_another_name(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(scene->ctx[!scene->faulty]), "elsewhere.example", 0);
}

static void has_revoked(struct scene *scene, const char *name)
{
    X509_STORE *store = SSL_CTX_get_cert_store(scene->ctx[!scene->faulty]);

    has_identity(scene, name);
    REQUIRE(X509_load_crl_file(X509_STORE_add_lookup(store, X509_LOOKUP_file()), fixture("ca-crl.pem"),
                               X509_FILETYPE_PEM) == 1);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

static void wants_a_crl(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    X509_STORE_set_flags(SSL_CTX_get_cert_store(scene->ctx[!scene->faulty]), X509_V_FLAG_CRL_CHECK);
}

/* For the other purpose: a client's on a server, a server's on a client. */
static void has_wrong_purpose(struct scene *scene, const char *unused)
{
    (void)unused;
    has_identity(scene, scene->faulty == CLIENT ? "server-p256" : "client");
}

static void has_broken_signature(struct scene *scene, const char *name)
{
    X509 *cert = fixture_cert(name);
    EVP_PKEY *key = fixture_key(name);
    const ASN1_BIT_STRING *signature;
    unsigned char *der = NULL;
    const unsigned char *p;
    int len = i2d_X509(cert, &der);

    has_identity(scene, NULL);
    X509_get0_signature(&signature, NULL, cert);
    der[len - 1] ^= 1;
    X509_free(cert);
    p = der;
    cert = d2i_X509(NULL, &p, len);
    REQUIRE(SSL_CTX_use_certificate(scene->ctx[scene->faulty], cert) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(scene->ctx[scene->faulty], key) == 1);
    X509_free(cert);
    EVP_PKEY_free(key);
    OPENSSL_free(der);
}

static int refuse_verification(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
    return 0;
}

static int refuse_chain(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REVOKED);
    return 0;
}

static int break_verification(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg, (void)ctx;
    return -1;
}

static void has_refused(struct scene *scene, const char *name)
{
    SSL_CTX *ctx = scene->ctx[!scene->faulty];

    has_identity(scene, name);
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), refuse_verification);
}

static void has_chain_refused(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    SSL_CTX_set_cert_verify_callback(scene->ctx[!scene->faulty], refuse_chain, NULL);
}

static void has_chain_broken(struct scene *scene, const char *name)
{
    has_identity(scene, name);
    SSL_CTX_set_cert_verify_callback(scene->ctx[!scene->faulty], break_verification, NULL);
}

/* A certificate whose key another one's signatures come from. */
static void has_wrong_key(struct scene *scene, const char *name)
{
    X509 *cert = fixture_cert(name);
    EVP_PKEY *key = fixture_key(name), *other = fixture_key("dual-expired");
    SSL_CTX *ctx = scene->ctx[scene->faulty];

    has_identity(scene, NULL);
    outcome_errors("key first: %d %d", SSL_CTX_use_PrivateKey(ctx, other), SSL_CTX_use_certificate(ctx, cert));
    outcome_errors("check %d", SSL_CTX_check_private_key(ctx));
    outcome_errors("certificate first: %d %d", SSL_CTX_use_certificate(ctx, cert), SSL_CTX_use_PrivateKey(ctx, other));
    outcome_errors("check %d", SSL_CTX_check_private_key(ctx));
    X509_free(cert);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

static const struct situation certificates[] = {
    { "good certificate", BOTH, has_identity, "dual-good" },
    { "expired", BOTH, has_identity, "dual-expired" },
    { "not yet valid", BOTH, has_identity, "dual-future" },
    { "self-signed", BOTH, has_identity, "dual-self-signed" },
    { "unknown CA", BOTH, has_identity, "dual-untrusted" },
    { "other name", BOTH, wants_another_name, "dual-good" },
    { "wrong purpose", BOTH, has_wrong_purpose },
    { "revoked", BOTH, has_revoked, "dual-revoked" },
    { "no CRL", BOTH, wants_a_crl, "dual-good" },
    { "weak key", BOTH, has_identity, "dual-rsa1024" },
    { "weak digest", BOTH, has_identity, "dual-sha1" },
    { "broken signature", BOTH, has_broken_signature, "dual-good" },
    { "chain too long", BOTH, has_long_chain, "dual-chained" },
    { "missing intermediate", BOTH, has_identity, "dual-chained" },
    { "name constraints", BOTH, has_unpermitted, "dual-unpermitted" },
    { "path length", BOTH, has_deep, "dual-deep" },
    { "verify callback refuses", BOTH, has_refused, "dual-good" },
    { "cert verify callback refuses", BOTH, has_chain_refused, "dual-good" },
    { "cert verify callback breaks", BOTH, has_chain_broken, "dual-good" },
    { "certificate and key differ", BOTH, has_wrong_key, "dual-good" },
};

TEST_VERSIONS(bad_certificates)
{
    PLAY(certificates, 3);
}

static void no_client_certificate(struct scene *scene, const char *unused)
{
    (void)unused;
    ask_client(scene);
}

static void optional_client_certificate(struct scene *scene, const char *unused)
{
    (void)unused;
    ask_client(scene);
    SSL_CTX_set_verify(scene->ctx[SERVER], SSL_VERIFY_PEER, NULL);
}

static const struct situation missing[] = {
    { "no client certificate", BOTH, no_client_certificate },
    { "optional client certificate", BOTH, optional_client_certificate },
};

TEST_VERSIONS(missing_certificates)
{
    PLAY(missing, 1);
}

/* Negotiation --------------------------------------------------------------- */

static void no_shared_cipher(struct scene *scene, const char *unused)
{
    SSL_CTX *ctx = scene->ctx[scene->faulty];

    (void)unused;
    REQUIRE(SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES256-GCM-SHA384") == 1);
    REQUIRE(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") == 1);
}

static void no_cipher_for_key(struct scene *scene, const char *unused)
{
    (void)unused;
    REQUIRE(SSL_CTX_set_cipher_list(scene->ctx[scene->faulty], "ECDHE-RSA-AES128-GCM-SHA256") == 1);
}

static void no_shared_group(struct scene *scene, const char *unused)
{
    (void)unused;
    REQUIRE(SSL_CTX_set1_groups_list(scene->ctx[scene->faulty], "P-521") == 1);
}

static void no_shared_sigalg(struct scene *scene, const char *unused)
{
    (void)unused;
    REQUIRE(SSL_CTX_set1_sigalgs_list(scene->ctx[scene->faulty], "RSA-PSS+SHA256") == 1);
}

static void no_shared_client_sigalg(struct scene *scene, const char *unused)
{
    (void)unused;
    ask_client(scene);
    use_identity(scene->ctx[CLIENT], "client");
    REQUIRE(SSL_CTX_set1_client_sigalgs_list(scene->ctx[scene->faulty], "RSA-PSS+SHA256") == 1);
}

static void other_version(struct scene *scene, const char *unused)
{
    int other = scene->version == TLS1_3_VERSION ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *ctx = scene->ctx[scene->faulty];

    (void)unused;
    SSL_CTX_set_min_proto_version(ctx, 0);
    SSL_CTX_set_max_proto_version(ctx, other);
    SSL_CTX_set_min_proto_version(ctx, other);
}

static void no_versions(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_options(scene->ctx[scene->faulty], SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
}

static void fallback(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_mode(scene->ctx[CLIENT], SSL_MODE_SEND_FALLBACK_SCSV);
    SSL_CTX_set_max_proto_version(scene->ctx[SERVER], TLS1_3_VERSION);
}

static void no_certificate(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_free(scene->ctx[SERVER]);
    scene->ctx[SERVER] = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(scene->ctx[SERVER], scene->version);
    SSL_CTX_set_max_proto_version(scene->ctx[SERVER], scene->version);
    SSL_CTX_set_msg_callback(scene->ctx[SERVER], note_alert);
    SSL_CTX_set_msg_callback_arg(scene->ctx[SERVER], scene);
}

static int answer_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                       unsigned int inlen, void *arg)
{
    (void)ssl, (void)in, (void)inlen;
    *out = (const unsigned char *)"h2";
    *outlen = 2;
    return *(int *)arg;
}

static void alpn_with(struct scene *scene, int *answer)
{
    SSL_CTX_set_alpn_protos(scene->ctx[CLIENT], (const unsigned char *)"\x02h3", 3);
    SSL_CTX_set_alpn_select_cb(scene->ctx[SERVER], answer_alpn, answer);
}

static void alpn_refused(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_ALERT_FATAL;

    (void)unused;
    alpn_with(scene, &answer);
}

static void alpn_passed_over(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_NOACK;

    (void)unused;
    alpn_with(scene, &answer);
}

static void alpn_warned(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_ALERT_WARNING;

    (void)unused;
    alpn_with(scene, &answer);
}

static void unoffered_alpn(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_OK;

    (void)unused;
    alpn_with(scene, &answer);
}

static const struct situation negotiations[] = {
    { "no shared cipher", BOTH, no_shared_cipher },
    { "no cipher for the key", TLS12, no_cipher_for_key },
    { "no shared group", BOTH, no_shared_group },
    { "no shared signature algorithm", BOTH, no_shared_sigalg },
    { "no shared client signature algorithm", BOTH, no_shared_client_sigalg },
    { "other version", BOTH, other_version },
    { "no versions", BOTH, no_versions },
};

TEST_VERSIONS(nothing_in_common)
{
    PLAY(negotiations, 3);
}

static const struct situation server_negotiations[] = {
    { "fallback", TLS12, fallback },
    { "server without certificate", BOTH, no_certificate },
    { "ALPN refused", BOTH, alpn_refused },
    { "ALPN passed over", BOTH, alpn_passed_over },
    { "ALPN warned", BOTH, alpn_warned },
    { "ALPN unoffered", BOTH, unoffered_alpn, .differs = ALL },
};

TEST_VERSIONS(server_refuses)
{
    PLAY(server_negotiations, 2);
}

/* Callbacks that refuse --------------------------------------------------- */

static int name_alert = SSL_AD_UNRECOGNIZED_NAME;

static int refuse_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl;
    if (name_alert != 0)
        *alert = name_alert;
    return *(int *)arg;
}

static void name_refused(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_ALERT_FATAL;

    (void)unused;
    SSL_CTX_set_tlsext_servername_callback(scene->ctx[SERVER], refuse_name);
    SSL_CTX_set_tlsext_servername_arg(scene->ctx[SERVER], &answer);
}

static void name_warned(struct scene *scene, const char *unused)
{
    static int answer = SSL_TLSEXT_ERR_ALERT_WARNING;

    (void)unused;
    SSL_CTX_set_tlsext_servername_callback(scene->ctx[SERVER], refuse_name);
    SSL_CTX_set_tlsext_servername_arg(scene->ctx[SERVER], &answer);
}

static void with_name(struct scene *scene)
{
    SSL_set_tlsext_host_name(scene->ssl[CLIENT], "localhost");
}

static int refuse_hello(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)arg;
    *alert = SSL_AD_ACCESS_DENIED;
    return SSL_CLIENT_HELLO_ERROR;
}

static void hello_refused(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_client_hello_cb(scene->ctx[SERVER], refuse_hello, NULL);
}

static int refuse_certificate(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 0;
}

static void certificate_refused(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_cert_cb(scene->ctx[scene->faulty], refuse_certificate, NULL);
    ask_client(scene);
    use_identity(scene->ctx[CLIENT], "client");
}

static int no_client_cert(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    (void)ssl, (void)cert, (void)key;
    return 0;
}

static void client_certificate_refused(struct scene *scene, const char *unused)
{
    (void)unused;
    ask_client(scene);
    SSL_CTX_set_client_cert_cb(scene->ctx[CLIENT], no_client_cert);
}


static int no_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    (void)ssl, (void)id, (void)len;
    return 0;
}

static int zero_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    (void)ssl, (void)id;
    *len = 0;
    return 1;
}

static void id_refused(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_options(scene->ctx[SERVER], SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(scene->ctx[SERVER], no_id);
}

static void id_empty(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_options(scene->ctx[SERVER], SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(scene->ctx[SERVER], zero_id);
}

static int refuse_ticket(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 0;
}

static SSL_TICKET_RETURN abort_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len,
                                      SSL_TICKET_STATUS status, void *arg)
{
    (void)ssl, (void)session, (void)name, (void)len, (void)status, (void)arg;
    return SSL_TICKET_RETURN_ABORT;
}

static void ticket_refused(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_session_ticket_cb(scene->ctx[SERVER], refuse_ticket, abort_ticket, NULL);
}

static int break_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                            int encrypt)
{
    (void)ssl, (void)name, (void)iv, (void)cipher, (void)mac, (void)encrypt;
    return -1;
}

static void ticket_key_broken(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_tlsext_ticket_key_evp_cb(scene->ctx[SERVER], break_ticket_key);
}

static int status_answer;

static int answer_status(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return status_answer;
}

static void status_missing(struct scene *scene, const char *unused)
{
    (void)unused;
    status_answer = 0;
    SSL_CTX_set_tlsext_status_type(scene->ctx[CLIENT], TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_status_cb(scene->ctx[CLIENT], answer_status);
}

static void status_breaks(struct scene *scene, const char *unused)
{
    status_missing(scene, unused);
    status_answer = -1;
}

static void status_refused_by_server(struct scene *scene, const char *unused)
{
    (void)unused;
    status_answer = SSL_TLSEXT_ERR_ALERT_FATAL;
    SSL_CTX_set_tlsext_status_type(scene->ctx[CLIENT], TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_tlsext_status_cb(scene->ctx[SERVER], answer_status);
}

static const struct situation refusals[] = {
    { "name refused", BOTH, name_refused, NULL, with_name },
    { "no name refused", BOTH, name_refused },
    { "name warned", BOTH, name_warned, NULL, with_name },
    { "client hello refused", BOTH, hello_refused },
    { "client certificate callback refuses", BOTH, client_certificate_refused },
    { "id refused", BOTH, id_refused },
    { "id empty", BOTH, id_empty },
    { "ticket refused", BOTH, ticket_refused },
    { "ticket key broken", BOTH, ticket_key_broken, .differs = ALL, .differs_in = TLS1_2_VERSION },
    { "OCSP response missing", BOTH, status_missing },
    { "OCSP callback breaks", BOTH, status_breaks },
    { "OCSP refused by the server", BOTH, status_refused_by_server },
};

TEST_VERSIONS(callbacks_refuse)
{
    PLAY(refusals, 2);
}

static const struct situation certificate_refusals[] = {
    { "certificate callback refuses", BOTH, certificate_refused, .differs = PEER },
};

TEST_VERSIONS(certificate_callbacks_refuse)
{
    PLAY(certificate_refusals, 3);
}

/* Bytes that are no TLS ----------------------------------------------------- */

/* Instead of the faulty side's first message. */
#define FIRST(text)                                                            \
    { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CLIENT_HELLO, RAW_BEFORE, 0, BYTES(text) }
#define ANSWER(text)                                                           \
    { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_SERVER_HELLO, RAW_BEFORE, 0, BYTES(text) }

static const struct situation first_bytes[] = {
    { "GET", BOTH, .rules = { FIRST("GET / HTTP/1.0\r\n\r\n") } },
    { "POST", BOTH, .rules = { FIRST("POST / HTTP/1.0\r\n\r\n") } },
    { "HEAD", BOTH, .rules = { FIRST("HEAD / HTTP/1.0\r\n\r\n") } },
    { "PUT", BOTH, .rules = { FIRST("PUT / HTTP/1.0\r\n\r\n") } },
    { "DELETE", BOTH, .rules = { FIRST("DELETE / HTTP/1.0\r\n\r\n") } },
    { "CONNECT", BOTH, .rules = { FIRST("CONNECT a:443 HTTP/1.0\r\n\r\n") } },
    { "zeros", BOTH, .rules = { FIRST("\0\0\0\0\0\0\0\0\0\0\0\0\0") } },
    { "SSLv2 hello", BOTH,
      .rules = { FIRST("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\x00\x80\x02\x00\x80\x03\x00\x80\x04\x00\x80\x05"
                       "\x00\x80\x06\x00\x40\x07\x00\xc0 0123456789abcdef") } },
    { "data first", BOTH, .rules = { FIRST("\x17\x03\x01\x00\x03" "abc") } },
    { "alert first", BOTH, .rules = { FIRST("\x15\x03\x01\x00\x02\x02\x28") } },
    { "warning first", BOTH, .rules = { FIRST("\x15\x03\x01\x00\x02\x01\x5a") } },
    { "close_notify first", BOTH, .rules = { FIRST("\x15\x03\x01\x00\x02\x01\x00") } },
    { "ChangeCipherSpec first", BOTH, .rules = { FIRST("\x14\x03\x01\x00\x01\x01") } },
    { "unknown type first", BOTH, .rules = { FIRST("\x63\x03\x01\x00\x01\x01") } },
    { "record of SSL 3.0 first", BOTH, .rules = { { CLIENT, 22, ANY, HEADER, 1, BYTES("\x03\x00") } } },
    { "record of version 4 first", BOTH, .rules = { FIRST("\x16\x04\x00\x00\x01\x01") } },
    { "oversized record first", BOTH, .rules = { FIRST("\x16\x03\x01\x48\x01\x01") } },
    { "empty record first", BOTH, .rules = { FIRST("\x16\x03\x01\x00\x00") } },
    { "Finished first", BOTH, .rules = { FIRST("\x16\x03\x01\x00\x10\x14\x00\x00\x0c" "0123456789ab") } },
    { "HelloRequest first", BOTH, .rules = { FIRST("\x16\x03\x01\x00\x04\x00\x00\x00\x00") } },
    { "oversized hello", BOTH, .rules = { FIRST("\x16\x03\x01\x00\x08\x01\xff\xff\xff\x03\x03\x00\x00") } },
    { "plain text answer", BOTH, .rules = { ANSWER("HTTP/1.0 400 Bad Request\r\n\r\n") } },
    { "220 answer", BOTH, .rules = { ANSWER("220 smtp.example.org ESMTP\r\n") } },
    { "GET answer", BOTH, .rules = { ANSWER("GET / HTTP/1.0\r\n\r\n") } },
    { "data answer", BOTH, .rules = { ANSWER("\x17\x03\x03\x00\x03" "abc") } },
    { "alert answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x02\x02\x28") } },
    { "warning answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x02\x01\x5a") } },
    { "close_notify answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x02\x01\x00") } },
    { "unknown level answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x02\x03\x28") } },
    { "long alert answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x04\x02\x28\x02\x28") } },
    { "short alert answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x01\x02") } },
    { "empty alert answer", BOTH, .rules = { ANSWER("\x15\x03\x03\x00\x00") } },
    { "ChangeCipherSpec answer", BOTH, .rules = { ANSWER("\x14\x03\x03\x00\x01\x01") } },
    { "bad ChangeCipherSpec answer", BOTH, .rules = { ANSWER("\x14\x03\x03\x00\x01\x02") } },
    { "unknown type answer", BOTH, .rules = { ANSWER("\x63\x03\x03\x00\x01\x01") } },
    { "record of version 2 answer", BOTH, .rules = { ANSWER("\x16\x02\x00\x00\x01\x01") } },
    { "oversized record answer", BOTH, .rules = { ANSWER("\x16\x03\x03\x48\x01\x01") } },
    { "Finished answer", BOTH, .rules = { ANSWER("\x16\x03\x03\x00\x10\x14\x00\x00\x0c" "0123456789ab") } },
    { "HelloRequest answer", BOTH, .rules = { ANSWER("\x16\x03\x03\x00\x04\x00\x00\x00\x00") } },
    { "oversized message answer", BOTH, .rules = { ANSWER("\x16\x03\x03\x00\x08\x02\xff\xff\xff\x03\x03\x00\x00") } },
};

TEST_VERSIONS(foreign_bytes)
{
    PLAY(first_bytes, 1);
}

/* Handshake messages -------------------------------------------------------- */

#define MT(side, name, action, ...)                                            \
    { side, SSL3_RT_HANDSHAKE, SSL3_MT_##name, action, __VA_ARGS__ }
#define UNKNOWN_MESSAGE "\x63\x00\x00\x01\x00"

static void asks_client(struct scene *scene, const char *unused)
{
    (void)unused;
    ask_client(scene);
    use_identity(scene->ctx[CLIENT], "client");
}

/* Both sides show a certificate and its issuer. */
static void have_chains(struct scene *scene, const char *name)
{
    ask_client(scene);
    for (int side = CLIENT; side <= SERVER; side++) {
        X509 *issuer = fixture_cert("intermediate");

        use_identity(scene->ctx[side], name);
        REQUIRE(SSL_CTX_add1_chain_cert(scene->ctx[side], issuer) == 1);
        X509_free(issuer);
    }
}

/* Where in a Certificate message the length of a certificate stands: the first, or the next. */
static size_t certificate_at(const unsigned char *message, int next)
{
    int tls13 = logging->version == TLS1_3_VERSION;
    size_t at = tls13 ? 8 : 7;

    for (; next > 0; next--) {
        at += 3 + ((size_t)message[at] << 16 | (size_t)message[at + 1] << 8 | message[at + 2]);
        if (tls13)
            at += 2 + ((size_t)message[at] << 8 | message[at + 1]);
    }
    return at;
}

static void add_to(unsigned char *number, size_t added)
{
    size_t value = ((size_t)number[0] << 16 | (size_t)number[1] << 8 | number[2]) + added;

    number[0] = (unsigned char)(value >> 16);
    number[1] = (unsigned char)(value >> 8);
    number[2] = (unsigned char)value;
}

/* Bytes behind a certificate, in its length and in all that are around it. */
static size_t stretch(unsigned char *message, size_t len, int next)
{
    static const unsigned char zeros[3];
    size_t at = certificate_at(message, next);
    size_t end = at + 3 + ((size_t)message[at] << 16 | (size_t)message[at + 1] << 8 | message[at + 2]);

    memmove(message + end + sizeof(zeros), message + end, len - end);
    memcpy(message + end, zeros, sizeof(zeros));
    add_to(message + at, sizeof(zeros));
    add_to(message + certificate_at(message, 0) - 3, sizeof(zeros));
    add_to(message + 1, sizeof(zeros));
    return len + sizeof(zeros);
}

static size_t stretch_first(unsigned char *message, size_t len)
{
    return stretch(message, len, 0);
}

static size_t stretch_second(unsigned char *message, size_t len)
{
    return stretch(message, len, 1);
}

static size_t stretch_second_of_bad(unsigned char *message, size_t len)
{
    message[certificate_at(message, 0) + 3] ^= 1;
    return stretch(message, len, 1);
}

static size_t stretch_first_spoil_second(unsigned char *message, size_t len)
{
    message[certificate_at(message, 1) + 3] ^= 1;
    return stretch(message, len, 0);
}

static size_t spoil_second(unsigned char *message, size_t len)
{
    message[certificate_at(message, 1) + 3] ^= 1;
    return len;
}

/* It is longer than the list. */
static size_t lengthen_field(unsigned char *message, size_t len)
{
    add_to(message + certificate_at(message, 0), 5000);
    return len;
}

static size_t lengthen_second_field(unsigned char *message, size_t len)
{
    add_to(message + certificate_at(message, 1), 5000);
    return len;
}

/* A TLS 1.3 extensions' length, or behind a last certificate of TLS 1.2's nothing. */
static size_t lengthen_extensions(unsigned char *message, size_t len)
{
    message[certificate_at(message, 1) - 1] ^= 0x55;
    return len;
}

static const struct situation messages[] = {
    /* ClientHello */
    { "ClientHello cut", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, SHORTEN, 3) } },
    { "ClientHello tail", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, LENGTHEN, 0, BYTES("abc")) } },
    { "ClientHello old version", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, PUT, 4, BYTES("\x03\x00")) } },
    { "ClientHello other random", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, FLIP, 10) } },
    { "ClientHello long session id", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, PUT, 38, BYTES("\x40")) } },
    { "ClientHello dropped", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, DROP, 0) } },
    { "ClientHello twice", BOTH, .rules = { MT(CLIENT, CLIENT_HELLO, REPEAT, 1) } },
    { "unknown message before the ClientHello", BOTH,
      .rules = { MT(CLIENT, CLIENT_HELLO, BEFORE, SSL3_RT_HANDSHAKE, BYTES(UNKNOWN_MESSAGE)) } },
    { "ClientHello of 2 bytes", BOTH,
      .rules = { MT(CLIENT, CLIENT_HELLO, REPLACE, SSL3_RT_HANDSHAKE, BYTES("\x01\x00\x00\x02\x03\x03")) } },
    { "empty ClientHello", BOTH,
      .rules = { MT(CLIENT, CLIENT_HELLO, REPLACE, SSL3_RT_HANDSHAKE, BYTES("\x01\x00\x00\x00")) } },
    /* ServerHello */
    { "ServerHello cut", BOTH, .rules = { MT(SERVER, SERVER_HELLO, SHORTEN, 3) } },
    { "ServerHello tail", BOTH, .rules = { MT(SERVER, SERVER_HELLO, LENGTHEN, 0, BYTES("abc")) } },
    { "ServerHello old version", BOTH, .rules = { MT(SERVER, SERVER_HELLO, PUT, 4, BYTES("\x03\x01")) }, .differs = ALL, .differs_in = TLS1_3_VERSION },
    { "ServerHello other random", BOTH, .rules = { MT(SERVER, SERVER_HELLO, FLIP, 10) } },
    { "ServerHello long session id", BOTH, .rules = { MT(SERVER, SERVER_HELLO, PUT, 38, BYTES("\x40")) } },
    { "ServerHello twice", BOTH, .rules = { MT(SERVER, SERVER_HELLO, REPEAT, 1) } },
    { "ServerHello dropped", BOTH, .rules = { MT(SERVER, SERVER_HELLO, DROP, 0) } },
    { "empty ServerHello", BOTH,
      .rules = { MT(SERVER, SERVER_HELLO, REPLACE, SSL3_RT_HANDSHAKE, BYTES("\x02\x00\x00\x00")) } },
    { "unknown message before the ServerHello", BOTH,
      .rules = { MT(SERVER, SERVER_HELLO, BEFORE, SSL3_RT_HANDSHAKE, BYTES(UNKNOWN_MESSAGE)) } },
    { "downgrade", TLS12, .rules = { MT(SERVER, SERVER_HELLO, PUT, 30, BYTES("DOWNGRD\x01")) } },
    /* EncryptedExtensions */
    { "EncryptedExtensions cut", TLS13, .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, SHORTEN, 1) } },
    { "EncryptedExtensions tail", TLS13, .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, LENGTHEN, 0, BYTES("abc")) } },
    { "EncryptedExtensions dropped", TLS13, .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, DROP, 0) } },
    { "EncryptedExtensions spoilt", TLS13, .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, SPOIL, 2) } },
    { "unsolicited extension", TLS13,
      .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, REPLACE, SSL3_RT_HANDSHAKE,
                    BYTES("\x08\x00\x00\x0b\x00\x09\x00\x10\x00\x05\x00\x03\x02h2")) } },
    { "EncryptedExtensions in the clear", TLS13,
      .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x06\x08\x00\x00\x02\x00\x00")) } },
    { "data before EncryptedExtensions", TLS13,
      .rules = { MT(SERVER, ENCRYPTED_EXTENSIONS, BEFORE, SSL3_RT_APPLICATION_DATA, BYTES("data")) } },
    /* Certificate */
    { "empty Certificate", BOTH,
      .rules = { MT(SERVER, CERTIFICATE, REPLACE, SSL3_RT_HANDSHAKE, BYTES("\x0b\x00\x00\x03\x00\x00\x00")) } },
    { "empty TLS 1.3 Certificate", TLS13,
      .rules = { MT(SERVER, CERTIFICATE, REPLACE, SSL3_RT_HANDSHAKE, BYTES("\x0b\x00\x00\x04\x00\x00\x00\x00")) } },
    { "Certificate cut", BOTH, .rules = { MT(SERVER, CERTIFICATE, SHORTEN, 3) } },
    { "Certificate tail", BOTH, .rules = { MT(SERVER, CERTIFICATE, LENGTHEN, 0, BYTES("abc")) } },
    { "Certificate dropped", BOTH, .rules = { MT(SERVER, CERTIFICATE, DROP, 0) } },
    { "Certificate twice", BOTH, .rules = { MT(SERVER, CERTIFICATE, REPEAT, 1) }, .differs = PEER },
    { "Certificate is no DER", BOTH, .rules = { MT(SERVER, CERTIFICATE, PUT, 11, BYTES("abcdef")) } },
    { "Certificate's inner length", BOTH, .rules = { MT(SERVER, CERTIFICATE, FLIP, 6) } },
#define SPOILT(side, name, function)                                            \
    { name, BOTH, have_chains, "dual-chained",                                    \
      .rules = { { side, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE, EDIT, .edit = function } } }
#define OF(side, whose)                                                         \
    SPOILT(side, whose ": bytes behind the first", stretch_first),              \
    SPOILT(side, whose ": bytes behind the second", stretch_second),            \
    SPOILT(side, whose ": the first is none, bytes behind the second", stretch_second_of_bad), \
    SPOILT(side, whose ": bytes behind the first, the second is none", stretch_first_spoil_second), \
    SPOILT(side, whose ": the second is none", spoil_second),                   \
    SPOILT(side, whose ": the first is longer than the list", lengthen_field),  \
    SPOILT(side, whose ": the second is longer than the list", lengthen_second_field), \
    SPOILT(side, whose ": other extensions' length", lengthen_extensions)
    OF(SERVER, "server's certificates"),
    /* Key exchange and signatures */
    { "ServerKeyExchange cut", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, SHORTEN, 3) }, .differs = PEER },
    { "ServerKeyExchange tail", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, LENGTHEN, 0, BYTES("abc")) }, .differs = PEER },
    { "ServerKeyExchange's signature", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, FLIP, -3) } },
    { "ServerKeyExchange's curve type", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, PUT, 4, BYTES("\x01")) }, .differs = PEER },
    { "ServerKeyExchange's curve", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, PUT, 5, BYTES("\x00\x19")) }, .differs = PEER },
    { "ServerKeyExchange's point", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, FLIP, 20) } },
    { "ServerKeyExchange's algorithm", TLS12,
      .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, PUT, 4 + 69, BYTES("\x02\x02")) } },
    { "ServerKeyExchange dropped", TLS12, .rules = { MT(SERVER, SERVER_KEY_EXCHANGE, DROP, 0) }, .differs = PEER },
    { "ServerHelloDone tail", TLS12, .rules = { MT(SERVER, SERVER_DONE, LENGTHEN, 0, BYTES("a")) }, .differs = PEER },
    { "ServerHelloDone dropped", TLS12, .rules = { MT(SERVER, SERVER_DONE, DROP, 0) }, .differs = PEER },
    { "ServerHelloDone twice", TLS12, .rules = { MT(SERVER, SERVER_DONE, REPEAT, 1) } },
    { "ClientKeyExchange cut", TLS12, .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, SHORTEN, 3) } },
    { "ClientKeyExchange tail", TLS12, .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, LENGTHEN, 0, BYTES("abc")) } },
    { "ClientKeyExchange's point", TLS12, .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, FLIP, 20) } },
    { "ClientKeyExchange dropped", TLS12, .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, DROP, 0) } },
    { "ClientKeyExchange twice", TLS12, .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, REPEAT, 1) } },
    { "CertificateVerify cut", TLS13, .rules = { MT(SERVER, CERTIFICATE_VERIFY, SHORTEN, 3) }, .differs = PEER },
    { "CertificateVerify tail", TLS13, .rules = { MT(SERVER, CERTIFICATE_VERIFY, LENGTHEN, 0, BYTES("abc")) }, .differs = PEER },
    { "CertificateVerify's signature", TLS13, .rules = { MT(SERVER, CERTIFICATE_VERIFY, FLIP, -3) } },
    { "CertificateVerify's algorithm", TLS13, .rules = { MT(SERVER, CERTIFICATE_VERIFY, PUT, 4, BYTES("\x02\x03")) } },
    { "CertificateVerify dropped", TLS13, .rules = { MT(SERVER, CERTIFICATE_VERIFY, DROP, 0) }, .differs = PEER },
    /* ChangeCipherSpec and Finished */
    { "server's ChangeCipherSpec dropped", BOTH, .rules = { { SERVER, 20, ANY, DROP } }, .differs = ALL, .differs_in = TLS1_2_VERSION },
    { "server's ChangeCipherSpec wrong", BOTH, .rules = { { SERVER, 20, ANY, PUT, 0, BYTES("\x02") } } },
    { "server's ChangeCipherSpec long", BOTH, .rules = { { SERVER, 20, ANY, REPLACE, 20, BYTES("\x01\x01") } } },
    { "client's ChangeCipherSpec dropped", BOTH, .rules = { { CLIENT, 20, ANY, DROP } }, .differs = ALL, .differs_in = TLS1_2_VERSION },
    { "client's ChangeCipherSpec wrong", BOTH, .rules = { { CLIENT, 20, ANY, PUT, 0, BYTES("\x02") } } },
    { "client's ChangeCipherSpec long", BOTH, .rules = { { CLIENT, 20, ANY, REPLACE, 20, BYTES("\x01\x01") } } },
    { "server's Finished wrong", BOTH, .rules = { MT(SERVER, FINISHED, FLIP, -3) } },
    { "server's Finished cut", BOTH, .rules = { MT(SERVER, FINISHED, SHORTEN, 3) } },
    { "server's Finished tail", BOTH, .rules = { MT(SERVER, FINISHED, LENGTHEN, 0, BYTES("abc")) } },
    { "server's Finished spoilt", BOTH, .rules = { MT(SERVER, FINISHED, SPOIL, 10) } },
    { "server's Finished dropped", BOTH, .rules = { MT(SERVER, FINISHED, DROP, 0) } },
    { "server's Finished replaced", BOTH,
      .rules = { MT(SERVER, FINISHED, REPLACE, SSL3_RT_HANDSHAKE, BYTES(UNKNOWN_MESSAGE)) } },
    { "client's Finished wrong", BOTH, .rules = { MT(CLIENT, FINISHED, FLIP, -3) } },
    { "client's Finished cut", BOTH, .rules = { MT(CLIENT, FINISHED, SHORTEN, 3) } },
    { "client's Finished tail", BOTH, .rules = { MT(CLIENT, FINISHED, LENGTHEN, 0, BYTES("abc")) } },
    { "client's Finished spoilt", BOTH, .rules = { MT(CLIENT, FINISHED, SPOIL, 10) } },
    { "client's Finished dropped", BOTH, .rules = { MT(CLIENT, FINISHED, DROP, 0) } },
    { "client's Finished replaced", BOTH,
      .rules = { MT(CLIENT, FINISHED, REPLACE, SSL3_RT_HANDSHAKE, BYTES(UNKNOWN_MESSAGE)) } },
    { "data before the client's Finished", BOTH,
      .rules = { MT(CLIENT, FINISHED, BEFORE, SSL3_RT_APPLICATION_DATA, BYTES("data")) } },
    { "record after the client's Finished too long", BOTH,
      .rules = { { CLIENT, 23, ANY, HEADER, 3, BYTES("\x48\x01") } } },
    /* A client's certificate */
    { "client's Certificate cut", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE, SHORTEN, 3) } },
    { "client's Certificate tail", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE, LENGTHEN, 0, BYTES("abc")) } },
    { "client's Certificate dropped", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE, DROP, 0) } },
    { "client's Certificate twice", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE, REPEAT, 1) } },
    { "client's Certificate is no DER", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE, PUT, 11, BYTES("abcdef")) } },
    OF(CLIENT, "client's certificates"),
    { "client's CertificateVerify wrong", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE_VERIFY, FLIP, -3) } },
    { "client's CertificateVerify cut", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE_VERIFY, SHORTEN, 3) } },
    { "client's CertificateVerify dropped", BOTH, asks_client, .rules = { MT(CLIENT, CERTIFICATE_VERIFY, DROP, 0) } },
    { "client's CertificateVerify's algorithm", BOTH, asks_client,
      .rules = { MT(CLIENT, CERTIFICATE_VERIFY, PUT, 4, BYTES("\x02\x02")) } },
    { "CertificateRequest cut", BOTH, asks_client, .rules = { MT(SERVER, CERTIFICATE_REQUEST, SHORTEN, 3) }, .differs = PEER },
    { "CertificateRequest tail", BOTH, asks_client,
      .rules = { MT(SERVER, CERTIFICATE_REQUEST, LENGTHEN, 0, BYTES("abc")) }, .differs = PEER },
    { "unsolicited client Certificate", TLS12,
      .rules = { MT(CLIENT, CLIENT_KEY_EXCHANGE, BEFORE, SSL3_RT_HANDSHAKE, BYTES("\x0b\x00\x00\x03\x00\x00\x00")) } },
    /* Tickets */
    { "NewSessionTicket cut", BOTH, .rules = { MT(SERVER, NEWSESSION_TICKET, SHORTEN, 3) } },
    { "NewSessionTicket tail", BOTH, .rules = { MT(SERVER, NEWSESSION_TICKET, LENGTHEN, 0, BYTES("abc")) },
      .differs = ALL, .differs_in = TLS1_3_VERSION },
    { "NewSessionTicket dropped", TLS12, .rules = { MT(SERVER, NEWSESSION_TICKET, DROP, 0) } },
    { "NewSessionTicket spoilt", TLS13, .rules = { MT(SERVER, NEWSESSION_TICKET, SPOIL, 10) } },
};

TEST_VERSIONS(bad_messages)
{
    PLAY(messages, 1);
}

/* After the handshake ------------------------------------------------------- */

/* What comes before the faulty side's first data. */
#define DATA_FROM(side, action, ...) { side, SSL3_RT_APPLICATION_DATA, ANY, action, __VA_ARGS__ }
#define LATE(name, action, ...)                                                \
    { "client's " name, BOTH, .rules = { DATA_FROM(CLIENT, action, __VA_ARGS__) } },                             \
    { "server's " name, BOTH, .rules = { DATA_FROM(SERVER, action, __VA_ARGS__) } }
/* It differs in TLS 1.2. */
#define LATE_UNLIKE(name, action, ...)                                         \
    { "client's " name, BOTH, .rules = { DATA_FROM(CLIENT, action, __VA_ARGS__) }, .differs = ALL,               \
      .differs_in = TLS1_2_VERSION },                                                                            \
    { "server's " name, BOTH, .rules = { DATA_FROM(SERVER, action, __VA_ARGS__) }, .differs = ALL,               \
      .differs_in = TLS1_2_VERSION }
#define LATE_ALERT(name, text) LATE(name, BEFORE, SSL3_RT_ALERT, BYTES(text))

static const struct situation late[] = {
    LATE("data spoilt", SPOIL, 10),
    LATE("data's tag spoilt", SPOIL, 20),
    LATE("data in the clear", RAW_BEFORE, 0, BYTES("\x17\x03\x03\x00\x03" "abc")),
    LATE("long record in the clear", RAW_BEFORE, 0, BYTES("\x17\x03\x03\x00\x20" "0123456789abcdef0123456789abcdef")),
    LATE("alert in the clear", RAW_BEFORE, 0, BYTES("\x15\x03\x03\x00\x02\x02\x28")),
    LATE("handshake in the clear", RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x04\x00\x00\x00\x00")),
    LATE("ChangeCipherSpec in the clear", RAW_BEFORE, 0, BYTES("\x14\x03\x03\x00\x01\x01")),
    LATE("HTTP in the clear", RAW_BEFORE, 0, BYTES("GET / HTTP/1.0\r\n\r\n")),
    LATE("record of another version", HEADER, 1, BYTES("\x03\x02")),
    LATE("record of version 4", HEADER, 1, BYTES("\x04\x00")),
    LATE("record of an unknown type", HEADER, 0, BYTES("\x63")),
    LATE("record too long", HEADER, 3, BYTES("\x48\x01")),
    LATE("empty record", RAW_BEFORE, 0, BYTES("\x17\x03\x03\x00\x00")),
    LATE("empty data", BEFORE, 23, "", 0),
    LATE("data repeated", REPEAT, 2),
    LATE_UNLIKE("unknown content type", BEFORE, 99, BYTES("abc")),
    LATE("sealed ChangeCipherSpec", BEFORE, 20, BYTES("\x01")),
    LATE("empty handshake record", BEFORE, 22, "", 0),
    LATE("HelloRequest", BEFORE, 22, BYTES("\x00\x00\x00\x00")),
    LATE("HelloRequest with a byte", BEFORE, 22, BYTES("\x00\x00\x00\x01\x00")),
    LATE_UNLIKE("short ClientHello", BEFORE, 22, BYTES("\x01\x00\x00\x02\x03\x03")),
    LATE("unknown message", BEFORE, 22, BYTES(UNKNOWN_MESSAGE)),
    LATE("Finished again", BEFORE, 22, BYTES("\x14\x00\x00\x0c" "0123456789ab")),
    LATE("KeyUpdate wrong", BEFORE, 22, BYTES("\x18\x00\x00\x01\x07")),
    LATE("KeyUpdate long", BEFORE, 22, BYTES("\x18\x00\x00\x02\x00\x00")),
    LATE("KeyUpdate with a message behind it", BEFORE, 22, BYTES("\x18\x00\x00\x01\x00\x18\x00\x00\x01\x00")),
    LATE("KeyUpdate empty", BEFORE, 22, BYTES("\x18\x00\x00\x00")),
    LATE("late CertificateRequest", BEFORE, 22, BYTES("\x0d\x00\x00\x03\x00\x00\x00")),
    LATE("NewSessionTicket wrong", BEFORE, 22, BYTES("\x04\x00\x00\x03\x00\x00\x00")),
    LATE_UNLIKE("message in two halves", BEFORE, 22, BYTES("\x18\x00\x00")),
    LATE_ALERT("close_notify", "\x01\x00"),
    LATE_ALERT("fatal close_notify", "\x02\x00"),
    LATE_ALERT("warning no_renegotiation", "\x01\x64"),
    LATE_ALERT("warning user_canceled", "\x01\x5a"),
    LATE_ALERT("warning unexpected_message", "\x01\x0a"),
    LATE_ALERT("fatal unexpected_message", "\x02\x0a"),
    LATE_ALERT("fatal bad_record_mac", "\x02\x14"),
    LATE_ALERT("fatal record_overflow", "\x02\x16"),
    LATE_ALERT("fatal handshake_failure", "\x02\x28"),
    LATE_ALERT("fatal bad_certificate", "\x02\x2a"),
    LATE_ALERT("fatal certificate_revoked", "\x02\x2c"),
    LATE_ALERT("fatal certificate_expired", "\x02\x2d"),
    LATE_ALERT("fatal unknown_ca", "\x02\x30"),
    LATE_ALERT("fatal access_denied", "\x02\x31"),
    LATE_ALERT("fatal decode_error", "\x02\x32"),
    LATE_ALERT("fatal decrypt_error", "\x02\x33"),
    LATE_ALERT("fatal protocol_version", "\x02\x46"),
    LATE_ALERT("fatal internal_error", "\x02\x50"),
    LATE_ALERT("fatal certificate_required", "\x02\x74"),
    LATE_ALERT("fatal unknown alert", "\x02\xee"),
    LATE_ALERT("warning unknown alert", "\x01\xee"),
    LATE_ALERT("alert of unknown level", "\x03\x28"),
    LATE_ALERT("alert of level 0", "\x00\x28"),
    LATE_ALERT("short alert", "\x02"),
    LATE_ALERT("long alert", "\x02\x28\x00"),
    LATE("empty alert", BEFORE, 21, "", 0),
    LATE("end", END, 0),
    LATE("end inside a header", END_INSIDE, 3),
    LATE("end inside a record", END_INSIDE, 20),
};

TEST_VERSIONS(after_the_handshake)
{
    PLAY(late, 1);
}

/* The first records of data are another matter for Tessera than those that follow. */
TEST_VERSIONS(after_data_has_passed)
{
    with_data_first = 1;
    PLAY(late, 1);
}

/* What a server asks for --------------------------------------------------------- */

/* Other certificate types in a TLS 1.2 CertificateRequest. */
static size_t put_types(unsigned char *message, size_t len)
{
    static const unsigned char types[] = { 64, 1, 2, 99, 66 };
    size_t old = 4 + 1 + message[4], rest = len - old;

    memmove(message + 5 + sizeof(types), message + old, rest);
    memcpy(message + 5, types, sizeof(types));
    message[4] = sizeof(types);
    put_number(message + 1, 1 + sizeof(types) + rest, 3);
    return 5 + sizeof(types) + rest;
}

static void tell_types(const char *when, SSL *ssl)
{
    const unsigned char *types = (const unsigned char *)"none";
    long count = SSL_get0_certificate_types(ssl, &types);

    outcome("%s: %ld, %ld types, pointer %s", when, count, SSL_get0_certificate_types(ssl, NULL),
            types == NULL ? "NULL" : "set");
    for (long i = 0; i < count; i++)
        outcome("type %d", types[i]);
}

static int tell_types_and_go_on(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    (void)cert, (void)key;
    tell_types("in the callback", ssl);
    return 0;
}

TEST_VERSIONS(certificate_types)
{
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, SSL3_MT_CERTIFICATE_REQUEST, EDIT, .edit = put_types };

    for (int asks = 0; asks < 2; asks++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        SSL *client, *server;
        struct relay *relay = new_relay(version, &rule, version == TLS1_2_VERSION);

        use_relay_ciphers(cctx);
        SSL_CTX_set_keylog_callback(cctx, log_secret);
        SSL_CTX_set_client_cert_cb(cctx, tell_types_and_go_on);
        if (asks)
            SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
        client = SSL_new(cctx), server = SSL_new(sctx);
        attach(relay, client, server);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
        tell_types("before", client);
        for (int i = 0; i < 4; i++) {
            SSL_do_handshake(client);
            relay_from(relay, CLIENT);
            SSL_do_handshake(server);
            relay_from(relay, SERVER);
        }
        tell_types("afterwards", client);
        tell_types("a server", server);
        SSL_free(client);
        SSL_free(server);
        logging = NULL;
        free(relay);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

/* The stream ends ------------------------------------------------------------ */

#define ENDS(side, name)                                                       \
    { "ends before " #side "'s " #name, BOTH, .rules = { MT(side, name, END, 0) }, .differs = PEER },            \
    { "ends inside " #side "'s " #name, BOTH, .rules = { MT(side, name, END_INSIDE, 7) }, .differs = PEER }

static const struct situation endings[] = {
    ENDS(CLIENT, CLIENT_HELLO),
    ENDS(SERVER, SERVER_HELLO),
    ENDS(SERVER, CERTIFICATE),
    ENDS(SERVER, SERVER_KEY_EXCHANGE),
    ENDS(SERVER, SERVER_DONE),
    ENDS(CLIENT, CLIENT_KEY_EXCHANGE),
    ENDS(SERVER, ENCRYPTED_EXTENSIONS),
    ENDS(SERVER, CERTIFICATE_VERIFY),
    ENDS(CLIENT, FINISHED),
    ENDS(SERVER, FINISHED),
    ENDS(SERVER, NEWSESSION_TICKET),
};

TEST_VERSIONS(stream_ends)
{
    PLAY(endings, 1);
}

static void ignores_ends(struct scene *scene, const char *unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++)
        SSL_CTX_set_options(scene->ctx[i], SSL_OP_IGNORE_UNEXPECTED_EOF);
}

/* At the bytes of a record's header, of a message's, and of its content. */
TEST_VERSIONS(stream_ends_at_any_byte)
{
    static const int places[] = { 1, 2, 3, 4, 5, 6, 8, 9, 10, 20, 30 };
    static const struct {
        const char *name;
        struct rule rule;
    } messages_to_cut[] = {
        { "ClientHello", MT(CLIENT, CLIENT_HELLO, END_INSIDE, 0) },
        { "ServerHello", MT(SERVER, SERVER_HELLO, END_INSIDE, 0) },
        { "EncryptedExtensions", MT(SERVER, ENCRYPTED_EXTENSIONS, END_INSIDE, 0) },
        { "Certificate", MT(SERVER, CERTIFICATE, END_INSIDE, 0) },
        { "ServerKeyExchange", MT(SERVER, SERVER_KEY_EXCHANGE, END_INSIDE, 0) },
        { "CertificateVerify", MT(SERVER, CERTIFICATE_VERIFY, END_INSIDE, 0) },
        { "server's ChangeCipherSpec", { SERVER, SSL3_RT_CHANGE_CIPHER_SPEC, ANY, END_INSIDE, 0 } },
        { "server's Finished", MT(SERVER, FINISHED, END_INSIDE, 0) },
        { "ClientKeyExchange", MT(CLIENT, CLIENT_KEY_EXCHANGE, END_INSIDE, 0) },
        { "client's ChangeCipherSpec", { CLIENT, SSL3_RT_CHANGE_CIPHER_SPEC, ANY, END_INSIDE, 0 } },
        { "client's Finished", MT(CLIENT, FINISHED, END_INSIDE, 0) },
        { "NewSessionTicket", MT(SERVER, NEWSESSION_TICKET, END_INSIDE, 0) },
        { "client's data", DATA_FROM(CLIENT, END_INSIDE, 0) },
        { "server's data", DATA_FROM(SERVER, END_INSIDE, 0) },
    };

    for (size_t i = 0; i < sizeof(messages_to_cut) / sizeof(messages_to_cut[0]); i++)
        for (size_t j = 0; j < sizeof(places) / sizeof(places[0]); j++)
            for (int ignored = 0; ignored < 2; ignored++) {
                struct situation cut = { .rules = { messages_to_cut[i].rule }, .differs = PEER };
                char name[100];

                /* A ChangeCipherSpec has six bytes. */
                if (messages_to_cut[i].rule.type == SSL3_RT_CHANGE_CIPHER_SPEC && places[j] > 5)
                    continue;
                snprintf(name, sizeof(name), "ends at byte %d of %s%s", places[j], messages_to_cut[i].name,
                         ignored ? ", ignored" : "");
                cut.name = name;
                cut.contexts = ignored ? ignores_ends : NULL;
                cut.rules[0].at = places[j];
                play(&cut, version, CLIENT);
            }
}

static const struct situation ignored_endings[] = {
    { "ignored end before ClientHello", BOTH, ignores_ends, .rules = { MT(CLIENT, CLIENT_HELLO, END, 0) } },
    { "ignored end before ServerHello", BOTH, ignores_ends, .rules = { MT(SERVER, SERVER_HELLO, END, 0) } },
    { "ignored end before Finished", BOTH, ignores_ends, .rules = { MT(CLIENT, FINISHED, END, 0) } },
    { "ignored end before data", BOTH, ignores_ends, .rules = { DATA_FROM(CLIENT, END, 0) } },
    { "ignored end inside a record", BOTH, ignores_ends, .rules = { DATA_FROM(SERVER, END_INSIDE, 9) } },
};

TEST_VERSIONS(stream_ends_and_is_ignored)
{
    PLAY(ignored_endings, 1);
}

TEST_VERSIONS(stream_ends_after_data_and_is_ignored)
{
    with_data_first = 1;
    PLAY(ignored_endings, 1);
}

/* The BIO fails ------------------------------------------------------------- */

static int reads_left, writes_left;

static void limit_io(struct scene *scene)
{
    scene->relay->wire[scene->faulty].reads_left = reads_left;
    scene->relay->wire[scene->faulty].writes_left = writes_left;
}

static const struct situation failing_bio = { "BIO fails", BOTH, .connections = limit_io, .differs = PEER };

TEST_VERSIONS(bio_fails)
{
    /* Records are read in two pieces, and each flight is written in one. */
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (reads_left = 0, writes_left = -1; reads_left < 24; reads_left++)
            play(&failing_bio, version, side);
        for (reads_left = -1, writes_left = 0; writes_left < 5; writes_left++)
            /* OpenSSL writes each ticket of its own. */
            if (!(version == TLS1_3_VERSION && side == SERVER && writes_left > 1))
                play(&failing_bio, version, side);
    }
}

static void fail_reads(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        scene->relay->wire[side].reads_left = 0;
        scene->relay->wire[side].in.len = 0;
        call(scene, side, "read");
    }
}

static void fail_writes(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        scene->relay->wire[side].writes_left = 0;
        call(scene, side, "write");
    }
}

static void fail_shutdown(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        int ret;

        scene->relay->wire[side].writes_left = 0;
        scene->alerts_unseen = 1;
        ERR_clear_error();
        ret = SSL_shutdown(scene->ssl[side]);
        tell(scene, side, "shutdown", ret, SSL_get_error(scene->ssl[side], ret));
    }
}

static void retry_elsewhere(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        SSL *ssl = scene->ssl[side];
        int ret;

        scene->relay->wire[side].blocked = 1;
        ret = SSL_write(ssl, "some data", 9);
        outcome_errors("blocked %d/%d", ret, SSL_get_error(ssl, ret));
        ERR_clear_error();
        ret = SSL_write(ssl, (char[]){ "other data" }, 9);
        tell(scene, side, "write from elsewhere", ret, SSL_get_error(ssl, ret));
    }
}

/* A write that could not be sent, and what may come then. */
enum {
    SHORTER,
    LONGER,
    OTHER_BYTES,
    MOVED,
    PARTIAL,
    MOVED_AND_SHORTER,
    EMPTY,
    READ_BETWEEN,
    PEEK_BETWEEN,
    HANDSHAKE_BETWEEN,
    SHUTDOWN_BETWEEN,
    FAILS_THEN,
    AGAIN_AND_AGAIN,
    KEY_UPDATE_BETWEEN,
    LARGE,
    LARGE_AND_PARTIAL,
    RETRIES,
};

static void tell_call(SSL *ssl, const char *call, int ret)
{
    int error = SSL_get_error(ssl, ret);

    outcome_errors("%s %d/%d want %d", call, ret, error, SSL_want(ssl));
}

static void retry(struct scene *scene, enum side side, int way)
{
    static char first[40000], second[40000];
    SSL *ssl = scene->ssl[side];
    const char *again = way == MOVED || way == MOVED_AND_SHORTER ? second : first;
    int len = way == LARGE || way == LARGE_AND_PARTIAL ? (int)sizeof(first) : 100;
    int then = way == SHORTER || way == MOVED_AND_SHORTER ? 50 : way == LONGER ? 150 : way == EMPTY ? 0 : len;
    char buffer[10];

    memset(first, 'a', sizeof(first));
    memset(second, 'a', sizeof(second));
    if (way == MOVED || way == MOVED_AND_SHORTER)
        SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (way == PARTIAL || way == LARGE_AND_PARTIAL)
        SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    scene->relay->wire[side].blocked = 1;
    tell_call(ssl, "blocked write", SSL_write(ssl, first, len));
    if (way == OTHER_BYTES)
        memset(first, 'b', sizeof(first));
    if (way == READ_BETWEEN)
        tell_call(ssl, "read", SSL_read(ssl, buffer, sizeof(buffer)));
    if (way == PEEK_BETWEEN)
        tell_call(ssl, "peek", SSL_peek(ssl, buffer, sizeof(buffer)));
    if (way == HANDSHAKE_BETWEEN)
        tell_call(ssl, "handshake", SSL_do_handshake(ssl));
    if (way == SHUTDOWN_BETWEEN)
        tell_call(ssl, "shutdown", SSL_shutdown(ssl));
    if (way == KEY_UPDATE_BETWEEN)
        outcome_errors("key update %d", SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED));
    if (way == AGAIN_AND_AGAIN)
        for (int i = 0; i < 3; i++)
            tell_call(ssl, "still blocked", SSL_write(ssl, first, len));
    scene->relay->wire[side].blocked = 0;
    if (way == FAILS_THEN)
        scene->relay->wire[side].writes_left = 0;
    for (int left = then, i = 0; i < 5 && left >= 0; i++) {
        int ret = SSL_write(ssl, again + (then - left), left);

        tell_call(ssl, "write", ret);
        if (ret <= 0)
            break;
        left -= ret;
        if (left == 0)
            break;
    }
    relay_from(scene->relay, side);
    ERR_clear_error();
    for (int got = 0, i = 0; i < 12; i++) {
        static char received[50000];
        int ret = SSL_read(scene->ssl[!side], received + got, (int)sizeof(received) - got);

        got += ret > 0 ? ret : 0;
        if (ret <= 0) {
            int letters = 0;

            for (int j = 0; j < got; j++)
                letters += received[j] == 'a';
            outcome("%d bytes arrived, %d of the first", got, letters);
            tell_call(scene->ssl[!side], "reading", ret);
            break;
        }
    }
    ERR_clear_error();
    tell_call(ssl, "afterwards", SSL_write(ssl, "x", 1));
}

static int way_to_retry;

static void retry_in_a_way(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        outcome("side %d, way %d", (int)side, way_to_retry);
        scene->alerts_unseen = way_to_retry == SHUTDOWN_BETWEEN;
        retry(scene, side, way_to_retry);
    }
}

static const struct situation retried = { "write retried", BOTH, .then = retry_in_a_way };

TEST_VERSIONS(writes_are_retried)
{
    for (way_to_retry = 0; way_to_retry < RETRIES; way_to_retry++)
        if (way_to_retry != KEY_UPDATE_BETWEEN || version == TLS1_3_VERSION)
            play(&retried, version, CLIENT);
}

static void write_after_shutdown(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        SSL *ssl = scene->ssl[side];
        int ret = SSL_shutdown(ssl);

        outcome_errors("shutdown %d/%d", ret, SSL_get_error(ssl, ret));
        ERR_clear_error();
        ret = SSL_write(ssl, "x", 1);
        tell(scene, side, "write after shutdown", ret, SSL_get_error(ssl, ret));
        relay_from(scene->relay, side);
    }
}

static void data_after_shutdown(struct scene *scene)
{
    SSL_write(scene->ssl[SERVER], "data", 4);
    relay_from(scene->relay, SERVER);
    for (int i = 0; i < 3; i++) {
        int ret = SSL_shutdown(scene->ssl[CLIENT]);

        outcome_errors("shutdown %d/%d", ret, SSL_get_error(scene->ssl[CLIENT], ret));
    }
}

static void end_after_shutdown(struct scene *scene)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        SSL *ssl = scene->ssl[side];
        int ret = SSL_shutdown(ssl);

        outcome_errors("shutdown %d/%d", ret, SSL_get_error(ssl, ret));
        scene->relay->wire[side].in.len = 0;
        scene->relay->wire[side].ended = 1;
        ret = SSL_shutdown(ssl);
        tell(scene, side, "shutdown again", ret, SSL_get_error(ssl, ret));
    }
}

static const struct situation wrong_calls[] = {
    { "read fails", BOTH, .then = fail_reads },
    { "write fails", BOTH, .then = fail_writes },
    { "shutdown fails", BOTH, .then = fail_shutdown },
    { "write retried from elsewhere", BOTH, .then = retry_elsewhere },
    { "write after shutdown", BOTH, .then = write_after_shutdown },
    { "data after shutdown", BOTH, .then = data_after_shutdown },
    { "end after shutdown", BOTH, .then = end_after_shutdown },
};

TEST_VERSIONS(wrong_moments)
{
    PLAY(wrong_calls, 1);
}

TEST_VERSIONS(wrong_moments_after_data)
{
    with_data_first = 1;
    PLAY(wrong_calls, 1);
}

/* Calls while the handshake is at every stage. */
TEST_VERSIONS(shutdown_during_the_handshake)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    for (int i = 0; i < 3; i++) {
        SSL *sides[] = { pair.client, pair.server };

        for (int j = 0; j < 2; j++) {
            int ret = SSL_shutdown(sides[j]);
            char byte;

            outcome_errors("round %d side %d: shutdown %d/%d", i, j, ret, SSL_get_error(sides[j], ret));
            ret = SSL_read(sides[j], &byte, 1);
            outcome_errors("read %d/%d", ret, SSL_get_error(sides[j], ret));
            ret = SSL_write(sides[j], "x", 1);
            outcome_errors("write %d/%d", ret, SSL_get_error(sides[j], ret));
        }
    }
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Resumption that fails ------------------------------------------------------ */

/* The session of another connection between these contexts. */
static SSL_SESSION *resumable(struct scene *scene)
{
    logging = NULL;
    SSL_CTX_set_msg_callback(scene->ctx[CLIENT], NULL);
    SSL_CTX_set_msg_callback(scene->ctx[SERVER], NULL);
    return obtain_session(scene->ctx[CLIENT], scene->ctx[SERVER]);
}

static void resume(struct scene *scene, SSL_SESSION *session)
{
    logging = scene->relay;
    for (int i = 0; i < 2; i++) {
        SSL_set_msg_callback(scene->ssl[i], note_alert);
        SSL_set_msg_callback_arg(scene->ssl[i], scene);
    }
    REQUIRE(SSL_set_session(scene->ssl[CLIENT], session) == 1);
    SSL_SESSION_free(session);
}

static void resumes_as_it_is(struct scene *scene)
{
    resume(scene, resumable(scene));
}

/* Its key is another than the server remembers. */
static void resumes_with_other_key(struct scene *scene)
{
    SSL_SESSION *session = resumable(scene), *copy = SSL_SESSION_dup(session);
    unsigned char key[64];
    size_t len = SSL_SESSION_get_master_key(copy, key, sizeof(key));

    key[0] ^= 1;
    REQUIRE(SSL_SESSION_set1_master_key(copy, key, len) == 1);
    SSL_SESSION_free(session);
    resume(scene, copy);
}

static void resumes_without_context(struct scene *scene)
{
    SSL_SESSION *session = resumable(scene);

    SSL_set_session_id_context(scene->ssl[SERVER], NULL, 0);
    SSL_set_verify(scene->ssl[SERVER], SSL_VERIFY_PEER, NULL);
    resume(scene, session);
}

static void has_no_context(struct scene *scene, const char *unused)
{
    (void)unused;
    SSL_CTX_set_session_id_context(scene->ctx[SERVER], NULL, 0);
}

static const struct situation resumptions[] = {
    { "resumes", BOTH, .connections = resumes_as_it_is },
    { "session id context missing", BOTH, has_no_context, .connections = resumes_without_context },
    { "session id context changed", BOTH, .connections = resumes_without_context },
    { "other key", BOTH, .connections = resumes_with_other_key },
    { "binder wrong", TLS13, .connections = resumes_as_it_is, .rules = { MT(CLIENT, CLIENT_HELLO, FLIP, -1) } },
    { "binder cut", TLS13, .connections = resumes_as_it_is, .rules = { MT(CLIENT, CLIENT_HELLO, SHORTEN, 1) } },
    { "ticket altered", TLS13, .connections = resumes_as_it_is, .rules = { MT(CLIENT, CLIENT_HELLO, FLIP, -60) } },
    { "resumed server's Finished wrong", BOTH, .connections = resumes_as_it_is,
      .rules = { MT(SERVER, FINISHED, FLIP, -3) } },
    { "resumed client's Finished wrong", BOTH, .connections = resumes_as_it_is,
      .rules = { MT(CLIENT, FINISHED, FLIP, -3) } },
    { "resumed and ended", BOTH, .connections = resumes_as_it_is, .rules = { MT(SERVER, FINISHED, END, 0) } },
    { "resumed ServerHello cut", BOTH, .connections = resumes_as_it_is, .rules = { MT(SERVER, SERVER_HELLO, SHORTEN, 2) },
      .differs = ALL, .differs_in = TLS1_3_VERSION },
};

TEST_VERSIONS(resumption_fails)
{
    PLAY(resumptions, 1);
}
