#ifndef TEXT_REDUCTION_H
#define TEXT_REDUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "text/conflate.h"
#include "text/letters.h"

/* What conflation does to a word, as a number of 12 bits that the evidence keeps beside the word's
 * count: so that the rules are followed once for an archive, not once for each worker and each word
 * that loses its clitics.
 *
 *   bits 0-2   letters off the front
 *   bits 3-5   letters off the end
 *   bits 6-7   then: 0 the way is not told, and nothing else is; 1 nothing more; 2 a heh, 3 a hamza
 *              is put at the end
 *   bits 8-11  the rules: shipped, article, proclitic, suffix
 *
 * Words that are joined with another one, split, spelled otherwise, or lose more, have no such
 * number. Pure functions, any thread. */

enum { REDUCTION_BITS = 12, REDUCTION_NONE = 0 };

/* The number of a word (letters of conflate_takes()) that becomes `found`. */
unsigned reduction_of(const char *word, size_t size, const struct conflation *found);

enum { REDUCTION_RULES = 8 };

static ALWAYS_INLINE size_t reduction_front(unsigned reduction)
{
    return LETTERS(reduction & 7);
}

static ALWAYS_INLINE size_t reduction_back(unsigned reduction)
{
    return LETTERS(reduction >> 3 & 7);
}

static ALWAYS_INLINE bool reduction_adds(unsigned reduction)
{
    return (reduction & 0x80) != 0;
}

/* Whether it can be that of a word of so many bytes: any bytes may be read as evidence. A letter is
 * put only where one came off. */
static ALWAYS_INLINE bool reduction_fits(unsigned reduction, size_t size)
{
    size_t back = reduction_back(reduction);
    return (reduction & 0xC0) != 0 && reduction_front(reduction) + back < size &&
           (back > 0 || !reduction_adds(reduction));
}

/* Sum of enum conflation_rule. */
static ALWAYS_INLINE unsigned reduction_rules(unsigned reduction)
{
    unsigned rules = reduction >> REDUCTION_RULES & 15;
    return (rules & 1) * CONFLATION_SHIPPED | (rules & 14) << 1;
}

/* The two bytes of the letter that is put at the end, where one is. */
static ALWAYS_INLINE unsigned reduction_letter(unsigned reduction)
{
    return (reduction & 0x40) != 0 ? 0xA1D8 : 0x87D9; /* hamza, heh */
}

/* What the number makes of a word; false when it cannot be that of the word. Of word and key
 * CONFLATE_READ_SIZE bytes may be read and written. */
static ALWAYS_INLINE bool reduction_apply(unsigned reduction, const char *word, size_t size,
                                          struct conflation *out)
{
    if (!reduction_fits(reduction, size)) {
        return false;
    }
    size_t front = reduction_front(reduction);
    size_t back = reduction_back(reduction);
    size_t added = reduction_adds(reduction) ? LETTERS(1) : 0;
    size_t kept = size - front - back;
    memcpy(out->key, word + front, WORD_BYTES_MAX);
    store_u16(out->key + kept,
              (uint16_t)reduction_letter(reduction)); /* of no meaning, if not added */
    out->size = kept + added;
    out->split = 0;
    out->rules = (uint8_t)reduction_rules(reduction);
    out->front = (uint8_t)front;
    out->back = (uint8_t)(back - added);
    return true;
}

#endif
