/*
 * Files that hold secrets: access keys, passwords, keys of certificates and
 * webhooks. What was read is overwritten before it is given back.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/rc.h"

/* Reads the file; with `warn` it is logged when others than its owner may read
 * it. RC_FATAL when it cannot be read or is empty. */
enum rc
secret_read(const char *path, bool warn, struct buf *out, struct err *err);
/* The first line that is not blank, without the space around it; "" when there
 * is none. */
struct span secret_line(const struct buf *secret);
/* Overwrites, then frees. */
void secret_fini(struct buf *secret);

#endif
