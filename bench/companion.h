/* companion: who else has to do with a server while the client measures it. In a workload file:
 *
 *     [bench]
 *     companion = trickle 4, unread 2
 *
 *     idle N      N clients connect and send a PING before the measured client comes, and are
 *                 silent from then on
 *     trickle N   N clients send a PING byte by byte, one every 2 ms, take the reply, leave, and
 *                 come again
 *     unread N    N clients ask for 6 MiB, take nothing for 30 ms once the reply has begun, leave,
 *                 and come again 30 ms later
 *     crash N     N times in the measured time, at equal distances, a client sends DEBUG SEGFAULT;
 *                 then others ask until one is answered, or nobody listens. The server must have
 *                 been started with --enable-debug
 *     stall N     N times, likewise, a worker is stopped by SIGSTOP for a tenth of the measured
 *                 time: a child of the server, or the server itself where it serves without
 *
 * They are threads of this program with plain sockets, pinned to the client's CPUs. Between
 * companion_go and companion_end nothing else may be started, and no wait in them is longer than
 * COMPANION_WAIT_NS. */
#ifndef COMPANION_H
#define COMPANION_H

#include <jansson.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"

#define COMPANION_WAIT_NS CLOCK_S

enum companion_kind {
    COMPANION_IDLE,
    COMPANION_TRICKLE,
    COMPANION_UNREAD,
    COMPANION_CRASH,
    COMPANION_STALL,
    COMPANION_KINDS,
};

enum {
    COMPANION_ORDERS_MOST = 4,
    COMPANION_COUNT_MOST = 10000,
    COMPANION_FIGURES = 3,
    COMPANION_ERROR_BYTES = 256,
    COMPANION_TEXT_BYTES = 192,
};

struct companion_order {
    enum companion_kind kind;
    size_t count;
};

struct companion_orders {
    size_t count; /* 0: the client is alone */
    struct companion_order list[COMPANION_ORDERS_MOST];
};

/* False, with "must be ..." in error, unless the text is a list as above, each kind once. */
bool companion_parse(struct companion_orders *orders, const char *text,
                     char error[COMPANION_ERROR_BYTES]);

bool companion_is_ordered(const struct companion_orders *orders, enum companion_kind kind);

/* What one of them did or saw, by kind; NaN: not known.
 *
 *     idle     connected, answered
 *     trickle  answered: how often
 *     unread   left: replies that were given up
 *     crash    crashes, survived: after how many somebody was answered, silence_ms: the longest
 *              time from a crash to the next answer
 *     stall    stops, of_children: how many of them, stopped_ms: all of them together */
struct companion_report {
    double values[COMPANION_FIGURES];
};

/* {"kind": "crash", "count": 3, "crashes": 3, ...}; NULL when memory is short. */
json_t *companion_json(const struct companion_order *order, const struct companion_report *report);

/* The figures of such JSON; what is not in it is not known. */
void companion_restore(struct companion_report *report, const struct companion_order *order,
                       const json_t *json);

/* Takes several runs together: how many idle clients there were and were answered, as the median;
 * the longest silence_ms; all else as the sum. count <= STATISTICS_MOST. */
struct companion_report companion_sum(const struct companion_order *order,
                                      const struct companion_report reports[], size_t count);

/* Such a sum, for a table. Returns text. */
char *companion_text(char text[COMPANION_TEXT_BYTES], const struct companion_order *order,
                     const struct companion_report *report);

struct companion_setting {
    const struct companion_orders *orders;
    uint16_t port; /* of the server on 127.0.0.1 */
    pid_t server;
    bool has_children; /* it serves its clients in child processes */
    const cpu_set_t *cpus;
    int64_t warmup_ns, run_ns; /* of the client, from companion_go on */
};

struct companion;

/* Before the server is started: descriptors enough for those that are ordered, and no core file of
 * a server that is to crash. */
void companion_make_room(const struct companion_orders *orders);

/* Connects those that are to be there before the client. NULL, with a reason in error, when they
 * cannot be. */
struct companion *companion_begin(const struct companion_setting *setting,
                                  char error[COMPANION_ERROR_BYTES]);

/* Clients that it holds or that come and go, for what is counted by client. */
size_t companion_clients(const struct companion *c);

/* Starts the others, when the client has been started. */
bool companion_go(struct companion *c, char error[COMPANION_ERROR_BYTES]);

/* Ends all of them, goes on with whoever was stopped, and frees c. reports has room for each order.
 * False, with a reason in error, when one could not do what it was to do. */
bool companion_end(struct companion *c, struct companion_report reports[],
                   char error[COMPANION_ERROR_BYTES]);

#endif
