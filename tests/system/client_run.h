/* client_run: the client as a test runs it, and what it found out.
 *
 * Like process.h, for the test's own thread: what fails here fails the test. */
#ifndef CLIENT_RUN_H
#define CLIENT_RUN_H

#include <jansson.h>
#include <stdint.h>

#include "process.h"

/* Runs the client to its end at this port of 127.0.0.1, or without a port if that is 0, with a line
 * of arguments that is split at blanks. */
struct outcome client_run(uint16_t port, const char *line);

/* The same in two steps, for a test that does something meanwhile. */
void client_start(struct process *p, uint16_t port, const char *line);
struct outcome client_end(struct process *p);

/* The result that a run wrote to its standard output, to be released. Each planned request must
 * have exactly one outcome. */
json_t *client_result(const struct outcome *o);

/* One of the counts of a result. */
int64_t client_count(const json_t *result, const char *name);

/* The number at a path of at most three keys, as "latency_us.response.p99"; NAN where the result
 * says that it is not known. Fails the test if there is no such path. */
double client_number(const json_t *result, const char *path);

/* The value of a check; *pass tells whether it passed. NAN, and passed, where it was not made. */
double client_check(const json_t *result, const char *name, bool *pass);

/* Checks all counts but "planned": those in "NAME=N NAME=N" are N, all others 0. */
void client_expect_counts(const json_t *result, const char *name, const char *counts);

/* A field of a result that holds text; "" if there is none. */
const char *client_text(const json_t *result, const char *key);

#endif
