/* orphans: processes that a server left behind when it ended.
 *
 * After orphans_init every descendant that loses its parent becomes a child of this program,
 * whatever group or session it moved to, so none can hide. */
#ifndef ORPHANS_H
#define ORPHANS_H

#include <stdbool.h>
#include <stddef.h>

/* Once at the start. False with errno set when the system refuses. */
bool orphans_init(void);

/* Kills and reaps every child of this program. Call it when the children it started itself have
 * been reaped: what is found then was left behind, running or not waited for. Returns how many were
 * found and reaped; *all_gone is false when one would not die within seconds. */
size_t orphans_sweep(bool *all_gone);

#endif
