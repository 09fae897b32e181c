#ifndef INDEX_FORMAT_H
#define INDEX_FORMAT_H

#include <stdint.h>

/* Numbers of the segment format that writer and reader share; docs/FORMAT.md is the law. */

#define SEGMENT_MAGIC     0x47455346u /* "FSEG" */
#define SEGMENT_META_KEY  "segment"
#define SUPERSEDED_KEY    "superseded"
#define COLUMN_BLOCK_ROWS 32768u
#define COLUMN_HEAD_SIZE  9u /* smallest value, bits a row */
#define COLUMN_PADDING    9u /* so that a row is always one or two whole loads */

/* Chunks of postings, heads and bodies: with LMDB's page header and the checks they fill 64 pages.
 */
#define CHUNK_SIZE (64u * 4096u - 16u - 16u * 4u)

/* Of each frame in a chunk of heads or bodies: where its documents end, counted from the chunk's
 * first; where its bytes end, from the first frame on. */
#define DOCUMENT_FRAME_ENTRY_SIZE 8u

/* A skip entry of a posting list: its numbers, then greatest frequency, length code, impact. */
enum skip_field { SKIP_LAST, SKIP_DOCUMENTS_END, SKIP_POSITIONS_END, SKIP_FIELDS };
#define SKIP_BOUNDS_SIZE 3u
/* Bits that say how many the last document of a list of one block has. */
#define SHORT_LAST_BITS 5u

/* How a form is written: the same as the stem, around the stem, or in full. */
enum form_code { FORM_IS_STEM, FORM_AROUND_STEM, FORM_IN_FULL };

#endif
