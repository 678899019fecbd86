#!/bin/bash
# What Debian's nginx offers of TLS, on stock, on Tessera and preloaded, with clients on
# stock: certificates of two kinds, names, client certificates and the variables about
# them, stapling, early data, ssl_conf_command and the other settings, TLS to upstreams, the
# stream and mail modules, large responses, and a reload under load. What clients get and what
# nginx logs must be the same.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../scenarios.bash"
cd "$work" || exit 1
program=nginx

declare -A at nginxes

# block NAME DIRECTIVE...: a server of its own port, of the instance that is being written.
block() {
    local name=$1
    shift
    at[$library.$name]=$(free_port)
    server_on ${at[$library.$name]} "$@"
}

server_on() {
    local port=$1
    shift
    echo "server {"
    echo "    listen 127.0.0.1:$port ssl;"
    printf '    %s;\n' "$@"
    echo "    location = /facts { default_type text/plain; return 200 \"$facts\"; }"
    echo "}"
}

server_key=("ssl_certificate $work/pki/server.pem" "ssl_certificate_key $work/pki/server.key")
rsa_key=("ssl_certificate $work/pki/rsa.pem" "ssl_certificate_key $work/pki/rsa.key")
facts='$ssl_protocol $ssl_cipher $ssl_curve name=$ssl_server_name alpn=$ssl_alpn_protocol reused=$ssl_session_reused early=$ssl_early_data\n'
about_client='verify=$ssl_client_verify subject=$ssl_client_s_dn issuer=$ssl_client_i_dn serial=$ssl_client_serial print=$ssl_client_fingerprint from=$ssl_client_v_start to=$ssl_client_v_end days=$ssl_client_v_remain\n$ssl_client_escaped_cert\n'
offered='$ssl_ciphers\n$ssl_curves\n'

# upstream LOCATION PORT DIRECTIVE...
upstream() {
    local location=$1 port=$2
    shift 2
    echo "location = /$location { proxy_pass https://127.0.0.1:$port/facts; proxy_ssl_trusted_certificate $work/pki/ca.pem; proxy_ssl_server_name on;"
    printf ' %s;' "proxy_ssl_name localhost" "proxy_ssl_verify on" "$@" | sed 's/proxy_ssl_name localhost;\(.*proxy_ssl_name\)/\1/; s/proxy_ssl_verify on;\(.*proxy_ssl_verify \)/\1/'
    echo "}"
}

http_part() {
    local depth
    block both "${server_key[@]}" "${rsa_key[@]}" "ssl_session_cache shared:both:1m"
    at[$library.names]=$(free_port)
    server_on ${at[$library.names]} "server_name localhost" "${server_key[@]}"
    server_on ${at[$library.names]} "server_name elsewhere.example" "ssl_certificate $work/pki/wronghost.pem" "ssl_certificate_key $work/pki/wronghost.key"
    server_on ${at[$library.names]} "server_name *.test" "${rsa_key[@]}"
    block reject "ssl_reject_handshake on"
    at[$library.h2]=$(free_port)
    server_on "${at[$library.h2]} http2" "${server_key[@]}"
    facts=$about_client block on "${server_key[@]}" "ssl_verify_client on" "ssl_client_certificate $work/pki/ca.pem"
    facts=$about_client block optional "${server_key[@]}" "ssl_verify_client optional" "ssl_client_certificate $work/pki/ca.pem"
    facts=$about_client block noca "${server_key[@]}" "ssl_verify_client optional_no_ca" "ssl_client_certificate $work/pki/ca.pem"
    for depth in 0 1 2; do
        facts='verify=$ssl_client_verify\n' block depth$depth "${server_key[@]}" "ssl_verify_client on" "ssl_client_certificate $work/pki/ca.pem" "ssl_verify_depth $depth"
    done
    facts=$about_client block crl "${server_key[@]}" "ssl_verify_client on" "ssl_client_certificate $work/pki/ca.pem" "ssl_crl $work/pki/crl.pem"
    facts=$about_client block trusted "${server_key[@]}" "ssl_verify_client on" "ssl_client_certificate $work/pki/otherca.pem" "ssl_trusted_certificate $work/pki/ca.pem"
    facts=$offered block offered "${server_key[@]}"
    block staple "${server_key[@]}" "ssl_stapling on" "ssl_stapling_file $work/pki/server.ocsp"
    block early "${server_key[@]}" "ssl_early_data on"
    block conf "${server_key[@]}" "ssl_conf_command Ciphersuites TLS_CHACHA20_POLY1305_SHA256" "ssl_conf_command Groups P-384"
    block conf12 "${server_key[@]}" "ssl_conf_command MinProtocol TLSv1.2" "ssl_conf_command MaxProtocol TLSv1.2" "ssl_conf_command Options -SessionTicket,ServerPreference"
    block ecdh "${server_key[@]}" "ssl_ecdh_curve secp384r1:prime256v1"
    block prefer "${server_key[@]}" "ssl_prefer_server_ciphers on" "ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256"
    block notprefer "${server_key[@]}" "ssl_prefer_server_ciphers off" "ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256"
    block password "ssl_certificate $work/pki/client.pem" "ssl_certificate_key $work/pki/client.enc.key" "ssl_password_file $work/passwords"
    block variable "ssl_certificate $work/pki/\$ssl_server_name.pem" "ssl_certificate_key $work/pki/\$ssl_server_name.key"
    block chain "ssl_certificate $work/pki/chained.chain.pem" "ssl_certificate_key $work/pki/chained.key"
    block dh "${server_key[@]}" "ssl_dhparam $work/dh.pem"
    block small "${server_key[@]}" "ssl_buffer_size 1k" "sendfile on"
    block off "${server_key[@]}" "sendfile off" "ssl_buffer_size 64k"
    at[$library.up]=$(free_port)
    echo "server { listen 127.0.0.1:${at[$library.up]};"
    upstream good $site
    upstream name $site "proxy_ssl_name elsewhere.test"
    upstream wrong $wronghost
    upstream expired $expired
    upstream unverified $expired "proxy_ssl_verify off"
    upstream untrusted $selfsigned
    upstream without $members
    upstream with $members "proxy_ssl_certificate $work/pki/client.pem" "proxy_ssl_certificate_key $work/pki/client.key"
    upstream other $members "proxy_ssl_certificate $work/pki/otherclient.pem" "proxy_ssl_certificate_key $work/pki/otherclient.key"
    upstream password $members "proxy_ssl_certificate $work/pki/client.pem" "proxy_ssl_certificate_key $work/pki/client.enc.key" "proxy_ssl_password_file $work/passwords"
    upstream variable $members "proxy_ssl_certificate $work/pki/\$arg_who.pem" "proxy_ssl_certificate_key $work/pki/\$arg_who.key"
    upstream tls12 $site "proxy_ssl_protocols TLSv1.2"
    upstream cipher $site "proxy_ssl_protocols TLSv1.2" "proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256"
    upstream conf $site "proxy_ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256"
    upstream fresh $site "proxy_ssl_session_reuse off"
    upstream crl $site "proxy_ssl_crl $work/pki/crl.pem"
    upstream revoked ${port_of[revoked]} "proxy_ssl_crl $work/pki/crl.pem"
    upstream depth ${port_of[chained]} "proxy_ssl_verify_depth 1"
    upstream shallow ${port_of[chained]} "proxy_ssl_verify_depth 0"
    echo "}"
}

stream_part() {
    local name
    for name in stream streamup preread passed; do at[$library.$name]=$(free_port); done
    cat <<EOF
map \$ssl_preread_server_name \$behind { localhost 127.0.0.1:$site; elsewhere.example 127.0.0.1:$wronghost; default 127.0.0.1:$selfsigned; }
ssl_protocols TLSv1.2 TLSv1.3;
proxy_ssl_protocols TLSv1.2 TLSv1.3;
log_format facts '\$ssl_protocol \$ssl_cipher \$ssl_server_name verify=\$ssl_client_verify';
access_log $work/features.$library/stream.log facts;
server { listen 127.0.0.1:${at[$library.stream]} ssl; ${server_key[0]}; ${server_key[1]}; ssl_verify_client optional; ssl_client_certificate $work/pki/ca.pem; proxy_pass 127.0.0.1:${port_of[plain]}; }
server { listen 127.0.0.1:${at[$library.streamup]}; proxy_pass 127.0.0.1:$site; proxy_ssl on; proxy_ssl_verify on; proxy_ssl_name localhost; proxy_ssl_server_name on; proxy_ssl_trusted_certificate $work/pki/ca.pem; }
server { listen 127.0.0.1:${at[$library.passed]}; proxy_pass 127.0.0.1:$site; proxy_ssl on; proxy_ssl_verify on; proxy_ssl_name elsewhere.test; proxy_ssl_trusted_certificate $work/pki/ca.pem; }
server { listen 127.0.0.1:${at[$library.preread]}; ssl_preread on; proxy_pass \$behind; }
EOF
}

mail_part() {
    local name
    for name in imap imaps smtp smtps pop3 pop3s; do
        at[$library.$name]=$(free_port)
        echo "server { listen 127.0.0.1:${at[$library.$name]}$([[ $name != *s ]] || echo ' ssl'); protocol ${name%s}; starttls $([[ $name == *s ]] && echo off || echo on); ${server_key[0]}; ${server_key[1]}; }"
    done
}

start() {
    local dir=$work/features.$library
    mkdir -p "$dir/tmp"
    cat >"$dir/nginx.conf" <<EOF
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
$([ "$(id -u)" != 0 ] || echo "user root;")
worker_processes 2;

pid $dir/pid;
error_log $dir/error.log info;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $dir/tmp/body; proxy_temp_path $dir/tmp/proxy; fastcgi_temp_path $dir/tmp/fastcgi;
    uwsgi_temp_path $dir/tmp/uwsgi; scgi_temp_path $dir/tmp/scgi;
    ssl_protocols TLSv1.2 TLSv1.3;
    root $work/www;
EOF
    http_part >>"$dir/nginx.conf"
    printf '%s\n' "}" "stream {" >>"$dir/nginx.conf"
    stream_part >>"$dir/nginx.conf"
    printf '%s\n' "}" "mail { server_name localhost; auth_http 127.0.0.1:1/; ssl_protocols TLSv1.2 TLSv1.3;" >>"$dir/nginx.conf"
    mail_part >>"$dir/nginx.conf"
    echo "}" >>"$dir/nginx.conf"
    launch $library nginx -p "$dir" -c nginx.conf -e "$dir/error.log" -g "daemon off;" >"$dir/out" 2>&1 &
    nginxes[$library]=$!
    later kill $!
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "${at[$library.both]}" && wait_for 60 listening "${at[$library.imap]}" ||
        give_up "nginx does not start on $library: $(head -n 5 "$dir/out" "$dir/error.log")"
    check "nginx runs on $library" is_library $library "$(libssl_in ${nginxes[$library]})"
}

# visit NAME [OPTION...]: its facts, by curl.
visit() {
    local name=$1
    shift
    fetch "$@" "https://localhost:${at[$library.$name]}/facts"
}

# The same, with what nginx logged of it.
logged_visit() {
    seen_of[features.$library/error.log]=$(wc -c <features.$library/error.log)
    "$@"
    new_lines features.$library/error.log $(workers_of ${nginxes[$library]}) | grep -E 'SSL|certificate|upstream' |
        sed -E 's/^[^ ]+ [^ ]+ (\[[a-z]+\]) [^:]+: \*[0-9]+ /\1 /; s/127\.0\.0\.1:[0-9]+/ADDRESS/g; s/localhost:[0-9]+/localhost/g' | sort -u
}

certificates() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        scenario "RSA and ECDSA, TLS $version" "exit 0*" visit both "$@"
        scenario "SNI, the first name, TLS $version" "exit 0*name=localhost*" visit names "$@"
        scenario "SNI, the second name, TLS $version" "exit 0*name=elsewhere.example*" sni elsewhere.example "$@"
        scenario "SNI, a wildcard, TLS $version" "exit 0*name=a.test*" sni a.test "$@" -k
        scenario "SNI, unknown, TLS $version" "exit 60*" sni b.example "$@"
        scenario "ssl_reject_handshake, TLS $version" "exit 35*" logged_visit visit reject "$@"
        scenario "HTTP/2, TLS $version" "exit 0*alpn=h2*" visit h2 "$@"
        scenario "ssl_password_file, TLS $version" "exit 0*" visit password "$@" -k
        scenario "variables in ssl_certificate, TLS $version" "exit 0*name=server*" variable server "$@"
        scenario "variables in ssl_certificate, the other, TLS $version" "exit 0*name=rsa*" variable rsa "$@"
        scenario "variables in ssl_certificate, no such file, TLS $version" "exit 35*cannot load certificate*" logged_visit variable nobody "$@"
        scenario "an intermediate certificate, TLS $version" "exit 0*" visit chain "$@"
        scenario "what the client offers, TLS $version" "exit 0*" visit offered "$@"
        scenario "ssl_stapling_file, TLS $version" "*Cert Status: good*" staple -tls${version/./_}
        scenario "ssl_dhparam, TLS $version" "exit 0*" visit dh "$@"
    done
    scenario "ECDSA, of two" "exit 0*ECDHE-ECDSA*" visit both --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384
    scenario "RSA, of two" "exit 0*ECDHE-RSA*" visit both --tls-max 1.2 --ciphers ECDHE-RSA-AES256-GCM-SHA384
}

sni() {
    local name=$1 port=${at[$library.names]}
    shift
    fetch "$@" --resolve "$name:$port:127.0.0.1" "https://$name:$port/facts"
}

variable() {
    local name=$1 port=${at[$library.variable]}
    shift
    fetch "$@" -k --resolve "$name:$port:127.0.0.1" "https://$name:$port/facts"
}

staple() {
    openssl s_client -connect 127.0.0.1:${at[$library.staple]} -status "$@" </dev/null 2>/dev/null |
        grep -E 'OCSP Response Status|Cert Status|no response'
}

clients() {
    local version who="--cert pki/client.pem --key pki/client.key" other="--cert pki/otherclient.pem --key pki/otherclient.key"
    local deep="--cert pki/deepclient.chain.pem --key pki/deepclient.key" name
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        for name in on optional noca; do
            scenario "ssl_verify_client $name, with, TLS $version" "exit 0*verify=SUCCESS*CN=client*" visit $name "$@" $who
            scenario "ssl_verify_client $name, without, TLS $version" "exit 0*" logged_visit visit $name "$@"
            scenario "ssl_verify_client $name, another root's, TLS $version" "exit 0*" logged_visit visit $name "$@" $other
        done
        for name in 0 1 2; do
            scenario "ssl_verify_depth $name, TLS $version" "exit 0*" logged_visit visit depth$name "$@" $deep
        done
        scenario "ssl_crl, TLS $version" "exit 0*verify=SUCCESS*" visit crl "$@" $who
        scenario "ssl_crl, revoked, TLS $version" "exit 0*" logged_visit visit crl "$@" --cert pki/revokedclient.pem --key pki/revokedclient.key
        scenario "ssl_trusted_certificate, TLS $version" "exit 0*" visit trusted "$@" $who
    done
}

settings() {
    scenario "ssl_conf_command Ciphersuites, Groups" "exit 0*TLS_CHACHA20_POLY1305_SHA256 secp384r1*" visit conf
    scenario "ssl_conf_command MaxProtocol" "exit 0*TLSv1.2*" visit conf12
    scenario "ssl_conf_command, refused version" "exit 35*" logged_visit visit conf12 --tlsv1.3
    scenario "ssl_ecdh_curve" "exit 0*secp384r1*" visit ecdh
    scenario "ssl_ecdh_curve, the client's choice" "exit 0*prime256v1*" visit ecdh --curves X25519:P-256
    scenario "ssl_ecdh_curve, nothing in common" "exit 35*" logged_visit visit ecdh --curves X25519
    for name in prefer notprefer; do
        scenario "ssl_prefer_server_ciphers, $name" "exit 0*" visit $name --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305
    done
    scenario "no cipher in common" "exit 35*" logged_visit visit prefer --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384
    scenario "plain HTTP to the TLS port" "exit 0*" plain_http
    scenario "bytes that are no TLS" "*" logged_visit garbage
    scenario "ssl_early_data, sent" "*Early data was accepted*" early
    scenario "large response, sendfile on, ssl_buffer_size 1k" "exit 0*$(digest www/large)" large small
    scenario "large response, sendfile off, ssl_buffer_size 64k" "exit 0*$(digest www/large)" large off
    scenario "large response, HTTP/2" "exit 0*$(digest www/large)" large h2 --http2
    scenario "part of a large response" "exit 0*" ranged
}

plain_http() { fetch "http://localhost:${at[$library.both]}/" | grep -E 'exit|title'; }

garbage() {
    exec 3<>"/dev/tcp/127.0.0.1/${at[$library.both]}"
    printf '\x16\x03\x01\x00\x05\x02\x00\x00\x00\x01nothing that is TLS at all' >&3
    timeout 60 od -An -tx1 <&3 | head -n 2
    exec 3>&-
}

# A request as early data, twice, in the session of a first connection. ($ssl_early_data
# says whether it was answered before the handshake's end, which is a matter of timing.)
early() {
    local to=(-connect 127.0.0.1:${at[$library.early]} -servername localhost -CAfile pki/ca.pem -tls1_3 -ign_eof)
    printf 'GET /facts HTTP/1.0\r\n\r\n' >request
    timeout 60 openssl s_client "${to[@]}" -sess_out early.pem <request 2>/dev/null | grep -aoE 'early=$|Early data was.*'
    timeout 60 openssl s_client "${to[@]}" -sess_in early.pem -early_data request </dev/null 2>/dev/null | grep -aoE 'reused=.|Early data was.*'
    timeout 60 openssl s_client "${to[@]}" -sess_in early.pem -early_data request </dev/null 2>/dev/null | grep -aoE 'reused=.|Early data was.*'
}

large() {
    local name=$1
    shift
    rm -f got
    fetch "$@" -o got "https://localhost:${at[$library.$name]}/large"
    digest got
}

ranged() {
    fetch -o got -r 1000000-1999999 "https://localhost:${at[$library.small]}/large"
    cmp got <(tail -c +1000001 www/large | head -c 1000000) && echo same
}

# via LOCATION: through nginx to a TLS server, twice, as it keeps the session.
via() {
    fetch -w '%{http_code}\n' "http://localhost:${at[$library.up]}/$1" | tidy
    fetch -w '%{http_code}\n' "http://localhost:${at[$library.up]}/$1" | tidy | sed 's/reused=[.r]/reused=?/'
}

tidy() { sed -E 's/ worker=[0-9]*//; /<(html|head|body|\/|hr|center)/d'; }

upstreams() {
    local name pattern
    for name in good unverified tls12 cipher conf fresh crl depth name wrong expired untrusted revoked shallow with password "variable?who=client" "variable?who=otherclient" without other; do
        pattern="exit 0*200*"
        [[ " name wrong expired untrusted revoked shallow " != *" $name "* ]] || pattern="*502*upstream SSL certificate*"
        [[ " without other variable?who=otherclient " != *" $name "* ]] || pattern="*400*"
        [[ $name != unverified ]] || pattern="*404*"
        scenario "proxy_ssl: $name" "$pattern" logged_visit via "$name"
    done
}

streams() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        scenario "stream, ssl, TLS $version" "*a plain page*TLSv$version*verify=SUCCESS" streamed "$@" --cert pki/client.pem --key pki/client.key
        scenario "stream, ssl, another root's client, TLS $version" "*" streamed "$@" --cert pki/otherclient.pem --key pki/otherclient.key
        scenario "stream, ssl_preread, the first name, TLS $version" "exit 0*" pre localhost "$@"
        scenario "stream, ssl_preread, the second, TLS $version" "exit 0*" pre elsewhere.example "$@"
        scenario "stream, ssl_preread, another, TLS $version" "exit 60*" pre third.example "$@"
    done
    scenario "stream, proxy_ssl" "*protocol=TLSv1.3*" stream_up streamup
    # Whether curl meets an end or a reset depends on timing.
    scenario "stream, proxy_ssl, another name" "*upstream SSL certificate does not match*" logged_visit stream_refused
}

streamed() {
    fetch "$@" "https://localhost:${at[$library.stream]}/plain"
    new_lines features.$library/stream.log $(workers_of ${nginxes[$library]}) | grep TLS
}

pre() {
    local name=$1 port=${at[$library.preread]}
    shift
    fetch "$@" --resolve "$name:$port:127.0.0.1" "https://$name:$port/facts" | head -n 1
}

stream_refused() { stream_up passed | sed 's/^exit 5[26]$/exit 52 or 56/'; }
stream_up() { fetch "http://localhost:${at[$library.$1]}/facts" | sed 's/ worker=.*//'; }

mails() {
    local name version
    for version in 1_2 1_3; do
        for name in imap smtp pop3; do
            scenario "mail, ${name}s, TLS $version" "*Verification: OK*" mail ${name}s -tls$version
            scenario "mail, $name and STARTTLS, TLS $version" "*Verification: OK*" mail $name -starttls $name -tls$version
        done
    done
}

# Without STARTTLS the server speaks first, and refuses who does not wait.
mail() {
    local name=$1
    shift
    : >mail.out
    { [[ $name != *s ]] || wait_for 30 test -s mail.out; printf 'a CAPABILITY\r\nQUIT\r\nb LOGOUT\r\n'; } |
        timeout 60 openssl s_client -connect 127.0.0.1:${at[$library.$name]} -servername localhost -CAfile pki/ca.pem -quiet -ign_eof "$@" >mail.out 2>mail.err
    cat mail.err mail.out | tr -d '\r'
    openssl s_client -connect 127.0.0.1:${at[$library.$name]} -CAfile pki/ca.pem -brief "$@" </dev/null 2>&1 | grep -E 'Verification|Protocol'
}

# Requests that run while nginx is told three times to reload.
reloads() {
    local i before
    curl -sS --max-time 120 --cacert pki/ca.pem --parallel --parallel-immediate --parallel-max 20 --http1.1 -H "Connection: close" \
        -o /dev/null -w '%{http_code}\n' "https://localhost:${at[$library.both]}/page?[1-600]" >codes 2>/dev/null &
    local load=$!
    # One after the other is done: nginx may lose a worker that is told to end as it begins.
    for i in 1 2 3; do
        sleep 0.1
        before=$(workers_of ${nginxes[$library]})
        kill -HUP ${nginxes[$library]}
        wait_for 60 reloaded ${nginxes[$library]} "$before" || echo "not reloaded"
    done
    wait $load
    sort codes | uniq -c
}

# None of the workers that were there before is left, and two are there.
reloaded() {
    local worker
    for worker in $2; do ! [ -d "/proc/$worker" ] || return 1; done
    [ "$(workers_of "$1" | wc -l)" = 2 ]
}

ends() {
    end QUIT ${nginxes[$library]}
    echo "exit $ended"
    grep -E 'alert\]|emerg\]|exited on signal' features.$library/error.log | head -n 3
}

pki
more_pki
{
    leaf deepclient middle "email:client@example.org" clientAuth
    cat pki/deepclient.pem pki/middle.pem >pki/deepclient.chain.pem
    openssl dhparam -out dh.pem -dsaparam 2048
} >pki.log 2>&1
mkdir -p www
echo secret >passwords
head -c 10000 /dev/urandom >www/page
head -c 20000000 /dev/urandom >www/large
echo "a plain page" >www/plain
nginx_on stock || give_up "nginx did not start on the stock library"
another_server revoked stock -www -cert pki/revoked.pem -key pki/revoked.key
printf 'HTTP/1.0 200 ok\r\n\r\na page\n' >facts
another_server chained stock -HTTP -cert pki/chained.pem -key pki/chained.key -cert_chain pki/middle.pem
port_of[plain]=$(free_port)
python3 -m http.server --bind 127.0.0.1 --directory www ${port_of[plain]} >/dev/null 2>&1 &
later kill $!
for library in stock tessera preload; do start; done

for part in ${PARTS:-certificates clients settings upstreams streams mails}; do $part; done
libraries=(stock tessera preload)
scenario "RSA and ECDSA" "exit 0*" visit both
scenario "ssl_verify_client" "exit 0*verify=SUCCESS*" visit on --cert pki/client.pem --key pki/client.key
scenario "large response" "exit 0*$(digest www/large)" large small
scenario "600 requests, 20 at a time, and three reloads" "*600 200" reloads
scenario "nginx ends in order" "exit 0" ends
table "nginx"
finish
