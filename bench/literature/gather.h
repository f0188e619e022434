/* gather: from what was measured to the figures that the claims are judged by. */
#ifndef GATHER_H
#define GATHER_H

#include <stdbool.h>

#include "claim.h"
#include "creation.h"
#include "experiment.h"

enum { GATHER_CLAIMS = 8, GATHER_REPEATS = 5 };

/* Which figure a run is for; its point's label is this and the model, and behind "accept" the way,
 * with blanks between. */
#define GATHER_ONCE     "once"  /* followed at once by the service time in us */
#define GATHER_HEAVY    "heavy" /* as once0, with servers that occupy GATHER_HEAVY_MIB more */
#define GATHER_HELD     "held"
#define GATHER_BLOCKED  "blocked"
#define GATHER_KEPT     "kept" /* followed by the number of clients */
#define GATHER_CAPACITY "capacity"
#define GATHER_OVERLOAD "overload"
#define GATHER_ACCEPT   "accept"

enum {
    GATHER_SERVICES = 4,
    GATHER_KEPT_LOADS = 2,
    GATHER_WAYS = 7,
    GATHER_CLIENTS = 50,
    GATHER_HELD_MS = 10,
    GATHER_HEAVY_MIB = 256
};
extern const int gather_services_us[GATHER_SERVICES];
extern const int gather_kept_clients[GATHER_KEPT_LOADS];
#define GATHER_OVERLOAD_FACTOR 1.75

struct gather_way {
    const char *model, *how, *usual;
};
extern const struct gather_way gather_ways[GATHER_WAYS]; /* those that are usual among them */

/* What no point has; NaN: not known. */
struct gather_besides {
    struct creation creation;
    double thread_kib[GATHER_REPEATS], process_kib[GATHER_REPEATS], multiplexed_kib[GATHER_REPEATS];
    double open_us[GATHER_REPEATS], open_sent_us[GATHER_REPEATS], closed_us[GATHER_REPEATS];
};

/* All of them. e: carried out. */
void gather_claims(struct claim claims[GATHER_CLAIMS], const struct experiment *e,
                   const struct gather_besides *besides);

#endif
