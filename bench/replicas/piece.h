#ifndef REPLICAS_PIECE_H
#define REPLICAS_PIECE_H

#include <stdint.h>
#include <string.h>

/* A few words in UTF-8 that are written often: copied whole, whatever their size, in two moves. */

enum { PIECE_BYTES_MAX = 31 };

struct piece {
    char bytes[PIECE_BYTES_MAX];
    uint8_t size;
};

/* Writes it at `to`, where 32 bytes must be free. Returns where it ends. */
static inline char *piece_write(char *to, const struct piece *piece)
{
    memcpy(to, piece, sizeof *piece);
    return to + piece->size;
}

#endif
