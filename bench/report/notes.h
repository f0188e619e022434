/* notes: below the table of a workload: how narrow its intervals have become, and which runs lay
 * apart from the others of their model, as the suite found them (bench/precision.h, outliers.h). */
#ifndef NOTES_H
#define NOTES_H

#include <stdio.h>

#include "data.h"

/* One paragraph; nothing where the file tells neither. */
void notes_write(FILE *to, const struct data *data, size_t workload);

#endif
