/*
 * Which objects a program is given for its peers' certificates: a connection's are
 * its own and its session's, and what is done to them no other connection sees.
 */
#include "harness.h"

#include <openssl/ct.h>
#include <openssl/pem.h>
#include <pthread.h>
#include <stdarg.h>

/* What is seen ------------------------------------------------------------- */

/* Objects by name; those that are the same get the same number. */
struct view {
    struct {
        char name[40];
        const void *object;
    } seen[400];
    int count;
};

static struct view view;
static int connection; /* whose names the callbacks use */
/* The side whose callbacks are watched. */
static const char *side;

static void see(const void *object, const char *format, ...)
{
    char name[40];
    va_list args;

    va_start(args, format);
    vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    for (int i = 0; i < view.count; i++)
        if (strcmp(view.seen[i].name, name) == 0 && view.seen[i].object == object)
            return;
    REQUIRE(view.count < (int)(sizeof(view.seen) / sizeof(view.seen[0])));
    strcpy(view.seen[view.count].name, name);
    view.seen[view.count++].object = object;
}

/* How many other objects were seen before this one was. */
static int number(const void *object)
{
    int others = 0;

    for (int i = 0; view.seen[i].object != object; i++) {
        int known = view.seen[i].object == NULL;

        for (int j = 0; j < i; j++)
            known |= view.seen[j].object == view.seen[i].object;
        others += !known;
    }
    return others;
}

static void tell_view(const char *what)
{
    for (int i = 0; i < view.count; i++) {
        if (view.seen[i].object == NULL)
            outcome("%s: %s is NULL", what, view.seen[i].name);
        else
            outcome("%s: %s is object %d", what, view.seen[i].name, number(view.seen[i].object));
    }
    view.count = 0;
}

static void see_stack(STACK_OF(X509) *stack, const char *name)
{
    for (int i = 0; i < sk_X509_num(stack); i++)
        see(sk_X509_value(stack, i), "%d %s %d", connection, name, i);
    if (stack == NULL)
        see(NULL, "%d %s", connection, name);
}

static void see_certificates(SSL *ssl, const char *whose)
{
    X509 *peer = SSL_get0_peer_certificate(ssl), *shared = SSL_get1_peer_certificate(ssl);
    char name[40];

    see(peer, "%d %s peer", connection, whose);
    see(shared, "%d %s peer, shared", connection, whose);
    see(SSL_SESSION_get0_peer(SSL_get_session(ssl)), "%d %s session", connection, whose);
    if (peer != NULL)
        see(X509_get0_pubkey(peer), "%d %s key", connection, whose);
    snprintf(name, sizeof(name), "%s chain", whose);
    see_stack(SSL_get_peer_cert_chain(ssl), name);
    for (int i = 0; i < sk_X509_num(SSL_get_peer_cert_chain(ssl)); i++)
        see(X509_get0_pubkey(sk_X509_value(SSL_get_peer_cert_chain(ssl), i)), "%d %s key %d", connection, whose, i);
    snprintf(name, sizeof(name), "%s verified", whose);
    see_stack(SSL_get0_verified_chain(ssl), name);
    X509_free(shared);
}

/* Callbacks ---------------------------------------------------------------- */

/* Marks it, and tells of the marks that were there. */
static void mark(X509 *cert, const char *where)
{
    static int index = -1;
    ASN1_OBJECT *purpose = OBJ_nid2obj(NID_server_auth);
    STACK_OF(ASN1_OBJECT) *trusted = X509_get0_trust_objects(cert);
    int len = 0;
    unsigned char *alias = X509_alias_get0(cert, &len);
    char text[40];

    if (index < 0)
        index = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    outcome("%d %s %s: alias %.*s, trusted for %d, data %ld", connection, side, where, len,
            alias != NULL ? (char *)alias : "", sk_ASN1_OBJECT_num(trusted), (long)(intptr_t)X509_get_ex_data(cert, index));
    snprintf(text, sizeof(text), "%d %s", connection, side);
    X509_alias_set1(cert, (unsigned char *)text, -1);
    X509_keyid_set1(cert, (unsigned char *)text, -1);
    X509_add1_trust_object(cert, purpose);
    X509_set_ex_data(cert, index, (void *)(intptr_t)(connection + 1));
}

static void see_verification(X509_STORE_CTX *ctx, const char *where)
{
    X509 *leaf = X509_STORE_CTX_get0_cert(ctx);
    char name[40];

    see(leaf, "%d %s %s cert", connection, side, where);
    see(X509_get0_pubkey(leaf), "%d %s %s key", connection, side, where);
    snprintf(name, sizeof(name), "%s %s untrusted", side, where);
    see_stack(X509_STORE_CTX_get0_untrusted(ctx), name);
    mark(leaf, where);
}

static int verify_cb(int ok, X509_STORE_CTX *ctx)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    char name[40];

    see(X509_STORE_CTX_get_current_cert(ctx), "%d %s current", connection, side);
    see(X509_STORE_CTX_get0_current_issuer(ctx), "%d %s issuer", connection, side);
    snprintf(name, sizeof(name), "%s chain inside", side);
    see_stack(SSL_get_peer_cert_chain(ssl), name);
    snprintf(name, sizeof(name), "%s building", side);
    see_stack(X509_STORE_CTX_get0_chain(ctx), name);
    see_verification(ctx, "verify_cb");
    return ok;
}

static int whole_cb(X509_STORE_CTX *ctx, void *arg)
{
    (void)arg;
    see_verification(ctx, "whole");
    return X509_verify_cert(ctx);
}

static int store_verify(X509_STORE_CTX *ctx)
{
    see_verification(ctx, "store's verify");
    return 1;
}

static int store_verify_cb(int ok, X509_STORE_CTX *ctx)
{
    see_verification(ctx, "store's verify_cb");
    return ok;
}

static int store_get_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *x)
{
    see(x, "%d %s issuer wanted for", connection, side);
    see_verification(ctx, "store's get_issuer");
    return X509_STORE_CTX_get1_issuer(issuer, ctx, x);
}

static int store_check_issued(X509_STORE_CTX *ctx, X509 *x, X509 *issuer)
{
    see_verification(ctx, "store's check_issued");
    return X509_check_issued(issuer, x) == X509_V_OK;
}

static int store_check_revocation(X509_STORE_CTX *ctx)
{
    see_verification(ctx, "store's check_revocation");
    return 1;
}

static int store_check_policy(X509_STORE_CTX *ctx)
{
    see_verification(ctx, "store's check_policy");
    return 1;
}

static int store_cleanup(X509_STORE_CTX *ctx)
{
    X509 *leaf = X509_STORE_CTX_get0_cert(ctx);

    /* Also called for one that was not begun. */
    if (leaf != NULL)
        see_verification(ctx, "store's cleanup");
    return 1;
}

static int store_get_crl(X509_STORE_CTX *ctx, X509_CRL **crl, X509 *x)
{
    FILE *file = fopen(fixture("ca-crl.pem"), "r");

    see(x, "%d %s list wanted for", connection, side);
    see_verification(ctx, "store's get_crl");
    REQUIRE(file != NULL);
    *crl = PEM_read_X509_CRL(file, NULL, NULL, NULL);
    fclose(file);
    return 1;
}

static int store_cert_crl(X509_STORE_CTX *ctx, X509_CRL *crl, X509 *x)
{
    (void)crl;
    see(x, "%d %s looked for in the list", connection, side);
    see_verification(ctx, "store's cert_crl");
    return 1;
}

static STACK_OF(X509_CRL) *store_lookup_crls(const X509_STORE_CTX *ctx, const X509_NAME *name)
{
    (void)name;
    see(X509_STORE_CTX_get0_cert((X509_STORE_CTX *)ctx), "%d %s lists' cert", connection, side);
    return NULL;
}

static int purpose_cb(const X509_PURPOSE *purpose, const X509 *x, int ca)
{
    (void)purpose, (void)ca;
    see(x, "%d %s purpose of", connection, side);
    return 1;
}

static int add_cb(SSL *ssl, unsigned kind, unsigned context, const unsigned char **out, size_t *len, X509 *x,
                  size_t index, int *alert, void *arg)
{
    (void)ssl, (void)kind, (void)context, (void)x, (void)index, (void)alert, (void)arg;
    *out = (const unsigned char *)"x";
    *len = 1;
    return 1;
}

/* Whether what arrives is to be spoilt, before it is verified. */
static int spoils;

static int parse_cb(SSL *ssl, unsigned kind, unsigned context, const unsigned char *in, size_t len, X509 *x,
                    size_t index, int *alert, void *arg)
{
    (void)ssl, (void)kind, (void)in, (void)len, (void)alert, (void)arg;
    if (context != SSL_EXT_TLS1_3_CERTIFICATE)
        return 1;
    see(x, "%d %s of extension %zu", connection, side, index);
    if (index == 0)
        mark(x, "extension");
    if (index == 0 && spoils)
        X509_gmtime_adj(X509_getm_notAfter(x), -3600);
    return 1;
}

static int ct_cb(const CT_POLICY_EVAL_CTX *ctx, const STACK_OF(SCT) *scts, void *arg)
{
    (void)scts, (void)arg;
    see(CT_POLICY_EVAL_CTX_get0_cert(ctx), "%d %s ct cert", connection, side);
    see(CT_POLICY_EVAL_CTX_get0_issuer(ctx), "%d %s ct issuer", connection, side);
    mark(CT_POLICY_EVAL_CTX_get0_cert(ctx), "ct");
    return 1;
}

/* Ways of looking ----------------------------------------------------------- */

static void in_callback(SSL_CTX *ctx)
{
    SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), verify_cb);
}

static void in_whole_cb(SSL_CTX *ctx)
{
    SSL_CTX_set_cert_verify_callback(ctx, whole_cb, NULL);
}

#define IN_STORE(function)                                                                        \
    static void in_##function(SSL_CTX *ctx)                                                       \
    {                                                                                             \
        X509_STORE_set_##function(SSL_CTX_get_cert_store(ctx), store_##function);                 \
    }

IN_STORE(verify)
IN_STORE(verify_cb)
IN_STORE(get_issuer)
IN_STORE(check_issued)
IN_STORE(check_revocation)
IN_STORE(cleanup)

static void in_check_policy(SSL_CTX *ctx)
{
    X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx), X509_V_FLAG_POLICY_CHECK);
    X509_STORE_set_check_policy(SSL_CTX_get_cert_store(ctx), store_check_policy);
}

#define WITH_LISTS(function)                                                                      \
    static void in_##function(SSL_CTX *ctx)                                                       \
    {                                                                                             \
        X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx), X509_V_FLAG_CRL_CHECK);                 \
        X509_STORE_set_##function(SSL_CTX_get_cert_store(ctx), store_##function);                 \
    }

WITH_LISTS(get_crl)
WITH_LISTS(lookup_crls)

static void in_cert_crl(SSL_CTX *ctx)
{
    in_get_crl(ctx);
    X509_STORE_set_cert_crl(SSL_CTX_get_cert_store(ctx), store_cert_crl);
}

/* The purpose of verifications that name none is the context's. */
static void in_purpose(SSL_CTX *ctx)
{
    enum { OURS = 40 };

    REQUIRE(X509_PURPOSE_add(OURS, X509_TRUST_DEFAULT, 0, purpose_cb, "ours", "ours", NULL) == 1);
    REQUIRE(SSL_CTX_set_purpose(ctx, OURS) == 1);
}

static void in_replaced_purpose(SSL_CTX *ctx)
{
    (void)ctx;
    REQUIRE(X509_PURPOSE_add(X509_PURPOSE_SSL_SERVER, X509_TRUST_SSL_SERVER, 0, purpose_cb, "server", "server", NULL) == 1);
    REQUIRE(X509_PURPOSE_add(X509_PURPOSE_SSL_CLIENT, X509_TRUST_SSL_CLIENT, 0, purpose_cb, "client", "client", NULL) == 1);
}

static void in_extension(SSL_CTX *ctx)
{
    REQUIRE(SSL_CTX_add_custom_ext(ctx, 1010,
                                   SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST | SSL_EXT_TLS1_3_CERTIFICATE,
                                   add_cb, NULL, NULL, parse_cb, NULL) == 1);
}

static void in_ct(SSL_CTX *ctx)
{
    /* Of clients alone. */
    REQUIRE(SSL_CTX_set_ct_validation_callback(ctx, ct_cb, NULL) == 1);
}

static void nowhere(SSL_CTX *ctx)
{
    (void)ctx;
}

static const struct way {
    const char *name;
    void (*prepare)(SSL_CTX *ctx);
    int both; /* the other end is prepared, too */
} ways[] = {
    { "nowhere", nowhere, 0 },
    { "verify callback", in_callback, 0 },
    { "certificate verify callback", in_whole_cb, 0 },
    { "store verify", in_verify, 0 },
    { "store verify_cb", in_verify_cb, 0 },
    { "store get_issuer", in_get_issuer, 0 },
    { "store check_issued", in_check_issued, 0 },
    { "store check_revocation", in_check_revocation, 0 },
    { "store check_policy", in_check_policy, 0 },
    { "store cleanup", in_cleanup, 0 },
    { "store get_crl", in_get_crl, 0 },
    { "store cert_crl", in_cert_crl, 0 },
    { "store lookup_crls", in_lookup_crls, 0 },
    { "extension", in_extension, 1 },
    { "ct", in_ct, 0 },
    /* The last ones: purposes are the process's. */
    { "purpose", in_purpose, 0 },
    { "replaced purpose", in_replaced_purpose, 0 },
};

/* Contexts ------------------------------------------------------------------ */

struct contexts {
    SSL_CTX *client;
    SSL_CTX *server;
};

/* Both ends have a certificate whose issuer they send; both verify. */
static struct contexts new_contexts(int version)
{
    struct contexts contexts = { new_client_ctx(version), new_server_ctx(version) };
    SSL_CTX *both[] = { contexts.client, contexts.server };

    for (int i = 0; i < 2; i++) {
        X509 *issuer = fixture_cert("intermediate");

        use_identity(both[i], "dual-chained");
        REQUIRE(SSL_CTX_add1_chain_cert(both[i], issuer) == 1);
        REQUIRE(SSL_CTX_load_verify_locations(both[i], fixture("ca.pem"), NULL) == 1);
        SSL_CTX_set_verify(both[i], SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_free(issuer);
    }
    REQUIRE(SSL_CTX_set_session_id_context(contexts.server, (const unsigned char *)"peers", 5) == 1);
    return contexts;
}

static void free_contexts(struct contexts *contexts)
{
    SSL_CTX_free(contexts->client);
    SSL_CTX_free(contexts->server);
}

/* One side looks, on four connections of two contexts. */
static void look(const struct way *way, int version, int at_server)
{
    enum { COUNT = 4 };
    struct contexts contexts[2] = { new_contexts(version), new_contexts(version) };
    struct pair pairs[COUNT];

    side = at_server ? "server" : "client";
    for (int i = 0; i < 2; i++) {
        way->prepare(at_server ? contexts[i].server : contexts[i].client);
        if (way->both)
            way->prepare(at_server ? contexts[i].client : contexts[i].server);
    }
    for (connection = 0; connection < COUNT; connection++) {
        struct contexts *its = &contexts[connection % 2];
        struct pair *pair = &pairs[connection];
        SSL *looking;

        *pair = new_pair(its->client, its->server);
        handshake(pair);
        looking = at_server ? pair->server : pair->client;
        outcome_errors("%s, %s: connection %d ends %d/%d, %ld", way->name, side, connection, pair->client_end.ret,
                       pair->server_end.ret, SSL_get_verify_result(looking));
        see_certificates(looking, side);
        if (SSL_get0_peer_certificate(looking) != NULL)
            mark(SSL_get0_peer_certificate(looking), "afterwards");
    }
    tell_view(way->name);
    for (int i = 0; i < COUNT; i++)
        free_pair(&pairs[i]);
    free_contexts(&contexts[0]);
    free_contexts(&contexts[1]);
}

/* Tests --------------------------------------------------------------------- */

TEST_VERSIONS(ways_of_looking_of_a_client)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        look(&ways[i], version, 0);
}

TEST_VERSIONS(ways_of_looking_of_a_server)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (ways[i].prepare != in_ct)
            look(&ways[i], version, 1);
}

/* A connection verifies what was done to its own certificate before. */
TEST_TLS13(changed_before_verification)
{
    for (int at_server = 0; at_server < 2; at_server++) {
        struct contexts contexts = new_contexts(version);

        side = at_server ? "server" : "client";
        in_extension(contexts.client);
        in_extension(contexts.server);
        for (connection = 0; connection < 6; connection++) {
            struct pair pair = new_pair(contexts.client, contexts.server);

            spoils = connection % 2 == 1;
            handshake(&pair);
            outcome_errors("%s %d: %d/%d, %ld", side, connection, pair.client_end.ret, pair.server_end.ret,
                           SSL_get_verify_result(at_server ? pair.server : pair.client));
            free_pair(&pair);
        }
        spoils = 0;
        view.count = 0;
        free_contexts(&contexts);
    }
}

/* What a program makes of a certificate is no other connection's affair. */
TEST_VERSIONS(changed_in_place)
{
    struct contexts contexts = new_contexts(version);
    EVP_PKEY *foreign = fixture_key("untrusted");
    struct pair pairs[4];

    for (int i = 0; i < 4; i++) {
        SSL *ends[2];

        pairs[i] = connected_pair(contexts.client, contexts.server);
        ends[0] = pairs[i].client;
        ends[1] = pairs[i].server;
        for (int end = 0; end < 2; end++) {
            X509 *peer = SSL_get0_peer_certificate(ends[end]);
            STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ends[end]);

            CHECK_INT(SSL_get_verify_result(ends[end]), X509_V_OK);
            CHECK(EVP_PKEY_eq(X509_get0_pubkey(peer), foreign) != 1);
            CHECK(X509_cmp_current_time(X509_get0_notAfter(peer)) > 0);
            REQUIRE(X509_set_pubkey(peer, foreign) == 1);
            X509_gmtime_adj(X509_getm_notAfter(peer), -3600);
            for (int n = 0; n < sk_X509_num(chain); n++) {
                REQUIRE(X509_set_pubkey(sk_X509_value(chain, n), foreign) == 1);
                REQUIRE(X509_add1_reject_object(sk_X509_value(chain, n), OBJ_nid2obj(NID_server_auth)) == 1);
            }
        }
        check_data(&pairs[i]);
    }
    for (int i = 0; i < 4; i++)
        free_pair(&pairs[i]);
    EVP_PKEY_free(foreign);
    free_contexts(&contexts);
}

/* A subject that every certificate has after it. */
static void rename_subject(X509 *cert)
{
    X509_NAME *name = X509_NAME_new();

    REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"renamed", -1, -1, 0) == 1);
    REQUIRE(X509_set_subject_name(cert, name) == 1);
    X509_NAME_free(name);
}

static void tell_subject(const char *what, SSL_SESSION *session)
{
    X509 *peer = SSL_SESSION_get0_peer(session);
    char text[200] = "none";

    if (peer != NULL)
        X509_NAME_oneline(X509_get_subject_name(peer), text, sizeof(text));
    outcome("%s: %s", what, text);
}

static SSL_SESSION *encoded_and_decoded(SSL_SESSION *session)
{
    unsigned char *der = NULL;
    int len = i2d_SSL_SESSION(session, &der);
    const unsigned char *at = der;
    SSL_SESSION *copy;

    REQUIRE(len > 0);
    copy = d2i_SSL_SESSION(NULL, &at, len);
    REQUIRE(copy != NULL);
    CHECK_INT(at - der, len);
    OPENSSL_free(der);
    return copy;
}

static void see_session(SSL_SESSION *session, const char *name)
{
    X509 *peer = SSL_SESSION_get0_peer(session);

    see(peer, "%s", name);
    if (peer != NULL)
        see(X509_get0_pubkey(peer), "%s's key", name);
}

/* Copies of a session share its certificate; decoded ones have their own. */
TEST_VERSIONS(copies_of_sessions)
{
    struct contexts contexts = new_contexts(version);

    for (int round = 0; round < 3; round++) {
        SSL_SESSION *session = obtain_session(contexts.client, contexts.server);
        SSL_SESSION *copy, *first, *second, *third;

        if (round == 2)
            SSL_SESSION_get0_peer(session); /* before it is copied */
        copy = SSL_SESSION_dup(session);
        first = encoded_and_decoded(session);
        second = encoded_and_decoded(copy);
        third = encoded_and_decoded(first);
        see_session(session, "session");
        see_session(copy, "copy");
        see_session(first, "decoded");
        see_session(second, "decoded again");
        see_session(third, "decoded of the decoded");
        tell_view("sessions");
        rename_subject(SSL_SESSION_get0_peer(round == 0 ? copy : first));
        SSL_SESSION_free(third);
        third = encoded_and_decoded(round == 0 ? session : first);
        tell_subject("session", session);
        tell_subject("copy", copy);
        tell_subject("decoded", first);
        tell_subject("decoded again", second);
        tell_subject("decoded of the changed", third);
        SSL_SESSION_free(session);
        SSL_SESSION_free(copy);
        SSL_SESSION_free(first);
        SSL_SESSION_free(second);
        SSL_SESSION_free(third);
    }
    free_contexts(&contexts);
}

/* The objects of resumed connections are those of the sessions. */
static void check_resumed(int version, uint64_t options)
{
    struct contexts contexts = new_contexts(version);
    SSL_SESSION *session, *copy, *decoded;
    SSL_SESSION *offered[5];
    struct pair pairs[5];

    SSL_CTX_set_options(contexts.server, options);
    /* One session is resumed more than once. */
    SSL_CTX_set_session_cache_mode(contexts.client, SSL_SESS_CACHE_OFF);
    session = obtain_session(contexts.client, contexts.server);
    copy = SSL_SESSION_dup(session);
    decoded = encoded_and_decoded(session);
    offered[0] = offered[1] = session;
    offered[2] = copy;
    offered[3] = offered[4] = decoded;
    for (connection = 0; connection < 5; connection++) {
        struct pair *pair = &pairs[connection];

        *pair = offered_pair(contexts.client, contexts.server, offered[connection]);
        outcome("connection %d resumed %d %d", connection, SSL_session_reused(pair->client),
                SSL_session_reused(pair->server));
        drain(pair->client);
        see(SSL_SESSION_get0_peer(offered[connection]), "%d offered", connection);
        see_certificates(pair->client, "client");
        see_certificates(pair->server, "server");
        side = "client";
        mark(SSL_get0_peer_certificate(pair->client), "resumed");
        side = "server";
        if (SSL_get0_peer_certificate(pair->server) != NULL)
            mark(SSL_get0_peer_certificate(pair->server), "resumed");
    }
    tell_view("resumed");
    for (int i = 0; i < 5; i++)
        free_pair(&pairs[i]);
    SSL_SESSION_free(session);
    SSL_SESSION_free(copy);
    SSL_SESSION_free(decoded);
    free_contexts(&contexts);
}

TEST_VERSIONS(resumed_by_ticket)
{
    check_resumed(version, 0);
}

TEST_VERSIONS(resumed_by_cache)
{
    check_resumed(version, SSL_OP_NO_TICKET);
}

/* The certificate that DANE matched. */
TEST_VERSIONS(dane)
{
    static const struct { int usage; const char *cert; } records[] = { { 3, "dual-chained" }, { 2, "intermediate" }, { 2, "ca" } };
    struct contexts contexts = new_contexts(version);
    struct pair pairs[6];

    side = "client";
    SSL_CTX_dane_enable(contexts.client);
    for (connection = 0; connection < 6; connection++) {
        X509 *cert = fixture_cert(records[connection / 2].cert), *matched = NULL;
        unsigned char *der = NULL;
        int len = i2d_X509(cert, &der);
        struct pair *pair = &pairs[connection];

        *pair = new_pair(contexts.client, contexts.server);
        REQUIRE(SSL_dane_enable(pair->client, "localhost") == 1);
        REQUIRE(SSL_dane_tlsa_add(pair->client, (uint8_t)records[connection / 2].usage, 0, 0, der, (size_t)len) == 1);
        handshake(pair);
        outcome_errors("%d: %d/%d, depth %d", connection, pair->client_end.ret, pair->server_end.ret,
                       SSL_get0_dane_authority(pair->client, &matched, NULL));
        see(matched, "%d matched", connection);
        see_certificates(pair->client, "client");
        if (matched != NULL)
            mark(matched, "matched");
        OPENSSL_free(der);
        X509_free(cert);
    }
    tell_view("dane");
    for (int i = 0; i < 6; i++)
        free_pair(&pairs[i]);
    free_contexts(&contexts);
}

/* A chain in which certificates occur twice. */
TEST_VERSIONS(the_same_twice)
{
    struct contexts contexts = new_contexts(version);
    X509 *leaf = fixture_cert("dual-chained"), *issuer = fixture_cert("intermediate");
    struct pair pairs[3];

    side = "client";
    SSL_CTX_add1_chain_cert(contexts.server, issuer);
    SSL_CTX_add1_chain_cert(contexts.server, leaf);
    for (connection = 0; connection < 3; connection++) {
        pairs[connection] = connected_pair(contexts.client, contexts.server);
        see_certificates(pairs[connection].client, "client");
    }
    tell_view("twice");
    for (int i = 0; i < 3; i++)
        free_pair(&pairs[i]);
    X509_free(leaf);
    X509_free(issuer);
    free_contexts(&contexts);
}

/* A certificate of the program's store is the store's, also where it is the peer's. */
TEST_VERSIONS(trusted_itself)
{
    struct contexts contexts = new_contexts(version);
    X509 *leaf = fixture_cert("dual-chained");
    X509_STORE *store = X509_STORE_new();
    struct pair pairs[3];

    side = "client";
    X509_STORE_add_cert(store, leaf);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_cert_store(contexts.client, store);
    see(leaf, "store's");
    for (connection = 0; connection < 3; connection++) {
        pairs[connection] = connected_pair(contexts.client, contexts.server);
        see_certificates(pairs[connection].client, "client");
    }
    tell_view("trusted");
    for (int i = 0; i < 3; i++)
        free_pair(&pairs[i]);
    X509_free(leaf);
    free_contexts(&contexts);
}

/* Threads --------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 8 };

struct thread {
    struct contexts contexts;
    pthread_t id;
    int index;
    int number;
    int foreign; /* marks of others that were seen */
};

static void mark_own(struct thread *thread, X509 *cert)
{
    char text[40];
    int len = 0;

    if (X509_alias_get0(cert, &len) != NULL || X509_get_ex_data(cert, thread->index) != NULL)
        thread->foreign++;
    X509_set_ex_data(cert, thread->index, thread);
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof(text), "%d %d %.*s", thread->number, i, i % 30, "much more than there was before");
        X509_alias_set1(cert, (unsigned char *)text, -1);
        X509_keyid_set1(cert, (unsigned char *)text, -1);
        X509_trust_clear(cert);
        X509_add1_trust_object(cert, OBJ_nid2obj(NID_server_auth));
        if (X509_get_ex_data(cert, thread->index) != thread)
            thread->foreign++;
        if (strncmp((char *)X509_alias_get0(cert, &len), text, strlen(text)) != 0)
            thread->foreign++;
    }
}

static void *mark_in_thread(void *arg)
{
    struct thread *thread = arg;

    for (int i = 0; i < ROUNDS; i++) {
        struct pair pair = connected_pair(thread->contexts.client, thread->contexts.server);

        mark_own(thread, SSL_get0_peer_certificate(pair.client));
        mark_own(thread, SSL_get0_peer_certificate(pair.server));
        mark_own(thread, sk_X509_value(SSL_get_peer_cert_chain(pair.client), 1));
        mark_own(thread, sk_X509_value(SSL_get_peer_cert_chain(pair.server), 0));
        free_pair(&pair);
    }
    return NULL;
}

/* Each thread changes its own certificates, of contexts that it shares or not. */
static void check_threads(int version, int share)
{
    struct thread threads[THREADS];
    struct contexts shared = new_contexts(version);
    int index = X509_get_ex_new_index(0, NULL, NULL, NULL, NULL);

    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){ .contexts = share ? shared : new_contexts(version), .index = index, .number = i };
        REQUIRE(pthread_create(&threads[i].id, NULL, mark_in_thread, &threads[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i].id, NULL);
        CHECK_INT(threads[i].foreign, 0);
        if (!share)
            free_contexts(&threads[i].contexts);
    }
    free_contexts(&shared);
}

TEST_VERSIONS(threads_that_share_contexts)
{
    check_threads(version, 1);
}

TEST_VERSIONS(threads_with_their_own_contexts)
{
    check_threads(version, 0);
}
