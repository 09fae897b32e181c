#ifndef ENTITY_TAGGER_SCRATCH_H
#define ENTITY_TAGGER_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entity/tagger.h"

/* What the tagger remembers of an article: a fixed block per thread. What does not fit (an article
 * with more mentions than MENTIONS_MAX) is left out, from the end. */

enum {
    MENTIONS_MAX = 1 << 15,
    PERSONS_MAX = 1 << 10, /* full names of an article that short forms can mean */
    POOL_BYTES_MAX = 1 << 22,
};

enum found_source {
    FOUND_KNOWN, /* the phrase of `node` */
    FOUND_RULE,
    FOUND_LATIN, /* the Latin spelling of the mention before */
    FOUND_SHORT, /* a surname alone */
};

struct found {
    uint32_t first;
    uint32_t count;
    uint8_t type;   /* enum entity_type */
    uint8_t source; /* enum found_source */
    uint8_t cut;    /* 0 nothing, 1 و/ف, 2 ب/ك/ل too: for FOUND_SHORT */
    bool full;      /* a person with more than one name */
    uint16_t node;
    const char *key;
    const char *alias;
    uint32_t key_size;
    uint32_t alias_size;
};

/* A full name, by its last word. */
struct person {
    uint32_t stem;
    uint32_t found;
    bool particle; /* بن, أبو or آل stands before the last word */
    bool plain;    /* the last word is a plain word too: only behind a title */
};

struct tagger_scratch {
    size_t found_count;
    size_t short_count;
    size_t person_count;
    size_t pool_size;
    uint64_t stems; /* one bit a stem of `persons` */
    struct found found[MENTIONS_MAX];
    struct found shorts[MENTIONS_MAX];
    struct person persons[PERSONS_MAX];
    struct mention mentions[MENTIONS_MAX];
    char pool[POOL_BYTES_MAX];
};

/* Fills in the alias, and the key when there is none; false when the pool is full or nothing is
 * left to name. */
bool found_name(struct tagger_scratch *scratch, const struct tagger_article *article,
                struct found *found);

#endif
