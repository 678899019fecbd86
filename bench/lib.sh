# What the benchmarks share. To be sourced by bash, with `set -eu`.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
library=${TESSERA_LIBRARY_DIR:-$tree/target/release}
build=$tree/build
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
unset LD_LIBRARY_PATH LD_PRELOAD

# build_program NAME: builds bench/NAME.c against the system's header, so that the very
# binary runs on both libraries; it becomes $program.
build_program() {
    program=$build/$1
    mkdir -p "$build"
    ${CC:-cc} -O2 -Wall -Wextra -o "$program" "$tree/bench/$1.c" -lssl -lcrypto -ldl
    [ "$(on_tessera --library)" -ef "$library/libssl.so.3" ] && ! [ "$(on_stock --library)" -ef "$library/libssl.so.3" ] || {
        echo "$1 does not run on the two libraries" >&2
        exit 1
    }
}

on_stock() { "$program" "$@"; }
on_tessera() { LD_LIBRARY_PATH=$library "$program" "$@"; }

# The libraries in the order of a round: each goes first in every other one.
order_of_round() { if [ $(($1 % 2)) = 0 ]; then echo stock tessera; else echo tessera stock; fi; }

median() { sort -n "$1" | awk '{ a[NR] = $1 } END { printf "%.1f", NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }

about_this_machine() {
    echo "stock: $(openssl version 2>/dev/null | sed 's/ (.*//')   cpu: $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
}
