/*
 * interop: one server or one client, for interop.sh to combine over both libraries.
 *
 *   interop serve NAME=VALUE...     prints `port N`, then serves until it is killed
 *   interop connect NAME=VALUE...   one connection; prints what both sides saw
 *
 * both:    version=1.2|1.3  pki=FOLDER
 * serve:   data=TEXT (into its tickets)  ask=1 (for a client certificate)
 *          context=TEXT  keys=FILE (80 bytes)  way=keys|hmac|evp (how they are used)
 *          cache=FOLDER (sessions by id, kept there by callbacks)
 * connect: port=N  cert=1  in=FILE  out=FILE (sessions)  flip=ticket|secret
 *          say=forget (the server then removes the session from its cache)
 */
#define _GNU_SOURCE
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **options;

static const char *option(const char *name)
{
    size_t len = strlen(name);

    for (char **at = options; *at != NULL; at++)
        if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
            return *at + len + 1;
    return NULL;
}

static void die(const char *what)
{
    fprintf(stderr, "interop: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(2);
}

static const char *path_in(const char *folder, const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s", option(folder), name);
    return path;
}

static SSL_CTX *new_ctx(const SSL_METHOD *method, const char *identity)
{
    SSL_CTX *ctx = SSL_CTX_new(method);
    int version = strcmp(option("version"), "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    char name[100];

    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, version) != 1
        || SSL_CTX_set_max_proto_version(ctx, version) != 1
        || SSL_CTX_load_verify_file(ctx, path_in("pki", "ca.pem")) != 1)
        die("context");
    if (identity == NULL)
        return ctx;
    snprintf(name, sizeof(name), "%s.pem", identity);
    if (SSL_CTX_use_certificate_file(ctx, path_in("pki", name), SSL_FILETYPE_PEM) != 1)
        die("certificate");
    snprintf(name, sizeof(name), "%s.key", identity);
    if (SSL_CTX_use_PrivateKey_file(ctx, path_in("pki", name), SSL_FILETYPE_PEM) != 1)
        die("key");
    return ctx;
}

static struct sockaddr_in loopback(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* --- The server's ticket keys ---------------------------------------------- */

static unsigned char keys[80]; /* name 16, HMAC key 32, AES key 32 */

static int start_cipher(unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, int encrypt)
{
    if (encrypt) {
        memcpy(name, keys, 16);
        if (RAND_bytes(iv, 16) != 1)
            return -1;
    } else if (memcmp(name, keys, 16) != 0) {
        return 0;
    }
    return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, keys + 48, iv, encrypt) == 1 ? 1 : -1;
}

static int hmac_callback(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac,
                         int encrypt)
{
    (void)ssl;
    if (HMAC_Init_ex(mac, keys + 16, 32, EVP_sha256(), NULL) != 1)
        return -1;
    return start_cipher(name, iv, cipher, encrypt);
}

static int evp_callback(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                        int encrypt)
{
    OSSL_PARAM params[3] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, keys + 16, 32),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"sha256", 0),
        OSSL_PARAM_construct_end(),
    };

    (void)ssl;
    return EVP_MAC_CTX_set_params(mac, params) == 1 ? start_cipher(name, iv, cipher, encrypt) : -1;
}

static void use_keys(SSL_CTX *ctx)
{
    FILE *file = fopen(option("keys"), "rb");
    const char *way = option("way");

    if (file == NULL || fread(keys, 1, sizeof(keys), file) != sizeof(keys))
        die("ticket keys");
    fclose(file);
    if (strcmp(way, "keys") == 0)
        SSL_CTX_set_tlsext_ticket_keys(ctx, keys, sizeof(keys));
    else if (strcmp(way, "hmac") == 0)
        SSL_CTX_set_tlsext_ticket_key_cb(ctx, hmac_callback);
    else
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, evp_callback);
}

static int write_data(SSL *ssl, void *data)
{
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), data, strlen(data));
}

static SSL_TICKET_RETURN check_data(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len,
                                    SSL_TICKET_STATUS status, void *data)
{
    (void)ssl, (void)session, (void)name, (void)len, (void)data;
    switch (status) {
    case SSL_TICKET_SUCCESS:
        return SSL_TICKET_RETURN_USE;
    case SSL_TICKET_SUCCESS_RENEW:
        return SSL_TICKET_RETURN_USE_RENEW;
    default:
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    }
}

/* --- The server's external cache ------------------------------------------- */

static const char *cache_path(const unsigned char *id, unsigned int len)
{
    char name[65] = "";

    for (unsigned int i = 0; i < len; i++)
        snprintf(name + 2 * i, 3, "%02x", id[i]);
    return path_in("cache", name);
}

static int store_session(SSL *ssl, SSL_SESSION *session)
{
    unsigned int len;
    const unsigned char *id = SSL_SESSION_get_id(session, &len);
    unsigned char *der = NULL;
    int der_len = i2d_SSL_SESSION(session, &der);
    FILE *file = fopen(cache_path(id, len), "wb");

    (void)ssl;
    if (der_len <= 0 || file == NULL || fwrite(der, 1, (size_t)der_len, file) != (size_t)der_len)
        die("store");
    fclose(file);
    OPENSSL_free(der);
    return 0;
}

static SSL_SESSION *load_session(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    unsigned char der[8192];
    const unsigned char *at = der;
    FILE *file = fopen(cache_path(id, (unsigned int)len), "rb");
    size_t der_len;

    (void)ssl;
    *copy = 0;
    if (file == NULL)
        return NULL;
    der_len = fread(der, 1, sizeof(der), file);
    fclose(file);
    return d2i_SSL_SESSION(NULL, &at, (long)der_len);
}

static void unlink_session(SSL_CTX *ctx, SSL_SESSION *session)
{
    unsigned int len;
    const unsigned char *id = SSL_SESSION_get_id(session, &len);

    (void)ctx;
    unlink(cache_path(id, len));
}

/* --- The server ------------------------------------------------------------ */

static int accept_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                           unsigned int in_len, void *arg)
{
    (void)ssl, (void)arg;
    return SSL_select_next_proto((unsigned char **)out, out_len, (const unsigned char *)"\2h2", 3, in, in_len)
            == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static SSL_CTX *new_server(void)
{
    SSL_CTX *ctx = new_ctx(TLS_server_method(), "server");
    const char *context = option("context") != NULL ? option("context") : "interop";

    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)context, (unsigned int)strlen(context));
    SSL_CTX_set_tlsext_servername_callback(ctx, accept_name);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    SSL_CTX_set_session_ticket_cb(ctx, write_data, check_data, (void *)option("data"));
    if (option("ask") != NULL)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (option("keys") != NULL)
        use_keys(ctx);
    if (option("cache") != NULL) {
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(ctx, store_session);
        SSL_CTX_sess_set_get_cb(ctx, load_session);
        SSL_CTX_sess_set_remove_cb(ctx, unlink_session);
    }
    return ctx;
}

/* What a side knows of its connection. */
static void describe(SSL *ssl, char *text, size_t size)
{
    SSL_SESSION *session = SSL_get_session(ssl);
    X509 *peer = SSL_get0_peer_certificate(ssl);
    const unsigned char *protocol;
    unsigned int protocol_len;
    char subject[100] = "none";
    void *data;
    size_t len;

    SSL_get0_alpn_selected(ssl, &protocol, &protocol_len);
    SSL_SESSION_get0_ticket_appdata(session, &data, &len);
    if (peer != NULL)
        X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, subject, sizeof(subject));
    snprintf(text, size, "%s data=%.*s peer=%s verified=%ld protocol=%.*s name=%s",
             SSL_session_reused(ssl) ? "reused" : "full", (int)len, (char *)data, subject, SSL_get_verify_result(ssl),
             (int)protocol_len, protocol, SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
}

static void serve_one(SSL_CTX *ctx, int socket)
{
    SSL *ssl = SSL_new(ctx);
    char text[1000], said[100];
    int len;

    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1) {
        describe(ssl, text, sizeof(text));
        SSL_write(ssl, text, (int)strlen(text));
        len = SSL_read(ssl, said, sizeof(said));
        if (len == 6 && memcmp(said, "forget", 6) == 0)
            SSL_CTX_remove_session(ctx, SSL_get_session(ssl));
        SSL_shutdown(ssl);
    }
    ERR_clear_error();
    SSL_free(ssl);
    close(socket);
}

static void serve(void)
{
    SSL_CTX *ctx = new_server();
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), connection;

    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 8) != 0
        || getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    while ((connection = accept(listener, NULL, NULL)) >= 0)
        serve_one(ctx, connection);
}

/* --- The client ------------------------------------------------------------ */

/* The session with one bit of its ticket or secret changed. */
static SSL_SESSION *flipped(SSL_SESSION *session, const char *what)
{
    const unsigned char *wanted, *at;
    unsigned char secret[64], *der = NULL, *found;
    size_t len;
    int der_len = i2d_SSL_SESSION(session, &der);

    if (strcmp(what, "ticket") == 0) {
        SSL_SESSION_get0_ticket(session, &wanted, &len);
    } else {
        len = SSL_SESSION_get_master_key(session, secret, sizeof(secret));
        wanted = secret;
    }
    found = memmem(der, (size_t)der_len, wanted, len);
    if (len == 0 || found == NULL)
        die("nothing to flip");
    found[len / 2] ^= 4;
    SSL_SESSION_free(session);
    at = der;
    session = d2i_SSL_SESSION(NULL, &at, der_len);
    OPENSSL_free(der);
    return session;
}

static void offer_session(SSL *ssl)
{
    FILE *file = fopen(option("in"), "r");
    SSL_SESSION *session = file != NULL ? PEM_read_SSL_SESSION(file, NULL, NULL, NULL) : NULL;
    const unsigned char *protocol;
    size_t len;

    if (session == NULL)
        die("session file");
    fclose(file);
    if (option("flip") != NULL)
        session = flipped(session, option("flip"));
    SSL_SESSION_get0_alpn_selected(session, &protocol, &len);
    printf("[session name=%s protocol=%.*s] ", SSL_SESSION_get0_hostname(session), (int)len, protocol);
    if (SSL_set_session(ssl, session) != 1)
        die("session");
    SSL_SESSION_free(session);
}

static void save_session(SSL *ssl)
{
    FILE *file = fopen(option("out"), "w");

    if (file == NULL || PEM_write_SSL_SESSION(file, SSL_get_session(ssl)) != 1 || fclose(file) != 0)
        die("session file");
}

static void run_client(void)
{
    SSL_CTX *ctx = new_ctx(TLS_client_method(), option("cert") != NULL ? "client" : NULL);
    SSL *ssl = SSL_new(ctx);
    struct sockaddr_in address = loopback(atoi(option("port")));
    int connection = socket(AF_INET, SOCK_STREAM, 0), len;
    char text[1000], said[1000];

    if (connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("connect");
    SSL_set_fd(ssl, connection);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_set_tlsext_host_name(ssl, "localhost");
    SSL_set1_host(ssl, "localhost");
    SSL_set_alpn_protos(ssl, (const unsigned char *)"\2h2\10http/1.1", 12);
    if (option("in") != NULL)
        offer_session(ssl);
    if (SSL_connect(ssl) != 1 || (len = SSL_read(ssl, said, sizeof(said) - 1)) <= 0) {
        printf("failed: %s\n", ERR_reason_error_string(ERR_peek_last_error()));
        exit(0);
    }
    said[len] = '\0';
    describe(ssl, text, sizeof(text));
    printf("%s | %s\n", text, said);
    if (option("out") != NULL)
        save_session(ssl);
    if (option("say") != NULL)
        SSL_write(ssl, option("say"), (int)strlen(option("say")));
    SSL_shutdown(ssl);
    SSL_read(ssl, said, sizeof(said));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    options = argv + 2;
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(argv[1], "serve") == 0) {
        alarm(600);
        serve();
    } else {
        alarm(120);
        run_client();
    }
    return 0;
}
