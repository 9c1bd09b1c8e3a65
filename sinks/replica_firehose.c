/* firehose: PutRecordBatch of Data Firehose. A record is a record of the
 * stream. Firehose promises no order and gives records no names: receivers know
 * a repeat by what is in it. */
#include <stddef.h>

#include "base/limits.h"
#include "sinks/base64.h"
#include "sinks/replica_put.h"

/* PutRecordBatch, API reference. */
#define FIREHOSE_RECORDS 500
#define FIREHOSE_BYTES (4 * MIB)
#define FIREHOSE_RECORD_BYTES (1000 * KIB)

const struct option firehose_options[] = {
    {"stream", OPTION_TEXT, offsetof(struct replica_config, stream), NULL, 0, 0,
	"name of the Firehose stream, of Direct PUT"},
    {"region", OPTION_TEXT, offsetof(struct replica_config, region), NULL, 0, 0,
	"Region of the stream; that of tocsin if not given"},
    {"endpoint", OPTION_TEXT, offsetof(struct replica_config, endpoint), NULL,
	0, 0, "address of Firehose instead of the Region's own"},
    {0}};

static enum rc
firehose_check(const struct replica_config *config, struct err *err)
{
	return replica_put_check(config, "_.-", 64, err);
}

static void
firehose_stream(struct span stream, struct buf *body)
{
	buf_text(body, "\"DeliveryStreamName\":");
	buf_json(body, stream);
}

static void
firehose_record(const struct replica_config *config,
    const struct replica_message *message, struct buf *body)
{
	(void)config;
	buf_text(body, "{\"Data\":\"");
	base64_print(body, message->payload);
	buf_text(body, "\"}");
}

static const struct replica_put_service firehose_service = {
    .service = "firehose",
    .target = "Firehose_20150804.PutRecordBatch",
    .operation = "PutRecordBatch",
    .results = "RequestResponses",
    .stream = firehose_stream,
    .record = firehose_record};

static enum rc
firehose_open(void **kind, const struct replica_setup *setup, struct err *err)
{
	static const struct replica_pack_rule rule = {.how = PACK_RECORDS,
	    .messages = FIREHOSE_RECORDS,
	    .bytes = FIREHOSE_BYTES,
	    .message_bytes = FIREHOSE_RECORD_BYTES};

	(void)err;
	replica_put_open(kind, setup, &firehose_service, &rule);
	return RC_OK;
}

static const char *const firehose_required[] = {"stream", NULL};

const struct replica_kind replica_firehose = {.name = "firehose",
    .options = firehose_options,
    .required = firehose_required,
    .check = firehose_check,
    .open = firehose_open,
    .pack = replica_put_pack,
    .send = replica_put_send,
    .dead = replica_put_dead,
    .close = replica_put_close};
