#!/bin/bash
# Eight threads on shared contexts and sessions (capi-tests/races/races.c): 30 s on the
# stock library and on Tessera, where every session must be destroyed in the end; and on
# a Tessera built for ThreadSanitizer, which must report nothing, with the C suite's
# threads.c, and the threads of its peer_objects.c, too.
#
# ThreadSanitizer comes with the stable toolchain, but the option for it is one for
# nightly: RUSTC_BOOTSTRAP=1 opens it. std itself is not built for it; src/sync.rs says
# what makes up for that. That a race is seen is tested by one on purpose (`race`). That
# Tessera's own code is looked into shows without `--cfg tessera_race`: each lock that
# threads contend for is then taken for a race, 216 reports from threads.c alone.
# shellcheck source=tests/programs/lib.sh
. "$(dirname "$0")/programs/lib.sh"
cd "$tree" || exit 1

build=$tree/build/races
fixtures=$tree/capi-tests/build/fixtures
target=x86_64-unknown-linux-gnu
suite=$tree/capi-tests
mkdir -p "$build" "$fixtures"
[ -e "$fixtures/ca.pem" ] || { cc "$suite/fixtures.c" -o "$build/make-fixtures" -lcrypto && "$build/make-fixtures" "$fixtures"; }

flags=(-std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-deprecated-declarations "-DFIXTURES=\"$fixtures\"")
cc "${flags[@]}" "$suite/races/races.c" -o "$build/races" -lssl -lcrypto -lpthread || give_up "races.c does not compile"

RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer --cfg tessera_race" \
    cargo build --release --quiet --target $target --target-dir target/race || give_up "no build for ThreadSanitizer"
runtime=$(rustc --print sysroot)/lib/rustlib/$target/lib/librustc-stable_rt.tsan.a

# sanitized NAME SOURCE...: a C program with the toolchain's own runtime
sanitized() {
    local name=$1 source objects=()
    shift
    for source; do
        cc -c -fsanitize=thread "${flags[@]}" "$source" -o "$build/$name-$(basename "$source").o" || return
        objects+=("$build/$name-$(basename "$source").o")
    done
    cc -rdynamic "${objects[@]}" -o "$build/$name-tsan" -Wl,--whole-archive "$runtime" -Wl,--no-whole-archive \
        -lssl -lcrypto -lpthread -ldl -lrt -lm -lstdc++
}
sanitized races "$suite/races/races.c" && sanitized threads "$suite/threads.c" "$suite/harness.c" &&
    sanitized peer_objects "$suite/peer_objects.c" "$suite/harness.c" ||
    give_up "no program for ThreadSanitizer"

# watched COMMAND...: on that build; fails when anything is reported
watched() {
    LD_LIBRARY_PATH=$tree/target/race/$target/release timeout 1800 \
        env TESSERA_TEST_SECONDS=1200 "TSAN_OPTIONS=suppressions=$suite/races/suppressions exitcode=66" "$@" >"$build/watched.log" 2>&1
    local status=$?
    grep -E '^SUMMARY|handshakes|passed' "$build/watched.log" | head -20
    return $status
}
sees_the_race() {
    watched "$build/races-tsan" "$fixtures" 5r race && return 1
    grep -q 'data race .*races.c.* in work' "$build/watched.log"
}

check "30 s on the stock library" on stock timeout 600 "$build/races" "$fixtures" 30
check "30 s on Tessera" on tessera timeout 600 "$build/races" "$fixtures" 30
check "a deliberate race is seen" sees_the_race
check "no race in 8 threads for 30 s" watched "$build/races-tsan" "$fixtures" 30
check "no race in the suite's threads.c" watched "$build/threads-tsan" -n
check "no race where threads change their peers' certificates" watched "$build/peer_objects-tsan" -n \
    threads_that_share_contexts_tls12 threads_that_share_contexts_tls13 \
    threads_with_their_own_contexts_tls12 threads_with_their_own_contexts_tls13
finish
