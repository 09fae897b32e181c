#include "base/radix.h"

#include <assert.h>
#include <string.h>

#include "base/memory.h"

enum { DIGITS = 8, VALUES = 256 };

static unsigned digit_of(uint64_t key, unsigned digit)
{
    return (unsigned)(key >> 8 * digit & 0xFF);
}

/* Puts the entries in order of one digit; `counts` becomes where the next of each value goes. */
static void pass(const struct radix_entry *from, size_t count, unsigned digit,
                 uint32_t counts[VALUES], struct radix_entry *to)
{
    uint32_t start = 0;
    for (size_t value = 0; value < VALUES; value++) {
        uint32_t number = counts[value];
        counts[value] = start;
        start += number;
    }
    for (size_t i = 0; i < count; i++) {
        to[counts[digit_of(from[i].key, digit)]++] = from[i];
    }
}

enum status radix_sort(struct radix_entry *entries, size_t count, struct error *error)
{
    assert(count <= UINT32_MAX);
    struct radix_entry *other = memory_alloc((count + 1) * sizeof *other);
    if (other == NULL) {
        return error_no_memory(error, (count + 1) * sizeof *other);
    }
    uint32_t counts[DIGITS][VALUES] = {{0}};
    for (size_t i = 0; i < count; i++) {
        for (unsigned digit = 0; digit < DIGITS; digit++) {
            counts[digit][digit_of(entries[i].key, digit)]++;
        }
    }
    struct radix_entry *from = entries;
    struct radix_entry *to = other;
    for (unsigned digit = 0; digit < DIGITS && count > 0; digit++) {
        if (counts[digit][digit_of(from[0].key, digit)] == count) {
            continue;
        }
        pass(from, count, digit, counts[digit], to);
        struct radix_entry *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != entries) {
        memcpy(entries, from, count * sizeof *entries);
    }
    memory_free(other);
    return STATUS_OK;
}
