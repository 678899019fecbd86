"""Many connections to one server, for long-lived.bash: long-lived.py PKI-FOLDER

Reads lines `PORT KIND COUNT PROTOCOL`, and answers each with how many of the connections went as
they should, and how many kB of memory of its own the process then has. Kinds: `full`;
`resumed`, all from one session of each version (Python loses memory with each session that
it is asked for); `aborted`, in the handshake, in turn at each of its steps. Every second
connection is in TLS 1.2.
"""
import gc
import socket
import ssl
import struct
import sys

socket.setdefaulttimeout(60)
# What is sent, after the answer to which the server closes, and how that answer begins.
PROTOCOLS = {
    "http": (b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", b"HTTP/1"),
    "redis": (b"PING\r\nQUIT\r\n", b"+PONG"),
    "mqtt": (b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test\xe0\x00", b"\x20\x02\x00\x00"),
}


def context(version):
    made = ssl.create_default_context(cafile=sys.argv[1] + "/ca.pem")
    made.minimum_version = made.maximum_version = version
    return made


CONTEXTS = [context(ssl.TLSVersion.TLSv1_2), context(ssl.TLSVersion.TLSv1_3)]


def connect(port):
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def visit(port, of, session=None, keep=False):
    """One request: the answer was there, and the connection was resumed if it could be; and
    the session, if it is to be kept.
    """
    request, expected = PROTOCOLS[protocol]
    with connect(port) as plain:
        with of.wrap_socket(plain, server_hostname="localhost", session=session) as secured:
            secured.sendall(request)
            answer = secured.recv(65536)
            while secured.recv(65536):
                pass
            good = answer.startswith(expected) and secured.session_reused == (session is not None)
            return good, secured.session if keep else None


def full(port, count):
    return sum(visit(port, CONTEXTS[i % 2])[0] for i in range(count))


def resumed(port, count):
    sessions = [visit(port, of, keep=True)[1] for of in CONTEXTS]
    return sum(visit(port, CONTEXTS[i % 2], sessions[i % 2])[0] for i in range(count))


def abort(port, of, step):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = of.wrap_bio(incoming, outgoing, server_hostname="localhost")
    with connect(port) as plain:
        advance(client)
        hello = outgoing.read()
        plain.sendall(hello if step else hello[: len(hello) // 2])
        if step == 1:  # closed with a reset
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if step < 2:
            return
        flight = plain.recv(65536)
        if step == 2:
            return
        if step == 3:  # a record that cannot be read
            plain.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
        else:  # half of what the client answers
            while True:
                incoming.write(flight)
                advance(client)
                answer = outgoing.read()
                if answer:
                    break
                flight = plain.recv(65536)
            plain.sendall(answer[: len(answer) // 2])
            plain.shutdown(socket.SHUT_WR)
        while plain.recv(65536):
            pass


def advance(client):
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass


def aborted(port, count):
    for i in range(count):
        try:
            abort(port, CONTEXTS[i % 2], i // 2 % 5)
        except ConnectionError:
            pass  # the server was quicker
    return count


def memory():
    gc.collect()
    with open("/proc/self/status") as status:
        return next(line.split()[1] for line in status if line.startswith("RssAnon"))


for line in sys.stdin:
    port, kind, count, protocol = line.split()
    print({"full": full, "resumed": resumed, "aborted": aborted}[kind](int(port), int(count)), memory(), flush=True)
