#!/bin/bash
# Every test in tests/programs/slow, and one closing line with the sum.
set -u
cd "$(dirname "$0")/.."
mkdir -p build/check
passed=0 failed=0
for program in tests/programs/slow/*.sh; do
    log=build/check/$(basename "$program" .sh).log
    printf '== %s\n' "$(basename "$program" .sh)"
    "$program" 2>&1 | tee "$log"
    read -r p f < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1)
    passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
