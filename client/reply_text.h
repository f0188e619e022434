/* reply_text: a reply as a person reads it.
 *
 *     a string   its bytes          an error   (error) ERR unknown command
 *     a number   (integer) 42       nothing    (nil)
 *     an array   1) "a"
 *                2) 1) (integer) 1
 *                   2) "strings in arrays are quoted"  */
#ifndef REPLY_TEXT_H
#define REPLY_TEXT_H

#include <stdio.h>

#include "resp.h"

/* Writes a complete reply that begins at `bytes`, and a line end. `escape`: bytes that would steer
 * a terminal are written as \xHH; else the bytes of a string go out as they came. */
void reply_text_put(FILE *file, const struct resp_reply *reply, const char *bytes, bool escape);

#endif
