#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool network_enter_own(void)
{
    return unshare(CLONE_NEWNET) == 0 && network_set_link(true);
}

bool network_set(const char *name, const char *value)
{
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/%s", name);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    if (fd >= 0)
        close(fd);
    return written;
}

static bool change_link(unsigned long how, struct ifreq *link)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool changed = ioctl(fd, how, link) == 0;
    close(fd);
    return changed;
}

bool network_add_address(const char *address)
{
    struct ifreq alias = {.ifr_name = "lo:1"};
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &in4.sin_addr) != 1)
        return false;
    memcpy(&alias.ifr_addr, &in4, sizeof in4);
    return change_link(SIOCSIFADDR, &alias);
}

bool network_set_link(bool up)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP | IFF_RUNNING : 0};
    return change_link(SIOCSIFFLAGS, &lo);
}
