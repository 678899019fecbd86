#!/usr/bin/env python3
"""audit.py [--renew FOLDER DATE]: whether a Cargo.lock of this project has a version of a crate
with an advisory in tests/advisories: RustSec's, every one for any crate, as of the date that
is said there. A vulnerable or unsound version is a failure; one that is only no longer
maintained, and data that is old, are warnings. Nothing is fetched.

Where cargo-audit is installed, it judges the same files by the same data as well.

--renew FOLDER DATE writes the data again from a checkout of
https://github.com/rustsec/advisory-db as of that date.
"""
import datetime
import os
import re
import shutil
import subprocess
import sys
import tomllib

top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
data = os.path.join(top, "tests/advisories/advisories.tsv")
expanded = os.path.join(top, "build/advisories")
OLD = 90  # days
CARGO_AUDIT = "0.22.2"
COLUMNS = ["id", "package", "date", "kind", "patched", "unaffected", "title", "licence", "source"]

# Versions of which it is known whether they have an advisory: what shows that this program
# finds any.
KNOWN = [
    ("rustls", "0.23.4", "RUSTSEC-2024-0336"),
    ("rustls", "0.23.17", "RUSTSEC-2024-0399"),
    ("rustls", "0.23.18", None),
    ("rustls", "0.20.9", "RUSTSEC-2024-0336"),
    ("ring", "0.17.11", "RUSTSEC-2025-0009"),
    ("ring", "0.17.14", None),
    ("tokio-rustls", "0.12.2", "RUSTSEC-2020-0019"),
    ("tokio-rustls", "0.12.3", None),
    ("tokio-rustls", "0.11.0", None),
]


# --- Versions, as Cargo orders and names them ------------------------------------------------------


def version(text):
    """A version as a key to sort by; a pre-release comes before its release."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([\w.-]+))?(?:\+\S+)?", text)
    if not match:
        raise ValueError(f"not a version: {text}")
    pre = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in (match[4] or "").split(".") if part]
    return [int(part or 0) for part in match.group(1, 2, 3)], not pre, pre


def next_of_caret(text):
    """The first version that `^text` does not take: with no pre-release of the next."""
    numbers = [int(part) for part in re.split(r"[-+]", text)[0].split(".")]
    at = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    return ".".join(str(part) for part in [*numbers[:at], numbers[at] + 1]) + "-0"


def satisfies(of, comparator):
    operator, than = re.fullmatch(r"\s*([<>=^]*)\s*(\S+)\s*", comparator).groups()
    bound = version(than)
    if operator in ("", "^"):
        return bound <= of < version(next_of_caret(than))
    return {">=": of >= bound, ">": of > bound, "<": of < bound, "<=": of <= bound, "=": of == bound}[operator]


def affected(advisory, text):
    of = version(text)
    fine = [*advisory["patched"].split(" | "), *advisory["unaffected"].split(" | ")]
    return not any(all(satisfies(of, part) for part in range_.split(",")) for range_ in fine if range_)


# --- The data ---------------------------------------------------------------------------------------


def advisories():
    """The date of the data, and the advisories by the crate that each is about."""
    by_crate = {}
    with open(data, encoding="utf-8") as file:
        date = datetime.date.fromisoformat(re.fullmatch(r"# As of (\S+)\n", file.readline())[1])
        if file.readline().rstrip("\n").split("\t") != COLUMNS:
            sys.exit(f"{data}: other columns than this program knows")
        for line in file:
            advisory = dict(zip(COLUMNS, line.rstrip("\n").split("\t"), strict=True))
            by_crate.setdefault(advisory["package"], []).append(advisory)
    return date, by_crate


def found(by_crate, name, text):
    return [advisory for advisory in by_crate.get(name, []) if affected(advisory, text)]


def read_advisory(path):
    with open(path, encoding="utf-8") as file:
        front, text = re.fullmatch(r"```toml\n(.*?)\n```\n(.*)", file.read(), re.DOTALL).groups()
    front = tomllib.loads(front)
    about, versions = front["advisory"], front["versions"]
    if "withdrawn" in about:
        return None
    licensed = about.get("license", "CC0-1.0") != "CC0-1.0"
    row = {
        "id": about["id"],
        "package": about["package"],
        "date": about["date"],
        "kind": about.get("informational", "vulnerability"),
        "patched": " | ".join(part.strip() for part in versions.get("patched", [])),
        "unaffected": " | ".join(part.strip() for part in versions.get("unaffected", [])),
        "title": re.search(r"^# *(.+)", text, re.MULTILINE)[1].strip(),
        "licence": about["license"] if licensed else "",
        "source": about["url"] if licensed else "",
    }
    return [" ".join(str(row[column]).split()) for column in COLUMNS]


def renew(folder, date):
    datetime.date.fromisoformat(date)
    crates = os.path.join(folder, "crates")
    rows = []
    for crate in os.listdir(crates):
        for name in os.listdir(os.path.join(crates, crate)):
            rows.append(read_advisory(os.path.join(crates, crate, name)))
    rows = sorted((row for row in rows if row), key=lambda row: (row[1], row[0]))
    with open(data, "w", encoding="utf-8") as file:
        print("# As of", date, file=file)
        for row in [COLUMNS, *rows]:
            print("\t".join(row), file=file)
    print(f"{len(rows)} advisories for {len({row[1] for row in rows})} crates")


# --- What is judged ----------------------------------------------------------------------------------


def lock_files():
    listed = subprocess.run(["git", "-C", top, "ls-files", "*Cargo.lock"], capture_output=True, text=True).stdout.split()
    return listed or ["Cargo.lock"]


def foreign(lock):
    """The crates of a lock file that are not the project's own."""
    with open(os.path.join(top, lock), "rb") as file:
        return [(package["name"], package["version"]) for package in tomllib.load(file)["package"] if "source" in package]


def say(lock, name, text, advisory):
    fatal = advisory["kind"] in ("vulnerability", "unsound")
    print(f"{'FAIL' if fatal else 'warning:'} {lock}: {name} {text}: {advisory['id']} ({advisory['kind']}): {advisory['title']}")
    return fatal


def audit(by_crate):
    passed = failed = 0
    for lock in lock_files():
        for name, text in foreign(lock):
            if any([say(lock, name, text, advisory) for advisory in found(by_crate, name, text)]):
                failed += 1
            else:
                passed += 1
    for name, text, known in KNOWN:
        ids = [advisory["id"] for advisory in found(by_crate, name, text)]
        if known in ids or not known and not ids:
            passed += 1
        else:
            print(f"FAIL {name} {text} has {known or 'no advisory'}, and this was found: {ids}")
            failed += 1
    return passed, failed


# --- cargo-audit -------------------------------------------------------------------------------------


def expand(by_crate):
    """The data as cargo-audit reads it."""
    shutil.rmtree(expanded, ignore_errors=True)
    for name, of_crate in by_crate.items():
        os.makedirs(os.path.join(expanded, "crates", name))
        for advisory in of_crate:
            with open(os.path.join(expanded, "crates", name, advisory["id"] + ".md"), "w", encoding="utf-8") as file:
                print(front_matter(advisory), file=file)


def front_matter(advisory):
    ranges = {key: ", ".join(f'"{part}"' for part in advisory[key].split(" | ") if part) for key in ("patched", "unaffected")}
    lines = ["```toml", "[advisory]", *(f'{key} = "{advisory[key]}"' for key in ("id", "package", "date"))]
    if advisory["kind"] != "vulnerability":
        lines.append(f'informational = "{advisory["kind"]}"')
    if advisory["licence"]:
        lines += [f'license = "{advisory["licence"]}"', f'url = "{advisory["source"]}"']
    lines += ["", "[versions]", *(f"{key} = [{listed}]" for key, listed in ranges.items()), "```", "", "# " + advisory["title"]]
    return "\n".join(lines)


def by_cargo_audit(by_crate):
    if not shutil.which("cargo-audit"):
        print(f"skip cargo-audit is not installed (cargo install --locked cargo-audit --version {CARGO_AUDIT})")
        return 0, 0, 1
    expand(by_crate)
    failed = 0
    for lock in lock_files():
        command = ["cargo-audit", "audit", "--no-fetch", "--stale", "--db", expanded, "--deny", "unsound", "--file", os.path.join(top, lock)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"FAIL {lock}: cargo-audit says\n{done.stdout}{done.stderr}")
            failed += 1
    return len(lock_files()) - failed, failed, 0


def main():
    if sys.argv[1:2] == ["--renew"] and len(sys.argv) == 4:
        renew(*sys.argv[2:])
        return
    date, by_crate = advisories()
    age = (datetime.date.today() - date).days
    print(f"{sum(map(len, by_crate.values()))} advisories for {len(by_crate)} crates, as of {date}")
    if age > OLD:
        print(f"warning: the advisories are {age} days old: tests/audit.py --renew")
    counts = [audit(by_crate) + (0,), by_cargo_audit(by_crate)]
    passed, failed, skipped = map(sum, zip(*counts))
    print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


main()
