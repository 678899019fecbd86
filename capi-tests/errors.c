/*
 * Misuse, and peers that do not speak TLS: the answers and the reasons.
 */
#include "harness.h"

/* A peer that sends fixed bytes ------------------------------------------- */

static SSL *fed_ssl(SSL_CTX *ctx, int server, const void *bytes, size_t len)
{
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new(BIO_s_mem());

    BIO_write(in, bytes, (int)len);
    /* After these bytes: the end of the stream. */
    BIO_set_mem_eof_return(in, 0);
    SSL_set_bio(ssl, in, BIO_new(BIO_s_mem()));
    if (server)
        SSL_set_accept_state(ssl);
    else
        SSL_set_connect_state(ssl);
    return ssl;
}

/* The description of the alert that the last record sent is, or -1. */
static int sent_alert(SSL *ssl)
{
    unsigned char *data;
    long len = BIO_get_mem_data(SSL_get_wbio(ssl), &data), at = 0, last = -1;

    while (at + 5 <= len)
        last = at, at += 5 + (data[at + 3] << 8 | data[at + 4]);
    return last >= 0 && at == len && data[last] == SSL3_RT_ALERT ? data[len - 1] : -1;
}

static void check_fed(int server, const char *bytes, size_t len, int reason, int alert)
{
    SSL_CTX *ctx = server ? new_server_ctx(0) : new_client_ctx(0);
    SSL *ssl = fed_ssl(ctx, server, bytes, len);
    int ret = SSL_do_handshake(ssl);

    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SSL);
    CHECK_REASON(reason);
    CHECK_INT(sent_alert(ssl), alert);
    /* It stays dead, and has nothing to add. */
    ret = SSL_do_handshake(ssl);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SYSCALL);
    CHECK_INT(last_reason(), 0);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(http_to_a_server)
{
    static const char get[] = "GET / HTTP/1.0\r\n\r\n", post[] = "POST / HTTP/1.0\r\n\r\n",
                      connect[] = "CONNECT example.org:443 HTTP/1.0\r\n\r\n";

    check_fed(1, get, sizeof(get) - 1, SSL_R_HTTP_REQUEST, -1);
    check_fed(1, post, sizeof(post) - 1, SSL_R_HTTP_REQUEST, -1);
    check_fed(1, connect, sizeof(connect) - 1, SSL_R_HTTPS_PROXY_REQUEST, -1);
}

TEST(http_to_a_client)
{
    static const char answer[] = "HTTP/1.0 400 Bad Request\r\n\r\n", get[] = "GET / HTTP/1.0\r\n\r\n",
                      connect[] = "CONNECT example.org:443 HTTP/1.0\r\n\r\n";

    check_fed(0, answer, sizeof(answer) - 1, SSL_R_WRONG_VERSION_NUMBER, -1);
    /* A request is called one at a client, too. */
    check_fed(0, get, sizeof(get) - 1, SSL_R_HTTP_REQUEST, -1);
    check_fed(0, connect, sizeof(connect) - 1, SSL_R_HTTPS_PROXY_REQUEST, -1);
}

/* A ClientHello in SSL 2's form that offers SSL 2. A client knows no such form. */
TEST(ssl2_hello)
{
    char hello[2 + 46] = "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10";

    check_fed(1, hello, sizeof(hello), SSL_R_UNKNOWN_PROTOCOL, SSL_AD_PROTOCOL_VERSION);
    check_fed(0, hello, sizeof(hello), SSL_R_WRONG_VERSION_NUMBER, -1);
}

TEST(garbage_to_a_server)
{
    static const char garbage[] = "this is certainly not a record of TLS";

    check_fed(1, garbage, sizeof(garbage) - 1, SSL_R_WRONG_VERSION_NUMBER, -1);
}

TEST(garbage_to_a_client)
{
    static const char garbage[] = "this is certainly not a record of TLS";

    check_fed(0, garbage, sizeof(garbage) - 1, SSL_R_WRONG_VERSION_NUMBER, -1);
}

TEST(record_too_long)
{
    static const char record[] = "\x16\x03\x01\x60\x00";

    check_fed(1, record, sizeof(record) - 1, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_AD_RECORD_OVERFLOW);
    check_fed(0, record, sizeof(record) - 1, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_AD_RECORD_OVERFLOW);
}

TEST(data_before_the_handshake)
{
    static const char record[] = "\x17\x03\x03\x00\x05hello";

    check_fed(1, record, sizeof(record) - 1, SSL_R_UNEXPECTED_MESSAGE, SSL_AD_UNEXPECTED_MESSAGE);
    check_fed(0, record, sizeof(record) - 1, SSL_R_UNEXPECTED_MESSAGE, SSL_AD_UNEXPECTED_MESSAGE);
}

TEST(alert_instead_of_a_hello)
{
    static const char alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *ssl = fed_ssl(ctx, 0, alert, sizeof(alert) - 1);
    int ret = SSL_do_handshake(ssl);

    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    CHECK_INT(SSL_get_shutdown(ssl), SSL_RECEIVED_SHUTDOWN);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(truncated_client_hello)
{
    /* A ClientHello whose body is shorter than its parts say. */
    static const char hello[] = "\x16\x03\x01\x00\x09\x01\x00\x00\x05\x03\x03\x00\x00\x00";

    check_fed(1, hello, sizeof(hello) - 1, SSL_R_LENGTH_MISMATCH, SSL_AD_DECODE_ERROR);
}

/* The end of the stream ---------------------------------------------------- */

TEST(eof_at_once)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(0);

    for (int server = 0; server < 2; server++) {
        SSL *ssl = fed_ssl(server ? sctx : cctx, server, "", 0);
        int ret = SSL_do_handshake(ssl);

        CHECK(ret <= 0);
        CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SSL);
        CHECK_REASON(SSL_R_UNEXPECTED_EOF_WHILE_READING);
        SSL_free(ssl);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* What one side sends during a handshake. */
static BIO *record_flow(int version, int from_server)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL *client = SSL_new(cctx), *server = SSL_new(sctx);
    BIO *to_client = BIO_new(BIO_s_mem()), *to_server = BIO_new(BIO_s_mem()), *flow = BIO_new(BIO_s_mem());
    char buffer[20000];

    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), to_server);
    SSL_set_bio(server, BIO_new(BIO_s_mem()), to_client);
    for (int i = 0; i < 10; i++) {
        int n;

        SSL_do_handshake(client);
        while ((n = BIO_read(to_server, buffer, sizeof(buffer))) > 0) {
            BIO_write(SSL_get_rbio(server), buffer, n);
            if (!from_server)
                BIO_write(flow, buffer, n);
        }
        SSL_do_handshake(server);
        while ((n = BIO_read(to_client, buffer, sizeof(buffer))) > 0) {
            BIO_write(SSL_get_rbio(client), buffer, n);
            if (from_server)
                BIO_write(flow, buffer, n);
        }
    }
    REQUIRE(SSL_is_init_finished(client) && SSL_is_init_finished(server));
    ERR_clear_error();
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return flow;
}

/*
 * A server whose client goes away after byte K, for every K: the bytes are those
 * of a handshake of their own, so all but the first flight is foreign to this
 * connection and what counts is the answer: an error, no crash, no hang.
 */
static void check_every_prefix(int version, int server)
{
    BIO *flow = record_flow(version, !server);
    SSL_CTX *ctx = server ? new_server_ctx(version) : new_client_ctx(version);
    char *bytes;
    long len = BIO_get_mem_data(flow, &bytes);

    CHECK(len > 200);
    for (long k = 0; k < len; k++) {
        SSL *ssl = fed_ssl(ctx, server, bytes, (size_t)k);
        int ret = -1;

        for (int i = 0; i < 3; i++)
            ret = SSL_do_handshake(ssl);
        CHECK(ret <= 0);
        CHECK_INT(SSL_get_error(ssl, ret), SSL_ERROR_SSL);
        CHECK(ERR_peek_error() != 0);
        ERR_clear_error();
        SSL_free(ssl);
    }
    SSL_CTX_free(ctx);
    BIO_free(flow);
}

TEST_VERSIONS(client_closes_after_any_byte)
{
    check_every_prefix(version, 1);
}

TEST_VERSIONS(server_closes_after_any_byte)
{
    check_every_prefix(version, 0);
}

/* The same inside one real connection: the stream to one side is cut after K
 * bytes in all. */
static void cut_after(SSL_CTX *cctx, SSL_CTX *sctx, long k, int to_server, struct end *end)
{
    SSL *client = SSL_new(cctx), *server = SSL_new(sctx), *victim = to_server ? server : client;
    char buffer[20000];
    long passed = 0;
    int ret = 0;

    memset(end, 0, sizeof(*end));
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_bio(server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    for (int i = 0; i < 12; i++) {
        SSL *ssl = i % 2 == 0 ? client : server, *peer = i % 2 == 0 ? server : client;
        int n;

        ret = SSL_do_handshake(ssl);
        if (ssl == victim) {
            end->ret = ret;
            end->error = SSL_get_error(ssl, ret);
            end->reason = last_reason();
            if (ret == 1 || end->error != SSL_ERROR_WANT_READ)
                break;
        }
        ERR_clear_error();
        while ((n = BIO_read(SSL_get_wbio(ssl), buffer, sizeof(buffer))) > 0) {
            if (peer == victim && passed + n >= k) {
                BIO_write(SSL_get_rbio(peer), buffer, (int)(k - passed));
                BIO_set_mem_eof_return(SSL_get_rbio(peer), 0);
                passed = k;
            } else {
                BIO_write(SSL_get_rbio(peer), buffer, n);
                passed += peer == victim ? n : 0;
            }
        }
    }
    ERR_clear_error();
    SSL_free(client);
    SSL_free(server);
}

static void check_cuts(int version, int to_server)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    long k, finished = 0;

    /* Every byte would be slow under Valgrind: every 7th meets all records. */
    for (k = 0; k < 3000 && !finished; k += 7) {
        struct end end;

        cut_after(cctx, sctx, k, to_server, &end);
        finished = end.ret == 1;
        if (!finished) {
            CHECK_INT(end.error, SSL_ERROR_SSL);
            CHECK_INT(end.reason, SSL_R_UNEXPECTED_EOF_WHILE_READING);
        }
    }
    CHECK(finished);
    CHECK(k > 200);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(stream_to_the_server_is_cut)
{
    check_cuts(version, 1);
}

TEST_VERSIONS(stream_to_the_client_is_cut)
{
    check_cuts(version, 0);
}

/* Records after the handshake ---------------------------------------------- */

/* The next record to this side, with one bit flipped at an offset. */
static void corrupt(SSL *reader, int offset)
{
    unsigned char record[1000];
    int len = BIO_read(SSL_get_rbio(reader), record, sizeof(record));
    BIO *memory = BIO_new(BIO_s_mem());

    REQUIRE(len > offset);
    record[offset] ^= 1;
    BIO_write(memory, record, len);
    SSL_set0_rbio(reader, memory);
}

TEST_VERSIONS(corrupted_record)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);

    for (int offset = 5; offset < 25; offset += 6) {
        struct pair pair = connected_pair(cctx, sctx);
        char buffer[50];
        int ret;

        CHECK_INT(SSL_write(pair.client, "some data", 9), 9);
        corrupt(pair.server, offset);
        ret = SSL_read(pair.server, buffer, sizeof(buffer));
        CHECK_INT(ret, -1);
        CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SSL);
        CHECK_REASON(SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
        free_pair(&pair);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(after_a_fatal_error)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char buffer[50];
    int ret;

    SSL_write(pair.client, "some data", 9);
    corrupt(pair.server, 20);
    SSL_read(pair.server, buffer, sizeof(buffer));
    ERR_clear_error();
    ret = SSL_read(pair.server, buffer, sizeof(buffer));
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SYSCALL);
    CHECK_INT(last_reason(), 0);
    ret = SSL_write(pair.server, "x", 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SYSCALL);
    CHECK_INT(last_reason(), 0);
    CHECK_INT(SSL_shutdown(pair.server), -1);
    ERR_clear_error();
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(wrong_type_of_record)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char buffer[50];
    int ret;

    drain(pair.client);
    SSL_write(pair.client, "some data", 9);
    corrupt(pair.server, 0);
    ret = SSL_read(pair.server, buffer, sizeof(buffer));
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SSL);
    CHECK_REASON(version == TLS1_3_VERSION ? SSL_R_BAD_RECORD_TYPE : SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Records after the handshake of a type that there is not, and in the clear. */
static void check_record(int version, const char *record, int len, int reason)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char buffer[50];
    int ret;

    drain(pair.client);
    BIO_write(SSL_get_wbio(pair.client), record, len);
    ret = SSL_read(pair.server, buffer, sizeof(buffer));
    CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_SSL);
    CHECK_REASON(reason);
    ret = SSL_read(pair.client, buffer, sizeof(buffer));
    outcome_errors("%02x in version %x: the client's read gives %d", (unsigned char)record[0], (unsigned)version, ret);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(records_in_the_clear)
{
    static const char unknown[5 + 30] = "\x63\x03\x03\x00\x1e", alert[] = "\x15\x03\x03\x00\x02\x02\x28";
    int tls13 = version == TLS1_3_VERSION;

    check_record(version, unknown, sizeof(unknown),
                 tls13 ? SSL_R_BAD_RECORD_TYPE : SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
    check_record(version, alert, sizeof(alert) - 1, tls13 ? SSL_R_BAD_RECORD_TYPE : SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC);
}

/* A record of which only a part has come is not an error. */
TEST_VERSIONS(half_a_record)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    unsigned char record[1000];
    char buffer[50];
    BIO *memory = BIO_new(BIO_s_mem());
    int len, ret;

    SSL_write(pair.client, "some data", 9);
    len = BIO_read(SSL_get_rbio(pair.server), record, sizeof(record));
    SSL_set0_rbio(pair.server, memory);
    for (int i = 0; i < len - 1; i++) {
        BIO_write(memory, record + i, 1);
        ret = SSL_read(pair.server, buffer, sizeof(buffer));
        CHECK_INT(ret, -1);
        CHECK_INT(SSL_get_error(pair.server, ret), SSL_ERROR_WANT_READ);
        CHECK_INT(SSL_pending(pair.server), 0);
        CHECK_INT(SSL_free_buffers(pair.server), 0);
    }
    BIO_write(memory, record + len - 1, 1);
    CHECK_INT(SSL_read(pair.server, buffer, sizeof(buffer)), 9);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The transport fails ------------------------------------------------------- */

static int failing_io(BIO *bio, char *data, int len)
{
    (void)bio, (void)data, (void)len;
    return -1;
}

static int failing_write(BIO *bio, const char *data, int len)
{
    (void)bio, (void)data, (void)len;
    return -1;
}

static long any_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

TEST_VERSIONS(transport_fails)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 77, "failing");
    struct pair pair = connected_pair(cctx, sctx);
    BIO *bio;
    char byte;
    int ret;

    BIO_meth_set_read(method, failing_io);
    BIO_meth_set_write(method, failing_write);
    BIO_meth_set_ctrl(method, any_ctrl);
    bio = BIO_new(method);
    BIO_set_init(bio, 1);
    SSL_set_bio(pair.client, bio, bio);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SYSCALL);
    ret = SSL_write(pair.client, "x", 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SYSCALL);
    CHECK_INT(last_reason(), 0);
    free_pair(&pair);
    BIO_meth_free(method);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Wrong states --------------------------------------------------------------- */

TEST(no_role_yet)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    char byte;
    size_t n;

    CHECK_INT(SSL_do_handshake(ssl), -1);
    CHECK_REASON(SSL_R_CONNECTION_TYPE_NOT_SET);
    CHECK_INT(SSL_read(ssl, &byte, 1), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK_INT(SSL_peek(ssl, &byte, 1), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK_INT(SSL_write(ssl, "x", 1), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK_INT(SSL_shutdown(ssl), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK(SSL_read_ex(ssl, &byte, 1, &n) <= 0);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK(SSL_write_ex(ssl, "x", 1, &n) <= 0);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(no_bio)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(0);
    SSL *client = SSL_new(cctx), *server = SSL_new(sctx);
    int ret = SSL_connect(client);

    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(client, ret), SSL_ERROR_SYSCALL);
    CHECK_INT(last_reason(), 0);
    ret = SSL_accept(server);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(server, ret), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_READ_BIO_NOT_SET);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(negative_lengths)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char byte;

    CHECK_INT(SSL_read(pair.client, &byte, -1), -1);
    CHECK_REASON(SSL_R_BAD_LENGTH);
    CHECK_INT(SSL_peek(pair.client, &byte, -1), -1);
    CHECK_REASON(SSL_R_BAD_LENGTH);
    CHECK_INT(SSL_write(pair.client, &byte, -1), -1);
    CHECK_REASON(SSL_R_BAD_LENGTH);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A read that runs the handshake fails with -1 when the peer gives it up; 0 would be an end. */
TEST_VERSIONS(alert_to_a_read_that_handshakes)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    char byte;
    int result = -1;

    SSL_CTX_set_cert_store(cctx, X509_STORE_new());
    SSL_CTX_set_verify(cctx, SSL_VERIFY_PEER, NULL);
    pair = new_pair(cctx, sctx);
    for (int round = 0; round < 10; round++) {
        ERR_clear_error();
        SSL_do_handshake(pair.client);
        ERR_clear_error();
        result = SSL_read(pair.server, &byte, 1);
        if (SSL_get_error(pair.server, result) != SSL_ERROR_WANT_READ)
            break;
    }
    CHECK_INT(result, -1);
    CHECK_INT(SSL_get_error(pair.server, result), SSL_ERROR_SSL);
    CHECK_REASON(SSL_R_TLSV1_ALERT_UNKNOWN_CA);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A server asks for a renegotiation, and peeks at no bytes so that it takes place. Where it
 * was refused, there is nothing to wait for. */
TEST_TLS12(renegotiation_by_a_peek)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char byte;

    ERR_clear_error();
    CHECK_INT(SSL_renegotiate(pair.server), !on_tessera());
    ERR_clear_error();
    CHECK_INT(SSL_peek(pair.server, &byte, 0), -1);
    CHECK_INT(SSL_get_error(pair.server, -1), on_tessera() ? SSL_ERROR_SSL : SSL_ERROR_WANT_READ);
    if (on_tessera()) {
        CHECK_REASON(SSL_R_NO_RENEGOTIATION);
        check_data(&pair);
    }
    ERR_clear_error();
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(renegotiation)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_options(cctx, SSL_OP_NO_RENEGOTIATION);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_renegotiate(pair.client), 0);
    CHECK_REASON(version == TLS1_3_VERSION ? SSL_R_WRONG_SSL_VERSION : SSL_R_NO_RENEGOTIATION);
    CHECK_INT(SSL_renegotiate_pending(pair.client), 0);
    CHECK_INT(SSL_num_renegotiations(pair.client), 0);
    CHECK_INT(SSL_get_secure_renegotiation_support(pair.client), version == TLS1_2_VERSION);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* NULL ----------------------------------------------------------------------- */

TEST(null_arguments)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_PTR(SSL_CTX_new(NULL), NULL);
    CHECK_REASON(SSL_R_NULL_SSL_METHOD_PASSED);
    CHECK_PTR(SSL_new(NULL), NULL);
    CHECK_REASON(SSL_R_NULL_SSL_CTX);
    SSL_free(NULL);
    SSL_CTX_free(NULL);
    SSL_SESSION_free(NULL);
    CHECK_INT(SSL_clear(ssl), 1);
    CHECK_INT(SSL_CTX_remove_session(ctx, NULL), 0);
    CHECK_PTR(SSL_get_peer_cert_chain(NULL), NULL);
    CHECK_PTR(SSL_get0_peer_certificate(NULL), NULL);
    CHECK_PTR(SSL_get1_peer_certificate(NULL), NULL);
    CHECK_PTR(SSL_get_ciphers(NULL), NULL);
    CHECK_PTR(SSL_get_cipher_list(NULL, 0), NULL);
    CHECK_PTR(SSL_CTX_get_ciphers(NULL), NULL);
    CHECK_INT(SSL_CTX_set_ssl_version(ctx, TLS_client_method()), 1);
    CHECK_STR(SSL_CIPHER_get_name(NULL), "(NONE)");
    CHECK_STR(SSL_CIPHER_standard_name(NULL), "(NONE)");
    CHECK_INT(SSL_CIPHER_get_bits(NULL, NULL), 0);
    /* An SSL that may be both is a server until it is told. */
    CHECK_INT(SSL_is_server(ssl), 1);
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Getters of an SSL that has done nothing. */
TEST(getters_before_the_handshake)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    char text[100];
    const unsigned char *alpn = NULL;
    unsigned int len = 1;

    CHECK_PTR(SSL_get_current_cipher(ssl), NULL);
    CHECK_PTR(SSL_get_pending_cipher(ssl), NULL);
    CHECK_STR(SSL_get_cipher(ssl), "(NONE)");
    CHECK_PTR(SSL_get0_peer_certificate(ssl), NULL);
    CHECK_PTR(SSL_get_peer_cert_chain(ssl), NULL);
    CHECK_PTR(SSL_get0_verified_chain(ssl), NULL);
    CHECK_PTR(SSL_get_session(ssl), NULL);
    CHECK_INT(SSL_session_reused(ssl), 0);
    CHECK_PTR(SSL_get_shared_ciphers(ssl, text, sizeof(text)), NULL);
    CHECK_PTR(SSL_get_client_ciphers(ssl), NULL);
    CHECK_INT(SSL_get_finished(ssl, text, sizeof(text)), 0);
    CHECK_INT(SSL_get_peer_finished(ssl, text, sizeof(text)), 0);
    CHECK_INT(SSL_pending(ssl), 0);
    CHECK_INT(SSL_get_shutdown(ssl), 0);
    CHECK_INT(SSL_get_error(ssl, 1), SSL_ERROR_NONE);
    CHECK_INT(SSL_want(ssl), SSL_NOTHING);
    SSL_get0_alpn_selected(ssl, &alpn, &len);
    CHECK_INT(len, 0);
    CHECK_PTR(SSL_get_current_compression(ssl), NULL);
    CHECK_INT(SSL_get_verify_result(ssl), X509_V_OK);
    CHECK_STR(SSL_get_version(ssl), "TLSv1.3");
    CHECK_INT(SSL_export_keying_material(ssl, (unsigned char *)text, 10, "x", 1, NULL, 0, 0), -1);
    ERR_clear_error();
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Texts ---------------------------------------------------------------------- */

TEST(texts)
{
    char text[256];

    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, NULL);
    CHECK_STR(ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_CERTIFICATE_VERIFY_FAILED)),
              "certificate verify failed");
    ERR_error_string_n(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_WRONG_VERSION_NUMBER), text, sizeof(text));
    CHECK_STR(text, "error:0A00010B:SSL routines::wrong version number");
    CHECK_STR(SSL_alert_type_string_long(SSL3_AL_FATAL << 8), "fatal");
    CHECK_STR(SSL_alert_type_string(SSL3_AL_WARNING << 8), "W");
    CHECK_STR(SSL_alert_desc_string_long(SSL_AD_UNKNOWN_CA), "unknown CA");
    CHECK_STR(SSL_alert_desc_string(SSL_AD_CLOSE_NOTIFY), "CN");
    CHECK_STR(SSL_alert_desc_string_long(254), "unknown");
}

/* SSL_get_error reads the queue, so that what was there before confuses it. */
TEST_VERSIONS(stale_errors)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair = connected_pair(cctx, sctx);
    char byte;
    int ret;

    drain(pair.client);
    ERR_raise(ERR_LIB_USER, 1);
    ret = SSL_read(pair.client, &byte, 1);
    CHECK_INT(ret, -1);
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_SSL);
    ERR_clear_error();
    CHECK_INT(SSL_get_error(pair.client, ret), SSL_ERROR_WANT_READ);
    ERR_clear_error();
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Records without content may not go on for ever. */
TEST(endless_empty_records)
{
    char records[5 * 40];
    size_t i;

    for (i = 0; i < sizeof(records); i += 5)
        memcpy(records + i, "\x16\x03\x01\x00\x00", 5);
    check_fed(1, records, sizeof(records), SSL_R_RECORD_TOO_SMALL, SSL_AD_UNEXPECTED_MESSAGE);
    check_fed(0, records, sizeof(records), SSL_R_RECORD_TOO_SMALL, SSL_AD_UNEXPECTED_MESSAGE);
}
