/*
 * A notifier with its deliveries, for the tests of both its sides; AWS is the
 * aws_send() below, and a webhook the http_send().
 */
#ifndef TESTS_UNIT_SINKS_NOTIFIER_FIXTURE_H
#define TESTS_UNIT_SINKS_NOTIFIER_FIXTURE_H

#include <pthread.h>
#include <time.h>

#include "sinks/lane.h"
#include "sinks/notifier.h"
#include "sinks/sns_form.h"
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
static const char *sns_fails = "";   /* ids of entries that fail, a space
					before and behind each */
static long sns_refusal = 404;	     /* 0: not SNS, a proxy before it */
static size_t sns_calls;
static struct buf sns_last; /* the last body */
/* At the next start. */
static struct sns_config sns_settings;

/* What stands in an answer of SNS and in no other. */
struct span
aws_error_code(struct span body)
{
	return span_is(body, "NotFound") ? body : SPAN_OF("");
}

/* The ids of a body's entries: "id-" was taken off, spaces around each. */
static inline void
sns_ids(struct span body, struct buf *out)
{
	static const char mark[] = "StringValue=id-";
	const char *at = body.at, *end = body.at + body.len;

	buf_byte(out, ' ');
	while ((at = memmem(at, (size_t)(end - at), mark, sizeof(mark) - 1)) !=
	    NULL) {
		for (at += sizeof(mark) - 1;
		     at < end && ((*at >= '0' && *at <= '9') || *at == '-');
		     at++)
			buf_byte(out, *at);
		buf_byte(out, ' ');
	}
}

static inline bool
sns_has(struct span text, const char *part)
{
	return *part != '\0' &&
	    memmem(text.at, text.len, part, strlen(part)) != NULL;
}

/* Answers a Publish or a PublishBatch that is well. */
static inline void
sns_take(const struct aws_call *call, struct http_answer *answer)
{
	struct buf ids = {0}, taken = {0}, failed = {0};
	char *words, *rest, *word;
	size_t n = 0;

	sns_ids(call->body, &ids);
	words = rest = strdup(buf_cstr(&ids) + 1);
	while ((word = strsep(&rest, " ")) != NULL && *word != '\0') {
		char among[40];
		bool fails;

		snprintf(among, sizeof(among), " %s ", word);
		fails = strstr(sns_fails, among) != NULL;
		buf_printf(fails ? &failed : &taken,
		    "<member><Id>%zu</Id></member>", n++);
		if (!fails)
			buf_printf(&sns_log, "%.*s/%s ",
			    SPAN_ARGS(call->region), word);
	}
	buf_printf(&answer->body,
	    "<R><Failed>%s</Failed><Successful>%s</Successful></R>",
	    buf_cstr(&failed), buf_cstr(&taken));
	buf_fini(&ids);
	buf_fini(&taken);
	buf_fini(&failed);
	free(words);
	pthread_cond_broadcast(&sns_published);
}

enum rc
aws_send(struct aws_client *client, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct err *err)
{
	enum rc rc = RC_OK;

	(void)client;
	ck_assert(strcmp(operation, "Publish") == 0 ||
	    strcmp(operation, "PublishBatch") == 0);
	ck_assert(span_is(call->endpoint, "http://sns"));
	pthread_mutex_lock(&sns_mutex);
	sns_calls++;
	buf_clear(&sns_last);
	buf_span_put(&sns_last, call->body);
	answer->status = 200;
	if (sns_has(call->region, sns_down)) {
		rc = err_set(err, RC_RETRY, "no connection");
		pthread_cond_broadcast(&sns_published);
	} else if (sns_has(call->body, sns_refuses)) {
		answer->status = sns_refusal;
		buf_text(&answer->body, sns_refusal == 0 ? "" : "NotFound");
		rc = err_set(err, RC_REJECT, "NotFound");
	} else {
		sns_take(call, answer);
		/* One alone fails as a whole. */
		if (sns_has(buf_span(&answer->body), "<Failed><member>") &&
		    strcmp(operation, "Publish") == 0)
			rc = err_set(err, RC_RETRY, "not now");
	}
	pthread_mutex_unlock(&sns_mutex);
	return rc;
}

int64_t
aws_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

enum rc
http_send(struct http *http, const struct http_request *request,
    struct http_answer *answer, struct err *err)
{
	(void)http;
	(void)request;
	(void)answer;
	return err_set(err, RC_RETRY, "no webhook here");
}

void
http_answer_fini(struct http_answer *answer)
{
	buf_fini(&answer->body);
	*answer = (struct http_answer){0};
}

/* Of a log that ends before `beyond`; 0: it is not asked. */
static inline struct notifier *
started_of(const char *folder, uint64_t begin, uint64_t beyond)
{
	struct notifier_options options = {.begin = begin, .beyond = beyond};
	struct notifier *notifier;
	struct err err;

	options.means.sns = sns_settings;
	options.means.sns.endpoint = SPAN_OF("http://sns");
	ck_assert_msg(
	    notifier_start(&notifier, &options, folder, &err) == RC_OK, "%s",
	    err.text);
	return notifier;
}

/* A transition of log entry `seq` of the alarm "NAME" to the topics,
 * NULL-ended. */
static inline void
push_of(struct notifier *notifier, const char *name, uint64_t seq,
    const char *topic, const char *second)
{
	struct fixture f;

	fixture_init(&f);
	f.alarm.arn = span_text(name);
	snprintf(f.transition.id, sizeof(f.transition.id), "id-%llu",
	    (unsigned long long)seq);
	f.transition.seq = seq;
	f.actions[STATE_ALARM][0] = span_text(topic);
	f.actions[STATE_ALARM][1] = span_text(second);
	f.alarm.actions[STATE_ALARM].count = second == NULL ? 1 : 2;
	notifier_push(notifier, &f.transition);
}

/* The same of one alarm: all keep their order. */
static inline void
push(struct notifier *notifier, uint64_t seq, const char *topic,
    const char *second)
{
	push_of(notifier, "one", seq, topic, second);
}

static inline void
wait_for(const char *published)
{
	pthread_mutex_lock(&sns_mutex);
	while (strstr(buf_cstr(&sns_log), published) == NULL)
		pthread_cond_wait(&sns_published, &sns_mutex);
	pthread_mutex_unlock(&sns_mutex);
}

static inline void
expect_log(const char *text)
{
	ck_assert_str_eq(buf_cstr(&sns_log), text);
	buf_fini(&sns_log);
}

/* The name of a topic's files. */
static inline const char *
file_of(const char *topic)
{
	static char label[ACTION_LABEL];

	if (strncmp(topic, "arn:", 4) != 0)
		return topic;
	ck_assert(action_sns.label(span_text(topic), label));
	return label;
}

static inline uint64_t
in_file(const char *folder, const char *topic)
{
	uint64_t position;
	struct err err;

	delivery_position_read(folder, file_of(topic), &position, &err);
	return position;
}

static inline void
write_position(const char *folder, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.position", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

#endif
