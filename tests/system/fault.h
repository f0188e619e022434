/* fault: what every test of a fault does before it and afterwards, and how some are made.
 *
 *     server_start(&server, model, NULL);
 *     struct fault_base base = fault_base(&server);
 *     ...the fault...
 *     fault_expect_clean(&server, base);
 *
 * A fault has a number, under which tests/README.md has a row for it: its tests are called
 * fault_NN_what_happens. All functions are for the test's own thread and fail the running test when
 * the system fails them. */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include <criterion/parameterized.h>

#include "peer.h"
#include "server.h"

/* A test of the suite SUITE that is run for each model of a list below. */
#define FAULT_TEST(SUITE, NAME, MODELS)                                                            \
    ParameterizedTestParameters(SUITE, NAME)                                                       \
    {                                                                                              \
        return fault_models(MODELS);                                                               \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, SUITE, NAME, .timeout = 120)

/* Which models a fault concerns: by who serves. */
enum fault_models {
    FAULT_ITERATIVE = 1, /* the only thread */
    FAULT_THREADS = 2,
    FAULT_PROCESSES = 4,
    FAULT_ALL = FAULT_ITERATIVE | FAULT_THREADS | FAULT_PROCESSES
};
struct criterion_test_params fault_models(enum fault_models concerned);
bool fault_concerns(const struct server_model *model, enum fault_models concerned);

/* How long something that is prompt may take: a second, or more where a sanitizer slows it down. */
int64_t fault_prompt_ms(void);

/* ---- before and afterwards ---- */

struct fault_base {
    struct census census;
    int64_t memory_kb; /* resident, of all processes */
};

/* What the server holds now that each of its workers has served once, with state, and everybody has
 * left. For a server without clients. */
struct fault_base fault_base(const struct server *s);

/* The same for a server that lets in, or serves, at most so many at once. */
struct fault_base fault_base_for(const struct server *s, int clients);

/* A client that comes now is answered promptly, and is the only one; when it has left, descriptors,
 * threads, processes and memory are again what they were, a few MiB apart that malloc may keep. */
void fault_expect_clean(const struct server *s, struct fault_base base);

/* The first half of it alone; returns how long that took. */
int64_t fault_expect_prompt_answer(const struct server *s);

/* A client asks until it is the only one, by the server's own count; fails the test if the others
 * stay. Who was awaited so has given back its place, too. */
void fault_await_alone(struct peer *p, const struct server *s);

/* Connects, and fails the test if that cannot be. */
void fault_connect(struct peer *p, const struct server *s);

/* True if something, an end too, comes from the server within this time. */
bool fault_hears_within(const struct peer *p, int ms);

/* A number of INFO, from the process that answers this peer. */
int64_t fault_info(struct peer *p, const char *name);

/* ---- while it lasts ---- */

/* CPU time used so far by all processes of the server, those that it has reaped included. */
int64_t fault_cpu_ns(const struct server *s);

/* Lines on standard error so far. */
int fault_messages(const struct server *s);

/* Lets a fault last for MEASURED_MS, in which the server must use less than 0.1 s of CPU time and
 * say at most one line a second. Returns the CPU time used. */
enum { FAULT_MEASURED_MS = 2000 };
int64_t fault_expect_quiet(const struct server *s);

/* ---- how some are made ---- */

/* Sets a soft limit for all processes of the server, and returns what it was for the first. */
rlim_t fault_limit(const struct server *s, int resource, rlim_t soft);

/* The servers that this test starts from now on belong to a user of whom there is nothing else: of
 * root some limits are not true. *model gets a binary which that user can reach, in a folder that
 * fault_remove_copy removes. Does nothing if the test is not root. */
void fault_use_other_user(struct server_model *model);
void fault_remove_copy(const struct server_model *model);

#endif
