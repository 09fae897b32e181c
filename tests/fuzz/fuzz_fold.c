#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/fold.h"
#include "text/normalise.h"

/* The fast path gives what the reference gives, on any bytes and for any room. */

enum { OUT_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t size, size_t room)
{
    char reference[OUT_MAX];
    char fast[OUT_MAX];
    char form[OUT_MAX];
    char own[OUT_MAX];
    size_t used = 0;
    size_t wanted = normalise_form(text, size, reference, room);
    if (fold_form(text, size, fast, room) != wanted || memcmp(fast, reference, wanted) != 0) {
        abort();
    }
    size_t form_size = normalise_form(text, size, form, sizeof form);
    wanted = normalise_fold(form, form_size, reference, room);
    if (fold_text(text, size, fast, room) != wanted || memcmp(fast, reference, wanted) != 0) {
        abort();
    }
    if (fold_word(text, size, own, fast, &used) &&
        (form_size != used || memcmp(form, own, used) != 0 ||
         fold_text(text, size, reference, OUT_MAX) != used || memcmp(fast, reference, used) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char long_out[1 << 16];
    const char *text = (const char *)data;
    (void)fold_text(text, size, long_out, sizeof long_out);
    if (size > 0 && size <= NORMALISE_BYTES_MAX && memchr(text, ' ', size) == NULL) {
        check(text, size, OUT_MAX);
        check(text, size, data[0] % 64);
    }
    return 0;
}
