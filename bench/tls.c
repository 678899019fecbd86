/*
 * tls: client and server in one process, one kind of work repeated for so many CPU
 * seconds; prints the rate per CPU second (or, for `heap-`, bytes of heap).
 *
 * usage: tls --list | --library | NAME SECONDS | NAME xCOUNT
 *
 * With a count, the work is done so many times, in a function named `measured`, for
 * Callgrind (see counts.sh).
 *
 * A name is the work and its choices, between dashes: `resumed-1.2-id`. What is not
 * said is ECDSA P-256, AES-128-GCM, X25519, memory BIOs, and a client that verifies.
 */
#define _GNU_SOURCE
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {
    "full-1.3-ecdsa", "full-1.3-ecdsa-unverified", "full-1.3-ecdsa-mutual", "full-1.3-ecdsa-default-groups",
    "full-1.3-rsa2048", "full-1.3-rsa2048-unverified", "full-1.3-rsa2048-mutual",
    "full-1.2-ecdsa", "full-1.2-ecdsa-unverified", "full-1.2-ecdsa-mutual",
    "full-1.2-rsa2048", "full-1.2-rsa2048-unverified", "full-1.2-rsa2048-mutual",
    "resumed-1.3", "resumed-1.2-ticket", "resumed-1.2-id", "resumed-1.2-external",
    "bulk-1.3-aes128", "bulk-1.3-aes256", "bulk-1.3-chacha20", "bulk-1.2-aes128",
    "bulk-1.3-aes128-1k", "bulk-1.3-aes256-1k", "bulk-1.3-chacha20-1k", "bulk-1.2-aes128-1k",
    "bulk-1.3-aes128-tcp", "bulk-1.3-aes256-tcp", "bulk-1.3-chacha20-tcp", "bulk-1.2-aes128-tcp",
    "bulk-1.3-aes128-tcp-1k",
    "echo-1.3", "echo-1.3-tcp", "echo-1.2",
    "threads-1.3-1", "threads-1.3-2", "threads-resumed-1.3-1", "threads-resumed-1.3-2",
    "new-context", "new-connection",
    "heap-1.3", "heap-1.3-released", "heap-1.2", "heap-1.2-released",
};

static const char *name; /* of what is measured */

static int has(const char *choice)
{
    const char *at = name;
    size_t length = strlen(choice);

    while ((at = strstr(at, choice)) != NULL) {
        if ((at == name || at[-1] == '-') && (at[length] == '-' || at[length] == '\0'))
            return 1;
        at++;
    }
    return 0;
}

static void die(const char *what)
{
    fprintf(stderr, "tls: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* --- Two contexts that know each other ------------------------------------- */

static SSL_CTX *client_ctx, *server_ctx;

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_EXTENSION *alternatives = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_set_pubkey(certificate, key);
    X509_add_ext(certificate, alternatives, -1);
    X509_EXTENSION_free(alternatives);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        die("certificate");
    return certificate;
}

/* The external cache holds the one session that matters. */
static SSL_SESSION *external;

static int new_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    SSL_SESSION_free(external);
    external = session;
    return 1;
}

static SSL_SESSION *get_session(SSL *ssl, const unsigned char *id, int length, int *copy)
{
    unsigned int own_length = 0;
    const unsigned char *own = external == NULL ? NULL : SSL_SESSION_get_id(external, &own_length);

    (void)ssl;
    *copy = 1;
    return own != NULL && own_length == (unsigned int)length && memcmp(own, id, own_length) == 0 ? external : NULL;
}

static SSL_CTX *new_context(const SSL_METHOD *method)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    int version = has("1.2") ? TLS1_2_VERSION : TLS1_3_VERSION;
    const char *cipher = has("aes256") ? "AES256-GCM-SHA384" : has("chacha20") ? "CHACHA20-POLY1305" : "AES128-GCM-SHA256";
    char list[128];

    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, version) != 1
        || SSL_CTX_set_max_proto_version(ctx, version) != 1)
        die("context");
    snprintf(list, sizeof(list), "ECDHE-ECDSA-%s:ECDHE-RSA-%s", cipher, cipher);
    if (SSL_CTX_set_cipher_list(ctx, list) != 1
        || SSL_CTX_set_ciphersuites(ctx, has("aes256") ? "TLS_AES_256_GCM_SHA384"
                                         : has("chacha20") ? "TLS_CHACHA20_POLY1305_SHA256"
                                                           : "TLS_AES_128_GCM_SHA256") != 1
        || (!has("default") && SSL_CTX_set1_groups_list(ctx, "X25519:P-256") != 1))
        die("context's ciphers and groups");
    if (has("released"))
        SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return ctx;
}

static void use(SSL_CTX *ctx, X509 *certificate, EVP_PKEY *key)
{
    if (SSL_CTX_use_certificate(ctx, certificate) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
        die("certificate and key");
}

static void make_contexts(void)
{
    EVP_PKEY *key = has("rsa2048") ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key);

    client_ctx = new_context(TLS_client_method());
    server_ctx = new_context(TLS_server_method());
    SSL_CTX_set_session_id_context(server_ctx, (const unsigned char *)"bench", 5);
    if (!has("unverified"))
        SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client_ctx), certificate);
    use(server_ctx, certificate, key);
    if (has("mutual")) {
        use(client_ctx, certificate, key);
        SSL_CTX_set_verify(server_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(server_ctx), certificate);
    }
    if (has("id") || has("external"))
        SSL_CTX_set_options(server_ctx, SSL_OP_NO_TICKET);
    if (has("external")) {
        SSL_CTX_set_session_cache_mode(server_ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(server_ctx, new_session);
        SSL_CTX_sess_set_get_cb(server_ctx, get_session);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- Connections ----------------------------------------------------------- */

struct pair {
    SSL *client, *server;
};

struct ends {
    BIO *client, *server;
};

static struct ends new_ends(void)
{
    struct ends ends;

    if (BIO_new_bio_pair(&ends.client, 65536, &ends.server, 65536) != 1)
        die("BIO pair");
    return ends;
}

/* A thread's one pair of BIOs, empty: where a connection ends before the next begins, 128 KiB
 * from the allocator for each would be the benchmark's own work. */
static struct ends same_ends(void)
{
    static __thread struct ends kept;

    if (kept.client == NULL)
        kept = new_ends();
    BIO_reset(kept.client);
    BIO_reset(kept.server);
    BIO_up_ref(kept.client);
    BIO_up_ref(kept.server);
    return kept;
}

static void connect_bios(struct pair pair, struct ends ends)
{
    SSL_set_bio(pair.client, ends.client, ends.client);
    SSL_set_bio(pair.server, ends.server, ends.server);
}

static void connect_sockets(struct pair pair)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server, on = 1;
    int room = 1 << 20;

    if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 1) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0
        || connect(client, (struct sockaddr *)&address, length) != 0 || (server = accept(listener, NULL, NULL)) < 0)
        die("sockets");
    close(listener);
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(server, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    setsockopt(client, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
    BIO_socket_nbio(client, 1);
    BIO_socket_nbio(server, 1);
    if (SSL_set_fd(pair.client, client) != 1 || SSL_set_fd(pair.server, server) != 1)
        die("descriptors");
}

static int step(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
        die("handshake");
    return result == 1;
}

/* A new connection in which `session` is resumed, if there is one. `keep`: it will stay open
 * beside others. */
static struct pair handshake(SSL_SESSION *session, int keep)
{
    struct pair pair = { SSL_new(client_ctx), SSL_new(server_ctx) };
    int client_done = 0, server_done = 0;

    if (pair.client == NULL || pair.server == NULL)
        die("connection");
    if (has("tcp"))
        connect_sockets(pair);
    else
        connect_bios(pair, keep ? new_ends() : same_ends());
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    if (SSL_set_tlsext_host_name(pair.client, "localhost") != 1 || SSL_set1_host(pair.client, "localhost") != 1
        || (session != NULL && SSL_set_session(pair.client, session) != 1))
        die("client connection");
    while (!client_done || !server_done) {
        client_done = step(pair.client);
        server_done = step(pair.server);
    }
    if (SSL_session_reused(pair.client) != (session != NULL))
        die("resumption");
    return pair;
}

/* Ends both sides as if closed in order, so that their session stays good. */
static void finish(struct pair pair)
{
    int client = SSL_get_fd(pair.client), server = SSL_get_fd(pair.server);

    SSL_set_shutdown(pair.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(pair.server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(pair.client);
    SSL_free(pair.server);
    if (client >= 0)
        close(client), close(server);
}

/* What has arrived beside data, as TLS 1.3's tickets. */
static void settle(struct pair pair)
{
    char byte;

    if (SSL_read(pair.client, &byte, 1) > 0 || SSL_read(pair.server, &byte, 1) > 0)
        die("data out of nowhere");
}

static SSL_SESSION *make_session(void)
{
    struct pair pair = handshake(NULL, 0);
    SSL_SESSION *session;

    settle(pair);
    session = SSL_get1_session(pair.client);
    finish(pair);
    return session;
}

/* --- What is measured ------------------------------------------------------ */

static SSL_SESSION *session; /* what is resumed, or NULL */
static struct pair established;
static int write_size;

static void one_handshake(void) { finish(handshake(session, 0)); }

static void send_and_receive(SSL *from, SSL *to, int size)
{
    static char data[16384], got[16384];
    int length, n;

    if (SSL_write(from, data, size) != size)
        die("write");
    for (length = 0; length < size;) {
        if ((n = SSL_read(to, got, sizeof(got))) > 0)
            length += n;
        else if (SSL_get_error(to, n) != SSL_ERROR_WANT_READ)
            die("read");
    }
}

/* One MiB each way. */
static void one_bulk(void)
{
    int i;

    for (i = 0; i < (1 << 20) / write_size; i++)
        send_and_receive(established.server, established.client, write_size);
    for (i = 0; i < (1 << 20) / write_size; i++)
        send_and_receive(established.client, established.server, write_size);
}

static void one_echo(void)
{
    send_and_receive(established.client, established.server, 100);
    send_and_receive(established.server, established.client, 100);
}

static void one_context(void) { SSL_CTX_free(SSL_CTX_new(TLS_method())); }

static void one_connection(void) { SSL_free(SSL_new(server_ctx)); }

__attribute__((noinline)) static void measured(void (*work)(void), long count)
{
    while (count-- > 0)
        work();
}

static void prepare(void (**work)(void), double *units, long *batch)
{
    *units = 1, *batch = 10;
    make_contexts();
    if (has("resumed"))
        session = make_session();
    if (has("bulk") || has("echo")) {
        established = handshake(NULL, 1);
        settle(established);
    }
    write_size = has("1k") ? 1024 : 16384;
    if (has("bulk"))
        *work = one_bulk, *units = 2 * 1.048576, *batch = 1;
    else if (has("echo"))
        *work = one_echo;
    else if (has("context"))
        *work = one_context;
    else if (has("connection"))
        *work = one_connection;
    else
        *work = one_handshake;
}

static double rate(double seconds)
{
    double started, spent, units;
    long count = 0, batch;
    void (*work)(void);

    prepare(&work, &units, &batch);
    measured(work, 2 * batch);
    started = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    do {
        measured(work, batch);
        count += batch;
        spent = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - started;
    } while (spent < seconds);
    return count * units / spent;
}

/* --- Threads that share their contexts: handshakes per second of the clock -- */

static double deadline;

static void *worker(void *counter)
{
    while (seconds_of(CLOCK_MONOTONIC) < deadline) {
        one_handshake();
        ++*(long *)counter;
    }
    return NULL;
}

static double threaded(double seconds)
{
    pthread_t threads[2];
    long counters[2] = { 0, 0 }, total = 0;
    int i, count = has("2") ? 2 : 1;

    make_contexts();
    if (has("resumed"))
        session = make_session();
    for (i = 0; i < 20; i++)
        one_handshake();
    deadline = seconds_of(CLOCK_MONOTONIC) + seconds;
    for (i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, worker, &counters[i]);
    for (i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        total += counters[i];
    }
    return total / seconds;
}

/* --- Heap bytes of an idle pair, with its BIOs' buffers left out ----------- */

static double heap(void)
{
    enum { PAIRS = 100 };
    static struct pair pairs[PAIRS];
    size_t before, bios;
    BIO *one, *other;
    int i;

    make_contexts();
    for (i = 0; i < 20; i++)
        one_handshake();
    before = mallinfo2().uordblks;
    if (BIO_new_bio_pair(&one, 65536, &other, 65536) != 1)
        die("BIO pair");
    bios = mallinfo2().uordblks - before;
    BIO_free(one);
    BIO_free(other);
    before = mallinfo2().uordblks + mallinfo2().hblkhd;
    for (i = 0; i < PAIRS; i++) {
        pairs[i] = handshake(NULL, 1);
        settle(pairs[i]);
        write_size = 16384;
        send_and_receive(pairs[i].server, pairs[i].client, 16384);
        send_and_receive(pairs[i].client, pairs[i].server, 16384);
    }
    return (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / PAIRS - bios;
}

static double measure(const char *much)
{
    double units;
    long batch;
    void (*work)(void);

    if (has("heap"))
        return heap();
    if (*much == 'x') {
        prepare(&work, &units, &batch);
        work(), work();
        measured(work, atol(much + 1));
        return atol(much + 1);
    }
    return has("threads") ? threaded(atof(much)) : rate(atof(much));
}

int main(int argc, char **argv)
{
    size_t i, count = sizeof(names) / sizeof(names[0]);
    Dl_info info;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (i = 0; i < count; i++)
            puts(names[i]);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--library") == 0) {
        puts(dladdr(dlsym(RTLD_DEFAULT, "SSL_new"), &info) != 0 ? info.dli_fname : "unknown");
        return 0;
    }
    for (i = 0; argc == 3 && i < count; i++) {
        if (strcmp(argv[1], names[i]) == 0) {
            name = names[i];
            printf("%.1f\n", measure(argv[2]));
            return 0;
        }
    }
    fprintf(stderr, "usage: tls --list | --library | NAME SECONDS | NAME xCOUNT\n");
    return 2;
}
