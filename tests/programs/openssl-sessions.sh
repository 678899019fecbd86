#!/bin/bash
# Sessions of Debian's `openssl` on stock and on Tessera: s_server with each of its cache and
# ticket options against s_client that reconnects or resumes from a file, with what the
# server counts; s_time; and the session files themselves, as sess_id reads, prints and
# writes them.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# --- Who resumes what ----------------------------------------------------------------

# As s_client tells of its connections.
told() { sed '/^HTTP\//,$d' client.out | sed -nE 's/^(New|Reused), .*/\1/p' | letters; }

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

# Each of many connections of s_time: `r` resumed, `*` full, as s_time prints them. How many
# there are depends on the machine.
for_a_second() {
    on $client openssl s_time -connect "localhost:$port" -www / -CAfile pki/ca.pem -time 1 "$@" \
        "-tls${version/./_}" >client.out 2>&1
    sed -nE 's/^(.*[rtT*])[0-9]+ connections? in .*/\1/p' client.out | tail -n 1 | fold -w 1 | sort -u | tr -d '\n'
}

# scenario NAME PATTERN COMMAND...: PATTERN is of the letters, for TLS 1.2|for 1.3.
scenario() {
    local name=$1 pattern=$2
    shift 2
    [ $version = 1.2 ] && pattern=${pattern%%|*} || pattern=${pattern##*|}
    outcome "$name, TLS $version" "$pattern *" "$client > $library" "$("$@")"
}

# serving OPTION...: for both versions, s_server on $library with those options; then, for
# both clients, what the caller put in `scenarios_of`.
with_server() {
    local scenarios_of=$1
    shift
    for version in 1.2 1.3; do
        for client in stock tessera; do
            s_server $library -cert pki/server.pem -key pki/server.key -www "-tls${version/./_}" "$@" || {
                check "s_server $* starts on $library" false
                continue
            }
            $scenarios_of "${*:-no option}"
            stop $server
        done
    done
}

all_resume() {
    scenario "s_server $1: -reconnect" ".rrrrr|......" reconnecting
    scenario "s_server $1: a session file" .rrrr from_file
    scenario "s_server $1: a session handed on" .rrrr handed_on
    scenario "s_server $1: a session file, -no_ticket" .rrrr from_file -no_ticket
}

only_tickets() {
    scenario "s_server $1: -reconnect" ".rrrrr|......" reconnecting
    scenario "s_server $1: a session file" .rrrr from_file
    scenario "s_server $1: a session file, -no_ticket" "*" from_file -no_ticket
}

none_resumes() {
    scenario "s_server $1: -reconnect" "......" reconnecting
    scenario "s_server $1: a session file" "*" from_file
}

resumption() {
    with_server all_resume
    with_server all_resume -no_ticket
    with_server all_resume -ext_cache
    with_server all_resume -ext_cache -no_ticket
    with_server all_resume -id_prefix Tessera -no_ticket
    with_server all_resume -context sessions
    with_server all_resume -num_tickets 5
    with_server only_tickets -no_cache
    with_server none_resumes -no_cache -no_ticket
    with_server none_resumes -num_tickets 0 -no_ticket
}

table_of_pairs() { table "openssl: resumed/full (client > server)"; }

pki
for library in stock tessera; do resumption; done
table_of_pairs
finish
