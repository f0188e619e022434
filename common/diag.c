#include "diag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"

enum { LINE_BYTES = 512, NAME_BYTES = 128, COUNT_BYTES = 48 };

static const char *program_name;
static bool is_verbose;

/* Else the first files and sockets opened would take their numbers, and get our messages. */
static void open_standard_descriptors(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

void diag_init(const char *program, bool verbose)
{
    open_standard_descriptors();
    program_name = program;
    is_verbose = verbose;
}

__attribute__((format(printf, 1, 0))) static void write_line(const char *format, va_list args,
                                                             int64_t left_out)
{
    int saved_errno = errno;
    char line[LINE_BYTES] = "";
    if (program_name != NULL)
        snprintf(line, NAME_BYTES, "%s: ", program_name);
    size_t length = strlen(line);
    /* However long the text is, the count behind it and the line end find room. */
    vsnprintf(line + length, sizeof line - COUNT_BYTES - length, format, args);
    length = strlen(line);
    if (left_out > 0)
        snprintf(line + length, sizeof line - 1 - length, " (%lld more like it)",
                 (long long)left_out);
    length = strlen(line);
    for (size_t i = 0; i < length; i++)
        if (line[i] < ' ' || line[i] > '~')
            line[i] = '?';
    line[length++] = '\n';
    /* A message that cannot be written has nowhere else to go. */
    while (write(STDERR_FILENO, line, length) < 0 && errno == EINTR)
        ;
    errno = saved_errno;
}

void diag_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(format, args, 0);
    va_end(args);
}

void diag_verbose(const char *format, ...)
{
    if (!is_verbose)
        return;
    va_list args;
    va_start(args, format);
    write_line(format, args, 0);
    va_end(args);
}

void diag_limited(struct diag_limit *limit, const char *format, ...)
{
    int64_t now_ns = clock_now_ns();
    int64_t last_ns = atomic_load(&limit->last_ns);
    if ((last_ns != 0 && now_ns - last_ns < CLOCK_S) ||
        !atomic_compare_exchange_strong(&limit->last_ns, &last_ns, now_ns)) {
        atomic_fetch_add(&limit->left_out, 1);
        return;
    }
    va_list args;
    va_start(args, format);
    write_line(format, args, atomic_exchange(&limit->left_out, 0));
    va_end(args);
}
