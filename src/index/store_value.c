#include "index/store_value.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/hash.h"

enum { CHECK_SIZE = 4 };

static size_t check_count(size_t size)
{
    return (size + STORE_CHECK_PAGE - 1) / STORE_CHECK_PAGE;
}

static uint32_t check_of(const unsigned char *bytes, size_t size)
{
    return (uint32_t)hash64(bytes, size);
}

size_t store_value_size(size_t size)
{
    return size + CHECK_SIZE * check_count(size);
}

void store_value_write(unsigned char *out, const unsigned char *payload, size_t size)
{
    if (size == 0) {
        return;
    }
    memcpy(out, payload, size);
    unsigned char *check = out + size;
    for (size_t from = 0; from < size; from += STORE_CHECK_PAGE) {
        size_t length = size - from < STORE_CHECK_PAGE ? size - from : STORE_CHECK_PAGE;
        store_u32(check, check_of(payload + from, length));
        check += CHECK_SIZE;
    }
}

bool store_value_read(const unsigned char *bytes, size_t size, struct blob *blob)
{
    size_t pages = (size + STORE_CHECK_PAGE + CHECK_SIZE - 1) / (STORE_CHECK_PAGE + CHECK_SIZE);
    if (size < CHECK_SIZE * pages || check_count(size - CHECK_SIZE * pages) != pages) {
        return false;
    }
    blob->bytes = bytes;
    blob->size = size - CHECK_SIZE * pages;
    blob->checks = bytes + blob->size;
    return true;
}

/* Where a page is remembered. Two pages never begin at one address, except that an empty one, which
 * needs no check, may. */
static const unsigned char **sound_place(struct sound_pages *sound, const unsigned char *page)
{
    uint64_t spread = (uint64_t)(uintptr_t)page * 0x9e3779b97f4a7c15u;
    return &sound->pages[spread >> (64 - SOUND_PAGES_LOG)];
}

bool store_value_check(struct sound_pages *sound, const struct blob *blob, size_t from, size_t to)
{
    assert(from <= to && to <= blob->size);
    for (size_t page = from / STORE_CHECK_PAGE; page * STORE_CHECK_PAGE < to; page++) {
        size_t start = page * STORE_CHECK_PAGE;
        size_t left = blob->size - start;
        size_t length = left < STORE_CHECK_PAGE ? left : STORE_CHECK_PAGE;
        const unsigned char **place = sound_place(sound, blob->bytes + start);
        if (*place == blob->bytes + start) {
            continue;
        }
        if (check_of(blob->bytes + start, length) != load_u32(blob->checks + CHECK_SIZE * page)) {
            return false;
        }
        *place = blob->bytes + start;
    }
    return true;
}
