# rebuild: an archive made anew from its own articles.
bats_require_minimum_version 1.5.0
load common

setup() {
    A=$BATS_TEST_TMPDIR/a.fihris
    cp -r fixtures/seeds "$BATS_TEST_TMPDIR/seeds"
}

files() {
    (cd "$1" && find segments models -type f | sort)
}

@test "without the input files it is what indexing them at once makes" {
    "$FIHRIS" index --quiet "$A" "$BATS_TEST_TMPDIR"/seeds/00[01]*.txt
    "$FIHRIS" index --quiet "$A" "$BATS_TEST_TMPDIR"/seeds/00[234]*.txt
    "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/once" "$BATS_TEST_TMPDIR"/seeds/*.txt
    rm -r "$BATS_TEST_TMPDIR/seeds"
    run -0 --separate-stderr "$FIHRIS" rebuild "$A"
    [ -z "$output" ]
    [[ $stderr == *"5 articles"*"snapshot "*" 3  published"* ]]
    [[ $stderr != *unchanged* ]]
    [ "$(find "$A/building" -mindepth 1)" = "" ]
    "$FIHRIS" verify --quiet "$A"
    for file in $(files "$BATS_TEST_TMPDIR/once"); do
        cmp "$BATS_TEST_TMPDIR/once/$file" "$A/$file"
    done
    run -0 "$FIHRIS" stats --json "$A"
    [ "$(jq -c '[.articles,.segments,.superseded]' <<<"$output")" = "[5,1,0]" ]
    run -0 "$FIHRIS" rebuild "$A"
    [[ $output == *"as before"* ]]
}

@test "articles are shown, the ledger is told and inputs are known as before" {
    echo broken >"$BATS_TEST_TMPDIR/seeds/bad.jsonl"
    run -1 "$FIHRIS" index --quiet --no-merge --shard-size 3K "$A" "$BATS_TEST_TMPDIR/seeds"
    ids=$("$FIHRIS" search --ids --limit 0 "$A" 'ا*' | sort)
    told() {
        "$FIHRIS" ledger --json "$A"
        for id in $ids; do
            "$FIHRIS" show --json "$A" "$id"
            "$FIHRIS" show --entities "$A" "$id"
        done
    }
    told >"$BATS_TEST_TMPDIR/before"
    run -0 "$FIHRIS" rebuild --quiet "$A"
    [ -z "$output" ]
    told | cmp - "$BATS_TEST_TMPDIR/before"
    run -1 "$FIHRIS" index "$A" "$BATS_TEST_TMPDIR/seeds"
    [[ $output == *"as before: nothing new"* ]]
}

@test "analyzer, exceptions and entities can change, and stay otherwise" {
    "$FIHRIS" index --quiet --analyzer fold --no-entities "$A" fixtures/seeds
    made() {
        "$FIHRIS" stats --json "$A" | jq -r '"\(.analyzer) \(.mentions > 0)"'
    }
    "$FIHRIS" rebuild --quiet "$A"
    [ "$(made)" = "fold false" ]
    "$FIHRIS" rebuild --quiet --analyzer default --entities "$A"
    [ "$(made)" = "default true" ]
    class() {
        "$FIHRIS" analyze --json --archive "$A" "$1" | jq -r .class
    }
    [ "$(class والمذكرة)" != "$(class وثيقة)" ]
    echo 'join مذكرة وثيقة' >"$BATS_TEST_TMPDIR/exceptions"
    # index says which way there is
    run -2 "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/exceptions" "$A" fixtures/seeds
    [[ $output == *"fihris rebuild"* ]]
    run -2 "$FIHRIS" index --quiet --analyzer light10 "$A" fixtures/seeds
    [[ $output == *"fihris rebuild"* ]]
    "$FIHRIS" rebuild --quiet --exceptions "$BATS_TEST_TMPDIR/exceptions" "$A"
    [ "$(class والمذكرة)" = "$(class وثيقة)" ]
    "$FIHRIS" rebuild --quiet --no-entities --threads 1 --memory 200M "$A"
    [ "$(made)" = "default false" ]
    [ "$(class والمذكرة)" = "$(class وثيقة)" ]
    run -2 "$FIHRIS" rebuild --quiet --analyzer fold "$A"
    [[ $output == *exceptions* ]]
    : >"$BATS_TEST_TMPDIR/none"
    "$FIHRIS" rebuild --quiet --analyzer fold --exceptions "$BATS_TEST_TMPDIR/none" "$A"
    [ "$(made)" = "fold false" ]
    "$FIHRIS" verify --quiet "$A"
}

@test "the summary as JSON, and where the time went" {
    "$FIHRIS" index --quiet "$A" fixtures/seeds
    run -0 --separate-stderr "$FIHRIS" rebuild --json --timings "$A"
    [ "$(jq -c '[.articles,.published,.snapshot]' <<<"$output")" = "[5,false,1]" ]
    jq -e '.phases | map(.phase) | index("build")' <<<"$output"
    run -0 --separate-stderr "$FIHRIS" rebuild --quiet --timings "$A"
    [[ $stderr == *learn*build* ]]
}

@test "what cannot be rebuilt" {
    run -3 --separate-stderr "$FIHRIS" rebuild "$A"
    [ ! -e "$A" ] && [ -z "$output" ] && [ -n "$stderr" ]
    mkdir "$A"
    run -3 "$FIHRIS" rebuild "$A"
    "$FIHRIS" index --quiet "$A" fixtures/seeds
    run -2 "$FIHRIS" rebuild --analyzer nonesuch "$A"
    run -2 "$FIHRIS" rebuild --entities --no-entities "$A"
    run -2 "$FIHRIS" rebuild --threads 5000000000 "$A"
    run -2 "$FIHRIS" rebuild --source x "$A"
    run -3 "$FIHRIS" rebuild --exceptions "$BATS_TEST_TMPDIR/absent" "$A"
    : >"$A/models/$(ls "$A/models")"
    run -3 "$FIHRIS" rebuild "$A"
    [[ $output == *"$A/models/"* ]]
}

@test "an archive without articles is begun anew, as it was made" {
    mkdir "$BATS_TEST_TMPDIR/bad"
    echo broken >"$BATS_TEST_TMPDIR/bad/a.jsonl"
    echo 'never مذكرة تفاهم' >"$BATS_TEST_TMPDIR/apart"
    run -1 "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/apart" "$A" "$BATS_TEST_TMPDIR/bad"
    run -1 "$FIHRIS" index "$A" "$BATS_TEST_TMPDIR/bad"
    [[ $output == *"as before: nothing new"* ]]
    "$FIHRIS" index --quiet "$A" fixtures/seeds
    "$FIHRIS" index --quiet --exceptions "$BATS_TEST_TMPDIR/apart" "$BATS_TEST_TMPDIR/once" fixtures/seeds
    for file in $(files "$BATS_TEST_TMPDIR/once"); do
        cmp "$BATS_TEST_TMPDIR/once/$file" "$A/$file"
    done
    "$FIHRIS" verify --quiet "$A"
    run -2 "$FIHRIS" index --quiet --analyzer fold "$A" fixtures/seeds
}

@test "an empty archive keeps its analyzer unless another is asked for" {
    mkdir "$BATS_TEST_TMPDIR/none"
    made() {
        "$FIHRIS" stats --json "$A" | jq -r .analyzer
    }
    "$FIHRIS" index --quiet --analyzer light10 "$A" "$BATS_TEST_TMPDIR/none"
    "$FIHRIS" index --quiet "$A" "$BATS_TEST_TMPDIR/none"
    [ "$(made)" = light10 ]
    "$FIHRIS" index --quiet --analyzer fold "$A" fixtures/seeds
    [ "$(made)" = fold ]
}

@test "an archive that has outgrown its model is told so, until it is rebuilt" {
    echo '{"id":"a","body":"مصر مصر"}' >"$BATS_TEST_TMPDIR/little.jsonl"
    run -0 --separate-stderr "$FIHRIS" index --json "$A" "$BATS_TEST_TMPDIR/little.jsonl"
    [ "$(jq -c '[.model_words,.outgrown]' <<<"$output")" = "[2,false]" ]
    run -0 "$FIHRIS" index "$A" fixtures/seeds
    [[ $output == *"learned from about 2 of them; 'fihris rebuild' learns anew"* ]]
    run -0 --separate-stderr "$FIHRIS" index --json "$A" fixtures/seeds
    [ "$(jq .outgrown <<<"$output")" = true ]
    run -0 "$FIHRIS" rebuild "$A"
    [[ $output != *"learns anew"* ]]
    run -0 --separate-stderr "$FIHRIS" index --json "$A" fixtures/seeds
    [ "$(jq -c '[.model_words > 1000,.outgrown]' <<<"$output")" = "[true,false]" ]
}
