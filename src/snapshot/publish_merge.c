#include "snapshot/publish_merge.h"

#include "base/memory.h"
#include "index/merge.h"

enum status publish_merge_choose(struct publishing *publishing, struct error *error)
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
        candidates[i] =
            (struct merge_candidate){.bytes = record->seal.size,
                                     .documents = record->counts.documents,
                                     .deleted = record->deleted,
                                     .unpacked = options->unpacked && i >= publishing->first_new};
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
    return publishing_announce(publishing, PUBLISH_MERGE, done > total ? total : done, total,
                               NULL) == STATUS_OK;
}

static int compression_level(const struct publishing *publishing)
{
    const struct manifest_options *options =
        publishing->extends ? &publishing->old.manifest.options : publishing->options->options;
    return (int)options->compression_level;
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

enum status publish_merge(struct publishing *publishing, uint32_t *merges, struct error *error)
{
    *merges = 0;
    for (uint32_t i = 0; i < publishing->range_count; i++) {
        *merges += publishing->ranges[i].rewrite;
    }
    if (*merges == 0) {
        return STATUS_OK;
    }
    phase_enter(publishing->options->clock, PHASE_MERGE);
    enum status status =
        publishing_announce(publishing, PUBLISH_MERGE, 0, publishing->merge_bytes_total, error);
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
