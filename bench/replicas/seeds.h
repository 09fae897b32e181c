#ifndef REPLICAS_SEEDS_H
#define REPLICAS_SEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the seed articles give: how their sentences are built, and runs of their words. Only lines
 * that are running text count, not headings. Immutable after seeds_read(): any thread. */

/* So many words, and what follows them. */
enum seed_mark { MARK_COMMA, MARK_COLON, MARK_OPEN, MARK_CLOSE, MARK_STOP, MARK_COUNT };
struct seed_beat {
    uint16_t words;
    uint8_t mark; /* enum seed_mark */
};

struct seed_word {
    uint32_t start; /* in `text`, where words stand with a space between them */
    uint32_t end;
    bool last; /* of a part that a mark closes */
};

struct seeds {
    char *text;
    size_t text_size;
    struct seed_word *words;
    uint32_t word_count;
    struct seed_beat *beats; /* sentence after sentence */
    uint32_t beat_count;
    uint32_t *sentences; /* first beat of each */
    uint32_t sentence_count;
};

/* Reads the *.txt of a folder in the order of their names. False, with a message on standard error,
 * when it cannot or there is no sentence in them. */
bool seeds_read(struct seeds *seeds, const char *folder);
void seeds_release(struct seeds *seeds);

#endif
