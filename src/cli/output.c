#include "cli/output.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/text.h"

#define FSI "\xE2\x81\xA8"
#define PDI "\xE2\x81\xA9"

static bool wants_colours(bool terminal, enum output_colour colour)
{
    switch (colour) {
    case OUTPUT_COLOUR_ALWAYS:
        return true;
    case OUTPUT_COLOUR_NEVER:
        return false;
    case OUTPUT_COLOUR_AUTO:
        break;
    }
    /* The command has one thread while it reads its environment. */
    const char *off = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */
    const char *type = getenv("TERM");    /* NOLINT(concurrency-mt-unsafe) */
    return terminal && (off == NULL || *off == '\0') && type != NULL && strcmp(type, "dumb") != 0;
}

void output_init(struct output *output, FILE *file, enum output_colour colour)
{
    bool terminal = isatty(fileno(file)) == 1;
    *output = (struct output){
        .file = file,
        .terminal = terminal,
        .colours = wants_colours(terminal, colour),
    };
}

/* Whoever reads standard output and goes away (| head) wants no more, and no word about it: this
 * ends as such a program does that knows nothing of it. What indexing does is done before. */
static void note_failure(struct output *output)
{
    if (errno == EPIPE && output->file == stdout) {
        (void)signal(SIGPIPE, SIG_DFL);
        (void)raise(SIGPIPE);
    }
    if (output->reason == 0) {
        output->reason = errno != 0 ? errno : EIO;
    }
}

bool output_failed(const struct output *output)
{
    return output->reason != 0;
}

void output_flush(struct output *output)
{
    errno = 0;
    if (output->reason == 0 && fflush(output->file) != 0) {
        note_failure(output);
    }
}

bool output_finish(struct output *output)
{
    output_flush(output);
    if (output->reason == 0) {
        return true;
    }
    char reason[128];
    report("cannot write the results: %s", report_reason(output->reason, reason, sizeof reason));
    return false;
}

void output_bytes(struct output *output, const char *bytes, size_t size)
{
    if (output->reason != 0 || size == 0) {
        return;
    }
    errno = 0;
    if (fwrite(bytes, 1, size, output->file) != size) {
        note_failure(output);
    }
}

void output_text(struct output *output, const char *text)
{
    output_bytes(output, text, strlen(text));
}

void output_format(struct output *output, const char *format, ...)
{
    if (output->reason != 0) {
        return;
    }
    errno = 0;
    va_list args;
    va_start(args, format);
    if (vfprintf(output->file, format, args) < 0) {
        note_failure(output);
    }
    va_end(args);
}

/* What stands for a code point on one line (or, `lines`, on several): NULL: itself. */
static const char *substitute(const struct output *output, uint32_t code_point, bool lines)
{
    if (lines && (code_point == '\n' || code_point == '\t')) {
        return NULL;
    }
    if (text_is_control(code_point) || code_point == 0x2028 || code_point == 0x2029) {
        return " ";
    }
    if (code_point == TEXT_INVALID) {
        return "\xEF\xBF\xBD";
    }
    return output->terminal && text_is_direction(code_point) ? "" : NULL;
}

static void write_clean(struct output *output, const char *text, size_t size, bool lines)
{
    size_t start = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        size_t length = text_decode(text + i, size - i, &code_point);
        const char *instead = substitute(output, code_point, lines);
        if (instead != NULL) {
            output_bytes(output, text + start, i - start);
            output_text(output, instead);
            start = i + length;
        }
        i += length;
    }
    output_bytes(output, text + start, size - start);
}

void output_field(struct output *output, const char *text, size_t size)
{
    write_clean(output, text, size, false);
}

void output_isolated(struct output *output, const char *text, size_t size)
{
    if (output->terminal) {
        output_text(output, FSI);
    }
    output_field(output, text, size);
    if (output->terminal) {
        output_text(output, PDI);
    }
}

void output_body(struct output *output, const char *text, size_t size)
{
    if (output->terminal) {
        write_clean(output, text, size, true);
    } else {
        output_bytes(output, text, size);
    }
}

void output_style(struct output *output, enum output_style style)
{
    static const char *const sequences[] = {
        [OUTPUT_PLAIN] = "\033[0m",
        [OUTPUT_MATCH] = "\033[1m",
        [OUTPUT_TITLE] = "\033[36m",
        [OUTPUT_DIM] = "\033[2m",
    };
    if (output->colours) {
        output_text(output, sequences[style]);
    }
}

const char *output_count_text(uint64_t value, char buffer[OUTPUT_COUNT_SIZE])
{
    char digits[OUTPUT_COUNT_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t written = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            buffer[written++] = ',';
        }
        buffer[written++] = digits[i];
    }
    buffer[written] = '\0';
    return buffer;
}

const char *output_day_text(uint32_t day, char buffer[OUTPUT_DAY_SIZE])
{
    unsigned year = day / 10000 % 10000;
    unsigned month = day / 100 % 100;
    unsigned number = day % 100;
    if (day == 0) {
        (void)snprintf(buffer, OUTPUT_DAY_SIZE, "-");
    } else if (month == 0) {
        (void)snprintf(buffer, OUTPUT_DAY_SIZE, "%04u", year);
    } else if (number == 0) {
        (void)snprintf(buffer, OUTPUT_DAY_SIZE, "%04u-%02u", year, month);
    } else {
        (void)snprintf(buffer, OUTPUT_DAY_SIZE, "%04u-%02u-%02u", year, month, number);
    }
    return buffer;
}

const char *output_bytes_text(uint64_t bytes, char buffer[OUTPUT_BYTES_SIZE])
{
    bool small = bytes < 1000000;
    (void)snprintf(buffer, OUTPUT_BYTES_SIZE, "%.1f %s", (double)bytes / (small ? 1e3 : 1e6),
                   small ? "kB" : "MB");
    return buffer;
}

void output_count(struct output *output, uint64_t value)
{
    char buffer[OUTPUT_COUNT_SIZE];
    output_text(output, output_count_text(value, buffer));
}

void output_day(struct output *output, uint32_t day)
{
    char buffer[OUTPUT_DAY_SIZE];
    output_text(output, output_day_text(day, buffer));
}
