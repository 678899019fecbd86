/*
 * Certificate Transparency: timestamps in certificates and in stapled OCSP responses,
 * under each rule. The timestamps are signed here, by a log of our own.
 */
#include "harness.h"

#include <openssl/ct.h>
#include <openssl/ocsp.h>
#include <openssl/sha.h>
#include <time.h>
#include <unistd.h>

struct authority {
    EVP_PKEY *key, *log_key, *leaf_key;
    X509 *cert;
    char logs[64]; /* a file with the log */
};

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    REQUIRE(extension != NULL && X509_add_ext(x, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, const char *basic)
{
    X509 *x = X509_new();
    X509_NAME *subject = X509_get_subject_name(x);

    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 36000);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x, issuer == NULL ? subject : X509_get_subject_name(issuer));
    X509_set_pubkey(x, key);
    extend(x, issuer == NULL ? x : issuer, NID_basic_constraints, basic);
    REQUIRE(X509_sign(x, issuer_key, EVP_sha256()) > 0);
    return x;
}

static struct authority new_authority(void)
{
    struct authority a;
    unsigned char *der = NULL, base64[512];
    FILE *file;
    int len, fd;

    a.key = EVP_EC_gen("P-256");
    a.log_key = EVP_EC_gen("P-256");
    a.leaf_key = EVP_EC_gen("P-256");
    a.cert = certificate("authority", a.key, NULL, a.key, "critical,CA:TRUE");
    strcpy(a.logs, "/tmp/logs-XXXXXX");
    fd = mkstemp(a.logs);
    file = fd < 0 ? NULL : fdopen(fd, "w");
    REQUIRE(file != NULL);
    len = i2d_PUBKEY(a.log_key, &der);
    EVP_EncodeBlock(base64, der, len);
    fprintf(file, "enabled_logs = ours\n[ours]\ndescription = Our log\nkey = %s\n", base64);
    fclose(file);
    OPENSSL_free(der);
    return a;
}

static void free_authority(struct authority *a)
{
    unlink(a->logs);
    EVP_PKEY_free(a->key);
    EVP_PKEY_free(a->log_key);
    EVP_PKEY_free(a->leaf_key);
    X509_free(a->cert);
}

/* What is wrong with a timestamp. */
enum flaw { GOOD, OF_AN_UNKNOWN_LOG, FORGED, OF_THE_FUTURE };

static void put(unsigned char **to, uint64_t value, int size)
{
    while (size-- > 0)
        *(*to)++ = (unsigned char)(value >> (8 * size));
}

static SCT *timestamp(struct authority *a, X509 *leaf, int embedded, enum flaw flaw)
{
    SCT *sct = SCT_new();
    uint64_t when = ((uint64_t)time(NULL) + (flaw == OF_THE_FUTURE ? 90000 : -60)) * 1000;
    unsigned char *der = NULL, message[4096], *end = message, hash[32], signature[256];
    size_t signature_len = sizeof(signature);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int len;

    put(&end, 0, 1);
    put(&end, 0, 1);
    put(&end, when, 8);
    put(&end, embedded ? 1 : 0, 2);
    if (embedded) {
        len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(a->cert), &der);
        SHA256(der, (size_t)len, end);
        end += 32;
        OPENSSL_free(der);
        der = NULL;
        len = i2d_re_X509_tbs(leaf, &der);
    } else {
        len = i2d_X509(leaf, &der);
    }
    put(&end, (uint64_t)len, 3);
    memcpy(end, der, (size_t)len);
    end += len;
    OPENSSL_free(der);
    der = NULL;
    put(&end, 0, 2);
    REQUIRE(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, a->log_key) == 1);
    REQUIRE(EVP_DigestSign(md, signature, &signature_len, message, (size_t)(end - message)) == 1);
    EVP_MD_CTX_free(md);
    if (flaw == FORGED)
        when++;
    len = i2d_PUBKEY(a->log_key, &der);
    SHA256(der, (size_t)len, hash);
    OPENSSL_free(der);
    if (flaw == OF_AN_UNKNOWN_LOG)
        hash[0] ^= 1;
    REQUIRE(SCT_set_version(sct, SCT_VERSION_V1) == 1);
    REQUIRE(SCT_set1_log_id(sct, hash, 32) == 1);
    SCT_set_timestamp(sct, when);
    REQUIRE(SCT_set_signature_nid(sct, NID_ecdsa_with_SHA256) == 1);
    REQUIRE(SCT_set1_signature(sct, signature, signature_len) == 1);
    return sct;
}

static STACK_OF(SCT) *timestamps(struct authority *a, X509 *leaf, int embedded, const enum flaw *flaws, int count)
{
    STACK_OF(SCT) *scts = sk_SCT_new_null();

    while (count-- > 0)
        sk_SCT_push(scts, timestamp(a, leaf, embedded, *flaws++));
    return scts;
}

static X509 *leaf_with(struct authority *a, const enum flaw *flaws, int count)
{
    X509 *leaf = certificate("localhost", a->leaf_key, a->cert, a->key, "CA:FALSE");

    if (count > 0) {
        STACK_OF(SCT) *scts = timestamps(a, leaf, 1, flaws, count);

        REQUIRE(X509_add1_ext_i2d(leaf, NID_ct_precert_scts, scts, 0, X509V3_ADD_DEFAULT) == 1);
        REQUIRE(X509_sign(leaf, a->key, EVP_sha256()) > 0);
        SCT_LIST_free(scts);
    }
    return leaf;
}

/* An OCSP response with timestamps. */
static int response(struct authority *a, X509 *leaf, const enum flaw *flaws, int count, unsigned char **der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, a->cert);
    ASN1_TIME *now = X509_gmtime_adj(NULL, -60), *next = X509_gmtime_adj(NULL, 3600);
    OCSP_SINGLERESP *single = OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, now, next);
    STACK_OF(SCT) *scts = timestamps(a, leaf, 0, flaws, count);
    OCSP_RESPONSE *whole;
    int len;

    REQUIRE(single != NULL && OCSP_SINGLERESP_add1_ext_i2d(single, NID_ct_cert_scts, scts, 0, 0) == 1);
    REQUIRE(OCSP_basic_sign(basic, a->cert, a->key, EVP_sha256(), NULL, 0) == 1);
    whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    len = i2d_OCSP_RESPONSE(whole, der);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    SCT_LIST_free(scts);
    return len;
}

static X509 *stapled_for;
static struct authority *stapled_by;

static int staple(SSL *ssl, void *arg)
{
    static const enum flaw flaws[] = { GOOD, FORGED };
    unsigned char *der = NULL;
    int len;

    (void)arg;
    len = response(stapled_by, stapled_for, flaws, 2, &der);
    SSL_set_tlsext_status_ocsp_resp(ssl, der, len);
    return SSL_TLSEXT_ERR_OK;
}

static int no_judgement(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 1;
}

static void describe(const char *who, const STACK_OF(SCT) *scts)
{
    int i;

    outcome("%s: %s, %d", who, scts == NULL ? "none" : "some", sk_SCT_num(scts));
    for (i = 0; i < sk_SCT_num(scts); i++) {
        SCT *sct = sk_SCT_value(scts, i);

        outcome("source %d, status %d, entry %d", SCT_get_source(sct), SCT_get_validation_status(sct),
                SCT_get_log_entry_type(sct));
    }
}

static int judge(const CT_POLICY_EVAL_CTX *ctx, const STACK_OF(SCT) *scts, void *arg)
{
    int answer = *(int *)arg;
    char name[64];

    describe("callback", scts);
    X509_NAME_oneline(X509_get_subject_name(CT_POLICY_EVAL_CTX_get0_cert(ctx)), name, sizeof(name));
    outcome("of %s, log store %d", name, CT_POLICY_EVAL_CTX_get0_log_store(ctx) != NULL);
    X509_NAME_oneline(X509_get_subject_name(CT_POLICY_EVAL_CTX_get0_issuer(ctx)), name, sizeof(name));
    outcome("issued by %s, now %d", name, (long long)CT_POLICY_EVAL_CTX_get_time(ctx) / 1000 + 60 > (long long)time(NULL));
    return answer;
}

enum rule { NO_RULE, PERMISSIVE, STRICT, CALLBACK_1, CALLBACK_0, CALLBACK_MINUS };

struct scene {
    const char *name;
    enum flaw flaws[3];
    int count;
    int stapled;
    int extension; /* timestamps in TLS's extension; -1: nonsense there */
};

/* Has the server send timestamps in TLS's extension. */
static void serve(SSL_CTX *server, struct authority *a, X509 *leaf, int count)
{
    static const enum flaw flaws[] = { GOOD, FORGED };
    STACK_OF(SCT) *scts = timestamps(a, leaf, 0, flaws, count < 0 ? 0 : count);
    unsigned char *list = NULL, info[4096] = { 0, 0, 0x11, 0x80, 0, 18 };
    int len = count < 0 ? 3 : i2o_SCT_LIST(scts, &list);

    REQUIRE(len > 0);
    info[6] = (unsigned char)(len >> 8);
    info[7] = (unsigned char)len;
    if (count > 0)
        memcpy(info + 8, list, (size_t)len);
    /* Each certificate has its own. */
    REQUIRE(SSL_CTX_use_certificate(server, leaf) == 1);
    REQUIRE(SSL_CTX_use_serverinfo_ex(server, SSL_SERVERINFOV2, info, (size_t)len + 8) == 1);
    OPENSSL_free(list);
    SCT_LIST_free(scts);
}

static void play(struct authority *a, const struct scene *scene, enum rule rule, int verify, int version)
{
    static int answers[] = { 1, 0, -1 };
    SSL_CTX *client = new_client_ctx(version), *server = new_server_ctx(version);
    X509 *leaf = leaf_with(a, scene->flaws, scene->count);
    struct pair pair;

    if (scene->extension != 0)
        serve(server, a, leaf, scene->extension);

    REQUIRE(SSL_CTX_use_certificate(server, leaf) == 1 && SSL_CTX_use_PrivateKey(server, a->leaf_key) == 1);
    REQUIRE(X509_STORE_add_cert(SSL_CTX_get_cert_store(client), a->cert) == 1);
    SSL_CTX_set_verify(client, verify, NULL);
    if (scene->stapled) {
        stapled_for = leaf;
        stapled_by = a;
        SSL_CTX_set_tlsext_status_cb(server, staple);
        SSL_CTX_set_tlsext_status_cb(client, no_judgement);
    }
    outcome_errors("logs: %d", SSL_CTX_set_ctlog_list_file(client, a->logs));
    switch (rule) {
    case NO_RULE: break;
    case PERMISSIVE: CHECK_INT(SSL_CTX_enable_ct(client, SSL_CT_VALIDATION_PERMISSIVE), 1); break;
    case STRICT: CHECK_INT(SSL_CTX_enable_ct(client, SSL_CT_VALIDATION_STRICT), 1); break;
    default:
        CHECK_INT(SSL_CTX_set_ct_validation_callback(client, judge, &answers[rule - CALLBACK_1]), 1);
    }
    pair = new_pair(client, server);
    outcome("%s, rule %d, verify %d: enabled %d %d, status type %ld", scene->name, rule, verify,
            SSL_CTX_ct_is_enabled(client), SSL_ct_is_enabled(pair.client), SSL_get_tlsext_status_type(pair.client));
    handshake(&pair);
    /* Without SSL_VERIFY_PEER OpenSSL sends the alert and then waits; Tessera fails. */
    if (verify == SSL_VERIFY_NONE && pair.client_end.ret != 1)
        outcome("the client fails");
    else
        outcome("client %d %d %d", pair.client_end.ret, pair.client_end.error, pair.client_end.reason);
    outcome("server %d %d %d", pair.server_end.ret, pair.server_end.error, pair.server_end.reason);
    outcome("verify result %ld", SSL_get_verify_result(pair.client));
    describe("client's", SSL_get0_peer_scts(pair.client));
    describe("client's again", SSL_get0_peer_scts(pair.client));
    /* rustls asks for an OCSP response always, OpenSSL only with a rule. */
    if (rule != NO_RULE)
        describe("server's", SSL_get0_peer_scts(pair.server));
    ERR_clear_error();
    free_pair(&pair);
    X509_free(leaf);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

static const struct scene scenes[] = {
    { "no timestamp", { GOOD }, 0, 0, 0 },
    { "a good one", { GOOD }, 1, 0, 0 },
    { "of an unknown log", { OF_AN_UNKNOWN_LOG }, 1, 0, 0 },
    { "a forged one", { FORGED }, 1, 0, 0 },
    { "of the future", { OF_THE_FUTURE }, 1, 0, 0 },
    { "three, the last one good", { FORGED, OF_AN_UNKNOWN_LOG, GOOD }, 3, 0, 0 },
    { "stapled", { GOOD }, 0, 1, 0 },
    { "stapled and embedded", { FORGED }, 1, 1, 0 },
    { "in the extension", { GOOD }, 0, 0, 1 },
    { "two in the extension", { GOOD }, 0, 0, 2 },
    { "everywhere", { OF_AN_UNKNOWN_LOG, GOOD }, 2, 1, 2 },
    { "nonsense in the extension", { GOOD }, 1, 0, -1 },
};

TEST_VERSIONS(servers_are_judged)
{
    struct authority a = new_authority();
    size_t i;
    int rule;

    for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        for (rule = NO_RULE; rule <= CALLBACK_MINUS; rule++)
            play(&a, &scenes[i], (enum rule)rule, SSL_VERIFY_PEER, version);
    free_authority(&a);
}

TEST_VERSIONS(who_verifies_nothing_may_look)
{
    struct authority a = new_authority();
    size_t i;
    int rule;

    for (i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        for (rule = NO_RULE; rule <= CALLBACK_MINUS; rule++)
            play(&a, &scenes[i], (enum rule)rule, SSL_VERIFY_NONE, version);
    free_authority(&a);
}

TEST(configuration)
{
    SSL_CTX *ctx = new_client_ctx(0);
    SSL *before = SSL_new(ctx), *after;
    CTLOG_STORE *store = CTLOG_STORE_new();
    int mode;

    outcome("%d %d", SSL_CTX_ct_is_enabled(ctx), SSL_ct_is_enabled(before));
    CHECK(SSL_CTX_get0_ctlog_store(ctx) != NULL);
    SSL_CTX_set0_ctlog_store(ctx, store);
    CHECK_PTR(SSL_CTX_get0_ctlog_store(ctx), store);
    outcome_errors("no file: %d", SSL_CTX_set_ctlog_list_file(ctx, "/nonexistent"));
    outcome_errors("not a list: %d", SSL_CTX_set_ctlog_list_file(ctx, fixture("ca.pem")));
    outcome_errors("the default: %d", SSL_CTX_set_default_ctlog_list_file(ctx));
    for (mode = -1; mode < 3; mode++) {
        outcome_errors("context, mode %d: %d", mode, SSL_CTX_enable_ct(ctx, mode));
        outcome("%d", SSL_CTX_ct_is_enabled(ctx));
        outcome_errors("mode %d: %d", mode, SSL_enable_ct(before, mode));
        outcome("%d, status type %ld", SSL_ct_is_enabled(before), SSL_get_tlsext_status_type(before));
    }
    after = SSL_new(ctx);
    outcome("after: %d, status type %ld", SSL_ct_is_enabled(after), SSL_get_tlsext_status_type(after));
    outcome_errors("off: %d %d", SSL_set_ct_validation_callback(after, NULL, NULL),
                   SSL_CTX_set_ct_validation_callback(ctx, NULL, NULL));
    outcome("%d %d, status type %ld", SSL_ct_is_enabled(after), SSL_CTX_ct_is_enabled(ctx),
            SSL_get_tlsext_status_type(after));
    CHECK_PTR(SSL_get0_peer_scts(after), NULL);
    SSL_free(before);
    SSL_free(after);
    SSL_CTX_free(ctx);
}
