#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A name for a type of function, as the parameter of several. */
typedef bool put_report(FILE *file, const struct report *report);

static bool put_and_close(int fd, put_report *put, const struct report *report)
{
    FILE *file = fdopen(fd, "w");
    if (file == NULL) {
        close(fd);
        return false;
    }
    bool good = put(file, report);
    int put_errno = errno;
    if (fclose(file) != 0)
        return false;
    errno = put_errno;
    return good;
}

static bool write_beside(const char *path, put_report *put, const struct report *report)
{
    char *part = NULL;
    if (asprintf(&part, "%s.%ld.part", path, (long)getpid()) < 0)
        return false;
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    bool good = fd >= 0 && put_and_close(fd, put, report) && rename(part, path) == 0;
    int write_errno = errno;
    if (fd >= 0 && !good)
        unlink(part);
    free(part);
    errno = write_errno;
    return good;
}

bool output_write(const char *path, put_report *put, const struct report *report)
{
    struct stat status;
    if (stat(path, &status) != 0 || S_ISREG(status.st_mode))
        return write_beside(path, put, report);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && put_and_close(fd, put, report);
}
