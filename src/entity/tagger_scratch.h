#ifndef ENTITY_TAGGER_SCRATCH_H
#define ENTITY_TAGGER_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "entity/name_table.h"
#include "entity/tagger.h"

/* What the tagger remembers of an article: a fixed block per thread. What does not fit (an article
 * with more mentions than MENTIONS_MAX) is left out, from the end. */

enum {
    MENTIONS_MAX = 1 << 15,
    PERSONS_MAX = 1 << 10, /* full names of an article that short forms can mean */
    STEM_MARK_BITS = 10,
    STEM_MARKS = 1 << STEM_MARK_BITS,
};

enum { STEMS = 3 };

/* What is looked at of every token: whether anything may begin there, and ten bits of each stem,
 * that tell most words from the names of an article's persons. */
struct glance {
    uint8_t start;
    uint16_t stems[STEMS]; /* stem_glance() */
};

static inline uint16_t stem_glance(uint32_t stem)
{
    return (uint16_t)(stem >> (32 - STEM_MARK_BITS));
}

/* A full name, by its last word. */
struct person {
    uint32_t stem;
    uint32_t found;
    bool particle; /* بن, أبو or آل stands before the last word */
    bool plain;    /* the last word is a plain word too: only behind a title */
};

struct tagger_scratch {
    struct name_table names;
    struct buffer glances;    /* struct glance, of each token of the article */
    struct buffer candidates; /* uint32_t: tokens at which something may begin, in order */
    size_t found_count;
    size_t short_count;
    size_t person_count;
    uint8_t stems[STEM_MARKS]; /* 1 for the glances of the stems of `persons` */
    struct found found[MENTIONS_MAX];
    struct found shorts[MENTIONS_MAX];
    struct person persons[PERSONS_MAX];
    struct mention mentions[MENTIONS_MAX];
};

#endif
