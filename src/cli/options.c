#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/report.h"

enum { OPTIONS_MAX = 32, LIMIT_DEFAULT = 10, SNIPPET_DEFAULT = 320, BASE = 10 };

static const char *const colour_words[] = {"auto", "always", "never", NULL};

const struct option_row options_common[] = {
    {"color", '\0', OPTION_CHOICE, "WHEN", offsetof(struct options, color),
     "auto (a terminal, NO_COLOR unset), always, never", colour_words},
    {"help", 'h', OPTION_FLAG, NULL, offsetof(struct options, help), "this text", NULL},
    {0},
};

void options_init(struct options *options)
{
    *options = (struct options){.limit = LIMIT_DEFAULT, .snippet = SNIPPET_DEFAULT};
}

static bool parse_number(const char *text, bool size, uint64_t *out)
{
    static const char units[] = "KMGT";
    if (*text < '0' || *text > '9') {
        return false;
    }
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, BASE);
    if (errno != 0) {
        return false;
    }
    if (size && *end != '\0') {
        const char *unit = strchr(units, *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end);
        if (unit == NULL) {
            return false;
        }
        unsigned shift = BASE * (unsigned)(unit - units + 1);
        if (value > UINT64_MAX >> shift) {
            return false;
        }
        value <<= shift;
        end++;
        end += strcmp(end, "iB") == 0 ? 2 : strcmp(end, "B") == 0 ? 1 : 0;
    }
    *out = value;
    return *end == '\0';
}

static bool parse_choice(const char *text, const char *const *choices, uint32_t *out)
{
    for (uint32_t i = 0; choices[i] != NULL; i++) {
        if (strcmp(text, choices[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

static bool store(struct options *options, const struct option_row *row, const char *text)
{
    void *field = (char *)options + row->offset;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case OPTION_NUMBER:
        return parse_number(text, false, field);
    case OPTION_SIZE:
        return parse_number(text, true, field);
    case OPTION_CHOICE:
        return parse_choice(text, row->choices, field);
    case OPTION_TEXT:
        *(const char **)field = text;
        return true;
    }
    return false;
}

static const char *expected(const struct option_row *row)
{
    return row->kind == OPTION_NUMBER ? "a number"
           : row->kind == OPTION_SIZE ? "a size such as 512M"
                                      : row->help;
}

/* The two tables of a command as getopt_long wants them. */
struct parser {
    const struct option_row *rows[OPTIONS_MAX];
    struct option long_rows[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 2];
    int count;
};

static void parser_add(struct parser *parser, const struct option_row *rows)
{
    size_t length = strlen(parser->letters);
    for (; rows != NULL && rows->name != NULL && parser->count < OPTIONS_MAX; rows++) {
        bool argument = rows->kind != OPTION_FLAG;
        parser->rows[parser->count] = rows;
        parser->long_rows[parser->count] = (struct option){
            .name = rows->name,
            .has_arg = argument ? required_argument : no_argument,
            .val = rows->letter,
        };
        parser->count++;
        if (rows->letter != '\0') {
            parser->letters[length++] = rows->letter;
            if (argument) {
                parser->letters[length++] = ':';
            }
        }
    }
}

static const struct option_row *find_letter(const struct parser *parser, int letter)
{
    for (int i = 0; i < parser->count; i++) {
        if (letter != 0 && parser->rows[i]->letter == letter) {
            return parser->rows[i];
        }
    }
    return NULL;
}

/* getopt leaves the letter in optopt; 0 or a long option's letter: `word` is what was typed. */
static void report_unusable(const struct parser *parser, bool value_missing, const char *word,
                            const char *command)
{
    const struct option_row *row = find_letter(parser, optopt);
    if (row != NULL) {
        report("option '--%s' %s", row->name, value_missing ? "needs a value" : "takes no value");
    } else if (optopt > ' ' && optopt < 0x7F) {
        report("unknown option '-%c'; words that begin with '-' go after '--'", optopt);
    } else if (optopt != 0) { /* part of a letter */
        report("options are ASCII letters; words that begin with '-' go after '--'");
    } else {
        report(value_missing ? "option '%s' needs a value" : "unknown option '%s'", word);
    }
    (void)fprintf(stderr, "Try 'fihris help %s'.\n", command);
}

bool options_parse(struct options *options, const struct option_row *rows, const char *command,
                   int argc, char **argv, int *first)
{
    struct parser parser = {.letters = ":"};
    parser_add(&parser, rows);
    parser_add(&parser, options_common);
    opterr = 0;
    for (;;) {
        int index = -1;
        /* The one caller, before any thread starts. */
        int letter = getopt_long(argc, argv, parser.letters, parser.long_rows, /* NOLINT */
                                 &index);
        if (letter == -1) {
            break;
        }
        if (letter == '?' || letter == ':') {
            report_unusable(&parser, letter == ':', argv[optind - 1], command);
            return false;
        }
        const struct option_row *row =
            index >= 0 ? parser.rows[index] : find_letter(&parser, letter);
        if (row == NULL || !store(options, row, optarg)) {
            report("bad value '%s' for --%s: wanted %s", optarg == NULL ? "" : optarg,
                   row == NULL ? "" : row->name, row == NULL ? "" : expected(row));
            return false;
        }
    }
    *first = optind;
    return true;
}
