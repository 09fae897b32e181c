#ifndef BASE_SCSU_H
#define BASE_SCSU_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* Arabic text in one byte a letter: the single-byte mode of the Standard Compression Scheme for
 * Unicode (Unicode Technical Standard #6), begun with dynamic window 3 (U+0600) active and window 1
 * at U+0680. Nothing changes a window; what lies in neither ASCII nor U+0600..067F is quoted from a
 * window (2 bytes) or as UTF-16 (3 or 6). A byte that is not part of well-formed UTF-8 stands
 * behind SCSU_RAW, a tag that the standard reserves, so any bytes come back as they were. For
 * what is no symbol of the archive (base/dense_code.h). Any thread. */

#define SCSU_RAW 0x0Cu

/* Appends the encoded bytes to `out`: at most twice as many. */
enum status scsu_encode(const void *bytes, size_t size, struct buffer *out,
                        struct error *error) MUST_CHECK;

/* Appends the bytes that scsu_encode() was given. STATUS_FORMAT for what it never writes: another
 * tag, half a code point, half a surrogate pair. At most twice as many bytes. */
enum status scsu_decode(const void *bytes, size_t size, struct buffer *out,
                        struct error *error) MUST_CHECK;

#endif
