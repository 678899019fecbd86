/*
 * The encodings of a session: DER, PEM and text.
 */
#include "harness.h"
#include "session_bytes.h"

#include <time.h>

struct bytes {
    unsigned char *data;
    long len;
};

static struct bytes from_hex(const char *hex)
{
    struct bytes bytes;

    bytes.data = OPENSSL_hexstr2buf(hex, &bytes.len);
    REQUIRE(bytes.data != NULL);
    return bytes;
}

static SSL_SESSION *parse(const struct bytes *bytes)
{
    const unsigned char *at = bytes->data;

    return d2i_SSL_SESSION(NULL, &at, bytes->len);
}

static struct bytes encode(SSL_SESSION *session)
{
    struct bytes bytes = { NULL, 0 };

    bytes.len = i2d_SSL_SESSION(session, &bytes.data);
    REQUIRE(bytes.len > 0);
    return bytes;
}

static void check_same_bytes(SSL_SESSION *session, const struct bytes *expected)
{
    struct bytes bytes = encode(session);

    CHECK_MEM(bytes.data, (size_t)bytes.len, expected->data, (size_t)expected->len);
    OPENSSL_free(bytes.data);
}

TEST(statement_93_nothing_to_encode)
{
    SSL_SESSION *session = SSL_SESSION_new();
    unsigned char *der = NULL;

    CHECK_INT(i2d_SSL_SESSION(NULL, &der), 0);
    CHECK_INT(i2d_SSL_SESSION(session, &der), 0);
    CHECK_INT(i2d_SSL_SESSION(session, NULL), 0);
    CHECK_PTR(der, NULL);
    SSL_SESSION_free(session);
}

TEST_VERSIONS(i2d_length_and_position)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    int len = i2d_SSL_SESSION(session, NULL);
    unsigned char *buffer = OPENSSL_zalloc((size_t)len + 1), *at = buffer;
    struct bytes bytes = encode(session);

    CHECK(len > 0);
    CHECK_INT(i2d_SSL_SESSION(session, &at), len);
    CHECK_PTR(at, buffer + len);
    CHECK_MEM(buffer, (size_t)len, bytes.data, (size_t)bytes.len);
    CHECK_INT(buffer[len], 0);
    OPENSSL_free(bytes.data);
    OPENSSL_free(buffer);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Statement 94: sessions written by the stock library are read and written again
 * as they were. */
static void check_fixture(const char *hex, int version, const char *cipher, int ticket)
{
    struct bytes bytes = from_hex(hex);
    SSL_SESSION *session = parse(&bytes);
    X509_NAME *name;
    char text[100];

    REQUIRE(session != NULL);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), version);
    CHECK_STR(SSL_CIPHER_get_name(SSL_SESSION_get0_cipher(session)), cipher);
    CHECK_INT(SSL_SESSION_has_ticket(session), ticket);
    CHECK_INT(SSL_SESSION_get_master_key(session, NULL, 0), 48);
    CHECK_INT(SSL_SESSION_is_resumable(session), 1);
    REQUIRE(SSL_SESSION_get0_peer(session) != NULL);
    name = X509_get_subject_name(SSL_SESSION_get0_peer(session));
    CHECK(X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) > 0);
    CHECK_STR(text, "server-p256");
    check_same_bytes(session, &bytes);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

TEST(statement_94_stock_tls12_ticket)
{
    check_fixture(tls12_ticket, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", 1);
}

TEST(statement_94_stock_tls12_id)
{
    check_fixture(tls12_id, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384", 0);
}

TEST(statement_94_stock_tls13)
{
    check_fixture(tls13, TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384", 1);
}

TEST(statement_94_every_field_of_a_client)
{
    struct bytes bytes = from_hex(tls13_all);
    SSL_SESSION *session = parse(&bytes);
    const unsigned char *value;
    void *appdata;
    size_t len;
    unsigned int short_len;

    REQUIRE(session != NULL);
    CHECK_INT(SSL_SESSION_get_time(session), 1700000000);
    CHECK_INT(SSL_SESSION_get_timeout(session), 300);
    CHECK_STR(SSL_SESSION_get0_hostname(session), "example.org");
    CHECK_INT(SSL_SESSION_get_ticket_lifetime_hint(session), 7200);
    CHECK_INT(SSL_SESSION_get_max_early_data(session), 16384);
    value = SSL_SESSION_get0_id_context(session, &short_len);
    CHECK_MEM(value, short_len, "context", 7);
    SSL_SESSION_get0_alpn_selected(session, &value, &len);
    CHECK_MEM(value, len, "h2", 2);
    SSL_SESSION_get0_ticket_appdata(session, &appdata, &len);
    CHECK_MEM(appdata, len, "appdata", 7);
    SSL_SESSION_get0_ticket(session, NULL, &len);
    CHECK(len > 100);
    value = SSL_SESSION_get_id(session, &short_len);
    CHECK_INT(short_len, 32);
    check_same_bytes(session, &bytes);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

/* The fields that every session has, read with libcrypto's own parser. */
TEST_VERSIONS(statement_94_first_fields)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct bytes bytes = encode(session);
    const unsigned char *at = bytes.data;
    ASN1_SEQUENCE_ANY *fields = d2i_ASN1_SEQUENCE_ANY(NULL, &at, bytes.len);
    unsigned char key[64];
    const unsigned char *id, *cipher;
    unsigned int id_len;
    size_t key_len = SSL_SESSION_get_master_key(session, key, sizeof(key));
    ASN1_TYPE *field;

    REQUIRE(fields != NULL && sk_ASN1_TYPE_num(fields) > 5);
    field = sk_ASN1_TYPE_value(fields, 0);
    CHECK_INT(ASN1_INTEGER_get(field->value.integer), 1);
    field = sk_ASN1_TYPE_value(fields, 1);
    CHECK_INT(ASN1_INTEGER_get(field->value.integer), version);
    field = sk_ASN1_TYPE_value(fields, 2);
    cipher = ASN1_STRING_get0_data(field->value.octet_string);
    CHECK_INT(ASN1_STRING_length(field->value.octet_string), 2);
    CHECK_INT(cipher[0] << 8 | cipher[1], SSL_CIPHER_get_protocol_id(SSL_SESSION_get0_cipher(session)));
    field = sk_ASN1_TYPE_value(fields, 3);
    id = SSL_SESSION_get_id(session, &id_len);
    CHECK_MEM(ASN1_STRING_get0_data(field->value.octet_string),
              (size_t)ASN1_STRING_length(field->value.octet_string), id, id_len);
    field = sk_ASN1_TYPE_value(fields, 4);
    CHECK_MEM(ASN1_STRING_get0_data(field->value.octet_string),
              (size_t)ASN1_STRING_length(field->value.octet_string), key, key_len);
    sk_ASN1_TYPE_pop_free(fields, ASN1_TYPE_free);
    OPENSSL_free(bytes.data);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* The explicit tags in the encoding, in order. */
static void list_tags(const struct bytes *bytes, char *text, size_t size)
{
    const unsigned char *at = bytes->data, *end;
    long len;
    int tag, class;

    text[0] = '\0';
    ASN1_get_object(&at, &len, &tag, &class, bytes->len);
    for (end = at + len; at < end; at += len) {
        ASN1_get_object(&at, &len, &tag, &class, end - at);
        if (class == V_ASN1_CONTEXT_SPECIFIC)
            snprintf(text + strlen(text), size - strlen(text), "%d ", tag);
    }
}

TEST_VERSIONS(statement_94_tags_of_a_new_session)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx);
    struct bytes bytes = encode(session);
    char tags[200];

    list_tags(&bytes, tags, sizeof(tags));
    /* No 5, because the verify result is 0; flags (13) only with an extended master secret. */
    CHECK_STR(tags, version == TLS1_3_VERSION ? "1 2 3 4 9 10 14 19 " : "1 2 3 4 9 10 13 19 ");
    OPENSSL_free(bytes.data);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_95_moves_the_pointer)
{
    struct bytes bytes = from_hex(tls13);
    unsigned char *longer = OPENSSL_zalloc((size_t)bytes.len + 10);
    const unsigned char *at = longer;
    SSL_SESSION *session;
    int destroyed = 0;

    memcpy(longer, bytes.data, (size_t)bytes.len);
    session = d2i_SSL_SESSION(NULL, &at, bytes.len + 10);
    REQUIRE(session != NULL);
    CHECK_PTR(at, longer + bytes.len);
    watch_session(session, &destroyed);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
    OPENSSL_free(longer);
    OPENSSL_free(bytes.data);
}

TEST(statement_95_fills_a_given_object)
{
    struct bytes bytes = from_hex(tls13);
    const unsigned char *at = bytes.data;
    SSL_SESSION *session = SSL_SESSION_new(), *given = session, *none = NULL;
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_PTR(d2i_SSL_SESSION(&given, &at, bytes.len), session);
    CHECK_PTR(given, session);
    CHECK_INT(SSL_SESSION_get_protocol_version(session), TLS1_3_VERSION);
    check_same_bytes(session, &bytes);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);

    at = bytes.data;
    session = d2i_SSL_SESSION(&none, &at, bytes.len);
    CHECK(session != NULL && none == session);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

TEST(statement_95_error_leaves_the_given_object)
{
    SSL_SESSION *session = SSL_SESSION_new(), *given = session;
    const unsigned char garbage[] = "garbage", *at = garbage;
    int destroyed = 0;

    watch_session(session, &destroyed);
    CHECK_PTR(d2i_SSL_SESSION(&given, &at, sizeof(garbage)), NULL);
    CHECK(ERR_peek_error() != 0);
    CHECK_PTR(given, session);
    CHECK_INT(destroyed, 0);
    SSL_SESSION_free(session);
    CHECK_INT(destroyed, 1);
}

/* Every truncation and a change of every byte: an answer, never a crash. */
TEST(statement_95_truncated)
{
    struct bytes bytes = from_hex(tls13_all);

    for (long len = 0; len < bytes.len; len++) {
        const unsigned char *at = bytes.data;
        SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, len);

        CHECK_PTR(session, NULL);
        SSL_SESSION_free(session);
    }
    ERR_clear_error();
    OPENSSL_free(bytes.data);
}

TEST(statement_95_corrupted)
{
    struct bytes bytes = from_hex(tls13_all);

    for (long i = 0; i < bytes.len; i++) {
        SSL_SESSION *session;

        bytes.data[i] ^= 0x55;
        session = parse(&bytes);
        SSL_SESSION_free(session);
        bytes.data[i] ^= 0x55;
    }
    ERR_clear_error();
    OPENSSL_free(bytes.data);
}

static struct bytes minimal(int structure, int version, const char *cipher)
{
    /* SEQUENCE { INTEGER structure, INTEGER version, OCTET STRING cipher, id "id", key "key" } */
    struct bytes bytes = { OPENSSL_zalloc(100), 0 };
    unsigned char *at = bytes.data;
    size_t cipher_len = strlen(cipher);

    *at++ = 0x30;
    *at++ = (unsigned char)(3 + 4 + 2 + cipher_len + 4 + 5);
    *at++ = 2, *at++ = 1, *at++ = (unsigned char)structure;
    *at++ = 2, *at++ = 2, *at++ = (unsigned char)(version >> 8), *at++ = (unsigned char)version;
    *at++ = 4, *at++ = (unsigned char)cipher_len;
    memcpy(at, cipher, cipher_len);
    at += cipher_len;
    *at++ = 4, *at++ = 2, *at++ = 'i', *at++ = 'd';
    *at++ = 4, *at++ = 3, *at++ = 'k', *at++ = 'e', *at++ = 'y';
    bytes.len = at - bytes.data;
    return bytes;
}

TEST(statement_96_minimal)
{
    struct bytes bytes = minimal(1, TLS1_2_VERSION, "\xc0\x2b");
    long now = (long)time(NULL);
    SSL_SESSION *session = parse(&bytes);
    unsigned char key[3];
    const unsigned char *id;
    unsigned int len;

    REQUIRE(session != NULL);
    id = SSL_SESSION_get_id(session, &len);
    CHECK_MEM(id, len, "id", 2);
    CHECK_INT(SSL_SESSION_get_master_key(session, key, 3), 3);
    CHECK_MEM(key, 3, "key", 3);
    CHECK(SSL_SESSION_get_time(session) >= now && SSL_SESSION_get_time(session) < now + 60);
    CHECK_INT(SSL_SESSION_get_timeout(session), 3);
    SSL_SESSION_get0_id_context(session, &len);
    CHECK_INT(len, 0);
    CHECK_INT(SSL_SESSION_has_ticket(session), 0);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

static void check_refused(int structure, int version, const char *cipher, int reason)
{
    struct bytes bytes = minimal(structure, version, cipher);
    SSL_SESSION *session = parse(&bytes);

    CHECK_PTR(session, NULL);
    CHECK_INT(last_reason(), reason);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

TEST(statement_96_refused)
{
    check_refused(2, TLS1_2_VERSION, "\xc0\x2b", SSL_R_UNKNOWN_SSL_VERSION);
    check_refused(1, 0x0203, "\xc0\x2b", SSL_R_UNSUPPORTED_SSL_VERSION);
    check_refused(1, TLS1_2_VERSION, "\xc0\x2b\x2c", SSL_R_CIPHER_CODE_WRONG_LENGTH);
    check_refused(1, TLS1_2_VERSION, "\xc0", SSL_R_CIPHER_CODE_WRONG_LENGTH);
    /* A cipher nobody knows is refused without an error. */
    check_refused(1, TLS1_2_VERSION, "\xfe\xfe", 0);
}

TEST_VERSIONS(statement_97_round_trip)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx), *read;
    struct bytes bytes = encode(session);

    read = parse(&bytes);
    REQUIRE(read != NULL);
    check_same_bytes(read, &bytes);
    CHECK_INT(resumes(cctx, sctx, read), 1);
    check_same_bytes(session, &bytes);
    SSL_SESSION_free(read);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_TLS12(statement_97_round_trip_of_a_server_session)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version), *other;
    struct pair pair;
    SSL_SESSION *session, *read;
    struct bytes bytes;

    SSL_CTX_set_options(sctx, SSL_OP_NO_TICKET);
    pair = connected_pair(cctx, sctx);
    session = SSL_get1_session(pair.client);
    bytes = encode(SSL_get_session(pair.server));
    read = parse(&bytes);
    REQUIRE(read != NULL);
    check_same_bytes(read, &bytes);
    finish_pair(&pair);

    /* A server that never saw the connection takes it from its bytes. */
    other = new_server_ctx(version);
    SSL_CTX_set_options(other, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CTX_add_session(other, read), 1);
    CHECK_INT(resumes(cctx, other, session), 1);
    SSL_SESSION_free(read);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
    SSL_CTX_free(other);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(statement_98_pem)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    SSL_SESSION *session = obtain_session(cctx, sctx), *read;
    struct bytes bytes = encode(session);
    BIO *bio = BIO_new(BIO_s_mem());
    static const char begin[] = "-----BEGIN SSL SESSION PARAMETERS-----\n";
    char *text;

    CHECK_INT(PEM_write_bio_SSL_SESSION(bio, session), 1);
    REQUIRE(BIO_get_mem_data(bio, &text) > (long)strlen(begin));
    CHECK_MEM(text, strlen(begin), begin, strlen(begin));
    read = PEM_read_bio_SSL_SESSION(bio, NULL, NULL, NULL);
    REQUIRE(read != NULL);
    check_same_bytes(read, &bytes);
    CHECK_INT(resumes(cctx, sctx, read), 1);
    SSL_SESSION_free(read);
    BIO_free(bio);
    OPENSSL_free(bytes.data);
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST(statement_98_pem_file)
{
    struct bytes bytes = from_hex(tls12_ticket);
    SSL_SESSION *session = parse(&bytes), *read;
    FILE *file = tmpfile();

    REQUIRE(session != NULL && file != NULL);
    CHECK_INT(PEM_write_SSL_SESSION(file, session), 1);
    rewind(file);
    read = PEM_read_SSL_SESSION(file, NULL, NULL, NULL);
    REQUIRE(read != NULL);
    check_same_bytes(read, &bytes);
    fclose(file);
    SSL_SESSION_free(read);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

/* The whole text that SSL_SESSION_print gives for a session of fixed bytes. */
static void check_text(const char *hex, const char *const *lines)
{
    struct bytes bytes = from_hex(hex);
    SSL_SESSION *session = parse(&bytes);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *at;

    REQUIRE(session != NULL);
    CHECK_INT(SSL_SESSION_print(bio, session), 1);
    BIO_write(bio, "", 1);
    BIO_get_mem_data(bio, &text);
    at = text;
    for (; *lines != NULL; lines++) {
        char *found = strstr(at, *lines);

        if (found == NULL) {
            CHECK_STR(at, *lines);
            break;
        }
        at = found + strlen(*lines);
    }
    BIO_free(bio);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}

TEST(statement_99_text)
{
    static const char *const lines12[] = {
        "SSL-Session:\n",       "    Protocol  : TLSv1.2\n",
        "    Cipher    : ECDHE-ECDSA-AES256-GCM-SHA384\n",
        "    Session-ID: ",     "    Session-ID-ctx: \n",
        "    Master-Key: ",     "    PSK identity: None\n",
        "    PSK identity hint: None\n", "    SRP username: None\n",
        "    TLS session ticket lifetime hint: 7200 (seconds)\n",
        "    TLS session ticket:\n    0000 - ", "    Start Time: ",
        "    Timeout   : 7200 (sec)\n", "    Verify return code: 0 (ok)\n",
        "    Extended master secret: yes\n", NULL,
    };
    static const char *const lines13[] = {
        "SSL-Session:\n",       "    Protocol  : TLSv1.3\n",
        "    Cipher    : TLS_AES_256_GCM_SHA384\n",
        "    Session-ID: ",     "    Session-ID-ctx: 636F6E74657874\n",
        "    Resumption PSK: ", "    PSK identity: None\n",
        "    PSK identity hint: None\n", "    SRP username: None\n",
        "    TLS session ticket lifetime hint: 7200 (seconds)\n",
        "    TLS session ticket:\n    0000 - ", "    Start Time: 1700000000\n",
        "    Timeout   : 300 (sec)\n", "    Verify return code: 0 (ok)\n",
        "    Extended master secret: no\n", "    Max Early Data: 16384\n", NULL,
    };

    check_text(tls12_ticket, lines12);
    check_text(tls13_all, lines13);
}

TEST(statement_100_keylog)
{
    struct bytes bytes = from_hex(tls12_id);
    SSL_SESSION *session = parse(&bytes), *empty = SSL_SESSION_new();
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;

    CHECK_INT(SSL_SESSION_print_keylog(bio, session), 1);
    len = BIO_get_mem_data(bio, &text);
    /* "RSA Session-ID:" 64 digits " Master-Key:" 96 digits and a newline */
    CHECK_INT(len, 15 + 64 + 12 + 96 + 1);
    CHECK_MEM(text, 15, "RSA Session-ID:", 15);
    CHECK_MEM(text + 79, 12, " Master-Key:", 12);
    CHECK_INT(SSL_SESSION_print_keylog(bio, empty), 0);
    BIO_free(bio);
    SSL_SESSION_free(empty);
    SSL_SESSION_free(session);
    OPENSSL_free(bytes.data);
}
