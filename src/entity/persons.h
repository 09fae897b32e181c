#ifndef ENTITY_PERSONS_H
#define ENTITY_PERSONS_H

#include "entity/tagger_scratch.h"

/* The persons of an article, once its mentions are found by rule: one key for one person, and the
 * short forms that mean them. In this order: */

/* The full names that others can mean. */
void persons_gather(struct tagger_scratch *scratch, const struct tagger_article *article);

/* A shorter full name takes the key of the longest one that it is a part of, a single name found by
 * its title that of the full name. */
void persons_join(struct tagger_scratch *scratch, const struct tagger_article *article);

/* Surnames alone, between the mentions found by rule: to scratch->shorts. */
void persons_find_shorts(struct tagger_scratch *scratch, const struct tagger_article *article);

#endif
