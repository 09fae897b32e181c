#ifndef ENTITY_FLAGS_H
#define ENTITY_FLAGS_H

#include <stddef.h>

#include "entity/tagger.h"

/* What the tagger knows of a word alone, in words for people: "first-name", "place", "month", ...
 * Fills `names` with at most `names_max` constant strings and returns how many. Any thread. */
#define ENTITY_FLAGS_MAX 40u
size_t entity_flags(const struct entity_form *form, const char **names, size_t names_max);

#endif
