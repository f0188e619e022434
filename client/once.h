/* once: connect, ask once, print the answer, close: the lecture's first client. */
#ifndef ONCE_H
#define ONCE_H

#include <stdbool.h>

struct load;

enum { ONCE_ERROR_BYTES = 128 };

/* Sends one request to load->target and writes the reply to standard output; load->timeout_ns
 * bounds each wait. Returns the exit status: 0, or 1 for an error reply. -1: there was no reply,
 * or one that does not answer the question, and error holds a text that says so. */
int once_run(const struct load *load, char error[ONCE_ERROR_BYTES]);

#endif
