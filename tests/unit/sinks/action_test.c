/* Kinds of actions: what they know, send, and make of an answer. */
#include "sinks/action.h"

#include "sinks/webhook_sign.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

/* The next call's answer, and what it was. */
static enum rc answer_rc;
static long answer_status;
static const char *answer_body;
static struct buf seen;

static void
answer_give(struct http_answer *answer)
{
	answer->status = answer_status;
	buf_text(&answer->body, answer_body);
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	(void)client;
	buf_clear(&seen);
	buf_printf(&seen, "%s %s %.*s %s %.*s?%.*s", call->service, operation,
	    SPAN_ARGS(call->region), call->method, SPAN_ARGS(call->path),
	    SPAN_ARGS(call->query));
	for (size_t i = 0; i < call->nheaders; i++)
		buf_printf(&seen, " %s=%.*s", call->headers[i].name,
		    SPAN_ARGS(call->headers[i].value));
	buf_byte(&seen, ' ');
	buf_span_put(&seen, call->body);
	answer_give(answer);
	if (answer_rc != RC_OK)
		err_set(err, answer_rc, "says the test");
	return answer_rc;
}

enum rc
http_send(struct http *http, const struct http_request *request,
    struct http_answer *answer, struct err *err)
{
	(void)http;
	(void)err;
	buf_clear(&seen);
	buf_printf(&seen, "%s %s", request->method, request->url);
	for (size_t i = 0; i < request->nheaders; i++)
		buf_printf(&seen, " %s=%.*s", request->headers[i].name,
		    SPAN_ARGS(request->headers[i].value));
	answer_give(answer);
	return answer_rc;
}

struct span
aws_error_code(struct span body)
{
	return span_starts(body, "<Error>") ? SPAN_OF("X") : SPAN_OF("");
}

void
http_answer_fini(struct http_answer *answer)
{
	buf_fini(&answer->body);
	*answer = (struct http_answer){0};
}

static const struct webhook_config hooks[] = {
    {.name = SPAN_OF("pager"), .url = SPAN_OF("https://peer/hook")}};

static const struct action_means means = {.webhooks = hooks,
    .nwebhooks = 1,
    .events = {.bus = SPAN_OF("default"),
	.region = SPAN_OF("us-east-2"),
	.source = SPAN_OF("tocsin")}};

#define FUNCTION "arn:aws:lambda:us-east-2:111122223333:function:ring"

START_TEST(actions_are_told_by_their_text)
{
	static const struct {
		const char *action, *kind;
	} rows[] = {{FIXTURE_TOPIC, "sns"}, {FIXTURE_TOPIC ".fifo", "sns"},
	    {FUNCTION, "lambda"}, {FUNCTION ":live", "lambda"},
	    {FUNCTION ":a:b", NULL}, {FUNCTION ":", NULL},
	    {"arn:aws:lambda:us-east-2:111122223333:layer:ring", NULL},
	    {"arn:aws:lambda::111122223333:function:ring", NULL},
	    {"webhook:pager", "webhook"}, {"webhook:other", NULL},
	    {"webhook:", NULL}, {"https://peer/hook", NULL},
	    {"arn:aws:automate:us-east-2:ec2:stop", NULL},
	    {"arn:aws:ssm:us-east-2:111122223333:opsitem:1", NULL},
	    {"arn:aws:autoscaling:us-east-2:1:scalingPolicy:x", NULL},
	    {"", NULL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct action_kind *kind =
		    action_kind_of(&means, span_text(rows[i].action));

		ck_assert_msg((kind == NULL) == (rows[i].kind == NULL), "%s",
		    rows[i].action);
		if (kind != NULL)
			ck_assert_str_eq(kind->name, rows[i].kind);
	}
}
END_TEST

/* Two destinations never share their files, whatever they are called. */
START_TEST(labels_differ)
{
	static const char *const topics[] = {
	    "arn:aws:sns:us-east-2:111122223333:ops",
	    "arn:aws:sns:us-east-2:444455556666:ops",
	    "arn:aws:sns:us-east-2:111122223333:"
	    "a-name-that-is-longer-than-what-a-label-shows-1",
	    "arn:aws:sns:us-east-2:111122223333:"
	    "a-name-that-is-longer-than-what-a-label-shows-2"};
	char labels[4][ACTION_LABEL];

	for (size_t i = 0; i < 4; i++) {
		ck_assert(action_sns.label(span_text(topics[i]), labels[i]));
		ck_assert_uint_lt(strlen(labels[i]), ACTION_LABEL - 1);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(labels[i], labels[k]);
	}
	ck_assert(strncmp(labels[0], "sns-us-east-2-ops-", 18) == 0);
	ck_assert(action_webhook.label(SPAN_OF("webhook:pager"), labels[0]));
	ck_assert(strncmp(labels[0], "webhook-pager-", 14) == 0);
	ck_assert(action_events.label(
	    SPAN_OF("arn:aws:events:us-east-2:1:event-bus/dr"), labels[0]));
	ck_assert(strncmp(labels[0], "events-dr-", 10) == 0);
	ck_assert(!action_lambda.label(SPAN_OF("webhook:pager"), labels[0]));
}
END_TEST

/* Sends `count` of them; gives the verdicts as letters. */
static const char *
sent(const struct action_kind *kind, const char *destination, size_t count,
    struct attempt *attempts)
{
	static char verdicts[12];
	struct notification *batch[10] = {NULL};
	struct fixture f;

	fixture_init(&f);
	for (size_t i = 0; i < count; i++) {
		batch[i] = notification_make(kind, span_text(destination),
		    SPAN_OF("id-1"), (struct span){"", 0});
		kind->encode(&means, span_text(destination), &f.transition,
		    &batch[i]->request);
	}
	kind->send(
	    &means, (const struct notification *const *)batch, count, attempts);
	for (size_t i = 0; i < count; i++) {
		verdicts[i] = attempts[i].rc == RC_OK ? 'o'
		    : attempts[i].rc == RC_RETRY      ? 'r'
						      : 'd';
		notification_free(&batch[i]);
	}
	verdicts[count] = '\0';
	return verdicts;
}

START_TEST(functions_are_invoked_for_later)
{
	struct attempt attempt;

	answer_rc = RC_OK;
	answer_status = 202;
	answer_body = "";
	ck_assert_str_eq(
	    sent(&action_lambda, FUNCTION ":live", 1, &attempt), "o");
	ck_assert_ptr_nonnull(strstr(buf_cstr(&seen),
	    "lambda Invoke us-east-2 POST /2015-03-31/functions/" FUNCTION
	    "/invocations?Qualifier=live Content-Type=application/json "
	    "X-Amz-Invocation-Type=Event {\"source\":\"aws.cloudwatch\""));
	ck_assert_str_eq(sent(&action_lambda, FUNCTION, 1, &attempt), "o");
	ck_assert_ptr_nonnull(
	    strstr(buf_cstr(&seen), FUNCTION "/invocations? "));
	answer_status = 200; /* it ran, or a proxy answered: not what was
				asked for */
	ck_assert_str_eq(sent(&action_lambda, FUNCTION, 1, &attempt), "r");
	answer_rc = RC_REJECT;
	answer_status = 404;
	answer_body = "<Error>";
	ck_assert_str_eq(sent(&action_lambda, FUNCTION, 1, &attempt), "d");
	answer_body = "nobody knows";
	ck_assert_str_eq(sent(&action_lambda, FUNCTION, 1, &attempt), "r");
}
END_TEST

START_TEST(events_are_put_and_their_answer_read)
{
	static const struct {
		const char *answer, *verdicts;
	} rows[] = {{"{\"FailedEntryCount\":0,\"Entries\":[{\"EventId\":\"a\"},"
		     "{\"EventId\":\"b\"},{\"EventId\":\"c\"}]}",
			"ooo"},
	    {"{\"Entries\":[{\"EventId\":\"a\"},{\"ErrorCode\":"
	     "\"InternalFailure"
	     "\",\"ErrorMessage\":\"m\"},{\"ErrorCode\":"
	     "\"NotAuthorizedForSourceException\"}],\"FailedEntryCount\":2}",
		"ord"},
	    {"{\"Entries\":[{\"EventId\":\"a\"}]}", "orr"},
	    {"{\"Entries\":[{\"EventId\":\"a\"},{}]}", "orr"}, {"{}", "rrr"},
	    {"", "rrr"}, {"{\"Entries\":[{\"EventId\":\"a\"},", "orr"}};
	struct attempt attempts[3];

	answer_rc = RC_OK;
	answer_status = 200;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_body = rows[i].answer;
		ck_assert_str_eq(sent(&action_events, "default", 3, attempts),
		    rows[i].verdicts);
	}
	ck_assert_ptr_nonnull(strstr(buf_cstr(&seen),
	    "events PutEvents us-east-2 POST /? "
	    "Content-Type=application/x-amz-json-1.1 "
	    "X-Amz-Target=AWSEvents.PutEvents {\"Entries\":[{\"Time\":"
	    "1789384732,\"Source\":\"tocsin\",\"Resources\":[\"arn:"));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&seen),
	    "\"DetailType\":\"CloudWatch Alarm State Change\",\"Detail\":"
	    "\"{\\\"alarmName\\\":\\\"replication-lag\\\""));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&seen),
	    "\\\"tocsin\\\":{\\\"id\\\":\\\"0000000000000029-5f2a\\\"}}\","
	    "\"EventBusName\":\"default\"}"));
}
END_TEST

START_TEST(webhooks_are_signed)
{
	static const struct {
		long status;
		const char *verdict;
	} rows[] = {{200, "o"}, {204, "o"}, {301, "r"}, {400, "d"}, {401, "r"},
	    {403, "r"}, {404, "d"}, {408, "r"}, {409, "r"}, {410, "d"},
	    {413, "d"}, {425, "r"}, {429, "r"}, {500, "r"}, {503, "r"}};
	const char *folder = fixture_folder();
	struct webhook_config hook = hooks[0];
	struct action_means with = means;
	struct attempt attempt = {0};
	struct notification *one = notification_make(&action_webhook,
	    SPAN_OF("webhook:pager"), SPAN_OF("id-1"), (struct span){"", 0});
	char path[256];
	struct err err;

	snprintf(path, sizeof(path), "%s/secret", folder);
	ck_assert(file_replace(path, SPAN_OF("old\n\n new \n"), &err) == RC_OK);
	hook.secret_file = span_text(path);
	with.webhooks = &hook;
	buf_text(&one->request, "{}");
	answer_rc = RC_OK;
	answer_body = "";
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		answer_status = rows[i].status;
		action_webhook.send(&with,
		    (const struct notification *const *)&one, 1, &attempt);
		ck_assert_msg(attempt.rc ==
			(*rows[i].verdict == 'o'	  ? RC_OK
				: *rows[i].verdict == 'r' ? RC_RETRY
							  : RC_REJECT),
		    "%ld", rows[i].status);
	}
	ck_assert_ptr_nonnull(strstr(buf_cstr(&seen),
	    "POST https://peer/hook Content-Type=application/json "
	    "Tocsin-Id=id-1 Tocsin-Signature=t="));
	remove(path);
	action_webhook.send(
	    &with, (const struct notification *const *)&one, 1, &attempt);
	ck_assert_int_eq(attempt.rc, RC_RETRY);
	with.nwebhooks = 0;
	action_webhook.send(
	    &with, (const struct notification *const *)&one, 1, &attempt);
	ck_assert_int_eq(attempt.rc, RC_REJECT);
	notification_free(&one);
	fixture_folder_remove(folder);
}
END_TEST

/* By openssl: printf '%s' '1789384732.{"a":1}' | openssl dgst -hmac whsec */
START_TEST(the_signature_is_hmac_sha256)
{
	struct buf out = {0};

	ck_assert(webhook_sign(
	    &out, SPAN_OF("whsec\n"), 1789384732, SPAN_OF("{\"a\":1}")));
	ck_assert_str_eq(buf_cstr(&out),
	    "t=1789384732,v1="
	    "4853b089147fbead7da14eba39a11d5b325d62708bfe7b8919946e48de05f599");
	buf_clear(&out);
	ck_assert(webhook_sign(&out, SPAN_OF("\n whsec\r\n\nother"), 1789384732,
	    SPAN_OF("{\"a\":1}")));
	ck_assert_ptr_nonnull(strstr(buf_cstr(&out),
	    "v1="
	    "4853b089147fbead7da14eba39a11d5b325d62708bfe7b8919946e48de05f599,"
	    "v1="));
	ck_assert_uint_eq(out.len, 12 + 2 * 68);
	ck_assert(!webhook_sign(&out, SPAN_OF(" \n\n"), 1, SPAN_OF("")));
	buf_fini(&out);
}
END_TEST

TEST_MAIN("action", actions_are_told_by_their_text, labels_differ,
    functions_are_invoked_for_later, events_are_put_and_their_answer_read,
    webhooks_are_signed, the_signature_is_hmac_sha256)
