/*
 * What a server's tickets and session ids are made of, as far as programs
 * choose it: ticket keys, key callbacks, ticket callbacks, generated ids.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>

#define KEYS 80

static const unsigned char name_of_key[16] = "name of the key";
static const unsigned char secret[32] = "thirty-two bytes of secret text";

static int answer_encrypt, answer_decrypt, encrypted, decrypted;

static void reset(int encrypt, int decrypt)
{
    answer_encrypt = encrypt;
    answer_decrypt = decrypt;
    encrypted = decrypted = 0;
}

/* Statements 86, 87 ------------------------------------------------------ */

TEST(statement_86_ticket_keys)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method()), *other = SSL_CTX_new(TLS_server_method());
    unsigned char keys[KEYS], seen[KEYS], theirs[KEYS];

    CHECK_INT(SSL_CTX_get_tlsext_ticket_keys(ctx, NULL, 0), KEYS);
    CHECK_INT(SSL_CTX_set_tlsext_ticket_keys(ctx, NULL, 0), KEYS);
    CHECK_INT(SSL_CTX_get_tlsext_ticket_keys(ctx, keys, KEYS), 1);
    CHECK_INT(SSL_CTX_get_tlsext_ticket_keys(other, theirs, KEYS), 1);
    CHECK(memcmp(keys, theirs, KEYS) != 0);
    CHECK_INT(SSL_CTX_set_tlsext_ticket_keys(ctx, theirs, KEYS - 1), 0);
    CHECK_REASON(SSL_R_INVALID_TICKET_KEYS_LENGTH);
    CHECK_INT(SSL_CTX_get_tlsext_ticket_keys(ctx, seen, KEYS + 1), 0);
    CHECK_REASON(SSL_R_INVALID_TICKET_KEYS_LENGTH);
    CHECK_INT(SSL_CTX_set_tlsext_ticket_keys(ctx, theirs, KEYS), 1);
    CHECK_INT(SSL_CTX_get_tlsext_ticket_keys(ctx, seen, KEYS), 1);
    CHECK(memcmp(seen, theirs, KEYS) == 0);
    SSL_CTX_free(ctx);
    SSL_CTX_free(other);
}

TEST_VERSIONS(statement_87_shared_keys_share_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *one = new_server_ctx(version), *two = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, one);
    unsigned char keys[KEYS];
    const unsigned char *ticket;
    size_t len;

    SSL_CTX_get_tlsext_ticket_keys(one, keys, KEYS);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK(len > 80 && memcmp(ticket, keys, 16) == 0);
    CHECK_INT(resumes(cctx, two, session), 0);
    SSL_CTX_set_tlsext_ticket_keys(two, keys, KEYS);
    CHECK_INT(resumes(cctx, two, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(one);
    SSL_CTX_free(two);
}

/* Statement 89 ----------------------------------------------------------- */

static int start_cipher(unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, int encrypt)
{
    if (encrypt) {
        encrypted++;
        memcpy(name, name_of_key, 16);
        memset(iv, 7, 16);
        if (answer_encrypt > 0)
            EVP_EncryptInit_ex(cipher, EVP_aes_128_cbc(), NULL, secret, iv);
        return answer_encrypt;
    }
    decrypted++;
    if (memcmp(name, name_of_key, 16) != 0)
        return 0;
    if (answer_decrypt > 0)
        EVP_DecryptInit_ex(cipher, EVP_aes_128_cbc(), NULL, secret, iv);
    return answer_decrypt;
}

static char digest_of_mac[8] = "SHA384";

static int evp_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
    OSSL_PARAM params[3];

    (void)ssl;
    params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)secret, 32);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_of_mac, 0);
    params[2] = OSSL_PARAM_construct_end();
    EVP_MAC_CTX_set_params(mac, params);
    return start_cipher(name, iv, cipher, encrypt);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static int hmac_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac, int encrypt)
{
    (void)ssl;
    HMAC_Init_ex(mac, secret, 32, EVP_sha256(), NULL);
    return start_cipher(name, iv, cipher, encrypt);
}

static void set_callback(SSL_CTX *ctx, int evp)
{
    if (evp)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, evp_keys);
    else
        SSL_CTX_set_tlsext_ticket_key_cb(ctx, hmac_keys);
}
#pragma GCC diagnostic pop

static void check_key_callback(int version, int evp)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *ticket;
    size_t len;

    set_callback(sctx, evp);
    reset(1, 1);
    session = obtain_session(cctx, sctx);
    CHECK_INT(encrypted, version == TLS1_3_VERSION ? 2 : 1);
    CHECK_INT(decrypted, 0);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK(len > 32 && memcmp(ticket, name_of_key, 16) == 0 && ticket[16] == 7);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(decrypted, 1);
    reset(1, 2);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(encrypted, 1);
    reset(1, 0);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_89_key_callback_hmac)
{
    check_key_callback(version, 0);
}

TEST_VERSIONS(statement_89_key_callback_evp)
{
    check_key_callback(version, 1);
}

/* What has the name of a key and no more, or less than a MAC: it is no ticket. */
TEST_TLS12(tickets_of_any_length)
{
    static const char *const digests[] = { "SHA256", "SHA384", "SHA512" };
    unsigned char ticket[160];

    memset(ticket, 5, sizeof(ticket));
    memcpy(ticket, name_of_key, 16);
    for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);

        strcpy(digest_of_mac, digests[i]);
        set_callback(sctx, 1);
        for (int len = 1; len <= (int)sizeof(ticket); len += 1 + (len > 100) * 6) {
            struct pair pair = new_pair(cctx, sctx);
            int done;

            reset(1, 1);
            CHECK_INT(SSL_set_session_ticket_ext(pair.client, ticket, len), 1);
            done = handshake(&pair);
            outcome("%s %d: %d, looked at %d times, new ones %d", digests[i], len, done, decrypted, encrypted);
            CHECK_INT(SSL_session_reused(pair.server), 0);
            free_pair(&pair);
        }
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
}

TEST_VERSIONS(statement_89_no_key_no_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    set_callback(sctx, 1);
    reset(0, 0);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 0);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_89_failing_encryption_is_fatal)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    set_callback(sctx, 1);
    reset(-1, 0);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_CALLBACK_FAILED);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_89_failing_decryption_is_fatal)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    set_callback(sctx, 1);
    reset(1, -1);
    session = obtain_session(cctx, sctx);
    pair = new_pair(cctx, sctx);
    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, ERR_R_INTERNAL_ERROR);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Statements 91, 92 ------------------------------------------------------ */

static int generate_answer, verdict, generations, decryptions, last_status, last_name_len;
static char last_data[16];

static int generate(SSL *ssl, void *arg)
{
    generations++;
    CHECK_STR(arg, "argument");
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), "data", 5), 1);
    return generate_answer;
}

static SSL_TICKET_RETURN decide(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len,
                                SSL_TICKET_STATUS status, void *arg)
{
    void *data;
    size_t len;

    (void)ssl, (void)name;
    decryptions++;
    CHECK_STR(arg, "argument");
    last_status = status;
    last_name_len = (int)name_len;
    last_data[0] = 0;
    if (session != NULL && SSL_SESSION_get0_ticket_appdata(session, &data, &len) && len == 5)
        memcpy(last_data, data, 5);
    return verdict;
}

static SSL_CTX *deciding_server(int version)
{
    SSL_CTX *sctx = new_server_ctx(version);

    generate_answer = 1;
    generations = decryptions = last_status = 0;
    REQUIRE(SSL_CTX_set_session_ticket_cb(sctx, generate, decide, "argument") == 1);
    return sctx;
}

TEST_VERSIONS(statement_91_ticket_callbacks)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = deciding_server(version);
    SSL_SESSION *session;

    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    session = obtain_session(cctx, sctx);
    CHECK_INT(generations, version == TLS1_3_VERSION ? 2 : 1);
    /* A TLS 1.2 client without a ticket sends an empty one. */
    CHECK_INT(decryptions, version == TLS1_3_VERSION ? 0 : 1);
    CHECK_INT(last_status, version == TLS1_3_VERSION ? 0 : SSL_TICKET_EMPTY);
    verdict = SSL_TICKET_RETURN_USE;
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(last_status, version == TLS1_3_VERSION ? SSL_TICKET_SUCCESS_RENEW : SSL_TICKET_SUCCESS);
    CHECK_INT(last_name_len, 16);
    CHECK_STR(last_data, "data");
    verdict = SSL_TICKET_RETURN_USE_RENEW;
    generations = 0;
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(generations, 1);
    verdict = SSL_TICKET_RETURN_IGNORE;
    CHECK_INT(resumes(cctx, sctx, session), 0);
    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void check_fatal(SSL_CTX *cctx, SSL_CTX *sctx, SSL_SESSION *session)
{
    struct pair pair = new_pair(cctx, sctx);

    SSL_set_session(pair.client, session);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, ERR_R_INTERNAL_ERROR);
    free_pair(&pair);
}

TEST_VERSIONS(statement_91_aborting_is_fatal)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = deciding_server(version);
    SSL_SESSION *session;

    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    session = obtain_session(cctx, sctx);
    verdict = SSL_TICKET_RETURN_ABORT;
    check_fatal(cctx, sctx, session);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_91_use_of_a_foreign_ticket_is_fatal)
{
    SSL_CTX *cctx = new_client_ctx(version), *other = new_server_ctx(version), *sctx = deciding_server(version);
    SSL_SESSION *session = obtain_session(cctx, other);

    verdict = SSL_TICKET_RETURN_USE;
    check_fatal(cctx, sctx, session);
    CHECK_INT(last_status, SSL_TICKET_NO_DECRYPT);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(other);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_91_failing_generation_is_fatal)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = deciding_server(version);
    struct pair pair = new_pair(cctx, sctx);

    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    generate_answer = 0;
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, ERR_R_INTERNAL_ERROR);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What a server does for each status and each answer. */
enum { FATAL = -1 };

/* -1, or 10 for a resumed connection and 1 for each ticket that is made. */
static int decided(int version, int status, int answer)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = deciding_server(version);
    SSL_SESSION *session = NULL;
    struct pair pair;
    int result = FATAL;

    set_callback(sctx, 1);
    reset(1, 1);
    if (status != SSL_TICKET_EMPTY) {
        verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
        session = obtain_session(cctx, sctx);
    }
    reset(1, status == SSL_TICKET_NO_DECRYPT ? 0 : status == SSL_TICKET_SUCCESS_RENEW ? 2 : 1);
    generations = 0;
    last_status = -1;
    verdict = answer;
    pair = new_pair(cctx, sctx);
    if (session != NULL)
        SSL_set_session(pair.client, session);
    if (handshake(&pair)) {
        drain(pair.client);
        CHECK_INT(SSL_session_reused(pair.client), SSL_session_reused(pair.server));
        result = 10 * SSL_session_reused(pair.client) + generations;
        check_data(&pair);
        finish_pair(&pair);
    } else {
        CHECK_INT(pair.server_end.reason, ERR_R_INTERNAL_ERROR);
        CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
        free_pair(&pair);
    }
    CHECK_INT(last_status, status);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return result;
}

static void check_outcomes(int version, int status, const int *expected)
{
    static const int answers[] = { SSL_TICKET_RETURN_ABORT, SSL_TICKET_RETURN_IGNORE, SSL_TICKET_RETURN_IGNORE_RENEW,
                                   SSL_TICKET_RETURN_USE, SSL_TICKET_RETURN_USE_RENEW, 99 };

    for (int i = 0; i < 6; i++) {
        int seen = decided(version, status, answers[i]);

        if (seen != expected[i])
            printf("    answer %d:\n", answers[i]);
        CHECK_INT(seen, expected[i]);
    }
}

TEST_VERSIONS(statement_91_outcomes_of_success)
{
    /* In TLS 1.3 a full handshake makes two tickets. */
    int full = version == TLS1_3_VERSION ? 2 : 1;
    const int expected[] = { FATAL, 0, full, 10, 11, FATAL };

    check_outcomes(version, SSL_TICKET_SUCCESS, expected);
}

TEST_VERSIONS(statement_91_outcomes_of_success_renew)
{
    int full = version == TLS1_3_VERSION ? 2 : 1;
    const int expected[] = { FATAL, 0, full, 10, 11, FATAL };

    check_outcomes(version, SSL_TICKET_SUCCESS_RENEW, expected);
}

TEST_VERSIONS(statement_91_outcomes_of_no_decrypt)
{
    int full = version == TLS1_3_VERSION ? 2 : 1;
    const int expected[] = { FATAL, 0, full, FATAL, FATAL, FATAL };

    check_outcomes(version, SSL_TICKET_NO_DECRYPT, expected);
}

/* A TLS 1.2 client without a ticket; a TLS 1.3 client has no such thing to send. */
TEST_TLS12(statement_91_outcomes_of_empty)
{
    const int expected[] = { FATAL, 0, 1, FATAL, FATAL, FATAL };

    check_outcomes(version, SSL_TICKET_EMPTY, expected);
}

/* A session whose ticket was ignored is looked for by its id. */
TEST_TLS12(statement_91_ignored_ticket_and_session_id)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = deciding_server(version);
    SSL_SESSION *session, *answer;
    struct pair pair;
    const unsigned char *id;
    unsigned int len;

    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    answer = SSL_SESSION_dup(SSL_get_session(pair.server));
    finish_pair(&pair);
    /* The client sends the id that it gave its session beside the ticket. */
    id = SSL_SESSION_get_id(session, &len);
    CHECK_INT(len, 32);
    SSL_SESSION_set1_id(answer, id, len);
    CHECK_INT(SSL_CTX_add_session(sctx, answer), 1);
    verdict = SSL_TICKET_RETURN_IGNORE;
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_session_reused(pair.server), 1);
    CHECK_PTR(SSL_get_session(pair.server), answer);
    CHECK_PTR(SSL_get_session(pair.client), session);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 1);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    check_data(&pair);
    finish_pair(&pair);
    /* The same on a server without tickets. */
    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK_INT(SSL_CTX_sess_hits(sctx), 2);
    SSL_CTX_clear_options(sctx, SSL_OP_NO_TICKET);
    /* Not so for a ticket that is refused. */
    verdict = SSL_TICKET_RETURN_IGNORE_RENEW;
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 0);
    /* An id that is not there is a miss; the new session gets an id, no ticket. */
    SSL_CTX_flush_sessions(sctx, 0);
    verdict = SSL_TICKET_RETURN_IGNORE;
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_CTX_sess_misses(sctx), 1);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 0);
    SSL_SESSION_get_id(SSL_get_session(pair.client), &len);
    CHECK_INT(len, 32);
    CHECK_INT(SSL_CTX_sess_number(sctx), 1);
    check_data(&pair);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_SESSION_free(answer);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What the client sends in its hello as session id. */
static unsigned char hello_id[32];
static size_t hello_id_len;

static int note_hello_id(SSL *ssl, int *alert, void *arg)
{
    const unsigned char *id;

    (void)alert, (void)arg;
    hello_id_len = SSL_client_hello_get0_session_id(ssl, &id);
    REQUIRE(hello_id_len <= 32);
    memcpy(hello_id, id, hello_id_len);
    return SSL_CLIENT_HELLO_SUCCESS;
}

static void check_hello_id(uint64_t options)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = new_server_ctx(TLS1_2_VERSION);
    SSL_SESSION *session;
    const unsigned char *id;
    unsigned int len;

    SSL_CTX_set_options(sctx, options);
    SSL_CTX_set_client_hello_cb(sctx, note_hello_id, NULL);
    session = obtain_session(cctx, sctx);
    CHECK_INT(hello_id_len, 0);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    id = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(hello_id, hello_id_len, id, len);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_77_client_offers_the_id_of_its_session)
{
    check_hello_id(0);
    check_hello_id(SSL_OP_NO_TICKET);
}

/* Statements 88, 90 ------------------------------------------------------ */

/* The plain text of a ticket under the context's own keys. */
static int open_ticket(SSL_CTX *ctx, const unsigned char *ticket, size_t len, unsigned char *plain)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    unsigned char keys[KEYS], code[32];
    unsigned int code_len = 0;
    int head = 0, tail = 0;

    REQUIRE(len > 64 && SSL_CTX_get_tlsext_ticket_keys(ctx, keys, KEYS) == 1);
    CHECK_MEM(ticket, 16, keys, 16);
    HMAC(EVP_sha256(), keys + 16, 32, ticket, len - 32, code, &code_len);
    CHECK_MEM(ticket + len - 32, 32, code, code_len);
    REQUIRE(EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, keys + 48, ticket + 16) == 1);
    REQUIRE(EVP_DecryptUpdate(cipher, plain, &head, ticket + 32, (int)len - 64) == 1);
    REQUIRE(EVP_DecryptFinal_ex(cipher, plain + head, &tail) == 1);
    EVP_CIPHER_CTX_free(cipher);
    return head + tail;
}

TEST_VERSIONS(statement_88_what_a_ticket_consists_of)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    SSL_SESSION *inside, *ours, *theirs;
    const unsigned char *ticket, *at, *id;
    unsigned char plain[4096], key[64], other_key[64];
    size_t len, key_len;
    unsigned int id_len, ours_len;
    int plain_len;

    pair = connected_pair(cctx, sctx);
    drain(pair.client);
    ours = SSL_get_session(pair.server);
    theirs = SSL_get_session(pair.client);
    SSL_SESSION_get0_ticket(theirs, &ticket, &len);
    plain_len = open_ticket(sctx, ticket, len, plain);
    at = plain;
    inside = d2i_SSL_SESSION(NULL, &at, plain_len);
    REQUIRE(inside != NULL);
    CHECK_INT(at - plain, plain_len);
    CHECK_INT(SSL_SESSION_get_protocol_version(inside), version);
    CHECK_PTR(SSL_SESSION_get0_cipher(inside), SSL_SESSION_get0_cipher(ours));
    key_len = SSL_SESSION_get_master_key(inside, key, sizeof(key));
    CHECK_INT(SSL_SESSION_get_master_key(theirs, other_key, sizeof(other_key)), key_len);
    CHECK_MEM(key, key_len, other_key, key_len);
    CHECK_INT(SSL_SESSION_get_master_key(ours, other_key, sizeof(other_key)), key_len);
    CHECK_MEM(key, key_len, other_key, key_len);
    CHECK_INT(SSL_SESSION_get_timeout(inside), 7200);
    CHECK_INT(SSL_SESSION_get_time(inside), SSL_SESSION_get_time(ours));
    CHECK_INT(SSL_SESSION_has_ticket(inside), 0);
    at = SSL_SESSION_get_id(inside, &id_len);
    id = SSL_SESSION_get_id(ours, &ours_len);
    CHECK_INT(ours_len, version == TLS1_3_VERSION ? 32 : 0);
    CHECK_MEM(at, id_len, id, ours_len);
    SSL_SESSION_free(inside);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A ticket that somebody changed is as good as none, whatever was changed. */
TEST_VERSIONS(statement_88_changed_tickets)
{
    static const int places[] = { 0, 15, 16, 31, 32, 100, -33, -32, -1 };
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    unsigned char *der = NULL;
    const unsigned char *ticket;
    size_t len;
    int der_len = i2d_SSL_SESSION(session, &der);

    SSL_SESSION_get0_ticket(session, &ticket, &len);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        size_t place = places[i] >= 0 ? (size_t)places[i] : len - (size_t)-places[i];
        unsigned char *copy = memmem(der, (size_t)der_len, ticket, len);
        const unsigned char *at = der;
        SSL_SESSION *changed;

        REQUIRE(copy != NULL);
        copy[place] ^= 0x10;
        changed = d2i_SSL_SESSION(NULL, &at, der_len);
        copy[place] ^= 0x10;
        REQUIRE(changed != NULL);
        CHECK_INT(resumes(cctx, sctx, changed), 0);
        SSL_SESSION_free(changed);
    }
    CHECK_INT(resumes(cctx, sctx, session), 1);
    OPENSSL_free(der);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_90_renewal_with_the_contexts_keys)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    for (int i = 0; i < 2; i++) {
        struct pair pair = offered_pair(cctx, sctx, session);

        drain(pair.client);
        CHECK_INT(SSL_session_reused(pair.client), 1);
        if (version == TLS1_3_VERSION) {
            CHECK(SSL_get_session(pair.client) != session);
            CHECK_INT(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 1);
        } else {
            CHECK_PTR(SSL_get_session(pair.client), session);
        }
        finish_pair(&pair);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* By a key callback it is as the callback answers, in both versions. */
static void check_renewal(int version, int evp, int answer, int tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    set_callback(sctx, evp);
    reset(1, 1);
    session = obtain_session(cctx, sctx);
    reset(1, answer);
    pair = offered_pair(cctx, sctx, session);
    drain(pair.client);
    CHECK_INT(SSL_session_reused(pair.client), answer != 0);
    CHECK_INT(decrypted, 1);
    CHECK_INT(encrypted, tickets);
    CHECK_INT(SSL_get_session(pair.client) != session, tickets > 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_89_renewal_by_key_callback)
{
    for (int evp = 0; evp < 2; evp++) {
        check_renewal(version, evp, 1, 0);
        check_renewal(version, evp, 2, 1);
        check_renewal(version, evp, 0, version == TLS1_3_VERSION ? 2 : 1);
    }
}

/* The new ticket of a resumed TLS 1.2 connection says nothing of its lifetime. */
TEST_VERSIONS(statement_84_lifetime_hint_of_a_renewed_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    set_callback(sctx, 1);
    reset(1, 2);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    pair = offered_pair(cctx, sctx, session);
    drain(pair.client);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK(SSL_get_session(pair.client) != session);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(SSL_get_session(pair.client)), version == TLS1_3_VERSION ? 7200 : 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* With both callbacks set the EVP one is asked. */
static int hmac_called;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static int note_hmac(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac, int encrypt)
{
    hmac_called++;
    return hmac_keys(ssl, name, iv, cipher, mac, encrypt);
}

TEST_VERSIONS(statement_89_evp_callback_wins)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    CHECK_INT(SSL_CTX_set_tlsext_ticket_key_evp_cb(sctx, evp_keys), 1);
    CHECK_INT(SSL_CTX_set_tlsext_ticket_key_cb(sctx, note_hmac), 1);
    reset(1, 1);
    session = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    CHECK(encrypted > 0 && decrypted == 1);
    CHECK_INT(hmac_called, 0);
    /* Without it the other one; without both the context's keys. */
    CHECK_INT(SSL_CTX_set_tlsext_ticket_key_evp_cb(sctx, NULL), 1);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    CHECK(hmac_called > 0);
    SSL_CTX_set_tlsext_ticket_key_cb(sctx, NULL);
    SSL_SESSION_free(session);
    session = obtain_session(cctx, sctx);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
#pragma GCC diagnostic pop

/* From security level 3 on TLS 1.2 has no tickets; TLS 1.3 has. */
static void check_security_level(int version, int client_level, int server_level, int tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *ticket;
    size_t len;
    unsigned int id_len;

    SSL_CTX_set_security_level(cctx, client_level);
    SSL_CTX_set_security_level(sctx, server_level);
    session = obtain_session(cctx, sctx);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    CHECK_INT(len > 32, tickets);
    SSL_SESSION_get_id(session, &id_len);
    CHECK_INT(id_len, 32);
    CHECK_INT(SSL_CTX_sess_number(sctx), !tickets);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(tickets_by_security_level)
{
    int tls13 = version == TLS1_3_VERSION;

    check_security_level(version, 2, 2, 1);
    check_security_level(version, 3, 2, tls13);
    check_security_level(version, 2, 3, tls13);
    check_security_level(version, 3, 3, tls13);
}

/* SSL_OP_NO_TICKET on a client: no ticket in TLS 1.2; in TLS 1.3 the server decides. */
TEST_VERSIONS(client_without_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(cctx, SSL_OP_NO_TICKET);
    session = obtain_session(cctx, sctx);
    CHECK_INT(SSL_SESSION_has_ticket(session), version == TLS1_3_VERSION);
    CHECK_INT(SSL_CTX_sess_number(sctx), version == TLS1_2_VERSION);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A session with a ticket, on a client that will not use tickets any more. */
TEST_VERSIONS(ticket_of_a_client_without_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    SSL_CTX_set_options(cctx, SSL_OP_NO_TICKET);
    CHECK_INT(resumes(cctx, sctx, session), version == TLS1_3_VERSION);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What a server makes of tickets and ids when its options change. */
TEST_VERSIONS(server_that_stops_tickets)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    CHECK_INT(resumes(cctx, sctx, session), 0);
    SSL_SESSION_free(session);
    session = obtain_session(cctx, sctx);
    SSL_CTX_clear_options(sctx, SSL_OP_NO_TICKET);
    CHECK_INT(resumes(cctx, sctx, session), version == TLS1_2_VERSION);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A ticket that does not fit is followed by another: what is refused is replaced. */
TEST_VERSIONS(refused_tickets_are_replaced)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct pair pair;

    /* Another context, then too old. */
    SSL_CTX_set_session_id_context(sctx, (const unsigned char *)"other", 5);
    for (int i = 0; i < 2; i++) {
        if (i == 1) {
            SSL_SESSION_free(session);
            SSL_CTX_set_timeout(sctx, -100);
            session = obtain_session(cctx, sctx);
            SSL_CTX_set_timeout(sctx, 100);
        }
        pair = offered_pair(cctx, sctx, session);
        CHECK_INT(SSL_session_reused(pair.client), 0);
        drain(pair.client);
        CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 1);
        CHECK_INT(SSL_CTX_sess_number(sctx), 0);
        finish_pair(&pair);
    }
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Statement 92 ----------------------------------------------------------- */

static const char *appdata;
static int appdata_seen;

static int put_appdata(SSL *ssl, void *arg)
{
    (void)arg;
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), appdata, strlen(appdata)), 1);
    return 1;
}

static SSL_TICKET_RETURN see_appdata(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t name_len,
                                     SSL_TICKET_STATUS status, void *arg)
{
    void *data = NULL;
    size_t len = 99;

    (void)ssl, (void)name, (void)name_len, (void)arg;
    if (status != SSL_TICKET_SUCCESS && status != SSL_TICKET_SUCCESS_RENEW)
        return SSL_TICKET_RETURN_IGNORE_RENEW;
    appdata_seen++;
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_MEM(data, len, appdata, strlen(appdata));
    return SSL_TICKET_RETURN_USE_RENEW;
}

TEST_VERSIONS(statement_92_appdata_travels_in_the_ticket)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;
    unsigned char *der = NULL, plain[4096];
    const unsigned char *ticket, *at;
    size_t len, data_len;
    void *data;
    int der_len;

    appdata = "application data";
    CHECK_INT(SSL_CTX_set_session_ticket_cb(sctx, put_appdata, see_appdata, NULL), 1);
    session = obtain_session(cctx, sctx);
    /* The client has it in its ticket alone, not in its session. */
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &data_len), 1);
    CHECK_INT(data_len, 0);
    SSL_SESSION_get0_ticket(session, &ticket, &len);
    der_len = open_ticket(sctx, ticket, len, plain);
    CHECK(memmem(plain, (size_t)der_len, appdata, strlen(appdata)) != NULL);
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(appdata_seen, 1);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(SSL_get_session(pair.server), &data, &data_len), 1);
    CHECK_MEM(data, data_len, appdata, strlen(appdata));
    /* It is in the encoding of the server's session, under the tag 18. */
    der_len = i2d_SSL_SESSION(SSL_get_session(pair.server), &der);
    at = memmem(der, (size_t)der_len, appdata, strlen(appdata));
    REQUIRE(at != NULL && at - der > 4);
    CHECK_INT(at[-4], 0xb2);
    CHECK_INT(at[-2], 0x04);
    OPENSSL_free(der);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_92_set_and_clear)
{
    SSL_SESSION *session = SSL_SESSION_new(), *copy;
    void *data = NULL;
    size_t len = 99;

    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_PTR(data, NULL);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(session, "appdata", 7), 1);
    copy = SSL_SESSION_dup(session);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(copy, &data, &len), 1);
    CHECK_MEM(data, len, "appdata", 7);
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(session, NULL, 7), 1);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(session, &data, &len), 1);
    CHECK_PTR(data, NULL);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_set1_ticket_appdata(copy, "x", 0), 1);
    CHECK_INT(SSL_SESSION_get0_ticket_appdata(copy, &data, &len), 1);
    CHECK_INT(len, 0);
    SSL_SESSION_free(copy);
    SSL_SESSION_free(session);
}

/* Session ids of the program's ------------------------------------------- */

static int id_answer, id_first, id_len;

static int make_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    CHECK_INT(*len, 32);
    memset(id, id_first, *len);
    CHECK_INT(SSL_has_matching_session_id(ssl, id, *len), 0);
    *len = (unsigned int)id_len;
    return id_answer;
}

TEST_TLS12(generated_session_id)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *id;
    unsigned int len;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CTX_set_generate_session_id(sctx, make_id), 1);
    id_answer = 1, id_first = 0x61, id_len = 32;
    session = obtain_session(cctx, sctx);
    id = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(id, len, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(generated_session_id_of_an_ssl)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);
    const unsigned char *id;
    unsigned int len;

    SSL_set_options(pair.server, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_set_generate_session_id(pair.server, make_id), 1);
    id_answer = 1, id_first = 0x62, id_len = 32;
    REQUIRE(handshake(&pair));
    id = SSL_SESSION_get_id(SSL_get_session(pair.client), &len);
    CHECK_MEM(id, len, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", 32);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* An id may be shorter. A TLS 1.2 server sends it as it is. */
TEST_TLS12(generated_session_id_shorter)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    const unsigned char *id;
    unsigned int len;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(sctx, make_id);
    id_answer = 1, id_first = 0x61, id_len = 5;
    session = obtain_session(cctx, sctx);
    id = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(id, len, "aaaaa", 5);
    CHECK_INT(resumes(cctx, sctx, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int ids_made;

static int make_different_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    id_first++;
    ids_made++;
    return make_id(ssl, id, len);
}

/* In TLS 1.3 every session of a server gets an id; with SSL_OP_NO_TICKET it is
 * the ticket. */
static void check_tls13_ids(uint64_t options, int len, int resumed)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    SSL_SESSION *session;
    struct pair pair;
    const unsigned char *id, *ticket;
    unsigned int server_len;
    size_t ticket_len;

    SSL_CTX_set_options(sctx, options);
    CHECK_INT(SSL_CTX_set_generate_session_id(sctx, make_different_id), 1);
    id_answer = 1, id_first = 0x61, id_len = len, ids_made = 0;
    pair = connected_pair(cctx, sctx);
    CHECK_INT(ids_made, 2);
    drain(pair.client);
    session = SSL_get1_session(pair.client);
    id = SSL_SESSION_get_id(SSL_get_session(pair.server), &server_len);
    CHECK_INT(server_len, len);
    CHECK_INT(id[0], 0x63);
    SSL_SESSION_get0_ticket(session, &ticket, &ticket_len);
    if (options & SSL_OP_NO_TICKET)
        CHECK_MEM(ticket, ticket_len, id, server_len);
    else
        CHECK(ticket_len > 100);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    CHECK_INT(SSL_CTX_sess_number(sctx), options & SSL_OP_NO_TICKET ? 2 : 0);
    finish_pair(&pair);
    CHECK_INT(resumes(cctx, sctx, session), resumed);
    CHECK_INT(ids_made, resumed ? 3 : 4);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(generated_session_id_tls13)
{
    check_tls13_ids(0, 32, 1);
    check_tls13_ids(0, 7, 1);
    check_tls13_ids(SSL_OP_NO_TICKET, 32, 1);
    /* A ticket of another length is not taken for an id. */
    check_tls13_ids(SSL_OP_NO_TICKET, 7, 0);
}

static void check_bad_id_tls13(int answer, int len, int reason)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_3_VERSION), *sctx = new_server_ctx(TLS1_3_VERSION);
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(sctx, make_id);
    id_answer = answer, id_first = 0x63, id_len = len;
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, reason);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(generated_session_id_refused_tls13)
{
    check_bad_id_tls13(0, 32, SSL_R_SSL_SESSION_ID_CALLBACK_FAILED);
    check_bad_id_tls13(1, 0, SSL_R_SSL_SESSION_ID_HAS_BAD_LENGTH);
    check_bad_id_tls13(1, 33, SSL_R_SSL_SESSION_ID_HAS_BAD_LENGTH);
}

/* The id of a session that the cache has. */
static int make_the_same_id(SSL *ssl, unsigned char *id, unsigned int *len)
{
    (void)ssl;
    memset(id, 'x', *len);
    return 1;
}

TEST_VERSIONS(generated_session_id_conflict)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(sctx, 1);
    SSL_CTX_set_generate_session_id(sctx, make_the_same_id);
    session = obtain_session(cctx, sctx);
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_SSL_SESSION_ID_CONFLICT);
    free_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static void check_bad_id(int answer, int len, int reason)
{
    SSL_CTX *cctx = new_client_ctx(TLS1_2_VERSION), *sctx = new_server_ctx(TLS1_2_VERSION);
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_generate_session_id(sctx, make_id);
    id_answer = answer, id_first = 0x63, id_len = len;
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, reason);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(generated_session_id_refused)
{
    check_bad_id(0, 32, SSL_R_SSL_SESSION_ID_CALLBACK_FAILED);
    check_bad_id(1, 0, SSL_R_SSL_SESSION_ID_HAS_BAD_LENGTH);
    check_bad_id(1, 33, SSL_R_SSL_SESSION_ID_HAS_BAD_LENGTH);
}

/* A ticket that is an id says how long the server keeps the session. */
TEST_TLS13(lifetime_of_a_ticket_that_is_an_id)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session;

    SSL_CTX_set_options(server, SSL_OP_NO_TICKET);
    SSL_CTX_set_timeout(server, 300);
    session = obtain_session(client, server);
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 300);
    CHECK_INT(resumes(client, server, session), 1);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* A client whose ticket is valid but of no use here gets a new one, not an id. */
TEST_TLS12(useless_ticket_is_replaced)
{
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_session_id_context(server, (const unsigned char *)"one", 3);
    session = obtain_session(client, server);
    SSL_CTX_set_session_id_context(server, (const unsigned char *)"two", 3);
    pair = offered_pair(client, server, session);
    CHECK_INT(SSL_session_reused(pair.client), 0);
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(pair.client)), 1);
    CHECK_INT(SSL_CTX_sess_number(server), 0);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}
