#include "ledger_section.h"

#include <math.h>

#include "format.h"
#include "html.h"
#include "page.h"

struct column {
    const char *heading, *meaning;
    enum ledger_quantity quantity;
};

static const struct column columns[] = {
    {"server us", "CPU time of the server and its children", LEDGER_SERVER_CPU},
    {"client us", "CPU time of the client", LEDGER_CLIENT_CPU},
    {"stall us", "time in which a part of the server was ready and had no CPU", LEDGER_STALL},
    {"switches", "context switches of the server", LEDGER_SWITCHES},
    {"faults", "page faults of the server", LEDGER_FAULTS},
    {"system calls", "of the server, in a run that counts and is not timed", LEDGER_SYSCALLS},
    {"forks/s", "processes and threads made in a second, on the whole machine", LEDGER_FORKS},
    {"KiB a client", "memory the server has grown by, for each client", LEDGER_MEMORY},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Medians over the blocks, as those above. */
static const struct column more[] = {
    {"machine us", "CPU time of all that ran, a request", LEDGER_MACHINE_CPU},
    {"rest us",
     "CPU time that server and client do not explain, a request; below 0 shows how "
     "coarse the clocks are",
     LEDGER_UNEXPLAINED_CPU},
    {"delay us", "time for which the threads of the server waited for a CPU, added up, a request",
     LEDGER_DELAY},
    {"busiest worker", "clients that the busiest worker took, over the mean of all workers",
     LEDGER_BUSIEST},
};
enum { MORE = sizeof more / sizeof *more };

/* Seldom anything but 0, where a median would hide what happened once: of all runs together. */
static const struct column losses[] = {
    {"overflows", "of accept queues on the whole machine, in all runs", LEDGER_OVERFLOWS},
    {"sent again", "TCP segments on the whole machine, in all runs", LEDGER_RETRANSMITS},
};
enum { LOSSES = sizeof losses / sizeof *losses };

void ledger_section_headings(FILE *to)
{
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, "<th>%s</th>", columns[i].heading);
}

void ledger_section_cells(FILE *to, const struct cell *cell)
{
    char text[FORMAT_BYTES];
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, "<td>%s</td>", format_decimal(text, cell->ledger[columns[i].quantity]));
}

/* ---- what the columns mean ---- */

/* Of all runs: one that knows the quantity, else one that tells why not; NULL when there is none.
 */
static const json_t *telling_entry(const struct data *data, enum ledger_quantity quantity)
{
    size_t i;
    const json_t *run, *telling = NULL;
    const json_t *runs =
        json_object_get(data->document, ledger_is_counted(quantity) ? "counted" : "runs");
    json_array_foreach(runs, i, run)
    {
        const json_t *entry =
            json_object_get(json_object_get(run, "ledger"), ledger_names[quantity]);
        if (json_is_number(json_object_get(entry, "value")))
            return entry;
        if (telling == NULL)
            telling = entry;
    }
    return telling;
}

static void write_meaning(FILE *to, const struct data *data, const struct column *column)
{
    const json_t *entry = telling_entry(data, column->quantity);
    const char *why = data_text(entry, "not_available"), *source = data_text(entry, "source");
    fprintf(to, "<dt>%s</dt><dd>%s", column->heading, column->meaning);
    if (*why != '\0')
        html_textf(to, "; not available: %s", why);
    else if (*source != '\0')
        html_textf(to, " (%s)", source);
    fputs("</dd>\n", to);
}

static void write_meanings(FILE *to, const struct data *data, const struct column list[], int count)
{
    for (int i = 0; i < count; i++)
        write_meaning(to, data, &list[i]);
}

void ledger_section_legend(FILE *to, const struct data *data)
{
    fputs("<dl class=\"facts\">\n", to);
    write_meanings(to, data, columns, COLUMNS);
    write_meanings(to, data, more, MORE);
    write_meanings(to, data, losses, LOSSES);
    fputs("</dl>\n", to);
}

/* ---- what is in no other table ---- */

static double sum_of(const struct data *data, size_t workload, size_t model,
                     enum ledger_quantity quantity)
{
    size_t i;
    const json_t *run;
    double sum = NAN;
    json_array_foreach(json_object_get(data->document, "runs"), i, run)
    {
        if (!data_is_of(data, run, workload, model))
            continue;
        double value = data_number(
            json_object_get(json_object_get(run, "ledger"), ledger_names[quantity]), "value");
        if (isfinite(value))
            sum = isnan(sum) ? value : sum + value;
    }
    return sum;
}

/* Or why it is not known of this model: in its first run. */
static void write_known(FILE *to, const struct data *data, size_t workload, size_t model,
                        enum ledger_quantity quantity)
{
    size_t i;
    const json_t *run;
    char text[FORMAT_BYTES];
    double value = data_cell(data, workload, model)->ledger[quantity];
    fprintf(to, "<td>%s", format_decimal(text, value));
    json_array_foreach(json_object_get(data->document, "runs"), i, run)
    {
        const json_t *ledger = json_object_get(run, "ledger");
        if (isfinite(value) || !data_is_of(data, run, workload, model))
            continue;
        fputs("<small class=\"reason\">", to);
        html_text(to, data_text(json_object_get(ledger, ledger_names[quantity]), "not_available"));
        fputs("</small>", to);
        break;
    }
    fputs("</td>", to);
}

static void write_more(FILE *to, const struct data *data, size_t workload, size_t model)
{
    char text[FORMAT_BYTES];
    fputs("<tr><th>", to);
    html_text(to, data->model_names[model]);
    fputs("</th>", to);
    for (int i = 0; i < MORE; i++)
        write_known(to, data, workload, model, more[i].quantity);
    for (int i = 0; i < LOSSES; i++)
        fprintf(to, "<td>%s</td>",
                format_count(text, sum_of(data, workload, model, losses[i].quantity)));
    fputs("</tr>\n", to);
}

void ledger_section_more(FILE *to, const struct data *data, size_t workload)
{
    fputs("<details><summary>More of the ledger</summary>\n", to);
    page_begin_table(to, NULL);
    fputs("<tr><th>Model</th>", to);
    for (int i = 0; i < MORE; i++)
        fprintf(to, "<th>%s</th>", more[i].heading);
    for (int i = 0; i < LOSSES; i++)
        fprintf(to, "<th>%s</th>", losses[i].heading);
    fputs("</tr>\n", to);
    for (size_t m = 0; m < data->models; m++)
        if (data_cell(data, workload, m)->runs > 0)
            write_more(to, data, workload, m);
    page_end_table(to);
    fputs("</details>\n", to);
}
