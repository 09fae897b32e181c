#include "snapshot/merge_policy.h"

#include <assert.h>

enum { TIER_COUNT = 15 }; /* 1 MiB * 8^14 is 4 * 2^60 bytes: more than there is */

struct weight {
    uint64_t bytes;
    uint64_t documents;
};

static struct weight weigh(const struct merge_candidate *candidates,
                           const struct merge_range *range)
{
    struct weight weight = {.bytes = 0};
    for (uint32_t i = range->first; i < range->first + range->count; i++) {
        assert(candidates[i].deleted <= candidates[i].documents);
        weight.bytes += candidates[i].bytes;
        weight.documents += candidates[i].documents - candidates[i].deleted;
    }
    return weight;
}

static unsigned tier_of(const struct merge_candidate *candidates, const struct merge_range *range)
{
    uint64_t bytes = weigh(candidates, range).bytes;
    unsigned tier = 0;
    while (tier + 1 < TIER_COUNT && bytes >= MERGE_TIER_0_BYTES << (3 * tier)) {
        tier++;
    }
    return tier;
}

/* Joins ranges[from..to) into as few as the limits allow; returns how many they are now. The ranges
 * behind them are not moved. */
static uint32_t join(const struct merge_candidate *candidates, const struct merge_limits *limits,
                     struct merge_range *ranges, uint32_t from, uint32_t to)
{
    uint32_t last = from;
    for (uint32_t i = from + 1; i < to; i++) {
        struct weight left = weigh(candidates, &ranges[last]);
        struct weight right = weigh(candidates, &ranges[i]);
        bool fits = left.bytes + right.bytes <= limits->bytes_max &&
                    left.documents + right.documents <= limits->documents_max;
        if (fits) {
            ranges[last].count += ranges[i].count;
        } else {
            ranges[++last] = ranges[i];
        }
    }
    return to == from ? 0 : last - from + 1;
}

/* The same, and closes the gap; returns how many ranges there are in all. */
static uint32_t join_in(const struct merge_candidate *candidates, const struct merge_limits *limits,
                        struct merge_range *ranges, uint32_t count, uint32_t from, uint32_t to)
{
    uint32_t at = from + join(candidates, limits, ranges, from, to);
    for (uint32_t i = to; i < count; i++) {
        ranges[at++] = ranges[i];
    }
    return at;
}

static uint32_t join_tier(const struct merge_candidate *candidates,
                          const struct merge_limits *limits, struct merge_range *ranges,
                          uint32_t count, unsigned tier)
{
    uint32_t from = 0;
    while (from < count) {
        uint32_t to = from;
        uint32_t equals = 0;
        for (; to < count && tier_of(candidates, &ranges[to]) <= tier; to++) {
            equals += tier_of(candidates, &ranges[to]) == tier;
        }
        uint32_t left = count - to;
        if (equals >= MERGE_FACTOR || to - from >= MERGE_RUN_MAX) {
            count = join_in(candidates, limits, ranges, count, from, to);
            to = count - left;
        }
        from = to + 1;
    }
    return count;
}

static bool is_rewritten(const struct merge_candidate *candidates, const struct merge_range *range,
                         enum merge_mode mode)
{
    const struct merge_candidate *only = &candidates[range->first];
    if (range->count > 1 || only->unpacked) {
        return true;
    }
    return mode == MERGE_ALL ? only->deleted > 0 : only->deleted > only->documents / 2;
}

uint32_t merge_policy(const struct merge_candidate *candidates, uint32_t count, uint32_t first_new,
                      enum merge_mode mode, const struct merge_limits *limits,
                      struct merge_range *ranges)
{
    assert(first_new <= count);
    for (uint32_t i = 0; i < count; i++) {
        ranges[i] = (struct merge_range){.first = i, .count = 1};
    }
    uint32_t left = count;
    switch (mode) {
    case MERGE_NONE:
        return count;
    case MERGE_ALL:
        left = join_in(candidates, limits, ranges, left, 0, left);
        break;
    case MERGE_TIERED:
        left = join_in(candidates, limits, ranges, left, first_new, left);
        for (unsigned tier = 0; tier < TIER_COUNT; tier++) {
            left = join_tier(candidates, limits, ranges, left, tier);
        }
        break;
    }
    for (uint32_t i = 0; i < left; i++) {
        ranges[i].rewrite = is_rewritten(candidates, &ranges[i], mode);
    }
    return left;
}
