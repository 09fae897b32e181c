#include "base/compress.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
/* For ZSTD_c_literalCompressionMode, which is a number given to ZSTD_CCtx_setParameter(). */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include "base/bytes.h"
#include "base/memory.h"

struct compressor {
    ZSTD_CCtx *context; /* NULL: frames hold the bytes as they are */
};

static bool set(struct compressor *compressor, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(compressor->context, parameter, value));
}

enum { MATCH_LONG = 7 };

/* zstd takes large steps for a wish to leave Huffman codes out, too, which is none of ours: a
 * library that cannot be told so is to search as the level has it. */
static bool set_step(struct compressor *compressor, int step)
{
    return step == 1 || !set(compressor, ZSTD_c_literalCompressionMode, ZSTD_lcm_huffman) ||
           (set(compressor, ZSTD_c_minMatch, MATCH_LONG) &&
            set(compressor, ZSTD_c_targetLength, step));
}

enum status compressor_new(int level, int step, struct compressor **out, struct error *error)
{
    struct compressor *compressor = memory_zalloc(1, sizeof *compressor);
    if (compressor == NULL) {
        return error_no_memory(error, sizeof *compressor);
    }
    if (level == COMPRESS_NOTHING) {
        *out = compressor;
        return STATUS_OK;
    }
    compressor->context = ZSTD_createCCtx();
    bool made = compressor->context != NULL && set(compressor, ZSTD_c_compressionLevel, level) &&
                set(compressor, ZSTD_c_dictIDFlag, 0) && set_step(compressor, step);
    if (!made) {
        compressor_free(compressor);
        return error_set(error, STATUS_NOMEM, "out of memory: cannot make a zstd compressor");
    }
    *out = compressor;
    return STATUS_OK;
}

/* A frame of raw blocks (RFC 8878): one segment, its size in four bytes; no checksum. */
static enum status stored_frame(const unsigned char *bytes, size_t size, struct buffer *out,
                                struct error *error)
{
    enum { HEAD_SIZE = 9, BLOCK_HEAD_SIZE = 3, BLOCK_MAX = 128 << 10, DESCRIPTOR = 0xA0 };
    assert(size <= UINT32_MAX);
    size_t blocks = size / BLOCK_MAX + 1;
    enum status status = buffer_reserve(out, HEAD_SIZE + BLOCK_HEAD_SIZE * blocks + size, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *at = out->bytes + out->size;
    store_u32(at, ZSTD_MAGICNUMBER);
    at[4] = DESCRIPTOR;
    store_u32(at + 5, (uint32_t)size);
    at += HEAD_SIZE;
    for (size_t i = 0; i < blocks; i++) {
        bool last = i + 1 == blocks;
        size_t length = last ? size % BLOCK_MAX : BLOCK_MAX;
        size_t head = length << 3 | last;
        for (int k = 0; k < BLOCK_HEAD_SIZE; k++) {
            *at++ = (unsigned char)(head >> (8 * k));
        }
        if (length > 0) {
            memcpy(at, bytes + i * BLOCK_MAX, length);
        }
        at += length;
    }
    out->size = (size_t)(at - out->bytes);
    return STATUS_OK;
}

enum status compressor_frame(struct compressor *compressor, const void *bytes, size_t size,
                             struct buffer *out, struct error *error)
{
    if (compressor->context == NULL) {
        return stored_frame(bytes, size, out, error);
    }
    size_t bound = ZSTD_compressBound(size);
    enum status status = buffer_reserve(out, bound, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t made = ZSTD_compress2(compressor->context, out->bytes + out->size, bound, bytes, size);
    if (ZSTD_isError(made)) {
        return error_set(error, STATUS_NOMEM, "cannot compress %zu bytes: %s", size,
                         ZSTD_getErrorName(made));
    }
    out->size += made;
    return STATUS_OK;
}

void compressor_free(struct compressor *compressor)
{
    if (compressor == NULL) {
        return;
    }
    (void)ZSTD_freeCCtx(compressor->context);
    memory_free(compressor);
}

void decompressor_release(struct decompressor *decompressor)
{
    (void)ZSTD_freeDCtx(decompressor->context);
    decompressor->context = NULL;
}

enum status decompress_frame(struct decompressor *decompressor, const void *frame, size_t size,
                             struct buffer *out, struct error *error)
{
    unsigned long long content = ZSTD_getFrameContentSize(frame, size);
    if (content == ZSTD_CONTENTSIZE_ERROR || content == ZSTD_CONTENTSIZE_UNKNOWN) {
        return error_set(error, STATUS_FORMAT, "compressed document is damaged");
    }
    if (content > out->size_max) {
        return error_set(error, STATUS_LIMIT, "document claims %llu bytes, limit %zu", content,
                         out->size_max);
    }
    if (decompressor->context == NULL) {
        decompressor->context = ZSTD_createDCtx();
    }
    if (decompressor->context == NULL) {
        return error_set(error, STATUS_NOMEM, "out of memory: cannot make a zstd decompressor");
    }
    buffer_clear(out);
    enum status status = buffer_reserve(out, (size_t)content, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char none[1]; /* a place for the nothing of an empty frame */
    size_t made = ZSTD_decompressDCtx(decompressor->context, out->bytes == NULL ? none : out->bytes,
                                      (size_t)content, frame, size);
    if (ZSTD_isError(made) || made != content) {
        return error_set(error, STATUS_FORMAT, "compressed document is damaged: %s",
                         ZSTD_isError(made) ? ZSTD_getErrorName(made) : "wrong size");
    }
    out->size = made;
    return STATUS_OK;
}
