/* report_page: has report.html made of the results of a suite, by the program report. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>

enum { REPORT_PAGE_ERROR_BYTES = 1280 };

/* Starts the program for the folder and awaits its end, for two minutes at most. An interrupt,
 * which may have been what ended the suite, does not cut it short. False with one line in error
 * when there is no page, or not a whole one. */
bool report_page_make(const char *program, const char *folder, char error[REPORT_PAGE_ERROR_BYTES]);

#endif
