#!/usr/bin/env python3
"""Which packages of Debian 12 find every libssl function that they import?

usage: coverage.py [--missing N]

Reads abi/libssl.tsv (what each function's status is) and abi/packages.tsv (what
each package imports). A function counts when it is `done`, or `inert`: it answers
as OpenSSL does, for what no peer ever negotiates. Prints how many packages
import only functions that count, with the methods of TLS 1.0 and 1.1 among them and
without, then the N other functions that the most
packages import (default 20).
"""
import argparse
import collections
import csv
import pathlib
import sys

ABI = pathlib.Path(__file__).resolve().parent.parent / "abi"
STATUSES = {"done", "inert", "refused", "todo"}
# Inert because at Debian's security level OpenSSL's handshakes with them fail as well. At
# level 0 OpenSSL's succeed, so packages are also counted as if these were refused.
OLD_METHODS = {f"TLSv1{minor}{end}_method" for minor in ("", "_1") for end in ("", "_client", "_server")}
csv.field_size_limit(10**8)


def table(name):
    with open(ABI / name, newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def working(functions):
    """The functions that are done, or inert."""
    return {f["symbol"] for f in functions if f["status"] in ("done", "inert")}


def package_imports():
    """What each package imports from libssl."""
    return {
        p["package"]: set(p["symbols"].split(","))
        for p in table("packages.tsv")
        if p["population"] == "depends"
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", type=int, default=20)
    arguments = parser.parse_args()

    functions = table("libssl.tsv")
    wrong = [f["symbol"] for f in functions if f["status"] not in STATUSES]
    wrong += [f["symbol"] for f in functions if f["status"] == "refused" and not f["reason"]]
    if wrong:
        sys.exit(f"abi/libssl.tsv: no valid status, or refused without a reason: {', '.join(wrong)}")

    have, imports = working(functions), package_imports()
    counts = collections.Counter(f["status"] for f in functions)
    print(f"{len(functions)} functions: " + ", ".join(f"{counts[s]} {s}" for s in sorted(STATUSES)))
    for names, what in ((have, ""), (have - OLD_METHODS, ", the methods of TLS 1.0 and 1.1 counted as refused")):
        covered = sum(symbols <= names for symbols in imports.values())
        print(f"{covered} of {len(imports)} packages find all they import ({100 * covered / len(imports):.1f}%){what}")
    status = {f["symbol"]: f["status"] for f in functions}
    missing = collections.Counter(s for symbols in imports.values() for s in symbols - have)
    for symbol, packages in missing.most_common(arguments.missing):
        print(f"{packages:4d}  {status.get(symbol, 'unknown'):8s} {symbol}")


if __name__ == "__main__":
    main()
