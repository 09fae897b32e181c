#ifndef TEXT_TOKEN_CLASS_H
#define TEXT_TOKEN_CLASS_H

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

#endif
