#!/bin/bash
# Sessions at Debian's Apache httpd (mod_ssl), stock and Tessera, with clients on either:
# prefork and event, a cache in shared memory, tickets, client certificates, graceful
# restarts; and a fleet, where several servers on both libraries share one memcached.
# What httpd logs of each connection (SSL_SESSION_RESUMED) must be what stock with stock
# logs for the same series of clients.
#
# SSLSessionTicketKeyFile is the exception. For OpenSSL 3, mod_ssl 2.4 keeps a pointer into
# a stack frame that is gone (ssl_init_ticket_key) in place of the file's HMAC key, so
# tickets are authenticated with whatever lies there when the callback runs: on stock too,
# a ticket of one child is not always good at another. What can be asked for is that
# tickets bear the name of the file's key, and that every connection succeeds.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program="Apache httpd"

modules=/usr/lib/apache2/modules

# --- The servers ------------------------------------------------------------------

kinds=(ids tickets keyfile members memberids)
declare -A at httpd

# block INSTANCE KIND DIRECTIVE...: a virtual host. Its name and port, which are its session
# id context, are the same wherever it listens.
block() {
    at[$1.$2]=$(free_port)
    cat <<EOB
Listen 127.0.0.1:${at[$1.$2]}
<VirtualHost 127.0.0.1:${at[$1.$2]}>
    ServerName localhost:443
    SSLEngine on
    SSLCertificateFile $work/pki/server.pem
    SSLCertificateKeyFile $work/pki/server.key
$(printf '    %s\n' "${@:3}")
</VirtualHost>
EOB
}

# start LIBRARY INSTANCE MPM CACHE: an httpd of its own; sets ${httpd[INSTANCE]} and the ports.
start() {
    local library=$1 instance=$2 mpm=$3 cache=$4 dir=$work/$2 module
    local wanted=("SSLVerifyClient require" "SSLVerifyDepth 1" "SSLCACertificateFile $work/pki/ca.pem")
    mkdir -p "$dir"
    : >"$dir/access.log"
    {
        for module in mpm_$mpm authz_core socache_shmcb socache_memcache ssl; do
            echo "LoadModule ${module}_module $modules/mod_$module.so"
        done
        [ "$(id -u)" != 0 ] || printf '%s\n' "User www-data" "Group www-data"
        cat <<EOB
ServerRoot $dir
ServerName localhost
PidFile $dir/pid
Mutex posixsem
DefaultRuntimeDir $dir
ErrorLog $dir/error.log
LogLevel warn
LogFormat "%{begin:usec}t %{SSL_SESSION_RESUMED}x %{SSL_PROTOCOL}x %{SSL_CLIENT_VERIFY}x %{SSL_CLIENT_S_DN_CN}x" session
CustomLog $dir/access.log session
KeepAlive Off
StartServers 2
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLSessionCache $cache
SSLSessionCacheTimeout 300
EOB
        block $instance ids "SSLSessionTickets off"
        block $instance tickets "SSLSessionTickets on"
        block $instance keyfile "SSLSessionTickets on" "SSLSessionTicketKeyFile $work/ticket.key"
        block $instance members "SSLSessionTickets on" "${wanted[@]}"
        block $instance memberids "SSLSessionTickets off" "${wanted[@]}"
    } >"$dir/httpd.conf"
    # Of its own process group, which it signals when it ends.
    launch $library setsid apache2 -D FOREGROUND -f "$dir/httpd.conf" >"$dir/out" 2>&1 &
    httpd[$instance]=$!
    later kill $!
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "${at[$instance.ids]}" && wait_for 60 pgrep -P $! || {
        head -n 5 "$dir/out" "$dir/error.log"
        give_up "httpd ($mpm) does not start on $library"
    }
    check "httpd $instance runs on $library" is_library $library "$(libssl_in ${httpd[$instance]})"
    libraries_of_children $library $instance
}

libraries_of_children() {
    local child
    for child in $(pgrep -P ${httpd[$2]}); do libssl_in "$child"; done | sort -u >children
    check "the children of httpd $2 run on $1" is_library $1 "$(cat children)"
}

# sound INSTANCE: it ends, and nothing worse than a warning happened until then.
sound() {
    local what=${1%.*} on=${1#*.}
    result "$what has nothing to complain of" $on is "" \
        "$(grep -E ':(error|crit|alert|emerg)\]|exit signal' "$1/error.log" | grep -v 'AH02261\|AH01630' | head -n 3)"
    end TERM ${httpd[$1]}
    result "$what ends in order" $on is 0 $ended
}

# logged INSTANCE COUNT: what was logged of the connections since the last time, in the order
# in which their requests began: the children may log in another. Waits until they are COUNT.
logged() {
    local log=$work/$1/access.log
    wait_for 60 has_lines "$2" "$log"
    sort -n "$log" | cut -d' ' -f2 | letters
    cut -d' ' -f3- "$log" | sort -u | sed 's/^/ /' | tr -d '\n'
    : >"$log"
}

has_lines() { [ "$(wc -l <"$2")" -ge "$1" ]; }

# --- One server, $instance on $library, with $client and $version --------------------

with_client=(-cert pki/client.pem -key pki/client.key)
curl_with_client=(--cert pki/client.pem --key pki/client.key)

visits() {
    port=${at[$instance.$1]} curl_visits / 10 "${@:2}"
    logged $instance 10
}

from_file() {
    local port=${at[$instance.$1]}
    rm -f session.pem
    s_client_visit / -sess_out session.pem "${@:2}"
    session_visits / 6 "${@:2}"
    logged $instance 7
}

# As s_client tells of its six connections; it makes a request on the last one only.
reconnects() {
    port=${at[$instance.$1]} s_client_visit / -reconnect
    told | settled $1
    logged $instance 1 >/dev/null
}

key_file() {
    local name="$mpm, ticket key file, TLS $version"
    result "$name: every connection succeeds" "$client > $library" matches "$(from_file keyfile)" ".[r.][r.][r.][r.][r.][r.] TLSv$version NONE -"
    result "$name: the key's name" "$client > $library" is "$(head -c 16 ticket.key | od -An -tx1 | tr -d ' \n')" \
        "$(openssl sess_id -in session.pem -noout -text | sed -nE 's/^ *0000 - ([0-9a-f -]{47}).*/\1/p' | tr -d ' -')"
}

# scenario NAME PATTERN COMMAND...: PATTERN is of the letters, for TLS 1.2|for 1.3; who
# the client was follows.
scenario() {
    local name=$1 pattern=$2 who="NONE -"
    shift 2
    [ $version = 1.2 ] && pattern=${pattern%%|*} || pattern=${pattern##*|}
    [[ $name != *certificate* ]] || who="SUCCESS client"
    [[ $name == *-reconnect ]] || pattern="$pattern TLSv$version $who"
    outcome "$name, TLS $version" "$pattern" "$client > $library" "$("$@")"
}

one_server() {
    local mpm=$1
    for client in stock tessera; do
        for version in 1.2 1.3; do
            scenario "$mpm, shmcb, ids: curl" .rrrrrrrrr visits ids
            scenario "$mpm, shmcb, ids: a session file" .rrrrrr from_file ids
            scenario "$mpm, shmcb, ids: s_client -reconnect" ".r|......" reconnects ids
            scenario "$mpm, shmcb and tickets: curl" .rrrrrrrrr visits tickets
            scenario "$mpm, shmcb and tickets: a session file" .rrrrrr from_file tickets
            scenario "$mpm, shmcb and tickets: s_client -reconnect" ".rrrrr|......" reconnects tickets
            key_file
            scenario "$mpm, client certificate, tickets: curl" .rrrrrrrrr visits members "${curl_with_client[@]}"
            scenario "$mpm, client certificate, tickets: a session file" .rrrrrr from_file members "${with_client[@]}"
            scenario "$mpm, client certificate, ids: curl" .rrrrrrrrr visits memberids "${curl_with_client[@]}"
            scenario "$mpm, client certificate, ids: a session file" .rrrrrr from_file memberids "${with_client[@]}"
        done
    done
}

# A graceful restart unloads mod_ssl and loads it again; its cache in shared memory and its
# own ticket keys begin anew.
after_graceful() {
    local mpm=$1 kind
    for client in stock tessera; do
        for version in 1.2 1.3; do
            for kind in ids tickets members memberids; do
                port=${at[$instance.$kind]} s_client_visit / "${with_client[@]}" -sess_out graceful.$kind.$client.$version.pem
            done
        done
    done
    logged $instance 16 >/dev/null
    graceful $library $instance
    for client in stock tessera; do
        for version in 1.2 1.3; do
            for kind in ids tickets members memberids; do
                cp graceful.$kind.$client.$version.pem session.pem
                port=${at[$instance.$kind]} session_visits / 2 "${with_client[@]}"
                outcome "$mpm, after a graceful restart: $kind, TLS $version" ".. TLSv$version *" \
                    "$client > $library" "$(logged $instance 2)"
            done
            scenario "$mpm, after a graceful restart: ids, a new session" .rrrrrr from_file ids
            scenario "$mpm, after a graceful restart: tickets, a new session" .rrrrrr from_file tickets
        done
    done
}

# graceful LIBRARY INSTANCE
graceful() {
    local before
    before=$(pgrep -P ${httpd[$2]})
    kill -USR1 ${httpd[$2]}
    result "${2%.*} restarts gracefully" $1 wait_for 60 restarted ${httpd[$2]} "$before"
    libraries_of_children $1 $2
}

restarted() {
    local child
    for child in $2; do ! [ -d "/proc/$child" ] || return 1; done
    pgrep -P "$1"
}

# --- A fleet -------------------------------------------------------------------------

memcached_starts() {
    local user=()
    [ "$(id -u)" != 0 ] || user=(-u root)
    cache_port=$(free_port)
    memcached -l 127.0.0.1 -p "$cache_port" -U 0 "${user[@]}" >memcached.out 2>&1 &
    later kill $!
    wait_for 60 listening "$cache_port" || give_up "memcached does not start: $(head -n 3 memcached.out)"
}

# items: how many sessions memcached has been given.
items() {
    exec 3<>"/dev/tcp/127.0.0.1/$cache_port"
    printf 'stats\r\nquit\r\n' >&3
    tr -d '\r' <&3 | sed -n 's/^STAT total_items //p'
    exec 3>&-
}

# A session made at one server, resumed at another that has the cache in common with it.
fleet() {
    local kind maker with
    for version in 1.2 1.3; do
        for kind in ids memberids; do
            with=()
            [[ $kind != member* ]] || with=("${with_client[@]}")
            for maker in stock tessera; do
                for library in stock tessera; do
                    for client in stock tessera; do
                        rm -f session.pem
                        port=${at[first.$maker.$kind]} s_client_visit / -sess_out session.pem "${with[@]}"
                        logged first.$maker 1 >/dev/null
                        port=${at[second.$library.$kind]} session_visits / 3 "${with[@]}"
                        outcome "fleet, $kind, TLS $version: $client client" "rrr TLSv$version *" \
                            "$maker to $library" "$(logged second.$library 3)"
                    done
                done
            done
        done
    done
}

# Unlike shared memory, memcached remembers while a server restarts.
fleet_after_graceful() {
    local made
    for version in 1.2 1.3; do
        for made in stock tessera; do
            client=stock
            port=${at[first.$made.ids]} s_client_visit / -sess_out graceful.$made.$version.pem
            logged first.$made 1 >/dev/null
        done
    done
    for library in stock tessera; do graceful $library second.$library; done
    for version in 1.2 1.3; do
        for made in stock tessera; do
            for library in stock tessera; do
                cp graceful.$made.$version.pem session.pem
                port=${at[second.$library.ids]} session_visits / 3
                outcome "fleet, ids, after a graceful restart, TLS $version" "rrr TLSv$version *" \
                    "$made to $library" "$(logged second.$library 3)"
            done
        done
    done
}

pki
head -c 48 /dev/urandom >ticket.key
[ "$(id -u)" != 0 ] || chmod 755 "$work"

for mpm in prefork event; do
    for library in stock tessera; do
        instance=$mpm.$library
        start $library $instance $mpm "shmcb:$work/$instance/cache(512000)"
        one_server $mpm
        after_graceful $mpm
        sound $instance
    done
done
table "Apache httpd: resumed/full (client > server)"

memcached_starts
for library in stock tessera; do
    start $library first.$library prefork memcache:127.0.0.1:$cache_port
    start $library second.$library event memcache:127.0.0.1:$cache_port
done
pairs=()
before=${#scenarios[@]}
fleet
fleet_after_graceful
scenarios=("${scenarios[@]:before}")
table "Apache httpd, one memcached: resumed/full (made at > resumed at)"
check "memcached was given sessions" [ "$(items)" -gt 0 ]
for library in stock tessera; do
    sound first.$library
    sound second.$library
done
finish
