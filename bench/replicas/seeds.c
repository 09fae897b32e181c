#include "seeds.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 4096, FILE_BYTES_MAX = 1 << 20, LINE_WORDS_MIN = 8 };

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_text(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return size > 4 && strcmp(entry->d_name + size - 4, ".txt") == 0;
}

/* The mark that `at` begins with; its size, 0 for none. */
static size_t find_mark(const char *at, enum seed_mark *mark)
{
    static const struct {
        const char *text;
        enum seed_mark mark;
    } marks[] = {{"،", MARK_COMMA}, {"؛", MARK_COMMA}, {":", MARK_COLON}, {".", MARK_STOP},
                 {"؟", MARK_STOP},  {"“", MARK_OPEN},  {"”", MARK_CLOSE}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t size = strlen(marks[i].text);
        if (strncmp(at, marks[i].text, size) == 0) {
            *mark = marks[i].mark;
            return size;
        }
    }
    return 0;
}

/* Bytes that part words, besides marks: white space, no-break spaces, straight quotes. */
static size_t find_space(const char *at)
{
    if (strncmp(at, "\302\240", 2) == 0) {
        return 2;
    }
    return (unsigned char)*at <= ' ' || strchr("\"\\()", *at) != NULL;
}

static void close_beat(struct seeds *seeds, uint32_t *words, enum seed_mark mark)
{
    if (*words > 0) {
        seeds->beats[seeds->beat_count++] = (struct seed_beat){(uint16_t)*words, (uint8_t)mark};
        seeds->words[seeds->word_count - 1].last = true;
        *words = 0;
    }
}

static void read_line(struct seeds *seeds, const char *line)
{
    uint32_t first = seeds->beat_count;
    uint32_t words = 0;
    enum seed_mark mark = MARK_STOP;
    for (const char *at = line; *at != '\0';) {
        size_t size = find_mark(at, &mark);
        if (size > 0) {
            close_beat(seeds, &words, mark);
            at += size;
            if (mark == MARK_STOP && seeds->beat_count > first) {
                seeds->sentences[seeds->sentence_count++] = first;
                first = seeds->beat_count;
            }
            continue;
        }
        size = find_space(at);
        if (size > 0) {
            at += size;
            continue;
        }
        struct seed_word *word = &seeds->words[seeds->word_count++];
        *word = (struct seed_word){.start = (uint32_t)seeds->text_size};
        for (enum seed_mark any; *at != '\0' && find_space(at) == 0 && find_mark(at, &any) == 0;
             at++) {
            seeds->text[seeds->text_size++] = *at;
        }
        word->end = (uint32_t)seeds->text_size;
        seeds->text[seeds->text_size++] = ' ';
        words++;
    }
    close_beat(seeds, &words, MARK_STOP);
    if (seeds->beat_count > first) {
        seeds->beats[seeds->beat_count - 1].mark = MARK_STOP;
        seeds->sentences[seeds->sentence_count++] = first;
    }
}

static uint32_t count_words(const char *line)
{
    uint32_t count = 0;
    for (const char *at = line; *at != '\0'; at++) {
        count += *at == ' ';
    }
    return count + 1;
}

/* Makes room for what a text of `size` bytes can add at most. */
static bool grow(struct seeds *seeds, size_t size)
{
    char *text = realloc(seeds->text, seeds->text_size + 2 * size + 2);
    seeds->text = text != NULL ? text : seeds->text;
    struct seed_word *words = realloc(seeds->words, (seeds->word_count + size + 1) * sizeof *words);
    seeds->words = words != NULL ? words : seeds->words;
    struct seed_beat *beats = realloc(seeds->beats, (seeds->beat_count + size + 1) * sizeof *beats);
    seeds->beats = beats != NULL ? beats : seeds->beats;
    uint32_t *sentences =
        realloc(seeds->sentences, (seeds->sentence_count + size + 1) * sizeof *sentences);
    seeds->sentences = sentences != NULL ? sentences : seeds->sentences;
    return text != NULL && words != NULL && beats != NULL && sentences != NULL;
}

static bool read_file(struct seeds *seeds, const char *path)
{
    char *text = calloc(1, FILE_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    bool done = false;
    if (text != NULL && file != NULL) {
        size_t size = fread(text, 1, FILE_BYTES_MAX - 1, file);
        done = ferror(file) == 0 && grow(seeds, size);
    }
    char *end = NULL;
    for (char *line = text; done && line != NULL; line = end) {
        end = strchr(line, '\n');
        if (end != NULL) {
            *end++ = '\0';
        }
        if (count_words(line) >= LINE_WORDS_MIN) {
            read_line(seeds, line);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    free(text);
    return done;
}

bool seeds_read(struct seeds *seeds, const char *folder)
{
    *seeds = (struct seeds){0};
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_text, by_name);
    bool done = count > 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        int size = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        done = done && size > 0 && (size_t)size < sizeof path && read_file(seeds, path);
        free(entries[i]);
    }
    free(entries);
    if (!done || seeds->sentence_count == 0) {
        (void)fprintf(stderr, "replicas: no seed articles in '%s'\n", folder);
        seeds_release(seeds);
        return false;
    }
    return true;
}

void seeds_release(struct seeds *seeds)
{
    free(seeds->text);
    free(seeds->words);
    free(seeds->beats);
    free(seeds->sentences);
    *seeds = (struct seeds){0};
}
