/*
 * ClientHellos that are long: in a record that is too long, longer than a record, than
 * 64 KiB, and than OpenSSL takes.
 */
#include "harness.h"

static char alerts[40];

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *alert = data;

    (void)version, (void)ssl, (void)arg;
    if (sent && type == SSL3_RT_ALERT && len == 2)
        snprintf(alerts, sizeof(alerts), " sent %d/%d", alert[0], alert[1]);
}

struct message {
    unsigned char bytes[140000];
    size_t len;
};

static void put(struct message *message, const void *bytes, size_t len)
{
    REQUIRE(message->len + len <= sizeof(message->bytes));
    memcpy(message->bytes + message->len, bytes, len);
    message->len += len;
}

static void put_number(struct message *message, size_t number, int len)
{
    while (len-- > 0) {
        unsigned char byte = (unsigned char)(number >> (8 * len));

        put(message, &byte, 1);
    }
}

/* A point of P-256: its generator. */
#define POINT                                                                                                          \
    "\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb\x33\xa0\xf4\xa1\x39" \
    "\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b\xce\x33\x57\x6b\x31\x5e" \
    "\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"
#define EXTENSIONS                                                                                                     \
    "\x00\x0a\x00\x04\x00\x02\x00\x17\x00\x0d\x00\x04\x00\x02\x04\x03\x00\x17\x00\x00\xff\x01\x00\x01\x00"

/* What is long in a hello. */
struct shape {
    size_t ciphers;    /* bytes of suites that nobody has, besides two */
    size_t session_id, compressions;
    int filler;        /* type of the extension that is long */
    size_t filled;     /* bytes of it, header included; 0: none */
    size_t extensions; /* how many, that share them */
    int share;         /* a key share, so that there is no retry */
};

static struct message hello_of(const struct shape *shape, int version)
{
    static const unsigned char zeros[70000];
    struct message message = { .len = 0 };
    size_t list;

    put(&message, "\1\0\0\0\3\3", 6);
    put(&message, "0123456789abcdef0123456789abcdef", 32);
    put_number(&message, shape->session_id, 1);
    put(&message, zeros, shape->session_id);
    put_number(&message, shape->ciphers + 4, 2);
    for (size_t i = 0; i < shape->ciphers / 2; i++)
        put_number(&message, 0x5a00 + (i & 0xff), 2);
    put(&message, "\x13\x01\xc0\x2b", 4);
    put_number(&message, shape->compressions, 1);
    put(&message, zeros, shape->compressions);
    list = message.len;
    put_number(&message, 0, 2);
    put(&message, EXTENSIONS, sizeof(EXTENSIONS) - 1);
    if (version == TLS1_3_VERSION) {
        put(&message, "\x00\x2b\x00\x03\x02\x03\x04", 7);
        put(&message, "\x00\x2d\x00\x02\x01\x01", 6);
        if (shape->share) {
            put(&message, "\x00\x33\x00\x47\x00\x45\x00\x17\x00\x41", 10);
            put(&message, POINT, 65);
        } else {
            put(&message, "\x00\x33\x00\x02\x00\x00", 6);
        }
    }
    for (size_t i = 0; i < shape->extensions; i++) {
        size_t len = shape->filled / shape->extensions + (i == 0 ? shape->filled % shape->extensions : 0);

        put_number(&message, (size_t)shape->filler + i, 2);
        put_number(&message, len - 4, 2);
        put(&message, zeros, len - 4);
    }
    for (size_t number = message.len - list - 2, i = 0; i < 2; i++)
        message.bytes[list + i] = (unsigned char)(number >> (8 * (1 - i)));
    for (size_t number = message.len - 4, i = 0; i < 3; i++)
        message.bytes[1 + i] = (unsigned char)(number >> (8 * (2 - i)));
    return message;
}

static void answer(SSL_CTX *ctx, const char *label, const unsigned char *message, size_t len, size_t cut)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    char *sent;
    int ret, error;
    long sent_len;

    SSL_set_accept_state(ssl);
    SSL_set_bio(ssl, in, out);
    for (size_t at = 0, part; at < len; at += part) {
        unsigned char header[5] = { SSL3_RT_HANDSHAKE, 3, 1 };

        part = len - at < cut ? len - at : cut;
        header[3] = (unsigned char)(part >> 8), header[4] = (unsigned char)part;
        BIO_write(in, header, 5);
        BIO_write(in, message + at, (int)part);
    }
    alerts[0] = '\0';
    ERR_clear_error();
    ret = SSL_do_handshake(ssl);
    error = SSL_get_error(ssl, ret);
    sent_len = BIO_get_mem_data(out, &sent);
    outcome_errors("%s, %zu in records of %zu: %d/%d%s, answer %d", label, len, cut, ret, error, alerts,
                   sent_len > 5 && error != SSL_ERROR_SSL ? sent[5] : 0);
    SSL_free(ssl);
}

TEST_VERSIONS(hellos_in_long_records)
{
    static const size_t lengths[] = { 16383, 16384, 16385, 16386, 16639, 16640, 16641, 16704, 16705, 17000, 20000 };
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_msg_callback(ctx, note_alert);
    for (int share = 0; share < 2; share++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            struct shape shape = { 0, 32, 1, 0x1234, 4, 1, share };
            struct message message = hello_of(&shape, version);

            shape.filled += lengths[i] - message.len;
            message = hello_of(&shape, version);
            CHECK_INT(message.len, lengths[i]);
            answer(ctx, "long record", message.bytes, message.len, 65535);
            answer(ctx, "two records", message.bytes, message.len, 16384);
        }
    SSL_CTX_free(ctx);
}

/* The message's header alone says that it is too long. */
TEST_VERSIONS(lengths_of_hellos)
{
    static const size_t lengths[] = { 0, 1, 41, 65535, 65536, 131395, 131396, 131397, 131400, 0xffffff };
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_msg_callback(ctx, note_alert);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (size_t more = 0; more < 3; more++) {
            unsigned char message[100] = { 1, (unsigned char)(lengths[i] >> 16), (unsigned char)(lengths[i] >> 8),
                                           (unsigned char)lengths[i] };
            char label[60];

            sprintf(label, "length %zu", lengths[i]);
            answer(ctx, label, message, 4 + more, 16384);
            answer(ctx, label, message, 4 + more, 3);
        }
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(long_hellos)
{
    static const struct shape shapes[] = {
        { 0, 32, 1, 0x1234, 30000, 1, 1 },
        { 0, 32, 1, 0x1234, 65000, 1, 1 },
        { 0, 32, 1, 0x1234, 65000, 1, 0 },
        { 0, 32, 1, 0x1234, 65300, 1, 1 },
        { 0, 32, 1, 0x1234, 65410, 1, 1 },
        { 0, 32, 1, 0x1234, 65400, 100, 1 },
        { 0, 32, 1, 0x1234, 65000, 9000, 1 },
        { 0, 32, 1, TLSEXT_TYPE_padding, 65400, 1, 1 },
        { 0, 32, 255, 0x1234, 65400, 1, 1 },
        { 1000, 32, 1, 0x1234, 65000, 1, 1 },
        { 65530, 0, 1, 0, 0, 0, 1 },
        { 65530, 0, 1, 0, 0, 0, 0 },
        { 65530, 32, 255, 0x1234, 65410, 1, 1 },
        { 65530, 32, 255, 0x1234, 65410, 50, 0 },
        { 65530, 32, 1, TLSEXT_TYPE_session_ticket, 60000, 1, 1 },
        { 10, 32, 1, TLSEXT_TYPE_session_ticket, 65410, 1, 1 },
        { 65530, 32, 1, TLSEXT_TYPE_cookie, 30000, 1, 1 },
        { 65530, 32, 1, TLSEXT_TYPE_application_layer_protocol_negotiation, 30000, 1, 1 },
        { 65530, 32, 1, TLSEXT_TYPE_server_name, 30000, 1, 1 },
        { 65530, 32, 1, TLSEXT_TYPE_psk, 30000, 1, 1 },
        { 65530, 33, 1, 0, 0, 0, 1 },
        { 65530, 32, 0, 0, 0, 0, 1 },
    };
    static const size_t cuts[] = { 16384, 16000, 1000, 100 };
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_msg_callback(ctx, note_alert);
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
        for (size_t j = 0; j < sizeof(cuts) / sizeof(cuts[0]); j++) {
            struct message message = hello_of(&shapes[i], version);
            char label[60];

            sprintf(label, "shape %zu", i);
            answer(ctx, label, message.bytes, message.len, cuts[j]);
        }
    SSL_CTX_free(ctx);
}

/* Whole handshakes: what is hashed is the hello as it travelled. */
static size_t extension_len;
static unsigned char extension[70000];
static size_t parsed;

static int add_ext(SSL *ssl, unsigned int type, unsigned int context, const unsigned char **out, size_t *len, X509 *x,
                   size_t chain, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)x, (void)chain, (void)alert, (void)arg;
    *out = extension;
    *len = extension_len;
    return 1;
}

static int parse_ext(SSL *ssl, unsigned int type, unsigned int context, const unsigned char *in, size_t len, X509 *x,
                     size_t chain, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)in, (void)x, (void)chain, (void)alert, (void)arg;
    parsed = len;
    return 1;
}

static int refuse_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_NOACK;
}

TEST_VERSIONS(handshakes_with_long_hellos)
{
    static const size_t lengths[] = { 10000, 60000, 64000, 65100, 65200, 65250, 65260, 65270, 65280, 65290, 65300, 65400, 65535 };

    for (int way = 0; way < 8; way++)
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
            SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
            SSL_SESSION *session = NULL;
            struct pair pair;
            int done;

            SSL_CTX_set1_groups_list(client, "P-256:P-384");
            SSL_CTX_set_tlsext_servername_callback(server, refuse_name);
            SSL_CTX_set_session_id_context(server, (const unsigned char *)"long", 4);
            extension_len = 5;
            SSL_CTX_add_custom_ext(client, 1000, SSL_EXT_CLIENT_HELLO, add_ext, NULL, NULL, NULL, NULL);
            if (way & 4)
                SSL_CTX_add_custom_ext(server, 1000, SSL_EXT_CLIENT_HELLO, NULL, NULL, NULL, parse_ext, NULL);
            if (way & 1)
                session = obtain_session(client, server);
            SSL_CTX_set1_groups_list(server, way & 2 ? "P-384" : "P-256");
            extension_len = lengths[i];
            parsed = 0;
            pair = new_pair(client, server);
            SSL_set_tlsext_host_name(pair.client, "localhost");
            if (session != NULL)
                SSL_set_session(pair.client, session);
            done = handshake(&pair);
            outcome_errors("way %d, extension of %zu: %d %d/%d %d/%d, resumed %d, parsed %zu", way, lengths[i], done,
                           pair.client_end.error, pair.client_end.reason, pair.server_end.error,
                           pair.server_end.reason, SSL_session_reused(pair.client), parsed);
            if (done)
                check_data(&pair);
            free_pair(&pair);
            SSL_SESSION_free(session);
            SSL_CTX_free(client);
            SSL_CTX_free(server);
        }
}
