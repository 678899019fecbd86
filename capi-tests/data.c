/*
 * Application data: many records, in pieces of every size, and whatever a program
 * may change or ask between them.
 */
#include "harness.h"

static unsigned char pattern(size_t i) { return (unsigned char)(i * 7 + i / 251); }

static void fill(unsigned char *data, size_t len, size_t from)
{
    for (size_t i = 0; i < len; i++)
        data[i] = pattern(from + i);
}

static void both_contexts(int version, const char *suite12, const char *suite13, SSL_CTX *ctx[2])
{
    ctx[0] = new_client_ctx(version), ctx[1] = new_server_ctx(version);
    for (int i = 0; i < 2; i++) {
        REQUIRE(SSL_CTX_set_cipher_list(ctx[i], suite12) == 1);
        REQUIRE(SSL_CTX_set_ciphersuites(ctx[i], suite13) == 1);
    }
}

static struct pair connected(int version, SSL_CTX *ctx[2])
{
    both_contexts(version, "ECDHE+AESGCM", "TLS_AES_128_GCM_SHA256", ctx);
    return connected_pair(ctx[0], ctx[1]);
}

static void done(struct pair *pair, SSL_CTX *ctx[2])
{
    finish_pair(pair);
    SSL_CTX_free(ctx[0]);
    SSL_CTX_free(ctx[1]);
}

/* What one side writes at once the other reads in pieces of at most `most`. */
static void pass(SSL *from, SSL *to, size_t len, size_t most)
{
    static unsigned char data[20000], got[20000];
    size_t at = 0;
    int n;

    fill(data, len, len);
    memset(got, 0, len);
    CHECK_INT(SSL_write(from, data, (int)len), (int)len);
    while (at < len) {
        n = SSL_read(to, got + at, (int)(len - at < most ? len - at : most));
        REQUIRE(n > 0);
        at += (size_t)n;
    }
    CHECK_MEM(got, len, data, len);
    CHECK_INT(SSL_pending(to), 0);
}

static void pass_all_sizes(struct pair *pair)
{
    static const size_t lengths[] = { 1, 2, 15, 16, 17, 100, 1000, 1024, 4095, 4096, 8191, 16383, 16384, 16385 };
    static const size_t pieces[] = { 20000, 16384, 1000, 7 };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            pass(pair->client, pair->server, lengths[i], pieces[j]);
            pass(pair->server, pair->client, lengths[i], pieces[j]);
        }
}

static const struct {
    const char *tls12, *tls13;
} suites[] = {
    { "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_AES_128_GCM_SHA256" },
    { "ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384" },
    { "ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_CHACHA20_POLY1305_SHA256" },
};

TEST_VERSIONS(every_suite_and_size)
{
    for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        SSL_CTX *ctx[2];
        struct pair pair;

        both_contexts(version, suites[i].tls12, suites[i].tls13, ctx);
        pair = connected_pair(ctx[0], ctx[1]);
        pass_all_sizes(&pair);
        done(&pair, ctx);
    }
}

TEST_VERSIONS(read_ahead)
{
    SSL_CTX *ctx[2];
    struct pair pair;
    unsigned char data[1000], got[3000];

    both_contexts(version, suites[0].tls12, suites[0].tls13, ctx);
    SSL_CTX_set_read_ahead(ctx[0], 1);
    SSL_CTX_set_read_ahead(ctx[1], 1);
    pair = connected_pair(ctx[0], ctx[1]);
    pass_all_sizes(&pair);
    /* Several records are there at once. */
    for (int i = 0; i < 5; i++) {
        fill(data, sizeof(data), (size_t)i);
        CHECK_INT(SSL_write(pair.client, data, sizeof(data)), sizeof(data));
    }
    for (int i = 0; i < 5; i++) {
        fill(data, sizeof(data), (size_t)i);
        CHECK_INT(SSL_has_pending(pair.server), i != 0);
        CHECK_INT(SSL_pending(pair.server), 0);
        CHECK_INT(SSL_read(pair.server, got, sizeof(got)), sizeof(data));
        CHECK_MEM(got, sizeof(data), data, sizeof(data));
    }
    CHECK_INT(SSL_has_pending(pair.server), 0);
    done(&pair, ctx);
}

TEST_VERSIONS(peeking)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);
    unsigned char got[100];

    for (int round = 0; round < 3; round++) {
        CHECK_INT(SSL_write(pair.client, "0123456789", 10), 10);
        CHECK_INT(SSL_pending(pair.server), 0);
        CHECK_INT(SSL_peek(pair.server, got, 4), 4);
        CHECK_MEM(got, 4, "0123", 4);
        CHECK_INT(SSL_pending(pair.server), 10);
        CHECK_INT(SSL_has_pending(pair.server), 1);
        CHECK_INT(SSL_peek(pair.server, got, sizeof(got)), 10);
        CHECK_INT(SSL_read(pair.server, got, 3), 3);
        CHECK_INT(SSL_pending(pair.server), 7);
        CHECK_INT(SSL_peek(pair.server, got, sizeof(got)), 7);
        CHECK_MEM(got, 7, "3456789", 7);
        CHECK_INT(SSL_read(pair.server, got, sizeof(got)), 7);
        CHECK_INT(SSL_peek(pair.server, got, sizeof(got)), -1);
        CHECK_INT(SSL_get_error(pair.server, -1), SSL_ERROR_WANT_READ);
    }
    done(&pair, ctx);
}

/* A record arrives byte by byte. */
TEST_VERSIONS(in_drops)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);
    BIO *from = BIO_new(BIO_s_mem()), *to = BIO_new(BIO_s_mem());
    unsigned char got[100];
    char byte;

    pass(pair.client, pair.server, 100, 100);
    pass(pair.client, pair.server, 100, 100);
    BIO_set_mem_eof_return(to, -1);
    SSL_set0_wbio(pair.client, from);
    SSL_set0_rbio(pair.server, to);
    for (int round = 0; round < 3; round++) {
        CHECK_INT(SSL_write(pair.client, "some data", 9), 9);
        while (BIO_pending(from) > 1) {
            REQUIRE(BIO_read(from, &byte, 1) == 1 && BIO_write(to, &byte, 1) == 1);
            REQUIRE(SSL_read(pair.server, got, sizeof(got)) == -1);
            REQUIRE(SSL_get_error(pair.server, -1) == SSL_ERROR_WANT_READ);
        }
        REQUIRE(BIO_read(from, &byte, 1) == 1 && BIO_write(to, &byte, 1) == 1);
        CHECK_INT(SSL_read(pair.server, got, sizeof(got)), 9);
        CHECK_MEM(got, 9, "some data", 9);
    }
    free_pair(&pair);
    SSL_CTX_free(ctx[0]);
    SSL_CTX_free(ctx[1]);
}

/* The lengths of the records that a write makes. */
static void records_of(SSL *ssl, size_t len, const char *what)
{
    static unsigned char data[40000], wire[50000];
    BIO *bio = BIO_new(BIO_s_mem()), *old = SSL_get_wbio(ssl);
    char text[200] = "";
    int got, at = 0;

    BIO_up_ref(old);
    SSL_set0_wbio(ssl, bio);
    CHECK_INT(SSL_write(ssl, data, (int)len), (int)len);
    got = BIO_read(bio, wire, sizeof(wire));
    while (at + 5 <= got) {
        int record = wire[at + 3] << 8 | wire[at + 4];

        sprintf(text + strlen(text), " %d:%d", wire[at], record);
        at += 5 + record;
    }
    CHECK_INT(at, got);
    outcome("%s: records%s", what, text);
    SSL_set0_wbio(ssl, old);
}

static size_t pad(SSL *ssl, int type, size_t len, void *arg)
{
    (void)ssl, (void)type, (void)len;
    return *(size_t *)arg;
}

TEST_VERSIONS(fragments_and_padding_change)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);
    size_t padding = 33;

    for (int i = 0; i < 3; i++)
        pass(pair.client, pair.server, 100, 100);
    records_of(pair.client, 40000, "at first");
    CHECK_INT(SSL_set_max_send_fragment(pair.client, 1000), 1);
    records_of(pair.client, 2500, "fragments of 1000");
    CHECK_INT(SSL_set_max_send_fragment(pair.client, 16384), 1);
    records_of(pair.client, 17000, "fragments of 16384 again");
    CHECK_INT(SSL_set_split_send_fragment(pair.client, 16384), 1);
    records_of(pair.client, 17000, "split at 16384");
    CHECK_INT(SSL_set_split_send_fragment(pair.client, 700), 1);
    records_of(pair.client, 3000, "split at 700");
    CHECK_INT(SSL_set_split_send_fragment(pair.client, 16384), 1);
    CHECK_INT(SSL_set_block_padding(pair.client, 64), 1);
    records_of(pair.client, 10, "blocks of 64");
    CHECK_INT(SSL_set_block_padding(pair.client, 0), 1);
    records_of(pair.client, 10, "no blocks");
    SSL_set_record_padding_callback(pair.client, pad);
    SSL_set_record_padding_callback_arg(pair.client, &padding);
    records_of(pair.client, 10, "padded by 33");
    SSL_set_record_padding_callback(pair.client, NULL);
    records_of(pair.client, 10, "padded no more");
    free_pair(&pair);
    SSL_CTX_free(ctx[0]);
    SSL_CTX_free(ctx[1]);
}

TEST_VERSIONS(padded_records_are_read)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);
    size_t padding = 0;

    SSL_set_record_padding_callback(pair.client, pad);
    SSL_set_record_padding_callback_arg(pair.client, &padding);
    for (; padding < 300; padding += 37)
        pass(pair.client, pair.server, 100, 60);
    padding = 16384;
    pass(pair.client, pair.server, 1, 60);
    pass(pair.client, pair.server, 16384, 16384);
    done(&pair, ctx);
}

static char seen[1000];

static void note(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)version, (void)data, (void)ssl, (void)arg;
    snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), " %s%d:%zu", sent ? ">" : "<", type, len);
}

/* A message callback comes and goes. */
TEST_VERSIONS(message_callback_between_records)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);

    for (int round = 0; round < 3; round++) {
        SSL_set_msg_callback(pair.client, NULL);
        SSL_set_msg_callback(pair.server, NULL);
        pass(pair.client, pair.server, 100, 60);
        pass(pair.server, pair.client, 100, 60);
        seen[0] = '\0';
        SSL_set_msg_callback(pair.client, note);
        pass(pair.client, pair.server, 100, 60);
        SSL_set_msg_callback(pair.client, NULL);
        SSL_set_msg_callback(pair.server, note);
        pass(pair.client, pair.server, 200, 60);
        pass(pair.server, pair.client, 300, 60);
        outcome("seen:%s", seen);
    }
    SSL_set_msg_callback(pair.server, NULL);
    done(&pair, ctx);
}

/* Keys change between records, and in both directions at once. */
TEST_TLS13(key_updates_between_records)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(TLS1_3_VERSION, ctx);

    for (int round = 0; round < 100; round++) {
        SSL *one = round % 2 ? pair.client : pair.server, *other = round % 2 ? pair.server : pair.client;

        pass(one, other, 100 + (size_t)round, 60);
        CHECK_INT(SSL_key_update(one, round % 3 ? SSL_KEY_UPDATE_NOT_REQUESTED : SSL_KEY_UPDATE_REQUESTED), 1);
        if (round % 5 == 0)
            CHECK_INT(SSL_key_update(other, SSL_KEY_UPDATE_REQUESTED), 1);
        for (int i = 0; i < round % 4; i++) {
            pass(one, other, 1000, 600);
            pass(other, one, 1000, 600);
        }
    }
    done(&pair, ctx);
}

/* What a blocked BIO did not take goes out first, and nothing is sent twice. */
TEST_VERSIONS(blocked_writes)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);
    BIO *one, *other;
    unsigned char data[3000], got[3000];
    int n, at, blocked = 0;

    pass(pair.client, pair.server, 100, 100);
    pass(pair.server, pair.client, 100, 100);
    REQUIRE(BIO_new_bio_pair(&one, 1000, &other, 1000) == 1);
    SSL_set_bio(pair.client, one, one);
    SSL_set_bio(pair.server, other, other);
    for (int round = 0; round < 5; round++) {
        fill(data, sizeof(data), (size_t)round);
        at = 0;
        while ((n = SSL_write(pair.client, data, sizeof(data))) <= 0) {
            CHECK_INT(SSL_get_error(pair.client, n), SSL_ERROR_WANT_WRITE);
            blocked++;
            if ((n = SSL_read(pair.server, got + at, (int)sizeof(got) - at)) > 0)
                at += n;
        }
        CHECK_INT(n, (int)sizeof(data));
        while (at < (int)sizeof(data) && (n = SSL_read(pair.server, got + at, (int)sizeof(got) - at)) > 0)
            at += n;
        CHECK_MEM(got, (size_t)at, data, sizeof(data));
    }
    CHECK(blocked > 5);
    done(&pair, ctx);
}

/* SSL_clear, and the same object for another connection. */
TEST_VERSIONS(another_connection)
{
    SSL_CTX *ctx[2];
    struct pair pair = connected(version, ctx);

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            pass(pair.client, pair.server, 500, 60);
            pass(pair.server, pair.client, 500, 60);
        }
        close_cleanly(&pair);
        CHECK_INT(SSL_clear(pair.client), 1);
        CHECK_INT(SSL_clear(pair.server), 1);
        join(pair.client, pair.server);
        REQUIRE(handshake(&pair));
    }
    done(&pair, ctx);
}

/* Two connections take turns, so that neither may have the other's buffers. */
TEST_VERSIONS(interleaved_connections)
{
    SSL_CTX *ctx[2];
    struct pair first = connected(version, ctx), second = connected_pair(ctx[0], ctx[1]);
    unsigned char got[100];

    for (int round = 0; round < 5; round++) {
        CHECK_INT(SSL_write(first.client, "first connection", 16), 16);
        CHECK_INT(SSL_write(second.client, "second connection", 17), 17);
        CHECK_INT(SSL_read(second.server, got, 3), 3);
        CHECK_INT(SSL_read(first.server, got, 3), 3);
        CHECK_INT(SSL_pending(first.server), 13);
        CHECK_INT(SSL_pending(second.server), 14);
        CHECK_INT(SSL_read(second.server, got, sizeof(got)), 14);
        CHECK_MEM(got, 14, "ond connection", 14);
        CHECK_INT(SSL_read(first.server, got, sizeof(got)), 13);
        CHECK_MEM(got, 13, "st connection", 13);
    }
    finish_pair(&second);
    done(&first, ctx);
}
