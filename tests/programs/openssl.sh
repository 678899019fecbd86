#!/bin/bash
# Debian's `openssl s_client` against its `openssl s_server`, stock and Tessera on
# either side, TLS 1.2 and 1.3: full and resumed connections, session files that
# one library writes and the other resumes, and client certificates. Whatever
# stock against stock does is what every other pair must do.
set -u
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1
program=openssl

# request OPTION...: one s_client run on $client asking the server for its status page.
request() {
    printf 'GET / HTTP/1.0\r\n\r\n' |
        on "$client" timeout 60 openssl s_client -connect 127.0.0.1:$port -servername localhost \
            -verify_hostname localhost -CAfile pki/ca.pem -ign_eof "$@" >s_client.out 2>&1
    status=$?
}

# What both sides say of the last request: each connection of the client in turn,
# its verification, then the server's own account, on its status page.
facts() {
    sed '/HTTP\/1.0 200/,$d' s_client.out | sed -nE 's/^((New|Reused), .*|Verification.*)/client: \1/p'
    sed '1,/HTTP\/1.0 200/d' s_client.out |
        sed -nE 's/^ *((New|Reused), .*|Extended master secret: .*|no client cert.*|Subject: .*)/server: \1/p'
    grep -q 'HTTP/1.0 200' s_client.out && echo "page: received"
    echo "exit status: $status"
}

# The reasons that the server gives for failed handshakes.
server_errors() { sed -nE 's/^[0-9A-F]+:error:([0-9A-F]+):.*/server error: \1/p' s_server.out | sort -u; }

# --- Scenarios: each prints facts -----------------------------------------

full() {
    request "$@"
    facts
}

reconnect() {
    request -reconnect "$@"
    facts
}

# A session kept in a file by one process, resumed by another.
session_file() {
    rm -f session.pem
    request -sess_out session.pem "$@"
    [ -s session.pem ] || echo "no session was written"
    request -sess_in session.pem "$@"
    facts
}

client_certificate() {
    request -cert pki/client.pem -key pki/client.key "$@"
    facts
}

# How the refused client learns of it depends on who closes first; what the
# server found wrong does not.
without_certificate() {
    request "$@"
    refused "$@"
}

wrong_certificate() {
    request -cert pki/otherclient.pem -key pki/otherclient.key "$@"
    refused "$@"
}

# The server takes one connection after the other: when it has answered another, it
# has said all there is to say of the last.
refused() {
    facts | grep page
    request -cert pki/client.pem -key pki/client.key "$@"
    server_errors
}

# --- The four pairs -------------------------------------------------------

# pairs SCENARIO EXPECTED SERVER-OPTION...: runs the scenario on the four pairs for
# both versions. Stock with stock is the oracle, and must itself show the pattern
# that is expected of it (for TLS 1.2|for 1.3, where they differ).
pairs() {
    local scenario=$1 expected=$2 version oracle got pattern name
    shift 2
    for version in 1_2 1_3; do
        pattern=${expected%%|*}
        [ $version = 1_2 ] || pattern=${expected##*|}
        oracle=
        for server_library in stock tessera; do
            for client in stock tessera; do
                name="$scenario${*:+ [$*]}, TLS ${version/_/.}"
                if ! s_server $server_library -cert pki/server.pem -key pki/server.key -www "$@" >starting.out; then
                    check "$name: the server starts on $server_library" is "" "$(head -n 3 starting.out)"
                    continue
                fi
                check "$name: the server's library is $server_library" is_library $server_library "$(libssl_in $server)"
                got=$($scenario -tls$version)
                stop $server
                if [ -z "$oracle" ]; then
                    oracle=$got
                    result "$name" "$client > $server_library" matches "$got" "$pattern"
                else
                    result "$name" "$client > $server_library" is "$oracle" "$got"
                fi
            done
        done
    done
}

# Every way a session file can travel: who writes it, who resumes it, who serves.
session_files() {
    local version writer reader server_library got
    for version in 1_2 1_3; do
        for server_library in stock tessera; do
            s_server $server_library -cert pki/server.pem -key pki/server.key -www >starting.out || {
                check "session files: $server_library server" is "" "$(head -n 3 starting.out)"
                continue
            }
            for writer in stock tessera; do
                for reader in stock tessera; do
                    rm -f session.pem
                    client=$writer request -tls$version -sess_out session.pem
                    client=$reader request -tls$version -sess_in session.pem
                    got=$(facts)
                    result "session file, TLS ${version/_/.}" "written by $writer, resumed by $reader, $server_library server" \
                        matches "$got" "*client: Reused, *server: Reused, *exit status: 0"
                done
                result "session file, TLS ${version/_/.}: its text" "written by $writer, $server_library server, read by stock" \
                    matches "$(on stock openssl sess_id -in session.pem -noout -text 2>&1)" "*SSL-Session:*"
                result "session file, TLS ${version/_/.}: its text" "written by $writer, $server_library server, read by tessera" \
                    is "$(on stock openssl sess_id -in session.pem -noout -text 2>&1)" \
                    "$(on tessera openssl sess_id -in session.pem -noout -text 2>&1)"
            done
            stop $server
        done
    done
}

pki
for library in stock tessera; do
    check "s_client runs on $library" is_library $library "$(libssl_of $library openssl)"
done

ok="*page: received*exit status: 0"
pairs full "client: Verification: OK*client: New, TLSv1.[23]*server: New, $ok"
pairs reconnect "*New, *Reused, *Reused, *Reused, *server: Reused, $ok|$ok"
pairs session_file "*client: Reused, *server: Reused, $ok"
pairs session_file "*client: Reused, *server: Reused, $ok" -no_ticket
pairs session_file "*client: Reused, *server: Reused, $ok" -ext_cache -no_ticket
session_files

pairs client_certificate "*server: Subject: CN=client*$ok" -Verify 1 -CAfile pki/ca.pem -verify_return_error
pairs without_certificate "server error: 0A0000C7" -Verify 1 -CAfile pki/ca.pem -verify_return_error
pairs wrong_certificate "server error: 0A000086" -Verify 1 -CAfile pki/ca.pem -verify_return_error

finish
