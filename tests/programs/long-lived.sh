#!/bin/bash
# Processes that live long: nginx with one worker, HAProxy with two threads, Apache httpd with
# one child of event, Redis, and a client in Python, on stock and on Tessera, some preloaded.
# What is asked of them: see long-lived.bash.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/long-lived.bash"
cd "$work" || exit 1

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
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend site
    bind 127.0.0.1:$port ssl crt $work/both.pem
    http-request return status 200
EOF
    launch "$1" haproxy -db -f haproxy.cfg >server.out 2>&1 &
    server=$! process=$!
    later kill $server
    wait_for 60 listening "$port"
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
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "$port" || return
    process=$(workers_of $server | tail -n 1)
}

redis_server() {
    port=$(free_port)
    launch "$1" redis-server --port 0 --tls-port $port --bind 127.0.0.1 --dir "$work" --save '' --tls-auth-clients no \
        --tls-key-file pki/server.key --tls-cert-file pki/server.pem --tls-ca-cert-file pki/ca.pem >server.out 2>&1 &
    server=$! process=$!
    later kill $server
    wait_for 60 listening "$port"
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
speaks=redis
visit redis Redis stock tessera
speaks=http
clients
finish
