/* checksum: whether a file is still what it was. Against accidents, not against deceit. */
#ifndef CHECKSUM_H
#define CHECKSUM_H

#include <stdbool.h>

enum { CHECKSUM_BYTES = 17 };

/* The FNV-1a hash of 64 bits of the file's bytes (Fowler, Noll and Vo; RFC 9923) as 16 hexadecimal
 * digits. False, and the text is empty, when it cannot be read; errno tells why. */
bool checksum_of_file(char text[CHECKSUM_BYTES], const char *path);

#endif
