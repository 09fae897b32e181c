/* The n-th allocation fails: every build, merge and opening ends in a clean error, and nothing
 * leaks. This program links its own base/memory, so the library's copy is not used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "sample.h"
#include "scratch.h"

static size_t allocations; /* since the last failure was set */
static size_t failing;     /* which of them fails; 0: none */
static size_t blocks;      /* held at the moment */

static bool fails(void)
{
    allocations++;
    return failing != 0 && allocations >= failing; /* and all after it, as when memory is out */
}

static void *counted(void *block)
{
    assert_non_null(block);
    blocks++;
    return block;
}

void *memory_alloc(size_t size)
{
    return fails() ? NULL : counted(malloc(size == 0 ? 1 : size));
}

void *memory_zalloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(calloc(count == 0 ? 1 : count, size == 0 ? 1 : size));
}

void *memory_resize(void *block, size_t size)
{
    if (fails()) {
        return NULL;
    }
    blocks -= block != NULL;
    return counted(realloc(block, size == 0 ? 1 : size));
}

char *memory_copy(const void *bytes, size_t size)
{
    char *copy = memory_alloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        copy[size] = '\0';
    }
    return copy;
}

void memory_free(void *block)
{
    blocks -= block != NULL;
    free(block);
}

void memory_trim(void)
{
}

/* One way to use the layer; returns its status and leaves nothing behind when that is not OK. */
typedef enum status (*attempt)(const struct scratch *scratch, struct error *error);

static uint32_t lists[2][40];
static struct store_seal seals[2];

static char path_bytes[2][300];

static enum status attempt_build(const struct scratch *scratch, struct error *error)
{
    char path[320];
    struct segment_counts counts;
    struct store_seal seal = {0};
    (void)snprintf(path, sizeof path, "%s/built", scratch->path);
    enum status status = sample_build(path, lists[0], 40, &counts, &seal, error);
    store_seal_release(&seal);
    if (status == STATUS_OK) {
        status = sample_build_for(STORE_MERGED, path, lists[0], 40, &counts, &seal, error);
        store_seal_release(&seal);
    }
    return status;
}

static enum status read_some(struct segment *segment, struct error *error)
{
    struct buffer out;
    uint64_t value = 0;
    buffer_init(&out, (size_t)1 << 20);
    enum status status = segment_document(segment, 3, &out, error);
    buffer_release(&out);
    if (status == STATUS_OK) {
        status = segment_column(segment, COLUMN_DAY, 3, &value, error);
    }
    struct lexicon_entry entry;
    if (status == STATUS_OK) {
        status = segment_lookup(segment, STORE_TERMS, "w1", 2, &entry, error);
    }
    struct postings_reader reader;
    if (status == STATUS_OK) {
        status = postings_reader_open(&reader, segment_store(segment), &entry.postings, error);
        const uint32_t *positions = NULL;
        const uint32_t *forms = NULL;
        uint32_t count = 0;
        if (status == STATUS_OK) {
            status = postings_reader_next(&reader, error);
        }
        if (status == STATUS_OK) {
            status = postings_reader_positions(&reader, &positions, &forms, &count, error);
        }
        postings_reader_close(&reader);
    }
    return status;
}

static enum status attempt_open(const struct scratch *scratch, struct error *error)
{
    (void)scratch;
    struct segment *segment = NULL;
    enum status status = sample_open(path_bytes[0], &seals[0], &segment, error);
    if (status == STATUS_OK) {
        status = read_some(segment, error);
    }
    segment_close(segment);
    return status;
}

static enum status attempt_merge(const struct scratch *scratch, struct error *error)
{
    char path[320];
    static const doc_id deleted[] = {3, 7, 8};
    struct segment *segments[2] = {NULL};
    struct segment_counts counts;
    struct store_seal seal = {0};
    (void)snprintf(path, sizeof path, "%s/merged", scratch->path);
    enum status status = sample_open(path_bytes[0], &seals[0], &segments[0], error);
    if (status == STATUS_OK) {
        status = sample_open(path_bytes[1], &seals[1], &segments[1], error);
    }
    if (status == STATUS_OK) {
        struct merge_input inputs[] = {
            {.segment = segments[0], .deleted = deleted, .deleted_count = 3},
            {.segment = segments[1]}};
        status = merge_segments(path, inputs, 2, &(struct merge_options){.threads = 1}, &counts,
                                &seal, error);
    }
    store_seal_release(&seal);
    segment_close(segments[0]);
    segment_close(segments[1]);
    return status;
}

static void fail_each(attempt try, const struct scratch *scratch)
{
    size_t held = blocks;
    struct error error;
    failing = 0;
    allocations = 0;
    assert_int_equal(try(scratch, &error), STATUS_OK);
    assert_int_equal(blocks, held);
    size_t total = allocations;
    assert_true(total > 5);
    /* Every one of the first, then ever wider steps. */
    for (size_t n = 1; n <= total; n += 1 + n / 400) {
        failing = n;
        allocations = 0;
        error = (struct error){0};
        assert_int_equal(try(scratch, &error), STATUS_NOMEM);
        assert_int_equal(error.code, STATUS_NOMEM);
        failing = 0;
        assert_int_equal(blocks, held);
    }
}

static void building_fails_cleanly(void **state)
{
    fail_each(attempt_build, *state);
}

static void opening_fails_cleanly(void **state)
{
    fail_each(attempt_open, *state);
}

static void merging_fails_cleanly(void **state)
{
    fail_each(attempt_merge, *state);
}

static int parts_setup(void **state)
{
    static struct scratch scratch;
    struct segment_counts counts;
    scratch_make(&scratch);
    for (uint32_t s = 0; s < 2; s++) {
        for (uint32_t i = 0; i < 40; i++) {
            lists[s][i] = 1 + s * 40 + i;
        }
        (void)snprintf(path_bytes[s], sizeof path_bytes[s], "%s/part%u", scratch.path, s);
        enum store_fate fate = s == 0 ? STORE_KEPT : STORE_MERGED; /* which a merge reads, too */
        assert_int_equal(
            sample_build_for(fate, path_bytes[s], lists[s], 40, &counts, &seals[s], NULL),
            STATUS_OK);
    }
    *state = &scratch;
    return 0;
}

static int parts_teardown(void **state)
{
    store_seal_release(&seals[0]);
    store_seal_release(&seals[1]);
    scratch_remove(*state);
    return blocks == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(building_fails_cleanly),
        cmocka_unit_test(opening_fails_cleanly),
        cmocka_unit_test(merging_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, parts_setup, parts_teardown);
}
