/* redis: redis-server as a program to compare with: how it is started and when it is ready. */
#ifndef REDIS_H
#define REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "process.h"

enum { REDIS_WORDS = 14, REDIS_PORT_BYTES = 8, REDIS_WHY_BYTES = 256 };

/* A port of 127.0.0.1 on which nobody listens now, for redis-server cannot choose one itself; 0 if
 * there is none. Until it is used somebody else may take it. */
uint16_t redis_free_port(void);

/* Its command line, REDIS_WORDS - 1 words and a NULL, to be as quick as it can: nothing is stored.
 * Clients may come from any loopback address, all but one of which its protected mode would refuse.
 * The words are static but for the port, whose text is written to port_text. */
void redis_compose(const char *words[REDIS_WORDS], char port_text[REDIS_PORT_BYTES], uint16_t port);

/* A line of its output says that it serves now. */
bool redis_is_ready(const char *line);

/* Starts one as process_start_attached does, and waits until it is ready; where somebody else had
 * its port by then, another one, which is attached in its place. Returns its port on
 * 127.0.0.1; 0 with a reason in why, and then too *p is to be stopped and closed. */
uint16_t redis_start(struct process *p, const cpu_set_t *cpus,
                     void (*attach)(pid_t pid, void *context), void *context,
                     char why[REDIS_WHY_BYTES]);

/* Whether the program is there and can be run. */
bool redis_is_installed(void);

#endif
