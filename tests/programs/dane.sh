#!/bin/bash
# Debian's `openssl s_client` with TLSA records: what it says of the server's
# authentication is the same on both libraries.
set -u
# shellcheck source=tests/programs/lib.sh
. "$(dirname "$0")/lib.sh"
program=openssl
cd "$work" || exit 1
pki

# digest FILE: SHA2-256 of its public key, as hexadecimal digits.
digest() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1; }

# said LIBRARY OPTION...: the lines of s_client on DANE and the verification.
said() {
    local library=$1
    shift
    on "$library" timeout 60 openssl s_client -connect 127.0.0.1:$port -dane_tlsa_domain localhost "$@" \
        </dev/null 2>s_client.err | sed -nE '/^(Verification|Verified peername|DANE TLSA)/p' | LC_ALL=C sort -u
    echo "exit status: ${PIPESTATUS[0]}"
}

# same NAME PATTERN OPTION...: stock says something like PATTERN, and Tessera the same.
same() {
    local name=$1 pattern=$2 client
    shift 2
    for client in stock tessera; do outcome "DANE, $name" "$pattern" "$client > $library" "$(said $client "$@")"; done
}

server_key=$(digest pki/server.pem)
root_key=$(digest pki/ca.pem)
other_key=$(digest pki/otherca.pem)
for library in stock tessera; do
    s_server $library -cert pki/server.pem -key pki/server.key -cert_chain pki/ca.pem -www || give_up "s_server on $library"
    for version in -tls1_2 -tls1_3; do
        same "3 1 1, $version" "*DANE TLSA 3 1 1*matched EE*Verification: OK*" \
            $version -dane_tlsa_rrdata "3 1 1 $server_key"
        same "2 1 1, $version" "*DANE TLSA 2 1 1*matched TA*Verification: OK*" \
            $version -dane_tlsa_rrdata "2 1 1 $root_key"
        same "3 1 1 of another, $version" "*no matching DANE TLSA records*" \
            $version -dane_tlsa_rrdata "3 1 1 $other_key"
        same "1 1 1, trusted, $version" "*DANE TLSA 1 1 1*matched*Verification: OK*" \
            $version -CAfile pki/ca.pem -dane_tlsa_rrdata "1 1 1 $server_key"
        same "1 1 1, not trusted, $version" "*Verification error*" \
            $version -no-CAfile -no-CApath -no-CAstore -dane_tlsa_rrdata "1 1 1 $server_key"
        same "a record of each, $version" "*DANE TLSA 3 1 1*Verification: OK*" \
            $version -dane_tlsa_rrdata "2 1 1 $other_key" -dane_tlsa_rrdata "3 1 1 $server_key"
    done
    stop $server
done
finish
