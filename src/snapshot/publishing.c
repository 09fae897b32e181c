#include "snapshot/publishing.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"

enum status publishing_announce(const struct publishing *publishing, enum publish_step step,
                                uint64_t done, uint64_t total, struct error *error)
{
    const struct publish_options *options = publishing->options;
    if (options->step != NULL && !options->step(options->context, step, done, total)) {
        return error_set(error, STATUS_STOPPED, "stopped on request");
    }
    return STATUS_OK;
}

bool publishing_is_empty(const struct segment_counts *counts)
{
    return counts->documents == 0 && counts->rejected == 0 && counts->repaired == 0;
}

enum status publishing_copy_list(const struct deletion_list *from, struct deletion_list *to,
                                 struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < from->count && status == STATUS_OK; i++) {
        status = deletion_list_add(to, from->documents[i], error);
    }
    return status;
}

/* ---- Opening what there is ------------------------------------------------------------------ */

static enum status open_old(struct publishing *publishing, struct error *error)
{
    struct archive_current current;
    enum status status = archive_read_current(publishing->options->archive, &current, error);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = snapshot_open(publishing->options->archive, 0, &publishing->old, error);
        publishing->has_old = status == STATUS_OK;
        publishing->extends = publishing->has_old && !publishing->options->replace;
    }
    return status;
}

/* What an archive was begun with stays: terms made by another analyser, or documents compressed
 * in other symbols, cannot stand beside its own. */
static enum status check_identity(const struct publishing *publishing, struct error *error)
{
    const struct publish_options *options = publishing->options;
    const struct manifest *old = &publishing->old.manifest;
    if (options->building == NULL || !publishing->extends) {
        return STATUS_OK;
    }
    if (strcmp(old->analyser.name, options->analyser->name) != 0 ||
        old->analyser.version != options->analyser->version ||
        strcmp(old->analyser.options, options->analyser->options) != 0) {
        return error_set(error, STATUS_USAGE,
                         "cannot add to archive '%s': it was made with analyzer '%s' version "
                         "%" PRIu32 ", this run uses '%s' version %" PRIu32
                         "; rebuild it, or index into a new folder",
                         options->archive->path, old->analyser.name, old->analyser.version,
                         options->analyser->name, options->analyser->version);
    }
    if (digest_compare(&old->model.digest, &options->model.digest) != 0) {
        return error_set(error, STATUS_USAGE,
                         "cannot add to archive '%s': the new segments were built with another "
                         "model than its own",
                         options->archive->path);
    }
    return STATUS_OK;
}

static enum status open_model(struct publishing *publishing, struct error *error)
{
    const struct publish_options *options = publishing->options;
    if (publishing->extends || options->building == NULL) {
        return STATUS_OK;
    }
    char *path = archive_file_path(options->archive, ARCHIVE_MODELS, &options->model.digest);
    if (path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = model_open(path, &options->model.digest, &publishing->model, error);
    memory_free(path);
    return status;
}

static enum status add_old_parts(struct publishing *publishing, struct error *error)
{
    enum status status = STATUS_OK;
    uint32_t count = publishing->extends ? publishing->old.manifest.segment_count : 0;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        struct part *part = &publishing->parts[publishing->part_count++];
        part->segment = publishing->old.segments[i];
        status = segment_record_copy(&publishing->old.manifest.segments[i], &part->record, error);
    }
    publishing->first_new = count;
    return status;
}

static enum status add_shard(struct publishing *publishing, uint32_t shard, struct error *error)
{
    const struct building *building = publishing->options->building;
    struct building_shard content;
    enum status status = building_shard_read(building, shard, &content, error);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND
                   ? error_set(error, STATUS_USAGE,
                               "cannot publish: shard %" PRIu32 " is not finished", shard)
                   : status;
    }
    if (publishing_is_empty(&content.segment.counts)) {
        segment_record_release(&content.segment);
        return STATUS_OK;
    }
    struct part *part = &publishing->parts[publishing->part_count++];
    part->record = content.segment;
    part->path = building_shard_find(building, shard, &content.segment.seal.digest, &part->moved);
    if (part->path == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    const struct model *model = publishing->extends ? &publishing->old.model : &publishing->model;
    return segment_open(part->path, &part->record.seal, &model->symbols, &part->segment, error);
}

static enum status open_parts(struct publishing *publishing, struct error *error)
{
    uint32_t shards = publishing->options->building == NULL ? 0 : publishing->options->shard_count;
    size_t room = (size_t)publishing->old.manifest.segment_count + shards;
    publishing->parts = memory_zalloc(room, sizeof *publishing->parts);
    publishing->merged = memory_zalloc(room, sizeof *publishing->merged);
    publishing->ranges = memory_zalloc(room, sizeof *publishing->ranges);
    publishing->segments = memory_zalloc(room, sizeof(struct segment *));
    if (publishing->parts == NULL || publishing->merged == NULL || publishing->ranges == NULL ||
        publishing->segments == NULL) {
        return error_no_memory(error, room * sizeof *publishing->parts);
    }
    enum status status = add_old_parts(publishing, error);
    for (uint32_t shard = 0; shard < shards && status == STATUS_OK; shard++) {
        status = add_shard(publishing, shard, error);
    }
    for (uint32_t i = 0; i < publishing->part_count; i++) {
        publishing->segments[i] = publishing->parts[i].segment;
    }
    return status;
}

enum status publishing_open(const struct publish_options *options, struct publishing *publishing,
                            struct error *error)
{
    *publishing = (struct publishing){.options = options, .building = options->building};
    manifest_init(&publishing->next);
    enum status status = open_old(publishing, error);
    if (status == STATUS_OK) {
        status = check_identity(publishing, error);
    }
    if (status == STATUS_OK) {
        status = open_model(publishing, error);
    }
    return status == STATUS_OK ? open_parts(publishing, error) : status;
}

static void release_parts(struct part *parts, size_t count)
{
    for (size_t i = 0; parts != NULL && i < count; i++) {
        if (parts[i].path != NULL) {
            segment_close(parts[i].segment);
        }
        memory_free(parts[i].path);
        segment_record_release(&parts[i].record);
    }
    memory_free(parts);
}

void publishing_release(struct publishing *publishing)
{
    deletions_release(&publishing->next_deletions);
    manifest_release(&publishing->next);
    deletions_release(&publishing->deletions);
    release_parts(publishing->merged, publishing->range_count);
    release_parts(publishing->parts, publishing->part_count);
    memory_free(publishing->ranges);
    memory_free(publishing->segments);
    building_close(&publishing->work);
    model_close(&publishing->model);
    if (publishing->has_old) {
        snapshot_close(&publishing->old);
    }
}
