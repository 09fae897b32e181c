#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "source/date.h"

/* Whatever is understood is a date, and reads the same when written as ISO 8601. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t date = article_date_parse((const char *)data, size);
    unsigned year = date / 10000;
    unsigned month = date / 100 % 100;
    unsigned day = date % 100;
    if (date == 0) {
        return 0;
    }
    assert(year >= 1000 && year < 3000 && month <= 12 && day <= 31 && (month > 0 || day == 0));
    char text[32];
    (void)snprintf(text, sizeof text, "%04u-%02u-%02u", year, month, day);
    text[month == 0 ? 4 : day == 0 ? 7 : 10] = '\0';
    assert(article_date_parse(text, strlen(text)) == date);
    return 0;
}
