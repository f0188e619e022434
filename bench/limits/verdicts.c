#include "verdicts.h"

#include <math.h>

#include "format.h"

enum { TEXT_BYTES = 2 * FORMAT_BYTES + 8 };

enum verdict verdict_of(const struct row *row, const struct record *record)
{
    struct spread s = statistics_spread(record->values, record->count);
    if (s.count == 0 || row->target == 0)
        return VERDICT_NONE;
    double value = row->kind == ROW_CLIENTS ? s.min : s.median;
    bool met = row_wants_less(row) ? value <= row->target : value >= row->target;
    return met ? VERDICT_MET : VERDICT_MISSED;
}

static const char *value_text(char text[FORMAT_BYTES], const struct row *row, double value,
                              int decimals)
{
    if (row->kind == ROW_CLIENTS)
        return format_count(text, value);
    if (fabs(value) < 0.005)
        value = 0; /* and not -0.00 */
    snprintf(text, FORMAT_BYTES, "%.*f", decimals, value);
    return text;
}

static const char *range_text(char text[TEXT_BYTES], const struct row *row, struct spread s)
{
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    snprintf(text, TEXT_BYTES, "%s-%s", value_text(low, row, s.min, 2),
             value_text(high, row, s.max, 2));
    return text;
}

static const char *target_text(char text[TEXT_BYTES], const struct row *row)
{
    char value[FORMAT_BYTES];
    if (row->target == 0)
        return "-";
    if (row->kind == ROW_CLIENTS)
        format_count(value, row->target);
    else
        snprintf(value, sizeof value, row_is_ratio(row) ? "%.2f" : "%.0f", row->target);
    snprintf(text, TEXT_BYTES, "%s %s", row_wants_less(row) ? "<=" : ">=", value);
    return text;
}

/* "multiplexed / bare epoll" */
static void write_names(FILE *to, const struct row *row)
{
    char text[128];
    snprintf(text, sizeof text, "%s%s%s", row->server, row->mark != NULL ? " / " : "",
             row->mark != NULL ? row->mark : "");
    fprintf(to, "  %-20s  %-46s", row->name, text);
}

static void write_row(FILE *to, const struct row *row, const struct record *record)
{
    static const char *const words[] = {
        [VERDICT_NONE] = "-", [VERDICT_MET] = "met", [VERDICT_MISSED] = "MISSED"};
    char value[FORMAT_BYTES], range[TEXT_BYTES], target[TEXT_BYTES];
    struct spread s = statistics_spread(record->values, record->count);
    write_names(to, row);
    if (!record->possible)
        fprintf(to, "left out: %s\n", record->why_not);
    else if (s.count == 0)
        fprintf(to, "not measured\n");
    else /* a third decimal, for the second could hide that a target was just missed */
        fprintf(to, "%8s%s %-13s  %-9s  %s\n", value_text(value, row, s.median, 3),
                record->client_limited > 0 ? "!" : " ", range_text(range, row, s),
                target_text(target, row), words[verdict_of(row, record)]);
}

/* The title of a group comes before the first row of it that is shown. */
static void begin_row(FILE *to, const struct row *row, int *last_kind)
{
    if (*last_kind != (int)row->kind)
        fprintf(to, "\n%s\n", row_kind_title(row->kind));
    *last_kind = (int)row->kind;
}

void verdicts_write(FILE *to, const struct record records[], const bool chosen[])
{
    int last_kind = -1;
    bool client_limited = false;
    fprintf(to, "%-70s%8s  %-13s  %s\n", "", "median", "range", "target");
    for (size_t i = 0; i < rows_count; i++) {
        if (!chosen[i])
            continue;
        begin_row(to, &rows[i], &last_kind);
        write_row(to, &rows[i], &records[i]);
        client_limited = client_limited || records[i].client_limited > 0;
    }
    if (client_limited)
        fputs("\n! In some of these runs the client was the bottleneck: the true ratio is farther "
              "from 1.\n",
              to);
}

void verdicts_write_list(FILE *to)
{
    int last_kind = -1;
    char target[TEXT_BYTES];
    for (size_t i = 0; i < rows_count; i++) {
        begin_row(to, &rows[i], &last_kind);
        write_names(to, &rows[i]);
        fprintf(to, "  %s\n", target_text(target, &rows[i]));
    }
}
