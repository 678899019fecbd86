/*
 * When a session goes bad: what an unclean end of its connection does to it.
 */
#include "harness.h"

struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

static struct contexts new_contexts(int version)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };

    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

TEST_TLS12(statement_17_unclean_end_empties_the_cache)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    SSL_SESSION *session;

    SSL_CTX_set_options(contexts.server, SSL_OP_NO_TICKET);
    pair = connected_pair(contexts.client, contexts.server);
    session = SSL_get1_session(pair.server);
    CHECK_INT(SSL_CTX_sess_number(contexts.server), 1);
    free_pair(&pair);
    CHECK_INT(SSL_CTX_sess_number(contexts.server), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_18_a_kept_session_is_ruined_too)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_free(pair.server);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_free(pair.client);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    /* It may still be set; it is not offered. */
    CHECK_INT(resumes(contexts.client, contexts.server, session), 0);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_18_a_kept_session_of_a_server_is_ruined_too)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session = SSL_get1_session(pair.server), *copy;

    /* In ticket mode a TLS 1.2 server's session has no id: there is nothing to resume. */
    CHECK_INT(SSL_SESSION_is_resumable(session), version == TLS1_3_VERSION);
    copy = SSL_SESSION_dup(session);
    SSL_free(pair.server);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(SSL_SESSION_is_resumable(copy), version == TLS1_3_VERSION);
    SSL_free(pair.client);
    SSL_SESSION_free(session);
    SSL_SESSION_free(copy);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_19_one_shutdown_keeps_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_shutdown(pair.client), 0);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_19_set_shutdown_keeps_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    SSL_set_shutdown(pair.client, SSL_SENT_SHUTDOWN);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

/* Only "sent" counts. */
TEST_VERSIONS(statement_19_received_shutdown_does_not_keep_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    SSL_set_shutdown(pair.client, SSL_RECEIVED_SHUTDOWN);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_19_quiet_shutdown_keeps_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    SSL_SESSION *session;

    SSL_CTX_set_quiet_shutdown(contexts.client, 1);
    CHECK_INT(SSL_CTX_get_quiet_shutdown(contexts.client), 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_quiet_shutdown(pair.client), 1);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_shutdown(pair.client), 1);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

/* With quiet shutdown SSL_free alone keeps the session, without SSL_shutdown. */
TEST_VERSIONS(statement_19_quiet_shutdown_without_shutdown)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    SSL_set_quiet_shutdown(pair.client, 1);
    session = SSL_get1_session(pair.client);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_20_ssl_never_used)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);
    SSL *ssl = SSL_new(contexts.client);

    SSL_set_connect_state(ssl);
    SSL_set_session(ssl, session);
    SSL_free(ssl);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_20_handshake_begun_and_left)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_session(pair.client, session);
    CHECK_INT(SSL_do_handshake(pair.client), -1);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_21_set_session_on_an_open_connection)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_set_session(pair.client, NULL), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_PTR(SSL_get_session(pair.client), NULL);
    SSL_SESSION_free(session);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_21_set_session_after_shutdown)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    SSL_shutdown(pair.client);
    CHECK_INT(SSL_set_session(pair.client, NULL), 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_22_clear_after_shutdown_keeps_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get_session(pair.client);
    close_cleanly(&pair);
    SSL_free(pair.server);
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    pair.server = SSL_new(contexts.server);
    SSL_set_accept_state(pair.server);
    join(pair.client, pair.server);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_session_reused(pair.server), 1);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The server's side: its session stays too, and the client may resume it. */
TEST_VERSIONS(statement_22_clear_of_a_server)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session, *offered;
    struct pair pair;

    SSL_CTX_set_options(contexts.server, SSL_OP_NO_TICKET);
    pair = connected_pair(contexts.client, contexts.server);
    drain(pair.client);
    session = SSL_get_session(pair.server);
    offered = SSL_get1_session(pair.client);
    close_cleanly(&pair);
    SSL_free(pair.client);
    CHECK_INT(SSL_clear(pair.server), 1);
    CHECK_PTR(SSL_get_session(pair.server), session);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    pair.client = SSL_new(contexts.client);
    SSL_set_connect_state(pair.client);
    SSL_set_session(pair.client, offered);
    join(pair.client, pair.server);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_session_reused(pair.server), 1);
    check_data(&pair);
    finish_pair(&pair);
    SSL_SESSION_free(offered);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_22_clear_without_shutdown_drops_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_clear(pair.client), 1);
    CHECK_PTR(SSL_get_session(pair.client), NULL);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* What was sent is taken from the BIO and given back with one bit flipped. */
static void corrupt_next_record(SSL *reader)
{
    BIO *bio = SSL_get_rbio(reader);
    unsigned char record[1000];
    int len = BIO_read(bio, record, sizeof(record));
    BIO *memory = BIO_new(BIO_s_mem());

    REQUIRE(len > 6);
    record[len - 1] ^= 1;
    BIO_write(memory, record, len);
    SSL_set0_rbio(reader, memory);
}

TEST_VERSIONS(statement_23_sending_a_fatal_alert_ruins_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;
    char byte;
    int ret;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_write(pair.server, "x", 1), 1);
    corrupt_next_record(pair.client);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_23_receiving_a_fatal_alert_ruins_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;
    char byte;
    int ret;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_write(pair.client, "x", 1), 1);
    corrupt_next_record(pair.server);
    ret = SSL_read(pair.server, &byte, 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK(ret <= 0);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* An end of the stream without close_notify. */
static void end_of_stream(SSL *ssl)
{
    BIO *empty = BIO_new(BIO_s_mem());

    BIO_set_mem_eof_return(empty, 0);
    SSL_set0_rbio(ssl, empty);
}

TEST_VERSIONS(statement_24_bare_eof_ruins_it)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;
    char byte;
    int ret;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    end_of_stream(pair.client);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK_INT(ret, 0);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_UNEXPECTED_EOF_WHILE_READING);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_24_ignore_unexpected_eof)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;
    SSL_SESSION *session;
    char byte;
    int ret;

    SSL_CTX_set_options(contexts.client, SSL_OP_IGNORE_UNEXPECTED_EOF);
    pair = connected_pair(contexts.client, contexts.server);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    end_of_stream(pair.client);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK_INT(ret, 0);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_ZERO_RETURN);
    CHECK_INT(last_reason(), 0);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_RECEIVED_SHUTDOWN);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST(statement_25_resumable_needs_an_id_or_a_ticket)
{
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_set1_id(session, (const unsigned char *)"i", 1);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_set1_id(session, (const unsigned char *)"", 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
}

TEST_TLS12(statement_25_resumable_with_a_ticket)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);

    CHECK_INT(SSL_SESSION_has_ticket(session), 1);
    SSL_SESSION_set1_id(session, NULL, 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_26_session_not_resumable_is_ignored)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_CTX_remove_session(contexts.client, session);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_INT(SSL_set_session(pair.client, session), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 0);
    /* It was not offered, so nothing was missed. */
    CHECK_INT(SSL_CTX_sess_misses(contexts.client), 0);
    SSL_SESSION_free(session);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_27_serialising_forgets_not_resumable)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server), *read;
    unsigned char *der = NULL;
    const unsigned char *at;
    int len;

    SSL_CTX_remove_session(contexts.client, session);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    len = i2d_SSL_SESSION(session, &der);
    REQUIRE(len > 0);
    at = der;
    read = d2i_SSL_SESSION(NULL, &at, len);
    REQUIRE(read != NULL);
    CHECK_INT(SSL_SESSION_is_resumable(read), 1);
    CHECK_INT(resumes(contexts.client, contexts.server, read), 1);
    OPENSSL_free(der);
    SSL_SESSION_free(read);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

static int refusals;
static int refusal_forward_secure;
static SSL *refusal_ssl;

static int refuse_resumption(SSL *ssl, int is_forward_secure)
{
    refusals++;
    refusal_ssl = ssl;
    refusal_forward_secure = is_forward_secure;
    return 1;
}

static int allow_resumption(SSL *ssl, int is_forward_secure)
{
    (void)ssl, (void)is_forward_secure;
    refusals++;
    return 0;
}

static int new_sessions;

static int count_new(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl, (void)session;
    new_sessions++;
    return 0;
}

TEST_TLS12(statement_28_not_resumable_callback)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_not_resumable_session_callback(contexts.server, refuse_resumption);
    SSL_CTX_sess_set_new_cb(contexts.server, count_new);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(refusals, 1);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 0);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 0);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.server)), 0);
    CHECK_INT(SSL_CTX_sess_number(contexts.server), 0);
    CHECK_INT(new_sessions, 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The server still sends its session id, so the client can not know. */
TEST_TLS12(statement_28_not_resumable_callback_stateful)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_options(contexts.server, SSL_OP_NO_TICKET);
    SSL_CTX_set_not_resumable_session_callback(contexts.server, refuse_resumption);
    SSL_CTX_sess_set_new_cb(contexts.server, count_new);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(refusals, 1);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.server)), 0);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 1);
    CHECK_INT(SSL_CTX_sess_number(contexts.server), 0);
    CHECK_INT(new_sessions, 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_TLS12(statement_29_not_resumable_callback_arguments)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_not_resumable_session_callback(contexts.server, refuse_resumption);
    pair = new_pair(contexts.client, contexts.server);
    /* The SSL has its own copy since SSL_new. */
    SSL_CTX_set_not_resumable_session_callback(contexts.server, NULL);
    REQUIRE(handshake(&pair));
    CHECK_INT(refusals, 1);
    CHECK_PTR(refusal_ssl, pair.server);
    CHECK_INT(refusal_forward_secure, 1);
    finish_pair(&pair);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(refusals, 1);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* A TLS 1.3 suite says nothing of forward secrecy. */
TEST_TLS13(statement_29_not_resumable_callback_arguments_tls13)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_not_resumable_session_callback(contexts.server, refuse_resumption);
    pair = new_pair(contexts.client, contexts.server);
    SSL_CTX_set_not_resumable_session_callback(contexts.server, NULL);
    REQUIRE(handshake(&pair));
    CHECK_INT(refusals, 1);
    CHECK_PTR(refusal_ssl, pair.server);
    CHECK_INT(refusal_forward_secure, 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* By SSL_CTX_callback_ctrl and SSL_callback_ctrl, as programs of old set it. */
TEST_VERSIONS(statement_29_not_resumable_callback_by_ctrl)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    CHECK_INT(SSL_CTX_callback_ctrl(contexts.server, SSL_CTRL_SET_NOT_RESUMABLE_SESS_CB, (void (*)(void))refuse_resumption), 1);
    pair = connected_pair(contexts.client, contexts.server);
    drain(pair.client);
    CHECK_INT(refusals, 1);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 0);
    finish_pair(&pair);
    CHECK_INT(SSL_CTX_callback_ctrl(contexts.server, SSL_CTRL_SET_NOT_RESUMABLE_SESS_CB, NULL), 1);
    pair = new_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_callback_ctrl(pair.server, SSL_CTRL_SET_NOT_RESUMABLE_SESS_CB, (void (*)(void))refuse_resumption), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(refusals, 2);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_29_not_resumable_callback_on_an_ssl)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_not_resumable_session_callback(pair.server, refuse_resumption);
    REQUIRE(handshake(&pair));
    CHECK_INT(refusals, 1);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(statement_29_not_resumable_callback_on_full_handshakes_only)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session;

    SSL_CTX_set_not_resumable_session_callback(contexts.server, allow_resumption);
    session = obtain_session(contexts.client, contexts.server);
    CHECK_INT(refusals, 1);
    CHECK_INT(resumes(contexts.client, contexts.server, session), 1);
    CHECK_INT(refusals, 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

/* TLS 1.3 asks too, and sends no ticket. */
TEST_TLS13(statement_28_not_resumable_callback_tls13)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair;

    SSL_CTX_set_not_resumable_session_callback(contexts.server, refuse_resumption);
    SSL_CTX_sess_set_new_cb(contexts.server, count_new);
    pair = connected_pair(contexts.client, contexts.server);
    drain(pair.client);
    CHECK_INT(refusals, 1);
    CHECK_INT(new_sessions, 0);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 0);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 0);
    CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.server)), 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* SSL_set_shutdown sets just what it is given. */
TEST_VERSIONS(set_shutdown_takes_back)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);

    SSL_set_shutdown(pair.client, SSL_SENT_SHUTDOWN);
    SSL_set_shutdown(pair.client, SSL_RECEIVED_SHUTDOWN);
    CHECK_INT(SSL_get_shutdown(pair.client), SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(pair.client, 0);
    CHECK_INT(SSL_get_shutdown(pair.client), 0);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(shutdown_before_a_handshake_fails)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_quiet_shutdown(pair.client, 1);
    CHECK_INT(SSL_shutdown(pair.client), -1);
    CHECK_REASON(SSL_R_SHUTDOWN_WHILE_IN_INIT);
    CHECK_INT(SSL_get_shutdown(pair.client), 0);
    /* What was set before does not outlive the start. */
    SSL_set_shutdown(pair.client, SSL_RECEIVED_SHUTDOWN);
    CHECK_INT(handshake(&pair), 1);
    CHECK_INT(SSL_get_shutdown(pair.client), 0);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* Data after our close_notify is an error of the connection, not of its session. */
TEST_VERSIONS(data_after_close_notify_keeps_the_session)
{
    struct contexts contexts = new_contexts(version);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    SSL_SESSION *session;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_INT(SSL_write(pair.server, "data", 4), 4);
    CHECK_INT(SSL_shutdown(pair.client), 0);
    CHECK_INT(SSL_shutdown(pair.client), -1);
    CHECK_REASON(SSL_R_APPLICATION_DATA_AFTER_CLOSE_NOTIFY);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

/* Nothing to start with is found before the connection is counted. */
TEST(no_version_is_not_counted)
{
    struct contexts contexts = new_contexts(0);
    struct pair pair = new_pair(contexts.client, contexts.server);

    SSL_set_options(pair.server, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
    SSL_set_min_proto_version(pair.server, TLS1_2_VERSION);
    SSL_do_handshake(pair.client);
    CHECK_INT(SSL_do_handshake(pair.server), -1);
    CHECK_REASON(SSL_R_NO_PROTOCOLS_AVAILABLE);
    CHECK_INT(SSL_CTX_sess_accept(contexts.server), 0);
    free_pair(&pair);
    free_contexts(&contexts);
}
