#!/bin/sh
# A run (index, rebuild) on a file system that becomes full fails with exit 3 and an error that names
# a file and "No space left on device"; the snapshot before still answers; with room made, the same
# command completes with the bytes of a run that had room. Tried with many sizes of the disk, so
# that the failure hits the build, the merge and the publication. Needs root, for a small tmpfs.
. tests/robust/common.sh

disk=$scratch/disk
unmount() {
    umount "$disk" 2>/dev/null
}
mkdir "$disk"
if ! mount -t tmpfs -o size=64m fihris-robust "$disk" 2>/dev/null; then
    skip "full disk" "cannot mount a tmpfs here"
    finish
fi
cleanups=unmount
steps=${1:-$([ -n "$ROBUST_LONG" ] && echo 60 || echo 8)}
shard=200K

news 300 3 500000 >"$scratch/first.jsonl"
news 1500 2 >"$scratch/input.jsonl"
"$FIHRIS" index --quiet "$scratch/base.fihris" "$scratch/first.jsonl" || fail "first index" "exit $?"
run_big() { # ARCHIVE
    if [ "$mode" = rebuild ]; then
        "$FIHRIS" rebuild --quiet --threads 2 --shard-size "$shard" "$1"
    else
        "$FIHRIS" index --quiet --threads 2 --shard-size "$shard" "$1" "$scratch/input.jsonl"
    fi
}

# resize KILOBYTES: of the disk as a whole.
resize() {
    mount -o "remount,size=${1}k" "$disk"
}

# try SIZE: a run on a disk of SIZE KiB. True when it completed there; a failure is checked
# in all that it promises.
try() {
    resize 65536
    rm -rf "$disk/a.fihris"
    cp -r "$scratch/base.fihris" "$disk/a.fihris"
    resize "$1"
    run "$scratch/out" run_big "$disk/a.fihris"
    [ "$status" -ne 0 ] || return 0
    failed=$((failed + 1))
    cat "$scratch/out.err" >>"$scratch/messages"
    problem=
    [ "$status" -eq 3 ] || problem="exit $status, not 3"
    grep -q "$disk/a.fihris/.*No space left on device" "$scratch/out.err" ||
        problem="$problem; no file or no reason in the message"
    answers "$disk/a.fihris" >"$scratch/answers.now" 2>&1
    cmp -s "$scratch/answers.before" "$scratch/answers.now" ||
        problem="$problem; the snapshot before answers otherwise"
    "$FIHRIS" verify --quiet "$disk/a.fihris" >"$scratch/verify" 2>&1 ||
        problem="$problem; verify: $(cat "$scratch/verify")"
    resize 65536
    run "$scratch/again" run_big "$disk/a.fihris"
    [ "$status" -eq 0 ] || problem="$problem; exit $status with room: $(cat "$scratch/again.err")"
    digests "$disk/a.fihris" >"$scratch/digests"
    cmp -s "$scratch/digests" "$scratch/digests.whole" || problem="$problem; other bytes in the end"
    if [ -n "$problem" ]; then
        bad=$((bad + 1))
        fail "a disk of $1 KiB" "$problem" "$(cat "$scratch/out.err")"
    fi
    return 1
}

# series MODE: on disks of many sizes, what the base archive becomes.
series() {
    mode=$1
    resize 65536
    rm -rf "$scratch/whole.fihris" "$disk/a.fihris"
    cp -r "$scratch/base.fihris" "$scratch/whole.fihris"
    run_big "$scratch/whole.fihris" || fail "$mode with room" "exit $?"
    digests "$scratch/whole.fihris" >"$scratch/digests.whole"
    answers "$scratch/base.fihris" >"$scratch/answers.before"
    base=$(du -sk "$scratch/base.fihris" | cut -f 1)
    need=$(du -sk "$scratch/whole.fihris" | cut -f 1)

    failed=0 bad=0
    : >"$scratch/messages"
    cp -r "$scratch/base.fihris" "$disk/a.fihris"
    used=$(($(df -k --output=used "$disk" | tail -n 1)))
    # A run takes about the shards, and what they are merged into, beside the old.
    step=$(((need * 3 - base) / steps))
    size=$used
    too_small=$used
    until try "$size"; do
        too_small=$size
        size=$((size + step))
    done
    # The smallest disk that is large enough: just below it the publication fails.
    while [ $((size - too_small)) -gt 4 ]; do
        middle=$(((size + too_small) / 8 * 4))
        [ "$middle" -gt "$too_small" ] || break
        if try "$middle"; then size=$middle; else too_small=$middle; fi
    done
    for less in 8 12 16; do
        try $((size - less)) && fail "a disk of $((size - less)) KiB" "was large enough, of $size not"
    done
    sed 's/ [0-9][0-9]*//g; s/[0-9a-f]\{32\}/*/g; s/-[0-9]\{4\}/-*/g; s/^/# /' "$scratch/messages" |
        grep -v ': stopped;' | sed "s|$disk/||" | sort | uniq -c | sed 's/^ *\([0-9]*\) # /# \1 times: /'
    [ "$bad" -gt 0 ] || pass "$mode: $failed disks too small: told, nothing lost, completed with room"
}

series index
# Of the archive that has grown.
rm -rf "$scratch/base.fihris"
mv "$scratch/whole.fihris" "$scratch/base.fihris"
series rebuild
finish
