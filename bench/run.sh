#!/bin/sh
# Times the build of an archive beside what else could be done with the same bytes, in one run.
#
#   make bench                      news-dev under FIHRIS_DATA when it is there, else 40,000 replicas
#   CORPUS=articles.jsonl make bench
#   RUNS=5 THREADS=4 PEERS="zstd lucene" make bench
#
# Every round runs every command once, so that a slow moment of the machine hits all of them. Shown are medians
# of wall time with minimum and maximum, CPU seconds, peak memory, and throughput in bytes of the corpus.
# Lucene (Debian: liblucene8-java and a JDK) runs when it is installed; see bench/peers/README.md.
set -eu
cd "$(dirname "$0")/.."
FIHRIS=${FIHRIS:-build/release/fihris}
RUNS=${RUNS:-3}
THREADS=${THREADS:-2}
PEERS=${PEERS:-cat zstd lucene}
WORK=${WORK:-build/bench}
DATA=${FIHRIS_DATA:-../shared}
JARS=${JARS:-/usr/share/java}
mkdir -p "$WORK"
${CC:-cc} -O2 -std=c11 -o "$WORK/measure" bench/measure.c

if [ -z "${CORPUS:-}" ]; then
    if [ -f "$DATA/data/news-dev.jsonl.zst" ]; then
        CORPUS=$WORK/news-dev.jsonl
        [ -f "$CORPUS" ] || zstd -q -d -c "$DATA/data/news-dev.jsonl.zst" >"$CORPUS"
    else
        echo "bench: no news-dev under '$DATA': replicas instead" >&2
        CORPUS=$WORK/replicas.jsonl
        [ -f "$CORPUS" ] || build/release/replicas 40000 >"$CORPUS"
    fi
fi
BYTES=$(wc -c <"$CORPUS")
TIMES=$WORK/times.tsv
: >"$TIMES"

lucene=
jars=$(echo "$JARS"/lucene-core-[0-9]*.jar "$JARS"/lucene-analyzers-common-[0-9]*.jar | tr ' ' :)
case " $PEERS " in *" lucene "*)
    if [ -f "${jars%%:*}" ] && command -v javac >/dev/null; then
        mkdir -p "$WORK/lucene"
        javac -nowarn -encoding UTF-8 -cp "$jars" -d "$WORK/lucene" bench/peers/lucene/*.java
        lucene=1
    else
        echo "bench: Lucene is not installed (liblucene8-java, a JDK): left out" >&2
    fi ;;
esac

measure() { "$WORK/measure" "$TIMES" "$@"; }
index() { # NAME OPTION...
    name=$1; shift
    rm -rf "$WORK/$name.fihris"
    measure "$name" "$FIHRIS" index --quiet --threads "$THREADS" "$@" "$WORK/$name.fihris" "$CORPUS"
}

cat "$CORPUS" >/dev/null # into the page cache
round=0
while [ "$round" -lt "$RUNS" ]; do
    round=$((round + 1))
    case " $PEERS " in *" cat "*) measure cat cat "$CORPUS" >/dev/null ;; esac
    case " $PEERS " in *" zstd "*) measure zstd-3 zstd -q -3 -T"$THREADS" -c "$CORPUS" >"$WORK/corpus.zst" ;; esac
    index fihris
    index fihris-no-entities --no-entities
    if [ -n "$lucene" ]; then
        rm -rf "$WORK/lucene.index"
        measure lucene java -Xmx4g -Dfile.encoding=UTF-8 -cp "$WORK/lucene:$jars" Indexer "$CORPUS" \
            "$WORK/lucene.index" "$THREADS" default arabic 256 1 >/dev/null
    fi
    measure query-one-term "$FIHRIS" search --ids --limit 10 "$WORK/fihris.fihris" 'المغرب' >/dev/null
done

size() { du -sb "$1" 2>/dev/null | cut -f1; }
awk -v bytes="$BYTES" -v runs="$RUNS" -v threads="$THREADS" -v corpus="$(basename "$CORPUS")" \
    -v s_fihris="$(size "$WORK/fihris.fihris")" -v s_bare="$(size "$WORK/fihris-no-entities.fihris")" \
    -v s_lucene="$(size "$WORK/lucene.index")" -v s_zstd="$(size "$WORK/corpus.zst")" -F '\t' '
function median(name, column,    n, i, j, t, v) {
    n = count[name]
    for (i = 1; i <= n; i++) v[i] = value[name, column, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && v[j] < v[j - 1]; j--) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
    least = v[1]; most = v[n]
    return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}
{
    if (!($1 in count)) order[++names] = $1
    n = ++count[$1]
    for (i = 2; i <= 4; i++) value[$1, i, n] = $i
}
END {
    s["fihris"] = s_fihris; s["fihris-no-entities"] = s_bare; s["lucene"] = s_lucene; s["zstd-3"] = s_zstd
    printf "%s, %.1f MB, %d threads, median of %d interleaved runs\n\n", corpus, bytes / 1e6, threads, runs
    printf "%-20s %9s %17s %8s %9s %9s %9s\n", "", "wall s", "(min to max)", "CPU s", "MB/s", "peak MiB", "size %"
    for (k = 1; k <= names; k++) {
        name = order[k]; cpu = median(name, 3); memory = median(name, 4); wall = median(name, 2)
        rate = name ~ /^query/ ? "" : sprintf("%.1f", bytes / 1e6 / wall)
        share = s[name] ? sprintf("%.1f", 100 * s[name] / bytes) : ""
        printf "%-20s %9.3f %8.3f %8.3f %8.2f %9s %9.0f %9s\n", name, wall, least, most, cpu, rate, memory / 1024, share
        w[name] = wall
    }
    print ""
    if (w["zstd-3"]) printf "fihris takes %.1f times as long as zstd -3 -T%d", w["fihris"] / w["zstd-3"], threads
    if (w["lucene"]) printf "; it is %.1f times as fast as Lucene", w["lucene"] / w["fihris"]
    print ""
}' "$TIMES"

# The text layer alone, one thread: tokens, interning beside a plain loop over the same bytes, the work on a word.
${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Isrc -o "$WORK/bench_text" bench/bench_text.c build/release/libfihris.a \
    -lutf8proc -lxxhash
"$WORK/bench_text" "$CORPUS"
