#include "sinks/sink_s3.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/crc32c.h"
#include "base/limits.h"
#include "base/log.h"
#include "sinks/base64.h"

#define S3_TAIL_BYTES (64 * KIB)
#define S3_PUT_TIMEOUT_MS 60000
/* The slowest upload that is waited for. */
#define S3_BYTES_PER_MS 1024

const struct option s3_options[] = {
    {"bucket", OPTION_TEXT, offsetof(struct s3_config, bucket), NULL, 0, 0,
	"bucket of the archive"},
    {"prefix", OPTION_TEXT, offsetof(struct s3_config, prefix), "tocsin/", 0, 0,
	"what the keys begin with"},
    {"region", OPTION_TEXT, offsetof(struct s3_config, region), NULL, 0, 0,
	"Region of the bucket; that of tocsin if not given"},
    {"endpoint", OPTION_TEXT, offsetof(struct s3_config, endpoint), NULL, 0, 0,
	"address of S3 instead of the Region's own"},
    {"sse", OPTION_TEXT, offsetof(struct s3_config, sse), NULL, 0, 0,
	"encryption at rest: AES256, aws:kms or aws:kms:dsse; the bucket's "
	"own if not given"},
    {0}};

struct sink_s3 {
	struct arena arena;
	struct aws_client *aws;
	struct s3_config config;
	const char *name;
	struct journal *journal;
	struct delivery *delivery;
	/* The item: a sealed segment, and its hashes after the first try. */
	struct journal_segment segment;
	struct buf key; /* with a '/' before it */
	bool hashed;
	char sha256[65];
	struct buf checksum;
};

void
sink_s3_key(struct buf *out, const struct s3_config *config, const char *name,
    const struct journal_segment *segment)
{
	time_t seconds = (time_t)(segment->first_ms / 1000);
	struct span prefix = config->prefix;
	struct tm tm;

	while (prefix.len > 0 && prefix.at[0] == '/')
		prefix = span_make(prefix.at + 1, prefix.len - 1);
	buf_span_put(out, prefix);
	if (prefix.len > 0 && prefix.at[prefix.len - 1] != '/')
		buf_byte(out, '/');
	gmtime_r(&seconds, &tm);
	buf_printf(out,
	    "%s/year=%04d/month=%02d/day=%02d/hour=%02d/%020llu.zst", name,
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
	    (unsigned long long)segment->first_seq);
}

void
sink_s3_checksum(struct buf *out, uint32_t crc)
{
	const char big[4] = {
	    (char)(crc >> 24), (char)(crc >> 16), (char)(crc >> 8), (char)crc};

	base64_print(out, span_make(big, sizeof(big)));
}

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
	sink->hashed = false;
	buf_clear(&sink->key);
	buf_byte(&sink->key, '/');
	sink_s3_key(&sink->key, &sink->config, sink->name, &sink->segment);
	item->seq = sink->segment.first_seq;
	item->since_ms = sink->segment.last_ms;
	item->reach = sink->segment.last_seq;
	return RC_OK;
}

static enum rc
s3_crc(struct sink_s3 *sink, int fd, struct err *err)
{
	static const size_t size = 256 * KIB;
	char *bytes = malloc(size);
	uint64_t at = 0;
	uint32_t crc = 0;

	if (bytes == NULL)
		log_die("out of memory: checksum of a segment");
	while (at < sink->segment.bytes) {
		uint64_t left = sink->segment.bytes - at;
		ssize_t got =
		    pread(fd, bytes, left < size ? left : size, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		crc = crc32c(crc, bytes, (size_t)got);
		at += (uint64_t)got;
	}
	free(bytes);
	if (at < sink->segment.bytes)
		return err_errno(err, RC_RETRY, "%s: cannot be read whole",
		    sink->segment.path);
	buf_clear(&sink->checksum);
	sink_s3_checksum(&sink->checksum, crc);
	return RC_OK;
}

static enum rc
s3_hash(struct sink_s3 *sink, int fd, struct err *err)
{
	enum rc rc;

	if (sink->hashed)
		return RC_OK;
	rc = aws_sha256_file(sink->sha256, fd, sink->segment.bytes, err);
	if (rc == RC_OK)
		rc = s3_crc(sink, fd, err);
	sink->hashed = rc == RC_OK;
	return rc;
}

static struct aws_call
s3_call(const struct sink_s3 *sink, const char *method,
    const struct http_header *headers, size_t nheaders)
{
	return (struct aws_call){
	    .service = "s3",
	    .region = sink->config.region,
	    .endpoint = sink->config.endpoint,
	    .method = method,
	    .bucket = sink->config.bucket,
	    .path = buf_span(&sink->key),
	    .headers = headers,
	    .nheaders = nheaders,
	    .timeout_ms = S3_PUT_TIMEOUT_MS +
		(int64_t)sink->segment.bytes / S3_BYTES_PER_MS,
	};
}

/* RC_OK: the object's end is the segment's. */
static enum rc
s3_compare(struct sink_s3 *sink, int fd, struct err *err)
{
	size_t tail = sink->segment.bytes < S3_TAIL_BYTES
	    ? (size_t)sink->segment.bytes
	    : (size_t)S3_TAIL_BYTES;
	const struct http_header range = {
	    "Range", span_text(arena_printf(&sink->arena, "bytes=-%zu", tail))};
	struct aws_call call = s3_call(sink, "GET", &range, 1);
	struct http_answer answer = {0};
	char *bytes = arena_alloc(&sink->arena, tail + 1);
	ssize_t got =
	    pread(fd, bytes, tail, (off_t)(sink->segment.bytes - tail));
	enum rc rc;

	rc = aws_send(sink->aws, &call, "GetObject", &answer, err);
	if (rc == RC_REJECT && (answer.status == 403 || answer.status == 405)) {
		log_warn("archive_not_compared", "key=%s reason=%s",
		    buf_cstr(&sink->key) + 1, err->text);
		rc = RC_OK;
	} else if (rc == RC_OK &&
	    (got != (ssize_t)tail ||
		!span_equal(span_make(bytes, tail), buf_span(&answer.body)))) {
		rc = err_set(err, RC_REJECT,
		    "s3://%.*s%.*s is there with other content; give this "
		    "tocsin a name or prefix of its own",
		    SPAN_ARGS(sink->config.bucket),
		    SPAN_ARGS(buf_span(&sink->key)));
	} else if (rc == RC_REJECT) {
		rc = RC_RETRY;
	}
	http_answer_fini(&answer);
	return rc;
}

static enum rc
s3_put(struct sink_s3 *sink, int fd, struct err *err)
{
	const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/zstd")},
	    {"If-None-Match", SPAN_OF("*")},
	    {"x-amz-checksum-crc32c", buf_span(&sink->checksum)},
	    {"x-amz-server-side-encryption", sink->config.sse}};
	struct aws_call call =
	    s3_call(sink, "PUT", headers, sink->config.sse.len > 0 ? 4 : 3);
	struct http_answer answer = {0};
	enum rc rc;
	long status;

	call.body_fd = fd;
	call.body_fd_bytes = sink->segment.bytes;
	call.body_fd_sha256 = sink->sha256;
	rc = aws_send(sink->aws, &call, "PutObject", &answer, err);
	status = answer.status;
	/* Only this is the segment's own fault. */
	if (rc == RC_REJECT && status != 412 &&
	    !span_is(aws_error_code(buf_span(&answer.body)), "EntityTooLarge"))
		rc = RC_RETRY;
	http_answer_fini(&answer);
	if (rc == RC_REJECT && status == 412)
		rc = s3_compare(sink, fd, err);
	return rc;
}

static enum rc
s3_send(void *cookie, struct err *err)
{
	struct sink_s3 *sink = cookie;
	struct arena_mark mark = arena_mark(&sink->arena);
	FILE *file = fopen(sink->segment.path, "re");
	enum rc rc;

	if (file == NULL)
		return err_errno(err, errno == ENOENT ? RC_REJECT : RC_RETRY,
		    "%s", sink->segment.path);
	rc = s3_hash(sink, fileno(file), err);
	if (rc == RC_OK)
		rc = s3_put(sink, fileno(file), err);
	fclose(file);
	if (rc == RC_OK)
		log_info("segment_archived",
		    "key=%s first=%llu last=%llu bytes=%llu",
		    buf_cstr(&sink->key) + 1,
		    (unsigned long long)sink->segment.first_seq,
		    (unsigned long long)sink->segment.last_seq,
		    (unsigned long long)sink->segment.bytes);
	arena_rollback(&sink->arena, mark);
	return rc;
}

static void
s3_dead(void *cookie, struct buf *out)
{
	struct sink_s3 *sink = cookie;

	buf_text(out, "{\"segment\":");
	buf_json_text(out, sink->segment.path);
	buf_text(out, ",\"bucket\":");
	buf_json(out, sink->config.bucket);
	buf_text(out, ",\"key\":");
	buf_json_text(out, buf_cstr(&sink->key) + 1);
	buf_byte(out, '}');
}

static enum rc
s3_config_check(const struct s3_config *config, struct err *err)
{
	if (config->bucket.len == 0)
		return err_set(err, RC_FATAL, "sinks: s3: bucket is missing");
	if (config->region.len == 0)
		return err_set(err, RC_FATAL,
		    "sinks: s3: region is missing (here or at the top)");
	if (config->sse.len > 0 && !span_is(config->sse, "AES256") &&
	    !span_is(config->sse, "aws:kms") &&
	    !span_is(config->sse, "aws:kms:dsse"))
		return err_set(err, RC_FATAL,
		    "sinks: s3: sse: \"%.*s\" is none of AES256, aws:kms, "
		    "aws:kms:dsse",
		    SPAN_ARGS(config->sse));
	return RC_OK;
}

enum rc
sink_s3_start(struct sink_s3 **out, struct aws_client *aws,
    const struct s3_config *config, const char *name, struct journal *journal,
    const char *folder, struct err *err)
{
	struct delivery_source source = {.name = "s3",
	    .beyond = journal_last(journal) + 1,
	    .next = s3_next,
	    .send = s3_send,
	    .dead = s3_dead};
	struct sink_s3 *sink;
	enum rc rc = s3_config_check(config, err);

	*out = NULL;
	if (rc != RC_OK)
		return rc;
	sink = calloc(1, sizeof(*sink));
	if (sink == NULL)
		log_die("out of memory: s3 sink");
	arena_init(&sink->arena);
	sink->aws = aws;
	sink->journal = journal;
	sink->name = arena_text(&sink->arena,
	    span_text(name == NULL || *name == '\0' ? "tocsin" : name));
	sink->config = (struct s3_config){
	    .bucket = arena_copy(&sink->arena, config->bucket),
	    .prefix = arena_copy(&sink->arena, config->prefix),
	    .region = arena_copy(&sink->arena, config->region),
	    .endpoint = arena_copy(&sink->arena, config->endpoint),
	    .sse = arena_copy(&sink->arena, config->sse)};
	source.sink = sink;
	*out = sink;
	rc = delivery_start(&sink->delivery, &source, folder, err);
	if (rc != RC_OK)
		sink_s3_stop(out, 0);
	return rc;
}

const struct delivery *
sink_s3_delivery(const struct sink_s3 *sink)
{
	return sink->delivery;
}

void
sink_s3_stop(struct sink_s3 **out, int64_t within_ms)
{
	struct sink_s3 *sink = *out;

	if (sink == NULL)
		return;
	delivery_stop(&sink->delivery, within_ms);
	buf_fini(&sink->key);
	buf_fini(&sink->checksum);
	arena_fini(&sink->arena);
	free(sink);
	*out = NULL;
}
