/*
 * SSL_CONF_cmd and its family, SSL_CTX_config and openssl.cnf.
 */
#include "harness.h"

#include <openssl/conf.h>
#include <unistd.h>

/* libcrypto reads openssl.cnf at its first use. */
NO_WARM_UP

static SSL_CONF_CTX *new_conf(SSL_CTX *ctx, unsigned int flags)
{
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();

    REQUIRE(conf != NULL);
    CHECK_INT(SSL_CONF_CTX_set_flags(conf, flags), flags);
    SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
    return conf;
}

TEST(conf_flags_add_and_take_away)
{
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();

    CHECK_INT(SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE), SSL_CONF_FLAG_FILE);
    CHECK_INT(SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CLIENT), SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT);
    CHECK_INT(SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_FILE), SSL_CONF_FLAG_CLIENT);
    SSL_CONF_CTX_free(conf);
    SSL_CONF_CTX_free(NULL);
}

TEST(conf_answers)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT);

    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "-TLSv1.3"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "nothing", "x"), -2);
    CHECK_INT(last_reason(), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", NULL), -3);
    CHECK_INT(SSL_CONF_cmd(conf, "Options", NULL), -3);
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "TLSv9"), 0);
    CHECK_INT(last_reason(), 0);
    CHECK_INT(SSL_CONF_cmd(conf, NULL, "x"), 0);
    CHECK_REASON(SSL_R_INVALID_NULL_CMD_NAME);
    /* Names of the command line, of servers, and of certificates. */
    CHECK_INT(SSL_CONF_cmd(conf, "-no_tls1_3", NULL), -2);
    CHECK_INT(SSL_CONF_cmd(conf, "NumTickets", "1"), -2);
    CHECK_INT(SSL_CONF_cmd(conf, "Certificate", fixture("server-p256.pem")), -2);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_SHOW_ERRORS);
    CHECK_INT(SSL_CONF_cmd(conf, "nothing", "x"), -2);
    CHECK_REASON(SSL_R_UNKNOWN_CMD_NAME);
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "TLSv9"), 0);
    CHECK_REASON(SSL_R_BAD_VALUE);
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", NULL), -3);
    CHECK_REASON(SSL_R_BAD_VALUE);
    CHECK_INT(SSL_CONF_CTX_finish(conf), 1);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_error_says_which)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SHOW_ERRORS);
    const char *data = NULL;
    int flags = 0;

    SSL_CONF_CTX_set1_prefix(conf, "App");
    CHECK_INT(SSL_CONF_cmd(conf, "AppProtocol", "TLSv9"), 0);
    ERR_peek_last_error_data(&data, &flags);
    CHECK_STR(data, "cmd=Protocol, value=TLSv9");
    CHECK_INT(SSL_CONF_cmd(conf, "AppNothing", "x"), -2);
    ERR_peek_last_error_data(&data, &flags);
    CHECK_STR(data, "cmd=Nothing");
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "x"), -2);
    ERR_peek_last_error_data(&data, &flags);
    CHECK_STR(data, "cmd=Protocol");
    ERR_clear_error();
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_value_types)
{
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();

    CHECK_INT(SSL_CONF_cmd_value_type(conf, "CipherString"), SSL_CONF_TYPE_UNKNOWN);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "cipherSTRING"), SSL_CONF_TYPE_STRING);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "ChainCAPath"), SSL_CONF_TYPE_UNKNOWN);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CERTIFICATE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "ChainCAPath"), SSL_CONF_TYPE_DIR);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "PrivateKey"), SSL_CONF_TYPE_FILE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "VerifyCAStore"), SSL_CONF_TYPE_STORE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, NULL), SSL_CONF_TYPE_UNKNOWN);
    SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_FILE);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CMDLINE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "-bugs"), SSL_CONF_TYPE_NONE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "bugs"), SSL_CONF_TYPE_UNKNOWN);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "-"), SSL_CONF_TYPE_UNKNOWN);
    SSL_CONF_CTX_set1_prefix(conf, "--ssl-");
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "--ssl-bugs"), SSL_CONF_TYPE_NONE);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "--SSL-bugs"), SSL_CONF_TYPE_UNKNOWN);
    CHECK_INT(SSL_CONF_CTX_set1_prefix(conf, NULL), 1);
    CHECK_INT(SSL_CONF_cmd_value_type(conf, "-bugs"), SSL_CONF_TYPE_NONE);
    SSL_CONF_CTX_free(conf);
}

TEST(conf_options)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
    static const struct { const char *list; uint64_t set; uint64_t cleared; } rows[] = {
        { "Bugs", SSL_OP_ALL, 0 },
        { "-Bugs", 0, SSL_OP_ALL },
        { "SessionTicket", 0, SSL_OP_NO_TICKET },
        { "-SessionTicket", SSL_OP_NO_TICKET, 0 },
        { "+sessionticket , -Compression", SSL_OP_NO_COMPRESSION, SSL_OP_NO_TICKET },
        { "ServerPreference,NoRenegotiation,AllowNoDHEKEX,PrioritizeChaCha",
          SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_RENEGOTIATION | SSL_OP_ALLOW_NO_DHE_KEX
              | SSL_OP_PRIORITIZE_CHACHA, 0 },
        { "-MiddleboxCompat,-AntiReplay,-CANames,-ExtendedMasterSecret,KTLS,-EncryptThenMac",
          SSL_OP_NO_ANTI_REPLAY | SSL_OP_DISABLE_TLSEXT_CA_NAMES | SSL_OP_NO_EXTENDED_MASTER_SECRET
              | SSL_OP_ENABLE_KTLS | SSL_OP_NO_ENCRYPT_THEN_MAC, SSL_OP_ENABLE_MIDDLEBOX_COMPAT },
        { "UnsafeLegacyRenegotiation,UnsafeLegacyServerConnect,ClientRenegotiation,NoResumptionOnRenegotiation",
          SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT
              | SSL_OP_ALLOW_CLIENT_RENEGOTIATION | SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION, 0 },
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK_INT(SSL_CONF_cmd(conf, "Options", rows[i].list), 2);
        CHECK_INT(SSL_CTX_get_options(ctx) & rows[i].set, rows[i].set);
        CHECK_INT(SSL_CTX_get_options(ctx) & rows[i].cleared, 0);
    }
    /* What stands before a bad name has happened. */
    SSL_CTX_clear_options(ctx, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CONF_cmd(conf, "Options", "-SessionTicket,Bad"), 0);
    CHECK_INT(SSL_CTX_get_options(ctx) & SSL_OP_NO_TICKET, SSL_OP_NO_TICKET);
    CHECK_INT(SSL_CONF_cmd(conf, "Options", ""), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "Options", "Bugs,"), 0);
    SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_SERVER);
    CHECK_INT(SSL_CONF_cmd(conf, "Options", "ServerPreference"), 0);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_protocols)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT);
    uint64_t mask = SSL_OP_NO_SSL_MASK;

    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "-ALL,TLSv1.2"), 2);
    CHECK_INT(SSL_CTX_get_options(ctx) & mask, mask & ~SSL_OP_NO_TLSv1_2);
    CHECK_INT(SSL_CONF_cmd(conf, "Protocol", "ALL,-SSLv2"), 2);
    CHECK_INT(SSL_CTX_get_options(ctx) & mask, 0);
    CHECK_INT(SSL_CONF_cmd(conf, "MinProtocol", "TLSv1.2"), 2);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CONF_cmd(conf, "MaxProtocol", "TLSv1.2"), 2);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CONF_cmd(conf, "MaxProtocol", "None"), 2);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "MinProtocol", "DTLSv1.2"), 2);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CONF_cmd(conf, "MinProtocol", "tlsv1.2"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "MinProtocol", "SSLv3"), 2);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_ciphers_groups_sigalgs)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
    STACK_OF(SSL_CIPHER) *ciphers;

    CHECK_INT(SSL_CONF_cmd(conf, "Ciphersuites", "TLS_AES_128_GCM_SHA256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "CipherString", "ECDHE-RSA-AES128-GCM-SHA256"), 2);
    ciphers = SSL_CTX_get_ciphers(ctx);
    CHECK_INT(sk_SSL_CIPHER_num(ciphers), 2);
    CHECK_STR(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, 0)), "TLS_AES_128_GCM_SHA256");
    CHECK_STR(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, 1)), "ECDHE-RSA-AES128-GCM-SHA256");
    CHECK_INT(SSL_CONF_cmd(conf, "CipherString", "nothing"), 0);
    CHECK_REASON(SSL_R_NO_CIPHER_MATCH);
    CHECK_INT(SSL_CONF_cmd(conf, "Groups", "P-256:X25519"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "Curves", "P-384"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "Groups", "nothing"), 0);
    ERR_clear_error();
    CHECK_INT(SSL_CONF_cmd(conf, "ECDHParameters", "P-256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "ECDHParameters", "+Automatic"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "ECDHParameters", "P-256:P-384"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "SignatureAlgorithms", "ECDSA+SHA256:RSA-PSS+SHA256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "ClientSignatureAlgorithms", "ed25519"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "SignatureAlgorithms", "nothing"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "NumTickets", "5"), 2);
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 5);
    CHECK_INT(SSL_CONF_cmd(conf, "NumTickets", "-1"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "RecordPadding", "512"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "RecordPadding", "16385"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "RecordPadding", "0"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "RecordPadding", "-1"), 0);
    ERR_clear_error();
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_verify_mode)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER);

    CHECK_INT(SSL_CONF_cmd(conf, "VerifyMode", "Request"), 2);
    CHECK_INT(SSL_CTX_get_verify_mode(ctx), SSL_VERIFY_PEER);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyMode", "Require,Once"), 2);
    CHECK_INT(SSL_CTX_get_verify_mode(ctx),
              SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT | SSL_VERIFY_CLIENT_ONCE);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyMode", "-Require"), 2);
    CHECK_INT(SSL_CTX_get_verify_mode(ctx), SSL_VERIFY_CLIENT_ONCE);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyMode", "Peer"), 0);
    SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_SERVER);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CLIENT);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyMode", "Peer"), 2);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_certificates)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE);

    CHECK_INT(SSL_CONF_cmd(conf, "Certificate", fixture("server-p256.pem")), 2);
    CHECK(SSL_CTX_get0_certificate(ctx) != NULL);
    CHECK_PTR(SSL_CTX_get0_privatekey(ctx), NULL);
    CHECK_INT(SSL_CONF_cmd(conf, "PrivateKey", fixture("server-p256-key.pem")), 2);
    CHECK(SSL_CTX_get0_privatekey(ctx) != NULL);
    CHECK_INT(SSL_CONF_cmd(conf, "PrivateKey", "/nowhere"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyCAFile", fixture("ca.pem")), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "ChainCAFile", fixture("ca.pem")), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyCAFile", "/nowhere"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyCAPath", "/"), 2);
    ERR_clear_error();
    CHECK_INT(SSL_CONF_cmd(conf, "ClientCAFile", fixture("ca.pem")), 2);
    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)), 0);
    CHECK_INT(SSL_CONF_CTX_finish(conf), 1);
    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)), 1);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

/* A certificate's file must have its key in it, if the program says so. */
TEST(conf_require_private)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE
                                           | SSL_CONF_FLAG_REQUIRE_PRIVATE);

    CHECK_INT(SSL_CONF_cmd(conf, "Certificate", fixture("server-p256.pem")), 2);
    CHECK_INT(SSL_CONF_CTX_finish(conf), 0);
    ERR_clear_error();
    CHECK_INT(SSL_CONF_cmd(conf, "PrivateKey", fixture("server-p256-key.pem")), 2);
    CHECK_INT(SSL_CONF_CTX_finish(conf), 1);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

TEST(conf_ssl)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = SSL_new(ctx);
    SSL_CONF_CTX *conf = new_conf(NULL, SSL_CONF_FLAG_CMDLINE | SSL_CONF_FLAG_CLIENT);

    SSL_CONF_CTX_set_ssl(conf, ssl);
    CHECK_INT(SSL_CONF_cmd(conf, "-no_tls1_3", NULL), 1);
    CHECK_INT(SSL_get_options(ssl) & SSL_OP_NO_TLSv1_3, SSL_OP_NO_TLSv1_3);
    CHECK_INT(SSL_CTX_get_options(ctx) & SSL_OP_NO_TLSv1_3, 0);
    CHECK_INT(SSL_CONF_cmd(conf, "-max_protocol", "TLSv1.2"), 2);
    CHECK_INT(SSL_get_max_proto_version(ssl), TLS1_2_VERSION);
    CHECK_INT(SSL_CONF_cmd(conf, "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "-groups", "X25519"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "-sigalgs", "ECDSA+SHA256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "-comp", "ignored"), 1);
    CHECK_INT(SSL_get_options(ssl) & SSL_OP_NO_COMPRESSION, 0);
    SSL_CONF_CTX_free(conf);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
}

/* Without an object a command checks what it can and changes nothing. */
TEST(conf_without_object)
{
    SSL_CONF_CTX *conf = new_conf(NULL, SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER
                                            | SSL_CONF_FLAG_CERTIFICATE);

    CHECK_INT(SSL_CONF_cmd(conf, "Options", "Bugs"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "CipherString", "anything"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "MinProtocol", "TLSv1.2"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "SignatureAlgorithms", "ECDSA+SHA256"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "SignatureAlgorithms", "nothing"), 0);
    CHECK_INT(SSL_CONF_cmd(conf, "VerifyCAFile", "/nowhere"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "PrivateKey", "/nowhere"), 2);
    CHECK_INT(SSL_CONF_cmd(conf, "NumTickets", "1"), 0);
    CHECK_INT(SSL_CONF_CTX_finish(conf), 1);
    ERR_clear_error();
    SSL_CONF_CTX_free(conf);
}

TEST(conf_argument_lists)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = new_conf(ctx, SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_FILE);
    char *arguments[] = { "-no_tls1_3", "-max_protocol", "TLSv1.2", "-other", "-cipher", NULL };
    char **argv = arguments;
    int argc = 5;

    CHECK_INT(SSL_CONF_cmd_argv(conf, &argc, &argv), 1);
    CHECK_INT(argc, 4);
    CHECK_INT(SSL_CONF_cmd_argv(conf, &argc, &argv), 2);
    CHECK_INT(argc, 2);
    CHECK_INT(SSL_CONF_cmd_argv(conf, &argc, &argv), 0);
    CHECK_INT(argc, 2);
    argv++, argc--;
    CHECK_INT(SSL_CONF_cmd_argv(conf, &argc, &argv), -3);
    argc = 0;
    CHECK_INT(SSL_CONF_cmd_argv(conf, &argc, &argv), 0);
    argv = arguments;
    CHECK_INT(SSL_CONF_cmd_argv(conf, NULL, &argv), 1);
    CHECK_PTR(argv, arguments + 1);
    arguments[2] = "TLSv9";
    CHECK_INT(SSL_CONF_cmd_argv(conf, NULL, &argv), -1);
    argv = arguments + 5;
    CHECK_INT(SSL_CONF_cmd_argv(conf, NULL, &argv), 0);
    CHECK_INT(SSL_CONF_CTX_set_flags(conf, 0), SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_CMDLINE);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

/* Every switch of a command line, with what it sets or takes away. */
TEST(conf_every_switch)
{
    static const struct {
        const char *name;
        uint64_t set, cleared;
        unsigned role; /* without which it does not exist */
    } switches[] = {
        { "-no_ssl3", SSL_OP_NO_SSLv3, 0, 0 },
        { "-no_tls1", SSL_OP_NO_TLSv1, 0, 0 },
        { "-no_tls1_1", SSL_OP_NO_TLSv1_1, 0, 0 },
        { "-no_tls1_2", SSL_OP_NO_TLSv1_2, 0, 0 },
        { "-no_tls1_3", SSL_OP_NO_TLSv1_3, 0, 0 },
        { "-bugs", SSL_OP_ALL, 0, 0 },
        { "-no_comp", SSL_OP_NO_COMPRESSION, 0, 0 },
        { "-comp", 0, SSL_OP_NO_COMPRESSION, 0 },
        { "-ecdh_single", 0, 0, SSL_CONF_FLAG_SERVER },
        { "-no_ticket", SSL_OP_NO_TICKET, 0, 0 },
        { "-serverpref", SSL_OP_CIPHER_SERVER_PREFERENCE, 0, SSL_CONF_FLAG_SERVER },
        { "-legacy_renegotiation", SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION, 0, 0 },
        { "-client_renegotiation", SSL_OP_ALLOW_CLIENT_RENEGOTIATION, 0, SSL_CONF_FLAG_SERVER },
        { "-legacy_server_connect", SSL_OP_LEGACY_SERVER_CONNECT, 0, SSL_CONF_FLAG_CLIENT },
        { "-no_legacy_server_connect", 0, SSL_OP_LEGACY_SERVER_CONNECT, SSL_CONF_FLAG_CLIENT },
        { "-no_renegotiation", SSL_OP_NO_RENEGOTIATION, 0, 0 },
        { "-no_resumption_on_reneg", SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION, 0, SSL_CONF_FLAG_SERVER },
        { "-allow_no_dhe_kex", SSL_OP_ALLOW_NO_DHE_KEX, 0, 0 },
        { "-prioritize_chacha", SSL_OP_PRIORITIZE_CHACHA, 0, SSL_CONF_FLAG_SERVER },
        { "-strict", 0, 0, 0 },
        { "-no_middlebox", 0, SSL_OP_ENABLE_MIDDLEBOX_COMPAT, 0 },
        { "-anti_replay", 0, SSL_OP_NO_ANTI_REPLAY, SSL_CONF_FLAG_SERVER },
        { "-no_anti_replay", SSL_OP_NO_ANTI_REPLAY, 0, SSL_CONF_FLAG_SERVER },
        { "-no_etm", SSL_OP_NO_ENCRYPT_THEN_MAC, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());
        SSL_CONF_CTX *conf = SSL_CONF_CTX_new();
        uint64_t before = SSL_OP_NO_COMPRESSION | SSL_OP_ENABLE_MIDDLEBOX_COMPAT;

        if (switches[i].cleared != 0)
            before = SSL_CTX_set_options(ctx, switches[i].cleared);
        else
            before = SSL_CTX_clear_options(ctx, switches[i].set);
        SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
        SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CMDLINE);
        CHECK_INT(SSL_CONF_cmd(conf, switches[i].name, NULL), switches[i].role == 0 ? 1 : -2);
        SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER);
        CHECK_INT(SSL_CONF_cmd(conf, switches[i].name, "left over"), 1);
        printf("    %s\n", switches[i].name);
        CHECK_INT(SSL_CTX_get_options(ctx), (before | switches[i].set) & ~switches[i].cleared);
        CHECK_INT(SSL_CONF_cmd_value_type(conf, switches[i].name), SSL_CONF_TYPE_NONE);
        CHECK_INT(SSL_CTX_set_cert_flags(ctx, 0), strcmp(switches[i].name, "-strict") ? 0 : SSL_CERT_FLAG_TLS_STRICT);
        /* A file has no switches. */
        SSL_CONF_CTX_clear_flags(conf, SSL_CONF_FLAG_CMDLINE);
        SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_FILE);
        CHECK_INT(SSL_CONF_cmd(conf, switches[i].name + 1, "value"), -2);
        SSL_CONF_CTX_free(conf);
        SSL_CTX_free(ctx);
    }
}

/* The same commands by a command line's names. */
TEST(conf_command_line_values)
{
    static const char *const good[][2] = {
        { "-sigalgs", "ECDSA+SHA256" }, { "-client_sigalgs", "RSA+SHA256" }, { "-groups", "P-256" },
        { "-curves", "X25519:P-256" }, { "-named_curve", "P-384" }, { "-named_curve", "auto" },
        { "-cipher", "HIGH" }, { "-ciphersuites", "TLS_AES_128_GCM_SHA256" }, { "-min_protocol", "TLSv1.2" },
        { "-max_protocol", "TLSv1.3" }, { "-record_padding", "64" }, { "-num_tickets", "1" },
        { "-cert", "server-p256.pem" }, { "-key", "server-p256-key.pem" }, { "-chainCAfile", "ca.pem" },
        { "-verifyCAfile", "ca.pem" }, { "-requestCAFile", "ca.pem" }, { "-chainCApath", "" },
        { "-verifyCApath", "" },
    };
    static const char *const bad[][2] = {
        { "-sigalgs", "nothing" }, { "-groups", "nothing" }, { "-curves", "" }, { "-named_curve", "nothing" },
        { "-cipher", "nothing" }, { "-ciphersuites", "nothing" }, { "-min_protocol", "TLSv7" },
        { "-max_protocol", "tlsv1.2" }, { "-record_padding", "20000" }, { "-num_tickets", "-1" },
        { "-cert", "missing" }, { "-key", "missing" }, { "-requestCAFile", "missing" }, { "-dhparam", "missing" },
        { "-dhparam", "ca.pem" },
    };
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL_CONF_CTX *conf = SSL_CONF_CTX_new();

    SSL_CONF_CTX_set_ssl_ctx(conf, ctx);
    SSL_CONF_CTX_set_flags(conf, SSL_CONF_FLAG_CMDLINE | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_SERVER |
                                     SSL_CONF_FLAG_CERTIFICATE | SSL_CONF_FLAG_SHOW_ERRORS);
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        int type = SSL_CONF_cmd_value_type(conf, good[i][0]);

        printf("    %s %s\n", good[i][0], good[i][1]);
        CHECK_INT(SSL_CONF_cmd(conf, good[i][0], type == SSL_CONF_TYPE_STRING ? good[i][1] : fixture(good[i][1])), 2);
        CHECK_INT(SSL_CONF_cmd(conf, good[i][0], NULL), -3);
        CHECK_REASON(SSL_R_BAD_VALUE);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int type = SSL_CONF_cmd_value_type(conf, bad[i][0]);

        printf("    %s %s\n", bad[i][0], bad[i][1]);
        CHECK_INT(SSL_CONF_cmd(conf, bad[i][0], type == SSL_CONF_TYPE_STRING ? bad[i][1] : fixture(bad[i][1])), 0);
        CHECK_REASON(SSL_R_BAD_VALUE);
    }
    CHECK_INT(SSL_CONF_CTX_finish(conf), 1);
    CHECK_INT(sk_X509_NAME_num(SSL_CTX_get0_CA_list(ctx)), 1);
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 1);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK(SSL_CTX_get0_certificate(ctx) != NULL && SSL_CTX_get0_privatekey(ctx) != NULL);
    SSL_CONF_CTX_free(conf);
    SSL_CTX_free(ctx);
}

static void write_openssl_cnf(const char *path)
{
    FILE *file = fopen(path, "w");

    REQUIRE(file != NULL);
    fputs("openssl_conf = init\n"
          "[init]\nssl_conf = ssl\n"
          "[ssl]\nsystem_default = defaults\nserver = commands\nbad = bad_commands\n"
          "[defaults]\nMinProtocol = TLSv1.2\nMaxProtocol = TLSv1.2\nCiphersuites = TLS_AES_256_GCM_SHA384\n"
          "CipherString = ECDHE-RSA-AES128-GCM-SHA256\n"
          "[commands]\n1.Options = -SessionTicket\n2.Options = Bugs\nMaxProtocol = TLSv1.3\n"
          "[bad_commands]\nNothing = 1\nNumTickets = 7\n",
          file);
    fclose(file);
}

/* The system's defaults hold for every SSL_CTX; other sections have names. */
TEST(conf_openssl_cnf)
{
    char path[] = "/tmp/tessera-cnf-XXXXXX";
    SSL_CTX *ctx;

    close(mkstemp(path));
    write_openssl_cnf(path);
    setenv("OPENSSL_CONF", path, 1);
    ctx = SSL_CTX_new(TLS_method());
    unlink(path);
    REQUIRE(ctx != NULL);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(sk_SSL_CIPHER_num(SSL_CTX_get_ciphers(ctx)), 2);
    CHECK_INT(SSL_CTX_config(ctx, "server"), 1);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_3_VERSION);
    CHECK_INT(SSL_CTX_get_options(ctx) & (SSL_OP_NO_TICKET | SSL_OP_ALL), SSL_OP_NO_TICKET | SSL_OP_ALL);
    CHECK_INT(SSL_CTX_config(ctx, "bad"), 0);
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 7);
    ERR_clear_error();
    CHECK_INT(SSL_CTX_config(ctx, "missing"), 0);
    CHECK_REASON(SSL_R_INVALID_CONFIGURATION_NAME);
    CHECK_INT(SSL_config(NULL, "server"), 0);
    CHECK_REASON(ERR_R_PASSED_NULL_PARAMETER);
    SSL_CTX_free(ctx);
}
