#!/usr/bin/env python3
"""What a whole run of tests/check.sh amounts to, counted from its output and from
the tables.

usage: counts.py [LOGS]

LOGS (default: build/check) is where check.sh keeps each step's output. What the C
tests compared is counted from the lines that they left on Tessera.
"""
import collections
import pathlib
import re
import sys

import compatibility
import coverage
import tables

ROOT = pathlib.Path(__file__).resolve().parent.parent
TESTS = ROOT / "capi-tests"
OUTCOMES = TESTS / "build" / "ours"
# What is known of OpenSSL's sessions is numbered; a test of a statement has its number.
STATEMENTS = set(range(1, 101))
NAME = re.compile(r"\b[A-Za-z_]\w*\b")


def log(logs, step):
    path = logs / f"{step}.log"
    if not path.exists():
        sys.exit(f"{path} is missing: the step {step} has not run")
    return path.read_text(errors="replace")


def outcomes(test):
    """The lines that a test left on Tessera, of the last run."""
    path = OUTCOMES / f"{test}.outcomes.tessera"
    if not path.exists():
        sys.exit(f"{path} is missing: run capi-tests/run.sh tessera")
    return path.read_text().splitlines()


def show_functions():
    functions = coverage.table("libssl.tsv")
    counts = collections.Counter(row["status"] for row in functions)
    print(f"functions: {len(functions)}: {counts['done']} done, {counts['inert']} inert, {counts['refused']} refused")
    have, imports = coverage.working(functions), coverage.package_imports()
    for names, what in ((have, "done or inert"), (have - coverage.OLD_METHODS, "so, TLS 1.0 and 1.1 counted as refused")):
        covered = sum(symbols <= names for symbols in imports.values())
        print(f"packages of Debian 12 all of whose functions are {what}: {covered} of {len(imports)}")


def show_commands():
    counts = collections.Counter((row["function"], row["status"]) for row in coverage.table("ctrl.tsv"))
    for function in tables.FUNCTIONS:
        print(f"commands of {function}: " + ", ".join(f"{counts[function, one]} {one}" for one in tables.STATUSES))


def macros(functions):
    """What functions each macro of libssl's headers leads to."""
    text = (ROOT / "include/openssl/ssl.h").read_text() + pathlib.Path("/usr/include/openssl/tls1.h").read_text()
    text = text.replace("\\\n", " ")
    bodies = dict(re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(?:\([^)]*\))?[ \t]+(.*)$", text, re.MULTILINE))
    leads = {}

    def follow(name, seen=frozenset()):
        if name in functions:
            return {name}
        if name not in bodies or name in seen:
            return set()
        if name not in leads:
            found = (follow(word, seen | {name}) for word in NAME.findall(bodies[name]))
            leads[name] = set().union(*found)
        return leads[name]

    for name in bodies:
        follow(name)
    return leads


def tests_of(path):
    """The tests of a file, each with the words of its body and of the functions of the
    file that it leads to."""
    text = re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"", " ", path.read_text(), flags=re.DOTALL)
    # Macros of the file's own stand for their bodies.
    flat = text.replace("\\\n", " ")
    bodies = dict(re.findall(r"^#define[ \t]+(\w+)(?:\([^)]*\))?[ \t]+(.*)$", flat, re.MULTILINE))
    tests = re.findall(r"^(TEST\w*)\((\w+)\)\s*\{(?:[ \t]*\n(.*?)^\}|([^\n]*)\}$)", text, re.MULTILINE | re.DOTALL)
    for name, body in re.findall(r"^[\w*][^;{}=#\n]*?(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL):
        bodies.setdefault(name, body)

    def words(body, seen):
        found = set(NAME.findall(body))
        for name in found & set(bodies) - seen:
            seen.add(name)
            found |= words(bodies[name], seen)
        return found

    for kind, name, body, line in tests:
        body += line
        names = [f"{name}_tls12", f"{name}_tls13"] if kind == "TEST_VERSIONS" else [name]
        for one in names:
            yield one, words(body, set())


def passed_tests(logs):
    """How many C tests passed on Tessera, and (file, test, words) of each that did not fail."""
    output = log(logs, "capi-tessera")
    failed = set(re.findall(r"^tessera/ours/(\w+): FAIL (\w+)", output, re.MULTILINE))
    ran = re.findall(r"^tessera/ours/(\w+): \w+: (\d+) passed, (\d+) failed(?:, (\d+) skipped)?", output, re.MULTILINE)
    found = []
    for file, *numbers in ran:
        tests = list(tests_of(TESTS / f"{file}.c"))
        if len(tests) != sum(int(number or 0) for number in numbers):
            sys.exit(f"{file}.c: {len(tests)} tests are found in the source, and {numbers} ran")
        found += [(file, name, words) for name, words in tests if (file, name) not in failed]
    return sum(int(passed) for _, passed, *_ in ran), found


def show_families(logs):
    """Whether each function that is done, and each statement, has a test that passed."""
    status = {row["symbol"]: row["status"] for row in coverage.table("libssl.tsv")}
    leads = macros(status)
    passed, tests = passed_tests(logs)
    used = [words & set(status) | set().union(*(leads[word] for word in words & set(leads))) for _, _, words in tests]
    print(f"C tests that passed on Tessera: {passed}; by family of functions, those that call any of it:")
    for stem, (_, names) in compatibility.families().items():
        done = sum(status[name] == "done" for name in names)
        calling = sum(bool(functions & set(names)) for functions in used)
        print(f"  {stem:16s} {done:3d} of {len(names):3d} functions done, {calling:4d} C tests")
    done = {name for name in status if status[name] == "done"}
    untested = done - set().union(*used)
    print(f"functions done that a C test calls: {len(done - untested)} of {len(done)}")
    numbers = [int(match[1]) for _, name, _ in tests if (match := re.match(r"statement_(\d+)_", name))]
    print(f"statements on sessions: {len(numbers)} C tests for {len(set(numbers))} of {len(STATEMENTS)}")
    for missing in sorted(untested) + sorted(STATEMENTS - set(numbers)):
        print(f"  no C test: {missing}")
    return not untested and STATEMENTS <= set(numbers)


def show_failures():
    lines = outcomes("failures")
    connections = {match[1] for line in lines if (match := re.match(r"(.* 1\.[23] \w+ fault), \w+: ", line))}
    situations = {re.sub(r" 1\.[23] \w+ fault$", "", name) for name in connections}
    differs = len(re.findall(r"\.differs = \w+", (TESTS / "failures.c").read_text()))
    print(f"failing connections: {len(situations)} situations in {len(connections)} connections, "
          f"{len(lines)} lines the same as on OpenSSL; {differs} rows of the table name a difference")


def show_authentication(logs):
    tries = collections.Counter()
    for line in outcomes("authentication"):
        match = re.match(r"1\.[23] (.*), (.*), (?:cache|tickets): in (\d) reused (\d) (server|client) ", line)
        if match:
            _, peer, let_in, reused, _ = match.groups()
            good = peer in ("good", "dual-good")
            tries["let through" if not good and let_in == "1" and reused == "0" else
                  "refused" if not good and let_in == "0" else
                  "resumed" if not good else "good"] += 1
    print(f"authentication, C tests: {tries['refused']} tries refused as they should be, {tries['let through']} let "
          f"through; {tries['resumed']} resumed as on OpenSSL, {tries['good']} good ones")
    found = re.findall(r"^(\w+) on tessera: (\d+) refused, (\d+) let in", log(logs, "authentication"), re.MULTILINE)
    refused, through = (sum(int(row[column]) for row in found) for column in (1, 2))
    print(f"authentication, programs ({', '.join(name for name, *_ in found)}): {refused} tries refused as they should "
          f"be, {through} let through")
    return tries["let through"] + through == 0 and refused > 0 and tries["refused"] > 0


def main():
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    logs = pathlib.Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "check"
    show_functions()
    show_commands()
    all_tested = show_families(logs)
    show_failures()
    if not show_authentication(logs):
        sys.exit("somebody was let through, or nobody was refused")
    if not all_tested:
        sys.exit("a function or a statement has no test")


if __name__ == "__main__":
    main()
