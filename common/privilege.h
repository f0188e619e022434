/* privilege: a server that root has started becomes somebody who may do little.
 *
 * Root is needed for little: a port below 1024, a higher limit of open files. When those are had,
 * privilege_drop gives root up, for good: groups, group, user, and then a look whether any way back
 * was left. A server that is already the user keeps what it is. No core file is written either: it
 * would hold what clients have sent, and be owned by whom they should not trust.
 *
 * For the main thread at start-up; a drop holds for all threads there are and for children to come.
 * What a parent has asked to be sent at its death (PR_SET_PDEATHSIG) the kernel forgets at a drop,
 * so fork afterwards. */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

enum { PRIVILEGE_NAME_BYTES = 64 };

struct privilege_user {
    char name[PRIVILEGE_NAME_BYTES]; /* "": nobody in particular */
    uid_t uid;
    gid_t gid; /* the user's own group */
};

/* Looks a user up by name or by number. NULL for success, else a short text that says what is wrong
 * with it: there is none, or it is root. */
const char *privilege_find(struct privilege_user *user, const char *name);

/* Whether this process is the user already, or may become it because it is root. */
bool privilege_can_become(const struct privilege_user *user);

/* Acts as the user for a while: files that are made meanwhile are the user's, and only what the
 * user may touch is touched. No protection: root is had back by privilege_resume. Of a process that
 * may become the user. Both return 0, or -1 with errno, and then the process should end. */
int privilege_assume(const struct privilege_user *user);
int privilege_resume(const struct privilege_user *user);

/* Becomes the user. Returns 0, or -1 with errno; EPERM also when root could still be had back.
 * After a failure the process may be neither root nor the user: it should end. */
int privilege_drop(const struct privilege_user *user);

#endif
