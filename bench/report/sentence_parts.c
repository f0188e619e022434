#include "sentence_parts.h"

#include <math.h>

#include "format.h"

bool sentence_is_ranked(const struct sentence_row *row)
{
    return row->valid > 0 && isfinite(row->rps);
}

int sentence_most(const struct sentence_rows *rows, int left_out)
{
    int found = SENTENCE_NOBODY;
    for (size_t i = 0; i < rows->count; i++)
        if ((int)i != left_out && sentence_is_ranked(&rows->row[i]) &&
            (found == SENTENCE_NOBODY || rows->row[i].rps > rows->row[found].rps))
            found = (int)i;
    return found;
}

int sentence_base(const struct sentence_rows *rows)
{
    return rows->base < rows->count && sentence_is_ranked(&rows->row[rows->base]) ? (int)rows->base
                                                                                  : SENTENCE_NOBODY;
}

struct ratio sentence_ratio(const struct sentence_rows *rows, int above, int below)
{
    return ratio_paired(rows->row[above].rps_by_block, rows->row[below].rps_by_block, rows->blocks);
}

void sentence_write_rps(FILE *to, const struct sentence_row *row)
{
    char value[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    fprintf(to, "%s requests/s", format_count(value, row->rps));
    if (interval_is_known(row->rps_interval))
        fprintf(to, " (95 %%: %s to %s)", format_count(low, row->rps_interval.low),
                format_count(high, row->rps_interval.high));
}

void sentence_write_listed(FILE *to, const char *name, size_t index, size_t count)
{
    fprintf(to, "%s%s", index == 0 ? "" : index + 1 == count ? " and " : ", ", name);
}
