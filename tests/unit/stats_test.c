/* The counters are right for threads and for processes. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stats.h"
#include "stepped.h"

enum { WORKERS = 4, ROUNDS = 50000 };

static struct stats *stats;

static void count_a_lot(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        stats_client_came(stats, INT64_MAX);
        stats_add(stats, STATS_COMMANDS, 2);
        stats_client_left(stats);
    }
}

static void *counting_thread(void *unused)
{
    count_a_lot();
    return unused;
}

static void assert_all_counted(void)
{
    cr_assert_eq(stats_get(stats, STATS_COMMANDS), 2 * WORKERS * ROUNDS);
    cr_assert_eq(stats_get(stats, STATS_CLIENTS), 0);
    int64_t peak = stats_get(stats, STATS_PEAK_CLIENTS);
    cr_assert(peak >= 1 && peak <= WORKERS, "peak %ld", (long)peak);
}

Test(stats, threads_count_together)
{
    pthread_t threads[WORKERS];
    cr_assert_not_null(stats = stats_create(0));
    for (int i = 0; i < WORKERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, counting_thread, NULL), 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    assert_all_counted();
    stats_destroy(stats);
}

Test(stats, processes_count_together)
{
    cr_assert_not_null(stats = stats_create(0));
    for (int i = 0; i < WORKERS; i++) {
        pid_t pid = fork();
        cr_assert_geq(pid, 0);
        if (pid == 0) {
            count_a_lot();
            _exit(0);
        }
    }
    for (int i = 0; i < WORKERS; i++)
        cr_assert_gt(wait(NULL), 0);
    assert_all_counted();
    stats_destroy(stats);
}

Test(stats, a_killed_process_leaves_them_usable)
{
    cr_assert_not_null(stats = stats_create(0));
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        for (;;)
            stats_add(stats, STATS_COMMANDS, 1);
    while (stats_get(stats, STATS_COMMANDS) < 1000)
        ;
    kill(pid, SIGKILL);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    int64_t before = stats_get(stats, STATS_COMMANDS);
    cr_assert_eq(stats_add(stats, STATS_COMMANDS, 1), before + 1);
    stats_destroy(stats);
}

Test(stats, the_peak_is_the_most_at_once)
{
    cr_assert_not_null(stats = stats_create(0));
    for (int i = 0; i < 3; i++)
        cr_assert(stats_client_came(stats, 3));
    stats_client_left(stats);
    cr_assert(stats_client_came(stats, 3));
    cr_assert(!stats_client_came(stats, 3));
    stats_client_left(stats);
    cr_assert_eq(stats_get(stats, STATS_PEAK_CLIENTS), 3);
    cr_assert_eq(stats_get(stats, STATS_CLIENTS), 2);
    stats_destroy(stats);
}

/* Returns NULL if there never were more than may be. */
static void *come_and_leave(void *unused)
{
    enum { MOST = WORKERS - 1 };
    void *wrong = NULL;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        if (!stats_client_came(stats, MOST))
            continue;
        if (stats_get(stats, STATS_CLIENTS) > MOST)
            wrong = stats;
        stats_client_left(stats);
    }
    return wrong;
}

Test(stats, there_are_never_more_clients_than_may_be)
{
    pthread_t threads[WORKERS];
    void *wrong;
    cr_assert_not_null(stats = stats_create(0));
    for (int i = 0; i < WORKERS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, come_and_leave, NULL), 0);
    for (int i = 0; i < WORKERS; i++) {
        cr_assert_eq(pthread_join(threads[i], &wrong), 0);
        cr_expect_null(wrong);
    }
    cr_expect(stats_get(stats, STATS_PEAK_CLIENTS) < WORKERS);
    cr_expect_eq(stats_get(stats, STATS_CLIENTS), 0);
    stats_destroy(stats);
}

/* A child, once it has begun. */
static pid_t come_and_go(int worker)
{
    pid_t pid = fork();
    cr_assert(pid >= 0, "%m");
    if (pid > 0)
        return pid;
    stepped_begin();
    stats_worker_came(stats, worker, WORKERS);
    stats_worker_left(stats, worker);
    stats_add(stats, STATS_COMMANDS, 1);
    for (;;)
        ;
}

/* At whichever instruction a worker is killed, be it in the middle of a change: once its parent has
 * told that it has left nothing of its client is counted, and all others are. */
Test(stats, killed_at_any_moment, .timeout = 60)
{
    cr_assert_not_null(stats = stats_create(WORKERS));
    cr_assert(stats_worker_came(stats, 0, WORKERS));
    int length = stepped_length(come_and_go(1), &stats->counter[STATS_COMMANDS]);
    for (int n = 0; n < length; n += stepped_stride(length, 60000)) {
        stepped_kill_after(come_and_go(1), n);
        stats_worker_left(stats, 1);
        cr_assert(!stats_worker_left(stats, 1), "it leaves once");
        cr_assert_eq(stats_clients(stats), 1, "killed after %d", n);
    }
    stats_destroy(stats);
}

Test(stats, every_shown_counter_has_a_name)
{
    for (int c = 0; c < STATS_SHOWN; c++)
        cr_assert_not_null(stats_name((enum stats_counter)c));
}

Test(stats, every_worker_has_its_own)
{
    cr_assert_not_null(stats = stats_create(3));
    cr_assert_eq(stats->workers, 3);
    stats_worker_took(stats, 1);
    stats_worker_took(stats, 2);
    stats_worker_took(stats, 2);
    for (int w = 0; w < 3; w++)
        cr_expect_eq(stats_worker_connections(stats, w), w);
    cr_expect_eq(stats_get(stats, STATS_LEFT_TO_ACCEPT), STATS_NOT_STOPPING);
    stats_destroy(stats);
}
