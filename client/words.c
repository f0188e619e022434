#include "words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Copies one word to `to` without its quotes, and moves *text behind it. False: the quotes are not
 * balanced, or a byte other than a blank follows the closing one. */
static bool split_word(const char **text, char *to)
{
    const char *from = *text;
    bool quoted = *from == '"';
    from += quoted;
    while (*from != '\0' && (quoted ? *from != '"' : !isblank((unsigned char)*from))) {
        if (quoted && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from++;
    }
    *to = '\0';
    if (quoted && *from++ != '"')
        return false;
    *text = from;
    return *from == '\0' || isblank((unsigned char)*from);
}

static bool add_word(int *argc, char ***argv, const char *word)
{
    char **longer = reallocarray(*argv, (size_t)*argc + 2, sizeof *longer);
    if (longer == NULL)
        return false;
    *argv = longer;
    longer[*argc] = strdup(word);
    if (longer[*argc] == NULL)
        return false;
    longer[++*argc] = NULL;
    return true;
}

static enum words_result split(const char *text, char *word, int *argc, char ***argv,
                               const char **fault)
{
    for (;;) {
        const char *begin = text += strspn(text, " \t");
        if (*text == '\0')
            return WORDS_SPLIT;
        if (!split_word(&text, word)) {
            *fault = begin;
            return WORDS_QUOTES;
        }
        if (!add_word(argc, argv, word))
            return WORDS_NO_MEMORY;
    }
}

enum words_result words_split(const char *text, int *argc, char ***argv, const char **fault)
{
    char *word = malloc(strlen(text) + 1);
    *argc = 0;
    *argv = calloc(1, sizeof **argv);
    enum words_result result = WORDS_NO_MEMORY;
    if (word != NULL && *argv != NULL)
        result = split(text, word, argc, argv, fault);
    free(word);
    if (result != WORDS_SPLIT) {
        words_free(*argc, *argv);
        *argc = 0;
        *argv = NULL;
    }
    return result;
}

void words_free(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    free(argv);
}
