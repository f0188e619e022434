/* What the sandbox forbids, and what that looks like. Each case is a process of its own. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox.h"

static char words[4096];

/* Runs it in a process of its own. Returns how that ended; what it said is in `words`. */
static int end_of_process(void (*run)(void))
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0});
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        run();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t n;
    while ((n = read(ends[0], words + length, sizeof words - 1 - length)) > 0)
        length += (size_t)n;
    words[length] = '\0';
    close(ends[0]);
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void (*run_inside)(void);

static void enter(void)
{
    if (sandbox_install("sandbox_test") != 0)
        _exit(1);
    run_inside();
}

/* The same in a sandbox. */
static int end_of(void (*run)(void))
{
    run_inside = run;
    return end_of_process(enter);
}

static void start_a_program(void)
{
    char *const nothing[] = {NULL};
    execve("/bin/true", nothing, nothing);
}

static void open_a_socket(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
}

static void trace_oneself(void)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void map_code(void)
{
    mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void become_root(void)
{
    if (setuid(0) != 0)
        return;
}

static void make_a_namespace(void)
{
    syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
}

static void leave_the_namespaces(void)
{
    unshare(CLONE_NEWUSER);
}

static void become_dumpable(void)
{
    prctl(PR_SET_DUMPABLE, 1UL);
}

static void raise_a_limit(void)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64});
}

static void pair_of_another_family(void)
{
    int pair[2];
    socketpair(AF_TIPC, SOCK_STREAM, 0, pair);
}

Test(sandbox, what_is_forbidden_is_told_and_kills, .timeout = 60)
{
    static const struct {
        void (*run)(void);
        int number;
    } forbidden[] = {
        {start_a_program, SYS_execve},
        {open_a_socket, SYS_socket},
        {trace_oneself, SYS_ptrace},
        {map_code, SYS_mmap},
        {make_code, SYS_mprotect},
        {become_root, SYS_setuid},
        {make_a_namespace, SYS_clone},
        {leave_the_namespaces, SYS_unshare},
        {become_dumpable, SYS_prctl},
        {raise_a_limit, SYS_prlimit64},
        {pair_of_another_family, SYS_socketpair},
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        char line[128];
        int status = end_of(forbidden[i].run);
        snprintf(line, sizeof line, "sandbox_test: system call %d is not allowed by the sandbox\n",
                 forbidden[i].number);
        cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "%s: status %x", line,
                  (unsigned)status);
        cr_expect_str_eq(words, line);
    }
}

static void *open_a_socket_in_a_thread(void *unused)
{
    open_a_socket();
    return unused;
}

static void let_a_thread_do_it(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, open_a_socket_in_a_thread, NULL) == 0)
        pthread_join(thread, NULL);
}

static void let_a_child_do_it(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        open_a_socket();
        _exit(0);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
        _exit(1);
    _exit(WTERMSIG(status));
}

Test(sandbox, threads_and_children_are_in_it, .timeout = 20)
{
    int status = end_of(let_a_thread_do_it);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %x", (unsigned)status);
    status = end_of(let_a_child_do_it);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == SIGSYS, "status %x", (unsigned)status);
}

static pthread_barrier_t installed;

static void *wait_and_open(void *unused)
{
    pthread_barrier_wait(&installed);
    open_a_socket();
    return unused;
}

static void enter_with_a_thread(void)
{
    pthread_t thread;
    if (pthread_barrier_init(&installed, NULL, 2) != 0 ||
        pthread_create(&thread, NULL, wait_and_open, NULL) != 0 ||
        sandbox_install("sandbox_test") != 0)
        _exit(1);
    pthread_barrier_wait(&installed);
    pthread_join(thread, NULL);
}

Test(sandbox, threads_that_exist_come_into_it, .timeout = 20)
{
    int status = end_of_process(enter_with_a_thread);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %x", (unsigned)status);
}

enum { THREADS = 40 };

static pthread_barrier_t all_there;

static void *allocate(void *unused)
{
    void *bytes = malloc(1000);
    pthread_barrier_wait(&all_there); /* each has an arena of its own, if it may */
    free(bytes);
    return unused;
}

/* More threads than malloc has arenas for before it counts processors. */
static void serve(void)
{
    pthread_t threads[THREADS];
    if (pthread_barrier_init(&all_there, NULL, THREADS) != 0)
        _exit(1);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, allocate, NULL) != 0)
            _exit(2);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    char *bytes = realloc(malloc(100), 32 << 20);
    bytes[0] = 'x';
    free(realloc(bytes, 64 << 20));
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(3);
    FILE *status = fopen("/proc/self/status", "re");
    if (status == NULL || fgetc(status) == EOF)
        _exit(4);
    fclose(status);
}

Test(sandbox, what_serving_needs_is_allowed, .timeout = 20)
{
    int status = end_of(serve);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x: %s", (unsigned)status,
              words);
    cr_expect_str_empty(words);
}

static void send_it(void)
{
    raise(SIGSYS);
}

Test(sandbox, a_signal_that_somebody_sends_is_no_system_call, .timeout = 20)
{
    int status = end_of(send_it);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %x", (unsigned)status);
    cr_expect_str_empty(words);
}
