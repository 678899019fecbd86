/*
 * What d2i_SSL_SESSION reads and refuses, and what the session is then: good
 * encodings, changed in thousands of ways from a fixed seed. The stock library's
 * outcomes are the expected ones, errors and texts included.
 */
#include "harness.h"
#include "session_bytes.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <limits.h>
#include <time.h>

/* Random numbers, the same on every run ------------------------------------ */

static uint64_t state;

static unsigned int random_below(unsigned int limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned int)((state >> 20) % limit);
}

/* Bytes -------------------------------------------------------------------- */

struct bytes {
    unsigned char data[8192];
    long len;
};

static void append(struct bytes *bytes, const void *data, long len)
{
    REQUIRE(bytes->len + len <= (long)sizeof(bytes->data));
    memcpy(bytes->data + bytes->len, data, (size_t)len);
    bytes->len += len;
}

static void append_byte(struct bytes *bytes, int byte)
{
    unsigned char data = (unsigned char)byte;

    append(bytes, &data, 1);
}

/* How a length is written. */
enum form { SHORTEST, LONGER, INDEFINITE, WRONG };

static void append_length(struct bytes *bytes, long len, enum form form)
{
    int count = 1;

    if (form == INDEFINITE) {
        append_byte(bytes, 0x80);
        return;
    }
    if (form == WRONG)
        len += (long)random_below(7) - 3;
    if (form != LONGER && len < 0x80) {
        append_byte(bytes, (int)(len & 0xff));
        return;
    }
    while (count < 4 && len >> (8 * count) != 0)
        count++;
    if (form == LONGER)
        count += 1 + (int)random_below(3);
    append_byte(bytes, 0x80 | count);
    while (count-- > 0)
        append_byte(bytes, count >= 8 ? 0 : (int)(len >> (8 * count) & 0xff));
}

static void append_value(struct bytes *bytes, int tag, const void *data, long len, enum form form)
{
    append_byte(bytes, tag);
    append_length(bytes, len, form);
    append(bytes, data, len);
    if (form == INDEFINITE)
        append(bytes, "\0\0", 2);
}

static struct bytes from_hex(const char *hex)
{
    struct bytes bytes = { .len = 0 };
    long len;
    unsigned char *data = OPENSSL_hexstr2buf(hex, &len);

    REQUIRE(data != NULL);
    append(&bytes, data, len);
    OPENSSL_free(data);
    return bytes;
}

/* Outcomes ----------------------------------------------------------------- */

static unsigned int digest(const void *data, long len)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256(data, (size_t)(len > 0 ? len : 0), hash);
    return (unsigned int)(hash[0] << 24 | hash[1] << 16 | hash[2] << 8 | hash[3]);
}

/* A session without a time gets the present one, which differs between runs (and
 * time() may lag a moment behind other clocks). */
static void fix_time(SSL_SESSION *session)
{
    long age = (long)time(NULL) - SSL_SESSION_get_time(session);

    if (age > -1000 && age < 1000)
        SSL_SESSION_set_time(session, 1);
}

/* The session's encoding and texts, by their hashes. */
static void describe(SSL_SESSION *session, char *text, size_t size)
{
    unsigned char *der = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    char *printed;
    int len, result, result_keylog;
    long printed_len;

    fix_time(session);
    len = i2d_SSL_SESSION(session, &der);
    result = SSL_SESSION_print(bio, session);
    result_keylog = SSL_SESSION_print_keylog(bio, session);
    printed_len = BIO_get_mem_data(bio, &printed);
    snprintf(text, size, "%d:%08x resumable %d print %d %d %ld:%08x", len, digest(der, len),
             SSL_SESSION_is_resumable(session), result, result_keylog, printed_len, digest(printed, printed_len));
    OPENSSL_free(der);
    BIO_free(bio);
}

/* Reads into a new session, and into one that was something else before. The
 * bytes are in a block of just their length, so that Valgrind sees each
 * byte that is read beyond it. */
static void try_bytes(const char *name, const unsigned char *data, long len)
{
    static const char *const others[] = { tls13_all, tls12_id };
    unsigned char *block = malloc(len > 0 ? (size_t)len : 1);
    const unsigned char *at = block, *other_at;
    SSL_SESSION *session, *given;
    struct bytes other = from_hex(others[len % 2]);
    char text[300] = "refused";

    memcpy(block, data, len > 0 ? (size_t)len : 0);
    ERR_clear_error();
    session = d2i_SSL_SESSION(NULL, &at, len);
    if (session != NULL)
        describe(session, text, sizeof(text));
    outcome_errors("%s of %ld:%08x: used %ld %s", name, len, digest(data, len), (long)(at - block), text);
    SSL_SESSION_free(session);

    other_at = other.data;
    given = d2i_SSL_SESSION(NULL, &other_at, other.len);
    REQUIRE(given != NULL);
    at = block;
    session = d2i_SSL_SESSION(&given, &at, len);
    CHECK(session == NULL || session == given);
    describe(given, text, sizeof(text));
    outcome_errors("    given: %s used %ld %s", session != NULL ? "read" : "refused", (long)(at - block), text);
    SSL_SESSION_free(given);
    free(block);
}

/* The good encodings ------------------------------------------------------- */

/* Fields, each with its tag and what is inside. */
struct field {
    int tag;
    long len;
    unsigned char data[1024];
};

struct fields {
    int count;
    struct field field[32];
};

static void split(const struct bytes *bytes, struct fields *fields)
{
    const unsigned char *at = bytes->data, *start;
    long len;
    int tag, class;

    fields->count = 0;
    ASN1_get_object(&at, &len, &tag, &class, bytes->len);
    while (at < bytes->data + bytes->len) {
        struct field *field = &fields->field[fields->count++];

        start = at;
        ASN1_get_object(&at, &len, &tag, &class, bytes->data + bytes->len - at);
        field->tag = *start;
        field->len = len;
        REQUIRE(fields->count <= 32 && len <= (long)sizeof(field->data));
        memcpy(field->data, at, (size_t)len);
        at += len;
    }
}

static struct bytes assemble(const struct fields *fields, enum form form)
{
    struct bytes inner = { .len = 0 }, outer = { .len = 0 };

    for (int i = 0; i < fields->count; i++)
        append_value(&inner, fields->field[i].tag, fields->field[i].data, fields->field[i].len, SHORTEST);
    append_value(&outer, 0x30, inner.data, inner.len, form);
    return outer;
}

static void put(struct fields *fields, int tag, const void *data, long len)
{
    struct field *field = &fields->field[fields->count++];

    field->tag = tag;
    field->len = len;
    memcpy(field->data, data, (size_t)len);
}

/* A field with an explicit tag. */
static void put_explicit(struct fields *fields, int tag, int type, const void *data, long len)
{
    struct bytes value = { .len = 0 };

    append_value(&value, type, data, len, SHORTEST);
    put(fields, 0xa0 | tag, value.data, value.len);
}

/* Every field there is, but for the certificate. */
static void put_all(struct fields *fields)
{
    fields->count = 0;
    put(fields, 2, "\1", 1);
    put(fields, 2, "\3\4", 2);
    put(fields, 4, "\x13\x02", 2);
    put(fields, 4, "session id", 10);
    put(fields, 4, "master key", 10);
    put(fields, 0x80, "key arg", 7);
    put_explicit(fields, 1, 2, "\x65\x53\xf1\x00", 4);
    put_explicit(fields, 2, 2, "\x1c\x20", 2);
    put_explicit(fields, 4, 4, "context", 7);
    put_explicit(fields, 5, 2, "\x12", 1);
    put_explicit(fields, 6, 4, "example.org", 11);
    put_explicit(fields, 7, 4, "psk hint", 8);
    put_explicit(fields, 8, 4, "psk \xff identity", 14);
    put_explicit(fields, 9, 2, "\x0e\x10", 2);
    put_explicit(fields, 10, 4, "ticket with more than sixteen bytes", 35);
    put_explicit(fields, 11, 4, "\x01", 1);
    put_explicit(fields, 12, 4, "srp user", 8);
    put_explicit(fields, 13, 2, "\x01", 1);
    put_explicit(fields, 14, 2, "\x00\xff\xff\xff\xff", 5);
    put_explicit(fields, 15, 2, "\x40\x00", 2);
    put_explicit(fields, 16, 4, "h2", 2);
    put_explicit(fields, 17, 2, "\x01", 1);
    put_explicit(fields, 18, 4, "appdata", 7);
    put_explicit(fields, 19, 2, "\x1d", 1);
}

static const char *const good[] = { tls12_ticket, tls12_id, tls13, tls13_all };
#define GOOD ((int)(sizeof(good) / sizeof(good[0])))

/* The number GOOD is the one with every field. */
static struct bytes good_bytes(int which)
{
    struct fields fields;

    if (which < GOOD)
        return from_hex(good[which]);
    put_all(&fields);
    return assemble(&fields, SHORTEST);
}

static void good_fields(int which, struct fields *fields)
{
    struct bytes bytes = good_bytes(which);

    split(&bytes, fields);
}

/* Tests -------------------------------------------------------------------- */

TEST(unchanged)
{
    for (int which = 0; which <= GOOD; which++) {
        struct bytes bytes = good_bytes(which);

        try_bytes("unchanged", bytes.data, bytes.len);
        append(&bytes, "more", 4);
        try_bytes("more behind it", bytes.data, bytes.len);
    }
}

TEST(truncated)
{
    for (int which = 0; which <= GOOD; which += GOOD) {
        struct bytes bytes = good_bytes(which);

        for (long len = 0; len < bytes.len; len += which == GOOD ? 1 : 5)
            try_bytes("truncated", bytes.data, len);
    }
}

TEST(odd_length_arguments)
{
    static const long lengths[] = { 0, -1, -1000, LONG_MIN, INT_MAX, 1L + INT_MAX, LONG_MAX / 2, LONG_MAX };
    struct bytes bytes = good_bytes(GOOD);

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        const unsigned char *at = bytes.data;
        SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, lengths[i]);

        outcome_errors("length %ld: %s, used %ld", lengths[i], session != NULL ? "read" : "refused",
                       (long)(at - bytes.data));
        SSL_SESSION_free(session);
    }
}

TEST(changed_bytes)
{
    state = 0x7465737365726131;
    for (int round = 0; round < 1500; round++) {
        struct bytes bytes = good_bytes(round % (GOOD + 1));
        int changes = 1 + (int)random_below(3);

        while (changes-- > 0) {
            long at = random_below((unsigned int)bytes.len);

            /* Half of the time where the structure begins. */
            if (random_below(2) == 0)
                at %= 100;
            if (random_below(2) == 0)
                bytes.data[at] ^= (unsigned char)(1 << random_below(8));
            else
                bytes.data[at] = (unsigned char)random_below(256);
        }
        try_bytes("changed bytes", bytes.data, bytes.len);
    }
}

TEST(inserted_and_deleted_bytes)
{
    state = 0x7465737365726132;
    for (int round = 0; round < 600; round++) {
        struct bytes bytes = good_bytes(round % (GOOD + 1));
        long at = random_below((unsigned int)bytes.len - 1);

        if (random_below(2) == 0) {
            memmove(bytes.data + at, bytes.data + at + 1, (size_t)(bytes.len - at - 1));
            bytes.len--;
        } else {
            memmove(bytes.data + at + 1, bytes.data + at, (size_t)(bytes.len - at));
            bytes.data[at] = (unsigned char)random_below(256);
            bytes.len++;
        }
        try_bytes("inserted or deleted", bytes.data, bytes.len);
    }
}

/* One field fewer, more, elsewhere, or of another tag. */
static void change_fields(struct fields *fields)
{
    int at = (int)random_below((unsigned int)fields->count), to;
    struct field field = fields->field[at];

    switch (random_below(5)) {
    case 0:
        memmove(&fields->field[at], &fields->field[at + 1],
                (size_t)(fields->count - at - 1) * sizeof(struct field));
        fields->count--;
        break;
    case 1:
        if (fields->count == 32)
            break;
        memmove(&fields->field[at + 1], &fields->field[at], (size_t)(fields->count - at) * sizeof(struct field));
        fields->count++;
        break;
    case 2:
        to = (int)random_below((unsigned int)fields->count);
        fields->field[at] = fields->field[to];
        fields->field[to] = field;
        break;
    case 3:
        fields->field[at].tag = (fields->field[at].tag & 0xe0) | (int)random_below(31);
        break;
    default:
        fields->field[at].tag ^= 0x20 << random_below(3);
    }
}

TEST(changed_fields)
{
    state = 0x7465737365726133;
    for (int round = 0; round < 800; round++) {
        struct fields fields;
        struct bytes bytes;
        int changes = 1 + (int)random_below(2);

        good_fields(round % (GOOD + 1), &fields);
        while (changes-- > 0)
            change_fields(&fields);
        bytes = assemble(&fields, SHORTEST);
        try_bytes("changed fields", bytes.data, bytes.len);
    }
}

/* Another value in a field, of its type. */
static void change_value(struct fields *fields)
{
    static const char *const integers[] = { "", "00", "01", "7f", "80", "ff", "0080", "0001", "ff80", "ffff",
        "7fffffff", "80000000", "0080000000", "00ffffffff", "ff7fffffff", "ffffffffff", "0100000000",
        "7fffffffffffffff", "8000000000000000", "008000000000000000", "00ffffffffffffffff", "ff7fffffffffffffff",
        "010000000000000000", "00000000000000000000000001", "0303", "0300", "feff", "00feff", "00fefd", "0100", "0200",
        "00010303", "ff0303" };
    static const int lengths[] = { 0, 1, 2, 3, 16, 31, 32, 33, 48, 255, 256, 257, 511, 512, 513, 900 };
    struct field *field = &fields->field[random_below((unsigned int)fields->count)];
    int is_explicit = (field->tag & 0x20) != 0, type = is_explicit ? field->data[0] : field->tag;
    struct bytes value = { .len = 0 }, inner = { .len = 0 };
    long len;

    if (type == 2) {
        const char *hex = integers[random_below(sizeof(integers) / sizeof(integers[0]))];
        unsigned char *data = OPENSSL_hexstr2buf(*hex != '\0' ? hex : "00", &len);

        append(&value, data, *hex != '\0' ? len : 0);
        OPENSSL_free(data);
    } else {
        for (len = lengths[random_below(sizeof(lengths) / sizeof(lengths[0]))]; len > 0; len--)
            append_byte(&value, random_below(40) == 0 ? 0 : (int)(random_below(255) + 1));
    }
    if (is_explicit)
        append_value(&inner, type, value.data, value.len, SHORTEST);
    else
        inner = value;
    REQUIRE(inner.len <= (long)sizeof(field->data));
    memcpy(field->data, inner.data, (size_t)inner.len);
    field->len = inner.len;
}

TEST(changed_values)
{
    state = 0x7465737365726134;
    for (int round = 0; round < 1500; round++) {
        struct fields fields;
        struct bytes bytes;

        good_fields(round % 3 == 0 ? round / 3 % (GOOD + 1) : GOOD, &fields);
        change_value(&fields);
        bytes = assemble(&fields, SHORTEST);
        try_bytes("changed values", bytes.data, bytes.len);
    }
}

/* BER, which is more than DER: lengths in other forms, strings in parts. */
static void append_string_in_parts(struct bytes *bytes, const unsigned char *data, long len, int depth)
{
    struct bytes parts = { .len = 0 };

    while (len > 0) {
        long part = 1 + (long)random_below((unsigned int)len);

        if (depth > 0 && random_below(2) == 0)
            append_string_in_parts(&parts, data, part, depth - 1);
        else
            append_value(&parts, 4, data, part, random_below(4) == 0 ? LONGER : SHORTEST);
        data += part;
        len -= part;
    }
    append_value(bytes, 0x24, parts.data, parts.len, random_below(2) == 0 ? INDEFINITE : SHORTEST);
}

static enum form any_form(void)
{
    static const enum form forms[] = { SHORTEST, SHORTEST, SHORTEST, SHORTEST, LONGER, INDEFINITE };

    return random_below(40) == 0 ? WRONG : forms[random_below(6)];
}

static void append_in_any_form(struct bytes *bytes, const struct field *field)
{
    int is_explicit = (field->tag & 0xe0) == 0xa0;
    struct bytes inner = { .len = 0 };

    if (is_explicit) {
        const unsigned char *at = field->data;
        long len;
        int tag, class;

        ASN1_get_object(&at, &len, &tag, &class, field->len);
        if (tag == 4 && random_below(3) == 0)
            append_string_in_parts(&inner, at, len, (int)random_below(8));
        else
            append_value(&inner, field->data[0], at, len, any_form());
        append_value(bytes, field->tag, inner.data, inner.len, any_form());
    } else if (field->tag == 4 && random_below(3) == 0) {
        append_string_in_parts(bytes, field->data, field->len, (int)random_below(8));
    } else {
        append_value(bytes, field->tag, field->data, field->len, random_below(3) == 0 ? any_form() : SHORTEST);
    }
}

TEST(basic_encoding_rules)
{
    state = 0x7465737365726135;
    for (int round = 0; round < 1500; round++) {
        struct fields fields;
        struct bytes inner = { .len = 0 }, outer = { .len = 0 };
        int seldom = (int)random_below(8) + 1;

        good_fields(round % (GOOD + 1), &fields);
        for (int i = 0; i < fields.count; i++) {
            if (random_below((unsigned int)seldom) == 0)
                append_in_any_form(&inner, &fields.field[i]);
            else
                append_value(&inner, fields.field[i].tag, fields.field[i].data, fields.field[i].len, SHORTEST);
        }
        append_value(&outer, 0x30, inner.data, inner.len, any_form());
        try_bytes("basic encoding rules", outer.data, outer.len);
    }
}

TEST(every_cipher)
{
    struct fields fields;

    put_all(&fields);
    for (int cipher = 0; cipher <= 0xffff; cipher++) {
        struct bytes bytes;
        const unsigned char *at;
        SSL_SESSION *session;

        /* Where nobody has defined any, one in a while will do. */
        if ((cipher >> 8) > 1 && cipher >> 8 != 0x13 && cipher >> 8 != 0x56 && cipher >> 8 < 0xc0 && cipher % 16 != 0)
            continue;
        if (cipher >> 8 > 0xd0 && cipher >> 8 != 0xff && cipher % 16 != 0)
            continue;
        fields.field[2].data[0] = (unsigned char)(cipher >> 8);
        fields.field[2].data[1] = (unsigned char)cipher;
        bytes = assemble(&fields, SHORTEST);
        at = bytes.data;
        session = d2i_SSL_SESSION(NULL, &at, bytes.len);
        if (session != NULL)
            outcome_errors("cipher %04x: %s", cipher, SSL_CIPHER_get_name(SSL_SESSION_get0_cipher(session)));
        CHECK_INT(ERR_peek_error(), 0);
        SSL_SESSION_free(session);
    }
}

TEST(given_object_keeps_what_is_not_encoded)
{
    struct bytes bytes = good_bytes(0);
    const unsigned char *at = bytes.data;
    SSL_SESSION *session = SSL_SESSION_new(), *given = session;
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());

    SSL_SESSION_set_ex_data(session, 1, &bytes);
    SSL_SESSION_set1_id(session, (const unsigned char *)"id", 2);
    SSL_CTX_remove_session(ctx, session);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_PTR(d2i_SSL_SESSION(&given, &at, bytes.len), session);
    CHECK_INT(SSL_SESSION_is_resumable(session), 0);
    CHECK_PTR(SSL_SESSION_get_ex_data(session, 1), &bytes);
    SSL_SESSION_free(session);
    SSL_CTX_free(ctx);
}

/* PEM ---------------------------------------------------------------------- */

static SSL_SESSION *good_session(int which)
{
    struct bytes bytes = good_bytes(which);
    const unsigned char *at = bytes.data;

    return d2i_SSL_SESSION(NULL, &at, bytes.len);
}

static void describe_pem(const char *name, BIO *bio, pem_password_cb *callback, void *arg)
{
    SSL_SESSION *session;
    char text[300] = "";

    ERR_clear_error();
    do {
        session = PEM_read_bio_SSL_SESSION(bio, NULL, callback, arg);
        if (session != NULL)
            describe(session, text, sizeof(text));
        outcome_errors("%s: %s %s", name, session != NULL ? "read" : "refused", text);
        SSL_SESSION_free(session);
    } while (session != NULL);
}

TEST(pem_text)
{
    for (int which = 0; which <= GOOD; which++) {
        SSL_SESSION *session = good_session(which);
        BIO *bio = BIO_new(BIO_s_mem());
        FILE *file = tmpfile();
        char *text, in_file[8192];
        long len;

        REQUIRE(session != NULL && file != NULL);
        CHECK_INT(PEM_write_bio_SSL_SESSION(bio, session), 1);
        len = BIO_get_mem_data(bio, &text);
        outcome("%.*s", (int)len, text);
        CHECK_INT(PEM_write_SSL_SESSION(file, session), 1);
        CHECK_INT(ftell(file), len);
        rewind(file);
        CHECK_INT(fread(in_file, 1, sizeof(in_file), file), len);
        CHECK_MEM(in_file, (size_t)len, text, (size_t)len);
        fclose(file);
        BIO_free(bio);
        SSL_SESSION_free(session);
    }
}

TEST(pem_nothing_to_write)
{
    SSL_SESSION *session = SSL_SESSION_new();
    BIO *bio = BIO_new(BIO_s_mem());

    outcome_errors("write nothing: %d", PEM_write_bio_SSL_SESSION(bio, session));
    outcome_errors("written: %d", (int)BIO_pending(bio));
    SSL_SESSION_free(session);
    BIO_free(bio);
}

TEST(pem_in_company)
{
    SSL_SESSION *first = good_session(0), *second = good_session(3);
    X509 *certificate = fixture_cert("ca");
    BIO *bio = BIO_new(BIO_s_mem());

    BIO_puts(bio, "some text\n-----BEGIN\n\n---- not PEM ----\n");
    PEM_write_bio_X509(bio, certificate);
    PEM_write_bio_SSL_SESSION(bio, first);
    BIO_puts(bio, "text between\n");
    PEM_write_bio_SSL_SESSION(bio, second);
    BIO_puts(bio, "text behind\n");
    describe_pem("two blocks", bio, NULL, NULL);

    PEM_write_bio_X509(bio, certificate);
    describe_pem("another label", bio, NULL, NULL);
    BIO_puts(bio, "-----BEGIN SSL SESSION PARAMETERS-----\nMAA=\n-----END SSL SESSION PARAMETERS-----\n");
    describe_pem("an empty sequence", bio, NULL, NULL);
    BIO_puts(bio, "-----BEGIN SSL SESSION PARAMETERS-----\n!!!!\n-----END SSL SESSION PARAMETERS-----\n");
    describe_pem("not base64", bio, NULL, NULL);
    BIO_puts(bio, "-----BEGIN SSL SESSION PARAMETERS-----\nMAA=\n-----END CERTIFICATE-----\n");
    describe_pem("another end", bio, NULL, NULL);
    BIO_puts(bio, "-----BEGIN SSL SESSION PARAMETERS-----\nMAA=\n");
    describe_pem("no end", bio, NULL, NULL);
    X509_free(certificate);
    BIO_free(bio);
    SSL_SESSION_free(first);
    SSL_SESSION_free(second);
}

static int password(char *buffer, int size, int writing, void *arg)
{
    const char *phrase = arg;

    outcome("    password asked: %d", writing);
    if (phrase == NULL)
        return -1;
    snprintf(buffer, (size_t)size, "%s", phrase);
    return (int)strlen(phrase);
}

static int encode(const void *session, unsigned char **out)
{
    return i2d_SSL_SESSION(session, out);
}

TEST(pem_encrypted)
{
    static const struct {
        const char *name;
        pem_password_cb *callback;
        const char *arg;
    } ways[] = { { "by callback", password, "secret" }, { "wrong", password, "wrong" },
        { "none", password, NULL }, { "as argument", NULL, "secret" }, { "wrong argument", NULL, "other" } };
    SSL_SESSION *session = good_session(2);

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        BIO *bio = BIO_new(BIO_s_mem());
        SSL_SESSION *read;
        char text[300] = "";

        CHECK_INT(PEM_ASN1_write_bio(encode, PEM_STRING_SSL_SESSION, bio, session, EVP_aes_128_cbc(),
                                     (const unsigned char *)"secret", 6, NULL, NULL), 1);
        read = PEM_read_bio_SSL_SESSION(bio, NULL, ways[i].callback, (void *)ways[i].arg);
        if (read != NULL)
            describe(read, text, sizeof(text));
        /* With a wrong phrase the padding may be right by chance, and the errors others. */
        if (strstr(ways[i].name, "wrong") != NULL)
            ERR_clear_error();
        outcome_errors("encrypted, %s: %s %s", ways[i].name, read != NULL ? "read" : "refused", text);
        SSL_SESSION_free(read);
        BIO_free(bio);
    }
    SSL_SESSION_free(session);
}

/* Text --------------------------------------------------------------------- */

static void note_text(SSL_SESSION *session, const char *name)
{
    BIO *bio = BIO_new(BIO_s_mem());
    FILE *file = tmpfile();
    char *text, in_file[8192];
    long len;
    int result = SSL_SESSION_print(bio, session);

    len = BIO_get_mem_data(bio, &text);
    outcome_errors("%s: print %d\n%.*s", name, result, (int)len, text);
    REQUIRE(file != NULL);
    CHECK_INT(SSL_SESSION_print_fp(file, session), result);
    rewind(file);
    CHECK_INT(fread(in_file, 1, sizeof(in_file), file), len);
    CHECK_MEM(in_file, (size_t)len, text, (size_t)len);
    fclose(file);
    (void)BIO_reset(bio);
    result = SSL_SESSION_print_keylog(bio, session);
    len = BIO_get_mem_data(bio, &text);
    outcome_errors("%s: keylog %d\n%.*s", name, result, (int)len, text);
    BIO_free(bio);
}

TEST(text)
{
    for (int which = 0; which <= GOOD; which++) {
        SSL_SESSION *session = good_session(which);

        REQUIRE(session != NULL);
        note_text(session, "good");
        SSL_SESSION_free(session);
    }
}

/* All fields but one, and each empty. */
TEST(text_of_each_field)
{
    struct fields all, fields;
    struct bytes bytes;
    SSL_SESSION *session;
    const unsigned char *at;
    char name[40];

    put_all(&all);
    for (int i = 3; i < all.count; i++) {
        for (int empty = 0; empty < 2; empty++) {
            fields = all;
            if (empty && (all.field[i].tag & 0x20) != 0) {
                fields.field[i].data[1] = 0;
                fields.field[i].len = 2;
            } else if (empty) {
                fields.field[i].len = 0;
            } else if (i >= 5) {
                memmove(&fields.field[i], &fields.field[i + 1],
                        (size_t)(fields.count - i - 1) * sizeof(struct field));
                fields.count--;
            }
            bytes = assemble(&fields, SHORTEST);
            at = bytes.data;
            session = d2i_SSL_SESSION(NULL, &at, bytes.len);
            snprintf(name, sizeof(name), "field %d %s", i, empty ? "empty" : "left out");
            if (session == NULL) {
                outcome_errors("%s: refused", name);
                continue;
            }
            fix_time(session);
            note_text(session, name);
            SSL_SESSION_free(session);
        }
    }
}

TEST(text_of_each_version)
{
    static const int versions[] = { 0x300, 0x301, 0x302, 0x303, 0x304, 0x305, 0x100, 0xfeff, 0xfefe, 0xfefd, 0xfe00 };
    SSL_SESSION *session = SSL_SESSION_new();

    fix_time(session);
    note_text(session, "new");
    SSL_SESSION_free(session);
    session = good_session(GOOD);
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        SSL_SESSION_set_protocol_version(session, versions[i]);
        note_text(session, "version");
    }
    SSL_SESSION_set_time(session, 0);
    SSL_SESSION_set_timeout(session, 0);
    note_text(session, "no times");
    SSL_SESSION_free(session);
}
