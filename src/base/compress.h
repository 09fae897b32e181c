#ifndef BASE_COMPRESS_H
#define BASE_COMPRESS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* zstd. compress.c owns <zstd.h>. */

/* A frame writer. One thread at a time. Deterministic: the same bytes in give the same bytes out.
 * At level COMPRESS_NOTHING a frame holds the bytes as they are, and takes no longer than a copy.
 */
#define COMPRESS_NOTHING (-1000000) /* below all levels of zstd's */
struct compressor;
/* `step`: 1: matches are looked for as the level has it; more: for what has few, only long ones,
 * and the more the fewer bytes are looked at. */
enum status compressor_new(int level, int step, struct compressor **out,
                           struct error *error) MUST_CHECK;

/* Appends one frame holding `size` bytes to `out`. */
enum status compressor_frame(struct compressor *compressor, const void *bytes, size_t size,
                             struct buffer *out, struct error *error) MUST_CHECK;
void compressor_free(struct compressor *compressor);

/* A frame reader. One thread at a time. Zero-initialised it holds nothing; its tables (96 KiB) are
 * made when it is first used, which takes longer than a small frame. */
struct decompressor {
    struct ZSTD_DCtx_s *context;
};
void decompressor_release(struct decompressor *decompressor);

/* Replaces the content of `out` by what the frame holds. STATUS_FORMAT on damage, STATUS_LIMIT
 * when the frame claims more than out->size_max. */
enum status decompress_frame(struct decompressor *decompressor, const void *frame, size_t size,
                             struct buffer *out, struct error *error) MUST_CHECK;

#endif
