/*
 * Application data between finished ends of which one, or the program, is up to
 * something: records that are allowed but odd, records that are not, calls between
 * them. What becomes of it must be the same as with the stock library.
 */
#include "relay.h"

struct scene {
    SSL_CTX *ctx[2];
    SSL *ssl[2];
    struct relay *relay;
};

static int version_of_test, line_number;

/* OpenSSL keeps what it can't deliver any more. */
static int is_over(int error)
{
    return error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
}

static void say(const char *what, SSL *ssl, int ret)
{
    int error = SSL_get_error(ssl, ret);

    outcome_errors("%x, %d, %s: %d/%d pending %d has %d shutdown %d", (unsigned)version_of_test, line_number++, what,
                   ret, error, is_over(error) ? 0 : SSL_pending(ssl), is_over(error) ? 0 : SSL_has_pending(ssl),
                   SSL_get_shutdown(ssl));
}

static void pass(struct scene *scene, enum side from)
{
    char got[16];

    REQUIRE(SSL_write(scene->ssl[from], "0123456789", 10) == 10);
    relay_from(scene->relay, from);
    REQUIRE(SSL_read(scene->ssl[!from], got, sizeof(got)) == 10);
    CHECK_MEM(got, 10, "0123456789", 10);
}

/* Two ends that have exchanged data, which is after the first record another path. */
static void set_up(struct scene *scene, int version)
{
    int done[2] = { 0, 0 };
    char byte;

    version_of_test = version, line_number = 0;
    scene->ctx[CLIENT] = new_client_ctx(version), scene->ctx[SERVER] = new_server_ctx(version);
    scene->relay = new_relay(version, NULL, 0);
    for (int i = 0; i < 2; i++) {
        use_relay_ciphers(scene->ctx[i]);
        SSL_CTX_set_keylog_callback(scene->ctx[i], log_secret);
        SSL_CTX_set_options(scene->ctx[i], SSL_OP_NO_RENEGOTIATION);
        scene->ssl[i] = SSL_new(scene->ctx[i]);
    }
    SSL_set_connect_state(scene->ssl[CLIENT]);
    SSL_set_accept_state(scene->ssl[SERVER]);
    attach(scene->relay, scene->ssl[CLIENT], scene->ssl[SERVER]);
    for (int round = 0; round < 10 && !(done[0] == 1 && done[1] == 1); round++)
        for (enum side side = CLIENT; side <= SERVER; side++) {
            done[side] = SSL_do_handshake(scene->ssl[side]);
            relay_from(scene->relay, side);
        }
    REQUIRE(done[0] == 1 && done[1] == 1);
    CHECK_INT(SSL_read(scene->ssl[CLIENT], &byte, 1), -1);
    for (int round = 0; round < 3; round++) {
        pass(scene, CLIENT);
        pass(scene, SERVER);
    }
    ERR_clear_error();
}

static void tear_down(struct scene *scene)
{
    logging = NULL;
    for (int i = 0; i < 2; i++) {
        SSL_free(scene->ssl[i]);
        SSL_CTX_free(scene->ctx[i]);
    }
    free(scene->relay);
}

/* A record with this content comes from `from`. */
static void send_record(struct scene *scene, enum side from, int type, const char *data, size_t len)
{
    send_on(scene->relay, from, type, data, len, 0);
}

static int read_some(struct scene *scene, enum side side, const char *what)
{
    char got[100];
    int ret;

    ERR_clear_error();
    ret = SSL_read(scene->ssl[side], got, sizeof(got));
    say(what, scene->ssl[side], ret);
    return ret;
}

/* Empty records between those of data: how many there were in all is no matter. */
TEST_VERSIONS(empty_records_between_data)
{
    for (enum side from = CLIENT; from <= SERVER; from++) {
        struct scene scene;

        set_up(&scene, version);
        for (int round = 0; round < 40; round++) {
            send_record(&scene, from, SSL3_RT_APPLICATION_DATA, "", 0);
            send_record(&scene, from, SSL3_RT_APPLICATION_DATA, "some", 4);
            if (read_some(&scene, !from, "empty, then data") <= 0)
                break;
        }
        tear_down(&scene);
    }
}

/* A peek, too, comes back from empty records, and leaves what follows them. */
TEST_VERSIONS(peeking_at_empty_records)
{
    for (int count = 1; count < 36; count += count < 30 ? 8 : 1) {
        struct scene scene;
        char got[10];

        set_up(&scene, version);
        outcome("%d", count);
        for (int i = 0; i < count; i++)
            send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "", 0);
        say("peek", scene.ssl[SERVER], SSL_peek(scene.ssl[SERVER], got, sizeof(got)));
        send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "some", 4);
        say("peek again", scene.ssl[SERVER], SSL_peek(scene.ssl[SERVER], got, sizeof(got)));
        read_some(&scene, SERVER, "peeked at");
        tear_down(&scene);
    }
}

TEST_VERSIONS(empty_records_in_a_row)
{
    for (int count = 30; count < 36; count++) {
        struct scene scene;

        set_up(&scene, version);
        for (int i = 0; i < count; i++)
            send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "", 0);
        send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "some", 4);
        outcome("%d", count);
        read_some(&scene, SERVER, "empty ones");
        tear_down(&scene);
    }
}

/* Warnings between records of data. */
TEST_TLS12(warnings_between_data)
{
    for (enum side from = CLIENT; from <= SERVER; from++) {
        struct scene scene;

        set_up(&scene, version);
        for (int round = 0; round < 10; round++) {
            send_record(&scene, from, SSL3_RT_ALERT, "\1\x5a", 2);
            send_record(&scene, from, SSL3_RT_APPLICATION_DATA, "some", 4);
            if (read_some(&scene, !from, "warning, then data") <= 0)
                break;
        }
        tear_down(&scene);
    }
}

TEST_TLS12(warnings_in_a_row)
{
    struct scene scene;

    set_up(&scene, version);
    for (int round = 0; round < 10; round++) {
        send_record(&scene, CLIENT, SSL3_RT_ALERT, "\1\x5a", 2);
        read_some(&scene, SERVER, "warning");
    }
    tear_down(&scene);
}

/* Requests for a renegotiation, which are refused, between records of data. */
TEST_TLS12(hello_requests_between_data)
{
    struct scene scene;

    set_up(&scene, version);
    for (int round = 0; round < 6; round++) {
        send_record(&scene, SERVER, SSL3_RT_HANDSHAKE, "\0\0\0\0", 4);
        send_record(&scene, SERVER, SSL3_RT_APPLICATION_DATA, "some", 4);
        if (read_some(&scene, CLIENT, "request, then data") <= 0)
            break;
    }
    tear_down(&scene);
}

/* Records by their header's length alone, and with a body that is no ciphertext. */
TEST_VERSIONS(lengths_of_records)
{
    static const int lengths[] = { 16384, 16385, 16408, 16409, 16640, 16641, 16704, 16705,
                                   16707, 16708, 17408, 18432, 18433, 20000, 65535 };

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (int type = SSL3_RT_ALERT; type <= SSL3_RT_APPLICATION_DATA; type++) {
            static unsigned char record[70000];
            struct scene scene;
            char what[60];

            sprintf(what, "record of %d, type %d", lengths[i], type);
            set_up(&scene, version);
            record[0] = (unsigned char)type;
            memcpy(record + 1, "\3\3", 2);
            put_number(record + 3, (uint64_t)lengths[i], 2);
            deliver(scene.relay, CLIENT, record, 5);
            read_some(&scene, SERVER, what);
            deliver(scene.relay, CLIENT, record + 5, (size_t)lengths[i]);
            read_some(&scene, SERVER, "and its body");
            read_some(&scene, SERVER, "again");
            tear_down(&scene);
        }
}

/* Sealed records whose content is as long as it may be, and longer. */
TEST_VERSIONS(lengths_of_content)
{
    static const int lengths[] = { 1000, 16383, 16384, 16385, 16386, 16400, 16600, 16623, 16624, 16640 };
    static char data[20000];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        for (int zeros = 0; zeros < 2; zeros++) {
            struct scene scene;
            char what[60];

            if (zeros && lengths[i] > 16384 && lengths[i] < 16624)
                continue;
            sprintf(what, "content of %d, %d", lengths[i], zeros);
            memset(data, 'x', sizeof(data));
            set_up(&scene, version);
            if (zeros && version == TLS1_3_VERSION) {
                /* Padding: the type is what is last. Of more than the protocol allows
                 * OpenSSL bears some, Tessera none. */
                memset(data, 0, sizeof(data));
                data[0] = 'x', data[1] = SSL3_RT_APPLICATION_DATA;
                send_record(&scene, CLIENT, 0, data, (size_t)lengths[i]);
            } else {
                send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, data, (size_t)lengths[i]);
            }
            read_some(&scene, SERVER, what);
            tear_down(&scene);
        }
}

TEST_VERSIONS(data_after_close_notify)
{
    struct scene scene;

    set_up(&scene, version);
    send_record(&scene, CLIENT, SSL3_RT_ALERT, "\1\0", 2);
    send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "late", 4);
    send_record(&scene, CLIENT, SSL3_RT_APPLICATION_DATA, "later", 5);
    read_some(&scene, SERVER, "closed");
    read_some(&scene, SERVER, "closed again");
    say("writes", scene.ssl[SERVER], SSL_write(scene.ssl[SERVER], "x", 1));
    SSL_set_shutdown(scene.ssl[SERVER], 0);
    if (on_tessera()) {
        /* OpenSSL reads on; here it stays closed, and nothing more is taken from the BIO. */
        for (int i = 0; i < 3; i++) {
            char byte;

            SSL_set_shutdown(scene.ssl[SERVER], 0);
            CHECK_INT(SSL_read(scene.ssl[SERVER], &byte, 1), 0);
            CHECK_INT(SSL_get_error(scene.ssl[SERVER], 0), SSL_ERROR_ZERO_RETURN);
            CHECK(scene.relay->wire[SERVER].in.len > 0);
        }
    }
    tear_down(&scene);
}

/* A message in two records, data between them. */
TEST_TLS13(data_inside_a_message)
{
    for (int first = 1; first < 4; first++) {
        struct scene scene;

        set_up(&scene, version);
        send_record(&scene, SERVER, SSL3_RT_HANDSHAKE, "\x18\0\0\1\0", (size_t)first);
        read_some(&scene, CLIENT, "half a message");
        send_record(&scene, SERVER, SSL3_RT_APPLICATION_DATA, "some", 4);
        read_some(&scene, CLIENT, "data");
        tear_down(&scene);
    }
}

/* Long tickets, which come in several records; rustls takes no longer ones. */
TEST_TLS13(long_tickets)
{
    static const size_t lengths[] = { 1000, 20000, 65517, 65518, 65519, 65520 };
    static unsigned char message[70000];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        struct scene scene;
        size_t len = lengths[i], body = 4 + 4 + 1 + 2 + 2 + len + 2, at = 4;

        set_up(&scene, version);
        message[0] = SSL3_MT_NEWSESSION_TICKET;
        put_number(message + 1, body, 3);
        memset(message + at, 1, 8), at += 8;
        put_number(message + 4, 1000, 4);
        memcpy(message + at, "\2\7\7", 3), at += 3;
        put_number(message + at, len, 2), at += 2;
        memset(message + at, 4, len), at += len;
        memset(message + at, 0, 2), at += 2;
        for (size_t done = 0, part; done < at; done += part) {
            part = at - done < 16000 ? at - done : 16000;
            send_record(&scene, SERVER, SSL3_RT_HANDSHAKE, (char *)message + done, part);
        }
        send_record(&scene, SERVER, SSL3_RT_APPLICATION_DATA, "some", 4);
        outcome("ticket of %zu, body %zu", len, body);
        read_some(&scene, CLIENT, "data");
        {
            const unsigned char *ticket = NULL;
            size_t ticket_len = 0;

            SSL_SESSION_get0_ticket(SSL_get_session(scene.ssl[CLIENT]), &ticket, &ticket_len);
            outcome("kept %zu", ticket_len);
        }
        tear_down(&scene);
    }
}

/* Key updates in a row. */
TEST_TLS13(key_updates_in_a_row)
{
    for (int requested = 0; requested < 2; requested++)
        for (int data = 0; data < 2; data++) {
            SSL_CTX *ctx[2] = { new_client_ctx(version), new_server_ctx(version) };
            struct pair pair = connected_pair(ctx[0], ctx[1]);
            char got[10];
            int ret;

            check_data(&pair);
            for (int i = 0; i < 50; i++) {
                REQUIRE(SSL_key_update(pair.client, requested) == 1);
                REQUIRE(SSL_do_handshake(pair.client) == 1);
                if (data)
                    REQUIRE(SSL_write(pair.client, "x", 1) == 1);
                ret = SSL_read(pair.server, got, sizeof(got));
                outcome_errors("update %d, requested %d, data %d: %d/%d", i, requested, data, ret,
                               SSL_get_error(pair.server, ret));
                if (ret <= 0 && SSL_get_error(pair.server, ret) == SSL_ERROR_SSL)
                    break;
                ret = SSL_read(pair.client, got, sizeof(got));
                outcome_errors("client %d/%d", ret, SSL_get_error(pair.client, ret));
            }
            free_pair(&pair);
            SSL_CTX_free(ctx[0]);
            SSL_CTX_free(ctx[1]);
        }
}

static int parse_nothing(SSL *ssl, unsigned int type, unsigned int context, const unsigned char *in, size_t len,
                         X509 *x, size_t chain, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)in, (void)len, (void)x, (void)chain, (void)alert, (void)arg;
    return 1;
}

/* There is no end to them. */
TEST_TLS13(key_updates_without_number)
{
    for (int way = 0; way < 4; way++) {
        SSL_CTX *ctx[2] = { new_client_ctx(version), new_server_ctx(version) };
        struct pair pair;
        char byte;
        int i;

        /* Records of which some are opened ahead of rustls. */
        for (int j = 0; way & 2 && j < 2; j++)
            SSL_CTX_add_custom_ext(ctx[j], 1000, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE, NULL, NULL, NULL,
                                   parse_nothing, NULL);
        pair = connected_pair(ctx[0], ctx[1]);
        drain(pair.client);
        if (way & 1)
            check_data(&pair);
        for (i = 0; i < (way == 0 ? 10000 : 500); i++) {
            REQUIRE(SSL_key_update(pair.client, way & 1) == 1);
            REQUIRE(SSL_do_handshake(pair.client) == 1);
            if (SSL_read(pair.server, &byte, 1) != -1 || SSL_get_error(pair.server, -1) != SSL_ERROR_WANT_READ)
                break;
        }
        outcome_errors("way %d: %d updates", way, i);
        check_data(&pair);
        drain(pair.client);
        finish_pair(&pair);
        SSL_CTX_free(ctx[0]);
        SSL_CTX_free(ctx[1]);
    }
}

/* A connection used by the message callback of another. */
static SSL *other;
static int others;

static void write_elsewhere(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)version, (void)data, (void)len, (void)ssl, (void)arg;
    if (sent && other != NULL && (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_ALERT) && others == 0) {
        others++;
        CHECK_INT(SSL_write(other, "elsewhere", 9), 9);
    }
}

TEST_VERSIONS(callbacks_write_elsewhere)
{
    for (int way = 0; way < 3; way++) {
        SSL_CTX *ctx[2] = { new_client_ctx(version), new_server_ctx(version) };
        struct pair one = connected_pair(ctx[0], ctx[1]), two = connected_pair(ctx[0], ctx[1]);
        char got[20];
        int ret;

        other = two.client;
        others = 0;
        SSL_set_msg_callback(one.server, write_elsewhere);
        if (way == 0 && version == TLS1_3_VERSION) {
            CHECK_INT(SSL_new_session_ticket(one.server), 1);
            CHECK_INT(SSL_do_handshake(one.server), 1);
        } else if (way == 1 && version == TLS1_3_VERSION) {
            CHECK_INT(SSL_key_update(one.server, 0), 1);
            CHECK_INT(SSL_do_handshake(one.server), 1);
        } else {
            CHECK_INT(SSL_shutdown(one.server), 0);
        }
        CHECK_INT(others, 1);
        ret = SSL_read(two.server, got, sizeof(got));
        outcome_errors("way %d: %d/%d", way, ret, SSL_get_error(two.server, ret));
        other = NULL;
        free_pair(&one);
        free_pair(&two);
        SSL_CTX_free(ctx[0]);
        SSL_CTX_free(ctx[1]);
    }
}

/* What the BIO is given to read into holds nothing that was read before. */
static int looks, secrets_seen;

static int look_at_room(BIO *bio, char *data, int len)
{
    if (looks)
        for (int i = 0; i + 16 <= len; i++)
            secrets_seen += memcmp(data + i, "SECRETSECRETSECR", 16) == 0;
    return wire_read(bio, data, len);
}

TEST_VERSIONS(plaintext_is_wiped_if_told)
{
    for (int option = 0; option < 2; option++) {
        struct scene scene;
        static char data[3000], got[4000];
        BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "looks");
        BIO *bio;

        BIO_meth_set_read(method, look_at_room);
        BIO_meth_set_write(method, wire_write);
        BIO_meth_set_ctrl(method, wire_ctrl);
        set_up(&scene, version);
        bio = BIO_new(method);
        BIO_set_data(bio, &scene.relay->wire[SERVER]);
        BIO_set_init(bio, 1);
        SSL_set_bio(scene.ssl[SERVER], bio, bio);
        if (option)
            SSL_set_options(scene.ssl[SERVER], SSL_OP_CLEANSE_PLAINTEXT);
        for (size_t i = 0; i < sizeof(data); i++)
            data[i] = "SECRET"[i % 6];
        looks = secrets_seen = 0;
        for (int round = 0; round < 5; round++) {
            /* The first memory may be anybody's. */
            looks = option && round > 0;
            REQUIRE(SSL_write(scene.ssl[CLIENT], data, sizeof(data)) == sizeof(data));
            relay_from(scene.relay, CLIENT);
            CHECK_INT(SSL_read(scene.ssl[SERVER], got, 10), 10);
            CHECK_INT(SSL_read(scene.ssl[SERVER], got, sizeof(got)), sizeof(data) - 10);
        }
        CHECK_INT(secrets_seen, 0);
        tear_down(&scene);
        BIO_meth_free(method);
    }
}

/* A BIO that takes a byte at a time. */
static int drops, blocks;

static int write_drop(BIO *bio, const char *data, int len)
{
    if (drops++ % 2 == 0 && blocks) {
        BIO_clear_retry_flags(bio);
        BIO_set_retry_write(bio);
        return -1;
    }
    return wire_write(bio, data, len < 1 ? len : 1);
}

TEST_VERSIONS(writes_in_drops)
{
    static const int modes[] = { 0, SSL_MODE_ENABLE_PARTIAL_WRITE, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
                                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS };
    static unsigned char data[40000], got[40000];

    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)(i * 13 + i / 256);
    for (size_t i = 0; i < 8; i++) {
        struct scene scene;
        BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "drops");
        BIO *bio;
        size_t at = 0, read = 0;
        int first = 1;

        blocks = i >= 4, drops = 0;
        BIO_meth_set_read(method, wire_read);
        BIO_meth_set_write(method, write_drop);
        BIO_meth_set_ctrl(method, wire_ctrl);
        set_up(&scene, version);
        bio = BIO_new(method);
        BIO_set_data(bio, &scene.relay->wire[CLIENT]);
        BIO_set_init(bio, 1);
        SSL_set_bio(scene.ssl[CLIENT], bio, bio);
        SSL_clear_mode(scene.ssl[CLIENT], SSL_MODE_ENABLE_PARTIAL_WRITE);
        SSL_set_mode(scene.ssl[CLIENT], modes[i % 4]);
        while (at < sizeof(data)) {
            int n = SSL_write(scene.ssl[CLIENT], data + at, (int)(sizeof(data) - at));

            if (n > 0) {
                outcome("mode %d blocks %d: wrote %d", modes[i % 4], blocks, n);
                at += (size_t)n;
            } else {
                if (first)
                    say("blocked", scene.ssl[CLIENT], n);
                first = 0;
                REQUIRE(SSL_get_error(scene.ssl[CLIENT], n) == SSL_ERROR_WANT_WRITE);
            }
            relay_from(scene.relay, CLIENT);
            while ((n = SSL_read(scene.ssl[SERVER], got + read, (int)(sizeof(got) - read))) > 0)
                read += (size_t)n;
        }
        CHECK_MEM(got, read, data, sizeof(data));
        tear_down(&scene);
        BIO_meth_free(method);
    }
}

/* A BIO that writes to the connection whose records it is given. */
static SSL *inner;
static int inner_ret, inner_error;

static int write_and_write(BIO *bio, const char *data, int len)
{
    SSL *ssl = inner;
    int ret, half = len / 2;

    if (ssl == NULL)
        return wire_write(bio, data, len);
    inner = NULL;
    REQUIRE(wire_write(bio, data, half) == half);
    ret = SSL_write(ssl, "inner", 5);
    inner_ret = ret, inner_error = SSL_get_error(ssl, ret);
    outcome_errors("inner write");
    return half;
}

TEST_VERSIONS(bio_that_writes_to_its_connection)
{
    struct scene scene;
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "writes");
    BIO *bio;

    BIO_meth_set_read(method, wire_read);
    BIO_meth_set_write(method, write_and_write);
    BIO_meth_set_ctrl(method, wire_ctrl);
    set_up(&scene, version);
    bio = BIO_new(method);
    BIO_set_data(bio, &scene.relay->wire[CLIENT]);
    BIO_set_init(bio, 1);
    SSL_set_bio(scene.ssl[CLIENT], bio, bio);
    inner = scene.ssl[CLIENT];
    say("outer", scene.ssl[CLIENT], SSL_write(scene.ssl[CLIENT], "outer", 5));
    outcome("inner %d/%d", inner_ret, inner_error);
    relay_from(scene.relay, CLIENT);
    read_some(&scene, SERVER, "read");
    read_some(&scene, SERVER, "read");
    tear_down(&scene);
    BIO_meth_free(method);
}

/* A server's answer ahead of its client's Finished, which the BIO does not take at once:
 * it arrives once. */
TEST_TLS13(early_answers_are_sent_once)
{
    static const size_t lengths[] = { 10, 1000, 5000, 16384 };
    static char answer[20000], got[40000];

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        SSL_CTX *ctx[2] = { new_client_ctx(version), new_server_ctx(version) };
        struct relay *relay = new_relay(version, NULL, 0);
        SSL *client = SSL_new(ctx[0]), *server = SSL_new(ctx[1]);
        size_t len = lengths[i], n = 0, read = 0;
        int written = 0, ret;
        char byte;

        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
        attach(relay, client, server);
        REQUIRE(SSL_do_handshake(client) == -1);
        relay_from(relay, CLIENT);
        REQUIRE(SSL_read_early_data(server, &byte, 1, &n) == SSL_READ_EARLY_DATA_FINISH);
        relay->wire[SERVER].blocked = 1;
        for (int tries = 0; tries < 6 && !written; tries++) {
            relay->wire[SERVER].blocked = tries < 3;
            ret = SSL_write_early_data(server, answer, len, &n);
            written = ret == 1;
            if (ret == 1)
                CHECK_INT(n, len);
            else
                CHECK_INT(SSL_get_error(server, ret), SSL_ERROR_WANT_WRITE);
        }
        CHECK(written);
        relay->wire[SERVER].blocked = 0;
        for (int round = 0; round < 5; round++) {
            SSL_do_handshake(server);
            relay_from(relay, SERVER);
            SSL_do_handshake(client);
            relay_from(relay, CLIENT);
        }
        while ((ret = SSL_read(client, got + read, (int)(sizeof(got) - read))) > 0)
            read += (size_t)ret;
        CHECK_INT(read, len);
        CHECK_INT(SSL_get_error(client, ret), SSL_ERROR_WANT_READ);
        ERR_clear_error();
        logging = NULL;
        SSL_free(client);
        SSL_free(server);
        SSL_CTX_free(ctx[0]);
        SSL_CTX_free(ctx[1]);
        free(relay);
    }
}

/* Tickets and key updates that the BIO does not take at once. */
static int tickets_seen;

static int count_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl, (void)session;
    tickets_seen++;
    return 0;
}

TEST_TLS13(blocked_tickets_and_key_updates)
{
    for (int way = 0; way < 4; way++) {
        struct scene scene;
        int ret;

        set_up(&scene, version);
        SSL_CTX_set_session_cache_mode(scene.ctx[CLIENT], SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(scene.ctx[CLIENT], count_ticket);
        tickets_seen = 0;
        scene.relay->wire[SERVER].blocked = 1;
        if (way % 2 == 0)
            CHECK_INT(SSL_new_session_ticket(scene.ssl[SERVER]), 1);
        else
            CHECK_INT(SSL_key_update(scene.ssl[SERVER], SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        for (int tries = 0; tries < 4; tries++) {
            scene.relay->wire[SERVER].blocked = tries < 2;
            ret = way < 2 ? SSL_do_handshake(scene.ssl[SERVER]) : SSL_write(scene.ssl[SERVER], "some data", 9);
            outcome("in init %d", SSL_in_init(scene.ssl[SERVER]));
            say("blocked", scene.ssl[SERVER], ret);
            relay_from(scene.relay, SERVER);
        }
        if (way % 2 == 0) {
            read_some(&scene, CLIENT, "client");
            read_some(&scene, CLIENT, "client");
            read_some(&scene, CLIENT, "client");
        }
        outcome("tickets %d good %ld", tickets_seen, SSL_CTX_sess_accept_good(scene.ctx[SERVER]));
        tear_down(&scene);
    }
}
