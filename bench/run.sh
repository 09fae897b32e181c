#!/bin/sh
# make bench: times the build of an archive, and queries, beside what other programs do with the same
# bytes, in one run. docs/BENCHMARKS.md tells how to read the tables.
#
#   make bench                       news-dev under FIHRIS_DATA when it is there, else 40,000 replicas
#   JSON=1 make bench                the same as one JSON document; bench/run.sh --json too
#   CORPUS=articles.jsonl make bench ARTICLES=100000 make bench
#   RUNS=5 THREADS=4 QUERIES=100 PEERS="zstd lucene" make bench
#
# Every round runs every command once, so that a slow moment of the machine hits all of them.
set -eu
cd "$(dirname "$0")/.."
. bench/common.sh
PEERS=${PEERS-cat zstd lucene xapian sqlite groonga}
QUERIES=${QUERIES:-50}
[ "${1:-}" != --json ] || JSON=1
export FIHRIS WORK THREADS

wants() {
    case " $PEERS " in *" $1 "*) return 0 ;; *) return 1 ;; esac
}

leave_out() {
    say "$1 is left out: $2"
    printf '%s\t%s\n' "$1" "$2" >>"$WORK/skipped.tsv"
}

prepare() {
    make_program "$BUILD/bench/measure" "$BUILD/bench/draw_queries" "$BUILD/bench/bench_text"
    rm -rf "$WORK"/*.index "$WORK"/*.tsv "$WORK"/*.json
    : >"$WORK/skipped.tsv"
    : >"$WORK/runs.json"
    choose_corpus
    export CORPUS
    "$BUILD/bench/draw_queries" "$CORPUS" "$QUERIES" 1 >"$WORK/queries.txt"
    sh bench/peers/peers.sh fihris ready
    engines=
    for peer in lucene xapian sqlite groonga; do
        if ! wants "$peer"; then
            continue
        elif reason=$(sh bench/peers/peers.sh "$peer" ready); then
            engines="$engines $peer"
        else
            leave_out "$peer" "$reason"
        fi
    done
    if wants zstd && ! command -v zstd >/dev/null; then
        leave_out zstd 'no zstd command'
        PEERS=$(echo " $PEERS " | sed 's/ zstd / /')
    fi
}

# time_reader NAME COMMAND...: one that reads the corpus.
time_reader() {
    warm "$CORPUS"
    measure "$WORK/times.tsv" "$@"
}

# time_build NAME OUT COMMAND...: makes OUT anew.
time_build() {
    name=$1 out=$2
    shift 2
    rm -rf "$out"
    time_reader "$name" "$@"
}

# time_fihris NAME OPTION...
time_fihris() {
    name=$1
    shift
    time_build "$name" "$WORK/$name.index" "$FIHRIS" index --quiet \
        --threads "$THREADS" "$@" "$WORK/$name.index" "$CORPUS"
}

# One run more tells its phases: their clocks take a little, so it is not timed itself.
take_phases() {
    warm "$CORPUS"
    rm -rf "$WORK/phases.index"
    "$FIHRIS" index --quiet --json --timings --threads "$THREADS" "$WORK/phases.index" "$CORPUS" \
        >"$WORK/run.json"
    rm -rf "$WORK/phases.index"
    jq -c . "$WORK/run.json" >>"$WORK/runs.json"
}

# time_queries NAME
time_queries() {
    sh bench/peers/peers.sh "$1" search "$WORK/$1.index" "$WORK/queries.txt" >"$WORK/answers.txt"
    sed "s/^/$1\t$round\t/" "$WORK/answers.txt" >>"$WORK/queries.tsv"
}

one_round() {
    say "round $round of $RUNS"
    if wants cat; then
        time_reader cat cat "$CORPUS" >/dev/null
    fi
    if wants zstd; then
        time_reader zstd-3 zstd -q -3 -T"$THREADS" -c "$CORPUS" >"$WORK/zstd-3.index"
    fi
    time_fihris fihris
    time_fihris fihris-no-entities --no-entities
    take_phases
    for peer in $engines; do
        time_build "$peer" "$WORK/$peer.index" sh bench/peers/peers.sh "$peer" index \
            "$WORK/$peer.index" >/dev/null
    done
    measure "$WORK/times.tsv" one-query "$FIHRIS" search --ids --limit 10 \
        "$WORK/fihris.index" "$(sed -n 's/^term\t//p' "$WORK/queries.txt" | head -n 1)" >/dev/null
    for engine in fihris $engines; do
        time_queries "$engine"
    done
}

collect() {
    for index in "$WORK"/*.index; do
        printf '%s\t%s\n' "$(basename "$index" .index)" "$(disk_bytes "$index")"
    done >"$WORK/sizes.tsv"
    "$FIHRIS" stats --json "$WORK/fihris.index" >"$WORK/stats.json"
    "$BUILD/bench/bench_text" "$CORPUS" >"$WORK/text.txt"
    jq -n -L bench --arg corpus "$(basename "$CORPUS")" --arg machine "$(machine)" \
        --argjson bytes "$(file_bytes "$CORPUS")" --argjson threads "$THREADS" \
        --argjson runs "$RUNS" --argjson queries "$QUERIES" \
        --rawfile times "$WORK/times.tsv" --rawfile asked "$WORK/queries.tsv" \
        --rawfile sizes "$WORK/sizes.tsv" --rawfile skipped "$WORK/skipped.tsv" \
        --rawfile text "$WORK/text.txt" --slurpfile builds "$WORK/runs.json" \
        --slurpfile stats "$WORK/stats.json" -f bench/collect.jq >"$WORK/bench.json"
}

prepare
round=0
while [ "$round" -lt "$RUNS" ]; do
    round=$((round + 1))
    one_round
done
collect
if [ -n "${JSON:-}" ]; then
    cat "$WORK/bench.json"
else
    jq -r -L bench -f bench/report.jq "$WORK/bench.json"
fi
rm -rf "$WORK"/*.index
