#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Standard output: results and nothing else. Buffered writes fail late or in silence; here the
 * first failure is kept, all later writes are dropped, and output_finish() tells. Knows whether
 * people read it: colours and direction isolates are for terminals, never for pipes (a pager that
 * is asked for colours with --color=always gets colours and no isolates). One thread at a time. */

enum output_colour { OUTPUT_COLOUR_AUTO, OUTPUT_COLOUR_ALWAYS, OUTPUT_COLOUR_NEVER };

struct output {
    FILE *file;
    int reason;    /* errno of the first failed write, 0: none */
    bool terminal; /* people read it: isolates, no raw control characters */
    bool colours;
};

void output_init(struct output *output, FILE *file, enum output_colour colour);
/* Flushes. False: something could not be written; a message is on standard error unless the
 * reader just went away. */
bool output_finish(struct output *output);
bool output_failed(const struct output *output);
/* Before something goes to standard error that belongs after what was written. */
void output_flush(struct output *output);

void output_bytes(struct output *output, const char *bytes, size_t size);
void output_text(struct output *output, const char *text);
void output_format(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text from outside for people: line breaks, tabs and control characters become spaces, so that an
 * article can neither break the layout nor drive the terminal. On a terminal explicit direction
 * controls are dropped too. Always logical order. */
void output_field(struct output *output, const char *text, size_t size);
/* The same, set apart from its neighbours' direction on a terminal (FSI ... PDI). */
void output_isolated(struct output *output, const char *text, size_t size);
/* Text of several lines: as it is into a pipe; on a terminal without control characters. */
void output_body(struct output *output, const char *text, size_t size);

enum output_style { OUTPUT_PLAIN, OUTPUT_MATCH, OUTPUT_TITLE, OUTPUT_DIM };
/* Turns colours on (or off: OUTPUT_PLAIN) where the output has them. */
void output_style(struct output *output, enum output_style style);

/* 39802 as "39,802". */
void output_count(struct output *output, uint64_t value);
/* yyyymmdd as "2022-08-10"; "-" when unknown; "2022-08" or "2022" when no more is known. */
void output_day(struct output *output, uint32_t day);

enum { OUTPUT_COUNT_SIZE = 32, OUTPUT_DAY_SIZE = 16, OUTPUT_BYTES_SIZE = 32 };
/* The same into a buffer; returns it. */
const char *output_count_text(uint64_t value, char buffer[OUTPUT_COUNT_SIZE]);
const char *output_day_text(uint32_t day, char buffer[OUTPUT_DAY_SIZE]);
/* 53687091 as "53.7 MB"; small sizes in kB, powers of 1000. */
const char *output_bytes_text(uint64_t bytes, char buffer[OUTPUT_BYTES_SIZE]);

#endif
