#include "base/secret.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

static void
secret_warn(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		log_warn("secret_readable",
		    "file=%s mode=%03o others than its owner may use it; "
		    "chmod 600 it",
		    path, (unsigned)(st.st_mode & 0777));
}

enum rc
secret_read(const char *path, bool warn, struct buf *out, struct err *err)
{
	if (file_read(path, out, err) != RC_OK)
		return RC_FATAL;
	if (out->len == 0)
		return err_set(err, RC_FATAL, "%s is empty", path);
	if (warn)
		secret_warn(path);
	return RC_OK;
}

static bool
secret_blank(char byte)
{
	return (unsigned char)byte <= ' ';
}

struct span
secret_line(const struct buf *secret)
{
	struct span line = {secret->bytes, secret->len};

	while (line.len > 0 && secret_blank(line.at[0]))
		line = span_make(line.at + 1, line.len - 1);
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '\n')
			line.len = i;
	while (line.len > 0 && secret_blank(line.at[line.len - 1]))
		line.len--;
	return line;
}

void
secret_fini(struct buf *secret)
{
	if (secret->bytes != NULL)
		explicit_bzero(secret->bytes, secret->room);
	buf_fini(secret);
}
