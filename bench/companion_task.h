/* companion_task: one order of a companion while it is carried out. The functions that work on it
 * are run by a thread of its own, but for companion_idle_begin. */
#ifndef COMPANION_TASK_H
#define COMPANION_TASK_H

#include <pthread.h>

#include "companion.h"
#include "net.h"

struct companion_task {
    const struct companion_setting *setting;
    struct companion_order order;
    struct net_address address;
    int stopfd;       /* readable when it is to end */
    int64_t begin_ns; /* of the measured time */
    int *fds;         /* of idle clients */
    size_t fds_count;
    pthread_t thread;
    bool has_thread;
    struct companion_report report;
    char error[COMPANION_ERROR_BYTES]; /* "" unless it could not do what it was to do */
};

/* Waits until that moment. False when it is to end before. */
bool companion_pause(const struct companion_task *task, int64_t until_ns);

/* When the i-th of the order's turns begins. */
int64_t companion_turn_ns(const struct companion_task *task, size_t turn);

/* A connected socket whose waits are bounded and whose end is RST, which leaves no port behind; -1
 * with errno. */
int companion_connect(const struct companion_task *task);

bool companion_idle_begin(struct companion_task *task); /* false: error says why */
void companion_idle_end(struct companion_task *task);

void companion_be_slow(struct companion_task *task); /* trickle and unread */
void companion_crash(struct companion_task *task);
void companion_stall(struct companion_task *task);

#endif
