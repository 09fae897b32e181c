#ifndef BASE_COMPRESS_H
#define BASE_COMPRESS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* zstd. compress.c owns <zstd.h>. */

/* A frame writer. One thread at a time. Deterministic: the same bytes in give the same bytes out.
 */
struct compressor;
enum status compressor_new(int level, struct compressor **out, struct error *error) MUST_CHECK;

/* Appends one frame holding `size` bytes to `out`. */
enum status compressor_frame(struct compressor *compressor, const void *bytes, size_t size,
                             struct buffer *out, struct error *error) MUST_CHECK;
void compressor_free(struct compressor *compressor);

/* Replaces the content of `out` by what the frame holds. STATUS_FORMAT on damage, STATUS_LIMIT
 * when the frame claims more than out->size_max. Any thread. zstd's own tables (96 KiB) live only
 * as long as the call: making them costs nothing beside filling them, and hundreds of open
 * segments need not keep them. */
enum status decompress_frame(const void *frame, size_t size, struct buffer *out,
                             struct error *error) MUST_CHECK;

#endif
