#ifndef QUERY_LEAF_H
#define QUERY_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/error.h"
#include "index/postings.h"
#include "query/plan.h"

/* The posting lists of one term in one segment, read as one list: usually a single list, for
 * patterns and names several that are merged as they go, or, where they are very many, added up
 * when the leaf is opened. Forms that are not wanted are left out of the positions, so `document`
 * is only a candidate until the positions have been asked for. One thread at a time. Allocates when
 * it is opened and when positions outgrow their buffer, never per posting. */

struct leaf_list;

struct leaf {
    doc_id document; /* current candidate; DOC_ID_END after the last. Before the first: 0, and
                        `started` is false */
    bool started;
    bool filtered; /* some list wants only some forms */
    uint32_t list_count;
    uint32_t *counts; /* of lists that were added up, instead of `lists`: by document, how often the
                       * wanted forms stand in it */
    doc_id count_total;             /* there are so many documents */
    struct postings_reader *single; /* when it is one list: its reader */
    struct leaf_list *lists;
    uint32_t *heap;      /* list numbers, the smallest document first */
    uint64_t cost;       /* documents in all lists */
    uint32_t *positions; /* merged or filtered; owned */
    size_t position_capacity;
    struct leaf *next; /* for leaf_close_all() */
};

/* Opens readers for the term's lists in segment number `segment`. The leaf lives in `arena` and is
 * put before `*all`: it is then `*all` itself. leaf_close_all() closes, also after a failure.
 * `positions`: leaf_positions() may be asked for; then lists are never added up. */
struct leaf_place {
    const struct plan *plan;
    size_t segment;
    struct arena *arena;
    struct leaf **all;
};
enum status leaf_open(const struct leaf_place *place, const struct plan_term *term, bool positions,
                      struct error *error) MUST_CHECK;
void leaf_close_all(struct leaf *all);

/* What leaf_advance() does at the start and with several lists. */
enum status leaf_advance_lists(struct leaf *leaf, doc_id target, struct error *error) MUST_CHECK;

/* Moves to the first candidate not below `target`; never backwards. */
static inline MUST_CHECK enum status leaf_advance(struct leaf *leaf, doc_id target,
                                                  struct error *error)
{
    if (leaf->single == NULL || !leaf->started) {
        return leaf_advance_lists(leaf, target, error);
    }
    if (leaf->document >= target) {
        return STATUS_OK;
    }
    enum status status = postings_reader_advance(leaf->single, target, error);
    leaf->document = leaf->single->document;
    return status;
}

/* Occurrences in the current document, of any form: exact when the leaf is not `filtered`. */
enum status leaf_frequency(struct leaf *leaf, uint32_t *frequency, struct error *error) MUST_CHECK;

/* Positions of the wanted forms in the current document, ascending, possibly repeated, possibly
 * none; valid until the leaf moves. */
enum status leaf_positions(struct leaf *leaf, const uint32_t **positions, uint32_t *count,
                           struct error *error) MUST_CHECK;

/* Adds up the lists of a leaf that has not started: it then has `counts` (4 bytes for each of the
 * segment's documents, from `arena`), and moves no more. */
enum status leaf_tally(struct leaf *leaf, doc_id documents, struct arena *arena,
                       struct error *error) MUST_CHECK;

/* STATUS_FORMAT: a posting list names a document that the segment has not. */
enum status leaf_no_such_document(const struct store *store, struct error *error) MUST_CHECK;

/* As postings_reader_bound(); several lists know only that they have not ended. */
void leaf_bound(const struct leaf *leaf, doc_id target, struct postings_bound *bound);

#endif
