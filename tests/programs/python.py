"""Scenarios for Python's ssl module, each printed as a line: name, what is expected on
the stock library, what came of it; separated by tabs. An expectation of `*` is for what
only has to be the same on both libraries. Usage: python.py PKI-FOLDER
"""

import asyncio
import contextlib
import http.client
import http.server
import os
import select
import socket
import ssl
import sys
import threading
import urllib.error
import urllib.request
import warnings

warnings.simplefilter("ignore")
socket.setdefaulttimeout(60)
pki = sys.argv[1]

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
SUITES = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256"


def scenario(name, expected, function, *arguments):
    """Runs one scenario; what it returns, or the error that it raised, is the outcome."""
    try:
        outcome = function(*arguments)
    except BaseException as error:  # noqa: an unexpected error is an outcome too
        outcome = "raised " + described(error)
    print(name, expected, str(outcome).replace("\n", "/").replace("\t", " "), sep="\t", flush=True)


def described(error):
    """An error by everything that a program may look at."""
    words = [type(error).__name__]
    if isinstance(error, ssl.SSLCertVerificationError):
        words += [f"verify {error.verify_code} ({error.verify_message})"]
    if isinstance(error, ssl.SSLError):
        words += [f"errno {error.errno}", f"{getattr(error, 'library', None)}:{getattr(error, 'reason', None)}", str(error.args[-1])]
    else:
        words += [str(error)]
    return " ".join(words)


# --- Contexts and connections ------------------------------------------------------------


def path(name):
    return os.path.join(pki, name)


def server_context(version=None, name="server", **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path(name + ".pem"), path(name + ".key"))
    return configured(context, version, **options)


def client_context(version=None, ca="ca.pem", **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca:
        context.load_verify_locations(path(ca))
    return configured(context, version, **options)


def configured(context, version, alpn=None, ciphers=None, **attributes):
    if version:
        context.minimum_version = context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    if ciphers:
        context.set_ciphers(ciphers)
    for attribute, value in attributes.items():
        setattr(context, attribute, value)
    return context


def echo(connection):
    """Gives back what it reads, until the end, and then closes in order."""
    while data := connection.recv(65536):
        connection.sendall(data)
    with contextlib.suppress(OSError):
        connection.unwrap()


def greet(connection):
    """Sends one byte, reads one, so that a TLS 1.3 client has its tickets."""
    connection.sendall(b"!")
    connection.recv(1)
    with contextlib.suppress(OSError):
        connection.unwrap()


def close_in_order(connection):
    with contextlib.suppress(OSError):
        connection.unwrap()


def talk(client, server, on_client, on_server=echo, hostname="localhost", session=None):
    """One connection over a socket pair, the server in a thread of its own. Gives what the
    two functions return; an error is given by its description."""
    ends = socket.socketpair()
    for end in ends:
        end.settimeout(60)
    results = [None, None]

    def serve():
        try:
            with server.wrap_socket(ends[1], server_side=True) as connection:
                results[1] = on_server(connection)
        except OSError as error:
            results[1] = described(error)
        finally:
            ends[1].close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client.wrap_socket(ends[0], server_hostname=hostname, session=session) as connection:
            results[0] = on_client(connection)
    except (OSError, ValueError) as error:
        results[0] = described(error)
    finally:
        ends[0].close()
    thread.join()
    return results


def both(client, server, **options):
    """The outcome of a handshake and a few bytes, at the client and at the server."""

    def say(connection):
        connection.sendall(b"x")
        got = connection.recv(1)
        close_in_order(connection)
        return "ok" if got == b"x" else f"got {got!r}"

    def answer(connection):
        echo(connection)
        return "ok"

    return " | ".join(talk(client, server, say, answer, **options))


# --- What a connection says of itself -------------------------------------------------------


def facts(version):
    def of(connection):
        connection.sendall(b"!")
        connection.recv(1)
        said = [
            connection.version(),
            connection.cipher(),
            connection.selected_alpn_protocol(),
            connection.compression(),
            connection.session_reused,
            connection.server_side,
            connection.pending(),
            connection.shared_ciphers(),
        ]
        close_in_order(connection)
        return said

    options = dict(alpn=["h2", "http/1.1"], ciphers=SUITES)
    return talk(client_context(version, **options), server_context(version, **options), of, of)


def peer_certificate():
    def of(connection):
        with open(path("server.pem")) as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        whole = connection.getpeercert()
        own = connection.getpeercert(binary_form=True) == der
        close_in_order(connection)
        keep = {field: whole[field] for field in ("subject", "issuer", "subjectAltName", "version")}
        return sorted(whole), keep, own

    return talk(client_context(), server_context(), of)[0]


def unverified_certificate():
    client = client_context(ca=None, check_hostname=False, verify_mode=ssl.CERT_NONE)

    def of(connection):
        return connection.getpeercert(), len(connection.getpeercert(True)) > 100

    return talk(client, server_context(), of)[0]


def channel_binding(version):
    """`tls-unique` at both ends, in a new and in a resumed connection."""
    client, server = client_context(version), server_context(version)
    outcomes, session = [], None
    bindings = set()
    for _ in range(2):

        def of(connection):
            nonlocal session
            connection.recv(1)
            connection.sendall(b"!")
            binding = connection.get_channel_binding("tls-unique")
            reused, session = connection.session_reused, connection.session
            close_in_order(connection)
            return binding, reused

        def at_server(connection):
            binding = connection.get_channel_binding("tls-unique")
            greet(connection)
            return binding

        (mine, reused), theirs = talk(client, server, of, at_server, session=session)
        bindings.add(mine)
        outcomes.append((reused, len(mine), mine == theirs))
    return outcomes, len(bindings)


def before_handshake():
    connection = client_context(ciphers=SUITES).wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost")
    said = [connection.version(), connection.cipher(), connection.selected_alpn_protocol()]
    said += [connection.get_channel_binding(), connection.shared_ciphers(), connection.session, connection.pending()]
    for function in connection.getpeercert, lambda: connection.read(1), lambda: connection.write(b"x"), connection.unwrap:
        try:
            said.append(function())
        except (OSError, ValueError) as error:
            said.append(described(error))
    return said


def key_log(version):
    """The labels that both ends write; each line for the same client random, and both the same."""
    files = [path("log.client"), path("log.server")]
    for file in files:
        with contextlib.suppress(FileNotFoundError):
            os.remove(file)
    client = client_context(version, keylog_filename=files[0])
    server = server_context(version, keylog_filename=files[1])
    outcome = both(client, server)
    lines = []
    for file in files:
        with open(file) as text:
            lines.append(sorted(line.split() for line in text if not line.startswith("#")))
    labels = [line[0] for line in lines[0]]
    return outcome, labels, lines[0] == lines[1], len({line[1] for line in lines[0]}), [len(line[2]) for line in lines[0]]


# --- Contexts ---------------------------------------------------------------------------


def defaults():
    context = ssl.create_default_context()
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    return [
        (c.minimum_version.name, c.maximum_version.name, int(c.options), int(c.verify_flags), c.verify_mode.name,
         c.check_hostname, c.security_level, c.num_tickets, c.post_handshake_auth, c.session_stats())
        for c in (context, server)
    ]


def versions():
    said = []
    for lowest, highest in (("TLSv1_2", "TLSv1_2"), ("TLSv1_3", "MAXIMUM_SUPPORTED"), ("MINIMUM_SUPPORTED", "TLSv1_2"),
                            ("MINIMUM_SUPPORTED", "MAXIMUM_SUPPORTED")):
        context = client_context()
        context.minimum_version, context.maximum_version = ssl.TLSVersion[lowest], ssl.TLSVersion[highest]
        said.append((context.minimum_version.name, context.maximum_version.name, both(context, server_context())))
    return said


def options():
    context = client_context()
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_TLSv1_3 | ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_IGNORE_UNEXPECTED_EOF
    first = int(context.options)
    context.options &= ~ssl.OP_NO_TICKET
    return first, int(context.options), both(context, server_context())


def cipher_lists():
    said = []
    for text in (SUITES, "ECDHE+AESGCM:!aNULL", "ECDHE+CHACHA20", "ECDHE-RSA-AES128-GCM-SHA256", "NOSUCH", "@SECLEVEL=3:ECDHE+AESGCM", ""):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.set_ciphers(text)
            said.append([cipher["name"] for cipher in context.get_ciphers()])
        except ssl.SSLError as error:
            said.append(described(error))
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    said.append(context.get_ciphers())
    return said


def trust_by(how):
    context = client_context(ca=None)
    with open(path("ca.pem")) as file:
        pem = file.read()
    if how == "data":
        context.load_verify_locations(cadata=pem)
    elif how == "der":
        context.load_verify_locations(cadata=ssl.PEM_cert_to_DER_cert(pem))
    elif how == "folder":
        context.load_verify_locations(capath=path("hashed"))
    before = context.cert_store_stats(), len(context.get_ca_certs())
    return before, both(context, server_context()), len(context.get_ca_certs(binary_form=True))


def bad_locations():
    said = []
    for arguments in (dict(cafile=path("nothing.pem")), dict(cafile=path("server.key")), dict(cadata="nonsense"),
                      dict(cadata=b"nonsense"), dict(capath=path("nothing"))):
        try:
            said.append(client_context(ca=None).load_verify_locations(**arguments))
        except OSError as error:
            said.append(described(error).replace(pki, ""))
    return said


def key_with_password(password):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(path("server.pem"), path("encrypted.key"), password=password)
    except (OSError, ValueError, RuntimeError) as error:
        return described(error)
    return both(client_context(), context)


def refuse():
    raise RuntimeError("no password today")


def chains():
    said = []
    for names in (("server.pem", "client.key"), ("nothing.pem", None), ("server.pem", "ca.pem"), ("server.key", "server.key")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            said.append(context.load_cert_chain(path(names[0]), names[1] and path(names[1])))
        except OSError as error:
            said.append(described(error).replace(pki, ""))
    return said


# --- Names, protocols -----------------------------------------------------------------------


def server_names(version):
    """A server that chooses its context, an alert, or to go on, by the name it is asked for."""
    first, second = server_context(version), server_context(version, "wronghost")
    asked = []

    def choose(connection, name, context):
        asked.append((name, context is first))
        if name == "elsewhere.example":
            connection.context = second
        if name == "refused.example":
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if name == "broken.example":
            raise RuntimeError("in a callback")

    first.sni_callback = choose
    sys.unraisablehook = lambda _: None
    client = client_context(version)
    said = [both(client, first, hostname=name) for name in
            ("localhost", "elsewhere.example", "refused.example", "broken.example", "127.0.0.1", "b\u00fccher.example")]
    return said, asked


def protocols(version, mine, theirs):
    def of(connection):
        chosen = connection.selected_alpn_protocol()
        close_in_order(connection)
        return chosen

    return talk(client_context(version, alpn=mine), server_context(version, alpn=theirs), of, of)


# --- Sessions -----------------------------------------------------------------------------


def sessions(version):
    """Five connections, each with the session of the one before; what is counted."""
    client, server = client_context(version), server_context(version)
    session, said = None, []
    for _ in range(5):

        def of(connection):
            nonlocal session
            connection.recv(1)
            connection.sendall(b"!")
            session, reused = connection.session, connection.session_reused
            close_in_order(connection)
            return reused

        said.append(talk(client, server, of, greet, session=session)[0])
    fields = len(session.id), session.has_ticket, session.timeout, session.ticket_lifetime_hint > 0
    return said, fields, client.session_stats(), server.session_stats()


def sessions_without_tickets(version):
    server = server_context(version)
    server.options |= ssl.OP_NO_TICKET
    client, session, said = client_context(version), None, []
    for _ in range(3):

        def of(connection):
            nonlocal session
            connection.recv(1)
            connection.sendall(b"!")
            session, reused = connection.session, connection.session_reused
            close_in_order(connection)
            return reused

        said.append(talk(client, server, of, greet, session=session)[0])
    return said, len(session.id), session.has_ticket, server.session_stats()


def sessions_of_others(version):
    """A session that another client context, or a server without its key, made."""
    client, server = client_context(version), server_context(version)
    kept = []

    def of(connection):
        connection.recv(1)
        connection.sendall(b"!")
        kept.append(connection.session)
        reused = connection.session_reused
        close_in_order(connection)
        return reused

    talk(client, server, of, greet)
    said = [talk(client, server_context(version), of, greet, session=kept[0])[0]]
    said.append(talk(client_context(version), server, of, greet, session=kept[0])[0])

    def too_late(connection):
        connection.session = kept[0]

    said.append(talk(client, server, too_late, greet)[0])
    said.append(kept[0] == kept[0])
    return said


# --- Client certificates ----------------------------------------------------------------------


def client_certificates(version, mode, name):
    server, client = server_context(version), client_context(version)
    server.load_verify_locations(path("ca.pem"))
    server.verify_mode = mode
    if name:
        client.load_cert_chain(path(name + ".pem"), path(name + ".key"))

    def of(connection):
        got = connection.recv(1)
        close_in_order(connection)
        return got

    def answer(connection):
        certificate = connection.getpeercert()
        connection.sendall(b"!")
        connection.recv(1)
        return certificate and certificate["subject"], bool(connection.getpeercert(True))

    return talk(client, server, of, answer)


# --- How connections end -------------------------------------------------------------------------


def unwrapped(version):
    """TLS, plain text, and TLS again over one connection."""

    def of(connection):
        connection.sendall(b"in TLS")
        said = [connection.recv(99)]
        plain = connection.unwrap()
        plain.sendall(b"in the clear")
        said.append(plain.recv(99))
        again = client.wrap_socket(plain, server_hostname="localhost")
        again.sendall(b"again")
        said.append(again.recv(99))
        close_in_order(again)
        again.close()
        return said

    def answer(connection):
        connection.sendall(connection.recv(99).upper())
        plain = connection.unwrap()
        plain.sendall(plain.recv(99).upper())
        with server.wrap_socket(plain, server_side=True) as again:
            again.sendall(again.recv(99).upper())
            said = again.recv(99)
            close_in_order(again)
            return said

    client, server = client_context(version), server_context(version)
    return talk(client, server, of, answer)


def endings(version, suppress, how):
    """What a client reads when the server goes away, with and without close_notify."""

    def of(connection):
        connection.sendall(b"x")
        said = [connection.recv(1)]
        for _ in range(2):
            try:
                said.append(connection.recv(1))
            except OSError as error:
                said.append(described(error))
        return said

    def leave(connection):
        connection.sendall(connection.recv(1))
        if how == "notify":
            close_in_order(connection)

    ends = socket.socketpair()
    for end in ends:
        end.settimeout(60)
    server, client = server_context(version), client_context(version)

    def serve():
        connection = server.wrap_socket(ends[1], server_side=True)
        with contextlib.suppress(OSError):
            leave(connection)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with client.wrap_socket(ends[0], server_hostname="localhost", suppress_ragged_eofs=suppress) as connection:
        said = of(connection)
    thread.join()
    return said


def zero_return(version):
    """read() of an SSLObject after close_notify, write after unwrap."""
    client, server = in_memory(client_context(version), server_context(version))
    server.object.write(b"x")
    ask(server.object.unwrap)
    move(client, server)
    said = [ask(client.object.read, 5), ask(client.object.read, 5), ask(client.object.unwrap)]
    move(client, server)
    return said + [ask(server.object.unwrap), ask(client.object.write, b"y"), ask(server.object.read, 1)]


# --- Wrong peers, wrong bytes -----------------------------------------------------------------------


def to_server(data, version=None):
    """What a server makes of bytes from a client that then closes, and the alert it answers."""
    ends = socket.socketpair()
    ends[0].sendall(data)
    ends[0].shutdown(socket.SHUT_WR)
    ends[1].settimeout(60)
    try:
        server_context(version).wrap_socket(ends[1], server_side=True)
        said = "a handshake?"
    except OSError as error:
        said = described(error)
    ends[1].close()
    try:
        answer = ends[0].recv(99)[-2:].hex()
    except OSError as error:
        answer = described(error)
    ends[0].close()
    return said, answer


def to_client(data, version=None):
    ends = socket.socketpair()
    ends[1].sendall(data)
    ends[1].shutdown(socket.SHUT_WR)
    ends[0].settimeout(60)
    try:
        client_context(version=version).wrap_socket(ends[0], server_hostname="localhost")
        said = "a handshake?"
    except OSError as error:
        said = described(error)
    finally:
        ends[0].close()
        ends[1].close()
    return said


class Side:
    def __init__(self, context, **options):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.object = context.wrap_bio(self.incoming, self.outgoing, **options)


def ask(function, *arguments):
    try:
        return function(*arguments)
    except (OSError, ValueError) as error:
        return described(error)


def move(one, other):
    """Carries what each has to send to the other; how many bytes."""
    first, second = one.outgoing.read(), other.outgoing.read()
    if first:
        other.incoming.write(first)
    if second:
        one.incoming.write(second)
    return len(first) + len(second)


def in_memory(client, server):
    """A finished handshake over memory BIOs, tickets delivered."""
    one, other = Side(client, server_hostname="localhost"), Side(server, server_side=True)
    done = set()
    for _ in range(10):
        for side in one, other:
            if side not in done:
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.object.do_handshake()
                    done.add(side)
            move(one, other)
    return one, other


def memory(version):
    """The steps of a handshake over memory BIOs: who wants what, and when."""
    one = Side(client_context(version), server_hostname="localhost")
    other = Side(server_context(version), server_side=True)
    said = []
    for _ in range(4):
        for name, side in ("client", one), ("server", other):
            said.append((name, ask(side.object.do_handshake), side.outgoing.pending > 0))
            move(one, other)
    said += [ask(one.object.read, 5), one.object.write(b"hello"), move(one, other) > 0]
    said += [other.object.read(2), other.object.pending(), other.object.read(9), ask(other.object.read, 9)]
    buffer = bytearray(8)
    other.object.write(b"to a buffer")
    move(one, other)
    said += [one.object.read(8, buffer), bytes(buffer), one.object.pending()]
    one.incoming.write_eof()
    return said + [one.object.read(9), ask(one.object.read, 9)]


def damaged(version, what):
    """A record with a flipped bit, cut off, too long, of an unknown type, in the clear."""
    one, other = in_memory(client_context(version), server_context(version))
    one.object.write(b"hello")
    record = bytearray(one.outgoing.read())
    if what == "flipped":
        record[-1] ^= 1
    elif what == "cut":
        record = record[:-1]
    elif what == "long":
        record = b"\x17\x03\x03\xff\xff" + b"\0" * 100
    elif what == "type":
        record[0] = 99
    elif what == "version":
        record[1] = 9
    elif what == "clear":
        record = b"\x17\x03\x03\x00\x05hello"
    elif what == "alert":
        record = b"\x15\x03\x03\x00\x02\x02\x28"
    other.incoming.write(bytes(record))
    if what == "cut":
        other.incoming.write_eof()
    said = [ask(other.object.read, 9), ask(other.object.read, 9), other.outgoing.pending > 0]
    move(one, other)
    return said + [ask(one.object.read, 9)]


def not_blocking(version):
    """Both ends without blocking, in one thread, moved by select; 3 MB each way."""
    ends = socket.socketpair()
    for end in ends:
        end.setblocking(False)
    client = client_context(version).wrap_socket(ends[0], server_hostname="localhost", do_handshake_on_connect=False)
    server = server_context(version).wrap_socket(ends[1], server_side=True, do_handshake_on_connect=False)
    wants = set()

    def until_done(function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ssl.SSLWantReadError as error:
                wants.add(described(error))
                yield "read"
            except ssl.SSLWantWriteError as error:
                wants.add(described(error))
                yield "write"

    data = os.urandom(3_000_000)
    got = {}

    def run(connection):
        yield from until_done(connection.do_handshake)
        sent, received = 0, bytearray()
        while sent < len(data) or len(received) < len(data):
            if sent < len(data):
                with contextlib.suppress(ssl.SSLWantWriteError):
                    sent += connection.send(data[sent:sent + 100_000])
            try:
                received += connection.recv(100_000)
            except ssl.SSLWantReadError:
                yield "read" if sent == len(data) else "either"
        got[connection] = bytes(received)

    runs = {client: run(client), server: run(server)}
    while runs:
        waiting = {}
        for connection in list(runs):
            try:
                waiting[connection] = next(runs[connection])
            except StopIteration:
                del runs[connection]
        if runs:
            select.select([c for c, w in waiting.items() if w != "write"],
                          [c for c, w in waiting.items() if w != "read"], [], 5)
    outcome = [got[c] == data for c in (client, server)], sorted(wants)
    client.close()
    server.close()
    return outcome


def shapes(version):
    """Reads and writes of every shape: recv_into, makefile, send of nothing, memoryview."""

    def of(connection):
        said = [connection.send(b""), connection.send(memoryview(b"line one\nline two\n"))]
        buffer = bytearray(5)
        said += [connection.recv_into(buffer), bytes(buffer), connection.pending(), connection.recv(0)]
        file = connection.makefile("rwb")
        said += [file.readline(), file.readline()]
        file.write(b"z" * 100_000)
        file.flush()
        said += [len(file.read(100_000))]
        for function in (connection.sendmsg, connection.recvmsg, lambda *_: connection.recv(1, socket.MSG_PEEK)):
            try:
                said.append(function([b"x"]))
            except (NotImplementedError, ValueError) as error:
                said.append(described(error))
        close_in_order(connection)
        return said

    return talk(client_context(version), server_context(version), of)[0]


def messages(version):
    """The handshake messages that Python's debugging callback sees, in order."""
    seen = {"client": [], "server": []}
    client, server = client_context(version), server_context(version)
    for name, context in ("client", client), ("server", server):
        def note(connection, direction, version, content, message, data, name=name):
            if content.name == "HANDSHAKE":
                seen[name].append(f"{direction} {message.name}")
        context._msg_callback = note
    outcome = both(client, server)
    return outcome, seen


# --- asyncio ----------------------------------------------------------------------------------


def streams(version):
    """Streams: 60 connections at once, 300 KB each way, closed in order."""
    data = os.urandom(300_000)

    async def answer(reader, writer):
        writer.write(await reader.readexactly(len(data)))
        await writer.drain()
        writer.close()

    async def visit(port, context):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(data)
        await writer.drain()
        got = await reader.read()
        version = writer.get_extra_info("ssl_object").version()
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        return got == data, version, rest

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server_context(version))
        port = server.sockets[0].getsockname()[1]
        context = client_context(version)
        said = await asyncio.gather(*(visit(port, context) for _ in range(60)))
        server.close()
        await server.wait_closed()
        return len(said), set(said)

    return asyncio.run(main())


def start_tls(version):
    """A plain protocol that goes over to TLS, by StreamWriter.start_tls at both ends."""

    async def answer(reader, writer):
        writer.write(b"plain " + await reader.readline())
        await writer.drain()
        await writer.start_tls(server_context(version))
        writer.write(b"tls " + await reader.readline())
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"one\n")
        said = [await reader.readline()]
        await writer.start_tls(client_context(version), server_hostname="localhost")
        writer.write(b"two\n")
        said += [await reader.readline(), await reader.read(), writer.get_extra_info("cipher") is not None]
        writer.close()
        await writer.wait_closed()
        server.close()
        return said

    return asyncio.run(main())


def asynchronous_errors():
    """A wrong root, a wrong host, a server that is silent, a server that isn't TLS."""

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    async def plain(reader, writer):
        writer.write(b"220 here is no TLS\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async def main():
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=server_context())
        mute = await asyncio.start_server(silent, "127.0.0.1", 0)
        clear = await asyncio.start_server(plain, "127.0.0.1", 0)
        said = []
        for target, context, host, timeout in (
            (server, client_context(ca="otherca.pem"), "localhost", 20),
            (server, client_context(), "elsewhere.example", 20),
            (mute, client_context(), "localhost", 0.3),
            (clear, client_context(), "localhost", 20),
        ):
            try:
                await asyncio.open_connection(*target.sockets[0].getsockname(), ssl=context, server_hostname=host,
                                              ssl_handshake_timeout=timeout)
                said.append("connected?")
            except OSError as error:
                said.append(described(error))
        for target in server, mute, clear:
            target.close()
        return said

    return asyncio.run(main())


# --- HTTPS ----------------------------------------------------------------------------------------


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.path.encode() * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def https(context):
    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 200

        def get_request(self):
            connection, address = super().get_request()
            return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, *_):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs=dict(poll_interval=0.05))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def http_client():
    with https(server_context()) as port:
        connection = http.client.HTTPSConnection("localhost", port, context=client_context(), timeout=60)
        said = []
        for path in "/a", "/b", "/c":
            connection.request("GET", path)
            response = connection.getresponse()
            said.append((response.status, len(response.read())))
        connection.close()
        with open(os.path.join(pki, "server.pem")) as file:
            said.append(ssl.get_server_certificate(("localhost", port), ca_certs=path_of_root) == file.read())
        return said


path_of_root = path("ca.pem")


def url(name, ca):
    with https(server_context(name=name)) as port:
        try:
            with urllib.request.urlopen(f"https://localhost:{port}/x", context=client_context(ca=ca), timeout=60) as answer:
                return answer.status, len(answer.read())
        except urllib.error.URLError as error:
            return described(error.reason)


# --- Threads and processes ---------------------------------------------------------------------------


def many_threads(version):
    """16 threads, 25 connections each, one client and one server context, each thread with
    the session of its connection before."""
    client, server = client_context(version), server_context(version)
    counts, lock = {}, threading.Lock()

    def visit():
        session = None
        for number in range(25):

            def of(connection):
                nonlocal session
                connection.recv(1)
                connection.sendall(b"!")
                session, reused = connection.session, connection.session_reused
                close_in_order(connection)
                return "reused" if reused else "new"

            outcome = talk(client, server, of, greet, session=session)[0]
            with lock:
                counts[outcome] = counts.get(outcome, 0) + 1

    threads = [threading.Thread(target=visit) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(counts.items())


def children(version):
    """A server that forks a child for each connection: sessions resume in the next child."""
    listener = socket.create_server(("127.0.0.1", 0))
    client, server = client_context(version), server_context(version)
    session, said = None, []
    for _ in range(4):
        child = os.fork()
        if child == 0:
            try:
                connection, _ = listener.accept()
                with server.wrap_socket(connection, server_side=True) as secure:
                    greet(secure)
            finally:
                os._exit(0)
        plain = socket.create_connection(listener.getsockname())
        with client.wrap_socket(plain, server_hostname="localhost", session=session) as connection:
            connection.recv(1)
            connection.sendall(b"!")
            session = connection.session
            said.append(connection.session_reused)
            close_in_order(connection)
        said.append(os.waitpid(child, 0)[1])
    listener.close()
    return said


# --- The list -------------------------------------------------------------------------------------------

print("# Python", sys.version.split()[0], ssl.OPENSSL_VERSION, file=sys.stderr)
for version in TLS12, TLS13:
    at = version.name.replace("v1_", " 1.")
    number = at[4:]
    scenario(f"{at}: version, cipher, ALPN, shared ciphers", f"*TLSv{number}*AES?256*h2*AES*", facts, version)
    scenario(f"{at}: tls-unique, the same at both ends", "([[](False, *, True), (True, *, True)], 2)", channel_binding, version)
    scenario(f"{at}: key log", "('ok | ok', [[]'CLIENT*, True, 1, *", key_log, version)
    scenario(f"{at}: handshake messages seen", "('ok | ok', {*CLIENT_HELLO*FINISHED*", messages, version)
    scenario(f"{at}: SNI chooses the context, an alert, an error", "(['ok | ok', 'ok | ok', '*SSLError*", server_names, version)
    scenario(f"{at}: ALPN agreed", "*'b', 'b'*", protocols, version, ["a", "b"], ["b", "c"])
    scenario(f"{at}: ALPN without common protocol", "*None, None*", protocols, version, ["a"], ["b", "c"])
    scenario(f"{at}: ALPN offered alone", "*None, None*", protocols, version, ["a"], None)
    scenario(f"{at}: sessions, and what is counted", "([[]False, True, True, True, True]*'hits': 4*", sessions, version)
    scenario(f"{at}: sessions without tickets", "([[]False, True, True]*", sessions_without_tickets, version)
    scenario(f"{at}: sessions of others", "[[]False, 'ValueError*, 'ValueError*, True]", sessions_of_others, version)
    for mode in "NONE", "OPTIONAL", "REQUIRED":
        for name in None, "client", "otherclient":
            scenario(f"{at}: client certificates {mode.lower()}, {name or 'none'} shown", "*", client_certificates, version,
                     ssl.VerifyMode["CERT_" + mode], name)
    scenario(f"{at}: unwrap, plain text, wrap again", "[[][[]b'IN TLS', b'IN THE CLEAR', b'AGAIN'], b''*", unwrapped, version)
    for suppress in True, False:
        for how in "notify", "nothing":
            scenario(f"{at}: end with {how}, ragged ends {'suppressed' if suppress else 'raised'}", "[[]b'x', *", endings, version, suppress, how)
    scenario(f"{at}: errors after close_notify", "*PROTOCOL_IS_SHUTDOWN*SSLZeroReturnError errno 6*", zero_return, version)
    scenario(f"{at}: memory BIOs, step by step", "*SSLWantReadError errno 2*", memory, version)
    for what in "flipped", "cut", "long", "type", "version", "clear", "alert":
        scenario(f"{at}: a record damaged: {what}", "*Error*", damaged, version, what)
    scenario(f"{at}: without blocking, 3 MB each way", "([[]True, True], *", not_blocking, version)
    scenario(f"{at}: reads and writes of every shape", "[[]0, 18, 5, b'line ', *", shapes, version)
    scenario(f"{at}: asyncio streams, 60 at once", "(60, {(True, 'TLSv%s', b'')})" % number, streams, version)
    scenario(f"{at}: asyncio start_tls", "[[]b'plain one?n', b'tls two?n', b'', True]", start_tls, version)
    scenario(f"{at}: 16 threads, 400 connections", "[[]('new', 16), ('reused', 384)]", many_threads, version)
    scenario(f"{at}: a child for each connection", "[[]False, 0, True, 0, True, 0, True, 0]", children, version)
    scenario(f"{at}: no common cipher", "*NO_SHARED_CIPHER*" if version == TLS12 else "ok | ok", lambda: both(
        client_context(version, ciphers="ECDHE-RSA-AES128-GCM-SHA256"), server_context(version)))
    for ca, name, host, word in (("otherca.pem", "server", "localhost", "*verify 20*"), ("ca.pem", "expired", "localhost", "*verify 10*"),
                                 ("ca.pem", "selfsigned", "localhost", "*verify 18*"), ("ca.pem", "server", "elsewhere.example", "*verify 62*"),
                                 ("ca.pem", "server", "10.0.0.1", "*verify 64*"), ("ca.pem", "server", "127.0.0.1", "ok | ok"),
                                 (None, "server", "localhost", "*verify 20*"), ("ca.pem", "client", "client", "*verify 26*")):
        scenario(f"{at}: {name} for {host}, trusting {ca}", word,
                 lambda: both(client_context(version, ca=ca), server_context(version, name), hostname=host))
    scenario(f"{at}: certificate without a list of revoked ones", "*verify 3 *", lambda: both(
        client_context(version, verify_flags=ssl.VERIFY_CRL_CHECK_LEAF), server_context(version)))
    scenario(f"{at}: a server with a client's certificate", "*verify 26*", lambda: both(
        client_context(version, check_hostname=False), server_context(version, "client")))
    other = TLS12 if version == TLS13 else TLS13
    scenario(f"{at} alone, {other.name} alone at the server", "*", lambda: both(client_context(version), server_context(other)))
    for name, data in (("nothing", b""), ("HTTP", b"GET / HTTP/1.0\r\n\r\n"), ("HTTP CONNECT", b"CONNECT x:1 HTTP/1.0\r\n\r\n"),
                       ("text", b"hello, is there anybody?\r\n"), ("a cut record", b"\x16\x03\x01\x02\x00\x01"),
                       ("an alert", b"\x15\x03\x01\x00\x02\x02\x28"), ("application data", b"\x17\x03\x03\x00\x05hello"),
                       ("a long record", b"\x16\x03\x01\xff\xff" + b"\0" * 60), ("a bad message", b"\x16\x03\x01\x00\x04\x63\0\0\0"),
                       ("an SSL 2 hello", b"\x80\x2e\x01\x00\x02\x00\x15\0\0\0\x10" + b"\0" * 40)):
        scenario(f"{at}: to a server: {name}", "*", to_server, data, version)
        scenario(f"{at}: to a client: {name}", "*", to_client, data, version)

scenario("getpeercert in both forms", "*'subjectAltName': *, True)", peer_certificate)
scenario("getpeercert without verification", "({}, True)", unverified_certificate)
scenario("before the handshake", "*", before_handshake)
scenario("defaults of contexts", "*", defaults)
scenario("minimum and maximum version", "*", versions)
scenario("options", "*ok | ok*", options)
scenario("cipher lists", "*", cipher_lists)
for how, word in ("data", "*ok | ok*"), ("der", "*ok | ok*"), ("folder", "*ok | ok*"), ("nothing", "*verify 20*"):
    scenario(f"roots from {how}", word, trust_by, how)
scenario("roots that can't be loaded", "*", bad_locations)
for name, password, word in (("text", "secret", "ok | ok"), ("bytes", b"secret", "ok | ok"), ("a function", lambda: "secret", "ok | ok"),
                             ("a wrong one", "wrong", "SSLError*"), ("a function that raises", refuse, "RuntimeError*"),
                             ("too long", "x" * 2000, "ValueError*")):
    scenario(f"encrypted key, password: {name}", word, key_with_password, password)
scenario("chains that can't be loaded", "*KEY_VALUES_MISMATCH*", chains)
scenario("asyncio: wrong root, wrong host, silence, no TLS", "*verify 20*verify 62*", asynchronous_errors)
scenario("http.client, three requests; get_server_certificate", "*200, 2000)*True*", http_client)
for name, ca, word in (("server", "ca.pem", "(200, 2000)"), ("wronghost", "ca.pem", "*verify 62*"), ("expired", "ca.pem", "*verify 10*"),
                       ("selfsigned", "ca.pem", "*verify 18*"), ("server", "otherca.pem", "*verify 20*")):
    scenario(f"urllib: {name}, trusting {ca}", word, url, name, ca)
