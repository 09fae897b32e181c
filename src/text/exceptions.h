#ifndef TEXT_EXCEPTIONS_H
#define TEXT_EXCEPTIONS_H

#include <stddef.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* A user's say in conflation, on top of the shipped tables: a text of lines
 *
 *   # why
 *   join WORD WORD     the first word is in the second one's class
 *   never WORD WORD    the two are in classes of their own
 *
 * Words are single words, in any spelling that folds alike; what reduces to them follows them.
 * The table is immutable and sorted: a look-up is a binary search. Any thread after reading. */

#define EXCEPTIONS_MAX      20000u
#define EXCEPTIONS_SIZE_MAX ((size_t)1 << 20)

struct exceptions;

/* Reads the text; `name` is for messages. Size 0, or nothing but comments: *out is NULL. The caller
 * frees. STATUS_USAGE names the line that cannot be read or that joins in a circle. */
enum status exceptions_read(const char *text, size_t size, const char *name,
                            struct exceptions **out, struct error *error) MUST_CHECK;
void exceptions_free(struct exceptions *exceptions);

/* Appends them as text again: folds, sorted, each line once; so equal exceptions, equal bytes. */
enum status exceptions_write(const struct exceptions *exceptions, struct buffer *out,
                             struct error *error) MUST_CHECK;

/* As words_find(): WORD_JOIN with a target, WORD_COMMON (stays as it is) or 0. NULL: none. */
unsigned exceptions_find(const struct exceptions *exceptions, const char *fold, size_t size,
                         const char **target, size_t *target_size);

/* The lines one by one, sorted by their first words: `index` from 0. NULL when there is no such
 * line. */
struct exception_line {
    const char *first; /* folds */
    const char *second;
    size_t first_size;
    size_t second_size;
    int join; /* else never */
};
const struct exception_line *exceptions_line(const struct exceptions *exceptions, size_t index);
/* The index of the first line whose first word is not below `fold` in the order of bytes. */
size_t exceptions_floor(const struct exceptions *exceptions, const char *fold, size_t size);

#endif
