#!/bin/bash
# run.sh [TARGET...]: fuzzes each target for FUZZ_SECONDS (60), adding to fuzz/found/TARGET.
# FUZZ_ADDRESS=1: under AddressSanitizer. A crash's input is in fuzz/artifacts/TARGET.
set -u
cd "$(dirname "$0")"

[ $# != 0 ] || set -- $(ls corpus)
bin=$(./build.sh ${FUZZ_ADDRESS:+address} "$@") || exit 1
status=0
for target; do
    mkdir -p "found/$target" "artifacts/$target"
    echo "== $target"
    ASAN_OPTIONS=detect_leaks=${FUZZ_LEAKS:-1} "$bin/$target" "found/$target" "corpus/$target" \
        -max_total_time="${FUZZ_SECONDS:-60}" -timeout=20 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="artifacts/$target/" 2>&1 |
        grep -vE '^#[0-9]+.(NEW|REDUCE|pulse|RELOAD)'
    [ "${PIPESTATUS[0]}" = 0 ] || { echo "$target failed" && status=1; }
done
exit $status
