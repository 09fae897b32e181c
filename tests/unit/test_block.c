#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/block.h"

static void assert_bits(const unsigned char bytes[BLOCK_READ_SIZE])
{
    struct block_bits expected = {0, 0};
    for (size_t i = 0; i < BLOCK_SIZE; i++) {
        unsigned code = (bytes[i] & 0x1Fu) << 6 | (bytes[i + 1] & 0x3Fu);
        int pair = (bytes[i] & 0xE0) == 0xC0 && (bytes[i + 1] & 0xC0) == 0x80;
        int letter = (code >= 0x620 && code <= 0x63F) || (code >= 0x641 && code <= 0x64A);
        expected.letters |= (uint64_t)(pair && letter) << i;
        expected.blanks |= (uint64_t)(bytes[i] == ' ') << i;
    }
    for (int way = 0; way < (int)BLOCK_WAYS; way++) {
        block_reader *read = block_reader_of((enum block_way)way);
        if (read != NULL) {
            struct block_bits bits = read(bytes);
            assert_int_equal(bits.letters, expected.letters);
            assert_int_equal(bits.blanks, expected.blanks);
        }
    }
}

/* Every two bytes, at every place. */
static void pairs(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        unsigned char bytes[BLOCK_READ_SIZE];
        for (size_t i = 0; i < sizeof bytes; i++) {
            bytes[i] = (unsigned char)(i % 2 == pair % 2 ? pair >> 8 : pair);
        }
        assert_bits(bytes);
    }
}

static void random_bytes(void **state)
{
    (void)state;
    static const unsigned char likely[8] = {0xD8, 0xD9, 0xA0, 0xBF, 0x81, 0x8A, ' ', 0x8B};
    uint64_t seed = 88172645463325252u;
    for (size_t round = 0; round < 100000; round++) {
        unsigned char bytes[BLOCK_READ_SIZE];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            bytes[i] = seed % 8 == 0 ? (unsigned char)(seed >> 8) : likely[seed >> 8 & 7];
        }
        assert_bits(bytes);
    }
}

/* The best way is one of them, or none. */
static void best(void **state)
{
    (void)state;
    block_reader *read = block_reader_best();
    int found = read == NULL;
    for (int way = 0; way < (int)BLOCK_WAYS; way++) {
        found = found || read == block_reader_of((enum block_way)way);
    }
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
