/*
 * Connections: transports, data, shutdown, states.
 */
#include "harness.h"
#include <sys/wait.h>
#include <unistd.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

static struct contexts new_contexts(int version)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };

    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

/* Transports ------------------------------------------------------------- */

TEST_VERSIONS(over_a_bio_pair)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_version(pair.client), version);
    CHECK_INT(SSL_version(pair.server), version);
    CHECK_STR(SSL_get_version(pair.client), version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
    check_data(&pair);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_is_server(pair.client), 0);
    CHECK_INT(SSL_is_server(pair.server), 1);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Two memory BIOs, each read by one side and written by the other. */
TEST_VERSIONS(over_memory_bios)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());

    memset(&pair, 0, sizeof(pair));
    pair.client = SSL_new(contexts.client);
    pair.server = SSL_new(contexts.server);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(pair.client, to_client, to_server);
    SSL_set_bio(pair.server, to_server, to_client);
    CHECK_PTR(SSL_get_rbio(pair.client), to_client);
    CHECK_PTR(SSL_get_wbio(pair.client), to_server);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(over_bios_set_one_by_one)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());

    memset(&pair, 0, sizeof(pair));
    pair.client = SSL_new(contexts.client);
    pair.server = SSL_new(contexts.server);
    CHECK_PTR(SSL_get_rbio(pair.client), NULL);
    CHECK_PTR(SSL_get_wbio(pair.client), NULL);
    SSL_set0_rbio(pair.client, to_client);
    SSL_set0_wbio(pair.client, to_server);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set0_rbio(pair.server, to_server);
    SSL_set0_wbio(pair.server, to_client);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

static void *serve_one(void *ssl)
{
    char buffer[100];
    int n;

    if (SSL_accept(ssl) == 1) {
        while ((n = SSL_read(ssl, buffer, sizeof(buffer))) > 0)
            SSL_write(ssl, buffer, n);
        SSL_shutdown(ssl);
    }
    ERR_clear_error();
    return NULL;
}

/* A blocking socket; the server in a thread of its own. */
TEST_VERSIONS(over_blocking_sockets)
{
    struct contexts contexts = new_contexts(version);
    SSL *client = SSL_new(contexts.client), *server = SSL_new(contexts.server);
    pthread_t thread;
    int ends[2];
    char buffer[100];

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    CHECK_INT(SSL_get_fd(client), -1);
    CHECK_INT(SSL_set_fd(client, ends[0]), 1);
    CHECK_INT(SSL_set_rfd(server, ends[1]), 1);
    CHECK_INT(SSL_set_wfd(server, ends[1]), 1);
    CHECK_INT(SSL_get_fd(client), ends[0]);
    CHECK_INT(SSL_get_rfd(client), ends[0]);
    CHECK_INT(SSL_get_wfd(client), ends[0]);
    CHECK_INT(SSL_get_fd(server), ends[1]);
    CHECK_INT(BIO_method_type(SSL_get_rbio(client)), BIO_TYPE_SOCKET);
    /* One BIO for both directions, also when they are set apart. */
    CHECK_PTR(SSL_get_rbio(server), SSL_get_wbio(server));
    REQUIRE(pthread_create(&thread, NULL, serve_one, server) == 0);
    CHECK_INT(SSL_connect(client), 1);
    CHECK_INT(SSL_write(client, "echo", 4), 4);
    CHECK_INT(SSL_read(client, buffer, sizeof(buffer)), 4);
    CHECK_MEM(buffer, 4, "echo", 4);
    CHECK_INT(SSL_shutdown(client), 0);
    CHECK_INT(SSL_shutdown(client), 1);
    pthread_join(thread, NULL);
    CHECK_INT(SSL_get_shutdown(client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(client);
    SSL_free(server);
    /* SSL_set_fd does not take the descriptors over. */
    CHECK_INT(close(ends[0]), 0);
    CHECK_INT(close(ends[1]), 0);
    free_contexts(&contexts);
}

TEST_VERSIONS(over_non_blocking_sockets)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    int ends[2];

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    memset(&pair, 0, sizeof(pair));
    pair.client = SSL_new(contexts.client);
    pair.server = SSL_new(contexts.server);
    SSL_set_fd(pair.client, ends[0]);
    SSL_set_fd(pair.server, ends[1]);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    drain(pair.client);
    finish_pair(&pair);
    close(ends[0]);
    close(ends[1]);
    free_contexts(&contexts);
}

/* A BIO_METHOD of the application, that moves one byte a call and asks for a
 * retry on every other one. */
struct slow {
    BIO *below;
    int calls;
    int flushes;
};

static int slow_write(BIO *bio, const char *data, int len)
{
    struct slow *slow = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (slow->calls++ % 2 == 0) {
        BIO_set_retry_write(bio);
        return -1;
    }
    return BIO_write(slow->below, data, len > 0 ? (len + 1) / 2 : len);
}

static int slow_read(BIO *bio, char *data, int len)
{
    struct slow *slow = BIO_get_data(bio);
    int n;

    BIO_clear_retry_flags(bio);
    n = slow->calls++ % 2 == 0 ? -1 : BIO_read(slow->below, data, len > 7 ? 7 : len);
    if (n <= 0)
        BIO_set_retry_read(bio);
    return n;
}

static long slow_ctrl(BIO *bio, int command, long number, void *pointer)
{
    struct slow *slow = BIO_get_data(bio);

    (void)number, (void)pointer;
    if (command == BIO_CTRL_FLUSH) {
        slow->flushes++;
        return 1;
    }
    return 0;
}

static BIO *new_slow(BIO_METHOD *method, struct slow *slow, BIO *below)
{
    BIO *bio = BIO_new(method);

    slow->below = below;
    slow->calls = 0;
    slow->flushes = 0;
    BIO_set_data(bio, slow);
    BIO_set_init(bio, 1);
    return bio;
}

TEST_VERSIONS(over_a_bio_of_the_application)
{
    struct contexts contexts = new_contexts(version);
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slow");
    BIO *a, *b, *slow_a, *slow_b;
    struct slow slow[2];
    SSL *client = SSL_new(contexts.client), *server = SSL_new(contexts.server);
    int done_client = 0, done_server = 0, got = 0;
    char buffer[10];

    BIO_meth_set_write(method, slow_write);
    BIO_meth_set_read(method, slow_read);
    BIO_meth_set_ctrl(method, slow_ctrl);
    BIO_new_bio_pair(&a, 0, &b, 0);
    slow_a = new_slow(method, &slow[0], a);
    slow_b = new_slow(method, &slow[1], b);
    SSL_set_bio(client, slow_a, slow_a);
    SSL_set_bio(server, slow_b, slow_b);
    for (int i = 0; i < 20000 && !(done_client && done_server); i++) {
        int ret;

        if (!done_client && (ret = SSL_connect(client)) != 1) {
            int error = SSL_get_error(client, ret);

            REQUIRE(error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE);
            CHECK_INT(SSL_want(client), error == SSL_ERROR_WANT_READ ? SSL_READING : SSL_WRITING);
        } else {
            done_client = 1;
        }
        if (!done_server && (ret = SSL_accept(server)) != 1) {
            int error = SSL_get_error(server, ret);

            REQUIRE(error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE);
        } else {
            done_server = 1;
        }
    }
    REQUIRE(done_client && done_server);
    CHECK(slow[0].flushes > 0);
    CHECK(slow[1].flushes > 0);
    for (int i = 0; i < 100 && SSL_write(client, "slowly", 6) != 6; i++)
        CHECK_INT(SSL_get_error(client, -1), SSL_ERROR_WANT_WRITE);
    for (int i = 0; i < 1000 && got == 0; i++) {
        int n = SSL_read(server, buffer, sizeof(buffer));

        if (n > 0)
            got = n;
        else
            CHECK_INT(SSL_get_error(server, n), SSL_ERROR_WANT_READ);
    }
    CHECK_MEM(buffer, (size_t)got, "slowly", 6);
    SSL_free(client);
    SSL_free(server);
    BIO_free(a);
    BIO_free(b);
    BIO_meth_free(method);
    free_contexts(&contexts);
}

/* set_bio: who owns what, by the rules of SSL_set_bio(3). */
static int bios_freed;

static long count_bio_free(BIO *bio, int operation, const char *argp, size_t len, int argi, long argl, int ret,
                           size_t *processed)
{
    (void)bio, (void)argp, (void)len, (void)argi, (void)argl, (void)processed;
    if (operation == BIO_CB_FREE)
        bios_freed++;
    return ret;
}

static BIO *counted_bio(void)
{
    BIO *bio = BIO_new(BIO_s_mem());

    BIO_set_callback_ex(bio, count_bio_free);
    return bio;
}

TEST(set_bio_ownership)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    BIO *one = counted_bio(), *two = counted_bio(), *three = counted_bio();

    SSL_set_bio(ssl, one, one);
    CHECK_INT(bios_freed, 0);
    /* Nothing changes: nothing is taken. */
    SSL_set_bio(ssl, one, one);
    CHECK_INT(bios_freed, 0);
    /* Only the writing one is new: it alone is taken, the reading one stays. */
    SSL_set_bio(ssl, one, two);
    CHECK_INT(bios_freed, 0);
    CHECK_PTR(SSL_get_rbio(ssl), one);
    CHECK_PTR(SSL_get_wbio(ssl), two);
    SSL_set_bio(ssl, three, two);
    CHECK_INT(bios_freed, 1);
    /* They are equal now and only the reading one changes: both are taken. */
    BIO_up_ref(three);
    SSL_set0_wbio(ssl, three);
    CHECK_INT(bios_freed, 2);
    BIO_up_ref(three);
    one = counted_bio();
    SSL_set_bio(ssl, one, three);
    CHECK_INT(bios_freed, 2);
    SSL_set_bio(ssl, NULL, NULL);
    CHECK_INT(bios_freed, 4);
    CHECK_PTR(SSL_get_rbio(ssl), NULL);
    SSL_free(ssl);
    CHECK_INT(bios_freed, 4);
    SSL_CTX_free(ctx);
}

TEST(free_frees_the_bios)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    BIO *one = counted_bio();

    SSL_set_bio(ssl, one, one);
    SSL_free(ssl);
    CHECK_INT(bios_freed, 1);
    SSL_CTX_free(ctx);
}

/* Certificates ----------------------------------------------------------- */

static void check_certificate(int version, const char *name, int type)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };
    struct pair pair;
    X509 *expected = fixture_cert(name), *peer;
    EVP_PKEY *key;

    SSL_CTX_free(contexts.server);
    contexts.server = SSL_CTX_new(TLS_server_method());
    use_identity(contexts.server, name);
    pair = connected_pair(contexts.client, contexts.server);
    peer = SSL_get1_peer_certificate(pair.client);
    REQUIRE(peer != NULL);
    CHECK_INT(X509_cmp(peer, expected), 0);
    key = X509_get0_pubkey(peer);
    CHECK_INT(EVP_PKEY_get_base_id(key), type);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    CHECK_PTR(SSL_get0_peer_certificate(pair.server), NULL);
    check_data(&pair);
    X509_free(peer);
    X509_free(expected);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(with_p256)
{
    check_certificate(version, "server-p256", EVP_PKEY_EC);
}

TEST_VERSIONS(with_p384)
{
    check_certificate(version, "server-p384", EVP_PKEY_EC);
}

TEST_VERSIONS(with_p521)
{
    check_certificate(version, "server-p521", EVP_PKEY_EC);
}

TEST_VERSIONS(with_rsa)
{
    check_certificate(version, "server-rsa", EVP_PKEY_RSA);
}

TEST_VERSIONS(with_rsa_pss)
{
    if (version == TLS1_2_VERSION && on_tessera())
        skip("rustls has no rsa_pss_pss signatures in TLS 1.2");
    check_certificate(version, "server-rsapss", EVP_PKEY_RSA_PSS);
}

TEST_VERSIONS(with_ed25519)
{
    check_certificate(version, "server-ed25519", EVP_PKEY_ED25519);
}

/* Data ------------------------------------------------------------------- */

TEST_VERSIONS(big_data_both_ways)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    size_t size = 300000;
    unsigned char *sent = OPENSSL_malloc(size), *got = OPENSSL_malloc(size);
    SSL *from = pair.client, *to = pair.server;

    for (size_t i = 0; i < size; i++)
        sent[i] = (unsigned char)(i * 7 + i / 251);
    SSL_set_mode(pair.client, SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_set_mode(pair.server, SSL_MODE_ENABLE_PARTIAL_WRITE);
    for (int way = 0; way < 2; way++) {
        size_t written = 0, read = 0;

        memset(got, 0, size);
        while (read < size) {
            if (written < size) {
                int n = SSL_write(from, sent + written, (int)(size - written));

                if (n > 0)
                    written += (size_t)n;
                else
                    CHECK_INT(SSL_get_error(from, n), SSL_ERROR_WANT_WRITE);
            }
            for (;;) {
                int n = SSL_read(to, got + read, (int)(size - read));

                if (n <= 0) {
                    if (read < size)
                        REQUIRE(SSL_get_error(to, n) == SSL_ERROR_WANT_READ);
                    break;
                }
                CHECK(n <= 16384);
                read += (size_t)n;
                if (read == size)
                    break;
            }
        }
        CHECK_INT(memcmp(sent, got, size), 0);
        from = pair.server;
        to = pair.client;
    }
    OPENSSL_free(sent);
    OPENSSL_free(got);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Without partial write a write is done only when all of it is. */
TEST_VERSIONS(write_without_partial_write)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    size_t size = 60000;
    unsigned char *data = OPENSSL_zalloc(size), *got = OPENSSL_malloc(size);
    size_t read = 0;
    int written, refused = 0;

    while ((written = SSL_write(pair.client, data, (int)size)) <= 0) {
        int n;

        refused++;
        REQUIRE(SSL_get_error(pair.client, written) == SSL_ERROR_WANT_WRITE);
        CHECK_INT(SSL_want(pair.client), SSL_WRITING);
        while ((n = SSL_read(pair.server, got, (int)size)) > 0)
            read += (size_t)n;
        REQUIRE(refused < 100);
    }
    CHECK_INT(written, size);
    CHECK(refused > 0);
    while (read < size) {
        int n = SSL_read(pair.server, got, (int)size);

        REQUIRE(n > 0);
        read += (size_t)n;
    }
    CHECK_INT(read, size);
    OPENSSL_free(data);
    OPENSSL_free(got);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Fills the transport; returns what SSL_write of the data last answered. */
static void fill(SSL *ssl, const unsigned char *data, int len)
{
    int ret;

    for (int i = 0; i < 100; i++) {
        ret = SSL_write(ssl, data, len);
        if (ret <= 0) {
            REQUIRE(SSL_get_error(ssl, ret) == SSL_ERROR_WANT_WRITE);
            return;
        }
    }
    REQUIRE(0);
}

static void empty(SSL *ssl)
{
    unsigned char buffer[5000];

    while (SSL_read(ssl, buffer, sizeof(buffer)) > 0)
        ;
}

/* Two ends that both write more than the transport takes: each reads what the other sent
 * while its own write is refused, and nothing is lost. */
TEST_VERSIONS(reading_while_a_write_waits)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    enum { SIZE = 200000 };
    unsigned char *data = OPENSSL_malloc(SIZE), *got[2] = { OPENSSL_malloc(SIZE), OPENSSL_malloc(SIZE) };
    SSL *ends[2] = { pair.client, pair.server };
    size_t written[2] = { 0, 0 }, read[2] = { 0, 0 }, piece = 16000;
    int refused = 0, together = 0;

    for (size_t i = 0; i < SIZE; i++)
        data[i] = (unsigned char)(i * 7 + i / 251);
    drain(pair.client);
    for (int round = 0; round < 1000 && (read[0] < SIZE || read[1] < SIZE); round++) {
        for (int i = 0; i < 2; i++) {
            int ret, waits = 0;

            while (written[i] < SIZE) {
                size_t len = SIZE - written[i] < piece ? SIZE - written[i] : piece;

                ret = SSL_write(ends[i], data + written[i], (int)len);
                if (ret <= 0) {
                    REQUIRE(SSL_get_error(ends[i], ret) == SSL_ERROR_WANT_WRITE);
                    waits = 1;
                    refused++;
                    break;
                }
                written[i] += (size_t)ret;
            }
            while ((ret = SSL_read(ends[i], got[i] + read[i], (int)(SIZE - read[i]))) > 0) {
                read[i] += (size_t)ret;
                together += waits;
                if (read[i] == SIZE)
                    break;
            }
            if (read[i] < SIZE)
                CHECK_INT(SSL_get_error(ends[i], ret), SSL_ERROR_WANT_READ);
        }
    }
    CHECK(refused > 0);
    CHECK(together > 0);
    CHECK_MEM(got[0], read[0], data, SIZE);
    CHECK_MEM(got[1], read[1], data, SIZE);
    OPENSSL_free(data);
    OPENSSL_free(got[0]);
    OPENSSL_free(got[1]);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(retry_with_another_buffer)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    unsigned char data[4000], other[4000];
    int ret;

    memset(data, 'x', sizeof(data));
    memset(other, 'x', sizeof(other));
    fill(pair.client, data, sizeof(data));
    empty(pair.server);
    ret = SSL_write(pair.client, other, sizeof(other));
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_BAD_WRITE_RETRY);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(retry_with_a_shorter_length)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    unsigned char data[4000];
    int ret;

    memset(data, 'x', sizeof(data));
    SSL_set_mode(pair.client, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    fill(pair.client, data, sizeof(data));
    empty(pair.server);
    ret = SSL_write(pair.client, data, sizeof(data) - 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_BAD_LENGTH);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(retry_with_a_moving_buffer)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    unsigned char data[4000], other[4000];

    memset(data, 'x', sizeof(data));
    memset(other, 'x', sizeof(other));
    CHECK(SSL_set_mode(pair.client, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    fill(pair.client, data, sizeof(data));
    empty(pair.server);
    CHECK_INT(SSL_write(pair.client, other, sizeof(other)), sizeof(other));
    empty(pair.server);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(peek_and_pending)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char buffer[20];

    CHECK_INT(SSL_pending(pair.server), 0);
    CHECK_INT(SSL_has_pending(pair.server), 0);
    CHECK_INT(SSL_write(pair.client, "0123456789", 10), 10);
    CHECK_INT(SSL_pending(pair.server), 0);
    CHECK_INT(SSL_peek(pair.server, buffer, 4), 4);
    CHECK_MEM(buffer, 4, "0123", 4);
    CHECK_INT(SSL_pending(pair.server), 10);
    CHECK_INT(SSL_has_pending(pair.server), 1);
    CHECK_INT(SSL_peek(pair.server, buffer, sizeof(buffer)), 10);
    CHECK_INT(SSL_read(pair.server, buffer, 3), 3);
    CHECK_MEM(buffer, 3, "012", 3);
    CHECK_INT(SSL_pending(pair.server), 7);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 7);
    CHECK_MEM(buffer, 7, "3456789", 7);
    CHECK_INT(SSL_pending(pair.server), 0);
    CHECK_INT(SSL_has_pending(pair.server), 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(ex_functions)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char buffer[20];
    size_t n = 99;

    CHECK_INT(SSL_write_ex(pair.client, "abcdef", 6, &n), 1);
    CHECK_INT(n, 6);
    CHECK_INT(SSL_peek_ex(pair.server, buffer, 3, &n), 1);
    CHECK_INT(n, 3);
    CHECK_INT(SSL_read_ex(pair.server, buffer, sizeof(buffer), &n), 1);
    CHECK_MEM(buffer, n, "abcdef", 6);
    CHECK_INT(SSL_read_ex(pair.server, buffer, sizeof(buffer), &n), 0);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_WANT_READ);
    CHECK_INT(SSL_write_ex(pair.client, "", 0, &n), 1);
    CHECK_INT(n, 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* One read gives at most one record, unless read-ahead has more of them. */
TEST_VERSIONS(reads_and_records)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char buffer[20];

    CHECK_INT(SSL_write(pair.client, "one", 3), 3);
    CHECK_INT(SSL_write(pair.client, "two", 3), 3);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 3);
    CHECK_MEM(buffer, 3, "one", 3);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 3);
    CHECK_MEM(buffer, 3, "two", 3);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(nothing_to_read_or_write)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char byte;
    int ret;

    CHECK_INT(SSL_want(pair.server), SSL_NOTHING);
    ret = SSL_read(pair.server, &byte, 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_WANT_READ);
    CHECK_INT(SSL_want(pair.server), SSL_READING);
    CHECK_INT(SSL_want_read(pair.server), 1);
    ret = SSL_write(pair.client, "", 0);
    CHECK_INT(ret, 0);
    check_data(&pair);
    CHECK_INT(SSL_want(pair.server), SSL_NOTHING);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* SSL_read and SSL_write do the handshake when it is not done. */
TEST_VERSIONS(handshake_by_read_and_write)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);
    char buffer[20];
    int got = -1;

    for (int i = 0; i < 20 && got <= 0; i++) {
        SSL_write(pair.client, "hello", 5);
        got = SSL_read(pair.server, buffer, sizeof(buffer));
    }
    CHECK_MEM(buffer, (size_t)got, "hello", 5);
    CHECK_INT(SSL_is_init_finished(pair.client), 1);
    CHECK_INT(SSL_is_init_finished(pair.server), 1);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Shutdown --------------------------------------------------------------- */

TEST_VERSIONS(shutdown_in_two_phases)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char byte;
    int ret;

    drain(pair.client);
    CHECK_INT(SSL_get_shutdown(pair.client), 0);
    CHECK_INT(SSL_shutdown(pair.client), 0);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN);
    ret = SSL_shutdown(pair.client);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_WANT_READ);
    ret = SSL_read(pair.server, &byte, 1);
    CHECK_INT(ret, 0);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_ZERO_RETURN);
    CHECK_INT(SSL_get_shutdown(pair.server), SSL_RECEIVED_SHUTDOWN);
    /* And again. */
    CHECK_INT(SSL_read(pair.server, &byte, 1), 0);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_ZERO_RETURN);
    CHECK_INT(SSL_shutdown(pair.server), 1);
    CHECK_INT(SSL_get_shutdown(pair.server), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    CHECK_INT(SSL_shutdown(pair.client), 1);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    CHECK_INT(SSL_shutdown(pair.client), 1);
    CHECK_INT(last_reason(), 0);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* One side has closed; the other may still send. */
TEST_VERSIONS(data_after_one_sided_shutdown)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char buffer[10];
    int ret;

    drain(pair.client);
    CHECK_INT(SSL_shutdown(pair.client), 0);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 0);
    CHECK_INT(SSL_write(pair.server, "late", 4), 4);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 4);
    CHECK_MEM(buffer, 4, "late", 4);
    ret = SSL_write(pair.client, "x", 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_PROTOCOL_IS_SHUTDOWN);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The second phase finds data that was not read. */
TEST_VERSIONS(shutdown_before_data_is_read)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    int ret;

    drain(pair.client);
    CHECK_INT(SSL_write(pair.server, "unread", 6), 6);
    CHECK_INT(SSL_shutdown(pair.client), 0);
    ret = SSL_shutdown(pair.client);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(quiet_shutdown_sends_nothing)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    drain(pair.client);
    SSL_set_quiet_shutdown(pair.client, 1);
    CHECK_INT(SSL_get_quiet_shutdown(pair.client), 1);
    CHECK_INT(SSL_shutdown(pair.client), 1);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    drain(pair.server);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(shutdown_during_the_handshake)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);
    int ret;

    SSL_do_handshake(pair.client);
    ret = SSL_shutdown(pair.client);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_SHUTDOWN_WHILE_IN_INIT);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* Clear, dup, references -------------------------------------------------- */

TEST_VERSIONS(clear_and_use_again)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    check_data(&pair);
    close_cleanly(&pair);
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_INT(SSL_clear(pair.server), 1);
    CHECK_INT(SSL_get_shutdown(pair.client), 0);
    CHECK_INT(SSL_in_before(pair.client), 1);
    CHECK_INT(SSL_is_server(pair.server), 1);
    CHECK(SSL_get_rbio(pair.client) != NULL);
    /* The session of the first connection is still there, so this one resumes. */
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

static int accept_all(int ok, X509_STORE_CTX *store)
{
    (void)ok, (void)store;
    return 1;
}

TEST(dup_copies_settings)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx), *copy;
    BIO *bio = BIO_new(BIO_s_mem());

    SSL_set_connect_state(ssl);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, accept_all);
    SSL_set_verify_depth(ssl, 7);
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
    SSL_set_quiet_shutdown(ssl, 1);
    copy = SSL_dup(ssl);
    REQUIRE(copy != NULL && copy != ssl);
    CHECK_PTR(SSL_get_SSL_CTX(copy), ctx);
    CHECK_INT(SSL_get_verify_mode(copy), SSL_VERIFY_PEER);
    CHECK(SSL_get_verify_callback(copy) == accept_all);
    CHECK_INT(SSL_get_verify_depth(copy), 7);
    CHECK(SSL_get_options(copy) & SSL_OP_NO_TICKET);
    CHECK(SSL_get_mode(copy) & SSL_MODE_RELEASE_BUFFERS);
    CHECK_INT(SSL_get_min_proto_version(copy), TLS1_2_VERSION);
    CHECK_INT(SSL_get_max_proto_version(copy), TLS1_2_VERSION);
    CHECK_INT(SSL_is_server(copy), 0);
    /* Neither the BIOs nor the manner of shutting down is copied. */
    CHECK_PTR(SSL_get_rbio(copy), NULL);
    CHECK_INT(SSL_get_quiet_shutdown(copy), 0);
    SSL_free(copy);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* After the handshake has begun SSL_dup only adds a reference. */
TEST_VERSIONS(dup_of_a_connection)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL *copy = SSL_dup(pair.client);

    CHECK_PTR(copy, pair.client);
    SSL_free(copy);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

static int ssl_freed, ctx_freed;

static void count_ssl_free(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    if (value == &ssl_freed)
        ssl_freed++;
    if (value == &ctx_freed)
        ctx_freed++;
}

static int made;

static void count_new_ssl(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)value, (void)ad, (void)index;
    CHECK_INT(argl, 5);
    CHECK_PTR(argp, &made);
    made++;
}

TEST(references_of_an_ssl_and_its_context)
{
    int ssl_index = SSL_get_ex_new_index(5, &made, count_new_ssl, NULL, count_ssl_free);
    int ctx_index = SSL_CTX_get_ex_new_index(5, &made, count_new_ssl, NULL, count_ssl_free);
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(made, 1);
    ssl = SSL_new(ctx);
    CHECK_INT(made, 2);
    CHECK_PTR(SSL_get_ex_data(ssl, ssl_index), NULL);
    CHECK_INT(SSL_set_ex_data(ssl, ssl_index, &ssl_freed), 1);
    CHECK_INT(SSL_CTX_set_ex_data(ctx, ctx_index, &ctx_freed), 1);
    CHECK_PTR(SSL_get_ex_data(ssl, ssl_index), &ssl_freed);
    CHECK_PTR(SSL_CTX_get_ex_data(ctx, ctx_index), &ctx_freed);
    CHECK_PTR(SSL_get_SSL_CTX(ssl), ctx);

    CHECK_INT(SSL_up_ref(ssl), 1);
    SSL_free(ssl);
    CHECK_INT(ssl_freed, 0);
    CHECK_INT(SSL_CTX_up_ref(ctx), 1);
    SSL_CTX_free(ctx);
    SSL_CTX_free(ctx);
    CHECK_INT(ctx_freed, 0);
    /* The SSL holds its context. */
    SSL_free(ssl);
    CHECK_INT(ssl_freed, 1);
    CHECK_INT(ctx_freed, 1);
    SSL_free(NULL);
    SSL_CTX_free(NULL);
}

TEST(app_data_is_index_0)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    SSL_set_app_data(ssl, ctx);
    CHECK_PTR(SSL_get_app_data(ssl), ctx);
    CHECK_PTR(SSL_get_ex_data(ssl, 0), ctx);
    SSL_CTX_set_app_data(ctx, ssl);
    CHECK_PTR(SSL_CTX_get_app_data(ctx), ssl);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* States ------------------------------------------------------------------ */

TEST_VERSIONS(states)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_in_before(pair.client), 1);
    CHECK_INT(SSL_in_init(pair.client), 1);
    CHECK_INT(SSL_is_init_finished(pair.client), 0);
    CHECK_INT(SSL_get_state(pair.client), TLS_ST_BEFORE);
    CHECK_STR(SSL_state_string(pair.client), "PINIT");
    CHECK_STR(SSL_state_string_long(pair.client), "before SSL initialization");
    CHECK_STR(SSL_rstate_string(pair.client), "RH");
    CHECK_STR(SSL_rstate_string_long(pair.client), "read header");

    CHECK_INT(SSL_do_handshake(pair.client), -1);
    CHECK_INT(SSL_in_before(pair.client), 0);
    CHECK_INT(SSL_in_init(pair.client), 1);
    CHECK_INT(SSL_is_init_finished(pair.client), 0);
    CHECK_INT(SSL_get_state(pair.client), TLS_ST_CW_CLNT_HELLO);
    CHECK_STR(SSL_state_string(pair.client), "TWCH");
    CHECK_STR(SSL_state_string_long(pair.client), "SSLv3/TLS write client hello");

    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_in_before(pair.client), 0);
    CHECK_INT(SSL_in_init(pair.client), 0);
    CHECK_INT(SSL_is_init_finished(pair.client), 1);
    CHECK_INT(SSL_is_init_finished(pair.server), 1);
    CHECK_INT(SSL_get_state(pair.client), TLS_ST_OK);
    CHECK_STR(SSL_state_string(pair.server), "SSLOK");
    CHECK_STR(SSL_state_string_long(pair.server), "SSL negotiation finished successfully");
    finish_pair(&pair);
    free_contexts(&contexts);
}

struct events {
    char start, done, loop, exit, handshake_start, handshake_done;
    int first, last;
    int read_alert, write_alert;
};

static struct events client_events, server_events;

static void note_event(const SSL *ssl, int where, int value)
{
    struct events *events = SSL_is_server(ssl) ? &server_events : &client_events;

    if (events->first == 0)
        events->first = where;
    events->last = where;
    if (where & SSL_CB_HANDSHAKE_START)
        events->handshake_start++;
    if (where & SSL_CB_HANDSHAKE_DONE)
        events->handshake_done++;
    if (where & SSL_CB_LOOP)
        events->loop = 1;
    if (where & SSL_CB_EXIT)
        events->exit = 1;
    if (where == SSL_CB_READ_ALERT)
        events->read_alert = value;
    if (where == SSL_CB_WRITE_ALERT)
        events->write_alert = value;
}

TEST_VERSIONS(info_callback)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_info_callback(contexts.client, note_event);
    CHECK(SSL_CTX_get_info_callback(contexts.client) == note_event);
    pair = new_pair(contexts.client, contexts.server);
    CHECK(SSL_get_info_callback(pair.client) == NULL);
    SSL_set_info_callback(pair.server, note_event);
    CHECK(SSL_get_info_callback(pair.server) == note_event);
    REQUIRE(handshake(&pair));
    CHECK_INT(client_events.first, SSL_CB_HANDSHAKE_START);
    CHECK_INT(client_events.handshake_start, 1);
    CHECK_INT(client_events.handshake_done, 1);
    CHECK_INT(client_events.loop, 1);
    CHECK_INT(client_events.exit, 1);
    CHECK_INT(client_events.last, SSL_CB_CONNECT_EXIT);
    CHECK_INT(server_events.first, SSL_CB_HANDSHAKE_START);
    CHECK_INT(server_events.handshake_start, 1);
    CHECK_INT(server_events.handshake_done, 1);
    CHECK_INT(server_events.last, SSL_CB_ACCEPT_EXIT);
    drain(pair.client);
    close_cleanly(&pair);
    CHECK_INT(client_events.write_alert, SSL3_AL_WARNING << 8 | SSL3_AD_CLOSE_NOTIFY);
    CHECK_INT(client_events.read_alert, SSL3_AL_WARNING << 8 | SSL3_AD_CLOSE_NOTIFY);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* msg_callback sees the messages of the handshake, in order of their types. */
static char client_messages[400];

static void note_message(int write, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)version, (void)ssl, (void)arg;
    if (type == SSL3_RT_HANDSHAKE && len > 0)
        snprintf(client_messages + strlen(client_messages), sizeof(client_messages) - strlen(client_messages),
                 "%s%d ", write ? ">" : "<", ((const unsigned char *)data)[0]);
}

TEST_VERSIONS(msg_callback)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_msg_callback(pair.client, note_message);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    CHECK_STR(client_messages, version == TLS1_3_VERSION ? ">1 <2 <8 <11 <15 <20 >20 <4 <4 "
                                                         : ">1 <2 <11 <12 <14 >16 >20 <4 <20 ");
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Which versions it is told, and that a ChangeCipherSpec is shown where it is sent, and where
 * one is received not at all. */
static char client_protocol[400];

static void note_protocol(int write, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)data, (void)len, (void)ssl, (void)arg;
    if (type == SSL3_RT_HANDSHAKE || type == SSL3_RT_CHANGE_CIPHER_SPEC)
        snprintf(client_protocol + strlen(client_protocol), sizeof(client_protocol) - strlen(client_protocol), "%s%s%x ",
                 write ? ">" : "<", type == SSL3_RT_CHANGE_CIPHER_SPEC ? "c" : "", version);
}

TEST_VERSIONS(msg_callback_versions)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_msg_callback(pair.client, note_protocol);
    REQUIRE(handshake(&pair));
    CHECK_STR(client_protocol, version == TLS1_3_VERSION ? ">304 <304 <304 <304 <304 <304 >c304 >304 "
                                                         : ">303 <303 <303 <303 <303 >303 >c303 >303 <303 <303 ");
    finish_pair(&pair);

    client_protocol[0] = '\0';
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_msg_callback(pair.server, note_protocol);
    REQUIRE(handshake(&pair));
    CHECK_STR(client_protocol, version == TLS1_3_VERSION ? "<304 >304 >c304 >304 >304 >304 >304 <304 >304 >304 "
                                                         : "<304 >303 >303 >303 >303 <303 <303 >303 >c303 >303 ");
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The session of a handshake that failed early has the version that was hoped for. */
TEST_VERSIONS(version_of_a_failed_session)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_cipher_list(contexts.client, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(contexts.client, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_cipher_list(contexts.server, "ECDHE-ECDSA-AES256-GCM-SHA384");
    SSL_CTX_set_ciphersuites(contexts.server, "TLS_AES_256_GCM_SHA384");
    pair = new_pair(contexts.client, contexts.server);
    CHECK(!handshake(&pair));
    CHECK_PTR(SSL_get_session(pair.client) == NULL ? NULL : pair.client, pair.client);
    CHECK_INT(SSL_SESSION_get_protocol_version(SSL_get_session(pair.client)), version);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* A connection that an atexit handler closes, as socat does: the thread's variables with
 * destructors are gone by then. */
static struct pair late_pair;

static void close_late(void)
{
    char byte;
    int sent = SSL_shutdown(late_pair.client), received = SSL_read(late_pair.server, &byte, 1);

    if (sent != 0 || SSL_get_error(late_pair.server, received) != SSL_ERROR_ZERO_RETURN)
        _exit(1);
    _exit(0);
}

TEST_VERSIONS(shutdown_in_an_atexit_handler)
{
    int status;
    pid_t child;
    struct contexts contexts = new_contexts(version);

    fflush(NULL);
    child = fork();
    if (child == 0) {
        SSL_SESSION *session = obtain_session(contexts.client, contexts.server);

        late_pair = offered_pair(contexts.client, contexts.server, session);
        atexit(close_late);
        exit(2);
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK_INT(WEXITSTATUS(status), 0);
    free_contexts(&contexts);
}

static int keylog_lines;
static char keylog_labels[400];

static void note_keylog(const SSL *ssl, const char *line)
{
    (void)ssl;
    keylog_lines++;
    snprintf(keylog_labels + strlen(keylog_labels), sizeof(keylog_labels) - strlen(keylog_labels), "%.*s ",
             (int)strcspn(line, " "), line);
    CHECK(strchr(line, '\n') == NULL);
}

TEST_VERSIONS(keylog_callback)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_keylog_callback(contexts.client, note_keylog);
    CHECK(SSL_CTX_get_keylog_callback(contexts.client) == note_keylog);
    pair = connected_pair(contexts.client, contexts.server);
    if (version == TLS1_2_VERSION) {
        CHECK_STR(keylog_labels, "CLIENT_RANDOM ");
    } else {
        CHECK_INT(keylog_lines, 5);
        CHECK(strstr(keylog_labels, "SERVER_HANDSHAKE_TRAFFIC_SECRET ") != NULL);
        CHECK(strstr(keylog_labels, "CLIENT_HANDSHAKE_TRAFFIC_SECRET ") != NULL);
        CHECK(strstr(keylog_labels, "SERVER_TRAFFIC_SECRET_0 ") != NULL);
        CHECK(strstr(keylog_labels, "CLIENT_TRAFFIC_SECRET_0 ") != NULL);
        CHECK(strstr(keylog_labels, "EXPORTER_SECRET ") != NULL);
    }
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(exporter_and_finished)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    unsigned char ours[40], theirs[40], with_context[40], finished[64], peer_finished[64], random[64], peer_random[64];
    size_t len, peer_len;

    CHECK_INT(SSL_export_keying_material(pair.client, ours, sizeof(ours), "EXPERIMENTAL x", 14, NULL, 0, 0), 1);
    CHECK_INT(SSL_export_keying_material(pair.server, theirs, sizeof(theirs), "EXPERIMENTAL x", 14, NULL, 0, 0), 1);
    CHECK_MEM(ours, sizeof(ours), theirs, sizeof(theirs));
    CHECK_INT(SSL_export_keying_material(pair.client, with_context, sizeof(ours), "EXPERIMENTAL x", 14,
                                         (const unsigned char *)"c", 1, 1), 1);
    CHECK(memcmp(with_context, ours, sizeof(ours)) != 0);

    len = SSL_get_finished(pair.client, finished, sizeof(finished));
    peer_len = SSL_get_peer_finished(pair.server, peer_finished, sizeof(peer_finished));
    CHECK_INT(len, version == TLS1_3_VERSION ? 48 : 12);
    CHECK_MEM(finished, len, peer_finished, peer_len);
    len = SSL_get_finished(pair.server, finished, sizeof(finished));
    peer_len = SSL_get_peer_finished(pair.client, peer_finished, sizeof(peer_finished));
    CHECK_MEM(finished, len, peer_finished, peer_len);

    len = SSL_get_client_random(pair.client, random, sizeof(random));
    CHECK_INT(len, 32);
    peer_len = SSL_get_client_random(pair.server, peer_random, sizeof(peer_random));
    CHECK_MEM(random, len, peer_random, peer_len);
    len = SSL_get_server_random(pair.client, random, sizeof(random));
    peer_len = SSL_get_server_random(pair.server, peer_random, sizeof(peer_random));
    CHECK_MEM(random, len, peer_random, peer_len);
    CHECK_INT(SSL_get_client_random(pair.client, NULL, 0), 32);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_TLS13(key_update)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_get_key_update_type(pair.client), SSL_KEY_UPDATE_NONE);
    CHECK_INT(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
    CHECK_INT(SSL_get_key_update_type(pair.client), SSL_KEY_UPDATE_REQUESTED);
    CHECK_INT(SSL_do_handshake(pair.client), 1);
    CHECK_INT(SSL_get_key_update_type(pair.client), SSL_KEY_UPDATE_NONE);
    check_data(&pair);
    check_data(&pair);
    CHECK_INT(SSL_key_update(pair.server, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    check_data(&pair);
    CHECK_INT(SSL_key_update(pair.server, 77), 0);
    CHECK_REASON(SSL_R_INVALID_KEY_UPDATE_TYPE);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_TLS12(key_update_needs_tls13)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 0);
    CHECK_REASON(SSL_R_WRONG_SSL_VERSION);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Statistics and methods -------------------------------------------------- */

TEST_VERSIONS(counters)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);

    CHECK_INT(SSL_CTX_sess_connect(contexts.client), 1);
    CHECK_INT(SSL_CTX_sess_connect_good(contexts.client), 1);
    CHECK_INT(SSL_CTX_sess_connect_renegotiate(contexts.client), 0);
    CHECK_INT(SSL_CTX_sess_accept(contexts.server), 1);
    CHECK_INT(SSL_CTX_sess_accept_good(contexts.server), 1);
    CHECK_INT(SSL_CTX_sess_hits(contexts.client), 0);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    CHECK_INT(SSL_CTX_sess_connect_good(contexts.client), 2);
    CHECK_INT(SSL_CTX_sess_accept_good(contexts.server), 2);
    CHECK_INT(SSL_CTX_sess_hits(contexts.client), 1);
    CHECK_INT(SSL_CTX_sess_hits(contexts.server), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST(methods)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_PTR(SSL_CTX_get_ssl_method(ctx), TLS_method());
    CHECK_PTR(SSL_get_ssl_method(ssl), TLS_method());
    CHECK_INT(SSL_set_ssl_method(ssl, TLS_client_method()), 1);
    CHECK_PTR(SSL_get_ssl_method(ssl), TLS_client_method());
    CHECK(TLS_client_method() != TLS_server_method());
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* TLS_client_method can not accept, TLS_server_method can not connect. */
TEST(methods_of_one_role)
{
    SSL_CTX *cctx = SSL_CTX_new(TLS_client_method()), *sctx = SSL_CTX_new(TLS_server_method());
    SSL *client = SSL_new(cctx), *server = SSL_new(sctx);
    int ret;

    join(client, server);
    SSL_set_accept_state(client);
    ret = SSL_do_handshake(client);
    CHECK_INT(ret, 0);
    CHECK_INT(SSL_get_error(client, ret), SSL_ERROR_SSL);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    SSL_set_connect_state(server);
    ret = SSL_do_handshake(server);
    CHECK_INT(ret, 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Buffers, read-ahead and options can be changed on an open connection. */
TEST_VERSIONS(buffers_and_options)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    char buffer[16];

    CHECK_INT(SSL_get_read_ahead(pair.client), 0);
    SSL_set_read_ahead(pair.client, 1);
    CHECK_INT(SSL_get_read_ahead(pair.client), 1);
    SSL_set_default_read_buffer_len(pair.client, 20000);
    CHECK_INT(SSL_write(pair.server, "one", 3), 3);
    CHECK_INT(SSL_write(pair.server, "two", 3), 3);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 3);
    CHECK_INT(SSL_free_buffers(pair.client), 0);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 3);
    CHECK_INT(SSL_free_buffers(pair.client), 1);
    CHECK_INT(SSL_alloc_buffers(pair.client), 1);
    CHECK_INT(SSL_write(pair.server, "three", 5), 5);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 5);
    CHECK(SSL_set_options(pair.client, SSL_OP_NO_TICKET) & SSL_OP_NO_TICKET);
    CHECK(!(SSL_clear_options(pair.client, SSL_OP_NO_TICKET) & SSL_OP_NO_TICKET));
    CHECK(!(SSL_get_options(pair.client) & SSL_OP_NO_TICKET));
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* A certificate message may be no longer than the program allows. */
TEST_VERSIONS(long_certificate_messages)
{
    static const long limits[] = { 1, 100, 400, 500, 600, 700, 800, 900, 1000, 1200, 1500, 2000, 100000 };

    for (size_t i = 0; i < 4 * sizeof(limits) / sizeof(*limits); i++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        long limit = limits[i / 4];
        struct pair pair;
        int done;

        use_identity(cctx, "client");
        SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
        SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
        if (i % 4 == 0)
            SSL_CTX_set_max_cert_list(cctx, limit);
        if (i % 4 == 1)
            SSL_CTX_set_max_cert_list(sctx, limit);
        pair = new_pair(cctx, sctx);
        if (i % 4 == 2)
            SSL_set_max_cert_list(pair.client, limit);
        if (i % 4 == 3)
            SSL_set_max_cert_list(pair.server, limit);
        done = handshake(&pair);
        outcome("%ld of the %s: %d client %d/%d/%d server %d/%d/%d verify %ld state %s", limit,
                i % 2 == 0 ? "client" : "server", done, pair.client_end.ret, pair.client_end.error,
                pair.client_end.reason, pair.server_end.ret, pair.server_end.error, pair.server_end.reason,
                SSL_get_verify_result(i % 2 == 0 ? pair.client : pair.server),
                SSL_state_string(i % 2 == 0 ? pair.client : pair.server));
        free_pair(&pair);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}
