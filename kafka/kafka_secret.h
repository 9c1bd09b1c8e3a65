/* Files that hold passwords of brokers. */
#ifndef KAFKA_KAFKA_SECRET_H
#define KAFKA_KAFKA_SECRET_H

#include "base/buf.h"
#include "base/rc.h"

/* The first line of the file; warns when others than its owner may read it.
 * RC_FATAL when it cannot be read or is empty. */
enum rc kafka_secret_read(const char *path, struct buf *out, struct err *err);
/* Overwrites, then frees. */
void kafka_secret_fini(struct buf *secret);

#endif
