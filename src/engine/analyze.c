#include <string.h>

#include "base/buffer.h"
#include "base/bytes.h"
#include "engine/fail.h"
#include "engine/handle.h"
#include "engine/tokens.h"
#include "entity/flags.h"
#include "entity/tagger.h"
#include "text/conflate.h"

/* fihris_analyze(): every step of a text's analysis, shown by the functions that index and query
 * it. */

static const char *kind_text(enum token_kind kind)
{
    switch (kind) {
    case TOKEN_WORD:
        return "word";
    case TOKEN_NUMBER:
        return "number";
    case TOKEN_URL:
        return "url";
    case TOKEN_EMAIL:
        return "email";
    case TOKEN_HANDLE:
        return "handle";
    case TOKEN_HASHTAG:
        return "hashtag";
    }
    return "word";
}

/* The rules as words, joined by '+'. */
static const char *rule_text(uint8_t rules, char *text, size_t size)
{
    static const struct {
        uint8_t rule;
        const char *name;
    } names[] = {{CONFLATION_SHIPPED, "shipped"},   {CONFLATION_JOIN, "join"},
                 {CONFLATION_ARTICLE, "article"},   {CONFLATION_PROCLITIC, "proclitic"},
                 {CONFLATION_SUFFIX, "suffix"},     {CONFLATION_SPELLING, "spelling"},
                 {CONFLATION_COMPOUND, "compound"}, {CONFLATION_OTHER, "other"}};
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t length = strlen(names[i].name);
        if ((rules & names[i].rule) == 0 || used + length + 2 > size) {
            continue;
        }
        if (used > 0) {
            text[used++] = '+';
        }
        memcpy(text + used, names[i].name, length + 1);
        used += length;
    }
    return used == 0 ? "none" : text;
}

enum { STEPS_MAX = 16, STRINGS_SIZE = STEPS_MAX * 2 * 64 };

/* The steps of one word, with their strings. */
struct steps {
    struct fihris_step steps[STEPS_MAX];
    char rules[STEPS_MAX][64];
    char strings[STRINGS_SIZE];
    size_t count;
    size_t used;
};

static const char *why_text(enum conflation_stay stay)
{
    switch (stay) {
    case CONFLATION_GOES_ON:
        return "";
    case CONFLATION_STAYS_PLAIN:
        return "no clitic";
    case CONFLATION_STAYS_SHIPPED:
        return "shipped word";
    case CONFLATION_STAYS_COMPOUND:
        return "two words";
    case CONFLATION_STAYS_ARTICLE:
        return "the article is its own";
    case CONFLATION_STAYS_RADICAL:
        return "seen with the article: its first letter is its own";
    case CONFLATION_STAYS_UNKNOWN:
        return "the rest is not seen";
    case CONFLATION_STAYS_RARE:
        return "the rest is too rare";
    }
    return "";
}

static const char *keep_string(struct steps *steps, const char *text, size_t size)
{
    char *kept = steps->strings + steps->used;
    memcpy(kept, text, size);
    steps->used += size;
    return kept;
}

static void add_step(void *context, const struct conflation_step *step)
{
    struct steps *steps = context;
    if (steps->count == STEPS_MAX ||
        steps->used + step->from_size + step->to_size > sizeof steps->strings) {
        return;
    }
    bool last = step->stay != CONFLATION_GOES_ON;
    char *rules = steps->rules[steps->count];
    steps->steps[steps->count++] = (struct fihris_step){
        .from = keep_string(steps, step->from, step->from_size),
        .from_size = step->from_size,
        .to = keep_string(steps, step->to, step->to_size),
        .to_size = step->to_size,
        .rule = last ? "stays" : rule_text(step->rules, rules, sizeof steps->rules[0]),
        .why = why_text(step->stay),
        .from_seen = step->from_seen,
        .to_seen = step->to_seen,
        .articled_seen = step->articled_seen,
    };
}

/* Where the form decides in the end (text/homograph.h), the word does not stay. */
static void add_form_step(struct steps *steps, const struct analyser *analyser,
                          const struct analysis *part)
{
    struct fihris_step *last = steps->count > 0 ? &steps->steps[steps->count - 1] : NULL;
    if (last == NULL || last->why[0] == '\0' || (part->rule & CONFLATION_COMPOUND) != 0 ||
        bytes_equal(last->to, last->to_size, part->class_key, part->class_size)) {
        return;
    }
    last->rule = "printed";
    last->why = "the form tells it from another word of its fold";
    last->to = part->class_key;
    last->to_size = part->class_size;
    last->to_seen = evidence_count(&analyser->evidence, part->class_key, part->class_size);
}

static bool visit_part(const struct analyser *analyser, const char *text, const struct token *token,
                       const struct analysis *part, uint32_t position, fihris_visit_token visit,
                       void *context)
{
    char rules[96];
    const struct conflater conflater = {.evidence = &analyser->evidence,
                                        .exceptions = analyser->exceptions};
    struct steps steps;
    steps.count = 0;
    steps.used = 0;
    if (analyser->name == ANALYSER_DEFAULT &&
        (token->kind == TOKEN_WORD || token->kind == TOKEN_HASHTAG)) {
        conflate_explain(&conflater, part->fold, part->fold_size, add_step, &steps);
        add_form_step(&steps, analyser, part);
    }
    struct entity_form form;
    const char *flags[ENTITY_FLAGS_MAX];
    entity_word_describe(tagger_shipped(), text + token->start, token->end - token->start,
                         (enum token_kind)token->kind, &form);
    struct fihris_token shown = {
        .range = {.start = token->start, .end = token->end},
        .kind = kind_text((enum token_kind)token->kind),
        .form = part->form,
        .form_size = part->form_size,
        .fold = part->fold,
        .fold_size = part->fold_size,
        .class_key = part->class_key,
        .class_size = part->class_size,
        .position = position,
        .rule = rule_text(part->rule, rules, sizeof rules),
        .proclitic_bytes = part->proclitics,
        .enclitic_bytes = part->enclitics,
        .evidence_fold = evidence_count(&analyser->evidence, part->fold, part->fold_size),
        .evidence_class = evidence_count(&analyser->evidence, part->class_key, part->class_size),
        .steps = steps.steps,
        .step_count = steps.count,
        .flags = flags,
        .flag_count = entity_flags(&form, flags, ENTITY_FLAGS_MAX),
    };
    return visit(context, &shown);
}

static void visit_tokens(const struct analyser *analyser, const struct token_list *tokens,
                         const char *text, fihris_visit_token visit, void *context)
{
    struct position_counter counter = {0};
    bool go_on = true;
    for (size_t i = 0; go_on && i < tokens->count; i++) {
        const struct token *token = &tokens->tokens[i];
        struct analysis parts[ANALYSIS_PARTS_MAX];
        size_t count = analyser_word(analyser, text + token->start, token->end - token->start,
                                     (enum token_kind)token->kind, parts);
        bool first = true;
        for (size_t k = 0; go_on && k < count; k++) {
            if (parts[k].class_size == 0) {
                continue;
            }
            uint32_t position = position_take(&counter, first, parts[k].advance);
            first = false;
            go_on = visit_part(analyser, text, token, &parts[k], position, visit, context);
        }
    }
}

enum fihris_status fihris_analyze(struct fihris *archive, const char *analyzer, const char *text,
                                  size_t text_size, fihris_visit_token visit, void *context,
                                  struct fihris_error *error)
{
    struct error inner = {0};
    struct analyser analyser = {0};
    struct token_list tokens;
    token_list_init(&tokens);
    enum status status = STATUS_OK;
    if (archive != NULL) {
        analyser = archive->analyser;
    }
    if (analyzer != NULL) {
        status = analyser_name_parse(analyzer, &analyser.name, &inner);
    }
    if (status == STATUS_OK && text_size > UINT32_MAX) {
        status = error_set(&inner, STATUS_LIMIT, "text is larger than 4 GiB");
    }
    if (status == STATUS_OK) {
        status = token_list_scan(&tokens, text, text_size, (uint32_t)text_size, &inner);
    }
    if (status == STATUS_OK) {
        visit_tokens(&analyser, &tokens, text, visit, context);
    }
    token_list_release(&tokens);
    return status == STATUS_OK ? FIHRIS_OK : fail_with(error, status, &inner);
}
