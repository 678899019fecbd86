#!/bin/bash
# The C suite: run.sh [stock|tessera|valgrind]... (default: stock tessera)
#
#   stock     every test on the system's libssl, the oracle
#   tessera   every test on target/release/libssl.so.3
#   valgrind  every test on Tessera under Valgrind: no error, no definite leak
#
# Each test is built twice, against the system's <openssl/ssl.h> and against
# ours. TESTS="a b" limits the run to some files. The last line is the sum:
# "N passed, N failed"; the exit status is 0 when nothing failed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$here/build
library=${TESSERA_LIBRARY_DIR:-$top/target/release}
# What the compiler did not optimize needs more of a stack than a small thread has.
case $(readlink -f "$library/libssl.so.3") in */debug/*) export TESSERA_UNOPTIMIZED=1 ;;
# By its profile more is inlined, around signatures of libcrypto's above all.
*/optimized/*) export TESSERA_STACK_SIZE=28672 TESSERA_PROFILED=1 ;;
esac
tests=${TESTS:-$(cd "$here" && ls ./*.c | sed 's|^\./||; s|\.c$||' | grep -Ev '^(harness|fixtures)$')}
jobs=${TESSERA_TEST_JOBS:-2}
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

note_failure() {
    echo "$1: FAIL: $2"
    echo "$1: 0 passed, 1 failed" > "$results/$1"
}

# newer FILE THAN...: FILE exists and none of the others is newer.
newer() {
    local file=$1 other
    shift
    [ -e "$file" ] || return 1
    for other; do [ "$other" -nt "$file" ] && return 1; done
    return 0
}

make_fixtures() {
    newer "$build/fixtures/ca.pem" "$here/fixtures.c" && return
    mkdir -p "$build/fixtures"
    cc -std=gnu11 -Wall -Wextra -Werror "$here/fixtures.c" -o "$build/make-fixtures" -lcrypto &&
        "$build/make-fixtures" "$build/fixtures"
}

# compile HEADER TEST: HEADER is "system" or "ours"
compile() {
    local include=() output=$build/$1/$2
    [ "$1" = ours ] && include=(-I"$top/include")
    newer "$output" "$here/$2.c" "$here/harness.c" "$here"/*.h "$top/include/openssl/ssl.h" && return
    mkdir -p "$build/$1"
    rm -f "$output"
    cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-deprecated-declarations \
        "-DFIXTURES=\"$build/fixtures\"" "${include[@]}" "$here/$2.c" "$here/harness.c" \
        -o "$output" -lssl -lcrypto -lpthread -ldl
}

# on_stock OUTCOMES PROGRAM: the oracle. What a test notes with `outcome` is kept,
# for the other libraries to be compared with.
on_stock() {
    rm -f "$1"
    env -u LD_LIBRARY_PATH TESSERA_EXPECT=stock TESSERA_OUTCOMES="$1" timeout 1800 "$2"
}

# same_outcomes OUTCOMES HEADER TEST: whether the stock library's are the same. They stay
# beside the program, for tests/counts.py.
same_outcomes() {
    local oracle=$build/$2/$3.outcomes
    [ -e "$1" ] || return 0
    newer "$oracle" "$build/$2/$3" || on_stock "$oracle" "$build/$2/$3" > /dev/null 2>&1
    cmp -s "$oracle" "$1" || {
        diff "$oracle" "$1" | head -20
        false
    }
}

# run_one LIBRARY HEADER TEST: prints the output, keeps its closing line
run_one() {
    local label=$1/$2/$3 name=$1-$2-$3 program=$build/$2/$3 output=$results/$1-$2-$3.out status=0
    local outcomes=$program.outcomes.$1
    if [ ! -x "$program" ]; then
        note_failure "$name" "does not compile"
        return
    fi
    rm -f "$outcomes"
    case $1 in
    stock)
        on_stock "$program.outcomes" "$program" > "$output" 2>&1
        ;;
    tessera)
        LD_LIBRARY_PATH=$library TESSERA_EXPECT=tessera TESSERA_OUTCOMES=$outcomes \
            timeout 1800 "$program" > "$output" 2>&1
        ;;
    valgrind)
        LD_LIBRARY_PATH=$library TESSERA_EXPECT=tessera TESSERA_OUTCOMES=$outcomes TESSERA_TEST_SECONDS=1200 TESSERA_WARM_UP=1 timeout 7200 \
            valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite \
            --errors-for-leak-kinds=definite --suppressions="$here/valgrind.supp" "$program" > "$output" 2>&1
        ;;
    esac
    status=$?
    if ! tail -1 "$output" | grep -q ' passed, '; then
        sed "s|^|$label: |" "$output"
        note_failure "$name" "did not run to its end"
        return
    fi
    # A failed test with all that it printed; of the rest only the closing line.
    awk '/^ok  / || /^skip / { block = ""; next } /^FAIL / { printf "%s%s\n", block, $0; block = ""; next }
         { block = block $0 "\n" } END { printf "%s", block }' "$output" | sed "s|^|$label: |" > "$output.short"
    if [ $status -eq 0 ]; then tail -1 "$output.short"; else cat "$output.short"; fi
    tail -1 "$output" > "$results/$name"
    if [ "$1" != stock ] && ! same_outcomes "$outcomes" "$2" "$3"; then
        note_failure "$name" "other outcomes (>) than the stock library's (<)"
        return
    fi
    # Every test passed and yet it failed: Valgrind found something in the program itself.
    if [ $status -ne 0 ] && grep -q ', 0 failed' "$results/$name"; then
        note_failure "$name" "exit status $status"
    fi
}

main() {
    local mode header test headers
    [ $# -gt 0 ] || set -- stock tessera
    if ! make_fixtures; then
        echo "FAIL: fixtures"
        echo "0 passed, 1 failed"
        exit 1
    fi
    for header in system ours; do
        if [ $header = ours ] && [ ! -e "$top/include/openssl/ssl.h" ]; then
            note_failure "header" "include/openssl/ssl.h is missing"
            continue
        fi
        for test in $tests; do
            while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
            compile $header "$test" &
        done
    done
    wait
    for mode; do
        headers="system ours"
        # The two programs differ in their header alone; Valgrind sees the one that users build.
        [ "$mode" = valgrind ] && headers=ours
        if [ "$mode" != stock ] && [ ! -e "$library/libssl.so.3" ]; then
            note_failure "$mode" "$library/libssl.so.3 is missing"
            continue
        fi
        for header in $headers; do
            for test in $tests; do
                while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
                run_one "$mode" $header "$test" &
            done
        done
    done
    wait
    # Only the closing lines count, not the full outputs kept beside them.
    find "$results" -type f ! -name '*.out' ! -name '*.short' -exec cat {} + |
        awk '{ for (i = 1; i < NF; i++) { if ($(i + 1) ~ /^passed/) p += $i; if ($(i + 1) ~ /^failed/) f += $i } }
             END { printf "%d passed, %d failed\n", p, f; exit f > 0 }'
}

main "$@"
