#include "snapshot/publish_snapshot.h"

#include <assert.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

/* ---- What it says --------------------------------------------------------------------------- */

static const struct part *range_part(const struct publishing *publishing, uint32_t range)
{
    const struct merge_range *chosen = &publishing->ranges[range];
    return chosen->rewrite ? &publishing->merged[range] : &publishing->parts[chosen->first];
}

static void begin_manifest(struct publishing *publishing)
{
    const struct publish_options *options = publishing->options;
    const struct manifest *old = &publishing->old.manifest;
    struct manifest *next = &publishing->next;
    manifest_init(next);
    next->number = 1;
    if (publishing->has_old) {
        next->number = old->number + 1;
        next->parent = old->number;
        next->inputs = old->inputs;
    }
    next->analyser = publishing->extends ? old->analyser : *options->analyser;
    next->options = publishing->extends ? old->options : *options->options;
    next->model = publishing->extends ? old->model : options->model;
    if (options->building != NULL && !options->replace) {
        manifest_inputs_add(&next->inputs, &options->inputs);
    }
}

enum status publish_snapshot_fill(struct publishing *publishing, struct error *error)
{
    begin_manifest(publishing);
    struct deletions *deletions = &publishing->next_deletions;
    enum status status = deletions_init(deletions, publishing->range_count, error);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < publishing->range_count && status == STATUS_OK; i++) {
        const struct merge_range *range = &publishing->ranges[i];
        const struct part *part = range_part(publishing, i);
        if (publishing_is_empty(&part->record.counts)) {
            continue;
        }
        status = manifest_add(&publishing->next, &part->record, error);
        if (status == STATUS_OK && !range->rewrite) {
            status = publishing_copy_list(&publishing->deletions.lists[range->first],
                                          &deletions->lists[kept], error);
        }
        kept++;
    }
    for (uint32_t i = kept; i < deletions->count; i++) {
        assert(deletions->lists[i].count == 0);
    }
    deletions->count = status == STATUS_OK ? kept : deletions->count;
    return status;
}

static bool has_deletions(const struct manifest *manifest)
{
    struct segment_counts counts;
    uint64_t deleted = 0;
    manifest_counts(manifest, &counts, &deleted);
    return deleted > 0;
}

bool publish_snapshot_same(const struct publishing *publishing)
{
    const struct manifest *old = &publishing->old.manifest;
    const struct manifest *next = &publishing->next;
    bool same = publishing->has_old && old->segment_count == next->segment_count &&
                old->deletions.size == 0 && !has_deletions(next) &&
                digest_compare(&old->model.digest, &next->model.digest) == 0 &&
                strcmp(old->analyser.name, next->analyser.name) == 0 &&
                strcmp(old->analyser.options, next->analyser.options) == 0 &&
                old->analyser.version == next->analyser.version &&
                old->options.shard_bytes == next->options.shard_bytes &&
                old->options.entities == next->options.entities &&
                old->options.compression_level == next->options.compression_level;
    for (uint32_t i = 0; same && i < next->segment_count; i++) {
        same = digest_compare(&old->segments[i].seal.digest, &next->segments[i].seal.digest) == 0;
    }
    return same;
}

/* ---- Writing it ----------------------------------------------------------------------------- */

/* Puts a new segment's file under its own name, on disk. The name comes from the content, so what
 * may be there already has the same bytes, or is damaged and better replaced. */
static enum status move_part(const struct publishing *publishing, const struct part *part,
                             struct error *error)
{
    if (part->path == NULL || part->moved) {
        return STATUS_OK;
    }
    char *place = archive_file_path(publishing->options->archive, ARCHIVE_SEGMENTS,
                                    &part->record.seal.digest);
    if (place == NULL) {
        return error_no_memory(error, DIGEST_TEXT_SIZE);
    }
    enum status status = STATUS_OK;
    /* Two shards with the same bytes share one name: the first has been moved for both. */
    if (file_exists(part->path) || !file_exists(place)) {
        status = file_sync(part->path, error);
        if (status == STATUS_OK) {
            status = file_rename(part->path, place, error);
        }
    }
    memory_free(place);
    return status;
}

static enum status move_all(struct publishing *publishing, struct error *error)
{
    enum status status = STATUS_OK;
    uint32_t count = publishing->range_count;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = publishing_announce(publishing, PUBLISH_MOVE, i, count, error);
        if (status == STATUS_OK) {
            status = move_part(publishing, range_part(publishing, i), error);
        }
    }
    return status;
}

static enum status write_deletions(struct publishing *publishing, struct error *error)
{
    if (!has_deletions(&publishing->next)) {
        return STATUS_OK;
    }
    struct manifest_file *file = &publishing->next.deletions;
    char *path = NULL;
    struct buffer bytes;
    buffer_init(&bytes, DELETIONS_SIZE_MAX);
    enum status status = publishing_announce(publishing, PUBLISH_DERIVED, 0, 1, error);
    if (status == STATUS_OK) {
        status = deletions_write(&publishing->next_deletions, &bytes, error);
    }
    if (status != STATUS_OK) {
        goto out;
    }
    memcpy(file->digest.bytes, bytes.bytes + bytes.size - DIGEST_SIZE, DIGEST_SIZE);
    file->size = bytes.size;
    path = archive_file_path(publishing->options->archive, ARCHIVE_DERIVED, &file->digest);
    status = path == NULL ? error_no_memory(error, DIGEST_TEXT_SIZE)
                          : file_replace(path, bytes.bytes, bytes.size, error);
out:
    memory_free(path);
    buffer_release(&bytes);
    return status;
}

static enum status commit(struct publishing *publishing, struct error *error)
{
    const struct archive *archive = publishing->options->archive;
    struct archive_current current;
    enum status status = publishing_announce(publishing, PUBLISH_MANIFEST, 0, 1, error);
    if (status == STATUS_OK) {
        status = archive_write_manifest(archive, &publishing->next, &current, error);
    }
    if (status == STATUS_OK) {
        status = publishing_announce(publishing, PUBLISH_COMMIT, 0, 1, error);
    }
    return status == STATUS_OK ? archive_write_current(archive, &current, error) : status;
}

enum status publish_snapshot_write(struct publishing *publishing, struct error *error)
{
    phase_enter(publishing->options->clock, PHASE_SYNC);
    enum status status = move_all(publishing, error);
    if (status == STATUS_OK) {
        status = write_deletions(publishing, error);
    }
    return status == STATUS_OK ? commit(publishing, error) : status;
}
