#include "index/postings_encoder.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/pack.h"

enum { FREQUENCY_BOUND_MAX = 255, OCCURRENCES_MIN = 512 };

struct skip {
    uint32_t fields[SKIP_FIELDS];
    unsigned char bounds[SKIP_BOUNDS_SIZE];
};

struct postings_encoder {
    uint32_t form_count;
    uint32_t document_count;
    uint64_t occurrence_count;
    doc_id last_document; /* of what was added; meaningless when nothing was */
    doc_id block_base;    /* last document of the block before, plus 1 */
    uint32_t block_size;
    uint32_t block_occurrences;
    uint32_t length_min;
    uint32_t frequency_max;
    uint32_t documents[POSTINGS_BLOCK];   /* gaps */
    uint32_t frequencies[POSTINGS_BLOCK]; /* less 1 */
    uint32_t *positions;                  /* of the block: gaps within each document */
    uint32_t *forms;                      /* of the block */
    uint32_t *scratch;                    /* twice as many */
    size_t capacity;                      /* of the three; one piece of memory */
    struct buffer skips;                  /* struct skip, of the blocks written so far */
    struct buffer documents_part;
    struct buffer positions_part;
};

struct postings_encoder *postings_encoder_new(void)
{
    struct postings_encoder *encoder = memory_zalloc(1, sizeof *encoder);
    if (encoder == NULL) {
        return NULL;
    }
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
    memory_free(encoder->positions);
    buffer_release(&encoder->skips);
    buffer_release(&encoder->documents_part);
    buffer_release(&encoder->positions_part);
    memory_free(encoder);
}

static void block_clear(struct postings_encoder *encoder)
{
    encoder->block_size = 0;
    encoder->block_occurrences = 0;
    encoder->length_min = UINT32_MAX;
    encoder->frequency_max = 0;
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

/* ---- Blocks ---- */

static void write_documents(const struct postings_encoder *encoder, struct bit_writer *writer)
{
    set_write(writer, encoder->documents, encoder->block_size - 1,
              encoder->last_document - encoder->block_base);
}

static void write_frequencies(struct postings_encoder *encoder, struct bit_writer *writer)
{
    uint32_t scratch[2 * POSTINGS_BLOCK];
    sparse_write(writer, encoder->frequencies, encoder->block_size, scratch);
}

static void write_occurrences(const struct postings_encoder *encoder, struct bit_writer *writer)
{
    run_write(writer, encoder->positions, encoder->block_occurrences);
    if (encoder->form_count > 1) {
        sparse_write(writer, encoder->forms, encoder->block_occurrences, encoder->scratch);
    }
}

/* Bytes for the block's documents and frequencies, or for its positions and forms. */
static size_t room_for(size_t count)
{
    return PACK_ROOM(count) + PACK_ROOM(count);
}

/* Writes the block as one of several. */
static enum status append_block(struct postings_encoder *encoder, struct error *error)
{
    struct buffer *documents = &encoder->documents_part;
    struct buffer *positions = &encoder->positions_part;
    enum status status = buffer_reserve(documents, room_for(encoder->block_size), error);
    if (status == STATUS_OK) {
        status = buffer_reserve(positions, room_for(encoder->block_occurrences), error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct bit_writer writer = bit_writer_over(documents->bytes + documents->size);
    write_documents(encoder, &writer);
    write_frequencies(encoder, &writer);
    documents->size = (size_t)(bit_writer_end(&writer) - documents->bytes);
    writer = bit_writer_over(positions->bytes + positions->size);
    write_occurrences(encoder, &writer);
    positions->size = (size_t)(bit_writer_end(&writer) - positions->bytes);
    uint32_t frequency = encoder->frequency_max;
    struct skip skip = {
        .fields = {[SKIP_LAST] = encoder->last_document,
                   [SKIP_DOCUMENTS_END] = (uint32_t)documents->size,
                   [SKIP_POSITIONS_END] = (uint32_t)positions->size},
        .bounds = {(unsigned char)(frequency > FREQUENCY_BOUND_MAX ? FREQUENCY_BOUND_MAX
                                                                   : frequency),
                   length_code(encoder->length_min)},
    };
    encoder->block_base = encoder->last_document + 1;
    block_clear(encoder);
    return buffer_append(&encoder->skips, &skip, sizeof skip, error);
}

/* Room for `count` more occurrences in the block. */
static enum status occurrences_grow(struct postings_encoder *encoder, uint32_t count,
                                    struct error *error)
{
    size_t wanted = (size_t)encoder->block_occurrences + count;
    if (wanted > PACK_COUNT_MAX) {
        return error_set(error, STATUS_LIMIT, "a block of postings has too many occurrences");
    }
    size_t capacity = 2 * wanted < OCCURRENCES_MIN ? OCCURRENCES_MIN : 2 * wanted;
    uint32_t *positions = memory_alloc(4 * capacity * sizeof *positions);
    if (positions == NULL) {
        return error_no_memory(error, 4 * capacity * sizeof *positions);
    }
    uint32_t *forms = positions + capacity;
    size_t kept = encoder->block_occurrences * sizeof *positions;
    if (kept > 0) {
        memcpy(positions, encoder->positions, kept);
        memcpy(forms, encoder->forms, kept);
    }
    memory_free(encoder->positions);
    encoder->positions = positions;
    encoder->forms = forms;
    encoder->scratch = forms + capacity;
    encoder->capacity = capacity;
    return STATUS_OK;
}

static void add_occurrences(struct postings_encoder *encoder, const uint32_t *positions,
                            const uint32_t *forms, uint32_t count)
{
    uint32_t *gaps = encoder->positions + encoder->block_occurrences;
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert(positions[i] >= before);
        gaps[i] = positions[i] - before;
        before = positions[i];
    }
    if (encoder->form_count > 1) {
        uint32_t *numbers = encoder->forms + encoder->block_occurrences;
        for (uint32_t i = 0; i < count; i++) { /* most are few: no call */
            numbers[i] = forms[i];
        }
    }
    encoder->block_occurrences += count;
}

enum status postings_encoder_add(struct postings_encoder *encoder, doc_id document, uint32_t length,
                                 const uint32_t *positions, const uint32_t *forms, uint32_t count,
                                 struct error *error)
{
    assert(count >= 1 && (forms != NULL || encoder->form_count == 1));
    assert(encoder->document_count == 0 || document > encoder->last_document);
    enum status status = STATUS_OK;
    if (encoder->block_size == POSTINGS_BLOCK) { /* there is more than one */
        status = append_block(encoder, error);
    }
    if (status == STATUS_OK && count > encoder->capacity - encoder->block_occurrences) {
        status = occurrences_grow(encoder, count, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t previous = encoder->block_size == 0 ? encoder->block_base : encoder->last_document + 1;
    encoder->documents[encoder->block_size] = document - previous;
    encoder->frequencies[encoder->block_size] = count - 1;
    encoder->block_size++;
    encoder->last_document = document;
    encoder->document_count++;
    encoder->occurrence_count += count;
    encoder->length_min = length < encoder->length_min ? length : encoder->length_min;
    encoder->frequency_max = count > encoder->frequency_max ? count : encoder->frequency_max;
    add_occurrences(encoder, positions, forms, count);
    return STATUS_OK;
}

uint32_t postings_encoder_count(const struct postings_encoder *encoder)
{
    return encoder->document_count;
}

/* ---- Lists ---- */

/* A list of one block. */
static enum status append_short(struct postings_encoder *encoder, struct buffer *out,
                                struct error *error)
{
    size_t room = room_for(encoder->block_size) + room_for(encoder->block_occurrences);
    enum status status = buffer_reserve(out, room, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct bit_writer writer = bit_writer_over(out->bytes + out->size);
    uint32_t last = encoder->last_document - (encoder->block_size - 1) + 1;
    unsigned last_bits = 31 - (unsigned)__builtin_clz(last);
    bit_writer_put(&writer, last_bits, SHORT_LAST_BITS);
    bit_writer_put(&writer, last ^ (uint32_t)1 << last_bits, last_bits);
    write_documents(encoder, &writer);
    if (encoder->block_size > 1 && encoder->block_occurrences > encoder->block_size) {
        write_frequencies(encoder, &writer);
    }
    write_occurrences(encoder, &writer);
    out->size = (size_t)(bit_writer_end(&writer) - out->bytes);
    return STATUS_OK;
}

static unsigned byte_length(uint32_t value)
{
    return value == 0 ? 1 : (39 - (unsigned)__builtin_clz(value)) / 8;
}

/* Each field takes the bytes that its last and thus greatest value takes. */
static enum status append_skips(const struct postings_encoder *encoder, struct buffer *out,
                                struct error *error)
{
    const struct skip *skips = (const struct skip *)(const void *)encoder->skips.bytes;
    size_t count = encoder->skips.size / sizeof *skips;
    enum status status =
        buffer_reserve(out, 1 + count * (sizeof skips->fields + SKIP_BOUNDS_SIZE), error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned sizes[SKIP_FIELDS];
    unsigned char *at = out->bytes + out->size;
    *at = 0;
    for (unsigned k = 0; k < SKIP_FIELDS; k++) {
        sizes[k] = byte_length(skips[count - 1].fields[k]);
        *at = (unsigned char)(*at | (sizes[k] - 1) << (2 * k));
    }
    at++;
    for (size_t i = 0; i < count; i++) {
        for (unsigned k = 0; k < SKIP_FIELDS; k++) {
            store_u32(at, skips[i].fields[k]); /* what is too much is written over */
            at += sizes[k];
        }
        memcpy(at, skips[i].bounds, SKIP_BOUNDS_SIZE);
        at += SKIP_BOUNDS_SIZE;
    }
    out->size = (size_t)(at - out->bytes);
    return STATUS_OK;
}

static enum status append_long(struct postings_encoder *encoder, struct buffer *out,
                               struct error *error)
{
    const struct buffer *documents = &encoder->documents_part;
    const struct buffer *positions = &encoder->positions_part;
    enum status status = append_block(encoder, error);
    if (status == STATUS_OK) {
        status = append_skips(encoder, out, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(out, documents->bytes, documents->size, error);
    }
    if (status == STATUS_OK) {
        status = buffer_append(out, positions->bytes, positions->size, error);
    }
    return status;
}

enum status postings_encoder_end(struct postings_encoder *encoder, struct buffer *out,
                                 struct postings_location *location, struct error *error)
{
    assert(encoder->document_count > 0);
    size_t before = out->size;
    bool is_short = encoder->document_count <= POSTINGS_BLOCK;
    enum status status =
        is_short ? append_short(encoder, out, error) : append_long(encoder, out, error);
    location->size = out->size - before;
    location->document_count = encoder->document_count;
    location->occurrence_count = encoder->occurrence_count;
    location->form_count = encoder->form_count;
    return status;
}
