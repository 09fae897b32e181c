#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tagging.h"

/* The seed articles against the mentions that a person marked in them. Every mention that is
 * required is found where it stands, as what it is and as whom it is; of what is found, at least
 * 95 in 100 is marked. */

enum { GOLD_MAX = 256, DOCUMENTS_MAX = 16, NAME_MAX_SIZE = 256 };

struct gold {
    char document[64];
    size_t start;
    size_t end;
    char type;
    bool required;
    char canonical[NAME_MAX_SIZE];
    /* What was found there. */
    bool found;
    char key[NAME_MAX_SIZE];
};

struct score {
    size_t found;
    size_t listed;
    size_t missed;
};

static size_t gold_read(struct gold *gold)
{
    FILE *file = fopen("fixtures/gold/seeds-entities.tsv", "r");
    assert_non_null(file);
    char line[1024];
    size_t count = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        assert_true(count < GOLD_MAX);
        struct gold *row = &gold[count++];
        char type[8];
        int required = 0;
        *row = (struct gold){0};
        assert_int_equal(sscanf(line, "%63[^\t]\t%zu\t%zu\t%7[^\t]\t%d\t%255[^\t]", row->document,
                                &row->start, &row->end, type, &required, row->canonical),
                         6);
        row->type = type[0];
        row->required = required != 0;
    }
    (void)fclose(file);
    return count;
}

static void check_document(struct gold *gold, size_t gold_count, const char *document,
                           struct score *score)
{
    char path[128];
    (void)snprintf(path, sizeof path, "fixtures/seeds/%s", document);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char text[65536];
    size_t size = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    struct tagging tagging;
    tagging_make(&tagging, text, size, 0);
    for (size_t i = 0; i < tagging.mention_count; i++) {
        const struct mention *mention = &tagging.mentions[i];
        size_t start = tagging.tokens[mention->token_first].start;
        size_t end = tagging.tokens[mention->token_first + mention->token_count - 1].end;
        char type = entity_type_letter(mention->type);
        bool listed = false;
        for (size_t j = 0; j < gold_count; j++) {
            struct gold *row = &gold[j];
            if (strcmp(row->document, document) == 0 && row->start == start && row->end == end &&
                row->type == type) {
                listed = true;
                row->found = true;
                struct entity_name called = tagging_name(&tagging, mention);
                (void)snprintf(row->key, sizeof row->key, "%.*s", (int)called.key_size, called.key);
            }
        }
        score->found++;
        score->listed += listed ? 1 : 0;
        if (!listed) {
            print_message("not in the gold: %s %zu-%zu %c %.*s\n", document, start, end, type,
                          (int)(end - start), text + start);
        }
    }
    tagging_release(&tagging);
}

static void test_seeds(void **state)
{
    (void)state;
    static struct gold gold[GOLD_MAX];
    size_t count = gold_read(gold);
    assert_int_equal(count, 192);
    struct score score = {0};
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(gold[i].document, gold[i - 1].document) != 0) {
            check_document(gold, count, gold[i].document, &score);
        }
    }
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        if (gold[i].required && !gold[i].found) {
            print_message("missed: %s %zu-%zu %c %s\n", gold[i].document, gold[i].start,
                          gold[i].end, gold[i].type, gold[i].canonical);
            score.missed++;
        }
        for (size_t j = 0; j < i; j++) {
            bool both = gold[i].found && gold[j].found && gold[i].type == gold[j].type &&
                        gold[i].required && gold[j].required;
            bool same = strcmp(gold[i].canonical, gold[j].canonical) == 0;
            if (both && same != (strcmp(gold[i].key, gold[j].key) == 0)) {
                print_message("identity: %s is %s, %s is %s\n", gold[i].canonical, gold[i].key,
                              gold[j].canonical, gold[j].key);
                wrong++;
            }
        }
    }
    assert_int_equal(score.missed, 0);
    assert_int_equal(wrong, 0);
    assert_true(score.listed * 100 >= score.found * 95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
