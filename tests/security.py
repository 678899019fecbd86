#!/usr/bin/env python3
"""Are the tests there that docs/security.md and SECURITY.md name?

usage: security.py

A test of the C suite is named `FILE:TEST`, one in Rust by its source and its name, anything else by
its path. In the tables on the stock library's CVEs and on advisories each row's last column names a
test, or says `none: ` and why. Each has one row, and every advisory on rustls or AWS-LC that
tests/advisories knows has one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ["docs/security.md", "SECURITY.md"]
CRATES = ["rustls", "rustls-webpki", "aws-lc-rs", "aws-lc-sys"]
ROW = re.compile(r"^\| ((?:CVE-\d+|RUSTSEC-\d+)-\d+).*\| (.+) \|$", re.MULTILINE)


def tests_of_the_suite():
    """FILE:TEST, also with the versions that a test may run in."""
    names = set()
    for path in (ROOT / "capi-tests").glob("*.c"):
        for kind, name in re.findall(r"^(TEST\w*|SCENE)\((\w+)", path.read_text(), re.MULTILINE):
            endings = ["", "_tls12", "_tls13"] if kind == "TEST_VERSIONS" else [""]
            names.update(f"{path.stem}:{name}{ending}" for ending in endings)
    return names


def is_rust_test(path, name):
    source = ROOT / path
    return source.is_file() and re.search(rf"#\[test\]\s+fn {re.escape(name)}\(", source.read_text()) is not None


def named(text):
    """What is named as a test or a path, in backquotes."""
    return [name for name in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(r"\w+:\w+|[\w.-]+(/[\w.-]*)+(:\w+)?", name)]


def is_there(name, tests):
    path, _, test = name.partition(":")
    if "/" not in path:
        return name in tests
    if test:
        return is_rust_test(path, test)
    # What is built is not in the tree.
    return path.startswith("target/") or (ROOT / path).exists()


def rows_of(text):
    complaints, seen = [], set()
    for number, shown in ROW.findall(text):
        if number in seen:
            complaints.append(f"{number} has two rows")
        seen.add(number)
        if not named(shown) and not shown.startswith("none: "):
            complaints.append(f"{number}: the last column names no test and gives no reason")
    return complaints, seen


def known_advisories():
    for line in (ROOT / "tests/advisories/advisories.tsv").read_text().splitlines()[2:]:
        number, crate = line.split("\t")[:2]
        if crate in CRATES:
            yield number


def main():
    tests, complaints, count = tests_of_the_suite(), [], 0
    for page in PAGES:
        names = named((ROOT / page).read_text())
        count += len(names)
        complaints += [f"{page}: there is no {name}" for name in names if not is_there(name, tests)]
    wrong, rows = rows_of((ROOT / PAGES[0]).read_text())
    complaints += wrong + [f"{PAGES[0]}: no row for {number}" for number in known_advisories() if number not in rows]
    for complaint in complaints:
        print(f"FAIL {complaint}")
    print(f"{len(rows)} CVEs and advisories, {count} names of tests and files")
    sys.exit(1 if complaints or not rows or not count else 0)


main()
