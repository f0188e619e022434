#include "sentences.h"

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
                sentence_write_listed(to, rows->row[j].model, count_reason(rows, reason, j), count);
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
