#include "base/intern.h"

#include <assert.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"

enum { SLOTS_MIN = 1024 };

/* A string lies in the heap behind its number and size, so that a look-up touches two cache lines:
 * the slot and the record. */
struct record {
    uint32_t number;
    uint32_t size;
    unsigned char bytes[];
};
enum { RECORD_ALIGN = 8 };

struct slot {
    uint32_t hash;   /* high half: where the slot belongs, and no look at most other strings */
    uint32_t record; /* offset of the record in units of RECORD_ALIGN, plus 1; 0: free */
};

struct intern {
    struct slot *slots;
    size_t mask;
    struct buffer heap;    /* struct record, one behind another */
    struct buffer offsets; /* uint32_t by number: as in a slot */
    uint32_t count;
    size_t bytes_max;
};

struct intern *intern_new(size_t bytes_max)
{
    struct intern *intern = memory_zalloc(1, sizeof *intern);
    if (intern == NULL) {
        return NULL;
    }
    intern->bytes_max = bytes_max;
    intern->slots = memory_zalloc(SLOTS_MIN, sizeof *intern->slots);
    intern->mask = SLOTS_MIN - 1;
    /* Half for the strings, a quarter each for their offsets and the slots. */
    buffer_init(&intern->heap, bytes_max / 2);
    buffer_init(&intern->offsets, bytes_max / 4);
    if (intern->slots == NULL) {
        memory_free(intern);
        return NULL;
    }
    return intern;
}

void intern_free(struct intern *intern)
{
    if (intern == NULL) {
        return;
    }
    memory_free(intern->slots);
    buffer_release(&intern->heap);
    buffer_release(&intern->offsets);
    memory_free(intern);
}

void intern_clear(struct intern *intern)
{
    memset(intern->slots, 0, (intern->mask + 1) * sizeof *intern->slots);
    intern->count = 0;
    buffer_clear(&intern->heap);
    buffer_clear(&intern->offsets);
}

size_t intern_memory(const struct intern *intern)
{
    return (size_t)intern->count * 2 * sizeof *intern->slots + intern->heap.size +
           intern->offsets.size;
}

static const struct record *record_at(const struct intern *intern, uint32_t offset)
{
    const void *at = intern->heap.bytes + (size_t)(offset - 1) * RECORD_ALIGN;
    return at;
}

/* By the half that slots keep, so that growing needs no look at the strings. */
static size_t home_of(const struct intern *intern, uint64_t hash)
{
    return hash >> 32 & intern->mask;
}

static enum status slots_grow(struct intern *intern, struct error *error)
{
    size_t count = (intern->mask + 1) * 2;
    if (count * sizeof *intern->slots > intern->bytes_max / 4) {
        return error_set(error, STATUS_LIMIT, "more distinct words than %zu bytes can hold",
                         intern->bytes_max);
    }
    struct slot *slots = memory_zalloc(count, sizeof *slots);
    if (slots == NULL) {
        return error_no_memory(error, count * sizeof *slots);
    }
    for (size_t i = 0; i <= intern->mask; i++) {
        struct slot slot = intern->slots[i];
        if (slot.record != 0) {
            size_t at = slot.hash & (count - 1);
            while (slots[at].record != 0) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = slot;
        }
    }
    memory_free(intern->slots);
    intern->slots = slots;
    intern->mask = count - 1;
    return STATUS_OK;
}

/* Words are short: a call of memcmp() costs more than the comparison. */
static inline bool same_bytes(const unsigned char *a, const unsigned char *b, size_t size)
{
    for (; size >= 8; a += 8, b += 8, size -= 8) {
        if (load_u64(a) != load_u64(b)) {
            return false;
        }
    }
    if (size >= 4) {
        return load_u32(a) == load_u32(b) && load_u32(a + size - 4) == load_u32(b + size - 4);
    }
    for (; size > 0; a++, b++, size--) {
        if (*a != *b) {
            return false;
        }
    }
    return true;
}

static bool slot_holds(const struct intern *intern, struct slot slot, uint64_t hash,
                       const void *bytes, size_t size)
{
    if (slot.hash != (uint32_t)(hash >> 32)) {
        return false;
    }
    const struct record *record = record_at(intern, slot.record);
    return record->size == size && same_bytes(record->bytes, bytes, size);
}

/* The slot that holds the string, or the free one where it belongs. */
static size_t slot_find(const struct intern *intern, uint64_t hash, const void *bytes, size_t size)
{
    size_t at = home_of(intern, hash);
    while (intern->slots[at].record != 0 &&
           !slot_holds(intern, intern->slots[at], hash, bytes, size)) {
        at = (at + 1) & intern->mask;
    }
    return at;
}

void intern_prefetch(const struct intern *intern, uint64_t hash)
{
    PREFETCH(&intern->slots[home_of(intern, hash)]);
}

void intern_prefetch_string(const struct intern *intern, uint64_t hash)
{
    struct slot slot = intern->slots[home_of(intern, hash)];
    if (slot.record != 0 && slot.hash == (uint32_t)(hash >> 32)) { /* else most likely another's */
        PREFETCH(record_at(intern, slot.record));
    }
}

static enum status record_append(struct intern *intern, const void *bytes, size_t size,
                                 uint32_t *offset, struct error *error)
{
    size_t start = intern->heap.size;
    size_t whole = (sizeof(struct record) + size + RECORD_ALIGN - 1) / RECORD_ALIGN * RECORD_ALIGN;
    if (size > UINT32_MAX / 2 || (start + whole) / RECORD_ALIGN >= UINT32_MAX) {
        return error_set(error, STATUS_LIMIT, "more than 32 GiB of distinct words");
    }
    enum status status = buffer_reserve(&intern->heap, whole, error);
    if (status == STATUS_OK) {
        struct record *record = (struct record *)(void *)(intern->heap.bytes + start);
        record->number = intern->count;
        record->size = (uint32_t)size;
        if (size > 0) {
            memcpy(record->bytes, bytes, size);
        }
        intern->heap.size += whole;
        *offset = (uint32_t)(start / RECORD_ALIGN) + 1;
        status = buffer_append(&intern->offsets, offset, sizeof *offset, error);
    }
    if (status != STATUS_OK) {
        intern->heap.size = start;
    }
    return status;
}

enum status intern_add_hashed(struct intern *intern, uint64_t hash, const void *bytes, size_t size,
                              uint32_t *number, bool *added, struct error *error)
{
    size_t at = slot_find(intern, hash, bytes, size);
    if (added != NULL) {
        *added = intern->slots[at].record == 0;
    }
    if (intern->slots[at].record != 0) {
        *number = record_at(intern, intern->slots[at].record)->number;
        return STATUS_OK;
    }
    if (intern->count == UINT32_MAX - 1) {
        return error_set(error, STATUS_LIMIT, "more than 2^32 distinct words");
    }
    enum status status = STATUS_OK;
    if ((size_t)intern->count + 1 > (intern->mask + 1) / 3 * 2) {
        status = slots_grow(intern, error);
        at = status == STATUS_OK ? slot_find(intern, hash, bytes, size) : at;
    }
    uint32_t offset = 0;
    if (status == STATUS_OK) {
        status = record_append(intern, bytes, size, &offset, error);
    }
    if (status == STATUS_OK) {
        *number = intern->count++;
        intern->slots[at] = (struct slot){.hash = (uint32_t)(hash >> 32), .record = offset};
    }
    return status;
}

enum status intern_add(struct intern *intern, const void *bytes, size_t size, uint32_t *number,
                       bool *added, struct error *error)
{
    return intern_add_hashed(intern, hash_short(bytes, size), bytes, size, number, added, error);
}

bool intern_find(const struct intern *intern, const void *bytes, size_t size, uint32_t *number)
{
    size_t at = slot_find(intern, hash_short(bytes, size), bytes, size);
    if (intern->slots[at].record == 0) {
        return false;
    }
    *number = record_at(intern, intern->slots[at].record)->number;
    return true;
}

const void *intern_locate(const struct intern *intern, uint32_t number)
{
    assert(number < intern->count);
    const uint32_t *offsets = (const uint32_t *)(const void *)intern->offsets.bytes;
    return record_at(intern, offsets[number]);
}

void intern_prefetch_place(const struct intern *intern, uint32_t number)
{
    PREFETCH(intern->offsets.bytes + (size_t)number * sizeof(uint32_t));
}

const void *intern_at(const void *place, size_t *size)
{
    const struct record *record = place;
    *size = record->size;
    return record->bytes;
}

const void *intern_string(const struct intern *intern, uint32_t number, size_t *size)
{
    return intern_at(intern_locate(intern, number), size);
}

void intern_prefetch_number(const struct intern *intern, uint32_t number)
{
    PREFETCH(intern_locate(intern, number));
}

uint32_t intern_count(const struct intern *intern)
{
    return intern->count;
}
