#ifndef TEXT_ADDRESS_H
#define TEXT_ADDRESS_H

#include "text/token.h"
#include "text/token_class.h"

/* An address (URL, bare domain, e-mail) that begins at the ASCII letter or digit at `at`: its end,
 * punctuation behind it left out, or `at` when there is none. Any thread. */
size_t address_at(const struct text *text, size_t at, enum token_kind *kind);

#endif
