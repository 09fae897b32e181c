#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/analyser.h"
#include "text/light10.h"

enum { LINE_MAX_SIZE = 1024 };

struct example {
    const char *word;
    const char *stem; /* "": a stop word */
};

/* Words of our own, by the rules; Lucene's expectations are read from its files. */
static const struct example EXAMPLES[] = {
    {"والكتاب", "كتاب"}, {"الذين", ""},    {"وزير", "زير"},
    {"الوزير", "وزير"},  {"لبنان", "لبن"}, {"للأنتربول", "انتربول"},
    {"HELLO", "hello"},  {"١٢٣", "123"},   {"۴۵۶", "456"},
    {"Éa", "éa"},        {"لبن", "لبن"},   {"ال", "ال"},
    {"ab", "ab"},        {"", ""},
};

static void examples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXAMPLES / sizeof EXAMPLES[0]; i++) {
        char out[LIGHT10_BYTES_MAX + 1];
        size_t size = light10_analyse(EXAMPLES[i].word, strlen(EXAMPLES[i].word), out);
        out[size] = 0;
        assert_string_equal(out, EXAMPLES[i].stem);
    }
}

static FILE *open_data(const char *name)
{
    const char *folder = getenv("FIHRIS_DATA");
    char path[LINE_MAX_SIZE];
    (void)snprintf(path, sizeof path, "%s/data/conflation/%s",
                   folder != NULL ? folder : "../shared", name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "skipped: no %s (set FIHRIS_DATA)\n", path);
        skip();
    }
    return file;
}

/* Reads "word TAB expected"; false at the end. */
static int read_pair(FILE *file, char *line, char **expected)
{
    if (fgets(line, LINE_MAX_SIZE, file) == NULL) {
        return 0;
    }
    line[strcspn(line, "\n")] = 0;
    *expected = strchr(line, '\t');
    assert_non_null(*expected);
    *(*expected)++ = 0;
    return 1;
}

static void lucene_normalizer(void **state)
{
    (void)state;
    FILE *file = open_data("lucene_TestArabicNormalizationFilter.tsv");
    char line[LINE_MAX_SIZE];
    char *expected = NULL;
    while (read_pair(file, line, &expected)) {
        char word[LINE_MAX_SIZE];
        (void)snprintf(word, sizeof word, "%s", line);
        word[light10_normalise(word, strlen(word))] = 0;
        assert_string_equal(word, expected);
    }
    fclose(file);
}

static void lucene_stemmer(void **state)
{
    (void)state;
    FILE *file = open_data("lucene_TestArabicStemFilter.tsv");
    char line[LINE_MAX_SIZE];
    char *expected = NULL;
    while (read_pair(file, line, &expected)) {
        char word[LINE_MAX_SIZE];
        (void)snprintf(word, sizeof word, "%s", line);
        word[light10_stem(word, strlen(word))] = 0;
        assert_string_equal(word, expected);
    }
    fclose(file);
}

static void lucene_analyzer(void **state)
{
    (void)state;
    FILE *file = open_data("lucene_TestArabicAnalyzer.tsv");
    char line[LINE_MAX_SIZE];
    char *expected = NULL;
    struct analyser analyser = {.name = ANALYSER_LIGHT10};
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    while (read_pair(file, line, &expected)) {
        char got[LINE_MAX_SIZE] = "";
        struct token tokens[64];
        size_t offset = 0;
        size_t count = token_scan(line, strlen(line), &offset, tokens, 64);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(analyser_word(&analyser, line + tokens[i].start,
                                           tokens[i].end - tokens[i].start,
                                           (enum token_kind)tokens[i].kind, parts),
                             1);
            size_t used = strlen(got);
            if (parts[0].class_size > 0) {
                (void)snprintf(got + used, sizeof got - used, "%s%.*s", used > 0 ? " " : "",
                               (int)parts[0].class_size, parts[0].class_key);
            }
        }
        assert_string_equal(got, expected);
    }
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(lucene_normalizer),
        cmocka_unit_test(lucene_stemmer),
        cmocka_unit_test(lucene_analyzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
