/*
 * The harness of the C suite: registration of tests, checks that print what
 * they saw, certificates, and a client and a server joined in one thread.
 *
 * A file of tests is one program. Each test runs in a process of its own, so a
 * crash, a hang or a leak belongs to one test. The program prints which libssl
 * it really runs on and fails if TESSERA_EXPECT (stock|tessera) names another.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Registration ----------------------------------------------------------- */

struct test {
    const char *name;
    void (*run)(int version);
    int version; /* 0: the test does not depend on the version */
    struct test *next;
};

void register_test(struct test *test);

#define REGISTER_(function, label, number)                                     \
    static struct test label##_test = { #label, function, number, NULL };      \
    __attribute__((constructor)) static void label##_register(void)            \
    {                                                                          \
        register_test(&label##_test);                                          \
    }

/* A test that does not depend on the protocol version. */
#define TEST(name)                                                             \
    static void name(int version);                                             \
    REGISTER_(name, name, 0)                                                   \
    static void name(__attribute__((unused)) int version)

/* A test that runs once with TLS 1.2 and once with TLS 1.3. */
#define TEST_VERSIONS(name)                                                    \
    static void name(int version);                                             \
    REGISTER_(name, name##_tls12, TLS1_2_VERSION)                              \
    REGISTER_(name, name##_tls13, TLS1_3_VERSION)                              \
    static void name(int version)

/* A test of one version alone. */
#define TEST_TLS12(name)                                                       \
    static void name(int version);                                             \
    REGISTER_(name, name, TLS1_2_VERSION)                                      \
    static void name(__attribute__((unused)) int version)
#define TEST_TLS13(name)                                                       \
    static void name(int version);                                             \
    REGISTER_(name, name, TLS1_3_VERSION)                                      \
    static void name(__attribute__((unused)) int version)

/* For a file of tests that must meet the libraries before anyone has used them:
 * see warm_up. */
#define NO_WARM_UP                                                             \
    __attribute__((constructor)) static void no_warm_up(void)                  \
    {                                                                          \
        unsetenv("TESSERA_WARM_UP");                                           \
    }

/* 1 when the program runs on Tessera, 0 on the stock library. */
int on_tessera(void);

/* Prints which libssl the program runs on; 0 when it is not the one that TESSERA_EXPECT
 * names. on_tessera knows it afterwards. */
int print_library(void);

/* What `PROGRAM --peer ...` runs instead of the tests: see peer.h. */
extern int peer_main(int argc, char **argv) __attribute__((weak));

/* Ends the test, which then counts as skipped. */
void skip(const char *why);

/* Checks ----------------------------------------------------------------- */

void check_true(const char *file, int line, const char *text, int holds);
void check_int(const char *file, int line, const char *text, long long actual, long long expected);
void check_ptr(const char *file, int line, const char *text, const void *actual, const void *expected);
void check_str(const char *file, int line, const char *text, const char *actual, const char *expected);
void check_mem(const char *file, int line, const char *text, const void *actual, size_t actual_len,
               const void *expected, size_t expected_len);
void check_reason(const char *file, int line, int expected);
void require(const char *file, int line, const char *text, int holds);

#define CHECK(condition) check_true(__FILE__, __LINE__, #condition, (condition) != 0)
#define CHECK_INT(actual, expected)                                            \
    check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))
#define CHECK_PTR(actual, expected) check_ptr(__FILE__, __LINE__, #actual, actual, expected)
#define CHECK_STR(actual, expected) check_str(__FILE__, __LINE__, #actual, actual, expected)
#define CHECK_MEM(actual, actual_len, expected, expected_len)                  \
    check_mem(__FILE__, __LINE__, #actual, actual, actual_len, expected, expected_len)
/* The last error on the queue is an SSL error with this reason; empties the queue. */
#define CHECK_REASON(expected) check_reason(__FILE__, __LINE__, expected)
/* Ends the test when the condition is false: nothing after it makes sense. */
#define REQUIRE(condition) require(__FILE__, __LINE__, #condition, (condition) != 0)

/* The reason of the last error on the queue (0 when empty); empties the queue. */
int last_reason(void);

/* Notes a line of what the library did. run.sh wants the same lines, in the same
 * order, of Tessera as of the stock library. */
void outcome(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with all that is on the error queue behind it; empties the queue. */
void outcome_errors(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Fixtures --------------------------------------------------------------- */

/* The path of a file written by fixtures.c; valid until the eighth call after. */
const char *fixture(const char *name);
X509 *fixture_cert(const char *name);
EVP_PKEY *fixture_key(const char *name);

/*
 * Contexts with one version only (0: TLS 1.2 and 1.3). The client trusts the
 * fixtures' CA and verifies; the server has the certificate "server-p256".
 */
SSL_CTX *new_client_ctx(int version);
SSL_CTX *new_server_ctx(int version);
/* NAME.pem and NAME-key.pem */
void use_identity(SSL_CTX *ctx, const char *name);

/* Connections ------------------------------------------------------------ */

/* How a side's handshake ended. */
struct end {
    int ret;    /* of SSL_do_handshake */
    int error;  /* of SSL_get_error */
    int reason; /* of the last error queued, 0 if none */
};

struct pair {
    SSL *client;
    SSL *server;
    struct end client_end;
    struct end server_end;
};

/* New SSLs joined by a BIO pair, with connect and accept state, not started. */
struct pair new_pair(SSL_CTX *client, SSL_CTX *server);
/* Gives two SSLs the ends of a fresh BIO pair. */
void join(SSL *client, SSL *server);
/* Drives both sides until both are finished (1), or one failed and the other
 * has seen all there is to see (0). The results are kept in the pair. */
int handshake(struct pair *pair);
/* new_pair and handshake; ends the test if the handshake fails. */
struct pair connected_pair(SSL_CTX *client, SSL_CTX *server);
/* The same with a session offered, which may be NULL. */
struct pair offered_pair(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session);
/* Sends bytes each way and checks them. */
void check_data(struct pair *pair);
/* Reads what the peer sent beside data (tickets). Checks that there is no data. */
void drain(SSL *ssl);
/* close_notify both ways, so that the sessions stay good. */
void close_cleanly(struct pair *pair);
/* Frees both SSLs as they are. */
void free_pair(struct pair *pair);
/* close_cleanly and free_pair. */
void finish_pair(struct pair *pair);

/* A session that the client may resume, of a connection closed cleanly. The
 * caller owns the only reference a caller can have. */
SSL_SESSION *obtain_session(SSL_CTX *client, SSL_CTX *server);
/* Connects with the session offered; whether both sides say it was reused. */
int resumes(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session);

/* Counts into *destroyed when the session is destroyed. A copy made by
 * SSL_SESSION_dup is not counted. */
void watch_session(SSL_SESSION *session, int *destroyed);

#endif
