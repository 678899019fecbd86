/*
 * Names that clients ask for, of hosts and of none: what the server is told, whether it is
 * acknowledged, and whether the session is resumed.
 */
#include "harness.h"

static int acknowledge(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

static int asked;

static int count(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    asked++;
    return 1;
}

static const char *or_none(const char *name)
{
    return name == NULL ? "none" : name;
}

static void try(SSL_CTX *client, SSL_CTX *server, const char *name)
{
    struct pair pair = new_pair(client, server);
    SSL_SESSION *session;

    asked = 0;
    SSL_set_tlsext_host_name(pair.client, (char *)name);
    CHECK_INT(handshake(&pair), 1);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    outcome("%s: server has %s, session %s", name, or_none(SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name)),
            or_none(SSL_SESSION_get0_hostname(session)));
    finish_pair(&pair);
    for (int other = 0; other < 2; other++) {
        pair = new_pair(client, server);
        SSL_set_tlsext_host_name(pair.client, other ? (char *)"other.example" : (char *)name);
        SSL_set_session(pair.client, session);
        CHECK_INT(handshake(&pair), 1);
        outcome("%s: again, reused %d %d, certificate asked for %d, server has %s", name,
                SSL_session_reused(pair.client), SSL_session_reused(pair.server), asked,
                or_none(SSL_get_servername(pair.server, TLSEXT_NAMETYPE_host_name)));
        check_data(&pair);
        free_pair(&pair);
    }
    SSL_SESSION_free(session);
}

TEST_VERSIONS(names)
{
    static const char *const names[] = {
        "localhost", "LocalHost", "localhost.", "a b", "a..b", "-a", "a-", "a_b", "1.2.3.4", "127.1", "::1", "[::1]",
        "localhost:443", "*.example.org", "a.1", ".", "\xc3\xa4.example", "\x01",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org",
    };

    for (int kind = 0; kind < 4; kind++)
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

            if (kind & 1)
                SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
            if (kind & 2)
                SSL_CTX_set_tlsext_servername_callback(server, acknowledge);
            SSL_CTX_set_cert_cb(server, count, NULL);
            try(client, server, names[i]);
            SSL_CTX_free(client);
            SSL_CTX_free(server);
        }
}

/* A server that asks for another hello is asked for the same name. */
TEST_TLS13(retried)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

    SSL_CTX_set1_groups_list(client, "P-256:P-384");
    SSL_CTX_set1_groups_list(server, "P-384");
    SSL_CTX_set_tlsext_servername_callback(server, acknowledge);
    try(client, server, "a b");
    try(client, server, "localhost.");
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
