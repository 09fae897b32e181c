#include "query/leaf.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { POSITIONS_MIN = 256 };

struct leaf_list {
    const uint64_t *forms; /* NULL: all */
    struct postings_reader reader;
};

static enum status no_room(struct error *error)
{
    return error_set(error, STATUS_LIMIT, "query needs more memory than it may take");
}

void leaf_close_all(struct leaf *all)
{
    for (struct leaf *leaf = all; leaf != NULL; leaf = leaf->next) {
        for (uint32_t i = 0; i < leaf->list_count; i++) {
            postings_reader_close(&leaf->lists[i].reader);
        }
        memory_free(leaf->positions);
    }
}

/* ---- Moving ---- */

static doc_id heap_document(const struct leaf *leaf, uint32_t at)
{
    return leaf->lists[leaf->heap[at]].reader.document;
}

static void heap_sink(struct leaf *leaf, uint32_t at)
{
    for (uint32_t child = 2 * at + 1; child < leaf->list_count; child = 2 * at + 1) {
        if (child + 1 < leaf->list_count &&
            heap_document(leaf, child + 1) < heap_document(leaf, child)) {
            child++;
        }
        if (heap_document(leaf, at) <= heap_document(leaf, child)) {
            return;
        }
        uint32_t moved = leaf->heap[at];
        leaf->heap[at] = leaf->heap[child];
        leaf->heap[child] = moved;
        at = child;
    }
}

static enum status start(struct leaf *leaf, doc_id target, struct error *error)
{
    leaf->started = true;
    for (uint32_t i = 0; i < leaf->list_count; i++) {
        enum status status = postings_reader_advance(&leaf->lists[i].reader, target, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    for (uint32_t i = leaf->list_count / 2; i > 0; i--) {
        heap_sink(leaf, i - 1);
    }
    leaf->document = heap_document(leaf, 0);
    return STATUS_OK;
}

static void advance_counts(struct leaf *leaf, doc_id target)
{
    if (!leaf->started || leaf->document < target) {
        while (target < leaf->count_total && leaf->counts[target] == 0) {
            target++;
        }
        leaf->document = target < leaf->count_total ? target : DOC_ID_END;
        leaf->started = true;
    }
}

enum status leaf_advance_lists(struct leaf *leaf, doc_id target, struct error *error)
{
    if (leaf->counts != NULL) {
        advance_counts(leaf, target);
        return STATUS_OK;
    }
    if (!leaf->started) {
        return start(leaf, target, error);
    }
    while (leaf->document < target) {
        struct postings_reader *reader = &leaf->lists[leaf->heap[0]].reader;
        enum status status = target == reader->document + 1
                                 ? postings_reader_next(reader, error)
                                 : postings_reader_advance(reader, target, error);
        if (status != STATUS_OK) {
            return status;
        }
        heap_sink(leaf, 0);
        leaf->document = heap_document(leaf, 0);
    }
    return STATUS_OK;
}

/* ---- The current document ---- */

/* Calls `visit` for each list that stands at the current document: the top of the heap. */
static enum status each_list(struct leaf *leaf, uint32_t at,
                             enum status (*visit)(struct leaf *leaf, struct leaf_list *list,
                                                  uint32_t *sum, struct error *error),
                             uint32_t *sum, struct error *error)
{
    if (at >= leaf->list_count || heap_document(leaf, at) != leaf->document) {
        return STATUS_OK;
    }
    enum status status = visit(leaf, &leaf->lists[leaf->heap[at]], sum, error);
    if (status == STATUS_OK) {
        status = each_list(leaf, 2 * at + 1, visit, sum, error);
    }
    return status == STATUS_OK ? each_list(leaf, 2 * at + 2, visit, sum, error) : status;
}

static enum status add_frequency(struct leaf *leaf, struct leaf_list *list, uint32_t *sum,
                                 struct error *error)
{
    (void)leaf;
    uint32_t frequency = 0;
    enum status status = postings_reader_frequency(&list->reader, &frequency, error);
    *sum = frequency > UINT32_MAX - *sum ? UINT32_MAX : *sum + frequency;
    return status;
}

enum status leaf_frequency(struct leaf *leaf, uint32_t *frequency, struct error *error)
{
    assert(leaf->started && leaf->document != DOC_ID_END);
    if (leaf->single != NULL) {
        return postings_reader_frequency(leaf->single, frequency, error);
    }
    if (leaf->counts != NULL) {
        *frequency = leaf->counts[leaf->document];
        return STATUS_OK;
    }
    *frequency = 0;
    return each_list(leaf, 0, add_frequency, frequency, error);
}

static enum status positions_reserve(struct leaf *leaf, size_t count, struct error *error)
{
    if (count <= leaf->position_capacity) {
        return STATUS_OK;
    }
    size_t capacity =
        leaf->position_capacity * 2 > POSITIONS_MIN ? leaf->position_capacity * 2 : POSITIONS_MIN;
    capacity = capacity < count ? count : capacity;
    uint32_t *positions = memory_resize(leaf->positions, capacity * sizeof *positions);
    if (positions == NULL) {
        return error_no_memory(error, capacity * sizeof *positions);
    }
    leaf->positions = positions;
    leaf->position_capacity = capacity;
    return STATUS_OK;
}

static bool wanted(const struct leaf_list *list, uint32_t form)
{
    return form < list->reader.form_count && (list->forms[form / 64] >> form % 64 & 1) != 0;
}

static enum status add_positions(struct leaf *leaf, struct leaf_list *list, uint32_t *sum,
                                 struct error *error)
{
    const uint32_t *positions = NULL;
    const uint32_t *forms = NULL;
    uint32_t count = 0;
    enum status status = postings_reader_positions(
        &list->reader, &positions, list->forms == NULL ? NULL : &forms, &count, error);
    if (status == STATUS_OK) {
        status = positions_reserve(leaf, (size_t)*sum + count, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *to = leaf->positions + *sum;
    if (forms == NULL) {
        memcpy(to, positions, count * sizeof *to);
        *sum += count;
        return STATUS_OK;
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t form = forms[i];
        to[kept] = positions[i];
        kept += wanted(list, form);
    }
    *sum += kept;
    return STATUS_OK;
}

static int compare_positions(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

enum status leaf_positions(struct leaf *leaf, const uint32_t **positions, uint32_t *count,
                           struct error *error)
{
    assert(leaf->started && leaf->document != DOC_ID_END && leaf->counts == NULL);
    if (leaf->single != NULL && !leaf->filtered) {
        return postings_reader_positions(leaf->single, positions, NULL, count, error);
    }
    *count = 0;
    enum status status = each_list(leaf, 0, add_positions, count, error);
    if (status == STATUS_OK && leaf->list_count > 1 && *count > 1) {
        qsort(leaf->positions, *count, sizeof *leaf->positions, compare_positions);
    }
    *positions = leaf->positions;
    return status;
}

/* ---- All documents at once ---- */

struct tally {
    uint32_t *counts;
    doc_id documents;
    struct postings_block block; /* of a list of which some forms are wanted */
};

static void add_up(struct tally *tally, doc_id document, uint32_t more)
{
    uint32_t *sum = &tally->counts[document];
    *sum = more > UINT32_MAX - *sum ? UINT32_MAX : *sum + more;
}

/* `*sound`: there are such documents. */
static enum status tally_all(struct leaf_list *list, struct tally *tally, bool *sound,
                             struct error *error)
{
    struct postings_reader *reader = &list->reader;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && *sound && i < postings_reader_blocks(reader); i++) {
        struct postings_ranking block = {.count = 0};
        status = postings_reader_rank(reader, i, &block, error);
        *sound = status == STATUS_OK && block.documents[block.count - 1] < tally->documents;
        for (uint32_t k = 0; *sound && k < block.count; k++) {
            add_up(tally, block.documents[k], block.frequencies[k]);
        }
    }
    return status;
}

/* First the sum of the wanted ones up to each occurrence: how many a document has cannot be
 * guessed, so a loop for each would be slower. */
static void tally_block(const struct leaf_list *list, struct tally *tally)
{
    const struct postings_block *block = &tally->block;
    uint32_t *sums = block->forms;
    uint32_t sum = 0;
    for (uint32_t k = 0; k < block->occurrence_count; k++) {
        sum += wanted(list, sums[k]);
        sums[k] = sum;
    }
    uint32_t before = 0;
    uint32_t end = 0;
    for (uint32_t i = 0; i < block->size; i++) {
        end += block->frequencies[i];
        add_up(tally, block->documents[i], sums[end - 1] - before);
        before = sums[end - 1];
    }
}

static enum status tally_some(struct leaf_list *list, struct tally *tally, bool *sound,
                              struct error *error)
{
    struct postings_block *block = &tally->block;
    enum status status = STATUS_OK;
    do {
        status = postings_reader_block(&list->reader, block, error);
        *sound = status == STATUS_OK &&
                 (block->size == 0 || block->documents[block->size - 1] < tally->documents);
        if (*sound) {
            tally_block(list, tally);
        }
    } while (*sound && block->size > 0);
    return status;
}

enum status leaf_no_such_document(const struct store *store, struct error *error)
{
    return error_set(error, STATUS_FORMAT,
                     "'%s' is damaged: a posting list names a document that does not exist",
                     store_path(store));
}

static enum status tally_list(struct leaf_list *list, struct tally *tally, struct error *error)
{
    bool sound = true;
    bool all = list->forms == NULL || list->reader.form_count == 1;
    enum status status =
        all ? tally_all(list, tally, &sound, error) : tally_some(list, tally, &sound, error);
    return status == STATUS_OK && !sound ? leaf_no_such_document(list->reader.store, error)
                                         : status;
}

/* Gives the leaf counts, all 0. */
static enum status tally_begin(struct leaf *leaf, struct tally *tally, doc_id documents,
                               struct arena *arena, struct error *error)
{
    leaf->counts = arena_alloc(arena, documents * sizeof *leaf->counts);
    leaf->count_total = documents;
    *tally = (struct tally){.counts = leaf->counts, .documents = documents};
    postings_block_init(&tally->block);
    return leaf->counts == NULL ? no_room(error) : STATUS_OK;
}

enum status leaf_tally(struct leaf *leaf, doc_id documents, struct arena *arena,
                       struct error *error)
{
    struct tally tally;
    enum status status = tally_begin(leaf, &tally, documents, arena, error);
    for (uint32_t i = 0; status == STATUS_OK && i < leaf->list_count; i++) {
        status = tally_list(&leaf->lists[i], &tally, error);
    }
    postings_block_release(&tally.block);
    return status;
}

/* ---- Opening ---- */

/* Readers for all lists. */
static enum status open_lists(struct leaf *leaf, const struct plan_lists *lists,
                              const struct store *store, struct arena *arena, struct error *error)
{
    leaf->lists = arena_alloc(arena, lists->count * sizeof *leaf->lists);
    leaf->heap = arena_alloc(arena, lists->count * sizeof *leaf->heap);
    if (leaf->lists == NULL || leaf->heap == NULL) {
        return no_room(error);
    }
    for (uint32_t i = 0; i < lists->count; i++) {
        const struct plan_list *list = &lists->lists[i];
        enum status status =
            postings_reader_open(&leaf->lists[i].reader, store, &list->location, error);
        if (status != STATUS_OK) {
            return status;
        }
        leaf->lists[i].forms = list->forms;
        leaf->heap[i] = i;
        leaf->filtered = leaf->filtered || list->forms != NULL;
        leaf->cost += list->location.document_count;
        leaf->list_count++;
    }
    leaf->single = lists->count == 1 ? &leaf->lists[0].reader : NULL;
    return STATUS_OK;
}

/* One reader, for one list after the other. */
static enum status add_up_lists(struct leaf *leaf, const struct plan_lists *lists,
                                const struct store *store, struct tally *tally, struct arena *arena,
                                struct error *error)
{
    struct leaf_list *one = arena_alloc(arena, sizeof *one);
    if (one == NULL) {
        return no_room(error);
    }
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < lists->count; i++) {
        one->forms = lists->lists[i].forms;
        status = postings_reader_open(&one->reader, store, &lists->lists[i].location, error);
        if (status == STATUS_OK) {
            status = tally_list(one, tally, error);
        }
        postings_reader_close(&one->reader);
    }
    for (doc_id i = 0; i < leaf->count_total; i++) {
        leaf->cost += leaf->counts[i] > 0;
    }
    return status;
}

enum status leaf_open(const struct leaf_place *place, const struct plan_term *term, bool positions,
                      struct error *error)
{
    const struct plan_lists *lists = &term->segments[place->segment];
    const struct segment *segment = place->plan->segments[place->segment].segment;
    struct leaf *leaf = arena_alloc(place->arena, sizeof *leaf);
    if (leaf == NULL) {
        return error_no_memory(error, sizeof *leaf);
    }
    leaf->next = *place->all;
    *place->all = leaf;
    if (lists->count == 0) {
        leaf->document = DOC_ID_END;
        leaf->started = true;
        return STATUS_OK;
    }
    if (positions || lists->count <= place->plan->lists_max) {
        return open_lists(leaf, lists, segment_store(segment), place->arena, error);
    }
    struct tally tally;
    enum status status =
        tally_begin(leaf, &tally, (doc_id)segment_counts(segment)->documents, place->arena, error);
    if (status == STATUS_OK) {
        status = add_up_lists(leaf, lists, segment_store(segment), &tally, place->arena, error);
    }
    postings_block_release(&tally.block);
    return status;
}

/* ---- Bounds ---- */

void leaf_bound(const struct leaf *leaf, doc_id target, struct postings_bound *bound)
{
    if (leaf->single != NULL && leaf->document != DOC_ID_END) {
        bool behind = leaf->started && target < leaf->document;
        postings_reader_bound(leaf->single, behind ? leaf->document : target, bound);
        return;
    }
    *bound = (struct postings_bound){.last_document =
                                         leaf->document == DOC_ID_END ? DOC_ID_END : DOC_ID_END - 1,
                                     .frequency_max = POSTINGS_FREQUENCY_UNKNOWN,
                                     .length_min = 1,
                                     .impact = IMPACT_UNKNOWN};
}
