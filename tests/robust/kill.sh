#!/bin/sh
# kill.sh [KILLS [INPUT]]: a run that is killed (SIGKILL) at random moments, while shards are built,
# segments merged and the snapshot published, and started again each time, ends with the bytes of an
# undisturbed run, whether it makes an archive, extends or rebuilds one; whoever searches meanwhile
# gets the answers of the snapshot before, and after the commit those of the new one.
# ROBUST_SEED repeats a series of moments; ROBUST_LONG=1: 30 kills of the large news file.
: "${TMPDIR:=/tmp}" # a disk, where writing takes time enough to be interrupted
. tests/robust/common.sh

kills=${1:-$([ -n "$ROBUST_LONG" ] && echo 30 || echo 6)}
input=${2:-}
shard=0
if [ -z "$input" ] && [ -n "$ROBUST_LONG" ]; then
    input=$(real_news) || { skip "killed runs of the news" "no large news file"; finish; }
fi
if [ -z "$input" ]; then
    input=$scratch/input.jsonl
    news 4000 2 >"$input"
    shard=300K
fi
echo "# seed $ROBUST_SEED, $kills kills"

# The run that is killed, in the background: its process id is left in $pid.
start_big() { # ARCHIVE
    set -- --quiet --threads 2 --shard-size "$shard" "$1"
    if [ "$mode" = rebuilding ]; then
        "$FIHRIS" rebuild "$@" 2>"$scratch/index.err" &
    else
        "$FIHRIS" index "$@" "$input" 2>"$scratch/index.err" &
    fi
    pid=$!
}
run_big() {
    start_big "$1"
    wait "$pid"
}

ask() { # ARCHIVE: the answers that the searching loop compares
    for ask_query in المغرب '"مذكرة تفاهم"' 'الأنتربول OR وزير' 'title:الأمن' '="للأنتربول"'; do
        "$FIHRIS" search --json --limit 5 "$1" "$ask_query" || [ $? -eq 1 ] || return 3
    done
}

# Asks until $scratch/stop is there; writes one line for each wrong answer.
search_loop() {
    asked=0
    while [ ! -e "$scratch/stop" ]; do
        if ! ask "$1" >"$scratch/answer" 2>"$scratch/answer.err"; then
            # Before the first snapshot there is nothing to search, and that is said.
            [ "$mode" = making ] && grep -q 'no snapshot yet\|no such folder\|no CURRENT file' "$scratch/answer.err" ||
                echo "failed: $(cat "$scratch/answer.err")"
        elif ! cmp -s "$scratch/answer" "$scratch/answer.before" &&
            ! cmp -s "$scratch/answer" "$scratch/answer.after"; then
            # The commit may lie between two of its queries.
            ask "$1" 2>&1 | cmp -s - "$scratch/answer.after" ||
                { echo "neither the answers before nor after:"; cat "$scratch/answer"; }
        fi
        asked=$((asked + 1))
    done
    echo "$asked" >"$scratch/asked"
}

segments_in() {
    find "$1/segments" -name '*.mdb' 2>/dev/null | wc -l
}

# Waits for the moment of the next kill: anywhere, or in the merge, or in the publication.
wait_for_moment() {
    pid=$1
    kind=$((attempts % 4)) # 0 and 3: anywhere, 1: while merging, 2: while publishing
    random "$((duration + 20))"
    case $kind in
    0 | 3) pause "$number" ;;
    *)
        while kill -0 "$pid" 2>/dev/null; do
            if [ "$kind" -eq 1 ]; then
                set -- "$archive"/building/*/merge-*.mdb
                [ -e "$1" ] && { pause $((number / 16)); return; }
            else
                [ "$(segments_in "$archive")" -gt "$segments" ] && { pause $((number % 8)); return; }
            fi
            sleep 0.002
        done
        ;;
    esac
}

# What is going on: left in $moment.
note_moment() {
    if [ "$(segments_in "$archive")" -gt "$segments" ]; then
        moment=publishing
    else
        set -- "$archive"/building/*/merge-*.mdb
        if [ -e "$1" ]; then moment=merging; else moment=building; fi
    fi
}

begin_round() {
    archive=$scratch/round.fihris
    rm -rf "$archive" "$scratch/stop"
    [ "$mode" = making ] || cp -r "$scratch/base.fihris" "$archive"
    search_loop "$archive" >"$scratch/wrong" 2>&1 &
    searcher=$!
}

end_round() {
    : >"$scratch/stop"
    wait "$searcher"
    searches=$((searches + $(cat "$scratch/asked")))
    cat "$scratch/wrong" >>"$scratch/wrong.all"
    digests "$archive" >"$scratch/digests"
    rounds=$((rounds + 1))
    cmp -s "$scratch/digests" "$scratch/digests.whole" ||
        { different=$((different + 1)); diff "$scratch/digests.whole" "$scratch/digests" >>"$scratch/diff"; }
}

# Lets the run end, and looks at the result.
run_to_end() {
    code=0
    run_big "$archive" || code=$?
    [ "$code" -eq 0 ] || { strange=$((strange + 1)); cat "$scratch/index.err" >>"$scratch/diff"; }
    end_round
    [ "$code" -eq 0 ]
}

# series MODE: kills runs that make an archive, extend one, or rebuild one that has grown.
series() {
    mode=$1
    rm -rf "$scratch"/*.fihris
    : >"$scratch/answer.before"
    if [ "$mode" != making ]; then
        "$FIHRIS" index --quiet "$scratch/base.fihris" "$scratch/first.jsonl" ||
            fail "first index" "exit $?"
    fi
    if [ "$mode" = rebuilding ]; then
        "$FIHRIS" index --quiet "$scratch/base.fihris" "$input" || fail "second index" "exit $?"
    fi
    if [ "$mode" != making ]; then
        cp -r "$scratch/base.fihris" "$scratch/whole.fihris"
        ask "$scratch/base.fihris" >"$scratch/answer.before"
    fi
    from=$(milliseconds)
    run_big "$scratch/whole.fihris" || fail "undisturbed run" "exit $?" "$(cat "$scratch/index.err")"
    duration=$(($(milliseconds) - from))
    digests "$scratch/whole.fihris" >"$scratch/digests.whole"
    ask "$scratch/whole.fihris" >"$scratch/answer.after"
    segments=$(segments_in "$scratch/base.fihris")
    for name in wrong.all diff moments; do : >"$scratch/$name"; done

    done_kills=0 attempts=0 rounds=0 different=0 searches=0 strange=0
    begin_round
    # A run that ends before its kill is no kill; the moments are tried in turn.
    while [ "$done_kills" -lt "$kills" ] && [ "$attempts" -lt $((kills * 10)) ]; do
        attempts=$((attempts + 1))
        start_big "$archive"
        wait_for_moment "$pid"
        note_moment
        kill -KILL "$pid" 2>/dev/null
        code=0
        wait "$pid" 2>/dev/null || code=$?
        case $code in
        0)
            end_round
            begin_round
            ;;
        137)
            done_kills=$((done_kills + 1))
            echo "$moment" >>"$scratch/moments"
            if [ "$moment" = publishing ] && [ "$done_kills" -lt "$kills" ] && run_to_end; then
                begin_round # with all to do again
            fi
            ;;
        *)
            strange=$((strange + 1))
            cat "$scratch/index.err" >>"$scratch/diff"
            break
            ;;
        esac
    done
    run_to_end || :
    kind="$mode an archive"
    echo "# $kind: $done_kills kills in $rounds rounds: $(sort "$scratch/moments" | uniq -c | xargs); searches: $searches"
    [ "$done_kills" -eq "$kills" ] || strange=$((strange + 1))
    name="$kind, killed and started again: the bytes of an undisturbed run"
    if [ "$different" -eq 0 ] && [ "$strange" -eq 0 ]; then
        pass "$name"
    else
        fail "$name" "$(head -c 3000 "$scratch/diff")"
    fi
    name="$kind: searches meanwhile answer as before, or as after"
    if [ ! -s "$scratch/wrong.all" ]; then
        pass "$name"
    else
        fail "$name" "$(head -c 3000 "$scratch/wrong.all")"
    fi
    check "$kind: verify finds nothing" "$FIHRIS" verify "$archive"
}

news 300 3 500000 >"$scratch/first.jsonl"
series extending
series making
series rebuilding
finish
