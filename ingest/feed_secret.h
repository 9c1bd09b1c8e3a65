/* Files that hold secrets: access keys and the key of the certificate. */
#ifndef INGEST_FEED_SECRET_H
#define INGEST_FEED_SECRET_H

#include "base/buf.h"
#include "base/rc.h"

/* Reads the file; warns when others than its owner may. RC_FATAL when it
 * cannot be read or is empty. */
enum rc feed_secret_read(const char *path, struct buf *out, struct err *err);
/* The same for what everybody may read. */
enum rc feed_public_read(const char *path, struct buf *out, struct err *err);
/* Overwrites, then frees. */
void feed_secret_fini(struct buf *secret);

#endif
