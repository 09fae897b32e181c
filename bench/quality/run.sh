#!/bin/sh
# How well the analysers find and conflate, on news-dev and the golden corpus: one table.
#
#   bench/quality/run.sh            needs FIHRIS_DATA (../shared) with data/news-dev.jsonl.zst
#   SKIP=7 bench/quality/run.sh     another sample of titles: so many articles further on
#   bench/quality/run.sh classes    besides: the 2,000 most frequent classes, for reading
#
# Known-item search: 3,000 titles, evenly spread, as queries (words joined by OR) over the bodies of all articles,
# which are indexed without their titles; the article with the title is the only right answer.
# Paice: under- and over-stemming against the stems of data/conflation/golden_corpus_arabic.tsv; with the
# evidence of the archive (default+archive) and without any.
set -eu
cd "$(dirname "$0")/../.."
FIHRIS=${FIHRIS:-build/release/fihris}
WORK=${WORK:-build/quality}
DATA=${FIHRIS_DATA:-../shared}
TITLES=${TITLES:-3000}
SKIP=${SKIP:-0}
golden=$DATA/data/conflation/golden_corpus_arabic.tsv
if [ ! -f "$DATA/data/news-dev.jsonl.zst" ] || [ ! -f "$golden" ]; then
    echo "quality: skipped: no news-dev or golden corpus under '$DATA' (set FIHRIS_DATA)" >&2
    exit 0
fi
make -s
mkdir -p "$WORK"
${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc -o "$WORK/quality" bench/quality/quality.c \
    build/release/libfihris.a -llmdb -lzstd -lutf8proc -lyajl -lxxhash -lm -pthread
quality=$WORK/quality
[ -f "$WORK/news.jsonl" ] || zstd -q -d -c "$DATA/data/news-dev.jsonl.zst" >"$WORK/news.jsonl"
"$quality" split "$WORK/news.jsonl" "$WORK/bodies.jsonl" "$WORK/queries.tsv" "$TITLES" "$SKIP"
for analyzer in default light10 fold; do
    rm -rf "$WORK/$analyzer.fihris"
    "$FIHRIS" index --quiet --no-entities --analyzer "$analyzer" "$WORK/$analyzer.fihris" "$WORK/bodies.jsonl"
done
{
    for analyzer in default light10 fold; do
        "$quality" known "$WORK/$analyzer.fihris" "$WORK/queries.tsv"
    done
    "$quality" paice "$golden" default "$WORK/default.fihris"
    for analyzer in default light10 fold; do
        "$quality" paice "$golden" "$analyzer"
    done
} >"$WORK/results.tsv"
awk -F'\t' '
    $1 == "known" && !known++ { printf "%-16s %8s %8s %10s %10s\n", "known item", "queries", "MRR@10", "success@10", "success@1" }
    $1 == "known" { printf "%-16s %8d %8.4f %10.4f %10.4f\n", $2, $3, $4, $5, $6; mrr[$2] = $4 }
    $1 == "paice" && !paice++ {
        best = mrr["light10"] > mrr["fold"] ? mrr["light10"] : mrr["fold"]
        printf "default over the better of the others: %+.1f %%\n\n", 100 * (mrr["default"] / best - 1)
        printf "%-16s %8s %14s %13s\n", "Paice", "words", "understemming", "overstemming"
    }
    $1 == "paice" { printf "%-16s %8d %14.4f %13.7f  (%d pairs missed, %d joined wrongly)\n", $2, $3, $4, $5, $6, $7 }
' "$WORK/results.tsv"
if [ "${1:-}" = classes ]; then
    "$FIHRIS" lexicon --json "$WORK/default.fihris" >"$WORK/lexicon.jsonl"
    jq -r '[.occurrences, .class, ([.forms[] | .form + " " + (.occurrences | tostring)] | join(", "))] | @tsv' \
        "$WORK/lexicon.jsonl" | sort -t "$(printf '\t')" -k1,1nr -k2,2 | head -n 2000 >"$WORK/classes.tsv"
    # Every tenth of them, from the fifth on, is the sample that docs/ANALYSIS.md judges.
    awk 'NR % 10 == 5' "$WORK/classes.tsv" >"$WORK/classes-sample.tsv"
    echo "$WORK/classes.tsv: the most frequent classes; classes-sample.tsv: 200 of them"
fi
