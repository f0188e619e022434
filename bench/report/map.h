/* map: an experiment whose points lie in x and y, as a grid: who has the most requests/s where. */
#ifndef MAP_H
#define MAP_H

#include <stdio.h>

#include "labels.h"

void map_write(FILE *to, const json_t *experiment, const struct labels *labels);

#endif
