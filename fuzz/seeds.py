#!/usr/bin/env python3
"""Writes the first corpus, fuzz/corpus/NAME, with stock OpenSSL's hellos and flights inside.

Its bytes differ from run to run (randoms, keys), so it is committed, and made again by hand only.
"""
import pathlib, ssl, struct, subprocess, tempfile

HERE = pathlib.Path(__file__).parent
NO_SEED = bytes(4)
SEED = b"\0\0\0\7"


def save(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def pem(folder):
    for name, command in (("certificate", "x509"), ("key", "pkey")):
        subprocess.run(["openssl", command, "-inform", "DER", "-in", HERE / f"fixtures/{name}.der", "-out", folder / f"{name}.pem"], check=True)


def flights(version, groups=None):
    """A client's first flight, the server's, and the client's second."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pem(folder)
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        theirs.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ours.check_hostname = False
    ours.verify_mode = ssl.CERT_NONE
    ours.set_alpn_protocols(["h2", "http/1.1"])
    ours.maximum_version = ours.minimum_version = version
    if groups:
        theirs.set_ecdh_curve(groups)
    ci, co, si, so = (ssl.MemoryBIO() for _ in range(4))
    client = ours.wrap_bio(ci, co, server_hostname="localhost")
    server = theirs.wrap_bio(si, so, server_side=True)
    out = []
    for _ in range(3):
        for end, to, sent in ((client, si, co), (server, ci, so)):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                pass
            data = sent.read()
            out.append(data)
            to.write(data)
    return out


def handshake_seeds():
    for name, version, only in (("12", ssl.TLSVersion.TLSv1_2, 4), ("13", ssl.TLSVersion.TLSv1_3, 8)):
        out = flights(version)
        save("server", f"tls{name}", bytes([0x10, 0]) + NO_SEED + out[0] + out[2])
        save("server", f"tls{name}-pieces", bytes([1, 1]) + SEED + out[0] + out[2])
        save("client", f"tls{name}", bytes([only, 0]) + NO_SEED + out[1] + out[3])
        save("client", f"tls{name}-pieces", bytes([1 | only, 1]) + SEED + out[1] + out[3])
    retried = flights(ssl.TLSVersion.TLSv1_3, "secp384r1")
    save("client", "retry", bytes([8, 0]) + NO_SEED + retried[1])
    early = flights(ssl.TLSVersion.TLSv1_3)[0]
    save("server", "early", bytes([0x80, 0]) + SEED + early + bytes.fromhex("1703030020") + bytes(32))


def message(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def record(kind, body):
    return bytes([kind]) + struct.pack(">H", len(body)) + body


def forged_seeds():
    der = (HERE / "fixtures/certificate.der").read_bytes()
    entry = len(der).to_bytes(3, "big") + der + b"\0\0"
    certificate = message(11, b"\0" + len(entry).to_bytes(3, "big") + entry)
    verify = message(15, bytes.fromhex("0403") + struct.pack(">H", 70) + bytes(70))
    extensions = message(8, bytes.fromhex("0009") + bytes.fromhex("001000050003026832"))
    request = message(13, b"\0" + bytes.fromhex("000a000d000600040403 0804".replace(" ", "")))
    finished = message(20, bytes(32))
    save("client", "forged", bytes([0x28, 0]) + NO_SEED + record(22, extensions) + record(22, request)
         + record(22, certificate) + record(22, verify) + record(22, finished))
    save("client", "forged-one-record", bytes([0x29, 0]) + SEED + record(22, extensions + certificate + verify))
    save("client", "forged-alert", bytes([0x28, 0]) + NO_SEED + record(22, extensions) + record(21, b"\2\50"))
    save("server", "forged", bytes([0x29, 0]) + NO_SEED + record(22, certificate) + record(22, verify) + record(22, finished))
    save("server", "forged-none", bytes([0x29, 0]) + SEED + record(22, message(11, bytes(4))) + record(22, finished))
    save("server", "forged-closed", bytes([0x28, 0]) + NO_SEED + record(21, b"\1\0"))


def retry_seeds():
    save("retry", "unspoiled", bytes([0, 0]) + NO_SEED)
    save("retry", "pieces", bytes([0, 20]) + SEED)
    save("retry", "byte", bytes([0, 0]) + NO_SEED + b"\0\0\60\7")
    save("retry", "cut", bytes([8, 0]) + NO_SEED + b"\2\0\200\4")
    save("retry", "longer", bytes([8, 50]) + NO_SEED + b"\3\0\377\10\0\1\2\3\4\5\6\7")
    for flight in range(4, 8):
        save("retry", f"flight{flight}", bytes([flight, 0]) + NO_SEED + b"\1\0\100\1")


def after_seeds():
    ticket = message(4, bytes.fromhex("00000e10 00000001 01 00 0004 01020304 0000".replace(" ", "")))
    for flags in range(4):
        begin = bytes([flags]) + NO_SEED
        data = b"\0\3" + struct.pack(">H", 5) + b"hello"
        save("after_handshake", f"data{flags}", begin + data + b"\6\11\10\4\1\6\11\20\12\1\11\7\13\6\13")
        save("after_handshake", f"ticket{flags}", bytes([flags]) + SEED + b"\0\2" + struct.pack(">H", len(ticket)) + ticket + b"\6\15\6")
        save("after_handshake", f"alert{flags}", begin + b"\0\1\0\2\1\0\6\13\13\15")
        save("after_handshake", f"hello{flags}", begin + b"\0\2\0\4\0\0\0\0\6\17\0\17\1\17\2\5\0\3\27\3\3\17\3\6")


def session():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pem(folder)
        for name, version in (("12", "-tls1_2"), ("13", "-tls1_3")):
            server = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", folder / "certificate.pem",
                                       "-key", folder / "key.pem", "-naccept", "1", "-www"],
                                      stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
            port = next(line for line in server.stdout if line.startswith("ACCEPT")).split(":")[-1].strip()
            client = subprocess.Popen(["openssl", "s_client", version, "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
                                       "-sess_out", folder / "session", "-ign_eof"], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
            client.communicate("GET / HTTP/1.0\r\n\r\n", 10)
            server.communicate(timeout=10)
            der = subprocess.run(["openssl", "sess_id", "-in", folder / "session", "-outform", "DER"], stdout=subprocess.PIPE, check=True).stdout
            save("session", f"tls{name}", der)


def element(tag, body):
    return bytes([tag, 0x82]) + struct.pack(">H", len(body)) + body


def short(tag, body):
    return bytes([tag, len(body)]) + body


def plain(version, *more):
    suite, secret = (b"\x13\1", 32) if version == 4 else (b"\xc0\x2b", 48)
    fields = [short(2, b"\1"), short(2, bytes([3, version])), short(4, suite), short(4, b""), short(4, b"\3" * secret),
              short(0xA1, short(2, b"\x7f\0\0\0")), short(0xA2, short(2, b"\x1c\x20")), short(0xA4, short(4, b"fuzz")), *more]
    body = b"".join(fields)
    return b"\x30\x81" + bytes([len(body)]) + body if len(body) > 127 else short(0x30, body)


def session_seeds():
    session()
    save("session", "plain12", plain(3))
    more = [short(0xA5, short(2, b"\0")), short(0xA6, short(4, b"localhost")), short(0xA9, short(2, b"\x1c\x20")),
            short(0xAA, short(4, bytes(8))), short(0xAD, short(2, b"\2")), short(0xAE, short(2, b"\1\2\3\4")),
            short(0xAF, short(2, b"\x40\0")), short(0xB0, short(4, b"h2")), short(0xB2, short(4, b"data")), short(0xB3, short(2, b"\x1d"))]
    save("session", "plain13", plain(4, *more))
    for version, flag in ((4, 0), (3, 2)):
        save("ticket", f"tls{version}", bytes([flag]) + NO_SEED + plain(version))
        save("ticket", f"more{version}", bytes([flag | 12]) + SEED + plain(version, *more))
        save("ticket", f"unsealed{version}", bytes([flag | 1]) + NO_SEED + bytes(64))
        save("ticket", f"bad{version}", bytes([flag]) + NO_SEED + b"\x30\3\2\1\1")


def entry(what, text, more=b""):
    return bytes([what, len(text)]) + text + more


def list_seeds():
    ciphers = b"ALL:!aNULL:+AES:-SHA1:kECDHE@STRENGTH:@SECLEVEL=1:DEFAULT"
    save("lists", "ciphers", b"\0" + entry(0, ciphers) + entry(1, b"ECDHE+AESGCM:!SHA384") + entry(2, b"TLS_AES_128_GCM_SHA256") + entry(3, b""))
    save("lists", "groups", b"\1" + entry(4, b"P-256:X25519:?secp384r1") + entry(5, b"P-521:X448"))
    save("lists", "sigalgs", b"\0" + entry(6, b"ECDSA+SHA256:RSA-PSS+SHA384:rsa_pss_pss_sha256:ed25519") + entry(7, b"RSA+SHA1"))
    save("lists", "alpn", b"\0" + entry(8, b"\2h2\x08http/1.1") + entry(9, b"SRTP_AES128_CM_SHA1_80"))
    save("lists", "serverinfo", b"\1" + entry(10, b"\xfe\0\0\3abc") + entry(11, b"\0\0\1\xd0\xfe\0\0\3abc") + entry(12, bytes(range(16))))
    conf = [(0, b"ALL"), (2, b"X25519"), (6, b"ALL,-SSLv3"), (7, b"TLSv1.2"), (9, b"-SessionTicket,Bugs"), (10, b"Peer,Once"), (11, b"512"), (12, b"3")]
    for flags in (2, 0x1a, 0x2e):
        data = b"".join(entry(13 + i % 3, text, bytes([0, 0, number, flags])) for i, (number, text) in enumerate(conf))
        save("lists", f"conf{flags}", b"\0" + data)
    spelt = b"-Min_Protocol"
    save("lists", "spelt", b"\0" + entry(14, b"TLSv1.3", struct.pack(">H", len(spelt)) + spelt + b"\xff\x09"))


def call_seeds():
    made = b"\x08\0"
    save("calls", "data", b"\0" + NO_SEED + made + b"\x12\0\x20\x16\1\x12\1\x30\x16\0\x20\0\0\x20\1\0")
    save("calls", "resumed", b"\x60" + NO_SEED + made + b"\x16\0\x0c\0\x0b\0\x0b\1\x0d\0" + made + b"\x12\0\1\x16\1")
    save("calls", "resumed12", b"\x70" + SEED + made + b"\x0c\0\x0b\0\x0b\1\x0d\0" + made)
    save("calls", "stepwise", b"\x05" + SEED + b"".join(bytes([0, i & 3]) for i in range(16)) + b"\x23\0\1\x12\0\x10\x16\1")
    save("calls", "early", b"\x60" + NO_SEED + made + b"\x16\0\x0c\0\x0b\0\x0b\1\x0d\0\x28\0\x10\x0a\0\x26\1\x20" + made)
    save("calls", "cleared", b"\0" + SEED + made + b"\x22\0\0\x22\1\0" + made + b"\x24\0\0\x1f\0\x1a\0\x1b\0\x1c\0\0\0\0\0")


if __name__ == "__main__":
    handshake_seeds()
    forged_seeds()
    retry_seeds()
    after_seeds()
    session_seeds()
    list_seeds()
    call_seeds()
