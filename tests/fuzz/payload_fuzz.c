/* Messages of a topic: unpacked or kept as they came, never a crash; and what
 * is refused is there as it was. */
#include <stdint.h>

#include "base/log.h"
#include "ingest/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span message = span_make(bytes, len), last;
	struct records records = {0};
	struct payload payload;
	struct err err = {""};
	size_t sum = 0;
	enum rc rc;

	payload_init(&payload);
	rc = payload_unpack(&payload, message, &records, &err);
	for (size_t i = 0; i < records.count; i++)
		sum += records_spans(&records)[i].len;
	invariant(sum == records.bytes.len);
	if (rc != RC_OK) {
		invariant(rc == RC_REJECT && err.text[0] != '\0');
		invariant(records.count > 0);
		last = records_spans(&records)[records.count - 1];
		invariant(last.len >= len && last.len <= len + 1);
		invariant(memcmp(last.at, bytes, len) == 0);
	}
	/* Another one by what the first left. */
	payload_unpack(&payload, message, &records, &err);
	records_fini(&records);
	payload_fini(&payload);
	return 0;
}
