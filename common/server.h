/* server: what the three programs have in common: options, start-up, accepting, the last report.
 *
 * A program is a list of models; a model is one file whose run() reads like the lecture's slide:
 *
 *     int listenfd = net_socket(&server->address, 0);
 *     if (listenfd < 0 || net_bind(listenfd, &server->address) != 0 ||
 *         net_listen(listenfd, server->backlog) != 0)
 *         return server_cannot_listen(server, listenfd);
 *     server_ready(server, listenfd);
 *     while ((connfd = server_accept(server, listenfd)) >= 0)
 *         ...serve it, and close it: whoever accepts, closes...
 *     return server_stopped(server, listenfd);
 *
 * What a model may rely on: SIGPIPE, SIGHUP and SIGXFSZ are ignored; SIGTERM and SIGINT set the
 * flag of stop.h and interrupt blocking calls; every descriptor is close-on-exec; serve_client
 * never exits and never closes. Start-up may exit; nothing does after server_ready. What it must
 * not do: with --sandbox, a system call from server_ready on that the table in sandbox.c does not
 * have. */
#ifndef SERVER_H
#define SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net.h"
#include "privilege.h"
#include "service.h"
#include "store.h"

struct addresses;
struct server;

/* Options that only some models have a use for. Every program knows them all; another model refuses
 * them: see special_options in server_options.c. */
enum model_options { MODEL_STACK_SIZE = 1, MODEL_WORKERS = 2, MODEL_ACCEPT = 4, MODEL_POLLER = 8 };

struct model {
    const char *name;                  /* "thread-per-client" */
    const char *summary;               /* for --list-models */
    int (*run)(struct server *server); /* returns the exit status */
    unsigned options;                  /* of enum model_options */
    const char *const *variants;       /* with MODEL_ACCEPT or MODEL_POLLER: the values of that
                                          option, the default first, NULL behind the last */
};

struct server {
    struct service service;
    const struct model *model;
    struct net_address address;
    struct net_address second_address; /* length 0: there is none */
    bool second_is_optional;
    int second_listenfd; /* 0: none */
    bool accept_waits;   /* with two of them: whether the model's own was blocking */
    _Atomic unsigned accept_turn;
    int backlog;
    size_t stack_bytes;          /* of a client's thread */
    int workers;                 /* threads or processes of a model with a fixed number; else 0 */
    int variant;                 /* which of the model's variants */
    int64_t scarce_descriptors;  /* see server_need_descriptors: the limit; 0: they are enough */
    int descriptors_end;         /* see server_limit_descriptors; 0: no limit */
    int64_t max_per_address;     /* 0: not given */
    struct addresses *addresses; /* NULL: no limit for one address */
    int processes;               /* that may serve a client each: their places come first */
    int serves_as;               /* see server_serve_as; 0: this process is none of those */
    size_t ballast_bytes; /* to be occupied for nothing before listening, see memory_occupy */
    struct store_options store_options;
    int64_t request_timeout_ns, write_timeout_ns, drain_timeout_ns;
    bool verbose;
    struct privilege_user user; /* who to become, if it has a name */
    bool sandbox;               /* allow only the system calls of sandbox.h */
    bool confined;              /* both are done */
    _Atomic int accept_errno; /* why accepting ended, when nobody asked for it; 0 if all is well */
};

/* main() of a program: reads the options, runs the chosen model, prints the served line. `models`
 * ends with NULL; its first is the default. Returns the exit status: 0 after SIGTERM or SIGINT, 1
 * for a failure; ends with 2 itself for a wrong command line. */
int server_main(int argc, char **argv, const char *program, const struct model *const *models);

/* Fills *server from the command line, or exits (2 for wrong use, 0 after --help or --list-models).
 */
void server_read_options(struct server *server, int argc, char **argv, const char *program,
                         const struct model *const *models);

/* A descriptor for each client, a few for the server and so many that the model has of its own: the
 * limit of open files is raised to that, or else there are fewer clients at once, and the server
 * says so when it listens. A model that has some calls it before it opens them. */
void server_need_descriptors(struct server *server, int own);

/* Before server_ready: the model can watch only descriptors below `end`. The server then serves
 * fewer clients at once, and says so; a client whose descriptor is `end` or more all the same is
 * refused like one over the limit. */
void server_limit_descriptors(struct server *server, int end);

/* Prints the ready line; from here on clients are expected. */
void server_ready(struct server *server, int listenfd);

/* What is to be known and set as soon as listenfd listens: the address in `service`, the second
 * address if there is one (then listenfd is non-blocking from here on), the idle timeout, who may
 * have how many clients; then what the server no longer needs is given up, as privilege.h and
 * sandbox.h tell, or else it ends here, with one line and status 1. server_ready does it too; a
 * model that forks before the ready line does it first, as children that exist already would keep
 * what they have. */
void server_bound(struct server *server, int listenfd);

/* The listener of the second address; -1 if there is none. Only for a model that itself waits for
 * clients, with more than server_accept: it waits for both, and then accepts from listenfd as if
 * that were all. */
int server_second_listener(const struct server *server);

/* In a child that accepts nobody: closes both. */
void server_close_listeners(const struct server *server, int listenfd);

/* Start-up failed: one line that says why (errno), closes listenfd if it is one, returns 1. */
int server_cannot_listen(const struct server *server, int listenfd);

/* The same after listening: what the model needs, "threads", cannot be prepared (an errno). */
int server_cannot_start(int listenfd, const char *what, int failure);

/* The accept loop is over: closes listenfd; returns the exit status. */
int server_stopped(const struct server *server, int listenfd);

/* Takes one client from the accept queue; waits for it if listenfd is blocking. Several threads or
 * processes may do so at once. */
enum server_accepted {
    SERVER_CLIENT, /* *connfd is its connected socket; it is counted in the statistics */
    SERVER_NOBODY, /* nobody this time: a client's own error, a shortage, a client over the limit
                      who was refused with an error line; try again */
    SERVER_OVER,   /* no more: the server stops, and who waited at the stop signal was handed out */
    SERVER_SHORTAGE, /* only from server_accept_now: no descriptor or memory for a client now */
};
enum server_accepted server_accept_one(struct server *server, int listenfd, int *connfd);

/* The same for a caller who has other clients to serve: after a shortage server_accept_one pauses
 * for SERVER_SHORTAGE_PAUSE_MS, and the queue keeps its clients; this returns SERVER_SHORTAGE, and
 * leaves it to the caller to let so much time pass before it looks again. */
enum { SERVER_SHORTAGE_PAUSE_MS = 20 };
enum server_accepted server_accept_now(struct server *server, int listenfd, int *connfd);

/* The same for one who gets clients in another way, and has no descriptor (an errno) for the next:
 * counts that, says so, and pauses. */
void server_pause_for_shortage(struct server *server, int failure);

/* As server_accept_one, until there is a client: its socket, or -1 when it is over. */
int server_accept(struct server *server, int listenfd);

/* Refuses a client that was accepted: sends "-" and the text without ever blocking, and closes. */
void server_refuse(int connfd, const char *error);

/* No "thread" or "process" can be made (an errno) for a client that server_accept handed out: it
 * gets an error line, is counted as a spawn failure and has left. At most one message a second. */
void server_cannot_serve(struct server *server, int connfd, const char *what, int failure);

/* Whether a client has a loopback address, for its session, if the service asks for that; else
 * false, without a system call. Of one that has left nothing is known: false. */
bool server_is_local(const struct server *server, int connfd);

/* A client that server_accept handed out has left: closes its socket and counts it. */
void server_hang_up(struct server *server, int connfd);

/* Whose client is whose, for the number of clients and for the limit of those from one address: a
 * client is counted out by the process that hangs up, or, if that dies, by its parent. A model
 * whose clients all stay with the process that accepted them, and end with it, needs none of this.
 * Processes are numbered from 0 on, below the number of workers, or without such below
 * --max-clients; these never hang up themselves, but end with their client. */

/* In a child: it is this one, and has one client at a time, which it accepts or is handed. */
static inline void server_serve_as(struct server *server, int process)
{
    server->serves_as = process + 1;
}

/* In the parent: a client that it has accepted is that process's from now on; or is not, since it
 * has not reached it, and is had back as connfd; and a process has ended: true if a client that
 * counted as connected, as it does no longer, went with it. */
void server_handed_over(struct server *server, int connfd, int process);
void server_taken_back(struct server *server, int process, int connfd);
bool server_process_ended(struct server *server, int process);

/* In the parent, which has waited for it: a process did not end as it should, perhaps in the middle
 * of something. */
void server_process_died(struct server *server);

#endif
