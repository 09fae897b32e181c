#include "query/rank.h"

#include <string.h>

/* Blocks looked at first, those with the highest impacts: they raise the threshold for the rest. */
enum { FIRST_BLOCKS = 8, FIRST_FROM = 2 * FIRST_BLOCKS };

/* Documents on their way to be ranked. */
struct scan {
    struct rank *rank;
    struct postings_reader *reader;     /* of a single list */
    const struct column_block *lengths; /* looked at last */
    uint64_t found;                     /* in the blocks looked at */
    bool passed_over;                   /* some were not */
    double threshold;                   /* for which ... */
    uint8_t least_impact;               /* ... a block needs so much */
    uint32_t first_count;
    uint32_t first[FIRST_BLOCKS];         /* the highest impact first */
    uint32_t frequencies[POSTINGS_BLOCK]; /* of a block with deleted documents: theirs are 0 */
};

/* ---- A block ---- */

/* The first deleted document not below `target`, by its number in the list. */
static uint32_t deleted_from(const struct query_segment *segment, doc_id target)
{
    uint32_t low = 0;
    uint32_t high = segment->deleted_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (segment->deleted[middle] < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Leaves deleted documents out of the block; returns how many are left. */
static uint32_t drop_deleted(struct scan *scan, struct postings_ranking *block)
{
    const struct query_segment *segment = scan->rank->segment;
    uint32_t left = block->count;
    uint32_t i = 0;
    for (uint32_t at = deleted_from(segment, block->documents[0]); at < segment->deleted_count;
         at++) {
        while (i < block->count && block->documents[i] < segment->deleted[at]) {
            i++;
        }
        if (i == block->count) {
            break;
        }
        if (block->documents[i] != segment->deleted[at]) {
            continue;
        }
        if (left == block->count) {
            memcpy(scan->frequencies, block->frequencies, left * sizeof *block->frequencies);
        }
        scan->frequencies[i] = 0;
        left--;
    }
    block->frequencies = left < block->count ? scan->frequencies : block->frequencies;
    return left;
}

/* The documents of a block that may be among the best: a frequency that would not do in the
 * shortest of them spares a look at the length, and most are of that kind. */
static enum status rank_block(struct scan *scan, const struct postings_ranking *block,
                              uint32_t length_min, struct error *error)
{
    const struct score_scale scale = *scan->rank->scale;
    double idf = scan->rank->idf;
    double threshold = best_threshold(scan->rank->best);
    uint32_t least = 1;
    for (uint32_t i = 0; i < block->count; i++) {
        uint32_t frequency = block->frequencies[i];
        if (LIKELY(frequency < least)) {
            continue;
        }
        if (!score_may_exceed(&scale, idf, frequency, length_min, threshold)) {
            least = frequency + 1;
            continue;
        }
        doc_id document = block->documents[i];
        if (UNLIKELY(!column_block_holds(scan->lengths, document))) {
            enum status status = segment_column_block(scan->rank->segment->segment, COLUMN_LENGTH,
                                                      document, &scan->lengths, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        uint64_t length = column_block_value(scan->lengths, document);
        if (score_may_exceed(&scale, idf, frequency, (double)length, threshold)) {
            struct query_hit hit = {.score = score_value(&scale, idf, frequency, (double)length),
                                    .segment = scan->rank->number,
                                    .document = document};
            (void)best_keep(scan->rank->best, &hit);
            threshold = best_threshold(scan->rank->best);
        }
    }
    return STATUS_OK;
}

/* ---- A single list ---- */

/* Whether a block may hold one of the best. */
static bool may_exceed(struct scan *scan, const struct postings_bound *bound)
{
    const struct rank *rank = scan->rank;
    double threshold = best_threshold(rank->best);
    if (threshold != scan->threshold) {
        scan->threshold = threshold;
        scan->least_impact = score_least_impact(rank->scale, rank->idf, threshold);
    }
    return bound->impact >= scan->least_impact &&
           (bound->frequency_max >= POSTINGS_FREQUENCY_UNKNOWN ||
            score_may_exceed(rank->scale, rank->idf, bound->frequency_max, bound->length_min,
                             threshold));
}

static enum status visit_block(struct scan *scan, uint32_t number, struct error *error)
{
    struct postings_ranking block;
    struct postings_bound bound;
    postings_reader_block_bound(scan->reader, number, &bound);
    if (!may_exceed(scan, &bound)) {
        scan->passed_over = true;
        return STATUS_OK;
    }
    enum status status = postings_reader_rank(scan->reader, number, &block, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (block.documents[block.count - 1] >=
        segment_counts(scan->rank->segment->segment)->documents) {
        return leaf_no_such_document(segment_store(scan->rank->segment->segment), error);
    }
    if (scan->rank->segment->deleted_count > 0) {
        scan->found += drop_deleted(scan, &block);
    }
    return rank_block(scan, &block, bound.length_min, error);
}

static bool is_first(const struct scan *scan, uint32_t block)
{
    bool found = false;
    for (uint32_t i = 0; i < scan->first_count; i++) {
        found = found || scan->first[i] == block;
    }
    return found;
}

static void choose_first(struct scan *scan)
{
    uint8_t impacts[FIRST_BLOCKS];
    uint32_t blocks = postings_reader_blocks(scan->reader);
    for (uint32_t block = 0; blocks > FIRST_FROM && block < blocks; block++) {
        struct postings_bound bound;
        postings_reader_block_bound(scan->reader, block, &bound);
        bool room = scan->first_count < FIRST_BLOCKS;
        if (!room && bound.impact <= impacts[FIRST_BLOCKS - 1]) {
            continue;
        }
        uint32_t at = room ? scan->first_count++ : FIRST_BLOCKS - 1;
        for (; at > 0 && impacts[at - 1] < bound.impact; at--) {
            impacts[at] = impacts[at - 1];
            scan->first[at] = scan->first[at - 1];
        }
        impacts[at] = bound.impact;
        scan->first[at] = block;
    }
}

enum status rank_list(struct rank *rank, struct leaf *leaf, struct error *error)
{
    struct scan scan = {.rank = rank, .reader = leaf->single, .threshold = -1};
    enum status status = STATUS_OK;
    choose_first(&scan);
    for (uint32_t i = 0; status == STATUS_OK && i < scan.first_count; i++) {
        status = visit_block(&scan, scan.first[i], error);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < postings_reader_blocks(scan.reader); i++) {
        if (!is_first(&scan, i)) {
            status = visit_block(&scan, i, error);
        }
    }
    if (rank->segment->deleted_count == 0) { /* whatever is in the list is found */
        rank->total += scan.reader->document_count;
    } else {
        rank->total += scan.found;
        rank->exact = rank->exact && !scan.passed_over;
    }
    return status;
}

/* ---- Several lists ---- */

/* Adding up goes once over all documents of the segment, moving the leaf sifts a heap for each
 * document of each list: short lists in a large segment are better moved. The factor is a guess
 * between the two and was not tuned. */
enum { TALLY_DOCUMENTS_A_POSTING = 64, TALLY_DOCUMENTS_MAX = 32 << 20 };

bool rank_tally_pays(const struct rank *rank, const struct leaf *leaf)
{
    uint64_t documents = segment_counts(rank->segment->segment)->documents;
    return leaf->counts != NULL || (leaf->single == NULL && documents <= TALLY_DOCUMENTS_MAX &&
                                    documents / TALLY_DOCUMENTS_A_POSTING <= leaf->cost);
}

static enum status rank_some(struct scan *scan, const doc_id *documents,
                             const uint32_t *frequencies, uint32_t count, struct error *error)
{
    struct postings_ranking block = {
        .documents = documents, .frequencies = frequencies, .count = count};
    if (count == 0) {
        return STATUS_OK;
    }
    scan->rank->total +=
        scan->rank->segment->deleted_count == 0 ? count : drop_deleted(scan, &block);
    return rank_block(scan, &block, 1, error);
}

enum status rank_tally(struct rank *rank, struct leaf *leaf, struct arena *arena,
                       struct error *error)
{
    struct scan scan = {.rank = rank};
    doc_id documents[POSTINGS_BLOCK];
    uint32_t frequencies[POSTINGS_BLOCK];
    uint32_t all = (uint32_t)segment_counts(rank->segment->segment)->documents;
    enum status status = leaf->counts == NULL ? leaf_tally(leaf, all, arena, error) : STATUS_OK;
    uint32_t count = 0;
    for (uint32_t i = 0; status == STATUS_OK && i < all; i++) {
        documents[count] = i; /* kept when there is something to count */
        frequencies[count] = leaf->counts[i];
        count += leaf->counts[i] > 0;
        if (count == POSTINGS_BLOCK) {
            status = rank_some(&scan, documents, frequencies, count, error);
            count = 0;
        }
    }
    return status == STATUS_OK ? rank_some(&scan, documents, frequencies, count, error) : status;
}
