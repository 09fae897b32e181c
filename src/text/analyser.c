#include "text/analyser.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "text/conflate.h"
#include "text/fold.h"
#include "text/fold_hash.h"
#include "text/homograph.h"
#include "text/light10.h"
#include "text/reduction.h"
#include "text/words.h"

static_assert(CONFLATE_BYTES_MAX == ANALYSIS_BYTES_MAX, "a fold fits");
static_assert(LIGHT10_BYTES_MAX == ANALYSIS_BYTES_MAX, "a form fits");

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Prefixes that stand before digits (al-93). */
static size_t article_before_digits(const char *fold, size_t size)
{
    static const char *const articles[] = {"ال", "وال", "بال", "فال", "كال", "لل", "ولل"};
    if ((unsigned char)fold[0] < 0x80 || !is_digit(fold[size - 1])) {
        return 0; /* no letter, or no number, which ends in a digit */
    }
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        size_t cut = strlen(articles[i]);
        if (size > cut && memcmp(fold, articles[i], cut) == 0 && is_digit(fold[cut])) {
            return cut;
        }
    }
    return 0;
}

/* Whether [at, at + 3) are three digits with no digit behind. */
static bool is_group(const char *text, size_t size, size_t at)
{
    return at + 3 <= size && is_digit(text[at]) && is_digit(text[at + 1]) &&
           is_digit(text[at + 2]) && (at + 3 == size || !is_digit(text[at + 3]));
}

/* Numbers without the separators between groups of three: every comma, and every dot where there
 * are several (1.500.000); one dot is a decimal point. Dates and hours stay. */
static size_t number_key(const char *fold, size_t size, char *key)
{
    size_t dots = 0;
    bool grouped = size > 0;
    for (size_t i = 0; i < size; i++) {
        dots += fold[i] == '.';
        grouped = grouped && (is_digit(fold[i]) || fold[i] == '.' || fold[i] == ',');
    }
    for (size_t i = 0; grouped && i < size; i++) {
        bool separator = fold[i] == ',' || (fold[i] == '.' && dots > 1);
        grouped = !separator || is_group(fold, size, i + 1);
    }
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        bool separator = fold[i] == ',' || (fold[i] == '.' && dots > 1);
        if (!grouped || !separator) {
            key[used++] = fold[i];
        }
    }
    return used;
}

/* Latin words: the English possessive comes off. */
static size_t without_possessive(const char *fold, size_t size)
{
    bool possessive = size > 3 && memcmp(fold + size - 2, "'s", 2) == 0;
    return possessive ? size - 2 : size;
}

/* Whether the evidence is asked for words. */
static bool asks_evidence(const struct analyser *analyser)
{
    return analyser->name == ANALYSER_DEFAULT && analyser->evidence.slot_count > 0;
}

static struct conflater conflater_of(const struct analyser *analyser)
{
    return (struct conflater){.evidence = &analyser->evidence, .exceptions = analyser->exceptions};
}

static void set_class(struct analysis *part, const char *key, size_t size, uint8_t rule)
{
    assert(size <= sizeof part->class_key);
    if (key != part->class_key) {
        memcpy(part->class_key, key, size);
    }
    part->class_size = (uint16_t)size;
    part->rule = rule;
}

/* The class of a fold that is a number, a number with an article, or a word of Latin letters;
 * false when it is none of these. */
static bool classify_plain(struct analysis *part)
{
    const char *fold = part->fold;
    size_t size = part->fold_size;
    if (size == 0 || ((unsigned char)fold[0] >= 0x80 && !is_digit(fold[size - 1]))) {
        return false; /* nearly every word */
    }
    size_t cut = article_before_digits(fold, size);
    if (cut > 0 || is_digit(fold[0])) {
        size_t key_size = number_key(fold + cut, size - cut, part->class_key);
        part->proclitics = (uint8_t)cut;
        set_class(part, part->class_key, key_size, CONFLATION_OTHER);
        return true;
    }
    if ((unsigned char)fold[0] < 0x80) {
        size_t kept = without_possessive(fold, size);
        part->enclitics = (uint8_t)(size - kept);
        set_class(part, fold, kept, kept < size ? CONFLATION_OTHER : CONFLATION_NONE);
        return true;
    }
    return false;
}

static void clear(struct analysis *part)
{
    part->form_size = 0;
    part->fold_size = 0;
    part->class_size = 0;
    part->advance = 0;
    part->proclitics = 0;
    part->enclitics = 0;
    part->rule = CONFLATION_NONE;
}

/* Makes a part of a form: its fold, nothing else. */
static void set_form(struct analysis *part, const char *form, size_t size)
{
    assert(size <= sizeof part->form);
    clear(part);
    memcpy(part->form, form, size);
    part->form_size = (uint16_t)size;
    part->fold_size = (uint16_t)fold_text(form, size, part->fold, sizeof part->fold);
}

/* Gives the part the class found for its fold, or the one that its form has although the fold does
 * not tell. Arabic letters fold one to one, so what came off the fold is as long in the form. What
 * the tables or the user join stays joined. */
static ALWAYS_INLINE void set_found(const struct analyser *analyser, struct analysis *part,
                                    const struct conflation *found)
{
    if (UNLIKELY(homograph_may_be(part->form, part->form_size, found->front)) &&
        (found->rules & CONFLATION_JOIN) == 0 && found->front <= part->form_size) {
        const struct homograph_word word = {{part->form, part->form_size}, found->front};
        struct letters other = homograph_of_form(&analyser->evidence, &word);
        if (other.size > 0) {
            set_class(part, other.bytes, other.size, (uint8_t)(found->rules | CONFLATION_JOIN));
            return;
        }
    }
    struct letters key =
        homograph_rest(&analyser->evidence, (struct letters){found->key, found->size});
    set_class(part, key.bytes, key.size, found->rules);
}

/* Splits the part that a compound stands in into its two words. Arabic letters fold one to one, so
 * the form is cut where the fold is. */
static size_t split_compound(const struct analyser *analyser, struct analysis *parts, size_t room,
                             const struct conflation *found)
{
    struct analysis *first = &parts[0];
    size_t front = found->front;
    if (room < 2 || first->form_size != first->fold_size ||
        first->fold_size != front + found->size) {
        return 0;
    }
    size_t at = front + found->split;
    set_form(&parts[1], first->form + at, first->form_size - at);
    parts[1].advance = 1;
    struct conflation second = {.key = parts[1].class_key};
    struct conflater conflater = conflater_of(analyser);
    conflate(&conflater, parts[1].fold, parts[1].fold_size, &second);
    parts[1].proclitics = second.front;
    parts[1].enclitics = second.back;
    second.rules |= CONFLATION_COMPOUND;
    set_found(analyser, &parts[1], &second);
    first->form_size = (uint16_t)at;
    first->fold_size = (uint16_t)at;
    first->proclitics = found->front;
    set_class(first, found->key, found->split, found->rules);
    return 2;
}

/* What the user says of a word of another script; Arabic ones meet the exceptions while they are
 * reduced. */
static bool classify_exception(const struct analyser *analyser, struct analysis *part)
{
    const char *key = part->fold;
    size_t size = part->fold_size;
    unsigned flags = conflate_takes(key, size)
                         ? 0
                         : exceptions_find(analyser->exceptions, key, size, &key, &size);
    if (flags == WORD_JOIN && conflate_takes(key, size)) {
        struct conflation found = {.key = part->class_key};
        struct conflater conflater = conflater_of(analyser);
        conflate(&conflater, key, size, &found);
        set_class(part, found.key, found.size, (uint8_t)(found.rules | CONFLATION_JOIN));
    } else if (flags != 0) {
        set_class(part, key, size, flags == WORD_JOIN ? CONFLATION_JOIN : CONFLATION_SHIPPED);
    }
    return flags != 0;
}

/* Fills in the class of parts[0] from its form and fold; returns the parts used, 1 or 2. */
static size_t classify(const struct analyser *analyser, struct analysis *parts, size_t room)
{
    struct analysis *part = &parts[0];
    if (analyser->name == ANALYSER_LIGHT10) {
        part->class_size = (uint16_t)light10_analyse(part->form, part->form_size, part->class_key);
        return 1;
    }
    if (analyser->name == ANALYSER_FOLD) {
        set_class(part, part->fold, part->fold_size, CONFLATION_NONE);
        return 1;
    }
    if (UNLIKELY(analyser->exceptions != NULL) && classify_exception(analyser, part)) {
        return 1;
    }
    if (classify_plain(part)) {
        return 1;
    }
    struct conflation found = {.key = part->class_key};
    struct conflater conflater = conflater_of(analyser);
    conflate(&conflater, part->fold, part->fold_size, &found);
    if (found.split != 0 && split_compound(analyser, parts, room, &found) == 2) {
        return 2;
    }
    part->proclitics = found.front;
    part->enclitics = found.back;
    set_found(analyser, part, &found);
    return 1;
}

/* Whether a fold of another kind is one of letters all the same; then puts zeros behind it. */
static bool is_of_letters(struct analysis *part)
{
    bool takes = conflate_takes(part->fold, part->fold_size);
    if (takes) {
        memset(part->fold + part->fold_size, 0, FOLD_ROOM);
    }
    return takes;
}

/* Folds a word and asks for what the evidence has of it, if it `asks` at all. False: its form has
 * to be made first. */
static ALWAYS_INLINE bool begin(const struct analyser *analyser, bool asks,
                                const struct analyser_request *word, struct analysis *part,
                                struct conflate_asked *asked)
{
    size_t used = 0;
    if (UNLIKELY(word->size > sizeof part->form)) {
        return false;
    }
    enum folded folded = fold_word(word->word, word->size, part->form, part->fold, &used);
    if (folded == FOLDED_NOT) {
        return false;
    }
    clear(part);
    part->form_size = (uint16_t)used;
    part->fold_size = (uint16_t)used;
    asked->hash = 0;
    if (LIKELY(asks) && LIKELY(word->kind == TOKEN_WORD) &&
        (LIKELY(folded == FOLDED_LETTERS) || is_of_letters(part))) {
        fold_sums(part->fold, used, asked->sums);
        asked->hash = fold_hash_of_sum(asked->sums[0]);
        evidence_expect(&analyser->evidence, asked->hash);
    }
    return true;
}

/* The class of a word that the evidence was asked for. False: two words. */
static ALWAYS_INLINE bool end(const struct analyser *analyser, struct analysis *part,
                              struct conflate_asked *asked)
{
    struct conflation found = {.key = part->class_key};
    asked->slot = evidence_slot_filtered(&analyser->evidence, asked->hash);
    bool told =
        reduction_apply(evidence_slot_reduction(asked->slot), part->fold, part->fold_size, &found);
    if (!told) {
        struct conflater conflater = conflater_of(analyser);
        conflate_untold(&conflater, part->fold, part->fold_size, asked, &found);
    }
    part->proclitics = found.front;
    part->enclitics = found.back;
    if (told) {
        part->class_size = (uint16_t)found.size;
        part->rule = found.rules;
        return true;
    }
    if (UNLIKELY(found.split != 0)) {
        return false;
    }
    set_found(analyser, part, &found);
    return true;
}

/* Makes a part, or two, of a form. */
static size_t make_part(const struct analyser *analyser, const char *form, size_t size,
                        struct analysis *parts, size_t room)
{
    const struct analyser_request word = {.word = form, .size = (uint32_t)size, .kind = TOKEN_WORD};
    struct conflate_asked asked;
    if (!begin(analyser, asks_evidence(analyser), &word, &parts[0], &asked)) {
        set_form(&parts[0], form, size);
    } else if (asked.hash != 0 && end(analyser, &parts[0], &asked)) {
        return 1;
    }
    return classify(analyser, parts, room);
}

/* A hashtag's words: what stands between its underscores. The first shares the tag's position. */
static size_t hashtag_words(const struct analyser *analyser, struct analysis *parts)
{
    const char *form = parts[0].form;
    size_t size = parts[0].form_size;
    size_t count = 1;
    size_t at = 1; /* behind the sign; a wide sign has three bytes */
    at = size > 0 && form[0] != '#' ? 3 : at;
    while (at < size && count < ANALYSIS_PARTS_MAX) {
        const char *bar = memchr(form + at, '_', size - at);
        size_t end = bar == NULL ? size : (size_t)(bar - form);
        if (end > at) {
            size_t made =
                make_part(analyser, form + at, end - at, parts + count, ANALYSIS_PARTS_MAX - count);
            parts[count].advance = count > 1;
            count += made;
        }
        at = end + 1;
    }
    return count;
}

/* A form with spaces inside (U+FDFA, "may God bless him"): its words one behind the other. */
static size_t phrase_words(const struct analyser *analyser, const char *form, size_t size,
                           struct analysis *parts)
{
    size_t count = 0;
    for (size_t at = 0; at < size && count < ANALYSIS_PARTS_MAX;) {
        const char *space = memchr(form + at, ' ', size - at);
        size_t end = space == NULL ? size : (size_t)(space - form);
        if (end > at) {
            size_t made =
                make_part(analyser, form + at, end - at, parts + count, ANALYSIS_PARTS_MAX - count);
            parts[count].advance = count > 0;
            count += made;
        }
        at = end + 1;
    }
    if (count == 0) {
        clear(&parts[0]);
        count = 1;
    }
    return count;
}

/* The parts of a word whose form and fold stand in parts[0]. */
static size_t divide(const struct analyser *analyser, enum token_kind kind, struct analysis *parts,
                     size_t room)
{
    switch (kind) {
    case TOKEN_WORD:
    case TOKEN_NUMBER:
        return classify(analyser, parts, room);
    case TOKEN_HASHTAG:
        set_class(&parts[0], parts[0].fold, parts[0].fold_size, CONFLATION_OTHER);
        return hashtag_words(analyser, parts);
    case TOKEN_URL:
    case TOKEN_EMAIL:
    case TOKEN_HANDLE:
        break;
    }
    set_class(&parts[0], parts[0].fold, parts[0].fold_size, CONFLATION_NONE);
    return 1;
}

size_t analyser_word(const struct analyser *analyser, const char *word, size_t size,
                     enum token_kind kind, struct analysis parts[ANALYSIS_PARTS_MAX])
{
    const struct analyser_request request = {.word = word, .size = (uint32_t)size, .kind = kind};
    struct conflate_asked asked;
    if (begin(analyser, asks_evidence(analyser), &request, &parts[0], &asked)) {
        return asked.hash != 0 && end(analyser, &parts[0], &asked)
                   ? 1
                   : divide(analyser, kind, parts, ANALYSIS_PARTS_MAX);
    }
    char form[ANALYSIS_BYTES_MAX];
    size_t form_size = fold_form(word, size, form, sizeof form);
    if (memchr(form, ' ', form_size) != NULL) {
        return phrase_words(analyser, form, form_size, parts);
    }
    set_form(&parts[0], form, form_size);
    return divide(analyser, kind, parts, ANALYSIS_PARTS_MAX);
}

/* Whether divide() may make more than one part of it. */
static bool may_divide(const struct analyser *analyser, enum token_kind kind,
                       const struct analysis *part)
{
    return kind <= TOKEN_NUMBER && analyser->name == ANALYSER_DEFAULT &&
           conflate_takes(part->fold, part->fold_size);
}

void analyser_words(const struct analyser *analyser, struct analyser_request *words, size_t count,
                    struct analysis some[ANALYSER_TOGETHER])
{
    struct conflate_asked asked[ANALYSER_TOGETHER];
    uint8_t letters[ANALYSER_TOGETHER]; /* the words that the evidence was asked for */
    size_t letters_count = 0;
    bool asks = asks_evidence(analyser);
    assert(count <= ANALYSER_TOGETHER);
    for (size_t i = 0; i < count; i++) {
        struct analyser_request *word = &words[i];
        bool begun =
            word->kind != TOKEN_HASHTAG && begin(analyser, asks, word, &some[i], &asked[i]);
        if (LIKELY(begun && asked[i].hash != 0)) {
            letters[letters_count++] = (uint8_t)i;
        } else {
            word->single = begun && !may_divide(analyser, word->kind, &some[i]) &&
                           divide(analyser, word->kind, &some[i], 1) == 1;
        }
    }
    for (size_t k = 0; k < letters_count; k++) {
        size_t i = letters[k];
        words[i].single = end(analyser, &some[i], &asked[i]);
    }
}

unsigned analyser_reduction(const struct analyser *analyser, const char *fold, size_t size)
{
    char key[CONFLATE_BYTES_MAX];
    struct conflation found = {.key = key};
    if (!conflate_takes(fold, size)) {
        return REDUCTION_NONE;
    }
    struct conflater conflater = conflater_of(analyser);
    conflate(&conflater, fold, size, &found);
    const struct homograph_word word = {{fold, size}, found.front};
    return homograph_is_none(&word, (struct letters){key, found.size})
               ? reduction_of(fold, size, &found)
               : REDUCTION_NONE;
}

size_t analyser_fold(const char *text, size_t size, char *out, size_t out_size)
{
    char form[ANALYSIS_BYTES_MAX];
    char fold[ANALYSIS_BYTES_MAX];
    size_t used = 0;
    if (size > out_size || size > sizeof form ||
        fold_word(text, size, form, fold, &used) == FOLDED_NOT) {
        return fold_text(text, size, out, out_size);
    }
    memcpy(out, fold, used);
    return used;
}

size_t analyser_other_class(const struct analyser *analyser, const struct analysis *part,
                            char key[ANALYSIS_BYTES_MAX])
{
    if (analyser->name != ANALYSER_DEFAULT || !conflate_takes(part->fold, part->fold_size)) {
        return 0;
    }
    struct conflation found = {.key = key};
    struct conflater conflater = conflater_of(analyser);
    conflate(&conflater, part->fold, part->fold_size, &found);
    const struct homograph_word word = {{part->fold, part->fold_size}, found.front};
    struct letters other = homograph_of_fold(&analyser->evidence, &word);
    if (other.size == 0) {
        return 0;
    }
    if (bytes_equal(part->class_key, part->class_size, other.bytes, other.size)) {
        other = homograph_rest(&analyser->evidence, (struct letters){found.key, found.size});
    }
    memmove(key, other.bytes, other.size);
    return other.size;
}

/* The class of a fold given by the user. */
static size_t class_of_fold(const struct analyser *analyser, const char *fold, size_t size,
                            struct analysis parts[ANALYSIS_PARTS_MAX])
{
    return analyser_word(analyser, fold, size, TOKEN_WORD, parts);
}

enum status analyser_check_exceptions(const struct analyser *analyser, struct error *error)
{
    const struct exception_line *line = NULL;
    for (size_t i = 0; (line = exceptions_line(analyser->exceptions, i)) != NULL; i++) {
        struct analysis first[ANALYSIS_PARTS_MAX];
        struct analysis second[ANALYSIS_PARTS_MAX];
        size_t count = class_of_fold(analyser, line->first, line->first_size, first);
        bool same = count == class_of_fold(analyser, line->second, line->second_size, second) &&
                    bytes_equal(first[0].class_key, first[0].class_size, second[0].class_key,
                                second[0].class_size);
        if (same != (line->join != 0)) {
            return error_set(error, STATUS_USAGE,
                             "cannot follow the exception '%s %.*s %.*s': the two words are %s",
                             line->join ? "join" : "never", (int)line->first_size, line->first,
                             (int)line->second_size, line->second,
                             same ? "joined all the same" : "not joined");
        }
    }
    return STATUS_OK;
}

static const char *const name_texts[] = {
    [ANALYSER_DEFAULT] = "default", [ANALYSER_LIGHT10] = "light10", [ANALYSER_FOLD] = "fold"};

const char *analyser_name_text(enum analyser_name name)
{
    return name_texts[name];
}

enum status analyser_name_parse(const char *text, enum analyser_name *name, struct error *error)
{
    for (size_t i = 0; i < sizeof name_texts / sizeof name_texts[0]; i++) {
        if (strcmp(text, name_texts[i]) == 0) {
            *name = (enum analyser_name)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_USAGE,
                     "unknown analyser '%s': choose one of default, light10, fold", text);
}
