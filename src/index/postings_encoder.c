#include "index/postings_encoder.h"

#include <assert.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/impact.h"
#include "index/pack.h"

enum { FREQUENCY_BOUND_MAX = 255 };

struct skip {
    uint32_t fields[SKIP_FIELDS];
    unsigned char bounds[SKIP_BOUNDS_SIZE];
};

struct postings_encoder {
    uint32_t form_count;
    uint32_t document_count; /* of the blocks written so far */
    uint64_t occurrence_count;
    struct impact_table impacts;
    doc_id block_base;           /* last document of the block before, plus 1 */
    struct postings_block block; /* not yet written */
    struct buffer skips;         /* struct skip, of the blocks written so far */
    struct buffer documents_part;
    struct buffer positions_part;
};

struct postings_encoder *postings_encoder_new(void)
{
    struct postings_encoder *encoder = memory_zalloc(1, sizeof *encoder);
    if (encoder == NULL) {
        return NULL;
    }
    impact_table_init(&encoder->impacts);
    postings_block_init(&encoder->block);
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
    postings_block_release(&encoder->block);
    buffer_release(&encoder->skips);
    buffer_release(&encoder->documents_part);
    buffer_release(&encoder->positions_part);
    memory_free(encoder);
}

static doc_id last_document(const struct postings_encoder *encoder)
{
    return encoder->block.documents[encoder->block.size - 1];
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
    encoder->block.size = encoder->block.occurrence_count = 0;
}

/* ---- Blocks ---- */

static void write_documents(const struct postings_encoder *encoder, struct bit_writer *writer)
{
    const struct postings_block *block = &encoder->block;
    uint32_t gaps[POSTINGS_BLOCK];
    doc_id next = encoder->block_base;
    for (uint32_t i = 0; i + 1 < block->size; i++) {
        assert(block->documents[i] >= next);
        gaps[i] = block->documents[i] - next;
        next = block->documents[i] + 1;
    }
    assert(last_document(encoder) >= next);
    set_write(writer, gaps, block->size - 1, last_document(encoder) - encoder->block_base);
}

static void write_frequencies(const struct postings_encoder *encoder, struct bit_writer *writer)
{
    const struct postings_block *block = &encoder->block;
    uint32_t more[POSTINGS_BLOCK];
    uint32_t scratch[2 * POSTINGS_BLOCK];
    for (uint32_t i = 0; i < block->size; i++) {
        assert(block->frequencies[i] > 0);
        more[i] = block->frequencies[i] - 1;
    }
    sparse_write(writer, more, block->size, scratch);
}

static void write_occurrences(const struct postings_encoder *encoder, struct bit_writer *writer)
{
    const struct postings_block *block = &encoder->block;
    run_write(writer, block->gaps, block->occurrence_count);
    if (encoder->form_count > 1) {
        sparse_write(writer, block->forms, block->occurrence_count, block->scratch);
    }
}

/* Bytes for the block's documents and frequencies, or for its positions and forms. */
static size_t room_for(size_t count)
{
    return PACK_ROOM(count) + PACK_ROOM(count);
}

/* The skip entry of the block, which has just been written. */
static struct skip skip_of(const struct postings_encoder *encoder)
{
    const struct postings_block *block = &encoder->block;
    uint8_t length_min = UINT8_MAX;
    uint32_t frequency_max = 0;
    for (uint32_t i = 0; i < block->size; i++) {
        length_min = block->length_codes[i] < length_min ? block->length_codes[i] : length_min;
        frequency_max =
            block->frequencies[i] > frequency_max ? block->frequencies[i] : frequency_max;
    }
    frequency_max = frequency_max > FREQUENCY_BOUND_MAX ? FREQUENCY_BOUND_MAX : frequency_max;
    return (struct skip){
        .fields = {[SKIP_LAST] = last_document(encoder),
                   [SKIP_DOCUMENTS_END] = (uint32_t)encoder->documents_part.size,
                   [SKIP_POSITIONS_END] = (uint32_t)encoder->positions_part.size},
        .bounds = {(unsigned char)frequency_max, length_min, impact_of(&encoder->impacts, block)},
    };
}

/* Writes the block as one of several. */
static enum status append_block(struct postings_encoder *encoder, struct error *error)
{
    struct postings_block *block = &encoder->block;
    struct buffer *documents = &encoder->documents_part;
    struct buffer *positions = &encoder->positions_part;
    enum status status = buffer_reserve(documents, room_for(block->size), error);
    if (status == STATUS_OK) {
        status = buffer_reserve(positions, room_for(block->occurrence_count), error);
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
    struct skip skip = skip_of(encoder);
    encoder->block_base = last_document(encoder) + 1;
    encoder->document_count += block->size;
    encoder->occurrence_count += block->occurrence_count;
    block->size = block->occurrence_count = 0;
    return buffer_append(&encoder->skips, &skip, sizeof skip, error);
}

/* Leaves the documents behind the first POSTINGS_BLOCK in the block, whose occurrences are from
 * number `count` on. */
static void move_rest(struct postings_encoder *encoder, uint32_t count)
{
    struct postings_block *block = &encoder->block;
    uint32_t rest = block->size - POSTINGS_BLOCK;
    uint32_t occurrences = block->occurrence_count - count;
    memcpy(block->documents, block->documents + POSTINGS_BLOCK, rest * sizeof(doc_id));
    memcpy(block->frequencies, block->frequencies + POSTINGS_BLOCK, rest * sizeof(uint32_t));
    memcpy(block->length_codes, block->length_codes + POSTINGS_BLOCK, rest);
    memmove(block->gaps, block->gaps + count, occurrences * sizeof(uint32_t));
    if (encoder->form_count > 1) {
        memmove(block->forms, block->forms + count, occurrences * sizeof(uint32_t));
    }
    block->size = rest;
    block->occurrence_count = occurrences;
}

struct postings_block *postings_encoder_block(struct postings_encoder *encoder)
{
    return &encoder->block;
}

enum status postings_encoder_settle(struct postings_encoder *encoder, struct error *error)
{
    struct postings_block *block = &encoder->block;
    assert(block->size <= POSTINGS_BLOCK_ROOM);
    if (block->size <= POSTINGS_BLOCK) { /* only when there is more than one is a block written */
        return STATUS_OK;
    }
    uint32_t all = block->occurrence_count;
    uint32_t size = block->size;
    block->occurrence_count = 0;
    for (uint32_t i = 0; i < POSTINGS_BLOCK; i++) {
        block->occurrence_count += block->frequencies[i];
    }
    uint32_t count = block->occurrence_count;
    block->size = POSTINGS_BLOCK;
    enum status status = append_block(encoder, error);
    block->size = size;
    block->occurrence_count = all;
    move_rest(encoder, count);
    return status;
}

uint32_t postings_encoder_count(const struct postings_encoder *encoder)
{
    return encoder->document_count + encoder->block.size;
}

/* ---- Lists ---- */

/* The last document of a list of one block with `count` documents. */
static void write_short_last(struct bit_writer *writer, doc_id document, uint32_t count)
{
    uint32_t last = document - (count - 1) + 1;
    unsigned last_bits = 31 - (unsigned)__builtin_clz(last);
    bit_writer_put(writer, last_bits, SHORT_LAST_BITS);
    bit_writer_put(writer, last ^ (uint32_t)1 << last_bits, last_bits);
}

/* A list of one block. */
static enum status append_short(struct postings_encoder *encoder, struct buffer *out,
                                struct error *error)
{
    size_t room = room_for(encoder->block.size) + room_for(encoder->block.occurrence_count);
    enum status status = buffer_reserve(out, room, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct bit_writer writer = bit_writer_over(out->bytes + out->size);
    write_short_last(&writer, last_document(encoder), encoder->block.size);
    write_documents(encoder, &writer);
    if (encoder->block.size > 1 && encoder->block.occurrence_count > encoder->block.size) {
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
    assert(encoder->block.size > 0);
    size_t before = out->size;
    bool is_short = encoder->document_count == 0;
    enum status status =
        is_short ? append_short(encoder, out, error) : append_long(encoder, out, error);
    location->size = out->size - before;
    location->document_count = encoder->document_count + encoder->block.size;
    location->occurrence_count = encoder->occurrence_count + encoder->block.occurrence_count;
    location->form_count = encoder->form_count;
    return status;
}
