#!/bin/bash
# Debian's `openssl s_client` and `s_server` with the options that people use: all that
# both print, with stock on both sides, with Tessera as the client, and as the server.
# Taken out are times, ids, keys, random values, byte counts, source files and functions in
# errors, when it had to wait, and what a client offers or a server would take (ciphers, groups,
# signature algorithms, point formats, certificate types, renegotiation in TLS 1.3), where rustls
# has less than OpenSSL. Each further difference has its reason beside it.
set -u
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../scenarios.bash"
cd "$work" || exit 1
program=openssl

# The columns: which side is Tessera.
libraries=(stock client server)
libraries_of=([client]="tessera > stock" [server]="stock > tessera")
mkfifo silence && exec {silence}<>silence

# serve OPTION...: s_server on the library of this column, never at the end of its input.
serve() {
    local on=stock
    [ "$library" != server ] || on=tessera
    : >s_server.out
    launch $on stdbuf -oL openssl s_server -accept 127.0.0.1:0 -naccept ${accepts:-1} "$@" <&$silence >s_server.out 2>s_server.err &
    server=$!
    later kill $server
    wait_for 60 started || { server_said && return 1; }
    port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' s_server.out | head -n 1)
}

started() { grep -q '^ACCEPT' s_server.out || ! kill -0 $server; }

# ask INPUT OPTION...: s_client on the library of this column.
ask() {
    local on=stock input=$1
    shift
    [ "$library" != client ] || on=tessera
    [[ " $* " == *" -noservername "* ]] || set -- -servername localhost "$@"
    { printf "$input" && { [ -z "${until_kept:-}" ] || wait_for 30 kept; }; } | on $on timeout 60 stdbuf -oL openssl s_client -connect 127.0.0.1:$port "$@" >s_client.out 2>s_client.err
    echo "client: exit ${PIPESTATUS[1]}"
    cat s_client.err >>s_client.out
}

# The client has written a session to the file $until_kept, or failed.
kept() { [ -s $until_kept ] || grep -q error s_client.err; }

# Errors come last: where they are among the rest depends on buffers. (stdbuf: what s_client
# receives is written past its own buffer, into the middle of a line.)
server_said() { cat s_server.out s_server.err | settled; }

# Output without what is never the same twice.
settled() {
    sed -E -e 's/^[0-9A-F]{8,16}:error:([0-9A-F]+):([^:]*):[^:]*:([^:]*):[^:]*:[0-9]+:/error:\1:\2:\3:/' \
        -e '/^ *[0-9a-f]{4} - /d' -e '/^ *(Start Time|Session-ID|Master-Key|Resumption PSK|Keying material): ?/d' \
        -e '/^SSL handshake has read/d' -e '/^ *(read|write) [RW] BLOCK/d' -e '/^[0-9A-F]{96}$/d' \
        -e '/^(Client cipher list|(Shared )?(Requested )?Signature Algorithms|Supported Elliptic Curve Point Formats|(Shared |Supported )groups|Client Certificate Types|Secure Renegotiation IS)/Id' \
        -e 's/^(CONNECTED|ACCEPT).*/\1/' -e 's/\[length [0-9a-f]+\]/[length]/' \
        -e '/^(\.\.\.)?    [0-9a-f]{2}( |$)/d' -e '/^[A-Za-z0-9+\/=]{64}$|^[A-Za-z0-9+\/]{1,64}={0,2}$/d' "$@" | tr -d '\0\r'
}

# What the server can do is not what was done: its ciphers and groups.
page() { sed -E -e '/^Ciphers supported in s_server/,/^---$/d' -e '/^Ciphers common/,/^---$/d'; }

# talk "SERVER OPTIONS" "CLIENT OPTIONS" [INPUT]: one conversation; both sides' output.
talk() {
    local input=${3:-GET / HTTP/1.0\\r\\n\\r\\n}
    serve -cert pki/server.pem -key pki/server.key $1 || { echo "no server" && return; }
    ask "$input" -CAfile pki/ca.pem -ign_eof $2
    settled <s_client.out | page
    served
    echo "server:"
    server_said
}

# The server ends after its last connection; one that waits for another is ended.
served() {
    wait_for 1 ended || wait_for 60 lonely
    stop $server
}

ended() { ! kill -0 $server; }

# It has ended, or it listens still, and nobody has connected.
lonely() { ended || grep -q ":$(printf %04X $port) 00000000:0000 0A 00000000:00000000 " /proc/net/tcp; }

# Where a server's certificate is refused, rustls has read on: what OpenSSL does not know yet.
refusing() { talk "$@" | grep -vE 'Server Temp Key|Extended master secret|Peer sign'; }

# case NAME PATTERN SERVER CLIENT [INPUT], in both versions.
both_versions() {
    local version name=$1 pattern=$2 server_options=$3 client_options=$4
    shift 4
    for version in 1_2 1_3; do
        scenario "$name, TLS ${version/_/.}" "$pattern" ${talk:-talk} "$server_options" "$client_options -tls$version" "$@"
    done
}

reverse='hello there\nCLOSE\n'
ok='*client: exit 0*'

options() {
    both_versions "plain" "$ok" -www ""
    both_versions "-brief" "*Protocol version: TLSv1*" -rev -brief "$reverse"
    both_versions "-rev" "*ereht olleh*" -rev "" "$reverse"
    both_versions "-WWW" "*a small file*" -WWW "" 'GET /file HTTP/1.0\r\n\r\n'
    both_versions "-HTTP" "*a small file*" -HTTP "" 'GET /answer HTTP/1.0\r\n\r\n'
    both_versions "-showcerts" "*BEGIN CERTIFICATE*" "-www -cert_chain pki/ca.pem" -showcerts
    both_versions "-prexit" "$ok" -www -prexit
    both_versions "-quiet" "$ok" -www -quiet
    both_versions "-crlf" "*ereht olleh*" -rev -crlf 'hello there\nCLOSE\n'
    both_versions "-bugs" "$ok" "-www -bugs" -bugs
    accepts=6 both_versions "-reconnect" "$ok" -www -reconnect
    both_versions "-nbio" "*ereht olleh*" "-rev -num_tickets 0" -nbio "$reverse"
    both_versions "-split_send_frag -max_send_frag" "*ereht olleh*" "-rev -max_send_frag 1024 -split_send_frag 512" "-max_send_frag 1024 -split_send_frag 512" "$reverse"
    both_versions "-read_buf" "*ereht olleh*" "-rev -read_buf 32768" "-read_buf 32768" "$reverse"
    both_versions "-no_ticket" "$ok" "-www -no_ticket" -no_ticket
    both_versions "-comp" "$ok" -www -comp
    both_versions "-legacy_server_connect" "$ok" -www -legacy_server_connect
    both_versions "-no_etm -no_ems" "$ok" "-www -no_etm" -no_etm
    both_versions "-serverpref" "$ok" "-www -serverpref" ""
    both_versions "-prioritize_chacha" "$ok" "-www -serverpref -prioritize_chacha" ""
    both_versions "-keymatexport" "$ok" "-www -keymatexport label -keymatexportlen 20" "-keymatexport label -keymatexportlen 20"
    both_versions "-alpn" "*ALPN protocol: b*" "-rev -alpn b,a" "-alpn a,b" "$reverse"
    both_versions "-alpn, nothing in common" "*" "-rev -alpn c" "-alpn a,b" "$reverse"
    both_versions "-alpn, the server has none" "*No ALPN negotiated*" -rev "-alpn a,b" "$reverse"
    both_versions "-status, good" "*OCSP Response Status: successful*" "-www -status_file pki/server.ocsp" -status
    both_versions "-status, none" "*no response sent*" -www -status
    both_versions "-status_verbose, no file" "*" "-www -status_file pki/nothing" -status
    scenario "-num_tickets 5" "$ok" talk "-www -num_tickets 5" -tls1_3
    scenario "-num_tickets 0" "$ok" talk "-www -num_tickets 0" -tls1_3
    scenario "-no_middlebox" "$ok" talk "-www -no_middlebox" "-no_middlebox -tls1_3"
    scenario "-dhparam" "$ok" talk "-www -dhparam dh.pem" ""
    scenario "-no_dhe" "$ok" talk "-www -no_dhe" ""
    scenario "-id_prefix" "$ok" talk "-www -id_prefix abc -no_ticket" -tls1_2
    accepts=6 scenario "-no_cache" "$ok" talk "-www -no_cache -no_ticket" "-tls1_2 -reconnect"
    accepts=6 scenario "-ext_cache" "$ok" talk "-www -ext_cache -no_ticket" "-tls1_2 -reconnect"
    explained "-nextprotoneg" "no NPN" "client: exit [01]*" talk "-www -nextprotoneg a,b" "-nextprotoneg a -tls1_2"
}

names() {
    local names="-www -servername other.test -cert2 pki/rsa.pem -key2 pki/rsa.key"
    both_versions "-servername, the other certificate" "*subject=CN = rsa*" "$names" "-servername other.test"
    both_versions "-servername, the first certificate" "*subject=CN = server*" "$names" "-servername localhost"
    both_versions "-servername, unknown" "*subject=CN = server*" "$names" "-servername third.test"
    both_versions "-servername_fatal" "*" "$names -servername_fatal" "-servername third.test"
    both_versions "-noservername" "*subject=CN = server*" "$names" "-noservername"
    both_versions "-verify_hostname" "*Verification: OK*" -www "-verify_hostname localhost -verify_return_error"
    both_versions "-verify_hostname, another" "*ostname mismatch*" -www "-verify_hostname elsewhere.test"
    talk=refusing both_versions "-verify_hostname, another, fatal" "*ostname mismatch*" -www "-verify_hostname elsewhere.test -verify_return_error"
    explained "-verify_hostname, another, fatal: what s_client knows then, TLS 1.2" "rustls reads the whole flight before it judges the certificate" "*ostname mismatch*" \
        talk -www "-verify_hostname elsewhere.test -verify_return_error -tls1_2"
    both_versions "-verify_ip" "*Verification: OK*" -www "-verify_ip 127.0.0.1"
    both_versions "-verify_email" "*mail address mismatch*" -www "-verify_email a@b.test"
    both_versions "-CAfile, another" "*unable to get local issuer*" -www "-CAfile pki/otherca.pem"
    talk=refusing both_versions "-CAfile, another, fatal" "*unable to get local issuer*" -www "-CAfile pki/otherca.pem -verify_return_error"
    both_versions "-no-CAfile" "*" -www "-no-CAfile -no-CApath -no-CAstore"
    both_versions "-CApath" "*Verification: OK*" -www "-CApath pki/path"
    both_versions "-CAstore" "*Verification: OK*" -www "-CAstore $work/pki/ca.pem"
    both_versions "-partial_chain" "*Verification: OK*" "-www -cert pki/chained.pem -key pki/chained.key" "-CAfile pki/middle.pem -partial_chain"
    both_versions "without -partial_chain" "*unable to get issuer*" "-www -cert pki/chained.pem -key pki/chained.key" "-CAfile pki/middle.pem"
    both_versions "-cert_chain" "*Verification: OK*" "-www -cert pki/chained.pem -key pki/chained.key -cert_chain pki/middle.pem" ""
    both_versions "-verify_depth 0" "*" "-www -cert pki/chained.pem -key pki/chained.key -cert_chain pki/middle.pem" "-verify 0"
    both_versions "-crl_check" "*evoked*" "-www -cert pki/revoked.pem -key pki/revoked.key" "-crl_check -CRL pki/crl.pem"
    both_versions "-crl_check, no CRL" "*unable to get certificate CRL*" -www "-crl_check"
    both_versions "-attime" "*not yet valid*" -www "-attime 1000000000"
    both_versions "-purpose" "*" -www "-purpose sslclient"
    both_versions "-auth_level 4" "*" -www "-auth_level 4"
    both_versions "-x509_strict" "*" -www "-x509_strict"
    both_versions "an expired certificate" "*certificate has expired*" "-www -cert pki/expired.pem -key pki/expired.key" ""
}

parameters() {
    # An ECDSA certificate's curve would have to be among the groups in TLS 1.2.
    local list rsa="-cert pki/rsa.pem -key pki/rsa.key"
    for list in ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE+AESGCM; do
        scenario "-cipher $list" "*New, TLSv1.2, Cipher is ECDHE-ECDSA*" talk -www "-tls1_2 -cipher $list"
        scenario "s_server -cipher $list" "*New, TLSv1.2, Cipher is ECDHE-ECDSA*" talk "-www -cipher $list" -tls1_2
    done
    scenario "-cipher, unknown" "*" talk -www "-cipher nonsense"
    scenario "-cipher, nothing in common" "*" talk "-www -cipher ECDHE-ECDSA-AES128-GCM-SHA256" "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384"
    for list in TLS_AES_128_GCM_SHA256 TLS_CHACHA20_POLY1305_SHA256; do
        scenario "-ciphersuites $list" "*New, TLSv1.3, Cipher is $list*" talk -www "-ciphersuites $list"
        scenario "s_server -ciphersuites $list" "*New, TLSv1.3, Cipher is $list*" talk "-www -ciphersuites $list" ""
    done
    scenario "-ciphersuites, nothing in common" "*" talk "-www -ciphersuites TLS_AES_128_GCM_SHA256" "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384"
    for list in X25519 P-256 P-384 P-521 X25519:P-256; do
        both_versions "-groups $list" "*Server Temp Key: *" "-www $rsa" "-groups $list"
        both_versions "s_server -curves $list" "*Server Temp Key: *" "-www $rsa -curves $list" "-groups P-256:X25519:P-384:P-521"
    done
    both_versions "-groups, nothing in common" "*" "-www -groups P-384" "-groups X25519"
    both_versions "-groups, unknown" "*" -www "-groups nonsense"
    both_versions "-sigalgs" "$ok" -www "-sigalgs ECDSA+SHA256"
    both_versions "-sigalgs, RSA" "*Peer signature type: RSA-PSS*" "-www -cert pki/rsa.pem -key pki/rsa.key" "-sigalgs RSA-PSS+SHA256:RSA-PSS+SHA384"
    both_versions "-sigalgs, nothing in common" "*" -www "-sigalgs RSA-PSS+SHA256"
    both_versions "RSA and ECDSA, RSA wanted" "*CN = rsa*" "-www -dcert pki/rsa.pem -dkey pki/rsa.key" "-sigalgs RSA-PSS+SHA256"
    both_versions "RSA and ECDSA, either" "*CN = *" "-www -dcert pki/rsa.pem -dkey pki/rsa.key" ""
    scenario "-no_tls1_3" "*New, TLSv1.2*" talk -www -no_tls1_3
    # OpenSSL goes down to TLS 1.1, below the hole.
    explained "-no_tls1_2" "no TLS 1.1" "client: exit [01]*" talk -www "-no_tls1_2"
    scenario "s_server -no_tls1_3" "*New, TLSv1.2*" talk "-www -no_tls1_3" ""
    scenario "-tls1_3, the server has 1.2" "*" talk "-www -no_tls1_3" -tls1_3
    scenario "-tls1_2, the server has 1.3" "*" talk "-www -tls1_3" -tls1_2
    scenario "-min_protocol -max_protocol" "*New, TLSv1.2*" talk -www "-min_protocol TLSv1.2 -max_protocol TLSv1.2"
}

clients() {
    local with="-cert pki/client.pem -key pki/client.key"
    local wrong="-cert pki/otherclient.pem -key pki/otherclient.key"
    both_versions "-verify, with certificate" "$ok" "-www -verify 1 -CAfile pki/ca.pem" "$with"
    both_versions "-verify, without" "$ok" "-www -verify 1 -CAfile pki/ca.pem" ""
    both_versions "-Verify, with certificate" "$ok" "-www -Verify 1 -CAfile pki/ca.pem" "$with"
    both_versions "-Verify, another root's" "$ok" "-www -Verify 1 -CAfile pki/ca.pem" "$wrong"
    both_versions "-verify_quiet" "$ok" "-www -Verify 1 -verify_quiet -CAfile pki/ca.pem" "$with -verify_quiet"
    both_versions "-client_sigalgs" "$ok" "-www -Verify 1 -CAfile pki/ca.pem -client_sigalgs ECDSA+SHA256:RSA-PSS+SHA256" "$with"
    both_versions "-requestCAfile" "*" "-www -Verify 1 -CAfile pki/ca.pem" "$with -requestCAfile pki/ca.pem"
    scenario "-crl_check on the server" "*" talk "-www -Verify 1 -CAfile pki/ca.pem -crl_check -CRL pki/crl.pem" "-tls1_2 -cert pki/revokedclient.pem -key pki/revokedclient.key"
    scenario "-pass" "$ok" talk "-www -Verify 1 -CAfile pki/ca.pem" "-cert pki/client.pem -key pki/client.enc.key -pass pass:secret"
    scenario "-pass, wrong" "*" talk -www "-cert pki/client.pem -key pki/client.enc.key -pass pass:wrong"
    scenario "-cert, no such file" "*" talk -www "-cert nothing.pem"
    scenario "-key, another's" "*" talk -www "-cert pki/client.pem -key pki/server.key"
}

# Messages by name, without their bytes; and without the headers of records, as rustls
# puts into one what OpenSSL puts into several.
records() { talk "$1" "$2" | grep -E '^(<<<|>>>)'; }
messages() { records "$@" | grep -vE 'RecordHeader|InnerContent'; }

# The states in turn, but those that are no messages: a state that waits is told again by OpenSSL.
every_state() { talk "$1" "$2" | grep -E '^SSL_(accept|connect)|^SSL3 alert'; }
states() {
    every_state "$@" | grep -vE 'before SSL|early data|negotiation finished|read server session ticket|change cipher spec' | uniq
}

# What a client says that it can do, as the server's page shows it.
offers() {
    talk -www "$1" >talk.out
    cat s_server.out s_client.out | grep -aE '^(Client cipher list|Shared Signature Algorithms|Signature Algorithms|Supported groups|Supported Elliptic)' | sort -u
}

logs() {
    rm -f client.keys server.keys
    talk "-www -keylogfile server.keys" "-keylogfile client.keys $1" >/dev/null
    cut -d' ' -f1 client.keys | sort
    echo "the server's:"
    grep -v '^#' server.keys | cut -d' ' -f1 | sort
    cmp <(grep -v '^#' client.keys | sort) <(grep -v '^#' server.keys | sort) && echo "the same keys"
}

shows() {
    local version
    for version in 1_2 1_3; do
        scenario "-msg, TLS $version" "*ClientHello*" messages "-www -msg" "-msg -tls$version"
        explained "-msg with records, TLS $version" "several messages in one record" "*ClientHello*RecordHeader*" records "-www -msg" "-msg -tls$version"
        explained "-state, every one, TLS $version" "each state is told once" "*SSL_connect*" every_state "-www -state" "-state -tls$version"
        explained "what a client offers, TLS $version" "fewer ciphers, groups and signature algorithms" "*" offers -tls$version
        scenario "-state, TLS $version" "*SSL_connect*" states "-www -state" "-state -tls$version"
        scenario "-msg, client certificate, TLS $version" "*CertificateVerify*" messages "-www -msg -Verify 1 -CAfile pki/ca.pem" "-msg -cert pki/client.pem -key pki/client.key -tls$version"
        scenario "-state, client certificate, TLS $version" "*SSL_connect*" states "-www -state -Verify 1 -CAfile pki/ca.pem" "-state -cert pki/client.pem -key pki/client.key -tls$version"
        scenario "-msg, resumed, TLS $version" "*ClientHello*" messages "-www -msg" "-msg -sess_in $version.pem -tls$version"
        scenario "-keylogfile, TLS $version" "*the same keys" logs -tls$version
        scenario "-sess_out and -sess_in, TLS $version" "*Reused*" sessions -tls$version
    done
}

sessions() {
    rm -f session.pem
    accepts=2 serve -cert pki/server.pem -key pki/server.key -www
    ask 'GET / HTTP/1.0\r\n\r\n' -CAfile pki/ca.pem -ign_eof "$@" -sess_out session.pem
    ask 'GET / HTTP/1.0\r\n\r\n' -CAfile pki/ca.pem -ign_eof "$@" -sess_in session.pem
    settled <s_client.out | page
    stop $server
    openssl sess_id -in session.pem -noout -text | settled
    openssl sess_id -in session.pem -noout -cert -text | settled | head -n 30
}

# A first connection for the session, a second with early data. Both stay open until tickets
# have come.
early_data() {
    rm -f session.pem next.pem
    accepts=2 serve -cert pki/server.pem -key pki/server.key $1
    until_kept=session.pem ask 'hello\n' -CAfile pki/ca.pem -tls1_3 -sess_out session.pem
    until_kept=next.pem ask 'hello\n' -CAfile pki/ca.pem -tls1_3 -sess_in session.pem -sess_out next.pem -early_data early
    settled <s_client.out | grep -E 'arly data|^(New|Reused)|Verif|error'
    served
    echo "server:"
    server_said | grep -E 'arly data|hello|sent early|error|Reused|bytes'
}

early() {
    scenario "-early_data, accepted" "*Early data was accepted*sent early*" early_data -early_data
    scenario "-early_data, refused" "*Early data was not sent*" early_data ""
    scenario "-early_data, too much" "*" early_data "-early_data -recv_max_early_data 4"
    scenario "-early_data -no_anti_replay" "*Early data was accepted*" early_data "-early_data -no_anti_replay"
    scenario "-max_early_data 0" "*" early_data "-early_data -max_early_data 0"
}

refused() {
    local option why
    while IFS='|' read -r option why <&4; do
        explained "client $option" "$why" "client: exit [01]*" talk -www "$option"
    done 4<<EOF
-srpuser name -srppass pass:word|no SRP
-dtls1_2|no DTLS
-tls1_1|no TLS 1.1
-tls1|no TLS 1.0
-use_srtp SRTP_AES128_CM_SHA1_80|no DTLS
EOF
    for option in "-psk 0123456789abcdef" -ct "-dane_tlsa_domain localhost" "-fallback_scsv -tls1_2"; do
        scenario "client $option" "*" talk -www "$option"
    done
    both_psk
    scenario "client -psk_session, no such file" "*" talk -www "-psk_session nothing.pem"
    scenario "client -serverinfo" "*" talk -www "-serverinfo 1"
    scenario "client -maxfraglen" "$ok" talk -www "-maxfraglen 1024"
    scenario "client -no_renegotiation" "$ok" talk -www "-no_renegotiation"
    scenario "server -nocert -psk, the client has none" "*client: exit 1*" talk "-www -nocert -psk 0123456789abcdef" "-tls1_2"
    scenario "server -srpvfile, no such file" "*" talk "-www -srpvfile nothing" ""
    scenario "server -legacy_renegotiation" "$ok" talk "-www -legacy_renegotiation" ""
}

# Both have the key. With a certificate, that is preferred.
both_psk() {
    local version psk="-psk 0123456789abcdef"
    for version in 1_2 1_3; do
        scenario "-psk on both sides, TLS ${version/_/.}" "*client: exit 0*Verification: OK*" \
            talk "-www $psk" "$psk -tls$version"
    done
    scenario "-psk on both sides, no certificate, TLS 1.3" "*client: exit 0*Reused*" talk "-www -nocert $psk" "$psk -tls1_3"
    explained "-psk on both sides, no certificate, TLS 1.2" "none of TLS 1.2's suites for pre-shared keys" "*client: exit 1*" \
        talk "-www -nocert $psk" "$psk -tls1_2"
}

starttls() {
    local protocol
    libraries=(stock client)
    services pki/server.pem pki/server.key
    for protocol in smtp imap pop3; do
        for version in 1_2 1_3; do
            scenario "-starttls $protocol, TLS $version" "*Verification: OK*" upgrade $protocol -tls$version
        done
    done
    libraries=(stock client server)
}

upgrade() {
    port=${port_of[$1]} ask 'QUIT\r\n' -CAfile pki/ca.pem -starttls "$@"
    settled <s_client.out | grep -vE '^(---|Post-|SSL-Session|    |read R|closed|Q|221|\+OK|$)'
}

others() {
    libraries=(stock tessera)
    local filter
    for filter in ALL:eNULL DEFAULT HIGH ECDHE+AESGCM CHACHA20; do scenario "ciphers -v $filter" "*TLSv1.3*" supported "$filter"; done
    scenario "ciphers, unknown" "*" ciphers nonsense
    scenario "ciphers -stdname" "*" ciphers -s -tls1_3 -stdname
    scenario "ciphers -convert" "*" ciphers -convert TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    scenario "s_time -new" "*connections*" timed -new
    scenario "s_time -reuse" "*connections*" timed -reuse
    scenario "sess_id" "*" on_stock_file -noout -text
    scenario "sess_id -cert" "*" on_stock_file -cert
    scenario "sess_id -context" "*" on_stock_file -context abc -noout -text
    scenario "sess_id -outform DER" "*" on_stock_file -outform DER
    scenario "sess_id -outform NSS" "*" on_stock_file -outform NSS
}

ciphers() { on $library openssl ciphers "$@" 2>&1 | settled; }

# The suites that Tessera has are those with AEAD and an ephemeral key, without CCM and
# ARIA; of these, the same in the same order.
supported() { on $library openssl ciphers -v "$1" | grep -E '^(TLS_AES|TLS_CHACHA|ECDHE)' | grep -E 'GCM|CHACHA' | grep -v ARIA | grep -vE 'PSK|CCM' | sed 's/ \+/ /g'; }

timed() {
    s_server stock -cert pki/server.pem -key pki/server.key -www
    on $library openssl s_time -connect 127.0.0.1:$port -CAfile pki/ca.pem -time 1 "$@" 2>&1 | grep -oE 'verify depth.*|connections|bytes read per connection|^Collecting.*|^[rtT*]+$' | sed -E 's/^([rtT*])\1*$/\1/' | sort -u
    stop $server
}

on_stock_file() { on $library openssl sess_id -in kept.pem "$@" 2>&1; }

for library in stock tessera; do check "openssl runs on $library" is_library $library "$(libssl_of $library openssl)"; done
pki
more_pki
mkdir -p pki/path && cp pki/ca.pem pki/path && openssl rehash pki/path
openssl dhparam -out dh.pem -dsaparam 2048 2>/dev/null
echo "a small file" >file
printf 'HTTP/1.0 200 ok\r\n\r\na small file\n' >answer
echo "sent early" >early
libraries=(stock)
library=stock
accepts=2 serve -cert pki/server.pem -key pki/server.key -www
for version in 1_2 1_3; do ask 'GET / HTTP/1.0\r\n\r\n' -ign_eof -tls$version -sess_out $version.pem >kept.out; done
stop $server
cp 1_3.pem kept.pem
libraries=(stock client server)

for part in ${PARTS:-options names parameters clients shows early refused starttls others}; do $part; done
table "openssl, the other side on stock"
finish
