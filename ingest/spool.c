#include "ingest/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum rc
spool_open(struct spool *spool, struct err *err)
{
	const char *folder = getenv("TMPDIR");

	if (folder == NULL || *folder == '\0')
		folder = "/tmp";
	spool->fd = -1;
	if ((size_t)snprintf(spool->path, sizeof(spool->path),
		"%s/tocsin-XXXXXX", folder) >= sizeof(spool->path))
		return err_set(err, RC_FATAL, "TMPDIR is too long");
	spool->fd = mkostemp(spool->path, O_CLOEXEC);
	if (spool->fd < 0)
		return err_errno(
		    err, RC_FATAL, "temporary file %s", spool->path);
	return RC_OK;
}

enum rc
spool_put(struct spool *spool, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t put = write(spool->fd, bytes.at, bytes.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return err_errno(
			    err, RC_FATAL, "temporary file %s", spool->path);
		bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
	}
	return RC_OK;
}

void
spool_close(struct spool *spool)
{
	if (spool->fd < 0)
		return;
	close(spool->fd);
	unlink(spool->path);
	spool->fd = -1;
}
