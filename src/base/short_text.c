#include "base/short_text.h"

#include <stdbool.h>

#if defined(__SSE2__)
#define KEEP_8 255, 255, 255, 255, 255, 255, 255, 255
const unsigned char short_text_kept[2 * SHORT_TEXT_READ_SIZE] = {KEEP_8, KEEP_8, KEEP_8};
#endif

struct short_text short_text_pack_plain(const unsigned char *bytes, size_t size)
{
    static const struct short_text none = {0, 0};
    unsigned char packed[SHORT_TEXT_LENGTH_MAX] = {0};
    bool ascii = size > 0 && bytes[0] < 0x80;
    size_t width = ascii ? 1 : 2;
    if (size % width != 0 || size > width * SHORT_TEXT_LENGTH_MAX) {
        return none;
    }
    for (size_t i = 0; i < size / width; i++) {
        const unsigned char *at = bytes + width * i;
        bool fits =
            ascii ? at[0] > 0 && at[0] < 0x80 : (at[0] & 0xFE) == 0xD8 && (at[1] & 0xC0) == 0x80;
        if (!fits) {
            return none;
        }
        packed[i] = ascii ? at[0] : (unsigned char)(0x80 | (at[0] & 1) << 6 | (at[1] & 0x3F));
    }
    return (struct short_text){.head = load_u64(packed), .tail = load_u32(packed + 8)};
}

size_t short_text_unpack(const struct short_text *text, char bytes[SHORT_TEXT_READ_SIZE])
{
    unsigned char packed[SHORT_TEXT_LENGTH_MAX];
    store_u64(packed, text->head);
    store_u32(packed + 8, text->tail);
    size_t size = 0;
    for (size_t i = 0; i < SHORT_TEXT_LENGTH_MAX && packed[i] != 0; i++) {
        if (packed[i] < 0x80) {
            bytes[size++] = (char)packed[i];
        } else {
            bytes[size++] = (char)(0xD8 | (packed[i] >> 6 & 1));
            bytes[size++] = (char)(0x80 | (packed[i] & 0x3F));
        }
    }
    return size;
}
