#ifndef TEXT_TOKEN_CLASS_H
#define TEXT_TOKEN_CLASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* What a code point is to the tokeniser: the values of token_table.inc. Separators stand in the
 * order of enum token_gap. */
enum code_class {
    CODE_SPACE,
    CODE_DASH,
    CODE_SYMBOL, /* quotation marks, brackets and everything without a class of its own */
    CODE_COMMA,
    CODE_COLON,
    CODE_STOP,
    CODE_LINE,
    CODE_AT,   /* a symbol, or the start of a handle */
    CODE_HASH, /* a symbol, or the start of a hashtag */
    CODE_INVISIBLE,
    CODE_MARK,
    CODE_DIGIT,
    CODE_LETTER,
    CODE_ARABIC,
};

/* Generated, Unicode's version beside them: token_table.inc. */
extern const uint8_t code_stage[];
extern const uint8_t code_value[][128];
extern const uint8_t code_block_06[256];

struct text {
    const unsigned char *bytes;
    size_t size;
};

/* One code point: its class and length. */
struct code {
    uint32_t value;
    uint8_t class;
    uint8_t length;
};

/* Of any code point. */
struct code code_decode(const struct text *text, size_t at);

static ALWAYS_INLINE struct code code_at(const struct text *text, size_t at)
{
    unsigned first = text->bytes[at];
    if (first < 0x80) {
        return (struct code){first, code_value[0][first], 1};
    }
    if (LIKELY((first & 0xFC) == 0xD8 && at + 1 < text->size &&
               (text->bytes[at + 1] & 0xC0) == 0x80)) {
        unsigned low = (first & 3) << 6 | (text->bytes[at + 1] & 0x3F);
        return (struct code){0x600 | low, code_block_06[low], 2};
    }
    return code_decode(text, at);
}

/* The class of the code point at `at`; a line break's at the end of the text. */
static inline unsigned class_at(const struct text *text, size_t at)
{
    return at < text->size ? code_at(text, at).class : CODE_LINE;
}

static inline bool is_letter(unsigned class)
{
    return class >= CODE_LETTER;
}

static inline bool is_alphanumeric(unsigned char byte)
{
    return byte < 0x80 && code_value[0][byte] >= CODE_DIGIT;
}

#endif
