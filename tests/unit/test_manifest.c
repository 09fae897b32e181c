#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <inttypes.h>
#include <stdbool.h>

#include "acts.h"
#include "archive_fixture.h"
#include "random.h"
#include "scratch.h"
#include "snapshot/record.h"

static struct digest digest_from(uint64_t *seed)
{
    uint64_t number = random_next(seed);
    return digest_of(&number, sizeof number);
}

/* A manifest with `count` segments and everything else at random. */
static void make_manifest(uint64_t seed, uint32_t count, struct manifest *manifest)
{
    manifest_init(manifest);
    manifest->number = 7 + (uint32_t)seed;
    manifest->parent = 6;
    manifest->analyser = fixture_analyser;
    (void)snprintf(manifest->analyser.options, sizeof manifest->analyser.options, "%s",
                   "quote \" tab \t \xd8\xa8 = 1");
    manifest->options = fixture_options;
    manifest->model = (struct manifest_file){.digest = digest_from(&seed), .size = 4321};
    manifest->inputs =
        (struct manifest_inputs){.count = 12, .bytes = 345, .digest = digest_from(&seed)};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t pages[40];
        struct segment_record record = {.seal = {.size = 100000000,
                                                 .digest = digest_from(&seed),
                                                 .structure = digest_from(&seed),
                                                 .pages = pages},
                                        .counts = {.documents = random_below(&seed, 1000),
                                                   .tokens = random_next(&seed) >> 17,
                                                   .text_bytes = random_next(&seed) >> 16,
                                                   .input_bytes = 1,
                                                   .terms = 2,
                                                   .forms = 3,
                                                   .entities = 4,
                                                   .mentions = 5,
                                                   .rejected = 6,
                                                   .repaired = 7}};
        uint32_t page = random_below(&seed, 3);
        for (; record.seal.page_count < random_below(&seed, 40); record.seal.page_count++) {
            pages[record.seal.page_count] = page;
            page += 1 + (random_below(&seed, 3) == 0) * random_below(&seed, 100);
        }
        record.deleted = record.counts.documents / 3;
        if (record.deleted > 0) {
            manifest->deletions = (struct manifest_file){.digest = digest_from(&seed), .size = 99};
        }
        assert_int_equal(manifest_add(manifest, &record, NULL), STATUS_OK);
    }
}

static void check_equal(const struct manifest *a, const struct manifest *b)
{
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->parent, b->parent);
    assert_string_equal(a->analyser.name, b->analyser.name);
    assert_int_equal(a->analyser.version, b->analyser.version);
    assert_string_equal(a->analyser.options, b->analyser.options);
    assert_int_equal(a->options.shard_bytes, b->options.shard_bytes);
    assert_int_equal(a->options.entities, b->options.entities);
    assert_int_equal(a->options.compression_level, b->options.compression_level);
    assert_memory_equal(&a->model, &b->model, sizeof a->model);
    assert_memory_equal(&a->inputs, &b->inputs, sizeof a->inputs);
    assert_memory_equal(&a->deletions, &b->deletions, sizeof a->deletions);
    assert_int_equal(a->segment_count, b->segment_count);
    for (uint32_t i = 0; i < a->segment_count; i++) {
        const struct segment_record *x = &a->segments[i];
        const struct segment_record *y = &b->segments[i];
        assert_memory_equal(&x->counts, &y->counts, sizeof x->counts);
        assert_int_equal(x->deleted, y->deleted);
        assert_int_equal(x->seal.size, y->seal.size);
        assert_int_equal(digest_compare(&x->seal.digest, &y->seal.digest), 0);
        assert_int_equal(digest_compare(&x->seal.structure, &y->seal.structure), 0);
        assert_int_equal(x->seal.page_count, y->seal.page_count);
        assert_memory_equal(x->seal.pages, y->seal.pages,
                            x->seal.page_count * sizeof *x->seal.pages);
    }
}

static struct buffer written(const struct manifest *manifest)
{
    struct buffer bytes;
    struct error error;
    buffer_init(&bytes, MANIFEST_SIZE_MAX);
    if (manifest_write(manifest, &bytes, &error) != STATUS_OK) {
        fail_msg("%s", error.message);
    }
    return bytes;
}

static enum status read_copy(const void *bytes, size_t size, struct manifest *manifest,
                             struct error *error)
{
    char *copy = memory_copy(bytes, size); /* of its own size, for the sanitizer */
    char *exact = memory_alloc(size);
    memcpy(exact, copy, size);
    enum status status = manifest_read(exact, size, "M", manifest, error);
    memory_free(exact);
    memory_free(copy);
    return status;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 40; count++) {
        struct manifest manifest;
        struct manifest read;
        struct error error;
        make_manifest(count, count, &manifest);
        struct buffer bytes = written(&manifest);
        if (read_copy(bytes.bytes, bytes.size, &read, &error) != STATUS_OK) {
            fail_msg("%s", error.message);
        }
        check_equal(&manifest, &read);
        struct buffer again = written(&read);
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.bytes, bytes.bytes, bytes.size);
        buffer_release(&again);
        buffer_release(&bytes);
        manifest_release(&read);
        manifest_release(&manifest);
    }
}

static void damage_is_an_error(void **state)
{
    (void)state;
    struct manifest manifest;
    struct manifest read;
    struct error error;
    make_manifest(3, 2, &manifest);
    struct buffer bytes = written(&manifest);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_equal(read_copy(bytes.bytes, size, &read, &error), STATUS_FORMAT);
        assert_int_equal(read.segment_count, 0);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes.bytes[i] ^= (unsigned char)(1u << bit);
            assert_int_equal(read_copy(bytes.bytes, bytes.size, &read, &error), STATUS_FORMAT);
            assert_non_null(strstr(error.message, "'M'"));
            bytes.bytes[i] ^= (unsigned char)(1u << bit);
        }
    }
    buffer_release(&bytes);
    manifest_release(&manifest);
}

/* Changed, and sealed anew: the members themselves are checked. */
static void wrong_members_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says;
    } table[] = {
        {"\"fihris manifest\"", "\"other\"", "not a manifest"},
        {"\"format\": 1", "\"format\": 2", "format 2"},
        {"\"format\": 1", "\"format\": \"1\"", "format"},
        {"\"snapshot\": 10", "\"snapshot\": 0", "numbers"},
        {"\"snapshot\": 10", "\"snapshot\": 4000000001", "snapshot"},
        {"\"snapshot\": 10", "\"snapshot\": 010", ""},
        {"\"snapshot\": 10", "\"snapshot\": -1", "snapshot"},
        {"\"snapshot\": 10", "\"snapshot\": 1e1", "snapshot"},
        {"\"snapshot\": 10", "\"snapshot\": 99999999999999999999999", "snapshot"},
        {"\"parent\": 6", "\"parent\": 10", "numbers"},
        {"\"parent\": 6", "\"parents\": 6", "parent"},
        {"\"parent\": 6,", "", "parent"},
        {"\"parent\": 6,", "\"parent\": 6, \"parent\": 6,", "analyser"},
        {"\"entities\": true", "\"entities\": 1", "entities"},
        {"\"compression_level\": 3", "\"compression_level\": 23", "compression_level"},
        {"\"name\": \"default\"", "\"name\": \"a\\u0000b\"", "name"},
        {"\"name\": \"default\"",
         "\"name\": \"0123456789012345678901234567890123456789012345678901234567890123\"", "name"},
        {"\"name\": \"default\"", "\"name\": \"\xff\"", "name"},
        {"\"name\": \"default\"", "\"name\": [\"default\"]", "name"},
        {"\"model\": {", "\"model\": 3, \"x\": {", "model"},
        {"\"size\": 4321", "\"size\": 281474976710657", "size"},
        {"\"size\": 4321", "\"size\": 4321, \"more\": 1", "more members"},
        {"\"documents\": 9", "\"documents\": 16777217", "documents"},
        {"\"deleted\": 3", "\"deleted\": 10", "deleted"},
        {"\"segments\": [", "\"segments\": [3, ", "segment"},
        {"\"pages\": \"", "\"pages\": \"x", "pages"},
        {"\"pages\": \"", "\"pages\": \"9-", "pages"},
        {"\"pages\": \"", "\"pages\": \"9-9,", "pages"},
        {"\"pages\": \"", "\"pages\": \"9-8,", "pages"},
        {"\"pages\": \"", "\"pages\": \",", "pages"},
        {"\"pages\": \"", "\"pages\": \"0-4294967295\", \"x\": \"", "pages"},
        {"\"pages\": \"", "\"pages\": \"1,\", \"x\": \"", "pages"},
        {"\"pages\": \"", "\"pages\": \"1,2\", \"x\": \"", "pages"},
        {"\"pages\": \"", "\"pages\": \"4294967296\", \"x\": \"", "pages"},
        {"\"rejected\": 6,", "\"rejected\": 6, \"rejected\": 6,", "repaired"},
        {",\n      \"repaired\": 7", "", "repaired"},
    };
    struct manifest manifest;
    make_manifest(3, 1, &manifest);
    manifest.segments[0].counts.documents = 9;
    manifest.segments[0].deleted = 3;
    manifest.deletions.size = 5;
    struct buffer whole = written(&manifest);
    struct buffer body;
    buffer_init(&body, 1 << 20);
    assert_int_equal(record_unseal(whole.bytes, whole.size, &body, NULL), STATUS_OK);
    assert_int_equal(buffer_append_byte(&body, 0, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *text = (const char *)body.bytes;
        const char *at = strstr(text, table[i].from);
        if (at == NULL) {
            fail_msg("no %s", table[i].from);
        }
        struct buffer changed;
        struct manifest read;
        struct error error;
        buffer_init(&changed, 1 << 20);
        assert_int_equal(buffer_append_format(&changed, NULL, "%.*s%s%s", (int)(at - text), text,
                                              table[i].to, at + strlen(table[i].from)),
                         STATUS_OK);
        assert_int_equal(record_seal(&changed, NULL), STATUS_OK);
        if (read_copy(changed.bytes, changed.size, &read, &error) != STATUS_FORMAT ||
            strstr(error.message, table[i].says) == NULL) {
            fail_msg("%s -> %s: %s", table[i].from, table[i].to, error.message);
        }
        buffer_release(&changed);
    }
    buffer_release(&body);
    buffer_release(&whole);
    manifest_release(&manifest);
}

static void limits_hold_when_written(void **state)
{
    (void)state;
    struct manifest manifest;
    struct buffer bytes;
    struct error error;
    buffer_init(&bytes, MANIFEST_SIZE_MAX);
    make_manifest(1, 1, &manifest);
    manifest.options.compression_level = 23;
    assert_int_equal(manifest_write(&manifest, &bytes, &error), STATUS_LIMIT);
    manifest.options.compression_level = 3;
    buffer_clear(&bytes);
    manifest.inputs.bytes = UINT64_MAX;
    assert_int_equal(manifest_write(&manifest, &bytes, &error), STATUS_LIMIT);
    struct segment_record record = {.deleted = 0};
    while (manifest.segment_count < MANIFEST_SEGMENTS_MAX) {
        assert_int_equal(manifest_add(&manifest, &record, &error), STATUS_OK);
    }
    assert_int_equal(manifest_add(&manifest, &record, &error), STATUS_LIMIT);
    manifest_release(&manifest);
    buffer_release(&bytes);
}

static void numbers_are_strict(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t limit, number;
        bool good;
    } table[] = {{"0", 0, 0, true},
                 {"1", 0, 0, false},
                 {"", 9, 0, false},
                 {"00", 9, 0, false},
                 {"9", 9, 9, true},
                 {"10", 9, 0, false},
                 {"18446744073709551615", UINT64_MAX, UINT64_MAX, true},
                 {"18446744073709551616", UINT64_MAX, 0, false},
                 {"184467440737095516150", UINT64_MAX, 0, false},
                 {"1.0", 9, 0, false},
                 {"-1", 9, 0, false},
                 {"+1", 9, 0, false},
                 {" 1", 9, 0, false}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint64_t number = 0;
        assert_int_equal(
            record_number(table[i].text, strlen(table[i].text), table[i].limit, &number),
            table[i].good);
        assert_true(number == table[i].number);
    }
}

/* A file of an archive, damaged in every way in turn: the live snapshot is an error or unchanged,
 * and verify sees it. */
static void damage_file(const char *archive, const char *name, const char *live)
{
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    char *path = path_join(archive, name);
    assert_int_equal(file_read(path, &bytes, NULL), STATUS_OK);
    char text[FIXTURE_TEXT_MAX];
    struct error error;
    for (size_t size = 0; size < bytes.size; size++) {
        scratch_write(path, bytes.bytes, size);
        enum status status = fixture_live(archive, 0, text, &error);
        assert_true(status == STATUS_FORMAT && error.code == status);
        assert_int_equal(fixture_problems(archive), 1);
    }
    for (size_t i = 0; i < bytes.size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes.bytes[i] ^= (unsigned char)(1u << bit);
            scratch_write(path, bytes.bytes, bytes.size);
            assert_int_equal(fixture_live(archive, 0, text, &error), STATUS_FORMAT);
            assert_true(error.message[0] != '\0');
            bytes.bytes[i] ^= (unsigned char)(1u << bit);
        }
    }
    scratch_write(path, bytes.bytes, bytes.size);
    assert_int_equal(fixture_live(archive, 0, text, &error), STATUS_OK);
    assert_string_equal(text, live);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    assert_int_equal(fixture_live(archive, 0, text, &error), STATUS_FORMAT);
    scratch_write(path, bytes.bytes, bytes.size);
    memory_free(path);
    buffer_release(&bytes);
}

static void every_small_file_is_guarded(void **state)
{
    char *path = scratch_path(*state, "guarded");
    struct publish_result result;
    struct fixture_run runs[] = {{.version = 1, .shards = {"a b c"}},
                                 {.version = 2, .shards = {"b d"}}};
    assert_int_equal(fixture_index(path, &runs[0], &result, NULL), STATUS_OK);
    assert_int_equal(fixture_index(path, &runs[1], &result, NULL), STATUS_OK);
    struct archive archive;
    struct manifest manifest;
    assert_int_equal(archive_open(path, &archive, NULL), STATUS_OK);
    assert_int_equal(archive_read_manifest(&archive, 0, &manifest, NULL), STATUS_OK);
    char digest[DIGEST_TEXT_SIZE];
    char model[64];
    char deletions[64];
    digest_text(&manifest.model.digest, digest);
    (void)snprintf(model, sizeof model, "models/%s.model", digest);
    digest_text(&manifest.deletions.digest, digest);
    (void)snprintf(deletions, sizeof deletions, "derived/%s.del", digest);
    const char *const names[] = {"CURRENT", "manifests/000002.json", model, deletions};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        damage_file(path, names[i], "a1 c1 b2 d2 ");
    }
    manifest_release(&manifest);
    archive_close(&archive);
    memory_free(path);
}

static void current_is_strict(void **state)
{
    char *path = scratch_path(*state, "current");
    struct publish_result result;
    struct fixture_run run = {.version = 1, .shards = {"a"}};
    assert_int_equal(fixture_index(path, &run, &result, NULL), STATUS_OK);
    char *current = path_join(path, "CURRENT");
    static const char *const texts[] = {
        "",
        "\n",
        "000001 00000000000000000000000000000000\n",
        "000001 00000000000000000000000000000000\n\n",
        "1 00000000000000000000000000000000\n",
        "0000001 00000000000000000000000000000000\n",
        "000000 00000000000000000000000000000000\n",
        "000001  0000000000000000000000000000000\n",
        "99999999999999999999999 00000000000000000000000000000000\n",
        "                                                                                       "
        "\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[FIXTURE_TEXT_MAX];
        struct error error;
        scratch_write(current, texts[i], strlen(texts[i]));
        assert_int_equal(fixture_live(path, 0, text, &error), STATUS_FORMAT);
        assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_FORMAT);
    }
    memory_free(current);
    memory_free(path);
}

static void folders_that_are_no_archives(void **state)
{
    const struct scratch *scratch = *state;
    struct archive archive;
    struct error error;
    struct publish_result result;
    struct fixture_run run = {.version = 1, .shards = {"a"}};
    char *path = scratch_path(scratch, "other");
    char *file = path_join(path, "notes.txt");
    char *deep = scratch_path(scratch, "no/such/folder");
    assert_int_equal(archive_open(path, &archive, &error), STATUS_NOT_FOUND);
    assert_non_null(strstr(error.message, "fihris index"));
    assert_int_equal(archive_open_writer(deep, &archive, &error), STATUS_IO);
    assert_int_equal(folder_make(path, NULL), STATUS_OK);
    assert_int_equal(archive_open(path, &archive, &error), STATUS_FORMAT);
    scratch_write(file, "x", 1);
    assert_int_equal(archive_open(path, &archive, &error), STATUS_FORMAT);
    assert_int_equal(archive_open_writer(path, &archive, &error), STATUS_USAGE);
    assert_non_null(strstr(error.message, "notes.txt"));
    assert_int_equal(archive_open(file, &archive, &error), STATUS_FORMAT);
    assert_int_equal(archive_open_writer(file, &archive, &error), STATUS_USAGE);
    assert_int_equal(path_remove(file, NULL), STATUS_OK);
    assert_int_equal(archive_open_writer(path, &archive, &error), STATUS_OK); /* empty folder */
    struct archive second;
    assert_int_equal(archive_open_writer(path, &second, &error), STATUS_BUSY);
    assert_non_null(strstr(error.message, "wait"));
    assert_int_equal(archive_open(path, &second, &error), STATUS_NOT_FOUND); /* no snapshot yet */
    archive_close(&archive);
    assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_OK);
    scratch_write(file, "x", 1); /* may lie in an archive */
    run.version = 2;
    assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_OK);
    /* an archive that has lost its CURRENT must not be written over */
    char *current = path_join(path, "CURRENT");
    assert_int_equal(path_remove(current, NULL), STATUS_OK);
    assert_int_equal(path_remove(file, NULL), STATUS_OK);
    assert_int_equal(fixture_index(path, &run, &result, &error), STATUS_FORMAT);
    memory_free(current);
    memory_free(deep);
    memory_free(file);
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
        cmocka_unit_test(what_is_written_is_read),   cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(wrong_members_are_refused), cmocka_unit_test(limits_hold_when_written),
        cmocka_unit_test(numbers_are_strict),        cmocka_unit_test(every_small_file_is_guarded),
        cmocka_unit_test(current_is_strict),         cmocka_unit_test(folders_that_are_no_archives),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
