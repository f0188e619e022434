/* Becoming a user for good. Each case is a process of its own, and most need to begin as root. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privilege.h"

static struct privilege_user find(const char *name)
{
    struct privilege_user user;
    const char *problem = privilege_find(&user, name);
    cr_assert_null(problem, "%s: %s", name, problem);
    return user;
}

/* Runs it in a process of its own, which it ends with 0 if all is well, else with the number of the
 * line that was not. */
static int status_of(void (*run)(const struct privilege_user *user),
                     const struct privilege_user *user)
{
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0) {
        run(user);
        _exit(0);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "status %x", (unsigned)status);
    return WEXITSTATUS(status);
}

#define HOLDS(CONDITION)                                                                           \
    do                                                                                             \
        if (!(CONDITION))                                                                          \
            _exit(__LINE__ % 256);                                                                 \
    while (0)

static void need_root(void)
{
    if (geteuid() != 0)
        cr_skip_test("only root can become somebody else");
}

Test(privilege, users_are_found_by_name_and_by_number)
{
    struct privilege_user by_name = find("daemon");
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)by_name.uid);
    struct privilege_user by_number = find(number);
    cr_expect_neq(by_name.uid, 0);
    cr_expect_str_eq(by_number.name, "daemon");
    cr_expect_eq(by_number.uid, by_name.uid);
    cr_expect_eq(by_number.gid, by_name.gid);
}

Test(privilege, users_that_are_none)
{
    static const char *const none[] = {"",   "nosuchuser", "daemon ",    " 1",         "1 ",
                                       "-1", "0x1",        "4294967295", "4294967297", "1.0"};
    struct privilege_user user;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const char *problem = privilege_find(&user, none[i]);
        cr_expect(problem != NULL && strcmp(problem, "no such user") == 0, "\"%s\": %s", none[i],
                  problem);
    }
}

Test(privilege, root_is_no_user_to_become)
{
    struct privilege_user user;
    cr_expect_not_null(privilege_find(&user, "root"));
    cr_expect_not_null(privilege_find(&user, "0"));
}

static void drop(const struct privilege_user *user)
{
    uid_t uid, euid, suid;
    gid_t gid, egid, sgid, groups[64];
    struct rlimit cores;
    HOLDS(privilege_can_become(user));
    HOLDS(privilege_drop(user) == 0);
    HOLDS(getresuid(&uid, &euid, &suid) == 0);
    HOLDS(uid == user->uid && euid == user->uid && suid == user->uid);
    HOLDS(getresgid(&gid, &egid, &sgid) == 0);
    HOLDS(gid == user->gid && egid == user->gid && sgid == user->gid);
    int count = getgroups(64, groups);
    HOLDS(count >= 0);
    for (int i = 0; i < count; i++)
        HOLDS(groups[i] != 0);
    HOLDS(setuid(0) != 0 && errno == EPERM);
    HOLDS(seteuid(0) != 0 && errno == EPERM);
    HOLDS(setgroups(0, NULL) != 0 && errno == EPERM);
    HOLDS(getrlimit(RLIMIT_CORE, &cores) == 0 && cores.rlim_max == 0);
}

Test(privilege, root_becomes_the_user_and_cannot_go_back, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(drop, &user), 0);
}

static void drop_with_root_s_groups(const struct privilege_user *user)
{
    HOLDS(setgroups(2, (const gid_t[]){0, 4}) == 0);
    drop(user);
}

Test(privilege, groups_of_root_are_left_behind, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(drop_with_root_s_groups, &user), 0);
}

static void drop_twice(const struct privilege_user *user)
{
    HOLDS(privilege_drop(user) == 0);
    HOLDS(privilege_can_become(user));
    HOLDS(privilege_drop(user) == 0);
}

Test(privilege, who_is_the_user_already_stays_it, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(drop_twice, &user), 0);
}

static void become_another(const struct privilege_user *user)
{
    struct privilege_user other = *user;
    other.uid++;
    HOLDS(privilege_drop(user) == 0);
    HOLDS(!privilege_can_become(&other));
    HOLDS(privilege_drop(&other) != 0 && errno == EPERM);
    HOLDS(getuid() == user->uid);
}

Test(privilege, only_root_becomes_another, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(become_another, &user), 0);
}

/* The user's number is not that of root, but its group is: a way back that is not one of setuid. */
static void drop_to_a_group(const struct privilege_user *user)
{
    struct privilege_user with_root = *user;
    with_root.gid = 0;
    HOLDS(privilege_drop(&with_root) == 0);
    HOLDS(getegid() == 0 && setuid(0) != 0);
}

Test(privilege, the_user_s_group_may_be_any, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(drop_to_a_group, &user), 0);
}

static void act_for_a_while(const struct privilege_user *user)
{
    HOLDS(privilege_assume(user) == 0);
    HOLDS(geteuid() == user->uid && getegid() == user->gid);
    HOLDS(open("/proc/1/environ", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
    HOLDS(privilege_resume(user) == 0);
    HOLDS(geteuid() == 0 && getegid() == 0);
    drop(user);
    HOLDS(privilege_assume(user) == 0 && privilege_resume(user) == 0);
    HOLDS(getuid() == user->uid);
}

Test(privilege, root_acts_as_the_user_for_a_while, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(act_for_a_while, &user), 0);
}

static uid_t uid_of_thread;
static pthread_barrier_t dropped;

static void *look(void *unused)
{
    pthread_barrier_wait(&dropped);
    uid_of_thread = getuid();
    return setuid(0) == 0 ? &dropped : unused;
}

static void drop_with_a_thread(const struct privilege_user *user)
{
    pthread_t thread;
    void *regained;
    HOLDS(pthread_barrier_init(&dropped, NULL, 2) == 0);
    HOLDS(pthread_create(&thread, NULL, look, NULL) == 0);
    HOLDS(privilege_drop(user) == 0);
    pthread_barrier_wait(&dropped);
    HOLDS(pthread_join(thread, &regained) == 0);
    HOLDS(uid_of_thread == user->uid && regained == NULL);
}

Test(privilege, threads_that_exist_drop_too, .timeout = 20)
{
    need_root();
    struct privilege_user user = find("daemon");
    cr_expect_eq(status_of(drop_with_a_thread, &user), 0);
}
