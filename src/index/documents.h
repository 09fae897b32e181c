#ifndef INDEX_DOCUMENTS_H
#define INDEX_DOCUMENTS_H

#include "base/buffer.h"
#include "base/compress.h"
#include "base/dense_code.h"
#include "index/postings.h"
#include "index/store.h"

/* Documents as stored, each in two parts: the head, all up to the end of the title, and the body,
 * the rest of the text; so hits are listed without a look at bodies. The parts are packed
 * (base/dense_code.h, in the symbols of the archive's model), many to a zstd frame, many frames to
 * a chunk; heads with heads, bodies with bodies, so that frames of the two begin at different
 * documents. A frame is the unit of compression and of copying in merges; the reader keeps the 16
 * of each part that were used last, so that neighbours, and what is asked for again, come for
 * nothing. */

enum document_part { DOCUMENT_HEAD, DOCUMENT_BODY, DOCUMENT_PARTS };

/* A frame is closed as soon as what is packed in it has so many bytes: a list of hits reads one of
 * heads for each, of bodies only one for a snippet. */
static inline size_t document_frame_size(enum document_part part)
{
    return part == DOCUMENT_HEAD ? (size_t)8 << 10 : (size_t)16 << 10;
}

enum store_database document_database(enum document_part part);

/* What is stored of a document: strings in place in its bytes. `id` comes first. */
struct stored_document {
    const char *id;
    size_t id_size;
    const char *source;
    size_t source_size;
    const char *url;
    size_t url_size;
    const char *date;
    size_t date_size;
    const char *extras;
    size_t extras_size;
    const char *text;
    size_t text_size;
    uint32_t title_start;
    uint32_t title_end;
};
enum status stored_document_write(const struct stored_document *document, struct buffer *out,
                                  struct error *error) MUST_CHECK;
/* A head alone is a document whose text ends with its title. */
enum status stored_document_read(const void *bytes, size_t size, struct stored_document *document,
                                 struct error *error) MUST_CHECK;

/* Packs documents into frames: each part has one open. One thread at a time. */
struct document_packer {
    const struct symbol_index *symbols;
    struct compressor *compressors[DOCUMENT_PARTS];
    struct open_frame {
        struct buffer packed; /* one behind another */
        struct buffer sizes;  /* uint32_t each */
    } frames[DOCUMENT_PARTS];
    struct buffer raw; /* a head; what a frame will hold: sizes, parts */
};
/* `symbols` (NULL: none) is borrowed; only documents that are added need it. */
enum status document_packer_init(struct document_packer *packer, const struct symbol_index *symbols,
                                 int level, struct error *error) MUST_CHECK;
void document_packer_release(struct document_packer *packer);
void document_packer_clear(struct document_packer *packer);
/* `words` are those of the text, in order; which they are changes the size alone. */
enum status document_packer_add(struct document_packer *packer,
                                const struct stored_document *document,
                                const struct dense_word *words, size_t word_count,
                                struct error *error) MUST_CHECK;
/* One part that was packed before. */
enum status document_packer_copy(struct document_packer *packer, enum document_part part,
                                 const void *packed, size_t size, struct error *error) MUST_CHECK;
/* Documents in the open frame of a part, and their bytes. */
uint32_t document_packer_count(const struct document_packer *packer, enum document_part part);
size_t document_packer_size(const struct document_packer *packer, enum document_part part);
/* Closes the frame (it must not be empty) and appends it to `out`. */
enum status document_packer_close(struct document_packer *packer, enum document_part part,
                                  struct buffer *out, struct error *error) MUST_CHECK;
size_t document_packer_memory(const struct document_packer *packer);

/* A frame that was decompressed. */
struct open_document_frame {
    doc_id first;
    uint32_t count; /* documents; 0: none is here */
    uint64_t used;  /* when, counted in frames asked for */
    struct buffer raw;
    struct buffer ends; /* uint32_t: where each document's part ends in `raw` */
    size_t raw_from;    /* where the first begins */
};

/* Of each part: the one that copying is at, then those used last. */
enum { DOCUMENT_FRAMES_KEPT = 16, DOCUMENT_FRAME_SLOTS = 1 + DOCUMENT_FRAMES_KEPT };

/* Reads documents of an open store. One thread at a time. */
struct document_reader {
    const struct store *store;
    const struct symbols *symbols;
    uint32_t document_count;
    struct decompressor decompressor;
    struct frame_reader {
        enum store_database database;
        struct blob chunk; /* looked at last; bytes NULL: none */
        doc_id chunk_first;
        uint32_t chunk_frames;
        uint32_t chunk_documents;
        struct open_document_frame frames[DOCUMENT_FRAME_SLOTS];
        uint64_t asked;
    } parts[DOCUMENT_PARTS];
};

/* `store` and `symbols` (NULL: none) are borrowed. */
void document_reader_init(struct document_reader *reader, const struct store *store,
                          uint32_t document_count, const struct symbols *symbols);
void document_reader_release(struct document_reader *reader);

/* Appends the bytes of one part to `out`: head and body are what stored_document_write() wrote. */
enum status document_reader_get(struct document_reader *reader, enum document_part part,
                                doc_id document, struct buffer *out,
                                struct error *error) MUST_CHECK;
/* The part packed, in place until that of another document is asked for. */
enum status document_reader_packed(struct document_reader *reader, enum document_part part,
                                   doc_id document, const unsigned char **packed, size_t *size,
                                   struct error *error) MUST_CHECK;

/* The frame that holds a document's part, compressed, in place. */
struct document_frame {
    const unsigned char *bytes;
    size_t size;
    doc_id first;
    uint32_t count;
};
enum status document_reader_frame(struct document_reader *reader, enum document_part part,
                                  doc_id document, struct document_frame *frame,
                                  struct error *error) MUST_CHECK;

#endif
