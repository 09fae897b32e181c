# What make install puts where, and that a program can be built with it.
bats_require_minimum_version 1.5.0
load common

setup_file() {
    export ROOT=$BATS_FILE_TMPDIR/root
    make -s install DESTDIR="$ROOT" PREFIX=/usr >/dev/null
    # As it would be used in place.
    export HOME_=$BATS_FILE_TMPDIR/home
    make -s install PREFIX="$HOME_" >/dev/null
}

@test "every file is in its place" {
    for file in bin/fihris lib/libfihris.a lib/libfihris.so include/fihris.h \
        lib/pkgconfig/fihris.pc share/man/man1/fihris.1 \
        share/bash-completion/completions/fihris share/zsh/site-functions/_fihris \
        share/fish/vendor_completions.d/fihris.fish; do
        [ -s "$ROOT/usr/$file" ] || { echo "missing: $file"; false; }
    done
    run -0 "$ROOT/usr/bin/fihris" --version
    run objdump -p "$ROOT/usr/lib/libfihris.so"
    [[ $output =~ SONAME\ +libfihris\.so\.[0-9]+ ]]
    soname=$(awk '$1 == "SONAME" { print $2 }' <<<"$output")
    [ -e "$ROOT/usr/lib/$soname" ]
}

@test "both libraries show what the header names and nothing else" {
    grep -oE '\bfihris_[a-z_]+\(' include/fihris.h | tr -d '(' | sort -u >"$BATS_TEST_TMPDIR/header"
    nm -D --defined-only "$ROOT/usr/lib/libfihris.so" | awk '$2 == "T" { print $3 }' | sort \
        >"$BATS_TEST_TMPDIR/shared"
    diff "$BATS_TEST_TMPDIR/header" "$BATS_TEST_TMPDIR/shared"
    nm -g --defined-only "$ROOT/usr/lib/libfihris.a" | awk 'NF == 3 { print $3 }' | sort \
        >"$BATS_TEST_TMPDIR/static"
    diff "$BATS_TEST_TMPDIR/header" "$BATS_TEST_TMPDIR/static"
}

# Compiles the program of README.md with pkg-config's flags.
build_example() {
    sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$BATS_TEST_TMPDIR/example.c"
    [ -s "$BATS_TEST_TMPDIR/example.c" ]
    export PKG_CONFIG_PATH=$HOME_/lib/pkgconfig
    # shellcheck disable=SC2046
    cc -std=c11 -Wall -Wextra -Werror "$BATS_TEST_TMPDIR/example.c" -o "$BATS_TEST_TMPDIR/example" \
        $(pkg-config "$@" --cflags --libs fihris)
}

@test "the program of README.md is built and answers, shared and static" {
    "$FIHRIS" index --quiet "$BATS_TEST_TMPDIR/seeds.fihris" fixtures/seeds
    build_example

    export LD_LIBRARY_PATH=$HOME_/lib
    run -0 "$BATS_TEST_TMPDIR/example" "$BATS_TEST_TMPDIR/seeds.fihris" الأنتربول
    [ "${#lines[@]}" -eq 2 ]
    rm "$HOME_"/lib/libfihris.so*
    build_example --static
    unset LD_LIBRARY_PATH
    run -0 "$BATS_TEST_TMPDIR/example" "$BATS_TEST_TMPDIR/seeds.fihris" الأنتربول
    [ "${#lines[@]}" -eq 2 ]
}

@test "the header is C and C++" {
    echo '#include <fihris.h>' | cc -std=c99 -pedantic -Wall -Werror -I"$HOME_/include" \
        -fsyntax-only -xc -
    if command -v c++ >/dev/null; then
        echo '#include <fihris.h>' | c++ -std=c++11 -pedantic -Wall -Werror -I"$HOME_/include" \
            -fsyntax-only -xc++ -
    fi
}

@test "uninstall leaves nothing" {
    make -s uninstall DESTDIR="$ROOT" PREFIX=/usr >/dev/null
    [ -z "$(find "$ROOT" -type f -o -type l)" ]
}
