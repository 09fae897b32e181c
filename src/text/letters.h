#ifndef TEXT_LETTERS_H
#define TEXT_LETTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"

/* Arabic letters as conflation looks at them: of two bytes each, without a check. Pure functions,
 * any thread. */

/* The size of n letters. */
#define LETTERS(n) ((size_t)2 * (n))

enum { WORD_BYTES_MAX = LETTERS(24) }; /* longer words are their own class */

/* Letters of a word, or of a changed copy of one; borrowed. WORD_BYTES_MAX bytes may be read from
 * each letter on, so that copies of one size need no call. */
struct letters {
    const char *bytes;
    size_t size;
};

/* To compare with, or to stand in front of others: nothing behind it may be read. */
#define LITERAL(string) ((struct letters){string, sizeof(string) - 1})

/* The letters first: what they are is guessed well, how long words are is not. */
static ALWAYS_INLINE bool letters_start_with(struct letters letters, const char *prefix)
{
    size_t size = strlen(prefix);
    return memcmp(letters.bytes, prefix, size) == 0 && letters.size >= size;
}

static ALWAYS_INLINE bool letters_end_with(struct letters letters, struct letters suffix)
{
    return letters.size >= suffix.size &&
           memcmp(letters.bytes + letters.size - suffix.size, suffix.bytes, suffix.size) == 0;
}

/* The low byte of the code point of the letter at `at`: U+0600 to U+06FF. */
static ALWAYS_INLINE unsigned letter_at(const char *at)
{
    return ((unsigned)at[0] & 3) << 6 | ((unsigned)at[1] & 0x3F);
}

#endif
