#include "journal/checkpoint_file.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/word.h"

#define FILE_SKIPPABLE 0x184D2A5Cu
#define FILE_LEVEL 1
#define FILE_CHUNK ((size_t)(256 * KIB))

enum {
	AT_SKIPPABLE = 0,
	AT_SIZE = 4,
	AT_MAGIC = 8,
	AT_VERSION = 16,
	AT_CRC = 20,
	AT_SEQ = 24,
	AT_PARTS = 32,
	AT_ZERO = 36,
	AT_LENGTHS = 40
};

static const struct span file_magic = {"tocsinCP", 8};

/* A file on its way out or in: where it stands, and the checksum so far. */
struct file_flow {
	int fd;
	uint64_t at;
	uint32_t crc;
	char *chunk;
};

struct file_lengths {
	uint64_t plain, coded;
};

static struct file_flow
file_flow(int fd)
{
	struct file_flow flow = {
	    .fd = fd, .at = CHECKPOINT_HEAD, .chunk = malloc(FILE_CHUNK)};

	if (flow.chunk == NULL)
		log_die("out of memory: checkpoint");
	return flow;
}

/* Of a head, with its own field as zero, behind the parts'. */
static uint32_t
file_crc(uint32_t parts_crc, const char head[CHECKPOINT_HEAD])
{
	static const char zero[4];
	uint32_t crc = crc32c(parts_crc, head, AT_CRC);

	crc = crc32c(crc, zero, sizeof(zero));
	return crc32c(crc, head + AT_SEQ, CHECKPOINT_HEAD - AT_SEQ);
}

static enum rc
file_put(int fd, uint64_t at, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t put = pwrite(fd, bytes.at, bytes.len, (off_t)at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put == 0)
			errno = ENOSPC;
		if (put <= 0)
			return err_errno(err, RC_RETRY, "write checkpoint");
		bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
		at += (uint64_t)put;
	}
	return RC_OK;
}

static enum rc
file_pack(
    struct file_flow *flow, ZSTD_CCtx *zstd, struct span part, struct err *err)
{
	ZSTD_inBuffer in = {part.at, part.len, 0};
	size_t left = part.len;

	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(zstd, part.len);
	while (left > 0) {
		ZSTD_outBuffer out = {flow->chunk, FILE_CHUNK, 0};

		left = ZSTD_compressStream2(zstd, &out, &in, ZSTD_e_end);
		if (ZSTD_isError(left))
			return err_set(
			    err, RC_RETRY, "zstd: %s", ZSTD_getErrorName(left));
		flow->crc = crc32c(flow->crc, flow->chunk, out.pos);
		if (file_put(flow->fd, flow->at,
			span_make(flow->chunk, out.pos), err) != RC_OK)
			return RC_RETRY;
		flow->at += out.pos;
	}
	return RC_OK;
}

static void
file_head(char head[CHECKPOINT_HEAD], uint64_t seq,
    const struct file_lengths lengths[CHECKPOINT_PARTS], uint32_t parts_crc)
{
	memset(head, 0, CHECKPOINT_HEAD);
	word_set(head + AT_SKIPPABLE, FILE_SKIPPABLE, 4);
	word_set(head + AT_SIZE, CHECKPOINT_HEAD - AT_MAGIC, 4);
	memcpy(head + AT_MAGIC, file_magic.at, file_magic.len);
	word_set(head + AT_VERSION, CHECKPOINT_VERSION, 4);
	word_set(head + AT_SEQ, seq, 8);
	word_set(head + AT_PARTS, CHECKPOINT_PARTS, 4);
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++) {
		word_set(head + AT_LENGTHS + 16 * i, lengths[i].plain, 8);
		word_set(head + AT_LENGTHS + 16 * i + 8, lengths[i].coded, 8);
	}
	word_set(head + AT_CRC, file_crc(parts_crc, head), 4);
}

static enum rc
file_bound(const struct span parts[CHECKPOINT_PARTS], struct err *err)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < CHECKPOINT_PARTS; i++) {
		sum += parts[i].len;
		if (parts[i].len > LIMIT_BUF_BYTES)
			sum = UINT64_MAX / 2;
	}
	return sum <= LIMIT_CHECKPOINT_BYTES
	    ? RC_OK
	    : err_set(err, RC_REJECT,
		  "a checkpoint of more than %lld MiB, or a part of more than "
		  "%lld",
		  LIMIT_CHECKPOINT_BYTES / MIB, LIMIT_BUF_BYTES / MIB);
}

enum rc
checkpoint_write(int fd, uint64_t seq,
    const struct span parts[CHECKPOINT_PARTS], struct err *err)
{
	struct file_lengths lengths[CHECKPOINT_PARTS];
	enum rc rc = file_bound(parts, err);
	char head[CHECKPOINT_HEAD];
	struct file_flow flow;
	ZSTD_CCtx *zstd;

	if (rc != RC_OK)
		return rc;
	flow = file_flow(fd);
	zstd = ZSTD_createCCtx();
	if (zstd == NULL)
		log_die("out of memory: compressing a checkpoint");
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, FILE_LEVEL);
	for (size_t i = 0; i < CHECKPOINT_PARTS && rc == RC_OK; i++) {
		uint64_t begin = flow.at;

		rc = file_pack(&flow, zstd, parts[i], err);
		lengths[i] =
		    (struct file_lengths){parts[i].len, flow.at - begin};
	}
	ZSTD_freeCCtx(zstd);
	free(flow.chunk);
	if (rc != RC_OK)
		return rc;
	/* Last, so that a file cut short has no head. */
	file_head(head, seq, lengths, flow.crc);
	return file_put(fd, 0, span_make(head, sizeof(head)), err);
}

/* At most FILE_CHUNK bytes; RC_REJECT when they are not there. */
static enum rc
file_take(struct file_flow *flow, size_t len, struct err *err)
{
	size_t have = 0;

	while (have < len) {
		ssize_t got = pread(flow->fd, flow->chunk + have, len - have,
		    (off_t)(flow->at + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, RC_REJECT, "cannot be read");
		if (got == 0)
			return err_set(err, RC_REJECT, "cut short");
		have += (size_t)got;
	}
	flow->at += len;
	return RC_OK;
}

/* What the head says, before anything is believed. */
static const char *
file_measure(const char *head, uint64_t size, uint64_t seq,
    struct file_lengths lengths[CHECKPOINT_PARTS])
{
	uint64_t plain = 0, end = CHECKPOINT_HEAD;

	if (word_get(head + AT_SKIPPABLE, 4) != FILE_SKIPPABLE ||
	    memcmp(head + AT_MAGIC, file_magic.at, file_magic.len) != 0)
		return "is no checkpoint";
	if (word_get(head + AT_VERSION, 4) != CHECKPOINT_VERSION)
		return "format version unknown";
	if (word_get(head + AT_SIZE, 4) != CHECKPOINT_HEAD - AT_MAGIC ||
	    word_get(head + AT_PARTS, 4) != CHECKPOINT_PARTS ||
	    word_get(head + AT_ZERO, 4) != 0)
		return "head out of bounds";
	if (word_get(head + AT_SEQ, 8) != seq)
		return "of another entry than its name says";
	for (size_t i = 0; i < CHECKPOINT_PARTS; i++) {
		const char *at = head + AT_LENGTHS + 16 * i;

		lengths[i] =
		    (struct file_lengths){word_get(at, 8), word_get(at + 8, 8)};
		if (lengths[i].plain > LIMIT_BUF_BYTES ||
		    lengths[i].coded > size - end ||
		    (lengths[i].plain == 0) != (lengths[i].coded == 0))
			return "lengths out of bounds";
		plain += lengths[i].plain;
		end += lengths[i].coded;
	}
	if (plain > LIMIT_CHECKPOINT_BYTES || end != size)
		return "lengths out of bounds";
	return NULL;
}

static enum rc
file_check(
    struct file_flow flow, const char *head, uint64_t size, struct err *err)
{
	while (flow.at < size) {
		uint64_t left = size - flow.at;
		size_t some = left < FILE_CHUNK ? (size_t)left : FILE_CHUNK;

		if (file_take(&flow, some, err) != RC_OK)
			return RC_REJECT;
		flow.crc = crc32c(flow.crc, flow.chunk, some);
	}
	return word_get(head + AT_CRC, 4) == file_crc(flow.crc, head)
	    ? RC_OK
	    : err_set(err, RC_REJECT, "checksum wrong");
}

static enum rc
file_unpack(struct file_flow *flow, ZSTD_DCtx *zstd,
    const struct file_lengths *lengths, struct buf *part, struct err *err)
{
	ZSTD_outBuffer out = {
	    buf_reserve(part, lengths->plain), lengths->plain, 0};
	uint64_t left = lengths->coded;
	size_t rest = left > 0;

	while (left > 0) {
		size_t some = left < FILE_CHUNK ? (size_t)left : FILE_CHUNK;
		ZSTD_inBuffer in = {flow->chunk, some, 0};

		if (file_take(flow, some, err) != RC_OK)
			return RC_REJECT;
		left -= some;
		rest = ZSTD_decompressStream(zstd, &out, &in);
		if (ZSTD_isError(rest) || in.pos < in.size)
			break;
	}
	if (left > 0 || rest != 0 || out.pos != out.size)
		return err_set(err, RC_REJECT, "a part cannot be decompressed");
	part->len = out.pos;
	return RC_OK;
}

static enum rc
file_parts(struct file_flow flow,
    const struct file_lengths lengths[CHECKPOINT_PARTS],
    struct checkpoint *checkpoint, struct err *err)
{
	ZSTD_DCtx *zstd = ZSTD_createDCtx();
	enum rc rc = RC_OK;

	if (zstd == NULL)
		log_die("out of memory: checkpoint");
	for (size_t i = 0; i < CHECKPOINT_PARTS && rc == RC_OK; i++) {
		ZSTD_DCtx_reset(zstd, ZSTD_reset_session_only);
		rc = file_unpack(
		    &flow, zstd, &lengths[i], &checkpoint->parts[i], err);
	}
	ZSTD_freeDCtx(zstd);
	return rc;
}

enum rc
checkpoint_file_read(int fd, struct checkpoint *checkpoint, struct err *err)
{
	struct file_lengths lengths[CHECKPOINT_PARTS];
	struct file_flow flow;
	char head[CHECKPOINT_HEAD];
	const char *reason;
	struct stat st;
	uint64_t size;
	enum rc rc;

	if (fstat(fd, &st) != 0)
		return err_errno(err, RC_REJECT, "cannot be read");
	size = (uint64_t)st.st_size;
	if (size < CHECKPOINT_HEAD)
		return err_set(err, RC_REJECT, "cut short");
	flow = file_flow(fd);
	flow.at = 0;
	rc = file_take(&flow, CHECKPOINT_HEAD, err);
	memcpy(head, flow.chunk, sizeof(head));
	reason = rc == RC_OK
	    ? file_measure(head, size, checkpoint->seq, lengths)
	    : NULL;
	if (reason != NULL)
		rc = err_set(err, RC_REJECT, "%s", reason);
	if (rc == RC_OK)
		rc = file_check(flow, head, size, err);
	if (rc == RC_OK)
		rc = file_parts(flow, lengths, checkpoint, err);
	free(flow.chunk);
	return rc;
}
