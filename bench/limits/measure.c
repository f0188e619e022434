#include "measure.h"

#include <stdio.h>
#include <string.h>

#include "idle.h"
#include "load.h"
#include "memory.h"

/* ---- whether ---- */

static const char *mark_of(const struct row *row)
{
    return row->mark != NULL ? row->mark : row->server;
}

static bool has_room(size_t clients, char *why)
{
    size_t allowed;
    if (idle_make_room(clients, &allowed))
        return true;
    snprintf(why, CONTENDER_WHY_BYTES, "%zu clients need more than the %zu descriptors allowed",
             clients, allowed);
    return false;
}

/* The row's request, to see whether it is one for this server. */
static bool can_serve(const char *server, const char *request, const struct stage *stage, char *why)
{
    struct contender contender;
    char ignored[CONTENDER_WHY_BYTES];
    enum contender_start start = contender_start(&contender, server, stage, why);
    if (start != CONTENDER_READY)
        return start != CONTENDER_UNKNOWN;
    bool can = load_is_answered(request, &contender, stage, why);
    contender_stop(&contender, ignored);
    return can;
}

bool measure_is_possible(const struct row *row, const struct measure_setting *setting,
                         const struct stage *stage, char *why)
{
    if (row->kind == ROW_MEMORY && !has_room(setting->idle_clients, why))
        return false;
    if (row->kind == ROW_CLIENTS && !has_room(ROWS_CLIENTS, why))
        return false;
    return can_serve(row->server, row->kind == ROW_INCR ? "INCR limits" : "PING", stage, why) &&
           (row->mark == NULL || can_serve(row->mark, "PING", stage, why));
}

/* ---- ratios ---- */

static bool run_load(struct load_result *result, const char *server, const struct load *load,
                     const struct stage *stage, char *why)
{
    struct contender contender;
    char ignored[CONTENDER_WHY_BYTES];
    if (contender_start(&contender, server, stage, why) != CONTENDER_READY)
        return false;
    bool good = load_run(result, load, &contender, stage, why);
    /* The first thing that went wrong is the one to tell. */
    return contender_stop(&contender, good ? why : ignored) && good;
}

static bool measure_ratio(struct measured *measured, const struct row *row,
                          const struct measure_setting *setting, const struct stage *stage,
                          bool mark_first, char *why)
{
    const char *const servers[] = {row->server, mark_of(row)};
    struct load_result results[2];
    for (int i = 0; i < 2; i++) {
        int side = mark_first ? 1 - i : i;
        struct load load = {
            .command = row->kind == ROW_INCR && side == 0 ? "INCR limits" : "PING",
            .once = row->kind == ROW_ONCE,
            .run_ns = setting->run_ns,
            .warmup_ns = setting->warmup_ns,
        };
        char reason[CONTENDER_WHY_BYTES];
        if (!run_load(&results[side], servers[side], &load, stage, reason)) {
            snprintf(why, CONTENDER_WHY_BYTES, "%.60s: %.180s", servers[side], reason);
            return false;
        }
    }
    if (!(results[0].requests_per_s > 0 && results[1].requests_per_s > 0)) {
        snprintf(why, CONTENDER_WHY_BYTES, "no request was answered");
        return false;
    }
    *measured = (struct measured){results[0].requests_per_s / results[1].requests_per_s,
                                  results[0].client_limited || results[1].client_limited};
    return true;
}

/* ---- clients that are silent ---- */

static bool at_rest(const struct contender *contender, int64_t *kib, char *why)
{
    *kib = memory_at_rest_kib(contender->process.pid);
    if (*kib < 0)
        snprintf(why, CONTENDER_WHY_BYTES, "its memory does not come to rest or cannot be read");
    return *kib >= 0;
}

/* What each further client adds, so that what a server occupies without any cancels out. */
static bool measure_memory(double *kib, const struct contender *contender, size_t clients,
                           char *why)
{
    struct idle idle = {0};
    size_t few = clients / MEASURE_IDLE_STEPS;
    int64_t few_kib, all_kib;
    bool good = idle_open(&idle, few, contender->port, why) && at_rest(contender, &few_kib, why) &&
                idle_open(&idle, clients, contender->port, why) &&
                at_rest(contender, &all_kib, why);
    if (good)
        *kib = (double)(all_kib - few_kib) / (double)(clients - few);
    idle_close(&idle);
    return good;
}

/* All are connected when the first is asked. How many are not is a figure, not a failure. */
static double measure_clients(const struct contender *contender)
{
    struct idle idle = {0};
    char ignored[CONTENDER_WHY_BYTES];
    idle_open(&idle, ROWS_CLIENTS, contender->port, ignored);
    size_t answered = idle_ask(&idle);
    idle_close(&idle);
    return (double)answered;
}

bool measure_row(struct measured *measured, const struct row *row,
                 const struct measure_setting *setting, const struct stage *stage, bool mark_first,
                 char *why)
{
    if (row_is_ratio(row))
        return measure_ratio(measured, row, setting, stage, mark_first, why);
    struct contender contender;
    char ignored[CONTENDER_WHY_BYTES];
    bool good = true;
    *measured = (struct measured){0};
    if (contender_start(&contender, row->server, stage, why) != CONTENDER_READY)
        return false;
    if (row->kind == ROW_CLIENTS)
        measured->value = measure_clients(&contender);
    else
        good = measure_memory(&measured->value, &contender, setting->idle_clients, why);
    return contender_stop(&contender, good ? why : ignored) && good;
}
