#ifndef TEXT_TOKEN_H
#define TEXT_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "base/block.h"

/* The tokeniser: where the words of a text stand. It yields byte ranges of the original text and
 * changes nothing; folding and conflation are the analyser's. Any bytes are accepted: bytes that
 * are not UTF-8 separate words. Pure functions, any thread.
 *
 * A token is a run of letters, marks and digits of any script, with these glued inside:
 *   - tatweel, Arabic marks, zero-width and bidi controls (they never break a word);
 *   - one apostrophe or dot between letters where that is one word (و.م.ع, U.S., l'eau);
 *   - one separator between digits (1,234.5  12:30  ١٬٢٣٤٫٥  24/11/2025);
 *   - ال before digits (الـ93).
 * URLs, e-mail addresses, @handles and #hashtags (with underscores) are one token each. */

#define TOKEN_BYTES_MAX                                                                            \
    255 /* a longer run is cut into tokens of at most this size, at a code point */

enum token_kind {
    TOKEN_WORD,   /* has a letter */
    TOKEN_NUMBER, /* digits, possibly with separators; also date-like 24/11/2025 */
    TOKEN_URL,
    TOKEN_EMAIL,
    TOKEN_HANDLE,
    TOKEN_HASHTAG,
};

/* The strongest thing that stands between the token before and this one, weakest first. */
enum token_gap {
    TOKEN_GAP_NONE,  /* nothing: the run was cut (kinds differ, or TOKEN_BYTES_MAX) */
    TOKEN_GAP_SPACE, /* white space without a line break */
    TOKEN_GAP_DASH,  /* - – — */
    TOKEN_GAP_QUOTE, /* quotation marks, brackets, and any symbol not named here */
    TOKEN_GAP_COMMA, /* , ، */
    TOKEN_GAP_COLON, /* : ; ؛ */
    TOKEN_GAP_STOP,  /* . ! ? ؟ … */
    TOKEN_GAP_LINE,  /* a line break, or the start of the text */
};

struct token {
    uint32_t start; /* byte offsets in the text, half open */
    uint32_t end;
    uint8_t kind; /* enum token_kind */
    uint8_t gap;  /* enum token_gap */
};

/* Finds the next tokens of `text` from byte `*offset` on, at most `tokens_max`; moves `*offset` to
 * where the next call goes on (pass 0 first, and the same text every time). Returns how many were
 * found; 0 means the end. `size` is below 2^32. */
size_t token_scan(const char *text, size_t size, size_t *offset, struct token *tokens,
                  size_t tokens_max);

/* The same with the blocks of the text read as told, or by the plain rules alone (NULL): for tests,
 * which hold token_scan() to those rules. */
size_t token_scan_by(block_reader *read, const char *text, size_t size, size_t *offset,
                     struct token *tokens, size_t tokens_max);

#endif
