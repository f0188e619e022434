#include "gather.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "figures.h"
#include "judge.h"
#include "stall.h"
#include "statistics.h"

const int gather_services_us[GATHER_SERVICES] = {0, 50, 200, 1000, 5000};
const int gather_kept_clients[GATHER_KEPT_LOADS] = {50, 120};
const struct gather_way gather_ways[GATHER_WAYS] = {
    {"preforked", "direct", "direct"}, {"preforked", "flock", "direct"},
    {"preforked", "mutex", "direct"},  {"preforked", "pass", "direct"},
    {"thread-pool", "queue", "queue"}, {"thread-pool", "direct", "queue"},
    {"thread-pool", "mutex", "queue"},
};

static const char iterative[] = "one-at-a-time", multiplexed[] = "multiplexed",
                  threads[] = "thread-per-client", processes[] = "fork-per-client";

/* ---- figures of points ---- */

/* e->count when there is none. */
static size_t find(const struct experiment *e, const char *group, const char *model)
{
    char label[CATALOGUE_NAME_BYTES];
    size_t p = 0;
    snprintf(label, sizeof label, "%s %s", group, model);
    while (p < e->count && strcmp(e->points[p].label, label) != 0)
        p++;
    return p;
}

/* Of two figures, block by block; of no pairs where a point does not exist. */
static struct ratio ratio_of(const struct experiment *e, size_t above, size_t below,
                             double (*figure)(const struct run *))
{
    double over[STATISTICS_MOST], under[STATISTICS_MOST];
    if (above == e->count || below == e->count)
        return ratio_paired(NULL, NULL, 0);
    experiment_values(over, e, above, figure);
    experiment_values(under, e, below, figure);
    return ratio_paired(over, under, e->blocks);
}

static struct judge_side side_of(const struct experiment *e, size_t point, const char *name)
{
    if (point == e->count)
        return (struct judge_side){.name = name, .rps = NAN, .cpu_us = NAN, .verdict = ""};
    struct experiment_tally tally = experiment_tally(e, point);
    return (struct judge_side){
        .name = name,
        .rps = experiment_median(e, point, figures_rps),
        .cpu_us = experiment_median(e, point, figures_cpu_us),
        .repeats = tally.blocks,
        .valid = tally.valid,
        .late = tally.late,
        .verdict = tally.verdict,
        .shown = experiment_verdict(e, point),
    };
}

static struct judge_pair pair_of(const struct experiment *e, const char *group, const char *load,
                                 const char *a_name, const char *b_name)
{
    size_t a = find(e, group, a_name), b = find(e, group, b_name);
    return (struct judge_pair){
        .load = load,
        .rps = ratio_of(e, a, b, figures_rps),
        .cpu = ratio_of(e, b, a, figures_cpu_us),
        .a = side_of(e, a, a_name),
        .b = side_of(e, b, b_name),
    };
}

static struct judge_pair pair_at(const struct experiment *e, const char *group, int number,
                                 const char *load, const char *a, const char *b)
{
    char numbered[CATALOGUE_NAME_BYTES];
    snprintf(numbered, sizeof numbered, "%s%d", group, number);
    return pair_of(e, numbered, load, a, b);
}

/* ---- the claims ---- */

static const char pings[] = "a connection for each PING in a closed loop",
                  waits[] = "a connection for each request that waits",
                  paced_pings[] = "a connection for each PING at a fixed rate";

static void gather_fork(struct claim *claim, const struct experiment *e, const struct creation *c)
{
    struct judge_creation creation[CREATION_SIZES];
    struct judge_pair paced = pair_of(e, GATHER_PACED, paced_pings, threads, processes);
    struct judge_pair heavy = pair_of(e, GATHER_HEAVY, paced_pings, threads, processes);
    struct judge_pair closed = pair_at(e, GATHER_ONCE, 0, pings, threads, processes);
    for (size_t s = 0; s < CREATION_SIZES; s++)
        creation[s] = (struct judge_creation){
            .mib = creation_mib[s],
            .own_mib = c->own_mib,
            .fork_us = statistics_spread(c->fork_us[s], CREATION_REPEATS).median,
            .touch_us = statistics_spread(c->touch_us[s], CREATION_REPEATS).median,
            .thread_us = statistics_spread(c->thread_us[s], CREATION_REPEATS).median,
            .ratio = ratio_paired(c->fork_us[s], c->thread_us[s], CREATION_REPEATS),
        };
    judge_fork(claim, &paced, &heavy, &closed, GATHER_HEAVY_MIB, creation, CREATION_SIZES);
}

static void gather_iterative(struct claim *claim, const struct experiment *e)
{
    struct judge_pair to_threads[GATHER_SERVICES];
    struct judge_pair to_processes = pair_at(e, GATHER_ONCE, 0, pings, iterative, processes);
    struct judge_pair paced_threads = pair_of(e, GATHER_PACED, paced_pings, iterative, threads);
    struct judge_pair paced_processes = pair_of(e, GATHER_PACED, paced_pings, iterative, processes);
    for (size_t s = 0; s < GATHER_SERVICES; s++)
        to_threads[s] = pair_at(e, GATHER_ONCE, gather_services_us[s], s == 0 ? pings : waits,
                                iterative, threads);
    judge_iterative(claim, to_threads, gather_services_us, GATHER_SERVICES, &to_processes,
                    &paced_threads, &paced_processes);
}

static void gather_collapse(struct claim *claim, const struct experiment *e)
{
    struct judge_pair held =
        pair_of(e, GATHER_HELD, "clients that stay and think", threads, iterative);
    struct judge_pair blocked =
        pair_of(e, GATHER_BLOCKED, "requests that block", threads, iterative);
    judge_collapse(claim, &held, &blocked, GATHER_CLIENTS, GATHER_HELD_MS);
}

static void gather_kept(struct claim *claim, const struct experiment *e)
{
    struct judge_pair closed[GATHER_KEPT_LOADS], paced[GATHER_KEPT_LOADS];
    for (size_t i = 0; i < GATHER_KEPT_LOADS; i++) {
        closed[i] = pair_at(e, GATHER_KEPT, gather_kept_clients[i], "clients that always ask",
                            threads, multiplexed);
        paced[i] = pair_at(e, GATHER_STEADY, gather_kept_clients[i],
                           "kept connections at a fixed rate", threads, multiplexed);
    }
    judge_kept(claim, closed, paced, gather_kept_clients, GATHER_KEPT_LOADS);
}

/* What is kept of the capacity, block by block. */
static void kept_of(double kept[], const struct experiment *e, size_t capacity, size_t overload)
{
    double can[STATISTICS_MOST];
    experiment_values(can, e, capacity, figures_rps);
    experiment_values(kept, e, overload, figures_rps);
    for (size_t b = 0; b < e->blocks; b++)
        kept[b] /= can[b];
}

static struct judge_overload overload_of(const struct experiment *e, const char *model,
                                         const double first_kept[])
{
    double kept[STATISTICS_MOST];
    size_t capacity = find(e, GATHER_CAPACITY, model), overload = find(e, GATHER_OVERLOAD, model);
    if (capacity < e->count && overload < e->count)
        kept_of(kept, e, capacity, overload);
    return (struct judge_overload){
        .capacity = side_of(e, capacity, model),
        .overload = side_of(e, overload, model),
        .kept = ratio_of(e, overload, capacity, figures_rps),
        .to_processes = capacity < e->count && overload < e->count && first_kept != NULL
                            ? ratio_paired(kept, first_kept, e->blocks)
                            : ratio_paired(NULL, NULL, 0),
    };
}

static void gather_overload(struct claim *claim, const struct experiment *e)
{
    struct judge_overload models[CATALOGUE_MODELS_MOST];
    double first_kept[STATISTICS_MOST];
    size_t count = 0, prefix = strlen(GATHER_CAPACITY " ");
    size_t capacity = find(e, GATHER_CAPACITY, processes);
    size_t overload = find(e, GATHER_OVERLOAD, processes);
    bool known = capacity < e->count && overload < e->count;
    if (known)
        kept_of(first_kept, e, capacity, overload);
    models[count++] = overload_of(e, processes, NULL);
    for (size_t p = 0; p < e->count && count < CATALOGUE_MODELS_MOST; p++) {
        const char *label = e->points[p].label;
        if (strncmp(label, GATHER_CAPACITY " ", prefix) == 0 && p != capacity)
            models[count++] = overload_of(e, label + prefix, known ? first_kept : NULL);
    }
    judge_overload(claim, models, count, GATHER_OVERLOAD_FACTOR);
}

/* Of what is measured besides: a side of so many repeats, of which those with a figure count. */
static struct judge_side side_besides(const char *name, const double values[], size_t repeats)
{
    double sorted[GATHER_REPEATS];
    return (struct judge_side){
        .name = name,
        .rps = NAN,
        .cpu_us = NAN,
        .repeats = repeats,
        .valid = statistics_sorted(sorted, values, GATHER_REPEATS),
        .verdict = "no figure",
        .shown = "VALID",
    };
}

static void gather_memory(struct claim *claim, const struct gather_besides *besides)
{
    double sorted[GATHER_REPEATS];
    size_t known = statistics_sorted(sorted, besides->thread_kib, GATHER_REPEATS);
    struct judge_side side =
        side_besides(threads, besides->thread_kib, besides->has_threads ? GATHER_REPEATS : 0);
    judge_memory(claim, &side, statistics_spread(besides->thread_kib, GATHER_REPEATS).median,
                 interval_of_median(sorted, known),
                 statistics_spread(besides->process_kib, GATHER_REPEATS).median,
                 statistics_spread(besides->multiplexed_kib, GATHER_REPEATS).median);
}

static void gather_accept(struct claim *claim, const struct experiment *e)
{
    struct judge_accept ways[GATHER_WAYS];
    size_t count = 0;
    for (size_t i = 0; i < GATHER_WAYS; i++) {
        const struct gather_way *way = &gather_ways[i];
        char variant[CATALOGUE_NAME_BYTES], usual[CATALOGUE_NAME_BYTES];
        if (strcmp(way->how, way->usual) == 0)
            continue;
        snprintf(variant, sizeof variant, "%s %s", way->model, way->how);
        snprintf(usual, sizeof usual, "%s %s", way->model, way->usual);
        ways[count] = (struct judge_accept){way->model, way->how, way->usual,
                                            pair_of(e, GATHER_ACCEPT, paced_pings, variant, usual)};
        ways[count].pair.a.name = ways[count].pair.b.name = way->model; /* the names above end */
        count++;
    }
    judge_accept(claim, ways, count);
}

/* A figure of the runs that count. */
static void stall_values(double values[GATHER_REPEATS], const struct stall stalls[GATHER_REPEATS],
                         bool sent)
{
    for (size_t r = 0; r < GATHER_REPEATS; r++)
        values[r] = !stall_counts(&stalls[r]) ? NAN
                    : sent                    ? stalls[r].service_p99_us
                                              : stalls[r].response_p99_us;
}

static struct judge_side stall_side(const char *name, const struct stall stalls[GATHER_REPEATS],
                                    size_t repeats)
{
    double values[GATHER_REPEATS];
    stall_values(values, stalls, false);
    struct judge_side side = side_besides(name, values, repeats);
    for (size_t r = 0; r < GATHER_REPEATS; r++) {
        side.late += !isnan(values[r]) && strcmp(stalls[r].verdict, "GENERATOR-LIMITED") == 0;
        if (!stall_counts(&stalls[r]) && stalls[r].verdict[0] != '\0')
            side.verdict = stalls[r].verdict;
    }
    return side;
}

static void gather_stall(struct claim *claim, const struct gather_besides *besides)
{
    double open[GATHER_REPEATS], sent[GATHER_REPEATS], closed[GATHER_REPEATS];
    size_t repeats = besides->has_multiplexed ? GATHER_REPEATS : 0;
    stall_values(open, besides->open, false);
    stall_values(sent, besides->open, true);
    stall_values(closed, besides->closed, false);
    struct judge_stall figures = {
        .open = stall_side(repeats > 0 ? "the open loop" : multiplexed, besides->open, repeats),
        .closed = stall_side("the closed loop", besides->closed, repeats),
        .open_us = statistics_spread(open, GATHER_REPEATS).median,
        .open_sent_us = statistics_spread(sent, GATHER_REPEATS).median,
        .closed_us = statistics_spread(closed, GATHER_REPEATS).median,
        .ratio = ratio_paired(open, closed, GATHER_REPEATS),
        .stall_ms = (double)(STALL_NS / CLOCK_MS),
        .window_ms = (double)(STALL_RUN_NS / CLOCK_MS),
        .rate = STALL_RATE,
        .clients = STALL_CLIENTS,
        .think_ms = STALL_THINK_MS,
    };
    judge_stall(claim, &figures);
}

void gather_claims(struct claim claims[GATHER_CLAIMS], const struct experiment *e,
                   const struct gather_besides *besides)
{
    gather_fork(&claims[0], e, &besides->creation);
    gather_iterative(&claims[1], e);
    gather_collapse(&claims[2], e);
    gather_kept(&claims[3], e);
    gather_overload(&claims[4], e);
    gather_memory(&claims[5], besides);
    gather_accept(&claims[6], e);
    gather_stall(&claims[7], besides);
    for (size_t i = 0; i < GATHER_CLAIMS; i++)
        claim_finish(&claims[i]);
}
