#!/bin/bash
# Sessions of Debian's `openssl` on stock and on Tessera: s_server with each of its cache and
# ticket options against s_client that reconnects or resumes from a file, with what the
# server counts; s_time; and the session files themselves, as sess_id reads, prints and
# writes them.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=openssl

# --- Who resumes what ----------------------------------------------------------------

# What the server counts, on its status page: sessions kept, accepts, hits, misses, timeouts,
# hits by callback, overflows.
counted() {
    sed -nE 's/^ *([0-9]+) (items in|server accepts|session cache|callback cache|cache full).*/\1/p' client.out | paste -sd ' '
}

reconnecting() {
    s_client_visit / -reconnect "$@"
    echo "$(told) ($(counted))"
}

# A session in a file, resumed four times.
from_file() {
    local i
    rm -f session.pem
    s_client_visit / -sess_out session.pem "$@"
    told
    for i in 1 2 3 4; do
        s_client_visit / -sess_in session.pem "$@"
        told
    done
    echo " ($(counted))"
}

# The same, where each connection leaves a new session for the next.
handed_on() {
    local i
    s_client_visit / -sess_out session.pem "$@"
    told
    for i in 1 2 3 4; do
        s_client_visit / -sess_in session.pem -sess_out session.pem "$@"
        told
    done
    echo " ($(counted))"
}

# scenario NAME PATTERN COMMAND...: PATTERN is of the letters, for TLS 1.2|for 1.3.
scenario() {
    local name=$1 pattern=$2
    shift 2
    [ $version = 1.2 ] && pattern=${pattern%%|*} || pattern=${pattern##*|}
    outcome "$name, TLS $version" "$pattern *" "$client > $library" "$("$@")"
}

# with_server COMMAND OPTION...: the command's scenarios for both clients in both versions, each
# with an s_server of its own on $library with those options.
with_server() {
    local command=$1 version client
    shift
    for version in 1.2 1.3; do
        for client in stock tessera; do
            s_server $library -cert pki/server.pem -key pki/server.key -www "-tls${version/./_}" "$@" || {
                check "s_server $* starts on $library" false
                continue
            }
            $command "${*:-without options}"
            stop $server
        done
    done
}

all_resume() {
    scenario "s_server $1: -reconnect" ".rrrrr|......" reconnecting
    scenario "s_server $1: a session file" .rrrr from_file
}

in_all_ways() {
    all_resume "$1"
    scenario "s_server $1: a session handed on" .rrrr handed_on
    scenario "s_server $1: a session file, -no_ticket" .rrrr from_file -no_ticket
}

# Without a session there is no file, and the other four do not take place.
only_tickets() {
    scenario "s_server $1: -reconnect" ".rrrrr|......" reconnecting
    scenario "s_server $1: a session file" .rrrr from_file
    scenario "s_server $1: a session file, -no_ticket" ".|.rrrr" from_file -no_ticket
}

none_resumes() {
    scenario "s_server $1: -reconnect" "......" reconnecting
    scenario "s_server $1: a session file" ".|....." from_file
}

none_in_tls13() {
    scenario "s_server $1: -reconnect" ".rrrrr|......" reconnecting
    scenario "s_server $1: a session file" ".rrrr|." from_file
}

resumption() {
    with_server in_all_ways
    with_server in_all_ways -no_ticket
    with_server in_all_ways -ext_cache
    with_server in_all_ways -ext_cache -no_ticket
    with_server all_resume -id_prefix Tessera -no_ticket
    with_server all_resume -context sessions
    with_server all_resume -num_tickets 5
    with_server only_tickets -no_cache
    with_server none_resumes -no_cache -no_ticket
    with_server none_in_tls13 -num_tickets 0
    with_server none_in_tls13 -num_tickets 0 -no_ticket
}

# --- s_time -----------------------------------------------------------------------------

# As many connections as fit into a second, all with one session. s_time prints `r` for one
# that was resumed and `*` for a full one; how many there are depends on the machine.
for_a_second() {
    on $client openssl s_time -connect "127.0.0.1:$port" -www / -CAfile pki/ca.pem -time 1 -reuse \
        "-tls${version/./_}" >client.out 2>&1
    echo "$(grep -E '^[rtT*]+$' client.out | fold -w 1 | sort -u | letters) exit $? $(manyfold)"
}

manyfold() {
    [ "$(sed -nE 's/^([0-9]+) connections in .* real seconds.*/\1/p' client.out)" -gt 2 ] && echo "over 2"
}

timed() { scenario "s_time -reuse, s_server $1: each of over 2" r for_a_second; }

# --- The files -----------------------------------------------------------------------------

# What varies between any two sessions: numbers, times and lengths of numbers, and so the
# lines of a ticket.
text() {
    sed -E -e 's/(Session-ID|Master-Key|Resumption PSK): [0-9A-F]+$/\1: .../' -e 's/Start Time: [0-9]+/Start Time: .../' \
        -e '/^ *[0-9a-f]{4} - /d' "$1"
}

structure() {
    openssl sess_id -in session.pem -outform DER | openssl asn1parse -inform DER |
        sed -E -e 's/^ *[0-9]+:(d=[0-9]+) +hl=[0-9]+ +l= *[0-9]+ /\1 /' -e 's/(INTEGER|OCTET STRING|\[HEX DUMP\]).*/\1/'
}

# What sess_id on $client makes of the session in $1, but for what varies.
as_read() {
    on $client openssl sess_id -in "$1" -noout -text 2>&1 | text /dev/stdin
    on $client openssl sess_id -in "$1" -noout -text -cert 2>&1 | sed -n '/BEGIN CERT/,$p'
}

# Every form that sess_id writes, of the session in $1.
as_written() {
    on $1 openssl sess_id -in session.pem -outform DER | openssl dgst -sha256 -r
    on $1 openssl sess_id -in session.pem -outform DER | on $1 openssl sess_id -inform DER -text -cert
    on $1 openssl sess_id -in session.pem -outform NSS | openssl dgst -sha256 -r
    on $1 openssl sess_id -in session.pem -context another
    on $1 openssl sess_id -in /dev/null 2>&1 | sed -E 's/^[0-9A-F]+://'
}

same_text() { given=$2 && [ "$1" = "$2" ] || { diff <(echo "$1") <(echo "$2") | head -n 20 && false; }; }

# file NAME SERVER-OPTIONS CLIENT-OPTION...: the session that a client on each library gets
# from a server on each: the same text and DER structure as of stock from stock.
file() {
    local name=$1 server_options=$2 version client library oracle got
    shift 2
    for version in 1.2 1.3; do
        oracle=
        for library in stock tessera; do
            # shellcheck disable=SC2086
            s_server $library -cert pki/server.pem -key pki/server.key -www $server_options || {
                check "$name: s_server $server_options starts on $library" false
                continue
            }
            for client in stock tessera; do
                rm -f session.pem
                s_client_visit / -sess_out session.pem "$@"
                got=$(as_read session.pem && structure)
                oracle=${oracle:-$got}
                result "session file, $name, TLS $version: read" "$client > $library" same_text "$oracle" "$got"
                result "session file, $name, TLS $version: written by sess_id" stock matches "$(as_written stock)" "*SSL-Session:*"
                result "session file, $name, TLS $version: written by sess_id" tessera same_text "$(as_written stock)" "$(as_written tessera)"
            done
            stop $server
        done
        check "session file, $name, TLS $version: there is one" matches "$oracle" "SSL-Session:*Protocol*TLSv$version*d=1 *"
    done
}

files() {
    file "ticket" ""
    file "ticket, host name" "-servername localhost -cert2 pki/server.pem -key2 pki/server.key"
    file "id" "-no_ticket" -no_ticket
    file "chosen id" "-no_ticket -id_prefix Tessera" -no_ticket
    file "ALPN" "-alpn h2,http/1.1" -alpn h2
    file "client certificate" "-Verify 1 -CAfile pki/ca.pem" -cert pki/client.pem -key pki/client.key
    file "unverified" "" -CAfile pki/otherca.pem
    file "wrong host" "" -verify_hostname elsewhere.example
}

pki
for library in stock tessera; do
    check "openssl runs on $library" is_library $library "$(libssl_of $library openssl)"
    resumption
    with_server timed
done
files
table "openssl: resumed/full (client > server)"
finish
