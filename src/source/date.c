#include "source/date.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

enum { FOLDED_SIZE_MAX = 128, YEAR_MIN = 1000, YEAR_MAX = 2999, NUMBERS_MAX = 8 };

/* Months as the Arab press, and the feeds of its sites, write them; folded as fold() does. Common
 * knowledge; the regional sets agree with Unicode CLDR 44 (ar, ar-DZ, ar-MA, ar-SY), licence
 * Unicode-3.0. A name of two words stands before its own first word. */
static const struct month_name {
    const char *name;
    unsigned month;
} month_names[] = {
    {"كانون الثاني", 1}, {"كانون الاول", 12}, {"تشرين الاول", 10}, {"تشرين الثاني", 11},
    {"يناير", 1},        {"فبراير", 2},       {"مارس", 3},         {"ابريل", 4},
    {"نيسان", 4},        {"مايو", 5},         {"ماي", 5},          {"يونيو", 6},
    {"يونيه", 6},        {"يوليو", 7},        {"يوليه", 7},        {"اغسطس", 8},
    {"سبتمبر", 9},       {"اكتوبر", 10},      {"نوفمبر", 11},      {"ديسمبر", 12},
    {"يوليوز", 7},       {"غشت", 8},          {"شتنبر", 9},        {"نونبر", 11},
    {"دجنبر", 12},       {"جانفي", 1},        {"فيفري", 2},        {"افريل", 4},
    {"جوان", 6},         {"جويليه", 7},       {"اوت", 8},          {"شباط", 2},
    {"اذار", 3},         {"ايار", 5},         {"حزيران", 6},       {"تموز", 7},
    {"اب", 8},           {"ايلول", 9},        {"january", 1},      {"february", 2},
    {"march", 3},        {"april", 4},        {"may", 5},          {"june", 6},
    {"july", 7},         {"august", 8},       {"september", 9},    {"october", 10},
    {"november", 11},    {"december", 12},    {"jan", 1},          {"feb", 2},
    {"mar", 3},          {"apr", 4},          {"jun", 6},          {"jul", 7},
    {"aug", 8},          {"sep", 9},          {"sept", 9},         {"oct", 10},
    {"nov", 11},         {"dec", 12},         {"janvier", 1},      {"fevrier", 2},
    {"février", 2},      {"mars", 3},         {"avril", 4},        {"mai", 5},
    {"juin", 6},         {"juillet", 7},      {"aout", 8},         {"août", 8},
    {"septembre", 9},    {"octobre", 10},     {"novembre", 11},    {"decembre", 12},
    {"décembre", 12}};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* A byte of a word: a letter of ASCII or anything beyond. */
static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (unsigned char)byte >= 0x80;
}

static bool is_left_out(uint32_t code)
{
    return (code >= 0x64B && code <= 0x652) || code == 0x640 || /* marks, tatweel */
           (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static uint32_t fold_code(uint32_t code)
{
    if (code >= 0x660 && code <= 0x669) {
        return '0' + code - 0x660;
    }
    if (code >= 0x6F0 && code <= 0x6F9) {
        return '0' + code - 0x6F0;
    }
    switch (code) {
    case 0x622: /* آ أ إ ٱ */
    case 0x623:
    case 0x625:
    case 0x671:
        return 0x627;
    case 0x629: /* ة */
        return 0x647;
    case 0x649: /* ى */
        return 0x64A;
    case 0xA0:
    case 0x202F:
    case 0x60C: /* Arabic comma */
        return ' ';
    default:
        return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
    }
}

/* Digits to ASCII, letters to the form of the table, marks away; cut at the size of `folded`: a
 * date stands in front. Returns the size. */
static size_t fold(const char *text, size_t size, char folded[FOLDED_SIZE_MAX])
{
    size_t out = 0;
    for (size_t at = 0; at < size && out + 4 < FOLDED_SIZE_MAX;) {
        uint32_t code = (unsigned char)text[at];
        bool ascii = code < 0x80; /* nearly all are */
        at += ascii ? 1 : utf8_decode(text + at, size - at, &code);
        code = fold_code(code);
        if (code <= ' ') {
            folded[out] = ' ';
            out += out > 0 && folded[out - 1] != ' ';
        } else if (ascii) {
            folded[out++] = (char)code;
        } else if (!is_left_out(code)) {
            out += utf8_encode(code, folded + out);
        }
    }
    while (out > 0 && folded[out - 1] == ' ') {
        out--;
    }
    folded[out] = '\0';
    return out;
}

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

/* 0 when there is no such day. */
static uint32_t make_day(unsigned year, unsigned month, unsigned day)
{
    if (year < YEAR_MIN || year > YEAR_MAX || month > 12 || (month == 0 && day > 0)) {
        return 0;
    }
    if (month > 0 && day > days_of(year, month)) {
        return 0;
    }
    return year * 10000 + month * 100 + day;
}

/* The civil date of a day number since 1970-01-01 (after H. Hinnant, "chrono-compatible low-level
 * date algorithms"). */
static uint32_t day_from_epoch(uint64_t seconds)
{
    uint64_t days = seconds / 86400 + 719468;
    uint64_t era = days / 146097;
    uint64_t of_era = days % 146097;
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month_shifted = (5 * of_year + 2) / 153;
    unsigned day = (unsigned)(of_year - (153 * month_shifted + 2) / 5 + 1);
    unsigned month = (unsigned)(month_shifted < 10 ? month_shifted + 3 : month_shifted - 9);
    return make_day((unsigned)(year_of_era + era * 400 + (month <= 2)), month, day);
}

struct number {
    unsigned value; /* 0 when it has more than 9 digits */
    size_t digits;
    size_t start;
};

static struct number number_at(const char *text, size_t at)
{
    struct number number = {.start = at};
    while (is_digit(text[at + number.digits])) {
        unsigned digit = (unsigned)(text[at + number.digits] - '0');
        number.value = number.digits < 9 ? number.value * 10 + digit : 0;
        number.digits++;
    }
    return number;
}

/* Digits alone, perhaps with a fraction behind. */
static uint32_t parse_digits(const char *text, size_t size)
{
    struct number number = number_at(text, 0);
    size_t rest = number.digits;
    if (text[rest] == '.') {
        rest++;
        while (is_digit(text[rest])) {
            rest++;
        }
    }
    if (rest != size || (rest != number.digits && number.digits < 9)) {
        return 0;
    }
    if (number.digits == 4) {
        return make_day(number.value, 0, 0);
    }
    if (number.digits == 6 && number.value % 100 > 0) {
        return make_day(number.value / 100, number.value % 100, 0);
    }
    if (number.digits == 8) {
        return make_day(number.value / 10000, number.value / 100 % 100, number.value % 100);
    }
    static const struct {
        size_t digits_min, digits_max;
        uint64_t per_second;
    } clocks[] = {{9, 11, 1}, {12, 14, 1000}, {15, 17, 1000000}};
    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        if (number.digits >= clocks[i].digits_min && number.digits <= clocks[i].digits_max) {
            uint64_t value = 0;
            for (size_t at = 0; at < number.digits; at++) {
                value = value * 10 + (uint64_t)(text[at] - '0');
            }
            return day_from_epoch(value / clocks[i].per_second);
        }
    }
    return 0;
}

/* Digits behind a date would make it another number. */
static bool ends_well(char next)
{
    return !is_digit(next) && next != '-' && next != '/';
}

/* yyyy-mm[-dd] and dd-mm-yyyy, one of - / . between. */
static uint32_t parse_separated(const char *text)
{
    struct number part[3] = {{0}, {0}, {0}};
    size_t count = 0;
    size_t at = 0;
    char separator = text[number_at(text, 0).digits];
    if (separator != '-' && separator != '/' && separator != '.') {
        return 0;
    }
    while (count < 3 && is_digit(text[at])) {
        part[count] = number_at(text, at);
        at += part[count].digits;
        count++;
        if (count < 3 && text[at] == separator && is_digit(text[at + 1])) {
            at++;
        }
    }
    if (count < 2 || !ends_well(text[at]) || part[1].digits > 2 || part[1].value == 0) {
        return 0;
    }
    if (part[0].digits == 4 && part[2].digits <= 2) {
        return count == 3 && part[2].value == 0
                   ? 0
                   : make_day(part[0].value, part[1].value, part[2].value);
    }
    if (count < 3 || part[0].digits > 2 || part[0].value == 0 || part[2].digits != 4) {
        return 0;
    }
    uint32_t day_first = make_day(part[2].value, part[1].value, part[0].value);
    return day_first != 0 ? day_first : make_day(part[2].value, part[0].value, part[1].value);
}

/* Finds the month whose name is the whole word at `at`; `*length` is the name's size. */
static unsigned month_at(const char *text, size_t at, size_t *length)
{
    for (size_t i = 0; i < sizeof month_names / sizeof month_names[0]; i++) {
        size_t size = strlen(month_names[i].name);
        if (strncmp(text + at, month_names[i].name, size) == 0 && !is_letter(text[at + size])) {
            *length = size;
            return month_names[i].month;
        }
    }
    return 0;
}

static size_t word_end(const char *text, size_t at)
{
    while (is_letter(text[at])) {
        at++;
    }
    return at;
}

/* What stands in a date written with words. */
struct words {
    unsigned month;
    unsigned day;
    unsigned year;
};

/* A time of day (10:30) is no day of the month. */
static void take_number(struct words *words, const char *text, const struct number *number)
{
    size_t end = number->start + number->digits;
    bool clock = text[end] == ':' || (number->start > 0 && text[number->start - 1] == ':');
    if (clock) {
        return;
    }
    if (number->digits == 4 && words->year == 0) {
        words->year = number->value;
    } else if (number->digits <= 2 && words->day == 0 && words->year == 0) {
        words->day = number->value;
    }
}

static uint32_t parse_words(const char *text)
{
    struct words words = {0};
    for (size_t at = 0; text[at] != '\0';) {
        size_t length = 1;
        if (is_digit(text[at])) {
            struct number number = number_at(text, at);
            take_number(&words, text, &number);
            length = number.digits;
        } else if (is_letter(text[at])) {
            length = word_end(text, at) - at;
            unsigned month = words.month == 0 ? month_at(text, at, &length) : 0;
            words.month = month != 0 ? month : words.month;
        }
        at += length;
    }
    return words.month == 0 ? 0 : make_day(words.year, words.month, words.day);
}

uint32_t article_date_parse(const char *text, size_t size)
{
    char folded[FOLDED_SIZE_MAX];
    size_t folded_size = fold(text, size, folded);
    if (folded_size == 0) {
        return 0;
    }
    uint32_t day = 0;
    if (is_digit(folded[0])) {
        day = parse_digits(folded, folded_size);
        day = day != 0 ? day : parse_separated(folded);
        /* 20170120T101500Z */
        if (day == 0 && folded_size > 8 && number_at(folded, 0).digits == 8 && folded[8] == 't') {
            day = parse_digits(folded, 8);
        }
    }
    return day != 0 ? day : parse_words(folded);
}
