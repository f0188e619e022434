/* words: a line of text split at blanks, as a command stands in a workload file.
 *
 * "..." keeps blanks together, and inside it \" and \\ stand for a quote and a backslash. */
#ifndef WORDS_H
#define WORDS_H

enum words_result {
    WORDS_SPLIT,
    WORDS_QUOTES, /* a quote is not closed, or something other than a blank follows it */
    WORDS_NO_MEMORY,
};

/* Unless SPLIT, nothing is to be freed. Then argv[argc] is NULL; a text of blanks has no words.
 * QUOTES: *fault is where the word begins in the text, and untouched otherwise. */
enum words_result words_split(const char *text, int *argc, char ***argv, const char **fault);
void words_free(int argc, char **argv);

#endif
