#include "sinks/s3_bucket.h"

#include <stddef.h>

#include "base/limits.h"
#include "sinks/base64.h"

#define S3_TIMEOUT_MS 60000
/* The slowest transfer that is waited for. */
#define S3_BYTES_PER_MS 1024

#define AT(field) offsetof(struct s3_config, field)

const struct option s3_options[] = {
    {"bucket", OPTION_TEXT, AT(bucket), NULL, 0, 0, "bucket of the archive"},
    {"name", OPTION_TEXT, AT(name), NULL, 0, 0,
	"of several buckets: what this one is called in metrics and files; one "
	"of them may go without"},
    {"prefix", OPTION_TEXT, AT(prefix), "tocsin/", 0, 0,
	"what the keys begin with"},
    {"region", OPTION_TEXT, AT(region), NULL, 0, 0,
	"Region of the bucket; that of tocsin if not given"},
    {"endpoint", OPTION_TEXT, AT(endpoint), NULL, 0, 0,
	"address of S3 instead of the Region's own"},
    {"sse", OPTION_TEXT, AT(sse), NULL, 0, 0,
	"encryption at rest: AES256, aws:kms or aws:kms:dsse; the bucket's "
	"own if not given"},
    {"kms_key", OPTION_TEXT, AT(kms_key), NULL, 0, 0,
	"ARN or id of the KMS key; the bucket's or the account's own if not "
	"given"},
    {"bucket_key", OPTION_BOOL, AT(bucket_key), "false", 0, 0,
	"with sse: aws:kms, one data key for many objects: fewer calls of "
	"KMS"},
    {"storage_class", OPTION_TEXT, AT(storage_class), NULL, 0, 0,
	"such as STANDARD_IA or INTELLIGENT_TIERING; STANDARD if not given"},
    {"expected_bucket_owner", OPTION_TEXT, AT(expected_bucket_owner), NULL, 0,
	0, "account that must own the bucket, or nothing is sent there"},
    {"sign_payload", OPTION_BOOL, AT(sign_payload), "false", 0, 0,
	"the signature covers the content over TLS too, where its CRC32C "
	"already goes along: for policies that ask for it"},
    {"multipart", OPTION_SIZE, AT(multipart_bytes), "64MiB", 5 * MIB, 5 * GIB,
	"an object above this size goes up in parts, and goes on where it was "
	"after a restart"},
    {"transitions", OPTION_BOOL, AT(transitions), "false", 0, 0,
	"transitions as JSON lines beside the segments, for those who query"},
    {"rollups", OPTION_BOOL, AT(rollups), "false", 0, 0,
	"the same of the rollups whose output says archive"},
    {0}};

enum rc
s3_config_check(const struct s3_config *config, struct err *err)
{
	bool kms = span_starts(config->sse, "aws:kms");

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
	if (config->kms_key.len > 0 && !kms)
		return err_set(err, RC_FATAL,
		    "sinks: s3: kms_key needs sse: aws:kms or aws:kms:dsse");
	if (config->bucket_key && !span_is(config->sse, "aws:kms"))
		return err_set(
		    err, RC_FATAL, "sinks: s3: bucket_key needs sse: aws:kms");
	return RC_OK;
}

void
s3_bucket_init(struct s3_bucket *bucket, struct aws_client *aws,
    const struct s3_config *config, const char *name)
{
	struct arena *arena = &bucket->arena;

	*bucket = (struct s3_bucket){.aws = aws, .config = *config};
	arena_init(arena);
	bucket->name = arena_text(
	    arena, span_text(name == NULL || *name == '\0' ? "tocsin" : name));
	bucket->config.name = arena_copy(arena, config->name);
	bucket->config.bucket = arena_copy(arena, config->bucket);
	bucket->config.prefix = arena_copy(arena, config->prefix);
	bucket->config.region = arena_copy(arena, config->region);
	bucket->config.endpoint = arena_copy(arena, config->endpoint);
	bucket->config.sse = arena_copy(arena, config->sse);
	bucket->config.kms_key = arena_copy(arena, config->kms_key);
	bucket->config.storage_class = arena_copy(arena, config->storage_class);
	bucket->config.expected_bucket_owner =
	    arena_copy(arena, config->expected_bucket_owner);
	if (bucket->config.multipart_bytes == 0)
		bucket->config.multipart_bytes = 64 * MIB;
}

void
s3_bucket_fini(struct s3_bucket *bucket)
{
	arena_fini(&bucket->arena);
}

void
s3_headers_add(struct s3_headers *headers, const char *name, struct span value)
{
	if (value.len > 0 && headers->count < S3_HEADERS)
		headers->at[headers->count++] =
		    (struct http_header){name, value};
}

void
s3_headers_new(struct s3_headers *headers, const struct s3_bucket *bucket)
{
	const struct s3_config *config = &bucket->config;

	s3_headers_add(headers, "x-amz-server-side-encryption", config->sse);
	s3_headers_add(headers, "x-amz-server-side-encryption-aws-kms-key-id",
	    config->kms_key);
	if (config->bucket_key)
		s3_headers_add(headers,
		    "x-amz-server-side-encryption-bucket-key-enabled",
		    SPAN_OF("true"));
	s3_headers_add(headers, "x-amz-storage-class", config->storage_class);
}

struct aws_call
s3_bucket_call(const struct s3_bucket *bucket, const char *method,
    struct span path, struct s3_headers *headers, uint64_t bytes)
{
	s3_headers_add(headers, "x-amz-expected-bucket-owner",
	    bucket->config.expected_bucket_owner);
	return (struct aws_call){
	    .service = "s3",
	    .region = bucket->config.region,
	    .endpoint = bucket->config.endpoint,
	    .method = method,
	    .bucket = bucket->config.bucket,
	    .path = path,
	    .headers = headers->at,
	    .nheaders = headers->count,
	    .unsigned_payload = !bucket->config.sign_payload,
	    .timeout_ms = S3_TIMEOUT_MS + (int64_t)bytes / S3_BYTES_PER_MS,
	};
}

void
s3_checksum(struct buf *out, uint32_t crc)
{
	const char big[4] = {
	    (char)(crc >> 24), (char)(crc >> 16), (char)(crc >> 8), (char)crc};

	base64_print(out, span_make(big, sizeof(big)));
}
