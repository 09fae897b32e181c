#ifndef INDEX_VOCABULARY_H
#define INDEX_VOCABULARY_H

#include "base/intern.h"
#include "index/ranking.h"

/* The keys of a lexicon and their forms, each with a number for good: shared by all the segments
 * that one builder makes, so that a form is named once and not once a segment. One thread at a
 * time. */

struct vocabulary_form {
    uint32_t key; /* its number */
    uint32_t tag; /* see lexicon_form */
};

/* A form of a key, to be found or added. */
struct vocabulary_request {
    const void *key;
    const void *form;
    uint32_t key_size;
    uint32_t form_size;
    uint32_t tag;
    uint32_t number; /* set by vocabulary_add() */
};

struct vocabulary {
    struct intern *keys;
    struct intern *strings; /* a form's key number (4 bytes) and its bytes: one form under two keys
                               is two forms */
    struct buffer forms;    /* struct vocabulary_form, by number */
    struct ranking ranking; /* of keys */
    struct buffer adding;   /* strings of the forms being added */
};

enum status vocabulary_init(struct vocabulary *vocabulary, size_t memory_max,
                            struct error *error) MUST_CHECK;
void vocabulary_release(struct vocabulary *vocabulary);
/* Forgets all forms, keeps the memory. */
void vocabulary_clear(struct vocabulary *vocabulary);
/* What its forms take, less the room that is kept for more. */
size_t vocabulary_memory(const struct vocabulary *vocabulary);

/* Asks for the memory in which forms will be looked for: some time before vocabulary_add(), which
 * then need not wait for it. */
void vocabulary_expect(const struct vocabulary *vocabulary,
                       const struct vocabulary_request *requests, size_t count);

/* Finds or adds forms, and sets their numbers. Many at once are faster than one by one: their cache
 * misses overlap. */
enum status vocabulary_add(struct vocabulary *vocabulary, struct vocabulary_request *requests,
                           size_t count, struct error *error) MUST_CHECK;

uint32_t vocabulary_count(const struct vocabulary *vocabulary);
/* By number; in place. */
const struct vocabulary_form *vocabulary_forms(const struct vocabulary *vocabulary);
const void *vocabulary_key(const struct vocabulary *vocabulary, uint32_t key, size_t *size);
/* Where a form lies, until forms are added, and its bytes there. */
const void *vocabulary_locate(const struct vocabulary *vocabulary, uint32_t form);
const char *vocabulary_bytes(const void *place, size_t *size);
/* Asks for the memory of what is wanted soon: of what vocabulary_locate() looks at, of a key. */
void vocabulary_prefetch_place(const struct vocabulary *vocabulary, uint32_t form);
void vocabulary_prefetch_key(const struct vocabulary *vocabulary, uint32_t key);

#endif
