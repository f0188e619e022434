/* map: which model wins where, along two quantities at once: how long a request takes its handler,
 * and how many requests a client sends before it leaves. Once with requests that wait (SLEEP), once
 * with requests that compute (SPIN).
 *
 * Each adds to its experiment's JSON
 *
 *     "cells": [{"x", "y", "winner", "ratio": {"value", "low", "high"}, "last", "span": the same,
 *                "tied": [...], "not_ranked": [{"model", "verdict"}],
 *                "client_was_the_limit": bool, "by": "requests/s" or "CPU time", "text"}],
 *     "sentences": [...]
 *
 * as struct map_cell says; "winner" is null where none is named, and then the ratio is that of the
 * two best, or null where the client was the limit and CPU times cannot decide. "last" is the
 * slowest that is ranked, and the span the ratio of the best to it. */
#ifndef MAP_H
#define MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "experiment.h"
#include "ratio.h"

bool map_waiting(struct experiment *e, const struct suite *suite);
bool map_computing(struct experiment *e, const struct suite *suite);

/* Once the runs have been carried out. */
bool map_conclude(struct experiment *e, const struct suite *suite);

/* ---- judging, pure ---- */

/* What one model did in a cell. */
struct map_rival {
    const char *name, *verdict; /* "VALID" if enough runs are, else as experiment_tally */
    const double *rps;          /* block by block; NaN: not known */
    double median_rps;
    /* Requests for which a second of the server's CPU time suffices, block by block, whoever was
     * the limit; NULL: it does not tell who is ahead. */
    const double *per_cpu;
    double median_per_cpu;
};

enum { MAP_NOBODY = CATALOGUE_MODELS_MOST };

/* A server that uses less of its processor's time is bounded by something else. */
#define MAP_BUSY_SHARE 0.7

struct map_cell {
    double x, y;
    size_t best, second; /* rivals; MAP_NOBODY: there is none */
    bool is_won;         /* best is shown to beat all that are ranked */
    struct ratio ratio;  /* of the best to the second, more than 1 in favour of the best */
    size_t last;         /* that is ranked, if there are two; MAP_NOBODY */
    struct ratio span;   /* of the best to the last */
    bool tied[CATALOGUE_MODELS_MOST];    /* not shown to be behind the best, it included */
    bool ranked[CATALOGUE_MODELS_MOST];  /* it is VALID: see map_judge */
    bool limited[CATALOGUE_MODELS_MOST]; /* the client was the limit with it */
    bool by_cpu; /* for the client was the limit: ratio and span are of CPU times */
};

/* Ranked, by requests/s, is only who is VALID. Where the client was the limit with some model
 * (GENERATOR-LIMITED), less was measured of it than it can do: nobody can be shown to be ahead of
 * it. If its CPU time is known (requests that never wait, and a server with one processor), what a
 * second of that is enough for is taken for what it can do at most; and at least, too, of those,
 * limited or VALID, that keep their processor busy (MAP_BUSY_SHARE), and so are bounded by it.
 * One that idles more may be bounded by something else, as by waiting for the next request of the
 * client it serves: VALID, it keeps its requests/s; limited, it can do these at least. Ratio and
 * span are of the least of the best to the most of the other. Elsewhere no winner is named, nobody
 * is tied, and the ratio is not known. Fills in all but x and y. */
void map_judge(struct map_cell *cell, const struct map_rival rivals[], size_t count, size_t blocks);

/* By how much one model beats another where it does so most clearly. */
struct map_duel {
    double factor;            /* of requests/s; 0: it is nowhere shown to be ahead */
    struct interval interval; /* of the factor */
    size_t cell;
};

struct map {
    size_t cells_count, models_count;
    const struct catalogue_model *models; /* of the suite */
    struct map_duel duels[CATALOGUE_MODELS_MOST][CATALOGUE_MODELS_MOST];
    struct map_cell cells[];
};

/* Looks at all pairs of a cell of which both are ranked. */
void map_note_duels(struct map *map, size_t cell, const struct map_rival rivals[], size_t blocks);

/* What all cells say together, in sentences; NUL-terminated. Of two models that change places, the
 * clearest case: where both are ahead of the other by much. */
enum { MAP_TEXT_BYTES = 1024 };
void map_summarise(char text[MAP_TEXT_BYTES], const struct map *map);

/* "thread-per-client beats preforked by 1.31 (1.24-1.39)", or why nobody is named: "the client was
 * the limit with multiplexed: no winner is named". */
void map_describe(char text[MAP_TEXT_BYTES], const struct map *map, const struct map_cell *cell);

/* A row for each service time, a column for each number of requests, and a legend. */
void map_show(FILE *to, const struct map *map);

#endif
