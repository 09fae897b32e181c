/* A chunk of a table whose checks are right and whose content is any bytes. */
#include "fuzz_store.h"
#include "index/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct store *store, const void *key, size_t key_size)
{
    struct table_cursor cursor;
    bool found = false;
    enum status status =
        table_cursor_seek(&cursor, store, STORE_TERMS, key, key_size, &found, NULL);
    unsigned sum = 0;
    while (status == STATUS_OK && found) {
        require(cursor.key_size <= STORE_KEY_SIZE_MAX);
        for (size_t i = 0; i < cursor.value_size; i++) {
            sum += cursor.value[i];
        }
        status = table_cursor_next(&cursor, &found, NULL);
    }
    (void)sum;
    require(status == STATUS_OK || status == STATUS_FORMAT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store = fuzz_store(STORE_TERMS, size == 0 ? (const uint8_t *)"" : data, size);
    walk(store, NULL, 0);
    walk(store, "b", 1);
    size_t tail = size < 4 ? size : 4;
    if (tail > 0) {
        walk(store, data + size - tail, tail);
    }
    store_close(store);
    return 0;
}
