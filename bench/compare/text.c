#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum { DELETE = 0x7f, C1_LEAD = 0xc2, C1_END = 0xa0, CONTINUED = 0x80, CONTINUED_END = 0xc0 };

/* U+0000 to U+001F and U+007F are one byte, U+0080 to U+009F two. */
static bool is_control(const unsigned char *at)
{
    return *at < ' ' || *at == DELETE || (*at == C1_LEAD && at[1] < C1_END);
}

char *text_safe(char safe[TEXT_BYTES], const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t length = 0;
    for (; *at != '\0' && length < TEXT_BYTES - 1; at++) {
        bool control = is_control(at);
        if (control && *at == C1_LEAD && at[1] != '\0')
            at++;
        safe[length++] = control ? '?' : (char)*at;
    }
    while (*at != '\0' && length > 0 && *at >= CONTINUED && *at < CONTINUED_END)
        length--, at--; /* no half of a character */
    safe[length] = '\0';
    return safe;
}
