/*
 * Sessions and tickets in TLS 1.3.
 */
#include "harness.h"

#include <openssl/sha.h>
#include <time.h>

static int new_sessions;
static SSL_SESSION *last_new;

static int count_new(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    new_sessions++;
    last_new = session;
    return 0;
}

static SSL_CTX *counting_client(void)
{
    SSL_CTX *ctx = new_client_ctx(TLS1_3_VERSION);

    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, count_new);
    return ctx;
}

TEST_TLS13(statement_75_session_before_a_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    SSL_SESSION *early = SSL_get1_session(pair.client);
    unsigned int len;

    REQUIRE(early != NULL);
    SSL_SESSION_get_id(early, &len);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_has_ticket(early), 0);
    CHECK_INT(SSL_SESSION_is_resumable(early), 0);
    drain(pair.client);
    CHECK_INT(SSL_SESSION_is_resumable(early), 0);
    CHECK(SSL_get_session(pair.client) != early);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 1);
    SSL_SESSION_free(early);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static SSL_SESSION *kept[8];

static int keep_new(SSL *ssl, SSL_SESSION *session)
{
    CHECK_PTR(SSL_get_session(ssl), session);
    REQUIRE(new_sessions < 8);
    kept[new_sessions++] = session;
    return 1;
}

TEST_TLS13(statement_76_one_session_per_ticket)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_sess_set_new_cb(cctx, keep_new);
    CHECK_INT(SSL_CTX_set_num_tickets(sctx, 3), 1);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    REQUIRE(new_sessions == 3);
    CHECK_PTR(SSL_get_session(pair.client), kept[2]);
    CHECK(kept[0] != kept[1] && kept[1] != kept[2] && kept[0] != kept[2]);
    finish_pair(&pair);
    SSL_CTX_sess_set_new_cb(cctx, NULL);
    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_OFF);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(SSL_SESSION_is_resumable(kept[i]), 1);
        CHECK_INT(resumes(cctx, sctx, kept[i]), 1);
        SSL_SESSION_free(kept[i]);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_77_id_is_the_hash_of_the_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    const unsigned char *ticket, *id;
    unsigned char hash[32];
    size_t ticket_len;
    unsigned int id_len;

    SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
    SHA256(ticket, ticket_len, hash);
    id = SSL_SESSION_get_id(session, &id_len);
    CHECK_MEM(id, id_len, hash, sizeof(hash));
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_78_single_use_in_client_mode)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    session = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_78_many_uses_without_client_mode)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    for (int i = 0; i < 3; i++)
        CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void check_tickets(long number, int full, int resumed)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(TLS1_3_VERSION);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    if (number >= 0) {
        CHECK_INT(SSL_CTX_set_num_tickets(sctx, (size_t)number), 1);
        CHECK_INT(SSL_CTX_get_num_tickets(sctx), number);
    } else {
        CHECK_INT(SSL_CTX_get_num_tickets(sctx), 2);
    }
    new_sessions = 0;
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_get_num_tickets(pair.server), number >= 0 ? number : 2);
    drain(pair.client);
    CHECK_INT(new_sessions, full);
    finish_pair(&pair);
    new_sessions = 0;
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    drain(pair.client);
    CHECK_INT(new_sessions, resumed);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_79_number_of_tickets)
{
    check_tickets(-1, 2, 1);
    check_tickets(1, 1, 1);
    check_tickets(5, 5, 1);
    /* With none asked for, a resumed handshake sends none either. */
    check_tickets(0, 0, 0);
}

TEST_TLS13(statement_79_number_of_tickets_of_an_ssl)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_set_num_tickets(pair.server, 4), 1);
    CHECK_INT(SSL_get_num_tickets(pair.server), 4);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    CHECK_INT(new_sessions, 4);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_80_new_session_ticket_by_do_handshake)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);

    drain(pair.client);
    new_sessions = 0;
    CHECK_INT(SSL_new_session_ticket(pair.server), 1);
    drain(pair.client);
    CHECK_INT(new_sessions, 0);
    CHECK_INT(SSL_do_handshake(pair.server), 1);
    drain(pair.client);
    CHECK_INT(new_sessions, 1);
    CHECK_INT(SSL_new_session_ticket(pair.client), 0);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_80_new_session_ticket_by_write)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);

    drain(pair.client);
    new_sessions = 0;
    CHECK_INT(SSL_new_session_ticket(pair.server), 1);
    check_data(&pair);
    CHECK_INT(new_sessions, 1);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_80_new_session_ticket_refused)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = new_server_ctx(TLS1_2_VERSION);
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_new_session_ticket(pair.server), 0);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_new_session_ticket(pair.server), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_80_new_session_ticket_under_way)
{
    SSL_CTX *cctx = counting_client(), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_new_session_ticket(pair.server), 0);
    CHECK_INT(SSL_do_handshake(pair.client), -1);
    CHECK_INT(SSL_do_handshake(pair.server), -1);
    CHECK_INT(SSL_new_session_ticket(pair.server), 0);
    CHECK_INT(SSL_new_session_ticket(pair.client), 0);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    CHECK_INT(new_sessions, 2);
    /* Several at once; resumable each. */
    new_sessions = 0;
    for (int i = 0; i < 3; i++)
        CHECK_INT(SSL_new_session_ticket(pair.server), 1);
    CHECK_INT(SSL_do_handshake(pair.server), 1);
    drain(pair.client);
    CHECK_INT(new_sessions, 3);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Also where no tickets are sent by themselves, and when these are session ids. */
static void check_asked_ticket(uint64_t options, size_t number, int resumed_first)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    SSL_SESSION *first = NULL, *session;
    struct pair pair;

    SSL_CTX_set_options(sctx, options);
    if (resumed_first)
        first = obtain_session(cctx, sctx);
    SSL_CTX_set_num_tickets(sctx, number);
    pair = offered_pair(cctx, sctx, first);
    drain(pair.client);
    CHECK_INT(SSL_session_reused(pair.client), resumed_first);
    CHECK_INT(SSL_new_session_ticket(pair.server), 1);
    check_data(&pair);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    finish_pair(&pair);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_SESSION_free(first);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_80_new_session_ticket_resumes)
{
    check_asked_ticket(0, 2, 0);
    check_asked_ticket(0, 0, 0);
    check_asked_ticket(0, 2, 1);
    check_asked_ticket(SSL_OP_NO_TICKET, 2, 0);
    check_asked_ticket(SSL_OP_NO_TICKET, 0, 1);
}

/* What is set, is read; SSL_new takes it over; there is no limit. */
TEST(statement_79_number_is_kept)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;

    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 2);
    CHECK_INT(SSL_CTX_set_num_tickets(ctx, 0), 1);
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 0);
    CHECK_INT(SSL_CTX_set_num_tickets(ctx, (size_t)-1), 1);
    CHECK(SSL_CTX_get_num_tickets(ctx) == (size_t)-1);
    CHECK_INT(SSL_CTX_set_num_tickets(ctx, 7), 1);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_CTX_set_num_tickets(ctx, 8), 1);
    CHECK_INT(SSL_get_num_tickets(ssl), 7);
    CHECK_INT(SSL_set_num_tickets(ssl, (size_t)-1), 1);
    CHECK(SSL_get_num_tickets(ssl) == (size_t)-1);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_TLS13(statement_81_default_tickets_are_stateless)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_sess_set_new_cb(sctx, count_new);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(new_sessions, 2);
    CHECK_INT(SSL_CTX_sess_number(sctx), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void ignore_removed(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx, (void)session;
}

TEST_TLS13(statement_81_stored_with_a_remove_callback)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_sess_set_remove_cb(sctx, ignore_removed);
    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    CHECK_INT(SSL_CTX_sess_number(sctx), 2);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS13(statement_82_no_ticket_is_stateful)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *ticket;
    size_t len;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    session = obtain_session(cctx, sctx);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK_INT(len, 32);
    CHECK_INT(SSL_CTX_sess_number(sctx), 2);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A stateful ticket whose entry has gone from the cache. */
TEST_TLS13(statement_82_stateful_ticket_of_a_flushed_cache)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    session = obtain_session(cctx, sctx);
    SSL_CTX_flush_sessions(sctx, 0);
    CHECK_INT(SSL_CTX_sess_number(sctx), 0);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* More of statement 83 is in early_data.c. */
TEST_TLS13(statement_83_early_data_ticket_is_used_once)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    CHECK_INT(SSL_CTX_set_max_early_data(sctx, 16384), 1);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 16384);
    CHECK_INT(SSL_CTX_sess_number(sctx), 2);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static unsigned long hint_of(int version, long timeout)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    unsigned long hint;

    SSL_CTX_set_timeout(sctx, timeout);
    session = obtain_session(cctx, sctx);
    hint = SSL_SESSION_get_ticket_lifetime_hint(session);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return hint;
}

TEST_VERSIONS(statement_84_lifetime_hint)
{
    CHECK_INT(hint_of(version, 1000), 1000);
    CHECK_INT(hint_of(version, 604800), 604800);
    CHECK_INT(hint_of(version, 604801), version == TLS1_3_VERSION ? 604800 : 604801);
}

TEST_TLS13(statement_85_old_ticket_is_not_offered)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_timeout(sctx, 10000);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 10000);
    SSL_SESSION_set_time(session, (long)time(NULL) - 9000);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_set_time(session, (long)time(NULL) - 11000);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(statement_85_no_such_check_in_tls12)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_timeout(sctx, 1000);
    session = obtain_session(cctx, sctx);
    SSL_SESSION_set_time(session, (long)time(NULL) - 5000);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The PSK of a resumed connection keeps the certificate of the first. */
TEST_VERSIONS(resumed_connection_has_the_peer_certificate)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = offered_pair(cctx, sctx, session);
    X509 *expected = fixture_cert("server-p256");
    X509 *peer = SSL_get1_peer_certificate(pair.client);

    CHECK_INT(SSL_session_reused(pair.client), 1);
    REQUIRE(peer != NULL);
    CHECK_INT(X509_cmp(peer, expected), 0);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    X509_free(peer);
    X509_free(expected);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A ticket that is an id lives as long as one that is not. */
TEST_TLS13(stateful_lifetime_hint)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    SSL_SESSION_free(session);
    SSL_CTX_set_timeout(sctx, 1000);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 1000);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int id_number;

static int numbered_id(__attribute__((unused)) SSL *ssl, unsigned char *id, unsigned int *len)
{
    memset(id, 'i', *len);
    id[0] = (unsigned char)('a' + id_number++);
    return 1;
}

/* The ids that are TLS 1.3 tickets are the application's. */
TEST_TLS13(stateful_tickets_are_generated_ids)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *ticket;
    size_t len;

    id_number = 0;
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CTX_set_generate_session_id(sctx, numbered_id), 1);
    session = obtain_session(cctx, sctx);
    CHECK_INT(id_number, 2);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK_MEM(ticket, len, "biiiiiiiiiiiiiiiiiiiiiiiiiiiiiii", 32);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(id_number, 3);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
