#include "entity/flags.h"

#include "entity/form.h"
#include "entity/vocabulary.h"

struct flag_name {
    uint32_t bit;
    const char *name;
};

/* What may begin at the word, then what the lists say of it, in the order of their bits. */
static const struct flag_name starts[] = {
    {START_KNOWN, "gazetteer"},  {START_PERSON, "person-name"},  {START_TITLE, "title"},
    {START_ORG, "organisation"}, {START_PLACE, "place-trigger"}, {START_DATE, "date"},
};
static const struct flag_name words[] = {
    {WORD_COMMON, "common-word"},
    {WORD_FIRST, "first-name"},
    {WORD_LAST, "last-name"},
    {WORD_PARTICLE, "particle"},
    {WORD_ROLE, "role"},
    {WORD_ORGNAME, "organisation-name"},
    {WORD_ORG, "organisation-word"},
    {WORD_STOP, "stop-word"},
    {WORD_OFFICIAL, "official"},
    {WORD_NISBA, "nisba"},
    {WORD_PREPOSITION, "preposition"},
    {WORD_PLACEISH, "place-word"},
    {WORD_MONTH, "month"},
    {WORD_WORDMONTH, "month-or-word"},
    {WORD_WEEKDAY, "weekday"},
    {WORD_RELATIVE, "relative-date"},
    {WORD_ORDINAL, "ordinal"},
    {WORD_HIJRI, "hijri-month"},
    {WORD_DATEWORD, "date-word"},
};

static size_t add_names(const struct flag_name *table, size_t count, uint32_t bits,
                        const char **names, size_t known, size_t names_max)
{
    for (size_t i = 0; i < count && known < names_max; i++) {
        if ((bits & table[i].bit) != 0) {
            names[known++] = table[i].name;
        }
    }
    return known;
}

size_t entity_flags(const struct entity_form *form, const char **names, size_t names_max)
{
    size_t known =
        add_names(starts, sizeof starts / sizeof starts[0], form->start, names, 0, names_max);
    return add_names(words, sizeof words / sizeof words[0], form->flags, names, known, names_max);
}
