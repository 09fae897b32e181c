#include "snapshot/publish.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/thread.h"
#include "index/merge.h"
#include "snapshot/deletions.h"
#include "snapshot/model.h"
#include "snapshot/snapshot.h"
#include "snapshot/supersede.h"

/* A segment that the next snapshot may be made of. */
struct part {
    struct segment_record record; /* owned */
    struct segment *segment;      /* open; owned when `path` is not NULL */
    char *path; /* where a new one lies; NULL: in its place since earlier; owned */
    bool moved; /* `path` is its place: an earlier try has moved it */
};

struct publishing {
    const struct publish_options *options;
    bool has_old;
    bool extends;         /* there is an old one and it stays part of the next */
    struct snapshot old;  /* its segments are borrowed by `parts` */
    struct model model;   /* of the run, when it does not extend the old one */
    struct building work; /* own folder for merges when the run has none */
    const struct building *building;
    struct part *parts;
    uint32_t part_count;
    uint32_t first_new;
    struct segment **segments; /* of `parts`, for supersede(); borrowed */
    struct deletions deletions;
    struct merge_range *ranges;
    uint32_t range_count;
    struct part *merged; /* one a range; only those rewritten are filled */
    uint64_t merge_bytes_total;
    _Atomic uint64_t merge_bytes_done;
    struct manifest next;
    struct deletions next_deletions;
};

static enum status announce(const struct publishing *publishing, enum publish_step step,
                            uint64_t done, uint64_t total, struct error *error)
{
    const struct publish_options *options = publishing->options;
    if (options->step != NULL && !options->step(options->context, step, done, total)) {
        return error_set(error, STATUS_STOPPED, "stopped on request");
    }
    return STATUS_OK;
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

static int compression_level(const struct publishing *publishing)
{
    const struct manifest_options *options =
        publishing->extends ? &publishing->old.manifest.options : publishing->options->options;
    return (int)options->compression_level;
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

static bool is_empty(const struct segment_counts *counts)
{
    return counts->documents == 0 && counts->rejected == 0 && counts->repaired == 0;
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
    if (is_empty(&content.segment.counts)) {
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

static enum status open_all(struct publishing *publishing, struct error *error)
{
    enum status status = open_old(publishing, error);
    if (status == STATUS_OK) {
        status = check_identity(publishing, error);
    }
    if (status == STATUS_OK) {
        status = open_model(publishing, error);
    }
    return status == STATUS_OK ? open_parts(publishing, error) : status;
}

/* ---- What is replaced ----------------------------------------------------------------------- */

static enum status copy_list(const struct deletion_list *from, struct deletion_list *to,
                             struct error *error)
{
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < from->count && status == STATUS_OK; i++) {
        status = deletion_list_add(to, from->documents[i], error);
    }
    return status;
}

static enum status find_replaced(struct publishing *publishing, struct publish_result *result,
                                 struct error *error)
{
    struct deletions *deletions = &publishing->deletions;
    uint64_t before = 0;
    uint64_t after = 0;
    enum status status = announce(publishing, PUBLISH_SUPERSEDE, 0, publishing->part_count, error);
    if (status == STATUS_OK) {
        status = deletions_init(deletions, publishing->part_count, error);
    }
    for (uint32_t i = 0; i < publishing->first_new && status == STATUS_OK; i++) {
        before += publishing->old.deletions.lists[i].count;
        status = copy_list(&publishing->old.deletions.lists[i], &deletions->lists[i], error);
    }
    if (status == STATUS_OK) {
        status = supersede(publishing->segments, publishing->part_count, publishing->first_new,
                           deletions, error);
    }
    for (uint32_t i = 0; i < publishing->part_count && status == STATUS_OK; i++) {
        publishing->parts[i].record.deleted = deletions->lists[i].count;
        after += i < publishing->first_new ? deletions->lists[i].count : 0;
    }
    result->replaced = after - before;
    return status;
}

/* ---- Merging -------------------------------------------------------------------------------- */

static enum status choose_ranges(struct publishing *publishing, struct error *error)
{
    const struct publish_options *options = publishing->options;
    struct merge_limits limits = {.documents_max = SEGMENT_DOCUMENTS_MAX,
                                  .bytes_max = options->segment_bytes_max == 0
                                                   ? PUBLISH_SEGMENT_BYTES_MAX
                                                   : options->segment_bytes_max};
    uint32_t count = publishing->part_count;
    struct merge_candidate *candidates = memory_zalloc(count, sizeof *candidates);
    if (candidates == NULL) {
        return error_no_memory(error, count * sizeof *candidates);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct segment_record *record = &publishing->parts[i].record;
        candidates[i] = (struct merge_candidate){.bytes = record->seal.size,
                                                 .documents = record->counts.documents,
                                                 .deleted = record->deleted};
    }
    publishing->range_count = merge_policy(candidates, count, publishing->first_new, options->merge,
                                           &limits, publishing->ranges);
    for (uint32_t i = 0; i < publishing->range_count; i++) {
        const struct merge_range *range = &publishing->ranges[i];
        for (uint32_t k = 0; range->rewrite && k < range->count; k++) {
            publishing->merge_bytes_total += candidates[range->first + k].bytes;
        }
    }
    memory_free(candidates);
    return STATUS_OK;
}

static bool note_written(void *context, uint64_t bytes)
{
    struct publishing *publishing = context;
    uint64_t done = atomic_fetch_add(&publishing->merge_bytes_done, bytes) + bytes;
    uint64_t total = publishing->merge_bytes_total;
    return announce(publishing, PUBLISH_MERGE, done > total ? total : done, total, NULL) ==
           STATUS_OK;
}

static enum status merge_range(struct publishing *publishing, uint32_t index, struct error *error)
{
    const struct merge_range *range = &publishing->ranges[index];
    struct part *merged = &publishing->merged[index];
    struct merge_input *inputs = memory_zalloc(range->count, sizeof *inputs);
    merged->path = building_merge_path(publishing->building, index);
    if (inputs == NULL || merged->path == NULL) {
        memory_free(inputs);
        return error_no_memory(error, range->count * sizeof *inputs);
    }
    for (uint32_t i = 0; i < range->count; i++) {
        uint32_t part = range->first + i;
        inputs[i] = (struct merge_input){.segment = publishing->parts[part].segment,
                                         .deleted = publishing->deletions.lists[part].documents,
                                         .deleted_count = publishing->deletions.lists[part].count};
    }
    struct merge_options options = {.compression_level = compression_level(publishing),
                                    .threads = publishing->options->threads,
                                    .clock = publishing->options->clock,
                                    .written = note_written,
                                    .context = publishing};
    enum status status = merge_segments(merged->path, inputs, range->count, &options,
                                        &merged->record.counts, &merged->record.seal, error);
    memory_free(inputs);
    return status;
}

/* Without a run the merges are made in a folder of their own. */
static enum status open_work(struct publishing *publishing, struct error *error)
{
    publishing->building = publishing->options->building;
    if (publishing->building != NULL) {
        return STATUS_OK;
    }
    static const char name[] = "merge";
    struct digest plan = digest_of(name, sizeof name - 1);
    enum status status =
        building_open(publishing->options->archive, &plan, &publishing->work, error);
    publishing->building = &publishing->work;
    return status;
}

static enum status merge_all(struct publishing *publishing, struct publish_result *result,
                             struct error *error)
{
    for (uint32_t i = 0; i < publishing->range_count; i++) {
        result->merges += publishing->ranges[i].rewrite;
    }
    if (result->merges == 0) {
        return STATUS_OK;
    }
    phase_enter(publishing->options->clock, PHASE_MERGE);
    enum status status =
        announce(publishing, PUBLISH_MERGE, 0, publishing->merge_bytes_total, error);
    if (status == STATUS_OK) {
        status = open_work(publishing, error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < publishing->range_count; i++) {
        if (publishing->ranges[i].rewrite) {
            status = merge_range(publishing, i, error);
        }
    }
    return status;
}

/* ---- The next snapshot ---------------------------------------------------------------------- */

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

static const struct part *range_part(const struct publishing *publishing, uint32_t range)
{
    const struct merge_range *chosen = &publishing->ranges[range];
    return chosen->rewrite ? &publishing->merged[range] : &publishing->parts[chosen->first];
}

static enum status move_all(struct publishing *publishing, struct error *error)
{
    enum status status = STATUS_OK;
    uint32_t count = publishing->range_count;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status = announce(publishing, PUBLISH_MOVE, i, count, error);
        if (status == STATUS_OK) {
            status = move_part(publishing, range_part(publishing, i), error);
        }
    }
    return status;
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

static enum status fill_manifest(struct publishing *publishing, struct error *error)
{
    begin_manifest(publishing);
    struct deletions *deletions = &publishing->next_deletions;
    enum status status = deletions_init(deletions, publishing->range_count, error);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < publishing->range_count && status == STATUS_OK; i++) {
        const struct merge_range *range = &publishing->ranges[i];
        const struct part *part = range_part(publishing, i);
        if (is_empty(&part->record.counts)) {
            continue;
        }
        status = manifest_add(&publishing->next, &part->record, error);
        if (status == STATUS_OK && !range->rewrite) {
            status = copy_list(&publishing->deletions.lists[range->first], &deletions->lists[kept],
                               error);
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

static enum status write_deletions(struct publishing *publishing, struct error *error)
{
    if (!has_deletions(&publishing->next)) {
        return STATUS_OK;
    }
    struct manifest_file *file = &publishing->next.deletions;
    char *path = NULL;
    struct buffer bytes;
    buffer_init(&bytes, DELETIONS_SIZE_MAX);
    enum status status = announce(publishing, PUBLISH_DERIVED, 0, 1, error);
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
    enum status status = announce(publishing, PUBLISH_MANIFEST, 0, 1, error);
    if (status == STATUS_OK) {
        status = archive_write_manifest(archive, &publishing->next, &current, error);
    }
    if (status == STATUS_OK) {
        status = announce(publishing, PUBLISH_COMMIT, 0, 1, error);
    }
    return status == STATUS_OK ? archive_write_current(archive, &current, error) : status;
}

/* The snapshot is live whatever happens here: what cannot be removed now is removed by the next
 * run. */
static void clean(const struct publishing *publishing)
{
    (void)announce(publishing, PUBLISH_CLEAN, 0, 1, NULL);
    if (publishing->building != NULL) {
        (void)(building_remove(publishing->building, NULL) == STATUS_OK);
    }
    (void)(archive_clean(publishing->options->archive, NULL) == STATUS_OK);
}

static enum status write_snapshot(struct publishing *publishing, struct error *error)
{
    phase_enter(publishing->options->clock, PHASE_SYNC);
    enum status status = move_all(publishing, error);
    if (status == STATUS_OK) {
        status = write_deletions(publishing, error);
    }
    return status == STATUS_OK ? commit(publishing, error) : status;
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

static void publishing_release(struct publishing *publishing)
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

/* Nothing came in, and there is a snapshot already. */
static bool is_quiet(const struct publishing *publishing)
{
    return publishing->extends && publishing->part_count == publishing->first_new;
}

/* The next snapshot would say what the live one does. */
static bool is_same(const struct publishing *publishing)
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

/* Makes the next manifest; `*changed` is false when there is no need for it. */
static enum status decide(struct publishing *publishing, const struct publish_result *result,
                          bool *changed, struct error *error)
{
    *changed = !is_quiet(publishing) || result->merges > 0;
    enum status status = *changed ? fill_manifest(publishing, error) : STATUS_OK;
    *changed = *changed && !(publishing->options->replace && is_same(publishing));
    return status;
}

enum status publish(const struct publish_options *options, struct publish_result *result,
                    struct error *error)
{
    assert(options->archive->lock >= 0);
    *result = (struct publish_result){.published = false};
    struct publishing publishing = {.options = options, .building = options->building};
    manifest_init(&publishing.next);
    enum status status = open_all(&publishing, error);
    if (status == STATUS_OK && !publishing.has_old && options->building == NULL) {
        status = error_set(error, STATUS_NOT_FOUND, "archive '%s' has no snapshot yet",
                           options->archive->path);
    }
    if (status == STATUS_OK) {
        status = find_replaced(&publishing, result, error);
    }
    if (status == STATUS_OK && (!is_quiet(&publishing) || options->merge == MERGE_ALL)) {
        status = choose_ranges(&publishing, error);
    }
    if (status == STATUS_OK) {
        status = merge_all(&publishing, result, error);
    }
    result->segments_added = publishing.part_count - publishing.first_new;
    if (status == STATUS_OK) {
        status = decide(&publishing, result, &result->published, error);
    }
    if (status == STATUS_OK && result->published) {
        status = write_snapshot(&publishing, error);
    }
    if (status == STATUS_OK) {
        const struct manifest *live =
            result->published ? &publishing.next : &publishing.old.manifest;
        result->number = live->number;
        result->segments = live->segment_count;
        clean(&publishing);
    } else {
        result->published = false;
    }
    publishing_release(&publishing);
    return status;
}

enum status publish_rollback(const struct archive *archive, uint32_t number, uint32_t *new_number,
                             struct error *error)
{
    struct archive_current current;
    struct snapshot wanted = {.segments = NULL};
    enum status status = archive_read_current(archive, &current, error);
    if (status == STATUS_OK) {
        status = snapshot_open(archive, number, &wanted, error); /* whole, or not at all */
    }
    if (status != STATUS_OK) {
        return status;
    }
    *new_number = current.number;
    if (wanted.manifest.number != current.number) {
        wanted.manifest.parent = current.number;
        wanted.manifest.number = current.number + 1;
        *new_number = wanted.manifest.number;
        status = archive_write_manifest(archive, &wanted.manifest, &current, error);
        if (status == STATUS_OK) {
            status = archive_write_current(archive, &current, error);
        }
        if (status == STATUS_OK) {
            (void)(archive_clean(archive, NULL) == STATUS_OK);
        }
    }
    snapshot_close(&wanted);
    return status;
}
