/* capacity: how many requests a second each model can take in while 99 of 100 are answered within a
 * limit.
 *
 * For each model, with a fresh server for each run: a closed loop gives the most it can do at all.
 * Then a search (search.h) tries rates that are offered, as Poisson arrivals with a connection for
 * each request: once from below, beginning at CAPACITY_BELOW of that, and once from above, at
 * CAPACITY_ABOVE, for a server may remember where it came from. A rate goes well when the run is
 * VALID, its p99 is within the limit, and 99 % of what was planned was answered well. A run takes
 * as long as the experiment says, or longer where it has to for a p99. If the client was the
 * bottleneck, or not enough came for a p99, nothing can be told, and what is known is a lower end
 * only. A client that was only late (run_client_was_late) makes requests take longer, never
 * shorter: a rate goes well when p99 is within the limit even so, and does not when 5 of 100
 * requests took longer than the limit and twice the longest lateness; else nothing can be told.
 *
 * When some rate went well, 5 more runs are made at the lower end of what both searches say
 * together and 5 at its upper end, in turn; without an upper end, only those at the lower. They
 * change nothing in the answer, but say whether it is confirmed.
 *
 * In JSON an experiment of the kind "capacity": all runs are points, whose x is the rate offered
 * (null for the closed loop), and behind them
 *
 *     "objective": {"percentile": 99, "limit_us", "request", "precision"},
 *     "late_runs": how many told something although the client was late,
 *     "answers": [{"model", "closed_loop_rps", "closed_loop_limited": bool,
 *                  "low_rps", "high_rps", "limited": bool, "ended_early": bool, "runs",
 *                  "from_below": {"low_rps", "high_rps", "limited", "ended_early"},
 *                  "from_above": the same,
 *                  "confirmed": {"low": {"runs", "passed", "untold"}, "high": the same,
 *                                "ended_early": bool, "objection": text or null}}]
 *
 * closed_loop_limited: the client was the limit of the closed loop, which may do more.
 *
 * The capacity lies between low_rps, the last rate that went well, and high_rps, the first that did
 * not. high_rps is null where no upper end is known: "at least low_rps", because nothing could be
 * told ("limited") or the search ended. With both ends "limited" says that nothing could be told of
 * some rates between them. low_rps is null where no rate went well. An answer that an interrupt
 * ended early says how far the search had come, and no more. "runs" are those of the searches.
 *
 * confirmed counts the runs at low_rps and at high_rps, those that went well, and those that could
 * not be told. It is null where no rate went well, or a search ended early. Its own ended_early
 * says that an interrupt came meanwhile: then there are fewer runs than 5. objection says in words
 * how the runs contradict the interval: fewer than a majority went well at low_rps, or a majority
 * did at high_rps. It is null if they do not, or ended early. */
#ifndef CAPACITY_H
#define CAPACITY_H

#include <stdbool.h>

#include "experiment.h"
#include "search.h"

#define CAPACITY_BELOW 0.72
#define CAPACITY_ABOVE 1.12

/* False when memory is short. */
bool capacity_define(struct experiment *e, const struct suite *suite);

/* What a run says of the rate that was offered. */
enum search_outcome capacity_judge(const struct run *run, double limit_us);

#endif
