/* A posting list of any bytes: an input is six bytes of counts, then the list. */
#include "base/bytes.h"
#include "base/hash.h"
#include "fuzz_store.h"
#include "index/postings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 6 };

static enum status look(struct postings_reader *reader, unsigned what)
{
    const uint32_t *positions = NULL;
    const uint32_t *forms = NULL;
    uint32_t count = 0;
    if (reader->document == DOC_ID_END || what % 4 == 0) {
        return STATUS_OK;
    }
    if (what % 4 == 1) {
        return postings_reader_frequency(reader, &count, NULL);
    }
    enum status status =
        postings_reader_positions(reader, &positions, what % 4 == 2 ? NULL : &forms, &count, NULL);
    for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
        volatile uint32_t touched = positions[i];
        (void)touched;
        require(forms == NULL || forms[i] < reader->form_count);
    }
    return status;
}

/* `steps` says how to move: zero bits next, else advance so far. */
static void walk(const struct store *store, const struct blob *chunk,
                 const struct postings_location *location, unsigned steps)
{
    struct postings_reader reader;
    enum status status = postings_reader_over(&reader, store, chunk, location, NULL);
    bool any = false;
    for (unsigned step = 0; status == STATUS_OK; step++) {
        doc_id before = any ? reader.document : 0;
        unsigned far = steps >> step % 8 & 3;
        if (far == 0 || !any) {
            status = postings_reader_next(&reader, NULL);
        } else {
            struct postings_bound bound;
            doc_id distance = far << (3 * far);
            doc_id target = distance < DOC_ID_END - before ? before + distance : DOC_ID_END;
            postings_reader_bound(&reader, target, &bound);
            status = postings_reader_advance(&reader, target, NULL);
        }
        if (status != STATUS_OK || reader.document == DOC_ID_END) {
            break;
        }
        require(!any || reader.document >= before);
        any = true;
        status = look(&reader, steps + step);
    }
    require(status == STATUS_OK || status == STATUS_FORMAT);
    postings_reader_close(&reader);
}

/* Block by block; for a merge the list may be plain. */
static void read_blocks(const struct store *store, const struct blob *chunk,
                        const struct postings_location *location, bool merge)
{
    struct postings_reader reader;
    struct postings_block block;
    postings_block_init(&block);
    enum status status = merge ? postings_reader_to_merge(&reader, store, chunk, location, NULL)
                               : postings_reader_over(&reader, store, chunk, location, NULL);
    if (status == STATUS_OK) {
        status = postings_reader_block(&reader, &block, NULL);
    }
    while (status == STATUS_OK && block.size > 0) {
        uint32_t count = 0;
        for (uint32_t i = 0; i < block.size; i++) {
            require(i == 0 || block.documents[i] > block.documents[i - 1]);
            count += block.frequencies[i];
        }
        require(count == block.occurrence_count && count <= block.capacity);
        for (uint32_t i = 0; location->form_count > 1 && i < count; i++) {
            require(block.forms[i] < location->form_count);
        }
        status = postings_reader_block(&reader, &block, NULL);
    }
    require(status == STATUS_OK || status == STATUS_FORMAT);
    postings_reader_close(&reader);
    postings_block_release(&block);
}

static struct store *store; /* empty; it gives a name to errors */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (store == NULL) {
        store = fuzz_store(STORE_TERMS, NULL, 0);
    }
    if (size < HEAD || size - HEAD > STORE_CHECK_PAGE) {
        return 0;
    }
    struct postings_location location = {.offset = 0,
                                         .size = size - HEAD,
                                         .document_count = load_u16(data),
                                         .occurrence_count =
                                             (uint64_t)load_u16(data) + load_u16(data + 4),
                                         .form_count = data[2]};
    unsigned char *bytes = malloc(size == HEAD ? 1 : size - HEAD); /* as large as the list */
    unsigned char check[4];
    require(bytes != NULL);
    memcpy(bytes, data + HEAD, size - HEAD);
    store_u32(check, (uint32_t)hash64(bytes, size - HEAD));
    struct blob chunk = {.bytes = bytes, .size = size - HEAD, .checks = check};
    walk(store, &chunk, &location, 0);
    walk(store, &chunk, &location, data[3]);
    read_blocks(store, &chunk, &location, false);
    read_blocks(store, &chunk, &location, true);
    free(bytes);
    return 0;
}
