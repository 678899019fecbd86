# What the tests with real programs share: two libraries, certificates, servers
# that end with the test, and counting. To be sourced by bash.
#
# The stock library is the oracle: each scenario runs on it first, and Tessera
# must give the same outcome.

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/tessera.XXXXXX")
PATH=$PATH:/usr/sbin:/sbin

# Nothing from outside decides what is trusted or which library is loaded.
unset LD_LIBRARY_PATH LD_PRELOAD SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE SSLKEYLOGFILE OPENSSL_CONF
for name in http_proxy https_proxy all_proxy no_proxy; do unset "$name" "${name^^}"; done

tessera_lib=${TESSERA_LIBRARY_DIR:-$tree/target/release}/libssl.so.3

# What the scenarios gave, for table.py: a line for each scenario and library, with the fields
# program, scenario, library, outcome (passed, failed or explained), what it gave, and why it
# differs. A test sets $program; a last line `end` says that it came to its end.
test=${RECORD_AS:-$(basename "$0" .sh)}
program=$test
records=$tree/build/programs/$test.tsv
mkdir -p "${records%/*}"
: >"$records"

passed=0 failed=0
cleanups=()

# later COMMAND...: runs when the test ends, in any way.
later() { cleanups+=("$*"); }

at_exit() {
    local i
    for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do ${cleanups[i]} 2>/dev/null; done
    wait 2>/dev/null
    [ ! -e "$work/ports" ] || (cd "$taken_ports" && xargs rm -f <"$work/ports")
    rm -rf "$work"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

# --- Counting -------------------------------------------------------------

# check NAME CONDITION...: one test; it passes when the condition holds.
check() {
    local name=$1
    shift
    given=
    if "$@"; then
        passed=$((passed + 1))
        echo "ok   $name"
    else
        failed=$((failed + 1))
        echo "FAIL $name"
        false
    fi
}

# result SCENARIO LIBRARY CONDITION...: the same for what a program did on a library, or on
# several (`CLIENT > SERVER`); it is recorded.
result() {
    local scenario=$1 library=$2 outcome=passed
    shift 2
    check "$scenario: $library" "$@" || outcome=failed
    record "$scenario" "$library" $outcome
    [ $outcome = passed ]
}

# explains SCENARIO LIBRARY REASON CONDITION...: the same where Tessera cannot do what stock does.
explains() {
    local scenario=$1 library=$2 reason=$3 outcome=explained
    shift 3
    check "$scenario: $library ($reason)" "$@" || outcome=failed
    record "$scenario" "$library" $outcome "$reason"
}

# record SCENARIO LIBRARY OUTCOME [REASON]: with the first line of what was $given.
record() {
    local got=${given%%$'\n'*}
    printf '%s\t%s\t%s\t%s\t%.60s\t%s\n' "$program" "$1" "$2" "$3" "${got//$'\t'/ }" "${4:-}" >>"$records"
}

# The last line of every test program, and its exit status.
finish() {
    echo "end" >>"$records"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}

# give_up REASON: without this there is nothing to test.
give_up() {
    failed=$((failed + 1))
    echo "FAIL $*"
    finish
}

# Conditions; each says what it saw when it does not hold.
is() { given=$2 && [ "$1" = "$2" ] || { echo "     wanted: $1" && echo "     got:    $2" && false; }; }
# shellcheck disable=SC2053 # the second word is a pattern
matches() { given=$1 && [[ $1 == $2 ]] || { echo "     wanted: $2" && echo "     got:    $1" && false; }; }
same_file() { [ "$1" -ef "$2" ] || { echo "     wanted: $2" && echo "     got:    $1" && false; }; }

# --- The two libraries ----------------------------------------------------

# on stock|tessera|preload COMMAND...: runs a program on that library; `preload` is
# Tessera by LD_PRELOAD.
on() {
    local library=$1
    shift
    case $library in
    tessera) env LD_LIBRARY_PATH="${tessera_lib%/*}" "$@" ;;
    preload) env LD_PRELOAD="$tessera_lib" "$@" ;;
    *) "$@" ;;
    esac
}

# launch stock|tessera|preload COMMAND...: the same for a server, as `launch ... &`: the
# program takes the place of the shell, so that $! is its process.
launch() {
    local library=$1
    shift
    case $library in
    tessera) export LD_LIBRARY_PATH="${tessera_lib%/*}" ;;
    preload) export LD_PRELOAD="$tessera_lib" ;;
    esac
    exec "$@"
}

# The libssl that the dynamic linker gives a program on that library.
libssl_of() {
    local program
    program=$(command -v "$2")
    on "$1" ldd "$program" | sed -n 's/^\tlibssl\.so\.3 => \(.*\) (0x.*/\1/p'
}

# The libssl that a running process has.
libssl_in() { sed -n 's|^[^/]* \(/.*/libssl\.so[^/]*\)$|\1|p' "/proc/$1/maps" | sort -u; }

# Whether a path is the library of that name.
is_library() {
    case $1 in
    tessera | preload) same_file "$2" "$tessera_lib" ;;
    stock) [ -n "$2" ] && ! [ "$2" -ef "$tessera_lib" ] || { echo "     not the stock library: $2" && false; } ;;
    esac
}

# --- Certificates ---------------------------------------------------------

# pki: makes in $work/pki a root `ca` and, signed by it, `server` (localhost),
# `wronghost`, `expired` and `client`; a second root `otherca` with `otherclient`;
# and `selfsigned` (localhost). Each is NAME.pem and NAME.key.
pki() {
    local dir=$work/pki
    mkdir -p "$dir/db"
    : >"$dir/db/index"
    cat >"$dir/ca.cnf" <<EOF
[ca]
default_ca = here
[here]
new_certs_dir = $dir/db
database = $dir/db/index
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
EOF
    {
        root ca
        root otherca
        leaf server ca "DNS:localhost,IP:127.0.0.1" serverAuth
        leaf wronghost ca "DNS:elsewhere.example" serverAuth
        leaf expired ca "DNS:localhost,IP:127.0.0.1" serverAuth -startdate 20200101000000Z -enddate 20200201000000Z
        leaf client ca "email:client@example.org" clientAuth
        leaf otherclient otherca "email:client@example.org" clientAuth
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
            -keyout "$dir/selfsigned.key" -out "$dir/selfsigned.pem" -subj "/CN=localhost" \
            -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
    } >"$work/pki.log" 2>&1
    [ -s "$dir/selfsigned.pem" ] && [ -s "$dir/otherclient.pem" ] ||
        { cat "$work/pki.log" && give_up "certificates could not be made"; }
}

root() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
        -keyout "$work/pki/$1.key" -out "$work/pki/$1.pem" -subj "/CN=Test root $1"
}

# leaf NAME CA ALTNAMES USAGE [DATES...]
leaf() {
    local dir=$work/pki name=$1 ca=$2 names=$3 usage=$4
    shift 4
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -keyout "$dir/$name.key" -out "$dir/$name.csr" -subj "/CN=$name"
    printf '%s\n' "basicConstraints = CA:FALSE" "subjectAltName = $names" "extendedKeyUsage = $usage" \
        >"$dir/$name.ext"
    [ $# -gt 0 ] || set -- -days 30
    openssl ca -batch -notext -config "$dir/ca.cnf" -cert "$dir/$ca.pem" -keyfile "$dir/$ca.key" \
        -in "$dir/$name.csr" -out "$dir/$name.pem" -extfile "$dir/$name.ext" "$@"
}

# --- Outcomes of connections ----------------------------------------------

# What became of a series of connections is a word with a letter for each: `r`
# resumed, `.` full, `x` failed. Further words may follow (who the client was).

# Standard input, a line of any such kind for each connection, as that word.
letters() {
    sed -E 's/^(r|Resumed|Reused|1)$/r/; s/^(\.|Initial|New|0)$/./; t; s/.*/x/' | tr -d '\n'
}

declare -A wanted_of outcome_of
scenarios=() pairs=()

# outcome SCENARIO PATTERN PAIR GOT: one test. The first pair of a scenario is the
# oracle, stock with stock, and must itself match the pattern; every other must give
# what the oracle gave.
outcome() {
    local scenario=$1 pattern=$2 pair=$3 got=$4
    outcome_of[$scenario,$pair]=${got:-none}
    [[ " ${pairs[*]} " == *" $pair "* ]] || pairs+=("$pair")
    if [ -z "${wanted_of[$scenario]:-}" ]; then
        wanted_of[$scenario]=${got:-none}
        scenarios+=("$scenario")
        result "$scenario" "$pair" matches "$got" "$pattern"
    else
        result "$scenario" "$pair" is "${wanted_of[$scenario]}" "${got:-none}"
    fi
}

# table TITLE: for each scenario and pair of the outcomes, connections resumed/full,
# and the failed ones after a minus sign.
table() {
    local scenario pair letters resumed full lost cell
    echo
    printf '%-72s' "$1"
    printf ' %17s' "${pairs[@]}"
    echo
    for scenario in "${scenarios[@]}"; do
        printf '%-72s' "$scenario"
        for pair in "${pairs[@]}"; do
            letters=${outcome_of[$scenario,$pair]--} cell=-
            letters=${letters%% *}
            if [[ $letters =~ ^[r.x]+$ ]]; then
                resumed=${letters//[!r]/} full=${letters//[!.]/} lost=${letters//[!x]/}
                cell=${#resumed}/${#full}${lost:+-${#lost}}
            elif [ "$letters" != - ]; then
                cell='?'
            fi
            printf ' %17s' "$cell"
        done
        echo
    done
    echo
}

# verdicts TITLE: for each scenario what the oracle made of it, and whether the other
# libraries made the same. A scenario that a library didn't get to is a failure.
verdicts() {
    local scenario pair got missed=
    echo
    printf '%-66s %-42s' "$1" "${pairs[0]}"
    printf ' %8s' "${pairs[@]:1}"
    echo
    for scenario in "${scenarios[@]}"; do
        printf '%-66.66s %-42.42s' "$scenario" "${wanted_of[$scenario]}"
        for pair in "${pairs[@]:1}"; do
            got=${outcome_of[$scenario,$pair]--}
            [ "$got" != - ] || missed+="$scenario ($pair); "
            [ "$got" = - ] || { [ "$got" = "${wanted_of[$scenario]}" ] && got=same || got=DIFFERS; }
            printf ' %8s' "$got"
        done
        echo
    done
    echo
    check "$1: every scenario ran on every library" is "" "$missed"
}

# --- Clients ----------------------------------------------------------------

# Each makes connections to $port, one after the other, on $client (stock|tessera) in
# TLS $version (1.2|1.3), and leaves what it printed in $work/client.out.

# curl_visits PATH COUNT OPTION...: one curl, which has one session cache.
curl_visits() {
    local path=$1 count=$2
    shift 2
    on "$client" curl -sS --max-time 120 --cacert "$work/pki/ca.pem" --http1.1 -H "Connection: close" \
        --tlsv$version --tls-max $version "$@" "https://localhost:$port$path?[1-$count]" >"$work/client.out" 2>&1
}

# s_client_visit PATH OPTION...: one `openssl s_client`.
s_client_visit() {
    local path=$1
    shift
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$path" |
        on "$client" timeout 60 openssl s_client -connect "127.0.0.1:$port" -servername localhost \
            -CAfile "$work/pki/ca.pem" "-tls${version/./_}" -ign_eof "$@" >"$work/client.out" 2>&1
}

# What s_client tells of its connections, whether or not they made a request, as letters.
told() { sed '/HTTP\/1/,$d' "$work/client.out" | sed -nE 's/^(New|Reused), .*/\1/p' | letters; }

# settled KIND: letters of connections that follow so fast on each other that the second may
# meet another process before the first one's has put the session into their cache: of those
# with ids it counts that some were full, and all resumed from then on.
settled() { if [ "$1" = ids ]; then sed -E 's/^\.+r+$/.r/'; else cat; fi; }

# session_visits PATH COUNT OPTION...: COUNT times the session of $work/session.pem.
session_visits() {
    local path=$1 count=$2
    shift 2
    while [ $((count -= 1)) -ge 0 ]; do s_client_visit "$path" -sess_in "$work/session.pem" "$@"; done
}

# --- Servers --------------------------------------------------------------

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $((tries -= 1)) -gt 0 ] || return 1
        sleep 0.05
    done
}

# A port of 127.0.0.1 that nobody uses now and that was not given before, here or to another
# test that runs: each has a link to its owner's process.
taken_ports=${TMPDIR:-/tmp}/tessera-ports.$(id -u)
free_port() {
    local port
    mkdir -p "$taken_ports"
    while :; do
        port=$((20000 + RANDOM % 12000))
        [ -d "/proc/$(readlink "$taken_ports/$port")/" ] || rm -f "$taken_ports/$port"
        ln -s $$ "$taken_ports/$port" 2>/dev/null || continue
        echo $port >>"$work/ports"
        (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null || break
    done
    echo $port
}

# s_server LIBRARY OPTION...: starts `openssl s_server` there; sets $port and $server.
# Its output is in $work/s_server.out.
s_server() {
    local library=$1 out=$work/s_server.out
    shift
    : >"$out"
    launch "$library" openssl s_server -accept 127.0.0.1:0 "$@" </dev/null >"$out" 2>&1 &
    server=$!
    later kill $server
    wait_for 60 grep -q '^ACCEPT' "$out" || {
        cat "$out"
        stop $server
        return 1
    }
    port=$(sed -n 's/^ACCEPT.*:\([0-9]*\)$/\1/p' "$out" | head -n 1)
}

# end SIGNAL PID: ends a server; sets $ended to its exit status, 137 if it hangs.
end() {
    kill "-$1" "$2" 2>/dev/null
    sleep 0.005
    wait_for 60 gone "$2" || kill -KILL "$2"
    wait "$2" 2>/dev/null
    ended=$?
}

gone() { ! kill -0 "$1"; }

# stop PID: ends a server that only has to be there. That it crashed or hangs is a failure.
stop() {
    end TERM "$1"
    case $ended in
    131 | 132 | 134 | 135 | 136 | 137 | 139) check "a server was ended by signal $((ended - 128))" false ;;
    esac
}

# nginx_on LIBRARY [WORKERS]: starts nginx there (it needs pki); sets $nginx and the
# ports: $site serves $work/www by HTTP/1.1 and HTTP/2, takes PUT under /up/, and says
# at /facts what it negotiated; $wronghost, $expired, $selfsigned serve those
# certificates; $members wants a client certificate of `ca`.
nginx_on() {
    local library=$1 workers=${2:-1} dir=$work/nginx.$1
    mkdir -p "$dir/tmp" "$work/www/up"
    site=$(free_port) wronghost=$(free_port) expired=$(free_port) selfsigned=$(free_port) members=$(free_port)
    {
        [ "$(id -u)" != 0 ] || echo "user root;"
        cat <<EOF
worker_processes $workers;
pid $dir/pid;
error_log $dir/error.log warn;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path $dir/tmp/body;
    proxy_temp_path $dir/tmp/proxy;
    fastcgi_temp_path $dir/tmp/fastcgi;
    uwsgi_temp_path $dir/tmp/uwsgi;
    scgi_temp_path $dir/tmp/scgi;
    client_max_body_size 0;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:2m;
    root $work/www;
    server {
        listen 127.0.0.1:$site ssl http2 backlog=512;
        server_name localhost;
        ssl_certificate $work/pki/server.pem;
        ssl_certificate_key $work/pki/server.key;
        location /up/ { dav_methods PUT; }
        location = /facts {
            default_type text/plain;
            return 200 "protocol=\$ssl_protocol cipher=\$ssl_cipher group=\$ssl_curve reused=\$ssl_session_reused http=\$server_protocol worker=\$pid\n";
        }
    }
    server {
        listen 127.0.0.1:$members ssl;
        ssl_certificate $work/pki/server.pem;
        ssl_certificate_key $work/pki/server.key;
        ssl_client_certificate $work/pki/ca.pem;
        ssl_verify_client on;
        location = /facts {
            default_type text/plain;
            return 200 "client=\$ssl_client_s_dn verify=\$ssl_client_verify\n";
        }
    }
EOF
        local name
        for name in wronghost expired selfsigned; do
            cat <<EOF
    server {
        listen 127.0.0.1:${!name} ssl;
        ssl_certificate $work/pki/$name.pem;
        ssl_certificate_key $work/pki/$name.key;
    }
EOF
        done
        echo "}"
    } >"$dir/nginx.conf"
    launch "$library" nginx -p "$dir" -c nginx.conf -e "$dir/error.log" -g "daemon off;" >"$dir/out" 2>&1 &
    nginx=$!
    later kill $nginx
    wait_for 60 test -s "$dir/pid" && wait_for 60 listening "$site" && wait_for 60 has_workers $nginx $workers && return
    cat "$dir/out" "$dir/error.log"
    stop $nginx
    return 1
}

# idle PROCESS...: none of them has a connection of a client open, a socket at a port that is
# listened on, and each of their threads sleeps: one that has yet to see that a client reset its
# connection does not. What they log of a connection they have written then.
idle() {
    local process
    for process; do find "/proc/$process/fd" -lname 'socket:*' -printf '%l\n'; done 2>/dev/null | tr -dc '0-9\n' |
        awk 'FILENAME == "/proc/net/tcp" {
                 split($2, address, ":")
                 port[$10] = address[2]
                 if ($4 == "0A") listened[address[2]] = listener[$10] = 1
                 next
             }
             $1 in port && !($1 in listener) && port[$1] in listened { open = 1 }
             END { exit open }' /proc/net/tcp - || return
    for process; do ! grep -qsE '\) [RD] ' "/proc/$process"/task/*/stat || return; done
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1"); }

# The processes that serve: nginx's workers.
workers_of() { pgrep -P "$1"; }

# has_workers PID COUNT
has_workers() { [ "$(workers_of "$1" | wc -l)" = "$2" ]; }
