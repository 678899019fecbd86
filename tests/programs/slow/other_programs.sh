#!/bin/bash
# More programs from Debian, unmodified, on stock, on Tessera and once preloaded: stunnel as
# server and as client, lighttpd, mosquitto with mosquitto_pub and mosquitto_sub, socat, and the
# load generators ab, h2load and wrk. The other side is on stock. A program that does not use
# libssl is left out, and that is said.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../scenarios.bash"
cd "$work" || exit 1

who=(--cert pki/client.pem --key pki/client.key)
other=(--cert pki/otherclient.pem --key pki/otherclient.key)

# starts PORT COMMAND...: a server on the library of this column; sets $started.
starts() {
    local port=$1
    shift
    launch $library "$@" >server.out 2>&1 </dev/null &
    started=$!
    later kill $started
    # Without a connection: stunnel would pass it on, and keep its session.
    wait_for 60 bound $port || { echo "it does not listen" && head -n 5 server.out; }
    is_library $library "$(libssl_in $started | head -n 1)"
}

# --- stunnel ------------------------------------------------------------------------

# tunnel client|server PORT TO LINE...: stunnel from PORT to TO.
tunnel() {
    local role=$1 port=$2 to=$3
    shift 3
    printf '%s\n' "foreground = yes" "pid =" "debug = 5" "syslog = no" "[t]" "client = $([ $role = client ] && echo yes || echo no)" \
        "accept = 127.0.0.1:$port" "connect = 127.0.0.1:$to" "$@" >stunnel.conf
    starts $port stunnel4 stunnel.conf
}

stunnel_log() {
    wait_for 60 idle $started
    sed -E 's/^.*LOG[0-9](\[[^]]*\])?: //; s/127\.0\.0\.1:[0-9]+/ADDRESS/g' server.out |
        grep -E 'CERT|SSL_|TLS (accepted|connected)|Negotiated|previous session|new session|Certificate accepted|verif' | grep -vE 'OpenSSL|FIPS' |
        sed -E 's/^([^:]*: )?[A-Za-z0-9_.\/]+\.(c|rs):[0-9]+: //'
}

# Two requests of curl to a server that stunnel makes of a plain one.
stunnel_server() {
    local port options=("$@")
    port=$(free_port)
    tunnel server $port ${port_of[plain]} "cert = $work/pki/server.pem" "key = $work/pki/server.key" "${lines[@]}"
    fetch "${options[@]}" -H "Connection: close" "https://localhost:$port/page" "https://localhost:$port/page"
    stunnel_log
    stop $started
}

# The other way: a plain request through stunnel to a TLS server. When a refused client learns of
# it, as it connects or later, depends on timing.
stunnel_client() {
    local port to=$1
    shift
    port=$(free_port)
    tunnel client $port $to "$@"
    fetch -H "Connection: close" "http://localhost:$port/facts" "http://localhost:$port/facts" |
        sed -E 's/ worker=.*//; s/^exit (7|52|56)$/exit 7, 52 or 56/'
    stunnel_log
    stop $started
}

stunnels() {
    local version lines=()
    for version in 1.2 1.3; do
        lines=("sslVersion = TLSv$version")
        scenario "stunnel server, TLS $version" "*exit 0*a page*" stunnel_server
        lines+=("verifyChain = yes" "CAfile = $work/pki/ca.pem")
        scenario "stunnel server, client certificate, TLS $version" "*exit 0*a page*" stunnel_server "${who[@]}"
        scenario "stunnel client, TLS $version" "*exit 0*TLSv$version*" stunnel_client $site "sslVersion = TLSv$version" \
            "verifyChain = yes" "checkHost = localhost" "CAfile = $work/pki/ca.pem" "sni = localhost"
        scenario "stunnel client, client certificate, TLS $version" "*exit 0*SUCCESS*" stunnel_client $members "sslVersion = TLSv$version" \
            "verifyChain = yes" "CAfile = $work/pki/ca.pem" "cert = $work/pki/client.pem" "key = $work/pki/client.key"
        scenario "stunnel client, another name, TLS $version" "*exit *" stunnel_client $wronghost "sslVersion = TLSv$version" \
            "verifyChain = yes" "checkHost = localhost" "CAfile = $work/pki/ca.pem"
        scenario "stunnel client, an untrusted root, TLS $version" "*exit *" stunnel_client $site "sslVersion = TLSv$version" \
            "verifyChain = yes" "CAfile = $work/pki/otherca.pem"
    done
    lines=("sslVersion = TLSv1.2" "verifyChain = yes" "CAfile = $work/pki/ca.pem")
    scenario "stunnel server, another root's client" "*exit *" stunnel_server "${other[@]}"
    scenario "stunnel server, no client certificate" "*exit *" stunnel_server
    lines=("ciphers = ECDHE-ECDSA-AES128-GCM-SHA256" "curves = P-384" "options = NO_TICKET" "sslVersionMax = TLSv1.2")
    scenario "stunnel server, ciphers, curves, options" "*exit 0*" stunnel_server
    libraries=(stock tessera preload)
    lines=()
    scenario "stunnel server" "*exit 0*a page*" stunnel_server
    libraries=(stock tessera)
}

# --- lighttpd -----------------------------------------------------------------------

lighttpd_on() {
    local port line=$1 extra=${1%%|*} options=${1#*|}
    port=$(free_port)
    cat >lighttpd.conf <<EOF
server.modules = ( "mod_openssl" )
server.document-root = "$work/www"
server.bind = "127.0.0.1"
server.port = $port
server.errorlog = "$work/lighttpd.log"
ssl.engine = "enable"
ssl.pemfile = "$work/pki/server.pem"
ssl.privkey = "$work/pki/server.key"
$extra
EOF
    : >lighttpd.log
    starts $port lighttpd -D -f lighttpd.conf
    fetch $options -H "Connection: close" -w '%{http_code} %{http_version}\n' "https://localhost:$port/page" "https://localhost:$port/page"
    fetch $options "https://localhost:$port/large" -o got
    digest got
    grep -oE 'SSL: [^(]*|error:.*' lighttpd.log | sed 's/^SSL: [0-9 ]*//; s/ (127.*//; s/error:\([0-9A-F]*\):[^:]*:[^:]*:/error:\1:/' | sort -u
    stop $started
    rm -f got
}

lighttpds() {
    local version verify="ssl.verifyclient.activate = \"enable\"
ssl.verifyclient.enforce = \"enable\"
ssl.verifyclient.ca-file = \"$work/pki/ca.pem\""
    for version in 1.2 1.3; do
        scenario "lighttpd, TLS $version" "*exit 0*200*" lighttpd_on "|--tlsv$version --tls-max $version"
        scenario "lighttpd, HTTP/1.1, TLS $version" "*exit 0*200 1.1*" lighttpd_on "|--http1.1 --tlsv$version --tls-max $version"
        scenario "lighttpd, client certificate, TLS $version" "*exit 0*200*" lighttpd_on "$verify|--tlsv$version --tls-max $version ${who[*]}"
    done
    scenario "lighttpd, no client certificate" "*exit *" lighttpd_on "$verify|--tls-max 1.2"
    scenario "lighttpd, another root's client" "*exit *" lighttpd_on "$verify|--tls-max 1.2 ${other[*]}"
    scenario "lighttpd, ssl-conf-cmd" "*exit 0*" lighttpd_on "ssl.openssl.ssl-conf-cmd = (\"MinProtocol\" => \"TLSv1.3\", \"Ciphersuites\" => \"TLS_CHACHA20_POLY1305_SHA256\")|"
    scenario "lighttpd, ssl-conf-cmd, refused" "*exit 35*" lighttpd_on "ssl.openssl.ssl-conf-cmd = (\"MinProtocol\" => \"TLSv1.3\")|--tls-max 1.2"
    scenario "lighttpd, stapling" "*exit 0*" lighttpd_on "ssl.stapling-file = \"$work/pki/server.ocsp\"|"
    libraries=(stock tessera preload)
    scenario "lighttpd" "*exit 0*200*" lighttpd_on "|"
    libraries=(stock tessera)
}

# --- mosquitto ----------------------------------------------------------------------

# broker LINE...: mosquitto on $broker_library; sets $broker and $port.
broker() {
    local library=$broker_library
    port=$(free_port)
    printf '%s\n' "$([ "$(id -u)" != 0 ] || echo user root)" "listener $port 127.0.0.1" "cafile $work/pki/ca.pem" "certfile $work/pki/server.pem" "keyfile $work/pki/server.key" "$@" >mosquitto.conf
    starts $port mosquitto -c mosquitto.conf
    broker=$started
}

# A message to the broker, which keeps it, and back; by publisher and subscriber on $client_library.
message() {
    local to=(-h localhost -p $port -t topic "$@")
    on $client_library timeout 60 mosquitto_pub "${to[@]}" -r -m "a message" 2>&1
    told published $?
    on $client_library timeout 60 mosquitto_sub "${to[@]}" -C 1 -W 30 2>&1
    told subscribed $?
}

# Which of its exit statuses a refused client has depends on timing.
told() { [ $2 = 0 ] && echo "$1: 0" || echo "$1: failed"; }

# mqtt LINES OPTIONS: mosquitto is the side of this column, first as broker, then as clients.
mqtt() {
    local lines=()
    mapfile -t lines <<<"$1"
    shift
    broker_library=$library client_library=stock
    broker "${lines[@]}"
    message "$@" | grep -E '^(a message|published|subscribed)'
    stop $broker
    broker_library=stock client_library=$library
    broker "${lines[@]}" >/dev/null
    message "$@" | grep -E '^(a message|published|subscribed)'
    stop $broker
    # A broker tells of a refused client with the reason, and of one that is gone if it notices.
    grep -oE 'OpenSSL Error\[[0-9]\]: .*' server.out | grep -v 'unexpected eof' | sed -E 's/error:([0-9A-F]*):[^:]*:[^:]*:/error:\1:/' | sort -u
}

mosquittos() {
    local version open="allow_anonymous true" only="require_certificate true
use_identity_as_username true"
    for version in 1.2 1.3; do
        scenario "mosquitto, TLS $version" "*published: 0*a message*subscribed: 0*" mqtt "$open" --cafile pki/ca.pem --tls-version tlsv$version
        scenario "mosquitto, client certificate, TLS $version" "*published: 0*a message*subscribed: 0*" mqtt "$only" --cafile pki/ca.pem "${who[@]}" --tls-version tlsv$version
        scenario "mosquitto, an untrusted root, TLS $version" "*published: failed*" mqtt "$open" --cafile pki/otherca.pem --tls-version tlsv$version
    done
    scenario "mosquitto, no client certificate" "*published: *" mqtt "$only" --cafile pki/ca.pem --tls-version tlsv1.2
    scenario "mosquitto, --capath" "*published: 0*" mqtt "$open" --capath pki/path
    scenario "mosquitto, --ciphers" "*published: 0*" mqtt "$open" --cafile pki/ca.pem --tls-version tlsv1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256
    scenario "mosquitto, --insecure" "*published: 0*" mqtt "$open" --cafile pki/ca.pem --insecure
    scenario "mosquitto, --tls-alpn" "*published: 0*" mqtt "$open" --cafile pki/ca.pem --tls-alpn mqtt
    libraries=(stock tessera preload)
    scenario "mosquitto" "*published: 0*" mqtt "$open" --cafile pki/ca.pem
    libraries=(stock tessera)
}

# --- socat --------------------------------------------------------------------------

# The listener and then the connecting side on the library of this column.
socats() {
    local version ask="cafile=pki/ca.pem,verify=1"
    for version in 1.2 1.3; do
        set -- "openssl-min-proto-version=TLS$version,openssl-max-proto-version=TLS$version"
        scenario "socat, TLS $version" "*intact*intact*" socat_both "verify=0" "cafile=pki/ca.pem,$1"
        scenario "socat, client certificate, TLS $version" "*intact*intact*" socat_both "$ask" "cafile=pki/ca.pem,cert=pki/client.pem,key=pki/client.key,$1"
        scenario "socat, another name, TLS $version" "*" socat_both "verify=0" "cafile=pki/ca.pem,commonname=elsewhere.test,$1"
        scenario "socat, an untrusted root, TLS $version" "*" socat_both "verify=0" "cafile=pki/otherca.pem,$1"
    done
    scenario "socat, another root's client" "*" socat_both "$ask" "cafile=pki/ca.pem,cert=pki/otherclient.pem,key=pki/otherclient.key,openssl-max-proto-version=TLS1.2"
    scenario "socat, cipher" "*intact*intact*" socat_both "verify=0,cipher=ECDHE-ECDSA-AES128-GCM-SHA256" "cafile=pki/ca.pem,openssl-max-proto-version=TLS1.2"
    libraries=(stock tessera preload)
    scenario "socat" "*intact*" socat_both "verify=0" "cafile=pki/ca.pem"
    libraries=(stock tessera)
}

socat_both() {
    socat_pair $library stock "$@"
    socat_pair stock $library "$@"
}

# 1 MB to the listener, then 1 MB from it.
socat_pair() {
    socat_once "$@" "-u" "CREATE:moved" "-u OPEN:www/part" ""
    socat_once "$@" "-u OPEN:www/part" "" "-u" "CREATE:moved"
}

# socat_once LISTENER CONNECTING OPTIONS OPTIONS, then what is before and after each address.
socat_once() {
    local port listener
    port=$(free_port)
    rm -f moved
    launch $1 socat $5 "OPENSSL-LISTEN:$port,bind=127.0.0.1,reuseaddr,cert=pki/server.pem,key=pki/server.key,$3" $6 2>listener.out &
    listener=$!
    # A connection would be its only one.
    wait_for 60 bound $port
    on $2 timeout 60 socat $7 "OPENSSL:localhost:$port,$4" $8 2>connecting.out
    echo "connecting: exit $?"
    wait_for 60 ended $listener || kill $listener
    sed -E 's/^.*\] //; s/localhost:[0-9]+//; s/127.0.0.1:[0-9]+//; s/error:([0-9A-F]*):[^:]*:[^:]*:/error:\1:/' listener.out connecting.out |
        grep -iE 'ssl|certif|error' | grep -vE '^cat: |SSL_write..: (Broken pipe|Connection reset by peer)' | sort -u
    cmp -s moved www/part && echo intact
}

bound() { grep -q ":$(printf %04X $1) 00000000:0000 0A" /proc/net/tcp; }
ended() { ! kill -0 $1; }

# --- Load ---------------------------------------------------------------------------

abs() {
    local version
    for version in 1.2 1.3; do
        scenario "ab, 300 requests, 20 at once, TLS $version" "*Complete requests: 300*Failed requests: 0*" ab_run -n 300 -c 20 -f TLS$version
        scenario "ab, keep-alive, TLS $version" "*Complete requests: 300*Failed requests: 0*" ab_run -n 300 -c 20 -k -f TLS$version
    done
    scenario "ab, cipher" "*ECDHE-ECDSA-AES128-GCM-SHA256*Failed requests: 0*" ab_run -n 20 -Z ECDHE-ECDSA-AES128-GCM-SHA256 -f TLS1.2
    scenario "ab, client certificate" "*Failed requests: 0*" ab_run -n 20 -E both.pem
    libraries=(stock tessera preload)
    scenario "ab" "*Failed requests: 0*" ab_run -n 100 -c 20
    libraries=(stock tessera)
}

h2loads() {
    scenario "h2load, HTTP/2" "*300 succeeded, 0 failed*" h2load_run -n 300 -c 10 -m 5
    scenario "h2load, HTTP/1.1" "*300 succeeded, 0 failed*" h2load_run -n 300 -c 10 --h1
    scenario "h2load, ciphers" "*20 succeeded, 0 failed*" h2load_run -n 20 --tls13-ciphers=TLS_CHACHA20_POLY1305_SHA256
    libraries=(stock tessera preload)
    scenario "h2load, two threads" "*300 succeeded, 0 failed*" h2load_run -n 300 -c 10 -t 2
    libraries=(stock tessera)
}

wrks() { scenario "wrk, two threads" "requests, no errors" wrk_run; }

ab_run() {
    on $library ab -q "$@" "https://localhost:$site/page" 2>&1 |
        grep -E 'Complete|Failed|Non-2xx|SSL/TLS Protocol|Server Temp|TLS Server|SSL|rror' | sed -E 's/  +/ /g'
}

h2load_run() { on $library h2load "$@" "https://localhost:$site/page" 2>&1 | grep -E '^(requests|status|TLS|Cipher|Server Temp|Application)'; }

# How much it does is not said, only whether anything went wrong.
wrk_run() {
    on $library wrk -t 2 -c 10 -d 1 "https://localhost:$site/page" 2>&1 | awk '/Socket errors|Non-2xx/ { print } /requests in/ { n = $1 } END { print (n > 0 ? "requests" : "no requests, ") ", no errors" }'
}

pki
more_pki
mkdir -p www pki/path
cp pki/ca.pem pki/path && openssl rehash pki/path
echo "a page" >www/page
head -c 3000000 /dev/urandom >www/large
head -c 1000000 /dev/urandom >www/part
cat pki/client.pem pki/client.key >both.pem
nginx_on stock || give_up "nginx did not start on the stock library"
port_of[plain]=$(free_port)
python3 -m http.server --bind 127.0.0.1 --directory www ${port_of[plain]} >/dev/null 2>&1 &
later kill $!
wait_for 60 listening ${port_of[plain]}

# uses PROGRAM PART: runs the part if the program uses libssl.
uses() {
    command -v "$1" >/dev/null || {
        check "$1 is installed" false
        return 1
    }
    if [ -n "$(libssl_of stock "$1")" ] || [ "$1" = lighttpd ]; then
        [ "$1" = lighttpd ] || runs "$1"
        program=${1%4}
        return
    fi
    echo "     $1 is left out: it does not use libssl, but $(ldd "$(command -v "$1")" | grep -oE 'lib(gnutls|nss3|mbedtls|wolfssl)[^ ]*' | head -n 1)"
    return 1
}

for part in ${PARTS:-stunnel4:stunnels lighttpd:lighttpds mosquitto:mosquittos socat:socats ab:abs h2load:h2loads wrk:wrks}; do
    uses ${part%:*} && ${part#*:}
done
table "programs"
finish
