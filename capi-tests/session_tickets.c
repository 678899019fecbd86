/*
 * What a server's tickets and session ids are made of, as far as programs
 * choose it: ticket keys, key callbacks, ticket callbacks, generated ids.
 */
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

static int evp_keys(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
    OSSL_PARAM params[3];

    (void)ssl;
    params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)secret, 32);
    params[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA384", 0);
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
