#ifndef TEXT_ANALYSER_H
#define TEXT_ANALYSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "text/evidence.h"
#include "text/exceptions.h"
#include "text/token.h"

/* The analyser: from a word's bytes to its form, fold and class. One analyser serves ingest and
 * query. A pure function of (bytes, kind, shipped tables, analyser, evidence): the same word gives
 * the same answer in every segment and in a query, also when it was never seen.
 *
 *   bytes  المَغْــرِب     as printed
 *   form   المغرب       NFC, presentation forms to letters, no tatweel, marks or controls
 *   fold   المغرب       + hamza, ya, ta marbuta, digits, case and Latin diacritics folded
 *   class  مغرب         + clitics and suffixes off where evidence says that the rest is a word
 *
 * It allocates nothing and touches no file. Any thread. */

#define ANALYSIS_BYTES_MAX 256 /* a form, fold or class in bytes; longer is cut at a code point */
#define ANALYSIS_PARTS_MAX 8   /* what one token may expand to */

enum analyser_name {
    ANALYSER_DEFAULT, /* evidence-based conflation */
    ANALYSER_LIGHT10, /* Lucene's ArabicNormalizer + ArabicStemmer, token by token */
    ANALYSER_FOLD,    /* class = fold */
};

/* Bumped with every change that can alter any form, fold or class, or the key of an entity, and
 * with every change of what the evidence keeps. */
#define ANALYSER_VERSION 7u

struct analyser {
    enum analyser_name name;
    struct evidence evidence; /* may be empty */
    const struct exceptions
        *exceptions; /* the user's, borrowed; NULL: none. ANALYSER_DEFAULT only */
};

/* One indexable unit. A plain word has one part. A hashtag has itself and then its parts; two
 * words written as one (عبدالله) have two: the positions advance as `advance` says. */
struct analysis {
    uint16_t form_size;
    uint16_t fold_size;
    uint16_t class_size; /* 0: the token has nothing to index */
    uint8_t advance;     /* 0: same position as the part before; 1: the next position */
    uint8_t proclitics;  /* bytes taken off the front of the fold to reach `stem` */
    uint8_t enclitics;   /* bytes taken off the end */
    uint8_t rule;        /* enum conflation_rule of conflate.h: why */
    char form[ANALYSIS_BYTES_MAX];
    char fold[ANALYSIS_BYTES_MAX];
    char class_key[ANALYSIS_BYTES_MAX];
};

/* Analyses the bytes of one token (as token_scan() found it). Fills at most ANALYSIS_PARTS_MAX
 * parts and returns how many: at least 1. */
size_t analyser_word(const struct analyser *analyser, const char *word, size_t size,
                     enum token_kind kind, struct analysis parts[ANALYSIS_PARTS_MAX]);

/* The same of some words together, so that what is asked of the evidence is on its way for all of
 * them at once. Fills in the only part of each word that is one and sets its `single`; the others,
 * few, are left to analyser_word(). */
enum { ANALYSER_TOGETHER = 16 };
struct analyser_request {
    const char *word;
    uint32_t size;
    enum token_kind kind;
    bool single; /* set */
};
void analyser_words(const struct analyser *analyser, struct analyser_request *words, size_t count,
                    struct analysis some[ANALYSER_TOGETHER]);

/* What the evidence is to keep beside the count of a fold (text/reduction.h). */
unsigned analyser_reduction(const struct analyser *analyser, const char *fold, size_t size);

/* The class of other words that have the part's fold (the name Ali and `ala` are two classes and
 * one fold, see text/homograph.h): writes its key and returns its size, 0 when there is none. */
size_t analyser_other_class(const struct analyser *analyser, const struct analysis *part,
                            char key[ANALYSIS_BYTES_MAX]);

/* The fold of any string (words separated by single spaces stay so): for names, aliases and
 * gazetteer keys. Returns the size written, at most out_size; cut at a code point when longer. */
size_t analyser_fold(const char *text, size_t size, char *out, size_t out_size);

/* Whether the analyser does what its exceptions say; STATUS_USAGE names the first line that it
 * cannot follow ("never" for two words that a "join" makes one, or that are one part of a
 * compound).
 */
enum status analyser_check_exceptions(const struct analyser *analyser,
                                      struct error *error) MUST_CHECK;

/* "default", "light10", "fold"; and back (STATUS_USAGE naming the choices). */
const char *analyser_name_text(enum analyser_name name);
enum status analyser_name_parse(const char *text, enum analyser_name *name,
                                struct error *error) MUST_CHECK;

#endif
