#include "query/pattern.h"

#include "base/utf8.h"

/* Greedy with one point of return: only the last * ever needs to be tried again. */
bool pattern_matches(const char *pattern, size_t pattern_size, const char *text, size_t text_size)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* pattern place behind the last * */
    size_t retry = 0;       /* text place where it was met, moved on */
    uint32_t code = 0;
    while (t < text_size) {
        if (p < pattern_size && pattern[p] == '*') {
            star = ++p;
            retry = t;
        } else if (p < pattern_size && pattern[p] == '?') {
            p++;
            t += utf8_decode(text + t, text_size - t, &code);
        } else if (p < pattern_size && pattern[p] == text[t]) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            retry += utf8_decode(text + retry, text_size - retry, &code);
            p = star;
            t = retry;
        } else {
            return false;
        }
    }
    while (p < pattern_size && pattern[p] == '*') {
        p++;
    }
    return p == pattern_size;
}

/* Code points, or SIZE_MAX when there are too many. */
static size_t decode(const char *text, size_t size, uint32_t codes[PATTERN_FUZZY_MAX])
{
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        if (count == PATTERN_FUZZY_MAX) {
            return SIZE_MAX;
        }
        at += utf8_decode(text + at, size - at, &codes[count]);
    }
    return count;
}

static uint32_t least(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t both = a < b ? a : b;
    return both < c ? both : c;
}

bool pattern_near(const char *a, size_t a_size, const char *b, size_t b_size, uint32_t distance)
{
    uint32_t left[PATTERN_FUZZY_MAX];
    uint32_t right[PATTERN_FUZZY_MAX];
    uint32_t row[PATTERN_FUZZY_MAX + 1];
    size_t far = (size_t)distance * 4; /* a code point is at most four bytes */
    if (a_size > b_size + far || b_size > a_size + far) {
        return false;
    }
    size_t m = decode(a, a_size, left);
    size_t n = decode(b, b_size, right);
    if (m == SIZE_MAX || n == SIZE_MAX || m > n + distance || n > m + distance) {
        return false;
    }
    for (uint32_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < m; i++) {
        uint32_t diagonal = row[0];
        uint32_t best = row[0] = (uint32_t)i + 1;
        for (size_t j = 0; j < n; j++) {
            uint32_t replaced = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = least(replaced, row[j] + 1, diagonal + 1);
            best = row[j + 1] < best ? row[j + 1] : best;
        }
        if (best > distance) {
            return false;
        }
    }
    return row[n] <= distance;
}
