#!/usr/bin/env python3
"""Small servers for tests, of Python's standard library: services.py CERT KEY [OCSP]

SMTP, IMAP and POP3 with STARTTLS and inside TLS, an HTTPS proxy that knows CONNECT, and an
OCSP responder with one answer, which is in a file.
Prints a line `NAME PORT` for each, on 127.0.0.1, then `ready`, and serves until it is ended.
"""
import select
import socket
import ssl
import sys
import threading

MESSAGE = b"Subject: a test\r\n\r\nA short letter.\r\n"


class Peer:
    """One connection, by lines."""

    def __init__(self, sock):
        self.use(sock)

    def use(self, sock):
        self.sock = sock
        self.file = sock.makefile("rb")

    def line(self):
        line = self.file.readline()
        if not line:
            raise EOFError
        return line.rstrip(b"\r\n")

    def say(self, *lines):
        self.sock.sendall(b"".join(line + b"\r\n" for line in lines))

    def start_tls(self):
        self.use(context.wrap_socket(self.sock, server_side=True))

    def tls(self):
        version = self.sock.version() if isinstance(self.sock, ssl.SSLSocket) else None
        return (version or "plain").encode()


def smtp(peer):
    peer.say(b"220 localhost")
    while True:
        line = peer.line().upper()
        if line.startswith(b"EHLO"):
            peer.say(b"250-localhost", b"250-STARTTLS", b"250 8BITMIME")
        elif line == b"STARTTLS":
            peer.say(b"220 go on")
            peer.start_tls()
        elif line == b"DATA":
            peer.say(b"354 go on")
            while peer.line() != b".":
                pass
            peer.say(b"250 taken, " + peer.tls())
        elif line == b"QUIT":
            peer.say(b"221 bye, " + peer.tls())
            return
        else:
            peer.say(b"250 fine")


def imap(peer):
    peer.say(b"* OK [CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN] ready")
    while True:
        tag, command, *rest = peer.line().split(b" ")
        command = command.upper()
        if command == b"CAPABILITY":
            peer.say(b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN")
        elif command == b"LIST":
            peer.say(b'* LIST () "/" INBOX-' + peer.tls())
        elif command == b"AUTHENTICATE":
            peer.say(b"+")
            peer.line()
        elif command == b"LOGOUT":
            peer.say(b"* BYE", tag + b" OK")
            return
        peer.say(tag + b" OK " + command)
        if command == b"STARTTLS":
            peer.start_tls()


def pop3(peer):
    peer.say(b"+OK ready")
    while True:
        command = peer.line().split(b" ")[0].upper()
        if command == b"CAPA":
            peer.say(b"+OK", b"STLS", b"USER", b".")
        elif command == b"STLS":
            peer.say(b"+OK")
            peer.start_tls()
        elif command == b"RETR":
            peer.say(b"+OK")
            peer.sock.sendall(MESSAGE + b"over " + peer.tls() + b"\r\n.\r\n")
        else:
            peer.say(b"+OK")
            if command == b"QUIT":
                return


def proxy(peer):
    request = peer.line()
    while peer.line():
        pass
    host, port = request.split(b" ")[1].rsplit(b":", 1)
    onward = socket.create_connection((host.decode(), int(port)), 60)
    peer.say(b"HTTP/1.1 200 go on", b"")
    # By one thread: an SSL is not for two.
    other = {peer.sock: onward, onward: peer.sock}
    while True:
        pending = isinstance(peer.sock, ssl.SSLSocket) and peer.sock.pending()
        for source in [peer.sock] if pending else select.select(list(other), [], [], 60)[0]:
            data = source.recv(65536)
            if not data:
                return
            other[source].sendall(data)


def ocsp(peer):
    length = 0
    while line := peer.line():
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    peer.file.read(length)
    with open(sys.argv[3], "rb") as file:
        answer = file.read()
    peer.say(b"HTTP/1.0 200 OK", b"Content-Type: application/ocsp-response", b"Content-Length: %d" % len(answer), b"")
    peer.sock.sendall(answer)


def serve(listener, dialogue, in_tls):
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=converse, args=(sock, dialogue, in_tls), daemon=True).start()


def converse(sock, dialogue, in_tls):
    sock.settimeout(60)
    peer = Peer(sock)
    try:
        if in_tls:
            peer.start_tls()
        dialogue(peer)
    except (OSError, EOFError, ValueError) as reason:
        print(dialogue.__name__, reason, file=sys.stderr)
    finally:
        peer.sock.close()


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
for dialogue in smtp, imap, pop3, proxy, ocsp:
    for in_tls in False, True:
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(listener, dialogue, in_tls), daemon=True).start()
        print(dialogue.__name__ + ("s" if in_tls else ""), listener.getsockname()[1], flush=True)
print("ready", flush=True)
threading.Event().wait()
