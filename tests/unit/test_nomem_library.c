/* The n-th allocation fails: every public function ends in a clean error, nothing leaks, and the
 * same call succeeds the next time. This program links its own base/memory, so the library's copy
 * is not used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include <string.h>

#include "fihris.h"
#include "scratch.h"

/* One thread at a time allocates: what is indexed here is indexed with one. */
static size_t failing;     /* number of the allocation that fails; 0: none */
static size_t allocations; /* so far */
static size_t blocks;      /* not yet freed */

static bool fails(void)
{
    return ++allocations == failing;
}

static void *counted(void *block)
{
    blocks += block != NULL;
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

struct world {
    struct scratch scratch;
    char *archive;
    char *fresh; /* an archive that is made and removed */
    struct fihris *open;
};

typedef enum fihris_status (*attempt)(struct world *world, struct fihris_error *error);

static bool take_hit(void *context, const struct fihris_hit *hit)
{
    *(size_t *)context += hit->id_size > 0;
    return true;
}

static bool take_entity(void *context, const struct fihris_entity *entity)
{
    *(size_t *)context += entity->key_size > 0;
    return true;
}

static bool take_mention(void *context, const struct fihris_mention *mention)
{
    *(size_t *)context += mention->key_size > 0;
    return true;
}

static bool take_token(void *context, const struct fihris_token *token)
{
    *(size_t *)context += token->form_size > 0;
    return true;
}

static bool take_class(void *context, const struct fihris_class *found)
{
    *(size_t *)context += found->key_size > 0;
    return true;
}

static bool take_snapshot(void *context, const struct fihris_snapshot *snapshot)
{
    *(size_t *)context += snapshot->number > 0;
    return true;
}

static bool take_entry(void *context, const struct fihris_ledger_entry *entry)
{
    *(size_t *)context += entry->input_size > 0;
    return true;
}

static enum fihris_status open_and_close(struct world *world, struct fihris_error *error)
{
    struct fihris *archive = NULL;
    enum fihris_status status = fihris_open(world->archive, 0, &archive, error);
    assert_true((archive != NULL) == (status == FIHRIS_OK));
    fihris_close(archive);
    return status;
}

/* With a handle of its own each time, so that no buffer has grown already. */
static enum fihris_status with_handle(struct world *world, attempt ask, struct fihris_error *error)
{
    enum fihris_status status = fihris_open(world->archive, 0, &world->open, error);
    if (status == FIHRIS_OK) {
        status = ask(world, error);
        fihris_close(world->open);
    }
    return status;
}

static enum fihris_status ask_search(struct world *world, struct fihris_error *error)
{
    static const char query[] =
        "(الأنتربول OR \"مذكرة تفاهم\") ~المغرب -title:كلمة person:حموشي الا*";
    enum fihris_status status = FIHRIS_OK;
    for (int order = FIHRIS_BY_RELEVANCE; status == FIHRIS_OK && order <= FIHRIS_BY_ID; order++) {
        struct fihris_search_options options = {
            .limit = 10, .order = (enum fihris_order)order, .snippet_bytes = 200, .count = true};
        struct fihris_results results;
        size_t count = 0;
        status = fihris_search(world->open, query, sizeof query - 1, &options, take_hit, &count,
                               &results, error);
        assert_true(status != FIHRIS_OK || (count > 0 && count == results.total));
    }
    return status;
}

static enum fihris_status ask_all_else(struct world *world, struct fihris_error *error)
{
    static const char id[] = "002_4d051d3fea4bb132.txt";
    struct fihris_article article;
    struct fihris_lexicon_options largest = {.largest = 3, .pattern = "م*", .pattern_size = 3};
    size_t count = 0;
    enum fihris_status status = fihris_show(world->open, id, sizeof id - 1, &article, error);
    if (status == FIHRIS_OK) {
        status = fihris_mentions(world->open, id, sizeof id - 1, take_mention, &count, error);
    }
    if (status == FIHRIS_OK) {
        status = fihris_entities(world->open, NULL, "الحموشي", 14, take_entity, &count, error);
    }
    if (status == FIHRIS_OK) {
        status = fihris_ledger(world->open, take_entry, &count, error);
    }
    if (status == FIHRIS_OK) {
        status = fihris_lexicon(world->open, &largest, take_class, &count, error);
    }
    if (status == FIHRIS_OK) {
        status = fihris_analyze(world->open, NULL, "المغرب", 12, take_token, &count, error);
    }
    assert_true(status != FIHRIS_OK || count > 6);
    return status;
}

static enum fihris_status search_all(struct world *world, struct fihris_error *error)
{
    return with_handle(world, ask_search, error);
}

static enum fihris_status read_all(struct world *world, struct fihris_error *error)
{
    return with_handle(world, ask_all_else, error);
}

static enum fihris_status look_after(struct world *world, struct fihris_error *error)
{
    size_t count = 0;
    enum fihris_status status = fihris_snapshots(world->archive, take_snapshot, &count, error);
    return status == FIHRIS_OK ? fihris_verify(world->archive, NULL, NULL, error) : status;
}

/* Twice, so that what is live is looked at too, then merged. */
static enum fihris_status index_and_merge(struct world *world, struct fihris_error *error)
{
    static const char *const first[] = {"fixtures/seeds/000_a676f32782278e64.txt"};
    static const char *const inputs[] = {"fixtures/seeds"};
    struct fihris_index_options options = {
        .threads = 1, .shard_bytes = 20000, .no_merge = true, .timings = true};
    enum fihris_status status = fihris_index(world->fresh, first, 1, &options, NULL, error);
    if (status == FIHRIS_OK) {
        status = fihris_index(world->fresh, inputs, 1, &options, NULL, error);
    }
    return status == FIHRIS_OK ? fihris_merge(world->fresh, 1, error) : status;
}

/* An archive of several segments, which is made without failures. */
static enum fihris_status rebuild_it(struct world *world, struct fihris_error *error)
{
    static const char *const inputs[] = {"fixtures/seeds"};
    struct fihris_index_options options = {
        .threads = 1, .shard_bytes = 9000, .no_merge = true, .analyzer = "fold"};
    struct fihris_rebuild_options anew = {
        .threads = 1, .shard_bytes = 20000, .analyzer = "default"};
    size_t held = failing;
    failing = 0;
    assert_int_equal(fihris_index(world->fresh, inputs, 1, &options, NULL, NULL), FIHRIS_OK);
    failing = held;
    allocations = 0;
    return fihris_rebuild(world->fresh, &anew, NULL, error);
}

static void remove_fresh(const struct world *world)
{
    size_t held = failing;
    failing = 0;
    assert_int_equal(path_remove(world->fresh, NULL), STATUS_OK);
    failing = held;
}

/* An arena does not tell whether it is full or memory is out. Cleaning up behind a snapshot that is
 * live already is no reason to fail. */
static bool allowed(attempt try, enum fihris_status status)
{
    return status == FIHRIS_NO_MEMORY || status == FIHRIS_LIMIT ||
           (status == FIHRIS_OK && (try == index_and_merge || try == rebuild_it));
}

/* Of a long run only every so many allocations fail: `tries` in all, or all of them. */
static void fail_each(struct world *world, attempt try, size_t tries)
{
    struct fihris_error error = {.status = FIHRIS_OK};
    size_t held = blocks;
    failing = 0;
    remove_fresh(world);
    allocations = 0;
    assert_int_equal(try(world, &error), FIHRIS_OK);
    assert_int_equal(blocks, held);
    size_t total = allocations;
    size_t step = total / tries + 1;
    assert_true(total > 5);
    for (size_t n = 1; n <= total; n += step) {
        remove_fresh(world);
        failing = n;
        allocations = 0;
        error = (struct fihris_error){.status = FIHRIS_OK};
        enum fihris_status status = try(world, &error);
        failing = 0;
        if (!allowed(try, status)) {
            print_error("allocation %zu of %zu: %s: %s\n", n, total, fihris_status_text(status),
                        error.message);
        }
        assert_true(allowed(try, status));
        assert_int_equal(error.status, status);
        assert_true(status == FIHRIS_OK || error.message[0] != '\0');
        assert_int_equal(blocks, held);
    }
    remove_fresh(world);
}

static void opening_fails_cleanly(void **state)
{
    fail_each(*state, open_and_close, SIZE_MAX);
}

static void searching_fails_cleanly(void **state)
{
    fail_each(*state, search_all, SIZE_MAX);
}

static void reading_fails_cleanly(void **state)
{
    fail_each(*state, read_all, SIZE_MAX);
}

static void care_fails_cleanly(void **state)
{
    fail_each(*state, look_after, SIZE_MAX);
}

static void indexing_fails_cleanly(void **state)
{
    fail_each(*state, index_and_merge, 150);
}

static void rebuilding_fails_cleanly(void **state)
{
    fail_each(*state, rebuild_it, 150);
}

static int setup(void **state)
{
    static struct world world;
    static const char *const inputs[] = {"fixtures/seeds"};
    struct fihris_index_options options = {.threads = 1, .shard_bytes = 9000, .no_merge = true};
    scratch_make(&world.scratch);
    world.archive = scratch_path(&world.scratch, "archive");
    world.fresh = scratch_path(&world.scratch, "fresh");
    assert_int_equal(fihris_index(world.archive, inputs, 1, &options, NULL, NULL), FIHRIS_OK);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    memory_free(world->archive);
    memory_free(world->fresh);
    scratch_remove(&world->scratch);
    return blocks == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_fails_cleanly),  cmocka_unit_test(searching_fails_cleanly),
        cmocka_unit_test(reading_fails_cleanly),  cmocka_unit_test(care_fails_cleanly),
        cmocka_unit_test(indexing_fails_cleanly), cmocka_unit_test(rebuilding_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
