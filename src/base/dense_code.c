#include "base/dense_code.h"

#include <assert.h>
#include <string.h>

#include "base/bytes.h"
#include "base/short_text.h"

enum {
    CODES_ONE = DENSE_TWO - DENSE_ONE,
    CODES_TWO = (DENSE_THREE - DENSE_TWO) << 8,
    SIZE_SHIFT = 24,
    SPELLED_AT_ONCE = 63, /* so many bytes have at most 127 as SCSU: their size takes one byte */
};

static_assert(DENSE_CODES <= (size_t)1 << SIZE_SHIFT, "ranks fit into three bytes");

uint32_t dense_code(uint32_t rank)
{
    assert(rank < DENSE_CODES);
    if (rank < CODES_ONE) {
        return (DENSE_ONE + rank) | 1u << SIZE_SHIFT;
    }
    rank -= CODES_ONE;
    if (rank < CODES_TWO) {
        return (DENSE_TWO + (rank >> 8)) | (rank & 0xFF) << 8 | 2u << SIZE_SHIFT;
    }
    rank -= CODES_TWO;
    return (DENSE_THREE + (rank >> 16)) | (rank >> 8 & 0xFF) << 8 | (rank & 0xFF) << 16 |
           3u << SIZE_SHIFT;
}

/* ---- Encoding ---- */

/* Room for so many bytes of text in so many pieces, each spelled out. */
static enum status reserve(struct buffer *out, size_t size, size_t pieces, struct error *error)
{
    enum { PIECE = 1 + VARINT_SIZE_MAX };
    return size > SIZE_MAX / 4 || pieces > SIZE_MAX / 4 / PIECE
               ? error_set(error, STATUS_LIMIT, "a text of %zu bytes is too long", size)
               : buffer_reserve(out, 2 * size + pieces * PIECE, error);
}

/* The size stands before what it is the size of, so a long piece moves when it is known. */
static enum status spell_any(unsigned char lead, const void *bytes, size_t size, struct buffer *out,
                             struct error *error)
{
    size_t room = size <= SPELLED_AT_ONCE ? 1 : VARINT_SIZE_MAX;
    out->bytes[out->size++] = lead;
    size_t at = out->size;
    out->size += room;
    enum status status = scsu_encode(bytes, size, out, error);
    if (status != STATUS_OK) {
        return status;
    }
    size_t spelled = out->size - at - room;
    size_t varint = store_varint(out->bytes + at, spelled);
    if (varint != room) {
        memmove(out->bytes + at + varint, out->bytes + at + room, spelled);
        out->size = at + varint + spelled;
    }
    return STATUS_OK;
}

/* Of a text. */
struct piece {
    uint32_t code; /* DENSE_SPELLED: none */
    unsigned char lead;
    const char *bytes;
    size_t size;
    size_t readable; /* from `bytes` on */
};

/* A few Arabic letters, which most pieces are, are in SCSU what short_text_pack() makes of them. */
static enum status spell(const struct piece *piece, struct buffer *out, struct error *error)
{
    struct short_text letters = {0, 0};
    if (piece->readable >= SHORT_TEXT_READ_SIZE && (unsigned char)piece->bytes[0] >= 0x80) {
        letters = short_text_pack((const unsigned char *)piece->bytes, piece->size);
    }
    if (letters.head == 0) {
        return spell_any(piece->lead, piece->bytes, piece->size, out, error);
    }
    unsigned char *to = out->bytes + out->size;
    to[0] = piece->lead;
    to[1] = (unsigned char)(piece->size / 2);
    store_u64(to + 2, letters.head);
    store_u32(to + 10, letters.tail);
    out->size += 2 + piece->size / 2;
    return STATUS_OK;
}

static ALWAYS_INLINE unsigned char *put_code(unsigned char *to, uint32_t code)
{
    store_u32(to, code);
    return to + (code >> SIZE_SHIFT);
}

/* `*to` is where the codes end, which move. */
static ALWAYS_INLINE enum status put_piece(const struct piece *piece, struct buffer *out,
                                           unsigned char **to, struct error *error)
{
    if (LIKELY(piece->code != DENSE_SPELLED)) {
        *to = put_code(*to, piece->code);
        return STATUS_OK;
    }
    out->size = (size_t)(*to - out->bytes);
    enum status status = spell(piece, out, error);
    *to = out->bytes + out->size;
    return status;
}

/* What stands between words: [from, to) of a text of `size` bytes. */
static ALWAYS_INLINE struct piece gap_piece(const struct symbol_index *index, const char *text,
                                            size_t from, size_t to, size_t size)
{
    uint32_t rank = 0;
    bool known =
        index != NULL && symbol_index_find(index, text + from, to - from, SYMBOL_GAP, &rank);
    return (struct piece){.code = known ? dense_code(rank) : DENSE_SPELLED,
                          .lead = DENSE_GAP,
                          .bytes = text + from,
                          .size = to - from,
                          .readable = size - from};
}

enum status dense_encode(const struct symbol_index *index, const void *text, size_t size,
                         const struct dense_words *words, struct buffer *out, struct error *error)
{
    const char *bytes = text;
    size_t at = 0;
    enum status status = reserve(out, size, 2 * words->count + 2, error);
    if (status != STATUS_OK) {
        return status;
    }
    unsigned char *to = out->bytes + out->size;
    for (size_t i = 0; status == STATUS_OK && i < words->count; i++) {
        size_t start = (size_t)(words->words[i].start + words->shift);
        size_t end = (size_t)(words->words[i].end + words->shift);
        assert(start >= at && end >= start && end <= size);
        bool spaced = i > 0 && start - at == 1 && bytes[at] == ' ';
        if (!spaced && (i > 0 || start > 0)) {
            struct piece gap = gap_piece(index, bytes, at, start, size);
            status = put_piece(&gap, out, &to, error);
        }
        struct piece word = {.code = words->words[i].code,
                             .lead = DENSE_WORD,
                             .bytes = bytes + start,
                             .size = end - start,
                             .readable = size - start};
        if (status == STATUS_OK) {
            status = put_piece(&word, out, &to, error);
        }
        at = end;
    }
    if (status == STATUS_OK && at < size) {
        struct piece gap = gap_piece(index, bytes, at, size, size);
        status = put_piece(&gap, out, &to, error);
    }
    out->size = (size_t)(to - out->bytes);
    return status;
}

/* ---- Decoding ---- */

static enum status damaged(struct error *error)
{
    return error_set(error, STATUS_FORMAT, "compressed text is damaged");
}

/* The rank of the code at the front; what it takes is passed. */
static uint32_t take_rank(struct byte_reader *reader, unsigned lead)
{
    if (lead < DENSE_TWO) {
        return lead - DENSE_ONE;
    }
    if (lead < DENSE_THREE) {
        return CODES_ONE + ((lead - DENSE_TWO) << 8) + byte_reader_byte(reader);
    }
    uint32_t high = byte_reader_byte(reader);
    return CODES_ONE + CODES_TWO + ((lead - DENSE_THREE) << 16) + (high << 8) +
           byte_reader_byte(reader);
}

/* `*spaced`: a space stands before the piece if it is a word, and becomes whether one stands
 * behind. */
static enum status put_space(struct buffer *out, enum symbol_kind kind, bool *spaced,
                             struct error *error)
{
    enum status status =
        *spaced && kind == SYMBOL_WORD ? buffer_append_byte(out, ' ', error) : STATUS_OK;
    *spaced = kind == SYMBOL_WORD;
    return status;
}

static enum status take_spelled(struct byte_reader *reader, enum symbol_kind kind, bool *spaced,
                                struct buffer *out, struct error *error)
{
    size_t size = 0;
    const void *spelled = byte_reader_string(reader, &size);
    enum status status = reader->failed ? damaged(error) : put_space(out, kind, spaced, error);
    return status == STATUS_OK ? scsu_decode(spelled, size, out, error) : status;
}

static enum status take_symbol(const struct symbols *symbols, struct byte_reader *reader,
                               unsigned lead, bool *spaced, struct buffer *out, struct error *error)
{
    uint32_t rank = take_rank(reader, lead);
    struct symbol symbol;
    if (reader->failed || !symbols_get(symbols, rank, &symbol)) {
        return damaged(error);
    }
    enum status status = put_space(out, symbol.kind, spaced, error);
    return status == STATUS_OK ? buffer_append(out, symbol.bytes, symbol.size, error) : status;
}

enum status dense_decode(const struct symbols *symbols, const void *bytes, size_t size,
                         struct buffer *out, struct error *error)
{
    static const struct symbols none = {.count = 0};
    struct byte_reader reader = byte_reader_over(bytes, size);
    enum status status = STATUS_OK;
    bool spaced = false;
    while (status == STATUS_OK && byte_reader_left(&reader) > 0) {
        unsigned lead = byte_reader_byte(&reader);
        status = lead < DENSE_ONE
                     ? take_spelled(&reader, lead == DENSE_WORD ? SYMBOL_WORD : SYMBOL_GAP, &spaced,
                                    out, error)
                     : take_symbol(symbols == NULL ? &none : symbols, &reader, lead, &spaced, out,
                                   error);
    }
    return status;
}
