/*
 * In TLS 1.2 the curve of a certificate's key is one of the groups that both ends have, whoever
 * shows the certificate. In TLS 1.3 groups are for key exchanges alone.
 */
#include "harness.h"

static const char *const lists[] = { "P-256", "P-384", "X25519", "X25519:P-256", "P-384:P-521", "P-521:P-256:P-384" };

enum { LISTS = sizeof(lists) / sizeof(lists[0]) };

static void try(int version, const char *client_groups, const char *server_groups, const char *server_identity,
                const char *client_identity)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair;
    int done;

    /* Suites without ephemeral keys need no group. */
    SSL_CTX_set_cipher_list(client, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    use_identity(server, server_identity);
    SSL_CTX_set1_groups_list(client, client_groups);
    SSL_CTX_set1_groups_list(server, server_groups);
    if (client_identity != NULL) {
        SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_load_verify_locations(server, fixture("ca.pem"), NULL);
        use_identity(client, client_identity);
    }
    pair = new_pair(client, server);
    done = handshake(&pair);
    outcome("%s with %s, %s with %s: client %d %d %d, server %d %d %d", client_groups,
            client_identity == NULL ? "nothing" : client_identity, server_groups, server_identity, pair.client_end.ret,
            pair.client_end.error, pair.client_end.reason, pair.server_end.ret, pair.server_end.error,
            pair.server_end.reason);
    if (done)
        finish_pair(&pair);
    else
        free_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST_VERSIONS(certificates_of_servers)
{
    for (int i = 0; i < LISTS; i++)
        for (int j = 0; j < LISTS; j++)
            try(version, lists[i], lists[j], "server-p256", NULL);
}

TEST_VERSIONS(certificates_of_clients)
{
    for (int i = 0; i < LISTS; i++)
        for (int j = 0; j < LISTS; j++)
            try(version, lists[i], lists[j], "server-rsa", "client");
}
