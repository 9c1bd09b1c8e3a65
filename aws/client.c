#include "aws/client.h"

#include <stdlib.h>
#include <time.h>

#include "aws/attempt.h"
#include "aws/aws_stats.h"
#include "aws/identity.h"
#include "aws/retry.h"
#include "base/log.h"

#define CALL_MS 60000

struct aws_client {
	struct http *http;
	struct endpoint_rules rules;
	_Atomic int64_t skew_ms; /* the services' clock less ours */
	struct identity *identity;
	struct retry_bucket bucket;
	unsigned attempts; /* of a call, at most */
};

/* One call, over its attempts. */
struct calling {
	struct attempt attempt;
	struct credentials_held held;
	int64_t until_ms;     /* of the steady clock; 0 before the first */
	unsigned failures;    /* that were waited for */
	int taken;	      /* tokens that the last retry took */
	bool renewed, turned; /* credentials and clock: once each */
};

struct aws_client *
aws_client_create(struct http *http)
{
	struct aws_client *client = calloc(1, sizeof(*client));

	if (client == NULL)
		log_die("out of memory: the AWS client");
	client->http = http;
	client->attempts = retry_attempts();
	endpoint_rules_load(&client->rules);
	retry_init(&client->bucket);
	client->identity =
	    identity_create(http, &client->rules, &client->skew_ms);
	return client;
}

void
aws_client_free(struct aws_client **client)
{
	if (*client == NULL)
		return;
	identity_free(&(*client)->identity);
	endpoint_rules_free(&(*client)->rules);
	free(*client);
	*client = NULL;
}

struct span
aws_error_code(struct span body)
{
	return verdict_code(body);
}

int64_t
aws_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
steady_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

enum rc
aws_client_credentials(struct aws_client *client, struct span region,
    struct credentials_held *held, int64_t *skew_ms, struct err *err)
{
	enum rc rc = identity_take(client->identity, region, held, err);

	*skew_ms = atomic_load(&client->skew_ms);
	return rc;
}

/* True when what there is to sign with has changed: the call goes out anew, at
 * once. */
static bool
signs_anew(struct aws_client *client, struct calling *calling,
    const struct http_answer *answer)
{
	const struct verdict *verdict = &calling->attempt.verdict;
	struct credentials_held fresh = {0};
	struct err ignored;
	bool changed;

	if (!calling->turned &&
	    attempt_adjust(&calling->attempt, answer, &client->skew_ms)) {
		calling->turned = true;
		return true;
	}
	if (verdict->cause != VERDICT_KEYS && verdict->cause != VERDICT_SIGNED)
		return false;
	/* A wrong secret is mended by a person: it is read again each time. */
	identity_drop(client->identity, &calling->held);
	if (calling->renewed ||
	    identity_take(client->identity, calling->attempt.call->region,
		&fresh, &ignored) != RC_OK)
		return false;
	calling->renewed = true;
	changed = !credentials_same(&fresh, &calling->held);
	credentials_wipe(&fresh);
	return changed;
}

/* Sleeps before a retry; false when there is to be none. */
static bool
waits(struct aws_client *client, struct calling *calling,
    const struct http_answer *answer)
{
	const struct verdict *verdict = &calling->attempt.verdict;
	unsigned most = calling->attempt.call->attempts;
	int cost = answer->timed_out ? RETRY_COST_TIMEOUT : RETRY_COST;
	int64_t delay_ms;

	if (++calling->failures >= (most == 0 ? client->attempts : most))
		return false;
	delay_ms = retry_delay_ms(calling->failures,
	    verdict->cause == VERDICT_THROTTLED, answer->retry_after_ms,
	    arc4random());
	if (steady_ms() + delay_ms >= calling->until_ms)
		return false;
	if (!retry_take(&client->bucket, cost)) {
		counter_add(&aws_stats[AWS_RETRIES_REFUSED], 1);
		return false;
	}
	calling->taken = cost;
	counter_add(&aws_stats[AWS_RETRIES], 1);
	return http_wait(client->http, delay_ms);
}

static enum rc
calling_attempt(struct aws_client *client, struct calling *calling,
    struct http_answer *answer, bool *sent, struct err *err)
{
	struct attempt *attempt = &calling->attempt;
	enum rc rc;

	credentials_wipe(&calling->held);
	*sent = false;
	rc = identity_take(
	    client->identity, attempt->call->region, &calling->held, err);
	if (rc != RC_OK) {
		http_answer_clear(answer);
		err_prefix(err, "%s %s in %.*s", attempt->call->service,
		    attempt->operation, SPAN_ARGS(attempt->call->region));
		return rc;
	}
	*sent = true;
	/* Getting credentials is not of the call's time. */
	if (calling->until_ms == 0)
		calling->until_ms = steady_ms() +
		    (attempt->call->timeout_ms > 0 ? attempt->call->timeout_ms
						   : CALL_MS);
	attempt->credentials = &calling->held.credentials;
	attempt->skew_ms = atomic_load(&client->skew_ms);
	attempt->timeout_ms = calling->until_ms - steady_ms();
	if (attempt->timeout_ms < 1)
		attempt->timeout_ms = 1;
	return attempt_make(attempt, client->http, answer, err);
}

static bool
retryable(enum rc rc, const struct verdict *verdict)
{
	return rc == RC_RETRY &&
	    (verdict->cause == VERDICT_OTHER ||
		verdict->cause == VERDICT_THROTTLED);
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	struct calling calling = {
	    .attempt = {
		.call = call, .operation = operation, .rules = &client->rules}};
	bool sent;
	enum rc rc;

	for (;;) {
		rc = calling_attempt(client, &calling, answer, &sent, err);
		if (rc == RC_OK || !sent)
			break;
		if (signs_anew(client, &calling, answer))
			continue;
		if (!retryable(rc, &calling.attempt.verdict) ||
		    !waits(client, &calling, answer))
			break;
	}
	counter_add(&aws_stats[AWS_CALLS], 1);
	if (rc != RC_OK)
		counter_add(&aws_stats[AWS_CALLS_FAILED], 1);
	else
		retry_give(&client->bucket,
		    calling.taken > 0 ? calling.taken : RETRY_GAIN);
	credentials_wipe(&calling.held);
	return rc;
}
