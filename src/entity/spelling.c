#include "entity/spelling.h"

#include <string.h>

#include "base/bytes.h"
#include "entity/vocabulary.h"

enum { SPELLING_BYTES = 32 };

struct spelling {
    char printed[SPELLING_BYTES];
    char kept[SPELLING_BYTES];
    uint8_t printed_size;
    uint8_t kept_size;
};

#include "entity/tables/spellings.inc"

/* What the word with that hash is written as in keys, NULL when it is as it is. */
static const struct spelling *find(const char *word, size_t size, uint32_t hash)
{
    uint32_t slot = hash % SPELLING_SLOTS;
    while (spelling_slots[slot] != 0) {
        const struct spelling *spelling = &spellings[spelling_slots[slot] - 1];
        if (bytes_equal(spelling->printed, spelling->printed_size, word, size)) {
            return spelling;
        }
        slot = (slot + 1) % SPELLING_SLOTS;
    }
    return NULL;
}

size_t spelling_of(const char **word, size_t size)
{
    const struct spelling *spelling = find(*word, size, word_hash(*word, size));
    if (spelling == NULL) {
        return size;
    }
    *word = spelling->kept;
    return spelling->kept_size;
}

uint32_t spelling_hash(const char *word, size_t size)
{
    uint32_t hash = word_hash(word, size);
    const struct spelling *spelling = find(word, size, hash);
    return spelling == NULL ? hash : word_hash(spelling->kept, spelling->kept_size);
}
