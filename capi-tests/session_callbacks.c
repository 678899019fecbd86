/*
 * The new, get and remove callbacks: when they run and who owns what.
 */
#include "harness.h"

static struct {
    int number;
    int keep;               /* what the callback answers */
    SSL *ssl;
    SSL_SESSION *sessions[8];
    int destroyed[8];
} seen;

static int note_new(SSL *ssl, SSL_SESSION *session)
{
    REQUIRE(seen.number < 8);
    seen.ssl = ssl;
    watch_session(session, &seen.destroyed[seen.number]);
    seen.sessions[seen.number++] = session;
    return seen.keep;
}

static SSL_CTX *stateful_server(void)
{
    SSL_CTX *ctx = new_server_ctx(TLS1_2_VERSION);

    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    return ctx;
}

TEST_VERSIONS(statement_30_new_callback_keeps_a_reference)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    seen.keep = 1;
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(cctx, note_new);
    CHECK(SSL_CTX_sess_get_new_cb(cctx) == note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(seen.number, version == TLS1_3_VERSION ? 2 : 1);
    CHECK_PTR(seen.ssl, pair.client);
    CHECK_PTR(seen.sessions[seen.number - 1], SSL_get_session(pair.client));
    finish_pair(&pair);
    for (int i = 0; i < seen.number; i++) {
        CHECK_INT(seen.destroyed[i], 0);
        SSL_SESSION_free(seen.sessions[i]);
        CHECK_INT(seen.destroyed[i], 1);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_30_new_callback_answers_0)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(cctx, note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK(seen.number > 0);
    CHECK_INT(seen.destroyed[seen.number - 1], 0);
    finish_pair(&pair);
    for (int i = 0; i < seen.number; i++)
        CHECK_INT(seen.destroyed[i], 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A server's: the callback's reference is beside the cache's. */
static void check_server_new_callback(int version, int keep)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    memset(&seen, 0, sizeof(seen));
    seen.keep = keep;
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(seen.number, version == TLS1_3_VERSION ? 2 : 1);
    CHECK_PTR(seen.ssl, pair.server);
    CHECK_PTR(seen.sessions[seen.number - 1], SSL_get_session(pair.server));
    finish_pair(&pair);
    CHECK_INT(SSL_CTX_sess_number(sctx), seen.number);
    SSL_CTX_free(sctx);
    for (int i = 0; i < seen.number; i++) {
        CHECK_INT(seen.destroyed[i], !keep);
        if (keep)
            SSL_SESSION_free(seen.sessions[i]);
        CHECK_INT(seen.destroyed[i], 1);
    }
    SSL_CTX_free(cctx);
}

TEST_VERSIONS(statement_30_new_callback_of_a_server)
{
    check_server_new_callback(version, 1);
    check_server_new_callback(version, 0);
}

TEST_VERSIONS(statement_31_answer_0_leaves_a_clients_cache)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(cctx, note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK(seen.number > 0);
    CHECK_INT(SSL_CTX_sess_number(cctx), seen.number);
    finish_pair(&pair);
    CHECK_INT(SSL_CTX_sess_number(cctx), seen.number);
    CHECK_INT(seen.destroyed[0], 0);
    SSL_CTX_free(cctx);
    CHECK_INT(seen.destroyed[0], 1);
    SSL_CTX_free(sctx);
}

/* In TLS 1.3 the sessions have ids whatever the mode. */
static void check_server_mode_tls13(long mode, int new_calls, long number)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    struct pair pair;
    unsigned int len;

    memset(&seen, 0, sizeof(seen));
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(sctx, mode);
    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(seen.number, new_calls);
    CHECK_INT(SSL_CTX_sess_number(sctx), number);
    SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
    CHECK_INT(len, 32);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 1);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_32_new_callback_by_mode_tls13)
{
    check_server_mode_tls13(SSL_SESS_CACHE_OFF, 0, 0);
    check_server_mode_tls13(SSL_SESS_CACHE_CLIENT, 0, 0);
    check_server_mode_tls13(SSL_SESS_CACHE_SERVER, 2, 2);
    check_server_mode_tls13(SSL_SESS_CACHE_BOTH, 2, 2);
    check_server_mode_tls13(SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE, 2, 0);
}

TEST(statement_31_answer_0_leaves_the_internal_cache)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    struct pair pair;

    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(seen.number, 1);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    finish_pair(&pair);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    CHECK_INT(seen.destroyed[0], 0);
    SSL_CTX_free(sctx);
    CHECK_INT(seen.destroyed[0], 1);
    SSL_CTX_free(cctx);
}

static void check_server_mode(long mode, int new_calls, long number, unsigned int id_len)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    struct pair pair;
    unsigned int len;

    memset(&seen, 0, sizeof(seen));
    SSL_CTX_set_session_cache_mode(sctx, mode);
    CHECK_INT(SSL_CTX_get_session_cache_mode(sctx), mode);
    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(seen.number, new_calls);
    CHECK_INT(SSL_CTX_sess_number(sctx), number);
    SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
    CHECK_INT(len, id_len);
    SSL_SESSION_get_id(SSL_get_session(pair.client), &len);
    CHECK_INT(len, id_len);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_32_new_callback_by_mode)
{
    check_server_mode(SSL_SESS_CACHE_OFF, 0, 0, 0);
    check_server_mode(SSL_SESS_CACHE_CLIENT, 0, 0, 0);
    check_server_mode(SSL_SESS_CACHE_SERVER, 1, 1, 32);
    check_server_mode(SSL_SESS_CACHE_BOTH, 1, 1, 32);
    check_server_mode(SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE, 1, 0, 32);
}

TEST_VERSIONS(statement_32_no_calls_on_a_client_in_server_mode)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_sess_set_new_cb(cctx, note_new);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(seen.number, 0);
    CHECK_INT(SSL_CTX_sess_number(cctx), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_33_new_callback_on_resumption)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(cctx, note_new);
    pair = offered_pair(cctx, sctx, session);
    drain(pair.client);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(seen.number, version == TLS1_3_VERSION ? 1 : 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_33_new_callback_on_a_server)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    /* 34: in ticket mode a TLS 1.2 server's session has no id. */
    CHECK_INT(seen.number, version == TLS1_3_VERSION ? 2 : 0);
    finish_pair(&pair);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(seen.number, version == TLS1_3_VERSION ? 3 : 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(statement_34_not_called_without_an_id)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    unsigned int len;

    SSL_CTX_sess_set_new_cb(sctx, note_new);
    pair = connected_pair(cctx, sctx);
    SSL_SESSION_get_id(SSL_get_session(pair.server), &len);
    CHECK_INT(len, 0);
    CHECK_INT(seen.number, 0);
    CHECK_INT(SSL_CTX_sess_number(sctx), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
    (void)ok, (void)store;
    return 1;
}

static void check_verifying_server(int version, const char *context, int new_calls, long number)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    memset(&seen, 0, sizeof(seen));
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_sess_set_new_cb(sctx, note_new);
    if (context != NULL)
        SSL_CTX_set_session_id_context(sctx, (const unsigned char *)context, (unsigned int)strlen(context));
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(seen.number, new_calls);
    CHECK_INT(SSL_CTX_sess_number(sctx), number);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_35_verifying_server_needs_an_id_context)
{
    check_verifying_server(version, NULL, 0, 0);
    if (version == TLS1_2_VERSION)
        check_verifying_server(version, "context", 1, 1);
    else
        check_verifying_server(version, "context", 2, 2);
}

/* get and remove --------------------------------------------------------- */

static struct {
    int number;
    int copy;
    SSL_SESSION *answer;
    int copy_at_entry;
    unsigned char id[32];
    int id_len;
} gets;

static SSL_SESSION *answer_get(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    (void)ssl;
    gets.number++;
    gets.copy_at_entry = *copy;
    gets.id_len = len;
    memcpy(gets.id, id, len <= 32 ? (size_t)len : 32);
    *copy = gets.copy;
    return gets.answer;
}

/* Whether the library takes a reference of its own (copy 1) or the callback's
 * (copy 0) is seen by how many are left. */
static void check_get_callback(int copy)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    struct pair pair;
    SSL_SESSION *session, *server_session;
    const unsigned char *id;
    unsigned int len;
    int destroyed = 0;

    memset(&gets, 0, sizeof(gets));
    SSL_CTX_set_session_cache_mode(sctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_get_cb(sctx, answer_get);
    CHECK(SSL_CTX_sess_get_get_cb(sctx) == answer_get);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(gets.number, 0);
    session = SSL_get1_session(pair.client);
    server_session = SSL_get1_session(pair.server);
    watch_session(server_session, &destroyed);
    finish_pair(&pair);

    gets.answer = server_session;
    gets.copy = copy;
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(gets.number, 1);
    CHECK_INT(gets.copy_at_entry, 1);
    id = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(gets.id, (size_t)gets.id_len, id, len);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_session_reused(pair.server), 1);
    CHECK_PTR(SSL_get_session(pair.server), server_session);
    CHECK_INT(SSL_CTX_sess_cb_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 1);
    finish_pair(&pair);
    CHECK_INT(destroyed, copy == 0);
    if (copy != 0)
        SSL_SESSION_free(server_session);
    CHECK_INT(destroyed, 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_36_get_callback_keeps_its_reference)
{
    check_get_callback(1);
}

TEST(statement_36_get_callback_gives_its_reference)
{
    check_get_callback(0);
}

TEST(statement_37_get_callback_after_an_internal_miss)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server(), *other = stateful_server();
    SSL_SESSION *session = obtain_session(cctx, sctx);

    SSL_CTX_sess_set_get_cb(sctx, answer_get);
    SSL_CTX_sess_set_get_cb(other, answer_get);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(gets.number, 0);
    CHECK_INT(resumes(cctx, other, session), 0);
    CHECK_INT(gets.number, 1);
    CHECK_INT(SSL_CTX_sess_misses(other), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other);
}

/* A TLS 1.3 client's ticket that is a session id, and the session the server
 * has for it; or the TLS 1.2 session on both sides. The cache is then empty. */
static SSL_SESSION *flushed_session(SSL_CTX *cctx, SSL_CTX *sctx, SSL_SESSION **server_session)
{
    struct pair pair;
    SSL_SESSION *session, *copy;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    copy = SSL_SESSION_dup(SSL_get_session(pair.server));
    finish_pair(&pair);
    SSL_CTX_flush_sessions(sctx, 0);
    *server_session = copy;
    return session;
}

static void check_unusable_answer(int version, int copy)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session, *answer;
    int destroyed = 0;

    memset(&gets, 0, sizeof(gets));
    SSL_CTX_sess_set_get_cb(sctx, answer_get);
    session = flushed_session(cctx, sctx, &answer);
    watch_session(answer, &destroyed);
    SSL_CTX_remove_session(sctx, answer);
    CHECK_INT(SSL_SESSION_is_resumable(answer), 0);
    gets.answer = answer;
    gets.copy = copy;
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK_INT(gets.number, 1);
    CHECK_INT(SSL_CTX_sess_cb_hits(sctx), 0);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 0);
    CHECK_INT(destroyed, copy == 0);
    if (copy != 0)
        SSL_SESSION_free(answer);
    CHECK_INT(destroyed, 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_38_answer_that_is_not_resumable)
{
    check_unusable_answer(version, 1);
    check_unusable_answer(version, 0);
}

static void check_stored_answer(int version, long mode, int stored)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session, *answer;
    int destroyed = 0;

    memset(&gets, 0, sizeof(gets));
    SSL_CTX_sess_set_get_cb(sctx, answer_get);
    session = flushed_session(cctx, sctx, &answer);
    /* From now on no new sessions. */
    SSL_CTX_set_num_tickets(sctx, 0);
    watch_session(answer, &destroyed);
    SSL_CTX_set_session_cache_mode(sctx, mode);
    gets.answer = answer;
    gets.copy = 1;
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_CTX_sess_cb_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_number(sctx), stored);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    /* What is stored is found there the next time, where it is looked for. */
    CHECK_INT(gets.number, stored && (mode & SSL_SESS_CACHE_NO_INTERNAL_LOOKUP) == 0 ? 1 : 2);
    CHECK_INT(SSL_CTX_sess_cb_hits(sctx), gets.number);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 2);
    SSL_SESSION_free(answer);
    CHECK_INT(destroyed, !stored);
    SSL_CTX_free(sctx);
    CHECK_INT(destroyed, 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
}

TEST_VERSIONS(statement_39_answer_is_stored)
{
    check_stored_answer(version, SSL_SESS_CACHE_SERVER, 1);
    check_stored_answer(version, SSL_SESS_CACHE_OFF, 1);
    check_stored_answer(version, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_LOOKUP, 1);
    check_stored_answer(version, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_STORE, 0);
    check_stored_answer(version, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL, 0);
}

/* Also with caching off, and in TLS 1.3 for tickets that are ids only. */
TEST_VERSIONS(statement_37_get_callback_with_caching_off)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session, *answer;

    SSL_CTX_sess_set_get_cb(sctx, answer_get);
    session = flushed_session(cctx, sctx, &answer);
    SSL_CTX_set_session_cache_mode(sctx, SSL_SESS_CACHE_OFF);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK_INT(gets.number, 1);
    CHECK_INT(gets.id_len, 32);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 1);
    SSL_SESSION_free(answer);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_37_get_callback_not_for_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    SSL_CTX_sess_set_get_cb(other, answer_get);
    SSL_CTX_sess_set_get_cb(cctx, answer_get);
    CHECK_INT(resumes(cctx, other, session), 0);
    CHECK_INT(gets.number, 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other);
}

static struct {
    int number;
    SSL_CTX *ctx;
    SSL_SESSION *session;
} removed;

static void note_removed(SSL_CTX *ctx, SSL_SESSION *session)
{
    removed.number++;
    removed.ctx = ctx;
    removed.session = session;
}

TEST(statement_40_remove_callback_borrows)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    struct pair pair;
    SSL_SESSION *session;
    int destroyed = 0;

    SSL_CTX_sess_set_remove_cb(sctx, note_removed);
    CHECK(SSL_CTX_sess_get_remove_cb(sctx) == note_removed);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.server);
    watch_session(session, &destroyed);
    finish_pair(&pair);
    CHECK_INT(removed.number, 0);
    CHECK_INT(SSL_CTX_remove_session(sctx, session), 1);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.ctx, sctx);
    CHECK_PTR(removed.session, session);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_41_remove_of_a_session_not_in_the_cache)
{
    SSL_CTX *ctx = new_server_ctx(TLS1_2_VERSION);
    SSL_SESSION *session = SSL_SESSION_new();

    SSL_SESSION_set1_id(session, (const unsigned char *)"absent", 6);
    SSL_CTX_sess_set_remove_cb(ctx, note_removed);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 0);
    CHECK_INT(removed.number, 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

TEST(statement_42_remove_callback_on_free_and_unclean_end)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    struct pair pair;

    SSL_CTX_sess_set_remove_cb(sctx, note_removed);
    pair = connected_pair(cctx, sctx);
    free_pair(&pair);
    CHECK_INT(removed.number, 1);
    pair = connected_pair(cctx, sctx);
    finish_pair(&pair);
    CHECK_INT(removed.number, 1);
    SSL_CTX_free(sctx);
    CHECK_INT(removed.number, 2);
    SSL_CTX_free(cctx);
}

/* Eviction, flush and free; not a replacement (see statement 48). */
TEST(statement_42_remove_callback_on_eviction_and_flush)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = stateful_server();
    SSL_SESSION *sessions[2];

    SSL_CTX_sess_set_remove_cb(sctx, note_removed);
    SSL_CTX_sess_set_cache_size(sctx, 2);
    sessions[0] = obtain_session(cctx, sctx);
    CHECK_INT(removed.number, 0);
    sessions[1] = obtain_session(cctx, sctx);
    CHECK_INT(removed.number, 1);
    SSL_CTX_flush_sessions(sctx, 0);
    CHECK_INT(removed.number, 2);
    CHECK_PTR(removed.ctx, sctx);
    for (int i = 0; i < 2; i++)
        SSL_SESSION_free(sessions[i]);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    CHECK_INT(removed.number, 2);
}

TEST_TLS13(statement_42_remove_callback_on_use_of_a_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_remove_cb(cctx, note_removed);
    session = obtain_session(cctx, sctx);
    CHECK_INT(removed.number, 0);
    CHECK_INT(SSL_CTX_sess_number(cctx), 2);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.session, session);
    CHECK_INT(SSL_CTX_sess_number(cctx), 1);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A TLS 1.2 client that got a new ticket replaces its session. */
TEST_TLS12(statement_42_remove_callback_on_a_renewed_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_remove_cb(cctx, note_removed);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_number(cctx), 1);
    pair = offered_pair(cctx, other, session);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(removed.number, 0);
    CHECK_INT(SSL_CTX_sess_number(cctx), 2);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other);
}

/*
 * Statement 43: in flush and eviction the stock library calls back under the
 * cache's lock, and what the callback then asks of the cache is refused (or,
 * where locks do not notice, never returns). On Tessera it may always use it.
 */
static SSL_SESSION *given_back;
static int calls_left, may_use;

static void use_the_cache(SSL_CTX *ctx, SSL_SESSION *session)
{
    removed.number++;
    if (calls_left-- <= 0)
        return;
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 0);
    SSL_CTX_flush_sessions(ctx, 1);
    CHECK_INT(SSL_CTX_add_session(ctx, given_back), may_use);
    CHECK_INT(SSL_CTX_add_session(ctx, given_back), 0);
    CHECK_INT(SSL_SESSION_set_timeout(given_back, 5000), 1);
    CHECK(SSL_CTX_sess_number(ctx) >= may_use);
    CHECK(SSL_CTX_sessions(ctx) != NULL);
    CHECK_INT(SSL_CTX_remove_session(ctx, given_back), may_use);
    SSL_CTX_up_ref(ctx);
    SSL_CTX_free(ctx);
}

static SSL_SESSION *add_new(SSL_CTX *ctx, const char *id)
{
    SSL_SESSION *session = SSL_SESSION_new();

    SSL_SESSION_set1_id(session, (const unsigned char *)id, (unsigned int)strlen(id));
    CHECK_INT(SSL_CTX_add_session(ctx, session), 1);
    return session;
}

static SSL_CTX *busy_ctx(int use_allowed)
{
    SSL_CTX *ctx = new_server_ctx(TLS1_2_VERSION);

    given_back = SSL_SESSION_new();
    SSL_SESSION_set1_id(given_back, (const unsigned char *)"given back", 10);
    may_use = use_allowed;
    calls_left = 1;
    removed.number = 0;
    SSL_CTX_sess_set_remove_cb(ctx, use_the_cache);
    return ctx;
}

TEST(statement_43_callback_of_remove_may_use_the_cache)
{
    SSL_CTX *ctx = busy_ctx(1);
    SSL_SESSION *session = add_new(ctx, "a");

    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    CHECK_INT(removed.number, 3);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    SSL_SESSION_free(session);
    SSL_SESSION_free(given_back);
    SSL_CTX_free(ctx);
}

TEST(statement_43_callback_of_flush)
{
    SSL_CTX *ctx = busy_ctx(on_tessera());
    SSL_SESSION *sessions[] = { add_new(ctx, "a"), add_new(ctx, "b"), add_new(ctx, "c") };

    SSL_CTX_flush_sessions(ctx, 0);
    /* Three by the flush, and two that the callback removed, where it may. */
    CHECK_INT(removed.number, on_tessera() ? 5 : 3);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    for (int i = 0; i < 3; i++)
        SSL_SESSION_free(sessions[i]);
    SSL_SESSION_free(given_back);
    SSL_CTX_free(ctx);
}

TEST(statement_43_callback_of_eviction)
{
    SSL_CTX *ctx = busy_ctx(on_tessera());
    SSL_SESSION *sessions[2];

    SSL_CTX_sess_set_cache_size(ctx, 3);
    sessions[0] = add_new(ctx, "a");
    SSL_CTX_sess_set_cache_size(ctx, 2);
    sessions[1] = add_new(ctx, "b");
    if (on_tessera())
        CHECK(removed.number >= 3);
    else
        CHECK_INT(removed.number, 1);
    /* Room that the callback's own addition took from the new session. */
    CHECK_INT(SSL_CTX_sess_number(ctx), on_tessera() ? 0 : 1);
    for (int i = 0; i < 2; i++)
        SSL_SESSION_free(sessions[i]);
    SSL_SESSION_free(given_back);
    SSL_CTX_free(ctx);
}

/* A session that the callback removed itself is not reported again. */
static SSL_SESSION *second;

static void remove_the_second(SSL_CTX *ctx, SSL_SESSION *session)
{
    removed.number++;
    if (session != second)
        CHECK_INT(SSL_CTX_remove_session(ctx, second), on_tessera());
}

TEST(statement_43_callback_of_flush_removes_another)
{
    SSL_CTX *ctx = busy_ctx(on_tessera());
    SSL_SESSION *first = add_new(ctx, "a");

    second = add_new(ctx, "b");
    SSL_CTX_sess_set_remove_cb(ctx, remove_the_second);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(removed.number, 2);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    SSL_SESSION_free(first);
    SSL_SESSION_free(second);
    SSL_SESSION_free(given_back);
    SSL_CTX_free(ctx);
}

/* Everything that a new-session callback may do with its session. */
static SSL_SESSION *offered_next;

static int use_session_in_callback(SSL *ssl, SSL_SESSION *session)
{
    unsigned char *der = NULL;
    int len = i2d_SSL_SESSION(session, &der);

    CHECK(len > 0);
    OPENSSL_free(der);
    CHECK_PTR(SSL_get_session(ssl), session);
    CHECK(SSL_SESSION_get0_peer(session) != NULL);
    CHECK(SSL_get_current_cipher(ssl) == SSL_SESSION_get0_cipher(session));
    CHECK(SSL_CTX_sess_number(SSL_get_SSL_CTX(ssl)) >= 0);
    SSL_SESSION_free(offered_next);
    offered_next = session;
    return 1;
}

TEST_VERSIONS(callbacks_may_call_the_library)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(cctx, use_session_in_callback);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    finish_pair(&pair);
    REQUIRE(offered_next != NULL);
    for (int i = 0; i < 3; i++) {
        SSL_SESSION *offer = offered_next;

        SSL_SESSION_up_ref(offer);
        pair = offered_pair(cctx, sctx, offer);
        CHECK_INT(SSL_session_reused(pair.client), 1);
        drain(pair.client);
        finish_pair(&pair);
        SSL_SESSION_free(offer);
    }
    SSL_SESSION_free(offered_next);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The order in which a server asks: a letter for each callback. ------------ */

static char asked[20];

static void ask(char letter)
{
    size_t len = strlen(asked);

    if (len + 1 < sizeof(asked))
        asked[len] = letter;
}

static int asked_id(SSL *ssl, unsigned char *id, unsigned int *length)
{
    static unsigned char next;

    (void)ssl;
    memset(id, 7, *length);
    id[0] = ++next;
    ask('i');
    return 1;
}

static int asked_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    ask('n');
    if (arg != NULL)
        SSL_set_SSL_CTX(ssl, arg);
    return SSL_TLSEXT_ERR_OK;
}

static int asked_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                      unsigned int in_len, void *arg)
{
    (void)ssl, (void)in_len, (void)arg;
    ask('a');
    *out = in + 1;
    *out_len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static int asked_resumable(SSL *ssl, int forward_secret)
{
    (void)ssl, (void)forward_secret;
    ask('r');
    return 0;
}

static int asked_new(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl, (void)session;
    ask('N');
    return 0;
}

static void asked_remove(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx, (void)session;
    ask('R');
}

static SSL_CTX *asking_server(int version)
{
    SSL_CTX *server = new_server_ctx(version);

    memset(asked, 0, sizeof(asked));
    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(server, asked_id);
    SSL_CTX_set_tlsext_servername_callback(server, asked_name);
    SSL_CTX_set_alpn_select_cb(server, asked_alpn, NULL);
    SSL_CTX_set_not_resumable_session_callback(server, asked_resumable);
    SSL_CTX_sess_set_new_cb(server, asked_new);
    SSL_CTX_sess_set_remove_cb(server, asked_remove);
    return server;
}

/* In TLS 1.3 the id is the ticket's, asked for once for each. */
TEST_VERSIONS(order_of_callbacks)
{
    SSL_CTX *server = asking_server(version), *client = new_client_ctx(version);
    struct pair pair;

    SSL_CTX_set_alpn_protos(client, (const unsigned char *)"\3one", 4);
    pair = connected_pair(client, server);
    CHECK_STR(asked, version == TLS1_2_VERSION ? "inraN" : "nariNiN");
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* Without a suite nothing that comes after is asked; in TLS 1.2 the session has an
 * id already, and its removal is told of. */
TEST_VERSIONS(order_of_callbacks_without_a_suite)
{
    SSL_CTX *server = asking_server(version), *client = new_client_ctx(version);
    struct pair pair;

    SSL_CTX_set_cipher_list(client, "ECDHE-RSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(client, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_ciphersuites(server, "TLS_AES_256_GCM_SHA384");
    pair = new_pair(client, server);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_NO_SHARED_CIPHER);
    CHECK_STR(asked, version == TLS1_2_VERSION ? "inR" : "");
    free_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A connection that is turned to another context counts there. */
TEST_VERSIONS(turned_connection_counts_elsewhere)
{
    SSL_CTX *server = new_server_ctx(version), *other = new_server_ctx(version), *client = new_client_ctx(version);
    struct pair pair;

    SSL_CTX_set_tlsext_servername_callback(server, asked_name);
    SSL_CTX_set_tlsext_servername_arg(server, other);
    pair = connected_pair(client, server);
    CHECK_INT(SSL_CTX_sess_accept(server), 0);
    CHECK_INT(SSL_CTX_sess_accept_good(server), 0);
    CHECK_INT(SSL_CTX_sess_accept(other), 1);
    CHECK_INT(SSL_CTX_sess_accept_good(other), 1);
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    SSL_CTX_free(other);
}
