/*
 * One message of a handshake with one place changed, by the relay: what a peer sends that
 * does not do as it should. Each row is about one check of OpenSSL's (abi/checks.tsv), and
 * how both ends then fail is a line that must be the stock library's.
 */
#include "relay.h"

/* What a row of a table leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

enum { TLS12 = 1, TLS13 = 2, BOTH = 3 };

/* Where a row changes something. */
enum place {
    START,       /* of the body */
    TAIL,        /* behind the message, in the same record: its length stays */
    SESSION_ID,  /* of a hello: its length */
    CIPHERS,     /* behind the session id */
    COMPRESSION, /* behind the cipher or ciphers */
    CERTIFICATE, /* behind the first certificate of TLS 1.3's message: its extensions */
    EXTENSION,   /* a whole extension, or a new one */
};

struct row {
    const char *name;
    int versions;
    enum side from;
    int message;
    enum place place;
    int at;     /* so many bytes behind the place; of EXTENSION: its number */
    int gone;   /* so many bytes are left out; -1: all that follow */
    const char *bytes;
    size_t len;
    int second; /* the second message of the kind */
    void (*contexts)(SSL_CTX *client, SSL_CTX *server);
    int resumes;
    int repeats; /* the message comes so many times more, as it is */
    int differs; /* how both ends fail is not compared; why is said below */
};

/*
 * Why Tessera differs:
 *
 * - rustls does not tell what is wrong in a Certificate message.
 * - rustls's client has changed its keys when it sees what is behind the server's Finished:
 *   the server cannot read its alert.
 */

static const struct row *row;

static size_t number_at(const unsigned char *at, int len)
{
    size_t number = 0;

    while (len-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* Editing -------------------------------------------------------------------- */

static size_t behind_session_id(const unsigned char *message)
{
    return 39 + message[38];
}

static size_t compression_of(const unsigned char *message)
{
    size_t at = behind_session_id(message);

    return message[0] == SSL3_MT_CLIENT_HELLO ? at + 2 + number_at(message + at, 2) : at + 2;
}

/* The length of the list of extensions. */
static size_t list_of(const unsigned char *message)
{
    switch (message[0]) {
    case SSL3_MT_CLIENT_HELLO:
        return compression_of(message) + 1 + message[compression_of(message)];
    case SSL3_MT_SERVER_HELLO:
        return compression_of(message) + 1;
    case SSL3_MT_CERTIFICATE_REQUEST:
        return 5 + message[4];
    default:
        return 4;
    }
}

static size_t place_of(const unsigned char *message, size_t len)
{
    switch (row->place) {
    case TAIL:
        return len;
    case SESSION_ID:
        return 38;
    case CIPHERS:
        return behind_session_id(message);
    case COMPRESSION:
        return compression_of(message);
    case CERTIFICATE:
        return 11 + number_at(message + 8, 3);
    default:
        return 4;
    }
}

/* Puts the row's bytes in the place of those at `at`. */
static size_t splice(unsigned char *message, size_t len, size_t at, size_t gone)
{
    REQUIRE(at + gone <= len);
    memmove(message + at + row->len, message + at + gone, len - at - gone);
    if (row->len != 0)
        memcpy(message + at, row->bytes, row->len);
    return len - gone + row->len;
}

static size_t edit_extension(unsigned char *message, size_t len)
{
    size_t list = list_of(message), at = list + 2, end = at + number_at(message + list, 2), gone = 0, before = len;

    REQUIRE(end <= len);
    for (; at < end; at += 4 + number_at(message + at + 2, 2))
        if ((int)number_at(message + at, 2) == row->at) {
            gone = 4 + number_at(message + at + 2, 2);
            break;
        }
    len = splice(message, len, at, gone);
    put_number(message + list, number_at(message + list, 2) + len - before, 2);
    return len;
}

static size_t edit(unsigned char *message, size_t len)
{
    size_t at = place_of(message, len) + (size_t)(row->place == EXTENSION ? 0 : row->at);

    if (row->place == EXTENSION)
        len = edit_extension(message, len);
    else
        len = splice(message, len, at, row->gone < 0 ? len - at : (size_t)row->gone);
    if (row->place != TAIL)
        put_number(message + 1, len - 4, 3);
    if (row->place == CERTIFICATE)
        put_number(message + 5, len - 8, 3);
    return len;
}

static size_t as_it_is(unsigned char *message, size_t len)
{
    (void)message;
    return len;
}

/* The scene ------------------------------------------------------------------- */

static SSL *sides[2];
static char alerts[2][100];

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *alert = data;
    char *text = alerts[ssl == sides[SERVER]];

    (void)version, (void)arg;
    if (type == SSL3_RT_ALERT && len == 2)
        snprintf(text + strlen(text), 100 - strlen(text), " %s %d/%d", sent ? "sent" : "received", alert[0], alert[1]);
}

static SSL_CTX *context_of(SSL_CTX *ctx)
{
    use_relay_ciphers(ctx);
    SSL_CTX_set1_groups_list(ctx, "P-256:P-384");
    SSL_CTX_set_keylog_callback(ctx, log_secret);
    SSL_CTX_set_msg_callback(ctx, note_alert);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
    return ctx;
}

/* Both ends, for as long as both go on. */
static void play(SSL_CTX *cctx, SSL_CTX *sctx, SSL_SESSION *session, int version)
{
    struct rule rules[] = {
        { row->from, SSL3_RT_HANDSHAKE, row->message, row->repeats ? REPEAT : EDIT, row->repeats,
          .edit = row->second ? as_it_is : edit },
        { row->from, SSL3_RT_HANDSHAKE, row->message, row->second ? EDIT : PASS, .edit = edit },
    };
    struct relay *relay = new_relay(version, rules, 2);
    int over[2] = { 0, 0 }, done[2] = { 0, 0 };

    sides[CLIENT] = SSL_new(cctx);
    sides[SERVER] = SSL_new(sctx);
    attach(relay, sides[CLIENT], sides[SERVER]);
    SSL_set_connect_state(sides[CLIENT]);
    SSL_set_accept_state(sides[SERVER]);
    SSL_set_tlsext_host_name(sides[CLIENT], "localhost");
    if (session != NULL)
        SSL_set_session(sides[CLIENT], session);
    alerts[CLIENT][0] = alerts[SERVER][0] = '\0';
    for (int i = 0; i < 14; i++) {
        enum side side = i % 2 == 0 ? CLIENT : SERVER;
        int ret, error;
        char byte;

        if (over[side])
            continue;
        ERR_clear_error();
        ret = done[side] ? SSL_read(sides[side], &byte, 1) : SSL_do_handshake(sides[side]);
        error = SSL_get_error(sides[side], ret);
        relay_from(relay, side);
        if (ret == 1) {
            done[side] = 1;
        } else if (error != SSL_ERROR_WANT_READ) {
            over[side] = 1;
            if (row->differs)
                ERR_clear_error();
            outcome_errors("%s, 1.%d: %s %d/%d%s", row->name, version == TLS1_3_VERSION ? 3 : 2,
                           side == CLIENT ? "client" : "server", ret, error, row->differs ? "" : alerts[side]);
        }
    }
    CHECK(over[CLIENT] || over[SERVER]);
    ERR_clear_error();
    SSL_free(sides[CLIENT]);
    SSL_free(sides[SERVER]);
    logging = NULL;
    free(relay);
}

static void play_row(int version)
{
    SSL_CTX *cctx = context_of(new_client_ctx(version)), *sctx = context_of(new_server_ctx(version));
    SSL_SESSION *session = NULL;

    if (row->contexts != NULL)
        row->contexts(cctx, sctx);
    if (row->resumes) {
        SSL_CTX_set_msg_callback(cctx, NULL);
        session = obtain_session(cctx, sctx);
        SSL_CTX_set_msg_callback(cctx, note_alert);
    }
    play(cctx, sctx, session, version);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void play_all(const struct row *rows, size_t count, int version)
{
    const char *only = getenv("ONLY");

    for (row = rows; row < rows + count; row++)
        if ((row->versions & (version == TLS1_3_VERSION ? TLS13 : TLS12)) && (only == NULL || strcmp(only, row->name) == 0))
            play_row(version);
}

#define PLAY(rows) play_all(rows, sizeof(rows) / sizeof((rows)[0]), version)

/* Contexts --------------------------------------------------------------------- */

static void retry(SSL_CTX *client, SSL_CTX *server)
{
    (void)client;
    SSL_CTX_set1_groups_list(server, "P-384");
}

static void more_ciphers(SSL_CTX *client, SSL_CTX *server)
{
    SSL_CTX_set_ciphersuites(client, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384");
    SSL_CTX_set_cipher_list(client, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305");
    (void)server;
}

static void retry_and_more_ciphers(SSL_CTX *client, SSL_CTX *server)
{
    more_ciphers(client, server);
    SSL_CTX_set_ciphersuites(server, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    retry(client, server);
}

static void ask_client(SSL_CTX *client, SSL_CTX *server)
{
    use_identity(client, "client");
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
    REQUIRE(SSL_CTX_load_verify_locations(server, fixture("ca.pem"), NULL) == 1);
}

static void short_fragments(SSL_CTX *client, SSL_CTX *server)
{
    (void)server;
    SSL_CTX_set_tlsext_max_fragment_length(client, TLSEXT_max_fragment_length_1024);
}

static void compression(SSL_CTX *client, SSL_CTX *server)
{
    (void)server;
    SSL_CTX_set_security_level(client, 1);
    SSL_CTX_clear_options(client, SSL_OP_NO_COMPRESSION);
}

static void x25519(SSL_CTX *client, SSL_CTX *server)
{
    SSL_CTX_set1_groups_list(client, "X25519");
    SSL_CTX_set1_groups_list(server, "X25519");
}

static void both_versions(SSL_CTX *client, SSL_CTX *server)
{
    (void)server;
    SSL_CTX_set_max_proto_version(client, TLS1_3_VERSION);
}

/* The server may sign with SHA-1 alone where the client lists no algorithms, and won't. */
static void no_sha1(SSL_CTX *client, SSL_CTX *server)
{
    (void)client;
    SSL_CTX_set_security_level(server, 0);
    SSL_CTX_set1_sigalgs_list(server, "ECDSA+SHA256");
}

/* A method of one version. */
static void one_version(SSL_CTX *client, SSL_CTX *server)
{
    (void)server;
    REQUIRE(SSL_CTX_set_ssl_version(client, TLSv1_2_client_method()) == 1);
    use_relay_ciphers(client);
}

/* ClientHellos ------------------------------------------------------------------- */

#define CH CLIENT, SSL3_MT_CLIENT_HELLO
#define ZEROS "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define LETTERS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

TEST_VERSIONS(client_hellos)
{
    static const struct row rows[] = {
        { "ciphers longer than the hello", BOTH, CH, CIPHERS, 0, 2, BYTES("\xff\xfe") },
        { "no compression methods", BOTH, CH, COMPRESSION, 0, 2, BYTES("\x00") },
        { "compression methods longer than the hello", BOTH, CH, COMPRESSION, 0, -1, BYTES("\x05\x00") },
        { "another compression method", BOTH, CH, COMPRESSION, 0, 2, BYTES("\x01\x01") },
        { "another compression method, too", TLS13, CH, COMPRESSION, 0, 2, BYTES("\x02\x01\x00") },
        { "a renegotiation", TLS12, CH, EXTENSION, 0xff01, 0, BYTES("\xff\x01\x00\x02\x01\x61") },
        { "a long name", BOTH, CH, EXTENSION, TLSEXT_TYPE_server_name, 0,
          BYTES("\x00\x00\x01\x05\x01\x03\x00\x01\x00" LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS LETTERS) },
        { "a name with a zero byte", BOTH, CH, EXTENSION, TLSEXT_TYPE_server_name, 0,
          BYTES("\x00\x00\x00\x08\x00\x06\x00\x00\x03" "a\0b") },
        { "an odd list of signature algorithms", BOTH, CH, EXTENSION, TLSEXT_TYPE_signature_algorithms, 0,
          BYTES("\x00\x0d\x00\x05\x00\x03\x04\x03\x08") },
        { "an odd list of signature algorithms for certificates", BOTH, CH, EXTENSION, TLSEXT_TYPE_signature_algorithms_cert, 0,
          BYTES("\x00\x32\x00\x05\x00\x03\x04\x03\x08") },
        { "bytes behind a responder", BOTH, CH, EXTENSION, TLSEXT_TYPE_status_request, 0,
          BYTES("\x00\x05\x00\x0e\x01\x00\x09\x00\x07\xa2\x04\x04\x02" "ab\x00\x00\x00") },
        { "no signature algorithms", TLS13, CH, EXTENSION, TLSEXT_TYPE_signature_algorithms, 0 },
        { "no signature algorithms and SHA-1 is not wanted", TLS12, CH, EXTENSION, TLSEXT_TYPE_signature_algorithms, 0,
          .contexts = no_sha1 },
        { "no ways of using a key, resumed", TLS13, CH, EXTENSION, TLSEXT_TYPE_psk_kex_modes, 0, .resumes = 1 },
        { "no groups", TLS13, CH, EXTENSION, TLSEXT_TYPE_supported_groups, 0 },
        { "an empty identity", TLS13, CH, EXTENSION, TLSEXT_TYPE_psk, 0,
          BYTES("\x00\x29\x00\x2b\x00\x06\x00\x00\x00\x00\x00\x00\x00\x21\x20" LETTERS) },
        { "bytes behind the hello", TLS13, CH, TAIL, 0, 0, BYTES("\x01\x00\x00\x00") },
        { "a share that gives no secret", TLS13, CH, EXTENSION, TLSEXT_TYPE_key_share, 0,
          BYTES("\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20" ZEROS), .contexts = x25519 },
        { "no share, after a retry", TLS13, CH, EXTENSION, TLSEXT_TYPE_key_share, 0,
          BYTES("\x00\x33\x00\x02\x00\x00"), 1, retry },
        { "another share, after a retry", TLS13, CH, EXTENSION, TLSEXT_TYPE_key_share, 0,
          BYTES("\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20" LETTERS), 1, retry },
        { "early data, after a retry", TLS13, CH, EXTENSION, TLSEXT_TYPE_early_data, 0,
          BYTES("\x00\x2a\x00\x00"), 1, retry },
        { "another cipher, after a retry", TLS13, CH, CIPHERS, 2, 2, BYTES("\x13\x05"), 1, retry_and_more_ciphers },
    };

    PLAY(rows);
}

/* ServerHellos ------------------------------------------------------------------- */

#define SH SERVER, SSL3_MT_SERVER_HELLO

TEST_VERSIONS(server_hellos)
{
    static const struct row rows[] = {
        { "no random", BOTH, SH, START, 12, -1 },
        { "an unknown cipher", BOTH, SH, CIPHERS, 0, 2, BYTES("\x0a\x0a") },
        { "a cipher that was not offered", TLS12, SH, CIPHERS, 0, 2, BYTES("\xc0\x2c") },
        { "a cipher that was not offered", TLS13, SH, CIPHERS, 0, 2, BYTES("\x13\x02") },
        { "no cipher", BOTH, SH, CIPHERS, 0, -1 },
        { "no compression method", BOTH, SH, COMPRESSION, 0, -1 },
        { "a compression method", BOTH, SH, COMPRESSION, 0, 1, BYTES("\x01") },
        { "a compression method that is unknown", BOTH, SH, COMPRESSION, 0, 1, BYTES("\x77"), .contexts = compression },
        { "a version too high", TLS12, SH, START, 0, 2, BYTES("\x03\x04") },
        { "another version", TLS12, SH, START, 0, 2, BYTES("\x03\x05"), .contexts = both_versions },
        { "a downgrade", TLS12, SH, START, 26, 8, BYTES("DOWNGRD\x01"), .contexts = both_versions },
        { "a renegotiation", TLS12, SH, EXTENSION, 0xff01, 0, BYTES("\xff\x01\x00\x02\x01\x61") },
        { "no fragment length", TLS12, SH, EXTENSION, TLSEXT_TYPE_max_fragment_length, 0,
          BYTES("\x00\x01\x00\x00"), .contexts = short_fragments },
        { "no point formats", TLS12, SH, EXTENSION, TLSEXT_TYPE_ec_point_formats, 0, BYTES("\x00\x0b\x00\x01\x00") },
        { "another version than the method's", TLS12, SH, START, 0, 2, BYTES("\x03\x02"), .contexts = one_version },
        { "another cipher, resumed", BOTH, SH, CIPHERS, 0, 2, BYTES("\xcc\xa9"),
          .contexts = more_ciphers, .resumes = 1 },
        { "another hash, resumed", TLS13, SH, CIPHERS, 0, 2, BYTES("\x13\x02"),
          .contexts = more_ciphers, .resumes = 1 },
        { "no extended master secret, resumed", TLS12, SH, EXTENSION, TLSEXT_TYPE_extended_master_secret,
          0, .resumes = 1 },
        { "another identity, resumed", TLS13, SH, EXTENSION, TLSEXT_TYPE_psk, 0,
          BYTES("\x00\x29\x00\x02\x00\x05"), .resumes = 1 },
        { "a long identity, resumed", TLS13, SH, EXTENSION, TLSEXT_TYPE_psk, 0,
          BYTES("\x00\x29\x00\x03\x00\x00\x00"), .resumes = 1 },
        { "no share", TLS13, SH, EXTENSION, TLSEXT_TYPE_key_share, 0 },
        { "a share that gives no secret", TLS13, SH, EXTENSION, TLSEXT_TYPE_key_share, 0,
          BYTES("\x00\x33\x00\x24\x00\x1d\x00\x20" ZEROS), .contexts = x25519 },
        { "bytes behind the hello", TLS13, SH, TAIL, 0, 0, BYTES("\x08\x00\x00\x02") },
        { "a retry for nothing", TLS13, SH, EXTENSION, TLSEXT_TYPE_key_share, 0, .contexts = retry },
        { "a retry twice", TLS13, SH, .contexts = retry, .repeats = 1 },
        { "another cipher, after a retry", TLS13, SH, CIPHERS, 0, 2, BYTES("\x13\x03"), 1, retry_and_more_ciphers },
        { "no version, after a retry", TLS13, SH, EXTENSION, TLSEXT_TYPE_supported_versions, 0, .second = 1,
          .contexts = retry },
    };

    PLAY(rows);
}

/* What follows ---------------------------------------------------------------------- */

TEST_VERSIONS(later_messages)
{
    static const struct row rows[] = {
        { "a certificate longer than its list", TLS12, SERVER, SSL3_MT_CERTIFICATE, START, 3, 3,
          BYTES("\x7f\xff\xff"), .differs = 1 },
        { "a certificate longer than its list", TLS13, SERVER, SSL3_MT_CERTIFICATE, START, 4, 3,
          BYTES("\x7f\xff\xff"), .differs = 1 },
        { "a certificate without extensions", TLS13, SERVER, SSL3_MT_CERTIFICATE, CERTIFICATE, 0, -1, .differs = 1 },
        { "a client's certificate without extensions", TLS13, CLIENT, SSL3_MT_CERTIFICATE, CERTIFICATE, 0, -1,
          .contexts = ask_client, .differs = 1 },
        { "a client's certificate longer than its list", TLS12, CLIENT, SSL3_MT_CERTIFICATE, START, 3, 3,
          BYTES("\x7f\xff\xff"), .contexts = ask_client, .differs = 1 },
        { "a client's certificate longer than its list", TLS13, CLIENT, SSL3_MT_CERTIFICATE, START, 4, 3,
          BYTES("\x7f\xff\xff"), .contexts = ask_client, .differs = 1 },
        { "a client's certificate with a context", TLS13, CLIENT, SSL3_MT_CERTIFICATE, START, 0, 1,
          BYTES("\x01\x61"), .contexts = ask_client, .differs = 1 },
        { "a key exchange without a curve", TLS12, SERVER, SSL3_MT_SERVER_KEY_EXCHANGE, START, 1, -1 },
        { "a key exchange with a long point", TLS12, SERVER, SSL3_MT_SERVER_KEY_EXCHANGE, START, 3, 1, BYTES("\xff") },
        { "a key exchange without a signature", TLS12, SERVER, SSL3_MT_SERVER_KEY_EXCHANGE, START, 69, -1 },
        { "a request with long types", TLS12, SERVER, SSL3_MT_CERTIFICATE_REQUEST, START, 0, 1,
          BYTES("\xff"), .contexts = ask_client },
        { "a request with an odd list of algorithms", TLS12, SERVER, SSL3_MT_CERTIFICATE_REQUEST, START, 0, -1,
          BYTES("\x01\x40\x00\x03\x04\x03\x08\x00\x00"), .contexts = ask_client },
        { "a request with bytes behind a name", TLS12, SERVER, SSL3_MT_CERTIFICATE_REQUEST, START, 0, -1,
          BYTES("\x01\x40\x00\x02\x04\x03\x00\x10\x00\x0e\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00\x00"), .contexts = ask_client },
        { "a request with a long context", TLS13, SERVER, SSL3_MT_CERTIFICATE_REQUEST, START, 0, 1,
          BYTES("\xff"), .contexts = ask_client },
        { "a request without algorithms", TLS13, SERVER, SSL3_MT_CERTIFICATE_REQUEST, EXTENSION, TLSEXT_TYPE_signature_algorithms, 0, .contexts = ask_client },
        { "hello done, and a byte", TLS12, SERVER, SSL3_MT_SERVER_DONE, START, 0, 0, BYTES("\x00") },
        { "an empty key exchange", TLS12, CLIENT, SSL3_MT_CLIENT_KEY_EXCHANGE, START, 0, -1 },
        { "a signature without an algorithm", BOTH, CLIENT, SSL3_MT_CERTIFICATE_VERIFY, START, 1, -1,
          .contexts = ask_client },
        { "a signature without a length", BOTH, CLIENT, SSL3_MT_CERTIFICATE_VERIFY, START, 3, -1,
          .contexts = ask_client },
        { "bytes behind the server's Finished", TLS13, SERVER, SSL3_MT_FINISHED, TAIL, 0, 0,
          BYTES("\x04\x00\x00\x02"), .differs = 1 },
        { "bytes behind the client's Finished", TLS13, CLIENT, SSL3_MT_FINISHED, TAIL, 0, 0,
          BYTES("\x18\x00\x00\x01") },
    };

    PLAY(rows);
}

/* The form of SSL 2 --------------------------------------------------------------------- */

TEST(hellos_of_ssl_2)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t len;
    } hellos[] = {
        { "shorter than its header", BYTES("\x80\x05\x01\x03\x03\x00\x03\x00\x00\x00\x10") },
        { "longer than a record", BYTES("\xff\xff\x01\x03\x03\x00\x03\x00\x00\x00\x10") },
        { "with a long session id", BYTES("\x80\x3d\x01\x03\x03\x00\x03\x00\x21\x00\x10\x00\xc0\x2b" LETTERS LETTERS) },
    };
    SSL_CTX *ctx = context_of(new_server_ctx(TLS1_2_VERSION));

    for (size_t i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
        SSL *ssl = SSL_new(ctx);
        int ret;

        sides[SERVER] = ssl;
        alerts[SERVER][0] = '\0';
        SSL_set_bio(ssl, BIO_new_mem_buf(hellos[i].bytes, (int)hellos[i].len), BIO_new(BIO_s_mem()));
        ERR_clear_error();
        ret = SSL_accept(ssl);
        outcome_errors("SSL 2's hello, %s: %d/%d%s", hellos[i].name, ret, SSL_get_error(ssl, ret), alerts[SERVER]);
        SSL_free(ssl);
    }
    SSL_CTX_free(ctx);
}

/* What is missing ----------------------------------------------------------------------- */

TEST_VERSIONS(nothing_to_write_to)
{
    SSL_CTX *ctx = new_client_ctx(version);
    SSL *ssl = SSL_new(ctx);
    int ret;

    SSL_set0_rbio(ssl, BIO_new(BIO_s_mem()));
    ERR_clear_error();
    ret = SSL_connect(ssl);
    outcome_errors("without a BIO to write to: %d/%d", ret, SSL_get_error(ssl, ret));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_TLS13(a_server_without_ciphers)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    int ret;

    REQUIRE(SSL_CTX_set_ciphersuites(sctx, "") == 1);
    pair = new_pair(cctx, sctx);
    SSL_do_handshake(pair.client);
    ERR_clear_error();
    ret = SSL_do_handshake(pair.server);
    outcome("a server without ciphers: %d/%d %d", ret, SSL_get_error(pair.server, ret), ERR_GET_REASON(ERR_peek_last_error()));
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Exported keying material ---------------------------------------------------------- */

static void export_as(SSL *ssl, const char *label, size_t len)
{
    unsigned char out[16];

    outcome_errors("exported as %.30s, of %zu bytes, in version %x: %d", label, len, SSL_version(ssl),
                   SSL_export_keying_material(ssl, out, sizeof(out), label, len, NULL, 0, 0));
}

TEST_VERSIONS(labels_of_tls)
{
    static const char *const labels[] = { "client finished", "server finished", "master secret",
                                          "extended master secret", "key expansion",
                                          "key expansions", "another" };
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char longest[300];

    memset(longest, 'l', sizeof(longest));
    ERR_clear_error();
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        export_as(pair.client, labels[i], strlen(labels[i]));
    export_as(pair.client, longest, 249);
    export_as(pair.client, longest, 250);
    export_as(pair.client, longest, 300);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
