/* map: an experiment whose points lie in x and y, as a grid: who is ahead where. What is
 * said of a place, and of all of them, is what the bench concluded (bench/map.h). */
#ifndef MAP_H
#define MAP_H

#include <stdio.h>

#include "labels.h"

void map_write(FILE *to, const json_t *experiment, const struct labels *labels);

#endif
