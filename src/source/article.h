#ifndef SOURCE_ARTICLE_H
#define SOURCE_ARTICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What every input is turned into. Strings are borrowed from the reader and valid until its next
 * call. All text is valid UTF-8 (the reader repairs it and says so in the ledger). */
struct article {
    const char *id; /* never empty */
    size_t id_size;
    const char *source;
    size_t source_size;
    const char *url;
    size_t url_size;
    const char *date; /* as written in the input */
    size_t date_size;
    const char *extras; /* a JSON object of the members that are none of ours, or empty */
    size_t extras_size;
    /* The searchable text. A .txt file: its bytes as read. JSON: title, "\n\n", body. */
    const char *text;
    size_t text_size;
    uint32_t title_start; /* byte range of the title in `text` */
    uint32_t title_end;   /* everything from here on is the body */
    uint32_t day;         /* the date as yyyymmdd (mm, dd 0 when unknown); 0: no date */
    uint32_t input;       /* number of the input file in the plan */
    uint64_t offset;      /* byte offset of the article in that file */
    uint64_t bytes;       /* bytes of that file it took */
};

/* Why the ledger mentions something. The text of each is part of the machine output: stable. */
#define LEDGER_REASON_MAP(X)                                                                       \
    X(EMPTY, "empty", "nothing to index in it")                                                    \
    X(UNREADABLE, "unreadable", "cannot be opened or read")                                        \
    X(NOT_A_FILE, "not-a-file", "neither a regular file nor a folder")                             \
    X(DANGLING_LINK, "dangling-link", "symbolic link to nothing")                                  \
    X(LINK_LOOP, "link-loop", "symbolic link that leads back to a folder above it")                \
    X(VANISHED, "vanished", "gone or changed while it was read")                                   \
    X(TOO_LARGE, "too-large", "article is larger than the limit")                                  \
    X(BINARY, "binary", "not text")                                                                \
    X(NUL_BYTES, "nul-bytes", "NUL bytes were replaced by spaces")                                 \
    X(INVALID_UTF8, "invalid-utf8", "bytes that are not UTF-8 were replaced by U+FFFD")            \
    X(WINDOWS_1256, "windows-1256", "decoded from windows-1256")                                   \
    X(UTF16, "utf-16", "decoded from UTF-16")                                                      \
    X(BAD_JSON, "bad-json", "line is not a JSON object")                                           \
    X(NO_BODY, "no-body", "record has no body")                                                    \
    X(BAD_MEMBER, "bad-member", "a member has the wrong type and was ignored")                     \
    X(BAD_DATE, "bad-date", "date is not understood and was left out")                             \
    X(NO_ID, "no-id", "record has no id; one was made from its content")                           \
    X(DUPLICATE_ID, "duplicate-id", "an article with this id comes later in the same run")         \
    X(SUPERSEDED, "superseded", "replaced by an article with the same id and other content")

enum ledger_reason {
#define X(name, text, explanation) LEDGER_##name,
    LEDGER_REASON_MAP(X)
#undef X
        LEDGER_REASONS /* how many there are */
};

enum ledger_act { LEDGER_REJECTED, LEDGER_REPAIRED };

struct ledger_entry {
    enum ledger_act act;
    enum ledger_reason reason;
    uint32_t input;     /* number of the input file in the plan */
    uint64_t offset;    /* byte offset in that file */
    uint64_t bytes;     /* bytes concerned */
    const char *detail; /* more about it, for people; borrowed, may be NULL */
};

const char *ledger_reason_text(enum ledger_reason reason);
const char *ledger_reason_explanation(enum ledger_reason reason);
const char *ledger_act_text(enum ledger_act act); /* "rejected", "repaired" */

#endif
