/* Faults 17, 30 and 31: what a family of processes leaves to each other.
 *
 * 17  SIGKILL of the parent: the children answer what they have received, and end; the port is
 * free. 30  Descriptors: a child has its own client's socket and no other's; the listener only
 * where it accepts itself; all are close-on-exec; who is served sees the end when its own child
 * closes. 31  A process that forks has one thread, and so have its children. static.threads sees to
 * it that the program could not even make one. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"

enum { MOST_PROCESSES = 64 };

static void enter(struct peer *p, const struct server *s)
{
    fault_connect(p, s);
    cr_assert(peer_ask(p, "EXISTS none\r\n", ":0\r\n"), "%s does not answer", s->model->name);
    peer_forget(p);
}

/* ---- 17: the parent is killed ---- */

static char folder[] = "/tmp/faults-process-XXXXXX";

/* Of a server that is killed the folder with its data stays. */
static void remove_leftovers(void)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    struct outcome o = process_run((const char *[]){"sh", "-c", command, NULL});
    cr_expect_eq(o.status, 0, "%s", o.err);
    outcome_free(&o);
}

/* All have come to the test, which is told of each. */
static void expect_ended(size_t processes)
{
    size_t reaped = 0;
    while (waitpid(-1, NULL, 0) > 0)
        reaped++;
    cr_expect(reaped == processes && errno == ECHILD, "%zu ended, not %zu", reaped, processes);
}

static void expect_port_is_free(const struct server *before)
{
    struct server server;
    char port[16];
    snprintf(port, sizeof port, "--port=%u", (unsigned)before->port);
    server_start(&server, before->model, (const char *[]){port, NULL});
    fault_expect_prompt_answer(&server);
    free(server_stop(&server, SIGTERM));
}

FAULT_TEST(faults_process, fault_17_parent_is_killed, FAULT_PROCESSES)
{
    struct server server;
    struct peer idle, busy;
    pid_t family[MOST_PROCESSES];
    cr_assert(mkdtemp(folder) != NULL && setenv("TMPDIR", folder, 1) == 0);
    server_start(&server, model, NULL);
    enter(&idle, &server);
    enter(&busy, &server);
    peer_send_text(&busy, "SLEEP 300000\r\nECHO x\r\n");
    peer_await_taken(&busy);
    size_t processes = process_members(&server.process, family, MOST_PROCESSES);
    cr_expect(processes >= 3);
    kill(server.process.pid, SIGKILL);
    cr_expect(peer_await_end(&idle) && idle.length == 0, "%s: state %d", model->name,
              (int)idle.state);
    cr_expect(peer_await_end(&busy) && busy.length == strlen("+OK\r\n$1\r\nx\r\n"), "%s: \"%.*s\"",
              model->name, (int)busy.length, busy.in);
    peer_close(&idle);
    peer_close(&busy);
    expect_ended(processes);
    cr_expect_null(process_line(&server.process), "%s: a child lives on", model->name);
    expect_port_is_free(&server);
    process_free(&server.process);
    free(server.ready);
    remove_leftovers();
}

/* ---- 30: descriptors ---- */

/* What a process has open. */
struct open_files {
    int listeners, clients, other_sockets, pipes, data, others;
    unsigned long client; /* the inode of the last of those sockets */
    int inheritable;      /* beyond the three standard ones: not close-on-exec */
};

enum { ESTABLISHED = 1, LISTEN = 10 };

/* The state of a socket whose own end is at this port; 0 if there is none. */
static unsigned state_of(unsigned long inode, uint16_t port)
{
    char line[512];
    unsigned its_port, state, found = 0;
    unsigned long its_inode;
    FILE *list = fopen("/proc/net/tcp", "re");
    cr_assert(list != NULL, "/proc/net/tcp: %m");
    while (found == 0 && fgets(line, sizeof line, list) != NULL)
        if (sscanf(line, " %*d: %*x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", &its_port,
                   &state, &its_inode) == 3 &&
            its_inode == inode && its_port == port)
            found = state;
    fclose(list);
    return found;
}

static bool is_inheritable(pid_t pid, const char *descriptor)
{
    char path[300], line[128];
    unsigned flags = O_CLOEXEC;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%s", (int)pid, descriptor);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "flags: %o", &flags) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return atoi(descriptor) > STDERR_FILENO && (flags & O_CLOEXEC) == 0;
}

static void classify(struct open_files *files, const char *target, uint16_t port)
{
    unsigned long inode;
    if (sscanf(target, "socket:[%lu]", &inode) == 1) {
        unsigned state = state_of(inode, port);
        files->listeners += state == LISTEN;
        files->clients += state == ESTABLISHED;
        files->other_sockets += state != LISTEN && state != ESTABLISHED;
        if (state == ESTABLISHED)
            files->client = inode;
    } else if (strncmp(target, "pipe:", 5) == 0) {
        files->pipes++;
    } else if (strstr(target, ".mdb") != NULL) {
        files->data++;
    } else {
        files->others++;
    }
}

static struct open_files open_files_of(pid_t pid, uint16_t port)
{
    char path[64], link[320], target[512];
    struct open_files files = {0};
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *entries = opendir(path);
    cr_assert(entries != NULL, "%s: %m", path);
    for (struct dirent *e; (e = readdir(entries)) != NULL;) {
        snprintf(link, sizeof link, "%s/%s", path, e->d_name);
        ssize_t n = e->d_name[0] != '.' ? readlink(link, target, sizeof target - 1) : -1;
        if (n < 0)
            continue;
        target[n] = '\0';
        files.inheritable += is_inheritable(pid, e->d_name);
        if (atoi(e->d_name) > STDERR_FILENO)
            classify(&files, target, port);
    }
    closedir(entries);
    return files;
}

/* The server is started with two addresses. */
enum { LISTENERS = 2 };

/* One that is handed its clients needs a way to be handed them, and to say that it is free; one
 * that accepts them itself needs the listeners, and what the turn is decided by. */
static void expect_own_files(const struct server *s, pid_t child, int clients)
{
    struct open_files f = open_files_of(child, s->port);
    bool is_preforked = s->model->has_workers;
    bool is_handed = strcmp(s->model->variant, "--accept=pass") == 0;
    bool locks_file = strcmp(s->model->variant, "--accept=flock") == 0;
    cr_expect(f.listeners == (is_preforked && !is_handed ? LISTENERS : 0), "%s: %d listeners",
              s->model->name, f.listeners);
    cr_expect(f.clients == clients, "%s: %d clients' sockets", s->model->name, f.clients);
    cr_expect(f.other_sockets == is_handed && f.pipes == is_handed, "%s: %d sockets, %d pipes",
              s->model->name, f.other_sockets, f.pipes);
    cr_expect(f.data == (clients > 0 ? 2 : 0) || f.data == 3, "%s: %d files of the store",
              s->model->name, f.data);
    cr_expect(f.others == locks_file, "%s: %d other files", s->model->name, f.others);
    cr_expect(f.inheritable == 0, "%s: %d descriptors survive an exec", s->model->name,
              f.inheritable);
}

FAULT_TEST(faults_process, fault_30_descriptors_are_not_inherited, FAULT_PROCESSES)
{
    enum { CLIENTS = 3 };
    struct server server;
    struct peer peers[CLIENTS];
    unsigned long sockets[CLIENTS];
    pid_t family[MOST_PROCESSES], children[CLIENTS];
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC); /* the test's own library's */
    server_start(&server, model, (const char *[]){"--host=127.0.0.1,127.0.0.2", NULL});
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < CLIENTS; i++) {
        enter(&peers[i], &server);
        children[i] = (pid_t)fault_info(&peers[i], "handler_process_id");
    }
    for (int i = 0; i < CLIENTS; i++) {
        expect_own_files(&server, children[i], 1);
        sockets[i] = open_files_of(children[i], server.port).client;
        for (int j = 0; j < i; j++)
            cr_expect(sockets[i] != sockets[j], "%s: two children share a client", model->name);
    }
    struct open_files parent = open_files_of(server.process.pid, server.port);
    cr_expect(parent.clients == 0 && parent.data == 0 && parent.inheritable == 0,
              "%s: the parent holds %d clients' sockets, %d files of the store", model->name,
              parent.clients, parent.data);
    cr_expect_leq(process_members(&server.process, family, MOST_PROCESSES), MOST_PROCESSES);
    /* The first that came is the one that all others could have inherited. */
    int64_t start_ns = clock_now_ns();
    cr_expect(peer_ask(&peers[0], "QUIT\r\n", "+OK\r\n") && peer_await_end(&peers[0]));
    cr_expect(clock_now_ns() - start_ns < fault_prompt_ms() * CLOCK_MS, "%s: a late end",
              model->name);
    for (int i = 0; i < CLIENTS; i++)
        peer_close(&peers[i]);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}

/* ---- 31: fork and threads ---- */

FAULT_TEST(faults_process, fault_31_who_forks_has_one_thread, FAULT_PROCESSES)
{
    enum { CLIENTS = 5 };
    struct server server;
    struct peer peers[CLIENTS];
    pid_t family[MOST_PROCESSES];
    if (SANITIZED)
        cr_skip_test("a sanitizer may have a thread of its own");
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    for (int i = 0; i < CLIENTS; i++) {
        enter(&peers[i], &server);
        cr_expect(peer_ask(&peers[i], "SET k x\r\nGET k\r\nSPIN 1000\r\nPING\r\n",
                           "+OK\r\n$1\r\nx\r\n+OK\r\n+PONG\r\n"));
    }
    size_t count = process_members(&server.process, family, MOST_PROCESSES);
    cr_expect(count > CLIENTS && count <= MOST_PROCESSES, "%zu processes", count);
    for (size_t i = 0; i < count; i++) {
        int threads = process_census(&(struct process){.pid = family[i]}).threads;
        cr_expect(threads == 1, "%s: process %zu has %d threads", model->name, i, threads);
    }
    for (int i = 0; i < CLIENTS; i++)
        peer_close(&peers[i]);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}
