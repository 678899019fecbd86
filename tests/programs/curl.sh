#!/bin/bash
# Debian's curl on stock, on Tessera and preloaded, against nginx on stock, with a root of our
# own: 100 MB down and up over HTTP/1.1 and HTTP/2, sessions reused between the
# connections of one run, and every way in which trust can fail. Same result, same
# exit code.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=curl

# get LIBRARY OPTION...: one quiet curl run with our root.
get() {
    local library=$1
    shift
    on "$library" curl -sS --max-time 120 --cacert pki/ca.pem "$@"
}

digest() { sha256sum <"$1" | cut -d' ' -f1; }

transfers() {
    local library version http name facts
    head -c 104857600 /dev/urandom >www/big
    local wanted
    wanted=$(digest www/big)
    for library in stock tessera preload; do
        for version in 1.2 1.3; do
            for http in 1.1 2; do
                name="TLS $version, HTTP/$http"
                set -- --tlsv$version --tls-max $version --http$http
                facts=$(get $library "$@" "https://localhost:$site/facts" 2>&1)
                result "$name: negotiated" $library matches "$facts" "protocol=TLSv$version cipher=*http=HTTP/${http/%2/2.0} *"
                rm -f down www/up/up
                get $library "$@" -o down "https://localhost:$site/big" >curl.out 2>&1
                result "$name: 100 MB down" $library is "$wanted" "$(digest down 2>&1)"
                get $library "$@" -T www/big "https://localhost:$site/up/up" >curl.out 2>&1
                result "$name: 100 MB up" $library is "$wanted" "$(digest www/up/up 2>&1)"
            done
        done
    done
    rm -f down www/big www/up/up
}

# Two connections in one run: the second reuses the session of the first.
sessions() {
    local library version out
    for library in stock tessera preload; do
        for version in 1.2 1.3; do
            out=$(get $library -v -H "Connection: close" --http1.1 --tlsv$version --tls-max $version \
                "https://localhost:$site/facts" "https://localhost:$site/facts" 2>&1)
            result "TLS $version: the server sees the second connection resumed" $library \
                is "reused=. reused=r " "$(grep -o '^protocol=.*' <<<"$out" | grep -o 'reused=[r.]' | tr '\n' ' ')"
            result "TLS $version: curl says that it reuses the session" $library \
                is 1 "$(grep -c '^\* SSL re-using session ID' <<<"$out")"
        done
    done
}

# same_exit NAME CODE OPTION...: stock's exit code is the expected one, and Tessera's.
same_exit() {
    local name=$1 wanted=$2 library code
    shift 2
    for library in stock tessera preload; do
        on $library curl -sS --max-time 120 -o out "$@" >curl.out 2>&1
        code=$?
        result "$name: exit code" $library is "$wanted" "$code" || cat curl.out
    done
}

trust() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        same_exit "TLS $version, trusted" 0 "$@" --cacert pki/ca.pem "https://localhost:$site/facts"
        same_exit "TLS $version, an address as host" 0 "$@" --cacert pki/ca.pem "https://127.0.0.1:$site/facts"
        same_exit "TLS $version, wrong host" 60 "$@" --cacert pki/ca.pem "https://localhost:$wronghost/"
        same_exit "TLS $version, expired" 60 "$@" --cacert pki/ca.pem "https://localhost:$expired/"
        same_exit "TLS $version, self-signed" 60 "$@" --cacert pki/ca.pem "https://localhost:$selfsigned/"
        same_exit "TLS $version, unknown root" 60 "$@" --cacert pki/otherca.pem "https://localhost:$site/facts"
        same_exit "TLS $version, the system's roots" 60 "$@" "https://localhost:$site/facts"
        same_exit "TLS $version, not verified (-k)" 0 "$@" -k "https://localhost:$expired/"
        same_exit "TLS $version, no root file" 77 "$@" --cacert nothing.pem "https://localhost:$site/facts"
        same_exit "TLS $version, not a TLS server" 35 "$@" -k "https://localhost:$plain/"
    done
    same_exit "TLS 1.3 wanted, 1.2 offered" 35 --tlsv1.3 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256 -k "https://localhost:$old/"
    same_exit "pinned public key" 0 --cacert pki/ca.pem --pinnedpubkey "$(pin server)" "https://localhost:$site/facts"
    same_exit "another pinned public key" 90 --cacert pki/ca.pem --pinnedpubkey "$(pin client)" "https://localhost:$site/facts"
}

pin() {
    echo "sha256//$(openssl x509 -in "pki/$1.pem" -noout -pubkey | openssl pkey -pubin -outform der |
        openssl dgst -sha256 -binary | base64)"
}

client_certificates() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version --cacert pki/ca.pem -f
        same_exit "TLS $version, client certificate" 0 "$@" --cert pki/client.pem --key pki/client.key "https://localhost:$members/facts"
        check "TLS $version, the server saw it" is "client=CN=client verify=SUCCESS" "$(cat out)"
        same_exit "TLS $version, no client certificate" 22 "$@" "https://localhost:$members/facts"
        same_exit "TLS $version, client certificate of another root" 22 "$@" \
            --cert pki/otherclient.pem --key pki/otherclient.key "https://localhost:$members/facts"
        same_exit "TLS $version, key of another certificate" 58 "$@" \
            --cert pki/client.pem --key pki/server.key "https://localhost:$members/facts"
    done
    # A server that breaks the handshake off. In TLS 1.3 the client's own handshake
    # is done by then, and its exit code depends on timing.
    s_server stock -cert pki/server.pem -key pki/server.key -www -Verify 1 -CAfile pki/ca.pem -verify_return_error || return
    set -- --tlsv1.2 --tls-max 1.2 --cacert pki/ca.pem
    same_exit "TLS 1.2, refused without certificate" 35 "$@" "https://localhost:$port/"
    same_exit "TLS 1.2, refused with a wrong one" 35 "$@" --cert pki/otherclient.pem --key pki/otherclient.key "https://localhost:$port/"
    stop $server
}

pki
for library in stock tessera; do
    check "curl runs on $library" is_library $library "$(libssl_of $library curl)"
done
nginx_on stock || give_up "nginx did not start on the stock library"
# Two servers that speak something else: plain HTTP, and TLS 1.2 alone.
plain=$site old=$site
s_server stock -cert pki/server.pem -key pki/server.key -www -tls1_2 && old=$port
plain=$(free_port)
python3 -m http.server --bind 127.0.0.1 "$plain" >/dev/null 2>&1 &
later kill $!
wait_for 60 listening "$plain"

trust
client_certificates
sessions
transfers
finish
