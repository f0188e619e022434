/* deadline: who has waited too long? Answered without a look at all the others.
 *
 * Everybody waits for one of a few kinds of things, and all who wait for the same kind have the
 * same time. So a list for each kind that grows at its end is in the order in which the times run
 * out: to set a deadline, to cancel it and to find the next one are all O(1).
 *
 * A deadline that is put off all the time, as a busy client's idle timeout, may be given a grain:
 * it then strikes up to so much late, and its list is not touched more often than once in that
 * time.
 *
 * Nothing here looks at the clock, allocates, or knows whose deadlines these are: a struct deadline
 * is a part of its owner, which says where it stands. */
#ifndef DEADLINE_H
#define DEADLINE_H

#include <stddef.h>
#include <stdint.h>

/* One who waits, or who does not: {0}. */
struct deadline {
    struct deadline *next, *previous;
    struct deadline_list *list; /* NULL: no deadline */
    int64_t since_ns;           /* when it began to wait */
};

/* All who wait for one kind of thing, the longest first. */
struct deadline_list {
    struct deadline *first, *last;
    int64_t duration_ns; /* INT64_MAX: for ever */
    int64_t grain_ns;
};

static inline struct deadline_list deadline_list(int64_t duration_ns, int64_t grain_ns)
{
    return (struct deadline_list){.duration_ns = duration_ns, .grain_ns = grain_ns};
}

/* Begins to wait in this list, now, instead of in the one before. */
void deadline_set(struct deadline *d, struct deadline_list *list, int64_t now_ns);

/* Waits no longer. */
void deadline_cancel(struct deadline *d);

/* When its time is over; INT64_MAX: never. Only for one that waits. */
static inline int64_t deadline_ns(const struct deadline *d)
{
    const struct deadline_list *list = d->list;
    if (list->duration_ns > INT64_MAX - d->since_ns - list->grain_ns)
        return INT64_MAX;
    return d->since_ns + list->duration_ns + list->grain_ns;
}

/* When the first of a list is due; INT64_MAX: nobody ever is. */
static inline int64_t deadline_next_ns(const struct deadline_list *list)
{
    return list->first != NULL ? deadline_ns(list->first) : INT64_MAX;
}

#endif
