#include "html.h"

#include <stdarg.h>
#include <stdlib.h>

static void write_character(FILE *to, char c)
{
    switch (c) {
    case '&':
        fputs("&amp;", to);
        break;
    case '<':
        fputs("&lt;", to);
        break;
    case '>':
        fputs("&gt;", to);
        break;
    case '"':
        fputs("&quot;", to);
        break;
    case '\'':
        fputs("&#39;", to);
        break;
    default:
        if ((unsigned char)c < ' ' && c != '\n' && c != '\t')
            fputs("\xEF\xBF\xBD", to);
        else
            fputc(c, to);
    }
}

void html_text(FILE *to, const char *text)
{
    while (text != NULL && *text != '\0')
        write_character(to, *text++);
}

void html_textf(FILE *to, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return;
    html_text(to, text);
    free(text);
}
