#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "base/thread.h"
#include "index/format.h"
#include "index/store.h"
#include "random.h"
#include "scratch.h"

/* Sizes about the page of a check and LMDB's own limits. */
static const size_t sizes[] = {0,     1,     5,     2000,  4096,  16383,
                               16384, 16385, 32768, 40000, 65537, 200000};
enum { SIZES = sizeof sizes / sizeof sizes[0], VALUES = 3 * SIZES };

#define FILE_PAGE_SIZE ((size_t)4096)

/* The i-th value of a database, repeatable; the caller frees it. */
static unsigned char *value_at(int database, size_t i)
{
    size_t size = sizes[i % SIZES];
    uint64_t random = (uint64_t)database * 1000 + i;
    unsigned char *bytes = memory_alloc(size);
    assert_non_null(bytes);
    for (size_t k = 0; k < size; k++) {
        bytes[k] = (unsigned char)random_next(&random);
    }
    return bytes;
}

/* Keys are even numbers, so that odd ones lie between. */
static void key_at(size_t i, unsigned char key[4])
{
    store_u32_be(key, (uint32_t)(2 * i + 2));
}

static bool in_use(int database)
{
    return database != STORE_NAMES;
}

static void make_for(enum store_fate fate, const char *path, struct store_seal *seal)
{
    struct store_writer *writer = NULL;
    assert_int_equal(store_writer_open(path, fate, &writer, NULL), STATUS_OK);
    for (int database = 0; database < STORE_DATABASE_COUNT; database++) {
        uint64_t total = 0;
        for (size_t i = 0; in_use(database) && i < VALUES; i++) {
            unsigned char key[4];
            unsigned char *value = value_at(database, i);
            key_at(i, key);
            assert_int_equal(store_writer_put(writer, (enum store_database)database, key, 4, value,
                                              sizes[i % SIZES], NULL),
                             STATUS_OK);
            total += sizes[i % SIZES];
            memory_free(value);
        }
        if (database == STORE_META) { /* as segments have it */
            assert_int_equal(
                store_writer_put(writer, STORE_META, SEGMENT_META_KEY, 7, "head", 4, NULL),
                STATUS_OK);
            total += 4;
        }
        assert_int_equal(store_writer_bytes(writer, (enum store_database)database), total);
    }
    assert_int_equal(store_writer_finish(writer, seal, NULL), STATUS_OK);
}

static void make(const char *path, struct store_seal *seal)
{
    make_for(STORE_SYNCED, path, seal);
    assert_true(store_seal_is_whole(seal));
}

/* Reads everything; the first status that is not OK. Whatever passes its checks must be right. */
static enum status read_all(const struct store *store, struct error *error)
{
    for (int database = 0; database < STORE_DATABASE_COUNT; database++) {
        for (size_t i = 0; in_use(database) && i < VALUES; i++) {
            unsigned char key[4];
            struct blob blob;
            key_at(i, key);
            enum status status =
                store_get(store, (enum store_database)database, key, 4, &blob, error);
            if (status == STATUS_OK) {
                status = blob_check(store, &blob, 0, blob.size, error);
            }
            if (status != STATUS_OK) {
                return status;
            }
            unsigned char *value = value_at(database, i);
            assert_true(bytes_equal(blob.bytes, blob.size, value, sizes[i % SIZES]));
            memory_free(value);
        }
    }
    return STATUS_OK;
}

static void what_is_put_is_found(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct store *store = NULL;
    scratch_write(path, "an old file", 11);
    make(path, &seal);
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    assert_string_equal(store_path(store), path);
    assert_int_equal(read_all(store, NULL), STATUS_OK);
    struct blob blob;
    assert_int_equal(store_get(store, STORE_META, "\0\0\0\3", 4, &blob, NULL), STATUS_NOT_FOUND);
    assert_int_equal(store_get(store, STORE_NAMES, "\0\0\0\2", 4, &blob, NULL), STATUS_NOT_FOUND);
    store_close(store);
    store_close(NULL);
    store_seal_release(&seal);
    store_seal_release(NULL);
    memory_free(path);
}

static void neighbours_are_found(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct store *store = NULL;
    struct store_entry entry = {0};
    make(path, &seal);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    for (uint32_t asked = 0; asked < 2 * VALUES + 5; asked++) {
        unsigned char key[4];
        store_u32_be(key, asked);
        enum status status = store_floor(store, STORE_TERMS, key, 4, &entry, NULL);
        if (asked < 2) {
            assert_int_equal(status, STATUS_NOT_FOUND);
            continue;
        }
        uint32_t expected = asked / 2 * 2 > 2 * VALUES ? 2 * VALUES : asked / 2 * 2;
        assert_int_equal(status, STATUS_OK);
        assert_int_equal(load_u32_be(entry.key), expected);
        status = store_next(store, STORE_TERMS, &entry, NULL);
        assert_int_equal(status, expected == 2 * VALUES ? STATUS_NOT_FOUND : STATUS_OK);
        assert_true(status != STATUS_OK || load_u32_be(entry.key) == expected + 2);
    }
    assert_int_equal(store_floor(store, STORE_TERMS, NULL, 0, &entry, NULL), STATUS_OK);
    assert_int_equal(load_u32_be(entry.key), 2);
    assert_int_equal(store_floor(store, STORE_NAMES, NULL, 0, &entry, NULL), STATUS_NOT_FOUND);
    assert_int_equal(store_floor(store, STORE_NAMES, "a", 1, &entry, NULL), STATUS_NOT_FOUND);
    store_close(store);
    store_seal_release(&seal);
    memory_free(path);
}

/* A thread with a store of its own: jobs let go of pages that the others read. */
static enum status read_and_let_go(void *context, size_t worker, size_t job, struct error *error)
{
    struct store *const *stores = context;
    (void)worker;
    enum status status = read_all(stores[job], error);
    store_hold_little(stores[job]);
    return status == STATUS_OK ? read_all(stores[job], error) : status;
}

static void clones_read_the_same_file(void **state)
{
    enum { CLONES = 3 };
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct store *stores[1 + CLONES] = {NULL};
    make(path, &seal);
    assert_int_equal(store_open(path, &seal, &stores[0], NULL), STATUS_OK);
    for (size_t i = 1; i <= CLONES; i++) { /* also of a clone */
        assert_int_equal(store_clone(stores[i / 2], NULL, &stores[i], NULL), STATUS_OK);
        assert_string_equal(store_path(stores[i]), path);
    }
    assert_int_equal(thread_run(1 + CLONES, 1 + CLONES, read_and_let_go, stores, NULL), STATUS_OK);
    for (size_t i = CLONES; i > 0; i--) {
        store_close(stores[i]);
        assert_int_equal(read_all(stores[0], NULL), STATUS_OK);
    }
    store_close(stores[0]);
    store_seal_release(&seal);
    memory_free(path);
}

static void the_same_puts_give_the_same_file(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal first = {0};
    struct store_seal second = {0};
    make(path, &first);
    void *blocks[200]; /* so that the heap looks different */
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = memory_alloc(i * 100);
        assert_non_null(blocks[i]);
        memset(blocks[i], 0xa5, i * 100);
    }
    for (size_t i = 0; i < 200; i += 2) {
        memory_free(blocks[i]);
    }
    make(path, &second);
    for (size_t i = 1; i < 200; i += 2) {
        memory_free(blocks[i]);
    }
    assert_int_equal(first.size, second.size);
    assert_int_equal(digest_compare(&first.digest, &second.digest), 0);
    assert_int_equal(digest_compare(&first.structure, &second.structure), 0);
    assert_int_equal(first.page_count, second.page_count);
    store_seal_release(&first);
    store_seal_release(&second);
    memory_free(path);
}

/* More than is committed at once. */
static void many_commits_make_one_store(void **state)
{
    enum { VALUE_SIZE = 1 << 20, COUNT = 70 };
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    unsigned char *value = memory_zalloc(VALUE_SIZE, 1);
    assert_non_null(value);
    struct store_seal seals[2] = {{0}};
    for (int round = 0; round < 2; round++) {
        struct store_writer *writer = NULL;
        assert_int_equal(store_writer_open(path, STORE_SYNCED, &writer, NULL), STATUS_OK);
        for (uint32_t i = 0; i < COUNT; i++) {
            unsigned char key[4];
            store_u32_be(key, i);
            store_u32(value, i);
            assert_int_equal(
                store_writer_put(writer, STORE_POSTINGS, key, 4, value, VALUE_SIZE, NULL),
                STATUS_OK);
            assert_int_equal(store_writer_put(writer, STORE_IDS, key, 4, key, 4, NULL), STATUS_OK);
        }
        assert_int_equal(store_writer_finish(writer, &seals[round], NULL), STATUS_OK);
    }
    assert_int_equal(digest_compare(&seals[0].digest, &seals[1].digest), 0);
    struct store *store = NULL;
    assert_int_equal(store_open(path, &seals[0], &store, NULL), STATUS_OK);
    assert_string_equal(store_database_name(STORE_POSTINGS), "postings");
    uint64_t least = (uint64_t)COUNT * VALUE_SIZE;
    assert_in_range(store_database_bytes(store, STORE_POSTINGS), least, least + least / 8);
    assert_in_range(store_database_bytes(store, STORE_IDS), 1, VALUE_SIZE);
    assert_int_equal(store_database_bytes(store, STORE_TERMS), 0);
    for (uint32_t i = 0; i < COUNT; i++) {
        unsigned char key[4];
        struct blob blob;
        store_u32_be(key, i);
        assert_int_equal(store_get(store, STORE_POSTINGS, key, 4, &blob, NULL), STATUS_OK);
        assert_int_equal(blob_check(store, &blob, 0, blob.size, NULL), STATUS_OK);
        assert_int_equal(load_u32(blob.bytes), i);
        assert_int_equal(store_get(store, STORE_IDS, key, 4, &blob, NULL), STATUS_OK);
        assert_int_equal(load_u32_be(blob.bytes), i);
    }
    store_close(store);
    store_seal_release(&seals[0]);
    store_seal_release(&seals[1]);
    memory_free(value);
    memory_free(path);
}

static void check_packed_values(const struct scratch *scratch, enum store_fate fate)
{
    char *path = scratch_path(scratch, "store");
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct store *store = NULL;
    assert_int_equal(store_writer_open(path, fate, &writer, NULL), STATUS_OK);
    for (size_t i = 0; i < SIZES; i++) {
        unsigned char key[4];
        unsigned char *value = value_at(1, i);
        key_at(i, key);
        assert_int_equal(
            store_writer_put_packed(writer, STORE_TERMS, key, 4, value, sizes[i], NULL), STATUS_OK);
        memory_free(value);
    }
    assert_int_equal(store_writer_put(writer, STORE_IDS, "a", 1, "no frame", 8, NULL), STATUS_OK);
    assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    for (size_t round = 0; round < 3 * SIZES; round++) {
        size_t i = round / 3 * 5 % SIZES; /* each three times, from the second on kept */
        unsigned char key[4];
        struct blob blob;
        const unsigned char *bytes = NULL;
        size_t size = 0;
        key_at(i, key);
        assert_int_equal(store_get(store, STORE_TERMS, key, 4, &blob, NULL), STATUS_OK);
        assert_int_equal(store_unpack(store, STORE_TERMS, &blob, &bytes, &size, NULL), STATUS_OK);
        unsigned char *value = value_at(1, i);
        assert_true(bytes_equal(bytes, size, value, sizes[i]));
        memory_free(value);
    }
    struct blob blob;
    const unsigned char *bytes = NULL;
    size_t size = 0;
    assert_int_equal(store_get(store, STORE_IDS, "a", 1, &blob, NULL), STATUS_OK);
    assert_int_equal(store_unpack(store, STORE_IDS, &blob, &bytes, &size, NULL), STATUS_FORMAT);
    store_close(store);
    store_seal_release(&seal);
    memory_free(path);
}

static void packed_values_come_back(void **state)
{
    check_packed_values(*state, STORE_SYNCED);
    check_packed_values(*state, STORE_KEPT);
    check_packed_values(*state, STORE_MERGED);
}

/* A file that is about to be merged holds its packed values as they are; another does not. */
static void only_what_is_kept_is_compressed(void **state)
{
    enum { SIZE = 200000 };
    static const struct {
        enum store_fate fate;
        bool compressed;
    } fates[] = {{STORE_KEPT, true}, {STORE_SYNCED, true}, {STORE_MERGED, false}};
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    char *text = memory_alloc(SIZE);
    assert_non_null(text);
    for (size_t i = 0; i < SIZE; i++) {
        text[i] = (char)('a' + i % 1000 * 7 % 23);
    }
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        struct store_writer *writer = NULL;
        struct store_seal seal = {0};
        assert_int_equal(store_writer_open(path, fates[i].fate, &writer, NULL), STATUS_OK);
        assert_int_equal(store_writer_put_packed(writer, STORE_TERMS, "a", 1, text, SIZE, NULL),
                         STATUS_OK);
        bool compressed = store_writer_bytes(writer, STORE_TERMS) < SIZE;
        assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
        assert_int_equal(compressed, fates[i].compressed);
        store_seal_release(&seal);
    }
    memory_free(text);
    memory_free(path);
}

/* More values than are kept, asked for in every order, with a walk between. */
static void values_kept_are_the_right_ones(void **state)
{
    enum { MANY = 40, ASKED = 4000 };
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    struct store *store = NULL;
    char value[32];
    assert_int_equal(store_writer_open(path, STORE_SYNCED, &writer, NULL), STATUS_OK);
    for (int database = STORE_TERMS; database <= STORE_ENTITIES; database++) {
        for (size_t i = 0; i < MANY; i++) {
            unsigned char key[4];
            key_at(i, key);
            (void)snprintf(value, sizeof value, "value %zu of %d", i, database);
            assert_int_equal(store_writer_put_packed(writer, (enum store_database)database, key, 4,
                                                     value, strlen(value), NULL),
                             STATUS_OK);
        }
    }
    assert_int_equal(store_writer_finish(writer, &seal, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_OK);
    for (size_t round = 0; round < ASKED; round++) {
        enum store_database database = round % 3 == 0 ? STORE_ENTITIES : STORE_TERMS;
        size_t i = round * round / 7 % (round % 2 == 0 ? MANY : 20);
        unsigned char key[4];
        char wanted[sizeof value];
        struct blob blob;
        const unsigned char *bytes = NULL;
        const unsigned char *walked = NULL;
        size_t size = 0;
        size_t walked_size = 0;
        key_at(i, key);
        (void)snprintf(wanted, sizeof wanted, "value %zu of %d", i, (int)database);
        assert_int_equal(store_get(store, database, key, 4, &blob, NULL), STATUS_OK);
        assert_int_equal(store_unpack_kept(store, database, &blob, &bytes, &size, NULL), STATUS_OK);
        assert_int_equal(store_unpack(store, database, &blob, &walked, &walked_size, NULL),
                         STATUS_OK);
        assert_true(bytes_equal(bytes, size, wanted, strlen(wanted)));
        assert_true(bytes_equal(walked, walked_size, wanted, strlen(wanted)));
    }
    store_close(store);
    store_seal_release(&seal);
    memory_free(path);
}

static struct buffer file_bytes(const char *path)
{
    struct buffer bytes;
    buffer_init(&bytes, (size_t)1 << 30);
    assert_int_equal(file_read(path, &bytes, NULL), STATUS_OK);
    return bytes;
}

static void truncation_is_noticed(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct store *store = NULL;
    struct error error;
    make(path, &seal);
    struct buffer bytes = file_bytes(path);
    for (size_t step = 0; step < 100; step++) {
        scratch_write(path, bytes.bytes,
                      step < 50 ? step * bytes.size / 50 : bytes.size - step + 49);
        assert_int_equal(store_open(path, &seal, &store, &error), STATUS_FORMAT);
        assert_non_null(strstr(error.message, path));
        assert_int_equal(store_verify(path, 3, &seal, &error), STATUS_FORMAT);
        assert_non_null(strstr(error.message, path));
    }
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_NOT_FOUND);
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_NOT_FOUND);
    buffer_release(&bytes);
    store_seal_release(&seal);
    memory_free(path);
}

static void flipped_bytes_are_noticed(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct error error;
    uint64_t random = 1;
    make(path, &seal);
    struct buffer bytes = file_bytes(path);
    size_t noticed = 0;
    size_t at_open = 0;
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    for (size_t round = 0; round < 600; round++) {
        /* Half of them in pages that LMDB itself walks. */
        size_t page = seal.pages[random_below(&random, seal.page_count)];
        size_t at = round % 2 == 0 ? random_below(&random, (uint32_t)bytes.size)
                                   : page * FILE_PAGE_SIZE + random_below(&random, 4096);
        unsigned char byte = (unsigned char)(bytes.bytes[at] ^ (1 + random_below(&random, 255)));
        assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
        assert_int_equal(fwrite(&byte, 1, 1, file), 1);
        assert_int_equal(fflush(file), 0);
        assert_int_equal(store_verify(path, 3, &seal, &error), STATUS_FORMAT);
        struct store *store = NULL;
        enum status status = store_open(path, &seal, &store, &error);
        if (status == STATUS_OK) {
            status = read_all(store, &error);
            store_close(store);
        } else {
            at_open++;
        }
        assert_true(status == STATUS_OK || status == STATUS_FORMAT);
        noticed += status != STATUS_OK;
        assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
        assert_int_equal(fwrite(&bytes.bytes[at], 1, 1, file), 1);
        assert_int_equal(fflush(file), 0);
    }
    assert_int_equal(fclose(file), 0);
    assert_in_range(at_open, 300, 599); /* every flip in a B-tree page, before LMDB sees it */
    assert_true(noticed > 580);         /* the others lie where nothing is stored */
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_OK);
    buffer_release(&bytes);
    store_seal_release(&seal);
    memory_free(path);
}

/* What lies between the values is not told; values and B-tree are. */
static void flipped_bytes_of_files_to_merge_are_noticed(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    uint64_t random = 2;
    make_for(STORE_MERGED, path, &seal);
    assert_false(store_seal_is_whole(&seal));
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_OK);
    struct buffer bytes = file_bytes(path);
    size_t noticed = 0;
    for (size_t round = 0; round < 300; round++) {
        size_t at = random_below(&random, (uint32_t)bytes.size);
        unsigned char byte = bytes.bytes[at];
        bytes.bytes[at] ^= (unsigned char)(1 + random_below(&random, 255));
        scratch_write(path, bytes.bytes, bytes.size);
        struct store *store = NULL;
        enum status status = store_open(path, &seal, &store, NULL);
        if (status == STATUS_OK) {
            status = read_all(store, NULL);
            store_close(store);
        }
        assert_int_equal(store_verify(path, 1, &seal, NULL), status);
        noticed += status == STATUS_FORMAT;
        bytes.bytes[at] = byte;
    }
    assert_true(noticed > 280);
    scratch_write(path, bytes.bytes, bytes.size);
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_OK);
    buffer_release(&bytes);
    store_seal_release(&seal);
    memory_free(path);
}

/* Another store's file, or one with pages changed about, under the right name. */
static void swapped_files_are_noticed(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct store_seal seal = {0};
    struct store *store = NULL;
    make(path, &seal);
    struct buffer bytes = file_bytes(path);
    unsigned char page[FILE_PAGE_SIZE];
    memcpy(page, bytes.bytes + 2 * FILE_PAGE_SIZE, sizeof page);
    memcpy(bytes.bytes + 2 * FILE_PAGE_SIZE, bytes.bytes + bytes.size - FILE_PAGE_SIZE,
           sizeof page);
    memcpy(bytes.bytes + bytes.size - FILE_PAGE_SIZE, page, sizeof page);
    scratch_write(path, bytes.bytes, bytes.size);
    assert_int_equal(store_verify(path, 3, &seal, NULL), STATUS_FORMAT);
    memset(bytes.bytes, 0, bytes.size);
    scratch_write(path, bytes.bytes, bytes.size);
    assert_int_equal(store_open(path, &seal, &store, NULL), STATUS_FORMAT);
    assert_int_equal(store_verify(path, 1, &seal, NULL), STATUS_FORMAT);
    struct store_seal none = {.size = seal.size, .digest = seal.digest};
    assert_int_equal(store_open(path, &none, &store, NULL), STATUS_FORMAT);
    buffer_release(&bytes);
    store_seal_release(&seal);
    memory_free(path);
}

/* A limit on the size of files stands in for a full disk. */
static void a_full_disk_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "store");
    struct error error = {0};
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit low = limit;
    low.rlim_cur = 1 << 20;
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    struct store_writer *writer = NULL;
    struct store_seal seal = {0};
    enum status status = store_writer_open(path, STORE_SYNCED, &writer, &error);
    static unsigned char bytes[1 << 20];
    for (uint32_t i = 0; status == STATUS_OK && i < 100; i++) {
        unsigned char key[4];
        store_u32_be(key, i);
        status = store_writer_put(writer, STORE_POSTINGS, key, 4, bytes, sizeof bytes, &error);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(status, STATUS_IO);
    assert_non_null(strstr(error.message, path));
    store_writer_abandon(writer);
    assert_false(file_exists(path));
    writer = NULL;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0); /* this time at the last commit */
    before = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(store_writer_open(path, STORE_SYNCED, &writer, &error), STATUS_OK);
    assert_int_equal(store_writer_put(writer, STORE_POSTINGS, "a", 1, bytes, sizeof bytes, &error),
                     STATUS_OK);
    assert_int_equal(store_writer_finish(writer, &seal, &error), STATUS_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)signal(SIGXFSZ, before);
    assert_false(file_exists(path));
    assert_null(seal.pages);
    memory_free(path);
}

static void a_folder_that_is_missing_is_an_error(void **state)
{
    const struct scratch *scratch = *state;
    char *path = scratch_path(scratch, "missing/store");
    struct error error = {0};
    struct store_writer *writer = NULL;
    assert_int_equal(store_writer_open(path, STORE_SYNCED, &writer, &error), STATUS_IO);
    assert_non_null(strstr(error.message, path));
    memory_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_found),
        cmocka_unit_test(neighbours_are_found),
        cmocka_unit_test(clones_read_the_same_file),
        cmocka_unit_test(the_same_puts_give_the_same_file),
        cmocka_unit_test(many_commits_make_one_store),
        cmocka_unit_test(packed_values_come_back),
        cmocka_unit_test(only_what_is_kept_is_compressed),
        cmocka_unit_test(values_kept_are_the_right_ones),
        cmocka_unit_test(truncation_is_noticed),
        cmocka_unit_test(flipped_bytes_are_noticed),
        cmocka_unit_test(flipped_bytes_of_files_to_merge_are_noticed),
        cmocka_unit_test(swapped_files_are_noticed),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_folder_that_is_missing_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
