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
    double a = busy_of(&rows->row[one]),
           b = other != SENTENCE_NOBODY ? busy_of(&rows->row[other]) : NAN;
    if (!isfinite(a))
        return;
    fprintf(to, "; %s used about %.0f %% of one processor's time", rows->row[one].model, a * 100);
    if (isfinite(b))
        fprintf(to, ", %s %.0f %%", rows->row[other].model, b * 100);
}

void cost_write_difference(FILE *to, const struct sentence_rows *rows, int one, int other)
{
    int found = SENTENCE_NOBODY;
    double largest = NAN;
    for (int i = 0; i < QUANTITIES; i++) {
        double factor = factor_of(&quantities[i], value_of(&rows->row[one], &quantities[i]),
                                  value_of(&rows->row[other], &quantities[i]));
        if (isfinite(factor) && (found == SENTENCE_NOBODY || factor > largest)) {
            largest = factor;
            found = i;
        }
    }
    if (found == SENTENCE_NOBODY)
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
    write_busy(to, rows, one, SENTENCE_NOBODY);
    fputs(".", to);
}
