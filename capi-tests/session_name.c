/* Names that a server does not acknowledge: what
 * the handshake is made of is the same for both ends. */
#include "harness.h"

static const char *seen_name;

static int note_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    seen_name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    return arg != NULL ? *(int *)arg : SSL_TLSEXT_ERR_NOACK;
}

static struct pair named_pair(SSL_CTX *client, SSL_CTX *server)
{
    struct pair pair = new_pair(client, server);

    SSL_set_tlsext_host_name(pair.client, "server.example");
    return pair;
}

static void require_connection(SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session, int reused)
{
    struct pair pair = named_pair(client, server);

    if (session != NULL)
        CHECK_INT(SSL_set_session(pair.client, session), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), reused);
    CHECK_INT(SSL_session_reused(pair.server), reused);
    CHECK_STR(SSL_SESSION_get0_hostname(SSL_get_session(pair.client)), NULL);
    check_data(&pair);
    finish_pair(&pair);
}

TEST_VERSIONS(a_name_not_acknowledged_is_still_asked_for)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_tlsext_servername_callback(server, note_name);
    pair = named_pair(client, server);
    REQUIRE(handshake(&pair));
    CHECK_STR(seen_name, "server.example");
    CHECK_STR(SSL_get_servername(pair.client, TLSEXT_NAMETYPE_host_name), "server.example");
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    finish_pair(&pair);
    require_connection(client, server, session, 1);
    require_connection(client, server, NULL, 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* What a client signs covers the ClientHello with the name. */
TEST_VERSIONS(a_name_not_acknowledged_and_a_client_certificate)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"ctx", 3);
    CHECK_INT(SSL_CTX_load_verify_file(server, fixture("ca.pem")), 1);
    use_identity(client, "client");
    require_connection(client, server, NULL, 0);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Both ClientHellos have the name. */
TEST_TLS13(a_name_not_acknowledged_and_a_hello_retry_request)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    CHECK_INT(SSL_CTX_set1_groups_list(client, "X25519:P-384"), 1);
    CHECK_INT(SSL_CTX_set1_groups_list(server, "P-384"), 1);
    pair = named_pair(client, server);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    check_data(&pair);
    finish_pair(&pair);
    require_connection(client, server, session, 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A ClientHello cut into small records. */
TEST_VERSIONS(a_name_not_acknowledged_in_small_records)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = named_pair(client, server);
    char protocols[800];

    CHECK_INT(SSL_set_max_send_fragment(pair.client, 512), 1);
    for (size_t i = 0; i < sizeof(protocols); i += 100)
        protocols[i] = 99, memset(protocols + i + 1, 'x', 99);
    CHECK_INT(SSL_set_alpn_protos(pair.client, (unsigned char *)protocols, sizeof(protocols)), 0);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    CHECK_STR(SSL_SESSION_get0_hostname(SSL_get_session(pair.client)), NULL);
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* An exporter and the Finished messages agree on both ends. */
TEST_VERSIONS(a_name_not_acknowledged_leaves_the_ends_agreed)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = named_pair(client, server);
    unsigned char one[32], two[32];
    size_t len;

    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_export_keying_material(pair.client, one, 32, "label", 5, NULL, 0, 0), 1);
    CHECK_INT(SSL_export_keying_material(pair.server, two, 32, "label", 5, NULL, 0, 0), 1);
    CHECK_MEM(one, 32, two, 32);
    len = SSL_get_finished(pair.client, one, 32);
    CHECK_INT(SSL_get_peer_finished(pair.server, two, 32), len);
    CHECK_MEM(one, len > 32 ? 32 : len, two, len > 32 ? 32 : len);
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
