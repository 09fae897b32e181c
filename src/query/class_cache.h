#ifndef QUERY_CLASS_CACHE_H
#define QUERY_CLASS_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/token.h"

/* Which class a printed word has, kept from one text to the next: a few thousand words make up most
 * of any text, and analysing one takes ten times as long as finding it here. For one analyser. Of
 * the class only a hash is kept: enough to know which words a query does not ask for. 8,192 words,
 * 448 KiB; the last one of a place stays. One thread at a time. */

struct class_cache;

/* NULL: out of memory. */
struct class_cache *class_cache_new(void);
void class_cache_free(struct class_cache *cache);

uint64_t class_cache_hash(const void *class_key, size_t size);

/* The hash of the word's class; false when it is not kept here. */
bool class_cache_find(const struct class_cache *cache, const char *word, size_t size,
                      enum token_kind kind, uint64_t *class_hash);

/* For a word that has one part, in one class. Long ones are not kept. */
void class_cache_add(struct class_cache *cache, const char *word, size_t size, enum token_kind kind,
                     uint64_t class_hash);

#endif
