/* kinesis: PutRecords of Kinesis Data Streams. A record is a lane's lines; see
 * replica_pack.h for how that keeps the order of a series. */
#include <stddef.h>

#include "base/limits.h"
#include "sinks/base64.h"
#include "sinks/replica_put.h"

/* PutRecords, API reference: so many records; the partition key counts. */
#define KINESIS_RECORDS 500
#define KINESIS_KEY_BYTES 160

const struct option kinesis_options[] = {
    {"stream", OPTION_TEXT, offsetof(struct replica_config, stream), NULL, 0, 0,
	"name or ARN of the data stream"},
    {"region", OPTION_TEXT, offsetof(struct replica_config, region), NULL, 0, 0,
	"Region of the stream; that of tocsin if not given"},
    {"endpoint", OPTION_TEXT, offsetof(struct replica_config, endpoint), NULL,
	0, 0, "address of Kinesis instead of the Region's own"},
    {"record_size", OPTION_SIZE,
	offsetof(struct replica_config, record_size_bytes), "1MiB", 64 * KIB,
	10 * MIB, "largest record with its key; the stream must allow it"},
    {"request_size", OPTION_SIZE,
	offsetof(struct replica_config, request_size_bytes), "5MiB", MIB,
	10 * MIB, "largest PutRecords request, its records and keys together"},
    {"record_ids", OPTION_BOOL, offsetof(struct replica_config, record_ids),
	"false", 0, 0,
	"the partition key is the record's id and an explicit hash key keeps "
	"a series in its shard: for consumers that read shards in order"},
    {0}};

static enum rc
kinesis_check(const struct replica_config *config, struct err *err)
{
	if (config->record_size_bytes > config->request_size_bytes)
		return err_set(err, RC_FATAL,
		    "kinesis: record_size is above request_size");
	return replica_put_check(config, "_.-:/", 2048, err);
}

/* The middle of the lane's part of all hash keys, 0 to 2^128 - 1. */
static void
kinesis_hash_key(unsigned lane, struct buf *body)
{
	unsigned __int128 part =
	    ((unsigned __int128)1 << 127) / (PACK_LANE_COUNT / 2);
	unsigned __int128 key = lane * part + part / 2;
	char digits[40];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + (int)(key % 10));
	while ((key /= 10) > 0);
	buf_put(body, digits + at, sizeof(digits) - at);
}

static void
kinesis_stream(struct span stream, struct buf *body)
{
	buf_text(body,
	    span_starts(stream, "arn:") ? "\"StreamARN\":" : "\"StreamName\":");
	buf_json(body, stream);
}

static void
kinesis_record(const struct replica_config *config,
    const struct replica_message *message, struct buf *body)
{
	buf_text(body, "{\"Data\":\"");
	base64_print(body, message->payload);
	buf_text(body, "\",\"PartitionKey\":");
	buf_json(body, config->record_ids ? message->id : message->key);
	if (config->record_ids) {
		buf_text(body, ",\"ExplicitHashKey\":\"");
		kinesis_hash_key(message->lane, body);
		buf_byte(body, '"');
	}
	buf_byte(body, '}');
}

static const struct replica_put_service kinesis_service = {.service = "kinesis",
    .target = "Kinesis_20131202.PutRecords",
    .operation = "PutRecords",
    .results = "Records",
    .stream = kinesis_stream,
    .record = kinesis_record};

static enum rc
kinesis_open(void **kind, const struct replica_setup *setup, struct err *err)
{
	const struct replica_config *config = setup->config;
	const struct replica_pack_rule rule = {.how = PACK_LANES,
	    .messages = KINESIS_RECORDS,
	    .bytes = (size_t)config->request_size_bytes,
	    .message_bytes =
		(size_t)config->record_size_bytes - KINESIS_KEY_BYTES,
	    .around = KINESIS_KEY_BYTES};

	(void)err;
	replica_put_open(kind, setup, &kinesis_service, &rule);
	return RC_OK;
}

static const char *const kinesis_required[] = {"stream", NULL};

const struct replica_kind replica_kinesis = {.name = "kinesis",
    .options = kinesis_options,
    .required = kinesis_required,
    .check = kinesis_check,
    .open = kinesis_open,
    .pack = replica_put_pack,
    .send = replica_put_send,
    .dead = replica_put_dead,
    .close = replica_put_close};
