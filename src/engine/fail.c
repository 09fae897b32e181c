#include "engine/fail.h"

#include <stddef.h>
#include <stdio.h>

static const enum fihris_status public_status[] = {
    [STATUS_OK] = FIHRIS_OK,
    [STATUS_NOMEM] = FIHRIS_NO_MEMORY,
    [STATUS_IO] = FIHRIS_IO,
    [STATUS_FORMAT] = FIHRIS_DAMAGED,
    [STATUS_LIMIT] = FIHRIS_LIMIT,
    [STATUS_USAGE] = FIHRIS_USAGE,
    [STATUS_NOT_FOUND] = FIHRIS_NOT_FOUND,
    [STATUS_BUSY] = FIHRIS_BUSY,
    [STATUS_STOPPED] = FIHRIS_STOPPED,
};

enum fihris_status fail_at(struct fihris_error *out, enum status status, const struct error *error,
                           int64_t query_offset)
{
    enum fihris_status result = public_status[status];
    if (out == NULL) {
        return result;
    }
    out->status = result;
    out->query_offset = query_offset;
    const char *message = status_text(status);
    if (error != NULL && error->code == status && error->message[0] != '\0') {
        message = error->message;
    }
    (void)snprintf(out->message, sizeof out->message, "%s", status == STATUS_OK ? "" : message);
    return result;
}

enum fihris_status fail_with(struct fihris_error *out, enum status status,
                             const struct error *error)
{
    return fail_at(out, status, error, -1);
}

const char *fihris_status_text(enum fihris_status status)
{
    for (size_t i = 0; i < sizeof public_status / sizeof public_status[0]; i++) {
        if (public_status[i] == status) {
            return status_text((enum status)i);
        }
    }
    return "unknown status";
}
