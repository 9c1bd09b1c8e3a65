#include "ingest/payload.h"

#include "base/limits.h"
#include "ingest/envelope.h"
#include "ingest/framing.h"
#include "ingest/inflate.h"
#include "ingest/snappy_stream.h"
#include "ingest/source_sniff.h"

#define PAYLOAD_STEP ((size_t)(256 * KIB))

void
payload_init(struct payload *payload)
{
	*payload = (struct payload){0};
	arena_init(&payload->arena);
}

void
payload_fini(struct payload *payload)
{
	inflate_zstd_free(&payload->zstd);
	buf_fini(&payload->plain);
	arena_fini(&payload->arena);
}

static enum rc
payload_too_large(struct err *err)
{
	return err_set(err, RC_REJECT, "it inflates to more than %lld bytes",
	    (long long)LIMIT_BODY_BYTES);
}

static enum rc
payload_gzip(struct payload *payload, struct span in, struct err *err)
{
	switch (inflate_gzip(&payload->plain, in, (size_t)LIMIT_BODY_BYTES)) {
	case INFLATE_DONE:
		return RC_OK;
	case INFLATE_TOO_LARGE:
		return payload_too_large(err);
	default:
		return err_set(err, RC_REJECT, "gzip is damaged");
	}
}

static enum rc
payload_zstd_frames(struct payload *payload, struct span in, struct err *err)
{
	enum inflate verdict = INFLATE_MORE;
	const char *why = NULL;

	while (in.len > 0 || verdict == INFLATE_MORE) {
		char *to = buf_reserve(&payload->plain, PAYLOAD_STEP);
		size_t got = 0, before = in.len;

		verdict = inflate_zstd(
		    payload->zstd, &in, to, PAYLOAD_STEP, &got, &why);
		payload->plain.len += got;
		if (verdict == INFLATE_DAMAGED)
			return err_set(
			    err, RC_REJECT, "zstd is damaged: %s", why);
		if (verdict == INFLATE_MORE && before == 0 && got == 0)
			return err_set(
			    err, RC_REJECT, "zstd ends within a frame");
		if ((long long)payload->plain.len > LIMIT_BODY_BYTES)
			return payload_too_large(err);
	}
	return RC_OK;
}

static enum rc
payload_zstd(struct payload *payload, struct span in, struct err *err)
{
	enum rc rc;

	if (payload->zstd == NULL)
		payload->zstd = inflate_zstd_create();
	rc = payload_zstd_frames(payload, in, err);
	/* It may stand within a frame. */
	if (rc != RC_OK)
		inflate_zstd_free(&payload->zstd);
	return rc;
}

static enum rc
payload_snappy(
    struct payload *payload, struct span in, bool hadoop, struct err *err)
{
	struct snappy_stream *stream = snappy_stream_create(hadoop);
	struct span bytes;
	size_t want;
	enum rc rc;

	while ((rc = snappy_stream_next(stream, &in, &bytes, &want, err)) ==
	    RC_OK) {
		buf_span_put(&payload->plain, bytes);
		if ((long long)payload->plain.len > LIMIT_BODY_BYTES) {
			rc = payload_too_large(err);
			break;
		}
	}
	if (rc == RC_AGAIN)
		rc = snappy_stream_end(stream, in, err);
	snappy_stream_free(&stream);
	return rc;
}

/* `plain` is the message itself, or what is in it. */
static enum rc
payload_inflate(struct payload *payload, struct span message,
    struct span *plain, struct err *err)
{
	enum rc rc;

	*plain = message;
	buf_clear(&payload->plain);
	if (inflate_is_gzip(message))
		rc = payload_gzip(payload, message, err);
	else if (inflate_is_zstd(message))
		rc = payload_zstd(payload, message, err);
	else if (snappy_stream_is_framed(message))
		rc = payload_snappy(payload, message, false, err);
	else if (snappy_stream_is_hadoop(message) &&
	    !framing_is(message, false))
		rc = payload_snappy(payload, message, true, err);
	else
		return RC_OK;
	if (rc == RC_OK)
		*plain = buf_span(&payload->plain);
	return rc;
}

/* A JSON record ends in a newline (schemas/entry.h). */
static void
payload_put(struct records *out, struct span record)
{
	bool lacks = record.len > 0 && record.at[record.len - 1] != '\n' &&
	    framing_is_json(record);

	records_put(out, record, lacks ? SPAN_OF("\n") : (struct span){0});
}

static enum rc
payload_read(struct payload *payload, struct span plain, struct records *out,
    struct err *err)
{
	struct span begin = span_make(
	    plain.at, plain.len < SOURCE_SNIFF ? plain.len : SOURCE_SNIFF);
	struct envelope envelope;
	enum rc rc;

	if (source_sniff(begin) != SOURCE_FIREHOSE) {
		payload_put(out, plain);
		return RC_OK;
	}
	rc = envelope_parse(&envelope, plain, &payload->arena, err);
	for (size_t i = 0; rc == RC_OK && i < envelope.nrecords; i++)
		records_put(out, envelope.records[i], (struct span){0});
	arena_reset(&payload->arena);
	return rc;
}

enum rc
payload_unpack(struct payload *payload, struct span message,
    struct records *out, struct err *err)
{
	struct span plain;
	enum rc rc = payload_inflate(payload, message, &plain, err);

	if (rc == RC_OK)
		rc = payload_read(payload, plain, out, err);
	if (rc != RC_OK)
		payload_put(out, message);
	if ((long long)payload->plain.room > 4 * MIB)
		buf_fini(&payload->plain);
	return rc == RC_OK ? RC_OK : RC_REJECT;
}
