#!/bin/bash
# SSL_trace in programs: `openssl s_client -trace` and `s_server -trace`, in every
# pairing of the two libraries. Both ends saw the same messages, so what one prints as
# sent, the other must print as received, to the letter.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=openssl

pki
openssl ocsp -index pki/db/index -CA pki/ca.pem -rsigner pki/ca.pem -rkey pki/ca.key -issuer pki/ca.pem \
    -cert pki/server.pem -respout status.der >ocsp.log 2>&1 || { cat ocsp.log && give_up "no OCSP response"; }

# messages Sent|Received FILE: the texts of the handshake messages that went that way.
messages() {
    awk -v way="$1" '/^(Sent|Received) /{ now = $1 } /^    [A-Za-z]+, Length=/{ body = now == way }
         /^$/ { body = 0 } body { print }' "$2"
}

# names FILE: which messages there were.
names() { sed -nE 's/^    ([A-Za-z]+), Length=.*/\1/p; s/^    (change_cipher_spec|Level=[a-z]*).*/\1/p' "$1" | tr '\n' ' '; }

# traced NAME "EXPECTED MESSAGES" "SERVER OPTIONS" "CLIENT OPTIONS"...: one connection for
# each set of client options, in each pairing.
traced() {
    local name=$1 expected=$2 options=$3 set pair server_library client_library way back
    shift 3
    for pair in "stock stock" "stock tessera" "tessera stock" "tessera tessera"; do
        read -r client_library server_library <<<"$pair"
        rm -f session.pem
        # shellcheck disable=SC2086 # options are words
        s_server "$server_library" -naccept $# -cert pki/server.pem -key pki/server.key -CAfile pki/ca.pem -www \
            -trace -msgfile server.trace $options >starting.out || {
            check "$name: s_server on $server_library starts" is "" "$(head -n 3 starting.out)"
            continue
        }
        : >client.trace
        for set; do
            # shellcheck disable=SC2086
            printf 'GET / HTTP/1.0\r\n\r\n' | on "$client_library" timeout 60 openssl s_client -ign_eof \
                -connect "127.0.0.1:$port" -CAfile pki/ca.pem -trace -msgfile one.trace $set >client.out 2>&1
            cat one.trace >>client.trace
        done
        # It ends of itself, and so writes its whole trace.
        wait_for 60 gone "$server"
        stop "$server"
        result "-trace: $name: the messages" "$client_library > $server_library" matches "$(names client.trace)" "$expected"
        for way in "Sent Received" "Received Sent"; do
            read -r way back <<<"$way"
            messages "$way" client.trace >client.messages
            messages "$back" server.trace >server.messages
            # A client that fails reads no further.
            case $name in *authority) sed -i "$(wc -l <client.messages)q" server.messages ;; esac
            result "-trace: $name: ${way/ /, }" "$client_library > $server_library" same_text client.messages server.messages
        done
    done
}

same_text() { given="$(wc -l <"$1") lines" && [ -s "$1" ] && { diff "$1" "$2" >difference || { head -n 20 difference && false; }; }; }

full12="ClientHello *ServerHello Certificate *ServerKeyExchange *ServerHelloDone *ClientKeyExchange *change_cipher_spec *Finished *"
full13="ClientHello *ServerHello *EncryptedExtensions *Certificate *CertificateVerify *Finished *NewSessionTicket *"

for version in 1_2 1_3; do
    wanted=${full12}
    [ $version = 1_3 ] && wanted=$full13
    traced "TLS $version, SNI, ALPN and OCSP" "$wanted" "-tls$version -alpn http/1.1 -status_file status.der -serverpref" \
        "-tls$version -servername localhost -alpn h2,http/1.1 -status"
    traced "TLS $version, a client certificate" "*CertificateRequest*Certificate*CertificateVerify*" "-tls$version -Verify 2" \
        "-tls$version -cert pki/client.pem -key pki/client.key"
    traced "TLS $version, resumed" "*NewSessionTicket*ClientHello*ServerHello*" "-tls$version" \
        "-tls$version -sess_out session.pem" "-tls$version -sess_in session.pem"
    traced "TLS $version, an unknown authority" "*Certificate*Level=fatal *" "-tls$version" \
        "-tls$version -CAfile pki/otherca.pem -verify_return_error"
done
traced "HelloRetryRequest" "ClientHello *ServerHello *ClientHello *ServerHello *" "-tls1_3 -groups P-384" \
    "-tls1_3 -groups X25519:P-384"
finish
