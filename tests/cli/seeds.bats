# The answers that the seed articles must give: words, levels, phrases, entities.
bats_require_minimum_version 1.5.0
load common

setup_file() {
    seeds_build
}

finds() {
    result=$(found "$1") || true
    [ "$result" = "$2" ] || { echo "$1: found '$result', wanted '$2'"; false; }
}

@test "a phrase" {
    finds '"مذكرة تفاهم"' "000 003 004"
}

@test "a name with and without article and preposition" {
    finds الأنتربول "000 003"
    finds أنتربول "000 003"
    finds للأنتربول "000 003"
}

@test "as printed" {
    finds '="أنتربول"' "003"
    finds '="للأنتربول"' "000 003"
    finds '="الاتجار"' "000"
}

@test "plain words" {
    finds السيبرانية "000 001 003"
    finds الاتجار "000 001 002"
    result=" $(found 'غسل الأموال') "
    [[ $result == *" 000 "* && $result != *" 001 "* ]]
}

@test "Latin letters in any case" {
    finds PARDO "002"
    finds pardo "002"
}

@test "articles without a date are found by all but date:" {
    finds الأمن "000 001 002 003 004"
    finds date:2022 ""
    finds 'الأمن date:2022' ""
    finds source:seeds "000 001 002 003 004"
}

# The entities a name means, with their articles: "type|name|ids".
entities() {
    "$FIHRIS" entity --json --limit 0 "$SEEDS" "$1" |
        jq -r '[.type, .key, (.ids | map(.[0:3]) | sort | join(" "))] | join("|")'
}

@test "one person by short, long and articled names" {
    first=$(entities الحموشي)
    [ "$(wc -l <<<"$first")" -eq 1 ]
    [[ $first == "person|"*"|000 001 002 003 004" ]] || { echo "$first"; false; }
    [ "$(entities حموشي)" = "$first" ]
    [ "$(entities 'عبد اللطيف حموشي')" = "$first" ]
    [ "$(entities 'person:عبد اللطيف الحموشي')" = "$first" ]
    [ "$("$FIHRIS" entity --type person --json "$SEEDS" الحموشي | jq .articles)" = 5 ]
}

@test "one person in Arabic and in Latin letters" {
    first=$(entities Piqueras)
    [[ $first == "person|"*"|000 002" ]] || { echo "$first"; false; }
    [ "$(entities 'فرانسيسكو باردو بيكيراس')" = "$first" ]
}

@test "places" {
    [[ $(entities place:الدنمارك) == "place|"*"|004" ]]
    finds place:الدنمارك "004"
    finds 'person:"الحموشي" place:الدنمارك' "004"
}

@test "dates" {
    [ "$(entities 2022-08-10)" = "date|2022-08-10|002" ]
    [ "$(entities date:2022-08-10)" = "date|2022-08-10|002" ]
    [ "$(entities 2025-11-24..2025-11-27)" = "date|2025-11-24..2025-11-27|003" ]
}

@test "an entity for people: name, spellings, articles" {
    run --separate-stderr -0 "$FIHRIS" entity "$SEEDS" الحموشي
    [[ $output == *person*"5 articles"*"printed as:"* ]]
    [ "$(grep -c '^  00[0-4]_' <<<"$output")" -eq 5 ]
    run --separate-stderr -1 "$FIHRIS" entity "$SEEDS" لاأحدبهذاالاسم
    [ -z "$output" ]
}

@test "all entities marked by hand are found, with few others" {
    gold=${FIHRIS_DATA:-../shared}/gold/seeds-entities.tsv
    [ -r "$gold" ] || skip "no $gold"
    for article in fixtures/seeds/*.txt; do
        id=$(basename "$article")
        "$FIHRIS" show --entities --json "$SEEDS" "$id" |
            jq -r --arg id "$id" '[$id, .start, .end, .type, .key, .text] | @tsv'
    done >"$BATS_TEST_TMPDIR/found"
    run -0 awk -F '\t' -f tests/cli/gold.awk "$gold" "$BATS_TEST_TMPDIR/found"
}
