#!/bin/sh
# The same inputs and options make the same bytes, for any number of threads and any memory; and
# the same articles give the same answers whether they come as JSON Lines or as .txt files.
# ROBUST_LONG=1 uses the large news file too.
. tests/robust/common.sh

# same_bytes NAME INPUT SHARD OPTION...: builds with several settings, compares every file.
same_bytes() {
    name=$1 input=$2 shard=$3
    shift 3
    for setting in "1 1G" "2 1G" "3 4G" "8 256M" "8 4G"; do
        threads=${setting% *} memory=${setting#* }
        archive=$scratch/same.fihris
        run "$scratch/index.log" "$FIHRIS" index --quiet --threads "$threads" --memory "$memory" \
            --shard-size "$shard" "$@" "$archive" "$input"
        if [ "$status" -ne 0 ]; then
            fail "$name, $setting" "exit $status" "$(cat "$scratch/index.log.err")"
            return
        fi
        digests "$archive" >"$scratch/digests"
        rm -rf "$archive"
        if [ "$setting" = "1 1G" ]; then
            mv "$scratch/digests" "$scratch/digests.first"
        elif ! cmp -s "$scratch/digests.first" "$scratch/digests"; then
            fail "$name: $threads threads, $memory" \
                "$(diff "$scratch/digests.first" "$scratch/digests")"
            return
        fi
    done
    pass "$name"
}

# jsonl_or_tree NAME JSONL: needs articles whose ids are paths, without dates.
jsonl_or_tree() {
    news_tree "$scratch/tree" <"$2"
    "$FIHRIS" index --quiet "$scratch/jsonl.fihris" "$2" || fail "$1: JSONL" "exit $?"
    "$FIHRIS" index --quiet "$scratch/tree.fihris" "$scratch/tree" || fail "$1: tree" "exit $?"
    same_answers "$1" "$scratch/jsonl.fihris" "$scratch/tree.fihris"
    rm -rf "$scratch/tree" "$scratch/jsonl.fihris" "$scratch/tree.fihris"
}

news 1500 1 >"$scratch/small.jsonl"
same_bytes "seeds: threads and memory change no byte" "$seeds" 8K
same_bytes "synthetic: threads and memory change no byte" "$scratch/small.jsonl" 200K
same_bytes "synthetic, not merged" "$scratch/small.jsonl" 200K --no-merge
head -n 400 "$scratch/small.jsonl" | sort >"$scratch/sorted.jsonl"
jsonl_or_tree "JSON Lines and the equal .txt files answer alike" "$scratch/sorted.jsonl"

if [ -n "$ROBUST_LONG" ]; then
    if input=$(real_news); then
        same_bytes "news: threads and memory change no byte" "$input" 0
        same_bytes "news, not merged" "$input" 4M --no-merge
        head -n 15000 "$input" | jq -c '.id = (.source // "x" | gsub("[^a-z0-9]"; "_")) + "/" +
            (.id | tostring | gsub("[^A-Za-z0-9]"; "_")) + ".txt" | .source = (.id | split("/")[0]) |
            .title = (.title // "" | gsub("\\s+"; " ") | ltrimstr(" ") | rtrimstr(" ")) |
            select(.title != "" and (.body | test("^\\s|\\s$|\u0000") | not)) |
            {id, source, title, body}' | sort -u -t '"' -k 4,4 >"$scratch/plain.jsonl"
        jsonl_or_tree "news as .txt files answers alike" "$scratch/plain.jsonl"
    else
        skip "news" "no $FIHRIS_DATA/data/news-dev.jsonl.zst"
    fi
fi
finish
