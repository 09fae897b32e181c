# What is printed where, and what happens when it cannot be.
bats_require_minimum_version 1.5.0
load common

setup_file() {
    seeds_build
}

@test "results on standard output, the rest on standard error" {
    run --separate-stderr -0 "$FIHRIS" search "$SEEDS" الأنتربول
    [[ $output == 1.* ]]
    [[ $stderr == *"articles"* ]]
    run --separate-stderr -0 "$FIHRIS" search --ids "$SEEDS" الأنتربول
    [ -z "$stderr" ]
    run --separate-stderr -1 "$FIHRIS" search "$SEEDS" كلمةلاتوجد
    [ -z "$output" ]
    [ -n "$stderr" ]
}

@test "index tells a summary, quiet tells nothing" {
    run --separate-stderr -0 "$FIHRIS" index "$BATS_TEST_TMPDIR/a" fixtures/seeds
    [ -z "$output" ]
    for word in indexed unchanged replaced rejected repaired tokens forms entities MB/s \
        "peak memory" "snapshot size" "threads\?, about"; do
        grep -q "$word" <<<"$stderr" || { echo "no '$word' in: $stderr"; false; }
    done
    run --separate-stderr -0 "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/b" fixtures/seeds
    [ -z "$output" ]
    [ -z "$stderr" ]
}

@test "index tells where the time went when asked" {
    run --separate-stderr -0 "$FIHRIS" index --quiet --timings "$BATS_TEST_TMPDIR/a" fixtures/seeds
    [ -z "$output" ]
    for phase in plan learn model build read tokenise words entities documents invert write rest \
        merge seal sync total; do
        grep -qE "^ +$phase +[0-9.]+ +[0-9.]+%.* [0-9.]+$" <<<"$stderr" ||
            { echo "no '$phase' in: $stderr"; false; }
    done
    run --separate-stderr -0 "$FIHRIS" index "$BATS_TEST_TMPDIR/b" fixtures/seeds
    [[ $stderr != *tokenise* ]]
}

@test "index --json is the summary" {
    "$FIHRIS" index --json "$BATS_TEST_TMPDIR/a" fixtures/seeds >"$BATS_TEST_TMPDIR/json" \
        2>"$BATS_TEST_TMPDIR/log"
    run ! grep -q 'peak memory' "$BATS_TEST_TMPDIR/log"
    jq -e '.v == 1 and .articles > 0 and .published and .seconds > 0 and .memory_peak > 0 and
        (has("phases") | not)' "$BATS_TEST_TMPDIR/json"
    "$FIHRIS" index --json --timings --threads 2 "$BATS_TEST_TMPDIR/b" fixtures/seeds \
        >"$BATS_TEST_TMPDIR/json" 2>"$BATS_TEST_TMPDIR/log"
    # The parts of building are the whole of it; nothing takes longer than the run.
    jq -e '. as $run | [.phases[] | select(.part_of_build) | .cpu_seconds] as $parts |
        (.phases[] | select(.phase == "build") | .cpu_seconds - ($parts | add)) < 1e-6 and
        ([.phases[] | select(.part_of_build | not) | .elapsed_seconds] | add) <= $run.seconds and
        ([.phases[].phase] | length == (unique | length))' "$BATS_TEST_TMPDIR/json"
}

@test "index exits 1 when something was rejected, and ledger tells what" {
    printf '%s\n' '{"id":"a","title":"عنوان","body":"نص"}' 'no json' >"$BATS_TEST_TMPDIR/x.jsonl"
    run --separate-stderr -1 "$FIHRIS" index "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/x.jsonl"
    run -0 "$FIHRIS" ledger "$BATS_TEST_TMPDIR/a"
    [[ $output == *x.jsonl:*rejected:* ]]
    [ "$("$FIHRIS" ledger --json "$BATS_TEST_TMPDIR/a" | jq -r '[.v, .act] | @tsv')" = $'1\trejected' ]
    [ "$("$FIHRIS" search --ids "$BATS_TEST_TMPDIR/a" نص)" = a ]
}

@test "every --json line is one object with v 1" {
    valid() {
        "$FIHRIS" "$@" >"$BATS_TEST_TMPDIR/json"
        jq -es "length > 0 and all(.[]; .v == 1)" "$BATS_TEST_TMPDIR/json" >/dev/null
        [ "$(jq -c . "$BATS_TEST_TMPDIR/json" | wc -l)" -eq "$(wc -l <"$BATS_TEST_TMPDIR/json")" ]
    }
    valid search --json "$SEEDS" الأمن
    valid search --json "$SEEDS" --snippet 0 الأمن
    valid entity --json "$SEEDS" الحموشي
    valid show --json "$SEEDS" 000_a676f32782278e64.txt
    valid show --json --entities "$SEEDS" 000_a676f32782278e64.txt
    valid analyze --json 'قال "المغرب" و١٢٣'
    valid stats --json "$SEEDS"
    valid snapshots --json "$SEEDS"
    valid index --json --quiet --timings "$BATS_TEST_TMPDIR/a" fixtures/seeds
}

@test "marks are whole printed words of the snippet" {
    "$FIHRIS" search --json "$SEEDS" الأنتربول | jq -r '. as $hit | .marks[] |
        ($hit.snippet | @base64) + " \(.[0]) \(.[1])"' | while read -r snippet start end; do
        word=$(base64 -d <<<"$snippet" | tail -c "+$((start + 1))" | head -c "$((end - start))")
        [[ $word =~ ^(ل?ل?|و)?ا?ل?أنتربول$ ]] || { echo "marked: $word"; false; }
    done
}

@test "search formats agree on the hits" {
    ids=$("$FIHRIS" search --ids "$SEEDS" الأمن)
    [ "$("$FIHRIS" search --json "$SEEDS" الأمن | jq -r .id)" = "$ids" ]
    [ "$("$FIHRIS" search --tsv "$SEEDS" الأمن | cut -f 1)" = "$ids" ]
    [ "$("$FIHRIS" search --tsv "$SEEDS" الأمن | awk -F '\t' '{ print NF }' | sort -u)" = 5 ]
    [ "$("$FIHRIS" search --count "$SEEDS" الأمن)" = "$(wc -l <<<"$ids")" ]
    [ "$("$FIHRIS" search --count "$SEEDS" الأمن --limit 1)" = "$(wc -l <<<"$ids")" ]
    run --separate-stderr -1 "$FIHRIS" search --count "$SEEDS" كلمةلاتوجد
    [ "$output" = 0 ]
}

@test "limit, offset and order" {
    all=$("$FIHRIS" search --ids --sort id "$SEEDS" الأمن)
    [ "$all" = "$(sort <<<"$all")" ]
    [ "$("$FIHRIS" search --ids --sort id -n 2 "$SEEDS" الأمن)" = "$(head -n 2 <<<"$all")" ]
    [ "$("$FIHRIS" search --ids --sort=id --limit 2 --offset 1 "$SEEDS" الأمن)" = \
        "$(sed -n 2,3p <<<"$all")" ]
    [ "$("$FIHRIS" search --ids "$SEEDS" --limit 0 الأمن --sort id)" = "$all" ]
    run -1 "$FIHRIS" search --ids "$SEEDS" --offset 100 الأمن
    run -1 "$FIHRIS" search "$SEEDS" --offset 100 الأمن
    [[ $output == "fihris: no more: 5 articles match" ]]
}

@test "a query error shows a caret under the place" {
    run --separate-stderr -2 "$FIHRIS" search "$SEEDS" 'مذكّرة (تفاهم'
    [ -z "$output" ]
    caret=$(grep -n '^ *^' <<<"$stderr")
    # Two columns of margin, six for the word (its shadda has none) and the space after it; the
    # place is the parenthesis or the end.
    [[ ${caret#*:} =~ ^\ {8}\^ || ${caret#*:} =~ ^\ {14}\^ ]] || { echo "$stderr"; false; }
}

@test "no colours and no isolates in a pipe" {
    run -0 "$FIHRIS" search "$SEEDS" الأنتربول
    [[ $output != *$'\033'* ]]
    [[ $output != *$'\u2068'* ]]
    run -0 "$FIHRIS" search --color=always "$SEEDS" الأنتربول
    [[ $output == *$'\033[1m'* ]]
    [[ $output != *$'\u2068'* ]]
}

@test "colours and isolates on a terminal, NO_COLOR and dumb honoured" {
    command -v script >/dev/null || skip "no script command"
    export TERM=xterm
    unset NO_COLOR
    output=$(on_terminal "'$FIHRIS' search '$SEEDS' الأنتربول")
    [[ $output == *$'\033[1m'* ]]
    [[ $output == *$'\u2068'*$'\u2069'* ]]
    output=$(NO_COLOR=1 on_terminal "'$FIHRIS' search '$SEEDS' الأنتربول")
    [[ $output != *$'\033['* ]]
    [[ $output == *$'\u2068'* ]]
    output=$(TERM=dumb on_terminal "'$FIHRIS' search '$SEEDS' الأنتربول")
    [[ $output != *$'\033['* ]]
    output=$(on_terminal "'$FIHRIS' search --color=never '$SEEDS' الأنتربول")
    [[ $output != *$'\033['* ]]
}

@test "bold never begins or ends inside a word" {
    run -0 "$FIHRIS" search --color=always "$SEEDS" 'الأمن OR الأنتربول'
    letter='[[:alpha:]]'
    LC_ALL=C.UTF-8
    [[ ! $output =~ $letter$'\033[1m' ]]
    [[ ! $output =~ $'\033[1m'[^$'\033']*$letter$'\033[0m'$letter ]]
}

@test "an article cannot drive the terminal" {
    command -v script >/dev/null || skip "no script command"
    printf '{"id":"e","title":"خبر \\u001b[31m\\u0007 \\u202e","body":"نص \\u009b0m"}\n' \
        >"$BATS_TEST_TMPDIR/e.jsonl"
    "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/e" "$BATS_TEST_TMPDIR/e.jsonl"
    for command in "search --color=never" "show"; do
        word=خبر
        [ "$command" != show ] || word=e
        output=$(on_terminal "'$FIHRIS' $command '$BATS_TEST_TMPDIR/e' $word")
        [[ $output == *خبر* ]]
        [[ $output != *$'\033'* && $output != *$'\a'* && $output != *$'\u202e'* ]]
        [[ $output != *$'\u009b'* ]]
    done
}

@test "standard output that cannot be written is a failure" {
    run -3 bash -c '"$1" search "$2" الأمن >&-' bash "$FIHRIS" "$SEEDS"
    run -3 bash -c '"$1" search "$2" الأمن 2>&1 >/dev/full' bash "$FIHRIS" "$SEEDS"
    [[ $output == *"cannot write the results: No space left on device"* ]]
    run -3 bash -c '"$1" help >/dev/full' bash "$FIHRIS"
}

@test "a reader that goes away ends it as it ends other programs" {
    run -141 bash -c '{ sleep 0.2; "$1" search --json "$2" الأمن 2>"$3"; echo $? >"$4"; } | true
        cat "$3"; exit "$(cat "$4")"' bash "$FIHRIS" "$SEEDS" "$BATS_TEST_TMPDIR/err" \
        "$BATS_TEST_TMPDIR/code"
    [ -z "$output" ]
}

@test "closed descriptors do no harm to the archive" {
    "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/c" fixtures/seeds <&- >&- 2>&-
    run -0 "$FIHRIS" verify "$BATS_TEST_TMPDIR/c"
    [ "$("$FIHRIS" search --count "$BATS_TEST_TMPDIR/c" الأمن)" = \
        "$("$FIHRIS" search --count "$SEEDS" الأمن)" ]
}

@test "show prints the article as it was read" {
    "$FIHRIS" show "$SEEDS" 003_d10228b00b9c0c11.txt >"$BATS_TEST_TMPDIR/shown"
    grep -q '^id: *003_d10228b00b9c0c11.txt$' "$BATS_TEST_TMPDIR/shown"
    grep -qF 'بين 24 و27 نونبر 2025' "$BATS_TEST_TMPDIR/shown"
    "$FIHRIS" show --json "$SEEDS" 003_d10228b00b9c0c11.txt | jq -j .text >"$BATS_TEST_TMPDIR/text"
    cmp "$BATS_TEST_TMPDIR/text" fixtures/seeds/003_d10228b00b9c0c11.txt
    run --separate-stderr -1 "$FIHRIS" show "$SEEDS" none
    [ -z "$output" ]
}

@test "show --entities gives ranges of the text" {
    "$FIHRIS" show --json "$SEEDS" 000_a676f32782278e64.txt | jq -j .text >"$BATS_TEST_TMPDIR/text"
    "$FIHRIS" show --entities --json "$SEEDS" 000_a676f32782278e64.txt |
        jq -r '[.start, .end, .text] | @tsv' | while IFS=$'\t' read -r start end text; do
        [ "$(tail -c "+$((start + 1))" "$BATS_TEST_TMPDIR/text" | head -c "$((end - start))" |
            tr '\n' ' ')" = "$text" ]
    done
}

@test "other keys of JSON Lines are kept and shown; standard input is read" {
    printf '{"id":"k","title":"ت","date":"2022-08-10","source":"س","url":"http://a/","body":"نص","tags":["x",1]}\n' |
        "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/k" -
    [ "$("$FIHRIS" show --json "$BATS_TEST_TMPDIR/k" k |
        jq -c '[.date, .source, .url, .extras.tags]')" = '["2022-08-10","س","http://a/",["x",1]]' ]
    [ "$("$FIHRIS" search --ids "$BATS_TEST_TMPDIR/k" date:2022-08)" = k ]
}

@test "analyze: bytes, forms, folds, classes" {
    run -0 "$FIHRIS" analyze --json 'للأنتربول والأنتربول'
    [ "$(jq -r '[.start, .end, .form] | @tsv' <<<"$output" | head -n 1)" = $'0\t18\tللأنتربول' ]
    [ "$(jq -r .class <<<"$output" | sort -u | wc -l)" -eq 1 ]
    [ "$(echo 'للأنتربول والأنتربول' | "$FIHRIS" analyze --json -)" = "$output" ]
    run -0 "$FIHRIS" analyze 'المغرب'
    run -2 "$FIHRIS" analyze --analyzer nosuch المغرب
}

@test "analyze: every step, why the last one is the last, entity flags" {
    run -0 "$FIHRIS" analyze --json --archive "$SEEDS" وبمراكش
    [ "$(jq -r .bytes <<<"$output")" = وبمراكش ]
    [ "$(jq -r '.steps | map(.rule) | join(" ")' <<<"$output")" = "proclitic proclitic stays" ]
    [ "$(jq -r '.steps[-1] | [.to, .why] | @tsv' <<<"$output")" = $'مراكش\tshipped word' ]
    [ "$(jq -r '.steps[-1].to' <<<"$output")" = "$(jq -r .class <<<"$output")" ]
    jq -e '.entity | index("place-word")' <<<"$output"
    [ "$("$FIHRIS" analyze --json --analyzer light10 والكتاب | jq -c .steps)" = "[]" ]
    run -0 "$FIHRIS" analyze --explain --archive "$SEEDS" وبمراكش
    [[ $output == *"stays: shipped word"* ]]
}

@test "stats, snapshots, verify, merge" {
    [ "$("$FIHRIS" stats --json "$SEEDS" | jq .articles)" = 5 ]
    "$FIHRIS" stats --json "$SEEDS" | jq -e '([.bytes_by_part[]] | add) == .snapshot_bytes and
        .bytes_by_part.heads > 0 and .bytes_by_part.bodies > 0 and .bytes_by_part.postings > 0'
    "$FIHRIS" stats "$SEEDS" | grep -qE '^bodies +[0-9.]+ k?B +[0-9.]+ %$'
    [ "$("$FIHRIS" snapshots --json "$SEEDS" | jq -c '[.live, .articles]')" = '[true,5]' ]
    run -0 "$FIHRIS" verify "$SEEDS"
    cp -r "$SEEDS" "$BATS_TEST_TMPDIR/m"
    run --separate-stderr -0 "$FIHRIS" merge --all --threads 2 "$BATS_TEST_TMPDIR/m"
    [ -z "$output" ]
    [ "$("$FIHRIS" search --ids "$BATS_TEST_TMPDIR/m" الأمن)" = \
        "$("$FIHRIS" search --ids "$SEEDS" الأمن)" ]
    run -0 "$FIHRIS" verify "$BATS_TEST_TMPDIR/m"
}

@test "verify finds a flipped byte" {
    cp -r "$SEEDS" "$BATS_TEST_TMPDIR/f"
    segment=$(find "$BATS_TEST_TMPDIR/f/segments" -type f | head -n 1)
    chmod u+w "$segment"
    size=$(stat -c %s "$segment")
    printf '\377\377\377\377' | dd of="$segment" bs=1 seek=$((size / 2)) conv=notrunc status=none
    run --separate-stderr -1 "$FIHRIS" verify "$BATS_TEST_TMPDIR/f"
    [ -n "$output$stderr" ]
}

@test "the examples of the manual run" {
    cp -r fixtures/seeds "$BATS_TEST_TMPDIR/articles"
    command=$(realpath "$FIHRIS")
    count=0
    while IFS= read -r line; do
        (cd "$BATS_TEST_TMPDIR" && fihris() { "$command" "$@"; } && eval "$line") >/dev/null || {
            echo "exit $?: $line"
            false
        }
        count=$((count + 1))
    done < <(sed -n 's/^\$ \(fihris .*\)/\1/p' docs/man/fihris.1)
    [ "$count" -ge 10 ]
}

@test "explain: levels, and parts that add up to the score" {
    "$FIHRIS" search --json --explain "$SEEDS" 'الأمن "مذكرة تفاهم" OR ~الاتجار OR ="للأنتربول"' >"$BATS_TEST_TMPDIR/e"
    jq -es 'length > 0 and all((((.matches | map(.score) | add) - .score) | fabs) < 1e-6)' "$BATS_TEST_TMPDIR/e"
    jq -es 'all(.matches | length == 5)' "$BATS_TEST_TMPDIR/e"
    [ "$("$FIHRIS" search --json --explain -n 1 "$SEEDS" =للأنتربول | jq -c '.matches[0] | [.level, .fold, .class]')" = \
        '["exact",0,0]' ]
    [ "$("$FIHRIS" search --json --explain -n 1 "$SEEDS" بالأنتربول | jq -r '.matches[0].level')" = class ]
    run -0 --separate-stderr "$FIHRIS" search --explain -n 1 "$SEEDS" 'الأمن -كرة'
    [[ $output == *"idf"* ]]
    [[ $output != *"كرة  none"* ]]
}

@test "files that are no articles by their names are counted" {
    mkdir "$BATS_TEST_TMPDIR/mixed"
    cp fixtures/seeds/000*.txt "$BATS_TEST_TMPDIR/mixed"
    touch "$BATS_TEST_TMPDIR/mixed/a.html" "$BATS_TEST_TMPDIR/mixed/b.gz"
    run -0 "$FIHRIS" index "$BATS_TEST_TMPDIR/mixed.fihris" "$BATS_TEST_TMPDIR/mixed"
    [[ $output == *"skipped files "*" 2  in folders only"* ]]
    run -0 --separate-stderr "$FIHRIS" index --json "$BATS_TEST_TMPDIR/mixed.fihris" fixtures/seeds
    [ "$(jq .skipped_files <<<"$output")" = 0 ]
}
