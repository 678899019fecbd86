/*
 * SSL_SESSION objects and their reference counts.
 *
 * The count is private: a test gives up its references one by one and sees, by
 * the ex_data free callback, which of them was the last.
 */
#include "harness.h"

#include <time.h>

static SSL_SESSION *new_session_with_id(void)
{
    SSL_SESSION *session = SSL_SESSION_new();

    REQUIRE(session != NULL);
    REQUIRE(SSL_SESSION_set1_id(session, (const unsigned char *)"0123456789abcdef", 16) == 1);
    return session;
}

TEST(statement_01_new_session)
{
    SSL_SESSION *session = SSL_SESSION_new();
    int destroyed = 0;
    long now = (long)time(NULL);

    REQUIRE(session != NULL);
    CHECK_INT(SSL_SESSION_get_timeout(session), 304);
    CHECK(SSL_SESSION_get_time(session) >= now - 60 && SSL_SESSION_get_time(session) <= now + 1);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), 0);
    CHECK_INT(SSL_SESSION_has_ticket(session), 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_PTR(SSL_SESSION_get0_cipher(session), NULL);
    CHECK_PTR(SSL_SESSION_get0_peer(session), NULL);
    CHECK_PTR(SSL_SESSION_get0_hostname(session), NULL);
    CHECK_INT(SSL_SESSION_get_compress_id(session), 0);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 0);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 0);
    watch_session(session, &destroyed);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
}

/* verify_result has no getter on a session: the text shows it. */
TEST(statement_01_verify_result)
{
    SSL_SESSION *session = SSL_SESSION_new();
    BIO *out = BIO_new(BIO_s_mem());
    char *text;

    CHECK_INT(SSL_SESSION_print(out, session), 1);
    BIO_write(out, "", 1);
    BIO_get_mem_data(out, &text);
    CHECK(strstr(text, "Verify return code: 1 (unspecified certificate verification error)") != NULL);
    BIO_free(out);
    SSL_SESSION_free(session);
}

TEST(statement_02_up_ref_and_free)
{
    SSL_SESSION *session = SSL_SESSION_new();
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_SESSION_up_ref(session), 1);
    CHECK_INT(SSL_SESSION_up_ref(session), 1);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    SSL_SESSION_free(NULL);
}

struct free_calls {
    int number;
    void *parent;
    int index;
    long argl;
    void *argp;
};

static void note_free(void *parent, void *value, CRYPTO_EX_DATA *ad, int index, long argl, void *argp)
{
    struct free_calls *calls = value;

    (void)ad;
    if (calls == NULL)
        return;
    calls->number++;
    calls->parent = parent;
    calls->index = index;
    calls->argl = argl;
    calls->argp = argp;
}

TEST(statement_03_free_callback_once)
{
    static char token;
    struct free_calls calls;
    int index = SSL_SESSION_get_ex_new_index(17, &token, NULL, NULL, note_free);
    SSL_SESSION *session = SSL_SESSION_new();

    memset(&calls, 0, sizeof(calls));
    REQUIRE(index >= 0);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, index), NULL);
    CHECK_INT(SSL_SESSION_set_ex_data(session, index, &calls), 1);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, index), &calls);
    SSL_SESSION_up_ref(session);
    SSL_SESSION_free(session);
    CHECK_INT(calls.number, 0);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, index), &calls);
    SSL_SESSION_free(session);
    CHECK_INT(calls.number, 1);
    CHECK_PTR(calls.parent, session);
    CHECK_INT(calls.index, index);
    CHECK_INT(calls.argl, 17);
    CHECK_PTR(calls.argp, &token);
}

TEST_VERSIONS(statement_04_get_session_borrows)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);
    SSL_SESSION *session;
    int destroyed = 0;

    CHECK_PTR(SSL_get_session(pair.client), NULL);
    CHECK_PTR(SSL_get_session(pair.server), NULL);
    REQUIRE(handshake(&pair));
    drain(pair.client);
    session = SSL_get_session(pair.client);
    REQUIRE(session != NULL);
    CHECK_PTR(SSL_get_session(pair.client), session);
    CHECK(SSL_get_session(pair.server) != NULL);
    CHECK(SSL_get_session(pair.server) != session);
    watch_session(session, &destroyed);
    /* Only the SSL holds it: it goes with the SSL. */
    finish_pair(&pair);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_05_get1_session_adds_a_reference)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    SSL_SESSION *session;
    int destroyed = 0;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    CHECK_PTR(session, SSL_get_session(pair.client));
    watch_session(session, &destroyed);
    finish_pair(&pair);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_05_get1_session_of_none)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    CHECK_PTR(SSL_get1_session(ssl), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(statement_06_set_session_adds_one_reference)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    SSL_SESSION *session = new_session_with_id();
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_set_session(ssl, session), 1);
    CHECK_INT(SSL_set_session(ssl, session), 1);
    CHECK_INT(SSL_set_session(ssl, session), 1);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    /* The SSL's reference is the only one, and setting it again does not lose it. */
    CHECK_INT(SSL_set_session(ssl, session), 1);
    CHECK_INT(destroyed, 0);
    SSL_free(ssl);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(ctx);
}

TEST(statement_06_another_session_releases_the_first)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    SSL_SESSION *first = new_session_with_id(), *second = new_session_with_id();
    int first_destroyed = 0, second_destroyed = 0;

    watch_session(first, &first_destroyed);
    watch_session(second, &second_destroyed);
    SSL_set_session(ssl, first);
    SSL_SESSION_free(first);
    CHECK_INT(SSL_set_session(ssl, second), 1);
    CHECK_INT(first_destroyed, 1);
    SSL_SESSION_free(second);
    CHECK_INT(second_destroyed, 0);
    SSL_free(ssl);
    CHECK_INT(second_destroyed, 1);
    SSL_CTX_free(ctx);
}

TEST(statement_07_set_session_null)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    SSL_SESSION *session = new_session_with_id();
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_set_session(ssl, NULL), 1);
    SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    CHECK_INT(SSL_set_session(ssl, NULL), 1);
    CHECK_INT(destroyed, 1);
    CHECK_PTR(SSL_get_session(ssl), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(statement_08_same_pointer_until_replaced)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = new_pair(cctx, sctx);

    CHECK_INT(SSL_set_session(pair.client, session), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    SSL_do_handshake(pair.client);
    CHECK_PTR(SSL_get_session(pair.client), session);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    drain(pair.client);
    if (version == TLS1_2_VERSION)
        CHECK_PTR(SSL_get_session(pair.client), session);
    else
        CHECK(SSL_get_session(pair.client) != session);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The session of one version offered on an SSL that only speaks the other. */
TEST_VERSIONS(statement_09_set_session_checks_nothing)
{
    int other = version == TLS1_3_VERSION ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_CTX *other_cctx = new_client_ctx(other), *other_sctx = new_server_ctx(other);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = new_pair(other_cctx, other_sctx);
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_INT(SSL_set_session(pair.client, session), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_session_reused(pair.server), 0);
    CHECK(SSL_get_session(pair.client) != session);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(other_cctx);
    SSL_CTX_free(other_sctx);
}

TEST(statement_09_expired_and_empty_sessions_are_set)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    SSL_SESSION *session = SSL_SESSION_new();

    CHECK_INT(SSL_SESSION_set_time(session, 1), 1);
    CHECK_INT(SSL_SESSION_set_timeout(session, 1), 1);
    CHECK_INT(SSL_set_session(ssl, session), 1);
    CHECK_PTR(SSL_get_session(ssl), session);
    SSL_free(ssl);
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(statement_10_refused_session_is_released)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_CTX *stranger = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair = new_pair(cctx, stranger);
    int destroyed = 0;

    watch_session(session, &destroyed);
    SSL_set_session(pair.client, session);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(destroyed, 1);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(stranger);
}

TEST_TLS12(statement_11_reused_session_is_the_same_object)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    SSL_SESSION *session = SSL_get1_session(pair.client);
    int destroyed = 0;

    finish_pair(&pair);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    watch_session(session, &destroyed);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    finish_pair(&pair);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(statement_11_stateful_server_uses_the_cached_object)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    SSL_SESSION *session, *cached;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    cached = SSL_get_session(pair.server);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    finish_pair(&pair);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_PTR(SSL_get_session(pair.client), session);
    CHECK_PTR(SSL_get_session(pair.server), cached);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(statement_12_references_after_a_stateful_handshake)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    int client_destroyed = 0, server_destroyed = 0;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    watch_session(SSL_get_session(pair.client), &client_destroyed);
    watch_session(SSL_get_session(pair.server), &server_destroyed);
    finish_pair(&pair);
    /* The client's SSL held the only reference, the server's cache another. */
    CHECK_INT(client_destroyed, 1);
    CHECK_INT(server_destroyed, 0);
    CHECK_INT(SSL_CTX_sess_number(cctx), 0);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    SSL_CTX_free(sctx);
    CHECK_INT(server_destroyed, 1);
    SSL_CTX_free(cctx);
}

static int duplicate_value(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index, long argl,
                           void *argp)
{
    static char copy;

    (void)to, (void)from, (void)index, (void)argl, (void)argp;
    if (*value != NULL)
        *value = &copy;
    *(void **)argp = *value;
    return 1;
}

TEST_VERSIONS(statement_13_dup)
{
    void *copied = NULL;
    int index = SSL_SESSION_get_ex_new_index(0, &copied, NULL, duplicate_value, NULL);
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx), *copy;
    const unsigned char *ticket, *copy_ticket, *id, *copy_id;
    size_t ticket_len, copy_ticket_len;
    unsigned int id_len, copy_id_len;
    unsigned char key[64], copy_key[64];
    size_t key_len;
    int destroyed = 0, copy_destroyed = 0;
    static char value;

    SSL_SESSION_set_ex_data(session, index, &value);
    watch_session(session, &destroyed);
    copy = SSL_SESSION_dup(session);
    REQUIRE(copy != NULL && copy != session);
    CHECK(copied != NULL && copied != &value);
    CHECK_PTR(SSL_SESSION_get_ex_data(copy, index), copied);

    SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
    SSL_SESSION_get0_ticket(copy, &copy_ticket, &copy_ticket_len);
    CHECK(ticket_len > 0 && ticket != copy_ticket);
    CHECK_MEM(copy_ticket, copy_ticket_len, ticket, ticket_len);
    id = SSL_SESSION_get_id(session, &id_len);
    copy_id = SSL_SESSION_get_id(copy, &copy_id_len);
    CHECK_MEM(copy_id, copy_id_len, id, id_len);
    key_len = SSL_SESSION_get_master_key(session, key, sizeof(key));
    CHECK_INT(SSL_SESSION_get_master_key(copy, copy_key, sizeof(copy_key)), key_len);
    CHECK_MEM(copy_key, key_len, key, key_len);
    CHECK_INT(SSL_SESSION_get_protocol_version(copy), version);
    CHECK_PTR(SSL_SESSION_get0_cipher(copy), SSL_SESSION_get0_cipher(session));
    CHECK_PTR(SSL_SESSION_get0_peer(copy), SSL_SESSION_get0_peer(session));
    CHECK_INT(SSL_SESSION_get_time(copy), SSL_SESSION_get_time(session));
    CHECK_INT(SSL_SESSION_get_timeout(copy), SSL_SESSION_get_timeout(session));
    CHECK_INT(SSL_SESSION_is_resumable(copy), 1);

    watch_session(copy, &copy_destroyed);
    CHECK_INT(resumes(cctx, sctx, copy), 1);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    CHECK_INT(copy_destroyed, 0);
    SSL_SESSION_free(copy);
    CHECK_INT(copy_destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_13_dup_of_a_session_not_resumable)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    SSL_SESSION *session, *copy;

    drain(pair.client);
    session = SSL_get1_session(pair.client);
    free_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    copy = SSL_SESSION_dup(session);
    CHECK_INT(SSL_SESSION_is_resumable(copy), 0);
    SSL_SESSION_free(copy);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A copy is in no cache, and not told of the original's removal. */
TEST(statement_13_dup_is_in_no_cache)
{
    SSL_CTX *ctx = new_server_ctx(TLS1_2_VERSION);
    SSL_SESSION *session = new_session_with_id(), *copy;

    CHECK_INT(SSL_CTX_add_session(ctx, session), 1);
    copy = SSL_SESSION_dup(session);
    SSL_SESSION_set_timeout(copy, 1);
    CHECK_INT(SSL_CTX_sess_number(ctx), 1);
    CHECK_INT(SSL_CTX_add_session(ctx, session), 0);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    CHECK_INT(SSL_SESSION_is_resumable(copy), 1);
    /* It may be put into one, and found there by the original's id. */
    CHECK_INT(SSL_CTX_add_session(ctx, copy), 1);
    CHECK_INT(SSL_CTX_remove_session(ctx, session), 1);
    SSL_SESSION_free(session);
    SSL_SESSION_free(copy);
    SSL_CTX_free(ctx);
}

static int refuse_copy(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index, long argl, void *argp)
{
    (void)to, (void)from, (void)value, (void)index, (void)argl, (void)argp;
    return 0;
}

TEST(statement_13_dup_that_a_callback_refuses)
{
    int index = SSL_SESSION_get_ex_new_index(0, NULL, NULL, refuse_copy, NULL);
    SSL_SESSION *session = new_session_with_id();
    static char value;

    SSL_SESSION_set_ex_data(session, index, &value);
    CHECK_PTR(SSL_SESSION_dup(session), NULL);
    SSL_SESSION_free(session);
}

/* What the copy has of everything that can be set, and that it is its own. */
TEST(statement_13_dup_of_every_field)
{
    SSL_SESSION *session = new_session_with_id(), *copy;
    unsigned char *der = NULL, *copy_der = NULL;
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    int len, copy_len;

    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
    SSL_SESSION_set_cipher(session, sk_SSL_CIPHER_value(SSL_CTX_get_ciphers(ctx), 0));
    SSL_SESSION_set1_master_key(session, (const unsigned char *)"a secret", 8);
    SSL_SESSION_set1_hostname(session, "example.org");
    SSL_SESSION_set1_alpn_selected(session, (const unsigned char *)"h2", 2);
    SSL_SESSION_set1_ticket_appdata(session, "data", 4);
    SSL_SESSION_set1_id_context(session, (const unsigned char *)"context", 7);
    SSL_SESSION_set_max_early_data(session, 77);
    SSL_SESSION_set_time(session, 12345);
    SSL_SESSION_set_timeout(session, 678);
    copy = SSL_SESSION_dup(session);
    REQUIRE(copy != NULL);
    len = i2d_SSL_SESSION(session, &der);
    SSL_SESSION_set1_hostname(session, "another.example");
    SSL_SESSION_free(session);
    copy_len = i2d_SSL_SESSION(copy, &copy_der);
    CHECK_MEM(copy_der, (size_t)copy_len, der, (size_t)len);
    OPENSSL_free(der);
    OPENSSL_free(copy_der);
    SSL_SESSION_free(copy);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(statement_14_copy_session_id)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    SSL *from = SSL_new(cctx), *to = SSL_new(cctx);
    int destroyed = 0;

    watch_session(session, &destroyed);
    SSL_set_session(from, session);
    CHECK_INT(SSL_copy_session_id(to, from), 1);
    CHECK_PTR(SSL_get_session(to), session);
    SSL_SESSION_free(session);
    SSL_free(from);
    CHECK_INT(destroyed, 0);
    SSL_free(to);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The id context goes too: the session is then accepted by a client SSL that
 * had another context, or none. */
TEST_TLS12(statement_14_copy_session_id_copies_the_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair = new_pair(cctx, sctx);
    SSL *from;

    SSL_CTX_set_session_id_context(cctx, (const unsigned char *)"one", 3);
    session = obtain_session(cctx, sctx);
    from = SSL_new(cctx);
    SSL_set_session(from, session);
    CHECK_INT(SSL_copy_session_id(pair.client, from), 1);
    SSL_free(from);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_session_reused(pair.client), 1);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_14_copy_session_id_shares_the_certificate)
{
    SSL_CTX *with = new_server_ctx(0), *without = SSL_CTX_new(TLS_server_method());
    SSL *from = SSL_new(with), *to = SSL_new(without);

    CHECK_PTR(SSL_get_certificate(to), NULL);
    CHECK_INT(SSL_copy_session_id(to, from), 1);
    CHECK_PTR(SSL_get_session(to), NULL);
    CHECK(SSL_get_certificate(from) != NULL);
    CHECK_PTR(SSL_get_certificate(to), SSL_get_certificate(from));
    CHECK_PTR(SSL_get_privatekey(to), SSL_get_privatekey(from));
    SSL_free(from);
    CHECK(SSL_get_certificate(to) != NULL);
    SSL_free(to);
    SSL_CTX_free(with);
    SSL_CTX_free(without);
}

/* What was there before is released, also in favour of nothing. */
TEST(statement_14_copy_session_id_releases)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *from = SSL_new(ctx), *to = SSL_new(ctx);
    SSL_SESSION *session = new_session_with_id();
    int destroyed = 0;

    watch_session(session, &destroyed);
    SSL_set_session(to, session);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 0);
    CHECK_INT(SSL_copy_session_id(to, from), 1);
    CHECK_INT(destroyed, 1);
    CHECK_PTR(SSL_get_session(to), NULL);
    CHECK_INT(SSL_copy_session_id(to, to), 1);
    SSL_free(from);
    SSL_free(to);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(statement_15_dup_of_an_ssl_shares_the_session)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    SSL *ssl = SSL_new(cctx), *copy;
    int destroyed = 0;

    SSL_set_session(ssl, session);
    watch_session(session, &destroyed);
    copy = SSL_dup(ssl);
    REQUIRE(copy != NULL && copy != ssl);
    CHECK_PTR(SSL_get_session(copy), session);
    SSL_SESSION_free(session);
    SSL_free(ssl);
    CHECK_INT(destroyed, 0);
    SSL_free(copy);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_16_session_outlives_its_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    int destroyed = 0;

    SSL_CTX_set_session_cache_mode(cctx, SSL_SESS_CACHE_CLIENT);
    session = obtain_session(cctx, sctx);
    watch_session(session, &destroyed);
    SSL_CTX_free(cctx);
    CHECK_INT(destroyed, 0);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), version);
    CHECK(SSL_SESSION_get0_peer(session) != NULL);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(sctx);
}

/* In the cache of the SSL_CTX that is freed, the session is marked not resumable. */
TEST_TLS12(statement_16_cached_session_outlives_its_context)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    SSL_SESSION *session;
    int destroyed = 0;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.server);
    watch_session(session, &destroyed);
    finish_pair(&pair);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    SSL_CTX_free(sctx);
    CHECK_INT(destroyed, 0);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    SSL_CTX_free(cctx);
}
