#include "text/endings.h"

#include <assert.h>

#define ENDING(ending, becomes, letters_min, rarer_max, kind)                                      \
    {                                                                                              \
        ending, becomes, sizeof(ending) - 1, sizeof(becomes) - 1, letters_min, rarer_max,          \
            ENDING_##kind                                                                          \
    }

/* In the order of the ranges below; an ending of one letter stands in each range of that letter. Of
 * one range, longest first. In the fold, heh is teh marbuta too, and hamza before a pronoun sits on
 * yeh or waw (abna'ihim). */
const struct ending endings[] = {
    /* 0: meem, alef */
    ENDING("ايهما", "اء", 4, 8, PRONOUN),
    ENDING("اوهما", "اء", 4, 8, PRONOUN),
    ENDING("تهما", "ه", 3, 2, PRONOUN),
    ENDING("هما", "", 3, 2, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 5: heh, alef */
    ENDING("ايها", "اء", 4, 8, PRONOUN),
    ENDING("اوها", "اء", 4, 8, PRONOUN),
    ENDING("تها", "ه", 3, 2, PRONOUN),
    ENDING("ها", "", 3, 4, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 10: noon, alef */
    ENDING("اينا", "اء", 4, 8, PRONOUN),
    ENDING("اونا", "اء", 4, 8, PRONOUN),
    ENDING("تنا", "ه", 3, 2, PRONOUN),
    ENDING("نا", "", 4, 1, PRONOUN),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 15: yeh, alef */
    ENDING("يا", "ي", 4, 2, ADVERB),
    ENDING("ا", "", 3, 1, ADVERB),
    /* 17: any other, alef */
    ENDING("ا", "", 3, 1, ADVERB),
    /* 18: heh, meem */
    ENDING("ايهم", "اء", 4, 8, PRONOUN),
    ENDING("اوهم", "اء", 4, 8, PRONOUN),
    ENDING("تهم", "ه", 3, 2, PRONOUN),
    ENDING("هم", "", 3, 4, PRONOUN),
    /* 22: kaf, meem */
    ENDING("تكم", "ه", 3, 2, PRONOUN),
    ENDING("كم", "", 4, 1, PRONOUN),
    /* 24: yeh, heh */
    ENDING("ايه", "اء", 4, 4, PRONOUN),
    ENDING("يه", "ي", 4, 20, FEMININE),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 27: waw, heh */
    ENDING("اوه", "اء", 4, 4, PRONOUN),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 29: teh, heh */
    ENDING("ته", "ه", 3, 2, PRONOUN),
    ENDING("ه", "", 3, 3, FEMININE),
    /* 31: any other, heh */
    ENDING("ه", "", 3, 3, FEMININE),
    /* 32: yeh, noon */
    ENDING("تين", "ه", 3, 1, DUAL),
    ENDING("يين", "ي", 4, 20, PLURAL),
    ENDING("ين", "", 3, 16, PLURAL),
    /* 35: alef, noon */
    ENDING("تان", "ه", 3, 1, DUAL),
    ENDING("ان", "", 3, 1, DUAL),
    /* 37: heh, noon */
    ENDING("هن", "", 3, 1, PRONOUN),
    /* 38: waw, noon */
    ENDING("يون", "ي", 4, 20, PLURAL),
    ENDING("ون", "", 3, 16, PLURAL),
    /* 40: alef, teh */
    ENDING("يات", "يه", 4, 20, PLURAL),
    ENDING("ات", "ه", 3, 16, PLURAL),
    ENDING("ات", "", 3, 16, PLURAL),
};
static_assert(sizeof endings / sizeof endings[0] == ENDING_COUNT,
              "the ranges are those of this list");

const uint8_t ending_letter_kinds[256] = {
    [0x27] = LETTER_ALEF, [0x2A] = LETTER_TEH, [0x43] = LETTER_KAF, [0x45] = LETTER_MEEM,
    [0x46] = LETTER_NOON, [0x47] = LETTER_HEH, [0x48] = LETTER_WAW, [0x4A] = LETTER_YEH};

#define ENDS(last, before, first, end) [LETTER_##last][LETTER_##before] = {first, end}
const struct ending_range ending_ranges[LETTER_KINDS][LETTER_KINDS] = {
    ENDS(ALEF, MEEM, 0, 5),   ENDS(ALEF, HEH, 5, 10),   ENDS(ALEF, NOON, 10, 15),
    ENDS(ALEF, YEH, 15, 17),  ENDS(ALEF, ALEF, 17, 18), ENDS(ALEF, TEH, 17, 18),
    ENDS(ALEF, KAF, 17, 18),  ENDS(ALEF, WAW, 17, 18),  ENDS(ALEF, OTHER, 17, 18),
    ENDS(MEEM, HEH, 18, 22),  ENDS(MEEM, KAF, 22, 24),  ENDS(HEH, YEH, 24, 27),
    ENDS(HEH, WAW, 27, 29),   ENDS(HEH, TEH, 29, 31),   ENDS(HEH, ALEF, 31, 32),
    ENDS(HEH, KAF, 31, 32),   ENDS(HEH, MEEM, 31, 32),  ENDS(HEH, NOON, 31, 32),
    ENDS(HEH, HEH, 31, 32),   ENDS(HEH, OTHER, 31, 32), ENDS(NOON, YEH, 32, 35),
    ENDS(NOON, ALEF, 35, 37), ENDS(NOON, HEH, 37, 38),  ENDS(NOON, WAW, 38, 40),
    ENDS(TEH, ALEF, 40, 43),
};
