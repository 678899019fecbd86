#!/bin/bash
# Extensions between the two libraries: those of the program in each message, shorter
# records, names of authorities, and those that `openssl s_server -serverinfo` sends,
# for either library as the server and as the client. All must be as with stock on
# both sides.
set -u
. "$(dirname "$0")/lib.sh"

peer=$work/extensions
cc -std=gnu11 -O1 -Wall -Wextra -Werror "$(dirname "$0")/extensions.c" -o "$peer" -lssl -lcrypto ||
    give_up "extensions.c does not compile"
pki
for library in stock tessera; do
    check "the program runs on $library" is_library $library "$(libssl_of $library "$peer")"
done

# serve LIBRARY OPTION...: its port is in $port.
serve() {
    local library=$1 out=$work/server.out
    shift
    rm -f "$out"
    launch "$library" "$peer" serve pki="$work/pki" "$@" >"$out" 2>"$out.errors" </dev/null &
    server=$!
    later kill $server
    wait_for 60 grep -q '^port' "$out" || { cat "$out.errors" && give_up "the server on $library did not start"; }
    port=$(sed 's/^port //' "$out")
}

# pairings NAME SERVER-OPTIONS CLIENT-OPTIONS
pairings() {
    local name=$1 server_options=$2 client_options=$3 by to got expected=""
    for to in stock tessera; do
        # shellcheck disable=SC2086 # options are words
        serve $to $server_options
        for by in stock tessera; do
            # shellcheck disable=SC2086
            got=$(on $by "$peer" connect pki="$work/pki" port="$port" $client_options 2>&1)
            [ -n "$expected" ] || expected=$got
            check "$name: client $by, server $to" is "$expected" "$got"
        done
        stop $server
    done
    matches "$expected" "*client: resumed 0*client: resumed 1*" || give_up "$name says nothing"
}

for version in 1.2 1.3; do
    pairings "TLS $version" "version=$version" "version=$version"
    pairings "TLS $version, client certificate" "version=$version ask=1" "version=$version cert=1"
    pairings "TLS $version, long" "version=$version ask=1 long=1" "version=$version cert=1 long=1"
    pairings "TLS $version, fragments" "version=$version ask=1" "version=$version cert=1 fragment=1"
    pairings "TLS $version, long, fragments" "version=$version ask=1 long=1" "version=$version cert=1 fragment=2 long=1"
    pairings "TLS $version, names" "version=$version" "version=$version names=1"
done
pairings "retried" "version=1.3 ask=1 groups=P-384" "version=1.3 cert=1 groups=P-256:P-384"
pairings "retried, fragments, names" "version=1.3 groups=P-384" "version=1.3 groups=P-256:P-384 fragment=1 names=1"

# s_server LIBRARY OPTION...: for one connection; its port is in $port.
s_server() {
    local library=$1 out=$work/s_server.out
    shift
    rm -f "$out"
    launch "$library" openssl s_server -accept 127.0.0.1:0 -naccept 1 -cert "$work/pki/server.pem" \
        -key "$work/pki/server.key" "$@" >"$out" 2>&1 </dev/null &
    server=$!
    later kill $server
    wait_for 60 grep -q '^ACCEPT.*:' "$out" || give_up "s_server on $library did not start"
    port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$out" | head -n 1)
}

# What `openssl s_client` shows of extensions that `s_server` has from a file. It asks for
# them in TLS 1.2 alone, and does not expect the second elsewhere.
serverinfo() {
    s_server "$1" -serverinfo "$work/serverinfo.pem" -www
    on "$2" openssl s_client -connect "127.0.0.1:$port" -CAfile "$work/pki/ca.pem" "-tls$3" \
        -serverinfo 1000,1001,1002 </dev/null 2>&1 | sed -nE '/BEGIN SERVERINFO/,/END/p; s/.*:error:([0-9A-F]*):.*/error \1/p'
    stop $server
}

# s_client -maxfraglen reads a page in shorter records.
fragments() {
    s_server "$1" -WWW
    printf 'GET /page.txt HTTP/1.0\n\n' | on "$2" openssl s_client -connect "127.0.0.1:$port" \
        -CAfile "$work/pki/ca.pem" "-tls$3" -maxfraglen 1024 -ign_eof 2>&1 | grep -aE '^Verification|error:|^line' | sort | uniq -c
    stop $server
}

{
    for block in "FOR A:AAAB0APoAAJoaQ==" "FOR B:AAARgAPpAAV0aGVyZQ=="; do
        echo "-----BEGIN SERVERINFOV2 ${block%:*}-----"
        echo "${block##*:}"
        echo "-----END SERVERINFOV2 ${block%:*}-----"
    done
} >"$work/serverinfo.pem"
cd "$work" || exit
for i in $(seq 2000); do echo "line"; done >page.txt
for version in 1_2 1_3; do
    for work_of in serverinfo fragments; do
        expected=""
        for to in stock tessera; do
            for by in stock tessera; do
                got=$($work_of $to $by $version)
                [ -n "$expected" ] || expected=$got
                check "$work_of, TLS $version: s_client $by, s_server $to" is "$expected" "$got"
            done
        done
        echo "$expected"
    done
done
finish
