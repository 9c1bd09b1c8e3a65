/*
 * A notifier with its deliveries, for the tests of both its sides; SNS is the
 * aws_send() below.
 */
#ifndef TESTS_UNIT_SINKS_NOTIFIER_FIXTURE_H
#define TESTS_UNIT_SINKS_NOTIFIER_FIXTURE_H

#include <pthread.h>

#include "sinks/notifier.h"
#include "sinks/notifier_lane.h"
#include "testing.h"
#include "unit/sinks/fixture.h"

#define EAST "arn:aws:sns:us-east-2:111122223333:ops"
#define WEST "arn:aws:sns:us-west-2:111122223333:ops"

/* What was published: "us-east-2/ID " each, in order. */
static pthread_mutex_t sns_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sns_published = PTHREAD_COND_INITIALIZER;
static struct buf sns_log;
static const char *sns_down = "";    /* Regions with this in the name do not
					answer; "": all do */
static const char *sns_refuses = ""; /* topics with this in their ARN */
static long sns_refusal = 404;	     /* 0: not SNS, a proxy before it */

/* What stands in an answer of SNS and in no other. */
struct span
aws_error_code(struct span body)
{
	(void)body;
	return sns_refusal == 0 ? SPAN_OF("") : SPAN_OF("NotFound");
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	const char *id = memmem(call->body.at, call->body.len,
	    "StringValue=id-", strlen("StringValue=id-"));
	enum rc rc = RC_OK;

	(void)client;
	ck_assert_str_eq(operation, "Publish");
	ck_assert(span_is(call->endpoint, "http://sns"));
	ck_assert_ptr_nonnull(id);
	pthread_mutex_lock(&sns_mutex);
	answer->status = 200;
	if (*sns_down != '\0' &&
	    memmem(call->region.at, call->region.len, sns_down,
		strlen(sns_down)) != NULL) {
		rc = err_set(err, RC_RETRY, "no connection");
	} else if (*sns_refuses != '\0' &&
	    memmem(call->body.at, call->body.len, sns_refuses,
		strlen(sns_refuses)) != NULL) {
		answer->status = sns_refusal;
		rc = err_set(err, RC_REJECT, "NotFound");
	} else {
		buf_printf(&sns_log, "%.*s/", SPAN_ARGS(call->region));
		for (id += 15; id < call->body.at + call->body.len &&
		     *id >= '0' && *id <= '9';
		     id++)
			buf_byte(&sns_log, *id);
		buf_byte(&sns_log, ' ');
		pthread_cond_signal(&sns_published);
	}
	pthread_mutex_unlock(&sns_mutex);
	return rc;
}

void
http_answer_fini(struct http_answer *answer)
{
	*answer = (struct http_answer){0};
}

/* Of a log that ends before `beyond`; 0: it is not asked. */
static inline struct notifier *
started_of(const char *folder, uint64_t begin, uint64_t beyond)
{
	const struct sns_config config = {.endpoint = SPAN_OF("http://sns"),
	    .begin = begin,
	    .beyond = beyond};
	struct notifier *notifier;
	struct err err;

	ck_assert_msg(
	    notifier_start(&notifier, NULL, &config, folder, &err) == RC_OK,
	    "%s", err.text);
	return notifier;
}

/* A transition of log entry `seq` to the topics, NULL-ended. */
static inline void
push(struct notifier *notifier, uint64_t seq, const char *topic,
    const char *second)
{
	struct fixture f;

	fixture_init(&f);
	snprintf(f.transition.id, sizeof(f.transition.id), "id-%llu",
	    (unsigned long long)seq);
	f.transition.seq = seq;
	f.actions[STATE_ALARM][0] = span_text(topic);
	f.actions[STATE_ALARM][1] = span_text(second);
	f.alarm.actions[STATE_ALARM].count = second == NULL ? 1 : 2;
	notifier_push(notifier, &f.transition);
}

static inline void
expect_log(const char *text)
{
	ck_assert_str_eq(buf_cstr(&sns_log), text);
	buf_fini(&sns_log);
}

static inline uint64_t
in_file(const char *folder, const char *name)
{
	uint64_t position;
	struct err err;

	delivery_position_read(folder, name, &position, &err);
	return position;
}

#endif
