/* attributes: what a thread that serves clients is made with. */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#include <pthread.h>
#include <stddef.h>

/* A stack of stack_bytes, and SIGTERM and SIGINT blocked: they are for the main thread. The tick of
 * stop.h is not, it reaches every thread that it is sent to. Returns 0, and attributes for the
 * caller to destroy, or an errno and nothing. */
int attributes_init(pthread_attr_t *attributes, size_t stack_bytes);

#endif
