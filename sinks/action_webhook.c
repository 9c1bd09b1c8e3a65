/* Webhooks: a POST of the event, signed. An alarm's action is webhook:NAME. */
#include <stddef.h>
#include <time.h>

#include "base/secret.h"
#include "sinks/action.h"
#include "sinks/message.h"
#include "sinks/webhook_sign.h"

#define WEBHOOK_PREFIX "webhook:"

const struct option webhook_options[] = {
    {"name", OPTION_TEXT, offsetof(struct webhook_config, name), NULL, 0, 0,
	"an alarm's action webhook:NAME means this one"},
    {"url", OPTION_TEXT, offsetof(struct webhook_config, url), NULL, 0, 0,
	"https://… that takes the POST"},
    {"secret_file", OPTION_PATH, offsetof(struct webhook_config, secret_file),
	NULL, 0, 0,
	"the secret that signs, one a line: with several each signs; read anew "
	"for every request"},
    {"give_up", OPTION_DURATION, offsetof(struct webhook_config, give_up_ms),
	"24h", 0, 0,
	"a request is tried this long, then it is a dead letter; 0: for ever"},
    {0}};

/* NULL: none of that name. */
static const struct webhook_config *
webhook_find(const struct action_means *means, struct span action)
{
	size_t prefix = sizeof(WEBHOOK_PREFIX) - 1;

	if (!span_starts(action, WEBHOOK_PREFIX))
		return NULL;
	action = span_make(action.at + prefix, action.len - prefix);
	for (size_t i = 0; i < means->nwebhooks; i++)
		if (span_equal(means->webhooks[i].name, action))
			return &means->webhooks[i];
	return NULL;
}

static bool
webhook_knows(const struct action_means *means, struct span action)
{
	return webhook_find(means, action) != NULL;
}

static bool
webhook_label(struct span destination, char label[ACTION_LABEL])
{
	size_t prefix = sizeof(WEBHOOK_PREFIX) - 1;

	if (!span_starts(destination, WEBHOOK_PREFIX) ||
	    destination.len == prefix)
		return false;
	action_label(label, "webhook", (struct span){"", 0},
	    span_make(destination.at + prefix, destination.len - prefix),
	    destination);
	return true;
}

static void
webhook_encode(const struct action_means *means, struct span destination,
    const struct transition *transition, struct buf *request)
{
	(void)means;
	(void)destination;
	message_event(request, transition);
}

static int64_t
webhook_give_up_ms(const struct action_means *means, struct span destination)
{
	const struct webhook_config *hook = webhook_find(means, destination);

	return hook == NULL ? 0 : hook->give_up_ms;
}

/* A refusal for good; what mends itself, or a person mends, is tried again. */
static bool
webhook_refuses(long status)
{
	static const long again[] = {401, 403, 408, 409, 425, 429};

	for (size_t i = 0; i < sizeof(again) / sizeof(*again); i++)
		if (status == again[i])
			return false;
	return status >= 400 && status <= 499;
}

static void
webhook_verdict(const struct webhook_config *hook,
    const struct http_answer *answer, struct attempt *attempt)
{
	if (answer->status >= 200 && answer->status <= 299)
		attempt->rc = RC_OK;
	else
		attempt->rc = err_set(&attempt->err,
		    webhook_refuses(answer->status) ? RC_REJECT : RC_RETRY,
		    "webhook %.*s: status %ld", SPAN_ARGS(hook->name),
		    answer->status);
}

static enum rc
webhook_signature(const struct webhook_config *hook, struct span body,
    struct buf *signature, struct err *err)
{
	struct buf secrets = {0};
	struct timespec now;
	enum rc rc = secret_read(hook->secret_file.at, false, &secrets, err);

	clock_gettime(CLOCK_REALTIME, &now);
	if (rc == RC_OK &&
	    !webhook_sign(signature, buf_span(&secrets), now.tv_sec, body))
		rc = err_set(
		    err, RC_RETRY, "%s: no secret in it", hook->secret_file.at);
	secret_fini(&secrets);
	return rc == RC_OK ? RC_OK : RC_RETRY;
}

static void
webhook_post(const struct action_means *means,
    const struct webhook_config *hook, const struct notification *one,
    struct attempt *attempt)
{
	struct buf signature = {0};
	struct http_answer answer = {0};
	struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/json")},
	    {"Tocsin-Id", span_text(one->id)}, {"Tocsin-Signature", {0}}};
	struct http_request request = {.method = "POST",
	    .url = hook->url.at,
	    .headers = headers,
	    .nheaders = 3,
	    .body = buf_span(&one->request),
	    .timeout_ms = ACTION_TIMEOUT_MS};

	attempt->rc =
	    webhook_signature(hook, request.body, &signature, &attempt->err);
	headers[2].value = buf_span(&signature);
	if (attempt->rc == RC_OK)
		attempt->rc =
		    http_send(means->http, &request, &answer, &attempt->err);
	if (attempt->rc == RC_OK)
		webhook_verdict(hook, &answer, attempt);
	http_answer_fini(&answer);
	buf_fini(&signature);
}

static void
webhook_send(const struct action_means *means,
    const struct notification *const *batch, size_t count,
    struct attempt *attempts)
{
	const struct webhook_config *hook =
	    webhook_find(means, span_text(batch[0]->destination));

	for (size_t i = 0; i < count; i++) {
		attempts[i].request_id[0] = '\0';
		if (hook != NULL)
			webhook_post(means, hook, batch[i], &attempts[i]);
		else
			attempts[i].rc = err_set(&attempts[i].err, RC_REJECT,
			    "%s is not configured", batch[i]->destination);
	}
}

const struct action_kind action_webhook = {.name = "webhook",
    .batch = 1,
    .batch_weight = SIZE_MAX,
    .knows = webhook_knows,
    .label = webhook_label,
    .encode = webhook_encode,
    .give_up_ms = webhook_give_up_ms,
    .send = webhook_send};
