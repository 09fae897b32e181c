#ifndef ENGINE_EXPLAIN_H
#define ENGINE_EXPLAIN_H

#include "base/buffer.h"
#include "base/compiler.h"
#include "base/error.h"
#include "engine/handle.h"
#include "engine/tokens.h"
#include "query/plan.h"

/* Why a document was found: for each word of the query, how often it stands in the document as
 * printed, folded and as another form of its class, and what that adds to the score. The text is
 * read again with the archive's analyser and its words placed by the one rule of tokens.h, so the
 * frequencies are those that were scored (a test holds it). About 1 ms for 100 KB of text. */

struct explainer {
    const struct analyser *analyser;
    const struct plan *plan;
    struct token_list tokens;
    struct buffer words; /* of the text: private */
};

void explainer_init(struct explainer *explainer, const struct analyser *analyser,
                    const struct plan *plan);
void explainer_release(struct explainer *explainer);

/* Appends one struct fihris_match for each word of the query that is not excluded. Strings live as
 * long as the plan's query. */
enum status explainer_matches(struct explainer *explainer, const struct stored_document *document,
                              uint64_t length, struct buffer *matches,
                              struct error *error) MUST_CHECK;

#endif
