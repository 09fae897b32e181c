#include "text/exceptions.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "text/analyser.h"
#include "text/fold.h"
#include "text/words.h"

enum { FIELDS = 3, CHAIN_MAX = 4, WORD_SIZE_MIN = 2, WORD_SIZE_MAX = 48 };

struct entry {
    const char *fold;
    const char *target; /* NULL: the fold stays as it is */
    size_t fold_size;
    size_t target_size;
};

struct exceptions {
    char *strings; /* owned; every fold lies in it */
    struct exception_line *lines;
    struct entry *entries; /* sorted by fold */
    size_t line_count;
    size_t entry_count;
};

struct field {
    const char *bytes;
    size_t size;
};

void exceptions_free(struct exceptions *exceptions)
{
    if (exceptions == NULL) {
        return;
    }
    memory_free(exceptions->strings);
    memory_free(exceptions->lines);
    memory_free(exceptions->entries);
    memory_free(exceptions);
}

static int compare_lines(const void *a, const void *b)
{
    const struct exception_line *left = a;
    const struct exception_line *right = b;
    int order = bytes_compare(left->first, left->first_size, right->first, right->first_size);
    if (order == 0) {
        order = bytes_compare(left->second, left->second_size, right->second, right->second_size);
    }
    return order != 0 ? order : left->join - right->join;
}

/* Joins before what stays: of two entries with one fold, the join is the first. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = bytes_compare(left->fold, left->fold_size, right->fold, right->fold_size);
    if (order == 0) {
        order = (left->target == NULL) - (right->target == NULL);
    }
    return order != 0 || left->target == NULL
               ? order
               : bytes_compare(left->target, left->target_size, right->target, right->target_size);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Splits a line at white space; returns the number of fields, FIELDS + 1 when there are more. */
static size_t split_line(const char *line, size_t size, struct field fields[FIELDS])
{
    size_t count = 0;
    for (size_t at = 0; at < size;) {
        size_t end = at;
        while (end < size && !is_space(line[end])) {
            end++;
        }
        if (end > at) {
            if (count == FIELDS) {
                return FIELDS + 1;
            }
            fields[count++] = (struct field){line + at, end - at};
        }
        at = end + 1;
    }
    return count;
}

/* The fold of a field at the end of `strings`; false when it is no single word. */
static bool add_fold(const struct field *field, char *strings, size_t *used, const char **fold,
                     size_t *fold_size)
{
    char bytes[ANALYSIS_BYTES_MAX];
    size_t size = fold_text(field->bytes, field->size, bytes, sizeof bytes);
    *fold = strings + *used;
    *fold_size = size;
    if (size < WORD_SIZE_MIN || size > WORD_SIZE_MAX || memchr(bytes, ' ', size) != NULL) {
        return false;
    }
    memcpy(strings + *used, bytes, size);
    *used += size;
    return true;
}

static bool is_word(const struct field *field, const char *word)
{
    return bytes_equal(field->bytes, field->size, word, strlen(word));
}

/* Reads one line into the next of `lines`; `strings` has room for its two folds. */
static enum status read_line(struct exceptions *exceptions, const struct field *line, size_t number,
                             const char *name, size_t *used, struct error *error)
{
    struct field fields[FIELDS];
    size_t count = split_line(line->bytes, line->size, fields);
    if (count == 0 || fields[0].bytes[0] == '#') {
        return STATUS_OK;
    }
    bool join = is_word(&fields[0], "join");
    if (count != FIELDS || (!join && !is_word(&fields[0], "never"))) {
        return error_set(error, STATUS_USAGE,
                         "cannot read exceptions '%s': line %zu: write 'join WORD WORD' or "
                         "'never WORD WORD'",
                         name, number);
    }
    struct exception_line *out = &exceptions->lines[exceptions->line_count++];
    out->join = join;
    if (!add_fold(&fields[1], exceptions->strings, used, &out->first, &out->first_size) ||
        !add_fold(&fields[2], exceptions->strings, used, &out->second, &out->second_size)) {
        return error_set(error, STATUS_USAGE,
                         "cannot read exceptions '%s': line %zu: words have 2 to "
                         "48 bytes",
                         name, number);
    }
    if (bytes_equal(out->first, out->first_size, out->second, out->second_size)) {
        return error_set(error, STATUS_USAGE,
                         "cannot read exceptions '%s': line %zu: the two fold to one word", name,
                         number);
    }
    return STATUS_OK;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t count = 1;
    for (size_t i = 0; i < size; i++) {
        count += text[i] == '\n';
    }
    return count;
}

static enum status read_lines(struct exceptions *exceptions, const char *text, size_t size,
                              const char *name, struct error *error)
{
    enum status status = STATUS_OK;
    size_t used = 0;
    size_t number = 1;
    for (size_t at = 0; status == STATUS_OK && at < size; number++) {
        const char *stop = memchr(text + at, '\n', size - at);
        size_t end = stop == NULL ? size : (size_t)(stop - text);
        struct field line = {text + at, end - at};
        status = read_line(exceptions, &line, number, name, &used, error);
        at = end + 1;
    }
    return status;
}

/* Sorts the lines and leaves each once, then makes the entries. */
static void make_entries(struct exceptions *exceptions)
{
    struct exception_line *lines = exceptions->lines;
    if (exceptions->line_count == 0) {
        return;
    }
    qsort(lines, exceptions->line_count, sizeof *lines, compare_lines);
    size_t kept = 0;
    for (size_t i = 0; i < exceptions->line_count; i++) {
        if (kept == 0 || compare_lines(&lines[kept - 1], &lines[i]) != 0) {
            lines[kept++] = lines[i];
        }
    }
    exceptions->line_count = kept;
    struct entry *entries = exceptions->entries;
    size_t count = 0;
    for (size_t i = 0; i < kept; i++) {
        const struct exception_line *line = &lines[i];
        entries[count++] = (struct entry){line->first, line->join ? line->second : NULL,
                                          line->first_size, line->join ? line->second_size : 0};
        if (!line->join) {
            entries[count++] = (struct entry){line->second, NULL, line->second_size, 0};
        }
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    exceptions->entry_count = count;
}

/* Follows joins from every word: they must end, and soon, for a word is reduced in few steps. */
static enum status check_chains(const struct exceptions *exceptions, const char *name,
                                struct error *error)
{
    for (size_t i = 0; i < exceptions->line_count; i++) {
        const struct exception_line *line = &exceptions->lines[i];
        const char *word = line->first;
        size_t size = line->first_size;
        size_t steps = 0;
        while (steps <= CHAIN_MAX &&
               exceptions_find(exceptions, word, size, &word, &size) == WORD_JOIN) {
            steps++;
        }
        if (steps > CHAIN_MAX) {
            return error_set(error, STATUS_USAGE,
                             "cannot use exceptions '%s': '%.*s' is joined in a circle, or over "
                             "more than %d words",
                             name, (int)line->first_size, line->first, CHAIN_MAX);
        }
    }
    return STATUS_OK;
}

enum status exceptions_read(const char *text, size_t size, const char *name,
                            struct exceptions **out, struct error *error)
{
    *out = NULL;
    if (size > EXCEPTIONS_SIZE_MAX || count_lines(text, size) > EXCEPTIONS_MAX) {
        return error_set(error, STATUS_LIMIT,
                         "cannot read exceptions '%s': more than %u lines or %zu bytes", name,
                         EXCEPTIONS_MAX, EXCEPTIONS_SIZE_MAX);
    }
    size_t lines = count_lines(text, size);
    struct exceptions *exceptions = memory_zalloc(1, sizeof *exceptions);
    if (exceptions == NULL) {
        return error_no_memory(error, sizeof *exceptions);
    }
    /* A fold may be longer than its word: at most ANALYSIS_BYTES_MAX, and a code point of two bytes
     * becomes at most three letters. */
    exceptions->strings = memory_zalloc(16 * size + 1, 1);
    exceptions->lines = memory_zalloc(lines, sizeof *exceptions->lines);
    exceptions->entries = memory_zalloc(2 * lines, sizeof *exceptions->entries);
    if (exceptions->strings == NULL || exceptions->lines == NULL || exceptions->entries == NULL) {
        exceptions_free(exceptions);
        return error_no_memory(error, lines * sizeof *exceptions->lines);
    }
    enum status status = read_lines(exceptions, text, size, name, error);
    if (status == STATUS_OK) {
        make_entries(exceptions);
        status = check_chains(exceptions, name, error);
    }
    if (status != STATUS_OK || exceptions->line_count == 0) {
        exceptions_free(exceptions);
        return status;
    }
    *out = exceptions;
    return STATUS_OK;
}

enum status exceptions_write(const struct exceptions *exceptions, struct buffer *out,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; exceptions != NULL && status == STATUS_OK && i < exceptions->line_count;
         i++) {
        const struct exception_line *line = &exceptions->lines[i];
        const struct field parts[] = {{line->join ? "join " : "never ", line->join ? 5 : 6},
                                      {line->first, line->first_size},
                                      {" ", 1},
                                      {line->second, line->second_size},
                                      {"\n", 1}};
        for (size_t k = 0; status == STATUS_OK && k < sizeof parts / sizeof parts[0]; k++) {
            status = buffer_append(out, parts[k].bytes, parts[k].size, error);
        }
    }
    return status;
}

unsigned exceptions_find(const struct exceptions *exceptions, const char *fold, size_t size,
                         const char **target, size_t *target_size)
{
    size_t low = 0;
    size_t high = exceptions == NULL ? 0 : exceptions->entry_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *entry = &exceptions->entries[middle];
        if (bytes_compare(entry->fold, entry->fold_size, fold, size) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (exceptions == NULL || low == exceptions->entry_count) {
        return 0;
    }
    const struct entry *entry = &exceptions->entries[low];
    if (!bytes_equal(entry->fold, entry->fold_size, fold, size)) {
        return 0;
    }
    if (entry->target == NULL) {
        return WORD_COMMON;
    }
    *target = entry->target;
    *target_size = entry->target_size;
    return WORD_JOIN;
}

const struct exception_line *exceptions_line(const struct exceptions *exceptions, size_t index)
{
    return exceptions != NULL && index < exceptions->line_count ? &exceptions->lines[index] : NULL;
}

size_t exceptions_floor(const struct exceptions *exceptions, const char *fold, size_t size)
{
    size_t low = 0;
    size_t high = exceptions == NULL ? 0 : exceptions->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct exception_line *line = &exceptions->lines[middle];
        if (bytes_compare(line->first, line->first_size, fold, size) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
