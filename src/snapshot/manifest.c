#include "snapshot/manifest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static const char manifest_kind[] = "fihris manifest";

enum { COMPRESSION_LEVEL_MAX = 22 };

void manifest_init(struct manifest *manifest)
{
    *manifest = (struct manifest){.format = MANIFEST_FORMAT};
}

void manifest_release(struct manifest *manifest)
{
    if (manifest == NULL) {
        return;
    }
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        segment_record_release(&manifest->segments[i]);
    }
    memory_free(manifest->segments);
    manifest_init(manifest);
}

/* Room for one more; capacity doubles at powers of two. */
static enum status reserve_segment(struct manifest *manifest, struct error *error)
{
    uint32_t count = manifest->segment_count;
    if (count == MANIFEST_SEGMENTS_MAX) {
        return error_set(error, STATUS_LIMIT,
                         "snapshot has more than %u segments: merge, or use "
                         "larger shards",
                         MANIFEST_SEGMENTS_MAX);
    }
    if ((count & (count - 1)) != 0) {
        return STATUS_OK;
    }
    size_t size = (count == 0 ? 1 : (size_t)count * 2) * sizeof *manifest->segments;
    struct segment_record *segments = memory_resize(manifest->segments, size);
    if (segments == NULL) {
        return error_no_memory(error, size);
    }
    manifest->segments = segments;
    return STATUS_OK;
}

enum status manifest_add(struct manifest *manifest, const struct segment_record *segment,
                         struct error *error)
{
    enum status status = reserve_segment(manifest, error);
    if (status == STATUS_OK) {
        status = segment_record_copy(segment, &manifest->segments[manifest->segment_count], error);
    }
    if (status == STATUS_OK) {
        manifest->segment_count++;
    }
    return status;
}

void manifest_inputs_add(struct manifest_inputs *inputs, const struct manifest_inputs *run)
{
    struct digest both[2] = {inputs->digest, run->digest};
    inputs->count += run->count;
    inputs->bytes += run->bytes;
    inputs->digest = digest_of(both, sizeof both);
}

uint64_t manifest_bytes(const struct manifest *manifest)
{
    uint64_t bytes = manifest->model.size + manifest->deletions.size;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        bytes += manifest->segments[i].seal.size;
    }
    return bytes;
}

void manifest_counts(const struct manifest *manifest, struct segment_counts *counts,
                     uint64_t *deleted)
{
    *counts = (struct segment_counts){.documents = 0};
    *deleted = 0;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        const struct segment_counts *more = &manifest->segments[i].counts;
        counts->documents += more->documents;
        counts->tokens += more->tokens;
        counts->text_bytes += more->text_bytes;
        counts->input_bytes += more->input_bytes;
        counts->terms += more->terms;
        counts->forms += more->forms;
        counts->entities += more->entities;
        counts->mentions += more->mentions;
        counts->rejected += more->rejected;
        counts->repaired += more->repaired;
        *deleted += manifest->segments[i].deleted;
    }
}

struct manifest_context {
    struct segment_record_context segment; /* first: record_read() of a segment is given this */
    struct manifest *manifest;
};

static enum status read_segment(void *context, const char *key, size_t key_size,
                                enum json_kind kind, const char *value, size_t size,
                                struct error *error)
{
    (void)key;
    (void)key_size;
    struct manifest_context *reading = context;
    struct manifest *manifest = reading->manifest;
    if (kind != JSON_NESTED) {
        return error_set(error, STATUS_FORMAT, "a segment is not an object");
    }
    if (manifest->segment_count == MANIFEST_SEGMENTS_MAX) {
        return error_set(error, STATUS_FORMAT, "more than %u segments", MANIFEST_SEGMENTS_MAX);
    }
    enum status status = reserve_segment(manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct segment_record *record = &manifest->segments[manifest->segment_count++];
    *record = (struct segment_record){.deleted = 0};
    status = record_read(value, size, &segment_record_shape, record, &reading->segment, error);
    return status == STATUS_OK ? segment_record_check(record, error) : status;
}

static enum status read_segments(void *context, void *member, enum json_kind kind,
                                 const char *value, size_t size, struct error *error)
{
    (void)member;
    if (kind != JSON_NESTED || size == 0 || value[0] != '[') {
        return error_set(error, STATUS_FORMAT, "member 'segments' is not an array");
    }
    return json_read_array(value, size, read_segment, context, error);
}

/* `member` is the whole manifest. */
static void write_segments(struct json_writer *writer, const char *key, const void *member)
{
    struct manifest manifest;
    memcpy(&manifest, member, sizeof manifest);
    json_writer_begin_array(writer, key);
    for (uint32_t i = 0; i < manifest.segment_count; i++) {
        record_write(writer, NULL, &segment_record_shape, &manifest.segments[i]);
    }
    json_writer_end_array(writer);
}

static enum status read_kind(void *context, void *member, enum json_kind kind, const char *value,
                             size_t size, struct error *error)
{
    (void)context;
    (void)member;
    bool right = kind == JSON_STRING && size == sizeof manifest_kind - 1 &&
                 memcmp(value, manifest_kind, size) == 0;
    return right ? STATUS_OK : error_set(error, STATUS_FORMAT, "not a manifest");
}

static void write_kind(struct json_writer *writer, const char *key, const void *member)
{
    (void)member;
    json_writer_text(writer, key, manifest_kind);
}

static enum status read_format(void *context, void *member, enum json_kind kind, const char *value,
                               size_t size, struct error *error)
{
    (void)context;
    uint64_t format = 0;
    if (kind != JSON_NUMBER || !record_number(value, size, UINT32_MAX, &format) || format == 0) {
        return error_set(error, STATUS_FORMAT, "member 'format' is not a number");
    }
    if (format != MANIFEST_FORMAT) {
        return error_set(error, STATUS_FORMAT,
                         "written in format %" PRIu64 ", this program reads format %u only", format,
                         MANIFEST_FORMAT);
    }
    uint32_t narrow = (uint32_t)format;
    memcpy(member, &narrow, sizeof narrow);
    return STATUS_OK;
}

static void write_format(struct json_writer *writer, const char *key, const void *member)
{
    (void)member;
    json_writer_u64(writer, key, MANIFEST_FORMAT);
}

static const struct record_field file_fields[] = {
    {.name = "digest", .kind = RECORD_DIGEST, .offset = offsetof(struct manifest_file, digest)},
    {.name = "size",
     .kind = RECORD_U64,
     .offset = offsetof(struct manifest_file, size),
     .limit = RECORD_COUNT_MAX},
};
static const struct record_shape file_shape = RECORD_SHAPE(file_fields);

static const struct record_field analyser_fields[] = {
    {.name = "name",
     .kind = RECORD_TEXT,
     .offset = offsetof(struct manifest_analyser, name),
     .limit = MANIFEST_NAME_SIZE},
    {.name = "version",
     .kind = RECORD_U32,
     .offset = offsetof(struct manifest_analyser, version),
     .limit = UINT32_MAX},
    {.name = "options",
     .kind = RECORD_TEXT,
     .offset = offsetof(struct manifest_analyser, options),
     .limit = MANIFEST_OPTIONS_SIZE},
};
static const struct record_shape analyser_shape = RECORD_SHAPE(analyser_fields);

static const struct record_field option_fields[] = {
    {.name = "shard_bytes",
     .kind = RECORD_U64,
     .offset = offsetof(struct manifest_options, shard_bytes),
     .limit = RECORD_COUNT_MAX},
    {.name = "entities",
     .kind = RECORD_BOOL,
     .offset = offsetof(struct manifest_options, entities)},
    {.name = "compression_level",
     .kind = RECORD_U32,
     .offset = offsetof(struct manifest_options, compression_level),
     .limit = COMPRESSION_LEVEL_MAX},
};
static const struct record_shape option_shape = RECORD_SHAPE(option_fields);

static const struct record_field input_fields[] = {
    {.name = "count",
     .kind = RECORD_U64,
     .offset = offsetof(struct manifest_inputs, count),
     .limit = RECORD_COUNT_MAX},
    {.name = "bytes",
     .kind = RECORD_U64,
     .offset = offsetof(struct manifest_inputs, bytes),
     .limit = RECORD_COUNT_MAX},
    {.name = "digest", .kind = RECORD_DIGEST, .offset = offsetof(struct manifest_inputs, digest)},
};
static const struct record_shape input_shape = RECORD_SHAPE(input_fields);

static const struct record_field manifest_fields[] = {
    {.name = "kind", .kind = RECORD_CUSTOM, .read = read_kind, .write = write_kind},
    {.name = "format",
     .kind = RECORD_CUSTOM,
     .offset = offsetof(struct manifest, format),
     .read = read_format,
     .write = write_format},
    {.name = "snapshot",
     .kind = RECORD_U32,
     .offset = offsetof(struct manifest, number),
     .limit = MANIFEST_NUMBER_MAX},
    {.name = "parent",
     .kind = RECORD_U32,
     .offset = offsetof(struct manifest, parent),
     .limit = MANIFEST_NUMBER_MAX},
    {.name = "analyser",
     .kind = RECORD_OBJECT,
     .offset = offsetof(struct manifest, analyser),
     .shape = &analyser_shape},
    {.name = "options",
     .kind = RECORD_OBJECT,
     .offset = offsetof(struct manifest, options),
     .shape = &option_shape},
    {.name = "model",
     .kind = RECORD_OBJECT,
     .offset = offsetof(struct manifest, model),
     .shape = &file_shape},
    {.name = "inputs",
     .kind = RECORD_OBJECT,
     .offset = offsetof(struct manifest, inputs),
     .shape = &input_shape},
    {.name = "deletions",
     .kind = RECORD_OBJECT,
     .offset = offsetof(struct manifest, deletions),
     .shape = &file_shape},
    {.name = "segments", .kind = RECORD_CUSTOM, .read = read_segments, .write = write_segments},
};
static const struct record_shape manifest_shape = RECORD_SHAPE(manifest_fields);

/* The bounds that reading asks for beside those of single numbers: an archive that outgrows them
 * must not be published. */
static enum status check_limits(const struct manifest *manifest, struct error *error)
{
    uint64_t pages = 0;
    bool good = manifest->number >= 1 && manifest->number <= MANIFEST_NUMBER_MAX &&
                manifest->parent < manifest->number &&
                manifest->segment_count <= MANIFEST_SEGMENTS_MAX;
    for (uint32_t i = 0; i < manifest->segment_count && good; i++) {
        pages += manifest->segments[i].seal.page_count;
        good = segment_record_check(&manifest->segments[i], NULL) == STATUS_OK;
    }
    if (!good || pages > MANIFEST_PAGES_MAX) {
        return error_set(error, STATUS_LIMIT, "snapshot passes a limit of its format");
    }
    return STATUS_OK;
}

enum status manifest_write(const struct manifest *manifest, struct buffer *out, struct error *error)
{
    enum status status = check_limits(manifest, error);
    if (status != STATUS_OK) {
        return status;
    }
    assert(out->size == 0); /* the digest is of the whole buffer */
    struct json_writer writer;
    json_writer_init(&writer, out, error);
    writer.pretty = true;
    record_write(&writer, NULL, &manifest_shape, manifest);
    status = json_writer_status(&writer);
    return status == STATUS_OK ? record_seal(out, error) : status;
}

static enum status check_whole(const struct manifest *manifest, struct error *error)
{
    if (manifest->number == 0 || manifest->parent >= manifest->number) {
        return error_set(error, STATUS_FORMAT, "its snapshot numbers are wrong");
    }
    uint64_t deleted = 0;
    for (uint32_t i = 0; i < manifest->segment_count; i++) {
        deleted += manifest->segments[i].deleted;
    }
    if ((deleted > 0) != (manifest->deletions.size > 0)) {
        return error_set(error, STATUS_FORMAT, "its deletions do not fit its segments");
    }
    return STATUS_OK;
}

enum status manifest_read(const void *bytes, size_t size, const char *path,
                          struct manifest *manifest, struct error *error)
{
    manifest_init(manifest);
    struct error reason = {.code = STATUS_OK};
    struct manifest_context context = {.segment = {.pages_left = MANIFEST_PAGES_MAX},
                                       .manifest = manifest};
    struct buffer body;
    buffer_init(&body, MANIFEST_SIZE_MAX);
    enum status status = record_unseal(bytes, size, &body, &reason);
    if (status == STATUS_OK) {
        status = record_read((const char *)body.bytes, body.size, &manifest_shape, manifest,
                             &context, &reason);
    }
    if (status == STATUS_OK) {
        status = check_whole(manifest, &reason);
    }
    buffer_release(&body);
    if (status != STATUS_OK) {
        manifest_release(manifest);
        return error_set(error, status, "cannot read manifest '%s': %s", path, reason.message);
    }
    return STATUS_OK;
}
