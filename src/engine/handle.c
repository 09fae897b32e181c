#include "engine/handle.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/document.h"
#include "engine/fail.h"

enum status handle_check_version(const struct manifest *manifest, struct error *error)
{
    return manifest->analyser.version == ANALYSER_VERSION
               ? STATUS_OK
               : error_set(error, STATUS_FORMAT,
                           "the archive was made with version %u of analyser '%s', this program "
                           "has version %u: 'fihris rebuild' makes it anew from its own articles",
                           manifest->analyser.version, manifest->analyser.name, ANALYSER_VERSION);
}

enum status handle_analyser(const struct manifest *manifest, const struct model *model,
                            struct analyser *analyser, struct exceptions **exceptions,
                            struct error *error)
{
    const struct model_bytes *options = &model->content.parts[MODEL_OPTIONS];
    *exceptions = NULL;
    *analyser = (struct analyser){0};
    enum status status = analyser_name_parse(manifest->analyser.name, &analyser->name, error);
    if (status != STATUS_OK) {
        return error_set(
            error, STATUS_FORMAT,
            "the archive was made with analyser '%s', which this program does not have",
            manifest->analyser.name);
    }
    status = handle_check_version(manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    const struct model_bytes *evidence = &model->content.parts[MODEL_EVIDENCE];
    status = evidence_open(&analyser->evidence, evidence->bytes, evidence->size, error);
    if (status == STATUS_OK) {
        status = exceptions_read(options->bytes, options->size, "model", exceptions, error);
    }
    if (status == STATUS_USAGE) { /* nobody wrote these lines by hand */
        status = STATUS_FORMAT;
        error->code = status;
    }
    analyser->exceptions = *exceptions;
    return status;
}

static enum status open_segments(struct fihris *archive, struct error *error)
{
    uint32_t count = archive->snapshot.manifest.segment_count;
    archive->segments = memory_zalloc(count, sizeof *archive->segments);
    if (archive->segments == NULL) {
        return error_no_memory(error, count * sizeof *archive->segments);
    }
    for (uint32_t i = 0; i < count; i++) {
        archive->segments[i] =
            (struct query_segment){.segment = archive->snapshot.segments[i],
                                   .deleted = archive->snapshot.deletions.lists[i].documents,
                                   .deleted_count = archive->snapshot.deletions.lists[i].count};
    }
    return STATUS_OK;
}

enum fihris_status fihris_open(const char *path, uint32_t snapshot, struct fihris **out,
                               struct fihris_error *error)
{
    struct error inner = {0};
    struct fihris *archive = memory_zalloc(1, sizeof *archive);
    if (archive == NULL) {
        return fail_with(error, error_no_memory(&inner, sizeof *archive), &inner);
    }
    archive->archive.lock = -1;
    buffer_init(&archive->document, DOCUMENT_SIZE_MAX);
    buffer_init(&archive->input, DOCUMENT_SIZE_MAX);
    enum status status = archive_open(path, &archive->archive, &inner);
    if (status == STATUS_OK) {
        status = snapshot_open(&archive->archive, snapshot, &archive->snapshot, &inner);
    }
    if (status == STATUS_OK) {
        status = handle_analyser(&archive->snapshot.manifest, &archive->snapshot.model,
                                 &archive->analyser, &archive->exceptions, &inner);
    }
    if (status == STATUS_OK) {
        status = open_segments(archive, &inner);
    }
    if (status != STATUS_OK) {
        fihris_close(archive);
        return fail_with(error, status, &inner);
    }
    *out = archive;
    return FIHRIS_OK;
}

void fihris_close(struct fihris *archive)
{
    if (archive == NULL) {
        return;
    }
    memory_free(archive->segments);
    class_cache_free(archive->classes);
    exceptions_free(archive->exceptions);
    snapshot_close(&archive->snapshot);
    archive_close(&archive->archive);
    buffer_release(&archive->document);
    buffer_release(&archive->input);
    memory_free(archive);
}

static int compare_documents(const void *a, const void *b)
{
    doc_id left = *(const doc_id *)a;
    doc_id right = *(const doc_id *)b;
    return (left > right) - (left < right);
}

static bool is_deleted(const struct query_segment *segment, doc_id document)
{
    return segment->deleted_count > 0 &&
           bsearch(&document, segment->deleted, segment->deleted_count, sizeof document,
                   compare_documents) != NULL;
}

enum status handle_find(const struct fihris *archive, const char *id, size_t id_size,
                        struct located *found, struct error *error)
{
    for (uint32_t i = archive->snapshot.manifest.segment_count; i-- > 0;) {
        enum status status =
            segment_find_id(archive->segments[i].segment, id, id_size, &found->document, error);
        found->segment = i;
        if (status == STATUS_OK && is_deleted(&archive->segments[i], found->document)) {
            continue;
        }
        if (status != STATUS_NOT_FOUND) {
            return status;
        }
    }
    return error_set(error, STATUS_NOT_FOUND, "no article '%.*s' in this archive",
                     (int)(id_size > 200 ? 200 : id_size), id);
}

enum status handle_read(const struct fihris *archive, const struct located *where,
                        struct buffer *bytes, struct stored_document *document, struct error *error)
{
    struct segment *segment = archive->segments[where->segment].segment;
    enum status status = segment_document(segment, where->document, bytes, error);
    return status == STATUS_OK ? stored_document_read(bytes->bytes, bytes->size, document, error)
                               : status;
}

enum status handle_read_head(const struct fihris *archive, const struct located *where,
                             struct buffer *bytes, struct stored_document *document,
                             struct error *error)
{
    struct segment *segment = archive->segments[where->segment].segment;
    enum status status = segment_document_head(segment, where->document, bytes, error);
    return status == STATUS_OK ? stored_document_read(bytes->bytes, bytes->size, document, error)
                               : status;
}

static int compare_parts(const void *a, const void *b)
{
    const struct fihris_part *left = a;
    const struct fihris_part *right = b;
    return left->bytes != right->bytes ? (left->bytes < right->bytes ? 1 : -1)
                                       : strcmp(left->name, right->name);
}

/* The databases of all segments, the model, and the rest: what LMDB needs around its databases, the
 * manifest, the list of deletions. */
static void fill_parts(const struct fihris *archive, struct fihris_part parts[FIHRIS_PART_COUNT])
{
    static_assert((int)FIHRIS_PART_COUNT == STORE_DATABASE_COUNT + 2, "every part has a place");
    const struct snapshot *snapshot = &archive->snapshot;
    uint64_t known = snapshot->manifest.model.size;
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        parts[i] = (struct fihris_part){.name = store_database_name(i)};
        for (uint32_t k = 0; k < snapshot->manifest.segment_count; k++) {
            parts[i].bytes += store_database_bytes(segment_store(snapshot->segments[k]), i);
        }
        known += parts[i].bytes;
    }
    parts[STORE_DATABASE_COUNT] =
        (struct fihris_part){.name = "model", .bytes = snapshot->manifest.model.size};
    parts[STORE_DATABASE_COUNT + 1] =
        (struct fihris_part){.name = "rest", .bytes = manifest_bytes(&snapshot->manifest) - known};
    qsort(parts, FIHRIS_PART_COUNT, sizeof *parts, compare_parts);
}

void fihris_stats(const struct fihris *archive, struct fihris_stats *stats)
{
    const struct manifest *manifest = &archive->snapshot.manifest;
    struct segment_counts counts;
    uint64_t deleted = 0;
    manifest_counts(manifest, &counts, &deleted);
    *stats = (struct fihris_stats){
        .snapshot = manifest->number,
        .segments = manifest->segment_count,
        .documents = counts.documents - deleted,
        .deleted = deleted,
        .tokens = counts.tokens,
        .forms = counts.forms,
        .terms = counts.terms,
        .entities = counts.entities,
        .mentions = counts.mentions,
        .rejected = counts.rejected,
        .repaired = counts.repaired,
        .input_bytes = counts.input_bytes,
        .text_bytes = counts.text_bytes,
        .snapshot_bytes = manifest_bytes(manifest),
        .analyzer = manifest->analyser.name,
        .analyzer_version = manifest->analyser.version,
        .format_version = manifest->format,
    };
    fill_parts(archive, stats->parts);
}

enum fihris_status fihris_show(struct fihris *archive, const char *id, size_t id_size,
                               struct fihris_article *article, struct fihris_error *error)
{
    struct error inner = {0};
    struct located where = {0};
    struct stored_document document;
    const char *input = NULL;
    size_t input_size = 0;
    uint64_t day = 0;
    uint64_t number = 0;
    uint64_t offset = 0;
    enum status status = handle_find(archive, id, id_size, &where, &inner);
    if (status != STATUS_OK) {
        return fail_with(error, status, &inner);
    }
    struct segment *segment = archive->segments[where.segment].segment;
    status = handle_read(archive, &where, &archive->document, &document, &inner);
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_DAY, where.document, &day, &inner);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_OFFSET, where.document, &offset, &inner);
    }
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_INPUT, where.document, &number, &inner);
    }
    if (status == STATUS_OK) {
        status = segment_name(segment, STORE_INPUTS, (uint32_t)number, &input, &input_size, &inner);
    }
    if (status == STATUS_OK) {
        buffer_clear(&archive->input);
        status = buffer_append(&archive->input, input, input_size, &inner);
    }
    if (status != STATUS_OK) {
        return fail_with(error, status, &inner);
    }
    *article = (struct fihris_article){
        .id = document.id,
        .id_size = document.id_size,
        .source = document.source,
        .source_size = document.source_size,
        .url = document.url,
        .url_size = document.url_size,
        .date = document.date,
        .date_size = document.date_size,
        .extras = document.extras,
        .extras_size = document.extras_size,
        .text = document.text,
        .text_size = document.text_size,
        .title = {.start = document.title_start, .end = document.title_end},
        .day = (uint32_t)day,
        .input = (const char *)archive->input.bytes,
        .input_size = archive->input.size,
        .offset = offset,
    };
    return FIHRIS_OK;
}
