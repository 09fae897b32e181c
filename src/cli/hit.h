#ifndef CLI_HIT_H
#define CLI_HIT_H

#include "cli/output.h"
#include "fihris.h"

/* One hit of a search, in each form it is printed in. */

void hit_print(struct output *output, const struct fihris_hit *hit, uint64_t number);
void hit_print_json(struct output *output, const struct fihris_hit *hit);
void hit_print_tsv(struct output *output, const struct fihris_hit *hit);
void hit_print_id(struct output *output, const struct fihris_hit *hit);

#endif
