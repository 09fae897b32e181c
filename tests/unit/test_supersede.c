#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdbool.h>

#include "acts.h"
#include "archive_fixture.h"
#include "random.h"
#include "scratch.h"
#include "snapshot/supersede.h"

enum { SEGMENTS = 5, IDS = 3000, DOCUMENTS_MAX = 2500, ID_SIZE = 600 };

/* Numbers of ids a segment holds, in document order. */
struct content {
    uint32_t ids[DOCUMENTS_MAX];
    uint32_t count;
};

/* Every seventh id is longer than a key may be, with the difference at its end. */
static size_t make_id(uint32_t number, char id[ID_SIZE])
{
    size_t padding = number % 7 == 0 ? 500 : 0;
    memset(id, 'x', padding);
    return padding + (size_t)snprintf(id + padding, ID_SIZE - padding, "id-%u", number);
}

static struct segment *build(const char *path, const struct content *content)
{
    struct builder_options options = {.compression_level = 1, .memory_max = (size_t)64 << 20};
    struct builder *builder = NULL;
    struct segment_counts counts = {.documents = 0};
    struct store_seal seal = {.size = 0};
    struct segment *segment = NULL;
    assert_int_equal(builder_new(&options, &builder, NULL), STATUS_OK);
    assert_int_equal(builder_begin(builder, path, NULL), STATUS_OK);
    for (uint32_t i = 0; i < content->count; i++) {
        char id[ID_SIZE];
        size_t size = make_id(content->ids[i], id);
        uint32_t number = 0;
        struct occurrence occurrence = {.position = 0};
        struct stored_document stored = {.id = id,
                                         .id_size = size,
                                         .source = "",
                                         .url = "",
                                         .date = "",
                                         .extras = "",
                                         .text = "word",
                                         .text_size = 4};
        struct builder_document document = {
            .stored = &stored, .terms = &occurrence, .term_count = 1};
        document.columns[COLUMN_LENGTH] = 1;
        assert_int_equal(
            builder_form(builder, STORE_TERMS, "w", 1, "w", 1, 0, &occurrence.form, NULL),
            STATUS_OK);
        assert_int_equal(builder_source(builder, "s", 1, &number, NULL), STATUS_OK);
        assert_int_equal(builder_input(builder, "i", 1, &number, NULL), STATUS_OK);
        assert_int_equal(builder_add(builder, &document, NULL), STATUS_OK);
    }
    assert_int_equal(builder_finish(builder, 1, &counts, &seal, NULL), STATUS_OK);
    builder_free(builder);
    assert_int_equal(segment_open(path, &seal, NULL, &segment, NULL), STATUS_OK);
    store_seal_release(&seal);
    return segment;
}

/* The model: the place of the last document of each id, segment by segment. */
static void check(const struct content *contents, uint32_t first_new,
                  const struct deletions *deletions)
{
    static uint32_t last_segment[IDS];
    static uint32_t last_document[IDS];
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        for (uint32_t k = 0; k < contents[i].count; k++) {
            last_segment[contents[i].ids[k]] = i;
            last_document[contents[i].ids[k]] = k;
        }
    }
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        const struct deletion_list *list = &deletions->lists[i];
        uint32_t at = 0;
        for (uint32_t k = 0; k < contents[i].count; k++) {
            uint32_t id = contents[i].ids[k];
            bool later =
                last_segment[id] >= first_new && (last_segment[id] != i || last_document[id] != k);
            bool told = at < list->count && list->documents[at] == k;
            if (later != told) {
                fail_msg("segment %u of %u new, document %u: %d", i, first_new, k, told);
            }
            at += told;
        }
        assert_int_equal(at, list->count);
    }
}

/* `apart`: 0, or every id is a multiple of SEGMENTS, plus this less 1. */
static void fill(uint64_t *seed, bool repeats, uint32_t apart, struct content *content)
{
    static bool taken[IDS];
    memset(taken, 0, sizeof taken);
    uint32_t wanted =
        random_below(seed, 3) == 0 ? random_below(seed, 6) : random_below(seed, DOCUMENTS_MAX);
    content->count = 0;
    for (uint32_t i = 0; i < wanted; i++) {
        uint32_t id = random_below(seed, IDS);
        if (apart > 0) {
            id = random_below(seed, IDS / SEGMENTS) * SEGMENTS + apart - 1;
        }
        if (repeats || !taken[id]) {
            content->ids[content->count++] = id;
        }
        taken[id] = true;
    }
}

/* `distinct`: new segments have no ids in common, and that is said. */
static void check_round(void *state, uint64_t *seed, uint32_t first_new, bool distinct)
{
    static struct content contents[SEGMENTS];
    struct segment *segments[SEGMENTS];
    struct deletions deletions;
    struct error error;
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%u.mdb", i);
        char *path = scratch_path(state, name);
        fill(seed, i >= first_new, distinct && i >= first_new ? i + 1 : 0, &contents[i]);
        segments[i] = build(path, &contents[i]);
        memory_free(path);
    }
    assert_int_equal(deletions_init(&deletions, SEGMENTS, &error), STATUS_OK);
    if (supersede(segments, SEGMENTS, first_new, distinct, &deletions, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    check(contents, first_new, &deletions);
    deletions_release(&deletions);
    for (uint32_t i = 0; i < SEGMENTS; i++) {
        segment_close(segments[i]);
    }
}

static void as_the_model_says(void **state)
{
    uint64_t seed = 17;
    for (unsigned round = 0; round < 40; round++) {
        check_round(*state, &seed, round % (SEGMENTS + 1), false);
    }
}

static void new_ones_with_nothing_in_common(void **state)
{
    uint64_t seed = 18;
    for (unsigned round = 0; round < 20; round++) {
        check_round(*state, &seed, round % (SEGMENTS + 1), true);
    }
}

static int set_up(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int tear_down(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_model_says),
                                       cmocka_unit_test(new_ones_with_nothing_in_common)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
