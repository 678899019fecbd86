/* Choices, the clock, the log, and how sessions are told apart. */
#define _GNU_SOURCE
#include "world.h"

#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

struct context contexts[CONTEXTS];
struct link links[LINKS];
struct handle handles[HANDLES];
unsigned long calls;

/* Choices ---------------------------------------------------------------- */

static uint64_t choices;

static uint64_t next_choice(void)
{
    uint64_t z = choices += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void start_choices(uint64_t seed, uint64_t operation)
{
    choices = seed;
    choices = next_choice() ^ (operation * 0xd1342543de82ef95u);
    next_choice();
}

unsigned choose(unsigned below)
{
    return (unsigned)(next_choice() >> 33) % below;
}

int chance(unsigned percent)
{
    return choose(100) < percent;
}

/* The clock -------------------------------------------------------------- */

static long now, start;

static long real_time(void)
{
    struct timespec ts;

    syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
    return ts.tv_sec;
}

void start_of_sequence(void)
{
    if (now == 0)
        now = real_time();
    start = now;
}

void advance_clock(long seconds)
{
    now += seconds;
}

long since_start(long when)
{
    return when - start;
}

time_t time(time_t *out)
{
    long seconds = now != 0 ? now : real_time();

    if (out != NULL)
        *out = seconds;
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
    if (clock != CLOCK_REALTIME || now == 0)
        return (int)syscall(SYS_clock_gettime, clock, ts);
    ts->tv_sec = now;
    ts->tv_nsec = 0;
    return 0;
}

/* The log ---------------------------------------------------------------- */

void note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void call(const char *format, ...)
{
    va_list args;

    calls++;
    printf("  ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

int reason(void)
{
    int reason = ERR_GET_REASON(ERR_peek_last_error());

    ERR_clear_error();
    return reason;
}

static void note_change(const char *what, int index, char *seen, size_t size, const char *text)
{
    if (strcmp(seen, text) == 0)
        return;
    snprintf(seen, size, "%s", text);
    note("  %s %d:%s", what, index, text);
}

static void observe_context(int index)
{
    SSL_CTX *ctx = contexts[index].ctx;
    char text[400] = "";

    if (ctx != NULL)
        snprintf(text, sizeof(text),
                 " number %ld connect %ld good %ld reneg %ld accept %ld good %ld reneg %ld hits %ld cb %ld misses %ld"
                 " timeouts %ld full %ld size %ld mode %ld timeout %ld",
                 SSL_CTX_sess_number(ctx), SSL_CTX_sess_connect(ctx), SSL_CTX_sess_connect_good(ctx),
                 SSL_CTX_sess_connect_renegotiate(ctx), SSL_CTX_sess_accept(ctx), SSL_CTX_sess_accept_good(ctx),
                 SSL_CTX_sess_accept_renegotiate(ctx), SSL_CTX_sess_hits(ctx), SSL_CTX_sess_cb_hits(ctx),
                 SSL_CTX_sess_misses(ctx), SSL_CTX_sess_timeouts(ctx), SSL_CTX_sess_cache_full(ctx),
                 SSL_CTX_sess_get_cache_size(ctx), SSL_CTX_get_session_cache_mode(ctx), SSL_CTX_get_timeout(ctx));
    note_change("context", index, contexts[index].seen, sizeof(contexts[index].seen), text);
}

/* Not SSL_get_key_update_type: the stock library owes the peer an answer to its
 * update until it writes, rustls has written it. */
static void observe_end(int index, int side)
{
    SSL *ssl = links[index].end[side];
    char text[400] = "";

    if (ssl != NULL)
        snprintf(text, sizeof(text),
                 " session %d reused %d before %d init %d finished %d shutdown %d version %x cipher %s verify %ld"
                 " tickets %zu pending %d",
                 number(SSL_get_session(ssl)), SSL_session_reused(ssl), SSL_in_before(ssl) != 0, SSL_in_init(ssl) != 0,
                 SSL_is_init_finished(ssl), SSL_get_shutdown(ssl), SSL_is_init_finished(ssl) ? SSL_version(ssl) : 0,
                 SSL_is_init_finished(ssl) ? SSL_get_cipher_name(ssl) : "", SSL_get_verify_result(ssl),
                 SSL_get_num_tickets(ssl), SSL_pending(ssl));
    note_change(side ? "server" : "client", index, links[index].seen[side], sizeof(links[index].seen[side]), text);
}

/* The tags of an encoding's optional fields with their lengths. Not of age_add
 * (14), a random number and so not always as long, nor of the ticket (10), which
 * holds the server's. */
static void describe_encoding(SSL_SESSION *session, char *text, size_t size)
{
    unsigned char *der = NULL;
    int length = i2d_SSL_SESSION(session, &der), tag, class;
    const unsigned char *at = der, *end;
    long inner;
    size_t used = 0;

    snprintf(text, size, "none");
    if (length <= 0 || ASN1_get_object(&at, &inner, &tag, &class, length) & 0x80)
        length = 0;
    for (end = at + (length > 0 ? inner : 0); length > 0 && at < end && used < size; at += inner) {
        if (ASN1_get_object(&at, &inner, &tag, &class, end - at) & 0x80)
            break;
        if (class == V_ASN1_CONTEXT_SPECIFIC && tag != 10 && tag != 14)
            used += (size_t)snprintf(text + used, size - used, "%d:%ld ", tag, inner);
    }
    OPENSSL_free(der);
}

static void observe_handle(int index)
{
    SSL_SESSION *session = handles[index].session;
    char text[600] = "";

    if (session != NULL) {
        const SSL_CIPHER *cipher = SSL_SESSION_get0_cipher(session);
        const char *hostname = SSL_SESSION_get0_hostname(session);
        const unsigned char *alpn;
        unsigned int id_length, context_length;
        char encoding[200];
        size_t alpn_length, data_length = 0;
        void *data = NULL;

        describe_encoding(session, encoding, sizeof(encoding));
        SSL_SESSION_get_id(session, &id_length);
        SSL_SESSION_get0_id_context(session, &context_length);
        SSL_SESSION_get0_alpn_selected(session, &alpn, &alpn_length);
        SSL_SESSION_get0_ticket_appdata(session, &data, &data_length);
        snprintf(text, sizeof(text),
                 " session %d home %d tag %ld id %u context %u resumable %d ticket %d version %x cipher %s time %ld"
                 " timeout %ld hint %lu host %s alpn %.*s early %u key %zu data %zu peer %d fragment %d compress %u der %s",
                 number(session), home(session), tag(session), id_length, context_length,
                 SSL_SESSION_is_resumable(session), SSL_SESSION_has_ticket(session),
                 SSL_SESSION_get_protocol_version(session), cipher != NULL ? SSL_CIPHER_get_name(cipher) : "none",
                 since_start(SSL_SESSION_get_time(session)), SSL_SESSION_get_timeout(session),
                 SSL_SESSION_get_ticket_lifetime_hint(session), hostname != NULL ? hostname : "none", (int)alpn_length,
                 alpn != NULL ? (const char *)alpn : "", SSL_SESSION_get_max_early_data(session),
                 SSL_SESSION_get_master_key(session, NULL, 0), data_length, SSL_SESSION_get0_peer(session) != NULL,
                 SSL_SESSION_get_max_fragment_length(session), SSL_SESSION_get_compress_id(session),
                 encoding);
    }
    note_change("handle", index, handles[index].seen, sizeof(handles[index].seen), text);
}

void observe(void)
{
    for (int i = 0; i < CONTEXTS; i++)
        observe_context(i);
    for (int i = 0; i < LINKS; i++)
        for (int side = 0; side < 2; side++)
            observe_end(i, side);
    for (int i = 0; i < HANDLES; i++)
        observe_handle(i);
    ERR_clear_error();
}

/* Sessions --------------------------------------------------------------- */

static int number_index, home_index, tag_index, altered_index, numbers;
static long living;

static void count_new(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)value, (void)ad, (void)index, (void)argl, (void)argp;
    living++;
}

static void note_destroyed(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    (void)parent, (void)ad, (void)index, (void)argl, (void)argp;
    living--;
    if (value != NULL)
        note("  session %ld is destroyed", (long)(intptr_t)value - 1);
}

static int do_not_copy(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index, long argl, void *argp)
{
    (void)to, (void)from, (void)index, (void)argl, (void)argp;
    *value = NULL;
    return 1;
}

void prepare_sessions(void)
{
    number_index = SSL_SESSION_get_ex_new_index(0, NULL, count_new, do_not_copy, note_destroyed);
    home_index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, do_not_copy, NULL);
    altered_index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    tag_index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

long alive(void)
{
    long result = living;

    numbers = 0;
    return result;
}

static long value(SSL_SESSION *session, int index)
{
    return (long)(intptr_t)SSL_SESSION_get_ex_data(session, index) - 1;
}

static void set_value(SSL_SESSION *session, int index, long value)
{
    SSL_SESSION_set_ex_data(session, index, (void *)(intptr_t)(value + 1));
}

int number(SSL_SESSION *session)
{
    if (session == NULL)
        return -1;
    if (value(session, number_index) < 0)
        set_value(session, number_index, numbers++);
    return (int)value(session, number_index);
}

int home(SSL_SESSION *session)
{
    return (int)value(session, home_index);
}

void set_home(SSL_SESSION *session, int context)
{
    set_value(session, home_index, context);
}

long tag(SSL_SESSION *session)
{
    return value(session, tag_index);
}

void set_tag(SSL_SESSION *session, long tag)
{
    set_value(session, tag_index, tag);
}

int is_altered(SSL_SESSION *session)
{
    return value(session, altered_index) == 1;
}

void set_altered(SSL_SESSION *session)
{
    set_value(session, altered_index, 1);
}

void keep(SSL_SESSION *session)
{
    struct handle *handle = &handles[choose(HANDLES)];

    SSL_SESSION_free(handle->session);
    handle->session = session;
}

SSL_SESSION *some_session(void)
{
    unsigned first = choose(HANDLES);

    for (unsigned i = 0; i < HANDLES; i++)
        if (handles[(first + i) % HANDLES].session != NULL)
            return handles[(first + i) % HANDLES].session;
    return NULL;
}
