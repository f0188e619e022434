/* slots: a fixed number of children, made beforehand, each in a place that is filled again when the
 * child dies.
 *
 * What only the parent needs is in its own memory; what a child has to tell, that accepting is
 * over, is in a mapping that all share. (Whether a child that was killed had a client is known from
 * stats.h.) Functions for the parent and for a child are marked (P) and (C); no threads. */
#ifndef SLOTS_H
#define SLOTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pace.h"

struct children;
struct server;
struct slots_shared;

struct slot {
    pid_t pid;       /* 0: vacant */
    int64_t made_ns; /* when its child was forked */
    int64_t taken;   /* connections that its children had taken until then */
};

struct slots {
    struct server *server;
    struct children *children;
    struct slots_shared *shared;
    struct slot *slot;
    int count, vacant;
    struct pace pace;
};

/* So many as the server is to have workers, all vacant. Both are kept, not copied. Returns 0, or -1
 * with errno. (P) */
int slots_init(struct slots *slots, struct server *server, struct children *children);
void slots_destroy(struct slots *slots);

/* fork(2) for each vacant slot, as pace.h allows, while no stop was asked for. In a child the
 * number of its slot, from 0 on; in the parent -1. What fork reports is counted as a spawn failure
 * and told at most once a second. (P) */
int slots_fill(struct slots *slots);

/* When slots_fill has something to do; INT64_MAX: not before a child dies. (P) */
int64_t slots_due_ns(const struct slots *slots);

/* A child has ended: its slot, vacant from now on. If it died at once, that is told at most once a
 * second. If it said that accepting is over, server->accept_errno is set. (P) */
int slots_vacate(struct slots *slots, pid_t pid);

/* Accepting is over, for all, because of server->accept_errno, if that is set. (C) */
void slots_tell_accept_errno(struct slots *slots);

#endif
