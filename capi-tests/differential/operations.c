/* What a sequence consists of. */
#include "world.h"

/* Links ------------------------------------------------------------------ */

enum { CLIENT, SERVER };

static struct link *some_link(void)
{
    unsigned first = choose(LINKS);

    for (unsigned i = 0; i < LINKS; i++)
        if (links[(first + i) % LINKS].end[CLIENT] != NULL)
            return &links[(first + i) % LINKS];
    return NULL;
}

static int index_of(const struct link *link)
{
    return (int)(link - links);
}

static const char *side_name(int side)
{
    return side == CLIENT ? "client" : "server";
}

/* Fresh BIOs: a pair, or two memory BIOs. */
static void join(SSL *client, SSL *server)
{
    BIO *a, *b;

    if (chance(50)) {
        BIO_new_bio_pair(&a, 0, &b, 0);
        SSL_set_bio(client, a, a);
        SSL_set_bio(server, b, b);
        return;
    }
    a = BIO_new(BIO_s_mem());
    b = BIO_new(BIO_s_mem());
    BIO_up_ref(a);
    BIO_up_ref(b);
    SSL_set_bio(client, a, b);
    SSL_set_bio(server, b, a);
}

static int finished(const struct link *link, int side)
{
    return !link->failed[side] && SSL_is_init_finished(link->end[side]);
}

/* One step of a handshake: 1 when it is finished, 0 to go on, -1 when it failed. */
static int step(struct link *link, int side)
{
    SSL *ssl = link->end[side];
    int ret, error;

    if (link->failed[side])
        return -1;
    if (SSL_is_init_finished(ssl))
        return 1;
    ERR_clear_error();
    ret = SSL_do_handshake(ssl);
    error = SSL_get_error(ssl, ret);
    if (ret == 1)
        return 1;
    if (error != SSL_ERROR_SSL && error != SSL_ERROR_SYSCALL && error != SSL_ERROR_ZERO_RETURN)
        return 0;
    link->failed[side] = 1;
    call("%s %d: handshake %d error %d reason %d", side_name(side), index_of(link), ret, error, reason());
    return -1;
}

static void run(struct link *link, unsigned steps)
{
    int client = 0, server = 0;

    for (unsigned i = 0; i < steps && !(client && server); i++) {
        client = step(link, CLIENT);
        server = step(link, SERVER);
    }
    call("handshake %d: client %d server %d", index_of(link), client, server);
}

static void end_ssl(struct link *link, int side)
{
    SSL *ssl = link->end[side];

    call("free %s %d", side_name(side), index_of(link));
    link->end[side] = NULL;
    SSL_free(ssl);
    ERR_clear_error();
}

static void shut_down(struct link *link, int side)
{
    SSL *ssl = link->end[side];
    int ret = SSL_shutdown(ssl);
    int error = SSL_get_error(ssl, ret);

    call("shutdown %s %d: %d error %d reason %d", side_name(side), index_of(link), ret, error, reason());
}

static void end_link(struct link *link)
{
    unsigned how = choose(6);
    int first = (int)choose(2);

    if (link->end[CLIENT] == NULL)
        return;
    for (int i = 0; i < 2; i++) {
        int side = i ^ first;

        if (how == 1 || how == 2 || (how == 3 && i == 0))
            shut_down(link, side);
        if (how == 4)
            SSL_set_shutdown(link->end[side], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        if (how == 5)
            SSL_set_quiet_shutdown(link->end[side], 1);
    }
    if (how == 2 || how == 5) {
        shut_down(link, first);
        shut_down(link, 1 - first);
    }
    end_ssl(link, first);
    end_ssl(link, 1 - first);
}

void end_links(void)
{
    for (int i = 0; i < LINKS; i++)
        end_link(&links[i]);
}

/* Makes a handshake fail, or one that would succeed unusual. */
static void spoil(SSL *client, SSL *server)
{
    switch (choose(7)) {
    case 0:
        SSL_set1_verify_cert_store(client, other_store());
        SSL_set_verify(client, SSL_VERIFY_PEER, NULL);
        break;
    case 1:
        SSL_set_max_proto_version(client, TLS1_2_VERSION);
        SSL_set_cipher_list(client, "ECDHE-RSA-AES128-GCM-SHA256");
        break;
    case 2:
        SSL_set_max_proto_version(client, TLS1_2_VERSION);
        SSL_set_min_proto_version(server, TLS1_3_VERSION);
        break;
    case 3:
        SSL_set_max_proto_version(server, TLS1_2_VERSION);
        break;
    case 4:
        SSL_set_options(chance(50) ? client : server, SSL_OP_NO_TICKET);
        break;
    case 5:
        SSL_set_session_id_context(chance(50) ? client : server, (const unsigned char *)"three", 5);
        break;
    case 6:
        SSL_set_ciphersuites(client, "TLS_AES_128_GCM_SHA256");
        SSL_set_cipher_list(client, "ECDHE-ECDSA-AES128-GCM-SHA256");
        break;
    }
}

static int speaks_tls13(const SSL *ssl)
{
    long most = SSL_get_max_proto_version((SSL *)(uintptr_t)ssl);

    return most == 0 || most == TLS1_3_VERSION;
}

/* A session that this client may offer this server, or NULL. Not one
 * - whose id, version or cipher was set by hand: it belongs to no server, and rustls
 *   looks at it in an order of its own;
 * - of TLS 1.3, where the handshake will be one of TLS 1.2: with it rustls asks for no
 *   TLS 1.2 ticket;
 * - of TLS 1.2 with a ticket, where the server takes none: to such a client rustls
 *   gives no session id. */
static SSL_SESSION *some_offer(const struct link *link)
{
    SSL_SESSION *session = some_session();

    if (session == NULL || is_altered(session))
        return NULL;
    if (SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION)
        return speaks_tls13(link->end[CLIENT]) && speaks_tls13(link->end[SERVER]) ? session : NULL;
    if (SSL_SESSION_has_ticket(session) && (SSL_get_options(link->end[SERVER]) & SSL_OP_NO_TICKET) != 0)
        return NULL;
    return session;
}

static void connect_link(void)
{
    struct link *link = &links[choose(LINKS)];
    int pair = (int)choose(2) * 2;
    SSL_SESSION *session;

    end_link(link);
    memset(link->failed, 0, sizeof(link->failed));
    link->context[CLIENT] = pair;
    link->context[SERVER] = chance(85) ? pair + 1 : 3 - pair;
    for (int side = 0; side < 2; side++) {
        link->end[side] = SSL_new(contexts[link->context[side]].ctx);
        SSL_set_ex_data(link->end[side], 0, (void *)(intptr_t)(link->context[side] + 1));
    }
    call("connect %d: contexts %d %d", index_of(link), link->context[CLIENT], link->context[SERVER]);
    if (contexts[link->context[SERVER]].names && chance(60))
        SSL_set_tlsext_host_name(link->end[CLIENT], "localhost");
    if (chance(15))
        spoil(link->end[CLIENT], link->end[SERVER]);
    SSL_set_connect_state(link->end[CLIENT]);
    SSL_set_accept_state(link->end[SERVER]);
    join(link->end[CLIENT], link->end[SERVER]);
    session = chance(70) ? some_offer(link) : NULL;
    if (session != NULL)
        call("set session %d: %d", number(session), SSL_set_session(link->end[CLIENT], session));
    run(link, chance(85) ? 12 : choose(4));
}

static void go_on(struct link *link)
{
    run(link, 1 + choose(3));
}

static void read_some(struct link *link, int side)
{
    char bytes[100];
    int ret = SSL_read(link->end[side], bytes, sizeof(bytes));
    int error = SSL_get_error(link->end[side], ret);

    call("read %s %d: %d error %d reason %d", side_name(side), index_of(link), ret, error, reason());
}

static void write_some(struct link *link, int side)
{
    int ret = SSL_write(link->end[side], "some bytes of data", 18);
    int error = SSL_get_error(link->end[side], ret);

    call("write %s %d: %d error %d reason %d", side_name(side), index_of(link), ret, error, reason());
}

static void transfer(struct link *link)
{
    int side = (int)choose(2);

    if (!finished(link, CLIENT) || !finished(link, SERVER))
        return;
    if (chance(70))
        write_some(link, side);
    read_some(link, 1 - side);
    if (chance(50))
        read_some(link, CLIENT);
}

static void more_tickets(struct link *link)
{
    int side = chance(90) ? SERVER : CLIENT;

    if (!finished(link, SERVER) || !finished(link, CLIENT))
        return;
    call("new ticket %s %d: %d reason %d", side_name(side), index_of(link), SSL_new_session_ticket(link->end[side]),
         reason());
    if (chance(50))
        call("handshake: %d reason %d", SSL_do_handshake(link->end[SERVER]), reason());
    else
        write_some(link, SERVER);
    if (chance(70))
        read_some(link, CLIENT);
}

static void update_key(struct link *link)
{
    int side = (int)choose(2);

    if (!finished(link, CLIENT) || !finished(link, SERVER))
        return;
    call("key update %s %d: %d reason %d", side_name(side), index_of(link),
         SSL_key_update(link->end[side], (int)choose(2)), reason());
    write_some(link, side);
    read_some(link, 1 - side);
}

/* Not during a handshake: the stock library then reads no further. Nothing is undone:
 * the stock library then sends close_notify again, and reads what comes after one;
 * rustls knows only one end of a connection. */
static void set_shutdown(struct link *link)
{
    int side = (int)choose(2);
    int state = (int)choose(4) | SSL_get_shutdown(link->end[side]);

    if (!finished(link, side))
        return;
    if (chance(30)) {
        SSL_set_quiet_shutdown(link->end[side], state & 1);
        call("quiet %s %d: %d", side_name(side), index_of(link), SSL_get_quiet_shutdown(link->end[side]));
        return;
    }
    SSL_set_shutdown(link->end[side], state);
    call("set shutdown %s %d: %d -> %d", side_name(side), index_of(link), state, SSL_get_shutdown(link->end[side]));
}

/* Both ends, on BIOs without what was under way; perhaps connects again. Not during
 * a handshake: what the session says by then depends on how far the library got. */
static void clear(struct link *link)
{
    int first = (int)choose(2);

    if (!finished(link, CLIENT) || !finished(link, SERVER))
        return;
    for (int i = 0; i < 2; i++) {
        int side = i ^ first;

        call("clear %s %d: %d reason %d", side_name(side), index_of(link), SSL_clear(link->end[side]), reason());
        link->failed[side] = 0;
    }
    join(link->end[CLIENT], link->end[SERVER]);
    if (chance(70))
        run(link, 12);
}

static void free_one_link(struct link *link)
{
    end_link(link);
}

/* Not of a handshake that is under way or has failed: what its session says so far
 * depends on how far the library has got. */
static void take_session(struct link *link)
{
    int side = (int)choose(2);
    SSL_SESSION *session;

    if (!SSL_in_before(link->end[side]) && !finished(link, side))
        return;
    session = SSL_get1_session(link->end[side]);
    if (session != NULL && home(session) == -1)
        set_home(session, link->context[side]);
    call("get1 session %s %d: %d", side_name(side), index_of(link), number(session));
    if (session != NULL)
        keep(session);
}

/* Not during a handshake: it would lose the session that its keys come from. A
 * connection that is finished ends at once: the stock library has set it back to
 * its context's method, and what it says of itself means nothing. */
static void give_session(struct link *link)
{
    int side = chance(85) ? CLIENT : SERVER;
    SSL *ssl = link->end[side];
    SSL_SESSION *session = chance(70) ? some_offer(link) : NULL;

    if (!SSL_in_before(ssl) && !SSL_is_init_finished(ssl) && !link->failed[side])
        return;
    call("set session %s %d: %d -> %d reason %d", side_name(side), index_of(link), number(session),
         SSL_set_session(ssl, session), reason());
    if (!SSL_in_before(ssl)) {
        end_ssl(link, side);
        end_ssl(link, 1 - side);
    }
}

/* Not from a handshake that is under way: nobody can resume what it has so far, but
 * the stock library offers it. */
static void copy_session(struct link *link)
{
    struct link *from = some_link();

    if (!SSL_in_before(link->end[CLIENT]) || !(SSL_in_before(from->end[CLIENT]) || finished(from, CLIENT)))
        return;
    call("copy session %d to %d: %d", index_of(from), index_of(link),
         SSL_copy_session_id(link->end[CLIENT], from->end[CLIENT]));
}

static void copy_ssl(struct link *link)
{
    SSL *ssl = link->end[CLIENT];
    SSL *copy = SSL_dup(ssl);

    call("dup client %d: same %d session %d", index_of(link), copy == ssl,
         copy != NULL ? number(SSL_get_session(copy)) : -1);
    SSL_free(copy);
    ERR_clear_error();
}

static void shut_down_some(struct link *link)
{
    shut_down(link, (int)choose(2));
}

/* Contexts --------------------------------------------------------------- */

static void add_session(int index)
{
    SSL_SESSION *session = some_session();

    if (session == NULL || (home(session) != -1 && home(session) != index))
        return;
    set_home(session, index);
    call("add session %d to %d: %d", number(session), index, SSL_CTX_add_session(contexts[index].ctx, session));
}

static void remove_session(int index)
{
    SSL_SESSION *session = chance(95) ? some_session() : NULL;

    call("remove session %d from %d:", number(session), index);
    call("-> %d", SSL_CTX_remove_session(contexts[index].ctx, session));
}

static void flush(int index)
{
    static const long ahead[] = { 0, 1, 5, 6, 101, 305, 7201, 100000000 };
    unsigned which = choose(9);

    call("flush %d: %u", index, which);
    SSL_CTX_flush_sessions(contexts[index].ctx, which == 8 ? 0 : time(NULL) + ahead[which]);
}

static void configure(int index)
{
    SSL_CTX *ctx = contexts[index].ctx;
    long previous = 0;
    unsigned what = choose(5);

    switch (what) {
    case 0:
        previous = SSL_CTX_set_session_cache_mode(ctx, some_cache_mode());
        break;
    case 1:
        previous = SSL_CTX_sess_set_cache_size(ctx, some_cache_size());
        break;
    case 2:
        previous = SSL_CTX_set_timeout(ctx, some_timeout());
        break;
    case 3:
        previous = SSL_CTX_set_num_tickets(ctx, choose(4));
        break;
    case 4:
        if (chance(50))
            SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
        else
            SSL_CTX_clear_options(ctx, SSL_OP_NO_TICKET);
        break;
    }
    call("configure %d: %u was %ld", index, what, previous);
}

static void clock_goes_on(void)
{
    static const long seconds[] = { 1, 1, 4, 5, 6, 100, 301, 7201 };
    long ahead = seconds[choose(8)];

    advance_clock(ahead);
    call("clock: %ld", ahead);
}

/* Sessions --------------------------------------------------------------- */

static SSL_SESSION *decoded(SSL_SESSION *session)
{
    unsigned char *der = NULL;
    int length = i2d_SSL_SESSION(session, &der);
    const unsigned char *at = der;
    SSL_SESSION *result = NULL;

    if (length > 0)
        result = d2i_SSL_SESSION(NULL, &at, length);
    call("i2d %d d2i: %d, read all %d", length > 0, result != NULL, result != NULL && at - der == length);
    OPENSSL_free(der);
    ERR_clear_error();
    return result;
}

static const SSL_CIPHER *some_cipher(void)
{
    static const unsigned char known[][2] = { { 0x13, 0x01 }, { 0x13, 0x02 }, { 0xc0, 0x2b }, { 0xc0, 0x2c } };
    static SSL *ssl;

    if (ssl == NULL) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());

        ssl = SSL_new(ctx);
        SSL_CTX_free(ctx);
    }
    return SSL_CIPHER_find(ssl, known[choose(4)]);
}

/* What is part of a session's place in a cache, so only while it is in none. */
static void change_identity(SSL_SESSION *session)
{
    unsigned char id[33];
    unsigned length = chance(10) ? 33 : choose(33);

    switch (choose(4)) {
    case 0:
        RAND_bytes(id, (int)sizeof(id));
        call("set1 id %u: %d reason %d", length, SSL_SESSION_set1_id(session, id, length), reason());
        break;
    case 1:
        call("set version: %d", SSL_SESSION_set_protocol_version(session, chance(50) ? TLS1_2_VERSION : TLS1_3_VERSION));
        break;
    case 2:
        call("set cipher: %d", SSL_SESSION_set_cipher(session, some_cipher()));
        break;
    default:
        break;
    }
}

static void make_session(void)
{
    SSL_SESSION *from = some_session();
    SSL_SESSION *made;
    unsigned how = choose(4);

    if (from == NULL || how == 0)
        made = SSL_SESSION_new();
    else if (how == 1)
        made = decoded(from);
    else if (how == 2)
        made = SSL_SESSION_dup(from);
    else {
        SSL_SESSION_up_ref(from);
        call("up ref %d", number(from));
        keep(from);
        return;
    }
    call("make session %u from %d: %d", how, number(from), number(made));
    if (made == NULL)
        return;
    if (how == 0 || from == NULL || is_altered(from))
        set_altered(made);
    while (chance(40)) {
        change_identity(made);
        set_altered(made);
    }
    keep(made);
}

static void change_session(void)
{
    static const long times[] = { -100000, -301, -5, 0, 1, 100, 5000 };
    static const long timeouts[] = { -1, 0, 1, 5, 100, 300, 7200, 1000000000 };
    static const unsigned char bytes[40] = "one two three";
    SSL_SESSION *session = some_session();
    unsigned what = choose(7);
    long result = 0;

    if (session == NULL)
        return;
    switch (what) {
    case 0:
        result = SSL_SESSION_set_time(session, time(NULL) + times[choose(7)]) != 0;
        break;
    case 1:
        result = SSL_SESSION_set_timeout(session, timeouts[choose(8)]);
        break;
    case 2:
        result = SSL_SESSION_set1_id_context(session, bytes, chance(80) ? 3 : choose(34));
        break;
    case 3:
        set_tag(session, (long)choose(1000));
        break;
    case 4:
        result = SSL_SESSION_set1_ticket_appdata(session, bytes, choose(20));
        break;
    case 5:
        result = SSL_SESSION_set1_alpn_selected(session, bytes, choose(4));
        break;
    case 6:
        result = SSL_SESSION_set_timeout(session, 7200);
        break;
    }
    call("change session %d: %u -> %ld reason %d", number(session), what, result, reason());
}

static void drop_session(void)
{
    struct handle *handle = &handles[choose(HANDLES)];

    if (handle->session == NULL)
        return;
    call("free session %d", number(handle->session));
    SSL_SESSION_free(handle->session);
    handle->session = NULL;
}

/* One operation ---------------------------------------------------------- */

struct kind {
    const char *name;
    unsigned weight;
    void (*on_link)(struct link *link);
    void (*on_context)(int context);
    void (*on_session)(void);
};

static const struct kind kinds[] = {
    { "connect", 20, NULL, NULL, connect_link },
    { "go on", 4, go_on, NULL, NULL },
    { "transfer", 8, transfer, NULL, NULL },
    /* Out for now: after a handshake that sent no ticket, and after a resumed one, a
     * server on Tessera differs in whether the session that goes into the ticket is
     * the connection's own or a copy, and in whether there is one. */
    { "tickets", 0, more_tickets, NULL, NULL },
    { "key update", 2, update_key, NULL, NULL },
    { "shutdown", 6, shut_down_some, NULL, NULL },
    { "set shutdown", 4, set_shutdown, NULL, NULL },
    { "clear", 4, clear, NULL, NULL },
    { "free", 5, free_one_link, NULL, NULL },
    { "take", 14, take_session, NULL, NULL },
    { "give", 5, give_session, NULL, NULL },
    { "copy", 2, copy_session, NULL, NULL },
    { "dup", 2, copy_ssl, NULL, NULL },
    { "add", 5, NULL, add_session, NULL },
    { "remove", 4, NULL, remove_session, NULL },
    { "flush", 3, NULL, flush, NULL },
    { "configure", 5, NULL, configure, NULL },
    { "clock", 5, NULL, NULL, clock_goes_on },
    { "make", 6, NULL, NULL, make_session },
    { "change", 7, NULL, NULL, change_session },
    { "drop", 4, NULL, NULL, drop_session },
};

static const struct kind *some_kind(void)
{
    unsigned total = 0, chosen, i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        total += kinds[i].weight;
    chosen = choose(total);
    for (i = 0; chosen >= kinds[i].weight; i++)
        chosen -= kinds[i].weight;
    return &kinds[i];
}

void operate(void)
{
    const struct kind *kind = some_kind();
    struct link *link = kind->on_link != NULL ? some_link() : NULL;

    note("%s", kind->name);
    if (link != NULL)
        kind->on_link(link);
    else if (kind->on_context != NULL)
        kind->on_context((int)choose(CONTEXTS));
    else if (kind->on_session != NULL)
        kind->on_session();
    keep_pending();
    observe();
}
