/* self_judge: what the client should have found out in an experiment, and what it did.
 *
 * Each function adds rows to a sheet; `label` begins the names of the rows where there are several
 * experiments of a kind. */
#ifndef SELF_JUDGE_H
#define SELF_JUDGE_H

#include "experiment.h"
#include "score.h"

/* A name for a type of function, of which tables are made. */
typedef void self_judge(const struct experiment *e, const char *label, const struct observation *o,
                        struct score_sheet *s);

/* The server froze once: the response times of the closed form. Needs one connection and constant
 * arrivals at SELF_JUDGE_FREEZE_RATE a second. */
enum { SELF_JUDGE_FREEZE_RATE = 500 };
self_judge self_judge_freeze;

/* Each answer took a known time. */
self_judge self_judge_delay;

/* The client was stopped, or robbed of its CPU: it must say that it was the bottleneck. */
self_judge self_judge_stop, self_judge_hog;

/* One connection, constant arrivals at SELF_JUDGE_OVERLOAD_RATE a second, no warm-up: more than the
 * server can answer on it. */
enum { SELF_JUDGE_OVERLOAD_RATE = 2000 };
self_judge self_judge_overload;

#endif
