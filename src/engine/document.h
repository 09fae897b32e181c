#ifndef ENGINE_DOCUMENT_H
#define ENGINE_DOCUMENT_H

#include "index/segment.h"
#include "source/article.h"
#include "source/reader.h"

/* An article as it is stored: what the reader gives and what a segment keeps, side by side. The
 * strings are the article's. */
struct stored_document document_of(const struct article *article);

/* The way back. What is not stored is 0: the day, and where the article lay. */
struct article article_of(const struct stored_document *stored);

/* The most that a document takes: an article's text and a few strings around it. */
#define DOCUMENT_SIZE_MAX ((size_t)4 * ARTICLE_BYTES_MAX)

#endif
