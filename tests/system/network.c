#include "network.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool network_enter_own(void)
{
    return unshare(CLONE_NEWNET) == 0 && network_set_link(true);
}

bool network_set_link(bool up)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP | IFF_RUNNING : 0};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool set = ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    close(fd);
    return set;
}
