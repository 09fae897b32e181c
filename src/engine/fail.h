#ifndef ENGINE_FAIL_H
#define ENGINE_FAIL_H

#include "base/error.h"
#include "fihris.h"

/* Turns a status and message of the inner layers into those of the public interface. Returns the
 * status it stored. `out` may be NULL. */
enum fihris_status fail_with(struct fihris_error *out, enum status status,
                             const struct error *error);

/* The same for an error that stands at a byte of a query, -1: no place. */
enum fihris_status fail_at(struct fihris_error *out, enum status status, const struct error *error,
                           int64_t query_offset);

#endif
