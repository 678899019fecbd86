/*
 * Features that rustls lacks, seen by programs that configure them beside what
 * works: the calls answer as OpenSSL's, and connections are made without the
 * feature. And small features that are there: padding, client certificates of
 * an engine.
 */
#include <openssl/comp.h>
#include <openssl/engine.h>
#include <openssl/srtp.h>

#include "harness.h"

/* Pre-shared keys ------------------------------------------------------------ */

static int sessions_asked;

static unsigned no_client_psk(SSL *ssl, const char *hint, char *identity, unsigned max_identity,
                              unsigned char *psk, unsigned max_psk)
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
    sessions_asked++;
    *session = NULL;
    return 1;
}

/* Certificates work beside callbacks that know no key. */
TEST_VERSIONS(psk_callbacks_beside_certificates)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_psk_client_callback(cctx, no_client_psk);
    SSL_CTX_set_psk_use_session_callback(cctx, no_session);
    SSL_CTX_set_psk_server_callback(sctx, no_server_psk);
    SSL_CTX_set_psk_find_session_callback(sctx, find_nothing);
    CHECK_INT(SSL_CTX_use_psk_identity_hint(sctx, "a hint"), 1);
    pair = new_pair(cctx, sctx);
    SSL_set_psk_client_callback(pair.client, no_client_psk);
    SSL_set_psk_use_session_callback(pair.client, no_session);
    SSL_set_psk_server_callback(pair.server, no_server_psk);
    SSL_set_psk_find_session_callback(pair.server, find_nothing);
    CHECK_INT(SSL_use_psk_identity_hint(pair.server, "another"), 1);
    REQUIRE(handshake(&pair));
    CHECK_INT(SSL_get_verify_result(pair.client), X509_V_OK);
    CHECK_PTR(SSL_get_psk_identity(pair.client), NULL);
    CHECK_PTR(SSL_get_psk_identity(pair.server), NULL);
    CHECK_PTR(SSL_get_psk_identity_hint(pair.client), NULL);
    CHECK_PTR(SSL_get_psk_identity_hint(pair.server), NULL);
    CHECK_INT(sessions_asked, 0);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(psk_identity_hints)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    char text[PSK_MAX_IDENTITY_LEN + 2];

    memset(text, 'x', sizeof(text));
    text[PSK_MAX_IDENTITY_LEN + 1] = 0;
    CHECK_INT(SSL_CTX_use_psk_identity_hint(ctx, text), 0);
    CHECK_REASON(SSL_R_DATA_LENGTH_TOO_LONG);
    CHECK_INT(SSL_use_psk_identity_hint(ssl, text), 0);
    CHECK_REASON(SSL_R_DATA_LENGTH_TOO_LONG);
    text[PSK_MAX_IDENTITY_LEN] = 0;
    CHECK_INT(SSL_CTX_use_psk_identity_hint(ctx, text), 1);
    CHECK_INT(SSL_use_psk_identity_hint(ssl, text), 1);
    CHECK_INT(SSL_CTX_use_psk_identity_hint(ctx, NULL), 1);
    CHECK_INT(SSL_use_psk_identity_hint(ssl, NULL), 1);
    CHECK_INT(SSL_use_psk_identity_hint(NULL, "a hint"), 0);
    CHECK_PTR(SSL_get_psk_identity(ssl), NULL);
    CHECK_PTR(SSL_get_psk_identity(NULL), NULL);
    CHECK_PTR(SSL_get_psk_identity_hint(ssl), NULL);
    CHECK_PTR(SSL_get_psk_identity_hint(NULL), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* A server that has nothing but pre-shared keys, and a client that has none. */
TEST_VERSIONS(nothing_but_psk)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
    struct pair pair;

    SSL_CTX_set_min_proto_version(sctx, version);
    SSL_CTX_set_max_proto_version(sctx, version);
    SSL_CTX_set_psk_server_callback(sctx, no_server_psk);
    pair = new_pair(cctx, sctx);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.server_end.reason, version == TLS1_2_VERSION ? SSL_R_NO_SHARED_CIPHER : SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM);
    CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
    CHECK_INT(pair.client_end.reason, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Compression ---------------------------------------------------------------- */

TEST_VERSIONS(compression_allowed)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    STACK_OF(SSL_COMP) *methods = SSL_COMP_get_compression_methods(), *own = sk_SSL_COMP_new_null();
    struct pair pair;

    SSL_CTX_clear_options(cctx, SSL_OP_NO_COMPRESSION);
    SSL_CTX_clear_options(sctx, SSL_OP_NO_COMPRESSION);
    pair = connected_pair(cctx, sctx);
    CHECK_PTR(SSL_get_current_compression(pair.client), NULL);
    CHECK_PTR(SSL_get_current_expansion(pair.client), NULL);
    CHECK_PTR(SSL_get_current_compression(pair.server), NULL);
    CHECK_PTR(SSL_get_current_expansion(pair.server), NULL);
    CHECK_PTR(SSL_COMP_get_name(SSL_get_current_compression(pair.client)), NULL);
    finish_pair(&pair);

    CHECK_INT(sk_SSL_COMP_num(methods), 0);
    CHECK_INT(SSL_COMP_add_compression_method(200, COMP_zlib()), 1);
    CHECK_INT(SSL_COMP_add_compression_method(1, COMP_zlib()), 1);
    CHECK_INT(ERR_peek_error(), 0);
    CHECK_INT(sk_SSL_COMP_num(SSL_COMP_get_compression_methods()), 0);
    CHECK_STR(SSL_COMP_get_name(COMP_zlib()), "(undef)");
    CHECK_PTR(SSL_COMP_set0_compression_methods(own), methods);
    CHECK_PTR(SSL_COMP_get_compression_methods(), own);
    CHECK_PTR(SSL_COMP_set0_compression_methods(methods), own);
    sk_SSL_COMP_free(own);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* NPN, jobs, SRTP, kernel TLS, post-handshake authentication ------------------ */

static int advertise(SSL *ssl, const unsigned char **out, unsigned *len, void *arg)
{
    (void)ssl, (void)arg;
    *out = (const unsigned char *)"\1a";
    *len = 2;
    return SSL_TLSEXT_ERR_OK;
}

/* Two ends of which one alone knows NPN. */
TEST_VERSIONS(npn_with_a_peer_that_has_none)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    const unsigned char *protocol = (const unsigned char *)"";
    unsigned len = 7;
    struct pair pair;

    SSL_CTX_set_next_protos_advertised_cb(sctx, advertise, NULL);
    pair = connected_pair(cctx, sctx);
    SSL_get0_next_proto_negotiated(pair.server, &protocol, &len);
    CHECK_PTR(protocol, NULL);
    CHECK_INT(len, 0);
    SSL_get0_next_proto_negotiated(pair.client, &protocol, &len);
    CHECK_PTR(protocol, NULL);
    CHECK_INT(len, 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

static int job_done(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 1;
}

TEST_VERSIONS(no_asynchronous_job)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;
    size_t added = 1, deleted = 1;
    int status = 5;

    CHECK_INT(SSL_CTX_set_async_callback(sctx, job_done), 1);
    CHECK_INT(SSL_CTX_set_async_callback_arg(sctx, NULL), 1);
    pair = new_pair(cctx, sctx);
    CHECK_INT(SSL_set_async_callback(pair.server, job_done), 1);
    CHECK_INT(SSL_set_async_callback_arg(pair.server, NULL), 1);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    CHECK_INT(SSL_waiting_for_async(pair.server), 0);
    CHECK_INT(SSL_get_all_async_fds(pair.server, NULL, &added), 0);
    CHECK_INT(SSL_get_changed_async_fds(pair.server, NULL, &added, NULL, &deleted), 0);
    CHECK_INT(SSL_get_async_status(pair.server, &status), 0);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/*
 * Over TLS, profiles are kept and never negotiated. (OpenSSL's client offers them
 * all the same, and its server refuses such an offer.)
 */
TEST_VERSIONS(srtp_profiles)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    STACK_OF(SRTP_PROTECTION_PROFILE) *profiles;
    struct pair pair;

    CHECK_INT(SSL_CTX_set_tlsext_use_srtp(cctx, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM"), 0);
    CHECK_INT(SSL_CTX_set_tlsext_use_srtp(cctx, "SRTP_AES128_CM_SHA1_80:NOTHING"), 1);
    CHECK_REASON(SSL_R_SRTP_UNKNOWN_PROTECTION_PROFILE);
    CHECK_INT(SSL_CTX_set_tlsext_use_srtp(cctx, ""), 1);
    CHECK_REASON(SSL_R_SRTP_UNKNOWN_PROTECTION_PROFILE);
    CHECK_INT(SSL_CTX_set_tlsext_use_srtp(cctx, "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_32"), 1);
    CHECK_REASON(SSL_R_BAD_SRTP_PROTECTION_PROFILE_LIST);
    pair = new_pair(cctx, sctx);
    profiles = SSL_get_srtp_profiles(pair.client);
    REQUIRE(profiles != NULL);
    CHECK_INT(sk_SRTP_PROTECTION_PROFILE_num(profiles), 2);
    CHECK_STR(sk_SRTP_PROTECTION_PROFILE_value(profiles, 0)->name, "SRTP_AES128_CM_SHA1_80");
    CHECK_INT(sk_SRTP_PROTECTION_PROFILE_value(profiles, 0)->id, SRTP_AES128_CM_SHA1_80);
    CHECK_INT(sk_SRTP_PROTECTION_PROFILE_value(profiles, 1)->id, SRTP_AEAD_AES_256_GCM);
    CHECK_INT(SSL_set_tlsext_use_srtp(pair.client, "SRTP_AEAD_AES_128_GCM"), 0);
    CHECK_INT(SSL_set_tlsext_use_srtp(pair.client, "SRTP"), 1);
    ERR_clear_error();
    profiles = SSL_get_srtp_profiles(pair.client);
    CHECK_INT(sk_SRTP_PROTECTION_PROFILE_num(profiles), 1);
    CHECK_INT(sk_SRTP_PROTECTION_PROFILE_value(profiles, 0)->id, SRTP_AEAD_AES_128_GCM);
    CHECK_PTR(SSL_get_srtp_profiles(pair.server), NULL);
    CHECK_PTR(SSL_get_srtp_profiles(NULL), NULL);
    free_pair(&pair);
    CHECK_INT(SSL_CTX_set_tlsext_use_srtp(sctx, "SRTP_AES128_CM_SHA1_80"), 0);
    SSL_CTX_free(cctx);
    cctx = new_client_ctx(version);
    pair = connected_pair(cctx, sctx);
    CHECK_PTR(SSL_get_selected_srtp_profile(pair.client), NULL);
    CHECK_PTR(SSL_get_selected_srtp_profile(pair.server), NULL);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Debian's OpenSSL is built without the kernel's TLS. */
TEST_VERSIONS(sendfile)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL *fresh = SSL_new(cctx);
    struct pair pair;

    SSL_CTX_set_options(sctx, SSL_OP_ENABLE_KTLS);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_sendfile(fresh, 0, 0, 1, 0), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    CHECK_INT(SSL_sendfile(pair.server, 0, 0, 1, 0), -1);
    CHECK_REASON(SSL_R_UNINITIALIZED);
    check_data(&pair);
    close_cleanly(&pair);
    CHECK_INT(SSL_sendfile(pair.server, 0, 0, 1, 0), -1);
    CHECK_REASON(SSL_R_PROTOCOL_IS_SHUTDOWN);
    free_pair(&pair);
    SSL_free(fresh);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A client that may announce it, and a server that never asks. */
TEST_VERSIONS(post_handshake_authentication_unused)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set_post_handshake_auth(cctx, 1);
    pair = new_pair(cctx, sctx);
    SSL_set_post_handshake_auth(pair.client, 1);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Old versions ---------------------------------------------------------------- */

/*
 * The methods exist, and contexts of them can be configured. At Debian's
 * security level no handshake succeeds.
 */
TEST(methods_of_tls10_and_tls11)
{
    static const struct {
        const SSL_METHOD *(*both)(void), *(*client)(void), *(*server)(void);
        int version;
        const char *name;
    } methods[] = {
        { TLSv1_method, TLSv1_client_method, TLSv1_server_method, TLS1_VERSION, "TLSv1" },
        { TLSv1_1_method, TLSv1_1_client_method, TLSv1_1_server_method, TLS1_1_VERSION, "TLSv1.1" },
    };

    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        SSL_CTX *both = SSL_CTX_new(methods[i].both());
        SSL_CTX *cctx = SSL_CTX_new(methods[i].client()), *sctx = SSL_CTX_new(methods[i].server());
        SSL_CTX *modern = new_server_ctx(0);
        struct pair pair;

        REQUIRE(both != NULL && cctx != NULL && sctx != NULL);
        CHECK_INT(SSL_CTX_set_min_proto_version(both, TLS1_2_VERSION), 1);
        CHECK_INT(SSL_CTX_get_min_proto_version(both), 0);
        CHECK_PTR(SSL_CTX_get_ssl_method(both), methods[i].both());
        use_identity(both, "server-rsa");
        use_identity(sctx, "server-rsa");
        CHECK_INT(SSL_CTX_check_private_key(sctx), 1);
        pair = new_pair(cctx, both);
        CHECK_INT(SSL_version(pair.client), methods[i].version);
        CHECK_STR(SSL_get_version(pair.client), methods[i].name);
        CHECK_INT(SSL_client_version(pair.server), methods[i].version);
        CHECK_INT(handshake(&pair), 0);
        CHECK_INT(pair.client_end.ret, -1);
        CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
        CHECK(pair.client_end.reason != 0);
        free_pair(&pair);
        pair = new_pair(both, sctx);
        CHECK_INT(handshake(&pair), 0);
        CHECK_INT(pair.server_end.error, SSL_ERROR_SSL);
        free_pair(&pair);
        pair = new_pair(cctx, modern);
        CHECK_INT(handshake(&pair), 0);
        CHECK_INT(pair.client_end.error, SSL_ERROR_SSL);
        free_pair(&pair);
        /* The other end's method. */
        pair = new_pair(sctx, cctx);
        CHECK_INT(SSL_do_handshake(pair.client), 0);
        CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
        CHECK_INT(SSL_do_handshake(pair.server), 0);
        CHECK_REASON(ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
        free_pair(&pair);
        SSL_CTX_free(both);
        SSL_CTX_free(cctx);
        SSL_CTX_free(sctx);
        SSL_CTX_free(modern);
    }
}

/* A context may be given such a method, and an SSL another. */
TEST_VERSIONS(from_an_old_method_to_another)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;

    CHECK_INT(SSL_CTX_set_ssl_version(cctx, TLSv1_client_method()), 1);
    CHECK_INT(SSL_CTX_set_ssl_version(cctx, TLS_client_method()), 1);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(SSL_version(pair.client), version);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Padding --------------------------------------------------------------------- */

struct padded {
    int called;
    int data;
    size_t len;
    size_t answer;
};

static size_t pad(SSL *ssl, int type, size_t len, void *arg)
{
    struct padded *padded = arg;

    (void)ssl;
    padded->called++;
    if (type == SSL3_RT_APPLICATION_DATA) {
        padded->data++;
        padded->len = len;
    }
    return padded->answer;
}

/* The length of the record that carries so much data; the peer reads it. */
static int record_of(struct pair *pair, size_t size)
{
    static unsigned char data[16384], back[16384];
    uint64_t before = BIO_number_written(SSL_get_wbio(pair->client));
    size_t done = 0;

    memset(data, 'd', sizeof(data));
    CHECK_INT(SSL_write(pair->client, data, (int)size), size);
    while (done < size) {
        int got = SSL_read(pair->server, back + done, (int)(size - done));

        REQUIRE(got > 0);
        done += got;
    }
    CHECK_MEM(back, size, data, size);
    return (int)(BIO_number_written(SSL_get_wbio(pair->client)) - before);
}

/* header, content type, tag (TLS 1.3); header, explicit nonce, tag (TLS 1.2) */
#define OVERHEAD(version) ((version) == TLS1_3_VERSION ? 5 + 1 + 16 : 5 + 8 + 16)

TEST_VERSIONS(block_padding)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    int tls13 = version == TLS1_3_VERSION;
    struct pair pair;

    SSL_CTX_set_cipher_list(cctx, "ECDHE-ECDSA-AES256-GCM-SHA384");
    CHECK_INT(SSL_CTX_set_block_padding(cctx, SSL3_RT_MAX_PLAIN_LENGTH + 1), 0);
    CHECK_INT(SSL_CTX_set_block_padding(cctx, 512), 1);
    CHECK_INT(SSL_CTX_set_block_padding(sctx, 1), 1);
    pair = connected_pair(cctx, sctx);
    CHECK_INT(record_of(&pair, 100), tls13 ? 512 + 21 : 100 + OVERHEAD(version));
    CHECK_INT(record_of(&pair, 511), tls13 ? 512 + 21 : 511 + OVERHEAD(version));
    CHECK_INT(record_of(&pair, 512), tls13 ? 1024 + 21 : 512 + OVERHEAD(version));
    CHECK_INT(record_of(&pair, 16384), 16384 + OVERHEAD(version));
    CHECK_INT(record_of(&pair, 16380), tls13 ? 16384 + 21 : 16380 + OVERHEAD(version));
    CHECK_INT(SSL_set_block_padding(pair.client, 300), 1);
    CHECK_INT(record_of(&pair, 100), tls13 ? 300 + 21 : 100 + OVERHEAD(version));
    CHECK_INT(SSL_set_block_padding(pair.client, SSL3_RT_MAX_PLAIN_LENGTH + 1), 0);
    CHECK_INT(SSL_set_block_padding(pair.client, 0), 1);
    CHECK_INT(record_of(&pair, 100), 100 + OVERHEAD(version));
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(padding_callback)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    int tls13 = version == TLS1_3_VERSION;
    struct padded ours = { .answer = 10 }, own = { .answer = 100000 };
    struct pair pair;

    SSL_CTX_set_cipher_list(cctx, "ECDHE-ECDSA-AES256-GCM-SHA384");
    SSL_CTX_set_record_padding_callback(cctx, pad);
    SSL_CTX_set_record_padding_callback_arg(cctx, &ours);
    CHECK_PTR(SSL_CTX_get_record_padding_callback_arg(cctx), &ours);
    CHECK_INT(SSL_CTX_set_block_padding(cctx, 512), 1);
    pair = connected_pair(cctx, sctx);
    CHECK_PTR(SSL_get_record_padding_callback_arg(pair.client), &ours);
    /* The client's Finished. */
    CHECK_INT(ours.called, tls13);
    CHECK_INT(ours.data, 0);
    CHECK_INT(record_of(&pair, 100), OVERHEAD(version) + 100 + (tls13 ? 10 : 0));
    CHECK_INT(ours.data, tls13);
    CHECK_INT(ours.len, tls13 ? 101 : 0);
    SSL_set_record_padding_callback_arg(pair.client, &own);
    CHECK_INT(record_of(&pair, 100), tls13 ? 5 + 16384 + 16 : OVERHEAD(version) + 100);
    CHECK_INT(own.data, tls13);
    /* No room, no question. */
    CHECK_INT(record_of(&pair, 16384), 16384 + OVERHEAD(version));
    CHECK_INT(own.data, tls13);
    CHECK_INT(SSL_set_record_padding_callback(pair.client, NULL), 1);
    CHECK_INT(record_of(&pair, 100), tls13 ? 512 + 21 : OVERHEAD(version) + 100);
    CHECK_INT(SSL_set_record_padding_callback(pair.client, pad), 1);
    close_cleanly(&pair);
    CHECK_INT(own.called, tls13 ? 2 : 0);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Client certificates of an engine ---------------------------------------------- */

static int engine_asked, engine_authorities;

static int load_client_cert(ENGINE *engine, SSL *ssl, STACK_OF(X509_NAME) *authorities, X509 **certificate,
                            EVP_PKEY **key, STACK_OF(X509) **others, UI_METHOD *ui, void *data)
{
    (void)engine, (void)ssl, (void)others, (void)ui, (void)data;
    engine_asked++;
    engine_authorities = sk_X509_NAME_num(authorities);
    *certificate = fixture_cert("client");
    *key = fixture_key("client");
    return 1;
}

TEST_VERSIONS(client_certificate_of_an_engine)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    ENGINE *engine = ENGINE_new();
    struct pair pair;
    X509 *seen;

    REQUIRE(ENGINE_set_id(engine, "tessera-test") && ENGINE_set_name(engine, "finds client certificates"));
    CHECK_INT(SSL_CTX_set_client_cert_engine(cctx, NULL), 0);
    ERR_clear_error();
    CHECK_INT(SSL_CTX_set_client_cert_engine(cctx, engine), 0);
    CHECK_REASON(SSL_R_NO_CLIENT_CERT_METHOD);
    REQUIRE(ENGINE_set_load_ssl_client_cert_function(engine, load_client_cert));
    CHECK_INT(SSL_CTX_set_client_cert_engine(cctx, engine), 1);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_client_CA_list(sctx, SSL_load_client_CA_file(fixture("ca.pem")));
    pair = connected_pair(cctx, sctx);
    CHECK_INT(engine_asked, 1);
    CHECK_INT(engine_authorities, 1);
    seen = SSL_get0_peer_certificate(pair.server);
    CHECK(seen != NULL);
    CHECK_INT(SSL_get_verify_result(pair.server), X509_V_OK);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    ENGINE_free(engine);
}
