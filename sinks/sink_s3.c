#include "sinks/sink_s3.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sinks/s3_key.h"
#include "sinks/s3_lines.h"
#include "sinks/s3_manifest.h"
#include "sinks/s3_upload.h"

/* Lines that may stand beside the segments. */
static const struct s3_family s3_families[] = {
    {OUTCOMES_TRANSITION, "transitions"}, {OUTCOMES_ROLLUP_ARCHIVE, "rollups"}};
#define S3_FAMILIES (sizeof(s3_families) / sizeof(*s3_families))

struct sink_s3 {
	struct s3_bucket bucket;
	struct journal *journal;
	struct delivery *delivery;
	struct s3_lines *lines[S3_FAMILIES]; /* NULL: none are sent */
	struct s3_upload upload;
	struct s3_manifest manifest;
	/* The item: a sealed segment. */
	struct journal_segment segment;
	struct s3_object object;
	bool stored; /* it is in the bucket; the manifest is not done */
};

/* Segments that retention removed before they were archived are a loss that
 * must be seen; on a new sink the log may begin anywhere. */
static enum rc
s3_next(
    void *cookie, uint64_t after, struct delivery_item *item, struct err *err)
{
	struct sink_s3 *sink = cookie;
	enum rc rc = journal_sealed(sink->journal, after, &sink->segment);

	if (rc != RC_OK)
		return rc;
	if (after > 0 && sink->segment.first_seq > after + 1) {
		item->reach = sink->segment.first_seq - 1;
		return err_set(err, RC_REJECT,
		    "entries %llu to %llu left the journal before they were "
		    "archived; keep more of it (journal: retain)",
		    (unsigned long long)after + 1,
		    (unsigned long long)item->reach);
	}
	sink->stored = false;
	s3_object_begin(&sink->object, &sink->bucket);
	s3_key_segment(&sink->object.key, &sink->segment);
	sink->object.bytes = sink->segment.bytes;
	item->seq = sink->segment.first_seq;
	item->since_ms = sink->segment.last_ms;
	item->reach = sink->segment.last_seq;
	return RC_OK;
}

static enum rc
s3_store(struct sink_s3 *sink, struct err *err)
{
	struct s3_object *object = &sink->object;
	int64_t most = sink->bucket.config.multipart_bytes;
	enum rc rc;

	object->fd = open(sink->segment.path, O_RDONLY | O_CLOEXEC);
	if (object->fd < 0)
		return err_errno(err, errno == ENOENT ? RC_REJECT : RC_RETRY,
		    "%s", sink->segment.path);
	s3_upload_sweep(&sink->upload);
	rc = object->bytes > (uint64_t)most
	    ? s3_upload_put(&sink->upload, object, err)
	    : s3_object_put(&sink->bucket, object, err);
	close(object->fd);
	object->fd = 0;
	return rc;
}

static enum rc
s3_send(void *cookie, struct err *err)
{
	struct sink_s3 *sink = cookie;
	const struct journal_segment *segment = &sink->segment;
	enum rc rc = sink->stored ? RC_OK : s3_store(sink, err);

	if (rc != RC_OK)
		return rc;
	if (!sink->stored)
		log_info("segment_archived",
		    "key=%s first=%llu last=%llu bytes=%llu",
		    buf_cstr(&sink->object.key) + 1,
		    (unsigned long long)segment->first_seq,
		    (unsigned long long)segment->last_seq,
		    (unsigned long long)segment->bytes);
	sink->stored = true;
	return s3_manifest_add(
	    &sink->manifest, segment, buf_span(&sink->object.checksum), err);
}

static void
s3_dead(void *cookie, struct buf *out)
{
	struct sink_s3 *sink = cookie;

	buf_text(out, "{\"segment\":");
	buf_json_text(out, sink->segment.path);
	buf_text(out, ",\"bucket\":");
	buf_json(out, sink->bucket.config.bucket);
	buf_text(out, ",\"key\":");
	buf_json_text(out, buf_cstr(&sink->object.key) + 1);
	buf_byte(out, '}');
}

static enum rc
s3_start_lines(struct sink_s3 *sink, struct outcomes *outcomes,
    const char *name, const char *folder, struct err *err)
{
	const struct s3_config *config = &sink->bucket.config;
	const bool wanted[S3_FAMILIES] = {config->transitions, config->rollups};
	enum rc rc = RC_OK;

	for (size_t i = 0; i < S3_FAMILIES && rc == RC_OK; i++) {
		char lines[160];

		if (!wanted[i])
			continue;
		snprintf(
		    lines, sizeof(lines), "%s.%s", name, s3_families[i].name);
		rc = s3_lines_start(&sink->lines[i], &s3_families[i],
		    &sink->bucket, lines, sink->journal, outcomes, folder, err);
	}
	return rc;
}

static enum rc
s3_start(struct sink_s3 *sink, struct outcomes *outcomes, const char *folder,
    struct err *err)
{
	struct span own = sink->bucket.config.name;
	struct delivery_source source = {
	    .beyond = journal_last(sink->journal) + 1,
	    .next = s3_next,
	    .send = s3_send,
	    .dead = s3_dead,
	    .sink = sink};
	char name[128];
	enum rc rc;

	snprintf(name, sizeof(name), "s3%s%.*s", own.len > 0 ? "-" : "",
	    SPAN_ARGS(own));
	source.name = name;
	s3_upload_open(&sink->upload, &sink->bucket, folder, name, "year=");
	s3_manifest_open(&sink->manifest, &sink->bucket, folder, name);
	rc = delivery_start(&sink->delivery, &source, folder, err);
	if (rc == RC_OK)
		rc = s3_start_lines(sink, outcomes, name, folder, err);
	return rc;
}

enum rc
sink_s3_start(struct sink_s3 **out, struct aws_client *aws,
    const struct s3_config *config, const char *name, struct journal *journal,
    struct outcomes *outcomes, const char *folder, struct err *err)
{
	struct sink_s3 *sink;
	enum rc rc = s3_config_check(config, err);

	*out = NULL;
	if (rc != RC_OK)
		return rc;
	sink = calloc(1, sizeof(*sink));
	if (sink == NULL)
		log_die("out of memory: s3 sink");
	s3_bucket_init(&sink->bucket, aws, config, name);
	sink->journal = journal;
	sink->object.type = "application/zstd";
	*out = sink;
	rc = s3_start(sink, outcomes, folder, err);
	if (rc != RC_OK)
		sink_s3_stop(out, 0);
	return rc;
}

static int64_t
s3_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

uint64_t
sink_s3_durable(const struct sink_s3 *sink)
{
	uint64_t least = delivery_durable(sink->delivery), lines;

	for (size_t i = 0; i < S3_FAMILIES; i++) {
		if (sink->lines[i] == NULL)
			continue;
		lines = delivery_durable(s3_lines_delivery(sink->lines[i]));
		least = lines < least ? lines : least;
	}
	return least;
}

void
sink_s3_stop(struct sink_s3 **out, int64_t within_ms)
{
	struct sink_s3 *sink = *out;
	int64_t until_ms, left_ms;

	if (sink == NULL)
		return;
	until_ms = s3_now_ms() + within_ms;
	delivery_stop(&sink->delivery, within_ms);
	for (size_t i = 0; i < S3_FAMILIES; i++) {
		left_ms = until_ms - s3_now_ms();
		s3_lines_stop(&sink->lines[i], left_ms < 0 ? 0 : left_ms);
	}
	s3_upload_close(&sink->upload);
	s3_manifest_close(&sink->manifest);
	s3_object_fini(&sink->object);
	s3_bucket_fini(&sink->bucket);
	free(sink);
	*out = NULL;
}
