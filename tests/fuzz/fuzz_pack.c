/* Packs and Rice runs: any bytes are read within their bounds, and any numbers come back. */
#include <stdlib.h>
#include <string.h>

#include "index/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact) {
        abort();
    }
}

static void read_any(const uint8_t *data, size_t size)
{
    uint32_t values[PACK_COUNT_MAX];
    size_t count = 1 + data[0] % PACK_COUNT_MAX;
    struct byte_reader reader = byte_reader_over(data + 1, size - 1);
    pack_read(&reader, count, values);
    reader = byte_reader_over(data + 1, size - 1);
    rice_read(&reader, count, values);
}

static void write_any(const uint8_t *data, size_t size)
{
    static unsigned char pack[PACK_SIZE_MAX];
    uint32_t values[PACK_COUNT_MAX];
    uint32_t back[PACK_COUNT_MAX];
    size_t count = 0;
    struct byte_reader source = byte_reader_over(data, size);
    while (count < PACK_COUNT_MAX && byte_reader_left(&source) > 0) {
        values[count++] = (uint32_t)byte_reader_varint(&source);
    }
    size_t packed = pack_write(values, count, pack);
    struct byte_reader reader = byte_reader_over(pack, packed);
    pack_read(&reader, count, back);
    require(!reader.failed && byte_reader_left(&reader) == 0);
    require(memcmp(values, back, count * sizeof *values) == 0);
    size_t room = rice_size(values, count);
    unsigned char *rice = malloc(room);
    require(rice != NULL);
    packed = rice_write(values, count, rice);
    require(packed <= room);
    reader = byte_reader_over(rice, packed);
    rice_read(&reader, count, back);
    require(!reader.failed && byte_reader_left(&reader) == 0);
    require(memcmp(values, back, count * sizeof *values) == 0);
    free(rice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        read_any(data, size);
        write_any(data, size);
    }
    return 0;
}
