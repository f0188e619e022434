/* pace: how fast children that die are replaced.
 *
 * Normally at once. But where a child dies as soon as it is made, or cannot be made, replacing it
 * at once would keep the machine busy with nothing else: after such a failure one child is made on
 * trial after a pause of 20 ms, and the pause doubles with every trial that fails, up to a second.
 * When a child that was made on trial has lived a second, the others follow at once.
 *
 * Times are CLOCK_MONOTONIC, given by the caller. Pure; for one thread. */
#ifndef PACE_H
#define PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { PACE_FIRST_PAUSE_MS = 20, PACE_LONGEST_PAUSE_MS = 1000, PACE_TRIAL_MS = 1000 };

struct pace { /* zeroed: all is well */
    int64_t pause_ns;
    int64_t due_ns;       /* no child before that */
    int64_t trial_end_ns; /* of the eldest child on trial; INT64_MAX if there is none */
    bool failed;          /* since the last child was made */
};

/* Whether a child may be made now; if not, it may at due_ns. */
bool pace_allows(struct pace *pace, int64_t now_ns);

/* One was made. */
void pace_note_made(struct pace *pace, int64_t now_ns);

/* None could be made, or one has died that was made less than PACE_TRIAL_MS ago. */
void pace_note_failure(struct pace *pace, int64_t now_ns);

#endif
