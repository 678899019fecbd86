/*
 * A relay between a client and a server that knows their keys.
 *
 * Each side reads and writes through a BIO of the relay's. What a side has sent is
 * taken apart into pieces: a handshake message, an alert, a ChangeCipherSpec, a
 * record of data; encrypted ones are opened with the keys that the sides log.
 * Each piece goes on in a record of its own, sealed again where it was, unless a
 * rule does something to it. So it makes no difference into how many records a
 * library packs its messages, and a test can say what the peer of an encrypted
 * connection does wrong.
 *
 * The suites that are opened are those with AES-128-GCM; use_relay_ciphers sets them.
 */
#ifndef RELAY_H
#define RELAY_H

#include "harness.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

enum side { CLIENT, SERVER };

/* What a rule does to the piece that it names. */
enum action {
    PASS,       /* nothing */
    FLIP,       /* flips a bit of the byte AT (from the end if negative) */
    PUT,        /* writes the bytes over the piece, from AT on */
    DROP,       /* it does not arrive */
    TRUNCATE,   /* the last AT bytes are missing */
    SHORTEN,    /* the same, and the message's length says so */
    LENGTHEN,   /* the bytes follow in the message, and its length says so */
    REPLACE,    /* a record with the bytes comes instead, of the type AT */
    BEFORE,     /* a record with the bytes comes before, of the type AT */
    AFTER,      /* it comes behind */
    RAW_BEFORE, /* the bytes come before, as they are */
    SPOIL,      /* a bit of the record is flipped, behind its header: AT */
    HEADER,     /* the bytes are written over the record's header, from AT on */
    END,        /* the stream ends instead */
    END_INSIDE, /* it ends after AT bytes of the record */
    REPEAT,     /* it comes AT times more */
    EDIT,       /* the function changes it, and returns its new length */
    SPLIT,      /* it comes in two records, the first of AT bytes, and the bytes between them as they are */
};

#define ANY (-1)
/* Bytes of a rule, from a string literal. */
#define BYTES(text) (text), sizeof(text) - 1

struct rule {
    enum side from;
    int type;    /* of the record */
    int message; /* of handshake messages, the first byte; or ANY */
    enum action action;
    int at;
    const char *bytes;
    size_t len;
    size_t (*edit)(unsigned char *message, size_t len);
};

struct bytes {
    unsigned char data[1 << 17];
    size_t len;
};

enum epoch { CLEAR, HANDSHAKE, TRAFFIC };

struct wire {
    struct bytes in;      /* for this side to read */
    struct bytes out;     /* what it wrote, not yet relayed */
    int ended;            /* nothing comes after `in` */
    int reads_left;       /* then reading fails; -1: never */
    int writes_left;      /* then writing fails; -1: never */
    int blocked;          /* writing must be tried again */
    enum epoch epoch;     /* of what it sends */
    uint64_t opened;      /* records of this epoch, as they came */
    uint64_t sealed;      /* and as they go on */
    unsigned char secret[3][64];
    size_t secret_len[3];
    unsigned char random[32];
    int foreign; /* its records can't be opened */
};

struct relay {
    int version;
    struct wire wire[2];
    const struct rule *rules;
    size_t rule_count;
    int used[8]; /* rules that have had their turn */
};

/* BIOs --------------------------------------------------------------------- */

static int wire_read(BIO *bio, char *data, int len)
{
    struct wire *wire = BIO_get_data(bio);
    int n = wire->in.len < (size_t)len ? (int)wire->in.len : len;

    BIO_clear_retry_flags(bio);
    if (wire->reads_left == 0) {
        errno = ECONNRESET;
        return -1;
    }
    if (n == 0) {
        if (wire->ended)
            return 0;
        BIO_set_retry_read(bio);
        return -1;
    }
    wire->reads_left -= wire->reads_left > 0;
    memcpy(data, wire->in.data, (size_t)n);
    wire->in.len -= (size_t)n;
    memmove(wire->in.data, wire->in.data + n, wire->in.len);
    return n;
}

static int wire_write(BIO *bio, const char *data, int len)
{
    struct wire *wire = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (wire->writes_left == 0) {
        errno = EPIPE;
        return -1;
    }
    if (wire->blocked) {
        BIO_set_retry_write(bio);
        return -1;
    }
    wire->writes_left -= wire->writes_left > 0;
    REQUIRE(wire->out.len + (size_t)len <= sizeof(wire->out.data));
    memcpy(wire->out.data + wire->out.len, data, (size_t)len);
    wire->out.len += (size_t)len;
    return len;
}

static long wire_ctrl(BIO *bio, int command, long number, void *pointer)
{
    struct wire *wire = BIO_get_data(bio);

    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF)
        return wire->ended && wire->in.len == 0;
    return command == BIO_CTRL_FLUSH;
}

static BIO *wire_bio(struct wire *wire)
{
    static BIO_METHOD *method;
    BIO *bio;

    if (method == NULL) {
        method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "relay");
        BIO_meth_set_read(method, wire_read);
        BIO_meth_set_write(method, wire_write);
        BIO_meth_set_ctrl(method, wire_ctrl);
    }
    bio = BIO_new(method);
    REQUIRE(bio != NULL);
    BIO_set_data(bio, wire);
    BIO_set_init(bio, 1);
    return bio;
}

/* Keys --------------------------------------------------------------------- */

static struct relay *logging;

static size_t from_hex(const char *text, unsigned char *out, size_t room)
{
    size_t n = 0;
    unsigned int byte;

    for (; n < room && sscanf(text, "%2x", &byte) == 1; text += 2)
        out[n++] = (unsigned char)byte;
    return n;
}

static void log_secret(const SSL *ssl, const char *line)
{
    static const struct {
        const char *label;
        enum side side;
        enum epoch epoch;
    } labels[] = {
        { "CLIENT_HANDSHAKE_TRAFFIC_SECRET ", CLIENT, HANDSHAKE },
        { "SERVER_HANDSHAKE_TRAFFIC_SECRET ", SERVER, HANDSHAKE },
        { "CLIENT_TRAFFIC_SECRET_0 ", CLIENT, TRAFFIC },
        { "SERVER_TRAFFIC_SECRET_0 ", SERVER, TRAFFIC },
        { "CLIENT_RANDOM ", CLIENT, TRAFFIC },
        { "CLIENT_RANDOM ", SERVER, TRAFFIC },
    };

    (void)ssl;
    for (size_t i = 0; logging != NULL && i < sizeof(labels) / sizeof(labels[0]); i++) {
        size_t len = strlen(labels[i].label);
        struct wire *wire = &logging->wire[labels[i].side];

        if (strncmp(line, labels[i].label, len) == 0)
            wire->secret_len[labels[i].epoch] =
                from_hex(line + len + 65, wire->secret[labels[i].epoch], sizeof(wire->secret[0]));
    }
}

static void derive(const char *kdf_name, OSSL_PARAM *params, unsigned char *out, size_t len)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, kdf_name, NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

    REQUIRE(EVP_KDF_derive(ctx, out, len, params) == 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

/* HKDF-Expand-Label with an empty context (RFC 8446, 7.1). */
static void expand_label(const struct wire *wire, const char *label, unsigned char *out, size_t len)
{
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    unsigned char info[40];
    size_t n = (size_t)sprintf((char *)info + 3, "tls13 %s", label);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)wire->secret[wire->epoch],
                                          wire->secret_len[wire->epoch]),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, n + 4),
        OSSL_PARAM_construct_end(),
    };

    info[0] = 0;
    info[1] = (unsigned char)len;
    info[2] = (unsigned char)n;
    info[n + 3] = 0;
    derive("HKDF", params, out, len);
}

/* The keys of both directions (RFC 5246, 6.3). */
static void key_block(const struct relay *relay, unsigned char block[40])
{
    const struct wire *client = &relay->wire[CLIENT], *server = &relay->wire[SERVER];
    unsigned char seed[13 + 64];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)client->secret[TRAFFIC],
                                          client->secret_len[TRAFFIC]),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof(seed)),
        OSSL_PARAM_construct_end(),
    };

    memcpy(seed, "key expansion", 13);
    memcpy(seed + 13, server->random, 32);
    memcpy(seed + 45, client->random, 32);
    derive("TLS1-PRF", params, block, 40);
}

static void record_key(const struct relay *relay, enum side from, unsigned char key[16], unsigned char iv[12])
{
    unsigned char block[40];

    if (relay->version == TLS1_3_VERSION) {
        expand_label(&relay->wire[from], "key", key, 16);
        expand_label(&relay->wire[from], "iv", iv, 12);
        return;
    }
    key_block(relay, block);
    memcpy(key, block + 16 * from, 16);
    memcpy(iv, block + 32 + 4 * from, 4);
}

/* AES-128-GCM in place; the tag is at data + len. */
static int gcm(int seal, const unsigned char *key, const unsigned char *nonce, const unsigned char *aad, int aad_len,
               unsigned char *data, int len)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n, good = EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce, seal) == 1 &&
                  (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16, data + len) == 1) &&
                  EVP_CipherUpdate(ctx, NULL, &n, aad, aad_len) == 1 &&
                  (len == 0 || EVP_CipherUpdate(ctx, data, &n, data, len) == 1) &&
                  EVP_CipherFinal_ex(ctx, data + len, &n) == 1 &&
                  (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, data + len) == 1);

    EVP_CIPHER_CTX_free(ctx);
    return good;
}

static void put_number(unsigned char *out, uint64_t number, int len)
{
    while (len-- > 0) {
        out[len] = (unsigned char)number;
        number >>= 8;
    }
}

/* Nonce and additional data; `explicit_nonce` is the TLS 1.2 record's. */
static int protection(const struct relay *relay, enum side from, uint64_t sequence, int type, size_t len,
                      const unsigned char *explicit_nonce, unsigned char nonce[12], unsigned char aad[13])
{
    if (relay->version == TLS1_3_VERSION) {
        unsigned char number[8];

        put_number(number, sequence, 8);
        for (int i = 0; i < 8; i++)
            nonce[4 + i] ^= number[i];
        memcpy(aad, "\x17\x03\x03", 3);
        put_number(aad + 3, len + 16, 2);
        return 5;
    }
    (void)from;
    memcpy(nonce + 4, explicit_nonce, 8);
    put_number(aad, sequence, 8);
    aad[8] = (unsigned char)type;
    memcpy(aad + 9, "\x03\x03", 2);
    put_number(aad + 11, len, 2);
    return 13;
}

static int may_open(const struct relay *relay, enum side from, int type)
{
    const struct wire *wire = &relay->wire[from];

    if (wire->foreign || wire->epoch == CLEAR)
        return 0;
    return (relay->version != TLS1_3_VERSION || type == SSL3_RT_APPLICATION_DATA) && wire->secret_len[wire->epoch] > 0;
}

/* Opens the record's payload in place; its type and length, or 0. */
static int open_record(struct relay *relay, enum side from, int *type, unsigned char **data, size_t *len)
{
    struct wire *wire = &relay->wire[from];
    size_t start = relay->version == TLS1_3_VERSION ? 0 : 8;
    unsigned char key[16], nonce[12], aad[13];
    int aad_len;

    if (*len < start + 16)
        return 0;
    record_key(relay, from, key, nonce);
    aad_len = protection(relay, from, wire->opened, *type, *len - start - 16, *data, nonce, aad);
    if (!gcm(0, key, nonce, aad, aad_len, *data + start, (int)(*len - start - 16)))
        return 0;
    wire->opened++;
    *data += start;
    *len -= start + 16;
    if (relay->version == TLS1_3_VERSION) {
        while (*len > 0 && (*data)[*len - 1] == 0)
            --*len;
        *type = *len > 0 ? (*data)[--*len] : 0;
    }
    return 1;
}

/* Sending on ------------------------------------------------------------- */

static void deliver(struct relay *relay, enum side from, const void *data, size_t len)
{
    struct wire *to = &relay->wire[!from];

    if (to->ended)
        return;
    REQUIRE(to->in.len + len <= sizeof(to->in.data));
    memcpy(to->in.data + to->in.len, data, len);
    to->in.len += len;
}

/* A record with this content, protected as the sender's are now. */
static size_t make_record(struct relay *relay, enum side from, int type, const void *data, size_t len, int clear,
                          unsigned char *record)
{
    struct wire *wire = &relay->wire[from];
    unsigned char key[16], nonce[12], aad[13], *body = record + 5;
    size_t total = len;

    record[0] = (unsigned char)type;
    memcpy(record + 1, "\x03\x03", 2);
    if (clear || wire->epoch == CLEAR || wire->foreign) {
        memcpy(body, data, len);
    } else {
        int aad_len, tls13 = relay->version == TLS1_3_VERSION;

        if (tls13) {
            record[0] = SSL3_RT_APPLICATION_DATA;
            memcpy(body, data, len);
            body[len++] = (unsigned char)type;
        } else {
            put_number(body, wire->sealed, 8);
            body += 8;
            memcpy(body, data, len);
        }
        record_key(relay, from, key, nonce);
        aad_len = protection(relay, from, wire->sealed++, type, len, record + 5, nonce, aad);
        REQUIRE(gcm(1, key, nonce, aad, aad_len, body, (int)len));
        total = (size_t)(body - record) - 5 + len + 16;
    }
    put_number(record + 3, total, 2);
    return 5 + total;
}

static void send_on(struct relay *relay, enum side from, int type, const void *data, size_t len, int clear)
{
    unsigned char record[20000];

    deliver(relay, from, record, make_record(relay, from, type, data, len, clear, record));
}

static void apply(struct relay *relay, const struct rule *rule, int type, unsigned char *data, size_t len, int clear)
{
    unsigned char record[20000];
    size_t at = rule->at < 0 ? len - (size_t)-rule->at : (size_t)rule->at, total;
    enum side from = rule->from;

    switch (rule->action) {
    case FLIP:
        data[at] ^= 1;
        break;
    case PUT:
        memcpy(data + at, rule->bytes, rule->len);
        break;
    case TRUNCATE:
        len -= at;
        break;
    case SHORTEN:
        len -= at;
        put_number(data + 1, len - 4, 3);
        break;
    case LENGTHEN:
        memcpy(data + len, rule->bytes, rule->len);
        len += rule->len;
        put_number(data + 1, len - 4, 3);
        break;
    case EDIT:
        len = rule->edit(data, len);
        break;
    case BEFORE:
        send_on(relay, from, rule->at, rule->bytes, rule->len, clear);
        break;
    case RAW_BEFORE:
        deliver(relay, from, rule->bytes, rule->len);
        break;
    case REPEAT:
        for (int i = 0; i < rule->at; i++)
            send_on(relay, from, type, data, len, clear);
        break;
    case REPLACE:
        send_on(relay, from, rule->at, rule->bytes, rule->len, clear);
        return;
    case SPLIT:
        send_on(relay, from, type, data, at, clear);
        deliver(relay, from, rule->bytes, rule->len);
        send_on(relay, from, type, data + at, len - at, clear);
        return;
    case END:
        relay->wire[!from].ended = 1;
        return;
    case DROP:
        return;
    default:
        break;
    }
    total = make_record(relay, from, type, data, len, clear, record);
    if (rule->action == SPOIL)
        record[5 + rule->at] ^= 1;
    if (rule->action == HEADER)
        memcpy(record + rule->at, rule->bytes, rule->len);
    deliver(relay, from, record, rule->action == END_INSIDE ? at : total);
    if (rule->action == END_INSIDE)
        relay->wire[!from].ended = 1;
    if (rule->action == AFTER)
        send_on(relay, from, rule->at, rule->bytes, rule->len, clear);
}

static const struct rule *rule_for(struct relay *relay, enum side from, int type, const unsigned char *data)
{
    for (size_t i = 0; i < relay->rule_count; i++) {
        const struct rule *rule = &relay->rules[i];

        if (!relay->used[i] && rule->from == from && rule->type == type &&
            (rule->message == ANY || rule->message == data[0])) {
            relay->used[i] = 1;
            return rule;
        }
    }
    return NULL;
}

static void next_epoch(struct wire *wire, enum epoch epoch)
{
    wire->epoch = epoch;
    wire->opened = wire->sealed = 0;
}

static void pass_piece(struct relay *relay, enum side from, int type, const unsigned char *data, size_t len, int clear)
{
    static unsigned char piece[20000];
    struct wire *wire = &relay->wire[from];
    const struct rule *rule = rule_for(relay, from, type, data);
    int message = type == SSL3_RT_HANDSHAKE ? data[0] : -1;

    REQUIRE(len <= sizeof(piece) - 1000);
    memcpy(piece, data, len);
    if ((message == SSL3_MT_CLIENT_HELLO || message == SSL3_MT_SERVER_HELLO) && len > 38)
        memcpy(wire->random, data + 6, 32);
    if (rule != NULL)
        apply(relay, rule, type, piece, len, clear);
    else
        send_on(relay, from, type, data, len, clear);
    if (relay->version != TLS1_3_VERSION && type == SSL3_RT_CHANGE_CIPHER_SPEC)
        next_epoch(wire, TRAFFIC);
    if (relay->version == TLS1_3_VERSION && message == SSL3_MT_FINISHED)
        next_epoch(wire, TRAFFIC);
}

static void pass_record(struct relay *relay, enum side from, unsigned char *record, size_t total)
{
    struct wire *wire = &relay->wire[from];
    unsigned char *data = record + 5;
    size_t len = total - 5;
    int type = record[0], clear = 1;

    if (relay->version == TLS1_3_VERSION && wire->epoch == CLEAR && type == SSL3_RT_APPLICATION_DATA)
        next_epoch(wire, HANDSHAKE);
    if (may_open(relay, from, type)) {
        unsigned char copy[20000];

        memcpy(copy, record, total);
        clear = 0;
        if (!open_record(relay, from, &type, &data, &len)) {
            wire->foreign = 1;
            deliver(relay, from, copy, total);
            return;
        }
    }
    if (len == 0 || (type == SSL3_RT_HANDSHAKE && len < 4))
        send_on(relay, from, type, data, len, clear);
    else if (type != SSL3_RT_HANDSHAKE)
        pass_piece(relay, from, type, data, len, clear);
    else
        for (size_t size; len > 0; data += size, len -= size) {
            size = 4 + ((size_t)data[1] << 16 | (size_t)data[2] << 8 | data[3]);
            size = size < len ? size : len;
            pass_piece(relay, from, type, data, size, clear);
        }
}

/* Brings what one side has sent to the other. */
static void relay_from(struct relay *relay, enum side from)
{
    struct bytes *out = &relay->wire[from].out;
    size_t at = 0;

    while (out->len - at >= 5) {
        size_t total = 5 + ((size_t)out->data[at + 3] << 8 | out->data[at + 4]);
        unsigned char record[20000];

        if (out->len - at < total)
            break;
        REQUIRE(total <= sizeof(record));
        memcpy(record, out->data + at, total);
        pass_record(relay, from, record, total);
        at += total;
    }
    out->len -= at;
    memmove(out->data, out->data + at, out->len);
}

/* Suites whose records the relay opens. */
static void use_relay_ciphers(SSL_CTX *ctx)
{
    REQUIRE(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") == 1);
    REQUIRE(SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256") == 1);
}

/* A relay between the two, whose rules the caller keeps. */
static struct relay *new_relay(int version, const struct rule *rules, size_t count)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    REQUIRE(relay != NULL && count <= sizeof(relay->used) / sizeof(relay->used[0]));
    relay->version = version;
    relay->rules = rules;
    relay->rule_count = count;
    for (int i = 0; i < 2; i++)
        relay->wire[i].reads_left = relay->wire[i].writes_left = -1;
    logging = relay;
    return relay;
}

static void attach(struct relay *relay, SSL *client, SSL *server)
{
    SSL *ssl[] = { client, server };

    for (int i = 0; i < 2; i++) {
        BIO *bio = wire_bio(&relay->wire[i]);

        SSL_set_bio(ssl[i], bio, bio);
    }
}

#endif
