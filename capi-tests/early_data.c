/* TLS 1.3 early data, both sides: SSL_write_early_data, SSL_read_early_data. */
#include "harness.h"

/* Contexts whose sessions allow so many bytes of early data. */
struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

static struct contexts new_contexts(uint32_t max_early_data)
{
    struct contexts ctx = { new_client_ctx(TLS1_3_VERSION), new_server_ctx(TLS1_3_VERSION) };

    CHECK_INT(SSL_CTX_set_max_early_data(ctx.server, max_early_data), 1);
    return ctx;
}

static void free_contexts(struct contexts *ctx)
{
    SSL_CTX_free(ctx->client);
    SSL_CTX_free(ctx->server);
}

static struct pair pair_with(struct contexts *ctx, SSL_SESSION *session)
{
    struct pair pair = new_pair(ctx->client, ctx->server);

    REQUIRE(SSL_set_session(pair.client, session) == 1);
    return pair;
}

/* A client that has sent this early data, and a server that has not begun. */
static struct pair pair_after_early_write(struct contexts *ctx, SSL_SESSION *session, const char *data)
{
    struct pair pair = pair_with(ctx, session);
    size_t written = 99;

    CHECK_INT(SSL_write_early_data(pair.client, data, strlen(data), &written), 1);
    CHECK_INT(written, strlen(data));
    return pair;
}

/* Reads early data to its end; the answer of the last call. */
static int read_all_early(SSL *server, char *buffer, size_t size, size_t *len)
{
    int answer;

    *len = 0;
    for (int round = 0; round < 50; round++) {
        size_t got = 99;

        ERR_clear_error();
        answer = SSL_read_early_data(server, buffer + *len, size - *len, &got);
        if (answer != SSL_READ_EARLY_DATA_SUCCESS)
            return answer;
        *len += got;
    }
    return -1;
}

/* Both sides finish the handshake, and data goes both ways. */
static void finish_and_check(struct pair *pair)
{
    REQUIRE(handshake(pair));
    check_data(pair);
    finish_pair(pair);
}

TEST_TLS13(limits_are_kept_and_copied)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_get_max_early_data(ctx), 0);
    CHECK_INT(SSL_CTX_get_recv_max_early_data(ctx), 16384);
    CHECK_INT(SSL_CTX_set_max_early_data(ctx, 70000), 1);
    CHECK_INT(SSL_CTX_set_recv_max_early_data(ctx, 80000), 1);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_get_max_early_data(ssl), 70000);
    CHECK_INT(SSL_get_recv_max_early_data(ssl), 80000);
    CHECK_INT(SSL_set_max_early_data(ssl, 1), 1);
    CHECK_INT(SSL_set_recv_max_early_data(ssl, 2), 1);
    CHECK_INT(SSL_get_max_early_data(ssl), 1);
    CHECK_INT(SSL_get_recv_max_early_data(ssl), 2);
    CHECK_INT(SSL_CTX_get_max_early_data(ctx), 70000);
    CHECK_INT(SSL_get_early_data_status(ssl), SSL_EARLY_DATA_NOT_SENT);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_TLS13(sessions_say_how_much)
{
    struct contexts ctx = new_contexts(12345);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);

    CHECK_INT(SSL_SESSION_get_max_early_data(session), 12345);
    CHECK_INT(SSL_SESSION_set_max_early_data(session, 5), 1);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 5);
    SSL_SESSION_free(session);
    CHECK_INT(SSL_CTX_set_max_early_data(ctx.server, 0), 1);
    session = obtain_session(ctx.client, ctx.server);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 0);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

TEST_TLS13(accepted)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_is_init_finished(pair.client), 0);
    CHECK_INT(SSL_in_init(pair.client), 0);
    CHECK_INT(SSL_in_before(pair.client), 0);
    CHECK_INT(SSL_get_state(pair.client), TLS_ST_EARLY_DATA);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_MEM(buffer, len, "early", 5);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_ACCEPTED);
    CHECK_INT(SSL_is_init_finished(pair.server), 0);
    CHECK_INT(SSL_in_init(pair.server), 0);
    CHECK_INT(SSL_session_reused(pair.server), 1);
    len = 99;
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_WANT_READ);

    /* More of it, before the client has read anything. */
    CHECK_INT(SSL_write_early_data(pair.client, " data", 5, &len), 1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, 2, &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_MEM(buffer, len, " d", 2);
    CHECK_INT(SSL_pending(pair.server), 3);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_MEM(buffer, len, "ata", 3);

    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_ACCEPTED);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    len = 99;
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* The client goes on by SSL_write, the server by SSL_read. */
TEST_TLS13(goes_on_by_data)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    char buffer[100];
    size_t len;

    CHECK_INT(read_all_early(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(len, 5);
    CHECK_INT(SSL_write(pair.client, "late", 4), 4);
    CHECK_INT(SSL_is_init_finished(pair.client), 1);
    CHECK_INT(read_all_early(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 4);
    CHECK_MEM(buffer, 4, "late", 4);
    CHECK_INT(SSL_is_init_finished(pair.server), 1);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A server reads early data by SSL_read too, once it has begun. */
TEST_TLS13(plain_read_goes_on)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "one");
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(SSL_write_early_data(pair.client, "two", 3, &len), 1);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 3);
    CHECK_MEM(buffer, 3, "two", 3);
    CHECK_INT(SSL_write(pair.server, "x", 1), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_write(pair.client, "three", 5), 5);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 5);
    CHECK_MEM(buffer, 5, "three", 5);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* The server writes before the client's Finished. */
TEST_TLS13(server_answers_early)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(SSL_write_early_data(pair.server, "answer", 6, &len), 1);
    CHECK_INT(len, 6);
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 6);
    CHECK_MEM(buffer, 6, "answer", 6);
    CHECK_INT(read_all_early(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* The same in a full handshake, with and without a client's certificate. */
static void answers_early_in_a_full_handshake(int verify)
{
    struct contexts ctx = new_contexts(16384);
    struct pair pair;
    char buffer[100];
    size_t len = 99;

    if (verify) {
        SSL_CTX_set_verify(ctx.server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        CHECK_INT(SSL_CTX_load_verify_file(ctx.server, fixture("ca.pem")), 1);
        use_identity(ctx.client, "client");
    }
    pair = new_pair(ctx.client, ctx.server);
    CHECK_INT(SSL_connect(pair.client), -1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_NOT_SENT);
    CHECK_INT(SSL_is_init_finished(pair.server), 0);
    CHECK_INT(SSL_write_early_data(pair.server, "greeting", 8, &len), 1);
    CHECK_INT(len, 8);
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_do_handshake(pair.server), 1);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 8);
    CHECK_MEM(buffer, 8, "greeting", 8);
    finish_and_check(&pair);
    free_contexts(&ctx);
}

TEST_TLS13(server_greets_early)
{
    answers_early_in_a_full_handshake(0);
}

TEST_TLS13(server_greets_a_client_it_will_verify)
{
    answers_early_in_a_full_handshake(1);
}

/* A server of TLS 1.2 finishes in SSL_read_early_data. */
TEST(read_early_data_of_tls12)
{
    SSL_CTX *client = new_client_ctx(TLS1_2_VERSION), *server = new_server_ctx(0);
    struct pair pair = new_pair(client, server);
    char buffer[10];
    size_t len = 99;

    CHECK_INT(SSL_connect(pair.client), -1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_WANT_READ);
    CHECK_INT(SSL_connect(pair.client), -1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_is_init_finished(pair.server), 1);
    finish_and_check(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A server that does not ask for it passes over it. */
TEST_TLS13(rejected_by_accept)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    size_t len;

    CHECK_INT(SSL_write_early_data(pair.client, "more", 4, &len), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* Nor does one that has been told since to take none. */
TEST_TLS13(rejected_by_limit_0)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    session = obtain_session(ctx.client, ctx.server);
    CHECK_INT(SSL_CTX_set_max_early_data(ctx.server, 0), 1);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_REJECTED);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A full handshake takes none. */
TEST_TLS13(rejected_with_the_session)
{
    struct contexts ctx = new_contexts(16384), other = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, other.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
    free_contexts(&other);
}

/* The server asks for another group: early data ends with the first ClientHello. */
TEST_TLS13(rejected_by_a_hello_retry_request)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair;
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_CTX_set1_groups_list(ctx.client, "X25519:P-384"), 1);
    CHECK_INT(SSL_CTX_set1_groups_list(ctx.server, "P-384"), 1);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_is_init_finished(pair.server), 0);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

struct allow {
    SSL *ssl;
    int answer;
    int calls;
    int reused;
};

static int allow(SSL *ssl, void *arg)
{
    struct allow *allow = arg;

    allow->ssl = ssl;
    allow->calls++;
    allow->reused = SSL_session_reused(ssl);
    return allow->answer;
}

TEST_TLS13(the_callback_decides)
{
    struct contexts ctx = new_contexts(16384);
    struct allow of_ctx = { NULL, 1, 0, 0 }, of_ssl = { NULL, 0, 0, 0 };
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_allow_early_data_cb(ctx.server, allow, &of_ctx);
    session = obtain_session(ctx.client, ctx.server);
    CHECK_INT(of_ctx.calls, 0);

    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(of_ctx.calls, 1);
    CHECK_INT(of_ctx.reused, 1);
    CHECK_PTR(of_ctx.ssl, pair.server);
    finish_and_check(&pair);

    pair = pair_after_early_write(&ctx, session, "early");
    SSL_set_allow_early_data_cb(pair.server, allow, &of_ssl);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(of_ssl.calls, 1);
    CHECK_INT(of_ctx.calls, 1);
    finish_and_check(&pair);

    /* No early data is no question. */
    of_ssl.calls = 0;
    pair = pair_with(&ctx, session);
    SSL_set_allow_early_data_cb(pair.server, allow, &of_ssl);
    finish_and_check(&pair);
    CHECK_INT(of_ssl.calls, 0);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

static int removed;

static void count_removed(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx, (void)session;
    removed++;
}

/* With protection against replay each ticket is good for one connection. */
TEST_TLS13(statement_83_a_second_use_is_a_full_handshake)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session, *copy;
    struct pair pair;
    char buffer[100];
    size_t len, ticket_len;
    const unsigned char *ticket;

    SSL_CTX_sess_set_remove_cb(ctx.server, count_removed);
    session = obtain_session(ctx.client, ctx.server);
    SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
    CHECK_INT(ticket_len, 32);
    CHECK_INT(SSL_CTX_sess_number(ctx.server), 2);
    copy = SSL_SESSION_dup(session);
    removed = 0;

    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(removed, 1);
    CHECK_INT(SSL_CTX_sess_number(ctx.server), 1);
    REQUIRE(SSL_connect(pair.client) == 1);
    CHECK_INT(read_all_early(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    CHECK_INT(SSL_CTX_sess_number(ctx.server), 2);
    CHECK_INT(SSL_SESSION_get_max_early_data(SSL_get_session(pair.client)), 16384);
    finish_pair(&pair);

    pair = pair_after_early_write(&ctx, copy, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_REJECTED);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 0);
    finish_and_check(&pair);

    /* Without early data it is the same. */
    SSL_SESSION_free(session);
    session = obtain_session(ctx.client, ctx.server);
    CHECK_INT(resumes(ctx.client, ctx.server, session), 1);
    CHECK_INT(resumes(ctx.client, ctx.server, session), 0);
    SSL_SESSION_free(session);
    SSL_SESSION_free(copy);
    free_contexts(&ctx);
}

/* SSL_OP_NO_ANTI_REPLAY: the tickets hold their sessions, and serve again. */
TEST_TLS13(statement_83_without_protection)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    const unsigned char *ticket;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    session = obtain_session(ctx.client, ctx.server);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK(len > 100);
    CHECK_INT(SSL_CTX_sess_number(ctx.server), 0);
    for (int use = 0; use < 3; use++) {
        struct pair pair = pair_after_early_write(&ctx, session, "early");

        CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
        CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_ACCEPTED);
        finish_and_check(&pair);
    }
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* With SSL_OP_NO_TICKET and without protection: ids that serve again. */
TEST_TLS13(statement_83_stateful_without_protection)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY | SSL_OP_NO_TICKET);
    session = obtain_session(ctx.client, ctx.server);
    for (int use = 0; use < 2; use++) {
        struct pair pair = pair_after_early_write(&ctx, session, "early");

        CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
        finish_and_check(&pair);
    }
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A ticket that is not as old as its client says is good, its early data not. */
TEST_TLS13(a_ticket_of_another_age)
{
    struct contexts ctx = new_contexts(16384);
    static const struct {
        int seconds;
        int accepted;
    } ages[] = { { 0, 1 }, { 100, 1 }, { 1000, 0 } };
    SSL_SESSION *session;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    session = obtain_session(ctx.client, ctx.server);
    for (size_t i = 0; i < 3; i++) {
        struct pair pair;
        char buffer[100];
        size_t len;

        SSL_SESSION_set_time(session, time(NULL) - ages[i].seconds);
        pair = pair_after_early_write(&ctx, session, "early");
        /* The client says more than the server knows of, or just so much. */
        CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len),
                  ages[i].seconds == 0 ? SSL_READ_EARLY_DATA_SUCCESS : SSL_READ_EARLY_DATA_FINISH);
        REQUIRE(handshake(&pair));
        CHECK_INT(SSL_session_reused(pair.client), 1);
        finish_and_check(&pair);
    }
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

static int select_first(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in,
                        unsigned int in_len, void *arg)
{
    (void)ssl, (void)in_len;
    if (arg != NULL && *(int *)arg)
        in += 1 + in[0];
    *out = in + 1;
    *len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static const unsigned char two_protocols[] = "\x02h2\x08http/1.1";

/* Early data is of the session's protocol, or rejected. */
TEST_TLS13(alpn_must_be_the_same)
{
    struct contexts ctx = new_contexts(16384);
    int second = 0;
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_alpn_protos(ctx.client, two_protocols, sizeof(two_protocols) - 1);
    SSL_CTX_set_alpn_select_cb(ctx.server, select_first, &second);
    session = obtain_session(ctx.client, ctx.server);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    finish_and_check(&pair);

    second = 1;
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    finish_and_check(&pair);

    SSL_CTX_set_alpn_select_cb(ctx.server, NULL, NULL);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    finish_and_check(&pair);

    /* A client that does not ask for it is told. */
    pair = pair_with(&ctx, session);
    CHECK_INT(SSL_set_alpn_protos(pair.client, two_protocols + 3, sizeof(two_protocols) - 4), 0);
    ERR_clear_error();
    CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 0);
    CHECK_INT(SSL_get_error(pair.client, 0), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_INCONSISTENT_EARLY_DATA_ALPN);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

static int accept_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

TEST_TLS13(the_name_must_be_the_same)
{
    struct contexts ctx = new_contexts(16384);
    struct pair pair;
    SSL_SESSION *session;
    size_t len;

    SSL_CTX_set_tlsext_servername_callback(ctx.server, accept_name);
    pair = new_pair(ctx.client, ctx.server);
    SSL_set_tlsext_host_name(pair.client, "server.example");
    REQUIRE(handshake(&pair));
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_STR(SSL_SESSION_get0_hostname(session), "server.example");
    finish_pair(&pair);

    for (int i = 0; i < 2; i++) {
        SSL_SESSION *copy = SSL_SESSION_dup(session);

        pair = pair_with(&ctx, copy);
        if (i == 1)
            SSL_set_tlsext_host_name(pair.client, "other.example");
        CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 0);
        CHECK_INT(SSL_get_error(pair.client, 0), SSL_ERROR_SSL);
        CHECK_REASON(SSL_R_INCONSISTENT_EARLY_DATA_SNI);
        CHECK_INT(SSL_SESSION_is_resumable(copy), 0);
        free_pair(&pair);
        SSL_SESSION_free(copy);
    }
    pair = pair_with(&ctx, session);
    SSL_set_tlsext_host_name(pair.client, "server.example");
    CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 1);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

TEST_TLS13(a_client_sends_no_more_than_allowed)
{
    struct contexts ctx = new_contexts(10);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "12345");
    size_t len = 99;

    CHECK_INT(SSL_write_early_data(pair.client, "67890", 5, &len), 1);
    CHECK_INT(SSL_write_early_data(pair.client, "1", 1, &len), 0);
    CHECK_INT(SSL_get_error(pair.client, 0), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_TOO_MUCH_EARLY_DATA);
    CHECK_INT(SSL_connect(pair.client), -1);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* What a server reads is bound by its own limit and by the session's. */
static void reads_no_more_than(uint32_t recv_max, uint32_t of_session, const char *first, int fits)
{
    struct contexts ctx = new_contexts(of_session);
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_recv_max_early_data(ctx.server, recv_max);
    session = obtain_session(ctx.client, ctx.server);
    SSL_SESSION_set_max_early_data(session, 16384);
    pair = pair_after_early_write(&ctx, session, first);
    if (fits) {
        CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
        CHECK_INT(SSL_write_early_data(pair.client, "one more", 8, &len), 1);
    }
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_TOO_MUCH_EARLY_DATA);
    ERR_clear_error();
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_read(pair.client, buffer, sizeof(buffer)), 0);
    CHECK_INT(SSL_get_error(pair.client, 0), SSL_ERROR_SSL);
    CHECK_REASON(SSL_AD_REASON_OFFSET + SSL_AD_UNEXPECTED_MESSAGE);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

TEST_TLS13(a_server_reads_no_more_than_its_limit)
{
    reads_no_more_than(5, 16384, "12345", 1);
    reads_no_more_than(4, 16384, "12345", 0);
    reads_no_more_than(0, 16384, "1", 0);
}

TEST_TLS13(a_server_reads_no_more_than_the_session_allows)
{
    reads_no_more_than(16384, 5, "12345", 1);
    reads_no_more_than(16384, 4, "12345", 0);
}

/* Of rejected early data a server bears its limit and a little more. */
static void passes_over(uint32_t recv_max, size_t amount, int borne)
{
    struct contexts ctx = new_contexts(100000);
    SSL_SESSION *session;
    struct pair pair;
    char *data = calloc(1, amount);
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_recv_max_early_data(ctx.server, recv_max);
    session = obtain_session(ctx.client, ctx.server);
    pair = pair_with(&ctx, session);
    REQUIRE(BIO_get_write_guarantee(SSL_get_wbio(pair.client)) > 0);
    CHECK_INT(SSL_write_early_data(pair.client, data, amount, &len), 1);
    CHECK_INT(handshake(&pair), borne);
    if (!borne)
        CHECK_INT(pair.server_end.reason, SSL_R_TOO_MUCH_EARLY_DATA);
    free_pair(&pair);
    free(data);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

TEST_TLS13(rejected_early_data_is_passed_over)
{
    passes_over(16384, 10000, 1);
    passes_over(1000, 1000, 1);
    passes_over(1000, 1103, 1);
    passes_over(1000, 1104, 0);
    passes_over(0, 1, 0);
}

TEST_TLS13(calls_out_of_order)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = new_pair(ctx.client, ctx.server);
    char buffer[100];
    size_t len = 99;

    /* Without a session, with one that allows none, by the wrong end. */
    CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_SESSION_set_max_early_data(session, 0), 1);
    CHECK_INT(SSL_set_session(pair.client, session), 1);
    CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_read_early_data(pair.client, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_write_early_data(pair.server, "early", 5, &len), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(len, 99);
    REQUIRE(handshake(&pair));

    /* After the handshake. */
    CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &len), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A server that waits for the ClientHello neither reads nor writes. */
TEST_TLS13(calls_while_waiting)
{
    struct contexts ctx = new_contexts(16384);
    struct pair pair = new_pair(ctx.client, ctx.server);
    char buffer[100];
    size_t len = 99;

    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(SSL_get_error(pair.server, 0), SSL_ERROR_WANT_READ);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_write(pair.server, "x", 1), 0);
    CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
    CHECK_INT(SSL_connect(pair.client), -1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    finish_and_check(&pair);
    free_contexts(&ctx);
}

/* Small buffers between the ends: every call must be repeated. */
TEST_TLS13(a_narrow_way)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = { SSL_new(ctx.client), SSL_new(ctx.server), { 0, 0, 0 }, { 0, 0, 0 } };
    BIO *one, *two;
    char data[3000], buffer[4000];
    size_t written = 0, read = 0;
    int finished = 0, sent = 0;

    memset(data, 'x', sizeof(data));
    REQUIRE(BIO_new_bio_pair(&one, 100, &two, 17000) == 1);
    SSL_set_bio(pair.client, one, one);
    SSL_set_bio(pair.server, two, two);
    SSL_set_connect_state(pair.client);
    SSL_set_accept_state(pair.server);
    REQUIRE(SSL_set_session(pair.client, session) == 1);
    for (int round = 0; round < 500 && !finished; round++) {
        size_t got = 0;
        int answer;

        ERR_clear_error();
        if (!sent) {
            answer = SSL_write_early_data(pair.client, data, sizeof(data), &written);
            if (answer == 1)
                sent = 1;
            else
                CHECK_INT(SSL_get_error(pair.client, answer), SSL_ERROR_WANT_WRITE);
        } else {
            SSL_connect(pair.client);
        }
        ERR_clear_error();
        answer = SSL_read_early_data(pair.server, buffer + read, sizeof(buffer) - read, &got);
        if (answer == SSL_READ_EARLY_DATA_SUCCESS)
            read += got;
        finished = answer == SSL_READ_EARLY_DATA_FINISH;
    }
    CHECK_INT(written, sizeof(data));
    CHECK_MEM(buffer, read, data, sizeof(data));
    for (int round = 0; round < 100; round++) {
        SSL_connect(pair.client);
        SSL_accept(pair.server);
    }
    CHECK_INT(SSL_is_init_finished(pair.client), 1);
    CHECK_INT(SSL_is_init_finished(pair.server), 1);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A session that was written and read again allows the same. */
TEST_TLS13(sessions_from_bytes)
{
    struct contexts ctx = new_contexts(777);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server), *again;
    unsigned char *der = NULL;
    const unsigned char *at;
    int len = i2d_SSL_SESSION(session, &der);
    struct pair pair;
    char buffer[100];
    size_t count;

    at = der;
    again = d2i_SSL_SESSION(NULL, &at, len);
    REQUIRE(again != NULL);
    CHECK_INT(SSL_SESSION_get_max_early_data(again), 777);
    pair = pair_after_early_write(&ctx, again, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &count), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_MEM(buffer, count, "early", 5);
    finish_and_check(&pair);
    OPENSSL_free(der);
    SSL_SESSION_free(session);
    SSL_SESSION_free(again);
    free_contexts(&ctx);
}

/* Both ends export the same, and what is exported depends on all of it. */
TEST_TLS13(early_exporter)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    unsigned char client[32], server[32], other[32];
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_export_keying_material_early(pair.client, client, 32, "label", 5, (unsigned char *)"ctx", 3), 1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(SSL_export_keying_material_early(pair.server, server, 32, "label", 5, (unsigned char *)"ctx", 3), 1);
    CHECK_MEM(client, 32, server, 32);
    CHECK_INT(SSL_export_keying_material_early(pair.server, other, 32, "label", 5, (unsigned char *)"cty", 3), 1);
    CHECK(memcmp(server, other, 32) != 0);
    CHECK_INT(SSL_export_keying_material_early(pair.server, other, 32, "lable", 5, (unsigned char *)"ctx", 3), 1);
    CHECK(memcmp(server, other, 32) != 0);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

static char labels[4000];

static void note_label(const SSL *ssl, const char *line)
{
    size_t len = strcspn(line, " ");

    (void)ssl;
    strncat(labels, line, len);
    strcat(labels, " ");
}

static void check_labels(const char *expected)
{
    CHECK_STR(labels, expected);
    labels[0] = '\0';
}

TEST_TLS13(key_log)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    session = obtain_session(ctx.client, ctx.server);
    SSL_CTX_set_keylog_callback(ctx.client, note_label);
    pair = pair_after_early_write(&ctx, session, "early");
    check_labels("EARLY_EXPORTER_SECRET CLIENT_EARLY_TRAFFIC_SECRET ");
    SSL_CTX_set_keylog_callback(ctx.client, NULL);
    SSL_CTX_set_keylog_callback(ctx.server, note_label);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK(strncmp(labels, "EARLY_EXPORTER_SECRET CLIENT_EARLY_TRAFFIC_SECRET ", 50) == 0);
    finish_and_check(&pair);

    /* None of it where there is no early data. */
    labels[0] = '\0';
    pair = pair_with(&ctx, session);
    REQUIRE(handshake(&pair));
    CHECK(strstr(labels, "EARLY") == NULL);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A client's certificate of the first connection counts for its early data. */
TEST_TLS13(client_certificates)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_verify(ctx.server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_id_context(ctx.server, (const unsigned char *)"ctx", 3);
    CHECK_INT(SSL_CTX_load_verify_file(ctx.server, fixture("ca.pem")), 1);
    use_identity(ctx.client, "client");
    session = obtain_session(ctx.client, ctx.server);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK(SSL_get0_peer_certificate(pair.server) != NULL);
    CHECK_INT(SSL_get_verify_result(pair.server), X509_V_OK);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* SSL_OP_ENABLE_MIDDLEBOX_COMPAT off: no ChangeCipherSpec goes with it. */
TEST_TLS13(events)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "");
    char buffer[100];
    size_t len;

    /* Nothing written is no record, yet it was announced. */
    CHECK_INT(SSL_get_early_data_status(pair.client), SSL_EARLY_DATA_REJECTED);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_ERROR);
    CHECK_INT(SSL_get_early_data_status(pair.server), SSL_EARLY_DATA_ACCEPTED);
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_FINISH);
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* The ends before the handshake is done. */
TEST_TLS13(unclean_ends)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session;
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    session = obtain_session(ctx.client, ctx.server);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);

    session = obtain_session(ctx.client, ctx.server);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_PTR(SSL_get_session(pair.client), NULL);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* An info callback sees a handshake that is done, and starts again. */
static char seen[4000];

static void note_event(const SSL *ssl, int where, int ret)
{
    (void)ssl, (void)ret;
    if (where == SSL_CB_HANDSHAKE_START)
        strcat(seen, "start ");
    else if (where == SSL_CB_HANDSHAKE_DONE)
        strcat(seen, "done ");
    else if (where == SSL_CB_CONNECT_EXIT)
        strcat(seen, ret == 1 ? "exit " : "stop ");
}

TEST_TLS13(info_callback)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair;
    char buffer[100];
    size_t len;

    SSL_CTX_set_info_callback(ctx.client, note_event);
    pair = pair_after_early_write(&ctx, session, "early");
    CHECK_STR(seen, "start done exit ");
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_INT(SSL_connect(pair.client), 1);
    CHECK_STR(seen, "start done exit start done exit ");
    finish_and_check(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* A handshake does not go on over early data that nobody has read: it would be taken
 * for data that can't be replayed, and no limit would hold. */
TEST_TLS13(early_data_must_be_read_before_the_handshake_goes_on)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "one");
    char buffer[100];
    size_t len;

    CHECK_INT(SSL_write_early_data(pair.client, "two", 3, &len), 1);
    CHECK_INT(SSL_write_early_data(pair.client, "three", 5, &len), 1);
    CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &len), SSL_READ_EARLY_DATA_SUCCESS);
    CHECK_MEM(buffer, len, "one", 3);
    CHECK_INT(SSL_do_handshake(pair.server), -1);
    CHECK_INT(SSL_get_error(pair.server, -1), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_UNEXPECTED_RECORD);
    CHECK(SSL_read(pair.server, buffer, sizeof(buffer)) <= 0);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}

/* Records that look like clear alerts do not count as early data to be passed over. */
TEST_TLS13(false_alerts_among_rejected_early_data)
{
    struct contexts ctx = new_contexts(16384);
    SSL_SESSION *session = obtain_session(ctx.client, ctx.server);
    struct pair pair = pair_after_early_write(&ctx, session, "early");
    static const unsigned char alert[] = { 21, 3, 3, 0, 3, 1, 2, 3 };

    for (int i = 0; i < 100; i++)
        CHECK_INT(BIO_write(SSL_get_wbio(pair.client), alert, sizeof(alert)), sizeof(alert));
    CHECK_INT(SSL_accept(pair.server), -1);
    CHECK_INT(SSL_get_error(pair.server, -1), SSL_ERROR_SSL);
    free_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&ctx);
}
