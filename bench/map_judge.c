#include <math.h>
#include <string.h>

#include "map.h"

static bool is_limited(const struct map_rival *r)
{
    return strcmp(r->verdict, "GENERATOR-LIMITED") == 0;
}

static bool is_ranked(const struct map_rival *r)
{
    return strcmp(r->verdict, "VALID") == 0 && r->median_rps > 0;
}

/* The best of those in the set but one; MAP_NOBODY if there is none. */
static size_t best_of(const bool set[], const struct map_rival rivals[], size_t count, size_t but)
{
    size_t best = MAP_NOBODY;
    for (size_t i = 0; i < count; i++)
        if (set[i] && i != but &&
            (best == MAP_NOBODY || rivals[i].median_rps > rivals[best].median_rps))
            best = i;
    return best;
}

/* The slowest of those in the set, of which there is one. */
static size_t last_of(const bool set[], const struct map_rival rivals[], size_t count)
{
    size_t last = MAP_NOBODY;
    for (size_t i = 0; i < count; i++)
        if (set[i] && (last == MAP_NOBODY || rivals[i].median_rps < rivals[last].median_rps))
            last = i;
    return last;
}

/* Out go those of the set that are shown to be behind the best of it. */
static void thin_out(bool set[], const struct map_rival rivals[], size_t count, size_t blocks)
{
    size_t best = best_of(set, rivals, count, MAP_NOBODY);
    for (size_t i = 0; i < count; i++) {
        if (!set[i] || i == best)
            continue;
        struct ratio ratio = ratio_paired(rivals[best].rps, rivals[i].rps, blocks);
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

void map_judge(struct map_cell *cell, const struct map_rival rivals[], size_t count, size_t blocks)
{
    for (size_t i = 0; i < count; i++) {
        cell->tied[i] = cell->ranked[i] = is_ranked(&rivals[i]);
        cell->limited[i] = is_limited(&rivals[i]);
    }
    cell->ratio = cell->span = (struct ratio){.value = NAN, .interval = interval_unknown()};
    cell->last = MAP_NOBODY;
    cell->best = best_of(cell->ranked, rivals, count, MAP_NOBODY);
    cell->second = best_of(cell->ranked, rivals, count, cell->best);
    cell->is_won = false;
    if (count_of(cell->limited, count) > 0) {
        memset(cell->tied, 0, sizeof cell->tied);
        return;
    }
    thin_out(cell->tied, rivals, count, blocks);
    if (cell->second != MAP_NOBODY) {
        cell->ratio = ratio_paired(rivals[cell->best].rps, rivals[cell->second].rps, blocks);
        cell->is_won = count_of(cell->tied, count) == 1;
        cell->last = last_of(cell->ranked, rivals, count);
        cell->span = ratio_paired(rivals[cell->best].rps, rivals[cell->last].rps, blocks);
    }
}

void map_note_duels(struct map *map, size_t cell, const struct map_rival rivals[], size_t blocks)
{
    for (size_t a = 0; a < map->models_count; a++)
        for (size_t b = 0; b < map->models_count; b++) {
            if (a == b || !is_ranked(&rivals[a]) || !is_ranked(&rivals[b]))
                continue;
            struct ratio ratio = ratio_paired(rivals[a].rps, rivals[b].rps, blocks);
            struct map_duel *duel = &map->duels[a][b];
            if (ratio_shows_difference(&ratio) && ratio.value > 1 && ratio.value > duel->factor)
                *duel = (struct map_duel){ratio.value, ratio.interval, cell};
        }
}
