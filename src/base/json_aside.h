#ifndef BASE_JSON_ASIDE_H
#define BASE_JSON_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* Makes JSON shorter before it is parsed. A parser goes byte by byte, and nearly all bytes of an
 * article mean nothing to it: what begins with a byte from 80 on and goes on without quotation
 * mark, backslash or control character can only stand in a string, or is an error at its first
 * byte, and is neither more nor less if it is replaced by other such bytes. So each such run is set
 * aside and a stand-in of 11 bytes, all from 80 on, parsed in its place; what the parser then says
 * of strings is made whole again. Nothing of JSON's grammar is known here. For a text of which the
 * parser does not ask that it be UTF-8. Any thread. */

/* Appends the text with its runs set aside. `*made` is false when that leaves more than half of it,
 * or when it is too long: then the text is best parsed as it is, and `out` is as it was. */
enum status json_set_aside(const char *text, size_t size, struct buffer *out, bool *made,
                           struct error *error) MUST_CHECK;

/* Whether any stand-in is among the bytes, which are from what json_set_aside() made. */
bool json_is_aside(const char *bytes, size_t size);

/* Appends the bytes with what was set aside of `text` (of `text_size` bytes) in its place. */
enum status json_put_back(const char *text, size_t text_size, const char *bytes, size_t size,
                          struct buffer *out, struct error *error) MUST_CHECK;

/* Where in the text byte `offset` of all that json_set_aside() made of it stands. */
size_t json_aside_offset(const char *bytes, size_t offset);

#endif
