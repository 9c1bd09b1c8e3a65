/* Requests as Firehose makes them, around the points of decoder_points.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "ingest_bench.h"

/* Four characters for three bytes; the end is padded. */
static void
base64_put(struct buf *out, struct span bytes)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *at = (const unsigned char *)bytes.at;
	char *to = buf_reserve(out, bytes.len / 3 * 4 + 4);
	size_t left = bytes.len;

	for (; left >= 3; left -= 3, at += 3) {
		unsigned bits = (unsigned)at[0] << 16 | at[1] << 8 | at[2];

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = digits[bits >> 6 & 63];
		*to++ = digits[bits & 63];
	}
	if (left > 0) {
		unsigned bits =
		    (unsigned)at[0] << 16 | (left > 1 ? at[1] << 8 : 0);

		*to++ = digits[bits >> 18];
		*to++ = digits[bits >> 12 & 63];
		*to++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*to++ = '=';
	}
	out->len = (size_t)(to - out->bytes);
}

static void
body_header(struct body *body, const char *id, size_t len)
{
	buf_printf(&body->request,
	    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\n"
	    "X-Amz-Firehose-Protocol-Version: 1.0\r\n"
	    "X-Amz-Firehose-Request-Id: %s\r\nContent-Length: %zu\r\n\r\n",
	    id, len);
	body->body_from = body->request.len;
}

/* The envelope is written in place of a header of the same length. */
static void
body_wrap(struct bodies *bodies, struct body *body, const struct span *records)
{
	struct buf envelope = {0};
	char id[64];

	snprintf(id, sizeof(id), "%s-%08zu", bodies->prefix, bodies->made++);
	buf_printf(&envelope,
	    "{\"requestId\":\"%s\",\"timestamp\":1700000000000,\"records\":[",
	    id);
	for (size_t i = 0; i < body->nrecords; i++) {
		buf_text(&envelope, i > 0 ? ",{\"data\":\"" : "{\"data\":\"");
		base64_put(&envelope, records[i]);
		buf_text(&envelope, "\"}");
	}
	buf_text(&envelope, "]}");
	body_header(body, id, envelope.len);
	buf_span_put(&body->request, buf_span(&envelope));
	buf_fini(&envelope);
}

/* The first lines of a record: points are made by the hundred. */
static struct span
record_cut(const struct chunks *chunks, size_t lines)
{
	struct span whole = buf_span(&chunks->plain);
	const char *at = whole.at;

	for (size_t i = 0; i < lines; i++)
		at = (const char *)memchr(
			 at, '\n', (size_t)(whole.at + whole.len - at)) +
		    1;
	return span_make(whole.at, (size_t)(at - whole.at));
}

static void
body_make(struct bodies *bodies, struct body *body, enum format format,
    size_t record_points)
{
	struct chunks *chunks = &bodies->chunks[format];
	struct span records[BODY_RECORDS], plain;

	buf_clear(&body->request);
	buf_clear(&body->plain);
	body->points = 0;
	for (size_t i = 0; i < body->nrecords; i++) {
		points_next(bodies->source,
		    record_points < POINTS_MESSAGE ? POINTS_MESSAGE
						   : record_points,
		    format == FORMAT_JSON ? chunks : NULL,
		    format == FORMAT_JSON ? NULL : chunks);
		plain = record_points < POINTS_MESSAGE
		    ? record_cut(chunks, record_points)
		    : buf_span(&chunks->plain);
		body->lens[i] = plain.len;
		buf_span_put(&body->plain, plain);
		body->points += record_points;
		body->newest_ms = chunks->at[chunks->count - 1].newest_ms;
	}
	body_records(body, records);
	body_wrap(bodies, body, records);
}

void
body_records(const struct body *body, struct span *records)
{
	size_t at = 0;

	for (size_t i = 0; i < body->nrecords; i++) {
		records[i] = span_make(body->plain.bytes + at, body->lens[i]);
		at += body->lens[i];
	}
}

void
bodies_make(struct bodies *bodies, enum format format, size_t count,
    size_t nrecords, size_t record_points)
{
	if (count > bodies->room) {
		bodies->at = realloc(bodies->at, count * sizeof(*bodies->at));
		if (bodies->at == NULL)
			log_die("out of memory: bodies");
		memset(bodies->at + bodies->room, 0,
		    (count - bodies->room) * sizeof(*bodies->at));
		bodies->room = count;
	}
	bodies->count = count;
	bodies->points = 0;
	bodies->bytes = 0;
	for (size_t i = 0; i < count; i++) {
		bodies->at[i].nrecords = nrecords;
		body_make(bodies, &bodies->at[i], format, record_points);
		bodies->points += bodies->at[i].points;
		bodies->bytes += (double)bodies->at[i].plain.len;
	}
}

void
bodies_fini(struct bodies *bodies)
{
	for (size_t i = 0; i < bodies->room; i++) {
		buf_fini(&bodies->at[i].request);
		buf_fini(&bodies->at[i].plain);
	}
	free(bodies->at);
	for (int f = 0; f < FORMATS; f++)
		chunks_fini(&bodies->chunks[f]);
}
