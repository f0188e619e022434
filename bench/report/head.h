/* head: the begin of a report: when and where it was measured, how, and what to bear in mind. */
#ifndef HEAD_H
#define HEAD_H

#include <stdio.h>

#include "data.h"

void head_write(FILE *to, const struct data *data);

#endif
