#ifndef SOURCE_DATE_H
#define SOURCE_DATE_H

#include <stddef.h>
#include <stdint.h>

/* The date that an article says it is of, as feeds and newspapers write it. For dates found inside
 * text see the entity layer. Any thread.
 *
 * Understood, with Western or Arabic digits, white space around:
 *   2017-01-20  2017/1/20  2017.01.20  20170120        and with a time behind (any text after it)
 *   20/01/2017  20-1-2017  20.01.2017                   day first; month first when only that works
 *   Jan 20, 2017   20 January 2017   Fri, 20 Jan 2017 10:00:00 GMT   20 janvier 2017
 *   20 يناير 2017   الجمعة 20 جانفي 2017 - 10:30   20 كانون الثاني 2017
 *   1484906400  1484906400000 (seconds, milliseconds, microseconds since 1970, UTC)
 *   2017  2017-01  201701  January 2017                 partial: what is missing is 0
 * The date is taken as written: a time zone behind it does not move it to another day. */

/* Returns yyyymmdd with mm and dd 0 where they are not said; 0 when it is no date we know. */
uint32_t article_date_parse(const char *text, size_t size);

#endif
