#!/bin/bash
# Debian's haproxy on stock, on Tessera and on Tessera by LD_PRELOAD, two threads: TLS in front and to the servers
# behind it, certificates chosen by name from a list, client certificates as its rules see
# them, HTTP/2, shared ticket keys, a stapled OCSP answer, early data, sessions kept to the
# servers, a thousand requests, and a reload. The clients are curl and s_client on stock.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=HAProxy

# The files it is given: each certificate with its key; the answer of a responder.
files() {
    local name
    for name in server wronghost client; do cat pki/$name.pem pki/$name.key >$name.both.pem; done
    cat >certificates <<EOF
$work/server.both.pem [alpn h2,http/1.1] localhost
$work/wronghost.both.pem [alpn http/1.1 ssl-max-ver TLSv1.2] elsewhere.example
EOF
    for name in 1 2 3; do openssl rand -base64 48; done >ticket.keys
    openssl ocsp -issuer pki/ca.pem -cert pki/server.pem -reqout ocsp.request -no_nonce >/dev/null 2>&1
    printf 'V\t491231235959Z\t\t%s\tunknown\t/CN=server\n' "$(openssl x509 -in pki/server.pem -noout -serial | sed 's/serial=//')" >index
    openssl ocsp -index index -CA pki/ca.pem -rsigner pki/ca.pem -rkey pki/ca.key -reqin ocsp.request \
        -respout server.both.pem.ocsp -ndays 3 >/dev/null 2>&1
    cp pki/ca.pem server.both.pem.issuer
}

# haproxy_on LIBRARY: sets $haproxy and the ports. $site is the plain front with the list of
# certificates, $optional and $required ask for client certificates, $early takes early
# data, $keys has shared ticket keys, $through passes on to $site over TLS, $mutual to
# $required with a certificate, $distrusting to a server whose root it doesn't trust.
haproxy_on() {
    local name facts
    local of='%[ssl_fc_protocol] %[ssl_fc_cipher] %[ssl_fc_alpn] sni=%[ssl_fc_sni] http=%[req.ver]'
    for name in site optional required early keys through mutual distrusting stats; do printf -v $name %s "$(free_port)"; done
    facts="http-request return status 200 content-type text/plain lf-string"
    cat >haproxy.cfg <<EOF
global
    nbthread 2
    stats socket $work/haproxy.sock mode 600 level admin expose-fd listeners
    tune.ssl.default-dh-param 2048
    ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
    mode http
    timeout connect 60s
    timeout client 60s
    timeout server 60s
frontend site
    bind 127.0.0.1:$site ssl crt-list $work/certificates
    $facts "$of back=%[ssl_fc_is_resumed]/%[ssl_fc_has_sni] crt=%[ssl_fc_has_crt] bits=%[ssl_fc_use_keysize] id=%[ssl_fc_session_id,hex,length] random=%[ssl_fc_client_random,hex,length]/%[ssl_fc_server_random,hex,length]\n" if { path /facts }
    default_backend pages
backend pages
    http-request return status 200 content-type application/octet-stream file $work/page
frontend optional
    bind 127.0.0.1:$optional ssl crt $work/server.both.pem ca-file $work/pki/ca.pem verify optional crt-ignore-err all
    $facts "has=%[ssl_c_used] verify=%[ssl_c_verify] ca=%[ssl_c_ca_err] dn=%{+Q}[ssl_c_s_dn] cn=%[ssl_c_s_dn(cn)] issuer=%[ssl_c_i_dn(cn)] from=%[ssl_c_notbefore,length] key=%[ssl_c_key_alg] sig=%[ssl_c_sig_alg] v=%[ssl_c_version] sha=%[ssl_c_sha1,hex] der=%[ssl_c_der,hex,length] serial=%[ssl_c_serial,hex,length] own=%[ssl_f_s_dn(cn)]\n"
frontend required
    bind 127.0.0.1:$required ssl crt $work/server.both.pem ca-file $work/pki/ca.pem verify required
    $facts "cn=%[ssl_c_s_dn(cn)] verify=%[ssl_c_verify] resumed=%[ssl_fc_is_resumed]\n"
frontend early
    bind 127.0.0.1:$early ssl crt $work/server.both.pem allow-0rtt
    http-request wait-for-handshake if { path /wait }
    $facts "early=%[ssl_fc_has_early] resumed=%[ssl_fc_is_resumed]\n"
frontend keys
    bind 127.0.0.1:$keys ssl crt $work/server.both.pem tls-ticket-keys $work/ticket.keys
    $facts "resumed=%[ssl_fc_is_resumed]\n"
frontend through
    bind 127.0.0.1:$through
    default_backend through
backend through
    http-response set-header behind "%[ssl_bc] %[ssl_bc_protocol] %[ssl_bc_cipher] %[ssl_bc_alpn]"
    http-response set-header resumed "%[ssl_bc_is_resumed]"
    http-reuse never
    server one 127.0.0.1:$site ssl verify required ca-file $work/pki/ca.pem verifyhost localhost sni str(localhost) alpn http/1.1
frontend mutual
    bind 127.0.0.1:$mutual
    default_backend mutual
backend mutual
    http-reuse never
    server one 127.0.0.1:$required ssl verify required ca-file $work/pki/ca.pem crt $work/client.both.pem
frontend distrusting
    bind 127.0.0.1:$distrusting
    default_backend distrusting
backend distrusting
    server one 127.0.0.1:$site ssl verify required ca-file $work/pki/otherca.pem
frontend stats
    bind 127.0.0.1:$stats
    stats enable
EOF
    launch "$1" haproxy -W -db -f haproxy.cfg -p haproxy.pid >haproxy.out 2>&1 &
    haproxy=$!
    later kill $haproxy
    wait_for 60 listening "$stats" && wait_for 60 worker || { cat haproxy.out && false; }
}

# The newest of them: after a reload the one before may still be there.
worker() { pgrep -n -P "$haproxy"; }

# A request by curl; `exit CODE` when it failed.
get() { curl -sS --max-time 120 --cacert pki/ca.pem "$@" 2>curl.err || echo "exit $?"; }

# The status that haproxy keeps of a server, on its socket.
asked() { on stock /usr/bin/python3 -c 'import socket,sys
s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode()+b"\n"+b"\n"*("<<" in sys.argv[2])); s.shutdown(1)
print(b"".join(iter(lambda: s.recv(65536), b"")).decode())' haproxy.sock "$1"; }

# s_client COMMANDS...: what s_client prints of a connection that asks for /facts.
visit() {
    local port=$1 path=$2
    shift 2
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$path" |
        timeout 60 openssl s_client -connect "127.0.0.1:$port" -servername localhost -CAfile pki/ca.pem -ign_eof "$@" 2>&1
}

# A session file taken once and offered three times, as the server saw it.
again() {
    local port=$1 i
    shift
    visit "$port" /facts -sess_out session.pem "$@" >/dev/null
    for i in 1 2 3; do visit "$port" /facts -sess_in session.pem "$@" | grep -a resumed= | tail -n 1 | tr -d '\r'; done | paste -sd ' '
}

note() { outcome "$1" "$2" $library "$3"; }

scenarios_of() {
    local version name word
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        note "TLS $version: what it says of the connection" "TLSv$version *GCM* http/1.1 sni=localhost http=1.1 back=0/1 *random=64/64" \
            "$(get "$@" --http1.1 "https://localhost:$site/facts")"
        note "TLS $version: HTTP/2" "*h2 sni=localhost http=2.0*" "$(get "$@" --http2 "https://localhost:$site/facts")"
        note "TLS $version: resumed" "early=0 resumed=1 early=0 resumed=1 early=0 resumed=1" "$(again $early -tls${version/./_})"
        note "TLS $version: resumed by ticket" "resumed=1 resumed=1 resumed=1" "$(again $keys -tls${version/./_})"
        note "TLS $version: required, shown" "cn=client verify=0 resumed=0" "$(get "$@" --cert pki/client.pem --key pki/client.key "https://localhost:$required/")"
        note "TLS $version: required, resumed" "*cn=client verify=0 resumed=1*" "$(again $required -tls${version/./_} -cert pki/client.pem -key pki/client.key)"
        note "TLS $version: required, none" "exit @(35|56)" "$(get "$@" "https://localhost:$required/")"
        note "TLS $version: required, another root's" "exit @(35|56)" "$(get "$@" --cert pki/otherclient.pem --key pki/otherclient.key "https://localhost:$required/")"
        note "TLS $version: optional, none" "has=0 verify=0 ca=0 *" "$(get "$@" "https://localhost:$optional/")"
        note "TLS $version: optional, shown" "has=1 verify=0 *cn=client issuer=Test root ca *" "$(get "$@" --cert pki/client.pem --key pki/client.key "https://localhost:$optional/")"
        note "TLS $version: optional, another root's" "has=1 verify=* cn=otherclient *" \
            "$(get "$@" --cert pki/otherclient.pem --key pki/otherclient.key "https://localhost:$optional/" | sed -E 's/verify=[0-9]+/verify=N/')"
        note "TLS $version: a stapled OCSP answer" "OCSP Response Status: successful (0x0) good" \
            "$(visit $site /facts -status -tls${version/./_} | sed -nE 's/^ *(OCSP Response Status.*)/\1/p; s/^ *Cert Status: //p' | paste -sd ' ')"
    done
    note "a certificate by name" "subject=CN = wronghost TLSv1.2" "$(printf 'GET / HTTP/1.0\r\n\r\n' | timeout 60 openssl s_client -connect 127.0.0.1:$site \
        -servername elsewhere.example -CAfile pki/ca.pem 2>/dev/null | sed -nE 's/^ *Protocol *: //p; /^subject=/p' | paste -sd ' ')"
    note "TLS 1.3 alone for a name that has it not" "" "$(printf 'GET / HTTP/1.0\r\n\r\n' | timeout 60 openssl s_client -connect 127.0.0.1:$site \
        -servername elsewhere.example -tls1_3 2>/dev/null | grep -E '^subject=' )"
    note "TLS 1.1 is refused" "exit 35" "$(get --tlsv1.1 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 "https://localhost:$site/facts")"
    # Whether the handshake is over when the request is looked at is a matter of time.
    note "early data" "*accepted*early=N resumed=1*" "$(early_data /facts | sed 's/early=[01]/early=N/')"
    note "early data that must wait" "*accepted*early=0 resumed=1*" "$(early_data /wait)"
    note "to a server, over TLS" "*behind: 1 TLSv1.3 *" "$(get -D - -o /dev/null "http://127.0.0.1:$through/" | tr -d '\r' | grep -E '^behind')"
    # Each thread keeps its own.
    note "sessions to a server by name" "resumed: 1" "$(get -H "Connection: close" -D - -o /dev/null "http://127.0.0.1:$through/?[1-12]" |
        tr -d '\r' | grep -E '^resumed' | sort -u | tail -n 1)"
    note "sessions to a server, with a certificate" "cn=client verify=0 resumed=1" \
        "$(get -H "Connection: close" "http://127.0.0.1:$mutual/?[1-12]" | sort -u | tail -n 1)"
    note "to a server, with a certificate" "cn=client verify=0 *" "$(get "http://127.0.0.1:$mutual/")"
    note "to a server that isn't trusted" "503" "$(get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$distrusting/")"
    note "what it keeps in its counters" "*SslFrontendSessionReuse_pct*" "$(asked 'show info' | grep -oE '^(SslFrontendSessionReuse_pct|SslCacheLookups|SslCacheMisses)' | paste -sd ' ')"
    note "its certificates, on its socket" "Serial*Subject: /CN=server*" "$(asked "show ssl cert $work/server.both.pem" | grep -E '^(Serial|Subject|Issuer|Algorithm|SAN)' | paste -sd ' ')"
    note "a certificate changed on its socket" "*Transaction created*Success!* CN = wronghost" "$(change wronghost)"
    cat pki/server.pem pki/client.key >unfit.both.pem
    note "a certificate without its key, on its socket" "* CN = wronghost" "$(change unfit)"
    asked "abort ssl cert $work/server.both.pem" >/dev/null
    change server >/dev/null
    note "1,000 requests, 50 in parallel" "1000 200 10000" "$(many)"
    local before
    before=$(worker)
    kill -USR2 "$haproxy"
    wait_for 60 replaced "$before"
    result "its worker's library after a reload" $library is_library $library "$(libssl_in "$(worker)")"
    note "1,000 requests after a reload" "1000 200 10000" "$(many)"
    note "tickets live through a reload" "*resumed=1*" "$(visit $keys /facts -sess_in kept.pem | grep -a resumed= | tail -n 1)"
    end TERM "$haproxy"
    note "it ends in order" "@(0|143)" $ended
    note "what it complained of" "*" "$(grep -vE '^\[NOTICE\]|^Proxy|diagnostic|exited with code|Loading success' haproxy.out | grep -E 'ALERT|WARN|panic|trap' | sed -E 's/\([0-9]+\)/(N)/g; s/[0-9]+/N/g' | sort -u | paste -sd ';')"
}

early_data() {
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >early.request
    visit $early /facts -tls1_3 -sess_out early.pem >/dev/null
    timeout 60 openssl s_client -connect 127.0.0.1:$early -servername localhost -CAfile pki/ca.pem -tls1_3 -sess_in early.pem \
        -early_data early.request -ign_eof </dev/null 2>&1 | grep -aE '^Early data was|early=' | tr -d '\r' | paste -sd ' '
}

# change NAME: gives the first certificate of the list that one's, by transaction; what
# haproxy answers, and who it then says it is.
change() {
    printf 'set ssl cert %s <<\n%s\n' "$work/server.both.pem" "$(cat "$1.both.pem")" >transaction
    {
        asked "$(cat transaction)"
        asked "commit ssl cert $work/server.both.pem"
        openssl s_client -connect 127.0.0.1:$keys </dev/null 2>/dev/null | sed -n 's/^subject=//p'
    } | sed "s|$work||g" | paste -sd ' '
}

many() {
    get --parallel --parallel-immediate --parallel-max 50 -H "Connection: close" --http1.1 -o /dev/null -w '%{http_code} %{size_download}\n' \
        "https://localhost:$site/page?[1-1000]" | sort | uniq -c | sed 's/^ *//'
}

replaced() { [ -n "$(worker)" ] && [ "$(worker)" != "$1" ] && listening "$stats"; }

pki
files
head -c 10000 /dev/urandom >page
check "an OCSP answer was made" test -s server.both.pem.ocsp
for library in stock tessera preload; do
    haproxy_on $library || {
        check "haproxy starts on $library" false
        continue
    }
    check "haproxy's worker runs on $library" is_library $library "$(libssl_in "$(worker)")"
    visit $keys /facts -tls1_3 -sess_out kept.pem >/dev/null
    scenarios_of
done
verdicts "HAProxy"
finish
