/*
 * Ciphers as objects and lists: rule strings, the properties of each cipher,
 * lists of bytes, security levels; and compression, of which there is none.
 */
#include "harness.h"

/* The ciphers below TLS 1.3 that Tessera negotiates, a letter for each. */
static const char letters[] = "ERCPer";
static const uint16_t ids[] = { 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc02b, 0xc02f };

/* Those of a list, as letters; the stock library has others between them. */
static const char *lower_ciphers(STACK_OF(SSL_CIPHER) *list)
{
    static char text[sizeof(letters)];
    size_t len = 0;

    for (int i = 0; i < sk_SSL_CIPHER_num(list); i++)
        for (size_t j = 0; j < sizeof(ids) / sizeof(ids[0]); j++)
            if (SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(list, i)) == ids[j])
                text[len++] = letters[j];
    text[len] = 0;
    return text;
}

/* What each rule leaves, in order, and the reason of its failure. */
static const struct {
    const char *rule;
    const char *ciphers;
    int reason;
} rules[] = {
    { "DEFAULT", "ERCPer", 0 },
    { "ALL", "ERCPer", 0 },
    { "HIGH", "ERCPer", 0 },
    { "MEDIUM", "", SSL_R_NO_CIPHER_MATCH },
    { "LOW", "", SSL_R_NO_CIPHER_MATCH },
    { "HIGH:!aNULL:!MD5", "ERCPer", 0 },
    { "HIGH:!aNULL:!eNULL", "ERCPer", 0 },
    { "HIGH:!kRSA:!aNULL", "ERCPer", 0 },
    { "ECDHE+AESGCM", "ERer", 0 },
    { "ECDHE+AESGCM:ECDHE+CHACHA20", "ERerCP", 0 },
    { "ECDHE+CHACHA20:ECDHE+AESGCM", "CPERer", 0 },
    { "EECDH+AESGCM:EDH+AESGCM", "ERer", 0 },
    { "EECDH+ECDSA+AESGCM EECDH+aRSA+AESGCM EECDH+ECDSA+SHA384 "
      "EECDH+ECDSA+SHA256 EECDH+aRSA+SHA384 EECDH+aRSA+SHA256 EECDH "
      "EDH+aRSA !RC4 !aNULL", "EeRrCP", 0 },
    { "kEECDH:kEDH:-ALL:AES256", "ER", 0 },
    { "ALL:!AES256", "CPer", 0 },
    { "ALL:-AES256:AES256", "CPerER", 0 },
    { "ALL:+AES256", "CPerER", 0 },
    { "ALL:+CHACHA20:@STRENGTH", "ERCPer", 0 },
    { "ALL:@STRENGTH", "ERCPer", 0 },
    { "AES128:AES256:@STRENGTH", "ERer", 0 },
    { "aRSA", "RPr", 0 },
    { "aECDSA", "ECe", 0 },
    { "ECDSA", "ECe", 0 },
    { "RSA", "", SSL_R_NO_CIPHER_MATCH },
    { "kRSA", "", SSL_R_NO_CIPHER_MATCH },
    { "kECDHE", "ERCPer", 0 },
    { "ECDH", "ERCPer", 0 },
    { "AECDH", "", SSL_R_NO_CIPHER_MATCH },
    { "COMPLEMENTOFALL", "", SSL_R_NO_CIPHER_MATCH },
    { "COMPLEMENTOFDEFAULT", "", SSL_R_NO_CIPHER_MATCH },
    { "COMPLEMENTOFDEFAULT:ALL", "ERCPer", 0 },
    { "ALL:!COMPLEMENTOFDEFAULT:!eNULL", "ERCPer", 0 },
    { "DEFAULT:!CHACHA20", "ERer", 0 },
    { "DEFAULT:+aRSA", "ECeRPr", 0 },
    { "DEFAULT:-aECDSA", "RPr", 0 },
    { "DEFAULT@SECLEVEL=1", "ERCPer", 0 },
    { "DEFAULT:@SECLEVEL=0", "ERCPer", 0 },
    { "DEFAULT:@SECLEVEL=4", "ERCPer", 0 },
    { "DEFAULT:@SECLEVEL=5", "ERCPer", 0 },
    { "ALL:@SECLEVEL=6", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ALL:@SECLEVEL=10", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ALL:@FOO", "ERCPer", SSL_R_INVALID_COMMAND },
    { "@SECLEVEL=3", "", SSL_R_NO_CIPHER_MATCH },
    { "@", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ALL:@", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ECDHE-RSA-AES128-GCM-SHA256", "r", 0 },
    { "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:"
      "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:"
      "DHE-RSA-AES128-GCM-SHA256:kEDH+AESGCM:ECDHE-RSA-AES128-SHA256", "reRE", 0 },
    { "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305", "CP", 0 },
    { "AES256-SHA", "", SSL_R_NO_CIPHER_MATCH },
    { "AES256-SHA:ECDHE-RSA-AES256-GCM-SHA384", "R", 0 },
    { "foo", "", SSL_R_NO_CIPHER_MATCH },
    { "foo:ECDHE-RSA-AES256-GCM-SHA384:bar", "R", 0 },
    { "TLS_AES_128_GCM_SHA256", "", SSL_R_NO_CIPHER_MATCH },
    { "TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES256-GCM-SHA384", "R", 0 },
    { "TLSv1.2", "ERCPer", 0 },
    { "TLSv1.2+ECDHE", "ERCPer", 0 },
    { "TLSv1", "", SSL_R_NO_CIPHER_MATCH },
    { "TLSv1.0", "", SSL_R_NO_CIPHER_MATCH },
    { "SSLv3", "", SSL_R_NO_CIPHER_MATCH },
    { "TLSv1.3", "", SSL_R_NO_CIPHER_MATCH },
    { "!TLSv1.2:ALL", "", SSL_R_NO_CIPHER_MATCH },
    { "SHA256", "", SSL_R_NO_CIPHER_MATCH },
    { "SHA384", "", SSL_R_NO_CIPHER_MATCH },
    { "SHA", "", SSL_R_NO_CIPHER_MATCH },
    { "FIPS", "ERer", 0 },
    { "FIPS:!aRSA", "Ee", 0 },
    { "FIPS+AES128", "er", 0 },
    { "HIGH+AES128", "er", 0 },
    { "HIGH+MEDIUM", "", SSL_R_NO_CIPHER_MATCH },
    { "AESGCM", "ERer", 0 },
    { "AESCCM", "", SSL_R_NO_CIPHER_MATCH },
    { "AESCCM8", "", SSL_R_NO_CIPHER_MATCH },
    { "CHACHA20", "CP", 0 },
    { "ARIA", "", SSL_R_NO_CIPHER_MATCH },
    { "CAMELLIA:ECDHE", "ERCPer", 0 },
    { "CBC", "", SSL_R_NO_CIPHER_MATCH },
    { "CBC:AESGCM", "ERer", 0 },
    { "3DES", "", SSL_R_NO_CIPHER_MATCH },
    { "RC4", "", SSL_R_NO_CIPHER_MATCH },
    { "PSK", "", SSL_R_NO_CIPHER_MATCH },
    { "PSK:ECDHE+AESGCM", "ERer", 0 },
    { "SRP", "", SSL_R_NO_CIPHER_MATCH },
    { "GOST", "", SSL_R_NO_CIPHER_MATCH },
    { "GOST89", "", SSL_R_NO_CIPHER_MATCH },
    { "aGOST", "", SSL_R_NO_CIPHER_MATCH },
    { "!aNULL:ALL", "ERCPer", 0 },
    { "-ALL:ALL", "ERCPer", 0 },
    { "ALL:!ALL", "", SSL_R_NO_CIPHER_MATCH },
    { "ALL,!CHACHA20;+AES128 -aECDSA", "Rr", 0 },
    { "::ALL::", "ERCPer", 0 },
    { "HIGH+", "ERCPer", SSL_R_INVALID_COMMAND },
    { "HIGH+:ALL", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ALL:*", "ERCPer", SSL_R_INVALID_COMMAND },
    { "ALL:HIGH!foo", "ERCPer", 0 },
    { "ALL: !AES128", "ERCP", 0 },
    { "ECDHE+AES128+aRSA+SHA256", "", SSL_R_NO_CIPHER_MATCH },
    { "ECDHE+AES128+AES256", "", SSL_R_NO_CIPHER_MATCH },
    { "kECDHE+aECDSA+AESGCM:kECDHE+aRSA", "EeRPr", 0 },
    { "EDH-RSA-DES-CBC3-SHA", "", SSL_R_NO_CIPHER_MATCH },
    { "DEFAULTfoo", "ERCPer", 0 },
    { "DEFAULT:DEFAULT", "ERCPer", 0 },
    { "ALL:DEFAULT", "ERCPer", 0 },
    { "SUITEB128", "eE", 0 },
    { "SUITEB128ONLY", "e", 0 },
    { "SUITEB128C2", "E", 0 },
    { "SUITEB192", "E", 0 },
    { "COMPLEMENTOFDEFAULT+HIGH", "ERCPer", 0 },
    { "HIGH+COMPLEMENTOFDEFAULT", "", SSL_R_NO_CIPHER_MATCH },
    { "NULL:AESGCM", "ERer", 0 },
    { "eNULL:ALL", "ERCPer", 0 },
    { "ECDHE-ECDSA-AES256-GCM-SHA384+aRSA", "", SSL_R_NO_CIPHER_MATCH },
    { "aRSA+ECDHE-RSA-AES256-GCM-SHA384", "R", 0 },
    { "EECDH+HIGH:!AES256", "CPer", 0 },
    { "ALL:+kECDHE:+AESGCM:+AES128", "CPERer", 0 },
};

TEST(rules_of_a_cipher_list)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());
        int ret = SSL_CTX_set_cipher_list(ctx, rules[i].rule);
        const char *left = lower_ciphers(SSL_CTX_get_ciphers(ctx));

        if (strcmp(left, rules[i].ciphers) != 0)
            printf("    of the rule %s\n", rules[i].rule);
        CHECK_STR(left, rules[i].ciphers);
        /* The stock library may be left with ciphers that Tessera refuses. */
        if (on_tessera() || rules[i].reason != SSL_R_NO_CIPHER_MATCH) {
            CHECK_INT(ret, rules[i].reason == 0);
            CHECK_INT(last_reason(), rules[i].reason);
        }
        ERR_clear_error();
        SSL_CTX_free(ctx);
    }
}

TEST(an_ssl_follows_its_context)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_PTR(SSL_get_ciphers(ssl), SSL_CTX_get_ciphers(ctx));
    CHECK_INT(SSL_CTX_set_cipher_list(ctx, "aRSA"), 1);
    CHECK_STR(lower_ciphers(SSL_get_ciphers(ssl)), "RPr");
    CHECK_INT(SSL_set_cipher_list(ssl, "aECDSA"), 1);
    CHECK_STR(lower_ciphers(SSL_get_ciphers(ssl)), "ECe");
    CHECK_STR(lower_ciphers(SSL_CTX_get_ciphers(ctx)), "RPr");
    CHECK_PTR(SSL_get_ciphers(ssl), SSL_get_ciphers(ssl));
    /* The suites of TLS 1.3 were copied when the SSL was made. */
    CHECK_INT(SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256"), 1);
    CHECK_STR(SSL_get_cipher_list(ssl, 0), "TLS_AES_256_GCM_SHA384");
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(supported_ciphers)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    STACK_OF(SSL_CIPHER) *list = SSL_get1_supported_ciphers(ssl);

    CHECK_STR(lower_ciphers(list), letters);
    sk_SSL_CIPHER_free(list);
    SSL_set_security_level(ssl, 4);
    list = SSL_get1_supported_ciphers(ssl);
    CHECK_STR(lower_ciphers(list), "ERCP");
    sk_SSL_CIPHER_free(list);
    SSL_set_security_level(ssl, 1);
    SSL_set_min_proto_version(ssl, TLS1_3_VERSION);
    list = SSL_get1_supported_ciphers(ssl);
    CHECK_INT(sk_SSL_CIPHER_num(list), 3);
    sk_SSL_CIPHER_free(list);
    CHECK_PTR(SSL_get1_supported_ciphers(NULL), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static const SSL_CIPHER *find(unsigned int id)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    const unsigned char bytes[2] = { id >> 8, id & 0xff };
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, bytes);

    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return cipher;
}

static void check_properties(unsigned int id, const char *line, int kx, int auth, int cipher_nid, int mac, int digest)
{
    const SSL_CIPHER *cipher = find(id);
    char text[128], *allocated;

    REQUIRE(cipher != NULL);
    CHECK_STR(SSL_CIPHER_description(cipher, text, sizeof(text)), line);
    CHECK_PTR(SSL_CIPHER_description(cipher, text, sizeof(text) - 1), NULL);
    allocated = SSL_CIPHER_description(cipher, NULL, 0);
    CHECK_STR(allocated, line);
    OPENSSL_free(allocated);
    CHECK_INT(SSL_CIPHER_get_kx_nid(cipher), kx);
    CHECK_INT(SSL_CIPHER_get_auth_nid(cipher), auth);
    CHECK_INT(SSL_CIPHER_get_cipher_nid(cipher), cipher_nid);
    CHECK_INT(SSL_CIPHER_get_digest_nid(cipher), mac);
    CHECK_INT(SSL_CIPHER_is_aead(cipher), mac == NID_undef);
    CHECK_INT(EVP_MD_get_type(SSL_CIPHER_get_handshake_digest(cipher)), digest);
}

TEST(properties_of_a_cipher)
{
    check_properties(0x1302,
                     "TLS_AES_256_GCM_SHA384         TLSv1.3 Kx=any      Au=any   Enc=AESGCM(256)            Mac=AEAD\n",
                     NID_kx_any, NID_auth_any, NID_aes_256_gcm, NID_undef, NID_sha384);
    check_properties(0xcca9,
                     "ECDHE-ECDSA-CHACHA20-POLY1305  TLSv1.2 Kx=ECDH     Au=ECDSA Enc=CHACHA20/POLY1305(256) Mac=AEAD\n",
                     NID_kx_ecdhe, NID_auth_ecdsa, NID_chacha20_poly1305, NID_undef, NID_sha256);
    /* One that Tessera knows but does not negotiate. */
    check_properties(0x0033,
                     "DHE-RSA-AES128-SHA             SSLv3   Kx=DH       Au=RSA   Enc=AES(128)               Mac=SHA1\n",
                     NID_kx_dhe, NID_auth_rsa, NID_aes_128_cbc, NID_sha1, NID_md5_sha1);
}

TEST(without_a_cipher)
{
    int bits = 7;

    CHECK_PTR(find(0x5a5a), NULL);
    CHECK_STR(SSL_CIPHER_get_name(NULL), "(NONE)");
    CHECK_STR(SSL_CIPHER_standard_name(NULL), "(NONE)");
    CHECK_STR(SSL_CIPHER_get_version(NULL), "(NONE)");
    CHECK_STR(OPENSSL_cipher_name(NULL), "(NONE)");
    CHECK_STR(OPENSSL_cipher_name("TLS_NONSENSE"), "(NONE)");
    CHECK_INT(SSL_CIPHER_get_bits(NULL, &bits), 0);
    CHECK_INT(bits, 7);
    CHECK_INT(SSL_CIPHER_get_cipher_nid(NULL), NID_undef);
}

TEST(ciphers_from_bytes)
{
    static const unsigned char list[] = { 0x13, 0x01, 0x5a, 0x5a, 0x00, 0xff, 0xc0, 0x2f, 0x56, 0x00 };
    static const unsigned char v2[] = { 0x00, 0xc0, 0x2f, 0x01, 0x00, 0x80, 0x00, 0x00, 0xff };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    STACK_OF(SSL_CIPHER) *ciphers = NULL, *scsvs = NULL;

    REQUIRE(SSL_bytes_to_cipher_list(ssl, list, sizeof(list), 0, &ciphers, &scsvs) == 1);
    CHECK_INT(sk_SSL_CIPHER_num(ciphers), 2);
    CHECK_STR(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, 1)), "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_INT(sk_SSL_CIPHER_num(scsvs), 2);
    CHECK_STR(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(scsvs, 1)), "TLS_FALLBACK_SCSV");
    sk_SSL_CIPHER_free(ciphers);
    sk_SSL_CIPHER_free(scsvs);
    REQUIRE(SSL_bytes_to_cipher_list(ssl, v2, sizeof(v2), 1, &ciphers, NULL) == 1);
    CHECK_INT(sk_SSL_CIPHER_num(ciphers), 1);
    sk_SSL_CIPHER_free(ciphers);
    CHECK_INT(SSL_bytes_to_cipher_list(ssl, list, 0, 0, &ciphers, &scsvs), 0);
    CHECK_REASON(SSL_R_NO_CIPHERS_SPECIFIED);
    CHECK_INT(SSL_bytes_to_cipher_list(ssl, list, 3, 0, &ciphers, &scsvs), 0);
    CHECK_REASON(SSL_R_ERROR_IN_RECEIVED_CIPHER_LIST);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

static int judge(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    (void)ssl, (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)ex;
    return 1;
}

TEST(security_settings_are_copied)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl;
    int data;

    CHECK_INT(SSL_CTX_get_security_level(ctx), 2);
    SSL_CTX_set_security_level(ctx, 3);
    SSL_CTX_set_security_callback(ctx, judge);
    SSL_CTX_set0_security_ex_data(ctx, &data);
    ssl = SSL_new(ctx);
    CHECK_INT(SSL_get_security_level(ssl), 3);
    CHECK(SSL_get_security_callback(ssl) == judge);
    CHECK_PTR(SSL_get0_security_ex_data(ssl), &data);
    SSL_set_security_level(ssl, 0);
    SSL_set0_security_ex_data(ssl, NULL);
    CHECK_INT(SSL_CTX_get_security_level(ctx), 3);
    CHECK(SSL_CTX_get_security_callback(ctx) == judge);
    CHECK_PTR(SSL_CTX_get0_security_ex_data(ctx), &data);
    CHECK_PTR(SSL_get0_security_ex_data(ssl), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(no_compression)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);

    CHECK_INT(sk_SSL_COMP_num(SSL_COMP_get_compression_methods()), 0);
    CHECK_INT(SSL_COMP_add_compression_method(200, NULL), 1);
    CHECK_PTR(SSL_COMP_get_name(NULL), NULL);
    CHECK_PTR(SSL_get_current_compression(ssl), NULL);
    CHECK_PTR(SSL_get_current_expansion(ssl), NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(alert_names)
{
    CHECK_STR(SSL_alert_type_string(SSL3_AL_WARNING << 8), "W");
    CHECK_STR(SSL_alert_type_string_long(SSL3_AL_FATAL << 8), "fatal");
    CHECK_STR(SSL_alert_type_string_long(0), "unknown");
    CHECK_STR(SSL_alert_desc_string(SSL3_AL_FATAL << 8 | SSL_AD_UNKNOWN_CA), "CA");
    CHECK_STR(SSL_alert_desc_string_long(SSL_AD_UNEXPECTED_MESSAGE), "unexpected_message");
    CHECK_STR(SSL_alert_desc_string_long(SSL_AD_NO_APPLICATION_PROTOCOL), "no application protocol");
    CHECK_STR(SSL_alert_desc_string(255), "UK");
    CHECK_STR(SSL_alert_desc_string_long(255), "unknown");
}
