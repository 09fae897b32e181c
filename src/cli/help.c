#include "cli/help.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_COLUMN = 22 };

void help_overview(struct output *output)
{
    output_text(output, "fihris indexes large archives of Arabic news and answers questions.\n\n"
                        "Usage: fihris COMMAND [OPTION]... ARCHIVE ...\n\n"
                        "Commands:\n");
    for (const struct command *command = commands; command->name != NULL; command++) {
        output_format(output, "  %-12s %s\n", command->name, command->summary);
    }
    output_text(output, "\n'fihris help COMMAND' explains one; 'man fihris' explains all.\n"
                        "Exit status: 0 done, 1 nothing found or a check failed, 2 misuse, "
                        "3 failure.\n");
}

static void print_rows(struct output *output, const struct option_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%c%c%c --%s%s%s", rows->letter == '\0' ? ' ' : '-',
                       rows->letter == '\0' ? ' ' : rows->letter, rows->letter == '\0' ? ' ' : ',',
                       rows->name, rows->argument == NULL ? "" : "=",
                       rows->argument == NULL ? "" : rows->argument);
        output_format(output, "  %-*s %s\n", OPTION_COLUMN, left, rows->help);
    }
}

void help_command(struct output *output, const struct command *command)
{
    output_format(output, "Usage: fihris %s %s%s\n\n%c%s.\n", command->name,
                  command->rows == NULL ? "" : "[OPTION]... ", command->operands,
                  command->summary[0] - 'a' + 'A', command->summary + 1);
    if (command->details[0] != '\0') {
        output_format(output, "\n%s", command->details);
    }
    output_text(output, "\nOptions:\n");
    print_rows(output, command->rows);
    print_rows(output, options_common);
}

int command_help(struct invocation *invocation)
{
    if (invocation->operand_count == 0) {
        help_overview(&invocation->output);
        return EXIT_DONE;
    }
    const struct command *command = command_find(invocation->operands[0]);
    if (command == NULL) {
        report("no command '%s'; 'fihris help' lists them", invocation->operands[0]);
        return EXIT_MISUSE;
    }
    help_command(&invocation->output, command);
    return EXIT_DONE;
}
