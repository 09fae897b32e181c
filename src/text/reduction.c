#include "text/reduction.h"
#include <assert.h>

static_assert(CONFLATION_SHIPPED == 1 && CONFLATION_ARTICLE == 4 && CONFLATION_PROCLITIC == 8 &&
                  CONFLATION_SUFFIX == 16,
              "rules that a reduction can tell are packed into four bits");

unsigned reduction_of(const char *word, size_t size, const struct conflation *found)
{
    const unsigned told =
        CONFLATION_SHIPPED | CONFLATION_ARTICLE | CONFLATION_PROCLITIC | CONFLATION_SUFFIX;
    size_t front = found->front;
    if (found->split != 0 || (found->rules & ~told) != 0 || front > size) {
        return REDUCTION_NONE;
    }
    size_t kept = 0; /* bytes of the class that are the word's */
    while (kept < found->size && front + kept < size &&
           memcmp(found->key + kept, word + front + kept, LETTERS(1)) == 0) {
        kept += LETTERS(1);
    }
    size_t back = size - front - kept;
    unsigned end = 1;
    if (found->size > kept) {
        end = load_u16(found->key + kept) == 0x87D9 ? 2 : 3;
    }
    unsigned rules = (found->rules & CONFLATION_SHIPPED) | (found->rules & 0x1Eu) >> 1;
    unsigned reduction = (unsigned)(front / LETTERS(1) & 7) |
                         (unsigned)(back / LETTERS(1) & 7) << 3 | end << 6 |
                         rules << REDUCTION_RULES;
    bool told_all = found->size - kept <= (end == 1 ? 0 : LETTERS(1)) &&
                    (end == 1 || load_u16(found->key + kept) == reduction_letter(reduction)) &&
                    front <= LETTERS(7) && back <= LETTERS(7) && reduction_fits(reduction, size);
    return told_all ? reduction : REDUCTION_NONE;
}
