#!/bin/bash
# run.sh [NAME...]: one binary on the stock libssl and on Tessera in turn; the
# medians of so many rounds, and their ratio. Without names all there is, and then
# the session cache (cache.sh).
#
#   ROUNDS=5 SECONDS_EACH=1   how long and how often
set -eu
. "$(dirname "$0")/lib.sh"
rounds=${ROUNDS:-5}
seconds=${SECONDS_EACH:-1}

build_program tls
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <("$program" --list)

echo "per CPU second, client and server in one thread; medians of $rounds rounds of $seconds s"
about_this_machine
printf '%-32s %12s %12s %7s\n' "" stock Tessera ratio
failed=0
for name in "${names[@]}"; do
    for ((round = 0; round < rounds; round++)); do
        for which in $(order_of_round $round); do
            on_$which "$name" "$seconds" >>"$results/$name.$which" 2>"$results/error" || {
                echo "$name on $which: $(head -n 1 "$results/error")" >&2
                failed=1
                break 2
            }
        done
    done
    if [ -s "$results/$name.stock" ] && [ -s "$results/$name.tessera" ]; then
        stock=$(median "$results/$name.stock")
        tessera=$(median "$results/$name.tessera")
        unit=/s
        [ "${name#bulk}" = "$name" ] || unit=MB/s
        printf '%-32s %12s %12s %6sx\n' "$name ($unit)" "$stock" "$tessera" "$(awk "BEGIN { printf \"%.2f\", $tessera / $stock }")"
    fi
done
if [ $# = 0 ]; then
    echo
    "$tree/bench/cache.sh" || failed=1
fi
exit $failed
