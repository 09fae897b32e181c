/* replicas [-s SEED] [-f FIRST] [-t FOLDER] [-d SEEDS] COUNT
 *
 * Writes COUNT made articles that look, by the numbers, like real news (docs/BENCHMARKS.md,
 * "Replicas"), as JSON Lines to standard output, or with -t as .txt files below FOLDER. The same
 * arguments and the same seed articles (-d, fixtures/seeds; UTF-8) make the same bytes on every
 * machine. -f: begin with this article instead of 0, so that a corpus can be made in parts. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article.h"
#include "writer.h"

struct options {
    uint64_t seed;
    uint64_t first;
    uint64_t count;
    const char *folder;
    const char *seeds;
};

static bool parse_number(const char *text, uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0';
}

static bool parse(int argc, char **argv, struct options *options)
{
    *options = (struct options){.seed = 1, .seeds = "fixtures/seeds"};
    int at = 1;
    for (; at + 1 < argc; at += 2) {
        const char *value = argv[at + 1];
        if (strcmp(argv[at], "-t") == 0) {
            options->folder = value;
        } else if (strcmp(argv[at], "-d") == 0) {
            options->seeds = value;
        } else {
            bool seed = strcmp(argv[at], "-s") == 0;
            if ((!seed && strcmp(argv[at], "-f") != 0) ||
                !parse_number(value, seed ? &options->seed : &options->first)) {
                return false;
            }
        }
    }
    return at + 1 == argc && parse_number(argv[at], &options->count);
}

static bool write_all(const struct article_maker *maker, const struct options *options)
{
    struct writer writer;
    struct article *article = malloc(sizeof *article);
    bool done = article != NULL && writer_open(&writer, stdout, options->folder);
    if (done) {
        for (uint64_t i = 0; done && i < options->count; i++) {
            article_make(maker, options->first + i, article);
            done = writer_write(&writer, article);
        }
        done = writer_close(&writer) && done;
    }
    free(article);
    return done;
}

int main(int argc, char **argv)
{
    struct options options;
    if (!parse(argc, argv, &options)) {
        (void)fprintf(stderr,
                      "usage: replicas [-s SEED] [-f FIRST] [-t FOLDER] [-d SEEDS] COUNT\n");
        return 2;
    }
    struct seeds seeds;
    if (!seeds_read(&seeds, options.seeds)) {
        return EXIT_FAILURE;
    }
    struct vocabulary *vocabulary = vocabulary_new();
    struct names *names = vocabulary != NULL ? names_new(vocabulary) : NULL;
    struct article_maker maker = {vocabulary, names, &seeds, random_mix(options.seed)};
    bool done = names != NULL && write_all(&maker, &options);
    names_free(names);
    vocabulary_free(vocabulary);
    seeds_release(&seeds);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
