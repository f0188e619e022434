#include "addresses.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "gate.h"
#include "net.h"

/* Of one key; a table of them with open addressing: a key lies where it belongs or behind that,
 * with no free one between. */
struct tally {
    uint64_t key; /* 0: free */
    int64_t clients;
};

struct addresses {
    struct gate gate;
    int64_t most;
    size_t mapped_bytes;
    size_t places;
    size_t mask;         /* tallies less one: a power of two, of which at most half are in use */
    struct tally *tally; /* behind the places */
    uint64_t place[];    /* the key of who stands there; 0: nobody */
};

static size_t tallies_for(size_t places)
{
    size_t count = 16;
    while (count < 2 * places)
        count *= 2;
    return count;
}

struct addresses *addresses_create(size_t places, int64_t most)
{
    size_t tallies = tallies_for(places);
    size_t bytes =
        sizeof(struct addresses) + places * sizeof(uint64_t) + tallies * sizeof(struct tally);
    struct addresses *a =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (a == MAP_FAILED)
        return NULL;
    a->most = most;
    a->mapped_bytes = bytes;
    a->places = places;
    a->mask = tallies - 1;
    a->tally = (struct tally *)(a->place + places);
    int failure = gate_init(&a->gate);
    if (failure == 0)
        return a;
    munmap(a, bytes);
    errno = failure;
    return NULL;
}

void addresses_destroy(struct addresses *a)
{
    if (a != NULL)
        munmap(a, a->mapped_bytes);
}

/* ---- keys ---- */

/* The bits above those of an IPv4 address: a network of IPv6 that is never anybody's, as all of
 * 0000::/8 (RFC 4291). */
#define IPV4_KEY (UINT64_C(1) << 32)

static uint64_t ipv4_key(uint32_t in_network_order)
{
    return IPV4_KEY | ntohl(in_network_order);
}

uint64_t addresses_key(const struct net_address *address)
{
    if (address->storage.ss_family == AF_INET)
        return ipv4_key(((const struct sockaddr_in *)&address->storage)->sin_addr.s_addr);
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)&address->storage)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(in6))
        return ipv4_key(in6->s6_addr32[3]);
    uint64_t network;
    memcpy(&network, in6, sizeof network);
    return network != 0 ? be64toh(network) : 1; /* ::1 */
}

/* ---- the table ---- */

/* Near keys, as those of one network, are spread (Knuth's multiplicative hashing, 2^64 / golden
 * ratio). */
static size_t home_of(const struct addresses *a, uint64_t key)
{
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & a->mask;
}

/* Of the key, or the free one where it would be. */
static struct tally *find(const struct addresses *a, uint64_t key)
{
    size_t i = home_of(a, key);
    while (a->tally[i].key != 0 && a->tally[i].key != key)
        i = (i + 1) & a->mask;
    return &a->tally[i];
}

static void add(struct tally *tally, uint64_t key)
{
    tally->key = key;
    tally->clients++;
}

/* Whoever lies behind a free one and belongs at it or before it moves up, or would not be found. */
static void close_gap(struct addresses *a, size_t gap)
{
    for (size_t i = (gap + 1) & a->mask; a->tally[i].key != 0; i = (i + 1) & a->mask) {
        size_t home = home_of(a, a->tally[i].key);
        if (((i - home) & a->mask) < ((i - gap) & a->mask))
            continue;
        a->tally[gap] = a->tally[i];
        gap = i;
    }
    a->tally[gap] = (struct tally){0};
}

static void subtract(struct addresses *a, struct tally *tally)
{
    if (--tally->clients == 0)
        close_gap(a, (size_t)(tally - a->tally));
}

static void count_anew(struct addresses *a)
{
    memset(a->tally, 0, (a->mask + 1) * sizeof *a->tally);
    for (size_t i = 0; i < a->places; i++)
        if (a->place[i] != 0)
            add(find(a, a->place[i]), a->place[i]);
}

/* ---- changes ---- */

static void begin_change(struct addresses *a)
{
    if (gate_begin(&a->gate))
        count_anew(a);
}

bool addresses_come(struct addresses *a, size_t place, const struct net_address *address)
{
    uint64_t key = addresses_key(address);
    if (place >= a->places)
        return false;
    begin_change(a);
    struct tally *tally = find(a, key);
    bool may_come = tally->clients < a->most;
    if (may_come) {
        a->place[place] = key;
        add(tally, key);
    }
    gate_end(&a->gate);
    return may_come;
}

void addresses_leave(struct addresses *a, size_t place)
{
    if (place >= a->places)
        return;
    begin_change(a);
    uint64_t key = a->place[place];
    a->place[place] = 0;
    if (key != 0)
        subtract(a, find(a, key));
    gate_end(&a->gate);
}

void addresses_move(struct addresses *a, size_t from, size_t to)
{
    if (from >= a->places || to >= a->places) {
        addresses_leave(a, from);
        return;
    }
    begin_change(a);
    a->place[to] = a->place[from];
    a->place[from] = 0;
    gate_end(&a->gate);
}

int64_t addresses_count(struct addresses *a, const struct net_address *address)
{
    begin_change(a);
    int64_t clients = find(a, addresses_key(address))->clients;
    gate_end(&a->gate);
    return clients;
}
