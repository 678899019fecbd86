/*
 * extensions: one server or one client with extensions of its own in each message, for
 * extensions.sh to combine over both libraries.
 *
 *   extensions serve NAME=VALUE...     prints `port N`, then serves until it is killed
 *   extensions connect NAME=VALUE...   two connections, the second resumed; prints what the
 *                                      callbacks of both sides were called with
 *
 * both:    version=1.2|1.3  pki=FOLDER
 * serve:   ask=1 (for a client certificate)  groups=LIST
 * connect: port=N  cert=1  groups=LIST  fragment=MODE  names=1 (of authorities)  long=1
 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **options;
static char seen[1 << 15];

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
    fprintf(stderr, "extensions: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(2);
}

static const char *in_pki(const char *name)
{
    static char path[2][4096];
    static int at;

    snprintf(path[at ^= 1], sizeof path[0], "%s/%s", option("pki"), name);
    return path[at];
}

static int add(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
               size_t index, int *alert, void *arg)
{
    static unsigned char content[3000];

    (void)ssl, (void)alert, (void)arg;
    memset(content, (int)type, sizeof content);
    *out = content;
    *outlen = option("long") != NULL ? sizeof content : type - 1000;
    sprintf(seen + strlen(seen), " add(%u,%04x,%d,%zu)", type, context, x != NULL, index);
    return 1;
}

static int parse(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x,
                 size_t index, int *alert, void *arg)
{
    size_t right = 0;

    (void)ssl, (void)alert, (void)arg;
    while (right < inlen && in[right] == (type & 0xff))
        right++;
    sprintf(seen + strlen(seen), " parse(%u,%04x,%zu/%zu,%d,%zu)", type, context, right, inlen, x != NULL, index);
    return 1;
}

static SSL_CTX *new_ctx(const SSL_METHOD *method, const char *identity)
{
    static const unsigned places[] = {
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO |
            SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS | SSL_EXT_TLS1_3_CERTIFICATE | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST |
            SSL_EXT_TLS1_3_NEW_SESSION_TICKET | SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE | SSL_EXT_IGNORE_ON_RESUMPTION,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_2_AND_BELOW_ONLY,
    };
    SSL_CTX *ctx = SSL_CTX_new(method);
    int version = strcmp(option("version"), "1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
    char name[64];

    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_load_verify_locations(ctx, in_pki("ca.pem"), NULL);
    if (identity != NULL) {
        snprintf(name, sizeof name, "%s.key", identity);
        if (SSL_CTX_use_PrivateKey_file(ctx, in_pki(name), SSL_FILETYPE_PEM) != 1)
            die("no key");
        snprintf(name, sizeof name, "%s.pem", identity);
        if (SSL_CTX_use_certificate_file(ctx, in_pki(name), SSL_FILETYPE_PEM) != 1)
            die("no certificate");
    }
    if (option("groups") != NULL)
        SSL_CTX_set1_groups_list(ctx, option("groups"));
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++)
        if (!SSL_CTX_add_custom_ext(ctx, 1010 + i, places[i], add, NULL, NULL, parse, NULL))
            die("an extension is refused");
    return ctx;
}

static int local_socket(struct sockaddr_in *address, int port)
{
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons((unsigned short)port);
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM, 0);
}

static void serve(void)
{
    SSL_CTX *ctx = new_ctx(TLS_server_method(), "server");
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    int listener = local_socket(&address, 0);

    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"e", 1);
    if (option("ask") != NULL)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (bind(listener, (struct sockaddr *)&address, len) != 0 || listen(listener, 5) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        die("no port");
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *ssl = SSL_new(ctx);
        char more;

        seen[0] = 0;
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1) {
            STACK_OF(X509_NAME) *names = (STACK_OF(X509_NAME) *)SSL_get0_peer_CA_list(ssl);

            sprintf(seen + strlen(seen), " resumed %d, fragments %d, names %d", SSL_session_reused(ssl),
                    SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl)), sk_X509_NAME_num(names));
            SSL_write(ssl, seen, (int)strlen(seen) + 1);
            SSL_read(ssl, &more, 1);
        } else {
            ERR_print_errors_fp(stderr);
        }
        SSL_shutdown(ssl);
        SSL_free(ssl);
        close(fd);
    }
}

static SSL_SESSION *connect_once(SSL_CTX *ctx, SSL_SESSION *session)
{
    struct sockaddr_in address;
    int fd = local_socket(&address, atoi(option("port"))), n;
    SSL *ssl = SSL_new(ctx);
    SSL_SESSION *next;
    char text[1 << 15];
    size_t len = 0;

    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("no server");
    seen[0] = 0;
    SSL_set_fd(ssl, fd);
    SSL_set_session(ssl, session);
    if (SSL_connect(ssl) != 1)
        die("the handshake failed");
    do {
        n = SSL_read(ssl, text + len, (int)(sizeof text - len));
        if (n <= 0)
            die("the server says nothing");
        len += (size_t)n;
    } while (text[len - 1] != 0);
    printf("client: resumed %d, fragments %d:%s\nserver:%s\n", SSL_session_reused(ssl),
           SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl)), seen, text);
    SSL_shutdown(ssl);
    next = SSL_get1_session(ssl);
    SSL_free(ssl);
    close(fd);
    return next;
}

int main(int argc, char **argv)
{
    SSL_CTX *ctx;
    SSL_SESSION *session;

    signal(SIGPIPE, SIG_IGN);
    options = argv + (argc > 2 ? 2 : argc);
    if (argc > 2 && strcmp(argv[1], "serve") == 0)
        serve();
    ctx = new_ctx(TLS_client_method(), option("cert") != NULL ? "client" : NULL);
    if (option("fragment") != NULL)
        SSL_CTX_set_tlsext_max_fragment_length(ctx, (uint8_t)atoi(option("fragment")));
    if (option("names") != NULL)
        SSL_CTX_set0_CA_list(ctx, SSL_load_client_CA_file(in_pki("ca.pem")));
    session = connect_once(ctx, NULL);
    SSL_SESSION_free(connect_once(ctx, session));
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
    return 0;
}
