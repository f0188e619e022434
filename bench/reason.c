#include "reason.h"

#include <stdarg.h>
#include <stdio.h>

bool reason_give(char *reason, size_t bytes, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(reason, bytes, format, args);
    va_end(args);
    return false;
}
