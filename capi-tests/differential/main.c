/*
 * main FIXTURES FIRST COUNT: runs the random sequences of session calls with the
 * seeds from FIRST on, and prints what it sees. The same seed on another library
 * must print the same. Ends with the number of sequences and calls.
 */
#include "world.h"

enum { OPERATIONS = 40 };

static void run_sequence(uint64_t seed)
{
    note("== seed %llu", (unsigned long long)seed);
    start_of_sequence();
    start_choices(seed, 0);
    make_contexts();
    observe();
    for (int i = 1; i <= OPERATIONS; i++) {
        start_choices(seed, (uint64_t)i);
        operate();
    }
    start_choices(seed, OPERATIONS + 1);
    end_links();
    keep_pending();
    free_contexts();
    for (int i = 0; i < HANDLES; i++) {
        SSL_SESSION_free(handles[i].session);
        handles[i].session = NULL;
    }
    observe();
    note("%ld sessions alive", alive());
    ERR_clear_error();
}

int main(int argc, char **argv)
{
    uint64_t first;
    unsigned long count;

    if (argc != 4) {
        fprintf(stderr, "usage: %s FIXTURES FIRST COUNT\n", argv[0]);
        return 2;
    }
    first = strtoull(argv[2], NULL, 10);
    count = strtoul(argv[3], NULL, 10);
    load_identities(argv[1]);
    prepare_sessions();
    for (unsigned long i = 0; i < count; i++)
        run_sequence(first + i);
    printf("== end: %lu sequences, %lu calls\n", count, calls);
    return 0;
}
