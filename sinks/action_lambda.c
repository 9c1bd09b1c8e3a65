/* Lambda functions: Invoke, asynchronous (Lambda API Reference). The request
 * is the payload. */
#include <stddef.h>

#include "aws/sigv4.h"
#include "sinks/action.h"
#include "sinks/message.h"

const struct option lambda_options[] = {
    {"endpoint", OPTION_TEXT, offsetof(struct lambda_config, endpoint), NULL, 0,
	0, "address of Lambda instead of the Region's own, for all Regions"},
    {"give_up", OPTION_DURATION, offsetof(struct lambda_config, give_up_ms),
	"24h", 0, 0,
	"a call is tried this long, then it is a dead letter; 0: for ever"},
    {0}};

/* arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER] */
static bool
lambda_read(struct span arn, struct span *region, struct span *name,
    struct span *qualifier)
{
	struct span rest;
	const char *colon;

	if (!action_arn(arn, "lambda", region, &rest) ||
	    !span_starts(rest, "function:"))
		return false;
	*name = span_make(rest.at + 9, rest.len - 9);
	*qualifier = span_make(rest.at + rest.len, 0);
	colon = name->len == 0 ? NULL : memchr(name->at, ':', name->len);
	if (colon != NULL) {
		*qualifier = span_make(
		    colon + 1, (size_t)(rest.at + rest.len - colon - 1));
		name->len = (size_t)(colon - name->at);
	}
	return name->len > 0 &&
	    (colon == NULL ||
		(qualifier->len > 0 &&
		    memchr(qualifier->at, ':', qualifier->len) == NULL));
}

static bool
lambda_knows(const struct action_means *means, struct span action)
{
	struct span region, name, qualifier;

	(void)means;
	return lambda_read(action, &region, &name, &qualifier);
}

static bool
lambda_label(struct span destination, char label[ACTION_LABEL])
{
	struct span region, name, qualifier;

	if (!lambda_read(destination, &region, &name, &qualifier))
		return false;
	action_label(label, "lambda", region, name, destination);
	return true;
}

static void
lambda_encode(const struct action_means *means, struct span destination,
    const struct transition *transition, struct buf *request)
{
	(void)means;
	(void)destination;
	message_lambda(request, transition);
}

static int64_t
lambda_give_up_ms(const struct action_means *means, struct span destination)
{
	(void)destination;
	return means->lambda.give_up_ms;
}

/* One at a time. The function is named by its whole ARN, so that one of
 * another account is found too. */
static void
lambda_send(const struct action_means *means,
    const struct notification *const *batch, size_t count,
    struct attempt *attempts)
{
	static const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/json")},
	    {"X-Amz-Invocation-Type", SPAN_OF("Event")}};
	struct span arn = span_text(batch[0]->destination), name, qualifier;
	struct http_answer answer = {0};
	struct buf path = {0}, query = {0};
	struct aws_call call = {.service = "lambda",
	    .endpoint = means->lambda.endpoint,
	    .method = "POST",
	    .headers = headers,
	    .nheaders = 2,
	    .body = buf_span(&batch[0]->request),
	    .timeout_ms = ACTION_TIMEOUT_MS};

	lambda_read(arn, &call.region, &name, &qualifier);
	buf_text(&path, "/2015-03-31/functions/");
	buf_put(&path, arn.at, (size_t)(name.at + name.len - arn.at));
	buf_text(&path, "/invocations");
	call.path = buf_span(&path);
	if (qualifier.len > 0) {
		buf_text(&query, "Qualifier=");
		sigv4_encode(&query, qualifier, false);
	}
	call.query = buf_span(&query);
	if (action_call(means, &call, "Invoke", &answer, attempts, count) ==
		RC_OK &&
	    answer.status != 202) /* what is taken for later is 202 */
		attempts[0].rc = err_set(&attempts[0].err, RC_RETRY,
		    "lambda Invoke: status %ld, not 202", answer.status);
	http_answer_fini(&answer);
	buf_fini(&path);
	buf_fini(&query);
}

const struct action_kind action_lambda = {.name = "lambda",
    .batch = 1,
    .batch_weight = SIZE_MAX,
    .knows = lambda_knows,
    .label = lambda_label,
    .encode = lambda_encode,
    .give_up_ms = lambda_give_up_ms,
    .send = lambda_send};
