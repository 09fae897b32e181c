#include "snapshot/building.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "index/store.h"
#include "snapshot/model.h"
#include "snapshot/record.h"

static const char shard_kind[] = "fihris shard 1";
static const char model_kind[] = "fihris model 1";
static const char model_name[] = "model.json";

enum { KIND_SIZE = 32, NAME_SIZE = 32 };
#define RECORD_SIZE_MAX ((size_t)256 << 20)

/* ---- The folder ----------------------------------------------------------------------------- */

struct stale {
    const char *parent;
    const char *kept;
};

static enum status remove_stale(void *context, const char *name, struct error *error)
{
    const struct stale *stale = context;
    if (strcmp(name, stale->kept) == 0) {
        return STATUS_OK;
    }
    char *path = path_join(stale->parent, name);
    enum status status =
        path == NULL ? error_no_memory(error, strlen(name)) : path_remove(path, error);
    memory_free(path);
    return status;
}

enum status building_open(const struct archive *archive, const struct digest *plan,
                          struct building *building, struct error *error)
{
    *building = (struct building){.archive = archive};
    char name[DIGEST_TEXT_SIZE];
    digest_text(plan, name);
    char *parent = archive_folder_path(archive, ARCHIVE_BUILDING);
    building->path = parent == NULL ? NULL : path_join(parent, name);
    enum status status = STATUS_OK;
    if (building->path == NULL) {
        status = error_no_memory(error, DIGEST_TEXT_SIZE);
        goto out;
    }
    bool fresh = !file_exists(building->path);
    status = folder_make(building->path, error);
    if (status == STATUS_OK && archive->lock >= 0) {
        status = folder_list(parent, remove_stale, &(struct stale){.parent = parent, .kept = name},
                             error);
        if (status == STATUS_OK && fresh) {
            status = archive_clean(archive, error);
        }
    }
out:
    memory_free(parent);
    if (status != STATUS_OK) {
        building_close(building);
    }
    return status;
}

void building_close(struct building *building)
{
    if (building != NULL) {
        memory_free(building->path);
        *building = (struct building){.path = NULL};
    }
}

enum status building_remove(const struct building *building, struct error *error)
{
    return path_remove(building->path, error);
}

static char *numbered_path(const struct building *building, const char *what, uint32_t number,
                           const char *suffix)
{
    char name[NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s-%04" PRIu32 "%s", what, number, suffix);
    return path_join(building->path, name);
}

char *building_shard_path(const struct building *building, uint32_t shard)
{
    return numbered_path(building, "shard", shard, ".mdb");
}

char *building_merge_path(const struct building *building, uint32_t merge)
{
    return numbered_path(building, "merge", merge, ".mdb");
}

/* ---- Small sealed JSON files ---------------------------------------------------------------- */

static enum status write_sealed(const char *path, const struct record_shape *shape,
                                const void *source, struct error *error)
{
    struct buffer out;
    buffer_init(&out, RECORD_SIZE_MAX);
    struct json_writer writer;
    json_writer_init(&writer, &out, error);
    writer.pretty = true;
    record_write(&writer, NULL, shape, source);
    enum status status = json_writer_status(&writer);
    if (status == STATUS_OK) {
        status = record_seal(&out, error);
    }
    if (status == STATUS_OK) {
        status = file_replace(path, out.bytes, out.size, error);
    }
    buffer_release(&out);
    return status;
}

static enum status read_sealed(const char *path, const struct record_shape *shape, void *target,
                               struct error *error)
{
    struct segment_record_context context = {.pages_left = MANIFEST_PAGES_MAX};
    struct error reason = {.code = STATUS_OK};
    struct buffer bytes;
    struct buffer body;
    buffer_init(&bytes, RECORD_SIZE_MAX);
    buffer_init(&body, RECORD_SIZE_MAX);
    enum status status = file_read(path, &bytes, error);
    if (status != STATUS_OK) {
        goto out;
    }
    status = record_unseal(bytes.bytes, bytes.size, &body, &reason);
    if (status == STATUS_OK) {
        status = record_read((const char *)body.bytes, body.size, shape, target, &context, &reason);
    }
    if (status != STATUS_OK) {
        status = error_set(error, status, "cannot read '%s': %s", path, reason.message);
    }
out:
    buffer_release(&body);
    buffer_release(&bytes);
    return status;
}

/* ---- The model ------------------------------------------------------------------------------ */

struct model_record {
    char kind[KIND_SIZE];
    struct manifest_file file;
};

static const struct record_field model_fields[] = {
    {.name = "kind",
     .kind = RECORD_TEXT,
     .offset = offsetof(struct model_record, kind),
     .limit = KIND_SIZE},
    {.name = "model",
     .kind = RECORD_DIGEST,
     .offset = offsetof(struct model_record, file) + offsetof(struct manifest_file, digest)},
    {.name = "size",
     .kind = RECORD_U64,
     .offset = offsetof(struct model_record, file) + offsetof(struct manifest_file, size),
     .limit = RECORD_COUNT_MAX},
};
static const struct record_shape model_shape = {
    .fields = model_fields, .count = sizeof model_fields / sizeof model_fields[0]};

enum status building_model_set(const struct building *building, const struct manifest_file *model,
                               struct error *error)
{
    struct model_record record = {.file = *model};
    memcpy(record.kind, model_kind, sizeof model_kind);
    char *path = path_join(building->path, model_name);
    enum status status = path == NULL ? error_no_memory(error, NAME_SIZE)
                                      : write_sealed(path, &model_shape, &record, error);
    memory_free(path);
    return status;
}

enum status building_model_get(const struct building *building, struct manifest_file *model,
                               struct error *error)
{
    struct model_record record = {.file = {.size = 0}};
    struct model opened = {.view = {.size = 0}};
    char *model_path = NULL;
    char *path = path_join(building->path, model_name);
    if (path == NULL) {
        return error_no_memory(error, NAME_SIZE);
    }
    enum status status = read_sealed(path, &model_shape, &record, error);
    if (status == STATUS_OK && strcmp(record.kind, model_kind) != 0) {
        status = STATUS_FORMAT;
    }
    if (status == STATUS_OK) {
        model_path = archive_file_path(building->archive, ARCHIVE_MODELS, &record.file.digest);
        status = model_path == NULL ? error_no_memory(error, NAME_SIZE)
                                    : model_open(model_path, &record.file.digest, &opened, error);
    }
    if (status == STATUS_OK) {
        *model = record.file;
        model_close(&opened);
    } else if (status == STATUS_FORMAT) {
        status =
            error_set(error, STATUS_NOT_FOUND, "the model of '%s' is not there", building->path);
    }
    memory_free(model_path);
    memory_free(path);
    return status;
}

/* ---- Shards --------------------------------------------------------------------------------- */

struct shard_record {
    char kind[KIND_SIZE];
    uint32_t shard;
    struct building_shard content;
};

#define CONTENT_OFFSET(field)                                                                      \
    (offsetof(struct shard_record, content) + offsetof(struct building_shard, field))

static const struct record_field shard_fields[] = {
    {.name = "kind",
     .kind = RECORD_TEXT,
     .offset = offsetof(struct shard_record, kind),
     .limit = KIND_SIZE},
    {.name = "shard",
     .kind = RECORD_U32,
     .offset = offsetof(struct shard_record, shard),
     .limit = BUILDING_SHARDS_MAX - 1},
    {.name = "unchanged",
     .kind = RECORD_U64,
     .offset = CONTENT_OFFSET(unchanged),
     .limit = RECORD_COUNT_MAX},
    {.name = "replaced",
     .kind = RECORD_U64,
     .offset = CONTENT_OFFSET(replaced),
     .limit = RECORD_COUNT_MAX},
    {.name = "rejected_before",
     .kind = RECORD_U64,
     .offset = CONTENT_OFFSET(rejected_before),
     .limit = RECORD_COUNT_MAX},
    {.name = "segment",
     .kind = RECORD_OBJECT,
     .offset = CONTENT_OFFSET(segment),
     .shape = &segment_record_shape},
};
static const struct record_shape shard_shape = {
    .fields = shard_fields, .count = sizeof shard_fields / sizeof shard_fields[0]};

enum status building_shard_finish(const struct building *building, uint32_t shard,
                                  const struct building_shard *content, struct error *error)
{
    assert(shard < BUILDING_SHARDS_MAX && content->segment.deleted == 0);
    struct shard_record record = {.shard = shard, .content = *content};
    memcpy(record.kind, shard_kind, sizeof shard_kind);
    char *path = numbered_path(building, "shard", shard, ".json");
    enum status status = path == NULL ? error_no_memory(error, NAME_SIZE)
                                      : write_sealed(path, &shard_shape, &record, error);
    memory_free(path);
    return status;
}

enum status building_notes_write(const struct building *building, uint32_t shard, const void *bytes,
                                 size_t size, struct error *error)
{
    char *path = numbered_path(building, "shard", shard, ".notes");
    enum status status =
        path == NULL ? error_no_memory(error, NAME_SIZE) : file_replace(path, bytes, size, error);
    memory_free(path);
    return status;
}

enum status building_notes_read(const struct building *building, uint32_t shard, struct buffer *out,
                                struct error *error)
{
    char *path = numbered_path(building, "shard", shard, ".notes");
    enum status status =
        path == NULL ? error_no_memory(error, NAME_SIZE) : file_read(path, out, error);
    memory_free(path);
    return status;
}

enum status building_shard_read(const struct building *building, uint32_t shard,
                                struct building_shard *content, struct error *error)
{
    struct shard_record record = {.shard = 0};
    *content = record.content;
    char *path = numbered_path(building, "shard", shard, ".json");
    if (path == NULL) {
        return error_no_memory(error, NAME_SIZE);
    }
    enum status status = read_sealed(path, &shard_shape, &record, error);
    if (status == STATUS_OK && (strcmp(record.kind, shard_kind) != 0 || record.shard != shard ||
                                record.content.segment.deleted != 0)) {
        status = error_set(error, STATUS_FORMAT, "cannot read '%s': not of this shard", path);
    }
    if (status == STATUS_OK) {
        status = segment_record_check(&record.content.segment, error);
    }
    if (status == STATUS_OK) {
        *content = record.content;
    } else {
        segment_record_release(&record.content.segment);
    }
    memory_free(path);
    return status;
}

char *building_shard_find(const struct building *building, uint32_t shard,
                          const struct digest *digest, bool *moved)
{
    *moved = false;
    char *path = building_shard_path(building, shard);
    if (path == NULL || file_exists(path)) {
        return path;
    }
    *moved = true;
    memory_free(path);
    return archive_file_path(building->archive, ARCHIVE_SEGMENTS, digest);
}

/* The record goes first: without it the rest does not count. */
static enum status remove_shard(const struct building *building, uint32_t shard,
                                struct error *error)
{
    static const char *const suffixes[] = {".json", ".notes", ".mdb"};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0] && status == STATUS_OK; i++) {
        char *path = numbered_path(building, "shard", shard, suffixes[i]);
        status = path == NULL ? error_no_memory(error, NAME_SIZE) : path_remove(path, error);
        memory_free(path);
    }
    return status;
}

enum status building_shard_check(const struct building *building, uint32_t shard, bool *finished,
                                 struct building_shard *content, struct error *error)
{
    *finished = false;
    enum status status = building_shard_read(building, shard, content, error);
    if (status == STATUS_OK) {
        bool moved = false;
        char *path = building_shard_find(building, shard, &content->segment.seal.digest, &moved);
        status = path == NULL ? error_no_memory(error, NAME_SIZE)
                              : store_verify(path, 1, &content->segment.seal, error);
        memory_free(path);
        if (status == STATUS_OK) {
            *finished = true;
            return STATUS_OK;
        }
        segment_record_release(&content->segment);
    }
    return status == STATUS_NOMEM ? status : remove_shard(building, shard, error);
}
