#include "score.h"

#include <math.h>
#include <string.h>

#include "time_text.h"

static void put_number(char cell[SCORE_CELL_BYTES], enum score_unit unit, double value,
                       const char *plus)
{
    const char *sign = value < 0 ? "-" : value > 0 ? plus : "";
    char time[TIME_TEXT_BYTES];
    if (isnan(value))
        snprintf(cell, SCORE_CELL_BYTES, "-");
    else if (unit == SCORE_SHARE)
        snprintf(cell, SCORE_CELL_BYTES, "%s%.3g %%", sign, 100 * fabs(value));
    else
        snprintf(cell, SCORE_CELL_BYTES, "%s%.20s", sign, time_text(time, fabs(value)));
}

static struct score_row *add(struct score_sheet *s, const char *name, bool good,
                             const char *meaning)
{
    struct score_row *row = &s->rows[s->count < SCORE_ROWS ? s->count++ : SCORE_ROWS - 1];
    *row = (struct score_row){.result = good ? SCORE_OK : SCORE_FAILED};
    snprintf(row->remark, sizeof row->remark, "%s", meaning);
    snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

struct score_row *score_near(struct score_sheet *s, const char *name, enum score_unit unit,
                             double value, double expected, double tolerance, const char *meaning)
{
    struct score_row *row = add(s, name, fabs(value - expected) <= tolerance, meaning);
    put_number(row->value, unit, value, "");
    put_number(row->expected, unit, expected, "");
    put_number(row->error, unit, value - expected, "+");
    put_number(row->tolerance, unit, tolerance, "");
    return row;
}

struct score_row *score_words(struct score_sheet *s, const char *name, const char *value,
                              const char *expected, bool good, const char *meaning)
{
    struct score_row *row = add(s, name, good, meaning);
    snprintf(row->value, sizeof row->value, "%s", value);
    snprintf(row->expected, sizeof row->expected, "%s", expected);
    strcpy(row->error, "-");
    strcpy(row->tolerance, "-");
    return row;
}

void score_not_measured(struct score_row *row, const char *why)
{
    row->result = SCORE_NOT_MEASURED;
    snprintf(row->remark, sizeof row->remark, "%s", why);
}

size_t score_count(const struct score_sheet *s, enum score_result result)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        count += s->rows[i].result == result;
    return count;
}

bool score_is_better(const struct score_sheet *s, const struct score_sheet *other)
{
    size_t ok = score_count(s, SCORE_OK), other_ok = score_count(other, SCORE_OK);
    if (ok != other_ok)
        return ok > other_ok;
    return score_count(s, SCORE_FAILED) >= score_count(other, SCORE_FAILED);
}

void score_put_head(FILE *file)
{
    fprintf(file, "  %-36s%18s%18s%11s%11s%7s\n", "", "value", "expected", "error", "tolerance",
            "tries");
}

void score_put_sheet(FILE *file, const struct score_sheet *s, int tries)
{
    static const char *const words[] = {
        [SCORE_NOT_MEASURED] = "not measured", [SCORE_FAILED] = "FAILED", [SCORE_OK] = "ok"};
    for (size_t i = 0; i < s->count; i++) {
        const struct score_row *row = &s->rows[i];
        fprintf(file, "  %-36s%18s%18s%11s%11s%7d  %s", row->name, row->value, row->expected,
                row->error, row->tolerance, tries, words[row->result]);
        if (row->result == SCORE_NOT_MEASURED)
            fprintf(file, ": %s", row->remark);
        if (row->result == SCORE_FAILED)
            fprintf(file, "\n    %s", row->remark);
        fputc('\n', file);
    }
}
