/*
 * NewSessionTicket messages, byte by byte where they are not random: the lifetime,
 * the nonce (wolfSSL takes none of more than 8 bytes), the extensions, in which order.
 */
#include "harness.h"

static char seen[40];

static void see_ticket(int sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    const unsigned char *message = data;
    size_t at = 8, ticket, extensions;
    char text[200];
    int n = 0;

    (void)arg;
    if (!sent || type != SSL3_RT_HANDSHAKE || len < 10 || message[0] != SSL3_MT_NEWSESSION_TICKET)
        return;
    n += sprintf(text + n, "lifetime %02x%02x%02x%02x", message[4], message[5], message[6], message[7]);
    if (version == TLS1_3_VERSION) {
        size_t nonce = message[at + 4];

        n += sprintf(text + n, " nonce of %zu ", nonce);
        REQUIRE(nonce <= 32 && at + 5 + nonce + 2 <= len);
        for (size_t i = 0; i < nonce; i++)
            n += sprintf(text + n, "%02x", message[at + 5 + i]);
        at += 5 + nonce;
    }
    ticket = (size_t)message[at] << 8 | message[at + 1];
    /* Tickets with a session in them have another length with each peer chain's DER. */
    n += sprintf(text + n, " ticket %s", ticket == 32 ? "of 32" : ticket == 0 ? "of 0" : "with a session");
    at += 2 + ticket;
    REQUIRE(at <= len);
    extensions = len - at;
    n += sprintf(text + n, " extensions ");
    for (size_t i = 0; i < extensions && i < 20; i++)
        n += sprintf(text + n, "%02x", message[at + i]);
    outcome("%x %s: %s", (unsigned)version, seen, text);
    (void)ssl;
}

static SSL_SESSION *sessions[40];
static int session_count;

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    REQUIRE(session_count < 40);
    sessions[session_count++] = session;
    return 1;
}

static SSL_CTX *server_ctx(int version)
{
    SSL_CTX *ctx = new_server_ctx(version);

    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"tickets", 7);
    SSL_CTX_set_msg_callback(ctx, see_ticket);
    return ctx;
}

static SSL_CTX *client_ctx(int version)
{
    SSL_CTX *ctx = new_client_ctx(version);

    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    return ctx;
}

static void more_tickets(struct pair *pair, int count)
{
    for (int i = 0; i < count; i++)
        CHECK_INT(SSL_new_session_ticket(pair->server), 1);
    CHECK_INT(SSL_do_handshake(pair->server), 1);
}

/* Full, then resumed with each ticket: what the nonces give is what the client derives. */
static void try_server(const char *what, int version, SSL_CTX *server, int count)
{
    SSL_CTX *client = client_ctx(version);
    struct pair pair;

    snprintf(seen, sizeof(seen), "%s", what);
    session_count = 0;
    pair = connected_pair(client, server);
    if (version == TLS1_3_VERSION && SSL_CTX_get_num_tickets(server) > 0)
        more_tickets(&pair, count);
    drain(pair.client);
    finish_pair(&pair);
    outcome("%s: %d sessions", what, session_count);
    for (int i = 0, kept = session_count; i < kept; i++) {
        pair = offered_pair(client, server, sessions[i]);
        outcome("%s %d: %d", what, i, SSL_session_reused(pair.client));
        drain(pair.client);
        if (version == TLS1_3_VERSION && i == 0)
            more_tickets(&pair, 2);
        drain(pair.client);
        finish_pair(&pair);
    }
    for (int i = 0; i < session_count; i++)
        SSL_SESSION_free(sessions[i]);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST_VERSIONS(tickets_of_handshakes)
{
    for (size_t count = 0; count < 5; count++) {
        SSL_CTX *server = server_ctx(version);
        char what[40];

        sprintf(what, "%zu tickets", count);
        CHECK_INT(SSL_CTX_set_num_tickets(server, count), 1);
        try_server(what, version, server, 3);
    }
}

TEST_VERSIONS(lifetimes)
{
    static const long timeouts[] = { 1, 300, 7200, 604800, 604801, 0x7fffffff, 0x100000001 };

    for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
        SSL_CTX *client = client_ctx(version), *server = server_ctx(version);
        struct pair pair;

        sprintf(seen, "timeout %ld", timeouts[i]);
        session_count = 0;
        SSL_CTX_set_timeout(server, timeouts[i]);
        pair = connected_pair(client, server);
        drain(pair.client);
        finish_pair(&pair);
        while (session_count > 0)
            SSL_SESSION_free(sessions[--session_count]);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

TEST_VERSIONS(tickets_that_are_ids)
{
    SSL_CTX *server = server_ctx(version);

    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    try_server("no tickets", version, server, 2);
}

TEST_TLS13(tickets_for_early_data)
{
    for (int replay = 0; replay < 2; replay++) {
        SSL_CTX *server = server_ctx(version);

        SSL_CTX_set_max_early_data(server, 0x01020304);
        if (replay)
            SSL_CTX_set_options(server, SSL_OP_NO_ANTI_REPLAY);
        try_server(replay ? "replay" : "no replay", version, server, 2);
    }
}

static int keys_made, refuse_from;

static int ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *ctx, EVP_MAC_CTX *mac,
                      int encrypts)
{
    static const unsigned char key[32] = "a key for tickets of this test..";
    OSSL_PARAM params[] = { OSSL_PARAM_construct_octet_string("key", (void *)key, 32),
                            OSSL_PARAM_construct_utf8_string("digest", "SHA256", 0), OSSL_PARAM_construct_end() };

    (void)ssl;
    if (encrypts) {
        if (keys_made++ >= refuse_from)
            return 0;
        memset(name, 7, 16);
        memset(iv, 9, 16);
        return EVP_EncryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv) == 1 && EVP_MAC_CTX_set_params(mac, params);
    }
    return EVP_DecryptInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv) == 1 && EVP_MAC_CTX_set_params(mac, params);
}

/* A ticket that the program refuses to make has had its nonce. */
TEST_TLS13(tickets_that_are_refused)
{
    for (refuse_from = 0; refuse_from < 4; refuse_from++) {
        SSL_CTX *client = client_ctx(version), *server = server_ctx(version);
        struct pair pair;

        sprintf(seen, "refused from %d", refuse_from);
        keys_made = session_count = 0;
        SSL_CTX_set_tlsext_ticket_key_evp_cb(server, ticket_key);
        pair = connected_pair(client, server);
        for (int i = 0; i < 3; i++) {
            if (i == 1)
                keys_made = 0;
            outcome("more %d %d", SSL_new_session_ticket(pair.server), SSL_do_handshake(pair.server));
        }
        drain(pair.client);
        outcome_errors("refused from %d: %d sessions", refuse_from, session_count);
        finish_pair(&pair);
        while (session_count > 0)
            SSL_SESSION_free(sessions[--session_count]);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* A connection that is used again goes on counting. */
TEST_TLS13(tickets_of_a_connection_used_again)
{
    SSL_CTX *client = client_ctx(version), *server = server_ctx(version);
    struct pair pair = new_pair(client, server);

    session_count = 0;
    for (int round = 0; round < 3; round++) {
        sprintf(seen, "round %d", round);
        if (round > 0) {
            CHECK_INT(SSL_clear(pair.client), 1);
            CHECK_INT(SSL_clear(pair.server), 1);
            join(pair.client, pair.server);
        }
        REQUIRE(handshake(&pair) == 1);
        drain(pair.client);
        more_tickets(&pair, 1);
        drain(pair.client);
        close_cleanly(&pair);
    }
    free_pair(&pair);
    for (int i = 0, kept = session_count; i < kept; i++)
        outcome("resumes %d: %d", i, resumes(client, server, sessions[i]));
    while (session_count > 0)
        SSL_SESSION_free(sessions[--session_count]);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
