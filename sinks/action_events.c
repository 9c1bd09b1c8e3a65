/* EventBridge: PutEvents, of every change of state (EventBridge API
 * Reference). The request is one entry; the answer, of status 200, says what
 * became of each. */
#include <stddef.h>

#include "base/json.h"
#include "base/limits.h"
#include "sinks/action.h"
#include "sinks/message.h"

const struct option events_options[] = {
    {"bus", OPTION_TEXT, offsetof(struct events_config, bus), "default", 0, 0,
	"the event bus that is told every change of state: its name or ARN"},
    {"region", OPTION_TEXT, offsetof(struct events_config, region), NULL, 0, 0,
	"where the bus is; as a rule region at the top"},
    {"endpoint", OPTION_TEXT, offsetof(struct events_config, endpoint), NULL, 0,
	0, "address of EventBridge instead of the Region's own"},
    {"source", OPTION_TEXT, offsetof(struct events_config, source), "tocsin", 0,
	0, "the events' source; none may begin with aws."},
    {"give_up", OPTION_DURATION, offsetof(struct events_config, give_up_ms),
	"24h", 0, 0,
	"an event is tried this long, then it is a dead letter; 0: for ever"},
    {0}};

static bool
events_label(struct span destination, char label[ACTION_LABEL])
{
	const char *slash = destination.len == 0
	    ? NULL
	    : memrchr(destination.at, '/', destination.len);
	size_t from = slash == NULL ? 0 : (size_t)(slash + 1 - destination.at);

	action_label(label, "events", (struct span){"", 0},
	    span_make(destination.at + from, destination.len - from),
	    destination);
	return destination.len > 0;
}

static void
events_encode(const struct action_means *means, struct span destination,
    const struct transition *transition, struct buf *request)
{
	message_event_entry(
	    request, transition, means->events.source, destination);
}

static int64_t
events_give_up_ms(const struct action_means *means, struct span destination)
{
	(void)destination;
	return means->events.give_up_ms;
}

/* What will not be better by another attempt. */
static bool
events_refused(struct span code)
{
	static const char *const codes[] = {"InvalidArgument",
	    "MalformedDetail", "NotAuthorizedForSource",
	    "NotAuthorizedForSourceException",
	    "NotAuthorizedForDetailTypeException", "OperationDisabledException",
	    "InvalidEventBusNameException", "InvalidAccountIdException",
	    "ValidationException"};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (span_is(code, codes[i]))
			return true;
	return false;
}

/* {"EventId": …} or {"ErrorCode": …, "ErrorMessage": …} */
static void
events_read_one(struct json *json, struct attempt *attempt)
{
	struct json_text key, text, code = {0}, message = {0};
	bool taken = false;

	json_enter(json, '{');
	while (json_member(json, &key)) {
		if (json_kind(json) != JSON_STRING) {
			json_skip(json);
			continue;
		}
		json_string(json, &text);
		if (span_is(key.raw, "EventId"))
			taken = text.raw.len > 0;
		else if (span_is(key.raw, "ErrorCode"))
			code = text;
		else if (span_is(key.raw, "ErrorMessage"))
			message = text;
	}
	attempt->rc = RC_OK;
	if (code.raw.len > 0 || !taken)
		attempt->rc = err_set(&attempt->err,
		    events_refused(code.raw) ? RC_REJECT : RC_RETRY,
		    "events PutEvents: %.*s (\"%.*s\")",
		    (int)(code.raw.len < 128 ? code.raw.len : 128), code.raw.at,
		    (int)(message.raw.len < 200 ? message.raw.len : 200),
		    message.raw.at);
}

/* What it does not name was not taken. */
static void
events_read(struct span answer, struct attempt *attempts, size_t count)
{
	struct json json;
	struct json_text key;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		attempts[i].rc = err_set(&attempts[i].err, RC_RETRY,
		    "events PutEvents: the answer does not name this entry");
	json_init(&json, answer);
	if (!json_enter(&json, '{'))
		return;
	while (json_member(&json, &key)) {
		if (!span_is(key.raw, "Entries") ||
		    json_kind(&json) != JSON_ARRAY) {
			json_skip(&json);
			continue;
		}
		json_enter(&json, '[');
		while (json_element(&json) && json_kind(&json) == JSON_OBJECT &&
		    n < count)
			events_read_one(&json, &attempts[n++]);
	}
}

static enum rc
events_call(const struct action_means *means, struct span body,
    struct attempt *attempts, size_t count)
{
	static const struct http_header headers[] = {
	    {"Content-Type", SPAN_OF("application/x-amz-json-1.1")},
	    {"X-Amz-Target", SPAN_OF("AWSEvents.PutEvents")}};
	const struct aws_call call = {.service = "events",
	    .region = means->events.region,
	    .endpoint = means->events.endpoint,
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = headers,
	    .nheaders = 2,
	    .body = body,
	    .timeout_ms = ACTION_TIMEOUT_MS};
	struct http_answer answer = {0};
	enum rc rc =
	    action_call(means, &call, "PutEvents", &answer, attempts, count);

	if (rc == RC_OK)
		events_read(buf_span(&answer.body), attempts, count);
	http_answer_fini(&answer);
	return rc;
}

/* What is refused as a whole is sent one by one: the fault is of one of them,
 * or each of them gets to know it. */
static void
events_send(const struct action_means *means,
    const struct notification *const *batch, size_t count,
    struct attempt *attempts)
{
	struct buf body = {0};
	enum rc rc;

	buf_text(&body, "{\"Entries\":[");
	for (size_t i = 0; i < count; i++) {
		buf_text(&body, i > 0 ? "," : "");
		buf_span_put(&body, buf_span(&batch[i]->request));
	}
	buf_text(&body, "]}");
	rc = events_call(means, buf_span(&body), attempts, count);
	buf_fini(&body);
	for (size_t i = 0; rc == RC_REJECT && count > 1 && i < count; i++)
		events_send(means, &batch[i], 1, &attempts[i]);
}

const struct action_kind action_events = {.name = "events",
    .batch = LIMIT_EVENTS_BATCH,
    .batch_weight = LIMIT_EVENTS_BATCH_BYTES,
    .label = events_label,
    .encode = events_encode,
    .give_up_ms = events_give_up_ms,
    .send = events_send};
