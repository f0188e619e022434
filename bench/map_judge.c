#include <math.h>
#include <string.h>

#include "map.h"

static bool is_limited(const struct map_rival *r)
{
    return strcmp(r->verdict, "GENERATOR-LIMITED") == 0;
}

static bool is_ranked(const struct map_rival *r)
{
    return (strcmp(r->verdict, "VALID") == 0 || is_limited(r)) && r->median_rps > 0;
}

/* Of a to b, more than 1 in favour of a. */
static struct ratio compare(const struct map_rival *a, const struct map_rival *b, size_t blocks,
                            enum map_basis basis)
{
    return basis == MAP_BY_RPS ? ratio_paired(a->rps, b->rps, blocks)
                               : ratio_paired(b->cpu_us, a->cpu_us, blocks);
}

static bool is_better(const struct map_rival *a, const struct map_rival *b, enum map_basis basis)
{
    return basis == MAP_BY_RPS ? a->median_rps > b->median_rps
                               : a->median_cpu_us < b->median_cpu_us;
}

/* The best of those in the set but one; MAP_NOBODY if there is none. */
static size_t best_of(const bool set[], const struct map_rival rivals[], size_t count, size_t but,
                      enum map_basis basis)
{
    size_t best = MAP_NOBODY;
    for (size_t i = 0; i < count; i++)
        if (set[i] && i != but &&
            (best == MAP_NOBODY || is_better(&rivals[i], &rivals[best], basis)))
            best = i;
    return best;
}

/* Out go those of the set that are shown to be behind the best of it; by requests/s, nobody is who
 * could have done more than was measured. */
static void thin_out(bool set[], const struct map_rival rivals[], size_t count, size_t blocks,
                     enum map_basis basis)
{
    size_t best = best_of(set, rivals, count, MAP_NOBODY, basis);
    for (size_t i = 0; i < count; i++) {
        if (!set[i] || i == best || (basis == MAP_BY_RPS && is_limited(&rivals[i])))
            continue;
        struct ratio ratio = compare(&rivals[best], &rivals[i], blocks, basis);
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
    bool rest[CATALOGUE_MODELS_MOST] = {false}, limited = false;
    cell->basis = MAP_BY_RPS;
    for (size_t i = 0; i < count; i++)
        cell->tied[i] = rest[i] = cell->ranked[i] = is_ranked(&rivals[i]);
    thin_out(cell->tied, rivals, count, blocks, MAP_BY_RPS);
    for (size_t i = 0; i < count; i++)
        limited = limited || (cell->tied[i] && is_limited(&rivals[i]));
    if (limited && count_of(cell->tied, count) > 1) {
        cell->basis = MAP_BY_CPU;
        memcpy(rest, cell->tied, sizeof *rest * count);
        thin_out(cell->tied, rivals, count, blocks, MAP_BY_CPU);
    }
    cell->best = best_of(rest, rivals, count, MAP_NOBODY, cell->basis);
    cell->second = best_of(rest, rivals, count, cell->best, cell->basis);
    cell->ratio = (struct ratio){.value = NAN, .interval = interval_unknown()};
    if (cell->second != MAP_NOBODY)
        cell->ratio = compare(&rivals[cell->best], &rivals[cell->second], blocks, cell->basis);
    cell->is_won = cell->second != MAP_NOBODY && count_of(cell->tied, count) == 1;
}

void map_note_duels(struct map *map, size_t cell, const struct map_rival rivals[], size_t blocks)
{
    for (size_t a = 0; a < map->models_count; a++)
        for (size_t b = 0; b < map->models_count; b++) {
            if (a == b || !is_ranked(&rivals[a]) || strcmp(rivals[b].verdict, "VALID") != 0)
                continue;
            struct ratio ratio = compare(&rivals[a], &rivals[b], blocks, MAP_BY_RPS);
            struct map_duel *duel = &map->duels[a][b];
            if (ratio_shows_difference(&ratio) && ratio.value > 1 && ratio.value > duel->factor)
                *duel = (struct map_duel){ratio.value, cell};
        }
}
