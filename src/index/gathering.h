#ifndef INDEX_GATHERING_H
#define INDEX_GATHERING_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "index/store.h"
#include "index/vocabulary.h"

/* The occurrences of forms in one segment's articles, as they come: what inversion (inversion.h)
 * turns into posting lists. Nothing is hashed or compared per occurrence. One thread at a time.
 * Memory: 4 bytes an occurrence (8 where a position is not the one after the occurrence before it),
 * and the vocabulary: kept for the next segment. */

/* An occurrence of a form: positions ascend within an article and may repeat. */
struct occurrence {
    uint32_t form; /* of the vocabulary, below 2^31 */
    uint32_t position;
};

/* In the stream: the position follows. Elsewhere it is the one after the occurrence before, in a
 * document's first 0. */
#define STREAM_POSITION ((uint32_t)1 << 31)

/* Tables that forms are looked up in lie all over memory. They are asked for so many numbers of the
 * stream ahead: with 64 inversion takes 1.07 times as long, with 256 1.05. */
#define STREAM_AHEAD ((size_t)128)
/* So many zeros lie behind a stream that is counted. */
#define STREAM_SLACK (2 * STREAM_AHEAD)

/* What one segment's articles say of the forms of one lexicon. */
struct gathering {
    enum store_database lexicon;
    struct vocabulary vocabulary; /* kept from segment to segment */
    struct buffer counts;         /* uint32_t: occurrences, by form; 0: not in this segment */
    struct buffer used;           /* uint32_t: forms with a count, in order of first use */
    struct buffer stream;         /* uint32_t: form, perhaps STREAM_POSITION and a position */
    struct buffer stream_ends;    /* uint64_t: where each document's end */
    uint64_t occurrence_count;
};

enum status gathering_init(struct gathering *gathering, enum store_database lexicon,
                           size_t memory_max, struct error *error) MUST_CHECK;
void gathering_release(struct gathering *gathering);
/* Ready for the next segment. */
void gathering_clear(struct gathering *gathering);
/* Forgets the vocabulary too, when it is ready for the next segment; keeps the memory. */
void gathering_forget(struct gathering *gathering);
/* Without the vocabulary. */
size_t gathering_memory(const struct gathering *gathering);

/* Adds the next document's occurrences. */
enum status gathering_add(struct gathering *gathering, const struct occurrence *occurrences,
                          size_t count, struct error *error) MUST_CHECK;

/* Counts forms, once a segment, when all is added: only then is asked what follows. */
enum status gathering_count(struct gathering *gathering, struct error *error) MUST_CHECK;

static inline uint32_t gathering_used_count(const struct gathering *gathering)
{
    return (uint32_t)(gathering->used.size / sizeof(uint32_t));
}

static inline const uint32_t *gathering_used(const struct gathering *gathering)
{
    return (const uint32_t *)(const void *)gathering->used.bytes;
}

/* By form; as many as gathering->counts has. */
static inline const uint32_t *gathering_counts(const struct gathering *gathering)
{
    return (const uint32_t *)(const void *)gathering->counts.bytes;
}

#endif
