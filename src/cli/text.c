#include "cli/text.h"

struct span {
    uint32_t first;
    uint32_t last;
};

static bool spans_hold(const struct span *spans, size_t count, uint32_t code_point)
{
    for (size_t i = 0; i < count; i++) {
        if (code_point >= spans[i].first && code_point <= spans[i].last) {
            return true;
        }
    }
    return false;
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

size_t text_decode(const char *text, size_t size, uint32_t *code_point)
{
    static const uint32_t minimum[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text[0];
    *code_point = TEXT_INVALID;
    if (lead < 0x80) {
        *code_point = lead;
        return 1;
    }
    size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || length > size) {
        return 1;
    }
    uint32_t value = lead & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if (!continues(text[i])) {
            return 1;
        }
        value = value << 6 | ((unsigned char)text[i] & 0x3FU);
    }
    if (value < minimum[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 1;
    }
    *code_point = value;
    return length;
}

static size_t code_point_columns(uint32_t code_point)
{
    /* Marks and format controls of the scripts that news in Arabic holds. */
    static const struct span zero[] = {
        {0x0000, 0x001F}, {0x007F, 0x009F},   {0x00AD, 0x00AD}, {0x0300, 0x036F}, {0x0591, 0x05BD},
        {0x0610, 0x061A}, {0x061C, 0x061C},   {0x064B, 0x065F}, {0x0670, 0x0670}, {0x06D6, 0x06DC},
        {0x06DF, 0x06E4}, {0x06E7, 0x06E8},   {0x06EA, 0x06ED}, {0x08CA, 0x08FF}, {0x200B, 0x200F},
        {0x202A, 0x202E}, {0x2060, 0x206F},   {0x20D0, 0x20F0}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
        {0xFEFF, 0xFEFF}, {0xE0000, 0xE0FFF},
    };
    static const struct span wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
        {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
        {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD},
    };
    if (spans_hold(zero, sizeof zero / sizeof zero[0], code_point)) {
        return 0;
    }
    return spans_hold(wide, sizeof wide / sizeof wide[0], code_point) ? 2 : 1;
}

size_t text_columns(const char *text, size_t size)
{
    size_t columns = 0;
    for (size_t i = 0; i < size;) {
        uint32_t code_point;
        i += text_decode(text + i, size - i, &code_point);
        columns += code_point_columns(code_point);
    }
    return columns;
}

bool text_is_control(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

bool text_is_direction(uint32_t code_point)
{
    return code_point == 0x061C || (code_point >= 0x200E && code_point <= 0x200F) ||
           (code_point >= 0x202A && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069);
}

/* Letters, digits and marks; what is not here parts words. */
static bool is_inside_word(uint32_t code_point)
{
    static const struct span parts[] = {
        {0x0000, 0x002F}, {0x003A, 0x0040}, {0x005B, 0x0060}, {0x007B, 0x00BF}, {0x060C, 0x060D},
        {0x061B, 0x061B}, {0x061D, 0x061F}, {0x066A, 0x066D}, {0x06D4, 0x06D4}, {0x2000, 0x200B},
        {0x200E, 0x206F}, {0x3000, 0x303F}, {0xFD3E, 0xFD3F}, {0xFFFD, 0xFFFD},
    };
    return !spans_hold(parts, sizeof parts / sizeof parts[0], code_point);
}

static size_t before(const char *text, size_t offset)
{
    size_t i = offset - 1;
    while (i > 0 && offset - i < 4 && continues(text[i])) {
        i--;
    }
    return i;
}

static bool word_at(const char *text, size_t size, size_t offset)
{
    uint32_t code_point;
    (void)text_decode(text + offset, size - offset, &code_point);
    return is_inside_word(code_point);
}

static bool splits_word(const char *text, size_t size, size_t offset)
{
    return offset > 0 && offset < size &&
           (continues(text[offset]) ||
            (word_at(text, size, offset) && word_at(text, size, before(text, offset))));
}

void text_whole_words(const char *text, size_t size, size_t *start, size_t *end)
{
    *end = *end > size ? size : *end;
    *start = *start > *end ? *end : *start;
    if (*start == *end) {
        return;
    }
    while (splits_word(text, size, *start)) {
        (*start)--;
    }
    while (splits_word(text, size, *end)) {
        (*end)++;
    }
}
