/* gnuplot: the program, as a child process. */
#ifndef GNUPLOT_H
#define GNUPLOT_H

#include <stddef.h>

#include "plot.h"

/* What it prints for this script, to be freed. NULL when it cannot be started, complains, or takes
 * longer than half a minute, with the reason in error. */
char *gnuplot_draw(const char *script, size_t bytes, char error[PLOT_ERROR_BYTES]);

#endif
