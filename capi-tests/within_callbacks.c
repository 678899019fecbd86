/*
 * What programs do to a connection within its own callbacks: each callback with each call that
 * changes, drives or frees the connection, its context or its session, in both roles and
 * versions. Each combination has a process of its own, which must end: on the stock library
 * some crash or hang, here none may.
 *
 * All combinations take minutes: without TESSERA_SWEEP it is every eleventh, and each with
 * SSL_free. TESSERA_SWEEP='*' makes all of them, and CALLBACK:CALL:ROLE:VERSION, where each may be
 * a pattern, some.
 * TESSERA_SWEEP_REPORT=1 prints how each ended.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <fnmatch.h>
#include <openssl/ct.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 20, ROUNDS = 12, STRIDE = 11 };

/* The combination that this process is about. */
static struct {
    const char *callback;
    void (*call)(SSL *ssl);
    int serves;     /* which end's callback */
    int version;
    int fired;      /* how often the callback ran */
    SSL *ssl;       /* that end's connection */
    int gone;       /* whether it was freed */
    SSL_CTX *ctx;   /* and its context */
    int ctx_gone;
    SSL_CTX *other; /* another one */
} plan;

/* Makes the call, once, if the callback is the one that is meant. */
static void meet(const char *callback)
{
    if (plan.ssl == NULL || strcmp(callback, plan.callback) != 0 || plan.fired++ > 0)
        return;
    plan.call(plan.ssl);
}

static void meet_of(const SSL *ssl, const char *callback)
{
    if (ssl == plan.ssl)
        meet(callback);
}

/* Calls ------------------------------------------------------------------- */

static void call_free(SSL *ssl)
{
    plan.gone = 1;
    SSL_free(ssl);
}

static void call_free_one_of_two(SSL *ssl)
{
    SSL_up_ref(ssl);
    SSL_free(ssl);
}

static void call_clear(SSL *ssl)
{
    SSL_clear(ssl);
}

static void call_shutdown(SSL *ssl)
{
    SSL_shutdown(ssl);
}

static void call_set_no_session(SSL *ssl)
{
    SSL_set_session(ssl, NULL);
}

static void call_set_context(SSL *ssl)
{
    SSL_set_SSL_CTX(ssl, plan.other);
}

static void call_do_handshake(SSL *ssl)
{
    SSL_do_handshake(ssl);
}

static void call_read(SSL *ssl)
{
    char buffer[10];

    SSL_read(ssl, buffer, sizeof(buffer));
}

static void call_peek(SSL *ssl)
{
    char buffer[10];

    SSL_peek(ssl, buffer, sizeof(buffer));
}

static void call_write(SSL *ssl)
{
    SSL_write(ssl, "within", 6);
}

static void call_read_early(SSL *ssl)
{
    char buffer[10];
    size_t len;

    SSL_read_early_data(ssl, buffer, sizeof(buffer), &len);
}

static void call_write_early(SSL *ssl)
{
    size_t len;

    SSL_write_early_data(ssl, "early", 5, &len);
}

static void call_set_bio(SSL *ssl)
{
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

static void call_set_no_bio(SSL *ssl)
{
    SSL_set_bio(ssl, NULL, NULL);
}

static void call_set_fd(SSL *ssl)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0)
        SSL_set_fd(ssl, fds[0]);
}

static void call_dup(SSL *ssl)
{
    SSL_free(SSL_dup(ssl));
}

static void call_renegotiate(SSL *ssl)
{
    SSL_renegotiate(ssl);
}

static void call_key_update(SSL *ssl)
{
    SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
}

static void call_new_ticket(SSL *ssl)
{
    SSL_new_session_ticket(ssl);
}

static void call_ask_for_certificate(SSL *ssl)
{
    SSL_verify_client_post_handshake(ssl);
}

static void call_set_connect_state(SSL *ssl)
{
    SSL_set_connect_state(ssl);
}

static void call_set_accept_state(SSL *ssl)
{
    SSL_set_accept_state(ssl);
}

static void call_free_context(SSL *ssl)
{
    (void)ssl;
    plan.ctx_gone = 1;
    SSL_CTX_free(plan.ctx);
}

static void call_free_context_and_ssl(SSL *ssl)
{
    call_free_context(ssl);
    call_free(ssl);
}

static void call_flush_sessions(SSL *ssl)
{
    SSL_CTX_flush_sessions(SSL_get_SSL_CTX(ssl), 0);
}

static void call_remove_session(SSL *ssl)
{
    SSL_CTX_remove_session(SSL_get_SSL_CTX(ssl), SSL_get_session(ssl));
}

static void call_add_session(SSL *ssl)
{
    SSL_CTX_add_session(SSL_get_SSL_CTX(ssl), SSL_get_session(ssl));
}

static void call_take_session(SSL *ssl)
{
    SSL_SESSION_free(SSL_get1_session(ssl));
}

static void call_set_own_session(SSL *ssl)
{
    SSL_SESSION *session = SSL_get1_session(ssl);

    SSL_set_session(ssl, session);
    SSL_SESSION_free(session);
}

static void call_set_settings(SSL *ssl)
{
    SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    SSL_set_options(ssl, SSL_OP_NO_TICKET);
    SSL_set_cipher_list(ssl, "AES256");
    SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256");
    SSL_set1_groups_list(ssl, "P-256");
    SSL_set1_sigalgs_list(ssl, "ECDSA+SHA256");
    SSL_set_alpn_protos(ssl, (const unsigned char *)"\2h3", 3);
    SSL_set_tlsext_host_name(ssl, "elsewhere.example");
    SSL_set1_host(ssl, "elsewhere.example");
    SSL_set_security_level(ssl, 0);
}

static void call_set_method(SSL *ssl)
{
    SSL_set_ssl_method(ssl, plan.serves ? TLS_client_method() : TLS_server_method());
}

static void call_drop_certificates(SSL *ssl)
{
    SSL_certs_clear(ssl);
}

static void call_use_certificate(SSL *ssl)
{
    X509 *cert = fixture_cert("server-rsa");
    EVP_PKEY *key = fixture_key("server-rsa");

    SSL_use_cert_and_key(ssl, cert, key, NULL, 1);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void call_set_no_callbacks(SSL *ssl)
{
    SSL_set_info_callback(ssl, NULL);
    SSL_set_msg_callback(ssl, NULL);
    SSL_set_cert_cb(ssl, NULL, NULL);
    SSL_set_security_callback(ssl, NULL);
    SSL_set_psk_client_callback(ssl, NULL);
    SSL_set_psk_server_callback(ssl, NULL);
    SSL_set_record_padding_callback(ssl, NULL);
    SSL_set_ex_data(ssl, 0, NULL);
}

static void call_export(SSL *ssl)
{
    unsigned char secret[32];

    SSL_export_keying_material(ssl, secret, sizeof(secret), "label", 5, NULL, 0, 0);
}

static void call_getters(SSL *ssl)
{
    X509_free(SSL_get1_peer_certificate(ssl));
    SSL_get_peer_cert_chain(ssl);
    SSL_get0_verified_chain(ssl);
    SSL_get_certificate(ssl);
    SSL_get_privatekey(ssl);
    SSL_get_ciphers(ssl);
    sk_SSL_CIPHER_free(SSL_get1_supported_ciphers(ssl));
    SSL_get_client_ciphers(ssl);
    SSL_get0_peer_CA_list(ssl);
    SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    SSL_get_error(ssl, -1);
    SSL_pending(ssl);
    SSL_state_string_long(ssl);
    SSL_get_fd(ssl);
    SSL_get0_peer_scts(ssl);
}

#define CALL(name) { #name, call_##name }
static const struct call {
    const char *name;
    void (*function)(SSL *ssl);
} calls[] = {
    CALL(free), CALL(free_one_of_two), CALL(clear), CALL(shutdown), CALL(set_no_session), CALL(set_context),
    CALL(do_handshake), CALL(read), CALL(peek), CALL(write), CALL(read_early), CALL(write_early), CALL(set_bio),
    CALL(set_no_bio), CALL(set_fd), CALL(dup), CALL(renegotiate), CALL(key_update), CALL(new_ticket),
    CALL(ask_for_certificate), CALL(set_connect_state), CALL(set_accept_state), CALL(free_context),
    CALL(free_context_and_ssl), CALL(flush_sessions), CALL(remove_session), CALL(add_session), CALL(take_session),
    CALL(set_own_session), CALL(set_settings), CALL(set_method), CALL(drop_certificates), CALL(use_certificate),
    CALL(set_no_callbacks), CALL(export), CALL(getters),
};
enum { CALLS = sizeof(calls) / sizeof(*calls) };

/* Callbacks --------------------------------------------------------------- */

static void on_info(const SSL *ssl, int where, int value)
{
    (void)value;
    meet_of(ssl, where & SSL_CB_HANDSHAKE_START  ? "info at the start"
                 : where & SSL_CB_HANDSHAKE_DONE ? "info at the end"
                 : where & SSL_CB_ALERT          ? "info of an alert"
                 : where & SSL_CB_EXIT           ? "info at an exit"
                                                 : "info");
}

static void on_message(int out, int version, int type, const void *bytes, size_t len, SSL *ssl, void *arg)
{
    (void)version, (void)bytes, (void)len, (void)arg;
    meet_of(ssl, type == SSL3_RT_HEADER ? (out ? "record out" : "record in")
                 : type == SSL3_RT_HANDSHAKE ? (out ? "message out" : "message in")
                                             : (out ? "other out" : "other in"));
}

static int on_verify(int preverified, X509_STORE_CTX *store)
{
    (void)preverified, (void)store;
    meet("verify");
    return 1;
}

static int on_cert_verify(X509_STORE_CTX *store, void *arg)
{
    (void)store, (void)arg;
    meet("cert verify");
    return 1;
}

static int on_store(int preverified, X509_STORE_CTX *store)
{
    (void)preverified, (void)store;
    meet("store verify");
    return 1;
}

static int on_certificate(SSL *ssl, void *arg)
{
    (void)arg;
    meet_of(ssl, "certificate");
    return 1;
}

static int on_client_certificate(SSL *ssl, X509 **cert, EVP_PKEY **key)
{
    (void)cert, (void)key;
    meet_of(ssl, "client certificate");
    return 0;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    meet_of(ssl, "server name");
    return SSL_TLSEXT_ERR_OK;
}

static int on_hello(SSL *ssl, int *alert, void *arg)
{
    (void)alert, (void)arg;
    meet_of(ssl, "client hello");
    return SSL_CLIENT_HELLO_SUCCESS;
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in, unsigned in_len,
                   void *arg)
{
    static const unsigned char h2[] = "h2";

    (void)in, (void)in_len, (void)arg;
    meet_of(ssl, "alpn");
    *out = h2;
    *len = 2;
    return SSL_TLSEXT_ERR_OK;
}

static unsigned on_psk_client(SSL *ssl, const char *hint, char *identity, unsigned most, unsigned char *psk,
                              unsigned most_psk)
{
    (void)hint, (void)identity, (void)most, (void)psk, (void)most_psk;
    meet_of(ssl, "psk client");
    return 0;
}

static unsigned on_psk_server(SSL *ssl, const char *identity, unsigned char *psk, unsigned most)
{
    (void)identity, (void)psk, (void)most;
    meet_of(ssl, "psk server");
    return 0;
}

static int on_use_session(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len, SSL_SESSION **session)
{
    (void)md, (void)id, (void)len;
    meet_of(ssl, "psk use session");
    *session = NULL;
    return 1;
}

static int on_find_session(SSL *ssl, const unsigned char *identity, size_t len, SSL_SESSION **session)
{
    (void)identity, (void)len;
    meet_of(ssl, "psk find session");
    *session = NULL;
    return 1;
}

static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    (void)session;
    meet_of(ssl, "new session");
    return 0;
}

static SSL_SESSION *on_get_session(SSL *ssl, const unsigned char *id, int len, int *copy)
{
    (void)id, (void)len, (void)copy;
    meet_of(ssl, "get session");
    return NULL;
}

static void on_remove_session(SSL_CTX *ctx, SSL_SESSION *session)
{
    (void)ctx, (void)session;
    meet("remove session");
}

static int on_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac,
                         int encrypt)
{
    (void)name, (void)iv, (void)cipher, (void)mac, (void)encrypt;
    meet_of(ssl, "ticket key");
    return 0;
}

static int on_old_ticket_key(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac,
                             int encrypt)
{
    (void)name, (void)iv, (void)cipher, (void)mac, (void)encrypt;
    meet_of(ssl, "old ticket key");
    return 0;
}

static int on_make_ticket(SSL *ssl, void *arg)
{
    (void)arg;
    meet_of(ssl, "make ticket");
    return 1;
}

static SSL_TICKET_RETURN on_open_ticket(SSL *ssl, SSL_SESSION *session, const unsigned char *name, size_t len,
                                        SSL_TICKET_STATUS status, void *arg)
{
    (void)session, (void)name, (void)len, (void)arg;
    meet_of(ssl, "open ticket");
    return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_IGNORE_RENEW;
}

static void on_secret(const SSL *ssl, const char *line)
{
    (void)line;
    meet_of(ssl, "key log");
}

static int on_status(SSL *ssl, void *arg)
{
    (void)arg;
    meet_of(ssl, "status");
    return plan.serves ? SSL_TLSEXT_ERR_NOACK : 1;
}

static int on_add(SSL *ssl, unsigned type, unsigned context, const unsigned char **out, size_t *len, X509 *cert,
                  size_t index, int *alert, void *arg)
{
    (void)type, (void)context, (void)cert, (void)index, (void)alert, (void)arg;
    meet_of(ssl, "add extension");
    *out = (const unsigned char *)"ext";
    *len = 3;
    return 1;
}

static void on_added(SSL *ssl, unsigned type, unsigned context, const unsigned char *out, void *arg)
{
    (void)type, (void)context, (void)out, (void)arg;
    meet_of(ssl, "free extension");
}

static int on_parse(SSL *ssl, unsigned type, unsigned context, const unsigned char *in, size_t len, X509 *cert,
                    size_t index, int *alert, void *arg)
{
    (void)type, (void)context, (void)in, (void)len, (void)cert, (void)index, (void)alert, (void)arg;
    meet_of(ssl, "parse extension");
    return 1;
}

static int on_old_add(SSL *ssl, unsigned type, const unsigned char **out, size_t *len, int *alert, void *arg)
{
    (void)type, (void)alert, (void)arg;
    meet_of(ssl, "add old extension");
    *out = (const unsigned char *)"old";
    *len = 3;
    return 1;
}

static void on_old_added(SSL *ssl, unsigned type, const unsigned char *out, void *arg)
{
    (void)type, (void)out, (void)arg;
    meet_of(ssl, "free old extension");
}

static int on_old_parse(SSL *ssl, unsigned type, const unsigned char *in, size_t len, int *alert, void *arg)
{
    (void)type, (void)in, (void)len, (void)alert, (void)arg;
    meet_of(ssl, "parse old extension");
    return 1;
}

static int on_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
    (void)ctx, (void)op, (void)bits, (void)nid, (void)other, (void)ex;
    meet_of(ssl, "security");
    return 1;
}

static int on_ct(const CT_POLICY_EVAL_CTX *policy, const STACK_OF(SCT) *scts, void *arg)
{
    (void)policy, (void)scts, (void)arg;
    meet("ct");
    return 1;
}

static void on_debug(SSL *ssl, int client_server, int type, const unsigned char *data, int len, void *arg)
{
    (void)client_server, (void)type, (void)data, (void)len, (void)arg;
    meet_of(ssl, "extension debug");
}

static int on_session_secret(SSL *ssl, void *secret, int *len, STACK_OF(SSL_CIPHER) *peer, const SSL_CIPHER **cipher,
                             void *arg)
{
    (void)secret, (void)len, (void)peer, (void)cipher, (void)arg;
    meet_of(ssl, "session secret");
    return 0;
}

static int on_ticket_extension(SSL *ssl, const unsigned char *data, int len, void *arg)
{
    (void)data, (void)len, (void)arg;
    meet_of(ssl, "ticket extension");
    return 1;
}

static int on_early(SSL *ssl, void *arg)
{
    (void)arg;
    meet_of(ssl, "allow early data");
    return 1;
}

static size_t on_padding(SSL *ssl, int type, size_t len, void *arg)
{
    (void)type, (void)len, (void)arg;
    meet_of(ssl, "padding");
    return 3;
}

static int on_session_id(SSL *ssl, unsigned char *id, unsigned *len)
{
    static unsigned char next;

    meet_of(ssl, "session id");
    memset(id, ++next, *len);
    return 1;
}

static int on_not_resumable(SSL *ssl, int forward_secret)
{
    (void)forward_secret;
    meet_of(ssl, "not resumable");
    return 0;
}

static void on_free_data(void *parent, void *value, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
    (void)parent, (void)value, (void)data, (void)index, (void)argl;
    meet(argp);
}

static int on_dup_data(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **value, int index, long argl, void *argp)
{
    (void)to, (void)from, (void)value, (void)index, (void)argl, (void)argp;
    meet("session data copied");
    return 1;
}

/* A BIO that hands on what the other end's sends, and meets the program as it does. */

static int bio_read(BIO *bio, char *data, int len)
{
    int ret;

    meet("bio read");
    BIO_clear_retry_flags(bio);
    ret = BIO_read(BIO_get_data(bio), data, len);
    if (ret <= 0 && BIO_should_retry((BIO *)BIO_get_data(bio)))
        BIO_set_retry_read(bio);
    return ret;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    int ret;

    meet("bio write");
    BIO_clear_retry_flags(bio);
    ret = BIO_write(BIO_get_data(bio), data, len);
    if (ret <= 0 && BIO_should_retry((BIO *)BIO_get_data(bio)))
        BIO_set_retry_write(bio);
    return ret;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
    (void)num, (void)ptr;
    (void)bio;
    meet("bio ctrl");
    return cmd == BIO_CTRL_FLUSH || cmd == BIO_CTRL_DUP;
}

static int bio_destroy(BIO *bio)
{
    meet("bio destroy");
    BIO_free(BIO_get_data(bio));
    return 1;
}

static BIO *wrapped(BIO *inner)
{
    static BIO_METHOD *method;
    BIO *bio;

    if (method == NULL) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "within");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_ctrl);
        BIO_meth_set_destroy(method, bio_destroy);
    }
    bio = BIO_new(method);
    BIO_set_data(bio, inner);
    BIO_set_init(bio, 1);
    return bio;
}

enum { NO_TICKETS = 1 };

static const struct callback {
    const char *name;
    int roles; /* 1 the client's, 2 the server's, 3 both */
    int flags;
} callbacks[] = {
    { "info", 3, 0 }, { "info at the start", 3, 0 }, { "info at the end", 3, 0 }, { "info of an alert", 3, 0 },
    { "info at an exit", 3, 0 }, { "record out", 3, 0 }, { "record in", 3, 0 }, { "message out", 3, 0 },
    { "message in", 3, 0 }, { "other out", 3, 0 }, { "other in", 3, 0 }, { "verify", 3, 0 }, { "cert verify", 3, 0 },
    { "store verify", 3, 0 }, { "certificate", 3, 0 }, { "client certificate", 1, 0 }, { "server name", 2, 0 },
    { "client hello", 2, 0 }, { "alpn", 2, 0 }, { "psk client", 1, 0 }, { "psk server", 2, 0 },
    { "psk use session", 1, 0 }, { "psk find session", 2, 0 }, { "new session", 3, NO_TICKETS },
    { "get session", 2, NO_TICKETS }, { "remove session", 3, NO_TICKETS }, { "ticket key", 2, 0 },
    { "old ticket key", 2, 0 }, { "make ticket", 2, 0 }, { "open ticket", 2, 0 }, { "key log", 3, 0 },
    { "status", 3, 0 }, { "add extension", 3, 0 }, { "free extension", 3, 0 }, { "parse extension", 3, 0 },
    { "add old extension", 3, 0 }, { "free old extension", 3, 0 }, { "parse old extension", 3, 0 },
    { "security", 3, 0 }, { "ct", 1, 0 }, { "extension debug", 3, 0 }, { "session secret", 3, 0 },
    { "ticket extension", 3, 0 }, { "allow early data", 2, 0 }, { "padding", 3, 0 }, { "session id", 2, NO_TICKETS },
    { "not resumable", 2, 0 }, { "bio read", 3, 0 }, { "bio write", 3, 0 }, { "bio ctrl", 3, 0 },
    { "bio destroy", 3, 0 }, { "connection's data freed", 3, 0 }, { "session's data freed", 3, 0 },
    { "session data copied", 3, 0 },
};
enum { CALLBACKS = sizeof(callbacks) / sizeof(*callbacks) };

static int meets(const char *name)
{
    return strcmp(plan.callback, name) == 0;
}

static int starts(const char *name)
{
    return strncmp(plan.callback, name, strlen(name)) == 0;
}

static int ends(const char *name)
{
    size_t len = strlen(plan.callback), end = strlen(name);

    return len >= end && strcmp(plan.callback + len - end, name) == 0;
}

/* Sets the one callback that is meant. */
static void set_callback(SSL_CTX *ctx)
{
    enum { EVERYWHERE = SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO | SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS |
                        SSL_EXT_TLS1_3_CERTIFICATE | SSL_EXT_TLS1_3_CERTIFICATE_REQUEST };

    if (starts("info"))
        SSL_CTX_set_info_callback(ctx, on_info);
    if (ends(" in") || ends(" out"))
        SSL_CTX_set_msg_callback(ctx, on_message);
    if (meets("verify"))
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
    if (meets("cert verify"))
        SSL_CTX_set_cert_verify_callback(ctx, on_cert_verify, NULL);
    if (meets("store verify"))
        X509_STORE_set_verify_cb(SSL_CTX_get_cert_store(ctx), on_store);
    if (meets("certificate"))
        SSL_CTX_set_cert_cb(ctx, on_certificate, NULL);
    if (meets("client certificate")) {
        SSL_CTX_set_client_cert_cb(ctx, on_client_certificate);
    }
    if (meets("server name"))
        SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
    if (meets("client hello"))
        SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
    if (meets("alpn"))
        SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
    if (meets("psk client"))
        SSL_CTX_set_psk_client_callback(ctx, on_psk_client);
    if (meets("psk server"))
        SSL_CTX_set_psk_server_callback(ctx, on_psk_server);
    if (meets("psk use session"))
        SSL_CTX_set_psk_use_session_callback(ctx, on_use_session);
    if (meets("psk find session"))
        SSL_CTX_set_psk_find_session_callback(ctx, on_find_session);
    if (meets("new session"))
        SSL_CTX_sess_set_new_cb(ctx, on_new_session);
    if (meets("get session"))
        SSL_CTX_sess_set_get_cb(ctx, on_get_session);
    if (meets("get session"))
        SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
    if (meets("remove session"))
        SSL_CTX_sess_set_remove_cb(ctx, on_remove_session);
    if (meets("ticket key"))
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket_key);
    if (meets("old ticket key"))
        SSL_CTX_set_tlsext_ticket_key_cb(ctx, on_old_ticket_key);
    if (ends(" ticket"))
        SSL_CTX_set_session_ticket_cb(ctx, on_make_ticket, on_open_ticket, NULL);
    if (meets("key log"))
        SSL_CTX_set_keylog_callback(ctx, on_secret);
    if (meets("status"))
        SSL_CTX_set_tlsext_status_cb(ctx, on_status);
    if (ends(" extension") && strstr(plan.callback, "old") == NULL && !meets("ticket extension"))
        REQUIRE(SSL_CTX_add_custom_ext(ctx, 1234, EVERYWHERE, on_add, on_added, NULL, on_parse, NULL) == 1);
    if (ends(" old extension") && plan.serves)
        REQUIRE(SSL_CTX_add_server_custom_ext(ctx, 1234, on_old_add, on_old_added, NULL, on_old_parse, NULL) == 1);
    if (ends(" old extension") && !plan.serves)
        REQUIRE(SSL_CTX_add_client_custom_ext(ctx, 1234, on_old_add, on_old_added, NULL, on_old_parse, NULL) == 1);
    if (meets("security"))
        SSL_CTX_set_security_callback(ctx, on_security);
    if (meets("ct"))
        SSL_CTX_set_ct_validation_callback(ctx, on_ct, NULL);
    if (meets("allow early data"))
        SSL_CTX_set_allow_early_data_cb(ctx, on_early, NULL);
    if (meets("padding"))
        SSL_CTX_set_record_padding_callback(ctx, on_padding);
    if (meets("session id"))
        SSL_CTX_set_generate_session_id(ctx, on_session_id);
    if (meets("not resumable"))
        SSL_CTX_set_not_resumable_session_callback(ctx, on_not_resumable);
}

static void set_callback_of_connection(SSL *ssl)
{
    if (meets("extension debug"))
        SSL_set_tlsext_debug_callback(ssl, on_debug);
    if (meets("session secret"))
        SSL_set_session_secret_cb(ssl, on_session_secret, NULL);
    if (meets("ticket extension"))
        SSL_set_session_ticket_ext_cb(ssl, on_ticket_extension, NULL);
}

/* The other end's part in it: what makes the callback run. */
static void set_peer(SSL_CTX *ctx)
{
    if (ends("old extension") && plan.serves)
        REQUIRE(SSL_CTX_add_client_custom_ext(ctx, 1234, NULL, NULL, NULL, NULL, NULL) == 1);
    if (ends("old extension") && !plan.serves)
        REQUIRE(SSL_CTX_add_server_custom_ext(ctx, 1234, on_old_add, NULL, NULL, on_old_parse, NULL) == 1);
    else if (ends(" extension") && !meets("ticket extension"))
        SSL_CTX_add_custom_ext(ctx, 1234,
                               SSL_EXT_CLIENT_HELLO | SSL_EXT_TLS1_2_SERVER_HELLO |
                                   SSL_EXT_TLS1_3_ENCRYPTED_EXTENSIONS,
                               on_add, NULL, NULL, on_parse, NULL);
    if (meets("psk server"))
        SSL_CTX_set_psk_client_callback(ctx, on_psk_client);
}

/* A combination ----------------------------------------------------------- */

static struct {
    SSL_CTX *client;
    SSL_CTX *server;
} contexts;

static void make_contexts(int flags)
{
    contexts.client = new_client_ctx(plan.version);
    contexts.server = new_server_ctx(plan.version);
    plan.other = plan.serves ? new_server_ctx(plan.version) : new_client_ctx(plan.version);
    if (!meets("client certificate"))
        use_identity(contexts.client, "client");
    REQUIRE(SSL_CTX_load_verify_locations(contexts.server, fixture("ca.pem"), NULL) == 1);
    SSL_CTX_set_verify(contexts.server, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_session_id_context(contexts.server, (const unsigned char *)"within", 6);
    SSL_CTX_set_max_early_data(contexts.server, 1000);
    SSL_CTX_set_alpn_protos(contexts.client, (const unsigned char *)"\2h2", 3);
    SSL_CTX_set_tlsext_status_type(contexts.client, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_session_cache_mode(contexts.client, SSL_SESS_CACHE_CLIENT);
    /* Otherwise a server that accepts early data keeps TLS 1.3 sessions itself. */
    SSL_CTX_set_options(contexts.server, flags & NO_TICKETS ? SSL_OP_NO_TICKET : SSL_OP_NO_ANTI_REPLAY);
    plan.ctx = plan.serves ? contexts.server : contexts.client;
    set_callback(plan.ctx);
    set_peer(plan.serves ? contexts.client : contexts.server);
}

static int usable(const SSL *ssl)
{
    return ssl != plan.ssl || !plan.gone;
}

/* One call of each end, as far as they are still there. */
static void drive(SSL *ends[2], int round, int early)
{
    char buffer[100];
    size_t len;

    for (int i = 0; i < 2; i++) {
        if (!usable(ends[i]))
            continue;
        ERR_clear_error();
        if (early && round == 0 && i == 0)
            SSL_write_early_data(ends[i], "early", 5, &len);
        else if (early && i == 1 && SSL_in_init(ends[i]))
            SSL_read_early_data(ends[i], buffer, sizeof(buffer), &len);
        else if (SSL_in_init(ends[i]))
            SSL_do_handshake(ends[i]);
        else if (round % 2 == 0)
            SSL_write(ends[i], "data", 4);
        else
            SSL_read(ends[i], buffer, sizeof(buffer));
    }
}

/* One connection from its beginning to its end; the client's session. */
static SSL_SESSION *connection(SSL_SESSION *offered, int last)
{
    SSL *ends[2] = { SSL_new(contexts.client), SSL_new(contexts.server) };
    SSL_SESSION *session = NULL;
    BIO *a = NULL, *b = NULL;

    REQUIRE(ends[0] != NULL && ends[1] != NULL && BIO_new_bio_pair(&a, 0, &b, 0) == 1);
    if (starts("bio"))
        *(plan.serves ? &b : &a) = wrapped(plan.serves ? b : a);
    SSL_set_bio(ends[0], a, a);
    SSL_set_bio(ends[1], b, b);
    SSL_set_connect_state(ends[0]);
    SSL_set_accept_state(ends[1]);
    SSL_set_tlsext_host_name(ends[0], "localhost");
    if (meets("connection's data freed"))
        SSL_set_ex_data(ends[plan.serves],
                        SSL_get_ex_new_index(0, (void *)plan.callback, NULL, NULL, on_free_data), ends[0]);
    set_callback_of_connection(ends[plan.serves]);
    if (offered != NULL)
        SSL_set_session(ends[0], offered);
    plan.ssl = ends[plan.serves];
    for (int round = 0; round < ROUNDS; round++)
        drive(ends, round, offered != NULL && plan.version == TLS1_3_VERSION);
    if (usable(ends[0]))
        session = SSL_get1_session(ends[0]);
    if (last && meets("session's data freed") && session != NULL)
        SSL_SESSION_set_ex_data(session,
                                SSL_SESSION_get_ex_new_index(0, (void *)plan.callback, NULL, NULL, on_free_data),
                                session);
    if (meets("session data copied") && session != NULL) {
        SSL_SESSION_set_ex_data(session, SSL_SESSION_get_ex_new_index(0, NULL, NULL, on_dup_data, NULL), session);
        SSL_SESSION_free(SSL_SESSION_dup(session));
    }
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 2; i++)
            if (usable(ends[i]))
                SSL_shutdown(ends[i]);
    if (meets("remove session"))
        SSL_CTX_flush_sessions(plan.ctx, 0);
    if (last) {
        SSL_SESSION_free(session);
        session = NULL;
    }
    for (int i = 0; i < 2; i++)
        if (usable(ends[i])) {
            SSL_free(ends[i]);
            if (ends[i] == plan.ssl)
                plan.ssl = NULL;
        }
    plan.ssl = NULL;
    plan.gone = 0;
    return session;
}

static void run_combination(const struct callback *callback, const struct call *call, int serves, int version)
{
    SSL_SESSION *session;

    memset(&plan, 0, sizeof(plan));
    plan.callback = callback->name;
    plan.call = call->function;
    plan.serves = serves;
    plan.version = version;
    make_contexts(callback->flags);
    session = connection(NULL, 0);
    if (!plan.ctx_gone)
        SSL_SESSION_free(connection(session, 1));
    SSL_SESSION_free(session);
    SSL_CTX_free(plan.other);
    if (plan.ctx != contexts.client || !plan.ctx_gone)
        SSL_CTX_free(contexts.client);
    if (plan.ctx != contexts.server || !plan.ctx_gone)
        SSL_CTX_free(contexts.server);
}

/* The combinations -------------------------------------------------------- */

static struct {
    int all;
    int ended;
    int unmet; /* of these, those whose callback did not run */
    int crashed;
    int hung;
} sum;

static void note(const char *how, const struct callback *callback, const struct call *call, int serves, int version)
{
    if (getenv("TESSERA_SWEEP_REPORT") != NULL)
        printf("    %s %s:%s:%s:%s\n", how, callback->name, call->name, serves ? "server" : "client",
               version == TLS1_2_VERSION ? "1.2" : "1.3");
}

/* Runs a combination in a process of its own. */
static void sweep(const struct callback *callback, const struct call *call, int serves, int version)
{
    enum { UNMET = 3 };
    const struct rlimit seconds = { SECONDS, SECONDS + 1 };
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        /* Of the processor's time, of which a busy machine gives less: what waits is ended by the
         * harness. */
        setrlimit(RLIMIT_CPU, &seconds);
        run_combination(callback, call, serves, version);
        exit(plan.fired > 0 ? 0 : UNMET);
    }
    REQUIRE(waitpid(child, &status, 0) == child);
    sum.all++;
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == UNMET)) {
        sum.ended++;
        sum.unmet += WEXITSTATUS(status) == UNMET;
        note(WEXITSTATUS(status) == UNMET ? "unmet" : "ended", callback, call, serves, version);
    } else if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)) {
        sum.hung++;
        note("HANGS", callback, call, serves, version);
    } else {
        sum.crashed++;
        note("CRASHES", callback, call, serves, version);
    }
}

static void sweep_version(int version)
{
    const unsigned most = 800; /* seconds, where the machine is busy */
    /* Under Valgrind there is time for few. */
    const int few = getenv("TESSERA_WARM_UP") != NULL, stride = few ? 8 * STRIDE : STRIDE, frees = few ? 5 : 1;
    const char *wanted = getenv("TESSERA_SWEEP");
    int number = 0;

    alarm(most);
    for (int i = 0; i < CALLBACKS; i++)
        for (int j = 0; j < CALLS; j++)
            for (int serves = 0; serves < 2; serves++) {
                char name[100];

                if ((callbacks[i].roles & (serves ? 2 : 1)) == 0)
                    continue;
                snprintf(name, sizeof(name), "%s:%s:%s:%s", callbacks[i].name, calls[j].name,
                         serves ? "server" : "client", version == TLS1_2_VERSION ? "1.2" : "1.3");
                if (wanted != NULL ? fnmatch(wanted, name, 0) == 0
                                   : number++ % stride == 0 || (j == 0 && i % frees == 0))
                    sweep(&callbacks[i], &calls[j], serves, version);
            }
    printf("    of %d combinations %d ended (%d without the callback), %d crashed, %d hung\n", sum.all, sum.ended,
           sum.unmet, sum.crashed, sum.hung);
    if (on_tessera()) {
        CHECK_INT(sum.crashed, 0);
        CHECK_INT(sum.hung, 0);
    }
}

TEST_TLS12(calls_within_callbacks_tls12)
{
    sweep_version(TLS1_2_VERSION);
}

TEST_TLS13(calls_within_callbacks_tls13)
{
    sweep_version(TLS1_3_VERSION);
}
