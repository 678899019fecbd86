#!/bin/bash
# The same random sequences of session calls on the stock library and on Tessera;
# the logs must be the same (differential/main.c).
#
#   run.sh               the fixed seeds, and some that are new each time
#   run.sh SEED [COUNT]  these seeds; prints how the logs differ
#
# The last line is `N passed, N failed`, in sequences.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$top/capi-tests/build/differential
fixtures=$top/capi-tests/build/fixtures
library=${TESSERA_LIBRARY_DIR:-$top/target/release}
fixed=3000 new=100

fail() {
    echo "$*"
    echo "0 passed, 1 failed"
    exit 1
}

mkdir -p "$build" "$fixtures"
[ -e "$library/libssl.so.3" ] || fail "$library/libssl.so.3 is missing"
cc -std=gnu11 -Wall -Wextra -Werror "$top/capi-tests/fixtures.c" -o "$build/make-fixtures" -lcrypto &&
    { [ -e "$fixtures/ca.pem" ] || "$build/make-fixtures" "$fixtures"; } &&
    cc -std=gnu11 -g -O1 -Wall -Wextra -Werror -Wno-deprecated-declarations "$here"/*.c \
        -o "$build/differential" -lssl -lcrypto || fail "does not compile"

# both FIRST COUNT NAME: the logs of both libraries in NAME.stock and NAME.tessera
both() {
    env -u LD_LIBRARY_PATH timeout 1800 "$build/differential" "$fixtures" "$1" "$2" >"$build/$3.stock" 2>&1 &
    LD_LIBRARY_PATH=$library timeout 1800 "$build/differential" "$fixtures" "$1" "$2" >"$build/$3.tessera" 2>&1
    wait
}

if [ $# -gt 0 ]; then
    both "$1" "${2:-1}" one
    exec python3 "$here/compare.py" "$build/one" --all
fi
random=$((fixed + 1 + (RANDOM << 30 | RANDOM << 15 | RANDOM)))
echo "seeds 1 to $fixed, and from $random $new new ones"
both 1 $fixed fixed
both $random $new new
cat "$build/fixed.stock" "$build/new.stock" >"$build/all.stock"
cat "$build/fixed.tessera" "$build/new.tessera" >"$build/all.tessera"
exec python3 "$here/compare.py" "$build/all"
