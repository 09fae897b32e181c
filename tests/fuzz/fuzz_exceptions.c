#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/analyser.h"
#include "text/conflate.h"

/* Any bytes as a user's exceptions: read or refused; what is written reads again to the same; every
 * word of it is analysed, and the steps shown end in the class. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds) {
        abort();
    }
}

struct last {
    char word[CONFLATE_BYTES_MAX];
    size_t size;
};

static void take_step(void *context, const struct conflation_step *step)
{
    struct last *last = context;
    must(step->to_size <= sizeof last->word);
    memcpy(last->word, step->to, step->to_size);
    last->size = step->to_size;
}

static void analyse(const struct analyser *analyser, const char *fold, size_t size)
{
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    static char key[CONFLATE_BYTES_MAX];
    struct conflation found = {.key = key};
    struct conflater conflater = {.evidence = &analyser->evidence,
                                  .exceptions = analyser->exceptions};
    struct last last = {.size = 0};
    (void)analyser_word(analyser, fold, size, TOKEN_WORD, parts);
    if (conflate_takes(fold, size)) {
        conflate(&conflater, fold, size, &found);
        conflate_explain(&conflater, fold, size, take_step, &last);
        must(found.size == last.size && memcmp(found.key, last.word, last.size) == 0);
    }
}

static void check_text(const struct exceptions *exceptions)
{
    struct buffer text;
    struct buffer again;
    struct error error;
    struct exceptions *read = NULL;
    buffer_init(&text, (size_t)1 << 24);
    buffer_init(&again, (size_t)1 << 24);
    must(exceptions_write(exceptions, &text, &error) == STATUS_OK);
    must(exceptions_read((const char *)text.bytes, text.size, "again", &read, &error) == STATUS_OK);
    must(exceptions_write(read, &again, &error) == STATUS_OK);
    must(text.size == again.size && memcmp(text.bytes, again.bytes, text.size) == 0);
    exceptions_free(read);
    buffer_release(&text);
    buffer_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct exceptions *exceptions = NULL;
    struct error error;
    if (exceptions_read((const char *)data, size, "x", &exceptions, &error) != STATUS_OK ||
        exceptions == NULL) {
        return 0;
    }
    struct analyser analyser = {.name = ANALYSER_DEFAULT, .exceptions = exceptions};
    const struct exception_line *line = NULL;
    for (size_t i = 0; (line = exceptions_line(exceptions, i)) != NULL; i++) {
        analyse(&analyser, line->first, line->first_size);
        analyse(&analyser, line->second, line->second_size);
    }
    enum status status = analyser_check_exceptions(&analyser, &error);
    must(status == STATUS_OK || status == STATUS_USAGE);
    check_text(exceptions);
    exceptions_free(exceptions);
    return 0;
}
