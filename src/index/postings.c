#include "index/postings.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/impact.h"
#include "index/pack.h"

/* So many documents of a block are read one by one before it is read whole, which takes as long. */
enum { ALONE_MAX = 5 };
enum { NUMBERS_MIN = 64, STEP = 4 };
#define NO_BLOCK UINT32_MAX

static enum status list_damaged(const struct postings_reader *reader, struct error *error)
{
    return error_set(error, STATUS_FORMAT,
                     "segment '%s' is damaged: a posting list is not well formed",
                     store_path(reader->store));
}

/* Makes sure that bytes [from, to) of the chunk are as they were written. */
static enum status ensure_checked(struct postings_reader *reader, size_t from, size_t to,
                                  struct error *error)
{
    if (from >= reader->checked_from && to <= reader->checked_to) {
        return STATUS_OK;
    }
    size_t page_from = from / STORE_CHECK_PAGE * STORE_CHECK_PAGE;
    size_t page_to = (to + STORE_CHECK_PAGE - 1) / STORE_CHECK_PAGE * STORE_CHECK_PAGE;
    page_to = page_to > reader->blob.size ? reader->blob.size : page_to;
    bool joins = page_from <= reader->checked_to && page_from >= reader->checked_from;
    size_t start = joins ? reader->checked_to : page_from;
    enum status status = blob_check(reader->store, &reader->blob, start, page_to, error);
    if (status == STATUS_OK) {
        reader->checked_from = joins ? reader->checked_from : page_from;
        reader->checked_to = page_to;
    }
    return status;
}

static void numbers_init(struct postings_reader *reader)
{
    reader->sums = reader->positions = reader->forms = NULL;
    reader->sums_capacity = reader->positions_capacity = reader->forms_capacity = 0;
}

enum status postings_reader_open(struct postings_reader *reader, const struct store *store,
                                 const struct postings_location *location, struct error *error)
{
    struct blob chunk = {0};
    unsigned char key[4];
    store_u32_be(key, location->chunk);
    reader->store = store;
    numbers_init(reader);
    enum status status = store_get(store, STORE_POSTINGS, key, sizeof key, &chunk, error);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? list_damaged(reader, error) : status;
    }
    return postings_reader_over(reader, store, &chunk, location, error);
}

static uint32_t skip_field(const struct postings_reader *reader, uint32_t block,
                           enum skip_field field)
{
    assert(block < reader->block_count && reader->block_count > 1);
    const unsigned char *skip =
        reader->blob.bytes + reader->skips_from + (size_t)block * reader->skip_size;
    return load_u32(skip + reader->skip_at[field]) & reader->skip_mask[field];
}

/* The head of a list of several blocks. */
static enum status skips_open(struct postings_reader *reader, size_t from, struct error *error)
{
    enum status status = ensure_checked(reader, from, from + 1, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned widths = reader->blob.bytes[from];
    uint32_t at = 0;
    for (unsigned k = 0; k < SKIP_FIELDS; k++) {
        uint32_t size = 1 + (widths >> (2 * k) & 3u);
        reader->skip_at[k] = at;
        reader->skip_mask[k] = UINT32_MAX >> (32 - 8 * size);
        at += size;
    }
    reader->skip_at[SKIP_FIELDS] = at;
    reader->skip_size = at + SKIP_BOUNDS_SIZE;
    reader->skips_from = from + 1;
    size_t left = reader->list_to - reader->skips_from;
    size_t skips_size = (size_t)reader->block_count * reader->skip_size;
    /* A byte of documents behind them: loads of four bytes stay in the list. */
    if (widths >> (2 * SKIP_FIELDS) != 0 || skips_size >= left) {
        return list_damaged(reader, error);
    }
    reader->documents_from = reader->skips_from + skips_size;
    status = ensure_checked(reader, from, reader->documents_from + 1, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t documents_size = skip_field(reader, reader->block_count - 1, SKIP_DOCUMENTS_END);
    size_t positions_size = skip_field(reader, reader->block_count - 1, SKIP_POSITIONS_END);
    reader->positions_from = reader->documents_from + documents_size;
    bool sound = documents_size + positions_size == reader->list_to - reader->documents_from;
    return sound ? STATUS_OK : list_damaged(reader, error);
}

/* Begins with a plain list. */
static enum status plain_open(struct postings_reader *reader, size_t from, struct error *error)
{
    const unsigned char *list = reader->blob.bytes + from;
    size_t size = reader->list_to - from;
    if (size < POSTINGS_PLAIN_HEAD || list[1] > ENTRY_REST ||
        reader->list_occurrences > (size - POSTINGS_PLAIN_HEAD) / ENTRY_SIZE) {
        return list_damaged(reader, error);
    }
    size_t count = (size_t)reader->list_occurrences;
    const unsigned char *entries = list + POSTINGS_PLAIN_HEAD;
    size_t wide_size = size - POSTINGS_PLAIN_HEAD - ENTRY_SIZE * count;
    reader->entries = (struct entry_list){.entries = entries,
                                          .count = count,
                                          .wide = entries + ENTRY_SIZE * count,
                                          .wide_count = wide_size / ENTRY_WIDE_SIZE,
                                          .position_bits = list[1]};
    return STATUS_OK;
}

/* Begins with a chunk of which `checked` bytes are known to be sound. */
static enum status reader_over(struct postings_reader *reader, const struct store *store,
                               const struct blob *chunk, size_t checked, bool plain,
                               const struct postings_location *location, struct error *error)
{
    reader->store = store;
    reader->blob = *chunk;
    reader->document = 0;
    reader->form_count = location->form_count;
    reader->document_count = location->document_count;
    reader->list_occurrences = location->occurrence_count;
    reader->block_count = location->document_count / POSTINGS_BLOCK +
                          (location->document_count % POSTINGS_BLOCK != 0);
    reader->block = NO_BLOCK;
    reader->block_size = 0;
    reader->index = 0;
    reader->positions_asked = 0;
    reader->positions_alone = true;
    reader->checked_from = 0;
    reader->checked_to = checked;
    reader->entries.entries = NULL;
    reader->entries_read = (struct entries_read){0};
    numbers_init(reader);
    size_t chunk_size = reader->blob.size;
    if (location->offset > chunk_size || location->size > chunk_size - location->offset ||
        location->size == 0 || location->document_count == 0 || location->form_count == 0 ||
        location->occurrence_count < location->document_count) {
        return list_damaged(reader, error);
    }
    size_t from = (size_t)location->offset;
    reader->list_to = from + (size_t)location->size;
    reader->documents_from = reader->positions_from = from;
    if (plain && reader->blob.bytes[from] == POSTINGS_PLAIN) {
        return plain_open(reader, from, error);
    }
    return reader->block_count > 1 ? skips_open(reader, from, error) : STATUS_OK;
}

enum status postings_reader_over(struct postings_reader *reader, const struct store *store,
                                 const struct blob *chunk, const struct postings_location *location,
                                 struct error *error)
{
    return reader_over(reader, store, chunk, 0, false, location, error);
}

enum status postings_reader_to_merge(struct postings_reader *reader, const struct store *store,
                                     const struct blob *chunk,
                                     const struct postings_location *location, struct error *error)
{
    return reader_over(reader, store, chunk, chunk->size, true, location, error);
}

void postings_reader_close(struct postings_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    memory_free(reader->sums);
    memory_free(reader->positions);
    memory_free(reader->forms);
    numbers_init(reader);
}

/* Makes [from, to) of a part the bits that are read next; a list of one block has one part. */
static enum status block_part(struct postings_reader *reader, uint32_t block, size_t part,
                              enum skip_field end, struct error *error)
{
    size_t from = part;
    size_t to = reader->list_to;
    if (reader->block_count > 1) {
        to = part + skip_field(reader, block, end);
        from += block == 0 ? 0 : skip_field(reader, block - 1, end);
    }
    if (from > to || to > reader->list_to) {
        return list_damaged(reader, error);
    }
    reader->bits = (struct bit_reader){
        .bytes = reader->blob.bytes, .readable = reader->blob.size, .at = 8 * from, .end = 8 * to};
    return ensure_checked(reader, from, to, error);
}

/* Last document of a list of one block; DOC_ID_END is damage. */
static doc_id short_last(struct bit_reader *bits, uint32_t count)
{
    unsigned width = bit_reader_take(bits, SHORT_LAST_BITS);
    uint64_t last = (uint64_t)1 << width | bit_reader_take(bits, width);
    last += (uint64_t)count - 2;
    return last < DOC_ID_END ? (doc_id)last : DOC_ID_END;
}

/* Reads the documents of a block, `reader->block_size` of them. */
static enum status documents_read(struct postings_reader *reader, uint32_t block, doc_id *documents,
                                  struct error *error)
{
    enum status status =
        block_part(reader, block, reader->documents_from, SKIP_DOCUMENTS_END, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t left = reader->document_count - block * POSTINGS_BLOCK;
    uint32_t size = left < POSTINGS_BLOCK ? left : POSTINGS_BLOCK;
    doc_id base = 0;
    doc_id last = 0;
    if (reader->block_count == 1) {
        last = short_last(&reader->bits, size);
    } else {
        base = block == 0 ? 0 : skip_field(reader, block - 1, SKIP_LAST) + 1;
        last = skip_field(reader, block, SKIP_LAST);
    }
    if (last == DOC_ID_END || last < base) {
        return list_damaged(reader, error);
    }
    if (size > 1) {
        set_read(&reader->bits, size - 1, base, last - base, documents);
    }
    documents[size - 1] = last;
    if (reader->bits.failed) {
        return list_damaged(reader, error);
    }
    reader->block_size = size;
    reader->block = block;
    return STATUS_OK;
}

static enum status block_decode(struct postings_reader *reader, uint32_t block, struct error *error)
{
    enum status status = documents_read(reader, block, reader->documents, error);
    if (status != STATUS_OK) {
        return status;
    }
    reader->index = 0;
    reader->frequencies_read = false;
    reader->positions_read = false;
    reader->forms_read = false;
    if (reader->positions_asked > 0) { /* the next block is likely to be asked as often */
        reader->positions_alone = reader->positions_asked <= ALONE_MAX;
    }
    reader->positions_asked = 0;
    return STATUS_OK;
}

static void reader_end(struct postings_reader *reader)
{
    reader->document = DOC_ID_END;
    reader->block = reader->block_count;
    reader->block_size = 0;
    reader->index = 0;
}

enum status postings_reader_next_block(struct postings_reader *reader, struct error *error)
{
    uint32_t block = reader->block == NO_BLOCK ? 0 : reader->block + 1;
    if (block >= reader->block_count) {
        reader_end(reader);
        return STATUS_OK;
    }
    enum status status = block_decode(reader, block, error);
    if (status == STATUS_OK) {
        reader->document = reader->documents[0];
    }
    return status;
}

/* The first block at or after the current one that may hold a document not below `target`. */
static uint32_t block_find(const struct postings_reader *reader, doc_id target)
{
    uint32_t low = reader->block == NO_BLOCK ? 0 : reader->block;
    if (reader->block_count == 1) {
        return low;
    }
    uint32_t high = reader->block_count;
    uint32_t step = 1;
    uint32_t probe = low;
    while (probe < high && skip_field(reader, probe, SKIP_LAST) < target) {
        low = probe + 1;
        probe += step;
        step *= 2;
    }
    high = probe < high ? probe : high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (skip_field(reader, middle, SKIP_LAST) < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum status postings_reader_seek(struct postings_reader *reader, doc_id target, struct error *error)
{
    if (reader->block != NO_BLOCK && reader->document >= target) {
        return STATUS_OK;
    }
    uint32_t block = block_find(reader, target);
    if (reader->block == block && reader->block != NO_BLOCK) {
        block++; /* a list of one block that ends before the target */
    }
    if (block >= reader->block_count) {
        reader_end(reader);
        return STATUS_OK;
    }
    enum status status = block_decode(reader, block, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (reader->documents[reader->block_size - 1] < target) {
        reader_end(reader);
        return STATUS_OK;
    }
    reader->document = reader->documents[0];
    return postings_reader_advance(reader, target, error);
}

/* Reads the frequencies of the block that was decoded, and how many occurrences that makes. */
static enum status frequencies_read(struct postings_reader *reader, uint32_t *frequencies,
                                    struct error *error)
{
    uint32_t scratch[POSTINGS_BLOCK];
    uint32_t size = reader->block_size;
    uint64_t extra = reader->list_occurrences - reader->document_count;
    uint64_t occurrences = size;
    if (reader->block_count > 1 || (size > 1 && extra > 0)) {
        sparse_read(&reader->bits, size, frequencies, scratch);
        for (uint32_t i = 0; i < size; i++) {
            occurrences += frequencies[i]++;
        }
    } else { /* a single document has what the list has */
        for (uint32_t i = 1; i < size; i++) {
            frequencies[i] = 1;
        }
        frequencies[0] = extra < UINT32_MAX ? (uint32_t)extra + 1 : UINT32_MAX;
        occurrences += extra < UINT32_MAX ? extra : UINT32_MAX;
    }
    /* A position takes a bit or more: no list claims more memory than its own size allows. */
    uint64_t most = 8 * (uint64_t)(reader->list_to - reader->positions_from);
    bool sound = reader->block_count > 1 || occurrences == reader->list_occurrences;
    if (reader->bits.failed || !sound || occurrences > most || occurrences > PACK_COUNT_MAX) {
        return list_damaged(reader, error);
    }
    reader->occurrence_count = (uint32_t)occurrences;
    return STATUS_OK;
}

enum status postings_reader_frequencies(struct postings_reader *reader, struct error *error)
{
    assert(reader->block_size > 0);
    enum status status = frequencies_read(reader, reader->frequencies, error);
    if (status == STATUS_OK) {
        reader->frequencies_read = true;
        reader->counted_index = 0;
        reader->counted = 0;
    }
    return status;
}

enum status postings_reader_rank(struct postings_reader *reader, uint32_t block,
                                 struct postings_ranking *ranking, struct error *error)
{
    assert(block < reader->block_count);
    enum status status = block_decode(reader, block, error);
    if (status == STATUS_OK) {
        status = postings_reader_frequencies(reader, error);
    }
    *ranking = (struct postings_ranking){.documents = reader->documents,
                                         .frequencies = reader->frequencies,
                                         .count = reader->block_size};
    return status;
}

static enum status numbers_reserve(uint32_t **numbers, size_t *capacity, size_t count,
                                   struct error *error)
{
    if (count <= *capacity) {
        return STATUS_OK;
    }
    size_t more = count + count / 2 + NUMBERS_MIN;
    uint32_t *larger = memory_resize(*numbers, more * sizeof *larger);
    if (larger == NULL) {
        return error_no_memory(error, more * sizeof *larger);
    }
    *numbers = larger;
    *capacity = more;
    return STATUS_OK;
}

/* Moves on to the block's positions. */
static enum status positions_part(struct postings_reader *reader, struct error *error)
{
    return reader->block_count == 1 ? STATUS_OK
                                    : block_part(reader, reader->block, reader->positions_from,
                                                 SKIP_POSITIONS_END, error);
}

static enum status positions_decode(struct postings_reader *reader, struct error *error)
{
    size_t count = reader->occurrence_count;
    enum status status = positions_part(reader, error);
    if (status == STATUS_OK) {
        status = numbers_reserve(&reader->sums, &reader->sums_capacity, 1 + count + STEP, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *sums = reader->sums;
    run_read(&reader->bits, count, sums + 1);
    sums[0] = 0;
    for (size_t i = 1; i <= count; i++) {
        sums[i] += sums[i - 1];
    }
    memset(sums + 1 + count, 0, STEP * sizeof *sums);
    reader->positions_read = true;
    return reader->bits.failed ? list_damaged(reader, error) : STATUS_OK;
}

/* The current document's positions alone. */
static enum status positions_decode_some(struct postings_reader *reader, uint32_t count,
                                         struct error *error)
{
    enum status status = positions_part(reader, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct bit_reader bits = reader->bits;
    uint32_t *positions = reader->positions;
    run_read_some(&bits, reader->occurrence_count, reader->counted, count, positions);
    for (uint32_t i = 1; i < count; i++) {
        positions[i] += positions[i - 1];
    }
    return bits.failed ? list_damaged(reader, error) : STATUS_OK;
}

/* The current document's positions: its sums less the one before them. A step at a time, because
 * the end of a loop that cannot be foreseen costs more than what it does. */
static void positions_from_sums(struct postings_reader *reader, uint32_t count)
{
    const uint32_t *sums = reader->sums + reader->counted;
    uint32_t *restrict positions = reader->positions;
    uint32_t before = sums[0];
    sums++;
    for (size_t i = 0; i < count; i += STEP) {
        for (size_t k = 0; k < STEP; k++) {
            positions[i + k] = sums[i + k] - before;
        }
    }
}

static enum status positions_of_document(struct postings_reader *reader, uint32_t count, bool forms,
                                         struct error *error)
{
    reader->positions_asked++;
    while (reader->counted_index < reader->index) {
        reader->counted += reader->frequencies[reader->counted_index++];
    }
    enum status status = numbers_reserve(&reader->positions, &reader->positions_capacity,
                                         (size_t)count + STEP, error);
    if (status == STATUS_OK && !reader->positions_read) {
        if (!forms && reader->positions_alone && reader->positions_asked <= ALONE_MAX) {
            return positions_decode_some(reader, count, error);
        }
        status = positions_decode(reader, error);
    }
    if (status == STATUS_OK) {
        positions_from_sums(reader, count);
    }
    return status;
}

/* The form numbers of the block, which the bits are at. */
static enum status read_forms(struct postings_reader *reader, uint32_t *forms, uint32_t *scratch,
                              struct error *error)
{
    size_t count = reader->occurrence_count;
    sparse_read(&reader->bits, count, forms, scratch);
    uint32_t greatest = 0;
    for (size_t i = 0; i < count; i++) {
        greatest = forms[i] > greatest ? forms[i] : greatest;
    }
    bool sound = !reader->bits.failed && greatest < reader->form_count;
    return sound ? STATUS_OK : list_damaged(reader, error);
}

static enum status forms_decode(struct postings_reader *reader, struct error *error)
{
    size_t count = reader->occurrence_count;
    enum status status = numbers_reserve(&reader->forms, &reader->forms_capacity, 2 * count, error);
    if (status != STATUS_OK) {
        return status;
    }
    reader->forms_read = true;
    if (reader->form_count == 1) {
        memset(reader->forms, 0, count * sizeof *reader->forms);
        return STATUS_OK;
    }
    return read_forms(reader, reader->forms, reader->forms + count, error);
}

enum status postings_reader_positions(struct postings_reader *reader, const uint32_t **positions,
                                      const uint32_t **forms, uint32_t *count, struct error *error)
{
    enum status status = postings_reader_frequency(reader, count, error);
    if (status == STATUS_OK) {
        status = positions_of_document(reader, *count, forms != NULL, error);
    }
    if (status == STATUS_OK && forms != NULL && !reader->forms_read) {
        status = forms_decode(reader, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    *positions = reader->positions;
    if (forms != NULL) {
        *forms = reader->forms + reader->counted;
    }
    return STATUS_OK;
}

static enum status plain_append(struct postings_reader *reader, struct postings_block *block,
                                struct error *error)
{
    bool sound = false;
    enum status status = entries_append(&reader->entries, reader->form_count, &reader->entries_read,
                                        block, &sound, error);
    sound = sound && (reader->entries_read.at < reader->entries.count ||
                      reader->entries_read.documents == reader->document_count);
    return status == STATUS_OK && !sound ? list_damaged(reader, error) : status;
}

enum status postings_reader_append(struct postings_reader *reader, struct postings_block *block,
                                   struct error *error)
{
    if (reader->entries.entries != NULL) {
        return plain_append(reader, block, error);
    }
    uint32_t next = reader->block == NO_BLOCK ? 0 : reader->block + 1;
    if (next >= reader->block_count) {
        reader_end(reader);
        return STATUS_OK;
    }
    assert(block->size <= POSTINGS_BLOCK_ROOM - POSTINGS_BLOCK);
    uint32_t from = block->size;
    size_t at = block->occurrence_count;
    enum status status = documents_read(reader, next, block->documents + from, error);
    if (status == STATUS_OK) {
        status = frequencies_read(reader, block->frequencies + from, error);
    }
    if (status == STATUS_OK) {
        status = postings_block_reserve(block, at + reader->occurrence_count, error);
    }
    if (status == STATUS_OK) {
        status = positions_part(reader, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    run_read(&reader->bits, reader->occurrence_count, block->gaps + at);
    if (reader->bits.failed) {
        return list_damaged(reader, error);
    }
    if (reader->form_count > 1) {
        status = read_forms(reader, block->forms + at, block->scratch, error);
    }
    if (status == STATUS_OK) {
        block->size += reader->block_size;
        block->occurrence_count += reader->occurrence_count;
    }
    return status;
}

enum status postings_reader_block(struct postings_reader *reader, struct postings_block *block,
                                  struct error *error)
{
    block->size = block->occurrence_count = 0;
    return postings_reader_append(reader, block, error);
}

void postings_reader_block_bound(const struct postings_reader *reader, uint32_t block,
                                 struct postings_bound *bound)
{
    assert(block < reader->block_count);
    *bound = (struct postings_bound){.last_document = DOC_ID_END - 1,
                                     .frequency_max = POSTINGS_FREQUENCY_UNKNOWN,
                                     .length_min = 1,
                                     .impact = IMPACT_UNKNOWN};
    if (reader->block_count > 1) {
        const unsigned char *bounds = reader->blob.bytes + reader->skips_from +
                                      (size_t)block * reader->skip_size +
                                      reader->skip_at[SKIP_FIELDS];
        bound->last_document = skip_field(reader, block, SKIP_LAST);
        bound->frequency_max = bounds[0];
        bound->length_min = length_floor(bounds[1]);
        bound->impact = bounds[2];
    }
}

void postings_reader_bound(const struct postings_reader *reader, doc_id target,
                           struct postings_bound *bound)
{
    uint32_t block = 0;
    bool over = false;
    if (reader->block_count > 1) {
        block = block_find(reader, target);
        over = block == reader->block_count;
    } else if (reader->block != NO_BLOCK) {
        over = reader->block_size == 0 || reader->documents[reader->block_size - 1] < target;
    }
    if (over) {
        *bound = (struct postings_bound){.last_document = DOC_ID_END};
    } else {
        postings_reader_block_bound(reader, block, bound);
    }
}
