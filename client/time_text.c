#include "time_text.h"

#include <stdio.h>

char *time_text(char text[TIME_TEXT_BYTES], double ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    int unit = 0;
    double value = ns;
    for (; unit < 3 && value >= 999.5; unit++)
        value /= 1000;
    int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(text, TIME_TEXT_BYTES, "%.*f %s", decimals, value, units[unit]);
    return text;
}

char *time_text_figure(char text[TIME_TEXT_BYTES], struct figure figure)
{
    static const char *const prefixes[] = {
        [FIGURE_ROUGH] = "~ ", [FIGURE_KNOWN] = "", [FIGURE_AT_LEAST] = "> "};
    char time[TIME_TEXT_BYTES];
    if (figure.knowledge == FIGURE_UNKNOWN)
        snprintf(text, TIME_TEXT_BYTES, "-");
    else
        snprintf(text, TIME_TEXT_BYTES, "%s%.20s", prefixes[figure.knowledge],
                 time_text(time, (double)figure.ns));
    return text;
}
