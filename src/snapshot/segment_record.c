#include "snapshot/segment_record.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { RANGE_TEXT_MAX = 24, PAGE_SIZE_MIN = 512 };

#define PAGES_TEXT_MAX ((size_t)256 << 20)

/* ---- Structure pages: "0-2,7,19-21" --------------------------------------------------------- */

/* Passes over one number. False when there is none or it is above `limit`. */
static bool take_number(const char **at, const char *end, uint64_t limit, uint64_t *number)
{
    const char *from = *at;
    while (*at < end && **at >= '0' && **at <= '9') {
        *at += 1;
    }
    return record_number(from, (size_t)(*at - from), limit, number);
}

/* Passes over "first" or "first-last" and the comma behind it. Ranges ascend and do not touch, so
 * that there is one way to write a list. */
static bool take_range(const char **at, const char *end, uint64_t from, uint64_t *first,
                       uint64_t *last)
{
    if (!take_number(at, end, UINT32_MAX, first) || *first < from) {
        return false;
    }
    *last = *first;
    if (*at < end && **at == '-') {
        *at += 1;
        if (!take_number(at, end, UINT32_MAX, last) || *last <= *first) {
            return false;
        }
    }
    if (*at < end) {
        bool more = **at == ',' && end - *at > 1;
        *at += 1;
        return more;
    }
    return true;
}

static bool count_pages(const char *text, size_t size, uint64_t *count)
{
    const char *at = text;
    const char *end = text + size;
    uint64_t from = 0;
    *count = 0;
    while (at < end) {
        uint64_t first;
        uint64_t last;
        if (!take_range(&at, end, from, &first, &last)) {
            return false;
        }
        *count += last - first + 1;
        from = last + 2;
    }
    return true;
}

static enum status read_pages(void *context, void *member, enum json_kind kind, const char *value,
                              size_t size, struct error *error)
{
    struct segment_record_context *limits = context;
    struct store_seal seal;
    uint64_t count = 0;
    if (kind != JSON_STRING || !count_pages(value, size, &count)) {
        return error_set(error, STATUS_FORMAT, "member 'pages' is not a list of ranges");
    }
    if (count > limits->pages_left) {
        return error_set(error, STATUS_FORMAT, "member 'pages' lists too many pages");
    }
    limits->pages_left -= (uint32_t)count;
    /* `member` is the seal itself: the list needs two of its members. */
    memcpy(&seal, member, sizeof seal);
    seal.pages = memory_alloc((size_t)count * sizeof *seal.pages);
    if (seal.pages == NULL) {
        return error_no_memory(error, (size_t)count * sizeof *seal.pages);
    }
    const char *at = value;
    while (seal.page_count < count) {
        uint64_t first = 0;
        uint64_t last = 0;
        bool good = take_range(&at, value + size, 0, &first, &last);
        assert(good);
        for (uint64_t page = first; page <= last; page++) {
            seal.pages[seal.page_count++] = (uint32_t)page;
        }
    }
    memcpy(member, &seal, sizeof seal);
    return STATUS_OK;
}

static void write_pages(struct json_writer *writer, const char *key, const void *member)
{
    struct store_seal seal;
    memcpy(&seal, member, sizeof seal);
    struct buffer text;
    buffer_init(&text, PAGES_TEXT_MAX);
    for (uint32_t i = 0; i < seal.page_count && writer->status == STATUS_OK;) {
        uint32_t from = i++;
        while (i < seal.page_count && seal.pages[i] - 1 == seal.pages[i - 1]) {
            i++;
        }
        const char *comma = from == 0 ? "" : ",";
        writer->status =
            i - from == 1
                ? buffer_append_format(&text, writer->error, "%s%" PRIu32, comma, seal.pages[from])
                : buffer_append_format(&text, writer->error, "%s%" PRIu32 "-%" PRIu32, comma,
                                       seal.pages[from], seal.pages[i - 1]);
    }
    json_writer_string(writer, key, text.size == 0 ? "" : (const char *)text.bytes, text.size);
    buffer_release(&text);
}

/* ---- The record ----------------------------------------------------------------------------- */

#define SEGMENT_COUNT_FIELD(field, most)                                                           \
    {                                                                                              \
        .name = #field, .kind = RECORD_U64,                                                        \
        .offset =                                                                                  \
            offsetof(struct segment_record, counts) + offsetof(struct segment_counts, field),      \
        .limit = (most)                                                                            \
    }
#define SEAL_OFFSET(field)                                                                         \
    (offsetof(struct segment_record, seal) + offsetof(struct store_seal, field))

static const struct record_field segment_fields[] = {
    {.name = "digest", .kind = RECORD_DIGEST, .offset = SEAL_OFFSET(digest)},
    {.name = "size", .kind = RECORD_U64, .offset = SEAL_OFFSET(size), .limit = RECORD_COUNT_MAX},
    {.name = "structure", .kind = RECORD_DIGEST, .offset = SEAL_OFFSET(structure)},
    {.name = "pages",
     .kind = RECORD_CUSTOM,
     .offset = offsetof(struct segment_record, seal),
     .read = read_pages,
     .write = write_pages},
    SEGMENT_COUNT_FIELD(documents, SEGMENT_DOCUMENTS_MAX),
    {.name = "deleted",
     .kind = RECORD_U64,
     .offset = offsetof(struct segment_record, deleted),
     .limit = SEGMENT_DOCUMENTS_MAX},
    SEGMENT_COUNT_FIELD(tokens, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(text_bytes, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(input_bytes, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(terms, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(forms, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(entities, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(mentions, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(rejected, RECORD_COUNT_MAX),
    SEGMENT_COUNT_FIELD(repaired, RECORD_COUNT_MAX),
};
const struct record_shape segment_record_shape = RECORD_SHAPE(segment_fields);

/* A count added to segment_counts must get a field above. */
static_assert(sizeof(struct segment_counts) == 10 * sizeof(uint64_t), "counts and fields differ");

enum status segment_record_check(const struct segment_record *record, struct error *error)
{
    if (record->deleted > record->counts.documents) {
        return error_set(error, STATUS_FORMAT, "a segment has more deleted documents than it has");
    }
    const struct store_seal *seal = &record->seal;
    uint64_t pages = seal->size / PAGE_SIZE_MIN;
    if (seal->page_count > 0 && seal->pages[seal->page_count - 1] >= pages) {
        return error_set(error, STATUS_FORMAT, "a structure page lies outside of its segment");
    }
    return STATUS_OK;
}

enum status segment_record_copy(const struct segment_record *from, struct segment_record *to,
                                struct error *error)
{
    size_t size = from->seal.page_count * sizeof *from->seal.pages;
    uint32_t *pages = memory_alloc(size);
    if (pages == NULL) {
        return error_no_memory(error, size);
    }
    if (size > 0) {
        memcpy(pages, from->seal.pages, size);
    }
    *to = *from;
    to->seal.pages = pages;
    return STATUS_OK;
}

void segment_record_release(struct segment_record *record)
{
    if (record != NULL) {
        memory_free(record->seal.pages);
        *record = (struct segment_record){.deleted = 0};
    }
}
