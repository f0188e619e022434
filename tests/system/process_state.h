/* process_state: whether a process runs, waits or stands still. */
#ifndef PROCESS_STATE_H
#define PROCESS_STATE_H

#include <sys/types.h>

/* Its letter in /proc/PID/stat: 'T' for one that a signal stopped; '?' when it is gone. */
char process_state(pid_t pid);

#endif
