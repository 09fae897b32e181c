/* Runs, sets and sparse numbers: any bytes are read within their bounds, and any numbers come back.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "index/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool fact)
{
    if (!fact) {
        abort();
    }
}

enum { COUNT_MAX = 200 };

static void read_any(const uint8_t *data, size_t size)
{
    uint32_t values[COUNT_MAX];
    uint32_t scratch[COUNT_MAX];
    size_t count = 1 + data[0] % COUNT_MAX;
    uint32_t bound = (uint32_t)count + data[size - 1] - 1;
    const struct bit_reader start = {
        .bytes = data + 1, .readable = size - 1, .end = 8 * (size - 1)};
    struct bit_reader reader = start;
    run_read(&reader, count, values);
    size_t from = data[size - 1] % count;
    uint32_t some[COUNT_MAX];
    struct bit_reader other = start;
    run_read_some(&other, count, from, count - from, some);
    require(reader.failed || memcmp(some, values + from, (count - from) * sizeof *some) == 0);
    reader = start;
    sparse_read(&reader, count, values, scratch);
    reader = start;
    set_read(&reader, count, 7, bound, values);
    for (size_t i = 0; !reader.failed && i < count; i++) {
        require(values[i] >= 7 + i && values[i] - 7 < bound);
        require(i == 0 || values[i] > values[i - 1]);
    }
}

static void write_any(const uint8_t *data, size_t size)
{
    static unsigned char bytes[PACK_ROOM(COUNT_MAX) * 3];
    uint32_t values[COUNT_MAX];
    uint32_t back[COUNT_MAX];
    uint32_t scratch[2 * COUNT_MAX];
    size_t count = 0;
    uint64_t bound = 0;
    struct byte_reader source = byte_reader_over(data, size);
    while (count < COUNT_MAX && byte_reader_left(&source) > 0) {
        values[count] = (uint32_t)byte_reader_varint(&source);
        bound += (uint64_t)values[count++] + 1;
    }
    struct bit_writer writer = bit_writer_over(bytes);
    run_write(&writer, values, count);
    sparse_write(&writer, values, count, scratch);
    if (bound <= UINT32_MAX) {
        set_write(&writer, values, count, (uint32_t)bound);
    }
    size_t packed = (size_t)(bit_writer_end(&writer) - bytes);
    struct bit_reader reader = {.bytes = bytes, .readable = packed, .end = 8 * packed};
    run_read(&reader, count, back);
    require(!reader.failed && memcmp(values, back, count * sizeof *values) == 0);
    sparse_read(&reader, count, back, scratch);
    require(!reader.failed && memcmp(values, back, count * sizeof *values) == 0);
    if (bound <= UINT32_MAX) {
        set_read(&reader, count, 0, (uint32_t)bound, back);
        require(!reader.failed && back[count - 1] == bound - 1);
    }
    require(reader.end - reader.at < 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0) {
        read_any(data, size);
        write_any(data, size);
    }
    return 0;
}
