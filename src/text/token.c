#include "text/token.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/block.h"
#include "base/compiler.h"
#include "text/address.h"
#include "text/token_class.h"

static_assert(CODE_SPACE + 1 == TOKEN_GAP_SPACE && CODE_DASH + 1 == TOKEN_GAP_DASH &&
                  CODE_SYMBOL + 1 == TOKEN_GAP_QUOTE && CODE_COMMA + 1 == TOKEN_GAP_COMMA &&
                  CODE_COLON + 1 == TOKEN_GAP_COLON && CODE_STOP + 1 == TOKEN_GAP_STOP &&
                  CODE_LINE + 1 == TOKEN_GAP_LINE,
              "a separator's gap is its class plus one");

enum { SINGLE_LETTER_BYTES_MAX = 10 };

static size_t skip_marks(const struct text *text, size_t at)
{
    while (at < text->size) {
        struct code code = code_at(text, at);
        if (code.class != CODE_MARK && code.class != CODE_INVISIBLE) {
            break;
        }
        at += code.length;
    }
    return at;
}

/* --- tags ----------------------------------------------------------------------------------- */

/* The end of the hashtag whose sign of `sign` bytes stands at `at`, or `at` when it is none. */
static size_t hashtag_end(const struct text *text, size_t at, size_t sign)
{
    size_t end = at;
    bool letter = false;
    for (size_t next = at + sign; next < text->size;) {
        struct code code = code_at(text, next);
        bool inside = code.class >= CODE_INVISIBLE || code.value == '_';
        if (!inside || next + code.length - at > TOKEN_BYTES_MAX) {
            break;
        }
        next += code.length;
        letter = letter || is_letter(code.class);
        if (code.class != CODE_INVISIBLE) {
            end = next;
        }
    }
    return letter ? end : at;
}

static size_t handle_end(const struct text *text, size_t at)
{
    size_t end = at + 1;
    while (end < text->size && end - at < TOKEN_BYTES_MAX &&
           (is_alphanumeric(text->bytes[end]) || text->bytes[end] == '_')) {
        end++;
    }
    return end >= at + 2 ? end : at;
}

/* A hashtag or handle at `at`: its end, or `at` when the sign is only a sign. */
static size_t tag_at(const struct text *text, size_t at, const struct code *sign,
                     enum token_kind *kind)
{
    if (at > 0 && is_alphanumeric(text->bytes[at - 1])) {
        return at;
    }
    *kind = sign->class == CODE_AT ? TOKEN_HANDLE : TOKEN_HASHTAG;
    return sign->class == CODE_AT ? handle_end(text, at) : hashtag_end(text, at, sign->length);
}

/* --- words and numbers ---------------------------------------------------------------------- */

/* A word being read: [start, end) are its bytes so far, `at` is where reading goes on (invisible
 * characters may lie between). */
struct word {
    size_t start;
    size_t end;
    size_t at;
    size_t piece;   /* where the part behind the last inner dot begins */
    uint8_t last;   /* class of the last letter or digit */
    bool letters;   /* has a letter that is not Arabic */
    bool arabic;    /* has an Arabic letter */
    bool separated; /* digits with a separator among them */
    bool dotted;    /* an abbreviation of single letters */
};

/* Whether the bytes so far are an article, with a preposition or conjunction perhaps: what may
 * stand glued before digits. */
static bool is_article(const struct text *text, const struct word *word)
{
    static const char *const articles[] = {"ال", "وال", "بال", "فال", "كال", "لل", "ولل"};
    char letters[16];
    size_t size = 0;
    for (size_t at = word->start; at < word->end;) {
        struct code code = code_at(text, at);
        if (code.class == CODE_ARABIC) {
            if (size + code.length > sizeof letters) {
                return false;
            }
            memcpy(letters + size, text->bytes + at, code.length);
            size += code.length;
        }
        at += code.length;
    }
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        if (size == strlen(articles[i]) && memcmp(letters, articles[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a letter or digit may follow what was read: Arabic letters stand beside neither Latin
 * letters nor digits in one token, but for an article before digits. */
static bool may_follow(const struct text *text, const struct word *word, unsigned class)
{
    switch (class) {
    case CODE_ARABIC:
        return word->last == CODE_ARABIC;
    case CODE_LETTER:
        return word->last != CODE_ARABIC && !word->separated && !(word->arabic);
    default:
        return word->last != CODE_ARABIC || (!word->dotted && is_article(text, word));
    }
}

/* Whether [from, to) is one letter with its marks. */
static bool is_single_letter(const struct text *text, size_t from, size_t to)
{
    if (to - from > SINGLE_LETTER_BYTES_MAX || !is_letter(class_at(text, from))) {
        return false;
    }
    return skip_marks(text, from + code_at(text, from).length) >= to;
}

static bool is_digit_separator(uint32_t value)
{
    return value == '.' || value == ',' || value == ':' || value == '/' || value == 0x066B ||
           value == 0x066C;
}

/* Whether the separator `code` at word->at is glued into the word; `word->piece` moves behind a
 * dot between single letters. */
static bool joins(const struct text *text, struct word *word, const struct code *code)
{
    size_t next = word->at + code->length;
    unsigned after = class_at(text, next);
    if (word->last == CODE_DIGIT) {
        if (after == CODE_DIGIT && is_digit_separator(code->value) && !word->letters) {
            word->separated = true;
            return true;
        }
        return false;
    }
    if (!is_letter(after)) {
        return false;
    }
    if (code->value == '\'' || code->value == 0x2019) {
        return word->last == CODE_LETTER && after == CODE_LETTER && !word->dotted;
    }
    if (code->value != '.' || after != word->last ||
        !is_single_letter(text, word->piece, word->end)) {
        return false;
    }
    size_t behind = skip_marks(text, next + code_at(text, next).length);
    if (class_at(text, behind) >= CODE_DIGIT) {
        return false;
    }
    word->piece = next;
    word->dotted = true;
    return true;
}

/* Takes one code point into the word; false when the word ends before it. */
static bool word_take(const struct text *text, struct word *word)
{
    struct code code = code_at(text, word->at);
    if (word->at + code.length - word->start > TOKEN_BYTES_MAX) {
        return false;
    }
    if (code.class >= CODE_DIGIT) {
        if (word->end > word->start && word->last != code.class &&
            !may_follow(text, word, code.class)) {
            return false;
        }
        if (word->separated && code.class != CODE_DIGIT) {
            return false;
        }
        word->last = code.class;
        word->letters = word->letters || code.class == CODE_LETTER;
        word->arabic = word->arabic || code.class == CODE_ARABIC;
    } else if (code.class < CODE_INVISIBLE) {
        if (!joins(text, word, &code) ||
            word->at + code.length + 4 - word->start > TOKEN_BYTES_MAX) {
            return false;
        }
    }
    word->at += code.length;
    if (code.class >= CODE_MARK) {
        word->end = word->at;
    }
    return true;
}

/* Runs over two-byte Arabic letters from word->at on: nearly every byte of an Arabic text. */
static ALWAYS_INLINE void take_arabic(const struct text *text, struct word *word)
{
    const unsigned char *bytes = text->bytes;
    size_t limit = word->start + TOKEN_BYTES_MAX;
    limit = (limit < text->size ? limit : text->size) - 1; /* the text has a byte at word->at */
    size_t at = word->at;
    while (at < limit && (bytes[at] & 0xFC) == 0xD8 && (bytes[at + 1] & 0xC0) == 0x80 &&
           code_block_06[(bytes[at] & 3) << 6 | (bytes[at + 1] & 0x3F)] == CODE_ARABIC) {
        at += 2;
    }
    if (at > word->at) {
        word->at = at;
        word->end = at;
        word->last = CODE_ARABIC;
        word->arabic = true;
    }
}

static size_t word_end(const struct text *text, size_t start, enum token_kind *kind)
{
    struct word word = {.start = start, .end = start, .at = start, .piece = start};
    take_arabic(text, &word);
    if (word.end > start && word.at < text->size && text->bytes[word.at] == ' ') {
        *kind = TOKEN_WORD;
        return word.end;
    }
    while (word.at < text->size && word_take(text, &word)) {
    }
    *kind = word.letters || word.arabic ? TOKEN_WORD : TOKEN_NUMBER;
    return word.end;
}

/* The end of the run of ASCII letters and digits at `at` where it is a token whatever stands around
 * it: the sign behind it belongs to no address and no word. Else `at`. */
static size_t plain_end(const struct text *text, size_t at, enum token_kind *kind)
{
    static const char inner[] = ".-_%+@':/,";
    size_t end = at;
    size_t limit = text->size - at < TOKEN_BYTES_MAX ? text->size : at + TOKEN_BYTES_MAX;
    bool letters = false;
    while (end < limit && is_alphanumeric(text->bytes[end])) {
        letters = letters || text->bytes[end] > '9';
        end++;
    }
    if (end == limit || text->bytes[end] >= 0x80 ||
        memchr(inner, text->bytes[end], sizeof inner - 1) != NULL) {
        return at;
    }
    *kind = letters ? TOKEN_WORD : TOKEN_NUMBER;
    return end;
}

/* The end of the token that begins with the letter or digit at `at`. */
static size_t token_end(const struct text *text, size_t at, enum token_kind *kind)
{
    if (text->bytes[at] < 0x80) {
        size_t end = plain_end(text, at, kind);
        end = end > at ? end : address_at(text, at, kind);
        if (end > at) {
            return end;
        }
    }
    return word_end(text, at, kind);
}

/* --- scanning ------------------------------------------------------------------------------- */

/* Arabic words between blanks, nearly all of a text, are found as runs of bits, 64 bytes at a time
 * (base/block.h); what else stands there is left to the rules above, one code point or token at a
 * time. */
struct scanner {
    struct text text;
    size_t at; /* between tokens */
    unsigned gap;
    struct token *tokens;
    size_t count;
    block_reader *read; /* NULL: by the rules alone */
    size_t block_end;   /* of the bytes whose bits these are; 0: none */
    uint64_t letters;
    uint64_t blanks;
};

enum { BLOCK_REST_MIN = BLOCK_SIZE / 2 }; /* with less of a block left, the next one is read */
/* A word has a letter and a blank behind it; one more may touch the end of a block. */
enum { WORDS_TOGETHER = 4, BLOCK_WORDS_MAX = BLOCK_SIZE / 3 + 1 };
enum { BLOCK_ROOM = BLOCK_WORDS_MAX + WORDS_TOGETHER }; /* of tokens */

static ALWAYS_INLINE void add_token(struct scanner *scanner, size_t start, size_t end,
                                    enum token_kind kind)
{
    scanner->tokens[scanner->count++] =
        (struct token){(uint32_t)start, (uint32_t)end, (uint8_t)kind, (uint8_t)scanner->gap};
    scanner->gap = TOKEN_GAP_NONE;
}

static ALWAYS_INLINE void add_gap(struct scanner *scanner, unsigned class)
{
    if (class<CODE_INVISIBLE &&class + 1> scanner->gap) {
        scanner->gap = class + 1;
    }
}

/* Whether an Arabic word ends where the separator at `at` stands, which the text goes on behind:
 * of all separators, only a dot may be inside one. */
static ALWAYS_INLINE bool ends_arabic(const struct text *text, size_t at)
{
    unsigned first = text->bytes[at];
    unsigned second = text->bytes[at + 1];
    if (first < 0x80) {
        return code_value[0][first] < CODE_INVISIBLE &&
               (first != '.' || (second < 0x80 && code_value[0][second] < CODE_DIGIT));
    }
    return (first & 0xFC) == 0xD8 && (second & 0xC0) == 0x80 &&
           code_block_06[(first & 3) << 6 | (second & 0x3F)] < CODE_INVISIBLE;
}

static ALWAYS_INLINE unsigned lowest_bit(uint64_t bits)
{
    return bits == 0 ? BLOCK_SIZE : (unsigned)__builtin_ctzll(bits);
}

/* Of no bits any number: it is not used. */
static ALWAYS_INLINE unsigned lowest_or_any(uint64_t bits)
{
    return (unsigned)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

/* Adds the words between blanks that begin and end at these bits from `from` on, WORDS_TOGETHER at
 * a time: how many there are in a block cannot be guessed. What is too much is written over. */
static ALWAYS_INLINE void add_words(struct scanner *scanner, size_t from, uint64_t starts,
                                    uint64_t ends)
{
    struct token *tokens = scanner->tokens + scanner->count;
    unsigned first_gap = scanner->gap;
    if (lowest_bit(starts) > 0 && first_gap < TOKEN_GAP_SPACE) {
        first_gap = TOKEN_GAP_SPACE;
    }
    size_t count = 0;
    for (struct token *to = tokens; ends != 0; to += WORDS_TOGETHER) {
        for (unsigned i = 0; i < WORDS_TOGETHER; i++) {
            to[i] =
                (struct token){(uint32_t)from + lowest_or_any(starts),
                               (uint32_t)from + lowest_or_any(ends), TOKEN_WORD, TOKEN_GAP_SPACE};
            count += ends != 0;
            starts &= starts - 1;
            ends &= ends - 1;
        }
    }
    if (count > 0) {
        tokens[0].gap = (uint8_t)first_gap;
        scanner->gap = TOKEN_GAP_NONE;
        scanner->count += count;
    }
}

static ALWAYS_INLINE void next_block(struct scanner *scanner)
{
    struct block_bits bits = scanner->read(scanner->text.bytes + scanner->at);
    scanner->letters = bits.letters | bits.letters << 1;
    scanner->blanks = bits.blanks;
    scanner->block_end = scanner->at + BLOCK_SIZE;
}

/* Takes Arabic words and blanks from scanner->at on, at most to the end of the block. False when
 * what stands at scanner->at then is for the rules. */
static ALWAYS_INLINE bool take_block(struct scanner *scanner)
{
    if (scanner->at + BLOCK_REST_MIN > scanner->block_end) {
        next_block(scanner);
    }
    size_t from = scanner->at;
    unsigned left = (unsigned)(scanner->block_end - from);
    uint64_t letters = scanner->letters >> (BLOCK_SIZE - left);
    uint64_t blanks = scanner->blanks >> (BLOCK_SIZE - left);
    unsigned known = lowest_bit(~(letters | blanks)); /* letters and blanks up to here */
    uint64_t inside = known == BLOCK_SIZE ? UINT64_MAX : (UINT64_C(1) << known) - 1;
    uint64_t starts = letters & ~(letters << 1) & inside;
    uint64_t ends = letters << 1 & blanks & inside;
    unsigned end = ends == 0 ? 0 : BLOCK_SIZE - 1 - (unsigned)__builtin_clzll(ends);
    add_words(scanner, from, starts, ends);
    unsigned start =
        lowest_bit(starts >> end << end); /* of a word that touches what is not known */
    unsigned stop = start < known ? start : known;
    if (stop > end) {
        add_gap(scanner, CODE_SPACE);
    }
    scanner->at = from + stop;
    if (known == left) {
        scanner->block_end = 0;
        return stop > 0 || left < BLOCK_SIZE; /* no word of a whole block */
    }
    if (start < known && ends_arabic(&scanner->text, from + known)) {
        scanner->at = from + known;
        add_token(scanner, from + start, from + known, TOKEN_WORD);
    }
    return false;
}

/* Takes one token, or one code point between tokens and the ASCII signs behind it. */
static ALWAYS_INLINE void take_by_rules(struct scanner *scanner)
{
    const struct text *text = &scanner->text;
    size_t at = scanner->at;
    struct code code = code_at(text, at);
    enum token_kind kind = TOKEN_WORD;
    size_t end = at;
    if (LIKELY(code.class >= CODE_DIGIT)) {
        end = token_end(text, at, &kind);
    } else if (code.class == CODE_AT || code.class == CODE_HASH) {
        end = tag_at(text, at, &code, &kind);
        code.class = CODE_SYMBOL;
    }
    if (end > at) {
        add_token(scanner, at, end, kind);
        scanner->at = end;
        return;
    }
    add_gap(scanner, code.class);
    for (at += code.length;
         at < text->size && text->bytes[at] < 0x80 && code_value[0][text->bytes[at]] < CODE_AT;
         at++) {
        add_gap(scanner, code_value[0][text->bytes[at]]);
    }
    scanner->at = at;
}

size_t token_scan_by(block_reader *read, const char *text, size_t size, size_t *offset,
                     struct token *tokens, size_t tokens_max)
{
    struct scanner scanner = {.text = {(const unsigned char *)text, size},
                              .at = *offset,
                              .gap = *offset == 0 ? TOKEN_GAP_LINE : TOKEN_GAP_NONE,
                              .tokens = tokens,
                              .read = read};
    while (scanner.count < tokens_max && scanner.at < size) {
        bool quick = read != NULL && size - scanner.at >= BLOCK_READ_SIZE &&
                     tokens_max - scanner.count >= BLOCK_ROOM;
        if (quick && take_block(&scanner)) {
            continue;
        }
        take_by_rules(&scanner);
    }
    *offset = scanner.at;
    return scanner.count;
}

size_t token_scan(const char *text, size_t size, size_t *offset, struct token *tokens,
                  size_t tokens_max)
{
    return token_scan_by(block_reader_best(), text, size, offset, tokens, tokens_max);
}
