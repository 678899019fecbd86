# Processes that live long. After some connections to get warm, a thousand each that are full,
# resumed, and aborted in the handshake: all go as they should, the process's memory grows on
# Tessera as little as on stock, no file stays open, and it ends in order. To be sourced by bash
# after lib.sh.

kinds=(full resumed aborted)
count=1000 warm=400
# How many kB more than on stock a thousand connections may leave behind. Allocators keep
# a few pages; 300 bytes lost by each connection would be more.
margin=300

declare -A grown good files
# What the server speaks: a name that long-lived.py knows.
speaks=http

# --- Measuring ---------------------------------------------------------------------------

memory_of() { sed -nE 's/^RssAnon:[ \t]*([0-9]+) kB/\1/p' "/proc/$1/status"; }
files_of() { ls "/proc/$1/fd" | wc -l; }

# connect KIND COUNT: as long-lived.py answers.
connect() {
    echo "$port $1 $2 $speaks" >&"${client[1]}"
    read -r -t 600 went own <&"${client[0]}" || went=none own=0
}

client_on() {
    coproc client { launch "$1" timeout 1500 /usr/bin/python3 "$tree/tests/programs/long-lived.py" pki 2>client.err; }
    client_pid=$client_PID
}

# client_ends CONDITION...: what is asked of its exit status.
client_ends() {
    exec {client[1]}>&-
    wait $client_pid
    "$@" is 0 $? || tail -n 3 client.err
}

# measure KEY server|client: what memory grows by with connections of each kind.
measure() {
    local kind before after
    for kind in "${kinds[@]}"; do connect $kind $warm; done
    [ $2 = client ] || files[$1]=$(files_of $process)
    for kind in "${kinds[@]}"; do
        before=$own
        [ $2 = client ] || before=$(memory_of $process)
        connect $kind $count
        after=$own
        [ $2 = client ] || after=$(memory_of $process)
        good[$1.$kind]=$went
        grown[$1.$kind]=$((after - before))
    done
    [ $2 = client ] || wait_for 60 as_many_files $process ${files[$1]}
}

as_many_files() { [ "$(files_of $1)" -le "$2" ]; }

# A connection that has come to its end may be counted a little longer, and another begun.
no_more() { given="no more" && [ "$2" -le $(($1 + 2)) ] || { echo "     files: first $1, then $2" && false; }; }

at_most() { given="bounded" && [ "$2" -le "$1" ] || { echo "     wanted: at most $1 kB" && echo "     got:    $2 kB" && false; }; }

judge() {
    local kind library=$1
    for kind in "${kinds[@]}"; do
        result "$count $kind connections" $library is $count ${good[$library.$kind]}
        local limit=$((${grown[stock.$kind]} > 0 ? ${grown[stock.$kind]} + margin : margin))
        [ $library != stock ] || limit=$margin
        result "memory after $count $kind connections" $library at_most $limit ${grown[$library.$kind]}
        echo "     $program, $kind, $library: ${grown[$library.$kind]} kB"
    done
}

# visit NAME PROGRAM LIBRARY...: the server that NAME_server LIBRARY starts, which sets $port,
# $server and $process, whose memory is looked at.
visit() {
    local library what=$1
    program=$2
    shift 2
    for library; do
        client_on stock
        ${what}_server $library || {
            check "$program starts on $library" false
            cat starting.out server.out 2>/dev/null | head -n 5
            return
        }
        check "$program runs on $library" is_library $library "$(libssl_in $process)"
        measure $library server
        judge $library
        result "no file stays open" $library no_more ${files[$library]} "$(files_of $process)"
        result "it is the same process" $library test -d /proc/$process
        end TERM $server
        result "it ends in order" $library matches $ended "@(0|143)"
        client_ends check "$program: the client ends in order"
    done
}
