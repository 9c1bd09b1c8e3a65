#include "journal/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/limits.h"
#include "base/log.h"

#define PACK_LEVEL 3
#define PACK_CHUNK ((size_t)(128 * KIB))

struct pack {
	ZSTD_CCtx *zstd;
	int fd;
	uint64_t at;
	char chunk[PACK_CHUNK];
};

struct pack *
pack_create(int fd)
{
	struct pack *pack = malloc(sizeof(*pack));

	if (pack == NULL)
		log_die("out of memory: compressing lines");
	pack->fd = fd;
	pack->at = 0;
	pack->zstd = ZSTD_createCCtx();
	if (pack->zstd == NULL)
		log_die("out of memory: compressing lines");
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_compressionLevel, PACK_LEVEL);
	ZSTD_CCtx_setParameter(pack->zstd, ZSTD_c_checksumFlag, 1);
	return pack;
}

void
pack_free(struct pack **pack)
{
	if (*pack == NULL)
		return;
	ZSTD_freeCCtx((*pack)->zstd);
	free(*pack);
	*pack = NULL;
}

static enum rc
pack_write(struct pack *pack, size_t len, struct err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t put = pwrite(pack->fd, pack->chunk + done, len - done,
		    (off_t)(pack->at + done));

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return err_errno(err, RC_RETRY, "write lines");
		done += (size_t)put;
	}
	pack->at += len;
	return RC_OK;
}

static enum rc
pack_run(struct pack *pack, struct span bytes, ZSTD_EndDirective how,
    struct err *err)
{
	ZSTD_inBuffer in = {bytes.at, bytes.len, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {pack->chunk, PACK_CHUNK, 0};

		left = ZSTD_compressStream2(pack->zstd, &out, &in, how);
		if (ZSTD_isError(left))
			return err_set(
			    err, RC_RETRY, "zstd: %s", ZSTD_getErrorName(left));
		if (out.pos > 0 && pack_write(pack, out.pos, err) != RC_OK)
			return RC_RETRY;
	} while (in.pos < in.size || (how == ZSTD_e_end && left > 0));
	return RC_OK;
}

enum rc
pack_put(struct pack *pack, struct span bytes, struct err *err)
{
	return pack_run(pack, bytes, ZSTD_e_continue, err);
}

enum rc
pack_finish(struct pack *pack, uint64_t *bytes, struct err *err)
{
	enum rc rc = pack_run(pack, span_text(""), ZSTD_e_end, err);

	*bytes = pack->at;
	return rc;
}
