#include "sentences.h"

#include <ctype.h>
#include <string.h>

#include "cost.h"
#include "ranking.h"
#include "responses.h"
#include "sentence_parts.h"

/* ---- nobody ---- */

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

/* What happened whatever the client's precision, and so is told first. */
static const struct fate {
    const char *reason, *in_all, *in_most;
} fates[] = {
    {"server died", "the server died in all runs of ", "the server died in most runs of "},
    {"nobody served", "nobody was served in any run of ", "nobody was served in most runs of "},
};

enum { FATES = sizeof fates / sizeof *fates };

static bool is_fate(const char *reason)
{
    for (int f = 0; f < FATES; f++)
        if (strcmp(fates[f].reason, reason) == 0)
            return true;
    return false;
}

/* In each of its runs, or not. */
static bool is_of_fate(const struct sentence_row *row, const struct fate *fate, bool in_all)
{
    return strcmp(row->reason, fate->reason) == 0 && (row->reason_count == row->runs) == in_all;
}

static void write_fate(FILE *to, const struct sentence_rows *rows, const struct fate *fate,
                       bool in_all, bool *is_first)
{
    size_t count = 0, index = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += is_of_fate(&rows->row[i], fate, in_all);
    if (count == 0)
        return;
    const char *said = in_all ? fate->in_all : fate->in_most;
    fprintf(to, "%s%c%s", *is_first ? "" : "; ", *is_first ? toupper(*said) : *said, said + 1);
    for (size_t i = 0; i < rows->count; i++)
        if (is_of_fate(&rows->row[i], fate, in_all))
            sentence_write_listed(to, rows->row[i].model, index++, count);
    *is_first = false;
}

/* Those that were measured each time. */
static void write_went_on(FILE *to, const struct sentence_rows *rows)
{
    size_t count = 0, index = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += rows->row[i].runs > 0 && rows->row[i].measured == rows->row[i].runs;
    if (count == 0)
        return;
    fputs("; ", to);
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].runs > 0 && rows->row[i].measured == rows->row[i].runs)
            sentence_write_listed(to, rows->row[i].model, index++, count);
    fputs(" went on to the end of each run", to);
}

/* Returns whether there was any. */
static bool write_fates(FILE *to, const struct sentence_rows *rows)
{
    bool is_first = true;
    for (int f = 0; f < FATES; f++) {
        write_fate(to, rows, &fates[f], true, &is_first);
        write_fate(to, rows, &fates[f], false, &is_first);
    }
    if (is_first)
        return false;
    write_went_on(to, rows);
    fputs(". ", to);
    return true;
}

static void write_reasons(FILE *to, const struct sentence_rows *rows)
{
    const char *separator = "";
    for (size_t i = 0; i < rows->count; i++) {
        const char *reason = rows->row[i].reason;
        if (*reason == '\0' || is_fate(reason) || !is_first_with_reason(rows, i))
            continue;
        size_t count = count_reason(rows, reason, rows->count);
        fprintf(to, "%s%s (", separator, reason);
        for (size_t j = i; j < rows->count; j++)
            if (strcmp(rows->row[j].reason, reason) == 0)
                sentence_write_listed(to, rows->row[j].model, count_reason(rows, reason, j), count);
        fputs(")", to);
        separator = "; ";
    }
}

/* Of any model something is known that is no fate. */
static bool has_reasons(const struct sentence_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (*rows->row[i].reason != '\0' && !is_fate(rows->row[i].reason))
            return true;
    return false;
}

static void write_unranked(FILE *to, const struct sentence_rows *rows)
{
    if (sum(rows, false) == 0) {
        fputs("No run was carried out. There is nothing to compare.", to);
        return;
    }
    bool is_any_fate = write_fates(to, rows);
    if (sum(rows, true) == 0)
        fputs("No run was measured, so there is nothing to compare.", to);
    else
        fputs("No run is VALID, so nobody is ranked: the figures only show what happened.", to);
    if (has_reasons(rows)) {
        fprintf(to,
                " What most runs of each %s were: ", is_any_fate ? "of the other models" : "model");
        write_reasons(to, rows);
        fputs(".", to);
    } else if (!is_any_fate)
        fputs(" What the runs were is not known.", to);
}

/* ---- all of it ---- */

void sentences_write(FILE *to, const struct sentence_rows *rows)
{
    int leader = ranking_leader(rows);
    if (leader == SENTENCE_NOBODY) {
        write_unranked(to, rows);
        return;
    }
    if (rows->measure == MEASURE_UNKNOWN) {
        fputs("The rate of requests was given to all, so their requests/s tell nobody apart; how "
              "their response times compare is not in the results.",
              to);
        return;
    }
    if (rows->measure == MEASURE_P99)
        leader = responses_write(to, rows);
    if (leader == SENTENCE_NOBODY)
        return;
    int second = sentence_most(rows, leader), base = sentence_base(rows);
    if (rows->measure == MEASURE_GOODPUT)
        fputs("The rate of requests was given to all, and whoever has more requests/s got more of "
              "them done. ",
              to);
    if (rows->measure != MEASURE_P99)
        ranking_write(to, rows, leader, second);
    if (second == SENTENCE_NOBODY)
        cost_write_own(to, rows, leader);
    else
        cost_write_difference(to, rows, leader,
                              base != SENTENCE_NOBODY && base != leader ? base : second);
}
