#include "sentences.h"

#include <math.h>
#include <string.h>

#include "format.h"
#include "ratio.h"
#include "responses.h"

/* Below this a model's share of a quantity says nothing: 1.1 times as much, and a difference of
 * half a tenth, are the same. */
#define NOTABLE_FACTOR 1.1

enum { NOBODY = -1 };

/* ---- who takes part ---- */

static bool is_ranked(const struct sentence_row *row)
{
    return row->valid > 0 && isfinite(row->rps);
}

static size_t count_ranked(const struct sentence_rows *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += is_ranked(&rows->row[i]);
    return count;
}

/* The model with the most requests/s of those that are ranked; without the one that is left out. */
static int most(const struct sentence_rows *rows, int left_out)
{
    int found = NOBODY;
    for (size_t i = 0; i < rows->count; i++)
        if ((int)i != left_out && is_ranked(&rows->row[i]) &&
            (found == NOBODY || rows->row[i].rps > rows->row[found].rps))
            found = (int)i;
    return found;
}

static int leader_of(const struct sentence_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].best && is_ranked(&rows->row[i]))
            return (int)i;
    return most(rows, NOBODY);
}

/* The base, if it is ranked. */
static int base_of(const struct sentence_rows *rows)
{
    return rows->base < rows->count && is_ranked(&rows->row[rows->base]) ? (int)rows->base : NOBODY;
}

static struct ratio ratio_of(const struct sentence_rows *rows, int above, int below)
{
    return ratio_paired(rows->row[above].rps_by_block, rows->row[below].rps_by_block, rows->blocks);
}

/* The interval is known and holds 1. */
static bool shows_no_difference(const struct ratio *ratio)
{
    return interval_is_known(ratio->interval) && !ratio_shows_difference(ratio);
}

/* ---- phrases ---- */

/* "6,525 requests/s (95 %: 5,179 to 8,017)" */
static void write_rps(FILE *to, const struct sentence_row *row)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fprintf(to, "%s requests/s", format_count(value, row->rps));
    if (interval_is_known(row->rps_interval))
        fprintf(to, " (95 %%: %s to %s)", format_count(low, row->rps_interval.low),
                format_count(high, row->rps_interval.high));
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

/* "a", "a and b", "a, b and c": called for each of `count` in turn. */
static void write_listed(FILE *to, const char *name, size_t index, size_t count)
{
    fprintf(to, "%s%s", index == 0 ? "" : index + 1 == count ? " and " : ", ", name);
}

/* ---- nobody, or nobody else ---- */

static size_t sum(const struct sentence_rows *rows, bool measured)
{
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += measured ? rows->row[i].measured : rows->row[i].runs;
    return count;
}

/* Whose reason this is; true when the row is the first with it. */
static bool is_first_with_reason(const struct sentence_rows *rows, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(rows->row[i].reason, rows->row[row].reason) == 0)
            return false;
    return true;
}

static size_t count_reason(const struct sentence_rows *rows, const char *reason, size_t before)
{
    size_t count = 0;
    for (size_t i = 0; i < before; i++)
        count += strcmp(rows->row[i].reason, reason) == 0;
    return count;
}

static void write_reasons(FILE *to, const struct sentence_rows *rows)
{
    const char *separator = "";
    for (size_t i = 0; i < rows->count; i++) {
        const char *reason = rows->row[i].reason;
        if (*reason == '\0' || !is_first_with_reason(rows, i))
            continue;
        size_t count = count_reason(rows, reason, rows->count);
        fprintf(to, "%s%s (", separator, reason);
        for (size_t j = i; j < rows->count; j++)
            if (strcmp(rows->row[j].reason, reason) == 0)
                write_listed(to, rows->row[j].model, count_reason(rows, reason, j), count);
        fputs(")", to);
        separator = "; ";
    }
    if (*separator == '\0')
        fputs("nothing is known", to);
}

static void write_unranked(FILE *to, const struct sentence_rows *rows)
{
    if (sum(rows, false) == 0) {
        fputs("No run was carried out. There is nothing to compare.", to);
        return;
    }
    if (sum(rows, true) == 0)
        fputs("No run was measured, so there is nothing to compare. ", to);
    else
        fputs("No run is VALID, so nobody is ranked: the figures only show what happened. ", to);
    fputs("What most runs of each model were: ", to);
    write_reasons(to, rows);
    fputs(".", to);
}

/* ---- who was ahead ---- */

/* How the leader compares with another, block by block. */
static void write_over(FILE *to, const struct sentence_rows *rows, int leader, int other)
{
    struct ratio ratio = ratio_of(rows, leader, other);
    if (ratio.count == 0) {
        fprintf(to, "no ratio to be told to those of %s", rows->row[other].model);
        return;
    }
    write_times(to, &ratio);
    fprintf(to, " those of %s", rows->row[other].model);
    if (!interval_is_known(ratio.interval))
        fputs(" (without an interval: chance may explain it)", to);
}

/* "7.2 times those of a, the base" behind the lead, where the base is a third one. */
static void write_over_base(FILE *to, const struct sentence_rows *rows, int leader, int second,
                            const char *lead)
{
    int base = base_of(rows);
    if (base == NOBODY || base == leader || base == second)
        return;
    fputs(lead, to);
    write_over(to, rows, leader, base);
    fputs(", the base", to);
}

static void write_winner(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    fprintf(to,
            "%s was ahead of all others by more than chance explains: ", rows->row[leader].model);
    write_rps(to, &rows->row[leader]);
    fputs(", block by block ", to);
    write_over(to, rows, leader, second);
    fputs(", the next", to);
    write_over_base(to, rows, leader, second, ", and ");
    fputs(". ", to);
}

/* The others of whom the leader is not shown to differ. */
static void write_alike(FILE *to, const struct sentence_rows *rows, int leader)
{
    size_t count = 0, index = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < (int)rows->count; i++) {
            if (i == leader || !is_ranked(&rows->row[i]))
                continue;
            struct ratio ratio = ratio_of(rows, leader, i);
            if (!shows_no_difference(&ratio))
                continue;
            if (pass == 0)
                count++;
            else
                write_listed(to, rows->row[i].model, index++, count);
        }
}

static bool are_all_equal(const struct sentence_rows *rows, int leader)
{
    for (size_t i = 0; i < rows->count; i++)
        if (is_ranked(&rows->row[i]) && rows->row[i].rps != rows->row[leader].rps)
            return false;
    return true;
}

/* Why the first two are not told apart, or the first is not marked. */
static void write_doubt(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    struct ratio ratio = ratio_of(rows, leader, second);
    if (shows_no_difference(&ratio)) {
        fputs("no difference is shown between it and ", to);
        write_alike(to, rows, leader);
        write_over_base(to, rows, leader, second, "; its requests/s were, block by block, ");
        return;
    }
    fputs("block by block ", to);
    write_over(to, rows, leader, second);
    fputs(", the next", to);
    write_over_base(to, rows, leader, second, ", and ");
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
    write_rps(to, &rows->row[leader]);
    fputs("; ", to);
    write_doubt(to, rows, leader, second);
    fputs(". ", to);
}

/* Those without VALID runs that show more than the leader. */
static bool is_above_unranked(const struct sentence_rows *rows, size_t row, int leader)
{
    return rows->row[row].valid == 0 && isfinite(rows->row[row].rps) &&
           rows->row[row].rps > rows->row[leader].rps;
}

static void write_not_ranked(FILE *to, const struct sentence_rows *rows, int leader)
{
    char rps[FORMAT_BYTES];
    for (size_t i = 0; i < rows->count; i++)
        if (is_above_unranked(rows, i, leader))
            fprintf(to,
                    "%s shows more, %s requests/s, but is not ranked, for it has no VALID run. ",
                    rows->row[i].model, format_count(rps, rows->row[i].rps));
}

static void write_only_one(FILE *to, const struct sentence_rows *rows, int leader)
{
    size_t others = 0;
    for (size_t i = 0; i < rows->count; i++)
        others += (int)i != leader && rows->row[i].runs > 0;
    fprintf(to, "Only %s has VALID runs: ", rows->row[leader].model);
    write_rps(to, &rows->row[leader]);
    fputs(others > 0 ? "; the others are not ranked. " : "; there is nobody to compare it with. ",
          to);
    write_not_ranked(to, rows, leader);
}

/* ---- why ---- */

/* What may tell two models apart, a request. Smaller values than `least` count as that. */
static const struct quantity {
    const char *name, *unit;
    double least;
    enum ledger_quantity entry;
} quantities[] = {
    {"CPU time of the server", " us", 1, LEDGER_SERVER_CPU},
    {"context switches", "", 0.05, LEDGER_SWITCHES},
    {"processes and threads made on the whole machine", "", 0.01, LEDGER_FORKS},
    {"time in which the server was ready and had no CPU", " us", 2, LEDGER_STALL},
    {"system calls", "", 0.2, LEDGER_SYSCALLS},
    {"page faults", "", 0.1, LEDGER_FAULTS},
};

enum { QUANTITIES = sizeof quantities / sizeof *quantities };

static double value_of(const struct sentence_row *row, const struct quantity *q)
{
    double value = row->ledger[q->entry];
    return q->entry == LEDGER_FORKS ? value / row->rps : value;
}

/* How many times as much the one has that has more; NaN when not known. */
static double factor_of(const struct quantity *q, double a, double b)
{
    if (!isfinite(a) || !isfinite(b))
        return NAN;
    a = fmax(a, q->least);
    b = fmax(b, q->least);
    return fmax(a, b) / fmin(a, b);
}

static void write_values(FILE *to, const struct sentence_rows *rows, const struct quantity *q,
                         int one, int other)
{
    char a_text[FORMAT_BYTES], b_text[FORMAT_BYTES], factor[FORMAT_BYTES];
    double a = value_of(&rows->row[one], q), b = value_of(&rows->row[other], q);
    fprintf(to, "In the ledger %s and %s differ most in %s: %s%s and %s%s a request",
            rows->row[one].model, rows->row[other].model, q->name, format_decimal(a_text, a),
            q->unit, format_decimal(b_text, b), q->unit);
    if (a >= q->least && b >= q->least)
        fprintf(to, ", a factor of %s", format_decimal(factor, factor_of(q, a, b)));
}

/* The share of one processor that the server used; NaN when not known. */
static double busy_of(const struct sentence_row *row)
{
    return row->ledger[LEDGER_SERVER_CPU] * row->rps / 1e6;
}

static void write_busy(FILE *to, const struct sentence_rows *rows, int one, int other)
{
    double a = busy_of(&rows->row[one]), b = other != NOBODY ? busy_of(&rows->row[other]) : NAN;
    if (!isfinite(a))
        return;
    fprintf(to, "; %s used about %.0f %% of one processor's time", rows->row[one].model, a * 100);
    if (isfinite(b))
        fprintf(to, ", %s %.0f %%", rows->row[other].model, b * 100);
}

static void write_difference(FILE *to, const struct sentence_rows *rows, int one, int other)
{
    int found = NOBODY;
    double largest = NAN;
    for (int i = 0; i < QUANTITIES; i++) {
        double factor = factor_of(&quantities[i], value_of(&rows->row[one], &quantities[i]),
                                  value_of(&rows->row[other], &quantities[i]));
        if (isfinite(factor) && (found == NOBODY || factor > largest)) {
            largest = factor;
            found = i;
        }
    }
    if (found == NOBODY)
        fprintf(to, "The ledger has no quantity that is known of both %s and %s",
                rows->row[one].model, rows->row[other].model);
    else if (largest < NOTABLE_FACTOR)
        fprintf(to,
                "In the ledger %s and %s differ by less than a tenth in all that is more than "
                "next to nothing",
                rows->row[one].model, rows->row[other].model);
    else
        write_values(to, rows, &quantities[found], one, other);
    write_busy(to, rows, one, other);
    fputs(".", to);
}

static void write_own_cost(FILE *to, const struct sentence_rows *rows, int one)
{
    char text[FORMAT_BYTES];
    size_t known = 0, index = 0;
    for (int i = 0; i < QUANTITIES; i++)
        known += isfinite(value_of(&rows->row[one], &quantities[i])) ? 1 : 0;
    if (known == 0) {
        fputs("The ledger does not say what its requests cost.", to);
        return;
    }
    fputs("The ledger says of each of its requests: ", to);
    for (int i = 0; i < QUANTITIES; i++) {
        double value = value_of(&rows->row[one], &quantities[i]);
        if (!isfinite(value))
            continue;
        write_listed(to, quantities[i].name, index++, known);
        fprintf(to, " %s%s", format_decimal(text, value), quantities[i].unit);
    }
    write_busy(to, rows, one, NOBODY);
    fputs(".", to);
}

/* ---- all of it ---- */

static void write_ranking(FILE *to, const struct sentence_rows *rows, int leader, int second)
{
    if (rows->row[leader].best)
        write_winner(to, rows, leader, second);
    else
        write_no_winner(to, rows, leader, second);
    write_not_ranked(to, rows, leader);
}

void sentences_write(FILE *to, const struct sentence_rows *rows)
{
    int leader = leader_of(rows);
    if (leader == NOBODY) {
        write_unranked(to, rows);
        return;
    }
    if (rows->rate_given) {
        leader = responses_write(to, rows);
        if (leader == NOBODY)
            return;
    }
    int second = most(rows, leader), base = base_of(rows);
    if (second == NOBODY) {
        if (!rows->rate_given)
            write_only_one(to, rows, leader);
        write_own_cost(to, rows, leader);
        return;
    }
    if (!rows->rate_given)
        write_ranking(to, rows, leader, second);
    write_difference(to, rows, leader, base != NOBODY && base != leader ? base : second);
}
