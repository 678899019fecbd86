/*
 * SSL_trace: messages as text. Both libraries are given the same bytes, and what
 * they print is an outcome: equal to the letter. The messages are built from a fixed
 * seed and then changed in thousands of ways.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>

/* Random numbers, the same on every run ------------------------------------ */

static uint64_t state;

static unsigned int random_below(unsigned int limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned int)((state >> 20) % limit);
}

/* Messages ------------------------------------------------------------------ */

struct bytes {
    unsigned char data[8192];
    size_t len;
};

static void append(struct bytes *to, const void *data, size_t len)
{
    REQUIRE(to->len + len <= sizeof(to->data));
    memcpy(to->data + to->len, data, len);
    to->len += len;
}

static void number(struct bytes *to, unsigned int value, int size)
{
    while (size-- > 0) {
        unsigned char byte = (unsigned char)(value >> (8 * size));

        append(to, &byte, 1);
    }
}

static void vector(struct bytes *to, int size, const void *data, size_t len)
{
    number(to, (unsigned int)len, size);
    append(to, data, len);
}

static void noise(struct bytes *to, size_t len)
{
    while (len-- > 0)
        number(to, random_below(256), 1);
}

static void extension(struct bytes *to, unsigned int type, const void *data, size_t len)
{
    number(to, type, 2);
    vector(to, 2, data, len);
}

#define EXTENSION(to, type, literal) extension(to, type, literal, sizeof(literal) - 1)

static struct bytes message(int type, const struct bytes *body)
{
    struct bytes whole = { .len = 0 };

    number(&whole, (unsigned int)type, 1);
    vector(&whole, 3, body->data, body->len);
    return whole;
}

/* What clients send, and more than any client would at once. */
static void client_extensions(struct bytes *to)
{
    struct bytes all = { .len = 0 };

    EXTENSION(&all, 0, "\0\x0c\0\0\x09localhost");
    EXTENSION(&all, 1, "\x03");
    EXTENSION(&all, 5, "\1\0\0\0\0");
    EXTENSION(&all, 10, "\0\x0a\0\x1d\0\x17\0\x18\1\0\x11\xec");
    EXTENSION(&all, 11, "\3\0\1\2");
    EXTENSION(&all, 13, "\0\x08\4\3\x08\7\x08\4\xaa\xaa");
    EXTENSION(&all, 14, "\0\4\0\1\0\2\0");
    EXTENSION(&all, 16, "\0\x0e\2h2\x08http/1.1\1\0");
    EXTENSION(&all, 18, "");
    EXTENSION(&all, 21, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    EXTENSION(&all, 22, "");
    EXTENSION(&all, 23, "");
    EXTENSION(&all, 35, "");
    EXTENSION(&all, 35, "a ticket");
    EXTENSION(&all, 42, "");
    EXTENSION(&all, 43, "\x08\3\4\3\3\xfe\xfd\x7f\x1c");
    EXTENSION(&all, 44, "\0\4cook");
    EXTENSION(&all, 45, "\3\1\0\7");
    EXTENSION(&all, 47, "\0\7\0\5names");
    EXTENSION(&all, 49, "");
    EXTENSION(&all, 50, "\0\2\4\3");
    EXTENSION(&all, 51, "\0\x11\0\x1d\0\4keys\0\x17\0\5share");
    EXTENSION(&all, 0x3374, "");
    EXTENSION(&all, 0xff01, "\0");
    EXTENSION(&all, 0xff01, "\x0c" "verify data!");
    EXTENSION(&all, 0x1234, "no extension with a name");
    EXTENSION(&all, 41, "\0\x0a\0\4abcd\0\0\0\0\0\5\4bind");
    vector(to, 2, all.data, all.len);
}

static void server_extensions(struct bytes *to)
{
    struct bytes all = { .len = 0 };

    EXTENSION(&all, 0, "");
    EXTENSION(&all, 1, "\2");
    EXTENSION(&all, 10, "\0\4\0\x17\0\x1e");
    EXTENSION(&all, 11, "\1\0");
    EXTENSION(&all, 16, "\0\3\2h2");
    EXTENSION(&all, 35, "");
    EXTENSION(&all, 42, "\0\0\1\0");
    EXTENSION(&all, 43, "\3\4");
    EXTENSION(&all, 51, "\0\x1d\0\6public");
    EXTENSION(&all, 51, "\0\x18");
    EXTENSION(&all, 0xff01, "\0");
    EXTENSION(&all, 0xff01, "\x08" "hereback");
    vector(to, 2, all.data, all.len);
}

static struct bytes client_hello(int extensions)
{
    struct bytes body = { .len = 0 };

    number(&body, 0x0303, 2);
    noise(&body, 32);
    vector(&body, 1, "an id", 5);
    vector(&body, 2, "\x13\1\x13\2\xc0\x2c\0\xff\x56\0\xab\xcd\xcc\xa8\0\x2f", 16);
    vector(&body, 1, "\0\1\7", 3);
    if (extensions)
        client_extensions(&body);
    return message(SSL3_MT_CLIENT_HELLO, &body);
}

static struct bytes server_hello(unsigned int version, int extensions)
{
    struct bytes body = { .len = 0 };

    number(&body, version, 2);
    noise(&body, 32);
    if (version != 0x0304)
        vector(&body, 1, "an id", 5);
    number(&body, 0xc02b, 2);
    if (version != 0x0304)
        number(&body, 0, 1);
    if (extensions > 1)
        server_extensions(&body);
    else if (extensions)
        number(&body, 0, 2);
    return message(SSL3_MT_SERVER_HELLO, &body);
}

static void der_of(const char *name, struct bytes *der)
{
    X509 *cert = fixture_cert(name);
    unsigned char *end = der->data;

    der->len = (size_t)i2d_X509(cert, &end);
    X509_free(cert);
}

static struct bytes certificate(int version)
{
    static const char *const names[] = { "server-p256", "ca" };
    struct bytes list = { .len = 0 }, body = { .len = 0 };
    int i;

    for (i = 0; i < 2; i++) {
        struct bytes der = { .len = 0 };

        der_of(names[i], &der);
        vector(&list, 3, der.data, der.len);
        if (version == TLS1_3_VERSION) {
            struct bytes all = { .len = 0 };

            if (i == 0)
                EXTENSION(&all, 5, "\1\0\0\x08" "response");
            vector(&list, 2, all.data, all.len);
        }
    }
    if (version == TLS1_3_VERSION)
        vector(&body, 1, "ctx", 3);
    vector(&body, 3, list.data, list.len);
    return message(SSL3_MT_CERTIFICATE, &body);
}

static struct bytes certificate_request(int version)
{
    struct bytes body = { .len = 0 }, names = { .len = 0 }, name = { .len = 0 };
    X509 *ca = fixture_cert("ca");
    unsigned char *end = name.data;

    name.len = (size_t)i2d_X509_NAME(X509_get_subject_name(ca), &end);
    X509_free(ca);
    vector(&names, 2, name.data, name.len);
    vector(&names, 2, "no name", 7);
    if (version == TLS1_3_VERSION) {
        struct bytes all = { .len = 0 };

        EXTENSION(&all, 13, "\0\4\4\3\x08\7");
        number(&all, 47, 2);
        number(&all, (unsigned int)names.len + 2, 2);
        vector(&all, 2, names.data, names.len);
        vector(&body, 1, "", 0);
        vector(&body, 2, all.data, all.len);
    } else {
        vector(&body, 1, "\1\x40\2\x63", 4);
        vector(&body, 2, "\4\3\x08\7\4\1", 6);
        vector(&body, 2, names.data, names.len);
    }
    return message(SSL3_MT_CERTIFICATE_REQUEST, &body);
}

static struct bytes ticket(int version)
{
    struct bytes body = { .len = 0 };

    number(&body, 7200, 4);
    if (version == TLS1_3_VERSION) {
        noise(&body, 4);
        vector(&body, 1, "nonce", 5);
    }
    vector(&body, 2, "what only the server reads", 26);
    if (version == TLS1_3_VERSION)
        append(&body, "\0\x08\0\x2a\0\4\0\0\x40\0", 10);
    return message(SSL3_MT_NEWSESSION_TICKET, &body);
}

static struct bytes literal(int type, const void *data, size_t len)
{
    struct bytes body = { .len = 0 };

    append(&body, data, len);
    return message(type, &body);
}

#define LITERAL(type, text) literal(type, text, sizeof(text) - 1)
#define SEVERAL 40

/* One of the messages that there are. */
static struct bytes build(int which, int version)
{
    struct bytes body = { .len = 0 };

    switch (which) {
    case 0: return client_hello(1);
    case 1: return client_hello(0);
    case 2: return server_hello(0x0303, 2);
    case 3: return server_hello(0x0303, 0);
    case 4: return server_hello(0x0304, 1);
    case 5: return certificate(version);
    case 6: return certificate_request(version);
    case 7: return ticket(version);
    case 8: return LITERAL(SSL3_MT_NEWSESSION_TICKET, "");
    case 9: return LITERAL(SSL3_MT_SERVER_KEY_EXCHANGE, "\3\0\x17\4poin\4\3\0\4sign");
    case 10: return LITERAL(SSL3_MT_SERVER_KEY_EXCHANGE, "\1\0\2no");
    case 11: return LITERAL(SSL3_MT_SERVER_KEY_EXCHANGE, "\2\0\0\2no");
    case 12: return LITERAL(SSL3_MT_SERVER_KEY_EXCHANGE, "\7");
    case 13: return LITERAL(SSL3_MT_SERVER_KEY_EXCHANGE, "\3\0\x17\4poin");
    case 14: return LITERAL(SSL3_MT_CLIENT_KEY_EXCHANGE, "\4poin");
    case 15: return LITERAL(SSL3_MT_CLIENT_KEY_EXCHANGE, "");
    case 16: return LITERAL(SSL3_MT_CERTIFICATE_VERIFY, "\x08\4\0\4sign");
    case 17: return LITERAL(SSL3_MT_FINISHED, "twelve bytes");
    case 18: return LITERAL(SSL3_MT_SERVER_DONE, "");
    case 19: return LITERAL(SSL3_MT_SERVER_DONE, "x");
    case 20: return LITERAL(SSL3_MT_KEY_UPDATE, "\0");
    case 21: return LITERAL(SSL3_MT_KEY_UPDATE, "\1");
    case 22: return LITERAL(SSL3_MT_KEY_UPDATE, "\2");
    case 23: return LITERAL(SSL3_MT_KEY_UPDATE, "\1\1");
    case 24: return LITERAL(SSL3_MT_HELLO_REQUEST, "");
    case 25: return LITERAL(SSL3_MT_END_OF_EARLY_DATA, "");
    case 26: return LITERAL(SSL3_MT_CERTIFICATE_STATUS, "\1\0\0\3abc");
    case 27: return LITERAL(DTLS1_MT_HELLO_VERIFY_REQUEST, "\xfe\xff\3abc");
    case 28: return LITERAL(99, "unknown, and longer than one line of a dump");
    case 29: return LITERAL(SSL3_MT_MESSAGE_HASH, "0123456789abcdef");
    case 30:
        server_extensions(&body);
        return message(SSL3_MT_ENCRYPTED_EXTENSIONS, &body);
    case 31: return LITERAL(SSL3_MT_ENCRYPTED_EXTENSIONS, "\0\0");
    case 32: return LITERAL(SSL3_MT_ENCRYPTED_EXTENSIONS, "");
    case 33: return LITERAL(SSL3_MT_CERTIFICATE, "\0\0\0");
    case 34: return LITERAL(SSL3_MT_CERTIFICATE, "\0\0\0\0");
    case 35: return LITERAL(SSL3_MT_CERTIFICATE, "\0\0\7\0\0\4\x30\3\2\1");
    case 36: return LITERAL(SSL3_MT_SUPPLEMENTAL_DATA, "abc");
    case 37: return LITERAL(SSL3_MT_CERTIFICATE_URL, "");
    case 38: return LITERAL(SSL3_MT_NEXT_PROTO, "\2h2");
    default: return LITERAL(SSL3_MT_CERTIFICATE_REQUEST, "\0\0\0\0\0");
    }
}

/* Outcomes ------------------------------------------------------------------ */

/* Certificates with bad keys are printed with the error queue, each error behind
 * the thread's number, which differs from run to run. */
static void mask_threads(BIO *text)
{
    char *start, *end, *at;
    long count = BIO_get_mem_data(text, &start);

    for (end = start + count, at = start; (at = memmem(at, (size_t)(end - at), ":error:", 7)) != NULL; at++)
        if (at - start >= 16)
            memset(at - 16, '#', 16);
}

/* What SSL_trace prints; the caller frees. */
static BIO *trace(SSL *ssl, int sent, int type, const unsigned char *data, size_t len)
{
    BIO *text = BIO_new(BIO_s_mem());
    /* Its own piece of memory, so that Valgrind sees what is read behind it. */
    unsigned char *copy = malloc(len + 1);

    REQUIRE(text != NULL && copy != NULL);
    memcpy(copy, data, len);
    SSL_trace(sent, TLS1_2_VERSION, type, copy, len, ssl, text);
    free(copy);
    mask_threads(text);
    return text;
}

static void note_text(const char *what, SSL *ssl, int sent, int type, const unsigned char *data, size_t len)
{
    BIO *text = trace(ssl, sent, type, data, len);
    char line[4096];
    int count;

    outcome("%s", what);
    while ((count = BIO_gets(text, line, sizeof(line))) > 0) {
        line[strcspn(line, "\n")] = '\0';
        outcome("|%s|", line);
    }
    outcome_errors("%s: errors", what);
    BIO_free(text);
}

/* The same by a hash, for many. */
static void note_hash(const char *what, SSL *ssl, int sent, int type, const unsigned char *data, size_t len)
{
    BIO *text = trace(ssl, sent, type, data, len);
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char *start;
    long count = BIO_get_mem_data(text, &start);

    SHA256((unsigned char *)start, (size_t)count, hash);
    outcome("%s: %ld bytes %02x%02x%02x%02x", what, count, hash[0], hash[1], hash[2], hash[3]);
    outcome_errors("%s: errors", what);
    BIO_free(text);
}

static const int each_version[] = { TLS1_2_VERSION, TLS1_3_VERSION };

TEST_VERSIONS(messages_are_printed)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = connected_pair(client, server);
    char what[64];
    int which, sent;

    state = 88172645463325252u;
    for (which = 0; which < SEVERAL; which++) {
        for (sent = 0; sent < 2; sent++) {
            struct bytes bytes = build(which, version);

            snprintf(what, sizeof(what), "message %d, %s", which, sent ? "sent" : "received");
            note_text(what, pair.client, sent, SSL3_RT_HANDSHAKE, bytes.data, bytes.len);
            snprintf(what, sizeof(what), "message %d, %s by the server", which, sent ? "sent" : "received");
            note_hash(what, pair.server, sent, SSL3_RT_HANDSHAKE, bytes.data, bytes.len);
        }
    }
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Some of what is in a message changed; its own length is kept true mostly. */
static void change(struct bytes *bytes)
{
    unsigned int times = 1 + random_below(3);

    while (times-- > 0 && bytes->len > 0) {
        size_t at = random_below((unsigned int)bytes->len);
        size_t count = 1 + random_below(4);

        switch (random_below(6)) {
        case 0: bytes->data[at] = (unsigned char)random_below(256); break;
        case 1: bytes->data[at] ^= (unsigned char)(1 << random_below(8)); break;
        case 2: bytes->data[at] += random_below(2) ? 1 : 255; break;
        case 3: bytes->len = at; break;
        case 4:
            if (count > bytes->len - at)
                count = bytes->len - at;
            memmove(bytes->data + at, bytes->data + at + count, bytes->len - at - count);
            bytes->len -= count;
            break;
        default:
            memmove(bytes->data + at + count, bytes->data + at, bytes->len - at);
            while (count-- > 0)
                bytes->data[at + count] = (unsigned char)random_below(256), bytes->len++;
        }
    }
    if (bytes->len >= 4 && random_below(4) != 0) {
        bytes->data[1] = 0;
        bytes->data[2] = (unsigned char)((bytes->len - 4) >> 8);
        bytes->data[3] = (unsigned char)(bytes->len - 4);
    }
}

TEST_VERSIONS(changed_messages_are_printed)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = connected_pair(client, server);
    char what[64];
    int which, i;

    state = 362436069u;
    for (which = 0; which < SEVERAL; which++) {
        /* The larger ones have more to go wrong. */
        int times = which == 0 ? 1500 : which < 8 || which == 30 ? 300 : 30;

        for (i = 0; i < times; i++) {
            struct bytes bytes = build(which, each_version[i & 1]);
            int sent = (int)random_below(2);

            change(&bytes);
            snprintf(what, sizeof(what), "message %d, change %d", which, i);
            note_hash(what, i & 2 ? pair.client : pair.server, sent, SSL3_RT_HANDSHAKE, bytes.data, bytes.len);
        }
    }
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST(records_and_alerts_are_printed)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    unsigned char header[] = { 22, 3, 1, 0x12, 0x34, 0xfe, 0xdc };
    char what[64];
    size_t len;
    int i;

    for (i = 0; i < 256; i++) {
        unsigned char alert[] = { (unsigned char)(i % 4), (unsigned char)i, 0 };
        unsigned char byte = (unsigned char)i;

        header[0] = byte;
        header[1] = (unsigned char)(i % 5 == 0 ? 0xfe : 3);
        header[2] = (unsigned char)(i % 7);
        snprintf(what, sizeof(what), "number %d", i);
        note_text(what, ssl, i & 1, SSL3_RT_HEADER, header, 5);
        note_text(what, ssl, i & 1, SSL3_RT_INNER_CONTENT_TYPE, &byte, 1);
        note_text(what, ssl, i & 1, SSL3_RT_ALERT, alert, 2);
        note_text(what, ssl, i & 1, SSL3_RT_CHANGE_CIPHER_SPEC, &byte, 1);
        note_text(what, ssl, i & 1, i, (unsigned char *)"\0\0\0\0", 4);
    }
    for (len = 0; len <= sizeof(header); len++) {
        snprintf(what, sizeof(what), "%d bytes", (int)len);
        note_text(what, ssl, 1, SSL3_RT_HEADER, header, len);
        note_text(what, ssl, 1, SSL3_RT_ALERT, header, len);
        note_text(what, ssl, 1, SSL3_RT_CHANGE_CIPHER_SPEC, header, len);
        note_text(what, ssl, 0, SSL3_RT_APPLICATION_DATA, header, len);
        note_text(what, ssl, 0, SSL3_RT_HANDSHAKE, header, len);
        note_text(what, ssl, 0, 1000, header, len);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* All that has a name, and what is next to it. */
TEST(names_are_known)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    unsigned int kind, first;
    char what[64];

    for (first = 0; first < 0x10000; first += 0x400) {
        struct bytes body = { .len = 0 }, hello, list = { .len = 0 }, all = { .len = 0 };
        static const unsigned int lists[] = { 10, 13 };
        unsigned int i;

        for (i = 0; i < 0x400; i++)
            number(&list, first + i, 2);
        number(&body, 0x0303, 2);
        noise(&body, 32);
        number(&body, 0, 1);
        vector(&body, 2, list.data, list.len);
        vector(&body, 1, "\0", 1);
        hello = message(SSL3_MT_CLIENT_HELLO, &body);
        snprintf(what, sizeof(what), "suites from %04x", first);
        note_hash(what, ssl, 1, SSL3_RT_HANDSHAKE, hello.data, hello.len);
        for (kind = 0; kind < 2; kind++) {
            all.len = body.len = 0;
            number(&all, lists[kind], 2);
            number(&all, (unsigned int)list.len + 2, 2);
            vector(&all, 2, list.data, list.len);
            vector(&body, 2, all.data, all.len);
            hello = message(SSL3_MT_ENCRYPTED_EXTENSIONS, &body);
            snprintf(what, sizeof(what), "extension %u from %04x", lists[kind], first);
            note_hash(what, ssl, 1, SSL3_RT_HANDSHAKE, hello.data, hello.len);
        }
        all.len = body.len = 0;
        for (i = 0; i < 0x400; i++)
            extension(&all, first + i, "\0\0", i & 1 ? 2 : 1);
        vector(&body, 2, all.data, all.len);
        hello = message(SSL3_MT_ENCRYPTED_EXTENSIONS, &body);
        snprintf(what, sizeof(what), "extensions from %04x", first);
        note_hash(what, ssl, 1, SSL3_RT_HANDSHAKE, hello.data, hello.len);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* As a callback: what a connection prints has the same form on both libraries. */
TEST_VERSIONS(connections_are_traced)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = new_pair(client, server);
    BIO *seen[] = { BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()) };
    SSL *ssl[] = { pair.client, pair.server };
    int i;

    for (i = 0; i < 2; i++) {
        SSL_set_msg_callback(ssl[i], SSL_trace);
        SSL_set_msg_callback_arg(ssl[i], seen[i]);
    }
    CHECK_INT(handshake(&pair), 1);
    for (i = 0; i < 2; i++) {
        char line[8192];

        while (BIO_gets(seen[i], line, sizeof(line)) > 0) {
            char name[64];

            if (strstr(line, ", Length=") != NULL && sscanf(line, " %63[A-Za-z]", name) == 1)
                outcome("%s saw %s", i == 0 ? "client" : "server", name);
            if (strstr(line, "parse error") != NULL)
                outcome("%s saw an error", i == 0 ? "client" : "server");
        }
        BIO_free(seen[i]);
    }
    free_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* What the message callback is told, for each side and way: when the answer to a key
 * update leaves is the library's affair, with the read or with the next write. */
static char events[2][2][4096];

static void note_event(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *bytes = data;
    char *to = events[arg != NULL][sent != 0];

    snprintf(to + strlen(to), sizeof(events[0][0]) - strlen(to), "%04x: type %d, %zu bytes, %02x%02x; ",
             (unsigned int)version, type, len, bytes[0], len > 4 ? bytes[4] : 0);
    (void)ssl;
}

/* After the handshake, where both libraries write the same records. */
TEST_VERSIONS(records_are_told_of)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair;
    int side, sent;

    SSL_CTX_set_num_tickets(server, 0);
    pair = connected_pair(client, server);
    drain(pair.client);
    SSL_set_msg_callback(pair.client, note_event);
    SSL_set_msg_callback(pair.server, note_event);
    SSL_set_msg_callback_arg(pair.server, "server");
    check_data(&pair);
    if (version == TLS1_3_VERSION) {
        CHECK_INT(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
        check_data(&pair);
        check_data(&pair);
    }
    close_cleanly(&pair);
    for (side = 0; side < 2; side++)
        for (sent = 0; sent < 2; sent++)
            outcome("%s %s: %s", side ? "server" : "client", sent ? "sent" : "received", events[side][sent]);
    free_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST(nothing_is_printed_nowhere)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    SSL_trace(1, TLS1_2_VERSION, SSL3_RT_ALERT, "\1\0", 2, ssl, NULL);
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}
