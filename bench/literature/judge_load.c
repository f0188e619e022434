#include <math.h>
#include <string.h>

#include "judge.h"
#include "sentence.h"

#define add(claim, ...) sentence_add((claim)->why, sizeof(claim)->why, __VA_ARGS__)

/* ---- (3) ---- */

/* From here on it is called a collapse. */
static const double collapse = 10;

static void explain_collapse(struct claim *claim, const struct judge_pair *held,
                             const struct judge_pair *blocked, int clients, int ms)
{
    char counts[4][FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    add(claim,
        "With %d clients that stay connected and think for %d ms, one after another are "
        "served %s requests a second, with threads %s: %s times. ",
        clients, ms, format_count(counts[0], held->b_rps), format_count(counts[1], held->a_rps),
        sentence_figure(figure, held->rps.value, held->rps.interval));
    add(claim, "With %d clients whose requests block for %d ms it is %s against %s. ", clients, ms,
        format_count(counts[2], blocked->b_rps), format_count(counts[3], blocked->a_rps));
    add(claim,
        "One at a time there is one reply in %d ms, %d a second, however many wait; with "
        "threads the rate grows with the clients, so their number is the factor that is "
        "found.",
        ms, 1000 / ms);
    if (strcmp(held->b_verdict, "VALID") != 0)
        add(claim, " (Clients that stay: %s, the throughput is what was measured.)",
            held->b_verdict);
    if (strcmp(blocked->b_verdict, "VALID") != 0)
        add(claim, " (Requests that block: %s, likewise.)", blocked->b_verdict);
}

void judge_collapse(struct claim *claim, const struct judge_pair *held,
                    const struct judge_pair *blocked, int clients, int ms)
{
    *claim = (struct claim){
        .claim = "Serving one client after another collapses when a connection is held or a "
                 "handler blocks",
        .source = "a published comparison with many clients",
        .published = "98 against 97,015 a second",
        .unit = "times fewer requests/s than with threads, of handlers that block",
    };
    claim_take(claim, &blocked->rps);
    if (!interval_is_known(held->rps.interval) || !interval_is_known(blocked->rps.interval)) {
        claim_lacks_figures(claim);
        return;
    }
    if (held->rps.interval.low > collapse && blocked->rps.interval.low > collapse)
        claim->verdict = CLAIM_CONFIRMED;
    else if (held->rps.interval.high < collapse || blocked->rps.interval.high < collapse)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    explain_collapse(claim, held, blocked, clients, ms);
}

/* ---- (4) ---- */

/* Within this they are called equal. The published figures differ by up to 1.05. */
static const double equal = 1.1;

static void explain_kept(struct claim *claim, const struct judge_pair pairs[], const int clients[],
                         size_t count)
{
    char counts[2][FORMAT_BYTES], cpu[2][FORMAT_BYTES], figures[2][SENTENCE_FIGURE_BYTES];
    bool limited = false;
    for (size_t i = 0; i < count; i++) {
        const struct judge_pair *p = &pairs[i];
        limited = limited || judge_is_limited(p);
        add(claim,
            "With %d clients threads serve %s a second and epoll %s (ratio %s), for %s and "
            "%s us of CPU time each (ratio %s). ",
            clients[i], format_count(counts[0], p->a_rps), format_count(counts[1], p->b_rps),
            sentence_figure(figures[0], p->rps.value, p->rps.interval),
            format_decimal(cpu[0], p->a_cpu_us), format_decimal(cpu[1], p->b_cpu_us),
            sentence_figure(figures[1], p->cpu.value, p->cpu.interval));
    }
    if (limited)
        add(claim, "The client was the bottleneck, and any two servers faster than the client look "
                   "equal: the CPU time decides. ");
    add(claim, "Equal is within %.0f %%; more than 1 is in favour of threads.", (equal - 1) * 100);
}

void judge_kept(struct claim *claim, const struct judge_pair pairs[], const int clients[],
                size_t count)
{
    *claim = (struct claim){
        .claim = "Where connections are kept, blocking threads equal epoll at 50 to 120 clients",
        .source = "a published comparison with kept connections",
        .published = "121,000 to 123,000 (threads) against 117,000 to 119,000 (epoll) a second",
    };
    size_t alike = 0, apart = 0;
    claim_take(claim, judge_ratio(&pairs[0]));
    claim->unit = judge_is_limited(&pairs[0])
                      ? "times less CPU time for a request with threads, 50 clients"
                      : "times the requests/s of epoll with threads, 50 clients";
    for (size_t i = 0; i < count; i++) {
        const struct interval interval = judge_ratio(&pairs[i])->interval;
        if (!interval_is_known(interval)) {
            claim_lacks_figures(claim);
            return;
        }
        alike += interval.low > 1 / equal && interval.high < equal;
        apart += interval.high < 1 / equal || interval.low > equal;
    }
    if (alike == count)
        claim->verdict = CLAIM_CONFIRMED;
    else if (apart > 0)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    explain_kept(claim, pairs, clients, count);
}

/* ---- (5) ---- */

/* Who keeps more of his capacity has not collapsed. */
static const double kept_well = 0.9;

static enum claim_verdict judge_first(const struct judge_overload models[], size_t count)
{
    const struct ratio *processes = &models[0].kept;
    size_t behind = 0; /* models that keep more than processes do */
    for (size_t i = 1; i < count; i++) {
        if (models[i].to_processes.interval.high < 1)
            return CLAIM_NOT_CONFIRMED;
        behind += models[i].to_processes.interval.low > 1;
    }
    if (processes->interval.low > kept_well)
        return CLAIM_NOT_CONFIRMED;
    return behind == count - 1 && processes->interval.high < 1 ? CLAIM_CONFIRMED : CLAIM_NOT_SHOWN;
}

static void explain_overload(struct claim *claim, const struct judge_overload models[],
                             size_t count, double factor)
{
    char goodput[FORMAT_BYTES], capacity[FORMAT_BYTES], figure[SENTENCE_FIGURE_BYTES];
    size_t least = 0;
    add(claim,
        "Each model was offered %.3g times what it can do, each request on a connection of "
        "its own. It then answers, in a second and over its capacity:",
        factor);
    for (size_t i = 0; i < count; i++) {
        const struct judge_overload *m = &models[i];
        if (m->kept.value < models[least].kept.value)
            least = i;
        add(claim, " %s %s of %s, %s%s", m->model, format_count(goodput, m->goodput_rps),
            format_count(capacity, m->capacity_rps),
            sentence_figure(figure, m->kept.value, m->kept.interval), i + 1 < count ? ";" : ". ");
    }
    if (models[least].kept.interval.low > kept_well)
        add(claim, "None falls below %.0f %% of its capacity.", kept_well * 100);
    else
        add(claim, "The least is kept by %s.", models[least].model);
}

void judge_overload(struct claim *claim, const struct judge_overload models[], size_t count,
                    double factor)
{
    *claim = (struct claim){
        .claim = "In overload the process model collapses first",
        .source = "published overload experiments",
        .published = "the process model first",
        .unit = "of its capacity is still answered by fork-per-client",
    };
    claim_take(claim, &models[0].kept);
    if (count < 2 || !interval_is_known(claim->interval)) {
        claim_lacks_figures(claim);
        return;
    }
    claim->verdict = judge_first(models, count);
    explain_overload(claim, models, count, factor);
}

/* ---- (8) ---- */

/* So many times too low is a lie. */
static const double lie = 10;

void judge_stall(struct claim *claim, const struct judge_stall *figures)
{
    char times[4][FORMAT_BYTES];
    *claim = (struct claim){
        .claim = "The response times of a closed loop lie about a server that stands still",
        .source = "the documentation of a load generator, one stall of 1.4 s in 30 s",
        .published = "p99 of 6 ms against 1.27 s",
        .unit = "times too low is the p99 of the closed loop",
    };
    claim_take(claim, &figures->ratio);
    if (!interval_is_known(claim->interval)) {
        claim_lacks_figures(claim);
        return;
    }
    if (claim->interval.low > lie)
        claim->verdict = CLAIM_CONFIRMED;
    else if (claim->interval.high < lie)
        claim->verdict = CLAIM_NOT_CONFIRMED;
    add(claim,
        "A server stood still for %.0f of %.0f ms. Requests that fall due %.0f times a "
        "second, whatever the server does, have a p99 of %s (by theory %.0f ms); ",
        figures->stall_ms, figures->window_ms, figures->rate,
        format_time_us(times[0], figures->open_us), figures->stall_ms - 0.01 * figures->window_ms);
    add(claim, "the same requests, timed from when they could be sent, %s. ",
        format_time_us(times[1], figures->open_sent_us));
    add(claim,
        "%d clients that wait for a reply before they ask again tell of %s: while the server "
        "stands still each of them has one request that is late, and sends none of those it "
        "would have sent.",
        figures->clients, format_time_us(times[2], figures->closed_us));
}
