/* timeline: a queue of events in the order of their time.
 *
 * All events of one timeline lie the same duration in the future when they are added (a timeout, a
 * think time), so the newest is always the last: adding, removing and finding the next are O(1).
 * An event is a member of what it belongs to and is in at most one timeline. One thread at a time.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeline_event {
    struct timeline_event *next, *previous; /* both NULL: in no timeline */
    int64_t at_ns;
};

struct timeline {
    struct timeline_event ends; /* next is the first event, previous the last */
};

static inline void timeline_init(struct timeline *t)
{
    t->ends.next = t->ends.previous = &t->ends;
}

/* at_ns may be a little less than that of the last event; it then comes due with it. */
static inline void timeline_add(struct timeline *t, struct timeline_event *e, int64_t at_ns)
{
    e->at_ns = at_ns;
    e->next = &t->ends;
    e->previous = t->ends.previous;
    t->ends.previous->next = e;
    t->ends.previous = e;
}

/* Does nothing to an event that is in no timeline. */
static inline void timeline_remove(struct timeline_event *e)
{
    if (e->next == NULL)
        return;
    e->previous->next = e->next;
    e->next->previous = e->previous;
    e->next = e->previous = NULL;
}

/* The next event, or NULL. */
static inline struct timeline_event *timeline_first(const struct timeline *t)
{
    return t->ends.next == &t->ends ? NULL : t->ends.next;
}

static inline int64_t timeline_first_ns(const struct timeline *t)
{
    return t->ends.next == &t->ends ? INT64_MAX : t->ends.next->at_ns;
}

#endif
