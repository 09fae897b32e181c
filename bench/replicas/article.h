#ifndef REPLICAS_ARTICLE_H
#define REPLICAS_ARTICLE_H

#include <stddef.h>
#include <stdint.h>

#include "names.h"
#include "seeds.h"
#include "vocabulary.h"

/* Makes article number n: a function of the seed, n and the seed articles alone, so that a short
 * corpus begins a long one. Sentences are built as those of the seeds; their places are filled with
 * words by the law, phrases that come back, names, numbers, runs of the seeds' own words, and what
 * the article has said before. Six in a hundred are near copies of an earlier article under another
 * source: a wire story with some words changed and a sentence or two of its own.
 *
 * A maker is immutable and any thread may use it; an article belongs to one thread at a time. */

struct article_maker {
    const struct vocabulary *vocabulary;
    const struct names *names;
    const struct seeds *seeds;
    uint64_t seed;
};

enum {
    ARTICLE_SOURCES = 8,
    ARTICLE_YEAR_FIRST = 2005,
    ARTICLE_YEARS = 20,
    ARTICLE_BYTES_MAX = 1 << 18,
};

struct article {
    uint64_t number;
    const char *source;
    unsigned year, month, day;
    /* Title, then body, as they stand between the quotes of a JSON string. */
    size_t title_size;
    size_t body_size;
    char text[ARTICLE_BYTES_MAX];
};

void article_make(const struct article_maker *maker, uint64_t number, struct article *article);

#endif
