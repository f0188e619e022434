/* restore: a run as results.json holds it (results_json.c), made a run again. */
#ifndef RESTORE_H
#define RESTORE_H

#include <jansson.h>
#include <stdbool.h>

#include "suite.h"

/* Fills *run, of which the planned fields are set, with what the file tells of it. False unless the
 * JSON is a run of that block, model and workload with an outcome that is known. The run borrows
 * texts from `json`, which must outlive it, and shares objects with it; it is given back with
 * run_free, also after false. Written again it is the same JSON. */
bool restore_run(struct run *run, const json_t *json, const struct suite *suite);

#endif
