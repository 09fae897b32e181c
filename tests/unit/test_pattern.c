/* Patterns on real archives: what is read of the lexicon holds all that the whole of it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "learning.h"
#include "random.h"
#include "scratch.h"

#include "base/intern.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "engine/handle.h"
#include "fihris.h"
#include "query/parse.h"
#include "query/pattern.h"
#include "query/plan.h"

enum { FORMS_MAX = 64 << 20, NEWS_MAX = 6 << 20, PATTERN_MAX = 1024, PREFIXES = 300 };

static const char exceptions_text[] = "join المتحده امريكا\n"
                                      "join الرياض مدينه\n"
                                      "never المغرب مغرب\n";

static void same_lists(const struct plan_lists *a, const struct plan_lists *b, const char *pattern)
{
    if (a->count != b->count) {
        fail_msg("%s: %u lists, not %u", pattern, a->count, b->count);
    }
    for (uint32_t i = 0; i < a->count; i++) {
        const struct postings_location *left = &a->lists[i].location;
        const struct postings_location *right = &b->lists[i].location;
        assert_int_equal(left->chunk, right->chunk);
        assert_int_equal(left->offset, right->offset);
        assert_int_equal(left->form_count, right->form_count);
        assert_int_equal(a->lists[i].forms == NULL, b->lists[i].forms == NULL);
        if (a->lists[i].forms != NULL) {
            size_t size = (left->form_count + 63) / 64 * sizeof *a->lists[i].forms;
            assert_memory_equal(a->lists[i].forms, b->lists[i].forms, size);
        }
    }
}

/* One plan that knows the analyser and one that reads all; what follows from both is the same. */
static size_t check_pattern(const struct fihris *archive, const char *pattern)
{
    struct arena *arena = arena_new(QUERY_ARENA_MAX);
    struct plan_input input = {.segments = archive->segments,
                               .segment_count = archive->snapshot.manifest.segment_count,
                               .analyser = &archive->analyser};
    const struct query_node *tree = NULL;
    struct plan *some = NULL;
    struct plan *all = NULL;
    struct error error = {0};
    struct error all_error = {0};
    int64_t offset = 0;
    int64_t all_offset = 0;
    size_t lists = 0;
    if (query_parse(arena, &archive->analyser, (struct query_string){pattern, strlen(pattern)},
                    &tree, &offset, &error) != STATUS_OK) {
        arena_free(arena); /* a stop word of light10 before the star */
        return 0;
    }
    enum status status = plan_make(tree, &input, &some, &offset, &error);
    input.analyser = NULL;
    assert_int_equal(plan_make(tree, &input, &all, &all_offset, &all_error), status);
    assert_int_equal(offset, all_offset);
    if (status == STATUS_OK) {
        const struct plan_term *term = some->root->terms;
        const struct plan_term *all_term = all->root->terms;
        assert_int_equal(term->document_frequency, all_term->document_frequency);
        assert_true(term->idf >= all_term->idf && term->idf <= all_term->idf);
        for (size_t i = 0; i < input.segment_count; i++) {
            same_lists(&term->segments[i], &all_term->segments[i], pattern);
            lists += term->segments[i].count;
        }
    } else {
        assert_int_equal(status, STATUS_LIMIT);
        assert_string_equal(error.message, all_error.message);
    }
    plan_free(some);
    plan_free(all);
    arena_free(arena);
    return lists;
}

static bool add_forms(void *context, const struct fihris_class *found)
{
    for (size_t i = 0; i < found->form_count; i++) {
        uint32_t number = 0;
        struct error error;
        if (intern_add(context, found->forms[i].form, found->forms[i].form_size, &number, NULL,
                       &error) != STATUS_OK) {
            return false;
        }
    }
    return true;
}

/* Where `letters` letters end; SIZE_MAX when there are fewer, or one that is none in a query. */
static size_t letters_end(const char *form, size_t size, size_t letters)
{
    size_t at = 0;
    for (size_t i = 0; i < letters; i++) {
        uint32_t code = 0;
        if (at >= size || (unsigned char)form[at] < 0x80) {
            return SIZE_MAX;
        }
        at += utf8_decode(form + at, size - at, &code);
    }
    return at;
}

/* Patterns that begin as forms of the archive do. */
static void check_archive(struct fihris *archive, uint64_t seed)
{
    struct intern *forms = intern_new(FORMS_MAX);
    struct fihris_error error;
    size_t lists = 0;
    assert_non_null(forms);
    assert_int_equal(fihris_lexicon(archive, NULL, add_forms, forms, &error), FIHRIS_OK);
    for (size_t tried = 0; tried < PREFIXES;) {
        size_t size = 0;
        const char *form = intern_string(forms, random_below(&seed, intern_count(forms)), &size);
        size_t end = letters_end(form, size, 1 + random_below(&seed, 5));
        char pattern[PATTERN_MAX];
        if (end == SIZE_MAX || form[0] == '#') {
            continue;
        }
        static const char *const fronts[] = {"", "~"};
        static const char *const backs[] = {"*", "?*", "*ات", "*", "*"};
        (void)snprintf(pattern, sizeof pattern, "%s%.*s%s", fronts[tried % 3 == 0], (int)end, form,
                       backs[tried % (sizeof backs / sizeof backs[0])]);
        lists += check_pattern(archive, pattern);
        tried++;
    }
    static const char *const others[] = {"*غرب",    "?لمغرب*", "حموشي~1", "مغرب~2", "20*",  "1*",
                                         "co*",     "ال9*",    "م*",      "و*",     "#ال*", "@a*",
                                         "والم*ين", "عبد*",    "ابو*",    "وعبد*"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        lists += check_pattern(archive, others[i]);
    }
    assert_true(lists > PREFIXES / 2);
    intern_free(forms);
}

/* Builds an archive of `input` and checks it. */
static void check_input(const struct scratch *scratch, const char *input,
                        struct fihris_index_options options)
{
    char *path = scratch_path(scratch, "archive.fihris");
    struct fihris *archive = NULL;
    struct fihris_error error;
    options.no_entities = true;
    options.no_merge = true;
    if (fihris_index(path, &input, 1, &options, NULL, &error) != FIHRIS_OK ||
        fihris_open(path, 0, &archive, &error) != FIHRIS_OK) {
        fail_msg("%s", error.message);
    }
    check_archive(archive, 1);
    fihris_close(archive);
    assert_int_equal(path_remove(path, NULL), STATUS_OK);
    memory_free(path);
}

static void patterns_on_the_articles(void **state)
{
    char *exceptions = scratch_path(*state, "exceptions");
    scratch_write(exceptions, exceptions_text, sizeof exceptions_text - 1);
    static const char *const analysers[] = {"default", "light10", "fold"};
    for (size_t i = 0; i < sizeof analysers / sizeof analysers[0]; i++) {
        check_input(*state, "fixtures/seeds",
                    (struct fihris_index_options){.analyzer = analysers[i], .shard_bytes = 8192});
    }
    check_input(*state, "fixtures/seeds", (struct fihris_index_options){.exceptions = exceptions});
    memory_free(exceptions);
}

/* The first of the news, in several segments. */
static void patterns_on_the_news(void **state)
{
    struct buffer text;
    buffer_init(&text, LEARNING_TEXT_MAX);
    if (!learning_read_news(&text)) {
        print_message("skipped: no %s/data/news-dev.jsonl.zst (FIHRIS_DATA)\n", learning_folder());
        skip();
    }
    size_t size = text.size < NEWS_MAX ? text.size : NEWS_MAX;
    while (size > 0 && text.bytes[size - 1] != '\n') {
        size--;
    }
    char *news = scratch_path(*state, "news.jsonl");
    scratch_write(news, text.bytes, size);
    buffer_release(&text);
    check_input(*state, news, (struct fihris_index_options){.shard_bytes = 2 << 20});
    check_input(*state, news, (struct fihris_index_options){.analyzer = "light10"});
    memory_free(news);
}

/* ---- Matching ---- */

static void shapes_of_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        const char *text;
        bool matches;
    } rows[] = {
        {"مغ*", "مغرب", true},    {"مغ*", "مغ", true},    {"*غرب", "مغرب", true},
        {"م?رب", "مغرب", true},   {"م?رب", "مرب", false}, {"م*ر*ب", "مغرب", true},
        {"*", "", true},          {"?", "", false},       {"a*b*c", "aXbYbc", true},
        {"a*bc", "abcab", false}, {"مغرب", "مغرب", true}, {"مغرب", "مغربي", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(pattern_matches(rows[i].pattern, strlen(rows[i].pattern), rows[i].text,
                                         strlen(rows[i].text)),
                         rows[i].matches);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_of_patterns),
        cmocka_unit_test(patterns_on_the_articles),
        cmocka_unit_test(patterns_on_the_news),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
