#!/bin/sh
# Indexing again: the same input is nothing new, a changed article replaces the old one, what is
# added is all that is indexed; of several articles with one id the last in input order counts,
# whatever is live and however the shards are cut; and what many runs and a merge or a rebuild make
# answers, with the same scores, as an archive that is built of the same articles at once.
. tests/robust/common.sh

archive=$scratch/a.fihris

# index EXIT INPUT...: into $archive; its summary goes to $scratch/summary.
index() {
    wanted=$1
    shift
    run "$scratch/summary" "$FIHRIS" index --threads 2 $options "$archive" "$@"
    [ "$status" -eq "$wanted" ] || fail "index $*: exit $wanted" "exit $status" "$(cat "$scratch/summary.err")"
}
# said NAME: a number of the last summary.
said() {
    awk -v name="$1" '$1 == name { gsub(",", "", $2); print $2; exit }' "$scratch/summary.err"
}
# stat NAME: of the archive.
stat_() {
    "$FIHRIS" stats --json "$archive" | jq ".$1"
}
ids() {
    "$FIHRIS" search --ids --limit 0 "$archive" "$1" | sort | xargs
}
body() {
    "$FIHRIS" show --json "$archive" "$1" | jq -r '.text' | tail -n 1
}
# is NAME GOT WANTED
is() {
    if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}
article() { # ID BODY
    printf '{"id":"%s","title":"عنوان %s","body":"%s"}\n' "$1" "$1" "$2"
}

# The same again.
options=
news 200 1 >"$scratch/1.jsonl"
index 0 "$scratch/1.jsonl"
digests "$archive" >"$scratch/before"
index 0 "$scratch/1.jsonl"
digests "$archive" >"$scratch/after"
is "the same again: nothing indexed" "$(said indexed) $(said unchanged)" "0 200"
check "the same again: the same archive" cmp "$scratch/before" "$scratch/after"

# Bad input again is rejected again, and said once.
{ echo broken; article bad-neighbour 'نص'; printf '{"id":"t","title":"عنوان وحده"}\n'; } >"$scratch/bad.jsonl"
index 1 "$scratch/bad.jsonl"
digests "$archive" >"$scratch/before"
"$FIHRIS" ledger "$archive" >"$scratch/ledger"
index 1 "$scratch/bad.jsonl"
digests "$archive" >"$scratch/after"
is "bad input again: rejected again" "$(said rejected)" 1
check "bad input again: the same archive" cmp "$scratch/before" "$scratch/after"
is "the ledger says it once" "$(wc -l <"$scratch/ledger")" 2

# A changed article.
article paper1/n000041.txt 'كلمةجديدة تماما' >"$scratch/changed.jsonl"
index 0 "$scratch/changed.jsonl"
is "changed: replaced" "$(said indexed) $(said replaced)" "1 1"
is "changed: the old text is not found" "$(ids '"رقم 41"')" ""
is "changed: the new text is" "$(ids 'كلمةجديدة')" "paper1/n000041.txt"
is "changed: shown" "$(body paper1/n000041.txt)" 'كلمةجديدة تماما'
is "changed: counted" "$(stat_ articles) $(stat_ superseded)" "202 1"
check "changed: verify" "$FIHRIS" verify "$archive"
check "merge" "$FIHRIS" merge --quiet "$archive"
is "merged: counted" "$(stat_ articles) $(stat_ superseded) $(stat_ segments)" "202 0 1"
is "merged: found" "$(ids 'كلمةجديدة') $(ids '"رقم 41"')" "paper1/n000041.txt "

# Added.
news 5 2 1000 >"$scratch/2.jsonl"
# One article of the first file is older than what is live and comes again in the last: a repeat.
index 1 "$scratch/1.jsonl" "$scratch/2.jsonl" "$scratch/changed.jsonl"
is "added: alone indexed" "$(said indexed) $(said unchanged) $(said rejected) $(stat_ articles)" \
    "5 200 1 207"

# Of two shards the first holds nothing new: the other, made to be merged, is alone and as small as
# one that was not.
news 400 3 2000 >"$scratch/3.jsonl"
for how in --no-merge --quiet; do
    archive=$scratch/alone$how.fihris
    options=
    index 0 "$scratch/1.jsonl"
    options="--shard-size $(($(wc -c <"$scratch/3.jsonl") + 1)) $how"
    index 0 "$scratch/1.jsonl" "$scratch/3.jsonl"
    ls "$archive/segments" >"$scratch/segments$how"
done
is "alone: two segments" "$(stat_ segments)" 2
check "alone: packed" cmp "$scratch/segments--no-merge" "$scratch/segments--quiet"
options=
archive=$scratch/a.fihris

# The last counts: orders and cuts, against what is live.
repeats() { # NAME SHARD: old and new versions of one id in one run
    rm -rf "$archive"
    options="--shard-size $2"
    news 60 4 3000 >"$scratch/fill.jsonl"
    { article x قديم; cat "$scratch/fill.jsonl"; article x جديد; } >"$scratch/old-new.jsonl"
    index 1 "$scratch/old-new.jsonl"
    is "$1: the last counts" "$(body x) $(stat_ articles)" "جديد 61"
    is "$1: the ledger names the other" \
        "$("$FIHRIS" ledger --json "$archive" | jq -c '[.reason,.offset,.detail]')" '["duplicate-id",0,"x"]'
    digests "$archive" >"$scratch/before"
    index 1 "$scratch/old-new.jsonl"
    digests "$archive" >"$scratch/after"
    is "$1: again" "$(said indexed) $(said unchanged) $(said rejected)" "0 61 1"
    check "$1: again, the same archive" cmp "$scratch/before" "$scratch/after"
    cp "$scratch/old-new.jsonl" "$scratch/moved.jsonl"
    index 1 "$scratch/moved.jsonl"
    is "$1: from another file" "$(body x) $(stat_ articles)" "جديد 61"
    { article x جديد; cat "$scratch/fill.jsonl"; article x قديم; } >"$scratch/new-old.jsonl"
    index 0 "$scratch/new-old.jsonl"
    is "$1: the other order" "$(body x) $(stat_ articles)" "قديم 61"
    { article x قديم; article x أول; cat "$scratch/fill.jsonl"; article x ثان; article x قديم
      cat "$scratch/fill.jsonl"; article x ثالث; } >"$scratch/many.jsonl"
    index 1 "$scratch/many.jsonl"
    is "$1: many" "$(body x) $(stat_ articles) $(ids 'أول OR ثان')" "ثالث 61 "
    check "$1: verify" "$FIHRIS" verify "$archive"
}
repeats "one shard" 1M
repeats "many shards" 4K
repeats "not merged" "4K --no-merge"

# Ten additions, each with one article of the addition before changed; then merged, or rebuilt: the
# same answers as at once. With the fold analyzer for the merge, because the default one learns from
# the first run alone; a rebuild learns from all of it.
additions() { # ANALYZER
    rm -rf "$archive" "$scratch/once.fihris"
    options="--analyzer $1"
    : >"$scratch/all.jsonl"
    for i in 1 2 3 4 5 6 7 8 9 10; do
        news 40 "$i" $((i * 100)) >"$scratch/part.jsonl"
        if [ "$i" -gt 1 ]; then
            sed -n 7p "$scratch/last.jsonl" | sed 's/"body":"/&تعديل /' >"$scratch/new.jsonl"
            id=$(jq -r .id "$scratch/new.jsonl")
            grep -vF "\"$id\"" "$scratch/all.jsonl" >"$scratch/kept.jsonl"
            mv "$scratch/kept.jsonl" "$scratch/all.jsonl"
            cat "$scratch/new.jsonl" >>"$scratch/part.jsonl"
        fi
        cat "$scratch/part.jsonl" >>"$scratch/all.jsonl"
        grep -vF 'تعديل' "$scratch/part.jsonl" >"$scratch/last.jsonl"
        index 0 "$scratch/part.jsonl"
    done
    is "ten additions, $1: counted" "$(stat_ articles) $(stat_ snapshot)" "400 10"
    "$FIHRIS" index --quiet --analyzer "$1" "$scratch/once.fihris" "$scratch/all.jsonl" || fail "at once" "exit $?"
    check "ten additions, $1: verify" "$FIHRIS" verify "$archive"
}
as_at_once() { # NAME
    answers "$archive" >"$scratch/answers.now" 2>&1
    answers "$scratch/once.fihris" >"$scratch/answers.once" 2>&1
    check "$1: the answers and scores of an archive built at once" \
        diff "$scratch/answers.once" "$scratch/answers.now"
    for name in articles tokens forms terms entities mentions superseded segments text_bytes; do
        is "$1: $name" "$(stat_ $name)" "$("$FIHRIS" stats --json "$scratch/once.fihris" | jq ".$name")"
    done
    check "$1: verify" "$FIHRIS" verify "$archive"
}
additions fold
check "ten additions, fold: merge" "$FIHRIS" merge --quiet "$archive"
as_at_once merged
additions default
check "ten additions, default: rebuild" "$FIHRIS" rebuild --quiet "$archive"
as_at_once rebuilt
"$FIHRIS" lexicon "$archive" >"$scratch/lexicon.now"
"$FIHRIS" lexicon "$scratch/once.fihris" >"$scratch/lexicon.once"
check "rebuilt: the lexicon of an archive built at once" \
    cmp "$scratch/lexicon.once" "$scratch/lexicon.now"
digests "$archive" >"$scratch/before"
check "rebuilt again" "$FIHRIS" rebuild --quiet "$archive"
digests "$archive" >"$scratch/after"
check "rebuilt again: the same archive" cmp "$scratch/before" "$scratch/after"
index 0 "$scratch/part.jsonl"
is "rebuilt: what was read is known" "$(said indexed) $(said unchanged)" "0 41"
finish
