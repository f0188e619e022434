#include <math.h>
#include <string.h>

#include "judge.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* ---- (3) ---- */

/* From here on it is called a collapse. */
static const double collapse = 10;

/* Within a fifth of what it can be at most. */
static const double nearly = 0.8;

static void explain_limits(struct claim *claim, const struct judge_pair *held,
                           const struct judge_pair *blocked, int clients, int ms)
{
    char most[FORMAT_BYTES];
    double alone = 1000.0 / ms, together = alone * clients;
    double slower = fmax(held->b.rps, blocked->b.rps), faster = fmin(held->a.rps, blocked->a.rps);
    bool is_alone = slower <= alone / nearly, are_together = faster >= together * nearly;
    bool is_factor = is_alone && are_together && fmin(held->b.rps, blocked->b.rps) > alone * nearly;
    if (is_alone)
        add(claim,
            "One after another gives at most about one reply in %d ms, %.0f a second, however many "
            "wait. ",
            ms, alone);
    if (are_together)
        add(claim, "Threads come near the %s a second that %d clients can get at most%s.",
            format_count(most, together), clients,
            is_factor ? ", so that their number is about the factor" : "");
    else
        add(claim,
            "In at least one of the two threads stay below %.0f %% of the %s a second that %d "
            "clients can get at most.",
            nearly * 100, format_count(most, together), clients);
}

/* Of the runs that count: those of a client that was late are no part of the claim. */
static bool shows_collapse(const struct judge_side *side)
{
    return strcmp(side->shown, "STARVED") == 0 || strcmp(side->shown, "ERRORS") == 0;
}

static void explain_collapse(struct claim *claim, const struct judge_pair *held,
                             const struct judge_pair *blocked, int clients, int ms)
{
    char counts[4][FORMAT_BYTES], figures[2][SENTENCE_FIGURE_BYTES];
    add(claim,
        "With %d clients that stay connected and think for %d ms, one after another are "
        "served %s requests a second, with threads %s: %s times. ",
        clients, ms, format_count(counts[0], held->b.rps), format_count(counts[1], held->a.rps),
        sentence_figure(figures[0], held->rps.value, held->rps.interval));
    add(claim, "With %d clients whose requests block for %d ms it is %s against %s: %s times. ",
        clients, ms, format_count(counts[2], blocked->b.rps),
        format_count(counts[3], blocked->a.rps),
        sentence_figure(figures[1], blocked->rps.value, blocked->rps.interval));
    explain_limits(claim, held, blocked, clients, ms);
    if (shows_collapse(&held->b))
        add(claim, " (One after another, with clients that stay: %s, which is what is claimed.)",
            held->b.shown);
    if (shows_collapse(&blocked->b))
        add(claim, " (With requests that block: %s, likewise.)", blocked->b.shown);
}

void judge_collapse(struct claim *claim, const struct judge_pair *held,
                    const struct judge_pair *blocked, int clients, int ms)
{
    const struct judge_pair *const pairs[] = {held, blocked};
    *claim = (struct claim){
        .claim = "Serving one client after another collapses when a connection is held or a "
                 "handler blocks",
        .source = "a published comparison with many clients",
        .published = "98 against 97,015 a second",
        .unit = "times fewer requests/s than with threads, of handlers that block",
        .verdict = CLAIM_NOT_SHOWN,
    };
    for (size_t i = 0; i < 2; i++)
        if (!judge_is_decided(pairs[i], &pairs[i]->rps)) {
            judge_leave_open(claim, pairs[i], &pairs[i]->rps);
            return;
        }
    claim_take(claim, &blocked->rps);
    if (held->rps.interval.low > collapse && blocked->rps.interval.low > collapse)
        claim->verdict = CLAIM_CONFIRMED;
    else if (held->rps.interval.high < collapse || blocked->rps.interval.high < collapse)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    explain_collapse(claim, held, blocked, clients, ms);
    struct judge_basis rests_on = {0};
    judge_rest_on_both(&rests_on, held);
    judge_rest_on_both(&rests_on, blocked);
    judge_tell_late(claim, &rests_on);
}

/* ---- (4) ---- */

/* Within this they are called equal. The published figures differ by up to 1.05. */
static const double equal = 1.1;

static bool all_decided(const struct judge_pair pairs[], size_t count, bool by_rps)
{
    for (size_t i = 0; i < count; i++)
        if (!judge_is_decided(&pairs[i], by_rps ? &pairs[i].rps : &pairs[i].cpu))
            return false;
    return true;
}

static void explain_kept(struct claim *claim, const struct judge_pair pairs[], const int clients[],
                         size_t count, bool by_rps)
{
    char values[3][FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    for (size_t i = 0; i < count; i++) {
        const struct judge_pair *p = &pairs[i];
        if (by_rps)
            add(claim, "With %d clients threads serve %s a second and epoll %s: a ratio of %s. ",
                clients[i], format_count(values[0], p->a.rps), format_count(values[1], p->b.rps),
                sentence_figure(figure, p->rps.value, p->rps.interval));
        else
            add(claim,
                "With %d clients and %s requests a second a request takes the server %s us of CPU "
                "time with threads and %s us with epoll: a ratio of %s. ",
                clients[i], format_count(values[0], p->a.rps),
                format_decimal(values[1], p->a.cpu_us), format_decimal(values[2], p->b.cpu_us),
                sentence_figure(figure, p->cpu.value, p->cpu.interval));
    }
}

/* What one of the two measures says. */
static enum claim_verdict judge_equality(const struct judge_pair pairs[], size_t count, bool by_rps)
{
    size_t alike = 0, apart = 0;
    if (!all_decided(pairs, count, by_rps))
        return CLAIM_NOT_DECIDED;
    for (size_t i = 0; i < count; i++) {
        struct interval interval = by_rps ? pairs[i].rps.interval : pairs[i].cpu.interval;
        alike += interval.low > 1 / equal && interval.high < equal;
        apart += interval.high < 1 / equal || interval.low > equal;
    }
    return alike == count ? CLAIM_CONFIRMED : apart > 0 ? CLAIM_NOT_CONFIRMED : CLAIM_NOT_SHOWN;
}

static void leave_kept_open(struct claim *claim, const struct judge_pair paced[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!judge_is_decided(&paced[i], &paced[i].cpu)) {
            judge_leave_open(claim, &paced[i], &paced[i].cpu);
            return;
        }
}

/* The runs of those measures that are decided. */
static void tell_late_kept(struct claim *claim, const struct judge_pair closed[],
                           const struct judge_pair paced[], size_t count)
{
    struct judge_basis rests_on = {0};
    bool by_rps = all_decided(closed, count, true), by_cpu = all_decided(paced, count, false);
    for (size_t i = 0; i < count; i++) {
        if (by_rps)
            judge_rest_on_both(&rests_on, &closed[i]);
        if (by_cpu)
            judge_rest_on_both(&rests_on, &paced[i]);
    }
    judge_tell_late(claim, &rests_on);
}

void judge_kept(struct claim *claim, const struct judge_pair closed[],
                const struct judge_pair paced[], const int clients[], size_t count)
{
    enum claim_verdict by_rps = judge_equality(closed, count, true),
                       by_cpu = judge_equality(paced, count, false);
    bool is_rps = by_rps != CLAIM_NOT_DECIDED, is_cpu = by_cpu != CLAIM_NOT_DECIDED;
    *claim = (struct claim){
        .claim = "Where connections are kept, blocking threads equal epoll at 50 to 120 clients",
        .source = "a published comparison with kept connections",
        .published = "121,000 to 123,000 (threads) against 117,000 to 119,000 (epoll) a second",
        .unit = is_rps
                    ? "times the requests/s of epoll with threads, 50 clients"
                    : "times as much CPU time for a request with epoll as with threads, 50 clients",
    };
    if (!is_rps && !is_cpu) {
        leave_kept_open(claim, paced, count);
        return;
    }
    claim_take(claim, is_rps ? &closed[0].rps : &paced[0].cpu);
    if (is_rps)
        explain_kept(claim, closed, clients, count, true);
    if (is_cpu)
        explain_kept(claim, paced, clients, count, false);
    add(claim, "Equal is within %.0f %%; a ratio of more than 1 is in favour of threads. ",
        (equal - 1) * 100);
    judge_by_both(claim, by_rps, by_cpu);
    tell_late_kept(claim, closed, paced, count);
}

/* ---- (8) ---- */

/* So many times too low is a lie. */
static const double lie = 10;

static void explain_stall(struct claim *claim, const struct judge_stall *f)
{
    char times[3][FORMAT_BYTES], rate[FORMAT_BYTES];
    add(claim,
        "A server stood still for %.0f of %.0f ms. Requests that fall due %s times a second, "
        "whatever the server does, have a p99 of %s (by theory %.0f ms); ",
        f->stall_ms, f->window_ms, format_count(rate, f->rate),
        format_time_us(times[0], f->open_us), f->stall_ms - 0.01 * f->window_ms);
    add(claim, "the same requests, timed from when one of %d connections was free for them, %s. ",
        f->clients, format_time_us(times[1], f->open_sent_us));
    add(claim, "%d clients that wait for a reply, think for %d ms and ask again tell of %s",
        f->clients, f->think_ms, format_time_us(times[2], f->closed_us));
    if (f->ratio.interval.low > 1)
        add(claim, ": while the server stands still each of them has one request that is late, and "
                   "sends none of those it would have sent.");
    else
        add(claim, ", which is not shown to be less.");
}

void judge_stall(struct claim *claim, const struct judge_stall *figures)
{
    *claim = (struct claim){
        .claim = "The response times of a closed loop lie about a server that stands still",
        .source = "the documentation of a load generator, one stall of 1.4 s in 30 s",
        .published = "p99 of 6 ms against 1.27 s",
        .unit = "times too low is the p99 of the closed loop",
        .verdict = CLAIM_NOT_SHOWN,
    };
    struct judge_pair pair = {
        .load = "a server that is stopped", .a = figures->open, .b = figures->closed};
    if (!judge_is_decided(&pair, &figures->ratio)) {
        judge_leave_open(claim, &pair, &figures->ratio);
        return;
    }
    claim_take(claim, &figures->ratio);
    if (claim->interval.low > lie)
        claim->verdict = CLAIM_CONFIRMED;
    else if (claim->interval.high < lie)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    explain_stall(claim, figures);
    struct judge_basis rests_on = {0};
    judge_rest_on_both(&rests_on, &pair);
    judge_tell_late(claim, &rests_on);
}
