#!/usr/bin/env python3
"""Which packages of Debian 12 find every libssl function that they import?

usage: coverage.py [--missing N]

Reads abi/libssl.tsv (what each function's status is) and abi/packages.tsv (what
each package imports). A function counts when it is `done`, or `inert`: it answers
as OpenSSL does, for what no peer ever negotiates. Prints how many packages
import only functions that count, then the N other functions that the most
packages import (default 20).
"""
import argparse
import collections
import csv
import pathlib
import sys

ABI = pathlib.Path(__file__).resolve().parent.parent / "abi"
STATUSES = {"done", "inert", "refused", "todo"}
csv.field_size_limit(10**8)


def table(name):
    with open(ABI / name, newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--missing", type=int, default=20)
    arguments = parser.parse_args()

    functions = table("libssl.tsv")
    wrong = [f["symbol"] for f in functions if f["status"] not in STATUSES]
    wrong += [f["symbol"] for f in functions if f["status"] == "refused" and not f["reason"]]
    if wrong:
        sys.exit(f"abi/libssl.tsv: no valid status, or refused without a reason: {', '.join(wrong)}")

    have = {f["symbol"] for f in functions if f["status"] in ("done", "inert")}
    imports = {
        p["package"]: set(p["symbols"].split(","))
        for p in table("packages.tsv")
        if p["population"] == "depends"
    }
    covered = sum(symbols <= have for symbols in imports.values())
    counts = collections.Counter(f["status"] for f in functions)
    print(f"{len(functions)} functions: " + ", ".join(f"{counts[s]} {s}" for s in sorted(STATUSES)))
    print(f"{covered} of {len(imports)} packages find all they import ({100 * covered / len(imports):.1f}%)")
    status = {f["symbol"]: f["status"] for f in functions}
    missing = collections.Counter(s for symbols in imports.values() for s in symbols - have)
    for symbol, packages in missing.most_common(arguments.missing):
        print(f"{packages:4d}  {status.get(symbol, 'unknown'):8s} {symbol}")


if __name__ == "__main__":
    main()
