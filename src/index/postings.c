#include "index/postings.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/pack.h"

enum { SKIP_SIZE = 16, SKIP_DOCUMENTS_AT = 4, SKIP_POSITIONS_AT = 8, SKIP_BOUND_AT = 12 };
enum { FREQUENCY_BOUND_MAX = 255 };
#define NO_BLOCK UINT32_MAX

/* Lengths up to 15 have a code each; beyond, four codes for every doubling. */
enum { LENGTH_CODE_EXACT = 16, LENGTH_CODE_STEPS_LOG = 2 };

uint8_t length_code(uint32_t length)
{
    if (length < LENGTH_CODE_EXACT) {
        return (uint8_t)length;
    }
    unsigned log = 31 - (unsigned)__builtin_clz(length);
    unsigned step = length >> (log - LENGTH_CODE_STEPS_LOG) & 3;
    return (uint8_t)(LENGTH_CODE_EXACT + (log - 4) * 4 + step);
}

uint32_t length_floor(uint8_t code)
{
    if (code < LENGTH_CODE_EXACT) {
        return code;
    }
    unsigned above = code - LENGTH_CODE_EXACT;
    unsigned log = above / 4 + 4;
    return log > 31 ? UINT32_MAX : (uint32_t)(4 + above % 4) << (log - LENGTH_CODE_STEPS_LOG);
}

/* ---- Encoder ---- */

struct postings_encoder {
    uint32_t form_count;
    uint32_t document_count;
    uint64_t occurrence_count;
    doc_id last_document; /* of what was added; meaningless when nothing was */
    doc_id block_base;    /* last document of the block before, plus 1 */
    uint32_t block_size;
    uint32_t length_min;
    uint32_t frequency_max;
    uint32_t documents[POSTINGS_BLOCK];   /* gaps */
    uint32_t frequencies[POSTINGS_BLOCK]; /* less 1 */
    struct buffer positions;              /* uint32_t of the block: gaps within each document */
    struct buffer forms;                  /* uint32_t of the block */
    struct buffer skips;
    struct buffer documents_part;
    struct buffer positions_part;
};

struct postings_encoder *postings_encoder_new(void)
{
    struct postings_encoder *encoder = memory_zalloc(1, sizeof *encoder);
    if (encoder == NULL) {
        return NULL;
    }
    buffer_init(&encoder->positions, STORE_VALUE_SIZE_MAX);
    buffer_init(&encoder->forms, STORE_VALUE_SIZE_MAX);
    buffer_init(&encoder->skips, STORE_VALUE_SIZE_MAX);
    buffer_init(&encoder->documents_part, STORE_VALUE_SIZE_MAX);
    buffer_init(&encoder->positions_part, STORE_VALUE_SIZE_MAX);
    return encoder;
}

void postings_encoder_free(struct postings_encoder *encoder)
{
    if (encoder == NULL) {
        return;
    }
    buffer_release(&encoder->positions);
    buffer_release(&encoder->forms);
    buffer_release(&encoder->skips);
    buffer_release(&encoder->documents_part);
    buffer_release(&encoder->positions_part);
    memory_free(encoder);
}

static void block_clear(struct postings_encoder *encoder)
{
    encoder->block_size = 0;
    encoder->length_min = UINT32_MAX;
    encoder->frequency_max = 0;
    buffer_clear(&encoder->positions);
    buffer_clear(&encoder->forms);
}

void postings_encoder_begin(struct postings_encoder *encoder, uint32_t form_count)
{
    assert(form_count >= 1);
    encoder->form_count = form_count;
    encoder->document_count = 0;
    encoder->occurrence_count = 0;
    encoder->block_base = 0;
    buffer_clear(&encoder->skips);
    buffer_clear(&encoder->documents_part);
    buffer_clear(&encoder->positions_part);
    block_clear(encoder);
}

static enum status append_packs(struct buffer *out, const uint32_t *values, size_t count,
                                struct error *error)
{
    for (size_t from = 0; from < count; from += PACK_COUNT_MAX) {
        size_t length = count - from < PACK_COUNT_MAX ? count - from : PACK_COUNT_MAX;
        enum status status = buffer_reserve(out, PACK_SIZE_MAX, error);
        if (status != STATUS_OK) {
            return status;
        }
        out->size += pack_write(values + from, length, out->bytes + out->size);
    }
    return STATUS_OK;
}

static enum status append_skip(struct postings_encoder *encoder, struct error *error)
{
    unsigned char skip[SKIP_SIZE] = {0};
    uint32_t frequency = encoder->frequency_max;
    store_u32(skip, encoder->last_document);
    store_u32(skip + SKIP_DOCUMENTS_AT, (uint32_t)encoder->documents_part.size);
    store_u32(skip + SKIP_POSITIONS_AT, (uint32_t)encoder->positions_part.size);
    skip[SKIP_BOUND_AT] =
        (unsigned char)(frequency > FREQUENCY_BOUND_MAX ? FREQUENCY_BOUND_MAX : frequency);
    skip[SKIP_BOUND_AT + 1] = length_code(encoder->length_min);
    return buffer_append(&encoder->skips, skip, sizeof skip, error);
}

static enum status append_block(struct postings_encoder *encoder, struct error *error)
{
    size_t count = encoder->positions.size / sizeof(uint32_t);
    const uint32_t *positions = (const uint32_t *)(const void *)encoder->positions.bytes;
    const uint32_t *forms = (const uint32_t *)(const void *)encoder->forms.bytes;
    enum status status = append_skip(encoder, error);
    if (status == STATUS_OK) {
        status =
            append_packs(&encoder->documents_part, encoder->documents, encoder->block_size, error);
    }
    if (status == STATUS_OK) {
        status = append_packs(&encoder->documents_part, encoder->frequencies, encoder->block_size,
                              error);
    }
    if (status == STATUS_OK) {
        status = append_packs(&encoder->positions_part, positions, count, error);
    }
    if (status == STATUS_OK && encoder->form_count > 1) {
        struct buffer *out = &encoder->positions_part;
        status = buffer_reserve(out, rice_size(forms, count), error);
        if (status == STATUS_OK) {
            out->size += rice_write(forms, count, out->bytes + out->size);
        }
    }
    encoder->block_base = encoder->last_document + 1;
    block_clear(encoder);
    return status;
}

static enum status append_gaps(struct buffer *out, const uint32_t *positions, uint32_t count,
                               struct error *error)
{
    enum status status = buffer_reserve(out, count * sizeof *positions, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *gaps = (uint32_t *)(void *)(out->bytes + out->size);
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert(positions[i] >= before);
        gaps[i] = positions[i] - before;
        before = positions[i];
    }
    out->size += count * sizeof *positions;
    return STATUS_OK;
}

enum status postings_encoder_add(struct postings_encoder *encoder, doc_id document, uint32_t length,
                                 const uint32_t *positions, const uint32_t *forms, uint32_t count,
                                 struct error *error)
{
    assert(count >= 1 && (forms != NULL || encoder->form_count == 1));
    assert(encoder->document_count == 0 || document > encoder->last_document);
    uint32_t previous = encoder->block_size == 0 ? encoder->block_base : encoder->last_document + 1;
    encoder->documents[encoder->block_size] = document - previous;
    encoder->frequencies[encoder->block_size] = count - 1;
    encoder->block_size++;
    encoder->last_document = document;
    encoder->document_count++;
    encoder->occurrence_count += count;
    encoder->length_min = length < encoder->length_min ? length : encoder->length_min;
    encoder->frequency_max = count > encoder->frequency_max ? count : encoder->frequency_max;
    enum status status = append_gaps(&encoder->positions, positions, count, error);
    if (status == STATUS_OK && encoder->form_count > 1) {
        status = buffer_append(&encoder->forms, forms, count * sizeof *forms, error);
    }
    if (status == STATUS_OK && encoder->block_size == POSTINGS_BLOCK) {
        status = append_block(encoder, error);
    }
    return status;
}

uint32_t postings_encoder_count(const struct postings_encoder *encoder)
{
    return encoder->document_count;
}

enum status postings_encoder_end(struct postings_encoder *encoder, struct buffer *out,
                                 struct postings_location *location, struct error *error)
{
    assert(encoder->document_count > 0);
    size_t before = out->size;
    enum status status = STATUS_OK;
    if (encoder->block_size > 0) {
        status = append_block(encoder, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append_varint(out, encoder->documents_part.size, error);
    }
    if (status == STATUS_OK && encoder->document_count > POSTINGS_BLOCK) {
        status = buffer_append(out, encoder->skips.bytes, encoder->skips.size, error);
    }
    if (status == STATUS_OK) {
        status =
            buffer_append(out, encoder->documents_part.bytes, encoder->documents_part.size, error);
    }
    if (status == STATUS_OK) {
        status =
            buffer_append(out, encoder->positions_part.bytes, encoder->positions_part.size, error);
    }
    location->size = out->size - before;
    location->document_count = encoder->document_count;
    location->occurrence_count = encoder->occurrence_count;
    location->form_count = encoder->form_count;
    return status;
}

/* ---- Reader ---- */

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

enum status postings_reader_open(struct postings_reader *reader, const struct store *store,
                                 const struct postings_location *location, struct error *error)
{
    struct blob chunk = {0};
    unsigned char key[4];
    store_u32_be(key, location->chunk);
    reader->store = store;
    reader->occurrences = NULL;
    enum status status = store_get(store, STORE_POSTINGS, key, sizeof key, &chunk, error);
    if (status != STATUS_OK) {
        return status == STATUS_NOT_FOUND ? list_damaged(reader, error) : status;
    }
    return postings_reader_over(reader, store, &chunk, location, error);
}

enum status postings_reader_over(struct postings_reader *reader, const struct store *store,
                                 const struct blob *chunk, const struct postings_location *location,
                                 struct error *error)
{
    reader->store = store;
    reader->blob = *chunk;
    reader->document = 0;
    reader->form_count = location->form_count;
    reader->document_count = location->document_count;
    reader->block_count = location->document_count / POSTINGS_BLOCK +
                          (location->document_count % POSTINGS_BLOCK != 0);
    reader->block = NO_BLOCK;
    reader->block_size = 0;
    reader->index = 0;
    reader->checked_from = reader->checked_to = 0;
    reader->occurrences = NULL;
    reader->occurrences_capacity = 0;
    reader->positions_decoded = false;
    size_t chunk_size = reader->blob.size;
    if (location->offset > chunk_size || location->size > chunk_size - location->offset ||
        location->document_count == 0 || location->form_count == 0) {
        return list_damaged(reader, error);
    }
    size_t from = (size_t)location->offset;
    reader->list_to = from + (size_t)location->size;
    size_t skips_size = reader->block_count > 1 ? (size_t)reader->block_count * SKIP_SIZE : 0;
    size_t head_to = from + VARINT_SIZE_MAX + skips_size;
    head_to = head_to > reader->list_to ? reader->list_to : head_to;
    enum status status = ensure_checked(reader, from, head_to, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct byte_reader head = byte_reader_over(reader->blob.bytes + from, reader->list_to - from);
    uint64_t documents_size = byte_reader_varint(&head);
    reader->skips_from = (size_t)(head.at - reader->blob.bytes);
    if (head.failed || skips_size > byte_reader_left(&head) ||
        documents_size > byte_reader_left(&head) - skips_size) {
        return list_damaged(reader, error);
    }
    reader->documents_from = reader->skips_from + skips_size;
    reader->positions_from = reader->documents_from + (size_t)documents_size;
    return STATUS_OK;
}

void postings_reader_close(struct postings_reader *reader)
{
    if (reader == NULL) {
        return;
    }
    memory_free(reader->occurrences);
    reader->occurrences = NULL;
    reader->occurrences_capacity = 0;
}

static const unsigned char *skip_of(const struct postings_reader *reader, uint32_t block)
{
    assert(block < reader->block_count && reader->block_count > 1);
    return reader->blob.bytes + reader->skips_from + (size_t)block * SKIP_SIZE;
}

/* The bytes of a block in one of the list's two parts; `at` picks the offset in the skip entry. */
static enum status block_range(const struct postings_reader *reader, uint32_t block, int at,
                               size_t *from, size_t *to, struct error *error)
{
    bool documents = at == SKIP_DOCUMENTS_AT;
    size_t part_from = documents ? reader->documents_from : reader->positions_from;
    size_t part_to = documents ? reader->positions_from : reader->list_to;
    *from = part_from;
    *to = part_to;
    if (reader->block_count > 1) {
        *from += load_u32(skip_of(reader, block) + at);
        if (block + 1 < reader->block_count) {
            *to = part_from + load_u32(skip_of(reader, block + 1) + at);
        }
    }
    bool sound = *from <= *to && *to <= part_to;
    return sound ? STATUS_OK : list_damaged(reader, error);
}

static enum status block_decode(struct postings_reader *reader, uint32_t block, struct error *error)
{
    size_t from = 0;
    size_t to = 0;
    enum status status = block_range(reader, block, SKIP_DOCUMENTS_AT, &from, &to, error);
    if (status == STATUS_OK) {
        status = ensure_checked(reader, from, to, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t left = reader->document_count - block * POSTINGS_BLOCK;
    reader->block_size = left < POSTINGS_BLOCK ? left : POSTINGS_BLOCK;
    struct byte_reader bytes = byte_reader_over(reader->blob.bytes + from, to - from);
    pack_read(&bytes, reader->block_size, reader->documents);
    uint64_t document = block == 0 ? 0 : (uint64_t)load_u32(skip_of(reader, block - 1)) + 1;
    for (uint32_t i = 0; i < reader->block_size; i++) {
        document += reader->documents[i];
        reader->documents[i] = (doc_id)document;
        document++;
    }
    bool sound = !bytes.failed && document <= DOC_ID_END &&
                 (reader->block_count == 1 || document - 1 == load_u32(skip_of(reader, block)));
    if (!sound) {
        return list_damaged(reader, error);
    }
    reader->block = block;
    reader->index = 0;
    reader->frequencies_at = (size_t)(bytes.at - reader->blob.bytes);
    reader->positions_decoded = false;
    return STATUS_OK;
}

static void reader_end(struct postings_reader *reader)
{
    reader->document = DOC_ID_END;
    reader->block = reader->block_count;
    reader->block_size = 0;
    reader->index = 0;
}

enum status postings_reader_next(struct postings_reader *reader, struct error *error)
{
    if (reader->index + 1 < reader->block_size) {
        reader->document = reader->documents[++reader->index];
        return STATUS_OK;
    }
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
    while (probe < high && load_u32(skip_of(reader, probe)) < target) {
        low = probe + 1;
        probe += step;
        step *= 2;
    }
    high = probe < high ? probe : high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (load_u32(skip_of(reader, middle)) < target) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

enum status postings_reader_advance(struct postings_reader *reader, doc_id target,
                                    struct error *error)
{
    if (reader->block != NO_BLOCK && reader->document >= target) {
        return STATUS_OK;
    }
    bool here = reader->block_size > 0 && reader->documents[reader->block_size - 1] >= target;
    if (!here) {
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
    }
    while (reader->documents[reader->index] < target) {
        reader->index++;
    }
    reader->document = reader->documents[reader->index];
    return STATUS_OK;
}

static enum status frequencies_decode(struct postings_reader *reader, struct error *error)
{
    size_t from = 0;
    size_t to = 0;
    enum status status = block_range(reader, reader->block, SKIP_DOCUMENTS_AT, &from, &to, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct byte_reader bytes =
        byte_reader_over(reader->blob.bytes + reader->frequencies_at, to - reader->frequencies_at);
    pack_read(&bytes, reader->block_size, reader->frequencies);
    uint64_t occurrences = 0;
    for (uint32_t i = 0; i < reader->block_size; i++) {
        occurrences += (uint64_t)reader->frequencies[i] + 1;
        reader->frequencies[i]++;
    }
    /* A byte of packs can stand for at most PACK_COUNT_MAX values: no list claims more memory than
     * its own size allows. */
    uint64_t most = PACK_COUNT_MAX * (uint64_t)(reader->list_to - reader->positions_from);
    if (bytes.failed || occurrences > most || occurrences > UINT32_MAX) {
        return list_damaged(reader, error);
    }
    reader->occurrence_count = (uint32_t)occurrences;
    reader->frequencies_at = 0;
    reader->counted_index = 0;
    reader->counted = 0;
    return STATUS_OK;
}

enum status postings_reader_frequency(struct postings_reader *reader, uint32_t *frequency,
                                      struct error *error)
{
    assert(reader->index < reader->block_size);
    if (reader->frequencies_at != 0) {
        enum status status = frequencies_decode(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *frequency = reader->frequencies[reader->index];
    return STATUS_OK;
}

static enum status occurrences_reserve(struct postings_reader *reader, size_t count,
                                       struct error *error)
{
    if (count * 2 <= reader->occurrences_capacity) {
        return STATUS_OK;
    }
    size_t capacity = count * 2 + count / 2;
    uint32_t *occurrences =
        memory_resize(reader->occurrences, capacity * sizeof *reader->occurrences);
    if (occurrences == NULL) {
        return error_no_memory(error, capacity * sizeof *occurrences);
    }
    reader->occurrences = occurrences;
    reader->occurrences_capacity = capacity;
    return STATUS_OK;
}

static enum status positions_decode(struct postings_reader *reader, struct error *error)
{
    size_t from = 0;
    size_t to = 0;
    size_t count = reader->occurrence_count;
    enum status status = block_range(reader, reader->block, SKIP_POSITIONS_AT, &from, &to, error);
    if (status == STATUS_OK) {
        status = ensure_checked(reader, from, to, error);
    }
    if (status == STATUS_OK) {
        status = occurrences_reserve(reader, count, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *positions = reader->occurrences;
    struct byte_reader bytes = byte_reader_over(reader->blob.bytes + from, to - from);
    for (size_t i = 0; i < count; i += PACK_COUNT_MAX) {
        pack_read(&bytes, count - i < PACK_COUNT_MAX ? count - i : PACK_COUNT_MAX, positions + i);
    }
    for (uint32_t i = 0; i < reader->block_size; i++) {
        uint32_t frequency = reader->frequencies[i];
        for (uint32_t k = 1; k < frequency; k++) {
            positions[k] += positions[k - 1];
        }
        positions += frequency;
    }
    reader->forms_at = (size_t)(bytes.at - reader->blob.bytes);
    reader->positions_decoded = true;
    if (reader->form_count == 1) {
        memset(reader->occurrences + count, 0, count * sizeof *reader->occurrences);
        reader->forms_at = 0;
    }
    return bytes.failed ? list_damaged(reader, error) : STATUS_OK;
}

static enum status forms_decode(struct postings_reader *reader, struct error *error)
{
    size_t from = 0;
    size_t to = 0;
    enum status status = block_range(reader, reader->block, SKIP_POSITIONS_AT, &from, &to, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = reader->occurrence_count;
    struct byte_reader bytes =
        byte_reader_over(reader->blob.bytes + reader->forms_at, to - reader->forms_at);
    rice_read(&bytes, count, reader->occurrences + count);
    for (size_t i = 0; i < count; i++) {
        bytes.failed |= reader->occurrences[count + i] >= reader->form_count;
    }
    reader->forms_at = 0;
    return bytes.failed ? list_damaged(reader, error) : STATUS_OK;
}

enum status postings_reader_positions(struct postings_reader *reader, const uint32_t **positions,
                                      const uint32_t **forms, uint32_t *count, struct error *error)
{
    enum status status = postings_reader_frequency(reader, count, error);
    if (status == STATUS_OK && !reader->positions_decoded) {
        status = positions_decode(reader, error);
    }
    if (status == STATUS_OK && forms != NULL && reader->forms_at != 0) {
        status = forms_decode(reader, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    while (reader->counted_index < reader->index) {
        reader->counted += reader->frequencies[reader->counted_index++];
    }
    *positions = reader->occurrences + reader->counted;
    if (forms != NULL) {
        *forms = reader->occurrences + reader->occurrence_count + reader->counted;
    }
    return STATUS_OK;
}

void postings_reader_bound(const struct postings_reader *reader, doc_id target,
                           struct postings_bound *bound)
{
    *bound = (struct postings_bound){.last_document = DOC_ID_END};
    bound->frequency_max = FREQUENCY_BOUND_MAX;
    bound->length_min = 1;
    if (reader->block_count == 1) {
        bool over = reader->block != NO_BLOCK &&
                    (reader->block_size == 0 || reader->documents[reader->block_size - 1] < target);
        bound->last_document = over ? DOC_ID_END : DOC_ID_END - 1;
        return;
    }
    uint32_t block = block_find(reader, target);
    if (block < reader->block_count) {
        const unsigned char *skip = skip_of(reader, block);
        bound->last_document = load_u32(skip);
        bound->frequency_max = skip[SKIP_BOUND_AT];
        bound->length_min = length_floor(skip[SKIP_BOUND_AT + 1]);
    }
}
