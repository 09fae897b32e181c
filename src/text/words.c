#include "text/words.h"

#include <string.h>

#include "text/fold_hash.h"

struct word_slot {
    uint32_t tag;
    uint16_t offset; /* in word_bytes: the word, then a byte of size and the target */
    uint8_t size;    /* 0: free */
    uint8_t flags;
};

#include "text/word_table.inc"

enum { SLOT_COUNT = sizeof word_slots / sizeof word_slots[0] };

unsigned words_find(const char *fold, size_t size, const char **target, size_t *target_size)
{
    return words_find_hashed(fold_hash(fold, size), fold, size, target, target_size);
}

unsigned words_find_hashed(uint64_t hash, const char *fold, size_t size, const char **target,
                           size_t *target_size)
{
    if (!words_may_hold(hash)) {
        return 0;
    }
    uint32_t tag = (uint32_t)(hash >> 32);
    for (size_t at = hash % SLOT_COUNT; word_slots[at].size != 0; at = (at + 1) % SLOT_COUNT) {
        const struct word_slot *slot = &word_slots[at];
        const unsigned char *word = word_bytes + slot->offset;
        if (slot->tag == tag && slot->size == size && memcmp(word, fold, size) == 0) {
            if ((slot->flags & WORD_JOIN) != 0) {
                *target = (const char *)word + size + 1;
                *target_size = word[size];
            }
            return slot->flags;
        }
    }
    return 0;
}

bool words_next_join(size_t *at, const char **word, size_t *size, const char **target,
                     size_t *target_size)
{
    while (*at < SLOT_COUNT && (word_slots[*at].flags & WORD_JOIN) == 0) {
        *at += 1;
    }
    if (*at == SLOT_COUNT) {
        return false;
    }
    const struct word_slot *slot = &word_slots[*at];
    const unsigned char *bytes = word_bytes + slot->offset;
    *word = (const char *)bytes;
    *size = slot->size;
    *target = (const char *)bytes + slot->size + 1;
    *target_size = bytes[slot->size];
    *at += 1;
    return true;
}
