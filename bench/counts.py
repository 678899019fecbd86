#!/usr/bin/env python3
"""counts.py [--update]: instructions that Tessera's own code (with rustls, without
libcrypto, libc and aws-lc) takes for each kind of work of bench/tls.c, under
Callgrind, compared with the figures in counts.txt; and the heap of an idle pair of
connections. Nothing is timed: it may run on a busy machine.

The figures are of one compiler's code, so under another version of rustc they may
be further off.
"""
import os
import re
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
library = os.environ.get("TESSERA_LIBRARY_DIR", os.path.join(here, "../target/release"))
program = os.path.join(here, "../build/tls")
figures = os.path.join(here, "counts.txt")

# The work, and how often it is done.
CASES = {
    "full-1.3-ecdsa": 10,
    "full-1.3-ecdsa-mutual": 10,
    "full-1.3-rsa2048": 5,
    "full-1.2-ecdsa": 10,
    "full-1.2-rsa2048": 5,
    "full-1.2-rsa2048-mutual": 5,
    "resumed-1.3": 10,
    "resumed-1.2-ticket": 20,
    "resumed-1.2-id": 20,
    "resumed-1.2-external": 20,
    "bulk-1.3-aes128": 1,
    "bulk-1.3-aes128-1k": 1,
    "bulk-1.2-aes128": 1,
    "echo-1.3": 50,
    "new-connection": 100,
}
MOST = 0.03
MOST_OF_ANOTHER_COMPILER = 0.15
# Bytes of heap of a client and a server that have nothing to do.
IDLE = {"heap-1.3": 16000, "heap-1.3-released": 16000, "heap-1.2": 15500, "heap-1.2-released": 15500}


def is_own(function):
    """Rust's paths have colons, C's functions none; ours of the C interface do not. Which of
    sha2's functions runs depends on the processor."""
    if "sha2::" in function:
        return False
    return "::" in function or re.match(r"(SSL|TLS|DTLS|BIO|OPENSSL|PEM|d2i|i2d)_", function)


def own_instructions(path):
    """The sum over functions of libssl.so that are not aws-lc's."""
    names = {"ob": {}, "fn": {}}
    current = {"ob": "", "fn": ""}
    total = 0
    skip = False
    for line in open(path):
        if match := re.match(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$", line):
            callee, kind, number, name = match.groups()
            if name:
                names[kind][number] = name
            if not callee:
                current[kind] = names[kind][number]
        elif line.startswith("calls="):
            skip = True  # the next line is what was called
        elif match := re.match(r"[-+*\d]\S* (\d+)", line):
            if not skip and "libssl.so" in current["ob"] and is_own(current["fn"]):
                total += int(match.group(1))
            skip = False
    return total


def run(arguments, **more):
    done = subprocess.run(arguments, env=dict(os.environ, LD_LIBRARY_PATH=library), capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(arguments)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def count(name, times):
    with tempfile.NamedTemporaryFile() as out:
        run(["valgrind", "-q", "--tool=callgrind", "--toggle-collect=measured", f"--callgrind-out-file={out.name}",
             program, name, f"x{times}"], timeout=3600)
        return own_instructions(out.name) // times


def compiler():
    return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]


def main():
    os.makedirs(os.path.dirname(program), exist_ok=True)
    source = os.path.join(here, "tls.c")
    run([os.environ.get("CC", "cc"), "-O2", "-o", program, source, "-lssl", "-lcrypto", "-lpthread"])
    counted = {name: count(name, times) for name, times in CASES.items()}
    if sys.argv[1:] == ["--update"]:
        with open(figures, "w") as out:
            print("rustc", compiler(), file=out)
            for name, value in counted.items():
                print(name, value, file=out)
        return
    known = dict(line.split() for line in open(figures))
    same_compiler = known.pop("rustc") == compiler()
    most = MOST if same_compiler else MOST_OF_ANOTHER_COMPILER
    passed = failed = 0
    for name, value in counted.items():
        change = value / int(known[name]) - 1
        verdict = "ok" if abs(change) <= most else "FASTER" if change < 0 else "SLOWER"
        print(f"{name:28} {known[name]:>10} {value:>10} {100 * change:+7.2f} %  {verdict}")
        passed, failed = (passed + 1, failed) if verdict == "ok" else (passed, failed + 1)
    for name, limit in IDLE.items():
        value = float(run([program, name, "1"]))
        print(f"{name:28} {limit:>10} {value:>10.0f} bytes at most  {'ok' if value <= limit else 'TOO LARGE'}")
        passed, failed = (passed + 1, failed) if value <= limit else (passed, failed + 1)
    if failed:
        print(f"More than {100 * most:.0f} % off is a failure. When the change is meant: bench/counts.py --update")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


main()
