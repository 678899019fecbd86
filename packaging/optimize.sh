#!/bin/bash
# optimize.sh [--tool]: builds target/optimized/release/libssl.so.3, the library whose code is laid out
# by how often its parts run. A first build counts, while bench/tls.c makes connections of every
# kind with it, client and server, and bench/cache.c fills and empties the session cache; the
# second is compiled by the counts. Rust's code alone is
# laid out so, rustls among it; aws-lc's is C and assembly. With --tool: says only whether the
# tool for it is here.
set -eu
cd "$(dirname "$0")/.."

target=$PWD/target
counts=$target/counts
profile=$target/optimized.profdata
programs=build/training

# The tool must know the counters' format, which LLVM 19 was the last to change; that of the
# compiler's own LLVM is the first choice.
merge_tool() {
    local tool
    for tool in "$(rustc --print sysroot)"/lib/rustlib/*/bin/llvm-profdata /usr/bin/llvm-profdata-{22,21,20,19}; do
        command -v "$tool" && return
    done
    echo "llvm-profdata is missing: rustup component add llvm-tools, or apt-get install llvm-19" >&2
    return 1
}

# build NAME FLAGS: from nothing, since cargo does not look at a profile's content.
build() {
    rm -rf "${target:?}/$1"
    CARGO_TARGET_DIR=$target/$1 RUSTFLAGS="${RUSTFLAGS:-} $2" ${CARGO:-cargo} build --release --lib
}

# How often a kind of work is done to count it.
times() {
    case $1 in
    heap-* | threads-*) echo 0 ;;
    bulk-*) echo 4 ;;
    full-*rsa*) echo 50 ;;
    *) echo 200 ;;
    esac
}

train() {
    local name count timeouts library=$target/counting/release
    mkdir -p $programs
    for name in tls cache; do
        ${CC:-cc} -O2 -o $programs/$name bench/$name.c -lssl -lcrypto -lpthread -ldl
    done
    export LD_LIBRARY_PATH=$library
    [ "$($programs/tls --library)" -ef "$library/libssl.so.3" ]
    rm -rf "$counts"
    for name in $($programs/tls --list); do
        count=$(times "$name")
        [ "$count" = 0 ] || $programs/tls "$name" "x$count" >/dev/null
    done
    for timeouts in equal random; do $programs/cache 5000 $timeouts 10 >/dev/null; done
    unset LD_LIBRARY_PATH
}

tool=$(merge_tool)
[ "${1:-}" != --tool ] || exit 0
build counting "-Cprofile-generate=$counts"
train
"$tool" merge -o "$profile" "$counts"
build optimized "-Cprofile-use=$profile -Cllvm-args=-enable-split-machine-functions"
rm -rf "${target:?}/counting" "$counts"
