#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "source/record.h"

/* The bytes as JSON Lines and as a text file: every article must be valid UTF-8 without NUL, with
 * its title inside its text. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum status ignore(void *context, const struct ledger_entry *entry, struct error *error)
{
    (void)context;
    (void)error;
    assert(ledger_reason_text(entry->reason) != NULL);
    return STATUS_OK;
}

static void check_text(const char *text, size_t size)
{
    assert(text != NULL);
    assert(utf8_valid_prefix(text, size) == size);
    assert(size == 0 || memchr(text, '\0', size) == NULL);
}

static void check(const struct article *article)
{
    assert(article->title_start <= article->title_end && article->title_end <= article->text_size);
    assert(article->text_size > 0);
    check_text(article->text, article->text_size);
    check_text(article->id, article->id_size);
    check_text(article->source, article->source_size);
    check_text(article->url, article->url_size);
    check_text(article->date, article->date_size);
    check_text(article->extras, article->extras_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_parser *parser = record_parser_new(ignore, NULL);
    assert(parser != NULL);
    struct article article = {.id = ""};
    bool found = false;
    for (size_t at = 0; at <= size;) {
        const uint8_t *line_end = at == size ? NULL : memchr(data + at, '\n', size - at);
        size_t length = line_end == NULL ? size - at : (size_t)(line_end - data) - at;
        char *line = malloc(length + (length == 0));
        assert(line != NULL);
        memcpy(line, data + at, length);
        enum status status = record_parse_line(parser, line, length, &article, &found, NULL);
        assert(status == STATUS_OK);
        if (found) {
            assert(article.id_size > 0);
            check(&article);
        }
        free(line);
        at += length + 1;
    }
    enum status status =
        record_parse_text(parser, (const char *)data, size, &article, &found, NULL);
    assert(status == STATUS_OK);
    if (found) {
        check(&article);
    }
    record_parser_free(parser);
    return 0;
}
