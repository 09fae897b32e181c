#include "text/token_class.h"

#include "base/utf8.h"
#include "text/token_table.inc"

struct code code_decode(const struct text *text, size_t at)
{
    struct code code = {0, CODE_SYMBOL, 1};
    code.length =
        (uint8_t)utf8_decode((const char *)text->bytes + at, text->size - at, &code.value);
    code.class = code_value[code_stage[code.value >> 7]][code.value & 127];
    return code;
}
