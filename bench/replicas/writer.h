#ifndef REPLICAS_WRITER_H
#define REPLICAS_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "article.h"

/* Where the articles go: JSON Lines to a stream, or a folder with one .txt an article,
 * SOURCE/NUMBER.txt, in the form of the seeds (title, empty line, body). Both have the same ids,
 * sources, titles and bodies; a text file has no date of its own and no URL. One thread at a time.
 */

struct writer {
    FILE *lines; /* or NULL */
    const char *folder;
    char *buffer;
    size_t size;
};

/* `folder` is made when it is not there, if it is not NULL; else to `lines`. False with a message
 * on standard error when something fails; so below. */
bool writer_open(struct writer *writer, FILE *lines, const char *folder);
bool writer_write(struct writer *writer, const struct article *article);
/* Writes what is left. */
bool writer_close(struct writer *writer);

#endif
