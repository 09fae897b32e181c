#ifndef TEST_LEARNING_H
#define TEST_LEARNING_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/compress.h"
#include "text/analyser.h"

/* Real text, and the evidence that it gives: the five articles, or news-dev where it is there.
 * Include after <cmocka.h>. */

enum { LEARNING_TEXT_MAX = 400 << 20 };

static inline const char *learning_folder(void)
{
    const char *folder = getenv("FIHRIS_DATA");
    return folder != NULL ? folder : "../shared";
}

static inline int learning_append(const char *path, struct buffer *out)
{
    FILE *file = fopen(path, "rb");
    struct error error;
    if (file == NULL) {
        return 0;
    }
    size_t got = 0;
    do {
        assert_int_equal(buffer_reserve(out, 1 << 16, &error), STATUS_OK);
        got = fread(out->bytes + out->size, 1, 1 << 16, file);
        out->size += got;
    } while (got > 0);
    fclose(file);
    return 1;
}

/* Calls `visit` for every part of every word of a text. */
static inline void learning_words(const struct analyser *analyser, const struct buffer *text,
                                  void (*visit)(void *context, const struct analysis *part),
                                  void *context)
{
    static struct analysis parts[ANALYSIS_PARTS_MAX];
    struct token tokens[1024];
    size_t offset = 0;
    size_t count = 0;
    const char *bytes = (const char *)text->bytes;
    while ((count = token_scan(bytes, text->size, &offset, tokens, 1024)) > 0) {
        for (size_t i = 0; i < count; i++) {
            size_t made =
                analyser_word(analyser, bytes + tokens[i].start, tokens[i].end - tokens[i].start,
                              (enum token_kind)tokens[i].kind, parts);
            for (size_t k = 0; k < made; k++) {
                visit(context, &parts[k]);
            }
        }
    }
}

static inline void learning_add(void *context, const struct analysis *part)
{
    struct error error;
    assert_int_equal(evidence_builder_add(context, part->fold, part->fold_size, 1, &error),
                     STATUS_OK);
}

/* Counts the folds of a text into a table; `evidence` is borrowed from `table`. */
static inline void learning_count(const struct buffer *text, struct buffer *table,
                                  struct evidence *evidence)
{
    struct error error;
    struct analyser analyser = {.name = ANALYSER_FOLD};
    struct evidence_builder *builder = evidence_builder_new();
    assert_non_null(builder);
    learning_words(&analyser, text, learning_add, builder);
    assert_int_equal(evidence_builder_finish(builder, table, &error), STATUS_OK);
    evidence_builder_free(builder);
    assert_int_equal(evidence_open(evidence, table->bytes, table->size, &error), STATUS_OK);
}

/* The text files of a folder. */
static inline int learning_read_folder(const char *path, struct buffer *text)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return 0;
    }
    struct dirent *entry = NULL;
    while ((entry = readdir(folder)) != NULL) {
        char file[2048];
        if (strstr(entry->d_name, ".txt") != NULL) {
            (void)snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
            assert_true(learning_append(file, text));
        }
    }
    closedir(folder);
    return text->size > 0;
}

static inline int learning_read_seeds(struct buffer *text)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/seeds", learning_folder());
    return learning_read_folder(path, text);
}

static inline int learning_read_news(struct buffer *text)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/data/news-dev.jsonl.zst", learning_folder());
    struct buffer frame;
    struct error error;
    buffer_init(&frame, LEARNING_TEXT_MAX);
    int found = learning_append(path, &frame);
    if (found) {
        struct decompressor decompressor = {NULL};
        enum status status = decompress_frame(&decompressor, frame.bytes, frame.size, text, &error);
        decompressor_release(&decompressor);
        if (status != STATUS_OK) {
            fail_msg("%s", error.message);
        }
    }
    buffer_release(&frame);
    return found;
}

#endif
