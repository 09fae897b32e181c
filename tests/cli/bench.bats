# The benchmarks run to their end and their output keeps its form; no time is looked at.
bats_require_minimum_version 1.5.0
load common

setup_file() {
    export WORK=$BATS_FILE_TMPDIR/work ARTICLES=60 RUNS=1 QUERIES=3
    unset CORPUS JSON
    mkdir -p "$WORK"
}

@test "bench prints its tables" {
    # Other engines are not installed everywhere; one that is not there is told.
    PEERS="cat lucene" JARS=/nowhere run --separate-stderr -0 sh bench/run.sh
    for row in "replicas-60.jsonl: 60 articles" "left out: lucene: no Lucene" "cat +[0-9.]+" \
        "fihris +[0-9.]+" "fihris-no-entities +[0-9.]+" "one-query" " tokenise +[0-9.]+" \
        "One thread alone must do [0-9.]+ %" "bodies +[0-9.]+ MB" "term +fihris +[0-9.]+" \
        "and +fihris" "phrase +fihris" "prefix +fihris" "tokenise \+ intern"; do
        grep -qE "^ *$row" <<<"$output" || { echo "no '$row' in: $output"; false; }
    done
    [[ $output != *null* ]]
    [ "$(ls "$WORK"/*.index 2>/dev/null)" = "" ]
}

@test "bench with JSON=1 prints one document" {
    PEERS='' sh bench/run.sh --json 2>"$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/json"
    jq -e '.v == 1 and .corpus.articles == 60 and .corpus.bytes > 0 and .runs == 1 and
        ([.commands[].name] | index("fihris") != null) and
        (.commands[0] | .wall_seconds.median > 0 and .cpu_seconds.min >= 0 and .memory_bytes > 0) and
        (.phases | length >= 15) and (.phases[0] | has("cpu_seconds") and has("share")) and
        (.amdahl.serial_share > 0 and .amdahl.serial_share < 1) and
        ([.snapshot.bytes_by_part[]] | add) == .snapshot.bytes and
        ([.queries[].kind] | sort) == ["and", "phrase", "prefix", "term"] and
        (.queries[0] | .queries == 3 and .median_us.median > 0) and
        (.text_layer | length > 3) and .skipped == []' "$BATS_TEST_TMPDIR/json"
}

@test "every name of the document is explained" {
    for name in $(jq -r 'del(.snapshot.bytes_by_part[]) | [.. | objects | keys[]] | unique[]' \
        "$WORK/bench.json"); do
        grep -q "\`$name\`" docs/BENCHMARKS.md || { echo "docs/BENCHMARKS.md: no '$name'"; false; }
    done
    for phase in $(jq -r '.phases[].phase' "$WORK/bench.json"); do
        grep -q "^| *$phase *|" docs/BENCHMARKS.md || { echo "docs/BENCHMARKS.md: no '$phase'"; false; }
    done
}

@test "the same queries are drawn every time" {
    draw() { "$(dirname "$FIHRIS")/bench/draw_queries" "$WORK/replicas-60.jsonl" 20 "$1"; }
    draw 1 >"$BATS_TEST_TMPDIR/first"
    draw 1 | cmp - "$BATS_TEST_TMPDIR/first"
    run ! cmp -s "$BATS_TEST_TMPDIR/first" <(draw 2)
    [ "$(cut -f 1 "$BATS_TEST_TMPDIR/first" | sort | uniq -c | xargs)" = \
        "20 and 20 phrase 20 prefix 20 term" ]
}

@test "bench-scaling prints its table and draws it" {
    THREADS="1 100000" SIZES="30 60" FIGURES=$BATS_TEST_TMPDIR run --separate-stderr -0 \
        sh bench/scaling.sh
    grep -qE '^ +30 +1 +1 +[0-9.]+' <<<"$output"
    grep -qE '^ +60 +1 +1 +[0-9.]+' <<<"$output"
    grep -qE '^60 articles: [0-9.]+ % serial: .* 8 threads' <<<"$output"
    [[ $stderr == *"100000 threads are left out"* ]]
    [ "$(grep -c '^[0-9]' "$WORK/scaling.tsv")" = 2 ]
    command -v gnuplot >/dev/null || skip "no gnuplot"
    grep -q '</svg>' "$BATS_TEST_TMPDIR/scaling.svg"
}
