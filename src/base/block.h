#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* What 64 neighbouring bytes of UTF-8 are, one bit a byte: for scanners, which then go over bits
 * instead of over letters. The quickest way that the processor has is chosen at run time; every
 * way gives the same bits, by test. Any thread. */

#define BLOCK_SIZE      64
#define BLOCK_READ_SIZE (BLOCK_SIZE + 1) /* so many bytes are read */

struct block_bits {
    uint64_t letters; /* first bytes of U+0620 to U+063F and U+0641 to U+064A: Arabic letters */
    uint64_t blanks;  /* spaces */
};

/* The bits of the bytes at `bytes`, the lowest for the first one. */
typedef struct block_bits block_reader(const unsigned char *bytes);

enum block_way { BLOCK_PLAIN, BLOCK_SSE2, BLOCK_AVX2, BLOCK_WAYS };

/* NULL where the processor does not have it. */
block_reader *block_reader_of(enum block_way way) MUST_CHECK;

/* The quickest one; NULL where bits would cost more than going over letters does, which is on
 * processors other than x86-64. Costs little: may be asked for each text. */
block_reader *block_reader_best(void) MUST_CHECK;

#endif
