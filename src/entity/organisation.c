#include "entity/form.h"
#include "entity/look.h"
#include "entity/rules.h"
#include "entity/vocabulary.h"

/* The organisation's rule of rules.h: a head, and what may follow it. */

struct office {
    bool defined;    /* the head has the article */
    bool named;      /* the head may be followed by a proper name */
    bool plainly;    /* ... which may be a plain word */
    bool weak;       /* one word of complement is too little */
    bool nationally; /* the head needs a nationality */
    bool feminine;
    size_t next;
    /* What the complement holds. */
    bool domain;
    bool nisba;
    bool place;
    bool name;
    bool official;
    bool charged;
    bool closed;  /* only ل... may follow */
    bool word;    /* the name is a plain word: no more names behind it */
    bool pending; /* an indefinite noun waits for a definite one */
};

static bool adjective_shape(const struct entity_form *form)
{
    return has(form, WORD_OFFICIAL | WORD_NISBA | WORD_DOMAIN | WORD_CHARGED);
}

/* A place or an organisation as complement: سفارة الدنمارك, مكتب الأمم المتحدة. */
static bool take_known(const struct tagger_article *article, struct office *office)
{
    const struct entity_form *form = form_at(article, office->next);
    uint16_t node = 0;
    unsigned weak = 0;
    if (form->root == 0 || is_cut(form)) {
        return false;
    }
    size_t count = rule_known(article, office->next, &node, &weak);
    if (count == 0 || weak != 0 || phrase_known(node).type == 'P') {
        return false;
    }
    office->next += count;
    office->place = true;
    office->closed = true;
    office->pending = false;
    return true;
}

static bool take_defined(struct office *office, const struct entity_form *form, bool directly)
{
    if (has(form, WORD_NISBA)) {
        bool feminine = has(form, WORD_FEMININE);
        if (office->nationally && office->defined && feminine != office->feminine) {
            return false;
        }
        office->nisba = true;
        office->closed = true;
        office->pending = false;
        return true;
    }
    if (office->closed) {
        return false;
    }
    if (has(form, WORD_DOMAIN) && !office->nationally) {
        office->domain = true;
    } else if (has(form, WORD_CHARGED)) {
        office->charged = true;
    } else if (has(form, WORD_OFFICIAL)) {
        office->official = true;
    } else if (!directly || office->defined || office->nationally ||
               !has(form, WORD_COMMON | WORD_LAST | WORD_MIXED | WORD_PLACEISH) ||
               has(form, HEAD_FLAGS | WORD_ROLE | WORD_TITLE)) {
        return false;
    } else if (office->plainly || (office->named && !has(form, WORD_COMMON))) {
        office->name = true;
        office->word = has(form, WORD_COMMON);
    }
    office->pending = false;
    return true;
}

/* Of another organisation of one word: الجمعية العامة للأنتربول. A longer one stands for itself. */
static bool take_owner(const struct tagger_article *article, struct office *office)
{
    uint16_t node = 0;
    unsigned weak = 0;
    const struct entity_form *form = form_at(article, office->next);
    if ((form->shape & SHAPE_CUT) != SHAPE_CUT_TO || !office->defined || !office->official) {
        return false;
    }
    size_t count = rule_known(article, office->next, &node, &weak);
    if (count != 1 || weak != 0 || phrase_known(node).type != 'O') {
        return false;
    }
    office->next += count;
    office->domain = true;
    office->closed = true;
    return true;
}

/* ل or ب before the thing an organisation deals with; it opens the complement again. */
static bool take_purpose(struct office *office, const struct entity_form *form)
{
    bool purpose = has(form, WORD_DOMAIN) && (form->shape & SHAPE_CUT) == SHAPE_CUT_TO;
    bool able =
        office->defined || office->closed || office->official || office->domain || office->name;
    if (!purpose || !able || office->nationally) {
        return false;
    }
    office->domain = true;
    office->closed = false;
    office->pending = (form->shape & SHAPE_ARTICLE) == 0 && (form->shape & SHAPE_LL) == 0;
    return true;
}

static bool take_word(const struct tagger_article *article, size_t head, struct office *office)
{
    const struct entity_form *form = form_at(article, office->next);
    bool directly = office->next == head + 1;
    if (has(form, WORD_STOP | WORD_WEEKDAY | WORD_TITLE) && !has(form, WORD_OFFICIAL)) {
        return false;
    }
    bool taken = false;
    if ((form->shape & SHAPE_CUT_AND) != 0) {
        taken = has(form, WORD_DOMAIN) && office->domain && !office->closed &&
                (form->shape & SHAPE_ARTICLE) != 0 && !office->defined && !office->charged;
    } else if ((form->shape & SHAPE_CUT_TO) != 0) {
        taken = take_purpose(office, form);
    } else if ((form->shape & SHAPE_ARTICLE) != 0 && (form->shape & SHAPE_UNKNOWN) == 0) {
        taken = (directly || office->pending || adjective_shape(form) || office->domain) &&
                (directly || office->pending || adjective_shape(form)) &&
                take_defined(office, form, directly || office->pending);
    } else if (has(form, WORD_DOMAIN) && !office->defined && !office->closed &&
               (directly || office->pending)) {
        office->domain = true;
        office->pending = true;
        taken = true;
    } else if (office->named && !office->defined && !office->closed && !office->domain &&
               !office->word && (is_name(form) || is_unknown(form)) && (directly || office->name) &&
               office->next < head + 5) {
        office->name = true;
        taken = true;
    }
    if (taken) {
        office->next++;
    }
    return taken;
}

size_t rule_organisation(const struct tagger_article *article, size_t at)
{
    const struct entity_form *head = form_at(article, at);
    struct office office = {
        .defined = (head->shape & SHAPE_ARTICLE) != 0,
        .named = has(head, WORD_ORGNAME),
        .plainly = has(head, WORD_ORGNAME) && head->value == 1,
        .weak = has(head, WORD_ORG) && head->value == 1,
        .nationally = has(head, WORD_ORGNISBA),
        .feminine = has(head, WORD_FEMININE),
        .next = at + 1,
    };
    while (office.next < at + RULE_TOKENS_MAX && rule_joins(article, office.next)) {
        bool idafa = !office.defined && !office.closed && (office.next == at + 1 || office.pending);
        if (!(idafa && take_known(article, &office)) && !take_owner(article, &office) &&
            !take_word(article, at, &office)) {
            break;
        }
    }
    size_t count = office.next - at;
    if (count == 1 || office.pending) {
        return 0;
    }
    bool only_domain = count == 2 && office.domain && (office.weak || office.named);
    if (only_domain || (office.weak && count == 2)) {
        return 0;
    }
    bool shown = false;
    if (office.nationally) {
        shown = office.nisba || office.place;
    } else if (office.defined) {
        shown = office.domain || (office.nisba && count > 2);
    } else {
        shown = office.domain || office.nisba || office.place || office.name;
    }
    return shown ? count : 0;
}
