/* source: the addresses that connections come from, as --source lists them.
 *
 *     127.0.0.2                     one address, numeric, IPv4 or IPv6
 *     127.0.0.2-127.0.0.9           all IPv4 addresses from the first to the last
 *     127.0.0.1,127.0.0.4-127.0.0.6 both, one after another; an address may come twice
 *
 * One address and one server allow as many connections as there are ephemeral ports (28000 as
 * Linux is set up), those in TIME_WAIT included; each further address allows as many again.
 *
 * A list is not changed by its use: any number of threads may share it. All zeros is an empty one.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net.h"

enum { SOURCE_MOST = 1024, SOURCE_ERROR_BYTES = 256 };

struct source_list {
    size_t count; /* at most SOURCE_MOST */
    struct net_address *addresses;
};

/* Reads a list into *s, which needs no preparation. No name is looked up. False: *s is empty, and
 * error holds a phrase that begins with "must be". Whether this machine has the addresses is told
 * by net_bind_source. */
bool source_parse(struct source_list *s, const char *text, char error[SOURCE_ERROR_BYTES]);
void source_free(struct source_list *s);

/* The source of a connection: number after number, the list is gone through again and again.
 * NULL when the list is empty: the system chooses. */
const struct net_address *source_of(const struct source_list *s, uint64_t number);

/* True if connections from each of them can lead to the target: if all are of its family, IPv4 or
 * IPv6. Else error holds a phrase that begins with "must be". */
bool source_fits(const struct source_list *s, const struct net_address *target,
                 char error[SOURCE_ERROR_BYTES]);

#endif
