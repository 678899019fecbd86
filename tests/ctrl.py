#!/usr/bin/env python3
"""Is abi/ctrl.tsv complete and current?

usage: ctrl.py

The table says of each command of SSL_ctrl, SSL_CTX_ctrl, SSL_callback_ctrl and
SSL_CTX_callback_ctrl what became of it. It must name every SSL_CTRL_* and
DTLS_CTRL_* of the system's header, with its number, and each of its rows must be
called by capi-tests/ctrl.c, which leaves a line for each call that was compared
and another for each command that it saw refused. Prints the counts.
"""
import collections
import pathlib
import re
import sys

import coverage

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = pathlib.Path("/usr/include/openssl/ssl.h")
OUTCOMES = ROOT / "capi-tests" / "build" / "ours" / "ctrl.outcomes"
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


def called():
    """What the test called: the rows compared, and the rows that it saw refused."""
    if not OUTCOMES.exists():
        sys.exit(f"{OUTCOMES} is missing: run capi-tests/run.sh first")
    compared, refused = collections.Counter(), set()
    for line in OUTCOMES.read_text().splitlines():
        words = line.split(" ")
        if words[0] not in FUNCTIONS:
            continue
        row = (words[0], words[1])
        if words[2] == "refused":
            refused.add(row)
        else:
            compared[row] += 1
    return compared, refused


def problems(rows):
    numbers = header_commands()
    compared, refused = called()
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


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    rows = coverage.table("ctrl.tsv")
    found = list(problems(rows))
    if found:
        sys.exit("abi/ctrl.tsv:\n" + "\n".join(found))
    counts = collections.Counter((row["function"], row["status"]) for row in rows)
    for function in FUNCTIONS:
        print(f"{function}: " + ", ".join(f"{counts[function, status]} {status}" for status in STATUSES))
    print(f"{sum(called()[0].values())} calls compared")


if __name__ == "__main__":
    main()
