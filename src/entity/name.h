#ifndef ENTITY_NAME_H
#define ENTITY_NAME_H

#include <stddef.h>
#include <stdint.h>

/* Keys of names. A name is folded first; words are separated by single spaces. For persons:
 *
 *   عبد اللطيف الحموشي  ->  عبد اللطيف حموشي   ال off each word, but kept after عبد
 *   عبدالله             ->  عبد الله            عبد, الله and الدين stand apart (نصرالله, نورالدين)
 *   محمد بن سلمان       ->  محمد بنسلمان        بن, ابن joined to the next word
 *   خالد بن عبدالله      ->  خالد بنعبد الله     as both rules say
 *   أبي مازن, أبومازن    ->  ابو مازن            أبو, أبي, أبا one word, apart
 *   سيرجي               ->  سيرغي               one spelling (spelling.h)
 *
 * The same rules stand in bench/tables/gazetteer.py. Pure functions, any thread. */

/* Bytes of so many Arabic letters in UTF-8. */
#define LETTERS(count) ((size_t)(count)*2)

#define NAME_BYTES_MAX 512 /* of a name; what is longer is cut */

/* ال off a folded word of five letters or more; الله stays. Moves `*word`, returns its size. */
size_t name_bare(const char **word, size_t size);

/* The key of a folded person's name. Returns the size written, at most out_size; a word that does
 * not fit is left out. `out` must not be `fold`. */
size_t name_key_person(const char *fold, size_t size, char *out, size_t out_size);

/* The same of another name: its words, in one spelling. */
size_t name_key_words(const char *fold, size_t size, char *out, size_t out_size);

#endif
