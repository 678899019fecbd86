/*
 * External pre-shared keys at their limits: keys of every length, identities that are empty,
 * long or have zeros in them, and binders that are not what they should be. Nobody gets in
 * with another key than the server's.
 */
#include "relay.h"

static unsigned char client_bytes[600], server_bytes[600], identity[70000];
static size_t client_len, server_len, identity_len;
static const unsigned char AES128[2] = { 0x13, 0x01 };
static int certificate_asked;

static SSL_SESSION *key_session(SSL *ssl, const unsigned char *key, size_t len)
{
    SSL_SESSION *session = SSL_SESSION_new();

    REQUIRE(session != NULL && SSL_SESSION_set1_master_key(session, key, len) == 1 &&
            SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, AES128)) == 1 &&
            SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1);
    return session;
}

static int use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *idlen, SSL_SESSION **sess)
{
    (void)md;
    *id = identity;
    *idlen = identity_len;
    *sess = key_session(ssl, client_bytes, client_len);
    return 1;
}

static int find_session(SSL *ssl, const unsigned char *id, size_t idlen, SSL_SESSION **sess)
{
    outcome("find session: %zu bytes, %s", idlen,
            idlen == identity_len && memcmp(id, identity, idlen) == 0 ? "the client's" : "others");
    *sess = key_session(ssl, server_bytes, server_len);
    return 1;
}

static unsigned client_key(SSL *ssl, const char *hint, char *id, unsigned max_identity, unsigned char *psk,
                           unsigned max_psk)
{
    (void)ssl, (void)hint;
    REQUIRE(identity_len <= max_identity && client_len <= max_psk);
    memcpy(id, identity, identity_len);
    memcpy(psk, client_bytes, client_len);
    return (unsigned)client_len;
}

static unsigned server_key(SSL *ssl, const char *id, unsigned char *psk, unsigned max_psk)
{
    (void)ssl;
    outcome("server callback: %zu bytes", strlen(id));
    REQUIRE(server_len <= max_psk);
    memcpy(psk, server_bytes, server_len);
    return (unsigned)server_len;
}

static int ask_for_certificate(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    certificate_asked++;
    return 1;
}

static void reset(void)
{
    for (size_t i = 0; i < sizeof(client_bytes); i++)
        client_bytes[i] = server_bytes[i] = (unsigned char)(i * 7 + 1);
    client_len = server_len = 32;
    memcpy(identity, "someone", identity_len = 7);
    certificate_asked = 0;
}

/* Which callbacks there are. */
enum { SESSIONS = 1, KEYS = 2 };

static SSL_CTX *client_ctx(int kind)
{
    SSL_CTX *ctx = new_client_ctx(TLS1_3_VERSION);

    use_relay_ciphers(ctx);
    if (kind == SESSIONS)
        SSL_CTX_set_psk_use_session_callback(ctx, use_session);
    else
        SSL_CTX_set_psk_client_callback(ctx, client_key);
    return ctx;
}

static SSL_CTX *server_ctx(int kind)
{
    SSL_CTX *ctx = new_server_ctx(TLS1_3_VERSION);

    if (kind == SESSIONS)
        SSL_CTX_set_psk_find_session_callback(ctx, find_session);
    else
        SSL_CTX_set_psk_server_callback(ctx, server_key);
    SSL_CTX_set_cert_cb(ctx, ask_for_certificate, NULL);
    return ctx;
}

static void tell(const char *title, SSL *ssl, struct end end)
{
    outcome("%s, %s: %d, error %d, reason %d, reused %d, verified %ld, peer %s, certificate asked for %d", title,
            SSL_is_server(ssl) ? "server" : "client", end.ret, end.error, end.reason, SSL_session_reused(ssl),
            SSL_get_verify_result(ssl), SSL_get0_peer_certificate(ssl) != NULL ? "shown" : "none", certificate_asked);
}

static int try(const char *title, int kind)
{
    SSL_CTX *cctx = client_ctx(kind), *sctx = server_ctx(kind);
    struct pair pair = new_pair(cctx, sctx);
    int done, reused;

    certificate_asked = 0;
    done = handshake(&pair);
    tell(title, pair.client, pair.client_end);
    tell(title, pair.server, pair.server_end);
    reused = SSL_session_reused(pair.server);
    if (done) {
        check_data(&pair);
        finish_pair(&pair);
    } else {
        free_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return done && reused;
}

TEST_TLS13(keys_of_every_length)
{
    static const size_t lengths[] = { 1, 31, 32, 33, 48, 63, 64, 65, 100, 128, 129, 254, 255, 256, 257, 300, 511, 512 };
    char title[40];

    reset();
    server_len = 0;
    CHECK_INT(try("none on the server", SESSIONS), 0);
    for (int kind = SESSIONS; kind <= KEYS; kind++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            reset();
            client_len = server_len = lengths[i];
            snprintf(title, sizeof(title), "%zu bytes", lengths[i]);
            CHECK_INT(try(title, kind), 1);
            server_bytes[lengths[i] - 1] ^= 1;
            CHECK_INT(try("another last byte", kind), 0);
        }
}

/* A key that begins as the server's does is none of its keys. */
TEST_TLS13(a_part_of_the_key)
{
    for (int kind = SESSIONS; kind <= KEYS; kind++)
        for (size_t len = 1; len < 66; len++) {
            reset();
            client_len = len;
            server_len = 256 + len;
            /* What may be taken for the fields behind a shorter key. */
            memset(server_bytes + len, 0, sizeof(server_bytes) - len);
            server_bytes[len + 3] = 1;
            CHECK_INT(try("a part", kind), 0);
            server_len = 64 + len;
            CHECK_INT(try("a part", kind), 0);
        }
}

TEST_TLS13(identities)
{
    static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 257, 1000, 20000, 60000 };
    char title[40];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        reset();
        memset(identity, 'i', sizeof(identity));
        identity_len = lengths[i];
        snprintf(title, sizeof(title), "%zu bytes", lengths[i]);
        try(title, SESSIONS);
        if (lengths[i] <= 255)
            try(title, KEYS);
    }
    reset();
    memcpy(identity, "some\0one", identity_len = 8);
    try("a zero", SESSIONS);
    memcpy(identity, "\0", identity_len = 1);
    try("only a zero", SESSIONS);
    /* An identity that is none of the library's business, to a server with the other callbacks. */
    for (size_t len = 255; len <= 257; len++) {
        SSL_CTX *cctx, *sctx;
        struct pair pair;

        reset();
        memset(identity, 'i', sizeof(identity));
        identity_len = len;
        cctx = client_ctx(SESSIONS), sctx = server_ctx(KEYS);
        pair = new_pair(cctx, sctx);
        handshake(&pair);
        tell("to keys", pair.client, pair.client_end);
        tell("to keys", pair.server, pair.server_end);
        free_pair(&pair);
        memcpy(identity + 3, "\0", 1);
        pair = new_pair(cctx, sctx);
        handshake(&pair);
        tell("to keys, a zero", pair.client, pair.client_end);
        tell("to keys, a zero", pair.server, pair.server_end);
        free_pair(&pair);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

TEST_TLS13(identities_that_do_not_fit)
{
    static const size_t lengths[] = { 65400, 65535, 65536, 70000 };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        reset();
        memset(identity, 'i', sizeof(identity));
        identity_len = lengths[i];
        try("too long", SESSIONS);
    }
}

/* Binders ---------------------------------------------------------------- */

static struct {
    size_t cut;          /* bytes of the end that are missing */
    const char *instead; /* what is there */
    size_t len;
} change;

/* The pre_shared_key extension is the hello's end. */
static size_t change_hello(unsigned char *message, size_t len)
{
    size_t list = 4 + 2 + 32, at, end = len - change.cut + change.len;

    list += 1 + message[list];
    list += 2 + ((size_t)message[list] << 8 | message[list + 1]);
    list += 1 + message[list];
    for (at = list + 2; message[at] != 0 || message[at + 1] != TLSEXT_TYPE_psk;)
        at += 4 + ((size_t)message[at + 2] << 8 | message[at + 3]);
    memcpy(message + len - change.cut, change.instead, change.len);
    put_number(message + at + 2, end - at - 4, 2);
    put_number(message + list, end - list - 2, 2);
    put_number(message + 1, end - 4, 3);
    return end;
}

static void with_change(const char *title)
{
    static const struct rule rules[] = {
        { CLIENT, SSL3_RT_HANDSHAKE, SSL3_MT_CLIENT_HELLO, EDIT, 0, NULL, 0, change_hello },
    };
    SSL_CTX *cctx, *sctx;
    struct pair pair;
    struct relay *relay;
    int bad = 0;

    reset();
    cctx = client_ctx(SESSIONS), sctx = server_ctx(SESSIONS);
    SSL_CTX_set_keylog_callback(cctx, log_secret);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(sctx, (const unsigned char *)"psk", 3);
    pair.client = SSL_new(cctx);
    pair.server = SSL_new(sctx);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    relay = new_relay(TLS1_3_VERSION, rules, 1);
    attach(relay, pair.client, pair.server);
    for (int i = 0; i < 4; i++) {
        SSL *ssl = i % 2 == 0 ? pair.client : pair.server;
        struct end *end = i % 2 == 0 ? &pair.client_end : &pair.server_end;

        ERR_clear_error();
        end->ret = SSL_do_handshake(ssl);
        end->error = SSL_get_error(ssl, end->ret);
        end->reason = last_reason();
        bad |= end->ret == 1;
        relay_from(relay, i % 2 == 0 ? CLIENT : SERVER);
    }
    CHECK_INT(bad, 0);
    tell(title, pair.server, pair.server_end);
    tell(title, pair.client, pair.client_end);
    SSL_free(pair.client);
    SSL_free(pair.server);
    free(relay);
    logging = NULL;
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

#define BINDER "0123456789abcdef0123456789abcdef"

TEST_TLS13(binders)
{
    static const struct {
        const char *title;
        const char *bytes;
        size_t len;
    } cases[] = {
        { "another binder", BYTES("\x00\x21\x20" BINDER) },
        { "one byte less", BYTES("\x00\x20\x1f" "123456789abcdef0123456789abcdef") },
        { "one byte more", BYTES("\x00\x22\x21" BINDER "0") },
        { "of the other hash", BYTES("\x00\x31\x30" BINDER "0123456789abcdef") },
        { "an empty one", BYTES("\x00\x01\x00") },
        { "no list", BYTES("") },
        { "an empty list", BYTES("\x00\x00") },
        { "a list that is too long", BYTES("\x00\x42\x20" BINDER) },
        { "a list with a rest", BYTES("\x00\x21\x20" BINDER "\x00") },
        { "two binders", BYTES("\x00\x42\x20" BINDER "\x20" BINDER) },
        { "half a list", BYTES("\x00") },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        memset(&change, 0, sizeof(change));
        change.cut = 35, change.instead = cases[i].bytes, change.len = cases[i].len;
        with_change(cases[i].title);
    }
}
