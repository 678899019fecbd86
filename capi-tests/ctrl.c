/*
 * Every command of SSL_CTX_ctrl, SSL_ctrl, SSL_CTX_callback_ctrl and
 * SSL_callback_ctrl, on contexts and connections of both ends, before and after a
 * handshake, with sensible and with bad arguments. A command is a row, its arguments
 * are a list, and each call becomes a line of outcome that begins with the function and
 * the command. tests/tables.py compares abi/ctrl.tsv with these lines.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <limits.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/ocsp.h>

#include "harness.h"

/* What `parg` is. */
enum kind {
    NOTHING,    /* NULL */
    POINTER,    /* where a pointer goes */
    NUMBER,     /* where an int goes */
    NUMBERS,    /* where ints go */
    FIRST_BYTE, /* where a pointer to bytes goes: the first of them counts */
    BYTES,      /* where a pointer to as many bytes goes as are returned */
    KEY,        /* where an EVP_PKEY goes, which is the caller's */
    TEXT,       /* a string */
    LIST,       /* ints or bytes to read */
    CERT,       /* a certificate of the fixtures; given away when larg is 0 */
    CHAIN,      /* a stack of one; given away when larg is 0 */
    STORE,      /* a store; given away when larg is 0 */
    OWN_CERT,   /* the certificate that the subject has */
    DH_KEY,     /* DH parameters; `text` is the name of a group */
    EC_CURVE,   /* an EC_KEY; `text` is the name of a curve */
    BUFFER,     /* memory that is given away */
    ANYTHING,   /* an address that is kept */
    RESPONDERS, /* a stack of OCSP_RESPID that is given away */
    EXTENSIONS, /* a stack of X509_EXTENSION that is given away */
    KINDS
};

struct arg {
    long larg;
    enum kind kind;
    const char *text;
    const void *data;
    int end;
};

#define WITH(...) (const struct arg[]){ __VA_ARGS__, { .end = 1 } }
#define TO(where) { 0, where, NULL, NULL, 0 }
#define NUM(value) { value, NOTHING, NULL, NULL, 0 }
#define STR(value) { 0, TEXT, value, NULL, 0 }
#define INTS(...) { sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), LIST, #__VA_ARGS__, (int[]){ __VA_ARGS__ }, 0 }

/* What becomes of a command in Tessera, where the stock library takes it. */
enum status {
    SAME,
    REFUSED, /* 0 and a reason, whatever the arguments */
    NARROW,  /* these arguments alone are refused so */
};

struct row {
    int cmd;
    const char *name;
    enum status status;
    const struct arg *args;
};

#define ROW(cmd, ...) { cmd, #cmd, SAME, WITH(__VA_ARGS__) }
#define REFUSE(cmd, ...) { cmd, #cmd, REFUSED, WITH(__VA_ARGS__) }
#define REFUSE_THESE(cmd, ...) { cmd, #cmd, NARROW, WITH(__VA_ARGS__) }
#define ROWS(list) (list), sizeof(list) / sizeof(*(list))

/* The object that is called, and what it is called in the outcomes. */
struct subject {
    const char *name;
    SSL_CTX *ctx;
    SSL *ssl; /* if not NULL, SSL_ctrl is called */
};

/* Arguments ------------------------------------------------------------------ */

/* What C's side of a call is: `parg`, and the memory that it points to. */
struct passed {
    void *parg;
    union {
        void *pointer;
        int numbers[64];
    } to;
    void *given; /* whose ownership may pass */
};

static char kept[4];
static const int untouched = 0x5a5a5a5a;

static STACK_OF(X509) *stack_of(const char *name)
{
    STACK_OF(X509) *stack = sk_X509_new_null();

    sk_X509_push(stack, fixture_cert(name));
    return stack;
}

static STACK_OF(OCSP_RESPID) *one_responder(void)
{
    STACK_OF(OCSP_RESPID) *stack = sk_OCSP_RESPID_new_null();
    OCSP_RESPID *id = OCSP_RESPID_new();
    X509 *cert = fixture_cert("ca");

    REQUIRE(OCSP_RESPID_set_by_name(id, cert) == 1);
    sk_OCSP_RESPID_push(stack, id);
    X509_free(cert);
    return stack;
}

static STACK_OF(X509_EXTENSION) *one_extension(void)
{
    STACK_OF(X509_EXTENSION) *stack = NULL;
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, NULL, NID_id_pkix_OCSP_noCheck, "ignored");

    REQUIRE(extension != NULL && X509v3_add_ext(&stack, extension, -1) != NULL);
    X509_EXTENSION_free(extension);
    return stack;
}

static void pass(struct passed *passed, const struct subject *subject, const struct arg *arg)
{
    memset(passed, 0, sizeof(*passed));
    for (size_t i = 0; i < sizeof(passed->to.numbers) / sizeof(int); i++)
        passed->to.numbers[i] = untouched;
    passed->parg = &passed->to;
    switch (arg->kind) {
    case NOTHING:
        passed->parg = NULL;
        break;
    case POINTER:
    case NUMBER:
    case NUMBERS:
    case FIRST_BYTE:
    case BYTES:
    case KEY:
    case KINDS:
        break;
    case TEXT:
        passed->parg = (void *)arg->text;
        break;
    case LIST:
        passed->parg = (void *)arg->data;
        break;
    case CERT:
        passed->parg = passed->given = fixture_cert(arg->text);
        break;
    case CHAIN:
        passed->parg = passed->given = stack_of(arg->text);
        break;
    case STORE:
        passed->parg = passed->given = X509_STORE_new();
        break;
    case OWN_CERT:
        passed->parg = subject->ssl != NULL ? SSL_get_certificate(subject->ssl) : SSL_CTX_get0_certificate(subject->ctx);
        break;
    case DH_KEY:
        passed->parg = passed->given = DH_new_by_nid(OBJ_txt2nid(arg->text));
        break;
    case EC_CURVE:
        passed->parg = passed->given = EC_KEY_new_by_curve_name(OBJ_txt2nid(arg->text));
        break;
    case BUFFER:
        passed->parg = passed->given = OPENSSL_strdup(arg->text);
        break;
    case ANYTHING:
        passed->parg = kept;
        break;
    case RESPONDERS:
        passed->parg = passed->given = one_responder();
        break;
    case EXTENSIONS:
        passed->parg = passed->given = one_extension();
        break;
    }
}

/* The last pointer that was given away, which a getter may give back. */
static const void *last_given;

static void take_back(struct passed *passed, const struct arg *arg, long ret)
{
    int taken = ret > 0 && (arg->larg == 0 || arg->kind == BUFFER);

    if (ret > 0 && passed->given != NULL)
        last_given = passed->given;
    switch (arg->kind) {
    case CERT:
        if (!taken)
            X509_free(passed->given);
        break;
    case CHAIN:
        if (!taken)
            sk_X509_pop_free(passed->given, X509_free);
        break;
    case STORE:
        if (!taken)
            X509_STORE_free(passed->given);
        break;
    case DH_KEY:
        DH_free(passed->given);
        break;
    case EC_CURVE:
        EC_KEY_free(passed->given);
        break;
    case BUFFER:
        if (!taken)
            OPENSSL_free(passed->given);
        break;
    case RESPONDERS:
        if (!taken)
            sk_OCSP_RESPID_pop_free(passed->given, OCSP_RESPID_free);
        break;
    case EXTENSIONS:
        if (!taken)
            sk_X509_EXTENSION_pop_free(passed->given, X509_EXTENSION_free);
        break;
    case KEY:
        if (ret > 0)
            EVP_PKEY_free(passed->to.pointer);
        break;
    default:
        break;
    }
}

/* Answers -------------------------------------------------------------------- */

static const char *describe_pointer(const void *pointer)
{
    if (pointer == NULL)
        return "NULL";
    if (pointer == last_given)
        return "what was given";
    return pointer == kept ? "what is kept" : "something";
}

static const char *describe(const struct passed *passed, const struct arg *arg, long ret)
{
    static char text[600];
    size_t used = 0;

    text[0] = 0;
    if (arg->kind < POINTER || arg->kind > KEY)
        return text;
    if (passed->to.numbers[0] == untouched)
        return " nothing written";
    switch (arg->kind) {
    case POINTER:
        snprintf(text, sizeof(text), " to %s", describe_pointer(passed->to.pointer));
        break;
    case NUMBER:
        snprintf(text, sizeof(text), " to %d", passed->to.numbers[0]);
        break;
    case NUMBERS:
        for (int i = 0; i < 60 && passed->to.numbers[i] != untouched; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, " %d", passed->to.numbers[i]);
        break;
    case FIRST_BYTE:
        snprintf(text, sizeof(text), " to %d", ret > 0 ? ((unsigned char *)passed->to.pointer)[0] : 0);
        break;
    case BYTES:
        used = (size_t)snprintf(text, sizeof(text), " to ");
        for (long i = 0; i < ret && i < 100; i++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", ((unsigned char *)passed->to.pointer)[i]);
        break;
    default:
        snprintf(text, sizeof(text), " to %s %d", EVP_PKEY_get0_type_name(passed->to.pointer),
                 EVP_PKEY_get_bits(passed->to.pointer));
        break;
    }
    return text;
}

static void call_row(const struct subject *subject, const struct row *row)
{
    static const char *const kind_names[] = { "NULL", "pointer", "number", "numbers", "first byte", "bytes", "key",
                                              "text", "list", "certificate", "chain", "store", "own certificate",
                                              "DH", "EC", "buffer", "anything", "responders", "extensions" };
    const char *function = subject->ssl != NULL ? "SSL_ctrl" : "SSL_CTX_ctrl";

    if (row->status == REFUSED)
        outcome("%s %s refused", function, row->name);
    for (const struct arg *arg = row->args; !arg->end; arg++) {
        struct passed passed;
        long ret;

        pass(&passed, subject, arg);
        ERR_clear_error();
        if (subject->ssl != NULL)
            ret = SSL_ctrl(subject->ssl, row->cmd, arg->larg, passed.parg);
        else
            ret = SSL_CTX_ctrl(subject->ctx, row->cmd, arg->larg, passed.parg);
        if (row->status == SAME) {
            /* How many bytes there are behind the first is the peer's affair. */
            outcome_errors("%s %s on %s: %ld, %s %.50s: %ld%s", function, row->name, subject->name, arg->larg,
                           kind_names[arg->kind], arg->text != NULL ? arg->text : "",
                           arg->kind == FIRST_BYTE ? ret > 0 : ret, describe(&passed, arg, ret));
        } else if (on_tessera()) {
            CHECK_INT(ret, 0);
            CHECK_STR(describe(&passed, arg, ret), arg->kind >= POINTER && arg->kind <= KEY ? " nothing written" : "");
            CHECK_INT(ERR_GET_REASON(ERR_peek_last_error()), ERR_R_DISABLED);
        }
        take_back(&passed, arg, ret);
        ERR_clear_error();
    }
}

static void call_rows(const struct subject *subject, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        call_row(subject, &rows[i]);
}

/* Commands of contexts and connections --------------------------------------- */

#define LONG_NAME                                                                                                      \
    "a-name-of-two-hundred-and-fifty-six-bytes.example.org.a-name-of-two-hundred-and-fifty-six-bytes.example.org."     \
    "a-name-of-two-hundred-and-fifty-six-bytes.example.org.a-name-of-two-hundred-and-fifty-six-bytes.example.org."     \
    "a-name-of-two-hundred-and-fifty-six-byte"

static const unsigned char some_types[] = { 1, 64, 2 };

/* Those that contexts and connections have in common. */
static const struct row common[] = {
    ROW(SSL_CTRL_GET_READ_AHEAD, NUM(0)),
    ROW(SSL_CTRL_SET_READ_AHEAD, NUM(1), NUM(5), NUM(-1), NUM(0x100000000), NUM(0x100000002), NUM(0)),
    ROW(SSL_CTRL_GET_READ_AHEAD, NUM(0)),
    ROW(SSL_CTRL_MODE, NUM(0), NUM(3), NUM(0x480), NUM(0x100000000)),
    ROW(SSL_CTRL_CLEAR_MODE, NUM(1), NUM(0), NUM(0x100000000), NUM(0x70000000)),
    ROW(SSL_CTRL_MODE, NUM(-1)),
    ROW(SSL_CTRL_CLEAR_MODE, NUM(0x7fffffff), NUM(-1)),
    ROW(SSL_CTRL_MODE, NUM(SSL_MODE_AUTO_RETRY)),
    ROW(SSL_CTRL_SET_MSG_CALLBACK_ARG, TO(NOTHING), TO(ANYTHING)),
    ROW(SSL_CTRL_GET_MAX_CERT_LIST, NUM(0)),
    ROW(SSL_CTRL_SET_MAX_CERT_LIST, NUM(-1), NUM(LONG_MIN), NUM(LONG_MAX), NUM(0), NUM(7777), NUM(100 * 1024)),
    ROW(SSL_CTRL_GET_MAX_CERT_LIST, NUM(0)),
    ROW(SSL_CTRL_SET_SPLIT_SEND_FRAGMENT, NUM(0), NUM(-1), NUM(16385), NUM(16384), NUM(1), NUM(LONG_MIN), NUM(8000)),
    ROW(SSL_CTRL_SET_MAX_SEND_FRAGMENT, NUM(511), NUM(16385), NUM(-1), NUM(0), NUM(LONG_MAX), NUM(512)),
    ROW(SSL_CTRL_SET_SPLIT_SEND_FRAGMENT, NUM(513), NUM(512)),
    ROW(SSL_CTRL_SET_MAX_SEND_FRAGMENT, NUM(16384)),
    ROW(SSL_CTRL_SET_MAX_PIPELINES, NUM(0), NUM(-1), NUM(33), NUM(LONG_MAX), NUM(1), NUM(32)),
    /* More than one pipeline reads ahead on a connection. */
    ROW(SSL_CTRL_GET_READ_AHEAD, NUM(0)),
    ROW(SSL_CTRL_SET_MAX_PIPELINES, NUM(1)),
    ROW(SSL_CTRL_GET_READ_AHEAD, NUM(0)),
    ROW(SSL_CTRL_SET_READ_AHEAD, NUM(0)),
    ROW(SSL_CTRL_CERT_FLAGS, NUM(0), NUM(1), NUM(0x100000000)),
    ROW(SSL_CTRL_CLEAR_CERT_FLAGS, NUM(0), NUM(0x30001), NUM(-1)),
    ROW(SSL_CTRL_CERT_FLAGS, NUM(-1)),
    ROW(SSL_CTRL_CLEAR_CERT_FLAGS, NUM(-1), NUM(0)),
    ROW(SSL_CTRL_GET_MIN_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_GET_MAX_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MIN_PROTO_VERSION, NUM(-1), NUM(1), NUM(0x10303), NUM(0x305), NUM(0x300), NUM(0x2ff), NUM(0x301),
        NUM(0xfefd), NUM(0xfeff), NUM(0x100), NUM(0xffff), NUM(LONG_MAX), NUM(0x303)),
    ROW(SSL_CTRL_GET_MIN_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MAX_PROTO_VERSION, NUM(-1), NUM(0x305), NUM(0xfefd), NUM(0x301), NUM(0x302)),
    ROW(SSL_CTRL_GET_MAX_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MIN_PROTO_VERSION, NUM(0x304), NUM(0xfefd), NUM(0x303)),
    ROW(SSL_CTRL_GET_MIN_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MAX_PROTO_VERSION, NUM(0), NUM(0xfefd), NUM(0x304)),
    ROW(SSL_CTRL_GET_MAX_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MIN_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_MAX_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_SET_TMP_DH, TO(NOTHING), { 0, DH_KEY, "ffdhe2048", NULL, 0 }, { 0, DH_KEY, "ffdhe8192", NULL, 0 }),
    ROW(SSL_CTRL_SET_TMP_DH_CB, TO(NOTHING), TO(ANYTHING)),
    ROW(SSL_CTRL_SET_DH_AUTO, NUM(0), NUM(2), NUM(-1), NUM(1)),
    ROW(SSL_CTRL_SET_TMP_ECDH, TO(NOTHING), { 0, EC_CURVE, "P-256", NULL, 0 }, { 0, EC_CURVE, "secp112r1", NULL, 0 },
        { 0, EC_CURVE, "P-384", NULL, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, NUM(0)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, NUM(7), NUM(-2), NUM(0x100000001)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, NUM(0)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, NUM(-1)),
    ROW(SSL_CTRL_SET_GROUPS, TO(NOTHING), INTS(0), INTS(415, 415), INTS(-1), INTS(NID_rsaEncryption),
        INTS(415, 1034, 715, 716)),
    ROW(SSL_CTRL_SET_GROUPS_LIST, STR("P-256:X25519"), STR(""), STR(":"), STR("P-256:"), STR(":P-256"),
        STR("P-256:P-256"), STR("P-256:nothing"), STR("nothing"), STR("P-256 : X25519"), STR("p-256"),
        STR("prime256v1:secp384r1"), STR("P-521:P-384:P-256")),
    ROW(SSL_CTRL_SET_SIGALGS, INTS(672), INTS(672, 408), INTS(672, 1), INTS(0, 0), INTS(672, 408, 672, 408),
        INTS(672, 6, 673, 912)),
    ROW(SSL_CTRL_SET_SIGALGS_LIST, STR("RSA+SHA256"), STR(""), STR("RSA+"), STR("+SHA256"), STR("RSA+SHA256:"),
        STR(":RSA+SHA256"), STR("nothing"), STR("RSA+SHA256:RSA+SHA256"), STR("SHA256+RSA"), STR("rsa+sha256"),
        STR("ECDSA+sha256"), STR("rsa_pss_rsae_sha256:ECDSA+SHA384"), STR("ECDSA+SHA256:RSA-PSS+SHA256:PSS+SHA384")),
    ROW(SSL_CTRL_SET_CLIENT_SIGALGS, INTS(672), INTS(672, 408), INTS(672, 1), INTS(672, 6, 673, 912)),
    ROW(SSL_CTRL_SET_CLIENT_SIGALGS_LIST, STR("RSA+SHA256"), STR(""), STR("nothing"), STR("ECDSA+SHA256:RSA+SHA256")),
    ROW(SSL_CTRL_SET_CLIENT_CERT_TYPES, NUM(0), NUM(3), { 0, LIST, "none", some_types, 0 },
        { 3, LIST, "three", some_types, 0 }, { 256, LIST, "too many", some_types, 0 },
        { -1, LIST, "less than none", some_types, 0 }, NUM(0)),
    ROW(SSL_CTRL_GET_CHAIN_CERTS, TO(POINTER)),
    ROW(SSL_CTRL_CHAIN, { 1, CHAIN, "intermediate", NULL, 0 }, { 0, CHAIN, "intermediate", NULL, 0 }),
    ROW(SSL_CTRL_GET_CHAIN_CERTS, TO(POINTER)),
    ROW(SSL_CTRL_CHAIN, NUM(1), NUM(0)),
    ROW(SSL_CTRL_GET_CHAIN_CERTS, TO(POINTER)),
    ROW(SSL_CTRL_CHAIN_CERT, { 0, CERT, "intermediate", NULL, 0 }, { 1, CERT, "ca", NULL, 0 },
        { 2, CERT, "short", NULL, 0 }),
    ROW(SSL_CTRL_GET_CHAIN_CERTS, TO(POINTER)),
    ROW(SSL_CTRL_BUILD_CERT_CHAIN, NUM(0), NUM(SSL_BUILD_CHAIN_FLAG_CHECK), NUM(SSL_BUILD_CHAIN_FLAG_UNTRUSTED),
        NUM(SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR), NUM(SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR),
        NUM(SSL_BUILD_CHAIN_FLAG_NO_ROOT), NUM(-1)),
    ROW(SSL_CTRL_SELECT_CURRENT_CERT, TO(NOTHING), { 1, CERT, "client", NULL, 0 }, TO(OWN_CERT),
        { 1, CERT, "server-p256", NULL, 0 }),
    ROW(SSL_CTRL_SET_CURRENT_CERT, NUM(SSL_CERT_SET_FIRST), NUM(SSL_CERT_SET_NEXT), NUM(SSL_CERT_SET_NEXT), NUM(0),
        NUM(-1), NUM(4), NUM(SSL_CERT_SET_SERVER), NUM(SSL_CERT_SET_FIRST)),
    ROW(SSL_CTRL_GET_VERIFY_CERT_STORE, TO(POINTER)),
    ROW(SSL_CTRL_SET_VERIFY_CERT_STORE, { 0, STORE, NULL, NULL, 0 }),
    ROW(SSL_CTRL_GET_VERIFY_CERT_STORE, TO(POINTER)),
    ROW(SSL_CTRL_SET_VERIFY_CERT_STORE, { 1, STORE, NULL, NULL, 0 }, NUM(1)),
    ROW(SSL_CTRL_GET_VERIFY_CERT_STORE, TO(POINTER)),
    ROW(SSL_CTRL_GET_CHAIN_CERT_STORE, TO(POINTER)),
    ROW(SSL_CTRL_SET_CHAIN_CERT_STORE, { 0, STORE, NULL, NULL, 0 }),
    ROW(SSL_CTRL_GET_CHAIN_CERT_STORE, TO(POINTER)),
    ROW(SSL_CTRL_SET_CHAIN_CERT_STORE, { 1, STORE, NULL, NULL, 0 }, NUM(0)),
    ROW(SSL_CTRL_GET_CHAIN_CERT_STORE, TO(POINTER)),
};

/* Lists of which rustls can negotiate nothing. */
static const struct row narrow_rows[] = {
    REFUSE_THESE(SSL_CTRL_SET_GROUPS, INTS(NID_X448), INTS(NID_brainpoolP256r1, NID_secp256k1)),
    REFUSE_THESE(SSL_CTRL_SET_GROUPS_LIST, STR("X448"), STR("ffdhe2048:brainpoolP256r1")),
    REFUSE_THESE(SSL_CTRL_SET_TMP_ECDH, { 0, EC_CURVE, "brainpoolP256r1", NULL, 0 }),
    REFUSE_THESE(SSL_CTRL_SET_SIGALGS, INTS(NID_sha1, EVP_PKEY_RSA)),
    REFUSE_THESE(SSL_CTRL_SET_SIGALGS_LIST, STR("ed448"), STR("RSA+SHA1:DSA+SHA256")),
    REFUSE_THESE(SSL_CTRL_SET_CLIENT_SIGALGS, INTS(NID_sha1, EVP_PKEY_RSA)),
    REFUSE_THESE(SSL_CTRL_SET_CLIENT_SIGALGS_LIST, STR("ed448")),
};

static const unsigned char ticket_keys[80] = "eighty bytes of ticket keys";

static const struct row of_contexts[] = {
    ROW(SSL_CTRL_SET_SESS_CACHE_SIZE, NUM(-1), NUM(LONG_MIN), NUM(LONG_MAX), NUM(3)),
    ROW(SSL_CTRL_GET_SESS_CACHE_SIZE, NUM(0)),
    ROW(SSL_CTRL_SET_SESS_CACHE_MODE, NUM(-1), NUM(0x100000003), NUM(0), NUM(SSL_SESS_CACHE_BOTH)),
    ROW(SSL_CTRL_GET_SESS_CACHE_MODE, NUM(0)),
    ROW(SSL_CTRL_SESS_NUMBER, NUM(0)),
    ROW(SSL_CTRL_SESS_CONNECT, NUM(0)),
    ROW(SSL_CTRL_SESS_CONNECT_GOOD, NUM(0)),
    ROW(SSL_CTRL_SESS_CONNECT_RENEGOTIATE, NUM(0)),
    ROW(SSL_CTRL_SESS_ACCEPT, NUM(0)),
    ROW(SSL_CTRL_SESS_ACCEPT_GOOD, NUM(0)),
    ROW(SSL_CTRL_SESS_ACCEPT_RENEGOTIATE, NUM(0)),
    ROW(SSL_CTRL_SESS_HIT, NUM(0)),
    ROW(SSL_CTRL_SESS_CB_HIT, NUM(0)),
    ROW(SSL_CTRL_SESS_MISSES, NUM(0)),
    ROW(SSL_CTRL_SESS_TIMEOUTS, NUM(0)),
    ROW(SSL_CTRL_SESS_CACHE_FULL, NUM(0)),
    ROW(SSL_CTRL_SET_TLSEXT_SERVERNAME_ARG, TO(NOTHING), TO(ANYTHING)),
    ROW(SSL_CTRL_GET_TLSEXT_TICKET_KEYS, TO(NOTHING), { 79, NUMBERS, NULL, NULL, 0 }, { -1, NUMBERS, NULL, NULL, 0 }),
    ROW(SSL_CTRL_SET_TLSEXT_TICKET_KEYS, NUM(0), NUM(80), { 79, LIST, "79", ticket_keys, 0 },
        { 81, LIST, "81", ticket_keys, 0 }, { 80, LIST, "80", ticket_keys, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_TICKET_KEYS, { 80, NUMBERS, NULL, NULL, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB, TO(POINTER)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB_ARG, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, TO(ANYTHING)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB_ARG, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB_ARG, TO(NOTHING)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_CB_ARG, TO(POINTER)),
    ROW(SSL_CTRL_GET_EXTRA_CHAIN_CERTS, TO(POINTER), { 1, POINTER, NULL, NULL, 0 }),
    ROW(SSL_CTRL_EXTRA_CHAIN_CERT, { 0, CERT, "intermediate", NULL, 0 }, { 0, CERT, "short", NULL, 0 }),
    ROW(SSL_CTRL_GET_EXTRA_CHAIN_CERTS, TO(POINTER), { 1, POINTER, NULL, NULL, 0 }, { -1, POINTER, NULL, NULL, 0 }),
    ROW(SSL_CTRL_CLEAR_EXTRA_CHAIN_CERTS, NUM(0), NUM(0)),
    ROW(SSL_CTRL_GET_EXTRA_CHAIN_CERTS, TO(POINTER), { 1, POINTER, NULL, NULL, 0 }),
    REFUSE(SSL_CTRL_SET_TLS_EXT_SRP_USERNAME, STR("name"), STR("")),
    REFUSE(SSL_CTRL_SET_TLS_EXT_SRP_STRENGTH, NUM(1024), NUM(-1)),
    REFUSE(SSL_CTRL_SET_TLS_EXT_SRP_PASSWORD, STR("password")),
    /* SSL_CTX_set_srp_cb_arg alone means this by the number: here it clears modes. */
    ROW(SSL_CTRL_SET_SRP_ARG, NUM(0)),
};

static const struct row of_connections[] = {
    ROW(SSL_CTRL_GET_CLIENT_CERT_REQUEST, NUM(0)),
    ROW(SSL_CTRL_GET_NUM_RENEGOTIATIONS, NUM(0)),
    ROW(SSL_CTRL_CLEAR_NUM_RENEGOTIATIONS, NUM(0)),
    ROW(SSL_CTRL_GET_TOTAL_RENEGOTIATIONS, NUM(0)),
    ROW(SSL_CTRL_SET_TLSEXT_HOSTNAME, STR("localhost"), STR(""), STR(LONG_NAME), { 1, TEXT, "localhost", NULL, 0 },
        { -1, NOTHING, NULL, NULL, 0 }, TO(NOTHING), STR("not a name"), TO(NOTHING)),
    ROW(SSL_CTRL_SET_TLSEXT_DEBUG_ARG, TO(NOTHING), TO(ANYTHING)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_IDS, TO(POINTER)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_EXTS, TO(POINTER)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, { 8, BUFFER, "response", NULL, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, { -1, BUFFER, "negative", NULL, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, { 0, BUFFER, "nothing", NULL, 0 }),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(POINTER)),
    ROW(SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(NOTHING)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(POINTER)),
    /* DTLS's, and what a connection of TLS answers to them. */
    ROW(DTLS_CTRL_GET_TIMEOUT, TO(NOTHING), TO(NUMBERS)),
    ROW(DTLS_CTRL_HANDLE_TIMEOUT, NUM(0)),
    ROW(DTLS_CTRL_SET_LINK_MTU, NUM(0), NUM(1400), NUM(-1)),
    ROW(DTLS_CTRL_GET_LINK_MIN_MTU, NUM(0)),
    ROW(SSL_CTRL_SET_MTU, NUM(0), NUM(1400), NUM(-1)),
    REFUSE(SSL_CTRL_SET_RETRY_VERIFY, NUM(0)),
    REFUSE(SSL_CTRL_SET_TLSEXT_STATUS_REQ_IDS, TO(RESPONDERS)),
    REFUSE(SSL_CTRL_SET_TLSEXT_STATUS_REQ_EXTS, TO(EXTENSIONS)),
};

/* What a connection tells of itself. */
static const struct row getters[] = {
    ROW(SSL_CTRL_GET_RI_SUPPORT, NUM(0)),
    ROW(SSL_CTRL_GET_FLAGS, NUM(0)),
    ROW(SSL_CTRL_GET_EXTMS_SUPPORT, NUM(0)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, NUM(0)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP, TO(BYTES)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_IDS, TO(POINTER)),
    ROW(SSL_CTRL_GET_TLSEXT_STATUS_REQ_EXTS, TO(POINTER)),
    ROW(SSL_CTRL_GET_RAW_CIPHERLIST, TO(NOTHING), TO(BYTES)),
    ROW(SSL_CTRL_GET_GROUPS, TO(NOTHING), TO(NUMBERS)),
    ROW(SSL_CTRL_GET_SHARED_GROUP, NUM(0), NUM(1), NUM(-1), NUM(-2), NUM(-3), NUM(2), NUM(1000), NUM(0x100000000)),
    ROW(SSL_CTRL_GET_CLIENT_CERT_TYPES, TO(NOTHING), TO(BYTES)),
    ROW(SSL_CTRL_GET_PEER_SIGNATURE_NID, TO(NUMBER)),
    ROW(SSL_CTRL_GET_SIGNATURE_NID, TO(NUMBER)),
    ROW(SSL_CTRL_GET_PEER_TMP_KEY, TO(KEY)),
    REFUSE(SSL_CTRL_GET_TMP_KEY, TO(KEY)),
    ROW(SSL_CTRL_GET_MIN_PROTO_VERSION, NUM(0)),
    ROW(SSL_CTRL_GET_MAX_PROTO_VERSION, NUM(0)),
};

/* A server here sends its client none. */
static const struct row formats_of_servers[] = {
    ROW(SSL_CTRL_GET_EC_POINT_FORMATS, TO(FIRST_BYTE)),
};

/* Without a session the stock library crashes. */
static const struct row negotiated[] = {
    ROW(SSL_CTRL_GET_NEGOTIATED_GROUP, NUM(0)),
};

/* Subjects ------------------------------------------------------------------- */

TEST(contexts)
{
    const struct subject subjects[] = {
        { "client", new_client_ctx(0), NULL },
        { "server", new_server_ctx(0), NULL },
        { "both", SSL_CTX_new(TLS_method()), NULL },
        { "TLS 1.2 alone", SSL_CTX_new(TLSv1_2_method()), NULL },
    };

    use_identity(subjects[1].ctx, "server-rsa");
    for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
        call_rows(&subjects[i], ROWS(common));
        call_rows(&subjects[i], ROWS(of_contexts));
        call_rows(&subjects[i], ROWS(narrow_rows));
        SSL_CTX_free(subjects[i].ctx);
    }
}

TEST(fresh_connections)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(0), *both = SSL_CTX_new(TLS_method());
    const struct subject subjects[] = {
        { "fresh client", NULL, SSL_new(cctx) },
        { "fresh server", NULL, SSL_new(sctx) },
        { "fresh of both", NULL, SSL_new(both) },
        { "to connect", NULL, SSL_new(both) },
        { "to accept", NULL, SSL_new(both) },
    };

    SSL_set_connect_state(subjects[3].ssl);
    SSL_set_accept_state(subjects[4].ssl);
    for (size_t i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
        call_rows(&subjects[i], ROWS(getters));
        call_rows(&subjects[i], ROWS(formats_of_servers));
        call_rows(&subjects[i], ROWS(common));
        call_rows(&subjects[i], ROWS(of_connections));
        call_rows(&subjects[i], ROWS(narrow_rows));
        SSL_free(subjects[i].ssl);
    }
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    SSL_CTX_free(both);
}

static void call_connected(struct pair *pair, const char *how)
{
    char names[2][60];
    struct subject subjects[] = { { names[0], NULL, pair->client }, { names[1], NULL, pair->server } };

    for (int i = 0; i < 2; i++) {
        snprintf(names[i], sizeof(names[i]), "%s %s %s", SSL_get_version(pair->client), i == 0 ? "client" : "server", how);
        call_rows(&subjects[i], ROWS(getters));
        call_rows(&subjects[i], ROWS(negotiated));
    }
    call_rows(&subjects[1], ROWS(formats_of_servers));
    check_data(pair);
    for (int i = 0; i < 2; i++) {
        call_rows(&subjects[i], ROWS(common));
        call_rows(&subjects[i], ROWS(of_connections));
    }
    check_data(pair);
    for (int i = 0; i < 2; i++)
        call_rows(&subjects[i], ROWS(negotiated));
    finish_pair(pair);
}

static int staple(SSL *ssl, void *arg)
{
    (void)arg;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_strdup("an OCSP response"), 16);
    return SSL_TLSEXT_ERR_OK;
}

static int take_staple(SSL *ssl, void *arg)
{
    (void)ssl, (void)arg;
    return 1;
}

/* What rustls negotiates is not all that OpenSSL would, so both are told. rustls's
 * clients ask for a staple always, and signal that they renegotiate securely where
 * they speak TLS 1.2 too. */
static void narrow(SSL_CTX *ctx)
{
    SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_cipher_list(ctx, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(ctx, "P-256:X25519");
    SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256:RSA-PSS+SHA256");
}

TEST_VERSIONS(connections)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    pair = connected_pair(cctx, sctx);
    call_connected(&pair, "after a full handshake");
    SSL_CTX_set1_groups_list(sctx, "X25519:P-256");
    SSL_CTX_set_options(sctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
    pair = connected_pair(cctx, sctx);
    call_connected(&pair, "by the server's preference");
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* After the ClientHello, and after the server's answer to it. */
TEST_VERSIONS(halfway)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct subject client = { "client halfway", NULL, NULL }, server = { "server halfway", NULL, NULL };
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    pair = new_pair(cctx, sctx);
    client.ssl = pair.client;
    server.ssl = pair.server;
    SSL_do_handshake(pair.client);
    call_rows(&client, ROWS(getters));
    SSL_do_handshake(pair.server);
    call_rows(&server, ROWS(getters));
    SSL_do_handshake(pair.client);
    call_rows(&client, ROWS(getters));
    call_rows(&server, ROWS(common));
    call_rows(&client, ROWS(common));
    SSL_set_max_send_fragment(pair.client, 16384);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* A client here is asked for its certificate before it has verified its server's. */
static const struct row getters_of_clients[] = {
    ROW(SSL_CTRL_GET_CLIENT_CERT_TYPES, TO(NOTHING), TO(BYTES)),
};

static void tell_in(SSL *ssl, const char *callback)
{
    char name[60];
    struct subject subject = { name, NULL, ssl };

    snprintf(name, sizeof(name), "%s in the %s callback", SSL_is_server(ssl) ? "server" : "client", callback);
    if (SSL_is_server(ssl))
        call_rows(&subject, ROWS(getters));
    else
        call_rows(&subject, ROWS(getters_of_clients));
}

static int in_cert_cb(SSL *ssl, void *arg)
{
    (void)arg;
    tell_in(ssl, "certificate");
    return 1;
}

static int in_client_hello_cb(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    tell_in(ssl, "ClientHello");
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int in_servername_cb(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    tell_in(ssl, "server name");
    return SSL_TLSEXT_ERR_OK;
}

static int in_verify_cb(int good, X509_STORE_CTX *store)
{
    if (X509_STORE_CTX_get_error_depth(store) == 0)
        tell_in(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()), "verify");
    return good;
}

/* Programs ask where they are called. */
TEST_VERSIONS(in_callbacks)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    use_identity(cctx, "client");
    SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, in_verify_cb);
    SSL_CTX_set_cert_cb(cctx, in_cert_cb, NULL);
    SSL_CTX_set_cert_cb(sctx, in_cert_cb, NULL);
    SSL_CTX_set_client_hello_cb(sctx, in_client_hello_cb, NULL);
    SSL_CTX_set_tlsext_servername_callback(sctx, in_servername_cb);
    pair = new_pair(cctx, sctx);
    SSL_set_tlsext_host_name(pair.client, "localhost");
    REQUIRE(handshake(&pair));
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(resumed_connections)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    SSL_SESSION *session;
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    session = obtain_session(cctx, sctx);
    pair = offered_pair(cctx, sctx, session);
    REQUIRE(SSL_session_reused(pair.client));
    call_connected(&pair, "resumed");
    SSL_SESSION_free(session);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(connections_with_client_certificate_and_staple)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    use_identity(cctx, "client");
    SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_tlsext_status_cb(cctx, take_staple);
    SSL_CTX_set_tlsext_status_cb(sctx, staple);
    pair = connected_pair(cctx, sctx);
    call_connected(&pair, "with a client certificate and a staple");
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Unknown commands ----------------------------------------------------------- */

static int is_row(const struct row *rows, size_t count, int cmd)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].cmd == cmd)
            return 1;
    return 0;
}

/* What neither table names, and what names the other's object, is not known. */
TEST(unknown_commands)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    static const int far[] = { -1, INT_MIN, INT_MAX, 0x10000 };

    for (int i = 0; i < 304; i++) {
        int cmd = i < 300 ? i : far[i - 300];
        int shared = is_row(ROWS(common), cmd);

        if (!shared && !is_row(ROWS(of_contexts), cmd)) {
            CHECK_INT(SSL_CTX_ctrl(ctx, cmd, 1, kept), 0);
            CHECK_INT(ERR_peek_error(), 0);
        }
        if (!shared && !is_row(ROWS(of_connections), cmd) && !is_row(ROWS(getters), cmd) &&
            !is_row(ROWS(negotiated), cmd)) {
            CHECK_INT(SSL_ctrl(ssl, cmd, 1, kept), 0);
            CHECK_INT(ERR_peek_error(), 0);
        }
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(without_an_object)
{
    for (int cmd = 0; cmd < 140; cmd++) {
        if (cmd == SSL_CTRL_SET_GROUPS_LIST || cmd == SSL_CTRL_SET_SIGALGS_LIST ||
            cmd == SSL_CTRL_SET_CLIENT_SIGALGS_LIST)
            continue;
        CHECK_INT(SSL_CTX_ctrl(NULL, cmd, 0, NULL), 0);
        CHECK_INT(SSL_CTX_ctrl(NULL, cmd, 1, kept), 0);
        CHECK_INT(ERR_peek_error(), 0);
    }
    CHECK_INT(SSL_CTX_ctrl(NULL, SSL_CTRL_SET_SIGALGS_LIST, 0, "RSA+SHA256"), 1);
    CHECK_INT(SSL_CTX_ctrl(NULL, SSL_CTRL_SET_SIGALGS_LIST, 0, "RSA+"), 0);
    CHECK_INT(SSL_CTX_ctrl(NULL, SSL_CTRL_SET_CLIENT_SIGALGS_LIST, 0, "RSA+SHA256"), 1);
    if (!on_tessera())
        return;
    /* Where the stock library crashes. */
    for (int cmd = 0; cmd < 140; cmd++) {
        CHECK_INT(SSL_ctrl(NULL, cmd, 0, NULL), 0);
        CHECK_INT(SSL_callback_ctrl(NULL, cmd, NULL), 0);
        CHECK_INT(SSL_CTX_callback_ctrl(NULL, cmd, NULL), 0);
    }
}

/* NULL where an answer goes: the stock library crashes. */
TEST_VERSIONS(nowhere_to_answer)
{
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    if (!on_tessera())
        skip("only where the stock library would crash");
    CHECK_INT(SSL_CTX_add_extra_chain_cert(cctx, NULL), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    pair = connected_pair(cctx, sctx);
    for (int cmd = 0; cmd < 140; cmd++) {
        SSL_CTX_ctrl(cctx, cmd, 0, NULL);
        SSL_CTX_ctrl(sctx, cmd, 0, NULL);
        SSL_ctrl(pair.client, cmd, 0, NULL);
        SSL_ctrl(pair.server, cmd, 0, NULL);
    }
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Callbacks ------------------------------------------------------------------ */

#define CALLBACK(cmd) { cmd, #cmd, SAME, NULL }
#define REFUSED_CALLBACK(cmd) { cmd, #cmd, REFUSED, NULL }

static const struct row callbacks_of_contexts[] = {
    CALLBACK(SSL_CTRL_SET_MSG_CALLBACK),
    CALLBACK(SSL_CTRL_SET_TMP_DH_CB),
    CALLBACK(SSL_CTRL_SET_TLSEXT_SERVERNAME_CB),
    CALLBACK(SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB),
    CALLBACK(SSL_CTRL_SET_TLSEXT_TICKET_KEY_CB),
    CALLBACK(SSL_CTRL_SET_NOT_RESUMABLE_SESS_CB),
    REFUSED_CALLBACK(SSL_CTRL_SET_SRP_VERIFY_PARAM_CB),
    REFUSED_CALLBACK(SSL_CTRL_SET_TLS_EXT_SRP_USERNAME_CB),
    REFUSED_CALLBACK(SSL_CTRL_SET_SRP_GIVE_CLIENT_PWD_CB),
};

static const struct row callbacks_of_connections[] = {
    CALLBACK(SSL_CTRL_SET_MSG_CALLBACK),
    CALLBACK(SSL_CTRL_SET_TMP_DH_CB),
    CALLBACK(SSL_CTRL_SET_TLSEXT_DEBUG_CB),
    CALLBACK(SSL_CTRL_SET_NOT_RESUMABLE_SESS_CB),
};

static void never_called(void)
{
    abort();
}

static void call_callbacks(SSL_CTX *ctx, SSL *ssl, const char *name, const struct row *rows, size_t count)
{
    const char *function = ssl != NULL ? "SSL_callback_ctrl" : "SSL_CTX_callback_ctrl";

    for (int cmd = -3; cmd < 300; cmd++) {
        const struct row *row = NULL;

        for (size_t i = 0; i < count; i++)
            if (rows[i].cmd == cmd)
                row = &rows[i];
        for (int i = 0; i < 2; i++) {
            void (*callback)(void) = i == 0 ? never_called : NULL;
            long ret = ssl != NULL ? SSL_callback_ctrl(ssl, cmd, callback) : SSL_CTX_callback_ctrl(ctx, cmd, callback);

            if (row == NULL) {
                CHECK_INT(ret, 0);
                CHECK_INT(ERR_peek_error(), 0);
            } else if (row->status == SAME) {
                outcome_errors("%s %s on %s: %d: %ld", function, row->name, name, i == 0, ret);
            } else {
                outcome("%s %s refused", function, row->name);
                if (on_tessera()) {
                    CHECK_INT(ret, 0);
                    CHECK_REASON(ERR_R_DISABLED);
                }
            }
        }
    }
}

TEST(callbacks)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(0);
    struct pair pair;

    call_callbacks(cctx, NULL, "client", ROWS(callbacks_of_contexts));
    call_callbacks(sctx, NULL, "server", ROWS(callbacks_of_contexts));
    pair = new_pair(cctx, sctx);
    call_callbacks(NULL, pair.client, "client", ROWS(callbacks_of_connections));
    call_callbacks(NULL, pair.server, "server", ROWS(callbacks_of_connections));
    REQUIRE(handshake(&pair));
    call_callbacks(NULL, pair.client, "connected client", ROWS(callbacks_of_connections));
    call_callbacks(NULL, pair.server, "connected server", ROWS(callbacks_of_connections));
    check_data(&pair);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Extensions ----------------------------------------------------------------- */

struct seen {
    int count[0x10000];
    int bytes;
    SSL *ssl;
    int other; /* calls with other arguments */
};

static void see(SSL *ssl, int from_server, int type, const unsigned char *data, int len, void *arg)
{
    struct seen *seen = arg;

    seen->other += ssl != seen->ssl || from_server == SSL_is_server(ssl) || (len > 0 && data == NULL);
    seen->count[type & 0xffff]++;
    seen->bytes += len;
}

static void see_and_tell(SSL *ssl, int from_server, int type, const unsigned char *data, int len, void *arg)
{
    char text[600];
    size_t used = 0;

    (void)ssl, (void)arg;
    for (int i = 0; i < len && i < 200; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", data[i]);
    outcome("extension %d from server %d: %d bytes %.*s", type, from_server, len, (int)used, text);
}

/* A client of TLS 1.2 with extensions that are known and others that are not. */
TEST(extensions_of_a_client)
{
    static const unsigned char hello[] = {
        22, 3, 1, 0, 129, 1, 0, 0, 125, 3, 3, /* record, message, version */
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
        0, 0, 2, 0xc0, 0x2b, 1, 0, /* session id, one cipher, no compression */
        0, 82,
        0, 0, 0, 14, 0, 12, 0, 0, 9, 'l', 'o', 'c', 'a', 'l', 'h', 'o', 's', 't', /* server_name */
        0x7a, 0x7a, 0, 1, 0, /* unknown */
        0, 5, 0, 5, 1, 0, 0, 0, 0, /* status_request */
        0, 10, 0, 4, 0, 2, 0, 23, /* supported_groups */
        0, 11, 0, 2, 1, 0, /* ec_point_formats */
        0, 13, 0, 4, 0, 2, 4, 3, /* signature_algorithms */
        0, 22, 0, 0, /* encrypt_then_mac */
        0, 23, 0, 0, /* extended_master_secret */
        0, 35, 0, 0, /* session_ticket */
        0xff, 1, 0, 1, 0, /* renegotiation_info */
        0, 17, 0, 7, 0, 5, 1, 2, 3, 4, 5, /* unknown */
    };
    SSL_CTX *ctx = new_server_ctx(0);
    SSL *ssl = SSL_new(ctx);
    BIO *in = BIO_new_mem_buf(hello, sizeof(hello)), *out = BIO_new(BIO_s_mem());

    SSL_set_bio(ssl, in, out);
    BIO_set_mem_eof_return(in, -1);
    SSL_set_accept_state(ssl);
    SSL_set_tlsext_debug_callback(ssl, see_and_tell);
    outcome_errors("handshake %d", SSL_do_handshake(ssl));
    outcome("state %s", SSL_state_string_long(ssl));
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/*
 * Both ends of a connection, where the server knows the client's certificate. What the
 * other library would have sent differs, so they are counted where both send them.
 */
TEST_VERSIONS(extensions_of_both)
{
    static const int types[] = { 0, 16, 23, 43, 44, 51, 0xff01 };
    static struct seen of_client, of_server;
    static const unsigned char protocols[] = "\2h2";
    SSL_CTX *cctx = new_client_ctx(version), *sctx = new_server_ctx(version);
    struct pair pair;

    narrow(cctx);
    narrow(sctx);
    use_identity(cctx, "client");
    SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_alpn_protos(cctx, protocols, 3);
    pair = new_pair(cctx, sctx);
    SSL_set_tlsext_host_name(pair.client, "localhost");
    of_client.ssl = pair.client;
    of_server.ssl = pair.server;
    /* Argument and callback in either order. */
    SSL_set_tlsext_debug_arg(pair.client, &of_client);
    SSL_set_tlsext_debug_callback(pair.client, see);
    SSL_set_tlsext_debug_callback(pair.server, see);
    SSL_set_tlsext_debug_arg(pair.server, &of_server);
    REQUIRE(handshake(&pair));
    check_data(&pair);
    CHECK(of_client.bytes > 0 && of_server.bytes > 0);
    CHECK_INT(of_client.other + of_server.other, 0);
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        outcome("%x: extension %d %d times from the server", version, types[i], of_client.count[types[i]]);
        /* rustls offers supported_versions (43) also where there is one. */
        if (types[i] != 0xff01 && (types[i] != 43 || version == TLS1_3_VERSION))
            outcome("%x: extension %d %d times from the client", version, types[i], of_server.count[types[i]]);
    }
    SSL_callback_ctrl(pair.client, SSL_CTRL_SET_TLSEXT_DEBUG_CB, NULL);
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Requests for a status -------------------------------------------------------- */

#define NAME_OF_KEY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20

/* One responder, by its key, and a nonce. */
static const unsigned char asking[] = {
    22, 3, 1, 0, 134, 1, 0, 0, 130, 3, 3, /* record, message, version */
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    0, 0, 2, 0xc0, 0x2b, 1, 0, /* session id, one cipher, no compression */
    0, 87, 0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 4, 0, 2, 4, 3, 0, 23, 0, 0, 0xff, 1, 0, 1, 0,
    0, 5, 0, 52, 1, /* status_request of OCSP */
    0, 26, 0, 24, 0xa2, 22, 4, 20, NAME_OF_KEY,
    0, 21, 0x30, 19, 0x30, 17, 6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2, 4, 4, 4, 2, 1, 2,
};
/* Where these are in it. */
enum { RESPONDER_TAG = 92, EXTENSIONS_TAG = 118 };

static int tell_request(SSL *ssl, void *arg)
{
    STACK_OF(OCSP_RESPID) *ids = (void *)kept;
    STACK_OF(X509_EXTENSION) *extensions = (void *)kept;

    (void)arg;
    outcome("SSL_ctrl SSL_CTRL_GET_TLSEXT_STATUS_REQ_IDS of the request: %ld", SSL_get_tlsext_status_ids(ssl, &ids));
    outcome("SSL_ctrl SSL_CTRL_GET_TLSEXT_STATUS_REQ_EXTS of the request: %ld", SSL_get_tlsext_status_exts(ssl, &extensions));
    outcome("%d responders, %d extensions", sk_OCSP_RESPID_num(ids), sk_X509_EXTENSION_num(extensions));
    for (int i = 0; i < sk_OCSP_RESPID_num(ids); i++) {
        unsigned char *der = NULL;
        int len = i2d_OCSP_RESPID(sk_OCSP_RESPID_value(ids, i), &der);

        outcome("responder of %d bytes, %02x %02x", len, der[0], der[4]);
        OPENSSL_free(der);
    }
    for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++)
        outcome("extension %d", OBJ_obj2nid(X509_EXTENSION_get_object(sk_X509_EXTENSION_value(extensions, i))));
    return SSL_TLSEXT_ERR_NOACK;
}

static void be_asked(const char *how, size_t at, unsigned char value)
{
    SSL_CTX *ctx = new_server_ctx(0);
    SSL *ssl = SSL_new(ctx);
    unsigned char bytes[sizeof(asking)];
    BIO *in = BIO_new_mem_buf(bytes, sizeof(bytes)), *out = BIO_new(BIO_s_mem());
    int ret, waiting;

    memcpy(bytes, asking, sizeof(bytes));
    bytes[at] = value;
    SSL_CTX_set_tlsext_status_cb(ctx, tell_request);
    SSL_set_bio(ssl, in, out);
    BIO_set_mem_eof_return(in, -1);
    SSL_set_accept_state(ssl);
    ret = SSL_do_handshake(ssl);
    waiting = SSL_want_read(ssl);
    outcome_errors("%s: %d", how, ret);
    if (waiting)
        tell_request(ssl, NULL);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

TEST(requests_for_a_status)
{
    REQUIRE(sizeof(asking) == 139 && asking[RESPONDER_TAG] == 0xa2 && asking[EXTENSIONS_TAG] == 0x30);
    be_asked("as it is", 0, 22);
    be_asked("another responder", RESPONDER_TAG + 4, 7);
    be_asked("no name of a responder", RESPONDER_TAG, 0xa7);
    be_asked("no extensions", EXTENSIONS_TAG, 4);
}

/* Suite B ---------------------------------------------------------------------- */

static void suite_b(int version, const char *identity, long client_flags, long server_flags)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;
    int done;

    SSL_CTX_set_cipher_list(cctx, "ECDHE+AESGCM");
    SSL_CTX_set1_groups_list(cctx, "P-384:P-256:X25519");
    use_identity(sctx, identity);
    SSL_CTX_set_cert_flags(cctx, client_flags);
    SSL_CTX_set_cert_flags(sctx, server_flags);
    pair = new_pair(cctx, sctx);
    done = handshake(&pair);
    outcome("%s client %lx server %lx: %d %s", identity, client_flags, server_flags, done,
            done ? SSL_get_cipher(pair.client) : "");
    if (done)
        outcome("group %ld signature %d verify %ld", SSL_get_negotiated_group(pair.client),
                SSL_get_peer_signature_nid(pair.client, &done) ? done : 0, SSL_get_verify_result(pair.client));
    else
        outcome("client %d/%d verify %ld server %d/%d", pair.client_end.error, pair.client_end.reason,
                SSL_get_verify_result(pair.client), pair.server_end.error, pair.server_end.reason);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Flags alone, without a cipher string that sets them. */
TEST_VERSIONS(suite_b_flags)
{
    static const char *const identities[] = { "server-p256", "server-p384", "server-rsa" };
    static const long flags[] = { 0, SSL_CERT_FLAG_SUITEB_128_LOS_ONLY, SSL_CERT_FLAG_SUITEB_192_LOS,
                                  SSL_CERT_FLAG_SUITEB_128_LOS };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++) {
            suite_b(version, identities[i], flags[j], 0);
            suite_b(version, identities[i], 0, flags[j]);
            suite_b(version, identities[i], flags[j], flags[j]);
        }
}

/* Allows all, and changes its connection's settings meanwhile. */
static int change_settings(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *arg)
{
    (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)arg;
    if (ssl != NULL)
        SSL_set_mode((SSL *)ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
    return 1;
}

TEST_VERSIONS(suite_b_with_a_callback_that_changes_settings)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;

    SSL_CTX_set1_groups_list(cctx, "P-384:P-256");
    SSL_CTX_set_cert_flags(sctx, SSL_CERT_FLAG_SUITEB_128_LOS);
    SSL_CTX_set_security_callback(sctx, change_settings);
    pair = new_pair(cctx, sctx);
    REQUIRE(handshake(&pair));
    outcome("%d shared, mode %lx", SSL_get_shared_sigalgs(pair.server, 0, NULL, NULL, NULL, NULL, NULL),
            SSL_get_mode(pair.server));
    finish_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

/* Strict rules: certificates must be signed by algorithms that the peer accepts. */
static void strictly(int version, const char *server_identity, const char *client_identity, const char *sigalgs,
                     long client_flags, long server_flags)
{
    SSL_CTX *cctx = new_client_ctx(0), *sctx = new_server_ctx(version);
    struct pair pair;
    X509 *shown;
    int done;

    use_identity(sctx, server_identity);
    use_identity(cctx, client_identity);
    SSL_CTX_set_verify(sctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_load_verify_locations(sctx, fixture("ca.pem"), NULL);
    if (sigalgs != NULL)
        SSL_CTX_set1_sigalgs_list(client_flags != 0 ? sctx : cctx, sigalgs);
    SSL_CTX_set_cert_flags(cctx, client_flags);
    SSL_CTX_set_cert_flags(sctx, server_flags);
    pair = new_pair(cctx, sctx);
    done = handshake(&pair);
    shown = done ? SSL_get1_peer_certificate(pair.server) : NULL;
    outcome("strictly %s, %s, %s, %lx %lx: %d %s, client %d/%d server %d/%d, %s", server_identity, client_identity,
            sigalgs == NULL ? "all" : sigalgs, client_flags, server_flags, done, done ? SSL_get_cipher(pair.client) : "",
            pair.client_end.error, pair.client_end.reason, pair.server_end.error, pair.server_end.reason,
            shown == NULL ? "no certificate" : "a certificate");
    X509_free(shown);
    free_pair(&pair);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
}

TEST_VERSIONS(strict_flags)
{
    static const char *const servers[] = { "server-p256", "server-p384", "server-rsa" };
    static const char *const clients[] = { "client", "client-rsa" };
    static const char *const lists[] = { NULL, "ECDSA+SHA384:RSA+SHA256:RSA-PSS+SHA256", "ECDSA+SHA256:RSA-PSS+SHA384",
                                         "ECDSA+SHA384:ECDSA+SHA256:RSA-PSS+SHA256" };
    static const long flags[][2] = { { 0, 0 }, { SSL_CERT_FLAG_TLS_STRICT, 0 }, { 0, SSL_CERT_FLAG_TLS_STRICT },
                                     { SSL_CERT_FLAG_TLS_STRICT, SSL_CERT_FLAG_TLS_STRICT } };

    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 2; j++)
            for (int k = 0; k < 4; k++)
                for (int l = 0; l < 4; l++)
                    strictly(version, servers[i], clients[j], lists[k], flags[l][0], flags[l][1]);
}
