#include "cli/hit.h"

#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "cli/text.h"

/* Bold begins and ends between words: inside one it would tear Arabic letters apart. */
static void print_snippet(struct output *output, const struct fihris_hit *hit)
{
    size_t done = 0;
    for (size_t i = 0; i < hit->mark_count; i++) {
        size_t start = hit->marks[i].start;
        size_t end = hit->marks[i].end;
        text_whole_words(hit->snippet, hit->snippet_size, &start, &end);
        if (end <= done || start == end) {
            continue;
        }
        start = start < done ? done : start;
        output_field(output, hit->snippet + done, start - done);
        output_style(output, OUTPUT_MATCH);
        output_field(output, hit->snippet + start, end - start);
        output_style(output, OUTPUT_PLAIN);
        done = end;
    }
    output_field(output, hit->snippet + done, hit->snippet_size - done);
}

/* One line a word: at which levels it stands in the article, and what the score is made of. */
static void print_matches(struct output *output, const struct fihris_hit *hit)
{
    for (size_t i = 0; i < hit->match_count; i++) {
        const struct fihris_match *match = &hit->matches[i];
        output_text(output, "   ");
        output_style(output, OUTPUT_DIM);
        output_isolated(output, match->word, match->word_size);
        output_format(output,
                      "  %s (exact %" PRIu64 ", fold %" PRIu64 ", class %" PRIu64 ")  in %" PRIu64
                      " articles, idf %.3f, tf %" PRIu64 ", length %" PRIu64 ": %.4f",
                      match->level, match->exact, match->fold, match->other, match->documents,
                      match->idf, match->frequency, match->length, match->score);
        output_style(output, OUTPUT_PLAIN);
        output_text(output, "\n");
    }
}

static void print_matches_json(struct output *output, const struct fihris_hit *hit)
{
    json_member(output, "matches");
    for (size_t i = 0; i < hit->match_count; i++) {
        const struct fihris_match *match = &hit->matches[i];
        output_text(output, i == 0 ? "[{\"word\":" : ",{\"word\":");
        json_string(output, match->word, match->word_size);
        json_number(output, "offset", match->query_offset);
        json_number(output, "group", match->group);
        json_text(output, "level", match->level, strlen(match->level));
        json_number(output, "exact", match->exact);
        json_number(output, "fold", match->fold);
        json_number(output, "class", match->other);
        json_number(output, "articles", match->documents);
        json_real(output, "idf", match->idf);
        json_number(output, "tf", match->frequency);
        json_number(output, "length", match->length);
        json_real(output, "score", match->score);
        output_text(output, "}");
    }
    output_text(output, hit->match_count == 0 ? "[]" : "]");
}

void hit_print(struct output *output, const struct fihris_hit *hit, uint64_t number)
{
    output_format(output, "%" PRIu64 ". ", number);
    output_style(output, OUTPUT_TITLE);
    if (hit->title_size > 0) {
        output_isolated(output, hit->title, hit->title_size);
    } else {
        output_isolated(output, hit->id, hit->id_size);
    }
    output_style(output, OUTPUT_PLAIN);
    output_text(output, "\n   ");
    output_style(output, OUTPUT_DIM);
    output_isolated(output, hit->id, hit->id_size);
    output_text(output, "  ");
    output_day(output, hit->day);
    output_text(output, "  ");
    output_isolated(output, hit->source, hit->source_size);
    output_style(output, OUTPUT_PLAIN);
    output_text(output, "\n");
    if (hit->snippet_size > 0) {
        output_text(output, "   ");
        if (output->terminal) {
            output_text(output, "\xE2\x81\xA8");
        }
        print_snippet(output, hit);
        if (output->terminal) {
            output_text(output, "\xE2\x81\xA9");
        }
        output_text(output, "\n");
    }
    print_matches(output, hit);
}

void hit_print_json(struct output *output, const struct fihris_hit *hit)
{
    json_begin(output);
    json_text(output, "id", hit->id, hit->id_size);
    json_real(output, "score", hit->score);
    json_day(output, "date", hit->day);
    json_text(output, "source", hit->source, hit->source_size);
    json_text(output, "title", hit->title, hit->title_size);
    json_text(output, "snippet", hit->snippet, hit->snippet_size);
    json_member(output, "marks");
    output_text(output, "[");
    for (size_t i = 0; i < hit->mark_count; i++) {
        output_format(output, "%s[%" PRIu32 ",%" PRIu32 "]", i == 0 ? "" : ",", hit->marks[i].start,
                      hit->marks[i].end);
    }
    output_text(output, "]");
    if (hit->matches != NULL) {
        print_matches_json(output, hit);
    }
    json_end(output);
}

void hit_print_tsv(struct output *output, const struct fihris_hit *hit)
{
    output_field(output, hit->id, hit->id_size);
    output_format(output, "\t%.6g\t", hit->score);
    if (hit->day != 0) {
        output_day(output, hit->day);
    }
    output_text(output, "\t");
    output_field(output, hit->source, hit->source_size);
    output_text(output, "\t");
    output_field(output, hit->title, hit->title_size);
    output_text(output, "\n");
}

void hit_print_id(struct output *output, const struct fihris_hit *hit)
{
    output_field(output, hit->id, hit->id_size);
    output_text(output, "\n");
}
