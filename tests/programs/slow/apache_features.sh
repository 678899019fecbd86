#!/bin/bash
# What Debian's Apache httpd (mod_ssl) offers of TLS, on stock, on Tessera and preloaded, in
# prefork and event, with clients on stock: names, certificates of two kinds, client
# certificates for a host and for a directory, the SSL variables, stapling, HTTP/2, and TLS to
# upstreams. What clients get and what httpd logs must be the same.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../scenarios.bash"
cd "$work" || exit 1
program="Apache httpd"

modules=/usr/lib/apache2/modules
declare -A at httpd

host() {
    local port=$1 name=$2
    shift 2
    cat <<EOF
<VirtualHost 127.0.0.1:$port>
    ServerName $name
    SSLEngine on
$(printf '    %s\n' "$@")
</VirtualHost>
EOF
}

# block NAME DIRECTIVE...: a virtual host on a port of its own.
block() {
    local name=$1
    shift
    at[$library.$name]=$(free_port)
    echo "Listen 127.0.0.1:${at[$library.$name]}"
    host ${at[$library.$name]} localhost "$@"
}

pair() { printf '%s\n' "SSLCertificateFile $work/pki/$1.pem" "SSLCertificateKeyFile $work/pki/$1.key"; }
# Says what the request was, by SSL variables and by its client's certificate.
told="Header always set Facts \"%{SSL_PROTOCOL}s %{SSL_CIPHER}s %{SSL_CIPHER_USEKEYSIZE}s name=%{SSL_TLS_SNI}s resumed=%{SSL_SESSION_RESUMED}s renegotiation=%{SSL_SECURE_RENEG}s compression=%{SSL_COMPRESS_METHOD}s\""
whom="Header always set Client \"%{SSL_CLIENT_VERIFY}s %{SSL_CLIENT_S_DN}s %{SSL_CLIENT_S_DN_CN}s %{SSL_CLIENT_I_DN}s %{SSL_CLIENT_M_VERSION}s %{SSL_CLIENT_A_SIG}s %{SSL_CLIENT_A_KEY}s %{SSL_CLIENT_SAN_Email_0}s %{SSL_CLIENT_V_REMAIN}s\""
own="Header always set Server-Cert \"%{SSL_SERVER_S_DN}s %{SSL_SERVER_A_KEY}s %{SSL_SERVER_SAN_DNS_0}s\""

upstream() {
    local name=$1 port=$2
    shift 2
    block "$name" "$(pair server)" "SSLProxyEngine on" "SSLProxyCACertificateFile $work/pki/ca.pem" "SSLProxyVerify require" \
        "ProxyPreserveHost off" "ProxyPass / https://localhost:$port/" "$@"
}

configuration() {
    local wanted=("$(pair server)" "SSLCACertificateFile $work/pki/ca.pem" "$told" "$whom")
    block plain "$(pair server)" "$told" "$own" "$whom"
    block both "$(pair server)" "$(pair rsa)" "$told" "$own"
    at[$library.names]=$(free_port)
    echo "Listen 127.0.0.1:${at[$library.names]}"
    host ${at[$library.names]} localhost "$(pair server)" "$told" "$own"
    host ${at[$library.names]} elsewhere.example "$(pair wronghost)" "$told" "$own"
    at[$library.strict]=$(free_port)
    echo "Listen 127.0.0.1:${at[$library.strict]}"
    host ${at[$library.strict]} localhost "$(pair server)" "SSLStrictSNIVHostCheck on" "$told"
    host ${at[$library.strict]} elsewhere.example "$(pair wronghost)" "$told"
    block require "${wanted[@]}" "SSLVerifyClient require" "SSLVerifyDepth 1"
    block optional "${wanted[@]}" "SSLVerifyClient optional"
    block noca "${wanted[@]}" "SSLVerifyClient optional_no_ca"
    block crl "${wanted[@]}" "SSLVerifyClient require" "SSLCARevocationFile $work/pki/crl.pem" "SSLCARevocationCheck leaf"
    block who "${wanted[@]}" "SSLVerifyClient require" "SSLUserName SSL_CLIENT_S_DN_CN" "<Location />" "SSLRequireSSL" "SSLOptions +StrictRequire" "Require expr %{SSL_CLIENT_S_DN_CN} == 'nobody'" "</Location>"
    block directory "${wanted[@]}" "<Location /inner>" "SSLVerifyClient require" "</Location>"
    block directoryciphers "$(pair server)" "$told" "<Location /inner>" "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256" "</Location>"
    block staple "$(pair server)" "SSLUseStapling on" "SSLStaplingReturnResponderErrors off" "SSLStaplingForceURL http://127.0.0.1:${port_of[ocsp]}/"  "SSLCACertificateFile $work/pki/ca.pem" "SSLCertificateChainFile $work/pki/ca.pem"
    block h2 "$(pair server)" "Protocols h2 http/1.1" "$told"
    block version "$(pair server)" "SSLProtocol -all +TLSv1.2" "$told"
    block ciphers "$(pair server)" "SSLCipherSuite ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256" "SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256" "SSLHonorCipherOrder on" "$told"
    block conf "$(pair server)" "SSLOpenSSLConfCmd Groups P-384" "SSLOpenSSLConfCmd MaxProtocol TLSv1.3" "$told"
    block chain "SSLCertificateFile $work/pki/chained.chain.pem" "SSLCertificateKeyFile $work/pki/chained.key" "$told"
    upstream up $site
    upstream upname $site "SSLProxyCheckPeerName on" "ProxyPreserveHost on"
    upstream upwrong $wronghost
    upstream upexpired $expired
    upstream upuntrusted $selfsigned
    upstream upunverified $expired "SSLProxyVerify none" "SSLProxyCheckPeerExpire off"
    upstream upwith $members "SSLProxyMachineCertificateFile $work/both.pem"
    upstream upwithout $members
    upstream upother $members "SSLProxyMachineCertificateFile $work/otherboth.pem"
    upstream upversion $site "SSLProxyProtocol -all +TLSv1.2" "SSLProxyCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256"
    upstream uprevoked ${port_of[revoked]} "SSLProxyCARevocationFile $work/pki/crl.pem" "SSLProxyCARevocationCheck leaf"
    upstream upcrl $site "SSLProxyCARevocationFile $work/pki/crl.pem" "SSLProxyCARevocationCheck leaf"
}

start() {
    local dir=$work/httpd.$library module
    mkdir -p "$dir"
    {
        for module in mpm_${mpm} authz_core dir headers mime proxy proxy_http http2 socache_shmcb ssl; do
            echo "LoadModule ${module}_module $modules/mod_$module.so"
        done
        [ "$(id -u)" != 0 ] || printf '%s\n' "User www-data" "Group www-data"
        cat <<EOF
ServerRoot $dir
ServerName localhost
PidFile $dir/pid
Mutex posixsem
DefaultRuntimeDir $dir
ErrorLog $dir/error.log
ErrorLogFormat "[%l] %M"
LogLevel warn ssl:info
DocumentRoot $work/www
TypesConfig /dev/null
StartServers 2
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLSessionCache shmcb:$dir/cache(512000)
SSLStaplingCache shmcb:$dir/stapling(128000)
SSLOptions +StdEnvVars
EOF
        configuration
    } >"$dir/httpd.conf"
    launch $library setsid apache2 -D FOREGROUND -f "$dir/httpd.conf" >"$dir/out" 2>&1 &
    httpd[$library]=$!
    later kill $!
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "${at[$library.plain]}" ||
        give_up "httpd does not start on $library: $(head -n 5 "$dir/out" "$dir/error.log")"
    check "httpd ($mpm) runs on $library" is_library $library "$(libssl_in ${httpd[$library]})"
}

# visit NAME PATH OPTION...: status, headers that tell, what was received, what httpd logged.
visit() {
    local name=$1 path=$2
    shift 2
    seen_of[httpd.$library/error.log]=$(wc -c <httpd.$library/error.log)
    fetch -w '%{http_code} %{http_version}\n' -D headers "$@" "https://localhost:${at[$library.$name]}$path" | grep -vE '^<|^$'
    grep -aiE '^(Facts|Client|Server-Cert):' headers | tr -d '\r'
    : >headers
    new_lines httpd.$library/error.log $(pgrep -P ${httpd[$library]}) | grep -E 'error\]|SSL (Library|Proxy)|warn\]|AH0(2008|2261|2276|1400)' |
        sed -E 's/127\.0\.0\.1:[0-9]+/ADDRESS/g; s/localhost:[0-9]+/localhost/g; s/0x[0-9a-f]+/POINTER/g; s/\[subject:.*//; s/[0-9]+ms//' | sort -u
}

sni() {
    local block=$1 name=$2 port=${at[$library.$1]}
    shift 2
    fetch -w '%{http_code}\n' -D headers "$@" --resolve "$name:$port:127.0.0.1" "https://$name:$port/page" | head -n 3
    grep -aiE '^(Facts|Server-Cert):' headers | tr -d '\r'
    : >headers
}

features() {
    local version name who="--cert pki/client.pem --key pki/client.key" other="--cert pki/otherclient.pem --key pki/otherclient.key"
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        scenario "$mpm: variables, TLS $version" "exit 0*200*TLSv$version*" visit plain /page "$@"
        scenario "$mpm: SNI, the first name, TLS $version" "exit 0*Server-Cert: CN=server*" sni names localhost "$@"
        scenario "$mpm: SNI, the second name, TLS $version" "exit 0*elsewhere.example*" sni names elsewhere.example "$@"
        scenario "$mpm: SNI, unknown, TLS $version" "exit 60*" sni names third.example "$@"
        scenario "$mpm: SSLStrictSNIVHostCheck, unknown name, TLS $version" "exit *" sni strict third.example "$@" -k
        for name in require optional noca; do
            scenario "$mpm: SSLVerifyClient $name, with, TLS $version" "exit 0*Client: SUCCESS CN=client*" visit $name /page "$@" $who
        done
        for name in optional noca; do
            scenario "$mpm: SSLVerifyClient $name, without, TLS $version" "exit 0*Client: NONE*" visit $name /page "$@"
        done
        scenario "$mpm: SSLVerifyClient noca, another root's, TLS $version" "exit 0*Client: *" visit noca /page "$@" $other
        scenario "$mpm: CRL, TLS $version" "exit 0*200*" visit crl /page "$@" $who
        scenario "$mpm: Require expr, TLS $version" "exit 0*403*" visit who /page "$@" $who
        scenario "$mpm: SSLVerifyClient for a directory, outside, TLS $version" "exit 0*200*" visit directory /page "$@" $who
        scenario "$mpm: HTTP/2, TLS $version" "exit 0*200 *" visit h2 /page "$@"
        scenario "$mpm: stapling, TLS $version" "*Cert Status: good*" staple -tls${version/./_}
        scenario "$mpm: 5 MB, TLS $version" "exit 0*$(digest www/large)" large "$@"
        scenario "$mpm: an intermediate certificate, TLS $version" "exit 0*200*" visit chain /page "$@"
        for name in up upcrl upversion upunverified upwith; do
            scenario "$mpm: SSLProxy, $name, TLS $version" "exit 0*" visit $name /facts "$@"
        done
    done
    # In TLS 1.3 the client's handshake is over before it is refused, and what it then says
    # depends on timing.
    set -- --tlsv1.2 --tls-max 1.2
    for name in require optional; do
        scenario "$mpm: SSLVerifyClient $name, another root's" "exit *" visit $name /page "$@" $other
    done
    scenario "$mpm: SSLVerifyClient require, without" "exit *" visit require /page "$@"
    scenario "$mpm: CRL, revoked" "exit *" visit crl /page "$@" --cert pki/revokedclient.pem --key pki/revokedclient.key
    for name in upwrong upexpired upuntrusted uprevoked upname; do
        scenario "$mpm: SSLProxy, $name" "exit 0*" visit $name /facts
    done
    for name in upwithout upother; do
        scenario "$mpm: SSLProxy, $name" "exit 0*400*" visit $name /facts
    done
    scenario "$mpm: ECDSA, of two" "exit 0*ECDHE-ECDSA*" visit both /page --tls-max 1.2 --ciphers ECDHE-ECDSA-AES256-GCM-SHA384
    scenario "$mpm: RSA, of two" "exit 0*ECDHE-RSA*" visit both /page --tls-max 1.2 --ciphers ECDHE-RSA-AES256-GCM-SHA384
    scenario "$mpm: SSLProtocol" "exit 0*TLSv1.2*" visit version /page
    scenario "$mpm: SSLProtocol, refused" "exit 35*" visit version /page --tlsv1.3
    scenario "$mpm: SSLCipherSuite" "exit 0*TLS_AES_128_GCM_SHA256*" visit ciphers /page
    scenario "$mpm: SSLHonorCipherOrder" "exit 0*CHACHA20*" visit ciphers /page --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305
    scenario "$mpm: SSLOpenSSLConfCmd Groups" "exit 0*200*" visit conf /page
    scenario "$mpm: SSLOpenSSLConfCmd Groups, nothing in common" "exit 35*" visit conf /page --curves X25519
    scenario "$mpm: plain HTTP to the TLS port" "exit 0*400*" plain_http
}

# Asking for a certificate in the middle of a connection is renegotiation or post-handshake
# authentication: stock does it, and Tessera refuses it.
inner() {
    local who="--cert pki/client.pem --key pki/client.key"
    explained "$mpm: SSLVerifyClient for a directory, inside, TLS 1.2" "no renegotiation" refused inside --tls-max 1.2 $who
    explained "$mpm: SSLVerifyClient for a directory, inside, TLS 1.3" "no post-handshake authentication" refused inside --tlsv1.3 $who
    explained "$mpm: SSLCipherSuite for a directory, inside, TLS 1.2" "no renegotiation" refused inside_ciphers --tls-max 1.2
}

inside() { visit ${inside:-directory} /inner/page "$@" | grep -q '^200 ' && echo served || echo refused; }
inside_ciphers() { inside=directoryciphers inside "$@"; }

staple() {
    openssl s_client -connect 127.0.0.1:${at[$library.staple]} -servername localhost -status "$@" </dev/null 2>/dev/null |
        grep -E 'OCSP Response Status|Cert Status|no response'
}

large() {
    fetch "$@" -o got "https://localhost:${at[$library.plain]}/large"
    digest got
}

plain_http() { fetch -w '%{http_code}\n' "http://localhost:${at[$library.plain]}/" | grep -E 'exit|title|^[0-9]'; }

many() {
    curl -sS --max-time 120 --cacert pki/ca.pem --parallel --parallel-immediate --parallel-max 20 --http1.1 -H "Connection: close" \
        -o /dev/null -w '%{http_code}\n' "https://localhost:${at[$library.plain]}/page?[1-200]" 2>/dev/null >codes &
    local load=$!
    sleep 0.1
    kill -USR1 ${httpd[$library]}
    wait $load
    sort codes | uniq -c
}

ends() {
    end TERM ${httpd[$library]}
    echo "exit $ended"
    grep -E 'exit signal|crit\]|alert\]' httpd.$library/error.log | head -n 3
}

pki
more_pki
chmod 755 "$work"
mkdir -p www/inner
echo "a page" | tee www/page >www/inner/page
head -c 5000000 /dev/urandom >www/large
cat pki/client.pem pki/client.key >both.pem
cat pki/otherclient.pem pki/otherclient.key >otherboth.pem
nginx_on stock || give_up "nginx did not start on the stock library"
another_server revoked stock -www -cert pki/revoked.pem -key pki/revoked.key
services pki/server.pem pki/server.key pki/server.ocsp

for mpm in prefork event; do
    libraries=(stock tessera)
    for library in stock tessera preload; do start; done
    features
    inner
    libraries=(stock tessera preload)
    scenario "$mpm: variables" "exit 0*200*TLSv1.3*" visit plain /page
    scenario "$mpm: SSLVerifyClient" "exit 0*Client: SUCCESS CN=client*" visit require /page --cert pki/client.pem --key pki/client.key
    scenario "$mpm: 200 requests, 20 at a time, and a graceful restart" "*200 200" many
    scenario "$mpm: ends in order" "exit 0" ends
    rm -rf httpd.*
done
table "Apache httpd"
finish
