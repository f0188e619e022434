#include "invariants.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void find(struct findings *f, const char *format, ...)
{
    size_t length = strlen(f->text), room = sizeof f->text - length;
    va_list arguments;
    f->count++;
    va_start(arguments, format);
    int n = vsnprintf(f->text + length, room, format, arguments);
    va_end(arguments);
    if (n < 0 || (size_t)n + 2 > room)
        f->text[length] = '\0'; /* the count tells that there are more */
    else
        strcpy(f->text + length + n, "\n");
}

static long total(const struct history *histories, size_t count, enum history_outcome outcome)
{
    long sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += history_count(&histories[i], HISTORY_INCR, outcome);
    return sum;
}

static bool is_listed(const int *list, int client)
{
    while (list != NULL && *list >= 0)
        if (*list++ == client)
            return true;
    return false;
}

/* ---- the counter ---- */

void invariants_counter(struct findings *f, const struct history *histories, size_t count,
                        int64_t final)
{
    long acknowledged = total(histories, count, HISTORY_OK);
    long indeterminate = total(histories, count, HISTORY_INDETERMINATE);
    if (final < acknowledged)
        find(f, "the counter is %" PRId64 ", but %ld INCR were acknowledged", final, acknowledged);
    if (final > acknowledged + indeterminate)
        find(f, "the counter is %" PRId64 ", but %ld INCR were acknowledged and %ld may have been",
             final, acknowledged, indeterminate);
}

/* All steps of one request that were answered with its own kind of reply. */
struct told {
    const struct history_step **steps;
    size_t count;
};

static bool is_told(const struct history_step *step, enum history_request request)
{
    return step->request == request && step->outcome == HISTORY_OK && !step->is_strange;
}

static struct told collect(const struct history *histories, size_t count,
                           enum history_request request, int (*compare)(const void *, const void *))
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += histories[i].count;
    struct told told = {.steps = calloc(most + 1, sizeof *told.steps)};
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < histories[i].count; s++)
            if (is_told(&histories[i].steps[s], request))
                told.steps[told.count++] = &histories[i].steps[s];
    qsort(told.steps, told.count, sizeof *told.steps, compare);
    return told;
}

static const struct history_step *step_at(const void *element)
{
    return *(const struct history_step *const *)element;
}

static int by_value(const void *a, const void *b)
{
    int64_t left = step_at(a)->value, right = step_at(b)->value;
    return (left > right) - (left < right);
}

static int by_answer(const void *a, const void *b)
{
    int64_t left = step_at(a)->answered_ns, right = step_at(b)->answered_ns;
    return (left > right) - (left < right);
}

/* An INCR gives more than any reply before it, a GET no less. */
static void find_falling(struct findings *f, const struct history *h)
{
    int64_t last = 0;
    for (size_t s = 0; s < h->count; s++) {
        const struct history_step *step = &h->steps[s];
        bool adds = is_told(step, HISTORY_INCR);
        if (!adds && !is_told(step, HISTORY_GET))
            continue;
        int64_t value = step->value < 0 ? 0 : step->value; /* no key yet */
        if (value < last + adds)
            find(f, "client %d was told %" PRId64 " after %" PRId64, h->client, value, last);
        last = value;
    }
}

void invariants_distinct(struct findings *f, const struct history *histories, size_t count,
                         int64_t final)
{
    struct told told = collect(histories, count, HISTORY_INCR, by_value);
    int64_t last = 0, distinct = 0;
    for (size_t i = 0; i < told.count; i++) {
        int64_t value = told.steps[i]->value;
        if (value == last)
            find(f, "two INCR were told %" PRId64, value);
        distinct += value != last;
        last = value;
    }
    if (told.count > 0 && (told.steps[0]->value < 1 || last > final))
        find(f, "INCR were told %" PRId64 " to %" PRId64 ", and the counter is %" PRId64,
             told.steps[0]->value, last, final);
    long indeterminate = total(histories, count, HISTORY_INDETERMINATE);
    if (final - distinct > indeterminate)
        find(f, "%" PRId64 " values were told to nobody, but only %ld INCR are without a reply",
             final - distinct, indeterminate);
    for (size_t i = 0; i < count; i++)
        find_falling(f, &histories[i]);
    free(told.steps);
}

/* ---- real time ---- */

/* The greatest value that anybody had been told before `now_ns`; told.steps are in that order, and
 * `greatest` has the greatest up to each. */
static int64_t known_at(const struct told *told, const int64_t *greatest, int64_t now_ns)
{
    size_t low = 0, high = told->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (told->steps[middle]->answered_ns < now_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? greatest[low - 1] : 0;
}

static int by_time(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* When each INCR was sent, or begun to be. */
static int64_t *attempts(const struct history *histories, size_t count, size_t *attempted)
{
    size_t most = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        most += histories[i].count;
    int64_t *times = calloc(most + 1, sizeof *times);
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < histories[i].count; s++)
            if (histories[i].steps[s].request == HISTORY_INCR &&
                histories[i].steps[s].outcome != HISTORY_UNSENT)
                times[n++] = histories[i].steps[s].asked_ns;
    qsort(times, n, sizeof *times, by_time);
    *attempted = n;
    return times;
}

static int64_t count_until(const int64_t *times, size_t count, int64_t now_ns)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] <= now_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return (int64_t)low;
}

struct past {
    struct told told;
    int64_t *greatest, *times;
    size_t attempted;
};

static void judge_order(struct findings *f, const struct past *past, const struct history *h,
                        const struct history_step *step)
{
    bool adds = step->request == HISTORY_INCR;
    int64_t value = step->value < 0 ? 0 : step->value; /* no key yet */
    int64_t known = known_at(&past->told, past->greatest, step->asked_ns);
    if (value < known + adds)
        find(f, "client %d was told %" PRId64 " when others had been told %" PRId64, h->client,
             value, known);
    int64_t most = count_until(past->times, past->attempted, step->answered_ns);
    if (value > most)
        find(f, "client %d was told %" PRId64 " when %" PRId64 " INCR had been sent", h->client,
             value, most);
}

void invariants_order(struct findings *f, const struct history *histories, size_t count)
{
    struct past past = {.told = collect(histories, count, HISTORY_INCR, by_answer)};
    past.greatest = calloc(past.told.count + 1, sizeof *past.greatest);
    past.times = attempts(histories, count, &past.attempted);
    int64_t greatest = 0;
    for (size_t i = 0; i < past.told.count; i++) {
        greatest = past.told.steps[i]->value > greatest ? past.told.steps[i]->value : greatest;
        past.greatest[i] = greatest;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < histories[i].count; s++) {
            const struct history_step *step = &histories[i].steps[s];
            if (is_told(step, HISTORY_INCR) || is_told(step, HISTORY_GET))
                judge_order(f, &past, &histories[i], step);
        }
    free(past.told.steps);
    free(past.greatest);
    free(past.times);
}

/* ---- replies ---- */

static const char *const names[] = {"INCR", "GET", "SET own", "GET own", "ECHO", "SUM"};

static void judge_reply(struct findings *f, const struct history *h, size_t s)
{
    const struct history_step *step = &h->steps[s];
    const char *name = names[step->request];
    bool has_value = step->request == HISTORY_GET_OWN || step->request == HISTORY_SUM;
    if (step->is_strange)
        find(f, "client %d, step %zu: not the reply to its %s", h->client, s, name);
    else if (step->outcome == HISTORY_OK && has_value && step->value != step->argument)
        find(f, "client %d, step %zu: %s gave %" PRId64 ", not %" PRId64, h->client, s, name,
             step->value, step->argument);
}

void invariants_replies(struct findings *f, const struct history *histories, size_t count,
                        const int *cut)
{
    for (size_t i = 0; i < count; i++) {
        const struct history *h = &histories[i];
        for (size_t s = 0; s < h->count; s++)
            judge_reply(f, h, s);
        if (h->end == HISTORY_SILENT)
            find(f, "client %d: no reply, and no end of the connection", h->client);
        if (h->surplus > 0 && !is_listed(cut, h->client))
            find(f, "client %d: %zu bytes that are no reply to anything", h->client, h->surplus);
    }
}

void invariants_isolation(struct findings *f, const struct history *histories, size_t count,
                          const int *hit)
{
    for (size_t i = 0; i < count; i++) {
        const struct history *h = &histories[i];
        long lost = (long)h->count - history_count_all(h, HISTORY_OK);
        if (!is_listed(hit, h->client) && (lost > 0 || h->end != HISTORY_LEFT))
            find(f, "client %d: %ld requests failed, end %d", h->client, lost, (int)h->end);
    }
}

/* ---- the end ---- */

void invariants_drain(struct findings *f, const struct history *histories, size_t count,
                      int64_t final)
{
    long acknowledged = total(histories, count, HISTORY_OK);
    if (final != acknowledged)
        find(f, "the counter is %" PRId64 " at the end, but %ld INCR were acknowledged", final,
             acknowledged);
    for (size_t i = 0; i < count; i++) {
        const struct history *h = &histories[i];
        bool was_served = history_count_all(h, HISTORY_OK) > 0;
        if (h->end == HISTORY_BROKEN && was_served)
            find(f, "client %d: its connection was reset", h->client);
        if (history_count_all(h, HISTORY_ERROR) > 0)
            find(f, "client %d: errors", h->client);
    }
}

/* ---- INFO ---- */

/* INT64_MIN: there is no such field. */
static int64_t field(const char *info, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = info; (at = strstr(at, name)) != NULL; at += length)
        if ((at == info || at[-1] == '\n') && at[length] == ':')
            return strtoll(at + length + 1, NULL, 10);
    return INT64_MIN;
}

void invariants_account(struct findings *f, const struct history *histories, size_t count,
                        const char *before, const char *after, int askers)
{
    int64_t connections =
        field(after, "total_connections_received") - field(before, "total_connections_received");
    int64_t commands =
        field(after, "total_commands_processed") - field(before, "total_commands_processed");
    int64_t connected = field(after, "connected_clients");
    long answered = 0;
    for (size_t i = 0; i < count; i++)
        answered += history_count_all(&histories[i], HISTORY_OK);
    if (connections != (int64_t)count + askers)
        find(f, "INFO has %" PRId64 " connections more, but %zu clients and %d askers came",
             connections, count, askers);
    if (commands < answered)
        find(f, "INFO has %" PRId64 " commands more, but %ld were answered", commands, answered);
    if (connected != 1)
        find(f, "INFO has %" PRId64 " clients connected, and one is", connected);
}
