/* idle: clients that are connected and, but for one PING each, silent.
 *
 * Their sockets are plain ones of this process, opened one after another, so that no accept queue
 * overflows. They end by RST and leave no port behind. */
#ifndef IDLE_H
#define IDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct idle {
    int *fds;
    size_t count;
};

/* Makes room for descriptors of so many clients here and in the servers started afterwards. False
 * when the system does not allow that; then *allowed is the number of descriptors it does. */
bool idle_make_room(size_t clients, size_t *allowed);

/* Connects clients, each of which gets a PING answered, until there are so many. False at the first
 * that does not, with a reason (of CONTENDER_WHY_BYTES). A struct idle is zeroed before its first
 * use, and closed after its last, whatever was returned. */
bool idle_open(struct idle *idle, size_t clients, uint16_t port, char *why);

/* A PING for each of them, one after another: how many were answered before one was not. */
size_t idle_ask(const struct idle *idle);

void idle_close(struct idle *idle);

#endif
