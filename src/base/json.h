#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* JSON (RFC 8259), read by yajl (json.c, which owns <yajl/...>) and written by hand-to-buffer
 * helpers (json_writer.c).
 *
 * Reading is for one object: its members are reported in order. A member whose value is a string
 * is given decoded, any other value as its raw JSON text; what holds no escapes comes in place, but
 * for texts that are mostly not ASCII, of which yajl is not shown all (base/json_aside.h). Nesting
 * is bounded by JSON_DEPTH_MAX. A \u escape that is the first half of a surrogate pair alone
 * becomes '?' (yajl's way), a second half alone U+FFFD; \u0000 becomes a zero byte, so sizes count,
 * not terminators. */

#define JSON_DEPTH_MAX 64 /* the outermost object or array is level 1 */

enum json_kind { JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL, JSON_NESTED };

/* Called for each member. `key` and `value` are decoded UTF-8, not zero-terminated, valid during
 * the call only; for JSON_NESTED (array or object) and JSON_NUMBER `value` is the raw text. */
typedef enum status (*json_member)(void *context, const char *key, size_t key_size,
                                   enum json_kind kind, const char *value, size_t value_size,
                                   struct error *error);

/* Reads one object that fills `text` (white space around it allowed). STATUS_FORMAT names the
 * byte offset and what was wrong; a status returned by `member` ends the reading and is returned.
 * UTF-8 inside strings is NOT checked here. Any thread. */
enum status json_read_object(const char *text, size_t size, json_member member, void *context,
                             struct error *error) MUST_CHECK;

/* The same with a parser that is kept from one text to the next, for many texts: no allocation
 * per text. One thread at a time; `member` must not use the same reader. */
struct json_reader;
struct json_reader *json_reader_new(void) MUST_CHECK; /* NULL when out of memory */
enum status json_reader_object(struct json_reader *reader, const char *text, size_t size,
                               json_member member, void *context, struct error *error) MUST_CHECK;
void json_reader_free(struct json_reader *reader);
/* Whether a key or value of the text has had a zero byte so far. */
bool json_reader_has_zeros(const struct json_reader *reader);

/* Calls `element` for every value of an array whose raw text (as given by JSON_NESTED) is `text`;
 * the key is empty. */
enum status json_read_array(const char *text, size_t size, json_member element, void *context,
                            struct error *error) MUST_CHECK;

/* Writing: append to a buffer. Strings are quoted and escaped; bytes that are not UTF-8 become
 * U+FFFD, so that the output is always valid JSON. */
enum status json_write_string(struct buffer *out, const char *text, size_t size,
                              struct error *error) MUST_CHECK;

/* A writer that places commas: begin/end nest; `key` may be NULL inside arrays and at the top. The
 * first failure is kept and every later call does nothing; json_writer_status() tells it. */
struct json_writer {
    struct buffer *out;
    struct error *error;
    enum status status;
    bool comma;  /* a comma is due before the next value */
    bool pretty; /* new lines and two spaces a level */
    unsigned depth;
};
void json_writer_init(struct json_writer *writer, struct buffer *out, struct error *error);
void json_writer_begin_object(struct json_writer *writer, const char *key);
void json_writer_end_object(struct json_writer *writer);
void json_writer_begin_array(struct json_writer *writer, const char *key);
void json_writer_end_array(struct json_writer *writer);
void json_writer_string(struct json_writer *writer, const char *key, const char *text, size_t size);
void json_writer_text(struct json_writer *writer, const char *key, const char *text); /* to NUL */
void json_writer_u64(struct json_writer *writer, const char *key, uint64_t value);
void json_writer_i64(struct json_writer *writer, const char *key, int64_t value);
void json_writer_double(struct json_writer *writer, const char *key, double value); /* shortest */
void json_writer_bool(struct json_writer *writer, const char *key, bool value);
void json_writer_raw(struct json_writer *writer, const char *key, const char *json, size_t size);
void json_writer_null(struct json_writer *writer, const char *key);
enum status json_writer_status(const struct json_writer *writer) MUST_CHECK;

#endif
