/*
 * resume: makes a full TLS connection, keeps its session, and makes a second one
 * set up with SSL_set_session. For TLS 1.2 and 1.3, against a server thread of its
 * own or a given server. Says which libssl it runs on, what was negotiated, whether
 * the session was reused, how long each handshake took, and who held references to
 * the session. Exits 1 if the second connection did not resume.
 *
 * usage: resume [1.2|1.3] [HOST:PORT [CAFILE]]
 *
 * Build against Tessera's header and library:
 *   cc resume.c $(pkg-config --cflags --libs tessera) -pthread -ldl
 */
#define _GNU_SOURCE
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
    fprintf(stderr, "resume: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void *must(void *pointer, const char *what)
{
    if (pointer == NULL)
        die(what);
    return pointer;
}

/* --- The server: one thread, one connection after the other ---------------- */

struct server {
    SSL_CTX *ctx;
    int listener;
};

static EVP_PKEY *key;
static X509 *certificate;

/* A P-256 key and a certificate for localhost that signs itself. */
static void make_identity(void)
{
    key = must(EVP_EC_gen("P-256"), "key generation");
    certificate = must(X509_new(), "certificate");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *names = must(X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost"), "names");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        die("signing the certificate");
}

static void serve_one(SSL_CTX *ctx, int fd)
{
    SSL *ssl = must(SSL_new(ctx), "SSL_new");
    char request[512];

    SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof(request)) > 0) {
        SSL_write(ssl, "hello\n", 6);
        SSL_shutdown(ssl);
        SSL_read(ssl, request, sizeof(request)); /* until the client closes too */
    }
    ERR_clear_error();
    SSL_free(ssl);
    close(fd);
}

static void *serve(void *argument)
{
    struct server *server = argument;
    int fd;

    while ((fd = accept(server->listener, NULL, NULL)) >= 0)
        serve_one(server->ctx, fd);
    return NULL;
}

/* Starts the server thread; returns its port. */
static int start_server(struct server *server)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    pthread_t thread;

    server->ctx = must(SSL_CTX_new(TLS_server_method()), "SSL_CTX_new");
    if (SSL_CTX_use_certificate(server->ctx, certificate) != 1 || SSL_CTX_use_PrivateKey(server->ctx, key) != 1)
        die("the server's certificate");
    SSL_CTX_set_session_id_context(server->ctx, (const unsigned char *)"resume", 6);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof(address)) != 0
        || listen(server->listener, 8) != 0
        || getsockname(server->listener, (struct sockaddr *)&address, &length) != 0
        || pthread_create(&thread, NULL, serve, server) != 0)
        die("the server thread");
    pthread_detach(thread);
    return ntohs(address.sin_port);
}

/* --- The client ------------------------------------------------------------ */

struct target {
    const char *host;
    char port[16];
};

static int dial(const struct target *target)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found, *each;
    int fd = -1;

    if (getaddrinfo(target->host, target->port, &hints, &found) != 0)
        die("no such host");
    for (each = found; each != NULL && fd < 0; each = each->ai_next) {
        fd = socket(each->ai_family, each->ai_socktype, each->ai_protocol);
        if (fd >= 0 && connect(fd, each->ai_addr, each->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        die("cannot connect");
    return fd;
}

static double now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static SSL *new_connection(SSL_CTX *ctx, const struct target *target)
{
    SSL *ssl = must(SSL_new(ctx), "SSL_new");

    if (SSL_set_fd(ssl, dial(target)) != 1 || SSL_set_tlsext_host_name(ssl, target->host) != 1
        || SSL_set1_host(ssl, target->host) != 1)
        die("setting up the connection");
    return ssl;
}

/* Handshake, one line of facts, one request and its answer (TLS 1.3 tickets arrive
 * with it). */
static void run(SSL *ssl, const struct target *target, const char *kind)
{
    char buffer[4096];
    double started = now_ms(), took;
    int length;

    if (SSL_connect(ssl) != 1)
        die("handshake");
    took = now_ms() - started;
    const char *group = SSL_group_to_name(ssl, SSL_get_negotiated_group(ssl));
    printf("%-8s %-8s %-30s %-16s %-7s %7.2f ms\n", SSL_get_version(ssl), kind, SSL_get_cipher_name(ssl),
           group != NULL ? group : "-", SSL_session_reused(ssl) ? "reused" : "new", took);

    length = snprintf(buffer, sizeof(buffer), "GET / HTTP/1.0\r\nHost: %s\r\n\r\n", target->host);
    if (SSL_write(ssl, buffer, length) != length || SSL_read(ssl, buffer, sizeof(buffer)) <= 0)
        die("request and answer");
}

static void hang_up(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

/* --- References: what can be seen of them ---------------------------------- */

static int freed;

static void on_free(void *parent, void *data, CRYPTO_EX_DATA *ex, int index, long argl, void *argp)
{
    (void)parent, (void)ex, (void)index, (void)argl, (void)argp;
    if (data != NULL)
        freed++;
}

/* The session is ours and `ssl`'s; ours is given back first. The free callback of its
 * ex_data tells when the last reference goes. */
static void show_references(SSL *ssl, SSL_SESSION *session)
{
    int same, after_ours, after_ssl;

    freed = 0;
    same = SSL_get_session(ssl) == session;
    SSL_SESSION_free(session);
    after_ours = freed;
    SSL_set_session(ssl, NULL);
    after_ssl = freed;
    printf("         references: SSL_set_session keeps %s and adds one; ours freed: %s; the SSL's released: %s\n",
           same ? "the same object" : "ANOTHER OBJECT", after_ours == 0 ? "alive" : "GONE",
           after_ssl == 1 ? "destroyed, once" : "NOT DESTROYED ONCE");
    if (!same || after_ours != 0 || after_ssl != 1)
        die("the session's references are not as they should be");
}

/* Returns whether the second connection resumed the first one's session. */
static int two_connections(SSL_CTX *ctx, const struct target *target, int version, int index)
{
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);

    SSL *first = new_connection(ctx, target);
    run(first, target, "full");
    SSL_SESSION *session = must(SSL_get1_session(first), "no session");
    SSL_SESSION_set_ex_data(session, index, "watched");
    hang_up(first);

    SSL *second = new_connection(ctx, target);
    if (SSL_set_session(second, session) != 1)
        die("SSL_set_session");
    run(second, target, "resumed");
    int resumed = SSL_session_reused(second);
    hang_up(second);

    SSL *third = must(SSL_new(ctx), "SSL_new");
    SSL_set_session(third, session);
    show_references(third, session);
    SSL_free(third);
    return resumed;
}

/* The library that SSL_new really comes from. */
static const char *library(void)
{
    Dl_info info;

    return dladdr(dlsym(RTLD_DEFAULT, "SSL_new"), &info) != 0 ? info.dli_fname : "unknown";
}

int main(int argc, char **argv)
{
    struct target target = { .host = "localhost" };
    struct server server;
    int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION }, first = 0, last = 1, resumed = 1;

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && (strcmp(argv[1], "1.2") == 0 || strcmp(argv[1], "1.3") == 0)) {
        first = last = argv[1][2] - '2';
        argc--, argv++;
    }

    SSL_CTX *ctx = must(SSL_CTX_new(TLS_client_method()), "SSL_CTX_new");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (argc > 1) {
        char *colon = must(strrchr(argv[1], ':'), "usage: resume [1.2|1.3] [HOST:PORT [CAFILE]]");
        snprintf(target.port, sizeof(target.port), "%s", colon + 1);
        *colon = '\0';
        target.host = argv[1];
        if (!(argc > 2 ? SSL_CTX_load_verify_locations(ctx, argv[2], NULL) : SSL_CTX_set_default_verify_paths(ctx)))
            die("trusted certificates");
    } else {
        make_identity();
        snprintf(target.port, sizeof(target.port), "%d", start_server(&server));
        X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), certificate);
    }

    int index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, NULL, on_free);
    printf("library: %s\n", library());
    for (int i = first; i <= last; i++)
        resumed &= two_connections(ctx, &target, versions[i], index);
    SSL_CTX_free(ctx);
    if (!resumed)
        fprintf(stderr, "resume: the second connection did not resume\n");
    return !resumed;
}
