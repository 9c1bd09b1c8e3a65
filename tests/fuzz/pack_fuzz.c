/* Records cut and joined into messages: every byte of the records is in one
 * message or in a reject, in order within a lane, and no message is longer than
 * it may be. The input's first bytes are the rule; 0xff ends a record. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "sinks/replica_pack.h"

#define PACK_FUZZ_RECORDS 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static size_t
pack_fuzz_records(const char *at, size_t len, struct span *records)
{
	size_t count = 0;

	while (len > 0 && count < PACK_FUZZ_RECORDS) {
		const char *end = memchr(at, 0xff, len);
		size_t size = end == NULL ? len : (size_t)(end - at);

		records[count++] = span_make(at, size);
		size += end != NULL;
		at += size;
		len -= size;
	}
	return count;
}

/* Bytes of the item, each message within its bounds, a lane once. */
static size_t
pack_fuzz_item(
    const struct replica_pack *pack, const struct replica_pack_rule *rule)
{
	bool lanes[PACK_LANE_COUNT] = {false};
	size_t sum = 0, around = 0;

	invariant(pack->count > 0 && pack->count <= rule->messages);
	for (size_t i = 0; i < pack->count; i++) {
		const struct replica_message *message = &pack->messages[i];

		invariant(message->payload.len > 0 &&
		    message->payload.len <= rule->message_bytes);
		invariant(rule->how != PACK_LANES || !lanes[message->lane]);
		lanes[message->lane] = true;
		sum += message->payload.len;
		around += rule->around;
	}
	invariant(pack->count == 1 || sum + around <= rule->bytes);
	return sum;
}

static size_t
pack_fuzz_place(const struct replica_load *load)
{
	size_t sum = load->offset;

	for (size_t i = 0; i < load->record; i++)
		sum += load->records[i].len;
	return sum;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span records[PACK_FUZZ_RECORDS];
	struct replica_load load = {.id = SPAN_OF("id"),
	    .source = SPAN_OF("s"),
	    .series = true,
	    .records = records};
	struct replica_pack_rule rule;
	struct replica_pack pack;
	struct err err;
	enum rc rc;

	if (len < 4)
		return 0;
	rule = (struct replica_pack_rule){.how = bytes[0] % 3,
	    .messages = 1 + bytes[1] % 8,
	    .message_bytes = 1 + bytes[2],
	    .bytes = 1 + 4 * (size_t)bytes[3],
	    .around = bytes[1] / 8};
	load.nrecords =
	    pack_fuzz_records((const char *)bytes + 4, len - 4, records);
	replica_pack_init(&pack);
	do {
		size_t before = pack_fuzz_place(&load), after;

		rc = replica_pack_fill(&pack, &rule, &load, &err);
		after = pack_fuzz_place(&load);
		if (rc == RC_OK)
			invariant(
			    pack_fuzz_item(&pack, &rule) == after - before);
		else
			invariant(
			    rc == RC_REJECT ? after > before : after == before);
	} while (rc != RC_AGAIN);
	invariant(load.record == load.nrecords);
	replica_pack_fini(&pack);
	return 0;
}
