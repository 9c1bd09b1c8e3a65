#include "sinks/action.h"

#include <stdio.h>

#include "base/table.h"

/* An ARN's kind before names of our own. */
static const struct action_kind *const action_kinds[] = {
    &action_sns, &action_lambda, &action_webhook, &action_events};

#define ACTION_KINDS (sizeof(action_kinds) / sizeof(*action_kinds))

const struct action_kind *
action_kind_of(const struct action_means *means, struct span action)
{
	for (size_t i = 0; i < ACTION_KINDS; i++)
		if (action_kinds[i]->knows != NULL &&
		    action_kinds[i]->knows(means, action))
			return action_kinds[i];
	return NULL;
}

const struct action_kind *
action_kind_named(struct span name)
{
	for (size_t i = 0; i < ACTION_KINDS; i++)
		if (span_is(name, action_kinds[i]->name))
			return action_kinds[i];
	return NULL;
}

size_t
action_weight(const struct action_kind *kind, struct span request)
{
	return kind->weigh == NULL ? request.len : kind->weigh(request);
}

uint64_t
action_group(const struct alarm *alarm)
{
	return hash_stable(alarm->arn);
}

static size_t
action_label_put(
    char label[ACTION_LABEL], size_t at, struct span text, size_t most)
{
	static const char good[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	for (size_t i = 0; i < text.len && i < most; i++)
		label[at++] =
		    text.at[i] != '\0' && strchr(good, text.at[i]) != NULL
		    ? text.at[i]
		    : '_';
	return at;
}

void
action_label(char label[ACTION_LABEL], const char *prefix, struct span region,
    struct span name, struct span whole)
{
	size_t at = action_label_put(label, 0, span_text(prefix), 8);

	if (region.len > 0) {
		label[at++] = '-';
		at = action_label_put(label, at, region, 24);
	}
	label[at++] = '-';
	at = action_label_put(label, at, name, 32);
	snprintf(label + at, ACTION_LABEL - at, "-%08x",
	    (unsigned)hash_stable(whole));
}

static bool
action_region_good(struct span region)
{
	for (size_t i = 0; i < region.len; i++)
		if (region.at[i] == '\0' ||
		    strchr("abcdefghijklmnopqrstuvwxyz0123456789-",
			region.at[i]) == NULL)
			return false;
	return region.len > 0 && region.len <= 40;
}

bool
action_arn(struct span arn, const char *service, struct span *region,
    struct span *rest)
{
	struct span field[6] = {{arn.at, 0}};
	size_t fields = 1;

	for (size_t i = 0; i < arn.len; i++) {
		if (arn.at[i] != ':' || fields == 6)
			field[fields - 1].len++;
		else
			field[fields++] = span_make(arn.at + i + 1, 0);
	}
	if (fields != 6 || !span_is(field[0], "arn") ||
	    !span_is(field[2], service) || field[5].len == 0 ||
	    !action_region_good(field[3]))
		return false;
	*region = field[3];
	*rest = field[5];
	return true;
}

enum rc
action_call(const struct action_means *means, const struct aws_call *call,
    const char *operation, struct http_answer *answer, struct attempt *attempts,
    size_t count)
{
	struct err err = {""};
	enum rc rc = aws_send(means->aws, call, operation, answer, &err);

	if (rc == RC_REJECT && answer->request_id[0] == '\0' &&
	    answer->error_type[0] == '\0' &&
	    aws_error_code(buf_span(&answer->body)).len == 0)
		rc = RC_RETRY;
	if (rc == RC_FATAL || rc == RC_AGAIN)
		rc = RC_RETRY;
	attempts_set(attempts, count, rc, &err, answer->request_id);
	return rc;
}
