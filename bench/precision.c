#include "precision.h"

#include <math.h>
#include <string.h>

#include "blocks.h"

static const struct summary *valid_base(const struct suite *suite, const struct summary row[])
{
    for (size_t m = 0; m < suite->catalogue.models_count; m++)
        if (strcmp(suite->catalogue.models[m].name, suite->base_model) == 0 && row[m].valid > 0)
            return &row[m];
    return NULL;
}

/* A figure of one block only is the least certain of all. */
static bool is_wider(const struct precision *a, const struct precision *b)
{
    return b->count == 0 || (b->count >= 2 && (a->count < 2 || a->half_width > b->half_width));
}

struct precision precision_of(const struct suite *suite, const struct summary row[])
{
    const struct summary *base = valid_base(suite, row);
    struct precision ratios = {.half_width = NAN, .sd = NAN}, levels = ratios;
    for (size_t m = 0; m < suite->catalogue.models_count; m++) {
        if (row[m].valid == 0)
            continue;
        bool of_ratio = base != NULL && &row[m] != base && row[m].ratio.count > 0;
        const struct ratio *figure = of_ratio ? &row[m].ratio : &row[m].rps_level;
        struct precision *widest = of_ratio ? &ratios : &levels;
        struct precision p = {.count = figure->count,
                              .model = m,
                              .of_ratio = of_ratio,
                              .sd = figure->sd,
                              .half_width = blocks_half_width(figure->sd, figure->count)};
        if (p.count > 0 && is_wider(&p, widest))
            *widest = p;
    }
    return ratios.count > 0 ? ratios : levels;
}
