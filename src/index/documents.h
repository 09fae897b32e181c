#ifndef INDEX_DOCUMENTS_H
#define INDEX_DOCUMENTS_H

#include "base/buffer.h"
#include "base/compress.h"
#include "index/postings.h"
#include "index/store.h"

/* Documents as stored: packed (base/scsu.h), many to a zstd frame with the model's dictionary, many
 * frames to a chunk. A frame is the unit of compression and of copying in merges; the reader keeps
 * the one it decompressed last, so that neighbours come for nothing. */

/* A frame is closed as soon as its packed documents have so many bytes. */
#define DOCUMENT_FRAME_SIZE ((size_t)128 << 10)

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
enum status stored_document_read(const void *bytes, size_t size, struct stored_document *document,
                                 struct error *error) MUST_CHECK;

/* Packs documents, as stored_document_write() wrote them, into frames. One thread at a time. */
struct document_packer {
    struct compressor *compressor;
    struct buffer packed; /* documents of the open frame, one behind another */
    struct buffer sizes;  /* uint32_t each */
    struct buffer raw;    /* what the frame will hold: sizes, documents */
};
enum status document_packer_init(struct document_packer *packer, const void *dictionary,
                                 size_t dictionary_size, int level, struct error *error) MUST_CHECK;
void document_packer_release(struct document_packer *packer);
void document_packer_clear(struct document_packer *packer);
enum status document_packer_add(struct document_packer *packer, const void *document, size_t size,
                                struct error *error) MUST_CHECK;
/* One that was packed before. */
enum status document_packer_copy(struct document_packer *packer, const void *packed, size_t size,
                                 struct error *error) MUST_CHECK;
/* Documents in the open frame, and their bytes. */
uint32_t document_packer_count(const struct document_packer *packer);
size_t document_packer_size(const struct document_packer *packer);
/* Closes the frame (it must not be empty) and appends it to `out`. */
enum status document_packer_close(struct document_packer *packer, struct buffer *out,
                                  struct error *error) MUST_CHECK;
size_t document_packer_memory(const struct document_packer *packer);

/* Reads documents of an open store. One thread at a time. */
struct document_reader {
    const struct store *store;
    uint32_t document_count;
    struct decompressor *decompressor;
    struct blob chunk; /* looked at last; bytes NULL: none */
    doc_id chunk_first;
    uint32_t chunk_frames;
    uint32_t chunk_documents;
    doc_id frame_first; /* the frame decompressed last */
    uint32_t frame_documents;
    struct buffer raw;
    struct buffer ends; /* uint32_t: where each document ends in `raw` */
    size_t raw_from;    /* where the first begins */
};

/* `store` and `dictionary` are borrowed. */
enum status document_reader_init(struct document_reader *reader, const struct store *store,
                                 uint32_t document_count, const void *dictionary,
                                 size_t dictionary_size, struct error *error) MUST_CHECK;
void document_reader_release(struct document_reader *reader);

/* Replaces the content of `out` by the document's bytes, as they were written. */
enum status document_reader_get(struct document_reader *reader, doc_id document, struct buffer *out,
                                struct error *error) MUST_CHECK;
/* The document packed, in place until another one is asked for. */
enum status document_reader_packed(struct document_reader *reader, doc_id document,
                                   const unsigned char **packed, size_t *size,
                                   struct error *error) MUST_CHECK;

/* The frame that holds a document, compressed, in place. */
struct document_frame {
    const unsigned char *bytes;
    size_t size;
    doc_id first;
    uint32_t count;
};
enum status document_reader_frame(struct document_reader *reader, doc_id document,
                                  struct document_frame *frame, struct error *error) MUST_CHECK;

#endif
