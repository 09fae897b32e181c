/* Buffers that grow past what the heap is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"

#define MIB ((size_t)1 << 20)

enum { STEP = 4096 };

/* Appends steps, each filled with its number, until the buffer has `size` bytes. */
static void fill(struct buffer *buffer, size_t size)
{
    while (buffer->size < size) {
        uint32_t step[STEP / sizeof(uint32_t)];
        for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
            step[i] = (uint32_t)(buffer->size / STEP);
        }
        assert_int_equal(buffer_append(buffer, step, sizeof step, NULL), STATUS_OK);
    }
}

static void check(const struct buffer *buffer)
{
    const uint32_t *numbers = (const uint32_t *)(const void *)buffer->bytes;
    for (size_t i = 0; i < buffer->size / sizeof *numbers; i++) {
        if (numbers[i] != i / (STEP / sizeof *numbers)) {
            fail_msg("number %zu is %u", i, numbers[i]);
        }
    }
}

/* Through the heap, into room, out of that room into a larger one. */
static void large_buffers_keep_their_bytes(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    for (size_t size = MIB; size <= 160 * MIB; size *= 2) {
        fill(&buffer, size);
        check(&buffer);
    }
    assert_true(buffer.room > buffer.capacity);
    buffer_clear(&buffer);
    fill(&buffer, 3 * MIB);
    check(&buffer);
    buffer_release(&buffer);
    assert_null(buffer.bytes);
    fill(&buffer, STEP);
    assert_int_equal(buffer.room, 0);
    buffer_release(&buffer);
}

static void large_buffers_lie_still(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, SIZE_MAX);
    fill(&buffer, 5 * MIB);
    const unsigned char *bytes = buffer.bytes;
    fill(&buffer, 60 * MIB);
    assert_ptr_equal(buffer.bytes, bytes);
    buffer_release(&buffer);
}

static void large_buffers_have_a_maximum(void **state)
{
    (void)state;
    struct buffer buffer;
    buffer_init(&buffer, 9 * MIB + 5);
    fill(&buffer, 9 * MIB);
    assert_int_equal(buffer_append(&buffer, "12345", 5, NULL), STATUS_OK);
    struct error error;
    assert_int_equal(buffer_append(&buffer, "6", 1, &error), STATUS_LIMIT);
    assert_int_equal(buffer.size, 9 * MIB + 5);
    check(&(struct buffer){.bytes = buffer.bytes, .size = 9 * MIB});
    buffer_release(&buffer);
}

/* 0: not known. Under a sanitizer, which stops where it gets none itself, it is not to be known. */
static size_t address_space(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return 0;
#else
    size_t pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%zu", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return pages * (size_t)sysconf(_SC_PAGESIZE);
#endif
}

/* Where address space is scarce (ulimit -v) they are on the heap, and when that is full, that is
 * said and nothing is lost. */
static void without_room_the_heap_serves(void **state)
{
    (void)state;
    struct rlimit before;
    size_t used = address_space();
    if (used == 0 || getrlimit(RLIMIT_AS, &before) != 0) {
        skip();
    }
    struct rlimit little = {.rlim_cur = used + 40 * MIB, .rlim_max = before.rlim_max};
    struct buffer buffer;
    struct error error;
    buffer_init(&buffer, SIZE_MAX);
    assert_int_equal(setrlimit(RLIMIT_AS, &little), 0);
    enum status status = STATUS_OK;
    size_t heap = 0;
    while (status == STATUS_OK && buffer.size < 200 * MIB) {
        uint32_t step[STEP / sizeof(uint32_t)];
        for (size_t i = 0; i < sizeof step / sizeof step[0]; i++) {
            step[i] = (uint32_t)(buffer.size / STEP);
        }
        status = buffer_append(&buffer, step, sizeof step, &error);
        heap = buffer.room == 0 ? buffer.size : heap;
    }
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(status, STATUS_NOMEM);
    assert_true(heap > 4 * MIB);
    check(&buffer);
    buffer_release(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_buffers_keep_their_bytes),
        cmocka_unit_test(large_buffers_lie_still),
        cmocka_unit_test(large_buffers_have_a_maximum),
        cmocka_unit_test(without_room_the_heap_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
