#!/bin/bash
# check.sh [programs] [STEP...]: every test there is, or the long ones of real programs, one
# step after the other, and one closing line with the sum. A step says what it did by a
# line `N passed, N failed` (the last one counts); a step that says nothing, or ends badly
# without naming a failure, counts as one failure. What a step left out it says by a line
# `N skipped`.
set -u
cd "$(dirname "$0")/.."

logs=build/check
mkdir -p $logs
passed=0 failed=0

# step NAME COMMAND...: runs one step and adds its counts.
step() {
    local name=$1 log=$logs/$1.log started=$SECONDS status p f s
    shift
    selected "$name" || return
    printf '== %s\n' "$name"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    read -r p f < <(counts <"$log")
    if [ -z "${p:-}" ]; then
        echo "   $name printed no counts (exit status $status): counted as 1 failed"
        p=0 f=1
    elif [ "$((p + f))" = 0 ]; then
        echo "   $name ran nothing: counted as 1 failed"
        f=1
    elif [ "$status" != 0 ] && [ "$f" = 0 ]; then
        echo "   $name ended with status $status: counted as 1 failed"
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f))
    [ "$f" = 0 ] || broken+=("$name")
    s=$(sed -nE 's/^ *([0-9]+) skipped$/\1/p' "$log" | tail -n 1)
    summary+=("$(printf '%-24s %5d passed %5d failed %5d s' "$name" "$p" "$f" $((SECONDS - started)))${s:+ $s skipped}")
}

selected() {
    [ ${#wanted[@]} = 0 ] && return 0
    local w
    for w in "${wanted[@]}"; do [ "$w" = "$1" ] && return 0; done
    return 1
}

# The last line of that shape on standard input, as two numbers.
counts() {
    sed -nE 's/^ *([0-9]+) passed, ([0-9]+) failed\.?$/\1 \2/p' | tail -n 1
}

# one COMMAND...: a step that is one test.
one() {
    if "$@"; then echo "1 passed, 0 failed"; else
        echo "0 passed, 1 failed"
        return 1
    fi
}

# cargo test prints counts for each of its programs.
rust_tests() {
    local out=$logs/cargo-test.out status
    cargo test --no-fail-fast 2>&1 | tee "$out"
    status=${PIPESTATUS[0]}
    awk '/^test result:/ { seen = 1
             for (i = 2; i <= NF; i++) {
                 if ($i ~ /^passed/) p += $(i - 1)
                 if ($i ~ /^failed/) f += $(i - 1)
             } }
         END { if (seen) printf "%d passed, %d failed\n", p, f }' "$out"
    return "$status"
}

# program_steps FOLDER: each program test in it. One that hangs is ended.
program_steps() {
    local program name
    for program in "$1"/*.sh; do
        name=$(basename "$program" .sh)
        [ "$name" != lib ] && selected "$name" || continue
        step "$name" timeout -k 20 3600 "$program"
        programs+=("$name")
    done
}

everything() {
    step format one cargo fmt --check
    step clippy one cargo clippy --all-targets -- -D warnings
    step audit tests/audit.py
    step security one tests/security.py
    step build one cargo build --release
    step rust rust_tests
    step abi capi-tests/abi.sh target/release/libssl.so.3
    step counts bench/counts.py
    for library in stock tessera valgrind; do
        step "capi-$library" capi-tests/run.sh $library
    done
    # A build that watches that nothing is borrowed or locked while C is called.
    step watched one cargo build
    step capi-watched env TESSERA_LIBRARY_DIR="$PWD/target/debug" capi-tests/run.sh tessera
    # The library that is installed, too.
    step optimized one packaging/optimize.sh
    step capi-optimized env TESSERA_LIBRARY_DIR="$PWD/target/optimized/release" capi-tests/run.sh tessera
    step tables one tests/tables.py
    step checks tests/checks.py
    step differential capi-tests/differential/run.sh
    step races tests/races.sh
    program_steps tests/programs
    step install tests/install.sh
    step coverage one tests/coverage.py
    step compatibility one tests/compatibility.py
}

long_programs() {
    step build one cargo build --release
    program_steps tests/programs/slow
}

# The failures again, last: of a long output often only the end is kept.
failures() {
    local name
    for name in "${broken[@]}"; do
        echo "$name failed ($logs/$name.log):"
        grep -E '(^|: )FAIL|FAILED|FASTER|SLOWER|TOO LARGE|panicked|^error' "$logs/$name.log" | cut -c1-240 | head -12 || true
    done
}

summary=() programs=() broken=()
if [ "${1:-}" = programs ]; then
    wanted=("${@:2}")
    long_programs
else
    wanted=("$@")
    everything
fi

echo
printf '%s\n' "${summary[@]}"
if [ ${#programs[@]} != 0 ]; then
    echo
    tests/programs/table.py "${programs[@]}"
fi
if [ "${1:-}" != programs ] && [ ${#wanted[@]} = 0 ]; then
    echo
    tests/counts.py $logs || { failed=$((failed + 1)) && echo "tests/counts.py failed"; }
fi
echo
failures
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
