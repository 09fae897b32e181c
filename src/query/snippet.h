#ifndef QUERY_SNIPPET_H
#define QUERY_SNIPPET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "query/class_cache.h"
#include "query/parse.h"
#include "text/analyser.h"

/* The line of an article that shows best why it was found, and which printed words in it matched.
 * The text is read again word by word with the archive's analyser, so a mark is always a whole
 * printed word, at the level that was asked for; of a phrase only the words that stand in it are
 * marked, and words under NOT never. Only the first SNIPPET_TEXT_MAX bytes are looked at. About
 * 1 ms for 100 KB of text. */

#define SNIPPET_TEXT_MAX  ((size_t)1 << 20)
#define SNIPPET_BYTES_MAX 65536u

/* Byte range, half open. */
struct snippet_range {
    uint32_t start;
    uint32_t end;
};

/* An article's text; UTF-8. */
struct snippet_text {
    const char *bytes;
    size_t size;
    uint32_t title_end;                   /* what is before is the title */
    const struct snippet_range *mentions; /* further ranges to mark (of entities), ascending */
    size_t mention_count;
};

struct snippet {
    const char *text; /* no control characters, no line breaks, single spaces */
    size_t size;
    const struct snippet_range *marks; /* in `text`, ascending, apart */
    size_t mark_count;
    bool cut_before; /* the text goes on before or behind */
    bool cut_after;
};

/* Keeps what is needed from one text to the next. One thread at a time. */
struct snippet_maker;

/* `query`, `analyser` and `cache` (of the same analyser; NULL: none) are borrowed until
 * snippet_maker_free(). */
enum status snippet_maker_new(const struct query_node *query, const struct analyser *analyser,
                              struct class_cache *cache, struct snippet_maker **out,
                              struct error *error) MUST_CHECK;
void snippet_maker_free(struct snippet_maker *maker);

/* Makes the snippet: at most about `bytes` (at most SNIPPET_BYTES_MAX) of the body, cut between
 * words and where a sentence begins if that is near; of the title when only that matches; the
 * body's beginning when nothing does. Its strings are valid until the next call. */
enum status snippet_make(struct snippet_maker *maker, const struct snippet_text *text, size_t bytes,
                         struct snippet *snippet, struct error *error) MUST_CHECK;

/* All marks of a text, ascending and apart, as byte ranges of the text itself. Valid until the next
 * call. */
enum status snippet_marks(struct snippet_maker *maker, const struct snippet_text *text,
                          const struct snippet_range **marks, size_t *mark_count,
                          struct error *error) MUST_CHECK;

#endif
