/* experiment: a server of one model, loaded by the client, on a timetable.
 *
 * Like process.h, for the test's own thread: what fails here fails the test. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include <jansson.h>
#include <stdint.h>

#include "client_run.h"
#include "server.h"

/* Starts a server of the model of that name; one at a time. */
void experiment_start(struct server *s, const char *model);

/* Begins to load a server with a line of arguments as printf makes it. */
__attribute__((format(printf, 3, 4))) void experiment_begin(struct process *client, uint16_t port,
                                                            const char *format, ...);

/* The result of what was begun, to be released. The client's exit status must be this. */
json_t *experiment_end(struct process *client, int status);

/* Both in one: a run that the client does not call failed. */
__attribute__((format(printf, 2, 3))) json_t *experiment_load(uint16_t port, const char *format,
                                                              ...);

/* The result of a good run against a fresh server of that model, to be released; *served, if it is
 * wanted, is the server's last line, to be freed. */
json_t *experiment_on(const char *model, const char *line, char **served);

/* Awaits that a server which serves many has carried out so many commands more. */
void experiment_await_commands(const struct server *s, int64_t more);

/* Part of the timetable of an experiment, and no substitute for an event. */
void experiment_let_pass(int64_t ns);

/* Stops all processes of the server at once, for a time. Returns for how many seconds. */
double experiment_freeze(const struct server *s, int64_t ns);

/* What is started from now on runs on this CPU only, of those that the test may use, counted from
 * 0. False if there are not so many. */
bool experiment_pin(int number);

/* What is started from now on goes before other programs, where the system lets us: for runs that
 * keep a CPU busy, and would measure who else wants it. */
void experiment_go_first(void);

#endif
