#ifndef INDEX_INVERSION_H
#define INDEX_INVERSION_H

#include "index/segment_writer.h"
#include "index/vocabulary.h"

/* From streams of form numbers, document after document, to posting lists, key after key. Nothing
 * is hashed or compared per occurrence: inversion is a counting sort of the stream (A. Moffat, T.
 * Bell, "In situ generation of compressed inverted files", JASIS 1995, is the ancestor). One thread
 * at a time. Memory: 4 bytes an occurrence while gathering (8 where a position is not the one after
 * the occurrence before it), 8 more when inverting, and the vocabulary: kept for the next
 * segment. */

/* An occurrence of a form: positions ascend within an article and may repeat. */
struct occurrence {
    uint32_t form; /* of the vocabulary, below 2^31 */
    uint32_t position;
};

/* What one segment's articles say of the forms of one lexicon. */
struct gathering {
    enum store_database lexicon;
    struct vocabulary vocabulary; /* kept from segment to segment */
    struct buffer counts;         /* uint32_t: occurrences, by form; 0: not in this segment */
    struct buffer used;           /* uint32_t: forms with a count, in order of first use */
    struct buffer stream;         /* uint32_t: occurrences of all documents, one behind another */
    struct buffer stream_ends;    /* uint64_t: where each document's end */
    uint64_t occurrence_count;
    struct buffer entries; /* struct sorted_entry: the stream, sorted */
};

enum status gathering_init(struct gathering *gathering, enum store_database lexicon,
                           size_t memory_max, struct error *error) MUST_CHECK;
void gathering_release(struct gathering *gathering);
/* Ready for the next segment. */
void gathering_clear(struct gathering *gathering);
/* Without the vocabulary. */
size_t gathering_memory(const struct gathering *gathering);

/* Adds the next document's occurrences. */
enum status gathering_add(struct gathering *gathering, const struct occurrence *occurrences,
                          size_t count, struct error *error) MUST_CHECK;

/* Writes the lexicon and its lists. `length_codes` has the length_code() of each document. */
enum status gathering_write(struct gathering *gathering, const uint8_t *length_codes,
                            struct segment_writer *writer, struct error *error) MUST_CHECK;

#endif
