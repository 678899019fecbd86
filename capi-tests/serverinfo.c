/* Extensions that a server sends with its certificate: SSL_CTX_use_serverinfo. */
#include "harness.h"

#include <openssl/pem.h>
#include <unistd.h>

#define OLD "\x00\x00\x01\xd0"
#define TLS13_LEAF "\x00\x00\x10\x80"
#define EVERYWHERE "\x00\x00\x7f\x80"

static char called[1 << 14];

static int parse_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x,
                    size_t index, int *alert, void *arg)
{
    size_t len = strlen(called);

    (void)ssl;
    (void)alert;
    (void)arg;
    len += (size_t)snprintf(called + len, sizeof called - len, " %u,%04x,%d,%zu:", type, context, x != NULL, index);
    for (size_t i = 0; i < inlen; i++)
        len += (size_t)snprintf(called + len, sizeof called - len, "%02x", in[i]);
    return 1;
}

static unsigned char long_content[20];

static int add_long(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
                    size_t index, int *alert, void *arg)
{
    (void)ssl;
    (void)type;
    (void)context;
    (void)x;
    (void)index;
    (void)alert;
    (void)arg;
    *out = long_content;
    *outlen = sizeof long_content;
    return 1;
}

#define ALL                                                                    \
    (SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO |                      \
     SSL_EXT_TLS1_3_SERVER_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS |       \
     SSL_EXT_TLS1_3_CERTIFICATE | SSL_EXT_TLS1_3_NEW_SESSION_TICKET |          \
     SSL_EXT_TLS1_3_CERTIFICATE_REQUEST | SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST)

static SSL_CTX *client_ctx(int version)
{
    SSL_CTX *ctx = new_client_ctx(version);

    for (unsigned type = 1000; type < 1004; type++)
        CHECK_INT(SSL_CTX_add_custom_ext(ctx, type, ALL, NULL, NULL, NULL, parse_cb, NULL), 1);
    return ctx;
}

static SSL_SESSION *connect_once(const char *title, SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session)
{
    struct pair pair = new_pair(client, server);
    SSL_SESSION *next = NULL;
    int done;

    called[0] = 0;
    if (session != NULL)
        SSL_set_session(pair.client, session);
    done = handshake(&pair);
    if (done)
        check_data(&pair);
    outcome("%s: %d, client %d %d, server %d %d, resumed %d:%s", title, done, pair.client_end.ret,
            pair.client_end.reason, pair.server_end.ret, pair.server_end.reason, SSL_session_reused(pair.client), called);
    if (done) {
        close_cleanly(&pair);
        next = SSL_get1_session(pair.client);
    }
    free_pair(&pair);
    return next;
}

static void twice(const char *title, int version, SSL_CTX *server)
{
    SSL_CTX *client = client_ctx(version);
    SSL_SESSION *session = connect_once(title, client, server, NULL);

    if (session != NULL)
        SSL_SESSION_free(connect_once("resumed", client, server, session));
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
}

static int use(SSL_CTX *ctx, unsigned version, const char *bytes, size_t len)
{
    int ret = SSL_CTX_use_serverinfo_ex(ctx, version, (const unsigned char *)bytes, len);

    outcome_errors("version %u, %zu bytes: %d", version, len, ret);
    return ret;
}
#define USE(ctx, version, text) use(ctx, version, text, sizeof(text) - 1)

TEST_VERSIONS(version_1)
{
    SSL_CTX *server = new_server_ctx(version);

    CHECK_INT(SSL_CTX_use_serverinfo(server, (const unsigned char *)"\x03\xe8\x00\x03xyz", 7), 1);
    twice("version 1", version, server);
    SSL_CTX_free(server);
}

TEST_VERSIONS(version_2)
{
    SSL_CTX *server = new_server_ctx(version);

    USE(server, SSL_SERVERINFOV2, OLD "\x03\xe8\x00\x01" "a" TLS13_LEAF "\x03\xe9\x00\x02" "bc" EVERYWHERE "\x03\xea\x00\x00");
    twice("version 2", version, server);
    SSL_CTX_free(server);
}

/* With a chain, a retried hello and a client certificate. */
TEST_TLS13(everywhere)
{
    SSL_CTX *server = new_server_ctx(version);

    SSL_CTX_add0_chain_cert(server, fixture_cert("ca"));
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"s", 1);
    SSL_CTX_set1_groups_list(server, "P-521");
    USE(server, SSL_SERVERINFOV2, EVERYWHERE "\x03\xe8\x00\x05" "hello");
    twice("everywhere", version, server);
    SSL_CTX_free(server);
}

TEST_VERSIONS(malformed)
{
    static const char good[] = OLD "\x03\xe8\x00\x01" "a" TLS13_LEAF "\x03\xe9\x00\x02" "bc";
    SSL_CTX *server = new_server_ctx(version);

    for (size_t len = 0; len < sizeof good - 1; len++)
        if (len != 9)
            use(server, SSL_SERVERINFOV2, good, len);
    USE(server, 0, good);
    USE(server, 3, good);
    USE(NULL, SSL_SERVERINFOV2, good);
    outcome_errors("NULL: %d", SSL_CTX_use_serverinfo_ex(server, SSL_SERVERINFOV2, NULL, 9));
    outcome_errors("NULL: %d", SSL_CTX_use_serverinfo(NULL, NULL, 0));
    USE(server, SSL_SERVERINFOV1, "\x03\xe8\x00\x01");
    USE(server, SSL_SERVERINFOV1, "\x03\xe8\x00\x01" "a" "\x03\xe9\x00\x01" "b");
    /* The library's own types, and the same twice. */
    USE(server, SSL_SERVERINFOV2, OLD "\x00\x00\x00\x01" "a");
    USE(server, SSL_SERVERINFOV2, OLD "\x03\xe8\x00\x01" "a" OLD "\x03\xe8\x00\x01" "b");
    twice("malformed", version, server);
    USE(server, SSL_SERVERINFOV2, good);
    SSL_CTX_free(server);
}

/* A client may not say anything. */
TEST_VERSIONS(a_client_with_content)
{
    SSL_CTX *server = new_server_ctx(version), *client = new_client_ctx(version);

    USE(server, SSL_SERVERINFOV2, "\x00\x00\x05\x80\x03\xe8\x00\x01" "a");
    SSL_CTX_add_custom_ext(client, 1000, ALL, add_long, NULL, NULL, NULL, NULL);
    SSL_SESSION_free(connect_once("content", client, server, NULL));
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

/* Each certificate has its own; SSL_certs_clear forgets them. */
TEST_VERSIONS(several_certificates)
{
    SSL_CTX *server = new_server_ctx(version), *client = client_ctx(version);

    USE(server, SSL_SERVERINFOV2, "\x00\x00\x15\x80\x03\xe8\x00\x01" "e");
    use_identity(server, "server-rsa");
    SSL_SESSION_free(connect_once("the other certificate", client, server, NULL));
    USE(server, SSL_SERVERINFOV2, "\x00\x00\x15\x80\x03\xe9\x00\x01" "r");
    SSL_SESSION_free(connect_once("both", client, server, NULL));
    SSL_CTX_set1_sigalgs_list(client, "RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA256");
    SSL_CTX_set_cipher_list(client, "ECDHE-RSA-AES128-GCM-SHA256");
    SSL_SESSION_free(connect_once("RSA", client, server, NULL));
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

static const char *written(const char *text)
{
    static char path[] = "/tmp/serverinfo.XXXXXX";
    int fd;

    strcpy(path + sizeof path - 7, "XXXXXX");
    fd = mkstemp(path);
    REQUIRE(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void use_file(SSL_CTX *ctx, const char *title, const char *text)
{
    const char *path = written(text);
    int ret = SSL_CTX_use_serverinfo_file(ctx, path);

    /* What ends a file stays on the queue. */
    outcome_errors("%s: %d", title, ret);
    unlink(path);
}

static const char *block(const char *name, const char *bytes, size_t len)
{
    static char text[8][512];
    static int at;
    char *out = text[at = (at + 1) % 8];
    unsigned char base64[256];

    EVP_EncodeBlock(base64, (const unsigned char *)bytes, (int)len);
    snprintf(out, sizeof *text, "-----BEGIN %s-----\n%s\n-----END %s-----\n", name, base64, name);
    return out;
}
#define BLOCK(name, text) block(name, text, sizeof(text) - 1)

TEST_VERSIONS(files)
{
    SSL_CTX *server = new_server_ctx(version);
    char text[2048];

    use_file(server, "empty", "");
    use_file(server, "short name", BLOCK("SHORT", "\x03\xe8\x00\x01" "a"));
    use_file(server, "middle name", BLOCK("SERVERINFOX FOR", "\x03\xe8\x00\x01" "a"));
    use_file(server, "other name", BLOCK("SERVERINFOV3 FOR X", "\x03\xe8\x00\x01" "a"));
    use_file(server, "short", BLOCK("SERVERINFO FOR X", "\x03\xe8\x00"));
    use_file(server, "too short", BLOCK("SERVERINFO FOR X", "\x03\xe8\x00\x02" "a"));
    use_file(server, "too long", BLOCK("SERVERINFO FOR X", "\x03\xe8\x00\x00" "a"));
    use_file(server, "version 2, short", BLOCK("SERVERINFOV2 FOR X", OLD "\x03\xe8\x00"));
    use_file(server, "version 2, too long", BLOCK("SERVERINFOV2 FOR X", OLD "\x03\xe8\x00\x00" "a"));
    use_file(server, "no base64", "-----BEGIN SERVERINFO FOR X-----\n*\n-----END SERVERINFO FOR X-----\n");
    outcome_errors("not there: %d", SSL_CTX_use_serverinfo_file(server, "/nonexistent/file"));
    outcome_errors("NULL: %d", SSL_CTX_use_serverinfo_file(server, NULL));
    outcome_errors("NULL: %d", SSL_CTX_use_serverinfo_file(NULL, "x"));
    snprintf(text, sizeof text, "%s%s%s", BLOCK("SERVERINFO FOR ONE", "\x03\xe8\x00\x01" "a"),
             BLOCK("SERVERINFOV2 FOR TWO", TLS13_LEAF "\x03\xe9\x00\x02" "bc"),
             BLOCK("SERVERINFO FOR THREE", "\x03\xea\x00\x00"));
    use_file(server, "three", text);
    twice("files", version, server);
    SSL_CTX_free(server);
}
