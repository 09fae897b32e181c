#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "snapshot/deletions.h"
#include "snapshot/model.h"

/* The bytes as a model file and as a file of deletions: as they are, and with a right digest at
 * their end, so that the parts behind it are reached. Every part of what is accepted is read. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEGMENTS = 3, DOCUMENTS = 40 };

static void check_model(const unsigned char *bytes, size_t size)
{
    struct model model;
    struct error error = {.code = STATUS_OK};
    if (model_parse(bytes, size, "fuzz", &model, &error) != STATUS_OK) {
        assert(error.code == STATUS_FORMAT && error.message[0] != '\0');
        return;
    }
    unsigned sum = 0;
    for (size_t i = 0; i < MODEL_PART_COUNT; i++) {
        const struct model_bytes *part = &model.content.parts[i];
        for (size_t k = 0; k < part->size; k++) {
            sum += ((const unsigned char *)part->bytes)[k];
        }
    }
    assert(sum <= 255 * size);
    model_close(&model);
}

/* The counts that a manifest would give are taken from the bytes themselves. */
static void check_deletions(const unsigned char *bytes, size_t size)
{
    struct segment_record segments[SEGMENTS];
    for (size_t i = 0; i < SEGMENTS; i++) {
        segments[i] = (struct segment_record){.counts = {.documents = DOCUMENTS},
                                              .deleted = size > 20 + i ? bytes[16 + i] % 41 : 0};
    }
    struct manifest manifest = {.segments = segments, .segment_count = SEGMENTS};
    if (size >= DIGEST_SIZE) {
        memcpy(manifest.deletions.digest.bytes, bytes + size - DIGEST_SIZE, DIGEST_SIZE);
    }
    struct deletions deletions;
    if (deletions_read(bytes, size, "fuzz", &manifest, &deletions, NULL) != STATUS_OK) {
        return;
    }
    for (size_t i = 0; i < SEGMENTS; i++) {
        assert(deletions.lists[i].count == segments[i].deleted);
        for (uint32_t k = 0; k < deletions.lists[i].count; k++) {
            assert(deletions.lists[i].documents[k] < DOCUMENTS);
        }
    }
    deletions_release(&deletions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned char *bytes = memory_alloc(size + DIGEST_SIZE); /* aligned, as a mapped file is */
    if (bytes == NULL) {
        return 0;
    }
    memcpy(bytes, data, size);
    check_model(bytes, size);
    check_deletions(bytes, size);
    struct digest digest = digest_of(bytes, size);
    memcpy(bytes + size, digest.bytes, DIGEST_SIZE);
    check_model(bytes, size + DIGEST_SIZE);
    check_deletions(bytes, size + DIGEST_SIZE);
    memory_free(bytes);
    return 0;
}
