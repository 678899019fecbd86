/*
 * Security levels and the security callback: what is asked, and that refusals
 * are obeyed.
 */
#include "harness.h"

/* Every question that the callback was asked, and the one that it refuses. */
struct judge {
    struct question {
        int op, bits, nid;
        unsigned number; /* a group's or a signature algorithm's */
        char cipher[64];
        int by_ssl;
    } asked[4096];
    int count;
    int refused_op, refused_nid;
    const char *refused_cipher;
    unsigned refused_number;
    int refused; /* how often */
};

static int ask(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    struct judge *judge = ex;
    struct question *question = &judge->asked[judge->count];

    CHECK((ssl == NULL) != (ctx == NULL));
    if (judge->count + 1 < (int)(sizeof(judge->asked) / sizeof(*judge->asked)))
        judge->count++;
    memset(question, 0, sizeof(*question));
    question->op = op;
    question->bits = bits;
    question->nid = nid;
    question->by_ssl = ssl != NULL;
    switch (op & SSL_SECOP_OTHER_TYPE) {
    case SSL_SECOP_OTHER_CIPHER:
        snprintf(question->cipher, sizeof(question->cipher), "%s", SSL_CIPHER_get_name(other));
        break;
    case SSL_SECOP_OTHER_CURVE:
    case SSL_SECOP_OTHER_SIGALG:
        question->number = ((unsigned char *)other)[0] << 8 | ((unsigned char *)other)[1];
        break;
    case SSL_SECOP_OTHER_CERT:
        CHECK(X509_get0_pubkey(other) != NULL);
        break;
    case SSL_SECOP_OTHER_PKEY:
        CHECK_INT(EVP_PKEY_get_security_bits(other), bits);
        break;
    default:
        CHECK_PTR(other, NULL);
    }
    if (op != judge->refused_op || (judge->refused_nid != 0 && nid != judge->refused_nid) ||
        (judge->refused_number != 0 && judge->refused_number != question->number) ||
        (judge->refused_cipher != NULL && strcmp(judge->refused_cipher, question->cipher) != 0))
        return 1;
    judge->refused++;
    return 0;
}

static int asked(const struct judge *judge, int op, int bits, int nid)
{
    for (int i = 0; i < judge->count; i++) {
        const struct question *question = &judge->asked[i];

        if (question->op == op && question->bits == bits && question->nid == nid)
            return 1;
    }
    return 0;
}

static int asked_cipher(const struct judge *judge, int op, int bits, const char *name)
{
    for (int i = 0; i < judge->count; i++) {
        const struct question *question = &judge->asked[i];

        if (question->op == op && question->bits == bits && question->nid == 0 && !strcmp(question->cipher, name))
            return 1;
    }
    return 0;
}

static int asked_number(const struct judge *judge, int op, int bits, int nid, unsigned number)
{
    for (int i = 0; i < judge->count; i++)
        if (judge->asked[i].number == number && judge->asked[i].op == op)
            return judge->asked[i].bits == bits && judge->asked[i].nid == nid;
    return 0;
}

static void set_judge(SSL_CTX *ctx, struct judge *judge)
{
    SSL_CTX_set0_security_ex_data(ctx, judge);
    SSL_CTX_set_security_callback(ctx, ask);
}

static struct judge of_client, of_server;

TEST_VERSIONS(what_is_asked)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = SSL_CTX_new(TLS_server_method());
    int tls13 = version == TLS1_3_VERSION;
    const char *suite = tls13 ? "TLS_AES_256_GCM_SHA384" : "ECDHE-ECDSA-AES256-GCM-SHA384";
    struct pair pair;

    SSL_CTX_set_min_proto_version(sctx, version);
    SSL_CTX_set_max_proto_version(sctx, version);
    SSL_CTX_set1_groups_list(cctx, "P-256:X25519:P-384");
    SSL_CTX_clear_options(cctx, SSL_OP_NO_COMPRESSION);
    set_judge(sctx, &of_server);
    set_judge(cctx, &of_client);
    use_identity(sctx, "server-p256");
    /* The certificate, by the context. */
    CHECK(asked(&of_server, SSL_SECOP_EE_KEY, 128, 0));
    CHECK(asked(&of_server, SSL_SECOP_CA_MD, 128, NID_sha256));
    CHECK_INT(of_server.count, 2);
    CHECK_INT(of_server.asked[0].by_ssl, 0);
    pair = connected_pair(cctx, sctx);
    CHECK(asked_cipher(&of_client, SSL_SECOP_CIPHER_SUPPORTED, 256, suite));
    CHECK(asked_cipher(&of_client, SSL_SECOP_CIPHER_CHECK, 256, suite));
    CHECK(asked_cipher(&of_server, SSL_SECOP_CIPHER_SHARED, 256, suite));
    CHECK(asked(&of_client, SSL_SECOP_VERSION, 0, version));
    CHECK(asked(&of_server, SSL_SECOP_VERSION, 0, version));
    CHECK(asked_number(&of_client, SSL_SECOP_CURVE_SUPPORTED, 128, NID_X9_62_prime256v1, 23));
    CHECK(asked_number(&of_client, SSL_SECOP_CURVE_SUPPORTED, 192, NID_secp384r1, 24));
    CHECK(asked_number(&of_client, SSL_SECOP_CURVE_SUPPORTED, 128, NID_X25519, 29));
    CHECK(!asked_number(&of_client, SSL_SECOP_CURVE_SUPPORTED, 256, NID_secp521r1, 25));
    if (!tls13) {
        CHECK(asked_number(&of_server, SSL_SECOP_CURVE_SHARED, 128, NID_X9_62_prime256v1, 23));
        CHECK(asked_number(&of_client, SSL_SECOP_CURVE_CHECK, 128, NID_X9_62_prime256v1, 23));
        CHECK(asked(&of_client, SSL_SECOP_TICKET, 0, 0));
        CHECK(asked(&of_server, SSL_SECOP_TICKET, 0, 0));
    }
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_SUPPORTED, 128, NID_sha256, 0x0403));
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_SUPPORTED, 192, NID_sha384, 0x0805));
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_SUPPORTED, 128, 0, 0x0807));
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_SUPPORTED, 224, 0, 0x0808));
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_MASK, 128, NID_sha256, 0x0403));
    CHECK(asked_number(&of_client, SSL_SECOP_SIGALG_CHECK, 128, NID_sha256, 0x0403));
    CHECK(asked_number(&of_server, SSL_SECOP_SIGALG_SHARED, 128, NID_sha256, 0x0403));
    CHECK(asked(&of_client, SSL_SECOP_COMPRESSION, 0, 0));
    CHECK(asked(&of_server, SSL_SECOP_EE_KEY, 128, 0));
    for (int i = 0; i < of_client.count; i++)
        CHECK_INT(of_client.asked[i].by_ssl, 1);
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A pair of contexts of which one has a judge. */
struct judged {
    SSL_CTX *cctx, *sctx;
    struct pair pair;
};

static struct judged new_judged(int version, struct judge *client, struct judge *server)
{
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = new_server_ctx(version) };

    if (client != NULL)
        set_judge(judged.cctx, client);
    if (server != NULL)
        set_judge(judged.sctx, server);
    judged.pair = new_pair(judged.cctx, judged.sctx);
    return judged;
}

static void free_judged(struct judged *judged)
{
    free_pair(&judged->pair);
    SSL_CTX_free(judged->cctx);
    SSL_CTX_free(judged->sctx);
}

TEST_VERSIONS(a_suite_is_refused)
{
    const char *best = version == TLS1_3_VERSION ? "TLS_AES_256_GCM_SHA384" : "ECDHE-ECDSA-AES256-GCM-SHA384";
    const char *next = version == TLS1_3_VERSION ? "TLS_CHACHA20_POLY1305_SHA256" : "ECDHE-ECDSA-CHACHA20-POLY1305";
    struct judge judge = { .refused_op = SSL_SECOP_CIPHER_SUPPORTED, .refused_cipher = best };
    struct judged judged = new_judged(version, &judge, NULL);

    REQUIRE(handshake(&judged.pair));
    CHECK_STR(SSL_get_cipher_name(judged.pair.client), next);
    CHECK(judge.refused > 0);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_CIPHER_SHARED, .refused_cipher = best };
    judged = new_judged(version, NULL, &judge);
    REQUIRE(handshake(&judged.pair));
    CHECK_STR(SSL_get_cipher_name(judged.pair.server), next);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_CIPHER_SHARED };
    judged = new_judged(version, NULL, &judge);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.server_end.reason, SSL_R_NO_SHARED_CIPHER);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_CIPHER_SUPPORTED };
    judged = new_judged(version, &judge, NULL);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, SSL_R_NO_CIPHERS_AVAILABLE);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_CIPHER_CHECK };
    judged = new_judged(version, &judge, NULL);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, SSL_R_WRONG_CIPHER_RETURNED);
    CHECK_INT(judged.pair.server_end.reason, SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER);
    free_judged(&judged);
}

TEST_VERSIONS(a_group_is_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_CURVE_SUPPORTED, .refused_nid = NID_X25519 };
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = new_server_ctx(version) };
    int group;

    SSL_CTX_set1_groups_list(judged.cctx, "X25519:P-256:P-384");
    set_judge(judged.cctx, &judge);
    judged.pair = connected_pair(judged.cctx, judged.sctx);
    CHECK(judge.refused > 0);
    group = SSL_get_shared_group(judged.pair.server, 0);
    CHECK_INT(group, NID_X9_62_prime256v1);
    free_judged(&judged);
}

TEST_TLS12(a_server_refuses_a_group)
{
    struct judge judge = { .refused_op = SSL_SECOP_CURVE_SHARED, .refused_nid = NID_X25519 };
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = new_server_ctx(version) };

    SSL_CTX_set1_groups_list(judged.cctx, "X25519:P-256:P-384");
    set_judge(judged.sctx, &judge);
    judged.pair = connected_pair(judged.cctx, judged.sctx);
    CHECK_INT(SSL_get_shared_group(judged.pair.server, 0), NID_X9_62_prime256v1);
    CHECK_INT(SSL_get_shared_group(judged.pair.server, -1), 2);
    CHECK(judge.refused > 0);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_CURVE_CHECK };
    judged = new_judged(version, &judge, NULL);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, SSL_R_WRONG_CURVE);
    free_judged(&judged);
}

TEST_VERSIONS(a_signature_is_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_SIGALG_SUPPORTED, .refused_nid = NID_sha256 };
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = SSL_CTX_new(TLS_server_method()) };
    int nid;

    use_identity(judged.sctx, "server-rsa");
    set_judge(judged.cctx, &judge);
    judged.pair = connected_pair(judged.cctx, judged.sctx);
    CHECK_INT(SSL_get_peer_signature_nid(judged.pair.client, &nid), 1);
    CHECK_INT(nid, NID_sha384);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_SIGALG_CHECK };
    judged = new_judged(version, &judge, NULL);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, SSL_R_WRONG_SIGNATURE_TYPE);
    CHECK_INT(judged.pair.server_end.reason, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
    free_judged(&judged);
    judge = (struct judge){ .refused_op = SSL_SECOP_SIGALG_SHARED };
    judged = new_judged(version, NULL, &judge);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.server_end.reason, SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS);
    free_judged(&judged);
}

/* The method's own version must not be refused, as OpenSSL has it. */
TEST(a_version_is_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_VERSION, .refused_nid = TLS1_3_VERSION };
    struct judged judged = new_judged(0, &judge, NULL);

    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, ERR_R_INTERNAL_ERROR);
    CHECK_INT(judge.refused, 1);
    free_judged(&judged);
    judge.refused = 0;
    judged = new_judged(0, NULL, &judge);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.server_end.reason, ERR_R_INTERNAL_ERROR);
    free_judged(&judged);
    judge.refused_nid = TLS1_2_VERSION;
    judged = new_judged(TLS1_2_VERSION, &judge, NULL);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(judged.pair.client_end.reason, SSL_R_NO_PROTOCOLS_AVAILABLE);
    free_judged(&judged);
}

TEST_TLS12(tickets_are_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_TICKET };
    struct judged judged = new_judged(version, &judge, NULL);

    REQUIRE(handshake(&judged.pair));
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(judged.pair.client)), 0);
    free_judged(&judged);
    judged = new_judged(version, NULL, &judge);
    REQUIRE(handshake(&judged.pair));
    CHECK_INT(SSL_SESSION_has_ticket(SSL_get_session(judged.pair.client)), 0);
    free_judged(&judged);
}

TEST(a_certificate_is_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_EE_KEY };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;
    X509 *ca = fixture_cert("ca"), *intermediate = fixture_cert("intermediate");

    set_judge(ctx, &judge);
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(SSL_R_EE_KEY_TOO_SMALL);
    judge.refused_op = SSL_SECOP_CA_MD;
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_use_certificate_file(ssl, fixture("server-p256.pem"), SSL_FILETYPE_PEM), 0);
    CHECK_REASON(SSL_R_CA_MD_TOO_WEAK);
    judge.refused_op = 0;
    CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("chained.pem"), SSL_FILETYPE_PEM), 1);
    judge.refused_op = SSL_SECOP_CA_MD;
    /* Signed by itself: its signature is not judged. */
    CHECK_INT(SSL_CTX_add1_chain_cert(ctx, ca), 1);
    CHECK_INT(SSL_CTX_add1_chain_cert(ctx, intermediate), 0);
    CHECK_REASON(SSL_R_CA_MD_TOO_WEAK);
    judge.refused_op = SSL_SECOP_CA_KEY;
    CHECK_INT(SSL_CTX_add1_chain_cert(ctx, ca), 0);
    CHECK_REASON(SSL_R_CA_KEY_TOO_SMALL);
    X509_free(ca);
    X509_free(intermediate);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(dh_parameters_are_refused)
{
    struct judge judge = { .refused_op = SSL_SECOP_TMP_DH };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    DH *dh = DH_get_2048_256();

    set_judge(ctx, &judge);
    CHECK_INT(SSL_CTX_set_tmp_dh(ctx, dh), 0);
    CHECK_REASON(SSL_R_DH_KEY_TOO_SMALL);
    CHECK(asked(&judge, SSL_SECOP_TMP_DH, 112, 0));
    judge.refused_op = 0;
    CHECK_INT(SSL_CTX_set_tmp_dh(ctx, dh), 1);
    DH_free(dh);
    SSL_CTX_free(ctx);
}

TEST(supported_ciphers_are_judged)
{
    struct judge judge = { .refused_op = SSL_SECOP_CIPHER_SUPPORTED, .refused_cipher = "TLS_AES_128_GCM_SHA256" };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;
    STACK_OF(SSL_CIPHER) *ciphers;

    SSL_CTX_set_cipher_list(ctx, "ECDHE-RSA-AES128-GCM-SHA256");
    set_judge(ctx, &judge);
    ssl = SSL_new(ctx);
    ciphers = SSL_get1_supported_ciphers(ssl);
    CHECK_INT(sk_SSL_CIPHER_num(ciphers), 3);
    sk_SSL_CIPHER_free(ciphers);
    /* No RSA signature, no suite that needs one. */
    SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256");
    ciphers = SSL_get1_supported_ciphers(ssl);
    CHECK_INT(sk_SSL_CIPHER_num(ciphers), 2);
    sk_SSL_CIPHER_free(ciphers);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* What OpenSSL's own callback answers, which programs wrap. */
TEST(the_default_callback)
{
    static const struct {
        int op, bits, nid;
        const char *allowed; /* at the levels 0 to 5 */
    } rows[] = {
        { SSL_SECOP_VERSION, 0, SSL3_VERSION, "110000" },
        { SSL_SECOP_VERSION, 0, TLS1_VERSION, "111000" },
        { SSL_SECOP_VERSION, 0, TLS1_1_VERSION, "111100" },
        { SSL_SECOP_VERSION, 0, TLS1_2_VERSION, "111111" },
        { SSL_SECOP_VERSION, 0, TLS1_3_VERSION, "111111" },
        { SSL_SECOP_TICKET, 0, 0, "111000" },
        { SSL_SECOP_COMPRESSION, 0, 0, "110000" },
        { SSL_SECOP_TMP_DH, 79, 0, "000000" },
        { SSL_SECOP_TMP_DH, 112, 0, "111000" },
        { SSL_SECOP_SIGALG_CHECK, 64, NID_sha1, "100000" },
        { SSL_SECOP_SIGALG_SUPPORTED, 112, NID_sha224, "111000" },
        { SSL_SECOP_CURVE_SUPPORTED, 128, NID_X25519, "111100" },
        { SSL_SECOP_CURVE_CHECK, 192, NID_secp384r1, "111110" },
        { SSL_SECOP_EE_KEY, 112, 0, "111000" },
        { SSL_SECOP_CA_KEY, 256, 0, "111111" },
        { SSL_SECOP_CA_MD, -1, 0, "100000" },
    };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    unsigned char number[2] = { 0, 23 };

    REQUIRE(SSL_CTX_get_security_callback(ctx) != NULL);
    CHECK(SSL_get_security_callback(ssl) == SSL_CTX_get_security_callback(ctx));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char allowed[7] = "", by_ctx[7] = "";

        for (int level = 0; level < 6; level++) {
            SSL_set_security_level(ssl, level);
            SSL_CTX_set_security_level(ctx, level);
            allowed[level] = '0' + SSL_get_security_callback(ssl)(ssl, NULL, rows[i].op, rows[i].bits, rows[i].nid,
                                                                  number, NULL);
            if (rows[i].op != SSL_SECOP_VERSION)
                by_ctx[level] = '0' + SSL_CTX_get_security_callback(ctx)(NULL, ctx, rows[i].op, rows[i].bits,
                                                                         rows[i].nid, number, NULL);
        }
        printf("    op %x bits %d nid %d\n", rows[i].op, rows[i].bits, rows[i].nid);
        CHECK_STR(allowed, rows[i].allowed);
        if (rows[i].op != SSL_SECOP_VERSION)
            CHECK_STR(by_ctx, rows[i].allowed);
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static int wrapped_calls;
static int (*wrapped)(const SSL *, const SSL_CTX *, int, int, int, void *, void *);

static int wrap(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    wrapped_calls++;
    return wrapped(ssl, ctx, op, bits, nid, other, ex);
}

/* As `openssl s_client -security_debug` does it. */
TEST_VERSIONS(the_default_callback_wrapped)
{
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = new_server_ctx(version) };

    wrapped = SSL_CTX_get_security_callback(judged.cctx);
    SSL_CTX_set_security_callback(judged.cctx, wrap);
    judged.pair = connected_pair(judged.cctx, judged.sctx);
    CHECK(wrapped_calls > 10);
    free_judged(&judged);
}

/* What is negotiated at each level. */
TEST_VERSIONS(levels)
{
    int tls13 = version == TLS1_3_VERSION;

    for (int level = 0; level < 6; level++) {
        struct judged judged = { .cctx = new_client_ctx(version), .sctx = new_server_ctx(version) };
        SSL_SESSION *session;

        printf("    level %d\n", level);
        SSL_CTX_set1_groups_list(judged.cctx, "X25519:P-256:P-384:P-521");
        SSL_CTX_set_security_level(judged.cctx, level);
        judged.pair = new_pair(judged.cctx, judged.sctx);
        /* The chain of P-256 keys has 128 bits. */
        CHECK_INT(handshake(&judged.pair), level < 4);
        if (level < 4) {
            CHECK_INT(SSL_get_verify_result(judged.pair.client), X509_V_OK);
            CHECK_INT(SSL_get_shared_group(judged.pair.server, 0), NID_X25519);
            session = SSL_get_session(judged.pair.client);
            if (!tls13)
                CHECK_INT(SSL_SESSION_has_ticket(session), level < 3);
        }
        free_judged(&judged);
    }
}

/* A certificate of P-521 alone does not make level 4: it is signed with SHA-256. */
TEST_VERSIONS(level_4_without_verification)
{
    struct judged judged = { .cctx = new_client_ctx(version), .sctx = SSL_CTX_new(TLS_server_method()) };

    use_identity(judged.sctx, "server-p521");
    SSL_CTX_set1_groups_list(judged.cctx, "X25519:P-256:P-384:P-521");
    SSL_CTX_set_security_level(judged.cctx, 4);
    judged.pair = new_pair(judged.cctx, judged.sctx);
    CHECK_INT(handshake(&judged.pair), 0);
    CHECK_INT(SSL_get_verify_result(judged.pair.client), X509_V_ERR_CA_MD_TOO_WEAK);
    free_pair(&judged.pair);
    SSL_CTX_set_verify(judged.cctx, SSL_VERIFY_NONE, NULL);
    judged.pair = connected_pair(judged.cctx, judged.sctx);
    CHECK_INT(SSL_get_shared_group(judged.pair.server, 0), NID_secp384r1);
    CHECK_INT(SSL_CIPHER_get_bits(SSL_get_current_cipher(judged.pair.client), NULL), 256);
    free_judged(&judged);
}
