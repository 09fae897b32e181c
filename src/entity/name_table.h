#ifndef ENTITY_NAME_TABLE_H
#define ENTITY_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/intern.h"
#include "entity/tagger.h"

/* The names that articles print, each with a number. A name's key and alias depend on its words, as
 * printed, and on how it was found, and news repeats its names: nine in ten are known by the
 * numbers of their words, and nothing of their text is read. One thread at a time. */

enum found_source {
    FOUND_KNOWN, /* the phrase of `node` */
    FOUND_RULE,
    FOUND_LATIN, /* the Latin spelling of the mention before */
    FOUND_SHORT, /* a surname alone */
};

#define NAME_NONE UINT32_MAX /* of what has no name: it is no mention */

enum { NAME_PARTS = 3 }; /* of an entry: 64 bits each */

struct found {
    uint32_t first;
    uint32_t count;
    uint8_t type;   /* enum entity_type */
    uint8_t source; /* enum found_source */
    uint8_t cut;    /* 0 nothing, 1 و/ف, 2 ب/ك/ل too: for FOUND_SHORT */
    bool full;      /* a person with more than one name */
    bool given;     /* the key is that of another mention */
    uint16_t node;
    uint32_t name; /* number, once it is named */
    uint32_t key;  /* of persons: number of the key, which is given or found with the name */
    uint32_t key_size;
    const char *key_text;       /* of full names, where there are several */
    uint64_t date;              /* code of a date, see date.h */
    uint64_t hash;              /* of what tells the name ... */
    uint64_t parts[NAME_PARTS]; /* ... which is this, as an entry of the table has it */
};

struct name_table {
    struct name_entry *entries; /* open addressing */
    struct name_entry *recents; /* names met lately, in front of them: so few that they stay near */
    size_t mask;
    uint32_t count;
    size_t bytes_max;
    struct buffer parts;   /* uint64_t: of names too long for an entry */
    struct intern *keys;   /* of persons: letter of the type, key */
    struct buffer places;  /* struct name_place, by number of the name */
    struct buffer strings; /* the other keys, with their letters, and aliases */
};

/* `bytes_max`: of each table. Release also after a failure. */
enum status name_table_init(struct name_table *table, size_t bytes_max,
                            struct error *error) MUST_CHECK;
void name_table_release(struct name_table *table);
void name_table_clear(struct name_table *table);
/* What its names take, less the room that is kept for more. */
size_t name_table_memory(const struct name_table *table);

/* A name is found in three steps, each of which asks for the memory that the next one reads: so
 * take each for all names of an article.
 *
 * 1. What tells the name. */
void name_table_expect(const struct name_table *table, const struct tagger_article *article,
                       struct found *found);
/* 2. Names it if it was met lately. */
void name_table_recall(const struct name_table *table, const struct tagger_article *article,
                       struct found *found);
/* 3. Names it, and sets its key unless that is given. */
enum status name_table_find(struct name_table *table, const struct tagger_article *article,
                            struct found *found, struct error *error) MUST_CHECK;

/* Valid until the next finding. */
struct entity_name name_table_name(const struct name_table *table, uint32_t name);
const char *name_table_key(const struct name_table *table, uint32_t key, size_t *size);

#endif
