#ifndef SOURCE_RECORD_H
#define SOURCE_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "source/article.h"
#include "source/reader.h"

/* From the bytes of one record to an article: repairs the encoding, reads JSON, joins title and
 * body. Touches no file. Cost: no allocation per record once its buffers have grown; a body is
 * copied once, to stand behind its title. One thread at a time.
 *
 * JSON members; of several in one group the one named first here wins, whatever their order:
 *     id: id, _id, uid                  title: title, headline
 *     date: date, published, published_at, datetime
 *     source: source, publisher         url: url, link         body: body, text, content
 * An id or a date may be a number; null and blank strings count as absent; any other type is
 * BAD_MEMBER. Whatever was not taken (other names, wrong types, the losers of a group, a second
 * member of one name) goes to `extras`, in input order as far as the groups allow: strings are
 * written anew, other values are the input's own text. */

struct record_parser;

/* NULL when out of memory. */
struct record_parser *record_parser_new(ledger_report report, void *context) MUST_CHECK;
void record_parser_free(struct record_parser *parser);

/* Reads one line of JSON Lines. `article` comes with input, offset and bytes, the rest is filled;
 * `*found` is false when the line was rejected (and reported) or holds nothing but white space. The
 * article borrows from `line` and from the parser until its next use. STATUS_NOMEM and what
 * `report` returned are the only failures. */
enum status record_parse_line(struct record_parser *parser, const char *line, size_t size,
                              struct article *article, bool *found, struct error *error) MUST_CHECK;

/* Reads a whole text file; id and source are left to the caller. Otherwise as above. */
enum status record_parse_text(struct record_parser *parser, const char *bytes, size_t size,
                              struct article *article, bool *found, struct error *error) MUST_CHECK;

#endif
