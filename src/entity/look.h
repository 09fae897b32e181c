#ifndef ENTITY_LOOK_H
#define ENTITY_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entity/form.h"
#include "entity/tagger.h"
#include "entity/vocabulary.h"

/* What the rules ask of a described word. Any thread. */

#define NAME_FLAGS (WORD_FIRST | WORD_MIXED | WORD_LAST)
#define HEAD_FLAGS (WORD_ORG | WORD_ORGNAME | WORD_ORGNISBA)
/* Words that never stand inside a person's name. */
#define NO_NAME_FLAGS                                                                              \
    (WORD_TITLE | WORD_ROLE | HEAD_FLAGS | WORD_PLACETRIGGER | WORD_PREPOSITION | WORD_STOP |      \
     WORD_WEEKDAY | WORD_DATEWORD | WORD_DOMAIN | WORD_OFFICIAL)

static inline const struct entity_form *form_at(const struct tagger_article *article, size_t at)
{
    return &article->forms[article->words[at]];
}

static inline bool has(const struct entity_form *form, uint32_t flags)
{
    return (form->flags & flags) != 0;
}

/* A plain word that is a surname too, behind a given name: الحوثي. */
static inline bool is_common_family(const struct entity_form *form)
{
    enum { COMMON_FAMILY = 1 };
    return form->flags == WORD_COMMON && form->value == COMMON_FAMILY;
}

static inline bool is_abd(const struct entity_form *form)
{
    return has(form, WORD_ABD) && form->value == 0;
}

/* Whether the word is one name together with the next: عبد with any, نور and the like with الدين.
 */
static inline bool is_compound(const struct entity_form *form, const struct entity_form *next)
{
    static const char faith[] = "دين";
    return has(form, WORD_ABD) &&
           (is_abd(form) || ((next->shape & (SHAPE_ARTICLE | SHAPE_CUT)) == SHAPE_ARTICLE &&
                             next->stems[0] == word_hash(faith, sizeof faith - 1)));
}

static inline bool is_cut(const struct entity_form *form)
{
    return (form->shape & SHAPE_CUT) != 0;
}

static inline bool is_name(const struct entity_form *form)
{
    return has(form, NAME_FLAGS) && !has(form, NO_NAME_FLAGS);
}

/* A word no list knows, and that does not look inflected. */
static inline bool is_unknown(const struct entity_form *form)
{
    return (form->shape & (SHAPE_UNKNOWN | SHAPE_SUFFIX)) == SHAPE_UNKNOWN;
}

#endif
