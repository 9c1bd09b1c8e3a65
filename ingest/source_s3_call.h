/* The inside of ingest/source_s3.h: calls, and pages of a listing. */
#ifndef INGEST_SOURCE_S3_CALL_H
#define INGEST_SOURCE_S3_CALL_H

#include "ingest/source_s3.h"

struct source_s3 {
	struct aws_client *aws;
	struct arena arena;
	struct span bucket, region, endpoint;
	const char *prefix; /* without a '/' at its beginning or end */
	const char *shown;  /* s3://bucket/ */
};

/* Objects as they are found; in the arena given to source_s3_list(). */
struct source_s3_found {
	struct arena *arena;
	size_t below; /* bytes of the prefix that was asked for */
	struct source_s3_object *at;
	size_t count, room;
};

/* The call, made again as source_s3.h says; bucket, Region and endpoint are
 * filled in. `answer` is for http_answer_fini() in any case. */
enum rc source_s3_send(struct source_s3 *source, struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err);
/* The whole of a small object. RC_AGAIN: there is none. */
enum rc source_s3_small(struct source_s3 *source, const char *key,
    struct buf *out, struct err *err);

/* What a page holds: an object, or (with a delimiter) a common prefix. */
typedef void
source_s3_each(void *cookie, struct span object, const char *prefix);
/* All pages of what begins with `prefix`; `delimited`: up to the next '/'. */
enum rc source_s3_pages(struct source_s3 *source, const char *prefix,
    bool delimited, source_s3_each *each, void *cookie, struct err *err);

/* Adds an object; NULL when it is one to be left out. */
struct source_s3_object *source_s3_add(struct source_s3_found *found,
    const char *key, uint64_t bytes, const char *etag);
/* The same from its element in a listing. */
void source_s3_take(struct source_s3_found *found, struct span element);

/* What lies below our own archive's `root` ("" or "…/") in the range. */
enum rc source_s3_days(struct source_s3 *source, const char *root,
    const struct source_s3_range *range, struct source_s3_found *found,
    struct err *err);

#endif
