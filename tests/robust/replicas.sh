#!/bin/sh
# The generator of synthetic news (bench/replicas): the same arguments make the same bytes, the articles are
# sound, and JSON Lines and the tree of .txt files hold the same.
. tests/robust/common.sh
seed=7
count=3000
# Of the first 300 articles of that seed. Another one means that every figure measured on replicas before is
# of another corpus: say so in docs/BENCHMARKS.md.
digest=a6976942199ca27665cac45c7afb16431ac4c1cc97d40fdaf02da9b93ebbb2ff

# holds NAME JQ_TEST: true for all articles together.
holds() { check "$1" jq -se "$2" "$scratch/all.jsonl"; }

"$replicas" -s "$seed" "$count" >"$scratch/all.jsonl" || fail "makes articles" "exit $?"
got=$(head -n 300 "$scratch/all.jsonl" | sha256sum | cut -c 1-64)
check "the bytes are those of every machine, $got" [ "$got" = "$digest" ]
"$replicas" -s "$seed" 1000 >"$scratch/parts.jsonl"
"$replicas" -s "$seed" -f 1000 $((count - 1000)) >>"$scratch/parts.jsonl"
check "two parts make the whole" cmp "$scratch/all.jsonl" "$scratch/parts.jsonl"
"$replicas" -s 8 300 >"$scratch/other.jsonl"
check "another seed makes other articles" [ "$(head -n 300 "$scratch/all.jsonl" | cat - "$scratch/other.jsonl" |
    jq -c .body | sort -u | wc -l)" -eq 600 ]

check "is UTF-8" iconv -f UTF-8 -t UTF-16 "$scratch/all.jsonl"
holds "every line is a JSON object" "length == $count"
holds "ids are unique" "map(.id) | unique | length == $count"
holds "eight sources" 'map(.source) | unique | length == 8'
holds "ids are below their source" 'all(.source as $source | .id | startswith($source + "/"))'
holds "dates exist and span 20 years" 'map(.date) |
    all(. == (strptime("%Y-%m-%d") | mktime | strftime("%Y-%m-%d"))) and
    (map(.[:4]) | unique | . == [range(2005; 2025) | tostring])'
holds "titles and bodies are text" 'all((.title | length > 0 and (test("\n") | not)) and
    (.body | length > 0 and (test("^\\s|\\s$") | not)))'
"${replicas}_statistics" "$scratch/all.jsonl" >"$scratch/figures"
check "near copies are about 6 in 100" awk -F '\t' '
    $1 == "near copies, %" { seen = $2 > 4.5 && $2 < 7.5 } END { exit !seen }' "$scratch/figures"

"$replicas" -s "$seed" -t "$scratch/tree" 400 || fail "makes a tree" "exit $?"
head -n 400 "$scratch/all.jsonl" | jq -c '{id, source, title, body}' | sort >"$scratch/plain.jsonl"
"$FIHRIS" index --quiet "$scratch/jsonl.fihris" "$scratch/plain.jsonl" || fail "index: JSONL" "exit $?"
"$FIHRIS" index --quiet "$scratch/tree.fihris" "$scratch/tree" || fail "index: tree" "exit $?"
same_answers "JSON Lines and the tree answer alike" "$scratch/jsonl.fihris" "$scratch/tree.fihris"
for archive in jsonl tree; do
    "$FIHRIS" ledger "$scratch/$archive.fihris" >"$scratch/ledger"
    "$FIHRIS" lexicon --json "$scratch/$archive.fihris" >"$scratch/lexicon.$archive"
done
check "nothing is rejected or repaired" [ ! -s "$scratch/ledger" ]
check "both hold the same words" cmp "$scratch/lexicon.jsonl" "$scratch/lexicon.tree"

# fails STATUS ARGUMENT...
fails() {
    want=$1
    shift
    run "$scratch/out" "$replicas" "$@"
    [ "$status" -eq "$want" ] && [ -s "$scratch/out.err" ]
}
check "misuse is 2" fails 2
check "so is a bad number" fails 2 -s x 5
check "no seeds, no articles" fails 1 -d "$scratch" 5
if [ -w /dev/full ]; then
    check "a full disk is an error" sh -c '! "$1" 5 >/dev/full' full "$replicas"
fi
finish
