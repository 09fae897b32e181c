#ifndef ENTITY_FORM_H
#define ENTITY_FORM_H

#include <stdint.h>

/* The private bits of struct entity_form, shared by the rules of this layer. */

/* entity_form.start: what may begin at this word; 0 is skipped at once. */
enum form_start {
    START_KNOWN = 1 << 0,  /* a phrase of the gazetteer */
    START_PERSON = 1 << 1, /* a name */
    START_TITLE = 1 << 2,  /* a title or an office: a name may follow */
    START_ORG = 1 << 3,
    START_PLACE = 1 << 4, /* a word like مدينة */
    START_DATE = 1 << 5,
};

/* entity_form.shape */
enum form_shape {
    SHAPE_ARTICLE = 1 << 0, /* ال in front, after the clitics that were cut */
    SHAPE_CUT_AND = 1 << 1, /* و or ف was cut */
    SHAPE_CUT_TO = 1 << 2,  /* ب, ك or ل was cut */
    SHAPE_LL = 1 << 3,      /* لل: the article lost its alef */
    SHAPE_UNKNOWN = 1 << 4, /* an Arabic word that no table lists */
    SHAPE_SUFFIX = 1 << 5,  /* unknown, and ends like an inflected word */
    SHAPE_LATIN = 1 << 6,   /* a Latin word that begins with a capital */
    SHAPE_LATIN_LOW = 1 << 7,
    SHAPE_NISBA = 1 << 8, /* ends in ي */
    SHAPE_AND = 1 << 9,   /* unknown, and begins with و: mostly two words */
};

#define SHAPE_CUT (SHAPE_CUT_AND | SHAPE_CUT_TO)

#define NUMBER_NONE UINT16_MAX

#endif
