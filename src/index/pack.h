#ifndef INDEX_PACK_H
#define INDEX_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The one integer codec of postings: Golomb-Rice codes with the low bits of all numbers apart from
 * what is above them, so that reading is a plain unpacking and a walk over set bits (as in an
 * Elias-Fano sequence; S. Vigna, "Quasi-succinct indices", WSDM 2013). Bits follow one another
 * without regard to bytes. How many numbers there are, PACK_COUNT_MAX at most, is known from
 * elsewhere. Any thread.
 *
 *   run     any numbers, best when they are about equally likely to be small
 *   set     distinct ascending numbers below a bound
 *   sparse  numbers of which many are 0: the set of the others' places, a run of the others
 *
 * Layout: docs/FORMAT.md, "Pack". */

#define PACK_COUNT_MAX ((size_t)1 << 29)

/* Bytes that `count` numbers take at most in any of the three, and that writing them may touch. */
#define PACK_ROOM(count) (9 * (size_t)(count) + 32)

/* Bits on their way out, low bits first. */
struct bit_writer {
    unsigned char *at;
    uint64_t pending;
    unsigned pending_bits; /* fewer than 8 between calls */
};
struct bit_writer bit_writer_over(unsigned char *out);
/* `count` is at most 32, and no bit of `bits` above it is set. */
void bit_writer_put(struct bit_writer *writer, uint64_t bits, unsigned count);
/* Fills the last byte with zeros; returns where the bytes end. */
unsigned char *bit_writer_end(struct bit_writer *writer);

/* Each needs PACK_ROOM(count) bytes; sparse 2 for its length too. */
void run_write(struct bit_writer *writer, const uint32_t *values, size_t count);
/* `gaps`: each number less the one before, less 1; the first is itself. The numbers are below
 * `bound`. */
void set_write(struct bit_writer *writer, const uint32_t *gaps, size_t count, uint32_t bound);
/* `scratch` has room for 2 * count numbers. */
void sparse_write(struct bit_writer *writer, const uint32_t *values, size_t count,
                  uint32_t *scratch);

/* Bits that may be damaged: a read past the end, or of numbers that cannot be, sets `failed` and
 * yields numbers that mean nothing (but stay within what the call promises). Never reads outside
 * of `readable`. Check `failed` once, at the end. */
struct bit_reader {
    const unsigned char *bytes;
    size_t readable; /* bytes that may be looked at: more than `end` makes reading faster */
    size_t at;       /* in bits from `bytes` on */
    size_t end;      /* in bits, within `readable` */
    bool failed;
};
/* At most 32 bits. */
uint32_t bit_reader_take(struct bit_reader *reader, unsigned count);

void run_read(struct bit_reader *reader, size_t count, uint32_t *values);
/* Of a run of `count` numbers only `wanted` of them, from number `from` on: the numbers before are
 * passed over by counting ones, a word at a time. The reader then stands behind the last one read.
 */
void run_read_some(struct bit_reader *reader, size_t count, size_t from, size_t wanted,
                   uint32_t *values);

/* Yields base + number, ascending and below base + bound also when it fails. */
void set_read(struct bit_reader *reader, size_t count, uint32_t base, uint32_t bound,
              uint32_t *numbers);
/* `scratch` has room for `count` numbers. */
void sparse_read(struct bit_reader *reader, size_t count, uint32_t *values, uint32_t *scratch);

#endif
