#!/bin/bash
# Debian's redis-server and redis-cli, with the server and the client on stock and on
# Tessera: client certificates, versions and ciphers, session caching, certificates changed
# while it runs, replication over TLS, redis-benchmark; and what the server's log says of
# each refusal.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=Redis

# redis_on NAME OPTION...: starts redis-server on $server_library; sets $port and $redis.
redis_on() {
    local name=$1
    shift
    port=$(free_port) log=$work/$name.log
    rm -rf "$log" "$log.seen" "$work/$name" && mkdir "$work/$name"
    launch "$server_library" redis-server --port 0 --tls-port "$port" --bind 127.0.0.1 --dir "$work/$name" --save '' \
        --tls-key-file "$work/pki/server.key" --tls-cert-file "$work/pki/server.pem" \
        --tls-client-cert-file "$work/pki/client.pem" --tls-client-key-file "$work/pki/client.key" \
        --tls-ca-cert-file "$work/pki/ca.pem" --logfile "$log" --enable-debug-command local "$@" >"$name.out" 2>&1 &
    redis=$!
    later kill $redis
    wait_for 60 grep -q 'Ready to accept connections' "$log" || { cat "$name.out" "$log" && false; }
}

# cli OPTION... COMMAND: redis-cli with our root on $client.
cli() { on "$client" timeout 60 redis-cli -h 127.0.0.1 -p "$port" --tls --cacert pki/ca.pem "$@" 2>&1; }

as() { echo --cert "pki/$1.pem" --key "pki/$1.key"; }

# What the server's log says of TLS since the last time, without addresses. When the server,
# which has one thread, has answered a further client, it has written all of the last.
logged() {
    local before
    cli --insecure $(as client) PING >/dev/null
    before=$(cat "$log.seen" 2>/dev/null)
    wc -l <"$log" >"$log.seen"
    tail -n +$((before + 1)) "$log" | sed -nE 's/.*Error accepting a client connection: ([^(]*).*/\1/p' | sed 's/ *$//' | paste -sd ';'
}

# A connection's answer and what the server noted. Whether a client in TLS 1.3 gets to see
# the alert, or the reset behind it, is a race.
asked() {
    local answer
    answer=$(cli "$@" PING | paste -sd ' ' | sed -E 's/127\.0\.0\.1:[0-9]+/ADDRESS/g
        s/Connection reset by peer|Server closed the connection|Broken pipe/refused/')
    echo "$answer | $(logged)"
}

# said OPTION...: version and cipher as s_client sees them; or `refused`.
said() {
    printf 'PING\r\n' | on "$client" timeout 60 openssl s_client -connect "127.0.0.1:$port" "$@" >client.out 2>&1
    sed -nE 's/^(New|Reused), ([^,]*), Cipher is (.*)/\2 \3/p' client.out | head -n 1
}

resumed() {
    local version=$1 i
    shift
    : >session.pem
    printf 'PING\r\nQUIT\r\n' | on "$client" timeout 60 openssl s_client -connect "127.0.0.1:$port" "-tls$version" \
        -ign_eof -sess_out session.pem >client.out 2>&1
    for i in 1 2 3; do
        printf 'QUIT\r\n' | on "$client" timeout 60 openssl s_client -connect "127.0.0.1:$port" "-tls$version" -ign_eof \
            -sess_in session.pem 2>/dev/null | sed -nE 's/^(New|Reused), .*/\1/p' | letters
    done
}

digest() { sha256sum | cut -c1-16; }

plain_text() {
    (exec 3<>"/dev/tcp/127.0.0.1/$port" && printf 'PING\r\n' >&3 && timeout 60 cat <&3) 2>/dev/null | head -c 99
    logged
}

note() { outcome "$1" "$2" "$server_library/$client" "$3"; }

visit() {
    local mode version
    local -A none=([yes]="Error: refused | *did not return a certificate" [optional]="PONG | " [no]="PONG | ")
    local -A wrong=([yes]="Error: refused | *verify failed" [optional]="Error: refused | *verify failed" [no]="PONG | ")
    for mode in yes optional no; do
        redis_on $mode --tls-auth-clients $mode || return
        check "redis-server runs on $server_library" is_library "$server_library" "$(libssl_in $redis)"
        note "client certificates $mode: none shown" "${none[$mode]}" "$(asked)"
        note "client certificates $mode: shown" "PONG | " "$(asked $(as client))"
        note "client certificates $mode: another root's" "${wrong[$mode]}" "$(asked $(as otherclient))"
        [ $mode = no ] || stop "$redis"
    done
    note "unknown root" "*certificate verify failed* | *" "$(asked --cacert pki/otherca.pem)"
    note "any root, --insecure" "PONG | " "$(cli --cacert pki/otherca.pem --insecure PING) | "
    note "the client's ciphers" "PONG | *" "$(asked --tls-ciphers ECDHE-ECDSA-AES128-GCM-SHA256 --tls-ciphersuites TLS_CHACHA20_POLY1305_SHA256)"
    note "no such cipher at the client" "Could not negotiate*" "$(asked --tls-ciphers NOSUCH)"
    note "plain text to the TLS port" "*wrong version number" "$(plain_text)"
    note "a value of 6 MB" "$big 6000000" "$(cli -x SET big <big.value >/dev/null; cli --raw GET big | head -c 6000000 | digest) $(cli STRLEN big)"
    note "20,000 commands in a pipe" "*errors: 0, replies: 20000*" "$(cli --pipe <commands | tail -n 1)"
    note "a certificate changed, while it runs" "OK CN = wronghost" "$(cli CONFIG SET tls-cert-file "$work/pki/wronghost.pem" tls-key-file "$work/pki/wronghost.key") $(shown)"
    note "a certificate that isn't there" "ERR CONFIG SET failed*CN = wronghost" "$(cli --insecure CONFIG SET tls-cert-file "$work/nothing.pem") $(shown)"
    note "a key that doesn't fit" "ERR CONFIG SET failed*CN = wronghost" "$(cli --insecure CONFIG SET tls-cert-file "$work/pki/server.pem") $(shown)"
    note "ciphers changed, while it runs" "OK TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305" "$(cli CONFIG SET tls-ciphers ECDHE-ECDSA-CHACHA20-POLY1305) $(said -tls1_2)"
    note "TLS 1.2 alone, set while it runs" "OK TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305*NONE*" "$(cli CONFIG SET tls-protocols TLSv1.2) $(said) $(said -tls1_3)"
    note "the log of refused versions" "*unsupported protocol" "$(logged)"
    stop "$redis"
    note "it ends in order" 0 "$ended"
    for mode in yes no; do
        redis_on caching --tls-auth-clients no --tls-session-caching $mode || return
        for version in 1_2 1_3; do
            note "session caching $mode, TLS ${version/_/.}" "[r.][r.][r.]" "$(resumed $version)"
        done
        stop "$redis"
    done
    redis_on encrypted --tls-auth-clients no --tls-key-file "$work/pki/encrypted.key" --tls-key-file-pass secret \
        --tls-ciphersuites TLS_CHACHA20_POLY1305_SHA256 --tls-prefer-server-ciphers yes || return
    note "an encrypted key; a TLS 1.3 suite alone" "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256" "$(said)"
    note "redis-benchmark, 50 clients, two threads" "4" "$(on "$client" timeout 60 redis-benchmark -h 127.0.0.1 -p "$port" --tls \
        --cacert pki/ca.pem -n 4000 -c 50 --threads 2 -d 1000 -t set,get,lrange_100,mset --csv 2>&1 | grep -cE '^"(SET|GET|LRANGE_100|MSET)')"
    stop "$redis"
    replicate
}

# The subject that the server shows; says nothing when it doesn't answer.
shown() { openssl s_client -connect "127.0.0.1:$port" </dev/null 2>/dev/null | sed -n 's/^subject=//p'; }

# The master on $server_library, its replica on $client; the master wants a certificate.
replicate() {
    redis_on master --tls-auth-clients yes --tls-replication yes --repl-diskless-sync yes --repl-diskless-sync-delay 0 || return
    local master=$redis source=$port
    cli $(as client) DEBUG POPULATE 20000 key 500 >/dev/null
    server_library=$client redis_on replica --tls-auth-clients no --tls-replication yes --replicaof 127.0.0.1 "$source" || return
    wait_for 60 linked
    note "replication: linked, 20,000 keys" "master_link_status:up 20000" "$(cli INFO replication | grep -a link_status | tr -d '\r') $(cli DBSIZE)"
    port=$source cli $(as client) SET later word >/dev/null
    wait_for 60 arrived
    note "replication: what is written later" word "$(cli GET later)"
    note "replication: the same data" same "$([ "$(cli DEBUG DIGEST)" = "$(port=$source cli $(as client) DEBUG DIGEST)" ] && echo same)"
    stop "$redis"
    note "replication: the replica ends in order" 0 "$ended"
    redis=$master
    stop "$redis"
    note "replication: the master ends in order" 0 "$ended"
}

linked() { cli INFO replication | grep -q master_link_status:up; }
arrived() { [ "$(cli GET later)" = word ]; }

pki
openssl pkey -in pki/server.key -aes256 -passout pass:secret -out pki/encrypted.key
head -c 4500000 /dev/urandom | base64 -w 0 | head -c 6000000 >big.value
big=$(digest <big.value)
for i in $(seq 20000); do printf 'SET key:%d value:%d\r\n' $i $i; done >commands
check "redis-cli runs on tessera" is_library tessera "$(libssl_of tessera redis-cli)"
for pair in stock/stock tessera/tessera tessera/stock stock/tessera; do
    server_library=${pair%/*} client=${pair#*/}
    visit
done
verdicts "Redis (server/client)"
finish
