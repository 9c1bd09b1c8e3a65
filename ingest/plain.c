#include "ingest/plain.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "ingest/framing.h"
#include "ingest/gunzip.h"
#include "ingest/inflate.h"
#include "ingest/snappy_stream.h"
#include "ingest/spool.h"
#include "journal/reader.h"

#define PLAIN_READ (256 * KIB)
/* Enough for every magic and a segment's header. */
#define PLAIN_PEEK (4 * KIB)

static void
plain_damage(struct plain *plain, const struct err *err)
{
	plain->ended = true;
	plain->damaged = true;
	plain->damage = *err;
}

/* Reads some of the file behind what is in `raw`; false at its end. */
static bool
plain_read(struct plain *plain, size_t room)
{
	char *to;
	ssize_t got;

	if (plain->raw_at == plain->raw.len) {
		buf_clear(&plain->raw);
		plain->raw_at = 0;
	}
	to = buf_reserve(&plain->raw, room);
	do
		got = to == NULL ? 0 : read(plain->fd, to, room);
	while (got < 0 && errno == EINTR);
	if (got < 0) {
		struct err err;

		err_errno(&err, RC_REJECT, "read");
		plain_damage(plain, &err);
	}
	if (got <= 0)
		return false;
	plain->raw.len += (size_t)got;
	return true;
}

/* A pipe cannot be mapped: all of it into a file, which takes its place. */
static enum rc
plain_spool(struct plain *plain, struct err *err)
{
	struct spool spool;
	enum rc rc = spool_open(&spool, err);

	while (rc == RC_OK && plain->raw.len > 0) {
		rc = spool_put(&spool, buf_span(&plain->raw), err);
		plain->raw_at = plain->raw.len;
		if (rc == RC_OK && !plain_read(plain, PLAIN_READ))
			break;
	}
	if (rc == RC_OK && plain->damaged) {
		*err = plain->damage;
		rc = RC_FATAL;
	}
	if (rc == RC_OK && dup3(spool.fd, plain->fd, O_CLOEXEC) < 0)
		rc = err_errno(err, RC_FATAL, "dup3");
	spool_close(&spool);
	return rc;
}

/* Hadoop's blocks, which have no magic, and are not OTLP. */
static bool
plain_is_hadoop(struct span begin)
{
	return snappy_stream_is_hadoop(begin) &&
	    !framing_is(begin, (long long)begin.len >= PLAIN_PEEK);
}

/* Decides what undoes the file. */
static enum rc
plain_coding(struct plain *plain, struct err *err)
{
	struct span begin;
	enum rc rc = RC_OK;

	while ((long long)plain->raw.len < PLAIN_PEEK &&
	    plain_read(plain, PLAIN_READ))
		continue;
	begin = buf_span(&plain->raw);
	if (segment_is(begin) || begin.len == 0)
		return RC_OK;
	if (inflate_is_zstd(begin)) {
		plain->coding = PLAIN_ZSTD;
		plain->zstd = inflate_zstd_create();
	} else if (inflate_is_gzip(begin)) {
		plain->coding = PLAIN_GZIP;
		if (!plain->regular)
			rc = plain_spool(plain, err);
		if (rc == RC_OK)
			rc = gunzip_open(&plain->gunzip, plain->fd, err);
	} else if (snappy_stream_is_framed(begin) || plain_is_hadoop(begin)) {
		plain->coding = PLAIN_SNAPPY;
		plain->snappy =
		    snappy_stream_create(!snappy_stream_is_framed(begin));
	} else if (span_starts(begin, "PK\x03\x04")) {
		rc = err_set(err, RC_FATAL,
		    "a ZIP archive, which is not read: give what "
		    "`unzip -p FILE` writes, as standard input");
	}
	return rc;
}

enum rc
plain_open(struct plain *plain, const char *path, struct err *err)
{
	bool standard = strcmp(path, "-") == 0;
	struct stat st;
	enum rc rc;

	*plain = (struct plain){0};
	/* A copy: what takes its place must not take standard input's. */
	plain->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
			     : open(path, O_RDONLY | O_CLOEXEC);
	if (plain->fd < 0 || fstat(plain->fd, &st) != 0)
		return err_errno(err, RC_FATAL, "%s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(err, RC_FATAL, "%s: is a folder", path);
	plain->regular = S_ISREG(st.st_mode) && !standard;
	rc = plain_coding(plain, err);
	if (rc != RC_OK)
		err_prefix(err, "%s", path);
	return rc;
}

void
plain_close(struct plain *plain)
{
	if (plain->fd >= 0)
		close(plain->fd);
	plain->fd = -1;
	gunzip_close(&plain->gunzip);
	inflate_zstd_free(&plain->zstd);
	snappy_stream_free(&plain->snappy);
	buf_fini(&plain->raw);
	buf_fini(&plain->window);
}

static void
plain_more_zstd(struct plain *plain, char *to)
{
	struct span in = span_make(
	    plain->raw.bytes + plain->raw_at, plain->raw.len - plain->raw_at);
	const char *why = NULL;
	size_t got = 0, before;
	enum inflate verdict;
	struct err err;

	/* Without input, what is left in the decoder may still come. */
	if (in.len == 0 && plain_read(plain, PLAIN_READ))
		in = span_make(plain->raw.bytes, plain->raw.len);
	if (plain->ended)
		return;
	before = in.len;
	if (before == 0 && !plain->in_frame) {
		plain->ended = true;
		return;
	}
	verdict =
	    inflate_zstd(plain->zstd, &in, to, (size_t)PLAIN_READ, &got, &why);
	plain->raw_at = plain->raw.len - in.len;
	plain->window.len += got;
	plain->in_frame = verdict == INFLATE_MORE;
	if (verdict == INFLATE_DAMAGED) {
		err_set(&err, RC_REJECT, "zstd is damaged: %s", why);
		plain_damage(plain, &err);
	} else if (plain->in_frame && before == 0 && got == 0) {
		err_set(&err, RC_REJECT, "zstd ends within a frame");
		plain_damage(plain, &err);
	}
}

/* Another chunk; RC_AGAIN at the end. */
static enum rc
plain_next_snappy(struct plain *plain, struct err *err)
{
	struct buf *raw = &plain->raw;

	for (;;) {
		struct span in = span_make(
		    raw->bytes + plain->raw_at, raw->len - plain->raw_at);
		size_t want;
		enum rc rc = snappy_stream_next(
		    plain->snappy, &in, &plain->inflated, &want, err);

		plain->raw_at = raw->len - in.len;
		if (rc != RC_AGAIN)
			return rc;
		if (in.len > 0)
			memmove(raw->bytes, in.at, in.len);
		raw->len = in.len;
		plain->raw_at = 0;
		if (plain_read(plain, PLAIN_READ))
			continue;
		if (plain->damaged)
			return RC_AGAIN;
		rc = snappy_stream_end(plain->snappy, in, err);
		return rc == RC_OK ? RC_AGAIN : rc;
	}
}

/* Gzip or snappy: what one member or chunk holds, as far as there is room. */
static void
plain_more_inflated(struct plain *plain, char *to)
{
	struct err err;
	size_t len;

	if (plain->inflated.len == 0) {
		enum rc rc = plain->coding == PLAIN_GZIP
		    ? gunzip_next(plain->gunzip, &plain->inflated, &err)
		    : plain_next_snappy(plain, &err);

		if (rc == RC_AGAIN)
			plain->ended = true;
		else if (rc != RC_OK)
			plain_damage(plain, &err);
		if (rc != RC_OK)
			return;
	}
	len = plain->inflated.len < (size_t)PLAIN_READ ? plain->inflated.len
						       : (size_t)PLAIN_READ;
	if (len > 0)
		memcpy(to, plain->inflated.at, len);
	plain->inflated =
	    span_make(plain->inflated.at + len, plain->inflated.len - len);
	plain->window.len += len;
}

static void
plain_more_as_is(struct plain *plain, char *to)
{
	size_t len;

	if (plain->raw_at == plain->raw.len && !plain_read(plain, PLAIN_READ))
		plain->ended = true;
	len = plain->raw.len - plain->raw_at;
	if (len > (size_t)PLAIN_READ)
		len = (size_t)PLAIN_READ;
	if (plain->ended)
		return;
	memcpy(to, plain->raw.bytes + plain->raw_at, len);
	plain->raw_at += len;
	plain->window.len += len;
}

struct span
plain_fill(struct plain *plain, size_t want)
{
	struct buf *window = &plain->window;

	if (plain->at > 0 && window->len - plain->at < want) {
		memmove(window->bytes, window->bytes + plain->at,
		    window->len - plain->at);
		window->len -= plain->at;
		plain->at = 0;
	}
	while (window->len - plain->at < want && !plain->ended) {
		char *to = buf_reserve(window, (size_t)PLAIN_READ);

		invariant(to != NULL);
		if (plain->coding == PLAIN_ZSTD)
			plain_more_zstd(plain, to);
		else if (plain->coding == PLAIN_AS_IS)
			plain_more_as_is(plain, to);
		else
			plain_more_inflated(plain, to);
	}
	return span_make(window->bytes + plain->at, window->len - plain->at);
}

void
plain_take(struct plain *plain, size_t len)
{
	invariant(len <= plain->window.len - plain->at);
	plain->at += len;
}
