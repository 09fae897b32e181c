#!/bin/sh
# make bench-scaling: how building scales with threads and with articles.
#
#   make bench-scaling                            1 to 16 threads, as many as the machine has; 10^4 to 10^6 articles
#   SIZES="10000 100000" THREADS="1 2 4" RUNS=3 make bench-scaling
#   FIGURES=docs/figures make bench-scaling       where the plot goes (else to WORK)
#   MEMORY=2G make bench-scaling                  what a build may use: less may mean fewer threads (8G)
#
# Every round runs every pair once. Writes scaling.tsv (a line a pair) and scaling.svg when gnuplot is
# there, and prints the table: the median speed with its spread, how many times as fast as one thread,
# and the bound that the serial share of the one-thread run's phases gives for 8 threads.
set -eu
cd "$(dirname "$0")/.."
SIZES=${SIZES:-10000 100000 1000000}
WANTED=${THREADS:-1 2 4 8 16}
. bench/common.sh
FIGURES=${FIGURES:-$WORK}
RESULTS=$WORK/scaling.jsonl

choose_threads() {
    processors=$(nproc)
    chosen=
    for count in $WANTED; do
        if [ "$count" -le "$processors" ]; then
            chosen="$chosen $count"
        else
            say "$count threads are left out: $processors processors"
        fi
    done
}

# An archive takes about as much as its articles, and the shards are there until they are merged.
enough_disk() {
    needed=$((3 * $1 * 5)) # KiB: about 5 an article
    free=$(df -Pk "$WORK" | awk 'NR == 2 { print $4 }')
    [ "$free" -gt "$needed" ] || { say "$1 articles are left out: $needed KiB of disk needed"; return 1; }
}

# one_build ARTICLES THREADS
one_build() {
    rm -rf "$WORK/scaling.index"
    "$FIHRIS" index --quiet --json --timings --threads "$2" --memory "${MEMORY:-8G}" \
        "$WORK/scaling.index" "$WORK/replicas-$1.jsonl" |
        jq -c --argjson articles "$1" --argjson wanted "$2" \
            '. + {size: $articles, wanted: $wanted}' >>"$RESULTS"
    rm -rf "$WORK/scaling.index"
}

choose_threads
: >"$RESULTS"
sizes=
for size in $SIZES; do
    if enough_disk "$size"; then
        sizes="$sizes $size"
        replicas "$size" "$WORK/replicas-$size.jsonl"
    fi
done
round=0
while [ "$round" -lt "$RUNS" ]; do
    round=$((round + 1))
    for size in $sizes; do
        for count in $chosen; do
            say "round $round of $RUNS: $size articles, $count threads"
            warm "$WORK/replicas-$size.jsonl"
            one_build "$size" "$count"
        done
    done
done

jq -r -s -L bench -f bench/scaling.jq "$RESULTS" >"$WORK/scaling.tsv"
jq -r -s -L bench --arg machine "$(machine)" -f bench/scaling_report.jq "$RESULTS"
if command -v gnuplot >/dev/null; then
    mkdir -p "$FIGURES"
    gnuplot -e "data='$WORK/scaling.tsv'; figure='$FIGURES/scaling.svg'" bench/scaling.gp
    echo "$FIGURES/scaling.svg, $WORK/scaling.tsv"
else
    say "no gnuplot: no plot"
fi
