/* max_fragment_length (RFC 6066): what is offered and answered, how long records are
 * on both ends, what sessions keep of it, and what is refused. */
#include "relay.h"

static struct {
    size_t longest[2];
    int records[2];
} seen;

/* Notes how long the records are that each side writes. */
static void see(int write, int version, int type, const void *bytes, size_t size, SSL *ssl, void *arg)
{
    const unsigned char *header = bytes;
    int side = SSL_is_server(ssl);

    (void)version;
    (void)arg;
    if (write && type == SSL3_RT_HEADER && size == 5) {
        size_t len = (size_t)header[3] << 8 | header[4];

        seen.records[side]++;
        if (len > seen.longest[side])
            seen.longest[side] = len;
    }
}

/* Whether the longest record of a side is one of the full length; in TLS 1.3 a client's
 * hello may be longer. */
static void report(const char *title, int side, size_t limit)
{
    size_t longest = seen.longest[side];

    outcome("%s: %s's records are %s", title, side ? "server" : "client",
            longest > limit + 64 ? "longer" : longest >= limit ? "full" : "shorter");
    seen.longest[side] = 0;
    seen.records[side] = 0;
}

static void move(SSL *from, SSL *to, size_t count)
{
    static char sent[40000], received[40000];
    size_t done = 0, written = 0;

    for (size_t i = 0; i < count; i++)
        sent[i] = (char)(i * 7);
    while (done < count) {
        int n;

        if (written < count) {
            n = SSL_write(from, sent + written, (int)(count - written));
            if (n > 0)
                written += (size_t)n;
        }
        n = SSL_read(to, received + done, (int)(count - done));
        if (n > 0)
            done += (size_t)n;
        else
            REQUIRE(SSL_get_error(to, n) == SSL_ERROR_WANT_READ);
    }
    CHECK_MEM(received, done, sent, count);
}

static SSL_SESSION *connect_once(const char *title, SSL_CTX *client, SSL_CTX *server, SSL_SESSION *session, int mode)
{
    static const size_t lengths[] = { 16384, 512, 1024, 2048, 4096 };
    struct pair pair = new_pair(client, server);
    SSL_SESSION *next;
    size_t limit;

    if (session != NULL)
        SSL_set_session(pair.client, session);
    if (mode >= 0)
        CHECK_INT(SSL_set_tlsext_max_fragment_length(pair.client, (uint8_t)mode), 1);
    SSL_set_mode(pair.client, SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_set_mode(pair.server, SSL_MODE_ENABLE_PARTIAL_WRITE);
    if (!handshake(&pair)) {
        outcome("%s: client %d %d, server %d %d", title, pair.client_end.ret, pair.client_end.reason,
                pair.server_end.ret, pair.server_end.reason);
        free_pair(&pair);
        return NULL;
    }
    outcome("%s: resumed %d, modes %d %d", title, SSL_session_reused(pair.client),
            SSL_SESSION_get_max_fragment_length(SSL_get_session(pair.client)),
            SSL_SESSION_get_max_fragment_length(SSL_get_session(pair.server)));
    limit = lengths[SSL_SESSION_get_max_fragment_length(SSL_get_session(pair.server))];
    seen.longest[0] = seen.longest[1] = 0;
    move(pair.client, pair.server, 9000);
    report(title, 0, limit);
    move(pair.server, pair.client, 9000);
    report(title, 1, limit);
    SSL_clear_mode(pair.client, SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_clear_mode(pair.server, SSL_MODE_ENABLE_PARTIAL_WRITE);
    move(pair.client, pair.server, 5000);
    outcome("%s: %d records of the client's", title, seen.records[0]);
    report(title, 0, limit);
    move(pair.server, pair.client, 5000);
    outcome("%s: %d records of the server's", title, seen.records[1]);
    report(title, 1, limit);
    close_cleanly(&pair);
    next = SSL_get1_session(pair.client);
    outcome("%s: the session has mode %d", title, SSL_SESSION_get_max_fragment_length(next));
    free_pair(&pair);
    return next;
}

static SSL_CTX *watched(SSL_CTX *ctx)
{
    SSL_CTX_set_msg_callback(ctx, see);
    return ctx;
}

TEST(modes)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    for (int mode = 0; mode < 256; mode++) {
        int ret = SSL_CTX_set_tlsext_max_fragment_length(ctx, (uint8_t)mode);

        if (mode < 8 || mode > 253)
            outcome_errors("SSL_CTX %d: %d", mode, ret);
        ret = SSL_set_tlsext_max_fragment_length(ssl, (uint8_t)mode);
        if (mode < 8 || mode > 253)
            outcome_errors("SSL %d: %d", mode, ret);
        ERR_clear_error();
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(each_mode)
{
    static const char *const titles[] = { "none", "512", "1024", "2048", "4096" };

    for (int mode = 0; mode <= 4; mode++) {
        SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));
        SSL_SESSION *session, *next;

        SSL_CTX_set_tlsext_max_fragment_length(client, (uint8_t)mode);
        session = connect_once(titles[mode], client, server, NULL, -1);
        REQUIRE(session != NULL);
        next = connect_once("resumed", client, server, session, -1);
        SSL_SESSION_free(next);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        SSL_CTX_free(server);
    }
}

/* A session has one mode; the client asks for another, or for none. */
TEST_VERSIONS(another_mode)
{
    SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));
    SSL_SESSION *session = connect_once("1024", client, server, NULL, 2), *without, *next;

    REQUIRE(session != NULL);
    next = connect_once("then 512", client, server, session, 1);
    SSL_SESSION_free(next);
    SSL_SESSION_free(session);
    session = connect_once("1024", client, server, NULL, 2);
    next = connect_once("then none", client, server, session, 0);
    SSL_SESSION_free(next);
    SSL_SESSION_free(session);
    without = connect_once("none", client, server, NULL, 0);
    next = connect_once("then 2048", client, server, without, 3);
    SSL_SESSION_free(next);
    SSL_SESSION_free(without);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A session that the server does not resume. */
TEST_VERSIONS(not_resumed)
{
    SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));
    SSL_CTX *other = watched(new_server_ctx(version));
    SSL_SESSION *session = connect_once("512", client, server, NULL, 1);

    REQUIRE(session != NULL);
    SSL_SESSION_free(connect_once("not resumed", client, other, session, 1));
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
    SSL_CTX_free(other);
}

/* Handshake messages, of the client too, are no longer than that. */
TEST_VERSIONS(handshake_messages)
{
    SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));
    struct pair pair;

    SSL_CTX_set_verify(server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_load_verify_locations(server, fixture("ca.pem"), NULL);
    use_identity(client, "client-rsa");
    use_identity(server, "server-rsa");
    /* A hello that fits. */
    SSL_CTX_set1_groups_list(client, "P-256");
    SSL_CTX_set1_sigalgs_list(client, "RSA-PSS+SHA256:ECDSA+SHA256");
    SSL_CTX_set_cipher_list(client, "ECDHE-RSA-AES128-GCM-SHA256");
    SSL_CTX_set_tlsext_max_fragment_length(client, 1);
    seen.longest[0] = seen.longest[1] = 0;
    pair = connected_pair(client, server);
    report("handshake", 0, 512);
    report("handshake", 1, 512);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST_TLS13(retried_hello)
{
    SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));

    SSL_CTX_set1_groups_list(client, "P-256:P-384");
    SSL_CTX_set1_groups_list(server, "P-384");
    SSL_SESSION_free(connect_once("retried", client, server, NULL, 1));
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

TEST_TLS13(early_data)
{
    SSL_CTX *client = watched(new_client_ctx(version)), *server = watched(new_server_ctx(version));
    SSL_SESSION *session;
    struct pair pair;
    char data[2000] = { 0 }, read[2000];
    size_t written, got, total = 0;
    int ret;

    SSL_CTX_set_max_early_data(server, 16384);
    session = connect_once("512", client, server, NULL, 1);
    REQUIRE(session != NULL);
    pair = new_pair(client, server);
    SSL_set_session(pair.client, session);
    SSL_set_tlsext_max_fragment_length(pair.client, 1);
    seen.records[0] = 0;
    CHECK_INT(SSL_write_early_data(pair.client, data, sizeof data, &written), 1);
    CHECK_INT(written, sizeof data);
    report("early data", 0, 512);
    while ((ret = SSL_read_early_data(pair.server, read, sizeof read, &got)) == SSL_READ_EARLY_DATA_SUCCESS && total < sizeof data)
        total += got;
    CHECK_INT(total, sizeof data);
    CHECK_INT(handshake(&pair), 1);
    outcome("early data: status %d, %zu bytes", SSL_get_early_data_status(pair.server), total);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

static void relayed(const char *title, int version, int mode, const struct rule *rule)
{
    SSL_CTX *ctx[] = { new_client_ctx(version), new_server_ctx(version) };
    struct relay *relay = new_relay(version, rule, 1);
    SSL *ssl[2];
    int ret[2] = { 0, 0 }, error[2] = { 0, 0 }, reason[2] = { 0, 0 };
    char byte;

    SSL_CTX_set_session_cache_mode(ctx[SERVER], SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(ctx[SERVER], SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(ctx[SERVER], 0);
    SSL_CTX_set_tlsext_max_fragment_length(ctx[CLIENT], (uint8_t)mode);
    SSL_CTX_set1_groups_list(ctx[CLIENT], "P-256");
    for (int side = 0; side < 2; side++) {
        use_relay_ciphers(ctx[side]);
        SSL_CTX_set_keylog_callback(ctx[side], log_secret);
        ssl[side] = SSL_new(ctx[side]);
    }
    attach(relay, ssl[CLIENT], ssl[SERVER]);
    SSL_set_connect_state(ssl[CLIENT]);
    SSL_set_accept_state(ssl[SERVER]);
    for (int round = 0; round < 20; round++) {
        for (int side = 0; side < 2; side++) {
            if (error[side] != 0 && error[side] != SSL_ERROR_WANT_READ)
                continue;
            ERR_clear_error();
            ret[side] = SSL_do_handshake(ssl[side]);
            if (ret[side] == 1) {
                SSL_write(ssl[side], "x", 1);
                ret[side] = SSL_read(ssl[side], &byte, 1);
            }
            error[side] = SSL_get_error(ssl[side], ret[side]);
            reason[side] = last_reason();
            relay_from(relay, (enum side)side);
        }
    }
    outcome("%s: client %d %d %d, server %d %d %d", title, ret[0], error[0], reason[0], ret[1], error[1], reason[1]);
    for (int side = 0; side < 2; side++) {
        SSL_free(ssl[side]);
        SSL_CTX_free(ctx[side]);
    }
    logging = NULL;
    free(relay);
}

#define SIXTEEN "0123456789abcdef"
#define HUNDRED_AND_28 SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define THOUSAND_AND_24                                                        \
    HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28 HUNDRED_AND_28

/* Records that are too long, and just not. The relay takes a piece of a message for
 * one, so the handshake must fit. */
TEST_VERSIONS(long_records)
{
    static const struct rule rules[] = {
        { SERVER, 23, ANY, BEFORE, 23, BYTES(THOUSAND_AND_24), NULL },
        { SERVER, 23, ANY, BEFORE, 23, BYTES(THOUSAND_AND_24 "x"), NULL },
        { CLIENT, 23, ANY, BEFORE, 23, BYTES(THOUSAND_AND_24), NULL },
        { CLIENT, 23, ANY, BEFORE, 23, BYTES(THOUSAND_AND_24 "x"), NULL },
    };

    relayed("server, 1024 bytes", version, 2, &rules[0]);
    relayed("server, 1025 bytes", version, 2, &rules[1]);
    relayed("server, 1025 of 2048 bytes", version, 3, &rules[1]);
    relayed("client, 1024 bytes", version, 2, &rules[2]);
    relayed("client, 1025 bytes", version, 2, &rules[3]);
    relayed("client, 1025 of 2048 bytes", version, 3, &rules[3]);
}

/* Answers that do not fit. */
TEST_VERSIONS(wrong_answers)
{
    /* In the ServerHello renegotiation_info comes before it, or behind. */
    const int at = on_tessera() ? 48 : 53;
    const struct rule tls12[] = {
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, at, BYTES("\x02"), NULL },
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, at, BYTES("\x00"), NULL },
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, at, BYTES("\x05"), NULL },
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, at, BYTES("\xff"), NULL },
    };
    static const struct rule tls13[] = {
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 10, BYTES("\x02"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 10, BYTES("\x00"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 10, BYTES("\x05"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 8, BYTES("\x00\x00"), NULL },
    };

    for (int i = 0; i < 4; i++) {
        char title[16];

        snprintf(title, sizeof title, "answer %d", i);
        if (version == TLS1_2_VERSION)
            relayed(title, version, 1, &tls12[i]);
        else
            relayed(title, version, 1, &tls13[i]);
    }
}
