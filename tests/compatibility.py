#!/usr/bin/env python3
"""Writes docs/compatibility.md from abi/libssl.tsv, abi/ctrl.tsv, abi/packages.tsv and
docs/programs.md.

usage: compatibility.py [--write]

Without --write it compares: the exit status is 1 when the page is stale.
A family of functions is a file of src/capi, which follows the manual pages.
"""
import pathlib
import re
import sys
import textwrap

import coverage

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "compatibility.md"
PROGRAMS = ROOT / "docs" / "programs.md"
CAPI = ROOT / "src" / "capi"
STATUSES = ["done", "inert", "refused", "todo"]
MEANING = {
    "done": "works as OpenSSL's does; tests compare the two",
    "inert": "takes and returns what OpenSSL's does, for a feature that no peer ever negotiates with us",
    "refused": "fails as an OpenSSL built without the feature, with a reason on the error queue",
    "todo": "not written yet; fails with a reason on the error queue",
}


def families():
    """The exported functions of each file, under the file's first line."""
    found = {}
    for path in sorted(CAPI.glob("*.rs")):
        text = path.read_text()
        names = re.findall(r"#\[unsafe\(no_mangle\)\]\npub (?:unsafe )?extern \"C\" fn (\w+)", text)
        if names:
            title = re.match(r"//! (.*(?:\n//! .+)*)", text).group(1).replace("\n//! ", " ")
            title = re.split(r"(?<=[a-z)`])[.:](?: |$)", title)[0]
            found[path.stem] = (title, sorted(names))
    return found


def wrapped(text, indent=""):
    return textwrap.fill(text, 95, initial_indent="", subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def named(names):
    return ", ".join(f"`{name}`" for name in sorted(names))


def status_lines(names, status):
    """A line for each status and reason, with the names that have them."""
    lines = []
    for one in STATUSES:
        reasons = {}
        for name in names:
            if status[name]["status"] == one:
                reasons.setdefault(status[name]["reason"], []).append(name)
        for reason, group in sorted(reasons.items()):
            because = f": {reason}" if reason else ""
            lines.append(wrapped(f"- {one} ({len(group)}): {named(group)}{because}", "  "))
    return lines + [""]


def family_section(stem, title, names, status):
    return [f"### {stem.replace('_', ' ')}", "", wrapped(title + "."), "", *status_lines(names, status)]


def commands_section():
    """The commands of the functions behind most of OpenSSL's macros."""
    rows = coverage.table("ctrl.tsv")
    lines = ["## Commands", "", wrapped(
        f"The {len(rows)} commands of `SSL_ctrl`, `SSL_CTX_ctrl` and their callback forms, which most macros of "
        "`<openssl/ssl.h>` expand to. The words mean the same as above. `capi-tests/ctrl.c` calls each on both "
        "libraries."), ""]
    for function in dict.fromkeys(row["function"] for row in rows):
        status = {row["name"]: row for row in rows if row["function"] == function}
        lines += [f"### {function}", "", *status_lines(status, status)]
    return lines


def packages_section(status):
    have, imports = coverage.working(status.values()), coverage.package_imports()
    missing = {package: symbols - have for package, symbols in imports.items() if not symbols <= have}
    covered = len(imports) - len(missing)
    old = [symbols for symbols in imports.values() if symbols <= have and symbols & coverage.OLD_METHODS]
    choosing = sum(bool(symbols & {"TLS_method", "TLS_client_method", "TLS_server_method"}) for symbols in old)
    lines = [
        "## Debian's packages",
        "",
        wrapped(
            f"{covered} of the {len(imports)} packages of Debian 12 that link with libssl import nothing but functions "
            f"that are done or inert. With the {len(coverage.OLD_METHODS)} methods of TLS 1.0 and 1.1 counted as "
            f"refused, since a program that lowers the security level to 0 could use OpenSSL's, it is "
            f"{covered - len(old)}: {len(old)} packages import such a method, {choosing} of them beside `TLS_method` or "
            "one of its ends. Most of the others use what they lack only when they are told to; each with what "
            "it imports besides:"
        ),
        "",
    ]
    for package in sorted(missing):
        lines.append(wrapped(f"- {package}: {named(missing[package])}", "  "))
    return lines


def programs_section():
    """The summary of the programs' page, which their tests write."""
    summary = PROGRAMS.read_text().split("\n## ")[0]
    lines = [
        "## Programs",
        "",
        wrapped(
            "What Debian's unmodified programs do on Tessera is compared with what they do on the stock library. How many "
            "scenarios each has, in how many the outcome was the expected one on stock and the same on Tessera, also when "
            "preloaded, and in how many a difference is explained by what Tessera refuses. [programs.md](programs.md) has "
            "the scenarios."
        ),
        "",
    ]
    return lines + [line for line in summary.splitlines() if line.startswith("|")] + [""]


def page():
    status = {row["symbol"]: row for row in coverage.table("libssl.tsv")}
    found = families()
    exported = {name for _, names in found.values() for name in names}
    if exported != set(status):
        sys.exit(f"src/capi and abi/libssl.tsv differ: {sorted(exported ^ set(status))}")
    count = {one: sum(row["status"] == one for row in status.values()) for one in STATUSES}
    lines = [
        "# Compatibility",
        "",
        "<!-- Written by tests/compatibility.py from the tables of abi/ and from programs.md. -->",
        "",
        wrapped(f"What became of each of the {len(status)} functions of OpenSSL 3.0's libssl."),
        "",
    ]
    lines += [wrapped(f"- **{one}** ({count[one]}): {MEANING[one]}.", "  ") for one in STATUSES if count[one]]
    lines += [""] + programs_section()
    lines += ["## Functions", ""]
    for stem, (title, names) in found.items():
        lines += family_section(stem, title, names, status)
    lines += commands_section()
    lines += packages_section(status)
    return "\n".join(lines) + "\n"


def main():
    new = page()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(new)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    elif not PAGE.exists() or PAGE.read_text() != new:
        sys.exit("docs/compatibility.md is stale: run tests/compatibility.py --write")


if __name__ == "__main__":
    main()
