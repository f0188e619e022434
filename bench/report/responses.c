#include "responses.h"

#include <math.h>

#include "comparison.h"
#include "format.h"
#include "sentence_parts.h"

/* How the p99 of another compares with that of the first. */
enum standing {
    LONGER,
    ALIKE,    /* chance may explain the difference */
    SHORTER,  /* although its median is not */
    UNTESTED, /* there are no two blocks in which both are VALID */
};

static bool has_p99(const struct sentence_row *row)
{
    return row->valid > 0 && isfinite(row->p99_us);
}

static int lowest(const struct sentence_rows *rows, int left_out)
{
    int found = SENTENCE_NOBODY;
    for (size_t i = 0; i < rows->count; i++)
        if ((int)i != left_out && has_p99(&rows->row[i]) &&
            (found == SENTENCE_NOBODY || rows->row[i].p99_us < rows->row[found].p99_us))
            found = (int)i;
    return found;
}

static int find_first(const struct sentence_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].best_p99 && has_p99(&rows->row[i]))
            return (int)i;
    return lowest(rows, SENTENCE_NOBODY);
}

static enum standing standing_of(const struct sentence_row *row)
{
    if (isnan(row->p99_p))
        return UNTESTED;
    if (row->p99_p >= COMPARISON_P)
        return ALIKE;
    return row->p99_ratio > 1 ? LONGER : SHORTER;
}

static bool is_rival(const struct sentence_rows *rows, int first, int other)
{
    return other != first && rows->row[other].valid > 0;
}

static size_t count_standing(const struct sentence_rows *rows, int first, enum standing standing)
{
    size_t count = 0;
    for (int i = 0; i < (int)rows->count; i++)
        count += is_rival(rows, first, i) && standing_of(&rows->row[i]) == standing;
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
static void write_next(FILE *to, const struct sentence_row *next)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fprintf(to, "that of %s, the next, was block by block %s (95 %%: %s to %s) times as long",
            next->model, format_decimal(value, next->p99_ratio),
            format_decimal(low, next->p99_ratio_interval.low),
            format_decimal(high, next->p99_ratio_interval.high));
}

/* Those who stand so, behind what is said of them; nothing when there are none. */
static void write_those(FILE *to, const struct sentence_rows *rows, int first,
                        enum standing standing, const char *said, const char **separator)
{
    size_t count = count_standing(rows, first, standing), index = 0;
    if (count == 0)
        return;
    fprintf(to, "%s%s", *separator, said);
    for (int i = 0; i < (int)rows->count; i++)
        if (is_rival(rows, first, i) && standing_of(&rows->row[i]) == standing)
            sentence_write_listed(to, rows->row[i].model, index++, count);
    *separator = ", and ";
}

static void write_doubt(FILE *to, const struct sentence_rows *rows, int first)
{
    const char *separator = "";
    write_those(to, rows, first, ALIKE, "no difference is shown between it and ", &separator);
    write_those(to, rows, first, SHORTER, "block by block it took longer than ", &separator);
    write_those(to, rows, first, UNTESTED, "there are too few VALID runs to compare it with ",
                &separator);
    if (rows->row[first].valid < rows->row[first].runs)
        fprintf(to, "%snot all its runs are VALID", separator);
}

/* ---- who takes no part ---- */

static bool is_left_out(const struct sentence_row *row)
{
    return row->runs > 0 && row->valid == 0;
}

/* With what most of their runs were: "b (STARVED) and c take no part, ..." */
static void write_left_out(FILE *to, const struct sentence_rows *rows)
{
    char named[128];
    size_t count = 0, index = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += is_left_out(&rows->row[i]);
    for (size_t i = 0; i < rows->count; i++) {
        const struct sentence_row *r = &rows->row[i];
        if (!is_left_out(r))
            continue;
        bool has_reason = *r->reason != '\0';
        snprintf(named, sizeof named, "%.48s%s%.40s%s", r->model, has_reason ? " (" : "", r->reason,
                 has_reason ? ")" : "");
        sentence_write_listed(to, named, index++, count);
    }
    if (count > 0)
        fputs(count == 1 ? " takes no part, for it has no VALID run. "
                         : " take no part, for they have no VALID run. ",
              to);
}

/* ---- all of it ---- */

int responses_write(FILE *to, const struct sentence_rows *rows)
{
    int first = find_first(rows), next = lowest(rows, first);
    fputs("The rate of requests was given to all, so their requests/s tell nobody apart; what is "
          "compared is the p99 of the response times. ",
          to);
    if (first == SENTENCE_NOBODY || next == SENTENCE_NOBODY) {
        fputs("There are too few VALID runs for that", to);
        if (first != SENTENCE_NOBODY) {
            fprintf(to, ": only %s has any, p99 ", rows->row[first].model);
            write_p99(to, &rows->row[first]);
        }
        fputs(". ", to);
        write_left_out(to, rows);
        return first;
    }
    bool is_ahead = rows->row[first].best_p99;
    fprintf(to,
            is_ahead ? "%s was ahead of all others by more than chance explains: p99 "
                     : "%s has the lowest median, ",
            rows->row[first].model);
    write_p99(to, &rows->row[first]);
    fputs(is_ahead ? "; " : ", but it is not shown to be ahead of all others: ", to);
    if (is_ahead)
        write_next(to, &rows->row[next]);
    else
        write_doubt(to, rows, first);
    fputs(". ", to);
    write_left_out(to, rows);
    return first;
}
