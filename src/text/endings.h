#ifndef TEXT_ENDINGS_H
#define TEXT_ENDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "text/letters.h"

/* The endings that may come off a word, and how they are found: by the last two letters, so that
 * most words are told from all endings by one look. Whether one comes off: suffix.h. Pure
 * functions, any thread. */

/* An ending: what it may become, and how rare the remainder may be beside the word. Adjectives and
 * agents are seen in the feminine and the plural oftener than alone; a dual is always rarer. */
enum ending_kind { ENDING_PRONOUN, ENDING_PLURAL, ENDING_DUAL, ENDING_FEMININE, ENDING_ADVERB };

enum { BECOMES_MAX = LETTERS(2) };

struct ending {
    char ending[11];
    char becomes[BECOMES_MAX + 1];
    uint8_t cut;         /* bytes of `ending` */
    uint8_t added;       /* bytes of `becomes` */
    uint8_t letters_min; /* of the remainder */
    uint8_t rarer_max;   /* the remainder may be so many times rarer than the word */
    uint8_t kind;
};

enum { ENDING_COUNT = 43 };
extern const struct ending endings[]; /* in the order of `ending_ranges` */

struct ending_range {
    uint8_t first;
    uint8_t end;
};

/* Letters that stand last or before the last in an ending. */
enum {
    LETTER_OTHER,
    LETTER_ALEF,
    LETTER_TEH,
    LETTER_KAF,
    LETTER_MEEM,
    LETTER_NOON,
    LETTER_HEH,
    LETTER_WAW,
    LETTER_YEH,
    LETTER_KINDS
};

extern const uint8_t ending_letter_kinds[256];                              /* of letter_at() */
extern const struct ending_range ending_ranges[LETTER_KINDS][LETTER_KINDS]; /* last, one before */

/* The endings with the word's last two letters. */
static ALWAYS_INLINE struct ending_range endings_of(struct letters word)
{
    const char *end = word.bytes + word.size;
    unsigned last = ending_letter_kinds[letter_at(end - LETTERS(1))];
    return ending_ranges[last][ending_letter_kinds[letter_at(end - LETTERS(2))]];
}

/* Whether the word ends so, with something before. Eight bytes at once: of an ending's ten, the
 * last two stand behind them. */
static ALWAYS_INLINE bool ending_matches(const struct ending *ending, struct letters word)
{
    if (word.size <= ending->cut) {
        return false;
    }
    const char *at = word.bytes + word.size - ending->cut;
    uint64_t kept = ending->cut >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * ending->cut) - 1;
    return ((load_u64(at) ^ load_u64(ending->ending)) & kept) == 0 &&
           (ending->cut <= 8 || memcmp(at + 8, ending->ending + 8, LETTERS(1)) == 0);
}

#endif
