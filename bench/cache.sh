#!/bin/bash
# cache.sh: the session cache of one SSL_CTX on the stock libssl and on Tessera in
# turn; CPU nanoseconds for one session, the medians of so many rounds, and by how
# much Tessera is faster. Stock walks a list to add a session that is not the last to
# expire: after so many seconds it may stop, and `> x` is what each had taken by then.
#
#   ROUNDS=3 CACHE_SIZES="20000 100000 1000000" CACHE_LIMIT=1
set -eu
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-3}
sizes=${CACHE_SIZES:-20000 100000 1000000}
limit=${CACHE_LIMIT:-1}
operations="add look-up remove flush bytes"

# measure COUNT TIMEOUTS: leaves a file for each operation and library.
measure() {
    local round which
    for ((round = 0; round < rounds; round++)); do
        for which in $(order_of_round $round); do
            on_$which "$1" "$2" "$limit" >"$results/one"
            while read -r name value; do echo "$value" >>"$results/$1.$2.$name.$which"; done <"$results/one"
        done
    done
}

# value FILE: the median, behind `> ` if the time was up in any round.
value() {
    grep -q '>' "$1" && printf '> '
    sed -i 's/^>//' "$1"
    median "$1"
}

row() {
    local file=$results/$1.$2.$3 stock tessera
    stock=$(value "$file.stock")
    tessera=$(value "$file.tessera")
    printf '%-32s %12s %12s %8sx\n' "$3, $1, $2 timeouts" "$stock" "$tessera" \
        "$(awk -v s="$stock" -v t="$tessera" 'BEGIN { more = sub(/^> /, "", s) ? "> " : ""; sub(/^> /, "", t)
            printf "%s%.2f", more, s / t }')"
}

build_program cache
echo "session cache: CPU ns for a session, and bytes of heap; medians of $rounds rounds, stock's add at most $limit s"
about_this_machine
printf '%-32s %12s %12s %9s\n' "" stock Tessera ratio
for size in $sizes; do
    for timeouts in equal random; do
        measure "$size" $timeouts
        for name in $operations; do row "$size" $timeouts $name; done
    done
done
