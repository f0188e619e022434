/* stamps: the kernel's own time stamps of some requests, against ours: the client's error.
 *
 * About one turn in a hundred is compared, of those with one request in the window:
 *
 *     send      kernel TX - s    from our stamp before the send to the last byte at the driver
 *     receive   c - kernel RX    from the last byte off the driver to our stamp after the read
 *
 * Our s of a new connection lies before its connect, so a stamp of its own before the send stands
 * for it; if it is not established by then, only the receive is compared. A request in several
 * segments has its TX stamp with the last of them.
 *
 * The kernel's stamps are of CLOCK_REALTIME (Documentation/networking/timestamping.rst); the offset
 * to CLOCK_MONOTONIC is measured at each comparison, see stamps_clock_read for how well. A negative
 * error is recorded as 0, and counted as impossible if the clocks cannot explain it.
 *
 * TX stamps come by the error queue, which makes a socket ready with EPOLLERR: one more round of
 * the loop for each sampled request. All functions are for the worker that owns the connection. */
#ifndef STAMPS_H
#define STAMPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "histogram.h"

/* What was compared; all zeros is nothing. */
struct stamps_errors {
    struct histogram send, receive;
    uint64_t impossible;    /* of all comparisons: a clock was set meanwhile, or this is wrong */
    int64_t clock_error_ns; /* the worst of all comparisons */
};

/* Adds one comparison to `h`, which is one of e's two. */
void stamps_record(struct stamps_errors *e, struct histogram *h, int64_t error_ns,
                   int64_t clock_error_ns);
void stamps_merge(struct stamps_errors *sum, const struct stamps_errors *other);

/* One worker's. */
struct stamps {
    struct stamps_errors *errors;
    int keepfd;     /* keeps the kernel's stamping of packets on while connections come and go */
    uint64_t drawn; /* turns that could have been taken */
};

/* `errors` is the user's. False with errno: the kernel has no such stamps, and *s holds nothing. */
bool stamps_init(struct stamps *s, int family, struct stamps_errors *errors);
void stamps_free(struct stamps *s);

/* True for one call in about a hundred: a fixed step might always meet the same connection. */
bool stamps_wants(struct stamps *s);

/* One connection's; all zeros for a new one. */
struct stamp {
    bool ready;          /* the socket can have stamps */
    bool send_wanted;    /* the next send is compared, */
    bool send_awaited;   /* it is out, and its stamp is still to come */
    bool receive_wanted; /* reads are compared */
    uint32_t sent_bytes; /* all sends since it is ready, modulo 2^32; counted by the user */
    uint32_t last_byte;  /* the number of the sampled send's */
    int64_t send_ns;     /* s; 0: to be read before the send */
    int64_t real_ns;     /* the stamp of the last read, CLOCK_REALTIME; 0: it had none */
};

/* For a socket that is connected or connecting, and has sent nothing. It goes on without stamps if
 * it is broken already. */
void stamps_prepare(struct stamp *stamp, int fd);

/* The next turn of a ready connection is in the sample, or is not. */
void stamps_begin(struct stamp *stamp, bool wanted, int64_t send_ns);

/* send and recv of a turn in the sample; both return as these do. */
ssize_t stamps_send(struct stamp *stamp, int fd, const char *bytes, size_t length);
ssize_t stamps_receive(struct stamp *stamp, int fd, char *bytes, size_t room);

/* At now_ns the last byte of the reply has been read. Only the turns in the sample are recorded. */
void stamps_received(struct stamps *s, struct stamp *stamp, int64_t now_ns);

/* epoll has reported EPOLLERR: empties the error queue. True: stamps were in it, so that this alone
 * does not mean a broken connection. */
bool stamps_collect(struct stamps *s, struct stamp *stamp, int fd);

/* What the control messages of one recvmsg say. */
struct stamps_message {
    int64_t real_ns; /* the software stamp, CLOCK_REALTIME; 0: none */
    bool is_send;    /* of data that left, up to the byte of this number */
    uint32_t byte;
};
struct stamps_message stamps_parse(const struct msghdr *message);

/* Realtime - monotonic, from the narrowest of a few brackets of monotonic around realtime; it is
 * off by at most half of that bracket. */
struct stamps_clock {
    int64_t offset_ns, error_ns;
};
struct stamps_clock stamps_clock_read(void);

#endif
