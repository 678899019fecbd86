#!/bin/bash
# postgresql.sh [SERVER/CLIENT...]: Debian's PostgreSQL, server and clients on stock, on
# Tessera and on Tessera by LD_PRELOAD, or in the pairs of libraries given: the ways to trust a server, client certificates, SCRAM with channel binding, revocation lists,
# protocol versions, what the server says of a connection and logs of a refused one,
# certificates changed by a reload, data in bulk, many connections, and a base backup.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=PostgreSQL

bin=/usr/lib/postgresql/15/bin
# The server will not run as root.
owner=()
[ "$(id -u)" != 0 ] || owner=(setpriv --reuid postgres --regid postgres --clear-groups)
give() { [ ${#owner[@]} = 0 ] || chown -R postgres: "$@"; }

# psql and the like on $client, to the server over TLS: at NAME COMMAND OPTION...; NAME is the user.
at() {
    local user=$1 program=$2
    shift 2
    on "$client" env PGHOST=localhost PGHOSTADDR=127.0.0.1 PGPORT="$port" PGUSER="$user" PGDATABASE=postgres \
        PGSSLROOTCERT="$work/pki/ca.pem" PGSSLCERT=/nowhere PGSSLMODE=verify-full PGCONNECT_TIMEOUT=60 "${with[@]}" timeout 120 "$bin/$program" "$@" 2>&1
}

facts="select version, cipher, bits, client_dn, client_serial is not null, issuer_dn from pg_stat_ssl where pid = pg_backend_pid()"
sslinfo="select ssl_is_used(), ssl_version(), ssl_cipher(), ssl_client_cert_present(), ssl_client_dn_field('commonName'), ssl_issuer_field('commonName')"

# ask USER VARIABLE=VALUE...: what a query answers, or the error.
ask() {
    local user=$1
    with=("${@:2}")
    at "$user" psql -XAtc "${query:-$facts}" | sed -E "s/port [0-9]+/port N/; s/^psql: error: connection to server at \S+ port N failed: //; s|$work||g" | paste -sd ' '
}

member() { echo "PGSSLCERT=$work/pki/$1.pem" "PGSSLKEY=$work/pki/${2:-$1}.key"; }

# What the server's log says of refused connections since the last time, when the
# processes that served them are gone.
logged() {
    local before
    wait_for 60 unvisited
    before=$(cat seen 2>/dev/null)
    wc -l <log >seen
    tail -n +$((before + 1)) log | sed -nE 's/.*(LOG|FATAL|DETAIL): +((could not accept SSL|Client certificate|certificate auth|connection requires|pg_hba|no pg_hba).*)/\2/p' |
        sed -E 's/port=?[0-9 ]+//; s/serial number [0-9]+/serial number N/' | paste -sd ';'
}

# Only the server's own processes are there.
unvisited() {
    ! pgrep -a -P "$server" | grep -vE ' postgres: (checkpointer|background writer|walwriter|autovacuum|logical replication)'
}

# set_to NAME=VALUE...: settings of the server, by a reload, which is over when the server
# accepts the next connection.
set_to() {
    local pair
    for pair; do printf "%s = '%s'\n" "${pair%%=*}" "${pair#*=}"; done >"$data/extra.conf"
    local before
    before=$(grep -c 'received SIGHUP' log)
    kill -HUP "$server"
    wait_for 60 reloaded "$before"
}

reloaded() { [ "$(grep -c 'received SIGHUP' log)" -gt "$1" ]; }

make_cluster() {
    data=$work/cluster
    mkdir "$data" socket
    chmod 711 "$work"
    chmod -R a+rX pki
    leaf revoked ca email:revoked@example.org clientAuth
    leaf dropped ca DNS:localhost serverAuth
    local name
    for name in revoked dropped; do openssl ca -config pki/ca.cnf -cert pki/ca.pem -keyfile pki/ca.key -revoke pki/$name.pem; done
    openssl ca -config pki/ca.cnf -cert pki/ca.pem -keyfile pki/ca.key -gencrl -crldays 30 -out pki/ca.crl
    openssl pkey -in pki/client.key -aes256 -passout pass:secret -out pki/encrypted.key
    openssl pkey -in pki/server.key -aes256 -passout pass:secret -out pki/locked.key
    cp -r pki keys
    chmod 600 pki/*.key keys/*.key
    give "$data" socket keys
    "${owner[@]}" $bin/initdb -D "$data" -A trust -U postgres -N --no-instructions -E UTF8 --locale=C || return
    port=$(free_port)
    cat >"$data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$work/socket'
fsync = off
log_min_messages = info
ssl = on
ssl_cert_file = '$work/keys/server.pem'
ssl_key_file = '$work/keys/server.key'
ssl_ca_file = '$work/pki/ca.pem'
max_wal_senders = 4
include = 'extra.conf'
EOF
    cat >"$data/pg_hba.conf" <<EOF
local all postgres trust
hostssl replication open 127.0.0.1/32 trust
hostssl all scram 127.0.0.1/32 scram-sha-256
hostssl all client,revoked,somebody 127.0.0.1/32 cert
hostssl all signed 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
hostssl all open 127.0.0.1/32 trust
hostnossl all open 127.0.0.1/32 reject
EOF
    : >"$data/extra.conf"
    give "$data"
}

# postgres_on LIBRARY: sets $server.
postgres_on() {
    : >"$data/extra.conf"
    : >log
    rm -f seen
    launch "$1" "${owner[@]}" $bin/postgres -D "$data" >log 2>&1 &
    server=$!
    later kill $server
    wait_for 60 grep -q 'ready to accept connections' log || { cat log && false; }
}

local_query() { "${owner[@]}" $bin/psql -XAtqh "$work/socket" -p "$port" -U postgres postgres -c "$1"; }

note() { outcome "$1" "$2" "$server_library/$client" "$3"; }

visit() {
    local version name
    postgres_on "$server_library" || {
        check "postgres starts on $server_library" false
        return
    }
    check "postgres runs on $server_library" is_library "$server_library" "$(libssl_in $server)"
    [ -n "${prepared:-}" ] || local_query "create extension sslinfo; create role open superuser login; create role scram login password 'pass';
        create role client login; create role revoked login; create role somebody login; create role signed login password 'pass'"
    prepared=1
    note "verify-full" "TLSv1.3|TLS_AES_256_GCM_SHA384|256||f|" "$(ask open)"
    for name in disable allow prefer require verify-ca; do note "sslmode $name" "*" "$(ask open PGSSLMODE=$name)"; done
    note "another root" "*certificate verify failed*" "$(ask open PGSSLROOTCERT=$work/pki/otherca.pem) | $(logged)"
    note "no root" "*root certificate file*does not exist*" "$(ask open PGSSLROOTCERT=$work/nothing.pem)"
    note "another host name" "*does not match host name*" "$(ask open PGHOST=elsewhere.example)"
    note "without the host name in the hello" "TLSv1.3*" "$(ask open PGSSLSNI=0)"
    for name in require prefer disable; do note "SCRAM, channel binding $name" "TLSv1.3*" "$(ask scram PGPASSWORD=pass PGCHANNELBINDING=$name)"; done
    note "SCRAM, a wrong password" "*password authentication failed*" "$(ask scram PGPASSWORD=word PGCHANNELBINDING=require)"
    note "channel binding where there is no SCRAM" "*channel binding required*" "$(ask open PGCHANNELBINDING=require)"
    for version in 1.2 1.3; do
        set -- PGSSLMINPROTOCOLVERSION=TLSv$version PGSSLMAXPROTOCOLVERSION=TLSv$version
        note "TLS $version: client certificate" "TLSv$version|*|/CN=client|t|/CN=Test root ca" "$(ask client "$@" $(member client))"
        note "TLS $version: sslinfo" "t|TLSv$version|*|t|client|Test root ca" "$(query=$sslinfo ask client "$@" $(member client))"
        note "TLS $version: SCRAM, channel binding" "TLSv$version*" "$(ask scram "$@" PGPASSWORD=pass PGCHANNELBINDING=require)"
        note "TLS $version: SCRAM and a certificate" "TLSv$version*/CN=client*" "$(ask signed "$@" PGPASSWORD=pass PGCHANNELBINDING=require $(member client))"
        note "TLS $version: no certificate" "*requires a valid client certificate*" "$(ask client "$@") | $(logged)"
        note "TLS $version: somebody else's certificate" "*authentication failed*" "$(ask somebody "$@" $(member client)) | $(logged)"
        note "TLS $version: another root's certificate" "*unknown ca*" "$(ask client "$@" $(member otherclient)) | $(logged)"
    done
    note "a key of another certificate" "*key values mismatch*" "$(ask client $(member client server))"
    note "an encrypted key" "TLSv1.3*/CN=client*" "$(with=(); at client psql -XAtc "$facts" \
        "dbname=postgres sslpassword=secret sslcert=$work/pki/client.pem sslkey=$work/pki/encrypted.key" | paste -sd ' ')"
    note "an encrypted key, a wrong password" "*could not load private key*" "$(with=(); at client psql -XAtc "$facts" \
        "dbname=postgres sslpassword=wrong sslcert=$work/pki/client.pem sslkey=$work/pki/encrypted.key" | sed "s|$work||g" | paste -sd ' ')"
    set_to ssl_crl_file="$work/pki/ca.crl"
    note "revoked" "*certificate revoked*" "$(ask revoked $(member revoked)) | $(logged)"
    note "not revoked" "TLSv1.3*/CN=client*" "$(ask client $(member client)) | $(logged)"
    set_to ssl_cert_file="$work/keys/dropped.pem" ssl_key_file="$work/keys/dropped.key"
    note "a revoked server" "*certificate revoked*" "$(ask open PGSSLCRL=$work/pki/ca.crl) | $(logged)"
    note "the same without a list" "TLSv1.3*" "$(ask open)"
    set_to ssl_min_protocol_version=TLSv1.3
    note "TLS 1.2 at a server of 1.3" "*protocol version*" "$(ask open PGSSLMAXPROTOCOLVERSION=TLSv1.2) | $(logged)"
    set_to ssl_max_protocol_version=TLSv1.2 ssl_ciphers=ECDHE-ECDSA-CHACHA20-POLY1305 ssl_ecdh_curve=secp384r1
    note "TLS 1.2, one cipher and curve" "TLSv1.2|ECDHE-ECDSA-CHACHA20-POLY1305|256*" "$(ask open)"
    note "TLS 1.3 at a server of 1.2" "*" "$(ask open PGSSLMINPROTOCOLVERSION=TLSv1.3) | $(logged)"
    set_to ssl_key_file="$work/keys/locked.key" ssl_passphrase_command='echo secret' ssl_passphrase_command_supports_reload=on
    note "a server's encrypted key" "TLSv1.3*" "$(ask open)"
    set_to ssl_cert_file="$work/keys/wronghost.pem" ssl_key_file="$work/keys/wronghost.key"
    note "another certificate by a reload" "*does not match host name*" "$(ask open)"
    set_to ssl_cert_file="$work/keys/server.pem" ssl_key_file="$work/keys/client.key"
    note "a certificate that doesn't fit changes nothing" "*does not match host name*" "$(ask open) | $(grep -c 'key values mismatch' log)"
    set_to
    note "10 MB to the client" "$(head -c 10000000 /dev/zero | tr '\0' x | sha256sum | cut -c1-16)" "$(with=(); at open psql -XAtc "select repeat('x', 10000000)" | tr -d '\n' | sha256sum | cut -c1-16)"
    note "50,000 rows to the server" "COPY 50000 50000" "$(with=(); seq 50000 | sed 's/$/ and some text that goes with it, so that the row is long/' |
        at open psql -XAtc 'create temporary table t (line text)' -c '\copy t from stdin' -c "select count(*) from t where line like '%and some text%long'" | tail -n 2 | paste -sd ' ')"
    note "pgbench, a connection for each of 200 queries" "200/200" "$(with=(); echo 'select 1;' >script; at open pgbench -n -C -c 4 -j 2 -t 50 -f script |
        sed -nE 's/^number of transactions actually processed: //p')"
    note "a base backup" "0 PG_VERSION" "$(with=(); rm -rf backup; at open pg_basebackup -X stream -c fast -D backup >backup.out; echo "$? $(ls backup 2>/dev/null | grep PG_VERSION)")"
    end INT $server
    note "it ends in order" 0 $ended
    note "no process of it died" 0 "$(grep -c 'terminated by signal' log)"
}

[ $# -gt 0 ] || set -- stock/stock tessera/tessera preload/preload
# The server's user must be able to read it.
mkdir lib
cp "$tessera_lib" lib/ && tessera_lib=$work/lib/libssl.so.3
pki
make_cluster >cluster.log 2>&1 || { cat cluster.log && give_up "initdb failed"; }
for pair; do
    server_library=${pair%/*} client=${pair#*/}
    visit
done
verdicts "PostgreSQL (server/client)"
finish
