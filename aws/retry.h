/*
 * When a failed call is tried again: the SDKs' standard mode. At most three
 * attempts (AWS_MAX_ATTEMPTS), full jitter before each, and a bucket of
 * tokens shared by all calls of a client, so that an outage is not answered
 * with three times the load. Pure, the bucket aside.
 *
 * Threads. Any.
 */
#ifndef AWS_RETRY_H
#define AWS_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RETRY_TOKENS 500
/* What a retry takes out; what a success without one brings back. One with a
 * retry brings back what its last retry took. */
#define RETRY_COST 5
#define RETRY_COST_TIMEOUT 10
#define RETRY_GAIN 1

/* Before the second attempt, doubled before each one after it. */
#define RETRY_BASE_MS 50
#define RETRY_THROTTLED_MS 1000
#define RETRY_MAX_MS 20000
/* So much longer than that the service may ask us to wait. */
#define RETRY_ASKED_MS 5000

struct retry_bucket {
	_Atomic int tokens;
};

void retry_init(struct retry_bucket *bucket);
/* False, and nothing is taken, when too few are left. */
bool retry_take(struct retry_bucket *bucket, int tokens);
/* Never above RETRY_TOKENS. */
void retry_give(struct retry_bucket *bucket, int tokens);

/*
 * Before the retry after `attempts` failed ones: below base * 2^(attempts-1)
 * by chance (`random` is any number), at least what the service asked for in
 * x-amz-retry-after (0: nothing), at most RETRY_ASKED_MS above the longest
 * that chance could give.
 */
int64_t retry_delay_ms(
    unsigned attempts, bool throttled, int64_t asked_ms, uint32_t random);

/* AWS_MAX_ATTEMPTS, 1 to 10; else 3. */
unsigned retry_attempts(void);

#endif
