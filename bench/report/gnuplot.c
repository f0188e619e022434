#include "gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "process.h"

enum { SVG_BYTES = 4 << 20 };
#define PATIENCE_NS (30 * CLOCK_S)

/* The script in a file without a name, which is gone with its descriptor. -1 with errno. */
static int file_of(const char *script, size_t bytes)
{
    int fd = memfd_create("gnuplot", MFD_CLOEXEC);
    while (fd >= 0 && bytes > 0) {
        ssize_t n = write(fd, script, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            close(fd);
            return -1;
        }
        script += n;
        bytes -= (size_t)n;
    }
    return fd;
}

char *gnuplot_draw(const char *script, size_t bytes, char error[PLOT_ERROR_BYTES])
{
    char path[64], reason[PROCESS_TEXT_BYTES];
    int fd = file_of(script, bytes);
    char *svg = malloc(SVG_BYTES);
    if (fd < 0 || svg == NULL) {
        snprintf(error, PLOT_ERROR_BYTES, "%s", strerror(errno));
        free(svg);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    snprintf(path, sizeof path, "/proc/%ld/fd/%d", (long)getpid(), fd);
    const char *argv[] = {"gnuplot", "--default-settings", path, NULL};
    if (!process_capture(argv, clock_now_ns() + PATIENCE_NS, svg, SVG_BYTES, reason)) {
        snprintf(error, PLOT_ERROR_BYTES, "gnuplot: %s", reason);
        free(svg);
        svg = NULL;
    }
    close(fd);
    return svg;
}
