#ifndef BASE_COMPRESS_H
#define BASE_COMPRESS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* zstd with a trained dictionary. compress.c owns <zstd.h> and <zdict.h>. */

/* Trains a dictionary of at most `dictionary_size_max` bytes from `count` samples that lie one
 * behind another in `samples`, and appends it to `out`. Appends nothing when there is too little
 * to learn from; that is no error. Deterministic. */
enum status compress_train(const void *samples, const size_t *sample_sizes, size_t count,
                           size_t dictionary_size_max, struct buffer *out,
                           struct error *error) MUST_CHECK;

/* A frame writer. One thread at a time. The dictionary (size 0: none) is copied. Deterministic:
 * the same bytes in give the same bytes out. */
struct compressor;
enum status compressor_new(const void *dictionary, size_t dictionary_size, int level,
                           struct compressor **out, struct error *error) MUST_CHECK;

/* Appends one frame holding `size` bytes to `out`. */
enum status compressor_frame(struct compressor *compressor, const void *bytes, size_t size,
                             struct buffer *out, struct error *error) MUST_CHECK;
void compressor_free(struct compressor *compressor);

/* A frame reader. One thread at a time; `dictionary` is borrowed until decompressor_free(). */
struct decompressor;
enum status decompressor_new(const void *dictionary, size_t dictionary_size,
                             struct decompressor **out, struct error *error) MUST_CHECK;

/* Replaces the content of `out` by what the frame holds. STATUS_FORMAT on damage, STATUS_LIMIT
 * when the frame claims more than out->size_max. */
enum status decompressor_frame(struct decompressor *decompressor, const void *frame, size_t size,
                               struct buffer *out, struct error *error) MUST_CHECK;
void decompressor_free(struct decompressor *decompressor);

#endif
