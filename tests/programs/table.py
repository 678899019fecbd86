#!/usr/bin/env python3
"""The programs and their scenarios, stock and Tessera side by side.

usage: table.py [TEST...]    prints a line for each program, of the tests named or of all
       table.py --write      writes docs/programs.md, from whole runs of all tests

Each test of tests/programs leaves build/programs/TEST.tsv (see lib.sh): a line for each
scenario and library. A library is `stock`, `tessera` or `preload`, or says which of them
the client and the server had: all stock is the oracle, the others are compared with it.
"""
import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RECORDS = ROOT / "build" / "programs"
PAGE = ROOT / "docs" / "programs.md"
TESTS = ROOT / "tests" / "programs"

# A test with more scenarios than this is told by families of them.
MANY = 60

COLUMNS = ["stock", "tessera", "preload"]

# How a program says which version it is, and, of each kind of program, those that have
# their scenarios on a preloaded Tessera too.
VERSIONS = {
    "Apache httpd": ["/usr/sbin/apache2", "-v"],
    "C program": ["cc", "--version"],
    "HAProxy": ["/usr/sbin/haproxy", "-v"],
    "PostgreSQL": ["/usr/lib/postgresql/15/bin/postgres", "--version"],
    "Python": ["/usr/bin/python3", "--version"],
    "Redis": ["redis-server", "--version"],
    "ab": ["ab", "-V"],
    "curl": ["curl", "--version"],
    "h2load": ["h2load", "--version"],
    "lighttpd": ["/usr/sbin/lighttpd", "-v"],
    "mosquitto": ["dpkg-query", "-W", "-f", "mosquitto ${Version}", "mosquitto"],
    "nginx": ["/usr/sbin/nginx", "-v"],
    "openssl": ["openssl", "version"],
    "socat": ["dpkg-query", "-W", "-f", "socat ${Version}", "socat"],
    "stunnel": ["dpkg-query", "-W", "-f", "stunnel4 ${Version}", "stunnel4"],
    "vsftpd": ["dpkg-query", "-W", "-f", "vsftpd ${Version}", "vsftpd"],
    "wrk": ["dpkg-query", "-W", "-f", "wrk ${Version}", "wrk"],
}
KINDS = {
    "curl": "dynamic client",
    "PostgreSQL": "forking server",
    "HAProxy": "threaded server",
    "Python": "interpreter",
}

Row = collections.namedtuple("Row", "test program scenario library outcome got reason")


def column(library):
    """Which column of the table a library belongs to."""
    words = set(re.findall(r"stock|tessera|preload", library))
    if "preload" in words:
        return "preload"
    return "tessera" if "tessera" in words else "stock"


def tests():
    """All tests, as they record."""
    return [path.stem for folder in (TESTS, TESTS / "slow") for path in sorted(folder.glob("*.sh")) if path.stem != "lib"]


def read(test):
    """The rows of a test, and whether it came to its end."""
    path = RECORDS / f"{test}.tsv"
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    rows = [Row(test, *fields) for fields in (line.split("\t") for line in lines) if len(fields) == 6]
    return rows, lines[-1:] == ["end"]


class Scenario:
    """What became of one scenario, or of a family of them, in each column."""

    def __init__(self, test, name):
        self.test, self.name = test, name
        self.rows = {one: [] for one in COLUMNS}

    def add(self, row):
        self.rows[column(row.library)].append(row)

    def of(self, outcome):
        return [row for one in COLUMNS for row in self.rows[one] if row.outcome == outcome]

    def given(self, one):
        """What came out in a column, if it was one thing."""
        got = {settled(row.got) for row in self.rows[one]}
        return got.pop() if len(got) == 1 else ""

    def cell(self, one):
        """What a column says: what came out if that is one thing, or how many passed."""
        rows = self.rows[one]
        if not rows:
            return ""
        got = self.given(one)
        what = f"`{got}`" if got else ""
        if got and one != "stock" and got == self.given("stock"):
            what = "same"
        count = collections.Counter(row.outcome for row in rows)
        if len(rows) == 1:
            outcome = rows[0].outcome
            return what or outcome if outcome == "passed" else f"{what} {outcome}".strip()
        parts = [f"{what} {count['passed']}/{len(rows)}".strip()]
        return ", ".join(parts + [f"{count[bad]} {bad}" for bad in ("explained", "failed") if count[bad]])


def settled(got):
    """What came out, shortened and without what is never the same twice."""
    got = re.sub(r"/tmp/tessera\.\w+/?", "", got)
    got = re.sub(r"\b[0-9a-fA-F]{8,}\b", "...", got)
    got = re.sub(r"\b[0-9]{5,}\b|\b[0-9]+ lines", "...", got)
    got = re.sub(r"\s+", " ", got).replace("`", "'").replace("|", "/").strip()
    if got in ("...", "none"):
        return ""
    return got if len(got) <= 44 else got[:42].rstrip(" .") + " ..."


def grouped(rows, key):
    found = {}
    for row in rows:
        name = (row.test, key(row.scenario))
        found.setdefault(name, Scenario(*name)).add(row)
    return list(found.values())


def without_version(name):
    return re.sub(r"^TLS 1[._][23][:,] |[,:]? \(?TLS 1[._][23]\)?|,? -tls1_[23]", "", name)


def branch(name):
    return re.match(r"(.*?: )?.*?(?=, |$)", without_version(name)).group()


def family(name):
    return re.split(r": |, ", without_version(name), maxsplit=1)[0]


def told(rows):
    """The scenarios of a test for the page, merged where they are too many."""
    for key in (lambda name: name, without_version, branch, family):
        found = grouped(rows, key)
        if len(found) <= MANY:
            break
    for one in found:
        names = {row.scenario for row in sum(one.rows.values(), [])}
        if len(names) == 1:
            one.name = names.pop()
        elif one.name not in names:
            one.name += f" ({len(names)} scenarios)"
    return found


def totals(rows):
    """For a program: how many scenarios, and in each column how many outcomes passed."""
    every = grouped(rows, lambda name: name)
    count = {one: sum(bool(scenario.rows[one]) for scenario in every) for one in COLUMNS}
    good = {one: sum(bool(scenario.rows[one]) and all(row.outcome == "passed" for row in scenario.rows[one]) for scenario in every)
            for one in COLUMNS}
    explained = sum(bool(scenario.of("explained")) for scenario in every)
    failed = sum(bool(scenario.of("failed")) for scenario in every)
    preloaded = f"{good['preload']}" if count["preload"] else "-"
    return [len(every), good["stock"], good["tessera"], preloaded, explained, failed]


TITLES = ["program", "scenarios", "stock", "Tessera", "preloaded", "explained", "failed"]


def by_program(rows):
    found = collections.defaultdict(list)
    for row in rows:
        found[row.program].append(row)
    return dict(sorted(found.items(), key=lambda item: item[0].lower()))


def show(names):
    read_all = {test: read(test) for test in names or tests()}
    rows = [row for found, _ in read_all.values() for row in found]
    print(f"{TITLES[0]:<16}" + "".join(f"{title:>11}" for title in TITLES[1:]))
    for program, of_program in by_program(rows).items():
        print(f"{program:<16}" + "".join(f"{value:>11}" for value in totals(of_program)))
    for test, (_, ended) in read_all.items():
        if not ended:
            print(f"{test} did not come to its end")


def version(program):
    said = subprocess.run(VERSIONS[program], capture_output=True, text=True)
    line = (said.stdout + said.stderr).strip().splitlines()[0]
    return re.sub(r"^(Server version: |nginx version: |This is )", "", line).split(" <$")[0].split(" (x86")[0]


def summary(rows):
    lines = ["| " + " | ".join(TITLES) + " |", "|---" + "|--:" * (len(TITLES) - 1) + "|"]
    for program, of_program in by_program(rows).items():
        lines.append("| " + " | ".join(str(value) for value in [program] + totals(of_program)) + " |")
    return lines


def section(program, rows):
    lines = [f"## {program}", "", f"{version(program)}" + (f"; preloaded as a {KINDS[program]}." if program in KINDS else "."), ""]
    for test in dict.fromkeys(row.test for row in rows):
        of_test = told([row for row in rows if row.test == test])
        shown = [one for one in COLUMNS if any(scenario.rows[one] for scenario in of_test)]
        lines += [f"### {program}: {test}", "", "| scenario | " + " | ".join({"tessera": "Tessera", "preload": "preloaded"}.get(one, one) for one in shown) + " |",
                  "|---" * (len(shown) + 1) + "|"]
        for scenario in of_test:
            lines.append("| " + " | ".join([scenario.name.replace("|", "\\|")] + [scenario.cell(one) for one in shown]) + " |")
        lines += [""] + explanations(of_test)
    return lines


def explanations(scenarios):
    """The differences and their reasons."""
    reasons = {}
    for row in sum((scenario.of("explained") for scenario in scenarios), []):
        reasons.setdefault(row.reason, {})[row.scenario] = None
    lines = []
    for reason, names in reasons.items():
        shown = list(names) if len(names) <= 8 else list(names)[:6] + [f"and {len(names) - 6} more"]
        lines.append(f"- {reason}: {'; '.join(shown)}")
    return ["Explained:", ""] + lines + [""] if lines else []


def page(rows):
    lines = [
        "# Programs",
        "",
        "<!-- Written by tests/programs/table.py from the runs of `make check` and `make check-programs`. -->",
        "",
        "Debian's unmodified programs on the stock libssl and on Tessera, each scenario side by side. A cell says",
        "what came of it where that is one thing (`same`: what stock's cell says), and how many outcomes passed where there are several: in every pairing",
        "of the two libraries as client and server, or in a family of scenarios, as long families are one line.",
        "Passed means, on stock, that the outcome was as expected; on Tessera, and on Tessera by `LD_PRELOAD`, that",
        "it was what stock's was. A difference is explained where it comes from something that Tessera refuses or",
        "rustls does otherwise.",
        "",
        "Of each kind of program one has its scenarios preloaded too: " + ", ".join(f"{name} ({kind})" for name, kind in KINDS.items()) + ".",
        "",
    ]
    lines += summary(rows) + [""]
    for program, of_program in by_program(rows).items():
        lines += section(program, of_program)
    return "\n".join(lines)


def write():
    rows = []
    for test in tests():
        found, ended = read(test)
        if not ended:
            sys.exit(f"{test} has not run to its end: make check, make check-programs")
        rows += found
    PAGE.write_text(page(rows))


if __name__ == "__main__":
    write() if sys.argv[1:] == ["--write"] else show(sys.argv[1:])
