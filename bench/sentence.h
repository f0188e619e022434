/* sentence: generated texts, put together from pieces. Each function writes no more than fits, with
 * a NUL. */
#ifndef SENTENCE_H
#define SENTENCE_H

#include <stddef.h>

#include "format.h"
#include "interval.h"

/* Appends to what the text holds. */
void sentence_add(char *text, size_t bytes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum { SENTENCE_FIGURE_BYTES = 4 * FORMAT_BYTES };

/* "1.31 (1.24-1.39)"; "1.31" when the interval is not known, and "-" when nothing is. Returns text.
 */
char *sentence_figure(char text[SENTENCE_FIGURE_BYTES], double value, struct interval interval);

#endif
