#include "entity/spelling.h"

#include <stdint.h>
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

size_t spelling_of(const char **word, size_t size)
{
    if (size == 0 || size >= SPELLING_BYTES) {
        return size;
    }
    uint32_t slot = word_hash(*word, size) % SPELLING_SLOTS;
    while (spelling_slots[slot] != 0) {
        const struct spelling *spelling = &spellings[spelling_slots[slot] - 1];
        if (bytes_equal(spelling->printed, spelling->printed_size, *word, size)) {
            *word = spelling->kept;
            return spelling->kept_size;
        }
        slot = (slot + 1) % SPELLING_SLOTS;
    }
    return size;
}
