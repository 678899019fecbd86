/*
 * Writes the certificates and keys of the C suite: fixtures FOLDER.
 *
 *   ca                  the authority that clients trust
 *   intermediate        signed by ca; chained is signed by intermediate
 *   other-ca            an authority nobody trusts
 *   server-KIND         localhost, by ca: p256 p384 p521 rsa rsapss ed25519
 *   wrong-host          by ca, for another name
 *   expired, future     by ca, out of its time
 *   untrusted           localhost, by other-ca
 *   self-signed         localhost, by itself
 *   chained             localhost, by intermediate
 *   client, client-rsa  a client, by ca
 *   client-other        a client, by other-ca
 *   dual-KIND           localhost, by ca, for clients and servers, each with one
 *                       fault: good (none) expired future revoked sha1 rsa1024
 *   dual-untrusted, dual-self-signed
 *   dual-chained        by intermediate
 *   dual-unpermitted    by constrained, whose names may only be of example.org
 *   dual-deep           by deep, which is signed by short, whose path ends there
 *
 * Each NAME is NAME.pem and NAME-key.pem. Besides: server-p256.der and
 * server-p256-key.der, server-rsa.der and server-rsa-key.der (PKCS#1),
 * encrypted-key.pem (server-p256's key, password "secret"),
 * chained-chain.pem (chained and intermediate), ca-crl.pem (ca's list, with
 * dual-revoked), other-ca-crl.pem (an empty one).
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY (24L * 60 * 60)

static const char *folder;

static void must(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fixtures: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static FILE *create(const char *name, const char *suffix)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
    file = fopen(path, "w");
    must(file != NULL, path);
    return file;
}

struct identity {
    X509 *cert;
    EVP_PKEY *key;
};

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    must(extension != NULL && X509_add_ext(cert, extension, -1), value);
    X509_EXTENSION_free(extension);
}

static EVP_PKEY *new_rsa_pss_key(void)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    must(EVP_PKEY_keygen_init(ctx) == 1 && EVP_PKEY_generate(ctx, &key) == 1, "RSA-PSS key");
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static EVP_PKEY *new_key(const char *kind)
{
    if (strcmp(kind, "rsa") == 0)
        return EVP_RSA_gen(2048);
    if (strcmp(kind, "rsa1024") == 0)
        return EVP_RSA_gen(1024);
    if (strcmp(kind, "rsapss") == 0)
        return new_rsa_pss_key();
    if (strcmp(kind, "ed25519") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_EC_gen(kind);
}

static const EVP_MD *digest_for(const char *name, const EVP_PKEY *signer)
{
    if (EVP_PKEY_is_a(signer, "ED25519"))
        return NULL;
    return strcmp(name, "dual-sha1") == 0 ? EVP_sha1() : EVP_sha256();
}

/* issuer NULL: signed by itself. */
static struct identity make(const char *name, const char *kind, const char *host, const struct identity *issuer,
                            long from_day, long to_day)
{
    static long serial = 1000;
    struct identity made = { X509_new(), new_key(kind) };
    int authority = host == NULL;
    EVP_PKEY *signer = issuer != NULL ? issuer->key : made.key;
    X509 *signer_cert = issuer != NULL ? issuer->cert : made.cert;
    X509_NAME *subject;
    FILE *file;

    must(made.cert != NULL && made.key != NULL, name);
    X509_set_version(made.cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.cert), from_day * DAY);
    X509_gmtime_adj(X509_getm_notAfter(made.cert), to_day * DAY);
    subject = X509_get_subject_name(made.cert);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, (const unsigned char *)"Tessera tests", -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(made.cert, X509_get_subject_name(signer_cert));
    X509_set_pubkey(made.cert, made.key);
    add_extension(made.cert, signer_cert, NID_subject_key_identifier, "hash");
    if (issuer != NULL)
        add_extension(made.cert, signer_cert, NID_authority_key_identifier, "keyid:always");
    if (authority) {
        add_extension(made.cert, signer_cert, NID_basic_constraints,
                      strcmp(name, "short") == 0 ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE");
        if (strcmp(name, "constrained") == 0)
            add_extension(made.cert, signer_cert, NID_name_constraints, "critical,permitted;DNS:example.org");
        add_extension(made.cert, signer_cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    } else {
        add_extension(made.cert, signer_cert, NID_basic_constraints, "critical,CA:FALSE");
        if (strncmp(name, "dual", 4) == 0)
            add_extension(made.cert, signer_cert, NID_ext_key_usage, "serverAuth,clientAuth");
        else if (strncmp(name, "client", 6) == 0)
            add_extension(made.cert, signer_cert, NID_ext_key_usage, "clientAuth");
        else
            add_extension(made.cert, signer_cert, NID_ext_key_usage, "serverAuth");
        add_extension(made.cert, signer_cert, NID_subject_alt_name, host);
    }
    must(X509_sign(made.cert, signer, digest_for(name, signer)) > 0, name);

    file = create(name, ".pem");
    must(PEM_write_X509(file, made.cert), name);
    fclose(file);
    file = create(name, "-key.pem");
    must(PEM_write_PrivateKey(file, made.key, NULL, NULL, 0, NULL, NULL), name);
    fclose(file);
    return made;
}

static void drop(struct identity identity)
{
    X509_free(identity.cert);
    EVP_PKEY_free(identity.key);
}

static void write_der(const char *name, const struct identity *identity)
{
    FILE *file = create(name, ".der");

    must(i2d_X509_fp(file, identity->cert), name);
    fclose(file);
    file = create(name, "-key.der");
    must(i2d_PrivateKey_fp(file, identity->key), name);
    fclose(file);
}

/* The issuer's list of revoked certificates, with one on it (or NULL). */
static void write_crl(const char *name, const struct identity *issuer, X509 *revoked)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *now = X509_gmtime_adj(NULL, -DAY), *next = X509_gmtime_adj(NULL, 3650 * DAY);
    FILE *file = create(name, ".pem");

    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->cert));
    X509_CRL_set1_lastUpdate(crl, now);
    X509_CRL_set1_nextUpdate(crl, next);
    if (revoked != NULL) {
        X509_REVOKED *entry = X509_REVOKED_new();

        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked));
        X509_REVOKED_set_revocationDate(entry, now);
        must(X509_CRL_add0_revoked(crl, entry), name);
    }
    must(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0, name);
    must(PEM_write_X509_CRL(file, crl), name);
    fclose(file);
    ASN1_TIME_free(now);
    ASN1_TIME_free(next);
    X509_CRL_free(crl);
}

/* Identities for either side, each with one fault. */
static void make_duals(const char *localhost, const struct identity *ca, const struct identity *other,
                       const struct identity *intermediate)
{
    struct identity constrained = make("constrained", "P-256", NULL, ca, -1, 3650);
    struct identity shorter = make("short", "P-256", NULL, ca, -1, 3650);
    struct identity deep = make("deep", "P-256", NULL, &shorter, -1, 3650);
    struct identity revoked = make("dual-revoked", "P-256", localhost, ca, -1, 3650);

    drop(make("dual-good", "P-256", localhost, ca, -1, 3650));
    drop(make("dual-expired", "P-256", localhost, ca, -20, -10));
    drop(make("dual-future", "P-256", localhost, ca, 10, 3650));
    drop(make("dual-sha1", "P-256", localhost, ca, -1, 3650));
    drop(make("dual-rsa1024", "rsa1024", localhost, ca, -1, 3650));
    drop(make("dual-untrusted", "P-256", localhost, other, -1, 3650));
    drop(make("dual-self-signed", "P-256", localhost, NULL, -1, 3650));
    drop(make("dual-chained", "P-256", localhost, intermediate, -1, 3650));
    drop(make("dual-unpermitted", "P-256", localhost, &constrained, -1, 3650));
    drop(make("dual-deep", "P-256", localhost, &deep, -1, 3650));
    write_crl("ca-crl", ca, revoked.cert);
    write_crl("other-ca-crl", other, NULL);
    drop(constrained);
    drop(shorter);
    drop(deep);
    drop(revoked);
}

int main(int argc, char **argv)
{
    static const char localhost[] = "DNS:localhost,DNS:*.example.org,IP:127.0.0.1";
    static const char *const kinds[][2] = {
        { "server-p384", "P-384" },
        { "server-p521", "P-521" },
        { "server-rsapss", "rsapss" },
        { "server-ed25519", "ed25519" },
    };
    struct identity ca, intermediate, other, leaf;
    FILE *file;

    must(argc == 2, "usage: fixtures FOLDER");
    folder = argv[1];
    ca = make("ca", "P-256", NULL, NULL, -1, 3650);
    intermediate = make("intermediate", "P-256", NULL, &ca, -1, 3650);
    other = make("other-ca", "P-256", NULL, NULL, -1, 3650);

    leaf = make("server-p256", "P-256", localhost, &ca, -1, 3650);
    write_der("server-p256", &leaf);
    file = create("encrypted", "-key.pem");
    must(PEM_write_PrivateKey(file, leaf.key, EVP_aes_128_cbc(), NULL, 0, NULL, "secret"), "encrypted-key.pem");
    fclose(file);
    drop(leaf);

    leaf = make("server-rsa", "rsa", localhost, &ca, -1, 3650);
    write_der("server-rsa", &leaf);
    drop(leaf);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        drop(make(kinds[i][0], kinds[i][1], localhost, &ca, -1, 3650));

    drop(make("wrong-host", "P-256", "DNS:other.example.net", &ca, -1, 3650));
    drop(make("expired", "P-256", localhost, &ca, -20, -10));
    drop(make("future", "P-256", localhost, &ca, 10, 3650));
    drop(make("untrusted", "P-256", localhost, &other, -1, 3650));
    drop(make("self-signed", "P-256", localhost, NULL, -1, 3650));
    leaf = make("chained", "P-256", localhost, &intermediate, -1, 3650);
    file = create("chained-chain", ".pem");
    must(PEM_write_X509(file, leaf.cert) && PEM_write_X509(file, intermediate.cert), "chained-chain.pem");
    fclose(file);
    drop(leaf);

    drop(make("client", "P-256", "email:client@example.org", &ca, -1, 3650));
    drop(make("client-rsa", "rsa", "email:client@example.org", &ca, -1, 3650));
    drop(make("client-other", "P-256", "email:client@example.org", &other, -1, 3650));
    make_duals(localhost, &ca, &other, &intermediate);
    drop(ca);
    drop(intermediate);
    drop(other);
    return 0;
}
