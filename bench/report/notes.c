#include "notes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "html.h"

static bool is_of_workload(const struct data *data, const json_t *item, size_t workload)
{
    return strcmp(data_text(item, "workload"), data_workload_name(data, workload)) == 0;
}

/* ---- half width ---- */

static void write_half_width(FILE *to, const struct data *data, const json_t *precision)
{
    char text[FORMAT_BYTES], blocks[FORMAT_BYTES];
    double half_width = data_number(precision, "half_width");
    double wanted = data_number(data->document, "options.half_width_wanted");
    if (!isfinite(half_width)) {
        fputs("Half width of the 95 % intervals: not known", to);
        if (*data_text(precision, "model") != '\0')
            html_textf(to, " of the %s of %s, which is VALID%s in one block only",
                       data_text(precision, "of"), data_text(precision, "model"),
                       strcmp(data_text(precision, "of"), "ratio") == 0 ? " together with the base"
                                                                        : "");
        fputs(data_number(precision, "blocks") > 0 ? ". " : ", for no run is VALID. ", to);
        return;
    }
    fprintf(to, "Half width of the 95 %% intervals: %s (", format_half_width(text, half_width));
    if (*data_text(precision, "model") != '\0')
        html_textf(to, "%s of %s, ", data_text(precision, "of"), data_text(precision, "model"));
    fprintf(to, "%s blocks)", format_count(blocks, data_number(precision, "blocks")));
    if (isfinite(wanted))
        fprintf(to, "; wanted: %s %%", format_rough(text, wanted * 100));
    fputs(". ", to);
}

static const json_t *precision_of_workload(const struct data *data, size_t workload)
{
    size_t i;
    const json_t *item;
    json_array_foreach(json_object_get(data->document, "precision"), i,
                       item) if (is_of_workload(data, item, workload)) return item;
    return NULL;
}

/* ---- outliers ---- */

static void write_outlier(FILE *to, const char *model, const json_t *outlier, bool first)
{
    char block[FORMAT_BYTES], rps[FORMAT_BYTES];
    fputs(first ? "Outliers, which are counted: " : "; ", to);
    html_textf(to, "%s in block %s, %s: %s requests/s", model,
               format_count(block, data_number(outlier, "block") + 1), data_text(outlier, "kind"),
               format_count(rps, data_number(outlier, "throughput_rps")));
    double over_median = data_number(outlier, "over_median");
    if (isfinite(over_median))
        fprintf(to, " (%+.0f %%)", (over_median - 1) * 100);
}

/* Returns how many there were. */
static size_t write_outliers(FILE *to, const struct data *data, size_t workload)
{
    size_t s, o, found = 0;
    const json_t *summary, *outlier;
    json_array_foreach(json_object_get(data->document, "summaries"), s, summary)
    {
        if (!is_of_workload(data, summary, workload))
            continue;
        json_array_foreach(json_object_get(summary, "outliers"), o, outlier)
            write_outlier(to, data_text(summary, "model"), outlier, found++ == 0);
    }
    return found;
}

void notes_write(FILE *to, const struct data *data, size_t workload)
{
    char *text = NULL;
    size_t bytes = 0;
    const json_t *precision = precision_of_workload(data, workload);
    FILE *memory = open_memstream(&text, &bytes);
    if (memory == NULL)
        return;
    if (precision != NULL)
        write_half_width(memory, data, precision);
    if (write_outliers(memory, data, workload) > 0)
        fputc('.', memory);
    if (fclose(memory) == 0 && bytes > 0)
        fprintf(to, "<p class=\"soft\">%s</p>\n", text);
    free(text);
}
