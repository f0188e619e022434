/* server: one server of the suite, or a redis-server, as a test sees it.
 *
 * The binaries come from the build (the list SERVERS, overridable by an environment variable of
 * that name: paths with ':' between), their models from --list-models. Nothing here names a model
 * except the two questions below. Like process.h, for the test's own thread. */
#ifndef SERVER_H
#define SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <criterion/parameterized.h>

#include "process.h"

/* A model in one of its variants: each value of its --accept or --poller counts as a model here. */
struct server_model {
    char binary[512];
    char model[64];   /* for --model */
    char variant[64]; /* "--accept=queue"; "" if the model has one way only */
    char name[128];   /* of both, for messages: "thread-pool --accept=queue" */
    bool has_workers; /* it takes --workers */
};

/* All models of all servers, in all variants, to be freed; with SERVER_VARIANTS=default in the
 * environment each model in its default variant only, with SERVER_VARIANTS=threads so those that
 * make no threads. Fails the test if a server lists none. */
struct server_model *server_models(size_t *count);

/* The same as the parameters of a Criterion test whose parameter is a struct server_model. */
struct criterion_test_params server_model_parameters(void);

/* The paths of the binaries, NULL behind the last; not to be freed. */
char **server_binaries(void);

/* False for the one model that by its definition lets everyone wait for the first client. */
bool server_serves_many(const struct server_model *model);

/* False for the models in which a request that is being executed keeps all others waiting: that
 * one, and the one that has a single thread for everybody. */
bool server_works_on_many(const struct server_model *model);

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
 * the test's own, and so do those in the environment variable SERVER_OPTIONS, with blanks between;
 * NULL ends them, and may stand for none. A model with a fixed number of workers
 * has SERVER_WORKERS. */
enum { SERVER_WORKERS = 8 };
void server_start(struct server *s, const struct server_model *model, const char *const options[]);

/* The same for so many clients at once: a model with workers has one for each. */
void server_start_for(struct server *s, const struct server_model *model, int clients,
                      const char *const options[]);

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

/* After SIGSTOP to the group of a server: all of it goes on. A process that is just being made when
 * SIGCONT comes may miss it, and then stands still where its fork returns; so for a while it is
 * sent whenever any of them does. Not otherwise: it would undo the stop in which LeakSanitizer
 * looks at a server that ends. */
void server_go_on(const struct server *s);

#endif
