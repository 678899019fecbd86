#!/bin/bash
# Sessions between the two libraries, in tables: session files, tickets under shared
# keys and under both kinds of key callback, and sessions in a cache that servers
# share, for either library as each server and as the client, in TLS 1.2 and 1.3,
# with and without a client certificate. Every cell must say what it says with
# stock everywhere: not only `reused` or `full`, but what each side then knows.
set -u
. "$(dirname "$0")/lib.sh"

peer=$work/interop
program="C program"
libraries="stock tessera"

# server "ROLE LIBRARY" LIBRARY OPTION...: starts one; its port is in ports[...], and
# its role is what it puts into its tickets.
declare -A ports servers
server() {
    local name=$1 library=$2 out=$work/$1.out
    shift 2
    rm -f "$out"
    launch "$library" "$peer" serve version="$version" pki="$work/pki" data="${name% *}" ${ask:+ask=1} "$@" \
        >"$out" 2>"$out.errors" </dev/null &
    servers[$name]=$!
    later kill $!
    wait_for 60 grep -q '^port' "$out" || { cat "$out.errors" && give_up "the server $name did not start"; }
    ports[$name]=$(sed 's/^port //' "$out")
}

stop_servers() {
    local name
    for name in "${!servers[@]}"; do stop "${servers[$name]}"; done
    servers=() ports=()
}

# client LIBRARY SERVER OPTION...: prints what both sides saw.
client() {
    local library=$1 name=$2
    shift 2
    on "$library" "$peer" connect version="$version" pki="$work/pki" port="${ports[$name]}" ${ask:+cert=1} "$@" 2>&1
}

# Cells: a row is printed as one line, each cell by one word. `expected` is the
# outcome of the first cell, where all is stock; `wanted` is the word for it.
begin_table() {
    expected="" wanted=$1 table="$2, TLS $version${ask:+, client certificate}"
    printf '\n%s, TLS %s%s\n' "$2" "$version" "${ask:+, client certificate}"
}

row() { row=$1 line=$(printf '  %-46s' "$1"); }

cell() {
    local column=$1 outcome=$2 shown verdict=passed
    shown=$(grep -oE '\b(reused|full|failed)\b' <<<"$outcome" | head -n 1)
    line+=$(printf '  %s: %-7s' "$column" "${shown:-nothing}")
    [ -n "$expected" ] || expected=$outcome
    if [ "$shown" = "$wanted" ] && [ "$outcome" = "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)) verdict=failed
        problems+=("$column: $wanted was wanted" "  as on stock: $expected" "  got:         $outcome")
    fi
    given=$shown
    record "$table" "$row, $column" $verdict
}

end_row() {
    echo "$line"
    [ ${#problems[@]} = 0 ] || printf 'FAIL %s\n' "${problems[@]}"
    problems=()
}
problems=()

# first_of CLIENT SERVER OPTION...: a full connection whose session goes to $work/session.
first_of() {
    rm -f "$work/session"
    client "$@" out="$work/session" >"$work/first" || cat "$work/first"
}

# --- Session files --------------------------------------------------------------

session_files() {
    local library writer reader
    begin_table reused "session files"
    for library in $libraries; do server "server $library" "$library"; done
    for library in $libraries; do
        for writer in $libraries; do
            row "server $library, written by $writer"
            for reader in $libraries; do
                first_of "$writer" "server $library"
                cell "read by $reader" "$(client "$reader" "server $library" in="$work/session")"
            done
            end_row
        done
    done
    stop_servers
}

# --- Tickets --------------------------------------------------------------------

# tickets WAY: two servers of each library share keys; `other` servers have others,
# or another id context.
tickets() {
    local issuer acceptor by flip name way=$1
    for name in $libraries; do
        server "issuer $name" "$name" keys="$work/keys" way="$way"
        server "acceptor $name" "$name" keys="$work/keys" way="$way"
        server "other keys $name" "$name" keys="$work/otherkeys" way="$way"
        server "other context $name" "$name" keys="$work/keys" way="$way" context=other
    done
    begin_table reused "tickets by $way"
    cells_of_tickets acceptor
    begin_table full "tickets by $way, other keys"
    cells_of_tickets "other keys"
    begin_table full "tickets by $way, other id context"
    cells_of_tickets "other context"
    begin_table full "tickets by $way, a bit of the ticket flipped"
    cells_of_tickets acceptor flip=ticket
    # OpenSSL lets the connection fail: the ticket is good, and the proof is not.
    begin_table failed "tickets by $way, a bit of the secret flipped"
    cells_of_tickets acceptor flip=secret
    stop_servers
}

# cells_of_tickets SERVER OPTION...: for each issuer, acceptor and client.
cells_of_tickets() {
    local target=$1 issuer acceptor by
    shift
    for issuer in $libraries; do
        for by in $libraries; do
            row "issued by $issuer, client $by"
            for acceptor in $libraries; do
                first_of "$by" "issuer $issuer"
                cell "offered to $acceptor" "$(client "$by" "$target $acceptor" in="$work/session" "$@")"
            done
            end_row
        done
    done
}

# --- A cache that servers share -------------------------------------------------

shared_cache() {
    local issuer acceptor by name
    mkdir -p "$work/cache"
    for name in $libraries; do
        server "first $name" "$name" cache="$work/cache"
        server "second $name" "$name" cache="$work/cache"
        server "other context $name" "$name" cache="$work/cache" context=other
    done
    begin_table reused "shared cache"
    cells_of_cache second
    begin_table full "shared cache, removed by the first server"
    cells_of_cache second say=forget
    begin_table full "shared cache, other id context"
    cells_of_cache "other context"
    stop_servers
}

# cells_of_cache SERVER OPTION...: the options are for the first connection.
cells_of_cache() {
    local target=$1 issuer acceptor by
    shift
    for issuer in $libraries; do
        for by in $libraries; do
            row "kept by $issuer, client $by"
            for acceptor in $libraries; do
                first_of "$by" "first $issuer" "$@"
                cell "offered to $acceptor" "$(client "$by" "$target $acceptor" in="$work/session")"
            done
            end_row
        done
    done
}

cc -std=gnu11 -O1 -Wall -Wextra -Werror -Wno-deprecated-declarations "$(dirname "$0")/interop.c" -o "$peer" \
    -lssl -lcrypto || give_up "interop.c does not compile"
pki
for library in $libraries; do
    check "the program runs on $library" is_library $library "$(libssl_of $library "$peer")"
done
head -c 80 /dev/urandom >"$work/keys"
head -c 80 /dev/urandom >"$work/otherkeys"
for version in 1.2 1.3; do
    for ask in "" 1; do
        session_files
        for way in keys hmac evp; do tickets $way; done
        shared_cache
    done
done
echo
finish
