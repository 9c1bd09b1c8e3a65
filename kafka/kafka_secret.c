#include "kafka/kafka_secret.h"

#include <openssl/crypto.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"

static void
kafka_secret_warn(const char *path)
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
kafka_secret_read(const char *path, struct buf *out, struct err *err)
{
	size_t len;

	if (file_read(path, out, err) != RC_OK)
		return RC_FATAL;
	len = out->len == 0 ? 0 : strcspn(buf_cstr(out), "\r\n");
	if (len == 0)
		return err_set(err, RC_FATAL,
		    "%s has no password in its first line", path);
	OPENSSL_cleanse(out->bytes + len, out->len - len);
	out->len = len;
	kafka_secret_warn(path);
	return RC_OK;
}

void
kafka_secret_fini(struct buf *secret)
{
	if (secret->bytes != NULL)
		OPENSSL_cleanse(secret->bytes, secret->room);
	buf_fini(secret);
}
