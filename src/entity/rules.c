#include "entity/rules.h"

#include "entity/form.h"
#include "entity/look.h"
#include "entity/vocabulary.h"

bool rule_joins(const struct tagger_article *article, size_t at)
{
    return at < article->token_count && article->tokens[at].gap <= TOKEN_GAP_SPACE &&
           article->tokens[at].kind == TOKEN_WORD;
}

/* As rule_joins(), or a hyphen behind a given name: جان-كلود, but not ترامب-بوتين. */
static bool joins_name(const struct tagger_article *article, size_t at)
{
    if (at >= article->token_count || article->tokens[at].kind != TOKEN_WORD) {
        return false;
    }
    uint8_t gap = article->tokens[at].gap;
    bool hyphen = gap == TOKEN_GAP_DASH && at > 0 && has(form_at(article, at - 1), WORD_FIRST) &&
                  article->tokens[at].start == article->tokens[at - 1].end + 1;
    return gap <= TOKEN_GAP_SPACE || hyphen;
}

size_t rule_known(const struct tagger_article *article, size_t at, uint16_t *node, unsigned *weak)
{
    uint16_t here = form_at(article, at)->root;
    size_t found = 0;
    size_t count = 0;
    while (here != 0) {
        count++;
        unsigned is_weak = 0;
        if (phrase_entity(here, &is_weak)) {
            found = count;
            *node = here;
            *weak = is_weak;
        }
        size_t next = at + count;
        bool close = next < article->token_count && article->tokens[next].gap <= TOKEN_GAP_SPACE;
        uint32_t word = close ? form_at(article, next)->word : WORD_NONE;
        here = word == WORD_NONE ? 0 : phrase_child(here, word);
    }
    return found;
}

/* ---- persons ---- */

/* What follows a name may be part of it although it is also a plain word. */
static bool is_inner(const struct entity_form *form)
{
    bool plain = has(form, WORD_RARE | WORD_PLACEISH) && !has(form, NO_NAME_FLAGS | WORD_NISBA);
    return plain && (form->shape & (SHAPE_ARTICLE | SHAPE_CUT_AND)) == 0;
}

/* Value of a particle: a name may begin with it (أبو, ابن); no plain word may follow it (دي). */
enum particle { PARTICLE_OPENS = 1, PARTICLE_FOREIGN = 3 };

struct run {
    bool licensed;
    bool surname; /* the last word was a surname */
    bool family;  /* it is a frequent word too: the name ends there */
    size_t end;   /* token behind the name */
    size_t words; /* names, particles not counted */
    size_t known; /* of them listed as names */
    size_t unknown;
    size_t first_end; /* behind the first name */
};

/* A plain word with the article as surname: listed ones and rare ones that end in ي (الخطابي)
 * behind any name, and behind a single given name the other rare ones, or any where an office is
 * named. */
static bool is_family(const struct entity_form *form, const struct run *run)
{
    if ((form->shape & (SHAPE_ARTICLE | SHAPE_CUT)) != SHAPE_ARTICLE || !has(form, WORD_COMMON) ||
        has(form, NO_NAME_FLAGS | WORD_NISBA)) {
        return false;
    }
    bool rare = has(form, WORD_RARE);
    bool behind_given = run->words == 1 && !run->surname;
    if (is_common_family(form)) {
        return !run->surname;
    }
    if ((form->shape & SHAPE_NISBA) != 0) {
        return rare && (form->word == WORD_NONE || behind_given);
    }
    return behind_given && (rare || run->licensed);
}

/* Whether one name of two words begins at `at`: عبد الله, نور الدين. */
static bool compound_at(const struct tagger_article *article, size_t at)
{
    return joins_name(article, at + 1) && !is_cut(form_at(article, at + 1)) &&
           is_compound(form_at(article, at), form_at(article, at + 1));
}

/* Takes one name, with the particles in front of it, at `at`; returns the token behind it. */
static size_t take_name(const struct tagger_article *article, size_t at, bool first,
                        struct run *run)
{
    size_t next = at;
    const struct entity_form *form = form_at(article, next);
    bool particle = false;
    while (has(form, WORD_PARTICLE) && (next == at || !is_cut(form)) && next < at + 3) {
        if (!joins_name(article, next + 1)) {
            break;
        }
        particle = form->value != PARTICLE_FOREIGN;
        form = form_at(article, ++next);
    }
    if ((next != at || !first) && is_cut(form)) {
        return 0;
    }
    bool compound = has(form, WORD_ABD) && compound_at(article, next);
    if (is_abd(form) && !compound) {
        return 0;
    }
    if (compound) {
        const struct entity_form *second = form_at(article, next + 1);
        bool named = (second->shape & SHAPE_ARTICLE) != 0 || is_name(second);
        if (!named || has(second, HEAD_FLAGS | WORD_WEEKDAY)) {
            return 0;
        }
        run->known++;
        return next + 2;
    }
    if (is_name(form)) {
        run->known++;
        run->surname = !has(form, WORD_FIRST | WORD_MIXED);
        return next + 1;
    }
    if (run->known > 0 && is_family(form, run)) {
        run->surname = true;
        run->family = is_common_family(form);
        return next + 1;
    }
    bool conjunction = (form->shape & SHAPE_AND) != 0 && run->words > 1;
    if (is_unknown(form) && !conjunction && !run->family &&
        !(run->surname && (form->shape & SHAPE_ARTICLE) == 0)) {
        run->surname = (form->shape & SHAPE_ARTICLE) != 0;
        run->unknown++;
        return next + 1;
    }
    bool bearable = particle && !has(form, WORD_WEEKDAY | WORD_PREPOSITION) && form->flags != 0;
    return bearable ? next + 1 : 0;
}

static void read_run(const struct tagger_article *article, size_t at, bool licensed,
                     struct run *run)
{
    *run = (struct run){.end = at, .licensed = licensed};
    size_t next = at;
    while (next < at + RULE_TOKENS_MAX && run->words < 6) {
        if (next > at && !joins_name(article, next)) {
            break;
        }
        size_t end = take_name(article, next, next == at, run);
        if (end == 0 && run->known > 0 && is_inner(form_at(article, next)) &&
            joins_name(article, next + 1) && !is_cut(form_at(article, next + 1)) &&
            (is_name(form_at(article, next + 1)) || is_unknown(form_at(article, next + 1)))) {
            end = next + 1;
        }
        if (end == 0 && run->words == 1 && run->known == 1 &&
            has(form_at(article, next), WORD_REGNAL) && !is_cut(form_at(article, next))) {
            run->words++;
            run->known++;
            run->end = next + 1;
            break;
        }
        if (end == 0) {
            break;
        }
        run->words++;
        run->end = end;
        run->first_end = run->words == 1 ? end : run->first_end;
        next = end;
    }
}

size_t rule_person(const struct tagger_article *article, size_t at, enum name_licence licence)
{
    const struct entity_form *form = form_at(article, at);
    bool may = has(form, NAME_FLAGS | WORD_ABD | WORD_PARTICLE) ||
               (licence != NAME_FREE && is_unknown(form));
    if (!may || has(form, NO_NAME_FLAGS & ~(uint32_t)WORD_PARTICLE)) {
        return 0;
    }
    struct run run;
    read_run(article, at, licence != NAME_FREE, &run);
    size_t count = run.end - at;
    if (run.words == 0) {
        return 0;
    }
    const struct entity_form *second = run.words > 1 ? form_at(article, run.first_end) : NULL;
    bool second_known = second != NULL && (has(second, NAME_FLAGS | WORD_PARTICLE) ||
                                           compound_at(article, run.first_end));
    if (licence != NAME_FREE) {
        bool enough = run.known > 0 || run.unknown > 1 ||
                      (licence == NAME_TITLE && (form->shape & SHAPE_ARTICLE) == 0);
        bool adjective = has(form, WORD_COMMON) && (form->shape & SHAPE_ARTICLE) != 0;
        bool single = run.words == 1 && (has(form, WORD_FIRST | WORD_MIXED) || adjective) &&
                      licence == NAME_OFFICE;
        return enough && !single ? count : 0;
    }
    if (run.words == 1) {
        return 0;
    }
    if (has(form, WORD_FIRST)) {
        return count;
    }
    if (compound_at(article, at)) {
        return count;
    }
    if (has(form, WORD_MIXED)) {
        return second_known || run.unknown > 0 ? count : 0;
    }
    if (has(form, WORD_PARTICLE)) {
        return run.known > 1 ? count : 0;
    }
    bool two_famous = second != NULL && form->root != 0 && second->root != 0; /* ترامب بوتين */
    return second != NULL && !two_famous && has(second, WORD_LAST) && run.known > 1 &&
                   (form->shape & (SHAPE_CUT | SHAPE_ARTICLE)) == 0
               ? count
               : 0;
}

/* Words that may stand between an office and the name: its complement. */
static bool is_complement(const struct entity_form *form)
{
    if ((form->shape & SHAPE_ARTICLE) != 0 && !has(form, WORD_TITLE | NAME_FLAGS | WORD_WEEKDAY)) {
        return (form->shape & SHAPE_UNKNOWN) == 0;
    }
    return has(form, WORD_NISBA | WORD_DOMAIN | WORD_OFFICIAL | HEAD_FLAGS | WORD_ROLE) ||
           form->root != 0;
}

size_t rule_title(const struct tagger_article *article, size_t at, enum name_licence *licence)
{
    const struct entity_form *form = form_at(article, at);
    size_t next = at + 1;
    *licence = has(form, WORD_TITLE) ? NAME_TITLE : NAME_OFFICE;
    for (unsigned i = 0; i < 6 && rule_joins(article, next); i++, next++) {
        const struct entity_form *here = form_at(article, next);
        if (has(here, NAME_FLAGS | WORD_ABD) && !has(here, NO_NAME_FLAGS)) {
            return next;
        }
        if (has(here, WORD_TITLE) && !is_cut(here)) {
            *licence = NAME_TITLE;
            continue;
        }
        if (is_unknown(here) && !is_cut(here)) {
            return next;
        }
        if (has(here, WORD_PARTICLE) && next == at + 1) {
            return next;
        }
        if (!is_complement(here)) {
            return 0;
        }
        *licence = NAME_OFFICE;
    }
    bool comma = next < article->token_count && article->tokens[next].gap == TOKEN_GAP_COMMA &&
                 article->tokens[next].kind == TOKEN_WORD && next > at + 1;
    if (comma && !is_cut(form_at(article, next)) && (has(form_at(article, next), NAME_FLAGS))) {
        *licence = NAME_OFFICE;
        return next;
    }
    return 0;
}

size_t rule_latin(const struct tagger_article *article, size_t at)
{
    size_t next = at;
    size_t capitals = 0;
    while (next < article->token_count && next < at + 6) {
        const struct entity_form *form = form_at(article, next);
        uint8_t gap = article->tokens[next].gap;
        bool close = next == at ? gap <= TOKEN_GAP_QUOTE : gap <= TOKEN_GAP_DASH;
        if (!close || (form->shape & (SHAPE_LATIN | SHAPE_LATIN_LOW)) == 0) {
            break;
        }
        bool capital = (form->shape & SHAPE_LATIN) != 0;
        if (next == at && !capital) {
            break;
        }
        capitals += capital ? 1 : 0;
        next++;
    }
    while (next > at && (form_at(article, next - 1)->shape & SHAPE_LATIN) == 0) {
        next--;
    }
    return capitals >= 2 ? next - at : 0;
}

/* ---- places ---- */

/* Value of a word like مدينة behind which an unknown name is taken; three letters at least. */
enum { PLACE_TAKES_UNKNOWN = 1, PLACE_BYTES_MIN = 6 };

size_t rule_place(const struct tagger_article *article, size_t at)
{
    size_t next = at + 1;
    size_t count = 0;
    if (form_at(article, at)->value != PLACE_TAKES_UNKNOWN) {
        return 0;
    }
    while (count < 2 && rule_joins(article, next + count)) {
        const struct entity_form *form = form_at(article, next + count);
        const struct token *token = &article->tokens[next + count];
        bool fits = (is_unknown(form) || has(form, WORD_PLACEISH)) &&
                    token->end - token->start >= PLACE_BYTES_MIN && (form->shape & SHAPE_AND) == 0;
        if (!fits || is_cut(form) || has(form, WORD_NISBA) ||
            (count > 0 && (form->shape & SHAPE_ARTICLE) != 0) || has(form, NO_NAME_FLAGS)) {
            break;
        }
        count++;
        if (!is_unknown(form)) {
            break;
        }
    }
    return count;
}

bool rule_place_shown(const struct tagger_article *article, size_t at,
                      const struct weak_place *place)
{
    const struct entity_form *form = form_at(article, at);
    uint8_t gap = article->tokens[at].gap;
    if (place->place_before && (gap == TOKEN_GAP_COMMA ||
                                (gap <= TOKEN_GAP_SPACE && (form->shape & SHAPE_CUT_AND) != 0))) {
        return true;
    }
    if (at > 0 && gap <= TOKEN_GAP_SPACE) {
        const struct entity_form *before = form_at(article, at - 1);
        if (has(before, WORD_PLACETRIGGER) || (place->weak == 1 && has(before, WORD_PREPOSITION) &&
                                               !is_cut(before) && !is_cut(form))) {
            return true;
        }
    }
    size_t next = at + place->count;
    if (next >= article->token_count || article->tokens[next].gap > TOKEN_GAP_COMMA ||
        form_at(article, next)->root == 0) {
        return false;
    }
    uint16_t node = 0;
    unsigned weak = 0;
    bool and_too = (form_at(article, next)->shape & SHAPE_CUT_AND) != 0 ||
                   article->tokens[next].gap == TOKEN_GAP_COMMA;
    return and_too && rule_known(article, next, &node, &weak) != 0 && weak == 0 &&
           phrase_known(node).type == 'L';
}
