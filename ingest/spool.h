/* Temporary files: for what must be mapped or opened by name and cannot be
 * held in memory. In $TMPDIR, else /tmp. */
#ifndef INGEST_SPOOL_H
#define INGEST_SPOOL_H

#include "base/rc.h"
#include "base/span.h"

struct spool {
	int fd; /* -1: none */
	char path[4096];
};

/* Makes an empty file that only we can read. */
enum rc spool_open(struct spool *spool, struct err *err);
enum rc spool_put(struct spool *spool, struct span bytes, struct err *err);
/* Closes and removes it. */
void spool_close(struct spool *spool);

#endif
