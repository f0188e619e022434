/* command: finds the command a request names, checks its arity, runs it. */
#ifndef COMMAND_H
#define COMMAND_H

struct buf;
struct session;

/* Runs the COMPLETE, non-empty request that session->request describes over `bytes`, and appends
 * its reply to `out`. May set session->state: CLOSING after QUIT, ABORTED for a web browser. */
void command_run(struct session *session, const char *bytes, struct buf *out);

#endif
