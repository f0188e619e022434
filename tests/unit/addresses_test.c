/* How many clients each address has: right whoever comes, leaves, moves or is killed meanwhile. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "addresses.h"
#include "net.h"
#include "stepped.h"

enum { PLACES = 100, MOST = 3 };

static struct net_address numeric(const char *host)
{
    struct net_address address;
    cr_assert_null(net_resolve(&address, host, 1));
    return address;
}

static struct addresses *create(size_t places, int64_t most)
{
    struct addresses *a = addresses_create(places, most);
    cr_assert_not_null(a, "%m");
    return a;
}

static bool come(struct addresses *a, size_t place, const char *host)
{
    struct net_address address = numeric(host);
    return addresses_come(a, place, &address);
}

static int64_t count(struct addresses *a, const char *host)
{
    struct net_address address = numeric(host);
    return addresses_count(a, &address);
}

Test(addresses, each_has_its_own_limit)
{
    struct addresses *a = create(PLACES, MOST);
    for (size_t i = 0; i < MOST; i++)
        cr_expect(come(a, i, "127.0.0.1"));
    cr_expect(!come(a, MOST, "127.0.0.1"));
    cr_expect(come(a, MOST, "127.0.0.2"));
    cr_expect_eq(count(a, "127.0.0.1"), MOST);
    cr_expect_eq(count(a, "127.0.0.2"), 1);
    addresses_leave(a, 1);
    addresses_leave(a, 1); /* who has left does not leave again */
    cr_expect_eq(count(a, "127.0.0.1"), MOST - 1);
    cr_expect(come(a, 1, "127.0.0.1"));
    cr_expect(!come(a, MOST + 1, "127.0.0.1"));
    addresses_destroy(a);
}

Test(addresses, who_moves_is_counted_once)
{
    struct addresses *a = create(PLACES, 1);
    cr_expect(come(a, 5, "10.0.0.1"));
    addresses_move(a, 5, 6);
    addresses_leave(a, 5);
    cr_expect(!come(a, 5, "10.0.0.1"));
    addresses_leave(a, 6);
    cr_expect(come(a, 5, "10.0.0.1"));
    addresses_move(a, 5, PLACES);
    cr_expect_eq(count(a, "10.0.0.1"), 0);
    addresses_destroy(a);
}

Test(addresses, there_are_so_many_places)
{
    struct addresses *a = create(PLACES, MOST);
    cr_expect(!come(a, PLACES, "127.0.0.1"));
    addresses_leave(a, PLACES);
    cr_expect(come(a, PLACES - 1, "127.0.0.1"));
    addresses_destroy(a);
    addresses_destroy(NULL);
}

static uint64_t key(const char *host)
{
    struct net_address address = numeric(host);
    return addresses_key(&address);
}

/* Of IPv6 the first 64 bits count; IPv4 is the same through either kind of socket. */
Test(addresses, keys)
{
    static const char *const different[] = {
        "127.0.0.1",       "0.0.0.0",         "255.255.255.255", "::1",    "2001:db8::1",
        "2001:db8:0:1::1", "2001:db8:1:0::1", "fe80::1",         "fe00::1"};
    enum { DIFFERENT = sizeof different / sizeof *different };
    for (size_t i = 0; i < DIFFERENT; i++) {
        cr_expect_neq(key(different[i]), 0);
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(key(different[i]), key(different[j]), "%s and %s", different[i],
                          different[j]);
    }
    cr_expect_eq(key("::ffff:127.0.0.1"), key("127.0.0.1"));
    cr_expect_eq(key("2001:db8::1"), key("2001:db8::ffff:ffff:ffff:ffff"));
}

/* Drawn at random: what is counted is always what stands there, in whatever order they leave. */
Test(addresses, count_is_that_of_the_places)
{
    enum { MANY = 64, HOSTS = 40, STEPS = 20000 };
    struct addresses *a = create(MANY, MANY);
    int at[MANY] = {0}, there[HOSTS + 1] = {0}; /* host 0: nobody */
    struct net_address host[HOSTS + 1];
    unsigned seed = 1;
    for (int h = 1; h <= HOSTS; h++) {
        char text[32];
        snprintf(text, sizeof text, "10.%d.%d.%d", rand_r(&seed) % 256, rand_r(&seed) % 256, h);
        host[h] = numeric(text);
    }
    for (int step = 0; step < STEPS; step++) {
        int place = rand_r(&seed) % MANY, h = rand_r(&seed) % HOSTS + 1;
        if (at[place] == 0) {
            cr_assert(addresses_come(a, (size_t)place, &host[h]));
            there[h]++;
        } else {
            h = at[place];
            addresses_leave(a, (size_t)place);
            there[h]--;
        }
        at[place] = at[place] == 0 ? h : 0;
        for (int i = 1; i <= HOSTS; i++)
            cr_assert_eq(addresses_count(a, &host[i]), there[i], "step %d, host %d", step, i);
    }
    addresses_destroy(a);
}

static struct addresses *shared;

/* Returns NULL if there never was more than the one that may be. */
static void *come_and_leave(void *place)
{
    enum { ROUNDS = 100000 };
    struct net_address address = numeric("127.0.0.1");
    void *wrong = NULL;
    for (int i = 0; i < ROUNDS; i++) {
        if (!addresses_come(shared, *(size_t *)place, &address))
            continue;
        if (addresses_count(shared, &address) > 1)
            wrong = place;
        addresses_leave(shared, *(size_t *)place);
    }
    return wrong;
}

Test(addresses, never_more_than_may_be_however_many_come, .timeout = 60)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    size_t places[THREADS];
    void *wrong;
    shared = create(PLACES, 1);
    for (size_t i = 0; i < THREADS; i++) {
        places[i] = i;
        cr_assert_eq(pthread_create(&threads[i], NULL, come_and_leave, &places[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        cr_assert_eq(pthread_join(threads[i], &wrong), 0);
        cr_expect_null(wrong);
    }
    cr_expect_eq(count(shared, "127.0.0.1"), 0);
    addresses_destroy(shared);
}

static _Noreturn void come_and_go(struct addresses *a, size_t place)
{
    struct net_address address = numeric("127.0.0.1");
    stepped_begin();
    for (;;) {
        addresses_come(a, place, &address);
        addresses_leave(a, place);
    }
}

/* At whichever of its first instructions a process is killed, be it in the middle of a change: once
 * its place is emptied nothing of it is left. */
Test(addresses, killed_at_any_moment, .timeout = 60)
{
    enum { INSTRUCTIONS = 400, STRIDE = 4 }; /* of both changes, each longer than a stride */
    struct addresses *a = create(PLACES, 2);
    struct net_address address = numeric("127.0.0.1");
    cr_assert(addresses_come(a, 0, &address));
    for (int n = 0; n < INSTRUCTIONS; n += STRIDE) {
        pid_t pid = fork();
        cr_assert(pid >= 0, "%m");
        if (pid == 0)
            come_and_go(a, 1);
        stepped_kill_after(pid, n);
        addresses_leave(a, 1);
        cr_assert_eq(addresses_count(a, &address), 1, "killed after %d", n);
    }
    addresses_destroy(a);
}
