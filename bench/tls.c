/*
 * tls: client and server in one thread over a BIO pair, one kind of work repeated
 * for so many CPU seconds; prints the rate per CPU second.
 *
 * usage: tls --list | --library | NAME SECONDS
 */
#define _GNU_SOURCE
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum work { FULL, RESUMED, BULK };

static const struct bench {
    const char *name;
    enum work work;
    int version;
    int rsa;
    const char *groups; /* NULL: what the library offers by itself */
} benches[] = {
    { "full-1.2-ecdsa", FULL, TLS1_2_VERSION, 0, "X25519:P-256" },
    { "full-1.2-rsa2048", FULL, TLS1_2_VERSION, 1, "X25519:P-256" },
    { "full-1.3-ecdsa", FULL, TLS1_3_VERSION, 0, "X25519:P-256" },
    { "full-1.3-rsa2048", FULL, TLS1_3_VERSION, 1, "X25519:P-256" },
    { "full-1.3-ecdsa-default-groups", FULL, TLS1_3_VERSION, 0, NULL },
    { "resumed-1.2", RESUMED, TLS1_2_VERSION, 0, "X25519:P-256" },
    { "resumed-1.3", RESUMED, TLS1_3_VERSION, 0, "X25519:P-256" },
    { "bulk-1.2-aes128gcm", BULK, TLS1_2_VERSION, 0, "X25519:P-256" },
    { "bulk-1.3-aes128gcm", BULK, TLS1_3_VERSION, 0, "X25519:P-256" },
};

static void die(const char *what)
{
    fprintf(stderr, "tls: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static double cpu_seconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* --- Two contexts that know each other ------------------------------------- */

static SSL_CTX *client_ctx, *server_ctx;

static X509 *self_signed(EVP_PKEY *key)
{
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");

    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_set_pubkey(certificate, key);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    if (X509_sign(certificate, key, EVP_sha256()) == 0)
        die("certificate");
    return certificate;
}

static SSL_CTX *new_context(const SSL_METHOD *method, const struct bench *bench)
{
    SSL_CTX *ctx = SSL_CTX_new(method);

    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, bench->version) != 1
        || SSL_CTX_set_max_proto_version(ctx, bench->version) != 1
        || SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM+AES128") != 1
        || SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1
        || (bench->groups != NULL && SSL_CTX_set1_groups_list(ctx, bench->groups) != 1))
        die("context");
    return ctx;
}

static void make_contexts(const struct bench *bench)
{
    EVP_PKEY *key = bench->rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *certificate = self_signed(key);

    client_ctx = new_context(TLS_client_method(), bench);
    server_ctx = new_context(TLS_server_method(), bench);
    SSL_CTX_set_session_id_context(server_ctx, (const unsigned char *)"bench", 5);
    SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(client_ctx), certificate);
    if (SSL_CTX_use_certificate(server_ctx, certificate) != 1 || SSL_CTX_use_PrivateKey(server_ctx, key) != 1)
        die("server certificate");
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- Connections ----------------------------------------------------------- */

struct pair {
    SSL *client, *server;
};

static int step(SSL *ssl)
{
    int result = SSL_do_handshake(ssl);

    if (result != 1 && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
        die("handshake");
    return result == 1;
}

static struct pair handshake(SSL_SESSION *session)
{
    struct pair pair = { SSL_new(client_ctx), SSL_new(server_ctx) };
    BIO *client_end, *server_end;
    int client_done = 0, server_done = 0;

    if (pair.client == NULL || pair.server == NULL || BIO_new_bio_pair(&client_end, 65536, &server_end, 65536) != 1)
        die("connection");
    SSL_set_bio(pair.client, client_end, client_end);
    SSL_set_bio(pair.server, server_end, server_end);
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
    SSL_set_shutdown(pair.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(pair.server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(pair.client);
    SSL_free(pair.server);
}

static SSL_SESSION *make_session(void)
{
    struct pair pair = handshake(NULL);
    char byte;
    SSL_SESSION *session;

    if (SSL_read(pair.client, &byte, 1) > 0) /* takes TLS 1.3's tickets */
        die("data out of nowhere");
    session = SSL_get1_session(pair.client);
    finish(pair);
    return session;
}

/* --- What is measured ------------------------------------------------------ */

static double handshakes(SSL_SESSION *session, double seconds)
{
    double started, spent;
    long count = 0;
    int i;

    for (i = 0; i < 20; i++)
        finish(handshake(session));
    started = cpu_seconds();
    do {
        for (i = 0; i < 10; i++)
            finish(handshake(session));
        count += 10;
        spent = cpu_seconds() - started;
    } while (spent < seconds);
    return count / spent;
}

static double megabytes(double seconds)
{
    static char data[16384], got[16384];
    struct pair pair = handshake(NULL);
    double started, spent;
    long count = 0;
    int i, length, n;

    started = cpu_seconds();
    do {
        for (i = 0; i < 200; i++) {
            if (SSL_write(pair.server, data, sizeof(data)) != (int)sizeof(data))
                die("write");
            for (length = 0; length < (int)sizeof(data); length += n)
                if ((n = SSL_read(pair.client, got, sizeof(got))) <= 0)
                    die("read");
        }
        count += 200;
        spent = cpu_seconds() - started;
    } while (spent < seconds);
    finish(pair);
    return count * sizeof(data) / 1e6 / spent;
}

static double measure(const struct bench *bench, double seconds)
{
    make_contexts(bench);
    switch (bench->work) {
    case FULL:
        return handshakes(NULL, seconds);
    case RESUMED:
        return handshakes(make_session(), seconds);
    default:
        return megabytes(seconds);
    }
}

int main(int argc, char **argv)
{
    size_t i, count = sizeof(benches) / sizeof(benches[0]);
    Dl_info info;

    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (i = 0; i < count; i++)
            puts(benches[i].name);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--library") == 0) {
        puts(dladdr(dlsym(RTLD_DEFAULT, "SSL_new"), &info) != 0 ? info.dli_fname : "unknown");
        return 0;
    }
    for (i = 0; argc == 3 && i < count; i++) {
        if (strcmp(argv[1], benches[i].name) == 0) {
            printf("%.1f\n", measure(&benches[i], atof(argv[2])));
            return 0;
        }
    }
    fprintf(stderr, "usage: tls --list | --library | NAME SECONDS\n");
    return 2;
}
