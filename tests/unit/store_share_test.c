/* The store among threads and processes, some of which are killed. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_folder.h"

enum { WORKERS = 4, ROUNDS = 1000 };

static struct store *store;

TestSuite(store_share, .init = store_folder_begin, .fini = store_folder_end, .timeout = 60);

static void count(int rounds)
{
    int64_t result;
    for (int i = 0; i < rounds; i++)
        if (store_increment(store, bytes_of("n"), 1, &result) != STORE_OK)
            _exit(1);
}

static void expect_count(int64_t wanted)
{
    int64_t n = store_number(store, "n");
    cr_expect_eq(n, wanted, "%lld, not %lld", (long long)n, (long long)wanted);
}

static void *counting_thread(void *unused)
{
    count(ROUNDS);
    return unused;
}

Test(store_share, threads_open_once_and_count_together)
{
    pthread_t threads[WORKERS];
    store = store_with(0);
    for (int i = 0; i < WORKERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, counting_thread, NULL), 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    expect_count(WORKERS * ROUNDS);
    store_destroy(store);
}

static void await_success(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_expect_eq(status, 0, "wait status %d", status);
}

static void count_in_processes(void)
{
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        pids[i] = fork();
        cr_assert_geq(pids[i], 0);
        if (pids[i] == 0) {
            count(ROUNDS);
            _exit(0);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        await_success(pids[i]);
}

Test(store_share, processes_count_together)
{
    store = store_with(0);
    count_in_processes();
    expect_count(WORKERS * ROUNDS);
    store_destroy(store);
}

static int maps_of_the_data(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int n = 0;
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
        n += strstr(line, "/data.mdb") != NULL;
    if (maps != NULL)
        fclose(maps);
    return n;
}

/* What the parent opened is not used by its children: each has a map of its own besides. */
Test(store_share, children_of_a_process_that_has_opened_it_open_anew)
{
    store = store_with(0);
    cr_expect_eq(maps_of_the_data(), 0);
    count(1);
    int maps = maps_of_the_data();
    cr_expect_eq(maps, 1);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        count(1);
        _exit(maps_of_the_data() == 2 * maps ? 0 : 2);
    }
    await_success(pid);
    count_in_processes();
    count(1);
    expect_count(WORKERS * ROUNDS + 3);
    store_destroy(store);
}

/* ---- killed ---- */

struct worker {
    pid_t pid;
    int pipefd; /* each byte: a change begins, and the one before it is committed */
};

static struct worker start_worker(void)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    struct worker worker = {fork(), ends[0]};
    cr_assert_geq(worker.pid, 0);
    if (worker.pid == 0) {
        close(ends[0]);
        while (write(ends[1], "", 1) == 1)
            count(1);
        _exit(3);
    }
    close(ends[1]);
    return worker;
}

/* Kills it when it has begun `begun` changes; adds those that were committed for certain. */
static void kill_worker(struct worker *worker, int begun, int64_t *committed)
{
    char byte;
    for (int i = 0; i < begun; i++)
        cr_assert_eq(read(worker->pipefd, &byte, 1), 1);
    kill(worker->pid, SIGKILL);
    while (read(worker->pipefd, &byte, 1) == 1)
        begun++;
    close(worker->pipefd);
    cr_assert_eq(waitpid(worker->pid, NULL, 0), worker->pid);
    *committed += begun - 1;
}

/* The first change of a worker opens the store, and is what most are killed in. Whoever is left
 * goes on, and loses nothing: of each that was killed, only the last change is uncertain. */
Test(store_share, killed_writers_leave_it_whole)
{
    enum { KILLS = 100 };
    struct worker workers[WORKERS];
    int64_t committed = 0;
    store = store_with(0);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker();
    for (int i = 0; i < KILLS; i++) {
        kill_worker(&workers[i % WORKERS], 1 + i * i % 50, &committed);
        workers[i % WORKERS] = start_worker();
    }
    for (int i = 0; i < WORKERS; i++)
        kill_worker(&workers[i], 20, &committed);
    int64_t n = store_number(store, "n");
    cr_expect(n >= committed && n <= committed + KILLS + WORKERS, "%lld, of %lld and %d uncertain",
              (long long)n, (long long)committed, KILLS + WORKERS);
    count(1);
    expect_count(n + 1);
    store_destroy(store);
}

static int told;

/* A reader in the middle of its read, until it is killed. */
static void stay(void *unused, struct store_bytes value)
{
    (void)unused;
    (void)value;
    if (write(told, "", 1) == 1)
        for (;;)
            pause();
}

static struct worker start_reader(store_take *take)
{
    int ends[2];
    char byte;
    cr_assert_eq(pipe(ends), 0);
    struct worker reader = {fork(), ends[0]};
    cr_assert_geq(reader.pid, 0);
    if (reader.pid == 0) {
        told = ends[1];
        store_get(store, bytes_of("n"), take, NULL);
        _exit(3);
    }
    close(ends[1]);
    cr_assert_eq(read(ends[0], &byte, 1), 1);
    close(ends[0]);
    return reader;
}

static enum store_outcome churn(void)
{
    static char bytes[20000];
    enum store_outcome outcome = STORE_OK;
    for (int i = 0; i < 200 && outcome == STORE_OK; i++)
        outcome = store_set(store, bytes_of("churned"), (struct store_bytes){bytes, sizeof bytes},
                            STORE_ALWAYS, NULL, NULL);
    return outcome;
}

/* The pages that a reader may still look at are not used again; a dead one does not look. */
Test(store_share, a_killed_reader_holds_no_pages)
{
    store = store_with(1 << 20);
    count(1);
    cr_expect_eq(churn(), STORE_OK);
    struct worker reader = start_reader(stay);
    cr_expect_eq(churn(), STORE_FULL);
    expect_count(1);
    kill(reader.pid, SIGKILL);
    cr_assert_eq(waitpid(reader.pid, NULL, 0), reader.pid);
    cr_expect_eq(churn(), STORE_OK);
    count(1);
    expect_count(2);
    store_destroy(store);
}

/* Reads within reads, until there are no more slots. */
static void read_again(void *unused, struct store_bytes value)
{
    if (store_get(store, bytes_of("n"), read_again, unused) != STORE_OK)
        stay(unused, value);
}

Test(store_share, killed_readers_hold_no_slots)
{
    store = store_with(0);
    count(1);
    struct worker reader = start_reader(read_again);
    int64_t size;
    cr_expect_eq(store_size(store, &size), STORE_FAILED);
    count(1);
    kill(reader.pid, SIGKILL);
    cr_assert_eq(waitpid(reader.pid, NULL, 0), reader.pid);
    cr_expect_eq(store_size(store, &size), STORE_OK);
    expect_count(2);
    store_destroy(store);
}
