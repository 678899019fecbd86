#define _GNU_SOURCE
#include "harness.h"

#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

/* How a test's process ends. */
enum { EXIT_PASSED = 0, EXIT_FAILED = 1, EXIT_SKIPPED = 77 };

static struct test *tests;
static struct test **tests_end = &tests;
static int failures; /* of the test that runs */
static int tessera;

void register_test(struct test *test)
{
    *tests_end = test;
    tests_end = &test->next;
}

int on_tessera(void)
{
    return tessera;
}

void skip(const char *why)
{
    printf("    skipped: %s\n", why);
    exit(EXIT_SKIPPED);
}

/* Checks ----------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4))) fail(const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    va_list args;

    failures++;
    printf("    %s:%d: ", slash != NULL ? slash + 1 : file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

void check_true(const char *file, int line, const char *text, int holds)
{
    if (!holds)
        fail(file, line, "%s is false", text);
}

void check_int(const char *file, int line, const char *text, long long actual, long long expected)
{
    if (actual != expected)
        fail(file, line, "%s is %lld, expected %lld", text, actual, expected);
}

void check_ptr(const char *file, int line, const char *text, const void *actual, const void *expected)
{
    if (actual != expected)
        fail(file, line, "%s is %p, expected %p", text, actual, expected);
}

void check_str(const char *file, int line, const char *text, const char *actual, const char *expected)
{
    int same = actual == expected || (actual != NULL && expected != NULL && strcmp(actual, expected) == 0);

    if (!same)
        fail(file, line, "%s is \"%s\", expected \"%s\"", text, actual != NULL ? actual : "(NULL)",
             expected != NULL ? expected : "(NULL)");
}

static void print_hex(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < 64; i++)
        printf("%02x", bytes[i]);
    printf("%s\n", len > 64 ? "..." : "");
}

void check_mem(const char *file, int line, const char *text, const void *actual, size_t actual_len,
               const void *expected, size_t expected_len)
{
    if (actual_len == expected_len && (actual_len == 0 || memcmp(actual, expected, actual_len) == 0))
        return;
    fail(file, line, "%s has %zu bytes, expected %zu:", text, actual_len, expected_len);
    printf("      ");
    print_hex(actual, actual_len);
    printf("      ");
    print_hex(expected, expected_len);
}

void check_reason(const char *file, int line, int expected)
{
    unsigned long error = ERR_peek_last_error();
    char text[256];

    if (ERR_GET_LIB(error) != ERR_LIB_SSL || ERR_GET_REASON(error) != expected) {
        ERR_error_string_n(error, text, sizeof(text));
        fail(file, line, "the last error is %s (reason %d), expected SSL reason %d", text,
             ERR_GET_REASON(error), expected);
    }
    ERR_clear_error();
}

void require(const char *file, int line, const char *text, int holds)
{
    if (holds)
        return;
    fail(file, line, "%s is false; the test ends here", text);
    ERR_print_errors_fp(stdout);
    exit(EXIT_FAILED);
}

int last_reason(void)
{
    int reason = ERR_GET_REASON(ERR_peek_last_error());

    ERR_clear_error();
    return reason;
}

static FILE *outcomes(void)
{
    static FILE *file;
    const char *name = getenv("TESSERA_OUTCOMES");

    if (file == NULL)
        file = name != NULL ? fopen(name, "a") : stdout;
    require(__FILE__, __LINE__, "the file of outcomes is open", file != NULL);
    return file;
}

void outcome(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(outcomes(), format, args);
    va_end(args);
    fputc('\n', outcomes());
}

void outcome_errors(const char *format, ...)
{
    const char *data;
    unsigned long error;
    int flags;
    va_list args;

    va_start(args, format);
    vfprintf(outcomes(), format, args);
    va_end(args);
    while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0)
        fprintf(outcomes(), " [%d:%d %s]", ERR_GET_LIB(error), ERR_GET_REASON(error),
                (flags & ERR_TXT_STRING) != 0 ? data : "");
    fputc('\n', outcomes());
}

/* Fixtures --------------------------------------------------------------- */

const char *fixture(const char *name)
{
    static char paths[8][PATH_MAX];
    static int next;
    char *path = paths[next++ % 8];
    const char *folder = getenv("TESSERA_FIXTURES");

    snprintf(path, PATH_MAX, "%s/%s", folder != NULL ? folder : FIXTURES, name);
    return path;
}

static BIO *open_fixture(const char *name, const char *suffix)
{
    char file[100];
    BIO *bio;

    snprintf(file, sizeof(file), "%s%s", name, suffix);
    bio = BIO_new_file(fixture(file), "r");
    REQUIRE(bio != NULL);
    return bio;
}

X509 *fixture_cert(const char *name)
{
    BIO *bio = open_fixture(name, ".pem");
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    REQUIRE(cert != NULL);
    return cert;
}

EVP_PKEY *fixture_key(const char *name)
{
    BIO *bio = open_fixture(name, "-key.pem");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

    BIO_free(bio);
    REQUIRE(key != NULL);
    return key;
}

static SSL_CTX *new_ctx(const SSL_METHOD *method, int version)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    REQUIRE(ctx != NULL);
    if (version != 0) {
        REQUIRE(SSL_CTX_set_min_proto_version(ctx, version) == 1);
        REQUIRE(SSL_CTX_set_max_proto_version(ctx, version) == 1);
    }
    return ctx;
}

SSL_CTX *new_client_ctx(int version)
{
    SSL_CTX *ctx = new_ctx(TLS_client_method(), version);

    REQUIRE(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

SSL_CTX *new_server_ctx(int version)
{
    SSL_CTX *ctx = new_ctx(TLS_server_method(), version);

    use_identity(ctx, "server-p256");
    return ctx;
}

void use_identity(SSL_CTX *ctx, const char *name)
{
    X509 *cert = fixture_cert(name);
    EVP_PKEY *key = fixture_key(name);

    REQUIRE(SSL_CTX_use_certificate(ctx, cert) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(ctx, key) == 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

/* Connections ------------------------------------------------------------ */

void join(SSL *client, SSL *server)
{
    BIO *a = NULL, *b = NULL;

    REQUIRE(BIO_new_bio_pair(&a, 0, &b, 0) == 1);
    SSL_set_bio(client, a, a);
    SSL_set_bio(server, b, b);
}

struct pair new_pair(SSL_CTX *client, SSL_CTX *server)
{
    struct pair pair;

    memset(&pair, 0, sizeof(pair));
    pair.client = SSL_new(client);
    pair.server = SSL_new(server);
    REQUIRE(pair.client != NULL && pair.server != NULL);
    join(pair.client, pair.server);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    return pair;
}

/* One step of one side: 1 finished, 0 to be called again, -1 failed. */
static int step(SSL *ssl, struct end *end)
{
    if (end->ret == 1)
        return 1;
    if (end->error == SSL_ERROR_SSL || end->error == SSL_ERROR_SYSCALL)
        return -1;
    ERR_clear_error();
    end->ret = SSL_do_handshake(ssl);
    end->error = SSL_get_error(ssl, end->ret);
    end->reason = end->ret == 1 ? 0 : last_reason();
    if (end->ret == 1)
        return 1;
    return end->error == SSL_ERROR_SSL || end->error == SSL_ERROR_SYSCALL ? -1 : 0;
}

/* A side that finished before its peer failed finds the alert when it reads. */
static void see_alert(SSL *ssl, struct end *end)
{
    char byte;

    ERR_clear_error();
    end->ret = SSL_read(ssl, &byte, 1);
    end->error = SSL_get_error(ssl, end->ret);
    end->reason = last_reason();
}

int handshake(struct pair *pair)
{
    int client = 0, server = 0;

    memset(&pair->client_end, 0, sizeof(pair->client_end));
    memset(&pair->server_end, 0, sizeof(pair->server_end));
    for (int round = 0; round < 30 && !(client == 1 && server == 1); round++) {
        client = step(pair->client, &pair->client_end);
        server = step(pair->server, &pair->server_end);
        if (client == -1 && server == -1)
            return 0;
    }
    if (client == -1 && server == 1)
        see_alert(pair->server, &pair->server_end);
    if (server == -1 && client == 1)
        see_alert(pair->client, &pair->client_end);
    return client == 1 && server == 1;
}

struct pair connected_pair(SSL_CTX *client, SSL_CTX *server)
{
    return offered_pair(client, server, NULL);
}

struct pair offered_pair(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session)
{
    struct pair pair = new_pair(client, server);

    if (session != NULL)
        REQUIRE(SSL_set_session(pair.client, session) == 1);
    if (!handshake(&pair)) {
        printf("    client: error %d reason %d; server: error %d reason %d\n", pair.client_end.error,
               pair.client_end.reason, pair.server_end.error, pair.server_end.reason);
        require(__FILE__, __LINE__, "the handshake succeeds", 0);
    }
    return pair;
}

static void check_one_way(SSL *from, SSL *to, const char *text)
{
    char buffer[100];
    int len = (int)strlen(text);
    int got = 0;

    CHECK_INT(SSL_write(from, text, len), len);
    while (got < len) {
        int n = SSL_read(to, buffer + got, (int)sizeof(buffer) - got);

        REQUIRE(n > 0);
        got += n;
    }
    CHECK_MEM(buffer, (size_t)got, text, (size_t)len);
}

void check_data(struct pair *pair)
{
    check_one_way(pair->client, pair->server, "from the client to the server");
    check_one_way(pair->server, pair->client, "from the server to the client");
}

void drain(SSL *ssl)
{
    char byte;
    int ret = SSL_read(ssl, &byte, 1);

    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_WANT_READ);
}

void close_cleanly(struct pair *pair)
{
    SSL_shutdown(pair->client);
    SSL_shutdown(pair->server);
    SSL_shutdown(pair->client);
    SSL_shutdown(pair->server);
    ERR_clear_error();
}

void free_pair(struct pair *pair)
{
    SSL_free(pair->client);
    SSL_free(pair->server);
    pair->client = pair->server = NULL;
}

void finish_pair(struct pair *pair)
{
    close_cleanly(pair);
    free_pair(pair);
}

SSL_SESSION *obtain_session(SSL_CTX *client, SSL_CTX *server)
{
    struct pair pair = connected_pair(client, server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    REQUIRE(session != NULL);
    finish_pair(&pair);
    return session;
}

int resumes(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session)
{
    struct pair pair = offered_pair(client, server, session);
    int reused = SSL_session_reused(pair.client);

    CHECK_INT(SSL_session_reused(pair.server), reused);
    check_data(&pair);
    finish_pair(&pair);
    return reused;
}

static void count_destroyed(void *parent, void *counter, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    if (counter != NULL)
        ++*(int *)counter;
}

static int do_not_copy(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index, long argl,
                       void *argp)
{
    (void)to, (void)from, (void)index, (void)argl, (void)argp;
    *value = NULL;
    return 1;
}

void watch_session(SSL_SESSION *session, int *destroyed)
{
    static int index = -1;

    if (index < 0)
        index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, do_not_copy, count_destroyed);
    REQUIRE(index >= 0);
    REQUIRE(SSL_SESSION_set_ex_data(session, index, destroyed) == 1);
}

/* The program ------------------------------------------------------------ */

/* Which file holds the SSL_new that this program calls. */
int print_library(void)
{
    const char *expect = getenv("TESSERA_EXPECT");
    Dl_info info;
    char path[PATH_MAX];
    void *function = dlsym(RTLD_DEFAULT, "SSL_new");

    if (function == NULL || dladdr(function, &info) == 0 || realpath(info.dli_fname, path) == NULL) {
        printf("libssl: not found\n");
        return 0;
    }
    tessera = strncmp(path, "/usr/lib/", 9) != 0 && strncmp(path, "/lib/", 5) != 0;
    printf("libssl: %s (%s) as %s\n", path, tessera ? "tessera" : "stock", info.dli_fname);
    if (expect != NULL && strcmp(expect, tessera ? "tessera" : "stock") != 0) {
        printf("libssl: this is the wrong one, TESSERA_EXPECT is %s\n", expect);
        return 0;
    }
    return 1;
}

static int run_here(struct test *test)
{
    const char *limit = getenv("TESSERA_TEST_SECONDS");

    alarm(limit != NULL ? (unsigned)atoi(limit) : 300);
    test->run(test->version);
    if (ERR_peek_error() != 0 && getenv("TESSERA_SHOW_ERRORS") != NULL)
        ERR_print_errors_fp(stdout);
    return failures == 0 ? EXIT_PASSED : EXIT_FAILED;
}

static int run_in_child(struct test *test)
{
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0)
        exit(run_here(test));
    if (child < 0 || waitpid(child, &status, 0) != child)
        return EXIT_FAILED;
    if (WIFSIGNALED(status)) {
        printf("    killed by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
        return EXIT_FAILED;
    }
    return WEXITSTATUS(status);
}

/*
 * One full and one resumed connection of each version in this process, before
 * the tests fork from it: under Valgrind it is the first use of code that takes
 * the time.
 */
static void warm_up(void)
{
    static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

    for (int i = 0; i < 2; i++) {
        SSL_CTX *client = new_client_ctx(versions[i]), *server = new_server_ctx(versions[i]);
        SSL_SESSION *session = obtain_session(client, server);

        resumes(client, server, session);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
    ERR_clear_error();
}

/* Usage: PROGRAM [-l] [-n] [TEST...]; -l lists, -n runs without a process per test. */
int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *program = slash != NULL ? slash + 1 : argv[0];
    int here = 0, list = 0, passed = 0, failed = 0, skipped = 0, named = 1;

    if (argc > 1 && strcmp(argv[1], "--peer") == 0 && peer_main != NULL)
        return peer_main(argc - 2, argv + 2);
    for (; named < argc && argv[named][0] == '-'; named++) {
        here |= strcmp(argv[named], "-n") == 0;
        list |= strcmp(argv[named], "-l") == 0;
    }
    if (!list && !print_library()) {
        printf("%s: 0 passed, 1 failed\n", program);
        return 1;
    }
    if (!list && !here && getenv("TESSERA_WARM_UP") != NULL)
        warm_up();
    for (struct test *test = tests; test != NULL; test = test->next) {
        int wanted = named == argc;
        int result;

        for (int i = named; i < argc; i++)
            wanted |= strcmp(argv[i], test->name) == 0;
        if (!wanted)
            continue;
        if (list) {
            printf("%s\n", test->name);
            continue;
        }
        failures = 0;
        result = here ? run_here(test) : run_in_child(test);
        printf("%s %s\n", result == EXIT_PASSED ? "ok  " : result == EXIT_SKIPPED ? "skip" : "FAIL", test->name);
        passed += result == EXIT_PASSED;
        skipped += result == EXIT_SKIPPED;
        failed += result != EXIT_PASSED && result != EXIT_SKIPPED;
    }
    if (list)
        return 0;
    if (passed + failed + skipped == 0) {
        printf("no such test\n");
        failed = 1;
    }
    printf("%s: %d passed, %d failed", program, passed, failed);
    printf(skipped != 0 ? ", %d skipped\n" : "\n", skipped);
    return failed != 0;
}
