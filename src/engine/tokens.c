#include "engine/tokens.h"

#include "base/memory.h"
#include "index/segment.h"

enum { ROOM_MIN = 256 };

void token_list_init(struct token_list *list)
{
    *list = (struct token_list){0};
}

void token_list_release(struct token_list *list)
{
    memory_free(list->tokens);
    token_list_init(list);
}

enum status token_list_scan(struct token_list *list, const char *text, size_t text_size,
                            uint32_t title_end, struct error *error)
{
    list->count = 0;
    list->title_count = 0;
    size_t offset = 0;
    for (;;) {
        if (list->capacity - list->count < ROOM_MIN) {
            size_t capacity = list->capacity * 2 + ROOM_MIN;
            struct token *tokens = memory_resize(list->tokens, capacity * sizeof *list->tokens);
            if (tokens == NULL) {
                return error_no_memory(error, capacity * sizeof *tokens);
            }
            list->tokens = tokens;
            list->capacity = capacity;
        }
        size_t found = token_scan(text, text_size, &offset, list->tokens + list->count,
                                  list->capacity - list->count);
        if (found == 0) {
            break;
        }
        list->count += found;
    }
    while (list->title_count < list->count && list->tokens[list->title_count].start < title_end) {
        list->title_count++;
    }
    return STATUS_OK;
}

void position_body(struct position_counter *counter)
{
    counter->title_length = counter->next;
    counter->gap = SEGMENT_BODY_GAP;
    counter->next += SEGMENT_BODY_GAP;
}

uint32_t position_length(const struct position_counter *counter)
{
    return counter->next - counter->gap;
}
