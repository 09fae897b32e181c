#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snapshot/deletions.h"
#include "snapshot/manifest.h"

/* A manifest as it is, and with a right digest put behind it, so that the members behind the seal
 * are reached. What is read is written and read again: the same bytes must come out. Then the bytes
 * are taken for the deletions of that manifest. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const struct manifest *manifest)
{
    struct buffer first;
    struct buffer second;
    struct manifest again;
    buffer_init(&first, MANIFEST_SIZE_MAX);
    buffer_init(&second, MANIFEST_SIZE_MAX);
    if (manifest_write(manifest, &first, NULL) == STATUS_OK) {
        enum status status = manifest_read(first.bytes, first.size, "second", &again, NULL);
        assert(status == STATUS_OK);
        status = manifest_write(&again, &second, NULL);
        assert(status == STATUS_OK);
        assert(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
        manifest_release(&again);
    }
    buffer_release(&second);
    buffer_release(&first);
}

static void check_deletions(const struct manifest *manifest, const uint8_t *data, size_t size)
{
    struct deletions deletions;
    if (deletions_read(data, size, "deletions", manifest, &deletions, NULL) != STATUS_OK) {
        return;
    }
    for (uint32_t i = 0; i < deletions.count; i++) {
        for (uint32_t k = 0; k < deletions.lists[i].count; k++) {
            assert(deletions.lists[i].documents[k] < manifest->segments[i].counts.documents);
            assert(k == 0 || deletions.lists[i].documents[k - 1] < deletions.lists[i].documents[k]);
        }
    }
    deletions_release(&deletions);
}

static void check_bytes(const void *bytes, size_t size, const uint8_t *data, size_t data_size)
{
    struct error error = {.code = STATUS_OK};
    struct manifest manifest;
    if (manifest_read(bytes, size, "fuzz", &manifest, &error) == STATUS_OK) {
        check_written(&manifest);
        check_deletions(&manifest, data, data_size);
        manifest_release(&manifest);
    } else {
        assert(error.message[0] != '\0' && manifest.segments == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_bytes(data, size, data, size);
    struct buffer sealed;
    buffer_init(&sealed, MANIFEST_SIZE_MAX);
    if (buffer_append(&sealed, data, size, NULL) == STATUS_OK &&
        buffer_append(&sealed, "\n}", 2, NULL) == STATUS_OK &&
        record_seal(&sealed, NULL) == STATUS_OK) {
        check_bytes(sealed.bytes, sealed.size, data, size);
    }
    buffer_release(&sealed);
    return 0;
}
