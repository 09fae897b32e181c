#include "source/let_go.h"

#include <fcntl.h>
#include <unistd.h>

/* A million replicas (2.9 GB): shards write 0.72 of what they read, their merge 0.37. A part of so
 * few bytes is let go at once. */
enum { READ_PARTS = 5, ALL_PARTS = 8, PART_MIN = 16 << 20 };
/* More at a time is let go too early, and less is not whole in the system's larger pages. Somewhat
 * more than is written: other memory is wanted, too. */
enum { STEP = 4 << 20, STEP_WRITTEN = 3 << 20 };

static void forget(int file, uint64_t from, uint64_t to)
{
    (void)posix_fadvise(file, (off_t)from, (off_t)(to - from), POSIX_FADV_DONTNEED);
}

/* Where the bytes of [from, to) begin that wait. */
static uint64_t rest_from(uint64_t from, uint64_t to)
{
    return to - from < PART_MIN ? to : from + (to - from) / ALL_PARTS * READ_PARTS;
}

void let_go_read(const struct shard_plan *plan, int file, uint64_t from, uint64_t to)
{
    if (plan->let_go && file >= 0 && to > from) {
        forget(file, from, rest_from(from, to));
    }
}

static void forget_of(const char *path, uint64_t from, uint64_t to)
{
    int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (file >= 0) {
        forget(file, from, to);
        (void)close(file);
    }
}

static void let_go_step(struct let_go *rest)
{
    const struct shard_plan *plan = rest->plan;
    while (rest->shard < plan->shard_count) {
        const struct shard *shard = &plan->shards[rest->shard];
        uint32_t input = shard->input_first + rest->input;
        if (input == shard->input_end) {
            rest->shard++;
            rest->input = 0;
            continue;
        }
        uint64_t from = 0;
        uint64_t to = 0;
        shard_input_range(plan, shard, input, &from, &to);
        from = rest_from(from, to) + rest->gone;
        if (from < to) {
            forget_of(plan->inputs[input].path, from, to - from < STEP ? to : from + STEP);
            rest->gone += STEP;
            return;
        }
        rest->input++;
        rest->gone = 0;
    }
}

void let_go_rest(struct let_go *rest, uint64_t written)
{
    const struct shard_plan *plan = rest->plan;
    while (plan->let_go && rest->shard < plan->shard_count &&
           written - rest->written >= STEP_WRITTEN) {
        let_go_step(rest);
        rest->written += STEP_WRITTEN;
    }
}
