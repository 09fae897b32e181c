#include "index/merge_walk.h"

#include "base/memory.h"

enum status merge_walk_init(struct merge_walk *walk, const struct merge_side *sides, size_t count,
                            struct error *error)
{
    *walk = (struct merge_walk){.side_count = count};
    walk->sides = memory_zalloc(count, sizeof *walk->sides);
    walk->heap = memory_zalloc(count, sizeof(struct merge_side *));
    walk->group = memory_zalloc(count, sizeof(struct merge_side *));
    if (walk->sides == NULL || walk->heap == NULL || walk->group == NULL) {
        return error_no_memory(error, count * sizeof *walk->sides);
    }
    memcpy(walk->sides, sides, count * sizeof *sides);
    return STATUS_OK;
}

void merge_walk_release(struct merge_walk *walk)
{
    memory_free(walk->sides);
    memory_free(walk->heap);
    memory_free(walk->group);
    *walk = (struct merge_walk){0};
}

static void set_heads(struct merge_side *side)
{
    unsigned char head[16] = {0};
    size_t size = side->cursor.key_size;
    memcpy(head, side->cursor.key, size < sizeof head ? size : sizeof head);
    for (size_t i = 0; i < 2; i++) {
        side->heads[i] = (uint64_t)load_u32_be(head + 8 * i) << 32 | load_u32_be(head + 8 * i + 4);
    }
}

static bool heap_before(const struct merge_side *a, const struct merge_side *b)
{
    if (a->heads[0] != b->heads[0]) {
        return a->heads[0] < b->heads[0];
    }
    if (a->heads[1] != b->heads[1]) {
        return a->heads[1] < b->heads[1];
    }
    int order = bytes_compare(a->cursor.key, a->cursor.key_size, b->cursor.key, b->cursor.key_size);
    return order < 0 || (order == 0 && a < b);
}

static void heap_sift(struct merge_walk *walk, size_t at)
{
    for (;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < walk->heap_size; child++) {
            if (heap_before(walk->heap[child], walk->heap[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        struct merge_side *moved = walk->heap[at];
        walk->heap[at] = walk->heap[least];
        walk->heap[least] = moved;
        at = least;
    }
}

static bool past_end(const struct merge_walk *walk, const struct merge_side *side)
{
    return walk->to != NULL &&
           bytes_compare(side->cursor.key, side->cursor.key_size, walk->to, walk->to_size) >= 0;
}

/* Takes the sides that hold the smallest key into the group; none at the end. Those of the group
 * before move on first. */
enum status merge_walk_next(struct merge_walk *walk, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < walk->group_size; i++) {
        bool found = false;
        status = table_cursor_next(&walk->group[i]->cursor, &found, error);
        if (found) {
            set_heads(walk->group[i]);
            size_t at = walk->heap_size++;
            walk->heap[at] = walk->group[i];
            while (at > 0 && heap_before(walk->heap[at], walk->heap[(at - 1) / 2])) {
                struct merge_side *moved = walk->heap[at];
                walk->heap[at] = walk->heap[(at - 1) / 2];
                walk->heap[(at - 1) / 2] = moved;
                at = (at - 1) / 2;
            }
        }
    }
    walk->group_size = 0;
    while (status == STATUS_OK && walk->heap_size > 0 && !past_end(walk, walk->heap[0])) {
        struct merge_side *side = walk->heap[0];
        const struct merge_side *first = walk->group_size > 0 ? walk->group[0] : side;
        if (side->heads[0] != first->heads[0] || side->heads[1] != first->heads[1] ||
            !bytes_equal(side->cursor.key, side->cursor.key_size, first->cursor.key,
                         first->cursor.key_size)) {
            break;
        }
        walk->group[walk->group_size++] = side;
        walk->heap[0] = walk->heap[--walk->heap_size];
        heap_sift(walk, 0);
    }
    return status;
}

enum status merge_walk_begin(struct merge_walk *walk, enum store_database table,
                             const struct merge_range_keys *range, struct error *error)
{
    walk->heap_size = 0;
    walk->group_size = 0;
    enum status status = STATUS_OK;
    bool other_table = walk->table != table;
    walk->table = table;
    for (size_t i = 0; status == STATUS_OK && i < walk->side_count; i++) {
        struct merge_side *side = &walk->sides[i];
        bool found = false;
        if (other_table) {
            store_end_walks(side->store);
        }
        status = table_cursor_seek(&side->cursor, side->store, table, range->from, range->from_size,
                                   &found, error);
        if (found) {
            set_heads(side);
            walk->heap[walk->heap_size++] = side;
        }
    }
    walk->to = range->to;
    walk->to_size = range->to_size;
    for (size_t i = walk->heap_size / 2; i-- > 0;) {
        heap_sift(walk, i);
    }
    return status == STATUS_OK ? merge_walk_next(walk, error) : status;
}
