#include "ledger_table.h"

#include <math.h>

#include "counting.h"
#include "format.h"

/* The columns, in their order. */
static const struct column {
    const char *heading, *meaning;
    enum ledger_quantity quantity;
} columns[] = {
    {"server", "CPU us of the server and its children", LEDGER_SERVER_CPU},
    {"client", "CPU us of the client", LEDGER_CLIENT_CPU},
    {"machine", "CPU us of all that ran", LEDGER_MACHINE_CPU},
    {"rest", "CPU us that the two do not explain", LEDGER_UNEXPLAINED_CPU},
    {"stall", "us in which the server waited for a CPU", LEDGER_STALL},
    {"switch", "context switches of the server", LEDGER_SWITCHES},
    {"faults", "page faults of the server", LEDGER_FAULTS},
    {"forks/s", "processes and threads made in a second", LEDGER_FORKS},
    {"calls", "system calls of the server", LEDGER_SYSCALLS},
    {"KiB/cli", "memory for each client", LEDGER_MEMORY},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void write_row(FILE *to, const char *model, const struct summary *s)
{
    char text[FORMAT_BYTES];
    fprintf(to, "  %-18s", model);
    for (int c = 0; c < COLUMNS; c++) {
        double value = s->ledger[columns[c].quantity];
        fprintf(to, "%8s",
                fabs(value) > 9999 ? format_short(text, value) : format_decimal(text, value));
    }
    fputc('\n', to);
}

static void write_heading(FILE *to)
{
    fprintf(to, "  %-18s", "Ledger, a request:");
    for (int c = 0; c < COLUMNS; c++)
        fprintf(to, "%8s", columns[c].heading);
    fputc('\n', to);
}

/* What should be 0, in all runs of the workload. */
static void write_losses(FILE *to, const struct suite *suite, size_t workload)
{
    double overflows = 0, retransmits = 0;
    for (size_t i = 0; i < suite->runs_count; i++) {
        const struct ledger_entry *entries = suite->runs[i].ledger.entries;
        if (suite->runs[i].workload != workload || isnan(entries[LEDGER_OVERFLOWS].value))
            continue;
        overflows += entries[LEDGER_OVERFLOWS].value;
        retransmits += entries[LEDGER_RETRANSMITS].value;
    }
    if (overflows + retransmits > 0)
        fprintf(to,
                "  On the whole machine: %.0f overflows of accept queues, %.0f segments sent "
                "again\n",
                overflows, retransmits);
}

/* Of those that have fixed workers. */
static void write_busiest(FILE *to, const struct suite *suite, const struct summary row[])
{
    char text[FORMAT_BYTES];
    const char *separator = "  Clients of the busiest worker, over the mean of all: ";
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        double busiest = row[m].ledger[LEDGER_BUSIEST];
        if (!isfinite(busiest))
            continue;
        fprintf(to, "%s%s %s", separator, suite->catalogue.models[m].name,
                format_decimal(text, busiest));
        separator = ", ";
    }
    if (*separator == ',')
        fputc('\n', to);
}

static bool is_known(const struct summary *s)
{
    for (int c = 0; c < COLUMNS; c++)
        if (isfinite(s->ledger[columns[c].quantity]))
            return true;
    return false;
}

void ledger_table_write(FILE *to, const struct suite *suite, const struct summary row[])
{
    bool headed = false;
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        if (!is_known(&row[m]))
            continue;
        if (!headed)
            write_heading(to);
        headed = true;
        write_row(to, suite->catalogue.models[m].name, &row[m]);
    }
    write_busiest(to, suite, row);
    write_losses(to, suite, row[0].workload);
}

/* ---- the legend ---- */

/* Of the runs at hand: one that knows the quantity, else one that tells why not; NULL when there is
 * none. */
static const struct ledger_entry *telling_entry(const struct suite *suite, enum ledger_quantity q)
{
    const struct ledger_entry *telling = NULL;
    size_t models = suite->catalogue.models_count;
    size_t count =
        ledger_is_counted(q) ? models * suite->catalogue.workloads_count : suite->runs_count;
    for (size_t i = 0; i < count; i++) {
        const struct run *run =
            ledger_is_counted(q) ? counting_run(suite, i / models, i % models) : &suite->runs[i];
        if (run == NULL || run->outcome != RUN_MEASURED)
            continue;
        telling = &run->ledger.entries[q];
        if (telling->why == NULL)
            break;
    }
    return telling;
}

void ledger_table_write_legend(FILE *to, const struct suite *suite)
{
    fputs("\nLedger        for each right reply in the measured time; calls and KiB/cli are from "
          "runs that\n"
          "              count and are not timed\n",
          to);
    for (int c = 0; c < COLUMNS; c++) {
        const struct ledger_entry *entry = telling_entry(suite, columns[c].quantity);
        const char *why = entry == NULL ? "no such run" : entry->why;
        fprintf(to, "%-14s%s", columns[c].heading, columns[c].meaning);
        if (why != NULL)
            fprintf(to, "\n              not available: %.70s\n", why);
        else
            fprintf(to, " (%s)\n", entry->source);
    }
    if (suite->sources.cgroup.why[0] != '\0')
        fprintf(to, "              no control group: %.66s\n", suite->sources.cgroup.why);
}
