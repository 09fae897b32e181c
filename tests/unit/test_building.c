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

static const struct fixture_run run = {.version = 1, .shards = {"a b c", "d"}};

struct work {
    struct archive archive;
    struct building building;
    char *path;
};

static void work_open(struct work *work, const struct scratch *scratch, const char *plan_text)
{
    struct error error;
    struct digest plan = digest_of(plan_text, strlen(plan_text));
    work->path = scratch_path(scratch, "archive");
    assert_int_equal(archive_open_writer(work->path, &work->archive, &error), STATUS_OK);
    assert_int_equal(building_open(&work->archive, &plan, &work->building, &error), STATUS_OK);
}

static void work_close(struct work *work)
{
    building_close(&work->building);
    archive_close(&work->archive);
    memory_free(work->path);
}

static bool is_finished(const struct work *work, uint32_t shard)
{
    bool finished = false;
    struct building_shard content;
    struct error error;
    if (building_shard_check(&work->building, shard, &finished, &content, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    if (finished) {
        assert_int_equal(content.segment.counts.documents, shard == 0 ? 3 : 1);
        assert_int_equal(content.unchanged, shard);
        assert_int_equal(content.replaced, 2);
        segment_record_release(&content.segment);
    }
    return finished;
}

static void build(const struct work *work, uint32_t shard)
{
    struct error error;
    if (fixture_build(&work->building, shard, run.shards[shard], &run, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
}

static void finished_is_what_has_a_record_and_sound_bytes(void **state)
{
    struct work work;
    work_open(&work, *state, "plan");
    assert_false(is_finished(&work, 0));
    build(&work, 0);
    build(&work, 1);
    assert_true(is_finished(&work, 0));
    assert_true(is_finished(&work, 1));
    char *mdb = building_shard_path(&work.building, 0);
    char *json = path_join(work.building.path, "shard-0000.json");
    assert_int_equal(path_remove(json, NULL), STATUS_OK);
    assert_true(file_exists(mdb));
    assert_false(is_finished(&work, 0)); /* killed before the record */
    assert_false(file_exists(mdb));
    build(&work, 0);
    assert_int_equal(path_remove(mdb, NULL), STATUS_OK);
    assert_false(is_finished(&work, 0));
    assert_false(file_exists(json));
    /* the record of another shard */
    build(&work, 0);
    char *other = path_join(work.building.path, "shard-0001.json");
    assert_int_equal(file_rename(other, json, NULL), STATUS_OK);
    assert_false(is_finished(&work, 0));
    assert_false(is_finished(&work, 1));
    memory_free(other);
    memory_free(json);
    memory_free(mdb);
    work_close(&work);
}

/* Every byte of the record, and some of the segment, damaged or cut off. */
static void damaged_shards_are_built_again(void **state)
{
    struct work work;
    work_open(&work, *state, "plan");
    uint64_t seed = 1;
    for (unsigned kind = 0; kind < 2; kind++) {
        build(&work, 0);
        char *mdb = building_shard_path(&work.building, 0);
        char *json = path_join(work.building.path, "shard-0000.json");
        struct buffer whole[2];
        const char *const paths[2] = {mdb, json};
        for (size_t i = 0; i < 2; i++) {
            buffer_init(&whole[i], 1 << 20);
            assert_int_equal(file_read(paths[i], &whole[i], NULL), STATUS_OK);
        }
        struct buffer *damaged = &whole[kind];
        size_t rounds = kind == 0 ? 300 : 2 * damaged->size;
        for (size_t i = 0; i < rounds; i++) {
            size_t at = kind == 0 ? random_below(&seed, (uint32_t)damaged->size) : i / 2;
            bool cut = i % 2 == 1;
            unsigned char flip = (unsigned char)(cut ? 0u : 1u << i % 8);
            damaged->bytes[at] ^= flip;
            scratch_write(mdb, whole[0].bytes, cut && kind == 0 ? at : whole[0].size);
            scratch_write(json, whole[1].bytes, cut && kind == 1 ? at : whole[1].size);
            assert_false(is_finished(&work, 0));
            damaged->bytes[at] ^= flip;
        }
        scratch_write(mdb, whole[0].bytes, whole[0].size);
        scratch_write(json, whole[1].bytes, whole[1].size);
        assert_true(is_finished(&work, 0));
        buffer_release(&whole[1]);
        buffer_release(&whole[0]);
        memory_free(json);
        memory_free(mdb);
    }
    work_close(&work);
}

static void the_model_is_found_again(void **state)
{
    struct work work;
    struct manifest_file model = {.size = 0};
    struct manifest_file found = {.size = 0};
    work_open(&work, *state, "plan");
    assert_int_equal(building_model_get(&work.building, &model, NULL), STATUS_NOT_FOUND);
    assert_int_equal(fixture_learn(&work.archive, &work.building, &model, NULL), STATUS_OK);
    work_close(&work);
    work_open(&work, *state, "plan");
    assert_int_equal(building_model_get(&work.building, &found, NULL), STATUS_OK);
    assert_int_equal(digest_compare(&found.digest, &model.digest), 0);
    assert_int_equal(found.size, model.size);
    char *path = archive_file_path(&work.archive, ARCHIVE_MODELS, &model.digest);
    scratch_write(path, "damage", 6);
    assert_int_equal(building_model_get(&work.building, &found, NULL), STATUS_NOT_FOUND);
    assert_int_equal(fixture_learn(&work.archive, &work.building, &found, NULL), STATUS_OK);
    assert_int_equal(digest_compare(&found.digest, &model.digest), 0);
    memory_free(path);
    work_close(&work);
}

static void a_new_plan_removes_old_ones(void **state)
{
    struct work work;
    work_open(&work, *state, "old plan");
    build(&work, 0);
    char *old = memory_copy(work.building.path, strlen(work.building.path));
    work_close(&work);
    work_open(&work, *state, "old plan"); /* the same goes on */
    assert_true(is_finished(&work, 0));
    work_close(&work);
    /* one that helps, without the lock, removes nothing */
    struct archive helper = {.path = scratch_path(*state, "archive"), .lock = -1};
    struct building building;
    struct digest plan = digest_of("other", 5);
    assert_int_equal(building_open(&helper, &plan, &building, NULL), STATUS_OK);
    building_close(&building);
    archive_close(&helper);
    assert_true(file_exists(old));
    work_open(&work, *state, "new plan");
    assert_false(file_exists(old));
    work_close(&work);
    memory_free(old);
}

/* A published segment, damaged: verify tells it, and opening is an error or finds the same. */
static void verify_reports_damaged_segments(void **state)
{
    char *path = scratch_path(*state, "published");
    struct publish_result result;
    struct fixture_run first = {.version = 1, .shards = {"a b c", "d e"}, .merge = MERGE_NONE};
    assert_int_equal(fixture_index(path, &first, &result, NULL), STATUS_OK);
    struct archive archive;
    struct manifest manifest;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_read_manifest(&archive, 0, &manifest, NULL), STATUS_OK);
    char *segment =
        archive_file_path(&archive, ARCHIVE_SEGMENTS, &manifest.segments[1].seal.digest);
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    assert_int_equal(file_read(segment, &bytes, NULL), STATUS_OK);
    uint64_t seed = 2;
    char text[FIXTURE_TEXT_MAX];
    for (unsigned i = 0; i < 550; i++) {
        size_t at = random_below(&seed, (uint32_t)bytes.size);
        bool cut = i < 50;
        unsigned char flip = (unsigned char)(cut ? 0u : 1u << i % 8);
        bytes.bytes[at] ^= flip;
        scratch_write(segment, bytes.bytes, cut ? at : bytes.size);
        assert_int_equal(fixture_problems(path), 1);
        struct error error = {.code = STATUS_OK};
        if (fixture_live(path, 0, text, &error) == STATUS_OK) {
            assert_string_equal(text, "a1 b1 c1 d1 e1 ");
        } else {
            assert_true(error.message[0] != '\0');
        }
        bytes.bytes[at] ^= flip;
    }
    scratch_write(segment, bytes.bytes, bytes.size);
    assert_int_equal(fixture_problems(path), 0);
    assert_int_equal(path_remove(segment, NULL), STATUS_OK);
    assert_int_equal(fixture_problems(path), 1);
    /* swapped for the other one */
    char *other = archive_file_path(&archive, ARCHIVE_SEGMENTS, &manifest.segments[0].seal.digest);
    buffer_clear(&bytes);
    assert_int_equal(file_read(other, &bytes, NULL), STATUS_OK);
    scratch_write(segment, bytes.bytes, bytes.size);
    assert_int_equal(fixture_problems(path), 1);
    assert_int_equal(fixture_live(path, 0, text, NULL), STATUS_FORMAT);
    memory_free(other);
    buffer_release(&bytes);
    memory_free(segment);
    manifest_release(&manifest);
    archive_close(&archive);
    memory_free(path);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finished_is_what_has_a_record_and_sound_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(damaged_shards_are_built_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_model_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_plan_removes_old_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verify_reports_damaged_segments, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
