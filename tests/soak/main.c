/* soak: one server for so many seconds; a line of figures, and a line for each violation.
 *
 *     soak SECONDS SEED SABOTAGE SERVER [OPTION...]
 *
 * SABOTAGE is none, or a name in sabotage.c. For tests/soak.sh, which knows the models. Exit
 * status: 0 all held, 1 something did not, 2 wrong use, 130 it was ended early by SIGINT or
 * SIGTERM. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions.h"
#include "clock.h"
#include "load.h"
#include "sabotage.h"
#include "settle.h"
#include "slope.h"

enum {
    ROUND_MS = 1000, /* of load; an action may last longer */
    MOST_ACTIONS = 32,
    MOST_OPTIONS = 32,
};

/* The first third of the run does not count. Of less than two minutes a slope says little; there
 * the growth is judged. */
enum { JUDGED_MINUTES = 2 };
enum { MEMORY_SLOPE_KIB = 64, MEMORY_GROWTH_KIB = 8192 };

/* Beside what is allocated, glibc keeps the stacks of threads that have ended, which fill slowly to
 * the depth that their busiest thread needed, and in each arena (eight for each CPU) about as much
 * as memory_keep_little of the product lets it. Up to the sum of this, growth is no leak. */
enum { ARENAS_FOR_EACH_CPU = 8, KEPT_IN_ARENA_KIB = 1024, BESIDE_ARENAS_KIB = 2048 };

enum series { MEMORY, ALLOCATED, DESCRIPTORS, SERIES };

struct samples {
    struct sample *of[SERIES];
    size_t count, capacity;
};

static void add_sample(struct soak *s, struct samples *all, double minutes, struct holdings now)
{
    const double values[SERIES] = {(double)now.pss_kib, (double)now.allocated_kib, now.descriptors};
    if (all->count == all->capacity) {
        all->capacity = 2 * all->capacity + 64;
        for (int i = 0; i < SERIES; i++) {
            struct sample *longer = realloc(all->of[i], all->capacity * sizeof *longer);
            if (longer == NULL) {
                soak_violation(s, "this program has no memory left");
                exit(1);
            }
            all->of[i] = longer;
        }
    }
    for (int i = 0; i < SERIES; i++)
        all->of[i][all->count] = (struct sample){minutes, values[i]};
    all->count++;
}

/* ---- rounds ---- */

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

/* All actions that this server can be asked to stand, in an order that the seed draws. */
static size_t draw_actions(struct soak *s, const struct action *deck[MOST_ACTIONS])
{
    const struct action *const tables[] = {storm_actions, fault_actions};
    size_t count = 0;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct action *a = tables[t]; a->name != NULL; a++)
            if (s->target.forks || !a->needs_children)
                deck[count++] = a;
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = (size_t)soak_draw(&s->random, i + 1);
        const struct action *moved = deck[i];
        deck[i] = deck[other];
        deck[other] = moved;
    }
    return count;
}

static void play_round(struct soak *s, const struct action *action, const struct sabotage *sabotage)
{
    struct load loads[LOAD_CLIENTS];
    s->round++;
    s->action = action->name;
    bool loaded =
        !action->alone && load_start(loads, s, clock_now_ns() + ROUND_MS * CLOCK_MS, action->fills);
    s->faults += action->run(s);
    if (loaded)
        load_end(loads, s);
    if (sabotage != NULL)
        sabotage->run(s);
}

/* Rounds until the time is over, somebody wants an end, or the server is gone. */
static void play(struct soak *s, struct samples *all, double seconds,
                 const struct sabotage *sabotage)
{
    const struct action *deck[MOST_ACTIONS];
    size_t left = 0;
    int64_t start_ns = clock_now_ns();
    double spent_s = 0;
    while (spent_s < seconds && !is_interrupted) {
        if (left == 0)
            left = draw_actions(s, deck);
        play_round(s, deck[--left], sabotage);
        if (!target_runs(&s->target)) {
            soak_violation(s, "the server is gone");
            return;
        }
        struct holdings now = settle_check(s);
        spent_s = (double)(clock_now_ns() - start_ns) / CLOCK_S;
        add_sample(s, all, spent_s / 60, now);
    }
}

/* ---- the end ---- */

static int64_t served_number(const char *served, const char *name)
{
    const char *at = strstr(served, name);
    return at != NULL ? strtoll(at + strlen(name), NULL, 10) : -1;
}

static void check_end(struct soak *s)
{
    char *served;
    s->action = "the end";
    const char *problem = target_stop(&s->target, &served);
    if (problem != NULL)
        soak_violation(s, "the server %s", problem);
    int64_t taken = served_number(served, " connections=") + served_number(served, " rejected=");
    if (problem == NULL && taken != atomic_load(&s->connects))
        soak_violation(s, "its served line has %" PRId64 " connections, must be %" PRId64, taken,
                       atomic_load(&s->connects));
    /* A child's sanitizer speaks without a say in that status. */
    if (target_complained_of(&s->target, "Sanitizer") ||
        target_complained_of(&s->target, "runtime error"))
        soak_violation(s, "a sanitizer has complained");
    free(served);
}

/* True if memory of this size may still grow: it is what glibc keeps of threads. */
static bool is_kept_of_threads(const struct soak *s, double kib)
{
    double most = (double)sysconf(_SC_NPROCESSORS_ONLN) * ARENAS_FOR_EACH_CPU * KEPT_IN_ARENA_KIB;
    return s->target.has_threads && kib <= most + BESIDE_ARENAS_KIB;
}

static void judge(struct soak *s, const double slopes[SERIES], double last_kib, double minutes)
{
    double limit = minutes >= JUDGED_MINUTES ? MEMORY_SLOPE_KIB * minutes : MEMORY_GROWTH_KIB;
    if (!SANITIZED && !(slopes[MEMORY] * minutes <= limit) && !is_kept_of_threads(s, last_kib))
        soak_violation(s, "memory grew by %.0f KiB in %.1f min, must be at most %.0f",
                       slopes[MEMORY] * minutes, minutes, limit);
    if (!SANITIZED && !(slopes[ALLOCATED] * minutes <= limit))
        soak_violation(s, "allocated memory grew by %.0f KiB in %.1f min, must be at most %.0f",
                       slopes[ALLOCATED] * minutes, minutes, limit);
    if (!(slopes[DESCRIPTORS] * minutes < 1))
        soak_violation(s, "descriptors grew by %.1f in %.1f min", slopes[DESCRIPTORS] * minutes,
                       minutes);
}

/* Judges all samples but those of the first third of the time, and prints the line of figures. */
static void conclude(struct soak *s, const struct samples *all)
{
    size_t first = 0;
    double slopes[SERIES], last[SERIES] = {0};
    double end = all->count > 0 ? all->of[MEMORY][all->count - 1].minutes : 0;
    while (first < all->count && all->of[MEMORY][first].minutes < end / 3)
        first++;
    size_t count = all->count - first;
    double minutes = count > 0 ? end - all->of[MEMORY][first].minutes : 0;
    for (int i = 0; i < SERIES; i++) {
        slopes[i] = count > 0 ? slope_per_minute(all->of[i] + first, count) : 0;
        last[i] = count > 0 ? all->of[i][all->count - 1].value : 0;
    }
    judge(s, slopes, last[MEMORY], minutes);
    printf("%-30s %6d %10" PRId64 " %11" PRId64 " %7" PRId64
           " %8.0f %10.1f %10.1f %5.0f %8.2f  %s\n",
           s->target.name, s->round, s->requests, atomic_load(&s->connects), s->faults,
           last[MEMORY], slopes[MEMORY], slopes[ALLOCATED], last[DESCRIPTORS], slopes[DESCRIPTORS],
           s->violations == 0 ? "held" : "VIOLATED");
}

static bool start(struct soak *s, char **words, bool debug)
{
    static char timeout[2][40], limit[40];
    char *arguments[MOST_OPTIONS] = {words[0], "--port=0"};
    size_t count = 2;
    const char *program = strrchr(words[0], '/');
    s->target.has_threads = strcmp(program != NULL ? program + 1 : words[0], "server_threads") == 0;
    snprintf(timeout[0], sizeof timeout[0], "--request-timeout=%dms", SOAK_TIMEOUT_MS);
    snprintf(timeout[1], sizeof timeout[1], "--write-timeout=%dms", SOAK_TIMEOUT_MS);
    snprintf(limit, sizeof limit, "--max-clients=%d", SOAK_MAX_CLIENTS);
    arguments[count++] = timeout[0];
    arguments[count++] = timeout[1];
    arguments[count++] = limit;
    if (debug)
        arguments[count++] = "--enable-debug";
    for (words++; *words != NULL && count < MOST_OPTIONS - 1; words++) {
        arguments[count++] = *words;
        /* The name: what says how clients are served. */
        char *value = strchr(*words, '=');
        if (value == NULL || strncmp(*words, "--workers=", 10) == 0)
            continue;
        size_t length = strlen(s->target.name);
        snprintf(s->target.name + length, sizeof s->target.name - length, "%s%s",
                 length > 0 ? " " : "", value + 1);
    }
    return target_start(&s->target, arguments);
}

int main(int argc, char **argv)
{
    static struct soak s = {.action = "the start"};
    struct samples all = {0};
    char *end[2] = {"?", "?"};
    double seconds = argc > 4 ? strtod(argv[1], &end[0]) : 0;
    s.seed = s.random = argc > 4 ? strtoull(argv[2], &end[1], 10) : 0;
    const struct sabotage *sabotage = argc > 4 ? sabotage_find(argv[3]) : NULL;
    if (argc < 5 || *end[0] != '\0' || *end[1] != '\0' || !(seconds > 0) ||
        (sabotage == NULL && strcmp(argv[3], "none") != 0)) {
        fputs("soak: must be: soak SECONDS SEED none|SABOTAGE SERVER [OPTION...]\n", stderr);
        return 2;
    }
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    if (!start(&s, argv + 4, sabotage != NULL)) {
        fprintf(stderr, "soak: %s does not start\n", argv[4]);
        target_show_complaints(&s.target);
        return 1;
    }
    settle_base(&s);
    play(&s, &all, seconds, sabotage);
    check_end(&s);
    conclude(&s, &all);
    if (s.violations > 0)
        target_show_complaints(&s.target);
    for (int i = 0; i < SERIES; i++)
        free(all.of[i]);
    if (fflush(stdout) != 0 || s.violations > 0)
        return 1;
    return is_interrupted ? 130 : 0;
}
