/* UTF-8: is it, and how long is the character here. RFC 3629. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* Bytes of the character that the text begins with; 0 when it is not valid
 * (overlong, surrogate, above U+10FFFF, cut) or the text is empty. */
size_t utf8_length(struct span text);
bool utf8_valid(struct span text);
/* Writes a code point (<= 0x10FFFF, no surrogate) and returns its bytes. */
size_t utf8_put(char out[4], unsigned code);

#endif
