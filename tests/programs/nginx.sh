#!/bin/bash
# Debian's nginx on stock and on Tessera, two workers, serving to curl on stock and
# on Tessera: 1,000 requests, 50 in parallel, none failed; resumption between
# workers; and still the right library after a reload.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=nginx

# requests LIBRARY CURL-OPTION...: 1,000 connections with one request each.
requests() {
    local library=$1
    shift
    on "$library" curl -sS --max-time 120 --cacert pki/ca.pem --parallel --parallel-immediate --parallel-max 50 \
        -H "Connection: close" --http1.1 "$@" -o /dev/null -w '%{http_code} %{size_download}\n' \
        "https://localhost:$site/page?[1-1000]" 2>curl.err | sort | uniq -c | sed 's/^ *//'
}

# The session file of one connection resumes on whichever worker answers.
resumed_everywhere() {
    local version=$1 i out=
    printf 'GET /facts HTTP/1.0\r\n\r\n' | timeout 60 openssl s_client -connect 127.0.0.1:$site -tls$version \
        -ign_eof -sess_out session.pem >/dev/null 2>&1
    for i in 1 2 3 4 5 6 7 8 9 10; do
        out+=$(printf 'GET /facts HTTP/1.0\r\n\r\n' | timeout 60 openssl s_client -connect 127.0.0.1:$site \
            -tls$version -ign_eof -sess_in session.pem 2>/dev/null | grep -aoE 'reused=[r.]')
    done
    printf '%s' "$out" | sed 's/reused=//g'
}

libraries_of_workers() {
    local worker
    for worker in $(workers_of $nginx); do libssl_in "$worker"; done | sort | uniq -c | sed 's/^ *//'
}

serve() {
    local library=$1 client version
    nginx_on "$library" 2 || {
        check "nginx starts on $library" false
        return
    }
    check "nginx runs on $library" is_library "$library" "$(libssl_in $nginx)"
    result "the library of both workers" $library is "2 $(libssl_in $nginx)" "$(libraries_of_workers)"
    for client in stock tessera; do
        for version in 1.2 1.3; do
            result "1,000 requests, 50 in parallel, TLS $version" "$client > $library" \
                is "1000 200 10000" "$(requests $client --tlsv$version --tls-max $version)"
        done
    done
    for version in 1_2 1_3; do
        result "sessions resume on every worker, TLS ${version/_/.}" $library \
            is rrrrrrrrrr "$(resumed_everywhere $version)"
    done
    local before
    before=$(workers_of $nginx)
    kill -HUP $nginx
    wait_for 60 reloaded "$before"
    result "1,000 requests after a reload" $library is "1000 200 10000" "$(requests stock)"
    result "no worker died" $library is "" \
        "$(grep -E 'alert|emerg|signal [0-9]+ \(core|exited on signal' "nginx.$library/error.log" | head -n 3)"
    end QUIT $nginx
    result "it ends in order" $library is 0 $ended
}

# The old workers are gone and two new ones are there.
reloaded() {
    local worker
    for worker in $1; do ! [ -d "/proc/$worker" ] || return 1; done
    has_workers $nginx 2
}

pki
mkdir -p www
head -c 10000 /dev/urandom >www/page
serve stock
serve tessera
finish
