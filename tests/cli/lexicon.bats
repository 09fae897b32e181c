# lexicon: classes, their forms and counts.
bats_require_minimum_version 1.5.0
load common

setup_file() {
    seeds_build
}

@test "a pattern chooses classes by key or form" {
    run -0 "$FIHRIS" lexicon --json "$SEEDS" أنتربول
    [ "$(jq -r .class <<<"$output")" = انتربول ]
    [ "$(jq -r '.forms | map(.form) | sort | join(" ")' <<<"$output")" = "$("$FIHRIS" lexicon --json \
        "$SEEDS" 'ل?انتر*' | jq -r '.forms | map(.form) | sort | join(" ")')" ]
    run -1 "$FIHRIS" lexicon "$SEEDS" كلمةلاتوجد
    [ -z "$output" ]
}

@test "counts add up and forms descend" {
    "$FIHRIS" lexicon --json "$SEEDS" >"$BATS_TEST_TMPDIR/all"
    [ "$(jq -s length "$BATS_TEST_TMPDIR/all")" = "$("$FIHRIS" stats --json "$SEEDS" | jq .terms)" ]
    [ "$(jq -s 'map(.forms | length) | add' "$BATS_TEST_TMPDIR/all")" = \
        "$("$FIHRIS" stats --json "$SEEDS" | jq .forms)" ]
    jq -es 'all((.forms | map(.occurrences) | add) == .occurrences)' "$BATS_TEST_TMPDIR/all"
    jq -es 'all(.forms | map(.occurrences) | . == (sort | reverse))' "$BATS_TEST_TMPDIR/all"
    jq -es 'map(.class) | unique | length' "$BATS_TEST_TMPDIR/all" | grep -qx "$(wc -l <"$BATS_TEST_TMPDIR/all")"
}

@test "collisions: the classes with the most forms" {
    "$FIHRIS" lexicon --json "$SEEDS" | jq '.forms | length' | sort -rn | head -n 7 >"$BATS_TEST_TMPDIR/want"
    "$FIHRIS" lexicon --json --collisions 7 "$SEEDS" | jq '.forms | length' >"$BATS_TEST_TMPDIR/got"
    cmp "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
    run -0 "$FIHRIS" lexicon --collisions 1 "$SEEDS"
    [ "${#lines[@]}" -eq $((1 + $(head -n 1 "$BATS_TEST_TMPDIR/want"))) ]
}

@test "several segments say what one says" {
    "$FIHRIS" index --quiet --no-merge --shard-size 3K "$BATS_TEST_TMPDIR/many" fixtures/seeds
    [ "$("$FIHRIS" stats --json "$BATS_TEST_TMPDIR/many" | jq .segments)" -gt 1 ]
    "$FIHRIS" lexicon --json "$SEEDS" >"$BATS_TEST_TMPDIR/one"
    "$FIHRIS" lexicon --json "$BATS_TEST_TMPDIR/many" | cmp "$BATS_TEST_TMPDIR/one"
    cmp <("$FIHRIS" lexicon --collisions 9 "$SEEDS") <("$FIHRIS" lexicon --collisions 9 "$BATS_TEST_TMPDIR/many")
}

@test "a user's exceptions hold for the archive and its queries" {
    printf '%s\n' '# ours' 'join مذكرة وثيقة' 'never الأمن أمن' >"$BATS_TEST_TMPDIR/exceptions"
    "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/exceptions" "$BATS_TEST_TMPDIR/x" fixtures/seeds
    class() { "$FIHRIS" analyze --json --archive "$1" "$2" | jq -r .class; }
    [ "$(class "$BATS_TEST_TMPDIR/x" والمذكرة)" = "$(class "$BATS_TEST_TMPDIR/x" وثيقة)" ]
    [ "$(class "$SEEDS" والمذكرة)" != "$(class "$SEEDS" وثيقة)" ]
    [ "$(class "$BATS_TEST_TMPDIR/x" والأمن)" != "$(class "$BATS_TEST_TMPDIR/x" أمن)" ]
    [ "$("$FIHRIS" search --ids "$BATS_TEST_TMPDIR/x" وثيقة | sort)" = \
        "$("$FIHRIS" search --ids "$BATS_TEST_TMPDIR/x" مذكرة | sort)" ]
    # They are part of the archive: the same are taken again, others are refused.
    "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/exceptions" "$BATS_TEST_TMPDIR/x" fixtures/seeds
    "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/x" fixtures/seeds
    echo 'join أ ب' >"$BATS_TEST_TMPDIR/other"
    run -2 "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/other" "$BATS_TEST_TMPDIR/x" fixtures/seeds
    run -2 "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/other" "$SEEDS" fixtures/seeds
    echo 'join one' >"$BATS_TEST_TMPDIR/bad"
    run -2 "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/bad" "$BATS_TEST_TMPDIR/y" fixtures/seeds
    [[ $output == *"line 1"* ]]
    run -2 "$FIHRIS" index --quiet --analyzer fold --exceptions "$BATS_TEST_TMPDIR/exceptions" \
        "$BATS_TEST_TMPDIR/z" fixtures/seeds
}

@test "words that print keeps apart are two, unless the archive prints no dots" {
    {
        printf '{"id":"ali","body":"قال علي في بيان"}\n'
        printf '{"id":"on","body":"اتفق على بيان في مصر"}\n'
    } >"$BATS_TEST_TMPDIR/dots.jsonl"
    sed 's/ في / فى /g' "$BATS_TEST_TMPDIR/dots.jsonl" >"$BATS_TEST_TMPDIR/none.jsonl"
    for kind in dots none; do
        "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/$kind.fihris" "$BATS_TEST_TMPDIR/$kind.jsonl"
    done
    found() { "$FIHRIS" search --ids "$BATS_TEST_TMPDIR/$1.fihris" "$2" | sort | paste -sd' '; }
    [ "$(found dots علي)" = ali ]
    [ "$(found dots على)" = on ]
    [ "$(found dots '="علي"')" = ali ]
    [ "$(found dots '~علي')" = 'ali on' ]
    [ "$(found dots '~على')" = 'ali on' ]
    [ "$(found dots '"~علي بيان" OR ~على')" = 'ali on' ]
    [ "$(found dots 'علي*')" = 'ali on' ]
    run -0 "$FIHRIS" analyze --explain --archive "$BATS_TEST_TMPDIR/dots.fihris" علي
    [[ $output == *"printed: the form tells it"* ]]
    [ "$(found none علي)" = 'ali on' ]
    [ "$(found none '="علي"')" = ali ]
}
