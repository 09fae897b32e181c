#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/compress.h"
#include "base/hash.h"
#include "base/memory.h"
#include "random.h"

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    static unsigned char *blocks[COUNT];
    static size_t sizes[COUNT];
    uint64_t random = 1;
    struct arena *arena = arena_new((size_t)64 << 20);
    assert_non_null(arena);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            sizes[i] = random_sized(&random, i % 100 == 0 ? 16 : 8);
            blocks[i] = arena_alloc(arena, sizes[i]);
            assert_non_null(blocks[i]);
            assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++) {
                assert_int_equal(blocks[i][k], 0);
            }
            memset(blocks[i], (int)(i % 251), sizes[i]);
            char *copy = arena_copy(arena, "abc\0d", 5);
            assert_memory_equal(copy, "abc\0d\0", 6);
        }
        for (size_t i = 0; i < COUNT; i++) {
            for (size_t k = 0; k < sizes[i]; k++) {
                assert_int_equal(blocks[i][k], i % 251);
            }
        }
        arena_clear(arena);
    }
    arena_free(arena);
    arena_free(NULL);
}

static void arena_keeps_its_maximum(void **state)
{
    (void)state;
    struct arena *arena = arena_new(100000);
    assert_non_null(arena);
    size_t given = 0;
    while (arena_alloc(arena, 1000) != NULL) {
        given += 1000;
        assert_true(arena_size(arena) <= 100000);
    }
    assert_true(given > 80000);
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_copy(arena, "", SIZE_MAX));
    arena_clear(arena);
    assert_non_null(arena_alloc(arena, 1000));
    arena_free(arena);
    arena = arena_new(SIZE_MAX);
    assert_null(arena_alloc(arena, SIZE_MAX)); /* its head would not fit */
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    arena_free(arena);
}

static void arena_keeps_the_largest_chunk(void **state)
{
    (void)state;
    struct arena *arena = arena_new((size_t)64 << 20);
    assert_non_null(arena_alloc(arena, 100));
    assert_non_null(arena_alloc(arena, 10 << 20));
    assert_non_null(arena_alloc(arena, 1 << 20));
    arena_clear(arena);
    assert_int_equal(arena_size(arena), 10 << 20);
    assert_non_null(arena_alloc(arena, 10 << 20));
    assert_int_equal(arena_size(arena), 10 << 20);
    arena_free(arena);
}

static void buffers_grow_to_their_maximum(void **state)
{
    (void)state;
    struct buffer buffer;
    struct error error = {0};
    buffer_init(&buffer, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buffer_append_byte(&buffer, (unsigned char)i, NULL), STATUS_OK);
    }
    assert_int_equal(buffer_append_byte(&buffer, 0, &error), STATUS_LIMIT);
    assert_int_equal(error.code, STATUS_LIMIT);
    assert_non_null(strstr(error.message, "1000"));
    assert_int_equal(buffer_append(&buffer, NULL, 0, NULL), STATUS_OK);
    assert_int_equal(buffer_reserve(&buffer, SIZE_MAX, NULL), STATUS_LIMIT);
    assert_int_equal(buffer_append_string(&buffer, "", 0, NULL), STATUS_LIMIT);
    assert_int_equal(buffer.size, 1000);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(buffer.bytes[i], i & 255);
    }
    buffer.size = 999;
    assert_int_equal(buffer_append_string(&buffer, "x", 1, NULL), STATUS_LIMIT);
    assert_int_equal(buffer.size, 999); /* nothing of it */
    buffer_clear(&buffer);
    assert_int_equal(buffer_append_format(&buffer, NULL, "%d-%s", 12, "ab"), STATUS_OK);
    assert_int_equal(buffer.size, 5);
    assert_memory_equal(buffer.bytes, "12-ab", 5);
    buffer_release(&buffer);
    buffer_release(&buffer);
    buffer_release(NULL);
}

static void numbers_are_read_as_written(void **state)
{
    (void)state;
    uint64_t random = 2;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX / 2);
    enum { COUNT = 20000 };
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t value = random_next(&random) >> random_below(&random, 64);
        assert_int_equal(buffer_append_varint(&buffer, value, NULL), STATUS_OK);
        assert_int_equal(buffer_append_u32(&buffer, (uint32_t)value, NULL), STATUS_OK);
        assert_int_equal(buffer_append_string(&buffer, &value, i % 9, NULL), STATUS_OK);
    }
    random = 2;
    struct byte_reader reader = byte_reader_over(buffer.bytes, buffer.size);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t value = random_next(&random) >> random_below(&random, 64);
        assert_int_equal(byte_reader_varint(&reader), value);
        assert_int_equal(load_u32(byte_reader_take(&reader, 4)), (uint32_t)value);
        size_t size = 0;
        const unsigned char *string = byte_reader_string(&reader, &size);
        assert_int_equal(size, i % 9);
        assert_memory_equal(string, &value, size);
    }
    assert_false(reader.failed);
    assert_int_equal(byte_reader_left(&reader), 0);
    assert_int_equal(byte_reader_varint(&reader), 0);
    assert_true(reader.failed);
    buffer_release(&buffer);

    static const unsigned char endless[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                            0xff, 0xff, 0xff, 0xff, 1};
    reader = byte_reader_over(endless, sizeof endless);
    assert_int_equal(byte_reader_varint(&reader), 0);
    assert_true(reader.failed);
    unsigned char bytes[8];
    store_u64(bytes, 0x0102030405060708);
    assert_memory_equal(bytes, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
    assert_int_equal(load_u64(bytes), 0x0102030405060708);
    store_u16(bytes, 0xabcd);
    assert_int_equal(load_u16(bytes), 0xabcd);
    store_u32_be(bytes, 0x01020304);
    assert_memory_equal(bytes, "\x01\x02\x03\x04", 4);
    assert_int_equal(load_u32_be(bytes), 0x01020304);
}

static void byte_order_puts_a_prefix_first(void **state)
{
    (void)state;
    assert_true(bytes_compare("", 0, "a", 1) < 0);
    assert_true(bytes_compare("a", 1, "ab", 2) < 0);
    assert_true(bytes_compare("b", 1, "ab", 2) > 0);
    assert_true(bytes_compare("\xff", 1, "a", 1) > 0);
    assert_int_equal(bytes_compare("ab", 2, "ab", 2), 0);
    assert_int_equal(bytes_compare(NULL, 0, NULL, 0), 0);
    assert_true(bytes_equal(NULL, 0, "a", 0));
    assert_false(bytes_equal("a", 1, "b", 1));
}

static void ones_are_counted(void **state)
{
    (void)state;
    uint64_t word = 1;
    for (unsigned round = 0; round < 1000; round++) {
        unsigned ones = 0;
        for (unsigned bit = 0; bit < 64; bit++) {
            ones += (unsigned)(word >> bit & 1);
        }
        assert_int_equal(count_ones(word), ones);
        word = word * 0x9E3779B97F4A7C15u + round;
    }
    assert_int_equal(count_ones(0), 0);
    assert_int_equal(count_ones(UINT64_MAX), 64);
}

static void digests_are_those_of_xxh3(void **state)
{
    (void)state;
    static const char *const empty = "99aa06d3014798d86001c324468d497f"; /* xxhsum -H2 /dev/null */
    char text[DIGEST_TEXT_SIZE];
    struct digest digest = digest_of("", 0);
    struct digest parsed;
    digest_text(&digest, text);
    assert_string_equal(text, empty);
    assert_true(digest_parse(text, 32, &parsed));
    assert_int_equal(digest_compare(&digest, &parsed), 0);
    assert_int_equal(hash64("", 0), 0x2d06800538d394c2);
    assert_false(digest_parse(text, 31, &parsed));
    assert_false(digest_parse("99AA06d3014798d86001c324468d497f", 32, &parsed));
    assert_false(digest_parse("g9aa06d3014798d86001c324468d497f", 32, &parsed));
    unsigned char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)i;
    }
    struct digest_stream *stream = digest_stream_new();
    assert_non_null(stream);
    for (size_t i = 0; i < sizeof bytes; i += 10) {
        digest_stream_add(stream, bytes + i, 10);
    }
    parsed = digest_stream_value(stream);
    digest_stream_free(stream);
    digest_stream_free(NULL);
    digest = digest_of(bytes, sizeof bytes);
    assert_int_equal(digest_compare(&digest, &parsed), 0);
    digest = digest_of(bytes, sizeof bytes - 1);
    assert_int_not_equal(digest_compare(&digest, &parsed), 0);
}

/* Sentences of few words, so that there is something to learn. */
static size_t make_samples(char *text, size_t *sizes, size_t count)
{
    static const char *const words[] = {"ministry ", "agreement ", "signed ",  "today ",
                                        "in ",       "the ",       "capital ", "between "};
    uint64_t random = 3;
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t from = total;
        for (int k = 0; k < 60; k++) {
            const char *word = words[random_below(&random, 8)];
            memcpy(text + total, word, strlen(word));
            total += strlen(word);
        }
        sizes[i] = total - from;
    }
    return total;
}

static void frames_come_back(void **state)
{
    (void)state;
    enum { SAMPLES = 300 };
    static char text[SAMPLES * 60 * 10];
    static size_t sizes[SAMPLES];
    (void)make_samples(text, sizes, SAMPLES); /* zeros behind */
    struct buffer frame;
    struct buffer out;
    buffer_init(&frame, 1000000);
    buffer_init(&out, sizeof text);
    static const size_t lengths[] = {0, 1, 500, 5000,
                                     sizeof text}; /* more than a block of zstd's */
    static const struct {
        int level;
        int step;
    } ways[] = {{1, 1}, {1, 4}, {COMPRESS_NOTHING, 1}};
    enum { WAYS = sizeof ways / sizeof ways[0] };
    struct compressor *compressors[WAYS] = {NULL};
    struct decompressor decompressor = {NULL};
    for (size_t i = 0; i < WAYS; i++) {
        assert_int_equal(compressor_new(ways[i].level, ways[i].step, &compressors[i], NULL),
                         STATUS_OK);
    }
    for (size_t i = 0; i < WAYS * sizeof lengths / sizeof lengths[0]; i++) {
        struct compressor *compressor = compressors[i % WAYS];
        size_t length = lengths[i / WAYS];
        buffer_clear(&frame);
        assert_int_equal(compressor_frame(compressor, text, length, &frame, NULL), STATUS_OK);
        assert_int_equal(decompress_frame(&decompressor, frame.bytes, frame.size, &out, NULL),
                         STATUS_OK);
        assert_int_equal(out.size, length);
        assert_true(length == 0 || memcmp(out.bytes, text, length) == 0);
        for (size_t cut = 0; cut < frame.size; cut += 1 + cut / 8) {
            assert_int_equal(decompress_frame(&decompressor, frame.bytes, cut, &out, NULL),
                             STATUS_FORMAT);
        }
    }
    struct buffer little;
    buffer_init(&little, sizeof text - 1);
    assert_int_equal(decompress_frame(&decompressor, frame.bytes, frame.size, &little, NULL),
                     STATUS_LIMIT);
    buffer_release(&little);
    decompressor_release(&decompressor);
    for (size_t i = 0; i < WAYS; i++) {
        compressor_free(compressors[i]);
    }
    buffer_release(&frame);
    buffer_release(&out);
}

static void errors_say_what_happened(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(error_set(&error, STATUS_BUSY, "cannot %s", "wait"), STATUS_BUSY);
    assert_int_equal(error.code, STATUS_BUSY);
    assert_string_equal(error.message, "cannot wait");
    assert_int_equal(error_set(NULL, STATUS_BUSY, "cannot %s", "wait"), STATUS_BUSY);
    errno = ENOSPC;
    assert_int_equal(error_from_errno(&error, "write", "a/b"), STATUS_IO);
    assert_string_equal(error.message, "cannot write 'a/b': No space left on device");
    assert_int_equal(error_no_memory(&error, 77), STATUS_NOMEM);
    assert_string_equal(error.message, "out of memory: cannot allocate 77 bytes");
    static char path[2000];
    memset(path, 'x', sizeof path - 1);
    errno = ENOENT;
    (void)error_from_errno(&error, "open", path);
    assert_int_equal(strlen(error.message), sizeof error.message - 1); /* cut, not overrun */
    assert_string_equal(status_text(STATUS_OK), "ok");
    assert_string_equal(status_text(STATUS_STOPPED), "stopped on request");
}

static void memory_of_size_zero_may_be_freed(void **state)
{
    (void)state;
    memory_free(NULL);
    memory_free(memory_alloc(0));
    memory_free(memory_zalloc(0, 8));
    memory_free(memory_resize(NULL, 0));
    volatile size_t half = SIZE_MAX / 2 + 1; /* volatile: gcc warns of what is meant here */
    assert_null(memory_zalloc(half, 2));
    assert_null(memory_copy("", SIZE_MAX));
    char *copy = memory_copy("ab", 2);
    assert_string_equal(copy, "ab");
    memory_free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(arena_keeps_its_maximum),
        cmocka_unit_test(arena_keeps_the_largest_chunk),
        cmocka_unit_test(buffers_grow_to_their_maximum),
        cmocka_unit_test(numbers_are_read_as_written),
        cmocka_unit_test(byte_order_puts_a_prefix_first),
        cmocka_unit_test(ones_are_counted),
        cmocka_unit_test(digests_are_those_of_xxh3),
        cmocka_unit_test(frames_come_back),
        cmocka_unit_test(errors_say_what_happened),
        cmocka_unit_test(memory_of_size_zero_may_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
