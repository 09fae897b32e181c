#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the above first */
#include <cmocka.h>

#include "index/entries.h"
#include "random.h"

enum { PLACES_MAX = 3000, FORM_COUNT = 40 };

/* A list as it is packed, and what it stands for. */
struct list {
    struct occurrence_place places[PLACES_MAX];
    unsigned char entries[ENTRY_SIZE * PLACES_MAX];
    unsigned char wide[ENTRY_WIDE_SIZE * PLACES_MAX];
    size_t count;
    size_t wide_count;
    unsigned position_bits;
};

static void pack(struct list *list)
{
    unsigned bits = list->position_bits;
    list->wide_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct occurrence_place place = list->places[i];
        uint32_t entry = ENTRY_WIDE | (uint32_t)list->wide_count;
        if (place.form_number < 1 << ENTRY_FORM_BITS &&
            (uint64_t)place.position < (uint64_t)1 << bits &&
            (uint64_t)place.document < (uint64_t)1 << (ENTRY_REST - bits)) {
            entry =
                (place.document << ENTRY_FORM_BITS | place.form_number) << bits | place.position;
        } else {
            unsigned char *wide = list->wide + ENTRY_WIDE_SIZE * list->wide_count++;
            store_u32(wide, place.document);
            store_u32(wide + 4, place.form_number);
            store_u32(wide + 8, place.position);
        }
        store_u32(list->entries + ENTRY_SIZE * i, entry);
    }
}

static struct entry_list entries_of(const struct list *list)
{
    return (struct entry_list){.entries = list->entries,
                               .count = list->count,
                               .wide = list->wide,
                               .wide_count = list->wide_count,
                               .position_bits = list->position_bits};
}

/* Some documents have one occurrence, some many, some more than a block has room for at first. */
static void fill(struct list *list, uint64_t *random)
{
    doc_id document = random_below(random, 3);
    list->position_bits = 4 + random_below(random, 16);
    list->count = 0;
    while (list->count < PLACES_MAX) {
        uint32_t frequency = random_below(random, 50) == 0 ? 700 : 1 + random_sized(random, 2);
        uint32_t position = random_sized(random, 9);
        for (; frequency > 0 && list->count < PLACES_MAX; frequency--) {
            list->places[list->count++] =
                (struct occurrence_place){document, random_below(random, FORM_COUNT), position};
            position += random_sized(random, 3); /* several at one place, too */
        }
        document += 1 + random_sized(random, 6);
    }
    list->count = random_below(random, PLACES_MAX + 1);
    pack(list);
}

/* Checks the block's documents from number `first`, occurrence `start` on against places[*at ...].
 */
static void check_block(const struct list *list, const struct postings_block *block, uint32_t first,
                        uint32_t start, size_t *at)
{
    for (uint32_t i = first; i < block->size; i++) {
        uint32_t before = 0;
        assert_true(block->frequencies[i] > 0);
        for (uint32_t k = 0; k < block->frequencies[i]; k++, start++, (*at)++) {
            assert_int_equal(block->documents[i], list->places[*at].document);
            assert_int_equal(block->forms[start], list->places[*at].form_number);
            before += block->gaps[start];
            assert_int_equal(before, list->places[*at].position);
        }
        assert_true(*at == list->count || list->places[*at].document != block->documents[i]);
    }
    assert_int_equal(start, block->occurrence_count);
}

static void entries_come_back_in_blocks(void **state)
{
    (void)state;
    static struct list list;
    uint64_t random = 1;
    struct postings_block block;
    postings_block_init(&block);
    for (int round = 0; round < 300; round++) {
        fill(&list, &random);
        const struct entry_list entries = entries_of(&list);
        struct entries_read read = {0};
        size_t at = 0;
        uint32_t documents = 0;
        block.size = block.occurrence_count = 0;
        for (bool more = true; more;) {
            if (block.size > POSTINGS_BLOCK) { /* as an encoder that has taken all of it */
                block.size = block.occurrence_count = 0;
            }
            uint32_t first = block.size;
            uint32_t start = block.occurrence_count;
            bool sound = false;
            assert_int_equal(entries_append(&entries, FORM_COUNT, &read, &block, &sound, NULL),
                             STATUS_OK);
            assert_true(sound);
            more = block.size > first;
            documents += block.size - first;
            assert_true(block.size - first <= POSTINGS_BLOCK);
            assert_true(block.size - first == POSTINGS_BLOCK || read.at == list.count);
            check_block(&list, &block, first, start, &at);
        }
        assert_int_equal(at, list.count);
        assert_int_equal(read.at, list.count);
        assert_int_equal(read.documents, documents);
        bool wide = false;
        assert_int_equal(entries_documents(&entries, &wide), documents);
        bool has = false;
        for (size_t i = 0; i < list.count; i++) {
            has |= (load_u32(list.entries + ENTRY_SIZE * i) & ENTRY_WIDE) != 0;
        }
        assert_int_equal(wide, has);
    }
    postings_block_release(&block);
}

static bool is_sound(const struct list *list, size_t wide_count)
{
    struct entry_list entries = entries_of(list);
    entries.wide_count = wide_count;
    struct entries_read read = {0};
    struct postings_block block;
    postings_block_init(&block);
    bool sound = true;
    while (sound && read.at < entries.count) {
        block.size = block.occurrence_count = 0;
        assert_int_equal(entries_append(&entries, FORM_COUNT, &read, &block, &sound, NULL),
                         STATUS_OK);
    }
    postings_block_release(&block);
    return sound;
}

/* 300 documents, the one to be spoiled in each of the three blocks. */
static void damage_is_seen(void **state)
{
    (void)state;
    static struct list list;
    static const size_t at[] = {1, 127, 128, 129, 255, 256, 299};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        list = (struct list){.count = 300, .position_bits = 14};
        for (uint32_t k = 0; k < list.count; k++) {
            list.places[k] = (struct occurrence_place){k, 0, 5};
        }
        struct occurrence_place *place = &list.places[at[i]];
        const struct occurrence_place good = *place;
        pack(&list);
        assert_true(is_sound(&list, 0));
        place->document -= 2; /* not ascending; of number 1 the last of all */
        pack(&list);
        assert_false(is_sound(&list, list.wide_count));
        *place = good;
        place->document = DOC_ID_END;
        pack(&list);
        assert_false(is_sound(&list, 1));
        *place = good;
        place->form_number = FORM_COUNT;
        pack(&list);
        assert_false(is_sound(&list, 1));
        place->form_number = FORM_COUNT - 1;
        pack(&list);
        assert_int_equal(list.wide_count, 1);
        assert_true(is_sound(&list, 1));
        assert_false(is_sound(&list, 0)); /* it is not there */
        *place = good;
        place->document = place[-1].document; /* the same one, where a position falls */
        place->position = 4;
        pack(&list);
        assert_false(is_sound(&list, 0));
        place->position = 5;
        pack(&list);
        assert_true(is_sound(&list, 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_back_in_blocks),
        cmocka_unit_test(damage_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
