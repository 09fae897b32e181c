#ifndef ENGINE_KNOWN_WORDS_H
#define ENGINE_KNOWN_WORDS_H

#include "engine/tokens.h"
#include "engine/word_table.h"
#include "entity/tagger.h"
#include "index/builder.h"

/* What a worker knows of distinct words (as printed): computed at the first sight of each and kept
 * from shard to shard, since it depends on the word alone. Their forms' numbers are those of one
 * builder, and forgotten with it. One thread at a time. */

struct new_words;
struct known_words {
    const struct analyser *analyser;
    const struct tagger *tagger;        /* NULL: no entities */
    const struct symbol_index *symbols; /* that texts are stored in; NULL: none */
    struct word_table table;
    struct new_words *fresh;    /* room for some at a time */
    struct buffer words;        /* struct known_word, by number */
    struct buffer parts;        /* struct word_part, of words that have not one part */
    struct buffer entity_forms; /* struct entity_form, by number */
    struct buffer requests;     /* struct vocabulary_request, of parts being learned */
    struct buffer advances;     /* uint8_t, of the same parts */
    struct buffer strings;      /* their keys and forms */
};

enum status known_words_init(struct known_words *known, const struct analyser *analyser,
                             const struct tagger *tagger, const struct symbol_index *symbols,
                             size_t memory_max, struct error *error) MUST_CHECK;
void known_words_release(struct known_words *known);
/* Forgets all words, keeps the memory. */
void known_words_clear(struct known_words *known);
/* What words take, less the room that is kept for more. */
size_t known_words_memory(const struct known_words *known);

/* The number of every token's word; what is new is learned. `*numbers` is valid until the next
 * call. */
enum status known_words_find(struct known_words *known, struct builder *builder, const char *text,
                             const struct token_list *tokens, const uint32_t **numbers,
                             struct error *error) MUST_CHECK;

/* An article's words as occurrences. Lengths are in positions. */
struct placed_words {
    struct buffer positions; /* uint32_t: position of each token's first part */
    struct buffer terms;     /* struct occurrence */
    struct buffer words;     /* struct dense_word of each token */
    uint32_t length;
    uint32_t title_length;
};
enum status known_words_place(const struct known_words *known, const struct token_list *tokens,
                              const uint32_t *numbers, struct placed_words *placed,
                              struct error *error) MUST_CHECK;

/* What the tagger wants to know of each word, by number. */
const struct entity_form *known_words_entity_forms(const struct known_words *known);

#endif
