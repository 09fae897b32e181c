#include "text/evidence.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/radix.h"
#include "text/fold_hash.h"

/* Layout, all numbers little-endian:
 *
 *   0   8  "FIHREVID"
 *   8   8  home count H
 *   16  8  slot 0 ... slot S-1, S >= H + 1; the last slot is empty
 *
 *   slot: bits 0-31 fingerprint, bits 32-43 reduction (reduction.h), bits 44-63 count (at most
 *         2^20 - 1); 0: empty
 *
 * A fold's hash is fold_hash(); its home is the high word of hash * H (so homes ascend with
 * hashes), its fingerprint the low 32 bits. Entries stand in ascending order of their hash, each in
 * the first free slot from its home on; nothing wraps around, the slots behind H take what is
 * pushed past the end. So the bytes do not depend on the order of adding, and a look-up walks from
 * the home to the first empty slot. H is 3/2 of the entries: a walk to a fold that is there is of 2
 * slots, to one that is not, as most are, of 5; with 5/4 they were 3 and 13. */

enum { HEADER_SIZE = 16, SLOT_SIZE = 8, AT_ONCE = 4 };
enum { REDUCTION_SHIFT = 32, COUNT_SHIFT = 44, REDUCTION_MAX = 0xFFF };

static const char magic[8] = {'F', 'I', 'H', 'R', 'E', 'V', 'I', 'D'};

#define FINGERPRINT_MASK ((UINT64_C(1) << 32) - 1)
#define COUNT_MAX        ((UINT64_C(1) << 20) - 1)
#define ENTRIES_MAX      (UINT64_C(1) << 32)

/* High 64 bits of hash * homes for homes up to 2^32, without a 128-bit type. */
static uint64_t home_of(uint64_t hash, uint64_t homes)
{
    return ((hash >> 32) * homes + ((hash & 0xFFFFFFFFu) * homes >> 32)) >> 32;
}

/* Hashes are told apart by all 64 bits; a hash of 0 would be an empty cell. */
static uint64_t never_zero(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

static const uint64_t nothing[1] = {0};
const struct evidence evidence_none = {.filter = nothing};

struct entry {
    uint64_t hash; /* 0: free */
    uint64_t count;
};

struct evidence_builder {
    struct entry *entries; /* open addressing by the low bits of the hash */
    size_t capacity;       /* a power of two */
    size_t count;
};

struct evidence_builder *evidence_builder_new(void)
{
    return memory_zalloc(1, sizeof(struct evidence_builder));
}

void evidence_builder_free(struct evidence_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    memory_free(builder->entries);
    memory_free(builder);
}

static struct entry *find(struct entry *entries, size_t capacity, uint64_t hash)
{
    size_t at = (size_t)hash & (capacity - 1);
    while (entries[at].hash != 0 && entries[at].hash != hash) {
        at = (at + 1) & (capacity - 1);
    }
    return &entries[at];
}

static enum status grow(struct evidence_builder *builder, struct error *error)
{
    size_t capacity = builder->capacity == 0 ? 1024 : builder->capacity * 2;
    if (capacity > ENTRIES_MAX) {
        return error_set(error, STATUS_LIMIT, "evidence holds more than %zu forms", builder->count);
    }
    struct entry *entries = memory_zalloc(capacity, sizeof *entries);
    if (entries == NULL) {
        return error_no_memory(error, capacity * sizeof *entries);
    }
    for (size_t i = 0; i < builder->capacity; i++) {
        if (builder->entries[i].hash != 0) {
            *find(entries, capacity, builder->entries[i].hash) = builder->entries[i];
        }
    }
    memory_free(builder->entries);
    builder->entries = entries;
    builder->capacity = capacity;
    return STATUS_OK;
}

enum status evidence_builder_add(struct evidence_builder *builder, const char *fold, size_t size,
                                 uint64_t count, struct error *error)
{
    return evidence_builder_add_hashed(builder, fold_hash(fold, size), count, error);
}

enum status evidence_builder_add_hashed(struct evidence_builder *builder, uint64_t hash,
                                        uint64_t count, struct error *error)
{
    if (builder->count >= builder->capacity - builder->capacity / 3) {
        enum status status = grow(builder, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    hash = never_zero(hash);
    struct entry *entry = find(builder->entries, builder->capacity, hash);
    if (entry->hash == 0) {
        entry->hash = hash;
        builder->count++;
    }
    entry->count = count > UINT64_MAX - entry->count ? UINT64_MAX : entry->count + count;
    return STATUS_OK;
}

/* Moves the entries that count as evidence into `kept`, by hash; returns how many. */
static size_t keep(const struct evidence_builder *builder, struct radix_entry *kept)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->capacity; i++) {
        const struct entry *entry = &builder->entries[i];
        if (entry->hash != 0 && entry->count >= EVIDENCE_COUNT_MIN) {
            kept[count++] = (struct radix_entry){.key = entry->hash, .value = entry->count};
        }
    }
    return count;
}

static enum status write_slots(const struct radix_entry *entries, size_t count, struct buffer *out,
                               struct error *error)
{
    uint64_t homes = count + count / 2 + 1;
    uint64_t slots = homes;
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t home = home_of(entries[i].key, homes);
        next = (home > next ? home : next) + 1;
    }
    slots = (next > slots ? next : slots) + 1;
    size_t size = HEADER_SIZE + (size_t)slots * SLOT_SIZE;
    enum status status = buffer_reserve(out, size, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *bytes = out->bytes + out->size;
    memset(bytes, 0, size);
    memcpy(bytes, magic, sizeof magic);
    store_u64(bytes + 8, homes);
    next = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t home = home_of(entries[i].key, homes);
        uint64_t seen = entries[i].value < COUNT_MAX ? entries[i].value : COUNT_MAX;
        next = home > next ? home : next;
        store_u64(bytes + HEADER_SIZE + next * SLOT_SIZE,
                  (entries[i].key & FINGERPRINT_MASK) | seen << COUNT_SHIFT);
        next++;
    }
    out->size += size;
    return STATUS_OK;
}

enum status evidence_builder_finish(struct evidence_builder *builder, struct buffer *out,
                                    struct error *error)
{
    struct radix_entry *kept = memory_alloc((builder->count + 1) * sizeof *kept);
    if (kept == NULL) {
        return error_no_memory(error, (builder->count + 1) * sizeof *kept);
    }
    size_t count = keep(builder, kept);
    enum status status = radix_sort(kept, count, error);
    if (status == STATUS_OK) {
        status = write_slots(kept, count, out, error);
    }
    memory_free(kept);
    return status;
}

enum status evidence_open(struct evidence *evidence, const void *bytes, size_t size,
                          struct error *error)
{
    *evidence = (struct evidence){.slots = NULL};
    if (size == 0) {
        return STATUS_OK;
    }
    const unsigned char *from = bytes;
    if (size < HEADER_SIZE + SLOT_SIZE || size % SLOT_SIZE != 0 ||
        memcmp(from, magic, sizeof magic) != 0) {
        return error_set(error, STATUS_FORMAT, "evidence lexicon is damaged: %s", "no such table");
    }
    uint64_t homes = load_u64(from + 8);
    size_t slots = (size - HEADER_SIZE) / SLOT_SIZE;
    if (homes == 0 || homes >= slots || homes > UINT32_MAX ||
        load_u64(from + size - SLOT_SIZE) != 0) {
        return error_set(error, STATUS_FORMAT,
                         "evidence lexicon is damaged: %llu homes in %zu slots",
                         (unsigned long long)homes, slots);
    }
    static const uint64_t all[1] = {UINT64_MAX};
    *evidence = (struct evidence){
        .slots = from + HEADER_SIZE, .slot_count = homes, .slots_end = slots, .filter = all};
    return STATUS_OK;
}

uint64_t evidence_total(const struct evidence *evidence)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < evidence->slots_end; i++) {
        total += evidence_slot_count(load_u64(evidence->slots + i * SLOT_SIZE));
    }
    return total;
}

enum status evidence_filter(struct evidence *evidence, struct buffer *filter, struct error *error)
{
    assert(filter->size == 0);
    size_t words = 1; /* 8 to 16 bits a slot with two slots in three taken */
    while (words * 8 < evidence->slot_count) {
        words *= 2;
    }
    enum status status = buffer_reserve(filter, words * sizeof(uint64_t), error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t *bits = (uint64_t *)(void *)filter->bytes;
    memset(bits, 0, words * sizeof *bits);
    filter->size = words * sizeof *bits;
    bits[0] = 1; /* a hash of 0 is taken for 1 */
    for (uint64_t i = 0; i < evidence->slots_end; i++) {
        uint64_t slot = load_u64(evidence->slots + i * SLOT_SIZE);
        uint64_t here = slot != 0;
        bits[slot >> 6 & (words - 1)] |= here << (slot & 63) | here << (slot >> 26 & 63);
    }
    evidence->filter = bits;
    evidence->filter_mask = words - 1;
    return STATUS_OK;
}

/* Most walks end among the first slots, where is not to be guessed: these are gone through without
 * a branch. (A fingerprint behind an empty slot would be another fold's, and is found all the
 * same.)
 */
evidence_slot evidence_find(const struct evidence *evidence, uint64_t hash)
{
    hash = never_zero(hash);
    uint32_t fingerprint = (uint32_t)hash;
    uint64_t at = evidence_home(evidence, hash);
    if (LIKELY(at + AT_ONCE <= evidence->slots_end)) {
        const unsigned char *slot = evidence->slots + at * SLOT_SIZE;
        uint64_t found = 0;
        for (size_t i = AT_ONCE; i-- > 0;) {
            uint64_t value = load_u64(slot + i * SLOT_SIZE);
            found = (uint32_t)value == fingerprint ? value : found;
        }
        if (LIKELY(found != 0)) {
            return found;
        }
    }
    for (;; at++) { /* ends at the empty slot that evidence_open() has seen */
        uint64_t value = load_u64(evidence->slots + at * SLOT_SIZE);
        if (value == 0 || (uint32_t)value == fingerprint) {
            return value;
        }
    }
}

void evidence_reduce(const struct evidence *evidence, unsigned char *bytes, uint64_t hash,
                     unsigned reduction)
{
    assert(bytes + HEADER_SIZE == evidence->slots && reduction <= REDUCTION_MAX);
    uint32_t fingerprint = (uint32_t)never_zero(hash);
    for (uint64_t at = evidence_home(evidence, never_zero(hash));; at++) {
        unsigned char *slot = bytes + HEADER_SIZE + at * SLOT_SIZE;
        uint64_t value = load_u64(slot);
        if (value == 0 || (uint32_t)value == fingerprint) {
            bool greater = value != 0 && reduction > evidence_slot_reduction(value);
            uint64_t cleared = value & ~((uint64_t)REDUCTION_MAX << REDUCTION_SHIFT);
            store_u64(slot, greater ? cleared | (uint64_t)reduction << REDUCTION_SHIFT : value);
            return;
        }
    }
}

uint32_t evidence_count(const struct evidence *evidence, const char *fold, size_t size)
{
    return evidence->slot_count == 0 ? 0 : evidence_count_hashed(evidence, fold_hash(fold, size));
}
