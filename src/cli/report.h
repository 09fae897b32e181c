#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stddef.h>

#include "fihris.h"

/* Everything that is no result: standard error, and the exit status it leads to. */

enum exit_code { EXIT_DONE = 0, EXIT_NOTHING = 1, EXIT_MISUSE = 2, EXIT_FAILED = 3 };

/* "fihris: MESSAGE" */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reports a failed call of the library and says how the command ends. */
int report_error(const struct fihris_error *error);

/* The same for a query: shows it with a caret under the place. */
int report_query_error(const struct fihris_error *error, const char *query, size_t query_size);

/* Text of an errno; returns `buffer`. */
const char *report_reason(int number, char *buffer, size_t size);

#endif
