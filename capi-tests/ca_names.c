/* Names of authorities in a client's hello (TLS 1.3, certificate_authorities). */
#include "harness.h"

static STACK_OF(X509_NAME) *names(int count)
{
    static const char *const files[] = { "ca", "other-ca", "intermediate" };
    STACK_OF(X509_NAME) *list = sk_X509_NAME_new_null();

    for (int i = 0; i < count; i++) {
        X509 *x = fixture_cert(files[i % 3]);

        sk_X509_NAME_push(list, X509_NAME_dup(X509_get_subject_name(x)));
        X509_free(x);
    }
    return list;
}

static void describe(const char *who, const STACK_OF(X509_NAME) *list)
{
    outcome("%s: %s, %d", who, list == NULL ? "none" : "a list", sk_X509_NAME_num(list));
    for (int i = 0; i < sk_X509_NAME_num(list); i++) {
        char text[128];

        outcome("%s: %s", who, X509_NAME_oneline(sk_X509_NAME_value(list, i), text, sizeof text));
    }
}

static int look(SSL *ssl, void *arg)
{
    (void)arg;
    describe("certificate callback", SSL_get0_peer_CA_list(ssl));
    return 1;
}

static size_t extension_len;

/* Notes the extension in a hello: its length, which is 0 without it. */
static void see(int write, int version, int type, const void *bytes, size_t size, SSL *ssl, void *arg)
{
    const unsigned char *at = bytes, *end = at + size;

    (void)version;
    (void)ssl;
    (void)arg;
    if (!write || type != SSL3_RT_HANDSHAKE || size < 40 || *at != SSL3_MT_CLIENT_HELLO)
        return;
    extension_len = 0;
    at += 4 + 2 + 32;
    at += 1 + *at;
    at += 2 + (at[0] << 8 | at[1]);
    at += 1 + *at;
    at += 2;
    while (end - at >= 4) {
        size_t len = (size_t)at[2] << 8 | at[3];

        if (at[0] == 0 && at[1] == 47)
            extension_len = len + 4;
        at += 4 + len;
    }
}

static SSL_SESSION *connect_once(const char *title, SSL_CTX *client, SSL_CTX *server, STACK_OF(X509_NAME) *own,
                                 SSL_SESSION *session)
{
    struct pair pair = new_pair(client, server);
    SSL_SESSION *next;

    if (own != NULL)
        SSL_set0_CA_list(pair.client, own);
    if (session != NULL)
        SSL_set_session(pair.client, session);
    outcome("%s: %d, client %d %d", title, handshake(&pair), pair.client_end.ret, pair.client_end.reason);
    outcome("%s: extension of %zu bytes, resumed %d", title, extension_len, SSL_session_reused(pair.server));
    describe("server", SSL_get0_peer_CA_list(pair.server));
    describe("client", SSL_get0_peer_CA_list(pair.client));
    check_data(&pair);
    close_cleanly(&pair);
    next = SSL_get1_session(pair.client);
    free_pair(&pair);
    return next;
}

TEST_VERSIONS(lists)
{
    static const int counts[] = { 0, 1, 3, 400 };

    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
        char title[32];
        SSL_SESSION *session;

        SSL_CTX_set_msg_callback(client, see);
        SSL_CTX_set_cert_cb(server, look, NULL);
        snprintf(title, sizeof title, "%d names", counts[i]);
        SSL_CTX_set0_CA_list(client, names(counts[i]));
        session = connect_once(title, client, server, NULL, NULL);
        SSL_SESSION_free(connect_once("resumed", client, server, NULL, session));
        SSL_SESSION_free(session);
        SSL_SESSION_free(connect_once("its own", client, server, names(2), NULL));
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* The client's certificate is asked for too: each has the other's names. */
TEST_TLS13(both_ways)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

    SSL_CTX_set_msg_callback(client, see);
    SSL_CTX_set1_groups_list(client, "P-256:P-384");
    SSL_CTX_set1_groups_list(server, "P-384");
    SSL_CTX_set0_CA_list(client, names(2));
    SSL_CTX_set_client_CA_list(server, names(1));
    SSL_CTX_set_verify(server, SSL_VERIFY_PEER, NULL);
    SSL_SESSION_free(connect_once("both", client, server, NULL, NULL));
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A list without names. */
TEST_VERSIONS(no_names)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

    SSL_CTX_set_msg_callback(client, see);
    SSL_CTX_set_options(client, SSL_OP_DISABLE_TLSEXT_CA_NAMES);
    SSL_CTX_set0_CA_list(client, names(2));
    SSL_SESSION_free(connect_once("disabled", client, server, NULL, NULL));
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

static unsigned char hello[1 << 14];
static size_t hello_len;

static void keep(int write, int version, int type, const void *bytes, size_t size, SSL *ssl, void *arg)
{
    (void)version;
    (void)ssl;
    (void)arg;
    if (write && type == SSL3_RT_HANDSHAKE && hello_len == 0 && size < sizeof hello) {
        memcpy(hello, bytes, size);
        hello_len = size;
    }
}

/* The hello with a byte behind the extension's type changed. */
static void accept_changed(const char *title, SSL_CTX *client_ctx, SSL_CTX *server_ctx, int at, int value)
{
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    unsigned char record[5] = { 22, 3, 1 }, answer[64];
    int ret, len;

    hello_len = 0;
    SSL_set_msg_callback(client, keep);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_connect(client);
    for (size_t i = 40; i + 8 < hello_len; i++) {
        /* The type, then a length and one that is two less. */
        if (hello[i] == 0 && hello[i + 1] == 47 && hello[i + 2] == 0 && hello[i + 4] == 0 &&
            hello[i + 3] == hello[i + 5] + 2) {
            hello[i + (size_t)at] = (unsigned char)value;
            break;
        }
    }
    record[3] = (unsigned char)(hello_len >> 8);
    record[4] = (unsigned char)hello_len;
    BIO_write(in, record, 5);
    BIO_write(in, hello, (int)hello_len);
    SSL_set_bio(server, in, out);
    ERR_clear_error();
    ret = SSL_accept(server);
    outcome_errors("%s: %d %d", title, ret, SSL_get_error(server, ret));
    len = BIO_read(out, answer, sizeof answer);
    if (len == 7)
        outcome("%s: alert %d %d", title, answer[5], answer[6]);
    SSL_free(client);
    SSL_free(server);
}

TEST_TLS13(malformed)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

    SSL_CTX_set0_CA_list(client, names(1));
    accept_changed("as it is", client, server, 4, 0);
    accept_changed("a longer list", client, server, 5, 200);
    accept_changed("a shorter list", client, server, 5, 3);
    accept_changed("a longer name", client, server, 7, 200);
    accept_changed("a shorter name", client, server, 7, 4);
    accept_changed("no name", client, server, 8, 2);
    accept_changed("a name within a name", client, server, 9, 1);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
