#ifndef INDEX_INVERSION_H
#define INDEX_INVERSION_H

#include <stdbool.h>
#include <stdint.h>

#include "index/gathering.h"
#include "index/segment_writer.h"

/* From streams of form numbers, document after document, to posting lists, key after key: a
 * counting sort (A. Moffat, T. Bell, "In situ generation of compressed inverted files", JASIS 1995,
 * is the ancestor). One thread at a time. Memory: 4 bytes an occurrence, 12 more for one that is
 * far into a long article or of a rare form of its key, and tables; kept for the next segment. */

struct inversion;
struct inversion *inversion_new(void) MUST_CHECK;
void inversion_free(struct inversion *inversion);
/* Of its large tables. */
size_t inversion_memory(const struct inversion *inversion);

/* Writes the lexicon and its lists. `plain`: for a file that is merged; lists are plain ones
 * (postings.h), and a key's forms are in the order of their first use and in full. `length_codes`
 * has the length_code() of each document. */
enum status inversion_write(struct inversion *inversion, struct gathering *gathering,
                            const uint8_t *length_codes, bool plain, struct segment_writer *writer,
                            struct error *error) MUST_CHECK;

#endif
