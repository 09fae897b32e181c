#!/bin/sh
# Runs test programs, bats files and scripts that print TAP: sh tests/run.sh LOGS FILE...
# As many at once as there are processors. Silent about what passes; a failing one shows its whole
# log, a skipped test its reason. One line closes. Appends "passed failed" to the file $RESULTS when
# that is set.
set -u
logs=$1
shift
mkdir -p "$logs"
export logs
printf '%s\n' "$@" | xargs -P "$(nproc 2>/dev/null || echo 2)" -I '{}' sh -c '
    name=$(basename "$1")
    case $name in
    *.bats) bats --tap "$1" ;;
    *.sh) sh "$1" ;;
    replay_*) "$1" "tests/fuzz/corpus/${name#replay_}" ;;
    *) CMOCKA_MESSAGE_OUTPUT=TAP "$1" ;;
    esac >"$logs/$name.log" 2>&1
    echo $? >"$logs/$name.code"' run '{}'
passed=0 failed=0 skipped=0
for program; do
    name=$(basename "$program")
    log=$logs/$name.log
    code=$(cat "$logs/$name.code")
    good=$(grep -ac '^ok ' "$log")
    bad=$(grep -a '^not ok ' "$log" | grep -aivc '# skip') # cmocka calls a skipped test "not ok"
    skip=$(grep -aE '^(not )?ok ' "$log" | grep -aic '# skip')
    skip_ok=$(grep -a '^ok ' "$log" | grep -aic '# skip')
    if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    if [ "$bad" -gt 0 ]; then
        echo "-- $name failed (exit $code)"
        cat "$log"
    elif [ "$good" -eq 0 ] && [ "$skip" -eq 0 ]; then
        echo "-- $name ran no test"
        bad=1
    fi
    [ "$skip" -eq 0 ] || grep -aE '^(not )?ok ' "$log" | grep -ai '# skip' |
        sed -E "s/^(not )?ok [0-9]*/$name: skipped:/"
    passed=$((passed + good - skip_ok))
    failed=$((failed + bad))
    skipped=$((skipped + skip))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ -z "${RESULTS-}" ] || echo "$passed $failed" >>"$RESULTS"
[ "$failed" -eq 0 ]
