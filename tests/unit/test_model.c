#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <stdbool.h>

#include "acts.h"
#include "archive_fixture.h"
#include "base/bytes.h"
#include "random.h"
#include "scratch.h"

static struct archive *writer_of(const struct scratch *scratch, struct archive *archive)
{
    char *path = scratch_path(scratch, "archive");
    assert_int_equal(archive_open_writer(path, archive, NULL), STATUS_OK);
    memory_free(path);
    return archive;
}

static void what_is_written_is_read(void **state)
{
    struct archive archive;
    (void)writer_of(*state, &archive);
    uint64_t seed = 5;
    static unsigned char bytes[100000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)random_next(&seed);
    }
    for (unsigned i = 0; i < 100; i++) {
        struct model_content content = {.analyser_version = (uint32_t)random_next(&seed)};
        for (size_t part = 0; part < MODEL_PART_COUNT; part++) {
            if (part == MODEL_SYMBOLS) {
                continue; /* they are looked at: below */
            }
            content.parts[part] = (struct model_bytes){
                .bytes = bytes + part,
                .size = i < 10 ? i * part : random_below(&seed, (uint32_t)sizeof bytes - 10)};
        }
        struct manifest_file file;
        struct model model;
        struct error error;
        assert_int_equal(model_write(&archive, &content, &file, &error), STATUS_OK);
        assert_int_equal(model_write(&archive, &content, &file, &error), STATUS_OK); /* again */
        char *path = archive_file_path(&archive, ARCHIVE_MODELS, &file.digest);
        uint64_t size = 0;
        assert_int_equal(file_size(path, &size, &error), STATUS_OK);
        assert_int_equal(size, file.size);
        assert_int_equal(model_open(path, &file.digest, &model, &error), STATUS_OK);
        assert_int_equal(digest_compare(&model.digest, &file.digest), 0);
        assert_int_equal(model.content.analyser_version, content.analyser_version);
        for (size_t part = 0; part < MODEL_PART_COUNT; part++) {
            assert_int_equal(model.content.parts[part].size, content.parts[part].size);
            assert_memory_equal(model.content.parts[part].bytes, content.parts[part].bytes,
                                content.parts[part].size);
            assert_int_equal((uintptr_t)model.content.parts[part].bytes % 8, 0);
        }
        model_close(&model);
        model_close(&model);
        struct digest other = file.digest;
        other.bytes[0] ^= 1;
        assert_int_equal(model_open(path, &other, &model, &error), STATUS_FORMAT);
        assert_int_equal(path_remove(path, &error), STATUS_OK);
        assert_int_equal(model_open(path, &file.digest, &model, &error), STATUS_NOT_FOUND);
        memory_free(path);
    }
    archive_close(&archive);
}

/* In a block of its own size. */
static enum status parse(const unsigned char *bytes, size_t size, struct model *model)
{
    struct error error = {.code = STATUS_OK};
    unsigned char *copy = memory_alloc(size);
    memcpy(copy, bytes, size);
    enum status status = model_parse(copy, size, "P", model, &error);
    assert_true(status == STATUS_OK || strstr(error.message, "'P'") != NULL);
    memory_free(copy);
    return status;
}

/* A damaged body with a right digest: the list of parts is checked too. */
static void reseal(unsigned char *bytes, size_t size)
{
    struct digest digest = digest_of(bytes, size - DIGEST_SIZE);
    memcpy(bytes + size - DIGEST_SIZE, digest.bytes, DIGEST_SIZE);
}

static void damage_is_an_error(void **state)
{
    struct archive archive;
    (void)writer_of(*state, &archive);
    static const struct symbol_count counts[] = {{"word", 4, SYMBOL_WORD, 3}};
    struct buffer symbols;
    buffer_init(&symbols, 1000);
    assert_int_equal(symbols_write(counts, 1, &symbols, NULL), STATUS_OK);
    struct model_content content = {.analyser_version = 1,
                                    .parts = {[MODEL_ANALYSER] = {"default", 7},
                                              [MODEL_OPTIONS] = {"", 0},
                                              [MODEL_EVIDENCE] = {"evidence", 8},
                                              [MODEL_SYMBOLS] = {symbols.bytes, symbols.size}}};
    struct manifest_file file;
    struct model model;
    assert_int_equal(model_write(&archive, &content, &file, NULL), STATUS_OK);
    char *path = archive_file_path(&archive, ARCHIVE_MODELS, &file.digest);
    struct buffer bytes;
    buffer_init(&bytes, 1000);
    assert_int_equal(file_read(path, &bytes, NULL), STATUS_OK);
    assert_int_equal(parse(bytes.bytes, bytes.size, &model), STATUS_OK);
    for (size_t size = 0; size < bytes.size; size++) {
        assert_int_equal(parse(bytes.bytes, size, &model), STATUS_FORMAT);
    }
    enum { HEADER = 24 + 16 * MODEL_PART_COUNT };
    for (size_t i = 0; i < bytes.size; i++) {
        for (unsigned change = 1; change < 256; change++) {
            bytes.bytes[i] ^= (unsigned char)change;
            assert_int_equal(parse(bytes.bytes, bytes.size, &model), STATUS_FORMAT);
            bytes.bytes[i] ^= (unsigned char)change;
        }
    }
    struct digest end;
    memcpy(end.bytes, bytes.bytes + bytes.size - DIGEST_SIZE, DIGEST_SIZE);
    for (size_t i = 0; i < HEADER; i++) {
        for (unsigned change = 1; change < 256; change++) {
            bytes.bytes[i] ^= (unsigned char)change;
            reseal(bytes.bytes, bytes.size);
            bool is_version = i >= 16 && i < 20;
            bool shorter = i >= 24; /* a size may change within its padding only to fail there */
            enum status status = parse(bytes.bytes, bytes.size, &model);
            assert_true(is_version ? status == STATUS_OK
                                   : status == STATUS_FORMAT || (shorter && status == STATUS_OK));
            bytes.bytes[i] ^= (unsigned char)change;
        }
    }
    size_t at = (size_t)load_u64(bytes.bytes + 24 + 16 * MODEL_SYMBOLS);
    bytes.bytes[at] ^= 1; /* its magic */
    reseal(bytes.bytes, bytes.size);
    assert_int_equal(parse(bytes.bytes, bytes.size, &model), STATUS_FORMAT);
    buffer_release(&symbols);
    buffer_release(&bytes);
    memory_free(path);
    archive_close(&archive);
}

static void too_large_is_refused(void **state)
{
    struct archive archive;
    (void)writer_of(*state, &archive);
    struct model_content content = {.parts = {[MODEL_EVIDENCE] = {"x", MODEL_SIZE_MAX}}};
    struct manifest_file file;
    assert_int_equal(model_write(&archive, &content, &file, NULL), STATUS_LIMIT);
    content.parts[MODEL_EVIDENCE].size = SIZE_MAX;
    assert_int_equal(model_write(&archive, &content, &file, NULL), STATUS_LIMIT);
    archive_close(&archive);
}

/* ---- Deletions ------------------------------------------------------------------------------ */

static enum status read_deletions(const unsigned char *bytes, size_t size,
                                  struct manifest *manifest, struct deletions *read)
{
    unsigned char *copy = memory_alloc(size);
    memcpy(copy, bytes, size);
    enum status status = deletions_read(copy, size, "P", manifest, read, NULL);
    memory_free(copy);
    return status;
}

static void deletions_are_read_as_written(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (uint32_t count = 0; count < 20; count++) {
        struct manifest manifest;
        struct deletions deletions;
        struct deletions read;
        manifest_init(&manifest);
        assert_int_equal(deletions_init(&deletions, count, NULL), STATUS_OK);
        for (uint32_t i = 0; i < count; i++) {
            struct segment_record record = {.counts = {.documents = 300}};
            for (uint32_t n = random_below(&seed, 400); n > 0; n--) {
                assert_int_equal(
                    deletion_list_add(&deletions.lists[i], random_below(&seed, 300), NULL),
                    STATUS_OK);
            }
            deletion_list_sort(&deletions.lists[i]);
            record.deleted = deletions.lists[i].count;
            assert_int_equal(manifest_add(&manifest, &record, NULL), STATUS_OK);
        }
        struct buffer bytes;
        buffer_init(&bytes, 1 << 20);
        assert_int_equal(deletions_write(&deletions, &bytes, NULL), STATUS_OK);
        memcpy(manifest.deletions.digest.bytes, bytes.bytes + bytes.size - DIGEST_SIZE,
               DIGEST_SIZE);
        assert_int_equal(read_deletions(bytes.bytes, bytes.size, &manifest, &read), STATUS_OK);
        for (uint32_t i = 0; i < count; i++) {
            assert_int_equal(read.lists[i].count, deletions.lists[i].count);
            assert_true(read.lists[i].count == 0 ||
                        memcmp(read.lists[i].documents, deletions.lists[i].documents,
                               read.lists[i].count * sizeof(doc_id)) == 0);
        }
        deletions_release(&read);
        for (size_t i = 0; i < bytes.size; i++) {
            bytes.bytes[i] ^= (unsigned char)(1u << i % 8);
            assert_int_equal(read_deletions(bytes.bytes, bytes.size, &manifest, &read),
                             STATUS_FORMAT);
            /* sealed anew: an error or lists that fit */
            reseal(bytes.bytes, bytes.size);
            memcpy(manifest.deletions.digest.bytes, bytes.bytes + bytes.size - DIGEST_SIZE,
                   DIGEST_SIZE);
            if (read_deletions(bytes.bytes, bytes.size, &manifest, &read) == STATUS_OK) {
                for (uint32_t k = 0; k < count; k++) {
                    assert_int_equal(read.lists[k].count, manifest.segments[k].deleted);
                    for (uint32_t n = 0; n < read.lists[k].count; n++) {
                        assert_true(read.lists[k].documents[n] < 300);
                        assert_true(n == 0 ||
                                    read.lists[k].documents[n] > read.lists[k].documents[n - 1]);
                    }
                }
                deletions_release(&read);
            }
            bytes.bytes[i] ^= (unsigned char)(1u << i % 8);
            reseal(bytes.bytes, bytes.size);
            memcpy(manifest.deletions.digest.bytes, bytes.bytes + bytes.size - DIGEST_SIZE,
                   DIGEST_SIZE);
        }
        for (size_t size = 0; size < bytes.size; size++) {
            assert_int_equal(read_deletions(bytes.bytes, size, &manifest, &read), STATUS_FORMAT);
        }
        buffer_release(&bytes);
        deletions_release(&deletions);
        manifest_release(&manifest);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(too_large_is_refused),
        cmocka_unit_test(deletions_are_read_as_written),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
