#!/bin/sh
# million.sh [COUNT [TIMES]]: a large archive (1,000,000 replicas), built once undisturbed; then killed
# TIMES (20) times on its way and started again each time; then on a disk that becomes full TIMES times
# and is enlarged a little each time. Each ends with the bytes of the undisturbed run, no finished shard
# is ever built again, and at most one a thread is lost. Then 1 % is added. Needs 10 GB of disk and, as
# root, memory for a tmpfs that holds the archive twice. Not part of any other target: make check-million.
: "${TMPDIR:=/tmp}"
ROBUST_LONG=1
. tests/robust/common.sh

count=${1:-1000000}
times=${2:-20}
threads=2
: "${REPLICAS:=build/release/replicas}"
input=$scratch/replicas.jsonl
"$REPLICAS" "$count" >"$input" || { fail "replicas" "cannot make them"; finish; }
"$REPLICAS" -f "$count" $((count / 100)) >"$scratch/more.jsonl" || fail "replicas" "cannot make more"
echo "# seed $ROBUST_SEED; $count articles, $(($(wc -c <"$input") / 1000000)) MB"

index_all() { # ARCHIVE
    "$FIHRIS" index --quiet --threads "$threads" "$1" "$input"
}

# Finished shards of an unfinished run, each with its inode: a shard built again would have another.
finished_shards() {
    find "$1" -path '*/building/*' -name 'shard-*.json' -printf '%f %i\n' 2>/dev/null | sort
}
lost_shards() {
    for segment in "$1"/building/*/shard-*.mdb; do
        [ ! -e "$segment" ] || [ -e "${segment%.mdb}.json" ] || echo "$segment"
    done | wc -l
}

# After each interruption: nothing that was finished is gone, unless the run was published.
note_interruption() { # ARCHIVE
    finished_shards "$1" >"$scratch/finished.now"
    if [ -s "$scratch/finished" ] && [ -s "$scratch/finished.now" ] &&
        [ -n "$(comm -23 "$scratch/finished" "$scratch/finished.now")" ]; then
        again=$((again + 1))
    fi
    [ "$(lost_shards "$1")" -le "$threads" ] || lost=$((lost + 1))
    mv "$scratch/finished.now" "$scratch/finished"
}

report() { # NAME: what a series came to
    digests "$archive" >"$scratch/digests"
    if [ "$interruptions" -lt "$times" ]; then
        fail "$1" "only $interruptions interruptions"
    elif [ "$again" -gt 0 ] || [ "$lost" -gt 0 ] || [ "$strange" -gt 0 ]; then
        fail "$1" "$again times a finished shard was built again, $lost times more than one a thread lost," \
            "$strange times an unexpected end" "$(cat "$scratch/messages")"
    elif ! cmp -s "$scratch/digests" "$scratch/digests.whole"; then
        fail "$1" "other bytes" "$(diff "$scratch/digests.whole" "$scratch/digests")"
    else
        pass "$1: the bytes of an undisturbed run, no finished shard built twice"
    fi
}

begin_series() { # ARCHIVE
    archive=$1 interruptions=0 again=0 lost=0 strange=0
    : >"$scratch/finished"
    : >"$scratch/messages"
}

merging() {
    [ -n "$(find "$archive" -name 'merge-*.mdb' 2>/dev/null)" ]
}

killed_runs() {
    begin_series "$scratch/killed.fihris"
    while [ "$interruptions" -lt "$times" ]; do
        "$FIHRIS" index --quiet --threads "$threads" "$archive" "$input" 2>>"$scratch/messages" &
        pid=$!
        # Two thirds of the moments lie among the shards, the others in the merge.
        random $((duration / 12))
        while [ $((interruptions * 3)) -ge $((times * 2)) ] && ! merging && kill -0 "$pid" 2>/dev/null; do
            sleep 0.05
        done
        pause "$number"
        merging && merges=$((merges + 1))
        kill -KILL "$pid" 2>/dev/null
        code=0
        wait "$pid" 2>/dev/null || code=$?
        case $code in
        137)
            interruptions=$((interruptions + 1))
            note_interruption "$archive"
            ;;
        0) # done before its kill: begin anew
            rm -rf "$archive"
            : >"$scratch/finished"
            ;;
        *) strange=$((strange + 1)) interruptions=$times ;;
        esac
    done
    index_all "$archive" 2>>"$scratch/messages" || strange=$((strange + 1))
    echo "# $interruptions kills, $merges of them while merging"
    report "killed $times times"
}

full_disks() {
    disk=$scratch/disk
    mkdir "$disk"
    if ! mount -t tmpfs -o size=16m fihris-million "$disk" 2>/dev/null; then
        skip "full disks" "cannot mount a tmpfs here"
        return
    fi
    cleanups=unmount
    begin_series "$disk/a.fihris"
    step=$((need * 2 / (times + 4)))
    size=$step
    while :; do
        mount -o "remount,size=${size}k" "$disk"
        run "$scratch/out" index_all "$archive"
        [ "$status" -ne 0 ] || break
        interruptions=$((interruptions + 1))
        if [ "$status" -ne 3 ] || ! grep -q "$archive/.*No space left on device" "$scratch/out.err"; then
            strange=$((strange + 1))
            cat "$scratch/out.err" >>"$scratch/messages"
            [ "$strange" -lt 3 ] || break
        fi
        note_interruption "$archive"
        size=$((size + step))
    done
    echo "# $interruptions disks too small, the last of $((size / 1024)) MiB large enough"
    report "a disk full $times times"
}
unmount() {
    umount "$disk" 2>/dev/null
}

merges=0
from=$(milliseconds)
"$FIHRIS" index --threads "$threads" "$scratch/whole.fihris" "$input" 2>"$scratch/whole.log" ||
    fail "undisturbed run" "$(tail -n 5 "$scratch/whole.log")"
duration=$(($(milliseconds) - from))
need=$(du -sk "$scratch/whole.fihris" | cut -f 1)
digests "$scratch/whole.fihris" >"$scratch/digests.whole"
tail -n 4 "$scratch/whole.log" | tr '\r' '\n' | sed 's/^/# /'
echo "# built in $duration ms; $((need / 1024)) MiB"
check "verify finds nothing" "$FIHRIS" verify --quiet "$scratch/whole.fihris"

killed_runs
rm -rf "$scratch/killed.fihris"
full_disks

from=$(milliseconds)
check "1 % is added" "$FIHRIS" index --quiet --threads "$threads" "$scratch/whole.fihris" "$scratch/more.jsonl"
added=$(($(milliseconds) - from))
echo "# 1 % added in $added ms: $((added * 1000 / duration)) thousandths of the whole"
"$FIHRIS" stats "$scratch/whole.fihris" | sed 's/^/# /'
finish
