#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stddef.h>

#include "base/compiler.h"

/* Errors: a code for the caller, a message for the person. */

#define STATUS_MAP(X)                                                                              \
    X(OK, "ok")                                                                                    \
    X(NOMEM, "out of memory")                                                                      \
    X(IO, "input/output error")                                                                    \
    X(FORMAT, "file is damaged or not in our format")                                              \
    X(LIMIT, "a documented limit was passed")                                                      \
    X(USAGE, "wrong use")                                                                          \
    X(NOT_FOUND, "not found")                                                                      \
    X(BUSY, "in use by another process")                                                           \
    X(STOPPED, "stopped on request")

enum status {
#define X(name, text) STATUS_##name,
    STATUS_MAP(X)
#undef X
};

/* One thread at a time. */
struct error {
    enum status code;
    char message[512]; /* longer messages are cut, never overrun */
};

/* Returns the constant text of a code. Any thread. */
const char *status_text(enum status code);

/* Records a formatted message in `error` (which may be NULL) and returns `code`, so that a
 * failing function can end with `return error_set(...)`. */
enum status error_set(struct error *error, enum status code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* error_set(STATUS_NOMEM) for `size` bytes that could not be had. */
enum status error_no_memory(struct error *error, size_t size);

/* error_set(STATUS_IO) saying "cannot ACT 'path': REASON" with the reason of `errno`. A full
 * disk (ENOSPC, EDQUOT) is named as such. */
enum status error_from_errno(struct error *error, const char *act, const char *path);

#endif
