/*
 * Contexts and sessions shared between threads; each SSL stays in one.
 */
#include "harness.h"

#include <pthread.h>

enum { THREADS = 4, ROUNDS = 6 };

struct shared {
    SSL_CTX *client;
    SSL_CTX *server;
    SSL_SESSION *session;
    int resumed[THREADS];
    int index;
};

struct thread {
    struct shared *shared;
    int index;
    pthread_t id;
};

static void run_threads(struct shared *shared, void *(*body)(void *))
{
    struct thread threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        threads[i].shared = shared;
        threads[i].index = i;
        REQUIRE(pthread_create(&threads[i].id, NULL, body, &threads[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i].id, NULL);
}

static void *connect_and_resume(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < ROUNDS; i++) {
        SSL_SESSION *session = obtain_session(shared->client, shared->server);

        shared->resumed[thread->index] += resumes(shared->client, shared->server, session);
        SSL_SESSION_free(session);
    }
    return NULL;
}

static void check_shared_contexts(int version, uint64_t options)
{
    struct shared shared = { .client = new_client_ctx(version), .server = new_server_ctx(version) };

    SSL_CTX_set_options(shared.server, options);
    run_threads(&shared, connect_and_resume);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(shared.resumed[i], ROUNDS);
    CHECK_INT(SSL_CTX_sess_connect_good(shared.client), 2 * THREADS * ROUNDS);
    CHECK_INT(SSL_CTX_sess_hits(shared.server), THREADS * ROUNDS);
    SSL_CTX_free(shared.client);
    SSL_CTX_free(shared.server);
}

TEST_VERSIONS(contexts_in_threads)
{
    check_shared_contexts(version, 0);
}

TEST_VERSIONS(stateful_contexts_in_threads)
{
    check_shared_contexts(version, SSL_OP_NO_TICKET);
}

/* One session, offered by all threads at once. */
static void *offer_the_session(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < ROUNDS; i++) {
        shared->resumed[thread->index] += resumes(shared->client, shared->server, shared->session);
        for (int n = 0; n < 200; n++)
            SSL_SESSION_up_ref(shared->session);
        for (int n = 0; n < 200; n++)
            SSL_SESSION_free(shared->session);
    }
    return NULL;
}

TEST_VERSIONS(session_in_threads)
{
    struct shared shared = { .client = new_client_ctx(version), .server = new_server_ctx(version) };
    int destroyed = 0;

    shared.session = obtain_session(shared.client, shared.server);
    watch_session(shared.session, &destroyed);
    run_threads(&shared, offer_the_session);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(shared.resumed[i], ROUNDS);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(shared.session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(shared.client);
    SSL_CTX_free(shared.server);
}

/* Settings that change while connections are made. */
static void *change_settings(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < ROUNDS; i++) {
        if (thread->index == 0) {
            SSL_CTX_set_timeout(shared->server, 100 + i);
            SSL_CTX_flush_sessions(shared->server, 0);
            SSL_CTX_sess_set_cache_size(shared->server, 100 + i);
        } else {
            struct pair pair = connected_pair(shared->client, shared->server);

            check_data(&pair);
            finish_pair(&pair);
        }
    }
    return NULL;
}

TEST_VERSIONS(cache_changes_in_threads)
{
    struct shared shared = { .client = new_client_ctx(version), .server = new_server_ctx(version) };

    SSL_CTX_set_options(shared.server, SSL_OP_NO_TICKET);
    run_threads(&shared, change_settings);
    SSL_CTX_free(shared.client);
    SSL_CTX_free(shared.server);
}

/* Copies of one session, made, encoded and let go by all threads; the session's
 * times change meanwhile. */
static void *copy_the_session(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < 200; i++) {
        SSL_SESSION *copy = SSL_SESSION_dup(shared->session);
        unsigned char key[64], other[64];
        size_t len;

        REQUIRE(copy != NULL && copy != shared->session);
        CHECK_INT(SSL_SESSION_is_resumable(copy), 1);
        len = SSL_SESSION_get_master_key(copy, key, sizeof(key));
        CHECK(len >= 32);
        CHECK_INT(SSL_SESSION_get_master_key(shared->session, other, sizeof(other)), len);
        CHECK_MEM(key, len, other, len);
        CHECK(i2d_SSL_SESSION(copy, NULL) > 100);
        SSL_SESSION_set_timeout(copy, i);
        shared->resumed[thread->index]++;
        if (i % 50 == 0)
            CHECK_INT(resumes(shared->client, shared->server, copy), 1);
        SSL_SESSION_free(copy);
    }
    return NULL;
}

TEST_VERSIONS(session_copied_in_threads)
{
    struct shared shared = { .client = new_client_ctx(version), .server = new_server_ctx(version) };
    int destroyed = 0;

    shared.session = obtain_session(shared.client, shared.server);
    watch_session(shared.session, &destroyed);
    run_threads(&shared, copy_the_session);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(shared.resumed[i], 200);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(shared.session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(shared.client);
    SSL_CTX_free(shared.server);
}

/* References alone: of as many as are taken, the last destroys. */
static void *take_references(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < 20000; i++) {
        REQUIRE(SSL_SESSION_up_ref(shared->session) == 1);
        if (i % 2 == 0)
            SSL_SESSION_free(shared->session);
    }
    return NULL;
}

TEST(references_in_threads)
{
    struct shared shared = { .session = SSL_SESSION_new() };
    int destroyed = 0;

    watch_session(shared.session, &destroyed);
    run_threads(&shared, take_references);
    for (int i = 0; i < THREADS * 10000; i++)
        SSL_SESSION_free(shared.session);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(shared.session);
    CHECK_INT(destroyed, 1);
}

/* One cache, from which each thread removes what others add. (The stock library
 * can't stand a change of times of what others evict.) */
static void *fill_and_empty(void *arg)
{
    struct thread *thread = arg;
    struct shared *shared = thread->shared;

    for (int i = 0; i < 2000; i++) {
        SSL_SESSION *session = SSL_SESSION_new();
        char id[16];

        snprintf(id, sizeof(id), "%d", i % 40);
        SSL_SESSION_set1_id(session, (const unsigned char *)id, (unsigned int)strlen(id));
        SSL_SESSION_set_timeout(session, 1000 + i % 7);
        if (i % 3 == 0)
            SSL_CTX_remove_session(shared->server, session);
        else
            SSL_CTX_add_session(shared->server, session);
        if (i % 500 == 0)
            SSL_CTX_flush_sessions(shared->server, 0);
        SSL_SESSION_free(session);
    }
    return NULL;
}

TEST(cache_in_threads)
{
    struct shared shared = { .server = SSL_CTX_new(TLS_server_method()) };

    SSL_CTX_sess_set_cache_size(shared.server, 20);
    CHECK(SSL_CTX_sessions(shared.server) != NULL);
    run_threads(&shared, fill_and_empty);
    CHECK(SSL_CTX_sess_number(shared.server) <= 20);
    CHECK_PTR(SSL_CTX_sessions(shared.server), SSL_CTX_sessions(shared.server));
    SSL_CTX_flush_sessions(shared.server, 0);
    CHECK_INT(SSL_CTX_sess_number(shared.server), 0);
    SSL_CTX_free(shared.server);
}
