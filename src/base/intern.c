#include "base/intern.h"

#include <assert.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/memory.h"

enum { SLOTS_MIN = 1024 };

struct slot {
    uint32_t hash;   /* high half, so that most mismatches need no look at the string */
    uint32_t number; /* plus 1; 0: free */
};

struct entry {
    uint64_t hash;
    size_t offset; /* in the heap; the string ends where the next one begins */
};

struct intern {
    struct slot *slots;
    size_t mask;
    struct entry *entries;
    uint32_t count;
    uint32_t capacity;
    struct buffer heap;
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
    buffer_init(&intern->heap, bytes_max);
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
    memory_free(intern->entries);
    buffer_release(&intern->heap);
    memory_free(intern);
}

void intern_clear(struct intern *intern)
{
    memset(intern->slots, 0, (intern->mask + 1) * sizeof *intern->slots);
    intern->count = 0;
    buffer_clear(&intern->heap);
}

size_t intern_memory(const struct intern *intern)
{
    return (intern->mask + 1) * sizeof *intern->slots +
           (size_t)intern->capacity * sizeof *intern->entries + intern->heap.capacity;
}

/* Whether `more` bytes of memory may still be had; what is left is for the heap. */
static enum status make_room(struct intern *intern, size_t more, struct error *error)
{
    size_t held = intern_memory(intern);
    if (held > intern->bytes_max || more > intern->bytes_max - held) {
        return error_set(error, STATUS_LIMIT, "more distinct words than %zu bytes can hold",
                         intern->bytes_max);
    }
    intern->heap.size_max = intern->bytes_max - (held - intern->heap.capacity) - more;
    return STATUS_OK;
}

static enum status slots_grow(struct intern *intern, struct error *error)
{
    size_t count = (intern->mask + 1) * 2;
    enum status status = make_room(intern, count / 2 * sizeof *intern->slots, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct slot *slots = memory_zalloc(count, sizeof *slots);
    if (slots == NULL) {
        return error_no_memory(error, count * sizeof *slots);
    }
    for (uint32_t i = 0; i < intern->count; i++) {
        uint64_t hash = intern->entries[i].hash;
        size_t at = hash & (count - 1);
        while (slots[at].number != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (struct slot){.hash = (uint32_t)(hash >> 32), .number = i + 1};
    }
    memory_free(intern->slots);
    intern->slots = slots;
    intern->mask = count - 1;
    return STATUS_OK;
}

static enum status entries_grow(struct intern *intern, struct error *error)
{
    uint32_t capacity =
        intern->capacity == 0 ? SLOTS_MIN / 2 : intern->capacity + intern->capacity / 2;
    if (capacity < intern->capacity) {
        return error_set(error, STATUS_LIMIT, "more than 2^32 distinct words");
    }
    enum status status =
        make_room(intern, (capacity - intern->capacity) * sizeof *intern->entries, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct entry *entries = memory_resize(intern->entries, capacity * sizeof *entries);
    if (entries == NULL) {
        return error_no_memory(error, capacity * sizeof *entries);
    }
    intern->entries = entries;
    intern->capacity = capacity;
    return STATUS_OK;
}

static size_t string_size(const struct intern *intern, uint32_t number)
{
    size_t end =
        number + 1 < intern->count ? intern->entries[number + 1].offset : intern->heap.size;
    return end - intern->entries[number].offset;
}

static bool slot_holds(const struct intern *intern, struct slot slot, uint64_t hash,
                       const void *bytes, size_t size)
{
    if (slot.hash != (uint32_t)(hash >> 32)) {
        return false;
    }
    uint32_t number = slot.number - 1;
    return string_size(intern, number) == size &&
           bytes_equal(intern->heap.bytes + intern->entries[number].offset, size, bytes, size);
}

/* The slot that holds the string, or the free one where it belongs. */
static size_t slot_find(const struct intern *intern, uint64_t hash, const void *bytes, size_t size)
{
    size_t at = hash & intern->mask;
    while (intern->slots[at].number != 0 &&
           !slot_holds(intern, intern->slots[at], hash, bytes, size)) {
        at = (at + 1) & intern->mask;
    }
    return at;
}

void intern_prefetch(const struct intern *intern, uint64_t hash)
{
    PREFETCH(&intern->slots[hash & intern->mask]);
}

enum status intern_add_hashed(struct intern *intern, uint64_t hash, const void *bytes, size_t size,
                              uint32_t *number, bool *added, struct error *error)
{
    size_t at = slot_find(intern, hash, bytes, size);
    if (added != NULL) {
        *added = intern->slots[at].number == 0;
    }
    if (intern->slots[at].number != 0) {
        *number = intern->slots[at].number - 1;
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    if ((size_t)intern->count + 1 > (intern->mask + 1) / 2) {
        status = slots_grow(intern, error);
        at = status == STATUS_OK ? slot_find(intern, hash, bytes, size) : at;
    }
    if (status == STATUS_OK && intern->count == intern->capacity) {
        status = entries_grow(intern, error);
    }
    size_t offset = intern->heap.size;
    if (status == STATUS_OK) {
        status = buffer_append(&intern->heap, bytes, size, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    intern->entries[intern->count] = (struct entry){.hash = hash, .offset = offset};
    *number = intern->count++;
    intern->slots[at] = (struct slot){.hash = (uint32_t)(hash >> 32), .number = *number + 1};
    return STATUS_OK;
}

enum status intern_add(struct intern *intern, const void *bytes, size_t size, uint32_t *number,
                       bool *added, struct error *error)
{
    return intern_add_hashed(intern, hash64(bytes, size), bytes, size, number, added, error);
}

bool intern_find(const struct intern *intern, const void *bytes, size_t size, uint32_t *number)
{
    size_t at = slot_find(intern, hash64(bytes, size), bytes, size);
    if (intern->slots[at].number == 0) {
        return false;
    }
    *number = intern->slots[at].number - 1;
    return true;
}

const void *intern_string(const struct intern *intern, uint32_t number, size_t *size)
{
    assert(number < intern->count);
    *size = string_size(intern, number);
    return intern->heap.bytes + intern->entries[number].offset;
}

uint32_t intern_count(const struct intern *intern)
{
    return intern->count;
}
