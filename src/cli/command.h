#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

#include "cli/options.h"
#include "cli/output.h"
#include "cli/report.h"
#include "fihris.h"

/* The table of commands: the one place that help, parsing and completions read. */

struct invocation {
    const struct command *command;
    struct options options;
    struct output output;
    const char *const *operands;
    size_t operand_count;
};

/* Returns an exit code. Failures of standard output are seen to by the caller. */
typedef int (*command_run)(struct invocation *invocation);

struct command {
    const char *name;
    const char *summary;  /* one line of the list of commands */
    const char *operands; /* as help shows them */
    size_t operands_min;
    size_t operands_max;
    const struct option_row *rows;
    const char *details; /* paragraphs for help */
    command_run run;
};

extern const struct command commands[]; /* ends with a row without name */

const struct command *command_find(const char *name); /* NULL: none */

/* Joins operands first.. with single spaces into memory the caller frees with free(); NULL: no
 * memory, reported. (The library's allocator is not the command's to call.) */
char *command_join(const struct invocation *invocation, size_t first);

/* Opens an archive at the snapshot asked for; an exit code, reported when it is not EXIT_DONE. */
int command_open(const struct invocation *invocation, const char *folder, struct fihris **archive);

int command_index(struct invocation *invocation);
int command_rebuild(struct invocation *invocation);
int command_search(struct invocation *invocation);
int command_entity(struct invocation *invocation);
int command_show(struct invocation *invocation);
int command_analyze(struct invocation *invocation);
int command_lexicon(struct invocation *invocation);
int command_stats(struct invocation *invocation);
int command_ledger(struct invocation *invocation);
int command_verify(struct invocation *invocation);
int command_merge(struct invocation *invocation);
int command_snapshots(struct invocation *invocation);
int command_help(struct invocation *invocation);
int command_completions(struct invocation *invocation);

#endif
