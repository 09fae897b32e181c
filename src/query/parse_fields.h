#ifndef QUERY_PARSE_FIELDS_H
#define QUERY_PARSE_FIELDS_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/error.h"
#include "query/parse.h"
#include "query/parser.h"

/* Fields of a query: title: source: id: date: and so on. */

enum field {
    FIELD_TITLE,
    FIELD_SOURCE,
    FIELD_ID,
    FIELD_DATE,
    FIELD_EVENT_DATE,
    FIELD_PERSON,
    FIELD_PLACE,
    FIELD_ORG,
    FIELD_COUNT
};

/* Looks for "name:" at the lexer's place, which stays; `*name_size` is its size with the colon, 0:
 * no field. An address (http://...) and a word before a colon and a space are words; any other
 * unknown name is an error, because a misspelt field would silently search for something else. */
enum status parse_field(struct parser *parser, enum field *field, size_t *name_size) MUST_CHECK;

/* The value of any field but title:, at the lexer's place. */
enum status parse_field_value(struct parser *parser, enum field field,
                              struct query_node **out) MUST_CHECK;

#endif
