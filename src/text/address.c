#include "text/address.h"

#include <string.h>

#include "base/utf8.h"

enum { LOCAL_PART_MAX = 64 };

static const char *const top_domains[] = {
    "com", "net", "org", "edu", "gov", "info", "biz", "int", "tv", "io", "eu", "ma", "dz",
    "tn",  "eg",  "sa",  "ae",  "qa",  "kw",   "bh",  "om",  "jo", "lb", "sy", "iq", "ps",
    "ye",  "ly",  "sd",  "mr",  "uk",  "fr",   "de",  "es",  "ru", "tr", "ir", "il",
};

static bool is_top_domain(const struct text *text, size_t from, size_t to)
{
    for (size_t i = 0; i < sizeof top_domains / sizeof top_domains[0]; i++) {
        size_t size = strlen(top_domains[i]);
        if (size == to - from && memcmp(top_domains[i], text->bytes + from, size) == 0) {
            return true;
        }
    }
    return false;
}

/* The end of labels joined by dots (example.co.uk), or `at` when there is no dot; `*last` is where
 * the last label begins. */
static size_t domain_end(const struct text *text, size_t at, size_t *last)
{
    size_t start = at;
    size_t end = at;
    *last = at;
    while (at < text->size && at - start < TOKEN_BYTES_MAX && is_alphanumeric(text->bytes[at])) {
        *last = at;
        while (at < text->size && at - start < TOKEN_BYTES_MAX &&
               (is_alphanumeric(text->bytes[at]) || text->bytes[at] == '-')) {
            at++;
        }
        end = at;
        if (at >= text->size || text->bytes[at] != '.') {
            break;
        }
        at++;
    }
    return *last == start ? start : end;
}

static bool starts_with(const struct text *text, size_t at, const char *lower)
{
    size_t i = 0;
    for (; lower[i] != 0; i++) {
        if (at + i >= text->size) {
            return false;
        }
        unsigned byte = text->bytes[at + i];
        byte = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
        if (byte != (unsigned char)lower[i]) {
            return false;
        }
    }
    return true;
}

static bool ends_address(const struct code *code)
{
    return code->class == CODE_SPACE || code->class == CODE_LINE || code->value == '"' ||
           code->value == '<' || code->value == '>' || code->value == '`' || code->value == '{' ||
           code->value == '}' || code->value == '|' || code->value == '\\' || code->value == '^' ||
           code->value == 0xAB || code->value == 0xBB || code->value == UTF8_REPLACEMENT ||
           code->value == 0x060C || code->value == 0x061B || code->value == 0x061F ||
           (code->value >= 0x2010 && code->value <= 0x2027);
}

/* Where the address that begins at `start` ends, punctuation behind it left out. `at` lies behind
 * what is known to belong to it. */
static size_t address_end(const struct text *text, size_t start, size_t at)
{
    size_t end = at;
    bool open = false;
    while (at < text->size) {
        struct code code = code_at(text, at);
        if (ends_address(&code) || at + code.length - start > TOKEN_BYTES_MAX) {
            break;
        }
        at += code.length;
        open = open || code.value == '(';
        bool trailing =
            (code.class >= CODE_SYMBOL && code.class <= CODE_STOP) || code.class == CODE_INVISIBLE;
        bool kept = code.value == '/' || code.value == '=' || code.value == '&' ||
                    code.value == '%' || code.value == '_' || (code.value == ')' && open);
        if (!trailing || kept) {
            end = at;
        }
    }
    return end;
}

size_t address_at(const struct text *text, size_t at, enum token_kind *kind)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://", "www."};
    *kind = TOKEN_URL;
    unsigned first = text->bytes[at] | 0x20u; /* few words begin as a scheme does */
    bool scheme = first == 'h' || first == 'f' || first == 'w';
    for (size_t i = 0; scheme && i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t behind = at + strlen(schemes[i]);
        if (starts_with(text, at, schemes[i]) && class_at(text, behind) >= CODE_DIGIT) {
            return address_end(text, at, behind);
        }
    }
    size_t end = at;
    bool dot = false;
    bool plain = true; /* nothing that a domain cannot have */
    for (; end < text->size && end - at <= LOCAL_PART_MAX; end++) {
        unsigned char byte = text->bytes[end];
        bool other = byte == '_' || byte == '%' || byte == '+';
        if (!is_alphanumeric(byte) && byte != '.' && byte != '-' && !other) {
            break;
        }
        dot = dot || byte == '.';
        plain = plain && !other;
    }
    size_t last = 0;
    if (end < text->size && text->bytes[end] == '@' && end - at <= LOCAL_PART_MAX) {
        size_t domain = end + 1;
        size_t behind = domain_end(text, domain, &last);
        if (behind > domain && behind - last >= 2 && behind - at <= TOKEN_BYTES_MAX) {
            *kind = TOKEN_EMAIL;
            return behind;
        }
    }
    if (dot && plain) {
        size_t behind = domain_end(text, at, &last);
        if (behind > at && is_top_domain(text, last, behind) && behind - at <= TOKEN_BYTES_MAX &&
            !is_letter(class_at(text, behind))) {
            bool path = behind < text->size && text->bytes[behind] == '/';
            return path ? address_end(text, at, behind) : behind;
        }
    }
    return at;
}
