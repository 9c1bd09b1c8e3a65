#include "ingest/source_s3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/xml.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "ingest/source_s3_call.h"

/* Within LIMIT_HTTP_ANSWER. */
#define SOURCE_S3_PIECE (4 * MIB)

static bool
source_ends(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a >= b && strcmp(name + a - b, end) == 0;
}

bool
source_leaves_out(const char *name)
{
	return name[0] == '.' || strcmp(name, "LOCK") == 0 ||
	    source_ends(name, ".torn") || source_ends(name, ".new") ||
	    source_ends(name, ".transitions.jsonl.zst") ||
	    source_ends(name, ".rollups.jsonl.zst") ||
	    source_ends(name, ".manifest.jsonl");
}

static struct span
source_s3_region(const struct source_s3_place *place)
{
	const char *region = getenv("AWS_REGION");

	if (place->region.len > 0)
		return place->region;
	if (region == NULL || *region == '\0')
		region = getenv("AWS_DEFAULT_REGION");
	/* S3 says which one it is, if not this. */
	if (region == NULL || *region == '\0')
		region = "us-east-1";
	return span_text(region);
}

enum rc
source_s3_open(struct source_s3 **out, struct aws_client *aws, const char *url,
    const struct source_s3_place *place, struct err *err)
{
	const char *bucket = url + strlen("s3://");
	size_t len = strcspn(bucket, "/");
	struct source_s3 *source;
	struct span prefix;

	*out = NULL;
	if (strncmp(url, "s3://", 5) != 0 || len == 0)
		return err_set(err, RC_FATAL,
		    "%s: not an address such as s3://bucket/prefix", url);
	source = calloc(1, sizeof(*source));
	if (source == NULL)
		log_die("out of memory: s3 input");
	arena_init(&source->arena);
	source->aws = aws;
	source->bucket = arena_copy(&source->arena, span_make(bucket, len));
	source->region = arena_copy(&source->arena, source_s3_region(place));
	source->endpoint = arena_copy(&source->arena, place->endpoint);
	prefix = span_text(bucket + len);
	while (prefix.len > 0 && prefix.at[0] == '/')
		prefix = span_make(prefix.at + 1, prefix.len - 1);
	while (prefix.len > 0 && prefix.at[prefix.len - 1] == '/')
		prefix.len--;
	source->prefix = arena_text(&source->arena, prefix);
	source->shown = arena_printf(
	    &source->arena, "s3://%.*s/", SPAN_ARGS(source->bucket));
	*out = source;
	return RC_OK;
}

void
source_s3_close(struct source_s3 **source)
{
	if (*source == NULL)
		return;
	arena_fini(&(*source)->arena);
	free(*source);
	*source = NULL;
}

const char *
source_s3_bucket(const struct source_s3 *source)
{
	return source->shown;
}

/* NNNNNNNNNNNNNNNNNNNN.zst in a folder hour=. */
static bool
source_s3_is_segment(const char *key, uint64_t *first_seq)
{
	const char *name = strrchr(key, '/');
	int64_t seq;

	if (name == NULL || name - key < 8 ||
	    strncmp(name - 8, "/hour=", 6) != 0 || strlen(name) != 25 ||
	    strcmp(name + 21, ".zst") != 0 ||
	    strspn(name + 1, "0123456789") != 20)
		return false;
	if (!text_parse_int(span_make(name + 1, 20), &seq))
		return false;
	*first_seq = (uint64_t)seq;
	return true;
}

struct source_s3_object *
source_s3_add(struct source_s3_found *found, const char *key, uint64_t bytes,
    const char *etag)
{
	struct source_s3_object *object;

	/* Also within a folder that is left out. */
	for (const char *at = key + found->below; bytes > 0 && at != NULL;
	     at = strchr(at, '/')) {
		at += *at == '/';
		if (*at == '.' || *at == '\0')
			bytes = 0;
	}
	if (bytes == 0 ||
	    source_leaves_out(
		strrchr(key, '/') == NULL ? key : strrchr(key, '/') + 1))
		return NULL;
	if (found->count == found->room) {
		found->room = found->room == 0 ? 64 : found->room * 2;
		found->at =
		    realloc(found->at, found->room * sizeof(*found->at));
		if (found->at == NULL)
			log_die("out of memory: objects of s3");
	}
	object = &found->at[found->count++];
	*object = (struct source_s3_object){
	    .key = arena_text(found->arena, span_text(key)),
	    .etag = arena_text(found->arena, span_text(etag)),
	    .bytes = bytes,
	    .first_ms = INT64_MIN,
	    .first_most_ms = INT64_MAX,
	    .last_ms = INT64_MAX};
	object->segment = source_s3_is_segment(key, &object->first_seq);
	return object;
}

void
source_s3_take(struct source_s3_found *found, struct span element)
{
	struct buf key = {0}, etag = {0};
	int64_t bytes = 0;

	xml_text(&key, element, "Key");
	xml_text(&etag, element, "ETag");
	if (text_parse_int(xml_inside(element, "Size"), &bytes) && bytes > 0)
		source_s3_add(
		    found, buf_cstr(&key), (uint64_t)bytes, buf_cstr(&etag));
	buf_fini(&key);
	buf_fini(&etag);
}

static void
source_s3_each_object(void *cookie, struct span object, const char *prefix)
{
	if (prefix == NULL)
		source_s3_take(cookie, object);
}

/* As folders have it: a name before the longer one that it begins. */
static int
source_s3_order(const void *a, const void *b)
{
	const unsigned char *x =
	    (const void *)((const struct source_s3_object *)a)->key;
	const unsigned char *y =
	    (const void *)((const struct source_s3_object *)b)->key;

	while (*x == *y && *x != '\0') {
		x++;
		y++;
	}
	if (*x == *y || *x == '\0' || *y == '\0')
		return *x - *y;
	return (*x == '/' ? 0 : *x) - (*y == '/' ? 0 : *y);
}

/* One object of that very key. */
static enum rc
source_s3_one(
    struct source_s3 *source, struct source_s3_found *found, struct err *err)
{
	static const char *const wanted[] = {"Content-Length", "ETag", NULL};
	struct http_answer answer = {0};
	struct buf path = {0};
	struct aws_call call = {.method = "HEAD", .wanted = wanted};
	int64_t bytes = 0;
	enum rc rc;

	if (*source->prefix == '\0')
		return RC_AGAIN;
	found->below = 0;
	buf_printf(&path, "/%s", source->prefix);
	call.path = buf_span(&path);
	rc = source_s3_send(source, &call, "HeadObject", &answer, err);
	if (rc == RC_OK &&
	    text_parse_int(span_text(answer.wanted[0]), &bytes) && bytes > 0)
		source_s3_add(
		    found, source->prefix, (uint64_t)bytes, answer.wanted[1]);
	else if (answer.status == 404 || answer.status == 403)
		rc = RC_AGAIN;
	http_answer_fini(&answer);
	buf_fini(&path);
	return rc;
}

enum rc
source_s3_list(struct source_s3 *source, const struct source_s3_range *range,
    struct arena *arena, struct source_s3_object **objects, size_t *count,
    struct err *err)
{
	struct source_s3_found found = {
	    .arena = arena, .below = strlen(source->prefix)};
	bool all = range->since_ms == INT64_MIN && range->to_ms == INT64_MAX;
	const char *below = *source->prefix == '\0'
	    ? ""
	    : arena_printf(&source->arena, "%s/", source->prefix);
	enum rc rc;

	rc = all ? source_s3_pages(
		       source, below, false, source_s3_each_object, &found, err)
		 : source_s3_days(source, below, range, &found, err);
	if (rc == RC_OK && found.count == 0)
		rc = source_s3_one(source, &found, err);
	if (rc == RC_AGAIN)
		rc = RC_OK;
	if (rc == RC_OK && found.count == 0)
		rc = err_set(err, RC_FATAL, "%s%s: %s", source->shown,
		    source->prefix,
		    all ? "no object is there"
			: "no object is there, or none in the range");
	if (found.count > 0)
		qsort(
		    found.at, found.count, sizeof(*found.at), source_s3_order);
	*count = found.count;
	*objects = arena_alloc(arena, (found.count + 1) * sizeof(**objects));
	if (found.count > 0)
		memcpy(*objects, found.at, found.count * sizeof(**objects));
	free(found.at);
	return rc == RC_OK ? RC_OK : RC_FATAL;
}

/* The bytes from `from` on, at most `len`, of the object as it was listed. */
static enum rc
source_s3_piece(struct source_s3 *source, const struct source_s3_object *object,
    uint64_t from, uint64_t len, struct http_answer *answer, struct err *err)
{
	char range[64];
	struct http_header headers[2] = {
	    {"Range", {range, 0}}, {"If-Match", span_text(object->etag)}};
	struct buf path = {0};
	struct aws_call call = {
	    .method = "GET", .headers = headers, .nheaders = 2};
	enum rc rc;

	if (len > object->bytes - from)
		len = object->bytes - from;
	headers[0].value.len =
	    (size_t)snprintf(range, sizeof(range), "bytes=%llu-%llu",
		(unsigned long long)from, (unsigned long long)(from + len - 1));
	call.nheaders -= *object->etag == '\0';
	buf_printf(&path, "/%s", object->key);
	call.path = buf_span(&path);
	rc = source_s3_send(source, &call, "GetObject", answer, err);
	if (rc == RC_OK && answer->body.len != len)
		rc = err_set(err, RC_FATAL,
		    "%llu bytes came where %llu were asked for",
		    (unsigned long long)answer->body.len,
		    (unsigned long long)len);
	if (answer->status == 412)
		rc = err_set(err, RC_FATAL, "it was replaced meanwhile");
	if (rc != RC_OK)
		err_prefix(err, "%s%s", source->shown, object->key);
	buf_fini(&path);
	return rc == RC_OK ? RC_OK : RC_FATAL;
}

enum rc
source_s3_begin(struct source_s3 *source, const struct source_s3_object *object,
    size_t most, struct buf *out, struct err *err)
{
	struct http_answer answer = {0};
	enum rc rc = source_s3_piece(source, object, 0, most, &answer, err);

	buf_clear(out);
	if (rc == RC_OK)
		buf_span_put(out, buf_span(&answer.body));
	http_answer_fini(&answer);
	return rc;
}

enum rc
source_s3_fetch(struct source_s3 *source, const struct source_s3_object *object,
    struct spool *spool, struct err *err)
{
	struct http_answer answer = {0};
	enum rc rc = RC_OK;

	for (uint64_t at = 0; at < object->bytes && rc == RC_OK;
	     at += SOURCE_S3_PIECE) {
		rc = source_s3_piece(
		    source, object, at, SOURCE_S3_PIECE, &answer, err);
		if (rc == RC_OK)
			rc = spool_put(spool, buf_span(&answer.body), err);
	}
	http_answer_fini(&answer);
	return rc;
}
