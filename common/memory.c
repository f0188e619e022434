#include "memory.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STATUS_BYTES = 4096 };

/* The kernel's own account of this process, as much as fits; "" if there is none. */
static void read_status(char status[STATUS_BYTES])
{
    ssize_t n = -1;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, status, STATUS_BYTES - 1);
        close(fd);
    }
    status[n > 0 ? n : 0] = '\0';
}

/* A line is "VmRSS:      1234 kB". */
static int64_t bytes_of(const char *status, const char *name)
{
    const char *line = strstr(status, name);
    return line != NULL ? 1024 * strtoll(line + strlen(name), NULL, 10) : MEMORY_UNKNOWN;
}

struct memory memory_now(void)
{
    char status[STATUS_BYTES];
    read_status(status);
    struct mallinfo2 heap = mallinfo2();
    return (struct memory){
        .allocated = (int64_t)(heap.uordblks + heap.hblkhd),
        .resident = bytes_of(status, "\nVmRSS:"),
        .peak = bytes_of(status, "\nVmHWM:"),
    };
}

void memory_keep_little(void)
{
    /* Setting a threshold ends the learning; neither can fail with such values. */
    mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT_BYTES);
    mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT_BYTES);
}

int memory_occupy(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (bytes == 0)
        return 0;
    char *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        return -1;
    madvise(area, bytes, MADV_NOHUGEPAGE); /* fails where there are no huge pages: as good */
    for (size_t at = 0; at < bytes; at += page)
        area[at] = 1;
    return 0;
}
