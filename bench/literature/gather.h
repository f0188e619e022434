/* gather: from what was measured to the figures that the claims are judged by. */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>

#include "claim.h"
#include "creation.h"
#include "experiment.h"
#include "stall.h"

enum { GATHER_CLAIMS = 8, GATHER_REPEATS = 5 };

/* Which figure a run is for; its point's label is this and the model, and behind "accept" the way,
 * with blanks between. A fixed rate is half of what the slowest of its group can do, so that
 * neither server nor client is the limit, and CPU times can be compared. */
#define GATHER_ONCE     "once"  /* followed at once by the service time in us */
#define GATHER_PACED    "paced" /* as once0, at a fixed rate */
#define GATHER_HEAVY    "heavy" /* as paced, with servers that occupy GATHER_HEAVY_MIB more */
#define GATHER_HELD     "held"
#define GATHER_BLOCKED  "blocked"
#define GATHER_KEPT     "kept"   /* followed by the number of clients */
#define GATHER_STEADY   "steady" /* the same at a fixed rate */
#define GATHER_CAPACITY "capacity"
#define GATHER_OVERLOAD "overload"
#define GATHER_ACCEPT   "accept" /* as paced */

enum {
    GATHER_SERVICES = 5,
    GATHER_KEPT_LOADS = 2,
    GATHER_WAYS = 7,
    GATHER_CLIENTS = 50,
    GATHER_HELD_MS = 10,
    GATHER_HEAVY_MIB = 256
};
extern const int gather_services_us[GATHER_SERVICES];
extern const int gather_kept_clients[GATHER_KEPT_LOADS];
#define GATHER_OVERLOAD_FACTOR 1.75
#define GATHER_PACED_FACTOR    0.5

struct gather_way {
    const char *model, *how, *usual;
};
extern const struct gather_way gather_ways[GATHER_WAYS]; /* those that are usual among them */

/* What no point has; NaN: not known. */
struct gather_besides {
    bool has_threads, has_multiplexed; /* among the models chosen */
    struct creation creation;
    double thread_kib[GATHER_REPEATS], process_kib[GATHER_REPEATS], multiplexed_kib[GATHER_REPEATS];
    struct stall open[GATHER_REPEATS], closed[GATHER_REPEATS];
};

/* All of them. e: carried out. */
void gather_claims(struct claim claims[GATHER_CLAIMS], const struct experiment *e,
                   const struct gather_besides *besides);

#endif
