/* server: one server of the suite, or a redis-server, as a test sees it.
 *
 * The binaries come from the build (the list SERVERS, overridable by an environment variable of
 * that name: paths with ':' between), their models from --list-models. Nothing here names a model
 * except server_serves_many. Like process.h, for the test's own thread. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <criterion/parameterized.h>

#include "process.h"

struct server_model {
    char binary[512];
    char name[64];
};

/* All models of all servers, to be freed. Fails the test if a server lists none. */
struct server_model *server_models(size_t *count);

/* The same as the parameters of a Criterion test whose parameter is a struct server_model. */
struct criterion_test_params server_model_parameters(void);

/* The paths of the binaries, NULL behind the last; not to be freed. */
char **server_binaries(void);

/* False for the one model that by its definition lets everyone wait for the first client. */
bool server_serves_many(const struct server_model *model);

struct server {
    struct process process;
    const struct server_model *model; /* NULL: a redis-server */
    char *ready;                      /* the ready line */
    struct sockaddr_storage address;
    socklen_t address_length;
    uint16_t port;
    char folder[64]; /* redis-server: where it lives, removed at the end */
};

/* Starts a model on a port that the system chooses and awaits its ready line. `options` go behind
 * the test's own; NULL ends them, and may stand for none. */
void server_start(struct server *s, const struct server_model *model, const char *const options[]);

/* Ends it by a signal, checks that it exits 0 and leaves nothing, and returns its `served` line
 * without the first word, to be freed. Frees the server. */
char *server_stop(struct server *s, int signal_number);

/* The number behind KEY= in a ready or served line. Fails the test if there is none. */
double field_number(const char *line, const char *key);
/* The text behind KEY=, to be freed; NULL if there is none. */
char *field_text(const char *line, const char *key);

/* A redis-server on a free loopback port, without persistence, in a folder of its own. */
void server_start_redis(struct server *s);
void server_stop_redis(struct server *s);

#endif
