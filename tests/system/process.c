#include "process.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

void pause_ms(void)
{
    nanosleep(&(struct timespec){.tv_nsec = CLOCK_MS}, NULL);
}

static bool blocks_signals;

void process_block_signals(void)
{
    blocks_signals = true;
}

static uid_t run_as; /* 0: whoever the test is */

void process_run_as(uid_t user)
{
    run_as = user;
}

/* Before a wish about the parent's death, which a change of user makes the kernel forget. */
static bool change_user(void)
{
    gid_t group = (gid_t)run_as;
    return run_as == 0 || (setgroups(0, NULL) == 0 && setresgid(group, group, group) == 0 &&
                           setresuid(run_as, run_as, run_as) == 0);
}

/* Runs between fork and exec: nothing but system calls. */
static void become(const char *const arguments[], int out, int err, pid_t test)
{
    sigset_t blocked;
    if (blocks_signals)
        sigfillset(&blocked);
    else
        sigemptyset(&blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    for (int number = 1; number < NSIG; number++) /* whatever who runs the test ignores */
        signal(number, SIG_DFL);
    setpgid(0, 0);
    bool is_user = change_user();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (is_user && getppid() == test && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(err, STDERR_FILENO) >= 0)
        execvp(arguments[0], (char *const *)arguments);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", arguments[0], strerror(errno));
    _exit(127);
}

void process_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void process_start(struct process *p, const char *const arguments[])
{
    int ends[2];
    cr_assert(pipe2(ends, O_CLOEXEC) == 0, "pipe2: %s", strerror(errno));
    *p = (struct process){.out = ends[0], .err = memfd_create("stderr", MFD_CLOEXEC)};
    cr_assert(p->err >= 0, "memfd_create: %s", strerror(errno));
    p->text = calloc(1, 1);
    pid_t test = getpid();
    p->pid = fork();
    cr_assert(p->pid >= 0, "fork: %s", strerror(errno));
    if (p->pid == 0)
        become(arguments, ends[1], p->err, test);
    setpgid(p->pid, p->pid); /* in both, so that neither need wait for the other */
    close(ends[1]);
}

/* Adds what is printed next to p->text; false at end of file. */
static bool read_more(struct process *p, int64_t deadline_ns)
{
    struct pollfd ready = {.fd = p->out, .events = POLLIN};
    int64_t left_ms = (deadline_ns - clock_now_ns()) / CLOCK_MS;
    if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) == 0) {
        char *errors = process_errors(p);
        kill(-p->pid, SIGKILL);
        cr_assert_fail("process %d said nothing more in %d s; printed: \"%s\", complained: \"%s\"",
                       (int)p->pid, PATIENCE_S, p->text, errors);
    }
    char chunk[4096];
    ssize_t n = read(p->out, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    p->text = realloc(p->text, p->length + (size_t)n + 1);
    memcpy(p->text + p->length, chunk, (size_t)n);
    p->length += (size_t)n;
    p->text[p->length] = '\0';
    return true;
}

char *process_line(struct process *p)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    char *end;
    while ((end = strchr(p->text, '\n')) == NULL)
        if (!read_more(p, deadline_ns))
            return NULL;
    char *line = strndup(p->text, (size_t)(end - p->text));
    p->length -= (size_t)(end + 1 - p->text);
    memmove(p->text, end + 1, p->length + 1);
    return line;
}

/* A server that was killed could not remove its temporary folder, which bears its number. */
static void remove_folder_of(pid_t pid)
{
    const char *parent = getenv("TMPDIR");
    char pattern[512], path[1024];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/server-models-%d-*", parent != NULL ? parent : "/tmp",
             (int)pid);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        static const char *const files[] = {"data.mdb", "lock.mdb"};
        for (int f = 0; f < 2; f++) {
            snprintf(path, sizeof path, "%s/%s", found.gl_pathv[i], files[f]);
            unlink(path);
        }
        rmdir(found.gl_pathv[i]);
    }
    globfree(&found);
}

int process_wait(struct process *p)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (read_more(p, deadline_ns))
        ;
    int status;
    cr_assert(waitpid(p->pid, &status, 0) == p->pid, "waitpid: %s", strerror(errno));
    /* A zombie is still in the group: see process_adopt_orphans. */
    cr_expect(kill(-p->pid, 0) != 0 && errno == ESRCH,
              "process %d left others of its group behind, or a child unreaped", (int)p->pid);
    if (status != 0)
        remove_folder_of(p->pid);
    return status;
}

char *process_errors(const struct process *p)
{
    off_t length = lseek(p->err, 0, SEEK_END);
    char *text = calloc(1, (size_t)length + 1);
    ssize_t n = pread(p->err, text, (size_t)length, 0);
    cr_assert(n == length, "pread: %s", strerror(errno));
    return text;
}

void process_await_error(const struct process *p, const char *text)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (;;) {
        char *errors = process_errors(p);
        bool found = strstr(errors, text) != NULL;
        if (!found && clock_now_ns() > deadline_ns)
            cr_assert_fail("process %d never complained \"%s\" but \"%s\"", (int)p->pid, text,
                           errors);
        free(errors);
        if (found)
            return;
        pause_ms();
    }
}

void process_free(struct process *p)
{
    close(p->out);
    close(p->err);
    free(p->text);
    *p = (struct process){0};
}

/* Entries of a folder but "." and ".."; 0 if there is no such folder. */
static int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return 0;
    int entries = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        entries += entry->d_name[0] != '.';
    closedir(folder);
    return entries;
}

/* State and process group from /proc/PID/stat; false if the process is gone. */
static bool look_at(const char *pid, char *state, int *group)
{
    char path[300], stat[512];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, stat, sizeof stat - 1);
    close(fd);
    stat[n > 0 ? n : 0] = '\0';
    /* The program's name, in parentheses, may hold anything. */
    const char *behind_name = strrchr(stat, ')');
    return behind_name != NULL && sscanf(behind_name, ") %c %*d %d", state, group) == 2;
}

/* Adds up what `figure` says of each process of a group. */
static int64_t sum_of_group(pid_t group, int64_t (*figure)(const char *pid))
{
    DIR *folder = opendir("/proc");
    cr_assert(folder != NULL, "/proc: %s", strerror(errno));
    int64_t sum = 0;
    int its_group;
    char state;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
            look_at(entry->d_name, &state, &its_group) && its_group == group)
            sum += figure(entry->d_name);
    closedir(folder);
    return sum;
}

size_t process_members(const struct process *p, pid_t *members, size_t most)
{
    DIR *folder = opendir("/proc");
    cr_assert(folder != NULL, "/proc: %s", strerror(errno));
    size_t count = 1;
    int its_group;
    char state;
    members[0] = p->pid;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == p->pid || !look_at(entry->d_name, &state, &its_group) ||
            its_group != p->pid || state == 'Z')
            continue;
        if (count < most)
            members[count] = pid;
        count++;
    }
    closedir(folder);
    return count;
}

static int64_t one(const char *pid)
{
    (void)pid;
    return 1;
}

static int64_t resident_kb(const char *pid)
{
    char path[300], line[256];
    long long kb = 0;
    snprintf(path, sizeof path, "/proc/%s/status", pid);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "VmRSS: %lld kB", &kb) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return kb;
}

int64_t process_memory_kb(const struct process *p)
{
    return sum_of_group(p->pid, resident_kb);
}

void process_signal(const struct process *p, int signal_number)
{
    char pid[16], state = 'R';
    int group;
    snprintf(pid, sizeof pid, "%d", (int)p->pid);
    for (int i = 0; SANITIZER_THREADS > 0 && i < 100 && look_at(pid, &state, &group); i++) {
        if (state == 'S')
            break;
        pause_ms();
    }
    kill(p->pid, signal_number);
}

struct census process_census(const struct process *p)
{
    char descriptors[64], threads[64];
    snprintf(descriptors, sizeof descriptors, "/proc/%d/fd", (int)p->pid);
    snprintf(threads, sizeof threads, "/proc/%d/task", (int)p->pid);
    return (struct census){.descriptors = count_entries(descriptors),
                           .threads = count_entries(threads),
                           .processes = (int)sum_of_group(p->pid, one)};
}

void process_await_census(const struct process *p, struct census base)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    for (;;) {
        struct census now = process_census(p);
        if (now.descriptors <= base.descriptors && now.processes <= base.processes &&
            now.threads <= base.threads + SANITIZER_THREADS)
            return;
        if (clock_now_ns() > deadline_ns)
            cr_assert_fail(
                "process %d holds %d descriptors, %d threads, %d processes; before it was "
                "%d, %d, %d",
                (int)p->pid, now.descriptors, now.threads, now.processes, base.descriptors,
                base.threads, base.processes);
        pause_ms();
    }
}

/* How many threads of a process do not wait for anything. */
static int64_t awake(const char *pid)
{
    char path[300], state;
    int group, count = 0;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
        count += look_at(entry->d_name, &state, &group) && state != 'S' && state != 'Z';
    if (folder != NULL)
        closedir(folder);
    return count;
}

void process_await_asleep(const struct process *p)
{
    int64_t deadline_ns = clock_now_ns() + PATIENCE_S * CLOCK_S;
    while (sum_of_group(p->pid, awake) > 0) {
        cr_assert(clock_now_ns() < deadline_ns, "process %d is never at rest", (int)p->pid);
        pause_ms();
    }
}

int process_exit_status(int wait_status)
{
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

struct outcome process_run(const char *const arguments[])
{
    struct process p;
    process_start(&p, arguments);
    struct outcome o = {.status = process_exit_status(process_wait(&p))};
    o.out = strdup(p.text);
    o.err = process_errors(&p);
    process_free(&p);
    return o;
}

void outcome_free(struct outcome *o)
{
    free(o->out);
    free(o->err);
}

bool program_exists(const char *name)
{
    const char *path = getenv("PATH");
    char *folders = strdup(path != NULL ? path : "");
    bool found = false;
    char *rest = folders;
    for (char *folder; !found && (folder = strsep(&rest, ":")) != NULL;) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", folder, name);
        found = access(file, X_OK) == 0;
    }
    free(folders);
    return found;
}
