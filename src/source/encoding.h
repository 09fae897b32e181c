#ifndef SOURCE_ENCODING_H
#define SOURCE_ENCODING_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* What the bytes of an article are, and the way from there to UTF-8. Pure functions of the bytes:
 * the tables are here and not in the C library's loadable converters, which small systems leave
 * out, so that the same file reads alike on every machine. Any thread.
 *
 * In this order:
 * 1. A byte order mark of UTF-16, or (in the first 4 KiB) 9 of 10 two-byte units that are ASCII or
 *    Arabic in one of the two byte orders: UTF-16.
 * 2. More than one in ten of the first 4 KiB are NUL or control bytes: not text.
 * 3. Valid UTF-8.
 * 4. At least two thirds of the bytes from 80 on are Arabic letters or marks when read as
 *    windows-1256 (at least 4 of them), and less than half of them stand in valid UTF-8 sequences:
 *    windows-1256. Damaged UTF-8 Arabic never gets there: every second byte of it is from 80 to BF,
 *    where windows-1256 has none of the Arabic letters.
 * 5. Else UTF-8 with damage: what is not well formed becomes U+FFFD, one for each maximal
 * ill-formed subpart, as Unicode recommends. */

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF8_DAMAGED,
    ENCODING_WINDOWS_1256,
    ENCODING_UTF16_LE,
    ENCODING_UTF16_BE,
    ENCODING_BINARY
};

/* What decoding had to replace. */
struct encoding_damage {
    size_t bytes;
    size_t first; /* offset of the first of them */
};

enum encoding encoding_detect(const char *bytes, size_t size);

/* Appends the text as valid UTF-8. A byte order mark of UTF-16 is left out, of UTF-8 kept; halves
 * of surrogate pairs and an odd last byte become U+FFFD. ENCODING_BINARY is read as damaged UTF-8.
 * STATUS_NOMEM, STATUS_LIMIT past out->size_max. */
enum status encoding_decode(enum encoding encoding, const char *bytes, size_t size,
                            struct buffer *out, struct encoding_damage *damage,
                            struct error *error) MUST_CHECK;

#endif
