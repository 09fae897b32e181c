#ifndef ENTITY_VOCABULARY_H
#define ENTITY_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shipped word lists: what a folded word tells by itself, and the phrases that name a known
 * entity. Tables made by bench/tables/gazetteer.py; everything here is constant. Any thread.
 *
 * A word's id is its offset in the text of the table. Phrases are a tree whose edges are word
 * ids: begin at PHRASE_ROOT, go down word by word, and keep the deepest node with an entity. */

/* What a word is, one bit each; the lists are in bench/tables/words.txt, with their meaning. */
enum word_flag {
    WORD_COMMON = 1 << 0, /* a plain word, no name */
    WORD_RARE = 1 << 1,   /* a plain word, and not a frequent one */
    WORD_FIRST = 1 << 2,  /* a given name */
    WORD_MIXED = 1 << 3,  /* a given name that is also a surname or a plain word */
    WORD_LAST = 1 << 4,   /* a surname */
    WORD_PARTICLE = 1 << 5,
    WORD_ABD = 1 << 6,
    WORD_TITLE = 1 << 7,
    WORD_ROLE = 1 << 8,
    WORD_ORGNAME = 1 << 9,
    WORD_ORG = 1 << 10,
    WORD_ORGNISBA = 1 << 11,
    WORD_DOMAIN = 1 << 12,
    WORD_CHARGED = 1 << 13,
    WORD_STOP = 1 << 14,
    WORD_OFFICIAL = 1 << 15,
    WORD_NISBA = 1 << 16,
    WORD_FEMININE = 1 << 17,
    WORD_PLACETRIGGER = 1 << 18,
    WORD_PREPOSITION = 1 << 19,
    WORD_PLACEISH = 1 << 20, /* mostly part of a place's name */
    WORD_MONTH = 1 << 21,
    WORD_WORDMONTH = 1 << 22,
    WORD_WEEKDAY = 1 << 23,
    WORD_RELATIVE = 1 << 24,
    WORD_ORDINAL = 1 << 25,
    WORD_TISHRIN = 1 << 26,
    WORD_KANUN = 1 << 27,
    WORD_HIJRI = 1 << 28,
    WORD_DATEWORD = 1 << 29,
    WORD_REGNAL = 1 << 30,
};

#define WORD_NONE   UINT32_MAX
#define PHRASE_ROOT 0u

struct word {
    uint32_t id;
    uint32_t flags;
    uint8_t value; /* number of a month, weekday, ordinal or relative word */
    bool begins_phrase;
};

/* Looks a folded word up; false, and `*word` zeroed with id WORD_NONE, when it is not listed. */
bool vocabulary_find(const char *fold, size_t size, struct word *word);

/* The node below `node` for a word, 0 when there is none. */
uint16_t phrase_child(uint16_t node, uint32_t word);

/* A known entity. The strings are constant and zero-terminated. */
struct known_entity {
    const char *name;
    size_t name_size;
    const char *key;
    size_t key_size;
    char type; /* 'P', 'O', 'L' */
};

/* Whether a phrase ends at the node. `weak`: its words are plain words too; 1: a preposition is
 * enough to show that the name is meant, 2: it is not. */
bool phrase_entity(uint16_t node, unsigned *weak);
/* How much of a person's name the phrase of a node is. */
enum phrase_part {
    PART_WHOLE,  /* نوري المالكي, and all that names no person */
    PART_OWN,    /* ترامب: last names that make one think of nobody else */
    PART_SHARED, /* المالكي: last names that many have */
};
enum phrase_part phrase_part(uint16_t node);
/* What a node with an entity names. */
struct known_entity phrase_known(uint16_t node);

/* Finds the entity of a type whose name or alias the folded words are, all of them. */
bool known_entity_find(char type, const char *fold, size_t size, struct known_entity *known);

/* The entities by number, for tests. */
size_t known_entity_count(void);
struct known_entity known_entity_at(size_t index);

/* The words of the table in its order, for tests: returns the offset of the next one, and its
 * text; `at` is 0 first; 0 is returned at the end. */
uint32_t vocabulary_next(uint32_t at, const char **text, size_t *size, uint32_t *id);

/* hash_short(), 32 bits of it: also the hash of the stems of names. bench/tables/gazetteer.py has
 * the same. */
uint32_t word_hash(const char *text, size_t size);

#endif
