#!/bin/bash
# Debian's vsftpd with require_ssl_reuse, stock and Tessera, with curl on either: a data
# connection must resume the session of the control connection, or is refused. Files go
# up and down, in TLS 1.2 and 1.3; a client that doesn't resume gets nothing. What vsftpd
# logs of each connection must be what stock with stock logs.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=vsftpd

# start LIBRARY OPTION=VALUE...: sets $vsftpd, and $port. Its log is $work/vsftpd.log.
start() {
    port=$(free_port)
    : >vsftpd.log
    cat >vsftpd.conf <<EOB
listen=YES
listen_address=127.0.0.1
listen_port=$port
background=NO
anonymous_enable=YES
no_anon_password=YES
anon_root=$work/files
anon_upload_enable=YES
anon_umask=022
write_enable=YES
connect_from_port_20=NO
pasv_address=127.0.0.1
secure_chroot_dir=$work/empty
rsa_cert_file=$work/pki/server.pem
rsa_private_key_file=$work/pki/server.key
ssl_enable=YES
allow_anon_ssl=YES
force_anon_data_ssl=YES
force_anon_logins_ssl=YES
ssl_ciphers=HIGH
debug_ssl=YES
xferlog_enable=YES
vsftpd_log_file=$work/vsftpd.log
$([ "$(id -u)" = 0 ] || echo run_as_launching_user=YES)
$(printf '%s\n' "${@:2}")
EOB
    launch $1 vsftpd "$work/vsftpd.conf" >vsftpd.out 2>&1 &
    vsftpd=$!
    later kill $vsftpd
    wait_for 60 listening "$port" || give_up "vsftpd does not start on $1: $(head -n 3 vsftpd.out)"
    check "vsftpd runs on $1" is_library $1 "$(libssl_in $vsftpd)"
}

# ftps CURL-OPTION...: curl on $client over explicit FTPS, in TLS $version.
ftps() {
    on $client curl "${common[@]}" "$@" >curl.out 2>&1
}

# What vsftpd logged of the TLS connections: letters, then version and certificate.
logged() {
    local line='.*DEBUG: Client .*SSL version: ([^,]*), SSL cipher: [^,]*, (not )?reused, ([^".]*).*'
    sed -nE "s/$line/\2/p" vsftpd.log | sed 's/^$/r/; s/^not $/./' | letters
    sed -nE "s/$line/ \1, \3/p" vsftpd.log | sort -u | tr -d '\n'
    : >vsftpd.log
}

# A listing, a file up and one down: the control connection and three for data.
transfers() {
    local there=ftp://localhost:$port exit
    rm -f files/up/* got
    ftps "$there/" --next "${common[@]}" -T sent "$there/up/sent" --next "${common[@]}" -o got "$there/file"
    exit=$?
    echo "$(logged) curl: $exit$(cmp -s sent files/up/sent && echo ", up")$(cmp -s files/file got && echo ", down")"
}

# One file by a client that keeps no sessions.
without_reuse() {
    local exit
    rm -f got
    ftps --no-sessionid -o got "ftp://localhost:$port/file"
    exit=$?
    echo "$(logged) curl: $exit$(cmp -s files/file got && echo ", down")"
}

scenario() {
    outcome "$1, TLS $version" "$2" "$client > $library" "$("${@:3}")"
}

# everyone NAME CERTIFICATE WITHOUT: each client in each version; what becomes of curl when it
# resumes nothing is WITHOUT.
everyone() {
    for client in stock tessera; do
        for version in 1.2 1.3; do
            common=(-sS --max-time 120 --ssl-reqd --cacert pki/ca.pem --tlsv$version --tls-max $version "${identity[@]}")
            scenario "$1" ".rrr TLSv$version, $2 curl: 0, up, down" transfers
            scenario "$1, curl --no-sessionid" ".. TLSv$version, $2 curl: $3" without_reuse
        done
    done
}

pki
mkdir -p files/up empty
chmod 755 "$work"
head -c 3000000 /dev/urandom >files/file
head -c 3000000 /dev/urandom >sent
[ "$(id -u)" != 0 ] || chown ftp files/up
for library in stock tessera; do
    identity=()
    start $library require_ssl_reuse=YES
    everyone "reuse required" "no cert" 18
    stop $vsftpd
    start $library require_ssl_reuse=NO
    everyone "reuse not required" "no cert" "0, down"
    stop $vsftpd
    identity=(--cert pki/client.pem --key pki/client.key)
    start $library require_ssl_reuse=YES require_cert=YES validate_cert=YES ca_certs_file="$work/pki/ca.pem"
    everyone "reuse and certificate required" "CERT PRESENTED" 18
    stop $vsftpd
done
table "vsftpd: connections resumed/full (client > server)"
finish
