/* qsort_r() is not in every POSIX yet. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "index/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define RANKING_BYTES_MAX ((size_t)4 << 30)

void ranking_init(struct ranking *ranking)
{
    buffer_init(&ranking->order, RANKING_BYTES_MAX);
    buffer_init(&ranking->ranks, RANKING_BYTES_MAX);
    buffer_init(&ranking->fresh, RANKING_BYTES_MAX);
}

void ranking_release(struct ranking *ranking)
{
    buffer_release(&ranking->order);
    buffer_release(&ranking->ranks);
    buffer_release(&ranking->fresh);
}

const uint32_t *ranking_ranks(const struct ranking *ranking)
{
    return (const uint32_t *)(const void *)ranking->ranks.bytes;
}

const struct ranked_string *ranking_order(const struct ranking *ranking)
{
    return (const struct ranked_string *)(const void *)ranking->order.bytes;
}

size_t ranking_memory(const struct ranking *ranking)
{
    return ranking->order.capacity + ranking->ranks.capacity + ranking->fresh.capacity;
}

static int compare(const struct ranked_string *left, const struct ranked_string *right,
                   const struct intern *intern)
{
    for (int i = 0; i < 2; i++) {
        if (left->heads[i] != right->heads[i]) {
            return left->heads[i] < right->heads[i] ? -1 : 1;
        }
    }
    size_t left_size = 0;
    size_t right_size = 0;
    const void *left_bytes = intern_string(intern, left->number, &left_size);
    const void *right_bytes = intern_string(intern, right->number, &right_size);
    return bytes_compare(left_bytes, left_size, right_bytes, right_size);
}

static int compare_for_sort(const void *left, const void *right, void *intern)
{
    return compare(left, right, intern);
}

static struct ranked_string ranked_string(const struct intern *intern, uint32_t number)
{
    unsigned char head[2 * sizeof(uint64_t)] = {0};
    size_t size = 0;
    const void *bytes = intern_string(intern, number, &size);
    memcpy(head, bytes, size < sizeof head ? size : sizeof head);
    return (struct ranked_string){
        .heads = {(uint64_t)load_u32_be(head) << 32 | load_u32_be(head + 4),
                  (uint64_t)load_u32_be(head + 8) << 32 | load_u32_be(head + 12)},
        .number = number};
}

enum status ranking_update(struct ranking *ranking, const struct intern *intern,
                           struct error *error)
{
    size_t known = ranking->order.size / sizeof(struct ranked_string);
    size_t count = intern_count(intern);
    size_t added = count - known;
    enum status status =
        buffer_reserve(&ranking->order, added * sizeof(struct ranked_string), error);
    if (status == STATUS_OK) {
        status = buffer_reserve(&ranking->ranks, added * sizeof(uint32_t), error);
    }
    buffer_clear(&ranking->fresh);
    if (status == STATUS_OK) {
        status = buffer_reserve(&ranking->fresh, added * sizeof(struct ranked_string), error);
    }
    if (status != STATUS_OK || added == 0) {
        return status;
    }
    struct ranked_string *order = (struct ranked_string *)(void *)ranking->order.bytes;
    struct ranked_string *fresh = (struct ranked_string *)(void *)ranking->fresh.bytes;
    for (size_t i = 0; i < added; i++) {
        fresh[i] = ranked_string(intern, (uint32_t)(known + i));
    }
    union {
        const struct intern *intern;
        void *plain; /* qsort_r() takes no const */
    } context = {.intern = intern};
    qsort_r(fresh, added, sizeof *fresh, compare_for_sort, context.plain);
    size_t to = count; /* from the end, so that nothing is overwritten before it is read */
    while (added > 0) {
        bool old = known > 0 && compare(&order[known - 1], &fresh[added - 1], intern) > 0;
        order[--to] = old ? order[--known] : fresh[--added];
    }
    ranking->order.size = count * sizeof *order;
    ranking->ranks.size = count * sizeof(uint32_t);
    uint32_t *ranks = (uint32_t *)(void *)ranking->ranks.bytes;
    for (uint32_t rank = 0; rank < count; rank++) {
        ranks[order[rank].number] = rank;
    }
    return STATUS_OK;
}
