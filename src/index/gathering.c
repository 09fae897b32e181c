#include "index/gathering.h"

#include <assert.h>

enum status gathering_init(struct gathering *gathering, enum store_database lexicon,
                           size_t memory_max, struct error *error)
{
    gathering->lexicon = lexicon;
    buffer_init(&gathering->counts, memory_max);
    buffer_init(&gathering->used, memory_max);
    buffer_init(&gathering->stream, memory_max);
    buffer_init(&gathering->stream_ends, memory_max);
    return vocabulary_init(&gathering->vocabulary, memory_max, error);
}

void gathering_release(struct gathering *gathering)
{
    vocabulary_release(&gathering->vocabulary);
    buffer_release(&gathering->counts);
    buffer_release(&gathering->used);
    buffer_release(&gathering->stream);
    buffer_release(&gathering->stream_ends);
}

void gathering_clear(struct gathering *gathering)
{
    buffer_clear(&gathering->counts);
    buffer_clear(&gathering->used);
    buffer_clear(&gathering->stream);
    buffer_clear(&gathering->stream_ends);
    gathering->occurrence_count = 0;
}

void gathering_forget(struct gathering *gathering)
{
    assert(gathering->stream.size == 0);
    vocabulary_clear(&gathering->vocabulary);
}

size_t gathering_memory(const struct gathering *gathering)
{
    return gathering->counts.capacity + gathering->used.capacity + gathering->stream.capacity +
           gathering->stream_ends.capacity;
}

enum status gathering_add(struct gathering *gathering, const struct occurrence *occurrences,
                          size_t count, struct error *error)
{
    enum status status = buffer_reserve(&gathering->stream, count * 2 * sizeof(uint32_t), error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *stream = (uint32_t *)(void *)gathering->stream.bytes;
    size_t end = gathering->stream.size / sizeof *stream;
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        bool jumps = occurrences[i].position != next;
        next = occurrences[i].position + 1;
        stream[end] = occurrences[i].form | (jumps ? STREAM_POSITION : 0);
        stream[end + 1] = occurrences[i].position; /* kept when it jumps */
        end += jumps ? 2 : 1;
    }
    gathering->stream.size = end * sizeof *stream;
    gathering->occurrence_count += count;
    uint64_t stream_end = end;
    return buffer_append(&gathering->stream_ends, &stream_end, sizeof stream_end, error);
}

/* A count, 0 yet, for every form there is, and what lies behind the stream. */
static enum status prepare_counting(struct gathering *gathering, struct error *error)
{
    size_t size = vocabulary_count(&gathering->vocabulary) * sizeof(uint32_t);
    size_t slack = STREAM_SLACK * sizeof(uint32_t);
    assert(gathering->counts.size == 0);
    enum status status = buffer_reserve(&gathering->counts, size, error);
    if (status == STATUS_OK && size > 0) {
        memset(gathering->counts.bytes, 0, size);
        gathering->counts.size = size;
    }
    if (status == STATUS_OK) {
        status = buffer_reserve(&gathering->used, size + sizeof(uint32_t), error);
    }
    if (status == STATUS_OK) {
        status = buffer_reserve(&gathering->stream, slack, error);
    }
    if (status == STATUS_OK) {
        memset(gathering->stream.bytes + gathering->stream.size, 0, slack);
    }
    return status;
}

enum status gathering_count(struct gathering *gathering, struct error *error)
{
    enum status status = prepare_counting(gathering, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint32_t *counts = (uint32_t *)(void *)gathering->counts.bytes;
    uint32_t *used = (uint32_t *)(void *)gathering->used.bytes;
    const uint32_t *stream = (const uint32_t *)(const void *)gathering->stream.bytes;
    size_t used_count = 0;
    size_t size = gathering->stream.size / sizeof *stream;
    for (size_t i = 0; i < size; i++) {
        PREFETCH(&counts[stream[i + STREAM_AHEAD] & ~STREAM_POSITION]);
        uint32_t form = stream[i];
        if (UNLIKELY((form & STREAM_POSITION) != 0)) { /* a branch: the next need not wait for it */
            form &= ~STREAM_POSITION;
            i++; /* the position is no form */
        }
        assert((form + 1) * sizeof *counts <= gathering->counts.size);
        used[used_count] = form; /* kept when it is the first */
        used_count += counts[form]++ == 0;
    }
    gathering->used.size = used_count * sizeof *used;
    return STATUS_OK;
}
