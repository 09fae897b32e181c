#include "entity/date.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "entity/form.h"
#include "entity/look.h"
#include "entity/vocabulary.h"

enum {
    YEAR_MIN = 1500, /* below stand Hijri years */
    YEAR_MAX = 2199,
    DAYS_NEAR = 200, /* a weekday decides the year only this near to the article's date */
    LIBYAN = 16,     /* added to the number of a month of Libya's old calendar */
};

enum date_word { DATE_WORD_YEAR = 1, DATE_WORD_OF = 2, DATE_WORD_TO = 3, DATE_WORD_BETWEEN = 4 };
enum relative { RELATIVE_NONE, RELATIVE_THIS, RELATIVE_LAST, RELATIVE_NEXT };

struct day {
    unsigned year; /* 0: not known; the same for month and day */
    unsigned month;
    unsigned day;
};

struct month_read {
    unsigned month; /* 0: none */
    size_t count;
    bool is_word; /* also a plain word */
    bool is_libyan;
};

/* Whether token `at` exists and stands close to the one before. */
static bool follows(const struct tagger_article *article, size_t at, enum token_gap gap_max)
{
    return at < article->token_count && article->tokens[at].gap <= (uint8_t)gap_max;
}

static bool date_word(const struct tagger_article *article, size_t at, enum date_word word)
{
    return follows(article, at, TOKEN_GAP_SPACE) &&
           (form_at(article, at)->flags & WORD_DATEWORD) != 0 &&
           form_at(article, at)->value == (uint8_t)word;
}

/* Whether the word before token `at`, close to it, is of the kind. */
static bool date_word_before(const struct tagger_article *article, size_t at, enum date_word word)
{
    return at > 0 && follows(article, at, TOKEN_GAP_SPACE) &&
           (form_at(article, at - 1)->flags & WORD_DATEWORD) != 0 &&
           form_at(article, at - 1)->value == (uint8_t)word;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && year != 0 && !is_leap(year) ? 28 : days[month - 1];
}

static bool day_valid(const struct day *day)
{
    return day->month >= 1 && day->month <= 12 &&
           (day->day == 0 || day->day <= month_days(day->year, day->month));
}

/* Days since 1 March of year 0 (proleptic Gregorian): Howard Hinnant's "days from civil". */
static long day_number(const struct day *day)
{
    long year = (long)day->year - (day->month <= 2 ? 1 : 0);
    long era = year / 400;
    long of_era = year - era * 400;
    long month = ((long)day->month + 9) % 12;
    long of_year = (153 * month + 2) / 5 + (long)day->day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

/* 1 Monday .. 7 Sunday; 1 March of year 0 was a Wednesday. */
static unsigned day_weekday(const struct day *day)
{
    return (unsigned)((day_number(day) + 2) % 7) + 1;
}

static struct day article_day(const struct tagger_article *article)
{
    struct day day = {article->date / 10000, article->date / 100 % 100, article->date % 100};
    bool known = day.year >= YEAR_MIN && day.year <= YEAR_MAX && day.day >= 1 && day_valid(&day);
    return known ? day : (struct day){0, 0, 0};
}

static long distance(const struct day *a, const struct day *b)
{
    long days = day_number(a) - day_number(b);
    return days < 0 ? -days : days;
}

/* The year nearest to the article in which the day falls on `weekday` (0: any); 0 when none. */
static unsigned nearest_year(const struct day *day, const struct day *now, unsigned weekday)
{
    unsigned best = 0;
    long best_days = DAYS_NEAR;
    for (unsigned year = now->year - 1; year <= now->year + 1; year++) {
        struct day trial = {year, day->month, day->day};
        if (!day_valid(&trial) || (weekday != 0 && day_weekday(&trial) != weekday)) {
            continue;
        }
        if (distance(&trial, now) < best_days) {
            best = year;
            best_days = distance(&trial, now);
        }
    }
    return best;
}

/* The year that الجاري, الماضي or المقبل means; 0 when the article's date is not known. */
static unsigned relative_year(const struct day *day, const struct day *now, enum relative relative)
{
    struct day trial = {now->year, day->month, day->day == 0 ? 1 : day->day};
    bool before = trial.month != now->month ? trial.month < now->month
                                            : day->day != 0 && trial.day < now->day;
    bool after = trial.month != now->month ? trial.month > now->month
                                           : day->day != 0 && trial.day > now->day;
    switch (relative) {
    case RELATIVE_NONE:
        return 0;
    case RELATIVE_THIS:
        return trial.month == now->month ? now->year : nearest_year(&trial, now, 0);
    case RELATIVE_LAST:
        return before ? now->year : now->year - 1;
    case RELATIVE_NEXT:
        return after ? now->year : now->year + 1;
    }
    return 0;
}

/* One month name at `at`: one word, or كانون and تشرين with their ordinal. */
static struct month_read month_name(const struct tagger_article *article, size_t at)
{
    struct month_read read = {0};
    const struct entity_form *form = form_at(article, at);
    if ((form->flags & (WORD_MONTH | WORD_WORDMONTH)) != 0) {
        read.is_word = (form->flags & WORD_WORDMONTH) != 0;
        read.is_libyan = form->value > LIBYAN;
        read.month = read.is_libyan ? form->value - (unsigned)LIBYAN : form->value;
        read.count = 1;
    } else if ((form->flags & (WORD_TISHRIN | WORD_KANUN)) != 0 &&
               follows(article, at + 1, TOKEN_GAP_SPACE) &&
               (form_at(article, at + 1)->flags & WORD_ORDINAL) != 0 &&
               (form_at(article, at + 1)->shape & SHAPE_CUT) == 0) {
        bool second = form_at(article, at + 1)->value == 2;
        bool tishrin = (form->flags & WORD_TISHRIN) != 0;
        read.month = tishrin ? (second ? 11 : 10) : (second ? 1 : 12);
        read.count = 2;
    }
    return read;
}

/* A month, also under two names: كانون الثاني/يناير, يناير (كانون الثاني). */
static struct month_read month_read(const struct tagger_article *article, size_t at)
{
    struct month_read read = month_name(article, at);
    size_t next = at + read.count;
    if (read.month != 0 && follows(article, next, TOKEN_GAP_QUOTE) &&
        form_at(article, next)->cut == 0) {
        struct month_read again = month_name(article, next);
        if (again.month == read.month) {
            read.count += again.count;
            read.is_word = read.is_word && again.is_word;
            read.is_libyan = false;
        }
    }
    return read;
}

/* A year at `at`, behind سنة or عام or bare: its tokens, 0 when there is none. */
static size_t year_read(const struct tagger_article *article, size_t at, unsigned *year)
{
    size_t next = at;
    if (date_word(article, next, DATE_WORD_OF) && date_word(article, next + 1, DATE_WORD_YEAR)) {
        next++;
    }
    if (date_word(article, next, DATE_WORD_YEAR)) {
        next++;
    }
    if (!follows(article, next, next == at ? TOKEN_GAP_COMMA : TOKEN_GAP_SPACE) ||
        form_at(article, next)->kind != TOKEN_NUMBER) {
        return 0;
    }
    unsigned value = form_at(article, next)->number;
    if (value == NUMBER_NONE || value < YEAR_MIN || value > YEAR_MAX) {
        return 0;
    }
    *year = value;
    return next + 1 - at;
}

/* A day of the month at `at`; 0 when there is none. */
static unsigned day_read(const struct tagger_article *article, size_t at)
{
    unsigned value = form_at(article, at)->number;
    return value >= 1 && value <= 31 ? value : 0;
}

/* "و27", "و 27", "- 27", "إلى 27" behind a day: the second day and the tokens up to it. */
static size_t range_read(const struct tagger_article *article, size_t at, bool and_too,
                         unsigned *day)
{
    static const char conjunction[] = "و";
    if (!follows(article, at, TOKEN_GAP_DASH)) {
        return 0;
    }
    const struct token *token = &article->tokens[at];
    bool conjunction_alone =
        and_too && token->end - token->start == sizeof conjunction - 1 &&
        memcmp(article->text + token->start, conjunction, sizeof conjunction - 1) == 0;
    bool alone = conjunction_alone || date_word(article, at, DATE_WORD_TO);
    bool joins = alone || token->gap == TOKEN_GAP_DASH ||
                 (and_too && (form_at(article, at)->shape & SHAPE_CUT_AND) != 0);
    size_t number = alone ? at + 1 : at;
    if (!joins || number >= article->token_count ||
        (number > at && !follows(article, number, TOKEN_GAP_SPACE))) {
        return 0;
    }
    *day = day_read(article, number);
    return *day == 0 ? 0 : number + 1 - at;
}

static size_t day_print(const struct day *day, char *out, size_t out_size)
{
    int size = 0;
    if (day->year != 0 && day->day != 0) {
        size = snprintf(out, out_size, "%04u-%02u-%02u", day->year, day->month, day->day);
    } else if (day->day != 0) {
        size = snprintf(out, out_size, "--%02u-%02u", day->month, day->day);
    } else if (day->month != 0) {
        size = snprintf(out, out_size, "%04u-%02u", day->year, day->month);
    } else {
        size = snprintf(out, out_size, "%04u", day->year);
    }
    assert(size > 0 && (size_t)size < out_size);
    return (size_t)size;
}

enum { DAY_BITS = 5, MONTH_BITS = 4, CODE_BITS = 32 };

static uint64_t day_code(const struct day *day)
{
    return ((uint64_t)day->year << MONTH_BITS | day->month) << DAY_BITS | day->day;
}

static struct day day_of_code(uint64_t code)
{
    return (struct day){.year = (unsigned)(code >> (DAY_BITS + MONTH_BITS)),
                        .month = (unsigned)(code >> DAY_BITS) & ((1u << MONTH_BITS) - 1),
                        .day = (unsigned)code & ((1u << DAY_BITS) - 1)};
}

/* One day, or two where `last` is given. */
static uint64_t days_code(const struct day *first, const struct day *last)
{
    uint64_t code = day_code(first);
    uint64_t last_code = last == NULL ? code : day_code(last);
    return last_code == code ? code : last_code << CODE_BITS | code;
}

size_t date_key(uint64_t code, char key[DATE_KEY_BYTES_MAX])
{
    static const char to[] = "..";
    struct day first = day_of_code(code & UINT32_MAX);
    struct day last = day_of_code(code >> CODE_BITS);
    size_t size = day_print(&first, key, DATE_KEY_BYTES_MAX);
    if (code >> CODE_BITS != 0) {
        memcpy(key + size, to, sizeof to - 1);
        size += sizeof to - 1;
        size += day_print(&last, key + size, DATE_KEY_BYTES_MAX - size);
    }
    return size;
}

/* What may stand behind a month: a year, or a word that tells which year. */
static size_t tail_read(const struct tagger_article *article, size_t at, struct day *day,
                        unsigned weekday)
{
    size_t count = year_read(article, at, &day->year);
    struct day now = article_day(article);
    if (count != 0 || now.year == 0) {
        return count;
    }
    if (follows(article, at, TOKEN_GAP_SPACE) &&
        (form_at(article, at)->flags & WORD_RELATIVE) != 0) {
        day->year = relative_year(day, &now, (enum relative)form_at(article, at)->value);
    } else if (weekday != 0 && day->day != 0) {
        day->year = nearest_year(day, &now, weekday);
    }
    return 0;
}

/* A second day with a month of its own: "24 نونبر إلى 3 دجنبر 2025". */
static size_t second_read(const struct tagger_article *article, size_t at, bool between,
                          struct day *last)
{
    size_t next = at;
    size_t count = range_read(article, next, between, &last->day);
    if (count == 0) {
        return 0;
    }
    next += count;
    if (!follows(article, next, TOKEN_GAP_SPACE)) {
        return 0;
    }
    struct month_read month = month_read(article, next);
    if (month.month == 0 || month.is_libyan) {
        return 0;
    }
    last->month = month.month;
    next += month.count;
    return next + tail_read(article, next, last, 0) - at;
}

/* Day first: "10 غشت 2022", "24 و27 نونبر 2025", "3 إلى 5 مارس". `at` is the day. */
static size_t day_month_read(const struct tagger_article *article, size_t at, unsigned weekday,
                             struct date_found *found)
{
    struct day first = {.day = day_read(article, at)};
    if (first.day == 0) {
        return 0;
    }
    size_t next = at + 1;
    bool between = date_word_before(article, at, DATE_WORD_BETWEEN);
    struct day last = {0};
    size_t count = range_read(article, next, true, &last.day);
    next += last.day > first.day ? count : 0;
    while (next < at + 6 && date_word(article, next, DATE_WORD_OF)) {
        next++;
    }
    if (!follows(article, next, TOKEN_GAP_SPACE) || form_at(article, next)->cut != 0) {
        return 0;
    }
    struct month_read month = month_read(article, next);
    if (month.month == 0) {
        return 0;
    }
    next += month.count;
    first.month = month.month;
    count = tail_read(article, next, &first, weekday);
    if (month.is_libyan && count == 0) {
        return 0;
    }
    next += count;
    bool is_range = last.day > first.day;
    if (is_range) {
        last.month = first.month;
        last.year = first.year;
    } else {
        last = (struct day){0};
        count = second_read(article, next, between, &last);
        is_range = count != 0;
        next += count;
        if (is_range && first.year == 0 && last.year != 0) {
            first.year = last.year - (first.month > last.month ? 1 : 0);
        }
    }
    if (!day_valid(&first) || (is_range && !day_valid(&last))) {
        return 0;
    }
    found->code = days_code(&first, is_range ? &last : NULL);
    return next - at;
}

/* Digits of any of the three kinds at `text`: their value, and the bytes read. */
static size_t digits_read(const char *text, size_t size, unsigned *value, unsigned *digits)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t at = 0;
    *value = 0;
    *digits = 0;
    while (at < size && *digits < 5) {
        if (byte[at] >= '0' && byte[at] <= '9') {
            *value = *value * 10 + byte[at] - '0';
            at++;
        } else if (at + 1 < size && byte[at] == 0xd9 && byte[at + 1] >= 0xa0 &&
                   byte[at + 1] <= 0xa9) {
            *value = *value * 10 + byte[at + 1] - 0xa0;
            at += 2;
        } else if (at + 1 < size && byte[at] == 0xdb && byte[at + 1] >= 0xb0 &&
                   byte[at + 1] <= 0xb9) {
            *value = *value * 10 + byte[at + 1] - 0xb0;
            at += 2;
        } else {
            break;
        }
        (*digits)++;
    }
    return at;
}

/* 24/11/2025, 24-11-2025, 24.11.2025, 2025-11-24 in `size` bytes that hold nothing else. */
static bool numeric_read(const char *text, size_t size, struct day *day)
{
    unsigned values[3];
    unsigned digits[3];
    size_t at = 0;
    char separator = 0;
    for (unsigned i = 0; i < 3; i++) {
        if (i > 0) {
            bool is_separator =
                at < size && (text[at] == '/' || text[at] == '-' || text[at] == '.');
            if (!is_separator || (i == 2 && text[at] != separator)) {
                return false;
            }
            separator = text[at++];
        }
        at += digits_read(text + at, size - at, &values[i], &digits[i]);
        if (digits[i] == 0) {
            return false;
        }
    }
    bool year_first = digits[0] == 4;
    if (at != size || digits[1] > 2 || digits[year_first ? 2 : 0] > 2 ||
        digits[year_first ? 0 : 2] != 4) {
        return false;
    }
    *day = year_first ? (struct day){values[0], values[1], values[2]}
                      : (struct day){values[2], values[1], values[0]};
    if (!year_first && day->month > 12 && day->day <= 12) { /* month first */
        *day = (struct day){day->year, day->day, day->month};
    }
    return day->year >= YEAR_MIN && day->year <= YEAR_MAX && day->day >= 1 && day_valid(day);
}

/* A date in figures at `at`, in one token or in three with dashes between. */
static size_t figures_read(const struct tagger_article *article, size_t at,
                           struct date_found *found)
{
    const struct token *tokens = article->tokens;
    struct day day;
    bool dashed = at + 1 < article->token_count && tokens[at + 1].gap == TOKEN_GAP_DASH;
    if (tokens[at].kind != TOKEN_NUMBER ||
        (form_at(article, at)->number != NUMBER_NONE && !dashed)) {
        return 0;
    }
    for (size_t count = 1; count <= 3; count += 2) {
        size_t last = at + count - 1;
        if (last >= article->token_count || tokens[last].end - tokens[at].start > 24 ||
            tokens[last].kind != TOKEN_NUMBER) {
            break;
        }
        if (numeric_read(article->text + tokens[at].start, tokens[last].end - tokens[at].start,
                         &day)) {
            found->code = days_code(&day, NULL);
            return count;
        }
    }
    return 0;
}

/* "نونبر 2025", "يناير الماضي"; a month alone says nothing. */
static size_t month_year_read(const struct tagger_article *article, size_t at,
                              struct date_found *found)
{
    struct month_read month = month_read(article, at);
    if (month.month == 0 || month.is_libyan) {
        return 0;
    }
    struct day day = {.month = month.month};
    size_t next = at + month.count;
    size_t count = tail_read(article, next, &day, 0);
    if (day.year == 0 || (month.is_word && count == 0)) {
        return 0;
    }
    found->code = days_code(&day, NULL);
    return month.count + count;
}

bool date_find(const struct tagger_article *article, size_t at, struct date_found *found)
{
    assert(at < article->token_count);
    const struct entity_form *form = form_at(article, at);
    *found = (struct date_found){.count = 0};
    if ((form->flags & WORD_WEEKDAY) != 0) {
        size_t day = at + 1;
        if (follows(article, day, TOKEN_GAP_COMMA) && form_at(article, day)->cut == 0) {
            size_t count = day_month_read(article, day, form->value, found);
            found->count = count == 0 ? 0 : count + 1;
        }
    } else if (form->number != NUMBER_NONE || form->kind == TOKEN_NUMBER) {
        found->count = day_month_read(article, at, 0, found);
        if (found->count == 0) {
            found->count = figures_read(article, at, found);
        }
        if (found->count == 0 && date_word_before(article, at, DATE_WORD_YEAR)) {
            struct day year = {0};
            found->count = year_read(article, at, &year.year) == 1 ? 1 : 0;
            if (found->count != 0) {
                found->code = days_code(&year, NULL);
            }
        }
    } else if (at == 0 || !follows(article, at, TOKEN_GAP_SPACE) ||
               form_at(article, at - 1)->number == NUMBER_NONE) {
        found->count = month_year_read(article, at, found);
    }
    return found->count != 0;
}
