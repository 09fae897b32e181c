#ifndef ENGINE_SPOOL_H
#define ENGINE_SPOOL_H

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"

/* Standard input as a file: a run reads its inputs twice and in shards, so "-" is copied to an
 * unnamed file in the archive's own folder (where there must be room anyway) and read from there.
 */

#define SPOOL_PATH_SIZE 32

struct spool {
    int descriptor;             /* -1: none */
    char path[SPOOL_PATH_SIZE]; /* opens the file as long as the spool is open */
    struct digest digest;       /* of its content */
};

/* `folder`: where to put the file, which has no name as soon as it is open. */
enum status spool_open(struct spool *spool, const char *folder, struct error *error) MUST_CHECK;
void spool_close(struct spool *spool);

#endif
