#define ZDICT_STATIC_LINKING_ONLY
#define ZSTD_STATIC_LINKING_ONLY
#include "base/compress.h"

#include <stdbool.h>
#include <stdint.h>
#include <zdict.h>
#include <zstd.h>

#include "base/memory.h"

/* Parameters of the fastCover trainer found by measurement on 107 MB of news: 256 KiB from 64 MB in
 * 0.2 s; frames of 2.7 kB shrink to 29 %. The slow trainer takes ten times as long for 0.2 % less.
 */
enum { SEGMENT_SIZE = 1024, DMER_SIZE = 8, FREQUENCY_LOG = 20, TRAINER_ACCELERATION = 4 };
enum { SAMPLES_PER_DICTIONARY_BYTE_MIN = 8 };

/* With a dictionary frames are many and small, and each begins with a copy of its tables, which 15
 * bits make smaller than the level's own; matches of 4 bytes are not worth their place in them.
 * Measured on packed news: docs/BENCHMARKS.md. */
enum { MATCH_MIN = 5, TABLE_BITS = 15 };

struct compressor {
    ZSTD_CCtx *context;
};

struct decompressor {
    ZSTD_DCtx *context;
    ZSTD_DDict *dictionary;
};

enum status compress_train(const void *samples, const size_t *sample_sizes, size_t count,
                           size_t dictionary_size_max, struct buffer *out, struct error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += sample_sizes[i];
    }
    size_t capacity = total / SAMPLES_PER_DICTIONARY_BYTE_MIN;
    capacity = capacity > dictionary_size_max ? dictionary_size_max : capacity;
    if (count < 16 || count > UINT32_MAX || capacity < ZDICT_DICTSIZE_MIN) {
        return STATUS_OK;
    }
    enum status status = buffer_reserve(out, capacity, error);
    if (status != STATUS_OK) {
        return status;
    }
    ZDICT_fastCover_params_t parameters = {.k = SEGMENT_SIZE,
                                           .d = DMER_SIZE,
                                           .f = FREQUENCY_LOG,
                                           .steps = 1,
                                           .accel = TRAINER_ACCELERATION,
                                           .zParams = {.dictID = 1}};
    size_t size = ZDICT_trainFromBuffer_fastCover(out->bytes + out->size, capacity, samples,
                                                  sample_sizes, (unsigned)count, parameters);
    if (!ZDICT_isError(size)) {
        out->size += size;
    }
    return STATUS_OK;
}

static bool set(struct compressor *compressor, ZSTD_cParameter parameter, int value)
{
    return !ZSTD_isError(ZSTD_CCtx_setParameter(compressor->context, parameter, value));
}

enum status compressor_new(const void *dictionary, size_t dictionary_size, int level,
                           struct compressor **out, struct error *error)
{
    struct compressor *compressor = memory_zalloc(1, sizeof *compressor);
    if (compressor == NULL) {
        return error_no_memory(error, sizeof *compressor);
    }
    compressor->context = ZSTD_createCCtx();
    bool made = compressor->context != NULL && set(compressor, ZSTD_c_compressionLevel, level) &&
                set(compressor, ZSTD_c_dictIDFlag, 0);
    if (made && dictionary_size > 0) {
        made = set(compressor, ZSTD_c_minMatch, MATCH_MIN) &&
               set(compressor, ZSTD_c_hashLog, TABLE_BITS) &&
               set(compressor, ZSTD_c_chainLog, TABLE_BITS) &&
               !ZSTD_isError(
                   ZSTD_CCtx_loadDictionary(compressor->context, dictionary, dictionary_size));
    }
    if (!made) {
        compressor_free(compressor);
        return error_set(error, STATUS_NOMEM, "out of memory: cannot make a zstd compressor");
    }
    *out = compressor;
    return STATUS_OK;
}

enum status compressor_frame(struct compressor *compressor, const void *bytes, size_t size,
                             struct buffer *out, struct error *error)
{
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

enum status decompressor_new(const void *dictionary, size_t dictionary_size,
                             struct decompressor **out, struct error *error)
{
    struct decompressor *decompressor = memory_zalloc(1, sizeof *decompressor);
    if (decompressor == NULL) {
        return error_no_memory(error, sizeof *decompressor);
    }
    decompressor->context = ZSTD_createDCtx();
    bool made = decompressor->context != NULL;
    if (made && dictionary_size > 0) {
        decompressor->dictionary = ZSTD_createDDict_byReference(dictionary, dictionary_size);
        made = decompressor->dictionary != NULL &&
               !ZSTD_isError(ZSTD_DCtx_refDDict(decompressor->context, decompressor->dictionary));
    }
    if (!made) {
        decompressor_free(decompressor);
        return error_set(error, STATUS_NOMEM, "out of memory: cannot make a zstd decompressor");
    }
    *out = decompressor;
    return STATUS_OK;
}

enum status decompressor_frame(struct decompressor *decompressor, const void *frame, size_t size,
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

void decompressor_free(struct decompressor *decompressor)
{
    if (decompressor == NULL) {
        return;
    }
    (void)ZSTD_freeDCtx(decompressor->context);
    (void)ZSTD_freeDDict(decompressor->dictionary);
    memory_free(decompressor);
}
