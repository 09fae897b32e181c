# shellcheck shell=sh
# Settings and helpers of the benchmarks: sourced from the root of the project by run.sh and
# scaling.sh.
FIHRIS=${FIHRIS:-$PWD/build/release/fihris}
BUILD=$(dirname "$FIHRIS") # where `make` puts the programs, by the name that it knows
BUILD=${BUILD#"$PWD"/}
RUNS=${RUNS:-3}
THREADS=${THREADS:-2}
WORK=${WORK:-build/bench}
DATA=${FIHRIS_DATA:-../shared}
mkdir -p "$WORK"

say() {
    echo "bench: $*" >&2
}

# Builds programs of the benchmarks with the project's flags.
make_program() {
    ${MAKE_COMMAND:-make} --no-print-directory -s "$@" >&2
}

# replicas COUNT FILE: that many made articles as JSON Lines, always the same ones.
replicas() {
    [ -s "$2" ] && return
    make_program "$BUILD/replicas"
    "$BUILD/replicas" "$1" >"$2.new"
    mv "$2.new" "$2"
}

# Sets CORPUS: as given, or real news, or replicas (ARTICLES of them when that is given).
choose_corpus() {
    if [ -n "${CORPUS:-}" ]; then
        return
    elif [ -z "${ARTICLES:-}" ] && [ -f "$DATA/data/news-dev.jsonl.zst" ]; then
        CORPUS=$WORK/news-dev.jsonl
        [ -s "$CORPUS" ] || zstd -q -d -c "$DATA/data/news-dev.jsonl.zst" >"$CORPUS"
    else
        [ -n "${ARTICLES:-}" ] || say "no news-dev under '$DATA': replicas instead"
        CORPUS=$WORK/replicas-${ARTICLES:-40000}.jsonl
        replicas "${ARTICLES:-40000}" "$CORPUS"
    fi
}

# Bytes on disk, and of the file itself. (Some engines leave holes in large files.)
disk_bytes() {
    du -s -B1 "$1" | cut -f 1
}
file_bytes() {
    wc -c <"$1" | tr -d ' '
}

# Reads a file, so that whoever is timed next finds it in memory, whatever ran before. (What
# fihris has read of a large one it lets go.)
warm() {
    cat "$1" >/dev/null
}

# measure FILE NAME COMMAND...: runs it, adds a line to FILE (bench/measure.c).
measure() {
    "$BUILD/bench/measure" "$@"
}

# What the machine is, for the reader of a table.
machine() {
    printf '%s processors, load %s' "$(nproc)" "$(cut -d ' ' -f 1 /proc/loadavg 2>/dev/null || echo '?')"
}
