#!/bin/bash
# The demonstration (`make demo`): a C program built against Tessera's header, then
# Debian's unmodified openssl and curl on Tessera, each making a full connection and
# one that resumes its session, in TLS 1.2 and 1.3. Every fact is what a program
# prints; the demonstration fails if one is not as it should be.
set -u
. "$(dirname "$0")/../tests/programs/lib.sh"
cd "$work" || exit 1

row() { printf '%-8s %-8s %-30s %-16s %-7s %7s %s\n' "$@"; }
head_line() { row version kind cipher group session time ""; }

# expect NAME COMMAND...: says nothing when it holds.
expect() {
    local said
    said=$(check "$@") && return
    failed=$((failed + 1))
    echo "$said" >&2
}

# The library of a process or program, as the demonstration shows it.
show_library() {
    echo "library of $1: $2"
    expect "$1 is on Tessera" is_library tessera "$2"
}

give_up() {
    echo "demo: $*" >&2
    exit 1
}

kinds=(full resumed)
states=(new reused)

c_program() {
    echo
    echo "A C program with our <openssl/ssl.h>: SSL_get1_session, then SSL_set_session on a new SSL"
    ${CC:-cc} -O2 -I"$tree/include" -o resume "$tree/examples/resume.c" -L"${tessera_lib%/*}" -lssl -lcrypto -pthread -ldl ||
        give_up "examples/resume.c does not compile"
    on tessera ./resume >resume.out 2>&1
    local status=$?
    head -n 1 resume.out
    head_line
    tail -n +2 resume.out
    expect "the C program succeeds" is 0 $status
    expect "the C program is on Tessera" is_library tessera "$(sed -n 's/^library: //p' resume.out)"
    local version
    for version in 1.2 1.3; do
        expect "a full and a resumed connection, TLS $version" is "new reused" \
            "$(awk -v v="TLSv$version" '$1 == v { printf "%s%s", sep, $5; sep = " " }' resume.out)"
    done
}

# One line of an s_client run: file, kind, what the session should be, seconds it took.
s_client_row() {
    local out=$1 protocol cipher state group
    read -r state protocol cipher < <(sed -nE '/HTTP\/1.0 200/q; s/^(New|Reused), ([^,]*), Cipher is (.*)/\1 \2 \3/p' "$out" | tail -n 1)
    group=$(sed -n 's/^Server Temp Key: \([^,]*\).*/\1/p' "$out" | tail -n 1)
    [ "$state" != Reused ] || state=reused
    row "$protocol" "$2" "$cipher" "${group:--}" "${state,,}" "$4" "ms (whole run)"
    expect "openssl: $2 connection" is "$3" "${state,,}"
    expect "openssl: certificate verified" grep -q '^Verification: OK' "$out"
    expect "openssl: the server's page" grep -q 'HTTP/1.0 200' "$out"
}

timed() {
    local started=${EPOCHREALTIME/./}
    "$@"
    echo $(((${EPOCHREALTIME/./} - started) / 1000)) >took
}

s_client() {
    printf 'GET / HTTP/1.0\r\n\r\n' | on tessera timeout 30 openssl s_client -connect 127.0.0.1:$port \
        -servername localhost -verify_hostname localhost -CAfile pki/ca.pem -ign_eof "$@" >s_client.out 2>&1
}

openssl_program() {
    echo
    echo "Debian's openssl, s_client to s_server: a session kept in a file by -sess_out, resumed by -sess_in"
    s_server tessera -cert pki/server.pem -key pki/server.key -www || give_up "openssl s_server did not start on Tessera"
    show_library "openssl s_server" "$(libssl_in $server)"
    show_library "openssl s_client" "$(libssl_of tessera openssl)"
    head_line
    local version i options reconnected
    for version in 1_2 1_3; do
        options=(-sess_out -sess_in)
        rm -f session.pem
        for i in 0 1; do
            timed s_client -tls$version "${options[i]}" session.pem
            s_client_row s_client.out ${kinds[i]} ${states[i]} "$(cat took)"
        done
    done
    s_client -tls1_2 -reconnect
    reconnected=$(sed '/HTTP\/1.0 200/,$d' s_client.out | grep -oE '^(New|Reused)' | sort | uniq -c | tr -s ' \n' ' ')
    echo "TLSv1.2  -reconnect: connections:$reconnected"
    expect "openssl -reconnect" is " 1 New 5 Reused " "$reconnected"
    stop $server
}

curl_program() {
    echo
    echo "Debian's curl, two connections in one run, to Debian's nginx (which says what it sees)"
    nginx_on tessera || give_up "nginx did not start on Tessera"
    show_library "nginx" "$(libssl_in $nginx)"
    show_library "curl" "$(libssl_of tessera curl)"
    head_line
    local version out i facts times
    for version in 1.2 1.3; do
        out=$(on tessera curl -sSv --max-time 30 --cacert pki/ca.pem --http1.1 --tlsv$version --tls-max $version \
            -H "Connection: close" -w 'times %{time_connect} %{time_appconnect}\n' \
            "https://localhost:$site/facts" "https://localhost:$site/facts" 2>&1)
        mapfile -t facts < <(grep -o '^protocol=.*' <<<"$out")
        mapfile -t times < <(sed -n 's/^times \(.*\)/\1/p' <<<"$out" | awk '{ printf "%.2f\n", ($2 - $1) * 1000 }')
        for i in 0 1; do
            curl_row "${facts[i]:-}" ${kinds[i]} ${states[i]} "${times[i]:--}"
        done
        expect "curl says once that it reuses a session" is 1 "$(grep -c '^\* SSL re-using session ID' <<<"$out")"
    done
    stop $nginx
}

curl_row() {
    local protocol=- cipher=- group=- reused= word state=new
    for word in $1; do
        case $word in
        protocol=* | cipher=* | group=* | reused=*) local "${word%%=*}=${word#*=}" ;;
        esac
    done
    [ "$reused" != r ] || state=reused
    row "$protocol" "$2" "$cipher" "${group:--}" "$state" "$4" ms
    expect "curl: $2 connection" is "$3" "$state"
    expect "curl: an answer" test -n "$1"
}

"$tree/bin/tessera" --version
pki
c_program
openssl_program
curl_program
echo
if [ "$failed" = 0 ]; then
    echo "demo: everything resumed as it should"
else
    echo "demo: $failed things are not as they should be" >&2
    exit 1
fi
