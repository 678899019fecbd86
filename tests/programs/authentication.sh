#!/bin/bash
# Debian's nginx, Apache and HAProxy on stock and on Tessera, HAProxy preloaded too, each with a name that
# is open to all and a name that wants a client certificate, on one port with one
# session cache: who is let in by whom, with new and resumed sessions, and by the
# other name's door. The same answers on both libraries; nobody without a
# certificate is served by the closed name.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

identities="none client otherclient expiredclient revokedclient selfsigned"

more_identities() {
    {
        leaf expiredclient ca "email:client@example.org" clientAuth -startdate 20200101000000Z -enddate 20200201000000Z
        leaf revokedclient ca "email:client@example.org" clientAuth
        openssl ca -batch -config pki/ca.cnf -cert pki/ca.pem -keyfile pki/ca.key -revoke pki/revokedclient.pem
        openssl ca -batch -config pki/ca.cnf -cert pki/ca.pem -keyfile pki/ca.key -gencrl -crldays 30 -out pki/crl.pem
        cat pki/server.pem pki/server.key >pki/both.pem
    } >more.log 2>&1
    [ -s pki/crl.pem ] || { cat more.log && give_up "the list of revoked certificates could not be made"; }
}

# --- Servers ----------------------------------------------------------------

nginx_conf() {
    local user=
    [ "$(id -u)" != 0 ] || user="user root;"
    cat <<EOF
$user
worker_processes 1;
pid $dir/pid;
error_log $dir/error.log warn;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:1m;
    ssl_certificate $work/pki/server.pem;
    ssl_certificate_key $work/pki/server.key;
    server { listen 127.0.0.1:$port ssl; server_name open; return 200 "open\n"; }
    server {
        listen 127.0.0.1:$port ssl;
        server_name closed;
        ssl_client_certificate $work/pki/ca.pem;
        ssl_crl $work/pki/crl.pem;
        ssl_verify_client on;
        return 200 "closed\n";
    }
}
EOF
}

apache_conf() {
    local module
    for module in mpm_event authz_core socache_shmcb ssl; do
        echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
    done
    cat <<EOF
ServerRoot $dir
ServerName localhost
PidFile $dir/pid
ErrorLog $dir/error.log
Listen 127.0.0.1:$port
SSLSessionCache shmcb:$dir/sessions(512000)
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLCertificateFile $work/pki/server.pem
SSLCertificateKeyFile $work/pki/server.key
DocumentRoot $dir/www
<VirtualHost 127.0.0.1:$port>
    ServerName open
    SSLEngine on
    SSLCACertificateFile $work/pki/ca.pem
    <Location /inner>
        SSLVerifyClient require
    </Location>
</VirtualHost>
<VirtualHost 127.0.0.1:$port>
    ServerName closed
    SSLEngine on
    SSLCACertificateFile $work/pki/ca.pem
    SSLCARevocationFile $work/pki/crl.pem
    SSLCARevocationCheck leaf
    SSLVerifyClient require
</VirtualHost>
EOF
    [ "$(id -u)" != 0 ] || printf 'User www-data\nGroup www-data\n'
}

haproxy_conf() {
    cat <<EOF >"$dir/names"
$work/pki/both.pem [verify none] open
$work/pki/both.pem [ca-file $work/pki/ca.pem crl-file $work/pki/crl.pem verify required] closed
EOF
    cat <<EOF
global
    maxconn 64
defaults
    mode http
    timeout client 60s
    timeout server 60s
    timeout connect 60s
frontend names
    bind 127.0.0.1:$port ssl crt-list $dir/names ssl-min-ver TLSv1.2
    http-request deny if { req.hdr(host) -m beg closed } !{ ssl_c_used }
    http-request return status 200
EOF
}

# serve LIBRARY PROGRAM: starts it on $port; sets $server.
serve() {
    local library=$1 program=$2
    dir=$work/$program.$library
    mkdir -p "$dir/www/inner"
    echo in >"$dir/www/index.html"
    echo in >"$dir/www/inner/index.html"
    chmod -R a+rX "$work"
    port=$(free_port)
    ${program}_conf >"$dir/conf"
    case $program in
    nginx) set -- nginx -p "$dir" -c conf -e "$dir/error.log" -g "daemon off;" ;;
    apache) set -- apache2 -f "$dir/conf" -DFOREGROUND ;;
    haproxy) set -- haproxy -db -f "$dir/conf" ;;
    esac
    launch "$library" "$@" >"$dir/out" 2>&1 &
    server=$!
    later kill $server
    wait_for 60 listening "$port" && return
    tail -n 5 "$dir/out" "$dir/error.log" 2>/dev/null
    stop $server
    return 1
}

# --- Clients ----------------------------------------------------------------

# curl_code CLIENT VERSION NAME IDENTITY PATH [OPTION...]: the HTTP status, 000 without one.
curl_code() {
    local client=$1 version=$2 name=$3 identity=$4 path=$5 cert=()
    shift 5
    [ "$identity" = none ] || cert=(--cert "pki/$identity.pem" --key "pki/$identity.key")
    on "$client" curl -sk --max-time 120 --http1.1 --tlsv"$version" --tls-max "$version" "${cert[@]}" "$@" \
        --resolve "$name:$port:127.0.0.1" -o /dev/null -w '%{http_code}' "https://$name:$port$path" 2>/dev/null
}

# s_client_code VERSION SNI HOST IDENTITY OPTION...: the same with openssl s_client.
s_client_code() {
    local version=$1 sni=$2 host=$3 identity=$4 cert=() code
    shift 4
    [ "$identity" = none ] || cert=(-cert "pki/$identity.pem" -key "pki/$identity.key")
    code=$(printf 'GET /index.html HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$host" |
        timeout 60 openssl s_client -connect 127.0.0.1:"$port" -servername "$sni" -tls"${version/./_}" "${cert[@]}" \
            -ign_eof "$@" 2>/dev/null | grep -aoE 'HTTP/1\.1 [0-9]+' | cut -d' ' -f2 | head -n 1)
    printf '%s' "${code:-000}"
}

# note WHAT CODE: a scenario's outcome; counts refusals.
note() {
    outcome "$server_program: $1" "[0-9][0-9][0-9]" $library "$2"
    case $2 in 200) ;; *) refusals=$((refusals + 1)) ;; esac
}

# Who gets what from one server. What the closed name must never do is left in the file
# `let in`.
doors() {
    local version identity client code
    refusals=0
    for version in 1.2 1.3; do
        for identity in $identities; do
            for client in stock tessera; do
                code=$(curl_code $client $version closed "$identity" /index.html)
                note "TLS $version, curl on $client, $identity" "$code"
                [ "$code" = 200 ] && [ "$identity" != client ] && echo "$version $client $identity" >>"let in"
            done
            note "TLS $version, open to $identity" "$(curl_code stock $version open "$identity" /index.html)"
        done
        for identity in none otherclient; do
            # By the open name's door to the closed one, and with its session.
            code=$(s_client_code $version open closed $identity -sess_out session.pem)
            note "TLS $version, $identity, through the open door" "$code"
            [ "$code" = 200 ] && echo "$version open door $identity" >>"let in"
            s_client_code $version open open $identity -sess_out session.pem >/dev/null
            note "TLS $version, $identity, open session to closed" \
                "$(s_client_code $version closed closed $identity -sess_in session.pem)"
            note "TLS $version, $identity, open session to closed, open door" \
                "$(s_client_code $version open closed $identity -sess_in session.pem)"
        done
        note "TLS $version, client keeps its session" "$(s_client_code $version closed closed client -sess_out session.pem)"
        note "TLS $version, client with its session" "$(s_client_code $version closed closed client -sess_in session.pem)"
        note "TLS $version, closed session to open" "$(s_client_code $version open open client -sess_in session.pem)"
        note "TLS $version, closed session through the open door" \
            "$(s_client_code $version open closed none -sess_in session.pem)"
    done
}

# Apache asks by renegotiation, or after the handshake. Tessera does neither, so there
# a good client is not let in either; here it counts that nobody else is.
inner() {
    local version identity
    for version in 1.2 1.3; do
        for identity in none otherclient; do
            result "$server_program: a folder that wants a certificate, TLS $version, $identity" $library \
                matches "$(curl_code stock $version open $identity /inner/index.html)" "[04]0[03]"
        done
    done
}

visit() {
    local library libraries=(stock tessera)
    server_program=$1
    [ $1 != haproxy ] || libraries+=(preload)
    case $1 in apache) program="Apache httpd" ;; haproxy) program=HAProxy ;; *) program=$1 ;; esac
    for library in "${libraries[@]}"; do
        rm -f "let in"
        serve $library "$1" || {
            check "$1 starts on $library" false
            return
        }
        check "$1 runs on $library" is_library $library "$(libssl_in $server)"
        touch "let in"
        doors
        echo "$1 on $library: $refusals refused, $(wc -l <"let in") let in who should not be"
        result "$1: nobody in who should not be, $refusals refusals" $library is "" "$(cat "let in")"
        [ "$1" != apache ] || inner
        stop $server
        result "$1: no process of it died" $library is "" \
            "$(grep -hE 'exit signal|exited on signal|exited with code 1[23]' "$dir/out" "$dir/error.log" 2>/dev/null | head -n 3)"
    done
}

pki
more_identities
for program in nginx apache haproxy; do visit $program; done
finish
