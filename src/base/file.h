#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"

/* Files and folders. Any thread unless said otherwise. Errors name the path and the reason. */

/* Joins with one '/'. Returns a string the caller frees, or NULL when out of memory. */
char *path_join(const char *folder, const char *name) MUST_CHECK;

/* Opens a regular file to be read; the caller closes the descriptor. STATUS_NOT_FOUND when it does
 * not exist. */
enum status file_open(const char *path, int *descriptor, uint64_t *size,
                      struct error *error) MUST_CHECK;

/* Appends the whole regular file to `out`. STATUS_NOT_FOUND when it does not exist, STATUS_LIMIT
 * past out->size_max. */
enum status file_read(const char *path, struct buffer *out, struct error *error) MUST_CHECK;

/* Makes `path` hold exactly `size` bytes, atomically and durably: temporary file beside it, fsync,
 * rename, fsync of the folder. On failure the old file is untouched and no temporary is left. */
enum status file_replace(const char *path, const void *bytes, size_t size,
                         struct error *error) MUST_CHECK;

/* Size of a file; STATUS_NOT_FOUND when absent. */
enum status file_size(const char *path, uint64_t *size, struct error *error) MUST_CHECK;
bool file_exists(const char *path);

/* Makes a folder; that it exists already is no error. */
enum status folder_make(const char *path, struct error *error) MUST_CHECK;
enum status folder_sync(const char *path, struct error *error) MUST_CHECK;
enum status file_sync(const char *path, struct error *error) MUST_CHECK;

/* Has the system begin to write to the disk what of an open file is not there yet, where it can be
 * asked to, so that file_sync() has less to wait for. */
void file_write_out(int descriptor);

/* Renames durably within one folder (fsync of the folder after). */
enum status file_rename(const char *from, const char *to, struct error *error) MUST_CHECK;

/* Removes a file, or a folder with everything in it (links are not followed). Absent is OK. */
enum status path_remove(const char *path, struct error *error) MUST_CHECK;

/* Calls `visit` for each entry of a folder, names in ascending byte order, "." and ".." left out.
 * Stops at the first status that is not OK and returns it. */
enum status folder_list(const char *path,
                        enum status (*visit)(void *context, const char *name, struct error *error),
                        void *context, struct error *error) MUST_CHECK;

/* An exclusive advisory lock (flock) on a file that is made when absent. STATUS_BUSY when another
 * process holds it. `*lock` is a descriptor for file_lock_release(). */
enum status file_lock(const char *path, int *lock, struct error *error) MUST_CHECK;
void file_lock_release(int lock);

#endif
