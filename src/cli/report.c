#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/text.h"

void report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("fihris: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputs("\n", stderr);
    va_end(args);
}

const char *report_reason(int number, char *buffer, size_t size)
{
    if (strerror_r(number, buffer, size) != 0) {
        (void)snprintf(buffer, size, "error %d", number);
    }
    return buffer;
}

static int exit_code_of(enum fihris_status status)
{
    switch (status) {
    case FIHRIS_OK:
        return EXIT_DONE;
    case FIHRIS_USAGE:
        return EXIT_MISUSE;
    case FIHRIS_NO_MEMORY:
    case FIHRIS_IO:
    case FIHRIS_DAMAGED:
    case FIHRIS_LIMIT:
    case FIHRIS_NOT_FOUND:
    case FIHRIS_BUSY:
    case FIHRIS_STOPPED:
        break;
    }
    return EXIT_FAILED;
}

int report_error(const struct fihris_error *error)
{
    /* A message may quote a file's name or a query: no control characters from there. */
    struct output output;
    output_init(&output, stderr, OUTPUT_COLOUR_NEVER);
    output_text(&output, "fihris: ");
    const char *message =
        error->message[0] != '\0' ? error->message : fihris_status_text(error->status);
    output_field(&output, message, strlen(message));
    output_text(&output, "\n");
    return exit_code_of(error->status);
}

int report_query_error(const struct fihris_error *error, const char *query, size_t query_size)
{
    int code = report_error(error);
    code = error->status == FIHRIS_LIMIT ? EXIT_MISUSE : code; /* it asks for too much */
    if (error->query_offset < 0 || (uint64_t)error->query_offset > query_size) {
        return code;
    }
    size_t offset = (size_t)error->query_offset;
    struct output output;
    output_init(&output, stderr, OUTPUT_COLOUR_NEVER);
    output_text(&output, "  ");
    output_field(&output, query, query_size);
    /* output_field() shows a control character as one column of space. */
    size_t columns = 0;
    for (size_t i = 0; i < offset;) {
        uint32_t code_point;
        size_t length = text_decode(query + i, query_size - i, &code_point);
        columns += text_is_control(code_point) ? 1 : text_columns(query + i, length);
        i += length;
    }
    /* A terminal that reorders Arabic puts the caret elsewhere: the words after it tell too. */
    output_format(&output, "\n  %*s^", (int)columns, "");
    if (offset < query_size) {
        output_text(&output, " here: ");
        output_isolated(&output, query + offset, query_size - offset);
    }
    output_text(&output, "\n");
    return code;
}
