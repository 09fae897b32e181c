#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "index/impact.h"
#include "index/postings_encoder.h"
#include "random.h"
#include "scratch.h"

/* A posting list as plain arrays. */
struct model {
    uint32_t form_count;
    uint32_t document_count;
    doc_id *documents;
    uint32_t *lengths;
    uint32_t *frequencies;
    uint32_t *starts; /* of each document's occurrences */
    uint32_t *positions;
    uint32_t *forms;
    uint32_t occurrence_count;
};

struct shape {
    uint32_t documents;
    unsigned gap_bits;
    unsigned frequency_bits;
    unsigned position_bits;
    uint32_t forms;
};

/* Appends the documents of `more` to the list. */
static enum status add_block(struct postings_encoder *encoder, const struct postings_block *more,
                             struct error *error)
{
    struct postings_block *block = postings_encoder_block(encoder);
    size_t occurrences = more->occurrence_count;
    enum status status =
        postings_block_reserve(block, block->occurrence_count + occurrences, error);
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(block->documents + block->size, more->documents, more->size * sizeof(doc_id));
    memcpy(block->frequencies + block->size, more->frequencies, more->size * sizeof(uint32_t));
    memcpy(block->length_codes + block->size, more->length_codes, more->size);
    memcpy(block->gaps + block->occurrence_count, more->gaps, occurrences * sizeof(uint32_t));
    memcpy(block->forms + block->occurrence_count, more->forms, occurrences * sizeof(uint32_t));
    block->size += more->size;
    block->occurrence_count += more->occurrence_count;
    return postings_encoder_settle(encoder, error);
}

static void *array(size_t count)
{
    void *made = memory_zalloc(count + 1, sizeof(uint32_t));
    assert_non_null(made);
    return made;
}

static void model_make(struct model *model, const struct shape *shape, uint64_t *random)
{
    uint32_t count = shape->documents;
    *model = (struct model){.form_count = shape->forms, .document_count = count};
    model->documents = array(count);
    model->lengths = array(count);
    model->frequencies = array(count);
    model->starts = array(count);
    uint64_t document = 0;
    for (uint32_t i = 0; i < count; i++) {
        document += (i > 0) + (uint64_t)random_sized(random, shape->gap_bits);
        assert_true(document < DOC_ID_END);
        model->documents[i] = (doc_id)document;
        model->lengths[i] = 1 + random_sized(random, 20);
        model->frequencies[i] = 1 + random_sized(random, shape->frequency_bits);
        model->starts[i] = model->occurrence_count;
        model->occurrence_count += model->frequencies[i];
    }
    model->positions = array(model->occurrence_count);
    model->forms = array(model->occurrence_count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t position = 0;
        for (uint32_t k = 0; k < model->frequencies[i]; k++) {
            uint32_t gap = random_sized(random, shape->position_bits);
            position += position + gap > UINT32_MAX ? 0 : gap;
            model->positions[model->starts[i] + k] = (uint32_t)position;
            uint32_t form = random_below(random, 4) != 0 ? 0 : random_below(random, shape->forms);
            model->forms[model->starts[i] + k] = form;
        }
    }
}

static void model_release(struct model *model)
{
    memory_free(model->documents);
    memory_free(model->lengths);
    memory_free(model->frequencies);
    memory_free(model->starts);
    memory_free(model->positions);
    memory_free(model->forms);
}

static void add_document(struct postings_block *block, doc_id document, uint32_t length,
                         const uint32_t *positions, const uint32_t *forms, uint32_t count)
{
    uint32_t at = block->occurrence_count;
    assert_int_equal(postings_block_reserve(block, at + count, NULL), STATUS_OK);
    block->documents[block->size] = document;
    block->length_codes[block->size] = length_code(length);
    block->frequencies[block->size++] = count;
    for (uint32_t i = 0; i < count; i++) {
        block->gaps[at + i] = positions[i] - (i == 0 ? 0 : positions[i - 1]);
        block->forms[at + i] = forms[i];
    }
    block->occurrence_count += count;
}

/* In pieces of any size: blocks of the list and of what is added need not be the same. */
static void encode(const struct model *model, struct postings_encoder *encoder, struct buffer *out,
                   struct postings_location *location, uint64_t *random)
{
    struct postings_block block;
    postings_block_init(&block);
    postings_encoder_begin(encoder, model->form_count);
    for (uint32_t i = 0; i < model->document_count; i++) {
        uint32_t start = model->starts[i];
        add_document(&block, model->documents[i], model->lengths[i], model->positions + start,
                     model->forms + start, model->frequencies[i]);
        bool full = block.size == 1 + random_below(random, POSTINGS_BLOCK);
        if (full || block.size == POSTINGS_BLOCK || i + 1 == model->document_count) {
            assert_int_equal(add_block(encoder, &block, NULL), STATUS_OK);
            assert_int_equal(postings_encoder_count(encoder), i + 1);
            block.size = block.occurrence_count = 0;
        }
    }
    postings_block_release(&block);
    location->offset = out->size;
    assert_int_equal(postings_encoder_end(encoder, out, location, NULL), STATUS_OK);
    assert_int_equal(location->size, out->size - location->offset);
    assert_int_equal(location->document_count, model->document_count);
    assert_int_equal(location->occurrence_count, model->occurrence_count);
    assert_int_equal(location->form_count, model->form_count);
}

static void check_document(struct postings_reader *reader, const struct model *model, uint32_t i,
                           bool with_forms)
{
    const uint32_t *positions = NULL;
    const uint32_t *forms = NULL;
    uint32_t count = 0;
    assert_int_equal(reader->document, model->documents[i]);
    assert_int_equal(
        postings_reader_positions(reader, &positions, with_forms ? &forms : NULL, &count, NULL),
        STATUS_OK);
    assert_int_equal(count, model->frequencies[i]);
    assert_memory_equal(positions, model->positions + model->starts[i], count * sizeof *positions);
    if (with_forms && model->form_count > 1) {
        assert_memory_equal(forms, model->forms + model->starts[i], count * sizeof *forms);
    }
    for (uint32_t k = 0; with_forms && model->form_count == 1 && k < count; k++) {
        assert_int_equal(forms[k], 0);
    }
}

static double impact(const struct model *model, uint32_t i)
{
    return model->frequencies[i] / ((double)IMPACT_PAD + model->lengths[i]);
}

static void check_bound(const struct postings_reader *reader, const struct model *model,
                        doc_id target)
{
    struct postings_bound bound;
    postings_reader_bound(reader, target, &bound);
    uint32_t i = 0;
    while (i < model->document_count && model->documents[i] < target) {
        i++;
    }
    if (bound.last_document == DOC_ID_END) {
        assert_int_equal(i, model->document_count);
        return;
    }
    assert_true(model->document_count <= POSTINGS_BLOCK || i < model->document_count);
    assert_true(bound.last_document >= target);
    for (; i < model->document_count && model->documents[i] <= bound.last_document; i++) {
        assert_true(bound.frequency_max == 255 || model->frequencies[i] <= bound.frequency_max);
        assert_true(bound.length_min <= model->lengths[i]);
        assert_true(impact(model, i) <= impact_max(bound.impact));
    }
}

/* Moves past documents that hold the term seldom; returns where the reader then stands. */
static uint32_t check_rare(struct postings_reader *reader, const struct model *model, uint32_t at,
                           uint32_t least)
{
    uint32_t frequency = 0;
    uint32_t last = at / POSTINGS_BLOCK * POSTINGS_BLOCK + POSTINGS_BLOCK - 1;
    last = last < model->document_count ? last : model->document_count - 1;
    assert_int_equal(postings_reader_frequency(reader, &frequency, NULL), STATUS_OK);
    bool found = postings_reader_skip_rare(reader, least);
    while (at < last && model->frequencies[at] < least) {
        at++;
    }
    assert_int_equal(found, model->frequencies[at] >= least);
    assert_int_equal(reader->document, model->documents[at]);
    return at;
}

/* Blocks in any order. */
static void check_ranking(const struct store *store, const struct postings_location *location,
                          const struct model *model, uint64_t *random)
{
    struct postings_reader reader;
    assert_int_equal(postings_reader_open(&reader, store, location, NULL), STATUS_OK);
    uint32_t blocks = postings_reader_blocks(&reader);
    assert_int_equal(blocks, (model->document_count + POSTINGS_BLOCK - 1) / POSTINGS_BLOCK);
    for (uint32_t i = 0; i < 2 * blocks; i++) {
        uint32_t block = i < blocks ? random_below(random, blocks) : i - blocks;
        struct postings_bound bound;
        struct postings_ranking ranking;
        postings_reader_block_bound(&reader, block, &bound);
        assert_int_equal(postings_reader_rank(&reader, block, &ranking, NULL), STATUS_OK);
        uint32_t from = block * POSTINGS_BLOCK;
        assert_int_equal(ranking.count,
                         block + 1 < blocks ? POSTINGS_BLOCK : model->document_count - from);
        assert_memory_equal(ranking.documents, model->documents + from,
                            ranking.count * sizeof *ranking.documents);
        assert_memory_equal(ranking.frequencies, model->frequencies + from,
                            ranking.count * sizeof *ranking.frequencies);
        assert_true(bound.last_document >= ranking.documents[ranking.count - 1]);
        for (uint32_t k = 0; k < ranking.count; k++) {
            assert_true(bound.frequency_max == POSTINGS_FREQUENCY_UNKNOWN ||
                        ranking.frequencies[k] <= bound.frequency_max);
            assert_true(bound.length_min <= model->lengths[from + k]);
            assert_true(impact(model, from + k) <= impact_max(bound.impact));
        }
    }
    postings_reader_close(&reader);
}

/* Walks the list with steps of several kinds, chosen at random. */
static void check_walk(const struct store *store, const struct postings_location *location,
                       const struct model *model, uint32_t stride, uint64_t *random)
{
    struct postings_reader reader;
    assert_int_equal(postings_reader_open(&reader, store, location, NULL), STATUS_OK);
    uint32_t at = 0; /* the next document in the model */
    while (reader.block == UINT32_MAX || reader.document != DOC_ID_END) {
        uint32_t skip = stride == 0 ? 0 : random_below(random, stride);
        if (skip == 0) {
            assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
        } else {
            uint32_t to =
                at + skip - 1 < model->document_count ? at + skip - 1 : model->document_count - 1;
            doc_id target = model->documents[to];
            target -= target > 0 && random_below(random, 2) == 0;
            target += at + skip > model->document_count + 3;
            at = at > 0 && model->documents[at - 1] >= target ? at - 1 : at;
            while (at < model->document_count && model->documents[at] < target) {
                at++;
            }
            bool behind = reader.block != UINT32_MAX && reader.document > target;
            check_bound(&reader, model, behind ? reader.document : target);
            assert_int_equal(postings_reader_advance(&reader, target, NULL), STATUS_OK);
        }
        if (at >= model->document_count) {
            assert_int_equal(reader.document, DOC_ID_END);
            break;
        }
        uint32_t frequency = 0;
        assert_int_equal(reader.document, model->documents[at]);
        switch (random_below(random, 4)) {
        case 0:
            check_document(&reader, model, at, true);
            break;
        case 1:
            check_document(&reader, model, at, false);
            break;
        case 2:
            assert_int_equal(postings_reader_frequency(&reader, &frequency, NULL), STATUS_OK);
            assert_int_equal(frequency, model->frequencies[at]);
            break;
        default:
            break;
        }
        if (random_below(random, 8) == 0) {
            at = check_rare(&reader, model, at, 1 + random_below(random, 4));
        }
        at++;
    }
    assert_int_equal(postings_reader_next(&reader, NULL), STATUS_OK);
    assert_int_equal(reader.document, DOC_ID_END);
    assert_int_equal(postings_reader_advance(&reader, 7, NULL), STATUS_OK);
    assert_int_equal(reader.document, DOC_ID_END);
    check_bound(&reader, model, DOC_ID_END - 1);
    postings_reader_close(&reader);
}

static void check_blocks(const struct store *store, const struct postings_location *location,
                         const struct model *model)
{
    struct postings_reader reader;
    struct postings_block block;
    postings_block_init(&block);
    assert_int_equal(postings_reader_open(&reader, store, location, NULL), STATUS_OK);
    uint32_t at = 0;
    for (;;) {
        assert_int_equal(postings_reader_block(&reader, &block, NULL), STATUS_OK);
        if (block.size == 0) {
            break;
        }
        uint32_t count = 0;
        assert_memory_equal(block.documents, model->documents + at, block.size * sizeof(doc_id));
        for (uint32_t i = 0; i < block.size; i++, at++) {
            uint32_t position = 0;
            assert_int_equal(block.frequencies[i], model->frequencies[at]);
            for (uint32_t k = 0; k < block.frequencies[i]; k++, count++) {
                position += block.gaps[count];
                assert_int_equal(position, model->positions[model->starts[at] + k]);
                assert_true(model->form_count == 1 ||
                            block.forms[count] == model->forms[model->starts[at] + k]);
            }
        }
        assert_int_equal(block.occurrence_count, count);
    }
    assert_int_equal(at, model->document_count);
    assert_int_equal(reader.document, DOC_ID_END);
    assert_int_equal(postings_reader_block(&reader, &block, NULL), STATUS_OK);
    assert_int_equal(block.size, 0);
    postings_reader_close(&reader);
    postings_block_release(&block);
}

/* Lets the documents of `block` from number `from` on follow one that is number 0. */
static void move_behind(struct postings_block *block, uint32_t from)
{
    for (uint32_t i = from; i < block->size; i++) {
        block->documents[i]++;
        block->length_codes[i] = (uint8_t)(block->documents[i] % 200);
    }
}

/* Blocks read into the one that is encoded make what blocks that are copied make. */
static void check_joined(const struct store *store, const struct postings_location *location)
{
    struct postings_encoder *encoder = postings_encoder_new();
    static const uint32_t zero = 0;
    struct buffer lists[2];
    for (int in_place = 0; in_place < 2; in_place++) {
        struct postings_reader reader;
        struct postings_location made = {0};
        struct postings_block own;
        postings_block_init(&own);
        buffer_init(&lists[in_place], SIZE_MAX / 2);
        add_document(&own, 0, 1, &zero, &zero, 1);
        postings_encoder_begin(encoder, location->form_count);
        assert_int_equal(add_block(encoder, &own, NULL), STATUS_OK);
        assert_int_equal(postings_reader_open(&reader, store, location, NULL), STATUS_OK);
        struct postings_block *block = in_place ? postings_encoder_block(encoder) : &own;
        for (bool more = true; more;) {
            block->size = in_place ? block->size : 0;
            block->occurrence_count = in_place ? block->occurrence_count : 0;
            uint32_t from = block->size;
            assert_int_equal(postings_reader_append(&reader, block, NULL), STATUS_OK);
            more = block->size > from;
            move_behind(block, from);
            enum status status =
                in_place ? postings_encoder_settle(encoder, NULL) : add_block(encoder, block, NULL);
            assert_int_equal(status, STATUS_OK);
        }
        assert_int_equal(postings_encoder_count(encoder), location->document_count + 1);
        assert_int_equal(postings_encoder_end(encoder, &lists[in_place], &made, NULL), STATUS_OK);
        assert_int_equal(made.document_count, location->document_count + 1);
        assert_int_equal(made.occurrence_count, location->occurrence_count + 1);
        postings_reader_close(&reader);
        postings_block_release(&own);
    }
    assert_int_equal(lists[0].size, lists[1].size);
    assert_memory_equal(lists[0].bytes, lists[1].bytes, lists[0].size);
    buffer_release(&lists[0]);
    buffer_release(&lists[1]);
    postings_encoder_free(encoder);
}

static const struct shape shapes[] = {
    {1, 0, 0, 0, 1},      {1, 31, 0, 32, 1},    {1, 5, 12, 8, 9},      {2, 3, 3, 6, 2},
    {127, 4, 3, 8, 3},    {128, 4, 3, 8, 3},    {129, 4, 3, 8, 3},     {129, 24, 2, 0, 1},
    {256, 0, 0, 12, 1},   {257, 0, 5, 3, 40},   {1000, 10, 4, 9, 5},   {3000, 1, 3, 9, 2},
    {5000, 18, 1, 20, 1}, {300, 6, 10, 4, 300}, {130, 2, 13, 3, 1000},
};

static void lists_come_back(void **state)
{
    const struct scratch *scratch = *state;
    uint64_t random = 1;
    enum { SHAPES = sizeof shapes / sizeof shapes[0] };
    struct model models[SHAPES];
    struct postings_location locations[SHAPES] = {{0}};
    struct buffer chunk;
    buffer_init(&chunk, STORE_VALUE_SIZE_MAX);
    struct postings_encoder *encoder = postings_encoder_new();
    assert_non_null(encoder);
    for (size_t i = 0; i < SHAPES; i++) {
        model_make(&models[i], &shapes[i], &random);
        encode(&models[i], encoder, &chunk, &locations[i], &random);
        locations[i].chunk = 7;
    }
    postings_encoder_free(encoder);
    char *path = scratch_path(scratch, "lists");
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct store *store = NULL;
    unsigned char key[4];
    store_u32_be(key, 7);
    assert_int_equal(store_writer_open(path, STORE_KEPT, &writer, NULL), STATUS_OK);
    assert_int_equal(
        store_writer_put(writer, STORE_POSTINGS, key, sizeof key, chunk.bytes, chunk.size, NULL),
        STATUS_OK);
    assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    for (size_t i = 0; i < SHAPES; i++) {
        check_blocks(store, &locations[i], &models[i]);
        check_joined(store, &locations[i]);
        check_ranking(store, &locations[i], &models[i], &random);
        static const uint32_t strides[] = {0, 3, 40, 300, 2000};
        for (size_t k = 0; k < sizeof strides / sizeof strides[0]; k++) {
            check_walk(store, &locations[i], &models[i], strides[k], &random);
        }
    }
    struct postings_reader reader;
    struct postings_location wrong = locations[0];
    wrong.chunk = 8;
    assert_int_equal(postings_reader_open(&reader, store, &wrong, NULL), STATUS_FORMAT);
    wrong = locations[0];
    wrong.offset = chunk.size;
    assert_int_equal(postings_reader_open(&reader, store, &wrong, NULL), STATUS_FORMAT);
    wrong.offset = UINT64_MAX;
    assert_int_equal(postings_reader_open(&reader, store, &wrong, NULL), STATUS_FORMAT);
    store_close(store);
    store_seal_release(&seal);
    for (size_t i = 0; i < SHAPES; i++) {
        model_release(&models[i]);
    }
    buffer_release(&chunk);
    memory_free(path);
}

static void length_codes_are_floors(void **state)
{
    (void)state;
    uint64_t random = 5;
    uint8_t before = 0;
    for (uint32_t length = 0; length < 100000; length++) {
        uint8_t code = length_code(length);
        assert_true(code >= before && code <= before + 1);
        assert_true(length_floor(code) <= length);
        assert_true(length_floor((uint8_t)(code + 1)) > length);
        before = code;
    }
    for (int i = 0; i < 100000; i++) {
        uint32_t length = random_sized(&random, 32);
        uint8_t code = length_code(length);
        assert_true(length_floor(code) <= length);
        assert_true(code == 239 || length_floor((uint8_t)(code + 1)) > length);
    }
    assert_int_equal(length_code(UINT32_MAX), 239);
}

/* A code is the least that is no less than the greatest impact, as far as codes go; what is left of
 * it by rounding logarithms is a part of its step. */
static void impact_codes_are_ceilings(void **state)
{
    (void)state;
    static const double step = 1.0443; /* 2^(1/16) */
    static const double rounding = 1.006;
    struct impact_table table;
    struct postings_block block = {.size = 1};
    impact_table_init(&table);
    for (uint32_t length = 0; length < 5000; length++) {
        for (uint32_t frequency = 1; frequency < 300; frequency++) {
            block.frequencies[0] = frequency;
            block.length_codes[0] = length_code(length);
            uint8_t code = impact_of(&table, &block);
            double floor = length_floor(block.length_codes[0]);
            double greatest = frequency / (IMPACT_PAD + floor);
            assert_true(greatest <= impact_max(code));
            assert_int_equal(code == IMPACT_UNKNOWN, frequency >= 255);
            assert_true(code == 0 || code == IMPACT_UNKNOWN ||
                        impact_max(code) < greatest * step * rounding);
        }
    }
    block.size = 3; /* the second has the greatest */
    for (uint32_t i = 0; i < 3; i++) {
        block.frequencies[i] = i == 2 ? 4 : 3;
        block.length_codes[i] = length_code(i == 1 ? 20 : 400);
    }
    struct postings_block second = {
        .size = 1, .frequencies = {3}, .length_codes = {length_code(20)}};
    assert_int_equal(impact_of(&table, &block), impact_of(&table, &second));
    block.length_codes[0] = length_code(UINT32_MAX);
    block.size = 1;
    assert_int_equal(impact_of(&table, &block), 0);
    for (int code = 0; code < (int)IMPACT_UNKNOWN; code++) {
        assert_true(impact_max((uint8_t)code) < impact_max((uint8_t)(code + 1)));
    }
}

/* The documents 0 to 128, each of 20 tokens with the term at position 0. */
static void check_two_blocks(const struct buffer *list)
{
    static const unsigned char head[] = {0x00, /* fields of one byte */
                                         0x7f, 0x11, 0x11, 0x01, 0x12, 0x62,  /* block 0 */
                                         0x80, 0x12, 0x12, 0x01, 0x12, 0x62}; /* block 1 */
    unsigned char parts[36];
    memset(parts, 0xff, sizeof parts);
    parts[15] = 0x7f; /* 127 ones, then 0 of 128 documents have more */
    parts[16] = 0x00;
    parts[17] = 0x00; /* 0 of 1 */
    parts[18] = 0xe0; /* k = 0 and 128 ones */
    parts[34] = 0x1f;
    parts[35] = 0x20;
    assert_int_equal(list->size, sizeof head + sizeof parts);
    assert_memory_equal(list->bytes, head, sizeof head);
    assert_memory_equal(list->bytes + sizeof head, parts, sizeof parts);
}

/* The worked examples of docs/FORMAT.md, "Posting list". */
static void example_is_as_documented(void **state)
{
    (void)state;
    static const uint32_t first[] = {4, 9};
    static const uint32_t second[] = {300};
    static const uint32_t first_forms[] = {0, 1};
    static const uint32_t second_forms[] = {0};
    static const unsigned char list[] = {0x22, 0x16, 0x34, 0x44, 0xc1, 0x0e, 0x13, 0x04};
    struct postings_encoder *encoder = postings_encoder_new();
    struct postings_location location = {0};
    struct buffer out;
    buffer_init(&out, 1000);
    struct postings_block block;
    postings_block_init(&block);
    add_document(&block, 2, 20, first, first_forms, 2);
    add_document(&block, 5, 400, second, second_forms, 1);
    postings_encoder_begin(encoder, 2);
    assert_int_equal(add_block(encoder, &block, NULL), STATUS_OK);
    assert_int_equal(postings_encoder_end(encoder, &out, &location, NULL), STATUS_OK);
    assert_int_equal(out.size, sizeof list);
    assert_memory_equal(out.bytes, list, sizeof list);
    buffer_clear(&out);
    postings_encoder_begin(encoder, 1);
    for (doc_id document = 0; document <= POSTINGS_BLOCK; document++) {
        block.size = block.occurrence_count = 0;
        add_document(&block, document, 20, second_forms, second_forms, 1);
        assert_int_equal(add_block(encoder, &block, NULL), STATUS_OK);
    }
    postings_block_release(&block);
    assert_int_equal(postings_encoder_end(encoder, &out, &location, NULL), STATUS_OK);
    check_two_blocks(&out);
    buffer_release(&out);
    postings_encoder_free(encoder);
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_come_back),
        cmocka_unit_test(length_codes_are_floors),
        cmocka_unit_test(impact_codes_are_ceilings),
        cmocka_unit_test(example_is_as_documented),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
