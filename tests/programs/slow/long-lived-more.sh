#!/bin/bash
# More processes that live long: stunnel, lighttpd and mosquitto, on stock and on Tessera. What is
# asked of them: see long-lived.bash.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../long-lived.bash"
cd "$work" || exit 1

# serve LIBRARY COMMAND...: a server that stays in the foreground.
serve() {
    launch "$@" >server.out 2>&1 </dev/null &
    server=$! process=$!
    later kill $server
    wait_for 60 listening "$port"
}

lighttpd_conf() {
    printf '%s\n' "server.document-root = \"$work/www\"" 'server.bind = "127.0.0.1"' "server.port = $1" "${@:2}"
}

# In front of a server that speaks no TLS, with a cache that is soon full.
stunnel_server() {
    local library=$1 behind
    behind=$(free_port) port=$(free_port)
    lighttpd_conf "$behind" >behind.conf
    lighttpd -D -f behind.conf >behind.out 2>&1 &
    later kill $!
    wait_for 60 listening "$behind" || return
    printf '%s\n' "foreground = yes" "pid =" "debug = 3" "syslog = no" "sslVersionMin = TLSv1.2" "sessionCacheSize = 100" "[t]" "accept = 127.0.0.1:$port" \
        "connect = 127.0.0.1:$behind" "cert = $work/pki/server.pem" "key = $work/pki/server.key" >stunnel.conf
    serve "$library" stunnel4 stunnel.conf
}

lighttpd_server() {
    port=$(free_port)
    lighttpd_conf "$port" 'server.modules = ( "mod_openssl" )' 'ssl.engine = "enable"' "ssl.pemfile = \"$work/pki/server.pem\"" \
        "ssl.privkey = \"$work/pki/server.key\"" 'ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "TLSv1.2")' >lighttpd.conf
    serve "$1" lighttpd -D -f lighttpd.conf
}

mosquitto_server() {
    port=$(free_port)
    printf '%s\n' "$([ "$(id -u)" != 0 ] || echo user root)" "listener $port 127.0.0.1" "cafile $work/pki/ca.pem" \
        "certfile $work/pki/server.pem" "keyfile $work/pki/server.key" "allow_anonymous true" >mosquitto.conf
    serve "$1" mosquitto -c mosquitto.conf
}

pki
mkdir -p www
echo "a page" >www/index.html
warm=1000
visit stunnel stunnel stock tessera
visit lighttpd lighttpd stock tessera
speaks=mqtt
visit mosquitto mosquitto stock tessera
finish
