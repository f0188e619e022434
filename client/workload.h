/* workload: what a run asks of a server, read from a commented INI file.
 *
 *     ; one line that says what the file is for
 *     [workload]
 *     question = How does a shop of many readers and few writers fare?
 *     expected = as theory answers it, in a sentence
 *     [load]
 *     shape = partly-open
 *     connections = 50
 *     requests-per-connection = 10
 *     pipeline = 1
 *     think = 20ms
 *     timeout = 2s
 *     rate = 1.5k
 *     arrivals = poisson
 *     [request read]
 *     command = GET {key:1000}
 *     weight = 9
 *     [request write]
 *     command = SET {key:1000} {payload:100}
 *     [bench]
 *     companion = idle 1000
 *     server-options = --enable-debug
 *     also-valid = SERVER-SATURATED
 *     course = 20ms
 *
 * There must be a command; what else is left out has the value of WORKLOAD_DEFAULT. A file with one
 * kind of request may leave out its name: [request], without a weight. Counts and times are written
 * as on the command line (5k, 100ms; a bare time is in seconds). A command is split at blanks as
 * words.h says, and its words are templates (request.h). A ';' after a blank begins a comment.
 *
 * The shape follows from the other keys and may be stated, so that a file that means another one is
 * refused. closed: no rate, each connection waits for its replies. open: a rate, and at most one
 * request for each connection, or no limit. partly-open: a rate, and several requests for each
 * connection.
 *
 * [bench] is for the suite that compares servers (bench/companion.h and bench/catalogue.h say what
 * its values mean): here they are kept as they stand, and a client that runs the file by itself
 * does without them.
 *
 * Nothing here is kept between calls, but the INI library has settings for the whole process: read
 * files from one thread at a time. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arrivals.h"
#include "mix.h"
#include "option.h"

enum { WORKLOAD_ERROR_BYTES = 512, WORKLOAD_NAME_MOST = 31 };

/* A value of [bench], and the line it stands in. */
struct workload_note {
    char *text; /* NULL when the file has none */
    int line;
};

struct workload {
    char *question; /* NULL when the file asks none */
    char *expected; /* NULL when it expects nothing */
    int64_t connections;
    int64_t requests_per_connection; /* 0: for ever */
    int64_t pipeline;
    int64_t think_ns;
    int64_t timeout_ns; /* 0: not given */
    int64_t rate_micro; /* requests in a million seconds; 0: closed */
    enum arrivals arrivals;
    size_t requests_count;
    struct mix_part *requests; /* one without a name in the file has the first word of its command;
                                  argv[argc] is NULL */
    struct workload_note companion, server_options, also_valid, course;
};

#define WORKLOAD_DEFAULT ((struct workload){.connections = 50, .pipeline = 1})

/* What the values may be, here and on the command line. */
extern const struct option_range workload_connections, workload_requests_per_connection,
    workload_pipeline, workload_think_ns, workload_timeout_ns, workload_interval_ns;
enum { WORKLOAD_INTERVALS_MOST = 24 * 3600 }; /* in a measured time */

/* Requests a second, "0.5", "200" or "1.5k", in millionths. False leaves *rate_micro alone; then
 * the text must be WORKLOAD_RATE_PHRASE. */
bool workload_rate_text(const char *text, int64_t *rate_micro);
#define WORKLOAD_RATE_PHRASE "a number of requests a second from 0.001 to 10m"

/* Reads the file at `path` into *w, which needs no preparation and is then freed by workload_free.
 * False: *w is empty, and error holds one line that names the file, the line and the key:
 *
 *     bench/workloads/hold.ini:7: connections=0: must be a whole number from 1 to 100000 */
bool workload_read(struct workload *w, const char *path, char error[WORKLOAD_ERROR_BYTES]);
void workload_free(struct workload *w);

#endif
