#include <stdio.h>

#include "companion.h"
#include "format.h"
#include "statistics.h"

struct companion_report companion_sum(const struct companion_order *order,
                                      const struct companion_report reports[], size_t count)
{
    struct companion_report all;
    for (int f = 0; f < COMPANION_FIGURES; f++) {
        double values[STATISTICS_MOST], sum = 0;
        for (size_t i = 0; i < count; i++) {
            values[i] = reports[i].values[f];
            sum += values[i];
        }
        struct spread spread = statistics_spread(values, count);
        all.values[f] = order->kind == COMPANION_IDLE              ? spread.median
                        : order->kind == COMPANION_CRASH && f == 2 ? spread.max
                                                                   : sum;
    }
    return all;
}

static const char *plural(double count, const char *one, const char *several)
{
    return count == 1 ? one : several;
}

static void put_idle(char *text, const struct companion_order *order, const double values[])
{
    char connected[FORMAT_BYTES], wanted[FORMAT_BYTES], answered[FORMAT_BYTES];
    format_count(connected, values[0]);
    format_count(answered, values[1]);
    if (values[0] == (double)order->count)
        snprintf(text, COMPANION_TEXT_BYTES, "%s idle clients, %s of them served", connected,
                 answered);
    else
        snprintf(text, COMPANION_TEXT_BYTES, "%s of %s idle clients connected, %s of them served",
                 connected, format_count(wanted, (double)order->count), answered);
}

static void put_crash(char *text, const double values[])
{
    char crashes[FORMAT_BYTES], survived[FORMAT_BYTES], time[FORMAT_BYTES];
    const char *noun = plural(values[0], "crash", "crashes");
    format_count(crashes, values[0]);
    format_count(survived, values[1]);
    format_time_us(time, values[2] * 1e3);
    if (!(values[0] > 0))
        snprintf(text, COMPANION_TEXT_BYTES,
                 "no crash: whoever was to cause it was not served in time");
    else if (values[1] == values[0])
        snprintf(text, COMPANION_TEXT_BYTES, "%s %s, %s the next client was answered within %s",
                 crashes, noun, plural(values[0], "and", "each time"), time);
    else if (values[1] > 0)
        snprintf(text, COMPANION_TEXT_BYTES,
                 "%s %s, after %s of which the next client was answered within %s", crashes, noun,
                 survived, time);
    else
        snprintf(text, COMPANION_TEXT_BYTES, "%s %s, and then nobody was there to answer", crashes,
                 noun);
}

static void put_stall(char *text, const double values[])
{
    char stops[FORMAT_BYTES], time[FORMAT_BYTES];
    if (!(values[0] > 0))
        snprintf(text, COMPANION_TEXT_BYTES, "nobody could be stopped");
    else
        snprintf(text, COMPANION_TEXT_BYTES, "%s was stopped %s time%s, for %s in all",
                 values[1] > 0 ? "one of the server's processes" : "the whole server",
                 format_count(stops, values[0]), plural(values[0], "", "s"),
                 format_time_us(time, values[2] * 1e3));
}

char *companion_text(char text[COMPANION_TEXT_BYTES], const struct companion_order *order,
                     const struct companion_report *report)
{
    char count[FORMAT_BYTES], first[FORMAT_BYTES];
    format_count(count, (double)order->count);
    format_count(first, report->values[0]);
    switch (order->kind) {
    case COMPANION_IDLE:
        put_idle(text, order, report->values);
        break;
    case COMPANION_TRICKLE:
        snprintf(text, COMPANION_TEXT_BYTES, "%s slow senders, who were served %s times", count,
                 first);
        break;
    case COMPANION_UNREAD:
        snprintf(text, COMPANION_TEXT_BYTES, "%s who do not read, and left %s replies", count,
                 first);
        break;
    case COMPANION_CRASH:
        put_crash(text, report->values);
        break;
    default:
        put_stall(text, report->values);
    }
    return text;
}
