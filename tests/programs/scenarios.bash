# Scenarios: the same commands on stock and on Tessera, what each printed compared, and
# a table at the end. To be sourced by bash after lib.sh.

libraries=(stock tessera)
rows=()

# The libraries of a column, where it is not named after them.
declare -A libraries_of

# scenario NAME PATTERN COMMAND...: runs COMMAND with $library set to each of $libraries.
# What it prints, its facts, must be on every library what it is on stock, which must
# itself match the pattern.
scenario() {
    local name=$1 pattern=$2 row oracle
    shift 2
    printf -v row '%-64s' "$name"
    for library in "${libraries[@]}"; do
        facts_of "$@"
        if [ "$library" = stock ]; then
            oracle=$got
            row+=$(printf ' %-34s' "$(summary "$got")")
            column_result matches "$got" "$pattern"
        else
            [ "$got" = "$oracle" ] && row+=$(printf ' %-9s' same) || row+=$(printf ' %-9s' DIFFERS)
            column_result same_facts "$oracle" "$got"
        fi
    done
    rows+=("$row")
}

# explained NAME REASON PATTERN COMMAND...: the same where Tessera cannot do what stock does:
# where it prints something else, that must match PATTERN. If it never does, there is
# nothing to explain, and that is a failure too.
explained() {
    local name=$1 reason=$2 pattern=$3 row oracle differs=
    shift 3
    for library in "${libraries[@]}"; do
        facts_of "$@"
        if [ "$library" = stock ]; then
            oracle=$got
            printf -v row '%-64s %-34s' "$name" "$(summary "$got")"
            column_result matches "$got" "*"
        elif [ "$got" = "$oracle" ]; then
            column_result same_facts "$oracle" "$got"
        else
            differs=1
            explains "$name" "${libraries_of[$library]:-$library}" "$reason" matches "$got" "$pattern"
        fi
    done
    check "$name: there is something to explain ($reason)" is 1 "$differs"
    rows+=("$row $reason")
}

# Runs a scenario's command; sets $got.
facts_of() {
    "$@" >"$work/scenario.out" 2>&1
    got=$(tr -d '\0' <"$work/scenario.out")
}

column_result() { result "$name" "${libraries_of[$library]:-$library}" "$@"; }

# Few words for the table: the first line of the facts.
summary() {
    local line=${1%%$'\n'*}
    [ ${#line} -le 34 ] || line="${line:0:33}~"
    echo "${line:-nothing}"
}

same_facts() {
    given=$2
    [ "$1" = "$2" ] && return
    diff <(echo "$1") <(echo "$2") | sed -n '/^[<>]/s/^/     /p' | head -n 30
    false
}

# table TITLE: what the scenarios gave.
table() {
    printf '\n%-64s %-34s' "$1" stock
    printf ' %-9s' "${libraries[@]:1}"
    echo
    printf '%s\n' "${rows[@]}" ""
}

# runs PROGRAM: that it would run on each of the libraries.
runs() {
    for library in "${libraries[@]}"; do
        check "$1 runs on $library" is_library "$library" "$(libssl_of "$library" "$1")"
    done
}

# More certificates in $work/pki, after `pki`: `rsa` (localhost), `chained` (localhost, by
# the intermediate `middle`; chained.chain.pem has both) and `revoked` (localhost); the
# root's crl.pem, and OCSP responses for `server` and `revoked`; client.p12 and
# client.enc.key, with the password `secret`.
more_pki() {
    local dir=$work/pki name
    {
        openssl req -newkey rsa:2048 -nodes -keyout "$dir/rsa.key" -out "$dir/rsa.csr" -subj "/CN=rsa"
        sign rsa ca "$dir/server.ext"
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -keyout "$dir/middle.key" -out "$dir/middle.csr" -subj "/CN=Test intermediate"
        printf '%s\n' "basicConstraints = critical,CA:TRUE" "keyUsage = keyCertSign,cRLSign" >"$dir/middle.ext"
        sign middle ca "$dir/middle.ext"
        leaf chained middle "DNS:localhost,IP:127.0.0.1" serverAuth
        cat "$dir/chained.pem" "$dir/middle.pem" >"$dir/chained.chain.pem"
        leaf revoked ca "DNS:localhost,IP:127.0.0.1" serverAuth
        leaf revokedclient ca "email:client@example.org" clientAuth
        for name in revoked revokedclient; do
            openssl ca -config "$dir/ca.cnf" -cert "$dir/ca.pem" -keyfile "$dir/ca.key" -revoke "$dir/$name.pem"
        done
        openssl ca -config "$dir/ca.cnf" -cert "$dir/ca.pem" -keyfile "$dir/ca.key" -gencrl -crldays 30 -out "$dir/crl.pem"
        for name in server revoked; do
            openssl ocsp -issuer "$dir/ca.pem" -cert "$dir/$name.pem" -reqout "$dir/$name.req"
            openssl ocsp -index "$dir/db/index" -CA "$dir/ca.pem" -rsigner "$dir/ca.pem" -rkey "$dir/ca.key" \
                -reqin "$dir/$name.req" -respout "$dir/$name.ocsp" -ndays 7
        done
        openssl pkcs12 -export -in "$dir/client.pem" -inkey "$dir/client.key" -out "$dir/client.p12" -passout pass:secret
        openssl pkey -in "$dir/client.key" -aes128 -passout pass:secret -out "$dir/client.enc.key"
    } >"$work/more_pki.log" 2>&1
    [ -s "$dir/revoked.ocsp" ] && [ -s "$dir/crl.pem" ] && [ -s "$dir/client.enc.key" ] && [ -s "$dir/chained.pem" ] ||
        { cat "$work/more_pki.log" && give_up "certificates could not be made"; }
}

# sign NAME CA EXTENSIONS
sign() {
    openssl ca -batch -notext -config "$work/pki/ca.cnf" -cert "$work/pki/$2.pem" -keyfile "$work/pki/$2.key" \
        -in "$work/pki/$1.csr" -out "$work/pki/$1.pem" -extfile "$3" -days 30
}

# another_server NAME LIBRARY OPTION...: an s_server of its own; sets ${port_of[NAME]}.
declare -A port_of
another_server() {
    local name=$1
    shift
    s_server "$@" >"$work/starting.out" || give_up "s_server ($name) did not start: $(head -n 3 "$work/starting.out")"
    port_of[$name]=$port
}

# services CERT KEY [OCSP]: starts the small servers of services.py on stock; sets ${port_of[SERVICE]}.
services() {
    local name number out=$work/services.out
    python3 "$tree/tests/programs/services.py" "$@" >"$out" 2>"$work/services.err" &
    later kill $!
    wait_for 60 grep -q '^ready' "$out" || { cat "$work/services.err" && give_up "services.py did not start"; }
    while read -r name number; do [ -z "$number" ] || port_of[$name]=$number; done <"$out"
}

# The requests of curl on stock to a server of this column: OPTION... URL. Prints exit code
# and what was received.
fetch() {
    rm -f "$work/fetched"
    curl -sS --max-time 120 --cacert "$work/pki/ca.pem" "$@" >"$work/fetched" 2>"$work/fetch.errors"
    echo "exit $?"
    cat "$work/fetched"
}

# new_lines FILE PROCESS...: what FILE has got since the last time, when the processes that
# write it have closed the connections of their clients.
declare -A seen_of
new_lines() {
    wait_for 60 idle "${@:2}"
    tail -c +$((${seen_of[$1]:-0} + 1)) "$1"
    seen_of[$1]=$(wc -c <"$1")
}

digest() { sha256sum <"$1" | cut -d' ' -f1; }
