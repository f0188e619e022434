/* pass: connected sockets handed from the parent to its children (SCM_RIGHTS).
 *
 *     parent  ---- a line to each child: the client's socket ---->  child
 *     parent  <--- one pipe for all: "I am free", a slot number --  child
 *
 * A child says that it is free, gets one client, serves it, and says so again: a line never holds
 * more than one. The line is the slot's and not the child's: the parent keeps both its ends open,
 * so sending never fails because a child is dead, and a client whom a dead child had not taken is
 * taken back, for another one. A child that is not dead but stands still keeps the client it was
 * given until it goes on; the parent, which cannot tell it from one that is slow, goes on with
 * others.
 *
 * (P): for the parent. (C): for a child. No threads. */
#ifndef PASS_H
#define PASS_H

#include <stdbool.h>

enum { PASS_LINE_DESCRIPTORS = 2 };

struct pass_line {
    int parent_end, child_end;
    bool is_given; /* a client that the child has not yet done with */
};

struct pass {
    int reports, report_to; /* the pipe */
    struct pass_line *lines;
    int count;
    int *free; /* slots of children that have nothing to do; the last is given the next client */
    int free_count;
    int *returned; /* sockets of clients that were taken back */
    int returned_count;
};

/* For so many slots. Returns 0, or -1 with errno. (P) */
int pass_init(struct pass *pass, int count);

/* Ends all lines: a child that waits at its own, or will, reads the end. (P) */
void pass_end(struct pass *pass);

/* After pass_end; returned clients must have been dealt with. (P) */
void pass_destroy(struct pass *pass);

/* Hears who is free. `reports` is readable when there is something to hear. (P) */
void pass_hear(struct pass *pass);

/* The slot of a free child, who is then free no longer; -1 if there is none. (P) */
int pass_choose(struct pass *pass);

/* Hands the client to the child that was chosen; the caller closes its own copy. Returns 0, or -1
 * with errno; then the child is free again. (P) */
int pass_give(struct pass *pass, int slot, int connfd);

/* The slot's child has ended. If a client was on the way to it, its socket, which then is among the
 * returned; else -1. (P) */
int pass_take_back(struct pass *pass, int slot);

/* One of those; -1 if there is none. (P) */
int pass_next_returned(struct pass *pass);

/* Closes what is not this slot's. (C) */
void pass_in_child(struct pass *pass, int slot);

/* Says that this child is free for its next client. False if the parent is dead. (C) */
bool pass_report_free(const struct pass *pass, int slot);

/* Waits for it: the socket, or -1 with errno: EMFILE when this child has no descriptor for it, who
 * may try again then; else there will be no more, because the parent has ended the lines or is
 * dead. (C) */
int pass_receive(struct pass *pass, int slot);

#endif
