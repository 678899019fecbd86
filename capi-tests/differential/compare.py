#!/usr/bin/env python3
"""compare.py NAME [--all]

Compares NAME.stock with NAME.tessera, logs of differential/main.c, seed by seed.
Prints the first difference of each seed with what came before it, and the command
to repeat it. --all: whole differences.
"""
import difflib
import re
import sys

CONTEXT = 6


def read(path):
    """The lines of each seed, and the closing line if the program came to its end."""
    seeds, lines, end = {}, [], None
    with open(path, errors="replace") as log:
        for line in log.read().split("\n"):
            if match := re.match(r"== seed (\d+)$", line):
                lines = seeds[int(match[1])] = []
            elif line.startswith("== end: "):
                end = line[8:]
            elif line:
                lines.append(line)
    return seeds, end


def show(seed, stock, tessera, whole):
    at = next((i for i, pair in enumerate(zip(stock, tessera)) if pair[0] != pair[1]), min(len(stock), len(tessera)))
    print(f"FAIL seed {seed}: capi-tests/differential/run.sh {seed}")
    if whole:
        print("\n".join(difflib.unified_diff(stock, tessera, "stock", "tessera", n=CONTEXT, lineterm="")))
        return
    for line in stock[max(0, at - CONTEXT) : at]:
        print("       ", line[:200])
    print("stock  <", stock[at] if at < len(stock) else "(its end)")
    print("tessera>", tessera[at] if at < len(tessera) else "(its end)")


def main():
    name, whole = sys.argv[1], "--all" in sys.argv[2:]
    (stock, stock_end), (tessera, tessera_end) = read(name + ".stock"), read(name + ".tessera")
    broken = 0
    for library, seeds, end in (("stock", stock, stock_end), ("tessera", tessera, tessera_end)):
        if end is None:
            broken += 1
            print(f"FAIL {library} did not come to its end: seed {max(seeds, default=0)}")
        for seed, lines in seeds.items():
            if end is not None and "0 sessions alive" not in lines:
                broken += 1
                print(f"FAIL seed {seed}: a session outlives everything on {library}")
    differ = {seed for seed in stock if stock[seed] != tessera.get(seed)}
    for seed in sorted(differ):
        show(seed, stock[seed], tessera.get(seed, []), whole)
    print(f"{stock_end} on stock; {tessera_end} on Tessera; {len(differ)} differ")
    bad = len(differ) + broken
    print(f"{len(stock) - len(differ)} passed, {bad} failed")
    sys.exit(bad > 0 or not stock)


main()
