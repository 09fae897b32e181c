#!/bin/sh
# make check: everything a commit must pass, one stage after the other, going on after a failure.
# The last line counts the tests of all builds: N passed, N failed. A stage that fails without a
# test of its own (lint, tidy, a build) counts as one failure.
set -u
unset MAKEFLAGS MFLAGS
jobs=$(nproc 2>/dev/null || echo 2)
rm -rf build/check
mkdir -p build/check
RESULTS=$PWD/build/check/results
export RESULTS
: >"$RESULTS"

failures() {
    awk '{ n += $2 } END { print n + 0 }' "$RESULTS"
}

stage() {
    name=$1
    shift
    began=$(date +%s)
    echo "== $name"
    before=$(failures)
    if "$@"; then
        echo "   $(($(date +%s) - began)) s"
        return 0
    fi
    [ "$(failures)" -gt "$before" ] || echo "0 1" >>"$RESULTS"
    echo "!! $name failed"
    return 1
}

make_() {
    $MAKE_COMMAND --no-print-directory -s -j"$jobs" CC="$CC" "$@"
}

# Some kernels lay memory out in a way the thread sanitizer cannot use.
plain() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# shellcheck disable=SC2086 # a list of words
if stage "packages" sh .ci/deps $DEPS; then
    stage "lint" make_ lint
    stage "tidy" make_ -k tidy
    for san in "" address,undefined thread; do
        title=${san:-release}
        stage "build: $title" make_ SAN="$san" programs || continue
        stage "test: $title" plain $MAKE_COMMAND --no-print-directory -s CC="$CC" SAN="$san" -k test
    done
fi
awk '{ passed += $1; failed += $2 }
     END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$RESULTS" \
    >build/check/summary
code=$?
cat build/check/summary
exit "$code"
