/* report: what the server says of itself, by INFO. */
#ifndef REPORT_H
#define REPORT_H

#include "soak.h"

struct report {
    char *text;
};

/* Asks on this connection. False if it is not answered; else the report is to be freed. */
bool report_ask(struct peer *p, struct report *report);
void report_free(struct report *report);

/* The number behind "NAME:"; -1 if there is none. */
int64_t report_number(const struct report *report, const char *name);

/* Asks on a connection of its own, until that number is at least `wanted` or patience runs out,
 * which is a violation. Returns the number. */
int64_t report_await(struct soak *s, const char *name, int64_t wanted);

#endif
