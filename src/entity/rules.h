#ifndef ENTITY_RULES_H
#define ENTITY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entity/tagger.h"

/* Where names begin and end: rules over the described forms and the gaps between tokens. Each
 * looks at one place and at most RULE_TOKENS_MAX tokens on, and crosses nothing but white space.
 * Docs: docs/ENTITIES.md. Any thread. */

#define RULE_TOKENS_MAX 12

/* How much is known about the words before a name. */
enum name_licence {
    NAME_FREE,   /* nothing */
    NAME_OFFICE, /* an office and its complement: "وزير الخارجية الألماني" */
    NAME_TITLE,  /* a title right before: "السيد" */
};

/* Whether token `at` continues the phrase of the token before it: white space only. */
bool rule_joins(const struct tagger_article *article, size_t at);

/* The longest known phrase that begins at `at`: its tokens and node, 0 when there is none. The
 * clitics of the first word may be cut, those inside may not. */
size_t rule_known(const struct tagger_article *article, size_t at, uint16_t *node, unsigned *weak);

/* Tokens of the person's name that begins at `at`; 0 when none does. */
size_t rule_person(const struct tagger_article *article, size_t at, enum name_licence licence);

/* Tokens of the organisation whose head stands at `at`; 0 when none does. */
size_t rule_organisation(const struct tagger_article *article, size_t at);

/* Where a name may begin behind the title or office at `at`, and how; 0 when nowhere. */
size_t rule_title(const struct tagger_article *article, size_t at, enum name_licence *licence);

/* Tokens of the place that begins at `at`, behind a word like مدينة; 0 when none does. */
size_t rule_place(const struct tagger_article *article, size_t at);

/* The weak place name that rule_known() found, and whether a place ends right before it. */
struct weak_place {
    size_t count;
    unsigned weak;
    bool place_before;
};
/* Whether what stands beside a weak place name shows that it is a place. */
bool rule_place_shown(const struct tagger_article *article, size_t at,
                      const struct weak_place *place);

/* Tokens of a Latin spelling that begins at `at`, right behind a name; 0 when none does. */
size_t rule_latin(const struct tagger_article *article, size_t at);

#endif
