/* fihris through its library: fihris search ARCHIVE QUERIES */
#include <string.h>

#include "fihris.h"
#include "harness.h"

enum { EXPRESSION_SIZE = 1024, IDS_SIZE = 4096, HITS = 10 };

struct asking {
    struct fihris *archive;
    char ids[IDS_SIZE];
    size_t ids_size;
    size_t hits;
};

static bool take_hit(void *context, const struct fihris_hit *hit)
{
    struct asking *asking = context;
    if (asking->ids_size + hit->id_size <= sizeof asking->ids) {
        memcpy(asking->ids + asking->ids_size, hit->id, hit->id_size);
        asking->ids_size += hit->id_size;
    }
    asking->hits++;
    return true;
}

static size_t run(void *context, const struct bench_query *query)
{
    const struct fihris_search_options options = {.limit = HITS};
    struct asking *asking = context;
    struct fihris_results results;
    struct fihris_error error;
    char text[EXPRESSION_SIZE];
    const char *star = query->kind == QUERY_PREFIX ? "*" : "";
    const char *quote = query->kind == QUERY_PHRASE ? "\"" : "";
    int size = snprintf(text, sizeof text, "%s%s%s%s", quote, query->words, quote, star);
    asking->hits = 0;
    asking->ids_size = 0;
    enum fihris_status status = fihris_search(asking->archive, text, (size_t)size, &options,
                                              take_hit, asking, &results, &error);
    if (status == FIHRIS_LIMIT) { /* a prefix of too many words */
        return QUERY_REFUSED;
    }
    bench_must(status == FIHRIS_OK, "fihris", error.message);
    return asking->hits;
}

int main(int argc, char **argv)
{
    struct fihris_error error;
    struct asking asking = {.archive = NULL};
    bench_must(argc == 4 && strcmp(argv[1], "search") == 0, "usage",
               "fihris search ARCHIVE QUERIES");
    bench_must(fihris_open(argv[2], 0, &asking.archive, &error) == FIHRIS_OK, "fihris",
               error.message);
    queries_time(argv[3], run, &asking);
    fihris_close(asking.archive);
    return 0;
}
