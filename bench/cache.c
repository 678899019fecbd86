/*
 * cache: the session cache of an SSL_CTX with so many sessions; prints, each as
 * `NAME VALUE`, the CPU nanoseconds that each operation takes for one session, and the
 * heap that a session takes. A value after `>` is what had been spent for each when
 * the time was up.
 *
 * usage: cache --library | COUNT equal|random SECONDS
 */
#define _GNU_SOURCE
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID_LEN 32

static SSL_CTX *ctx;
static SSL *ssl; /* looks sessions up */
static long count;
static SSL_SESSION **sessions; /* without a reference once they are in the cache */
static unsigned char (*ids)[ID_LEN];
static long *order; /* a random one */

static void die(const char *what)
{
    fprintf(stderr, "cache: %s\n", what);
    exit(1);
}

static double cpu_nanoseconds(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void report(const char *name, const char *sign, double nanoseconds, long operations)
{
    printf("%s %s%.1f\n", name, sign, nanoseconds / operations);
}

static void prepare(void)
{
    long i, other, kept;

    ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_sess_set_cache_size(ctx, 0);
    ssl = SSL_new(ctx);
    sessions = calloc(count, sizeof(*sessions));
    ids = malloc(count * sizeof(*ids));
    order = malloc(count * sizeof(*order));
    if (ssl == NULL || sessions == NULL || ids == NULL || order == NULL)
        die("out of memory");
    for (i = 0; i < count; i++) {
        RAND_bytes(ids[i], ID_LEN);
        order[i] = i;
    }
    srandom(1);
    for (i = count - 1; i > 0; i--) {
        other = random() % (i + 1);
        kept = order[i], order[i] = order[other], order[other] = kept;
    }
}

/* One as a handshake leaves it: an id and a master secret. */
static SSL_SESSION *new_session(long i, long timeout)
{
    static const unsigned char secret[48] = { 1 };
    SSL_SESSION *session = SSL_SESSION_new();

    if (session == NULL || SSL_SESSION_set1_id(session, ids[i], ID_LEN) != 1
        || SSL_SESSION_set1_master_key(session, secret, sizeof(secret)) != 1
        || SSL_SESSION_set_protocol_version(session, SSL_version(ssl)) != 1)
        die("session");
    SSL_SESSION_set_time(session, 1000);
    SSL_SESSION_set_timeout(session, timeout);
    return session;
}

static void make_sessions(int random_timeouts)
{
    for (long i = 0; i < count; i++)
        sessions[i] = new_session(i, 1000 + (random_timeouts ? order[i] : 0));
}

/* How many there was time for. */
static long add_all(double limit, double *spent)
{
    double started = cpu_nanoseconds();
    long i;

    for (i = 0; i < count; i++) {
        if (SSL_CTX_add_session(ctx, sessions[i]) != 1)
            die("add");
        if (i % 64 == 0 && cpu_nanoseconds() - started > limit)
            return *spent = cpu_nanoseconds() - started, i + 1;
    }
    *spent = cpu_nanoseconds() - started;
    return count;
}

/* In ascending order of their ends, which any library does quickly. */
static void add_the_rest(long from)
{
    long *by_timeout = malloc(count * sizeof(*by_timeout));

    for (long i = 0; i < count; i++)
        by_timeout[order[i]] = i;
    for (long i = 0; i < count; i++)
        if (by_timeout[i] < from)
            SSL_CTX_remove_session(ctx, sessions[by_timeout[i]]);
    for (long i = 0; i < count; i++)
        SSL_CTX_add_session(ctx, sessions[by_timeout[i]]);
    free(by_timeout);
}

static void measure(int random_timeouts, double limit)
{
    size_t before = heap();
    double spent, started;
    long added, i;

    make_sessions(random_timeouts);
    added = add_all(limit, &spent);
    report("add", added < count ? ">" : "", spent, added);
    if (added < count)
        add_the_rest(added);
    if (SSL_CTX_sess_number(ctx) != count)
        die("not all are there");
    printf("bytes %.1f\n", (double)(heap() - before) / count);
    for (i = 0; i < count; i++)
        SSL_SESSION_free(sessions[i]);

    started = cpu_nanoseconds();
    for (i = 0; i < count; i++)
        if (SSL_has_matching_session_id(ssl, ids[order[i]], ID_LEN) != 1)
            die("look-up");
    report("look-up", "", cpu_nanoseconds() - started, count);

    started = cpu_nanoseconds();
    for (i = 0; i < count / 2; i++)
        if (SSL_CTX_remove_session(ctx, sessions[order[i]]) != 1)
            die("remove");
    report("remove", "", cpu_nanoseconds() - started, count / 2);

    started = cpu_nanoseconds();
    SSL_CTX_flush_sessions(ctx, 1000 + 1000 + count + 1);
    report("flush", "", cpu_nanoseconds() - started, count - count / 2);
    if (SSL_CTX_sess_number(ctx) != 0)
        die("some are left");
}

int main(int argc, char **argv)
{
    Dl_info info;

    if (argc == 2 && strcmp(argv[1], "--library") == 0) {
        puts(dladdr(dlsym(RTLD_DEFAULT, "SSL_new"), &info) != 0 ? info.dli_fname : "unknown");
        return 0;
    }
    if (argc != 4 || (count = atol(argv[1])) < 2)
        return fprintf(stderr, "usage: cache --library | COUNT equal|random SECONDS\n"), 2;
    prepare();
    measure(strcmp(argv[2], "random") == 0, atof(argv[3]) * 1e9);
    return 0;
}
