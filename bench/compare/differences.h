/* differences: in what two suites differ besides their figures. */
#ifndef DIFFERENCES_H
#define DIFFERENCES_H

#include <stdio.h>

#include "report/data.h"

/* One line for each fact of the machine, of its build, and for each option that is not the same in
 * both, with the two values; what one file does not have is "-". Then one for each workload whose
 * file had another content. Says so when there are none. */
void differences_write(FILE *to, const struct data *a, const struct data *b);

#endif
