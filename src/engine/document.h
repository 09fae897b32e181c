#ifndef ENGINE_DOCUMENT_H
#define ENGINE_DOCUMENT_H

#include "index/segment.h"
#include "source/article.h"

/* An article as it is stored: what the reader gives and what a segment keeps, side by side. The
 * strings are the article's. */
struct stored_document document_of(const struct article *article);

#endif
