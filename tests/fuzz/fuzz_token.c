#include <stdint.h>
#include <stdlib.h>

#include "text/analyser.h"
#include "text/token.h"

/* Tokens of any bytes ascend, lie inside the text and are not too long; reading goes on; one at a
 * time by the plain rules gives the same; and the analyser takes every one of them. */

enum { AT_ONCE = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

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
    }
    must(offset == size);
    return 0;
}
