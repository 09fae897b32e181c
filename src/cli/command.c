#include "cli/command.h"

#include <stdlib.h>
#include <string.h>

#define FIELD(name) offsetof(struct options, name)

enum { MANY = 1000000 };

/* In the order of enum fihris_order. */
static const char *const order_words[] = {"relevance", "date", "-date", "id", NULL};
static const char *const type_words[] = {"any", "person", "organisation", "place", "date", NULL};
static const char *const analyzer_words[] = {"default", "light10", "fold", NULL};

static const struct option_row index_rows[] = {
    {"threads", 't', OPTION_NUMBER, "N", FIELD(threads), "threads to run (all processors)", NULL},
    {"memory", 'm', OPTION_SIZE, "SIZE", FIELD(memory),
     "most memory to use (an eighth of all, at least 1G)", NULL},
    {"source", '\0', OPTION_TEXT, "NAME", FIELD(source),
     "source of articles that name none (their folder's name)", NULL},
    {"analyzer", '\0', OPTION_TEXT, "NAME", FIELD(analyzer),
     "default, light10 or fold; for a new archive only", analyzer_words},
    {"exceptions", '\0', OPTION_TEXT, "FILE", FIELD(exceptions),
     "lines 'join WORD WORD', 'never WORD WORD'; for a new archive only", NULL},
    {"shard-size", '\0', OPTION_SIZE, "SIZE", FIELD(shard_size),
     "input that one shard holds (about 64M)", NULL},
    {"no-entities", '\0', OPTION_FLAG, NULL, FIELD(no_entities),
     "do not look for persons, places, organisations, dates", NULL},
    {"no-merge", '\0', OPTION_FLAG, NULL, FIELD(no_merge), "leave one segment a shard", NULL},
    {"timings", '\0', OPTION_FLAG, NULL, FIELD(timings), "tell where the time went", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "the summary as one JSON object", NULL},
    {"quiet", 'q', OPTION_FLAG, NULL, FIELD(quiet), "no progress, no summary", NULL},
    {0},
};

static const struct option_row rebuild_rows[] = {
    {"threads", 't', OPTION_NUMBER, "N", FIELD(threads), "threads to run (all processors)", NULL},
    {"memory", 'm', OPTION_SIZE, "SIZE", FIELD(memory),
     "most memory to use (an eighth of all, at least 1G)", NULL},
    {"analyzer", '\0', OPTION_TEXT, "NAME", FIELD(analyzer),
     "default, light10 or fold (the archive's)", analyzer_words},
    {"exceptions", '\0', OPTION_TEXT, "FILE", FIELD(exceptions),
     "in the place of the archive's; an empty file: none", NULL},
    {"shard-size", '\0', OPTION_SIZE, "SIZE", FIELD(shard_size),
     "input that one shard holds (as before)", NULL},
    {"entities", '\0', OPTION_FLAG, NULL, FIELD(entities),
     "look for entities also when the archive has none", NULL},
    {"no-entities", '\0', OPTION_FLAG, NULL, FIELD(no_entities), "leave the entities out", NULL},
    {"no-merge", '\0', OPTION_FLAG, NULL, FIELD(no_merge), "leave one segment a shard", NULL},
    {"timings", '\0', OPTION_FLAG, NULL, FIELD(timings), "tell where the time went", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "the summary as one JSON object", NULL},
    {"quiet", 'q', OPTION_FLAG, NULL, FIELD(quiet), "no progress, no summary", NULL},
    {0},
};

static const struct option_row search_rows[] = {
    {"limit", 'n', OPTION_NUMBER, "N", FIELD(limit), "hits to print (10); 0: all", NULL},
    {"offset", '\0', OPTION_NUMBER, "N", FIELD(offset), "hits to pass over first", NULL},
    {"sort", 's', OPTION_CHOICE, "ORDER", FIELD(sort),
     "relevance, date (oldest first), -date (newest first), id", order_words},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a line", NULL},
    {"ids", '\0', OPTION_FLAG, NULL, FIELD(ids), "ids alone, one a line", NULL},
    {"tsv", '\0', OPTION_FLAG, NULL, FIELD(tsv), "id, score, date, source, title between tabs",
     NULL},
    {"count", 'c', OPTION_FLAG, NULL, FIELD(count), "the exact number of matching articles alone",
     NULL},
    {"explain", '\0', OPTION_FLAG, NULL, FIELD(explain),
     "tell how each word of the query matched, and its part of the score", NULL},
    {"snippet", '\0', OPTION_NUMBER, "BYTES", FIELD(snippet),
     "length of the text around the matches (320); 0: none", NULL},
    {"snapshot", '\0', OPTION_NUMBER, "N", FIELD(snapshot), "ask snapshot N, not the live one",
     NULL},
    {0},
};

static const struct option_row entity_rows[] = {
    {"type", '\0', OPTION_CHOICE, "TYPE", FIELD(type), "person, organisation, place, date",
     type_words},
    {"limit", 'n', OPTION_NUMBER, "N", FIELD(limit), "articles to list (10); 0: all", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object an entity", NULL},
    {"snapshot", '\0', OPTION_NUMBER, "N", FIELD(snapshot), "ask snapshot N, not the live one",
     NULL},
    {0},
};

static const struct option_row show_rows[] = {
    {"entities", 'e', OPTION_FLAG, NULL, FIELD(entities),
     "list the entities it mentions, with their places in the text", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a line", NULL},
    {"snapshot", '\0', OPTION_NUMBER, "N", FIELD(snapshot), "ask snapshot N, not the live one",
     NULL},
    {0},
};

static const struct option_row analyze_rows[] = {
    {"archive", 'a', OPTION_TEXT, "ARCHIVE", FIELD(archive),
     "with the evidence and analyser of this archive", NULL},
    {"analyzer", '\0', OPTION_TEXT, "NAME", FIELD(analyzer), "default, light10 or fold",
     analyzer_words},
    {"explain", '\0', OPTION_FLAG, NULL, FIELD(explain),
     "each step to the class, and what the entity tables say of the word", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a token", NULL},
    {0},
};

static const struct option_row read_rows[] = {
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a line", NULL},
    {"snapshot", '\0', OPTION_NUMBER, "N", FIELD(snapshot), "ask snapshot N, not the live one",
     NULL},
    {0},
};

static const struct option_row lexicon_rows[] = {
    {"collisions", '\0', OPTION_NUMBER, "N", FIELD(collisions),
     "the N classes with the most forms, largest first", NULL},
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a class", NULL},
    {"snapshot", '\0', OPTION_NUMBER, "N", FIELD(snapshot), "ask snapshot N, not the live one",
     NULL},
    {0},
};

static const struct option_row json_rows[] = {
    {"json", 'j', OPTION_FLAG, NULL, FIELD(json), "one JSON object a line", NULL},
    {0},
};

static const struct option_row verify_rows[] = {
    {"quiet", 'q', OPTION_FLAG, NULL, FIELD(quiet), "print nothing when all is well", NULL},
    {0},
};

static const struct option_row merge_rows[] = {
    {"all", '\0', OPTION_FLAG, NULL, FIELD(all), "join all segments (the default)", NULL},
    {"threads", 't', OPTION_NUMBER, "N", FIELD(threads), "threads to run (all processors)", NULL},
    {"quiet", 'q', OPTION_FLAG, NULL, FIELD(quiet), "no summary", NULL},
    {0},
};

const struct command commands[] = {
    {"index", "build or extend an archive", "ARCHIVE INPUT...", 2, MANY, index_rows,
     "Reads articles from files and folders ('-': standard input) and publishes a new snapshot.\n"
     "A .txt file is one article; its id is its path. A .jsonl file holds one JSON object a line\n"
     "with id, title, date, source, url and body. Articles already there are skipped, changed "
     "ones\n"
     "replaced. Stopped at any moment, the same command goes on where it was.\n"
     "Exit status 1: done, but something was rejected; 'fihris ledger ARCHIVE' tells what.\n",
     command_index},
    {"rebuild", "make an archive anew from its own articles", "ARCHIVE", 1, 1, rebuild_rows,
     "Brings an archive of an older program up to date, learns anew what is a word from all that\n"
     "the archive holds by now, or changes its analyzer or its exceptions. Input files are not\n"
     "needed; articles, their order and the ledger stay as they are. Searches go on meanwhile, in\n"
     "the last snapshot. Stopped at any moment, the same command goes on where it was.\n",
     command_rebuild},
    {"search", "find articles", "ARCHIVE QUERY...", 2, MANY, search_rows,
     "  words              all of them, in any inflection: المغرب finds والمغرب and للمغرب\n"
     "  a OR b, NOT a, ()  either, without, groups; -a is NOT a\n"
     "  '\"a phrase\"'       words side by side (quoted once more for the shell)\n"
     "  ~word  '=\"word\"'   without inflection; exactly as printed\n"
     "  title: source: date:2022-08 person: place: org:\n"
     "A query that begins with '-' goes after '--'.\n"
     "Exit status 1: nothing found.\n",
     command_search},
    {"entity", "who or what a name means, and its articles", "ARCHIVE NAME...", 2, MANY,
     entity_rows,
     "NAME is any spelling that was printed, Latin letters too, or the last word of a person's\n"
     "name; a type may stand before it: person:… org:… place:… date:2022-08-10.\n"
     "Exit status 1: no such entity.\n",
     command_entity},
    {"show", "print an article as it was read", "ARCHIVE ID", 2, 2, show_rows,
     "Exit status 1: no such article.\n", command_show},
    {"analyze", "how a text is cut into words and classes", "TEXT...", 1, MANY, analyze_rows,
     "TEXT '-' reads standard input. Words of one class find each other.\n", command_analyze},
    {"lexicon", "which printed words an archive takes for one", "ARCHIVE [PATTERN]", 1, 2,
     lexicon_rows,
     "Each class with its forms and in how many articles and how often they are printed. PATTERN\n"
     "chooses classes by their key or one of their forms: * is any letters, ? is one.\n"
     "Exit status 1: no such class.\n",
     command_lexicon},
    {"stats", "what an archive holds", "ARCHIVE", 1, 1, read_rows, "", command_stats},
    {"ledger", "what was rejected or repaired, and why", "ARCHIVE", 1, 1, read_rows,
     "One line an entry: input, byte offset, act, reason, explanation.\n", command_ledger},
    {"verify", "check every byte of an archive", "ARCHIVE", 1, 1, verify_rows,
     "Prints each problem. Exit status 1: there was one.\n", command_verify},
    {"merge", "join the segments of an archive", "ARCHIVE", 1, 1, merge_rows,
     "Answers stay the same; superseded articles are dropped.\n", command_merge},
    {"snapshots", "list the snapshots of an archive", "ARCHIVE", 1, 1, json_rows, "",
     command_snapshots},
    {"completions", "print completions for a shell", "bash|zsh|fish", 1, 1, NULL,
     "For example: source <(fihris completions bash)\n", command_completions},
    {"help", "explain a command", "[COMMAND]", 0, 1, NULL, "", command_help},
    {0},
};

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

char *command_join(const struct invocation *invocation, size_t first)
{
    size_t size = 1;
    for (size_t i = first; i < invocation->operand_count; i++) {
        size += strlen(invocation->operands[i]) + 1;
    }
    char *text = malloc(size);
    if (text == NULL) {
        report("out of memory");
        return NULL;
    }
    char *end = text;
    for (size_t i = first; i < invocation->operand_count; i++) {
        size_t length = strlen(invocation->operands[i]);
        if (i > first) {
            *end++ = ' ';
        }
        memcpy(end, invocation->operands[i], length);
        end += length;
    }
    *end = '\0';
    return text;
}

int command_open(const struct invocation *invocation, const char *folder, struct fihris **archive)
{
    if (invocation->options.snapshot > UINT32_MAX) {
        report("--snapshot is too large");
        return EXIT_MISUSE;
    }
    struct fihris_error error = {.query_offset = -1};
    return fihris_open(folder, (uint32_t)invocation->options.snapshot, archive, &error) == FIHRIS_OK
               ? EXIT_DONE
               : report_error(&error);
}
