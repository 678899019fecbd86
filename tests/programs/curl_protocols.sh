#!/bin/bash
# Debian's curl with the options that people use, on stock, on Tessera and preloaded,
# against servers on stock: versions, ciphers, groups, client certificates in each form,
# pins, stapled OCSP, CRLs, names, what -v and SSLKEYLOGFILE tell, 100 transfers at once,
# and the protocols besides HTTPS. Exit codes and messages must be those of stock.
set -u
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/scenarios.bash"
cd "$work" || exit 1
program=curl

# get OPTION...: one curl on $library. Prints exit code, message and what it received.
get() {
    rm -f body
    on "$library" curl -sS --max-time 120 --cacert pki/ca.pem "$@" >body 2>errors
    echo "exit $?"
    cat errors
    head -c 400 body | sed 's/ worker=[0-9]*//; /^    /d'
}

# got PATTERN and failed CODE: what is expected of stock.
got() { echo "exit 0"$'\n'"$1"; }

versions() {
    local version http
    for version in 1.2 1.3; do
        for http in 1.1 2; do
            scenario "TLS $version, HTTP/$http" "$(got "protocol=TLSv$version *http=HTTP/$http*")" \
                get --tlsv$version --tls-max $version --http$http "$url/facts"
        done
    done
    scenario "--http2-prior-knowledge" "$(got "*HTTP/2.0*")" get --http2-prior-knowledge "$url/facts"
    scenario "--no-alpn" "$(got "*HTTP/1.1*")" get --no-alpn "$url/facts"
    explained "--tls-max 1.1" "no TLS 1.1: not even a ClientHello" "exit 35*no protocols available*" get --tls-max 1.1 "$url/facts"
    scenario "--tlsv1.0 (no less)" "$(got "protocol=TLSv1.3*")" get --tlsv1.0 "$url/facts"
    scenario "--tlsv1.3 --tls-max 1.2" "exit *" get --tlsv1.3 --tls-max 1.2 "$url/facts"
    scenario "--sslv3 (curl passes it over)" "exit *" get --sslv3 "$url/facts"
}

ciphers() {
    local list
    for list in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 'ECDHE+AESGCM' 'HIGH:!aNULL' DEFAULT; do
        scenario "--ciphers $list" "$(got "protocol=TLSv1.2 cipher=ECDHE-ECDSA-*")" get --tls-max 1.2 --ciphers "$list" "$url/facts"
    done
    scenario "--ciphers, for another key" "exit 35*" get --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256 "$url/facts"
    scenario "--ciphers, unknown" "exit 59*" get --ciphers nonsense "$url/facts"
    for list in TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384; do
        scenario "--tls13-ciphers $list" "$(got "protocol=TLSv1.3 cipher=TLS_*")" get --tls13-ciphers "$list" "$url/facts"
    done
    scenario "--tls13-ciphers, unknown" "exit 59*" get --tls13-ciphers nonsense "$url/facts"
    for list in X25519 P-256 P-384 prime256v1 P-521 X25519:P-256; do
        scenario "--curves $list" "$(got "*group=*")" get --curves "$list" "$url/facts"
    done
    scenario "--curves, unknown" "exit 59*" get --curves nonsense "$url/facts"
}

client_certificates() {
    local version
    for version in 1.2 1.3; do
        scenario "TLS $version, client certificate in PEM" "$(got "*SUCCESS*")" \
            get --tlsv$version --tls-max $version --cert pki/client.pem --key pki/client.key "$members_url"
    done
    set -- --cert-type P12 --cert
    scenario "PKCS#12" "$(got "*SUCCESS*")" get "$@" pki/client.p12:secret "$members_url"
    scenario "PKCS#12, wrong password" "exit 58*" get "$@" pki/client.p12:wrong "$members_url"
    scenario "encrypted key" "$(got "*SUCCESS*")" get --cert pki/client.pem --key pki/client.enc.key --pass secret "$members_url"
    scenario "encrypted key, wrong password" "exit 58*" get --cert pki/client.pem --key pki/client.enc.key --pass wrong "$members_url"
    scenario "certificate and key in one file" "$(got "*SUCCESS*")" get --cert both.pem "$members_url"
    scenario "DER" "$(got "*SUCCESS*")" get --cert-type DER --cert client.der --key-type DER --key clientkey.der "$members_url"
    scenario "no such file" "exit 58*" get --cert nothing.pem "$members_url"
    scenario "certificate without key" "exit 58*" get --cert pki/client.pem "$members_url"
}

pin() { openssl x509 -in "pki/$1.pem" -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64; }

trust() {
    local der
    scenario "--pinnedpubkey" "$(got "*")" get --pinnedpubkey "sha256//$(pin server)" "$url/facts"
    scenario "--pinnedpubkey, one of two" "$(got "*")" get --pinnedpubkey "sha256//$(pin client);sha256//$(pin server)" "$url/facts"
    scenario "--pinnedpubkey, another" "exit 90*" get --pinnedpubkey "sha256//$(pin client)" "$url/facts"
    scenario "--pinnedpubkey, a file" "$(got "*")" get --pinnedpubkey server.pub "$url/facts"
    for version in 1.2 1.3; do
        for der in good revoked none; do
            [ $der = good ] && pattern="exit 0*" || pattern="exit 91*"
            scenario "--cert-status, TLS $version, $der" "$pattern" \
                get --tlsv$version --tls-max $version --cert-status -o page "https://localhost:${port_of[$der]}/"
        done
    done
    scenario "--cacert, not a certificate" "exit 77*" get --cacert pki/server.key "$url/facts"
    scenario "--capath" "$(got "*")" on_path pki/path
    scenario "--capath, of others" "exit 60*" on_path pki/otherpath
    scenario "--crlfile, a good certificate" "$(got "*")" get --crlfile pki/crl.pem "$url/facts"
    scenario "--crlfile, a revoked one" "exit 60*" get --crlfile pki/crl.pem "https://localhost:${port_of[revoked]}/"
    scenario "--crlfile, no such file" "exit 82*" get --crlfile nothing.pem "$url/facts"
    scenario "--resolve, a name that is not the certificate's" "exit 60*" get --resolve "elsewhere.test:$site:127.0.0.1" "https://elsewhere.test:$site/facts"
    scenario "--resolve, the other certificate's name" "exit 0*" get --resolve "elsewhere.example:$wronghost:127.0.0.1" "https://elsewhere.example:$wronghost/"
    scenario "--connect-to" "$(got "*")" get --connect-to "localhost:443:127.0.0.1:$site" "https://localhost/facts"
    scenario "an intermediate from the server" "exit 0*" get -o page "https://localhost:${port_of[chained]}/"
    scenario "a missing intermediate" "exit 60*" get -o page "https://localhost:${port_of[unchained]}/"
    scenario "an RSA certificate" "exit 0*" get -o page "https://localhost:${port_of[rsa]}/"
}

on_path() {
    rm -f body
    on "$library" curl -sS --max-time 120 --capath "$1" --cacert pki/otherca.pem "$url/facts" 2>&1 | sed 's/ worker=[0-9]*//' >body
    echo "exit ${PIPESTATUS[0]}"
    cat body
}

# What -v prints of TLS. How many bytes a message has is not said.
verbose() {
    on "$library" curl -sS -v --max-time 120 --cacert pki/ca.pem "$@" -o body 2>&1 |
        grep -E '^\*' | grep -vE '^\* (Connected|  Trying|Connection #|Closing|h2h3|Using|Copying|  CA)' |
        sed -E 's/(Closing connection|#|Stream ID:) .*/\1/; s/\(easy handle.*//' |
        grep -v '^\* *Trying'
}

# without EXPRESSION COMMAND...
without() { "${@:2}" | grep -vE "$1"; }

# The labels of a key log, with how many lines each has.
keylog() {
    rm -f keys
    SSLKEYLOGFILE=$work/keys on "$library" curl -sS --max-time 120 --cacert pki/ca.pem "$@" -o body
    sed -E 's/^([A-Z_0-9]+) ([0-9a-f]+) ([0-9a-f]+)$/\1/' keys | sort | uniq -c
    awk '{ print $1, length($2), length($3) }' keys | sort -u
    echo "connections: $(cut -d' ' -f2 keys | sort -u | wc -l)"
}

tells() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        scenario "-v, TLS $version" "*TLSv$version*Finished*ALPN: server accepted h2*SSL certificate verify ok*" verbose "$@" "$url/facts"
        scenario "-v, TLS $version, client certificate" "*CERT verify*" verbose "$@" --cert pki/client.pem --key pki/client.key "$members_url"
        # rustls reads the whole flight before it looks at the certificate.
        scenario "-v, TLS $version, an untrusted root" "*TLS alert, unknown CA*" without 'Server key exchange|Server finished|CERT verify' verbose "$@" --cacert pki/otherca.pem "$url/facts"
        explained "-v, TLS $version, an untrusted root, every message" "the whole flight is read first" "*TLS alert, unknown CA*" verbose "$@" --cacert pki/otherca.pem "$url/facts"
        scenario "-v, TLS $version, a name that is not there" "*no alternative certificate subject name*" without "Newsession Ticket|old SSL session" \
            verbose "$@" --resolve "elsewhere.test:$site:127.0.0.1" "https://elsewhere.test:$site/facts"
        # Whether the server's close_notify is there when curl closes is a matter of time.
        scenario "-v, TLS $version, two connections" "*SSL re-using session ID*" without 'alert, close notify' verbose "$@" --http1.1 -H "Connection: close" "$url/facts" "$url/facts"
        scenario "SSLKEYLOGFILE, TLS $version" "*connections: 1" keylog "$@" "$url/facts"
        scenario "SSLKEYLOGFILE, TLS $version, resumed" "*connections: 2" keylog "$@" --http1.1 -H "Connection: close" "$url/facts" "$url/facts"
        scenario "-w %{ssl_verify_result}, TLS $version" "*0 0" get -o /dev/null -w '%{ssl_verify_result} %{proxy_ssl_verify_result}\n' "$@" "$url/facts"
        scenario "-w %{certs}, TLS $version" "*Subject:CN = *" get -k -o /dev/null -w '%{ssl_verify_result} %{num_certs}\n%{certs}' "$@" "https://localhost:${port_of[chained]}/"
    done
}

parallel() {
    on "$library" curl -sS --max-time 120 --cacert pki/ca.pem --parallel --parallel-immediate --parallel-max 100 "$@" \
        -o /dev/null -w '%{http_code} %{http_version} %{size_download}\n' "$url/page?[1-100]" 2>/dev/null | sort | uniq -c
}

many() {
    scenario "100 at once, HTTP/1.1" "*100 200 1.1 100000" parallel --http1.1
    scenario "100 at once, HTTP/2" "*100 200 2 100000" parallel --http2
    scenario "100 at once, no session reused" "*100 200 1.1 100000" parallel --http1.1 --no-sessionid -H "Connection: close"
}

mail() {
    local version
    for version in 1.2 1.3; do
        set -- --tlsv$version --tls-max $version
        scenario "smtps, TLS $version" "exit 0*" get "$@" --mail-from a@localhost --mail-rcpt b@localhost -T letter "smtps://localhost:${port_of[smtps]}"
        scenario "smtp and STARTTLS, TLS $version" "exit 0*" get "$@" --ssl-reqd --mail-from a@localhost --mail-rcpt b@localhost -T letter "smtp://localhost:${port_of[smtp]}"
        scenario "imaps, TLS $version" "$(got "*INBOX-TLSv$version*")" get "$@" -u name:word "imaps://localhost:${port_of[imaps]}"
        scenario "imap and STARTTLS, TLS $version" "$(got "*INBOX-TLSv$version*")" get "$@" --ssl-reqd -u name:word "imap://localhost:${port_of[imap]}"
        scenario "pop3s, TLS $version" "$(got "*over TLSv$version*")" get "$@" -u name:word "pop3s://localhost:${port_of[pop3s]}/1"
        scenario "pop3 and STLS, TLS $version" "$(got "*over TLSv$version*")" get "$@" --ssl-reqd -u name:word "pop3://localhost:${port_of[pop3]}/1"
        scenario "through an HTTPS proxy, TLS $version" "$(got "*TLSv$version*")" get "$@" -x "https://localhost:${port_of[proxys]}" --proxy-cacert pki/ca.pem "$url/facts"
        scenario "a large page through an HTTPS proxy, TLS $version" "$(got "$(digest www/large)")" through_proxy "$@"
    done
    scenario "smtp and STARTTLS, an untrusted root" "exit 60*" get --cacert pki/otherca.pem --ssl-reqd -T letter --mail-from a@localhost "smtp://localhost:${port_of[smtp]}"
    scenario "an HTTPS proxy of an untrusted root" "exit 60*" get -x "https://localhost:${port_of[proxys]}" --proxy-cacert pki/otherca.pem "$url/facts"
}


through_proxy() {
    rm -f large
    get "$@" -x "https://localhost:${port_of[proxys]}" --proxy-cacert pki/ca.pem -o large "$url/large"
    digest large
}

# Files by FTP over TLS, in both directions and as a listing.
ftp() {
    rm -f files/up/* got
    get --ssl-reqd "$@" "$base/" | sed -E 's/[A-Z][a-z]{2} [0-9]{2} [0-9:]{5}/DATE/'
    get --ssl-reqd "$@" -T www/large "$base/up/sent"
    get --ssl-reqd "$@" -o got "$base/file"
    cmp files/up/sent www/large && cmp got files/file && echo "files intact"
}

ftp_server() {
    local implicit=$1 port
    port=$(free_port)
    printf '%s\n' listen=YES background=NO listen_address=127.0.0.1 listen_port=$port connect_from_port_20=NO \
        anonymous_enable=YES anon_root="$work/files" secure_chroot_dir="$work/empty" write_enable=YES \
        anon_upload_enable=YES anon_umask=022 run_as_launching_user=$([ "$(id -u)" = 0 ] && echo NO || echo YES) \
        ssl_enable=YES implicit_ssl=$implicit allow_anon_ssl=YES force_anon_logins_ssl=YES force_anon_data_ssl=YES \
        require_ssl_reuse=NO ssl_ciphers=HIGH rsa_cert_file="$work/pki/server.pem" rsa_private_key_file="$work/pki/server.key" \
        >vsftpd.$implicit.conf
    launch stock vsftpd "$work/vsftpd.$implicit.conf" >vsftpd.out 2>&1 &
    later kill $!
    wait_for 60 listening $port || give_up "vsftpd does not start: $(cat vsftpd.out)"
    port_of[ftp.$implicit]=$port
}

ftps() {
    ftp_server NO
    ftp_server YES
    base=ftp://localhost:${port_of[ftp.NO]} scenario "ftp and AUTH TLS, TLS 1.2" "*files intact" ftp --tls-max 1.2
    base=ftp://localhost:${port_of[ftp.NO]} scenario "ftp and AUTH TLS, TLS 1.3" "*files intact" ftp --tlsv1.3
    base=ftps://localhost:${port_of[ftp.YES]} scenario "ftps" "*files intact" ftp
}

pki
more_pki
mkdir -p www files/up empty pki/path pki/otherpath
chmod 755 "$work"
[ "$(id -u)" != 0 ] || chown ftp files/up
head -c 100000 /dev/urandom >www/page
head -c 3000000 /dev/urandom >www/large
head -c 3000000 /dev/urandom >files/file
printf 'Subject: a test\r\n\r\nA short letter.\r\n' >letter
cat pki/client.pem pki/client.key >both.pem
openssl x509 -in pki/client.pem -outform der -out client.der
openssl pkey -in pki/client.key -outform der -out clientkey.der
openssl x509 -in pki/server.pem -noout -pubkey >server.pub
cp pki/ca.pem pki/path/ && cp pki/otherca.pem pki/otherpath/
openssl rehash pki/path && openssl rehash pki/otherpath

libraries=(stock tessera)
runs curl
libraries+=(preload)
check "curl runs on Tessera when preloaded" is_library preload "$(on preload ldd "$(command -v curl)" | sed -n 's/^\t\(.*\/libssl\.so\.3\) (0x.*/\1/p')"
nginx_on stock || give_up "nginx did not start on the stock library"
services pki/server.pem pki/server.key
another_server good stock -www -cert pki/server.pem -key pki/server.key -cert_chain pki/ca.pem -status_file pki/server.ocsp
another_server revoked stock -www -cert pki/revoked.pem -key pki/revoked.key -cert_chain pki/ca.pem -status_file pki/revoked.ocsp
another_server none stock -www -cert pki/server.pem -key pki/server.key -cert_chain pki/ca.pem
another_server rsa stock -www -cert pki/rsa.pem -key pki/rsa.key
another_server chained stock -www -cert pki/chained.pem -key pki/chained.key -cert_chain pki/chained.chain.pem
another_server unchained stock -www -cert pki/chained.pem -key pki/chained.key
url=https://localhost:$site members_url=https://localhost:$members/facts

versions
ciphers
client_certificates
trust
tells
many
mail
ftps
table "curl"
finish
