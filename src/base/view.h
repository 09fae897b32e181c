#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"

/* Files mapped into memory. Any thread. */

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

#endif
