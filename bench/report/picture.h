/* picture: one diagram of an experiment as an SVG file of its own, with its legend, for a text that
 * shows it: light or dark as the reader's screen is, no script, nothing loaded. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>
#include <stdio.h>

#include "data.h"

enum { PICTURE_ERROR_BYTES = 256 };

/* The experiment is told by its name, the figure as in curve.h. False with one line in error:
 * there is none of this name, it has no such figure, or it cannot be drawn; then nothing was
 * written. */
bool picture_write(FILE *to, const struct data *data, const char *experiment, const char *figure,
                   char error[PICTURE_ERROR_BYTES]);

#endif
