#include "index/entries.h"

/* Turns where the occurrences of each new document end into how many they are. */
static void count_frequencies(struct postings_block *block, uint32_t first, uint32_t start)
{
    uint32_t begun = start;
    for (uint32_t i = first; i < block->size; i++) {
        uint32_t end = block->frequencies[i];
        block->frequencies[i] = end - begun;
        begun = end;
    }
}

/* The last document of all is no document. */
static bool documents_ascend(const struct postings_block *block, uint32_t first, doc_id next)
{
    bool ascend = true;
    for (uint32_t i = first; i < block->size; i++) {
        ascend &= block->documents[i] >= next && block->documents[i] != DOC_ID_END;
        next = block->documents[i] + 1;
    }
    return ascend;
}

/* Whether an occurrence is the first of its document cannot be guessed: there is no branch on it.
 */
enum status entries_append(const struct entry_list *entries, uint32_t form_count,
                           struct entries_read *read, struct postings_block *block, bool *sound,
                           struct error *error)
{
    const struct entry_list list = *entries; /* a copy can live in registers */
    uint32_t first = block->size;
    uint32_t start = block->occurrence_count;
    uint32_t size = first;
    uint32_t count = start;
    uint32_t before = 0;
    uint32_t greatest = 0;
    doc_id last = DOC_ID_END;
    bool ascends = true;
    size_t i = read->at;
    for (; i < list.count; i++) {
        struct occurrence_place place = entries_at(&list, i);
        bool fresh = place.document != last || size == first;
        if (UNLIKELY(size + fresh > first + POSTINGS_BLOCK)) {
            break;
        }
        if (UNLIKELY(count == block->capacity)) {
            block->occurrence_count = count;
            enum status status = postings_block_reserve(block, (size_t)count + 1, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        size += fresh;
        last = place.document;
        before = fresh ? 0 : before;
        ascends &= place.position >= before;
        greatest = place.form_number > greatest ? place.form_number : greatest;
        block->gaps[count] = place.position - before;
        block->forms[count++] = place.form_number;
        block->documents[size - 1] = last;
        block->frequencies[size - 1] = count;
        before = place.position;
    }
    block->size = size;
    block->occurrence_count = count;
    count_frequencies(block, first, start);
    *sound =
        ascends && greatest < form_count && documents_ascend(block, first, read->next_document);
    read->at = i;
    read->documents += size - first;
    read->next_document = last + 1;
    return STATUS_OK;
}
