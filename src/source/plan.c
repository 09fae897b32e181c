#include "source/plan.h"

#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"

/* Shards that are not asked for by size. Few are best (every shard repeats the frequent words, and
 * is merged), so long as all workers have something to do and enough memory: a quarter of
 * everything from 8 MiB on, 32 MiB of more, and a 32nd of a great lot, up to 64 MiB; then evened
 * out, so that the last is not a crumb:
 *     wanted = clamp(max(total / 32, min(total / 4, 32 MiB)), 8 MiB, 64 MiB)
 *     size   = ceil(total / ceil(total / wanted)) */
enum {
    SHARDS_FEW = 4,
    SHARDS_MANY = 32,
    SHARD_BYTES_MIN = 8 * 1024 * 1024,
    SHARD_BYTES_USUAL = 32 * 1024 * 1024,
    SHARD_BYTES_MAX = 64 * 1024 * 1024
};

/* ---- Shards --------------------------------------------------------------------------------- */

struct cutter {
    struct buffer shards; /* of struct shard */
    struct shard open;    /* being filled */
    bool filled;          /* `open` has an input in it */
    uint64_t shard_bytes;
};

static enum status close_shard(struct cutter *cutter, uint32_t input_next, uint64_t offset_next,
                               struct error *error)
{
    enum status status = buffer_append(&cutter->shards, &cutter->open, sizeof cutter->open, error);
    cutter->open = (struct shard){.input_first = input_next,
                                  .input_end = input_next,
                                  .offset_first = offset_next,
                                  .offset_end = UINT64_MAX};
    cutter->filled = false;
    return status;
}

static void extend_shard(struct cutter *cutter, uint32_t input, uint64_t bytes)
{
    cutter->open.input_end = input + 1;
    cutter->open.bytes += bytes;
    cutter->filled = true;
}

/* A file is cut at multiples of the shard size from its own beginning, whatever lies before it: so
 * who knows the sizes of the files only nearly (a rebuild) cuts all but always at the same places.
 * What would not fit begins the next shard. */
static enum status cut_input(struct cutter *cutter, uint32_t i, const struct input *input,
                             struct error *error)
{
    enum status status = STATUS_OK;
    uint64_t left = input->size;
    do {
        bool whole = input->kind != INPUT_JSONL || left <= cutter->shard_bytes;
        uint64_t piece = whole ? left : cutter->shard_bytes;
        if (cutter->filled && piece > cutter->shard_bytes - cutter->open.bytes) {
            assert(left == input->size);
            status = close_shard(cutter, i, 0, error);
        }
        extend_shard(cutter, i, piece);
        left -= piece;
        if (status == STATUS_OK && cutter->open.bytes >= cutter->shard_bytes) {
            cutter->open.offset_end = left == 0 ? UINT64_MAX : input->size - left;
            status = close_shard(cutter, left == 0 ? i + 1 : i, left == 0 ? 0 : input->size - left,
                                 error);
        }
    } while (status == STATUS_OK && left > 0);
    return status;
}

static uint64_t choose_shard_bytes(uint64_t total)
{
    uint64_t wanted = total / SHARDS_FEW;
    wanted = wanted > SHARD_BYTES_USUAL ? SHARD_BYTES_USUAL : wanted;
    wanted = wanted < total / SHARDS_MANY ? total / SHARDS_MANY : wanted;
    wanted = wanted < SHARD_BYTES_MIN ? SHARD_BYTES_MIN : wanted;
    wanted = wanted > SHARD_BYTES_MAX ? SHARD_BYTES_MAX : wanted;
    uint64_t count = total / wanted + (total % wanted != 0);
    return count == 0 ? wanted : total / count + (total % count != 0);
}

static enum status cut_shards(struct shard_plan *plan, uint64_t shard_bytes, struct error *error)
{
    struct cutter cutter = {.open = {.offset_end = UINT64_MAX},
                            .shard_bytes =
                                shard_bytes != 0 ? shard_bytes : choose_shard_bytes(plan->bytes)};
    buffer_init(&cutter.shards, INPUTS_BYTES_MAX);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < plan->input_count && status == STATUS_OK; i++) {
        status = cut_input(&cutter, i, &plan->inputs[i], error);
    }
    if (status == STATUS_OK && cutter.filled) {
        status = close_shard(&cutter, plan->input_count, 0, error);
    }
    size_t count = cutter.shards.size / sizeof(struct shard);
    if (status == STATUS_OK && count > UINT32_MAX) {
        status = error_set(error, STATUS_LIMIT, "cannot plan: too many shards, make them larger");
    }
    if (status != STATUS_OK || count == 0) {
        goto out;
    }
    struct shard *shards = arena_alloc(plan->arena, cutter.shards.size);
    if (shards == NULL) {
        status = error_no_memory(error, cutter.shards.size);
        goto out;
    }
    memcpy(shards, cutter.shards.bytes, cutter.shards.size);
    plan->shards = shards;
    plan->shard_count = (uint32_t)count;
out:
    buffer_release(&cutter.shards);
    return status;
}

/* ---- Plan ----------------------------------------------------------------------------------- */

static enum status keep_inputs(struct shard_plan *plan, const struct inputs_found *found,
                               struct error *error)
{
    size_t count = found->inputs.size / sizeof(struct input);
    if (count >= UINT32_MAX) {
        return error_set(error, STATUS_LIMIT, "cannot plan: too many input files");
    }
    plan->bytes = found->bytes;
    plan->let_go = found->bytes >= PLAN_LET_GO_BYTES;
    plan->skipped_files = found->skipped_files;
    plan->input_count = (uint32_t)count;
    if (count == 0) {
        return STATUS_OK;
    }
    struct input *inputs = arena_alloc(plan->arena, found->inputs.size);
    if (inputs == NULL) {
        return error_no_memory(error, found->inputs.size);
    }
    memcpy(inputs, found->inputs.bytes, found->inputs.size);
    plan->inputs = inputs;
    return STATUS_OK;
}

enum status shard_plan_make(const char *const *paths, size_t path_count,
                            const struct plan_options *options, struct shard_plan *plan,
                            struct error *error)
{
    *plan = (struct shard_plan){.arena = arena_new(INPUTS_BYTES_MAX)};
    if (plan->arena == NULL) {
        return error_no_memory(error, 1);
    }
    struct inputs_found found;
    enum status status = walk_inputs(paths, path_count, &options->walk, plan->arena, &found, error);
    if (status == STATUS_OK) {
        status = keep_inputs(plan, &found, error);
    }
    if (status == STATUS_OK) {
        status = cut_shards(plan, options->shard_bytes, error);
    }
    buffer_release(&found.inputs);
    if (status != STATUS_OK) {
        shard_plan_release(plan);
    }
    return status;
}

enum status shard_plan_cut(const struct input *inputs, uint32_t input_count, uint64_t shard_bytes,
                           struct shard_plan *plan, struct error *error)
{
    *plan = (struct shard_plan){
        .inputs = inputs, .input_count = input_count, .arena = arena_new(INPUTS_BYTES_MAX)};
    for (uint32_t i = 0; i < input_count; i++) {
        plan->bytes += inputs[i].size;
    }
    enum status status =
        plan->arena == NULL ? error_no_memory(error, 1) : cut_shards(plan, shard_bytes, error);
    if (status != STATUS_OK) {
        shard_plan_release(plan);
    }
    return status;
}

void shard_plan_release(struct shard_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    arena_free(plan->arena);
    *plan = (struct shard_plan){.arena = NULL};
}
