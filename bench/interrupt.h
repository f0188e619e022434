/* interrupt: SIGINT, SIGTERM and SIGHUP as something to poll for, instead of handlers.
 *
 * The signals are blocked, so nothing is ever cut short by one: whoever waits also polls
 * interrupt_fd and decides what to do. One process-wide state; children must be given back the
 * signal mask (process_start does it). Not for use with threads. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>

/* Once at the start. False with errno set when the system refuses. */
bool interrupt_init(void);

/* Readable from the first of the signals on, and for ever after; -1 before interrupt_init. */
int interrupt_fd(void);

/* True once one of the signals has come. */
bool interrupt_arrived(void);

#endif
