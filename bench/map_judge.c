#include <math.h>
#include <string.h>

#include "map.h"

static bool is_limited(const struct map_rival *r)
{
    return strcmp(r->verdict, "GENERATOR-LIMITED") == 0;
}

static bool is_valid(const struct map_rival *r)
{
    return strcmp(r->verdict, "VALID") == 0;
}

/* What the models are judged by: at least, and at most, so many requests a second. */
struct bound {
    const double *values[CATALOGUE_MODELS_MOST];
    double medians[CATALOGUE_MODELS_MOST];
};

struct measure {
    struct bound least, most;
};

/* The one with the most of those in the set but one; MAP_NOBODY if there is none. */
static size_t best_of(const bool set[], const struct bound *by, size_t count, size_t but)
{
    size_t best = MAP_NOBODY;
    for (size_t i = 0; i < count; i++)
        if (set[i] && i != but && (best == MAP_NOBODY || by->medians[i] > by->medians[best]))
            best = i;
    return best;
}

/* The one with the least of those in the set but one, of which there is one. */
static size_t last_of(const bool set[], const struct bound *by, size_t count, size_t but)
{
    size_t last = MAP_NOBODY;
    for (size_t i = 0; i < count; i++)
        if (set[i] && i != but && (last == MAP_NOBODY || by->medians[i] < by->medians[last]))
            last = i;
    return last;
}

static struct ratio ahead(const struct measure *by, size_t one, size_t other, size_t blocks)
{
    return ratio_paired(by->least.values[one], by->most.values[other], blocks);
}

/* Out go those of the set that are shown to be behind the best of it. */
static void thin_out(bool set[], const struct measure *by, size_t count, size_t blocks)
{
    size_t best = best_of(set, &by->least, count, MAP_NOBODY);
    for (size_t i = 0; i < count; i++) {
        if (!set[i] || i == best)
            continue;
        struct ratio ratio = ahead(by, best, i, blocks);
        if (ratio_shows_difference(&ratio) && ratio.value > 1)
            set[i] = false;
    }
}

static size_t count_of(const bool set[], size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += set[i];
    return n;
}

/* All with whom the client was the limit have CPU times that tell. */
static bool cpu_decides(const struct map_rival rivals[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_limited(&rivals[i]) &&
            (rivals[i].per_cpu == NULL || !(rivals[i].median_per_cpu > 0)))
            return false;
    return true;
}

static bool is_busy(const struct map_rival *r)
{
    return r->per_cpu != NULL && r->median_rps >= MAP_BUSY_SHARE * r->median_per_cpu;
}

static void take(struct bound *bound, size_t rival, const struct map_rival *r, bool per_cpu)
{
    bound->values[rival] = per_cpu ? r->per_cpu : r->rps;
    bound->medians[rival] = per_cpu ? r->median_per_cpu : r->median_rps;
}

static void take_measure(struct measure *by, struct map_cell *cell, const struct map_rival rivals[],
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct map_rival *r = &rivals[i];
        bool counts = is_valid(r) || (cell->by_cpu && is_limited(r));
        take(&by->least, i, r, cell->by_cpu && is_busy(r));
        take(&by->most, i, r, cell->by_cpu && (is_busy(r) || is_limited(r)));
        cell->ranked[i] = counts && by->least.medians[i] > 0;
    }
}

void map_judge(struct map_cell *cell, const struct map_rival rivals[], size_t count, size_t blocks)
{
    struct measure by;
    for (size_t i = 0; i < count; i++)
        cell->limited[i] = is_limited(&rivals[i]);
    bool any_limited = count_of(cell->limited, count) > 0;
    cell->by_cpu = any_limited && cpu_decides(rivals, count);
    take_measure(&by, cell, rivals, count);
    memcpy(cell->tied, cell->ranked, sizeof cell->tied);
    cell->ratio = cell->span = (struct ratio){.value = NAN, .interval = interval_unknown()};
    cell->last = MAP_NOBODY;
    cell->best = best_of(cell->ranked, &by.least, count, MAP_NOBODY);
    cell->second = best_of(cell->ranked, &by.most, count, cell->best);
    cell->is_won = false;
    if (any_limited && !cell->by_cpu) {
        memset(cell->tied, 0, sizeof cell->tied);
        return;
    }
    thin_out(cell->tied, &by, count, blocks);
    if (cell->second != MAP_NOBODY) {
        cell->ratio = ahead(&by, cell->best, cell->second, blocks);
        cell->is_won = count_of(cell->tied, count) == 1;
        cell->last = last_of(cell->ranked, &by.most, count, cell->best);
        cell->span = ahead(&by, cell->best, cell->last, blocks);
    }
}

static bool has_rps(const struct map_rival *r)
{
    return is_valid(r) && r->median_rps > 0;
}

void map_note_duels(struct map *map, size_t cell, const struct map_rival rivals[], size_t blocks)
{
    for (size_t a = 0; a < map->models_count; a++)
        for (size_t b = 0; b < map->models_count; b++) {
            if (a == b || !has_rps(&rivals[a]) || !has_rps(&rivals[b]))
                continue;
            struct ratio ratio = ratio_paired(rivals[a].rps, rivals[b].rps, blocks);
            struct map_duel *duel = &map->duels[a][b];
            if (ratio_shows_difference(&ratio) && ratio.value > 1 && ratio.value > duel->factor)
                *duel = (struct map_duel){ratio.value, ratio.interval, cell};
        }
}
