#include "responses.h"

#include <math.h>

#include "format.h"
#include "ratio.h"

enum { NOBODY = -1 };

/* How the p99 of the others compares with that of the first. */
enum standing { AHEAD, ALIKE, TOO_FEW };

static bool is_ranked(const struct sentence_row *row)
{
    return row->valid > 0 && isfinite(row->p99_us);
}

static int soonest(const struct sentence_rows *rows, int left_out)
{
    int found = NOBODY;
    for (size_t i = 0; i < rows->count; i++)
        if ((int)i != left_out && is_ranked(&rows->row[i]) &&
            (found == NOBODY || rows->row[i].p99_us < rows->row[found].p99_us))
            found = (int)i;
    return found;
}

static struct ratio ratio_of(const struct sentence_rows *rows, int above, int below)
{
    return ratio_paired(rows->row[above].p99_by_block, rows->row[below].p99_by_block, rows->blocks);
}

static enum standing standing_to(const struct sentence_rows *rows, int first, int other)
{
    struct ratio ratio = ratio_of(rows, other, first);
    if (!interval_is_known(ratio.interval))
        return TOO_FEW;
    return ratio.interval.low > 1 ? AHEAD : ALIKE;
}

static bool is_rival(const struct sentence_rows *rows, int first, int other)
{
    return other != first && is_ranked(&rows->row[other]);
}

static size_t count_standing(const struct sentence_rows *rows, int first, enum standing standing)
{
    size_t count = 0;
    for (int i = 0; i < (int)rows->count; i++)
        count += is_rival(rows, first, i) && standing_to(rows, first, i) == standing;
    return count;
}

/* ---- phrases ---- */

/* "1.20ms (95 %: 1.10ms to 1.31ms)" */
static void write_p99(FILE *to, const struct sentence_row *row)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fputs(format_time_us(value, row->p99_us), to);
    if (interval_is_known(row->p99_interval))
        fprintf(to, " (95 %%: %s to %s)", format_time_us(low, row->p99_interval.low),
                format_time_us(high, row->p99_interval.high));
}

/* "that of c, the next, was block by block 2.00 (95 %: 1.90 to 2.11) times as long" */
static void write_next(FILE *to, const struct sentence_rows *rows, int first, int next)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    struct ratio ratio = ratio_of(rows, next, first);
    fprintf(to, "that of %s, the next, was block by block %s (95 %%: %s to %s) times as long",
            rows->row[next].model, format_decimal(value, ratio.value),
            format_decimal(low, ratio.interval.low), format_decimal(high, ratio.interval.high));
}

static void write_those(FILE *to, const struct sentence_rows *rows, int first,
                        enum standing standing)
{
    size_t count = count_standing(rows, first, standing), index = 0;
    for (int i = 0; i < (int)rows->count; i++)
        if (is_rival(rows, first, i) && standing_to(rows, first, i) == standing) {
            fprintf(to, "%s%s",
                    index == 0           ? ""
                    : index + 1 == count ? " and "
                                         : ", ",
                    rows->row[i].model);
            index++;
        }
}

static void write_doubt(FILE *to, const struct sentence_rows *rows, int first)
{
    const char *separator = "";
    if (count_standing(rows, first, ALIKE) > 0) {
        fputs("no difference is shown between it and ", to);
        write_those(to, rows, first, ALIKE);
        separator = ", and ";
    }
    if (count_standing(rows, first, TOO_FEW) > 0) {
        fprintf(to, "%sthere are too few VALID runs to compare it with ", separator);
        write_those(to, rows, first, TOO_FEW);
    }
}

/* ---- all of it ---- */

int responses_write(FILE *to, const struct sentence_rows *rows)
{
    int first = soonest(rows, NOBODY), next = soonest(rows, first);
    fputs("The rate of requests was given to all, so their requests/s tell nobody apart; what is "
          "compared is the p99 of the response times. ",
          to);
    if (first == NOBODY || next == NOBODY) {
        fputs("There are too few VALID runs for that", to);
        if (first != NOBODY) {
            fprintf(to, ": only %s has any, p99 ", rows->row[first].model);
            write_p99(to, &rows->row[first]);
        }
        fputs(". ", to);
        return first;
    }
    bool is_ahead = count_standing(rows, first, ALIKE) + count_standing(rows, first, TOO_FEW) == 0;
    fprintf(to, is_ahead ? "%s was ahead of all others: p99 " : "%s has the lowest median, ",
            rows->row[first].model);
    write_p99(to, &rows->row[first]);
    fputs(is_ahead ? "; " : ", but it is not shown to be ahead of all others: ", to);
    if (is_ahead)
        write_next(to, rows, first, next);
    else
        write_doubt(to, rows, first);
    fputs(". ", to);
    return first;
}
