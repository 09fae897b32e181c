# Shared by the robustness tests: where the command is, scratch space, test articles, TAP.
#
# FIHRIS        the command to test (build/release/fihris)
# FIHRIS_DATA   folder with data/news-dev.jsonl.zst for the long runs (../shared)
# ROBUST_LONG   1: everything; else a short slice on synthetic articles
# shellcheck shell=sh disable=SC2034 # variables are for the scripts that read this
: "${FIHRIS:=build/release/fihris}"
: "${FIHRIS_DATA:=../shared}"
: "${ROBUST_LONG:=}"
case $FIHRIS in /*) ;; *) FIHRIS=$PWD/$FIHRIS ;; esac
replicas=$(dirname "$FIHRIS")/replicas # bench/replicas, built beside it
robust=$PWD/tests/robust
seeds=$PWD/fixtures/seeds
queries=$robust/queries.txt
LC_ALL=C
export LC_ALL
# In memory when there is room: most of the time goes into waiting for the disk otherwise.
if [ -z "${TMPDIR:-}" ] && [ -z "$ROBUST_LONG" ] && [ -w /dev/shm ] &&
    [ "$(df -k --output=avail /dev/shm | tail -n 1)" -gt 1000000 ]; then
    TMPDIR=/dev/shm
fi
scratch=$(mktemp -d "${TMPDIR:-/tmp}/fihris-robust.XXXXXX") || exit 1
cleanups=
at_exit() {
    code=$?
    for cleanup in $cleanups; do "$cleanup"; done
    rm -rf "$scratch"
    exit "$code"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

tests=0
failures=0
pass() {
    tests=$((tests + 1))
    echo "ok $tests - $1"
}
fail() {
    tests=$((tests + 1))
    failures=$((failures + 1))
    echo "not ok $tests - $1"
    shift
    for line; do printf '%s\n' "$line" | sed 's/^/# /'; done
}
skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # skip $2"
}
# check NAME COMMAND...: passes when the command does.
check() {
    check_name=$1
    shift
    if "$@" >"$scratch/check.log" 2>&1; then
        pass "$check_name"
    else
        fail "$check_name" "exit $? of: $*" "$(head -c 4000 "$scratch/check.log")"
    fi
}
finish() {
    echo "1..$tests"
    [ "$failures" -eq 0 ]
    exit
}

# run OUT COMMAND...: stdout and stderr to OUT and OUT.err; the status is left in $status.
run() {
    run_out=$1
    shift
    status=0
    "$@" >"$run_out" 2>"$run_out.err" || status=$?
}

# news COUNT SEED [OFFSET]: JSON Lines of the seeds' sentences shuffled, so that the test queries find something
# (replicas have a language of their own); ids "SOURCE/nNNN.txt" with no date, so that the equal tree of .txt
# files can be made of them (news_tree).
news() {
    cat "$seeds"/*.txt | awk -v count="$1" -v seed="$2" -v first="${3:-0}" '
        function pick(n) { return int(rand() * n) + 1 }
        /[^ \t\r]/ {
            gsub(/[\\"\t\r]|\302\240/, " ")
            while (match($0, /[.:] /)) { lines[++n] = substr($0, 1, RSTART); $0 = substr($0, RSTART + 2) }
            lines[++n] = $0
            words = split($0, word, " ")
            for (i = 1; i <= words; i++) all[++m] = word[i]
        }
        END {
            srand(seed)
            for (i = 0; i < count; i++) {
                title = all[pick(m)]
                for (k = pick(6); k > 0; k--) title = title " " all[pick(m)]
                body = ""
                for (k = pick(12); k > 0; k--)
                    body = body lines[pick(n)] (k % 4 == 0 ? "\\n" : " ")
                source = "paper" (first + i) % 5
                printf "{\"id\":\"%s/n%06d.txt\",\"source\":\"%s\",\"title\":\"%s\",\"body\":\"%s رقم %d\"}\n",
                    source, first + i, source, title, body, first + i
            }
        }'
}

# news_tree FOLDER <JSONL: the same articles as a tree of .txt files.
news_tree() {
    jq -r '[.id, .source, .title, (.body | @base64)] | @tsv' | while IFS='	' read -r id source title body; do
        mkdir -p "$1/$source"
        { printf '%s\n\n' "$title" && printf '%s' "$body" | base64 -d; } >"$1/$id"
    done
}

# digests ARCHIVE: name and digest of every file that is part of it.
digests() {
    (cd "$1" && find . -type f ! -name writer.lock -print0 | sort -z | xargs -0 sha256sum)
}

# answers ARCHIVE: what it says to all test queries, one block a query, with the exit status.
answers() {
    while IFS= read -r answers_query; do
        printf '== %s\n' "$answers_query"
        "$FIHRIS" search --json --limit 20 "$1" "$answers_query"
        echo "exit $?"
    done <"$queries"
    for answers_name in الحموشي Piqueras الدنمارك 2022-08-10 الأنتربول; do
        printf '== entity %s\n' "$answers_name"
        "$FIHRIS" entity --json "$1" "$answers_name"
        echo "exit $?"
    done
}

# same_answers NAME A B: all test queries, the number of the snapshot aside.
same_answers() {
    answers "$2" >"$scratch/answers.a" 2>&1
    answers "$3" >"$scratch/answers.b" 2>&1
    if cmp -s "$scratch/answers.a" "$scratch/answers.b"; then
        pass "$1"
    else
        fail "$1" "$(diff "$scratch/answers.a" "$scratch/answers.b" | head -20)"
    fi
}

# real_news: the path of the large test input, unpacked into scratch; nothing when there is none.
real_news() {
    [ -f "$FIHRIS_DATA/data/news-dev.jsonl.zst" ] || return 1
    zstd -q -d -c "$FIHRIS_DATA/data/news-dev.jsonl.zst" >"$scratch/news-dev.jsonl"
    echo "$scratch/news-dev.jsonl"
}

# Random numbers that a seed repeats: random N leaves one of 0..N-1 in $number.
: "${ROBUST_SEED:=$(date +%s)}"
random_state=$ROBUST_SEED
random() {
    random_state=$(((random_state * 1103515245 + 12345) % 2147483648))
    number=$((random_state / 8 % $1))
}
milliseconds() {
    echo $(($(date +%s%N) / 1000000))
}
pause() { # MILLISECONDS
    sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"
}
