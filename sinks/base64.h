/* Base64 with padding (RFC 4648, section 4), as Firehose and S3 want it. */
#ifndef SINKS_BASE64_H
#define SINKS_BASE64_H

#include "base/buf.h"

void base64_print(struct buf *out, struct span bytes);
/* How long that becomes. */
size_t base64_size(size_t bytes);

#endif
