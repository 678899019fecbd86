/*
 * BIO_f_ssl: an SSL as a filter in a chain of BIOs.
 */
#include "harness.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two SSL filters over the ends of a BIO pair. */
struct chains {
    BIO *client;
    BIO *server;
};

static struct chains new_chains(SSL_CTX *client, SSL_CTX *server)
{
    struct chains chains = { BIO_new_ssl(client, 1), BIO_new_ssl(server, 0) };
    BIO *left, *right;

    REQUIRE(chains.client != NULL && chains.server != NULL);
    REQUIRE(BIO_new_bio_pair(&left, 0, &right, 0) == 1);
    CHECK_PTR(BIO_push(chains.client, left), chains.client);
    CHECK_PTR(BIO_push(chains.server, right), chains.server);
    return chains;
}

static void shake(struct chains *chains)
{
    int client = 0, server = 0, turns;

    for (turns = 0; turns < 10 && (client != 1 || server != 1); turns++) {
        if (client != 1) {
            client = (int)BIO_do_handshake(chains->client);
            if (client != 1)
                REQUIRE(BIO_should_retry(chains->client) && BIO_should_read(chains->client));
        }
        if (server != 1) {
            server = (int)BIO_do_handshake(chains->server);
            if (server != 1)
                REQUIRE(BIO_should_retry(chains->server) && BIO_should_read(chains->server));
        }
    }
    REQUIRE(client == 1 && server == 1);
}

static void free_chains(struct chains *chains)
{
    BIO_free_all(chains->client);
    BIO_free_all(chains->server);
}

static SSL *ssl_of(BIO *bio)
{
    SSL *ssl = NULL;

    CHECK_INT(BIO_get_ssl(bio, &ssl), 1);
    return ssl;
}

TEST(bio_method)
{
    BIO *bio = BIO_new(BIO_f_ssl());
    SSL *ssl = NULL;

    REQUIRE(bio != NULL);
    CHECK_PTR(BIO_f_ssl(), BIO_f_ssl());
    CHECK_INT(BIO_method_type(bio), BIO_TYPE_SSL);
    CHECK_STR(BIO_method_name(bio), "ssl");
    CHECK_INT(BIO_get_ssl(bio, &ssl), 0);
    CHECK_INT(BIO_do_handshake(bio), 0);
    CHECK(BIO_write(bio, "x", 1) <= 0);
    ERR_clear_error();
    BIO_free(bio);
}

TEST_VERSIONS(bio_exchange)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct chains chains = new_chains(client, server);
    char buf[64];
    size_t done = 0;

    shake(&chains);
    CHECK_INT(SSL_version(ssl_of(chains.client)), version);
    CHECK_INT(SSL_is_server(ssl_of(chains.server)), 1);
    CHECK_INT(BIO_write(chains.client, "hello", 5), 5);
    CHECK_INT(BIO_flush(chains.client), 1);
    CHECK_INT(BIO_read(chains.server, buf, 2), 2);
    CHECK_INT(BIO_pending(chains.server), 3);
    CHECK_INT(BIO_read_ex(chains.server, buf, sizeof(buf), &done), 1);
    CHECK_MEM(buf, done, "llo", 3);
    CHECK_INT(BIO_read(chains.server, buf, sizeof(buf)), -1);
    CHECK(BIO_should_retry(chains.server) && BIO_should_read(chains.server));
    CHECK_INT(BIO_get_retry_reason(chains.server), 0);
    CHECK_INT(BIO_puts(chains.server, "line\n"), 5);
    CHECK_INT(BIO_read(chains.client, buf, sizeof(buf)), 5);
    CHECK_INT(BIO_wpending(chains.client), 0);
    CHECK_INT(BIO_get_close(chains.client), BIO_CLOSE);
    CHECK_INT(BIO_set_close(chains.client, BIO_NOCLOSE), 1);
    CHECK_INT(BIO_get_close(chains.client), BIO_NOCLOSE);
    CHECK_INT(BIO_set_close(chains.client, BIO_CLOSE), 1);
    /* The end of the peer's data. */
    BIO_ssl_shutdown(chains.client);
    CHECK_INT(SSL_get_shutdown(ssl_of(chains.client)), SSL_SENT_SHUTDOWN);
    CHECK_INT(BIO_read(chains.server, buf, sizeof(buf)), 0);
    CHECK(!BIO_should_retry(chains.server));
    CHECK_INT(SSL_get_shutdown(ssl_of(chains.server)) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    free_chains(&chains);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Writing begins the handshake, and says what it waits for. */
TEST_VERSIONS(bio_write_first)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct chains chains = new_chains(client, server);
    char buf[16];
    int written = -1, got = -1, turns;

    for (turns = 0; turns < 10 && got < 0; turns++) {
        if (written < 0) {
            written = BIO_write(chains.client, "early", 5);
            if (written < 0)
                CHECK(BIO_should_retry(chains.client) && BIO_should_read(chains.client));
        }
        got = BIO_read(chains.server, buf, sizeof(buf));
        if (got < 0)
            CHECK(BIO_should_retry(chains.server) && BIO_should_read(chains.server));
    }
    CHECK_INT(written, 5);
    CHECK_MEM(buf, got, "early", 5);
    free_chains(&chains);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A line through a buffering BIO in front. */
TEST_VERSIONS(bio_lines)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct chains chains = new_chains(client, server);
    BIO *buffered = BIO_push(BIO_new(BIO_f_buffer()), chains.server);
    char line[32];

    shake(&chains);
    CHECK_INT(BIO_puts(chains.client, "one\ntwo\n"), 8);
    CHECK_INT(BIO_gets(buffered, line, sizeof(line)), 4);
    CHECK_STR(line, "one\n");
    CHECK_INT(BIO_gets(buffered, line, sizeof(line)), 4);
    CHECK_STR(line, "two\n");
    CHECK_INT(BIO_puts(buffered, "answer"), 6);
    CHECK_INT(BIO_read(chains.client, line, sizeof(line)), -1);
    CHECK_INT(BIO_flush(buffered), 1);
    CHECK_INT(BIO_read(chains.client, line, sizeof(line)), 6);
    chains.server = buffered;
    free_chains(&chains);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Push gives the SSL the BIO behind it, pop takes it away again. */
TEST(bio_push_and_pop)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    BIO *filter = BIO_new_ssl(ctx, 1), *memory = BIO_new(BIO_s_mem());
    SSL *ssl = ssl_of(filter);

    CHECK_PTR(SSL_get_rbio(ssl), NULL);
    BIO_push(filter, memory);
    CHECK_PTR(SSL_get_rbio(ssl), memory);
    CHECK_PTR(SSL_get_wbio(ssl), memory);
    CHECK_PTR(BIO_next(filter), memory);
    CHECK_PTR(BIO_pop(filter), memory);
    CHECK_PTR(SSL_get_rbio(ssl), NULL);
    BIO_push(filter, memory);
    CHECK_PTR(BIO_pop(memory), NULL);
    CHECK_PTR(SSL_get_rbio(ssl), memory);
    BIO_free(memory);
    BIO_free(filter);
    SSL_CTX_free(ctx);
}

/* An SSL with BIOs of its own brings them into the chain. */
TEST(bio_set_ssl)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx), *other = SSL_new(ctx);
    BIO *filter = BIO_new(BIO_f_ssl()), *memory = BIO_new(BIO_s_mem());

    SSL_set_bio(ssl, memory, memory);
    CHECK_INT(BIO_set_ssl(filter, ssl, BIO_NOCLOSE), 1);
    CHECK_PTR(BIO_next(filter), memory);
    CHECK_PTR(ssl_of(filter), ssl);
    CHECK_INT(BIO_set_ssl_mode(filter, 0), 1);
    CHECK_INT(SSL_is_server(ssl), 1);
    CHECK_INT(BIO_set_ssl_renegotiate_bytes(filter, 1000), 0);
    CHECK_INT(BIO_set_ssl_renegotiate_bytes(filter, 10), 1000);
    CHECK_INT(BIO_set_ssl_renegotiate_timeout(filter, 100), 0);
    CHECK_INT(BIO_set_ssl_renegotiate_timeout(filter, 1), 100);
    CHECK_INT(BIO_set_ssl_renegotiate_timeout(filter, 0), 5);
    CHECK_INT(BIO_get_num_renegotiates(filter), 0);
    BIO_free_all(filter);
    /* Not closed: the SSL is still the program's. */
    CHECK_PTR(SSL_get_rbio(ssl), memory);
    SSL_free(ssl);
    SSL_free(other);
    SSL_CTX_free(ctx);
}

TEST_TLS12(bio_copy_session_id)
{
    SSL_CTX *client = new_client_ctx(TLS1_2_VERSION), *server = new_server_ctx(TLS1_2_VERSION);
    struct chains first = new_chains(client, server), second = new_chains(client, server);
    BIO *memory = BIO_new(BIO_s_mem());

    shake(&first);
    CHECK_INT(BIO_ssl_copy_session_id(memory, first.client), 0);
    CHECK_INT(BIO_ssl_copy_session_id(second.client, memory), 0);
    CHECK_INT(BIO_ssl_copy_session_id(second.client, first.client), 1);
    CHECK_PTR(SSL_get_session(ssl_of(second.client)), SSL_get_session(ssl_of(first.client)));
    shake(&second);
    CHECK_INT(SSL_session_reused(ssl_of(second.client)), 1);
    BIO_free(memory);
    free_chains(&first);
    free_chains(&second);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* One process serves one connection and answers what it reads. */
static int serve_once(SSL_CTX *ctx, int listener)
{
    int fd = accept(listener, NULL, NULL), length;
    BIO *bio = BIO_push(BIO_new_ssl(ctx, 0), BIO_new_socket(fd, BIO_CLOSE));
    char buf[64];

    length = BIO_read(bio, buf, sizeof(buf));
    if (length <= 0 || BIO_write(bio, buf, length) != length)
        return 1;
    BIO_ssl_shutdown(bio);
    BIO_free_all(bio);
    return 0;
}

TEST_VERSIONS(bio_connect)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), status = -1;
    char host[32], buf[64];
    pid_t child;
    BIO *bio;

    REQUIRE(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
        _exit(serve_once(server, listener));
    bio = BIO_new_buffer_ssl_connect(client);
    REQUIRE(bio != NULL);
    snprintf(host, sizeof(host), "127.0.0.1:%d", ntohs(address.sin_port));
    BIO_set_conn_hostname(bio, host);
    CHECK_INT(BIO_do_handshake(bio), 1);
    CHECK(BIO_get_fd(bio, NULL) >= 0);
    CHECK_INT(BIO_puts(bio, "over the wire\n"), 14);
    CHECK_INT(BIO_flush(bio), 1);
    CHECK_INT(BIO_gets(bio, buf, sizeof(buf)), 14);
    CHECK_STR(buf, "over the wire\n");
    CHECK_INT(BIO_read(bio, buf, sizeof(buf)), 0);
    BIO_free_all(bio);
    waitpid(child, &status, 0);
    CHECK_INT(status, 0);
    close(listener);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* After BIO_reset the same chain connects again. */
TEST_VERSIONS(bio_reset)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct chains chains = new_chains(client, server);
    char buf[16];

    shake(&chains);
    CHECK_INT(BIO_write(chains.client, "a", 1), 1);
    CHECK_INT(BIO_read(chains.server, buf, sizeof(buf)), 1);
    BIO_reset(chains.client);
    BIO_reset(chains.server);
    CHECK_INT(SSL_in_init(ssl_of(chains.client)), 1);
    CHECK_INT(SSL_is_server(ssl_of(chains.server)), 1);
    shake(&chains);
    CHECK_INT(BIO_write(chains.client, "b", 1), 1);
    CHECK_INT(BIO_read(chains.server, buf, sizeof(buf)), 1);
    CHECK_INT(buf[0], 'b');
    free_chains(&chains);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
