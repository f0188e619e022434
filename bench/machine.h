/* machine: what a figure depends on besides the programs: processor, system, limits, build. */
#ifndef MACHINE_H
#define MACHINE_H

#include <jansson.h>
#include <stdio.h>

/* All facts that could be found as a JSON object that the caller owns; what could not be is null.
 */
json_t *machine_facts(void);

/* One or two lines for a person, and one more if the build is not the one to measure with. */
void machine_describe(const json_t *facts, FILE *to);

#endif
