#!/bin/sh
# Damaged files: an archive's files are cut short at many places and have single bytes flipped, one
# damage at a time. `verify` must report each; search, entity, show, stats, ledger must answer as
# from the whole archive, or fail (exit 3) with a message; never crash, hang, or answer otherwise.
# Best run with a sanitized command: FIHRIS=build/address,undefined/fihris.
# ROBUST_SEED repeats a series; ROBUST_LONG=1: 50 cuts and 500 flips of a segment, and more of the rest.
. tests/robust/common.sh

if [ -n "$ROBUST_LONG" ]; then cuts=50 flips=500 others=60; else cuts=4 flips=16 others=3; fi
cuts=${1:-$cuts} flips=${2:-$flips} others=${3:-$others}
ASAN_OPTIONS=${ASAN_OPTIONS:-}:exitcode=99:abort_on_error=0:detect_leaks=1
UBSAN_OPTIONS=${UBSAN_OPTIONS:-}:print_stacktrace=1:exitcode=99
export ASAN_OPTIONS UBSAN_OPTIONS
echo "# seed $ROBUST_SEED"

# Two segments, some articles of the first replaced, so that there are deletions; a ledger.
{
    news 150 1
    if [ -n "$ROBUST_LONG" ] && real=$(real_news); then head -n 2000 "$real"; fi
    echo 'not JSON'
    echo '{"id":"extra-1","date":"2024-03-01","title":"خبر","url":"http://a.b/c","lang":"ar","body":"نص"}'
} >"$scratch/a.jsonl"
news 20 2 30 >"$scratch/b.jsonl"
good=$scratch/good.fihris
run "$scratch/log" "$FIHRIS" index --quiet --no-merge "$good" "$scratch/a.jsonl"
[ "$status" -eq 1 ] || fail "first index" "exit $status" "$(cat "$scratch/log.err")"
run "$scratch/log" "$FIHRIS" index --quiet --no-merge "$good" "$scratch/b.jsonl"
[ "$status" -eq 0 ] || fail "second index" "exit $status" "$(cat "$scratch/log.err")"
set -- "$good"/segments/* "$good"/derived/*.del
[ $# -eq 3 ] && [ -e "$3" ] || fail "two segments and deletions" "$*"

# ask NUMBER ARCHIVE OUT: puts one of the questions; leaves the exit status in $status.
questions=14
ask() {
    ask_out=$3
    case $1 in
    1) set -- search --json "$2" 'المغرب' ;;
    2) set -- search --json --sort id --limit 0 --snippet 0 "$2" 'في' ;;
    3) set -- search --json "$2" '"مذكرة تفاهم" OR ="للأنتربول"' ;;
    4) set -- search --json "$2" 'place:الدنمارك OR person:الحموشي' ;;
    5) set -- search --json "$2" 'المغر* NOT title:الأمن' ;;
    6) set -- search --json "$2" 'source:paper2 OR date:2024' ;;
    7) set -- entity --json "$2" 'الحموشي' ;;
    8) set -- entity --json "$2" '2022-08-10' ;;
    9) set -- show --json "$2" 'paper1/n000041.txt' ;;
    10) set -- show --json "$2" 'paper0/n000005.txt' ;;
    11) set -- show "$2" 'extra-1' ;;
    12) set -- stats --json "$2" ;;
    13) set -- ledger --json "$2" ;;
    14) set -- search --json "$2" 'ال*' ;;
    esac
    asked="$1 $(eval "echo \"\${$#}\"")"
    status=0
    timeout 20 "$FIHRIS" "$@" >"$ask_out" 2>"$ask_out.err" || status=$?
}

mkdir "$scratch/right"
for question in $(seq $questions); do
    ask "$question" "$good" "$scratch/right/$question"
    [ "$status" -eq 0 ] && [ -s "$scratch/right/$question" ] ||
        fail "undamaged: $asked" "exit $status" "$(cat "$scratch/right/$question.err")"
done
right=$scratch/right

# A failure's output may be the beginning of the right one.
is_beginning() { # PART WHOLE
    cmp -n "$(stat -c %s "$1")" -s "$1" "$2"
}

# look WHAT: puts all questions to the damaged archive.
answered=0 refused=0 problems=0
problem() {
    problems=$((problems + 1))
    [ "$problems" -gt 5 ] || fail "$@"
}
look() {
    status=0
    timeout 60 "$FIHRIS" verify "$bad" >"$scratch/verify" 2>"$scratch/verify.err" || status=$?
    case $status in
    1 | 3) [ -s "$scratch/verify" ] || [ -s "$scratch/verify.err" ] || problem "$1: verify is silent" ;;
    *) problem "$1: verify" "exit $status" "$(cat "$scratch/verify" "$scratch/verify.err" | head -c 3000)" ;;
    esac
    for question in $(seq $questions); do
        ask "$question" "$bad" "$scratch/now"
        case $status in
        0)
            answered=$((answered + 1))
            cmp -s "$scratch/now" "$right/$question" ||
                problem "$1: another answer in silence: $asked" \
                    "$(diff "$scratch/now" "$right/$question" | head -c 2000)"
            ;;
        3)
            refused=$((refused + 1))
            grep -q '^fihris: .' "$scratch/now.err" || problem "$1: no message: $asked"
            is_beginning "$scratch/now" "$right/$question" ||
                problem "$1: other answers before the failure: $asked"
            ;;
        *)
            problem "$1: $asked" "exit $status" "$(head -c 3000 "$scratch/now.err")"
            ;;
        esac
    done
}

# cut FILE SIZE; flip FILE OFFSET BIT: damages a file of the copy, looks, and restores it.
bad=$scratch/bad.fihris
cp -r "$good" "$bad"
cut() {
    truncate -s "$2" "$bad/$1"
    look "$1 cut to $2 bytes"
    cp "$good/$1" "$bad/$1"
}
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$bad/$1")
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\$(printf %03o $((byte ^ (1 << $3))))" |
        dd of="$bad/$1" bs=1 seek="$2" conv=notrunc status=none
    look "$1 with bit $3 of byte $2 flipped"
    cp "$good/$1" "$bad/$1"
}

# wound FILE CUTS FLIPS
wound() {
    size=$(stat -c %s "$good/$1")
    problems=0 answered=0 refused=0
    for _ in $(seq "$2"); do
        random "$size"
        cut "$1" "$number"
    done
    for _ in $(seq "$3"); do
        random "$size"
        at=$number
        random 8
        flip "$1" "$at" "$number"
    done
    kind=${1%/*}
    [ "$problems" -gt 0 ] || pass "$kind: $2 cuts, $3 flips: $answered right answers, $refused refusals"
}

# names FOLDER: its files, the largest first.
names() {
    (cd "$good" && ls -S "$1"/*)
}
segment=$(names segments | head -n 1)
second=$(names segments | tail -n 1)
model=$(names models)
derived=$(names derived)
wound "$segment" "$cuts" "$flips"
wound "$second" "$others" "$others"
wound "$model" "$others" "$others"
wound "$derived" "$others" "$others"
wound manifests/000002.json "$others" "$others"
wound CURRENT "$others" "$others"

# Whole files gone, or another segment's file in the place of one.
problems=0 answered=0 refused=0
for name in "$segment" "$model" "$derived" manifests/000002.json CURRENT; do
    rm "$bad/$name"
    look "$name gone"
    cp "$good/$name" "$bad/$name"
    : >"$bad/$name"
    look "$name empty"
    cp "$good/$name" "$bad/$name"
done
cp "$good/$second" "$bad/$segment"
look "another segment in place of one"
cp "$good/$segment" "$bad/$segment"
[ "$problems" -gt 0 ] || pass "gone, empty, exchanged files: $answered right answers, $refused refusals"
check "verify finds nothing in what was restored" "$FIHRIS" verify "$bad"
finish
