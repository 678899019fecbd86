/*
 * The objects that a sequence works on, the choices that its seed makes, and the
 * log of what can be seen.
 *
 * Nothing random and no address gets into the log: a session has a number, given
 * when the program first sees it, and times count from the start of the sequence.
 */
#ifndef WORLD_H
#define WORLD_H

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CONTEXTS = 5, LINKS = 4, HANDLES = 8 };

/* Two pairs (0 and 1, 2 and 3) and a server that a servername callback turns to. */
enum { CLIENT_A, SERVER_A, CLIENT_B, SERVER_B, OTHER_SERVER };

struct context {
    SSL_CTX *ctx;
    int is_server;
    int names; /* its servername callback is set, and acknowledges */
    char seen[400];
};

/* A client and a server, each with its own reference, joined by BIOs. */
struct link {
    SSL *end[2];
    int context[2];
    int failed[2]; /* this end's handshake failed: it is only read from and freed */
    char seen[2][400];
};

/* A session of which the program owns a reference. */
struct handle {
    SSL_SESSION *session;
    char seen[600];
};

extern struct context contexts[CONTEXTS];
extern struct link links[LINKS];
extern struct handle handles[HANDLES];

/* Choices: each operation starts a stream of its own, so that one more choice in
 * one of them does not change those that follow. */
void start_choices(uint64_t seed, uint64_t operation);
unsigned choose(unsigned below);
int chance(unsigned percent);

/* A clock that only the program moves; time() and clock_gettime() show it. */
void advance_clock(long seconds);
long since_start(long when);
void start_of_sequence(void);

/* The log. */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A call with its result: also counted. */
void call(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern unsigned long calls;
/* The reason of the last error, 0 if none; empties the queue. */
int reason(void);
/* Notes what has changed in contexts, links and handles. */
void observe(void);

/* Sessions. */
void prepare_sessions(void);
/* The session's number, -1 for NULL. */
int number(SSL_SESSION *session);
/* The context whose cache it may be in: a session must never be in two, its place
 * in the stock library's lists is part of the object. -1 when in none. */
int home(SSL_SESSION *session);
void set_home(SSL_SESSION *session, int context);
/* An ex_data value that copies inherit. */
long tag(SSL_SESSION *session);
void set_tag(SSL_SESSION *session, long tag);
/* Whether it was put together by hand. */
int is_altered(SSL_SESSION *session);
void set_altered(SSL_SESSION *session);
/* How many sessions exist. */
long alive(void);

/* Takes over a reference, into a handle that is chosen. */
void keep(SSL_SESSION *session);
SSL_SESSION *some_session(void); /* borrowed from a handle; NULL when that is empty */

/* contexts.c */
void load_identities(const char *folder);
void make_contexts(void);
void free_contexts(void);
int context_number(const SSL_CTX *ctx);
int some_cache_mode(void);
long some_cache_size(void);
long some_timeout(void);
X509_STORE *other_store(void);
/* What callbacks were given to keep, into handles. */
void keep_pending(void);

/* operations.c */
void operate(void);
void end_links(void);

#endif
