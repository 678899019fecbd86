/*
 * Verification of certificates on both sides, and what the peer is told.
 */
#include "harness.h"

struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

static struct contexts new_contexts(int version, const char *identity)
{
    struct contexts contexts = { new_client_ctx(version), SSL_CTX_new(TLS_server_method()) };

    use_identity(contexts.server, identity);
    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

/* The client refuses the server's certificate. */
static void check_refused(struct pair *pair, long verify_result, int alert_reason)
{
    CHECK_INT(handshake(pair), 0);
    CHECK_INT(pair->client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair->client_end.reason, SSL_R_CERTIFICATE_VERIFY_FAILED);
    CHECK_INT(SSL_get_verify_result(pair->client), verify_result);
    CHECK_INT(pair->server_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair->server_end.reason, alert_reason);
}

static void check_identity_refused(int version, const char *identity, long verify_result, int alert_reason)
{
    struct contexts contexts = new_contexts(version, identity);
    struct pair pair = new_pair(contexts.client, contexts.server);

    check_refused(&pair, verify_result, alert_reason);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(accepted)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = connected_pair(contexts.client, contexts.server);
    STACK_OF(X509) *chain;
    X509 *leaf = fixture_cert("server-p256"), *ca = fixture_cert("ca");

    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    /* What the peer sent: the leaf, because the server's store has nothing to add. */
    chain = SSL_get_peer_cert_chain(pair.client);
    REQUIRE(chain != NULL);
    CHECK_INT(sk_X509_num(chain), 1);
    CHECK_INT(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
    chain = SSL_get0_verified_chain(pair.client);
    REQUIRE(chain != NULL);
    CHECK_INT(sk_X509_num(chain), 2);
    CHECK_INT(X509_cmp(sk_X509_value(chain, 0), leaf), 0);
    CHECK_INT(X509_cmp(sk_X509_value(chain, 1), ca), 0);
    X509_free(leaf);
    X509_free(ca);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(unknown_authority)
{
    check_identity_refused(version, "untrusted", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                           SSL_R_TLSV1_ALERT_UNKNOWN_CA);
}

TEST_VERSIONS(expired)
{
    check_identity_refused(version, "expired", X509_V_ERR_CERT_HAS_EXPIRED, SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED);
}

TEST_VERSIONS(not_yet_valid)
{
    check_identity_refused(version, "future", X509_V_ERR_CERT_NOT_YET_VALID, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
}

TEST_VERSIONS(self_signed)
{
    check_identity_refused(version, "self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
                           SSL_R_TLSV1_ALERT_UNKNOWN_CA);
}

TEST_VERSIONS(issuer_missing)
{
    check_identity_refused(version, "chained", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                           SSL_R_TLSV1_ALERT_UNKNOWN_CA);
}

/* A client's certificate is not one for servers. */
TEST_VERSIONS(wrong_purpose)
{
    check_identity_refused(version, "client", X509_V_ERR_INVALID_PURPOSE, SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE);
}

TEST_VERSIONS(chain_from_the_server)
{
    struct contexts contexts = { new_client_ctx(version), SSL_CTX_new(TLS_server_method()) };
    struct pair pair;

    REQUIRE(SSL_CTX_use_certificate_chain_file(contexts.server, fixture("chained-chain.pem")) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(contexts.server, fixture("chained-key.pem"), SSL_FILETYPE_PEM) == 1);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(sk_X509_num(SSL_get_peer_cert_chain(pair.client)), 2);
    CHECK_INT(sk_X509_num(SSL_get0_verified_chain(pair.client)), 3);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Hosts ------------------------------------------------------------------- */

TEST_VERSIONS(host_matches)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = new_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_set1_host(pair.client, "nobody.example.net"), 1);
    CHECK_INT(SSL_add1_host(pair.client, "www.example.org"), 1);
    REQUIRE(handshake(&pair));
    CHECK_STR(SSL_get0_peername(pair.client), "*.example.org");
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(wrong_host)
{
    struct contexts contexts = new_contexts(version, "wrong-host");
    struct pair pair = new_pair(contexts.client, contexts.server);

    CHECK_INT(SSL_set1_host(pair.client, "localhost"), 1);
    check_refused(&pair, X509_V_ERR_HOSTNAME_MISMATCH, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(wrong_host_by_param)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = new_pair(contexts.client, contexts.server);

    REQUIRE(X509_VERIFY_PARAM_set1_host(SSL_get0_param(pair.client), "a.b.example.org", 0) == 1);
    check_refused(&pair, X509_V_ERR_HOSTNAME_MISMATCH, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(host_by_the_param_of_the_context)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair;

    REQUIRE(X509_VERIFY_PARAM_set1_host(SSL_CTX_get0_param(contexts.client), "elsewhere.org", 0) == 1);
    pair = new_pair(contexts.client, contexts.server);
    check_refused(&pair, X509_V_ERR_HOSTNAME_MISMATCH, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(address_by_param)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = new_pair(contexts.client, contexts.server);

    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pair.client), "127.0.0.1");
    REQUIRE(handshake(&pair));
    finish_pair(&pair);
    pair = new_pair(contexts.client, contexts.server);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(pair.client), "127.0.0.2");
    check_refused(&pair, X509_V_ERR_IP_ADDRESS_MISMATCH, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
    free_pair(&pair);
    free_contexts(&contexts);
}

TEST(host_flags)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_WILDCARDS);
    CHECK_INT(X509_VERIFY_PARAM_get_hostflags(SSL_get0_param(ssl)), X509_CHECK_FLAG_NO_WILDCARDS);
    CHECK_PTR(SSL_get0_peername(ssl), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST_VERSIONS(param_set1)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = new_pair(contexts.client, contexts.server);
    X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();

    X509_VERIFY_PARAM_set1_host(param, "elsewhere.org", 0);
    CHECK_INT(SSL_set1_param(pair.client, param), 1);
    X509_VERIFY_PARAM_free(param);
    check_refused(&pair, X509_V_ERR_HOSTNAME_MISMATCH, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* Depth ------------------------------------------------------------------- */

TEST_VERSIONS(depth)
{
    struct contexts contexts = { new_client_ctx(version), SSL_CTX_new(TLS_server_method()) };
    struct pair pair;

    REQUIRE(SSL_CTX_use_certificate_chain_file(contexts.server, fixture("chained-chain.pem")) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(contexts.server, fixture("chained-key.pem"), SSL_FILETYPE_PEM) == 1);
    CHECK_INT(SSL_CTX_get_verify_depth(contexts.client), -1);
    SSL_CTX_set_verify_depth(contexts.client, 0);
    CHECK_INT(SSL_CTX_get_verify_depth(contexts.client), 0);
    pair = new_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_verify_depth(pair.client), 0);
    check_refused(&pair, X509_V_ERR_CERT_CHAIN_TOO_LONG, SSL_R_TLSV1_ALERT_UNKNOWN_CA);
    free_pair(&pair);
    pair = new_pair(contexts.client, contexts.server);
    SSL_set_verify_depth(pair.client, 1);
    REQUIRE(handshake(&pair));
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Callbacks --------------------------------------------------------------- */

static struct {
    int calls, failures, answer, error, depth;
    SSL *ssl;
    char order[100];
} seen;

static int note_verify(int ok, X509_STORE_CTX *store)
{
    seen.calls++;
    snprintf(seen.order + strlen(seen.order), sizeof(seen.order) - strlen(seen.order), "%d:%d ",
             X509_STORE_CTX_get_error_depth(store), X509_STORE_CTX_get_error(store));
    seen.ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    CHECK(X509_STORE_CTX_get_current_cert(store) != NULL);
    if (!ok) {
        seen.failures++;
        seen.error = X509_STORE_CTX_get_error(store);
        seen.depth = X509_STORE_CTX_get_error_depth(store);
    }
    return seen.answer >= 0 ? seen.answer : ok;
}

TEST_VERSIONS(callback_sees_each_certificate)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair;

    seen.answer = -1;
    SSL_CTX_set_verify(contexts.client, SSL_VERIFY_PEER, note_verify);
    CHECK(SSL_CTX_get_verify_callback(contexts.client) == note_verify);
    CHECK_INT(SSL_CTX_get_verify_mode(contexts.client), SSL_VERIFY_PEER);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK(SSL_get_verify_callback(pair.client) == note_verify);
    CHECK_STR(seen.order, "1:0 0:0 ");
    CHECK_PTR(seen.ssl, pair.client);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The callback accepts: the handshake goes on, the verify result stays. */
TEST_VERSIONS(callback_accepts)
{
    struct contexts contexts = new_contexts(version, "untrusted");
    struct pair pair = new_pair(contexts.client, contexts.server);

    seen.answer = 1;
    SSL_set_verify(pair.client, SSL_VERIFY_PEER, note_verify);
    REQUIRE(handshake(&pair));
    CHECK(seen.failures > 0);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(callback_refuses)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    struct pair pair = new_pair(contexts.client, contexts.server);

    seen.answer = 0;
    SSL_set_verify(pair.client, SSL_VERIFY_PEER, note_verify);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_CERTIFICATE_VERIFY_FAILED);
    CHECK_INT(seen.calls, 1);
    free_pair(&pair);
    free_contexts(&contexts);
}

static int callback_answer, callback_error, callback_calls;
static void *callback_arg;

static int whole_verification(X509_STORE_CTX *store, void *arg)
{
    callback_calls++;
    callback_arg = arg;
    CHECK(X509_STORE_CTX_get0_cert(store) != NULL);
    CHECK(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()) != NULL);
    X509_STORE_CTX_set_error(store, callback_error);
    return callback_answer;
}

TEST_VERSIONS(cert_verify_callback)
{
    struct contexts contexts = new_contexts(version, "untrusted");
    struct pair pair;

    SSL_CTX_set_cert_verify_callback(contexts.client, whole_verification, &seen);
    callback_answer = 1;
    callback_error = X509_V_OK;
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(callback_calls, 1);
    CHECK_PTR(callback_arg, &seen);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    finish_pair(&pair);

    callback_answer = 0;
    callback_error = X509_V_ERR_CERT_REVOKED;
    pair = new_pair(contexts.client, contexts.server);
    check_refused(&pair, X509_V_ERR_CERT_REVOKED, SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* With SSL_VERIFY_NONE the client verifies and goes on. */
TEST_VERSIONS(verify_none)
{
    struct contexts contexts = new_contexts(version, "expired");
    struct pair pair;

    SSL_CTX_set_verify(contexts.client, SSL_VERIFY_NONE, NULL);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_verify_mode(pair.client), SSL_VERIFY_NONE);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_ERR_CERT_HAS_EXPIRED);
    CHECK(SSL_get0_peer_certificate(pair.client) != NULL);
    check_data(&pair);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* The verify result travels with the session. */
TEST_VERSIONS(verify_result_of_a_resumed_session)
{
    struct contexts contexts = new_contexts(version, "expired");
    SSL_SESSION *session;
    struct pair pair;

    SSL_CTX_set_verify(contexts.client, SSL_VERIFY_NONE, NULL);
    session = obtain_session(contexts.client, contexts.server);
    pair = offered_pair(contexts.client, contexts.server, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_ERR_CERT_HAS_EXPIRED);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST(verify_result_is_settable)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = SSL_new(ctx);

    CHECK_INT(SSL_get_verify_result(ssl), X509_V_OK);
    SSL_set_verify_result(ssl, X509_V_ERR_CERT_REVOKED);
    CHECK_INT(SSL_get_verify_result(ssl), X509_V_ERR_CERT_REVOKED);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Stores ------------------------------------------------------------------ */

TEST_VERSIONS(store_of_the_ssl)
{
    struct contexts contexts = new_contexts(version, "untrusted");
    struct pair pair = new_pair(contexts.client, contexts.server);
    X509_STORE *store = X509_STORE_new();
    X509 *ca = fixture_cert("other-ca");

    X509_STORE_add_cert(store, ca);
    CHECK_INT(SSL_set1_verify_cert_store(pair.client, store), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    X509_free(ca);
    X509_STORE_free(store);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(store_of_the_context)
{
    struct contexts contexts = new_contexts(version, "untrusted");
    X509_STORE *store = X509_STORE_new();
    X509 *ca = fixture_cert("other-ca");
    struct pair pair;

    X509_STORE_add_cert(store, ca);
    X509_free(ca);
    SSL_CTX_set1_cert_store(contexts.client, store);
    CHECK_PTR(SSL_CTX_get_cert_store(contexts.client), store);
    X509_STORE_free(store);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    finish_pair(&pair);
    free_contexts(&contexts);
}

/* Client certificates ----------------------------------------------------- */

static struct contexts mutual_contexts(int version, int mode, const char *client_identity)
{
    struct contexts contexts = new_contexts(version, "server-p256");
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(fixture("ca.pem"));

    REQUIRE(names != NULL);
    REQUIRE(SSL_CTX_load_verify_locations(contexts.server, fixture("ca.pem"), NULL) == 1);
    SSL_CTX_set_client_CA_list(contexts.server, names);
    SSL_CTX_set_verify(contexts.server, mode, NULL);
    SSL_CTX_set_session_id_context(contexts.server, (const unsigned char *)"mutual", 6);
    if (client_identity != NULL)
        use_identity(contexts.client, client_identity);
    return contexts;
}

static void check_client_accepted(int version, int mode, const char *identity)
{
    struct contexts contexts = mutual_contexts(version, mode, identity);
    struct pair pair = connected_pair(contexts.client, contexts.server);
    X509 *peer = SSL_get1_peer_certificate(pair.server);

    if (identity != NULL && mode != SSL_VERIFY_NONE) {
        X509 *expected = fixture_cert(identity);

        CHECK(peer != NULL && X509_cmp(peer, expected) == 0);
        CHECK_INT(sk_X509_num(SSL_get0_verified_chain(pair.server)), 2);
        /* A server's chain of the peer is without the leaf. It has the root, which
         * the client found in its own store and sent. */
        CHECK_INT(sk_X509_num(SSL_get_peer_cert_chain(pair.server)), 1);
        X509_free(expected);
    } else {
        CHECK_PTR(peer, NULL);
    }
    CHECK_INT(SSL_get_verify_result(pair.server), X509_V_OK);
    check_data(&pair);
    X509_free(peer);
    finish_pair(&pair);
    free_contexts(&contexts);
}

#define REQUIRED (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT)

TEST_VERSIONS(client_certificate)
{
    check_client_accepted(version, SSL_VERIFY_PEER, "client");
    check_client_accepted(version, REQUIRED, "client");
    check_client_accepted(version, REQUIRED, "client-rsa");
    check_client_accepted(version, SSL_VERIFY_PEER, NULL);
    check_client_accepted(version, SSL_VERIFY_NONE, "client");
}

static void check_client_refused(int version, const char *identity, int server_reason, int client_reason,
                                 long verify_result)
{
    struct contexts contexts = mutual_contexts(version, REQUIRED, identity);
    struct pair pair = new_pair(contexts.client, contexts.server);

    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.server_end.reason, server_reason);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.client_end.reason, client_reason);
    CHECK_INT(SSL_get_verify_result(pair.server), verify_result);
    free_pair(&pair);
    free_contexts(&contexts);
}

/* SSL_MODE_NO_AUTO_CHAIN: only what was configured is sent. */
TEST_VERSIONS(client_certificate_without_auto_chain)
{
    struct contexts contexts = mutual_contexts(version, REQUIRED, "client");
    struct pair pair;

    SSL_CTX_set_mode(contexts.client, SSL_MODE_NO_AUTO_CHAIN);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(sk_X509_num(SSL_get_peer_cert_chain(pair.server)), 0);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(client_certificate_missing)
{
    check_client_refused(version, NULL, SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE,
                         version == TLS1_3_VERSION ? SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED
                                                   : SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE,
                         X509_V_OK);
}

TEST_VERSIONS(client_certificate_of_another_authority)
{
    check_client_refused(version, "client-other", SSL_R_CERTIFICATE_VERIFY_FAILED, SSL_R_TLSV1_ALERT_UNKNOWN_CA,
                         X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST_VERSIONS(client_certificate_with_the_wrong_purpose)
{
    check_client_refused(version, "server-p384", SSL_R_CERTIFICATE_VERIFY_FAILED,
                         SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE, X509_V_ERR_INVALID_PURPOSE);
}

static int client_cert_calls;

static int give_client_cert(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    const STACK_OF(X509_NAME) *names = SSL_get_client_CA_list(ssl);
    X509 *ca = fixture_cert("ca");

    client_cert_calls++;
    CHECK_INT(sk_X509_NAME_num(names), 1);
    CHECK_INT(X509_NAME_cmp(sk_X509_NAME_value(names, 0), X509_get_subject_name(ca)), 0);
    CHECK_INT(sk_X509_NAME_num(SSL_get0_peer_CA_list(ssl)), 1);
    X509_free(ca);
    *cert = fixture_cert("client");
    *key = fixture_key("client");
    return 1;
}

TEST_VERSIONS(client_certificate_callback)
{
    struct contexts contexts = mutual_contexts(version, REQUIRED, NULL);
    struct pair pair;
    X509 *expected = fixture_cert("client");

    SSL_CTX_set_client_cert_cb(contexts.client, give_client_cert);
    CHECK(SSL_CTX_get_client_cert_cb(contexts.client) == give_client_cert);
    pair = connected_pair(contexts.client, contexts.server);
    CHECK_INT(client_cert_calls, 1);
    CHECK_INT(X509_cmp(SSL_get0_peer_certificate(pair.server), expected), 0);
    X509_free(expected);
    finish_pair(&pair);
    free_contexts(&contexts);
}

static int cert_cb_calls;

static int choose_certificate(SSL *ssl, void *arg)
{
    cert_cb_calls++;
    CHECK_PTR(arg, &cert_cb_calls);
    if (cert_cb_calls == 1)
        return -1;
    REQUIRE(SSL_use_certificate_file(ssl, fixture("server-rsa.pem"), SSL_FILETYPE_PEM) == 1);
    REQUIRE(SSL_use_PrivateKey_file(ssl, fixture("server-rsa-key.pem"), SSL_FILETYPE_PEM) == 1);
    return 1;
}

TEST_VERSIONS(certificate_callback_of_a_server)
{
    struct contexts contexts = { new_client_ctx(version), SSL_CTX_new(TLS_server_method()) };
    struct pair pair = new_pair(contexts.client, contexts.server);
    int ret;

    SSL_set_cert_cb(pair.server, choose_certificate, &cert_cb_calls);
    SSL_do_handshake(pair.client);
    ret = SSL_do_handshake(pair.server);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_WANT_X509_LOOKUP);
    CHECK_INT(SSL_want(pair.server), SSL_X509_LOOKUP);
    REQUIRE(handshake(&pair));
    CHECK_INT(cert_cb_calls, 2);
    CHECK_INT(EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(pair.client))), EVP_PKEY_RSA);
    finish_pair(&pair);
    free_contexts(&contexts);
}

TEST_VERSIONS(client_certificate_resumed)
{
    struct contexts contexts = mutual_contexts(version, REQUIRED, "client");
    SSL_SESSION *session = obtain_session(contexts.client, contexts.server);
    struct pair pair = offered_pair(contexts.client, contexts.server, session);
    X509 *expected = fixture_cert("client");

    CHECK_INT(SSL_session_reused(pair.server), 1);
    REQUIRE(SSL_get0_peer_certificate(pair.server) != NULL);
    CHECK_INT(X509_cmp(SSL_get0_peer_certificate(pair.server), expected), 0);
    CHECK_INT(SSL_get_verify_result(pair.server), X509_V_OK);
    X509_free(expected);
    finish_pair(&pair);
    SSL_SESSION_free(session);
    free_contexts(&contexts);
}

TEST(client_ca_lists)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    SSL *ssl;
    X509 *ca = fixture_cert("ca"), *other = fixture_cert("other-ca");

    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get_client_CA_list(ctx)), 0);
    CHECK_INT(SSL_CTX_add_client_CA(ctx, ca), 1);
    CHECK_INT(SSL_CTX_add_client_CA(ctx, other), 1);
    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get_client_CA_list(ctx)), 2);
    ssl = SSL_new(ctx);
    SSL_set_accept_state(ssl);
    CHECK_INT(sk_X509_NAME_num(SSL_get_client_CA_list(ssl)), 2);
    CHECK_INT(SSL_add_client_CA(ssl, ca), 1);
    /* The SSL's own list replaces the context's. */
    CHECK_INT(sk_X509_NAME_num(SSL_get_client_CA_list(ssl)), 1);
    CHECK_INT(SSL_CTX_add1_to_CA_list(ctx, ca), 1);
    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)), 1);
    X509_free(ca);
    X509_free(other);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(locations)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    CHECK_INT(SSL_CTX_load_verify_locations(ctx, fixture("ca.pem"), NULL), 1);
    CHECK_INT(SSL_CTX_load_verify_file(ctx, fixture("ca.pem")), 1);
    CHECK_INT(SSL_CTX_load_verify_dir(ctx, "/tmp"), 1);
    CHECK_INT(SSL_CTX_load_verify_locations(ctx, NULL, NULL), 0);
    CHECK_INT(SSL_CTX_load_verify_locations(ctx, fixture("absent.pem"), NULL), 0);
    CHECK(ERR_peek_error() != 0);
    CHECK_INT(SSL_CTX_set_default_verify_paths(ctx), 1);
    SSL_CTX_free(ctx);
}
