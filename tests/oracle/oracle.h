#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "query/parse.h"
#include "query/plan.h"
#include "text/analyser.h"

/* What a query should answer, found by looking at every word of every document. It shares with the
 * query layer only the parser and the analyser: no index, no cursors, no skipping, no bounds. Slow
 * on purpose and meant to be believed by reading. Ends the program when memory is out.
 *
 * How a document becomes positions (the rule that the index must follow too):
 *   - the tokens of the whole text in order; those that begin before the title's end are title;
 *   - each token is analysed into parts; parts without a class are left out;
 *   - a token's first part stands at the next position (0 at first), the others at the next one or
 *     beside the part before, as their `advance` says;
 *   - the title's length is the number of positions in it; the body's first part stands at title
 *     length + SEGMENT_BODY_GAP;
 *   - the document's length is the number of positions taken, in title and body. */

struct oracle;

struct oracle_article {
    const char *id;
    const char *source;
    const char *text;
    size_t text_size;
    size_t title_end; /* text before it is the title */
    uint32_t day;
};

struct oracle *oracle_new(void);
void oracle_free(struct oracle *oracle);

/* Adds a document; numbers count from 0. */
uint32_t oracle_add(struct oracle *oracle, const struct analyser *analyser,
                    const struct oracle_article *article);
/* A mention of an entity (key as in STORE_ENTITIES) in a document. */
void oracle_mention(struct oracle *oracle, uint32_t document, const char *key, size_t size);
/* Deleted documents count in the statistics and are never found. */
void oracle_delete(struct oracle *oracle, uint32_t document);

uint32_t oracle_documents(const struct oracle *oracle);
const char *oracle_id(const struct oracle *oracle, uint32_t document);

/* An occurrence, for those who feed an index with the same words. */
struct oracle_word {
    uint32_t position;
    uint32_t entry; /* number of a distinct (class, form) */
};
struct oracle_entry {
    const char *class_key;
    size_t class_size;
    const char *fold;
    size_t fold_size;
    const char *form;
    size_t form_size;
};
const struct oracle_word *oracle_words(const struct oracle *oracle, uint32_t document,
                                       size_t *count, uint32_t *length, uint32_t *title_length);
const struct oracle_entry *oracle_entry(const struct oracle *oracle, uint32_t entry);

/* Scores every document: `scores[i]` is negative when document i does not match. `resolver` as for
 * plan_make(), NULL when the query names no entity. */
void oracle_run(struct oracle *oracle, const struct query_node *query,
                const struct query_resolver *resolver, double *scores);

#endif
