#include "judge.h"
#include "map.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* Claim 2: one client after another against threads and processes, where requests are short. */

/* One measure of the claim: which ratio of which pairs is compared, requests/s of the closed loop
 * or the CPU time at a fixed rate. */
struct measure {
    bool by_rps;
    const struct judge_pair *threads, *processes;
};

static const struct ratio *ratio_of(const struct measure *m, const struct judge_pair *pair)
{
    return m->by_rps ? &pair->rps : &pair->cpu;
}

/* The pair that leaves it open; NULL if the measure is decided. */
static const struct judge_pair *find_open(const struct measure *m)
{
    return !judge_is_decided(m->threads, ratio_of(m, m->threads))       ? m->threads
           : !judge_is_decided(m->processes, ratio_of(m, m->processes)) ? m->processes
                                                                        : NULL;
}

/* What this measure says of requests that are short. */
static enum claim_verdict judge_short(const struct measure *m)
{
    if (find_open(m) != NULL)
        return CLAIM_NOT_DECIDED;
    struct interval threads = ratio_of(m, m->threads)->interval,
                    processes = ratio_of(m, m->processes)->interval;
    if (threads.high < 1 || processes.high < 1)
        return CLAIM_NOT_CONFIRMED;
    return threads.low > 1 && processes.low > 1 ? CLAIM_CONFIRMED : CLAIM_NOT_SHOWN;
}

static void explain_short_rps(struct claim *claim, const struct measure *m)
{
    char values[3][FORMAT_BYTES], figures[2][SENTENCE_FIGURE_BYTES];
    const struct judge_pair *t = m->threads, *p = m->processes;
    add(claim,
        "With one PING for each connection, one after another are served %s a second, with "
        "threads %s, with processes %s: %s times those of threads and %s those of processes. ",
        format_count(values[0], t->a.rps), format_count(values[1], t->b.rps),
        format_count(values[2], p->b.rps),
        sentence_figure(figures[0], t->rps.value, t->rps.interval),
        sentence_figure(figures[1], p->rps.value, p->rps.interval));
}

static void explain_short_cpu(struct claim *claim, const struct measure *m)
{
    char values[4][FORMAT_BYTES], figures[2][SENTENCE_FIGURE_BYTES];
    const struct judge_pair *t = m->threads, *p = m->processes;
    add(claim,
        "Where all are offered the same rate (%s connections a second, each with one PING) a "
        "connection takes the server %s us of CPU time one after another, %s us with a thread, %s "
        "times as much, and %s us with a process, %s times. ",
        format_count(values[0], t->a.rps), format_decimal(values[1], t->a.cpu_us),
        format_decimal(values[2], t->b.cpu_us),
        sentence_figure(figures[0], t->cpu.value, t->cpu.interval),
        format_decimal(values[3], p->b.cpu_us),
        sentence_figure(figures[1], p->cpu.value, p->cpu.interval));
}

/* From which waiting on threads are shown to be ahead, of the service times but the first, for
 * which one after another is ahead by requests/s or not. */
static void explain_flip(struct claim *claim, const struct judge_pair to_threads[],
                         const int services_us[], size_t count, bool is_ahead)
{
    char figure[SENTENCE_FIGURE_BYTES];
    size_t decided = 0;
    for (size_t i = 1; i < count; i++) {
        if (!judge_is_decided(&to_threads[i], &to_threads[i].rps))
            continue;
        decided++;
        const struct ratio *r = &to_threads[i].rps;
        if (!(r->interval.high < 1))
            continue;
        add(claim,
            "Where a request waits for %d us, threads, which wait side by side, serve %s times as "
            "many a second%s.",
            services_us[i],
            sentence_figure(figure, 1 / r->value,
                            (struct interval){1 / r->interval.high, 1 / r->interval.low}),
            is_ahead ? ": the order flips" : "");
        return;
    }
    if (decided > 0)
        add(claim, "Threads were not shown to be ahead where requests wait, for up to %d us.",
            services_us[count - 1]);
    else
        add(claim, "Of requests that wait too few runs are VALID to tell.");
}

/* One after another is a side of both pairs of a measure. */
static void tell_late_short(struct claim *claim, const struct measure measures[], size_t measured,
                            const struct judge_pair to_threads[], size_t count)
{
    struct judge_basis rests_on = {0};
    for (size_t i = 0; i < measured; i++)
        if (find_open(&measures[i]) == NULL) {
            judge_rest_on_both(&rests_on, measures[i].threads);
            judge_rest_on(&rests_on, &measures[i].processes->b);
        }
    for (size_t i = 1; i < count; i++)
        if (judge_is_decided(&to_threads[i], &to_threads[i].rps))
            judge_rest_on_both(&rests_on, &to_threads[i]);
    judge_tell_late(claim, &rests_on);
}

/* The share of one processor's time that it used. */
static double busy_of(const struct judge_side *side)
{
    return side->rps * side->cpu_us / 1e6;
}

/* In runs in which the client was not the limit: then it waited with the one client it served, and
 * CPU time does not tell how many a second it can serve. */
static bool idles(const struct judge_side *side)
{
    return side->valid > 0 && busy_of(side) < MAP_BUSY_SHARE;
}

static void doubt_cpu(struct claim *claim, const struct judge_side *iterative)
{
    claim->verdict = CLAIM_NOT_SHOWN;
    add(claim,
        "But where clients always ask, one after another used only %.0f %% of a processor's time, "
        "and waited with the client it served: so the CPU time alone does not tell who serves more "
        "a second. ",
        busy_of(iterative) * 100);
}

void judge_iterative(struct claim *claim, const struct judge_pair to_threads[],
                     const int services_us[], size_t count, const struct judge_pair *to_processes,
                     const struct judge_pair *paced_threads,
                     const struct judge_pair *paced_processes)
{
    *claim = (struct claim){
        .claim = "One client after another beats threads where requests are short and so are "
                 "connections",
        .source = "a published comparison of the three models",
        .published = "19,075 against 18,138 (threads) and 6,905 (processes) a second",
    };
    const struct measure measures[] = {{true, &to_threads[0], to_processes},
                                       {false, paced_threads, paced_processes}};
    const enum claim_verdict by_rps = judge_short(&measures[0]), by_cpu = judge_short(&measures[1]);
    const struct measure *told = &measures[by_rps == CLAIM_NOT_DECIDED];
    claim->unit = told->by_rps
                      ? "times the requests/s of threads"
                      : "times as much CPU time for a connection with threads as one after another";
    if (find_open(told) != NULL) {
        judge_leave_open(claim, find_open(told), ratio_of(told, find_open(told)));
        return;
    }
    claim_take(claim, ratio_of(told, told->threads));
    if (by_rps != CLAIM_NOT_DECIDED)
        explain_short_rps(claim, &measures[0]);
    if (by_cpu != CLAIM_NOT_DECIDED)
        explain_short_cpu(claim, &measures[1]);
    judge_by_both(claim, by_rps, by_cpu);
    if (by_rps == CLAIM_NOT_DECIDED && claim->verdict == CLAIM_CONFIRMED && idles(&to_threads[0].a))
        doubt_cpu(claim, &to_threads[0].a);
    explain_flip(claim, to_threads, services_us, count,
                 by_rps == CLAIM_CONFIRMED && claim->verdict == CLAIM_CONFIRMED);
    tell_late_short(claim, measures, 2, to_threads, count);
}
