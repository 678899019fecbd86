/*
 * Every verify mode, the bits that no document has among them: a client verifies for any but
 * SSL_VERIFY_NONE, a server by SSL_VERIFY_PEER, and what the other bits add.
 */
#include "harness.h"

#include <openssl/ct.h>

static const int high_modes[] = { 16, 17, 18, 19, 32, 33, 64, 128, 0x100, 0x101, 0x10000, 0x40000000, 0x40000003, -1, -2,
                                  (int)0x80000000, (int)0x80000001 };

enum { MODES = 16 + sizeof(high_modes) / sizeof(high_modes[0]) };

static int mode_of(int i)
{
    return i < 16 ? i : high_modes[i - 16];
}

static void note_pair(const char *role, int version, int mode, const char *identity, SSL_CTX *client, SSL_CTX *server,
                      SSL_SESSION **session)
{
    struct pair pair = new_pair(client, server);
    int done;

    if (*session != NULL)
        REQUIRE(SSL_set_session(pair.client, *session) == 1);
    done = handshake(&pair);
    if (done)
        drain(pair.client);
    outcome("%s of TLS 1.%d in mode %x, peer with %s: client %d %d %d, server %d %d %d, verified %ld %ld, modes %x %x, "
            "reused %d",
            role, version == TLS1_2_VERSION ? 2 : 3, (unsigned)mode, identity != NULL ? identity : "nothing",
            pair.client_end.ret, pair.client_end.error, pair.client_end.reason, pair.server_end.ret,
            pair.server_end.error, pair.server_end.reason, SSL_get_verify_result(pair.client),
            SSL_get_verify_result(pair.server), (unsigned)SSL_get_verify_mode(pair.client),
            (unsigned)SSL_get_verify_mode(pair.server), SSL_session_reused(pair.client));
    SSL_SESSION_free(*session);
    *session = NULL;
    if (done) {
        *session = SSL_get1_session(pair.client);
        finish_pair(&pair);
    } else {
        free_pair(&pair);
    }
}

/* By context and by connection; the second connection offers the session of the first. */
static void try_mode(int version, int mode, const char *identity, int of_server, int id_context)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session = NULL;

    if (of_server) {
        REQUIRE(SSL_CTX_load_verify_locations(server, fixture("ca.pem"), NULL) == 1);
        if (identity != NULL)
            use_identity(client, identity);
    } else {
        use_identity(server, identity);
    }
    if (id_context)
        REQUIRE(SSL_CTX_set_session_id_context(server, (const unsigned char *)"x", 1) == 1);
    SSL_CTX_set_verify(of_server ? server : client, mode, NULL);
    for (int i = 0; i < 2; i++)
        note_pair(of_server ? "server" : "client", version, mode, identity, client, server, &session);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST_VERSIONS(modes_of_clients)
{
    static const char *const identities[] = { "server-p256", "self-signed", "untrusted", "expired" };

    for (int i = 0; i < MODES; i++)
        for (int j = 0; j < 4; j++)
            try_mode(version, mode_of(i), identities[j], 0, 0);
}

TEST_VERSIONS(modes_of_servers)
{
    static const char *const identities[] = { NULL, "client", "client-other", "expired" };

    for (int i = 0; i < MODES; i++)
        for (int j = 0; j < 4; j++)
            for (int id_context = 0; id_context < 2; id_context++)
                try_mode(version, mode_of(i), identities[j], 1, id_context);
}

/* Timestamps that are judged bad end a connection in every mode. OpenSSL's client, where the mode
 * lacks SSL_VERIFY_PEER, sends its alert and goes on waiting: the server's end is compared. */
static int judge_badly(const CT_POLICY_EVAL_CTX *ctx, const STACK_OF(SCT) *scts, void *arg)
{
    (void)ctx, (void)scts, (void)arg;
    return 0;
}

TEST_VERSIONS(modes_and_bad_timestamps)
{
    for (int i = 0; i < MODES; i++) {
        SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
        struct pair pair;

        SSL_CTX_set_verify(client, mode_of(i), NULL);
        REQUIRE(SSL_CTX_set_ct_validation_callback(client, judge_badly, NULL) == 1);
        pair = new_pair(client, server);
        CHECK(!handshake(&pair));
        CHECK_INT(pair.client_end.ret, -1);
        outcome("judged badly in mode %x: %ld, server %d %d %d", (unsigned)mode_of(i), SSL_get_verify_result(pair.client),
                pair.server_end.ret, pair.server_end.error, pair.server_end.reason);
        free_pair(&pair);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* A connection's own mode counts, and one that is set in the middle of it. */
static int reset_to;

static int reset_mode(SSL *ssl, void *arg)
{
    (void)arg;
    SSL_set_verify(ssl, reset_to, NULL);
    return 1;
}

TEST_VERSIONS(modes_set_by_a_callback)
{
    for (int i = 0; i < MODES; i++) {
        SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
        SSL_SESSION *session = NULL;

        reset_to = mode_of(i);
        REQUIRE(SSL_CTX_load_verify_locations(server, fixture("ca.pem"), NULL) == 1);
        SSL_CTX_set_cert_cb(server, reset_mode, NULL);
        note_pair("server whose callback sets it", version, reset_to, NULL, client, server, &session);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}
