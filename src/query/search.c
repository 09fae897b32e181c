#include "query/search.h"

#include <assert.h>

#include "base/arena.h"
#include "query/best.h"
#include "query/cursor.h"
#include "query/rank.h"

/* ---- One segment ---- */

struct collector {
    struct best best; /* top k */
    bool skip;        /* documents that cannot be among the best need not be looked at */
    struct query_result *result;
    query_visit visit; /* or every match */
    void *context;
    bool scores;
    bool stopped;
};

static void collect(struct collector *collector, struct cursor *root, const struct query_hit *hit)
{
    if (collector->visit != NULL) {
        collector->stopped = !collector->visit(collector->context, hit);
        return;
    }
    collector->result->total++;
    if (best_keep(&collector->best, hit) && best_full(&collector->best) && collector->skip) {
        cursor_threshold(root, best_threshold(&collector->best));
    }
}

/* Passes over blocks in which nothing can be among the best. Returns the first document worth
 * looking at, DOC_ID_END when there is none. `*bound` holds from there on. */
static doc_id skip_blocks(const struct collector *collector, const struct cursor *root,
                          doc_id target, struct cursor_bound *bound)
{
    double threshold = best_threshold(&collector->best);
    for (;;) {
        if (bound->last < target || bound->last == 0) {
            cursor_bound(root, target, bound);
        }
        if (bound->greatest >= 0 && bound->greatest * CURSOR_SLACK > threshold) {
            return target;
        }
        collector->result->total_exact = collector->result->total_exact && bound->greatest < 0;
        if (bound->greatest < 0 || bound->last >= DOC_ID_END - 1) {
            return DOC_ID_END;
        }
        target = bound->last + 1;
    }
}

static enum status visit_candidate(struct collector *collector, struct cursor *root,
                                   uint32_t segment, struct error *error)
{
    bool matches = false;
    struct query_hit hit = {.segment = segment, .document = cursor_document(root)};
    enum status status = cursor_matches(root, &matches, error);
    if (status == STATUS_OK && matches && collector->scores) {
        status = cursor_score(root, &hit.score, error);
    }
    if (status == STATUS_OK && matches) {
        collect(collector, root, &hit);
    }
    return status;
}

static enum status run_cursor(struct collector *collector, const struct plan *plan,
                              uint32_t segment, struct cursor *root, struct error *error)
{
    const struct query_segment *bounds = &plan->segments[segment];
    uint64_t documents = segment_counts(bounds->segment)->documents;
    uint32_t deleted = 0;
    struct cursor_bound bound = {.last = 0};
    enum status status = STATUS_OK;
    for (doc_id target = 0; status == STATUS_OK && !collector->stopped;) {
        bool skip = collector->skip && best_full(&collector->best);
        target = skip ? skip_blocks(collector, root, target, &bound) : target;
        if (target == DOC_ID_END) {
            return STATUS_OK;
        }
        status = cursor_advance(root, target, error);
        doc_id document = cursor_document(root);
        if (status != STATUS_OK || document == DOC_ID_END) {
            return status;
        }
        if (document >= documents) {
            return leaf_no_such_document(segment_store(bounds->segment), error);
        }
        if (skip && document > bound.last) {
            target = document;
            continue;
        }
        target = document + 1;
        while (deleted < bounds->deleted_count && bounds->deleted[deleted] < document) {
            deleted++;
        }
        if (deleted == bounds->deleted_count || bounds->deleted[deleted] != document) {
            status = visit_candidate(collector, root, segment, error);
        }
    }
    return status;
}

/* A query of a single word without its cursor, where that is quicker. Sets `*ranked`. */
static enum status run_word(struct collector *collector, const struct plan *plan, uint32_t number,
                            struct cursor *root, bool *ranked, struct arena *arena,
                            struct error *error)
{
    struct rank rank = {.best = &collector->best,
                        .segment = &plan->segments[number],
                        .number = number,
                        .scale = &plan->scale,
                        .exact = true};
    struct leaf *leaf = cursor_word(root, &rank.idf);
    bool list = leaf != NULL && leaf->single != NULL && !leaf->filtered;
    bool counts = collector->skip || rank.segment->deleted_count == 0;
    *ranked = collector->visit == NULL && collector->best.max > 0 && leaf != NULL &&
              (list ? counts : rank_tally_pays(&rank, leaf));
    if (!*ranked) {
        return STATUS_OK;
    }
    enum status status =
        list ? rank_list(&rank, leaf, error) : rank_tally(&rank, leaf, arena, error);
    collector->result->total += rank.total;
    collector->result->total_exact = collector->result->total_exact && rank.exact;
    return status;
}

static enum status run_segment(struct collector *collector, const struct plan *plan,
                               uint32_t number, struct cursor *root, struct arena *arena,
                               struct error *error)
{
    bool ranked = false;
    enum status status = run_word(collector, plan, number, root, &ranked, arena, error);
    return status == STATUS_OK && !ranked ? run_cursor(collector, plan, number, root, error)
                                          : status;
}

static enum status run(struct collector *collector, const struct plan *plan, struct error *error)
{
    struct arena *arena = arena_new(CURSOR_ARENA_MAX);
    if (arena == NULL) {
        return error_no_memory(error, 1);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < plan->segment_count && !collector->stopped;
         i++) {
        struct cursor_tree tree;
        status = cursor_tree_open(plan, i, collector->skip, arena, &tree, error);
        if (status == STATUS_OK && collector->skip && best_full(&collector->best)) {
            cursor_threshold(tree.root, best_threshold(&collector->best));
        }
        if (status == STATUS_OK) {
            status = run_segment(collector, plan, i, tree.root, arena, error);
        }
        if (status == STATUS_OK && cursor_passed_over(tree.root)) {
            collector->result->total_exact = false;
        }
        cursor_tree_close(&tree);
        arena_clear(arena);
    }
    arena_free(arena);
    return status;
}

enum status query_top(const struct plan *plan, size_t hits_max, bool count_all,
                      struct query_hit *hits, struct query_result *result, struct error *error)
{
    *result = (struct query_result){.total_exact = true};
    struct collector collector = {.best = {.hits = hits, .max = hits_max},
                                  .skip = !count_all && hits_max > 0,
                                  .result = result,
                                  .scores = hits_max > 0};
    enum status status = run(&collector, plan, error);
    best_sort(&collector.best);
    result->hit_count = collector.best.count;
    return status;
}

enum status query_all(const struct plan *plan, bool scores, query_visit visit, void *context,
                      struct error *error)
{
    struct query_result result = {.total_exact = true};
    struct collector collector = {
        .result = &result, .visit = visit, .context = context, .scores = scores};
    return run(&collector, plan, error);
}
