#include "fault.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

enum { MOST_PROCESSES = 2048, UNCHANGED_LOOKS = 10, STORE_DESCRIPTORS = 3 };

/* What malloc may keep: some, and so much for each thread or process that has served. */
enum { MEMORY_SLACK_KB = 2048, MEMORY_KEPT_KB = 1024 };

/* ---- which models ---- */

bool fault_concerns(const struct server_model *model, enum fault_models concerned)
{
    const char *program = strrchr(model->binary, '/') + 1;
    if (strcmp(program, "server_threads") == 0)
        return (concerned & FAULT_THREADS) != 0;
    if (strcmp(program, "server_fork") == 0)
        return (concerned & FAULT_PROCESSES) != 0;
    return (concerned & FAULT_ITERATIVE) != 0;
}

struct criterion_test_params fault_models(enum fault_models concerned)
{
    struct criterion_test_params all = server_model_parameters();
    struct server_model *models = all.params;
    size_t count = 0;
    for (size_t i = 0; i < all.length; i++)
        if (fault_concerns(&models[i], concerned))
            models[count++] = models[i];
    all.length = count;
    return all;
}

int64_t fault_prompt_ms(void)
{
    return SANITIZED ? 5000 : 1000;
}

/* ---- before and afterwards ---- */

void fault_connect(struct peer *p, const struct server *s)
{
    if (peer_connect(p, s))
        return;
    const char *why = strerror(errno);
    char *errors = process_errors(&s->process);
    cr_assert_fail("%s: no connection: %s; the server said: %s", s->model->name, why, errors);
}

bool fault_hears_within(const struct peer *p, int ms)
{
    struct pollfd ready = {.fd = p->fd, .events = POLLIN};
    return poll(&ready, 1, ms) > 0;
}

/* All at a time, so that each worker serves one if there are no more workers than that. */
static void warm_up(const struct server *s, int clients)
{
    struct peer peers[SERVER_WORKERS];
    int count = server_serves_many(s->model) ? clients : 1;
    cr_assert(count <= SERVER_WORKERS);
    for (int i = 0; i < count; i++) {
        fault_connect(&peers[i], s);
        cr_assert(peer_ask(&peers[i], "EXISTS none\r\nPING\r\n", ":0\r\n+PONG\r\n"), "%s: \"%.*s\"",
                  s->model->name, (int)peers[i].length, peers[i].in);
    }
    for (int i = 0; i < count; i++)
        peer_close(&peers[i]);
}

struct fault_base fault_base(const struct server *s)
{
    return fault_base_for(s, SERVER_WORKERS);
}

struct fault_base fault_base_for(const struct server *s, int clients)
{
    struct census first = process_census(&s->process), last, now;
    warm_up(s, clients);
    first.descriptors += STORE_DESCRIPTORS; /* where the process that lives on has opened it */
    process_await_census(&s->process, first);
    last = process_census(&s->process);
    for (int unchanged = 0; unchanged < UNCHANGED_LOOKS; last = now) {
        pause_ms();
        now = process_census(&s->process);
        unchanged = memcmp(&now, &last, sizeof now) == 0 ? unchanged + 1 : 0;
    }
    return (struct fault_base){.census = now, .memory_kb = process_memory_kb(&s->process)};
}

int64_t fault_expect_prompt_answer(const struct server *s)
{
    struct peer fresh;
    int64_t start_ns = clock_now_ns();
    fault_connect(&fresh, s);
    cr_expect(peer_ask(&fresh, "PING\r\n", "+PONG\r\n"), "%s does not answer but \"%.*s\"",
              s->model->name, (int)fresh.length, fresh.in);
    int64_t took_ms = (clock_now_ns() - start_ns) / CLOCK_MS;
    cr_expect(took_ms < fault_prompt_ms(), "%s answers after %d ms", s->model->name, (int)took_ms);
    peer_close(&fresh);
    return took_ms;
}

static void await_memory(const struct server *s, int64_t most_kb)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    int64_t now_kb = process_memory_kb(&s->process);
    for (; now_kb > most_kb && clock_now_ns() < deadline_ns;
         now_kb = process_memory_kb(&s->process))
        pause_ms();
    cr_expect(now_kb <= most_kb, "%s keeps %d KiB more than it may", s->model->name,
              (int)(now_kb - most_kb));
}

int64_t fault_info(struct peer *p, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\r\n%s:", name);
    peer_forget(p);
    peer_send_text(p, "INFO\r\nECHO done\r\n");
    cr_assert(peer_await_ending(p, "done\r\n", 6), "no INFO");
    const char *at = memmem(p->in, p->length, key, strlen(key));
    cr_assert(at != NULL, "INFO without %s", name);
    int64_t number = strtoll(at + strlen(key), NULL, 10);
    peer_forget(p);
    return number;
}

void fault_await_alone(struct peer *p, const struct server *s)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S, count;
    while ((count = fault_info(p, "connected_clients")) != 1 && clock_now_ns() < deadline_ns)
        pause_ms();
    cr_expect(count == 1, "%s: %d clients are connected", s->model->name, (int)count);
}

static void expect_one_connected(const struct server *s)
{
    struct peer p;
    fault_connect(&p, s);
    fault_await_alone(&p, s);
    peer_close(&p);
}

/* Of threads so many at most have a heap of their own, which outlives them (glibc: eight for each
 * CPU). */
static int64_t most_kept_kb(const struct server *s, struct fault_base base)
{
    int64_t heaps = 1;
    if (fault_concerns(s->model, FAULT_THREADS))
        heaps = 8 * sysconf(_SC_NPROCESSORS_ONLN);
    else if (base.census.processes > 1)
        heaps = base.census.processes;
    return MEMORY_SLACK_KB + heaps * MEMORY_KEPT_KB;
}

void fault_expect_clean(const struct server *s, struct fault_base base)
{
    fault_expect_prompt_answer(s);
    expect_one_connected(s);
    process_await_census(&s->process, base.census);
    if (!SANITIZED) /* a sanitizer keeps memory that was freed */
        await_memory(s, base.memory_kb + most_kept_kb(s, base));
}

/* ---- while it lasts ---- */

/* User and system time of children that were reaped, from /proc/PID/stat: fields 16 and 17. */
static int64_t reaped_cpu_ns(pid_t pid)
{
    char path[64], stat[1024];
    long long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL, "%s: %m", path);
    size_t length = fread(stat, 1, sizeof stat - 1, file);
    fclose(file);
    stat[length] = '\0';
    const char *behind_name = strrchr(stat, ')'); /* field 2, which may hold anything */
    cr_assert(behind_name != NULL &&
                  sscanf(behind_name,
                         ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %lld "
                         "%lld",
                         &user, &system) == 2,
              "%s: %s", path, stat);
    return (user + system) * (CLOCK_S / sysconf(_SC_CLK_TCK));
}

/* 0 for one that has just ended. */
static int64_t cpu_ns(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return used.tv_sec * CLOCK_S + used.tv_nsec;
}

int64_t fault_cpu_ns(const struct server *s)
{
    static pid_t members[MOST_PROCESSES];
    size_t count = process_members(&s->process, members, MOST_PROCESSES);
    cr_assert(count <= MOST_PROCESSES);
    int64_t sum_ns = reaped_cpu_ns(s->process.pid);
    for (size_t i = 0; i < count; i++)
        sum_ns += cpu_ns(members[i]);
    return sum_ns;
}

int fault_messages(const struct server *s)
{
    int lines = 0;
    char *errors = process_errors(&s->process);
    for (const char *at = errors; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    free(errors);
    return lines;
}

int64_t fault_expect_quiet(const struct server *s)
{
    const int64_t most_ns = CLOCK_S / 10;
    int said = -fault_messages(s);
    int64_t used_ns = -fault_cpu_ns(s);
    nanosleep(&(struct timespec){.tv_sec = FAULT_MEASURED_MS / 1000}, NULL);
    used_ns += fault_cpu_ns(s);
    said += fault_messages(s);
    cr_expect(SANITIZED || used_ns < most_ns, "%s used %d ms of CPU time in %d ms", s->model->name,
              (int)(used_ns / CLOCK_MS), FAULT_MEASURED_MS);
    /* One that was due when it began may be among them. */
    cr_expect(said <= FAULT_MEASURED_MS / 1000 + 1, "%s said %d lines in %d ms", s->model->name,
              said, FAULT_MEASURED_MS);
    return used_ns;
}

/* ---- how some are made ---- */

/* A process of another user lets only that user, or CAP_SYS_RESOURCE, set its limits. */
static int limit_as_its_user(pid_t pid, int resource, const struct rlimit *limit)
{
    char path[64];
    struct stat about;
    int status;
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    cr_assert_eq(stat(path, &about), 0, "%s: %m", path);
    pid_t child = fork();
    if (child == 0)
        _exit(setresgid(about.st_gid, about.st_gid, about.st_gid) != 0 ||
              setresuid(about.st_uid, about.st_uid, about.st_uid) != 0 ||
              prlimit(pid, (__rlimit_resource_t)resource, limit, NULL) != 0);
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

/* What it is, or where only its user may know, what it was when it was inherited from us. */
static struct rlimit limit_now(pid_t pid, int resource)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (prlimit(pid, (__rlimit_resource_t)resource, NULL, &limit) != 0)
        cr_assert_eq(getrlimit((__rlimit_resource_t)resource, &limit), 0);
    return limit;
}

rlim_t fault_limit(const struct server *s, int resource, rlim_t soft)
{
    static pid_t members[MOST_PROCESSES];
    size_t count = process_members(&s->process, members, MOST_PROCESSES);
    struct rlimit first = {0};
    cr_assert(count <= MOST_PROCESSES);
    for (size_t i = 0; i < count; i++) {
        struct rlimit limit = limit_now(members[i], resource);
        if (i == 0)
            first = limit;
        limit.rlim_cur = soft;
        if (prlimit(members[i], (__rlimit_resource_t)resource, &limit, NULL) != 0)
            cr_assert_eq(limit_as_its_user(members[i], resource, &limit), 0, "no limit set: %m");
    }
    return first.rlim_cur;
}

/* A copy that everybody may run. */
static void copy_program(const char *from, const char *to)
{
    struct stat about;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    cr_assert(in >= 0 && out >= 0 && fstat(in, &about) == 0, "%s to %s: %m", from, to);
    for (off_t left = about.st_size; left > 0;) {
        ssize_t n = sendfile(out, in, NULL, (size_t)left);
        cr_assert(n > 0, "%s to %s: %m", from, to);
        left -= n;
    }
    cr_assert_eq(fchmod(out, 0755), 0);
    close(in);
    close(out);
}

void fault_use_other_user(struct server_model *model)
{
    enum { FIRST_USER = 100000 }; /* beyond those who have a name */
    char copy[] = "/tmp/fault-XXXXXX";
    char path[sizeof model->binary];
    if (geteuid() != 0)
        return;
    cr_assert(mkdtemp(copy) != NULL && chmod(copy, 0755) == 0, "%m");
    snprintf(path, sizeof path, "%s%s", copy, strrchr(model->binary, '/'));
    copy_program(model->binary, path);
    strcpy(model->binary, path);
    process_run_as((uid_t)(FIRST_USER + getpid()));
}

void fault_remove_copy(const struct server_model *model)
{
    if (geteuid() != 0)
        return;
    char *folder = strdup(model->binary);
    cr_expect_eq(unlink(folder), 0, "%s: %m", folder);
    *strrchr(folder, '/') = '\0';
    cr_expect_eq(rmdir(folder), 0, "%s: %m", folder);
    free(folder);
}
