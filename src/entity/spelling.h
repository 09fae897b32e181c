#ifndef ENTITY_SPELLING_H
#define ENTITY_SPELLING_H

#include <stddef.h>
#include <stdint.h>

/* One spelling for a word that names print in several: bench/tables/spellings.txt. Pure, any
 * thread.
 *
 * Puts the spelling of keys in the place of a folded word that is another one; returns its size.
 * The string is constant. */
size_t spelling_of(const char **word, size_t size);

/* word_hash() of that spelling. */
uint32_t spelling_hash(const char *word, size_t size);

#endif
