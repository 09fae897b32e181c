#ifndef SNAPSHOT_RECORD_H
#define SNAPSHOT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "base/json.h"

/* Structs as JSON objects with a fixed list of members, and the seal that ends a JSON file. One
 * table describes an object; it is written and read by that table, so the two cannot drift apart.
 * Reading is strict: every member, once, in the table's order, within its bounds; anything else is
 * STATUS_FORMAT. Any thread; nothing here keeps state. */

enum record_kind {
    RECORD_U64,    /* uint64_t, at most `limit` */
    RECORD_U32,    /* uint32_t, at most `limit` */
    RECORD_BOOL,   /* bool */
    RECORD_DIGEST, /* struct digest, as 32 hex digits */
    RECORD_TEXT,   /* char[limit], ended by a zero byte; holds none inside, and is UTF-8 */
    RECORD_OBJECT, /* a struct, by `shape` */
    RECORD_CUSTOM, /* by `read` and `write` */
};

struct record_field {
    const char *name;
    enum record_kind kind;
    size_t offset;  /* in the struct */
    uint64_t limit; /* see the kinds */
    const struct record_shape *shape;

    /* `member` points at the struct's member; `context` is what record_read() was given. */
    enum status (*read)(void *context, void *member, enum json_kind kind, const char *value,
                        size_t size, struct error *error);
    void (*write)(struct json_writer *writer, const char *key, const void *member);
};

struct record_shape {
    const struct record_field *fields;
    size_t count;
};
#define RECORD_SHAPE(table)                                                                        \
    {                                                                                              \
        .fields = (table), .count = sizeof(table) / sizeof(table)[0]                               \
    }

#define RECORD_COUNT_MAX ((uint64_t)1 << 48) /* of any count of bytes or things */

/* Writes `source` as an object. `key` may be NULL. The writer keeps the first failure; a number
 * above its limit is STATUS_LIMIT. */
void record_write(struct json_writer *writer, const char *key, const struct record_shape *shape,
                  const void *source);

/* Fills `target` from the object `text`. STATUS_FORMAT says which member is wrong and why, without
 * naming a file; custom readers may return other statuses. On failure `target` is half filled: what
 * custom readers allocated is the caller's to release. */
enum status record_read(const char *text, size_t size, const struct record_shape *shape,
                        void *target, void *context, struct error *error) MUST_CHECK;

/* Reads a JSON number made of digits alone, at most `limit`. */
bool record_number(const char *text, size_t size, uint64_t limit, uint64_t *number);

/* A sealed JSON file ends with one more member, which is the digest of every byte before its comma:
 *     ,\n  "digest": "0123456789abcdef0123456789abcdef"\n}\n
 * record_seal() puts it into `out`, which holds a pretty-printed object. record_unseal() checks it
 * and makes the object without it anew in `body` (emptied first). STATUS_FORMAT when the seal is
 * not there or does not fit. */
enum status record_seal(struct buffer *out, struct error *error) MUST_CHECK;
enum status record_unseal(const void *bytes, size_t size, struct buffer *body,
                          struct error *error) MUST_CHECK;

#endif
