#include "sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sentence_add(char *text, size_t bytes, const char *format, ...)
{
    size_t length = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + length, bytes - length, format, args);
    va_end(args);
}

char *sentence_figure(char text[SENTENCE_FIGURE_BYTES], double value, struct interval interval)
{
    char middle[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
    format_decimal(middle, value);
    if (interval_is_known(interval))
        snprintf(text, SENTENCE_FIGURE_BYTES, "%s (%s-%s)", middle,
                 format_decimal(low, interval.low), format_decimal(high, interval.high));
    else
        snprintf(text, SENTENCE_FIGURE_BYTES, "%s", middle);
    return text;
}
