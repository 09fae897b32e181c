#include "law.h"

#include <assert.h>

/* How often the words of ranks 2^k to 2^(k+1)-1 are drawn, k from LAW_HEAD_BITS on, on the scale of
 * the head's shares. Fitted by hand until what the generator writes (where names, phrases and
 * repetitions come in as well) has the curve of news-dev; compare.sh says how near it is. */
static const uint32_t octave_shares[] = {60000, 71000, 80000,  89000, 93000, 97000,
                                         98000, 94000, 100000, 56000, 23500};
/* What an octave has of the one before, beyond the table, in hundredths. */
enum { TAIL_PERCENT = 67 };

enum { TABLED = sizeof octave_shares / sizeof *octave_shares, CELLS_AN_OCTAVE = 32, FINER = 256 };
static_assert(LAW_HEAD + (LAW_OCTAVES - LAW_HEAD_BITS) * CELLS_AN_OCTAVE <= LAW_CELLS,
              "all cells have room");

/* Cells of one octave: the share falls within it as 1/rank, bent towards the next octave's. */
static uint32_t add_octave(struct law *law, uint64_t *weights, uint32_t count, uint32_t octave,
                           uint64_t share, uint64_t next)
{
    uint32_t width = (UINT32_C(1) << octave) / CELLS_AN_OCTAVE;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < CELLS_AN_OCTAVE; i++) {
        uint64_t bent = share * (CELLS_AN_OCTAVE - i) + next * i;
        weights[count + i] = bent * FINER / (CELLS_AN_OCTAVE + i);
        sum += weights[count + i];
        law->cells[count + i] = (struct law_cell){(UINT32_C(1) << octave) + i * width, width};
    }
    for (uint32_t i = 0; i < CELLS_AN_OCTAVE; i++) {
        weights[count + i] = weights[count + i] * share * FINER / sum;
    }
    return count + CELLS_AN_OCTAVE;
}

/* Vose's: cells with too little give the rest of their slot to one with too much. Two stacks share
 * an array. A full slot is `sum`. */
static void make_slots(struct law *law, uint64_t *weights, uint64_t sum)
{
    uint32_t stacks[LAW_CELLS];
    uint32_t small = 0;         /* those with too little are below this */
    uint32_t large = LAW_CELLS; /* those with enough from here on */
    assert(sum < UINT32_MAX);
    for (uint32_t i = 0; i < LAW_CELLS; i++) {
        weights[i] *= LAW_CELLS;
        stacks[weights[i] < sum ? small++ : --large] = i;
        law->slots[i] = (struct law_slot){UINT32_MAX, i};
    }
    while (small > 0 && large < LAW_CELLS) {
        uint32_t less = stacks[--small];
        uint32_t more = stacks[large];
        law->slots[less] = (struct law_slot){(uint32_t)((weights[less] << 32) / sum), more};
        weights[more] -= sum - weights[less];
        if (weights[more] < sum) {
            large++;
            stacks[small++] = more;
        }
    }
}

void law_init(struct law *law, const uint32_t *head)
{
    uint64_t weights[LAW_CELLS] = {0};
    uint32_t count = 0;
    for (; count < LAW_HEAD; count++) {
        weights[count] = (uint64_t)head[count] * FINER;
        law->cells[count] = (struct law_cell){count, 1};
    }
    uint64_t share = octave_shares[0];
    for (uint32_t octave = LAW_HEAD_BITS; octave < LAW_OCTAVES; octave++) {
        uint32_t above = octave - LAW_HEAD_BITS + 1;
        uint64_t next = above < TABLED ? octave_shares[above] : share * TAIL_PERCENT / 100;
        count = add_octave(law, weights, count, octave, share, next);
        share = next;
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < LAW_CELLS; i++) {
        sum += weights[i];
        if (i >= count) {
            law->cells[i] = (struct law_cell){0, 1};
        }
    }
    make_slots(law, weights, sum);
}
