/* score: figures of a self-test against what they should be, as rows of a table. */
#ifndef SCORE_H
#define SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum score_result {
    SCORE_NOT_MEASURED,
    SCORE_FAILED,
    SCORE_OK,
};

enum score_unit {
    SCORE_TIME,  /* numbers are ns */
    SCORE_SHARE, /* numbers are shares of 1, shown in percent */
};

enum { SCORE_NAME_BYTES = 40, SCORE_CELL_BYTES = 24, SCORE_REMARK_BYTES = 160, SCORE_ROWS = 8 };

struct score_row {
    char name[SCORE_NAME_BYTES];
    char value[SCORE_CELL_BYTES], expected[SCORE_CELL_BYTES];
    char error[SCORE_CELL_BYTES], tolerance[SCORE_CELL_BYTES]; /* "-" where it is no number */
    enum score_result result;
    char remark[SCORE_REMARK_BYTES]; /* what it means if it failed, or why it was not measured */
};

/* The rows that one attempt gave. All zeros is an empty one; rows beyond SCORE_ROWS are a fault of
 * the program, and lost. */
struct score_sheet {
    size_t count;
    struct score_row rows[SCORE_ROWS];
};

/* Good when |value - expected| <= tolerance; NaN never is. `meaning` is what it means if not.
 * Returns the row. */
struct score_row *score_near(struct score_sheet *s, const char *name, enum score_unit unit,
                             double value, double expected, double tolerance, const char *meaning);

/* What is no number, or no distance: the caller says whether it is good. */
struct score_row *score_words(struct score_sheet *s, const char *name, const char *value,
                              const char *expected, bool good, const char *meaning);

/* The row says nothing, because of `why`. */
void score_not_measured(struct score_row *row, const char *why);

/* How many of its rows have this result. */
size_t score_count(const struct score_sheet *s, enum score_result result);

/* Of two attempts at the same: whether `s` says more for the client, or as much, and leaves no more
 * unmeasured. */
bool score_is_better(const struct score_sheet *s, const struct score_sheet *other);

void score_put_head(FILE *file);
void score_put_sheet(FILE *file, const struct score_sheet *s, int tries);

#endif
