#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_text(enum status code)
{
    static const char *const text[] = {
#define X(name, words) [STATUS_##name] = (words),
        STATUS_MAP(X)
#undef X
    };
    return text[code];
}

enum status error_set(struct error *error, enum status code, const char *format, ...)
{
    if (error == NULL) {
        return code;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    error->code = code;
    return code;
}

enum status error_no_memory(struct error *error, size_t size)
{
    return error_set(error, STATUS_NOMEM, "out of memory: cannot allocate %zu bytes", size);
}

enum status error_from_errno(struct error *error, const char *act, const char *path)
{
    int number = errno;
    char reason[128];
    if (strerror_r(number, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", number);
    }
    return error_set(error, STATUS_IO, "cannot %s '%s': %s", act, path, reason);
}
