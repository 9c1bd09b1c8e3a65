/* Decoding: any record of any format, points or rejects, never a crash. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct decoded decoded;
	struct arena arena;

	arena_init(&arena);
	decoded_init(&decoded, &arena);
	decode_record(&decoded, span_make(bytes, len), 0);
	for (size_t i = 0; i < decoded.nrejects; i++) {
		const struct reject *r = &decoded.rejects[i];

		invariant(r->offset <= len && r->len <= len - r->offset);
	}
	for (size_t i = 0; i < decoded.npoints; i++)
		invariant(decoded.points[i].series.metric.len > 0);
	arena_fini(&arena);
	return 0;
}
