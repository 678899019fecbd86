/* Extensions that the program adds and reads: which callbacks run, with which
 * arguments, what travels, and what is refused. */
#include "relay.h"

#include <stdarg.h>

#define ALL_TLS13                                                              \
    (SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO |                      \
     SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS |                                     \
     SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST | SSL_EXT_TLS1_3_CERTIFICATE |         \
     SSL_EXT_TLS1_3_NEW_SESSION_TICKET | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST)
#define EVERYWHERE (ALL_TLS13 | SSL_EXT_TLS1_2_SERVER_HELLO)

/* What happened: by side, what the callbacks were called with and what was sent. */
struct lines {
    char text[1 << 16];
    size_t len;
};
static struct lines called[2], sent[2];

static void line(struct lines *lines, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lines->len += (size_t)vsnprintf(lines->text + lines->len, sizeof lines->text - lines->len, format, arguments);
    va_end(arguments);
}

static void report(const char *title)
{
    static const char *const name[] = { "client", "server" };

    for (int side = 0; side < 2; side++) {
        outcome("%s, %s called:%s", title, name[side], called[side].text);
        outcome("%s, %s sent:%s", title, name[side], sent[side].text);
        called[side].len = sent[side].len = 0;
        called[side].text[0] = sent[side].text[0] = 0;
    }
}

/* A callback that refuses, and how. */
static struct {
    const char *what;
    int side;
    unsigned type, context;
    int answer, alert;
} refusal;

static int refused(const char *what, SSL *ssl, unsigned type, unsigned context, int *alert)
{
    if (refusal.what == NULL || strcmp(refusal.what, what) != 0 || refusal.side != SSL_is_server(ssl) ||
        refusal.type != type || (refusal.context != 0 && refusal.context != context))
        return 0;
    *alert = refusal.alert;
    return 1;
}

static const char *subject(X509 *x)
{
    static char name[64];

    if (x == NULL)
        return "-";
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name);
    return name;
}

static const unsigned char *content(unsigned type, size_t *len)
{
    static unsigned char bytes[70000];

    memset(bytes, (int)(type & 0xff), sizeof bytes);
    *len = type < 2000 ? type - 1000 : type - 2000 + 500;
    return bytes;
}

static int add_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
                  size_t index, int *alert, void *arg)
{
    int answer = refused("add", ssl, type, context, alert) ? refusal.answer : 1;

    line(&called[SSL_is_server(ssl)], " add(%u,%04x,%s,%zu,%s)=%d", type, context, subject(x), index,
         arg ? (char *)arg : "-", answer);
    *out = content(type, outlen);
    return answer;
}

static void free_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *out, void *arg)
{
    size_t len;

    line(&called[SSL_is_server(ssl)], " free(%u,%04x,%s,%s)", type, context,
         out == content(type, &len) ? "own" : out ? "other" : "NULL", arg ? (char *)arg : "-");
}

static int parse_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x,
                    size_t index, int *alert, void *arg)
{
    size_t len;
    const unsigned char *expected = content(type, &len);
    int answer = refused("parse", ssl, type, context, alert) ? refusal.answer : 1;

    line(&called[SSL_is_server(ssl)], " parse(%u,%04x,%zu %s,%s,%zu,%s)=%d", type, context, inlen,
         inlen == len && memcmp(in, expected, len) == 0 ? "right" : "other", subject(x), index,
         arg ? (char *)arg : "-", answer);
    return answer;
}

static int old_add_cb(SSL *ssl, unsigned type, const unsigned char **out, size_t *outlen, int *alert, void *arg)
{
    int answer = refused("add", ssl, type, 0, alert) ? refusal.answer : 1;

    line(&called[SSL_is_server(ssl)], " add(%u,%s)=%d", type, (char *)arg, answer);
    *out = content(type, outlen);
    return answer;
}

static void old_free_cb(SSL *ssl, unsigned type, const unsigned char *out, void *arg)
{
    line(&called[SSL_is_server(ssl)], " free(%u,%d,%s)", type, out != NULL, (char *)arg);
}

static int old_parse_cb(SSL *ssl, unsigned type, const unsigned char *in, size_t inlen, int *alert, void *arg)
{
    int answer = refused("parse", ssl, type, 0, alert) ? refusal.answer : 1;

    (void)in;
    line(&called[SSL_is_server(ssl)], " parse(%u,%zu,%s)=%d", type, inlen, (char *)arg, answer);
    return answer;
}

static const unsigned char *vector(const unsigned char **at, const unsigned char *end, int bytes, size_t *len)
{
    const unsigned char *start;

    *len = 0;
    if (end - *at < bytes)
        return end;
    while (bytes-- > 0)
        *len = *len << 8 | *(*at)++;
    if ((size_t)(end - *at) < *len)
        *len = (size_t)(end - *at);
    start = *at;
    *at += *len;
    return start;
}

static void note_block(struct lines *lines, const unsigned char *at, const unsigned char *end)
{
    size_t len, own;
    const unsigned char *block = vector(&at, end, 2, &len), *block_end = block + len;

    while (block_end - block >= 4) {
        unsigned type = (unsigned)block[0] << 8 | block[1];

        block += 2;
        vector(&block, block_end, 2, &own);
        if (type >= 1000 && type < 5000)
            line(lines, " %u:%zu", type, own);
    }
}

/* Notes the program's extensions in each message that is sent. */
static void see(int write, int version, int type, const void *bytes, size_t size, SSL *ssl, void *arg)
{
    const unsigned char *at = bytes, *end = at + size;
    struct lines *lines = &sent[SSL_is_server(ssl)];
    size_t len;

    (void)version;
    (void)arg;
    if (!write || type != SSL3_RT_HANDSHAKE || size < 4)
        return;
    line(lines, " %u(", at[0]);
    switch (*at) {
    case SSL3_MT_CLIENT_HELLO:
        at += 4 + 2 + 32;
        vector(&at, end, 1, &len);
        vector(&at, end, 2, &len);
        vector(&at, end, 1, &len);
        note_block(lines, at, end);
        break;
    case SSL3_MT_SERVER_HELLO:
        at += 4 + 2 + 32;
        vector(&at, end, 1, &len);
        note_block(lines, at + 3, end);
        break;
    case SSL3_MT_ENCRYPTED_EXTENSIONS:
        note_block(lines, at + 4, end);
        break;
    case SSL3_MT_CERTIFICATE_REQUEST:
        at += 4;
        if (SSL_version(ssl) == TLS1_3_VERSION) {
            vector(&at, end, 1, &len);
            note_block(lines, at, end);
        }
        break;
    case SSL3_MT_NEWSESSION_TICKET:
        at += 4 + 8;
        if (SSL_version(ssl) == TLS1_3_VERSION) {
            vector(&at, end, 1, &len);
            vector(&at, end, 2, &len);
            note_block(lines, at, end);
        }
        break;
    case SSL3_MT_CERTIFICATE:
        at += 4;
        if (SSL_version(ssl) == TLS1_3_VERSION) {
            vector(&at, end, 1, &len);
            at += 3;
            while (at < end) {
                line(lines, " [");
                vector(&at, end, 3, &len);
                note_block(lines, at, end);
                vector(&at, end, 2, &len);
                line(lines, "]");
            }
        }
        break;
    }
    line(lines, ")");
}

static int add(SSL_CTX *ctx, unsigned type, unsigned context)
{
    return SSL_CTX_add_custom_ext(ctx, type, context, add_cb, free_cb, "a", parse_cb, "p");
}

struct contexts {
    SSL_CTX *client, *server;
};

static struct contexts contexts(int version)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };

    SSL_CTX_set_msg_callback(contexts.client, see);
    SSL_CTX_set_msg_callback(contexts.server, see);
    /* So that both libraries' hellos have the same shares. */
    SSL_CTX_set1_groups_list(contexts.client, "P-256");
    SSL_CTX_set1_groups_list(contexts.server, "P-256");
    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

/* A handshake, with data and tickets behind it. */
static SSL_SESSION *connect_and_report(const char *title, struct contexts *contexts, SSL_SESSION *session)
{
    struct pair pair = new_pair(contexts->client, contexts->server);
    SSL_SESSION *next = NULL;
    int done;

    if (session != NULL)
        SSL_set_session(pair.client, session);
    done = handshake(&pair);
    if (done) {
        char byte;
        int n;

        CHECK_INT(SSL_write(pair.client, "c", 1), 1);
        CHECK_INT(SSL_read(pair.server, &byte, 1), 1);
        CHECK_INT(SSL_write(pair.server, "s", 1), 1);
        ERR_clear_error();
        n = SSL_read(pair.client, &byte, 1);
        outcome("%s: read %d %d %d", title, n, SSL_get_error(pair.client, n), last_reason());
        done = n == 1;
    }
    outcome("%s: %d, client %d %d %d, server %d %d %d, resumed %d %d", title, done, pair.client_end.ret,
            pair.client_end.error, pair.client_end.reason, pair.server_end.ret, pair.server_end.error,
            pair.server_end.reason, SSL_session_reused(pair.client), SSL_session_reused(pair.server));
    if (done) {
        close_cleanly(&pair);
        next = SSL_get1_session(pair.client);
    }
    free_pair(&pair);
    report(title);
    return next;
}

static void once(const char *title, struct contexts *contexts)
{
    SSL_SESSION_free(connect_and_report(title, contexts, NULL));
}

static void request_certificate(struct contexts *contexts)
{
    SSL_CTX_set_verify(contexts->server, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_load_verify_locations(contexts->server, fixture("ca.pem"), NULL);
    SSL_CTX_set_session_id_context(contexts->server, (const unsigned char *)"c", 1);
    use_identity(contexts->client, "client");
}

TEST(types_that_may_be_added)
{
    SSL_CTX *ctx = new_client_ctx(0);
    int refused = 0, supported = 0;

    for (unsigned type = 0; type < 0x10000; type++) {
        int is_supported = SSL_extension_supported(type);
        int added = SSL_CTX_add_client_custom_ext(ctx, type, NULL, NULL, NULL, NULL, NULL);

        if (is_supported || !added)
            outcome("type %u: supported %d, added %d, there %d", type, is_supported, added,
                    SSL_CTX_has_client_custom_ext(ctx, type));
        refused += !added;
        supported += is_supported;
        if (type == 60)
            type = 13100;
        if (type == 13200)
            type = 0xfde0;
    }
    CHECK_INT(SSL_extension_supported(0x10000), 0);
    CHECK_INT(SSL_CTX_add_client_custom_ext(ctx, 0x10000, NULL, NULL, NULL, NULL, NULL), 0);
    outcome("%d refused, %d supported", refused, supported);
    CHECK_INT(ERR_peek_error(), 0);
    SSL_CTX_free(ctx);
}

TEST(what_may_be_added_twice)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl;

    CHECK_INT(SSL_CTX_has_client_custom_ext(ctx, 1000), 0);
    CHECK_INT(SSL_CTX_add_server_custom_ext(ctx, 1000, NULL, NULL, NULL, NULL, NULL), 1);
    CHECK_INT(SSL_CTX_has_client_custom_ext(ctx, 1000), 0);
    CHECK_INT(SSL_CTX_add_client_custom_ext(ctx, 1000, NULL, NULL, NULL, NULL, NULL), 1);
    CHECK_INT(SSL_CTX_has_client_custom_ext(ctx, 1000), 1);
    CHECK_INT(SSL_CTX_add_client_custom_ext(ctx, 1000, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_INT(SSL_CTX_add_server_custom_ext(ctx, 1000, NULL, NULL, NULL, NULL, NULL), 0);
    CHECK_INT(add(ctx, 1000, EVERYWHERE), 0);
    CHECK_INT(add(ctx, 1001, EVERYWHERE), 1);
    CHECK_INT(SSL_CTX_has_client_custom_ext(ctx, 1001), 1);
    CHECK_INT(SSL_CTX_add_server_custom_ext(ctx, 1001, NULL, NULL, NULL, NULL, NULL), 0);
    /* A free callback without the one that gives it something. */
    CHECK_INT(SSL_CTX_add_custom_ext(ctx, 1002, EVERYWHERE, NULL, free_cb, NULL, NULL, NULL), 0);
    CHECK_INT(SSL_CTX_add_client_custom_ext(ctx, 1002, NULL, old_free_cb, NULL, NULL, NULL), 1);
    /* SCTs are the library's where it judges them. */
    CHECK_INT(add(ctx, TLSEXT_TYPE_signed_certificate_timestamp, EVERYWHERE), 1);
    CHECK_INT(SSL_CTX_enable_ct(ctx, SSL_CT_VALIDATION_PERMISSIVE), 0);
    CHECK_REASON(SSL_R_CUSTOM_EXT_HANDLER_ALREADY_INSTALLED);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_enable_ct(ssl, SSL_CT_VALIDATION_STRICT), 0);
    CHECK_REASON(SSL_R_CUSTOM_EXT_HANDLER_ALREADY_INSTALLED);
    CHECK_INT(SSL_set_ct_validation_callback(ssl, NULL, NULL), 1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    ctx = new_client_ctx(0);
    CHECK_INT(SSL_CTX_enable_ct(ctx, SSL_CT_VALIDATION_PERMISSIVE), 1);
    CHECK_INT(add(ctx, TLSEXT_TYPE_signed_certificate_timestamp, EVERYWHERE), 0);
    CHECK_INT(add(ctx, TLSEXT_TYPE_signed_certificate_timestamp, SSL_EXT_TLS1_3_CERTIFICATE), 1);
    CHECK_INT(ERR_peek_error(), 0);
    SSL_CTX_free(ctx);
}

static void add_everywhere(struct contexts *contexts)
{
    static const unsigned places[] = {
        EVERYWHERE,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE,
        SSL_EXT_TLS1_3_CERTIFICATE_REQUEST | SSL_EXT_TLS1_3_CERTIFICATE,
        SSL_EXT_TLS1_3_NEW_SESSION_TICKET,
        SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST,
        EVERYWHERE | SSL_EXT_TLS1_3_ONLY,
        EVERYWHERE | SSL_EXT_TLS1_2_AND_BELOW_ONLY,
        EVERYWHERE | SSL_EXT_IGNORE_ON_RESUMPTION,
        EVERYWHERE | SSL_EXT_TLS_ONLY | SSL_EXT_TLS_IMPLEMENTATION_ONLY | SSL_EXT_SSL3_ALLOWED,
    };

    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        CHECK_INT(add(contexts->client, 1010 + i, places[i]), 1);
        CHECK_INT(add(contexts->server, 1010 + i, places[i]), 1);
    }
}

TEST_VERSIONS(every_message)
{
    struct contexts pair = contexts(version);
    SSL_SESSION *session, *next;

    add_everywhere(&pair);
    session = connect_and_report("full", &pair, NULL);
    REQUIRE(session != NULL);
    next = connect_and_report("resumed", &pair, session);
    SSL_SESSION_free(next);
    SSL_SESSION_free(session);
    free_contexts(&pair);
}

TEST_VERSIONS(client_certificates)
{
    struct contexts pair = contexts(version);
    SSL_SESSION *session;

    request_certificate(&pair);
    add_everywhere(&pair);
    session = connect_and_report("full", &pair, NULL);
    REQUIRE(session != NULL);
    SSL_SESSION_free(connect_and_report("resumed", &pair, session));
    SSL_SESSION_free(session);
    free_contexts(&pair);
}

/* The server gets TLS 1.2 though the client offers more. */
TEST(lower_version)
{
    struct contexts pair = contexts(0);

    SSL_CTX_set_max_proto_version(pair.server, TLS1_2_VERSION);
    add_everywhere(&pair);
    once("lower", &pair);
    free_contexts(&pair);
}

TEST_TLS13(hello_retry_request)
{
    struct contexts pair = contexts(version);
    SSL_SESSION *session;

    SSL_CTX_set1_groups_list(pair.client, "P-256:P-384");
    SSL_CTX_set1_groups_list(pair.server, "P-384");
    add_everywhere(&pair);
    session = connect_and_report("full", &pair, NULL);
    REQUIRE(session != NULL);
    SSL_SESSION_free(connect_and_report("resumed", &pair, session));
    SSL_SESSION_free(session);
    free_contexts(&pair);
}

/* Contents that do not fit into one record. */
TEST_VERSIONS(long_contents)
{
    struct contexts pair = contexts(version);

    request_certificate(&pair);
    for (unsigned type = 3000; type < 3010; type++) {
        add(pair.client, type, EVERYWHERE);
        add(pair.server, type, EVERYWHERE);
    }
    /* The BIO pair has room for one. */
    SSL_CTX_set_num_tickets(pair.server, 1);
    once("long", &pair);
    SSL_CTX_set_max_send_fragment(pair.client, 512);
    SSL_CTX_set_max_send_fragment(pair.server, 512);
    once("long, short records", &pair);
    free_contexts(&pair);
}

/* A chain of several certificates, of which each may have its own. */
TEST_TLS13(chains)
{
    struct contexts pair = contexts(version);

    SSL_CTX_add0_chain_cert(pair.server, fixture_cert("ca"));
    add(pair.client, 1010, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE);
    add(pair.server, 1010, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE);
    once("chain", &pair);
    free_contexts(&pair);
}

TEST_VERSIONS(old_functions)
{
    struct contexts pair = contexts(version);
    SSL_SESSION *session;

    CHECK_INT(SSL_CTX_add_client_custom_ext(pair.client, 1010, old_add_cb, old_free_cb, "a", old_parse_cb, "p"), 1);
    CHECK_INT(SSL_CTX_add_client_custom_ext(pair.client, 1011, NULL, NULL, NULL, old_parse_cb, "p"), 1);
    CHECK_INT(SSL_CTX_add_client_custom_ext(pair.client, 1012, NULL, old_free_cb, "a", NULL, NULL), 1);
    CHECK_INT(SSL_CTX_add_server_custom_ext(pair.client, 1013, old_add_cb, NULL, "a", old_parse_cb, "p"), 1);
    CHECK_INT(SSL_CTX_add_server_custom_ext(pair.server, 1010, NULL, NULL, NULL, old_parse_cb, "p"), 1);
    CHECK_INT(SSL_CTX_add_server_custom_ext(pair.server, 1011, old_add_cb, old_free_cb, "a", NULL, NULL), 1);
    CHECK_INT(SSL_CTX_add_server_custom_ext(pair.server, 1012, NULL, old_free_cb, "a", NULL, NULL), 1);
    CHECK_INT(SSL_CTX_add_client_custom_ext(pair.server, 1014, old_add_cb, NULL, "a", old_parse_cb, "p"), 1);
    session = connect_and_report("full", &pair, NULL);
    REQUIRE(session != NULL);
    SSL_SESSION_free(connect_and_report("resumed", &pair, session));
    SSL_SESSION_free(session);
    free_contexts(&pair);
}

/* Callbacks that are not there. */
TEST_VERSIONS(no_callbacks)
{
    struct contexts pair = contexts(version);

    request_certificate(&pair);
    for (unsigned type = 1010; type < 1014; type++) {
        SSL_CTX_add_custom_ext(pair.client, type, EVERYWHERE, type & 1 ? add_cb : NULL, NULL, NULL,
                               type & 2 ? parse_cb : NULL, NULL);
        SSL_CTX_add_custom_ext(pair.server, type, EVERYWHERE, type & 2 ? add_cb : NULL, NULL, NULL,
                               type & 1 ? parse_cb : NULL, NULL);
    }
    once("without", &pair);
    free_contexts(&pair);
}

/* One side knows extensions that the other does not. */
TEST_VERSIONS(unknown_to_the_peer)
{
    struct contexts pair = contexts(version);

    add(pair.client, 1010, EVERYWHERE);
    add(pair.server, 1011, EVERYWHERE & ~(SSL_EXT_TLS1_3_NEW_SESSION_TICKET));
    once("unknown", &pair);
    free_contexts(&pair);
}

/* Types that mean something to rustls. */
TEST_VERSIONS(foreign_types)
{
    static const unsigned types[] = { 19, 20, 27, 57, 58, 0xfe0d, 0xffa5, 0xfd00 };
    struct contexts pair = contexts(version);

    for (unsigned i = 0; i < sizeof types / sizeof *types; i++) {
        SSL_CTX_add_custom_ext(pair.client, types[i], EVERYWHERE, NULL, NULL, NULL, NULL, NULL);
        SSL_CTX_add_custom_ext(pair.server, types[i], EVERYWHERE, NULL, NULL, NULL, parse_cb, NULL);
    }
    once("foreign", &pair);
    free_contexts(&pair);
}

/* Each callback refuses once. */
TEST_VERSIONS(refusals)
{
    static const unsigned places[] = {
        SSL_EXT_CLIENT_HELLO, SSL_EXT_TLS1_2_SERVER_HELLO, SSL_EXT_TLS1_3_SERVER_HELLO,
        SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS, SSL_EXT_TLS1_3_CERTIFICATE, SSL_EXT_TLS1_3_CERTIFICATE_REQUEST,
        SSL_EXT_TLS1_3_NEW_SESSION_TICKET, SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST,
    };
    struct contexts pair = contexts(version);

    if (version == TLS1_3_VERSION) {
        SSL_CTX_set1_groups_list(pair.client, "P-256:P-384");
        SSL_CTX_set1_groups_list(pair.server, "P-384");
    }
    request_certificate(&pair);
    add(pair.client, 1010, EVERYWHERE);
    add(pair.server, 1010, EVERYWHERE);
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        for (int side = 0; side < 2; side++) {
            for (int parse = 0; parse < 2; parse++) {
                char title[64];

                snprintf(title, sizeof title, "%s refuses to %s %04x", side ? "server" : "client",
                         parse ? "parse" : "add", places[i]);
                refusal.what = parse ? "parse" : "add";
                refusal.side = side;
                refusal.type = 1010;
                refusal.context = places[i];
                refusal.answer = parse ? 0 : -1;
                refusal.alert = SSL_AD_ACCESS_DENIED;
                once(title, &pair);
                if (!parse) {
                    refusal.answer = 0;
                    once("skipped", &pair);
                }
            }
        }
    }
    refusal.what = NULL;
    free_contexts(&pair);
}

/* More than an extension, or a message, can hold. */
TEST_VERSIONS(too_long)
{
    struct contexts pair = contexts(version);

    SSL_CTX_add_custom_ext(pair.client, 60000, SSL_EXT_CLIENT_HELLO, add_cb, free_cb, NULL, NULL, NULL);
    once("58500 bytes", &pair);
    SSL_CTX_add_custom_ext(pair.client, 60001, SSL_EXT_CLIENT_HELLO, add_cb, free_cb, NULL, NULL, NULL);
    once("twice as much", &pair);
    free_contexts(&pair);
}

/* What fits by itself, but not beside the library's own extensions. */
TEST_VERSIONS(no_room)
{
    struct contexts pair = contexts(version);

    SSL_CTX_add_custom_ext(pair.client, 65535, SSL_EXT_CLIENT_HELLO, add_cb, free_cb, NULL, NULL, NULL);
    SSL_CTX_add_custom_ext(pair.client, 2950, SSL_EXT_CLIENT_HELLO, add_cb, free_cb, NULL, NULL, NULL);
    once("no room", &pair);
    free_contexts(&pair);
}

/* A client takes no message that is longer than it may be. */
TEST_VERSIONS(longest_messages)
{
    static const struct {
        const char *title;
        unsigned context;
    } places[] = {
        { "server hello", SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO },
        { "hello retry request", SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST },
        { "encrypted extensions", SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS },
        { "certificate request", SSL_EXT_TLS1_3_CERTIFICATE_REQUEST },
        { "certificate", SSL_EXT_TLS1_3_CERTIFICATE },
    };
    static const unsigned types[] = { 20000, 21400, 23000 };
    char title[60];

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (size_t j = 0; j < sizeof types / sizeof *types; j++) {
            struct contexts pair = contexts(version);

            request_certificate(&pair);
            if (places[i].context == SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST) {
                SSL_CTX_set1_groups_list(pair.client, "P-256:P-384");
                SSL_CTX_set1_groups_list(pair.server, "P-384");
            }
            SSL_CTX_set_num_tickets(pair.server, 1);
            /* Short in the ClientHello, long in the answer. */
            SSL_CTX_add_custom_ext(pair.client, types[j], SSL_EXT_CLIENT_HELLO | places[i].context, NULL, NULL, NULL,
                                   parse_cb, NULL);
            SSL_CTX_add_custom_ext(pair.server, types[j], SSL_EXT_CLIENT_HELLO | places[i].context, add_cb, free_cb,
                                   NULL, NULL, NULL);
            snprintf(title, sizeof title, "%s, %u", places[i].title, types[j]);
            once(title, &pair);
            free_contexts(&pair);
        }
}

/* Both ends show the same certificate, with extensions of either, of one, of none. */
TEST_TLS13(the_same_certificate)
{
    for (int who = 0; who < 4; who++) {
        struct contexts pair = contexts(version);

        request_certificate(&pair);
        use_identity(pair.client, "server-p256");
        SSL_CTX_set_purpose(pair.server, X509_PURPOSE_SSL_SERVER);
        SSL_CTX_add_custom_ext(pair.client, 1010, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST |
                               SSL_EXT_TLS1_3_CERTIFICATE, who & 1 ? add_cb : NULL, NULL, NULL, parse_cb, NULL);
        SSL_CTX_add_custom_ext(pair.server, 1010, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST |
                               SSL_EXT_TLS1_3_CERTIFICATE, who & 2 ? add_cb : NULL, NULL, NULL, parse_cb, NULL);
        once("the same certificate", &pair);
        free_contexts(&pair);
    }
}

/* Another SSL_CTX takes over in the server-name callback, with other extensions. */
static int take_over(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    SSL_set_SSL_CTX(ssl, arg);
    return SSL_TLSEXT_ERR_OK;
}

TEST_VERSIONS(other_context)
{
    struct contexts pair = contexts(version);
    SSL_CTX *other = new_server_ctx(version);

    for (unsigned type = 1010; type < 1013; type++)
        add(pair.client, type, EVERYWHERE);
    add(pair.server, 1010, EVERYWHERE);
    add(pair.server, 1011, EVERYWHERE);
    add(other, 1011, EVERYWHERE);
    add(other, 1012, EVERYWHERE);
    SSL_CTX_set_tlsext_servername_callback(pair.server, take_over);
    SSL_CTX_set_tlsext_servername_arg(pair.server, other);
    once("other context", &pair);
    SSL_CTX_free(other);
    free_contexts(&pair);
}

/* SSL_new copies what there is. */
TEST_VERSIONS(added_later)
{
    struct contexts pair = contexts(version);
    struct pair ends = new_pair(pair.client, pair.server);

    add(pair.client, 1010, EVERYWHERE);
    add(pair.server, 1010, EVERYWHERE);
    CHECK_INT(handshake(&ends), 1);
    finish_pair(&ends);
    report("later");
    once("next", &pair);
    free_contexts(&pair);
}

/* What a server or a client makes of extensions that its peer may not send. */

static void relayed(const char *title, int version, void (*prepare)(struct contexts *), const struct rule *rule)
{
    struct contexts pair = contexts(version);
    struct relay *relay = new_relay(version, rule, 1);
    SSL_CTX *ctx[] = { pair.client, pair.server };
    SSL *ssl[2];
    int ret[2] = { 0, 0 }, error[2] = { 0, 0 }, reason[2] = { 0, 0 };

    SSL_CTX_set_session_cache_mode(pair.server, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(pair.server, SSL_OP_NO_TICKET);
    prepare(&pair);
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
            if (ret[side] == 1 || (error[side] != 0 && error[side] != SSL_ERROR_WANT_READ))
                continue;
            ERR_clear_error();
            ret[side] = SSL_do_handshake(ssl[side]);
            error[side] = SSL_get_error(ssl[side], ret[side]);
            reason[side] = last_reason();
            relay_from(relay, (enum side)side);
        }
    }
    outcome("%s: client %d %d %d, server %d %d %d", title, ret[0], error[0], reason[0], ret[1], error[1], reason[1]);
    report(title);
    for (int side = 0; side < 2; side++)
        SSL_free(ssl[side]);
    logging = NULL;
    free(relay);
    free_contexts(&pair);
}

static void two_and_one_unsent(struct contexts *pair)
{
    add(pair->client, 1010, EVERYWHERE);
    add(pair->server, 1010, EVERYWHERE);
    add(pair->client, 1012, EVERYWHERE);
    add(pair->server, 1012, EVERYWHERE);
    /* Not in the ClientHello. */
    add(pair->client, 1013, EVERYWHERE & ~SSL_EXT_CLIENT_HELLO);
    /* Only there. */
    add(pair->client, 1014, SSL_EXT_CLIENT_HELLO);
}

/* In a ServerHello without a session id, in EncryptedExtensions and behind the
 * certificate, which is found from the message's end. */
TEST_TLS12(server_hellos_with_others)
{
    static const struct rule rules[] = {
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, 44, BYTES("\x03\xf4"), NULL },
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, 44, BYTES("\x03\xf5"), NULL },
        { SERVER, 22, SSL3_MT_SERVER_HELLO, PUT, 44, BYTES("\x03\xf6"), NULL },
    };

    relayed("twice", version, two_and_one_unsent, &rules[0]);
    relayed("not asked for", version, two_and_one_unsent, &rules[1]);
    relayed("elsewhere", version, two_and_one_unsent, &rules[2]);
}

TEST_TLS13(encrypted_extensions_with_others)
{
    static const struct rule rules[] = {
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 6, BYTES("\x03\xf4"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 6, BYTES("\x03\xf5"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 6, BYTES("\x03\xf6"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, PUT, 8, BYTES("\x03\xf6"), NULL },
        { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, SHORTEN, 3, NULL, 0, NULL },
    };

    relayed("twice", version, two_and_one_unsent, &rules[0]);
    relayed("not asked for", version, two_and_one_unsent, &rules[1]);
    relayed("elsewhere", version, two_and_one_unsent, &rules[2]);
    relayed("longer than the message", version, two_and_one_unsent, &rules[3]);
    relayed("cut", version, two_and_one_unsent, &rules[4]);
}

static unsigned char hello[1 << 17];
static size_t hello_len;

static void keep_hello(int write, int version, int type, const void *bytes, size_t size, SSL *ssl, void *arg)
{
    (void)version;
    (void)ssl;
    (void)arg;
    if (write && type == SSL3_RT_HANDSHAKE && hello_len == 0 && size < sizeof hello) {
        memcpy(hello, bytes, size);
        hello_len = size;
    }
}

/* A ClientHello whose first extension of the program's gets another type. */
static void accept_changed(const char *title, struct contexts *pair, unsigned from, unsigned to, int extra)
{
    SSL *client = SSL_new(pair->client), *server = SSL_new(pair->server);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    unsigned char record[5] = { 22, 3, 1 }, answer[64];
    int ret, len;

    hello_len = 0;
    SSL_set_msg_callback(client, keep_hello);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_connect(client);
    for (size_t i = 40; i + 4 < hello_len; i++) {
        if (hello[i] == from >> 8 && hello[i + 1] == (from & 0xff) && hello[i + 2] == 0) {
            hello[i] = (unsigned char)(to >> 8);
            hello[i + 1] = (unsigned char)to;
            hello[i + 3] = (unsigned char)(hello[i + 3] + extra);
            break;
        }
    }
    called[CLIENT].len = sent[CLIENT].len = 0;
    record[3] = (unsigned char)(hello_len >> 8);
    record[4] = (unsigned char)hello_len;
    BIO_write(in, record, 5);
    BIO_write(in, hello, (int)hello_len);
    SSL_set_bio(server, in, out);
    ERR_clear_error();
    ret = SSL_accept(server);
    outcome("%s: %d %d %d", title, ret, SSL_get_error(server, ret), last_reason());
    len = BIO_read(out, answer, sizeof answer);
    if (len == 7)
        outcome("%s: alert %d %d", title, answer[5], answer[6]);
    outcome("%s: server called:%s", title, called[SERVER].text);
    called[SERVER].len = sent[SERVER].len = 0;
    called[SERVER].text[0] = 0;
    SSL_free(client);
    SSL_free(server);
}

TEST_VERSIONS(client_hellos_with_others)
{
    struct contexts pair = contexts(version);

    add(pair.client, 1010, EVERYWHERE);
    add(pair.client, 1012, EVERYWHERE);
    add(pair.server, 1010, EVERYWHERE);
    add(pair.server, 1012, EVERYWHERE);
    add(pair.server, 1013, EVERYWHERE & ~SSL_EXT_CLIENT_HELLO);
    accept_changed("as it is", &pair, 1010, 1010, 0);
    accept_changed("twice", &pair, 1010, 1012, 0);
    accept_changed("elsewhere", &pair, 1010, 1013, 0);
    accept_changed("unknown", &pair, 1010, 1014, 0);
    accept_changed("too long", &pair, 1010, 1010, 200);
    free_contexts(&pair);
}

/* Callbacks that make connections of their own meanwhile. */
static SSL_CTX *inner[2];

static void connect_meanwhile(void)
{
    struct pair pair = connected_pair(inner[0], inner[1]);

    check_data(&pair);
    finish_pair(&pair);
}

static int busy_add_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
                       size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)x, (void)index, (void)alert, (void)arg;
    connect_meanwhile();
    *out = (const unsigned char *)"busy", *outlen = 4;
    return 1;
}

static void busy_free_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *out, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)out, (void)arg;
    connect_meanwhile();
}

static int busy_parse_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x,
                         size_t index, int *alert, void *arg)
{
    (void)ssl, (void)x, (void)index, (void)alert, (void)arg;
    connect_meanwhile();
    outcome("parse %u in %04x: %.*s", type, context, (int)inlen, (const char *)in);
    return 1;
}

TEST_VERSIONS(callbacks_that_connect)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    inner[0] = new_client_ctx(version), inner[1] = new_server_ctx(version);
    CHECK_INT(SSL_CTX_add_custom_ext(cctx, 1000, EVERYWHERE, busy_add_cb, busy_free_cb, NULL, busy_parse_cb, NULL), 1);
    CHECK_INT(SSL_CTX_add_custom_ext(sctx, 1000, EVERYWHERE, busy_add_cb, busy_free_cb, NULL, busy_parse_cb, NULL), 1);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(inner[0]);
    SSL_CTX_free(inner[1]);
}

/* Early data ends with a message, behind which others are that the program reads. */
TEST_TLS13(early_data)
{
    struct contexts pair = contexts(version);
    SSL_SESSION *session;
    struct pair ends;
    char buffer[100];
    size_t len;

    SSL_CTX_set_msg_callback(pair.client, NULL);
    SSL_CTX_set_msg_callback(pair.server, NULL);
    SSL_CTX_set_max_early_data(pair.server, 16384);
    add_everywhere(&pair);
    session = obtain_session(pair.client, pair.server);
    for (int rejected = 0; rejected < 2; rejected++) {
        if (rejected)
            SSL_CTX_set_max_early_data(pair.server, 0);
        ends = new_pair(pair.client, pair.server);
        SSL_set_session(ends.client, session);
        CHECK_INT(SSL_write_early_data(ends.client, "early", 5, &len), 1);
        for (int round = 0; round < 3; round++) {
            int ret = SSL_read_early_data(ends.server, buffer, sizeof buffer, &len);

            outcome("early data: %d, %zu bytes, error %d, status %d", ret, len, SSL_get_error(ends.server, ret),
                    SSL_get_early_data_status(ends.server));
            ERR_clear_error();
        }
        CHECK_INT(SSL_write(ends.client, "late", 4), 4);
        for (int round = 0; round < 2 && !rejected; round++) {
            int ret = SSL_read_early_data(ends.server, buffer, sizeof buffer, &len);

            outcome("behind it: %d, %zu bytes, status %d", ret, len, SSL_get_early_data_status(ends.server));
            ERR_clear_error();
        }
        CHECK_INT(SSL_read(ends.server, buffer, sizeof buffer), 4);
        CHECK_MEM(buffer, 4, "late", 4);
        CHECK_INT(SSL_is_init_finished(ends.server), 1);
        check_data(&ends);
        finish_pair(&ends);
    }
    SSL_SESSION_free(session);
    free_contexts(&pair);
}

static void for_certificates(struct contexts *pair)
{
    request_certificate(pair);
    add(pair->client, 1010, EVERYWHERE);
    add(pair->server, 1010, EVERYWHERE);
}

/* What is wrong with a message has the same reason as without extensions of the program's, and
 * what comes in the clear, or in pieces, is no part of an encrypted message. */
TEST_TLS13(records_that_are_wrong)
{
    static const struct {
        const char *title;
        struct rule rule;
    } cases[] = {
        { "certificate with a tail", { SERVER, 22, SSL3_MT_CERTIFICATE, LENGTHEN, 0, BYTES("abc"), NULL } },
        { "client's certificate with a tail", { CLIENT, 22, SSL3_MT_CERTIFICATE, LENGTHEN, 0, BYTES("abc"), NULL } },
        { "certificate cut", { SERVER, 22, SSL3_MT_CERTIFICATE, SHORTEN, 3, NULL, 0, NULL } },
        { "client's certificate cut", { CLIENT, 22, SSL3_MT_CERTIFICATE, SHORTEN, 3, NULL, 0, NULL } },
        { "no DER", { SERVER, 22, SSL3_MT_CERTIFICATE, PUT, 11, BYTES("\x31"), NULL } },
        { "client's no DER", { CLIENT, 22, SSL3_MT_CERTIFICATE, PUT, 11, BYTES("\x31"), NULL } },
        { "a message in the clear",
          { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x06\x08\0\0\x02\0\0"), NULL } },
        { "a piece in the clear",
          { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x02\x08\0"), NULL } },
        { "nothing in the clear",
          { SERVER, 22, SSL3_MT_ENCRYPTED_EXTENSIONS, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x00"), NULL } },
        { "a piece in the clear between",
          { SERVER, 22, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x02\x08\0"), NULL } },
        { "client's piece in the clear",
          { CLIENT, 22, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x02\x08\0"), NULL } },
        { "client's message in the clear",
          { CLIENT, 22, SSL3_MT_CERTIFICATE, RAW_BEFORE, 0, BYTES("\x16\x03\x03\x00\x08\x0b\0\0\x04\0\0\0\0"), NULL } },
        { "an empty record", { SERVER, 22, SSL3_MT_CERTIFICATE, BEFORE, 22, BYTES(""), NULL } },
        { "client's empty record", { CLIENT, 22, SSL3_MT_CERTIFICATE, BEFORE, 22, BYTES(""), NULL } },
        { "data between", { SERVER, 22, SSL3_MT_CERTIFICATE, BEFORE, 23, BYTES("abc"), NULL } },
        { "client's data between", { CLIENT, 22, SSL3_MT_CERTIFICATE, BEFORE, 23, BYTES("abc"), NULL } },
        { "half a message and data",
          { SERVER, 22, SSL3_MT_CERTIFICATE, REPLACE, 22, BYTES("\x0b\0\1\0"), NULL } },
        { "two records behind Finished", { SERVER, 22, SSL3_MT_FINISHED, AFTER, 22, BYTES("\x08\0\0\0"), NULL } },
        { "ServerHello with more", { SERVER, 22, SSL3_MT_SERVER_HELLO, AFTER, 22, BYTES("\x08\0\0\2\0\0"), NULL } },
        { "too long a message", { SERVER, 22, SSL3_MT_CERTIFICATE, PUT, 1, BYTES("\x02"), NULL } },
        { "client's too long a message", { CLIENT, 22, SSL3_MT_CERTIFICATE, PUT, 1, BYTES("\x02"), NULL } },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        relayed(cases[i].title, version, for_certificates, &cases[i].rule);
}

/* More than fits into an extension, in each message: who gets it back. */
static int add_too_much(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
                        size_t index, int *alert, void *arg)
{
    (void)alert, (void)arg;
    line(&called[SSL_is_server(ssl)], " add(%u,%04x,%s,%zu)", type, context, subject(x), index);
    *out = content(type, outlen);
    if (SSL_is_server(ssl) || context != SSL_EXT_CLIENT_HELLO)
        *outlen = 65536;
    return 2;
}

TEST_VERSIONS(contents_that_do_not_fit)
{
    static const unsigned places[] = {
        SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO,
        SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST,
        SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS,
        SSL_EXT_TLS1_3_CERTIFICATE_REQUEST,
        SSL_EXT_TLS1_3_CERTIFICATE,
        SSL_EXT_TLS1_3_NEW_SESSION_TICKET,
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct contexts pair = contexts(version);

        request_certificate(&pair);
        if (places[i] == SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST && version == TLS1_3_VERSION) {
            SSL_CTX_set1_groups_list(pair.client, "P-256:P-384");
            SSL_CTX_set1_groups_list(pair.server, "P-384");
        }
        SSL_CTX_add_custom_ext(pair.client, 1010, SSL_EXT_CLIENT_HELLO | places[i], add_cb, free_cb, NULL, parse_cb,
                               NULL);
        SSL_CTX_add_custom_ext(pair.server, 1010, SSL_EXT_CLIENT_HELLO | places[i], add_too_much, free_cb, NULL,
                               parse_cb, NULL);
        once("too much", &pair);
        free_contexts(&pair);
    }
}
