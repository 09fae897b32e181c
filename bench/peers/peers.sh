#!/bin/sh
# The engines that are measured beside fihris; bench/peers/README.md tells how each is set.
#
#     peers.sh NAME ready              builds what it needs; fails, with the reason on standard
#                                      output, when something is not installed
#     peers.sh NAME index OUT          indexes $CORPUS under the path OUT, with $THREADS threads
#     peers.sh NAME search OUT QUERIES prints how long each query took (bench/peers/harness.h)
set -eu
. bench/common.sh
JARS=${JARS:-/usr/share/java}
lucene_jars=$(echo "$JARS"/lucene-core-[0-9]*.jar "$JARS"/lucene-analyzers-common-[0-9]*.jar |
    tr ' ' :)

# library_ready NAME PACKAGE PROGRAM
library_ready() {
    if ! pkg-config --exists "$1" 2>/dev/null; then
        echo "no $1 (Debian: $2)"
        return 1
    fi
    make_program "$BUILD/bench/$3" || {
        echo "bench/peers/$3 does not build"
        return 1
    }
}

lucene_ready() {
    if [ ! -f "${lucene_jars%%:*}" ] || ! command -v javac >/dev/null; then
        echo "no Lucene in '$JARS' or no javac (Debian: liblucene8-java openjdk-17-jdk-headless)"
        return 1
    fi
    mkdir -p "$WORK/lucene-classes"
    javac -nowarn -encoding UTF-8 -cp "$lucene_jars" -d "$WORK/lucene-classes" \
        bench/peers/lucene/*.java >&2
}
lucene() {
    exec java -Xmx4g -Dfile.encoding=UTF-8 -cp "$WORK/lucene-classes:$lucene_jars" "$@"
}
lucene_index() {
    lucene Indexer "$CORPUS" "$1" "$THREADS"
}
lucene_search() {
    lucene Searcher "$1" "$2"
}

xapian_ready() {
    library_ready xapian-core libxapian-dev xapian
}
xapian_index() {
    XAPIAN_FLUSH_THRESHOLD=50000 "$BUILD/bench/xapian" index "$CORPUS" "$1" "$THREADS"
    rm -rf "$1".[0-9]*
}
xapian_search() {
    exec "$BUILD/bench/xapian" search "$1" "$2"
}

sqlite_ready() {
    library_ready sqlite3 libsqlite3-dev sqlite
}
sqlite_index() {
    exec "$BUILD/bench/sqlite" index "$CORPUS" "$1"
}
sqlite_search() {
    exec "$BUILD/bench/sqlite" search "$1" "$2"
}

groonga_ready() {
    library_ready groonga libgroonga-dev groonga
}
groonga_index() {
    mkdir -p "$1"
    exec "$BUILD/bench/groonga" index "$CORPUS" "$1/db"
}
groonga_search() {
    exec "$BUILD/bench/groonga" search "$1/db" "$2"
}

fihris_ready() {
    make_program "$BUILD/bench/fihris"
}
fihris_search() {
    exec "$BUILD/bench/fihris" search "$1" "$2"
}

name=$1
action=$2
shift 2
"${name}_$action" "$@"
