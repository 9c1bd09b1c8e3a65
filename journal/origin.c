#include "journal/origin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

static enum rc
origin_make(char out[REPLICA_ORIGIN + 1], const char *path, struct err *err)
{
	struct buf text = {0};
	uint64_t bits;
	enum rc rc;

	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		log_die("getrandom: %s", strerror(errno));
	snprintf(out, REPLICA_ORIGIN + 1, "%016llx", (unsigned long long)bits);
	buf_printf(&text, "%s\n", out);
	rc = file_replace(path, buf_span(&text), err);
	buf_fini(&text);
	return rc == RC_OK ? RC_OK : RC_FATAL;
}

static enum rc
origin_read(char out[REPLICA_ORIGIN + 1], const char *path, struct err *err)
{
	struct buf text = {0};
	enum rc rc = file_read(path, &text, err);
	struct span line = buf_span(&text);

	if (line.len > 0 && line.at[line.len - 1] == '\n')
		line.len--;
	if (rc == RC_OK &&
	    (line.len != REPLICA_ORIGIN ||
		strspn(buf_cstr(&text), "0123456789abcdef") != line.len))
		rc = err_set(err, RC_FATAL,
		    "%s: not 16 hex digits; remove it, and this log gets a new "
		    "origin: what replicas had not taken yet they may then "
		    "keep twice",
		    path);
	if (rc == RC_OK)
		snprintf(out, REPLICA_ORIGIN + 1, "%.*s", SPAN_ARGS(line));
	buf_fini(&text);
	return rc;
}

enum rc
origin_load(char out[REPLICA_ORIGIN + 1], const char *folder, struct err *err)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/origin", folder) >=
	    sizeof(path))
		return err_set(err, RC_FATAL, "%s: path too long", folder);
	if (access(path, F_OK) == 0)
		return origin_read(out, path, err);
	if (errno != ENOENT)
		return err_errno(err, RC_FATAL, "%s", path);
	return origin_make(out, path, err);
}
