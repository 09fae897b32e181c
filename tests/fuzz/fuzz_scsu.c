/* Packed text: any bytes are refused or read, and any bytes come back from packing. */
#include <stdlib.h>
#include <string.h>

#include "base/scsu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int fact)
{
    if (!fact) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer packed;
    struct buffer back;
    buffer_init(&packed, 2 * size + 64);
    buffer_init(&back, 4 * size + 256);
    require(scsu_decode(data, size, &packed, NULL) != STATUS_LIMIT);
    require(packed.size <= 2 * size);
    buffer_clear(&packed);
    require(scsu_encode(data, size, &packed, NULL) == STATUS_OK);
    require(packed.size <= 2 * size);
    require(scsu_decode(packed.bytes, packed.size, &back, NULL) == STATUS_OK);
    require(back.size == size && (size == 0 || memcmp(back.bytes, data, size) == 0));
    buffer_release(&packed);
    buffer_release(&back);
    return 0;
}
