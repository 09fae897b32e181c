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

/* Renames durably within one folder (fsync of the folder after). */
enum status file_rename(const char *from, const char *to, struct error *error) MUST_CHECK;

/* Removes a file, or a folder with everything in it (links are not followed). Absent is OK. */
enum status path_remove(const char *path, struct error *error) MUST_CHECK;

/* Calls `visit` for each entry of a folder, names in ascending byte order, "." and ".." left out.
 * Stops at the first status that is not OK and returns it. */
enum status folder_list(const char *path,
                        enum status (*visit)(void *context, const char *name, struct error *error),
                        void *context, struct error *error) MUST_CHECK;

/* A read-only view of a whole file. An empty file has size 0 and bytes "". */
struct file_view {
    const unsigned char *bytes;
    size_t size;
};
enum status file_view_open(const char *path, struct file_view *view,
                           struct error *error) MUST_CHECK;
void file_view_close(struct file_view *view);

/* Lets go of the memory that bytes [from, to) of the view take, for whole pages; they are read
 * again when they are used again. So a large file can be passed over without being held. */
void file_view_forget(const struct file_view *view, size_t from, size_t to);

/* The same for the whole pages in `size` bytes of any mapped file that is only read. */
void pages_forget(const void *bytes, size_t size);
/* The mapped file comes into memory by small pages, not 2 MiB at once, where the system has both:
 * for those who read some of it here and there, and whose memory is counted. `bytes` begins a page.
 */
void pages_small(const void *bytes, size_t size);

/* An exclusive advisory lock (flock) on a file that is made when absent. STATUS_BUSY when another
 * process holds it. `*lock` is a descriptor for file_lock_release(). */
enum status file_lock(const char *path, int *lock, struct error *error) MUST_CHECK;
void file_lock_release(int lock);

#endif
