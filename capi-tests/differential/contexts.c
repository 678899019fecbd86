/* The contexts of a sequence and their callbacks. */
#include "world.h"

#include <limits.h>

static X509 *server_cert, *client_cert;
static EVP_PKEY *server_key, *client_key;
static X509_STORE *trusted, *other;

static FILE *open_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    return file;
}

static X509 *load_cert(const char *folder, const char *name)
{
    FILE *file = open_file(folder, name);
    X509 *cert = PEM_read_X509(file, NULL, NULL, NULL);

    fclose(file);
    return cert;
}

static EVP_PKEY *load_key(const char *folder, const char *name)
{
    FILE *file = open_file(folder, name);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);

    fclose(file);
    return key;
}

static X509_STORE *load_store(const char *folder, const char *name)
{
    X509_STORE *store = X509_STORE_new();
    X509 *cert = load_cert(folder, name);

    X509_STORE_add_cert(store, cert);
    X509_free(cert);
    return store;
}

void load_identities(const char *folder)
{
    server_cert = load_cert(folder, "server-p256.pem");
    server_key = load_key(folder, "server-p256-key.pem");
    client_cert = load_cert(folder, "client.pem");
    client_key = load_key(folder, "client-key.pem");
    trusted = load_store(folder, "ca.pem");
    other = load_store(folder, "other-ca.pem");
}

X509_STORE *other_store(void)
{
    return other;
}

int context_number(const SSL_CTX *ctx)
{
    for (int i = 0; i < CONTEXTS; i++)
        if (contexts[i].ctx == ctx)
            return i;
    return -1;
}

/* Callbacks -------------------------------------------------------------- */

static SSL_SESSION *pending[64];
static int pending_count;

void keep_pending(void)
{
    for (int i = 0; i < pending_count; i++)
        keep(pending[i]);
    pending_count = 0;
}

/* The cache's context is the one of SSL_new, which SSL_set_SSL_CTX does not change. */
static int cache_of(SSL *ssl)
{
    return (int)(intptr_t)SSL_get_ex_data(ssl, 0) - 1;
}

static int new_session(SSL *ssl, SSL_SESSION *session)
{
    int taken = pending_count < 64 && chance(50);

    set_home(session, cache_of(ssl));
    call("new callback: context %d session %d id %d ticket %d -> %d", cache_of(ssl), number(session),
         SSL_SESSION_get_id(session, NULL) != NULL, SSL_SESSION_has_ticket(session), taken);
    if (taken)
        pending[pending_count++] = session;
    return taken;
}

/* A session may only be given out for the cache it belongs to: see home(). */
static SSL_SESSION *get_session(SSL *ssl, const unsigned char *id, int length, int *copy)
{
    SSL_SESSION *found = NULL;
    int at = cache_of(ssl);

    for (int i = 0; i < HANDLES && found == NULL; i++) {
        SSL_SESSION *session = handles[i].session;
        unsigned int its_length;
        const unsigned char *its_id;

        if (session == NULL || (home(session) != at && home(session) != -1))
            continue;
        its_id = SSL_SESSION_get_id(session, &its_length);
        if ((int)its_length == length && memcmp(its_id, id, its_length) == 0)
            found = session;
    }
    if (found != NULL && chance(30))
        found = NULL;
    if (found != NULL) {
        set_home(found, at);
        if (chance(50)) {
            SSL_SESSION_up_ref(found);
            *copy = 0;
        }
    }
    call("get callback: context %d id %d copy %d -> session %d", at, length, *copy, number(found));
    return found;
}

/* The stock library calls it under the context's lock: it must not use the cache. */
static void remove_session(SSL_CTX *ctx, SSL_SESSION *session)
{
    call("remove callback: context %d session %d", context_number(ctx), number(session));
}

static int not_resumable(SSL *ssl, int forward_secret)
{
    int answer = chance(40);

    call("not resumable callback: context %d %d -> %d", cache_of(ssl), forward_secret, answer);
    return answer;
}

/* Always 32 bytes: Tessera fills shorter ones up (docs/sessions.md). */
static int generate_id(SSL *ssl, unsigned char *id, unsigned int *length)
{
    int answer = SSL_version(ssl) != TLS1_2_VERSION || !chance(4);

    RAND_bytes(id, (int)*length);
    call("generate id callback: context %d %u matching %d -> %d", cache_of(ssl), *length,
         SSL_has_matching_session_id(ssl, id, *length), answer);
    return answer;
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
                       unsigned int in_length, void *arg)
{
    (void)arg;
    call("alpn callback: context %d length %u", cache_of(ssl), in_length);
    *out = in + 1;
    *out_length = in[0];
    return SSL_TLSEXT_ERR_OK;
}

/* Always acknowledges: a server on Tessera does so itself (docs/sessions.md). */
static int servername(SSL *ssl, int *alert, void *arg)
{
    int turn = chance(30);

    (void)alert, (void)arg;
    call("servername callback: context %d name %s turn %d", cache_of(ssl),
         SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name) != NULL ? "set" : "none", turn);
    if (turn)
        SSL_set_SSL_CTX(ssl, contexts[OTHER_SERVER].ctx);
    return SSL_TLSEXT_ERR_OK;
}

/* Contexts --------------------------------------------------------------- */

int some_cache_mode(void)
{
    static const int roles[] = { SSL_SESS_CACHE_SERVER, SSL_SESS_CACHE_BOTH, SSL_SESS_CACHE_CLIENT,
                                 SSL_SESS_CACHE_OFF, SSL_SESS_CACHE_BOTH, SSL_SESS_CACHE_SERVER };
    int mode = roles[choose(6)];

    mode |= chance(20) ? SSL_SESS_CACHE_NO_INTERNAL_LOOKUP : 0;
    mode |= chance(20) ? SSL_SESS_CACHE_NO_INTERNAL_STORE : 0;
    mode |= chance(20) ? SSL_SESS_CACHE_NO_AUTO_CLEAR : 0;
    mode |= chance(20) ? SSL_SESS_CACHE_UPDATE_TIME : 0;
    return mode;
}

long some_cache_size(void)
{
    static const long sizes[] = { 20480, 0, 1, 2, 3, 5, -1, 20480 };

    return sizes[choose(8)];
}

long some_timeout(void)
{
    static const long timeouts[] = { 7200, 0, 1, 5, 100, 300, 1000000, 300 };

    return timeouts[choose(8)];
}

static void choose_version(SSL_CTX *ctx)
{
    unsigned which = choose(5);

    if (which < 3)
        return;
    SSL_CTX_set_min_proto_version(ctx, which == 3 ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_max_proto_version(ctx, which == 3 ? TLS1_2_VERSION : TLS1_3_VERSION);
}

static void set_up_cache(SSL_CTX *ctx)
{
    SSL_CTX_set_session_cache_mode(ctx, some_cache_mode());
    SSL_CTX_sess_set_cache_size(ctx, some_cache_size());
    SSL_CTX_set_timeout(ctx, some_timeout());
    if (chance(60))
        SSL_CTX_sess_set_new_cb(ctx, new_session);
    if (chance(40))
        SSL_CTX_sess_set_get_cb(ctx, get_session);
    if (chance(50))
        SSL_CTX_sess_set_remove_cb(ctx, remove_session);
    if (chance(40))
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
}

static SSL_CTX *new_server(struct context *context)
{
    static const unsigned char shared_keys[80] = "the same keys on every server that chooses them";
    static const char *const id_contexts[] = { "one", "two" };
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const char *id_context = id_contexts[choose(2)];

    SSL_CTX_use_certificate(ctx, server_cert);
    SSL_CTX_use_PrivateKey(ctx, server_key);
    SSL_CTX_set1_verify_cert_store(ctx, trusted);
    if (chance(80))
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)id_context, (unsigned)strlen(id_context));
    if (chance(25))
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (chance(50) ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
    if (chance(40))
        SSL_CTX_set_num_tickets(ctx, choose(5));
    if (chance(40))
        SSL_CTX_set_tlsext_ticket_keys(ctx, (void *)(uintptr_t)shared_keys, 80);
    if (chance(10))
        SSL_CTX_set_not_resumable_session_callback(ctx, not_resumable);
    if (chance(20))
        SSL_CTX_set_generate_session_id(ctx, generate_id);
    if (chance(30))
        SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
    context->names = chance(50);
    if (context->names)
        SSL_CTX_set_tlsext_servername_callback(ctx, servername);
    return ctx;
}

static SSL_CTX *new_client(void)
{
    static const char *const id_contexts[] = { "one", "two" };
    const char *id_context = id_contexts[choose(2)];
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set1_cert_store(ctx, trusted);
    if (chance(90))
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (chance(60)) {
        SSL_CTX_use_certificate(ctx, client_cert);
        SSL_CTX_use_PrivateKey(ctx, client_key);
    }
    if (chance(10))
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)id_context, (unsigned)strlen(id_context));
    if (chance(40))
        SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\3one\3two", 8);
    return ctx;
}

/* Early data stays off: it is being written. The group is a classical one: Tessera
 * prefers a hybrid group of which the stock library knows nothing (README.md). */
void make_contexts(void)
{
    for (int i = 0; i < CONTEXTS; i++) {
        struct context *context = &contexts[i];

        memset(context, 0, sizeof(*context));
        context->is_server = i == SERVER_A || i == SERVER_B || i == OTHER_SERVER;
        context->ctx = context->is_server ? new_server(context) : new_client();
        SSL_CTX_set1_groups_list(context->ctx, "X25519:P-256");
        choose_version(context->ctx);
        set_up_cache(context->ctx);
    }
}

void free_contexts(void)
{
    for (int i = 0; i < CONTEXTS; i++) {
        note("free context %d", i);
        /* It stays in the table meanwhile: its remove callback names it. */
        SSL_CTX_free(contexts[i].ctx);
        contexts[i].ctx = NULL;
    }
}
