#!/bin/bash
# fuzz.sh [TARGET...]: each fuzz target over its committed corpus and FUZZ_RUNS inputs that are made
# from it, from a fixed seed. A target is one test.
set -u
cd "$(dirname "$0")/../fuzz"

[ $# != 0 ] || set -- $(ls corpus)
bin=$(./build.sh "$@") || exit 1
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
passed=0 failed=0
for target; do
    mkdir -p "artifacts/$target"
    # What is new goes to a folder of this run's own: the committed corpus stays as it is.
    mkdir "$found/$target"
    if "$bin/$target" "$found/$target" "corpus/$target" -runs="${FUZZ_RUNS:-1000}" -seed=1 -timeout=60 \
        -rss_limit_mb=2048 -max_len=1024 -artifact_prefix="artifacts/$target/" >"$found/log" 2>&1; then
        echo "$target: $(sed -n 's/^#[0-9]*.DONE *//p' "$found/log")"
        passed=$((passed + 1))
    else
        echo "$target: FAIL"
        tail -n 60 "$found/log"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
