#include "engine/known_ledger.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "index/table.h"

#define LEDGER_SIZE_MAX ((size_t)8 << 30) /* a thousand million records */

static int compare_hashes(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static uint64_t record_hash(const struct segment_ledger_record *record, const char *path,
                            size_t path_size)
{
    unsigned char bytes[34];
    store_u64(bytes, hash64(path, path_size));
    store_u64(bytes + 8, hash64(record->detail, record->detail_size));
    store_u64(bytes + 16, record->offset);
    store_u64(bytes + 24, record->bytes);
    bytes[32] = record->act;
    bytes[33] = record->reason;
    return hash64(bytes, sizeof bytes);
}

static enum status read_ledger(struct segment *segment, struct buffer *hashes, struct error *error)
{
    struct table_cursor cursor;
    bool found = false;
    enum status status =
        table_cursor_seek(&cursor, segment_store(segment), STORE_LEDGER, NULL, 0, &found, error);
    while (status == STATUS_OK && found) {
        struct segment_ledger_record record;
        const char *path = NULL;
        size_t path_size = 0;
        status = segment_ledger_read(cursor.value, cursor.value_size, &record, error);
        if (status == STATUS_OK) {
            status = segment_name(segment, STORE_INPUTS, record.input, &path, &path_size, error);
        }
        if (status == STATUS_OK) {
            uint64_t hash = record_hash(&record, path, path_size);
            status = buffer_append(hashes, &hash, sizeof hash, error);
        }
        if (status == STATUS_OK) {
            status = table_cursor_next(&cursor, &found, error);
        }
    }
    return status;
}

enum status known_ledger_read(const struct snapshot *snapshot, struct known_ledger *known,
                              struct error *error)
{
    buffer_init(&known->hashes, LEDGER_SIZE_MAX);
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < snapshot->manifest.segment_count; i++) {
        status = read_ledger(snapshot->segments[i], &known->hashes, error);
    }
    size_t count = known->hashes.size / sizeof(uint64_t);
    if (status == STATUS_OK && count > 0) {
        qsort(known->hashes.bytes, count, sizeof(uint64_t), compare_hashes);
    }
    return status;
}

void known_ledger_release(struct known_ledger *known)
{
    buffer_release(&known->hashes);
}

bool known_ledger_has(const struct known_ledger *known, const struct segment_ledger_record *record,
                      const char *path, size_t path_size)
{
    size_t count = known->hashes.size / sizeof(uint64_t);
    uint64_t hash = record_hash(record, path, path_size);
    return count > 0 &&
           bsearch(&hash, known->hashes.bytes, count, sizeof hash, compare_hashes) != NULL;
}
