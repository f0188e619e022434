#include "cost.h"

#include <math.h>

#include "format.h"
#include "sentence_parts.h"

/* Below this a model's share of a quantity says nothing: 1.1 times as much, and a difference of
 * half a tenth, are the same. */
#define NOTABLE_FACTOR 1.1

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

/* How many times as much as `one` the other pays: below 1 when it pays less; NaN when not known. */
static double saving_of(const struct sentence_rows *rows, const struct quantity *q, int one,
                        int other)
{
    double a = value_of(&rows->row[one], q), b = value_of(&rows->row[other], q);
    return isfinite(a) && isfinite(b) ? fmax(b, q->least) / fmax(a, q->least) : NAN;
}

static void write_saving(FILE *to, const struct sentence_rows *rows, const struct quantity *q,
                         int one, int other)
{
    char a_text[FORMAT_BYTES], b_text[FORMAT_BYTES], factor[FORMAT_BYTES];
    double a = value_of(&rows->row[one], q), b = value_of(&rows->row[other], q);
    fprintf(
        to,
        "Of the costs in the ledger %s saves most, by factor, over %s in %s: %s%s against %s%s a "
        "request",
        rows->row[one].model, rows->row[other].model, q->name, format_decimal(a_text, a), q->unit,
        format_decimal(b_text, b), q->unit);
    if (a >= q->least && b >= q->least)
        fprintf(to, ", a factor of %s", format_decimal(factor, saving_of(rows, q, one, other)));
}

/* The share of one processor that the server used; NaN when not known. */
static double busy_of(const struct sentence_row *row)
{
    return row->ledger[LEDGER_SERVER_CPU] * row->rps / 1e6;
}

static void write_busy(FILE *to, const struct sentence_rows *rows, int one, int other,
                       const char *lead)
{
    double a = busy_of(&rows->row[one]),
           b = other != SENTENCE_NOBODY ? busy_of(&rows->row[other]) : NAN;
    if (!isfinite(a))
        return;
    fprintf(to, "%s%s used about %.0f %% of one processor's time", lead, rows->row[one].model,
            a * 100);
    if (isfinite(b))
        fprintf(to, ", %s %.0f %%", rows->row[other].model, b * 100);
}

/* Both are known, and not alike. */
static bool is_busy_different(const struct sentence_rows *rows, int one, int other)
{
    double a = busy_of(&rows->row[one]), b = busy_of(&rows->row[other]);
    return isfinite(a) && isfinite(b) && fmax(a, b) >= NOTABLE_FACTOR * fmin(a, b);
}

/* A cost of which the one that is ahead pays more explains nothing. */
static void write_no_saving(FILE *to, const struct sentence_rows *rows, int one, int other)
{
    fprintf(to, "No cost in the ledger is notably lower for %s than for %s", rows->row[one].model,
            rows->row[other].model);
    write_busy(to, rows, one, other,
               is_busy_different(rows, one, other) ? "; what differs is that " : "; ");
}

void cost_write_difference(FILE *to, const struct sentence_rows *rows, int one, int other)
{
    int most = SENTENCE_NOBODY;
    double largest = NAN, smallest = NAN;
    for (int i = 0; i < QUANTITIES; i++) {
        double saving = saving_of(rows, &quantities[i], one, other);
        if (!isfinite(saving))
            continue;
        if (most == SENTENCE_NOBODY || saving > largest) {
            largest = saving;
            most = i;
        }
        smallest = fmin(smallest, saving);
    }
    if (most != SENTENCE_NOBODY && largest < NOTABLE_FACTOR && smallest <= 1 / NOTABLE_FACTOR) {
        write_no_saving(to, rows, one, other);
        fputs(".", to);
        return;
    }
    if (most == SENTENCE_NOBODY)
        fprintf(to, "The ledger has no quantity that is known of both %s and %s",
                rows->row[one].model, rows->row[other].model);
    else if (largest < NOTABLE_FACTOR)
        fprintf(to,
                "In the ledger %s and %s differ by less than a tenth in all that is more than "
                "next to nothing",
                rows->row[one].model, rows->row[other].model);
    else
        write_saving(to, rows, &quantities[most], one, other);
    write_busy(to, rows, one, other, "; ");
    fputs(".", to);
}

void cost_write_own(FILE *to, const struct sentence_rows *rows, int one)
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
        sentence_write_listed(to, quantities[i].name, index++, known);
        fprintf(to, " %s%s", format_decimal(text, value), quantities[i].unit);
    }
    write_busy(to, rows, one, SENTENCE_NOBODY, "; ");
    fputs(".", to);
}
