/* Conflation on an index of news-dev: the pairs of tests/data/conflation_pairs.txt, each of which
 * is seen in the news. Skipped where there is no news-dev, and under sanitizers, where indexing it
 * takes minutes (FIHRIS_LONG=1 runs it all the same). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compress.h"
#include "base/intern.h"
#include "fihris.h"
#include "scratch.h"

enum { KEY_MAX = 1024, PAIRS_MIN = 150 };
#define TEXT_MAX ((size_t)1 << 30)

static const char pairs_path[] = "tests/data/conflation_pairs.txt";

static void read_file(const char *path, struct buffer *out, bool *found)
{
    FILE *file = fopen(path, "rb");
    struct error error;
    *found = file != NULL;
    size_t got = 1;
    while (file != NULL && got > 0) {
        assert_int_equal(buffer_reserve(out, 1 << 16, &error), STATUS_OK);
        got = fread(out->bytes + out->size, 1, 1 << 16, file);
        out->size += got;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

/* Writes news-dev as a file; false when there is none. */
static bool unpack_news(const char *to)
{
    char path[KEY_MAX];
    const char *folder = getenv("FIHRIS_DATA");
    (void)snprintf(path, sizeof path, "%s/data/news-dev.jsonl.zst",
                   folder != NULL ? folder : "../shared");
    struct buffer frame;
    struct buffer text;
    struct error error;
    bool found = false;
    buffer_init(&frame, TEXT_MAX);
    buffer_init(&text, TEXT_MAX);
    read_file(path, &frame, &found);
    if (found) {
        struct decompressor decompressor = {NULL};
        assert_int_equal(decompress_frame(&decompressor, frame.bytes, frame.size, &text, &error),
                         STATUS_OK);
        decompressor_release(&decompressor);
        scratch_write(to, text.bytes, text.size);
    } else {
        print_message("skipped: no %s (FIHRIS_DATA)\n", path);
    }
    buffer_release(&frame);
    buffer_release(&text);
    return found;
}

static bool add_class(void *context, const struct fihris_token *token)
{
    char *key = context;
    size_t used = strlen(key);
    (void)snprintf(key + used, KEY_MAX - used, "%s%.*s", used > 0 ? "+" : "",
                   (int)token->class_size, token->class_key);
    return true;
}

static void class_of(struct fihris *archive, const char *word, char key[KEY_MAX])
{
    struct fihris_error error;
    key[0] = '\0';
    assert_int_equal(fihris_analyze(archive, NULL, word, strlen(word), add_class, key, &error),
                     FIHRIS_OK);
}

static bool add_forms(void *context, const struct fihris_class *found)
{
    struct intern *seen = context;
    for (size_t i = 0; i < found->form_count; i++) {
        uint32_t number = 0;
        struct error error;
        if (intern_add(seen, found->forms[i].form, found->forms[i].form_size, &number, NULL,
                       &error) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

/* All words of a text (one, or two around a space) are printed somewhere; compounds are indexed as
 * their parts, so only plain words are asked for. */
static bool is_seen(const struct intern *seen, const char *word)
{
    uint32_t number = 0;
    return strchr(word, ' ') != NULL || strncmp(word, "عبد", 6) == 0 ||
           strncmp(word, "أبو", 6) == 0 || intern_find(seen, word, strlen(word), &number);
}

static int check_pair(struct fihris *archive, const struct intern *seen, const char *kind, char *a,
                      char *b)
{
    char left[KEY_MAX];
    char right[KEY_MAX];
    for (char *at = a; *at != '\0'; at++) {
        *at = *at == '_' ? ' ' : *at;
    }
    class_of(archive, a, left);
    class_of(archive, b, right);
    int wrong = 0;
    if ((strcmp(left, right) == 0) != (kind[0] == '=')) {
        print_error("%s is %s, %s is %s: should be %s\n", a, left, b, right,
                    kind[0] == '=' ? "one" : "two");
        wrong++;
    }
    if (kind[1] == '\0' && (!is_seen(seen, a) || !is_seen(seen, b))) {
        print_error("%s or %s is not in the news\n", a, b);
        wrong++;
    }
    return wrong;
}

static void check_pairs(struct fihris *archive)
{
    struct fihris_error error;
    struct intern *seen = intern_new(TEXT_MAX);
    assert_non_null(seen);
    assert_int_equal(fihris_lexicon(archive, NULL, add_forms, seen, &error), FIHRIS_OK);
    FILE *file = fopen(pairs_path, "rb");
    assert_non_null(file);
    char line[KEY_MAX];
    size_t joins = 0;
    size_t traps = 0;
    int wrong = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        char kind[KEY_MAX];
        char a[KEY_MAX];
        char b[KEY_MAX];
        if (line[0] == '#' || sscanf(line, "%1023s %1023s %1023s", kind, a, b) != 3) {
            continue;
        }
        joins += kind[0] == '=';
        traps += kind[0] == '!';
        wrong += check_pair(archive, seen, kind, a, b);
    }
    (void)fclose(file);
    intern_free(seen);
    assert_int_equal(wrong, 0);
    assert_true(joins + traps >= PAIRS_MIN && 2 * traps >= PAIRS_MIN);
}

static void pairs_of_the_news(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (getenv("FIHRIS_LONG") == NULL) {
        print_message("skipped: under a sanitizer (FIHRIS_LONG=1 runs it)\n");
        skip();
    }
#endif
    char *news = scratch_path(*state, "news.jsonl");
    char *path = scratch_path(*state, "news.fihris");
    if (!unpack_news(news)) {
        memory_free(news);
        memory_free(path);
        skip();
    }
    const char *const inputs[] = {news};
    struct fihris_index_options options = {.no_entities = true};
    struct fihris *archive = NULL;
    struct fihris_error error;
    if (fihris_index(path, inputs, 1, &options, NULL, &error) != FIHRIS_OK ||
        fihris_open(path, 0, &archive, &error) != FIHRIS_OK) {
        fail_msg("%s", error.message);
    }
    check_pairs(archive);
    fihris_close(archive);
    memory_free(news);
    memory_free(path);
}

static int make_folder(void **state)
{
    static struct scratch scratch;
    scratch_make(&scratch);
    *state = &scratch;
    return 0;
}

static int remove_folder(void **state)
{
    scratch_remove(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pairs_of_the_news)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
