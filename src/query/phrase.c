#include "query/phrase.h"

#include <stdbool.h>

/* The words of a phrase at their places: the word with the fewest positions leads. */
static uint32_t count_in_order(const struct query_node *query, struct phrase_word *words,
                               size_t word_count, uint64_t title)
{
    size_t lead = 0;
    for (size_t i = 1; i < word_count; i++) {
        lead = words[i].count < words[lead].count ? i : lead;
    }
    uint32_t span = words[word_count - 1].offset;
    uint32_t found = 0;
    for (uint32_t at = 0; at < words[lead].count; at++) {
        uint32_t position = words[lead].positions[at];
        bool again = at > 0 && words[lead].positions[at - 1] == position;
        if (again || position < words[lead].offset) {
            continue;
        }
        uint64_t first = position - words[lead].offset;
        bool all = query->title ? first + span < title : first >= title || first + span < title;
        for (size_t i = 0; all && i < word_count; i++) {
            struct phrase_word *word = &words[i];
            uint64_t wanted = first + word->offset;
            uint32_t next = word->at;
            while (next < word->count && word->positions[next] < wanted) {
                next++;
            }
            word->at = next;
            all = next < word->count && word->positions[next] == wanted;
        }
        found += all ? 1 : 0;
    }
    return found;
}

/* The words in any order within a window: a match for each position that begins one. */
static uint32_t count_near(const struct query_node *query, struct phrase_word *words,
                           size_t word_count, uint64_t title)
{
    uint64_t width = (uint64_t)query->word_count + query->slop;
    uint32_t found = 0;
    for (;;) {
        uint32_t first = UINT32_MAX;
        uint32_t last = 0;
        for (size_t i = 0; i < word_count; i++) {
            const struct phrase_word *word = &words[i];
            if (word->at == word->count) {
                return found;
            }
            uint32_t position = word->positions[word->at];
            first = position < first ? position : first;
            last = position > last ? position : last;
        }
        bool one_side = query->title ? last < title : first >= title || last < title;
        found += one_side && last - first < width ? 1 : 0;
        for (size_t i = 0; i < word_count; i++) {
            struct phrase_word *word = &words[i];
            while (word->at < word->count && word->positions[word->at] == first) {
                word->at++;
            }
        }
    }
}

uint32_t phrase_count(const struct query_node *query, struct phrase_word *words, size_t word_count,
                      uint64_t title)
{
    return query->near ? count_near(query, words, word_count, title)
                       : count_in_order(query, words, word_count, title);
}
