#include "query/parse.h"

#include <stdio.h>

/* The notation is for tests and explanations; nothing reads it back. */

static enum status print_word(const struct query_word *word, struct buffer *out,
                              struct error *error)
{
    static const char *const sign[] = {[QUERY_CLASS] = "", [QUERY_FOLD] = "~", [QUERY_EXACT] = "="};
    const struct query_string *text = &word->pattern;
    char tail[16] = "";
    if (word->match == QUERY_WHOLE) {
        text = word->level == QUERY_CLASS  ? &word->class_key
               : word->level == QUERY_FOLD ? &word->fold
                                           : &word->form;
    } else if (word->match == QUERY_FUZZY) {
        (void)snprintf(tail, sizeof tail, "~%u", word->distance);
    }
    return buffer_append_format(out, error, "%s%.*s%s", sign[word->level], (int)text->size,
                                text->bytes, tail);
}

/* Words that do not follow each other directly are joined by +n. */
static enum status print_words(const struct query_node *node, struct buffer *out,
                               struct error *error)
{
    bool several = node->word_count > 1;
    enum status status =
        buffer_append_format(out, error, "%s%s", node->title ? "title:" : "", several ? "\"" : "");
    for (size_t i = 0; status == STATUS_OK && i < node->word_count; i++) {
        if (i > 0) {
            uint32_t step = node->words[i].position - node->words[i - 1].position;
            status = step == 1 ? buffer_append_byte(out, ' ', error)
                               : buffer_append_format(out, error, " +%u ", step);
        }
        if (status == STATUS_OK) {
            status = print_word(&node->words[i], out, error);
        }
    }
    if (status == STATUS_OK && several) {
        status = buffer_append_byte(out, '"', error);
    }
    if (status == STATUS_OK && node->near) {
        status = buffer_append_format(out, error, "~%u", node->slop);
    }
    return status;
}

static enum status print_children(const char *name, const struct query_node *node,
                                  struct buffer *out, struct error *error)
{
    enum status status = buffer_append_format(out, error, "(%s", name);
    for (size_t i = 0; status == STATUS_OK && i < node->child_count; i++) {
        status = buffer_append_byte(out, ' ', error);
        if (status == STATUS_OK) {
            status = query_print(node->children[i], out, error);
        }
    }
    return status == STATUS_OK ? buffer_append_byte(out, ')', error) : status;
}

static enum status print_text(const char *name, const struct query_node *node, struct buffer *out,
                              struct error *error)
{
    return buffer_append_format(out, error, "%s:\"%.*s\"", name, (int)node->text.size,
                                node->text.bytes);
}

enum status query_print(const struct query_node *node, struct buffer *out, struct error *error)
{
    switch (node->kind) {
    case QUERY_AND:
        return print_children("and", node, out, error);
    case QUERY_OR:
        return print_children("or", node, out, error);
    case QUERY_NOT:
        return print_children("not", node, out, error);
    case QUERY_APART:
        return print_children("apart", node, out, error);
    case QUERY_WORDS:
        return print_words(node, out, error);
    case QUERY_ENTITY:
        return print_text(node->entity == 'P'   ? "person"
                          : node->entity == 'L' ? "place"
                                                : "org",
                          node, out, error);
    case QUERY_EVENT_DATE:
    case QUERY_DATE:
        if (node->day_to == 0) {
            return print_text("event-date", node, out, error);
        }
        return buffer_append_format(out, error, "%s:%u..%u",
                                    node->kind == QUERY_DATE ? "date" : "event-date",
                                    node->day_from, node->day_to);
    case QUERY_SOURCE:
        return print_text("source", node, out, error);
    case QUERY_ID:
        return print_text("id", node, out, error);
    }
    return STATUS_OK;
}
