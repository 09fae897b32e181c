#include "snapshot/publish.h"

#include <assert.h>

#include "base/thread.h"
#include "snapshot/publish_merge.h"
#include "snapshot/publish_snapshot.h"
#include "snapshot/publishing.h"
#include "snapshot/supersede.h"

static enum status find_replaced(struct publishing *publishing, struct publish_result *result,
                                 struct error *error)
{
    struct deletions *deletions = &publishing->deletions;
    uint64_t before = 0;
    uint64_t after = 0;
    enum status status =
        publishing_announce(publishing, PUBLISH_SUPERSEDE, 0, publishing->part_count, error);
    if (status == STATUS_OK) {
        status = deletions_init(deletions, publishing->part_count, error);
    }
    for (uint32_t i = 0; i < publishing->first_new && status == STATUS_OK; i++) {
        before += publishing->old.deletions.lists[i].count;
        status =
            publishing_copy_list(&publishing->old.deletions.lists[i], &deletions->lists[i], error);
    }
    if (status == STATUS_OK) {
        status = supersede(publishing->segments, publishing->part_count, publishing->first_new,
                           publishing->options->distinct, deletions, error);
    }
    for (uint32_t i = 0; i < publishing->part_count && status == STATUS_OK; i++) {
        publishing->parts[i].record.deleted = deletions->lists[i].count;
        after += i < publishing->first_new ? deletions->lists[i].count : 0;
    }
    result->replaced = after - before;
    return status;
}

static enum status close_part(void *context, size_t worker, size_t job, struct error *error)
{
    (void)worker;
    (void)error;
    struct part *part = &((struct publishing *)context)->parts[job];
    if (part->path != NULL) {
        segment_close(part->segment);
        part->segment = NULL;
    }
    return STATUS_OK;
}

/* The snapshot is live whatever happens here: what cannot be removed now is removed by the next
 * run. */
static void clean(struct publishing *publishing)
{
    (void)(publishing_announce(publishing, PUBLISH_CLEAN, 0, 1, NULL) == STATUS_OK);
    if (publishing->building != NULL) {
        (void)(building_remove(publishing->building, NULL) == STATUS_OK);
        /* Only now does the system let their pages go, which takes it a while. */
        (void)(thread_run(publishing->options->threads, publishing->part_count, close_part,
                          publishing, NULL) == STATUS_OK);
    }
    (void)(archive_clean(publishing->options->archive, NULL) == STATUS_OK);
}

/* Nothing came in, and there is a snapshot already. */
static bool is_quiet(const struct publishing *publishing)
{
    return publishing->extends && publishing->part_count == publishing->first_new;
}

/* Makes the next manifest; `*changed` is false when there is no need for it. */
static enum status decide(struct publishing *publishing, const struct publish_result *result,
                          bool *changed, struct error *error)
{
    *changed = !is_quiet(publishing) || result->merges > 0;
    enum status status = *changed ? publish_snapshot_fill(publishing, error) : STATUS_OK;
    *changed = *changed && !(publishing->options->replace && publish_snapshot_same(publishing));
    return status;
}

enum status publish(const struct publish_options *options, struct publish_result *result,
                    struct error *error)
{
    assert(options->archive->lock >= 0);
    *result = (struct publish_result){.published = false};
    struct publishing publishing;
    enum status status = publishing_open(options, &publishing, error);
    if (status == STATUS_OK && !publishing.has_old && options->building == NULL) {
        status = error_set(error, STATUS_NOT_FOUND, "archive '%s' has no snapshot yet",
                           options->archive->path);
    }
    if (status == STATUS_OK) {
        status = find_replaced(&publishing, result, error);
    }
    if (status == STATUS_OK && (!is_quiet(&publishing) || options->merge == MERGE_ALL)) {
        status = publish_merge_choose(&publishing, error);
    }
    if (status == STATUS_OK) {
        status = publish_merge(&publishing, &result->merges, error);
    }
    result->segments_added = publishing.part_count - publishing.first_new;
    if (status == STATUS_OK) {
        status = decide(&publishing, result, &result->published, error);
    }
    if (status == STATUS_OK && result->published) {
        status = publish_snapshot_write(&publishing, error);
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
