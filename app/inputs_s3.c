/* s3:// among the inputs: listed when all arguments are known, fetched one
 * after the other as they are read. */
#include <stdio.h>
#include <stdlib.h>

#include "app/inputs.h"
#include "base/log.h"
#include "journal/reader.h"
#include "sinks/s3_bucket.h"

/* So much of an object tells what it is. */
#define INPUT_S3_BEGIN ((size_t)65536)

void
inputs_remote_fini(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->ns3; i++)
		source_s3_close(&inputs->s3[i]);
	free(inputs->s3);
	if (inputs->aws != NULL)
		aws_client_free(&inputs->aws);
	if (inputs->http != NULL)
		http_free(&inputs->http);
}

static enum rc
inputs_connect(struct inputs *inputs, struct err *err)
{
	inputs->http = http_create(getenv("AWS_CA_BUNDLE"));
	if (inputs->http == NULL)
		return err_set(err, RC_FATAL, "the HTTP client does not start");
	inputs->aws = aws_client_create(inputs->http);
	inputs->s3 = calloc(inputs->count, sizeof(struct source_s3 *));
	if (inputs->s3 == NULL)
		log_die("out of memory: inputs");
	return RC_OK;
}

/* Where the configuration says that a bucket is. */
static struct source_s3_place
inputs_place(const struct inputs_remote *remote, const char *url)
{
	struct span bucket = span_make(url + 5, strcspn(url + 5, "/"));

	for (size_t i = 0; i < remote->nbuckets; i++)
		if (span_equal(remote->buckets[i].bucket, bucket))
			return (struct source_s3_place){
			    remote->buckets[i].region,
			    remote->buckets[i].endpoint};
	if (getenv("AWS_REGION") != NULL ||
	    getenv("AWS_DEFAULT_REGION") != NULL)
		return (struct source_s3_place){{"", 0}, {"", 0}};
	return (struct source_s3_place){remote->region, {"", 0}};
}

static enum rc
inputs_list(struct inputs *inputs, const char *url,
    const struct inputs_remote *remote, struct err *err)
{
	struct source_s3_place place = inputs_place(remote, url);
	struct source_s3 **s3 = &inputs->s3[inputs->ns3];
	struct source_s3_object *objects;
	size_t count;
	enum rc rc = source_s3_open(s3, inputs->aws, url, &place, err);

	if (rc != RC_OK)
		return rc;
	inputs->ns3++;
	rc = source_s3_list(
	    *s3, &remote->range, &inputs->arena, &objects, &count, err);
	for (size_t i = 0; i < count && rc == RC_OK; i++) {
		struct input *input = inputs_push(inputs,
		    arena_printf(&inputs->arena, "%s%s", source_s3_bucket(*s3),
			objects[i].key));

		input->regular = true;
		input->bytes = objects[i].bytes;
		input->s3 = *s3;
		input->object = &objects[i];
	}
	return rc;
}

/* What was given, with s3:// as it is listed in its place. */
static enum rc
inputs_expand(struct inputs *inputs, const struct input *given, size_t count,
    const struct inputs_remote *remote, struct err *err)
{
	enum rc rc = RC_OK;

	inputs->count = 0;
	for (size_t i = 0; i < inputs->ns3; i++)
		source_s3_close(&inputs->s3[i]);
	inputs->ns3 = 0;
	for (size_t i = 0; i < count && rc == RC_OK; i++)
		if (strncmp(given[i].path, "s3://", 5) == 0)
			rc = inputs_list(inputs, given[i].path, remote, err);
		else
			*inputs_push(inputs, given[i].path) = given[i];
	return rc;
}

/* Arrival times bound our segments; points in event order have none. */
static bool
inputs_are_segments(const struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (inputs->at[i].s3 == NULL || !inputs->at[i].object->segment)
			return false;
	return true;
}

enum rc
inputs_settle(
    struct inputs *inputs, const struct inputs_remote *remote, struct err *err)
{
	struct inputs_remote whole = *remote;
	struct input *given = inputs->at;
	size_t count = inputs->count;
	enum rc rc;

	if (!inputs->remote)
		return RC_OK;
	rc = inputs_connect(inputs, err);
	inputs->at = NULL;
	inputs->count = inputs->room = 0;
	if (rc == RC_OK)
		rc = inputs_expand(inputs, given, count, remote, err);
	if (rc == RC_OK && !inputs_are_segments(inputs)) {
		whole.range = SOURCE_S3_ALL;
		rc = inputs_expand(inputs, given, count, &whole, err);
	}
	free(given);
	return rc;
}

static enum rc
input_spool(struct input *input, struct err *err)
{
	input->spool = malloc(sizeof(*input->spool));
	if (input->spool == NULL)
		log_die("out of memory: input");
	return spool_open(input->spool, err);
}

enum rc
input_open_s3(struct input *input, struct err *err)
{
	enum rc rc = input_spool(input, err);

	if (rc == RC_OK)
		rc = source_s3_fetch(
		    input->s3, input->object, input->spool, err);
	if (rc == RC_OK)
		rc = source_file_open_as(
		    &input->source, input->spool->path, input->path, err);
	return rc;
}

enum rc
input_probe_s3(struct input *input, struct err *err)
{
	struct buf begin = {0};
	enum rc rc = RC_OK;

	if (input->object->segment) {
		input->kind = SOURCE_SEGMENT;
		input->first_seq = input->object->first_seq;
		return RC_OK;
	}
	/* What is small is fetched and probed as any file. */
	if (input->bytes <= INPUT_S3_BEGIN)
		return RC_AGAIN;
	rc = source_s3_begin(
	    input->s3, input->object, INPUT_S3_BEGIN, &begin, err);
	input->kind = SOURCE_LINES;
	if (rc == RC_OK && segment_is(buf_span(&begin)))
		rc = RC_AGAIN;
	buf_fini(&begin);
	return rc;
}
