/* The Firehose request body: records, or one sentence about what is wrong. */
#include <stdint.h>

#include "base/log.h"
#include "ingest/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct envelope envelope = {0};
	struct arena arena;
	struct err err = {0};
	enum rc rc;

	arena_init(&arena);
	rc = envelope_parse(&envelope, span_make(bytes, len), &arena, &err);
	invariant(rc == RC_OK || (rc == RC_REJECT && err.text[0] != '\0'));
	arena_fini(&arena);
	return 0;
}
