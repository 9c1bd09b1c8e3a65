/* Cron expressions of mute rules: times that follow one another, or a fault. */
#include <stdint.h>

#include "base/log.h"
#include "pipeline/alarm/cron.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const struct zone *zone = zone_open(SPAN_OF("UTC"));
	int64_t ms = 1767225600000; /* 2026 */
	struct cron_fault fault = {0};
	struct cron cron;

	if (!cron_parse(&cron, span_make(bytes, len), &fault)) {
		invariant(fault.text[0] != '\0' && fault.at <= len);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		int64_t next_ms = cron_after(&cron, zone, ms);

		if (next_ms == INT64_MAX)
			break;
		invariant(next_ms > ms && next_ms % 60000 == 0);
		invariant(cron_before(&cron, zone, next_ms, ms) == next_ms);
		ms = next_ms;
	}
	return 0;
}
