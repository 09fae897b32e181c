#ifndef INDEX_INVERSION_H
#define INDEX_INVERSION_H

#include <stdint.h>

#include "index/gathering.h"
#include "index/segment_writer.h"

/* From streams of form numbers, document after document, to posting lists, key after key: a
 * counting sort (A. Moffat, T. Bell, "In situ generation of compressed inverted files", JASIS 1995,
 * is the ancestor). One thread at a time. Memory: 8 bytes an occurrence, kept for the next segment;
 * 8 more while it lasts for one a million words into its article or of the 2,048th form of its key.
 *
 * Writes the lexicon and its lists. `length_codes` has the length_code() of each document. */
enum status inversion_write(struct gathering *gathering, const uint8_t *length_codes,
                            struct segment_writer *writer, struct error *error) MUST_CHECK;

#endif
