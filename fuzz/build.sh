#!/bin/bash
# build.sh [address] [TARGET...]: builds the targets on the stable toolchain, as cargo-fuzz does,
# and prints the folder they are in. With `address`, AddressSanitizer watches them.
set -eu
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
out=$PWD/target
flags=(
    --cfg fuzzing
    -Cpasses=sancov-module
    -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares
)
if [ "${1:-}" = address ]; then
    shift
    out=$PWD/target/address
    flags+=(-Zsanitizer=address)
    export RUSTC_BOOTSTRAP=1
fi
bins=()
for target; do bins+=(--bin "$target"); done
RUSTFLAGS="${flags[*]}" CARGO_TARGET_DIR=$out \
    cargo build --locked --release --target "$host" ${FUZZ_JOBS:+-j"$FUZZ_JOBS"} "${bins[@]:---bins}" >&2
echo "$out/$host/release"
