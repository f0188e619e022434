/* cpus: which processors the server and the client of a run may use. Lists are written "0,2-3". */
#ifndef CPUS_H
#define CPUS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

enum { CPUS_TEXT_BYTES = 128 };

/* Reads a list. False unless it is one, names at least one processor, and only processors of
 * *allowed; a processor may come twice. */
bool cpus_parse(cpu_set_t *set, const char *text, const cpu_set_t *allowed);

/* The shortest list of a set, cut with "..." where it is too long for text. Returns text. */
char *cpus_text(const cpu_set_t *set, char text[CPUS_TEXT_BYTES]);

struct cpus_division {
    cpu_set_t server, client;
    bool apart; /* no processor is in both */
};

/* Divides the allowed processors. A side whose set is NULL gets what the other leaves; with both
 * NULL the server gets the first half (the larger one, if they differ) and the client the rest.
 * Where nothing is left, that side gets the same as the other. */
struct cpus_division cpus_divide(const cpu_set_t *allowed, const cpu_set_t *server,
                                 const cpu_set_t *client);

#endif
