/* window: the measured time of a worker: it opens, its intervals fill, it closes.
 *
 * Called by the worker itself, whenever its clock has passed w->mark_ns. */
#ifndef WINDOW_H
#define WINDOW_H

#include <stdint.h>

struct worker;

/* The warm-up begins: when the window opens and, if a time bounds it, when it closes. */
void window_prepare(struct worker *w, int64_t start_ns);

/* Opens the window, notes the moments, saves full intervals, closes the window: all that is due at
 * now_ns >= mark_ns. */
void window_mark(struct worker *w, int64_t now_ns);

/* The run is over: closes the window if it is still open. */
void window_finish(struct worker *w);

/* The loop came round, at w->now_ns. It was meant to sleep until wake_ns at the latest, and then
 * had so many connections to look after. What it is later than that explains counts as a stall: the
 * worker was stopped, or another had its CPU. */
void window_note_stall(struct worker *w, int64_t wake_ns, int connections);

/* Tells the main thread how things stand. */
void window_publish(struct worker *w);

#endif
