/*
 * Connections in threads of 24 KiB, the thread's own data included: each end of each kind of
 * handshake in a thread of its own, from SSL_new to SSL_free. Below the stack lies a page that
 * can't be touched, so that what needs more dies there.
 *
 * TESSERA_STACK_SIZE gives the threads another size, in bytes; TESSERA_STACK_REPORT=1 prints how
 * much of it was used. The debug build of Tessera, of which run.sh tells, needs more.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

NO_WARM_UP

/* Whether the library is refused memory for stacks. */
static int no_stacks;

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    if (no_stacks && (flags & MAP_STACK) != 0) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return (void *)syscall(SYS_mmap, address, len, protection, flags, fd, offset);
}

enum { STACK = 24 * 1024, GUARD = 64 * 1024, PAINT = 0xa5 };

static size_t stack_size(void)
{
    const char *size = getenv("TESSERA_STACK_SIZE");

    return size != NULL ? (size_t)atoi(size) : STACK;
}

/* A connection ------------------------------------------------------------ */

/* A kind of handshake: what is NULL or 0 is left as it is. */
struct kind {
    int version;
    const char *identity;       /* the server's, of the fixtures */
    const char *chain;          /* and the certificate that is sent with it */
    const char *client_identity;
    const char *groups;         /* of the server, and of the client where it has no others */
    const char *client_groups;
    const char *ciphers;        /* of TLS 1.2 */
    uint64_t options;           /* of the server */
    int own_method;             /* whether the private keys are RSA keys with a method of the program's */
    int busy;                   /* whether callbacks of all kinds and extensions are set */
    int resumed;                /* whether a second connection offers the first one's session */
    int early;                  /* and sends early data */
};

struct side {
    SSL_CTX *ctx;
    int serves;
    int fd;
    SSL_SESSION *offered;
    int early;
    SSL_SESSION *session; /* what the client got */
    unsigned char *stack;
    pthread_t thread;
    int works; /* the connection came about, carried data both ways and was closed */
    int reused;
    unsigned long error;
};

static int exchange(SSL *ssl, int serves)
{
    static const char request[] = "request", answer[] = "answer";
    char buffer[20];

    if (serves)
        return SSL_read(ssl, buffer, sizeof(buffer)) == sizeof(request) &&
               SSL_write(ssl, answer, sizeof(answer)) == sizeof(answer);
    return SSL_write(ssl, request, sizeof(request)) == sizeof(request) &&
           SSL_read(ssl, buffer, sizeof(buffer)) == sizeof(answer);
}

static int exchange_early(SSL *ssl, int serves)
{
    char buffer[20];
    size_t len;
    int ret;

    if (!serves)
        return SSL_write_early_data(ssl, "early", 5, &len);
    while ((ret = SSL_read_early_data(ssl, buffer, sizeof(buffer), &len)) == SSL_READ_EARLY_DATA_SUCCESS)
        ;
    return ret == SSL_READ_EARLY_DATA_FINISH && SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED;
}

static int talk(SSL *ssl, const struct side *side)
{
    if (side->offered != NULL && SSL_set_session(ssl, side->offered) != 1)
        return 0;
    if (side->early && !exchange_early(ssl, side->serves))
        return 0;
    if (SSL_do_handshake(ssl) != 1 || !exchange(ssl, side->serves))
        return 0;
    SSL_shutdown(ssl);
    return SSL_shutdown(ssl) == 1;
}

static void *run_side(void *arg)
{
    struct side *side = arg;
    SSL *ssl = SSL_new(side->ctx);

    SSL_set_fd(ssl, side->fd);
    if (side->serves)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    side->works = talk(ssl, side);
    side->error = ERR_peek_error();
    ERR_clear_error();
    side->reused = SSL_session_reused(ssl);
    side->session = side->serves ? NULL : SSL_get1_session(ssl);
    SSL_free(ssl);
    shutdown(side->fd, SHUT_WR);
    return NULL;
}

/* Threads ----------------------------------------------------------------- */

static void start(struct side *side)
{
    pthread_attr_t attr;
    unsigned char *memory =
        mmap(NULL, GUARD + stack_size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    REQUIRE(memory != MAP_FAILED);
    REQUIRE(mprotect(memory, GUARD, PROT_NONE) == 0);
    side->stack = memory + GUARD;
    memset(side->stack, PAINT, stack_size());
    REQUIRE(pthread_attr_init(&attr) == 0);
    REQUIRE(pthread_attr_setstack(&attr, side->stack, stack_size()) == 0);
    REQUIRE(pthread_create(&side->thread, &attr, run_side, side) == 0);
    pthread_attr_destroy(&attr);
}

static void report(const char *name, const struct side *side)
{
    size_t untouched = 0;

    while (side->stack[untouched] == PAINT)
        untouched++;
    printf("    %-6zu %s, %s%s\n", stack_size() - untouched, name, side->serves ? "server" : "client",
           side->reused ? ", resumed" : "");
}

/* Waits for a side's end. */
static void finish(const char *name, struct side *side)
{
    REQUIRE(pthread_join(side->thread, NULL) == 0);
    /* Not under Valgrind, to which nothing is where the stack was. */
    if (getenv("TESSERA_STACK_REPORT") != NULL)
        report(name, side);
    REQUIRE(munmap(side->stack - GUARD, GUARD + stack_size()) == 0);
    close(side->fd);
    if (!side->works)
        printf("    %s: the %s fails: %s\n", name, side->serves ? "server" : "client",
               ERR_reason_error_string(side->error));
}

/* One connection; the session that the client got. */
static SSL_SESSION *connection(const char *name, SSL_CTX *cctx, SSL_CTX *sctx, SSL_SESSION *offered, int early)
{
    struct side client = { .ctx = cctx, .offered = offered, .early = early };
    struct side server = { .ctx = sctx, .serves = 1, .early = early };
    int fds[2];

    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    client.fd = fds[0], server.fd = fds[1];
    start(&server);
    start(&client);
    finish(name, &client);
    finish(name, &server);
    CHECK(client.works && server.works);
    CHECK_INT(client.reused, offered != NULL);
    CHECK_INT(server.reused, offered != NULL);
    return client.session;
}

/* Kinds ------------------------------------------------------------------- */

static void use_chain(SSL_CTX *ctx, const char *name)
{
    X509 *cert = fixture_cert(name);

    REQUIRE(SSL_CTX_add1_chain_cert(ctx, cert) == 1);
    X509_free(cert);
}

/* The context's RSA key again, which from now on libcrypto alone can sign with. */
static void use_own_method(SSL_CTX *ctx)
{
    static RSA_METHOD *method;
    EVP_PKEY *key = EVP_PKEY_new();
    RSA *rsa = EVP_PKEY_get1_RSA(SSL_CTX_get0_privatekey(ctx));

    if (method == NULL)
        method = RSA_meth_dup(RSA_get_default_method());
    REQUIRE(method != NULL && rsa != NULL && RSA_set_method(rsa, method) == 1);
    REQUIRE(EVP_PKEY_assign_RSA(key, rsa) == 1 && SSL_CTX_use_PrivateKey(ctx, key) == 1);
    EVP_PKEY_free(key);
}

static int accept_any(int preverified, X509_STORE_CTX *store)
{
    (void)preverified, (void)store;
    return 1;
}

/* Callbacks that do next to nothing, and extensions that have messages written anew. */

static int add_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *len, X509 *cert,
                         size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)cert, (void)index, (void)alert, (void)arg;
    *out = (const unsigned char *)"extension";
    *len = 9;
    return 1;
}

static int parse_extension(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t len, X509 *cert,
                           size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)in, (void)len, (void)cert, (void)index, (void)alert, (void)arg;
    return 1;
}

static void see_message(int out, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
    (void)out, (void)version, (void)type, (void)bytes, (void)len, (void)ssl, (void)arg;
}

static void see_info(const SSL *ssl, int where, int value)
{
    (void)ssl, (void)where, (void)value;
}

static void see_secret(const SSL *ssl, const char *line)
{
    (void)ssl, (void)line;
}

static int see_hello(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int see_name(SSL *ssl, int *alert, void *arg)
{
    (void)ssl, (void)alert, (void)arg;
    return SSL_TLSEXT_ERR_OK;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in,
                           unsigned in_len, void *arg)
{
    (void)ssl, (void)in_len, (void)arg;
    *out = in + 1;
    *len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static int staple(SSL *ssl, void *arg)
{
    unsigned char *response = OPENSSL_malloc(100);

    (void)arg;
    if (SSL_is_server(ssl)) {
        memset(response, 1, 100);
        return SSL_set_tlsext_status_ocsp_resp(ssl, response, 100) == 1 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    }
    OPENSSL_free(response);
    return 1;
}

static int set_certificate(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 1;
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl, (void)session;
    return 0;
}

static void keep_busy(SSL_CTX *ctx)
{
    enum { EVERYWHERE = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO |
                        SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS | SSL_EXT_TLS1_3_CERTIFICATE |
                        SSL_EXT_TLS1_3_CERTIFICATE_REQUEST | SSL_EXT_TLS1_3_NEW_SESSION_TICKET };

    REQUIRE(SSL_CTX_add_custom_ext(ctx, 1234, EVERYWHERE, add_extension, NULL, NULL, parse_extension, NULL) == 1);
    SSL_CTX_set_msg_callback(ctx, see_message);
    SSL_CTX_set_info_callback(ctx, see_info);
    SSL_CTX_set_keylog_callback(ctx, see_secret);
    SSL_CTX_set_client_hello_cb(ctx, see_hello, NULL);
    SSL_CTX_set_tlsext_servername_callback(ctx, see_name);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    SSL_CTX_set_tlsext_status_cb(ctx, staple);
    SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_cert_cb(ctx, set_certificate, NULL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_BOTH);
    REQUIRE(SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\2h2", 3) == 0);
}

static SSL_CTX *server_of(const struct kind *kind)
{
    SSL_CTX *ctx = new_server_ctx(kind->version);

    if (kind->identity != NULL) {
        SSL_CTX_free(ctx);
        ctx = SSL_CTX_new(TLS_server_method());
        REQUIRE(ctx != NULL && SSL_CTX_set_min_proto_version(ctx, kind->version) == 1 &&
                SSL_CTX_set_max_proto_version(ctx, kind->version) == 1);
        use_identity(ctx, kind->identity);
    }
    if (kind->chain != NULL)
        use_chain(ctx, kind->chain);
    if (kind->client_identity != NULL) {
        REQUIRE(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL) == 1);
        /* The certificates of servers are not for clients. */
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
        REQUIRE(SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"small", 5) == 1);
    }
    if (kind->own_method)
        use_own_method(ctx);
    if (kind->busy)
        keep_busy(ctx);
    SSL_CTX_set_options(ctx, kind->options);
    if (kind->early)
        SSL_CTX_set_max_early_data(ctx, 1000);
    return ctx;
}

static SSL_CTX *client_of(const struct kind *kind)
{
    SSL_CTX *ctx = new_client_ctx(kind->version);

    if (kind->client_identity != NULL)
        use_identity(ctx, kind->client_identity);
    if (kind->client_identity != NULL && kind->own_method)
        use_own_method(ctx);
    if (kind->busy)
        keep_busy(ctx);
    if (kind->ciphers != NULL && kind->version == TLS1_3_VERSION)
        REQUIRE(SSL_CTX_set_ciphersuites(ctx, kind->ciphers) == 1);
    else if (kind->ciphers != NULL)
        REQUIRE(SSL_CTX_set_cipher_list(ctx, kind->ciphers) == 1);
    return ctx;
}

/* 0 when the library does not have one of the groups. */
static int use_groups(const struct kind *kind, SSL_CTX *client, SSL_CTX *server)
{
    const char *clients = kind->client_groups != NULL ? kind->client_groups : kind->groups;
    int has = kind->groups == NULL ||
              (SSL_CTX_set1_groups_list(server, kind->groups) == 1 && SSL_CTX_set1_groups_list(client, clients) == 1);

    ERR_clear_error();
    return has;
}

static void try(const char *name, struct kind kind)
{
    SSL_CTX *client = client_of(&kind), *server = server_of(&kind);

    if (use_groups(&kind, client, server)) {
        SSL_SESSION *session = connection(name, client, server, NULL, 0);

        if (kind.resumed)
            SSL_SESSION_free(connection(name, client, server, session, kind.early));
        SSL_SESSION_free(session);
    } else if (getenv("TESSERA_STACK_REPORT") != NULL) {
        printf("    %s: not here\n", name);
    }
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

#define TRY(...) try(#__VA_ARGS__, (struct kind){ .version = version, __VA_ARGS__ })

static void only_optimized(void)
{
    if (on_tessera() && getenv("TESSERA_UNOPTIMIZED") != NULL)
        skip("the library is not optimized");
}

TEST_VERSIONS(defaults)
{
    only_optimized();
    TRY(.resumed = 1);
    TRY(.resumed = 1, .options = SSL_OP_NO_TICKET);
}

TEST_VERSIONS(every_group)
{
    static const char *groups[] = { "X25519MLKEM768", "X25519", "P-256", "P-384", "P-521", "X448", "ffdhe2048",
                                    "ffdhe8192" };

    only_optimized();
    for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
        /* One curve for the certificate, which in TLS 1.2 must be among the groups, too. */
        const char *identity = "server-rsa";

        if (version == TLS1_2_VERSION && (strncmp(groups[i], "ffdhe", 5) == 0 || strchr(groups[i], 'M') != NULL))
            continue;
        try(groups[i], (struct kind){ .version = version, .identity = identity, .groups = groups[i], .resumed = 1 });
        try(groups[i], (struct kind){ .version = version, .identity = identity, .groups = groups[i], .resumed = 1,
                                      .client_identity = "client-rsa",
                                      .options = SSL_OP_NO_TICKET });
    }
}

TEST_TLS13(another_group_after_a_retry)
{
    only_optimized();
    TRY(.groups = "X25519MLKEM768", .client_groups = "X25519:X25519MLKEM768", .resumed = 1);
    TRY(.groups = "X25519", .client_groups = "X25519MLKEM768:X25519", .resumed = 1);
    TRY(.groups = "P-521", .client_groups = "X25519:P-521", .resumed = 1);
    TRY(.groups = "X25519", .client_groups = "P-521:X25519", .resumed = 1);
}

TEST_VERSIONS(every_identity)
{
    static const char *identities[] = { "server-p256", "server-p384", "server-p521", "server-ed25519", "server-rsa",
                                        "server-rsapss" };

    only_optimized();
    for (size_t i = 0; i < sizeof(identities) / sizeof(*identities); i++) {
        const char *name = identities[i];

        if (version == TLS1_2_VERSION && on_tessera() && strcmp(name, "server-rsapss") == 0)
            continue; /* rustls has no rsa_pss_pss signatures in TLS 1.2 */
        try(name, (struct kind){ .version = version, .identity = name, .resumed = 1 });
        try(name, (struct kind){ .version = version, .identity = name, .client_identity = name, .resumed = 1 });
    }
    TRY(.identity = "chained", .chain = "intermediate", .resumed = 1);
}

TEST_VERSIONS(keys_that_libcrypto_keeps)
{
    only_optimized();
    TRY(.identity = "server-rsa", .own_method = 1, .resumed = 1);
    TRY(.identity = "server-rsa", .client_identity = "client-rsa", .own_method = 1, .resumed = 1);
    TRY(.identity = "server-rsa", .client_identity = "client-rsa", .own_method = 1, .options = SSL_OP_NO_TICKET);
}

TEST_VERSIONS(callbacks_and_extensions)
{
    only_optimized();
    TRY(.busy = 1, .resumed = 1);
    TRY(.busy = 1, .resumed = 1, .options = SSL_OP_NO_TICKET);
    TRY(.busy = 1, .resumed = 1, .identity = "server-rsa", .client_identity = "client-rsa");
    TRY(.busy = 1, .resumed = 1, .identity = "server-rsa", .client_identity = "client-rsa", .own_method = 1);
    TRY(.busy = 1, .resumed = 1, .early = version == TLS1_3_VERSION);
}

TEST_VERSIONS(every_cipher)
{
    static const char *suites[2][3] = {
        { "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305" },
        { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256" },
    };

    only_optimized();
    for (size_t i = 0; i < 3; i++) {
        const char *suite = suites[version == TLS1_3_VERSION][i];

        try(suite, (struct kind){ .version = version, .ciphers = suite, .resumed = 1 });
    }
}

TEST_TLS13(early_data)
{
    only_optimized();
    TRY(.resumed = 1, .early = 1);
    TRY(.resumed = 1, .early = 1, .groups = "X25519MLKEM768");
}

/* Without memory for a stack of its own such work is not done: the handshake fails, no more. */
TEST_TLS13(no_memory_for_stacks)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    struct pair pair = new_pair(client, server);

    if (!on_tessera())
        skip("the stock library has no stacks of its own");
    no_stacks = 1;
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.client_end.reason, ERR_R_MALLOC_FAILURE);
    free_pair(&pair);

    /* A client that needs none, and a server whose signature does. */
    REQUIRE(SSL_CTX_set1_groups_list(client, "X25519") == 1);
    pair = new_pair(client, server);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
    CHECK_INT(pair.server_end.reason, ERR_R_MALLOC_FAILURE);
    free_pair(&pair);

    no_stacks = 0;
    pair = connected_pair(client, server);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
