#!/bin/bash
# python-suite.sh [MODULE...]: Python's own tests (Debian's libpython3.11-testsuite) on
# stock, on Tessera and preloaded, side by side: test_ssl and those of asyncio's TLS, or the modules
# given. Each test must end on Tessera as on stock, but for the list below.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=Python

python=/usr/bin/python3
# What is refused, and so fails.
declare -A refused=(
    [test.test_ssl.ThreadedTests.test_dh_params]="finite-field Diffie-Hellman"
    [test.test_ssl.TestPostHandshakeAuth.test_bpo37428_pha_cert_none]="post-handshake authentication"
    [test.test_ssl.TestPostHandshakeAuth.test_pha_no_pha_server]="post-handshake authentication"
    [test.test_ssl.TestPostHandshakeAuth.test_pha_optional]="post-handshake authentication"
    [test.test_ssl.TestPostHandshakeAuth.test_pha_optional_nocert]="post-handshake authentication"
    [test.test_ssl.TestPostHandshakeAuth.test_pha_required]="post-handshake authentication"
    [test.test_ssl.TestPostHandshakeAuth.test_pha_required_nocert]="post-handshake authentication"
)

[ $# -gt 0 ] || set -- test_ssl test.test_asyncio.test_ssl test.test_asyncio.test_sslproto test.test_asyncio.test_streams

# results LIBRARY: a line `TEST ok|skipped|failure|error` for each test, sorted.
results() {
    $python - "$1/results.xml" <<'EOF' | sort
import sys, xml.etree.ElementTree as tree
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    marks = [mark.tag for mark in case if mark.tag in ("failure", "error", "skipped")]
    print(case.get("name").replace(" ", "_"), (marks or ["ok"])[0])
EOF
}

runs=()
for library in stock tessera preload; do
    mkdir $library
    (
        cd $library || exit 1
        launch $library $python -m test -j4 --timeout 3000 --junit-xml results.xml "$@" >log 2>&1
    ) &
    runs+=($!)
done
wait "${runs[@]}"
for library in stock tessera preload; do
    results $library >$library.results 2>&1
    for module; do
        check "$library: ${module#test.} ran" is "" "$(grep -E "(^| )$module (crashed|skipped|timed out|ran no tests)" $library/log)"
    done
done

for library in tessera preload; do
    check "the same tests ran on $library" is "$(cut -d' ' -f1 stock.results)" "$(cut -d' ' -f1 $library.results)"
done
# judge LIBRARY OUTCOME: what it made of $test.
judge() {
    if [ -n "${refused[$test]:-}" ]; then
        explains "$name" $1 "${refused[$test]}" matches "$oracle $2" "ok @(failure|error)"
    else
        result "$name" $1 is "$oracle" "$2" ||
            grep -A 30 -E "^(FAIL|ERROR): ${test##*.} " $1/log | head -n 40
    fi
}

while read -r test oracle tessera preload; do
    # MODULE: CLASS.METHOD
    name=$(sed -E 's/^test\.//; s/\.([^.]*\.[^.]*)$/: \1/' <<<"$test")
    result "$name" stock matches "$oracle" "*"
    judge tessera "$tessera"
    judge preload "$preload"
done < <(join stock.results tessera.results | join - preload.results)

echo
printf '%-24s %8s %8s %8s\n' "Python's tests" stock tessera preload
for result in ok skipped failure error; do
    printf '%-24s %8s %8s %8s\n' $result $(for library in stock tessera preload; do grep -c " $result\$" $library.results; done)
done
finish
