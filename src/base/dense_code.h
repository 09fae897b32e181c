#ifndef BASE_DENSE_CODE_H
#define BASE_DENSE_CODE_H

#include "base/scsu.h"
#include "base/symbols.h"

/* Texts as codes of their words: what zstd is given of a document. Between two words stands a space
 * unless something else is said (the spaceless model: de Moura, Navarro, Ziviani, Baeza-Yates, Fast
 * and flexible word searching on compressed text, 2000); a code is one to three whole bytes,
 * frequent symbols shorter, the first byte telling how many (after Brisaboa, Farina, Navarro,
 * Parama, Lightweight natural language text compression, 2007); zstd behind it then has a fifth as
 * much to read and finds repeated phrases (Farina, Navarro, Parama, Boosting text compression with
 * word-based statistical encoding, 2012). What is no symbol is spelled out (base/scsu.h). Any bytes
 * come back as they were, however they are cut into words. Any thread. */

/* First bytes. */
enum {
    DENSE_WORD = 0, /* a word spelled out: varint size, so many bytes of SCSU */
    DENSE_GAP = 1,  /* the same, of what stands between words */
    DENSE_ONE = 2,  /* from here on: a code of one byte */
    DENSE_TWO = 156,
    DENSE_THREE = 252,
};
#define DENSE_CODES                                                                                \
    ((size_t)(DENSE_TWO - DENSE_ONE) + ((DENSE_THREE - DENSE_TWO) << 8) +                          \
     ((size_t)(256 - DENSE_THREE) << 16))

/* The code of a rank: its bytes, the first lowest, and above them how many (bits 24 and 25). */
#define DENSE_SPELLED   ((uint32_t)0) /* stands for no code */
#define DENSE_CODE_BITS 26
#define DENSE_CODE_MASK ((UINT32_C(1) << DENSE_CODE_BITS) - 1)
uint32_t dense_code(uint32_t rank);

/* A word of a text: [start, end) is it. */
struct dense_word {
    uint32_t start;
    uint32_t end;
    uint32_t code; /* dense_code() of it as SYMBOL_WORD, or DENSE_SPELLED */
};

/* Words, ascending, that do not overlap. */
struct dense_words {
    const struct dense_word *words;
    size_t count;
    int64_t shift; /* so many bytes further on than they say do they stand in what is encoded */
};

/* Appends a text as codes. `index` (NULL: no symbols) is asked for what stands between words. */
enum status dense_encode(const struct symbol_index *index, const void *text, size_t size,
                         const struct dense_words *words, struct buffer *out,
                         struct error *error) MUST_CHECK;

/* Appends the text. STATUS_FORMAT for what dense_encode() never writes with these symbols. */
enum status dense_decode(const struct symbols *symbols, const void *bytes, size_t size,
                         struct buffer *out, struct error *error) MUST_CHECK;

#endif
