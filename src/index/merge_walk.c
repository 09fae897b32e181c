#include "index/merge_walk.h"

#include "base/memory.h"

enum status merge_walk_init(struct merge_walk *walk, const struct merge_side *sides, size_t count,
                            struct error *error)
{
    *walk = (struct merge_walk){.side_count = count};
    walk->sides = memory_zalloc(count, sizeof *walk->sides);
    walk->group = memory_zalloc(count, sizeof(struct merge_side *));
    bool failed = walk->sides == NULL || walk->group == NULL;
    for (size_t i = 0; i < MERGE_HEADS; i++) {
        walk->heads[i] = memory_zalloc(count, sizeof *walk->heads[i]);
        failed |= walk->heads[i] == NULL;
    }
    if (failed) {
        return error_no_memory(error, count * sizeof *walk->sides);
    }
    memcpy(walk->sides, sides, count * sizeof *sides);
    return STATUS_OK;
}

void merge_walk_release(struct merge_walk *walk)
{
    memory_free(walk->sides);
    memory_free(walk->group);
    for (size_t i = 0; i < MERGE_HEADS; i++) {
        memory_free(walk->heads[i]);
    }
    *walk = (struct merge_walk){0};
}

static uint64_t head_at(const unsigned char *key, size_t size, size_t at)
{
    unsigned char head[8] = {0};
    if (at + sizeof head <= size) {
        memcpy(head, key + at, sizeof head);
    } else if (at < size) {
        memcpy(head, key + at, size - at);
    }
    return (uint64_t)load_u32_be(head) << 32 | load_u32_be(head + 4);
}

static void set_heads(struct merge_walk *walk, size_t index, bool found)
{
    const struct merge_side *side = &walk->sides[index];
    walk->sides[index].ended = !found;
    for (size_t i = 0; i < MERGE_HEADS; i++) {
        walk->heads[i][index] =
            found ? head_at(side->cursor.key, side->cursor.key_size, 8 * i) : UINT64_MAX;
    }
}

static uint64_t least_of(const uint64_t *heads, size_t count)
{
    uint64_t least[2] = {UINT64_MAX, UINT64_MAX}; /* two, so that neither waits for the other */
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        least[0] = heads[i] < least[0] ? heads[i] : least[0];
        least[1] = heads[i + 1] < least[1] ? heads[i + 1] : least[1];
    }
    if (i < count) {
        least[0] = heads[i] < least[0] ? heads[i] : least[0];
    }
    return least[0] < least[1] ? least[0] : least[1];
}

static size_t index_of(const struct merge_walk *walk, const struct merge_side *side)
{
    return (size_t)(side - walk->sides);
}

/* Leaves those of the group in it whose second heads are the least. */
static void keep_least_heads(struct merge_walk *walk)
{
    const uint64_t *heads = walk->heads[1];
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < walk->group_size; i++) {
        uint64_t head = heads[index_of(walk, walk->group[i])];
        least = head < least ? head : least;
    }
    size_t kept = 0;
    for (size_t i = 0; i < walk->group_size; i++) {
        struct merge_side *side = walk->group[i];
        walk->group[kept] = side;
        kept += heads[index_of(walk, side)] == least;
    }
    walk->group_size = kept;
}

/* Leaves those of the group in it whose keys are the least. */
static void keep_least_keys(struct merge_walk *walk)
{
    size_t kept = 0;
    for (size_t i = 0; i < walk->group_size; i++) {
        struct merge_side *side = walk->group[i];
        int order =
            kept == 0 ? 0
                      : bytes_compare(side->cursor.key, side->cursor.key_size,
                                      walk->group[0]->cursor.key, walk->group[0]->cursor.key_size);
        if (order < 0) {
            kept = 0;
        }
        if (order <= 0) {
            walk->group[kept++] = side;
        }
    }
    walk->group_size = kept;
}

static bool past_end(const struct merge_walk *walk, const struct merge_side *side)
{
    if (walk->to == NULL) {
        return false;
    }
    uint64_t head = walk->heads[0][index_of(walk, side)];
    return head != walk->to_head ? head > walk->to_head
                                 : bytes_compare(side->cursor.key, side->cursor.key_size, walk->to,
                                                 walk->to_size) >= 0;
}

/* Takes the sides that hold the smallest key into the group; none at the end. */
static void find_group(struct merge_walk *walk)
{
    uint64_t least = least_of(walk->heads[0], walk->side_count);
    walk->group_size = 0;
    for (size_t i = 0; i < walk->side_count; i++) {
        if (walk->heads[0][i] == least && !walk->sides[i].ended) {
            walk->group[walk->group_size++] = &walk->sides[i];
        }
    }
    if (walk->group_size > 1) {
        keep_least_heads(walk);
    }
    if (walk->group_size > 1) {
        keep_least_keys(walk);
    }
    if (walk->group_size > 0 && past_end(walk, walk->group[0])) {
        walk->group_size = 0;
    }
}

enum status merge_walk_next(struct merge_walk *walk, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < walk->group_size; i++) {
        bool found = false;
        status = table_cursor_next(&walk->group[i]->cursor, &found, error);
        set_heads(walk, index_of(walk, walk->group[i]), found);
    }
    find_group(walk);
    return status;
}

enum status merge_walk_begin(struct merge_walk *walk, enum store_database table,
                             const struct merge_range_keys *range, struct error *error)
{
    enum status status = STATUS_OK;
    bool other_table = walk->table != table;
    walk->table = table;
    walk->group_size = 0;
    for (size_t i = 0; status == STATUS_OK && i < walk->side_count; i++) {
        struct merge_side *side = &walk->sides[i];
        bool found = false;
        if (other_table) {
            store_end_walks(side->store);
        }
        status = table_cursor_seek(&side->cursor, side->store, table, range->from, range->from_size,
                                   &found, error);
        set_heads(walk, i, found);
    }
    walk->to = range->to;
    walk->to_size = range->to_size;
    walk->to_head = range->to == NULL ? 0 : head_at(range->to, range->to_size, 0);
    if (status == STATUS_OK) {
        find_group(walk);
    }
    return status;
}
