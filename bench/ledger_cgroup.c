#include "ledger_cgroup.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_BYTES = 4096 };

/* ---- the parsers ---- */

/* "36 35 98:0 / /mount/point rw,noatime shared:1 - cgroup2 cgroup2 rw": fields up to a lone hyphen,
 * whose number varies, then the type. */
void cgroup_parse_mount(FILE *mountinfo, char path[CGROUP_PATH_BYTES])
{
    char line[LINE_BYTES], type[32];
    path[0] = '\0';
    while (fgets(line, sizeof line, mountinfo) != NULL) {
        const char *hyphen = strstr(line, " - ");
        if (hyphen != NULL && sscanf(hyphen + 3, "%31s", type) == 1 &&
            strcmp(type, "cgroup2") == 0 && sscanf(line, "%*s %*s %*s %*s %511s", path) == 1)
            return;
    }
    path[0] = '\0';
}

void cgroup_parse_group(FILE *groups, char path[CGROUP_PATH_BYTES])
{
    char line[LINE_BYTES];
    path[0] = '\0';
    while (fgets(line, sizeof line, groups) != NULL)
        if (strncmp(line, "0::/", 4) == 0 && strlen(line + 3) < CGROUP_PATH_BYTES) {
            line[strcspn(line, "\n")] = '\0';
            strcpy(path, line + 3);
            return;
        }
}

static int64_t number_behind(const char *text, const char *name)
{
    int64_t number;
    const char *at = strstr(text, name);
    return at != NULL && sscanf(at + strlen(name), "%" SCNd64, &number) == 1 ? number : -1;
}

int64_t cgroup_parse_cpu_us(const char *text)
{
    return number_behind(text, "usage_usec ");
}

int64_t cgroup_parse_stall_us(const char *text)
{
    return strncmp(text, "some ", 5) == 0 ? number_behind(text, "total=") : -1;
}

/* ---- the group ---- */

static bool parse_file(const char *file_path, void (*parse)(FILE *, char *), char *path)
{
    FILE *file = fopen(file_path, "re");
    path[0] = '\0';
    if (file == NULL)
        return false;
    parse(file, path);
    fclose(file);
    return path[0] != '\0';
}

static bool fail(struct cgroup *c, const char *what, int failure)
{
    snprintf(c->why, sizeof c->why, "%s%s%s", what, failure != 0 ? ": " : "",
             failure != 0 ? strerror(failure) : "");
    c->path[0] = '\0';
    return false;
}

/* Tried with a child, for it takes rights on more than the list: the group above has to allow the
 * move as well. errno tells why not. */
static bool can_place(const struct cgroup *c)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    if (pid < 0)
        return false;
    bool placed = cgroup_place(c, pid);
    int failure = errno;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    errno = failure;
    return placed;
}

bool cgroup_open(struct cgroup *c)
{
    char mount[CGROUP_PATH_BYTES], group[CGROUP_PATH_BYTES];
    *c = (struct cgroup){0};
    if (!parse_file("/proc/self/mountinfo", cgroup_parse_mount, mount))
        return fail(c, "cgroup v2 is not mounted", 0);
    if (!parse_file("/proc/self/cgroup", cgroup_parse_group, group))
        return fail(c, "this program is in no group of cgroup v2", 0);
    const char *slash = strcmp(group, "/") == 0 ? "" : "/";
    int length = snprintf(c->path, sizeof c->path, "%s%s%sserver-models-bench-%ld", mount, group,
                          slash, (long)getpid());
    if ((size_t)length >= sizeof c->path)
        return fail(c, "the path of the group is too long", 0);
    snprintf(c->procs, sizeof c->procs, "%s/cgroup.procs", c->path);
    if (mkdir(c->path, 0755) != 0)
        return fail(c, "no control group can be made", errno);
    if (can_place(c) && cgroup_cpu_us(c) >= 0)
        return true;
    int failure = errno;
    rmdir(c->path);
    return fail(c, "the control group cannot be used", failure);
}

void cgroup_close(struct cgroup *c)
{
    if (c->path[0] != '\0')
        rmdir(c->path);
    c->path[0] = '\0';
}

bool cgroup_place(const struct cgroup *c, pid_t pid)
{
    if (c->path[0] == '\0')
        return false;
    FILE *procs = fopen(c->procs, "we");
    if (procs == NULL)
        return false;
    fprintf(procs, "%ld\n", (long)pid);
    return fclose(procs) == 0; /* which writes */
}

static int64_t read_number(const struct cgroup *c, const char *name, int64_t (*parse)(const char *))
{
    char path[CGROUP_PATH_BYTES + 16], text[LINE_BYTES];
    if (c->path[0] == '\0')
        return -1;
    snprintf(path, sizeof path, "%s/%s", c->path, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return parse(text);
}

int64_t cgroup_cpu_us(const struct cgroup *c)
{
    return read_number(c, "cpu.stat", cgroup_parse_cpu_us);
}

int64_t cgroup_stall_us(const struct cgroup *c)
{
    return read_number(c, "cpu.pressure", cgroup_parse_stall_us);
}
