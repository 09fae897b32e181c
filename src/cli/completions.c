#include <string.h>

#include "cli/command.h"

/* Completion scripts from the table of commands. The first operand is an archive (a folder) in
 * nearly all commands; files are offered wherever an operand stands. */

typedef void (*visit_row)(struct output *output, const struct command *command,
                          const struct option_row *row);

static void each_row(struct output *output, const struct command *command, visit_row visit)
{
    for (const struct option_row *row = command->rows; row != NULL && row->name != NULL; row++) {
        visit(output, command, row);
    }
    for (const struct option_row *row = options_common; row->name != NULL; row++) {
        visit(output, command, row);
    }
}

static void print_choices(struct output *output, const char *const *choices)
{
    for (size_t i = 0; choices[i] != NULL; i++) {
        output_format(output, "%s%s", i == 0 ? "" : " ", choices[i]);
    }
}

static void print_commands(struct output *output)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "%s%s", command == commands ? "" : " ", command->name);
    }
}

static void bash_option(struct output *output, const struct command *command,
                        const struct option_row *row)
{
    (void)command;
    output_format(output, " --%s%s", row->name, row->kind == OPTION_FLAG ? "" : "=");
}

static void bash_choices(struct output *output, const struct command *command,
                         const struct option_row *row)
{
    if (row->choices != NULL) {
        output_format(output, "        %s,--%s) words='", command->name, row->name);
        print_choices(output, row->choices);
        output_text(output, "' ;;\n");
    }
}

static void print_bash(struct output *output)
{
    output_text(output,
                "# bash completion of fihris; made by 'fihris completions bash'\n"
                "_fihris()\n{\n"
                "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                "    local command=${COMP_WORDS[1]} words=\n"
                "    COMPREPLY=()\n"
                "    if ((COMP_CWORD == 1)); then\n"
                "        COMPREPLY=($(compgen -W '");
    print_commands(output);
    output_text(output, " --help --version' -- \"$word\"))\n        return\n    fi\n"
                        "    if [[ $word == = ]]; then word=; "
                        "elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
                        "    [[ $word == -* ]] || case $command,$before in\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        each_row(output, command, bash_choices);
    }
    output_text(output, "        help,*) words='");
    print_commands(output);
    output_text(output, "' ;;\n        completions,*) words='bash zsh fish' ;;\n    esac\n"
                        "    if [[ -z $words && $word == -* ]]; then\n"
                        "        case $command in\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "            %s) words='", command->name);
        each_row(output, command, bash_option);
        output_text(output, "' ;;\n");
    }
    output_text(output, "        esac\n    fi\n"
                        "    if [[ -n $words ]]; then\n"
                        "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                        "        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
                        "    else\n"
                        "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                        "        compopt -o filenames\n"
                        "    fi\n}\n"
                        "complete -F _fihris fihris\n");
}

/* Text inside a single-quoted word of zsh's _arguments or of fish. */
static void print_quoted(struct output *output, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            output_text(output, "'\\''");
        } else {
            output_format(output, "%s%c", strchr(escaped, *text) != NULL ? "\\" : "", *text);
        }
    }
}

static void zsh_option(struct output *output, const struct command *command,
                       const struct option_row *row)
{
    (void)command;
    output_format(output, "                '--%s%s[", row->name,
                  row->kind == OPTION_FLAG ? "" : "=");
    print_quoted(output, row->help, "[]:\\");
    output_text(output, "]");
    if (row->choices != NULL) {
        output_format(output, ":%s:(", row->name);
        print_choices(output, row->choices);
        output_text(output, ")");
    } else if (row->kind != OPTION_FLAG) {
        output_format(output, ":%s:%s", row->name,
                      strcmp(row->name, "archive") == 0 ? "_files -/" : "");
    }
    output_text(output, "' \\\n");
}

static void print_zsh(struct output *output)
{
    output_text(output, "#compdef fihris\n# made by 'fihris completions zsh'\n"
                        "_fihris()\n{\n    local -a list\n    if ((CURRENT == 2)); then\n"
                        "        list=(\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "            '%s:", command->name);
        print_quoted(output, command->summary, ":\\");
        output_text(output, "'\n");
    }
    output_text(output, "        )\n        _describe command list\n        return\n    fi\n"
                        "    local command=$words[2]\n    shift words\n    ((CURRENT--))\n"
                        "    case $command in\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "        %s)\n            _arguments \\\n", command->name);
        each_row(output, command, zsh_option);
        if (command->run == command_help) {
            output_text(output, "                '1:command:(");
            print_commands(output);
            output_text(output, ")'\n");
        } else if (command->run == command_completions) {
            output_text(output, "                '1:shell:(bash zsh fish)'\n");
        } else {
            output_text(output, "                '*:file:_files'\n");
        }
        output_text(output, "            ;;\n");
    }
    output_text(output, "    esac\n}\n_fihris \"$@\"\n");
}

static void fish_option(struct output *output, const struct command *command,
                        const struct option_row *row)
{
    output_format(output, "complete -c fihris -n '__fish_seen_subcommand_from %s' -l %s",
                  command->name, row->name);
    if (row->letter != '\0') {
        output_format(output, " -s %c", row->letter);
    }
    if (row->choices != NULL) {
        output_text(output, " -x -a '");
        print_choices(output, row->choices);
        output_text(output, "'");
    } else if (row->kind != OPTION_FLAG) {
        output_text(output, " -r");
    }
    output_text(output, " -d '");
    print_quoted(output, row->help, "\\");
    output_text(output, "'\n");
}

static void print_fish(struct output *output)
{
    output_text(output, "# fish completion of fihris; made by 'fihris completions fish'\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "complete -c fihris -n __fish_use_subcommand -f -a %s -d '",
                      command->name);
        print_quoted(output, command->summary, "\\");
        output_text(output, "'\n");
        each_row(output, command, fish_option);
    }
    output_text(output, "complete -c fihris -n '__fish_seen_subcommand_from help' -f -a '");
    print_commands(output);
    output_text(output, "'\ncomplete -c fihris -n '__fish_seen_subcommand_from completions' -f "
                        "-a 'bash zsh fish'\n");
}

int command_completions(struct invocation *invocation)
{
    static const struct {
        const char *shell;
        void (*print)(struct output *output);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(invocation->operands[0], shells[i].shell) == 0) {
            shells[i].print(&invocation->output);
            return EXIT_DONE;
        }
    }
    report("no completions for '%s': bash, zsh or fish", invocation->operands[0]);
    return EXIT_MISUSE;
}
