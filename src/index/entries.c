#include "index/entries.h"

enum { UNPACKED_TOGETHER = 128 };

uint32_t entries_documents(const struct entry_list *entries, bool *wide)
{
    unsigned below = entries->position_bits + ENTRY_FORM_BITS; /* of the document */
    uint32_t count = entries->count > 0;
    uint32_t all = entries->count > 0 ? load_u32(entries->entries) : 0;
    for (size_t i = 1; i < entries->count; i++) {
        uint32_t entry = load_u32(entries->entries + ENTRY_SIZE * i);
        uint32_t last = load_u32(entries->entries + ENTRY_SIZE * (i - 1));
        count += (entry ^ last) >> below != 0;
        all |= entry;
    }
    *wide = (all & ENTRY_WIDE) != 0;
    if (*wide) {
        count = 1;
        for (size_t i = 1; i < entries->count; i++) {
            count += entries_at(entries, i).document != entries_at(entries, i - 1).document;
        }
    }
    return count;
}

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

/* Where unpacking stands. */
struct unpacking {
    struct postings_block *block;
    uint32_t first; /* documents that the block had before */
    uint32_t size;  /* that it has by now */
    uint32_t count; /* occurrences by now */
    doc_id last;    /* the document unpacked last, and its last position */
    uint32_t before;
    uint32_t greatest; /* form number */
    bool ascends;
    bool full; /* the next document is one too many */
};

/* Any occurrences, one by one. Returns how many of the `count` were taken. Whether one is the first
 * of its document cannot be guessed: there is no branch on it. */
static size_t unpack_any(const struct entry_list *list, size_t at, size_t count,
                         struct unpacking *to)
{
    struct postings_block *block = to->block;
    for (size_t i = 0; i < count; i++) {
        struct occurrence_place place = entries_at(list, at + i);
        bool fresh = place.document != to->last || to->size == to->first;
        if (UNLIKELY(to->size + fresh > to->first + POSTINGS_BLOCK)) {
            to->full = true;
            return i;
        }
        to->size += fresh;
        to->last = place.document;
        to->before = fresh ? 0 : to->before;
        to->ascends &= place.position >= to->before;
        to->greatest = place.form_number > to->greatest ? place.form_number : to->greatest;
        block->gaps[to->count] = place.position - to->before;
        block->forms[to->count] = place.form_number;
        block->documents[to->size - 1] = place.document;
        block->frequencies[to->size - 1] = ++to->count;
        to->before = place.position;
    }
    return count;
}

static ALWAYS_INLINE struct occurrence_place narrow_at(const struct entry_list *list, size_t at)
{
    return entry_unpack(load_u32(list->entries + ENTRY_SIZE * at), list->position_bits);
}

/* The documents alone of occurrences of which none is wide and none the first. What changes is in
 * registers, not in `to`: it takes half as long. */
static size_t narrow_documents(const struct entry_list *list, size_t at, size_t count,
                               struct unpacking *to)
{
    const struct entry_list entries = *list;
    doc_id *documents = to->block->documents;
    uint32_t *ends = to->block->frequencies;
    uint32_t most = to->first + POSTINGS_BLOCK;
    uint32_t size = to->size;
    uint32_t end = to->count;
    doc_id last = to->last;
    size_t i = 0;
    for (; i < count; i++) {
        doc_id document = narrow_at(&entries, at + i).document;
        if (UNLIKELY(size == most && document != last)) {
            to->full = true;
            break;
        }
        size += document != last;
        last = document;
        documents[size - 1] = document;
        ends[size - 1] = ++end;
    }
    to->before = i > 0 ? narrow_at(&entries, at + i - 1).position : to->before;
    to->size = size;
    to->count = end;
    to->last = last;
    return i;
}

/* What unpack_any() does, where none is wide: gaps and forms several at a time, as if all were
 * taken. */
static size_t unpack_narrow(const struct entry_list *list, size_t at, size_t count,
                            struct unpacking *to)
{
    const struct entry_list entries = *list;
    uint32_t *gaps = to->block->gaps + to->count;
    uint32_t *forms = to->block->forms + to->count;
    uint32_t falls = 0; /* the highest bit of a gap */
    uint32_t greatest = 0;
    for (size_t i = 1; i < count; i++) {
        struct occurrence_place place = narrow_at(&entries, at + i);
        struct occurrence_place last = narrow_at(&entries, at + i - 1);
        gaps[i] = place.position - (place.document == last.document ? last.position : 0);
        forms[i] = place.form_number;
        falls |= gaps[i];
        greatest = forms[i] > greatest ? forms[i] : greatest;
    }
    to->ascends &= falls >> 31 == 0;
    to->greatest = greatest > to->greatest ? greatest : to->greatest;
    return unpack_any(list, at, 1, to) == 0 ? 0 : 1 + narrow_documents(list, at + 1, count - 1, to);
}

static bool any_wide(const struct entry_list *entries, size_t at, size_t count)
{
    uint32_t all = 0;
    for (size_t i = at; i < at + count; i++) {
        all |= load_u32(entries->entries + ENTRY_SIZE * i);
    }
    return (all & ENTRY_WIDE) != 0;
}

enum status entries_append(const struct entry_list *entries, uint32_t form_count,
                           struct entries_read *read, struct postings_block *block, bool *sound,
                           struct error *error)
{
    uint32_t start = block->occurrence_count;
    struct unpacking to = {.block = block,
                           .first = block->size,
                           .size = block->size,
                           .count = start,
                           .last = DOC_ID_END,
                           .ascends = true};
    while (!to.full && read->at < entries->count) {
        size_t left = entries->count - read->at;
        size_t count = left < UNPACKED_TOGETHER ? left : UNPACKED_TOGETHER;
        if (UNLIKELY(to.count + count > block->capacity)) {
            block->occurrence_count = to.count;
            enum status status = postings_block_reserve(block, to.count + count, error);
            if (status != STATUS_OK) {
                return status;
            }
        }
        read->at += any_wide(entries, read->at, count)
                        ? unpack_any(entries, read->at, count, &to)
                        : unpack_narrow(entries, read->at, count, &to);
    }
    block->size = to.size;
    block->occurrence_count = to.count;
    count_frequencies(block, to.first, start);
    *sound = to.ascends && to.greatest < form_count &&
             documents_ascend(block, to.first, read->next_document);
    read->documents += to.size - to.first;
    read->next_document = to.last + 1;
    return STATUS_OK;
}
