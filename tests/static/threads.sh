#!/usr/bin/env bash
# threads.sh OBJECT...: none of these, objects or archives, can make a thread: a process that forks
# must have one only, or the child may find a lock taken by a thread that does not exist there. Prints
# each that can.
set -euo pipefail
faults=0

for object; do
    # Function after function by which a thread is made; fork(2) is glibc's own affair.
    if made_by=$(nm --undefined-only "$object" 2>/dev/null | grep -Ew 'pthread_create|thrd_create|clone|timer_create'); then
        printf '%s: can make a thread: %s\n' "${object##*/}" "$made_by"
        faults=1
    fi
done
exit "$faults"
