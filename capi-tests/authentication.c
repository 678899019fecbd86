/*
 * A side that wants its peer authenticated lets nobody else in, whatever way the
 * connection comes about: more than a thousand refusals by servers and as many by clients,
 * in an order drawn from a seed (TESSERA_SEED), which is printed. What is let in
 * besides, by a session that may be resumed, is the same as in the stock library.
 */
#include "harness.h"

enum identity { GOOD, NONE, UNTRUSTED, EXPIRED, REVOKED, SELF_SIGNED, IDENTITIES };

static const char *const identity_names[] = { "good", "none", "untrusted", "expired", "revoked", "self-signed" };

/* How a connection to the strict server comes about. */
enum way {
    DIRECT,          /* a new SSL of the strict context */
    BY_NAME,         /* the servername callback puts the strict context in place */
    CLEARED,         /* an SSL that has served a good client, after SSL_clear */
    MODE_CHANGED,    /* an SSL of the lax context that is made strict */
    MODE_RELAXED,    /* strict, made lax, and made strict again */
    LAX_SESSION,     /* with a session of the lax context, which shares ticket keys */
    LAX_EARLY_DATA,  /* the same with early data */
    LAX_BY_NAME,     /* with a session of the lax context, and BY_NAME */
    SAME_ID_CONTEXT, /* with a session of a lax context that has the strict one's id context */
    GOOD_SESSION,    /* with the session of a good client */
    FORGED_CONTEXT,  /* with a lax session that is given the strict id context by the client */
    WAYS,
};

static const char *const way_names[] = { "direct", "by name", "cleared", "mode changed", "mode relaxed", "lax session",
                                         "lax early data", "lax session by name", "same id context", "good session",
                                         "forged context" };

/* The ways in which a session lets a client in without another look at it. */
static int may_resume(enum way way)
{
    return way == LAX_BY_NAME || way == SAME_ID_CONTEXT || way == GOOD_SESSION;
}

struct world {
    SSL_CTX *strict;
    SSL_CTX *lax;      /* another id context, the same ticket keys */
    SSL_CTX *lax_same; /* the same id context and ticket keys */
    SSL_CTX *client[IDENTITIES];
};

static unsigned long long state;

static unsigned int draw(unsigned int below)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned int)(state >> 33) % below;
}

static void seed(unsigned long long part)
{
    const char *text = getenv("TESSERA_SEED");

    state = (text != NULL ? strtoull(text, NULL, 0) : 20261125) * 100 + part;
    printf("    seed %llu\n", state);
    draw(2);
}

static const int strictly = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

static void trust(SSL_CTX *ctx)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);

    REQUIRE(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL) == 1);
    REQUIRE(X509_load_crl_file(X509_STORE_add_lookup(store, X509_LOOKUP_file()), fixture("ca-crl.pem"),
                               X509_FILETYPE_PEM) == 1);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

static int put_strict(SSL *ssl, int *alert, void *arg)
{
    SSL_CTX *strict = arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    (void)alert;
    if (name == NULL || strcmp(name, "strict") != 0)
        return SSL_TLSEXT_ERR_NOACK;
    /* What servers of many names do: the mode does not come with the context. */
    SSL_set_SSL_CTX(ssl, strict);
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(strict), NULL);
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *server_of(int version, const char *id_context, const unsigned char *keys)
{
    SSL_CTX *ctx = new_server_ctx(version);

    trust(ctx);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)id_context, (unsigned int)strlen(id_context));
    SSL_CTX_set_tlsext_ticket_keys(ctx, (void *)keys, 80);
    SSL_CTX_set_max_early_data(ctx, 1000);
    return ctx;
}

static struct world new_world(int version)
{
    static const unsigned char keys[81] = "eighty bytes of ticket keys, which the servers of this test have in common ....";
    struct world world;

    world.strict = server_of(version, "strict", keys);
    world.lax = server_of(version, "lax", keys);
    world.lax_same = server_of(version, "strict", keys);
    SSL_CTX_set_verify(world.strict, strictly, NULL);
    SSL_CTX_set_tlsext_servername_callback(world.lax, put_strict);
    SSL_CTX_set_tlsext_servername_arg(world.lax, world.strict);
    for (enum identity who = GOOD; who < IDENTITIES; who++) {
        char name[40];

        world.client[who] = new_client_ctx(version);
        SSL_CTX_set_session_cache_mode(world.client[who], SSL_SESS_CACHE_CLIENT);
        snprintf(name, sizeof(name), "dual-%s", identity_names[who]);
        if (who != NONE)
            use_identity(world.client[who], name);
    }
    return world;
}

static void end_world(struct world *world)
{
    SSL_CTX_free(world->strict);
    SSL_CTX_free(world->lax);
    SSL_CTX_free(world->lax_same);
    for (int i = 0; i < IDENTITIES; i++)
        SSL_CTX_free(world->client[i]);
}

/* Whether the connection's sessions are kept by id, not in tickets. */
static int in_cache;

static void choose_storage(SSL *server)
{
    if (in_cache)
        SSL_set_options(server, SSL_OP_NO_TICKET);
    else
        SSL_clear_options(server, SSL_OP_NO_TICKET);
}

/* The session of a connection between these, or NULL if there is none. */
static SSL_SESSION *session_from(SSL_CTX *cctx, SSL_CTX *sctx)
{
    struct pair pair = new_pair(cctx, sctx);
    SSL_SESSION *session = NULL;
    char byte;

    choose_storage(pair.server);
    if (handshake(&pair)) {
        SSL_read(pair.client, &byte, 1);
        session = SSL_get1_session(pair.client);
        close_cleanly(&pair);
    }
    free_pair(&pair);
    ERR_clear_error();
    return session;
}

/* The client's half may be over before the server has made up its mind: what
 * counts is whether the server would serve it. */
static int is_let_in(struct pair *pair)
{
    char data[20];

    if (!handshake(pair) || !SSL_is_init_finished(pair->server))
        return 0;
    SSL_write(pair->client, "request", 7);
    return SSL_read(pair->server, data, sizeof(data)) == 7;
}

static SSL_SESSION *session_for(struct world *world, enum way way, SSL_CTX *cctx)
{
    SSL_SESSION *session;

    switch (way) {
    case LAX_SESSION:
    case LAX_EARLY_DATA:
    case LAX_BY_NAME:
        return session_from(cctx, world->lax);
    case FORGED_CONTEXT:
        session = session_from(cctx, world->lax);
        if (session != NULL)
            SSL_SESSION_set1_id_context(session, (const unsigned char *)"strict", 6);
        return session;
    case SAME_ID_CONTEXT:
        return session_from(cctx, world->lax_same);
    case GOOD_SESSION:
        return session_from(world->client[GOOD], world->strict);
    default:
        return NULL;
    }
}

static SSL *serve_first(struct world *world, struct pair *pair)
{
    SSL *server;

    *pair = new_pair(world->client[GOOD], world->strict);
    choose_storage(pair->server);
    REQUIRE(is_let_in(pair));
    close_cleanly(pair);
    server = pair->server;
    SSL_free(pair->client);
    REQUIRE(SSL_clear(server) == 1);
    return server;
}

static struct pair pair_for(struct world *world, enum way way, SSL_CTX *cctx)
{
    int from_lax = way == BY_NAME || way == LAX_BY_NAME || way == MODE_CHANGED;
    struct pair pair;

    if (way == CLEARED) {
        SSL *server = serve_first(world, &pair);

        pair.client = SSL_new(cctx);
        SSL_set_connect_state(pair.client);
        join(pair.client, server);
        return pair;
    }
    pair = new_pair(cctx, from_lax ? world->lax : world->strict);
    if (way == BY_NAME || way == LAX_BY_NAME)
        SSL_set_tlsext_host_name(pair.client, "strict");
    if (way == MODE_RELAXED)
        SSL_set_verify(pair.server, SSL_VERIFY_NONE, NULL);
    if (way == MODE_RELAXED || way == MODE_CHANGED)
        SSL_set_verify(pair.server, strictly, NULL);
    return pair;
}

static void send_early(struct pair *pair, SSL_SESSION *session)
{
    unsigned char data[20];
    size_t n = 0;
    int answer;

    if (SSL_SESSION_get_max_early_data(session) == 0)
        return;
    SSL_write_early_data(pair->client, "early", 5, &n);
    answer = SSL_read_early_data(pair->server, data, sizeof(data), &n);
    /* The lax session is not the strict server's: neither is its data. */
    CHECK(answer != SSL_READ_EARLY_DATA_SUCCESS);
    ERR_clear_error();
}

/* One client at the strict server: whether it was let in. */
static int try_server(struct world *world, int version, enum way way, enum identity who)
{
    SSL_CTX *cctx = world->client[who];
    SSL_SESSION *session = session_for(world, way, cctx);
    struct pair pair = pair_for(world, way, cctx);
    int let_in;

    choose_storage(pair.server);
    if (session != NULL)
        REQUIRE(SSL_set_session(pair.client, session) == 1);
    if (session != NULL && way == LAX_EARLY_DATA && version == TLS1_3_VERSION)
        send_early(&pair, session);
    let_in = is_let_in(&pair);
    if (who != GOOD && !(may_resume(way) && SSL_session_reused(pair.server)))
        CHECK_INT(let_in, 0);
    if (who == GOOD)
        CHECK_INT(let_in, 1);
    if (let_in && !SSL_session_reused(pair.server)) {
        CHECK(SSL_get0_peer_certificate(pair.server) != NULL);
        CHECK_INT(SSL_get_verify_result(pair.server), X509_V_OK);
    }
    outcome("1.%d %s, %s, %s: in %d reused %d server %d/%d/%d verify %ld client %d/%d/%d certificate %d",
            version == TLS1_3_VERSION ? 3 : 2, way_names[way], identity_names[who], in_cache ? "cache" : "tickets",
            let_in, SSL_session_reused(pair.server), pair.server_end.ret, pair.server_end.error, pair.server_end.reason,
            SSL_get_verify_result(pair.server), pair.client_end.ret, pair.client_end.error, pair.client_end.reason,
            SSL_get0_peer_certificate(pair.server) != NULL);
    ERR_clear_error();
    SSL_SESSION_free(session);
    free_pair(&pair);
    return let_in;
}

static void try_servers(unsigned long long part)
{
    struct world worlds[] = { new_world(TLS1_2_VERSION), new_world(TLS1_3_VERSION) };
    int refused = 0, resumed = 0;

    seed(part);
    for (int i = 0; i < 360; i++) {
        int tls13 = (int)draw(2);
        enum way way = draw(WAYS);
        /* Now and then a good client, or it would be easy to refuse all. */
        enum identity who = i % 10 == 9 ? GOOD : 1 + draw(IDENTITIES - 1);

        in_cache = (int)draw(2);
        if (try_server(&worlds[tls13], tls13 ? TLS1_3_VERSION : TLS1_2_VERSION, way, who))
            resumed += who != GOOD;
        else
            refused++;
    }
    outcome("%d refused, %d resumed", refused, resumed);
    CHECK(refused > 240);
    end_world(&worlds[0]);
    end_world(&worlds[1]);
}

TEST(strict_server_first_quarter)
{
    try_servers(1);
}

TEST(strict_server_second_quarter)
{
    try_servers(2);
}

TEST(strict_server_third_quarter)
{
    try_servers(3);
}

TEST(strict_server_last_quarter)
{
    try_servers(4);
}

/* Clients ------------------------------------------------------------------ */

enum server { GOOD_SERVER, WRONG_CA, EXPIRED_SERVER, REVOKED_SERVER, SELF_SIGNED_SERVER, WRONG_NAME, SERVERS };

static const char *const server_names[] = { "dual-good", "dual-untrusted", "dual-expired",
                                            "dual-revoked", "dual-self-signed", "wrong-host" };

enum client_way {
    NEW_CLIENT,       /* a new SSL that verifies */
    CLEARED_CLIENT,   /* one that has been at the good server, after SSL_clear */
    STRICT_AT_LAST,   /* the context verifies nothing, the SSL does */
    UNVERIFIED,       /* with a session that an unverified connection got */
    ELSEWHERE,        /* with a session of the good server, which this one can't resume */
    CLIENT_WAYS,
};

static const char *const client_way_names[] = { "new", "cleared", "strict at last", "unverified session",
                                                "good server's session" };

static void verify_name(SSL *ssl)
{
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    SSL_set1_host(ssl, "localhost");
}

static void try_client(SSL_CTX *cctx, SSL_CTX *lax, SSL_CTX **servers, int version, enum client_way way,
                       enum server which)
{
    SSL_SESSION *session = NULL;
    struct pair pair;
    int let_in;

    if (way == UNVERIFIED)
        session = session_from(lax, servers[which]);
    if (way == ELSEWHERE)
        session = session_from(cctx, servers[GOOD_SERVER]);
    if (way == CLEARED_CLIENT) {
        pair = new_pair(cctx, servers[GOOD_SERVER]);
        verify_name(pair.client);
        REQUIRE(is_let_in(&pair));
        close_cleanly(&pair);
        SSL_free(pair.server);
        REQUIRE(SSL_clear(pair.client) == 1);
        pair.server = SSL_new(servers[which]);
        SSL_set_accept_state(pair.server);
        join(pair.client, pair.server);
    } else {
        pair = new_pair(way == STRICT_AT_LAST ? lax : cctx, servers[which]);
    }
    verify_name(pair.client);
    choose_storage(pair.server);
    if (session != NULL)
        REQUIRE(SSL_set_session(pair.client, session) == 1);
    let_in = handshake(&pair);
    if (which != GOOD_SERVER && !(way == UNVERIFIED && SSL_session_reused(pair.client)))
        CHECK_INT(let_in, 0);
    if (which == GOOD_SERVER)
        CHECK_INT(let_in, 1);
    outcome("1.%d %s, %s, %s: in %d reused %d client %d/%d/%d verify %ld server %d/%d/%d",
            version == TLS1_3_VERSION ? 3 : 2, client_way_names[way], server_names[which],
            in_cache ? "cache" : "tickets", let_in, SSL_session_reused(pair.client), pair.client_end.ret,
            pair.client_end.error, pair.client_end.reason, SSL_get_verify_result(pair.client), pair.server_end.ret,
            pair.server_end.error, pair.server_end.reason);
    ERR_clear_error();
    SSL_SESSION_free(session);
    free_pair(&pair);
}

static void try_clients(int version, unsigned long long part)
{
    SSL_CTX *cctx = new_client_ctx(version), *lax = new_client_ctx(version), *servers[SERVERS];

    SSL_CTX_set_verify(lax, SSL_VERIFY_NONE, NULL);
    trust(cctx);
    trust(lax);
    for (enum server which = GOOD_SERVER; which < SERVERS; which++) {
        servers[which] = new_server_ctx(version);
        use_identity(servers[which], server_names[which]);
    }
    seed(part);
    for (int i = 0; i < 270; i++) {
        enum client_way way = draw(CLIENT_WAYS);
        enum server which = draw(SERVERS);

        in_cache = (int)draw(2);
        try_client(cctx, lax, servers, version, way, which);
    }
    for (int i = 0; i < SERVERS; i++)
        SSL_CTX_free(servers[i]);
    SSL_CTX_free(cctx);
    SSL_CTX_free(lax);
}

TEST_VERSIONS(strict_client_first_third)
{
    try_clients(version, version == TLS1_3_VERSION ? 6 : 5);
}

TEST_VERSIONS(strict_client_second_third)
{
    try_clients(version, version == TLS1_3_VERSION ? 8 : 7);
}

TEST_VERSIONS(strict_client_last_third)
{
    try_clients(version, version == TLS1_3_VERSION ? 10 : 9);
}
