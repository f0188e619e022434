/* ledger_account: the readings of a ledger that were taken on another host, as a line of text.
 *
 *     account cpu_us=81234 peak_kib=3400 ... cgroup_cpu_us=80000 machine_ticks=31 left=0
 *
 * What the counters grew by within the window, under the name of the reading, -1 for what is not
 * known; what wait4 told of the server; how many of its processes it left behind. Of a counting run
 * also the counters of perf and the memory before and in the window. */
#ifndef LEDGER_ACCOUNT_H
#define LEDGER_ACCOUNT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

#include "ledger.h"

/* Where the server ran. */
void ledger_account_write(FILE *file, const struct ledger *ledger, const struct rusage *usage,
                          int64_t overflows, int64_t retransmits, size_t left);

/* Where the suite runs: the fields of the line become the readings of a ledger that has begun, and
 * *usage. */
void ledger_account_read(struct ledger *ledger, const json_t *account, struct rusage *usage);

#endif
