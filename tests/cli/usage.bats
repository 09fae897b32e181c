# Misuse is told on standard error with exit 2; failures with 3.
bats_require_minimum_version 1.5.0
load common

misuse() {
    run --separate-stderr "$FIHRIS" "$@"
    [ "$status" -eq 2 ] || { echo "exit $status: $*"; false; }
    [ -z "$output" ] || { echo "output: $output"; false; }
    [ -n "$stderr" ] || { echo "nothing said: $*"; false; }
}

@test "no command, no such command" {
    misuse
    misuse nosuch
    misuse help nosuch
    misuse --nosuch
}

@test "too few and too many arguments" {
    misuse index
    misuse index a
    misuse search a
    misuse entity a
    misuse show a
    misuse show a b c
    misuse analyze
    misuse stats
    misuse stats a b
    misuse verify
    misuse rebuild
    misuse rebuild a b
    misuse completions
    [[ $stderr == *"Usage: fihris completions"* ]]
}

@test "bad options and bad values" {
    misuse search a b --nosuch
    [[ $stderr == *"'--nosuch'"* ]]
    misuse search a -zz
    misuse search a b --limit
    [[ $stderr == *"--limit"*"needs a value"* ]]
    misuse search a b --limit x
    misuse search a b --limit=
    misuse search a b --limit -1
    misuse search a b --limit 99999999999999999999
    misuse search a b --sort sideways
    misuse search a b --json=1
    misuse search a b --color=maybe
    misuse search a b --json --ids
    misuse search a b --count --tsv
    misuse search a b --snippet 5000000000
    misuse search a b --snapshot 5000000000
    misuse index a b --memory 12X
    misuse index a b --memory 99999999999T
    misuse index a b --memory -5
    misuse index a b --threads 4294967296
    misuse merge a --threads 4294967296
    misuse entity a b --type animal
}

@test "an archive that is not there is a failure" {
    for command in "search none x" "entity none x" "show none x" "stats none" "ledger none" \
        "verify none" "merge none" "snapshots none" "analyze --archive none x"; do
        # shellcheck disable=SC2086
        run --separate-stderr "$FIHRIS" $command
        [ "$status" -eq 3 ] || { echo "exit $status: $command"; false; }
        [ -z "$output" ]
        [[ $stderr == fihris:* ]]
    done
    [ ! -e none ]
}

@test "-- ends the options" {
    run -3 "$FIHRIS" search -- none --json
    run -3 "$FIHRIS" search --json none -- -x
}

@test "a query that asks for too much is misuse, and options are told from words" {
    seeds=$BATS_TEST_TMPDIR/seeds
    "$FIHRIS" index --quiet "$seeds" fixtures/seeds
    misuse search "$seeds" "$(printf '(%.0s' {1..70})"
    misuse search "$seeds" -مصر
    [[ $stderr == *"words that begin with '-' go after '--'"* ]]
    misuse search "$seeds" -Z
    [[ $stderr == *"unknown option '-Z'"* ]]
}
