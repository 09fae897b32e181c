#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

/* Help from the table of commands. */

void help_overview(struct output *output);
void help_command(struct output *output, const struct command *command);

#endif
