/*
 * Connections that are driven by coroutines: each callback yields, so that the calls of several
 * connections are under way at once and go on in any order, on one thread or on several.
 * Every connection must be as it is when nothing else runs.
 */
#include "harness.h"

#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(start, end) ((void)(start), (void)(end))
#endif

enum { PAIRS = 4, TASKS = 2 * PAIRS, THREADS = 3, STACK = 1 << 20, KEY = 32, TEXT = 160 };

/* One end of a connection, run by a coroutine of its own. */
struct task {
    ucontext_t context;
    char *stack;
    SSL *ssl;
    int pair;
    int is_server;
    int done;
    int connected;
    int alert; /* that it received */
    unsigned yields;
    unsigned strangers; /* callbacks that were called for another connection */
    unsigned char key[KEY];
    char peer[TEXT];
    char read[TEXT];
    SSL_SESSION *session; /* that the client was given */
};

static struct task tasks[TASKS];
static struct task *running;
static ucontext_t scheduler;
static int yielding;
static uint64_t state;

static unsigned any_number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

/* In a callback: lets others run. */
static void yield(void)
{
    struct task *self = running;

    if (self == NULL || !yielding)
        return;
    self->yields++;
    swapcontext(&self->context, &scheduler);
}

/* In a callback for `ssl`, which is the running coroutine's. */
static void called_for(const SSL *ssl)
{
    struct task *self = running;

    if (self == NULL)
        return;
    self->strangers += SSL_get_app_data(ssl) != self;
    yield();
    self->strangers += SSL_get_app_data(ssl) != running;
}

/* Callbacks ------------------------------------------------------------------ */

static void on_info(const SSL *ssl, int where, int value)
{
    called_for(ssl);
    if (where == SSL_CB_READ_ALERT)
        running->alert = value;
}

static void on_message(int sent, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
    (void)sent, (void)version, (void)type, (void)bytes, (void)len, (void)arg;
    called_for(ssl);
}

static SSL *verified_ssl(X509_STORE_CTX *ctx)
{
    return X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
}

static int on_verify(int ok, X509_STORE_CTX *ctx)
{
    called_for(verified_ssl(ctx));
    return ok;
}

static int on_verify_lenient(int ok, X509_STORE_CTX *ctx)
{
    (void)ok;
    called_for(verified_ssl(ctx));
    return 1;
}

static int on_certificate(SSL *ssl, void *arg)
{
    (void)arg;
    called_for(ssl);
    return 1;
}

static int on_hello(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    called_for(ssl);
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    called_for(ssl);
    return SSL_TLSEXT_ERR_OK;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned len,
                   void *arg)
{
    (void)len, (void)arg;
    called_for(ssl);
    *out = in + 1;
    *outlen = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static void on_key(const SSL *ssl, const char *line)
{
    (void)line;
    called_for(ssl);
}

static int on_session(SSL *ssl, SSL_SESSION *session)
{
    called_for(ssl);
    SSL_SESSION_free(running->session);
    running->session = session;
    return 1;
}

static int on_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)ex;
    if (ssl != NULL)
        called_for(ssl);
    return 1;
}

static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac,
                         int encrypt)
{
    static const unsigned char key[32] = "a key for tickets";

    called_for(ssl);
    if (encrypt) {
        memset(name, 7, 16);
        memset(iv, 9, 16);
    }
    if (!HMAC_Init_ex(mac, key, sizeof(key), EVP_sha256(), NULL) ||
        !EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, key, iv, encrypt))
        return -1;
    called_for(ssl);
    return 1;
}

/* A BIO that yields before it passes a call on. */
static int bio_read(BIO *bio, char *data, int len)
{
    int n;

    yield();
    n = BIO_read(BIO_next(bio), data, len);
    BIO_clear_retry_flags(bio);
    BIO_copy_next_retry(bio);
    return n;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    int n;

    yield();
    n = BIO_write(BIO_next(bio), data, len);
    BIO_clear_retry_flags(bio);
    BIO_copy_next_retry(bio);
    yield();
    return n;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    yield();
    return BIO_ctrl(BIO_next(bio), command, number, pointer);
}

static int bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO *yielding_bio(BIO *next)
{
    static BIO_METHOD *method;

    if (method == NULL) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_FILTER, "yielding");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_ctrl);
        BIO_meth_set_create(method, bio_create);
    }
    return BIO_push(BIO_new(method), next);
}

/* A key whose method yields. */
static int sign(int len, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
    int n;

    yield();
    n = RSA_meth_get_priv_enc(RSA_PKCS1_OpenSSL())(len, from, to, rsa, padding);
    yield();
    return n;
}

static void use_yielding_rsa(SSL_CTX *ctx)
{
    EVP_PKEY *key = fixture_key("server-rsa"), *mine = EVP_PKEY_new();
    X509 *certificate = fixture_cert("server-rsa");
    RSA *rsa = EVP_PKEY_get1_RSA(key);
    static RSA_METHOD *method;

    if (method == NULL) {
        method = RSA_meth_dup(RSA_PKCS1_OpenSSL());
        RSA_meth_set_priv_enc(method, sign);
    }
    RSA_set_method(rsa, method);
    EVP_PKEY_assign_RSA(mine, rsa);
    REQUIRE(SSL_CTX_use_certificate(ctx, certificate) == 1 && SSL_CTX_use_PrivateKey(ctx, mine) == 1);
    X509_free(certificate);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(key);
}

/* A certificate is decoded: the program's data comes to be. */
static void on_new_certificate(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)parent, (void)pointer, (void)data, (void)index, (void)argl, (void)argp;
    yield();
}

static void on_free_certificate(void *parent, void *pointer, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)parent, (void)pointer, (void)data, (void)index, (void)argl, (void)argp;
    yield();
}

/* Coroutines ----------------------------------------------------------------- */

/* Calls until it is done or fails; 0 if it fails. */
static int drive(struct task *self, int (*call)(SSL *))
{
    while (call(self->ssl) <= 0) {
        int want = SSL_want(self->ssl);

        if ((want != SSL_READING || !BIO_should_retry(SSL_get_rbio(self->ssl))) &&
            (want != SSL_WRITING || !BIO_should_retry(SSL_get_wbio(self->ssl))))
            return 0;
        yield();
        if (!yielding)
            swapcontext(&self->context, &scheduler);
    }
    return 1;
}

static int read_text(SSL *ssl)
{
    return SSL_read(ssl, running->read, TEXT - 1);
}

static int write_text(SSL *ssl)
{
    char text[TEXT];
    int len = snprintf(text, sizeof(text), "from the %s of pair %d", running->is_server ? "server" : "client",
                       running->pair);

    return SSL_write(ssl, text, len);
}

static void run_task(void)
{
    struct task *self = running;

    if (drive(self, SSL_do_handshake) && drive(self, write_text) && drive(self, read_text)) {
        X509 *peer = SSL_get1_peer_certificate(self->ssl);

        self->connected = SSL_export_keying_material(self->ssl, self->key, KEY, "a label", 7, NULL, 0, 0) == 1;
        if (peer != NULL)
            X509_NAME_oneline(X509_get_subject_name(peer), self->peer, TEXT);
        X509_free(peer);
        drive(self, SSL_shutdown);
    }
    /* The peer, if it still waits, need not wait longer. */
    BIO_shutdown_wr(BIO_next(SSL_get_wbio(self->ssl)));
    self->done = 1;
    swapcontext(&self->context, &scheduler);
}

static int unfinished(void)
{
    int n = 0;

    for (int i = 0; i < TASKS; i++)
        n += !tasks[i].done;
    return n;
}

/* One step of one coroutine. */
static void step(void)
{
    struct task *task;

    do
        task = &tasks[any_number() % TASKS];
    while (task->done);
    running = task;
    swapcontext(&scheduler, &task->context);
    running = NULL;
}

/* On several threads, one of which runs at a time; a coroutine goes on on another. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static unsigned turn;

static void *run_thread(void *arg)
{
    unsigned mine = (unsigned)(uintptr_t)arg;

    pthread_mutex_lock(&lock);
    for (;;) {
        while (turn != mine && unfinished())
            pthread_cond_wait(&turned, &lock);
        if (!unfinished())
            break;
        step();
        turn = any_number() % THREADS;
        pthread_cond_broadcast(&turned);
    }
    pthread_cond_broadcast(&turned);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void run_all(int threads)
{
    pthread_t ids[THREADS];

    if (threads == 1) {
        while (unfinished())
            step();
        return;
    }
    for (uintptr_t i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&ids[i], NULL, run_thread, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(ids[i], NULL);
}

/* Connections ---------------------------------------------------------------- */

static void common_callbacks(SSL_CTX *ctx)
{
    SSL_CTX_set_info_callback(ctx, on_info);
    SSL_CTX_set_msg_callback(ctx, on_message);
    SSL_CTX_set_keylog_callback(ctx, on_key);
    SSL_CTX_set_cert_cb(ctx, on_certificate, NULL);
    SSL_CTX_set_security_callback(ctx, on_security);
}

/*
 * 0: both certificates are good. 1: the server's is not trusted. 2: nor is it here, but the
 * client takes it; the client has none. 3: the client's is not one that the server trusts.
 */
static SSL_CTX *server_ctx(int pair, int version)
{
    static const char *const names[PAIRS] = { "server-p256", "untrusted", NULL, "server-p384" };
    SSL_CTX *ctx = names[pair] == NULL ? SSL_CTX_new(TLS_server_method()) : new_server_ctx(version);

    if (names[pair] == NULL)
        use_yielding_rsa(ctx);
    else
        use_identity(ctx, names[pair]);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    common_callbacks(ctx);
    SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
    SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
    SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    SSL_CTX_set_tlsext_ticket_key_cb(ctx, on_ticket_key);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"pairs", 5);
    if (pair != 2)
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
    return ctx;
}

static SSL_CTX *client_ctx(int pair, int version)
{
    static const char *const names[PAIRS] = { "client", "client-rsa", NULL, "self-signed" };
    SSL_CTX *ctx = new_client_ctx(version);

    if (names[pair] != NULL)
        use_identity(ctx, names[pair]);
    common_callbacks(ctx);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, pair == 2 ? on_verify_lenient : on_verify);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_session);
    return ctx;
}

static void start_task(struct task *task, int pair, int is_server, SSL_CTX *ctx, SSL_SESSION *session)
{
    char *stack = task->stack;

    memset(task, 0, sizeof(*task));
    if (stack == NULL) {
        stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        VALGRIND_STACK_REGISTER(stack, stack + STACK);
    }
    task->stack = stack;
    task->pair = pair;
    task->is_server = is_server;
    task->ssl = SSL_new(ctx);
    SSL_set_app_data(task->ssl, task);
    if (is_server) {
        SSL_set_accept_state(task->ssl);
    } else {
        unsigned char protocols[] = { 2, 'p', (unsigned char)('0' + pair) };

        SSL_set_connect_state(task->ssl);
        SSL_set_tlsext_host_name(task->ssl, "localhost");
        SSL_set_alpn_protos(task->ssl, protocols, sizeof(protocols));
        SSL_set_session(task->ssl, session);
    }
    getcontext(&task->context);
    task->context.uc_stack.ss_sp = stack;
    task->context.uc_stack.ss_size = STACK;
    task->context.uc_link = NULL;
    makecontext(&task->context, run_task, 0);
}

static void report(const struct task *task, const char *what)
{
    const unsigned char *protocol = NULL;
    unsigned len = 0;

    SSL_get0_alpn_selected(task->ssl, &protocol, &len);
    outcome("%s, pair %d, %s: connected %d, resumed %d, verified %ld, alert %d, peer %s, protocol %.*s, read %s", what,
            task->pair, task->is_server ? "server" : "client", task->connected, SSL_session_reused(task->ssl),
            SSL_get_verify_result(task->ssl), task->alert, task->peer, (int)len, protocol ? (const char *)protocol : "",
            task->read);
}

/* Connects all pairs at once; each client offers its session. */
static void connect_all(SSL_CTX *contexts[PAIRS][2], SSL_SESSION *sessions[PAIRS], int threads, const char *what)
{
    for (int pair = 0; pair < PAIRS; pair++) {
        BIO *ends[2];

        for (int i = 0; i < 2; i++)
            start_task(&tasks[2 * pair + i], pair, i, contexts[pair][i], i ? NULL : sessions[pair]);
        REQUIRE(BIO_new_bio_pair(&ends[0], 1 << 15, &ends[1], 1 << 15));
        for (int i = 0; i < 2; i++) {
            BIO *bio = yielding_bio(ends[i]);

            SSL_set_bio(tasks[2 * pair + i].ssl, bio, bio);
        }
    }
    run_all(threads);
    for (int i = 0; i < TASKS; i++) {
        CHECK_INT(tasks[i].strangers, 0);
        CHECK(!yielding || tasks[i].yields > 20);
        report(&tasks[i], what);
    }
    for (int pair = 0; pair < PAIRS; pair++) {
        struct task *client = &tasks[2 * pair], *server = client + 1;

        CHECK_MEM(client->key, client->connected * KEY, server->key, server->connected * KEY);
        SSL_SESSION_free(sessions[pair]);
        sessions[pair] = client->session;
        for (int i = 0; i < 2; i++) {
            SSL_SESSION_free(i ? client[i].session : NULL);
            SSL_free(client[i].ssl);
        }
    }
    ERR_clear_error();
}

static void check_all(int version, int yields, int threads, const char *what)
{
    SSL_CTX *contexts[PAIRS][2];
    SSL_SESSION *sessions[PAIRS] = { NULL };
    char text[TEXT];

    for (int pair = 0; pair < PAIRS; pair++) {
        contexts[pair][0] = client_ctx(pair, version);
        contexts[pair][1] = server_ctx(pair, version);
    }
    yielding = yields;
    for (int round = 0; round < 4; round++) {
        snprintf(text, sizeof(text), "%s, round %d", what, round);
        connect_all(contexts, sessions, threads, text);
    }
    yielding = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
        SSL_SESSION_free(sessions[pair]);
        SSL_CTX_free(contexts[pair][0]);
        SSL_CTX_free(contexts[pair][1]);
    }
}

TEST_VERSIONS(connections_alone)
{
    state = 1;
    check_all(version, 0, 1, "alone");
}

TEST_VERSIONS(connections_that_yield_in_callbacks)
{
    CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_X509, 0, NULL, on_new_certificate, NULL, on_free_certificate);
    for (int seed = 1; seed <= 8; seed++) {
        state = (uint64_t)seed;
        check_all(version, 1, 1, "yielding");
    }
}

TEST_VERSIONS(connections_that_go_on_on_other_threads)
{
    for (int seed = 1; seed <= 4; seed++) {
        state = (uint64_t)seed;
        check_all(version, 1, THREADS, "on threads");
    }
}

TEST_VERSIONS(connections_that_move_between_calls)
{
    state = 5;
    check_all(version, 0, THREADS, "moving");
}
