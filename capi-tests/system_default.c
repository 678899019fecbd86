/*
 * openssl.cnf: the section "system_default" of its ssl_conf holds for every
 * SSL_CTX, and each command of SSL_CONF_cmd(3) may be there. OPENSSL_CONF names
 * the file; a process reads it once, so each test is one file.
 */
#include <unistd.h>

#include "harness.h"

NO_WARM_UP

static void use_conf(const char *commands)
{
    char path[] = "/tmp/tessera-cnf-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    SSL_CTX *ctx;

    REQUIRE(file != NULL);
    fprintf(file, "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = defaults\n[defaults]\n%s\n", commands);
    fclose(file);
    setenv("OPENSSL_CONF", path, 1);
    ctx = SSL_CTX_new(TLS_method());
    unlink(path);
    REQUIRE(ctx != NULL);
    SSL_CTX_free(ctx);
}

/* A client that trusts the CA and a server with this certificate, else as the
 * file says. */
static struct pair conf_pair(const char *identity)
{
    SSL_CTX *cctx = SSL_CTX_new(TLS_client_method()), *sctx = SSL_CTX_new(TLS_server_method());
    struct pair pair;

    REQUIRE(cctx != NULL && sctx != NULL);
    SSL_CTX_load_verify_locations(cctx, fixture("ca.pem"), NULL);
    use_identity(sctx, identity);
    pair = new_pair(cctx, sctx);
    SSL_CTX_free(cctx);
    SSL_CTX_free(sctx);
    return pair;
}

static struct pair connected_conf_pair(const char *identity)
{
    struct pair pair = conf_pair(identity);

    REQUIRE(handshake(&pair));
    return pair;
}

TEST(min_protocol)
{
    struct pair pair;

    use_conf("MinProtocol = TLSv1.3");
    pair = conf_pair("server-p256");
    CHECK_INT(SSL_get_min_proto_version(pair.client), TLS1_3_VERSION);
    SSL_set_min_proto_version(pair.server, 0);
    SSL_set_max_proto_version(pair.server, TLS1_2_VERSION);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
    free_pair(&pair);
}

TEST(max_protocol)
{
    struct pair pair;

    use_conf("MaxProtocol = TLSv1.2\nMinProtocol = None");
    pair = connected_conf_pair("server-p256");
    CHECK_INT(SSL_version(pair.client), TLS1_2_VERSION);
    CHECK_INT(SSL_get_min_proto_version(pair.client), 0);
    finish_pair(&pair);
}

TEST(protocol)
{
    struct pair pair;

    use_conf("Protocol = ALL, -TLSv1.3");
    pair = connected_conf_pair("server-p256");
    CHECK_INT(SSL_version(pair.client), TLS1_2_VERSION);
    CHECK_INT(SSL_get_options(pair.client) & SSL_OP_NO_SSL_MASK, SSL_OP_NO_TLSv1_3);
    finish_pair(&pair);
}

TEST(cipher_string)
{
    struct pair pair;

    use_conf("MaxProtocol = TLSv1.2\nCipherString = ECDHE-ECDSA-CHACHA20-POLY1305:@SECLEVEL=1");
    pair = connected_conf_pair("server-p256");
    CHECK_STR(SSL_get_cipher_name(pair.client), "ECDHE-ECDSA-CHACHA20-POLY1305");
    CHECK_INT(SSL_get_security_level(pair.client), 1);
    finish_pair(&pair);
}

TEST(security_level_of_the_cipher_string)
{
    struct pair pair;

    use_conf("CipherString = DEFAULT@SECLEVEL=3");
    pair = conf_pair("server-p256");
    CHECK_INT(SSL_get_security_level(pair.client), 3);
    REQUIRE(handshake(&pair));
    finish_pair(&pair);
    /* 2048 bits are too few for level 3. */
    {
        SSL_CTX *ctx = SSL_CTX_new(TLS_method());

        CHECK_INT(SSL_CTX_use_certificate_file(ctx, fixture("server-rsa.pem"), SSL_FILETYPE_PEM), 0);
        CHECK_REASON(SSL_R_EE_KEY_TOO_SMALL);
        SSL_CTX_free(ctx);
    }
}

TEST(ciphersuites)
{
    struct pair pair;

    use_conf("Ciphersuites = TLS_CHACHA20_POLY1305_SHA256");
    pair = connected_conf_pair("server-p256");
    CHECK_STR(SSL_get_cipher_name(pair.client), "TLS_CHACHA20_POLY1305_SHA256");
    finish_pair(&pair);
}

TEST(groups)
{
    struct pair pair;

    use_conf("Groups = P-384:P-256");
    pair = connected_conf_pair("server-p256");
    CHECK_INT(SSL_get_negotiated_group(pair.client), NID_secp384r1);
    finish_pair(&pair);
}

TEST(curves)
{
    struct pair pair;

    use_conf("Curves = P-521\nMaxProtocol = TLSv1.2");
    pair = connected_conf_pair("server-rsa");
    CHECK_INT(SSL_get_shared_group(pair.server, 0), NID_secp521r1);
    CHECK_INT(SSL_get_shared_group(pair.server, -1), 1);
    finish_pair(&pair);
}

TEST(signature_algorithms)
{
    struct pair pair;
    int nid;

    use_conf("SignatureAlgorithms = RSA-PSS+SHA512");
    pair = connected_conf_pair("server-rsa");
    CHECK_INT(SSL_get_peer_signature_nid(pair.client, &nid), 1);
    CHECK_INT(nid, NID_sha512);
    finish_pair(&pair);
}

TEST(options)
{
    struct pair pair;
    const char *commands = "Options = -SessionTicket, ServerPreference, PrioritizeChaCha, -MiddleboxCompat,"
                           " -ExtendedMasterSecret, NoRenegotiation, -AntiReplay, -EncryptThenMac, Bugs, KTLS";

    use_conf(commands);
    pair = connected_conf_pair("server-p256");
    CHECK_INT(SSL_get_options(pair.server),
              SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                  SSL_OP_NO_EXTENDED_MASTER_SECRET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_ANTI_REPLAY |
                  SSL_OP_NO_ENCRYPT_THEN_MAC | SSL_OP_ALL | SSL_OP_ENABLE_KTLS | SSL_OP_NO_COMPRESSION);
    finish_pair(&pair);
}

TEST(verify_mode)
{
    struct pair pair;

    use_conf("VerifyMode = Peer");
    pair = conf_pair("untrusted");
    CHECK_INT(SSL_get_verify_mode(pair.client), SSL_VERIFY_PEER);
    CHECK_INT(handshake(&pair), 0);
    CHECK_INT(pair.client_end.reason, SSL_R_CERTIFICATE_VERIFY_FAILED);
    free_pair(&pair);
}

TEST(num_tickets)
{
    SSL_CTX *ctx;

    use_conf("NumTickets = 5");
    ctx = SSL_CTX_new(TLS_server_method());
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 5);
    SSL_CTX_free(ctx);
    /* No server, no such command. */
    ctx = SSL_CTX_new(TLS_client_method());
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 2);
    SSL_CTX_free(ctx);
}

TEST(record_padding)
{
    struct pair pair;
    uint64_t before;

    use_conf("RecordPadding = 1000");
    pair = connected_conf_pair("server-p256");
    before = BIO_number_written(SSL_get_wbio(pair.client));
    CHECK_INT(SSL_write(pair.client, "x", 1), 1);
    CHECK_INT(BIO_number_written(SSL_get_wbio(pair.client)) - before, 1000 + 5 + 16);
    free_pair(&pair);
}

/* Files are not read by the system's defaults: such commands are unknown there. */
TEST(certificates)
{
    SSL_CTX *ctx;
    char commands[512];

    snprintf(commands, sizeof(commands), "Certificate = %s\nNumTickets = 6", fixture("server-p256.pem"));
    use_conf(commands);
    ctx = SSL_CTX_new(TLS_method());
    CHECK_PTR(SSL_CTX_get0_certificate(ctx), NULL);
    CHECK_INT(SSL_CTX_get_num_tickets(ctx), 6);
    SSL_CTX_free(ctx);
}

/* A bad command stops neither SSL_CTX_new nor the commands after it. */
TEST(bad_commands)
{
    SSL_CTX *ctx;

    use_conf("CipherString = NOTHING\nNonsense = 1\nMinProtocol = TLSv7\nMaxProtocol = TLSv1.2");
    ctx = SSL_CTX_new(TLS_method());
    REQUIRE(ctx != NULL);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), 0);
    SSL_CTX_free(ctx);
}

/* OpenSSL's names of commands count in any case; white space around does not. */
TEST(spelling)
{
    SSL_CTX *ctx;

    use_conf("minprotocol =  TLSv1.2  \n1.MAXPROTOCOL = TLSv1.2\n2.options = -sessionticket");
    ctx = SSL_CTX_new(TLS_method());
    CHECK_INT(SSL_CTX_get_min_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_max_proto_version(ctx), TLS1_2_VERSION);
    CHECK_INT(SSL_CTX_get_options(ctx) & SSL_OP_NO_TICKET, SSL_OP_NO_TICKET);
    SSL_CTX_free(ctx);
}
