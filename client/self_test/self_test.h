/* self_test: the client proves on this machine how accurate it is.
 *
 * Runs of this program against a server of known latency, and parts of it against their
 * mathematics, as a table of errors and tolerances on standard output. Each run of which a figure
 * is beyond its tolerance is tried up to three times, as any machine has bad moments. Takes some 20
 * seconds.
 *
 * Exit status: 0 if no figure is beyond its tolerance and of each test at least one could be
 * measured, 1 otherwise, 128 + signal if SIGINT or SIGTERM ended it. No process is left behind.
 * Call it from the only thread of a process. */
#ifndef SELF_TEST_H
#define SELF_TEST_H

int self_test_run(void);

#endif
