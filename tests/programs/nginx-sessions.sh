#!/bin/bash
# Sessions at Debian's nginx, stock and Tessera, with clients on either: a cache that two
# workers share, a worker's own cache, tickets, ticket keys from files and their
# rotation under load, reloads, expiry, client certificates, nginx as the client of an
# upstream, and a fleet of both libraries. What nginx logs of each connection
# ($ssl_session_reused) must be what stock with stock logs for the same series of clients.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=nginx

# --- Two servers, one on each library, with the same configuration ----------------

kinds=(ids tickets keyfile loaded builtin brief nocache members memberids front)
declare -A at nginx
ports() {
    local library kind
    for library in stock tessera; do
        for kind in "${kinds[@]}"; do at[$library.$kind]=$(free_port); done
    done
}

# block LIBRARY KIND DIRECTIVE...: a server with those directives.
block() {
    cat <<EOB
    server {
        listen 127.0.0.1:${at[$1.$2]} ssl backlog=512;
        server_name localhost;
        ssl_certificate $work/pki/server.pem;
        ssl_certificate_key $work/pki/server.key;
$(printf '        %s\n' "${@:3}")
        location / { return 200 "here\n"; }
    }
EOB
}

# proxied LIBRARY PATH DIRECTIVE...: the places of the front server that pass on to the
# upstream of each library, by TLS 1.2 and 1.3: /PATH/UPSTREAM/KIND/VERSION/
proxied() {
    local upstream kind version
    for upstream in stock tessera; do
        for kind in ids tickets members; do
            for version in 1.2 1.3; do
                cat <<EOB
        location /$1/$upstream/$kind/$version/ {
            proxy_pass https://127.0.0.1:${at[$upstream.$kind]}/;
            proxy_ssl_protocols TLSv$version;
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
            proxy_ssl_server_name on;
            proxy_ssl_trusted_certificate $work/pki/ca.pem;
            proxy_ssl_certificate $work/pki/client.pem;
            proxy_ssl_certificate_key $work/pki/client.key;
$(printf '            %s\n' "${@:2}")
        }
EOB
            done
        done
    done
}

# configure LIBRARY WORKERS KEY-FILE...: writes the configuration of that nginx.
configure() {
    local library=$1 dir=$work/nginx.$1 workers=$2 key keys=()
    shift 2
    for key; do keys+=("ssl_session_ticket_key $work/$key;"); done
    mkdir -p "$dir/tmp"
    {
        [ "$(id -u)" != 0 ] || echo "user root;"
        cat <<EOB
worker_processes $workers;
pid $dir/pid;
error_log $dir/error.log info;
events { worker_connections 512; }
http {
    log_format session "\$connection \$ssl_session_reused";
    log_format client "\$connection \$ssl_session_reused \$ssl_client_verify \$ssl_client_s_dn";
    access_log $dir/access.log session;
    client_body_temp_path $dir/tmp/body;
    proxy_temp_path $dir/tmp/proxy;
    fastcgi_temp_path $dir/tmp/fastcgi;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
EOB
        block "$library" ids "ssl_session_cache shared:ids:2m;" "ssl_session_tickets off;"
        block "$library" tickets "ssl_session_cache shared:tickets:2m;"
        block "$library" keyfile "ssl_session_cache none;" "${keys[@]}"
        block "$library" loaded "ssl_session_cache none;" "${keys[@]}" "access_log off;"
        block "$library" builtin "ssl_session_cache builtin:1000;" "ssl_session_tickets off;"
        block "$library" brief "ssl_session_cache shared:brief:2m;" "ssl_session_timeout 15s;" "ssl_session_tickets off;"
        block "$library" nocache "ssl_session_cache off;" "ssl_session_tickets off;"
        set -- "ssl_client_certificate $work/pki/ca.pem;" "ssl_verify_client on;" "access_log $dir/access.log client;"
        block "$library" members "ssl_session_cache none;" "${keys[@]}" "$@"
        block "$library" memberids "ssl_session_cache shared:members:2m;" "ssl_session_tickets off;" "$@"
        echo "    server {"
        echo "        listen 127.0.0.1:${at[$library.front]};"
        echo "        access_log off;"
        proxied on "proxy_ssl_session_reuse on;"
        proxied off "proxy_ssl_session_reuse off;"
        echo "    }"
        echo "}"
    } >"$dir/nginx.conf"
}

# start LIBRARY WORKERS
start() {
    local library=$1 dir=$work/nginx.$1
    configure "$@" key.a
    : >"$dir/access.log"
    rm -f "$dir/pid"
    launch "$library" nginx -p "$dir" -c nginx.conf -e "$dir/error.log" -g "daemon off;" >"$dir/out" 2>&1 &
    nginx[$library]=$!
    later kill $!
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "${at[$library.ids]}" && wait_for 60 has_workers $! $2 || {
        head -n 5 "$dir/out" "$dir/error.log"
        give_up "nginx does not start on $library"
    }
    check "nginx runs on $library, $2 worker(s)" is_library "$library" "$(libssl_in ${nginx[$library]})"
}

# reload LIBRARY KEY-FILE...: with those keys, and two workers.
reload() {
    local before
    before=$(workers_of ${nginx[$1]})
    configure "$1" 2 "${@:2}"
    kill -HUP ${nginx[$1]}
    wait_for 60 reloaded ${nginx[$1]} "$before" || echo "reload failed"
}

# None of the workers that were there before is left, and there are as many new ones.
reloaded() {
    local worker
    for worker in $2; do ! [ -d "/proc/$worker" ] || return 1; done
    has_workers "$1" "$(wc -w <<<"$2")"
}

# sound LIBRARY [PREFIX]: no worker crashed, and nothing was worth an alert.
sound() {
    result "${2:-}nothing to complain of" $1 is "" \
        "$(grep -E '\[(alert|emerg|crit)\]|exited on signal' "nginx.$1/error.log" | head -n 3)"
    end QUIT ${nginx[$1]}
    result "${2:-}it ends in order" $1 is 0 $ended
}

# logged LIBRARY COUNT: what was logged of the connections since the last time, in the order
# in which they were accepted: the workers, which count them together, may log in another.
# Waits until they are COUNT.
logged() {
    local log=$work/nginx.$1/access.log
    wait_for 60 has_lines "$2" "$log"
    sort -n "$log" | cut -d' ' -f2 | letters
    cut -s -d' ' -f3- "$log" | sort -u | sed -n 's/^./ &/p' | tr -d '\n'
    : >"$log"
}

has_lines() { [ "$(wc -l <"$2")" -ge "$1" ]; }

# --- One server, with $library, $client and $version ------------------------------

# visits KIND CURL-OPTION...: ten connections of one curl.
visits() {
    port=${at[$library.$1]} curl_visits / 10 "${@:2}"
    logged $library 10
}

# from_file KIND OPTION...: a session kept in a file, and resumed from it six times.
from_file() {
    local port=${at[$library.$1]}
    rm -f session.pem
    s_client_visit / -sess_out session.pem "${@:2}"
    session_visits / 6 "${@:2}"
    logged $library 7
}

# reconnects KIND: one connection and five with its session, as s_client tells of
# them; it makes a request on the last one only.
reconnects() {
    port=${at[$library.$1]} s_client_visit / -reconnect
    told | settled $1
    logged $library 1 >/dev/null
}

# Sessions that live for fifteen seconds, for `expired` to find them dead. Both versions and
# clients at once: one wait is enough.
brief_sessions() {
    for client in stock tessera; do
        for version in 1.2 1.3; do
            port=${at[$library.brief]} s_client_visit / -sess_out brief.$client.$version.pem
        done
    done
    logged $library 4
}

expired() {
    local port=${at[$library.brief]}
    cp brief.$client.$version.pem session.pem
    while [ $SECONDS -lt $brief_until ]; do sleep 0.2; done
    session_visits / 1
    s_client_visit / -sess_out session.pem
    session_visits / 1
    logged $library 3
}

# scenario NAME PATTERN COMMAND...: PATTERN may be for TLS 1.2|for 1.3.
scenario() {
    local name=$1 pattern=$2
    shift 2
    [ $version = 1.2 ] && pattern=${pattern%%|*} || pattern=${pattern##*|}
    outcome "$name, TLS $version" "$pattern" "$client > $library" "$("$@")"
}

with_client=(-cert pki/client.pem -key pki/client.key)
curl_with_client=(--cert pki/client.pem --key pki/client.key)
member="SUCCESS CN=client"

two_workers() {
    result "sessions of fifteen seconds: new" $library is .... "$(brief_sessions)"
    brief_until=$((SECONDS + 17))
    for client in stock tessera; do
        for version in 1.2 1.3; do
            scenario "shared cache, ids: curl" .rrrrrrrrr visits ids
            scenario "shared cache, ids: a session file" .rrrrrr from_file ids
            scenario "shared cache, ids: s_client -reconnect" ".r|......" reconnects ids
            scenario "shared cache, ids: a session file, -no_ticket" .rrrrrr from_file ids -no_ticket
            scenario "shared cache and tickets: curl" .rrrrrrrrr visits tickets
            scenario "shared cache and tickets: curl --no-sessionid" .......... visits tickets --no-sessionid
            scenario "shared cache and tickets: a session file" .rrrrrr from_file tickets
            scenario "shared cache and tickets: s_client -reconnect" ".rrrrr|......" reconnects tickets
            # Such a server gives no id in TLS 1.2, and curl asks for no ticket there.
            scenario "ticket key file, no cache: curl" "..........|.rrrrrrrrr" visits keyfile
            scenario "ticket key file, no cache: a session file" .rrrrrr from_file keyfile
            scenario "neither cache nor tickets: curl" .......... visits nocache
            scenario "ssl_session_timeout 15s: expired, new, resumed" ..r expired
            scenario "client certificate, tickets: curl" "..........\ $member|.rrrrrrrrr\ $member" \
                visits members "${curl_with_client[@]}"
            scenario "client certificate, tickets: a session file" ".rrrrrr $member" from_file members "${with_client[@]}"
            scenario "client certificate, ids: curl" ".rrrrrrrrr $member" visits memberids "${curl_with_client[@]}"
            scenario "client certificate, ids: a session file" ".rrrrrr $member" from_file memberids "${with_client[@]}"
            scenario "client certificate wanted, none given" ".......... NONE -" visits memberids
        done
    done
}

# --- Ticket keys change under load ------------------------------------------------

# The name of the key that sealed a session's ticket: its first 16 bytes.
sealed_by() {
    local key name
    name=$(openssl sess_id -in "$1" -noout -text | sed -nE 's/^ *0000 - ([0-9a-f -]{47}).*/\1/p' | tr -d ' -')
    for key in key.?; do
        [ "$(head -c 16 $key | od -An -tx1 | tr -d ' \n')" != "$name" ] || echo "$key"
    done
}

# Connections to the server without a pause, until the file `load` is gone.
load() {
    while [ -e load ]; do
        on $1 curl -sS --max-time 120 --cacert pki/ca.pem --http1.1 -H "Connection: close" --parallel --parallel-max 8 \
            --tls-max 1.$2 -o /dev/null -w '%{http_code}\n' "https://localhost:${at[$library.loaded]}/?[1-100]"
    done >load.$1.$2 2>/dev/null
}

# rotate: key a; then b seals and a opens; then c seals and b opens.
rotate() {
    local client version loads=() pair
    rm -f rotate.*
    : >load
    load stock 2 & loads+=($!)
    load tessera 3 & loads+=($!)
    keys_are a key.a
    keys_are b key.b key.a
    keys_are c key.c key.b
    rm load
    wait "${loads[@]}"
    result "no connection failed while the keys changed" $library is 200 "$(cat load.* | sort -u)"
    for client in stock tessera; do
        for version in 1.2 1.3; do
            pair="$client > $library"
            outcome "keys a, b a, c b: session of a, a, b, TLS $version" "r.r sealed by key.a key.b key.c" "$pair" \
                "$(cat rotate.[ab].$client.$version) sealed by $(for key in a b c; do
                    sealed_by session.$key.$client.$version.pem
                done | paste -sd ' ')"
        done
    done
}

# keys_are NEWEST KEY-FILE...
keys_are() {
    local newest=$1 old port=${at[$library.keyfile]}
    shift
    [ "$newest" = a ] || reload $library "$@"
    for client in stock tessera; do
        for version in 1.2 1.3; do
            for old in a b; do
                [[ $old < $newest ]] || continue
                cp session.$old.$client.$version.pem session.pem
                session_visits / 1
                logged $library 1 >>rotate.$old.$client.$version
            done
            s_client_visit / -sess_out session.$newest.$client.$version.pem
            logged $library 1 >/dev/null
        done
    done
}

# --- Reloads without a change ------------------------------------------------------

# What was resumed before is resumed afterwards, if the cache or the keys were kept.
after_reload() {
    local kind port patterns=(rr rr. rr rr)
    for client in stock tessera; do
        for version in 1.2 1.3; do
            for kind in ids tickets keyfile memberids; do
                port=${at[$library.$kind]} s_client_visit / "${with_client[@]}" -sess_out reload.$kind.$client.$version.pem
            done
        done
    done
    logged $library 16 >/dev/null
    result "it reloads" $library is "" "$(reload $library key.a)"
    for client in stock tessera; do
        for version in 1.2 1.3; do
            for kind in ids tickets keyfile memberids; do
                cp reload.$kind.$client.$version.pem session.pem
                outcome "after a reload: $kind, TLS $version" "$(survives $kind)" "$client > $library" \
                    "$(port=${at[$library.$kind]} session_visits / 2 "${with_client[@]}"; logged $library 2)"
            done
        done
    done
}

survives() {
    case $1 in
    tickets) echo ".." ;; # the keys are new ones
    memberids) echo "rr $member" ;;
    *) echo "rr" ;;
    esac
}

# --- One worker ---------------------------------------------------------------------

own_cache() {
    for client in stock tessera; do
        for version in 1.2 1.3; do
            scenario "builtin cache: curl" .rrrrrrrrr visits builtin
            scenario "builtin cache: a session file" .rrrrrr from_file builtin
        done
    done
}

# nginx on $client as the client of the nginx on $library.
upstream() {
    local path=$1 kind=$2
    curl -sS --max-time 120 "http://127.0.0.1:${at[$client.front]}/$path/$library/$kind/$version/?[1-8]" >curl.out 2>&1
    logged $library 8
}

upstreams() {
    for version in 1.2 1.3; do
        for library in stock tessera; do
            for client in stock tessera; do
                scenario "nginx to upstream, reuse on: ids" .rrrrrrr upstream on ids
                scenario "nginx to upstream, reuse on: tickets" .rrrrrrr upstream on tickets
                scenario "nginx to upstream, reuse on: client certificate" ".rrrrrrr $member" upstream on members
                scenario "nginx to upstream, reuse off: tickets" "........" upstream off tickets
            done
        done
    done
}

# --- A fleet of both libraries, with the same key file ------------------------------

# A session from the nginx on one library is resumed at the nginx on the other.
fleet() {
    local kind maker client with facts
    for version in 1.2 1.3; do
        for kind in keyfile members; do
            with=() facts=
            [ $kind = keyfile ] || with=("${with_client[@]}") facts=" $member"
            for maker in stock tessera; do
                for library in stock tessera; do
                    for client in stock tessera; do
                        rm -f session.pem
                        port=${at[$maker.$kind]} s_client_visit / -sess_out session.pem "${with[@]}"
                        logged $maker 1 >/dev/null
                        outcome "fleet, one key file${facts:+, client certificate}, TLS $version: $client client" "rrr$facts" \
                            "$maker to $library" \
                            "$(port=${at[$library.$kind]} session_visits / 3 "${with[@]}"; logged $library 3)"
                    done
                done
            done
        done
    done
}

ports
pki
for key in key.a key.b key.c; do head -c 80 /dev/urandom >$key; done

for library in stock tessera; do start $library 2; done
for library in stock tessera; do
    two_workers
    after_reload
    rotate
done
for library in stock tessera; do sound $library "two workers: "; done

for library in stock tessera; do start $library 1; done
for library in stock tessera; do own_cache; done
upstreams
table "nginx: resumed/full (client > server)"

pairs=()
before=${#scenarios[@]}
fleet
scenarios=("${scenarios[@]:before}")
table "nginx: resumed/full (made at > resumed at)"
for library in stock tessera; do sound $library "one worker: "; done
finish
