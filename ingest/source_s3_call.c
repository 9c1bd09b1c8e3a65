#include "ingest/source_s3_call.h"

#include <stdlib.h>
#include <string.h>

#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/log.h"

#define SOURCE_S3_TRIES 8
#define SOURCE_S3_TIMEOUT_MS 60000

/* S3 names the Region of a bucket that is not here. */
static bool
source_s3_moved(struct source_s3 *source, const struct http_answer *answer)
{
	struct span region = span_text(answer->bucket_region);

	if (region.len == 0 || span_equal(region, source->region))
		return false;
	source->region = arena_copy(&source->arena, region);
	return true;
}

enum rc
source_s3_send(struct source_s3 *source, struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	enum rc rc;

	call->service = "s3";
	call->bucket = source->bucket;
	call->endpoint = source->endpoint;
	call->region = source->region;
	call->unsigned_payload = true;
	call->attempts = SOURCE_S3_TRIES;
	call->timeout_ms = SOURCE_S3_TIMEOUT_MS;
	rc = aws_send(source->aws, call, operation, answer, err);
	if (rc != RC_REJECT || !source_s3_moved(source, answer))
		return rc;
	call->region = source->region;
	return aws_send(source->aws, call, operation, answer, err);
}

enum rc
source_s3_small(
    struct source_s3 *source, const char *key, struct buf *out, struct err *err)
{
	struct http_answer answer = {0};
	struct buf path = {0};
	struct aws_call call = {.method = "GET"};
	enum rc rc;

	buf_printf(&path, "/%s", key);
	call.path = buf_span(&path);
	rc = source_s3_send(source, &call, "GetObject", &answer, err);
	if (rc == RC_OK)
		buf_span_put(out, buf_span(&answer.body));
	else if (answer.status == 404)
		rc = RC_AGAIN;
	http_answer_fini(&answer);
	buf_fini(&path);
	return rc;
}

static void
source_s3_query(struct buf *query, const char *name, struct span value)
{
	if (query->len > 0)
		buf_byte(query, '&');
	buf_printf(query, "%s=", name);
	sigv4_encode(query, value, false);
}

/* Takes a page apart; `token` becomes that of the next one, or "". */
static void
source_s3_page(
    struct span page, source_s3_each *each, void *cookie, struct buf *token)
{
	struct span rest = page, one;
	struct buf prefix = {0};

	while (xml_next(&rest, "Contents", &one))
		each(cookie, one, NULL);
	rest = page;
	while (xml_next(&rest, "CommonPrefixes", &one)) {
		xml_text(&prefix, one, "Prefix");
		each(cookie, span_text(""), buf_cstr(&prefix));
	}
	buf_clear(token);
	if (span_is(xml_inside(page, "IsTruncated"), "true"))
		xml_text(token, page, "NextContinuationToken");
	buf_fini(&prefix);
}

enum rc
source_s3_pages(struct source_s3 *source, const char *prefix, bool delimited,
    source_s3_each *each, void *cookie, struct err *err)
{
	struct buf token = {0};
	enum rc rc;

	do {
		struct http_answer answer = {0};
		struct buf query = {0};
		struct aws_call call = {.method = "GET", .path = SPAN_OF("/")};

		if (token.len > 0)
			source_s3_query(
			    &query, "continuation-token", buf_span(&token));
		if (delimited)
			source_s3_query(&query, "delimiter", SPAN_OF("/"));
		source_s3_query(&query, "list-type", SPAN_OF("2"));
		source_s3_query(&query, "prefix", span_text(prefix));
		call.query = buf_span(&query);
		rc = source_s3_send(
		    source, &call, "ListObjectsV2", &answer, err);
		if (rc == RC_OK)
			source_s3_page(
			    buf_span(&answer.body), each, cookie, &token);
		http_answer_fini(&answer);
		buf_fini(&query);
	} while (rc == RC_OK && token.len > 0);
	buf_fini(&token);
	return rc;
}
