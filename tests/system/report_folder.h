/* report_folder: a new folder for results and their report; tests/system/report has some that were
 * made up. The functions fail the running test when the system fails them. */
#ifndef REPORT_FOLDER_H
#define REPORT_FOLDER_H

/* For .init and .fini of a test. */
void report_make_folder(void);
void report_remove_folder(void);

const char *report_folder(void);

/* A file's path in the folder, good until the next call. */
const char *report_path(const char *name);

void report_write(const char *name, const char *text);
char *report_read(const char *name); /* to be freed */

/* Puts the results that were made up into the folder. */
void report_copy_sample(void);

#endif
