/*
 * OCSP stapling: the status callback of both ends.
 */
#include "harness.h"

static const unsigned char response[] = "a response";

static struct {
    int answer, calls;
    long seen;
} server, client;

static int server_status(SSL *ssl, void *arg)
{
    CHECK_PTR(arg, &server);
    CHECK_INT(SSL_get_tlsext_status_type(ssl), TLSEXT_STATUSTYPE_ocsp);
    CHECK(SSL_get_certificate(ssl) != NULL);
    CHECK_INT(SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(response, sizeof(response)), sizeof(response)), 1);
    server.calls++;
    return server.answer;
}

static int client_status(SSL *ssl, void *arg)
{
    const unsigned char *data;

    CHECK_PTR(arg, &client);
    client.seen = SSL_get_tlsext_status_ocsp_resp(ssl, &data);
    if (client.seen > 0)
        CHECK_MEM(data, client.seen, response, sizeof(response));
    client.calls++;
    return client.answer;
}

static SSL_CTX *cctx, *sctx;

static void start(int version, int server_answer, int client_answer)
{
    cctx = new_client_ctx(version);
    sctx = new_server_ctx(version);
    server.answer = server_answer;
    client.answer = client_answer;
    server.calls = client.calls = client.seen = 0;
    CHECK_INT(SSL_CTX_set_tlsext_status_cb(sctx, server_status), 1);
    CHECK_INT(SSL_CTX_set_tlsext_status_arg(sctx, &server), 1);
    CHECK_INT(SSL_CTX_set_tlsext_status_cb(cctx, client_status), 1);
    CHECK_INT(SSL_CTX_set_tlsext_status_arg(cctx, &client), 1);
    CHECK_INT(SSL_CTX_get_tlsext_status_type(cctx), -1);
    CHECK_INT(SSL_CTX_set_tlsext_status_type(cctx, TLSEXT_STATUSTYPE_ocsp), 1);
}

static void end(struct pair *pair)
{
    free_pair(pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(stapled)
{
    struct pair pair;
    const unsigned char *data;

    start(version, SSL_TLSEXT_ERR_OK, 1);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(server.calls, 1);
    CHECK_INT(client.calls, 1);
    CHECK_INT(client.seen, sizeof(response));
    CHECK_INT(SSL_get_tlsext_status_ocsp_resp(pair.client, &data), sizeof(response));
    CHECK_MEM(data, sizeof(response), response, sizeof(response));
    check_data(&pair);
    end(&pair);
}

TEST_VERSIONS(nothing_stapled)
{
    struct pair pair;

    start(version, SSL_TLSEXT_ERR_NOACK, 1);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(server.calls, 1);
    CHECK_INT(client.calls, 1);
    CHECK_INT(client.seen, -1);
    end(&pair);
}

TEST_VERSIONS(server_refuses)
{
    struct pair pair;

    start(version, SSL_TLSEXT_ERR_ALERT_FATAL, 1);
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.reason, SSL_R_CLIENTHELLO_TLSEXT);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
    end(&pair);
}

TEST_VERSIONS(client_is_not_content)
{
    struct pair pair;

    start(version, SSL_TLSEXT_ERR_OK, 0);
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_INVALID_STATUS_RESPONSE);
    CHECK_INT(pair.server_end.reason, SSL_R_TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE);
    end(&pair);

    start(version, SSL_TLSEXT_ERR_OK, -1);
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_OCSP_CALLBACK_FAILURE);
    end(&pair);
}

TEST_VERSIONS(not_asked)
{
    struct pair pair;
    const unsigned char *data = response;

    start(version, SSL_TLSEXT_ERR_OK, 1);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_set_tlsext_status_type(pair.client, -1), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(client.calls, 0);
    CHECK_INT(SSL_get_tlsext_status_ocsp_resp(pair.client, &data), -1);
    CHECK_PTR(data, NULL);
    end(&pair);
}

/* A resumed TLS 1.3 handshake asks the client's callback, TLS 1.2 does not. */
TEST_VERSIONS(resumed)
{
    struct pair pair;
    SSL_SESSION *session;

    start(version, SSL_TLSEXT_ERR_OK, 1);
    session = obtain_session(cctx, sctx);
    server.calls = client.calls = 0;
    pair = offered_pair(cctx, sctx, session);
    CHECK_INT(SSL_session_reused(pair.client), 1);
    CHECK_INT(server.calls, 0);
    CHECK_INT(client.calls, version == TLS1_3_VERSION);
    SSL_SESSION_free(session);
    end(&pair);
}
