#ifndef ENTITY_DATE_H
#define ENTITY_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entity/tagger.h"

/* Dates as Arabic news prints them: days, ranges, months with a year, years behind عام or سنة, in
 * every month name from Mauritania to Iraq. Gregorian only: Hijri and Coptic dates are left
 * alone. A key is ISO 8601 and says no more than is known: "2022-08-10", "2022-08", "2022",
 * "--01-27", ranges as "2025-11-24..2025-11-27". A missing year is filled in where الجاري,
 * الماضي, المقبل or a weekday leaves one choice, seen from the article's own date. Any thread. */

#define DATE_KEY_BYTES_MAX 32

struct date_found {
    size_t count;  /* tokens from the place asked about; 0: no date begins there */
    uint64_t code; /* the day, or the first and the last: for date_key(); equal codes, equal keys */
};

/* Reads the date that begins at a token whose form has START_DATE. */
bool date_find(const struct tagger_article *article, size_t at, struct date_found *found);

/* Writes the key of a date; returns its size. */
size_t date_key(uint64_t code, char key[DATE_KEY_BYTES_MAX]);

#endif
