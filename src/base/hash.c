#include "base/hash.h"

#include <string.h>
/* Inlined: the hash of a word takes less than a call through the library's table. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/memory.h"

struct digest_stream {
    XXH3_state_t *state;
};

uint64_t hash64(const void *bytes, size_t size)
{
    return XXH3_64bits(bytes, size);
}

static struct digest digest_from(XXH128_hash_t hash)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    struct digest digest;
    memcpy(digest.bytes, canonical.digest, DIGEST_SIZE);
    return digest;
}

struct digest digest_of(const void *bytes, size_t size)
{
    return digest_from(XXH3_128bits(bytes, size));
}

struct digest_stream *digest_stream_new(void)
{
    struct digest_stream *stream = memory_alloc(sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    stream->state = XXH3_createState();
    if (stream->state == NULL || XXH3_128bits_reset(stream->state) != XXH_OK) {
        digest_stream_free(stream);
        return NULL;
    }
    return stream;
}

void digest_stream_add(struct digest_stream *stream, const void *bytes, size_t size)
{
    (void)XXH3_128bits_update(stream->state, bytes, size);
}

struct digest digest_stream_value(const struct digest_stream *stream)
{
    return digest_from(XXH3_128bits_digest(stream->state));
}

void digest_stream_free(struct digest_stream *stream)
{
    if (stream == NULL) {
        return;
    }
    (void)XXH3_freeState(stream->state);
    memory_free(stream);
}

void digest_text(const struct digest *digest, char text[DIGEST_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        text[2 * i] = hex[digest->bytes[i] >> 4];
        text[2 * i + 1] = hex[digest->bytes[i] & 15];
    }
    text[DIGEST_TEXT_SIZE - 1] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int digest_parse(const char *text, size_t size, struct digest *digest)
{
    if (size != DIGEST_TEXT_SIZE - 1) {
        return 0;
    }
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        int high = hex_value(text[2 * i]);
        int low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return 0;
        }
        digest->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

int digest_compare(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE);
}
