/* Sessions whose ticket and master secret come from the program, as EAP-FAST has
 * them: SSL_set_session_ticket_ext, its callback, SSL_set_session_secret_cb. */
#include "harness.h"

static const unsigned char pac[] = "what the program knows the secret by";

/* One end's secret callback. */
struct secret {
    int answer;
    unsigned char key;
    const char *cipher;
    int calls;
    int had_ciphers;
    unsigned char server_random[32];
    unsigned char client_random[32];
};

static int compute_secret(SSL *ssl, void *secret, int *len, STACK_OF(SSL_CIPHER) *peer_ciphers,
                          const SSL_CIPHER **cipher, void *arg)
{
    struct secret *end = arg;
    unsigned char input[65], digest[64];
    unsigned int digest_len;

    end->calls++;
    end->had_ciphers = peer_ciphers != NULL ? sk_SSL_CIPHER_num(peer_ciphers) : -1;
    SSL_get_server_random(ssl, end->server_random, 32);
    SSL_get_client_random(ssl, end->client_random, 32);
    CHECK(*len >= 48);
    if (!end->answer)
        return 0;
    memcpy(input, end->server_random, 32);
    memcpy(input + 32, end->client_random, 32);
    input[64] = end->key;
    EVP_Digest(input, sizeof(input), digest, &digest_len, EVP_sha512(), NULL);
    memcpy(secret, digest, 48);
    *len = 48;
    for (int i = 0; end->cipher != NULL && peer_ciphers != NULL && i < end->had_ciphers; i++) {
        const SSL_CIPHER *one = sk_SSL_CIPHER_value(peer_ciphers, i);

        if (strcmp(SSL_CIPHER_get_name(one), end->cipher) == 0)
            *cipher = one;
    }
    return 1;
}

/* What a ticket callback was shown. */
struct ticket {
    int answer;
    int calls;
    unsigned char data[100];
    int len;
};

static int note_ticket(SSL *ssl, const unsigned char *data, int len, void *arg)
{
    struct ticket *ticket = arg;

    (void)ssl;
    ticket->calls++;
    ticket->len = len;
    if (len > 0 && len <= (int)sizeof(ticket->data))
        memcpy(ticket->data, data, (size_t)len);
    return ticket->answer;
}

struct ends {
    SSL_CTX *client_ctx;
    SSL_CTX *server_ctx;
    struct pair pair;
    struct secret client;
    struct secret server;
    struct ticket seen;
};

static void set_up(struct ends *ends)
{
    memset(ends, 0, sizeof(*ends));
    ends->client = ends->server = (struct secret){ .answer = 1, .key = 7 };
    /* Without a cipher of the program's the library chooses, before it knows which
     * certificates it could use. */
    ends->server.cipher = "ECDHE-ECDSA-AES256-GCM-SHA384";
    ends->seen.answer = 1;
    ends->client_ctx = new_client_ctx(TLS1_2_VERSION);
    ends->server_ctx = new_server_ctx(TLS1_2_VERSION);
    ends->pair = new_pair(ends->client_ctx, ends->server_ctx);
    CHECK_INT(SSL_set_session_ticket_ext(ends->pair.client, (void *)pac, sizeof(pac)), 1);
    CHECK_INT(SSL_set_session_secret_cb(ends->pair.client, compute_secret, &ends->client), 1);
    CHECK_INT(SSL_set_session_secret_cb(ends->pair.server, compute_secret, &ends->server), 1);
    CHECK_INT(SSL_set_session_ticket_ext_cb(ends->pair.server, note_ticket, &ends->seen), 1);
}

static void tear_down(struct ends *ends)
{
    free_pair(&ends->pair);
    SSL_CTX_free(ends->client_ctx);
    SSL_CTX_free(ends->server_ctx);
}

static void check_full(struct ends *ends, int reused)
{
    REQUIRE(handshake(&ends->pair));
    CHECK_INT(SSL_session_reused(ends->pair.client), reused);
    CHECK_INT(SSL_session_reused(ends->pair.server), reused);
    check_data(&ends->pair);
    close_cleanly(&ends->pair);
}

TEST_TLS12(resumes_by_the_secret_of_the_program)
{
    struct ends ends;
    unsigned char random[32], one[48], two[48];
    const unsigned char *client_id, *server_id;
    unsigned int client_len, server_len;

    set_up(&ends);
    check_full(&ends, 1);
    CHECK_INT(ends.client.calls, 1);
    CHECK_INT(ends.server.calls, 1);
    CHECK_INT(ends.client.had_ciphers, -1);
    CHECK(ends.server.had_ciphers > 1);
    CHECK_MEM(ends.seen.data, (size_t)ends.seen.len, pac, sizeof(pac));
    SSL_get_server_random(ends.pair.client, random, 32);
    CHECK_MEM(random, 32, ends.client.server_random, 32);
    CHECK_MEM(random, 32, ends.server.server_random, 32);
    SSL_get_client_random(ends.pair.server, random, 32);
    CHECK_MEM(random, 32, ends.client.client_random, 32);
    CHECK_INT(SSL_SESSION_get_master_key(SSL_get_session(ends.pair.client), one, 48), 48);
    CHECK_INT(SSL_SESSION_get_master_key(SSL_get_session(ends.pair.server), two, 48), 48);
    CHECK_MEM(one, 48, two, 48);
    CHECK_STR(SSL_get_cipher(ends.pair.client), SSL_get_cipher(ends.pair.server));
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(ends.pair.client)), 1);
    client_id = SSL_SESSION_get_id(SSL_get_session(ends.pair.client), &client_len);
    server_id = SSL_SESSION_get_id(SSL_get_session(ends.pair.server), &server_len);
    CHECK_INT(client_len, 32);
    CHECK_MEM(client_id, client_len, server_id, server_len);
    CHECK_PTR(SSL_get0_peer_certificate(ends.pair.client), NULL);
    tear_down(&ends);
}

TEST_TLS12(exports_the_same)
{
    struct ends ends;
    unsigned char one[40], two[40];

    set_up(&ends);
    check_full(&ends, 1);
    CHECK_INT(SSL_export_keying_material(ends.pair.client, one, 40, "EXPERIMENTAL x", 14, NULL, 0, 0), 1);
    CHECK_INT(SSL_export_keying_material(ends.pair.server, two, 40, "EXPERIMENTAL x", 14, NULL, 0, 0), 1);
    CHECK_MEM(one, 40, two, 40);
    tear_down(&ends);
}

TEST_TLS12(many_times)
{
    for (int i = 0; i < 20; i++) {
        struct ends ends;

        set_up(&ends);
        check_full(&ends, 1);
        tear_down(&ends);
    }
}

TEST_TLS12(the_server_prefers_a_cipher)
{
    struct ends ends;

    set_up(&ends);
    ends.server.cipher = "ECDHE-ECDSA-CHACHA20-POLY1305";
    check_full(&ends, 1);
    CHECK_STR(SSL_get_cipher(ends.pair.client), "ECDHE-ECDSA-CHACHA20-POLY1305");
    CHECK_STR(SSL_get_cipher(ends.pair.server), "ECDHE-ECDSA-CHACHA20-POLY1305");
    tear_down(&ends);
}

TEST_TLS12(a_server_that_has_none)
{
    struct ends ends;

    set_up(&ends);
    ends.server.answer = 0;
    check_full(&ends, 0);
    CHECK_INT(ends.server.calls, 1);
    CHECK_INT(ends.client.calls, 1);
    tear_down(&ends);
}

TEST_TLS12(a_server_that_does_not_know_of_it)
{
    struct ends ends;

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    check_full(&ends, 0);
    CHECK_INT(ends.client.calls, 1);
    tear_down(&ends);
}

TEST_TLS12(a_client_that_has_none)
{
    struct ends ends;

    set_up(&ends);
    ends.client.answer = 0;
    CHECK_INT(handshake(&ends.pair), 0);
    CHECK_INT(ends.pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(ends.pair.client_end.reason, ERR_R_INTERNAL_ERROR);
    CHECK_INT(ends.pair.server_end.reason, SSL_AD_REASON_OFFSET + SSL_AD_INTERNAL_ERROR);
    tear_down(&ends);
}

TEST_TLS12(secrets_that_differ)
{
    struct ends ends;

    set_up(&ends);
    ends.client.key++;
    CHECK_INT(handshake(&ends.pair), 0);
    CHECK_INT(ends.pair.client_end.error, SSL_ERROR_SSL);
    tear_down(&ends);
}

TEST_TLS12(a_ticket_that_is_not_liked)
{
    struct ends ends;

    set_up(&ends);
    ends.seen.answer = 0;
    CHECK_INT(handshake(&ends.pair), 0);
    CHECK_INT(ends.pair.server_end.reason, ERR_R_INTERNAL_ERROR);
    CHECK_INT(ends.pair.client_end.reason, SSL_AD_REASON_OFFSET + SSL_AD_INTERNAL_ERROR);
    tear_down(&ends);
}

TEST_TLS12(no_ticket_extension_at_all)
{
    struct ends ends;

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    CHECK_INT(SSL_set_session_ticket_ext(ends.pair.client, NULL, 0), 1);
    check_full(&ends, 0);
    CHECK_INT(ends.seen.calls, 0);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(ends.pair.client)), 0);
    tear_down(&ends);
}

/* The callbacks see ordinary tickets too. */
TEST_TLS12(tickets_of_ordinary_sessions)
{
    struct ends ends;
    struct ticket client = { 1, 0, { 0 }, 0 };
    SSL_SESSION *session;

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    SSL_set_session_secret_cb(ends.pair.client, NULL, NULL);
    SSL_set_session_ticket_ext_cb(ends.pair.client, note_ticket, &client);
    session = obtain_session(ends.client_ctx, ends.server_ctx);
    CHECK_INT(SSL_set_session(ends.pair.client, session), 1);
    check_full(&ends, 1);
    CHECK(ends.seen.len > (int)sizeof(pac));
    CHECK_INT(client.calls, 0);
    SSL_SESSION_free(session);
    tear_down(&ends);

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    SSL_set_session_secret_cb(ends.pair.client, NULL, NULL);
    SSL_set_session_ticket_ext_cb(ends.pair.client, note_ticket, &client);
    check_full(&ends, 0);
    CHECK_INT(client.calls, 1);
    CHECK_INT(client.len, 0);
    tear_down(&ends);
}

/* An offered session goes first. */
TEST_TLS12(beside_a_session)
{
    struct ends ends;
    SSL_SESSION *session;

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    session = obtain_session(ends.client_ctx, ends.server_ctx);
    SSL_set_session_secret_cb(ends.pair.client, NULL, NULL);
    CHECK_INT(SSL_set_session(ends.pair.client, session), 1);
    check_full(&ends, 1);
    CHECK_INT(ends.client.calls, 0);
    SSL_SESSION_free(session);
    tear_down(&ends);
}

static void outcome_of(struct ends *ends, const char *label)
{
    handshake(&ends->pair);
    outcome("%s: client %d/%d %d, server %d/%d %d", label, ends->pair.client_end.ret, ends->pair.client_end.error,
            ends->pair.client_end.reason, ends->pair.server_end.ret, ends->pair.server_end.error,
            ends->pair.server_end.reason);
    ERR_clear_error();
}

TEST_TLS12(the_client_refuses_a_ticket)
{
    struct ends ends;
    struct ticket client = { 0, 0, { 0 }, 0 };

    set_up(&ends);
    SSL_set_session_secret_cb(ends.pair.server, NULL, NULL);
    SSL_set_session_secret_cb(ends.pair.client, NULL, NULL);
    SSL_set_session_ticket_ext_cb(ends.pair.client, note_ticket, &client);
    outcome_of(&ends, "the client refuses");
    CHECK_INT(client.calls, 1);
    tear_down(&ends);
}

TEST_TLS12(no_cipher_in_common)
{
    struct ends ends;

    set_up(&ends);
    ends.server.cipher = NULL;
    CHECK_INT(SSL_set_cipher_list(ends.pair.client, "ECDHE-ECDSA-AES256-GCM-SHA384"), 1);
    CHECK_INT(SSL_set_cipher_list(ends.pair.server, "ECDHE-ECDSA-AES128-GCM-SHA256"), 1);
    outcome_of(&ends, "no cipher in common");
    tear_down(&ends);
}

TEST_TLS12(what_it_answers)
{
    struct ends ends;

    set_up(&ends);
    CHECK_INT(SSL_set_session_secret_cb(NULL, compute_secret, NULL), 0);
    CHECK_INT(SSL_set_session_ticket_ext_cb(NULL, note_ticket, NULL), 0);
    CHECK_INT(SSL_set_session_ticket_ext(ends.pair.client, (void *)pac, 0), 1);
    tear_down(&ends);
}
