/* What every kind of alarm has: name, ARN, actions, and our own keys. */
#include "base/limits.h"
#include "base/text.h"
#include "pipeline/alarm/definition/reading.h"

#define ACTIONS_MOST 5

/* Services that PutMetricAlarm takes actions of. */
static const char *const common_vendors[] = {"sns", "lambda", "automate", "swf",
    "autoscaling", "ssm", "ssm-incidents", "aiops", NULL};

struct span
reading_arn_field(struct span arn, int n)
{
	struct span field = {arn.at, 0};

	for (size_t i = 0; i < arn.len; i++) {
		if (arn.at[i] != ':') {
			field.len++;
		} else if (n-- == 0) {
			return field;
		} else {
			field = (struct span){arn.at + i + 1, 0};
		}
	}
	return n == 0 ? field : SPAN_OF("");
}

static void
common_name(struct reading *r)
{
	const struct tree *node = r->at[KEY_ALARM_NAME];
	struct span name;

	if (node == NULL) {
		reading_fault(r, r->node, "has no AlarmName");
		return;
	}
	if (!reading_text(r, node, 1, 255, &name))
		return;
	r->alarm->name = name;
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < 32 || name.at[i] == 127) {
			reading_fault(r, node,
			    "AlarmName must not contain ASCII Control "
			    "characters");
			return;
		}
}

static void
common_action(struct reading *r, const struct tree *node, struct span *out)
{
	struct span service;

	if (!reading_text(r, node, 1, 1024, out))
		return;
	/* Of our own: `sinks: webhooks:` has the name. */
	if (span_starts(*out, "webhook:"))
		return;
	service = reading_arn_field(*out, 2);
	if (!span_starts(*out, "arn:") || service.len == 0 ||
	    reading_arn_field(*out, 5).len == 0) {
		reading_fault(
		    r, node, "Invalid arn syntax: %.*s", SPAN_ARGS(*out));
		return;
	}
	for (int i = 0; common_vendors[i] != NULL; i++)
		if (span_is(service, common_vendors[i]))
			return;
	reading_fault(
	    r, node, "Unsupported AWS vendor %.*s", SPAN_ARGS(service));
}

static void
common_actions(struct reading *r, enum reading_key key, enum alarm_state state)
{
	const struct tree *list = r->at[key];
	struct span *at;
	size_t n = 0;

	if (!reading_kind(r, list, TREE_LIST) || list->count == 0)
		return;
	if (list->count > ACTIONS_MOST) {
		reading_fault(r, list,
		    "Member must have length less than or equal to %d",
		    ACTIONS_MOST);
		return;
	}
	at = arena_alloc(r->arena, list->count * sizeof(*at));
	for (const struct tree *t = list->first; t != NULL; t = t->next)
		common_action(r, t, &at[n++]);
	r->alarm->actions[state] = (struct arns){at, n};
}

bool
reading_acts(const struct reading *r, const char *service)
{
	for (size_t state = 0; state < 3; state++) {
		const struct arns *list = &r->alarm->actions[state];

		for (size_t i = 0; i < list->count; i++)
			if (span_is(reading_arn_field(list->at[i], 2), service))
				return true;
	}
	return false;
}

static const char *
common_partition(struct span region)
{
	return span_starts(region, "cn-")    ? "aws-cn"
	    : span_starts(region, "us-gov-") ? "aws-us-gov"
					     : "aws";
}

static void
common_arn(struct reading *r)
{
	const struct tree *node = r->at[KEY_ALARM_ARN];
	struct alarm *a = r->alarm;

	if (node == NULL) {
		a->region = arena_copy(r->arena, r->scope->region);
		a->account = arena_copy(r->arena, r->scope->account);
		a->arn = span_text(arena_printf(r->arena,
		    "arn:%s:cloudwatch:%.*s:%.*s:alarm:%.*s",
		    common_partition(a->region), SPAN_ARGS(a->region),
		    SPAN_ARGS(a->account), SPAN_ARGS(a->name)));
		return;
	}
	if (!reading_text(r, node, 1, 1600, &a->arn))
		return;
	a->region = reading_arn_field(a->arn, 3);
	a->account = reading_arn_field(a->arn, 4);
	if (!span_starts(a->arn, "arn:") ||
	    !span_is(reading_arn_field(a->arn, 2), "cloudwatch") ||
	    !span_is(reading_arn_field(a->arn, 5), "alarm") ||
	    reading_arn_field(a->arn, 6).len == 0)
		reading_fault(r, node,
		    "must be arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME");
}

bool
reading_reads(struct reading *r, const struct tree *node, struct reads *out)
{
	const struct tree *t = node;
	struct span *at;
	size_t n = 0;
	bool any = false;

	if (node == NULL)
		return false;
	if (node->kind == TREE_LIST) {
		t = node->first;
		if (node->count == 0 || node->count > LIMIT_READS) {
			reading_fault(r, node, "must name 1 to %d, or \"*\"",
			    LIMIT_READS);
			return false;
		}
	}
	at = arena_alloc(r->arena,
	    (node->kind == TREE_LIST ? node->count : 1) * sizeof(*at));
	for (; t != NULL; t = node->kind == TREE_LIST ? t->next : NULL) {
		if (!reading_text(r, t, 1, LIMIT_NAME, &at[n]))
			return false;
		any = any || span_is(at[n], "*");
		n++;
	}
	*out = any ? (struct reads){0} : (struct reads){at, n};
	return true;
}

/* One value; "" reads any. */
static struct reads
common_reads(struct reading *r, struct span value)
{
	struct span *at;

	if (value.len == 0)
		return (struct reads){0};
	at = arena_alloc(r->arena, sizeof(*at));
	*at = value;
	return (struct reads){at, 1};
}

static void
common_tocsin(struct reading *r)
{
	enum {
		DELAY,
		REGION,
		ACCOUNT,
		RUNBOOK,
		SEVERITY,
		SILENCE,
		AFTER,
		COUNT
	};
	static const struct span keys[COUNT + 1] = {SPAN_OF("Delay"),
	    SPAN_OF("Region"), SPAN_OF("Account"), SPAN_OF("Runbook"),
	    SPAN_OF("Severity"), SPAN_OF("Silence"), SPAN_OF("After")};
	const struct tree *at[COUNT];
	struct alarm *a = r->alarm;

	a->delay_ms = -1;
	r->regions = common_reads(r, a->region);
	r->accounts = common_reads(r, a->account);
	if (r->at[KEY_TOCSIN] == NULL)
		return;
	reading_index(r, r->at[KEY_TOCSIN], keys, at);
	if (reading_duration(r, at[DELAY], &a->delay_ms) &&
	    (a->delay_ms < 0 || a->delay_ms > 24 * 3600 * 1000LL))
		reading_fault(r, at[DELAY], "a delay must be from 0s to 1d");
	r->regions_given = reading_reads(r, at[REGION], &r->regions);
	r->accounts_given = reading_reads(r, at[ACCOUNT], &r->accounts);
	reading_text(r, at[RUNBOOK], 1, 1024, &a->runbook);
	if (at[AFTER] != NULL && at[SILENCE] == NULL)
		reading_fault(r, at[AFTER], "After belongs to a Silence");
	reading_text(r, at[SEVERITY], 1, 64, &a->severity);
}

/* Their form is checked; nothing follows from them (definition.h). */
static void
common_tags(struct reading *r)
{
	static const struct span keys[] = {
	    SPAN_OF("AlarmTagsPropagation"), {0}};
	static const struct span members[] = {SPAN_OF("Enabled"),
	    SPAN_OF("IncludedTagKeys"), SPAN_OF("ExcludedTagKeys"), {0}};
	const struct tree *tags = r->at[KEY_TAGS], *propagation, *at[3];
	bool enabled;

	if (reading_kind(r, tags, TREE_LIST) && tags->count > 50)
		reading_fault(r, tags,
		    "Member must have length less than or equal to 50");
	if (r->at[KEY_ACTION_CONFIGURATION] == NULL)
		return;
	reading_index(r, r->at[KEY_ACTION_CONFIGURATION], keys, &propagation);
	if (propagation == NULL)
		return;
	reading_index(r, propagation, members, at);
	reading_bool(r, at[0], &enabled);
	if (at[1] != NULL && at[2] != NULL)
		reading_fault(r, propagation,
		    "has IncludedTagKeys or ExcludedTagKeys, not both");
	reading_kind(r, at[1], TREE_LIST);
	reading_kind(r, at[2], TREE_LIST);
}

void
reading_common(struct reading *r)
{
	const struct tree *updated = r->at[KEY_UPDATED];
	struct alarm *a = r->alarm;

	common_name(r);
	a->described = r->at[KEY_ALARM_DESCRIPTION] != NULL;
	reading_text(r, r->at[KEY_ALARM_DESCRIPTION], 0, 1024, &a->description);
	a->actions_enabled = true;
	reading_bool(r, r->at[KEY_ACTIONS_ENABLED], &a->actions_enabled);
	common_actions(r, KEY_OK_ACTIONS, STATE_OK);
	common_actions(r, KEY_ALARM_ACTIONS, STATE_ALARM);
	common_actions(
	    r, KEY_INSUFFICIENT_DATA_ACTIONS, STATE_INSUFFICIENT_DATA);
	common_arn(r);
	common_tocsin(r);
	common_tags(r);
	a->updated_ms = -1; /* shown in messages, no more */
	if (updated != NULL && updated->kind == TREE_SCALAR &&
	    !text_parse_time(updated->text, &a->updated_ms))
		a->updated_ms = -1;
}
