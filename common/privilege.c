#include "privilege.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Digits only: -1, which setuid takes for "leave it", is none. */
static bool read_number(const char *text, uid_t *uid)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 10 || text[digits] != '\0')
        return false;
    unsigned long long number = strtoull(text, NULL, 10);
    *uid = (uid_t)number;
    return number < UINT32_MAX;
}

static const struct passwd *look_up(const char *name)
{
    uid_t uid;
    const struct passwd *entry = getpwnam(name);
    return entry == NULL && read_number(name, &uid) ? getpwuid(uid) : entry;
}

const char *privilege_find(struct privilege_user *user, const char *name)
{
    errno = 0;
    const struct passwd *entry = look_up(name);
    if (entry == NULL)
        /* getpwnam(3): what is said of a user that is not there differs. */
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO
                   ? strerror(errno)
                   : "no such user";
    if (entry->pw_uid == 0)
        return "is root, who may do everything; name another user";
    int length = snprintf(user->name, sizeof user->name, "%s", entry->pw_name);
    user->uid = entry->pw_uid;
    user->gid = entry->pw_gid;
    return length < (int)sizeof user->name ? NULL : "its name is too long";
}

static bool is_already(const struct privilege_user *user)
{
    return getuid() == user->uid && geteuid() == user->uid;
}

bool privilege_can_become(const struct privilege_user *user)
{
    return geteuid() == 0 || is_already(user);
}

int privilege_assume(const struct privilege_user *user)
{
    if (is_already(user))
        return 0;
    if (initgroups(user->name, user->gid) != 0 || setegid(user->gid) != 0)
        return -1;
    return seteuid(user->uid);
}

int privilege_resume(const struct privilege_user *user)
{
    if (is_already(user))
        return 0;
    return seteuid(0) == 0 ? setegid(0) : -1;
}

/* True if nothing of root is left. To try is the only proof that it cannot be had back. */
static bool is_dropped(const struct privilege_user *user)
{
    uid_t uid, euid, suid;
    gid_t gid, egid, sgid;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];
    if (getresuid(&uid, &euid, &suid) != 0 || getresgid(&gid, &egid, &sgid) != 0 ||
        syscall(SYS_capget, &header, held) != 0)
        return false;
    if (uid != user->uid || euid != user->uid || suid != user->uid)
        return false;
    if (gid != user->gid || egid != user->gid || sgid != user->gid)
        return false;
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if ((held[i].permitted | held[i].effective) != 0)
            return false;
    return setuid(0) != 0 && (user->gid == 0 || setgid(0) != 0);
}

int privilege_drop(const struct privilege_user *user)
{
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0}) != 0)
        return -1;
    if (is_already(user))
        return 0;
    /* In this order: without the user there is no right to change the groups. */
    if (initgroups(user->name, user->gid) != 0 || setresgid(user->gid, user->gid, user->gid) != 0 ||
        setresuid(user->uid, user->uid, user->uid) != 0)
        return -1;
    if (is_dropped(user))
        return 0;
    errno = EPERM;
    return -1;
}
