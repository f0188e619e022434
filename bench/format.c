#include "format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

char *format_count(char text[FORMAT_BYTES], double value)
{
    char digits[FORMAT_BYTES];
    if (isnan(value) || value < 0 || value > 1e15)
        return strcpy(text, "-");
    int length = snprintf(digits, sizeof digits, "%.0f", value);
    char *to = text;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return text;
}

/* The value with a unit behind it. Which decimals are shown depends on the value after rounding, so
 * that 9.996 is 10.0 and not 10.00. */
static char *three_digits(char text[FORMAT_BYTES], double value, const char *unit)
{
    int decimals = fabs(value) < 9.995 ? 2 : fabs(value) < 99.95 ? 1 : 0;
    snprintf(text, FORMAT_BYTES, "%.*f%s", decimals, value, unit);
    return text;
}

char *format_short(char text[FORMAT_BYTES], double value)
{
    if (isnan(value) || value > 1e15)
        return strcpy(text, "-");
    if (value < 999.5) {
        snprintf(text, FORMAT_BYTES, "%.0f", value);
        return text;
    }
    return value < 999500 ? three_digits(text, value / 1e3, "k")
                          : three_digits(text, value / 1e6, "M");
}

char *format_decimal(char text[FORMAT_BYTES], double value)
{
    return isnan(value) || fabs(value) > 1e15 ? strcpy(text, "-") : three_digits(text, value, "");
}

char *format_rough(char text[FORMAT_BYTES], double value)
{
    if (isnan(value) || fabs(value) > 1e15)
        return strcpy(text, "-");
    int decimals = fabs(value) < 0.995 ? 2 : fabs(value) < 9.95 ? 1 : 0;
    snprintf(text, FORMAT_BYTES, "%.*f", decimals, value);
    return text;
}

char *format_half_width(char text[FORMAT_BYTES], double share)
{
    static const double most = 10;
    char percent[FORMAT_BYTES];
    if (share > most)
        snprintf(text, FORMAT_BYTES, "more than %.0f %%", most * 100);
    else
        snprintf(text, FORMAT_BYTES, "up to %.20s %%", format_rough(percent, share * 100));
    return text;
}

char *format_time_us(char text[FORMAT_BYTES], double us)
{
    if (isnan(us) || us < 0 || us > 1e15)
        return strcpy(text, "-");
    if (us < 999.5)
        return three_digits(text, us, "us");
    return us < 999500 ? three_digits(text, us / 1e3, "ms") : three_digits(text, us / 1e6, "s");
}

char *format_duration(char text[FORMAT_BYTES], int64_t ns)
{
    long long s = (long long)((ns + CLOCK_S / 2) / CLOCK_S);
    if (s < 60)
        snprintf(text, FORMAT_BYTES, "%lld s", s);
    else if (s < 3600)
        snprintf(text, FORMAT_BYTES, "%lld min %lld s", s / 60, s % 60);
    else
        snprintf(text, FORMAT_BYTES, "%lld h %lld min", s / 3600, s % 3600 / 60);
    return text;
}

void format_wrapped(FILE *to, const char *indent, const char *text)
{
    enum { PAGE = 100 };
    const size_t width = PAGE - strlen(indent) - 2;
    const char *deeper = "";
    while (*text != '\0') {
        size_t length = strlen(text);
        if (length > width) {
            length = width;
            while (length > width / 2 && text[length] != ' ')
                length--;
        }
        fprintf(to, "%s%s%.*s\n", indent, deeper, (int)length, text);
        text += length;
        text += strspn(text, " ");
        deeper = "  ";
    }
}
