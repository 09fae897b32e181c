#ifndef INDEX_MERGE_TABLES_H
#define INDEX_MERGE_TABLES_H

#include "base/intern.h"
#include "index/merge_walk.h"
#include "index/segment_writer.h"

/* Merges the names and the ids of several segments in one range of keys. Like lexicons they are
 * merged by several threads at once, a walk each, into bytes that are then appended to the new
 * segment in the order of their ranges. */

enum status merge_names_range(struct merge_walk *walk, const struct merge_range_keys *range,
                              struct buffer *out, struct error *error) MUST_CHECK;
/* `dropped`: keys of the entities that are gone; a name that leads to one of them is left out. */
enum status merge_names_append(const struct buffer *merged, const struct intern *dropped,
                               struct segment_writer *writer, struct error *error) MUST_CHECK;

/* Of the kept documents with one id the last counts, the others are superseded. */
enum status merge_ids_range(struct merge_walk *walk, const struct merge_range_keys *range,
                            struct buffer *out, struct error *error) MUST_CHECK;
enum status merge_ids_append(const struct buffer *merged, struct segment_writer *writer,
                             struct error *error) MUST_CHECK;

#endif
