/* network: a network of the test's own, whose only link can be cut.
 *
 * It has a loopback and nothing else. What the test starts from then on is in it too, so the cut is
 * between a server and all of its clients. It ends with the test's process. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdbool.h>

/* Enters a new one; later connections of this thread are made in there. False, with errno, where
 * that is not allowed: it takes CAP_SYS_ADMIN. */
bool network_enter_own(void);

/* Sets what is a network's own below /proc/sys/net, "ipv4/tcp_wmem". False, with errno, if the
 * system does not do it. */
bool network_set(const char *name, const char *value);

/* Gives the loopback another IPv4 address, by which it is reached as if it were another link.
 * False, with errno, if the system does not do it. Only in a network of its own. */
bool network_add_address(const char *address);

/* Cuts the loopback, or restores it. While it is cut no packet arrives, and nobody is told: to
 * either side it is as if the other machine had lost its power. Connections stay, and go on when it
 * is restored. False, with errno, if the system does not do it. Only in a network of its own. */
bool network_set_link(bool up);

#endif
