/* addresses: how many clients each address has, so that no address has them all.
 *
 * A client has a place, a number that nobody else has while it is connected, and stands there under
 * the key of its address; how many have the same key is counted beside. Both lie in memory that
 * forked children share. A process may be killed at any moment: the places are what is true, each
 * is changed by one store, and when somebody has died in the middle of a change the next one counts
 * anew. Whoever reaps the dead process empties its place, and so nothing stays counted.
 *
 * An IPv6 address counts by its first 64 bits: whoever has one has the network of them. One of IPv4
 * that comes through an IPv6 socket is one of IPv4.
 *
 * For any number of threads and processes; each call takes a lock for less than a microsecond. */
#ifndef ADDRESSES_H
#define ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct net_address;
struct addresses;

/* For so many places, numbered from 0 on, and at most so many clients of one address. To be made
 * before threads and children are. NULL with errno. */
struct addresses *addresses_create(size_t places, int64_t most);
void addresses_destroy(struct addresses *addresses); /* NULL is fine */

/* What an address is counted by; not 0. */
uint64_t addresses_key(const struct net_address *address);

/* Takes an empty place for a client. False, and nothing changed, if its address has `most` already,
 * or if there is no such place. */
bool addresses_come(struct addresses *addresses, size_t place, const struct net_address *address);

/* It has left. Of a place that is empty, or that there is not: nothing. */
void addresses_leave(struct addresses *addresses, size_t place);

/* It goes over to an empty place. To one that there is not: it is counted no longer. */
void addresses_move(struct addresses *addresses, size_t from, size_t to);

/* How many clients an address has now. */
int64_t addresses_count(struct addresses *addresses, const struct net_address *address);

#endif
