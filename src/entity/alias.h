#ifndef ENTITY_ALIAS_H
#define ENTITY_ALIAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entity/tagger.h"

/* How a mention is named in print: its words without the clitics in front of the first, without
 * marks and tatweel, with single spaces between. للأنتربول is الأنتربول. Any thread. */

#define ALIAS_BYTES_MAX 512 /* what is longer is cut at a word */

enum alias_cut {
    ALIAS_CUT_FORM, /* the clitics that the form's description names */
    ALIAS_CUT_NONE,
    ALIAS_CUT_AND, /* و or ف */
    ALIAS_CUT_TO,  /* ب, ك or ل too */
};

struct alias_span {
    size_t first; /* tokens */
    size_t count;
    enum alias_cut cut;
    bool is_date; /* one sign between figures stays: 24/11 */
};

/* What an alias has between token `at` and the one before: nothing (0) where print has nothing, the
 * one sign that stands inside a date (24/11), else a space. */
#define ALIAS_APART ' '
unsigned char alias_joint(const struct tagger_article *article, const struct alias_span *span,
                          size_t at);

/* The alias when it stands in the article's text as it is: most do. NULL when it must be written.
 */
const char *alias_in_text(const struct tagger_article *article, const struct alias_span *span,
                          size_t *size);

/* Writes the alias; returns its size, at most ALIAS_BYTES_MAX. */
size_t alias_write(const struct tagger_article *article, const struct alias_span *span,
                   char out[ALIAS_BYTES_MAX]);

#endif
