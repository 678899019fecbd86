/*
 * The internal session cache of an SSL_CTX: its limits, its order, what leaves
 * it and when, and the table that SSL_CTX_sessions gives.
 */
#include "harness.h"

#include <openssl/lhash.h>
#include <time.h>

DEFINE_LHASH_OF(SSL_SESSION);

/* The remove callback's notes: which sessions, in which order. */
static struct {
    int number;
    SSL_SESSION *sessions[16];
    long left[16]; /* how many the cache then held */
} removed;

static void note_removed(SSL_CTX *ctx, SSL_SESSION *session)
{
    REQUIRE(removed.number < 16);
    removed.left[removed.number] = SSL_CTX_sess_number(ctx);
    removed.sessions[removed.number++] = session;
}

static SSL_CTX *watched_ctx(void)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    REQUIRE(ctx != NULL);
    memset(&removed, 0, sizeof(removed));
    SSL_CTX_sess_set_remove_cb(ctx, note_removed);
    return ctx;
}

/* A TLS 1.2 session that expires at 1000 + timeout. */
static SSL_SESSION *new_session(const char *id, long timeout)
{
    SSL_SESSION *session = SSL_SESSION_new();

    REQUIRE(session != NULL);
    REQUIRE(SSL_SESSION_set1_id(session, (const unsigned char *)id, (unsigned int)strlen(id)) == 1);
    REQUIRE(SSL_SESSION_set_protocol_version(session, TLS1_2_VERSION) == 1);
    SSL_SESSION_set_time(session, 1000);
    SSL_SESSION_set_timeout(session, timeout);
    return session;
}

/* The same, in the cache. The caller has a reference too. */
static SSL_SESSION *add_new(SSL_CTX *ctx, const char *id, long timeout)
{
    SSL_SESSION *session = new_session(id, timeout);

    CHECK_INT(SSL_CTX_add_session(ctx, session), 1);
    return session;
}

/* Whether the cache has the very session. */
static int has(SSL_CTX *ctx, SSL_SESSION *session)
{
    return lh_SSL_SESSION_retrieve(SSL_CTX_sessions(ctx), session) == session;
}

static void free_all(SSL_SESSION **sessions, int number)
{
    for (int i = 0; i < number; i++)
        SSL_SESSION_free(sessions[i]);
}

/* Configuration ---------------------------------------------------------- */

TEST(statement_44_defaults)
{
    const SSL_METHOD *methods[] = { TLS_method(), TLS_client_method(), TLS_server_method(), TLSv1_2_method() };

    for (int i = 0; i < 4; i++) {
        SSL_CTX *ctx = SSL_CTX_new(methods[i]);

        CHECK_INT(SSL_CTX_get_session_cache_mode(ctx), SSL_SESS_CACHE_SERVER);
        CHECK_INT(SSL_CTX_get_session_cache_mode(ctx), 2);
        CHECK_INT(SSL_CTX_sess_get_cache_size(ctx), 20480);
        CHECK_INT(SSL_SESSION_CACHE_MAX_SIZE_DEFAULT, 20480);
        CHECK_INT(SSL_CTX_get_timeout(ctx), 7200);
        CHECK_INT(SSL_CTX_sess_number(ctx), 0);
        SSL_CTX_free(ctx);
    }
}

TEST(statement_45_default_timeout)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_INT(SSL_CTX_get_timeout(ctx), 7200);
    CHECK_INT(SSL_get_default_timeout(ssl), 7200);
    CHECK_INT(SSL_CTX_get_timeout(NULL), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(statement_46_setters_return_the_previous_value)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    CHECK_INT(SSL_CTX_set_timeout(ctx, 100), 7200);
    CHECK_INT(SSL_CTX_set_timeout(ctx, -7), 100);
    CHECK_INT(SSL_CTX_get_timeout(ctx), -7);
    CHECK_INT(SSL_CTX_set_timeout(ctx, 0), -7);
    CHECK_INT(SSL_CTX_set_timeout(NULL, 5), 0);

    CHECK_INT(SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF), SSL_SESS_CACHE_SERVER);
    CHECK_INT(SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_BOTH | SSL_SESS_CACHE_NO_INTERNAL), 0);
    CHECK_INT(SSL_CTX_set_session_cache_mode(ctx, 0x7fff), 0x303);
    CHECK_INT(SSL_CTX_get_session_cache_mode(ctx), 0x7fff);

    CHECK_INT(SSL_CTX_sess_set_cache_size(ctx, 5), 20480);
    CHECK_INT(SSL_CTX_sess_set_cache_size(ctx, -1), 0);
    CHECK_INT(SSL_CTX_sess_get_cache_size(ctx), 5);
    CHECK_INT(SSL_CTX_sess_set_cache_size(ctx, 0), 5);
    CHECK_INT(SSL_CTX_sess_get_cache_size(ctx), 0);
    SSL_CTX_free(ctx);
}

/* Adding and removing ---------------------------------------------------- */

TEST(statement_47_add_takes_one_reference)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *session = add_new(ctx, "a", 10);
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    for (int i = 0; i < 3; i++)
        CHECK_INT(SSL_CTX_add_session(ctx, session), 0);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    /* Ours goes: the cache has one; only one. */
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    CHECK_INT(destroyed, 1);
    CHECK_INT(removed.number, 1);
    SSL_CTX_free(ctx);
}

TEST(statement_48_equal_id_replaces)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *old = add_new(ctx, "same", 10), *new = new_session("same", 20);
    int old_destroyed = 0, new_destroyed = 0;

    watch_session(old, &old_destroyed);
    watch_session(new, &new_destroyed);
    CHECK_INT(SSL_CTX_add_session(ctx, new), 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    CHECK(has(ctx, new));
    CHECK_INT(removed.number, 0);
    CHECK_INT(SSL_SESSION_is_resumable(old), 1);
    SSL_SESSION_free(old);
    CHECK_INT(old_destroyed, 1);
    SSL_SESSION_free(new);
    CHECK_INT(new_destroyed, 0);
    SSL_CTX_free(ctx);
    CHECK_INT(new_destroyed, 1);
}

/* The old one is let go when the cache has the only reference to it. */
TEST(statement_48_replaced_session_is_destroyed)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *old = add_new(ctx, "same", 10), *new;
    int destroyed = 0;

    watch_session(old, &destroyed);
    SSL_SESSION_free(old);
    CHECK_INT(destroyed, 0);
    new = add_new(ctx, "same", 20);
    CHECK_INT(destroyed, 1);
    SSL_SESSION_free(new);
    SSL_CTX_free(ctx);
}

TEST(statement_49_what_makes_ids_equal)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[5], *asked = new_session("id", 10);
    static const unsigned char with_zero[] = { 'i', 'd', 0 };

    sessions[0] = add_new(ctx, "id", 10);
    sessions[1] = new_session("id", 10);
    SSL_SESSION_set_protocol_version(sessions[1], TLS1_3_VERSION);
    sessions[2] = new_session("id", 10);
    SSL_SESSION_set1_id(sessions[2], with_zero, sizeof(with_zero));
    sessions[3] = new_session("iD", 10);
    sessions[4] = new_session("i", 10);
    for (int i = 1; i < 5; i++)
        CHECK_INT(SSL_CTX_add_session(ctx, sessions[i]), 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 5);
    /* By another object with the same version and id the first is removed. */
    CHECK_INT(SSL_CTX_remove_session(ctx, asked), 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 4);
    CHECK(!has(ctx, sessions[0]));
    /* It is that other object that is ruined and reported. */
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.sessions[0], asked);
    CHECK_INT(SSL_SESSION_is_resumable(asked), 0);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[0]), 1);
    SSL_SESSION_free(asked);
    SSL_CTX_free(ctx);
    CHECK_INT(removed.number, 5);
    free_all(sessions, 5);
}

TEST(statement_50_session_without_an_id)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *session = add_new(ctx, "", 10);
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 0);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    CHECK_INT(removed.number, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    /* A flush takes it. */
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    CHECK_INT(removed.number, 1);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(ctx);
}

/* Where it is the first to expire, the cache does not make room. */
TEST(statement_50_session_without_an_id_is_not_evicted)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];

    SSL_CTX_sess_set_cache_size(ctx, 2);
    sessions[0] = add_new(ctx, "", 10);
    sessions[1] = add_new(ctx, "b", 20);
    sessions[2] = add_new(ctx, "c", 30);
    CHECK_INT(SSL_CTX_sess_number(ctx), 3);
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 0);
    CHECK_INT(removed.number, 0);
    SSL_CTX_free(ctx);
    free_all(sessions, 3);
}

TEST(statement_51_remove_answers)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *session = add_new(ctx, "a", 10);

    CHECK_INT(SSL_CTX_remove_session(ctx, NULL), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 0);
    /* One that was removed may come back; it stays not resumable. */
    CHECK_INT(SSL_CTX_add_session(ctx, session), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

/* Order and eviction ----------------------------------------------------- */

TEST(statement_52_the_first_to_expire_is_evicted)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[5];

    SSL_CTX_sess_set_cache_size(ctx, 4);
    sessions[0] = add_new(ctx, "a", 30);
    sessions[1] = add_new(ctx, "b", 10);
    sessions[2] = add_new(ctx, "c", 20);
    CHECK_INT(removed.number, 0);
    /* The new one expires first of all, but is not listed yet. */
    sessions[3] = add_new(ctx, "d", 5);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.sessions[0], sessions[1]);
    CHECK_INT(removed.left[0], 3);
    sessions[4] = add_new(ctx, "e", 40);
    CHECK_INT(removed.number, 2);
    CHECK_PTR(removed.sessions[1], sessions[3]);
    CHECK(has(ctx, sessions[0]) && has(ctx, sessions[2]) && has(ctx, sessions[4]));
    SSL_CTX_free(ctx);
    free_all(sessions, 5);
}

TEST(statement_52_of_equals_the_oldest_is_evicted)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[5];
    static const char *ids[] = { "a", "b", "c", "d", "e" };

    SSL_CTX_sess_set_cache_size(ctx, 3);
    for (int i = 0; i < 4; i++)
        sessions[i] = add_new(ctx, ids[i], 10);
    CHECK_INT(removed.number, 2);
    CHECK_PTR(removed.sessions[0], sessions[0]);
    CHECK_PTR(removed.sessions[1], sessions[1]);
    /* Adding one again makes it the youngest. */
    CHECK_INT(SSL_CTX_add_session(ctx, sessions[2]), 0);
    sessions[4] = add_new(ctx, ids[4], 10);
    CHECK_INT(removed.number, 3);
    CHECK_PTR(removed.sessions[2], sessions[3]);
    SSL_CTX_free(ctx);
    free_all(sessions, 5);
}

/* Looking a session up does not keep it. */
TEST_TLS12(statement_52_use_does_not_count)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *sessions[3];

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_cache_size(sctx, 3);
    sessions[0] = obtain_session(cctx, sctx);
    sessions[1] = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, sessions[0]), 1);
    sessions[2] = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, sessions[0]), 0);
    free_all(sessions, 3);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void check_size(long size, int expected)
{
    SSL_CTX *ctx = watched_ctx();

    SSL_CTX_sess_set_remove_cb(ctx, NULL);
    SSL_CTX_sess_set_cache_size(ctx, size);
    for (int i = 0; i < 40; i++) {
        char id[8];

        snprintf(id, sizeof(id), "%d", i);
        SSL_SESSION_free(add_new(ctx, id, 10));
        CHECK_INT(SSL_CTX_sess_number(ctx), i + 1 < expected ? i + 1 : expected);
    }
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 40 - expected);
    SSL_CTX_free(ctx);
}

TEST(statement_53_size_n_holds_one_less)
{
    check_size(2, 1);
    check_size(3, 2);
    check_size(10, 9);
    check_size(40, 39);
    check_size(41, 40);
    check_size(1, 1);
    check_size(0, 40);
}

/* A smaller size takes effect at the next addition. */
TEST(statement_53_a_smaller_size)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[6];
    static const char *ids[] = { "a", "b", "c", "d", "e", "f" };

    for (int i = 0; i < 5; i++)
        sessions[i] = add_new(ctx, ids[i], 10 + i);
    SSL_CTX_sess_set_cache_size(ctx, 3);
    CHECK_INT(SSL_CTX_sess_number(ctx), 5);
    CHECK_INT(SSL_CTX_add_session(ctx, sessions[0]), 0);
    CHECK_INT(SSL_CTX_sess_number(ctx), 5);
    sessions[5] = add_new(ctx, ids[5], 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 2);
    CHECK_INT(removed.number, 4);
    for (int i = 0; i < 4; i++) {
        CHECK_PTR(removed.sessions[i], sessions[i]);
        CHECK_INT(removed.left[i], 5 - i);
    }
    SSL_CTX_free(ctx);
    free_all(sessions, 6);
}

TEST(statement_54_evicted_sessions_are_counted_and_ruined)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];
    int destroyed = 0;

    SSL_CTX_sess_set_cache_size(ctx, 2);
    sessions[0] = add_new(ctx, "a", 10);
    watch_session(sessions[0], &destroyed);
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 0);
    sessions[1] = add_new(ctx, "b", 10);
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 1);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[0]), 0);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[1]), 1);
    CHECK_INT(removed.number, 1);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(sessions[0]);
    CHECK_INT(destroyed, 1);
    sessions[2] = add_new(ctx, "c", 10);
    CHECK_INT(SSL_CTX_sess_cache_full(ctx), 2);
    SSL_CTX_free(ctx);
    free_all(sessions + 1, 2);
}

/* Nobody else holds the victim: it goes. */
TEST_VERSIONS(statement_54_eviction_by_a_server)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *first, *second;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    SSL_CTX_sess_set_cache_size(sctx, 2);
    first = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_cache_full(sctx), 0);
    second = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_cache_full(sctx), 1);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    CHECK_INT(resumes(cctx, sctx, second), 1);
    CHECK_INT(resumes(cctx, sctx, first), 0);
    SSL_SESSION_free(first);
    SSL_SESSION_free(second);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_55_new_times_sort_again)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];

    sessions[0] = add_new(ctx, "a", 10);
    sessions[1] = add_new(ctx, "b", 20);
    sessions[2] = add_new(ctx, "c", 30);
    SSL_SESSION_set_timeout(sessions[0], 40);
    SSL_SESSION_set_time(sessions[2], 500);
    CHECK_INT(SSL_CTX_sess_number(ctx), 3);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(removed.number, 3);
    CHECK_PTR(removed.sessions[0], sessions[2]);
    CHECK_PTR(removed.sessions[1], sessions[1]);
    CHECK_PTR(removed.sessions[2], sessions[0]);
    /* Out of the cache it has no place to change. */
    SSL_SESSION_set_time(sessions[0], 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    SSL_CTX_free(ctx);
    free_all(sessions, 3);
}

TEST(statement_55_equal_after_the_change)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];

    sessions[0] = add_new(ctx, "a", 10);
    sessions[1] = add_new(ctx, "b", 10);
    sessions[2] = add_new(ctx, "c", 20);
    /* The same time again: it is now the youngest of the equals. */
    SSL_SESSION_set_timeout(sessions[0], 10);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_PTR(removed.sessions[0], sessions[1]);
    CHECK_PTR(removed.sessions[1], sessions[0]);
    CHECK_PTR(removed.sessions[2], sessions[2]);
    SSL_CTX_free(ctx);
    free_all(sessions, 3);
}

/* Flushing --------------------------------------------------------------- */

TEST(statement_56_flush_removes_what_has_expired)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[4];
    int destroyed[4] = { 0 };

    sessions[0] = add_new(ctx, "a", 30);
    sessions[1] = add_new(ctx, "b", 10);
    sessions[2] = add_new(ctx, "c", 20);
    sessions[3] = add_new(ctx, "d", 20);
    for (int i = 0; i < 4; i++)
        watch_session(sessions[i], &destroyed[i]);
    SSL_CTX_flush_sessions(ctx, 1010);
    CHECK_INT(removed.number, 0);
    SSL_CTX_flush_sessions(ctx, 1011);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.sessions[0], sessions[1]);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[1]), 0);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[2]), 1);
    SSL_CTX_flush_sessions(ctx, 1021);
    CHECK_INT(removed.number, 3);
    CHECK_PTR(removed.sessions[1], sessions[2]);
    CHECK_PTR(removed.sessions[2], sessions[3]);
    /* The callback sees what is left at its time. */
    CHECK_INT(removed.left[1], 2);
    CHECK_INT(removed.left[2], 1);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(removed.number, 4);
    CHECK_INT(SSL_CTX_sess_number(ctx), 0);
    /* Nothing is left; and nothing happens. */
    SSL_CTX_flush_sessions(ctx, 0);
    SSL_CTX_flush_sessions(ctx, 5000);
    CHECK_INT(removed.number, 4);
    CHECK_INT(SSL_CTX_sess_timeouts(ctx), 0);
    for (int i = 0; i < 4; i++) {
        CHECK_INT(destroyed[i], 0);
        SSL_SESSION_free(sessions[i]);
        CHECK_INT(destroyed[i], 1);
    }
    SSL_CTX_free(ctx);
}

/* A time so late that it has no number, and one before 1970. */
TEST(statement_56_extreme_times)
{
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];

    sessions[0] = add_new(ctx, "a", 10);
    sessions[1] = add_new(ctx, "b", 10);
    sessions[2] = add_new(ctx, "c", 10);
    SSL_SESSION_set_timeout(sessions[0], __LONG_MAX__);
    SSL_SESSION_set_time(sessions[1], -5);
    SSL_CTX_flush_sessions(ctx, __LONG_MAX__);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.sessions[0], sessions[2]);
    SSL_CTX_flush_sessions(ctx, -1);
    CHECK_INT(removed.number, 1);
    SSL_CTX_free(ctx);
    CHECK_INT(removed.number, 3);
    free_all(sessions, 3);
}

/* The sessions are let go once all have been reported. */
static int destroyed_early;

static void look_for_destroyed(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx;
    CHECK_INT(*(int *)SSL_CTX_get_ex_data(ctx, 0), 0);
    CHECK(SSL_SESSION_get_time(session) != 0);
    removed.number++;
}

TEST(statement_56_sessions_are_freed_after_the_callbacks)
{
    SSL_CTX *ctx = watched_ctx();

    REQUIRE(SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL) >= 0);
    for (int i = 0; i < 3; i++) {
        static const char *ids[] = { "a", "b", "c" };
        SSL_SESSION *session = add_new(ctx, ids[i], 10);

        watch_session(session, &destroyed_early);
        SSL_SESSION_free(session);
    }
    SSL_CTX_set_ex_data(ctx, 0, &destroyed_early);
    SSL_CTX_sess_set_remove_cb(ctx, look_for_destroyed);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(removed.number, 3);
    CHECK_INT(destroyed_early, 3);
    SSL_CTX_free(ctx);
}

static int context_data, data_seen, data_freed;

static void free_context_data(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    if (value == &context_data) {
        data_freed++;
        CHECK_INT(removed.number, 3);
    }
}

static void note_removed_and_data(SSL_CTX *ctx, SSL_SESSION *session)
{
    note_removed(ctx, session);
    CHECK_INT(data_freed, 0);
    data_seen += SSL_CTX_get_ex_data(ctx, *(int *)SSL_CTX_get_app_data(ctx)) == &context_data;
}

TEST(statement_57_free_flushes_first)
{
    int index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_context_data);
    SSL_CTX *ctx = watched_ctx();
    SSL_SESSION *sessions[3];
    int destroyed = 0;

    REQUIRE(index >= 0);
    SSL_CTX_set_app_data(ctx, &index);
    SSL_CTX_set_ex_data(ctx, index, &context_data);
    SSL_CTX_sess_set_remove_cb(ctx, note_removed_and_data);
    sessions[0] = add_new(ctx, "a", 30);
    sessions[1] = add_new(ctx, "b", 10);
    sessions[2] = add_new(ctx, "c", 20);
    watch_session(sessions[2], &destroyed);
    SSL_SESSION_free(sessions[2]);
    SSL_CTX_up_ref(ctx);
    SSL_CTX_free(ctx);
    CHECK_INT(removed.number, 0);
    SSL_CTX_free(ctx);
    CHECK_INT(removed.number, 3);
    CHECK_PTR(removed.sessions[0], sessions[1]);
    CHECK_PTR(removed.sessions[1], sessions[2]);
    CHECK_PTR(removed.sessions[2], sessions[0]);
    CHECK_INT(removed.left[2], 0);
    CHECK_INT(data_seen, 3);
    CHECK_INT(data_freed, 1);
    CHECK_INT(destroyed, 1);
    CHECK_INT(SSL_SESSION_is_resumable(sessions[0]), 0);
    free_all(sessions, 2);
}

/* Opens and closes until the expired session is gone: how many it took. */
static int connections_until_flush(SSL_CTX *cctx, SSL_CTX *sctx, SSL_CTX *flushed, SSL_SESSION *offered)
{
    SSL_SESSION *expired = add_new(flushed, "expired", 10);

    for (int i = 1; i <= 300; i++) {
        struct pair pair = offered_pair(cctx, sctx, offered);

        drain(pair.client);
        finish_pair(&pair);
        if (!has(flushed, expired)) {
            CHECK_INT(SSL_SESSION_is_resumable(expired), 0);
            SSL_SESSION_free(expired);
            return i;
        }
    }
    CHECK_INT(SSL_CTX_remove_session(flushed, expired), 1);
    SSL_SESSION_free(expired);
    return 0;
}

static void check_auto_flush(int version, long mode, int by_server, int expected)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other = new_client_ctx(version);
    SSL_SESSION *session = obtain_session(other, sctx);

    /* Resumed, as it takes less time; the first connection is counted already. */
    SSL_CTX_set_session_cache_mode(by_server ? sctx : cctx, mode);
    CHECK_INT(connections_until_flush(by_server ? other : cctx, sctx, by_server ? sctx : cctx, session), expected);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(other);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_58_auto_flush_of_a_server)
{
    /* In TLS 1.3 the connection is counted before its tickets are made. */
    check_auto_flush(version, SSL_SESS_CACHE_SERVER, 1, version == TLS1_3_VERSION ? 254 : 255);
}

TEST_VERSIONS(statement_58_no_auto_flush_of_a_server)
{
    check_auto_flush(version, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR, 1, 0);
}

TEST_TLS12(statement_58_auto_flush_of_a_client)
{
    check_auto_flush(version, SSL_SESS_CACHE_CLIENT, 0, 256);
}

/* The tickets come when the connection has been counted. A session that was
 * offered would be good for one connection, so they are all full. */
TEST_TLS13(statement_58_auto_flush_of_a_client_tls13)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    CHECK_INT(connections_until_flush(cctx, sctx, cctx, NULL), 255);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The mode of the other role does not flush. */
TEST_VERSIONS(statement_58_no_auto_flush_of_a_client)
{
    check_auto_flush(version, SSL_SESS_CACHE_SERVER, 0, 0);
}

/* Lookups ---------------------------------------------------------------- */

static SSL_CTX *switch_to;

static int switch_by_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    SSL_set_SSL_CTX(ssl, switch_to);
    return SSL_TLSEXT_ERR_OK;
}

static int switch_by_hello(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    SSL_set_SSL_CTX(ssl, switch_to);
    return SSL_CLIENT_HELLO_SUCCESS;
}

static void check_switched(int version, int by_hello)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    int tickets = version == TLS1_3_VERSION ? 1 : 0;

    switch_to = new_server_ctx(version);
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_options(switch_to, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    SSL_CTX_set_timeout(sctx, 500);
    SSL_CTX_set_timeout(switch_to, 600);
    if (by_hello)
        SSL_CTX_set_client_hello_cb(sctx, switch_by_hello, NULL);
    else
        SSL_CTX_set_tlsext_servername_callback(sctx, switch_by_name);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    CHECK_INT(SSL_CTX_sess_number(switch_to), 0);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_hits(switch_to), 0);
    /* The connections themselves are counted where they went. */
    CHECK_INT(SSL_CTX_sess_accept(sctx), 0);
    CHECK_INT(SSL_CTX_sess_accept_good(sctx), 0);
    CHECK_INT(SSL_CTX_sess_accept(switch_to), 2);
    CHECK_INT(SSL_CTX_sess_accept_good(switch_to), 2);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1 + tickets);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(switch_to);
}

TEST_VERSIONS(statement_59_lookup_in_the_first_context)
{
    check_switched(version, 0);
}

TEST_VERSIONS(statement_59_lookup_in_the_first_context_by_hello)
{
    check_switched(version, 1);
}

TEST_TLS12(statement_60_expired_session)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    SSL_SESSION *session, *cached;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    cached = SSL_get1_session(pair.server);
    finish_pair(&pair);
    SSL_SESSION_set_time(cached, (long)time(NULL) - 8000);
    SSL_CTX_sess_set_remove_cb(sctx, note_removed);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_session_reused(pair.server), 0);
    CHECK_INT(SSL_CTX_sess_timeouts(sctx), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 0);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    CHECK_INT(SSL_CTX_sess_misses(cctx), 1);
    CHECK_INT(removed.number, 1);
    CHECK_PTR(removed.sessions[0], cached);
    CHECK_INT(SSL_SESSION_is_resumable(cached), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    /* The new session is there instead. */
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    CHECK_PTR(lh_SSL_SESSION_retrieve(SSL_CTX_sessions(sctx), SSL_get_session(pair.server)),
              SSL_get_session(pair.server));
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_SESSION_free(cached);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* In TLS 1.3, and with a ticket, there is nothing to be removed. */
static void check_expired(int version, long options, long number)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    memset(&removed, 0, sizeof(removed));
    SSL_CTX_set_num_tickets(sctx, 1);
    SSL_CTX_set_options(sctx, (uint64_t)options);
    SSL_CTX_set_timeout(sctx, -100);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_number(sctx), number);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    /* A TLS 1.3 client judges the ticket's age itself. */
    CHECK_INT(SSL_CTX_sess_timeouts(sctx), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_60_expired_ticket)
{
    check_expired(version, 0, 0);
}

TEST_TLS13(statement_60_expired_stateful_ticket)
{
    check_expired(version, SSL_OP_NO_TICKET, 1);
}

static int gets;

static SSL_SESSION *count_get(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    (void)ssl, (void)id, (void)len, (void)copy;
    gets++;
    return NULL;
}

TEST_VERSIONS(statement_61_client_stores_but_never_looks)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;
    int stored = version == TLS1_3_VERSION ? 2 : 1;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_get_cb(cctx, count_get);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_number(cctx), stored);
    CHECK(has(cctx, session));
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    drain(pair.client);
    CHECK_INT(SSL_CTX_sess_number(cctx), 2 * stored);
    CHECK_INT(gets, 0);
    CHECK_INT(SSL_CTX_sess_misses(cctx), 0);
    CHECK_INT(SSL_CTX_sess_hits(cctx), 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Counters --------------------------------------------------------------- */

static void check_hits(int version, long options)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(sctx, (uint64_t)options);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_hits(cctx), 0);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 0);
    for (int i = 1; i <= 2; i++) {
        CHECK_INT(resumes(cctx, sctx, session), 1);
        CHECK_INT(SSL_CTX_sess_hits(cctx), i);
        CHECK_INT(SSL_CTX_sess_hits(sctx), i);
    }
    CHECK_INT(SSL_CTX_sess_misses(cctx), 0);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    CHECK_INT(SSL_CTX_sess_cb_hits(sctx), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_62_hits)
{
    check_hits(version, 0);
    check_hits(version, SSL_OP_NO_TICKET);
}

/* A session of another server: nobody knows its id, or can read its ticket. */
static void check_misses(int version, long options, long mode, int server_misses)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(sctx, (uint64_t)options);
    SSL_CTX_set_options(other, (uint64_t)options);
    SSL_CTX_set_session_cache_mode(other, mode);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_CTX_sess_misses(cctx), 0);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    CHECK_INT(resumes(cctx, other, session), 0);
    CHECK_INT(SSL_CTX_sess_misses(cctx), 1);
    CHECK_INT(SSL_CTX_sess_misses(other), server_misses);
    CHECK_INT(SSL_CTX_sess_hits(cctx), 0);
    CHECK_INT(SSL_CTX_sess_hits(other), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other);
}

TEST_VERSIONS(statement_63_misses)
{
    check_misses(version, SSL_OP_NO_TICKET, SSL_SESS_CACHE_SERVER, 1);
    check_misses(version, SSL_OP_NO_TICKET, SSL_SESS_CACHE_OFF, 1);
    check_misses(version, SSL_OP_NO_TICKET, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL_LOOKUP, 0);
    check_misses(version, 0, SSL_SESS_CACHE_SERVER, 0);
}

/* SSL_CTX_sessions ------------------------------------------------------- */

TEST(sessions_is_the_cache_itself)
{
    SSL_CTX *ctx = watched_ctx();
    LHASH_OF(SSL_SESSION) *table = SSL_CTX_sessions(ctx);
    SSL_SESSION *first, *second, *other, *asked = new_session("first", 1);

    REQUIRE(table != NULL);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 0);
    first = add_new(ctx, "first", 10);
    second = add_new(ctx, "second", 20);
    CHECK_PTR(SSL_CTX_sessions(ctx), table);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 2);
    /* It finds by version and id. */
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, asked), first);
    SSL_SESSION_set_protocol_version(asked, TLS1_3_VERSION);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, asked), NULL);
    SSL_SESSION_set_protocol_version(asked, TLS1_2_VERSION);
    /* It changes with the cache. */
    SSL_CTX_remove_session(ctx, first);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, asked), NULL);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 1);
    other = add_new(ctx, "second", 5);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 1);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, second), other);
    SSL_SESSION_set_timeout(other, 50);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, second), other);
    SSL_CTX_flush_sessions(ctx, 0);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 0);
    CHECK_PTR(SSL_CTX_sessions(ctx), table);
    SSL_SESSION_free(asked);
    SSL_SESSION_free(first);
    SSL_SESSION_free(second);
    SSL_SESSION_free(other);
    SSL_CTX_free(ctx);
}

static int visited;

static void visit(SSL_SESSION *session)
{
    unsigned int len;

    SSL_SESSION_get_id(session, &len);
    CHECK(len > 0);
    visited++;
}

IMPLEMENT_LHASH_DOALL_ARG(SSL_SESSION, SSL_CTX);

/* As programs do that empty a cache by hand. */
static void remove_odd_doall_arg(SSL_SESSION *session, SSL_CTX *ctx)
{
    if (SSL_SESSION_get_timeout(session) % 2 != 0)
        SSL_CTX_remove_session(ctx, session);
}

TEST(sessions_can_be_walked)
{
    SSL_CTX *ctx = watched_ctx();
    LHASH_OF(SSL_SESSION) *table;
    unsigned long load;

    SSL_CTX_sess_set_remove_cb(ctx, NULL);
    for (int i = 0; i < 100; i++) {
        char id[8];

        snprintf(id, sizeof(id), "%02d", i);
        SSL_SESSION_free(add_new(ctx, id, i));
        if (i == 50)
            SSL_CTX_sessions(ctx);
    }
    table = SSL_CTX_sessions(ctx);
    lh_SSL_SESSION_doall(table, visit);
    CHECK_INT(visited, 100);
    load = lh_SSL_SESSION_get_down_load(table);
    lh_SSL_SESSION_set_down_load(table, 0);
    lh_SSL_SESSION_doall_SSL_CTX(table, remove_odd_doall_arg, ctx);
    lh_SSL_SESSION_set_down_load(table, load);
    CHECK_INT(SSL_CTX_sess_number(ctx), 50);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 50);
    visited = 0;
    lh_SSL_SESSION_doall(table, visit);
    CHECK_INT(visited, 50);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(sessions_of_a_server)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    LHASH_OF(SSL_SESSION) *table = SSL_CTX_sessions(sctx);
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    pair = connected_pair(cctx, sctx);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, SSL_get_session(pair.server)), SSL_get_session(pair.server));
    CHECK_INT(lh_SSL_SESSION_num_items(table), 1);
    free_pair(&pair);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 0);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A program should not change the id of a cached session. If it does, the session
 * is in its old place, and leaves cache and table with all others. */
TEST(sessions_with_a_changed_id)
{
    SSL_CTX *ctx = watched_ctx();
    LHASH_OF(SSL_SESSION) *table = SSL_CTX_sessions(ctx);
    SSL_SESSION *changed, *other;
    int destroyed = 0;

    if (!on_tessera())
        skip("the stock library's table keeps a pointer to the freed session");
    changed = add_new(ctx, "a", 10);
    other = add_new(ctx, "b", 20);
    watch_session(changed, &destroyed);
    SSL_SESSION_set1_id(changed, (const unsigned char *)"b", 1);
    SSL_SESSION_free(changed);
    CHECK_INT(SSL_CTX_sess_number(ctx), 2);
    SSL_CTX_flush_sessions(ctx, 1015);
    CHECK_INT(destroyed, 1);
    CHECK_INT(removed.number, 1);
    CHECK_INT(lh_SSL_SESSION_num_items(table), 1);
    CHECK_PTR(lh_SSL_SESSION_retrieve(table, other), other);
    SSL_SESSION_free(other);
    SSL_CTX_free(ctx);
}
