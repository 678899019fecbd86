#!/bin/bash
# run.sh [NAME...]: one binary on the stock libssl and on Tessera in turn; the
# medians of so many rounds, and their ratio.
#
#   ROUNDS=5 SECONDS_EACH=1   how long and how often
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
library=${TESSERA_LIBRARY_DIR:-$tree/target/release}
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-1}
build=$tree/build
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
unset LD_LIBRARY_PATH LD_PRELOAD

# Built against the system's header: the very binary runs on both libraries.
mkdir -p "$build"
${CC:-cc} -O2 -Wall -Wextra -o "$build/tls" "$tree/bench/tls.c" -lssl -lcrypto -ldl

on_stock() { "$build/tls" "$@"; }
on_tessera() { LD_LIBRARY_PATH=$library "$build/tls" "$@"; }

[ "$(on_tessera --library)" -ef "$library/libssl.so.3" ] && ! [ "$(on_stock --library)" -ef "$library/libssl.so.3" ] || {
    echo "the binary does not run on the two libraries" >&2
    exit 1
}

median() { sort -n "$1" | awk '{ a[NR] = $1 } END { printf "%.1f", NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <("$build/tls" --list)

echo "per CPU second, client and server in one thread; medians of $rounds rounds of $seconds s"
echo "stock: $(openssl version 2>/dev/null | sed 's/ (.*//')   cpu: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
printf '%-32s %12s %12s %7s\n' "" stock Tessera ratio
failed=0
for name in "${names[@]}"; do
    for ((round = 0; round < rounds; round++)); do
        # Each goes first in every other round.
        order="stock tessera"
        [ $((round % 2)) = 0 ] || order="tessera stock"
        for which in $order; do
            on_$which "$name" "$seconds" >>"$results/$name.$which" 2>"$results/error" || {
                echo "$name on $which: $(head -n 1 "$results/error")" >&2
                failed=1
                break 2
            }
        done
    done
    if [ -s "$results/$name.stock" ] && [ -s "$results/$name.tessera" ]; then
        stock=$(median "$results/$name.stock")
        tessera=$(median "$results/$name.tessera")
        unit=/s
        [ "${name#bulk}" = "$name" ] || unit=MB/s
        printf '%-32s %12s %12s %6sx\n' "$name ($unit)" "$stock" "$tessera" "$(awk "BEGIN { printf \"%.2f\", $tessera / $stock }")"
    fi
done
exit $failed
