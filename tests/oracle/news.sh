#!/bin/sh
# news.sh ORACLE [QUERIES [SEED]]: indexes real news and compares the answers to queries drawn from it with a
# brute-force scan of the same articles (tests/oracle/oracle.h). FIHRIS: the command; FIHRIS_DATA: folder
# with data/news-dev.jsonl.zst.
set -eu
data=${FIHRIS_DATA:-../shared}/data/news-dev.jsonl.zst
if [ ! -f "$data" ]; then
    echo "news oracle skipped: no '$data'"
    exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
zstd -q -d -c "$data" >"$scratch/news.jsonl"
"${FIHRIS:-build/release/fihris}" index --quiet "$scratch/news.fihris" "$scratch/news.jsonl"
"$1" "$scratch/news.fihris" "$scratch/news.jsonl" "${2:-600}" "${3:-2026}"
