#include "aws/retry.h"

#include "aws/environment.h"
#include "base/text.h"

#define RETRY_ATTEMPTS 3
#define RETRY_ATTEMPTS_MAX 10

void
retry_init(struct retry_bucket *bucket)
{
	atomic_init(&bucket->tokens, RETRY_TOKENS);
}

bool
retry_take(struct retry_bucket *bucket, int tokens)
{
	int have = atomic_load(&bucket->tokens);

	do
		if (have < tokens)
			return false;
	while (!atomic_compare_exchange_weak(
	    &bucket->tokens, &have, have - tokens));
	return true;
}

void
retry_give(struct retry_bucket *bucket, int tokens)
{
	int have = atomic_load(&bucket->tokens), more;

	do
		more =
		    have + tokens < RETRY_TOKENS ? have + tokens : RETRY_TOKENS;
	while (!atomic_compare_exchange_weak(&bucket->tokens, &have, more));
}

int64_t
retry_delay_ms(
    unsigned attempts, bool throttled, int64_t asked_ms, uint32_t random)
{
	int64_t longest_ms = throttled ? RETRY_THROTTLED_MS : RETRY_BASE_MS;
	int64_t delay_ms;

	for (unsigned i = 1; i < attempts && longest_ms < RETRY_MAX_MS; i++)
		longest_ms *= 2;
	if (longest_ms > RETRY_MAX_MS)
		longest_ms = RETRY_MAX_MS;
	delay_ms = (int64_t)((uint64_t)longest_ms * random >> 32);
	if (asked_ms > longest_ms + RETRY_ASKED_MS)
		asked_ms = longest_ms + RETRY_ASKED_MS;
	return delay_ms > asked_ms ? delay_ms : asked_ms;
}

unsigned
retry_attempts(void)
{
	const char *text = environment_get("AWS_MAX_ATTEMPTS");
	int64_t value;

	if (text == NULL || !text_parse_int(span_text(text), &value) ||
	    value < 1)
		return RETRY_ATTEMPTS;
	return value < RETRY_ATTEMPTS_MAX ? (unsigned)value
					  : RETRY_ATTEMPTS_MAX;
}
