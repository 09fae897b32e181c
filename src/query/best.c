#include "query/best.h"

static bool worse(const struct query_hit *a, const struct query_hit *b)
{
    if (a->score < b->score || a->score > b->score) {
        return a->score < b->score;
    }
    return a->segment > b->segment || (a->segment == b->segment && a->document > b->document);
}

static void sink(struct query_hit *hits, size_t count, size_t at)
{
    struct query_hit moved = hits[at];
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && worse(&hits[child + 1], &hits[child])) {
            child++;
        }
        if (!worse(&hits[child], &moved)) {
            break;
        }
        hits[at] = hits[child];
        at = child;
    }
    hits[at] = moved;
}

static void rise(struct query_hit *hits, size_t at)
{
    struct query_hit moved = hits[at];
    while (at > 0 && worse(&moved, &hits[(at - 1) / 2])) {
        hits[at] = hits[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    hits[at] = moved;
}

bool best_keep(struct best *best, const struct query_hit *hit)
{
    if (best->max == 0 || (best_full(best) && !worse(&best->hits[0], hit))) {
        return false;
    }
    if (best_full(best)) {
        best->hits[0] = *hit;
        sink(best->hits, best->max, 0);
    } else {
        best->hits[best->count++] = *hit;
        rise(best->hits, best->count - 1);
    }
    return true;
}

/* Heap sort: the worst goes to the end each time. */
void best_sort(struct best *best)
{
    size_t count = best->count;
    while (count > 1) {
        struct query_hit last = best->hits[--count];
        best->hits[count] = best->hits[0];
        best->hits[0] = last;
        sink(best->hits, count, 0);
    }
}
