/* SNS topics: Publish for one, PublishBatch for several at a time. */
#include <stddef.h>
#include <stdio.h>

#include "base/limits.h"
#include "sinks/action.h"
#include "sinks/sns_publish.h"

const struct option sns_options[] = {
    {"endpoint", OPTION_TEXT, offsetof(struct sns_config, endpoint), NULL, 0, 0,
	"address of SNS instead of the Region's own, for all Regions"},
    {"give_up", OPTION_DURATION, offsetof(struct sns_config, give_up_ms), "24h",
	0, 0,
	"a notification is tried this long, then it is a dead letter; 0: for "
	"ever"},
    {"stand_in_after", OPTION_DURATION,
	offsetof(struct sns_config, stand_in_after_ms), "30s", 0, 0,
	"a topic that has not taken a notification so long after it was "
	"queued: its stand-in is told too"},
    {0}};

static bool
sns_knows(const struct action_means *means, struct span action)
{
	struct span region;

	(void)means;
	return sns_topic_region(action, &region);
}

static bool
sns_label(struct span destination, char label[ACTION_LABEL])
{
	struct span region, name;

	if (!sns_topic_region(destination, &region) ||
	    !action_arn(destination, "sns", &region, &name))
		return false;
	action_label(label, "sns", region, name, destination);
	return true;
}

/* A Region's topics had one queue. */
static bool
sns_former(struct span destination, char label[ACTION_LABEL])
{
	struct span region;

	if (!sns_topic_region(destination, &region))
		return false;
	snprintf(label, ACTION_LABEL, "sns-%.*s", SPAN_ARGS(region));
	return true;
}

static void
sns_encode(const struct action_means *means, struct span destination,
    const struct transition *transition, struct buf *request)
{
	(void)means;
	sns_publish_print(request, transition, destination);
}

static int64_t
sns_give_up_ms(const struct action_means *means, struct span destination)
{
	(void)destination;
	return means->sns.give_up_ms;
}

static enum rc
sns_call(const struct action_means *means, const char *topic, struct span body,
    const char *operation, struct http_answer *answer, struct attempt *attempts,
    size_t count)
{
	const struct http_header header = {"Content-Type",
	    SPAN_OF("application/x-www-form-urlencoded; charset=utf-8")};
	struct aws_call call = {.service = "sns",
	    .endpoint = means->sns.endpoint,
	    .method = "POST",
	    .path = SPAN_OF("/"),
	    .headers = &header,
	    .nheaders = 1,
	    .body = body,
	    .timeout_ms = ACTION_TIMEOUT_MS};

	sns_topic_region(span_text(topic), &call.region);
	return action_call(means, &call, operation, answer, attempts, count);
}

static void
sns_send_one(const struct action_means *means, const struct notification *one,
    struct attempt *attempt)
{
	struct http_answer answer = {0};
	struct buf body = {0};

	sns_publish_body(&body, one);
	if (sns_call(means, one->destination, buf_span(&body), "Publish",
		&answer, attempt, 1) == RC_OK &&
	    aws_error_code(buf_span(&answer.body)).len > 0)
		attempt->rc = err_set(&attempt->err, RC_RETRY,
		    "sns Publish: status %ld with an error inside",
		    answer.status);
	http_answer_fini(&answer);
	buf_fini(&body);
}

/* A batch that is refused as a whole is sent one by one: the fault is of one
 * of them, or each of them gets to know it. */
static void
sns_send(const struct action_means *means,
    const struct notification *const *batch, size_t count,
    struct attempt *attempts)
{
	struct http_answer answer = {0};
	struct buf body = {0};
	enum rc rc = RC_REJECT;

	if (count > 1) {
		sns_batch_print(&body, batch, count);
		rc = sns_call(means, batch[0]->destination, buf_span(&body),
		    "PublishBatch", &answer, attempts, count);
		if (rc == RC_OK)
			sns_batch_read(buf_span(&answer.body), attempts, count);
		http_answer_fini(&answer);
		buf_fini(&body);
	}
	for (size_t i = 0; rc == RC_REJECT && i < count; i++)
		sns_send_one(means, batch[i], &attempts[i]);
}

const struct action_kind action_sns = {.name = "sns",
    .batch = LIMIT_SNS_BATCH,
    .batch_weight = LIMIT_SNS_BATCH_BYTES,
    .knows = sns_knows,
    .label = sns_label,
    .former = sns_former,
    .encode = sns_encode,
    .weigh = sns_publish_weight,
    .give_up_ms = sns_give_up_ms,
    .send = sns_send};
