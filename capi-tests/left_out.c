/*
 * Every function that abi/libssl.tsv calls inert or refused. What is inert answers
 * as the stock library does, with good arguments and bad ones, before a handshake and
 * after it. What is refused fails as documented, with a reason where OpenSSL's function
 * gives reasons, whatever it is given. Each call leaves a line of outcome that begins
 * with the function; tests/tables.py holds the table against them.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/dh.h>
#include <openssl/srtp.h>

#include "harness.h"

/* A call that both libraries answer alike. */
#define SAME(function, ...)                                                                                            \
    do {                                                                                                               \
        ERR_clear_error();                                                                                             \
        outcome_errors("%s %s: %lld", #function, #__VA_ARGS__, (long long)function(__VA_ARGS__));                      \
    } while (0)
#define SAME_VOID(function, ...)                                                                                       \
    do {                                                                                                               \
        ERR_clear_error();                                                                                             \
        function(__VA_ARGS__);                                                                                         \
        outcome_errors("%s %s", #function, #__VA_ARGS__);                                                              \
    } while (0)

/* A call that fails on Tessera. */
#define REFUSED(failure, wanted, function, ...)                                                                        \
    do {                                                                                                               \
        outcome("%s refused", #function);                                                                              \
        if (on_tessera()) {                                                                                            \
            ERR_clear_error();                                                                                         \
            CHECK_INT(function(__VA_ARGS__), failure);                                                                 \
            CHECK_INT(last_reason(), wanted);                                                                          \
        }                                                                                                              \
    } while (0)
/* The same where nothing is returned. */
#define REFUSED_VOID(function, ...)                                                                                    \
    do {                                                                                                               \
        outcome("%s refused", #function);                                                                              \
        if (on_tessera())                                                                                              \
            function(__VA_ARGS__);                                                                                     \
    } while (0)
/* Where the stock library would crash. */
#define ON_TESSERA(call, answer)                                                                                       \
    do {                                                                                                               \
        if (on_tessera())                                                                                              \
            CHECK_INT(call, answer);                                                                                   \
        ERR_clear_error();                                                                                             \
    } while (0)
#define ON_TESSERA_VOID(call)                                                                                          \
    do {                                                                                                               \
        if (on_tessera())                                                                                              \
            call;                                                                                                      \
        ERR_clear_error();                                                                                             \
    } while (0)

/* Inert ---------------------------------------------------------------------- */

static int job_done(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    abort();
}

static void tell_jobs(SSL *ssl)
{
    int fds[2] = { 77, 77 }, status = 77;
    size_t added = 77, deleted = 77;

    SAME(SSL_waiting_for_async, ssl);
    SAME(SSL_get_all_async_fds, ssl, NULL, &added);
    outcome("%zu", added);
    SAME(SSL_get_all_async_fds, ssl, fds, &added);
    outcome("%zu %d", added, fds[0]);
    SAME(SSL_get_changed_async_fds, ssl, NULL, &added, NULL, &deleted);
    SAME(SSL_get_changed_async_fds, ssl, fds, &added, fds + 1, &deleted);
    outcome("%zu %zu %d %d", added, deleted, fds[0], fds[1]);
    SAME(SSL_get_async_status, ssl, &status);
    outcome("%d", status);
}

static void jobs(int version, int of_context, int of_ssl)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    size_t none = 7;
    int status = 7;

    SAME(SSL_CTX_set_async_callback, sctx, job_done);
    SAME(SSL_CTX_set_async_callback_arg, sctx, &pair);
    SAME(SSL_CTX_set_async_callback, cctx, NULL);
    SAME(SSL_CTX_set_async_callback_arg, cctx, NULL);
    if (of_context)
        SSL_CTX_set_mode(sctx, SSL_MODE_ASYNC);
    pair = new_pair(cctx, sctx);
    if (of_ssl)
        SSL_set_mode(pair.client, SSL_MODE_ASYNC);
    SAME(SSL_set_async_callback, pair.server, job_done);
    SAME(SSL_set_async_callback_arg, pair.server, NULL);
    SAME(SSL_set_async_callback, pair.client, NULL);
    tell_jobs(pair.client);
    tell_jobs(pair.server);
    SSL_do_handshake(pair.client);
    tell_jobs(pair.client);
    REQUIRE(handshake(&pair));
    tell_jobs(pair.client);
    tell_jobs(pair.server);
    check_data(&pair);
    tell_jobs(pair.client);
    tell_jobs(pair.server);
    /* From now on, and no more. */
    SSL_set_mode(pair.server, SSL_MODE_ASYNC);
    SSL_clear_mode(pair.client, SSL_MODE_ASYNC);
    tell_jobs(pair.server);
    check_data(&pair);
    tell_jobs(pair.client);
    tell_jobs(pair.server);
    outcome("want %d %d", SSL_want(pair.client), SSL_want(pair.server));
    close_cleanly(&pair);
    SSL_clear(pair.server);
    tell_jobs(pair.server);
    free_pair(&pair);
    ON_TESSERA(SSL_waiting_for_async(NULL), 0);
    ON_TESSERA(SSL_get_all_async_fds(NULL, NULL, &none), 0);
    ON_TESSERA(SSL_get_changed_async_fds(NULL, NULL, &none, NULL, &none), 0);
    ON_TESSERA(SSL_get_async_status(NULL, &status), 0);
    ON_TESSERA(SSL_set_async_callback(NULL, job_done), 0);
    ON_TESSERA(SSL_set_async_callback_arg(NULL, NULL), 0);
    ON_TESSERA(SSL_CTX_set_async_callback(NULL, job_done), 0);
    ON_TESSERA(SSL_CTX_set_async_callback_arg(NULL, NULL), 0);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(without_asynchronous_mode)
{
    jobs(version, 0, 0);
}

TEST_VERSIONS(asynchronous_mode)
{
    jobs(version, 1, 1);
    jobs(version, 0, 1);
}

/* Mode set late: reading or writing alone, or closing alone, is enough. */
TEST_VERSIONS(asynchronous_mode_late)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);

    for (int i = 0; i < 5; i++) {
        struct pair pair = connected_pair(cctx, sctx);
        char byte;

        SSL_set_mode(pair.client, SSL_MODE_ASYNC);
        outcome("call %d", i);
        if (i == 0)
            SSL_read(pair.client, &byte, 1);
        if (i == 1)
            SSL_write(pair.client, "a", 1);
        if (i == 2)
            SSL_shutdown(pair.client);
        if (i == 3)
            SSL_do_handshake(pair.client);
        if (i == 4)
            SSL_peek(pair.client, &byte, 1);
        tell_jobs(pair.client);
        free_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static EVP_PKEY *dh_key(const char *group)
{
    EVP_PKEY *key = EVP_PKEY_new();
    DH *dh = DH_new_by_nid(OBJ_txt2nid(group));

    REQUIRE(key != NULL && dh != NULL && EVP_PKEY_assign_DH(key, dh) == 1);
    return key;
}

static DH *no_dh(SSL *ssl, int export, int bits)
{
    (void)ssl, (void)export, (void)bits;
    abort();
}

/* Parameters are judged by the security level, and given up when they are taken. */
TEST_VERSIONS(dh_parameters)
{
    static const char *const groups[] = { "ffdhe2048", "ffdhe8192" };
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    SSL *ssl;

    for (int level = 0; level < 5; level += 1) {
        SSL_CTX_set_security_level(sctx, level);
        ssl = SSL_new(sctx);
        for (size_t i = 0; i < 2; i++) {
            EVP_PKEY *key = dh_key(groups[i]);
            int taken;

            EVP_PKEY_up_ref(key);
            ERR_clear_error();
            taken = SSL_CTX_set0_tmp_dh_pkey(sctx, key);
            outcome_errors("SSL_CTX_set0_tmp_dh_pkey %s at %d: %d", groups[i], level, taken);
            if (!taken)
                EVP_PKEY_free(key);
            EVP_PKEY_up_ref(key);
            taken = SSL_set0_tmp_dh_pkey(ssl, key);
            outcome_errors("SSL_set0_tmp_dh_pkey %s at %d: %d", groups[i], level, taken);
            if (!taken)
                EVP_PKEY_free(key);
            EVP_PKEY_free(key);
        }
        SAME(SSL_CTX_set0_tmp_dh_pkey, sctx, NULL);
        SAME(SSL_set0_tmp_dh_pkey, ssl, NULL);
        SSL_free(ssl);
    }
    SSL_CTX_set_security_level(sctx, 2);
    {
        /* Of another kind. */
        EVP_PKEY *key = fixture_key("server-p256");
        int taken = SSL_CTX_set0_tmp_dh_pkey(sctx, key);

        outcome_errors("SSL_CTX_set0_tmp_dh_pkey EC: %d", taken);
        if (!taken)
            EVP_PKEY_free(key);
    }
    SAME_VOID(SSL_CTX_set_tmp_dh_callback, sctx, no_dh);
    SAME_VOID(SSL_CTX_set_tmp_dh_callback, cctx, NULL);
    SSL_CTX_set0_tmp_dh_pkey(sctx, dh_key("ffdhe2048"));
    pair = new_pair(cctx, sctx);
    SAME_VOID(SSL_set_tmp_dh_callback, pair.server, no_dh);
    SAME_VOID(SSL_set_tmp_dh_callback, pair.server, NULL);
    REQUIRE(handshake(&pair));
    SAME_VOID(SSL_set_tmp_dh_callback, pair.server, no_dh);
    check_data(&pair);
    finish_pair(&pair);
    ON_TESSERA(SSL_CTX_set0_tmp_dh_pkey(NULL, NULL), 0);
    ON_TESSERA(SSL_set0_tmp_dh_pkey(NULL, NULL), 0);
    ON_TESSERA_VOID(SSL_CTX_set_tmp_dh_callback(NULL, no_dh));
    ON_TESSERA_VOID(SSL_set_tmp_dh_callback(NULL, no_dh));
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int advertise(SSL *ssl, const unsigned char **out, unsigned *len, void *arg)
{
    (void)ssl, (void)arg;
    *out = (const unsigned char *)"\1a";
    *len = 2;
    return SSL_TLSEXT_ERR_OK;
}

static int choose(SSL *ssl, unsigned char **out, unsigned char *outlen, const unsigned char *in, unsigned inlen,
                  void *arg)
{
    (void)ssl, (void)in, (void)inlen, (void)arg;
    *out = (unsigned char *)"a";
    *outlen = 1;
    return SSL_TLSEXT_ERR_OK;
}

static void tell_npn(SSL *ssl)
{
    const unsigned char *protocol = (const unsigned char *)"";
    unsigned len = 77;

    SAME_VOID(SSL_get0_next_proto_negotiated, ssl, &protocol, &len);
    outcome("%d %u", protocol != NULL, len);
}

/* Where the peer has none of it, or the version. */
TEST_VERSIONS(npn)
{
    for (int i = 0; i < 3; i++) {
        SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
        struct pair pair;

        SAME_VOID(SSL_CTX_set_next_protos_advertised_cb, sctx, i == 1 ? advertise : NULL, NULL);
        SAME_VOID(SSL_CTX_set_next_proto_select_cb, cctx, i == 2 ? choose : NULL, NULL);
        pair = new_pair(cctx, sctx);
        tell_npn(pair.client);
        REQUIRE(handshake(&pair));
        tell_npn(pair.client);
        tell_npn(pair.server);
        check_data(&pair);
        finish_pair(&pair);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
    }
    ON_TESSERA_VOID(SSL_get0_next_proto_negotiated(NULL, NULL, NULL));
    ON_TESSERA_VOID(SSL_CTX_set_next_protos_advertised_cb(NULL, advertise, NULL));
    ON_TESSERA_VOID(SSL_CTX_set_next_proto_select_cb(NULL, choose, NULL));
}

static unsigned no_client_psk(SSL *ssl, const char *hint, char *identity, unsigned max_identity, unsigned char *psk,
                              unsigned max_psk)
{
    (void)ssl, (void)hint, (void)identity, (void)max_identity, (void)psk, (void)max_psk;
    return 0;
}

static unsigned no_server_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned max_psk)
{
    (void)ssl, (void)identity, (void)psk, (void)max_psk;
    return 0;
}

static int no_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    (void)ssl, (void)md;
    *id = NULL;
    *len = 0;
    *session = NULL;
    return 1;
}

static int find_nothing(SSL *ssl, const unsigned char *identity, size_t len, SSL_SESSION **session)
{
    (void)ssl, (void)identity, (void)len;
    *session = NULL;
    return 1;
}

TEST_VERSIONS(pre_shared_keys)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    char text[PSK_MAX_IDENTITY_LEN + 2];
    struct pair pair;

    memset(text, 'x', sizeof(text));
    text[PSK_MAX_IDENTITY_LEN + 1] = 0;
    SAME_VOID(SSL_CTX_set_psk_client_callback, cctx, no_client_psk);
    SAME_VOID(SSL_CTX_set_psk_use_session_callback, cctx, no_session);
    SAME_VOID(SSL_CTX_set_psk_server_callback, sctx, no_server_psk);
    SAME_VOID(SSL_CTX_set_psk_find_session_callback, sctx, find_nothing);
    SAME(SSL_CTX_use_psk_identity_hint, sctx, text);
    SAME(SSL_CTX_use_psk_identity_hint, sctx, text + 1);
    SAME(SSL_CTX_use_psk_identity_hint, sctx, "");
    SAME(SSL_CTX_use_psk_identity_hint, cctx, NULL);
    pair = new_pair(cctx, sctx);
    SAME_VOID(SSL_set_psk_client_callback, pair.client, no_client_psk);
    SAME_VOID(SSL_set_psk_use_session_callback, pair.client, no_session);
    SAME_VOID(SSL_set_psk_server_callback, pair.server, no_server_psk);
    SAME_VOID(SSL_set_psk_find_session_callback, pair.server, find_nothing);
    SAME(SSL_use_psk_identity_hint, pair.server, text);
    SAME(SSL_use_psk_identity_hint, pair.server, text + 1);
    SAME(SSL_use_psk_identity_hint, pair.client, NULL);
    SAME(SSL_use_psk_identity_hint, NULL, "a hint");
    REQUIRE(handshake(&pair));
    SAME(SSL_use_psk_identity_hint, pair.server, "a hint");
    SAME_VOID(SSL_set_psk_client_callback, pair.client, NULL);
    SAME_VOID(SSL_set_psk_server_callback, pair.server, NULL);
    check_data(&pair);
    finish_pair(&pair);
    ON_TESSERA(SSL_CTX_use_psk_identity_hint(NULL, "a hint"), 0);
    ON_TESSERA_VOID(SSL_CTX_set_psk_client_callback(NULL, no_client_psk));
    ON_TESSERA_VOID(SSL_CTX_set_psk_use_session_callback(NULL, no_session));
    ON_TESSERA_VOID(SSL_CTX_set_psk_server_callback(NULL, no_server_psk));
    ON_TESSERA_VOID(SSL_CTX_set_psk_find_session_callback(NULL, find_nothing));
    ON_TESSERA_VOID(SSL_set_psk_client_callback(NULL, no_client_psk));
    ON_TESSERA_VOID(SSL_set_psk_use_session_callback(NULL, no_session));
    ON_TESSERA_VOID(SSL_set_psk_server_callback(NULL, no_server_psk));
    ON_TESSERA_VOID(SSL_set_psk_find_session_callback(NULL, find_nothing));
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(small_ones)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SAME_VOID(SSL_CTX_set_default_read_buffer_len, cctx, 0);
    SAME_VOID(SSL_CTX_set_default_read_buffer_len, sctx, 100000);
    SAME_VOID(SSL_CTX_set_post_handshake_auth, cctx, 1);
    SAME_VOID(SSL_CTX_set_post_handshake_auth, sctx, -1);
    pair = new_pair(cctx, sctx);
    SAME_VOID(SSL_set_default_read_buffer_len, pair.client, 1);
    SAME_VOID(SSL_set_default_read_buffer_len, pair.server, 65537);
    SAME_VOID(SSL_set_post_handshake_auth, pair.client, 0);
    SAME_VOID(SSL_set_post_handshake_auth, pair.server, 1);
    SAME(SSL_renegotiate_pending, pair.client);
    SAME(SSL_renegotiate_pending, pair.server);
    REQUIRE(handshake(&pair));
    SAME(SSL_renegotiate_pending, pair.client);
    SAME(SSL_renegotiate_pending, pair.server);
    SAME_VOID(SSL_set_default_read_buffer_len, pair.client, 20000);
    SAME_VOID(SSL_set_post_handshake_auth, pair.client, 1);
    outcome("SSL_get_selected_srtp_profile %d %d", SSL_get_selected_srtp_profile(pair.client) != NULL,
            SSL_get_selected_srtp_profile(pair.server) != NULL);
    check_data(&pair);
    finish_pair(&pair);
    ON_TESSERA(SSL_renegotiate_pending(NULL), 0);
    ON_TESSERA(SSL_get_selected_srtp_profile(NULL) != NULL, 0);
    ON_TESSERA_VOID(SSL_set_default_read_buffer_len(NULL, 1));
    ON_TESSERA_VOID(SSL_CTX_set_default_read_buffer_len(NULL, 1));
    ON_TESSERA_VOID(SSL_set_post_handshake_auth(NULL, 1));
    ON_TESSERA_VOID(SSL_CTX_set_post_handshake_auth(NULL, 1));
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Methods of TLS 1.0 and 1.1 make contexts; features.c has their handshakes. */
TEST(old_methods)
{
#define METHOD(function)                                                                                               \
    do {                                                                                                               \
        SSL_CTX *ctx = SSL_CTX_new(function());                                                                        \
        SSL *ssl = SSL_new(ctx);                                                                                       \
                                                                                                                       \
        outcome_errors("%s %d: %x %s server %d method %d", #function, ctx != NULL, SSL_version(ssl),                   \
                       SSL_get_version(ssl), SSL_is_server(ssl), SSL_get_ssl_method(ssl) == function());               \
        SSL_free(ssl);                                                                                                 \
        SSL_CTX_free(ctx);                                                                                             \
    } while (0)
    METHOD(TLSv1_method);
    METHOD(TLSv1_client_method);
    METHOD(TLSv1_server_method);
    METHOD(TLSv1_1_method);
    METHOD(TLSv1_1_client_method);
    METHOD(TLSv1_1_server_method);
}

/* Refused -------------------------------------------------------------------- */

/* A method is there; a context of it is not. */
#define NO_CONTEXT(function)                                                                                           \
    do {                                                                                                               \
        outcome("%s refused", #function);                                                                              \
        if (on_tessera()) {                                                                                            \
            CHECK_PTR(SSL_CTX_new(function()), NULL);                                                                  \
            CHECK(last_reason() != 0);                                                                                 \
        }                                                                                                              \
    } while (0)

TEST(dtls)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    NO_CONTEXT(DTLS_method);
    NO_CONTEXT(DTLS_client_method);
    NO_CONTEXT(DTLS_server_method);
    NO_CONTEXT(DTLSv1_method);
    NO_CONTEXT(DTLSv1_client_method);
    NO_CONTEXT(DTLSv1_server_method);
    NO_CONTEXT(DTLSv1_2_method);
    NO_CONTEXT(DTLSv1_2_client_method);
    NO_CONTEXT(DTLSv1_2_server_method);
    REFUSED(0, 0, DTLS_get_data_mtu, ssl);
    REFUSED(0, 0, DTLS_get_data_mtu, NULL);
    REFUSED_VOID(DTLS_set_timer_cb, ssl, NULL);
    REFUSED_VOID(DTLS_set_timer_cb, NULL, NULL);
    REFUSED(-1, SSL_R_UNSUPPORTED_SSL_VERSION, DTLSv1_listen, ssl, NULL);
    REFUSED(-1, SSL_R_UNSUPPORTED_SSL_VERSION, DTLSv1_listen, NULL, NULL);
    REFUSED_VOID(SSL_CTX_set_cookie_generate_cb, ctx, NULL);
    REFUSED_VOID(SSL_CTX_set_cookie_generate_cb, NULL, NULL);
    REFUSED_VOID(SSL_CTX_set_cookie_verify_cb, ctx, NULL);
    REFUSED_VOID(SSL_CTX_set_cookie_verify_cb, NULL, NULL);
    REFUSED_VOID(SSL_CTX_set_stateless_cookie_generate_cb, ctx, NULL);
    REFUSED_VOID(SSL_CTX_set_stateless_cookie_generate_cb, NULL, NULL);
    REFUSED_VOID(SSL_CTX_set_stateless_cookie_verify_cb, ctx, NULL);
    REFUSED_VOID(SSL_CTX_set_stateless_cookie_verify_cb, NULL, NULL);
    REFUSED(-1, ERR_R_DISABLED, SSL_stateless, ssl);
    REFUSED(-1, ERR_R_DISABLED, SSL_stateless, NULL);
    outcome("SSL_test_functions refused");
    if (on_tessera())
        CHECK_PTR(SSL_test_functions(), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(srp)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);
    char text[] = "text";
    int alert = 77;

    REFUSED(0, ERR_R_DISABLED, SRP_Calc_A_param, ssl);
    REFUSED(0, ERR_R_DISABLED, SRP_Calc_A_param, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_SRP_CTX_init, ctx);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_SRP_CTX_init, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_SRP_CTX_init, ssl);
    REFUSED(0, ERR_R_DISABLED, SSL_SRP_CTX_init, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_username, ctx, text);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_username, NULL, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_password, ctx, text);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_password, NULL, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_strength, ctx, 1024);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_strength, NULL, -1);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_cb_arg, ctx, text);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_cb_arg, NULL, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_client_pwd_callback, ctx, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_client_pwd_callback, NULL, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_username_callback, ctx, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_username_callback, NULL, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_verify_param_callback, ctx, NULL);
    REFUSED(0, ERR_R_DISABLED, SSL_CTX_set_srp_verify_param_callback, NULL, NULL);
    REFUSED(-1, ERR_R_DISABLED, SSL_set_srp_server_param, ssl, NULL, NULL, NULL, NULL, NULL);
    REFUSED(-1, ERR_R_DISABLED, SSL_set_srp_server_param, NULL, NULL, NULL, NULL, NULL, text);
    REFUSED(-1, ERR_R_DISABLED, SSL_set_srp_server_param_pw, ssl, text, text, text);
    REFUSED(-1, ERR_R_DISABLED, SSL_set_srp_server_param_pw, NULL, NULL, NULL, NULL);
    REFUSED(SSL3_AL_FATAL, ERR_R_DISABLED, SSL_srp_server_param_with_username, ssl, &alert);
    if (on_tessera())
        CHECK_INT(alert, SSL_AD_INTERNAL_ERROR);
    REFUSED(SSL3_AL_FATAL, ERR_R_DISABLED, SSL_srp_server_param_with_username, NULL, NULL);
    /* Those that only look answer alike. */
    outcome_errors("SSL_get_srp_N %d", SSL_get_srp_N(ssl) != NULL);
    outcome_errors("SSL_get_srp_g %d", SSL_get_srp_g(ssl) != NULL);
    outcome_errors("SSL_get_srp_username %d", SSL_get_srp_username(ssl) != NULL);
    outcome_errors("SSL_get_srp_userinfo %d", SSL_get_srp_userinfo(ssl) != NULL);
    ON_TESSERA(SSL_get_srp_N(NULL) != NULL, 0);
    ON_TESSERA(SSL_get_srp_g(NULL) != NULL, 0);
    ON_TESSERA(SSL_get_srp_username(NULL) != NULL, 0);
    ON_TESSERA(SSL_get_srp_userinfo(NULL) != NULL, 0);
    SAME(SSL_SRP_CTX_free, ssl);
    SAME(SSL_SRP_CTX_free, NULL);
    SAME(SSL_CTX_SRP_CTX_free, ctx);
    SAME(SSL_CTX_SRP_CTX_free, NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* A server asks nobody again: what stands in the way comes first, as in OpenSSL. */
TEST_VERSIONS(asking_later)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = new_pair(cctx, sctx);

    SAME(SSL_verify_client_post_handshake, pair.client);
    SAME(SSL_verify_client_post_handshake, pair.server);
    REQUIRE(handshake(&pair));
    SAME(SSL_verify_client_post_handshake, pair.client);
    SAME(SSL_verify_client_post_handshake, pair.server);
    check_data(&pair);
    finish_pair(&pair);
    ON_TESSERA(SSL_verify_client_post_handshake(NULL), 0);
    SSL_CTX_set_post_handshake_auth(cctx, 1);
    pair = connected_pair(cctx, sctx);
    if (version == TLS1_3_VERSION)
        REFUSED(0, SSL_R_EXTENSION_NOT_RECEIVED, SSL_verify_client_post_handshake, pair.server);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(renegotiation)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);

    if (version == TLS1_3_VERSION) {
        SAME(SSL_renegotiate, pair.client);
        SAME(SSL_renegotiate_abbreviated, pair.client);
        SAME(SSL_renegotiate, pair.server);
        SAME(SSL_renegotiate_abbreviated, pair.server);
    } else {
        REFUSED(0, SSL_R_NO_RENEGOTIATION, SSL_renegotiate, pair.client);
        REFUSED(0, SSL_R_NO_RENEGOTIATION, SSL_renegotiate_abbreviated, pair.client);
        REFUSED(0, SSL_R_NO_RENEGOTIATION, SSL_renegotiate, pair.server);
        SSL_set_options(pair.client, SSL_OP_NO_RENEGOTIATION);
        SAME(SSL_renegotiate, pair.client);
        SAME(SSL_renegotiate_abbreviated, pair.client);
    }
    SAME(SSL_renegotiate_pending, pair.client);
    ON_TESSERA(SSL_renegotiate(NULL), 0);
    ON_TESSERA(SSL_renegotiate_abbreviated(NULL), 0);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}
