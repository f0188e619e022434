#include "ranking.h"

#include <math.h>

#include "format.h"
#include "sentence_parts.h"

int ranking_leader(const struct sentence_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].best && sentence_is_ranked(&rows->row[i]))
            return (int)i;
    return sentence_most(rows, SENTENCE_NOBODY);
}

static size_t count_ranked(const struct sentence_rows *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += sentence_is_ranked(&rows->row[i]);
    return count;
}

/* The interval is known and holds 1. */
static bool shows_no_difference(const struct ratio *ratio)
{
    return interval_is_known(ratio->interval) && !ratio_shows_difference(ratio);
}

/* "1.64 (1.31 to 2.05) times" */
static void write_times(FILE *to, const struct ratio *ratio)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fputs(format_decimal(value, ratio->value), to);
    if (interval_is_known(ratio->interval))
        fprintf(to, " (95 %%: %s to %s)", format_decimal(low, ratio->interval.low),
                format_decimal(high, ratio->interval.high));
    fputs(" times", to);
}

/* ---- who was ahead ---- */

/* How the leader compares with another, behind "block by block " unless that was said. Returns
 * whether it is said now. */
static bool write_over(FILE *to, const struct sentence_rows *rows, int leader, int other,
                       bool is_said)
{
    struct ratio ratio = sentence_ratio(rows, leader, other);
    if (ratio.count == 0) {
        fprintf(to, "in no block VALID together with %s", rows->row[other].model);
        return is_said;
    }
    fputs(is_said ? "" : "block by block ", to);
    write_times(to, &ratio);
    fprintf(to, " those of %s", rows->row[other].model);
    if (!interval_is_known(ratio.interval))
        fputs(" (without an interval: chance may explain it)", to);
    return true;
}

/* "block by block 7.2 times those of a, the base" behind the lead, where the base is a third one
 * that can be compared. */
static void write_over_base(FILE *to, const struct sentence_rows *rows, int leader, int second,
                            const char *lead, bool is_said)
{
    int base = sentence_base(rows);
    if (base == SENTENCE_NOBODY || base == leader || base == second ||
        sentence_ratio(rows, leader, base).count == 0)
        return;
    fputs(lead, to);
    write_over(to, rows, leader, base, is_said);
    fputs(", the base", to);
}

static void write_winner(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    fprintf(to,
            "%s was ahead of all others by more than chance explains: ", rows->row[leader].model);
    sentence_write_rps(to, &rows->row[leader]);
    fputs(", ", to);
    bool is_said = write_over(to, rows, leader, second, false);
    fputs(", the next", to);
    write_over_base(to, rows, leader, second, ", and ", is_said);
    fputs(". ", to);
}

/* The others of whom the leader is not shown to differ. */
static void write_alike(FILE *to, const struct sentence_rows *rows, int leader)
{
    size_t count = 0, index = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < (int)rows->count; i++) {
            if (i == leader || !sentence_is_ranked(&rows->row[i]))
                continue;
            struct ratio ratio = sentence_ratio(rows, leader, i);
            if (!shows_no_difference(&ratio))
                continue;
            if (pass == 0)
                count++;
            else
                sentence_write_listed(to, rows->row[i].model, index++, count);
        }
}

static bool are_all_equal(const struct sentence_rows *rows, int leader)
{
    for (size_t i = 0; i < rows->count; i++)
        if (sentence_is_ranked(&rows->row[i]) && rows->row[i].rps != rows->row[leader].rps)
            return false;
    return true;
}

/* Why the first two are not told apart, or the first is not marked. */
static void write_doubt(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    struct ratio ratio = sentence_ratio(rows, leader, second);
    if (shows_no_difference(&ratio)) {
        fputs("no difference is shown between it and ", to);
        write_alike(to, rows, leader);
        write_over_base(to, rows, leader, second, "; its requests/s were ", false);
        return;
    }
    bool is_said = write_over(to, rows, leader, second, false);
    fputs(", the next", to);
    write_over_base(to, rows, leader, second, ", and ", is_said);
    if (rows->row[leader].valid < rows->row[leader].runs)
        fputs(", but not all its runs are VALID", to);
    else
        fputs(", but it is not shown to be ahead of everybody else", to);
}

static void write_no_winner(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    char rps[FORMAT_BYTES];
    if (are_all_equal(rows, leader)) {
        fprintf(to,
                "No winner: all %zu models with VALID runs have the same median, %s requests/s. ",
                count_ranked(rows), format_count(rps, rows->row[leader].rps));
        return;
    }
    fprintf(to, "No winner is shown: of the models with VALID runs %s has the highest median, ",
            rows->row[leader].model);
    sentence_write_rps(to, &rows->row[leader]);
    fputs("; ", to);
    write_doubt(to, rows, leader, second);
    fputs(". ", to);
}

/* ---- who takes no part ---- */

/* What a model without VALID runs shows beside the leader. */
enum showing {
    SHOWS_MORE,
    SHOWS_LESS,
    SHOWS_NEITHER, /* as much, or nothing that is known */
    RANKED,        /* or without any run */
};

static enum showing showing_of(const struct sentence_rows *rows, size_t row, int leader)
{
    const struct sentence_row *r = &rows->row[row];
    double most = rows->row[leader].rps;
    if (r->valid > 0 || r->runs == 0)
        return RANKED;
    return r->rps > most ? SHOWS_MORE : r->rps < most ? SHOWS_LESS : SHOWS_NEITHER;
}

/* "b (8,000, GENERATOR-LIMITED) and c (server died)": those of the two kinds. Returns how many. */
static size_t write_showing(FILE *to, const struct sentence_rows *rows, int leader,
                            enum showing kind, enum showing or_kind)
{
    char rps[FORMAT_BYTES], named[128];
    size_t count = 0, index = 0;
    for (size_t i = 0; i < rows->count; i++) {
        enum showing showing = showing_of(rows, i, leader);
        count += showing == kind || showing == or_kind;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct sentence_row *r = &rows->row[i];
        enum showing showing = showing_of(rows, i, leader);
        if (showing != kind && showing != or_kind)
            continue;
        bool is_known = isfinite(r->rps), has_reason = *r->reason != '\0';
        snprintf(named, sizeof named, "%.48s%s%s%s%.40s%s", r->model,
                 is_known || has_reason ? " (" : "", is_known ? format_count(rps, r->rps) : "",
                 is_known && has_reason ? ", " : "", r->reason, is_known || has_reason ? ")" : "");
        sentence_write_listed(to, named, index++, count);
    }
    return count;
}

static bool is_any(const struct sentence_rows *rows, int leader, enum showing kind)
{
    for (size_t i = 0; i < rows->count; i++)
        if (showing_of(rows, i, leader) == kind)
            return true;
    return false;
}

/* Those that show more, and with them those that show less; false when none shows more. */
static bool write_more_and_less(FILE *to, const struct sentence_rows *rows, int leader)
{
    if (!is_any(rows, leader, SHOWS_MORE))
        return false;
    size_t count = write_showing(to, rows, leader, SHOWS_MORE, SHOWS_MORE);
    fputs(count == 1 ? " shows more" : " show more", to);
    if (is_any(rows, leader, SHOWS_LESS)) {
        fputs(" and ", to);
        count += write_showing(to, rows, leader, SHOWS_LESS, SHOWS_LESS);
        fputs(" less", to);
    }
    if (count == 1)
        fputs(", but is not ranked, for it has no VALID run. ", to);
    else
        fprintf(to, ", but %sare not ranked, for they have no VALID run. ",
                is_any(rows, leader, SHOWS_LESS) ? "they " : "");
    return true;
}

static void write_not_ranked(FILE *to, const struct sentence_rows *rows, int leader)
{
    enum showing other = write_more_and_less(to, rows, leader) ? SHOWS_NEITHER : SHOWS_LESS;
    size_t count = write_showing(to, rows, leader, SHOWS_NEITHER, other);
    if (count > 0)
        fputs(count == 1 ? " is not ranked, for it has no VALID run. "
                         : " are not ranked, for they have no VALID run. ",
              to);
}

static void write_only_one(FILE *to, const struct sentence_rows *rows, int leader)
{
    size_t others = 0;
    for (size_t i = 0; i < rows->count; i++)
        others += (int)i != leader && rows->row[i].runs > 0;
    fprintf(to, "Only %s has VALID runs: ", rows->row[leader].model);
    sentence_write_rps(to, &rows->row[leader]);
    fputs(others > 0 ? ". " : "; there is nobody to compare it with. ", to);
    write_not_ranked(to, rows, leader);
}

/* ---- all of it ---- */

void ranking_write(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    if (second == SENTENCE_NOBODY) {
        write_only_one(to, rows, leader);
        return;
    }
    if (rows->row[leader].best)
        write_winner(to, rows, leader, second);
    else
        write_no_winner(to, rows, leader, second);
    write_not_ranked(to, rows, leader);
}
