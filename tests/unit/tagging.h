#ifndef TESTS_TAGGING_H
#define TESTS_TAGGING_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "entity/tagger.h"
#include "text/token.h"

/* Tags a text for the tests of the entity layer. */

#define NAMES_MAX ((size_t)16 << 20)

struct tagging {
    struct tagger_scratch *scratch;
    struct token *tokens;
    struct entity_form *forms;
    uint32_t *words; /* each token's own */
    size_t token_count;
    const struct mention *mentions;
    size_t mention_count;
};

static inline void tagging_release(struct tagging *tagging)
{
    tagger_scratch_free(tagging->scratch);
    free(tagging->tokens);
    free(tagging->forms);
    free(tagging->words);
    *tagging = (struct tagging){0};
}

static inline void tagging_make(struct tagging *tagging, const char *text, size_t size,
                                uint32_t date)
{
    *tagging = (struct tagging){.scratch = tagger_scratch_new(tagger_shipped(), NAMES_MAX)};
    size_t capacity = size + 1;
    tagging->tokens = calloc(capacity, sizeof *tagging->tokens);
    tagging->forms = calloc(capacity, sizeof *tagging->forms);
    tagging->words = calloc(capacity, sizeof *tagging->words);
    assert(tagging->scratch != NULL && tagging->tokens != NULL && tagging->forms != NULL &&
           tagging->words != NULL);
    size_t offset = 0;
    size_t found = 0;
    while ((found = token_scan(text, size, &offset, tagging->tokens + tagging->token_count,
                               capacity - tagging->token_count)) > 0) {
        tagging->token_count += found;
    }
    for (size_t i = 0; i < tagging->token_count; i++) {
        const struct token *token = &tagging->tokens[i];
        entity_word_describe(tagger_shipped(), text + token->start, token->end - token->start,
                             (enum token_kind)token->kind, &tagging->forms[i]);
        tagging->words[i] = (uint32_t)i;
    }
    struct tagger_article article = {
        .text = text,
        .text_size = size,
        .tokens = tagging->tokens,
        .words = tagging->words,
        .forms = tagging->forms,
        .token_count = tagging->token_count,
        .date = date,
    };
    struct error error;
    enum status status = tagger_find(tagging->scratch, &article, &tagging->mentions,
                                     &tagging->mention_count, &error);
    assert(status == STATUS_OK);
}

/* What a mention is called. */
static inline struct entity_name tagging_name(const struct tagging *tagging,
                                              const struct mention *mention)
{
    return tagger_name(tagging->scratch, mention->name);
}

#endif
