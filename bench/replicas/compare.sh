#!/bin/sh
# Replicas beside real news, figure by figure: a table, and exit 1 when one that is marked * differs by more
# than 15 %.
#
#   bench/replicas/compare.sh             needs FIHRIS_DATA (../shared) with data/news-dev.jsonl.zst
#   COUNT=40000 SEED=2 bench/replicas/compare.sh
set -eu
cd "$(dirname "$0")/../.."
FIHRIS=${FIHRIS:-build/release/fihris}
BIN=${BIN:-build/release}
WORK=${WORK:-build/replicas}
DATA=${FIHRIS_DATA:-../shared}
COUNT=${COUNT:-40000}
SEED=${SEED:-1}
if [ ! -f "$DATA/data/news-dev.jsonl.zst" ]; then
    echo "compare: skipped: no news-dev under '$DATA' (set FIHRIS_DATA)" >&2
    exit 0
fi
make -s all "$BIN/replicas" "$BIN/replicas_statistics"
mkdir -p "$WORK"
[ -f "$WORK/news-dev.jsonl" ] || zstd -q -d -c "$DATA/data/news-dev.jsonl.zst" >"$WORK/news-dev.jsonl"
"$BIN/replicas" -s "$SEED" "$COUNT" >"$WORK/replicas.jsonl"

percent() { # NAME PART WHOLE
    awk -v name="$1" -v part="$2" -v whole="$3" 'BEGIN { printf "%s\t%.2f\n", name, 100 * part / whole }'
}
index() { # NAME: its archive, made anew
    rm -rf "$WORK/$1.fihris"
    "$FIHRIS" index --quiet --threads 2 "$WORK/$1.fihris" "$WORK/$1.jsonl"
}
figures() { # NAME: name, tab, value
    corpus=$WORK/$1.jsonl
    bytes=$(wc -c <"$corpus")
    "$BIN/replicas_statistics" "$corpus"
    percent "zstd -3, % of the JSON Lines" "$(zstd -q -3 -c "$corpus" | wc -c)" "$bytes"
    index "$1"
    percent "index, % of the JSON Lines" "$(du -sb "$WORK/$1.fihris" | cut -f 1)" "$bytes"
    "$FIHRIS" stats --json "$WORK/$1.fihris" | jq -r '["mentions an article",
        (.mentions / .articles * 100 | round) / 100], ["entities", .entities], ["terms", .terms] | @tsv'
    # Every fourth, since news-dev is one newspaper after the other.
    awk 'NR % 4 == 1' "$corpus" >"$WORK/$1-fourth.jsonl"
    index "$1-fourth"
    "$FIHRIS" stats --json "$WORK/$1-fourth.fihris" |
        jq -r '["entities of a fourth", .entities], ["terms of a fourth", .terms] | @tsv'
    printf 'bytes an article\t%d\n' $((bytes / $(wc -l <"$corpus")))
}
figures news-dev >"$WORK/news-dev.tsv"
figures replicas >"$WORK/replicas.tsv"
awk -F '\t' '
BEGIN {
    required["tokens an article"]; required["forms at 100000 tokens"]; required["forms at 1000000 tokens"]
    required["forms at 8000000 tokens"]; required["top-100 share of tokens, %"]
    required["hapax share of forms, %"]; required["zstd -3, % of the JSON Lines"]
    required["index, % of the JSON Lines"]; required["mentions an article"]
    required["entities"]; required["terms"]; required["entities of a fourth"]; required["terms of a fourth"]
    printf "%-30s %12s %12s %8s\n", "", "news-dev", "replicas", "differs"
}
NR == FNR { news[$1] = $2; next }
$1 in news {
    apart = news[$1] ? 100 * ($2 / news[$1] - 1) : 0
    far = $1 in required && (apart > 15 || apart < -15)
    if (far) bad = 1
    printf "%-30s %12s %12s %+7.1f%%%s\n", $1 ($1 in required ? " *" : ""), news[$1], $2, apart, far ? " !" : ""
    seen += $1 in required
}
END {
    if (seen < 13) { print "some figures are missing"; bad = 1 }
    exit bad
}' "$WORK/news-dev.tsv" "$WORK/replicas.tsv"
