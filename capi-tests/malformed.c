/*
 * Extensions that are not as they should be: each one that OpenSSL knows, cut short
 * at every place, overlong, empty, twice, or with a length of its own changed. What
 * the other side makes of it is a line that must be the stock library's.
 */
#include "relay.h"

struct content {
    const char *name;
    int type;
    int offered; /* in the ClientHello that the others are added to */
    const char *bytes;
    size_t len;
};

#define CONTENT(name, offered, text) { #name, TLSEXT_TYPE_##name, offered, BYTES(text) }
/* The generator of P-256: a share that is a point. */
#define SHARE                                                                  \
    "\x00\x17\x00\x41\x04\x6b\x17\xd1\xf2\xe1\x2c\x42\x47\xf8\xbc\xe6\xe5\x63\xa4\x40\xf2\x77\x03\x7d\x81\x2d\xeb"     \
    "\x33\xa0\xf4\xa1\x39\x45\xd8\x98\xc2\x96\x4f\xe3\x42\xe2\xfe\x1a\x7f\x9b\x8e\xe7\xeb\x4a\x7c\x0f\x9e\x16\x2b"     \
    "\xce\x33\x57\x6b\x31\x5e\xce\xcb\xb6\x40\x68\x37\xbf\x51\xf5"

static const struct content client_contents[] = {
    CONTENT(server_name, 1, "\x00\x0c\x00\x00\x09localhost"),
    CONTENT(max_fragment_length, 0, "\x01"),
    CONTENT(srp, 0, "\x04name"),
    CONTENT(ec_point_formats, 1, "\x01\x00"),
    CONTENT(supported_groups, 1, "\x00\x04\x00\x17\x00\x18"),
    CONTENT(session_ticket, 1, ""),
    CONTENT(status_request, 1, "\x01\x00\x00\x00\x00"),
    CONTENT(next_proto_neg, 0, ""),
    CONTENT(application_layer_protocol_negotiation, 1, "\x00\x0c\x02h2\x08http/1.1"),
    CONTENT(use_srtp, 0, "\x00\x02\x00\x01\x00"),
    CONTENT(encrypt_then_mac, 1, ""),
    CONTENT(signed_certificate_timestamp, 0, ""),
    CONTENT(extended_master_secret, 1, ""),
    CONTENT(signature_algorithms_cert, 0, "\x00\x04\x04\x03\x08\x04"),
    CONTENT(post_handshake_auth, 0, ""),
    /* The first ones are not for the server's key: ECDSA with SHA-224 is near the one that is. */
    CONTENT(signature_algorithms, 1, "\x00\x0a\x08\x04\x08\x05\x08\x06\x04\x01\x04\x03"),
    CONTENT(supported_versions, 1, "\x04\x03\x04\x03\x03"),
    CONTENT(psk_kex_modes, 1, "\x01\x01"),
    CONTENT(key_share, 1, "\x00\x45" SHARE),
    CONTENT(cookie, 0, "\x00\x04" "abcd"),
    CONTENT(early_data, 0, ""),
    CONTENT(certificate_authorities, 0, "\x00\x0f\x00\x0d\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00"),
    CONTENT(padding, 0, "\x00\x00\x00"),
    CONTENT(renegotiate, 1, "\x00"),
    { "unknown", 0x1234, 0, BYTES("abc") },
    CONTENT(psk, 0, "\x00\x0c\x00\x06ticket\x00\x00\x00\x00\x00\x21\x20" "0123456789abcdef0123456789abcdef"),
};

enum { CLIENT_CONTENTS = sizeof(client_contents) / sizeof(client_contents[0]) };

/* One way in which a content is wrong. */
struct variant {
    char name[40];
    unsigned char bytes[200];
    size_t len;
    int times;
};

enum { MOST_VARIANTS = 60 };

static struct variant *add(struct variant *variant, const struct content *content, const char *name, int number)
{
    snprintf(variant->name, sizeof(variant->name), name, number);
    memcpy(variant->bytes, content->bytes, content->len);
    variant->len = content->len;
    variant->times = 1;
    return variant;
}

static size_t variants_of(const struct content *content, struct variant variants[MOST_VARIANTS])
{
    size_t n = 0, len = content->len;

    add(&variants[n++], content, "as it is", 0);
    add(&variants[n++], content, "twice", 0)->times = 2;
    add(&variants[n++], content, "with a tail", 0)->len++;
    variants[n - 1].bytes[len] = 0;
    for (size_t i = 0; i < len; i++)
        if (len < 26 || i < 10 || i + 4 > len)
            add(&variants[n++], content, "%d bytes", (int)i)->len = i;
    for (size_t i = 0; i < len && i < 9; i++) {
        add(&variants[n++], content, "byte %d less", (int)i)->bytes[i]--;
        add(&variants[n++], content, "byte %d more", (int)i)->bytes[i]++;
    }
    if (len > 0) {
        memset(add(&variants[n++], content, "zeros", 0)->bytes, 0, len);
        memset(add(&variants[n++], content, "ones", 0)->bytes, 255, len);
    }
    REQUIRE(n <= MOST_VARIANTS);
    return n;
}

/* A ClientHello --------------------------------------------------------------- */

struct message {
    unsigned char bytes[2000];
    size_t len;
};

static void put(struct message *message, const void *bytes, size_t len)
{
    memcpy(message->bytes + message->len, bytes, len);
    message->len += len;
}

static void put_extension(struct message *message, int type, const void *bytes, size_t len)
{
    unsigned char header[4];

    put_number(header, (uint64_t)type, 2);
    put_number(header + 2, len, 2);
    put(message, header, 4);
    put(message, bytes, len);
}

/* The record of a ClientHello in which one extension is replaced, or added. */
static struct message hello_with(size_t changed, const struct variant *variant)
{
    struct message message = { .len = 0 };
    size_t list;

    put(&message, BYTES("\x16\x03\x01\x00\x00\x01\x00\x00\x00\x03\x03" "0123456789abcdef0123456789abcdef\x20"
                        "0123456789abcdef0123456789abcdef\x00\x04\x13\x01\xc0\x2b\x01\x00\x00\x00"));
    list = message.len;
    for (size_t i = 0; i < CLIENT_CONTENTS; i++)
        if (i == changed)
            for (int j = 0; j < variant->times; j++)
                put_extension(&message, client_contents[i].type, variant->bytes, variant->len);
        else if (client_contents[i].offered)
            put_extension(&message, client_contents[i].type, client_contents[i].bytes, client_contents[i].len);
    put_number(message.bytes + list - 2, message.len - list, 2);
    put_number(message.bytes + 3, message.len - 5, 2);
    put_number(message.bytes + 6, message.len - 9, 3);
    return message;
}

/* What the other side does ---------------------------------------------------- */

static char alerts[100];

static void note_alert(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *alert = data;

    (void)version, (void)ssl, (void)arg;
    if (sent && type == SSL3_RT_ALERT && len == 2)
        snprintf(alerts, sizeof(alerts), " sent %d/%d", alert[0], alert[1]);
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in,
                       unsigned int inlen, void *arg)
{
    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)out, outlen, (const unsigned char *)"\x02h2", 3, in, inlen) ==
                   OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

/* Whether a ServerHello of TLS 1.2, if that is what was sent, acknowledges the server's name. */
static void note_acknowledgement(SSL *ssl, const char *label)
{
    char *sent;
    const unsigned char *at, *end;
    long len = BIO_get_mem_data(SSL_get_wbio(ssl), &sent);

    at = (unsigned char *)sent + 5 + 4 + 2 + 32;
    if (len < 100 || sent[0] != SSL3_RT_HANDSHAKE || sent[5] != SSL3_MT_SERVER_HELLO
        || SSL_version(ssl) != TLS1_2_VERSION)
        return;
    at += 1 + at[0] + 3;
    end = at + 2 + (at[0] << 8 | at[1]);
    for (at += 2; at + 4 <= end; at += 4 + (at[2] << 8 | at[3]))
        if (at[0] == 0 && at[1] == TLSEXT_TYPE_server_name)
            outcome("%s: acknowledged in %d bytes", label, at[2] << 8 | at[3]);
}

/* The server's answer to such a hello. */
static void answer(SSL_CTX *ctx, const char *label, const struct message *hello)
{
    SSL *ssl = SSL_new(ctx);
    int ret, error;
    const char *name;
    const unsigned char *protocol;
    unsigned int protocol_len;

    SSL_set_accept_state(ssl);
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(ssl), -1);
    BIO_write(SSL_get_rbio(ssl), hello->bytes, (int)hello->len);
    alerts[0] = '\0';
    ERR_clear_error();
    ret = SSL_do_handshake(ssl);
    error = SSL_get_error(ssl, ret);
    if (error == SSL_ERROR_SSL) {
        outcome_errors("%s: %d/%d%s state %s", label, ret, error, alerts, SSL_state_string(ssl));
    } else {
        name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        SSL_get0_alpn_selected(ssl, &protocol, &protocol_len);
        outcome_errors("%s: %d/%d%s %s %s for %s, %.*s", label, ret, error, alerts, SSL_get_version(ssl),
                       SSL_state_string(ssl), name != NULL ? name : "nobody", (int)protocol_len, protocol);
    }
    note_acknowledgement(ssl, label);
    SSL_free(ssl);
}

static void answer_all(const char *at, int version)
{
    SSL_CTX *ctx = new_server_ctx(version);
    const char *only = getenv("ONLY");

    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    SSL_CTX_set_msg_callback(ctx, note_alert);
    SSL_CTX_set1_groups_list(ctx, "P-256:P-384");
    for (size_t i = 0; i < CLIENT_CONTENTS; i++) {
        struct variant variants[MOST_VARIANTS];
        size_t count = variants_of(&client_contents[i], variants);

        for (size_t j = 0; j < count; j++) {
            struct message hello = hello_with(i, &variants[j]);
            char label[120];

            snprintf(label, sizeof(label), "%s %.40s, %.40s", at, client_contents[i].name, variants[j].name);
            if (only == NULL || strstr(label, only) != NULL)
                answer(ctx, label, &hello);
        }
    }
    SSL_CTX_free(ctx);
}

static int acknowledge(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    outcome("asked for %s", SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    return SSL_TLSEXT_ERR_OK;
}

/* Names that no host has are for the server's program to judge. */
TEST_VERSIONS(names_of_no_host)
{
    static const char *const names[] = {
        "localhost", "LocalHost", "localhost.", "a b", "a..b", "-a", "a-", "a_b", "1.2.3.4", "127.1", "::1", "[::1]",
        "localhost:443", "*.example.org", "a.1", ".", "\xc3\xa4.example", "\x01",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org",
    };
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    SSL_CTX_set_msg_callback(ctx, note_alert);
    SSL_CTX_set1_groups_list(ctx, "P-256:P-384");
    for (int acknowledged = 0; acknowledged < 2; acknowledged++) {
        if (acknowledged)
            SSL_CTX_set_tlsext_servername_callback(ctx, acknowledge);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            struct variant variant = { .times = 1, .len = strlen(names[i]) + 5 };
            struct message hello;

            put_number(variant.bytes, variant.len - 2, 2);
            put_number(variant.bytes + 3, variant.len - 5, 2);
            memcpy(variant.bytes + 5, names[i], variant.len - 5);
            hello = hello_with(0, &variant);
            answer(ctx, names[i], &hello);
        }
    }
    SSL_CTX_free(ctx);
}

TEST_TLS12(client_hello_tls12)
{
    answer_all("TLS 1.2", version);
}

TEST_TLS13(client_hello_tls13)
{
    answer_all("TLS 1.3", version);
}

TEST(client_hello_either)
{
    answer_all("either", version);
}

/* Messages of a server ---------------------------------------------------------- */

/* A list of extensions of a server's, and what is changed in it. */
struct place {
    const char *name;
    int version;
    int message;
    int retry; /* a HelloRetryRequest, or after one */
    const struct content *contents;
    size_t count;
};

#define PLACE(name, version, message, retry, contents)                         \
    { name, version, message, retry, contents, sizeof(contents) / sizeof((contents)[0]) }

static const struct content hello_contents_12[] = {
    CONTENT(renegotiate, 1, "\x00"),
    CONTENT(server_name, 1, ""),
    CONTENT(max_fragment_length, 0, "\x01"),
    CONTENT(ec_point_formats, 1, "\x02\x00\x01"),
    CONTENT(session_ticket, 1, ""),
    CONTENT(status_request, 1, ""),
    CONTENT(next_proto_neg, 0, "\x02h2"),
    CONTENT(application_layer_protocol_negotiation, 1, "\x00\x03\x02h2"),
    CONTENT(use_srtp, 0, "\x00\x02\x00\x01\x00"),
    CONTENT(encrypt_then_mac, 0, ""),
    CONTENT(signed_certificate_timestamp, 0, "\x00\x03\x00\x01" "a"),
    CONTENT(extended_master_secret, 1, ""),
    CONTENT(supported_groups, 0, "\x00\x04\x00\x17\x00\x18"),
    CONTENT(signature_algorithms, 0, "\x00\x02\x04\x03"),
    CONTENT(supported_versions, 0, "\x03\x04"),
    CONTENT(key_share, 0, SHARE),
    CONTENT(psk, 0, "\x00\x00"),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content hello_contents_13[] = {
    CONTENT(supported_versions, 1, "\x03\x04"),
    CONTENT(key_share, 1, SHARE),
    CONTENT(psk, 0, "\x00\x00"),
    CONTENT(cookie, 0, "\x00\x04" "abcd"),
    CONTENT(server_name, 0, ""),
    CONTENT(application_layer_protocol_negotiation, 0, "\x00\x03\x02h2"),
    CONTENT(extended_master_secret, 0, ""),
    CONTENT(renegotiate, 0, "\x00"),
    CONTENT(early_data, 0, ""),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content retry_contents[] = {
    CONTENT(supported_versions, 1, "\x03\x04"),
    CONTENT(key_share, 1, "\x00\x18"),
    CONTENT(cookie, 0, "\x00\x04" "abcd"),
    CONTENT(psk, 0, "\x00\x00"),
    CONTENT(server_name, 0, ""),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content encrypted_contents[] = {
    CONTENT(server_name, 1, ""),
    CONTENT(application_layer_protocol_negotiation, 1, "\x00\x03\x02h2"),
    CONTENT(supported_groups, 0, "\x00\x04\x00\x17\x00\x18"),
    CONTENT(early_data, 0, ""),
    CONTENT(max_fragment_length, 0, "\x01"),
    CONTENT(use_srtp, 0, "\x00\x02\x00\x01\x00"),
    CONTENT(status_request, 0, "\x01\x00\x00\x01" "a"),
    CONTENT(key_share, 0, SHARE),
    CONTENT(supported_versions, 0, "\x03\x04"),
    CONTENT(psk, 0, "\x00\x00"),
    CONTENT(cookie, 0, "\x00\x04" "abcd"),
    CONTENT(extended_master_secret, 0, ""),
    CONTENT(renegotiate, 0, "\x00"),
    CONTENT(session_ticket, 0, ""),
    CONTENT(signature_algorithms, 0, "\x00\x02\x04\x03"),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content request_contents[] = {
    CONTENT(signature_algorithms, 1, "\x00\x06\x04\x03\x08\x04\x04\x01"),
    CONTENT(signature_algorithms_cert, 0, "\x00\x04\x04\x03\x08\x04"),
    CONTENT(certificate_authorities, 0, "\x00\x0f\x00\x0d\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00"),
    CONTENT(status_request, 0, "\x01\x00\x00\x00\x00"),
    CONTENT(server_name, 0, ""),
    CONTENT(signed_certificate_timestamp, 0, ""),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content certificate_contents[] = {
    CONTENT(status_request, 0, "\x01\x00\x00\x01" "a"),
    CONTENT(signed_certificate_timestamp, 0, "\x00\x03\x00\x01" "a"),
    CONTENT(server_name, 0, ""),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct content ticket_contents[] = {
    CONTENT(early_data, 0, "\x00\x00\x40\x00"),
    CONTENT(server_name, 0, ""),
    { "unknown", 0x1234, 0, BYTES("abc") },
};

static const struct place places[] = {
    PLACE("ServerHello", TLS1_2_VERSION, SSL3_MT_SERVER_HELLO, 0, hello_contents_12),
    PLACE("ServerHello", TLS1_3_VERSION, SSL3_MT_SERVER_HELLO, 0, hello_contents_13),
    PLACE("HelloRetryRequest", TLS1_3_VERSION, SSL3_MT_SERVER_HELLO, 1, retry_contents),
    PLACE("EncryptedExtensions", TLS1_3_VERSION, SSL3_MT_ENCRYPTED_EXTENSIONS, 0, encrypted_contents),
    PLACE("CertificateRequest", TLS1_3_VERSION, SSL3_MT_CERTIFICATE_REQUEST, 0, request_contents),
    PLACE("Certificate", TLS1_3_VERSION, SSL3_MT_CERTIFICATE, 0, certificate_contents),
    PLACE("NewSessionTicket", TLS1_3_VERSION, SSL3_MT_NEWSESSION_TICKET, 0, ticket_contents),
};

static size_t number_at(const unsigned char *at, int len)
{
    size_t number = 0;

    while (len-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* Where the length of a message's first list of extensions stands. */
static size_t list_of(const unsigned char *message)
{
    size_t at = 4;

    switch (message[0]) {
    case SSL3_MT_SERVER_HELLO:
        return at + 34 + 1 + message[at + 34] + 3;
    case SSL3_MT_CERTIFICATE_REQUEST:
        return at + 1 + message[at];
    case SSL3_MT_CERTIFICATE:
        at += 1 + message[at] + 3;
        return at + 3 + number_at(message + at, 3);
    case SSL3_MT_NEWSESSION_TICKET:
        at += 8;
        at += 1 + message[at];
        return at + 2 + number_at(message + at, 2);
    default:
        return at;
    }
}

static const struct content *edited;
static const struct variant *edit;

/* Puts the variant in the place of the content that is edited, or behind all others. */
static size_t edit_extension(unsigned char *message, size_t len)
{
    size_t list = list_of(message), end = list + 2 + number_at(message + list, 2), rest = len - end;
    unsigned char tail[8000];
    struct message changed = { .len = 0 };
    int done = 0;

    REQUIRE(end <= len && rest <= sizeof(tail));
    memcpy(tail, message + end, rest);
    for (size_t at = list + 2; at < end; at += 4 + number_at(message + at + 2, 2)) {
        int type = (int)number_at(message + at, 2);

        if (type != edited->type)
            put_extension(&changed, type, message + at + 4, number_at(message + at + 2, 2));
        else if (!done++)
            for (int i = 0; i < edit->times; i++)
                put_extension(&changed, type, edit->bytes, edit->len);
    }
    for (int i = 0; i < edit->times && !done; i++)
        put_extension(&changed, edited->type, edit->bytes, edit->len);
    put_number(message + list, changed.len, 2);
    memcpy(message + list + 2, changed.bytes, changed.len);
    memcpy(message + list + 2 + changed.len, tail, rest);
    len = list + 2 + changed.len + rest;
    put_number(message + 1, len - 4, 3);
    if (message[0] == SSL3_MT_CERTIFICATE)
        put_number(message + 5, len - 8, 3);
    return len;
}

static SSL_CTX *client_of(const struct place *place)
{
    SSL_CTX *ctx = new_client_ctx(place->version);

    use_relay_ciphers(ctx);
    SSL_CTX_set1_groups_list(ctx, "P-256:P-384");
    SSL_CTX_set_keylog_callback(ctx, log_secret);
    SSL_CTX_set_msg_callback(ctx, note_alert);
    SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2\x02h3", 6);
    SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
    use_identity(ctx, "client");
    return ctx;
}

static int accept_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *server_of(const struct place *place)
{
    SSL_CTX *ctx = new_server_ctx(place->version);

    use_relay_ciphers(ctx);
    SSL_CTX_set1_groups_list(ctx, place->retry ? "P-384" : "P-256:P-384");
    SSL_CTX_set_keylog_callback(ctx, log_secret);
    SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    SSL_CTX_set_tlsext_servername_callback(ctx, accept_name);
    if (place->message == SSL3_MT_CERTIFICATE_REQUEST)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

/*
 * What rustls refuses and OpenSSL passes over: an extension of a server's that the client
 * did not ask for, twice the same unknown one, point formats without the one that all must
 * know, and an extended_master_secret that is not empty.
 */
static int only_tessera_refuses(const struct place *place)
{
    int twice = strcmp(edit->name, "twice") == 0;

    if (strcmp(edited->name, "unknown") == 0)
        return twice || !(place->message == SSL3_MT_CERTIFICATE_REQUEST || place->message == SSL3_MT_NEWSESSION_TICKET);
    if (place->version == TLS1_3_VERSION)
        return 0;
    return edited->type == TLSEXT_TYPE_encrypt_then_mac ||
           (edited->type == TLSEXT_TYPE_extended_master_secret && edit->len > 0) ||
           (edited->type == TLSEXT_TYPE_ec_point_formats && strncmp(edit->name, "byte 1", 6) == 0);
}

/* What the client makes of the message that is edited. */
static void receive(const struct place *place, SSL_CTX *cctx, SSL_CTX *sctx, const char *label)
{
    struct rule rule = { SERVER, SSL3_RT_HANDSHAKE, place->message, EDIT, .edit = edit_extension };
    struct relay *relay = new_relay(place->version, &rule, 1);
    SSL *client = SSL_new(cctx), *server = SSL_new(sctx);
    const unsigned char *protocol;
    unsigned int protocol_len;
    int ret = -1, error = SSL_ERROR_WANT_READ, done = 0;
    char byte;

    attach(relay, client, server);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    SSL_set_tlsext_host_name(client, "localhost");
    alerts[0] = '\0';
    for (int i = 0; i < 5 && error == SSL_ERROR_WANT_READ; i++) {
        ERR_clear_error();
        ret = done ? SSL_read(client, &byte, 1) : SSL_do_handshake(client);
        done |= ret == 1;
        error = ret == 1 ? SSL_ERROR_WANT_READ : SSL_get_error(client, ret);
        relay_from(relay, CLIENT);
        if (error != SSL_ERROR_WANT_READ)
            break;
        ERR_clear_error();
        SSL_do_handshake(server);
        relay_from(relay, SERVER);
    }
    if (error == SSL_ERROR_WANT_READ)
        ERR_clear_error();
    SSL_get0_alpn_selected(client, &protocol, &protocol_len);
    if (only_tessera_refuses(place)) {
        CHECK(!on_tessera() || error == SSL_ERROR_SSL);
        ERR_clear_error();
    } else
        outcome_errors("%s: %d/%d%s state %s, handshake %d, %.*s", label, ret, error, alerts, SSL_state_string(client), done,
                       (int)protocol_len, protocol);
    SSL_free(client);
    SSL_free(server);
    logging = NULL;
    free(relay);
}

static void receive_all(const struct place *place)
{
    SSL_CTX *cctx = client_of(place), *sctx = server_of(place);
    const char *only = getenv("ONLY");

    for (size_t i = 0; i < place->count; i++) {
        struct variant variants[MOST_VARIANTS];
        size_t count = variants_of(&place->contents[i], variants);

        edited = &place->contents[i];
        for (size_t j = 0; j < count; j++) {
            char label[120];

            edit = &variants[j];
            snprintf(label, sizeof(label), "1.%c %s: %.40s, %.40s", place->version == TLS1_3_VERSION ? '3' : '2',
                     place->name, edited->name, edit->name);
            if (only == NULL || strstr(label, only) != NULL)
                receive(place, cctx, sctx, label);
        }
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(messages_of_a_server)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (places[i].version == version)
            receive_all(&places[i]);
}

/* The form of SSL 2 -------------------------------------------------------------- */

/* A ClientHello as SSL 2 has it, of that version, for these suites (three bytes each). */
static struct message old_hello(int version, const char *suites, size_t suites_len, size_t challenge_len)
{
    struct message message = { .len = 0 };

    put(&message, BYTES("\x80\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"));
    put(&message, suites, suites_len);
    put(&message, "0123456789abcdef0123456789abcdef", challenge_len);
    put_number(message.bytes + 3, (uint64_t)version, 2);
    put_number(message.bytes + 5, suites_len, 2);
    put_number(message.bytes + 9, challenge_len, 2);
    message.bytes[1] = (unsigned char)(message.len - 2);
    return message;
}

TEST(hello_of_ssl_2)
{
    static const struct {
        const char *name;
        int version;
        const char *suites;
        size_t len;
        size_t challenge_len;
        int cut;
    } hellos[] = {
        { "for SSL 2", SSL2_VERSION, BYTES("\x01\x00\x80\x07\x00\xc0"), 16, 0 },
        { "for SSL 3", SSL3_VERSION, BYTES("\x00\xc0\x2b\x00\x00\x2f"), 16, 0 },
        { "for TLS 1.0", TLS1_VERSION, BYTES("\x00\xc0\x2b\x00\x00\x2f"), 16, 0 },
        { "for TLS 1.2", TLS1_2_VERSION, BYTES("\x00\xc0\x2b\x00\xc0\x2f"), 32, 0 },
        { "for TLS 1.2, and SSL 2", TLS1_2_VERSION, BYTES("\x01\x00\x80\x00\xc0\x2b\x00\x00\xff"), 16, 0 },
        { "for TLS 1.2, of SSL 2's suites", TLS1_2_VERSION, BYTES("\x01\x00\x80\x07\x00\xc0"), 16, 0 },
        { "for TLS 1.2, of an unknown suite", TLS1_2_VERSION, BYTES("\x00\x00\x2f"), 16, 0 },
        { "for TLS 1.2, of no suites", TLS1_2_VERSION, BYTES(""), 16, 0 },
        { "for TLS 1.2, of half a suite", TLS1_2_VERSION, BYTES("\x00\xc0\x2b\x00"), 16, 0 },
        { "for TLS 1.3", TLS1_3_VERSION, BYTES("\x00\x13\x01"), 32, 0 },
        { "for version 4", 0x0400, BYTES("\x00\xc0\x2b"), 32, 0 },
        { "for TLS 1.2, without a challenge", TLS1_2_VERSION, BYTES("\x00\xc0\x2b"), 0, 0 },
        { "for TLS 1.2, cut", TLS1_2_VERSION, BYTES("\x00\xc0\x2b"), 32, 1 },
        { "for TLS 1.2, cut inside the suites", TLS1_2_VERSION, BYTES("\x00\xc0\x2b"), 32, 33 },
    };

    for (int level = 0; level < 3; level++) {
        for (int version = 0; version <= TLS1_3_VERSION; version = version == 0 ? TLS1_2_VERSION : version + 1) {
            SSL_CTX *ctx = new_server_ctx(version);

            SSL_CTX_set_security_level(ctx, level);
            SSL_CTX_set_msg_callback(ctx, note_alert);
            for (size_t i = 0; i < sizeof(hellos) / sizeof(hellos[0]); i++) {
                struct message hello = old_hello(hellos[i].version, hellos[i].suites, hellos[i].len, hellos[i].challenge_len);
                char label[120];

                hello.len -= (size_t)hellos[i].cut;
                hello.bytes[1] = (unsigned char)(hello.len - 2);
                snprintf(label, sizeof(label), "SSL 2's hello %s, level %d, at %x", hellos[i].name, level, version);
                answer(ctx, label, &hello);
            }
            SSL_CTX_free(ctx);
        }
    }
}
