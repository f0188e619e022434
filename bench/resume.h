/* resume: goes on with a suite that was ended before its end (--resume), from its results.json.
 *
 * What was measured is taken over as it was, and what was planned is carried out, so that the
 * figures at the end are those of one suite. That is only true if nothing has changed: models,
 * programs, workload files, machine, build and CPUs must be what they were. The run that was cut
 * off is repeated; counting runs and experiments begin anew.
 *
 * The functions return false with one line in error. */
#ifndef RESUME_H
#define RESUME_H

#include <stdbool.h>

#include "suite.h"

enum { RESUME_ERROR_BYTES = 1536 };

/* Before anything is loaded: reads the file in the folder suite->options.resume, and puts what that
 * suite was asked for into the options. */
bool resume_read(struct suite *suite, char error[RESUME_ERROR_BYTES]);

/* When models, workloads and references are loaded, CPUs divided and times chosen: compares all
 * with the file, and makes the plan, the runs and those of them that were carried out. */
bool resume_plan(struct suite *suite, char error[RESUME_ERROR_BYTES]);

/* When the folder is locked: the file is still what resume_read read. */
bool resume_is_current(const struct suite *suite, char error[RESUME_ERROR_BYTES]);

#endif
