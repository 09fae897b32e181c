#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/* The one integer codec of postings. Any thread.
 *
 * A pack holds up to PACK_COUNT_MAX numbers at one bit width, with the few that do not fit kept
 * apart (NewPFD: H. Yan, S. Ding, T. Suel, "Inverted index compression and query processing with
 * optimized document ordering", WWW 2009). A rice run holds small numbers in Golomb-Rice codes. The
 * number of values is not stored: the reader knows it. Layout: docs/FORMAT.md, "Pack". */

#define PACK_COUNT_MAX 128u
#define PACK_SIZE_MAX  (2 + 4 * PACK_COUNT_MAX + 6 * PACK_COUNT_MAX)

/* Writes `count` (1..PACK_COUNT_MAX) numbers at `out`, which has room for PACK_SIZE_MAX bytes.
 * Returns the bytes written, the fewest over all widths. */
size_t pack_write(const uint32_t *values, size_t count, unsigned char *out);

/* Reads `count` numbers; damage fails the reader. */
void pack_read(struct byte_reader *reader, size_t count, uint32_t *values);

/* Rice run: any count, any values, best when they are small. `out` has room for rice_size(). */
size_t rice_size(const uint32_t *values, size_t count);
size_t rice_write(const uint32_t *values, size_t count, unsigned char *out);
void rice_read(struct byte_reader *reader, size_t count, uint32_t *values);

#endif
