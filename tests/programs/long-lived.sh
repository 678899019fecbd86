#!/bin/bash
# Processes that live long: nginx with one worker, HAProxy with two threads, Apache httpd with
# one child of event, and a client in Python, on stock and on Tessera, some preloaded. After some connections to
# get warm, a thousand each that are full, resumed, and aborted in the handshake: all go as
# they should, the server's memory grows on Tessera as little as on stock, no file stays open, and
# it ends in order.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

kinds=(full resumed aborted)
count=1000
# How many kB more than on stock a thousand connections may leave behind. Allocators keep
# a few pages; 300 bytes lost by each connection would be more.
margin=300

declare -A grown good files

# --- Servers: each sets $server and $process, whose memory is looked at -----------------

nginx_server() {
    nginx_on "$1" 1 >starting.out || return
    server=$nginx port=$site process=$(workers_of $nginx)
}

haproxy_server() {
    port=$(free_port)
    cat pki/server.pem pki/server.key >both.pem
    cat >haproxy.cfg <<EOF
global
    nbthread 2
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    timeout connect 5s
    timeout client 20s
    timeout server 20s
frontend site
    bind 127.0.0.1:$port ssl crt $work/both.pem
    http-request return status 200
EOF
    launch "$1" haproxy -db -f haproxy.cfg >server.out 2>&1 &
    server=$! process=$!
    later kill $server
    wait_for 10 listening "$port"
}

apache_server() {
    local dir=$work/httpd.$1 module
    port=$(free_port)
    mkdir -p "$dir"
    {
        for module in mpm_event authz_core socache_shmcb ssl; do
            echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
        done
        [ "$(id -u)" != 0 ] || printf '%s\n' "User www-data" "Group www-data"
        cat <<EOF
ServerRoot $dir
ServerName localhost
PidFile $dir/pid
Mutex posixsem
DefaultRuntimeDir $dir
ErrorLog $dir/error.log
DocumentRoot $work/www
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLSessionCache shmcb:$dir/cache(512000)
Listen 127.0.0.1:$port
<VirtualHost 127.0.0.1:$port>
    SSLEngine on
    SSLCertificateFile $work/pki/server.pem
    SSLCertificateKeyFile $work/pki/server.key
</VirtualHost>
EOF
    } >"$dir/httpd.conf"
    launch "$1" setsid apache2 -D FOREGROUND -f "$dir/httpd.conf" >server.out 2>&1 &
    server=$!
    later kill $server
    wait_for 20 test -s "$dir/pid" && wait_for 10 listening "$port" || return
    process=$(workers_of $server | tail -n 1)
}

# --- Measuring ---------------------------------------------------------------------------

memory_of() { sed -nE 's/^RssAnon:[ \t]*([0-9]+) kB/\1/p' "/proc/$1/status"; }
files_of() { ls "/proc/$1/fd" | wc -l; }

# connect KIND COUNT: as long-lived.py answers.
connect() {
    echo "$port $1 $2" >&"${client[1]}"
    read -r -t 120 went own <&"${client[0]}" || went=none own=0
}

client_on() {
    coproc client { launch "$1" timeout 300 /usr/bin/python3 "$tree/tests/programs/long-lived.py" pki 2>client.err; }
    client_pid=$client_PID
}

# client_ends CONDITION...: what is asked of its exit status.
client_ends() {
    exec {client[1]}>&-
    wait $client_pid
    "$@" is 0 $? || tail -n 3 client.err
}

# measure KEY server|client: what memory grows by with connections of each kind.
measure() {
    local kind before after
    for kind in "${kinds[@]}"; do connect $kind 400; done
    [ $2 = client ] || files[$1]=$(files_of $process)
    for kind in "${kinds[@]}"; do
        before=$own
        [ $2 = client ] || before=$(memory_of $process)
        connect $kind $count
        after=$own
        [ $2 = client ] || after=$(memory_of $process)
        good[$1.$kind]=$went
        grown[$1.$kind]=$((after - before))
    done
    [ $2 = client ] || wait_for 5 as_many_files $process ${files[$1]}
}

as_many_files() { [ "$(files_of $1)" -le "$2" ]; }

# A connection that has come to its end may be counted a little longer, and another begun.
no_more() { given="no more" && [ "$2" -le $(($1 + 2)) ] || { echo "     files: first $1, then $2" && false; }; }

at_most() { given="bounded" && [ "$2" -le "$1" ] || { echo "     wanted: at most $1 kB" && echo "     got:    $2 kB" && false; }; }

judge() {
    local kind library=$1
    for kind in "${kinds[@]}"; do
        result "$count $kind connections" $library is $count ${good[$library.$kind]}
        local limit=$((${grown[stock.$kind]} > 0 ? ${grown[stock.$kind]} + margin : margin))
        [ $library != stock ] || limit=$margin
        result "memory after $count $kind connections" $library at_most $limit ${grown[$library.$kind]}
        echo "     $program, $kind, $library: ${grown[$library.$kind]} kB"
    done
}

# visit FUNCTION PROGRAM LIBRARY...
visit() {
    local library what=$1
    program=$2
    shift 2
    for library; do
        client_on stock
        ${what}_server $library || {
            check "$program starts on $library" false
            cat starting.out server.out 2>/dev/null | head -n 5
            return
        }
        check "$program runs on $library" is_library $library "$(libssl_in $process)"
        measure $library server
        judge $library
        result "no file stays open" $library no_more ${files[$library]} "$(files_of $process)"
        result "it is the same process" $library test -d /proc/$process
        end TERM $server
        result "it ends in order" $library matches $ended "@(0|143)"
        client_ends check "$program: the client ends in order"
    done
}

clients() {
    local library
    program=Python
    nginx_on stock || give_up "nginx does not start"
    port=$site
    for library in stock tessera preload; do
        client_on $library
        measure $library client
        judge $library
        client_ends result "it ends in order" $library
    done
}

pki
mkdir -p www
echo "a page" | tee www/index.html >page
chmod 755 "$work"
visit nginx nginx stock tessera
visit haproxy HAProxy stock tessera preload
visit apache "Apache httpd" stock tessera
clients
finish
