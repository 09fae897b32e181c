/* Writes src/text/fold_table.inc and src/text/token_table.inc from the reference path. To run it
 * again (after a change in src/text/normalise.c or a new utf8proc), from the root:
 *
 *   cc -std=c11 -Isrc -o /tmp/gen_text bench/tables/gen_text.c src/text/normalise.c \
 *      src/base/utf8.c -lutf8proc
 *   /tmp/gen_text fold > src/text/fold_table.inc
 *   /tmp/gen_text token > src/text/token_table.inc
 *
 * tests/unit/test_fold.c fails when the tables do not fit the reference. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "text/normalise.h"
#include "text/token_class.h"

enum { CODES = 0x110000, BLOCK = 128, BLOCKS = CODES / BLOCK };

static bool joins_behind[CODES]; /* may be the second part of a composition */
static unsigned short values[CODES];
static unsigned short stage[BLOCKS];
static char strings[1 << 16][2][64];
static size_t string_sizes[1 << 16][2];
static size_t string_count;

static void find_joining(void)
{
    for (uint32_t code = 0; code < CODES; code++) {
        if (code >= 0xD800 && code < 0xE000) {
            continue;
        }
        uint32_t parts[4];
        size_t count = normalise_decompose(code, parts);
        for (size_t i = 1; i < count; i++) {
            joins_behind[parts[i]] = true;
        }
    }
}

/* utf8proc (2.8) composes a Hangul syllable with U+11A7 too, the code point before the first final
 * consonant, and so drops it. The reference is what it is: ask it. */
static const uint32_t hangul_final_base = 0x11A7;

static bool all_simple(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t code = 0;
        at += utf8_decode(text + at, size - at, &code);
        if (joins_behind[code] || normalise_combining_class(code) != 0) {
            return false;
        }
    }
    return true;
}

/* 0: form and fold are the code point itself; 1: ask the reference; else 2 + index of strings. */
static unsigned short value_of(uint32_t code)
{
    char in[4];
    char form[64];
    char fold[64];
    size_t size = utf8_encode(code, in);
    size_t form_size = normalise_form(in, size, form, sizeof form);
    size_t fold_size = normalise_fold(form, form_size, fold, sizeof fold);
    if (!all_simple(form, form_size) || !all_simple(fold, fold_size) || joins_behind[code] ||
        (form_size > 0 && normalise_combining_class(code) != 0)) {
        return 1;
    }
    if (form_size == size && memcmp(form, in, size) == 0 && fold_size == size &&
        memcmp(fold, in, size) == 0) {
        return 0;
    }
    for (size_t i = 0; i < string_count; i++) {
        if (string_sizes[i][0] == form_size && string_sizes[i][1] == fold_size &&
            memcmp(strings[i][0], form, form_size) == 0 &&
            memcmp(strings[i][1], fold, fold_size) == 0) {
            return (unsigned short)(2 + i);
        }
    }
    memcpy(strings[string_count][0], form, form_size);
    memcpy(strings[string_count][1], fold, fold_size);
    string_sizes[string_count][0] = form_size;
    string_sizes[string_count][1] = fold_size;
    return (unsigned short)(2 + string_count++);
}

static unsigned short class_of(uint32_t code)
{
    switch (code) {
    case '\n':
    case '\r':
    case 0x0B:
    case 0x0C:
    case 0x85:
    case 0x2028:
    case 0x2029:
        return CODE_LINE;
    case '-':
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2212:
        return CODE_DASH;
    case ',':
    case 0x060C:
    case 0x3001:
    case 0xFF0C:
        return CODE_COMMA;
    case ':':
    case ';':
    case 0x061B:
    case 0xFF1A:
    case 0xFF1B:
        return CODE_COLON;
    case '.':
    case '!':
    case '?':
    case 0x061F:
    case 0x06D4:
    case 0x2026:
    case 0x203C:
    case 0x2047:
    case 0x2048:
    case 0x2049:
    case 0x3002:
    case 0xFF01:
    case 0xFF1F:
        return CODE_STOP;
    case '@':
        return CODE_AT;
    case '#':
    case 0xFF03:
        return CODE_HASH;
    }
    switch (normalise_kind(code)) {
    case NORMALISE_LETTER:
        return CODE_LETTER;
    case NORMALISE_ARABIC:
        return CODE_ARABIC;
    case NORMALISE_DIGIT:
        return CODE_DIGIT;
    case NORMALISE_MARK:
        return CODE_MARK;
    case NORMALISE_INVISIBLE:
        return CODE_INVISIBLE;
    case NORMALISE_SPACE:
        return CODE_SPACE;
    case NORMALISE_OTHER:
        break;
    }
    return CODE_SYMBOL;
}

/* `linkage`: "static " or nothing. */
static void print_stages(const char *linkage, const char *name, const char *type)
{
    static unsigned short distinct[BLOCKS];
    size_t count = 0;
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t d = 0;
        while (d < count && memcmp(values + (size_t)distinct[d] * BLOCK, values + b * BLOCK,
                                   BLOCK * sizeof values[0]) != 0) {
            d++;
        }
        if (d == count) {
            distinct[count++] = (unsigned short)b;
        }
        stage[b] = (unsigned short)d;
    }
    printf("\n%sconst %s %s_stage[%d] = {", linkage, count > 256 ? "uint16_t" : "uint8_t", name,
           (int)BLOCKS);
    for (size_t b = 0; b < BLOCKS; b++) {
        printf("%s%u,", b % 32 == 0 ? "\n    " : "", stage[b]);
    }
    printf("\n};\n\n%sconst %s %s_value[%zu][%d] = {", linkage, type, name, count, (int)BLOCK);
    for (size_t d = 0; d < count; d++) {
        printf("\n    {");
        for (size_t i = 0; i < BLOCK; i++) {
            printf("%s%u,", i % 32 == 0 && i > 0 ? "\n     " : "",
                   values[(size_t)distinct[d] * BLOCK + i]);
        }
        printf("},");
    }
    printf("\n};\n");
}

static void print_header(const char *what)
{
    printf("/* %s\n * Generated by bench/tables/gen_text.c from src/text/normalise.c, Unicode %s. "
           "Do not edit. */\n",
           what, normalise_unicode_version());
}

/* The low byte of what U+06xx folds to, when that is U+06yy and the form is the letter itself; 255
 * for what neither form nor fold shows. */
static unsigned fold_in_block(uint32_t low)
{
    uint32_t code = 0x600 + low;
    unsigned value = values[code];
    if (value == 0) {
        return low;
    }
    if (value > 1 && string_sizes[value - 2][0] == 0 && string_sizes[value - 2][1] == 0) {
        return 255;
    }
    char in[4];
    size_t size = utf8_encode(code, in);
    if (value == 1 || string_sizes[value - 2][0] != size || string_sizes[value - 2][1] != 2 ||
        memcmp(strings[value - 2][0], in, size) != 0) {
        return 0;
    }
    uint32_t fold = 0;
    (void)utf8_decode(strings[value - 2][1], 2, &fold);
    return (fold & ~0xFFu) == 0x600 ? fold & 0xFF : 0;
}

static void print_fold(void)
{
    find_joining();
    joins_behind[hangul_final_base] = true;
    for (uint32_t code = 0; code < CODES; code++) {
        values[code] = code >= 0xD800 && code < 0xE000 ? 1 : value_of(code);
    }
    print_header(
        "Form and fold of every code point: 0 itself, 1 ask the reference, else record n.");
    print_stages("static ", "fold", "uint16_t");
    printf("\n/* offset of form, offset of fold, their sizes */\nstatic const struct fold_record "
           "fold_records[%zu] = {\n    {0, 0, 0, 0},\n    {0, 0, 0, 0},",
           string_count + 2);
    static unsigned char bytes[1 << 16];
    size_t used = 0;
    for (size_t i = 0; i < string_count; i++) {
        size_t offsets[2];
        for (int k = 0; k < 2; k++) {
            size_t size = string_sizes[i][k];
            size_t at = 0;
            while (at + size <= used && memcmp(bytes + at, strings[i][k], size) != 0) {
                at++;
            }
            if (at + size > used) {
                at = used;
                memcpy(bytes + at, strings[i][k], size);
                used += size;
            }
            offsets[k] = at;
        }
        printf("%s{%zu, %zu, %zu, %zu},", i % 4 == 0 ? "\n    " : " ", offsets[0], offsets[1],
               string_sizes[i][0], string_sizes[i][1]);
    }
    printf("\n};\n\nstatic const unsigned char fold_bytes[%zu] = {", used);
    for (size_t i = 0; i < used; i++) {
        printf("%s%u,", i % 24 == 0 ? "\n    " : "", bytes[i]);
    }
    printf("\n};\n\n/* U+0600 to U+06FF: the low byte of the fold's code point, for letters that "
           "are their own form\n * and fold to a letter of this block; 255 where form and fold are "
           "nothing; else 0. */\nstatic const "
           "uint8_t fold_block_06[256] = {");
    for (uint32_t low = 0; low < 256; low++) {
        printf("%s%u,", low % 16 == 0 ? "\n    " : "", fold_in_block(low));
    }
    printf("\n};\n");
}

static void print_token(void)
{
    for (uint32_t code = 0; code < CODES; code++) {
        values[code] = code >= 0xD800 && code < 0xE000 ? CODE_SYMBOL : class_of(code);
    }
    print_header("enum code_class of every code point.");
    print_stages("", "code", "uint8_t");
    printf("\n/* U+0600 to U+06FF, two bytes D8 80 to DB BF. */\n"
           "const uint8_t code_block_06[256] = {");
    for (uint32_t low = 0; low < 256; low++) {
        printf("%s%u,", low % 32 == 0 ? "\n    " : "", values[0x600 + low]);
    }
    printf("\n};\n");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "fold") == 0) {
        print_fold();
    } else if (argc == 2 && strcmp(argv[1], "token") == 0) {
        print_token();
    } else {
        fputs("usage: gen_text fold|token\n", stderr);
        return 2;
    }
    return 0;
}
