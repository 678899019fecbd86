#!/usr/bin/env python3
"""checks.py [--renew OPENSSL-SOURCE | --witness [FILE...]]: the places where the stock libssl fails a
handshake, a record or a call, which are listed in abi/checks.tsv, and what shows of each that
Tessera refuses the same.

A row's witness is a C test (`FILE:TEST`) that provokes it on the stock library, and passes
on both; or `not here:` with the reason why it cannot arise in Tessera, or what refuses earlier,
and the test that shows it.
What has neither yet is `todo`, and counts as failed here.

--renew lists the places again from a source tree of OpenSSL 3, and keeps what is known of
each: class, condition and witness. A new place has the condition `todo`.
--witness runs every test of the C suite on the stock library, each in a process of its own
under capi-tests/raised/raised.c, which sees where errors are raised, and writes down for each
place the test that raises the fewest others; with names of files their tests alone, for what is
still to do. The suite must have been compiled, and the library be
of the release that the list was made from, since places are known by their lines.

Classes: `peer`, what a peer does; `own`, what this side's program has set or its callbacks
answer; `call`, a call that fails outside of handshakes and records; `internal` and `allocation`,
where libcrypto, memory or the library itself fails; `dtls`; `refused`, what Tessera has not.
"""
import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
table = os.path.join(top, "abi/checks.tsv")
suite = os.path.join(top, "capi-tests")
programs = os.path.join(suite, "build/system")

FOLDERS = ["statem", "record"]
FILES = ["t1_lib.c", "s3_lib.c", "ssl_cert.c", "ssl_sess.c", "t1_enc.c", "tls13_enc.c", "s3_enc.c", "s3_msg.c"]
COLUMNS = ["file", "line", "function", "reason", "alert", "class", "condition", "witness"]

INTERNAL = {f"ERR_R_{lib}_LIB" for lib in ("EVP", "EC", "BN", "BUF", "X509", "CRYPTO", "SSL")} | {
    "ERR_R_INTERNAL_ERROR", "LIBRARY_BUG", "BAD_HANDSHAKE_STATE", "MISSING_FATAL", "COPY_PARAMETERS_FAILED",
}
# What Tessera has not: by function and reason, with the test that shows what becomes of it.
REFUSED = [
    (r"^(dtls|DTLS)|_dtls|^do_dtls", r"", "dtls", "DTLS: capi/dtls.rs makes no context for it; left_out:dtls"),
    (r"srp", r"SRP", "refused", "SRP: rustls has no such suite, and capi/srp.rs fails; left_out:srp"),
    (r"gost", r"GOST", "refused", "GOST: rustls has no such suite, and no list of ciphers can name one; ciphers:rules_of_a_cipher_list"),
    (r"(^|_)dhe$|^ssl_get_auto_dh$", r"DH_KEY_TOO_SMALL|TMP_DH", "refused", "DHE: rustls has no such suite, and parameters are dropped; left_out:dh_parameters"),
    (r"cke_rsa$", r"RSA_ENCRYPT", "refused", "static RSA: rustls has no such suite; ciphers:rules_of_a_cipher_list"),
    (r"(ske|cke)_psk_preamble$", r"", "refused", "PSK in TLS 1.2: rustls has no such suite; left_out:pre_shared_keys"),
    (r"use_srtp$", r"SRTP", "refused", "SRTP: it is of DTLS, and an offer in TLS is passed over; features:srtp_profiles"),
    (r"npn$|next_proto", r"", "refused", "NPN: it is never offered nor taken; left_out:npn"),
    (r"^ssl3_do_(un)?compress$", r"^COMPRESS(ION|ED)_[FL]|BAD_DECOMPRESSION", "refused", "compression: rustls offers and takes the null method alone; further:compression_methods_of_a_hello"),
    (r"post_handshake_auth|^SSL_verify_client_post", r"", "refused", "post-handshake authentication: it is never offered nor asked for; left_out:asking_later"),
    (r"^tls_(parse_ctos|construct_stoc)_cookie$", r"", "refused", "stateless cookies: SSL_stateless fails, and sends none; left_out:small_ones"),
    (r"^(ssl3_(setup_key_block|change_cipher_state|generate_master_secret|generate_key_block|final_finish_mac|enc)|n_ssl3_mac)$", r"", "refused",
     "SSL 3.0: rustls does not have it; left_out:old_methods"),
]

# --- The list -----------------------------------------------------------------------------------


def read_table():
    with open(table, encoding="utf-8") as file:
        head, *lines = file.read().splitlines()
    if head.split("\t") != COLUMNS:
        sys.exit(f"{table}: other columns than this program knows")
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]


def write_table(rows):
    with open(table, "w", encoding="utf-8") as file:
        for row in [dict(zip(COLUMNS, COLUMNS)), *rows]:
            print("\t".join(str(row[column]) for column in COLUMNS), file=file)


def keyed(rows):
    """Rows by what identifies a place in another release as well: not by its line."""
    times = collections.Counter()
    by_key = {}
    for row in rows:
        key = row["file"], row["function"], row["reason"], row["alert"]
        times[key] += 1
        by_key[*key, times[key]] = row
    return by_key


# --- OpenSSL's source ---------------------------------------------------------------------------


def function_of(text, body):
    """The name of the function whose body opens there: what is before the last parentheses."""
    at = text.rindex(")", 0, body)
    depth = 1
    while depth:
        at -= 1
        depth += {")": 1, "(": -1}.get(text[at], 0)
    return re.search(r"(\w+)\s*$", text[:at])[1]


def arguments(text, at):
    depth, end = 1, at
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    return [" ".join(part.split()) for part in re.split(r",(?![^()]*\))", text[at : end - 1])]


def name_of(expression, prefixes):
    """A constant without its prefix; two of which one is chosen, both; else it varies."""
    names = [re.sub(rf"^({prefixes})_", "", name) for name in re.findall(rf"\b(?:(?:{prefixes})|ERR_R)_\w+", expression)]
    return "|".join(dict.fromkeys(names)) or "varies"


def places(source, name):
    with open(os.path.join(source, "ssl", name), encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), file.read(), flags=re.DOTALL)
    bodies = [match.start() for match in re.finditer(r"^\{", text, re.MULTILINE)]
    for match in re.finditer(r"\b(SSLfatal|SSLfatal_data|SSLfatal_alert|ERR_raise|ERR_raise_data)\s*\(", text):
        if text[text.rfind("\n", 0, match.start()) + 1 :].startswith("#") and "define check_fatal" not in text[match.start() - 300 : match.start()]:
            continue
        of_call = arguments(text, match.end())
        fatal = match[1].startswith("SSLfatal")
        reason = of_call[2] if match[1] in ("SSLfatal", "SSLfatal_data") else of_call[1]
        before = [body for body in bodies if body < match.start()]
        yield {
            "file": name,
            "line": text.count("\n", 0, match.start()) + 1,
            "function": function_of(text, before[-1]),
            "reason": "" if match[1] == "SSLfatal_alert" else name_of(reason, "SSL_R"),
            "alert": name_of(of_call[1], "SSL_AD|SSL3_AD|TLS1_AD|TLS13_AD") if fatal else "",
            "class": "",
            "condition": "todo",
            "witness": "todo",
        }


def classify(row):
    """A place of which nothing is written yet: its class, and why it is not here, if a rule says so."""
    for function, reason, kind, why in REFUSED:
        if re.search(function, row["function"]) or reason and re.search(reason, row["reason"]):
            row.update({"class": kind, "condition": f"in {why.split(':')[0]} alone", "witness": f"not here: {why}"})
            return
    if row["file"] in ("statem/statem_dtls.c", "record/rec_layer_d1.c"):
        row.update({"class": "dtls", "condition": "in DTLS alone", "witness": f"not here: {REFUSED[0][3]}"})
    elif row["reason"] == "ERR_R_MALLOC_FAILURE":
        row.update({"class": "allocation", "condition": "memory is out", "witness": "not here: by its class"})
    elif row["reason"] in INTERNAL or not row["reason"]:
        row.update({"class": "internal", "condition": "libcrypto or the library itself fails", "witness": "not here: by its class"})
    else:
        row["class"] = "peer" if row["alert"] else "call"


def renew(source):
    names = [f"{folder}/{name}" for folder in FOLDERS for name in sorted(os.listdir(os.path.join(source, "ssl", folder)))]
    rows = [row for name in [*names, *FILES] if name.endswith(".c") for row in places(source, name)]
    known = keyed(read_table()) if os.path.exists(table) else {}
    for key, row in keyed(rows).items():
        if key in known:
            row.update({column: known[key][column] for column in ("class", "condition", "witness")})
        else:
            classify(row)
    write_table(rows)
    gone = len(known.keys() - keyed(rows).keys())
    print(f"{len(rows)} places, {len(keyed(rows).keys() - known.keys())} of them new; {gone} are gone")


# --- Witnesses ----------------------------------------------------------------------------------


def tests(only):
    """Each test of the suite, as program and name, but those that are never the same twice."""
    for program in sorted(os.listdir(programs)):
        if only and program not in only:
            continue
        if "." not in program and program != "mutations" and os.path.exists(os.path.join(suite, program + ".c")):
            listed = subprocess.run([os.path.join(programs, program), "-l"], capture_output=True, text=True).stdout.split()
            yield from ((program, name) for name in dict.fromkeys(listed))


def raised_by(library, test):
    """The places at which one test raises errors on the stock library; none if it fails."""
    program, name = test
    with tempfile.NamedTemporaryFile("r") as out:
        environment = dict(os.environ, TESSERA_EXPECT="stock", TESSERA_OUTCOMES="/dev/null", TESSERA_RAISED=out.name, LD_PRELOAD=library)
        environment.pop("LD_LIBRARY_PATH", None)
        done = subprocess.run([os.path.join(programs, program), name], env=environment, capture_output=True)
        return test, set(out.read().split()) if done.returncode == 0 else set()


def witness(only):
    rows = read_table()
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "raised.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-o", library, os.path.join(suite, "raised/raised.c"), "-ldl"], check=True)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            raised = dict(pool.map(lambda test: raised_by(library, test), tests(only)))
    listed = {f"{row['file']}:{row['line']}" for row in rows}
    files = {row["file"] for row in rows}
    unlisted = {place for place in set().union(*raised.values()) - listed if place.split(":")[0] in files}
    for place in sorted(unlisted):
        print(f"{place} is not in the list: this library is not built from that source; its file's witnesses stay")
    moved = {place.split(":")[0] for place in unlisted}
    for row in rows:
        if only and row["witness"] != "todo":
            continue
        here = [test for test, there in raised.items() if f"{row['file']}:{row['line']}" in there]
        if here and row["witness"] not in map(":".join, here):
            row["witness"] = ":".join(min(here, key=lambda test: (len(raised[test]), test)))
        elif not here and row["file"] not in moved and not row["witness"].startswith("not here: "):
            row["witness"] = "todo"
    write_table(rows)


# --- Whether the list is whole ---------------------------------------------------------------------


def named_tests():
    """FILE:TEST of each test in the suite's sources, also without the version at its end."""
    names = set()
    for program in os.listdir(suite):
        if program.endswith(".c"):
            with open(os.path.join(suite, program), encoding="utf-8") as file:
                for kind, name in re.findall(r"^TEST(\w*)\((\w+)\)", file.read(), re.MULTILINE):
                    endings = ["", "_tls12", "_tls13"] if kind == "_VERSIONS" else [""]
                    names.update(f"{program[:-2]}:{name}{ending}" for ending in endings)
    return names


def complaint(row, names):
    for column in ("class", "condition", "witness"):
        if row[column] in ("", "todo"):
            return f"no {column}"
    if row["witness"].startswith("not here: "):
        said = re.search(r"; (\w+:\w+)$", row["witness"])
        if not said:
            return None if row["class"] in ("internal", "allocation") else "a reason without a test"
        return f"no such test: {said[1]}" if said[1] not in names else None
    return None if row["witness"] in names else f"no such test: {row['witness']}"


def check():
    rows, names = read_table(), named_tests()
    failed = 0
    counts = collections.Counter()
    for row in rows:
        what = complaint(row, names)
        if what:
            failed += 1
            print(f"FAIL {row['file']}:{row['line']} {row['function']} {row['reason']}: {what}")
        shown = "todo" if what else "not here" if row["witness"].startswith("not here: ") else "witnessed"
        counts[row["class"], shown] += 1
    print(f"{'':12} {'witnessed':>10} {'not here':>10} {'todo':>10}")
    for kind in dict.fromkeys(row["class"] for row in rows):
        print(f"{kind:12}", *(f"{counts[kind, shown]:10}" for shown in ("witnessed", "not here", "todo")))
    print(f"{len(rows) - failed} passed, {failed} failed")
    sys.exit(failed != 0)


def main():
    if sys.argv[1:2] == ["--renew"] and len(sys.argv) == 3:
        renew(sys.argv[2])
    elif sys.argv[1:2] == ["--witness"]:
        witness(sys.argv[2:])
    else:
        check()


main()
