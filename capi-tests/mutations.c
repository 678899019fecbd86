/*
 * Handshakes in which one message is changed at random: of every kind, in both versions, from
 * either end, with certificates, tickets, external keys and a program's extensions. The end that
 * reads it never finishes its handshake, whatever it makes of the message, and nothing breaks.
 */
#include "relay.h"

#include <unistd.h>

static uint64_t state;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static int changed;

/* Lengths and types are what a parser looks at. */
static const unsigned char telling[] = { 0, 1, 2, 3, 4, 13, 0x7f, 0x80, 0xfe, 0xff };

static size_t mutate(unsigned char *message, size_t len)
{
    static unsigned char before[20000];
    size_t old = len, at;

    memcpy(before, message, len);
    for (unsigned n = 1 + draw(3); n > 0; n--) {
        at = len > 4 ? 4 + draw((unsigned)(len - 4)) : draw((unsigned)len);
        switch (draw(9)) {
        case 0:
            message[at] ^= (unsigned char)(1u << draw(8));
            break;
        case 1:
            message[at] = telling[draw(sizeof(telling))];
            break;
        case 2:
            message[at]--;
            break;
        case 3:
            message[at]++;
            break;
        case 4: { /* Less, and the length says so. */
            size_t cut = 1 + draw(8);

            if (len - 4 >= cut)
                put_number(message + 1, (len -= cut) - 4, 3);
            break;
        }
        case 5: { /* A piece again. */
            size_t piece = 1 + draw(40);

            if (at + piece <= len && len + piece < old + 200) {
                memmove(message + at + piece, message + at, len - at);
                put_number(message + 1, (len += piece) - 4, 3);
            }
            break;
        }
        case 6: { /* A piece less. */
            size_t piece = 1 + draw(40);

            if (at >= 4 && at + piece <= len) {
                memmove(message + at, message + at + piece, len - at - piece);
                put_number(message + 1, (len -= piece) - 4, 3);
            }
            break;
        }
        case 7: /* Two bytes, as of a length or a type. */
            if (at + 1 < len) {
                message[at] = telling[draw(sizeof(telling))];
                message[at + 1] = (unsigned char)draw(256);
            }
            break;
        case 8:
            message[draw(4)] ^= (unsigned char)(1u << draw(8));
            break;
        }
    }
    changed = len != old || memcmp(before, message, old) != 0;
    return len;
}

/* What a handshake may have. */
enum {
    CLIENT_CERTIFICATE = 1,
    RESUMED = 2,
    OWN_EXTENSIONS = 4,
    RETRIED = 8,
    EXTERNAL_KEY = 16,
    STATEFUL = 32,
    CHOICES = 64,
};

static const unsigned char KEY[32] = { 7 };

static unsigned client_key(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk,
                           unsigned max_psk)
{
    (void)ssl, (void)hint, (void)max_identity, (void)max_psk;
    strcpy(identity, "someone");
    memcpy(psk, KEY, sizeof(KEY));
    return sizeof(KEY);
}

static unsigned server_key(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk)
{
    (void)ssl, (void)identity, (void)max_psk;
    memcpy(psk, KEY, sizeof(KEY));
    return sizeof(KEY);
}

static int add_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *outlen, X509 *x,
                  size_t index, int *alert, void *arg)
{
    static const unsigned char bytes[] = "an extension of the program's";

    (void)ssl, (void)context, (void)x, (void)index, (void)alert, (void)arg;
    *out = bytes;
    *outlen = type % 30;
    return 1;
}

static size_t read_in;

static int parse_cb(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t inlen, X509 *x,
                    size_t index, int *alert, void *arg)
{
    (void)ssl, (void)type, (void)context, (void)x, (void)index, (void)alert, (void)arg;
    for (size_t i = 0; i < inlen; i++)
        read_in += in[i];
    return 1;
}

static void set_up(SSL_CTX *ctx, int choices, int server)
{
    use_relay_ciphers(ctx);
    SSL_CTX_set_keylog_callback(ctx, log_secret);
    SSL_CTX_set1_groups_list(ctx, choices & RETRIED && server ? "P-384" : "P-256:P-384");
    if (choices & OWN_EXTENSIONS)
        for (unsigned type = 1010; type < 1013; type++)
            SSL_CTX_add_custom_ext(ctx, type,
                                   SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_SERVER_HELLO |
                                       SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS | SSL_EXT_TLS1_3_HELLO_RETRY_REQUEST |
                                       SSL_EXT_TLS1_3_CERTIFICATE | SSL_EXT_TLS1_3_NEW_SESSION_TICKET |
                                       SSL_EXT_TLS1_3_CERTIFICATE_REQUEST,
                                   add_cb, NULL, NULL, parse_cb, NULL);
    if (choices & CLIENT_CERTIFICATE && server) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL);
        SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"c", 1);
    }
    if (choices & CLIENT_CERTIFICATE && !server)
        use_identity(ctx, "client");
    if (choices & STATEFUL)
        SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    if (choices & EXTERNAL_KEY && server)
        SSL_CTX_set_psk_server_callback(ctx, server_key);
    if (choices & EXTERNAL_KEY && !server)
        SSL_CTX_set_psk_client_callback(ctx, client_key);
}

static const struct {
    enum side from;
    int message;
} messages[] = {
    { CLIENT, SSL3_MT_CLIENT_HELLO },        { SERVER, SSL3_MT_SERVER_HELLO },
    { CLIENT, SSL3_MT_CLIENT_HELLO },        { SERVER, SSL3_MT_SERVER_HELLO },
    { SERVER, SSL3_MT_ENCRYPTED_EXTENSIONS }, { SERVER, SSL3_MT_CERTIFICATE },
    { SERVER, SSL3_MT_SERVER_KEY_EXCHANGE }, { SERVER, SSL3_MT_CERTIFICATE_REQUEST },
    { SERVER, SSL3_MT_SERVER_DONE },         { SERVER, SSL3_MT_CERTIFICATE_VERIFY },
    { SERVER, SSL3_MT_FINISHED },            { SERVER, SSL3_MT_NEWSESSION_TICKET },
    { CLIENT, SSL3_MT_CERTIFICATE },         { CLIENT, SSL3_MT_CLIENT_KEY_EXCHANGE },
    { CLIENT, SSL3_MT_CERTIFICATE_VERIFY },  { CLIENT, SSL3_MT_FINISHED },
};

enum { MESSAGES = sizeof(messages) / sizeof(messages[0]), ROUNDS = 2 };

static int changes, refused;

/* One handshake; which of two messages of a kind is changed is left to chance. */
static void play(SSL_CTX *ctx[2], SSL_SESSION *session, int version, size_t which)
{
    struct rule rules[2] = {
        { messages[which].from, SSL3_RT_HANDSHAKE, messages[which].message, PASS, 0, NULL, 0, NULL },
        { messages[which].from, SSL3_RT_HANDSHAKE, messages[which].message, EDIT, 0, NULL, 0, mutate },
    };
    int first = draw(3) > 0, receiver = messages[which].from == CLIENT ? 1 : 0;
    struct relay *relay = new_relay(version, rules + first, (size_t)(2 - first));
    SSL *ssl[2] = { SSL_new(ctx[0]), SSL_new(ctx[1]) };
    int done[2] = { 0, 0 }, failed[2] = { 0, 0 };

    SSL_set_connect_state(ssl[0]);
    SSL_set_accept_state(ssl[1]);
    if (session != NULL)
        SSL_set_session(ssl[0], session);
    attach(relay, ssl[0], ssl[1]);
    changed = 0;
    for (int turn = 0; turn < 16; turn++) {
        int i = turn % 2;

        if (!done[i] && !failed[i]) {
            int ret = SSL_do_handshake(ssl[i]), error = SSL_get_error(ssl[i], ret);

            done[i] = ret == 1;
            failed[i] = ret != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
            ERR_clear_error();
        }
        relay_from(relay, i == 0 ? CLIENT : SERVER);
    }
    for (int i = 0; i < 2; i++)
        if (done[i]) {
            char byte;

            SSL_read(ssl[i], &byte, 1);
            ERR_clear_error();
        }
    /* A TLS 1.3 ticket is in no transcript. */
    if (changed && !(messages[which].message == SSL3_MT_NEWSESSION_TICKET && version == TLS1_3_VERSION)) {
        changes++;
        refused += failed[receiver];
        if (done[receiver])
            printf("message %d from %d was taken\n", messages[which].message, messages[which].from);
        CHECK_INT(done[receiver], 0);
    }
    SSL_free(ssl[0]);
    SSL_free(ssl[1]);
    free(relay);
    logging = NULL;
}

static SSL_SESSION *session_of(SSL_CTX *ctx[2])
{
    return obtain_session(ctx[0], ctx[1]);
}

/* A panic is caught, but leaves a line. */
static int complaints(FILE *file)
{
    char line[1000];
    int found = 0;

    fflush(stderr);
    rewind(file);
    while (fgets(line, sizeof(line), file) != NULL)
        if (strstr(line, "panicked") != NULL) {
            printf("%s", line);
            found++;
        }
    return found;
}

TEST_VERSIONS(changed_messages)
{
    const char *seed = getenv("MUTATIONS_SEED"), *rounds = getenv("MUTATIONS_ROUNDS");
    FILE *file = tmpfile();

    REQUIRE(file != NULL && dup2(fileno(file), 2) == 2);
    state = 0x9e3779b97f4a7c15ULL ^ (seed == NULL ? 0 : strtoull(seed, NULL, 10) * 0x100000001b3ULL);
    for (int choices = 0; choices < CHOICES; choices++) {
        SSL_CTX *ctx[2];
        SSL_SESSION *session = NULL;

        if (version == TLS1_2_VERSION && choices & (RETRIED | EXTERNAL_KEY))
            continue;
        if (choices & EXTERNAL_KEY && choices & RESUMED)
            continue;
        ctx[0] = new_client_ctx(version), ctx[1] = new_server_ctx(version);
        set_up(ctx[0], choices, 0);
        set_up(ctx[1], choices, 1);
        if (choices & RESUMED)
            session = session_of(ctx);
        for (int round = rounds == NULL ? ROUNDS : atoi(rounds); round > 0; round--)
            for (size_t which = 0; which < MESSAGES; which++) {
                /* What came of the last one may have spoilt it. */
                SSL_SESSION *fresh = session == NULL ? NULL : SSL_SESSION_dup(session);

                play(ctx, fresh, version, which);
                SSL_SESSION_free(fresh);
            }
        SSL_SESSION_free(session);
        SSL_CTX_free(ctx[0]);
        SSL_CTX_free(ctx[1]);
    }
    printf("%d changed, %d refused\n", changes, refused);
    CHECK(changes > 100 && refused > changes / 2);
    CHECK_INT(complaints(file), 0);
    fclose(file);
}
