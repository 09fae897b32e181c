/* qsort_r() is not in every POSIX yet. */
#define _GNU_SOURCE /* NOLINT(readability-identifier-naming): glibc's name */
#include "index/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/radix.h"

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

void ranking_clear(struct ranking *ranking)
{
    buffer_clear(&ranking->order);
    buffer_clear(&ranking->ranks);
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
    return ranking->order.size + ranking->ranks.size;
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

static void sort_run(struct ranked_string *run, size_t count, const struct intern *intern)
{
    enum { FEW = 8 };
    union {
        const struct intern *intern;
        void *plain; /* qsort_r() takes no const */
    } context = {.intern = intern};
    if (count > FEW) {
        qsort_r(run, count, sizeof *run, compare_for_sort, context.plain);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct ranked_string moving = run[i];
        size_t at = i;
        for (; at > 0 && compare(&moving, &run[at - 1], intern) < 0; at--) {
            run[at] = run[at - 1];
        }
        run[at] = moving;
    }
}

/* By the first eight bytes, then what shares them; by way of `heads` and `sorted`, as many. */
static enum status sort_by_heads(struct ranked_string *fresh, size_t count,
                                 const struct intern *intern, struct radix_entry *heads,
                                 struct ranked_string *sorted, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        heads[i] = (struct radix_entry){.key = fresh[i].heads[0], .value = i};
    }
    enum status status = radix_sort(heads, count, error);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = fresh[heads[i].value];
    }
    for (size_t from = 0, to = 0; from < count; from = to) {
        for (to = from + 1; to < count && heads[to].key == heads[from].key; to++) {
        }
        sort_run(sorted + from, to - from, intern);
    }
    memcpy(fresh, sorted, count * sizeof *fresh);
    return STATUS_OK;
}

static enum status sort_fresh(struct ranking *ranking, const struct intern *intern, size_t count,
                              struct error *error)
{
    struct ranked_string *fresh = (struct ranked_string *)(void *)ranking->fresh.bytes;
    struct radix_entry *heads = memory_alloc(count * sizeof *heads);
    struct ranked_string *sorted = memory_alloc(count * sizeof *sorted);
    enum status status = heads == NULL || sorted == NULL
                             ? error_no_memory(error, count * sizeof *sorted)
                             : sort_by_heads(fresh, count, intern, heads, sorted, error);
    memory_free(heads);
    memory_free(sorted);
    return status;
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
    status = sort_fresh(ranking, intern, added, error);
    if (status != STATUS_OK) {
        return status;
    }
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

/* ---- Ranks of what is used ---- */

enum status rank_set_init(struct rank_set *set, size_t ranks, struct error *error)
{
    set->words = ranks / 64 + 1;
    set->bits = memory_zalloc(set->words, sizeof *set->bits);
    set->before = memory_zalloc(set->words, sizeof *set->before);
    bool made = set->bits != NULL && set->before != NULL;
    return made ? STATUS_OK : error_no_memory(error, set->words * sizeof *set->bits);
}

void rank_set_release(struct rank_set *set)
{
    memory_free(set->bits);
    memory_free(set->before);
    *set = (struct rank_set){0};
}

void rank_set_add(struct rank_set *set, uint32_t rank)
{
    set->bits[rank / 64] |= (uint64_t)1 << rank % 64;
}

uint32_t rank_set_close(struct rank_set *set)
{
    uint32_t count = 0;
    for (size_t i = 0; i < set->words; i++) {
        set->before[i] = count;
        count += count_ones(set->bits[i]);
    }
    return count;
}

uint32_t rank_set_place(const struct rank_set *set, uint32_t rank)
{
    uint64_t below = set->bits[rank / 64] & (((uint64_t)1 << rank % 64) - 1);
    return set->before[rank / 64] + count_ones(below);
}

void rank_set_locate(const struct rank_set *set, const struct ranking *ranking,
                     const struct intern *intern, const void **out)
{
    const struct ranked_string *order = ranking_order(ranking);
    for (size_t i = 0; i < set->words; i++) {
        for (uint64_t bits = set->bits[i]; bits != 0; bits &= bits - 1) {
            uint32_t number = order[64 * i + (size_t)__builtin_ctzll(bits)].number;
            *out++ = intern_locate(intern, number);
        }
    }
}
