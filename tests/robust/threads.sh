#!/bin/sh
# Many small shards on several threads: building, building again what repeats, adding, merging. Run
# with FIHRIS=build/thread/fihris, where a data race ends the command with an exit status of its
# own; with any command, four threads must make what one makes.
. tests/robust/common.sh

TSAN_OPTIONS=${TSAN_OPTIONS:-}:exitcode=66:halt_on_error=1
ASAN_OPTIONS=${ASAN_OPTIONS:-}:exitcode=99
UBSAN_OPTIONS=${UBSAN_OPTIONS:-}:exitcode=99
export TSAN_OPTIONS ASAN_OPTIONS UBSAN_OPTIONS
news 800 1 >"$scratch/a.jsonl"
{ news 300 2 700 && head -n 50 "$scratch/a.jsonl"; } >"$scratch/b.jsonl"
{ echo broken && head -n 20 "$scratch/b.jsonl"; } >"$scratch/c.jsonl"

step() { # EXIT THREADS COMMAND ARGUMENT...
    wanted=$1 threads=$2 command=$3
    shift 3
    run "$scratch/log" "$FIHRIS" "$command" --quiet --threads "$threads" "$@"
    if [ "$status" -ne "$wanted" ]; then
        fail "$threads threads: $command" "exit $status" "$(head -c 6000 "$scratch/log.err")"
    fi
}
for threads in 1 4; do
    archive=$scratch/$threads.fihris
    step 0 "$threads" index --shard-size 20K "$archive" "$scratch/a.jsonl"
    step 0 "$threads" index --shard-size 15K --no-merge "$archive" "$scratch/b.jsonl" "$seeds"
    step 1 "$threads" index --shard-size 10K --no-merge "$archive" "$scratch/c.jsonl" "$scratch/a.jsonl"
    digests "$archive" >"$scratch/digests.$threads"
    step 0 "$threads" merge "$archive"
    digests "$archive" >>"$scratch/digests.$threads"
    check "$threads threads: search" "$FIHRIS" search "$archive" 'المغرب'
    check "$threads threads: verify" "$FIHRIS" verify "$archive"
done
check "four threads make what one makes" diff "$scratch/digests.1" "$scratch/digests.4"
finish
