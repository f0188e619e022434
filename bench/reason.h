/* reason: one line for the caller of a function that could not do its work. */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>
#include <stddef.h>

/* Writes as much of it as fits, with a NUL. Always false, so that it can be returned at once. */
bool reason_give(char *reason, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
