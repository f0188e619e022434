/* framing: shows a parser its input in pieces and writes down what comes out of it.
 *
 * The unread bytes are moved before each call, and always end at an inaccessible page: a parser
 * that keeps a pointer or reads one byte too many crashes. One message a line in the events; `~` at
 * the end when bytes are left over. */
#ifndef FRAMING_H
#define FRAMING_H

#include <stddef.h>

#include "resp_common.h"

/* A string literal that may hold NUL bytes, and its length. */
#define WIRE(literal) (literal), sizeof(literal) - 1

enum { FRAMING_BYTES = 1 << 20, FRAMING_EVENT_BYTES = 1 << 16 };

struct framing_events {
    char text[FRAMING_EVENT_BYTES];
    size_t length;
};

struct framer {
    void (*start)(void); /* a fresh parser */
    /* Parses once; a COMPLETE or BROKEN message goes to the events, a COMPLETE one is left behind.
     */
    enum resp_status (*step)(char *bytes, size_t length, struct framing_events *events,
                             size_t *taken);
};

void framing_note(struct framing_events *events, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "(text)", with what is not printable, a parenthesis or a backslash as \xHH. */
void framing_note_text(struct framing_events *events, const char *text, size_t length);

/* FRAMING_BYTES of memory whose end is an inaccessible page. Mapped once, never given back. */
char *framing_guard(void);

/* A copy of the bytes that ends where the inaccessible page begins. */
char *framing_place(const char *bytes, size_t length);

/* Runs a fresh parser over the wire: `first` bytes at once, then `piece` bytes at a time (0: all).
 */
void framing_run(const struct framer *framer, const char *wire, size_t length, size_t first,
                 size_t piece, struct framing_events *events);

/* Expects the same events however the wire is cut: whole, at every position, byte by byte. */
void framing_expect(const struct framer *framer, const char *wire, size_t length,
                    const char *expected);

/* The same for the wire, and for the wire twice in a row. */
void framing_expect_twice(const struct framer *framer, const char *wire, size_t length,
                          const char *expected);

/* Expects that the wire's last byte, and none before it, makes the parser break with this error,
 * and that it stays broken whatever follows. */
void framing_expect_broken(const struct framer *framer, const char *wire, size_t length,
                           const char *error);

/* Up to a dozen pieces in random order, as many as fit into `room` bytes. Returns their length. */
size_t framing_random_wire(unsigned *seed, const char *const *pieces, size_t n, char *wire,
                           size_t room);

#endif
