#include "checksum.h"

#include <inttypes.h>
#include <stdio.h>

#define OFFSET_BASIS UINT64_C(0xcbf29ce484222325)
#define PRIME        UINT64_C(0x100000001b3)

bool checksum_of_file(char text[CHECKSUM_BYTES], const char *path)
{
    unsigned char bytes[1 << 14];
    uint64_t hash = OFFSET_BASIS;
    FILE *file = fopen(path, "re");
    text[0] = '\0';
    if (file == NULL)
        return false;
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        for (size_t i = 0; i < n; i++)
            hash = (hash ^ bytes[i]) * PRIME;
    bool good = !ferror(file);
    fclose(file);
    if (good)
        snprintf(text, CHECKSUM_BYTES, "%016" PRIx64, hash);
    return good;
}
