#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "text/analyser.h"
#include "text/fold_hash.h"
#include "text/token.h"

/* Tokens of any bytes ascend, lie inside the text and are not too long; reading goes on; one at a
 * time by the plain rules gives the same; and the analyser takes every one of them, with evidence
 * and without, together as it does alone, with the filter as without it. */

enum { AT_ONCE = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

/* ---- With evidence ---- */

/* The default analyser with a little evidence, of which half the words tell what becomes of them;
 * and the same with a filter in front. */
static struct analyser plain = {.name = ANALYSER_DEFAULT};
static struct analyser filtered;

static void prepare(void)
{
    static const char *const words[] = {
        "مغرب", "المغرب", "وزير",   "الوزير", "وزاره",  "قال",  "وقال", "كتاب",   "كتب",
        "علي",  "علم",    "معلم",   "معلمون", "مدينه",  "بيت",  "سوال", "مسوول",  "لغه",
        "اله",  "حكومه",  "حكومات", "نا",     "في",     "فى",   "والي", "الوالي", "ابو",
        "عبد",  "ليبي",   "ليبيا",  "سياسي",  "سياسيه", "ابناء"};
    enum { COUNT = sizeof words / sizeof words[0] };
    static struct buffer table;
    static struct buffer filter;
    struct error error;
    struct evidence_builder *builder = evidence_builder_new();
    must(builder != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        must(evidence_builder_add(builder, words[i], strlen(words[i]), 2 + i * i, &error) ==
             STATUS_OK);
    }
    buffer_init(&table, SIZE_MAX);
    must(evidence_builder_finish(builder, &table, &error) == STATUS_OK);
    evidence_builder_free(builder);
    must(evidence_open(&plain.evidence, table.bytes, table.size, &error) == STATUS_OK);
    for (size_t i = 0; i < COUNT; i += 2) {
        size_t size = strlen(words[i]);
        evidence_reduce(&plain.evidence, table.bytes, fold_hash(words[i], size),
                        analyser_reduction(&plain, words[i], size));
    }
    filtered = plain;
    buffer_init(&filter, SIZE_MAX);
    must(evidence_filter(&filtered.evidence, &filter, &error) == STATUS_OK);
}

static void same(const struct analysis *a, const struct analysis *b)
{
    must(a->form_size == b->form_size && memcmp(a->form, b->form, a->form_size) == 0);
    must(a->fold_size == b->fold_size && memcmp(a->fold, b->fold, a->fold_size) == 0);
    must(a->class_size == b->class_size && memcmp(a->class_key, b->class_key, a->class_size) == 0);
    must(a->advance == b->advance && a->rule == b->rule && a->proclitics == b->proclitics &&
         a->enclitics == b->enclitics);
}

static void analyse_together(const char *text, const struct token *tokens, size_t count)
{
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    static struct analysis others[ANALYSIS_PARTS_MAX];
    static struct analysis some[ANALYSER_TOGETHER];
    struct analyser_request requests[AT_ONCE];
    for (size_t i = 0; i < count; i++) {
        requests[i] = (struct analyser_request){.word = text + tokens[i].start,
                                                .size = (uint32_t)(tokens[i].end - tokens[i].start),
                                                .kind = (enum token_kind)tokens[i].kind};
    }
    analyser_words(&filtered, requests, count, some);
    for (size_t i = 0; i < count; i++) {
        size_t made =
            analyser_word(&filtered, requests[i].word, requests[i].size, requests[i].kind, parts);
        must(analyser_word(&plain, requests[i].word, requests[i].size, requests[i].kind, others) ==
             made);
        for (size_t k = 0; k < made; k++) {
            same(&parts[k], &others[k]);
        }
        must(!requests[i].single || made == 1);
        if (requests[i].single) {
            same(&some[i], &parts[0]);
        }
    }
}

/* ---- Without ---- */

static void analyse(const char *text, const struct token *token)
{
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    for (int name = 0; name <= (int)ANALYSER_FOLD; name++) {
        struct analyser analyser = {.name = (enum analyser_name)name};
        size_t made = analyser_word(&analyser, text + token->start, token->end - token->start,
                                    (enum token_kind)token->kind, parts);
        must(made >= 1 && made <= ANALYSIS_PARTS_MAX);
        for (size_t i = 0; i < made; i++) {
            must(parts[i].form_size <= ANALYSIS_BYTES_MAX &&
                 parts[i].fold_size <= ANALYSIS_BYTES_MAX &&
                 parts[i].class_size <= ANALYSIS_BYTES_MAX);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    size_t offset = 0;
    size_t one_offset = 0;
    size_t from = 0;
    size_t count = 0;
    struct token tokens[AT_ONCE];
    if (plain.evidence.slot_count == 0) {
        prepare();
    }
    while ((count = token_scan(text, size, &offset, tokens, AT_ONCE)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct token one;
            must(token_scan_by(NULL, text, size, &one_offset, &one, 1) == 1);
            must(one.start == tokens[i].start && one.end == tokens[i].end &&
                 one.kind == tokens[i].kind && one.gap == tokens[i].gap);
            must(one.start >= from && one.end > one.start && one.end <= size);
            must(one.end - one.start <= TOKEN_BYTES_MAX);
            from = one.end;
            analyse(text, &one);
        }
        analyse_together(text, tokens, count);
    }
    must(offset == size);
    return 0;
}
