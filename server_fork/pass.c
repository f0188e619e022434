#include "pass.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag.h"

/* A descriptor travels beside data, of which there must be a byte. */
union one_descriptor {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr aligned;
};

/* ---- parent ---- */

static int open_pipe(struct pass *pass)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    pass->reports = ends[0];
    pass->report_to = ends[1];
    /* Of the other end children write, who say one thing at a time: it is never full. */
    return fcntl(pass->reports, F_SETFL, O_NONBLOCK);
}

static int open_lines(struct pass *pass, int count)
{
    for (; pass->count < count; pass->count++) {
        int ends[2];
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
            return -1;
        pass->lines[pass->count] = (struct pass_line){ends[0], ends[1], false};
    }
    return 0;
}

int pass_init(struct pass *pass, int count)
{
    *pass = (struct pass){.reports = -1, .report_to = -1};
    pass->lines = calloc((size_t)count, sizeof *pass->lines);
    pass->free = calloc((size_t)count, sizeof *pass->free);
    pass->returned = calloc((size_t)count, sizeof *pass->returned);
    if (pass->lines != NULL && pass->free != NULL && pass->returned != NULL &&
        open_pipe(pass) == 0 && open_lines(pass, count) == 0)
        return 0;
    int failure = errno;
    pass_end(pass);
    pass_destroy(pass);
    errno = failure;
    return -1;
}

void pass_end(struct pass *pass)
{
    for (int i = 0; i < pass->count; i++)
        close(pass->lines[i].parent_end);
}

void pass_destroy(struct pass *pass)
{
    for (int i = 0; i < pass->count; i++)
        close(pass->lines[i].child_end);
    if (pass->reports >= 0) {
        close(pass->reports);
        close(pass->report_to);
    }
    free(pass->lines);
    free(pass->free);
    free(pass->returned);
}

void pass_hear(struct pass *pass)
{
    int slots[256];
    ssize_t n;
    /* A write of a few bytes into a pipe is whole, so what is read are whole numbers. */
    while ((n = read(pass->reports, slots, sizeof slots)) > 0)
        for (size_t i = 0; i < (size_t)n / sizeof *slots; i++) {
            pass->lines[slots[i]].is_given = false;
            pass->free[pass->free_count++] = slots[i];
        }
}

int pass_choose(struct pass *pass)
{
    return pass->free_count > 0 ? pass->free[--pass->free_count] : -1;
}

int pass_give(struct pass *pass, int slot, int connfd)
{
    union one_descriptor control = {0};
    struct iovec data = {.iov_base = (char[]){0}, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *descriptor = CMSG_FIRSTHDR(&message);
    *descriptor = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof connfd)};
    memcpy(CMSG_DATA(descriptor), &connfd, sizeof connfd);
    if (sendmsg(pass->lines[slot].parent_end, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
        pass->free[pass->free_count++] = slot;
        return -1;
    }
    pass->lines[slot].is_given = true;
    return 0;
}

/* The socket that lies in a line; -1 with errno: 0 if the line has ended. With MSG_PEEK it is a
 * copy, and the message stays. */
static int take(int fd, int flags)
{
    union one_descriptor control;
    char byte;
    struct iovec data = {.iov_base = &byte, .iov_len = 1};
    struct msghdr message = {.msg_iov = &data,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | flags);
    if (n <= 0) {
        errno = n == 0 ? 0 : errno;
        return -1;
    }
    const struct cmsghdr *descriptor = CMSG_FIRSTHDR(&message);
    int connfd = -1;
    errno = EMFILE; /* the kernel drops a descriptor for which there is no room */
    if (descriptor != NULL && descriptor->cmsg_len == CMSG_LEN(sizeof connfd))
        memcpy(&connfd, CMSG_DATA(descriptor), sizeof connfd);
    return connfd;
}

static void forget_free(struct pass *pass, int slot)
{
    for (int i = 0; i < pass->free_count; i++)
        if (pass->free[i] == slot) {
            pass->free[i] = pass->free[--pass->free_count];
            return;
        }
}

int pass_take_back(struct pass *pass, int slot)
{
    struct pass_line *line = &pass->lines[slot];
    pass_hear(pass); /* its last words: none will be taken for its successor's */
    forget_free(pass, slot);
    bool was_given = line->is_given;
    line->is_given = false;
    int connfd = was_given ? take(line->child_end, MSG_DONTWAIT) : -1;
    if (connfd >= 0)
        pass->returned[pass->returned_count++] = connfd;
    return connfd;
}

int pass_next_returned(struct pass *pass)
{
    return pass->returned_count > 0 ? pass->returned[--pass->returned_count] : -1;
}

/* ---- child ---- */

void pass_in_child(struct pass *pass, int slot)
{
    close(pass->reports);
    for (int i = 0; i < pass->count; i++) {
        close(pass->lines[i].parent_end);
        if (i != slot)
            close(pass->lines[i].child_end);
    }
    for (int i = 0; i < pass->returned_count; i++)
        close(pass->returned[i]);
}

bool pass_report_free(const struct pass *pass, int slot)
{
    ssize_t n;
    do
        n = write(pass->report_to, &slot, sizeof slot);
    while (n < 0 && errno == EINTR);
    return n == sizeof slot; /* if not, the parent is dead */
}

static void drop_message(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) < 0 && errno == EINTR)
        ;
}

/* A message is dropped only when its socket is had: else the kernel would close it, and the client
 * be lost for want of a descriptor. */
int pass_receive(struct pass *pass, int slot)
{
    int line = pass->lines[slot].child_end;
    for (;;) {
        int connfd = take(line, MSG_PEEK);
        if (connfd >= 0)
            drop_message(line);
        if (connfd >= 0 || errno != EINTR)
            return connfd;
    }
}
