#ifndef ENTITY_TAGGER_H
#define ENTITY_TAGGER_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "text/analyser.h"
#include "text/token.h"

/* Finds persons, organisations, places and dates in an article, and says which mentions are one
 * entity. Everything about one word alone is computed once per distinct form
 * (entity_word_describe); the pass over an article only looks at those and at the gaps. A pure
 * function of (text, tokens, forms, article date, shipped tables). */

enum entity_type { ENTITY_PERSON, ENTITY_ORGANISATION, ENTITY_PLACE, ENTITY_DATE };

/* What the tagger knows of a single form: fixed size, plain data, no pointers. The bits are
 * private to the entity layer (form.h, vocabulary.h). */
struct entity_form {
    uint32_t flags;    /* enum word_flag */
    uint32_t word;     /* vocabulary id of the word as written */
    uint32_t stems[3]; /* hashes of the word as a name: whole, without و/ف, without ب/ك/ل too */
    uint16_t root;     /* first node of the phrases that begin with it; 0 */
    uint16_t number;   /* value of a number up to 9999, else UINT16_MAX */
    uint16_t shape;    /* enum form_shape */
    uint8_t start;     /* enum form_start; 0: a plain word, nothing to see */
    uint8_t value;     /* number of a month, weekday, ordinal or relative word */
    uint8_t cut;       /* bytes of the fold that are clitics */
    uint8_t kind;      /* enum token_kind */
    uint8_t reserved[2];
};

/* The shipped tables. Immutable: any thread. */
struct tagger;
const struct tagger *tagger_shipped(void);

/* Describes one word: the bytes of a token as token_scan() found it. A pure function of the bytes
 * and the shipped tables: no evidence, no analyser comes in. Any thread. */
void entity_word_describe(const struct tagger *tagger, const char *word, size_t size,
                          enum token_kind kind, struct entity_form *out);

/* A mention. Mentions come in ascending token order and do not overlap. */
struct mention {
    enum entity_type type;
    uint32_t token_first;
    uint32_t token_count;
    uint32_t name; /* its number, see tagger_name() */
};

/* What a mention is called.
 *   key    identity within its type, folded, stable across articles and machines:
 *          "عبد اللطيف حموشي", "المغرب" folded; dates are ISO 8601 ("2022-08-10", "--01-27",
 *          "2025-11-24..2025-11-27", "2022-08", "2022"). entity_type_letter() stands before it.
 *   alias  how it is named here: clitic-free printed form ("الحموشي"), what users see. */
struct entity_name {
    const char *key;
    size_t key_size;
    const char *alias;
    size_t alias_size;
};

/* Per-thread working memory with a stated maximum, and the names met with it: kept from article to
 * article, `names_max` bytes at most of each of their tables. One thread at a time. */
struct tagger_scratch;
struct tagger_scratch *tagger_scratch_new(const struct tagger *tagger, size_t names_max) MUST_CHECK;
void tagger_scratch_free(struct tagger_scratch *scratch);
/* Forgets words and names: their numbers may then mean others. */
void tagger_scratch_clear(struct tagger_scratch *scratch);
/* Bytes of what is kept from article to article. */
size_t tagger_scratch_memory(const struct tagger_scratch *scratch);

/* One article. Words have numbers: equal ones of equal bytes and kind, for as long as the scratch
 * is not cleared; `forms[words[i]]` describes `tokens[i]`.
 * `date` is the article's own date as yyyymmdd, 0 when unknown. */
struct tagger_article {
    const char *text;
    size_t text_size;
    const struct token *tokens;
    const uint32_t *words;           /* of each token */
    const struct entity_form *forms; /* of each word */
    size_t token_count;
    size_t title_token_count; /* the first tokens that belong to the title */
    uint32_t date;
};

/* Finds the mentions of an article; `*mentions` is valid until the next call with this scratch.
 * STATUS_LIMIT, STATUS_NOMEM: the scratch must then be cleared. */
enum status tagger_find(struct tagger_scratch *scratch, const struct tagger_article *article,
                        const struct mention **mentions, size_t *mention_count,
                        struct error *error) MUST_CHECK;

/* A name by the number that mentions have. Mentions of one number have one type, key, alias and
 * number of tokens; the other way round they mostly have. Numbers are dense, and ascend in the
 * order of first sight. Valid until the next tagger_find(). */
struct entity_name tagger_name(const struct tagger_scratch *scratch, uint32_t name);

/* The name to show for an entity: the gazetteer's own when the key is one of its entries, else
 * NULL, and then the alias seen most often is shown. */
const char *tagger_display(const struct tagger *tagger, enum entity_type type, const char *key,
                           size_t key_size);

/* Normalises a name a user typed (or an alias) to the form in which keys and names are looked up:
 * folded, clitics and ال off where the keys have them off. Returns the size written. Applied to
 * an alias it gives the string under which the alias is filed in the archive's name table. */
size_t tagger_name_key(enum entity_type type, const char *name, size_t size, char *out,
                       size_t out_size);

/* 'P', 'O', 'L', 'D': the first byte of an entity's key in a segment. */
char entity_type_letter(enum entity_type type);
/* "person", "organisation", "place", "date". */
const char *entity_type_text(enum entity_type type);

#endif
