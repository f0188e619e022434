/* sandbox: from now on the process may make only the system calls that serving needs.
 *
 * A filter in the kernel (seccomp) that threads and children share, whether they exist already or
 * come later, and that nothing can lift. It allows what the models and the store use: to accept,
 * receive, send and wait, to make threads and children, to use memory and files. What a server that
 * has been taken over would use next is not among it: to start a program, to open a socket, to make
 * memory executable, to trace others, to change user, to mount. Some calls are allowed only with
 * harmless arguments. Which files may be opened is no matter of a filter: that is the user's
 * (privilege.h) and the service manager's.
 *
 * A call that is not allowed is not made. The process says which it was, in one line on standard
 * error, by the number it has on this machine,
 *
 *     server_fork: system call 41 is not allowed by the sandbox
 *
 * and dies by SIGSYS: with a process for each client, one client is lost.
 *
 * A sanitizer needs more calls than these, and ends as one that was caught. */
#ifndef SANDBOX_H
#define SANDBOX_H

/* Once, when all is prepared; the name of the program is put in front of the line (kept, not
 * copied). Returns 0, or -1 with errno: ENOSYS or EINVAL if the kernel filters no system calls. */
int sandbox_install(const char *program);

#endif
