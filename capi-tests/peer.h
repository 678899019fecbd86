/*
 * A peer that is always the stock library, in a process of its own, and that misbehaves with a
 * valid transcript.
 *
 * The test's program starts itself again, without LD_LIBRARY_PATH and LD_PRELOAD, and talks to
 * it over socketpairs that it inherits. What the peer is told is a list of words, KEY=VALUE:
 *
 *   role=client|server     version=12|13 (none: both)     level=N    verify=N
 *   identity=NAME          of the fixtures; a server without hook has server-p256
 *   ciphers= groups= sigalgs= client-sigalgs=             OpenSSL's lists
 *   connections=N          one after the other; a client resumes from the second on
 *   told-sigalgs=0403,...  what it is to read in its peer's signature_algorithms instead of
 *                          what was sent: in a ClientHello, or a request for a certificate
 *   told-groups=0017,...   the same of supported_groups
 *   told-without=ff01,...  extensions that it is not to see; 00ff is the SCSV of renegotiation
 *   says-without=000d,...  extensions of its own ClientHello that it renames, before they are
 *                          hashed, to one that nobody knows; 00ff as before
 *   says-suite=c02b        the suite that its ServerHello names instead of the one it uses; its
 *                          client is to have sent an extension 0xfafb
 *   hook=NAME              a PEER_HOOK of the test's program, for what else there is
 *
 * It edits a message where libssl is about to parse it, behind the transcript's hash, or where
 * libssl is making it, ahead of the hash. So Finished messages are right, and what the other
 * side makes of the offence is its policy alone.
 *
 * Each connection is a handshake, then a byte from the client and one from the server. Both
 * sides' ends are compared: what they returned, the reason, the alert that came.
 */
#ifndef PEER_H
#define PEER_H

#include "harness.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CONNECTIONS 8

/* Our side --------------------------------------------------------------- */

/* How one side fared. */
struct fate {
    int shook;      /* SSL_do_handshake */
    int ret;        /* of the last call: the handshake, or the bytes after it */
    int error;      /* SSL_get_error */
    int reason;     /* of the last error on the queue */
    int verified;   /* SSL_get_verify_result */
    int reused;     /* SSL_session_reused */
    int secure;     /* SSL_get_secure_renegotiation_support */
    int scheme;     /* the NID of the peer's signature's hash */
    char note[100]; /* what a hook wrote */
};

struct peer {
    pid_t process;
    int fds[MOST_CONNECTIONS];
    int results;
    int connections;
    int next;
};

/* The end of both sides of a connection. */
struct met {
    struct fate ours;
    struct fate theirs;
};

static const char *peer_value(const char *words, const char *key, char *room, size_t size)
{
    size_t len = strlen(key);

    for (const char *word = words; word != NULL; word = strchr(word, ' ')) {
        word += strspn(word, " ");
        if (strncmp(word, key, len) == 0 && word[len] == '=') {
            snprintf(room, size, "%.*s", (int)strcspn(word + len + 1, " "), word + len + 1);
            return room;
        }
    }
    return NULL;
}

static int peer_number(const char *words, const char *key, int otherwise)
{
    char room[100];

    return peer_value(words, key, room, sizeof(room)) != NULL ? atoi(room) : otherwise;
}

/* Starts a peer. end_peer waits for its end. */
static struct peer __attribute__((unused)) start_peer(const char *words)
{
    struct peer peer = { .connections = peer_number(words, "connections", 1) };
    int theirs[MOST_CONNECTIONS], results[2];
    char numbers[200] = "", program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    REQUIRE(len > 0 && peer.connections <= MOST_CONNECTIONS);
    program[len] = 0;
    signal(SIGPIPE, SIG_IGN);
    REQUIRE(pipe(results) == 0);
    peer.results = results[0];
    for (int i = 0; i < peer.connections; i++) {
        int pair[2];

        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
        peer.fds[i] = pair[0];
        theirs[i] = pair[1];
        sprintf(numbers + strlen(numbers), "%d ", pair[1]);
    }
    fflush(NULL);
    peer.process = fork();
    REQUIRE(peer.process >= 0);
    if (peer.process == 0) {
        char result_fd[20];

        sprintf(result_fd, "%d", results[1]);
        close(results[0]);
        for (int i = 0; i < peer.connections; i++)
            close(peer.fds[i]);
        unsetenv("LD_LIBRARY_PATH");
        unsetenv("LD_PRELOAD");
        unsetenv("TESSERA_OUTCOMES");
        setenv("TESSERA_EXPECT", "stock", 1);
        execl(program, program, "--peer", words, numbers, result_fd, (char *)NULL);
        _exit(127);
    }
    close(results[1]);
    for (int i = 0; i < peer.connections; i++)
        close(theirs[i]);
    return peer;
}

/* One way of a byte; what SSL_read or SSL_write returned. */
static int peer_byte(SSL *ssl, int reads)
{
    char byte = 'x';

    return reads ? SSL_read(ssl, &byte, 1) : SSL_write(ssl, &byte, 1);
}

/* The handshake over `fd`, and a byte each way. Nothing of it is lost: a side that is done
 * sends nothing more and reads what there is. */
static struct fate peer_shake(SSL *ssl, int fd)
{
    struct fate fate;
    char rest[512];

    memset(&fate, 0, sizeof(fate));
    ERR_clear_error();
    REQUIRE(SSL_set_fd(ssl, fd) == 1);
    fate.ret = fate.shook = SSL_do_handshake(ssl);
    if (fate.ret == 1)
        fate.ret = peer_byte(ssl, SSL_is_server(ssl));
    if (fate.ret == 1 && fate.shook == 1)
        fate.ret = peer_byte(ssl, !SSL_is_server(ssl));
    fate.error = SSL_get_error(ssl, fate.ret);
    fate.reason = last_reason();
    fate.verified = (int)SSL_get_verify_result(ssl);
    fate.reused = SSL_session_reused(ssl);
    fate.secure = (int)SSL_get_secure_renegotiation_support(ssl);
    SSL_get_peer_signature_nid(ssl, &fate.scheme);
    shutdown(fd, SHUT_WR);
    while (read(fd, rest, sizeof(rest)) > 0)
        ;
    close(fd);
    return fate;
}

/* The next connection, of an SSL whose role is set. */
static struct met __attribute__((unused)) meet(struct peer *peer, SSL *ssl)
{
    struct met met;
    size_t got = 0;

    REQUIRE(peer->next < peer->connections);
    met.ours = peer_shake(ssl, peer->fds[peer->next++]);
    while (got < sizeof(met.theirs)) {
        ssize_t n = read(peer->results, (char *)&met.theirs + got, sizeof(met.theirs) - got);

        /* It has ended without a word. */
        REQUIRE(n > 0);
        got += (size_t)n;
    }
    return met;
}

/* Waits for the peer's end, which must be a good one. */
static void __attribute__((unused)) end_peer(struct peer *peer)
{
    int status = -1;

    for (int i = peer->next; i < peer->connections; i++)
        close(peer->fds[i]);
    REQUIRE(waitpid(peer->process, &status, 0) == peer->process);
    REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(peer->results);
}

/* The line that both libraries must agree upon. */
static void __attribute__((unused)) note_met(const char *label, const struct met *met)
{
    const struct fate *ours = &met->ours, *theirs = &met->theirs;

    outcome("%s: %d %d %d %d, verified %d, reused %d, secure %d, scheme %d; peer %d %d %d %d%s%s", label, ours->shook,
            ours->ret, ours->error, ours->reason, ours->verified, ours->reused, ours->secure, ours->scheme,
            theirs->shook, theirs->ret, theirs->error, theirs->reason, theirs->note[0] != 0 ? ", " : "", theirs->note);
}

/* One connection of `ctx` with a new peer; whether ours was content to its end. */
static int __attribute__((unused)) meet_once(const char *label, SSL_CTX *ctx, const char *words)
{
    struct peer peer = start_peer(words);
    SSL *ssl = SSL_new(ctx);
    struct met met;
    char room[20];

    REQUIRE(ssl != NULL);
    if (strcmp(peer_value(words, "role", room, sizeof(room)), "client") == 0)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    met = meet(&peer, ssl);
    note_met(label, &met);
    SSL_free(ssl);
    end_peer(&peer);
    return met.ours.ret == 1;
}

/* The peer's side --------------------------------------------------------- */

/* What a test has its peer do besides: called before the connections, with its context. */
struct peer_hook {
    const char *name;
    void (*run)(SSL_CTX *ctx, const char *words);
    struct peer_hook *next;
};

static struct peer_hook *peer_hooks;
static const char *peer_words;
/* What a hook wants to be compared. */
static char peer_note[100];

#define PEER_HOOK(name)                                                        \
    static void name(SSL_CTX *ctx, const char *words);                         \
    static struct peer_hook name##_hook = { #name, name, NULL };               \
    __attribute__((constructor)) static void name##_register(void)             \
    {                                                                          \
        name##_hook.next = peer_hooks;                                         \
        peer_hooks = &name##_hook;                                             \
    }                                                                          \
    static void name(SSL_CTX *ctx, __attribute__((unused)) const char *words)

static size_t peer_get(const unsigned char *at, int len)
{
    size_t number = 0;

    while (len-- > 0)
        number = number << 8 | *at++;
    return number;
}

/* Code points, four hexadecimal digits each, with commas between them. */
static size_t peer_codes(const char *key, unsigned char *codes, size_t room)
{
    char text[200];
    size_t n = 0;
    unsigned int code;

    if (peer_value(peer_words, key, text, sizeof(text)) == NULL)
        return 0;
    for (const char *at = text; n < room && sscanf(at, "%4x", &code) == 1; at += 4, at += *at == ',', n++) {
        codes[2 * n] = (unsigned char)(code >> 8);
        codes[2 * n + 1] = (unsigned char)code;
    }
    return n;
}

static int peer_has_code(const char *key, size_t code)
{
    unsigned char codes[100];
    size_t n = peer_codes(key, codes, sizeof(codes) / 2);

    for (size_t i = 0; i < n; i++)
        if (peer_get(codes + 2 * i, 2) == code)
            return 1;
    return 0;
}

/* Writes the code points over a list, the last of them as often as there is room. */
static void peer_overwrite(const char *key, unsigned char *list, size_t len)
{
    unsigned char codes[100];
    size_t n = peer_codes(key, codes, sizeof(codes) / 2);

    for (size_t i = 0; n > 0 && i < len / 2; i++)
        memcpy(list + 2 * i, codes + 2 * (i < n ? i : n - 1), 2);
}

static void peer_edit_extension(unsigned char *type, unsigned char *content, size_t len)
{
    size_t kind = peer_get(type, 2);

    if (kind == TLSEXT_TYPE_signature_algorithms && len > 2)
        peer_overwrite("told-sigalgs", content + 2, len - 2);
    if (kind == TLSEXT_TYPE_supported_groups && len > 2)
        peer_overwrite("told-groups", content + 2, len - 2);
    if (peer_has_code("told-without", kind))
        memcpy(type, "\xfa\xfa", 2);
}

static void peer_edit_extensions(unsigned char *list, size_t len)
{
    while (len >= 4 && len - 4 >= peer_get(list + 2, 2)) {
        size_t whole = 4 + peer_get(list + 2, 2);

        peer_edit_extension(list, list + 4, whole - 4);
        list += whole;
        len -= whole;
    }
}

/* Takes the SCSV out of a list of suites. */
static void peer_edit_suites(const char *key, unsigned char *list, size_t len)
{
    for (size_t i = 0; i + 1 < len && peer_has_code(key, 0x00ff); i += 2)
        if (peer_get(list + i, 2) == 0x00ff)
            memcpy(list + i, "\xfa\xfa", 2);
}

/* Where a hello's extensions are; its suites before them, for a ClientHello. */
static unsigned char *peer_hello_extensions(const char *key, unsigned char *message, size_t len, size_t *extensions)
{
    unsigned char *at = message + 38, *end = message + len;

    at += 1 + *at;
    if (message[0] == SSL3_MT_CLIENT_HELLO) {
        peer_edit_suites(key, at + 2, peer_get(at, 2));
        at += 2 + peer_get(at, 2);
        at += 1 + *at;
    } else {
        at += 3;
    }
    *extensions = end - at > 2 ? peer_get(at, 2) : 0;
    return at + 2;
}

/* A message that is about to be parsed. */
static void peer_edit_incoming(int version, unsigned char *message, size_t len)
{
    unsigned char *list;
    size_t size;

    switch (message[0]) {
    case SSL3_MT_CLIENT_HELLO:
    case SSL3_MT_SERVER_HELLO:
        list = peer_hello_extensions("told-without", message, len, &size);
        peer_edit_extensions(list, size);
        break;
    case SSL3_MT_CERTIFICATE_REQUEST:
        list = message + 5 + message[4];
        if (version == TLS1_3_VERSION)
            peer_edit_extensions(list + 2, peer_get(list, 2));
        else
            peer_overwrite("told-sigalgs", list + 2, peer_get(list, 2));
        break;
    default:
        break;
    }
}

static void peer_on_message(int out, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    if (!out && type == SSL3_RT_HANDSHAKE && len > 4)
        peer_edit_incoming(version, (unsigned char *)data, len);
}

/* The buffers of which one is the message that is being made. */
static struct {
    unsigned char *start;
    size_t size;
} peer_blocks[64];

static void peer_note_block(void *old, void *new, size_t size)
{
    enum { LEAST = 4096 };
    int free = -1;

    for (int i = 0; i < 64; i++) {
        if (old != NULL && peer_blocks[i].start == old)
            peer_blocks[i].start = NULL;
        if (peer_blocks[i].start == NULL)
            free = i;
    }
    if (new == NULL || size < LEAST || free < 0)
        return;
    peer_blocks[free].start = new;
    peer_blocks[free].size = size;
}

static void *peer_malloc(size_t size, const char *file, int line)
{
    void *new = malloc(size);

    (void)file, (void)line;
    peer_note_block(NULL, new, size);
    return new;
}

static void *peer_realloc(void *old, size_t size, const char *file, int line)
{
    void *new;

    (void)file, (void)line;
    peer_note_block(old, NULL, 0);
    new = realloc(old, size);
    peer_note_block(NULL, new, size);
    return new;
}

static void peer_free(void *old, const char *file, int line)
{
    (void)file, (void)line;
    peer_note_block(old, NULL, 0);
    free(old);
}

static void peer_edit_own_client_hello(unsigned char *at, const unsigned char *end)
{
    peer_edit_suites("says-without", at + 2, peer_get(at, 2));
    at += 2 + peer_get(at, 2);
    at += 1 + *at + 2;
    /* Behind the last extension are bytes of earlier messages, or none. */
    while (at + 4 < end && at + 4 + peer_get(at + 2, 2) < end) {
        if (peer_has_code("says-without", peer_get(at, 2)))
            memcpy(at, "\xfa\xfa", 2);
        at += 4 + peer_get(at + 2, 2);
    }
}

/* Edits a hello that is being made: all but what libssl is about to add is there, and no
 * length of what it is in yet. */
static void peer_edit_outgoing(void)
{
    for (int i = 0; i < 64; i++) {
        unsigned char *message = peer_blocks[i].start, *at;

        if (message == NULL || memcmp(message + 4, "\x03\x03", 2) != 0)
            continue;
        at = message + 38;
        at += 1 + *at;
        if (message[0] == SSL3_MT_CLIENT_HELLO)
            peer_edit_own_client_hello(at, message + peer_blocks[i].size);
        if (message[0] == SSL3_MT_SERVER_HELLO)
            peer_overwrite("says-suite", at, 2);
    }
}

static int peer_add_extension(SSL *ssl, unsigned int type, unsigned int context, const unsigned char **out, size_t *len,
                              X509 *x, size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)out, (void)len, (void)x, (void)index, (void)alert, (void)arg;
    peer_edit_outgoing();
    return 0;
}

/* libssl asks when all is in a ClientHello of TLS 1.3 that a binder is made over. */
static int peer_before_binders(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    (void)ssl, (void)md, (void)id, (void)len;
    peer_edit_outgoing();
    *session = NULL;
    return 1;
}

static void peer_set_lists(SSL_CTX *ctx)
{
    char value[300];

    if (peer_value(peer_words, "ciphers", value, sizeof(value)) != NULL)
        REQUIRE(SSL_CTX_set_cipher_list(ctx, value) == 1);
    if (peer_value(peer_words, "groups", value, sizeof(value)) != NULL)
        REQUIRE(SSL_CTX_set1_groups_list(ctx, value) == 1);
    if (peer_value(peer_words, "sigalgs", value, sizeof(value)) != NULL)
        REQUIRE(SSL_CTX_set1_sigalgs_list(ctx, value) == 1);
    if (peer_value(peer_words, "client-sigalgs", value, sizeof(value)) != NULL)
        REQUIRE(SSL_CTX_set1_client_sigalgs_list(ctx, value) == 1);
}

static SSL_CTX *peer_ctx(int server)
{
    int number = peer_number(peer_words, "version", 0);
    int version = number == 12 ? TLS1_2_VERSION : number == 13 ? TLS1_3_VERSION : 0;
    SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    char value[200];

    REQUIRE(SSL_CTX_set_min_proto_version(ctx, version) == 1 && SSL_CTX_set_max_proto_version(ctx, version) == 1);
    SSL_CTX_set_security_level(ctx, peer_number(peer_words, "level", 2));
    SSL_CTX_set_verify(ctx, peer_number(peer_words, "verify", server ? 0 : 1), NULL);
    REQUIRE(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL) == 1);
    if (peer_value(peer_words, "identity", value, sizeof(value)) != NULL)
        use_identity(ctx, value);
    else if (server && peer_value(peer_words, "hook", value, sizeof(value)) == NULL)
        use_identity(ctx, "server-p256");
    peer_set_lists(ctx);
    SSL_CTX_set_msg_callback(ctx, peer_on_message);
    if (server && peer_value(peer_words, "says-suite", value, sizeof(value)) != NULL)
        REQUIRE(SSL_CTX_add_custom_ext(ctx, 0xfafb, SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO,
                                       peer_add_extension, NULL, NULL, NULL, NULL));
    if (!server && peer_value(peer_words, "says-without", value, sizeof(value)) != NULL) {
        SSL_CTX_set_psk_use_session_callback(ctx, peer_before_binders);
        REQUIRE(SSL_CTX_add_custom_ext(ctx, 0xfafb, SSL_EXT_CLIENT_HELLO, peer_add_extension, NULL, NULL, NULL, NULL));
    }
    for (struct peer_hook *hook = peer_hooks; hook != NULL; hook = hook->next)
        if (peer_value(peer_words, "hook", value, sizeof(value)) != NULL && strcmp(value, hook->name) == 0)
            hook->run(ctx, peer_words);
    return ctx;
}

static SSL_SESSION *peer_session(SSL *ssl)
{
    SSL_SESSION *session = SSL_get1_session(ssl);

    SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return session;
}

/* PROGRAM --peer WORDS "FD..." RESULTS */
int peer_main(int argc, char **argv)
{
    int connections, server, results;
    char *numbers, role[20];
    SSL_SESSION *session = NULL;
    SSL_CTX *ctx;

    REQUIRE(argc == 3 && CRYPTO_set_mem_functions(peer_malloc, peer_realloc, peer_free) == 1);
    signal(SIGPIPE, SIG_IGN);
    alarm(600);
    REQUIRE(print_library() && !on_tessera());
    peer_words = argv[0];
    results = atoi(argv[2]);
    connections = peer_number(peer_words, "connections", 1);
    REQUIRE(peer_value(peer_words, "role", role, sizeof(role)) != NULL);
    server = strcmp(role, "server") == 0;
    ctx = peer_ctx(server);
    numbers = argv[1];
    for (int i = 0; i < connections; i++) {
        SSL *ssl = SSL_new(ctx);
        struct fate fate;

        peer_note[0] = 0;
        if (server)
            SSL_set_accept_state(ssl);
        else
            SSL_set_connect_state(ssl);
        if (session != NULL)
            REQUIRE(SSL_set_session(ssl, session) == 1);
        fate = peer_shake(ssl, (int)strtol(numbers, &numbers, 10));
        snprintf(fate.note, sizeof(fate.note), "%s", peer_note);
        REQUIRE(write(results, &fate, sizeof(fate)) == sizeof(fate));
        SSL_SESSION_free(session);
        session = server ? NULL : peer_session(ssl);
        SSL_free(ssl);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
    return 0;
}

#endif
