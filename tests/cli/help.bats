# Help, completions and the manual tell what the table of commands says.
bats_require_minimum_version 1.5.0
load common

commands() {
    "$FIHRIS" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

# "command --option" for each option.
options() {
    local command
    for command in $(commands); do
        "$FIHRIS" help "$command" | grep -oE '^ {2}(-[a-z],|   ) --[a-z-]+' |
            sed "s/.*--/$command --/"
    done
}

@test "there are commands and options to test" {
    [ "$(commands | wc -l)" -ge 12 ]
    [ "$(options | wc -l)" -ge 40 ]
}

@test "help goes to standard output and is done" {
    run --separate-stderr "$FIHRIS" help
    [ "$status" -eq 0 ] && [ -n "$output" ] && [ -z "$stderr" ]
    run --separate-stderr "$FIHRIS" --help
    [ "$status" -eq 0 ] && [ -n "$output" ] && [ -z "$stderr" ]
    for command in $(commands); do
        run --separate-stderr "$FIHRIS" "$command" --help
        [ "$status" -eq 0 ] && [ -z "$stderr" ]
        [[ $output == "Usage: fihris $command"* ]]
        [ "$output" = "$("$FIHRIS" help "$command")" ]
    done
}

@test "lines of help are short" {
    for command in $(commands); do
        run awk 'length($0) > 110' <("$FIHRIS" help "$command")
        [ -z "$output" ]
    done
}

@test "the version is the library's" {
    run -0 "$FIHRIS" --version
    [[ $output =~ ^fihris\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
    grep -qF "\"$output\"" docs/man/fihris.1
}

@test "the manual has every command and every option" {
    for command in $(commands); do
        grep -qE "^\.(SS|B|BR) \"?fihris.*$command" docs/man/fihris.1 || {
            echo "not in the manual: $command"
            false
        }
    done
    options | while read -r command option; do
        section=$(sed -n "/^\.SS fihris $command /,/^\.S[SH] [^f]/p" docs/man/fihris.1)
        common=$(sed -n '/^\.SH DESC/,/^\.SS/p' docs/man/fihris.1)
        printf '%s\n%s' "$section" "$common" | sed 's/\\-/-/g' | grep -qE -- "$option([= ]|$)" || {
            echo "not in the manual: $command $option"
            false
        }
    done
}

@test "the manual is clean" {
    if command -v mandoc >/dev/null; then
        run -0 mandoc -Tlint -W warning docs/man/fihris.1
    elif command -v groff >/dev/null; then
        run -0 groff -man -Tutf8 -K utf8 -ww -z docs/man/fihris.1
        [ -z "$output" ]
    else
        skip "neither mandoc nor groff is installed"
    fi
}

@test "bash completion offers every command and option" {
    "$FIHRIS" completions bash >"$BATS_TEST_TMPDIR/bash"
    bash -n "$BATS_TEST_TMPDIR/bash"
    complete_words() {
        bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
            compopt() { :; }; _fihris; printf "%s\n" "${COMPREPLY[@]}"' bash \
            "$BATS_TEST_TMPDIR/bash" "$@"
    }
    for command in $(commands); do
        complete_words fihris "" | grep -qx -- "$command"
    done
    options | while read -r command option; do
        complete_words fihris "$command" -- | grep -qxE -- "$option=?" || {
            echo "not offered: $command $option"
            false
        }
    done
    [ "$(complete_words fihris search --sort = rel)" = relevance ]
}

@test "zsh and fish completions hold every command and option, and parse" {
    for shell in zsh fish; do
        "$FIHRIS" completions $shell >"$BATS_TEST_TMPDIR/$shell"
        for command in $(commands); do
            grep -q "$command" "$BATS_TEST_TMPDIR/$shell"
        done
        if command -v $shell >/dev/null; then
            $shell -n "$BATS_TEST_TMPDIR/$shell"
        fi
    done
    options | while read -r command option; do
        grep -qE -- "seen_subcommand_from $command' -l ${option#--}( |$)" "$BATS_TEST_TMPDIR/fish"
        sed -n "/^        $command)/,/;;/p" "$BATS_TEST_TMPDIR/zsh" | grep -qE -- "'$option[=[]"
    done
    run -2 "$FIHRIS" completions csh
}
