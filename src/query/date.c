#include "query/parse.h"

#include <string.h>

/* Days are compared as numbers yyyymmdd. A part that is not given is 00 at the lower end and 99 at
 * the upper end, so that 2022 covers 20220000 (an article of which only the year is known) up to
 * 20221231. */

enum { DATE_BYTES_MAX = 64, DAY_LAST = 99999999 };

/* ASCII copy with Arabic-Indic and Extended digits as 0-9 and '/' as '-'. */
static size_t ascii_copy(const char *text, size_t size, char out[DATE_BYTES_MAX + 1])
{
    memset(out, 0, DATE_BYTES_MAX + 1);
    size_t used = 0;
    for (size_t at = 0; at < size; at++) {
        unsigned char first = (unsigned char)text[at];
        unsigned char second = at + 1 < size ? (unsigned char)text[at + 1] : 0;
        char byte = text[at];
        if (first == 0xD9 && second >= 0xA0 && second <= 0xA9) {
            byte = (char)('0' + (second - 0xA0));
            at++;
        } else if (first == 0xDB && second >= 0xB0 && second <= 0xB9) {
            byte = (char)('0' + (second - 0xB0));
            at++;
        } else if (byte == '/') {
            byte = '-';
        }
        if (used == DATE_BYTES_MAX || byte == '\0') {
            return 0;
        }
        out[used++] = byte;
    }
    return used;
}

static bool digits(const char **at, size_t count, uint32_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        char byte = (*at)[i];
        if (byte < '0' || byte > '9') {
            return false;
        }
        *value = *value * 10 + (uint32_t)(byte - '0');
    }
    *at += count;
    return true;
}

static uint32_t month_days(uint32_t year, uint32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* One date at `*at`: yyyy, yyyy-mm or yyyy-mm-dd. */
static bool date_read(const char **at, uint32_t *low, uint32_t *high)
{
    uint32_t year = 0;
    uint32_t month = 0;
    uint32_t day = 0;
    if (!digits(at, 4, &year) || year == 0) {
        return false;
    }
    *low = year * 10000;
    *high = year * 10000 + 9999;
    if (**at != '-') {
        return true;
    }
    ++*at;
    if (!digits(at, 2, &month) || month < 1 || month > 12) {
        return false;
    }
    *low += month * 100;
    *high = *low + 99;
    if (**at != '-') {
        return true;
    }
    ++*at;
    if (!digits(at, 2, &day) || day < 1 || day > month_days(year, month)) {
        return false;
    }
    *low += day;
    *high = *low;
    return true;
}

static enum status bad_date(const char *text, size_t size, struct error *error)
{
    return error_set(error, STATUS_USAGE,
                     "cannot read the date '%.*s': write 2022, 2022-08, 2022-08-10, "
                     "2019..2022-06, <2020, <=2020, >2019-05 or >=2019-05",
                     (int)(size > DATE_BYTES_MAX ? 0 : size), text);
}

/* <a <=a >a >=a; `*at` is behind the sign. */
static bool compared(const char *at, char sign, uint32_t *from, uint32_t *to)
{
    bool equal = *at == '=';
    at += equal ? 1 : 0;
    uint32_t low = 0;
    uint32_t high = 0;
    if (!date_read(&at, &low, &high) || *at != '\0') {
        return false;
    }
    *from = sign == '<' ? 1 : (equal ? low : high + 1);
    *to = sign == '>' ? DAY_LAST : (equal ? high : low - 1);
    return true;
}

enum status query_date_range(const char *text, size_t size, uint32_t *day_from, uint32_t *day_to,
                             struct error *error)
{
    char copy[DATE_BYTES_MAX + 1];
    const char *at = copy;
    if (ascii_copy(text, size, copy) == 0) {
        return bad_date(text, size, error);
    }
    if (*at == '<' || *at == '>') {
        return compared(at + 1, *at, day_from, day_to) ? STATUS_OK : bad_date(text, size, error);
    }
    *day_from = 1;
    *day_to = DAY_LAST;
    bool first = strncmp(at, "..", 2) != 0;
    if (first && !date_read(&at, day_from, day_to)) {
        return bad_date(text, size, error);
    }
    if (strncmp(at, "..", 2) == 0) {
        at += 2;
        uint32_t low = 0;
        *day_to = DAY_LAST;
        if ((*at != '\0' || !first) && !date_read(&at, &low, day_to)) {
            return bad_date(text, size, error);
        }
    }
    if (*at != '\0') {
        return bad_date(text, size, error);
    }
    if (*day_from > *day_to) {
        return error_set(error, STATUS_USAGE, "the range '%.*s' ends before it begins", (int)size,
                         text);
    }
    return STATUS_OK;
}
