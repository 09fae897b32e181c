#include "query/filter.h"

#include <string.h>

#include "base/bytes.h"
#include "query/pattern.h"
#include "text/analyser.h"

enum { SOURCE_KEY_SIZE = 4 };

/* Folds the text between the stars. */
static size_t fold_pattern(const char *text, size_t size, char out[ANALYSIS_BYTES_MAX])
{
    size_t used = 0;
    for (size_t at = 0; at < size && used + 1 < ANALYSIS_BYTES_MAX;) {
        const char *star = memchr(text + at, '*', size - at);
        size_t end = star == NULL ? size : (size_t)(star - text);
        if (end > at) {
            used += analyser_fold(text + at, end - at, out + used, ANALYSIS_BYTES_MAX - used - 1);
        }
        if (star != NULL) {
            out[used++] = '*';
        }
        at = end + 1;
    }
    return used;
}

bool filter_source_matches(const struct query_string *wanted, const char *name, size_t size)
{
    char pattern[ANALYSIS_BYTES_MAX];
    char fold[ANALYSIS_BYTES_MAX];
    if (bytes_equal(wanted->bytes, wanted->size, name, size)) {
        return true;
    }
    size_t pattern_size = fold_pattern(wanted->bytes, wanted->size, pattern);
    size_t fold_size = size == 0 ? 0 : analyser_fold(name, size, fold, sizeof fold);
    return pattern_matches(pattern, pattern_size, fold, fold_size);
}

/* Visits the sources table: the greatest number first, then the bits of those that match. */
static enum status sources_visit(struct filter *filter, const struct query_node *node,
                                 struct error *error)
{
    struct table_cursor cursor;
    bool found = false;
    bool any = false;
    enum status status = table_cursor_seek(&cursor, segment_store(filter->segment), STORE_SOURCES,
                                           NULL, 0, &found, error);
    for (; status == STATUS_OK && found; status = table_cursor_next(&cursor, &found, error)) {
        if (cursor.key_size != SOURCE_KEY_SIZE) {
            continue;
        }
        uint32_t number = load_u32_be(cursor.key);
        if (filter->sources == NULL) {
            filter->source_count = (uint64_t)number + 1;
        } else if (number < filter->source_count &&
                   filter_source_matches(&node->text, (const char *)cursor.value,
                                         cursor.value_size)) {
            filter->sources[number / 64] |= (uint64_t)1 << number % 64;
            any = true;
        }
    }
    if (status == STATUS_OK && filter->sources != NULL && !any) {
        filter->first = 1;
        filter->last = 0;
    }
    return status;
}

static enum status sources_init(struct filter *filter, const struct query_node *node,
                                struct arena *arena, struct error *error)
{
    enum status status = sources_visit(filter, node, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = (size_t)(filter->source_count / 64 + 1) * sizeof *filter->sources;
    filter->sources = arena_alloc(arena, size);
    if (filter->sources == NULL) {
        return error_set(error, STATUS_LIMIT, "query needs more memory than it may take");
    }
    return sources_visit(filter, node, error);
}

enum status filter_init(struct filter *filter, const struct query_node *node,
                        struct segment *segment, struct arena *arena, struct error *error)
{
    uint64_t documents = segment_counts(segment)->documents;
    *filter = (struct filter){.kind = node->kind,
                              .segment = segment,
                              .first = documents == 0 ? 1 : 0,
                              .last = documents == 0 ? 0 : (doc_id)(documents - 1),
                              .day_from = node->day_from,
                              .day_to = node->day_to};
    if (documents == 0) {
        return STATUS_OK;
    }
    if (node->kind == QUERY_SOURCE) {
        return sources_init(filter, node, arena, error);
    }
    if (node->kind == QUERY_ID) {
        doc_id document = 0;
        enum status status =
            segment_find_id(segment, node->text.bytes, node->text.size, &document, error);
        if (status == STATUS_NOT_FOUND) {
            filter->first = 1;
            filter->last = 0;
            return STATUS_OK;
        }
        filter->first = document;
        filter->last = document;
        return status;
    }
    return STATUS_OK;
}

enum status filter_passes(const struct filter *filter, doc_id document, bool *passes,
                          struct error *error)
{
    uint64_t value = 0;
    enum status status = STATUS_OK;
    *passes = true;
    if (filter->kind == QUERY_DATE) {
        status = segment_column(filter->segment, COLUMN_DAY, document, &value, error);
        *passes = value >= filter->day_from && value <= filter->day_to && value != 0;
    } else if (filter->kind == QUERY_SOURCE) {
        status = segment_column(filter->segment, COLUMN_SOURCE, document, &value, error);
        *passes =
            value < filter->source_count && (filter->sources[value / 64] >> value % 64 & 1) != 0;
    }
    return status;
}
