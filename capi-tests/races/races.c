/*
 * races FIXTURES SECONDS|ROUNDSr [race]: eight threads with one client and one
 * server SSL_CTX and a shelf of sessions that they exchange. Each round is a
 * random operation: a connection with or without a session, or a change of the
 * cache. At the end every session there ever was must have been destroyed.
 *
 * Some servers ask for the client's certificate. A thread changes the certificates
 * that its connections' peers showed, and no other thread's change may be on them.
 *
 * `race` adds a deliberate data race on an int that no lock protects: what looks
 * for races must find it.
 */
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS = 8, SHELF = 16, SERVERS = 16, PLACES = SHELF + SERVERS };

static SSL_CTX *client_ctx, *server_ctx;
static atomic_long made, destroyed, handshakes, resumed, failures, reported, marked, foreign;
static int mark_index; /* of a certificate's ex_data */
static int deliberate; /* written by all threads when a race is wanted */

/* The sessions that the threads exchange, a reference each: SHELF of clients, then
 * SERVERS of the server. The stock library keeps a session's place in its cache in
 * the session, so one that is in the client's must not get into the server's. */
static struct {
    pthread_mutex_t lock;
    SSL_SESSION *session;
} shelf[PLACES];

struct worker {
    pthread_t thread;
    unsigned long long random;
    long rounds;
    double until;
    int race;
};

static unsigned choose(struct worker *worker, unsigned below)
{
    worker->random = worker->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(worker->random >> 33) % below;
}

static void count_made(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)value, (void)ad, (void)index, (void)argl, (void)argp;
    made++;
}

static void count_destroyed(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)value, (void)ad, (void)index, (void)argl, (void)argp;
    destroyed++;
}

/* The shelf -------------------------------------------------------------- */

/* Takes over a reference; gives back the one before. */
static SSL_SESSION *exchange(unsigned place, SSL_SESSION *session)
{
    SSL_SESSION *before;

    pthread_mutex_lock(&shelf[place].lock);
    before = shelf[place].session;
    shelf[place].session = session;
    pthread_mutex_unlock(&shelf[place].lock);
    return before;
}

/* A reference of the caller's own, or NULL. */
static SSL_SESSION *share(unsigned place)
{
    SSL_SESSION *session;

    pthread_mutex_lock(&shelf[place].lock);
    session = shelf[place].session;
    if (session != NULL)
        SSL_SESSION_up_ref(session);
    pthread_mutex_unlock(&shelf[place].lock);
    return session;
}

/* Callbacks -------------------------------------------------------------- */

/* Keeps each second session. */
static int new_session(SSL *ssl, SSL_SESSION *session)
{
    unsigned long n = (unsigned long)reported++;

    if (n % 2 == 0)
        return 0;
    SSL_SESSION_free(exchange(SSL_is_server(ssl) ? SHELF + n / 2 % SERVERS : n / 2 % SHELF, session));
    return 1;
}

static SSL_SESSION *get_session(SSL *ssl, const unsigned char *id, int length, int *copy)
{
    (void)ssl;
    for (unsigned i = SHELF; i < PLACES; i++) {
        SSL_SESSION *session = share(i);
        unsigned int its_length = 0;
        const unsigned char *its_id = session != NULL ? SSL_SESSION_get_id(session, &its_length) : NULL;

        if (its_id != NULL && (int)its_length == length && memcmp(its_id, id, its_length) == 0) {
            *copy = 0;
            return session;
        }
        SSL_SESSION_free(session);
    }
    return NULL;
}

static void remove_session(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx, (void)session;
    reported++;
}

/* Operations ------------------------------------------------------------- */

static int step(SSL *ssl)
{
    int ret = SSL_do_handshake(ssl);
    int error = SSL_get_error(ssl, ret);

    if (ret == 1)
        return 1;
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* What a thread writes to a certificate of its own, without any lock. */
struct mark {
    int writes;
};

static void free_mark(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    free(value);
}

static void mark(struct worker *worker, X509 *cert)
{
    struct mark *its;
    char alias[40];
    int len;

    if (cert == NULL)
        return;
    its = X509_get_ex_data(cert, mark_index);
    foreign += its != NULL || X509_alias_get0(cert, &len) != NULL;
    if (its == NULL) {
        its = calloc(1, sizeof(*its));
        X509_set_ex_data(cert, mark_index, its);
    }
    for (unsigned i = 0; i <= choose(worker, 10); i++) {
        its->writes++;
        snprintf(alias, sizeof(alias), "%u%.*s", i, (int)choose(worker, 30), "of a length of its own, by chance");
        X509_alias_set1(cert, (unsigned char *)alias, -1);
        X509_trust_clear(cert);
        X509_add1_trust_object(cert, OBJ_nid2obj(NID_server_auth));
        X509_get0_pubkey(cert);
    }
    marked++;
}

/* Resumed connections share the certificates of their session, with other threads. */
static void mark_peers(struct worker *worker, SSL *client, SSL *server)
{
    if (SSL_session_reused(client) || choose(worker, 4) == 0)
        return;
    mark(worker, SSL_get0_peer_certificate(client));
    mark(worker, SSL_get0_peer_certificate(server));
    SSL_get0_verified_chain(client);
}

/* A connection of its own version, perhaps with a session from the shelf, which
 * gets the client's afterwards. */
static void connect_once(struct worker *worker)
{
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    SSL_SESSION *session = choose(worker, 3) != 0 ? share(choose(worker, SHELF)) : NULL;
    int version = choose(worker, 2) ? TLS1_2_VERSION : TLS1_3_VERSION;
    BIO *a, *b;
    int at_client = 0, at_server = 0;
    char bytes[10];

    SSL_set_max_proto_version(client, version);
    if (choose(worker, 2))
        SSL_set_options(server, SSL_OP_NO_TICKET);
    if (choose(worker, 3) == 0)
        SSL_set_verify(server, SSL_VERIFY_PEER, NULL);
    BIO_new_bio_pair(&a, 0, &b, 0);
    SSL_set_bio(client, a, a);
    SSL_set_bio(server, b, b);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    if (session != NULL)
        SSL_set_session(client, session);
    for (int i = 0; i < 20 && !(at_client == 1 && at_server == 1) && at_client >= 0 && at_server >= 0; i++) {
        at_client = step(client);
        at_server = step(server);
    }
    if (at_client == 1 && at_server == 1) {
        mark_peers(worker, client, server);
        SSL_write(server, "data", 4);
        SSL_read(client, bytes, sizeof(bytes));
        handshakes++;
        resumed += SSL_session_reused(client);
        SSL_SESSION_free(exchange(choose(worker, SHELF), SSL_get1_session(client)));
        if (choose(worker, 4)) {
            SSL_shutdown(client);
            SSL_shutdown(server);
        }
    } else {
        failures++;
    }
    SSL_SESSION_free(session);
    SSL_free(client);
    SSL_free(server);
}

static void add_and_remove(struct worker *worker)
{
    SSL_SESSION *session = share(choose(worker, SHELF));
    SSL_SESSION *copy = session != NULL ? SSL_SESSION_dup(session) : NULL;

    if (copy != NULL) {
        /* Before it is in the cache: the stock library dies when another thread
         * flushes it meanwhile. */
        SSL_SESSION_set_timeout(copy, 1 + choose(worker, 1000));
        SSL_CTX_add_session(client_ctx, copy);
        if (choose(worker, 2))
            SSL_CTX_remove_session(client_ctx, copy);
    }
    SSL_SESSION_free(copy);
    SSL_SESSION_free(session);
}

static void use_session(struct worker *worker)
{
    SSL_SESSION *session = share(choose(worker, SHELF));

    if (session == NULL)
        return;
    SSL_SESSION_is_resumable(session);
    i2d_SSL_SESSION(session, NULL);
    SSL_SESSION_free(exchange(choose(worker, SHELF), session));
}

static void change_cache(struct worker *worker)
{
    SSL_CTX *ctx = choose(worker, 2) ? client_ctx : server_ctx;

    switch (choose(worker, 6)) {
    case 0:
        SSL_CTX_flush_sessions(ctx, time(NULL) + (long)choose(worker, 400));
        break;
    case 1:
        SSL_CTX_sess_set_cache_size(ctx, 1 + choose(worker, 30));
        break;
    case 2:
        SSL_CTX_set_timeout(ctx, 1 + choose(worker, 500));
        break;
    case 3:
        SSL_CTX_sess_number(ctx);
        SSL_CTX_sess_hits(ctx);
        break;
    case 4:
        SSL_CTX_flush_sessions(ctx, 0);
        break;
    case 5:
        SSL_CTX_get_session_cache_mode(ctx);
        break;
    }
}

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Whether there is time left: on a busy machine more, until what is wanted has happened. */
static int goes_on(const struct worker *worker)
{
    double late = now() - worker->until;

    return late < 0 || (late < 200 && (resumed == 0 || marked == 0));
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (long i = 0; worker->rounds > 0 ? i < worker->rounds : goes_on(worker); i++) {
        unsigned what = choose(worker, 10);

        if (what < 5)
            connect_once(worker);
        else if (what < 7)
            use_session(worker);
        else if (what < 8)
            add_and_remove(worker);
        else
            change_cache(worker);
        if (worker->race)
            deliberate++;
    }
    return NULL;
}

/* The program ------------------------------------------------------------ */

static char *path(const char *folder, const char *name)
{
    static char buffer[4096];

    snprintf(buffer, sizeof(buffer), "%s/%s", folder, name);
    return buffer;
}

static int make_contexts(const char *folder)
{
    client_ctx = SSL_CTX_new(TLS_client_method());
    server_ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_BOTH);
    SSL_CTX_set_session_cache_mode(server_ctx, SSL_SESS_CACHE_BOTH);
    SSL_CTX_sess_set_new_cb(client_ctx, new_session);
    SSL_CTX_sess_set_get_cb(server_ctx, get_session);
    SSL_CTX_sess_set_remove_cb(client_ctx, remove_session);
    SSL_CTX_sess_set_remove_cb(server_ctx, remove_session);
    SSL_CTX_set_session_id_context(server_ctx, (const unsigned char *)"races", 5);
    return SSL_CTX_load_verify_locations(client_ctx, path(folder, "ca.pem"), NULL) == 1
        && SSL_CTX_load_verify_locations(server_ctx, path(folder, "ca.pem"), NULL) == 1
        && SSL_CTX_use_certificate_file(client_ctx, path(folder, "client.pem"), SSL_FILETYPE_PEM) == 1
        && SSL_CTX_use_PrivateKey_file(client_ctx, path(folder, "client-key.pem"), SSL_FILETYPE_PEM) == 1
        && SSL_CTX_use_certificate_file(server_ctx, path(folder, "server-p256.pem"), SSL_FILETYPE_PEM) == 1
        && SSL_CTX_use_PrivateKey_file(server_ctx, path(folder, "server-p256-key.pem"), SSL_FILETYPE_PEM) == 1;
}

int main(int argc, char **argv)
{
    struct worker workers[THREADS];
    long number = argc > 2 ? atol(argv[2]) : 0;
    int by_rounds = argc > 2 && argv[2][strlen(argv[2]) - 1] == 'r';

    mark_index = X509_get_ex_new_index(0, NULL, NULL, NULL, free_mark);
    if (number <= 0 || (SSL_SESSION_get_ex_new_index(0, NULL, count_made, NULL, count_destroyed) < 0)
        || !make_contexts(argv[1])) {
        fprintf(stderr, "usage: %s FIXTURES SECONDS|ROUNDSr [race]\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < PLACES; i++)
        pthread_mutex_init(&shelf[i].lock, NULL);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .random = (unsigned)i + 1, .rounds = by_rounds ? number : 0,
                                      .until = now() + (double)number, .race = argc > 3 };
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    SSL_CTX_free(client_ctx);
    SSL_CTX_free(server_ctx);
    for (int i = 0; i < PLACES; i++)
        SSL_SESSION_free(shelf[i].session);
    printf("%ld handshakes, %ld resumed, %ld failed; %ld sessions made, %ld destroyed; %ld certificates changed, "
           "%ld of them by others before\n", (long)handshakes, (long)resumed, (long)failures, (long)made,
           (long)destroyed, (long)marked, (long)foreign);
    return !(handshakes > 0 && resumed > 0 && made == destroyed && marked > 0 && foreign == 0);
}
