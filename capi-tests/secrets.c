/*
 * What is left of secrets in memory once all that knew them was freed. Every writable mapping
 * of the process is copied and searched for what the connections of a test kept secret: master
 * and resumption secrets, those of the key log, the keys that records were sealed with, early
 * secrets of pre-shared keys, ticket keys, private keys. The stock library leaves some (its
 * SSL_CTX's ticket keys, and the secrets and keys of TLS 1.3 that are part of an SSL, are freed
 * as they are), Tessera none.
 *
 * What is searched for is kept in shared mappings, and only private ones are searched. What is
 * derived is derived once the copy is made.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

/* The secrets ------------------------------------------------------------ */

struct needle {
    char kind[60];
    size_t len;
    unsigned char bytes[640];
};

/* What the keys of a connection are derived from. */
struct connection {
    int version;
    char cipher[40];
    unsigned char client_random[32], server_random[32];
};

enum { MOST_NEEDLES = 3000, MOST_CONNECTIONS = 40 };

static struct vault {
    size_t needles, connections;
    struct needle needle[MOST_NEEDLES];
    struct connection connection[MOST_CONNECTIONS];
    char maps[1 << 18];
} *vault;

static void *shared(size_t len)
{
    void *memory = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    REQUIRE(memory != MAP_FAILED);
    return memory;
}

static void begin(void)
{
    if (getenv("TESSERA_WARM_UP") != NULL)
        skip("Valgrind keeps what is freed, and has memory of its own");
    vault = shared(sizeof(*vault));
}

/* A needle to be filled. */
static struct needle *new_needle(const char *kind, size_t len)
{
    struct needle *needle;

    REQUIRE(vault->needles < MOST_NEEDLES && len <= sizeof(needle->bytes));
    needle = &vault->needle[vault->needles++];
    snprintf(needle->kind, sizeof(needle->kind), "%s", kind);
    needle->len = len;
    return needle;
}

static unsigned char digit(char c)
{
    return (unsigned char)(c <= '9' ? c - '0' : tolower(c) - 'a' + 10);
}

static void keylog(const SSL *ssl, const char *line)
{
    const char *label_end = strchr(line, ' '), *secret = strrchr(line, ' ') + 1;
    struct needle *needle = new_needle("", strlen(secret) / 2);

    (void)ssl;
    snprintf(needle->kind, sizeof(needle->kind), "%.*s", (int)(label_end - line), line);
    for (size_t i = 0; i < needle->len; i++)
        needle->bytes[i] = (unsigned char)(digit(secret[2 * i]) << 4 | digit(secret[2 * i + 1]));
}

static void note_session(SSL_SESSION *session)
{
    struct needle *needle;

    if (SSL_SESSION_get_master_key(session, NULL, 0) == 0)
        return;
    needle = new_needle(SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION ? "psk" : "master secret",
                        SSL_SESSION_get_master_key(session, NULL, 0));
    SSL_SESSION_get_master_key(session, needle->bytes, needle->len);
}

static int new_session(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    note_session(session);
    return 0;
}

static void note_pair(struct pair *pair)
{
    struct connection *connection = &vault->connection[vault->connections++];

    REQUIRE(vault->connections <= MOST_CONNECTIONS);
    connection->version = SSL_version(pair->client);
    snprintf(connection->cipher, sizeof(connection->cipher), "%s", SSL_get_cipher_name(pair->client));
    SSL_get_client_random(pair->client, connection->client_random, 32);
    SSL_get_server_random(pair->client, connection->server_random, 32);
    note_session(SSL_get_session(pair->client));
    note_session(SSL_get_session(pair->server));
}

/* What follows from the secrets ------------------------------------------ */

static const EVP_MD *md_of(size_t len)
{
    return len == 48 ? EVP_sha384() : EVP_sha256();
}

static void expand_label(const struct needle *secret, const char *label, const void *context, size_t context_len,
                         const char *kind, size_t len)
{
    unsigned char info[100], *at = info;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    struct needle *out = new_needle(kind, len);

    *at++ = 0;
    *at++ = (unsigned char)len;
    *at++ = (unsigned char)(6 + strlen(label));
    at += sprintf((char *)at, "tls13 %s", label);
    *at++ = (unsigned char)context_len;
    memcpy(at, context, context_len);
    at += context_len;
    REQUIRE(ctx != NULL && EVP_PKEY_derive_init(ctx) == 1
            && EVP_PKEY_CTX_set_hkdf_mode(ctx, EVP_PKEY_HKDEF_MODE_EXPAND_ONLY) == 1
            && EVP_PKEY_CTX_set_hkdf_md(ctx, md_of(secret->len)) == 1
            && EVP_PKEY_CTX_set1_hkdf_key(ctx, secret->bytes, (int)secret->len) == 1
            && EVP_PKEY_CTX_add1_hkdf_info(ctx, info, (int)(at - info)) == 1
            && EVP_PKEY_derive(ctx, out->bytes, &out->len) == 1);
    EVP_PKEY_CTX_free(ctx);
}

/* The keys of both ciphers of its hash, and of one that has been updated. */
static void derive_traffic_keys(const struct needle *secret)
{
    char kind[60];

    snprintf(kind, sizeof(kind), "key of %.30s", secret->kind);
    expand_label(secret, "key", "", 0, kind, 16);
    expand_label(secret, "key", "", 0, kind, 32);
    if (strstr(secret->kind, "_TRAFFIC_SECRET_0") != NULL && strstr(secret->kind, "updated") == NULL) {
        snprintf(kind, sizeof(kind), "%.30s updated", secret->kind);
        expand_label(secret, "traffic upd", "", 0, kind, secret->len);
        derive_traffic_keys(&vault->needle[vault->needles - 1]);
    }
    if (strstr(secret->kind, "HANDSHAKE_TRAFFIC") != NULL) {
        snprintf(kind, sizeof(kind), "finished of %.28s", secret->kind);
        expand_label(secret, "finished", "", 0, kind, secret->len);
    }
}

/* The early secret of a pre-shared key, and the key of its binder. */
static void derive_early(const struct needle *psk, size_t len)
{
    static const unsigned char zeros[64];
    unsigned char empty[64];
    unsigned int hash_len = 0;
    struct needle *early = new_needle("early secret", len), *binder;

    HMAC(md_of(len), zeros, (int)len, psk->bytes, psk->len, early->bytes, &hash_len);
    EVP_Digest("", 0, empty, &hash_len, md_of(len), NULL);
    for (int i = 0; i < 2; i++) {
        expand_label(early, i ? "ext binder" : "res binder", empty, len, "binder secret", len);
        binder = &vault->needle[vault->needles - 1];
        expand_label(binder, "finished", "", 0, "binder key", len);
    }
    expand_label(early, "derived", empty, len, "derived of early secret", len);
}

/* The keys that a TLS 1.2 connection seals records with. */
static void derive_key_block(const struct needle *master, const struct connection *connection)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
    char digest[] = "SHA256", label[] = "key expansion";
    size_t key_len = strstr(connection->cipher, "128") != NULL ? 16 : 32;
    unsigned char *block = new_needle("key block", 2 * key_len)->bytes;
    OSSL_PARAM params[6];

    if (strstr(connection->cipher, "SHA384") != NULL)
        strcpy(digest, "SHA384");
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)master->bytes, master->len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, strlen(label));
    params[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)connection->server_random, 32);
    params[4] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)connection->client_random, 32);
    params[5] = OSSL_PARAM_construct_end();
    REQUIRE(EVP_KDF_derive(ctx, block, 2 * key_len, params) == 1);
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
}

static void derive_all(void)
{
    size_t known = vault->needles;

    for (size_t i = 0; i < known; i++) {
        struct needle *needle = &vault->needle[i];

        if (strstr(needle->kind, "_TRAFFIC_SECRET") != NULL)
            derive_traffic_keys(needle);
        if (strstr(needle->kind, "psk") != NULL) {
            derive_early(needle, 32);
            derive_early(needle, 48);
        }
        for (size_t c = 0; strcmp(needle->kind, "CLIENT_RANDOM") == 0 && c < vault->connections; c++)
            derive_key_block(needle, &vault->connection[c]);
    }
}

/* The private parts of a key, as they are written and as libraries keep them. */
static void note_private_key(const char *name)
{
    static const char *const parts[] = { OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
                                         OSSL_PKEY_PARAM_RSA_FACTOR2, OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                         OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1 };
    EVP_PKEY *key = fixture_key(name);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        BIGNUM *number = NULL;
        struct needle *needle;
        char kind[40];

        if (EVP_PKEY_get_bn_param(key, parts[i], &number) != 1)
            continue;
        snprintf(kind, sizeof(kind), "private key: %s", parts[i]);
        needle = new_needle(kind, (size_t)BN_num_bytes(number));
        BN_bn2binpad(number, needle->bytes, (int)needle->len);
        needle = new_needle(kind, (size_t)BN_num_bytes(number));
        BN_bn2lebinpad(number, needle->bytes, (int)needle->len);
        BN_free(number);
    }
    EVP_PKEY_free(key);
}

/* Memory ----------------------------------------------------------------- */

struct range {
    unsigned long start, end;
    char name[60];
    unsigned char *copy;
};

static struct range ranges[4000];
static size_t range_count;

/* Without stdio, whose buffers would come to lie where secrets were. */
static void read_maps(void)
{
    int fd = open("/proc/self/maps", O_RDONLY);
    size_t len = 0;
    ssize_t n;

    REQUIRE(fd >= 0);
    while ((n = read(fd, vault->maps + len, sizeof(vault->maps) - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    REQUIRE(len < sizeof(vault->maps) - 1);
    vault->maps[len] = 0;
}

/* Copies all private writable memory, but for this test's own table. */
static void copy_memory(void)
{
    int fd = open("/proc/self/mem", O_RDONLY);
    size_t total = 0;
    unsigned char *at;

    REQUIRE(fd >= 0);
    read_maps();
    for (char *line = vault->maps; *line != 0; line = strchr(line, '\n') + 1) {
        struct range *range = &ranges[range_count];
        char perms[5];
        int name = 0;

        REQUIRE(sscanf(line, "%lx-%lx %4s %*s %*s %*s%n", &range->start, &range->end, perms, &name) == 3);
        if (strcmp(perms, "rw-p") != 0 || strncmp(line + name, " [v", 3) == 0)
            continue;
        sscanf(line + name, "%*[ ]%59[^\n]", range->name);
        total += range->end - range->start;
        REQUIRE(++range_count < sizeof(ranges) / sizeof(ranges[0]));
    }
    if (total > (size_t)4 << 30)
        skip("there is a sanitizer's memory");
    at = shared(total);
    for (size_t i = 0; i < range_count; i++) {
        size_t len = ranges[i].end - ranges[i].start, done = 0;
        ssize_t n;

        while (done < len && (n = pread(fd, at + done, len - done, (off_t)(ranges[i].start + done))) > 0)
            done += (size_t)n;
        ranges[i].copy = at;
        ranges[i].end = ranges[i].start + done;
        at += done;
    }
    close(fd);
}

/* The search ------------------------------------------------------------- */

/* What is shorter than a piece is of no use to anybody: eight bytes are left of registers that
 * were saved. Pieces begin at each eighth byte of a secret: malloc writes on the first sixteen
 * of what is freed. */
enum { PIECE = 16, STEP = 8 };

struct window {
    unsigned char bytes[PIECE];
    uint16_t needle, offset;
    const char *form;
};

enum { SLOTS = 1 << 20 };
static struct window *windows;
static unsigned char *filter; /* by the first two bytes */

static size_t slot_of(const unsigned char *bytes)
{
    uint64_t start;

    memcpy(&start, bytes, sizeof(start));
    return (start * 0x9e3779b97f4a7c15u) >> 44;
}

static struct window *find_window(const unsigned char *bytes)
{
    struct window *window = &windows[slot_of(bytes)];

    while (window->form != NULL && memcmp(window->bytes, bytes, PIECE) != 0)
        window = window == &windows[SLOTS - 1] ? windows : window + 1;
    return window;
}

static void add_windows(const unsigned char *bytes, size_t len, size_t needle, const char *form)
{
    for (size_t at = 0; at + PIECE <= len; at += STEP) {
        struct window *place = find_window(bytes + at);

        if (place->form != NULL)
            continue;
        memcpy(place->bytes, bytes + at, PIECE);
        place->needle = (uint16_t)needle;
        place->offset = (uint16_t)at;
        place->form = form;
        filter[bytes[at] | bytes[at + 1] << 8] = 1;
    }
}

static void add_needle(size_t index)
{
    const struct needle *needle = &vault->needle[index];
    char *hex = shared(4 * sizeof(needle->bytes));

    add_windows(needle->bytes, needle->len, index, "raw");
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i < needle->len; i++)
            sprintf(hex + 2 * i, upper ? "%02X" : "%02x", needle->bytes[i]);
        add_windows((unsigned char *)hex, 2 * needle->len, index, upper ? "HEX" : "hex");
    }
    munmap(hex, 4 * sizeof(needle->bytes));
}

static void show(const struct range *range, size_t at, const struct window *window)
{
    size_t from = at > 32 ? at - 32 : 0, to = at + 48;

    printf("    %s (%s, byte %d) at %lx in %s:", vault->needle[window->needle].kind, window->form, window->offset,
           range->start + at, range->name[0] != 0 ? range->name : "a mapping");
    for (size_t i = from; i < to && i < range->end - range->start; i++)
        printf("%s%02x", i == at ? "|" : i == at + PIECE ? "|" : i % 8 == 0 ? " " : "", range->copy[i]);
    printf("\n");
}

/* How many pieces are found in the stack of this thread, and elsewhere. */
struct found {
    int stack, elsewhere;
};

static int *pieces; /* of each needle */

static void search_range(const struct range *range, struct found *found)
{
    int stack = strcmp(range->name, "[stack]") == 0;

    for (size_t at = 0; at + PIECE <= range->end - range->start; at++) {
        const unsigned char *bytes = range->copy + at;
        struct window *window;

        if (!filter[bytes[0] | bytes[1] << 8] || (window = find_window(bytes))->form == NULL)
            continue;
        *(stack ? &found->stack : &found->elsewhere) += 1;
        pieces[window->needle] += !stack;
        if (getenv("TESSERA_SHOW_SECRETS") != NULL)
            show(range, at, window);
    }
}

static int found_kind(const char *kind)
{
    int sum = 0;

    for (size_t i = 0; i < vault->needles; i++)
        if (strcmp(vault->needle[i].kind, kind) == 0)
            sum += pieces[i];
    return sum;
}

static struct found search(void)
{
    struct found found = { 0, 0 };

    pieces = shared(MOST_NEEDLES * sizeof(*pieces));
    windows = shared(SLOTS * sizeof(*windows));
    filter = shared(1 << 16);
    for (size_t i = 0; i < vault->needles; i++)
        add_needle(i);
    for (size_t r = 0; r < range_count; r++)
        search_range(&ranges[r], &found);
    for (size_t i = 0; i < vault->needles; i++)
        if (pieces[i] > 0)
            printf("    %s: %d pieces\n", vault->needle[i].kind, pieces[i]);
    return found;
}

/* Unoptimized code leaves copies on the stack that nobody can name. */
static int is_optimized(void)
{
    Dl_info info;
    char path[PATH_MAX];

    return dladdr(dlsym(RTLD_DEFAULT, "SSL_new"), &info) != 0 && realpath(info.dli_fname, path) != NULL
           && strstr(path, "/debug/") == NULL;
}

/* Everything was freed. `keys` names the private keys that were used. */
static void check_memory(const char *const *keys)
{
    struct found found;

    copy_memory();
    derive_all();
    for (; keys != NULL && *keys != NULL; keys++)
        note_private_key(*keys);
    REQUIRE(vault->needles > 0);
    found = search();
    printf("    %zu secrets, left of them on the stack: %d pieces\n", vault->needles, found.stack);
    if (on_tessera()) {
        /* By its profile the optimized library moves a traffic secret once more. */
        CHECK(found.elsewhere <= (getenv("TESSERA_PROFILED") != NULL ? 4 : 0));
        if (is_optimized())
            CHECK(found.stack <= 10);
    }
}

/* Takes memory, writes over it and adds it to the list. */
static char *take(void ***all, size_t size)
{
    void **chunk = malloc(size);

    REQUIRE(chunk != NULL);
    memset(chunk, 0, size);
    *chunk = *all;
    *all = chunk;
    return (char *)chunk;
}

/* Writes over what is free in the heap: libcrypto leaves a key that it decodes there. */
static void scrub_heap(void)
{
    static const size_t sizes[] = { 100000, 20000, 4000, 2000, 1000, 500, 200, 100, 50, 24 };
    void **all = NULL;

    /* malloc has lists of its own of what is small. */
    for (size_t size = 24; size < 1100; size += 16)
        for (int i = 0; i < 20; i++)
            take(&all, size);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        /* Until it comes from beyond what there was. */
        char *end = sbrk(0);

        for (int more = 20, count = 0; more > 0 && count < 100000; count++)
            more -= take(&all, sizes[i]) >= end - 200000;
    }
    while (all != NULL) {
        void **next = *all;

        free(all);
        all = next;
    }
}

/* Connections ------------------------------------------------------------ */

static const char *const P256[] = { "server-p256", NULL };

struct contexts {
    SSL_CTX *client, *server;
};

static void note_ticket_keys(SSL_CTX *ctx)
{
    struct needle *needle = new_needle("ticket keys", 80);

    REQUIRE(SSL_CTX_get_tlsext_ticket_keys(ctx, needle->bytes, 80) == 1);
    /* The name is no secret. */
    memmove(needle->bytes, needle->bytes + 16, 64);
    needle->len = 64;
}

static void watch(SSL_CTX *ctx)
{
    SSL_CTX_set_keylog_callback(ctx, keylog);
    SSL_CTX_sess_set_new_cb(ctx, new_session);
}

static struct contexts new_contexts(int version)
{
    struct contexts ctx = { new_client_ctx(version), new_server_ctx(version) };

    watch(ctx.client);
    watch(ctx.server);
    SSL_CTX_set_session_cache_mode(ctx.client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_set_session_id_context(ctx.server, (const unsigned char *)"secrets", 7);
    note_ticket_keys(ctx.server);
    scrub_heap();
    return ctx;
}

static void free_contexts(struct contexts *ctx)
{
    SSL_CTX_free(ctx->client);
    SSL_CTX_free(ctx->server);
}

/* A connection that is used and closed; its session, if wanted. */
static SSL_SESSION *use(struct contexts *ctx, SSL_SESSION *offered, int keep)
{
    struct pair pair = offered_pair(ctx->client, ctx->server, offered);
    SSL_SESSION *session = NULL;

    CHECK_INT(SSL_session_reused(pair.client), offered != NULL);
    check_data(&pair);
    drain(pair.client);
    note_pair(&pair);
    if (keep)
        session = SSL_get1_session(pair.client);
    finish_pair(&pair);
    return session;
}

/* Full connections and resumed ones. */
static void use_twice(struct contexts *ctx)
{
    SSL_SESSION *session = use(ctx, NULL, 1), *next = use(ctx, session, 1);

    SSL_SESSION_free(session);
    SSL_SESSION_free(use(ctx, next, 1));
    SSL_SESSION_free(next);
}

/* Tests ------------------------------------------------------------------ */

TEST(what_is_kept_is_found)
{
    unsigned char *secret, *freed, needle[48];

    begin();
    secret = malloc(48), freed = malloc(64);
    REQUIRE(secret != NULL && freed != NULL);
    for (int i = 0; i < 48; i++)
        new_needle("a secret", 48)->bytes[i] = needle[i] = (unsigned char)(i * 37 + 11);
    vault->needles = 1;
    memcpy(vault->needle[0].bytes, needle, 48);
    OPENSSL_cleanse(needle, sizeof(needle));
    memcpy(secret, vault->needle[0].bytes, 48);
    for (int i = 0; i < 32; i++)
        sprintf((char *)freed + 2 * i, "%02x", secret[i]);
    free(freed);
    copy_memory();
    OPENSSL_cleanse(secret, 48);
    /* All 5 pieces of the one; of the other's 7 those that malloc did not write on. */
    CHECK(search().elsewhere >= 9);
    free(secret);
}

/* What is searched for is what connections have. */
TEST_VERSIONS(keys_in_use_are_found)
{
    struct contexts ctx;
    struct pair pair;

    begin();
    ctx = new_contexts(version);
    pair = connected_pair(ctx.client, ctx.server);
    note_pair(&pair);
    copy_memory();
    derive_all();
    search();
    outcome("sealing keys: %s", found_kind("key block") || found_kind("key of CLIENT_TRAFFIC_SECRET_0") ? "found" : "not found");
    finish_pair(&pair);
    free_contexts(&ctx);
}

TEST_VERSIONS(a_full_handshake)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    use(&ctx, NULL, 0);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_VERSIONS(resumed_by_tickets)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    use_twice(&ctx);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_VERSIONS(resumed_from_the_cache)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    SSL_CTX_set_options(ctx.server, SSL_OP_NO_TICKET);
    use_twice(&ctx);
    free_contexts(&ctx);
    check_memory(P256);
}

static const char *const SUITES[] = { "AES128", "AES256", "CHACHA20", NULL };

static void set_suite(SSL_CTX *ctx, const char *name)
{
    char list[100];

    if (strcmp(name, "CHACHA20") == 0)
        snprintf(list, sizeof(list), "ECDHE+CHACHA20");
    else
        snprintf(list, sizeof(list), "ECDHE+%s:!CHACHA20", name);
    REQUIRE(SSL_CTX_set_cipher_list(ctx, list) == 1);
    REQUIRE(SSL_CTX_set_ciphersuites(ctx, strcmp(name, "AES128") == 0   ? "TLS_AES_128_GCM_SHA256"
                                          : strcmp(name, "AES256") == 0 ? "TLS_AES_256_GCM_SHA384"
                                                                        : "TLS_CHACHA20_POLY1305_SHA256")
            == 1);
}

TEST_VERSIONS(each_suite)
{
    begin();
    for (int i = 0; SUITES[i] != NULL; i++) {
        struct contexts ctx = new_contexts(version);

        set_suite(ctx.client, SUITES[i]);
        use_twice(&ctx);
        free_contexts(&ctx);
    }
    check_memory(P256);
}

TEST_VERSIONS(each_group)
{
    static const char *const groups[] = { "X25519", "P-256", "P-384", "P-521" };

    begin();
    for (size_t i = 0; i < 4; i++) {
        struct contexts ctx = new_contexts(version);

        /* The first is what the client has a share for. */
        REQUIRE(SSL_CTX_set1_groups_list(ctx.server, groups[i]) == 1);
        use_twice(&ctx);
        free_contexts(&ctx);
    }
    check_memory(P256);
}

TEST_VERSIONS(certificates_of_both)
{
    static const char *const keys[] = { "server-rsa", "client", "client-rsa", "server-ed25519", "server-p384", NULL };

    begin();
    for (int i = 0; i < 3; i++) {
        struct contexts ctx = new_contexts(version);

        use_identity(ctx.server, i == 0 ? "server-rsa" : i == 1 ? "server-ed25519" : "server-p384");
        use_identity(ctx.client, i == 0 ? "client-rsa" : "client");
        SSL_CTX_set_verify(ctx.server, SSL_VERIFY_PEER, NULL);
        REQUIRE(SSL_CTX_load_verify_locations(ctx.server, fixture("ca.pem"), NULL) == 1);
        scrub_heap();
        use_twice(&ctx);
        free_contexts(&ctx);
    }
    check_memory(keys);
}

TEST_VERSIONS(keys_from_files)
{
    static const char *const keys[] = { "server-rsa", "server-p256", NULL };

    begin();
    for (int i = 0; i < 4; i++) {
        struct contexts ctx = new_contexts(version);
        const char *name = i < 2 ? "server-rsa" : "server-p256";
        char cert[50], pem[50], der[50];
        SSL *ssl;

        snprintf(cert, sizeof(cert), "%s.pem", name);
        snprintf(pem, sizeof(pem), "%s-key.pem", name);
        snprintf(der, sizeof(der), "%s-key.der", name);
        REQUIRE(SSL_CTX_use_certificate_chain_file(ctx.server, fixture(cert)) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey_file(ctx.server, fixture(i % 2 ? pem : der),
                                            i % 2 ? SSL_FILETYPE_PEM : SSL_FILETYPE_ASN1) == 1);
        if (i == 1)
            CHECK_INT(SSL_CTX_use_RSAPrivateKey_file(ctx.server, fixture(pem), SSL_FILETYPE_PEM), 1);
        ssl = SSL_new(ctx.server);
        CHECK_INT(SSL_use_PrivateKey_file(ssl, fixture(pem), SSL_FILETYPE_PEM), 1);
        CHECK_INT(SSL_check_private_key(ssl), 1);
        SSL_free(ssl);
        scrub_heap();
        use(&ctx, NULL, 0);
        free_contexts(&ctx);
    }
    check_memory(keys);
}

/* The session as bytes and back; the caller has the only reference. */
static SSL_SESSION *reread(SSL_SESSION *session)
{
    int len = i2d_SSL_SESSION(session, NULL);
    unsigned char *der = shared((size_t)len), *end = der;
    const unsigned char *at = der;

    CHECK_INT(i2d_SSL_SESSION(session, &end), len);
    SSL_SESSION_free(session);
    session = d2i_SSL_SESSION(NULL, &at, len);
    REQUIRE(session != NULL);
    munmap(der, (size_t)len);
    return session;
}

TEST_VERSIONS(sessions_are_written_and_read)
{
    struct contexts ctx;
    SSL_SESSION *session, *copy;

    begin();
    for (int i = 0; i < 2; i++) {
        ctx = new_contexts(version);
        if (i == 1)
            SSL_CTX_set_verify(ctx.client, SSL_VERIFY_NONE, NULL);
        session = reread(use(&ctx, NULL, 1));
        copy = SSL_SESSION_dup(session);
        SSL_SESSION_free(session);
        session = use(&ctx, copy, 1);
        SSL_SESSION_free(copy);
        /* One that is offered and refused. */
        SSL_CTX_free(ctx.server);
        ctx.server = new_server_ctx(version);
        watch(ctx.server);
        note_ticket_keys(ctx.server);
        scrub_heap();
        for (int again = 0; again < 2; again++) {
            struct pair pair = offered_pair(ctx.client, ctx.server, session);

            CHECK_INT(SSL_session_reused(pair.client), 0);
            drain(pair.client);
            note_pair(&pair);
            finish_pair(&pair);
        }
        SSL_SESSION_free(session);
        free_contexts(&ctx);
    }
    check_memory(P256);
}

TEST_VERSIONS(a_secret_is_replaced)
{
    SSL_SESSION *session;

    begin();
    session = SSL_SESSION_new();
    for (int i = 0; i < 3; i++) {
        struct needle *needle = new_needle("psk", 48 - 16 * (size_t)i);

        RAND_bytes(needle->bytes, (int)needle->len);
        CHECK_INT(SSL_SESSION_set1_master_key(session, needle->bytes, needle->len), 1);
    }
    (void)version;
    SSL_SESSION_free(session);
    check_memory(NULL);
}

TEST_VERSIONS(keying_material)
{
    struct contexts ctx;
    struct pair pair;

    begin();
    ctx = new_contexts(version);
    pair = connected_pair(ctx.client, ctx.server);
    drain(pair.client);
    for (int i = 0; i < 4; i++) {
        struct needle *needle = new_needle("keying material", i < 2 ? 64 : 200);
        SSL *ssl = i % 2 ? pair.server : pair.client;

        CHECK_INT(SSL_export_keying_material(ssl, needle->bytes, needle->len, "EXPORTER-test", 13,
                                             (const unsigned char *)"ctx", 3, i < 2), 1);
    }
    note_pair(&pair);
    finish_pair(&pair);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_TLS13(early_data)
{
    struct contexts ctx;
    SSL_SESSION *session;

    begin();
    ctx = new_contexts(version);
    SSL_CTX_set_max_early_data(ctx.server, 1000);
    session = use(&ctx, NULL, 1);
    for (int i = 0; i < 2; i++) {
        struct pair pair = new_pair(ctx.client, ctx.server);
        char buffer[100];
        size_t done;

        REQUIRE(SSL_set_session(pair.client, session) == 1);
        CHECK_INT(SSL_write_early_data(pair.client, "early", 5, &done), 1);
        if (i == 0) {
            CHECK_INT(SSL_read_early_data(pair.server, buffer, sizeof(buffer), &done), SSL_READ_EARLY_DATA_SUCCESS);
            CHECK_INT(SSL_export_keying_material_early(pair.server, new_needle("early keying material", 64)->bytes, 64,
                                                       "EXPORTER-test", 13, NULL, 0), 1);
        }
        while (i == 0 && SSL_read_early_data(pair.server, buffer, sizeof(buffer), &done) == SSL_READ_EARLY_DATA_SUCCESS)
            ;
        REQUIRE(handshake(&pair));
        check_data(&pair);
        drain(pair.client);
        note_pair(&pair);
        SSL_SESSION_free(session);
        session = SSL_get1_session(pair.client);
        finish_pair(&pair);
        /* The second time it is refused. */
        SSL_CTX_set_max_early_data(ctx.server, 0);
        SSL_CTX_set_options(ctx.server, SSL_OP_NO_ANTI_REPLAY);
    }
    SSL_SESSION_free(session);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_TLS13(keys_are_updated)
{
    struct contexts ctx;
    struct pair pair;

    begin();
    ctx = new_contexts(version);
    pair = connected_pair(ctx.client, ctx.server);
    check_data(&pair);
    CHECK_INT(SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
    check_data(&pair);
    drain(pair.client);
    note_pair(&pair);
    finish_pair(&pair);
    free_contexts(&ctx);
    check_memory(P256);
}

/* External keys: of 32 bytes, of fewer and of more, one that is its own hash's length. */

static struct needle *external;
static const unsigned char *external_suite;

static unsigned client_key(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk,
                           unsigned max_psk)
{
    (void)ssl, (void)hint, (void)max_identity, (void)max_psk;
    strcpy(identity, "someone");
    memcpy(psk, external->bytes, external->len);
    return (unsigned)external->len;
}

static unsigned server_key(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk)
{
    (void)ssl, (void)identity, (void)max_psk;
    memcpy(psk, external->bytes, external->len);
    return (unsigned)external->len;
}

static SSL_SESSION *key_session(SSL *ssl)
{
    SSL_SESSION *session = SSL_SESSION_new();

    REQUIRE(session != NULL && SSL_SESSION_set1_master_key(session, external->bytes, external->len) == 1
            && SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, external_suite)) == 1
            && SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1);
    return session;
}

static int use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *idlen, SSL_SESSION **sess)
{
    (void)md;
    *id = (const unsigned char *)"someone";
    *idlen = 7;
    *sess = key_session(ssl);
    return 1;
}

static int find_session(SSL *ssl, const unsigned char *identity, size_t identity_len, SSL_SESSION **sess)
{
    *sess = identity_len == 7 && memcmp(identity, "someone", 7) == 0 ? key_session(ssl) : NULL;
    return 1;
}

TEST_TLS13(external_keys)
{
    static const size_t lens[] = { 32, 48, 20, 200 };
    static const unsigned char suites[2][2] = { { 0x13, 0x01 }, { 0x13, 0x02 } };

    begin();
    for (int i = 0; i < 8; i++) {
        struct contexts ctx = new_contexts(version);

        external = new_needle("external psk", lens[i / 2]);
        external_suite = suites[lens[i / 2] == 48];
        RAND_bytes(external->bytes, (int)external->len);
        if (i % 2 == 1 && external->len <= 48) {
            SSL_CTX_set_psk_use_session_callback(ctx.client, use_session);
            SSL_CTX_set_psk_find_session_callback(ctx.server, find_session);
        } else {
            SSL_CTX_set_psk_client_callback(ctx.client, client_key);
            SSL_CTX_set_psk_server_callback(ctx.server, server_key);
            external_suite = suites[0];
        }
        set_suite(ctx.client, external_suite == suites[0] ? "AES128" : "AES256");
        for (int again = 0; again < 2; again++) {
            struct pair pair = connected_pair(ctx.client, ctx.server);

            CHECK_INT(SSL_session_reused(pair.server), 1);
            check_data(&pair);
            drain(pair.client);
            note_pair(&pair);
            finish_pair(&pair);
        }
        free_contexts(&ctx);
    }
    check_memory(P256);
}

TEST_VERSIONS(ticket_keys_are_changed)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    for (int i = 0; i < 3; i++) {
        struct needle *needle = new_needle("ticket keys", 80);

        RAND_bytes(needle->bytes, 80);
        memset(needle->bytes, i, 16);
        CHECK_INT(SSL_CTX_set_tlsext_ticket_keys(ctx.server, needle->bytes, 80), 1);
        note_ticket_keys(ctx.server);
        use_twice(&ctx);
        memmove(needle->bytes, needle->bytes + 16, 64);
        needle->len = 64;
    }
    free_contexts(&ctx);
    check_memory(P256);
}

static struct needle *callback_keys;

static int ticket_key_callback(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *ctx, EVP_MAC_CTX *mac,
                               int enc)
{
    static char digest[] = "SHA256";
    OSSL_PARAM params[3];

    (void)ssl;
    if (enc) {
        memset(name, 7, 16);
        memset(iv, 9, 16);
    }
    params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, callback_keys->bytes, 32);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
    params[2] = OSSL_PARAM_construct_end();
    return EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, callback_keys->bytes + 32, iv, enc) == 1
           && EVP_MAC_CTX_set_params(mac, params) == 1 ? enc ? 1 : 2 : 0;
}

TEST_VERSIONS(ticket_keys_of_a_callback)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    callback_keys = new_needle("ticket keys", 64);
    RAND_bytes(callback_keys->bytes, 64);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx.server, ticket_key_callback);
    use_twice(&ctx);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_VERSIONS(connections_are_cleared_and_cut_off)
{
    struct contexts ctx;
    struct pair pair;

    begin();
    ctx = new_contexts(version);
    /* Used again after SSL_clear. */
    pair = connected_pair(ctx.client, ctx.server);
    note_pair(&pair);
    close_cleanly(&pair);
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_INT(SSL_clear(pair.server), 1);
    join(pair.client, pair.server);
    REQUIRE(handshake(&pair));
    note_pair(&pair);
    /* Freed without a close. */
    free_pair(&pair);
    /* Given up in the middle of the handshake. */
    for (int steps = 1; steps < 6; steps++) {
        pair = new_pair(ctx.client, ctx.server);
        for (int i = 0; i < steps; i++)
            SSL_do_handshake(i % 2 ? pair.server : pair.client);
        free_pair(&pair);
        ERR_clear_error();
    }
    /* Refused by the client. */
    SSL_CTX_set_cert_store(ctx.client, X509_STORE_new());
    pair = new_pair(ctx.client, ctx.server);
    CHECK(!handshake(&pair));
    free_pair(&pair);
    free_contexts(&ctx);
    check_memory(P256);
}

static void message(int write, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)write, (void)version, (void)type, (void)data, (void)len, (void)ssl;
    ++*(int *)arg;
}

TEST_VERSIONS(messages_are_watched)
{
    struct contexts ctx;
    int messages = 0;

    begin();
    ctx = new_contexts(version);
    SSL_CTX_set_msg_callback(ctx.client, message);
    SSL_CTX_set_msg_callback_arg(ctx.client, &messages);
    SSL_CTX_set_msg_callback(ctx.server, message);
    SSL_CTX_set_msg_callback_arg(ctx.server, &messages);
    use_twice(&ctx);
    CHECK(messages > 20);
    free_contexts(&ctx);
    check_memory(P256);
}

TEST_VERSIONS(callbacks_keep_the_cache)
{
    struct contexts ctx;

    begin();
    ctx = new_contexts(version);
    SSL_CTX_set_options(ctx.server, SSL_OP_NO_TICKET);
    SSL_CTX_sess_set_cache_size(ctx.server, 1);
    use_twice(&ctx);
    use_twice(&ctx);
    SSL_CTX_flush_sessions(ctx.server, 0);
    use_twice(&ctx);
    free_contexts(&ctx);
    check_memory(P256);
}

static void *in_a_thread(void *arg)
{
    use_twice(arg);
    free_contexts(arg);
    return NULL;
}

TEST_VERSIONS(threads_that_ended)
{
    pthread_t thread;

    begin();
    for (int i = 0; i < 3; i++) {
        struct contexts ctx = new_contexts(version);

        REQUIRE(pthread_create(&thread, NULL, in_a_thread, &ctx) == 0);
        REQUIRE(pthread_join(thread, NULL) == 0);
    }
    check_memory(P256);
}
