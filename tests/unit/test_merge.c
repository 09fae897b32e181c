#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "sample.h"
#include "scratch.h"

enum { SEGMENTS_MAX = 6, ARTICLES_MAX = 600 };

/* A segment in a file, open, with the articles it holds. */
struct part {
    uint32_t list[ARTICLES_MAX];
    size_t count;
    doc_id deleted[ARTICLES_MAX];
    uint32_t deleted_count;
    enum store_fate fate;
    struct store_seal seal;
    struct segment *segment;
};

static void part_open(struct part *part, const char *path)
{
    assert_int_equal(sample_open(path, &part->seal, &part->segment, NULL), STATUS_OK);
}

static void part_build(struct part *part, const struct scratch *scratch, const char *name)
{
    struct segment_counts counts;
    char *path = scratch_path(scratch, name);
    assert_int_equal(
        sample_build_for(part->fate, path, part->list, part->count, &counts, &part->seal, NULL),
        STATUS_OK);
    part_open(part, path);
    memory_free(path);
}

static void part_fill(struct part *part, uint32_t from, size_t count)
{
    memset(part, 0, sizeof *part);
    part->count = count;
    for (uint32_t i = 0; i < count; i++) {
        part->list[i] = from + i;
    }
}

static void part_close(struct part *part)
{
    segment_close(part->segment);
    store_seal_release(&part->seal);
    part->segment = NULL;
}

/* Merges `parts` into `out`, whose list becomes that of the kept articles. */
static void part_merge(struct part *out, struct part *const *parts, size_t count,
                       const struct scratch *scratch, const char *name)
{
    struct merge_input inputs[SEGMENTS_MAX];
    struct segment_counts counts;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        const struct part *part = parts[i];
        inputs[i] = (struct merge_input){.segment = part->segment,
                                         .deleted = part->deleted,
                                         .deleted_count = part->deleted_count};
        uint32_t deleted = 0;
        for (uint32_t k = 0; k < part->count; k++) {
            if (deleted < part->deleted_count && part->deleted[deleted] == k) {
                deleted++;
            } else {
                out->list[out->count++] = part->list[k];
            }
        }
    }
    char *path = scratch_path(scratch, name);
    assert_int_equal(merge_segments(path, inputs, count,
                                    &(struct merge_options){.threads = 1 + count % 4}, &counts,
                                    &out->seal, NULL),
                     STATUS_OK);
    part_open(out, path);
    memory_free(path);
    assert_memory_equal(&counts, segment_counts(out->segment), sizeof counts);
    sample_check(out->segment, out->list, out->count);
}

/* The same keys and values, byte for byte. */
static void check_database(const struct part *a, const struct part *b, enum store_database database)
{
    const struct store *left = segment_store(a->segment);
    const struct store *right = segment_store(b->segment);
    struct store_entry one;
    struct store_entry two;
    enum status status = store_floor(left, database, NULL, 0, &one, NULL);
    assert_int_equal(store_floor(right, database, NULL, 0, &two, NULL), status);
    while (status == STATUS_OK) {
        assert_true(bytes_equal(one.key, one.key_size, two.key, two.key_size));
        assert_true(bytes_equal(one.blob.bytes, one.blob.size, two.blob.bytes, two.blob.size));
        status = store_next(left, database, &one, NULL);
        assert_int_equal(store_next(right, database, &two, NULL), status);
    }
    assert_int_equal(status, STATUS_NOT_FOUND);
}

/* Frames of documents of one builder go across the ends of the parts; the content was compared. */
static void check_same_but_frames(const struct part *a, const struct part *b)
{
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        if (i != STORE_HEADS && i != STORE_BODIES) {
            check_database(a, b, (enum store_database)i);
        }
    }
}

static struct part parts[SEGMENTS_MAX];
static struct part whole;
static struct part merged;
static struct part other;
static struct part again;

/* Every second one as building makes it for a merge, or none. */
static void choose_fates(size_t count, bool some_merged)
{
    for (size_t i = 0; i < count; i++) {
        parts[i].fate = some_merged && i % 2 == 0 ? STORE_MERGED : STORE_KEPT;
    }
}

static void check_these_equal_whole(const struct scratch *scratch, size_t count)
{
    struct part *order[SEGMENTS_MAX] = {NULL};
    part_fill(&whole, 0, 0);
    for (size_t i = 0; i < count; i++) {
        char name[] = "part0";
        name[4] = (char)('0' + i);
        part_build(&parts[i], scratch, name);
        order[i] = &parts[i];
        memcpy(whole.list + whole.count, parts[i].list, parts[i].count * sizeof *parts[i].list);
        whole.count += parts[i].count;
    }
    part_build(&whole, scratch, "whole");
    sample_check(whole.segment, whole.list, whole.count);
    part_merge(&merged, order, count, scratch, "merged");
    sample_check_ledger(merged.segment, whole.list, whole.count);
    check_same_but_frames(&merged, &whole);
    assert_int_equal(segment_counts(merged.segment)->input_bytes, SAMPLE_INPUT_BYTES(whole.count));
    if (count >= 3) { /* ((0 1) 2...) and (0 (1 2...)) */
        part_merge(&other, order, 2, scratch, "other");
        order[1] = &other;
        part_merge(&again, order + 1, count - 1, scratch, "again");
        assert_true(sample_seals_equal(&again.seal, &merged.seal));
        part_close(&again);
        part_close(&other);
        order[1] = &parts[1];
        part_merge(&other, order + 1, count - 1, scratch, "other");
        order[1] = &other;
        part_merge(&again, order, 2, scratch, "again");
        assert_true(sample_seals_equal(&again.seal, &merged.seal));
        part_close(&again);
        part_close(&other);
    }
    part_close(&merged);
    part_close(&whole);
    for (size_t i = 0; i < count; i++) {
        part_close(&parts[i]);
    }
}

static void check_equals_whole(const struct scratch *scratch, size_t count)
{
    for (int some_merged = 0; some_merged < 2; some_merged++) {
        choose_fates(count, some_merged);
        check_these_equal_whole(scratch, count);
    }
}

static void a_merge_equals_one_builder_byte_for_byte(void **state)
{
    part_fill(&parts[0], 0, 130);
    part_fill(&parts[1], 130, 1);
    part_fill(&parts[2], 131, 260);
    check_equals_whole(*state, 3);
    part_fill(&parts[0], 300, 100);
    check_equals_whole(*state, 1);
    for (uint32_t i = 0; i < 6; i++) {
        part_fill(&parts[i], 500 - i * 70, i * 20);
    }
    check_equals_whole(*state, 6);
    part_fill(&parts[0], 0, 0);
    part_fill(&parts[1], 0, 0);
    check_equals_whole(*state, 2);
}

/* The same id in one part and in two. */
static void equal_ids_are_superseded_as_by_one_builder(void **state)
{
    part_fill(&parts[0], 0, 60);
    parts[0].list[50] = 7;
    part_fill(&parts[1], 60, 60);
    parts[1].list[3] = 7;
    parts[1].list[9] = 8;
    part_fill(&parts[2], 30, 50);
    parts[2].list[44] = 7;
    check_equals_whole(*state, 3);
}

static void mark_deleted(struct part *part, uint32_t from, uint32_t one_in, uint64_t *random)
{
    for (uint32_t i = from; i < part->count; i++) {
        if (random_below(random, one_in) == 0) {
            part->deleted[part->deleted_count++] = i;
        }
    }
}

/* What is left equals a segment built of the kept articles, but for what deletion leaves behind
 * (see merge.h): there the content was compared. */
static void check_these_deletions(const struct scratch *scratch, size_t count)
{
    static const enum store_database databases[] = {STORE_TERMS, STORE_ENTITIES, STORE_POSTINGS,
                                                    STORE_IDS};
    struct part *order[SEGMENTS_MAX] = {NULL};
    for (size_t i = 0; i < count; i++) {
        char name[] = "part0";
        name[4] = (char)('0' + i);
        part_build(&parts[i], scratch, name);
        order[i] = &parts[i];
    }
    part_merge(&merged, order, count, scratch, "merged");
    part_fill(&whole, 0, 0);
    memcpy(whole.list, merged.list, sizeof whole.list);
    whole.count = merged.count;
    part_build(&whole, scratch, "whole");
    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        check_database(&merged, &whole, databases[i]);
    }
    part_close(&whole);
    part_close(&merged);
    for (size_t i = 0; i < count; i++) {
        part_close(&parts[i]);
    }
}

static void check_deletions(const struct scratch *scratch, size_t count)
{
    for (int some_merged = 0; some_merged < 2; some_merged++) {
        choose_fates(count, some_merged);
        check_these_deletions(scratch, count);
    }
}

static void deleted_documents_are_gone(void **state)
{
    uint64_t random = 1;
    for (int round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < 4; i++) {
            part_fill(&parts[i], i * 100, 90 + i);
            mark_deleted(&parts[i], 0, (uint32_t)(2 + round * 7), &random);
        }
        check_deletions(*state, 4);
    }
    part_fill(&parts[0], 0, 100);
    mark_deleted(&parts[0], 0, 1, &random); /* all */
    check_deletions(*state, 1);
    part_fill(&parts[0], 0, 100);
    mark_deleted(&parts[0], 0, 1, &random);
    part_fill(&parts[1], 100, 100);
    check_deletions(*state, 2);
}

/* Names of entities that are gone are gone; the others stay. */
static void names_without_entity_are_dropped(void **state)
{
    uint64_t random = 2;
    part_fill(&parts[0], 0, 200);
    mark_deleted(&parts[0], 4, 1, &random); /* all but the first four */
    part_build(&parts[0], *state, "part0");
    struct part *order[] = {&parts[0]};
    part_merge(&merged, order, 1, *state, "merged");
    struct table_cursor cursor;
    struct lexicon_entry entry;
    bool found = false;
    size_t names = 0;
    assert_int_equal(table_cursor_seek(&cursor, segment_store(merged.segment), STORE_NAMES, NULL, 0,
                                       &found, NULL),
                     STATUS_OK);
    for (; found; names++) {
        size_t name_size = strnlen((const char *)cursor.key, cursor.key_size);
        assert_int_equal(segment_lookup(merged.segment, STORE_ENTITIES, cursor.key + name_size + 1,
                                        cursor.key_size - name_size - 1, &entry, NULL),
                         STATUS_OK);
        assert_int_equal(table_cursor_next(&cursor, &found, NULL), STATUS_OK);
    }
    assert_true(names >= 3);
    part_close(&merged);
    part_close(&parts[0]);
}

struct counter {
    uint64_t bytes;
    uint64_t calls;
    uint64_t calls_max;
};

static bool count_bytes(void *context, uint64_t bytes)
{
    struct counter *counter = context;
    counter->bytes += bytes;
    return ++counter->calls < counter->calls_max;
}

static void progress_is_told_and_may_stop_it(void **state)
{
    part_fill(&parts[0], 0, 300);
    part_build(&parts[0], *state, "part0");
    struct merge_input input = {.segment = parts[0].segment};
    char *path = scratch_path(*state, "merged");
    struct counter counter = {.calls_max = UINT64_MAX};
    struct segment_counts counts;
    struct store_seal seal = {0};
    struct error error = {0};
    assert_int_equal(
        merge_segments(path, &input, 1,
                       &(struct merge_options){.written = count_bytes, .context = &counter},
                       &counts, &seal, NULL),
        STATUS_OK);
    assert_true(counter.calls >= 1 && counter.bytes > 50000);
    assert_true(sample_seals_equal(&seal, &parts[0].seal));
    store_seal_release(&seal);
    counter = (struct counter){.calls_max = 1};
    assert_int_equal(
        merge_segments(path, &input, 1,
                       &(struct merge_options){.written = count_bytes, .context = &counter},
                       &counts, &seal, &error),
        STATUS_STOPPED);
    assert_int_equal(counter.calls, 1);
    assert_false(file_exists(path));
    memory_free(path);
    part_close(&parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_merge_equals_one_builder_byte_for_byte),
        cmocka_unit_test(equal_ids_are_superseded_as_by_one_builder),
        cmocka_unit_test(deleted_documents_are_gone),
        cmocka_unit_test(names_without_entity_are_dropped),
        cmocka_unit_test(progress_is_told_and_may_stop_it),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
