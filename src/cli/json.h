#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/output.h"

/* Results for programs: one JSON object a line, always beginning with "v", the version of the field
 * names. Names are only ever added within a version. Strings are valid UTF-8 whatever came in:
 * bytes that are none become U+FFFD. Member functions write the comma before themselves. */

enum { JSON_VERSION = 1 };

void json_begin(struct output *output);
void json_end(struct output *output);

void json_member(struct output *output, const char *name); /* the value follows */
void json_string(struct output *output, const char *text, size_t size);

void json_text(struct output *output, const char *name, const char *text, size_t size);
void json_number(struct output *output, const char *name, uint64_t value);
void json_real(struct output *output, const char *name, double value); /* not finite: null */
void json_boolean(struct output *output, const char *name, bool value);
void json_day(struct output *output, const char *name, uint32_t day); /* unknown: null */
/* An object that is JSON already; empty: {}. */
void json_object(struct output *output, const char *name, const char *json, size_t size);

#endif
