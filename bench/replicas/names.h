#ifndef REPLICAS_NAMES_H
#define REPLICAS_NAMES_H

#include <stddef.h>

#include "vocabulary.h"

/* Names as the news prints them: persons with their titles, places, organisations, dates. Common
 * ones come from short lists, the others are made of stems without end. Who is called how depends
 * on a number alone, so that a name comes back with its number. */

struct names;

/* NULL when out of memory. */
struct names *names_new(const struct vocabulary *vocabulary);
void names_free(struct names *names);

enum { NAME_BYTES_MAX = 8 * (PIECE_BYTES_MAX + 1) };

/* What was written: `words`, and the part by which the text may call it again, as a byte range
 * behind where the name began; of a person this is the surname. */
struct name {
    char *end;
    unsigned words;
    unsigned again_start;
    unsigned again_words;
};

/* Writes one at `to`, where NAME_BYTES_MAX must be free. */
struct name names_write(const struct names *names, struct random *random, char *to);

/* A number as it stands in running text. */
char *names_write_number(const struct names *names, struct random *random, char *to);

#endif
