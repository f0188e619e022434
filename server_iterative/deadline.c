#include "deadline.h"

void deadline_cancel(struct deadline *d)
{
    struct deadline_list *list = d->list;
    if (list == NULL)
        return;
    *(d->previous != NULL ? &d->previous->next : &list->first) = d->next;
    *(d->next != NULL ? &d->next->previous : &list->last) = d->previous;
    *d = (struct deadline){0};
}

void deadline_set(struct deadline *d, struct deadline_list *list, int64_t now_ns)
{
    if (d->list == list && now_ns - d->since_ns < list->grain_ns)
        return;
    deadline_cancel(d);
    *d = (struct deadline){.previous = list->last, .list = list, .since_ns = now_ns};
    *(list->last != NULL ? &list->last->next : &list->first) = d;
    list->last = d;
}
