#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "entity/name.h"
#include "entity/tagger.h"
#include "text/token.h"

/* Any bytes: tokens, forms, mentions. Mentions lie in the article, in order, without overlap, and
 * their strings are of bounded size and not empty. The first four bytes are the article's date. */

enum { TOKENS_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct tagger_scratch *scratch;
    static struct token tokens[TOKENS_MAX];
    static struct entity_form forms[TOKENS_MAX];
    static uint32_t words[TOKENS_MAX];
    uint32_t date = 0;
    if (scratch == NULL) {
        scratch = tagger_scratch_new(tagger_shipped(), (size_t)16 << 20);
        assert(scratch != NULL);
    }
    tagger_scratch_clear(scratch);
    if (size >= sizeof date) {
        memcpy(&date, data, sizeof date);
        data += sizeof date;
        size -= sizeof date;
    }
    char *text = malloc(size + 1); /* exactly as long as it is: a read behind it is seen */
    assert(text != NULL);
    memcpy(text, data, size);
    size_t count = 0;
    size_t offset = 0;
    size_t found = 0;
    while (count < TOKENS_MAX &&
           (found = token_scan(text, size, &offset, tokens + count, TOKENS_MAX - count)) > 0) {
        count += found;
    }
    for (size_t i = 0; i < count; i++) {
        entity_word_describe(tagger_shipped(), text + tokens[i].start,
                             tokens[i].end - tokens[i].start, (enum token_kind)tokens[i].kind,
                             &forms[i]);
        words[i] = (uint32_t)i;
    }
    struct tagger_article article = {
        .text = text,
        .text_size = size,
        .tokens = tokens,
        .words = words,
        .forms = forms,
        .token_count = count,
        .date = date % 100000000,
    };
    const struct mention *mentions = NULL;
    size_t mention_count = 0;
    struct error error;
    enum status status = tagger_find(scratch, &article, &mentions, &mention_count, &error);
    assert(status == STATUS_OK);
    size_t end = 0;
    for (size_t i = 0; i < mention_count; i++) {
        const struct mention *mention = &mentions[i];
        assert(mention->token_first >= end && mention->token_count > 0);
        end = (size_t)mention->token_first + mention->token_count;
        assert(end <= count);
        struct entity_name called = tagger_name(scratch, mention->name);
        assert(called.key_size > 0 && called.key_size <= NAME_BYTES_MAX);
        assert(called.alias_size > 0 && called.alias_size <= NAME_BYTES_MAX);
        char key[NAME_BYTES_MAX];
        (void)tagger_name_key(mention->type, called.alias, called.alias_size, key, sizeof key);
    }
    free(text);
    return 0;
}
