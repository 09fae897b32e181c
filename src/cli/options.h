#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/output.h"

/* Options of a command, told by a table that help, parsing and completions share. A table lists
 * what one command takes and ends with a row whose name is NULL; every command takes --help and
 * --color besides. Options may stand before and after operands; `--` ends them. */

enum option_kind {
    OPTION_FLAG,   /* bool */
    OPTION_NUMBER, /* uint64_t */
    OPTION_SIZE,   /* uint64_t, bytes: 512, 64K, 512M, 2G (powers of 1024) */
    OPTION_TEXT,   /* const char * */
    OPTION_CHOICE, /* uint32_t, index of the word in `choices` */
};

struct option_row {
    const char *name;
    char letter; /* '\0': long name only */
    enum option_kind kind;
    const char *argument; /* how help names the value; NULL for a flag */
    size_t offset;        /* of the field in struct options */
    const char *help;
    const char *const *choices; /* ends with NULL; also of OPTION_TEXT: what to offer */
};

/* The values of every option of every command; each command reads its own. */
struct options {
    bool help;
    uint32_t color; /* enum output_colour */
    /* index */
    uint64_t threads;
    uint64_t memory;
    uint64_t shard_size;
    const char *source;
    const char *analyzer;
    const char *exceptions;
    bool no_entities;
    bool no_merge;
    bool timings;
    bool quiet;
    bool all;
    /* reading */
    uint64_t limit;
    uint64_t offset;
    uint64_t snippet;
    uint64_t snapshot;
    uint64_t collisions;
    uint32_t sort; /* enum fihris_order */
    uint32_t type; /* 0: any; index into options_types */
    bool json;
    bool ids;
    bool tsv;
    bool count;
    bool explain;
    bool entities;
    const char *archive;
};

extern const struct option_row options_common[];

void options_init(struct options *options);

/* Parses argv[1..], moving operands to the end. `*first` is the first operand's place. False: a
 * message is on standard error. `command` is for that message. Not from two threads: getopt. */
bool options_parse(struct options *options, const struct option_row *rows, const char *command,
                   int argc, char **argv, int *first);

#endif
