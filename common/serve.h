/* serve: the blocking driver: one client's whole conversation on a connected socket.
 *
 * This is what a thread, a process or an iterative server does for a client. It reads, lets the
 * session answer, writes, and waits for more, until the client leaves, a deadline strikes, or the
 * server stops. A batch of requests that arrived together is answered by one send.
 *
 *     deadline          counts from                      what the client sees
 *     idle timeout      its last reply                   FIN
 *     request timeout   the first byte of a request      FIN; a byte now and then is no help
 *     write timeout     the first byte it did not take   the reply ends in the middle,
 *                                                      however slowly it was being read
 *     drain time        the stop signal                  FIN after its replies
 *
 * Who asks for more than there is memory for is told so, after the replies before.
 *
 * After an error line or QUIT the driver lingers for at most a second, reading and dropping what
 * the client still sends: closing with unread bytes would send RST, which can destroy the reply.
 * While the server stops, others may wait for their turn, and it lingers less: parting.h.
 *
 * serve_client returns in every case, never closes connfd, never exits. Whoever accepted, closes.
 */
#ifndef SERVE_H
#define SERVE_H

struct server;

void serve_client(const struct server *server, int connfd);

#endif
