#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "index/builder.h"
#include "index/merge.h"
#include "scratch.h"

enum { DOCUMENTS = 60, TEXT_MAX = 300 * 1024 };

/* Document k of a corpus: its text is a function of k, of 10 bytes to more than a frame. */
static size_t make_text(uint32_t k, char *text)
{
    static const size_t sizes[] = {10, 3000, 40000, 500, 0, 131072, 2500, 70000, 290000, 1};
    size_t size = sizes[k % (sizeof sizes / sizeof sizes[0])];
    uint64_t random = k + 1;
    for (size_t i = 0; i < size; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        text[i] = (char)(random >> 62 == 0 ? 0x80 + (random >> 56 & 31) : 'a' + (random >> 60));
    }
    return size;
}

/* The symbols that texts are stored in: three letters, and one or none between two of them. */
enum { LETTERS = 8, WORD_SIZE = 3, SYMBOLS = LETTERS * LETTERS * LETTERS + LETTERS + 1 };

static struct {
    struct buffer table;
    struct symbols symbols;
    struct symbol_index *index;
} shared;

static void make_symbols(void)
{
    static char letters[SYMBOLS][WORD_SIZE];
    struct symbol_count counts[SYMBOLS];
    for (size_t i = 0; i < SYMBOLS; i++) {
        size_t gap = i < SYMBOLS - LETTERS - 1 ? 0 : SYMBOLS - i;
        for (size_t k = 0, rest = i; k < WORD_SIZE; k++, rest /= LETTERS) {
            letters[i][k] = (char)('a' + rest % LETTERS);
        }
        counts[i] = (struct symbol_count){letters[i],
                                          gap == 1  ? 0
                                          : gap > 1 ? 1
                                                    : WORD_SIZE,
                                          gap > 0 ? SYMBOL_GAP : SYMBOL_WORD, 2};
    }
    buffer_init(&shared.table, 1 << 20);
    assert_int_equal(symbols_write(counts, SYMBOLS, &shared.table, NULL), STATUS_OK);
    assert_int_equal(symbols_open(&shared.symbols, shared.table.bytes, shared.table.size, NULL),
                     STATUS_OK);
    assert_int_equal(symbol_index_new(&shared.symbols, &shared.index, NULL), STATUS_OK);
}

/* Three letters out of four; some are symbols, some stand across a title's end. */
static size_t make_words(const char *bytes, size_t size, struct dense_word *words)
{
    size_t count = 0;
    for (size_t at = 0; at + WORD_SIZE <= size; at += WORD_SIZE + 1 - count % 2) {
        uint32_t rank = 0;
        bool known = symbol_index_find(shared.index, bytes + at, WORD_SIZE, SYMBOL_WORD, &rank);
        words[count++] = (struct dense_word){.start = (uint32_t)at,
                                             .end = (uint32_t)at + WORD_SIZE,
                                             .code = known ? dense_code(rank) : DENSE_SPELLED};
    }
    return count;
}

/* Where the title of document k begins and ends in its text: nowhere, behind its first letters, or
 * all through it. */
static uint32_t make_title(uint32_t k, size_t size, uint32_t *start)
{
    size_t end = k % 4 == 3 ? size : 7 * (k % 4) * (k % 4);
    end = end < size ? end : size;
    *start = end > 2 ? k % 3 : 0;
    return (uint32_t)end;
}

static void make_id(uint32_t k, char id[16])
{
    (void)snprintf(id, 16, "id%u", k);
}

struct part {
    struct segment *segment;
    struct store_seal seal;
    uint32_t list[4 * DOCUMENTS];
    uint32_t count;
    doc_id deleted[DOCUMENTS];
    uint32_t deleted_count;
};

static char text[TEXT_MAX];
static struct dense_word words[TEXT_MAX / WORD_SIZE + 1];

static void part_build(struct part *part, const char *path, uint32_t from, uint32_t count)
{
    struct builder_options options = {
        .symbols = shared.index, .compression_level = 1, .memory_max = (size_t)64 << 20};
    struct builder *builder = NULL;
    struct segment_counts counts;
    memset(part, 0, sizeof *part);
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    uint32_t number = 0;
    assert_int_equal(builder_source(builder, "s", 1, &number, NULL), STATUS_OK);
    assert_int_equal(builder_input(builder, "i", 1, &number, NULL), STATUS_OK);
    for (uint32_t k = from; k < from + count; k++) {
        char id[16];
        make_id(k, id);
        struct stored_document stored = {.id = id,
                                         .id_size = strlen(id),
                                         .source = "s",
                                         .source_size = 1,
                                         .text = text,
                                         .text_size = make_text(k, text)};
        stored.title_end = make_title(k, stored.text_size, &stored.title_start);
        struct builder_document document = {.stored = &stored, .words = words};
        document.word_count = k % 5 == 4 ? 0 : make_words(text, stored.text_size, words);
        document.columns[COLUMN_LENGTH] = 1;
        document.columns[COLUMN_DIGEST] = k;
        assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
        part->list[part->count++] = k;
    }
    assert_int_equal(builder_finish(builder, 1, &counts, &part->seal, NULL), STATUS_OK);
    builder_free(builder);
    assert_int_equal(segment_open(path, &part->seal, &shared.symbols, &part->segment, NULL),
                     STATUS_OK);
}

static void part_close(struct part *part)
{
    segment_close(part->segment);
    store_seal_release(&part->seal);
}

static void check_stored(uint32_t k, const struct buffer *bytes, bool whole)
{
    struct stored_document stored;
    char id[16];
    make_id(k, id);
    size_t size = make_text(k, text);
    uint32_t title_start = 0;
    uint32_t title_end = make_title(k, size, &title_start);
    assert_int_equal(stored_document_read(bytes->bytes, bytes->size, &stored, NULL), STATUS_OK);
    assert_true(bytes_equal(stored.id, stored.id_size, id, strlen(id)));
    assert_true(bytes_equal(stored.text, stored.text_size, text, whole ? size : title_end));
    assert_int_equal(stored.title_start, title_start);
    assert_int_equal(stored.title_end, title_end);
}

static void check_document(const struct part *part, doc_id document, struct buffer *bytes)
{
    uint32_t k = part->list[document];
    assert_int_equal(segment_document_head(part->segment, document, bytes, NULL), STATUS_OK);
    check_stored(k, bytes, false);
    assert_int_equal(segment_document(part->segment, document, bytes, NULL), STATUS_OK);
    check_stored(k, bytes, true);
    uint64_t digest = 0;
    assert_int_equal(segment_column(part->segment, COLUMN_DIGEST, document, &digest, NULL),
                     STATUS_OK);
    assert_int_equal(digest, k);
}

/* In order, backwards, and by leaps, so that the frame at hand is and is not the right one. */
static void check_documents(const struct part *part)
{
    struct buffer bytes;
    buffer_init(&bytes, (size_t)1 << 30);
    assert_int_equal(segment_counts(part->segment)->documents, part->count);
    for (doc_id i = 0; i < part->count; i++) {
        check_document(part, i, &bytes);
    }
    for (doc_id i = part->count; i-- > 0;) {
        check_document(part, i, &bytes);
    }
    for (doc_id i = 0; i < part->count; i++) {
        check_document(part, i * 17 % part->count, &bytes);
    }
    buffer_release(&bytes);
}

/* Frames follow each other without a gap, and none is much too small but where a part ends. */
static uint32_t count_frames(const struct part *part, enum document_part which)
{
    uint32_t frames = 0;
    for (doc_id next = 0; next < part->count; frames++) {
        struct document_frame frame;
        assert_int_equal(
            document_reader_frame(segment_documents(part->segment), which, next, &frame, NULL),
            STATUS_OK);
        assert_int_equal(frame.first, next);
        next += frame.count;
    }
    return frames;
}

static void merge_parts(struct part *out, const char *path, struct part *parts, size_t count)
{
    struct merge_input inputs[3];
    struct segment_counts counts;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        inputs[i] = (struct merge_input){.segment = parts[i].segment,
                                         .deleted = parts[i].deleted,
                                         .deleted_count = parts[i].deleted_count};
        for (uint32_t k = 0, deleted = 0; k < parts[i].count; k++) {
            if (deleted < parts[i].deleted_count && parts[i].deleted[deleted] == k) {
                deleted++;
            } else {
                out->list[out->count++] = parts[i].list[k];
            }
        }
    }
    assert_int_equal(merge_segments(path, inputs, count, &(struct merge_options){.threads = 2},
                                    &counts, &out->seal, NULL),
                     STATUS_OK);
    assert_int_equal(segment_open(path, &out->seal, &shared.symbols, &out->segment, NULL),
                     STATUS_OK);
}

static struct part parts[3];
static struct part merged;

static void documents_of_any_size_come_back(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "one");
    for (uint32_t count = 1; count <= DOCUMENTS; count += 1 + count / 2) {
        part_build(&parts[0], path, count, count);
        check_documents(&parts[0]);
        assert_true(count < 20 || count_frames(&parts[0], DOCUMENT_HEAD) > 3);
        assert_true(count < 20 || count_frames(&parts[0], DOCUMENT_BODY) > 3);
        part_close(&parts[0]);
    }
    memory_free(path);
}

/* One in `one_in` is deleted, from `from` on; 0: none, 1: all. */
static void check_merge(const struct scratch *scratch, uint32_t from, uint32_t one_in)
{
    uint32_t frames[DOCUMENT_PARTS] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        char name[] = "part0";
        name[4] = (char)('0' + i);
        char *path = scratch_path(scratch, name);
        part_build(&parts[i], path, i * DOCUMENTS, DOCUMENTS - i);
        for (uint32_t k = from; one_in > 0 && k < parts[i].count; k += one_in) {
            parts[i].deleted[parts[i].deleted_count++] = k;
        }
        for (int k = 0; k < DOCUMENT_PARTS; k++) {
            frames[k] += count_frames(&parts[i], (enum document_part)k);
        }
        memory_free(path);
    }
    char *path = scratch_path(scratch, "merged");
    merge_parts(&merged, path, parts, 3);
    if (merged.count > 0) {
        check_documents(&merged);
    }
    for (int k = 0; k < DOCUMENT_PARTS; k++) {
        uint32_t count = count_frames(&merged, (enum document_part)k);
        assert_true(one_in == 0 ? count == frames[k] : count <= frames[k] + 3);
    }
    part_close(&merged);
    for (size_t i = 0; i < 3; i++) {
        part_close(&parts[i]);
    }
    memory_free(path);
}

static void merging_keeps_what_is_not_deleted(void **state)
{
    check_merge(*state, 0, 0);
    check_merge(*state, 0, 1);
    check_merge(*state, 0, 2);
    check_merge(*state, 3, 7);
    check_merge(*state, 50, 20);
    check_merge(*state, 8, 10); /* all the greatest */
    check_merge(*state, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_of_any_size_come_back),
        cmocka_unit_test(merging_keeps_what_is_not_deleted),
    };
    make_symbols();
    int failed = cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
    symbol_index_free(shared.index);
    buffer_release(&shared.table);
    return failed;
}
