#ifndef INDEX_NAME_LINKS_H
#define INDEX_NAME_LINKS_H

#include "base/buffer.h"
#include "base/intern.h"
#include "index/gathering.h"
#include "index/ranking.h"
#include "index/segment_writer.h"

/* Names that lead to entities, on their way into the tables of names of segments. They are kept
 * from segment to segment, as the forms of entities are. One thread at a time. */

struct name_links {
    struct intern *names;
    struct buffer links;         /* a form of an entity and a name each */
    struct buffer waiting;       /* to be added together */
    struct buffer waiting_names; /* their bytes */
    struct ranking ranking;      /* of names */
    struct buffer sorted;        /* struct radix_entry: links in use, by name, then entity */
};

/* The caller releases, also after a failure. */
enum status name_links_init(struct name_links *links, size_t memory_max,
                            struct error *error) MUST_CHECK;
void name_links_release(struct name_links *links);
/* Forgets all names, keeps the memory. */
void name_links_clear(struct name_links *links);
/* What names take, less the room that is kept for more. */
size_t name_links_memory(const struct name_links *links);

/* A name under which the entity of `form` is found. Repeats are fine. */
enum status name_links_add(struct name_links *links, const struct vocabulary *entities,
                           uint32_t form, const void *name, size_t name_size,
                           struct error *error) MUST_CHECK;

/* Writes the names that lead to what was gathered of entities: name, 0, entity key. */
enum status name_links_write(struct name_links *links, struct gathering *gathering,
                             struct segment_writer *writer, struct error *error) MUST_CHECK;

#endif
