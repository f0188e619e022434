#include "settle.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "load.h"
#include "report.h"

enum { UNCHANGED_MS = 300 };

/* At least, or exactly, so much must a number of INFO be. */
struct claim {
    const char *name;
    int64_t wanted;
    bool at_least;
};

static int64_t settle_deadline(void)
{
    return clock_now_ns() + SETTLE_S * (SANITIZED ? 4 : 1) * CLOCK_S;
}

static bool holds(const struct claim *claim, const struct report *report)
{
    int64_t number = report_number(report, claim->name);
    return number == claim->wanted || (claim->at_least && number > claim->wanted);
}

/* Awaits that all claims hold; tells of each that does not. Notes what is allocated then. */
static void check_claims(struct soak *s, struct peer *p, const struct claim *claims, size_t count,
                         struct holdings *now)
{
    int64_t deadline_ns = settle_deadline();
    struct report report;
    for (;;) {
        size_t held = 0;
        if (!report_ask(p, &report)) {
            soak_violation(s, "INFO is not answered");
            return;
        }
        for (size_t i = 0; i < count; i++)
            held += holds(&claims[i], &report);
        if (held == count || clock_now_ns() > deadline_ns)
            break;
        report_free(&report);
        soak_pause_ms(1);
    }
    for (size_t i = 0; i < count; i++)
        if (!holds(&claims[i], &report))
            soak_violation(s, "%s is %" PRId64 ", must be %s%" PRId64, claims[i].name,
                           report_number(&report, claims[i].name),
                           claims[i].at_least ? "at least " : "", claims[i].wanted);
    now->allocated_kib = report_number(&report, "used_memory") / 1024;
    report_free(&report);
}

static void check_counters(struct soak *s, struct peer *p, struct holdings *now)
{
    const struct claim claims[] = {
        {"total_connections_received", atomic_load(&s->connects), false},
        {"connected_clients", 1, false}, /* who asks */
        {"total_commands_processed", s->requests, true},
        {"children_killed", s->children_killed, false},
        {"children_failed", 0, false},
        {"request_timeouts", s->request_timeouts, false},
        {"write_timeouts", s->write_timeouts, false},
        {"idle_timeouts", 0, false},
        {"out_of_memory", 0, false},
        {"spawn_failures", 0, false},
    };
    check_claims(s, p, claims, sizeof claims / sizeof *claims, now);
}

/* Adding nothing shows the counter as a number, whether it is there or not. */
static void check_increments(struct soak *s, struct peer *p)
{
    size_t end;
    int64_t most = s->acknowledged + s->indeterminate;
    peer_forget(p);
    peer_send_text(p, "INCRBY " SOAK_COUNTER " 0\r\n");
    int64_t number = load_await_number(p, 0, &end);
    if (number < s->acknowledged || number > most)
        soak_violation(s,
                       "the counter is %" PRId64 ", must be from %" PRId64
                       " (acknowledged) to %" PRId64 " (with those nobody knows of)",
                       number, s->acknowledged, most);
}

static bool is_within(const struct holdings *now, const struct holdings *base)
{
    return now->descriptors <= base->descriptors && now->threads <= base->threads &&
           now->processes <= base->processes;
}

struct holdings settle_holdings(struct soak *s)
{
    int64_t deadline_ns = settle_deadline();
    struct holdings now = target_holdings(&s->target);
    /* Fewer processes: those that were killed are not replaced yet. */
    while ((!is_within(&now, &s->base) || now.processes < s->base.processes) &&
           clock_now_ns() < deadline_ns) {
        soak_pause_ms(10);
        now = target_holdings(&s->target);
    }
    if (!is_within(&now, &s->base) || now.processes < s->base.processes)
        soak_violation(s,
                       "it holds %d descriptors, %d threads, %d processes; without clients it must "
                       "be at most %d, %d and just %d",
                       now.descriptors, now.threads, now.processes, s->base.descriptors,
                       s->base.threads, s->base.processes);
    return now;
}

struct holdings settle_check(struct soak *s)
{
    struct peer p;
    struct holdings asked = {0};
    soak_expect_answer(s);
    if (soak_connect(s, &p)) {
        check_counters(s, &p, &asked);
        check_increments(s, &p);
        peer_close(&p);
    } else {
        soak_violation(s, "cannot connect: %m");
    }
    struct holdings now = settle_holdings(s);
    now.allocated_kib = asked.allocated_kib;
    return now;
}

/* Every one of malloc's arenas, of which glibc makes up to eight for each CPU, has given a long
 * reply and keeps what it then keeps: that is no growth. Replies are read one after another, so a
 * machine that has much else to do may let some pass their deadline, which counts as such. */
static void fill_arenas(struct soak *s)
{
    enum { CLIENTS = 40, REPLY_BYTES = sizeof "$1000000\r\n" - 1 + 1000000 + 2 };
    struct peer peers[CLIENTS];
    int count = 0;
    for (; count < CLIENTS && soak_connect(s, &peers[count]); count++)
        peer_send_text(&peers[count], "BLOB 1000000\r\n");
    for (int i = 0; i < count; i++) {
        s->write_timeouts += !peer_await_length(&peers[i], REPLY_BYTES);
        peer_close(&peers[i]);
    }
}

void settle_base(struct soak *s)
{
    struct peer peers[SOAK_WORKERS];
    int clients = s->target.serves_many ? SOAK_WORKERS : 1;
    struct report report;
    fill_arenas(s);
    fill_arenas(s);
    for (int i = 0; i < clients; i++) {
        size_t end;
        if (!soak_connect(s, &peers[i])) {
            soak_violation(s, "cannot connect: %m");
            clients = i;
            break;
        }
        peer_send_text(&peers[i], "INCR " SOAK_COUNTER "\r\n");
        s->acknowledged += load_await_number(&peers[i], 0, &end) > 0;
    }
    if (clients > 0 && report_ask(&peers[0], &report)) {
        s->target.forks =
            report_number(&report, "handler_process_id") != report_number(&report, "process_id");
        report_free(&report);
    }
    for (int i = 0; i < clients; i++)
        peer_close(&peers[i]);
    /* Nothing tells when the last of them is gone: what it holds has not changed for a while. */
    s->base = target_holdings(&s->target);
    for (int unchanged_ms = 0; unchanged_ms < UNCHANGED_MS; unchanged_ms += 10) {
        soak_pause_ms(10);
        struct holdings now = target_holdings(&s->target);
        if (now.descriptors != s->base.descriptors || now.threads != s->base.threads ||
            now.processes != s->base.processes)
            unchanged_ms = 0;
        s->base = now;
    }
}
