#include "index/merge_cuts.h"

#include <stdlib.h>

#define CUTS_BYTES_MAX ((size_t)1 << 30)

/* To begin a range, each side decompresses a chunk: a range has at least a quarter as many, so that
 * this takes at most four times as long as reading them. */
enum { CHUNKS_A_RANGE = 32, SIDES_A_CHUNK = 4, RANGES_A_THREAD = 8, RANGES_MAX = 256 };

/* The first key of a chunk, in place. */
struct cut {
    const unsigned char *key;
    size_t key_size;
};

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *left = a;
    const struct cut *right = b;
    return bytes_compare(left->key, left->key_size, right->key, right->key_size);
}

static enum status gather(const struct store *store, enum store_database table, struct buffer *cuts,
                          struct error *error)
{
    struct store_entry entry;
    enum status status = store_floor(store, table, NULL, 0, &entry, error);
    while (status == STATUS_OK) {
        struct cut cut = {.key = entry.key, .key_size = entry.key_size};
        status = buffer_append(cuts, &cut, sizeof cut, error);
        if (status == STATUS_OK) {
            status = store_next(store, table, &entry, error);
        }
    }
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static size_t range_count(size_t chunks, size_t sides, size_t threads)
{
    size_t most = sides < SIDES_A_CHUNK ? chunks : chunks * SIDES_A_CHUNK / sides;
    size_t least = RANGES_A_THREAD * threads;
    size_t ranges = chunks / CHUNKS_A_RANGE;
    ranges = ranges < least ? least : ranges;
    ranges = ranges > RANGES_MAX ? RANGES_MAX : ranges;
    ranges = ranges > most ? most : ranges;
    return ranges == 0 ? 1 : ranges;
}

static enum status choose(const struct cut *cuts, size_t cut_count, size_t ranges,
                          struct buffer *keys, size_t *count, struct error *error)
{
    const struct cut *last = cuts;
    enum status status = STATUS_OK;
    for (size_t i = 1; status == STATUS_OK && i < ranges; i++) {
        const struct cut *cut = &cuts[i * cut_count / ranges];
        if (compare_cuts(last, cut) != 0) {
            status = buffer_append_string(keys, cut->key, cut->key_size, error);
            ++*count;
        }
        last = cut;
    }
    return status;
}

enum status merge_cuts(const struct merge_side *sides, size_t side_count, size_t threads,
                       enum store_database table, struct buffer *keys, size_t *count,
                       struct error *error)
{
    struct buffer cuts;
    buffer_init(&cuts, CUTS_BYTES_MAX);
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < side_count; i++) {
        status = gather(sides[i].store, table, &cuts, error);
    }
    *count = 0;
    if (status == STATUS_OK && cuts.size > 0) {
        size_t cut_count = cuts.size / sizeof(struct cut);
        qsort(cuts.bytes, cut_count, sizeof(struct cut), compare_cuts);
        status = choose((const struct cut *)(const void *)cuts.bytes, cut_count,
                        range_count(cut_count, side_count, threads), keys, count, error);
    }
    buffer_release(&cuts);
    return status;
}
