#include "index/postings_block.h"

#include <string.h>

#include "base/memory.h"
#include "index/pack.h"

enum { OCCURRENCES_MIN = 512 };

void postings_block_init(struct postings_block *block)
{
    block->size = block->occurrence_count = 0;
    block->gaps = NULL;
    block->capacity = 0;
}

void postings_block_release(struct postings_block *block)
{
    memory_free(block->gaps);
    postings_block_init(block);
}

enum status postings_block_reserve(struct postings_block *block, size_t count, struct error *error)
{
    if (count <= block->capacity) {
        return STATUS_OK;
    }
    if (count > PACK_COUNT_MAX) {
        return error_set(error, STATUS_LIMIT, "a block of postings has too many occurrences");
    }
    size_t capacity = count + count / 2 + OCCURRENCES_MIN;
    uint32_t *gaps = memory_alloc(4 * capacity * sizeof *gaps);
    if (gaps == NULL) {
        return error_no_memory(error, 4 * capacity * sizeof *gaps);
    }
    if (block->occurrence_count > 0) {
        memcpy(gaps, block->gaps, block->occurrence_count * sizeof *gaps);
        memcpy(gaps + capacity, block->forms, block->occurrence_count * sizeof *gaps);
    }
    memory_free(block->gaps);
    block->gaps = gaps;
    block->forms = gaps + capacity;
    block->scratch = block->forms + capacity;
    block->capacity = capacity;
    return STATUS_OK;
}

/* ---- Lengths ---- */

/* Lengths up to 15 have a code each; beyond, eight codes for every doubling. */
enum { LENGTH_CODE_EXACT = 16, LENGTH_STEPS_LOG = 3, LENGTH_STEPS = 1 << LENGTH_STEPS_LOG };

uint8_t length_code(uint32_t length)
{
    if (length < LENGTH_CODE_EXACT) {
        return (uint8_t)length;
    }
    unsigned log = 31 - (unsigned)__builtin_clz(length);
    unsigned step = length >> (log - LENGTH_STEPS_LOG) & (LENGTH_STEPS - 1);
    return (uint8_t)(LENGTH_CODE_EXACT + (log - 4) * LENGTH_STEPS + step);
}

uint32_t length_floor(uint8_t code)
{
    if (code < LENGTH_CODE_EXACT) {
        return code;
    }
    unsigned above = code - LENGTH_CODE_EXACT;
    unsigned log = above / LENGTH_STEPS + 4;
    uint32_t first = LENGTH_STEPS + above % LENGTH_STEPS;
    return log > 31 ? UINT32_MAX : first << (log - LENGTH_STEPS_LOG);
}
