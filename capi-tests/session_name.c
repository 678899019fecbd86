/* Names that a server does not acknowledge, and session ids of any length: what
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

static unsigned int id_len;
static unsigned char next_byte;

static int short_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    (void)ssl;
    next_byte++;
    memset(id, next_byte, id_len);
    *len = id_len;
    return 1;
}

TEST_TLS12(session_ids_of_any_length)
{
    static const unsigned int lens[] = { 1, 7, 16, 31, 32 };

    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
        unsigned char expected[32];
        const unsigned char *id;
        SSL_SESSION *session;
        struct pair pair;
        unsigned int len;

        SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
        CHECK_INT(SSL_CTX_set_generate_session_id(server, short_id), 1);
        id_len = lens[i];
        pair = connected_pair(client, server);
        memset(expected, next_byte, id_len);
        id = SSL_SESSION_get_id(SSL_get_session(pair.client), &len);
        CHECK_MEM(id, len, expected, id_len);
        id = SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
        CHECK_MEM(id, len, expected, id_len);
        check_data(&pair);
        session = SSL_get1_session(pair.client);
        CHECK_INT(SSL_has_matching_session_id(pair.server, expected, id_len), 1);
        finish_pair(&pair);
        CHECK_INT(resumes(client, server, session), 1);
        CHECK_INT(resumes(client, server, session), 1);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* The same with a client's certificate, whose signature covers the ServerHello. */
TEST_TLS12(a_short_session_id_and_a_client_certificate)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"ctx", 3);
    CHECK_INT(SSL_CTX_load_verify_file(server, fixture("ca.pem")), 1);
    use_identity(client, "client");
    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CTX_set_generate_session_id(server, short_id), 1);
    id_len = 5;
    session = obtain_session(client, server);
    CHECK_INT(resumes(client, server, session), 1);
    require_connection(client, server, NULL, 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* The id that a program gives a session goes out beside its ticket. */
TEST_TLS12(an_id_of_the_program_beside_a_ticket)
{
    static const unsigned int lens[] = { 1, 20, 32 };

    for (int both = 0; both < 2; both++) {
        SSL_CTX *client = new_client_ctx(both ? 0 : version), *server = new_server_ctx(version);

        for (size_t i = 0; i < 3; i++) {
            SSL_SESSION *session = obtain_session(client, server);
            unsigned char expected[32];
            const unsigned char *id;
            unsigned int len;
            struct pair pair;

            memset(expected, 0x5a, 32);
            CHECK_INT(SSL_SESSION_set1_id(session, expected, lens[i]), 1);
            pair = offered_pair(client, server, session);
            CHECK_INT(SSL_session_reused(pair.client), 1);
            CHECK_INT(SSL_session_reused(pair.server), 1);
            id = SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
            CHECK_MEM(id, len, expected, lens[i]);
            check_data(&pair);
            finish_pair(&pair);
            SSL_SESSION_free(session);
        }
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* The same with a server that knows nothing of the ticket, of either version. */
TEST_VERSIONS(an_id_of_the_program_beside_a_ticket_of_others)
{
    SSL_CTX *client = new_client_ctx(0), *first = new_server_ctx(TLS1_2_VERSION), *server = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(client, first);
    struct pair pair;

    CHECK_INT(SSL_SESSION_set1_id(session, (const unsigned char *)"an id", 5), 1);
    pair = offered_pair(client, server, session);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    check_data(&pair);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(first);
    SSL_CTX_free(server);
}
