# Shared by the command tests. FIHRIS is the command to test, SEEDS an archive of fixtures/seeds
# that is built once a file (call seeds_build in setup_file).
: "${FIHRIS:=build/release/fihris}"

seeds_build() {
    export SEEDS=$BATS_FILE_TMPDIR/seeds.fihris
    "$FIHRIS" index --quiet --threads 2 "$SEEDS" fixtures/seeds
}

# The first digits of the ids found, sorted: "000 003".
found() {
    "$FIHRIS" search --ids --limit 0 "$SEEDS" "$1" | cut -c 1-3 | sort | xargs
}

# Runs a command on a terminal of its own and prints what it wrote, line ends mended.
on_terminal() {
    script -qec "$1" /dev/null </dev/null | tr -d '\r'
}
