#!/usr/bin/env python3
"""Are abi/ctrl.tsv and the rows of abi/libssl.tsv on what is left out current?

usage: tables.py

abi/ctrl.tsv says of each command of SSL_ctrl, SSL_CTX_ctrl, SSL_callback_ctrl and
SSL_CTX_callback_ctrl what became of it. It must name every SSL_CTRL_* and
DTLS_CTRL_* of the system's header, with its number, and each of its rows must be
called by capi-tests/ctrl.c, which leaves a line for each call that was compared
and another for each command that it saw refused. In the same way
capi-tests/left_out.c must call each function that is inert or refused. Prints the
counts.
"""
import collections
import pathlib
import re
import sys

import coverage

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = pathlib.Path("/usr/include/openssl/ssl.h")
OUTCOMES = ROOT / "capi-tests" / "build" / "ours"
FUNCTIONS = ["SSL_ctrl", "SSL_CTX_ctrl", "SSL_callback_ctrl", "SSL_CTX_callback_ctrl"]
STATUSES = ["done", "inert", "refused"]


def header_commands():
    """The numbers of the commands by name, without names that stand for another."""
    # What is commented out is not defined.
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
    text = text.replace("\\\n", " ")
    found = re.findall(r"^#[ \t]*define[ \t]+((?:SSL|DTLS)_CTRL_\w+)[ \t]+(\w+)", text, re.MULTILINE)
    numbers = {name: int(value) for name, value in found if value.isdigit()}
    unknown = [name for name, value in found if not value.isdigit() and value not in numbers]
    if not numbers or unknown:
        sys.exit(f"{HEADER}: commands of unknown value: {unknown}")
    return numbers


def called(test, words):
    """The first `words` words of a test's lines: those of calls compared, which are
    counted, and those that it saw refused."""
    path = OUTCOMES / f"{test}.outcomes"
    if not path.exists():
        sys.exit(f"{path} is missing: run capi-tests/run.sh first")
    compared, refused = collections.Counter(), set()
    for line in path.read_text().splitlines():
        found = line.split(" ")
        if not re.fullmatch(r"\w+", found[0]) or len(found) < words:
            continue
        key = tuple(found[:words])
        if found[words:] == ["refused"]:
            refused.add(key)
        else:
            compared[key] += 1
    return compared, refused


def commands():
    compared, refused = called("ctrl", 2)
    compared = collections.Counter({key: count for key, count in compared.items() if key[0] in FUNCTIONS})
    return compared, refused


def problems_of_commands(rows):
    numbers = header_commands()
    compared, refused = commands()
    status = {(row["function"], row["name"]): row["status"] for row in rows}
    named = {name for _, name in status}
    if len(status) != len(rows):
        yield "a row is there twice"
    for row in rows:
        key, label = (row["function"], row["name"]), f"{row['function']} {row['name']}"
        if row["function"] not in FUNCTIONS or row["status"] not in STATUSES:
            yield f"{label}: unknown function or status"
        if row["status"] != "done" and not row["reason"]:
            yield f"{label}: {row['status']} without a reason"
        if numbers.get(row["name"]) != int(row["number"]):
            yield f"{label}: the header has {numbers.get(row['name'])}, the table {row['number']}"
        if row["status"] != "refused" and (key not in compared or key in refused):
            yield f"{label}: {row['status']}, and capi-tests/ctrl.c does not compare it, or sees it refused"
        if row["status"] == "refused" and key not in compared and key not in refused:
            yield f"{label}: refused, and capi-tests/ctrl.c does not call it"
    yield from (f"{name}: in the header, not in the table" for name in sorted(set(numbers) - named))
    yield from (f"{' '.join(row)}: called, not in the table" for row in sorted((set(compared) | refused) - set(status)))


def problems_of_functions(rows):
    compared, refused = called("left_out", 1)
    status = {row["symbol"]: row["status"] for row in rows}
    for name, one in status.items():
        if one == "inert" and ((name,) not in compared or (name,) in refused):
            yield f"{name}: inert, and capi-tests/left_out.c does not compare it, or sees it refused"
        if one == "refused" and (name,) not in compared and (name,) not in refused:
            yield f"{name}: refused, and capi-tests/left_out.c does not call it"
    yield from (f"{name}: refused, and {status.get(name)} in the table"
                for (name,) in sorted(refused) if status.get(name) != "refused")


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    rows = coverage.table("ctrl.tsv")
    functions = coverage.table("libssl.tsv")
    found = [f"abi/ctrl.tsv: {problem}" for problem in problems_of_commands(rows)]
    found += [f"abi/libssl.tsv: {problem}" for problem in problems_of_functions(functions)]
    if found:
        sys.exit("\n".join(found))
    counts = collections.Counter((row["function"], row["status"]) for row in rows)
    for function in FUNCTIONS:
        print(f"{function}: " + ", ".join(f"{counts[function, status]} {status}" for status in STATUSES))
    print(f"{sum(commands()[0].values())} calls of commands compared")


if __name__ == "__main__":
    main()
