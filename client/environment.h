/* environment: what about this machine makes the figures of a run doubtful.
 *
 * Read where a run begins, before the client has other threads, and finished where it ends. All of
 * it is about the machine that the client runs on, other programs and other clients included. What
 * cannot be read (another kernel, a container that hides it) is unknown: the text "unknown", a
 * negative number, ENVIRONMENT_UNKNOWN; never 0, and never a reason for doubt. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>

enum { ENVIRONMENT_NAME_BYTES = 32, ENVIRONMENT_NOTE_BYTES = 120, ENVIRONMENT_NOTES_MOST = 7 };

enum environment_answer { ENVIRONMENT_UNKNOWN, ENVIRONMENT_NO, ENVIRONMENT_YES };

struct environment_clock {
    double cost_ns; /* of one reading: the median of several batches of readings */
    double step_ns; /* the smallest step seen: not below cost_ns where each reading differs */
};

/* The time that some processors had since the machine started, in ticks of the kernel. */
struct environment_ticks {
    int cpus; /* 0: unknown */
    uint64_t all, stolen;
};

struct environment {
    char clock_source[ENVIRONMENT_NAME_BYTES]; /* "tsc" */
    enum environment_answer clock_is_counter;  /* a counter of the processor, or computed from one
                                                  in user space */
    struct environment_clock clock;
    double load_average; /* of the minute before */
    int cpus_online, cpus_allowed;
    int others_running;                    /* tasks ready to run or running, besides this one */
    char governor[ENVIRONMENT_NAME_BYTES]; /* of the allowed CPUs; where they differ, of the first
                                              that is not "performance" */
    enum environment_answer smt;           /* some CPUs share a core */
    double stolen_percent; /* of the allowed CPUs' time from begin to end: other virtual machines
                              had it. A host that does not tell it shows 0 */
    cpu_set_t allowed;     /* private, as is the next */
    struct environment_ticks begin;
};

/* At the begin, for the CPUs that the calling thread may use; takes some milliseconds. */
struct environment environment_read(void);

/* At the end: sets stolen_percent. It stays unknown for less than a tick of time, or when a CPU
 * came or went meanwhile. */
void environment_finish(struct environment *e);

/* Plain sentences, only on what is doubtful, the worst first: "the CPU governor is powersave".
 * Returns how many, at most `most` and never more than ENVIRONMENT_NOTES_MOST. */
size_t environment_notes(const struct environment *e, char notes[][ENVIRONMENT_NOTE_BYTES],
                         size_t most);

/* The parts of the above. `root` stands before /proc and /sys, "" for this machine's; allowed may
 * be NULL for unknown. The first leaves the clock's cost and step unknown. */
struct environment environment_read_at(const char *root, const cpu_set_t *allowed);
void environment_finish_at(struct environment *e, const char *root);
struct environment_clock environment_measure_clock(int64_t (*now_ns)(void));

#endif
