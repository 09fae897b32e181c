#include "source/article.h"

#include <assert.h>

static const struct reason_text {
    const char *text;
    const char *explanation;
} reasons[] = {
#define X(name, text, explanation) [LEDGER_##name] = {text, explanation},
    LEDGER_REASON_MAP(X)
#undef X
};

const char *ledger_reason_text(enum ledger_reason reason)
{
    assert((size_t)reason < sizeof reasons / sizeof reasons[0]);
    return reasons[reason].text;
}

const char *ledger_reason_explanation(enum ledger_reason reason)
{
    assert((size_t)reason < sizeof reasons / sizeof reasons[0]);
    return reasons[reason].explanation;
}

const char *ledger_act_text(enum ledger_act act)
{
    return act == LEDGER_REJECTED ? "rejected" : "repaired";
}
